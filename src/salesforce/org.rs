//! The calls we make to an org.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU16, AtomicU64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, Url, header::HeaderMap};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{
    answer::{Created, Describe, Page, Upserted, Usage},
    escape::{RecordId, is_api_name},
    failure::{Class, Failure},
    http::{Answer, exchange},
    settings::{Settings, SettingsError},
    token::{Session, Sessions, TokenStore},
};

/// The fields of a record, by API name.
pub type Fields = Map<String, Value>;

/// Whether Salesforce runs assignment rules when it saves a Lead. Its own default is to run them
/// at every save, also of an update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AutoAssign {
    /// The record keeps its owner, or gets the one we say.
    #[default]
    Off,
    /// The org's active rule chooses the owner.
    On,
}

/// How a record is to be saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Run assignment rules; never when the fields say who the owner is.
    pub auto_assign: AutoAssign,
    /// Save although a duplicate rule warns (one that blocks can't be overruled).
    pub save_duplicates: bool,
}

/// A connection to one org. Clones share it.
#[derive(Clone)]
pub struct Org {
    shared: Arc<Shared>,
    meter: Arc<Meter>,
}

/// Counts the calls of one handle.
#[derive(Debug, Default)]
pub struct Meter {
    calls: AtomicU64,
    status: AtomicU16,
}

impl Meter {
    /// API calls made.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// HTTP status of the last answer; 0 when there was none.
    pub fn status(&self) -> u16 {
        self.status.load(Ordering::Relaxed)
    }
}

struct Shared {
    settings: Settings,
    http: reqwest::Client,
    sessions: Arc<Sessions>,
    usage: Mutex<Option<Usage>>,
    clock_ahead: Mutex<Option<SignedDuration>>,
    instance_url: Mutex<Option<String>>,
    calls: AtomicU64,
}

/// One request, so that it can be made again with another token.
struct Request<'a> {
    method: Method,
    /// The segments after `/services/data/vXX.X`; encoded here.
    path: &'a [&'a str],
    query: &'a [(&'a str, &'a str)],
    body: Option<&'a Value>,
    options: Option<Options>,
    /// Whether carrying it out twice does no harm.
    repeatable: bool,
}

impl<'a> Request<'a> {
    fn get(path: &'a [&'a str]) -> Self {
        Self { method: Method::GET, path, query: &[], body: None, options: None, repeatable: true }
    }
}

