//! To whom a call goes on that nobody says they have: to the next on call, until everybody was told
//! as often as the rules say, and then to all of them again every so many minutes.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::{
    duty::{Acknowledgement, could_not_be_told, not_told_yet, told_at},
    notice::{Asked, ROUTE_KEY, Step, is_automatic},
    roster::{Person, Roster},
};
use crate::call::{Action, Call, Text};

/// What the keys of another round begin with; its number follows.
const AGAIN_KEY: &str = "hub:route:again:";

/// What the keys hold, before their number, where somebody is told in their quiet hours.
const WAKES: &str = ":wake:";

/// When there is another round though the rules ask for none: nobody at all was told in the last.
const NOBODY_TOLD: SignedDuration = SignedDuration::from_mins(15);

/// After a day rounds come ever more rarely: one for every so many that there was time for.
const RARER: i64 = 96;

/// Why a call goes on to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Because {
    /// Whoever was told did not say in time that they have it.
    NoAnswer,
    /// They could be told by none of their ways.
    NotTold,
    /// They are not told yet, and somebody else could be.
    Quiet,
}

/// Who is next.
#[derive(Debug)]
pub(super) struct Next {
    /// What gives it to them.
    pub(super) step: Step,
    /// Whether they were told of it before, in this round.
    pub(super) was_told: bool,
    /// Whether it is their quiet hours, and nobody else can be told.
    pub(super) wakes: bool,
}

/// Whether whoever the routing of this key gave the call to is told in their quiet hours too: by
/// then nobody else could be.
pub(super) fn wakes(key: &str) -> bool {
    is_automatic(key) && key.contains(WAKES)
}

/// Once through everybody on call (the first round: as often as the rules say).
#[derive(Debug, Default)]
struct Round<'a> {
    /// From 0.
    number: u32,
    /// How often it was given to whom.
    times: BTreeMap<&'a Text, u32>,
    /// Whether anybody was told.
    reached: bool,
}

impl<'a> Round<'a> {
    /// The one that the call is in.
    fn of(call: &'a Call) -> Self {
        let actions = call.actions();
        let number = |key: &str| {
            let number = key.strip_prefix(AGAIN_KEY)?.split(':').next()?;
            number.parse::<u32>().ok()
        };
        let last = actions.iter().filter_map(|(key, _)| number(key)).max();
        let begins = actions.iter().position(|(key, _)| number(key) == last);
        let mut round = Self { number: last.unwrap_or(0), ..Self::default() };
        // The first begins with whoever an operator or the hub gave it to first.
        let begins = last.and(begins).unwrap_or(0);
        for (key, acted) in &actions[begins..] {
            if let Action::Route { to, .. } = &acted.action {
                *round.times.entry(to).or_default() += 1;
                round.reached = round.reached || told_at(call, key).is_some();
            }
        }
        round
    }

    fn most(&self, roster: &Roster<'_>) -> u32 {
        if self.number == 0 { roster.settings.rounds } else { 1 }
    }

    /// A key that nothing of the call has yet.
    fn key(&self, call: &Call, wakes: bool) -> Option<String> {
        let round = match self.number {
            0 => ROUTE_KEY.to_owned(),
            number => format!("{AGAIN_KEY}{number}:"),
        };
        let prefix = match wakes {
            true => format!("{}{WAKES}", round.trim_end_matches(':')),
            false => round,
        };
        (1_u32..).map(|number| format!("{prefix}{number}")).find(|key| call.action(key).is_none())
    }
}

/// When everybody is told again of a call that nobody has, unless somebody new can be told before;
/// none when that is never. `last` is whoever was given it last.
pub(super) fn again_at(
    call: &Call,
    roster: &Roster<'_>,
    last: &Acknowledgement<'_>,
) -> Option<Timestamp> {
    let minutes = i64::from(roster.settings.again_minutes);
    let pause = match Round::of(call).reached {
        true if minutes == 0 => return None,
        false if minutes == 0 => NOBODY_TOLD,
        _ => SignedDuration::from_mins(minutes),
    };
    let over = last.deadline?;
    let age = over.duration_since(call.began_at);
    over.checked_add(pause.max(SignedDuration::from_secs(age.as_secs() / RARER))).ok()
}

/// Whoever is told after `last`, of all on call: first those who may be told now, of these who was
/// told least often, and of these whoever does the trade; until everybody was told as often as the
/// rules say. Who could not be told so far is tried on, and not given it once more.
pub(super) fn next_in_chain(
    asked: Asked<'_>,
    last: &Acknowledgement<'_>,
    because: Because,
) -> Option<Next> {
    let Asked { call, grounds, roster, now, .. } = asked;
    let quiet = |person: &Person| roster.quiet_until(person, call.urgency(), now).is_some();
    let waiting: BTreeSet<&Text> = not_told_yet(call).into_iter().map(|(_, to)| to).collect();
    let mut people = roster.chain(grounds.service, call.urgency(), now);
    people.retain(|person| !person.tell.is_empty());
    // Nobody is left to sleep on it while somebody is awake who can be told; and nobody is woken
    // before those who are had the time in which they would have answered.
    let awake = people.iter().any(|person| !quiet(person));
    let reachable = |it: &&Person| !quiet(it) && !could_not_be_told(call, &it.name);
    let by_itself = roster.settings.automatic_urgency.is_some_and(|it| call.urgency() >= it);
    let wakes = by_itself
        && !people.iter().any(reachable)
        && last.deadline.is_none_or(|deadline| deadline <= now);
    if because == Because::Quiet || awake && !wakes {
        people.retain(|person| !quiet(person));
    }
    people.retain(|person| !waiting.contains(&person.name));
    let next = |round: &Round<'_>| {
        let times = |person: &Person| round.times.get(&person.name).copied().unwrap_or(0);
        // Telling the same person twice in a row is only better than nobody.
        let may = |person: &&&Person| {
            times(person) < round.most(roster)
                && (because == Because::NoAnswer
                    || round.times.is_empty()
                    || person.name != *last.to)
        };
        let next = people.iter().filter(may);
        let next = next.min_by_key(|person| (person.name == *last.to, times(person)))?;
        let wakes = awake && quiet(next);
        Some((*next, times(next) > 0, wakes, round.key(call, wakes)?))
    };
    let round = Round::of(call);
    let in_this = next(&round).map(|next| {
        let reason = why(last, because, next.2, roster);
        (next, reason)
    });
    let (next, reason) = in_this.or_else(|| {
        let begins = again_at(call, roster, last).is_some_and(|at| at <= now);
        let another = Round { number: round.number + 1, ..Round::default() };
        let next = next(&another).filter(|_| begins && because != Because::Quiet)?;
        Some((next, "nobody has said that they have it".into()))
    })?;
    let (person, was_told, wakes, key) = next;
    let (to, owner_id) = (person.name.clone(), Text::new(&person.owner_id));
    Some(Next { step: Step::Route { key, to, owner_id, reason }, was_told, wakes })
}

fn why(last: &Acknowledgement<'_>, because: Because, wakes: bool, roster: &Roster<'_>) -> Text {
    let last = last.to;
    Text::new(&match because {
        Because::NotTold if wakes => {
            format!("{last} could not be told, nor anybody else outside quiet hours")
        }
        Because::NotTold => format!("{last} could not be told"),
        Because::Quiet => format!("{last} has quiet hours"),
        Because::NoAnswer => {
            let seconds = roster.settings.patience().as_secs();
            format!("{last} did not acknowledge within {seconds} s")
        }
    })
}
