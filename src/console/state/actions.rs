//! What the operator has asked for in this run, and what became of it.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::call::CallId;

/// How many are remembered.
const REMEMBERED: usize = 250;

/// An action on its way or done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Its id, as the hub knows it.
    pub id: String,
    /// The call it is about.
    pub call: Option<CallId>,
    /// The write it is about.
    pub write: Option<String>,
    /// What it does, with whom it is about: `route Alex Chen to Sam K.`
    pub what: String,
    /// How far it is.
    pub phase: Phase,
    /// What was asked for with one key has one number, however many calls it is about.
    pub group: u64,
}

/// How far an action is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The hub has not answered.
    Pending,
    /// It is in the hub's journal.
    Done {
        /// Until when it can be taken back (the hub's clock).
        undo_until: Option<Timestamp>,
    },
    /// The hub said no, or can't be asked.
    Failed,
    /// Taken back.
    Undone,
}

/// The actions of this run, newest last.
#[derive(Clone, Debug, Default)]
pub struct Actions {
    sent: VecDeque<Sent>,
    count: u64,
    group: u64,
}

impl Actions {
    /// The id of the next action.
    pub fn next_id(&mut self, session: &str) -> String {
        self.count += 1;
        format!("{session}-{}", self.count)
    }

    /// What goes out from now on was asked for with another key.
    pub fn begin_group(&mut self) {
        self.group += 1;
    }

    /// The number of what goes out now.
    pub fn group(&self) -> u64 {
        self.group
    }

    /// Everything that was asked for together with `group` and can still be taken back at `now`.
    pub fn undoable_together(&self, group: u64, now: Timestamp) -> Vec<Sent> {
        let can = |sent: &&Sent| {
            sent.group == group
                && matches!(sent.phase, Phase::Done { undo_until: Some(until) } if until > now)
        };
        self.sent.iter().filter(can).cloned().collect()
    }

    /// Remembers an action that goes out now.
    pub fn add(&mut self, sent: Sent) {
        self.sent.push_back(sent);
        while self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
    }

    /// The action of this id.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Sent> {
        self.sent.iter_mut().find(|sent| sent.id == id)
    }

    /// The latest action that can still be taken back at `now`, and until when.
    pub fn undoable(&self, now: Timestamp) -> Option<(&Sent, Timestamp)> {
        self.sent.iter().rev().find_map(|sent| match sent.phase {
            Phase::Done { undo_until: Some(until) } if until > now => Some((sent, until)),
            _ => None,
        })
    }

    /// Whether something about this call waits for the hub's answer.
    pub fn is_pending(&self, call: &CallId) -> bool {
        self.sent
            .iter()
            .any(|sent| sent.phase == Phase::Pending && sent.call.as_ref() == Some(call))
    }

    /// Whether something about this write waits for the hub's answer.
    pub fn is_write_pending(&self, write: &str) -> bool {
        self.sent
            .iter()
            .any(|sent| sent.phase == Phase::Pending && sent.write.as_deref() == Some(write))
    }

    /// How many wait for the hub's answer.
    pub fn pending(&self) -> usize {
        self.sent.iter().filter(|sent| sent.phase == Phase::Pending).count()
    }
}
