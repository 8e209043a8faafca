//! What hubs on one journal need of it beside the rest. With a journal of one's own all of it is
//! nothing: a claim holds everything, and there is never news.

use std::collections::BTreeSet;

use super::postgres::Held;
use crate::call::{CallId, Suppression};

/// What a hub wants to hold before it works on its next commit.
#[derive(Debug, Default)]
pub struct Wanted {
    /// Calls that may be new.
    pub new: Vec<CallId>,
    /// Calls that something happened to; whoever else holds one is waited for.
    pub calls: Vec<CallId>,
    /// Calls a write is due of; those that another hub holds are left to it.
    pub due: Vec<CallId>,
    /// The numbers of callers that Salesforce is to be asked about, so that two calls of one
    /// caller don't become two Leads; those another hub holds are left to it.
    pub numbers: BTreeSet<String>,
}

impl Wanted {
    /// Whether there is nothing to hold.
    pub(super) fn is_empty(&self) -> bool {
        self.new.is_empty() && self.calls.is_empty() && self.due.is_empty()
    }
}

/// Calls held for one commit: nobody else changes them until it is made, or the claim dropped.
#[derive(Debug, Default)]
pub enum Claim {
    /// The journal is ours alone: everything is held.
    All,
    /// These, of a shared journal.
    Some(Box<Held>),
    /// Nothing of a shared journal.
    #[default]
    Nothing,
}

impl Claim {
    /// Whether the call is held.
    pub fn holds(&self, id: &CallId) -> bool {
        match self {
            Self::All => true,
            Self::Some(held) => held.calls.contains_key(id),
            Self::Nothing => false,
        }
    }

    /// Whether the number is held.
    pub fn holds_number(&self, number: &str) -> bool {
        match self {
            Self::All => true,
            Self::Some(held) => held.numbers.contains(number),
            Self::Nothing => false,
        }
    }

    /// What is held of a shared journal, with the revision it is at.
    pub fn revisions(&self) -> impl Iterator<Item = (&CallId, u64)> {
        let held = match self {
            Self::Some(held) => Some(held),
            Self::All | Self::Nothing => None,
        };
        held.into_iter().flat_map(|held| &held.calls).map(|(id, revision)| (id, *revision))
    }
}

/// What a hub learns once a second.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pulse {
    /// What is kept of the destinations (`destination.…`): paused or not.
    pub kept: Vec<(String, String)>,
    /// Calls with a write under way at a hub that no longer lives.
    pub lapsed: Vec<CallId>,
}

/// A moment in the journal's life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark(pub(super) String);

/// What was changed since a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The calls, with their revision and whether they are on the board.
    pub calls: Vec<(CallId, u64, bool)>,
    /// What was said of ringing numbers.
    pub suppressions: Vec<Suppression>,
    /// The mark for the next time.
    pub mark: Mark,
}

/// Holds something against every other hub until it is dropped.
#[derive(Debug, Default)]
pub struct Alone(
    #[expect(dead_code, reason = "what counts is that it is held")]
    pub(super)  Option<sqlx::Transaction<'static, sqlx::Postgres>>,
);
