//! What somebody is told of a call that is theirs, and where telling them stands. No IO.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    desk::{Rang, Theirs},
    links::Links,
};
use crate::{
    call::{Action, Call, CallbackState, Evidence, NoticeFact, Noticed, Signal, Text},
    dispatch::{self, Asked, Channels, Load, Occasion, Reminder},
    notice::{self, About, Message, Messenger},
    plan,
    wire::{NoticeState, NoticeSummary},
};

/// The most of what was said that a notice repeats.
const MOST_WORDS: usize = 4;

/// Who tells people, and in whose name.
#[derive(Debug)]
pub struct Notices {
    /// Brings notices to people.
    pub messenger: Messenger,
    /// The business's name.
    pub business: Text,
    /// Its time zone.
    pub zone: TimeZone,
    /// Links and codes by which people say that they have it; none where there are neither.
    pub links: Option<Links>,
    /// By which ways people are told, and by which they can answer.
    pub settings: notice::Settings,
}

impl Notices {
    /// What `notice` says of `call`.
    pub fn message(
        &self,
        call: &Call,
        theirs: &Theirs,
        notice: &NoticeFact,
        plan: &plan::Settings,
        now: Timestamp,
    ) -> Message {
        let assessment = &call.assessment;
        let callback = dispatch::promise(call, &plan.dispatch);
        let callback = callback.filter(|it| it.state == CallbackState::Waiting);
        let occasion = dispatch::occasion(call, &notice.id);
        // The caller may have asked to be rung at another number than they called from.
        let asked_for = callback.as_ref().filter(|_| occasion.is_some());
        let number = asked_for.and_then(|it| it.number.as_ref()).or(call.phone());
        let time = |at: Timestamp| at.to_zoned(self.zone.clone()).strftime("%a %H:%M %Z");
        let urgent = |signal| matches!(signal, Signal::Urgency);
        let evidence = assessment.evidence.iter().filter(|it| urgent(it.signal) && !it.retracted);
        let links = self.links.as_ref();
        let address = assessment.who.address.as_ref().or(call.party().address.as_ref());
        Message {
            key: format!("{}/{}", call.id, notice.id),
            call: Text::new(call.id.as_str()),
            business: self.business.clone(),
            to: notice.to.clone(),
            about: match &occasion {
                None => About::Call,
                Some(Occasion::Given { .. }) => About::Callback,
                Some(Occasion::Late) => About::LateCallback,
            },
            reason: match &occasion {
                None => why_theirs(call, notice),
                Some(Occasion::Given { by }) => Some(Text::new(&format!("{by} gave it to you"))),
                Some(Occasion::Late) => {
                    let owner = asked_for.and_then(|it| it.owner.as_ref());
                    let why =
                        if owner == Some(&notice.to) { "it is yours" } else { "you are on call" };
                    Some(why.into())
                }
            },
            when: Some(Text::new(&format!(
                "{}, {}",
                time(call.began_at),
                if call.state().is_live() { "still on the line" } else { "over" }
            ))),
            before: theirs
                .before
                .as_ref()
                .map(|Rang { at, has, .. }| Text::new(&format!("{}; {has}", time(*at)))),
            since: asked_for.and(theirs.since.as_ref()).map(|Rang { at, has, .. }| {
                Text::new(&format!("{}, and was answered; {has}", time(*at)))
            }),
            again: occasion.is_none() && was_told_before(call, notice),
            urgency: call.urgency().level(),
            caller: call.name().cloned(),
            number: number.map(|phone| Text::new(&phone.national())),
            wants: super::summary::wants(call),
            why: once_each(evidence.map(Evidence::words)),
            service: call.service().map(|service| service.0.clone()),
            budget: assessment.budget.map(|budget| Text::new(&budget.to_string())),
            address: address.cloned(),
            callback: callback.map(|callback| {
                let was = if occasion.is_some() && callback.due <= now { "was due " } else { "" };
                let said = callback.said.filter(|_| callback.due == callback.promised);
                let said = said.map(|said| format!(", asked for \"{said}\"")).unwrap_or_default();
                Text::new(&format!("{was}{}{said}", time(callback.due)))
            }),
            code: links
                .filter(|_| self.settings.can_be_answered(&notice.way))
                .map(|links| links.code(&call.id, &notice.to, &notice.id))
                .map(|code| Text::new(&format!("{}-{}", &code[..4], &code[4..]))),
            link: links.and_then(|links| links.link(&call.id, &notice.to, &notice.id, now)),
            test: false,
        }
    }
}

/// The first of these words, each once however often they were said.
fn once_each<'a>(words: impl Iterator<Item = &'a str>) -> Vec<Text> {
    let mut once: Vec<Text> = Vec::new();
    for word in words {
        let same = |known: &Text| known.as_str().eq_ignore_ascii_case(word);
        if once.len() < MOST_WORDS && !once.iter().any(same) {
            once.push(Text::new(word));
        }
    }
    once
}

