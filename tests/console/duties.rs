//! Claims, acknowledgements, tries to ring back, dispositions and corrections: from the key to the
//! order.

use callboard::{
    call::{
        AttemptOutcome, CallState, Callback, CallbackState, Claim, Disposed, Disposition, Service,
        Text,
    },
    console::{
        FromLink, Obstacle,
        keys::Chord,
        state::View,
        update::{Effect, Message, wake_at},
    },
    wire::{CallDetail, CallSummary, FromHub, NoticeState, NoticeSummary, Order, Receipt},
};
use jiff::SignedDuration;

use super::stage::Stage;
use crate::support::board;

/// The orders that were asked for, each with its call.
fn orders(stage: &mut Stage) -> Vec<(String, Order)> {
    let order = |effect| match effect {
        Effect::Act { call, command } => Some((call.as_str()[5..].to_owned(), command.order)),
        _ => None,
    };
    stage.asked().into_iter().filter_map(order).collect()
}

fn disposed(disposition: Disposition) -> Disposed {
    Disposed { at: board::noon(), operator: "Dana".into(), disposition, reason: None }
}

/// A board of this one call.
fn alone(call: CallSummary) -> Stage {
    let mut stage = Stage::new(80, 24);
    stage.hub(FromHub::Hello(board::hello(stage.now)));
    stage.hub(FromHub::Snapshot { calls: vec![call], writes: vec![], status: board::status() });
    stage.asked();
    stage
}

/// One that is over, asked to be rung back, and has a number.
fn owed() -> CallSummary {
    let now = board::noon();
    let due = board::ago(now, -600);
    CallSummary {
        callback: Some(Callback { due, promised: due, asked: true, ..Callback::default() }),
        ..board::calls(now).swap_remove(4)
    }
}

#[test]
fn every_duty_is_a_key_and_an_order() {
    let due = "2026-04-17T19:00:00Z".parse().unwrap();
    let dispose = |disposition, reason: Option<&str>| Order::Dispose {
        disposition,
        reason: reason.map(Text::from),
    };
    let attempt = |outcome| Order::Attempt { outcome, note: None };
    for (keys, order) in [
        ("a", Order::Acknowledge),
        ("m", Order::Claim { take_over: false }),
        ("c", Order::Callback { kept: true }),
        ("C", Order::Callback { kept: false }),
        ("B", Order::NotCallback),
        ("D y", Order::CallBack { anyway: false }),
        ("D !", Order::CallBack { anyway: true }),
        ("n y", Order::DoNotCall),
        ("N", Order::AllowCalls),
        ("b y", attempt(AttemptOutcome::Connected)),
        ("b 2 y", attempt(AttemptOutcome::NoAnswer)),
        ("b down down y", attempt(AttemptOutcome::Voicemail)),
        ("b 4 y", attempt(AttemptOutcome::WrongNumber)),
        (
            "b 3 h i enter y",
            Order::Attempt { outcome: AttemptOutcome::Voicemail, note: Some("hi".into()) },
        ),
        ("s f r i space 3 p m enter y", Order::Reschedule { due }),
        ("A 3 y", Order::AssignCallback { to: "Sam K.".into() }),
        ("d y", dispose(Disposition::Booked, None)),
        ("d 2 d e a r enter y", dispose(Disposition::NotBooked, Some("dear"))),
        ("d 3 y", dispose(Disposition::Spam, None)),
        ("d 4 y", dispose(Disposition::WrongNumber, None)),
        ("d 5 y", dispose(Disposition::ExistingJob, None)),
        ("S 2 y", Order::Service { service: Service("Plumbing".into()) }),
        ("w y", Order::WrapUp { disposition: None }),
        ("w l a t e r enter y", Order::WrapUp { disposition: Some("later".into()) }),
    ] {
        let mut stage = alone(owed());
        stage.press(keys);
        assert_eq!(orders(&mut stage), [("thermostat".to_owned(), order)], "{keys}");
        assert!(stage.state.dialog.is_none(), "{keys}");
    }
}

