//! What a real hub has under way at once, while those it asks take their time.

use callboard::sandbox::org::{self, Fault, FaultKind};
use futures_util::future::join_all;
use serde_json::json;

use super::measured;
use crate::support::{
    process::{Process, local_token},
    stage::SECRET,
    until, vapi,
};

const START: i64 = 1_776_178_800;

/// A hub of its own, so that what it measures is its own too.
struct Hub {
    folder: tempfile::TempDir,
    process: Process,
    http: reqwest::Client,
}

impl Hub {
    fn start(config: &str, environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("callboard.toml");
        let source = "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n";
        std::fs::write(&file, format!("{source}{config}")).unwrap();
        let data = folder.path().join("data");
        let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
        let arguments = ["--config", file, "hub", "--listen", "127.0.0.1:0", "--data-dir", data];
        let environment = [environment, &[("HOOK", SECRET)]].concat();
        let process = Process::start(&arguments, &environment);
        Self { process, folder, http: reqwest::Client::new() }
    }

    fn url(&self) -> &str {
        self.process.ready["url"].as_str().unwrap()
    }

    async fn measured(&self, name: &str) -> f64 {
        measured(self.url(), &local_token(&self.folder.path().join("data")), name).await
    }

    /// So many callers whose basements are flooded.
    async fn flood(&self, callers: usize) {
        let tell = async |n: usize| {
            let mut said = vapi::said(&format!("c{n}"), "user", "my basement is flooding", START);
            said["message"]["call"]["customer"]["number"] = json!(format!("+1212555{n:04}"));
            let post = self.http.post(format!("{}/hooks/vapi", self.url()));
            let post = post.header("x-vapi-secret", SECRET).body(said.to_string());
            assert!(post.send().await.unwrap().status().is_success());
        };
        join_all((0..callers).map(tell)).await;
    }

    /// Watches a number grow to `most`, and no further while more waits.
    async fn fills_up(&self, name: &str, most: f64) {
        until(&format!("{name} is {most}"), async || {
            let now = self.measured(name).await;
            assert!(now <= most, "{name} is {now}");
            (now >= most).then_some(())
        })
        .await;
        self.flood(10).await;
        assert!(self.measured(name).await <= most);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_deliveries_are_under_way_while_the_org_takes_its_time() {
    let org = org::start(org::Options::default()).await.unwrap();
    let config = format!(
        "[salesforce]\nlogin_url = \"{}\"\nclient_id = \"{}\"\nclient_secret = \"env:ORG\"\n\
         [plan]\nfirst_seconds = 0\nrecord_seconds = 0\nbatch_seconds = 0\n",
        org.base_url, org.client_id
    );
    let hub = Hub::start(&config, &[("ORG", &org.client_secret)]);
    org.set_fault(Fault::new(FaultKind::Latency { ms: 20_000, jitter_ms: 0 }));
    hub.flood(140).await;
    hub.fills_up("callboard_deliveries_under_way", 100.0).await;
    until("the others wait", async || {
        (hub.measured("callboard_unfinished_writes").await >= 140.0).then_some(())
    })
    .await;
    // What each of those calls had.
    let largest = async |what: &str| {
        hub.measured(&format!("callboard_largest_call{{what=\"{what}\"}}")).await
    };
    assert!(largest("events").await >= 1.0);
    assert_eq!(largest("lines").await, 1.0);
    let said = "my basement is flooding".len() as f64;
    assert_eq!((largest("judged_bytes").await, largest("actions").await), (said, 0.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_two_notices_are_under_way_while_nobody_answers() {
    // It takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = format!(
        "[dispatch]\nautomatic_urgency = 4\n\
         [[notice.channel]]\nname = \"office\"\npreset = \"slack\"\nurl = \"http://{}/\"\n\
         [[plan.roster]]\nname = \"Sam K.\"\nowner_id = \"005000000000001AAA\"\non_call = true\n\
         tell = [\"office:\"]\n",
        silent.local_addr().unwrap()
    );
    let hub = Hub::start(&config, &[]);
    hub.flood(40).await;
    hub.fills_up("callboard_notices_under_way", 32.0).await;
}
