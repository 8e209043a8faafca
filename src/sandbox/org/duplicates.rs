//! Duplicate rules: who in the org already has this phone number or e-mail.

use serde_json::{Value, json};

use super::{
    DuplicateAction, FaultKind, Org,
    answer::Refusal,
    records::{Row, is_deleted, text},
    rest::attributes,
    save::Saving,
    schema::{Kind, Object},
};

/// The objects a Lead or a Contact is compared with.
const COMPARED: &[&str] = &["Lead", "Contact"];

impl Org {
    /// Refuses a record that a rule finds elsewhere. `given` are the fields of the request: a
    /// rule runs only when one of its own is among them.
    pub(super) fn strike_duplicates(
        &mut self,
        object: &Object,
        id: &str,
        row: &Row,
        given: &[String],
        saving: &Saving,
    ) -> Result<(), Refusal> {
        if !COMPARED.contains(&object.name.as_str()) {
            return Ok(());
        }
        let now = self.now();
        let (tables, schema) = (&self.tables, &self.schema);
        let duplicates = |fields: &[String]| -> Vec<(&str, &Row)> {
            let keys: Vec<String> = fields
                .iter()
                .filter(|field| given.contains(field))
                .filter_map(|field| key(object, row, field))
                .collect();
            let others = COMPARED.iter().filter_map(|name| schema.object(name));
            let same = |other: &Object, held: &Row| {
                text(held, "Id") != id
                    && !is_deleted(held)
                    && held.get("IsConverted") != Some(&Value::Bool(true))
                    && fields
                        .iter()
                        .filter_map(|field| key(other, held, field))
                        .any(|k| keys.contains(&k))
            };
            others
                .flat_map(|other| tables.of(&other.name).map(move |held| (other, held)))
                .filter(|(other, held)| same(other, held))
                .map(|(other, held)| (other.name.as_str(), held))
                .collect()
        };
        let fires = |kind: &FaultKind| match kind {
            FaultKind::DuplicateRule { fields, action } => {
                let overridden = saving.allow_duplicates && *action == DuplicateAction::Alert;
                !overridden && !duplicates(fields).is_empty()
            }
            _ => false,
        };
        let struck = self.faults.strike(now, fires, |name| name.eq_ignore_ascii_case(&object.name));
        let Some(FaultKind::DuplicateRule { fields, action }) = struck.into_iter().next() else {
            return Ok(());
        };
        let found = duplicates(&fields);
        Err(refusal(object, action, &found, saving.duplicate_details))
    }
}

/// What is compared: a phone number by its last ten digits, anything else without regard to case.
fn key(object: &Object, row: &Row, field: &str) -> Option<String> {
    let field = object.field(field)?;
    let value = text(row, &field.name);
    if field.kind != Kind::Phone {
        return (!value.is_empty()).then(|| value.to_lowercase());
    }
    ten_digits(value)
}

/// The last ten digits of what looks like a telephone number.
pub(super) fn ten_digits(text: &str) -> Option<String> {
    // An extension is not part of the number.
    let number = text.split(['x', 'X', '#']).next().unwrap_or_default();
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.len().checked_sub(10).map(|start| digits[start..].to_owned())
}

fn refusal(
    object: &Object,
    action: DuplicateAction,
    found: &[(&str, &Row)],
    with_details: bool,
) -> Refusal {
    const MESSAGE: &str = "Use one of these records?";
    let results = COMPARED.iter().filter_map(|kind| {
        let of_kind = found.iter().filter(|(name, _)| name == kind);
        let records: Vec<Value> = of_kind
            .map(|(name, row)| {
                let id = text(row, "Id");
                let mut record = json!({ "attributes": attributes(66, name, id), "Id": id });
                if with_details && let Value::Object(fields) = &mut record {
                    let held = row.iter().filter(|(_, value)| !value.is_null());
                    fields.extend(held.map(|(name, value)| (name.clone(), value.clone())));
                }
                json!({ "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0, "record": record })
            })
            .collect();
        (!records.is_empty()).then(|| {
            json!({
                "entityType": kind, "errors": [], "matchEngine": "ExactMatchEngine",
                "matchRecords": records, "rule": format!("Standard_{kind}_Match_Rule_v1_0"),
                "size": records.len(), "success": true,
            })
        })
    });
    let result = json!({
        "allowSave": action == DuplicateAction::Alert,
        "duplicateRule": format!("Standard_{}_Duplicate_Rule", object.name),
        "duplicateRuleEntityType": object.name, "errorMessage": MESSAGE,
        "matchResults": results.collect::<Vec<_>>(),
    });
    Refusal { duplicates: Some(Box::new(result)), ..Refusal::new("DUPLICATES_DETECTED", MESSAGE) }
}
