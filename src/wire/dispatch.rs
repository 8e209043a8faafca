//! The roster and its notices, as the wire has them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{AttemptOutcome, CallId, Text};

/// Who is on call: the answer of `GET /v1/roster`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RosterNow {
    /// The zone the roster is kept in (IANA).
    pub zone: Text,
    /// Whether the business is open.
    pub open: bool,
    /// The next holiday, today's included, and who is on call at its noon. None when
    /// none is to come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holiday: Option<HolidayOnCall>,
    /// Now.
    pub now: OnCallNow,
    /// What comes after; none when nothing changes within a week.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<OnCallNow>,
    /// Everybody, on call or not.
    pub people: Vec<PersonOnCall>,
}

/// A holiday, and who is on call then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidayOnCall {
    /// Which day.
    pub date: jiff::civil::Date,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Text::is_empty")]
    pub name: Text,
    /// Who, the first to be told first.
    pub people: Vec<Text>,
}

/// Who is on call from one instant to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnCallNow {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// Who, the first to be told first.
    pub people: Vec<Text>,
}

/// Somebody on the roster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonOnCall {
    /// Their name.
    pub name: Text,
    /// The trades they do; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<Text>,
    /// Whether they are on call now.
    pub on_call: bool,
    /// By which channels they are told of a call that is theirs: `email`, `slack`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told_by: Vec<Text>,
    /// How many calls they have in hand.
    pub in_hand: u32,
}

/// Where an order to ring the caller back stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallBackState {
    /// The provider was asked and has not answered yet.
    Placing,
    /// It placed the call, which goes on as far as is known.
    Placed,
    /// That call is over.
    Over,
    /// It placed no call.
    Refused,
    /// Nobody knows whether it did. It is not asked again by itself.
    Unclear,
}

/// The last order to ring the caller back, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallBackSummary {
    /// When it was given.
    pub at: Timestamp,
    /// By whom.
    pub by: Text,
    /// Where it stands.
    pub state: CallBackState,
    /// The call that was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// How that ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<AttemptOutcome>,
    /// Why no call was placed, or why that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}

/// Where telling the owner of a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// Not told yet, or nobody waits for an answer.
    Waiting,
    /// Told by at least one channel; not acknowledged.
    Told,
    /// No channel took it so far; tried again by itself.
    Failing,
    /// No channel took it, and none is tried again.
    Failed,
    /// Somebody has it.
    Acknowledged,
    /// Not acknowledged in time, and nobody is left to tell.
    Unanswered,
}

/// Telling the owner of a call, as a row needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeSummary {
    /// Who got the call.
    pub to: Text,
    /// Where it stands.
    pub state: NoticeState,
    /// When the first channel took it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_at: Option<Timestamp>,
    /// While it waits for their quiet hours to end: when they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits_until: Option<Timestamp>,
    /// Until when it is to be acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Timestamp>,
    /// Who acknowledged it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<Text>,
    /// Why a channel did not take it, with its name: `email:sam@example.com: connection refused`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Text>,
    /// Why they were chosen, where the hub did: `Sam K. did not acknowledge within 180 s`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text>,
}
