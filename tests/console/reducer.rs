//! The reducer by messages: what keys, the hub and time do to the state, and what is asked for.

use callboard::{
    call::{CallState, Claim, Money, Text, Urgency},
    console::{
        FromLink, Obstacle,
        state::{Ask, Link, Settings, View},
        update::{Effect, Message},
    },
    wire::{
        CallSummary, FromHub, Hello, OperatorRole, OpportunityDraft, Order, Receipt, WriteOrder,
        WriteState,
    },
};
use jiff::SignedDuration;

use super::stage::Stage;
use crate::support::board;

fn update_of(calls: Vec<CallSummary>) -> FromHub {
    FromHub::Update { calls, gone_calls: vec![], writes: vec![], gone_writes: vec![], status: None }
}

fn lost(stage: &mut Stage) {
    let why = "the hub has been silent for 4 s".to_owned();
    let retry_in = Some(std::time::Duration::from_secs(1));
    stage.link(FromLink::Lost { why, retry_in, obstacle: Obstacle::Silence });
}

/// The order a call was asked for, and on which.
fn order(effects: &[Effect]) -> Option<(&str, &Order)> {
    match effects {
        [Effect::Act { call, command }] => Some((call.as_str(), &command.order)),
        _ => None,
    }
}

fn receipt(id: &str, undo_in: i64, stage: &Stage) -> FromLink {
    let undo_until = Some(stage.now + SignedDuration::from_secs(undo_in));
    let message = "Routed to Sam K.".into();
    let outcome = Ok(Receipt { id: id.to_owned(), done: true, message, undo_until });
    FromLink::Answer { id: id.to_owned(), outcome }
}

#[test]
fn routes_in_two_keystrokes_to_whom_the_hub_proposes() {
    let mut stage = Stage::live(80, 24);
    stage.press("r");
    assert_eq!(stage.asked(), [], "nothing leaves before it is confirmed");
    stage.press("y");
    let asked = stage.asked();
    let to = Some(Text::from("Sam K."));
    assert_eq!(order(&asked), Some(("vapi:burst", &Order::Route { to })));
}

#[test]
fn what_nobody_sees_is_not_done() {
    let mut stage = Stage::live(40, 10);
    for keys in ["r y", "o y", "c", "C", "w y", "+", "-", "u", "t", "T y"] {
        stage.press(keys);
        let done = stage.asked();
        assert!(done.iter().all(|effect| matches!(effect, Effect::Copy(_))), "{keys}: {done:?}");
        assert!(stage.state.dialog.is_none(), "{keys}");
    }
    stage.press("r");
    assert!(stage.text().contains("too small to act: needs 60x15"), "{}", stage.text());
    stage.press("q");
    assert_eq!(stage.asked(), [Effect::Quit]);
    // A question that was on screen before the terminal was made smaller waits until it is again.
    stage.tell(Message::Resize(80, 24)).press("r");
    let asked = stage.state.dialog.clone();
    stage.tell(Message::Resize(40, 10)).press("3 down y");
    assert_eq!((stage.asked(), &stage.state.dialog), (vec![], &asked));
    stage.tell(Message::Resize(80, 24)).press("y");
    assert!(order(&stage.asked()).is_some());
}

#[test]
fn another_owner_is_a_digit_away_and_enter_confirms_nothing() {
    let mut stage = Stage::live(80, 24);
    stage.press("r 3 enter enter");
    assert_eq!(stage.asked(), []);
    stage.press("y");
    let to = Some(Text::from("Lee P."));
    assert_eq!(order(&stage.asked()), Some(("vapi:burst", &Order::Route { to })));
}

#[test]
fn escape_changes_nothing() {
    let mut stage = Stage::live(80, 24);
    for keys in ["r esc", "w esc", "o esc", "3 T esc", "3 x esc"] {
        stage.press(keys);
        assert!(stage.state.dialog.is_none());
        stage.press("1");
    }
    assert_eq!(stage.asked(), [Effect::Draft(board::id("burst"))], "a draft changes nothing");
}

