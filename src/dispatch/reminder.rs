//! Who is told of a promise to ring back: whoever it was given to, and when it is late whoever is to
//! keep it, once each.

use jiff::{SignedDuration, Timestamp};

use super::{
    callback::{promise, put_last, tries_since_put},
    notice::{Asked, Due, is_of, notices_of, tell},
    retry::is_given_up,
    roster::Person,
};
use crate::call::{Acted, Action, Call, Callback, CallbackState, Text};

/// The key of what is told of a late promise; which time it got late follows.
const LATE_KEY: &str = "callback:late:";

/// After so long without a word a call whose end was not heard is taken to be over.
const SILENT: SignedDuration = SignedDuration::from_mins(10);

/// Why somebody is told of a promise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// It was given to them.
    Given {
        /// By whom.
        by: Text,
    },
    /// It was not kept by the time it was due.
    Late,
}

/// What somebody is to be told of a promise, or was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminder<'a> {
    /// What its notices begin with.
    pub key: String,
    /// Why.
    pub occasion: Occasion,
    /// Who is told.
    pub to: &'a Person,
    /// From when: it can't be taken back any more, and their quiet hours are over.
    pub from: Timestamp,
    /// When the quiet hours end that put it off, if any do.
    pub quiet_until: Option<Timestamp>,
}

/// The reminder that the promise of a call now calls for, if any; and when to ask again though
/// nothing happens.
///
/// A promise that was given to somebody is told to them, unless they took it themselves. One that
/// gets late is told to its owner, or where they can't be told to whoever is on call, for the trade if anybody is:
/// again only when it was tried in vain or put to another time, by an operator or the caller, and is
/// late by that too. Whose shift ends while it is late is followed by whoever is on call then, and who
/// is refused by all their ways by the next on call.
pub fn reminder<'a>(asked: &Asked<'a>) -> (Option<Reminder<'a>>, Option<Timestamp>) {
    let Asked { call, roster, now, .. } = *asked;
    if roster.people.iter().all(|person| person.tell.is_empty()) {
        return (None, None);
    }
    let waiting = promise(call, roster.settings).filter(|it| it.state == CallbackState::Waiting);
    let Some(promise) = waiting else { return (None, None) };
    let given = last_given(call);
    let is_late = roster.settings.tell_late_callbacks && promise.due <= now;
    // Whoever gives it to somebody when it is late already has seen that it is; not that they can't
    // be told.
    let owner = promise.owner.as_ref().and_then(|owner| roster.person(owner));
    let seen = |(key, acted): (&str, &Acted)| {
        acted.at >= promise.due && owner.is_none_or(|owner| !is_refused(call, key, owner))
    };
    if is_late && !given.is_some_and(seen) {
        return late(asked, &promise);
    }
    let falls_due =
        Some(promise.due).filter(|due| roster.settings.tell_late_callbacks && *due > now);
    let given = given.and_then(|given| reminder_of_giving(asked, &promise, given));
    let from = given.as_ref().map(|given| given.from).filter(|from| *from > now);
    (given, from.into_iter().chain(falls_due).min())
}

/// Tells whoever the promise calls for.
pub(super) fn remind(asked: Asked<'_>, in_flight: &dyn Fn(&str, u32) -> bool, due: &mut Due) {
    let (reminder, next) = reminder(&asked);
    next.into_iter().for_each(|next| due.at(next));
    if let Some(Reminder { key, to, .. }) = reminder.filter(|it| it.from <= asked.now) {
        tell(asked, to, &key, in_flight, due);
    }
}

/// What a notice of this id tells of a promise; none when it tells of a routing.
pub fn occasion(call: &Call, notice: &str) -> Option<Occasion> {
    if notice.starts_with(LATE_KEY) {
        return Some(Occasion::Late);
    }
    let giving = |(key, acted): &(&str, &Acted)| {
        is_of(notice, key) && matches!(acted.action, Action::AssignCallback { .. })
    };
    let (_, acted) = call.actions().into_iter().find(giving)?;
    Some(Occasion::Given { by: acted.operator.clone() })
}

/// The last time the promise was given to somebody, with the key of that.
fn last_given(call: &Call) -> Option<(&str, &Acted)> {
    let gives = |(_, acted): &(&str, &Acted)| matches!(acted.action, Action::AssignCallback { .. });
    call.actions().into_iter().rev().find(gives)
}

fn reminder_of_giving<'a>(
    asked: &Asked<'a>,
    promise: &Callback,
    (key, acted): (&str, &Acted),
) -> Option<Reminder<'a>> {
    let Asked { call, roster, grace, .. } = *asked;
    let to = promise.owner.as_ref()?;
    let theirs = matches!(&acted.action, Action::AssignCallback { to: named } if named == to);
    if !roster.settings.tell_given_callbacks || !theirs || acted.operator == *to {
        return None;
    }
    let to = roster.person(to).filter(|person| !person.tell.is_empty())?;
    let settled = acted.at.checked_add(grace).unwrap_or(acted.at);
    let quiet_until = roster.quiet_until(to, call.urgency(), settled);
    let from = quiet_until.unwrap_or(settled);
    let occasion = Occasion::Given { by: acted.operator.clone() };
    Some(Reminder { key: key.to_owned(), occasion, to, from, quiet_until })
}

