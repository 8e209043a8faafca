//! Hub and org together.

use std::{collections::BTreeMap, path::Path, time::Duration};

use callboard::{
    call::Region,
    hub::{self, Operator, Operators},
    intake::{self, Sources},
    plan, salesforce,
    sandbox::org,
    secret::SecretRef,
    triage::Rules,
    wire::{CallDetail, CallPage, CallSummary, OperatorRole, Receipt, WriteSummary},
};
use reqwest::StatusCode;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::until;

/// The token of the dispatcher Ann.
pub const ANN: &str = "ann-token";
/// The token of the dispatcher Bob.
pub const BOB: &str = "bob-token";
/// The token of the viewer Vic.
pub const VIC: &str = "vic-token";
/// The token of the administrator Ada.
pub const ADA: &str = "ada-token";
/// The webhooks' secret.
pub const SECRET: &str = "hook-secret";

/// A hub, the org it writes to, and a client for both.
pub struct Stage {
    pub org: org::Running,
    pub hub: Option<hub::Running>,
    pub http: reqwest::Client,
    pub folder: TempDir,
    pub plan: plan::Settings,
    /// What is different about the hub's options.
    change: Change,
}

type Change = Box<dyn Fn(&mut hub::Options) + Send + Sync>;

impl Stage {
    /// A hub with a fresh journal and an org with its usual records. Nothing waits to be merged,
    /// so that tests don't.
    pub async fn set() -> Self {
        Self::set_with(|_| {}).await
    }

    /// The same, with other planning settings.
    pub async fn set_with(change: impl FnOnce(&mut plan::Settings)) -> Self {
        Self::set_in(org::Options::default(), change).await
    }

    /// The same, with another org.
    pub async fn set_in(org: org::Options, change: impl FnOnce(&mut plan::Settings)) -> Self {
        Self::set_whole(org, change, Box::new(|_| {})).await
    }

    /// The same, with other options of the hub.
    pub async fn set_as(change: impl Fn(&mut hub::Options) + Send + Sync + 'static) -> Self {
        Self::set_whole(org::Options::default(), |_| {}, Box::new(change)).await
    }

