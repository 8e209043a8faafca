//! How a business keeps its calls in Salesforce. The defaults are the names most guides use.

use std::collections::BTreeMap;

use jiff::{SignedDuration, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{custom::CustomField, destination::Destination};
pub use crate::dispatch::Person;
use crate::{
    call::{Money, Region},
    dispatch,
};

fn utc() -> TimeZone {
    TimeZone::UTC
}

/// Whose judgement of a call proposes its owner. The other one is kept beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoutesBy {
    /// Callboard's triage, with what operators corrected.
    #[default]
    Triage,
    /// The provider's score, urgency, trade and budget; triage for what it did not send.
    Provider,
}

/// The rules of planning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The unique external id field, by sObject. An sObject that has none is created plainly and
    /// searched for before a create is repeated.
    pub external_id: BTreeMap<String, String>,
    /// Where each value goes on a Lead; an empty name leaves it out.
    pub lead: FieldNames,
    /// The same for a Contact.
    pub contact: FieldNames,
    /// The same for a Person Account; what its Contact holds is called `…__pc` there.
    pub person: FieldNames,
    /// What a caller nobody knows becomes.
    pub new_caller: NewCaller,
    /// Whether the org has Person Accounts.
    pub person_accounts: bool,
    /// The record type of new Person Accounts; empty for the integration user's default.
    pub person_record_type: String,
    /// `LeadSource` by kind of call.
    pub lead_source: LeadSources,
    /// `Status` of a new Lead.
    pub lead_status: String,
    /// `Status` of a converted Lead: one whose `IsConverted` is set in the org.
    pub converted_status: String,
    /// `LastName` of a caller whose name nobody knows; `{last4}` stands for the last four digits.
    pub unknown_name: String,
    /// `Company` of a caller who named none; `{name}` stands for the last name.
    pub household: String,
    /// `Company` when the name is unknown too.
    pub unknown_household: String,
    /// The country of numbers said without one. The business says it, not this table.
    #[serde(skip)]
    pub region: Region,
    /// The zone of dates. The business says it, not this table.
    #[serde(skip, default = "utc")]
    pub zone: TimeZone,
    /// Whose judgement proposes an owner. `[triage]` says it, not this table.
    #[serde(skip)]
    pub routes_by: RoutesBy,
    /// The longest transcript and notes the org's fields take, in characters.
    pub long_text: usize,
    /// Seconds a change waits for others to go with it. What makes a call Hot never waits.
    pub update_seconds: u32,
    /// Seconds the last values wait for the provider's report after the end of a call.
    pub settle_seconds: u32,
    /// Seconds within which the first record of a call that goes on is in Salesforce; until then
    /// it waits for others to share its API call with. What makes a call Hot never waits.
    pub first_seconds: u32,
    /// The same for a call that is over before it had a record: a short one, a voicemail.
    pub record_seconds: u32,
    /// The same for a missed call of which nothing but the number is known.
    pub missed_seconds: u32,
    /// Seconds an update during a call waits for others to share its API call with.
    pub batch_seconds: u32,
    /// Seconds the last values of a call that is over wait for others.
    pub closing_seconds: u32,
    /// Seconds a Task waits for others: the log of a call, and the promise to ring back.
    pub task_seconds: u32,
    /// Seconds an operator may undo an action before it is sent.
    pub grace_seconds: u32,
    /// Whether missed calls from a known number become Leads: each is a callback to make.
    pub record_missed: bool,
    /// Whether answered calls without a need become (Cold) Leads.
    pub record_inquiries: bool,
    /// The fewest words of a caller that make such a call an inquiry and not a wrong number.
    pub inquiry_words: usize,
    /// Whether Salesforce's assignment rules choose the owner of new Leads.
    pub assignment_rules: bool,
    /// The user or queue that gets new Leads; empty to leave that to Salesforce.
    pub default_owner: String,
    /// Who calls are routed to.
    pub roster: Vec<Person>,
    /// How calls are dispatched. The business says it, not this table.
    #[serde(skip)]
    pub dispatch: dispatch::Settings,
    /// Opportunities.
    pub opportunity: Opportunities,
    /// Whether calls of Leads are logged as Tasks too. Those of Contacts always are.
    pub log_lead_calls: bool,
    /// Whether every promise to ring back is a Task, open until it is kept or withdrawn.
    pub callback_tasks: bool,
    /// What happens when several people have the caller's number.
    pub several_matches: SeveralMatches,
    /// Percent of the org's daily API calls that are kept for Hot calls and operators.
    pub reserve_percent: u8,
    /// Numbers and e-mail addresses (`@example.com` for all of a domain) of which nothing is ever
    /// written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppress: Vec<String>,
    /// Where calls go beside the connected org.
    #[serde(rename = "destination", skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<Destination>,
    /// Fields of the business's own.
    #[serde(rename = "field", skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<CustomField>,
}