#[test]
fn a_dialog_acts_on_the_call_it_was_opened_for_and_rows_wait_for_it() {
    let mut stage = Stage::live(80, 24);
    stage.press("r");
    let before = stage.text();
    let newer = board::call(stage.now, "newer", 5, CallState::Ringing, 300);
    let mut changed = board::calls(stage.now).remove(0);
    (changed.urgency, changed.version) = (Urgency::NONE, 2);
    stage.hub(update_of(vec![newer, changed]));
    for _ in 0..5 {
        stage.wait(1);
    }
    let list = |text: &str| -> Vec<String> {
        text.lines().skip(3).take(2).map(|line| line.chars().skip(20).take(35).collect()).collect()
    };
    assert_eq!(list(&stage.text()), list(&before), "no row moves under a dialog");
    stage.asked();
    stage.press("y");
    assert_eq!(order(&stage.asked()).unwrap().0, "vapi:burst");
    stage.wait(1);
    assert_eq!(stage.state.live_row(0).unwrap().summary.id, board::id("newer"));
}

#[test]
fn rows_move_at_most_once_a_second_and_the_cursor_goes_along() {
    let mut stage = Stage::live(80, 24);
    stage.press("down");
    assert_eq!(stage.selected(), Some(&board::id("heat")));
    let ringing = |name| board::call(stage.now, name, 5, CallState::Ringing, 300);
    let (one, two) = (ringing("one"), ringing("two"));
    stage.wait(1);
    stage.hub(update_of(vec![one]));
    stage.hub(update_of(vec![two]));
    assert_eq!(stage.state.board.live.len(), 9, "the second one waits");
    stage.wait(1);
    assert_eq!(stage.state.board.live.len(), 10);
    assert_eq!(stage.selected(), Some(&board::id("heat")));
    assert_eq!(stage.state.live.index, 3);
}

#[test]
fn an_older_version_never_replaces_a_newer_one() {
    let mut stage = Stage::live(80, 24);
    let mut call = board::calls(stage.now).remove(0);
    call.version = 9;
    call.owner = Some("Sam K.".into());
    stage.hub(update_of(vec![call.clone()]));
    call.version = 8;
    call.owner = None;
    stage.hub(update_of(vec![call]));
    let row = stage.state.board.calls.get(&board::id("burst")).unwrap();
    assert_eq!(row.summary.owner, Some("Sam K.".into()));
}

#[test]
fn counts_follow_every_change() {
    let mut stage = Stage::live(80, 24);
    let counts = stage.state.board.counts();
    assert_eq!((counts.live, counts.hot, counts.failed, counts.waiting), (4, 2, 1, 1));
    let now = stage.now;
    stage.hub(FromHub::Update {
        calls: vec![],
        gone_calls: vec![board::id("burst"), board::id("burst"), board::id("never was")],
        writes: vec![],
        gone_writes: vec!["w-quote".to_owned(), "w-quote".to_owned()],
        status: None,
    });
    let counts = stage.state.board.counts();
    assert_eq!((counts.live, counts.hot, counts.failed), (3, 1, 0));
    // The same id again is a new row.
    let again = board::call(now, "burst", 5, CallState::Talking, 1);
    stage.hub(update_of(vec![CallSummary { version: 5, ..again }]));
    assert_eq!(stage.state.board.counts().live, 4);
    stage.wait(2);
    assert_eq!(stage.state.board.live.len(), 8);
}

#[test]
fn what_is_asked_is_pending_until_the_hub_has_answered() {
    let mut stage = Stage::live(80, 24);
    stage.press("r y");
    assert!(stage.text().contains("»"), "the row says that something is on its way");
    let answer = receipt("s-1", 15, &stage);
    stage.link(answer);
    let text = stage.text();
    assert!(!text.contains('»') && text.contains("Routed to Sam K."), "{text}");
}

#[test]
fn an_action_can_be_undone_while_its_countdown_runs() {
    let mut stage = Stage::live(120, 40);
    stage.press("r y");
    let answer = receipt("s-1", 15, &stage);
    stage.link(answer);
    assert!(
        stage.text().contains("u undo 15s: route (555) 010-4477 to Sam K."),
        "{}",
        stage.text()
    );
    stage.wait(5);
    assert!(stage.text().contains("undo 10s"), "the countdown is seen to run");
    stage.asked();
    stage.press("u");
    let action = "s-1".to_owned();
    assert_eq!(order(&stage.asked()), Some(("vapi:burst", &Order::Undo { action })));
    stage.press("u");
    assert_eq!(stage.asked(), [], "once is enough");
}

#[test]
fn after_the_grace_time_there_is_nothing_to_undo() {
    let mut stage = Stage::live(80, 24);
    stage.press("+");
    stage.asked();
    let answer = receipt("s-1", 15, &stage);
    stage.link(answer);
    stage.wait(15).press("u");
    assert_eq!(stage.asked(), []);
    assert!(stage.text().contains("nothing to undo"));
}

