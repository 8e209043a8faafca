//! The authorization code flow with PKCE, and the JWT bearer flow.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{
    Org,
    answer::Answer,
    oauth::TokenError,
    wire::{Request, form},
};

/// How long a code waits to be exchanged.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// An approval that was not exchanged yet.
#[derive(Debug)]
pub(super) struct Code {
    challenge: String,
    redirect: String,
    made: Timestamp,
}

impl Org {
    /// `GET /services/oauth2/authorize`: the user approves at once.
    pub(super) fn authorize(&mut self, request: &Request) -> Answer {
        let fields = form(request);
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let refused = |error: &'static str, description: &str| {
            Answer::from(TokenError::new(error, description))
        };
        if field("client_id") != self.options.client_id {
            return refused("invalid_client_id", "client identifier invalid");
        }
        let redirect = field("redirect_uri");
        if !is_local(redirect) {
            return refused("redirect_uri_mismatch", "redirect_uri must match configuration");
        }
        if field("response_type") != "code" {
            return refused("unsupported_response_type", "response type not supported");
        }
        let challenge = field("code_challenge");
        if challenge.is_empty() || field("code_challenge_method") != "S256" {
            return refused("invalid_request", "missing required code challenge");
        }
        let code = format!("aPrx{}", self.secret(60));
        let made = self.now();
        let waiting = Code { challenge: challenge.to_owned(), redirect: redirect.to_owned(), made };
        self.codes.insert(code.clone(), waiting);
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("code", &code);
        if let Some(state) = fields.get("state") {
            query.append_pair("state", state);
        }
        let joint = if redirect.contains('?') { '&' } else { '?' };
        Answer::empty(302).with("location", format!("{redirect}{joint}{}", query.finish()))
    }

    /// `grant_type=authorization_code`
    pub(super) fn exchange_code(
        &mut self,
        fields: &HashMap<String, String>,
    ) -> Result<Answer, TokenError> {
        let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let code = self.codes.remove(field("code"));
        let now = self.now();
        let code = code
            .filter(|code| now.duration_since(code.made) < CODE_LIFE)
            .ok_or_else(|| TokenError::new("invalid_grant", "expired authorization code"))?;
        if code.redirect != field("redirect_uri") {
            return Err(TokenError::new(
                "redirect_uri_mismatch",
                "redirect_uri must match configuration",
            ));
        }
        let verifier = field("code_verifier");
        let fits = (43..=128).contains(&verifier.len())
            && BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == code.challenge;
        if !fits {
            return Err(TokenError::new("invalid_grant", "invalid code verifier"));
        }
        Ok(self.grant_approved())
    }

    /// `grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer`
    pub(super) fn exchange_assertion(
        &mut self,
        fields: &HashMap<String, String>,
    ) -> Result<Answer, TokenError> {
        let assertion = fields.get("assertion").map(String::as_str).unwrap_or_default();
        let invalid = || TokenError::new("invalid_grant", "invalid assertion");
        let (signed, signature) = assertion.rsplit_once('.').ok_or_else(invalid)?;
        let (header, claims) = signed.split_once('.').ok_or_else(invalid)?;
        let decoded = |part: &str| -> Option<Value> {
            serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok()
        };
        let (header, claims) = decoded(header).zip(decoded(claims)).ok_or_else(invalid)?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        if text("iss") != self.options.client_id {
            return Err(TokenError::new("invalid_client_id", "client identifier invalid"));
        }
        let key = self.options.jwt_public_key.as_deref();
        let key = key.ok_or_else(|| {
            TokenError::new("invalid_grant", "user hasn't approved this consumer")
        })?;
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).map_err(|_| invalid())?;
        let verified = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
            .verify(signed.as_bytes(), &signature);
        if header.get("alg").and_then(Value::as_str) != Some("RS256") || verified.is_err() {
            return Err(invalid());
        }
        let hosts = ["https://login.salesforce.com", "https://test.salesforce.com", &self.base_url];
        if !hosts.contains(&text("aud")) {
            return Err(TokenError::new("invalid_grant", "audience is invalid"));
        }
        let now = self.now().as_second();
        let expires = claims.get("exp").and_then(Value::as_i64).unwrap_or(0);
        // In seconds, and soon: milliseconds are a mistake Salesforce doesn't forgive.
        if !(now..=now + 86_400).contains(&expires) {
            return Err(TokenError::new("invalid_grant", "expired authorization code"));
        }
        if text("sub") != self.options.username {
            return Err(TokenError::new("invalid_grant", "user hasn't approved this consumer"));
        }
        Ok(self.grant_to_assertion())
    }
}

/// The app's registered addresses: its own machine's, and the page for those who paste.
fn is_local(redirect: &str) -> bool {
    let on_host = |host: &str| {
        let rest = redirect.strip_prefix(host);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    };
    ["http://localhost", "http://127.0.0.1", "http://[::1]"].into_iter().any(on_host)
        || redirect.ends_with("/services/oauth2/success")
}
