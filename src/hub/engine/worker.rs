//! The engine's own task: takes what is asked by the batch, commits it, and sends what may go.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::mpsc,
    task::{Id, JoinError, JoinSet},
    time::Instant,
};

use super::{
    ActError, Ask, Parts, Reply, Unavailable,
    commit::{Committing, recorded},
    doubt::Waiting,
    notices::Told,
    sending::{COURIERS, Sent},
    shared::Others,
};
use crate::{
    call::{CallId, Event},
    delivery::{Budget, Delivered, Gates},
    hub::{
        board::Changes,
        desk::{Changed, Settled, Size},
        measures,
        orders::{self, OrderError},
        summary, write_orders,
    },
    store::{Claim, StoreError, Stored},
    wire::{CallDetail, Receipt, Status},
};

/// The most that is gathered into one commit; while it waits for the one before, no more is taken.
const BATCH: usize = 1024;

/// How often the desk looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// A clock that is back by more than this was put back; less is how clocks are kept right.
const PUT_BACK: SignedDuration = SignedDuration::from_secs(1);

/// Rest after a commit that failed, so that a full disk isn't hammered.
pub(super) const REST: Duration = Duration::from_secs(1);

/// How long a hub that stops waits for writes that are under way.
pub(super) const FAREWELL: Duration = Duration::from_secs(5);

/// Under which name the journal keeps whether the destination is paused.
pub(super) const PAUSED: &str = "destination.paused";

/// The same for the destination with this name.
pub(super) fn paused_key(name: Option<&str>) -> String {
    match name {
        None | Some("salesforce") => PAUSED.to_owned(),
        Some(name) => format!("{PAUSED}.{name}"),
    }
}

pub(super) struct Worker {
    pub(super) parts: Parts,
    pub(super) gates: Gates,
    /// What is left of the org's API calls for what can wait.
    pub(super) budget: Budget,
    pub(super) jobs: JoinSet<Delivered>,
    /// Calls that are being placed.
    pub(super) placing: JoinSet<Event>,
    /// The writes under way, by their tasks: a task that dies must not leave its write hanging.
    pub(super) under_way: HashMap<Id, Vec<Sent>>,
    /// What became of writes that is not on their calls yet.
    pub(super) unsettled: Vec<Settled>,
    /// Calls whose last changes could not be committed; to be read back from the journal.
    pub(super) lost: BTreeSet<CallId>,
    /// Whether what was said of numbers could not be committed; to be read back too.
    pub(super) numbers_lost: bool,
    /// The other hubs on this journal.
    pub(super) others: Others,
    /// Notices on their way.
    pub(super) telling: JoinSet<Told>,
    /// What became of notices that is not on their calls yet; and what is, and waits for its commit.
    pub(super) told: Vec<Told>,
    pub(super) noted: Vec<Told>,
    /// What is held for the next commit.
    pub(super) claim: Claim,
    /// Who is answered after the next commit.
    pub(super) answers: Vec<Waiting>,
    /// What is taken in one by one, each with a commit of its own: erasures, and webhooks of a
    /// commit that was refused for its content.
    pub(super) one_by_one: VecDeque<Ask>,
    /// Whether what was taken in since the last commit is one of those.
    pub(super) alone: bool,
    /// The commit that is under way.
    pub(super) committing: Option<Committing>,
    /// Going down: nothing more is sent.
    pub(super) leaving: bool,
    pub(super) rest_until: Option<Instant>,
    /// What the clock said last.
    pub(super) clock: Timestamp,
    pub(super) phone_calls: u64,
    pub(super) unfinished: u64,
    /// The most there was of one call so far.
    pub(super) largest: Size,
}

