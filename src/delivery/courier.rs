//! Brings one write to Salesforce and tells what came of it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};

use futures_util::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use secrecy::SecretString;
use tokio::sync::Notify;

use super::{
    Verdict,
    deliver::{Outcome, deliver, deliver_together},
    patience, picklists,
    posted::Posted,
    submit::Submission,
};
use crate::{
    call::{Call, CallId, Fact, Money, Text},
    plan::{self, Problem, Write},
    salesforce::{
        BoxError, Class, Failure, Field, Forms, Org, Settings, SettingsError, TokenStore, Trouble,
        is_api_name, text_literal,
    },
    store::{Journal, StoreError, Vault, VaultError},
    wire::{
        AttemptSummary, FormsPosted, OpenOpportunity, Picklist, Picklists, Record, RecordsAsked,
        RecordsFound,
    },
};

/// A write to deliver, with the call it belongs to as it is now.
#[derive(Clone, Debug)]
pub struct Job {
    /// The write, marked in flight.
    pub write: Write,
    /// With a look-up: the Lead to make for the same API call if nobody is found, marked in
    /// flight too.
    pub record: Option<Write>,
    /// Its call.
    pub call: Call,
    /// When the call first had something to record.
    pub since: Timestamp,
}

/// What came of a job.
#[derive(Debug)]
pub struct Delivered {
    /// The call.
    pub call: CallId,
    /// What came of each of its writes, in their order.
    pub parts: Vec<Part>,
}

/// What came of one write.
#[derive(Debug)]
pub struct Part {
    /// The write's id.
    pub write: String,
    /// What it means for the write.
    pub verdict: Verdict,
    /// For the delivery log; none when nothing was attempted.
    pub attempt: Option<AttemptSummary>,
    /// What was learnt: a match, a link.
    pub facts: Vec<Fact>,
}

/// Brings writes to one org, and to the destinations beside it.
pub struct Courier {
    /// None where only forms are posted: they need no login.
    org: Option<Org>,
    forms: Forms,
    plan: plan::Settings,
    posted: Posted,
    hurries: Hurries,
    /// Whether the org makes a Lead together with a look-up.
    gates: AtomicBool,
    picklists: tokio::sync::Mutex<picklists::Read>,
}

/// The writes under way, to tell them to hurry.
#[derive(Default)]
struct Hurries(Mutex<HashMap<String, Arc<Notify>>>);

impl Hurries {
    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<Notify>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, write: &str) -> Arc<Notify> {
        Arc::clone(self.lock().entry(write.to_owned()).or_default())
    }

    fn end(&self, write: &str) {
        self.lock().remove(write);
    }

    fn hurry(&self, write: &str) {
        self.begin(write).notify_one();
    }
}

impl std::fmt::Debug for Courier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").finish_non_exhaustive()
    }
}

impl Courier {
    /// A courier for the org of these settings, whose rotated tokens are kept in `journal`; without
    /// them, one for forms.
    ///
    /// # Errors
    /// When the settings can't be right, or a secret can't be had.
    pub fn new(
        connection: Option<(Settings, Vault)>,
        plan: plan::Settings,
        journal: Arc<Journal>,
    ) -> Result<Self, SettingsError> {
        let usual = Settings::default();
        let forms = Forms::new(connection.as_ref().map_or(&usual, |(settings, _)| settings))?;
        let org = connection.map(|(settings, vault)| {
            Org::new(settings, Arc::new(KeptTokens::new(Arc::clone(&journal), vault)))
        });
        Ok(Self {
            posted: Posted::new(journal),
            org: org.transpose()?,
            forms,
            plan,
            hurries: Hurries::default(),
            gates: AtomicBool::new(true),
            picklists: tokio::sync::Mutex::default(),
        })
    }

