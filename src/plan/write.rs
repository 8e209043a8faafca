//! One intended change in Salesforce.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{CallId, Phone, Text};

/// The fields of a record as they go out, by API name.
pub type Fields = serde_json::Map<String, serde_json::Value>;

/// One intended change in Salesforce, from the moment it is called for to its visible end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Write {
    /// Its id, a UUID (version 7).
    pub id: String,
    /// The call it belongs to.
    pub call: CallId,
    /// Its place in the call's lane, from 1.
    pub order: u32,
    /// Grows with every change.
    pub version: u64,
    /// What it is for; automatic writes of one purpose merge.
    pub purpose: Purpose,
    /// What it does, for people.
    pub title: Text,
    /// The change itself.
    pub change: Change,
    /// The operator's action behind it; none for automatic ones.
    pub by: Option<By>,
    /// Where it stands.
    pub state: WriteState,
    /// Tries so far, not counting those that never reached Salesforce's answer to our request.
    pub attempts: u32,
    /// Whether an attempt that is not among these may have arrived: its answer was never heard.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unheard: bool,
    /// When it came up.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// Not to be sent before this.
    pub next_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub problem: Option<Problem>,
    /// The record it made or changed.
    pub record: Option<Text>,
    /// Whether an operator said to save it though a duplicate rule warns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub save_duplicates: bool,
    /// What it was to write before an operator edited it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<Fields>,
}

impl Write {
    /// Whether it is certain that Salesforce knows nothing of it.
    pub fn never_arrived(&self) -> bool {
        self.attempts == 0 && !self.unheard
    }

    /// It was under way when the program stopped: whether it arrived is not known.
    pub fn interrupt(&mut self) {
        self.state = WriteState::Pending;
        self.next_at = None;
        self.unheard = true;
        self.problem = Some(Problem::interrupted());
    }

    /// It is tried again, as often as if it were new.
    pub fn try_anew(&mut self) {
        self.state = WriteState::Pending;
        self.unheard = !self.never_arrived();
        self.attempts = 0;
        self.next_at = None;
    }
}

/// The operator's action behind a write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The operator's name.
    pub operator: Text,
    /// The key of the action's event.
    pub event: String,
}

/// What a write is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To learn who the caller is.
    Match,
    /// To record the call on its Lead or Contact.
    Record,
    /// To give it an owner.
    Route,
    /// To create an Opportunity.
    Opportunity,
    /// To convert the Lead.
    Convert,
    /// To log the call as a Task, or to keep the Task of its promise to ring back.
    Task,
}

/// What to do in Salesforce.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Ask who the caller is.
    Match(MatchQuery),
    /// Create the record with this external id, or update it if it exists: harmless to repeat.
    Upsert {
        /// `Lead`, `Opportunity`, `Task`.
        sobject: String,
        /// The value of our external id field.
        external_id: String,
        /// What to write.
        fields: Fields,
        /// Fields whose value is the id of another record of this call, by that record's sObject;
        /// filled in when it is sent.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        references: BTreeMap<String, String>,
    },
    /// Update a record that exists.
    Update {
        /// `Lead`, `Contact`.
        sobject: String,
        /// Its id; when absent, the record of this sObject that stands for the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<Text>,
        /// What to write.
        fields: Fields,
    },
    /// Hand the call to a form or a flow, once.
    Submit {
        /// The destination's name.
        destination: Text,
        /// Whether it never tells what became of it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        silent: bool,
        /// A Lead's fields.
        fields: Fields,
    },
    /// Convert a Lead to a Contact, its Account and an Opportunity. One-way.
    Convert {
        /// The Lead; when absent, the one that stands for the call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lead: Option<Text>,
        /// The name of the Opportunity.
        opportunity: Text,
        /// The user who gets what comes of it; the Lead's owner when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<Text>,
    },
}

impl Change {
    /// The sObject it goes to; `Search` for a match, the destination's name for a form.
    pub fn sobject(&self) -> &str {
        match self {
            Self::Match(_) => "Search",
            Self::Convert { .. } => "Lead",
            Self::Submit { destination, .. } => destination.as_str(),
            Self::Upsert { sobject, .. } | Self::Update { sobject, .. } => sobject,
        }
    }

    /// The fields it writes, to be changed.
    pub fn fields_mut(&mut self) -> Option<&mut Fields> {
        match self {
            Self::Match(_) | Self::Convert { .. } => None,
            Self::Upsert { fields, .. }
            | Self::Update { fields, .. }
            | Self::Submit { fields, .. } => Some(fields),
        }
    }

