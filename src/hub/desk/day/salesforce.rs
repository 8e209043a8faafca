//! The stand-in org, to which the day's desk writes over real sockets while its own clock runs.

use std::sync::Arc;

use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::{
    call::Fact,
    delivery::{Job, Outcome, Verdict, deliver, deliver_together},
    plan,
    salesforce::{self, InMemory, Org},
    sandbox::org::{self, Fault, FaultKind, Running},
    secret::SecretRef,
};

/// Of how many deliveries the answer of one is lost after it arrived.
const LOST: u32 = 15;

pub(super) struct Salesforce {
    runtime: Runtime,
    running: Running,
    org: Org,
    sent: u32,
}

/// What became of one write of a job: its id, its version when it was sent, and what was learnt.
pub(super) type Brought = (String, u64, Verdict, Vec<Fact>);

impl Salesforce {
    pub(super) fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new().unwrap();
        let options = org::Options { daily_limit: 1_000_000, ..org::Options::default() };
        let running = runtime.block_on(org::start(options)).unwrap();
        let settings = salesforce::Settings {
            login_url: running.base_url.clone(),
            client_id: running.client_id.clone(),
            client_secret: Some(SecretRef::given(&running.client_secret)),
            ..salesforce::Settings::default()
        };
        let org = Org::new(settings, Arc::new(InMemory::default())).unwrap();
        Self { runtime, running, org, sent: 0 }
    }

    /// Somebody who can own records.
    pub(super) fn user(&self) -> String {
        self.running.records("User")[0]["Id"].as_str().unwrap().to_owned()
    }

    pub(super) fn bring(&mut self, job: &Job, plan: &plan::Settings) -> Vec<Brought> {
        self.sent += 1;
        if self.sent.is_multiple_of(LOST) {
            self.running.set_fault(Fault::new(FaultKind::DropAfterCommit).times(1));
        }
        let Job { write, record, call, .. } = job;
        let (first, second) = self.runtime.block_on(async {
            match record {
                None => (deliver(&self.org, write, call, plan).await, None),
                Some(record) => {
                    let (asked, made, _) =
                        deliver_together(&self.org, write, record, call, plan).await;
                    (asked, Some((record, made)))
                }
            }
        });
        let (verdict, facts) = meant(first);
        let mut brought = vec![(write.id.clone(), write.version, verdict, facts)];
        brought.extend(second.map(|(record, made)| {
            let (verdict, facts) = made.map_or((Verdict::Untried, Vec::new()), meant);
            (record.id.clone(), record.version, verdict, facts)
        }));
        brought
    }

    /// The Tasks of promises that the org holds, each with the call in `CallObject`.
    pub(super) fn promises(&self) -> Vec<Map<String, Value>> {
        let of_promise = |task: &Map<String, Value>| {
            task["CallObject"].as_str().is_some_and(|id| id.ends_with("/callback"))
        };
        self.running.records("Task").into_iter().filter(of_promise).collect()
    }
}

fn meant(outcome: Outcome) -> (Verdict, Vec<Fact>) {
    match outcome {
        Outcome::Delivered { record, facts, .. } => (Verdict::Delivered(record), facts),
        Outcome::Superseded { facts, .. } => (Verdict::Superseded, facts),
        Outcome::Failed { problem, status, .. } => {
            assert_eq!(status, 0, "only answers are lost: {problem:?}");
            (Verdict::Passing(problem, None), Vec::new())
        }
    }
}
