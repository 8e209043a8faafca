//! Fields of the business's own: any of our values, or of a provider's metadata, to any field.
//!
//! A value arrives as text more often than not and must leave as what the field holds. What can't
//! be made that is left out, for a write with a wrong value would be refused as a whole.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{mapping::Kind, record, settings::Settings, words};
use crate::call::{Call, Direction, Money, Text};

/// The sObjects a field can be mapped on.
const SOBJECTS: [&str; 5] = ["Lead", "Contact", "Account", "Opportunity", "Task"];

/// The values of ours that can be mapped, beside `custom.NAME` (a provider's metadata) and
/// `data.NAME` (its structured judgement).
const OURS: [&str; 24] = [
    "address",
    "budget",
    "callback_requested",
    "called_number",
    "campaign",
    "company",
    "conversation",
    "direction",
    "duration_seconds",
    "email",
    "end_reason",
    "intent",
    "name",
    "notes",
    "owner",
    "phone",
    "rating",
    "recording_url",
    "score",
    "service",
    "source",
    "summary",
    "urgency",
    "wants",
];

/// One mapped field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CustomField {
    /// `Lead`, `Contact`, `Account` (a Person Account), `Opportunity`, `Task`.
    pub sobject: String,
    /// The field's API name.
    pub field: String,
    /// The value: one of ours (`budget`, `campaign`), `custom.NAME` or `data.NAME`.
    pub from: String,
    /// What the field holds.
    #[serde(rename = "as")]
    pub kind: FieldKind,
    /// What stands for a value in the org: `{ auto = "Motor Vehicle" }`. Letters' case does not
    /// count on the left. With values given, others are left out.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, String>,
    /// The longest text the field takes; what is longer is cut, with a mark.
    pub length: Option<usize>,
    /// What happens when the org has no such field.
    pub missing: Missing,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Text of one line, 255 characters unless `length` says otherwise.
    #[default]
    Text,
    /// Text of many lines.
    LongText,
    /// A picklist's value, exactly as listed.
    Picklist,
    /// A number.
    Number,
    /// An amount of money.
    Currency,
    /// Yes or no.
    Checkbox,
    /// A day.
    Date,
    /// An instant.
    DateTime,
    /// An address on the web.
    Url,
}

/// What happens to a write when the org has no such field (or hides it from us).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// It fails, and says so.
    #[default]
    Fail,
    /// It goes without the field, and the log warns.
    Drop,
}

impl CustomField {
    /// What can't be right in it.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { sobject, field, from, .. } = self;
        if !SOBJECTS.contains(&sobject.as_str()) {
            return Err(format!(
                "field {field:?}: sobject {sobject:?} is none of {}",
                SOBJECTS.join(", ")
            ));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if field.is_empty() || !field.chars().all(plain) {
            return Err(format!("field {field:?} is not an API name, as in case_type__c"));
        }
        let carried = ["custom.", "data."]
            .iter()
            .any(|table| from.strip_prefix(table).is_some_and(|name| !name.is_empty()));
        if !carried && !OURS.contains(&from.as_str()) {
            return Err(format!(
                "field {field:?}: from = {from:?} is no value; use custom.NAME, data.NAME or one \
                 of {}",
                OURS.join(", ")
            ));
        }
        if self.length == Some(0) {
            return Err(format!("field {field:?}: length is 0"));
        }
        Ok(())
    }

    /// What the field must be able to hold, as `callboard doctor` looks for it.
    pub(super) fn doctors_kind(&self) -> Kind {
        match self.kind {
            FieldKind::Text => Kind::Text,
            FieldKind::Date => Kind::Date,
            FieldKind::LongText => Kind::LongText,
            FieldKind::Picklist => Kind::Picklist,
            FieldKind::Number => Kind::Number,
            FieldKind::Currency => Kind::Currency,
            FieldKind::Checkbox => Kind::Checkbox,
            FieldKind::DateTime => Kind::DateTime,
            FieldKind::Url => Kind::Url,
        }
    }

    /// The value for this call, as the field holds it; none when there is none or it can't be made
    /// that.
    fn value(&self, call: &Call, settings: &Settings) -> Option<Value> {
        let text = raw(call, &self.from, settings).filter(|text| !text.is_empty())?;
        let text = if self.values.is_empty() {
            text
        } else {
            let known = self.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(&text));
            known.map(|(_, value)| value.clone())?
        };
        let longest = self.length.unwrap_or(match self.kind {
            FieldKind::LongText => settings.long_text,
            _ => 255,
        });
        match self.kind {
            FieldKind::Text | FieldKind::LongText => Some(words::cut(text, longest).into()),
            // Half a choice is none.
            FieldKind::Picklist => (text.chars().count() <= longest).then(|| text.into()),
            FieldKind::Number => number(&text),
            FieldKind::Currency => number(&text),
            FieldKind::Checkbox => yes_or_no(&text).map(Value::Bool),
            FieldKind::Date => day(&text).map(|day| day.to_string().into()),
            FieldKind::DateTime => instant(&text).map(Value::String),
            FieldKind::Url => (record::is_link(&text)).then(|| text.into()),
        }
    }
}

