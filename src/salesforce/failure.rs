//! Why a request to Salesforce failed, and what may be done about it.

use std::time::Duration;

use serde_json::Value;

use super::escape::RecordId;

/// What may be done about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Passes by itself: try again in a while.
    Transient,
    /// The whole org is out of order for us: hold everything, probe now and then.
    OrgWide(Trouble),
    /// Salesforce will say the same again: a person must change something first.
    Permanent,
    /// The request may have been carried out. Repeat it only if that is harmless; ask otherwise.
    Ambiguous,
}

/// What is the matter with an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// The daily allowance of API calls, or the storage, is used up.
    Limit,
    /// Salesforce works on it.
    Maintenance,
    /// No connection.
    Unreachable,
    /// The permission was withdrawn: somebody must log in again.
    Reauthorise,
    /// A setting, here or in the org, keeps us out.
    Config,
}

/// A record that Salesforce's duplicate rules, or a unique field, hold against a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// `Lead`, `Contact`; empty where Salesforce does not say.
    pub sobject: String,
    /// Its id.
    pub id: RecordId,
    /// Its name, where Salesforce says it.
    pub name: Option<String>,
    /// Its street, where Salesforce says it.
    pub street: Option<String>,
    /// Its Account, where Salesforce says it.
    pub account_id: Option<RecordId>,
    /// Whether it is a Person Account's Contact.
    pub person: bool,
}

impl Duplicate {
    /// A record of which nothing but its id is known.
    pub fn bare(sobject: &str, id: RecordId) -> Self {
        let (name, street, account_id) = (None, None, None);
        Self { sobject: sobject.to_owned(), id, name, street, account_id, person: false }
    }

    /// A record as Salesforce shows it, with as many of its fields as it shows.
    pub fn of(sobject: &str, record: &serde_json::Map<String, Value>) -> Option<Self> {
        let text = |field: &str| record.get(field).and_then(Value::as_str).map(str::to_owned);
        let parts: Vec<String> = ["FirstName", "LastName"].into_iter().filter_map(text).collect();
        let name = text("Name").or_else(|| (!parts.is_empty()).then(|| parts.join(" ")));
        let street = text("Street").or_else(|| text("MailingStreet"));
        let account_id = text("AccountId").and_then(|id| RecordId::parse(&id));
        let id = RecordId::parse(&text("Id")?)?;
        let person = record.get("IsPersonAccount") == Some(&Value::Bool(true));
        Some(Self { sobject: sobject.to_owned(), id, name, street, account_id, person })
    }
}

/// A request that failed. `Display` is Salesforce's code and message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Failure {
    /// What may be done.
    pub class: Class,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// Salesforce's `errorCode`, OAuth's `error`, or a word of ours in the same style
    /// (`TIMEOUT`, `UNREACHABLE`, `HTTP_503`).
    pub code: String,
    /// Salesforce's message, or ours. Never a secret.
    pub message: String,
    /// The fields it complains of.
    pub fields: Vec<String>,
    /// Not to be tried before.
    pub retry_after: Option<Duration>,
    /// The records it would duplicate.
    pub duplicates: Vec<Duplicate>,
    /// Whether `Options::save_duplicates` would let it pass the duplicate rule.
    pub may_save_anyway: bool,
}

/// One error as Salesforce writes it: REST says `errorCode`, collections and trees `statusCode`.
#[derive(Debug, Default)]
struct Said {
    code: String,
    message: String,
    fields: Vec<String>,
    duplicates: Vec<Duplicate>,
    may_save_anyway: bool,
}

impl Failure {
    /// A failure of ours, with our own word for it.
    pub(super) fn own(class: Class, code: &str, message: impl Into<String>) -> Self {
        Self {
            class,
            status: 0,
            code: code.to_owned(),
            message: message.into(),
            fields: Vec::new(),
            retry_after: None,
            duplicates: Vec::new(),
            may_save_anyway: false,
        }
    }

