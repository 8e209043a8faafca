//! What went to forms, which never tell what became of it: whether its Lead is there.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::{AT_ONCE, Finding, instant, look};
use crate::{
    call::Text,
    client::{Client, ClientError},
    commands::{say, writes::order},
    wire::{WriteDetail, WriteOrder},
};

/// How far the org's clock may be behind ours.
const CLOCKS: SignedDuration = SignedDuration::from_mins(10);

/// The org answered the hub's question with a refusal: a field it asked by is not there.
const NOT_UNDERSTOOD: u16 = 502;

/// The writes of which nobody knows whether they arrived.
pub(super) fn unconfirmed(writes: &[WriteDetail]) -> Vec<&WriteDetail> {
    writes.iter().filter(|write| write.summary.unconfirmed).collect()
}

/// What looking for them costs: by the external id, then by what is known of the caller.
pub(super) fn api_calls(forms: usize) -> usize {
    forms.div_ceil(AT_ONCE) * 3
}

/// Looks for their Leads, and has the hub note those that are there. Returns the API calls that took.
/// `taken` are Leads that belong to other writes.
///
/// # Errors
/// When the hub or Salesforce can't be asked.
pub(super) async fn settle(
    client: &Client,
    forms: &[&WriteDetail],
    mut taken: BTreeSet<String>,
    patience: SignedDuration,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<u64> {
    let (mut used, mut there, mut waits) = (0, 0, 0);
    for chunk in forms.chunks(AT_ONCE) {
        let (found, calls) = find(client, chunk, &mut taken).await?;
        used += calls;
        for form in chunk {
            let row = &form.summary;
            if let Some(lead) = found.get(row.id.as_str()) {
                let confirm = WriteOrder::Use { record: Text::new(lead) };
                order(client, &row.id, &confirm).await?;
                there += 1;
            } else if Timestamp::now().duration_since(row.changed_at) < patience {
                waits += 1;
            } else {
                findings.push(missing(form));
            }
        }
    }
    if there > 0 {
        say(&format!("{there} forms arrived and are confirmed from now on"))?;
    }
    if waits > 0 {
        say(&format!("{waits} forms may still be on their way: look again later"))?;
    }
    Ok(used)
}

fn missing(form: &WriteDetail) -> Finding {
    let row = &form.summary;
    Finding {
        line: format!(
            "{}  the form for {} made no Lead: the reason is in an e-mail to the org's Default Lead \
             Creator",
            row.call, row.sobject
        ),
        repair: Some((row.id.clone(), WriteOrder::Again { fields: BTreeSet::new() })),
        theirs: false,
    }
}

/// The Leads of these forms, by write.
async fn find<'a>(
    client: &Client,
    forms: &[&'a WriteDetail],
    taken: &mut BTreeSet<String>,
) -> anyhow::Result<(BTreeMap<&'a str, String>, u64)> {
    let mut found: BTreeMap<&str, String> = BTreeMap::new();
    let mut used = 0;
    let key = forms.first().and_then(|form| key_of(form));
    for by in key.iter().map(String::as_str).chain(["Phone", "Email"]) {
        let open: Vec<&&WriteDetail> =
            forms.iter().filter(|form| !found.contains_key(form.summary.id.as_str())).collect();
        let values: BTreeSet<&str> = open.iter().filter_map(|form| value(form, by)).collect();
        if values.is_empty() {
            continue;
        }
        let values = values.into_iter().map(str::to_owned).collect();
        let fields = ["LastName", "CreatedDate", by].map(str::to_owned).into();
        let answer = match look(client, "Lead", by, values, fields).await {
            // Not every org has a field of ours.
            Err(ClientError::Refused { status: NOT_UNDERSTOOD, .. })
                if Some(by) == key.as_deref() =>
            {
                continue;
            }
            answer => answer?,
        };
        used += answer.api_calls;
        for form in open {
            let fits = |lead: &&Map<String, Value>| {
                let id = text(lead, "Id");
                is_it(form, lead, by, key.as_deref()) && !taken.contains(id)
            };
            let first = answer.records.iter().filter(fits).min_by_key(|lead| created(lead));
            if let Some(lead) = first {
                let id = text(lead, "Id").to_owned();
                taken.insert(id.clone());
                found.insert(form.summary.id.as_str(), id);
            }
        }
    }
    Ok((found, used))
}

/// The field that holds our external id: the call's own.
fn key_of(form: &WriteDetail) -> Option<String> {
    let call = form.summary.call.to_string();
    let key = form.fields.iter().find(|(_, value)| value.as_str() == Some(&call));
    key.map(|(name, _)| name.clone())
}

fn value<'a>(form: &'a WriteDetail, field: &str) -> Option<&'a str> {
    form.fields.get(field)?.as_str().filter(|value| !value.is_empty())
}

fn text<'a>(lead: &'a Map<String, Value>, field: &str) -> &'a str {
    lead.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn created(lead: &Map<String, Value>) -> Option<Timestamp> {
    instant(text(lead, "CreatedDate"))
}

/// Whether this is the Lead of the form: by our external id for certain, else when it has the same
/// number or address and name and was not there before.
fn is_it(form: &WriteDetail, lead: &Map<String, Value>, by: &str, key: Option<&str>) -> bool {
    let same = |field: &str| {
        value(form, field).is_some_and(|value| value.eq_ignore_ascii_case(text(lead, field)))
    };
    if Some(by) == key {
        return same(by);
    }
    let sent = form.summary.created_at;
    let after = created(lead).is_some_and(|at| sent.duration_since(at) < CLOCKS);
    same(by) && same("LastName") && after
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form() -> WriteDetail {
        serde_json::from_value(json!({
            "summary": {
                "id": "w", "call": "hoverbot:1", "version": 1, "title": "Web-to-Lead",
                "sobject": "chats", "state": "delivered", "attempts": 1, "unconfirmed": true,
                "created_at": "2026-11-21T14:00:00Z", "changed_at": "2026-11-21T14:00:01Z",
            },
            "fields": {
                "LastName": "Bell", "Phone": "+16145550199", "Callboard_Id__c": "hoverbot:1",
            },
            "attempts": [],
        }))
        .unwrap()
    }

    #[test]
    fn a_lead_is_the_forms_by_its_key_or_by_who_it_is_and_when_it_came() {
        let form = form();
        assert_eq!(key_of(&form).as_deref(), Some("Callboard_Id__c"));
        let lead = |name: &str, at: &str| {
            let lead = json!({ "Id": "00Q", "LastName": name, "Phone": "+16145550199",
                               "Callboard_Id__c": "hoverbot:1", "CreatedDate": at });
            lead.as_object().unwrap().clone()
        };
        let before = "2026-11-21T13:40:00.000+0000";
        let after = "2026-11-21T14:02:00.000+0000";
        let key = Some("Callboard_Id__c");
        let is = |lead: &Map<String, Value>, by: &str| is_it(&form, lead, by, key);
        assert!(is(&lead("Somebody", before), "Callboard_Id__c"));
        assert!(is(&lead("BELL", after), "Phone"));
        assert!(!is(&lead("Bell", before), "Phone"), "it was there before");
        assert!(!is(&lead("Somebody", after), "Phone"), "another person of the household");
        assert!(!is(&lead("Bell", after), "Email"), "nobody told an address");
    }
}
