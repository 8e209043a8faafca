//! What is let in, and what is not.

use base64::{Engine, prelude::BASE64_STANDARD};
use callboard::{
    call::{CallState, Region},
    intake::{Refused, Settings, Source, Sources},
    secret::SecretRef,
};
use jiff::{SignedDuration, Timestamp};

use super::samples::{Sample, bytes, headers, sources, start};

const BODY: &[u8] =
    br#"{"message":{"type":"status-update","status":"ringing","call":{"id":"c1"}}}"#;

fn refused(sample: &Sample, source: &Source) -> Refused {
    sample.sent_to(source).unwrap_err()
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

#[test]
fn every_knob_of_hmac_signs_and_verifies() {
    let templates = [
        "{body}",
        "{timestamp}.{body}",
        "{method}:{url}:{timestamp}:{body}",
        "{svix-id}.{timestamp}.{body}",
        "v0:{timestamp}:{body}:end",
    ];
    for algorithm in ["sha1", "sha256", "sha512"] {
        for encoding in ["hex", "base64"] {
            for (secret, secret_encoding) in
                [("a key", "text"), ("YSBrZXk=", "base64"), ("61206b6579", "hex")]
            {
                for (template, more) in templates.iter().flat_map(|template| {
                    let fields = r#"signature_field = "s", timestamp_field = "t""#;
                    let unit = r#"prefix = "x=", timestamp_unit = "milliseconds""#;
                    [(template, fields), (template, unit), (template, "header = 'Authorization'")]
                }) {
                    let config = format!(
                        "[it]\nkind = \"vapi\"\npublic_url = \"https://a.example/\"\n\
                         auth = {{ scheme = \"hmac\", algorithm = \"{algorithm}\", \
                         encoding = \"{encoding}\", secret_encoding = \"{secret_encoding}\", \
                         id_header = \"webhook-id\", payload = \"{template}\", {more} }}"
                    );
                    let sources = sources(&config, &[secret]);
                    let source = sources.get("it").unwrap();
                    let genuine = Sample::new(BODY).signed_for(source);
                    assert!(genuine.sent_to(source).is_ok(), "{config}");
                    let mut changed = genuine.clone();
                    changed.body[5] ^= 1;
                    let refusal = refused(&changed, source);
                    assert!(matches!(refusal, Refused::Unauthorized(_)), "{config}");
                    let mut replayed = genuine;
                    replayed.now = later(start(), 301);
                    let timed = template.contains("timestamp");
                    assert_eq!(replayed.sent_to(source).is_err(), timed, "{config}");
                }
            }
        }
    }
}

#[test]
fn a_replay_is_refused_in_both_directions() {
    let sources = sources("[it]\nkind = \"vapi\"\nauth = { scheme = \"hmac\" }", &["s"]);
    let source = sources.get("it").unwrap();
    let mut sample = Sample::new(BODY).signed_for(source);
    for (seconds, fine) in [(0, true), (299, true), (301, false), (-299, true), (-301, false)] {
        sample.now = later(start(), seconds);
        match sample.sent_to(source) {
            Ok(_) => assert!(fine, "{seconds} s"),
            Err(Refused::Replayed { seconds: told }) => {
                assert!(!fine && told == seconds.unsigned_abs(), "{seconds} s");
            }
            Err(other) => panic!("{seconds} s: {other}"),
        }
    }
}

#[test]
fn two_secrets_are_valid_while_one_is_rotated() {
    let one = |secrets: &[&str]| sources("[it]\nkind = \"vapi\"", secrets);
    let (old, both, new) = (one(&["old"]), one(&["new", "old"]), one(&["new"]));
    let by = |signer: &Sources| Sample::new(BODY).signed_for(signer.get("it").unwrap());
    let both = both.get("it").unwrap();
    assert!(by(&old).sent_to(both).is_ok());
    assert!(by(&new).sent_to(both).is_ok());
    assert!(by(&old).sent_to(new.get("it").unwrap()).is_err());
}

#[test]
fn an_empty_secret_is_never_configured_and_never_fits() {
    let build = |secrets: Vec<SecretRef>| {
        let settings = Settings { kind: "vapi".into(), secrets, ..Settings::default() };
        Sources::build(&[("it".to_owned(), settings)].into(), &Region::default())
    };
    for secrets in
        [vec![], vec![SecretRef::given("")], vec![SecretRef::Env("NOT_SET_AT_ALL".into())]]
    {
        let error = build(secrets).unwrap_err().0.remove(0);
        assert_eq!((error.source_name.as_str(), error.setting.as_str()), ("it", "secrets"));
    }
    let sources = build(vec![SecretRef::given("s")]).unwrap();
    let source = sources.get("it").unwrap();
    for line in ["x-vapi-secret: ", "x-other: s", "x-vapi-secret: S"] {
        let mut sample = Sample::new(BODY);
        sample.headers = headers(line);
        assert!(matches!(refused(&sample, source), Refused::Unauthorized(_)), "{line:?}");
    }
}

#[test]
fn a_token_is_granted_for_client_credentials_and_runs_out() {
    let config = "[it]\nkind = \"vapi\"\nauth = { scheme = \"oauth2\", client_id = \"vapi\" }";
    let sources = sources(config, &["hunter2"]);
    let source = sources.get("it").unwrap();
    let ask = |form: &str| {
        let mut sample = Sample::new(form.as_bytes());
        sample.path = "/token".to_owned();
        sample.sent_to(source)
    };
    let wrong = "grant_type=client_credentials&client_id=vapi&client_secret=hunter3";
    assert!(matches!(ask(wrong), Err(Refused::Unauthorized(_))));
    assert!(matches!(ask(""), Err(Refused::Unauthorized(_))));
    let right = "grant_type=client_credentials&client_id=vapi&client_secret=hunter2";
    let granted = ask(right).unwrap();
    assert!(granted.events.is_empty());
    let reply: serde_json::Value = serde_json::from_slice(&granted.reply.body).unwrap();
    let mut sample = Sample::new(BODY);
    let token = reply["access_token"].as_str().unwrap();
    sample.headers = headers(&format!("authorization: Bearer {token}"));
    assert!(sample.sent_to(source).is_ok());
    sample.now = later(start(), 3_601);
    assert!(sample.sent_to(source).is_err());
    sample.now = start();
    let forged = token.replacen('1', "2", 1);
    sample.headers = headers(&format!("authorization: Bearer {forged}"));
    assert!(sample.sent_to(source).is_err());
}

/// RFC 6749 has id and secret encoded inside Basic, RFC 7235 knows no case of its word.
#[test]
fn a_token_is_granted_by_the_letter_and_to_who_is_looser() {
    let secret = "a+b/c=d%41";
    let config = "[it]\nkind = \"vapi\"\nauth = { scheme = \"oauth2\", client_id = \"us\" }";
    let sources = sources(config, &[secret]);
    let source = sources.get("it").unwrap();
    let ask = |scheme: &str, pair: &str, form: &str| {
        let mut sample = Sample::new(form.as_bytes());
        sample.path = "/token".to_owned();
        sample.headers =
            headers(&format!("authorization: {scheme} {}", BASE64_STANDARD.encode(pair)));
        sample.sent_to(source)
    };
    let (plain, encoded) = (format!("us:{secret}"), "us:a%2Bb%2Fc%3Dd%2541");
    let form = "grant_type=client_credentials";
    for (scheme, pair) in [("Basic", plain.as_str()), ("basic", encoded), ("BASIC", encoded)] {
        let granted = ask(scheme, pair, form).unwrap();
        let reply: serde_json::Value = serde_json::from_slice(&granted.reply.body).unwrap();
        for word in ["Bearer", "bearer"] {
            let mut sample = Sample::new(BODY);
            let token = reply["access_token"].as_str().unwrap();
            sample.headers = headers(&format!("authorization: {word} {token}"));
            assert!(sample.sent_to(source).is_ok(), "{scheme} {word}");
        }
    }
    assert!(ask("Basic", encoded, "grant_type=password").is_err());
    assert!(ask("Basic", "us:a+b", form).is_err());
    assert!(ask("Digest", encoded, form).is_err());
}

#[test]
fn the_published_vector_of_standard_webhooks() {
    let config = r#"
        [it]
        kind = "generic"
        auth = { scheme = "standard-webhooks" }
        mapping = { events = { "*" = "update" }, fields = { id = "/test" } }
    "#;
    let sources = sources(config, &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]);
    let source = sources.get("it").unwrap();
    let mut sample = Sample::new(&bytes("standard-webhooks/test-vector.json"));
    sample.now = Timestamp::from_second(1_614_265_330).unwrap();
    let lines = |signature: &str| {
        headers(&format!(
            "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n\
             webhook-signature: {signature}"
        ))
    };
    let right = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    for (signature, fine) in [
        (right.to_owned(), true),
        (format!("v1a,AAAA v1,AAAA {right}"), true),
        (right.replace("v1,", ""), true),
        (right.replace("v1,", "v2,"), false),
        (right.replace('g', "h"), false),
        (String::new(), false),
    ] {
        sample.headers = lines(&signature);
        assert_eq!(sample.sent_to(source).is_ok(), fine, "{signature}");
    }
    sample.headers = lines(right);
    let event = &sample.sent_to(source).unwrap().events[0];
    assert_eq!(event.key, "hook:msg_p5jXN8AQM9LWM0D4loKWxJek");
    sample.now = later(sample.now, 301);
    assert!(matches!(refused(&sample, source), Refused::Replayed { .. }));
}

