//! The log of who did what, as it is written. It must not hold what a caller said or is called:
//! it outlives the erasure of a caller.

use jiff::Timestamp;

use crate::{
    call::{Action, CallId, Event, Fact, Text},
    wire::LogEntry,
};

/// What these events say that operators did.
pub fn of_events(events: &[Event]) -> Vec<LogEntry> {
    let entry = |event: &Event, operator: &Text, action: &Action| LogEntry {
        call: Some(event.call.clone()),
        ..entry(operator, word(action).as_str(), &told(action), event.received_at)
    };
    let facts = events.iter().flat_map(|event| event.facts.iter().map(move |fact| (event, fact)));
    facts
        .filter_map(|(event, fact)| match fact {
            Fact::Acted { operator, action } => Some(entry(event, operator, action)),
            _ => None,
        })
        .collect()
}

/// An entry of no call. The journal gives it its place.
pub fn entry(operator: &Text, action: &str, what: &str, at: Timestamp) -> LogEntry {
    LogEntry {
        seq: 0,
        at,
        operator: operator.clone(),
        action: action.into(),
        what: Text::limited(what, 200),
        call: None::<CallId>,
    }
}

/// The action's word, as it stands in events.
fn word(action: &Action) -> Text {
    let told = serde_json::to_value(action).unwrap_or_default();
    Text::new(told["action"].as_str().unwrap_or("action"))
}

/// What was done, without the words that may be a caller's: names, addresses, dispositions.
fn told(action: &Action) -> String {
    match action {
        Action::Route { to, .. } => format!("routed it to {to}"),
        Action::Urgency { urgency } => format!("set the urgency to {urgency}"),
        Action::CallbackDone { kept: true } => "called back".to_owned(),
        Action::CallbackDone { kept: false } => "dismissed the callback".to_owned(),
        other => word(other).as_str().replace('_', " "),
    }
}
