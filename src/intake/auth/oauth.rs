//! OAuth 2 client credentials: the provider fetches a token here and brings it along.

use axum::http::{HeaderName, HeaderValue, header};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::{Algorithm, Proof, Scheme, Secrets, mac, same, signed, text_header, without_prefix};
use crate::intake::{Refused, Reply, Request};

/// Tokens are `EXPIRY.HMAC(client secret, EXPIRY)`: nothing has to be remembered, and a secret
/// that is retired takes its tokens along.
#[derive(Debug)]
pub(super) struct Oauth {
    client_id: String,
    lifetime: SignedDuration,
    secrets: Secrets,
}

/// Keeps these hashes apart from any other use of the secret.
const PURPOSE: &[u8] = b"callboard webhook token\0";

/// Where tokens are to be had, below the source's address.
const TOKEN: &str = "/token";

impl Oauth {
    pub(super) fn new(client_id: String, lifetime: SignedDuration, secrets: Secrets) -> Self {
        Self { client_id, lifetime, secrets }
    }

    fn token(&self, now: Timestamp) -> String {
        let expiry = now.as_second().saturating_add(self.lifetime.as_secs()).to_string();
        let mac = mac(Algorithm::Sha256, self.secrets.first(), &[PURPOSE, expiry.as_bytes()]);
        format!("{expiry}.{}", hex::encode(mac))
    }

    /// Id and secret, in every way they may be meant: by RFC 6749 they stand as a form's text inside
    /// Basic, and many send them as they are.
    fn credentials(&self, request: &Request<'_>) -> Vec<(String, String)> {
        let mut told = (None, None);
        for (name, value) in form_urlencoded::parse(request.body) {
            match &*name {
                "client_id" => told.0 = Some(value.into_owned()),
                "client_secret" => told.1 = Some(value.into_owned()),
                "grant_type" if value != "client_credentials" => return Vec::new(),
                _ => {}
            }
        }
        let Some(basic) = request.headers.get(header::AUTHORIZATION) else {
            return told.0.zip(told.1).into_iter().collect();
        };
        let pair = without_prefix(basic.as_bytes(), "Basic ")
            .and_then(|basic| BASE64_STANDARD.decode(basic.trim_ascii()).ok())
            .and_then(|decoded| String::from_utf8(decoded).ok());
        let Some((id, secret)) = pair.as_ref().and_then(|pair| pair.split_once(':')) else {
            return Vec::new();
        };
        let decoded = |text: &str| {
            percent_decode_str(&text.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        vec![(id.to_owned(), secret.to_owned()), (decoded(id), decoded(secret))]
    }
}

impl Scheme for Oauth {
    fn grant(&self, request: &Request<'_>) -> Option<Result<Reply, Refused>> {
        if request.path != TOKEN {
            return None;
        }
        let genuine = self.credentials(request).iter().any(|(id, secret)| {
            let known = same(id.as_bytes(), self.client_id.as_bytes());
            self.secrets.any(|right| same(secret.as_bytes(), right) & known)
        });
        if !genuine {
            return Some(Err(Refused::Unauthorized("the client credentials do not fit")));
        }
        Some(Ok(Reply::json(&json!({
            "access_token": self.token(request.now),
            "token_type": "Bearer",
            "expires_in": self.lifetime.as_secs(),
        }))))
    }

    fn headers(&self) -> Vec<&HeaderName> {
        vec![&header::AUTHORIZATION]
    }

    fn greet(&self, request: &Request<'_>) -> Result<(), Refused> {
        // Who asks for a token may say in the body who it is.
        if request.path == TOKEN { Ok(()) } else { self.verify(request).map(drop) }
    }

    fn verify(&self, request: &Request<'_>) -> Result<Proof, Refused> {
        let (expiry, presented) = text_header(request.headers, &header::AUTHORIZATION)
            .and_then(|value| without_prefix(value.as_bytes(), "Bearer "))
            .and_then(|token| std::str::from_utf8(token).ok()?.split_once('.'))
            .ok_or(Refused::Unauthorized("the bearer token is missing"))?;
        let presented = hex::decode(presented).unwrap_or_default();
        let genuine = self.secrets.any(|secret| {
            let right = mac(Algorithm::Sha256, secret, &[PURPOSE, expiry.as_bytes()]);
            presented.as_slice().ct_eq(&right)
        });
        let alive = expiry.parse::<i64>().is_ok_and(|expiry| expiry >= request.now.as_second());
        if !genuine || !alive {
            return Err(Refused::Unauthorized("the bearer token is unknown or has expired"));
        }
        Ok(Proof::default())
    }

    fn sign(&self, request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)> {
        signed(&header::AUTHORIZATION, format!("Bearer {}", self.token(request.now)).as_bytes())
    }
}
