//! One call to a form or a flow: sent once, for nobody there can tell a repetition.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    call::{Call, Fact, Linked, Text},
    plan::{self, Change, Destination, DestinationKind, Fields, Write},
    salesforce::{Class, Failure, Org, RecordId, Trouble, text_literal},
    store::Journal,
};

use super::deliver::Outcome;

/// Where Web-to-Lead forms go.
const FORMS: &str = "https://webto.salesforce.com/servlet/servlet.WebToLead?encoding=UTF-8";

/// How many forms Salesforce takes in 24 hours. What is over it would queue up there unseen.
const MOST_A_DAY: usize = 500;

const DAY: SignedDuration = SignedDuration::from_hours(24);

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

/// The problem of a write of which nobody can say whether it arrived.
const MAYBE_SENT: &str = "MAYBE_SENT";

/// What was sent to one destination of late: for the count of 24 hours and the duplicate window.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Recent(Vec<(Timestamp, String)>);

impl Recent {
    fn forget_before(&mut self, instant: Timestamp) {
        self.0.retain(|(at, _)| *at > instant);
    }

    /// How long the next one has to wait.
    fn wait(&self, most: usize, now: Timestamp) -> Option<SignedDuration> {
        let over = self.0.len().checked_sub(most)?;
        let (at, _) = self.0.get(over)?;
        Some(at.checked_add(DAY).unwrap_or(now).duration_since(now))
    }

    fn has(&self, who: &str, since: Timestamp) -> bool {
        self.0.iter().any(|(at, known)| *at > since && known == who)
    }
}

/// The caller, not to be read back.
fn who(call: &Call, fields: &Fields) -> Option<String> {
    let email = fields.get("Email").and_then(Value::as_str).map(str::to_lowercase);
    let known = call.phone().map(ToString::to_string).or(email)?;
    let digest = Sha256::digest(known);
    Some(digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect())
}

/// What is to be done with a call.
enum Turn {
    Send,
    /// The same caller went there a moment ago.
    Known,
}

pub(super) struct Submission<'a> {
    pub(super) org: &'a Org,
    pub(super) journal: &'a Journal,
    pub(super) alone: &'a tokio::sync::Mutex<()>,
    pub(super) settings: &'a plan::Settings,
    pub(super) write: &'a Write,
    pub(super) call: &'a Call,
}

