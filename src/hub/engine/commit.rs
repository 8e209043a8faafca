//! One commit at a time, while the next is prepared.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::{
    task::{JoinError, JoinHandle},
    time::Instant,
};

use super::{
    doubt::Waiting,
    notices::Told,
    worker::{FAREWELL, REST, Worker},
};
use crate::{
    call::CallId,
    delivery::Job,
    hub::{
        desk::{Changed, Tell},
        measures,
    },
    outbound::Placement,
    store::StoreError,
};

/// A commit under way, and what is to happen once it is on disk.
pub(super) struct Committing {
    task: JoinHandle<Recorded>,
    then: Then,
    /// Whether it is of one ask alone.
    alone: bool,
}

/// What became of a commit: the new revisions of calls in a shared journal.
type Recorded = Result<Vec<(CallId, u64)>, StoreError>;

/// What a commit allows.
struct Then {
    answers: Vec<Waiting>,
    changed: Changed,
    jobs: Vec<Job>,
    tells: Vec<Tell>,
    /// What became of notices, as it is recorded now.
    told: Vec<Told>,
    placements: Vec<Placement>,
}

impl Worker {
    /// Starts to commit what was taken in.
    pub(super) fn commit(&mut self, now: Timestamp) {
        let resting = self.leaving || self.rest_until.is_some_and(|rest| rest > Instant::now());
        let jobs = if resting { Vec::new() } else { self.due_jobs(now) };
        let tells = if resting { Vec::new() } else { self.due_tells(now) };
        let claim = std::mem::take(&mut self.claim);
        let commit = self.parts.desk.take_commit(&claim, now);
        let changed = self.parts.desk.changes(&self.gates, now);
        let told = std::mem::take(&mut self.noted);
        let placements = self.parts.desk.take_placements();
        let answers = std::mem::take(&mut self.answers);
        let alone = std::mem::take(&mut self.alone);
        let then = Then { answers, changed, jobs, tells, told, placements };
        if commit.is_empty() {
            return self.carry_on(then);
        }
        let journal = Arc::clone(&self.parts.journal);
        let task = tokio::spawn(async move {
            crash_point!("commit.begun");
            let began = Instant::now();
            let recorded = journal.commit_held(claim, &commit).await;
            measures::commit(began.elapsed());
            crash_point!("commit.done");
            recorded
        });
        self.committing = Some(Committing { task, then, alone });
    }

    /// Whether more can be taken in. While a commit is under way that is only where nobody else
    /// changes what it is about (with a shared journal every turn holds its own calls), and not while
    /// it is of one ask alone. What is taken in one by one comes first.
    pub(super) fn is_free(&self) -> bool {
        let shared = self.parts.journal.is_shared();
        let beside = self.committing.as_ref().is_none_or(|commit| !commit.alone && !shared);
        beside && self.one_by_one.is_empty()
    }

    /// Ends the commit under way: what waited for it happens, or is called off.
    pub(super) fn committed(&mut self, recorded: Result<Recorded, JoinError>) {
        let Some(Committing { then, alone, .. }) = self.committing.take() else { return };
        let (error, of_content) = match recorded {
            Ok(Ok(revisions)) => {
                self.parts.desk.committed(revisions);
                self.rest_until = None;
                return self.carry_on(then);
            }
            Ok(Err(error)) => (error.to_string(), error.is_of_content()),
            Err(error) => (error.to_string(), false),
        };
        tracing::error!(%error, "the journal could not record; nothing was acknowledged");
        // What was taken in since stands on what is not there: it goes too.
        self.lost.extend(then.changed.details);
        self.lost.extend(then.changed.calls.into_iter().map(|(id, _)| id));
        self.lost.extend(self.parts.desk.touched());
        let lost: Vec<CallId> = self.lost.iter().cloned().collect();
        self.parts.desk.forget(&lost);
        self.numbers_lost = true;
        for tell in then.tells {
            self.parts.desk.land(&tell.call.id, &tell.notice);
        }
        // What was sent is not forgotten with it: it is recorded with the next.
        self.told.extend(then.told.into_iter().chain(std::mem::take(&mut self.noted)));
        self.rest_until = Some(Instant::now() + REST);
        let since = std::mem::take(&mut self.answers);
        if of_content {
            let answers = then.answers.into_iter().map(|waiting| (waiting, alone));
            self.doubt(answers.chain(since.into_iter().map(|waiting| (waiting, false))));
        } else {
            then.answers.into_iter().chain(since).for_each(Waiting::unavailable);
        }
    }

    /// It is on disk: show it, send what is due, answer.
    fn carry_on(&mut self, then: Then) {
        self.parts.desk.release(&then.changed);
        self.publish(then.changed);
        crash_point!("commit.shown");
        self.place(then.placements);
        for job in then.jobs {
            self.send(job);
            crash_point!("commit.sent");
        }
        for (call, notice) in &then.told {
            self.parts.desk.land(call, notice);
        }
        for tell in then.tells {
            self.tell(tell);
        }
        for answer in then.answers {
            answer.recorded();
            crash_point!("commit.answered");
        }
    }

    /// Lets what is under way finish and records it.
    pub(super) async fn farewell(&mut self) {
        self.leaving = true;
        self.last_notices(Timestamp::now()).await;
        let deadline = Instant::now() + FAREWELL;
        self.hear_placed(deadline).await;
        loop {
            if Instant::now() > deadline {
                // Nobody waits for these any more: the last who could ask is gone.
                self.one_by_one.clear();
            }
            if self.next_alone().await {
                continue;
            }
            if self.committing.is_none() {
                self.commit(Timestamp::now());
            }
            let free = self.is_free();
            tokio::select! {
                recorded = recorded(&mut self.committing) => self.committed(recorded),
                done = tokio::time::timeout_at(deadline, self.jobs.join_next_with_id()), if free => {
                    match done {
                        Ok(Some(done)) => {
                            self.take(Vec::new(), vec![done], false, Timestamp::now()).await;
                        }
                        _ => break,
                    }
                }
            }
        }
        // What is under way, and what came since; but nothing again that was refused.
        for _ in 0..2 {
            if self.committing.is_none() {
                self.commit(Timestamp::now());
            }
            self.end_commit().await;
        }
    }

    /// Waits for the commit under way, if there is one.
    pub(super) async fn end_commit(&mut self) {
        if self.committing.is_some() {
            let recorded = recorded(&mut self.committing).await;
            self.committed(recorded);
        }
    }
}

/// What became of the commit under way; never, when there is none.
pub(super) async fn recorded(committing: &mut Option<Committing>) -> Result<Recorded, JoinError> {
    match committing {
        Some(committing) => (&mut committing.task).await,
        None => std::future::pending().await,
    }
}
