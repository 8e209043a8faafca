//! A failed write: other values in it, or the record it asks for.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::{Effect, about, ask, cursor, fill, say};
use crate::{
    call::Text,
    console::state::{Ask, Field, Form, Kind, Line, State, Value, View},
    wire::{WriteOrder, WriteState},
};

/// The longest value that is edited in a line.
const LONGEST: usize = 255;

/// Opens what a failed write needs: its fields, or the question which record is meant.
pub(super) fn open(state: &mut State, effects: &mut Vec<Effect>) {
    let selected = if state.view == View::Writes && !state.opened {
        cursor::writes_meant(state).into_iter().next()
    } else {
        let call = state.call_in_sight().cloned();
        call.and_then(|call| state.board.failed_writes_of(&call).into_iter().next())
    };
    let write = selected.and_then(|id| state.board.writes.get(&id).cloned());
    let Some(write) = write.filter(|write| write.state == WriteState::Failed) else {
        say(state, true, "only a failed write can be edited: select it in 3 Writes");
        return;
    };
    let subject = format!("{} · {}", write.title, about(state, &write.call));
    if let Some(problem) = write.problem.as_ref().filter(|problem| problem.is_choice()) {
        let ask = Ask::Which {
            write: write.id.clone(),
            candidates: problem.candidates.clone(),
            may_save_anyway: problem.may_save_anyway,
            chosen: 0,
        };
        ask::show(state, ask, subject);
        return;
    }
    let detail = state.detail_of(&write.call);
    let known = detail.and_then(|detail| detail.writes.iter().find(|w| w.summary.id == write.id));
    let Some(known) = known else {
        say(state, true, "its fields are still on their way from the hub; try again in a moment");
        return;
    };
    let complained = write.problem.iter().flat_map(|problem| &problem.fields);
    let complained: Vec<&str> = complained.map(Text::as_str).collect();
    let (fields, long) = fields(&known.fields, &complained);
    let values = known.fields.clone();
    if fields.is_empty() {
        say(state, true, "this write has no field that can be edited here");
        return;
    }
    let now = state.hub_now().to_zoned(state.zone.clone());
    let sobject = write.sobject.to_string();
    ask::show(state, Ask::Edit { write: write.id, sobject, values, long }, subject);
    if let Some(dialog) = &mut state.dialog {
        dialog.form = Some(Form::new(fields, now).begin_at_first());
    }
    fill::ask_lists(state, effects);
}

/// What can be edited in a line, what Salesforce complains of first; and how much can not.
fn fields(values: &Map<String, Json>, complained: &[&str]) -> (Vec<Field>, usize) {
    let mut fields = Vec::new();
    let mut long = 0;
    for (name, value) in values {
        match kind(value) {
            Some((kind, text)) => fields.push(Field::new(name, kind, &text)),
            None => long += 1,
        }
    }
    fields.sort_by_key(|field| !complained.contains(&field.name.as_str()));
    (fields, long)
}

fn kind(value: &Json) -> Option<(Kind, String)> {
    let words = Kind::Words { most: LONGEST, needed: false };
    match value {
        Json::Null => Some((words, String::new())),
        Json::Bool(is) => {
            Some((Kind::List(vec!["true".to_owned(), "false".to_owned()]), is.to_string()))
        }
        Json::Number(number) => Some((Kind::Number, number.to_string())),
        // A line would cut it, and what is cut would be written.
        Json::String(text) => (Line::new(text).text() == text && text.chars().count() <= LONGEST)
            .then(|| (words, text.clone())),
        Json::Array(_) | Json::Object(_) => None,
    }
}

/// What was changed, as an order; none when nothing was.
pub(super) fn order(form: &Form, values: &Map<String, Json>) -> Option<WriteOrder> {
    let mut fields = Map::new();
    let mut leave_out = BTreeSet::new();
    for field in &form.fields {
        let before = values.get(&field.name).unwrap_or(&Json::Null);
        match field.value(form.now()) {
            Ok(Value::LeftOut) => {
                leave_out.insert(field.name.clone());
            }
            _ if kind(before).is_some_and(|(_, text)| text == field.line.text()) => {}
            _ => {
                fields.insert(field.name.clone(), json(field, before));
            }
        }
    }
    let changed = !fields.is_empty() || !leave_out.is_empty();
    changed.then_some(WriteOrder::Edit { fields, leave_out })
}

/// What stands in a field, as Salesforce wants it.
fn json(field: &Field, before: &Json) -> Json {
    let text = field.line.text().trim();
    match &field.kind {
        _ if text.is_empty() => Json::Null,
        Kind::List(_) if before.is_boolean() => Json::Bool(text == "true"),
        Kind::Number => {
            serde_json::from_str(text).unwrap_or_else(|_| Json::String(text.to_owned()))
        }
        _ => Json::String(text.to_owned()),
    }
}
