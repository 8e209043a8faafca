//! A mapping that misses is seen: by who tries it, and in the log of a hub that runs with it.

use std::{fs::File, process::Command};

use callboard::{intake::Accepted, wire::Status};
use serde_json::{Value, json};

use super::samples::{Sample, sources};
use crate::{
    support::{
        process::{Process, local_token, program},
        until,
    },
    tools::{callboard, printed},
};

const MAPPING: &str = r#"
    [MAPPED.mapping]
    event = "/type"
    events = { line = "said", done = "report", note = "update" }
    [MAPPED.mapping.fields]
    id = "/id"
    direction = "/dir"
    started_at = "/began"
    answered = "/answered"
    role = "/party"
    text = "/words"
    [MAPPED.mapping.lines]
    list = "/lines"
    role = "/who"
    text = "/words"
"#;

fn config(name: &str) -> String {
    let source = "kind = \"generic\"\nauth = { scheme = \"secret\", header = \"x-key\" }\n";
    format!("[{name}]\n{source}{}", MAPPING.replace("MAPPED", name))
}

fn sent(body: &Value) -> Accepted {
    let sources = sources(&config("it"), &["s"]);
    let source = sources.get("it").unwrap();
    let sample = Sample::new(body.to_string().as_bytes()).signed_for(source);
    sample.sent_to(source).unwrap()
}

#[test]
fn what_stands_where_the_mapping_points_and_means_nothing_is_told() {
    let line = json!({"type": "line", "id": "1", "party": "user", "words": "hi", "dir": "inbound"});
    let done = json!({"type": "done", "id": "1", "answered": "no", "began": 1_776_178_800,
        "lines": [{"who": "system", "words": "x"}, {"who": "bot", "words": "hi"}]});
    for (body, member, other, told) in [
        (&line, "party", json!("HUMAN_A"), "mapping.fields.role: \"HUMAN_A\" is not understood"),
        (&line, "party", json!(null), "mapping.fields.role: nothing stands there"),
        (&line, "words", json!(null), "mapping.fields.text: nothing stands there"),
        (&line, "id", json!({"a": 1}), "mapping.fields.id: nothing stands there"),
        (&line, "dir", json!("IN"), "mapping.fields.direction: \"IN\" is not understood"),
        (
            &done,
            "lines",
            json!([{"who": "bot", "words": "hi"}, {"who": "HUMAN_A", "words": "hi"}]),
            "mapping.lines.role: \"HUMAN_A\" is not understood",
        ),
        (&done, "lines", json!({"a": 1}), "mapping.lines.list: nothing stands there"),
        (
            &done,
            "began",
            json!("2026-11-27T02:00:00"),
            "mapping.fields.started_at: \"2026-11-27T02:00:00\" is not understood",
        ),
        (&done, "answered", json!("maybe"), "mapping.fields.answered: \"maybe\" is not understood"),
    ] {
        assert_eq!(sent(body).unread, [], "{body}");
        let mut body = body.clone();
        body[member] = other;
        let accepted = sent(&body);
        let unread: Vec<String> = accepted.unread.iter().map(ToString::to_string).collect();
        assert_eq!(unread, [told], "{body}");
        assert_eq!(accepted.events.is_empty(), member == "id");
    }
    let note = json!({"type": "note", "id": "1"});
    assert_eq!(sent(&note).unread, [], "what is not there need not be");
}

#[test]
fn source_test_says_what_it_did_not_understand() {
    let folder = tempfile::tempdir().unwrap();
    let (file, body) = (folder.path().join("callboard.toml"), folder.path().join("body.json"));
    let secret = "secrets = [\"env:KEY\"]\n[sources.acme.mapping]";
    let text = config("sources.acme").replacen("[sources.acme.mapping]", secret, 1);
    std::fs::write(&file, text).unwrap();
    let said = json!({"type": "line", "id": "1", "party": "HUMAN_A", "words": "hi"});
    std::fs::write(&body, said.to_string()).unwrap();
    let arguments =
        ["--config", file.to_str().unwrap(), "source", "test", "acme", body.to_str().unwrap()];
    let told = printed(&callboard(&arguments, &[("KEY", "k")]));
    let expected = "not read   mapping.fields.role: \"HUMAN_A\" is not understood";
    assert!(told.contains(expected), "{told}");
}

/// Everything that loses calls politely is in the log, each once, and nobody's words with it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_source_is_in_the_log_once_and_on_the_board() {
    let folder = tempfile::tempdir().unwrap();
    let (file, log) = (folder.path().join("callboard.toml"), folder.path().join("log"));
    let secret = "secrets = [\"env:KEY\"]\n[sources.acme.mapping]";
    let text = config("sources.acme").replacen("[sources.acme.mapping]", secret, 1);
    std::fs::write(&file, text).unwrap();
    let mut hub = Command::new(program());
    hub.arg("--config").arg(&file);
    hub.args(["hub", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path().join("data"));
    hub.env("KEY", "k").env("CALLBOARD_LOG", "warn").stderr(File::create(&log).unwrap());
    let mut hub = Process::of(hub).unwrap();
    let url = format!("{}/hooks/acme", hub.ready["url"].as_str().unwrap());
    let http = reqwest::Client::new();
    for n in 0..3 {
        for body in [
            format!(r#"{{"type": "line", "id": "1", "party": "ZEBRA", "words": "hi {n}"}}"#),
            r#"{"type": "line", "party": "user", "words": "zebra"}"#.to_owned(),
            r#"{"type": "line", "id": "zebra"#.to_owned(),
        ] {
            let post = http.post(&url).header("x-key", "k").body(body);
            post.header("content-type", "application/json").send().await.unwrap();
        }
        http.post(&url).header("x-key", "zebra").body("{}").send().await.unwrap();
    }
    let status = format!("{}/v1/status", hub.ready["url"].as_str().unwrap());
    let token = local_token(&folder.path().join("data"));
    let shown = async || {
        let status = http.get(&status).bearer_auth(&token).send().await.unwrap();
        let status: Status = status.json().await.unwrap();
        let mut whys: Vec<String> =
            status.failing_sources.iter().map(|it| format!("{:?} {}", it.fault, it.why)).collect();
        whys.sort();
        whys
    };
    // Whoever knows the secret came after whoever did not: of that nothing is shown any more.
    let failing = shown().await;
    let expected = [
        "Refused the body can't be read",
        "Unread mapping.fields.id",
        "Unread mapping.fields.role",
    ];
    assert_eq!(failing.len(), expected.len(), "{failing:?}");
    for (said, begins) in failing.iter().zip(expected) {
        assert!(said.starts_with(begins), "{failing:?}");
    }
    hub.signal("TERM");
    until("the hub has stopped", || std::future::ready(hub.has_ended().then_some(()))).await;
    let log = std::fs::read_to_string(log).unwrap();
    for what in ["mapping.fields.role", "mapping.fields.id", "malformed", "unauthorized"] {
        let lines = log.lines().filter(|line| line.contains(what)).count();
        assert_eq!(lines, 1, "{what}: {log}");
    }
    assert!(log.contains("acme") && !log.to_lowercase().contains("zebra"), "{log}");
}
