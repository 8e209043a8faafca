//! One call to a form or a flow: sent once, for nobody there can tell a repetition.

use std::collections::HashMap;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    call::{Call, Fact, Linked, Text},
    plan::{self, Change, Destination, DestinationKind, Fields, Write},
    salesforce::{Class, Failure, Forms, Org, RecordId, text_literal},
};

use super::{
    deliver::Outcome,
    posted::{Posted, Turn},
};

/// Where Web-to-Lead forms go.
const FORMS: &str = "https://webto.salesforce.com/servlet/servlet.WebToLead?encoding=UTF-8";

/// What a form calls a Lead's standard fields.
const NAMES: &[(&str, &str)] = &[
    ("first_name", "FirstName"),
    ("last_name", "LastName"),
    ("company", "Company"),
    ("email", "Email"),
    ("phone", "Phone"),
    ("street", "Street"),
    ("description", "Description"),
    ("lead_source", "LeadSource"),
    ("rating", "Rating"),
];

/// The problem of a write whose Lead is still to be asked for.
const STILL_OPEN: &str = "MAYBE_ARRIVED";

/// The problem of a write of which nobody can say whether it arrived.
const MAYBE_SENT: &str = "MAYBE_SENT";

/// The caller, not to be read back.
fn who(call: &Call, fields: &Fields) -> Option<String> {
    let email = fields.get("Email").and_then(Value::as_str).map(str::to_lowercase);
    let known = call.phone().map(ToString::to_string).or(email)?;
    Some(mark(&known))
}

/// What stands for a number or an address (in lower case).
pub fn mark(known: &str) -> String {
    hex::encode(&Sha256::digest(known)[..12])
}

pub(super) struct Submission<'a> {
    /// The connected org; a form needs none.
    pub(super) org: Option<&'a Org>,
    pub(super) forms: &'a Forms,
    pub(super) posted: &'a Posted,
    pub(super) settings: &'a plan::Settings,
    pub(super) write: &'a Write,
    pub(super) call: &'a Call,
}

