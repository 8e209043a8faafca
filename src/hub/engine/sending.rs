//! Sending: which writes go now, what is under way, and what came of it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::task::{Id, JoinError};

use super::worker::Worker;
use crate::{
    call::CallId,
    delivery::{Delivered, Job, Part, Verdict},
    hub::{desk::Settled, measures},
    plan::Problem,
    wire::AttemptSummary,
};

/// Writes under way at once. Most of them wait for company and go out 25 to a request; those that
/// wait must leave room for what is urgent.
pub(super) const COURIERS: usize = 100;

/// A write under way.
pub(super) struct Sent {
    call: CallId,
    pub(super) write: String,
    version: u64,
    destination: Option<String>,
}

impl Worker {
    /// Marks in flight what may go now.
    pub(super) fn due_jobs(&mut self, now: Timestamp) -> Vec<Job> {
        match self.room(now) {
            0 => Vec::new(),
            room => {
                let reserved = self.budget.holds_until(now);
                if reserved.is_none() && self.budget.is_scarce() {
                    // One of those that could wait goes, to hear how much is used by now.
                    self.budget.looked(now);
                    let doorman = self.gates.doorman(now);
                    return self.parts.desk.take_due(1, None, doorman, &self.claim, now);
                }
                let doorman = self.gates.doorman(now);
                self.parts.desk.take_due(room, reserved, doorman, &self.claim, now)
            }
        }
    }

    /// Looks how much of the org's allowance is used.
    pub(super) fn count_calls(&mut self, now: Timestamp) {
        let usage = self.parts.courier.as_ref().and_then(|courier| courier.usage());
        if let Some((used, limit)) = usage
            && self.budget.hear(used, limit, now)
        {
            tracing::warn!(used, limit, "four fifths of the org's daily API calls are used");
        }
    }

    /// How many more writes may be sent now.
    pub(super) fn room(&self, now: Timestamp) -> usize {
        let room = COURIERS.saturating_sub(self.under_way.len());
        // With several destinations a shut gate must not hold up the others: who may go is looked
        // at write by write.
        if self.gates.are_several() { room } else { room.min(self.gates.main.admits(now)) }
    }

    pub(super) fn send(&mut self, job: Job) {
        let Some(courier) = &self.parts.courier else { return };
        if self.others.lease_lapsed() {
            // We were asleep since it was committed: it may be another hub's by now.
            self.lost.insert(job.call.id);
            return;
        }
        let to = job.write.change.destination().map(str::to_owned);
        if let Some(gate) = self.gates.named(to.as_deref()) {
            gate.sent();
        }
        let writes = [Some(&job.write), job.record.as_ref()].into_iter().flatten();
        let sent = writes.map(|write| Sent {
            call: job.call.id.clone(),
            write: write.id.clone(),
            version: write.version,
            destination: write.change.destination().map(str::to_owned),
        });
        let sent = sent.collect();
        let courier = Arc::clone(courier);
        let task = self.jobs.spawn(async move { courier.deliver(job).await });
        self.under_way.insert(task.id(), sent);
    }

    /// Notes what came of a delivery; its call learns it when it is in hand.
    pub(super) fn delivered(&mut self, done: Result<(Id, Delivered), JoinError>, now: Timestamp) {
        let (task, delivered) = match done {
            Ok((task, delivered)) => (task, delivered),
            Err(error) => {
                let Some(sent) = self.under_way.remove(&error.id()) else { return };
                tracing::error!(%error, "a delivery died; it is tried again");
                let to = sent.first().and_then(|sent| sent.destination.as_deref());
                if let Some(gate) = self.gates.named(to) {
                    gate.unheard(now);
                }
                self.unsettled.extend(sent.into_iter().map(|sent| died(sent, now)));
                return;
            }
        };
        let Some(sent) = self.under_way.remove(&task) else { return };
        measures::delivery(&delivered);
        crash_point!("delivery.noted");
        if let Some(courier) = &self.parts.courier {
            delivered.parts.iter().for_each(|part| courier.settled(&part.write));
        }
        let to = sent.first().and_then(|sent| sent.destination.clone());
        self.count_calls(now);
        let mut held_back = false;
        let to = to.filter(|name| self.gates.named(Some(name.as_str())).is_some());
        let Some(gate) = self.gates.named(to.as_deref()) else { return };
        let was_open = gate.is_open();
        for part in &delivered.parts {
            held_back |= match &part.verdict {
                Verdict::Unanswered(problem, after) => gate.unanswered(problem, *after, now),
                Verdict::OrgWide(problem, after) => {
                    gate.broke(problem, *after, now);
                    true
                }
                Verdict::Delivered(_)
                | Verdict::Superseded
                | Verdict::Refused(_)
                | Verdict::Passing(..) => {
                    gate.answered();
                    false
                }
                Verdict::Untried => false,
            };
        }
        if gate.is_open() != was_open {
            self.parts.desk.touch_unfinished();
        }
        let call = delivered.call;
        let parts = delivered.parts.into_iter().zip(sent);
        self.unsettled.extend(parts.map(|(part, Sent { version, .. })| {
            let Part { write, verdict, attempt, facts } = part;
            Settled { call: call.clone(), write, version, verdict, attempt, facts, held_back }
        }));
    }
}

/// What a delivery that panicked comes to: ambiguous, so it is tried again.
fn died(sent: Sent, now: Timestamp) -> Settled {
    let Sent { call, write, version, .. } = sent;
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use jiff::{SignedDuration, tz::TimeZone};

    use super::*;
    use crate::{
        call::SourceName,
        delivery::Gates,
        hub::{
            board::Board,
            desk::{Desk, Most, Settings},
            engine::Parts,
            notices::Notices,
        },
        notice::{self, Messenger},
        plan,
        store::Journal,
        triage::Rules,
        wire::{Destination, Status},
    };

    async fn worker(folder: &std::path::Path) -> Worker {
        let desk = Desk::new(Settings {
            plan: plan::Settings::default(),
            has_org: true,
            rules: Rules::shipped(),
            shared: false,
            most: Most::default(),
            call_back: None,
            zone: TimeZone::UTC,
            silence: HashMap::new(),
        });
        let settings = notice::Settings::default();
        let notices = Notices {
            messenger: Messenger::new(&settings).unwrap(),
            business: "Test Plumbing".into(),
            zone: TimeZone::UTC,
            links: None,
            settings,
        };
        let parts = Parts {
            journal: Arc::new(Journal::open(folder).await.unwrap()),
            desk,
            board: Board::new(Status::at_start(Destination::Open)),
            courier: None,
            notices: Arc::new(notices),
            outbound: None,
        };
        Worker { gates: Gates::new(true, &[], &[]), ..Worker::new(parts, &[]) }
    }

    #[tokio::test]
    async fn a_probe_that_dies_is_followed_by_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut worker = worker(folder.path()).await;
        let now = Timestamp::now();
        worker.gates.main.broke(&Problem::default(), None, now);
        worker.gates.main.sent();
        let task = worker.jobs.spawn(async { panic!("a bug of ours") });
        let call = CallId::new(&SourceName::new("vapi"), "a");
        let sent = Sent { call, write: "w".to_owned(), version: 1, destination: None };
        worker.under_way.insert(task.id(), vec![sent]);
        let died = worker.jobs.join_next_with_id().await.unwrap();
        worker.delivered(died, now);
        assert_eq!(worker.unsettled.len(), 1);
        let later = now + SignedDuration::from_secs(5);
        assert_eq!(worker.gates.main.next_probe(), Some(later));
    }
}
