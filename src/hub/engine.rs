//! The one writer: everything that changes state passes through here, is committed together with
//! what else is waiting (group commit), and only then answered, shown and sent on.
//!
//! While a commit is under way the next is prepared: what comes in meanwhile is folded, judged and
//! planned, but nobody is told of it before its own commit. There is never more than one under way;
//! when it fails, all that was built on it is forgotten with it.

mod commit;
mod recover;
mod shared;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::{mpsc, oneshot},
    task::{Id, JoinError, JoinHandle, JoinSet},
    time::Instant,
};

use self::{
    commit::{Committing, recorded},
    shared::Others,
};
use super::{
    board::{Board, Changes},
    desk::{Changed, Desk, Settled},
    orders::{self, OrderError},
    summary,
};
use crate::{
    call::{CallId, Event, Text},
    delivery::{Budget, Courier, Delivered, Gate, Job, Part, Verdict},
    figures::CallRecord,
    plan::{Problem, Write},
    store::{Claim, Journal, RecordQuery, StoreError, Stored, WriteQuery},
    wire::{AttemptSummary, CallDetail, Command, OpportunityDraft, Receipt, Status, WriteOrder},
};

/// The most that is gathered into one commit; while it waits for the one before, no more is taken.
const BATCH: usize = 1024;

/// Asks that may wait; beyond it, senders do.
const WAITING: usize = 4096;

/// Writes under way at once. Most of them wait for company and go out 25 to a request; those that
/// wait must leave room for what is urgent.
const COURIERS: usize = 100;

/// How often the desk looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// Rest after a commit that failed, so that a full disk isn't hammered.
const REST: Duration = Duration::from_secs(1);

/// How long a hub that stops waits for writes that are under way.
const FAREWELL: Duration = Duration::from_secs(5);

/// The journal can't record; nothing was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal can't record this now; nothing was taken, try again shortly")]
pub struct Unavailable;

