//! One attempt to bring one write to Salesforce.

use jiff::SignedDuration;

use crate::{
    call::{Call, Fact, Linked, Text},
    plan::{self, Candidate, Change, Fields, Missing, Problem, Write},
    salesforce::{
        AutoAssign, Class, Duplicate, Failure, Gate, Options, Org, RecordId, Upsert, text_literal,
    },
};

use super::caller::{Known, Question};

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Salesforce has it.
    Delivered {
        /// The record it made or changed.
        record: Option<Text>,
        /// What was learned: to be folded into the call before planning again.
        facts: Vec<Fact>,
        /// HTTP status of the last answer.
        status: u16,
    },
    /// It means nothing any more: what was learned makes planning ask for another write.
    Superseded {
        /// What was learned.
        facts: Vec<Fact>,
        /// HTTP status of the last answer.
        status: u16,
    },
    /// Salesforce has it not, or (when `class` is [`Class::Ambiguous`]) may have it.
    Failed {
        /// What may be done.
        class: Class,
        /// HTTP status; 0 when there was no answer.
        status: u16,
        /// Why, for people.
        problem: Problem,
        /// Not to be tried before.
        retry_after: Option<SignedDuration>,
    },
}

impl Outcome {
    /// An attempt that came to `failure`.
    pub(super) fn of_failure(failure: &Failure) -> Self {
        Self::Failed {
            class: failure.class,
            status: failure.status,
            problem: problem(failure),
            retry_after: failure.retry_after.and_then(|wait| wait.try_into().ok()),
        }
    }
}

/// What an attempt leaves behind when it succeeds.
pub(super) enum Done {
    Delivered { record: Option<RecordId>, facts: Vec<Fact> },
    Superseded(Vec<Fact>),
}

/// What a look-up teaches.
fn known(known: Known) -> Done {
    let found = known.found.id.as_ref();
    let record = found.and_then(|id| RecordId::parse(id.as_str())).or(known.own.clone());
    let own = known
        .own
        .map(|id| Fact::Linked(Linked { sobject: "Lead".into(), id: Text::new(id.as_str()) }));
    let facts = [Fact::Matched(known.found)].into_iter().chain(own).collect();
    Done::Delivered { record, facts }
}

/// Looks the caller up and, for the same API call, makes the Lead of the write `record` if nobody
/// is known. Returns what became of the look-up, what became of the Lead (none when it was not
/// made, and is to be delivered by itself if it still means something), and whether the org
/// understands such requests.
pub async fn deliver_together(
    org: &Org,
    write: &Write,
    record: &Write,
    call: &Call,
    settings: &plan::Settings,
) -> (Outcome, Option<Outcome>, bool) {
    let (Change::Match(query), Change::Upsert { sobject, external_id, fields, .. }) =
        (&write.change, &record.change)
    else {
        return (deliver(org, write, call, settings).await, None, true);
    };
    let question = Question::new(query, call, settings);
    let (Some([contacts, leads]), Some(key)) = (question.soql(), settings.external_id.get(sobject))
    else {
        return (deliver(org, write, call, settings).await, None, true);
    };
    let org = org.metered();
    let attempt = Attempt { org: &org, write: record, call, settings };
    let status = text_literal(&settings.lead_status);
    let gate = Gate {
        soql: &format!("SELECT ApiName FROM LeadStatus WHERE ApiName = {status}"),
        path: "records[0].ApiName",
        field: "Status",
    };
    let options = attempt.options(true);
    let upsert = Upsert { sobject, key, value: external_id, fields, options };
    let asked = org.upsert_if_none(&[&contacts, &leads], gate, upsert).await;
    crash_point!("match.answered");
    let (asked, upserted, understood) = match asked {
        Ok(found) => (question.answer(found.pages).map(known), found.upserted, found.understood),
        Err(failure) => (Err(failure), None, true),
    };
    let made = upserted.and_then(|upserted| RecordId::parse(upserted.id.as_deref()?));
    let made = made.map(|id| attempt.linked(sobject, id)).map(|done| outcome(Ok(done), &org));
    (outcome(asked, &org), made, understood)
}

