//! Several hubs, real processes, on one PostgreSQL: what every law says of one hub holds for all of
//! them together. Where there is no PostgreSQL these tests say so and pass.

mod notices;
mod promises;
mod trial;

use std::{
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    sync::{LazyLock, Mutex, atomic::AtomicUsize},
    time::Duration,
};

use callboard::{
    sandbox::org,
    wire::{CallPage, CallSummary, WriteSummary},
};
use reqwest::StatusCode;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::{
    postgres::Server,
    process::{Process, local_token},
    stage::SECRET,
    until,
};

/// When the calls of these tests begin: an hour ago, for what is heard of
/// much later counts from then.
static START: LazyLock<i64> = LazyLock::new(|| jiff::Timestamp::now().as_second() - 3600);

/// Hubs on one database, the org they write to, and a client for all.
struct Hubs {
    org: org::Running,
    folder: TempDir,
    config: PathBuf,
    store: String,
    http: reqwest::Client,
    /// Each hub, where it is now; none while it is down.
    hubs: Vec<Mutex<Option<(Process, String)>>>,
    turn: AtomicUsize,
}

impl Hubs {
    async fn start(count: usize, store: String, org: org::Options) -> Self {
        Self::start_with(count, store, org, "").await
    }

    /// The same, with more in the config: its end is Sam's place on the roster.
    async fn start_with(count: usize, store: String, org: org::Options, more: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let org = org::start(org).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("callboard.toml");
        let text = format!(
            "[hub]\nstore = \"env:STORE\"\n\
             [sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n\
             [salesforce]\nlogin_url = \"{}\"\nclient_id = \"{}\"\nflow = \"refresh_token\"\n\
             refresh_token = \"env:REFRESH\"\nclient_secret = \"env:ORG\"\ntimeout_seconds = 2\n\
             [plan]\nupdate_seconds = 0\nsettle_seconds = 0\nbatch_seconds = 0\n\
             missed_seconds = 0\nclosing_seconds = 0\ntask_seconds = 0\n\
             grace_seconds = 0\n\
             [[plan.roster]]\nname = \"Sam K.\"\nowner_id = \"{}\"\n\
             {more}",
            org.base_url,
            org.client_id,
            org.records("User").first().unwrap()["Id"].as_str().unwrap(),
        );
        std::fs::write(&config, text).unwrap();
        let http = reqwest::Client::builder().timeout(Duration::from_secs(8)).build().unwrap();
        let hubs = (0..count).map(|_| Mutex::default()).collect();
        let turn = AtomicUsize::new(0);
        let all = Self { org, folder, config, store, http, hubs, turn };
        for hub in 0..count {
            // What one hub seals the others open: they share a key.
            let folder = all.data_dir(hub);
            std::fs::create_dir_all(&folder).unwrap();
            let key = folder.join("seal.key");
            std::fs::write(&key, [7; 32]).unwrap();
            std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
            all.start_hub(hub);
        }
        all
    }

    /// A cluster on a database of its own on the shared server.
    async fn set(count: usize) -> Option<Self> {
        let server = Server::shared()?;
        let store = server.url(&server.database());
        Some(Self::start(count, store, org::Options::default()).await)
    }

    fn data_dir(&self, hub: usize) -> PathBuf {
        self.folder.path().join(format!("hub{hub}"))
    }

    fn start_hub(&self, hub: usize) {
        let data = self.data_dir(hub);
        let process = Process::start(
            &[
                "--config",
                self.config.to_str().unwrap(),
                "hub",
                "--listen",
                "127.0.0.1:0",
                "--data-dir",
                data.to_str().unwrap(),
            ],
            &[
                ("HOOK", SECRET),
                ("ORG", &self.org.client_secret),
                ("REFRESH", &self.org.refresh_token),
                ("STORE", &self.store),
            ],
        );
        let url = process.ready["url"].as_str().unwrap().to_owned();
        *self.hubs[hub].lock().unwrap() = Some((process, url));
    }

    fn kill(&self, hub: usize) {
        let gone = self.hubs[hub].lock().unwrap().take();
        gone.unwrap().0.kill();
    }

    fn signal(&self, hub: usize, name: &str) {
        self.hubs[hub].lock().unwrap().as_ref().unwrap().0.signal(name);
    }

    fn url(&self, hub: usize) -> Option<String> {
        self.hubs[hub].lock().unwrap().as_ref().map(|(_, url)| url.clone())
    }

    /// Posts a webhook to one hub; whether it was acknowledged.
    async fn post(&self, hub: usize, message: &Value) -> bool {
        let Some(url) = self.url(hub) else { return false };
        let request = self.http.post(format!("{url}/hooks/vapi")).header("X-Vapi-Secret", SECRET);
        let sent = request.body(message.to_string()).send().await;
        sent.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, hub: usize, path: &str) -> Option<T> {
        let url = self.url(hub)?;
        let token = local_token(&self.data_dir(hub));
        let answer = self.http.get(format!("{url}{path}")).bearer_auth(token).send().await.ok()?;
        answer.json().await.ok()
    }

    async fn act(&self, hub: usize, path: &str, body: Value) -> Option<Value> {
        let url = self.url(hub)?;
        let token = local_token(&self.data_dir(hub));
        let request = self.http.post(format!("{url}{path}")).bearer_auth(token).json(&body);
        request.send().await.ok()?.json().await.ok()
    }

    async fn writes(&self, hub: usize) -> Option<Vec<WriteSummary>> {
        self.get(hub, "/v1/writes").await
    }

    /// The calls as one hub shows them, without their versions.
    async fn board(&self, hub: usize) -> Option<Vec<CallSummary>> {
        let CallPage { mut calls, next } = self.get(hub, "/v1/calls?limit=1000").await?;
        assert_eq!(next, None);
        calls.iter_mut().for_each(|call| call.version = 0);
        Some(calls)
    }

    /// Waits until every hub shows the same.
    async fn agree(&self) -> Vec<CallSummary> {
        until("every hub shows the same board", async || {
            let first = self.board(0).await?;
            for hub in 1..self.hubs.len() {
                if self.board(hub).await? != first {
                    return None;
                }
            }
            Some(first)
        })
        .await
    }
}