    /// Reads the answer to a REST request that failed. `repeatable` says whether carrying it out
    /// twice would do no harm: if not, an answer that leaves the outcome open is
    /// [`Class::Ambiguous`].
    pub(super) fn from_answer(
        status: u16,
        body: &[u8],
        retry_after: Option<Duration>,
        repeatable: bool,
    ) -> Self {
        let json: Option<Value> = serde_json::from_slice(body).ok();
        let said = match &json {
            Some(json) => said(status, json),
            None => Said::default(),
        };
        let code = if said.code.is_empty() { format!("HTTP_{status}") } else { said.code };
        let message = if said.message.is_empty() { unsaid(status, body) } else { said.message };
        let class = match classify(status, &code, &message) {
            Class::Ambiguous if repeatable => Class::Transient,
            class => class,
        };
        let mut duplicates = said.duplicates;
        if code == "DUPLICATE_VALUE" {
            duplicates.extend(id_in(&message).map(|id| Duplicate::bare("", id)));
        }
        Self {
            class,
            status,
            code,
            message,
            fields: said.fields,
            retry_after,
            duplicates,
            may_save_anyway: said.may_save_anyway,
        }
    }

    /// A failure that never went to Salesforce, for code around this module.
    pub fn of_ours(code: &str, message: &str) -> Self {
        Self::own(Class::Permanent, code, message)
    }

    /// A question for a person: which of these records is meant.
    pub fn of_choice(code: &str, message: &str, among: Vec<Duplicate>) -> Self {
        let own = Self::own(Class::Permanent, code, message);
        Self { duplicates: among, may_save_anyway: true, ..own }
    }

    /// Whether it complains of this field, by list or in its message.
    pub fn names(&self, field: &str) -> bool {
        self.fields.iter().any(|name| name == field) || self.message.contains(field)
    }

    /// Whether a new access token may help.
    pub(super) fn is_expired_session(&self) -> bool {
        self.status == 401 && !never_helped_by_a_token(&self.message)
    }
}

/// The two answers that look like an expired session and are none: asking for a new token would
/// go round for ever.
fn never_helped_by_a_token(message: &str) -> bool {
    message.contains("This session is not valid for use with the REST API")
        || message.contains("Connected app is not attached to Agent")
}

/// Salesforce's answers by status and code, from the error table of its REST API. Messages count
/// only where one code means two things.
fn classify(status: u16, code: &str, message: &str) -> Class {
    use Class::{Ambiguous, OrgWide, Permanent, Transient};
    match code {
        "REQUEST_LIMIT_EXCEEDED" if message.contains("Concurrent") => return Transient,
        "REQUEST_LIMIT_EXCEEDED" | "STORAGE_LIMIT_EXCEEDED" | "LIMIT_EXCEEDED" => {
            return OrgWide(Trouble::Limit);
        }
        "INVALID_SESSION_ID" if never_helped_by_a_token(message) => {
            return OrgWide(Trouble::Config);
        }
        "INVALID_SESSION_ID" => return OrgWide(Trouble::Reauthorise),
        "API_DISABLED_FOR_ORG"
        | "API_CURRENTLY_DISABLED"
        | "FUNCTIONALITY_NOT_ENABLED"
        | "FORBIDDEN"
        | "UNSUPPORTED_API_VERSION" => return OrgWide(Trouble::Config),
        _ if code.starts_with("TXN_SECURITY") => return OrgWide(Trouble::Config),
        "SERVER_UNAVAILABLE"
        | "ORG_IN_MAINTENANCE"
        | "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE" => {
            return OrgWide(Trouble::Maintenance);
        }
        "UNABLE_TO_LOCK_ROW" | "QUERY_TIMEOUT" => return Transient,
        "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" if message.contains("UNABLE_TO_LOCK_ROW") => {
            return Transient;
        }
        _ => {}
    }
    match status {
        401 if never_helped_by_a_token(message) => OrgWide(Trouble::Config),
        401 => OrgWide(Trouble::Reauthorise),
        410 => OrgWide(Trouble::Config),
        420 => OrgWide(Trouble::Unreachable),
        429 => Transient,
        503 => OrgWide(Trouble::Maintenance),
        408 | 500 | 502 | 504..600 => Ambiguous,
        _ => Permanent,
    }
}

/// What an answer without a message says by its status alone.
fn unsaid(status: u16, body: &[u8]) -> String {
    let page = body.trim_ascii_start().first() == Some(&b'<');
    match (status, page, body.is_empty()) {
        (300, ..) => "more than one record has this external id".to_owned(),
        (420, ..) => "Salesforce has no route to this org (moved, asleep or deleted)".to_owned(),
        (_, true, _) => format!("Salesforce answered with a web page (HTTP {status})"),
        (_, _, true) => format!("Salesforce answered HTTP {status} and nothing else"),
        _ => format!("Salesforce answered HTTP {status} and nothing readable"),
    }
}

