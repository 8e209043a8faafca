//! A caller who rings again, and one who is not to be rung: what is shown of it.

use callboard::{
    call::{CallState, Callback, Evidence, Money, Phone, Region, Signal, Suppression, Text},
    wire::{CallDetail, CallSummary, FromHub},
};

use super::{matrix::SIZES, stage::Stage};
use crate::support::board;

const NUMBER: &str = "+16145550142";

fn call(name: &str, urgency: u8, state: CallState, age: i64) -> CallSummary {
    let phone = Phone::parse(NUMBER, &Region::default());
    let wants = Some("burst pipe in the basement".into());
    CallSummary { phone, wants, ..board::call(board::noon(), name, urgency, state, age) }
}

fn stage_of(calls: Vec<CallSummary>, (columns, rows): (u16, u16)) -> Stage {
    let mut stage = Stage::new(columns, rows);
    stage.hub(FromHub::Hello(board::hello(stage.now)));
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status: board::status() });
    stage
}

fn shown(calls: Vec<CallSummary>) -> String {
    stage_of(calls, (200, 60)).text()
}

/// Tom has the first; the second is on the line; one a day ago was never called back.
fn calls() -> Vec<CallSummary> {
    let due = board::ago(board::noon(), 80_000);
    let said = Suppression {
        number: Phone::of_e164("+16145550177").unwrap(),
        stands: true,
        at: board::ago(board::noon(), 600),
        by: None,
        call: None,
    };
    vec![
        CallSummary {
            callback: Some(Callback { due, promised: due, ..Callback::default() }),
            ..call("missed", 3, CallState::Missed, 86_000)
        },
        CallSummary { taken_by: Some("Tom".into()), ..call("first", 5, CallState::Ended, 2_400) },
        call("second", 5, CallState::Talking, 20),
        CallSummary {
            phone: Some(said.number.clone()),
            do_not_call: Some(said),
            wants: Some("stop ringing me".into()),
            ..call("never", 1, CallState::Ended, 600)
        },
    ]
}

#[test]
fn rang_again() {
    for size in SIZES {
        let mut stage = stage_of(calls(), size);
        let text = stage.press("down").text();
        insta::assert_snapshot!(format!("rang_again_{}x{}", size.0, size.1), text);
        let text = stage.press("2").text();
        insta::assert_snapshot!(format!("got_through_{}x{}", size.0, size.1), text);
    }
}

#[test]
fn who_rings_again_is_shown_with_who_has_the_call_before() {
    let first = || call("first", 5, CallState::Ended, 2_400);
    let second = || call("second", 5, CallState::Talking, 20);
    let of = |first| stage_of(vec![first, second()], (200, 60)).press("h").text();
    let taken = of(CallSummary { taken_by: Some("Tom".into()), ..first() });
    assert!(taken.contains("again (Tom) · burst"), "{taken}");
    assert!(taken.contains("rang before 13:23; Tom has that"), "{taken}");
    let given = of(CallSummary { owner: Some("Sam K.".into()), ..first() });
    assert!(given.contains("rang before 13:23; that was given to Sam K."), "{given}");
    assert!(of(first()).contains("rang before 13:23; nobody has that"));
    // What we placed ourselves, a chat, and whoever withholds their number are not that caller.
    for other in [
        CallSummary { outbound: true, ..first() },
        CallSummary { state: CallState::Chat, ..first() },
        CallSummary { phone: None, ..first() },
    ] {
        let text = of(other);
        assert!(!text.contains("rang before") && !text.contains("again"), "{text}");
    }
}

