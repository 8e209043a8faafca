//! The desk while the clock is put ahead and back.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Desk, Most, Settings, Settled};
use crate::{
    call::{CallId, Event, Fact, Line, Role, SourceName},
    delivery::{Gates, Job, Verdict},
    plan::{self, Problem},
    store::Claim,
    triage::Rules,
};

const DAY: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_776_178_800 + second).unwrap()
}

pub(super) fn desk() -> Desk {
    Desk::new(Settings {
        plan: plan::Settings::default(),
        has_org: true,
        rules: Rules::shipped(),
        shared: false,
        most: Most::default(),
        call_back: None,
        zone: TimeZone::UTC,
        silence: HashMap::new(),
    })
}

pub(super) fn call() -> CallId {
    CallId::new(&SourceName::new("vapi"), "c")
}

pub(super) fn said(key: &str, text: &str, now: Timestamp) -> Event {
    let line = Line { at: now, role: Role::Caller, text: text.into() };
    let facts = vec![Fact::Said(line)];
    Event { call: call(), key: key.to_owned(), sent_at: now, received_at: now, facts }
}

/// What is due once an emergency was heard.
pub(super) fn emergency(desk: &mut Desk, now: Timestamp) -> Job {
    desk.receive(vec![said("1", "my basement is flooding, a pipe burst", now)]);
    desk.catch_up(now);
    let mut jobs = desk.take_due(10, None, |_| None, &Claim::All, now);
    assert_eq!(jobs.len(), 1);
    jobs.remove(0)
}

pub(super) fn failed(job: &Job) -> Settled {
    Settled {
        call: call(),
        write: job.write.id.clone(),
        version: job.write.version,
        verdict: Verdict::Passing(Problem { code: "X".into(), ..Problem::default() }, None),
        attempt: None,
        facts: Vec::new(),
        held_back: false,
    }
}

#[test]
fn ahead_by_a_year_what_is_owed_stays_on_the_board() {
    let mut desk = desk();
    let job = emergency(&mut desk, at(0));
    desk.settle(failed(&job), at(1), 0.5);
    let ahead = at(1).checked_add(DAY * 365).unwrap();
    desk.tick(ahead);
    desk.take_commit(&Claim::All, ahead);
    let changed = desk.changes(&Gates::new(true, &[], &[]), ahead);
    assert!(changed.calls.iter().all(|(_, row)| row.is_some()), "it is still shown");
    assert_eq!(desk.take_due(10, None, |_| None, &Claim::All, ahead).len(), 1, "and goes");
}

#[test]
fn back_by_a_day_what_waits_goes_when_it_would_have() {
    let mut desk = desk();
    let job = emergency(&mut desk, at(0));
    desk.settle(failed(&job), at(1), 1.0);
    assert_eq!(desk.next_due(), Some(at(3)));
    desk.clock_went_back(DAY);
    let then = at(3).checked_sub(DAY).unwrap();
    assert_eq!(desk.next_due(), Some(then));
    assert!(
        desk.take_due(10, None, |_| None, &Claim::All, at(2).checked_sub(DAY).unwrap()).is_empty()
    );
    assert_eq!(desk.take_due(10, None, |_| None, &Claim::All, then).len(), 1);
}

#[test]
fn what_was_noted_before_the_clock_went_back_waits_an_hour_at_most() {
    let mut desk = desk();
    let job = emergency(&mut desk, at(0));
    desk.settle(failed(&job), at(1), 1.0);
    // As after a restart: the lane is put in its place by what its write noted.
    let back = at(0).checked_sub(DAY).unwrap();
    desk.requeue(&call(), back);
    assert_eq!(desk.next_due(), back.checked_add(super::sending::LONGEST_WAIT).ok());
}

#[test]
fn what_is_heard_after_the_clock_went_back_is_heard_too() {
    let mut desk = desk();
    emergency(&mut desk, at(0));
    let back = at(0).checked_sub(DAY).unwrap();
    desk.receive(vec![said("2", "please call me back", back)]);
    desk.catch_up(back);
    desk.tick(back);
    let (call, _) = desk.get(&call()).unwrap();
    assert_eq!(call.transcript.lines().len(), 2);
    assert_eq!(call.urgency().level(), 5, "what was heard stays heard");
}
