//! A call and a write as the full view needs them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{CallSummary, WriteSummary};
use crate::{
    call::{Assessment, Line, Money, Text},
    plan::Problem,
};

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
    /// What operators did and who was told of the call, oldest first.
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

/// An Opportunity of the caller's Account that is not closed.
/// `GET /v1/calls/{id}/opportunities`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenOpportunity {
    /// Where it is.
    pub record: Record,
    /// Its name.
    pub name: Text,
    /// `Proposal`.
    pub stage: Text,
    /// What it is worth, if somebody has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When it is to be closed: `2026-12-14`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close_date: Option<Text>,
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
    /// The destination it goes to; none for the connected org's records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination: Option<Text>,
    /// Every try, oldest first.
    pub attempts: Vec<AttemptSummary>,
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