#[test]
fn a_remark_or_a_budget_alone_has_nothing_beside_it() {
    for size in [(80, 24), (200, 60)] {
        let silent = CallSummary { wants: None, ..call("second", 5, CallState::Talking, 20) };
        let first = CallSummary {
            taken_by: Some("Tom".into()),
            ..call("first", 5, CallState::Ended, 2_400)
        };
        let text = stage_of(vec![first, silent], size).text();
        let row = text.lines().find(|line| line.contains("again (Tom)")).unwrap();
        assert!(row.contains("again (Tom)  "), "{row}");
        let budget = CallSummary {
            wants: None,
            phone: None,
            budget: Some(Money::dollars(2_000)),
            ..call("budget", 5, CallState::Talking, 20)
        };
        let text = stage_of(vec![budget.clone()], (80, 24)).text();
        let mut lines = text.lines();
        let title = lines.find(|line| line.contains("WANTS")).unwrap();
        let row = lines.next().unwrap();
        let column = |line: &str, part: &str| line.split(part).next().unwrap().chars().count();
        assert_eq!(column(row, "$2k"), column(title, "WANTS"), "{text}");
    }
}

#[test]
fn who_has_a_call_is_told_though_they_are_on_no_roster() {
    let taken = CallSummary {
        taken_by: Some("Night desk".into()),
        ..call("first", 5, CallState::Ended, 2_400)
    };
    let mut stage = stage_of(vec![taken.clone()], (200, 60));
    let detail = CallDetail { summary: taken, ..board::detail(stage.now) };
    let text = stage.hub(FromHub::Detail(Box::new(detail))).text();
    assert!(text.contains("Night desk has it") && !text.contains("nobody"), "{text}");
}

#[test]
fn it_follows_what_becomes_of_the_call_before() {
    let mut stage = stage_of(calls(), (200, 60));
    assert!(stage.press("down").text().contains("Tom has that"));
    let update = |calls, gone_calls| FromHub::Update {
        calls,
        writes: vec![],
        gone_calls,
        gone_writes: vec![],
        status: None,
    };
    let lee = CallSummary {
        version: 2,
        taken_by: Some("Lee".into()),
        ..call("first", 5, CallState::Ended, 2_400)
    };
    stage.hub(update(vec![lee], vec![])).wait(2);
    assert!(stage.text().contains("Lee has that"));
    stage.hub(update(vec![], vec![board::id("first")])).wait(2);
    // Before that one is the missed call of yesterday.
    let text = stage.text();
    assert!(text.contains("rang before Mon 14:10; nobody has that"), "{text}");
}

#[test]
fn an_owed_callback_shows_that_its_caller_got_through_since() {
    let mut stage = stage_of(calls(), (80, 24));
    let text = stage.press("2").text();
    assert!(text.contains("rang again 14:03"), "{text}");
    assert!(text.contains("rang again 14:03 and was answered; nobody has that"), "{text}");
    // Another missed call is none in which they got through, nor is one before.
    for (state, age) in [(CallState::Missed, 20), (CallState::Ended, 90_000)] {
        let mut calls = calls();
        calls.truncate(1);
        calls.push(call("other", 5, state, age));
        let text = shown(calls);
        assert!(!text.contains("rang again"), "{text}");
    }
}

#[test]
fn a_number_that_is_not_to_be_rung_is_shown_so_without_any_callback() {
    let mut never = calls().remove(3);
    let text = shown(vec![never.clone()]);
    assert!(text.contains("DO NOT CALL · stop ringing me"), "{text}");
    assert!(text.contains("DO NOT CALL: the caller said so 13:53"), "{text}");
    if let Some(said) = &mut never.do_not_call {
        said.by = Some("Dana".into());
    }
    assert!(shown(vec![never]).contains("DO NOT CALL: Dana said so 13:53"));
}

#[test]
fn do_not_call_me_again_is_one_step_of_the_history() {
    let mut stage = Stage::live(80, 24);
    let mut detail = board::detail(stage.now);
    let said: Text = "Don't call me again".into();
    detail.lines.truncate(1);
    detail.lines[0].text = said.clone();
    let heard = |signal, words: &str| Evidence::new(signal, "r".into(), 0, 0..words.len(), &said);
    detail.assessment.evidence =
        vec![heard(Signal::DoNotCall, said.as_str()), heard(Signal::Callback, "Don't call me")];
    stage.hub(FromHub::Detail(Box::new(detail)));
    let text = stage.press("enter l").text();
    assert!(text.contains("do not call: Don't call me again"), "{text}");
    assert!(!text.contains("callback: Don't call me"), "{text}");
}
