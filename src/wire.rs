//! What hub and console say to each other; the only thing they share beside [`crate::call`].
//!
//! The stream (`GET /v1/stream`, WebSocket, one JSON object a text frame) is state, not history:
//! [`FromHub::Hello`], then a [`FromHub::Snapshot`], then the latest summary of whatever changed.
//! Actions are plain HTTP posts that answer with a [`Receipt`]; what becomes of them is seen on the
//! stream. Unknown members and unknown message types are ignored on both sides, so that versions
//! can differ by a step. `docs/protocol.md` describes all of it for other clients.

mod dispatch;
mod log;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{
    Assessment, AttemptOutcome, CallId, CallState, Callback, Claim, Disposed, Disposition, Labels,
    Line, MatchKind, Money, Phone, Rating, Service, Text, Urgency,
};

pub use dispatch::{NoticeState, NoticeSummary, OnCallNow, PersonOnCall, RosterNow};
pub use log::{LogEntry, LogPage, NewToken, TokenSummary};

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
    /// To whom [`Order::Route`] without a name would give it: a name from [`Hello::owners`].
    /// None when nobody fits or the hub leaves it to the operator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Text>,
    /// Why them, in a few words: `on call, Plumbing, nothing in hand`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal_reason: Option<Text>,
    /// Who works on it, until when; whether the lease still runs is for the clock to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim: Option<Claim>,
    /// What became of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disposed: Option<Disposed>,
    /// Where telling its owner stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<NoticeSummary>,
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

pub use crate::figures::{CallRecord, Figures, Share, Spread, Window};
pub use crate::plan::{Candidate, OpportunityDraft, Problem, WriteState};

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
}

/// One try to deliver a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptSummary {
    /// When it was sent.
    pub at: Timestamp,
    /// How long the answer took.
    pub milliseconds: u64,
    /// HTTP status; 0 when there was no answer.
    pub status: u16,
    /// Why it failed; none when it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
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

/// A call as the full view needs it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallDetail {
    /// The row.
    pub summary: CallSummary,
    /// The final lines.
    pub lines: Vec<Line>,
    /// Words still being recognised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partials: Vec<Line>,
    /// The judgement with its evidence (line numbers refer to `lines`).
    pub assessment: Assessment,
    /// The caller's record in Salesforce, as a link where the org is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<Record>,
    /// Electronic mail, as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Text>,
    /// Street address, as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Text>,
    /// The provider's summary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary_text: Option<Text>,
    /// Where the recording is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<Text>,
    /// How it ended, in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<Text>,
    /// What operators did, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<ActionSummary>,
    /// Its writes with every attempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub writes: Vec<WriteDetail>,
}

/// A record in Salesforce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// `Lead`, `Contact`, `Opportunity`.
    pub sobject: Text,
    /// Its id.
    pub id: Text,
    /// Where a browser finds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<Text>,
}

/// A write with its content and history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WriteDetail {
    /// The row.
    pub summary: WriteSummary,
    /// The fields, as they go out.
    pub fields: serde_json::Map<String, serde_json::Value>,
    /// The fields as they were before an operator edited them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<serde_json::Map<String, serde_json::Value>>,
    /// Under which external id of ours it makes the record where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Every try, oldest first.
    pub attempts: Vec<AttemptSummary>,
}

/// Writes out of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WritePage {
    /// The longest unchanged first.
    pub writes: Vec<WriteSummary>,
    /// The same with what they write, in the same order, where that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<WriteDetail>,
    /// What to ask for as `after` to get the next page; none when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A call of which operators corrected what triage made, as a labelled example: the format of
/// `callboard triage eval`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// The call.
    pub id: CallId,
    /// What was said, a line per turn: `Agent: …`, `Caller: …`.
    pub text: String,
    /// What it should have been judged: triage's judgement with the corrections in it.
    #[serde(flatten)]
    pub labels: Labels,
    /// Who corrected what.
    pub notes: Text,
}

/// Corrections out of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrectionPage {
    /// By the call's id.
    pub corrections: Vec<Correction>,
    /// What to ask for as `after` to get the next page; none when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<CallId>,
}

/// Records to look up in Salesforce through the hub's session. Posted to `/v1/salesforce/records`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordsAsked {
    /// `Lead`.
    pub sobject: String,
    /// By which field: `Id`, `Phone`.
    pub by: String,
    /// Its values, at most 200.
    pub values: Vec<String>,
    /// The fields to read, beside `Id`.
    pub fields: Vec<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordsFound {
    /// The records; those that are not there (any more) are absent.
    pub records: Vec<serde_json::Map<String, serde_json::Value>>,
    /// The Salesforce user the hub writes as.
    pub user: Text,
    /// API calls it took.
    pub api_calls: u64,
}

/// Something an operator did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActionSummary {
    /// The action's id, as the console chose it.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub operator: Text,
    /// What, in a few words: `routed to Sam K.`
    pub what: Text,
}

/// What a console asks for. Posted as JSON to `/v1/calls/{id}/actions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Chosen by whoever asks (1 to 64 characters of `A-Za-z0-9-`); posting the same id again
    /// does nothing and answers as the first time. The hub chooses one where it is left out.
    #[serde(default = "new_action_id")]
    pub id: String,
    /// What to do.
    #[serde(flatten)]
    pub order: Order,
}