    /// The same, with all of it.
    pub async fn set_whole(
        org: org::Options,
        plan_change: impl FnOnce(&mut plan::Settings),
        change: Change,
    ) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let org = org::start(org).await.unwrap();
        let sam = org.records("User").first().unwrap()["Id"].as_str().unwrap().to_owned();
        let mut plan = plan::Settings {
            first_seconds: 0,
            record_seconds: 0,
            missed_seconds: 0,
            batch_seconds: 0,
            closing_seconds: 0,
            task_seconds: 0,
            update_seconds: 0,
            settle_seconds: 0,
            grace_seconds: 0,
            roster: vec![plan::Person {
                name: "Sam K.".into(),
                owner_id: sam,
                on_call: true,
                ..plan::Person::default()
            }],
            ..plan::Settings::default()
        };
        plan_change(&mut plan);
        let mut stage = Self {
            org,
            hub: None,
            http: reqwest::Client::new(),
            folder: tempfile::tempdir().unwrap(),
            plan,
            change,
        };
        stage.start_hub().await;
        stage
    }

    /// Starts (or starts again) the hub on the same journal.
    pub async fn start_hub(&mut self) {
        self.start_hub_at(([127, 0, 0, 1], 0).into()).await;
    }

    /// Starts the hub again, with other options than it was set up with.
    pub async fn start_hub_as(&mut self, change: impl Fn(&mut hub::Options)) {
        let mut options = self.options(self.folder.path());
        (self.change)(&mut options);
        change(&mut options);
        self.hub = Some(hub::start(options).await.unwrap());
    }

    /// The same, at this address.
    pub async fn start_hub_at(&mut self, listen: std::net::SocketAddr) {
        let mut options = hub::Options { listen, ..self.options(self.folder.path()) };
        (self.change)(&mut options);
        self.hub = Some(hub::start(options).await.unwrap());
    }

    /// Stops the hub in good order.
    pub async fn stop_hub(&mut self) {
        self.hub.take().unwrap().stop().await;
    }

    fn options(&self, data_dir: &Path) -> hub::Options {
        let vapi = intake::Settings {
            kind: "vapi".to_owned(),
            secrets: vec![SecretRef::given(SECRET)],
            ..intake::Settings::default()
        };
        let sources = BTreeMap::from([("vapi".to_owned(), vapi)]);
        let mut operators = Operators::default();
        for (token, name, role) in [
            (ANN, "Ann", OperatorRole::Dispatcher),
            (BOB, "Bob", OperatorRole::Dispatcher),
            (VIC, "Vic", OperatorRole::Viewer),
            (ADA, "Ada", OperatorRole::Admin),
        ] {
            operators.add(token, Operator { name: name.into(), role });
        }
        hub::Options {
            listen: ([127, 0, 0, 1], 0).into(),
            data_dir: data_dir.to_owned(),
            retain: None,
            store: None,
            sources: Sources::build(&sources, &Region::default()).unwrap(),
            recorder: None,
            operators,
            door: hub::Door::default(),
            plan: self.plan.clone(),
            call_back: None,
            salesforce: Some(salesforce::Settings {
                login_url: self.org.base_url.clone(),
                client_id: self.org.client_id.clone(),
                client_secret: Some(SecretRef::given(&self.org.client_secret)),
                // Of no use until a test chooses that flow.
                refresh_token: Some(SecretRef::given(&self.org.refresh_token)),
                timeout_seconds: 2,
                ..salesforce::Settings::default()
            }),
            notice: callboard::notice::Settings::default(),
            rules: Rules::shipped(),
            business: "Test Plumbing".into(),
            zone: jiff::tz::TimeZone::UTC,
            demo: false,
        }
    }

    pub fn url(&self) -> String {
        self.hub.as_ref().unwrap().url()
    }

    /// Posts a webhook and returns the status.
    pub async fn post(&self, message: &Value) -> StatusCode {
        self.post_bytes(message.to_string().into_bytes(), SECRET).await.0
    }

    /// Posts any bytes with any secret.
    pub async fn post_bytes(&self, body: Vec<u8>, secret: &str) -> (StatusCode, String) {
        let answer = self
            .http
            .post(format!("{}/hooks/vapi", self.url()))
            .header("X-Vapi-Secret", secret)
            .header("Content-Type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        (answer.status(), answer.text().await.unwrap())
    }

    /// Posts webhooks in order; every one must be taken.
    pub async fn tell(&self, messages: impl IntoIterator<Item = Value>) {
        for message in messages {
            assert_eq!(self.post(&message).await, StatusCode::OK, "{message}");
        }
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, path: &str) -> T {
        let url = format!("{}{path}", self.url());
        let answer = self.http.get(url).bearer_auth(VIC).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    pub async fn status(&self) -> callboard::wire::Status {
        self.get("/v1/status").await
    }

    pub async fn calls(&self) -> Vec<CallSummary> {
        let page: CallPage = self.get("/v1/calls?limit=1000").await;
        assert_eq!(page.next, None, "a test with more than a page of calls");
        page.calls
    }

    pub async fn call(&self, call: &str) -> CallDetail {
        self.get(&format!("/v1/calls/vapi:{call}")).await
    }

    pub async fn writes(&self) -> Vec<WriteSummary> {
        self.get("/v1/writes").await
    }

    /// Posts an order on a call; the answer's status and body.
    pub async fn order(&self, token: &str, call: &str, order: Value) -> (StatusCode, Value) {
        self.act(token, &format!("/v1/calls/vapi:{call}/actions"), order).await
    }

    /// The same, for orders that must succeed.
    pub async fn receipt(&self, token: &str, call: &str, order: Value) -> Receipt {
        let (status, body) = self.order(token, call, order).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    pub async fn act(&self, token: &str, path: &str, order: Value) -> (StatusCode, Value) {
        let url = format!("{}{path}", self.url());
        let answer = self.http.post(url).bearer_auth(token).json(&order).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap_or(json!(null)))
    }

    /// The org's Lead of a call.
    pub fn lead(&self, call: &str) -> Option<Map<String, Value>> {
        let id = format!("vapi:{call}");
        let mut found =
            self.org.records("Lead").into_iter().filter(|lead| lead["Callboard_Id__c"] == id);
        let lead = found.next();
        assert!(found.next().is_none(), "two Leads for {id}");
        lead
    }

    /// Waits until the org's Lead of a call fits.
    pub async fn lead_with(
        &self,
        call: &str,
        fits: impl Fn(&Map<String, Value>) -> bool,
    ) -> Map<String, Value> {
        let what = format!("the Lead of {call} is right; it is {:?}", self.lead(call));
        until(&what, async || self.lead(call).filter(&fits)).await
    }

    /// Waits until no write of the hub is on its way.
    pub async fn settled(&self) {
        until("every write has settled", async || {
            let writes = self.writes().await;
            let open = writes.iter().any(|write| {
                !write.state.is_end() && write.state != callboard::wire::WriteState::Failed
            });
            (!open).then_some(())
        })
        .await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
