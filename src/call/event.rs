//! What can happen to a call.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    AttemptOutcome, CallId, Disposition, Joining, Line, Money, NoticeFact, Party, Phone, Placing,
    Rang, Service, Text, Urgency,
};

/// One thing that happened to a call, immutable once in the journal.
///
/// A webhook becomes one event with as many facts as it states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The call it belongs to.
    pub call: CallId,
    /// What makes a repetition recognisable: unique per call. An event whose key the journal
    /// holds already is acknowledged and otherwise ignored.
    pub key: String,
    /// When it happened, by the sender's clock; by ours where the sender says nothing. Order and
    /// precedence go by this.
    pub sent_at: Timestamp,
    /// When the hub received it. Freshness and silence go by this.
    pub received_at: Timestamp,
    /// What it states.
    pub facts: Vec<Fact>,
}

impl Event {
    /// What the hub itself states: by its clock, which has heard it as it happened.
    pub fn of_ours(call: &CallId, key: String, facts: Vec<Fact>, now: Timestamp) -> Self {
        Self { call: call.clone(), key, sent_at: now, received_at: now, facts }
    }
}

/// A statement about a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// The call reached a stage.
    Progress(Progress),
    /// Something was said, and will not change any more.
    Said(Line),
    /// Words still being recognised.
    Saying(Line),
    /// Everything that was said until now, by a provider that tells it all anew each time and may have
    /// understood something better: takes the place of what it told so before.
    SoFar {
        /// The lines, oldest first.
        lines: Vec<Line>,
        /// Whether the last of them may still grow.
        #[serde(default)]
        open: bool,
    },
    /// Who is on the other end.
    Party(Box<Party>),
    /// The provider's account of the whole call after its end.
    Report(Box<Report>),
    /// There is a recording. Says nothing about whether the call goes on.
    Recorded {
        /// Where it can be heard.
        url: Text,
    },
    /// What the provider itself made of the call: kept beside our assessment, never mixed in.
    Judged(Judgement),
    /// Salesforce was asked who the caller is.
    Matched(Match),
    /// A record in Salesforce now stands for this call.
    Linked(Linked),
    /// What the hub did to tell somebody on the roster.
    Notice(NoticeFact),
    /// The promise to ring back stands for a further call of the same number.
    Joins(Joining),
    /// An earlier call of the same number carries this one's promise.
    JoinedTo {
        /// That call.
        call: CallId,
    },
    /// What became of the order to ring the caller back.
    CalledBack {
        /// The key of the order's event.
        order: String,
        /// What.
        placing: Placing,
    },
    /// A call that was placed to ring the caller back is over.
    Rang(Rang),
    /// An operator did something.
    Acted {
        /// The operator's name.
        operator: Text,
        /// What was done.
        action: Action,
    },
}

/// How far a call has come. Never goes back: see [`super::Call::apply`].
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Known, not ringing yet.
    #[default]
    Created,
    /// Ringing.
    Ringing,
    /// Somebody answered.
    Talking,
    /// Being handed to somebody else.
    Transferring,
    /// Over.
    Ended,
}

/// A stage, and what is known of how the call ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The stage that was reached.
    pub stage: Stage,
    /// With [`Stage::Ended`]; with an earlier stage it says that somebody answered, whatever else
    /// suggests it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
}

/// How a call ended. Members that are unknown stay empty and are filled by other events.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Ending {
    /// The provider's own word (`customer-ended-call`, `no-answer`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
    /// Whether anybody, person or agent, took the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered: Option<bool>,
    /// Whether the caller left a voicemail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voicemail: Option<bool>,
    /// True when the provider's own failure ended it: whoever was on the line was cut off.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub broke_off: bool,
}

/// A provider's account of a finished call. May come again with more in it; the latest wins
/// member by member.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The whole transcript; empty when the provider gave none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
    /// The provider's summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Text>,
    /// Where the recording can be heard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording: Option<Text>,
    /// When it first rang, where the provider tells that beside the conversation's beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub began_at: Option<Timestamp>,
    /// When the conversation began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Seconds of conversation, where the provider counts them itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u32>,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
}

/// What a provider made of the call by its own lights.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Judgement {
    /// A qualification score, 0–100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// What the caller wants, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<Text>,
    /// Whether the provider counts the call as a success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success: Option<Text>,
    /// Structured data as `name → value`.
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub data: std::collections::BTreeMap<String, Text>,
}

/// Which kind of record the caller is in Salesforce.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchKind {
    /// Nobody known: the call becomes a new Lead.
    Nobody,
    /// An open Lead.
    Lead,
    /// A Contact: a customer already.
    Contact,
}

