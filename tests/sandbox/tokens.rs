//! Tokens: who gets one, and when it ends.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use callboard::sandbox::org::{Fault, FaultKind, Options};
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{http, start};

async fn token(base: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let url = format!("{base}/services/oauth2/token");
    let reply = http().post(url).form(form).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

#[tokio::test]
async fn client_credentials_come_as_fields_or_as_basic() {
    let (running, _) = start(Options::default()).await;
    let url = format!("{}/services/oauth2/token", running.base_url);
    let reply = http()
        .post(url)
        .basic_auth(&running.client_id, Some(&running.client_secret))
        .form(&[("grant_type", "client_credentials")])
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), 200);
    let body: Value = reply.json().await.unwrap();
    assert_eq!(body["instance_url"], running.base_url);
    assert_eq!(body["token_type"], "Bearer");
    assert!(body["issued_at"].as_str().unwrap().parse::<i64>().unwrap() > 1_700_000_000_000);
    assert_eq!(body.get("expires_in"), None);
    assert_eq!(body.get("refresh_token"), None);
    let id: Vec<&str> = body["id"].as_str().unwrap().rsplit('/').take(2).collect();
    assert!(id[0].starts_with("005") && id[1].starts_with("00D"));
}

#[tokio::test]
async fn refusals_are_salesforces() {
    let (running, _) = start(Options::default()).await;
    let id = running.client_id.as_str();
    for (form, error, description) in [
        (
            vec![("grant_type", "client_credentials"), ("client_id", id), ("client_secret", "no")],
            "invalid_client",
            "invalid client credentials",
        ),
        (
            vec![("grant_type", "client_credentials"), ("client_id", "no")],
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            vec![("grant_type", "refresh_token"), ("client_id", id), ("refresh_token", "no")],
            "invalid_grant",
            "expired access/refresh token",
        ),
        (
            vec![("grant_type", "password"), ("client_id", id), ("username", "u")],
            "invalid_grant",
            "authentication failure",
        ),
        (vec![("grant_type", "magic")], "unsupported_grant_type", "grant type not supported"),
    ] {
        let expected = json!({ "error": error, "error_description": description });
        assert_eq!(token(&running.base_url, &form).await, (400, expected));
    }
}