    /// Delivers a write.
    pub async fn deliver(&self, job: Job) -> Delivered {
        let Job { write, record, call, since } = job;
        let at = Timestamp::now();
        let started = Instant::now();
        if write.change.destination().is_some() {
            let submission = Submission {
                org: self.org.as_ref(),
                forms: &self.forms,
                posted: &self.posted,
                settings: &self.plan,
                write: &write,
                call: &call,
            };
            let outcome = submission.deliver().await;
            let took = (at, u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
            return Delivered { call: call.id, parts: vec![part(&write, outcome, took)] };
        }
        let hurry = self.hurries.begin(&write.id);
        let wait = patience(&write, &call, since, &self.plan, at);
        let org = match self.org() {
            Ok(org) => org.patient_until(wait, hurry),
            Err(failure) => {
                let outcome = Outcome::of_failure(&failure);
                return Delivered { call: call.id, parts: vec![part(&write, outcome, (at, 0))] };
            }
        };
        crash_point!("delivery.begun");
        let record = record.as_ref();
        let (asked, made) = match record.filter(|_| self.gates.load(Ordering::Relaxed)) {
            None => (deliver(&org, &write, &call, &self.plan).await, None),
            Some(record) => {
                let (asked, made, understood) =
                    deliver_together(&org, &write, record, &call, &self.plan).await;
                if !understood {
                    tracing::warn!(
                        "the org does not make a Lead together with the look-up: each takes an \
                         API call of its own"
                    );
                    self.gates.store(false, Ordering::Relaxed);
                }
                (asked, made)
            }
        };
        crash_point!("delivery.answered");
        let took = (at, u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        let mut parts = vec![part(&write, asked, took)];
        parts.extend(record.map(|record| match made {
            Some(made) => part(record, made, took),
            None => Part {
                write: record.id.clone(),
                verdict: Verdict::Untried,
                attempt: None,
                facts: Vec::new(),
            },
        }));
        Delivered { call: call.id, parts }
    }

    /// Leaves nothing by which callers (by their [`super::mark`]s) would be known again where calls go
    /// that are not for the connected org.
    ///
    /// # Errors
    /// When the journal fails.
    pub async fn forget(&self, callers: &[String]) -> Result<(), StoreError> {
        self.posted.forget(callers).await
    }

    /// Whether there is an org to ask.
    pub fn has_org(&self) -> bool {
        self.org.is_some()
    }

    fn org(&self) -> Result<&Org, Failure> {
        self.org.as_ref().ok_or_else(|| Failure::of_ours("NO_ORG", "no org is configured"))
    }

    /// Reads anew how many forms were posted: other hubs post too.
    pub async fn recount(&self) {
        self.posted.recount(&self.plan.destinations).await;
    }

    /// How many forms went to the destination with this name; none for one that takes none.
    pub fn forms(&self, name: &str, now: Timestamp) -> Option<FormsPosted> {
        let to = self.plan.destinations.iter().find(|to| to.name == name)?;
        self.posted.forms(to, now)
    }

    /// Lets a write that waits for others to share its API call go at once: something urgent
    /// stands behind it.
    pub fn hurry(&self, write: &str) {
        self.hurries.hurry(write);
    }

    /// Notes that the writes of a job are settled: nobody will hurry them any more.
    pub fn settled(&self, write: &str) {
        self.hurries.end(write);
    }

    /// Reads records as Salesforce has them.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn look(&self, asked: &RecordsAsked) -> Result<RecordsFound, Failure> {
        let names = asked.fields.iter().chain([&asked.sobject, &asked.by]);
        for name in names {
            if !is_api_name(name) {
                let message = format!("{:?} is no API name", Text::limited(name, 80));
                return Err(Failure::of_ours("INVALID_FIELD", &message));
            }
        }
        let org = self.org()?.metered();
        let values: Vec<String> = asked.values.iter().map(|value| text_literal(value)).collect();
        let mut fields: Vec<&str> = vec!["Id"];
        fields.extend(asked.fields.iter().map(String::as_str).filter(|name| *name != "Id"));
        let soql = format!(
            "SELECT {} FROM {} WHERE {} IN ({})",
            fields.join(", "),
            asked.sobject,
            asked.by,
            values.join(", ")
        );
        let mut page = org.query(&soql).await?;
        let mut records = std::mem::take(&mut page.records);
        while let Some(next) = org.next_page(&page).await? {
            page = next;
            records.append(&mut page.records);
        }
        let user = Text::new(org.user_id().await?.as_str());
        Ok(RecordsFound { records, user, api_calls: org.meter().calls() })
    }

    /// The Opportunities of a Contact's Account that are not closed, by the day they are to close.
    /// Two API calls.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn open_opportunities(&self, contact: &str) -> Result<Vec<OpenOpportunity>, Failure> {
        let of = |sobject: &str, by: &str, value: &str, fields: &[&str]| RecordsAsked {
            sobject: sobject.to_owned(),
            by: by.to_owned(),
            values: vec![value.to_owned()],
            fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        };
        let contact = self.look(&of("Contact", "Id", contact, &["AccountId"])).await?;
        let account = contact.records.first().and_then(|found| found.get("AccountId")?.as_str());
        let Some(account) = account else { return Ok(Vec::new()) };
        let fields = ["Name", "StageName", "Amount", "CloseDate", "IsClosed"];
        let found = self.look(&of("Opportunity", "AccountId", account, &fields)).await?;
        let org = self.browser_url();
        let open = found.records.iter().filter(|it| it.get("IsClosed") != Some(&true.into()));
        let mut open: Vec<OpenOpportunity> = open
            .map(|found| {
                let text = |name: &str| found.get(name).and_then(|it| it.as_str());
                let id = Text::new(text("Id").unwrap_or_default());
                let url = org.as_ref().map(|org| Text::new(&format!("{org}/{id}")));
                // As it is written, not by way of a binary fraction.
                let amount: Option<Decimal> =
                    found.get("Amount").and_then(|it| it.to_string().parse().ok());
                OpenOpportunity {
                    record: Record { sobject: Text::new("Opportunity"), id, url },
                    name: Text::new(text("Name").unwrap_or_default()),
                    stage: Text::new(text("StageName").unwrap_or_default()),
                    amount: amount.map(Money::from),
                    close_date: text("CloseDate").map(Text::new),
                }
            })
            .collect();
        open.sort_by(|a, b| a.close_date.cmp(&b.close_date));
        Ok(open)
    }