impl Worker {
    /// With nothing in hand yet.
    pub(super) fn new(parts: Parts, paused: &[String]) -> Self {
        Self {
            budget: Budget::new(parts.desk.settings().plan.reserve_percent),
            gates: Gates::new(
                parts.courier.as_ref().is_some_and(|courier| courier.has_org()),
                &parts.desk.settings().plan.destinations,
                paused,
            ),
            parts,
            jobs: JoinSet::new(),
            placing: JoinSet::new(),
            under_way: HashMap::new(),
            unsettled: Vec::new(),
            lost: BTreeSet::new(),
            numbers_lost: true,
            others: Others::default(),
            telling: JoinSet::new(),
            told: Vec::new(),
            noted: Vec::new(),
            claim: Claim::default(),
            answers: Vec::new(),
            one_by_one: VecDeque::new(),
            alone: false,
            committing: None,
            leaving: false,
            rest_until: None,
            clock: Timestamp::now(),
            phone_calls: 0,
            unfinished: 0,
            largest: Size::default(),
        }
    }

    pub(super) async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            if self.next_alone().await {
                continue;
            }
            let mut delivered = Vec::new();
            let mut ticked = false;
            let due = self.wake_at();
            let free = self.is_free();
            tokio::select! {
                recorded = recorded(&mut self.committing) => self.committed(recorded),
                count = asks.recv_many(&mut batch, BATCH),
                    if free && batch.is_empty() && self.answers.len() < BATCH =>
                {
                    if count == 0 { break }
                }
                () = std::future::ready(()), if free && !batch.is_empty() => {}
                Some(done) = self.jobs.join_next_with_id(), if free => delivered.push(done),
                Some(told) = self.telling.join_next(), if free => self.told.extend(told.ok()),
                Some(done) = self.placing.join_next(), if free => batch.extend(self.answered(done)),
                () = tokio::time::sleep_until(due), if self.committing.is_none() => {}
                () = self.parts.journal.hint() => self.others.hint(),
                _ = tick.tick(), if free => ticked = true,
            }
            if !self.is_free() {
                continue;
            }
            while let Some(done) = self.jobs.try_join_next_with_id() {
                delivered.push(done);
            }
            // What stands behind one that goes alone waits for it.
            let mut rest = Vec::new();
            if let Some(place) = batch.iter().position(Ask::goes_alone) {
                rest = batch.split_off(place + 1);
                self.one_by_one.extend(batch.pop());
            }
            let now = self.look_at_the_clock();
            self.take(std::mem::replace(&mut batch, rest), delivered, ticked, now).await;
            if self.committing.is_none() {
                self.commit(now);
            }
        }
        self.farewell().await;
    }

    /// What time it is. When somebody put the clock back, what waits by it goes when it would have
    /// gone. (Ahead needs nothing: what waits goes early, which is harmless.)
    pub(super) fn look_at_the_clock(&mut self) -> Timestamp {
        let now = Timestamp::now();
        let back = self.clock.duration_since(now);
        if back > PUT_BACK {
            tracing::warn!(seconds = back.as_secs(), "the clock was put back");
            self.parts.desk.clock_went_back(back);
            self.gates.clock_went_back(back);
            self.budget.clock_went_back(back);
        }
        self.clock = now;
        now
    }

    /// When the loop has to look again though nobody asked.
    pub(super) fn wake_at(&self) -> Instant {
        let now = Timestamp::now();
        let room = self.under_way.len() < COURIERS;
        let desk = &self.parts.desk;
        let first = if desk.has_due() { Some(now) } else { desk.next_due() };
        let next = first.filter(|_| room).and_then(|first| match self.gates.next_probe() {
            _ if self.gates.is_any_open() => Some(first),
            Some(probe) => Some(first.max(probe)),
            None => None,
        });
        let duty = desk.next_duty().filter(|_| self.room_to_tell() > 0);
        let next = next.into_iter().chain(duty).min();
        let wait = next.map_or(Duration::from_secs(60), |at| {
            at.duration_since(now).try_into().unwrap_or(Duration::ZERO)
        });
        let due = self.others.look_at().into_iter().fold(Instant::now() + wait, Instant::min);
        self.rest_until.map_or(due, |rest| due.max(rest))
    }

    /// Takes in what came, judges and plans it. It waits for its commit.
    pub(super) async fn take(
        &mut self,
        batch: Vec<Ask>,
        delivered: Vec<Result<(Id, Delivered), JoinError>>,
        ticked: bool,
        now: Timestamp,
    ) {
        for done in delivered {
            self.delivered(done, now);
        }
        if self.parts.journal.is_shared() {
            self.keep_up(ticked, now).await;
        }
        if self.take_in_hand(&batch, now).await.is_err() {
            // The journal can't even be read: nothing can be judged, every asker is turned away.
            let now = Instant::now();
            self.rest_until = self.rest_until.filter(|until| *until > now).or(Some(now + REST));
            return;
        }
        self.note_told(now);
        for settled in std::mem::take(&mut self.unsettled) {
            self.parts.desk.settle(settled, now, fastrand::f64());
        }
        for ask in batch {
            self.handle(ask, now).await;
        }
        if ticked {
            self.parts.desk.tick(now);
            if self.parts.journal.leads() {
                self.parts.desk.keep_folds();
            }
            self.unfinished = self.parts.desk.unfinished();
        }
        self.parts.desk.catch_up(now);
        for write in self.parts.desk.take_hurried() {
            self.parts.courier.iter().for_each(|courier| courier.hurry(&write));
        }
    }

    /// Takes what is asked about in hand, in its latest state; with a shared journal it is held
    /// until the commit.
    pub(super) async fn take_in_hand(
        &mut self,
        batch: &[Ask],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let resting = self.rest_until.is_some_and(|rest| rest > Instant::now());
        let mut claim = self.hold(batch, now).await.inspect_err(|error| {
            // Said once a rest, however many ask meanwhile.
            if !resting {
                tracing::error!(%error, "the calls could not be held; nobody is acknowledged");
            }
        })?;
        let desk = &self.parts.desk;
        let mut missing: BTreeSet<CallId> = self.lost.clone();
        for ask in batch {
            missing.extend(ask.call().filter(|id| !desk.holds(id)).cloned());
            match ask {
                Ask::Receive(events, _) => {
                    let calls = events.iter().map(|event| &event.call);
                    missing.extend(calls.filter(|id| !desk.holds(id)).cloned());
                }
                Ask::Erase(asked, _) => {
                    missing.extend(asked.calls.iter().filter(|id| !desk.holds(id)).cloned());
                }
                _ => {}
            }
        }
        let told = self.told.iter().map(|(call, _)| call);
        missing.extend(told.filter(|id| !desk.holds(id)).cloned());
        missing.extend(self.promises_of(batch).into_iter().filter(|id| !desk.holds(id)));
        missing.extend(self.stale(&claim));
        if !missing.is_empty() {
            let ids: Vec<CallId> = missing.into_iter().collect();
            let found = self.parts.journal.load_held(&mut claim, &ids).await;
            let found = found.inspect_err(|error| {
                tracing::error!(%error, "the journal could not be read");
            })?;
            for stored in found {
                self.resume(stored, now);
            }
            self.lost.clear();
        }
        self.reread_numbers(now).await?;
        self.claim = claim;
        Ok(())
    }

    /// Takes a call from the journal in hand; what of it is under way here is known to be.
    pub(super) fn resume(&mut self, stored: Stored, now: Timestamp) {
        let sent = self.under_way.values().flatten().map(|sent| &sent.write);
        let ours: Vec<&String> =
            sent.chain(self.unsettled.iter().map(|settled| &settled.write)).collect();
        self.parts.desk.resume(stored, &|write| ours.iter().any(|id| *id == write), now);
    }

    pub(super) async fn handle(&mut self, ask: Ask, now: Timestamp) {
        let answers = &mut self.answers;
        let desk = &mut self.parts.desk;
        if ask.call().is_some() {
            // Whoever looks or acts sees what was said a moment ago.
            desk.catch_up(now);
        }
        match ask {
            Ask::Receive(events, reply) => {
                if let Err(full) = desk.has_room_for(&events) {
                    let _ = reply.send(Err(full.into()));
                    return;
                }
                let before = desk.len();
                let kept = events.clone();
                desk.receive(events);
                self.phone_calls += (desk.len() - before) as u64;
                answers.push(Waiting::Webhook(kept, reply));
            }
            Ask::Erase(asked, reply) => {
                let erased = desk.erase(&asked, now);
                answers.push(Waiting::Other(Box::new(move |committed| {
                    let _ = reply.send(committed.map(|()| erased));
                })));
            }
            Ask::Act(call, operator, command, reply) => {
                let outcome = orders::act(desk, &call, &operator, command, now);
                answers.push(answer(outcome, reply));
            }
            Ask::ActOnWrite(call, write, operator, id, order, reply) => {
                let outcome = write_orders::act(desk, &call, &write, &operator, id, order, now);
                answers.push(answer(outcome, reply));
            }
            Ask::Draft(call, reply) => {
                let _ = reply.send(orders::draft(desk, &call, now).map_err(ActError::from));
            }
            Ask::Detail(call, reply) => self.detail(&call, reply),
            Ask::DoNotCall(order, reply) => self.say_of_number(order, reply, now),
            Ask::Numbers(reply) => {
                let _ = reply.send(Ok(desk.do_not_call().standing()));
            }
            Ask::Told(is_meant, reply) => {
                let _ = reply.send(desk.told_lately(&*is_meant, now));
            }
            Ask::Pause(order, reply) => self.pause(order, reply, now).await,
        }
    }

    /// Answers beside the loop, after the commit of what is shown: reading attempts must not hold up
    /// events.
    pub(super) fn detail(&mut self, id: &CallId, reply: Reply<Result<CallDetail, ActError>>) {
        let desk = &self.parts.desk;
        let Some((call, lane)) = desk.get(id) else {
            let _ = reply.send(Err(OrderError::NoCall(id.to_string()).into()));
            return;
        };
        let stale = self.parts.board.call(id).is_some_and(|row| row.stale);
        let (plan, now) = (&desk.settings().plan, Timestamp::now());
        let row = summary::call(call, lane, stale, &self.gates, plan, desk.load(), now);
        let (call, lane, gates) = (call.clone(), lane.to_vec(), self.gates.clone());
        let zone = desk.settings().zone.clone();
        let journal = Arc::clone(&self.parts.journal);
        let org = self.parts.courier.as_ref().and_then(|courier| courier.browser_url());
        self.answers.push(Waiting::Other(Box::new(move |committed| {
            if let Err(error) = committed {
                let _ = reply.send(Err(error.into()));
                return;
            }
            tokio::spawn(async move {
                let detail = journal.attempts(&lane).await.map(|attempts| {
                    summary::detail(row, &call, &lane, &attempts, &gates, org.as_deref(), &zone)
                });
                let _ = reply.send(detail.map_err(|_| Unavailable.into()));
            });
        })));
    }

    pub(super) fn publish(&mut self, changed: Changed) {
        let desk = &self.parts.desk;
        let sizes = changed.details.iter().map(|id| desk.size(id));
        self.largest = sizes.fold(self.largest, Size::max);
        measures::held(&measures::Held {
            largest: self.largest,
            couriers: self.under_way.len(),
            messengers: self.telling.len(),
            suppressed: desk.do_not_call().len(),
        });
        self.parts.board.publish(Changes {
            calls: changed.calls,
            writes: changed.writes,
            details: changed.details,
            status: Some(self.status()),
        });
    }

    pub(super) fn status(&self) -> Status {
        let courier = self.parts.courier.as_ref();
        let usage = courier.and_then(|courier| courier.usage());
        Status {
            salesforce: self.gates.main.shown(),
            api_used: usage.map(|(used, _)| used),
            api_limit: usage.map(|(_, limit)| limit),
            api_calls: courier.map_or(0, |courier| courier.calls()),
            phone_calls: self.phone_calls,
            unfinished_writes: self.unfinished,
            only_reserve: self.budget.is_scarce(),
            destinations: self.gates.shown(|name| courier?.forms(name, self.clock)),
            failing_channels: self.parts.desk.failing_channels(),
            // Told by those who take webhooks.
            failing_sources: Vec::new(),
        }
    }
}

fn answer(
    outcome: Result<Receipt, OrderError>,
    reply: Reply<Result<Receipt, ActError>>,
) -> Waiting {
    Waiting::Other(Box::new(move |committed| {
        let result = committed.map_err(ActError::from).and(outcome.map_err(ActError::from));
        let _ = reply.send(result);
    }))
}
