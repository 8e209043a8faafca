//! The calls in hand: what the hub holds in memory, and how an event, an action or an outcome
//! changes it. No IO: the engine commits what comes out of here.

mod call_back;
#[cfg(test)]
mod clock;
#[cfg(test)]
mod day;
mod erase;
mod fold;
mod haste;
mod in_hand;
#[cfg(test)]
mod late;
mod load;
mod most;
mod notices;
#[cfg(test)]
mod outage;
mod promises;
mod seen;
mod sending;
mod suppression;
mod theirs;
#[cfg(test)]
mod timers;
mod ways;
mod writes;

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use self::{
    erase::{Busy, Erased, Erasure, Why},
    in_hand::InHand,
    most::{Full, Most, Size},
    notices::{HUB, Tell},
    theirs::{Rang, Theirs},
};
use self::{notices::Agenda, seen::Seen, ways::Ways};
use super::{
    call_back::Limits, do_not_call::DoNotCall, log, queue::Queue, same_number::SameNumber, summary,
};
use crate::{
    call::{Call, CallId, Event, Fact},
    delivery::{Gates, Verdict},
    dispatch::{Load, promise},
    figures::CallRecord,
    outbound::Placement,
    plan::{self, Step, Write, WriteState},
    store::{CallRow, Claim, Commit, Stored},
    triage::{Judge, Rules},
    wire::{AttemptSummary, CallSummary, WriteSummary},
};

/// How long a delivered write is still shown.
const SHOW_DELIVERED: SignedDuration = SignedDuration::from_mins(10);

/// How long what another hub called for is left to it.
const THEIR_TURN: SignedDuration = SignedDuration::from_secs(1);

/// What the desk needs to know of the configuration.
#[derive(Debug)]
pub struct Settings {
    /// What calls mean in Salesforce.
    pub plan: plan::Settings,
    /// Whether there is an org to write to. Without one calls are judged and recorded, and but for
    /// forms no write is called for: none would ever end.
    pub has_org: bool,
    /// The rules of triage.
    pub rules: Arc<Rules>,
    /// Whether other hubs are at work on the same journal.
    pub shared: bool,
    /// How much of what the world sends is held.
    pub most: Most,
    /// The zone the business keeps.
    pub zone: TimeZone,
    /// How many callers may be rung back; none when that is not set up.
    pub call_back: Option<Limits>,
    /// How long each source may be silent before a live call is stale.
    pub silence: HashMap<String, SignedDuration>,
}

/// The calls in hand.
#[derive(Debug)]
pub struct Desk {
    settings: Settings,
    /// A judge that has heard nothing: every call starts with a copy.
    fresh: Judge,
    /// The way in which calls are folded and judged.
    way: String,
    calls: HashMap<CallId, Box<InHand>>,
    queue: Queue,
    /// Calls that heard something that was not judged yet. Judging waits for the whole batch: a
    /// burst of lines is judged once.
    unjudged: BTreeSet<CallId>,
    same_number: SameNumber,
    do_not_call: DoNotCall,
    /// Calls whose caller may be rung no more, or again, since the last commit.
    suppressed_anew: BTreeSet<CallId>,
    /// Calls to be placed once what asks for them is committed.
    placements: Vec<Placement>,
    /// Calls that were placed for a promise and of which it has not been told yet.
    placed: BTreeSet<CallId>,
    /// Calls of which something changed since the last [`Desk::changes`].
    touched: BTreeSet<CallId>,
    /// Writes under way that wait for company while something urgent stands behind them.
    hurried: BTreeSet<String>,
    commit: Commit,
    /// Calls that were erased since the last [`Desk::changes`], with the ids of their writes.
    erased: Vec<(CallId, Vec<String>)>,
    /// How many calls each person has, as of the last tick.
    load: Load,
    /// When to look which calls somebody is to be told of.
    agenda: Agenda,
    /// Which channels work by which people are told.
    ways: Ways,
}

/// What changed, for the board.
#[derive(Debug, Default)]
pub struct Changed {
    /// Calls, `None` for those that left the board.
    pub calls: Vec<(CallId, Option<CallSummary>)>,
    /// Writes, `None` for those that left the board.
    pub writes: Vec<(String, Option<WriteSummary>)>,
    /// Every call something happened to.
    pub details: Vec<CallId>,
}

