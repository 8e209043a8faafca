//! What somebody carried along with a call: names and values of their own making.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::call::Text;

/// An object of anything; what is no object is nothing.
#[derive(Deserialize)]
#[serde(from = "Value")]
pub(super) struct Metadata(serde_json::Map<String, Value>);

impl From<Value> for Metadata {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(members) => Self(members),
            _ => Self(serde_json::Map::default()),
        }
    }
}

/// More members than anybody maps.
const MOST: usize = 60;
const LONGEST_NAME: usize = 80;
const LONGEST_VALUE: usize = 2_000;

/// The names under which people carry a Salesforce record id.
const ID_NAMES: [&str; 8] = [
    "salesforceId",
    "salesforce_id",
    "leadId",
    "lead_id",
    "contactId",
    "contact_id",
    "sfId",
    "recordId",
];

/// The Salesforce id in it, if there is one, and all of it as text.
pub(super) fn read(metadata: &Metadata) -> (Option<Text>, BTreeMap<String, Text>) {
    let flat = flatten(&metadata.0);
    (carried_id(&flat), flat)
}

/// All of several, of which the first that has a name counts for it.
pub(super) fn merged<'a>(
    all: impl IntoIterator<Item = &'a Metadata>,
) -> (Option<Text>, BTreeMap<String, Text>) {
    let mut members = BTreeMap::new();
    let mut id = None;
    for carried in all {
        let (own, more) = read(carried);
        id = id.or(own);
        for (name, value) in more {
            members.entry(name).or_insert(value);
        }
    }
    (id, members)
}

/// The Salesforce id under one of its usual names.
pub(super) fn carried_id(flat: &BTreeMap<String, Text>) -> Option<Text> {
    ID_NAMES.iter().find_map(|name| salesforce_id(flat.get(*name)?.as_str()))
}

/// The members as text; what is nested, as JSON. Of an object that explains its `value` (as
/// ElevenLabs' collected data do) the value counts.
pub(super) fn flatten(members: &serde_json::Map<String, Value>) -> BTreeMap<String, Text> {
    let readable = |(name, value): (&String, &Value)| {
        let text = match value.get("value").unwrap_or(value) {
            Value::Null => return None,
            Value::String(text) => Text::limited(text, LONGEST_VALUE),
            other => Text::limited(&other.to_string(), LONGEST_VALUE),
        };
        let name = Text::limited(name, LONGEST_NAME).as_str().to_owned();
        (!text.is_empty() && !name.is_empty()).then_some((name, text))
    };
    members.iter().filter_map(readable).take(MOST).collect()
}

/// A Salesforce id of a person's record: 15 or 18 letters and digits, of a Lead (`00Q`) or a
/// Contact (`003`). Anything else never becomes an id, so that it can't reach another object.
pub(super) fn salesforce_id(text: &str) -> Option<Text> {
    let shaped =
        matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let person = text.starts_with("00Q") || text.starts_with("003");
    (shaped && person).then(|| Text::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_lead_or_contact_id_is_an_id() {
        for id in ["00Q5e00000ABCdEFGH", "003000000000001"] {
            assert_eq!(salesforce_id(id).unwrap().as_str(), id);
        }
        for other in [
            "../Account/001xx",
            "0015e00000ABCdEFGH",
            "00Q5e00000ABCdE?a=b",
            "00Q",
            "lead_7731",
            "",
        ] {
            assert_eq!(salesforce_id(other), None, "{other}");
        }
    }

    #[test]
    fn keeps_anything_as_bounded_text() {
        let value = serde_json::json!({
            "leadId": "00Q5e00000ABCdEFGH", "n": 3, "deep": {"a": [1]}, "none": null, "long": "x".repeat(9_000),
        });
        let (id, flat) = read(&Metadata::from(value));
        assert_eq!(id.unwrap().as_str(), "00Q5e00000ABCdEFGH");
        assert_eq!(flat["deep"].as_str(), r#"{"a":[1]}"#);
        assert_eq!(flat["long"].as_str().len(), LONGEST_VALUE);
        assert!(!flat.contains_key("none"));
        let many = (0..100).map(|n| (format!("{n}{}", "n".repeat(200)), Value::from(n)));
        let (_, flat) = read(&Metadata(many.collect()));
        assert_eq!(flat.len(), MOST);
        assert!(flat.keys().all(|name| name.len() == LONGEST_NAME));
    }
}
