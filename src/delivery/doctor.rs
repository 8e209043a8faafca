//! Looks an org over before anything is written to it: what would fail, and how to mend it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::reach;
use crate::{
    plan::{self, Kind, Mapped, NewCaller},
    salesforce::{Describe, Failure, Field, Org, text_literal},
};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// As it should be.
    Fine,
    /// Works, but not as intended, or not for long.
    Warning,
    /// Writes will fail.
    Wrong,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad.
    pub level: Level,
    /// What was found, in one line.
    pub what: String,
    /// What to do about it; none when it is fine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn fine(what: impl Into<String>) -> Self {
        Self { level: Level::Fine, what: what.into(), fix: None }
    }

    /// Works, but not as intended; with what to do.
    pub fn warning(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Warning, what: what.into(), fix: Some(fix.into()) }
    }

    /// Does not work; with what to do.
    pub fn wrong(what: impl Into<String>, fix: impl Into<String>) -> Self {
        Self { level: Level::Wrong, what: what.into(), fix: Some(fix.into()) }
    }
}

/// Looks everything over that planning relies on. Reads only: about ten API calls.
pub async fn examine(org: &Org, settings: &plan::Settings, services: &[String]) -> Vec<Finding> {
    let mut findings = Vec::new();
    match org.org_id().await {
        Ok(id) => findings.push(Finding::fine(format!("signed in to org {id}"))),
        Err(failure) => {
            findings.push(failed("signing in", &failure));
            return findings;
        }
    }
    findings.push(match org.limits().await {
        Ok(limits) => allowance(&limits),
        Err(failure) => failed("asking for the API limits", &failure),
    });
    findings.extend(clock(org.clock_ahead()));
    findings.push(reach::edition(org).await);
    let mut described = BTreeMap::new();
    for sobject in ["Lead", "Contact", "Account", "Opportunity", "Task"] {
        match org.describe(sobject).await {
            Ok(description) => {
                described.insert(sobject.to_owned(), description);
            }
            Err(failure) => findings.push(failed(&format!("looking at {sobject}"), &failure)),
        }
    }
    findings.extend(reach::rights(&described, settings));
    for mapped in plan::mapped(settings) {
        if let Some(object) = described.get(&mapped.sobject) {
            findings.push(field(object, &mapped, settings, services));
        }
    }
    findings.extend(described.values().flat_map(|object| required(object, settings)));
    findings.extend(described.get("Account").map(|account| persons(account, settings)));
    findings.extend(picklists(&described, settings));
    findings.extend(owners(org, settings).await);
    findings.extend(reach::destinations(org, settings).await);
    findings
}

pub(super) fn failed(doing: &str, failure: &Failure) -> Finding {
    let fix = failure.advice().unwrap_or_else(|| "Try again in a while.".to_owned());
    Finding::wrong(format!("{doing} failed: {failure}"), fix)
}

fn allowance(limits: &serde_json::Map<String, Value>) -> Finding {
    let of = |name: &str| limits.get("DailyApiRequests")?.get(name)?.as_u64();
    let (Some(most), Some(left)) = (of("Max"), of("Remaining")) else {
        return Finding::warning(
            "the org does not tell its API limit",
            "Give the integration user \"View Setup and Configuration\".",
        );
    };
    let what =
        format!("{} of {most} API calls of the last 24 hours used", most.saturating_sub(left));
    if left.saturating_mul(5) < most {
        Finding::warning(what, "Find out who uses them: Setup, Company Information, API Requests.")
    } else {
        Finding::fine(what)
    }
}

fn clock(ahead: Option<jiff::SignedDuration>) -> Option<Finding> {
    let seconds = ahead?.as_secs();
    Some(if seconds.abs() > 60 {
        let way = if seconds > 0 { "ahead of" } else { "behind" };
        Finding::warning(
            format!("this machine's clock is {} s {way} Salesforce's", seconds.abs()),
            "Set it by NTP: order and waiting go by it.",
        )
    } else {
        Finding::fine("the clock agrees with Salesforce's")
    })
}

