//! Every example in its provider's words, and what it becomes.

use callboard::intake::{Accepted, Refused, Sources};
use serde_json::{Value, json};

use super::samples::{Sample, bytes, folder, headers, manifest, sources};
use jiff::Timestamp;

/// The secret of examples that come without headers.
const OWN: &str = "a secret of our own";

/// An example with one set of headers.
struct Example {
    /// The file, or the file of its headers.
    name: String,
    provider: String,
    secret: String,
    /// Only the secret is proven by its headers, not the body.
    secret_alone: bool,
    /// One of several sets of headers of one body.
    another: bool,
    sources: Sources,
    sample: Sample,
}

/// The config that fits an example's headers.
fn config(provider: &str, headers: &str) -> String {
    let more = match provider {
        "vapi" if headers.contains(".bearer.") => "auth = { scheme = \"bearer\" }",
        "vapi" if headers.contains(".hmac-default.") => "auth = { scheme = \"hmac\" }",
        "vapi" if headers.contains(".hmac-body.") => {
            "auth = { scheme = \"hmac\", header = \"x-vapi-signature\", payload = \"{body}\" }"
        }
        "twilio" => "public_url = \"https://calls.example.com\"",
        _ => "",
    };
    format!("[it]\nkind = \"{provider}\"\n{more}")
}

/// Every webhook among the examples.
fn examples() -> Vec<Example> {
    let manifest = manifest();
    let files = manifest["entries"].as_array().unwrap().iter().map(|entry| {
        let text = |name: &str| entry[name].as_str().unwrap().to_owned();
        (text("provider"), text("file"), entry["headers"].as_array().unwrap().clone())
    });
    // The manifest does not list the forms, nor those made here.
    let forms = std::fs::read_dir(folder().join("twilio")).unwrap().filter_map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        name.ends_with(".decoded.json").then(|| ("twilio".into(), format!("twilio/{name}"), vec![]))
    });
    let own = [
        "bland/call.started.json",
        "callrail/call-modified.json",
        "elevenlabs/call_initiation_failure.json",
        "leaddistro/lead.without-id.json",
        "nextphone/call.completed.marked.json",
        "nextphone/call.completed.no-speakers.json",
        "openai-sip/realtime.call.incoming.display-name.json",
        "retell/call_ended.no-answer.json",
        "vapi/end-of-call-report.encrypted.json",
        "vapi/tool-calls.without-type.json",
    ];
    let own = own.map(|file| (file.split('/').next().unwrap().to_owned(), file.to_owned(), vec![]));
    let mut examples = Vec::new();
    for (provider, file, headers) in files.chain(forms).chain(own) {
        let other = ["vapi/create-call", "vapi/reply", "standard-webhooks/", "twilio/test-vector"];
        if other.iter().any(|start| file.starts_with(start)) {
            continue;
        }
        if headers.is_empty() {
            examples.push(signed_here(provider, file));
            continue;
        }
        for (n, entry) in headers.iter().enumerate() {
            examples.push(with_headers(&provider, &file, entry, n > 0));
        }
    }
    examples.sort_by(|a, b| a.name.cmp(&b.name));
    examples
}

fn with_headers(provider: &str, file: &str, entry: &Value, another: bool) -> Example {
    let name = entry["file"].as_str().unwrap();
    let secret = entry["secret"].as_str().unwrap();
    let mut sample = body(provider, file);
    sample.headers = headers(&String::from_utf8(bytes(name)).unwrap());
    if let Some(second) = entry["verify_at_unix"].as_i64() {
        sample.now = Timestamp::from_second(second).unwrap();
    }
    Example {
        name: name.to_owned(),
        provider: provider.to_owned(),
        secret: secret.to_owned(),
        secret_alone: ["x-vapi-secret", "authorization"]
            .iter()
            .any(|header| sample.headers.contains_key(*header)),
        another,
        sources: sources(&config(provider, name), &["retired", secret]),
        sample,
    }
}

fn signed_here(provider: String, file: String) -> Example {
    let sources = sources(&config(&provider, ""), &[OWN, "retired"]);
    let mut sample = body(&provider, &file);
    if provider == "callrail" {
        // Its clock is in the body.
        let body: Value = serde_json::from_slice(&sample.body).unwrap();
        sample.now = body["timestamp"].as_str().unwrap().parse().unwrap();
    }
    let sample = sample.signed_for(sources.get("it").unwrap());
    let secret = OWN.to_owned();
    let secret_alone = provider == "vapi";
    Example { name: file, provider, secret, secret_alone, another: false, sources, sample }
}

/// The body as the provider posts it, and where to.
fn body(provider: &str, file: &str) -> Sample {
    let mut sample = Sample::new(&bytes(file));
    if file.ends_with(".decoded.json") {
        sample = sample.into_form();
    }
    if provider == "callrail" {
        let event = file.split('/').nth(1).unwrap().split('.').next().unwrap();
        sample.path = format!("/{event}");
    }
    sample
}

impl Example {
    fn sent(&self, sample: &Sample) -> Result<Accepted, Refused> {
        sample.sent_to(self.sources.get("it").unwrap())
    }
}

#[test]
fn each_is_accepted_with_its_headers_and_refused_when_changed() {
    let examples = examples();
    assert!(examples.len() > 60, "only {} examples", examples.len());
    for example in &examples {
        let name = &example.name;
        let accepted = example.sent(&example.sample);
        let accepted = accepted.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(accepted.events.is_empty() == accepted.ignored.is_some(), "{name}: {accepted:?}");
        let mut changed = example.sample.clone();
        if example.secret_alone {
            for value in changed.headers.values_mut() {
                let text = value.to_str().unwrap().replace(&example.secret[1..], "other");
                *value = text.parse().unwrap();
            }
            assert!(matches!(example.sent(&changed), Err(Refused::Unauthorized(_))), "{name}");
            continue;
        }
        for place in [0, changed.body.len() / 2, changed.body.len() - 1] {
            let mut changed = example.sample.clone();
            changed.body[place] ^= 1;
            let refused = example.sent(&changed);
            assert!(matches!(refused, Err(Refused::Unauthorized(_))), "{name} changed at {place}");
        }
        changed.headers.clear();
        assert!(matches!(example.sent(&changed), Err(Refused::Unauthorized(_))), "{name} bare");
    }
}

#[test]
fn each_becomes_what_the_snapshot_says() {
    for example in examples().iter().filter(|example| !example.another) {
        let accepted = example.sent(&example.sample).unwrap();
        let told = json!({
            "events": accepted.events,
            "ignored": accepted.ignored,
            "reply": String::from_utf8_lossy(&accepted.reply.body),
        });
        let file = example.name.split_once('/').unwrap().1;
        let file = file.trim_end_matches(".headers").trim_end_matches(".json");
        let name = format!("{}__{}", example.provider, file.trim_end_matches(".decoded"));
        let folder = folder().join("../becomes");
        insta::with_settings!({ snapshot_path => folder, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&told).unwrap());
        });
    }
}
