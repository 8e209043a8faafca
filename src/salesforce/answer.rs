//! What Salesforce answers, as far as we look at it.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::escape::RecordId;

/// The answer to a create.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Created {
    /// The new record's id.
    pub id: String,
}

/// The answer to an upsert. Both members are missing from an answer without a body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Upserted {
    /// The record's id.
    pub id: Option<String>,
    /// Whether it is new.
    pub created: Option<bool>,
}

/// What a Lead was converted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// Its Account.
    pub account: RecordId,
    /// Its Contact.
    pub contact: RecordId,
    /// Its Opportunity, if one was made.
    pub opportunity: Option<RecordId>,
}

/// One page of a query's result.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Page {
    /// How many records there are in all.
    pub total_size: u64,
    /// Whether this is the last page.
    pub done: bool,
    /// Where the next page is.
    pub next_records_url: Option<String>,
    /// The records, with `attributes`.
    pub records: Vec<Map<String, Value>>,
}

/// What an sObject is like in this org, for the user we are.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Describe {
    /// API name.
    pub name: String,
    /// Whether the user may make one.
    pub createable: bool,
    /// Whether the user may change one.
    pub updateable: bool,
    /// The fields the user can see.
    pub fields: Vec<Field>,
}

/// A field of an sObject.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Field {
    /// API name.
    pub name: String,
    /// `string`, `double`, `currency`, `boolean`, `picklist`, `textarea`, `url`, `datetime`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// Longest text, in characters.
    pub length: u32,
    /// Digits in all.
    pub precision: u32,
    /// Digits after the point.
    pub scale: u32,
    /// Whether it may be empty.
    pub nillable: bool,
    /// Whether the org fills it in.
    pub defaulted_on_create: bool,
    /// Whether we may set it on new records.
    pub createable: bool,
    /// Whether we may change it.
    pub updateable: bool,
    /// Whether it is an external id.
    pub external_id: bool,
    /// Whether no two records may share a value.
    pub unique: bool,
    /// Whether only the listed values are accepted.
    pub restricted_picklist: bool,
    /// The values.
    pub picklist_values: Vec<PicklistValue>,
}

impl Field {
    /// Whether a new record without it is refused.
    pub fn is_required(&self) -> bool {
        !self.nillable && self.createable && !self.defaulted_on_create && self.kind != "boolean"
    }
}

/// A value of a picklist.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct PicklistValue {
    /// What is stored.
    pub value: String,
    /// Whether it can be chosen.
    pub active: bool,
}

/// How many of the org's API calls are used up, from `Sforce-Limit-Info`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// In the last 24 hours, by everybody.
    pub used: u64,
    /// Allowed.
    pub limit: u64,
}

impl Usage {
    /// Reads `api-usage=18/5000`, also among other members.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let member =
            header.split([';', ',']).find_map(|member| member.trim().strip_prefix("api-usage="))?;
        let (used, limit) = member.split_once('/')?;
        Some(Self { used: used.trim().parse().ok()?, limit: limit.trim().parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage_is_read_from_every_form_of_the_header() {
        let usage = |used, limit| Some(Usage { used, limit });
        for (header, expected) in [
            ("api-usage=18/5000", usage(18, 5000)),
            ("api-usage=25/5000; per-app-api-usage=17/250(appName=X)", usage(25, 5000)),
            ("per-app-api-usage=17/250(appName=X), api-usage=25/5000", usage(25, 5000)),
            ("api-usage=many", None),
            ("", None),
        ] {
            assert_eq!(Usage::parse(header), expected, "{header}");
        }
    }
}
