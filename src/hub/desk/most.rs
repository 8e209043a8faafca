//! How much is held in memory of what the world sends, at most.

use super::Desk;
use crate::call::{CallId, Event, Fact};

/// How much, at most.
#[derive(Clone, Copy, Debug)]
pub struct Most {
    /// Calls in hand.
    pub calls: usize,
    /// Calls in hand of one source.
    pub calls_of_source: usize,
    /// Events of one call that its provider sends.
    pub events: usize,
    /// Actions of operators on one call.
    pub actions: usize,
}

impl Default for Most {
    fn default() -> Self {
        Self { calls: 100_000, calls_of_source: 75_000, events: 20_000, actions: 1_000 }
    }
}

/// What there is no room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// Another call, whoever's.
    #[error("as many calls are on the board as this hub takes; try again later")]
    Board,
    /// Another call of this source.
    #[error("as many calls of this source are on the board as one may have; try again later")]
    Source,
    /// Another event of the call.
    #[error("the call has as many events as one may have")]
    Call,
}

/// How much there is of one call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Its events.
    pub events: usize,
    /// The lines of its transcript.
    pub lines: usize,
    /// What operators did to it.
    pub actions: usize,
    /// How much of what was said came to be judged, in bytes.
    pub judged: usize,
}

impl Size {
    /// The greater of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            events: self.events.max(other.events),
            lines: self.lines.max(other.lines),
            actions: self.actions.max(other.actions),
            judged: self.judged.max(other.judged),
        }
    }
}

impl Desk {
    /// Whether there is room for what a webhook holds. What was heard before takes none, and what
    /// became of a call that was placed by order is always heard.
    ///
    /// # Errors
    /// What there is no room for.
    pub fn has_room_for(&self, events: &[Event]) -> Result<(), Full> {
        let most = &self.settings.most;
        for event in events {
            if event.facts.iter().any(|fact| matches!(fact, Fact::CalledBack { .. })) {
                continue;
            }
            match self.calls.get(&event.call) {
                Some(held) if held.seen.len() < most.events || held.seen.knows(&event.key) => {}
                Some(_) => return Err(Full::Call),
                None if self.calls.len() >= most.calls => return Err(Full::Board),
                None if self.calls.len() < most.calls_of_source => {}
                None => {
                    let source = event.call.source();
                    let theirs = self.calls.keys().filter(|id| id.source() == source).count();
                    if theirs >= most.calls_of_source {
                        return Err(Full::Source);
                    }
                }
            }
        }
        Ok(())
    }

    /// How much there is of a call.
    pub fn size(&self, id: &CallId) -> Size {
        self.calls.get(id).map_or(Size::default(), |held| Size {
            events: held.seen.len(),
            lines: held.call.transcript.lines().len(),
            actions: held.call.actions_taken(),
            judged: held.judged.min(super::in_hand::MOST_JUDGED),
        })
    }
}
