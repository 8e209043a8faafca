//! Calls and writes as the wire shows them. Pure.

use jiff::{Timestamp, tz::TimeZone};

use super::{call_back, desk::HUB, notices};
use crate::{
    call::{Action, Call, CallState, Direction, NoticeStep, Role, Text},
    delivery::Gates,
    dispatch::{self, Load},
    plan::{self, Write, WriteState},
    wire::{
        ActionSummary, AttemptSummary, CallDetail, CallSummary, Record, Sync, WriteDetail,
        WriteSummary,
    },
};

/// A call's row.
pub fn call(
    call: &Call,
    lane: &[Write],
    stale: bool,
    gates: &Gates,
    plan: &plan::Settings,
    load: &Load,
    now: Timestamp,
) -> CallSummary {
    let proposal = dispatch::propose(&plan::grounds(call, plan), &plan.people(), load, now);
    let party = call.party();
    let assessment = &call.assessment;
    CallSummary {
        id: call.id.clone(),
        version: call.version,
        state: call.state(),
        stale,
        began_at: call.began_at,
        answered_at: call.answered_at(),
        ended_at: call.ended_at(),
        duration_seconds: call.duration().and_then(|it| u64::try_from(it.as_secs()).ok()),
        name: call.name().cloned(),
        phone: party.phone.clone(),
        outbound: party.direction == Some(Direction::Outbound),
        do_not_call: call.suppression.clone().filter(|said| said.stands),
        known: call.matched().map(|matched| matched.kind),
        urgency: call.urgency(),
        rating: call.rating(),
        score: assessment.score,
        service: call.service().cloned(),
        budget: assessment.budget,
        wants: wants(call),
        callback: dispatch::promise(call, &plan.dispatch),
        owner: call.owner().cloned(),
        proposal: proposal.as_ref().map(|proposal| proposal.person.name.clone()),
        proposal_reason: proposal.map(|proposal| proposal.reason),
        claim: call.claim(),
        taken_by: taken_by(call).cloned(),
        disposed: call.disposed(),
        notice: notices::summary(call, plan, now),
        callback_notice: notices::of_callback(call, plan, now),
        call_back: call_back::summary(call, now),
        sync: lane.iter().map(|write| sync(shown_state(write, gates))).max().unwrap_or_default(),
        wrapped_up: call.wrapped_up_at().is_some(),
    }
}

/// Who has shown that they have the call, since it was given to somebody last.
pub(super) fn taken_by(call: &Call) -> Option<&Text> {
    let since = call.routing().map_or(Timestamp::MIN, |(_, acted)| acted.at);
    call.acknowledged_after(since).map(|(who, _)| who)
}

/// What the caller wants in a few words: triage's, else the provider's, else their own first ones.
pub(super) fn wants(call: &Call) -> Option<Text> {
    let provider = || call.judgement().and_then(|judgement| judgement.intent.clone());
    let nothing = || (call.state() == CallState::Missed).then(|| Text::from("no message"));
    call.assessment.wants.clone().or_else(provider).or_else(|| own_words(call)).or_else(nothing)
}

/// What the caller said first that is more than a greeting, as it was said: a row of which nothing was
/// understood still says something, and does not change with every line.
fn own_words(call: &Call) -> Option<Text> {
    const LONGEST: usize = 120;
    const FIRST: usize = 20;
    let said = call.transcript.lines().iter().filter(|line| line.role == Role::Caller);
    let said = said.take(FIRST).map(|line| line.text.as_str());
    let whole = said.clone().find(|words| words.split_whitespace().nth(2).is_some());
    let words = whole.or_else(|| said.clone().next())?;
    let cut = words.char_indices().nth(LONGEST).map(|(at, _)| &words[..at]);
    Some(Text::new(&match cut {
        Some(cut) => format!("“{}…”", cut.trim_end()),
        None => format!("“{words}”"),
    }))
}

/// What waits behind a shut gate is held, whatever the outbox calls it.
fn shown_state(write: &Write, gates: &Gates) -> WriteState {
    match write.state {
        WriteState::Pending | WriteState::Retrying if !gates.of(write).is_open() => {
            WriteState::Held
        }
        state => state,
    }
}

fn sync(state: WriteState) -> Sync {
    match state {
        WriteState::Superseded | WriteState::Discarded => Sync::Nothing,
        WriteState::Delivered => Sync::Done,
        WriteState::Pending | WriteState::InFlight => Sync::Pending,
        WriteState::Retrying => Sync::Retrying,
        WriteState::Held => Sync::Held,
        WriteState::Failed => Sync::Failed,
    }
}

