//! The real hub, killed while webhooks stream in: what was acknowledged is in the journal, and the
//! org ends with each record once.

use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use callboard::{
    sandbox::org::{self, Fault, FaultKind},
    wire::{CallDetail, WriteState, WriteSummary},
};
use reqwest::StatusCode;
use tempfile::TempDir;

use crate::support::{
    process::{Process, local_token},
    stage::SECRET,
    until, vapi,
};

const START: i64 = 1_776_178_800;
const CALLS: usize = 12;
const LINES: [&str; 4] = [
    "My basement is flooding, a pipe burst",
    "I own the house and need someone now",
    "We have five thousand dollars for it",
    "Please call me back on this number",
];

struct Scene {
    org: org::Running,
    folder: TempDir,
    config: PathBuf,
    http: reqwest::Client,
    /// Where the hub is now; changes with every restart.
    url: Arc<Mutex<String>>,
}

impl Scene {
    async fn set(seed: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let org = org::start(org::Options { seed, ..org::Options::default() }).await.unwrap();
        // Salesforce is unkind at the same time: it commits and hangs up.
        org.set_fault(Fault::new(FaultKind::DropAfterCommit).with_probability(0.15));
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("callboard.toml");
        let text = format!(
            "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n\
             [salesforce]\nlogin_url = \"{}\"\nclient_id = \"{}\"\n\
             client_secret = \"env:ORG\"\ntimeout_seconds = 2\n\
             [plan]\nupdate_seconds = 0\nsettle_seconds = 0\nbatch_seconds = 0\n\
             first_seconds = 0\nrecord_seconds = 0\nmissed_seconds = 0\nclosing_seconds = 0\n",
            org.base_url, org.client_id
        );
        std::fs::write(&config, text).unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(3)).build().unwrap();
        Self { org, folder, config, http, url: Arc::default() }
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn start_hub(&self) -> Process {
        let hub = Process::start(
            &[
                "--config",
                self.config.to_str().unwrap(),
                "hub",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                self.data_dir().to_str().unwrap(),
            ],
            &[("HOOK", SECRET), ("ORG", &self.org.client_secret)],
        );
        hub.ready["url"].as_str().unwrap().clone_into(&mut self.url.lock().unwrap());
        hub
    }

    /// Posts one call's webhooks, each until it is acknowledged, as a patient provider does.
    async fn speak(&self, call: String, done: &AtomicBool) {
        let mut messages = vec![vapi::status(&call, "in-progress", START)];
        let said = LINES.iter().zip(START + 1..);
        messages.extend(said.map(|(line, at)| vapi::said(&call, "user", line, at)));
        messages.push(vapi::status(&call, "ended", START + 60));
        messages.push(vapi::dropped(&call, START + 61));
        for message in messages {
            loop {
                assert!(!done.load(Ordering::Relaxed), "{call} was never acknowledged");
                let url = self.url.lock().unwrap().clone();
                let sent = self
                    .http
                    .post(format!("{url}/hooks/vapi"))
                    .header("X-Vapi-Secret", SECRET)
                    .body(message.to_string())
                    .send()
                    .await;
                match sent {
                    Ok(answer) if answer.status() == StatusCode::OK => break,
                    _ => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            }
        }
    }

    async fn post(&self, path: &str, body: &'static str) {
        let url = self.url.lock().unwrap().clone();
        let token = local_token(&self.data_dir());
        let request = self.http.post(format!("{url}{path}")).bearer_auth(token);
        request.body(body).send().await.unwrap();
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Option<T> {
        let url = self.url.lock().unwrap().clone();
        let token = local_token(&self.data_dir());
        let answer = self.http.get(format!("{url}{path}")).bearer_auth(token).send().await.ok()?;
        answer.json().await.ok()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_nothing_is_lost_and_nothing_twice() {
    let rounds: u64 =
        std::env::var("CALLBOARD_CRASH_ROUNDS").ok().and_then(|it| it.parse().ok()).unwrap_or(1);
    for round in 0..rounds {
        let mut dice = fastrand::Rng::with_seed(round);
        let scene = Scene::set(round + 1).await;
        let (gave_up, mut hub) = (AtomicBool::new(false), scene.start_hub());
        let calls: Vec<String> = (0..CALLS).map(|number| format!("c{number}")).collect();
        let speakers = async {
            let all = calls.iter().map(|call| scene.speak(call.clone(), &gave_up));
            futures_util::future::join_all(all).await;
        };
        let killer = async {
            for _ in 0..4 {
                tokio::time::sleep(Duration::from_millis(dice.u64(20..250))).await;
                hub.kill();
                hub = scene.start_hub();
            }
            hub
        };
        let ((), hub) = tokio::join!(speakers, killer);
        scene.org.clear_faults();
        // The hub may have taken the org for dead and be waiting: nobody needs to wait with it.
        scene.post("/v1/destination", r#"{"do":"resume"}"#).await;
        let quiet = until("all writes have arrived", async || {
            let writes: Vec<WriteSummary> = scene.get("/v1/writes").await?;
            // An answer lost three times running leaves a write to an operator: here is one.
            for write in writes.iter().filter(|write| write.state == WriteState::Failed) {
                scene.post(&format!("/v1/writes/{}/actions", write.id), r#"{"do":"retry"}"#).await;
            }
            let open = writes.iter().any(|write| !write.state.is_end());
            (!open && !writes.is_empty()).then_some(writes)
        })
        .await;
        assert!(quiet.iter().all(|write| write.state != WriteState::Discarded));
        for call in &calls {
            let detail: CallDetail = scene.get(&format!("/v1/calls/vapi:{call}")).await.unwrap();
            let heard: Vec<&str> = detail.lines.iter().map(|line| line.text.as_str()).collect();
            assert_eq!(heard, LINES, "round {round}, {call}");
            assert!(detail.summary.ended_at.is_some(), "round {round}, {call}");
        }
        let leads = scene.org.records("Lead");
        for call in &calls {
            let mine: Vec<_> = leads
                .iter()
                .filter(|lead| lead["Callboard_Id__c"] == format!("vapi:{call}"))
                .collect();
            assert_eq!(mine.len(), 1, "round {round}: {call} has {} Leads", mine.len());
            assert_eq!(mine[0]["Rating"], "Hot", "round {round}, {call}");
            assert_eq!(mine[0]["AI_Qualification_Score__c"], 100.0, "round {round}, {call}");
        }
        hub.kill();
    }
}