#[test]
fn what_is_typed_into_a_question_is_text_and_no_command() {
    // Every letter that ever left a dialog, moved in it or is a key of the board.
    for (key, order) in [("b", "attempt"), ("w", "wrap_up"), ("d", "dispose")] {
        let mut stage = alone(owed());
        stage.press(key).write("no message, queue of jobs; ok!");
        assert_eq!(orders(&mut stage), [], "{key}");
        assert!(stage.text().contains("no message, queue of jobs; ok!▏"), "{}", stage.text());
        stage.press("enter y");
        let [(_, asked)] = &orders(&mut stage)[..] else { panic!("{key} asks once") };
        let asked = serde_json::to_value(asked).unwrap();
        assert_eq!(asked["do"], order);
        assert!(asked.to_string().contains("no message, queue of jobs; ok!"), "{asked}");
    }
    let mut stage = alone(owed());
    stage.press("s tab").write("in 1 min").press("enter y");
    assert!(matches!(&orders(&mut stage)[..], [(_, Order::Reschedule { .. })]));
    assert!(stage.state.marked.is_empty());
}

#[test]
fn letters_right_after_a_question_do_nothing_until_there_is_a_pause() {
    let mut stage = alone(owed());
    stage.press("b").write("gone").press("enter").write("yard gone, call Mo");
    assert!(matches!(&orders(&mut stage)[..], [(_, Order::Attempt { .. })]));
    assert!(stage.state.dialog.is_none() && stage.state.typing.is_none());
    assert!(stage.text().contains("too soon after the question"), "{}", stage.text());
    stage.now += SignedDuration::from_millis(400);
    stage.press("a");
    assert_eq!(orders(&mut stage), [("thermostat".to_owned(), Order::Acknowledge)]);
    // A question without a field: the o of "no" creates nothing.
    stage.press("n").write("no");
    assert!(stage.state.dialog.is_none() && orders(&mut stage).is_empty());
}

/// The note of the order that was asked for once.
fn note(stage: &mut Stage) -> Option<String> {
    let orders = orders(stage);
    let [(_, Order::Attempt { outcome: AttemptOutcome::NoAnswer, note })] = &orders[..] else {
        panic!("{orders:?}")
    };
    note.as_ref().map(ToString::to_string)
}

#[test]
fn a_note_may_begin_with_the_letter_that_confirms() {
    let mut stage = alone(owed());
    stage.press("b 2").write("yes, he will be in after six");
    assert_eq!(orders(&mut stage), [], "it is a note");
    assert!(stage.text().contains("yes, he will be in after six▏"), "{}", stage.text());
    stage.press("enter y");
    assert_eq!(note(&mut stage).as_deref(), Some("yes, he will be in after six"));
    // Nothing is slower: the question is gone at once, and what is pressed next confirms it.
    for next in ["j", "3", "y", "enter"] {
        let mut stage = alone(owed());
        stage.write("b2y");
        assert!(stage.state.dialog.is_none());
        stage.tell(Message::Key(next.parse::<Chord>().unwrap().event()));
        assert_eq!(note(&mut stage), None, "{next}");
        assert_eq!(stage.state.view, View::Live, "{next}");
    }
    // Or nothing is: then time does.
    let mut stage = alone(owed());
    stage.write("b2y");
    assert_eq!(orders(&mut stage), []);
    let wake = wake_at(&stage.state);
    assert_eq!(wake.duration_since(stage.now), SignedDuration::from_millis(400));
    stage.now = wake;
    stage.tell(Message::Tick);
    assert_eq!(note(&mut stage), None);
}

#[test]
fn what_is_typed_for_a_question_that_does_not_come_does_nothing_else() {
    let mut stage = alone(CallSummary { callback: None, ..owed() });
    stage.write("b2y");
    assert_eq!((stage.state.view, orders(&mut stage)), (View::Live, vec![]));
    assert!(stage.text().contains("nobody owes"), "the reason stays: {}", stage.text());
    assert_eq!(stage.asked(), [], "and nothing was copied");
    stage.now += SignedDuration::from_millis(400);
    stage.press("2");
    assert_eq!(stage.state.view, View::Callbacks);
}

