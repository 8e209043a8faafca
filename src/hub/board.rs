//! What every console sees: the latest summaries, and who has yet to be told of which.
//!
//! The engine writes, streams read. A subscriber's debt is a set of ids, never a queue: a slow
//! console gets fewer, fresher messages, and costs the hub no more than one id per row.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use tokio::sync::Notify;

use crate::{
    call::CallId,
    wire::{CallSummary, FailingSource, FromHub, Status, WriteSummary},
};

/// The shared board.
#[derive(Debug)]
pub struct Board {
    shown: RwLock<Shown>,
    subscribers: Mutex<HashMap<u64, Arc<Subscriber>>>,
    next: AtomicU64,
}

/// The latest of everything.
#[derive(Debug)]
pub struct Shown {
    calls: BTreeMap<CallId, Arc<CallSummary>>,
    writes: BTreeMap<String, Arc<WriteSummary>>,
    status: Status,
}

/// What changed in one commit.
#[derive(Debug, Default)]
pub struct Changes {
    /// Changed calls; `None` for one that left the board.
    pub calls: Vec<(CallId, Option<CallSummary>)>,
    /// Changed writes; `None` for one that left the board.
    pub writes: Vec<(String, Option<WriteSummary>)>,
    /// Calls whose detail changed, whether or not their summary did.
    pub details: Vec<CallId>,
    /// The hub's state, when it may have changed.
    pub status: Option<Status>,
}

/// One console's debt.
#[derive(Debug, Default)]
struct Subscriber {
    dirty: Mutex<Dirty>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Dirty {
    calls: BTreeSet<CallId>,
    writes: BTreeSet<String>,
    status: bool,
    watched: Option<CallId>,
    detail: bool,
}

/// A console's place at the board; leaving it ends the subscription.
#[derive(Debug)]
pub struct Subscription {
    board: Arc<Board>,
    id: u64,
    mine: Arc<Subscriber>,
}

/// A poisoned lock holds nothing half-done here: every critical section only moves whole values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Board {
    /// An empty board.
    pub fn new(status: Status) -> Arc<Self> {
        let shown = Shown { calls: BTreeMap::new(), writes: BTreeMap::new(), status };
        Arc::new(Self {
            shown: RwLock::new(shown),
            subscribers: Mutex::default(),
            next: AtomicU64::new(0),
        })
    }

    /// Shows what changed and notes it as owed to every subscriber.
    pub fn publish(&self, changes: Changes) {
        let mut calls = Vec::new();
        let mut writes = Vec::new();
        let mut status = false;
        {
            let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
            for (id, summary) in changes.calls {
                let changed = match summary {
                    Some(mut summary) => {
                        let old = shown.calls.get(&id);
                        let same = old.is_some_and(|old| same_row(old, &mut summary));
                        if !same {
                            shown.calls.insert(id.clone(), Arc::new(summary));
                        }
                        !same
                    }
                    None => shown.calls.remove(&id).is_some(),
                };
                calls.extend(changed.then_some(id));
            }
            for (id, summary) in changes.writes {
                let changed = match summary {
                    Some(summary) => {
                        let new = Arc::new(summary);
                        let old = shown.writes.insert(id.clone(), Arc::clone(&new));
                        old.is_none_or(|old| old != new)
                    }
                    None => shown.writes.remove(&id).is_some(),
                };
                writes.extend(changed.then_some(id));
            }
            if let Some(mut new) = changes.status {
                // That is not the engine's to say.
                new.failing_sources.clone_from(&shown.status.failing_sources);
                status = shown.status != new;
                shown.status = new;
            }
        }
        for subscriber in lock(&self.subscribers).values() {
            let mut dirty = lock(&subscriber.dirty);
            let mut wake = status;
            dirty.status |= status;
            wake |= !calls.is_empty() || !writes.is_empty();
            dirty.calls.extend(calls.iter().cloned());
            dirty.writes.extend(writes.iter().cloned());
            if dirty.watched.as_ref().is_some_and(|watched| changes.details.contains(watched)) {
                dirty.detail = true;
                wake = true;
            }
            drop(dirty);
            if wake {
                subscriber.wake.notify_one();
            }
        }
    }

    /// Shows what is wrong with the webhooks of which sources.
    pub fn show_sources(&self, failing: Vec<FailingSource>) {
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        if shown.status.failing_sources == failing {
            return;
        }
        shown.status.failing_sources = failing;
        drop(shown);
        for subscriber in lock(&self.subscribers).values() {
            lock(&subscriber.dirty).status = true;
            subscriber.wake.notify_one();
        }
    }

