//! What is read a page at a time or for a span of time, mostly by tools.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{CallSummary, WriteDetail, WriteSummary};
use crate::{
    call::{CallId, Labels, Text},
    figures::{CallRecord, Definition, Figures, Window, lines},
};

/// Calls on the board. `GET /v1/calls?limit&after`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallPage {
    /// By the call's id.
    pub calls: Vec<CallSummary>,
    /// What to ask for as `after` to get the next page; none when this is the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<CallId>,
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

/// The picklists of an sObject, as the org describes it to the hub's user.
/// `GET /v1/salesforce/picklists/{sobject}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picklists {
    /// `Opportunity`.
    pub sobject: Text,
    /// By the field's API name.
    pub fields: BTreeMap<String, Picklist>,
}

/// What a picklist may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picklist {
    /// The active values, in the org's order.
    pub values: Vec<Text>,
    /// Whether the org takes no other.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restricted: bool,
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
    /// Whether calls go to Salesforce here; where they don't, no figure about that is told.
    #[serde(default = "super::yes")]
    pub salesforce: bool,
    /// The figures of all of it.
    pub figures: Figures,
    /// The figures of each part, by its name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<FigureGroup>,
}

impl Report {
    /// The figures that are told here, each with its value as text: of the whole, or of a part.
    pub fn lines(&self, of: &Figures) -> impl Iterator<Item = (&'static Definition, String)> {
        lines(of).filter(|(definition, _)| self.salesforce || !definition.of_salesforce)
    }
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
