//! What is not a webhook leaves nothing behind.

use callboard::wire::ApiError;
use reqwest::StatusCode;

use crate::support::{
    stage::{ADA, SECRET, Stage},
    vapi,
};

#[tokio::test(flavor = "multi_thread")]
async fn junk_is_refused_clearly_and_leaves_nothing() {
    let stage = Stage::set().await;
    let good = vapi::said("junk", "user", "my basement is flooding", 1_776_178_800);
    let deep = format!("{{\"message\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    let cases: Vec<(&str, Vec<u8>, &str, &[u16])> = vec![
        ("a wrong secret", good.to_string().into_bytes(), "wrong", &[401]),
        ("an empty secret", good.to_string().into_bytes(), "", &[401]),
        ("2 MB of junk", vec![b'x'; 2 << 20], SECRET, &[400]),
        ("junk, unsigned", vec![0xff; 2 << 10], "wrong", &[401]),
        ("deep JSON", deep.into_bytes(), SECRET, &[400, 422]),
        ("an empty body", Vec::new(), SECRET, &[400]),
        ("a list", b"[1,2,3]".to_vec(), SECRET, &[400]),
        ("a wrong type", br#"{"message":17,"call":"none"}"#.to_vec(), SECRET, &[400, 422]),
    ];
    for (what, body, secret, expected) in cases {
        let (status, answer) = stage.post_bytes(body, secret).await;
        assert!(expected.contains(&status.as_u16()), "{what}: {status} {answer}");
        assert!(answer.contains("message"), "{what} is answered with a sentence: {answer}");
        assert!(!answer.contains(SECRET) && !answer.contains("flooding"), "{answer}");
    }
    assert!(stage.calls().await.is_empty());
    assert_eq!(stage.post(&good).await, StatusCode::OK, "the hub is unmoved");
    assert_eq!(stage.calls().await.len(), 1);
}

/// Whatever part of a request can't be read, the answer is a word for programs and a sentence.
#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_of_a_request_is_refused_with_a_sentence() {
    let stage = Stage::set().await;
    let long = "x".repeat(100_000);
    for (path, body, expected) in [
        ("/v1/log?limit=many", None, StatusCode::BAD_REQUEST),
        ("/v1/figures?from=tomorrow", None, StatusCode::BAD_REQUEST),
        ("/v1/calls/%ff", None, StatusCode::BAD_REQUEST),
        ("/v1/calls/%ff/opportunities", None, StatusCode::BAD_REQUEST),
        ("/v1/salesforce/picklists/%ff", None, StatusCode::BAD_REQUEST),
        ("/v1/calls/vapi:c/actions", Some("{"), StatusCode::BAD_REQUEST),
        ("/v1/do-not-call", Some("[]"), StatusCode::BAD_REQUEST),
        ("/v1/salesforce/records", Some("{}"), StatusCode::BAD_REQUEST),
        ("/v1/do-not-call", Some(long.as_str()), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let url = format!("{}{path}", stage.url());
        let request = match body {
            None => stage.http.get(url),
            Some(body) => reqwest::Client::new().post(url).body(body.to_owned()),
        };
        let answer = request.bearer_auth(ADA).send().await.unwrap();
        assert_eq!(answer.status(), expected, "{path}");
        let said = answer.text().await.unwrap();
        let said: ApiError =
            serde_json::from_str(&said).unwrap_or_else(|_| panic!("{path}: {said}"));
        assert!(!said.error.is_empty() && said.message.as_str().len() > 10, "{path}: {said:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_character_costs_no_webhook() {
    let stage = Stage::set().await;
    let said = vapi::said("cut", "user", "my basement is flooding HALF", 1_776_178_800);
    let body = said.to_string().replace("HALF", r"\ud83d");
    let (status, answer) = stage.post_bytes(body.into_bytes(), SECRET).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let lines = stage.call("cut").await.lines;
    assert_eq!(lines[0].text.as_str(), "my basement is flooding \u{fffd}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_without_end_is_cut_off() {
    let stage = Stage::set().await;
    let endless = futures_util::stream::repeat_with(|| {
        Ok::<_, std::io::Error>(bytes::Bytes::from_static(&[b' '; 65_536]))
    });
    let request = stage
        .http
        .post(format!("{}/hooks/vapi", stage.url()))
        .header("X-Vapi-Secret", SECRET)
        .body(reqwest::Body::wrap_stream(endless));
    // The hub answers and hangs up; a client that is still sending may see only the latter.
    match request.send().await {
        Ok(answer) => assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE),
        Err(error) => assert!(error.is_request(), "{error}"),
    }
    assert!(stage.calls().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_shown_or_done() {
    let stage = Stage::set().await;
    for path in ["/v1/calls", "/v1/writes", "/v1/status", "/v1/stream"] {
        for token in [None, Some("wrong"), Some("")] {
            let mut request = stage.http.get(format!("{}{path}", stage.url()));
            if let Some(token) = token {
                request = request.bearer_auth(token);
            }
            if path == "/v1/stream" {
                request = request
                    .header("connection", "upgrade")
                    .header("upgrade", "websocket")
                    .header("sec-websocket-version", "13")
                    .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
            }
            assert_eq!(request.send().await.unwrap().status(), 401, "{path} {token:?}");
        }
    }
}