impl Submission<'_> {
    pub(super) async fn deliver(&self) -> Outcome {
        let org = self.org.metered();
        let outcome = self.submit(&org).await;
        let (status, api_calls) = (org.meter().status(), org.meter().calls());
        match outcome {
            Ok(Some((lead, posted))) => Outcome::Delivered {
                record: lead.as_ref().map(|id| Text::new(id.as_str())),
                facts: lead.iter().map(linked).collect(),
                status: posted.unwrap_or(status),
                api_calls,
            },
            Ok(None) => Outcome::Superseded { facts: Vec::new(), status: 0, api_calls },
            Err(failure) => Outcome::of_failure(&failure, api_calls),
        }
    }

    /// The Lead it became, where that is told, and the status of a form's answer; none when the
    /// caller was there a moment ago.
    async fn submit(&self, org: &Org) -> Result<Option<(Option<RecordId>, Option<u16>)>, Failure> {
        let Change::Submit { destination, fields, .. } = &self.write.change else {
            return Err(Failure::of_ours("NO_DESTINATION", "this is nothing to submit"));
        };
        let known = self.settings.destinations.iter();
        let Some(to) = known.into_iter().find(|known| known.name == destination.as_str()) else {
            let message = format!("there is no destination {destination:?} in the settings");
            return Err(Failure::of_ours("NO_DESTINATION", &message));
        };
        if self.may_have_been_sent() {
            return match to.kind {
                // It would never tell; a second form could be a second Lead.
                DestinationKind::WebToLead => Ok(Some((None, None))),
                _ => self.look_for_it(org, to, fields).await.map(|lead| Some((Some(lead), None))),
            };
        }
        if let Turn::Known = self.take_turn(to, fields).await? {
            return Ok(None);
        }
        let sent = match to.kind {
            DestinationKind::WebToLead => {
                let form = self.form(org, to, fields).await?;
                let url = if to.url.is_empty() { FORMS } else { &to.url };
                org.post_form(url, &form).await.map(|status| (None, Some(status)))
            }
            DestinationKind::Flow => {
                org.run_flow(&to.path, mapped(to, fields)).await.map(|lead| (lead, None))
            }
            DestinationKind::ApexRest => {
                org.call_apex(&to.path, mapped(to, fields)).await.map(|lead| (lead, None))
            }
        };
        match sent {
            Ok(sent) => Ok(Some(sent)),
            Err(failure) if failure.class != Class::Ambiguous => Err(failure),
            Err(_) if to.kind == DestinationKind::WebToLead => Ok(Some((None, None))),
            Err(_) => self.look_for_it(org, to, fields).await.map(|lead| Some((Some(lead), None))),
        }
    }

    /// Whether the program stopped while it was under way.
    fn may_have_been_sent(&self) -> bool {
        let interrupted = plan::Problem::interrupted().code;
        self.write.problem.as_ref().is_some_and(|problem| problem.code == interrupted)
    }

    /// Looks for the Lead of a flow whose answer was lost, by our external id.
    async fn look_for_it(
        &self,
        org: &Org,
        to: &Destination,
        fields: &Fields,
    ) -> Result<RecordId, Failure> {
        let unknown = || {
            let message = "nobody can tell whether it arrived: the answer was lost";
            Failure::of_ours(MAYBE_SENT, message)
        };
        let key = self.settings.external_id.get("Lead");
        let key = key.filter(|key| to.fields.values().any(|field| field == *key));
        let key = key.ok_or_else(unknown)?;
        let value = fields.get(key).and_then(Value::as_str).unwrap_or_default();
        let soql = format!("SELECT Id FROM Lead WHERE {key} = {} LIMIT 1", text_literal(value));
        let page = org.query(&soql).await?;
        let id = page.records.first().and_then(|lead| RecordId::parse(lead.get("Id")?.as_str()?));
        id.ok_or_else(|| Failure {
            class: Class::Transient,
            ..Failure::of_ours("NOT_ARRIVED", "the answer was lost, and the Lead is not there")
        })
    }

    /// Counts the call, durably and before it is sent, so that the day's number is never passed.
    async fn take_turn(&self, to: &Destination, fields: &Fields) -> Result<Turn, Failure> {
        let who = who(self.call, fields);
        let window = SignedDuration::from_mins(to.duplicate_minutes.into());
        let counted = to.kind == DestinationKind::WebToLead;
        if !counted && window.is_zero() {
            return Ok(Turn::Send);
        }
        let _alone = self.alone.lock().await;
        let name = format!("posted.{}", to.name);
        let broken = |error: &dyn std::fmt::Display| Failure {
            class: Class::Transient,
            ..Failure::of_ours("JOURNAL", &format!("the count could not be kept: {error}"))
        };
        let _held = self.journal.alone(&name).await.map_err(|error| broken(&error))?;
        let kept = self.journal.kept(&name).await.map_err(|error| broken(&error))?;
        let mut recent: Recent =
            kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default();
        let now = Timestamp::now();
        recent.forget_before(now.saturating_sub(DAY.max(window)).unwrap_or(Timestamp::MIN));
        let since = now.saturating_sub(window).unwrap_or(Timestamp::MIN);
        if who.as_ref().is_some_and(|who| !window.is_zero() && recent.has(who, since)) {
            return Ok(Turn::Known);
        }
        let most = to.most_a_day.map_or(MOST_A_DAY, |most| most as usize);
        if let Some(wait) = recent.wait(most, now).filter(|_| counted) {
            return Err(Failure {
                class: Class::OrgWide(Trouble::Limit),
                retry_after: wait.try_into().ok(),
                ..Failure::of_ours(
                    "WEB_TO_LEAD_CAP",
                    &format!("{most} forms were posted in the last 24 hours"),
                )
            });
        }
        recent.0.push((now, who.unwrap_or_default()));
        let text = serde_json::to_string(&recent).map_err(|error| broken(&error))?;
        self.journal.keep(&name, &text).await.map_err(|error| broken(&error))?;
        Ok(Turn::Send)
    }

    async fn form(
        &self,
        org: &Org,
        to: &Destination,
        fields: &Fields,
    ) -> Result<Vec<(String, String)>, Failure> {
        let id = match to.org_id.as_str() {
            "" => org.org_id().await?.as_str().to_owned(),
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
    fn the_day_rolls() {
        let at = |hour: i64| Timestamp::from_second(hour * 3600).unwrap();
        let mut recent = Recent(vec![(at(0), "a".into()), (at(10), "b".into())]);
        assert_eq!(recent.wait(3, at(20)), None);
        assert_eq!(recent.wait(2, at(20)), Some(SignedDuration::from_hours(4)));
        assert_eq!(recent.wait(1, at(20)), Some(SignedDuration::from_hours(14)));
        recent.forget_before(at(25).checked_sub(DAY).unwrap());
        assert_eq!(recent.wait(2, at(25)), None);
        assert!(recent.has("b", at(9)) && !recent.has("b", at(10)) && !recent.has("a", at(0)));
    }

    #[test]
    fn values_are_written_as_in_a_form() {
        let of = |value: Value| in_a_form(&value, &TimeZone::UTC);
        assert_eq!(of("2026-04-14T15:04:00.000Z".into()).as_deref(), Some("4/14/2026 3:04 PM"));
        assert_eq!(of(5.into()).as_deref(), Some("5"));
        assert_eq!((of(true.into()).as_deref(), of(false.into())), (Some("1"), None));
    }
}
