//! The same figures, counted anew from events as an export gives them: JSON, and nothing of the
//! program's own reading of it.

use jiff::Timestamp;
use serde_json::Value;

use super::world::Played;

/// What was counted; times in seconds.
#[derive(Default)]
pub(super) struct Counted {
    pub(super) offered: u64,
    pub(super) missed: u64,
    pub(super) noise: u64,
    pub(super) never_attempted: u64,
    pub(super) missed_for_good: u64,
    pub(super) late: u64,
    pub(super) in_time: u64,
    pub(super) routed: Vec<i64>,
    pub(super) acknowledged: Vec<i64>,
    pub(super) reached: Vec<i64>,
}

/// When something was said of a call, and what.
type Said = (i64, Value);

fn said(events: &[crate::call::Event]) -> Vec<Said> {
    let mut all = Vec::new();
    for event in events {
        let event = serde_json::to_value(event).unwrap();
        let at: Timestamp = event["received_at"].as_str().unwrap().parse().unwrap();
        let facts = event["facts"].as_array().unwrap().clone();
        all.extend(facts.into_iter().map(|fact| (at.as_second(), fact)));
    }
    all
}

fn action(fact: &Value) -> Option<&str> {
    fact.pointer("/acted/action/action").or_else(|| fact.pointer("/action/action"))?.as_str()
}

/// When an action of this kind was first done.
fn first(all: &[Said], kinds: &[&str]) -> Option<i64> {
    let mut found =
        all.iter().filter(|(_, fact)| action(fact).is_some_and(|it| kinds.contains(&it)));
    found.next().map(|(at, _)| *at)
}

/// Counts.
pub(super) fn of(played: &Played) -> Counted {
    let mut counted = Counted::default();
    for (id, events) in &played.journal {
        let all = said(events);
        let text: Vec<String> = all.iter().map(|(_, fact)| fact.to_string()).collect();
        if text.iter().any(|fact| fact.contains("\"disposition\":\"spam\"")) {
            counted.noise += 1;
            continue;
        }
        counted.offered += 1;
        let began = all[0].0;
        let talked = all.iter().zip(&text).find(|(_, fact)| fact.contains("\"talking\""));
        let talked = talked.map(|((at, _), _)| *at);
        let tried = first(&all, &["attempt"]);
        if talked.is_none() {
            counted.missed += 1;
        }
        match talked.or(tried) {
            Some(at) => counted.reached.push(at - began),
            // Another call of the same caller has the promise, or nobody may ring them.
            None if is_with_another(&all) || is_not_to_be_called(played, id) => {}
            None => {
                counted.never_attempted += 1;
                counted.missed_for_good += u64::from(talked.is_none());
            }
        }
        if let Some(routed) = first(&all, &["route"]) {
            counted.routed.push(routed - began);
            let acknowledged = first(&all, &["acknowledge", "attempt"]);
            counted.acknowledged.extend(acknowledged.map(|at| at - routed));
        }
        promised(played, id, &all, &mut counted);
    }
    counted
}

fn is_with_another(all: &[Said]) -> bool {
    all.iter().any(|(_, fact)| fact["fact"] == "joined_to")
}

/// What is said of a number is not said in a call's events: the export of records has it.
fn is_not_to_be_called(played: &Played, id: &crate::call::CallId) -> bool {
    let record = played.records.get(id).map(|record| serde_json::to_value(record).unwrap());
    record.is_some_and(|record| record["callback"]["suppressed"].is_object())
}

/// Whether what was promised was done in time; by when it had to be, an export of records says.
fn promised(played: &Played, id: &crate::call::CallId, all: &[Said], counted: &mut Counted) {
    let Some(record) = played.records.get(id) else { return };
    let record = serde_json::to_value(record).unwrap();
    let Some(due) = record.pointer("/callback/due").and_then(Value::as_str) else { return };
    let due = due.parse::<Timestamp>().unwrap().as_second();
    let connected =
        all.iter().find(|(_, fact)| fact.to_string().contains("\"outcome\":\"connected\""));
    match (record["callback"]["state"].as_str(), connected) {
        (Some("joined"), _) => {}
        (_, Some((at, _))) => counted.in_time += u64::from(*at <= due),
        (_, None) => counted.late += u64::from(due < played.end.as_second()),
    }
}

/// The smallest value that at least `percent` of a hundred are no greater than.
pub(super) fn percentile(values: &[i64], percent: usize) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let enough = |value: &&i64| {
        sorted.iter().filter(|other| other <= value).count() * 100 >= percent * sorted.len()
    };
    sorted.iter().find(enough).map_or(0, |value| u64::try_from(*value).unwrap())
}
