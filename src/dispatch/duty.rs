//! Whether whoever got a call has said that they have it.

use jiff::{SignedDuration, Timestamp};

use super::{notice::is_automatic, roster::Roster};
use crate::call::{Action, Call, Text};

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
    /// Until when they are to say that they have it; none when nobody waits for that.
    pub deadline: Option<Timestamp>,
    /// Who said or showed it, and when.
    pub by: Option<(&'a Text, Timestamp)>,
}

/// Whether the owner of `call` has it; none while it was given to nobody. `grace` is how long an
/// operator's action can be taken back.
pub fn acknowledgement<'a>(
    call: &'a Call,
    roster: &Roster<'_>,
    grace: SignedDuration,
) -> Option<Acknowledgement<'a>> {
    let (key, acted) = call.routing()?;
    let Action::Route { to, .. } = &acted.action else { return None };
    // The hub does not change its mind.
    let wait = if is_automatic(key) { SignedDuration::ZERO } else { grace };
    let settled = acted.at.checked_add(wait).unwrap_or(acted.at);
    let person = roster.people.iter().find(|person| person.name == *to);
    let quiet_until = person.and_then(|person| roster.quiet_until(person, call.urgency(), settled));
    let from = quiet_until.unwrap_or(settled);
    let waits = call.urgency() >= roster.settings.acknowledge_urgency;
    let deadline = from.checked_add(roster.settings.patience()).ok().filter(|_| waits);
    let by = call.acknowledged_after(acted.at);
    Some(Acknowledgement { key, to, from, quiet_until, deadline, by })
}