#[test]
fn a_refusal_of_the_hub_is_said_in_its_words() {
    let mut stage = Stage::live(200, 60);
    stage.press("r y");
    let outcome = Err("Already routed to Lee P. by Alex".to_owned());
    stage.link(FromLink::Answer { id: "s-1".to_owned(), outcome });
    let text = stage.text();
    assert!(text.contains("not done: route (555) 010-4477 to Sam K. (Already routed"), "{text}");
}

#[test]
fn the_draft_is_shown_before_it_is_created_and_created_as_shown() {
    let mut stage = Stage::live(80, 24);
    stage.press("o");
    assert_eq!(stage.asked(), [Effect::Draft(board::id("burst"))]);
    stage.press("y");
    assert_eq!(stage.asked(), [], "there is nothing to confirm yet");
    let draft = OpportunityDraft {
        name: "Emergency Plumbing - 123 Main St".into(),
        amount: Some(Money::dollars(4_200)),
        stage: "Qualification".into(),
        close_date: jiff::civil::date(2026, 5, 14),
        account: None,
    };
    let call = board::id("burst");
    stage.link(FromLink::Draft { call, outcome: Ok(draft.clone()) });
    let text = stage.text();
    for shown in ["Emergency Plumbing - 123 Main St", "$4.2k", "Qualification", "Thu 14 May 2026"] {
        assert!(text.contains(shown), "{shown}: {text}");
    }
    stage.press("y");
    let wanted = Order::Opportunity {
        name: Some(draft.name),
        amount: draft.amount,
        stage: Some(draft.stage),
        close_date: Some(draft.close_date),
    };
    assert_eq!(order(&stage.asked()), Some(("vapi:burst", &wanted)));
}

#[test]
fn a_draft_of_another_call_is_not_taken() {
    let mut stage = Stage::live(80, 24);
    stage.press("o");
    let outcome = Err("there is no need in it".to_owned());
    stage.link(FromLink::Draft { call: board::id("heat"), outcome });
    let dialog = stage.state.dialog.as_ref().unwrap();
    assert!(matches!(&dialog.ask, Ask::Opportunity { draft: None, .. }));
}

#[test]
fn retry_takes_the_failed_writes_of_the_call_or_the_selected_one() {
    let retry = |stage: &mut Stage| match stage.asked().as_slice() {
        [Effect::Write { write, order: WriteOrder::Retry, .. }] => Some(write.clone()),
        _ => None,
    };
    let mut stage = Stage::live(80, 24);
    stage.press("t");
    assert_eq!(retry(&mut stage), None, "the burst pipe has no failed write");
    stage.press("down down t");
    assert_eq!(retry(&mut stage), Some("w-quote".to_owned()));
    stage.press("t");
    assert_eq!(retry(&mut stage), None, "it has been asked for already");
    let mut stage = Stage::live(80, 24);
    stage.press("3 down t");
    assert_eq!(retry(&mut stage), Some("w-roof".to_owned()));
}

#[test]
fn everything_or_nothing_is_retried_after_a_confirmation() {
    let mut stage = Stage::live(80, 24);
    stage.press("T");
    assert_eq!(stage.asked(), []);
    stage.press("y");
    assert_eq!(stage.asked().len(), 1);
}

#[test]
fn only_a_failed_write_can_be_discarded() {
    let mut stage = Stage::live(80, 24);
    stage.press("3 down x");
    assert!(stage.state.dialog.is_none());
    stage.press("up x y");
    let asked = stage.asked();
    let [Effect::Write { write, order: WriteOrder::Discard, .. }] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert_eq!(write, "w-quote");
}

#[test]
fn callbacks_are_kept_dismissed_and_refused_where_none_is_owed() {
    let mut stage = Stage::live(80, 24);
    stage.press("c");
    assert_eq!(stage.asked(), []);
    stage.press("2 c");
    assert_eq!(order(&stage.asked()), Some(("vapi:missed", &Order::Callback { kept: true })));
    stage.press("down C");
    assert_eq!(order(&stage.asked()), Some(("vapi:roof", &Order::Callback { kept: false })));
}

#[test]
fn urgency_goes_up_and_down_within_its_bounds() {
    let mut stage = Stage::live(80, 24);
    stage.press("+");
    assert_eq!(stage.asked(), [], "5 is the highest");
    stage.press("-");
    let urgency = Urgency::new(4).unwrap();
    assert_eq!(order(&stage.asked()), Some(("vapi:burst", &Order::Urgency { urgency })));
}