/// Brings `write` to Salesforce. Repeating it is harmless: creates go by external id, and where
/// the org has none, a write with a `problem` or attempts behind it is searched for first. A
/// write that a crash interrupted must therefore come with a problem
/// ([`Problem::interrupted`]).
pub async fn deliver(org: &Org, write: &Write, call: &Call, settings: &plan::Settings) -> Outcome {
    let org = org.metered();
    let attempt = Attempt { org: &org, write, call, settings };
    let done = match &write.change {
        Change::Match(query) => Question::new(query, call, settings).ask(&org).await.map(known),
        Change::Upsert { sobject, external_id, fields, references } => {
            match attempt.with_references(fields, references) {
                Ok(fields) => attempt.upsert(sobject, external_id, &fields).await,
                Err(failure) => Err(failure),
            }
        }
        Change::Update { sobject, id, fields } => {
            attempt.update(sobject, id.as_ref(), fields).await
        }
        Change::Submit { .. } => {
            Err(Failure::of_ours("NO_DESTINATION", "the connected org takes no forms"))
        }
        Change::Convert { lead, opportunity, owner } => {
            attempt.convert(lead.as_ref(), opportunity, owner.as_ref()).await
        }
    };
    outcome(done, &org)
}

fn outcome(done: Result<Done, Failure>, org: &Org) -> Outcome {
    let status = org.meter().status();
    match done {
        Ok(Done::Delivered { record, facts }) => {
            let record = record.map(|id| Text::new(id.as_str()));
            Outcome::Delivered { record, facts, status }
        }
        Ok(Done::Superseded(facts)) => Outcome::Superseded { facts, status },
        Err(failure) => Outcome::of_failure(&failure),
    }
}

/// A failure as the board shows it: Salesforce's words, then ours.
pub fn problem(failure: &Failure) -> Problem {
    Problem {
        code: Text::limited(&failure.code, 100),
        message: Text::limited(&failure.message, 1_000),
        fields: failure.fields.iter().map(|field| Text::limited(field, 255)).collect(),
        advice: failure.advice().map(|advice| Text::limited(&advice, 500)),
        candidates: failure.duplicates.iter().map(candidate).collect(),
        may_save_anyway: failure.may_save_anyway,
    }
}

fn candidate(duplicate: &Duplicate) -> Candidate {
    let text = |text: &String| Text::non_empty(text);
    Candidate {
        sobject: Text::new(&duplicate.sobject),
        id: Text::new(duplicate.id.as_str()),
        name: duplicate.name.as_ref().and_then(text),
        address: duplicate.street.as_ref().and_then(text),
        account_id: duplicate.account_id.as_ref().map(|id| Text::new(id.as_str())),
        person: duplicate.person,
    }
}

/// Fields that can be set when a record is created and never after.
const CREATE_ONLY: &[(&str, &str)] = &[("Opportunity", "ContactId"), ("Task", "TaskSubtype")];

fn changeable(sobject: &str, fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    fields.retain(|field, _| !CREATE_ONLY.contains(&(sobject, field)));
    fields
}

/// Whether Salesforce refuses an update only for such a field.
fn is_create_only(failure: &Failure, sobject: &str) -> bool {
    failure.code == "INVALID_FIELD_FOR_INSERT_UPDATE"
        && CREATE_ONLY.iter().any(|(of, field)| *of == sobject && failure.names(field))
}

pub(super) struct Attempt<'a> {
    pub(super) org: &'a Org,
    pub(super) write: &'a Write,
    call: &'a Call,
    pub(super) settings: &'a plan::Settings,
}

