//! What else the caller of a call did, for whoever is told of it.

use jiff::Timestamp;

use super::Desk;
use crate::{
    call::{Call, CallState, Direction, Text, has_that},
    hub::summary,
};

/// Other calls of the same number.
#[derive(Clone, Debug, Default)]
pub struct Theirs {
    /// The last one before.
    pub before: Option<Rang>,
    /// The last one since in which somebody spoke with them.
    pub since: Option<Rang>,
}

/// Such a call.
#[derive(Clone, Debug)]
pub struct Rang {
    /// When it began.
    pub at: Timestamp,
    /// Who has it, in words.
    pub has: Text,
    /// Who showed that they have it, or else to whom it was given.
    pub who: Option<Text>,
    /// Whether they showed it.
    pub shown: bool,
}

impl Desk {
    /// The other calls of this call's number, of those in hand.
    pub(super) fn theirs(&self, call: &Call) -> Theirs {
        let others = self.same_number.others(call);
        let others = others.iter().filter_map(|id| self.calls.get(id));
        let others = others.filter(|held| held.on_board).map(|held| &held.call);
        let order = |call: &&Call| (call.began_at, call.id.clone());
        let rang = others.filter(|other| {
            other.party().direction != Some(Direction::Outbound) && other.state() != CallState::Chat
        });
        let (earlier, later): (Vec<&Call>, Vec<&Call>) =
            rang.partition(|other| order(other) < order(&call));
        let spoken = later.into_iter().filter(|other| other.was_answered());
        Theirs {
            before: earlier.into_iter().max_by_key(order).map(Rang::of),
            since: spoken.max_by_key(order).map(Rang::of),
        }
    }
}

impl Rang {
    fn of(call: &Call) -> Self {
        let (taken_by, owner) = (summary::taken_by(call), call.owner());
        let has = has_that(taken_by, owner);
        let who = taken_by.or(owner).cloned();
        Self { at: call.began_at, has: Text::new(&has), who, shown: taken_by.is_some() }
    }
}
