//! What did not get through: which notices of a call were not taken, who still waits for one, and
//! who knows of the call by no other way.

use super::{
    chain::wakes,
    duty::{acknowledgement, not_told_yet},
    notice::{Asked, is_of, is_over},
    reminder::{occasion, reminder},
    retry::is_given_up,
};
use crate::call::Noticed;

/// A notice that was not taken.
#[derive(Clone, Copy, Debug)]
pub struct Failing<'a> {
    /// Which.
    pub notice: &'a Noticed,
    /// Whether it is about to be tried again.
    pub waits: bool,
    /// Whether whoever it is for is to know, and was told by no way.
    pub untold: bool,
}

/// The notices of a call that were not taken.
pub fn failing<'a>(asked: &Asked<'a>) -> Vec<Failing<'a>> {
    let Asked { call, roster, grace, now, .. } = *asked;
    let not_taken = |(_, notice): &(&String, &Noticed)| notice.problem().is_some();
    if !call.notices().iter().any(|it| not_taken(&it)) {
        return Vec::new();
    }
    let routing = acknowledgement(call, roster, grace);
    let routing = routing.filter(|it| it.by.is_none() && !is_over(call));
    let reminder = reminder(asked).0;
    let may_be_told = |notice: &Noticed| {
        let person = roster.people.iter().find(|person| person.name == notice.to);
        person.is_some_and(|it| roster.quiet_until(it, call.urgency(), now).is_none())
    };
    // Whom the call went on from is tried while nobody else has time to answer, and on call only.
    let passed_over = |id: &str, notice: &Noticed| {
        let on_call = roster.chain(None, call.urgency(), now);
        let not_told = not_told_yet(call);
        let key = not_told.iter().map(|(key, _)| *key).find(|key| is_of(id, key));
        on_call.iter().any(|person| person.name == notice.to)
            && key.is_some_and(|key| wakes(key) || may_be_told(notice))
    };
    let of = |(id, notice): (&String, &'a Noticed)| {
        let of_promise = occasion(call, id).is_some();
        let is_tried = match (of_promise, &routing, &reminder) {
            (true, _, Some(reminder)) => is_of(id, &reminder.key) && may_be_told(notice),
            (false, Some(routing), _) => {
                is_of(id, routing.key) || routing.told_at.is_none() && passed_over(id, notice)
            }
            _ => false,
        };
        let is_open = if of_promise { reminder.is_some() } else { routing.is_some() };
        let knows = call.notices().iter().any(|(other, known)| {
            known.to == notice.to
                && known.sent_at().is_some()
                && occasion(call, other).is_some() == of_promise
        });
        let waits = is_tried && !is_given_up(notice);
        Failing { notice, waits, untold: is_open && !knows }
    };
    call.notices().iter().filter(not_taken).map(of).collect()
}