/// Whether a mapped field can take what is written to it.
fn field(
    object: &Describe,
    mapped: &Mapped,
    settings: &plan::Settings,
    services: &[String],
) -> Finding {
    let Mapped { field: name, setting, .. } = mapped;
    let place = format!("{}.{name}", object.name);
    let Some(field) = object.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
    else {
        return Finding::wrong(
            format!("{place} is not there, or the integration user can't see it"),
            format!(
                "Create it ({}) and grant field-level security, or set {setting} = \"\".",
                kind_in_words(mapped.kind)
            ),
        );
    };
    if !field.createable || !field.updateable {
        return Finding::wrong(
            format!("{place} can't be written by the integration user"),
            "Grant edit access in the permission set's field permissions.",
        );
    }
    if !suits(field, mapped.kind) {
        return Finding::wrong(
            format!("{place} is of type {}", field.kind),
            format!(
                "It must be {}; or set {setting} to another field.",
                kind_in_words(mapped.kind)
            ),
        );
    }
    let short = mapped.kind == Kind::LongText
        && usize::try_from(field.length).is_ok_and(|length| length < settings.long_text);
    if short {
        return Finding::wrong(
            format!("{place} holds {} characters, less than is written", field.length),
            format!("Lengthen it, or set plan.long_text = {}.", field.length),
        );
    }
    if mapped.kind == Kind::ExternalId && !(field.external_id && field.unique) {
        return Finding::wrong(
            format!("{place} is not a unique external id"),
            "Tick \"External ID\" and \"Unique\": without them a repeated write could make a \
             second record.",
        );
    }
    if setting.ends_with(".service") && field.restricted_picklist {
        let missing: Vec<&str> = missing_values(field, services.iter().map(String::as_str));
        if !missing.is_empty() {
            return Finding::wrong(
                format!("{place} does not take {}", missing.join(", ")),
                "Add the values to the picklist (case counts).",
            );
        }
    }
    let mut mapped_on = settings
        .fields
        .iter()
        .filter(|custom| custom.sobject == mapped.sobject && custom.field == mapped.field);
    if let Some(custom) = mapped_on.next().filter(|_| field.restricted_picklist) {
        let missing = missing_values(field, custom.values.values().map(String::as_str));
        if !missing.is_empty() {
            return Finding::wrong(
                format!("{place} does not take {}", missing.join(", ")),
                "Add the values to the picklist, or map to those that are there (case counts).",
            );
        }
    }
    Finding::fine(format!("{place} fits"))
}

fn missing_values<'a>(field: &Field, values: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let known = |value: &&str| {
        field.picklist_values.iter().any(|known| known.active && known.value == *value)
    };
    values.filter(|value| !known(value)).collect()
}

pub(super) fn suits(field: &Field, kind: Kind) -> bool {
    let kinds: &[&str] = match kind {
        Kind::Number => &["double", "int", "percent", "currency"],
        Kind::Checkbox => &["boolean"],
        Kind::Picklist => &["picklist", "combobox", "string", "textarea"],
        Kind::Currency => &["currency", "double"],
        Kind::Url => &["url", "string", "textarea"],
        Kind::LongText => &["textarea"],
        Kind::Date => &["date"],
        Kind::DateTime => &["datetime"],
        Kind::Text => &["string", "textarea", "picklist", "combobox"],
        Kind::ExternalId => &["string"],
    };
    kinds.contains(&field.kind.as_str())
}

pub(super) fn kind_in_words(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "Number, no decimals",
        Kind::Checkbox => "Checkbox",
        Kind::Picklist => "Picklist",
        Kind::Currency => "Currency",
        Kind::Url => "URL",
        Kind::LongText => "Long Text Area, 32,768 characters",
        Kind::Date => "Date",
        Kind::DateTime => "Date/Time",
        Kind::Text => "Text, 255 characters",
        Kind::ExternalId => "Text, 255 characters, External ID, Unique",
    }
}

