//! How anybody asks a hub: the console's keys and the tools of the command line take this way.
//!
//! Promises: the token goes to this address and to no other (no redirects, no proxies); a request
//! that may be repeated is, for as long as an operator's patience lasts, so an order must carry an
//! id (the hub does an id once); every failure is a [`ClientError`] that a person understands.

mod address;

use std::{error::Error, io, time::Duration};

use reqwest::{Method, StatusCode, Url, header::RETRY_AFTER};
use rustls::CertificateError;
use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::sleep;

pub use address::{Address, AddressError};

use crate::{call::Text, wire::ApiError};

/// Tries of one request.
const TRIES: u32 = 3;
/// The pause after the first try; it grows with every further one.
const PAUSE: Duration = Duration::from_millis(400);
/// The longest we wait because the hub says so.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long one try may take for somebody who watches a screen.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Why the hub did not do what was asked, as one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// This machine can't speak HTTP.
    #[error("this machine's certificates can't be loaded ({0})")]
    Unable(String),
    /// Nobody answers at the address.
    #[error(
        "there is no hub at {address} ({why}); start one with `callboard hub`, or say where it is \
         with --hub URL"
    )]
    NoHub {
        /// Where it was looked for.
        address: String,
        /// What the network says.
        why: String,
    },
    /// Somebody answers with a certificate that this machine does not trust.
    #[error(
        "the certificate of {address} is not trusted ({why}); if it is your hub's own, name its \
         file in SSL_CERT_FILE (docs/operations.md)"
    )]
    Untrusted {
        /// Who answers.
        address: String,
        /// What is wrong with it.
        why: String,
    },
    /// Somebody answers, who speaks no TLS.
    #[error("what answers at {0} speaks plain HTTP: write http:// in place of https://")]
    Plain(String),
    /// Somebody is there and says nothing.
    #[error("the hub at {0} does not answer in time; whether it did what was asked is not known")]
    Silent(String),
    /// Somebody answers, but no hub that this program understands.
    #[error(
        "what answers at {address} is no hub that this callboard understands ({what}); look at the \
         address, and that both have the same version"
    )]
    Strange {
        /// The address.
        address: String,
        /// What it answered.
        what: String,
    },
    /// The token belongs to nobody.
    #[error(
        "the hub at {0} does not accept the token; look at --token-file, CALLBOARD_TOKEN and \
         console.token in the config"
    )]
    Token(String),
    /// The token's owner may not do this.
    #[error("{0}; use the token of somebody whose role reaches (--token-file FILE)")]
    Role(String),
    /// The hub has no such address.
    #[error("the hub at {0} is older than this callboard and can't do this yet; update the hub")]
    TooOld(String),
    /// The hub said no, in its own words.
    #[error("{message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The stable word for programs, see [`ApiError`].
        word: String,
        /// What to tell a person.
        message: String,
    },
}

/// Somebody with a token who asks one hub.
#[derive(Clone, Debug)]
pub struct Client {
    address: Address,
    token: SecretString,
    http: reqwest::Client,
}