#[tokio::test]
async fn an_old_refresh_token_used_again_revokes_everything() {
    let options = Options { rotate_refresh_tokens: true, ..Options::default() };
    let (running, _) = start(options).await;
    let refresh = async |old: &str| {
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", &running.client_id),
            ("refresh_token", old),
        ];
        token(&running.base_url, &form).await
    };
    let (status, first) = refresh(&running.refresh_token).await;
    assert_eq!(status, 200);
    let rotated = first["refresh_token"].as_str().unwrap();
    assert_ne!(rotated, running.refresh_token);
    assert_eq!(refresh(&running.refresh_token).await.0, 400);
    assert_eq!(refresh(rotated).await.0, 400, "the current one died with it");
    let url = format!("{}/services/data/v66.0/limits", running.base_url);
    let access = first["access_token"].as_str().unwrap();
    assert_eq!(http().get(url).bearer_auth(access).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_token_lives_as_long_as_it_is_used() {
    let options = Options { token_lifetime: Duration::from_secs(100), ..Options::default() };
    let (running, client) = start(options).await;
    for _ in 0..3 {
        running.advance(Duration::from_secs(60));
        assert_eq!(client.get("limits").await.status, 200);
    }
    running.advance(Duration::from_secs(101));
    let reply = client.get("limits").await;
    assert_eq!(reply.status, 401);
    assert_eq!(
        reply.body,
        json!([{ "message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID" }])
    );
}

#[tokio::test]
async fn the_token_endpoint_can_be_made_to_refuse() {
    let (running, _) = start(Options::default()).await;
    let kind = FaultKind::TokenError {
        error: "invalid_grant".into(),
        description: Some("token request is already being processed".into()),
    };
    running.set_fault(Fault::new(kind).times(1));
    let form = [
        ("grant_type", "refresh_token"),
        ("client_id", &running.client_id),
        ("refresh_token", &running.refresh_token),
    ];
    let (status, body) = token(&running.base_url, &form).await;
    assert_eq!(status, 400);
    assert_eq!(body["error_description"], "token request is already being processed");
    assert_eq!(token(&running.base_url, &form).await.0, 200);
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

#[tokio::test]
async fn a_code_is_exchanged_once_by_whoever_knows_the_verifier() {
    let (running, _) = start(Options::default()).await;
    let verifier = "v".repeat(43);
    let challenge = encoded(&Sha256::digest(&verifier));
    let redirect = "http://localhost:1717/callback";
    let authorize = async |challenge: &str| {
        let url = format!("{}/services/oauth2/authorize", running.base_url);
        let query = [
            ("response_type", "code"),
            ("client_id", &running.client_id),
            ("redirect_uri", redirect),
            ("state", "s1"),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ];
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let reply = client.build().unwrap().get(url).query(&query).send().await.unwrap();
        let location =
            reply.headers().get("location").map(|place| place.to_str().unwrap().to_owned());
        (reply.status().as_u16(), location.unwrap_or_default())
    };
    assert_eq!(authorize("").await.0, 400, "without a challenge there is no code");
    let (status, location) = authorize(&challenge).await;
    assert_eq!(status, 302);
    let (code, state) = location.split_once("code=").unwrap().1.split_once('&').unwrap();
    assert_eq!(state, "state=s1");
    let exchange = async |code: &str, verifier: &str| {
        let form = [
            ("grant_type", "authorization_code"),
            ("client_id", &running.client_id),
            ("code", code),
            ("redirect_uri", redirect),
            ("code_verifier", verifier),
        ];
        token(&running.base_url, &form).await
    };
    let (status, granted) = exchange(code, &verifier).await;
    assert_eq!(status, 200);
    assert!(granted["refresh_token"].is_string() && granted["access_token"].is_string());
    assert_eq!(
        exchange(code, &verifier).await.1["error_description"],
        "expired authorization code"
    );
    let (_, location) = authorize(&challenge).await;
    let code = location.split_once("code=").unwrap().1.split_once('&').unwrap().0.to_owned();
    let (_, refused) = exchange(&code, &"w".repeat(43)).await;
    assert_eq!(refused["error_description"], "invalid code verifier");
}

#[tokio::test]
async fn an_assertion_is_believed_when_its_signature_and_claims_are_right() {
    let place = format!("{}/tests/fixtures/jwt-test-key.der", env!("CARGO_MANIFEST_DIR"));
    let key = RsaKeyPair::from_der(&std::fs::read(place).unwrap()).unwrap();
    let public = key.public().as_ref().to_vec();
    let (running, _) = start(Options { jwt_public_key: Some(public), ..Options::default() }).await;
    let now = jiff::Timestamp::now().as_second();
    let assert = async |claims: Value, spoil: bool| {
        let head = encoded(br#"{"alg":"RS256"}"#);
        let signed = format!("{head}.{}", encoded(claims.to_string().as_bytes()));
        let mut signature = vec![0; key.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).unwrap();
        signature[0] ^= u8::from(spoil);
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned()),
            ("assertion", format!("{signed}.{}", encoded(&signature))),
        ];
        let form: Vec<(&str, &str)> =
            form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (status, body) = token(&running.base_url, &form).await;
        (status, body["error_description"].as_str().unwrap_or_default().to_owned())
    };
    let claims = |change: Value| {
        let mut claims = json!({ "iss": running.client_id, "sub": running.username,
                                 "aud": "https://login.salesforce.com", "exp": now + 180 });
        claims.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        claims
    };
    assert_eq!(assert(claims(json!({})), false).await, (200, String::new()));
    for (change, spoil, description) in [
        (json!({}), true, "invalid assertion"),
        (json!({ "aud": "https://example.com" }), false, "audience is invalid"),
        (json!({ "sub": "somebody@else" }), false, "user hasn't approved this consumer"),
        (json!({ "exp": (now + 180) * 1000 }), false, "expired authorization code"),
        (json!({ "iss": "other" }), false, "client identifier invalid"),
    ] {
        assert_eq!(assert(claims(change), spoil).await, (400, description.to_owned()));
    }
}