impl Org {
    /// A connection with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: Settings, store: Arc<dyn TokenStore>) -> Result<Self, SettingsError> {
        settings.check()?;
        let mut http = reqwest::Client::builder();
        if settings.is_local() {
            http = http.no_proxy();
        }
        let http = http
            .user_agent(concat!("callboard/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect_timeout())
            .timeout(settings.timeout())
            .build()
            .map_err(|error| SettingsError(format!("allow no HTTP client: {error}")))?;
        let sessions = Sessions::new(settings.clone(), http.clone(), store);
        Ok(Self {
            shared: Arc::new(Shared {
                settings,
                http,
                sessions: Arc::new(sessions),
                usage: Mutex::new(None),
                clock_ahead: Mutex::new(None),
                instance_url: Mutex::new(None),
                calls: AtomicU64::new(0),
            }),
            meter: Arc::default(),
        })
    }

    /// The same connection with a [`Meter`] of its own.
    #[must_use]
    pub fn metered(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), meter: Arc::default() }
    }

    /// What went through this handle and its clones.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// How many API calls were made over this connection. Token requests do not count: they do
    /// not count for Salesforce either.
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// Where the org is, once a token request has told: with a record's id behind it, it opens
    /// the record in a browser.
    pub fn instance_url(&self) -> Option<String> {
        self.shared.instance_url.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The org's use of its allowance, as the last answer told.
    pub fn usage(&self) -> Option<Usage> {
        *self.shared.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How far this machine's clock is ahead of Salesforce's, as the last answer told.
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of the org we are connected to.
    ///
    /// # Errors
    /// A [`Failure`] of the token request.
    pub async fn org_id(&self) -> Result<RecordId, Failure> {
        Ok(self.shared.sessions.get(None).await?.org_id.clone())
    }

    /// Creates a record. Not to be repeated after [`Class::Ambiguous`].
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn create(
        &self,
        sobject: &str,
        fields: &Fields,
        options: Options,
    ) -> Result<RecordId, Failure> {
        let body = Value::Object(fields.clone());
        let request = Request {
            method: Method::POST,
            path: &["sobjects", api_name(sobject)?],
            query: &[],
            body: Some(&body),
            options: Some(options),
            repeatable: false,
        };
        let created: Created = read(&self.send(&request).await?)?;
        RecordId::parse(&created.id).ok_or_else(unreadable)
    }

    /// Changes fields of a record; those set to null are emptied.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn update(
        &self,
        sobject: &str,
        id: &RecordId,
        fields: &Fields,
        options: Options,
    ) -> Result<(), Failure> {
        let body = Value::Object(fields.clone());
        let request = Request {
            method: Method::PATCH,
            path: &["sobjects", api_name(sobject)?, id.as_str()],
            query: &[],
            body: Some(&body),
            options: Some(options),
            repeatable: true,
        };
        self.send(&request).await.map(|_| ())
    }

    /// Creates the record whose external id `field` is `value`, or changes it if it exists.
    ///
    /// # Errors
    /// A [`Failure`]; [`Class::Ambiguous`] never, for repeating does no harm.
    pub async fn upsert(
        &self,
        sobject: &str,
        field: &str,
        value: &str,
        fields: &Fields,
        options: Options,
    ) -> Result<Upserted, Failure> {
        let mut fields = fields.clone();
        // In the URL and the body at once it is refused.
        fields.remove(field);
        let body = Value::Object(fields);
        let request = Request {
            method: Method::PATCH,
            path: &["sobjects", api_name(sobject)?, api_name(field)?, segment(value)?],
            query: &[],
            body: Some(&body),
            options: Some(options),
            repeatable: true,
        };
        let answer = self.send(&request).await?;
        if answer.body.is_empty() { Ok(Upserted::default()) } else { read(&answer) }
    }

    /// Reads fields of a record.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn get(
        &self,
        sobject: &str,
        id: &RecordId,
        fields: &[&str],
    ) -> Result<Fields, Failure> {
        for field in fields {
            api_name(field)?;
        }
        let fields = fields.join(",");
        let path = ["sobjects", api_name(sobject)?, id.as_str()];
        let request = Request { query: &[("fields", &fields)], ..Request::get(&path) };
        read(&self.send(&request).await?)
    }

    /// Runs a SOQL query; values in it must have gone through
    /// [`text_literal`](super::text_literal).
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn query(&self, soql: &str) -> Result<Page, Failure> {
        let request = Request { query: &[("q", soql)], ..Request::get(&["query"]) };
        read(&self.send(&request).await?)
    }

    /// The page after `page`; none when it was the last.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn next_page(&self, page: &Page) -> Result<Option<Page>, Failure> {
        let Some(url) = page.next_records_url.as_deref().filter(|_| !page.done) else {
            return Ok(None);
        };
        // /services/data/v66.0/query/01g…-2000: only the locator is taken over.
        let locator = url.rsplit('/').next().unwrap_or_default();
        read(&self.send(&Request::get(&["query", segment(locator)?])).await?).map(Some)
    }

    /// What an sObject is like.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn describe(&self, sobject: &str) -> Result<Describe, Failure> {
        read(&self.send(&Request::get(&["sobjects", api_name(sobject)?, "describe"])).await?)
    }

    /// The org's limits as `name → {Max, Remaining}`.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn limits(&self) -> Result<Map<String, Value>, Failure> {
        read(&self.send(&Request::get(&["limits"])).await?)
    }

    /// Makes the request; an expired session is renewed once and the request repeated once.
    async fn send(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        let session = self.shared.sessions.get(None).await?;
        match self.attempt(&session, request).await {
            Err(failure) if failure.is_expired_session() => {
                let fresh = self.shared.sessions.get(Some(&session)).await?;
                self.attempt(&fresh, request).await
            }
            outcome => outcome,
        }
    }

    async fn attempt(&self, session: &Session, request: &Request<'_>) -> Result<Answer, Failure> {
        let shared = &self.shared;
        let url = self.url(session, request)?;
        *shared.instance_url.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(session.instance_url.as_str().trim_end_matches('/').to_owned());
        let call_options = format!("client={}", shared.settings.client_name);
        let mut builder = shared
            .http
            .request(request.method.clone(), url)
            .bearer_auth(session.access_token.expose_secret())
            .header("Sforce-Call-Options", call_options);
        if let Some(options) = request.options {
            builder = builder.headers(saving_headers(options, request.body));
        }
        if let Some(body) = request.body {
            builder = builder.json(body);
        }
        self.meter.calls.fetch_add(1, Ordering::Relaxed);
        self.meter.status.store(0, Ordering::Relaxed);
        shared.calls.fetch_add(1, Ordering::Relaxed);
        let answer = exchange(builder, request.repeatable).await?;
        self.meter.status.store(answer.status, Ordering::Relaxed);
        self.note(&answer.headers);
        if answer.is_success() {
            return Ok(answer);
        }
        let (status, wait) = (answer.status, answer.retry_after());
        Err(Failure::from_answer(status, &answer.body, wait, request.repeatable))
    }

    fn url(&self, session: &Session, request: &Request<'_>) -> Result<Url, Failure> {
        let mut url = session.instance_url.clone();
        url.path_segments_mut()
            .map_err(|()| unreadable())?
            .clear()
            .extend(["services", "data", &self.shared.settings.api_version])
            .extend(request.path);
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(request.query);
        }
        Ok(url)
    }

    /// Keeps what every answer tells beside its content.
    fn note(&self, headers: &HeaderMap) {
        let date = headers.get("date").and_then(|value| value.to_str().ok());
        if let Some(date) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            let ahead = Timestamp::now().duration_since(date.timestamp());
            *self.shared.clock_ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        let header = headers.get("sforce-limit-info").and_then(|value| value.to_str().ok());
        if let Some(usage) = header.and_then(Usage::parse) {
            *self.shared.usage.lock().unwrap_or_else(PoisonError::into_inner) = Some(usage);
        }
    }
}

