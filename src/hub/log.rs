//! The log of who did what, as it is written. It must not hold what a caller said or is called:
//! it outlives the erasure of a caller.

use jiff::Timestamp;

use crate::{
    call::{Action, CallId, Event, Fact, Text},
    wire::LogEntry,
};

/// What these events say that operators did; `action` is what was done to a call by an earlier event.
pub fn of_events<'a>(
    events: &[Event],
    action: impl Fn(&CallId, &str) -> Option<&'a Action>,
) -> Vec<LogEntry> {
    let entry = |event: &Event, operator: &Text, done: &Action| {
        let what = match done {
            Action::Undo { undoes } => match action(&event.call, undoes) {
                Some(undone) => format!("took back: {}", told(undone)),
                None => "took an action back".to_owned(),
            },
            done => told(done),
        };
        let entry = entry(operator, word(done).as_str(), &what, event.received_at);
        LogEntry { call: Some(event.call.clone()), ..entry }
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

/// What was done and with which outcome, without words that may be a caller's: names, addresses,
/// notes, what somebody wrote beside a disposition.
fn told(action: &Action) -> String {
    match action {
        // A reason with a budget repeats what was said.
        Action::Route { to, reason: Some(why), .. } if !why.as_str().contains('$') => {
            format!("routed it to {to}: {why}")
        }
        Action::Route { to, .. } => format!("routed it to {to}"),
        Action::Acknowledge { .. } => "has it".to_owned(),
        Action::Claim { .. } => "claimed it".to_owned(),
        Action::Release => "let it go".to_owned(),
        Action::Attempt { outcome, .. } => format!("attempt: {}", outcome.words()),
        Action::AssignCallback { to } => format!("gave the callback to {to}"),
        Action::Dispose { disposition, .. } => format!("disposed: {}", disposition.words()),
        Action::Urgency { urgency } => format!("set the urgency to {urgency}"),
        Action::CallbackDone { kept: true } => "called back".to_owned(),
        Action::CallbackDone { kept: false } => "dismissed the callback".to_owned(),
        other => word(other).as_str().replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{AttemptOutcome, Disposition};

    #[test]
    fn an_entry_says_what_came_of_it_and_nothing_of_what_was_written_beside_it() {
        let said = || Some(Text::from("Maria Alvarez has no heat"));
        let route = |reason: &str| Action::Route {
            to: "Tom".into(),
            owner_id: "005".into(),
            reason: Some(reason.into()),
        };
        let attempt = Action::Attempt { outcome: AttemptOutcome::NoAnswer, note: said() };
        let dispose = Action::Dispose { disposition: Disposition::Spam, reason: said() };
        assert_eq!(told(&attempt), "attempt: no answer");
        assert_eq!(told(&dispose), "disposed: spam");
        assert_eq!(
            told(&route("Sam did not acknowledge within 180 s")),
            "routed it to Tom: Sam did not acknowledge within 180 s"
        );
        assert_eq!(told(&route("$9,000 is $5,000 or more")), "routed it to Tom");
        assert_eq!(told(&Action::Acknowledge { owner_id: None }), "has it");
    }
}
