//! The fields of the record that stands for a call.

use jiff::Timestamp;
use serde_json::{Number, Value};

use super::{
    custom,
    settings::{FieldNames, NewCaller, Settings},
    words,
    write::Fields,
};
use crate::call::{Call, CallbackState, Direction, MatchKind, Money, Rating, Role, Text, Urgency};

/// A record's fields, by what a change of them asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Content {
    /// Worth a request of their own.
    pub(super) main: Fields,
    /// Go along with the others, and by themselves only once the call is over.
    pub(super) along: Fields,
}

impl Content {
    pub(super) fn main(&mut self, name: &str, value: impl Into<Value>) {
        put(&mut self.main, name, value.into());
    }

    pub(super) fn along(&mut self, name: &str, value: impl Into<Value>) {
        put(&mut self.along, name, value.into());
    }
}

fn put(fields: &mut Fields, name: &str, value: Value) {
    if !name.is_empty() && !value.is_null() {
        fields.insert(name.to_owned(), value);
    }
}

/// An amount as a JSON number; cents survive, for Salesforce's currency has 18 digits.
pub(super) fn number(amount: Money) -> Value {
    let amount = amount.amount().normalize();
    match i64::try_from(amount) {
        Ok(whole) if amount.is_integer() => whole.into(),
        _ => amount
            .to_string()
            .parse()
            .ok()
            .and_then(Number::from_f64)
            .map_or(Value::Null, Value::Number),
    }
}

/// What a record of ours holds.
pub(super) fn own(call: &Call, kind: NewCaller, settings: &Settings) -> Content {
    match kind {
        NewCaller::Lead => own_lead(call, settings),
        NewCaller::Contact => own_contact(call, settings),
        NewCaller::PersonAccount => own_person(call, settings),
    }
}

/// First and last name, with what stands for a name nobody knows.
fn names(call: &Call, settings: &Settings) -> (Option<String>, String) {
    if let Some(name) = call.name() {
        return words::split_name(name);
    }
    let last4 = call.phone().map(|phone| {
        let digits: Vec<char> = phone.as_str().chars().filter(char::is_ascii_digit).collect();
        digits[digits.len().saturating_sub(4)..].iter().collect::<String>()
    });
    let unknown = settings.unknown_name.replace("{last4}", &last4.unwrap_or_default());
    (None, unknown.trim().to_owned())
}

/// The company that was named.
fn company(call: &Call) -> Option<String> {
    let said = call.assessment.who.company.as_ref();
    said.or(call.party().company.as_ref()).map(|company| words::cut(company.to_string(), 255))
}

/// What stands for the company of those who named none.
fn household_name(call: &Call, settings: &Settings) -> String {
    let Some(name) = call.name() else { return settings.unknown_household.clone() };
    words::cut(settings.household.replace("{name}", &words::split_name(name).1), 255)
}

/// How a record calls what is known of a caller.
struct Who {
    email: &'static str,
    street: &'static str,
    source: &'static str,
}

/// Who the caller is and what they need.
fn who(content: &mut Content, of: &Who, call: &Call, settings: &Settings) {
    let party = call.party();
    let said = &call.assessment.who;
    let (first, last) = names(call, settings);
    content.main("FirstName", first.map(|name| words::cut(name, 40)));
    content.main("LastName", words::cut(last, 80));
    content.main("Phone", call.phone().map(|phone| words::cut(phone.to_string(), 40)));
    let email = said.email.as_ref().or(party.email.as_ref());
    content.main(of.email, email.map(Text::as_str).filter(|email| email.len() <= 80));
    let address = said.address.as_ref().or(party.address.as_ref());
    content.main(of.street, address.map(|street| words::cut(street.to_string(), 255)));
    content.main(of.source, lead_source(call, settings));
    let description = words::description(call).map(|text| words::cut(text, settings.long_text));
    content.main("Description", description);
    if !settings.default_owner.is_empty() {
        content.main("OwnerId", settings.default_owner.as_str());
    }
}

fn own_lead(call: &Call, settings: &Settings) -> Content {
    let mut content = found(call, "Lead", &settings.lead, settings, true);
    let of = Who { email: "Email", street: "Street", source: "LeadSource" };
    who(&mut content, &of, call, settings);
    // With Person Accounts a Lead without a company is one of a person, and converts to one.
    let company = company(call)
        .or_else(|| (!settings.person_accounts).then(|| household_name(call, settings)));
    content.main("Company", company);
    content.main("Status", settings.lead_status.as_str());
    content.main("Rating", call.rating().as_str());
    content
}

fn own_contact(call: &Call, settings: &Settings) -> Content {
    let mut content = found(call, "Contact", &settings.contact, settings, true);
    let of = Who { email: "Email", street: "MailingStreet", source: "LeadSource" };
    who(&mut content, &of, call, settings);
    content
}

fn own_person(call: &Call, settings: &Settings) -> Content {
    let mut content = found(call, "Account", &settings.person, settings, true);
    let of =
        Who { email: "PersonEmail", street: "PersonMailingStreet", source: "PersonLeadSource" };
    who(&mut content, &of, call, settings);
    content.main("Rating", call.rating().as_str());
    if !settings.person_record_type.is_empty() {
        content.main("RecordTypeId", settings.person_record_type.as_str());
    }
    content
}

/// The Account of a new Contact.
pub(super) fn household(call: &Call, settings: &Settings) -> Fields {
    let mut fields = Fields::new();
    let name = company(call).unwrap_or_else(|| household_name(call, settings));
    put(&mut fields, "Name", name.into());
    put(&mut fields, "Phone", call.phone().map(|phone| words::cut(phone.to_string(), 40)).into());
    if !settings.default_owner.is_empty() {
        put(&mut fields, "OwnerId", settings.default_owner.as_str().into());
    }
    fields
}