#[test]
fn the_header_counts_what_is_hot_and_nobodys_and_says_when_nobody_is_left_to_tell() {
    let hot = || board::calls(board::noon()).swap_remove(0);
    let told = |state| NoticeSummary {
        to: "Tom".into(),
        state,
        told_at: None,
        waits_until: None,
        deadline: None,
        acknowledged_by: None,
        problem: None,
        reason: None,
    };
    let disposed = disposed(Disposition::Spam);
    let ended = |call: CallSummary| CallSummary { state: CallState::Ended, ..call };
    for (call, header, title) in [
        (hot(), "1 hot ·", "1 HOT · callboard"),
        (CallSummary { taken_by: Some("Tom".into()), ..hot() }, "0 hot ·", "callboard"),
        (ended(CallSummary { disposed: Some(disposed), ..hot() }), "0 hot ·", "callboard"),
        (
            CallSummary { notice: Some(told(NoticeState::Told)), ..hot() },
            "1 hot ·",
            "1 HOT · callboard",
        ),
        (
            CallSummary { notice: Some(told(NoticeState::Unanswered)), ..hot() },
            "1 hot (1 unanswered) ·",
            "1 HOT (1 unanswered) · callboard",
        ),
        (
            CallSummary { notice: Some(told(NoticeState::Failing)), ..hot() },
            "1 hot (1 unanswered) ·",
            "1 HOT (1 unanswered) · callboard",
        ),
        (
            CallSummary {
                notice: Some(NoticeSummary {
                    waits_until: Some(board::ago(board::noon(), -16 * 3600)),
                    ..told(NoticeState::Waiting)
                }),
                ..hot()
            },
            "1 hot (1 unanswered) ·",
            "1 HOT (1 unanswered) · callboard",
        ),
    ] {
        let mut stage = alone(call);
        stage.tell(Message::Resize(120, 40));
        let text = stage.text();
        assert!(text.lines().next().unwrap().contains(header), "{header}: {text}");
        assert_eq!(stage.state.title, title);
        stage.tell(Message::Resize(40, 10));
        let many = header.split_once(" hot").unwrap().0;
        assert!(stage.text().starts_with(&format!("{many} hot")), "{}", stage.text());
    }
}

#[test]
fn a_call_with_its_outcome_stands_below_the_open_ones() {
    let now = board::noon();
    let mut calls = board::calls(now);
    calls[0].state = CallState::Ended;
    calls[0].disposed = Some(disposed(Disposition::Booked));
    let closed = calls[0].id.clone();
    // Of two Hot calls whose outcome is open, the older one stands first.
    let newest = calls[1].id.clone();
    assert!(calls[1].urgency.level() == 4 && calls[1].began_at > board::ago(now, 600));
    calls.push(board::call(now, "older", 5, CallState::Talking, 600));
    let mut stage = Stage::new(80, 24);
    stage.hub(FromHub::Hello(board::hello(now)));
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status: board::status() });
    // One of urgency 2 has its outcome too.
    let rows = stage.state.live_rows();
    assert_eq!(stage.state.live_index(&closed), Some(rows - 2));
    // A console that has seen none become Hot knows which is the newest.
    stage.press("G h");
    assert_eq!(stage.selected(), Some(&newest));
}

#[test]
fn what_somebody_else_works_on_is_taken_only_after_a_question() {
    let claim = |operator: &str, until: i64| Claim {
        operator: operator.into(),
        since: board::noon(),
        until: board::ago(board::noon(), -until),
    };
    let mut stage = alone(CallSummary { claim: Some(claim("Lee", 840)), ..owed() });
    assert!(stage.text().contains("@Lee"), "{}", stage.text());
    stage.press("m");
    assert_eq!(orders(&mut stage), []);
    assert!(stage.text().contains("Lee works on it, until 14:17"), "{}", stage.text());
    stage.press("esc L");
    assert_eq!(orders(&mut stage), [], "what is another's can't be let go");
    stage.press("m y");
    let take_over = Order::Claim { take_over: true };
    assert_eq!(orders(&mut stage), [("thermostat".to_owned(), take_over)]);
    // A lease that is over, and one of one's own, are nobody else's.
    let plain = Order::Claim { take_over: false };
    for (operator, until) in [("Lee", -1), ("Dana", 840)] {
        let mut stage = alone(CallSummary { claim: Some(claim(operator, until)), ..owed() });
        stage.press("m");
        assert_eq!(orders(&mut stage), [("thermostat".to_owned(), plain.clone())], "{operator}");
    }
    let mut stage = alone(CallSummary { claim: Some(claim("Dana", 840)), ..owed() });
    stage.press("L");
    assert_eq!(orders(&mut stage), [("thermostat".to_owned(), Order::Release)]);
}

#[test]
fn a_job_that_was_not_booked_has_a_reason() {
    let mut stage = alone(owed());
    stage.press("d 2 y");
    assert_eq!(orders(&mut stage), []);
    assert!(stage.text().contains("say why it was not booked"), "{}", stage.text());
    // The field is open: what is typed now is the reason.
    stage.write("three quotes").press("enter y");
    let reason = Some(Text::from("three quotes"));
    let order = Order::Dispose { disposition: Disposition::NotBooked, reason };
    assert_eq!(orders(&mut stage), [("thermostat".to_owned(), order)]);
}