    /// Takes a place at the board: the snapshot, and a subscription that is owed everything after.
    pub fn subscribe(self: &Arc<Self>) -> (FromHub, Subscription) {
        let mine = Arc::new(Subscriber::default());
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        // Subscribed before the snapshot is taken: a change in between is owed, perhaps twice,
        // but never missed.
        lock(&self.subscribers).insert(id, Arc::clone(&mine));
        let shown = self.read();
        let snapshot = FromHub::Snapshot {
            calls: shown.calls.values().map(|call| (**call).clone()).collect(),
            writes: shown.writes.values().map(|write| (**write).clone()).collect(),
            status: shown.status.clone(),
        };
        drop(shown);
        (snapshot, Subscription { board: Arc::clone(self), id, mine })
    }

    /// The summaries of all calls, in the order of their ids.
    pub fn calls(&self) -> Vec<Arc<CallSummary>> {
        self.read().calls.values().cloned().collect()
    }

    /// The summaries of the calls that come after one, by their ids: so many at most.
    pub fn calls_after(&self, after: Option<&CallId>, most: usize) -> Vec<Arc<CallSummary>> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let shown = self.read();
        let calls = shown.calls.range::<CallId, _>((from, Bound::Unbounded));
        calls.take(most).map(|(_, call)| Arc::clone(call)).collect()
    }

    /// One call's summary.
    pub fn call(&self, id: &CallId) -> Option<Arc<CallSummary>> {
        self.read().calls.get(id).cloned()
    }

    /// The summaries of all writes, in the order they came up.
    pub fn writes(&self) -> Vec<Arc<WriteSummary>> {
        self.read().writes.values().cloned().collect()
    }

    /// The hub's state.
    pub fn status(&self) -> Status {
        self.read().status.clone()
    }

    /// How many consoles are attached.
    pub fn subscribers(&self) -> usize {
        lock(&self.subscribers).len()
    }

    fn read(&self) -> RwLockReadGuard<'_, Shown> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a row would look the same: versions alone are not worth a message.
fn same_row(old: &CallSummary, new: &mut CallSummary) -> bool {
    let version = std::mem::replace(&mut new.version, old.version);
    let same = old == new;
    new.version = version;
    same
}

impl Subscription {
    /// Returns once something is owed.
    pub async fn changed(&self) {
        self.mine.wake.notified().await;
    }

    /// Follows this call's detail from now on, and no other's.
    pub fn watch(&self, call: Option<CallId>) {
        let mut dirty = lock(&self.mine.dirty);
        dirty.detail = call.is_some();
        dirty.watched = call;
        self.mine.wake.notify_one();
    }

    /// The watched call, if its detail is owed; from now on it is not, until it changes.
    pub fn take_detail(&self) -> Option<CallId> {
        let mut dirty = lock(&self.mine.dirty);
        std::mem::take(&mut dirty.detail).then(|| dirty.watched.clone()).flatten()
    }

    /// The detail of this call is owed still, if it is watched still.
    pub fn owe_detail(&self, call: &CallId) {
        let mut dirty = lock(&self.mine.dirty);
        dirty.detail |= dirty.watched.as_ref() == Some(call);
    }

    /// Takes everything of the board that is owed, with the latest values.
    pub fn take(&self) -> Option<FromHub> {
        let (calls, writes, status) = {
            let mut dirty = lock(&self.mine.dirty);
            let calls = std::mem::take(&mut dirty.calls);
            let writes = std::mem::take(&mut dirty.writes);
            (calls, writes, std::mem::take(&mut dirty.status))
        };
        if calls.is_empty() && writes.is_empty() && !status {
            return None;
        }
        let shown = self.board.read();
        let (mut there, mut gone_calls) = (Vec::new(), Vec::new());
        for id in calls {
            match shown.calls.get(&id) {
                Some(call) => there.push((**call).clone()),
                None => gone_calls.push(id),
            }
        }
        let (mut there_writes, mut gone_writes) = (Vec::new(), Vec::new());
        for id in writes {
            match shown.writes.get(&id) {
                Some(write) => there_writes.push((**write).clone()),
                None => gone_writes.push(id),
            }
        }
        Some(FromHub::Update {
            calls: there,
            gone_calls,
            writes: there_writes,
            gone_writes,
            status: status.then(|| shown.status.clone()),
        })
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        lock(&self.board.subscribers).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Destination;

    #[test]
    fn a_console_that_takes_nothing_is_owed_the_latest_and_no_queue() {
        let status = |phone_calls| Status { phone_calls, ..Status::at_start(Destination::None) };
        let board = Board::new(status(0));
        let (_, subscription) = board.subscribe();
        for calls in 1..=10_000 {
            let details = vec![CallId::parse("vapi:c").unwrap()];
            board.publish(Changes { status: Some(status(calls)), details, ..Changes::default() });
        }
        let owed = subscription.take();
        let Some(FromHub::Update { status: Some(status), calls, .. }) = owed else {
            panic!("nothing is owed")
        };
        assert_eq!((status.phone_calls, calls.len()), (10_000, 0));
        assert!(subscription.take().is_none(), "all of it was in one message");
    }
}
