//! Whether whoever got a call has said that they have it.

use jiff::Timestamp;

use super::settings::Settings;
use crate::call::{Action, Call, Text};

/// Where the acknowledgement of a routing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// Whom the call was given to.
    pub to: &'a Text,
    /// Until when they are to say that they have it; none when nobody waits for that.
    pub deadline: Option<Timestamp>,
    /// Who said or showed it, and when.
    pub by: Option<(&'a Text, Timestamp)>,
}

/// Whether the owner of `call` has it; none while it was given to nobody.
pub fn acknowledgement<'a>(call: &'a Call, settings: &Settings) -> Option<Acknowledgement<'a>> {
    let (_, acted) = call.routing()?;
    let Action::Route { to, .. } = &acted.action else { return None };
    let waits = call.urgency() >= settings.acknowledge_urgency;
    let deadline = acted.at.checked_add(settings.patience()).ok().filter(|_| waits);
    Some(Acknowledgement { to, deadline, by: call.acknowledged_after(acted.at) })
}