/// Fields without which the org refuses a new record, and that nobody fills.
fn required(object: &Describe, settings: &plan::Settings) -> Vec<Finding> {
    let is_made = match object.name.as_str() {
        "Lead" => settings.new_caller == NewCaller::Lead,
        "Contact" => settings.new_caller == NewCaller::Contact,
        "Account" => settings.new_caller != NewCaller::Lead,
        _ => true,
    };
    if !is_made {
        return Vec::new();
    }
    let ours = plan::mapped(settings);
    let filled = |name: &str| {
        plan::always_filled(&object.name).contains(&name)
            || ours.iter().any(|mapped| mapped.sobject == object.name && mapped.field == name)
            || name == "OwnerId"
    };
    let missing = object.fields.iter().filter(|field| field.is_required() && !filled(&field.name));
    missing
        .map(|field| {
            Finding::wrong(
                format!("{}.{} is required and nothing is written to it", object.name, field.name),
                "Give it a default value in Setup, or make it optional.",
            )
        })
        .collect()
}

/// Whether the settings agree with the org about Person Accounts.
fn persons(account: &Describe, settings: &plan::Settings) -> Finding {
    let has = account.fields.iter().any(|field| field.name == "IsPersonAccount");
    match (has, settings.person_accounts) {
        (true, true) => Finding::fine("the org has Person Accounts, and the settings say so"),
        (false, false) => Finding::fine("the org has no Person Accounts"),
        (true, false) => Finding::warning(
            "the org has Person Accounts, and the settings don't say so",
            "Set plan.person_accounts = true: Salesforce may refuse notes on such customers else.",
        ),
        (false, true) => Finding::wrong(
            "the org has no Person Accounts, and the settings say so",
            "Set plan.person_accounts = false, or enable them in Setup.",
        ),
    }
}

fn picklists(described: &BTreeMap<String, Describe>, settings: &plan::Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (sobject, name, value) in plan::picklist_values(settings) {
        let fields = described.get(sobject).map(|object| object.fields.as_slice());
        let Some(field) = fields.unwrap_or_default().iter().find(|field| field.name == name) else {
            continue;
        };
        if missing_values(field, std::iter::once(value.as_str())).is_empty() {
            continue;
        }
        let what = format!("{sobject}.{name} does not list {value:?}");
        let fix = format!("Add it in Setup (Object Manager, {sobject}, {name}; case counts).");
        findings.push(if field.restricted_picklist {
            Finding::wrong(what, fix)
        } else {
            Finding::warning(what, fix)
        });
    }
    if findings.is_empty() {
        findings.push(Finding::fine("sources, ratings, statuses and stages are in the picklists"));
    }
    findings
}

/// Whether everybody calls are routed to can own them.
async fn owners(org: &Org, settings: &plan::Settings) -> Vec<Finding> {
    let mut ids: Vec<&str> =
        settings.roster.iter().map(|person| person.owner_id.as_str()).collect();
    ids.extend(Some(settings.default_owner.as_str()).filter(|id| !id.is_empty()));
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return vec![Finding::warning(
            "nobody is on the roster: calls can't be routed",
            "Name people and queues under [[plan.roster]].",
        )];
    }
    let list = |prefix: &str| -> Vec<String> {
        ids.iter().filter(|id| id.starts_with(prefix)).map(|id| text_literal(id)).collect()
    };
    let (users, queues) = (list("005"), list("00G"));
    let mut known = Vec::new();
    if !users.is_empty() {
        let users = users.join(", ");
        let soql = format!("SELECT Id, Name, IsActive FROM User WHERE Id IN ({users})");
        match org.query(&soql).await {
            Ok(page) => known.extend(page.records.into_iter().map(|user| {
                (id_of(&user, "Id"), user.get("IsActive") == Some(&true.into()), "an active user")
            })),
            Err(failure) => return vec![failed("looking up the roster's users", &failure)],
        }
    }
    if !queues.is_empty() {
        let queues = queues.join(", ");
        let soql = format!(
            "SELECT QueueId FROM QueueSobject WHERE SobjectType = 'Lead' AND QueueId IN ({queues})"
        );
        match org.query(&soql).await {
            Ok(page) => known.extend(
                page.records.into_iter().map(|queue| (id_of(&queue, "QueueId"), true, "a queue")),
            ),
            Err(failure) => return vec![failed("looking up the roster's queues", &failure)],
        }
    }
    let mut findings = Vec::new();
    for id in ids {
        let found = known.iter().find(|(known, ..)| known.get(..15) == id.get(..15));
        match found {
            Some((_, true, what)) => findings.push(Finding::fine(format!("{id} is {what}"))),
            Some((_, false, _)) => findings.push(Finding::wrong(
                format!("{id} is an inactive user"),
                "Calls can't be routed to them: change the roster, or activate the user.",
            )),
            None => findings.push(Finding::wrong(
                format!("{id} is no user, and no queue for Leads"),
                "Correct the id; a queue must have Lead among its supported objects.",
            )),
        }
    }
    findings
}

