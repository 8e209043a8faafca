//! Which lane goes next: those that wait for their time, and those that wait for their turn.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashMap},
};

use jiff::{SignedDuration, Timestamp};

use crate::call::{CallId, Urgency};

/// Lanes whose head waits for its time or its turn.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: BTreeSet<(Timestamp, CallId)>,
    due: BTreeSet<(Reverse<Urgency>, u64, CallId)>,
    place: HashMap<CallId, Place>,
    counter: u64,
}

#[derive(Clone, Debug)]
enum Place {
    Waiting(Timestamp),
    Due(Urgency, u64),
}

impl Queue {
    /// When the first of the waiting falls due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.waiting.first().map(|(at, _)| *at)
    }

    /// Whether a lane is due.
    pub fn has_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// The first of the waiting whose time has come.
    pub fn ripe(&self, now: Timestamp) -> Option<CallId> {
        self.waiting.first().filter(|(at, _)| *at <= now).map(|(_, id)| id.clone())
    }

    /// The first due lanes, in the order in which [`Queue::pop`] takes them.
    pub fn first(&self, most: usize) -> impl Iterator<Item = &CallId> {
        self.due.iter().take(most).map(|(_, _, id)| id)
    }

    /// Takes the due lane that goes next: the most urgent, and of those the first.
    pub fn pop(&mut self) -> Option<CallId> {
        let (_, _, id) = self.due.first().cloned()?;
        self.remove(&id);
        Some(id)
    }

    /// Forgets a lane.
    pub fn remove(&mut self, id: &CallId) {
        match self.place.remove(id) {
            Some(Place::Waiting(at)) => drop(self.waiting.remove(&(at, id.clone()))),
            Some(Place::Due(urgency, number)) => {
                self.due.remove(&(Reverse(urgency), number, id.clone()));
            }
            None => {}
        }
    }

    /// Lets a lane wait until a time.
    pub fn wait(&mut self, id: &CallId, until: Timestamp) {
        self.remove(id);
        self.waiting.insert((until, id.clone()));
        self.place.insert(id.clone(), Place::Waiting(until));
    }

    /// The clock was put back by so much: whoever waits does not wait that much longer.
    pub fn clock_went_back(&mut self, by: SignedDuration) {
        for (at, id) in std::mem::take(&mut self.waiting) {
            let at = at.checked_sub(by).unwrap_or(at);
            self.place.insert(id.clone(), Place::Waiting(at));
            self.waiting.insert((at, id));
        }
    }

    /// Lets a lane wait for its turn. One that does already keeps its place.
    pub fn due(&mut self, id: &CallId, urgency: Urgency) {
        if let Some(Place::Due(known, _)) = self.place.get(id)
            && *known == urgency
        {
            return;
        }
        self.remove(id);
        self.counter += 1;
        self.due.insert((Reverse(urgency), self.counter, id.clone()));
        self.place.insert(id.clone(), Place::Due(urgency, self.counter));
    }
}