#[test]
fn the_published_vector_of_callrail() {
    let sources = sources("[it]\nkind = \"callrail\"", &["072e77e426f92738a72fe23c4d1953b4"]);
    let source = sources.get("it").unwrap();
    let mut sample = Sample::new(&bytes("callrail/test-vector.json"));
    sample.path = "/post-call".to_owned();
    sample.headers = headers("signature: UZAHbUdfm3GqL7qzilGozGzWV64=");
    sample.now = "2018-02-19T13:41:00.236-05:00".parse().unwrap();
    let event = &sample.sent_to(source).unwrap().events[0];
    let mut call = callboard::call::Call::begin(event);
    call.apply(event);
    assert_eq!(call.state(), CallState::Missed);
    assert!(call.left_voicemail());
    sample.now = later(sample.now, 301);
    assert!(matches!(refused(&sample, source), Refused::Replayed { seconds: 301 }));
}

#[test]
fn twilio_may_sign_the_port_and_must_bind_the_body() {
    let config = "[it]\nkind = \"twilio\"\npublic_url = \"https://calls.example.com\"";
    let with_port = "[it]\nkind = \"twilio\"\npublic_url = \"https://calls.example.com:443\"";
    let (bare, ported) = (sources(config, &["t"]), sources(with_port, &["t"]));
    let form = bytes("twilio/status.ringing.decoded.json");
    let mut sample = Sample::new(&form).into_form();
    sample.query = "shop=1".to_owned();
    let signed = sample.signed_for(ported.get("it").unwrap());
    let source = bare.get("it").unwrap();
    assert!(signed.sent_to(source).is_ok());
    let mut moved = signed.clone();
    moved.query = "shop=2".to_owned();
    let fits_not = Refused::Unauthorized(
        "the signature does not fit the token; is public_url what Twilio posts to?",
    );
    assert_eq!(refused(&moved, source), fits_not);
    let two = sources(config, &["t2", "t1"]);
    let fits_none = Refused::Unauthorized(
        "the signature fits none of the tokens; is public_url what Twilio posts to?",
    );
    assert_eq!(refused(&signed, two.get("it").unwrap()), fits_none);
    // A body that is no form is bound by its hash in the query, or refused.
    let mut json = Sample::new(b"{}");
    json.query = format!("bodySHA256={}", "0".repeat(64));
    assert!(json.clone().signed_for(source).sent_to(source).is_err());
    json.query =
        "bodySHA256=44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a".into();
    assert!(json.clone().signed_for(source).sent_to(source).is_ok());
    json.body = b"[]".to_vec();
    assert!(json.signed_for(source).sent_to(source).is_err());
}