/// The mapped values of a call for this sObject, by field.
pub(super) fn values<'a>(
    call: &'a Call,
    sobject: &'a str,
    settings: &'a Settings,
) -> impl Iterator<Item = (&'a str, Value)> {
    let fields = settings.fields.iter().filter(move |field| field.sobject == sobject);
    fields.filter_map(|field| Some((field.field.as_str(), field.value(call, settings)?)))
}

/// A value as text.
fn raw(call: &Call, from: &str, settings: &Settings) -> Option<String> {
    let party = call.party();
    let (who, assessment) = (&call.assessment.who, &call.assessment);
    let text = |text: Option<&Text>| text.map(|text| text.as_str().to_owned());
    if let Some(name) = from.strip_prefix("custom.") {
        return text(party.metadata.get(name));
    }
    let judged = call.judgement();
    if let Some(name) = from.strip_prefix("data.") {
        return text(judged.and_then(|judged| judged.data.get(name)));
    }
    match from {
        "address" => text(who.address.as_ref().or(party.address.as_ref())),
        "budget" => assessment.budget.map(|budget| budget.amount().normalize().to_string()),
        "callback_requested" => {
            Some(call.callback().is_some_and(|callback| callback.asked).to_string())
        }
        "called_number" => party.line.as_ref().map(ToString::to_string),
        "campaign" => text(party.campaign.as_ref()),
        "company" => text(who.company.as_ref().or(party.company.as_ref())),
        "conversation" => Some(record::conversation(call, settings)),
        "direction" => Some(
            match party.direction {
                Some(Direction::Outbound) => "Outbound",
                Some(Direction::Chat) => "Chat",
                _ => "Inbound",
            }
            .to_owned(),
        ),
        "duration_seconds" => call.duration().map(|length| length.as_secs().to_string()),
        "email" => text(who.email.as_ref().or(party.email.as_ref())),
        "end_reason" => text(call.end_reason()),
        "intent" => text(judged.and_then(|judged| judged.intent.as_ref())),
        "name" => text(call.name()),
        "notes" => words::notes(call),
        "owner" => text(call.owner()),
        "phone" => call.phone().map(ToString::to_string),
        "rating" => Some(call.rating().as_str().to_owned()),
        "recording_url" => text(call.recording()),
        "score" => Some(assessment.score.to_string()),
        "service" => text(assessment.service.as_ref().map(|service| &service.0)),
        "source" => Some(call.id.source().to_string()),
        "summary" => text(call.summary()),
        "urgency" => Some(call.urgency().level().to_string()),
        "wants" => text(assessment.wants.as_ref()),
        _ => None,
    }
}

/// The years in which Salesforce knows dates.
const YEARS: RangeInclusive<i16> = 1700..=4000;

/// More than a field of 18 digits, two of them behind the point, holds.
const TOO_MUCH: i64 = 10_000_000_000_000_000;

/// `$12,500.50`, `12500.5`, `50k` → a number.
fn number(text: &str) -> Option<Value> {
    let kept: String = text.chars().filter(|c| !matches!(c, '$' | ',' | ' ' | '_')).collect();
    let (digits, thousands) = match kept.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1_000),
        None => (kept.as_str(), 1),
    };
    let amount: rust_decimal::Decimal = digits.parse().ok()?;
    let amount = amount.checked_mul(thousands.into())?;
    let fits = amount.abs() < TOO_MUCH.into();
    fits.then(|| record::number(Money::from(amount))).filter(|number| !number.is_null())
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "on" => Some(true),
        "false" | "no" | "n" | "0" | "off" => Some(false),
        _ => None,
    }
}

/// `2026-04-14`, `2026-04-14T10:00:00Z`, `04/14/2026`.
fn day(text: &str) -> Option<Date> {
    let iso = text.get(..10).and_then(|day| day.parse().ok());
    let day: Option<Date> = iso.or_else(|| Date::strptime("%m/%d/%Y", text.trim()).ok());
    day.filter(|day| YEARS.contains(&day.year()))
}