impl Desk {
    /// An empty desk.
    pub fn new(settings: Settings) -> Self {
        let fresh = Judge::new(Arc::clone(&settings.rules), settings.zone.clone());
        let way = fold::way(&settings);
        Self {
            settings,
            fresh,
            way,
            calls: HashMap::new(),
            queue: Queue::default(),
            unjudged: BTreeSet::new(),
            same_number: SameNumber::default(),
            do_not_call: DoNotCall::default(),
            suppressed_anew: BTreeSet::new(),
            placements: Vec::new(),
            placed: BTreeSet::new(),
            touched: BTreeSet::new(),
            hurried: BTreeSet::new(),
            commit: Commit::default(),
            erased: Vec::new(),
            load: Load::new(),
            agenda: Agenda::default(),
            ways: Ways::default(),
        }
    }

    /// The configuration.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether the call is in hand.
    pub fn holds(&self, id: &CallId) -> bool {
        self.calls.contains_key(id)
    }

    /// A call in hand with its writes.
    pub fn get(&self, id: &CallId) -> Option<(&Call, &[Write])> {
        self.calls.get(id).map(|held| (&held.call, &held.lane[..]))
    }

    /// How many calls are in hand.
    pub fn len(&self) -> usize {
        self.calls.len()
    }

    /// Takes a call from the journal in hand.
    ///
    /// A write that was under way when the hub went down is ambiguous: it becomes pending again,
    /// which is safe because every change is one that is harmless to repeat. `under_way` tells
    /// which really are.
    pub fn resume(&mut self, stored: Stored, under_way: &dyn Fn(&str) -> bool, now: Timestamp) {
        if stored.events.is_empty() {
            // Another hub erased it.
            self.let_go(&stored.row.id);
            return;
        }
        if let Some(held) = InHand::of(stored, &self.fresh, under_way) {
            self.adopt(held, now);
        }
    }

    /// Takes a call in hand that was folded and judged elsewhere.
    pub fn adopt(&mut self, mut held: Box<InHand>, now: Timestamp) {
        held.rest(now);
        let id = held.call.id.clone();
        // What it was to be looked at for falls away with what was known of it.
        self.look_at(&id, None);
        if let Some(old) = self.calls.get(&id) {
            self.same_number.forget(&old.call);
        }
        self.same_number.note(&held.call);
        self.hurried.extend(held.held_up().map(str::to_owned));
        self.calls.insert(id.clone(), held);
        self.note_suppression(&id);
        self.requeue(&id, now);
        self.look_at(&id, Some(now));
        self.hear_of_ways(&id, now);
        self.touched.insert(id);
    }

    /// A judge that has heard nothing yet.
    pub fn fresh(&self) -> &Judge {
        &self.fresh
    }

    /// Leaves what is due of a call to the hub that called for it, for a moment: if that hub is
    /// gone, it is ours.
    pub fn leave_to_others(&mut self, id: &CallId, now: Timestamp) {
        let Some(held) = self.calls.get(id) else { return };
        let head = plan::head(&held.lane).map(|place| &held.lane[place]);
        if let Some(write) = head
            && matches!(write.state, WriteState::Pending | WriteState::Retrying)
        {
            let at = write.next_at.map_or(now, |at| at.max(now));
            self.queue.wait(id, at.checked_add(THEIR_TURN).unwrap_or(at));
        }
    }

    /// The revision of a call in hand.
    pub fn revision(&self, id: &CallId) -> Option<u64> {
        self.calls.get(id).map(|held| held.revision)
    }

    /// Notes the revisions that a commit gave to calls.
    pub fn committed(&mut self, revisions: Vec<(CallId, u64)>) {
        for (id, revision) in revisions {
            if let Some(held) = self.calls.get_mut(&id) {
                held.revision = revision;
            }
        }
    }

    /// Whether a write of this call is under way, as far as is known here.
    pub fn is_under_way(&self, id: &CallId) -> bool {
        let sent = |held: &InHand| held.lane.iter().any(|it| it.state == WriteState::InFlight);
        self.calls.get(id).is_some_and(|held| sent(held))
    }

    /// Folds events in. Repetitions (by key) are passed over; they are in the journal already.
    pub fn receive(&mut self, events: Vec<Event>) {
        for mut event in events {
            event.sent_at = as_kept(event.sent_at);
            event.received_at = as_kept(event.received_at);
            let id = event.call.clone();
            let held =
                self.calls.entry(id.clone()).or_insert_with(|| Box::new(InHand::new(&event)));
            if !held.seen.note(&event.key) {
                continue;
            }
            held.apply(&event);
            self.same_number.note(&held.call);
            if event.facts.iter().any(|fact| matches!(fact, Fact::Notice(_))) {
                self.hear_of_ways(&id, event.received_at);
            }
            self.note_call_back(&event);
            self.commit.events.push(event);
            self.unjudged.insert(id);
        }
    }

