//! What the hub owes a call now: to give it to somebody, to tell them, to tell the next.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    duty::{Acknowledgement, acknowledgement},
    reminder::remind,
    roster::{Person, Roster},
    routing::{Grounds, Load, Rule, first_to_tell, propose},
};
use crate::call::{Action, Call, Direction, Disposition, NoticeStep, Noticed, Text};

/// Tries of one notice: with the waits between them about an hour and a half.
pub const MOST_ATTEMPTS: u32 = 24;

/// The key of a routing the hub makes by itself; the number follows.
const ROUTE_KEY: &str = "hub:route:";

/// Something the hub is to do, and to record before it does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Give the call to somebody.
    Route {
        /// The key of its event: what was done before is recognised by it.
        key: String,
        /// Who.
        to: Text,
        /// The Salesforce user or queue.
        owner_id: Text,
        /// Why.
        reason: Text,
    },
    /// Tell somebody.
    Tell {
        /// The notice's id: the same for every attempt.
        id: String,
        /// Who.
        to: Text,
        /// How.
        way: Text,
        /// From 1.
        attempt: u32,
    },
}

/// What is due now, and when to ask again though nothing happens.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// Now.
    pub steps: Vec<Step>,
    /// Then.
    pub next: Option<Timestamp>,
}

impl Due {
    pub(super) fn at(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// About which call what is due is asked, and what it depends on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The call.
    pub call: &'a Call,
    /// What of it decides who gets it.
    pub grounds: &'a Grounds<'a>,
    /// Everybody, and the rules.
    pub roster: &'a Roster<'a>,
    /// What they have in hand.
    pub load: &'a Load,
    /// How long an operator's action can be taken back.
    pub grace: SignedDuration,
    /// After how long an attempt that says nothing is one that was interrupted.
    pub interrupted: SignedDuration,
    /// The clock.
    pub now: Timestamp,
}

/// Whether the hub made the routing of this key by itself.
pub fn is_automatic(key: &str) -> bool {
    key.starts_with(ROUTE_KEY)
}

/// Whether a notice of this id tells of what has this key: a routing, a giving of a promise.
pub fn is_of(id: &str, key: &str) -> bool {
    id.strip_prefix(key).is_some_and(|way| way.starts_with('/'))
}

/// What is due for a call. `in_flight` says whether an attempt of a notice is on its way in this
/// process: one that is not, and has no outcome, was interrupted and is made again, with the same
/// id, so that a receiver that knows it can tell.
pub fn due(asked: Asked<'_>, in_flight: &dyn Fn(&str, u32) -> bool) -> Due {
    let mut due = of_routing(asked, in_flight);
    // Whose the promise is follows from whom the call is given to: that comes first.
    if !due.steps.iter().any(|step| matches!(step, Step::Route { .. })) {
        remind(asked, in_flight, &mut due);
    }
    due
}

/// What is due because the call was given to somebody, or is to be.
fn of_routing(asked: Asked<'_>, in_flight: &dyn Fn(&str, u32) -> bool) -> Due {
    let Asked { call, roster, grace, now, .. } = asked;
    let mut due = Due::default();
    let over = call.wrapped_up_at().is_some()
        || call.disposed().is_some_and(|it| it.disposition == Disposition::Spam);
    if over || call.party().direction == Some(Direction::Outbound) {
        return due;
    }
    let Some(routing) = acknowledgement(call, roster, grace) else {
        due.steps.extend(by_itself(asked));
        return due;
    };
    if routing.by.is_some() {
        return due;
    }
    let Some(person) = roster.people.iter().find(|person| person.name == *routing.to) else {
        // Nobody by that name is there any more.
        if is_automatic(routing.key) {
            due.steps.extend(next_in_chain(asked, &routing, Because::NotTold));
        }
        return due;
    };
    if routing.from > now {
        let passes_on = is_automatic(routing.key) && routing.quiet_until.is_some();
        let awake = passes_on.then(|| next_in_chain(asked, &routing, Because::Quiet)).flatten();
        match awake {
            Some(next) => due.steps.push(next),
            None => {
                let others = passes_on.then(|| roster.next_to_tell(call.urgency(), now)).flatten();
                [Some(routing.from), others].into_iter().flatten().for_each(|at| due.at(at));
            }
        }
        return due;
    }
    // Where nobody waits for an answer, what an operator gave away stays where it is.
    let passes_on = routing.deadline.is_some() || is_automatic(routing.key);
    let because = match is_hopeless(call, person, &routing) {
        true => Some(Because::NotTold).filter(|_| passes_on),
        false => routing.deadline.filter(|at| *at <= now).map(|_| Because::NoAnswer),
    };
    if let Some(next) = because.and_then(|it| next_in_chain(asked, &routing, it)) {
        due.steps.push(next);
        return due;
    }
    if let Some(deadline) = routing.deadline.filter(|at| *at > now) {
        due.at(deadline);
    }
    tell(asked, person, routing.key, in_flight, &mut due);
    due
}

/// Whether somebody can be told by none of their ways: then nobody waits for their answer.
fn is_hopeless(call: &Call, person: &Person, routing: &Acknowledgement<'_>) -> bool {
    let given_up = |way: &Text| {
        let notice = call.notices().get(&format!("{}/{way}", routing.key));
        notice.is_some_and(is_given_up)
    };
    !person.tell.is_empty() && person.tell.iter().all(given_up)
}

/// Whether a notice was not taken and is not tried again.
pub fn is_given_up(notice: &Noticed) -> bool {
    notice.sent_at().is_none()
        && match notice.last() {
            Some((_, NoticeStep::Failed { permanent: true, .. }, _)) => true,
            Some((attempt, NoticeStep::Failed { .. }, _)) => attempt >= MOST_ATTEMPTS,
            _ => false,
        }
}

/// Tells a person by all their ways, again where that failed.
pub(super) fn tell(
    asked: Asked<'_>,
    person: &Person,
    key: &str,
    in_flight: &dyn Fn(&str, u32) -> bool,
    due: &mut Due,
) {
    for way in &person.tell {
        let id = format!("{key}/{way}");
        let known = asked.call.notices().get(&id);
        let next = match known.and_then(Noticed::last) {
            None => Some((1, asked.now)),
            Some(_) if known.is_some_and(|it| it.sent_at().is_some() || is_given_up(it)) => None,
            Some((attempt, NoticeStep::Sending, _)) if in_flight(&id, attempt) => None,
            Some((attempt, NoticeStep::Sending, at)) => {
                Some((attempt + 1, again(at, asked.interrupted, asked.now)))
            }
            Some((attempt, _, at)) => Some((attempt + 1, again(at, pause(attempt), asked.now))),
        };
        match next {
            Some((attempt, at)) if at <= asked.now => {
                let (to, way) = (person.name.clone(), way.clone());
                due.steps.push(Step::Tell { id, to, way, attempt });
            }
            Some((_, at)) => due.at(at),
            None => {}
        }
    }
}

/// When to try again. A clock that was put back since holds nothing up.
fn again(at: Timestamp, wait: SignedDuration, now: Timestamp) -> Timestamp {
    if at > later(now, wait) { now } else { later(at, wait) }
}

fn later(at: Timestamp, wait: SignedDuration) -> Timestamp {
    at.checked_add(wait).unwrap_or(at)
}

/// How long to wait after so many tries: a second, then twice as long each time, at most 5 minutes.
fn pause(attempts: u32) -> SignedDuration {
    let seconds = 1_i64 << attempts.saturating_sub(1).min(10);
    SignedDuration::from_secs(seconds.min(300))
}

/// The first routing, without an operator, once: one that was taken back stays so.
fn by_itself(asked: Asked<'_>) -> Option<Step> {
    let Asked { call, grounds, roster, load, now, .. } = asked;
    let rules = roster.settings;
    let urgent = rules.automatic_urgency.is_some_and(|least| call.urgency() >= least);
    let scores =
        rules.automatic_sales && !call.state().is_live() && grounds.score > rules.sales_score;
    if !(urgent || scores) || call.was_routed() || call.owner().is_some() {
        return None;
    }
    // What is so urgent is for whoever is on call, whatever it is rated.
    let proposal = match urgent {
        true => first_to_tell(grounds, roster, now)?,
        false => propose(grounds, roster, load, now)
            .filter(|it| matches!(it.rule, Rule::Sales | Rule::Budget))?,
    };
    Some(Step::Route {
        key: format!("{ROUTE_KEY}1"),
        to: proposal.person.name.clone(),
        owner_id: Text::new(&proposal.person.owner_id),
        reason: proposal.reason,
    })
}

/// Why a call goes on to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Because {
    /// Nobody said in time that they have it.
    NoAnswer,
    /// There is no way left by which they could be told.
    NotTold,
    /// They are not told yet, and somebody else could be.
    Quiet,
}