/// Whether another notice of the call reached the same person before.
fn was_told_before(call: &Call, notice: &NoticeFact) -> bool {
    let of_routing = |id: &str| dispatch::occasion(call, id).is_none();
    call.notices().iter().any(|(id, known)| {
        *id != notice.id
            && known.to == notice.to
            && known.way == notice.way
            && known.sent_at().is_some()
            && of_routing(id)
    })
}

/// Why whoever is told got the call: why the hub chose them, else who did.
fn why_theirs(call: &Call, notice: &NoticeFact) -> Option<Text> {
    let key = notice.id.strip_suffix(notice.way.as_str())?.strip_suffix('/')?;
    let by = || Some(Text::new(&format!("{} gave it to you", call.action(key)?.operator)));
    reason(call, key).filter(|_| dispatch::is_automatic(key)).or_else(by)
}

/// Why somebody was given a call by the routing of this key, where that was said.
fn reason(call: &Call, key: &str) -> Option<Text> {
    match &call.action(key)?.action {
        Action::Route { reason, .. } => reason.clone(),
        _ => None,
    }
}

/// Where telling the owner stands, as a row needs it; none while the call was given to nobody.
pub fn summary(call: &Call, plan: &plan::Settings, now: Timestamp) -> Option<NoticeSummary> {
    let routing = dispatch::acknowledgement(call, &plan.people(), plan.grace())?;
    let mine = call.notices().iter().filter(|(id, _)| dispatch::is_of(id, routing.key));
    let notices: Vec<&Noticed> = mine.map(|(_, notice)| notice).collect();
    let late = routing.deadline.is_some_and(|deadline| deadline <= now);
    let telling = telling(&notices);
    let fails = matches!(telling.state, NoticeState::Failing | NoticeState::Failed);
    let state = match routing.by {
        Some(_) => NoticeState::Acknowledged,
        None if late && !fails => NoticeState::Unanswered,
        None => telling.state,
    };
    Some(NoticeSummary {
        to: routing.to.clone(),
        state,
        told_at: telling.told_at,
        waits_until: routing.quiet_until.filter(|_| state == NoticeState::Waiting),
        deadline: routing.deadline,
        acknowledged_by: routing.by.map(|(who, _)| who.clone()),
        problem: telling.problem,
        reason: reason(call, routing.key),
    })
}

/// Where telling somebody of the promise stands; none while nobody is to be told of it.
pub fn of_callback(call: &Call, plan: &plan::Settings, now: Timestamp) -> Option<NoticeSummary> {
    let asked = Asked {
        call,
        grounds: &plan::grounds(call, plan),
        earlier: None,
        roster: &plan.people(),
        load: &Load::new(),
        channels: &Channels::new(),
        grace: plan.grace(),
        interrupted: SignedDuration::ZERO,
        now,
    };
    let Reminder { key, occasion, to, quiet_until, .. } = dispatch::reminder(&asked).0?;
    let mine = call.notices().iter().filter(|(id, _)| dispatch::is_of(id, &key));
    let notices: Vec<&Noticed> = mine.map(|(_, notice)| notice).collect();
    let Telling { state, told_at, problem } = telling(&notices);
    Some(NoticeSummary {
        to: to.name.clone(),
        state,
        told_at,
        waits_until: quiet_until.filter(|_| state == NoticeState::Waiting),
        deadline: None,
        acknowledged_by: None,
        problem,
        reason: Some(match occasion {
            Occasion::Given { by } => Text::new(&format!("{by} gave it to them")),
            Occasion::Late => "it is late".into(),
        }),
    })
}

/// How far telling somebody by all their ways came.
struct Telling {
    state: NoticeState,
    told_at: Option<Timestamp>,
    problem: Option<Text>,
}

fn telling(notices: &[&Noticed]) -> Telling {
    let told_at = notices.iter().filter_map(|notice| notice.sent_at()).min();
    let problem = notices.iter().find_map(|notice| {
        let problem = notice.problem()?;
        Some(Text::new(&format!("{}: {problem}", notice.way)))
    });
    let given_up =
        !notices.is_empty() && notices.iter().all(|notice| dispatch::is_given_up(notice));
    let state = match told_at {
        Some(_) => NoticeState::Told,
        None if given_up => NoticeState::Failed,
        None if problem.is_some() => NoticeState::Failing,
        None => NoticeState::Waiting,
    };
    Telling { state, told_at, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_several_times_is_told_once() {
        let said = ["furnace quit", "no heat", "Furnace quit", "furnace quit", "smoke"];
        let told: Vec<Text> = ["furnace quit", "no heat", "smoke"].map(Text::from).into();
        assert_eq!(once_each(said.into_iter()), told);
    }
}