/// What a caller nobody knows becomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewCaller {
    /// A Lead, to be converted when it is worth it.
    #[default]
    Lead,
    /// A Contact with an Account of its own.
    Contact,
    /// A Person Account.
    PersonAccount,
}

impl NewCaller {
    /// The sObject of the record that stands for the caller.
    pub fn sobject(self) -> &'static str {
        match self {
            Self::Lead => "Lead",
            Self::Contact => "Contact",
            Self::PersonAccount => "Account",
        }
    }
}

/// What happens when several people have the caller's number and none the name that was said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeveralMatches {
    /// The operator says who called; until then nothing is written.
    #[default]
    Ask,
    /// The record that was changed last counts.
    Newest,
}

impl Default for Settings {
    fn default() -> Self {
        let ours = |sobject: &str| (sobject.to_owned(), "Callboard_Id__c".to_owned());
        Self {
            external_id: [ours("Lead"), ours("Opportunity")].into(),
            lead: FieldNames::lead(),
            contact: FieldNames::contact(),
            person: FieldNames::person(),
            new_caller: NewCaller::default(),
            person_accounts: false,
            person_record_type: String::new(),
            lead_source: LeadSources::default(),
            lead_status: "New".to_owned(),
            converted_status: "Closed - Converted".to_owned(),
            unknown_name: "Unknown Caller {last4}".to_owned(),
            household: "{name} Household".to_owned(),
            unknown_household: "Unknown Household".to_owned(),
            region: Region::default(),
            routes_by: RoutesBy::default(),
            zone: utc(),
            long_text: 32_000,
            update_seconds: 20,
            settle_seconds: 3,
            first_seconds: 4,
            record_seconds: 25,
            missed_seconds: 28,
            batch_seconds: 40,
            closing_seconds: 90,
            task_seconds: 150,
            grace_seconds: 5,
            record_missed: true,
            record_inquiries: true,
            inquiry_words: 4,
            assignment_rules: true,
            default_owner: String::new(),
            roster: Vec::new(),
            dispatch: dispatch::Settings::default(),
            opportunity: Opportunities::default(),
            log_lead_calls: false,
            callback_tasks: true,
            several_matches: SeveralMatches::default(),
            reserve_percent: 10,
            suppress: Vec::new(),
            destinations: Vec::new(),
            fields: Vec::new(),
        }
    }
}

impl Settings {
    /// The grace time of an operator's action.
    pub fn grace(&self) -> SignedDuration {
        SignedDuration::from_secs(self.grace_seconds.into())
    }

    /// The people and the rules of dispatching, together.
    pub fn people(&self) -> dispatch::Roster<'_> {
        dispatch::Roster { people: &self.roster, settings: &self.dispatch }
    }

    /// Looks for what can't be right, as far as the settings alone can tell.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn check(&self) -> Result<(), String> {
        let owners = self.roster.iter().map(|person| person.owner_id.as_str());
        let default = Some(self.default_owner.as_str()).filter(|id| !id.is_empty());
        for owner in owners.chain(default) {
            let kind = owner.starts_with("005") || owner.starts_with("00G");
            let shape =
                matches!(owner.len(), 15 | 18) && owner.bytes().all(|b| b.is_ascii_alphanumeric());
            if !kind || !shape {
                return Err(format!(
                    "owner {owner:?} is not the id of a Salesforce user (005…) or queue (00G…)"
                ));
            }
        }
        for (place, field) in self.fields.iter().enumerate() {
            field.check()?;
            let same = |other: &CustomField| {
                (&other.sobject, &other.field) == (&field.sobject, &field.field)
            };
            if self.fields[..place].iter().any(same) {
                return Err(format!("{}.{} is mapped twice", field.sobject, field.field));
            }
        }
        for (place, destination) in self.destinations.iter().enumerate() {
            destination.check()?;
            if self.destinations[..place].iter().any(|other| other.name == destination.name) {
                return Err(format!("there are two destinations {:?}", destination.name));
            }
        }
        if self.new_caller == NewCaller::PersonAccount && !self.person_accounts {
            return Err("new_caller = \"person_account\" needs person_accounts = true".to_owned());
        }
        if self.reserve_percent > 90 {
            return Err("reserve_percent is more than 90: nothing would be left".to_owned());
        }
        if self.long_text < 100 {
            return Err("long_text is less than 100 characters".to_owned());
        }
        Ok(())
    }
}

