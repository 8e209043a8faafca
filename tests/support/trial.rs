//! A hub that is killed again and again while calls come in, a Salesforce that commits and hangs
//! up, consoles of every temper; and whether everything that was acknowledged is in its place.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use callboard::{
    sandbox::org::{self, Fault, FaultKind},
    wire::{CallDetail, Destination, Status, WriteState, WriteSummary},
};
use futures_util::{StreamExt, future::join_all};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};

use super::{
    process::{Process, local_token},
    vapi,
};

/// The webhooks' secret.
const SECRET: &str = "hook-secret";
const START: i64 = 1_776_178_800;
const LINES: [&str; 4] = [
    "My basement is flooding, a pipe burst",
    "I own the house and need someone now",
    "We have five thousand dollars for it",
    "Please call me back on this number",
];

/// How a console reads.
#[derive(Clone, Copy, Debug)]
pub enum Temper {
    /// At once.
    Quick,
    /// A message every half second.
    Slow,
    /// Nothing at all.
    Hung,
}

/// What a trial came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Webhooks that were answered with 200.
    pub acknowledged: usize,
    /// Of those, what is not in the journal, or has no record in the org.
    pub lost: usize,
    /// What is in the journal or in the org twice.
    pub twice: usize,
    /// Writes an operator had to have tried again: their answer was lost three times.
    pub late: usize,
    /// How often the org had to be signed in to anew: a refresh token was lost on its way.
    pub logins: usize,
}

/// A hub in its surroundings.
pub struct Trial {
    pub org: org::Running,
    folder: TempDir,
    config: PathBuf,
    http: reqwest::Client,
    refresh_token: Mutex<String>,
    /// Where the hub is now; changes with every start.
    url: watch::Sender<String>,
    acknowledged: AtomicUsize,
    over: AtomicBool,
}

