//! How requests prove where they come from.

mod hmac;
mod oauth;
mod standard;

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretSlice};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

pub use self::hmac::{Algorithm, Encoding, HmacSettings, SecretEncoding, TimestampUnit};
pub(super) use self::hmac::{Hmac, mac, url_of};
use super::{Refused, Reply, Request, Settings, duration, settings::Problem};
use crate::secret::SecretRef;

/// How requests of a source prove themselves: the `[sources.NAME.auth]` table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "scheme", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AuthSettings {
    /// The secret itself in a header.
    Secret {
        /// Which header.
        #[serde(default = "secret_header")]
        header: String,
    },
    /// `Authorization: Bearer SECRET`, or as configured.
    Bearer {
        /// Which header.
        #[serde(default = "authorization")]
        header: String,
        /// What stands before the secret.
        #[serde(default = "bearer")]
        prefix: String,
    },
    /// A keyed hash over the body; every detail can be set.
    Hmac(HmacSettings),
    /// Standard Webhooks, or Svix's original of it.
    StandardWebhooks {
        /// What the headers' names begin with: `webhook` or `svix`.
        #[serde(default = "webhook")]
        header_prefix: String,
    },
    /// Client credentials: the provider fetches a token at `/hooks/NAME/token` with `client_id`
    /// and the secret, and sends it as a bearer token.
    Oauth2 {
        /// The client id given to the provider.
        client_id: String,
        /// How long a token lasts.
        #[serde(default = "one_hour", deserialize_with = "duration::one")]
        lifetime: SignedDuration,
    },
}

fn secret_header() -> String {
    "x-webhook-secret".to_owned()
}

fn authorization() -> String {
    "authorization".to_owned()
}

fn bearer() -> String {
    "Bearer ".to_owned()
}

fn webhook() -> String {
    "webhook".to_owned()
}

fn one_hour() -> SignedDuration {
    SignedDuration::from_hours(1)
}

impl AuthSettings {
    /// The scheme these settings describe.
    pub(super) fn scheme(
        &self,
        settings: &Settings,
        secrets: Secrets,
    ) -> Result<Box<dyn Scheme>, Problem> {
        Ok(match self {
            Self::Secret { header } => {
                Box::new(Static { header: header_name(header)?, prefix: String::new(), secrets })
            }
            Self::Bearer { header, prefix } => {
                let header = header_name(header)?;
                Box::new(Static { header, prefix: prefix.clone(), secrets })
            }
            Self::Hmac(hmac) => Box::new(Hmac::new(hmac, settings, &secrets)?),
            Self::StandardWebhooks { header_prefix } => {
                Box::new(standard::Standard::new(header_prefix, settings.tolerance(), &secrets)?)
            }
            Self::Oauth2 { client_id, lifetime } => {
                Box::new(oauth::Oauth::new(client_id.clone(), *lifetime, secrets))
            }
        })
    }
}

/// What a verified request's headers say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proof {
    /// The sender's id of the delivery, the same for every attempt.
    pub id: Option<String>,
    /// When the sender signed.
    pub signed_at: Option<Timestamp>,
}

/// A way to verify requests, and to make genuine ones.
pub(super) trait Scheme: fmt::Debug + Send + Sync {
    /// The headers that the proof rests on.
    fn headers(&self) -> Vec<&HeaderName>;

    /// Refuses what the headers alone show to be no genuine request: its body has not come yet.
    fn greet(&self, request: &Request<'_>) -> Result<(), Refused>;

    /// Whether the request comes from who knows one of the secrets.
    fn verify(&self, request: &Request<'_>) -> Result<Proof, Refused>;

    /// The headers that make the request genuine.
    fn sign(&self, request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)>;

    /// What the headers say without proof.
    fn claim(&self, _request: &Request<'_>) -> Proof {
        Proof::default()
    }

    /// The reply to a request for a token, if this is one.
    fn grant(&self, _request: &Request<'_>) -> Option<Result<Reply, Refused>> {
        None
    }
}

/// Every secret that is active.
pub(super) struct Secrets(Vec<SecretSlice<u8>>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} secrets", self.0.len())
    }
}