    /// The picklists of an sObject; read anew when they are an hour old.
    ///
    /// # Errors
    /// A [`Failure`].
    pub async fn picklists(&self, sobject: &str) -> Result<Picklists, Failure> {
        // One at a time: who comes second finds what the first has read.
        let mut known = self.picklists.lock().await;
        if let Some(lists) = known.of(sobject, Instant::now()) {
            return Ok(lists.clone());
        }
        let described = self.org()?.describe(sobject).await?;
        let lists = described.fields.into_iter().filter(|field| field.kind == "picklist");
        let list = |field: Field| {
            let values = field.picklist_values.into_iter().filter(|value| value.active);
            let values = values.map(|value| Text::new(&value.value)).collect();
            (field.name, Picklist { values, restricted: field.restricted_picklist })
        };
        let lists = Picklists { sobject: Text::new(sobject), fields: lists.map(list).collect() };
        known.keep(sobject, lists.clone(), Instant::now());
        Ok(lists)
    }

    /// API calls of the last 24 hours and the limit, as Salesforce last told them.
    pub fn usage(&self) -> Option<(u64, u64)> {
        self.org.as_ref()?.usage().map(|usage| (usage.used, usage.limit))
    }

    /// API calls made since the start.
    pub fn calls(&self) -> u64 {
        self.org.as_ref().map_or(0, Org::calls)
    }

    /// Where a browser finds the org's records: this and a record's id.
    pub fn browser_url(&self) -> Option<String> {
        self.org.as_ref()?.instance_url()
    }
}

fn part(write: &Write, outcome: Outcome, (at, milliseconds): (Timestamp, u64)) -> Part {
    let (verdict, status, problem, facts) = match outcome {
        Outcome::Delivered { status, record, facts } => {
            (Verdict::Delivered(record), status, None, facts)
        }
        Outcome::Superseded { status, facts } => (Verdict::Superseded, status, None, facts),
        Outcome::Failed { class, status, problem, retry_after } => {
            let verdict = verdict(class, status, problem.clone(), retry_after);
            (verdict, status, Some(problem), Vec::new())
        }
    };
    let attempt = Some(AttemptSummary { at, milliseconds, status, problem });
    Part { write: write.id.clone(), verdict, attempt, facts }
}

/// What a class of failure means for the write. An answer that never came, or one that says the
/// org is not there, is told from a passing refusal: only the former speaks for an outage.
fn verdict(class: Class, status: u16, problem: Problem, after: Option<SignedDuration>) -> Verdict {
    match class {
        Class::Permanent => Verdict::Refused(problem),
        Class::Transient if matches!(status, 0 | 502 | 504) => Verdict::Unanswered(problem, after),
        Class::Transient => Verdict::Passing(problem, after),
        Class::Ambiguous | Class::OrgWide(Trouble::Unreachable) => {
            Verdict::Unanswered(problem, after)
        }
        Class::OrgWide(_) => Verdict::OrgWide(problem, after),
    }
}

/// Rotated refresh tokens, sealed in the journal, and the org it all is for.
pub struct KeptTokens {
    journal: Arc<Journal>,
    vault: Vault,
}

/// Under which name the journal keeps the org it belongs to.
const ORG: &str = "salesforce.org";

impl KeptTokens {
    /// The tokens of this journal.
    pub fn new(journal: Arc<Journal>, vault: Vault) -> Self {
        Self { journal, vault }
    }
}

impl TokenStore for KeptTokens {
    fn org(&self) -> BoxFuture<'_, Result<Option<String>, BoxError>> {
        Box::pin(async move { Ok(self.journal.kept(ORG).await?) })
    }

    fn keep_org<'a>(&'a self, org: &'a str) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move { Ok(self.journal.keep(ORG, org).await?) })
    }

    fn load<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Option<SecretString>, BoxError>> {
        Box::pin(async move {
            let name = format!("salesforce.token.{login}");
            let kept: Result<_, VaultError> = self.vault.kept(&self.journal, &name).await;
            Ok(kept?)
        })
    }

    fn alone<'a>(&'a self, login: &'a str) -> BoxFuture<'a, Result<Box<dyn Send>, BoxError>> {
        Box::pin(async move {
            let alone = self.journal.alone(&format!("salesforce.token.{login}")).await?;
            Ok(Box::new(alone) as Box<dyn Send>)
        })
    }

    fn keep<'a>(
        &'a self,
        login: &'a str,
        token: &'a SecretString,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let name = format!("salesforce.token.{login}");
            Ok(self.vault.keep(&self.journal, &name, token).await?)
        })
    }
}
