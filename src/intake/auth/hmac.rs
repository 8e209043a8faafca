//! A keyed hash over the raw body, with every knob providers turn.

use ::hmac::{KeyInit, Mac};
use axum::http::{HeaderName, HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use subtle::{Choice, ConstantTimeEq};

use super::{Proof, Scheme, Secrets, header_name, signed, text_header, within, without_prefix};
use crate::intake::{Refused, Request, Settings, decode, settings::Problem};

/// The settings of `scheme = "hmac"`. The defaults are Vapi's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HmacSettings {
    /// The header with the signature.
    pub header: String,
    /// What stands before the signature in it (`sha256=`).
    pub prefix: String,
    /// Where the header is a list such as `t=…,v0=…`: the name of the signature's member.
    pub signature_field: Option<String>,
    /// … and of the timestamp's member.
    pub timestamp_field: Option<String>,
    /// A member of the JSON body that holds the signature when the header is missing. What is signed
    /// is then the body without it.
    pub signature_member: Option<String>,
    /// How the signature is written.
    pub encoding: Encoding,
    /// The hash.
    pub algorithm: Algorithm,
    /// What is signed: text with `{body}`, `{timestamp}`, `{method}`, `{url}` and `{id}`.
    pub payload: String,
    /// The header with the timestamp, where the payload has one.
    pub timestamp_header: String,
    /// The unit of the timestamps we sign with; those we read may be either.
    pub timestamp_unit: TimestampUnit,
    /// The header with the id of the delivery.
    pub id_header: Option<String>,
    /// How the secret is written in the config's environment variable or file.
    pub secret_encoding: SecretEncoding,
}

impl Default for HmacSettings {
    fn default() -> Self {
        Self {
            header: "x-signature".to_owned(),
            prefix: String::new(),
            signature_field: None,
            timestamp_field: None,
            signature_member: None,
            encoding: Encoding::Hex,
            algorithm: Algorithm::Sha256,
            payload: "{timestamp}.{body}".to_owned(),
            timestamp_header: "x-timestamp".to_owned(),
            timestamp_unit: TimestampUnit::Seconds,
            id_header: None,
            secret_encoding: SecretEncoding::Text,
        }
    }
}

/// How bytes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Two digits a byte, either case.
    Hex,
    /// Standard alphabet, padded.
    Base64,
}

/// How the secret is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretEncoding {
    /// Its characters are the key.
    Text,
    /// Base64 of the key.
    Base64,
    /// Hex of the key.
    Hex,
}

/// The hash under the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// Two schemes we know still use it (CallRail, Twilio).
    Sha1,
    /// What nearly everybody uses.
    Sha256,
    /// Vapi offers it.
    Sha512,
}

/// The unit of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TimestampUnit {
    /// Since 1970.
    Seconds,
    /// Since 1970.
    Milliseconds,
}

/// The keyed hash of the parts, one after the other.
pub(in crate::intake) fn mac(algorithm: Algorithm, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    fn over<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "HMAC is defined for keys of every length")]
        let mut mac = <M as KeyInit>::new_from_slice(key).expect("any key will do");
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().to_vec()
    }
    match algorithm {
        Algorithm::Sha1 => over::<::hmac::Hmac<sha1::Sha1>>(key, parts),
        Algorithm::Sha256 => over::<::hmac::Hmac<sha2::Sha256>>(key, parts),
        Algorithm::Sha512 => over::<::hmac::Hmac<sha2::Sha512>>(key, parts),
    }
}

impl Encoding {
    fn write(self, bytes: &[u8]) -> String {
        match self {
            Self::Hex => hex::encode(bytes),
            Self::Base64 => BASE64_STANDARD.encode(bytes),
        }
    }

    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => hex::decode(text).ok(),
            Self::Base64 => BASE64_STANDARD.decode(text).ok(),
        }
    }
}

#[derive(Debug, PartialEq)]
enum Piece {
    Literal(String),
    Body,
    Timestamp,
    Method,
    Url,
    Id,
}

/// The scheme.
#[derive(Debug)]
pub(in crate::intake) struct Hmac {
    settings: HmacSettings,
    header: HeaderName,
    timestamp_header: HeaderName,
    id_header: Option<HeaderName>,
    payload: Vec<Piece>,
    public_url: Option<String>,
    tolerance: SignedDuration,
    secrets: Secrets,
}

/// More signatures in one header than any rotation needs.
const MOST_SIGNATURES: usize = 8;

