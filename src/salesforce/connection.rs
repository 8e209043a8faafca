//! The way requests take: the session, one renewal of it, counting.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU16, AtomicU64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{RequestBuilder, Url, header::HeaderMap};
use secrecy::ExposeSecret;

use super::{
    answer::Usage,
    failure::{Class, Failure},
    http::{Answer, exchange},
    request::Request,
    settings::{Settings, SettingsError},
    soap,
    token::{Session, Sessions, TokenStore},
};

/// Counts the calls of one handle.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    status: AtomicU16,
}

impl Meter {
    /// API calls made. A composite counts for the handle whose request it went out for.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// HTTP status of the last answer; 0 when there was none.
    pub fn status(&self) -> u16 {
        self.status.load(Ordering::Relaxed)
    }

    pub(super) fn note_status(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }
}

/// What answers tell beside their content.
#[derive(Clone, Debug, Default)]
pub(super) struct Noted {
    pub(super) usage: Option<Usage>,
    pub(super) clock_ahead: Option<SignedDuration>,
    pub(super) instance_url: Option<String>,
}

/// What all handles of an org share.
pub(super) struct Connection {
    http: reqwest::Client,
    client_name: String,
    pub(super) sessions: Arc<Sessions>,
    noted: Mutex<Noted>,
    calls: AtomicU64,
}

impl Connection {
    pub(super) fn new(
        settings: Settings,
        store: Arc<dyn TokenStore>,
    ) -> Result<Self, SettingsError> {
        let http = super::http::client(&settings)?;
        Ok(Self {
            client_name: settings.client_name.clone(),
            sessions: Arc::new(Sessions::new(settings, http.clone(), store)),
            http,
            noted: Mutex::default(),
            calls: AtomicU64::new(0),
        })
    }

    pub(super) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) fn noted(&self) -> Noted {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes the request; an expired session is renewed once and the request repeated once.
    pub(super) async fn send(&self, request: &Request, meter: &Meter) -> Result<Answer, Failure> {
        let session = self.sessions.get(None).await?;
        match self.attempt(&session, request, meter).await {
            Err(failure) if failure.is_expired_session() => {
                let fresh = self.sessions.get(Some(&session)).await?;
                self.attempt(&fresh, request, meter).await
            }
            outcome => outcome,
        }
    }

    /// The same for the SOAP API, whose requests carry the session within.
    pub(super) async fn send_soap(
        &self,
        target: &str,
        envelope: impl Fn(&str) -> Result<String, Failure>,
        meter: &Meter,
    ) -> Result<Answer, Failure> {
        let session = self.sessions.get(None).await?;
        match self.attempt_soap(&session, target, &envelope, meter).await {
            Err(failure) if failure.is_expired_session() => {
                let fresh = self.sessions.get(Some(&session)).await?;
                self.attempt_soap(&fresh, target, &envelope, meter).await
            }
            outcome => outcome,
        }
    }

    async fn attempt_soap(
        &self,
        session: &Session,
        target: &str,
        envelope: impl Fn(&str) -> Result<String, Failure>,
        meter: &Meter,
    ) -> Result<Answer, Failure> {
        let url = url(session, target)?;
        let request = self
            .http
            .post(url)
            .header("Content-Type", "text/xml; charset=UTF-8")
            .header("SOAPAction", "\"\"")
            .body(envelope(session.access_token.expose_secret())?);
        let answer = self.exchange(session, request, false, meter).await?;
        if answer.is_success() { Ok(answer) } else { Err(soap::fault(&answer)) }
    }

    async fn attempt(
        &self,
        session: &Session,
        request: &Request,
        meter: &Meter,
    ) -> Result<Answer, Failure> {
        let url = url(session, &request.target)?;
        let mut builder = self
            .http
            .request(request.method.clone(), url)
            .bearer_auth(session.access_token.expose_secret())
            .header("Sforce-Call-Options", format!("client={}", self.client_name));
        for (name, value) in &request.headers {
            builder = builder.header(*name, *value);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let answer = self.exchange(session, builder, request.repeatable, meter).await?;
        answer.into_result(request.repeatable)
    }

    /// One counted exchange.
    async fn exchange(
        &self,
        session: &Session,
        request: RequestBuilder,
        repeatable: bool,
        meter: &Meter,
    ) -> Result<Answer, Failure> {
        meter.calls.fetch_add(1, Ordering::Relaxed);
        meter.note_status(0);
        self.calls.fetch_add(1, Ordering::Relaxed);
        let answer = exchange(request, repeatable).await?;
        meter.note_status(answer.status);
        self.note(session, &answer.headers);
        Ok(answer)
    }

    fn note(&self, session: &Session, headers: &HeaderMap) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let usage = text("sforce-limit-info").and_then(Usage::parse);
        let date = text("date").and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        noted.usage = usage.or(noted.usage);
        if let Some(date) = date {
            noted.clock_ahead = Some(Timestamp::now().duration_since(date.timestamp()));
        }
        let instance = session.instance_url.as_str().trim_end_matches('/');
        if noted.instance_url.as_deref() != Some(instance) {
            noted.instance_url = Some(instance.to_owned());
        }
    }
}

fn url(session: &Session, target: &str) -> Result<Url, Failure> {
    session.instance_url.join(target).map_err(|error| {
        let message = format!("the request's address can't be made: {error}");
        Failure::own(Class::Permanent, "REQUEST", message)
    })
}
