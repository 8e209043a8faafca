//! Triage judged from outside: labelled examples, the promises of the specification, any input.

mod again;
mod budgets;
mod calling;
mod command;
mod examples;
mod promises;
mod properties;
mod rules;
mod times;

use std::sync::Arc;

use callboard::{
    call::{Assessment, Line, Role, Text},
    triage::{Judge, Rules},
};
use jiff::{Timestamp, tz::TimeZone};

/// A Tuesday, five past ten in Chicago.
pub fn now() -> Timestamp {
    "2026-04-14T15:05:00Z".parse().unwrap()
}

pub fn chicago() -> TimeZone {
    TimeZone::get("America/Chicago").unwrap()
}

pub fn caller(text: &str) -> Line {
    Line { at: now(), role: Role::Caller, text: Text::new(text) }
}

pub fn agent(text: &str) -> Line {
    Line { role: Role::Agent, ..caller(text) }
}

pub fn judge_by(rules: &Arc<Rules>, lines: &[Line]) -> Assessment {
    let mut judge = Judge::new(Arc::clone(rules), chicago());
    for line in lines {
        judge.hear(line);
    }
    judge.assessment()
}

pub fn judge(lines: &[Line]) -> Assessment {
    judge_by(&Rules::shipped(), lines)
}

pub fn hear(text: &str) -> Assessment {
    judge(&[caller(text)])
}
