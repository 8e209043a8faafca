//! What the hub owes a call now: to give it to somebody, to tell them, to tell the next.

use jiff::{SignedDuration, Timestamp};

use super::{
    chain::{Because, again_at, next_in_chain, wakes},
    duty::{Acknowledgement, acknowledgement, not_told_yet},
    reminder::remind,
    retry::{Channels, again, is_given_up, retry_at},
    roster::{Person, Roster},
    routing::{Grounds, Load, Proposal, Rule, first_to_tell, propose},
};
use crate::call::{Call, Direction, Disposition, NoticeStep, Noticed, Text};

/// The key of a routing the hub makes by itself; the number follows.
pub(super) const ROUTE_KEY: &str = "hub:route:";

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

/// Who has an earlier call of the same caller.
#[derive(Clone, Copy, Debug)]
pub struct Earlier<'a> {
    /// Who showed that they have it, or else to whom it was given.
    pub who: &'a Text,
    /// Whether they showed it.
    pub shown: bool,
}

/// About which call what is due is asked, and what it depends on.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The call.
    pub call: &'a Call,
    /// What of it decides who gets it.
    pub grounds: &'a Grounds<'a>,
    /// Who has an earlier call of the same caller, if anybody.
    pub earlier: Option<Earlier<'a>>,
    /// Everybody, and the rules.
    pub roster: &'a Roster<'a>,
    /// What they have in hand.
    pub load: &'a Load,
    /// What is known of the channels by which they are told.
    pub channels: &'a Channels,
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

/// The notices that tell of what has this key, with their ids.
pub(super) fn ids_of<'a>(
    call: &'a Call,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a Noticed)> + use<'a> {
    let prefix = format!("{key}/");
    let from = call.notices().range(prefix.clone()..);
    from.take_while(move |(id, _)| id.starts_with(&prefix))
}

