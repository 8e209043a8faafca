//! What hub and console say to each other; the only thing they share beside [`crate::call`].
//!
//! The stream (`GET /v1/stream`, WebSocket, one JSON object a text frame) is state, not history:
//! [`FromHub::Hello`], then a [`FromHub::Snapshot`], then the latest summary of whatever changed.
//! Actions are plain HTTP posts that answer with a [`Receipt`]; what becomes of them is seen on the
//! stream. Unknown members and unknown message types are ignored on both sides, so that versions
//! can differ by a step. `docs/protocol.md` describes all of it for other clients.

mod board;
mod detail;
mod dispatch;
mod erasure;
mod log;
mod order;
mod pages;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{CallId, Text};

pub use self::{
    board::{
        CallSummary, Destination, DestinationStatus, FailingChannel, FailingSource, Fault,
        FormsPosted, Status, Sync, WriteSummary,
    },
    detail::{ActionSummary, AttemptSummary, CallDetail, OpenOpportunity, Record, WriteDetail},
    dispatch::{
        CallBackState, CallBackSummary, HolidayOnCall, NoticeState, NoticeSummary, OnCallNow,
        PersonOnCall, RosterNow,
    },
    erasure::{Forget, Forgotten},
    log::{LogEntry, LogPage, NewToken, TokenSummary},
    order::{
        ApiError, Command, NumberCommand, NumberOrder, Order, Receipt, WriteOrder, new_action_id,
    },
    pages::{
        CallPage, Correction, CorrectionPage, FigureGroup, Picklist, Picklists, RecordPage,
        RecordsAsked, RecordsFound, Report, WritePage,
    },
};
pub use crate::{
    call::Suppression,
    figures::{CallRecord, Definition, Figures, Share, Spread, Window},
    plan::{Candidate, OpportunityDraft, Problem, WriteState},
};

/// Raised when an older console could misread a newer hub.
pub const PROTOCOL: u32 = 1;

/// A message of the hub.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromHub {
    /// The first message.
    Hello(Hello),
    /// Everything on the board; replaces what the console holds.
    Snapshot {
        /// The calls on the board.
        calls: Vec<CallSummary>,
        /// Unfinished and recently finished writes.
        writes: Vec<WriteSummary>,
        /// The hub's state.
        status: Status,
    },
    /// What changed since the last message.
    Update {
        /// Changed calls.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        calls: Vec<CallSummary>,
        /// Calls that left the board.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone_calls: Vec<CallId>,
        /// Changed writes.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        writes: Vec<WriteSummary>,
        /// Writes that left the board.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        gone_writes: Vec<String>,
        /// The hub's state, when it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        status: Option<Status>,
    },
    /// The call that is being looked at, whole; sent again when it changes.
    Detail(Box<CallDetail>),
    /// Nothing changed, the link is alive. Sent when nothing else was for two seconds; a console
    /// that hears nothing for four takes the link for dead.
    Beat {
        /// The hub's clock.
        now: Timestamp,
    },
    /// The hub ends the stream and says why.
    Goodbye {
        /// One sentence for the operator.
        reason: Text,
        /// Whether connecting again can help.
        retry: bool,
    },
    /// A type this version doesn't know.
    #[serde(other)]
    Unknown,
}

/// Who is talking to whom.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// [`PROTOCOL`] of the hub.
    pub protocol: u32,
    /// The hub's version, as a person would say it.
    pub version: Text,
    /// The operator the token belongs to.
    pub operator: Text,
    /// What the operator may do.
    pub role: OperatorRole,
    /// The hub's clock, to age by without trusting the console's own.
    pub now: Timestamp,
    /// The time zone the business keeps (IANA).
    pub zone: Text,
    /// The business's name.
    pub business: Text,
    /// True when nothing here is real.
    pub demo: bool,
    /// Seconds within which an action can be undone.
    pub grace_seconds: u32,
    /// The roster's names, for choosing an owner.
    #[serde(default)]
    pub owners: Vec<Owner>,
    /// Whether callers can be rung back by the voice agent. (An older hub doesn't say.)
    #[serde(default = "yes")]
    pub places_calls: bool,
}

fn yes() -> bool {
    true
}

/// What an operator may do; each includes the ones before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorRole {
    /// Look.
    Viewer,
    /// Act on calls and writes.
    Dispatcher,
    /// Everything.
    Admin,
}

impl OperatorRole {
    /// All of them, each including the ones before.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Dispatcher, Self::Admin];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Dispatcher => "dispatcher",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for OperatorRole {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|role| role.name() == text);
        known.ok_or("the roles are viewer, dispatcher and admin")
    }
}

/// Somebody a call can be given to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The name on the board.
    pub name: Text,
    /// The Salesforce user or queue.
    pub owner_id: Text,
    /// The services they do; all when empty.
    #[serde(default)]
    pub services: Vec<Text>,
}

/// What a console says on the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromConsole {
    /// Send the detail of this call (and of no other) from now on; of none when absent.
    Watch {
        /// The call.
        #[serde(default)]
        call: Option<CallId>,
    },
    /// A type this version doesn't know.
    #[serde(other)]
    Unknown,
}