    /// Judges what was heard since the last time and plans what follows from it.
    pub fn catch_up(&mut self, now: Timestamp) {
        while let Some(id) = self.unjudged.pop_first() {
            if let Some(held) = self.calls.get_mut(&id) {
                held.judge(&self.fresh);
            }
            self.heed_caller(&id, now);
            self.follow_call_back(&id, now);
            self.note_suppression(&id);
            if !self.settings.shared {
                self.join_promises(&id, now);
            }
            self.replan(&id, now);
            self.look_at(&id, Some(now));
        }
    }

    /// Brings the lane in line with what the call now means.
    fn replan(&mut self, id: &CallId, now: Timestamp) {
        let Some(held) = self.calls.get_mut(id) else { return };
        let mut places = BTreeSet::new();
        let settings = &self.settings;
        let form = || plan::destination(&held.call, &held.lane, &settings.plan);
        let goes = settings.has_org || form().is_some_and(|to| !to.needs_org());
        let steps = match goes {
            true => plan::plan(&held.call, &held.lane, &settings.plan, now),
            false => Vec::new(),
        };
        for step in steps {
            match step {
                Step::Add(draft) => {
                    let id = || uuid::Uuid::now_v7().to_string();
                    places.insert(plan::enqueue(&mut held.lane, &held.call.id, draft, id, now));
                }
                Step::Discard(write) => places.extend(plan::discard(&mut held.lane, &write, now)),
                Step::Supersede(write) => {
                    places.extend(plan::supersede(&mut held.lane, &write, now));
                }
            }
        }
        self.commit.writes.extend(places.into_iter().map(|place| held.lane[place].clone()));
        self.hurried.extend(held.held_up().map(str::to_owned));
        self.touched.insert(id.clone());
        self.requeue(id, now);
    }

    /// Looks at the clock: which calls fell silent, which leave the board.
    pub fn tick(&mut self, now: Timestamp) {
        self.weigh();
        let mut changed = Vec::new();
        for (id, held) in &mut self.calls {
            held.rest(now);
            let silence = self.settings.silence.get(id.source());
            let silence = silence.copied().unwrap_or(SignedDuration::from_mins(10));
            let quiet = now.duration_since(held.call.heard_at);
            let stale = held.call.state().is_live() && quiet > silence;
            let on_board = held.belongs_on_board(now);
            let expired = held.on_board
                && held.lane.iter().any(|write| {
                    let age = now.duration_since(write.changed_at);
                    write.state.is_end()
                        && age > SHOW_DELIVERED
                        && age < SHOW_DELIVERED + SignedDuration::from_mins(1)
                });
            // What was not answered in time is not known any more.
            let unanswered = held.call.call_backs().last().is_some_and(|order| {
                let age = now.duration_since(order.at);
                order.is_unclear(now) && age < SignedDuration::from_mins(3)
            });
            if stale != held.stale || on_board != held.on_board || expired || unanswered {
                held.stale = stale;
                changed.push(id.clone());
            }
        }
        self.touched.extend(changed);
        self.ways.tick();
    }

    /// Every unfinished write looks different when the gate opens or shuts.
    pub fn touch_unfinished(&mut self) {
        let unfinished = |held: &InHand| held.lane.iter().any(|write| !write.state.is_end());
        let ids =
            self.calls.values().filter(|held| unfinished(held)).map(|held| held.call.id.clone());
        self.touched.extend(ids);
    }

    /// How many writes are not at their end.
    pub fn unfinished(&self) -> u64 {
        let writes = self.calls.values().flat_map(|held| &held.lane);
        writes.filter(|write| !write.state.is_end()).count() as u64
    }