/// Where values go, by API name; an empty name leaves the value out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FieldNames {
    /// Number, 1–5.
    pub urgency: String,
    /// Checkbox.
    pub callback_requested: String,
    /// Picklist.
    pub service: String,
    /// Currency.
    pub budget: String,
    /// Number.
    pub duration_seconds: String,
    /// URL.
    pub recording_url: String,
    /// Long text: what the call was about.
    pub notes: String,
    /// Number, 0–100. Never falls.
    pub score: String,
    /// Long text.
    pub transcript: String,
    /// DateTime.
    pub last_contact: String,
    /// Long text, JSON.
    pub signals: String,
    /// Number: the provider's own score of a chat.
    pub provider_score: String,
    /// Text: the provider's own word for what is wanted.
    pub intent: String,
}

impl FieldNames {
    fn lead() -> Self {
        Self {
            urgency: "Urgency_Level__c".to_owned(),
            callback_requested: "Callback_Requested__c".to_owned(),
            service: "Service_Interest__c".to_owned(),
            budget: "Budget_Range__c".to_owned(),
            duration_seconds: "Call_Duration_Seconds__c".to_owned(),
            recording_url: "Call_Recording_URL__c".to_owned(),
            notes: "Call_Notes__c".to_owned(),
            score: "AI_Qualification_Score__c".to_owned(),
            transcript: "Call_Transcript__c".to_owned(),
            last_contact: "Last_AI_Contact__c".to_owned(),
            signals: "Qualification_Signals__c".to_owned(),
            provider_score: "Lead_Score__c".to_owned(),
            intent: String::new(),
        }
    }

    /// Only the note: the rest of a customer's call is on its Task.
    fn contact() -> Self {
        Self { notes: "Call_Notes__c".to_owned(), ..Self::none() }
    }

    /// The same, through the Account.
    fn person() -> Self {
        Self { notes: "Call_Notes__pc".to_owned(), ..Self::none() }
    }

    fn none() -> Self {
        let none = String::new;
        Self {
            urgency: none(),
            callback_requested: none(),
            service: none(),
            budget: none(),
            duration_seconds: none(),
            recording_url: none(),
            notes: none(),
            score: none(),
            transcript: none(),
            last_contact: none(),
            signals: none(),
            provider_score: none(),
            intent: none(),
        }
    }
}

impl Default for FieldNames {
    fn default() -> Self {
        Self::none()
    }
}

/// Values of `LeadSource`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LeadSources {
    /// A call.
    pub inbound: String,
    /// A call with urgency 5.
    pub emergency: String,
    /// A call we made.
    pub outbound: String,
    /// A chat or form.
    pub chat: String,
}

impl Default for LeadSources {
    fn default() -> Self {
        Self {
            inbound: "Phone Call - Inbound".to_owned(),
            emergency: "Phone Call - Emergency".to_owned(),
            outbound: "Phone Call - Outbound".to_owned(),
            chat: "Chat".to_owned(),
        }
    }
}

/// How Opportunities are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Opportunities {
    /// Whether a Contact that asks for work gets one at the end of the call without an operator.
    pub automatic: bool,
    /// The provider's score from which a chat with a Contact gets one; above 100 for never.
    pub chat_score: u8,
    /// `StageName` for a stated budget or new work.
    pub stage: String,
    /// `StageName` when other quotes are cited.
    pub quoted_stage: String,
    /// Days until `CloseDate`.
    pub close_days: u16,
    /// What an emergency brings on average.
    pub emergency_estimate: Money,
}

impl Default for Opportunities {
    fn default() -> Self {
        Self {
            automatic: true,
            chat_score: 70,
            stage: "Qualification".to_owned(),
            quoted_stage: "Proposal".to_owned(),
            close_days: 30,
            emergency_estimate: Money::dollars(4200),
        }
    }
}