/// A write's row.
pub fn write(write: &Write, gates: &Gates) -> WriteSummary {
    WriteSummary { state: shown_state(write, gates), ..write_as_stored(write) }
}

/// A write's row as the journal has it, whatever the gate.
pub fn write_as_stored(write: &Write) -> WriteSummary {
    WriteSummary {
        id: write.id.clone(),
        call: write.call.clone(),
        version: write.version,
        title: write.title.clone(),
        sobject: Text::new(write.change.sobject()),
        state: write.state,
        attempts: write.attempts,
        created_at: write.created_at,
        changed_at: write.changed_at,
        next_at: write.next_at,
        problem: write.problem.clone(),
        record: write.record.clone(),
        operator: write.by.as_ref().map(|by| by.operator.clone()),
        unconfirmed: write.is_unconfirmed(),
    }
}

/// A write with its content and history.
pub fn write_detail(
    row: WriteSummary,
    write: &Write,
    attempts: Vec<AttemptSummary>,
) -> WriteDetail {
    WriteDetail {
        summary: row,
        fields: write.change.fields().cloned().unwrap_or_default(),
        original: write.original.clone(),
        external_id: match &write.change {
            plan::Change::Upsert { external_id, .. } => Some(external_id.clone()),
            _ => None,
        },
        destination: write.change.destination().map(Text::new),
        attempts,
    }
}

/// Everything the full view of a call needs. `attempts` are those of its writes; `org` is where a
/// browser finds the org's records.
pub fn detail(
    summary: CallSummary,
    call: &Call,
    lane: &[Write],
    attempts: &[(String, AttemptSummary)],
    gates: &Gates,
    org: Option<&str>,
    zone: &TimeZone,
) -> CallDetail {
    let who = &call.assessment.who;
    let party = call.party();
    CallDetail {
        summary,
        lines: call.transcript.lines().to_vec(),
        partials: match call.state().is_live() {
            true => call.transcript.partials().into_iter().cloned().collect(),
            false => Vec::new(),
        },
        assessment: call.assessment.clone(),
        records: records(call, org),
        email: who.email.clone().or_else(|| party.email.clone()),
        address: who.address.clone().or_else(|| party.address.clone()),
        summary_text: call.summary().cloned(),
        recording: call.recording().cloned(),
        end_reason: call.end_reason().cloned(),
        actions: actions(call, zone),
        writes: lane
            .iter()
            .map(|known| {
                let tries = attempts.iter().filter(|(id, _)| *id == known.id);
                let tries = tries.map(|(_, attempt)| attempt.clone()).collect();
                write_detail(write(known, gates), known, tries)
            })
            .collect(),
    }
}

fn records(call: &Call, org: Option<&str>) -> Vec<Record> {
    let url = |id: &Text| org.map(|org| Text::new(&format!("{org}/{id}")));
    call.records()
        .map(|(sobject, id)| Record { sobject: sobject.clone(), id: id.clone(), url: url(id) })
        .collect()
}

/// What operators did, in their words, and who was told of the call when, in the hub's.
fn actions(call: &Call, zone: &TimeZone) -> Vec<ActionSummary> {
    let acted = call.actions().into_iter().map(|(key, acted)| ActionSummary {
        id: key.strip_prefix("action:").unwrap_or(key).to_owned(),
        at: acted.at,
        operator: acted.operator.clone(),
        what: Text::new(&told(&acted.action, zone)),
    });
    let mut actions: Vec<ActionSummary> = acted.chain(tellings(call)).collect();
    actions.sort_by_key(|action| action.at);
    actions
}

/// Who was told of the call and by which channel, or could not be.
fn tellings(call: &Call) -> impl Iterator<Item = ActionSummary> {
    call.notices().iter().filter_map(|(id, notice)| {
        let (to, channel) = (&notice.to, notice.way.as_str().split(':').next()?);
        let (at, what) = match (notice.sent_at(), notice.last()?) {
            (Some(at), _) => (at, format!("told {to} by {channel}")),
            (None, (_, NoticeStep::Failed { problem, .. }, at)) => {
                (at, format!("could not tell {to} by {channel}: {problem}"))
            }
            (None, _) => return None,
        };
        Some(ActionSummary { id: id.clone(), at, operator: HUB.into(), what: Text::new(&what) })
    })
}