fn id_of(record: &serde_json::Map<String, Value>, field: &str) -> String {
    record.get(field).and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::salesforce::PicklistValue;

    fn described(name: &str, change: impl Fn(&mut Field)) -> Describe {
        let mut field = Field {
            name: name.to_owned(),
            kind: "picklist".to_owned(),
            nillable: true,
            createable: true,
            updateable: true,
            ..Field::default()
        };
        change(&mut field);
        Describe { name: "Lead".to_owned(), fields: vec![field], ..Describe::default() }
    }

    #[test]
    fn each_fault_of_a_field_has_its_fix() {
        let mapped = |kind, setting: &str| Mapped {
            sobject: "Lead".to_owned(),
            field: "X__c".to_owned(),
            kind,
            setting: setting.to_owned(),
        };
        let settings = plan::Settings::default();
        let services = ["HVAC".to_owned(), "Roofing".to_owned()];
        type Change = fn(&mut Field);
        let table: [(Kind, &str, Change, &str); 8] = [
            (Kind::Picklist, "plan.lead.service", |_| (), ""),
            (Kind::Number, "plan.lead.urgency", |field| field.name = "Y__c".into(), "Create it"),
            (Kind::Picklist, "plan.lead.service", |field| field.updateable = false, "Grant edit"),
            (Kind::Number, "plan.lead.urgency", |_| (), "It must be Number"),
            (
                Kind::LongText,
                "plan.lead.notes",
                |field| (field.kind, field.length) = ("textarea".into(), 255),
                "plan.long_text = 255",
            ),
            (Kind::ExternalId, "x", |field| field.kind = "string".into(), "External ID"),
            (
                Kind::Picklist,
                "plan.lead.service",
                |field| {
                    field.restricted_picklist = true;
                    let value = "HVAC".to_owned();
                    field.picklist_values = vec![PicklistValue { value, active: true }];
                },
                "Add the values",
            ),
            (Kind::Picklist, "plan.lead.other", |field| field.restricted_picklist = true, ""),
        ];
        for (kind, setting, change, fix) in table {
            let finding =
                field(&described("X__c", change), &mapped(kind, setting), &settings, &services);
            match (&finding.fix, fix) {
                (None, "") => {}
                (Some(said), part) => assert!(!part.is_empty() && said.contains(part), "{said}"),
                (None, part) => panic!("{kind:?} {part}: {finding:?}"),
            }
        }
    }

    #[test]
    fn a_required_field_nobody_fills_is_found() {
        let settings = plan::Settings::default();
        let object = described("Region__c", |field| field.nillable = false);
        let findings = required(&object, &settings);
        assert!(findings[0].what.contains("Lead.Region__c is required"), "{findings:?}");
        let object = described("LastName", |field| field.nillable = false);
        assert_eq!(required(&object, &settings), []);
    }

    #[test]
    fn a_clock_that_is_off_is_told() {
        use jiff::SignedDuration;
        let level = |seconds| clock(Some(SignedDuration::from_secs(seconds))).unwrap().level;
        assert_eq!([level(0), level(59), level(-61)], [Level::Fine, Level::Fine, Level::Warning]);
    }
}