#[test]
fn while_the_link_is_down_nothing_is_sent_and_the_screen_says_so() {
    let mut stage = Stage::live(80, 24);
    stage.press("r");
    lost(&mut stage);
    stage.press("y");
    assert_eq!(stage.asked(), [], "not even what a dialog was open for");
    stage.press("esc");
    for key in ["r", "o", "t", "u", "c", "w", "+", "T"] {
        stage.press(key);
    }
    assert_eq!(stage.asked(), []);
    stage.wait(12);
    let text = stage.text();
    assert!(text.contains("STALE 14s") && text.contains("burst pipe"), "{text}");
    assert!(stage.state.title.contains("STALE"));
}

#[test]
fn a_new_snapshot_makes_it_right_again_and_asks_for_the_call_in_sight() {
    let mut stage = Stage::live(80, 24);
    stage.press("down");
    lost(&mut stage);
    stage.effects.clear();
    stage.wait(5);
    stage.connect();
    assert_eq!(stage.state.link, Link::Live);
    assert_eq!(stage.selected(), Some(&board::id("heat")));
    assert!(stage.effects.contains(&Effect::Watch(Some(board::id("heat")))));
    assert!(!stage.effects.contains(&Effect::Bell), "what was Hot before is no news");
}

#[test]
fn a_viewer_and_a_read_only_console_may_only_look() {
    let mut stage = Stage::new(80, 24);
    let now = stage.now;
    stage.hub(FromHub::Hello(Hello { role: OperatorRole::Viewer, ..board::hello(now) }));
    stage.hub(board::snapshot(now));
    stage.press("r");
    assert!(stage.state.dialog.is_none());
    assert!(stage.text().contains("may look but not act"), "{}", stage.text());

    let mut stage = Stage::with(&Settings { read_only: true, ..Settings::default() }, 80, 24);
    stage.connect();
    stage.press("w t c +");
    assert_eq!(stage.asked(), []);
    assert!(stage.text().contains("READ-ONLY"));
}

#[test]
fn a_call_that_becomes_hot_rings_once_and_leaves_the_cursor() {
    let mut stage = Stage::live(80, 24);
    let hot = |name| board::call(stage.now, name, 5, CallState::Ringing, 300);
    let (one, two) = (hot("one"), hot("two"));
    stage.hub(update_of(vec![one]));
    assert_eq!(stage.asked(), [Effect::Bell]);
    assert!(stage.text().contains("HOT"));
    assert_eq!(stage.selected(), Some(&board::id("burst")));
    assert_eq!(stage.state.title, "3 HOT · callboard");
    stage.hub(update_of(vec![two]));
    assert_eq!(stage.asked(), [], "bells that follow closely are one");
    stage.press("M");
    stage.wait(60);
    let three = board::call(stage.now, "three", 4, CallState::Ringing, 0);
    stage.hub(update_of(vec![three]));
    assert_eq!(stage.asked(), [], "muted");
}

#[test]
fn a_key_goes_to_the_newest_hot_call_wherever_it_stands() {
    let mut stage = Stage::live(80, 24);
    stage.press("2");
    let call = board::call(stage.now, "late", 4, CallState::Ringing, 0);
    stage.hub(update_of(vec![call]));
    stage.wait(2);
    assert!(stage.text().contains("HOT (h goes there)"), "{}", stage.text());
    stage.press("/").write("svc:plumbing").press("enter 3 h");
    assert_eq!((stage.state.view, stage.selected()), (View::Live, Some(&board::id("late"))));
    assert!(stage.state.filter.is_empty(), "the filter would hide it");
    assert!(!stage.text().contains("goes there"));
}

#[test]
fn what_went_on_without_a_line_is_counted() {
    let mut stage = Stage::live(80, 24);
    lost(&mut stage);
    stage.wait(40);
    let now = stage.now;
    let mut calls = board::calls(now);
    calls.truncate(6);
    calls[0].version += 1;
    calls.push(board::call(now, "new", 2, CallState::Ringing, 3));
    stage.hub(FromHub::Hello(board::hello(now)));
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status: board::status() });
    let text = stage.text();
    assert!(
        text.contains("live again after 40s; calls meanwhile: 1 new, 1 changed, 2 gone"),
        "{text}"
    );
}

