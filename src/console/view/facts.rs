//! What is known of a call beside the words: who has it, what was promised, who they are.

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::{
    header::{clock, moment},
    pen::Canvas,
};
use crate::{
    call::{Callback, CallbackState, MatchKind, Text},
    console::{
        keys::{Context, Intent},
        state::{CallRow, State},
        text::{self, age, seconds_between},
        theme::Role,
    },
    wire::{CallDetail, NoticeState, NoticeSummary, OpenOpportunity},
};

/// Columns of a fact's name.
const NAME: u16 = 7;
/// Open Opportunities that are named; of more only the count.
const OPEN_SHOWN: usize = 3;

/// Draws them; returns the lines it took.
pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: &CallRow,
    detail: Option<&CallDetail>,
) -> u16 {
    let Some(detail) = detail else { return 0 };
    let state = canvas.state;
    let call = &row.summary;
    let mut lines: Vec<(&str, String)> = Vec::new();
    lines.push(("owner", owner(state, row)));
    lines.extend(call.notice.as_ref().map(|_| ("told", told(state, row))));
    lines.extend(became(state, row).map(|text| ("became", text)));
    lines.extend(call.callback.as_ref().and_then(|callback| tries(state, callback)));
    lines.extend(call.callback_notice.as_ref().map(|notice| ("", reminded(state, notice))));
    let bant = detail.assessment.bant;
    let flags = [
        ("budget", bant.budget),
        ("authority", bant.authority),
        ("need", bant.need),
        ("timeline", bant.timeline),
    ]
    .map(|(name, holds)| format!("{name} {}", if holds { "✓" } else { "—" }));
    lines.push(("score", format!("{} of 100: {}", call.score, flags.join(" · "))));
    let place = [&detail.address, &detail.email].into_iter().flatten();
    let place: Vec<String> = place.map(|text| state.masked(text.as_str()).into_owned()).collect();
    if !place.is_empty() {
        lines.push(("where", place.join(" · ")));
    }
    if let Some(reason) = &detail.end_reason {
        lines.push(("ended", in_words(reason)));
    }
    if state.has_org() || row.summary.known.is_some() {
        lines.push(("match", matched(row, detail)));
    }
    lines.extend(open(state, row));
    for action in detail.actions.iter().rev().take(3) {
        let when = clock(action.at, &state.zone);
        let what = state.masked(action.what.as_str());
        lines.push(("done", format!("{when} {} {what}", action.operator)));
    }
    let columns = usize::from(area.width.saturating_sub(NAME + 2));
    let mut used = 0;
    for (name, text) in lines {
        // What doesn't fit goes on in a second line; more than that is cut.
        let rows = text::wrap(&text, columns);
        let second = rows.get(1).map(|row| &text[row.start..]);
        let first = rows.into_iter().next().map(|row| &text[row]);
        for (name, text) in [(name, first), ("", second)] {
            let Some(text) = text.filter(|_| used < area.height) else { break };
            canvas.line(area, used).gap(1).cell(name, NAME, Role::Dim).put(text, Role::Text);
            used += 1;
        }
    }
    used
}

/// What was promised, in a few words, and how that looks.
pub(super) fn promise(state: &State, row: &CallRow) -> (String, Role) {
    let Some(callback) = &row.summary.callback else { return ("—".to_owned(), Role::Dim) };
    match callback.state {
        CallbackState::Waiting => {
            let left = seconds_between(state.hub_now(), callback.due);
            if left < 0 {
                (format!("LATE {}", age(-left)), Role::Bad)
            } else {
                let due = moment(state, callback.due);
                (format!("due {due} (in {})", age(left)), Role::Warning)
            }
        }
        CallbackState::Done => ("made".to_owned(), Role::Good),
        CallbackState::Dismissed => ("not needed".to_owned(), Role::Dim),
        CallbackState::Joined => ("with an earlier call".to_owned(), Role::Dim),
        CallbackState::Suppressed => ("DO NOT CALL".to_owned(), Role::Warning),
    }
}

/// Whose it is and who works on it, or whom the hub proposes and why.
fn owner(state: &State, row: &CallRow) -> String {
    let call = &row.summary;
    let mut text = match (&call.owner, &call.taken_by, &call.proposal) {
        (Some(owner), ..) => owner.to_string(),
        (None, Some(who), _) => format!("{who} has it"),
        (None, None, Some(to)) => {
            let key = state.settings.keys.key(Context::Board, Intent::Route);
            let why = call.proposal_reason.as_ref().map(|why| format!(": {why}"));
            format!("nobody ({key} proposes {to}{})", why.unwrap_or_default())
        }
        (None, None, None) => "nobody".to_owned(),
    };
    if let Some(claim) = state.claim_on(row) {
        let until = clock(claim.until, &state.zone);
        text.push_str(&format!(" · @{} works on it, until {until}", claim.operator));
    }
    text
}

