//! What comes late: an outcome of a write that somebody else has taken over since, and words after
//! the end.

use super::clock::{at, call, desk, emergency, failed, said};
use crate::{
    call::{Ending, Event, Fact, Progress, Stage},
    delivery::Verdict,
    plan::WriteState,
    store::Claim,
};

#[test]
fn what_becomes_of_a_write_that_was_taken_over_is_for_others_to_say() {
    let mut desk = desk();
    let first = emergency(&mut desk, at(0));
    // The hub that sent it slept: it is pending again, and sent once more.
    desk.settle(failed(&first), at(1), 1.0);
    let again = desk.take_due(10, None, |_| None, &Claim::All, at(60)).remove(0);
    assert!(again.write.id == first.write.id && again.write.version > first.write.version);
    let state = |desk: &super::Desk| {
        let (_, lane) = desk.get(&call()).unwrap();
        lane.iter().find(|write| write.id == first.write.id).unwrap().state
    };
    let late = super::Settled { verdict: Verdict::Delivered(None), ..failed(&first) };
    desk.settle(late, at(61), 1.0);
    assert_eq!(state(&desk), WriteState::InFlight, "the first outcome came too late");
    let now = super::Settled { verdict: Verdict::Delivered(None), ..failed(&again) };
    desk.settle(now, at(62), 1.0);
    assert_eq!(state(&desk), WriteState::Delivered);
}

#[test]
fn what_is_said_long_after_the_end_is_judged_with_all_that_was_said_before() {
    let mut desk = desk();
    emergency(&mut desk, at(0));
    let over = Progress { stage: Stage::Ended, ending: Some(Ending::default()) };
    let over = Event { facts: vec![Fact::Progress(over)], ..said("over", "", at(30)) };
    desk.receive(vec![over]);
    desk.catch_up(at(30));
    desk.tick(at(60));
    assert!(desk.calls[&call()].judge.is_some(), "more may be said yet");
    desk.tick(at(300));
    assert!(desk.calls[&call()].judge.is_none());
    desk.receive(vec![said("late", "please call me back", at(20))]);
    desk.catch_up(at(301));
    let assessment = &desk.calls[&call()].call.assessment;
    assert_eq!(assessment.urgency.level(), 5, "of the words before the end");
    assert!(assessment.callback.is_some(), "of the late ones");
}