#[test]
fn hoverbots_signature_may_stand_in_the_body() {
    let sources = sources("[it]\nkind = \"hoverbot\"", &["hoverbot-webhook-secret-example"]);
    let source = sources.get("it").unwrap();
    let mut sample = Sample::new(&bytes("hoverbot/lead.qualified.signature-in-body.json"));
    assert_eq!(sample.sent_to(source).unwrap().events.len(), 1);
    let text = String::from_utf8(sample.body).unwrap();
    for spaced in [": \"sha256", " :\n\"sha256"] {
        sample.body =
            text.replace(":\"sha256", spaced).replace(",\"signature", ", \"signature").into();
        assert!(sample.sent_to(source).is_ok(), "{spaced:?}");
    }
    sample.body = text.replace("82", "99").into_bytes();
    assert!(matches!(refused(&sample, source), Refused::Unauthorized(_)));
}

/// Sources of every scheme, each with a genuine request and the headers its proof rests on.
fn genuine() -> Vec<(Sources, Sample)> {
    let configs = [
        "kind = \"vapi\"",
        "kind = \"vapi\"\nauth = { scheme = \"bearer\" }",
        "kind = \"vapi\"\nauth = { scheme = \"hmac\" }",
        "kind = \"vapi\"\nauth = { scheme = \"oauth2\", client_id = \"vapi\" }",
        "kind = \"retell\"",
        "kind = \"callrail\"",
        "kind = \"twilio\"\npublic_url = \"https://calls.example.com\"",
        "kind = \"openai-sip\"",
        "kind = \"nextphone\"",
        "kind = \"leaddistro\"",
        "kind = \"elevenlabs\"",
        "kind = \"bland\"",
    ];
    let configs = configs.map(|config| {
        let sources = sources(&format!("[it]\n{config}"), &["c2VjcmV0"]);
        let sample = Sample::new(BODY).signed_for(sources.get("it").unwrap());
        (sources, sample)
    });
    configs.into()
}