impl Attempt<'_> {
    /// Fills in the ids of the call's other records.
    fn with_references(
        &self,
        fields: &Fields,
        references: &std::collections::BTreeMap<String, String>,
    ) -> Result<Fields, Failure> {
        let mut fields = fields.clone();
        for (field, sobject) in references {
            let id = self.own_record(sobject)?;
            fields.insert(field.clone(), id.as_str().into());
        }
        Ok(fields)
    }

    /// The record of this kind that stands for the call.
    fn own_record(&self, sobject: &str) -> Result<RecordId, Failure> {
        let id = self.call.record(sobject).and_then(|id| RecordId::of(sobject, id.as_str()));
        id.ok_or_else(|| {
            let message = format!("this call has no {sobject} in Salesforce yet");
            Failure::of_ours("NO_RECORD", &message)
        })
    }

    /// The record with this id, or else the one that stands for the call.
    pub(super) fn target(&self, sobject: &str, id: Option<&Text>) -> Result<RecordId, Failure> {
        let Some(id) = id else { return self.own_record(sobject) };
        RecordId::of(sobject, id.as_str()).ok_or_else(|| {
            let message = format!("{id:?} is not the id of a {sobject}");
            Failure::of_ours("MALFORMED_ID", &message)
        })
    }

    /// Whether an earlier attempt may have arrived.
    pub(super) fn is_repetition(&self) -> bool {
        !self.write.never_arrived() || self.write.problem.is_some()
    }

    fn options(&self, creates: bool) -> Options {
        let rules = creates && self.settings.assignment_rules;
        let auto_assign = if rules { AutoAssign::On } else { AutoAssign::Off };
        Options { auto_assign, save_duplicates: self.write.save_duplicates }
    }

    async fn upsert(
        &self,
        sobject: &str,
        external_id: &str,
        fields: &Fields,
    ) -> Result<Done, Failure> {
        let mut fields = fields.clone();
        loop {
            let saved = match self.settings.external_id.get(sobject) {
                Some(field) => self.upsert_by(field, sobject, external_id, &fields).await,
                None => self.create_once(sobject, external_id, &fields).await,
            };
            match saved {
                Err(failure) if self.went_without(sobject, &mut fields, &failure) => {}
                saved => return Ok(self.linked(sobject, saved?)),
            }
        }
    }

    /// Takes a mapped field out that the org does not have, where the mapping says so.
    fn went_without(&self, sobject: &str, fields: &mut Fields, failure: &Failure) -> bool {
        let missing = self.settings.fields.iter().find(|mapped| {
            mapped.sobject == sobject
                && mapped.missing == Missing::Drop
                && fields.contains_key(&mapped.field)
                && failure.names(&mapped.field)
        });
        let Some(missing) = missing.filter(|_| failure.code == "INVALID_FIELD") else {
            return false;
        };
        tracing::warn!(
            sobject,
            field = missing.field,
            "the org has no such field, or hides it: the write goes without it"
        );
        fields.remove(&missing.field);
        true
    }

    async fn upsert_by(
        &self,
        field: &str,
        sobject: &str,
        value: &str,
        fields: &Fields,
    ) -> Result<RecordId, Failure> {
        let creates = sobject == "Lead" && self.call.record("Lead").is_none();
        let options = self.options(creates);
        let upserted = match self.org.upsert(sobject, field, value, fields, options).await {
            Ok(upserted) => upserted,
            // It is there already, and some fields can only be set on a new record.
            Err(failure) if is_create_only(&failure, sobject) => {
                let fields = changeable(sobject, fields);
                self.org.upsert(sobject, field, value, &fields, self.options(false)).await?
            }
            // Somebody created it between Salesforce's look and its insert: now it is there.
            Err(failure) if failure.code == "DUPLICATE_VALUE" && failure.names(field) => {
                self.org.upsert(sobject, field, value, fields, self.options(false)).await?
            }
            Err(failure) => return Err(failure),
        };
        if let Some(id) = upserted.id.as_deref().and_then(RecordId::parse) {
            return Ok(id);
        }
        // Answered without a body: the record is there, only its id is not known yet.
        self.find(sobject, field, value).await?.ok_or_else(|| {
            Failure::of_ours("NO_RECORD", "Salesforce took the record but does not find it")
        })
    }

    /// Creates a record of an sObject without an external id field of ours. The call's id stands
    /// in a standard field instead, where there is one, to find it again.
    async fn create_once(
        &self,
        sobject: &str,
        external_id: &str,
        fields: &Fields,
    ) -> Result<RecordId, Failure> {
        // Task.CallObject: "name of a call center", free text of 255 characters.
        let key = (sobject == "Task").then_some("CallObject");
        let mut fields = fields.clone();
        if let Some(key) = key {
            fields.insert(key.to_owned(), external_id.into());
        }
        if self.is_repetition()
            && let Some(id) = self.find_created(sobject, key, external_id, &fields).await?
        {
            let fields = changeable(sobject, &fields);
            self.org.update(sobject, &id, &fields, self.options(false)).await?;
            return Ok(id);
        }
        self.org.create(sobject, &fields, self.options(sobject == "Lead")).await
    }

    /// Looks for a record an attempt before may have created.
    async fn find_created(
        &self,
        sobject: &str,
        key: Option<&str>,
        external_id: &str,
        fields: &Fields,
    ) -> Result<Option<RecordId>, Failure> {
        if let Some(key) = key {
            return self.find(sobject, key, external_id).await;
        }
        let naming = match sobject {
            "Opportunity" => "Name",
            _ if fields.contains_key("Phone") => "Phone",
            _ => "LastName",
        };
        let Some(value) = fields.get(naming).and_then(|value| value.as_str()) else {
            return Ok(None);
        };
        let soql = format!(
            "SELECT Id FROM {sobject} WHERE {naming} = {} AND CreatedDate >= {} \
             ORDER BY CreatedDate LIMIT 1",
            text_literal(value),
            self.write.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        );
        self.first(&soql).await
    }

    async fn find(
        &self,
        sobject: &str,
        field: &str,
        value: &str,
    ) -> Result<Option<RecordId>, Failure> {
        let value = text_literal(value);
        self.first(&format!("SELECT Id FROM {sobject} WHERE {field} = {value} LIMIT 1")).await
    }

    async fn first(&self, soql: &str) -> Result<Option<RecordId>, Failure> {
        let page = self.org.query(soql).await?;
        let id = page.records.first().and_then(|record| record.get("Id")?.as_str());
        Ok(id.and_then(RecordId::parse))
    }

    async fn update(
        &self,
        sobject: &str,
        id: Option<&Text>,
        fields: &Fields,
    ) -> Result<Done, Failure> {
        let id = self.target(sobject, id)?;
        let mut fields = fields.clone();
        let mut updated = self.org.update(sobject, &id, &fields, self.options(false)).await;
        while let Err(failure) = &updated
            && self.went_without(sobject, &mut fields, failure)
        {
            updated = self.org.update(sobject, &id, &fields, self.options(false)).await;
        }
        match updated {
            Ok(()) => Ok(self.linked(sobject, id)),
            Err(failure) if failure.code == "CANNOT_UPDATE_CONVERTED_LEAD" => {
                self.follow(&id, failure).await
            }
            // A record made a moment ago may not be readable everywhere yet.
            Err(failure) if failure.code == "NOT_FOUND" && self.write.attempts == 0 => {
                Err(Failure { class: Class::Transient, ..failure })
            }
            // The provider's hint was stale: planning looks the caller up instead.
            Err(failure)
                if matches!(failure.code.as_str(), "NOT_FOUND" | "ENTITY_IS_DELETED")
                    && self.is_hint(&id) =>
            {
                Ok(Done::Superseded(Vec::new()))
            }
            Err(failure) => Err(failure),
        }
    }

    /// Whether all that speaks for this record is that the provider carried its id along.
    fn is_hint(&self, id: &RecordId) -> bool {
        let hint = self.call.party().salesforce_id.as_ref();
        self.call.matched().is_none() && hint.is_some_and(|hint| id.same_as(hint.as_str()))
    }

    fn linked(&self, sobject: &str, id: RecordId) -> Done {
        let known = self
            .call
            .records()
            .any(|(kind, known)| kind.as_str() == sobject && id.same_as(known.as_str()));
        let link = Linked { sobject: Text::new(sobject), id: Text::new(id.as_str()) };
        let facts = if known { Vec::new() } else { vec![Fact::Linked(link)] };
        Done::Delivered { record: Some(id), facts }
    }
}
