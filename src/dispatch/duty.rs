//! What the hub owes a call now: to route it, to tell somebody, to tell the next.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::{
    roster::{Person, Roster},
    routing::{Grounds, Load, propose},
};
use crate::call::{Action, Call, Direction, Disposition, NoticeStep, Text};

/// Tries of one notice: with the waits between them about an hour and a half.
pub const MOST_ATTEMPTS: u32 = 24;

/// The key of the first routing the hub makes by itself; the number follows.
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
        /// The channel's name.
        channel: Text,
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
    fn at(&mut self, at: Timestamp) {
        self.next = Some(self.next.map_or(at, |next| next.min(at)));
    }
}

/// Where telling the owner of a call stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling<'a> {
    /// The key of the routing.
    pub key: &'a str,
    /// Whom the call was given to.
    pub to: &'a Text,
    /// By whom.
    pub by: &'a Text,
    /// From when they are to be told.
    pub from: Timestamp,
    /// Until when they are to show that they have it; none when nobody waits for that.
    pub deadline: Option<Timestamp>,
    /// Who showed it, and when.
    pub acknowledged: Option<(&'a Text, Timestamp)>,
}

/// Who is to be told of `call` and by when it is to be acknowledged; none while it has no owner
/// on the roster who can be told.
pub fn telling<'a>(
    call: &'a Call,
    roster: &Roster<'_>,
    grace: SignedDuration,
) -> Option<Telling<'a>> {
    let (key, acted) = call.routing()?;
    let Action::Route { to, .. } = &acted.action else { return None };
    let person = roster.people.iter().find(|person| person.name == *to)?;
    if person.channels.is_empty() {
        return None;
    }
    // What an operator did can be taken back for a moment; the hub does not change its mind.
    let wait = if key.starts_with(ROUTE_KEY) { SignedDuration::ZERO } else { grace };
    let from = acted.at.checked_add(wait).unwrap_or(acted.at);
    let from = roster.quiet_until(person, call.urgency(), from).unwrap_or(from);
    let escalates = call.urgency() >= roster.settings.escalate_urgency;
    let deadline = from.checked_add(roster.settings.patience()).ok().filter(|_| escalates);
    let acknowledged = call.acknowledged_after(acted.at);
    Some(Telling { key, to, by: &acted.operator, from, deadline, acknowledged })
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
    /// The clock.
    pub now: Timestamp,
}

/// What is due for a call. `in_flight` says whether an attempt of a notice is on its way in this
/// process: one that is not, and has no outcome, was interrupted and is made again, with the same
/// id, so that a receiver that knows it can tell.
pub fn due(asked: Asked<'_>, in_flight: &dyn Fn(&str, u32) -> bool) -> Due {
    let Asked { call, grounds, roster, grace, now, .. } = asked;
    let mut due = Due::default();
    let over = call.wrapped_up_at().is_some()
        || call.disposed().is_some_and(|it| it.disposition == Disposition::Spam);
    if over || call.party().direction == Some(Direction::Outbound) {
        return due;
    }
    if call.routing().is_none() {
        due.steps.extend(by_itself(asked));
        return due;
    }
    let Some(telling) = telling(call, roster, grace) else { return due };
    let Some(person) = roster.people.iter().find(|person| person.name == *telling.to) else {
        return due;
    };
    if telling.from > now {
        due.at(telling.from);
        return due;
    }
    if telling.acknowledged.is_some() {
        return due;
    }
    if let Some(deadline) = telling.deadline {
        if deadline > now {
            due.at(deadline);
        } else if let Some(next) = next_in_chain(call, grounds, roster, telling.to, now) {
            due.steps.push(next);
            return due;
        }
    }
    notices(call, person, telling.key, in_flight, now, &mut due);
    due
}

/// Tells a person by all their channels, again where that failed.
fn notices(
    call: &Call,
    person: &Person,
    key: &str,
    in_flight: &dyn Fn(&str, u32) -> bool,
    now: Timestamp,
    due: &mut Due,
) {
    for channel in &person.channels {
        let id = format!("{key}/{channel}");
        let tell = |attempt| Step::Tell {
            id: id.clone(),
            to: person.name.clone(),
            channel: Text::new(channel),
            attempt,
        };
        let Some((attempt, step, at)) = call.notices().get(&id).and_then(|known| known.last())
        else {
            due.steps.push(tell(1));
            continue;
        };
        match step {
            NoticeStep::Sent | NoticeStep::Failed { permanent: true, .. } => {}
            NoticeStep::Sending if in_flight(&id, attempt) => {}
            NoticeStep::Sending => due.steps.push(tell(attempt + 1)),
            NoticeStep::Failed { .. } if attempt >= MOST_ATTEMPTS => {}
            NoticeStep::Failed { .. } => {
                let again = at.checked_add(pause(attempt)).unwrap_or(at);
                if again <= now { due.steps.push(tell(attempt + 1)) } else { due.at(again) }
            }
        }
    }
}

/// How long to wait after so many tries: 5 seconds, then twice as long each time, at most 5
/// minutes.
fn pause(attempts: u32) -> SignedDuration {
    let seconds = 5_i64.saturating_mul(1 << attempts.saturating_sub(1).min(10));
    SignedDuration::from_secs(seconds.min(300))
}

/// The routing the hub makes without an operator, once: one that was taken back stays so.
fn by_itself(asked: Asked<'_>) -> Option<Step> {
    let Asked { call, grounds, roster, load, now, .. } = asked;
    let key = format!("{ROUTE_KEY}1");
    if call.action(&key).is_some() {
        return None;
    }
    let urgent = roster.settings.automatic_urgency.is_some_and(|least| call.urgency() >= least);
    let score = grounds.score;
    let sells = roster.settings.automatic_sales && score > roster.settings.sales_score;
    if !urgent && !sells {
        return None;
    }
    let proposal = propose(grounds, roster, load, now)?;
    if !urgent && !proposal.person.sales && proposal.person.from_dollars.is_none() {
        return None;
    }
    Some(Step::Route {
        key,
        to: proposal.person.name.clone(),
        owner_id: Text::new(&proposal.person.owner_id),
        reason: proposal.reason,
    })
}

/// Whoever is told after `last` did not acknowledge: of those on call for the trade the one who
/// was told least often, until everybody was told as often as the rules say.
fn next_in_chain(
    call: &Call,
    grounds: &Grounds<'_>,
    roster: &Roster<'_>,
    last: &Text,
    now: Timestamp,
) -> Option<Step> {
    let mut told: BTreeMap<&Text, u32> = BTreeMap::new();
    for (_, acted) in call.actions() {
        if let Action::Route { to, .. } = &acted.action {
            *told.entry(to).or_default() += 1;
        }
    }
    // A number that was taken back is not used again.
    let mut keys = (1_u32..).map(|number| format!("{ROUTE_KEY}{number}"));
    let key = keys.find(|key| call.action(key).is_none())?;
    let times = |person: &&Person| told.get(&person.name).copied().unwrap_or(0);
    let on_call = roster.on_call(now);
    let next = on_call
        .into_iter()
        .filter(|person| person.does(grounds.service) && !person.channels.is_empty())
        .filter(|person| times(person) < roster.settings.rounds)
        // Telling the same person twice in a row is only better than nobody.
        .min_by_key(|person| (person.name == *last, times(person)))?;
    let minutes = roster.settings.patience().as_secs();
    Some(Step::Route {
        key,
        to: next.name.clone(),
        owner_id: Text::new(&next.owner_id),
        reason: Text::new(&format!("{last} did not acknowledge within {minutes} s")),
    })
}
