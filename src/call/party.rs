//! Who is on the other end, as the provider knows it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Phone, Text};

/// Which way the call went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// They called us.
    #[default]
    Inbound,
    /// We called them.
    Outbound,
    /// A web chat or form, no telephone involved.
    Chat,
}

/// What a provider tells about the caller and the line. Absent members say nothing; they never
/// erase what an earlier event said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "snake_case")]
pub struct Party {
    /// Inbound, outbound or chat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// The caller's number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// The number of ours that was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<Phone>,
    /// The caller's name as the provider has it (caller id, contact card, form).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Electronic mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// The caller's company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub company: Option<Text>,
    /// Street address as one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
    /// The advertisement or channel that brought the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Text>,
    /// Whether the provider has not seen this number before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_call: Option<bool>,
    /// The carrier's id of the same call (a Twilio CallSid under Vapi), to join two sources.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub carrier_id: Option<Text>,
    /// A Salesforce record id the provider carried along for us. Shape-checked before use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salesforce_id: Option<Text>,
    /// Whatever else the provider's metadata held, for the field mapping of the plan.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Text>,
}

impl Party {
    /// The most metadata that is kept of a call, however many events bring some.
    pub const MOST_METADATA: usize = 200;
}

/// What all events together say about the other end: of each member the latest statement.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    #[serde(flatten)]
    party: Party,
    /// When each stated member was said, so that a late event can't overwrite a newer one.
    stamps: BTreeMap<String, Timestamp>,
}

impl Told {
    /// The latest statements.
    pub fn party(&self) -> &Party {
        &self.party
    }

    /// Merges what an event sent at `at` states. The order of calls does not matter.
    pub(super) fn hear(&mut self, newer: &Party, at: Timestamp) {
        let Self { party, stamps } = self;
        let mut register = Register { stamps, at };
        register.take("direction", &mut party.direction, &newer.direction);
        register.take("phone", &mut party.phone, &newer.phone);
        register.take("line", &mut party.line, &newer.line);
        register.take("name", &mut party.name, &newer.name);
        register.take("email", &mut party.email, &newer.email);
        register.take("company", &mut party.company, &newer.company);
        register.take("address", &mut party.address, &newer.address);
        register.take("campaign", &mut party.campaign, &newer.campaign);
        register.take("first_call", &mut party.first_call, &newer.first_call);
        register.take("carrier_id", &mut party.carrier_id, &newer.carrier_id);
        register.take("salesforce_id", &mut party.salesforce_id, &newer.salesforce_id);
        for (key, value) in &newer.metadata {
            let mut old = party.metadata.remove(key);
            register.take(&format!("metadata.{key}"), &mut old, &Some(value.clone()));
            party.metadata.extend(old.map(|value| (key.clone(), value)));
        }
        // Those whose names come first: whatever came before whatever else, the same ones stay.
        while party.metadata.len() > Party::MOST_METADATA {
            let Some((key, _)) = party.metadata.pop_last() else { break };
            register.stamps.remove(&format!("metadata.{key}"));
        }
    }
}

/// Last-writer-wins over one event's members; equal times are decided by the value, so that any
/// order of arrival ends the same.
struct Register<'a> {
    stamps: &'a mut BTreeMap<String, Timestamp>,
    at: Timestamp,
}

impl Register<'_> {
    fn take<T: Ord + Clone>(&mut self, member: &str, old: &mut Option<T>, new: &Option<T>) {
        let Some(value) = new else { return };
        let stamp = self.stamps.get(member).copied();
        if stamp.is_none_or(|stamp| (self.at, Some(value)) > (stamp, old.as_ref())) {
            *old = Some(value.clone());
            match self.stamps.get_mut(member) {
                Some(stamp) => *stamp = self.at,
                None => drop(self.stamps.insert(member.to_owned(), self.at)),
            }
        }
    }
}