/// Why an operator's order was not carried out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ActError {
    /// The order was refused.
    #[error(transparent)]
    Refused(#[from] OrderError),
    /// The journal can't record.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

type Reply<T> = oneshot::Sender<T>;

enum Ask {
    Receive(Vec<Event>, Reply<Result<(), Unavailable>>),
    Act(CallId, Text, Command, Reply<Result<Receipt, ActError>>),
    ActOnWrite(CallId, String, Text, String, WriteOrder, Reply<Result<Receipt, ActError>>),
    Draft(CallId, Reply<Result<OpportunityDraft, ActError>>),
    Detail(CallId, Reply<Result<CallDetail, ActError>>),
    Pause(bool, Reply<Result<(), Unavailable>>),
}

impl Ask {
    fn call(&self) -> Option<&CallId> {
        match self {
            Self::Act(call, ..)
            | Self::ActOnWrite(call, ..)
            | Self::Draft(call, ..)
            | Self::Detail(call, ..) => Some(call),
            Self::Receive(..) | Self::Pause(..) => None,
        }
    }
}

/// A way to ask the engine.
#[derive(Clone, Debug)]
pub struct Engine {
    asks: mpsc::Sender<Ask>,
    journal: Arc<Journal>,
    courier: Option<Arc<Courier>>,
}

/// What the engine works with.
pub struct Parts {
    /// Where everything is recorded.
    pub journal: Arc<Journal>,
    /// The calls in hand; empty at first.
    pub desk: Desk,
    /// What the consoles see.
    pub board: Arc<Board>,
    /// Who brings writes to Salesforce; none when no org is configured.
    pub courier: Option<Arc<Courier>>,
}

impl Engine {
    /// Rebuilds the board from the journal and starts the engine. It ends, after what is under
    /// way, when the last `Engine` is dropped; the returned handle tells when.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn start(parts: Parts) -> Result<(Self, JoinHandle<()>), StoreError> {
        let (asks, receiver) = mpsc::channel(WAITING);
        let paused = parts.journal.kept(PAUSED).await?.is_some_and(|value| value == "true");
        let journal = Arc::clone(&parts.journal);
        let courier = parts.courier.clone();
        let mut worker = Worker {
            budget: Budget::new(parts.desk.settings().plan.reserve_percent),
            gate: Gate::new(parts.courier.is_some(), paused),
            parts,
            jobs: JoinSet::new(),
            under_way: HashMap::new(),
            unsettled: Vec::new(),
            lost: BTreeSet::new(),
            others: Others::default(),
            claim: Claim::default(),
            answers: Vec::new(),
            committing: None,
            leaving: false,
            rest_until: None,
            phone_calls: 0,
            unfinished: 0,
        };
        worker.recover().await?;
        let task = tokio::spawn(worker.run(receiver));
        Ok((Self { asks, journal, courier }, task))
    }

    async fn ask<T>(&self, ask: impl FnOnce(Reply<T>) -> Ask) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(ask(reply)).await.map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)
    }

    /// Records events. They are on disk when this returns.
    ///
    /// # Errors
    /// When the journal can't record; then none of them was taken.
    pub async fn receive(&self, events: Vec<Event>) -> Result<(), Unavailable> {
        self.ask(|reply| Ask::Receive(events, reply)).await?
    }

    /// Whether the journal can record right now: tries it.
    ///
    /// # Errors
    /// When it can't, or when the engine doesn't answer.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        self.journal.probe().await.map_err(|_| Unavailable)?;
        self.receive(Vec::new()).await
    }

    /// Carries out an operator's order on a call.
    ///
    /// # Errors
    /// When it is refused or can't be recorded; then nothing happened.
    pub async fn act(
        &self,
        call: CallId,
        operator: Text,
        command: Command,
    ) -> Result<Receipt, ActError> {
        self.ask(|reply| Ask::Act(call, operator, command, reply)).await?
    }

    /// Carries out an operator's order on a write.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub async fn act_on_write(
        &self,
        write: String,
        operator: Text,
        id: String,
        order: WriteOrder,
    ) -> Result<Receipt, ActError> {
        let call = self.journal.call_of_write(&write).await.map_err(|_| Unavailable)?;
        let call = call.ok_or_else(|| OrderError::NoWrite(write.clone()))?;
        self.ask(|reply| Ask::ActOnWrite(call, write, operator, id, order, reply)).await?
    }

    /// Who brings writes to Salesforce; none when no org is configured.
    pub fn courier(&self) -> Option<&Courier> {
        self.courier.as_deref()
    }

    /// Writes out of the journal.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn find_writes(&self, query: &WriteQuery) -> Result<Vec<Write>, Unavailable> {
        self.journal.find_writes(query).await.map_err(|_| Unavailable)
    }

    /// Calls that operators acted on, with their events: those after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn acted_on(
        &self,
        after: Option<&CallId>,
        limit: u32,
    ) -> Result<Vec<Stored>, Unavailable> {
        let ids = self.journal.acted_on(after, limit).await.map_err(|_| Unavailable)?;
        self.journal.load(&ids).await.map_err(|_| Unavailable)
    }

    /// What figures and exports know of calls.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn records(&self, query: &RecordQuery) -> Result<Vec<CallRecord>, Unavailable> {
        self.journal.records(query).await.map_err(|_| Unavailable)
    }

    /// A write with its attempts.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn find_write(
        &self,
        id: &str,
    ) -> Result<Option<(Write, Vec<AttemptSummary>)>, Unavailable> {
        let Some(write) = self.journal.write(id).await.map_err(|_| Unavailable)? else {
            return Ok(None);
        };
        let attempts = self.journal.attempts(std::slice::from_ref(&write)).await;
        let attempts = attempts.map_err(|_| Unavailable)?;
        Ok(Some((write, attempts.into_iter().map(|(_, attempt)| attempt).collect())))
    }

    /// The Opportunity that would be created of a call.
    ///
    /// # Errors
    /// When there is no such call.
    pub async fn draft(&self, call: CallId) -> Result<OpportunityDraft, ActError> {
        self.ask(|reply| Ask::Draft(call, reply)).await?
    }

    /// A call with its transcript, writes and attempts.
    ///
    /// # Errors
    /// When there is no such call.
    pub async fn detail(&self, call: CallId) -> Result<CallDetail, ActError> {
        self.ask(|reply| Ask::Detail(call, reply)).await?
    }

    /// Pauses or resumes the destination, durably.
    ///
    /// # Errors
    /// When it can't be recorded.
    pub async fn pause(&self, paused: bool) -> Result<(), Unavailable> {
        self.ask(|reply| Ask::Pause(paused, reply)).await?
    }
}

