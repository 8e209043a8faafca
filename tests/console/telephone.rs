//! A telephone's screen: too small for the board, large enough to say that one has a call.

use callboard::{
    console::update::{Effect, Message},
    wire::Order,
};

use super::stage::Stage;

fn orders(stage: &mut Stage) -> Vec<(String, Order)> {
    let of = |effect| match effect {
        Effect::Act { call, command } => Some((call.to_string(), command.order)),
        _ => None,
    };
    stage.asked().into_iter().filter_map(of).collect()
}

#[test]
fn one_says_there_that_one_has_a_call() {
    let mut stage = Stage::live(44, 20);
    let text = stage.text();
    assert!(text.lines().last().unwrap().contains("a I have it  m mine"), "{text}");
    assert!(text.contains("\n▌5 (555) 010-4477"), "the call it is about: {text}");
    stage.press("down a m");
    let claim = Order::Claim { take_over: false };
    let on = |order: Order| ("vapi:heat".to_owned(), order);
    assert_eq!(orders(&mut stage), [on(Order::Acknowledge), on(claim)]);
    assert!(stage.text().contains("\n▌4»Maria Alvarez"), "{}", stage.text());
    insta::assert_snapshot!("telephone_44x20", Stage::live(44, 20).text());
}

#[test]
fn what_asks_or_shows_more_says_which_size_it_needs() {
    for keys in ["r", "b", "c", "w", "+", "o", "n"] {
        let mut stage = Stage::live(44, 20);
        let text = stage.press(keys).text();
        assert!(stage.state.dialog.is_none() && orders(&mut stage).is_empty(), "{keys}");
        assert!(text.contains("too small to act: needs 60x15"), "{keys}: {text}");
    }
    for keys in ["2", "enter", "/", "?", ":", "tab"] {
        let mut stage = Stage::live(44, 20);
        let text = stage.press(keys).text();
        assert!(text.contains("too small for that: needs 60x15"), "{keys}: {text}");
        stage.press("a");
        assert_eq!(orders(&mut stage).len(), 1, "and swallows no key: {keys}");
    }
    // Somebody else works on this one: that is a question.
    let mut stage = Stage::live(44, 20);
    let text = stage.press("down down m").text();
    assert!(stage.state.dialog.is_none() && orders(&mut stage).is_empty(), "{text}");
    assert!(text.contains("too small to act"), "{text}");
}

#[test]
fn a_screen_made_small_shows_the_calls() {
    let mut stage = Stage::live(80, 24);
    stage.press("2").tell(Message::Resize(44, 20)).press("a");
    assert_eq!(orders(&mut stage), [("vapi:burst".to_owned(), Order::Acknowledge)]);
    // Where the call itself is not to be seen nothing is done to it.
    stage.tell(Message::Resize(39, 20)).press("a m u");
    assert!(orders(&mut stage).is_empty());
}