    /// What has to be committed, with the index rows of every touched call.
    pub fn take_commit(&mut self, claim: &Claim, now: Timestamp) -> Commit {
        self.catch_up(now);
        let anew = std::mem::take(&mut self.suppressed_anew);
        let heard: HashSet<&CallId> = self.commit.events.iter().map(|event| &event.call).collect();
        let wrote: HashSet<&CallId> = self.commit.writes.iter().map(|write| &write.call).collect();
        for id in &self.touched {
            if let Some(held) = self.calls.get_mut(id) {
                let was = held.on_board;
                held.on_board = held.belongs_on_board(now);
                if heard.contains(id) || was != held.on_board {
                    self.commit.calls.push(CallRow::of(&held.call, held.on_board, held.revision));
                }
                let anew = anew.contains(id) && claim.holds(id);
                if heard.contains(id) || wrote.contains(id) || anew {
                    let promise = promise(&held.call, &self.settings.plan.dispatch);
                    let record = CallRecord::of(&held.call, &held.lane, promise);
                    self.commit.records.extend(record);
                }
            }
        }
        // A write that changed twice in one batch is recorded as it ended.
        let mut last: HashMap<String, Write> = HashMap::new();
        for write in self.commit.writes.drain(..) {
            last.insert(write.id.clone(), write);
        }
        self.commit.writes.extend(last.into_values());
        let calls = &self.calls;
        let action = |call: &CallId, key: &str| Some(&calls.get(call)?.call.action(key)?.action);
        self.commit.log.extend(log::of_events(&self.commit.events, action));
        std::mem::take(&mut self.commit)
    }

    /// The ids of the calls something changed of since the last [`Desk::changes`].
    pub fn touched(&self) -> Vec<CallId> {
        self.touched.iter().cloned().collect()
    }

    /// Forgets calls whose changes could not be committed; they are to be resumed from the
    /// journal.
    pub fn forget(&mut self, ids: &[CallId]) {
        for id in ids {
            self.take_out(id);
        }
        self.unjudged.clear();
        self.suppressed_anew.clear();
        self.placements.clear();
        self.placed.clear();
        self.touched.clear();
        self.erased.clear();
        self.commit = Commit::default();
    }

    /// What changed on the board since the last time, as it is to be shown once it is committed.
    pub fn changes(&mut self, gates: &Gates, now: Timestamp) -> Changed {
        let mut changed = Changed::default();
        for (id, writes) in std::mem::take(&mut self.erased) {
            changed.calls.push((id, None));
            changed.writes.extend(writes.into_iter().map(|write| (write, None)));
        }
        for id in std::mem::take(&mut self.touched) {
            let Some(held) = self.calls.get(&id) else { continue };
            if !held.on_board {
                changed.writes.extend(held.lane.iter().map(|write| (write.id.clone(), None)));
                changed.calls.push((id.clone(), None));
                continue;
            }
            for write in &held.lane {
                let shown = (!write.state.is_end()
                    || now.duration_since(write.changed_at) < SHOW_DELIVERED)
                    .then(|| summary::write(write, gates));
                changed.writes.push((write.id.clone(), shown));
            }
            let plan = &self.settings.plan;
            let row =
                summary::call(&held.call, &held.lane, held.stale, gates, plan, &self.load, now);
            changed.calls.push((id.clone(), Some(row)));
            changed.details.push(id);
        }
        self.show_ways(now);
        changed
    }

    /// Lets go of the calls that left the board by these changes, now that they are committed;
    /// unless something happened to one since.
    pub fn release(&mut self, changed: &Changed) {
        for (id, _) in changed.calls.iter().filter(|(_, summary)| summary.is_none()) {
            if !self.touched.contains(id) {
                self.take_out(id);
            }
        }
    }

    /// Has a call in hand no more, nor anything that was noted of it.
    fn take_out(&mut self, id: &CallId) -> Option<Box<InHand>> {
        self.look_at(id, None);
        self.forget_of_ways(id);
        self.queue.remove(id);
        self.unjudged.remove(id);
        self.touched.remove(id);
        let held = self.calls.remove(id)?;
        self.same_number.forget(&held.call);
        Some(held)
    }
}

/// The journal keeps microseconds, and memory must not know more than what comes back from it.
fn as_kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

/// What became of a write that was in flight.
#[derive(Debug)]
pub struct Settled {
    /// The call.
    pub call: CallId,
    /// The write's id.
    pub write: String,
    /// The write's version when it was sent.
    pub version: u64,
    /// What it means for the write.
    pub verdict: Verdict,
    /// For the delivery log; none when nothing was attempted.
    pub attempt: Option<AttemptSummary>,
    /// What was learnt: a match, a link.
    pub facts: Vec<Fact>,
    /// Whether the gate is shut by it, so that the attempt doesn't count.
    pub held_back: bool,
}