impl Hmac {
    pub(in crate::intake) fn new(
        settings: &HmacSettings,
        source: &Settings,
        secrets: &Secrets,
    ) -> Result<Self, Problem> {
        let payload = pieces(&settings.payload)?;
        if !payload.contains(&Piece::Body) {
            return Err(Problem::new("auth.payload", "must contain {body}, or anything passes"));
        }
        if payload.contains(&Piece::Url) && source.public_url.is_none() {
            let text = "auth.payload signs {url}: set public_url to where the provider posts to";
            return Err(Problem::new("public_url", text));
        }
        if payload.contains(&Piece::Id) && settings.id_header.is_none() {
            let text = "auth.payload signs {id}: say which header holds it";
            return Err(Problem::new("auth.id_header", text));
        }
        let secrets = secrets.decoded(|secret| match settings.secret_encoding {
            SecretEncoding::Text => Ok(vec![secret.to_vec()]),
            SecretEncoding::Base64 => {
                let key = BASE64_STANDARD.decode(secret).map_err(|_| "a secret is not base64")?;
                Ok(vec![key])
            }
            SecretEncoding::Hex => {
                Ok(vec![hex::decode(secret).map_err(|_| "a secret is not hex")?])
            }
        })?;
        Ok(Self {
            header: header_name(&settings.header)?,
            timestamp_header: header_name(&settings.timestamp_header)?,
            id_header: settings.id_header.as_deref().map(header_name).transpose()?,
            settings: settings.clone(),
            payload,
            public_url: source.public_url.clone(),
            tolerance: source.tolerance(),
            secrets,
        })
    }

    /// The signatures that were presented, and the timestamp as it was written.
    fn presented<'a>(&self, request: &Request<'a>) -> (Vec<&'a str>, Option<&'a str>) {
        let mut signatures = Vec::new();
        let mut timestamp = text_header(request.headers, &self.timestamp_header);
        for value in request.headers.get_all(&self.header) {
            let Ok(value) = value.to_str() else { continue };
            let Some(field) = &self.settings.signature_field else {
                signatures.push(value.trim());
                continue;
            };
            for (name, value) in value.split(',').filter_map(|member| member.trim().split_once('='))
            {
                if name == field {
                    signatures.push(value);
                } else if Some(name) == self.settings.timestamp_field.as_deref() {
                    timestamp = Some(value);
                }
            }
        }
        signatures.truncate(MOST_SIGNATURES);
        (signatures, timestamp)
    }

    fn mac(&self, key: &[u8], request: &Request<'_>, timestamp: &str, id: &str) -> Vec<u8> {
        let url = self.url(request);
        let parts: Vec<&[u8]> = self
            .payload
            .iter()
            .map(|piece| match piece {
                Piece::Literal(text) => text.as_bytes(),
                Piece::Body => request.body,
                Piece::Timestamp => timestamp.as_bytes(),
                Piece::Method => request.method.as_str().as_bytes(),
                Piece::Url => url.as_bytes(),
                Piece::Id => id.as_bytes(),
            })
            .collect();
        mac(self.settings.algorithm, key, &parts)
    }

    fn url(&self, request: &Request<'_>) -> String {
        self.public_url.as_deref().map_or_else(String::new, |base| url_of(base, request))
    }

    /// When it was signed; none where that is not signed along.
    fn signed_at(&self, timestamp: Option<&str>) -> Result<Option<Timestamp>, Refused> {
        if !self.payload.contains(&Piece::Timestamp) {
            return Ok(None);
        }
        let signed_at = timestamp.and_then(|text| decode::epoch(text.parse().ok()?));
        let missing = Refused::Unauthorized("the signature's timestamp is missing");
        signed_at.map(Some).ok_or(missing)
    }

    /// Whether the time that is signed along has a header of its own.
    fn has_time_of_its_own(&self) -> bool {
        self.payload.contains(&Piece::Timestamp) && self.settings.timestamp_field.is_none()
    }

    fn id<'a>(&self, request: &Request<'a>) -> Option<&'a str> {
        text_header(request.headers, self.id_header.as_ref()?)
    }
}

/// The address the provider posted to.
pub(in crate::intake) fn url_of(base: &str, request: &Request<'_>) -> String {
    let query = if request.query.is_empty() { "" } else { "?" };
    format!("{base}{}{query}{}", request.path, request.query)
}

impl Scheme for Hmac {
    fn headers(&self) -> Vec<&HeaderName> {
        let time = Some(&self.timestamp_header).filter(|_| self.has_time_of_its_own());
        [&self.header].into_iter().chain(time).chain(&self.id_header).collect()
    }

    fn greet(&self, request: &Request<'_>) -> Result<(), Refused> {
        let (signatures, timestamp) = self.presented(request);
        if signatures.is_empty() && self.settings.signature_member.is_none() {
            return Err(Refused::Unauthorized("the signature is missing"));
        }
        match self.signed_at(timestamp)? {
            Some(signed_at) => within(self.tolerance, signed_at, request.now),
            None => Ok(()),
        }
    }