#[test]
fn wrapping_up_says_what_became_of_it_and_is_undone_as_one() {
    let mut stage = alone(owed());
    stage.press("w 1 y");
    let booked = Order::Dispose { disposition: Disposition::Booked, reason: None };
    let asked: Vec<Order> = orders(&mut stage).into_iter().map(|(_, order)| order).collect();
    assert_eq!(asked, [booked, Order::WrapUp { disposition: None }]);
    for id in ["s-1", "s-2"] {
        let undo_until = Some(stage.now + SignedDuration::from_secs(15));
        let receipt = Receipt { id: id.to_owned(), done: true, message: "".into(), undo_until };
        stage.link(FromLink::Answer { id: id.to_owned(), outcome: Ok(receipt) });
    }
    stage.press("u");
    assert_eq!(orders(&mut stage).len(), 2);
}

#[test]
fn what_ends_a_promise_says_so_before() {
    let mut stage = alone(owed());
    stage.press("w");
    assert!(stage.text().contains("They are owed a callback"), "{}", stage.text());
    stage.press("esc d 1");
    assert!(!stage.text().contains("owed a callback ("), "booked ends none: {}", stage.text());
    stage.press("3");
    assert!(stage.text().contains("They are owed a callback"), "{}", stage.text());
    let kept = Callback { state: CallbackState::Done, ..owed().callback.unwrap() };
    let mut stage = alone(CallSummary { callback: Some(kept), ..owed() });
    stage.press("w");
    assert!(!stage.text().contains("owed a callback ("), "{}", stage.text());
}

#[test]
fn who_is_on_the_line_is_not_wrapped_up() {
    let mut stage = Stage::live(80, 24);
    stage.press("w");
    assert!(stage.state.dialog.is_none());
    assert!(stage.text().contains("wrap it up when the call has ended"), "{}", stage.text());
    // Of many, those that are over.
    stage.press("ctrl-a w y");
    let called: Vec<String> = orders(&mut stage).into_iter().map(|(call, _)| call).collect();
    assert!(called.contains(&"thermostat".to_owned()), "{called:?}");
    assert!(!called.contains(&"burst".to_owned()), "{called:?}");
}

#[test]
fn what_makes_no_sense_is_not_asked_of_the_hub() {
    let callback = |state| Some(Callback { state, ..owed().callback.unwrap() });
    let none = CallSummary { callback: None, ..owed() };
    let joined = CallSummary { callback: callback(CallbackState::Joined), ..owed() };
    let suppressed = CallSummary { callback: callback(CallbackState::Suppressed), ..owed() };
    let withheld = CallSummary { phone: None, ..owed() };
    let live = CallSummary { state: CallState::Talking, ended_at: None, ..owed() };
    for (call, keys, said) in [
        (&none, "b", "nobody owes"),
        (&none, "B", "heard nobody ask"),
        (&joined, "c", "an earlier call of the same number carries"),
        (&suppressed, "s", "does not want to be rung (N allows it again)"),
        (&withheld, "n", "left no number"),
        (&owed(), "L", "nobody works on it"),
        (&live, "w", "somebody is on the line"),
    ] {
        let mut stage = alone(call.clone());
        stage.press(keys);
        assert_eq!(orders(&mut stage), [], "{keys}");
        assert!(stage.state.dialog.is_none(), "{keys}");
        assert!(stage.text().contains(said), "{keys}: {}", stage.text());
    }
}

#[test]
fn ringing_at_any_hour_is_a_key_of_its_own_said_in_the_dialog_and_nowhere_else() {
    let mut stage = alone(owed());
    stage.press("D");
    let text = stage.text();
    assert!(text.contains("! ring anyway") && text.contains("outside the hours"), "{text}");
    // Where nothing is to be overruled it does nothing.
    stage.press("esc n !");
    assert_eq!(orders(&mut stage), []);
    assert!(stage.state.dialog.is_some() && !stage.text().contains("ring anyway"));
    // The link goes while the dialog is open.
    stage.press("esc D");
    stage.link(FromLink::Lost {
        why: "silent".to_owned(),
        retry_in: None,
        obstacle: Obstacle::Silence,
    });
    stage.press("!");
    assert_eq!(orders(&mut stage), []);
    // A viewer does not even come so far.
    let mut viewer = Stage::new(80, 24);
    let hello = callboard::wire::Hello {
        role: callboard::wire::OperatorRole::Viewer,
        ..board::hello(viewer.now)
    };
    viewer.hub(FromHub::Hello(hello));
    let (calls, writes) = (vec![owed()], vec![]);
    viewer.hub(FromHub::Snapshot { calls, writes, status: board::status() });
    viewer.asked();
    viewer.press("D !");
    assert!(orders(&mut viewer).is_empty() && viewer.state.dialog.is_none());
}