/// Under which name the journal keeps whether the destination is paused.
const PAUSED: &str = "destination.paused";

/// A write under way.
struct Sent {
    call: CallId,
    write: String,
    version: u64,
}

struct Worker {
    parts: Parts,
    gate: Gate,
    /// What is left of the org's API calls for what can wait.
    budget: Budget,
    jobs: JoinSet<Delivered>,
    /// The writes under way, by their tasks: a task that dies must not leave its write hanging.
    under_way: HashMap<Id, Vec<Sent>>,
    /// What became of writes that is not on their calls yet.
    unsettled: Vec<Settled>,
    /// Calls whose last changes could not be committed; to be read back from the journal.
    lost: BTreeSet<CallId>,
    /// The other hubs on this journal.
    others: Others,
    /// What is held for the next commit.
    claim: Claim,
    /// Who is answered after the next commit.
    answers: Answers,
    /// The commit that is under way.
    committing: Option<Committing>,
    /// Going down: nothing more is sent.
    leaving: bool,
    rest_until: Option<Instant>,
    phone_calls: u64,
    unfinished: u64,
}

/// Answers that wait for the commit.
type Answers = Vec<Box<dyn FnOnce(Result<(), Unavailable>) + Send>>;

impl Worker {
    async fn run(mut self, mut asks: mpsc::Receiver<Ask>) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            let mut delivered = Vec::new();
            let mut ticked = false;
            let due = self.wake_at();
            let free = self.is_free();
            tokio::select! {
                recorded = recorded(&mut self.committing) => self.committed(recorded),
                count = asks.recv_many(&mut batch, BATCH), if free && self.answers.len() < BATCH => {
                    if count == 0 { break }
                }
                Some(done) = self.jobs.join_next_with_id(), if free => delivered.push(done),
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
            let now = Timestamp::now();
            self.take(std::mem::take(&mut batch), delivered, ticked, now).await;
            if self.committing.is_none() {
                self.commit(now);
            }
        }
        self.farewell().await;
    }

    /// When the loop has to look again though nobody asked.
    fn wake_at(&self) -> Instant {
        let now = Timestamp::now();
        let room = self.under_way.len() < COURIERS;
        let desk = &self.parts.desk;
        let first = if desk.has_due() { Some(now) } else { desk.next_due() };
        let next = first.filter(|_| room).and_then(|first| match self.gate.next_probe() {
            Some(probe) => Some(first.max(probe)),
            None => self.gate.is_open().then_some(first),
        });
        let wait = next.map_or(Duration::from_secs(60), |at| {
            at.duration_since(now).try_into().unwrap_or(Duration::ZERO)
        });
        let due = self.others.look_at().into_iter().fold(Instant::now() + wait, Instant::min);
        self.rest_until.map_or(due, |rest| due.max(rest))
    }

    /// Takes in what came, judges and plans it. It waits for its commit.
    async fn take(
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
        for settled in std::mem::take(&mut self.unsettled) {
            self.parts.desk.settle(settled, now, fastrand::f64());
        }
        for ask in batch {
            self.handle(ask, now).await;
        }
        if ticked {
            self.parts.desk.tick(now);
            self.unfinished = self.parts.desk.unfinished();
        }
        self.parts.desk.catch_up(now);
        for write in self.parts.desk.take_hurried() {
            self.parts.courier.iter().for_each(|courier| courier.hurry(&write));
        }
    }

    /// Takes what is asked about in hand, in its latest state; with a shared journal it is held
    /// until the commit.
    async fn take_in_hand(&mut self, batch: &[Ask], now: Timestamp) -> Result<(), StoreError> {
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
            if let Ask::Receive(events, _) = ask {
                let calls = events.iter().map(|event| &event.call);
                missing.extend(calls.filter(|id| !desk.holds(id)).cloned());
            }
        }
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
        self.claim = claim;
        Ok(())
    }

    /// Takes a call from the journal in hand; what of it is under way here is known to be.
    fn resume(&mut self, stored: Stored, now: Timestamp) {
        let sent = self.under_way.values().flatten().map(|sent| &sent.write);
        let ours: Vec<&String> =
            sent.chain(self.unsettled.iter().map(|settled| &settled.write)).collect();
        self.parts.desk.resume(stored, &|write| ours.iter().any(|id| *id == write), now);
    }

    async fn handle(&mut self, ask: Ask, now: Timestamp) {
        let answers = &mut self.answers;
        let desk = &mut self.parts.desk;
        if ask.call().is_some() {
            // Whoever looks or acts sees what was said a moment ago.
            desk.catch_up(now);
        }
        match ask {
            Ask::Receive(events, reply) => {
                let before = desk.len();
                desk.receive(events);
                self.phone_calls += (desk.len() - before) as u64;
                answers.push(Box::new(move |result| {
                    let _ = reply.send(result);
                }));
            }
            Ask::Act(call, operator, command, reply) => {
                let outcome = orders::act(desk, &call, &operator, command, now);
                answers.push(answer(outcome, reply));
            }
            Ask::ActOnWrite(call, write, operator, id, order, reply) => {
                let outcome = orders::act_on_write(desk, &call, &write, &operator, id, order, now);
                answers.push(answer(outcome, reply));
            }
            Ask::Draft(call, reply) => {
                let _ = reply.send(orders::draft(desk, &call, now).map_err(ActError::from));
            }
            Ask::Detail(call, reply) => self.detail(&call, reply),
            Ask::Pause(paused, reply) => {
                let kept = self.parts.journal.keep(PAUSED, &paused.to_string()).await;
                if kept.is_ok() {
                    self.gate.pause(paused, now);
                    self.parts.desk.touch_unfinished();
                }
                let _ = reply.send(kept.map_err(|_| Unavailable));
            }
        }
    }

    /// Answers beside the loop, after the commit of what is shown: reading attempts must not hold up
    /// events.
    fn detail(&mut self, id: &CallId, reply: Reply<Result<CallDetail, ActError>>) {
        let desk = &self.parts.desk;
        let Some((call, lane)) = desk.get(id) else {
            let _ = reply.send(Err(OrderError::NoCall(id.to_string()).into()));
            return;
        };
        let stale = self.parts.board.call(id).is_some_and(|row| row.stale);
        let (plan, now) = (&desk.settings().plan, Timestamp::now());
        let row = summary::call(call, lane, stale, &self.gate, plan, desk.load(), now);
        let (call, lane, gate) = (call.clone(), lane.to_vec(), self.gate.clone());
        let journal = Arc::clone(&self.parts.journal);
        let org = self.parts.courier.as_ref().and_then(|courier| courier.browser_url());
        self.answers.push(Box::new(move |committed| {
            if let Err(error) = committed {
                let _ = reply.send(Err(error.into()));
                return;
            }
            tokio::spawn(async move {
                let detail = journal.attempts(&lane).await.map(|attempts| {
                    summary::detail(row, &call, &lane, &attempts, &gate, org.as_deref())
                });
                let _ = reply.send(detail.map_err(|_| Unavailable.into()));
            });
        }));
    }

    /// Marks in flight what may go now.
    fn due_jobs(&mut self, now: Timestamp) -> Vec<Job> {
        match self.room(now) {
            0 => Vec::new(),
            room => {
                let reserved = self.budget.holds_until(now);
                if reserved.is_none() && self.budget.is_scarce() {
                    // One of those that could wait goes, to hear how much is used by now.
                    self.budget.looked(now);
                    return self.parts.desk.take_due(1, None, &self.claim, now);
                }
                self.parts.desk.take_due(room, reserved, &self.claim, now)
            }
        }
    }

    /// Looks how much of the org's allowance is used.
    fn count_calls(&mut self, now: Timestamp) {
        let usage = self.parts.courier.as_ref().and_then(|courier| courier.usage());
        if let Some((used, limit)) = usage
            && self.budget.hear(used, limit, now)
        {
            tracing::warn!(used, limit, "four fifths of the org's daily API calls are used");
        }
    }

    /// How many more writes may be sent now.
    fn room(&self, now: Timestamp) -> usize {
        COURIERS.saturating_sub(self.under_way.len()).min(self.gate.admits(now))
    }

    fn send(&mut self, job: Job) {
        let Some(courier) = &self.parts.courier else { return };
        if self.others.lease_lapsed() {
            // We were asleep since it was committed: it may be another hub's by now.
            self.lost.insert(job.call.id);
            return;
        }
        self.gate.sent();
        let writes = [Some(&job.write), job.record.as_ref()].into_iter().flatten();
        let sent = writes.map(|write| Sent {
            call: job.call.id.clone(),
            write: write.id.clone(),
            version: write.version,
        });
        let sent = sent.collect();
        let courier = Arc::clone(courier);
        let task = self.jobs.spawn(async move { courier.deliver(job).await });
        self.under_way.insert(task.id(), sent);
    }

    /// Notes what came of a delivery; its call learns it when it is in hand.
    fn delivered(&mut self, done: Result<(Id, Delivered), JoinError>, now: Timestamp) {
        let (task, delivered) = match done {
            Ok((task, delivered)) => (task, delivered),
            Err(error) => {
                let Some(sent) = self.under_way.remove(&error.id()) else { return };
                tracing::error!(%error, "a delivery died; it is tried again");
                self.unsettled.extend(sent.into_iter().map(|sent| died(sent, now)));
                return;
            }
        };
        let Some(sent) = self.under_way.remove(&task) else { return };
        if let Some(courier) = &self.parts.courier {
            delivered.parts.iter().for_each(|part| courier.settled(&part.write));
        }
        let was_open = self.gate.is_open();
        self.count_calls(now);
        let mut held_back = false;
        for part in &delivered.parts {
            held_back |= match &part.verdict {
                Verdict::Unanswered(problem, after) => self.gate.unanswered(problem, *after, now),
                Verdict::OrgWide(problem, after) => {
                    self.gate.broke(problem, *after, now);
                    true
                }
                Verdict::Delivered(_)
                | Verdict::Superseded
                | Verdict::Refused(_)
                | Verdict::Passing(..) => {
                    self.gate.answered();
                    false
                }
                Verdict::Untried => false,
            };
        }
        if self.gate.is_open() != was_open {
            self.parts.desk.touch_unfinished();
        }
        let call = delivered.call;
        let parts = delivered.parts.into_iter().zip(sent);
        self.unsettled.extend(parts.map(|(part, Sent { version, .. })| {
            let Part { write, verdict, attempt, facts } = part;
            Settled { call: call.clone(), write, version, verdict, attempt, facts, held_back }
        }));
    }

    fn publish(&mut self, changed: Changed) {
        self.parts.board.publish(Changes {
            calls: changed.calls,
            writes: changed.writes,
            details: changed.details,
            status: Some(self.status()),
        });
    }

    fn status(&self) -> Status {
        let courier = self.parts.courier.as_ref();
        let usage = courier.and_then(|courier| courier.usage());
        Status {
            salesforce: self.gate.shown(),
            api_used: usage.map(|(used, _)| used),
            api_limit: usage.map(|(_, limit)| limit),
            api_calls: courier.map_or(0, |courier| courier.calls()),
            phone_calls: self.phone_calls,
            unfinished_writes: self.unfinished,
            only_reserve: self.budget.is_scarce(),
        }
    }
}

fn answer(
    outcome: Result<Receipt, OrderError>,
    reply: Reply<Result<Receipt, ActError>>,
) -> Box<dyn FnOnce(Result<(), Unavailable>) + Send> {
    Box::new(move |committed| {
        let result = committed.map_err(ActError::from).and(outcome.map_err(ActError::from));
        let _ = reply.send(result);
    })
}

/// What a delivery that panicked comes to: ambiguous, so it is tried again.
fn died(sent: Sent, now: Timestamp) -> Settled {
    let Sent { call, write, version } = sent;
    let problem = Problem {
        code: "INTERNAL".into(),
        message: "the delivery stopped unexpectedly".into(),
        advice: Some("It is tried again; if it keeps failing, please report it.".into()),
        ..Problem::default()
    };
    let attempt = Some(AttemptSummary {
        at: now,
        milliseconds: 0,
        status: 0,
        problem: Some(problem.clone()),
    });
    let verdict = Verdict::Passing(problem, None);
    Settled { call, write, version, verdict, attempt, facts: Vec::new(), held_back: false }
}