impl Trial {
    /// An org that rotates tokens and loses answers, and a folder for a hub.
    pub async fn set(seed: u64) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = org::Options {
            seed,
            rotate_refresh_tokens: true,
            daily_limit: 100_000_000,
            ..org::Options::default()
        };
        let org = org::start(options).await.unwrap();
        org.set_fault(Fault::new(FaultKind::DropAfterCommit).with_probability(0.15));
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("callboard.toml");
        let text = format!(
            "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n\
             [salesforce]\nlogin_url = \"{}\"\nclient_id = \"{}\"\nflow = \"refresh_token\"\n\
             client_secret = \"env:ORG\"\nrefresh_token = \"env:REFRESH\"\n\
             [plan]\nupdate_seconds = 0\nsettle_seconds = 0\nbatch_seconds = 0\n\
             first_seconds = 0\nrecord_seconds = 0\nmissed_seconds = 0\nclosing_seconds = 0\ntask_seconds = 0\n",
            org.base_url, org.client_id
        );
        std::fs::write(&config, text).unwrap();
        Self {
            refresh_token: Mutex::new(org.refresh_token.clone()),
            org,
            folder,
            config,
            http: reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap(),
            url: watch::Sender::default(),
            acknowledged: AtomicUsize::new(0),
            over: AtomicBool::new(false),
        }
    }

    /// Where the hub's files are.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Starts the hub.
    pub fn start_hub(&self) -> Process {
        self.start_hub_to_crash(None).expect("a hub that is not to crash starts")
    }

    /// The same, to crash at a point; none when it came to that before it was ready.
    pub fn start_hub_to_crash(&self, at: Option<&str>) -> Option<Process> {
        let refresh_token = self.refresh_token.lock().unwrap().clone();
        let mut environment =
            vec![("HOOK", SECRET), ("ORG", &self.org.client_secret), ("REFRESH", &refresh_token)];
        environment.extend(at.map(|at| ("CALLBOARD_CRASH_AT", at)));
        let (config, data_dir) = (self.config.to_str().unwrap(), self.data_dir());
        let listen = ["hub", "--listen", "127.0.0.1:0", "--data-dir", data_dir.to_str().unwrap()];
        let arguments = [&["--config", config], &listen[..]].concat();
        let hub = Process::try_start(&arguments, &environment).ok()?;
        self.url.send_replace(hub.ready["url"].as_str().unwrap().to_owned());
        Some(hub)
    }

    /// Posts one call's webhooks, each until it is acknowledged, as a patient provider does.
    pub async fn speak(&self, call: &str, number: usize) {
        let mut messages = vec![vapi::status(call, "in-progress", START)];
        let said = LINES.iter().zip(START + 1..);
        messages.extend(said.map(|(line, at)| vapi::said(call, "user", line, at)));
        messages.push(vapi::status(call, "ended", START + 60));
        messages.push(vapi::dropped(call, START + 61));
        for mut message in messages {
            message["message"]["call"]["customer"]["number"] =
                json!(format!("+1212{:07}", 5_550_000 + number));
            self.post(&message).await;
        }
    }

    async fn post(&self, message: &Value) {
        loop {
            let url = format!("{}/hooks/vapi", self.url.borrow().clone());
            let sent = self.http.post(url).header("X-Vapi-Secret", SECRET);
            match sent.body(message.to_string()).send().await {
                Ok(answer) if answer.status() == StatusCode::OK => break,
                _ => sleep(Duration::from_millis(10)).await,
            }
        }
        self.acknowledged.fetch_add(1, Ordering::Relaxed);
    }

    /// Follows the hub's stream, hub after hub, until the trial is over.
    pub async fn watch(&self, temper: Temper) {
        let mut hubs = self.url.subscribe();
        while !self.over.load(Ordering::Relaxed) {
            let url = format!("{}/v1/stream", hubs.borrow_and_update().replace("http", "ws"));
            let ended = async {
                let Ok(mut request) = url.into_client_request() else { return };
                let Ok(token) = std::fs::read_to_string(self.data_dir().join("operator.token"))
                else {
                    return;
                };
                let token = format!("Bearer {token}");
                request.headers_mut().insert("authorization", token.parse().unwrap());
                let Ok((mut socket, _)) = connect_async(request).await else { return };
                loop {
                    match temper {
                        Temper::Hung => std::future::pending().await,
                        Temper::Slow => sleep(Duration::from_millis(500)).await,
                        Temper::Quick => {}
                    }
                    if !matches!(socket.next().await, Some(Ok(_))) {
                        break;
                    }
                }
            };
            tokio::select! {
                () = ended => sleep(Duration::from_millis(20)).await,
                _ = hubs.changed() => {}
            }
        }
    }

    /// Ends what watches.
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
        self.url.send_modify(|_| {});
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> Option<T> {
        let url = format!("{}{path}", self.url.borrow().clone());
        let token = local_token(&self.data_dir());
        self.http.get(url).bearer_auth(token).send().await.ok()?.json().await.ok()
    }

    /// Gives an order as the local administrator.
    pub async fn order(&self, path: &str, order: &Value) {
        let url = format!("{}{path}", self.url.borrow().clone());
        let token = local_token(&self.data_dir());
        let _ = self.http.post(url).bearer_auth(token).json(order).send().await;
    }

    /// Salesforce is kind again, and somebody is there who has failed writes tried again, looks
    /// whether the org is back, and signs in anew where that is asked for. When every write has its
    /// end: the hub, and what that took.
    pub async fn settle(&self, mut hub: Process) -> (Process, Came) {
        self.org.clear_faults();
        let mut came = Came::default();
        // What counts is headway: how long all of it takes is the machine's affair.
        let (mut left, mut since) = (usize::MAX, Instant::now());
        loop {
            let status: Option<Status> = self.get("/v1/status").await;
            let writes: Option<Vec<WriteSummary>> = self.get("/v1/writes").await;
            let writes = writes.unwrap_or_default();
            let open: Vec<_> = writes.iter().filter(|write| !write.state.is_end()).collect();
            if !writes.is_empty() && open.is_empty() {
                return (hub, came);
            }
            if open.len() != left {
                (left, since) = (open.len(), Instant::now());
            }
            assert!(
                since.elapsed() < Duration::from_secs(120),
                "no headway: {open:#?} {status:#?}"
            );
            for write in open.iter().filter(|write| write.state == WriteState::Failed) {
                came.late += 1;
                let path = format!("/v1/writes/{}/actions", write.id);
                self.order(&path, &json!({ "do": "retry" })).await;
            }
            if let Some(Destination::Broken { problem, .. }) = status.map(|it| it.salesforce) {
                if problem.code.as_str() == "invalid_grant" {
                    came.logins += 1;
                    hub.kill();
                    *self.refresh_token.lock().unwrap() = self.org.approve();
                    hub = self.start_hub();
                }
                self.order("/v1/destination", &json!({ "do": "resume" })).await;
            }
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Compares what was acknowledged of these calls with what the journal and the org hold.
    pub async fn compare(&self, calls: &[String], mut came: Came) -> Came {
        let (leads, tasks) = (self.org.records("Lead"), self.org.records("Task"));
        let looks = calls.iter().map(async |call| {
            let detail: Option<CallDetail> = self.get(&format!("/v1/calls/vapi:{call}")).await;
            (call, detail)
        });
        for (call, detail) in join_all(looks).await {
            let Some(detail) = detail else {
                came.lost += LINES.len();
                continue;
            };
            for line in LINES {
                let heard = detail.lines.iter().filter(|heard| heard.text.as_str() == line).count();
                came.lost += usize::from(heard == 0);
                came.twice += heard.saturating_sub(1);
            }
            came.lost += usize::from(detail.summary.ended_at.is_none());
            let discarded = |write: &&callboard::wire::WriteDetail| {
                write.summary.state == WriteState::Discarded
            };
            came.lost += detail.writes.iter().filter(discarded).count();
            let id = format!("vapi:{call}");
            let mine: Vec<_> = leads.iter().filter(|it| it["Callboard_Id__c"] == *id).collect();
            came.twice += mine.len().saturating_sub(1);
            // The record as the last thing said would have it.
            let right = mine.first().is_some_and(|lead| {
                lead["Rating"] == "Hot" && lead["AI_Qualification_Score__c"] == 100.0
            });
            came.lost += usize::from(!right);
            // They asked to be called back.
            let id = format!("vapi:{call}/callback");
            let promised = tasks.iter().filter(|it| it["CallObject"] == *id).count();
            came.twice += promised.saturating_sub(1);
            came.lost += usize::from(promised == 0);
        }
        came.acknowledged = self.acknowledged.load(Ordering::Relaxed);
        came
    }
}

/// Waits until the hub ends by itself, at most so long. Whether it did.
pub async fn ends(hub: &mut Process, patience: Duration) -> bool {
    let ended = async {
        while !hub.has_ended() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(patience, ended).await.is_ok()
}
