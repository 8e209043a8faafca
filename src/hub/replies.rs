//! `POST /v1/replies`: what people answered to a notice, brought by a gateway of e-mail or text
//! messages. An answer that says `ok` and the notice's code acknowledges it.
//!
//! The word has to stand before the code: mails quote what they answer to, and so does the answer
//! of somebody who is on holiday.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use secrecy::ExposeSecret;
use serde_json::Value;
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use super::{
    api::Refusal,
    guesses::Guesses,
    operators::{self, TokenHash},
    peer::{Client, Peer},
    server::Hub,
};
use crate::{
    notice::Replies,
    secret::SecretError,
    wire::{Command, Order},
};

/// How long a code is.
const LENGTH: usize = 8;

/// The most bytes of an answer: a mail with what it quotes, and pictures in its signature.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// How long they may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);

/// The most values of one answer that are looked at.
const MOST_VALUES: usize = 1_000;

/// Who may bring answers.
#[derive(Debug)]
pub struct Gateways {
    secrets: Vec<TokenHash>,
    /// Wrong secrets, and wrong codes: both are not to be guessed.
    guesses: Guesses,
}

impl Gateways {
    /// Those that know one of these secrets.
    ///
    /// # Errors
    /// When a secret can't be had.
    pub fn new(settings: &Replies) -> Result<Self, SecretError> {
        let secrets = settings.secrets.iter().map(|secret| {
            let secret = secret.resolve()?;
            Ok(operators::hash(secret.expose_secret()))
        });
        Ok(Self { secrets: secrets.collect::<Result<_, _>>()?, guesses: Guesses::default() })
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let Some(brought) = secret_of(headers) else { return false };
        let brought = operators::hash(&brought);
        operators::find(self.secrets.iter().map(|known| (known, ())), &brought).is_some()
    }
}

/// The secret of a request: a bearer token, or the password where a gateway knows only addresses
/// (`https://callboard:SECRET@…`).
fn secret_of(headers: &HeaderMap) -> Option<String> {
    if let Some(token) = operators::token_of(headers) {
        return Some(token.to_owned());
    }
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, encoded) = value.split_once(' ')?;
    let basic = scheme.eq_ignore_ascii_case("basic").then(|| encoded.trim())?;
    let decoded = String::from_utf8(BASE64_STANDARD.decode(basic).ok()?).ok()?;
    Some(decoded.split_once(':')?.1.to_owned())
}

/// Takes an answer. What it says is told in one sentence, which gateways of text messages send back.
pub async fn receive(State(hub): State<Arc<Hub>>, request: axum::extract::Request) -> Response {
    let Some(gateways) = &hub.replies else {
        return Refusal::not_found("no gateway brings answers here; see [notice.replies]")
            .into_response();
    };
    if request.headers().contains_key(ORIGIN) {
        return Refusal::forbidden("this is not for web pages").into_response();
    }
    let peer = request.extensions().get::<Peer>();
    let client = peer.map_or_else(Client::unknown, |peer| peer.client);
    if let Some(wait) = gateways.guesses.wait(client, Instant::now()) {
        let message = "too many wrong secrets or codes from this address";
        return Refusal::too_many(message, wait.as_secs().max(1)).into_response();
    }
    if !gateways.knows(request.headers()) {
        gateways.guesses.wrong(client, Instant::now());
        let message = "this needs the gateway's secret, as a bearer token or a password";
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message);
        let asks = HeaderValue::from_static("Basic realm=\"callboard\"");
        return ([(WWW_AUTHENTICATE, asks)], refusal).into_response();
    }
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().to_ascii_lowercase();
    let read = axum::body::to_bytes(request.into_body(), MOST_BYTES);
    let body = match tokio::time::timeout(BODY_TIME, read).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => {
            let message = format!("the answer did not arrive, or has more than {MOST_BYTES} bytes");
            return Refusal::too_large(&message).into_response();
        }
        Err(_) => {
            let message = "the answer did not arrive in time";
            let refusal = Refusal::new(StatusCode::REQUEST_TIMEOUT, "too-slow", message);
            return refusal.into_response();
        }
    };
    match code_in(&kind, &body) {
        None => said("There is no \"ok\" with a code in it; nothing was done."),
        Some(code) => acknowledge(&hub, gateways, client, code).await,
    }
}

fn said(sentence: &str) -> Response {
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    ([(CONTENT_TYPE, kind)], sentence.to_owned()).into_response()
}

