//! What an operator changes of a write's fields by hand.

use std::collections::BTreeSet;

use serde_json::Value;

use super::write::{Change, Fields, Write};
use crate::call::Text;

/// The most characters a value may have: what Salesforce's longest field holds.
const LONGEST: usize = 131_072;

impl Write {
    /// The fields whose value an operator chose: planning leaves them alone from then on.
    pub fn edited(&self) -> BTreeSet<&str> {
        let (Some(original), Some(fields)) = (&self.original, self.change.fields()) else {
            return BTreeSet::new();
        };
        let names = original.keys().chain(fields.keys());
        names.filter(|name| original.get(*name) != fields.get(*name)).map(String::as_str).collect()
    }
}

/// Puts `values` in place of a write's own and leaves fields out; what it was to write stays
/// beside it. Returns the names of what differs from before. `external_id` is the field that makes
/// repeating it harmless, where its sObject has one.
///
/// # Errors
/// A sentence that says what can't be changed; then nothing was.
pub fn edit(
    write: &mut Write,
    values: &Fields,
    leave_out: &BTreeSet<String>,
    external_id: Option<&str>,
) -> Result<Vec<Text>, String> {
    let filled_in: Vec<String> = match &write.change {
        Change::Upsert { references, .. } => references.keys().cloned().collect(),
        _ => Vec::new(),
    };
    let Some(fields) = write.change.fields_mut() else {
        return Err(format!("\u{201c}{}\u{201d} has no fields to edit", write.title));
    };
    for name in values.keys().chain(leave_out) {
        check_name(name)?;
        if external_id.is_some_and(|id| id.eq_ignore_ascii_case(name)) {
            return Err(format!("{name} ties the record to its call and can't be edited"));
        }
        if filled_in.iter().any(|field| field.eq_ignore_ascii_case(name)) {
            return Err(format!("{name} is filled in with the call's own record when it is sent"));
        }
    }
    for (name, value) in values {
        check_value(name, value)?;
    }
    let mut edited = fields.clone();
    edited.extend(values.clone());
    edited.retain(|name, _| !leave_out.contains(name));
    if edited.is_empty() {
        return Err("nothing would be left to write; discard it instead".to_owned());
    }
    let names: BTreeSet<&String> = fields.keys().chain(edited.keys()).collect();
    let changed = names.into_iter().filter(|name| fields.get(*name) != edited.get(*name));
    let changed: Vec<Text> = changed.map(|name| Text::new(name)).collect();
    if changed.is_empty() {
        return Err("nothing would change".to_owned());
    }
    let before = std::mem::replace(fields, edited);
    write.original.get_or_insert(before);
    Ok(changed)
}

/// An API name: what Salesforce lets a field be called, and nothing that has a meaning of its own
/// in a request.
fn check_name(name: &str) -> Result<(), String> {
    let mut letters = name.chars();
    let shaped = letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.len() <= 80;
    if !shaped {
        let name = Text::limited(name, 80);
        return Err(format!("\u{201c}{name}\u{201d} is not the API name of a field"));
    }
    if name.eq_ignore_ascii_case("Id") || name.eq_ignore_ascii_case("attributes") {
        return Err(format!("{name} can't be written"));
    }
    Ok(())
}

fn check_value(name: &str, value: &Value) -> Result<(), String> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(text) if text.chars().count() <= LONGEST => Ok(()),
        Value::String(_) => Err(format!("{name}: no field holds more than {LONGEST} characters")),
        Value::Array(_) | Value::Object(_) => {
            Err(format!("{name}: a field takes text, a number, true, false or null"))
        }
    }
}
