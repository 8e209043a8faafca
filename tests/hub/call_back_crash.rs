//! The real hub dies while it has a caller rung back. VAPI can't tell a repetition, so that is asked
//! for once or not at all.

use callboard::{
    call::AttemptOutcome,
    wire::{CallBackState, CallDetail},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    process::{Process, local_token},
    stage::SECRET,
    until, vapi,
    vapi_api::{KEY, VapiApi},
};

/// Where it is to die, and how often VAPI was asked by then.
pub const POINTS: &[(&str, u32)] =
    &[("call_back.recorded", 0), ("call_back.asked", 1), ("call_back.noted", 1)];

const NUMBER: &str = "+12125550199";
const START: i64 = 1_776_178_800;

struct Trial {
    folder: tempfile::TempDir,
    http: reqwest::Client,
    hub: Option<Process>,
}

impl Trial {
    fn start(&mut self, crash_at: Option<&str>) {
        let (config, data) = (self.folder.path().join("callboard.toml"), self.data());
        let (config, data) = (config.to_str().unwrap(), data.to_str().unwrap());
        let arguments = ["--config", config, "hub", "--listen", "127.0.0.1:0", "--data-dir", data];
        let mut environment = vec![("HOOK", SECRET), ("KEY", KEY)];
        environment.extend(crash_at.map(|point| ("CALLBOARD_CRASH_AT", point)));
        self.hub = Some(Process::start(&arguments, &environment));
    }

    fn data(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.hub.as_ref().unwrap().ready["url"].as_str().unwrap())
    }

    async fn tell(&self, message: &Value) {
        let post = self.http.post(self.url("/hooks/vapi")).header("X-Vapi-Secret", SECRET);
        assert!(post.body(message.to_string()).send().await.unwrap().status().is_success());
    }

    /// The order to ring the caller back; no answer when the hub dies of it.
    async fn order(&self, id: &str) -> Option<StatusCode> {
        let order = json!({"do": "call_back", "id": id, "anyway": true});
        let post = self.http.post(self.url("/v1/calls/vapi:a/actions"));
        let post = post.bearer_auth(local_token(&self.data())).json(&order);
        post.send().await.ok().map(|answer| answer.status())
    }

    async fn call(&self) -> CallDetail {
        let get = self.http.get(self.url("/v1/calls/vapi:a"));
        let answer = get.bearer_auth(local_token(&self.data())).send().await.unwrap();
        answer.json().await.unwrap()
    }
}

fn of_number(mut message: Value) -> Value {
    message["message"]["call"]["customer"]["number"] = json!(NUMBER);
    message
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_to_be_rung_is_rung_once_or_not_at_all() {
    for (point, times) in POINTS {
        let vapi = VapiApi::start().await;
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n\
             [call_back]\nassistant_id = \"a\"\nphone_number_id = \"p\"\napi_key = \"env:KEY\"\n\
             base_url = \"http://{}\"\n",
            vapi.address
        );
        std::fs::write(folder.path().join("callboard.toml"), text).unwrap();
        let mut trial = Trial { folder, http: reqwest::Client::new(), hub: None };
        trial.start(Some(point));
        trial.tell(&of_number(vapi::status("a", "ended", START))).await;
        let answer = trial.order("ring-1").await;
        assert!(answer.is_none_or(|status| status == StatusCode::OK), "{point}: {answer:?}");
        let hub = trial.hub.as_mut().unwrap();
        until("the hub has died", || std::future::ready(hub.has_ended().then_some(()))).await;
        assert_eq!(vapi.asked(), *times, "{point}");

        // Whoever ordered it gets no answer and orders it again; a colleague does, too.
        trial.start(None);
        assert_eq!(trial.order("ring-1").await, Some(StatusCode::OK), "{point}");
        assert_eq!(trial.order("ring-2").await, Some(StatusCode::CONFLICT), "{point}");
        let told = trial.call().await.summary.call_back.unwrap();
        assert_eq!(told.state, CallBackState::Placing, "{point}: nobody knows yet");
        assert_eq!(vapi.asked(), *times, "{point}");
        // What became of it the call itself tells, if there is one.
        for placed in vapi.placed() {
            let mut ended = of_number(vapi::status("out1", "ended", START + 600));
            ended["message"]["call"]["assistantOverrides"] = placed["assistantOverrides"].clone();
            ended["message"]["endedReason"] = json!("customer-did-not-answer");
            trial.tell(&ended).await;
            until("the try is recorded", async || {
                let told = trial.call().await.summary.call_back?;
                (told.outcome == Some(AttemptOutcome::NoAnswer)).then_some(())
            })
            .await;
        }
    }
}
