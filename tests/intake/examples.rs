//! Every example in its provider's words, and what it becomes.

use callboard::intake::Refused;

use super::samples::{Example, Sample, bytes, folder, headers, signed_examples, sources};

/// The config that fits an example's headers.
fn config(example: &Example) -> String {
    let of = |kind: &str, auth: &str| format!("[it]\nkind = \"{kind}\"\n{auth}");
    let name = example.headers.as_str();
    match example.provider.as_str() {
        "vapi" if name.contains(".bearer.") => of("vapi", "auth = { scheme = \"bearer\" }"),
        "vapi" if name.contains(".hmac-default.") => of("vapi", "auth = { scheme = \"hmac\" }"),
        "vapi" if name.contains(".hmac-body.") => of(
            "vapi",
            "auth = { scheme = \"hmac\", header = \"x-vapi-signature\", payload = \"{body}\" }",
        ),
        kind => of(kind, ""),
    }
}

/// What goes the other way, or proves a signature scheme only.
fn is_webhook(example: &Example) -> bool {
    example.provider == "vapi" && !example.file.starts_with("vapi/create-call")
}

fn sample(example: &Example) -> Sample {
    let mut sample = Sample::new(&bytes(&example.file));
    sample.headers = headers(&String::from_utf8(bytes(&example.headers)).unwrap());
    sample.now = example.verify_at.unwrap_or(sample.now);
    sample
}

#[test]
fn each_is_accepted_with_its_headers_and_refused_when_changed() {
    for example in signed_examples().iter().filter(|example| is_webhook(example)) {
        let sources = sources(&config(example), &["retired", &example.secret]);
        let source = sources.get("it").unwrap();
        let genuine = sample(example);
        let accepted = genuine.sent_to(source).unwrap_or_else(|error| {
            panic!("{}: {error}", example.headers);
        });
        assert!(
            accepted.events.is_empty() == accepted.ignored.is_some(),
            "{}: {accepted:?}",
            example.headers
        );
        let secret_alone = genuine.headers.contains_key("x-vapi-secret")
            || genuine.headers.contains_key("authorization");
        let mut changed = genuine.clone();
        if secret_alone {
            // Nothing but the secret is proven: a changed one is refused.
            let mut secret = example.secret.clone().into_bytes();
            secret[0] ^= 1;
            changed.headers = headers(
                &String::from_utf8(bytes(&example.headers))
                    .unwrap()
                    .replace(&example.secret, std::str::from_utf8(&secret).unwrap()),
            );
            assert!(
                matches!(changed.sent_to(source), Err(Refused::Unauthorized(_))),
                "{}",
                example.headers
            );
        } else {
            for place in [0, changed.body.len() / 2, changed.body.len() - 1] {
                let mut changed = genuine.clone();
                changed.body[place] ^= 1;
                assert!(
                    matches!(changed.sent_to(source), Err(Refused::Unauthorized(_))),
                    "{} changed at {place}",
                    example.headers
                );
            }
        }
    }
}

#[test]
fn each_becomes_what_the_snapshot_says() {
    for example in signed_examples().iter().filter(|example| is_webhook(example)) {
        // One snapshot a body; other headers of it change nothing.
        if example.headers.trim_end_matches("headers") != example.file.trim_end_matches("json") {
            continue;
        }
        let sources = sources(&config(example), &[&example.secret]);
        let accepted = sample(example).sent_to(sources.get("it").unwrap()).unwrap();
        let told = serde_json::json!({
            "events": accepted.events,
            "ignored": accepted.ignored,
            "reply": String::from_utf8_lossy(&accepted.reply.body),
        });
        let name = example.file.trim_end_matches(".json").replace('/', "__");
        insta::with_settings!({ snapshot_path => folder().join("../becomes"), prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, serde_json::to_string_pretty(&told).unwrap());
        });
    }
}