/// An id for an action, unlike any other.
pub fn new_action_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// What can be done to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    /// Give it to somebody: to `to`, or to whoever the hub proposes.
    Route {
        /// A name from [`Hello::owners`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Text>,
    },
    /// Create an Opportunity; what is left out is taken from [`OpportunityDraft`].
    Opportunity {
        /// Its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Text>,
        /// Its amount.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
        /// Its stage.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stage: Option<Text>,
        /// Its close date.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        close_date: Option<jiff::civil::Date>,
    },
    /// Convert the Lead to a Contact, its Account and an Opportunity; what is left out is taken
    /// from [`OpportunityDraft`]. One-way.
    Convert {
        /// The Opportunity's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Text>,
        /// Its amount.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        amount: Option<Money>,
    },
    /// The callback was made (`kept`) or is not needed.
    Callback {
        /// Whether somebody rang back.
        kept: bool,
    },
    /// Say that somebody has it: nobody else is told.
    Acknowledge,
    /// Work on it: others are told until the lease ends. Refused (`done: false`, with who has it)
    /// while somebody else's lease runs.
    Claim {
        /// Take it from whoever has it.
        #[serde(default)]
        take_over: bool,
    },
    /// Let go of it.
    Release,
    /// Somebody tried to ring the caller back.
    Attempt {
        /// How it ended; `connected` keeps the promise.
        outcome: AttemptOutcome,
        /// What is to be remembered of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Text>,
    },
    /// Put the callback to another time.
    Reschedule {
        /// When.
        due: Timestamp,
    },
    /// Give the callback to somebody.
    AssignCallback {
        /// A name from [`Hello::owners`].
        to: Text,
    },
    /// The caller is not to be rung any more, on this call or any other of the number.
    DoNotCall,
    /// Take that back.
    AllowCalls,
    /// Say what became of the call.
    Dispose {
        /// What.
        disposition: Disposition,
        /// Why not booked.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Text>,
    },
    /// Correct the urgency.
    Urgency {
        /// 1 to 5.
        urgency: Urgency,
    },
    /// Correct triage: the caller did not ask to be rung back.
    NotCallback,
    /// Correct the trade.
    Service {
        /// `HVAC`, `Plumbing`, `Electrical`, `Roofing`, `Other`, or a trade of the business's own.
        service: Service,
    },
    /// Take the call off the board.
    WrapUp {
        /// What came of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        disposition: Option<Text>,
    },
    /// Take an action back, within the grace time.
    Undo {
        /// The action's id.
        action: String,
    },
}

/// What can be done to a write. Posted to `/v1/writes/{id}/actions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum WriteOrder {
    /// Try again now.
    Retry,
    /// Give it up for good.
    Discard,
    /// The write asked which record is meant ([`Problem::is_choice`]): this one, a Lead or a
    /// Contact, among the problem's candidates or not.
    Use {
        /// Its id.
        record: Text,
    },
    /// The write asked which record is meant: none of the candidates, a new one. Refused where a
    /// duplicate rule blocks ([`Problem::may_save_anyway`]).
    SaveAnyway,
    /// What was delivered before is written again, with the latest values of its record: all of
    /// them, or these fields. A record of ours that was deleted is made anew.
    Again {
        /// API names; all when empty.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        fields: BTreeSet<String>,
    },
    /// Write these values instead and try again; null empties a field. The others stay. The
    /// original is kept and shown, and automatic updates leave these fields alone from then on.
    Edit {
        /// The fields to change, by API name.
        #[serde(default, skip_serializing_if = "serde_json::Map::is_empty")]
        fields: serde_json::Map<String, serde_json::Value>,
        /// Fields not to write at all, by API name.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        leave_out: BTreeSet<String>,
    },
}

/// The hub's answer to a command, once it is in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// The command's id.
    pub id: String,
    /// False when the same had been done before (by whom is in `message`).
    pub done: bool,
    /// One sentence for the operator: `Routed to Sam K.`, `Already routed to Sam K. by Lee`.
    pub message: Text,
    /// Until when it can be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo_until: Option<Timestamp>,
}

/// Every error of the API: the status code says which kind, this says it to a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// A stable word for programs: `unauthorized`, `not_found`, `too_late`.
    pub error: String,
    /// What failed, why, and what to do.
    pub message: Text,
}

/// The figures of a time. `GET /v1/figures?from&to&by`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whose they are.
    pub business: Text,
    /// The zone of days and hours (IANA).
    pub zone: Text,
    /// From when to when.
    pub window: Window,
    /// What they are told apart by: `hour`, `day`, `source` or `service`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The figures of all of it.
    pub figures: Figures,
    /// The figures of each part, by its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<FigureGroup>,
}

/// The figures of a part of a [`Report`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureGroup {
    /// `08`, `2026-11-21`, `vapi`, `Plumbing`.
    pub name: String,
    /// Its figures.
    pub figures: Figures,
}

/// A page of what is known of calls that are over. `GET /v1/records?from&to&after&limit`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordPage {
    /// The records, the earliest call first.
    pub records: Vec<CallRecord>,
    /// What to say as `after` for the next page; none on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