    /// The fields it writes.
    pub fn fields(&self) -> Option<&Fields> {
        match self {
            Self::Match(_) | Self::Convert { .. } => None,
            Self::Upsert { fields, .. }
            | Self::Update { fields, .. }
            | Self::Submit { fields, .. } => Some(fields),
        }
    }

    /// The destination it goes to; none for the connected org.
    pub fn destination(&self) -> Option<&str> {
        match self {
            Self::Submit { destination, .. } => Some(destination.as_str()),
            _ => None,
        }
    }
}

impl Write {
    /// Whether it was sent where nobody tells what became of it, and nobody looked since.
    pub fn is_unconfirmed(&self) -> bool {
        self.state == WriteState::Delivered
            && self.record.is_none()
            && matches!(self.change, Change::Submit { silent: true, .. })
    }
}

/// What is known of a caller, to find them by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchQuery {
    /// Their numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// Their e-mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub emails: Vec<Text>,
    /// Their name as said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Their street address as said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
}

/// Where a write stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteState {
    /// Waits for its turn (or for the grace time of an action to pass).
    Pending,
    /// Sent, no answer yet.
    InFlight,
    /// Failed for a passing reason; tried again by itself.
    Retrying,
    /// The destination is paused or out of order; no attempt is used up.
    Held,
    /// Tried in vain; waits for an operator.
    Failed,
    /// Done.
    Delivered,
    /// A later write took its content along.
    Superseded,
    /// Given up by an operator, or undone.
    Discarded,
}

impl WriteState {
    /// Its name in the journal, the API and the metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Retrying => "retrying",
            Self::Held => "held",
            Self::Failed => "failed",
            Self::Delivered => "delivered",
            Self::Superseded => "superseded",
            Self::Discarded => "discarded",
        }
    }

    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        use WriteState::{
            Delivered, Discarded, Failed, Held, InFlight, Pending, Retrying, Superseded,
        };
        [Pending, InFlight, Retrying, Held, Failed, Delivered, Superseded, Discarded]
            .into_iter()
            .find(|state| state.name() == name)
    }

    /// Whether nothing more will happen to it, by itself or by an operator.
    pub fn is_end(self) -> bool {
        matches!(self, Self::Delivered | Self::Superseded | Self::Discarded)
    }
}

/// Why an attempt failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Salesforce's `errorCode`, or our word for what is none (`TIMEOUT`).
    pub code: Text,
    /// Salesforce's own message.
    pub message: Text,
    /// The fields it complains of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Text>,
    /// What to do about it, in our words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advice: Option<Text>,
    /// The records it may be about, for an operator to choose from: those a duplicate rule holds
    /// against the write, or those a caller may be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Whether a new record may be saved beside the candidates. A rule that blocks forbids it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_save_anyway: bool,
}

/// A record an operator may choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// `Lead`, `Contact`.
    pub sobject: Text,
    /// Its id.
    pub id: Text,
    /// Its name, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// Where they live or work, to tell namesakes apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
    /// A Contact's Account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Text>,
    /// Whether it is a Person Account's Contact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub person: bool,
}

impl Problem {
    /// What Salesforce calls a record that a duplicate rule finds elsewhere.
    pub const DUPLICATES: &str = "DUPLICATES_DETECTED";

    /// Our word for a caller who may be one of several people.
    pub const SEVERAL: &str = "SEVERAL_MATCHES";

    /// Whether it is for an operator to say which record is meant.
    pub fn is_choice(&self) -> bool {
        matches!(self.code.as_str(), Self::DUPLICATES | Self::SEVERAL)
    }

    /// What a write has that was in flight when the program stopped: its answer was never heard.
    pub fn interrupted() -> Self {
        Self {
            code: Text::new("INTERRUPTED"),
            message: Text::new("the program stopped before Salesforce's answer came"),
            ..Self::default()
        }
    }
}

/// A write before it has a place in a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it is for.
    pub purpose: Purpose,
    /// What it does, for people.
    pub title: Text,
    /// The change.
    pub change: Change,
    /// The operator's action behind it.
    pub by: Option<By>,
    /// Not to be sent before this: for merging with what comes, or for an action's grace time.
    pub not_before: Option<Timestamp>,
}

/// What planning asks of a lane.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A new write (or more content for one that waits).
    Add(Draft),
    /// Give up the write with this id: its action was undone. Only those that were not sent yet.
    Discard(String),
    /// The write with this id means nothing any more: the caller is somebody else than it was made
    /// for. Only those that were not sent yet.
    Supersede(String),
}
