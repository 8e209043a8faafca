//! One thing done to many rows, and things done by their name.

use callboard::{
    call::Urgency,
    console::{
        FromLink,
        state::View,
        update::{Effect, Message},
    },
    wire::{Order, Receipt, WriteOrder},
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

#[test]
fn marked_calls_are_routed_together_after_one_question() {
    let mut stage = Stage::live(80, 24);
    stage.press("space space r");
    let text = stage.text();
    assert!(text.contains("2 calls: (555) 010-4477, Maria Alvarez"), "{text}");
    assert_eq!(stage.asked(), []);
    stage.press("y");
    let called: Vec<String> = orders(&mut stage).into_iter().map(|(call, _)| call).collect();
    assert_eq!(called, ["burst", "heat"]);
    assert!(stage.state.marked.is_empty(), "marks serve once");
}

#[test]
fn what_was_done_to_many_is_undone_with_one_key() {
    let mut stage = Stage::live(80, 24);
    stage.press("space space a y");
    let ids: Vec<String> = (1..=2).map(|number| format!("s-{number}")).collect();
    assert_eq!(orders(&mut stage).len(), 2);
    for id in &ids {
        let undo_until = Some(stage.now + SignedDuration::from_secs(15));
        let message = "Wrapped up".into();
        let outcome = Ok(Receipt { id: id.clone(), done: true, message, undo_until });
        stage.link(FromLink::Answer { id: id.clone(), outcome });
    }
    stage.press("u");
    let undone: Vec<Order> = orders(&mut stage).into_iter().map(|(_, order)| order).collect();
    let wanted: Vec<Order> = ids.into_iter().map(|action| Order::Undo { action }).collect();
    assert_eq!(undone, wanted);
}

#[test]
fn many_are_asked_about_where_one_is_not() {
    let mut stage = Stage::live(80, 24);
    stage.press("ctrl-a -");
    assert_eq!(orders(&mut stage), []);
    let text = stage.text();
    assert!(text.contains("8 calls") && text.contains("1 become urgency 4"), "{text}");
    stage.press("y");
    let raised = orders(&mut stage);
    // Urgency 1 is the lowest already.
    assert_eq!(raised.len(), 6);
    let urgency = Urgency::new(4).unwrap();
    assert_eq!(raised[0], ("burst".to_owned(), Order::Urgency { urgency }));
    stage.press("2 space space c y");
    let kept = orders(&mut stage);
    assert!(kept.iter().all(|(_, order)| *order == Order::Callback { kept: true }), "{kept:?}");
    assert_eq!(kept.len(), 2);
}

#[test]
fn marks_end_with_escape_and_with_their_rows() {
    let mut stage = Stage::live(80, 24);
    stage.press("space space");
    assert!(stage.text().contains("2 marked"));
    let gone_calls = vec![board::id("burst")];
    stage.hub(callboard::wire::FromHub::Update {
        calls: vec![],
        gone_calls,
        writes: vec![],
        gone_writes: vec![],
        status: None,
    });
    stage.wait(1);
    assert_eq!(stage.state.marked.len(), 1);
    stage.press("esc");
    assert!(stage.state.marked.is_empty());
    assert_eq!(stage.state.view, View::Live);
}

#[test]
fn marked_writes_are_retried_or_given_up_after_a_question() {
    let mut stage = Stage::live(120, 40);
    stage.press("3 ctrl-a t");
    assert_eq!(stage.asked(), []);
    assert!(stage.text().contains("2 writes are sent to Salesforce again"), "{}", stage.text());
    stage.press("y");
    let retried = stage.asked();
    assert_eq!(retried.len(), 2);
    stage.press("ctrl-a x y");
    let [Effect::Write { write, order: WriteOrder::Discard, .. }] = &stage.asked()[..] else {
        panic!("only the failed one can be given up")
    };
    assert_eq!(write, "w-quote");
}

#[test]
fn an_opportunity_is_made_of_one_call() {
    let mut stage = Stage::live(80, 24);
    stage.press("space space o");
    assert_eq!(stage.asked(), []);
    assert!(stage.text().contains("one call at a time"));
}

fn command(stage: &mut Stage, line: &str) {
    stage.press(":").write(line).press("enter");
}

#[test]
fn every_key_of_the_board_is_a_command_too() {
    for row in callboard::console::keys::TABLE {
        if row.context == callboard::console::keys::Context::Board {
            let mut stage = Stage::live(120, 40);
            command(&mut stage, row.name);
            let typing = stage.state.typing.as_ref();
            let refused = typing.and_then(|typing| typing.remark.clone());
            assert_eq!(refused, None, "{}", row.name);
        }
    }
}

#[test]
fn commands_take_words_along() {
    let mut stage = Stage::live(120, 40);
    command(&mut stage, "view writes");
    assert_eq!(stage.state.view, View::Writes);
    command(&mut stage, "filter svc:hvac hot");
    assert_eq!((stage.state.view, stage.state.live_rows()), (View::Live, 1));
    command(&mut stage, "save heat");
    let saved = stage.state.saved.clone();
    assert_eq!(stage.asked(), [Effect::SaveViews(saved)]);
    stage.press("esc");
    assert_eq!(stage.state.live_rows(), 8);
    command(&mut stage, "view heat");
    assert_eq!(stage.state.live_rows(), 1);
    command(&mut stage, "forget heat");
    assert!(stage.state.saved.is_empty());
    command(&mut stage, "mute 90");
    assert!(stage.text().contains("bell silent 1h"), "{}", stage.text());
    command(&mut stage, "mute 0");
    assert_eq!(stage.state.muted_until, None);
    command(&mut stage, "quit");
    assert!(stage.asked().contains(&Effect::Quit));
}

#[test]
fn what_is_no_command_says_so_and_stays_to_be_put_right() {
    for (line, said) in [
        ("rout3", "no command"),
        ("view nowhere", "no view"),
        ("theme nope", "no theme"),
        ("save", "a name of up to"),
        ("save ../x", "a name of up to"),
        ("route Sam", "takes no word"),
        ("mute long", "minutes"),
    ] {
        let mut stage = Stage::live(120, 40);
        command(&mut stage, line);
        assert!(stage.text().contains(said), "{line}: {}", stage.text());
        assert!(stage.state.typing.is_some(), "{line}");
        assert_eq!(stage.asked(), [], "{line}");
    }
}

#[test]
fn tab_completes_and_goes_on_to_the_next() {
    let mut stage = Stage::live(120, 40);
    stage.press(":").write("th").press("tab");
    assert_eq!(stage.state.typing.as_ref().unwrap().line.text(), "theme ");
    stage.press("tab");
    assert_eq!(stage.state.typing.as_ref().unwrap().line.text(), "theme dark");
    stage.press("tab");
    assert_eq!(stage.state.theme, "light", "a theme is seen before it is taken");
    stage.press("esc");
    assert_eq!(stage.state.theme, "", "and left again");
    stage.press(":").write("theme nord").press("enter");
    assert_eq!(stage.state.theme, "nord");
}

#[test]
fn a_command_on_a_read_only_console_changes_nothing() {
    let settings = callboard::console::state::Settings { read_only: true, ..Default::default() };
    let mut stage = Stage::with(&settings, 120, 40);
    stage.connect();
    stage.effects.clear();
    for name in ["route", "wrap_up", "retry_all", "raise"] {
        command(&mut stage, name);
    }
    assert_eq!(stage.asked(), []);
    assert!(stage.state.dialog.is_none());
}

#[test]
fn filters_compare_negate_and_quote() {
    let rows = |text: &str| {
        let mut stage = Stage::live(80, 24);
        stage.press("/").write(text);
        (0..stage.state.live_rows())
            .map(|row| stage.state.live_row(row).unwrap().summary.id.as_str()[5..].to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows("urg:>3"), ["burst", "heat"]);
    assert_eq!(rows("urg:>=3 !hot"), ["quote", "roof"]);
    assert_eq!(rows("score:>=75 -svc:hvac"), ["roof", "chat"]);
    assert_eq!(rows("score:<25"), ["missed", "ringing"].map(str::to_owned));
    assert_eq!(rows("\"burst pipe\""), ["burst"]);
    assert_eq!(rows("\"pipe burst\""), Vec::<String>::new());
    assert_eq!(rows("customer owner:lee"), ["heat", "thermostat"]);
    assert_eq!(rows("ok live"), ["heat", "ringing"]);
    assert_eq!(rows("~thrmst"), ["thermostat"]);
    assert_eq!(rows("src:vapi hot"), ["burst", "heat"]);
}

#[test]
fn a_line_is_edited_in_its_middle() {
    let mut stage = Stage::live(80, 24);
    stage.press("/").write("hvac").press("home").write("svc:").press("end left backspace");
    assert_eq!(stage.state.filter.text(), "svc:hvc");
    stage.press("ctrl-u").tell(Message::Paste("hot".to_owned()));
    assert_eq!((stage.state.filter.text(), stage.state.live_rows()), ("hot", 2));
}