/// The same without.
pub(super) fn notices_of<'a>(
    call: &'a Call,
    key: &str,
) -> impl Iterator<Item = &'a Noticed> + use<'a> {
    ids_of(call, key).map(|(_, notice)| notice)
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

/// Whether nobody is to be told of the call any more, whoever has it.
pub(super) fn is_over(call: &Call) -> bool {
    call.wrapped_up_at().is_some()
        || call.disposed().is_some_and(|it| it.disposition == Disposition::Spam)
}

/// What is due because the call was given to somebody, or is to be.
fn of_routing(asked: Asked<'_>, in_flight: &dyn Fn(&str, u32) -> bool) -> Due {
    let Asked { call, roster, grace, now, .. } = asked;
    let mut due = Due::default();
    if is_over(call) {
        return due;
    }
    let Some(routing) = acknowledgement(call, roster, grace) else {
        due.steps.extend(by_itself(asked));
        return due;
    };
    if routing.by.is_some() {
        return due;
    }
    let person = roster.people.iter().find(|person| person.name == *routing.to);
    if person.is_none() && !is_automatic(routing.key) {
        return due;
    }
    if routing.from > now {
        let passes_on = is_automatic(routing.key) && routing.quiet_until.is_some();
        let awake = passes_on.then(|| next_in_chain(asked, &routing, Because::Quiet)).flatten();
        match awake {
            Some(next) => due.steps.push(next.step),
            None => {
                let others = passes_on.then(|| roster.next_to_tell(call.urgency(), now)).flatten();
                [Some(routing.from), others].into_iter().flatten().for_each(|at| due.at(at));
            }
        }
        return due;
    }
    let because = match person {
        // Nobody by that name is there any more.
        None => Some(Because::NotTold),
        Some(person) => goes_on(call, person, &routing, now),
    };
    let next = because.and_then(|because| next_in_chain(asked, &routing, because));
    // Nobody is woken, or told again, before it was tried with whoever could not be told.
    let is_new = next.as_ref().is_some_and(|next| !next.was_told && !next.wakes);
    if because.is_some() && !is_new && try_again(asked, in_flight, &mut due) {
        return due;
    }
    if let Some(next) = next {
        return Due { steps: vec![next.step], next: None };
    }
    // Who could be told by one of their ways is by the others too.
    if let Some(person) = person {
        tell(asked, person, routing.key, in_flight, &mut due);
    }
    let deadline = routing.deadline.filter(|at| *at > now);
    let others = because.and_then(|_| roster.next_to_tell(call.urgency(), now));
    let again = because.and_then(|_| again_at(call, roster, &routing)).filter(|at| *at > now);
    [deadline, others, again].into_iter().flatten().for_each(|at| due.at(at));
    due
}

/// Why a call goes on to the next, if it does: the one who has it did not answer in time, or could
/// be told by none of their ways. Where nobody waits for an answer, what an operator gave away stays
/// where it is, and what the hub did goes on only when no way is left to try.
fn goes_on(
    call: &Call,
    person: &Person,
    routing: &Acknowledgement<'_>,
    now: Timestamp,
) -> Option<Because> {
    let every = |is_so: &dyn Fn(&Noticed) -> bool| {
        let known = |way: &Text| call.notices().get(&format!("{}/{way}", routing.key));
        !person.tell.is_empty() && person.tell.iter().all(|way| known(way).is_some_and(is_so))
    };
    match (routing.told_at, routing.deadline) {
        (Some(_), deadline) => deadline.filter(|at| *at <= now).map(|_| Because::NoAnswer),
        (None, Some(deadline)) => {
            let fails = every(&|notice| notice.problem().is_some());
            (fails || deadline <= now).then_some(Because::NotTold)
        }
        (None, None) => {
            (is_automatic(routing.key) && every(&is_given_up)).then_some(Because::NotTold)
        }
    }
}

/// Tries again to tell whoever could not be told so far, one after the other: who is told has time
/// to answer before the next is. Returns whether somebody is being told.
fn try_again(asked: Asked<'_>, in_flight: &dyn Fn(&str, u32) -> bool, due: &mut Due) -> bool {
    let Asked { call, grounds, roster, now, .. } = asked;
    let chain = roster.chain(grounds.service, call.urgency(), now);
    for (key, to) in not_told_yet(call) {
        let Some(person) = chain.iter().find(|person| person.name == *to) else { continue };
        let quiet_until = roster.quiet_until(person, call.urgency(), now);
        if let Some(until) = quiet_until.filter(|_| !wakes(key)) {
            due.at(until);
            continue;
        }
        let mut theirs = Due::default();
        tell(asked, person, key, in_flight, &mut theirs);
        let flying = |(id, notice): (&String, &Noticed)| {
            notice.last().is_some_and(|(attempt, step, _)| {
                *step == NoticeStep::Sending && in_flight(id, attempt)
            })
        };
        due.steps.append(&mut theirs.steps);
        if !due.steps.is_empty() || ids_of(call, key).any(flying) {
            return true;
        }
        theirs.next.into_iter().for_each(|next| due.at(next));
    }
    false
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
            Some((attempt, _, at)) => known.map(|it| (attempt + 1, retry_at(it, at, asked))),
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

/// Whoever has an earlier call of the caller, where they know of it already or are on call: they are
/// told first of the next.
fn has_earlier(asked: Asked<'_>) -> Option<Proposal<'_>> {
    let Asked { call, earlier, roster, now, .. } = asked;
    let Earlier { who, shown } = earlier?;
    let is_there = |person: &&Person| {
        let on_call = || roster.on_call(now).iter().any(|it| it.name == person.name);
        let awake = roster.quiet_until(person, call.urgency(), now).is_none();
        !person.tell.is_empty() && awake && (shown || on_call())
    };
    let person = roster.people.iter().find(|person| person.name == *who).filter(is_there)?;
    let reason = "has an earlier call of this caller".into();
    Some(Proposal { person, rule: Rule::OnCall, reason })
}

/// The first routing, without an operator, once: one that was taken back stays so.
fn by_itself(asked: Asked<'_>) -> Option<Step> {
    let Asked { call, grounds, roster, load, now, .. } = asked;
    let rules = roster.settings;
    let urgent = rules.automatic_urgency.is_some_and(|least| call.urgency() >= least);
    // Whom we rang ourselves is in sales' hands already.
    let outbound = call.party().direction == Some(Direction::Outbound);
    let scores = rules.automatic_sales
        && !outbound
        && !call.state().is_live()
        && grounds.score > rules.sales_score;
    if !(urgent || scores) || call.was_routed() || call.owner().is_some() {
        return None;
    }
    // What is so urgent is for whoever is on call, whatever it is rated.
    let proposal = match urgent {
        true => has_earlier(asked).or_else(|| first_to_tell(grounds, roster, now))?,
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