/// Who the caller already is in Salesforce.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Match {
    /// Nobody, Lead or Contact.
    pub kind: MatchKind,
    /// The record's id; none for [`MatchKind::Nobody`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Text>,
    /// The record's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The Contact's Account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<Text>,
    /// The qualification score the Lead has already: a call never lowers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u8>,
    /// How many other records fit as well; the operator may have to choose.
    #[serde(default)]
    pub others: u32,
    /// Whether the Contact is that of a Person Account, which is changed through its Account.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub person: bool,
}

impl Match {
    /// Nobody is known by that number.
    pub fn nobody() -> Self {
        Self {
            kind: MatchKind::Nobody,
            id: None,
            name: None,
            account_id: None,
            score: None,
            others: 0,
            person: false,
        }
    }
}

/// A record that stands for the call (or a part of it) in Salesforce.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Linked {
    /// `Lead`, `Contact`, `Opportunity`, `Task`.
    pub sobject: Text,
    /// Its 18-character id.
    pub id: Text,
}

/// What operators do to a call. The journal keeps who and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Action {
    /// Gave the call to somebody: the owner in Salesforce follows.
    Route {
        /// The name shown on the board.
        to: Text,
        /// The Salesforce user (`005…`) or queue (`00G…`).
        owner_id: Text,
        /// Why, where the hub chose.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// Shows that somebody has it: escalation ends.
    Acknowledge {
        /// Their Salesforce user, where it was another's until then and they are on the roster: it
        /// is theirs now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner_id: Option<Text>,
    },
    /// Works on the call until the lease ends.
    Claim {
        /// Until when.
        until: Timestamp,
    },
    /// Lets a claimed call go.
    Release,
    /// Tried to ring the caller back.
    Attempt {
        /// How it ended.
        outcome: AttemptOutcome,
        /// What they noted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Has the caller rung back through the provider. The request goes out once this is recorded,
    /// and never again.
    CallBack {
        /// The number.
        number: Phone,
        /// Whether it was wanted outside the hours, or though the last one's outcome is not known.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anyway: bool,
    },
    /// Put the callback to another time.
    Reschedule {
        /// When.
        due: Timestamp,
    },
    /// Gave the callback to somebody.
    AssignCallback {
        /// The name on the roster.
        to: Text,
    },
    /// The caller is not to be rung any more.
    DoNotCall {
        /// The number.
        number: Phone,
    },
    /// The caller may be rung again.
    AllowCalls {
        /// The number.
        number: Phone,
    },
    /// Said what became of the call.
    Dispose {
        /// What.
        disposition: Disposition,
        /// Why not booked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// Asked for an Opportunity.
    Opportunity {
        /// Its name.
        name: Text,
        /// What it may bring.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
        /// `StageName`.
        stage: Text,
        /// `CloseDate`.
        close_date: jiff::civil::Date,
    },
    /// Asked for the Lead to be converted: to a Contact, its Account and this Opportunity. There
    /// is no way back once Salesforce has done it.
    Convert {
        /// The Opportunity's name.
        name: Text,
        /// What it may bring.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
        /// `StageName`.
        stage: Text,
        /// `CloseDate`.
        close_date: jiff::civil::Date,
    },
    /// The promise to ring back was kept or is not needed.
    CallbackDone {
        /// True when somebody rang back, false when it was dismissed.
        kept: bool,
    },
    /// Corrected the urgency.
    Urgency {
        /// The operator's judgement.
        urgency: Urgency,
    },
    /// Corrected triage: the caller did not ask to be rung back.
    NotCallback,
    /// Corrected the trade.
    Service {
        /// The operator's judgement.
        service: Service,
    },
    /// Wrapped the call up: it leaves the board.
    WrapUp {
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<Text>,
    },
    /// Had a failed write tried again.
    Retry {
        /// The write's id.
        write: String,
        /// What it does, for people.
        title: Text,
    },
    /// Gave a write up for good.
    Discard {
        /// The write's id.
        write: String,
        /// What it does, for people.
        title: Text,
    },
    /// Said which record a write that asked is about.
    Use {
        /// The write's id.
        write: String,
        /// What it does, for people.
        title: Text,
        /// The record; none for "none of these".
        #[serde(default, skip_serializing_if = "Option::is_none")]
        record: Option<Text>,
    },
    /// Changed what a failed write writes, and had it tried again.
    Edit {
        /// The write's id.
        write: String,
        /// What it does, for people.
        title: Text,
        /// The fields that were changed, by API name.
        fields: Vec<Text>,
    },
    /// Had what was delivered before written again: Salesforce has it no more, or differently.
    Again {
        /// The write that delivered it.
        write: String,
        /// What it does, for people.
        title: Text,
    },
    /// Took back an earlier action of theirs or a colleague's.
    Undo {
        /// The key of the event that is undone.
        undoes: String,
    },
}