/// What a Lead that was there before learns from the call. What people keep by hand (names,
/// status, source, description, owner) is left alone.
pub(super) fn known_lead(call: &Call, settings: &Settings) -> Content {
    let mut content = found(call, "Lead", &settings.lead, settings, false);
    if call.rating() > Rating::Cold {
        content.main("Rating", call.rating().as_str());
    }
    content
}

/// What a Contact learns from the call.
pub(super) fn contact(call: &Call, settings: &Settings) -> Content {
    found(call, "Contact", &settings.contact, settings, false)
}

/// What a Person Account learns from the call.
pub(super) fn person(call: &Call, settings: &Settings) -> Content {
    found(call, "Account", &settings.person, settings, false)
}

/// The values triage and the provider found, under the names of this sObject. On a record that was
/// there before (not `new`), who rang again and said nothing leaves standing what they said earlier.
fn found(
    call: &Call,
    sobject: &str,
    names: &FieldNames,
    settings: &Settings,
    new: bool,
) -> Content {
    let mut content = Content::default();
    for (name, value) in custom::values(call, sobject, settings) {
        content.along(name, value);
    }
    let assessment = &call.assessment;
    let tells = new || says_anything(call);
    if tells {
        content.main(&names.urgency, call.urgency().level());
        content.main(&names.score, assessment.score);
    }
    if tells || call.joins().any(|joining| joining.asked_at.is_some()) {
        content.main(&names.callback_requested, callback_requested(call));
    }
    content.main(&names.service, call.service().map(|service| service.0.as_str()));
    content.main(&names.budget, assessment.budget.map_or(Value::Null, number));
    let judged = call.judgement();
    content.main(&names.provider_score, judged.and_then(|judged| judged.score));
    let intent = judged.and_then(|judged| judged.intent.as_ref());
    content.main(&names.intent, intent.map(|intent| words::cut(intent.to_string(), 255)));
    let long = |text: String| words::cut(text, settings.long_text);
    if tells {
        content.along(&names.signals, long(words::signals(assessment)));
    }
    content.along(&names.notes, words::notes(call).map(long));
    content.along(&names.transcript, words::transcript(call).map(long));
    content.along(&names.last_contact, last_contact(call));
    let recording = call.recording().map(Text::as_str);
    content.along(&names.recording_url, recording.filter(|url| is_link(url)));
    let seconds = call.duration().map(|duration| duration.as_secs());
    content.along(&names.duration_seconds, seconds);
    content
}

/// Whether there is anything to judge: a word of the caller's, or what the provider or an operator
/// made of it.
fn says_anything(call: &Call) -> bool {
    call.transcript.lines().iter().any(|line| line.role == Role::Caller)
        || call.judgement().is_some()
        || call.urgency() != call.assessment.urgency
}

/// Whether the caller waits for a call back that they asked for; nothing where an earlier call of
/// theirs carries the promise and tells it.
fn callback_requested(call: &Call) -> Option<bool> {
    let Some(promise) = call.callback() else { return Some(false) };
    match promise.state {
        CallbackState::Joined => None,
        CallbackState::Waiting => {
            Some(promise.asked || call.joins().any(|joining| joining.asked_at.is_some()))
        }
        CallbackState::Done | CallbackState::Dismissed | CallbackState::Suppressed => Some(false),
    }
}

/// When somebody last spoke, or the call was over.
fn last_contact(call: &Call) -> String {
    let spoken = call.transcript.lines().last().map(|line| line.at);
    instant(call.ended_at().max(spoken).unwrap_or(call.began_at))
}

/// An instant in Salesforce's notation.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

/// A URL field holds 255 characters.
pub(super) fn is_link(url: &str) -> bool {
    (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= 255
}

fn lead_source<'a>(call: &Call, settings: &'a Settings) -> &'a str {
    let sources = &settings.lead_source;
    match call.party().direction {
        Some(Direction::Chat) => &sources.chat,
        Some(Direction::Outbound) => &sources.outbound,
        _ if call.urgency() == Urgency::EMERGENCY => &sources.emergency,
        _ => &sources.inbound,
    }
}

/// What a customer's call leaves as a Task.
pub(super) fn task(call: &Call, settings: &Settings) -> Content {
    let mut content = Content::default();
    let wants = call.assessment.wants.as_ref();
    let what = wants.map_or_else(String::new, |wants| format!(": {wants}"));
    content.main("Subject", words::cut(format!("Call{what}"), 255));
    content.main("TaskSubtype", "Call");
    content.main("Status", "Completed");
    content.main("Priority", if call.rating() == Rating::Hot { "High" } else { "Normal" });
    let outbound = call.party().direction == Some(Direction::Outbound);
    content.main("CallType", if outbound { "Outbound" } else { "Inbound" });
    content.main("CallDurationInSeconds", call.duration().map(|duration| duration.as_secs()));
    let over = call.ended_at().unwrap_or(call.heard_at).to_zoned(settings.zone.clone());
    content.main("ActivityDate", over.date().to_string());
    content.main("Description", conversation(call, settings));
    for (name, value) in custom::values(call, "Task", settings) {
        content.main(name, value);
    }
    content
}

/// The note, the recording and the words, as one text.
pub(super) fn conversation(call: &Call, settings: &Settings) -> String {
    let recording = call.recording().map(|recording| format!("Recording: {recording}"));
    let parts = [words::notes(call), recording, words::transcript(call)];
    let text = parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n");
    words::cut(text, settings.long_text)
}

/// Whether the caller is somebody the org's Contacts know.
pub(super) fn is_contact(call: &Call) -> bool {
    call.matched().is_some_and(|matched| matched.kind == MatchKind::Contact)
}