fn instant(text: &str) -> Option<String> {
    let at: Timestamp = text.parse().ok()?;
    let year = at.to_zoned(TimeZone::UTC).year();
    YEARS.contains(&year).then(|| at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{CallId, Event, Fact, Party, SourceName};

    fn call(value: &str) -> Call {
        let mut party = Party::default();
        party.metadata.insert("case_type".to_owned(), Text::new(value));
        let event = Event {
            call: CallId::new(&SourceName::new("t"), "1"),
            key: "1".to_owned(),
            sent_at: Timestamp::UNIX_EPOCH,
            received_at: Timestamp::UNIX_EPOCH,
            facts: vec![Fact::Party(Box::new(party))],
        };
        let mut call = Call::begin(&event);
        call.apply(&event);
        call
    }

    fn mapped(kind: FieldKind) -> CustomField {
        CustomField {
            sobject: "Lead".to_owned(),
            field: "case_type__c".to_owned(),
            from: "custom.case_type".to_owned(),
            kind,
            ..CustomField::default()
        }
    }

    #[test]
    fn values_become_what_the_field_holds_or_are_left_out() {
        let settings = Settings::default();
        use FieldKind::{Checkbox, Currency, Date, DateTime, Number, Text, Url};
        for (kind, value, expected) in [
            (Text, "auto", Some(Value::from("auto"))),
            (Number, "42", Some(42.into())),
            (Number, " 1,250.5 ", Some(1250.5.into())),
            (Number, "many", None),
            (Currency, "$50k", Some(50_000.into())),
            (Currency, "$12,500.50", Some(12_500.5.into())),
            (Checkbox, "Yes", Some(true.into())),
            (Checkbox, "0", Some(false.into())),
            (Checkbox, "perhaps", None),
            (Date, "2026-04-14T10:00:00Z", Some("2026-04-14".into())),
            (Date, "04/14/2026", Some("2026-04-14".into())),
            (Date, "soon", None),
            (Date, "0001-01-01", None),
            (Date, "4000-12-31", Some("4000-12-31".into())),
            (DateTime, "0001-01-01T00:00:00Z", None),
            (Number, "9999999999999999", Some(9_999_999_999_999_999_i64.into())),
            (Number, "10000000000000000", None),
            (Currency, "-10000000000000000", None),
            (DateTime, "2026-04-14T10:00:00+02:00", Some("2026-04-14T08:00:00.000Z".into())),
            (Url, "javascript:alert(1)", None),
            (Url, "https://example.com/a", Some("https://example.com/a".into())),
        ] {
            assert_eq!(mapped(kind).value(&call(value), &settings), expected, "{kind:?} {value:?}");
        }
    }

    #[test]
    fn a_picklist_gets_its_own_words_and_a_long_text_a_mark() {
        let settings = Settings::default();
        let values = [("auto".to_owned(), "Motor Vehicle".to_owned())].into();
        let picklist = CustomField { values, ..mapped(FieldKind::Picklist) };
        assert_eq!(picklist.value(&call("AUTO"), &settings), Some("Motor Vehicle".into()));
        assert_eq!(picklist.value(&call("boat"), &settings), None);
        let any = mapped(FieldKind::Picklist);
        assert_eq!(any.value(&call(&"x".repeat(255)), &settings), Some("x".repeat(255).into()));
        assert_eq!(any.value(&call(&"x".repeat(256)), &settings), None);
        let short = CustomField { length: Some(10), ..mapped(FieldKind::Text) };
        assert_eq!(short.value(&call("a long case of type"), &settings), Some("a long […]".into()));
        assert_eq!(mapped(FieldKind::Text).value(&call(""), &settings), None);
    }

    #[test]
    fn what_cannot_be_right_is_said_before_the_first_call() {
        assert_eq!(mapped(FieldKind::Text).check(), Ok(()));
        for (change, said) in [
            (CustomField { sobject: "Quote".into(), ..mapped(FieldKind::Text) }, "none of Lead"),
            (CustomField { field: "a/b".into(), ..mapped(FieldKind::Text) }, "API name"),
            (CustomField { from: "custom.".into(), ..mapped(FieldKind::Text) }, "no value"),
            (CustomField { from: "shoe_size".into(), ..mapped(FieldKind::Text) }, "shoe_size"),
            (CustomField { length: Some(0), ..mapped(FieldKind::Text) }, "length"),
        ] {
            let problem = change.check().unwrap_err();
            assert!(problem.contains(said), "{problem}");
        }
        let text = mapped(FieldKind::Text);
        let twice = Settings { fields: vec![text.clone(), text], ..Settings::default() };
        assert!(twice.check().unwrap_err().contains("twice"));
    }

    #[test]
    fn every_value_of_ours_that_is_named_is_one() {
        let call = call("x");
        let said = ["direction", "rating", "score", "source", "urgency", "callback_requested"];
        for from in said {
            assert!(raw(&call, from, &Settings::default()).is_some(), "{from}");
        }
        assert!(OURS.is_sorted());
    }
}