impl Secrets {
    pub(super) fn resolve(references: &[SecretRef]) -> Result<Self, Problem> {
        if references.is_empty() {
            let text = "none given, so anybody could post; add secrets = [\"env:NAME\"]";
            return Err(Problem::new("secrets", text));
        }
        let (mut secrets, mut missing) = (Vec::new(), Vec::new());
        for reference in references {
            match reference.resolve() {
                // It would match the empty header that Vapi sends without a credential.
                Ok(secret) if secret.expose_secret().is_empty() => {
                    missing.push(format!("{reference} is empty"));
                }
                Ok(secret) => secrets.push(secret.expose_secret().as_bytes().to_vec().into()),
                Err(error) => missing.push(error.to_string()),
            }
        }
        match missing.is_empty() {
            true => Ok(Self(secrets)),
            false => Err(Problem::new("secrets", missing.join("; "))),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(ExposeSecret::expose_secret)
    }

    /// The keys that `decode` reads each secret as; its error must not repeat them.
    pub(super) fn decoded(
        &self,
        decode: impl Fn(&[u8]) -> Result<Vec<Vec<u8>>, &'static str>,
    ) -> Result<Self, Problem> {
        let mut keys = Vec::new();
        for secret in self.iter() {
            let read = decode(secret).map_err(|problem| Problem::new("secrets", problem))?;
            keys.extend(read.into_iter().filter(|key| !key.is_empty()).map(SecretSlice::from));
        }
        if keys.is_empty() {
            return Err(Problem::new("secrets", "a secret is empty once decoded"));
        }
        Ok(Self(keys))
    }

    /// Whether any secret passes `fits`. All are tried, so that the time tells nothing.
    pub(super) fn any(&self, fits: impl Fn(&[u8]) -> Choice) -> bool {
        self.iter().fold(Choice::from(0), |found, secret| found | fits(secret)).into()
    }

    /// The secret that new requests are signed with.
    pub(super) fn first(&self) -> &[u8] {
        self.iter().next().unwrap_or_default()
    }
}

/// Whether two texts are equal, in a time that depends on neither's content nor length.
pub(super) fn same(a: &[u8], b: &[u8]) -> Choice {
    Sha256::digest(a).as_slice().ct_eq(Sha256::digest(b).as_slice())
}

/// The secret itself in a header, after a prefix.
#[derive(Debug)]
struct Static {
    header: HeaderName,
    prefix: String,
    secrets: Secrets,
}

impl Scheme for Static {
    fn headers(&self) -> Vec<&HeaderName> {
        vec![&self.header]
    }

    fn greet(&self, request: &Request<'_>) -> Result<(), Refused> {
        self.verify(request).map(drop)
    }

    fn verify(&self, request: &Request<'_>) -> Result<Proof, Refused> {
        let presented = header(request.headers, &self.header)
            .ok_or(Refused::Unauthorized("the header with the secret is missing"))?;
        let presented = without_prefix(presented, &self.prefix)
            .ok_or(Refused::Unauthorized("the secret's prefix is missing"))?;
        if !self.secrets.any(|secret| same(presented, secret)) {
            return Err(Refused::Unauthorized("the secret is none of the active ones"));
        }
        Ok(Proof::default())
    }

    fn sign(&self, _request: &Request<'_>) -> Vec<(HeaderName, HeaderValue)> {
        let value = [self.prefix.as_bytes(), self.secrets.first()].concat();
        signed(&self.header, &value)
    }
}

/// Refuses a proof that stands twice and says two things: whoever stands between us and the sender may
/// have believed the other one.
pub(super) fn unambiguous(headers: &HeaderMap, names: &[&HeaderName]) -> Result<(), Refused> {
    let says_two_things = |name: &&HeaderName| {
        let mut values = headers.get_all(*name).iter();
        let first = values.next();
        values.any(|value| Some(value) != first)
    };
    if names.iter().any(says_two_things) {
        return Err(Refused::Unauthorized("a header of the proof stands twice and differs"));
    }
    Ok(())
}

/// What follows the prefix; the case of a word such as `Bearer` does not matter.
fn without_prefix<'a>(value: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    let (start, rest) = value.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix.as_bytes()).then_some(rest)
}

fn header_name(name: &str) -> Result<HeaderName, Problem> {
    name.to_ascii_lowercase()
        .parse()
        .map_err(|_| Problem::new("auth", format!("{name:?} can't be the name of a header")))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    headers.get(name).map(HeaderValue::as_bytes)
}

fn text_header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn signed(name: &HeaderName, value: &[u8]) -> Vec<(HeaderName, HeaderValue)> {
    let value = HeaderValue::from_bytes(value).ok().map(|mut value| {
        value.set_sensitive(true);
        (name.clone(), value)
    });
    value.into_iter().collect()
}

/// Refuses what was signed further than `tolerance` from now, in either direction.
pub(super) fn within(
    tolerance: SignedDuration,
    signed_at: Timestamp,
    now: Timestamp,
) -> Result<(), Refused> {
    let away = now.duration_since(signed_at).abs();
    if away > tolerance {
        return Err(Refused::Replayed { seconds: away.as_secs().unsigned_abs() });
    }
    Ok(())
}