    fn verify(&self, request: &Request<'_>) -> Result<Proof, Refused> {
        let (mut signatures, timestamp) = self.presented(request);
        let mut request = *request;
        let member = self.settings.signature_member.as_deref().filter(|_| signatures.is_empty());
        let cut = member.and_then(|member| without_member(request.body, member));
        if let Some((signature, body)) = &cut {
            signatures.push(signature);
            request.body = body;
        }
        let request = &request;
        if signatures.is_empty() {
            return Err(Refused::Unauthorized("the signature is missing"));
        }
        let signed_at = self.signed_at(timestamp)?;
        // What is not signed proves nothing.
        let id = self.id(request).filter(|_| self.payload.contains(&Piece::Id));
        let macs: Vec<Vec<u8>> = signatures
            .iter()
            .filter_map(|text| {
                let text = without_prefix(text.as_bytes(), &self.settings.prefix)?;
                self.settings.encoding.read(std::str::from_utf8(text).ok()?)
            })
            .collect();
        let genuine = self.secrets.any(|key| {
            let right = self.mac(key, request, timestamp.unwrap_or(""), id.unwrap_or(""));
            macs.iter().fold(Choice::from(0), |found, mac| found | mac.as_slice().ct_eq(&right))
        });
        if !genuine {
            return Err(Refused::Unauthorized("the signature fits none of the active secrets"));
        }
        if let Some(signed_at) = signed_at {
            within(self.tolerance, signed_at, request.now)?;
        }
        Ok(Proof { id: id.map(str::to_owned), signed_at })
    }

    fn claim(&self, request: &Request<'_>) -> Proof {
        Proof { id: self.id(request).map(str::to_owned), signed_at: None }
    }

    fn sign(&self, request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)> {
        let timestamp = self.settings.timestamp_unit.write(request.now);
        let id = self.id(request).map_or_else(|| format!("msg_{timestamp}"), str::to_owned);
        let settings = &self.settings;
        let mac =
            settings.encoding.write(&self.mac(self.secrets.first(), request, &timestamp, &id));
        let mac = format!("{}{mac}", settings.prefix);
        let mut headers = match (&settings.timestamp_field, &settings.signature_field) {
            (Some(time), Some(signature)) => {
                signed(&self.header, format!("{time}={timestamp},{signature}={mac}").as_bytes())
            }
            (None, Some(signature)) => {
                signed(&self.header, format!("{signature}={mac}").as_bytes())
            }
            _ => signed(&self.header, mac.as_bytes()),
        };
        if self.has_time_of_its_own() {
            headers.extend(signed(&self.timestamp_header, timestamp.as_bytes()));
        }
        if let Some(name) = &self.id_header {
            headers.extend(signed(name, id.as_bytes()));
        }
        headers
    }
}

/// The text of a JSON member `,"name":"…"`, and the body without that member.
fn without_member<'a>(body: &'a [u8], name: &str) -> Option<(&'a str, Vec<u8>)> {
    let quoted = format!("\"{name}\"");
    let cut = |at: usize| {
        let before = body[..at].trim_ascii_end().strip_suffix(b",")?;
        let behind = body[at + quoted.len()..].trim_ascii_start().strip_prefix(b":")?;
        let value = behind.trim_ascii_start().strip_prefix(b"\"")?;
        let quote = value.iter().position(|byte| *byte == b'"')?;
        let text = std::str::from_utf8(&value[..quote]).ok()?;
        Some((text, [before, &value[quote + 1..]].concat()))
    };
    let mut places = body.windows(quoted.len()).enumerate().rev();
    places.find_map(|(at, window)| (window == quoted.as_bytes()).then(|| cut(at)).flatten())
}

impl TimestampUnit {
    fn write(self, at: Timestamp) -> String {
        match self {
            Self::Seconds => at.as_second().to_string(),
            Self::Milliseconds => at.as_millisecond().to_string(),
        }
    }
}

fn pieces(template: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Literal(before.to_owned()));
        }
        let (token, after) =
            after.split_once('}').ok_or_else(|| Problem::new("auth.payload", "a { has no }"))?;
        pieces.push(match token {
            "body" => Piece::Body,
            "timestamp" => Piece::Timestamp,
            "method" => Piece::Method,
            "url" => Piece::Url,
            "id" | "svix-id" => Piece::Id,
            other => {
                let known = "{body}, {timestamp}, {method}, {url}, {id}";
                let text = format!("there is no {{{other}}}; there are {known}");
                return Err(Problem::new("auth.payload", text));
            }
        });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.to_owned()));
    }
    Ok(pieces)
}
