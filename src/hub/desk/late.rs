//! What comes late: an outcome of a write that somebody else has taken over since.

use super::clock::{at, call, desk, emergency, failed};
use crate::{delivery::Verdict, plan::WriteState, store::Claim};

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