impl Client {
    /// Asks the hub at `address` as whoever `token` belongs to; each try may take `patience`.
    ///
    /// # Errors
    /// When this machine has no usable certificates.
    pub fn new(
        address: Address,
        token: SecretString,
        patience: Duration,
    ) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(patience)
            .build()
            .map_err(|error| ClientError::Unable(innermost(&error)))?;
        Ok(Self { address, token, http })
    }

    /// Whom it asks.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Gets what lies at `path` (its segments, as `["v1", "calls", id]`) with this query.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn get<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, ClientError> {
        let mut url = self.address.under(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        self.ask(Method::GET, url, None::<&()>).await
    }

    /// Posts `body` to `path`. It may be posted again when no answer comes: it must carry an id,
    /// or be harmless to repeat.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &[&str],
        body: &impl Serialize,
    ) -> Result<T, ClientError> {
        self.ask(Method::POST, self.address.under(path), Some(body)).await
    }

    /// Asks until there is an answer that is one.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        url: Url,
        body: Option<&impl Serialize>,
    ) -> Result<T, ClientError> {
        let mut number = 1;
        loop {
            let mut request = self
                .http
                .request(method.clone(), url.clone())
                .bearer_auth(self.token.expose_secret());
            if let Some(body) = body {
                request = request.json(body);
            }
            let (problem, again) = match self.answer(request).await {
                Ok(answer) if answer.status.is_success() => return self.read(&answer.body),
                Ok(answer) => (self.refused(answer.status, &answer.body), answer.again()),
                Err(problem) => (problem, Some(Duration::ZERO)),
            };
            let Some(wait) = again.filter(|_| number < TRIES) else { return Err(problem) };
            sleep(wait.max(PAUSE * number)).await;
            number += 1;
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Answer, ClientError> {
        let failed = |error: reqwest::Error| {
            let address = self.address.shown().to_owned();
            if error.is_timeout() {
                ClientError::Silent(address)
            } else if let Some(why) = untrusted(&error) {
                ClientError::Untrusted { address, why }
            } else if speaks_no_tls(&error) {
                ClientError::Plain(address)
            } else if error.is_connect() {
                ClientError::NoHub { address, why: innermost(&error) }
            } else if speaks_no_http(&error) && address.starts_with("http://") {
                ClientError::Strange { address, what: NO_HTTP.to_owned() }
            } else {
                ClientError::Strange { address, what: innermost(&error) }
            }
        };
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        let wait = response.headers().get(RETRY_AFTER).and_then(|wait| wait.to_str().ok());
        let wait = wait.and_then(|wait| wait.parse().ok()).map(Duration::from_secs);
        let body = response.bytes().await.map_err(failed)?.into();
        Ok(Answer { status, wait, body })
    }

    fn read<T: DeserializeOwned>(&self, body: &[u8]) -> Result<T, ClientError> {
        serde_json::from_slice(body).map_err(|error| ClientError::Strange {
            address: self.address.shown().to_owned(),
            what: sentence(&error.to_string()),
        })
    }

    /// What an answer that is none means.
    fn refused(&self, status: StatusCode, body: &[u8]) -> ClientError {
        let address = self.address.shown().to_owned();
        let Ok(error) = serde_json::from_slice::<ApiError>(body) else {
            return ClientError::Strange { address, what: format!("it answers {status}") };
        };
        let message = sentence(error.message.as_str());
        match (status.as_u16(), error.error.as_str()) {
            (401, _) => ClientError::Token(address),
            (403, _) => ClientError::Role(message),
            (404, "no_such_address") | (405, _) => ClientError::TooOld(address),
            (status, _) => ClientError::Refused { status, word: error.error, message },
        }
    }
}

/// What came back.
struct Answer {
    status: StatusCode,
    /// How long the hub asks us to wait.
    wait: Option<Duration>,
    body: Vec<u8>,
}

impl Answer {
    /// How long to wait at least before asking again; none when that can't help.
    fn again(&self) -> Option<Duration> {
        let passing = matches!(self.status.as_u16(), 429 | 502 | 503 | 504);
        passing.then(|| self.wait.unwrap_or_default().min(LONGEST_WAIT))
    }
}

/// What is wrong with the certificate of whoever answered, if that is why nothing came of it.
pub fn untrusted(error: &(dyn Error + 'static)) -> Option<String> {
    let Some(rustls::Error::InvalidCertificate(wrong)) = of_tls(error) else { return None };
    Some(match wrong {
        CertificateError::UnknownIssuer => "this machine knows nobody who vouches for it".into(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is made out to another name".into()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "it has expired".into()
        }
        other => sentence(&other.to_string()),
    })
}

/// Whether whoever answered speaks no TLS, if that is why nothing came of it.
pub fn speaks_no_tls(error: &(dyn Error + 'static)) -> bool {
    matches!(of_tls(error), Some(rustls::Error::InvalidMessage(_)))
}

/// What is said of somebody at an address with `http://` who answers otherwise: most often TLS.
pub const NO_HTTP: &str = "it speaks no HTTP: is it https:// that you mean?";

/// Whether what came back is nothing of HTTP.
fn speaks_no_http(error: &(dyn Error + 'static)) -> bool {
    let parsed = error.downcast_ref::<hyper::Error>().map(hyper::Error::is_parse);
    parsed.or_else(|| error.source().map(speaks_no_http)).unwrap_or(false)
}

/// What TLS has to say of it.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    // What an I/O error wraps is none of its sources.
    let wrapped = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let wrapped = wrapped.and_then(|inner| of_tls(inner));
    error.downcast_ref().or(wrapped).or_else(|| error.source().and_then(of_tls))
}

/// What the network really said, without the layers around it.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let text = cause.to_string();
    // `Connection refused (os error 111)`: the number helps nobody.
    sentence(text.split(" (os error").next().unwrap_or(&text))
}

/// A foreign sentence, safe to show and short enough to read.
pub fn sentence(text: &str) -> String {
    Text::limited(text, 200).as_str().to_owned()
}
