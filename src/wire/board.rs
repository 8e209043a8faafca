//! What a row of the board says: of a call, of a write, and how the hub is doing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CallBackSummary, NoticeSummary};
use crate::{
    call::{
        CallId, CallState, Callback, Claim, Disposed, MatchKind, Money, Phone, Rating, Service,
        Suppression, Text, Urgency,
    },
    plan::{Problem, WriteState},
};

/// A call as a row needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallSummary {
    /// Its id.
    pub id: CallId,
    /// Grows with every change; an older one never replaces a newer.
    pub version: u64,
    /// What it is doing.
    pub state: CallState,
    /// No event for suspiciously long while it should be live.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub stale: bool,
    /// When it began.
    pub began_at: Timestamp,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Conversation in seconds, once ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<u64>,
    /// The caller's best name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text>,
    /// The caller's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Whether the call was placed to them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outbound: bool,
    /// What keeps their number from being rung.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub do_not_call: Option<Suppression>,
    /// Who they are in Salesforce; none until that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<MatchKind>,
    /// 1 to 5.
    pub urgency: Urgency,
    /// Hot, Warm or Cold.
    pub rating: Rating,
    /// 0 to 100.
    pub score: u8,
    /// The trade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// What they would spend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// What they want, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wants: Option<Text>,
    /// The promise to ring back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback: Option<Callback>,
    /// Who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Text>,
    /// To whom [`super::Order::Route`] without a name would give it: a name from [`super::Hello::owners`].
    /// None when nobody fits or the hub leaves it to the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Text>,
    /// Why them, in a few words: `on call, Plumbing, nothing in hand`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal_reason: Option<Text>,
    /// Who works on it, until when; whether the lease still runs is for the clock to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// Who has shown, since it was given to somebody last, that they have it: who acknowledged it,
    /// claimed it, rang the caller or said what became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<Text>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposed: Option<Disposed>,
    /// Where telling its owner stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeSummary>,
    /// Where telling somebody of the promise to ring back stands: that it was given to them, or that
    /// it is late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub callback_notice: Option<NoticeSummary>,
    /// The last order to ring the caller back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_back: Option<CallBackSummary>,
    /// Whether Salesforce has it.
    pub sync: Sync,
    /// Whether an operator has wrapped it up.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wrapped_up: bool,
}

/// Where a call stands in Salesforce: the worst of its writes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Sync {
    /// Nothing to write yet.
    #[default]
    Nothing,
    /// Everything is in Salesforce.
    Done,
    /// Something is on its way.
    Pending,
    /// Something waits for another try.
    Retrying,
    /// Held: the destination is paused or out of order.
    Held,
    /// Something failed and waits for an operator.
    Failed,
}

/// A write as a row needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriteSummary {
    /// Its id.
    pub id: String,
    /// The call it belongs to.
    pub call: CallId,
    /// Grows with every change.
    pub version: u64,
    /// What it does, for people: `New Lead`, `Route to Sam K.`, `Opportunity`.
    pub title: Text,
    /// The sObject it goes to.
    pub sobject: Text,
    /// Where it stands.
    pub state: WriteState,
    /// Tries so far.
    pub attempts: u32,
    /// When it came up.
    pub created_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When it is tried next, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<Timestamp>,
    /// Why it failed, in Salesforce's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
    /// The record it made or changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<Text>,
    /// The operator behind it; none for automatic ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator: Option<Text>,
    /// Whether it is delivered where nobody tells what became of it (Web-to-Lead).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unconfirmed: bool,
}

impl WriteSummary {
    /// Where it stands, in a word.
    pub fn word(&self) -> &'static str {
        if self.unconfirmed { "unconfirmed" } else { self.state.name() }
    }
}

/// The hub's own state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The link to Salesforce.
    pub salesforce: Destination,
    /// API calls of the last 24 hours, as Salesforce counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_used: Option<u64>,
    /// The org's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_limit: Option<u64>,
    /// API calls this hub made since it started.
    pub api_calls: u64,
    /// Phone calls since it started.
    pub phone_calls: u64,
    /// Writes that are not at their end.
    pub unfinished_writes: u64,
    /// Whether only the reserve of API calls is left: writes of calls that are not Hot wait.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_reserve: bool,
    /// The destinations beside the connected org.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub destinations: Vec<DestinationStatus>,
    /// The channels by which people are told and that fail: none has taken a notice since, or not yet
    /// what waited for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing_channels: Vec<FailingChannel>,
    /// The sources whose webhooks this hub refuses or can't understand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failing_sources: Vec<FailingSource>,
}

impl Status {
    /// The state of a hub that has yet to hear of anything.
    pub fn at_start(salesforce: Destination) -> Self {
        Self {
            salesforce,
            api_used: None,
            api_limit: None,
            api_calls: 0,
            phone_calls: 0,
            unfinished_writes: 0,
            only_reserve: false,
            destinations: Vec::new(),
            failing_channels: Vec::new(),
            failing_sources: Vec::new(),
        }
    }
}

/// What is wrong with the webhooks of a source: a secret that was changed on one side only, or a mapping
/// that misses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingSource {
    /// Its name in the settings.
    pub source: Text,
    /// What became of them.
    pub fault: Fault,
    /// Since when.
    pub since: Timestamp,
    /// Why they were refused, in a sentence; or the setting that points at nothing.
    pub why: Text,
    /// Until when it is worth telling.
    pub until: Timestamp,
}

impl FailingSource {
    /// Whether it is still worth telling.
    pub fn is_worth_telling(&self, now: Timestamp) -> bool {
        self.until > now
    }
}

/// What became of webhooks with which something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing of them was taken.
    Refused,
    /// They were taken, and some of them says nothing.
    Unread,
}

/// A channel by which people are told and that fails.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailingChannel {
    /// Its name in the settings; `email` for the mail server.
    pub channel: Text,
    /// Since when.
    pub since: Timestamp,
    /// Who is to know of something and was told of it by no way.
    pub people: Vec<Text>,
}

/// How one of several destinations is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationStatus {
    /// Its name in the settings.
    pub name: Text,
    /// The link to it.
    pub link: Destination,
    /// How many forms went there; none where it takes none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forms: Option<FormsPosted>,
}

/// How many Web-to-Lead forms were posted in the last 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormsPosted {
    /// So many.
    pub posted: u64,
    /// The most there may be; what is over waits.
    pub most: u64,
}

/// How a destination is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Destination {
    /// None is configured: calls are recorded, nothing is written.
    None,
    /// Writes flow.
    Open,
    /// An operator paused it.
    Paused,
    /// Out of order; writes are held.
    Broken {
        /// Since when.
        since: Timestamp,
        /// When the next probe goes out.
        next_probe: Timestamp,
        /// Why.
        problem: Problem,
    },
}