/// An action in a few words, to follow a name: `routed it to Sam K.` Times are of `zone`.
pub fn told(action: &Action, zone: &TimeZone) -> String {
    match action {
        Action::Route { to, reason: Some(why), .. } => format!("routed it to {to}: {why}"),
        Action::Route { to, reason: None, .. } => format!("routed it to {to}"),
        Action::Opportunity { name, .. } => format!("created the Opportunity {name}"),
        Action::Convert { name, .. } => format!("converted the Lead, with the Opportunity {name}"),
        Action::Acknowledge { .. } => "has it".to_owned(),
        Action::Claim { .. } => "claimed it".to_owned(),
        Action::Release => "let it go".to_owned(),
        Action::Attempt { outcome, .. } => format!("tried to call back: {}", outcome.words()),
        Action::CallBack { number, anyway: false } => format!("had {number} rung back"),
        Action::CallBack { number, anyway: true } => {
            format!("had {number} rung back anyway, whatever the hours")
        }
        Action::Reschedule { due } => {
            let due = due.to_zoned(zone.clone()).strftime("%F %H:%M %Z");
            format!("put the callback to {due}")
        }
        Action::AssignCallback { to } => format!("gave the callback to {to}"),
        Action::DoNotCall { number } => format!("had {number} not called any more"),
        Action::AllowCalls { number } => format!("allowed calls to {number} again"),
        Action::Dispose { disposition, reason: Some(why) } => {
            format!("disposed of it as {}: {why}", disposition.words())
        }
        Action::Dispose { disposition, reason: None } => {
            format!("disposed of it as {}", disposition.words())
        }
        Action::CallbackDone { kept: true } => "called back".to_owned(),
        Action::CallbackDone { kept: false } => "dismissed the callback".to_owned(),
        Action::Urgency { urgency } => format!("set the urgency to {urgency}"),
        Action::NotCallback => "said that no callback was asked for".to_owned(),
        Action::Service { service } => format!("set the trade to {}", service.0),
        Action::WrapUp { disposition: Some(what) } => format!("wrapped it up: {what}"),
        Action::WrapUp { disposition: None } => "wrapped it up".to_owned(),
        Action::Retry { title, .. } => format!("had \u{201c}{title}\u{201d} tried again"),
        Action::Discard { title, .. } => format!("gave up \u{201c}{title}\u{201d}"),
        Action::Use { title, record: Some(record), .. } => {
            format!("chose {record} for \u{201c}{title}\u{201d}")
        }
        Action::Use { title, record: None, .. } => {
            format!("had \u{201c}{title}\u{201d} saved as a new record")
        }
        Action::Edit { title, fields, .. } => {
            let fields: Vec<&str> = fields.iter().map(Text::as_str).collect();
            format!("edited \u{201c}{title}\u{201d} ({})", fields.join(", "))
        }
        Action::Again { title, .. } => format!("had \u{201c}{title}\u{201d} written again"),
        Action::Undo { .. } => "took an action back".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallId, Event, Fact, Line, SourceName};

    /// What stands in the row of a call in which this was said.
    fn row_says(said: &[(Role, &str)]) -> Option<String> {
        let at = Timestamp::UNIX_EPOCH;
        let line = |(role, text): &(Role, &str)| {
            Fact::Said(Line { at, role: *role, text: Text::new(text) })
        };
        let call = CallId::new(&SourceName::new("vapi"), "c");
        let facts = said.iter().map(line).collect();
        let event = Event { call, key: "k".to_owned(), sent_at: at, received_at: at, facts };
        let mut call = Call::begin(&event);
        call.apply(&event);
        wants(&call).map(|wants| wants.to_string())
    }

    #[test]
    fn a_call_of_which_nothing_was_understood_shows_the_callers_own_words() {
        use Role::{Agent, Caller};
        let bark = (Caller, "a my dog ate the thing");
        assert_eq!(row_says(&[bark]).unwrap(), "“a my dog ate the thing”");
        let greeted =
            [(Caller, "a hello"), (Agent, "b Hello, how can I help?"), (Caller, "c my dog ate it")];
        assert_eq!(row_says(&greeted).unwrap(), "“c my dog ate it”", "a greeting says less");
        assert_eq!(row_says(&[(Caller, "hello")]).unwrap(), "“hello”", "better than nothing");
        let later = [bark, (Caller, "b it ate two of them")];
        assert_eq!(row_says(&later).unwrap(), "“a my dog ate the thing”", "it stays");
        assert_eq!(row_says(&[(Agent, "How can I help you today?")]), None);
        let long = "né ".repeat(60);
        let cut = row_says(&[(Caller, &long)]).unwrap();
        assert_eq!(cut, format!("“{}…”", "né ".repeat(40).trim_end()), "at a character");
    }

    #[test]
    fn a_time_is_told_by_the_clock_of_the_business() {
        let due = "2026-11-26T19:00:00Z".parse().unwrap();
        let zone = TimeZone::get("America/New_York").unwrap();
        let told = told(&Action::Reschedule { due }, &zone);
        assert_eq!(told, "put the callback to 2026-11-26 14:00 EST");
    }
}