/// Reads an error body: an array of errors (the first that is not a consequence of another one
/// counts), a bare object, an OAuth error, or the URLs of a 300.
fn said(status: u16, json: &Value) -> Said {
    match json {
        Value::Array(urls) if status == 300 => Said {
            duplicates: urls.iter().filter_map(|url| duplicate_at(url.as_str()?)).collect(),
            ..Said::default()
        },
        Value::Array(errors) => {
            let consequence = |error: &&Value| {
                matches!(
                    text(error, &["errorCode", "statusCode"]).as_str(),
                    "PROCESSING_HALTED" | "ALL_OR_NONE_OPERATION_ROLLED_BACK"
                )
            };
            let cause = errors.iter().find(|error| !consequence(error)).or(errors.first());
            // A flow tells its errors within its result.
            let within = cause.and_then(|cause| cause.get("errors")?.as_array()?.first());
            within.or(cause).map(one).unwrap_or_default()
        }
        Value::Object(fields) => match fields.get("errors").and_then(Value::as_array) {
            Some(errors) if !errors.is_empty() => one(&errors[0]),
            _ => one(json),
        },
        _ => Said::default(),
    }
}

fn one(error: &Value) -> Said {
    let result = error.get("duplicateResult").or_else(|| error.get("duplicateResut"));
    let fields = error.get("fields").and_then(Value::as_array);
    Said {
        code: text(error, &["errorCode", "statusCode", "error"]),
        message: text(error, &["message", "error_description"]),
        fields: fields
            .map(|fields| fields.iter().filter_map(Value::as_str).map(str::to_owned).collect())
            .unwrap_or_default(),
        duplicates: result.map(duplicates).unwrap_or_default(),
        may_save_anyway: result
            .and_then(|result| result.get("allowSave")?.as_bool())
            .unwrap_or(false),
    }
}

/// The first of these members that is a text.
fn text(object: &Value, names: &[&str]) -> String {
    let found = names.iter().find_map(|name| object.get(*name)?.as_str());
    found.unwrap_or_default().chars().take(2_000).collect()
}

fn duplicates(result: &Value) -> Vec<Duplicate> {
    let list = |value: &Value, name: &str| -> Vec<Value> {
        value.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    };
    list(result, "matchResults")
        .iter()
        .flat_map(|matched| list(matched, "matchRecords"))
        .filter_map(|record| {
            let record = record.get("record")?;
            let sobject = record.pointer("/attributes/type").and_then(Value::as_str);
            Duplicate::of(sobject.unwrap_or_default(), record.as_object()?)
        })
        .collect()
}

/// The record a `…/sobjects/Lead/00Q…` URL leads to.
fn duplicate_at(url: &str) -> Option<Duplicate> {
    let mut parts = url.rsplit('/');
    let id = RecordId::parse(parts.next()?)?;
    Some(Duplicate::bare(parts.next()?, id))
}

/// The id in `duplicate value found: X__c duplicates value on record with id: 00Q…`.
fn id_in(message: &str) -> Option<RecordId> {
    let (_, rest) = message.rsplit_once("id: ")?;
    RecordId::parse(rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?)
}

/// Reads the answer to a token request that failed.
pub(super) fn from_token_answer(
    status: u16,
    body: &[u8],
    retry_after: Option<Duration>,
) -> Failure {
    let mut failure = Failure::from_answer(status, body, retry_after, true);
    let description = failure.message.to_ascii_lowercase();
    let says = |part: &str| description.contains(part);
    failure.class = match failure.code.as_str() {
        "rate_limit_exceeded" => Class::Transient,
        "invalid_grant" if says("already being processed") => Class::Transient,
        "invalid_grant" if says("expired") || says("authentication failure") => {
            Class::OrgWide(Trouble::Reauthorise)
        }
        "invalid_grant" if says("invalid refresh") || says("revoked") => {
            Class::OrgWide(Trouble::Reauthorise)
        }
        // Not the login's own words but the platform's: a limit, maintenance.
        code if code.starts_with(|c: char| c.is_ascii_uppercase()) => match status {
            _ if !code.starts_with("HTTP_") => failure.class,
            420 | 429 | 500..600 => failure.class,
            _ => Class::OrgWide(Trouble::Config),
        },
        _ if status >= 500 => failure.class,
        _ => Class::OrgWide(Trouble::Config),
    };
    failure
}
