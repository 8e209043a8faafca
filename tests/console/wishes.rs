//! What a caller said of being rung back, in their own words.

use callboard::{
    call::{CALLBACK_TIME, CallState, Callback, Evidence, Line, Role, Signal},
    wire::{CallDetail, CallSummary, FromHub},
};

use super::stage::Stage;
use crate::support::board;

fn stage_of(call: CallSummary) -> Stage {
    let mut stage = Stage::new(80, 24);
    stage.hub(FromHub::Hello(board::hello(stage.now)));
    stage.hub(FromHub::Snapshot { calls: vec![call], writes: vec![], status: board::status() });
    stage
}

/// The call, with one line in which these words spoke for that.
fn detail(summary: CallSummary, text: &str, heard: &[(Signal, &str, &str)]) -> CallDetail {
    let line = Line { at: board::noon(), role: Role::Caller, text: text.into() };
    let mut detail = CallDetail { summary, ..board::detail(board::noon()) };
    let evidence = heard.iter().map(|(signal, rule, words)| {
        let start = text.find(words).unwrap();
        Evidence::new(*signal, (*rule).into(), 0, start..start + words.len(), &line.text)
    });
    detail.assessment.evidence = evidence.collect();
    detail.lines = vec![line];
    detail
}

#[test]
fn a_time_they_named_stands_beside_the_due_time_in_their_own_words() {
    let due = board::ago(board::noon(), -7_200);
    let said = Some("tonight at ten to eight".into());
    let callback = Callback { due, promised: due, asked: true, said, ..Callback::default() };
    let call = board::call(board::noon(), "mae", 3, CallState::Ended, 600);
    let call = CallSummary { callback: Some(callback), wants: Some("slow drain".into()), ..call };
    let mut stage = stage_of(call.clone());
    let row = "\"tonight at ten";
    assert!(stage.press("2").text().contains(row), "{}", stage.text());
    let text = "Call me back tonight at ten to eight?";
    let heard = [(Signal::Callback, CALLBACK_TIME, "tonight at ten to eight")];
    stage.hub(FromHub::Detail(Box::new(detail(call, text, &heard))));
    let facts = stage.press("enter").text();
    assert!(facts.contains("asked for \"tonight at ten to eight\""), "{facts}");
    let history = stage.press("l").text();
    assert!(history.contains("callback: tonight at ten to eight"), "{history}");
}

#[test]
fn a_wish_not_to_be_rung_is_no_wish_to_be_rung_back() {
    let call = board::call(board::noon(), "ivan", 1, CallState::Ended, 600);
    let mut stage = stage_of(call.clone());
    let text = "You people keep ringing me. Don't call me again.";
    let heard = [(Signal::DoNotCall, "do-not-call", "Don't call me again")];
    stage.hub(FromHub::Detail(Box::new(detail(call, text, &heard))));
    let history = stage.press("enter l").text();
    assert!(history.contains("do not call: Don't call me again"), "{history}");
    assert!(!history.contains("rings back"), "{history}");
}
