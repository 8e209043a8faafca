//! Whether whoever got a call has said that they have it.

use jiff::{SignedDuration, Timestamp};

use super::{
    chain::wakes,
    notice::{is_automatic, notices_of},
    retry::is_given_up,
    roster::Roster,
};
use crate::call::{Action, Call, Noticed, Text};

/// Where the acknowledgement of a routing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// The key of the routing.
    pub key: &'a str,
    /// Whom the call was given to.
    pub to: &'a Text,
    /// From when they are told: when the action can't be taken back any more, and their quiet
    /// hours are over.
    pub from: Timestamp,
    /// When the quiet hours end that put it off, if any do.
    pub quiet_until: Option<Timestamp>,
    /// When they were told, by the first of their ways that took it.
    pub told_at: Option<Timestamp>,
    /// Until when they are to say that they have it; none when nobody waits for that. Their time
    /// runs from when they were told.
    pub deadline: Option<Timestamp>,
    /// Who said or showed it, and when.
    pub by: Option<(&'a Text, Timestamp)>,
}

/// Whether the owner of `call` has it; none while it was given to nobody. `grace` is how long an
/// operator's action can be taken back. Whoever was passed over and could be told since is the one
/// who is to say so.
pub fn acknowledgement<'a>(
    call: &'a Call,
    roster: &Roster<'_>,
    grace: SignedDuration,
) -> Option<Acknowledgement<'a>> {
    let given = given_by_hub_since(call);
    let first = *given.first()?;
    let (_, _, last) = first;
    let told_since = given.iter().filter(|(key, ..)| told_at(call, key) > Some(last));
    let told_last = told_since.max_by_key(|(key, ..)| told_at(call, key));
    let (key, to, at) = *told_last.unwrap_or(&first);
    // The hub does not change its mind.
    let wait = if is_automatic(key) { SignedDuration::ZERO } else { grace };
    let settled = at.checked_add(wait).unwrap_or(at);
    let person = roster.people.iter().find(|person| person.name == *to);
    let told_at = told_at(call, key);
    let quiet_until = person
        .filter(|_| told_at.is_none() && !wakes(key))
        .and_then(|person| roster.quiet_until(person, call.urgency(), settled));
    let from = quiet_until.unwrap_or(settled);
    let waits = call.urgency() >= roster.settings.acknowledge_urgency;
    let patience = roster.settings.patience();
    let deadline = told_at.unwrap_or(from).checked_add(patience).ok().filter(|_| waits);
    let by = call.acknowledged_after(last);
    Some(Acknowledgement { key, to, from, quiet_until, told_at, deadline, by })
}

/// Whoever the hub passed over because they could be told by none of their ways so far, with the
/// key of their routing, the first of them first; and whoever has the call now, where that is so of
/// them.
pub(super) fn not_told_yet(call: &Call) -> Vec<(&str, &Text)> {
    let fails = |key: &str| {
        told_at(call, key).is_none()
            && notices_of(call, key).any(|it| it.problem().is_some() && !is_given_up(it))
    };
    let given = given_by_hub_since(call).into_iter().rev();
    given.filter(|(key, ..)| fails(key)).map(|(key, to, _)| (key, to)).collect()
}

/// Whether this person was given the call, last in vain: none of their ways took it so far.
pub(super) fn could_not_be_told(call: &Call, who: &Text) -> bool {
    let given = given_by_hub_since(call).into_iter().find(|(_, to, _)| *to == who);
    given.is_some_and(|(key, ..)| {
        told_at(call, key).is_none() && notices_of(call, key).any(|it| it.problem().is_some())
    })
}

/// The routing that stands, and those before it as far as the hub passed the call on from them by
/// itself: the key, to whom and when; the last first, and of each person their last.
fn given_by_hub_since(call: &Call) -> Vec<(&str, &Text, Timestamp)> {
    let mut given: Vec<(&str, &Text, Timestamp)> = Vec::new();
    for (key, acted) in call.actions().into_iter().rev() {
        let Action::Route { to, .. } = &acted.action else { continue };
        if given.iter().all(|(_, other, _)| *other != to) {
            given.push((key, to, acted.at));
        }
        if !is_automatic(key) {
            break;
        }
    }
    given
}

/// When somebody was told of a routing, by the first of their ways that took it.
pub(super) fn told_at(call: &Call, key: &str) -> Option<Timestamp> {
    notices_of(call, key).filter_map(Noticed::sent_at).min()
}