fn late<'a>(asked: &Asked<'a>, promise: &Callback) -> (Option<Reminder<'a>>, Option<Timestamp>) {
    let Asked { call, grounds, roster, now, .. } = *asked;
    let time = key_of_time(call, promise);
    let told = told_of(call, &time);
    let on_call = || roster.on_call_for(grounds.service, call.urgency(), now);
    let person = |name: &Text| roster.person(name);
    let is_refused =
        |key: &str, to: &Text| person(to).is_some_and(|person| is_refused(call, key, person));
    let (key, to, look) = match told.last() {
        // Who was begun to be told is told to the end, unless their shift is over or there is none.
        Some((key, to, since)) if !is_over(asked, to, *since) && !is_refused(key, to) => {
            let is_on = roster.on_call(now).iter().any(|person| person.name == **to);
            let look = roster.changes_after(now).filter(|_| is_on);
            (key.clone(), person(to), look)
        }
        Some((key, to, _)) => {
            let on_call = on_call();
            let is_on = |name: &Text| on_call.iter().any(|it| it.name == *name);
            let knows = told.iter().any(|(key, to, _)| is_on(to) && !is_refused(key, to));
            let is_new = |it: &&Person| told.iter().all(|(_, to, _)| **to != it.name);
            let mut others = on_call.iter().copied().filter(|it| !it.tell.is_empty());
            let next = others.find(is_new).filter(|_| !knows);
            let look = roster.changes_after(now);
            match next {
                Some(next) => (format!("{time}:{}", told.len() + 1), Some(next), look),
                None => (key.clone(), person(to), look),
            }
        }
        None => {
            // Until it is over a call's own time changes with every word.
            let over_at = call.heard_at.checked_add(SILENT).unwrap_or(call.heard_at);
            if call.state().is_live() && over_at > now {
                return (None, Some(over_at));
            }
            let owner = promise.owner.as_ref().and_then(person);
            let given = last_given(call).map(|(key, _)| key);
            let owner = owner.filter(|owner| given.is_none_or(|key| !is_refused(key, &owner.name)));
            let mut people = owner.into_iter().chain(on_call());
            (time, people.find(|person| !person.tell.is_empty()), None)
        }
    };
    let Some(to) = to else { return (None, roster.changes_after(now)) };
    let quiet_until = roster.quiet_until(to, call.urgency(), now);
    let from = quiet_until.unwrap_or(promise.due);
    let look = quiet_until.into_iter().chain(look).min();
    (Some(Reminder { key, occasion: Occasion::Late, to, from, quiet_until }), look)
}

/// Who was begun to be told that a promise got late by this time, one after the other: by which
/// key, and since when.
fn told_of<'a>(call: &'a Call, time: &str) -> Vec<(String, &'a Text, Timestamp)> {
    let keys = (1..).map(|number| match number {
        1 => time.to_owned(),
        number => format!("{time}:{number}"),
    });
    let told = keys.map_while(|key| {
        let (to, since) = notices_of(call, &key)
            .filter_map(|notice| Some((&notice.to, notice.attempts.values().next()?.1)))
            .min_by_key(|(_, since)| *since)?;
        Some((key, to, since))
    });
    told.collect()
}

/// Whether somebody can be told by none of their ways, and it is not tried again.
fn is_refused(call: &Call, key: &str, person: &Person) -> bool {
    let notice = |way: &Text| call.notices().get(&format!("{key}/{way}"));
    !person.tell.is_empty() && person.tell.iter().all(|way| notice(way).is_some_and(is_given_up))
}

/// Whether somebody was on call when they were told, and is no more.
fn is_over(asked: &Asked<'_>, person: &Text, told: Timestamp) -> bool {
    let on_call = |at| asked.roster.on_call(at).iter().any(|it| it.name == *person);
    !on_call(asked.now) && on_call(told)
}

/// Which of the times that a promise was put to is meant: the first or the one an operator named, or
/// that the caller named in a later call, each after so many tries.
fn key_of_time(call: &Call, promise: &Callback) -> String {
    let tries = tries_since_put(call, promise).count();
    let mut key = match put_last(call) {
        Some((put, ..)) if tries == 0 => format!("{LATE_KEY}{put}"),
        Some((put, ..)) => format!("{LATE_KEY}{put}+{tries}"),
        None => format!("{LATE_KEY}{tries}"),
    };
    if let Some((_, due)) = call.named_since() {
        key.push_str(&format!("@{}", due.as_second()));
    }
    key
}
