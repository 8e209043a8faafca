//! What can be asked of a hub, and what it answers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{AttemptOutcome, Disposition, Money, Service, Text, Urgency};

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

/// What is said of a number, in whatever call. Posted as JSON to `/v1/do-not-call`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCommand {
    /// As [`Command::id`].
    #[serde(default = "new_action_id")]
    pub id: String,
    /// The number, in E.164 or as the business's country writes it.
    pub number: Text,
    /// What.
    #[serde(flatten)]
    pub order: NumberOrder,
}

/// What can be said of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum NumberOrder {
    /// It is not to be rung any more.
    Add,
    /// It may be rung again.
    Remove,
}

/// What can be done to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Order {
    /// Give it to somebody: to `to`, or to whoever the hub proposes.
    Route {
        /// A name from [`super::Hello::owners`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Text>,
    },
    /// Create an Opportunity; what is left out is taken from [`super::OpportunityDraft`].
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
    /// from [`super::OpportunityDraft`]. One-way.
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
    /// Have the caller rung back through the provider (`[call_back]` in the config).
    CallBack {
        /// Though it is outside the hours, or the outcome of the last one is not known. Nothing
        /// makes a suppressed number be rung.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        anyway: bool,
    },
    /// Put the callback to another time.
    Reschedule {
        /// When.
        due: Timestamp,
    },
    /// Give the callback to somebody.
    AssignCallback {
        /// A name from [`super::Hello::owners`].
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
    /// The write asked which record is meant ([`super::Problem::is_choice`]): this one, a Lead or a
    /// Contact, among the problem's candidates or not. Of one that is unconfirmed: it arrived, as
    /// this Lead.
    Use {
        /// Its id.
        record: Text,
    },
    /// The write asked which record is meant: none of the candidates, a new one. Refused where a
    /// duplicate rule blocks ([`super::Problem::may_save_anyway`]).
    SaveAnyway,
    /// What was delivered before is written again, with the latest values of its record: all of
    /// them, or these fields. A record of ours that was deleted is made anew; what is unconfirmed is
    /// posted once more.
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