async fn acknowledge(hub: &Hub, gateways: &Gateways, client: Client, code: String) -> Response {
    let (notices, sought) = (Arc::clone(&hub.notices), code.clone());
    let is_meant = move |call: &_, who: &_, notice: &str| {
        let known = notices.links.as_ref().map(|links| links.code(call, who, notice));
        known.is_some_and(|known| bool::from(known.as_bytes().ct_eq(sought.as_bytes())))
    };
    let told = match hub.engine.told(Box::new(is_meant)).await {
        Ok(told) => told,
        Err(error) => return Refusal::from(error).into_response(),
    };
    let Some((call, who)) = told else {
        gateways.guesses.wrong(client, Instant::now());
        return said("This code is too old, or not right. The board still knows the call.");
    };
    // An answer that comes twice is one action.
    let id = format!("code-{}", hex::encode(&operators::hash(&code)[..16]));
    let command = Command { id, order: Order::Acknowledge };
    match hub.engine.act(call, who.clone(), command).await {
        Ok(receipt) if receipt.done => said(&format!("{who} has it. Nobody else is told.")),
        Ok(receipt) => said(receipt.message.as_str()),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// The code that an answer says `ok` to: a form, JSON, or any text.
fn code_in(kind: &str, body: &[u8]) -> Option<String> {
    if kind.starts_with("application/x-www-form-urlencoded") {
        return form_urlencoded::parse(body).take(MOST_VALUES).find_map(|(_, value)| code(&value));
    }
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        return in_json(&json);
    }
    code(&String::from_utf8_lossy(body))
}

fn in_json(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => code(text),
        Value::Array(values) => values.iter().take(MOST_VALUES).find_map(in_json),
        Value::Object(members) => members.values().take(MOST_VALUES).find_map(in_json),
        _ => None,
    }
}

/// `ok` and eight letters and digits behind it, as people write them: in small letters, with a
/// hyphen, an O for a zero.
fn code(text: &str) -> Option<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '-');
    let words: Vec<&str> = parts.filter(|word| !word.is_empty()).collect();
    words.windows(2).find_map(|pair| {
        let meant = |c: char| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let code: String = pair[1].chars().filter(|c| *c != '-').map(meant).collect();
        let fits = code.len() == LENGTH && code.bytes().all(|b| b.is_ascii_alphanumeric());
        (pair[0].eq_ignore_ascii_case("ok") && fits).then_some(code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_counts_where_ok_stands_before_it_and_is_read_as_people_write_it() {
        let text = "text/plain";
        let form = "application/x-www-form-urlencoded";
        let json = "application/json";
        for (kind, body, expected) in [
            (text, "ok 7KQ2-M9XD", Some("7KQ2M9XD")),
            (text, "OK: 7kq2m9xd.\r\n> quoted", Some("7KQ2M9XD")),
            (text, "Ok\n\n70ql-m9xi", Some("70Q1M9X1")),
            (text, "ok oOlI-M9XD", Some("0011M9XD")),
            (form, "From=%2B1614&Body=Ok+7KQ2-M9XD", Some("7KQ2M9XD")),
            (form, "Body=Sure%2C%0Aok%207KQ2M9XD", Some("7KQ2M9XD")),
            (json, r#"{"from":"a@b","text":"hm\nok 7KQ2-M9XD\n"}"#, Some("7KQ2M9XD")),
            (json, r#"{"mail":{"parts":[{"body":"ok 7KQ2-M9XD"}]}}"#, Some("7KQ2M9XD")),
            ("multipart/form-data; boundary=x", "--x\r\nok 7KQ2-M9XD\r\n--x--", Some("7KQ2M9XD")),
            // What a mail quotes is not what its writer says.
            (text, "I am away.\n> Or answer with the word ok and this code: 7KQ2-M9XD", None),
            (text, "7KQ2-M9XD", None),
            (text, "book 7KQ2-M9XD", None),
            (text, "ok", None),
            (text, "ok 7KQ2-M9X", None),
            (text, "ok 7KQ2-M9XDE", None),
            (json, r#"{"ok":"7KQ2-M9XD"}"#, None),
            (text, "", None),
        ] {
            assert_eq!(code_in(kind, body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn the_secret_is_a_token_or_a_password() {
        for (value, expected) in [
            ("Bearer s3cret", Some("s3cret")),
            ("Basic Y2FsbGJvYXJkOnMzY3JldA==", Some("s3cret")),
            ("Basic czNjcmV0", None),
            ("Digest s3cret", None),
        ] {
            let headers = [(AUTHORIZATION, HeaderValue::from_static(value))].into_iter().collect();
            assert_eq!(secret_of(&headers).as_deref(), expected, "{value}");
        }
        assert_eq!(secret_of(&HeaderMap::new()), None);
    }
}