#[test]
fn nobody_is_dialled_where_that_is_not_set_up_or_not_wanted() {
    let refused = |stage: &mut Stage, why: &str| {
        stage.press("D");
        assert!(stage.state.dialog.is_none(), "{why}");
        assert!(stage.text().contains(why), "{}", stage.text());
        assert_eq!(orders(stage), []);
    };
    let mut stage = alone(owed());
    let hello = callboard::wire::Hello { places_calls: false, ..board::hello(stage.now) };
    stage.hub(FromHub::Hello(hello));
    let (calls, writes) = (vec![owed()], vec![]);
    stage.hub(FromHub::Snapshot { calls, writes, status: board::status() });
    refused(&mut stage, "nobody is dialled from here: the hub's config has no [call_back]");
    let said = callboard::call::Suppression {
        number: owed().phone.unwrap(),
        stands: true,
        at: board::ago(board::noon(), 60),
        by: None,
        call: None,
    };
    // Who asked to be rung after saying so may be rung for that.
    let owed = CallSummary { do_not_call: Some(said), ..owed() };
    let mut stage = alone(owed.clone());
    stage.press("D y");
    assert_eq!(orders(&mut stage)[0].1, Order::CallBack { anyway: false });
    let mut stage = alone(CallSummary { callback: None, ..owed });
    refused(&mut stage, "the caller does not want to be rung (N allows it again)");
}

fn detail_of(summary: CallSummary) -> CallDetail {
    CallDetail { summary, ..board::detail(board::noon()) }
}

#[test]
fn whoever_is_told_later_is_not_shown_as_one_who_does_not_answer() {
    let told = |state, waits_until| NoticeSummary {
        to: "Sam K.".into(),
        state,
        told_at: None,
        waits_until,
        deadline: None,
        acknowledged_by: None,
        problem: None,
        reason: None,
    };
    let morning = Some(board::ago(board::noon(), -16 * 3600));
    for (notice, sign, words) in [
        (told(NoticeState::Waiting, morning), "~Sam K.", "Sam K.: quiet hours, told at 06:03"),
        (told(NoticeState::Told, None), "?Sam K.", "Sam K.: no answer yet"),
        (
            NoticeSummary {
                problem: Some("email:sam@example.com: refused".into()),
                ..told(NoticeState::Told, None)
            },
            "?!Sam K.",
            "Sam K.: no answer yet · email:sam@example.com: refused",
        ),
        // Passed over, and told since.
        (
            NoticeSummary { to: "Dana".into(), ..told(NoticeState::Told, None) },
            "?Dana",
            "Dana: no answer yet",
        ),
    ] {
        let row = CallSummary { owner: Some("Sam K.".into()), notice: Some(notice), ..owed() };
        let mut stage = alone(row.clone());
        assert!(stage.text().contains(sign), "{}", stage.text());
        stage.hub(FromHub::Detail(Box::new(detail_of(row))));
        stage.press("enter");
        assert!(stage.text().contains(words), "{}", stage.text());
    }
}

#[test]
fn whether_somebody_was_told_of_a_callback_stands_beside_it() {
    let told = |state| NoticeSummary {
        to: "Lee".into(),
        state,
        told_at: (state == NoticeState::Told).then(board::noon),
        waits_until: None,
        deadline: None,
        acknowledged_by: None,
        problem: (state != NoticeState::Told).then(|| "office: 404 Not Found".into()),
        reason: Some("it is late".into()),
    };
    for (state, sign, words) in [
        (NoticeState::Told, "—", "Lee was told 14:03 (it is late)"),
        (NoticeState::Failed, "!Lee", "Lee COULD NOT BE TOLD (it is late) · office: 404 Not Found"),
    ] {
        let row = CallSummary { callback_notice: Some(told(state)), ..owed() };
        let mut stage = alone(row.clone());
        stage.press("2");
        assert!(stage.text().contains(sign), "{}", stage.text());
        stage.hub(FromHub::Detail(Box::new(detail_of(row))));
        stage.press("enter");
        assert!(stage.text().contains(words), "{}", stage.text());
    }
}