/// Whether whoever got it has said that they have it.
pub(super) fn told(state: &State, row: &CallRow) -> String {
    let Some(notice) = &row.summary.notice else { return String::new() };
    let to = &notice.to;
    let text = match notice.state {
        NoticeState::Acknowledged => {
            let by = notice.acknowledged_by.as_ref().unwrap_or(to);
            format!("{to}: ✓ {by} has it")
        }
        NoticeState::Unanswered => format!("{to}: NO ANSWER in time"),
        NoticeState::Failing => format!("{to}: NOT TOLD YET, tried again"),
        NoticeState::Failed => format!("{to}: COULD NOT BE TOLD"),
        NoticeState::Waiting if let Some(until) = notice.waits_until => {
            format!("{to}: quiet hours, told at {}", clock(until, &state.zone))
        }
        NoticeState::Waiting | NoticeState::Told => {
            let told = notice.told_at.map(|at| format!("told {}, ", clock(at, &state.zone)));
            let until = notice.deadline.map(|at| format!(", until {}", clock(at, &state.zone)));
            let (told, until) = (told.unwrap_or_default(), until.unwrap_or_default());
            format!("{to}: {told}no answer yet{until}")
        }
    };
    let more = [&notice.problem, &notice.reason].into_iter().flatten();
    more.fold(text, |text, more| format!("{text} · {more}"))
}

/// Whether whoever is to ring back was told that it is theirs, or that it is late.
fn reminded(state: &State, notice: &NoticeSummary) -> String {
    let NoticeSummary { to, reason, .. } = notice;
    let why = reason.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
    let at = |at: Timestamp| clock(at, &state.zone);
    match (notice.state, notice.told_at, notice.waits_until) {
        (NoticeState::Failing, ..) => {
            failed(&format!("{to} NOT TOLD YET{why}, tried again"), notice)
        }
        (NoticeState::Failed, ..) => failed(&format!("{to} COULD NOT BE TOLD{why}"), notice),
        (_, Some(told), _) => format!("{to} was told {}{why}", at(told)),
        (_, None, Some(until)) => format!("{to} is told at {}, after quiet hours{why}", at(until)),
        (_, None, None) => format!("{to} is being told{why}"),
    }
}

fn failed(text: &str, notice: &NoticeSummary) -> String {
    notice.problem.as_ref().map_or(text.to_owned(), |problem| format!("{text} · {problem}"))
}

/// What became of it, and who said so.
fn became(state: &State, row: &CallRow) -> Option<String> {
    let disposed = row.summary.disposed.as_ref()?;
    let why = disposed.reason.as_ref().map(|why| format!(": {}", state.masked(why.as_str())));
    let when = clock(disposed.at, &state.zone);
    let (words, by) = (disposed.disposition.words(), &disposed.operator);
    Some(format!("{words}{} · {by} {when}", why.unwrap_or_default()))
}

/// Who is to ring, every try so far, and what else hangs on the promise.
fn tries(state: &State, callback: &Callback) -> Option<(&'static str, String)> {
    let mut parts = Vec::new();
    parts.extend(callback.owner.as_ref().map(|owner| format!("{owner} rings back")));
    parts.extend(
        callback.said.as_ref().map(|said| format!("asked for \"{}\"", state.masked(said.as_str()))),
    );
    if is_put_off(callback) && callback.state == CallbackState::Waiting {
        parts.push(format!("promised for {}", clock(callback.promised, &state.zone)));
    }
    // The latest matters most.
    for attempt in callback.attempts.iter().rev() {
        let when = clock(attempt.at, &state.zone);
        let note = attempt.note.as_ref().map(|note| format!(" ({})", state.masked(note.as_str())));
        let (by, how) = (&attempt.operator, attempt.outcome.words());
        parts.push(format!("{when} {by} {how}{}", note.unwrap_or_default()));
    }
    match callback.calls.len() {
        0 => {}
        1 => parts.push("stands for 1 more call of theirs".to_owned()),
        many => parts.push(format!("stands for {many} more calls of theirs")),
    }
    (!parts.is_empty()).then(|| ("ring", parts.join(" · ")))
}

/// Whether it is due later than was promised first. (An older hub doesn't say what that was.)
pub(super) fn is_put_off(callback: &Callback) -> bool {
    callback.due > callback.promised && callback.promised != Timestamp::default()
}

fn matched(row: &CallRow, detail: &CallDetail) -> String {
    let found: Vec<String> =
        detail.records.iter().map(|record| record.sobject.to_string()).collect();
    let known = match row.summary.known {
        Some(MatchKind::Contact) => "a customer",
        Some(MatchKind::Lead) => "an open Lead",
        Some(MatchKind::Nobody) => "was not in Salesforce",
        None => "not looked up yet",
    };
    let verb = if row.summary.known == Some(MatchKind::Nobody) { "now" } else { "has" };
    match found.as_slice() {
        [] => known.to_owned(),
        found => format!("{known} · {verb} {}", found.join(", ")),
    }
}

/// What else is open with a customer, the next to close first.
fn open(state: &State, row: &CallRow) -> Vec<(&'static str, String)> {
    let (call, reading) = &state.open_opportunities;
    let of_this = call.as_ref() == Some(&row.summary.id);
    let open = reading.page.iter().flatten().filter(|_| of_this);
    let line = |it: &OpenOpportunity| {
        let amount = it.amount.map(|amount| format!(" · {amount}")).unwrap_or_default();
        let close = it.close_date.as_ref().map(|day| format!(" · closes {day}"));
        let name = state.masked(it.name.as_str());
        ("open", format!("{name} · {}{amount}{}", it.stage, close.unwrap_or_default()))
    };
    let mut lines: Vec<_> = open.clone().take(OPEN_SHOWN).map(line).collect();
    let more = open.count().saturating_sub(OPEN_SHOWN);
    if more > 0 {
        lines.push(("", format!("{more} more Opportunities are open")));
    }
    lines
}

/// A provider's code as words: `assistant-ended-call`.
pub(super) fn in_words(code: &Text) -> String {
    code.as_str().replace(['-', '_'], " ")
}
