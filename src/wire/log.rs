//! The log of who did what, and the tokens of those who may.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OperatorRole;
use crate::call::{CallId, Text};

/// One thing that somebody did: on a call, on a write or as administrator. The log is only ever
/// added to. It names operators, calls and their ids, and never what a caller said or is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Its place in the log; a later entry has a larger one.
    pub seq: u64,
    /// When it was done, by the hub's clock.
    pub at: Timestamp,
    /// Who did it.
    pub operator: Text,
    /// What, as a stable word: `route`, `wrap_up`, `token.add`, `destination.pause`, …
    pub action: Text,
    /// The same for people: `routed it to Sam K.`
    pub what: Text,
    /// The call, where it was one; none as well when the call was erased since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
}

/// A page of the log, the newest entry first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogPage {
    /// The entries.
    pub entries: Vec<LogEntry>,
    /// `before` for the next, older page; none at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
}

/// A token to be made. Posted to `/v1/admin/tokens`: the hub is told its hash alone, and whoever
/// posts it keeps the token. Posting the same again changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Whose it is; the name in every action.
    pub name: Text,
    /// What they may do.
    pub role: OperatorRole,
    /// SHA-256 of the token, in hex.
    pub sha256: String,
    /// When it ends; never when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A token that was made, without anything that helps to guess it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenSummary {
    /// Whose it is.
    pub name: Text,
    /// What they may do.
    pub role: OperatorRole,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: Text,
    /// When it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
}
