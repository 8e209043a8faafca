//! A mapping that misses is seen: by who tries it, and in the log of a hub that runs with it.

use std::{collections::BTreeMap, fs::File, process::Command};

use callboard::{
    call::{Call, Fact, Region, Role},
    intake::{Accepted, Settings, Sources},
    secret::SecretRef,
    wire::Status,
};
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
fn what_the_config_does_not_know_a_word_for_is_told() {
    let sent = |mapping: &str, body: &Value| {
        let config =
            format!("[it]\nkind = \"generic\"\nauth.scheme = \"standard-webhooks\"\n{mapping}");
        let sources = sources(&config, &["c2VjcmV0"]);
        let source = sources.get("it").unwrap();
        let accepted = Sample::new(body.to_string().as_bytes()).signed_for(source).sent_to(source);
        let unread = accepted.unwrap().unread;
        unread.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let kinds = "mapping.fields.id = \"/id\"\nmapping.event = \"/type\"\nmapping.events = ";
    let all = format!("{kinds}{{ done = \"report\", \"*\" = \"ignore\" }}");
    let some = format!("{kinds}{{ done = \"report\" }}");
    for (mapping, body, told) in [
        (&all, json!({"id": 1, "type": "done"}), None),
        (&all, json!({"id": 1, "type": "other"}), None),
        (&all, json!({"id": 1, "kind": "done"}), Some("mapping.event: nothing stands there")),
        (&some, json!({"id": 1, "kind": "done"}), Some("mapping.event: nothing stands there")),
        (&some, json!({"id": 1, "type": "don"}), Some("mapping.events: \"don\" is not understood")),
    ] {
        let told: Vec<&str> = told.into_iter().collect();
        assert_eq!(sent(mapping, &body), told, "{mapping}: {body}");
    }
    let table = "{ path = \"/how\", values = { UP = true, DOWN = false } }";
    let ended = "mapping.fields.id = \"/id\"\nmapping.events = { \"*\" = \"ended\" }";
    let one = format!("{ended}\nmapping.fields.answered = {table}");
    let unknown = json!({"id": 1, "how": "UNREACHED"});
    let told = ["mapping.fields.answered: \"UNREACHED\" is not understood"];
    assert_eq!(sent(&one, &unknown), told);
    for body in [json!({"id": 1, "how": "UP"}), json!({"id": 1, "how": null}), json!({"id": 1})] {
        assert_eq!(sent(&one, &body), [""; 0], "{body}");
    }
    let several = format!("{ended}\nmapping.fields.answered = [{table}, \"/taken\"]");
    assert_eq!(sent(&several, &unknown), [""; 0], "it leads to the next place");
    let rest = one.replace("DOWN = false", "\"*\" = false");
    assert_eq!(sent(&rest, &unknown), [""; 0]);
}

/// An emergency that is not heard is worse than a question of ours that is.
#[test]
fn whom_nobody_knows_is_taken_for_the_caller_and_a_machine_for_nobody() {
    let line = |party: Value| json!({"type": "line", "id": "1", "party": party, "words": "gas!"});
    for (party, heard) in [
        (json!("HUMAN_A"), Some(Role::Caller)),
        (json!(null), Some(Role::Caller)),
        (json!(" "), Some(Role::Caller)),
        (json!("bot"), Some(Role::Agent)),
        (json!("system"), None),
    ] {
        let of = |fact: &Fact| match fact {
            Fact::Said(line) => Some(line.role),
            Fact::Report(report) => report.lines.first().map(|line| line.role),
            _ => None,
        };
        let role = |body: &Value| sent(body).events[0].facts.iter().find_map(of);
        assert_eq!(role(&line(party.clone())), heard, "{party}");
        let lines = json!([{"who": party, "words": "gas!"}]);
        let report = json!({"type": "done", "id": "1", "lines": lines});
        assert_eq!(role(&report), heard, "{party}");
    }
}

/// What the config may say is read as it says it.
#[test]
fn a_direction_is_one_however_it_is_written() {
    for (word, phone) in [("Inbound", "+16145550142"), (" OUTBOUND", "+16145550100")] {
        let config = format!(
            "[it]\nkind = \"generic\"\nauth.scheme = \"standard-webhooks\"\n\
             mapping.fields.id = \"/id\"\nmapping.events = {{ \"*\" = \"report\" }}\n\
             mapping.fields.from = \"/from\"\nmapping.fields.to = \"/to\"\n\
             mapping.fields.direction = {{ path = \"/d\", values = {{ it = {word:?} }} }}"
        );
        let sources = sources(&config, &["c2VjcmV0"]);
        let source = sources.get("it").unwrap();
        let body = json!({"id": 1, "d": "it", "from": "+16145550142", "to": "+16145550100"});
        let sample = Sample::new(body.to_string().as_bytes()).signed_for(source);
        let accepted = sample.sent_to(source).unwrap();
        assert_eq!(accepted.unread, [], "{word}");
        let mut call = Call::begin(&accepted.events[0]);
        call.apply(&accepted.events[0]);
        assert_eq!(call.phone().unwrap().as_str(), phone, "{word}");
    }
}

#[test]
fn a_mapping_that_can_mean_nothing_is_refused() {
    let build = |mapping: &str| {
        let config = format!(
            "[it]\nkind = \"generic\"\nauth.scheme = \"standard-webhooks\"\n\
             mapping.fields.id = \"/id\"\n{mapping}"
        );
        let mut settings: BTreeMap<String, Settings> = toml::from_str(&config).unwrap();
        settings.get_mut("it").unwrap().secrets = vec![SecretRef::given("c2VjcmV0")];
        Sources::build(&settings, &Region::default()).unwrap_err().to_string()
    };
    let report = "mapping.events = { \"*\" = \"report\" }\n";
    for flag in ["\"yes\"", "\"No\"", "1", "true"] {
        let fine = format!(
            "[it]\nkind = \"generic\"\nauth.scheme = \"standard-webhooks\"\n\
             mapping.fields.id = \"/id\"\nmapping.events = {{ \"*\" = \"report\" }}\n\
             mapping.fields.answered = {{ path = \"/a\", values = {{ UP = {flag} }} }}"
        );
        sources(&fine, &["c2VjcmV0"]);
    }
    let place = "say where the kind of a message stands, such as event = \"/type\"";
    let refused = build("mapping.events = { done = \"report\", \"*\" = \"ignore\" }");
    assert!(refused.contains(place), "{refused}");
    for (field, stray) in [
        ("direction = { path = \"/d\", values = { in = \"incoming\" } }", "incoming"),
        ("answered = { path = \"/a\", values = { UP = \"answered\" } }", "answered"),
        ("voicemail = { default = \"perhaps\" }", "perhaps"),
    ] {
        let refused = build(&format!("{report}mapping.fields.{field}"));
        assert!(refused.contains(&format!("{stray:?}")), "{refused}");
    }
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
    let slip = "not there  mapping.fields.direction, mapping.fields.answered, \
                mapping.fields.started_at, mapping.lines.list";
    assert!(told.contains(slip), "{told}");
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
