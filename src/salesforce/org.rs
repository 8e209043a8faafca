//! The calls we make to an org.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::sync::Notify;

use super::{
    answer::{Created, Describe, Page, Upserted, Usage},
    batch::{Batch, Patience},
    connection::{Connection, Meter},
    escape::RecordId,
    failure::{Class, Failure},
    http::Answer,
    request::{Base, Request, api_name, segment},
    settings::{Settings, SettingsError},
    token::TokenStore,
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
    connection: Arc<Connection>,
    batch: Arc<Batch>,
    pub(super) base: Base,
    meter: Arc<Meter>,
    /// How long requests of this handle wait for others to go with; none to go alone.
    patience: Option<Patience>,
}

impl Org {
    /// A connection with these settings. Nothing is sent yet.
    ///
    /// # Errors
    /// What is wrong with the settings.
    pub fn new(settings: Settings, store: Arc<dyn TokenStore>) -> Result<Self, SettingsError> {
        settings.check()?;
        let base = Base::new(&settings.api_version);
        let base = base.ok_or_else(|| SettingsError("api_version can't be used".to_owned()))?;
        Ok(Self {
            connection: Arc::new(Connection::new(settings, store)?),
            batch: Arc::default(),
            base,
            meter: Arc::default(),
            patience: None,
        })
    }

    /// The same connection with a [`Meter`] of its own.
    #[must_use]
    pub fn metered(&self) -> Self {
        Self { meter: Arc::default(), ..self.clone() }
    }

    /// The same connection, whose requests wait so long for others: those that travel together
    /// count as one API call.
    #[must_use]
    pub fn patient(&self, at_most: Duration) -> Self {
        self.patient_until(at_most, Arc::default())
    }

    /// The same, until `hurry` is notified.
    #[must_use]
    pub fn patient_until(&self, at_most: Duration, hurry: Arc<Notify>) -> Self {
        Self { patience: Some(Patience { at_most, hurry }), ..self.clone() }
    }

    /// What went through this handle and its clones.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// How many API calls were made over this connection. Token requests do not count: they do
    /// not count for Salesforce either.
    pub fn calls(&self) -> u64 {
        self.connection.calls()
    }

    /// Where the org is, once a token request has told: with a record's id behind it, it opens
    /// the record in a browser.
    pub fn instance_url(&self) -> Option<String> {
        self.connection.noted().instance_url
    }

    /// The org's use of its allowance, as the last answer told.
    pub fn usage(&self) -> Option<Usage> {
        self.connection.noted().usage
    }

    /// How far this machine's clock is ahead of Salesforce's, as the last answer told.
    pub fn clock_ahead(&self) -> Option<SignedDuration> {
        self.connection.noted().clock_ahead
    }

    /// The id of the org we are connected to.
    ///
    /// # Errors
    /// A [`Failure`] of the token request.
    pub async fn org_id(&self) -> Result<RecordId, Failure> {
        Ok(self.connection.sessions.get(None).await?.org_id.clone())
    }

    /// The user we are.
    ///
    /// # Errors
    /// A [`Failure`] of the token request.
    pub async fn user_id(&self) -> Result<RecordId, Failure> {
        Ok(self.connection.sessions.get(None).await?.user_id.clone())
    }

    /// Runs a SOQL query over what the org is made of.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn tooling_query(&self, soql: &str) -> Result<Page, Failure> {
        self.read(&["tooling", "query"], &[("q", soql)]).await
    }

    /// Creates a custom field, such as `Lead.Urgency_Level__c`. Nobody sees it before field-level
    /// security lets them.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn create_field(&self, full_name: &str, metadata: Value) -> Result<(), Failure> {
        let mut body = Fields::new();
        body.insert("FullName".to_owned(), full_name.into());
        body.insert("Metadata".to_owned(), metadata);
        let path = ["tooling", "sobjects", "CustomField"];
        let request = self.base.save(Method::POST, &path, body, Options::default());
        self.send(request).await.map(|_| ())
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
        let path = ["sobjects", api_name(sobject)?];
        let request = self.base.save(Method::POST, &path, fields.clone(), options);
        let created: Created = read(&self.send(request).await?)?;
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
        let path = ["sobjects", api_name(sobject)?, id.as_str()];
        let request = self.base.save(Method::PATCH, &path, fields.clone(), options);
        self.send(request).await.map(|_| ())
    }

    /// Creates the record whose external id `field` is `value`, or changes it if it exists.
    ///
    /// # Errors
    /// A [`Failure`]; [`Class::Ambiguous`] only for an answer that can't be read.
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
        let path = ["sobjects", api_name(sobject)?, api_name(field)?, segment(value)?];
        let request = self.base.save(Method::PATCH, &path, fields, options);
        let answer = self.send(request).await?;
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
        let path = ["sobjects", api_name(sobject)?, id.as_str()];
        self.read(&path, &[("fields", &fields.join(","))]).await
    }

    /// Runs a SOQL query; values in it must have gone through
    /// [`text_literal`](super::text_literal).
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn query(&self, soql: &str) -> Result<Page, Failure> {
        self.read(&["query"], &[("q", soql)]).await
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
        self.read(&["query", segment(locator)?], &[]).await.map(Some)
    }

    /// What an sObject is like.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn describe(&self, sobject: &str) -> Result<Describe, Failure> {
        self.read(&["sobjects", api_name(sobject)?, "describe"], &[]).await
    }

    /// The org's limits as `name → {Max, Remaining}`.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn limits(&self) -> Result<Map<String, Value>, Failure> {
        self.read(&["limits"], &[]).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<T, Failure> {
        read(&self.send(self.base.get(path, query)).await?)
    }

    /// Posts to the SOAP API of the same version what `envelope` makes of the session.
    pub(super) async fn send_soap(
        &self,
        envelope: impl Fn(&str) -> Result<String, Failure>,
    ) -> Result<Answer, Failure> {
        self.connection.send_soap(&self.base.soap(), envelope, &self.meter).await
    }

    /// Sends a request that goes alone.
    pub(super) async fn send_alone(&self, request: Request) -> Result<Answer, Failure> {
        self.connection.send(&request, &self.meter).await
    }

    async fn send(&self, request: Request) -> Result<Answer, Failure> {
        if self.patience.is_none() {
            return self.connection.send(&request, &self.meter).await;
        }
        let repeatable = request.repeatable;
        let mut answers = self.send_together(vec![request]).await?;
        let answer = answers.pop().ok_or_else(unreadable)?;
        answer.into_result(repeatable)
    }

    /// Sends requests that belong together as one API call. The answers stand in their order,
    /// whatever their status.
    pub(super) async fn send_together(&self, group: Vec<Request>) -> Result<Vec<Answer>, Failure> {
        let Self { connection, base, meter, .. } = self;
        let patience = self.patience.clone().unwrap_or_default();
        self.batch.send(connection, base, group, &patience, meter).await
    }
}

pub(super) fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, Failure> {
    serde_json::from_slice(&answer.body).map_err(|_| unreadable())
}

pub(super) fn unreadable() -> Failure {
    Failure::own(Class::Ambiguous, "UNREADABLE", "Salesforce's answer can't be read")
}