/// Whoever is told after somebody who did not acknowledge, of all on call: first those who may be
/// told now, of these who was told least often, and of these whoever does the trade; until
/// everybody was told as often as the rules say.
fn next_in_chain(asked: Asked<'_>, last: &Acknowledgement<'_>, because: Because) -> Option<Step> {
    let Asked { call, grounds, roster, now, .. } = asked;
    let mut told: BTreeMap<&Text, u32> = BTreeMap::new();
    for (_, acted) in call.actions() {
        if let Action::Route { to, .. } = &acted.action {
            *told.entry(to).or_default() += 1;
        }
    }
    let mut keys = (1_u32..).map(|number| format!("{ROUTE_KEY}{number}"));
    let key = keys.find(|key| call.action(key).is_none())?;
    let times = |person: &Person| told.get(&person.name).copied().unwrap_or(0);
    let quiet = |person: &Person| roster.quiet_until(person, call.urgency(), now).is_some();
    let next = roster
        .chain(grounds.service, call.urgency(), now)
        .into_iter()
        .filter(|person| !person.tell.is_empty() && times(person) < roster.settings.rounds)
        .filter(|person| because != Because::Quiet || !quiet(person))
        // Telling the same person twice in a row is only better than nobody.
        .filter(|person| because == Because::NoAnswer || person.name != *last.to)
        .min_by_key(|person| (quiet(person), person.name == *last.to, times(person)))?;
    let last = last.to;
    let reason = match because {
        Because::NotTold => format!("{last} could not be told"),
        Because::Quiet => format!("{last} has quiet hours"),
        Because::NoAnswer => {
            let seconds = roster.settings.patience().as_secs();
            format!("{last} did not acknowledge within {seconds} s")
        }
    };
    Some(Step::Route {
        key,
        to: next.name.clone(),
        owner_id: Text::new(&next.owner_id),
        reason: Text::new(&reason),
    })
}
