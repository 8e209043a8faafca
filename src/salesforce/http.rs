//! One HTTP exchange: bounded, and with its failures told apart by what may have arrived.

use std::{error::Error, time::Duration};

use reqwest::{RequestBuilder, StatusCode, header::HeaderMap};

use super::{
    failure::{Class, Failure, Trouble},
    settings::{Settings, SettingsError},
};

/// The longest answer that is read. A full page of 2,000 records stays far below.
const LONGEST_ANSWER: usize = 16 * 1024 * 1024;

/// The longest that we wait because an answer says so. Whoever wants more (a proxy's slip, a window of
/// maintenance) is asked once an hour, which costs nobody anything; believed, a slip would hold every
/// write for years.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Itself, if it is one of success. `repeatable`: see [`Failure::from_answer`].
    pub(super) fn into_result(self, repeatable: bool) -> Result<Self, Failure> {
        if self.is_success() {
            return Ok(self);
        }
        Err(Failure::from_answer(self.status, &self.body, self.retry_after(), repeatable))
    }

    /// `Retry-After` in seconds, up to [`LONGEST_WAIT`]; Salesforce does not use the form with a date.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds).min(LONGEST_WAIT))
    }
}

/// A client for the hosts of these settings.
///
/// # Errors
/// When this machine allows none.
pub(super) fn client(settings: &Settings) -> Result<reqwest::Client, SettingsError> {
    let mut http = reqwest::Client::builder();
    if settings.is_local() {
        http = http.no_proxy();
    }
    http.user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(settings.connect_timeout())
        .timeout(settings.timeout())
        .build()
        .map_err(|error| SettingsError(format!("allow no HTTP client: {error}")))
}

/// Sends the request and reads the whole answer.
///
/// # Errors
/// [`Trouble::Unreachable`] when nothing was sent; [`Class::Ambiguous`] (or, for a `repeatable`
/// request, [`Class::Transient`]) when it may have arrived.
pub(super) async fn exchange(request: RequestBuilder, repeatable: bool) -> Result<Answer, Failure> {
    let lost = |error: &reqwest::Error| {
        let class = if repeatable { Class::Transient } else { Class::Ambiguous };
        if error.is_timeout() {
            Failure::own(class, "TIMEOUT", "Salesforce did not answer in time")
        } else {
            let message = format!("the connection broke before the answer: {}", cause(error));
            Failure::own(class, "CONNECTION_LOST", message)
        }
    };
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(error) if error.is_connect() => {
            let message = format!("no connection to Salesforce: {}", cause(&error));
            return Err(Failure::own(Class::OrgWide(Trouble::Unreachable), "UNREACHABLE", message));
        }
        Err(error) if error.is_builder() => {
            let message = format!("the request can't be made: {}", cause(&error));
            return Err(Failure::own(Class::Permanent, "REQUEST", message));
        }
        Err(error) => return Err(lost(&error)),
    };
    let status = response.status();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    if status != StatusCode::NO_CONTENT {
        while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Failure::own(
                    Class::Permanent,
                    "ANSWER_TOO_LONG",
                    "Salesforce's answer is longer than 16 MiB",
                ));
            }
            body.extend_from_slice(&chunk);
        }
    }
    Ok(Answer { status: status.as_u16(), headers, body })
}

/// The innermost reason. It names hosts and ports, never headers or bodies.
fn cause(error: &reqwest::Error) -> String {
    let mut inner: &dyn Error = error;
    while let Some(next) = inner.source() {
        inner = next;
    }
    inner.to_string()
}
