//! Erasing a caller. Posted to `/v1/admin/forget`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::call::{CallId, Text};

/// Whose calls are to be erased.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forget {
    /// Their number.
    pub number: Text,
    /// Do it; otherwise it is only told what would be erased.
    #[serde(default)]
    pub really: bool,
}

/// What was, or would be, erased.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Forgotten {
    /// The number, in E.164.
    pub number: Text,
    /// Their calls.
    pub calls: Vec<CallId>,
    /// With so many events.
    pub events: u64,
    /// And so many writes to Salesforce.
    pub writes: u64,
    /// Records in Salesforce that came of it, `Lead 00Q…`: they are not touched.
    pub salesforce: BTreeSet<String>,
    /// Calls of others in which the number stands: they are not touched either.
    pub mentioned: Vec<CallId>,
    /// Whether it was done.
    pub erased: bool,
    /// Whether nothing of it is left in the write-ahead log; when not, it goes with the next
    /// checkpoint.
    pub scrubbed: bool,
    /// How many rows of the journal hold the number now: the proof, once it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows_left: Option<u64>,
}
