//! What the hub tells of itself: measurements that the docs list, a request's id, and logs that
//! keep secrets at every level and callers' words above debug.

use std::{collections::BTreeSet, fs::File, process::Command};

use regex::Regex;
use serde_json::json;

use crate::support::{
    process::{Process, local_token, program},
    stage::{ANN, Stage},
    until, vapi,
};

/// Names in `text`, without the endings that Prometheus's format puts to a histogram.
fn names(text: &str) -> BTreeSet<String> {
    let name = Regex::new(r"callboard_[a-z_]+").unwrap();
    let ending = Regex::new("_(bucket|sum|count)$").unwrap();
    name.find_iter(text).map(|it| ending.replace(it.as_str(), "").into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_measured_is_listed() {
    let stage = Stage::set().await;
    stage.tell([vapi::said("m", "user", "my basement is flooding", 1_776_178_800)]).await;
    stage.lead_with("m", |_| true).await;
    stage.settled().await;
    let url = format!("{}/metrics", stage.url());
    let told = stage.http.get(url).send().await.unwrap().text().await.unwrap();
    let listed = include_str!("../../docs/operations.md");
    let listed = listed.lines().filter(|line| line.starts_with("| `callboard_"));
    let listed: String = listed.collect();
    let unlisted: Vec<_> = names(&told).difference(&names(&listed)).cloned().collect();
    assert!(unlisted.is_empty(), "docs/operations.md does not list {unlisted:?}");
    let value = |name: &str| {
        let line = told.lines().find(|line| line.starts_with(name));
        let line = line.unwrap_or_else(|| panic!("no {name} in {told}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    // Hubs of other tests are measured with it.
    for name in ["callboard_hook_seconds", "callboard_commit_seconds"] {
        assert!(value(&format!("{name}_count")) >= 1.0);
        assert!(value(&format!("{name}_sum")) > 0.0);
    }
    assert!(value("callboard_delivery_seconds_count{outcome=\"done\"}") >= 1.0);
    assert!(told.contains("callboard_commit_seconds_bucket{le=\"0.005\"}"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_an_id_of_its_own() {
    let stage = Stage::set().await;
    let mut seen = BTreeSet::new();
    for path in ["/healthz", "/v1/calls", "/v1/calls/nonsense", "/nowhere", "/hooks/vapi"] {
        let answer = stage.http.get(format!("{}{path}", stage.url())).bearer_auth(ANN).send();
        let id = answer.await.unwrap().headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(id.len() == 36 && seen.insert(id), "{path}");
    }
}

/// What the real program logs at this level while a caller is heard, led to Salesforce and routed,
/// strangers knock, and a token is made; and the secrets of all that.
async fn logged(level: &str) -> (String, Vec<String>) {
    let mut stage = Stage::set().await;
    stage.stop_hub().await;
    let folder = tempfile::tempdir().unwrap();
    let (config, log) = (folder.path().join("callboard.toml"), folder.path().join("log"));
    let text = format!(
        "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n\
         [salesforce]\nlogin_url = \"{}\"\nclient_id = \"{}\"\nflow = \"refresh_token\"\n\
         client_secret = \"env:ORG\"\nrefresh_token = \"env:REFRESH\"\n\
         [plan]\nfirst_seconds = 0\nrecord_seconds = 0\nbatch_seconds = 0\nsettle_seconds = 0\n",
        stage.org.base_url, stage.org.client_id
    );
    std::fs::write(&config, text).unwrap();
    let mut hub = Command::new(program());
    hub.arg("--config").arg(&config);
    hub.args(["hub", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path().join("data"));
    hub.env("CALLBOARD_LOG", level).env("CALLBOARD_LOG_FORMAT", "json");
    let hook = "hook-secret-7f3a";
    hub.env("HOOK", hook).env("ORG", &stage.org.client_secret);
    hub.env("REFRESH", &stage.org.refresh_token);
    hub.stderr(File::create(&log).unwrap());
    let mut hub = Process::of(hub).unwrap();
    let url = hub.ready["url"].as_str().unwrap().to_owned();
    let token = local_token(&folder.path().join("data"));

    let mut said = vapi::said("s", "user", "the zebra room is flooding", 1_776_178_800);
    said["message"]["call"]["customer"]["number"] = json!("+12125550142");
    for secret in [hook, "a-guess-9c1d"] {
        let post = stage.http.post(format!("{url}/hooks/vapi")).header("x-vapi-secret", secret);
        post.body(said.to_string()).send().await.unwrap();
    }
    until("the Lead is there", async || stage.lead("s")).await;
    let act = format!("{url}/v1/calls/vapi:s/actions");
    for token in [token.as_str(), "another-guess-41b2"] {
        let order = json!({ "do": "urgency", "urgency": 4 });
        stage.http.post(&act).bearer_auth(token).json(&order).send().await.unwrap();
    }
    hub.signal("TERM");
    until("the hub has stopped", || std::future::ready(hub.has_ended().then_some(()))).await;
    let secrets = [
        hook,
        "a-guess-9c1d",
        "another-guess-41b2",
        token.as_str(),
        &stage.org.client_secret,
        &stage.org.refresh_token,
    ];
    let secrets = secrets.map(str::to_owned).into_iter().chain(stage.org.tokens());
    (std::fs::read_to_string(log).unwrap(), secrets.collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_logged_whatever_the_level() {
    let (log, secrets) = logged("trace").await;
    assert!(log.contains("\"TRACE\"") && log.contains("\"answered\""), "it logged: {log}");
    assert!(secrets.len() > 6);
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} in {line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_words_or_number_of_a_caller_are_logged_above_debug() {
    let (log, _) = logged("info").await;
    assert!(
        !log.contains("zebra") && !log.contains("5550142") && !log.contains("555-0142"),
        "{log}"
    );
}
