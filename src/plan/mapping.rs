//! Which fields planning writes, and what each must be like in the org.

use super::settings::{FieldNames, Settings};

/// What a field must be able to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Whole numbers.
    Number,
    /// Yes or no.
    Checkbox,
    /// One of several values.
    Picklist,
    /// Dollars and cents.
    Currency,
    /// An address on the web, 255 characters.
    Url,
    /// Text of many lines.
    LongText,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// One line of text, 255 characters.
    Text,
    /// Text of 255 characters that no two records share: our external id.
    ExternalId,
}

/// A field that planning writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapped {
    /// `Lead`, `Contact`, `Opportunity`.
    pub sobject: String,
    /// API name.
    pub field: String,
    /// What it must be able to hold.
    pub kind: Kind,
    /// The setting that names it: `plan.lead.urgency`.
    pub setting: String,
}

/// Every custom field these settings write to, in a fixed order.
pub fn mapped(settings: &Settings) -> Vec<Mapped> {
    let external = settings.external_id.iter().map(|(sobject, field)| Mapped {
        sobject: sobject.clone(),
        field: field.clone(),
        kind: Kind::ExternalId,
        setting: format!("plan.external_id.{sobject}"),
    });
    let person = of("Account", "plan.person", &settings.person);
    let person = person.filter(|_| settings.person_accounts);
    external
        .chain(of("Lead", "plan.lead", &settings.lead))
        .chain(of("Contact", "plan.contact", &settings.contact))
        .chain(person)
        .chain(settings.fields.iter().map(|custom| Mapped {
            sobject: custom.sobject.clone(),
            field: custom.field.clone(),
            kind: custom.doctors_kind(),
            setting: format!("plan.field.{}", custom.field),
        }))
        .filter(|mapped| !mapped.field.is_empty())
        .collect()
}

fn of<'a>(
    sobject: &'a str,
    table: &'a str,
    names: &'a FieldNames,
) -> impl Iterator<Item = Mapped> + 'a {
    let all: [(&str, &str, Kind); 13] = [
        ("urgency", &names.urgency, Kind::Number),
        ("callback_requested", &names.callback_requested, Kind::Checkbox),
        ("service", &names.service, Kind::Picklist),
        ("budget", &names.budget, Kind::Currency),
        ("duration_seconds", &names.duration_seconds, Kind::Number),
        ("recording_url", &names.recording_url, Kind::Url),
        ("notes", &names.notes, Kind::LongText),
        ("score", &names.score, Kind::Number),
        ("transcript", &names.transcript, Kind::LongText),
        ("last_contact", &names.last_contact, Kind::DateTime),
        ("signals", &names.signals, Kind::LongText),
        ("provider_score", &names.provider_score, Kind::Number),
        ("intent", &names.intent, Kind::Text),
    ];
    all.into_iter().map(move |(value, field, kind)| Mapped {
        sobject: sobject.to_owned(),
        field: field.to_owned(),
        kind,
        setting: format!("{table}.{value}"),
    })
}

/// The standard fields a new record of this sObject always gets a value for.
pub fn always_filled(sobject: &str) -> &'static [&'static str] {
    match sobject {
        "Lead" => &["LastName", "Company", "Status", "LeadSource", "Rating"],
        "Contact" => &["LastName"],
        "Account" => &["Name", "LastName"],
        "Opportunity" => &["Name", "StageName", "CloseDate"],
        "Task" => &["Subject", "Status", "Priority"],
        _ => &[],
    }
}

/// The picklist values planning writes into standard fields, as sObject, field and value.
pub fn picklist_values(settings: &Settings) -> Vec<(&'static str, &'static str, String)> {
    let sources = &settings.lead_source;
    let mut values = vec![
        ("Lead", "LeadSource", sources.inbound.clone()),
        ("Lead", "LeadSource", sources.emergency.clone()),
        ("Lead", "LeadSource", sources.outbound.clone()),
        ("Lead", "LeadSource", sources.chat.clone()),
        ("Lead", "Status", settings.lead_status.clone()),
        ("Opportunity", "StageName", settings.opportunity.stage.clone()),
        ("Opportunity", "StageName", settings.opportunity.quoted_stage.clone()),
    ];
    values.push(("Task", "Status", "Completed".to_owned()));
    if settings.callback_tasks {
        values.push(("Task", "Status", "Not Started".to_owned()));
    }
    values.extend(["High", "Normal"].map(|it| ("Task", "Priority", it.to_owned())));
    values.extend(["Hot", "Warm", "Cold"].map(|rating| ("Lead", "Rating", rating.to_owned())));
    values.retain(|(_, _, value)| !value.is_empty());
    values
}