impl Submission<'_> {
    pub(super) async fn deliver(&self) -> Outcome {
        let org = self.org.map(Org::metered);
        let outcome = self.submit(org.as_ref()).await;
        let status = org.as_ref().map_or(0, |org| org.meter().status());
        match outcome {
            Ok(Some((lead, posted))) => Outcome::Delivered {
                record: lead.as_ref().map(|id| Text::new(id.as_str())),
                facts: lead.iter().map(linked).collect(),
                status: posted.unwrap_or(status),
            },
            Ok(None) => Outcome::Superseded { facts: Vec::new(), status: 0 },
            Err(failure) => Outcome::of_failure(&failure),
        }
    }

    /// The Lead it became, where that is told, and the status of a form's answer; none when the
    /// caller was there a moment ago.
    async fn submit(
        &self,
        org: Option<&Org>,
    ) -> Result<Option<(Option<RecordId>, Option<u16>)>, Failure> {
        let Change::Submit { destination, fields, .. } = &self.write.change else {
            return Err(Failure::of_ours("NO_DESTINATION", "this is nothing to submit"));
        };
        let known = self.settings.destinations.iter();
        let Some(to) = known.into_iter().find(|known| known.name == destination.as_str()) else {
            let message = format!("there is no destination {destination:?} in the settings");
            return Err(Failure::of_ours("NO_DESTINATION", &message));
        };
        if self.may_have_been_sent() && !to.repeatable {
            return self.is_it_there(org, to, fields).await.map(|lead| Some((lead, None)));
        }
        // Known before it counts: nothing is sent without.
        let needed = org.ok_or_else(no_org);
        if to.kind != DestinationKind::WebToLead || to.org_id.is_empty() {
            needed.clone()?;
        }
        // Whoever orders it by hand means it.
        let who = who(self.call, fields).filter(|_| self.write.by.is_none());
        let turn = self.posted.take_turn(to, &self.write.id, who.as_deref(), Timestamp::now());
        if turn.await? == Turn::Known {
            return Ok(None);
        }
        let sent = match to.kind {
            DestinationKind::WebToLead => {
                let form = self.form(org, to, fields).await?;
                let url = if to.url.is_empty() { FORMS } else { &to.url };
                self.forms.post(url, &form).await.map(|status| (None, Some(status)))
            }
            DestinationKind::Flow => {
                let ran = needed?.run_flow(&to.path, mapped(to, fields)).await;
                ran.map(|lead| (lead, None))
            }
            DestinationKind::ApexRest => {
                let ran = needed?.call_apex(&to.path, mapped(to, fields)).await;
                ran.map(|lead| (lead, None))
            }
        };
        match sent {
            Ok(sent) => Ok(Some(sent)),
            Err(failure) if failure.class != Class::Ambiguous => Err(failure),
            Err(failure) if to.repeatable => Err(Failure { class: Class::Transient, ..failure }),
            Err(_) => self.is_it_there(org, to, fields).await.map(|lead| Some((lead, None))),
        }
    }

    /// Whether the program stopped while it was under way, or its answer was lost and nobody could be
    /// asked since.
    fn may_have_been_sent(&self) -> bool {
        let interrupted = plan::Problem::interrupted().code;
        self.write.problem.as_ref().is_some_and(|problem| {
            problem.code == interrupted || problem.code.as_str() == STILL_OPEN
        })
    }

    /// Looks for the Lead of one whose answer was lost, by our external id. Nobody can tell of a
    /// form: a second one could be a second Lead, so it counts as posted.
    async fn is_it_there(
        &self,
        org: Option<&Org>,
        to: &Destination,
        fields: &Fields,
    ) -> Result<Option<RecordId>, Failure> {
        if to.kind == DestinationKind::WebToLead {
            return Ok(None);
        }
        let unknown = || {
            let message = "nobody can tell whether it arrived: the answer was lost";
            Failure::of_ours(MAYBE_SENT, message)
        };
        let key = self.settings.external_id.get("Lead");
        let key = key.filter(|key| to.fields.values().any(|field| field == *key));
        let key = key.ok_or_else(unknown)?;
        let value = fields.get(key).and_then(Value::as_str).unwrap_or_default();
        let soql = format!("SELECT Id FROM Lead WHERE {key} = {} LIMIT 1", text_literal(value));
        let page = org.ok_or_else(no_org)?.query(&soql).await.map_err(still_open)?;
        let id = page.records.first().and_then(|lead| RecordId::parse(lead.get("Id")?.as_str()?));
        id.map(Some).ok_or_else(|| Failure {
            class: Class::Transient,
            ..Failure::of_ours("NOT_ARRIVED", "the answer was lost, and the Lead is not there")
        })
    }

    async fn form(
        &self,
        org: Option<&Org>,
        to: &Destination,
        fields: &Fields,
    ) -> Result<Vec<(String, String)>, Failure> {
        let id = match to.org_id.as_str() {
            "" => org.ok_or_else(no_org)?.org_id().await?.as_str().to_owned(),
            id => id.to_owned(),
        };
        // The form knows the short id only.
        let mut form = vec![("oid".to_owned(), id.chars().take(15).collect())];
        let own = to.fields.iter().map(|(name, field)| (name.as_str(), field.as_str()));
        let own: HashMap<&str, &str> = own.collect();
        let standard = NAMES.iter().copied().filter(|(name, _)| !own.contains_key(name));
        for (name, field) in standard.chain(own.iter().map(|(name, field)| (*name, *field))) {
            let value = fields.get(field).and_then(|value| in_a_form(value, &self.settings.zone));
            form.extend(value.map(|value| (name.to_owned(), value)));
        }
        Ok(form)
    }
}

/// Asking failed too. What is not known must not be forgotten over that: the next try asks again.
fn still_open(failure: Failure) -> Failure {
    let message = format!("the answer was lost, and asking for its Lead failed: {failure}");
    Failure { code: STILL_OPEN.to_owned(), message, ..failure }
}

fn no_org() -> Failure {
    Failure::of_ours("NO_ORG", "this destination needs [salesforce], which is not set up")
}

/// A value as people write it into a form of an org with US formats.
fn in_a_form(value: &Value, zone: &TimeZone) -> Option<String> {
    match value {
        Value::String(text) => Some(match text.parse::<Timestamp>() {
            Ok(at) => at.to_zoned(zone.clone()).strftime("%-m/%-d/%Y %-I:%M %p").to_string(),
            Err(_) => text.clone(),
        }),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => yes.then(|| "1".to_owned()),
        _ => None,
    }
}

/// The values a flow or class takes, under its own names.
fn mapped(to: &Destination, fields: &Fields) -> Fields {
    let values = to
        .fields
        .iter()
        .filter_map(|(name, field)| Some((name.clone(), fields.get(field)?.clone())));
    values.collect()
}

fn linked(id: &RecordId) -> Fact {
    Fact::Linked(Linked { sobject: Text::new("Lead"), id: Text::new(id.as_str()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_in_a_form() {
        let of = |value: Value| in_a_form(&value, &TimeZone::UTC);
        assert_eq!(of("2026-04-14T15:04:00.000Z".into()).as_deref(), Some("4/14/2026 3:04 PM"));
        assert_eq!(of(5.into()).as_deref(), Some("5"));
        assert_eq!((of(true.into()).as_deref(), of(false.into())), (Some("1"), None));
    }
}
