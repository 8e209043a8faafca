//! A disk that takes nothing, and one that takes its time.

use callboard::wire::{CallDetail, FromHub};
use reqwest::StatusCode;
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::{
    hub::stream::{attach_as, next},
    support::{
        stage::{Stage, VIC},
        until, vapi,
    },
};

const START: i64 = 1_776_178_800;

#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_is_slow_nobody_is_told_too_early_and_consoles_live() {
    let stage = Stage::set().await;
    let mut console = attach_as(&stage, VIC).await;
    // Whoever holds the file is as good as a disk that does not answer.
    let path = stage.folder.path().join("callboard.db");
    let mut disk = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    sqlx::query("BEGIN IMMEDIATE").execute(&mut disk).await.unwrap();
    let said = vapi::said("c", "user", "my basement is flooding", START);
    let (mut beats, mut shown) = (0, 0);
    let status = {
        let mut post = std::pin::pin!(stage.post(&said));
        while beats < 2 {
            tokio::select! {
                status = &mut post => panic!("answered with {status} before it was recorded"),
                message = next(&mut console) => match message {
                    FromHub::Beat { .. } => beats += 1,
                    FromHub::Update { calls, .. } => shown += calls.len(),
                    _ => {}
                }
            }
        }
        assert_eq!(shown, 0, "nothing is shown either");
        let healthy = stage.http.get(format!("{}/healthz", stage.url())).send().await.unwrap();
        assert_eq!(healthy.status(), StatusCode::OK);
        sqlx::query("COMMIT").execute(&mut disk).await.unwrap();
        post.await
    };
    assert_eq!(status, StatusCode::OK);
    assert_eq!(stage.call("c").await.lines.len(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn while_the_disk_takes_nothing_nothing_is_acknowledged_and_readyz_says_so() {
    use std::process::Command;

    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    use crate::support::{
        process::{Process, local_token, program},
        stage::SECRET,
    };

    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    let text = "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n";
    std::fs::write(&config, text).unwrap();
    let data_dir = folder.path().join("data");
    let start = || {
        // A write beyond the limit is then an error, as one on a full disk is, and no signal.
        let mut hub = Command::new("sh");
        hub.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(program());
        hub.arg("--config").arg(&config).args(["hub", "--listen", "127.0.0.1:0", "--data-dir"]);
        hub.arg(&data_dir).env("HOOK", SECRET);
        // Its log is on the same full disk.
        hub.stderr(std::fs::File::create(folder.path().join("log")).unwrap());
        Process::of(hub).unwrap()
    };
    let http = reqwest::Client::new();
    let post = async |hub: &Process, line: i64| {
        let said = vapi::said("c", "user", &format!("line {line}"), START + line);
        let url = format!("{}/hooks/vapi", hub.ready["url"].as_str().unwrap());
        let sent = http.post(url).header("X-Vapi-Secret", SECRET).body(said.to_string());
        sent.send().await.unwrap().status()
    };
    let look = async |hub: &Process, path: &str| {
        let url = format!("{}{path}", hub.ready["url"].as_str().unwrap());
        let token = local_token(&data_dir);
        http.get(url).bearer_auth(token).send().await.unwrap()
    };
    let hub = start();
    let limit = |bytes: Option<u64>| {
        let pid = Pid::from_raw(hub.id().try_into().unwrap());
        prlimit(pid, Resource::Fsize, Rlimit { current: bytes, maximum: None }).unwrap();
    };
    assert_eq!(post(&hub, 1).await, StatusCode::OK);
    assert_eq!(look(&hub, "/readyz").await.status(), StatusCode::OK);
    limit(Some(1));
    until("it is seen within a second", async || {
        let answer = look(&hub, "/readyz").await;
        (answer.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    for line in 2..5 {
        assert_eq!(post(&hub, line).await, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(look(&hub, "/readyz").await.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(look(&hub, "/healthz").await.status(), StatusCode::OK);
    }
    limit(None);
    until("there is room, and the hub goes on by itself", async || {
        (look(&hub, "/readyz").await.status() == StatusCode::OK).then_some(())
    })
    .await;
    assert_eq!(post(&hub, 5).await, StatusCode::OK);
    hub.kill();
    let hub = start();
    let detail: CallDetail = look(&hub, "/v1/calls/vapi:c").await.json().await.unwrap();
    let lines: Vec<&str> = detail.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(lines, ["line 1", "line 5"]);
}