/// How Salesforce is to save what the body holds.
fn saving_headers(options: Options, body: Option<&Value>) -> HeaderMap {
    use reqwest::header::HeaderValue;
    let owned = body.and_then(|body| body.get("OwnerId")).is_some();
    let assign = options.auto_assign == AutoAssign::On && !owned;
    let duplicates = if options.save_duplicates {
        "allowSave=true; includeRecordDetails=true; runAsCurrentUser=true"
    } else {
        "allowSave=false; includeRecordDetails=true; runAsCurrentUser=true"
    };
    HeaderMap::from_iter([
        (
            reqwest::header::HeaderName::from_static("sforce-auto-assign"),
            HeaderValue::from_static(if assign { "TRUE" } else { "FALSE" }),
        ),
        (
            reqwest::header::HeaderName::from_static("sforce-duplicate-rule-header"),
            HeaderValue::from_static(duplicates),
        ),
    ])
}

fn api_name(name: &str) -> Result<&str, Failure> {
    let wrong = || {
        let message = format!("{name:?} is not the API name of an object or field");
        Failure::own(Class::Permanent, "API_NAME", message)
    };
    is_api_name(name).then_some(name).ok_or_else(wrong)
}

/// A value as a path segment. All is encoded but the two that mean directories.
fn segment(value: &str) -> Result<&str, Failure> {
    let fine = !matches!(value, "" | "." | "..");
    fine.then_some(value).ok_or_else(|| {
        Failure::own(Class::Permanent, "EXTERNAL_ID", "this value can't be an external id")
    })
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|_| unreadable())
}

fn unreadable() -> Failure {
    Failure::own(Class::Ambiguous, "UNREADABLE", "Salesforce's answer can't be read")
}