#[test]
fn the_filter_narrows_as_it_is_typed() {
    let rows = |text: &str| {
        let mut stage = Stage::live(80, 24);
        stage.press("/").write(text);
        (0..stage.state.live_rows())
            .map(|row| stage.state.live_row(row).unwrap().summary.id.as_str()[5..].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows("hot"), ["burst", "heat"]);
    assert_eq!(rows("svc:hvac"), ["heat", "quote", "thermostat"]);
    assert_eq!(rows("svc:hvac owner:lee"), ["heat", "quote", "thermostat"]);
    assert_eq!(rows("!ok"), ["burst", "quote", "roof", "chat"]);
    assert_eq!(rows("owner:none urg:3"), ["roof"]);
    assert_eq!(rows("6145550142"), ["heat"], "digits find a number however it is written");
    assert_eq!(rows("ALVAREZ"), ["heat"]);
    assert_eq!(rows("alvrz"), ["heat"], "fuzzy where nothing fits exactly");
    assert_eq!(rows("nobody of that name"), Vec::<String>::new());
}

#[test]
fn who_works_on_a_call_has_it() {
    let mut stage = Stage::live(80, 24);
    let row = |stage: &Stage| stage.state.live_row(0).unwrap().summary.clone();
    let mut call = board::call(stage.now, "sink", 2, CallState::Talking, 60);
    let until = stage.now + SignedDuration::from_mins(5);
    call.claim = Some(Claim { operator: "Dana".into(), since: stage.now, until });
    stage.hub(update_of(vec![call]));
    stage.wait(2);
    stage.press("/").write("owner:me live").press("enter");
    assert_eq!(stage.state.live_rows(), 1);
    assert_eq!((row(&stage).id, row(&stage).owner), (board::id("sink"), None));
    stage.press("/ ctrl-w ctrl-w").write("owner:none live urg:2").press("enter");
    assert_eq!(stage.state.live_rows(), 0);
    stage.wait(301).press("/").write(" ").press("enter");
    assert_eq!(stage.state.live_rows(), 1, "the lease is over");
}

#[test]
fn a_filter_narrows_the_callbacks_too_and_is_told_only_where_it_does() {
    let mut stage = Stage::live(80, 24);
    let all = stage.state.callback_rows();
    assert!(all > 1);
    let name = stage.state.callback_row(1).unwrap().caller().to_owned();
    stage.press("2 /").write(&format!("\"{name}\"")).press("enter");
    assert_eq!(stage.state.callback_rows(), 1);
    assert_eq!(stage.state.call_in_sight(), Some(&stage.state.callback_row(0).unwrap().summary.id));
    assert!(stage.text().contains("filter:"), "{}", stage.text());
    stage.press("3");
    assert!(!stage.text().contains("filter:"), "{}", stage.text());
    stage.press("esc 2");
    assert_eq!(stage.state.callback_rows(), 1, "esc clears what is told");
    stage.press("esc");
    assert_eq!(stage.state.callback_rows(), all);
    stage.press("/").write("\"of no name\"").press("enter");
    assert!(stage.text().contains("No callback fits the filter."), "{}", stage.text());
}

#[test]
fn keys_are_letters_while_a_filter_is_typed() {
    let mut stage = Stage::live(80, 24);
    stage.press("/").write("quit");
    assert_eq!(stage.asked(), []);
    assert_eq!(stage.state.filter.text(), "quit");
    stage.press("ctrl-w").write("hot").press("enter");
    assert_eq!((stage.state.filter.text(), stage.state.typing.is_none()), ("hot", true));
    stage.press("esc");
    assert_eq!(stage.state.live_rows(), 8);
    stage.tell(Message::Paste("x".repeat(1_000_000)));
    assert_eq!(stage.state.filter.text(), "", "what is pasted elsewhere is no command");
}

#[test]
fn selection_is_kept_through_a_filter_that_shows_it() {
    let mut stage = Stage::live(80, 24);
    stage.press("down down /").write("hvac");
    assert_eq!(stage.selected(), Some(&board::id("quote")));
    stage.press("esc");
    assert_eq!(stage.selected(), Some(&board::id("quote")));
}

#[test]
fn an_open_call_scrolls_its_words() {
    let mut stage = Stage::live(80, 24);
    stage.press("enter up up");
    assert_eq!(stage.state.transcript_up, 2);
    assert!(!stage.text().contains("I need someone"));
    stage.press("end");
    assert_eq!(stage.state.transcript_up, 0);
    stage.press("esc");
    assert!(!stage.state.opened && stage.state.view == View::Live);
}

#[test]
fn masked_names_show_neither_name_nor_number() {
    let mut stage = Stage::live(200, 60);
    stage.press("P");
    let text = stage.text();
    for private in ["Alvarez", "555", "Whitfield", "123 Main", "flooding", "burst", "HVAC rep"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
    assert!(text.contains("caller •• •••••••• •• [••••••••]!"), "{text}");
    for (view, private) in [("2", "heat"), ("enter", "everywhere")] {
        let text = stage.press(view).text();
        assert!(!text.contains(private), "{private}: {text}");
    }
    stage.press("esc 1 o");
    let draft = OpportunityDraft {
        name: "Burst pipe - 123 Main St".into(),
        amount: None,
        stage: "Qualification".into(),
        close_date: jiff::civil::date(2026, 5, 14),
        account: Some("Alvarez".into()),
    };
    let (call, outcome) = (board::id("burst"), Ok(draft));
    let text = stage.link(FromLink::Draft { call, outcome }).text();
    assert!(text.contains("Stage") && !text.contains("Alvarez"), "{text}");
    assert!(!text.contains("pipe"), "{text}");
    stage.press("y");
    let text = stage.text();
    assert!(text.contains("create ") && !text.contains("pipe"), "{text}");
}

#[test]
fn words_that_were_taken_back_are_no_reason_and_a_budget_without_a_figure_is_one() {
    let mut stage = Stage::live(80, 24);
    let mut detail = board::detail(stage.now);
    detail.assessment.bant.budget = true;
    for evidence in &mut detail.assessment.evidence {
        evidence.retracted = evidence.words() == "flooding";
    }
    stage.hub(FromHub::Detail(Box::new(detail)));
    for keys in ["1", "enter"] {
        let text = stage.press(keys).text();
        assert!(text.contains("why 5: pipe burst · NOW"), "{text}");
        assert!(text.contains("is flooding! A [pipe burst]"), "{text}");
        assert!(text.contains("budget yes"), "{text}");
    }
}

#[test]
fn the_hubs_clock_counts_not_ours() {
    let mut stage = Stage::new(80, 24);
    let ahead = stage.now + SignedDuration::from_hours(3);
    stage.hub(FromHub::Hello(board::hello(ahead)));
    stage.hub(board::snapshot(ahead));
    assert!(stage.text().contains("talking  40s (555) 010-4477"), "{}", stage.text());
}

#[test]
fn a_newer_protocol_is_told_plainly() {
    let mut stage = Stage::new(120, 40);
    let now = stage.now;
    stage.hub(FromHub::Hello(Hello { protocol: 999, ..board::hello(now) }));
    assert!(stage.text().contains("update the console"), "{}", stage.text());
}

#[test]
fn an_idle_board_of_twenty_calls_is_almost_silent() {
    let mut stage = Stage::new(120, 40);
    let now = stage.now;
    stage.hub(FromHub::Hello(board::hello(now)));
    let calls = (0..20)
        .map(|n| board::call(now, &format!("c{n}"), 1 + (n % 5) as u8, CallState::Talking, 3 * n))
        .collect();
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status: board::status() });
    stage.frame();
    let mut bytes = 0;
    for _ in 0..60 {
        stage.wait(1);
        stage.hub(FromHub::Beat { now: stage.now });
        if stage.state.changed {
            bytes += stage.frame().len();
        }
    }
    assert!(bytes / 60 < 350, "{} bytes a second", bytes / 60);
    println!("idle: {} bytes a second", bytes / 60);
}

#[test]
fn writes_are_listed_by_who_must_act() {
    let stage = Stage::live(80, 24);
    let states: Vec<WriteState> = stage
        .state
        .board
        .outbox
        .iter()
        .map(|slot| stage.state.board.writes.at(slot).unwrap().state)
        .collect();
    assert_eq!(states[..3], [WriteState::Failed, WriteState::Retrying, WriteState::Pending]);
}

#[test]
fn a_list_one_comes_to_begins_with_what_needs_somebody() {
    let mut stage = Stage::live(80, 24);
    stage.press("3 G 1 3");
    assert_eq!(stage.state.writes.selected.as_deref(), Some("w-quote"));
    stage.press("2 G 1 2");
    assert_eq!(stage.state.callbacks.selected, Some(board::id("missed")));
}

#[test]
fn what_was_said_goes_away_although_the_hub_never_pauses() {
    let mut stage = Stage::live(80, 24);
    stage.press("c");
    assert!(stage.text().contains("nobody owes"));
    for version in 10..20 {
        stage.now += SignedDuration::from_secs(1);
        let call = CallSummary { version, ..board::calls(stage.now).remove(2) };
        stage.hub(update_of(vec![call]));
    }
    assert!(!stage.text().contains("nobody owes"));
}