#[test]
fn a_proof_that_stands_twice_and_differs_is_none() {
    for (sources, genuine) in genuine() {
        let source = sources.get("it").unwrap();
        let is_unknown = |sample: &Sample| {
            let refusals = [sample.sent_to(source).err(), sample.greeted_by(source).err()];
            refusals.map(|it| matches!(it, Some(Refused::Unauthorized(_))))
        };
        assert_eq!(is_unknown(&genuine), [false, false], "{source:?}");
        assert!(genuine.greeted_by(source).is_ok(), "{source:?}");
        let proof = source.sign(&genuine.request());
        assert!(!proof.is_empty());
        for (name, value) in &proof {
            let mut twice = genuine.clone();
            twice.headers.append(name, value.clone());
            assert_eq!(is_unknown(&twice), [false, false], "the same twice: {name} {source:?}");
            twice.headers.append(name, "something-else".parse().unwrap());
            assert_eq!(is_unknown(&twice), [true, true], "{name} {source:?}");
        }
        // What the proof does not rest on may say what it likes.
        if proof.iter().all(|(name, _)| name != "x-timestamp") {
            let mut beside = genuine.clone();
            for time in ["1", "2"] {
                beside.headers.append("x-timestamp", time.parse().unwrap());
            }
            assert_eq!(is_unknown(&beside), [false, false], "{source:?}");
        }
    }
}

#[test]
fn who_brings_no_proof_is_refused_before_the_body() {
    for (sources, genuine) in genuine() {
        let source = sources.get("it").unwrap();
        let mut bare = genuine.clone();
        bare.headers.clear();
        assert!(matches!(bare.greeted_by(source), Err(Refused::Unauthorized(_))), "{source:?}");
        for name in ["x-vapi-secret", "authorization"] {
            let mut guessed = genuine.clone();
            if let Some(value) = guessed.headers.get_mut(name) {
                *value = "Bearer 9999999999.00".parse().unwrap();
                assert!(guessed.greeted_by(source).is_err(), "{source:?}");
            }
        }
    }
    // Where the time is signed along, a replay needs no body to be known for one.
    let sources = sources("[it]\nkind = \"vapi\"\nauth = { scheme = \"hmac\" }", &["s"]);
    let source = sources.get("it").unwrap();
    let mut old = Sample::new(BODY).signed_for(source);
    old.now = later(start(), 301);
    assert!(matches!(old.greeted_by(source), Err(Refused::Replayed { seconds: 301 })));
}
