//! What has to be read is not cut away where there is little room.

use callboard::{
    console::FromLink,
    wire::{FromHub, Receipt},
};

use super::stage::Stage;

fn line(stage: &mut Stage, number: usize) -> String {
    stage.text().lines().nth(number).unwrap().to_owned()
}

#[test]
fn a_filter_leaves_the_views_their_names() {
    let mut stage = Stage::live(80, 24);
    let before = line(&mut stage, 1);
    stage.press("/").write("svc:hvac or svc:plumbing").press("enter");
    let tabs = line(&mut stage, 1);
    for name in ["1 Live", "2 Callbacks", "3 Writes", "4 Today", "5 People", "6 Log"] {
        assert!(tabs.contains(name) && before.contains(name), "{tabs}");
    }
    let text = stage.text();
    assert!(text.contains("── filter: svc:hvac or svc:plumbing (esc clears) ─"), "{text}");
    // A new Hot call has that line: then the views make room, and nothing goes unsaid.
    let hot =
        crate::support::board::call(stage.now, "new", 5, callboard::call::CallState::Talking, 1);
    stage.hub(FromHub::Update {
        calls: vec![hot],
        writes: vec![],
        gone_calls: vec![],
        gone_writes: vec![],
        status: None,
    });
    let text = stage.text();
    assert!(text.contains("filter: svc") && text.contains("── HOT (h goes there)"), "{text}");
    insta::assert_snapshot!("filtered_80x24", {
        let mut stage = Stage::live(80, 24);
        stage.press("/").write("hot").press("enter").text()
    });
}

#[test]
fn a_long_refusal_takes_the_lines_it_needs() {
    let refused = "it is outside the hours to ring +16145550142; from Wed 08:00 EDT on it is not, \
                   or say anyway: then the hub rings them whatever the hour";
    let mut stage = Stage::live(80, 24);
    stage.press("r y");
    let outcome =
        Ok(Receipt { id: "s-1".into(), done: false, message: refused.into(), undo_until: None });
    stage.link(FromLink::Answer { id: "s-1".to_owned(), outcome });
    let text = stage.text();
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("whatever the hour"), "{text}");
    insta::assert_snapshot!("refused_80x24", text);
    // When it has been read the list has its line back.
    let text = stage.wait(30).text();
    assert!(!text.contains("whatever the hour"), "{text}");
}

#[test]
fn a_filter_says_how_many_of_how_many_it_leaves() {
    let mut stage = Stage::live(80, 24);
    stage.press("/").write("svc:hvac").press("enter");
    let tabs = line(&mut stage, 1);
    assert!(tabs.contains("1 Live 3/8") && tabs.contains("2 Callbacks 1/3"), "{tabs}");
    stage.press("2").press("/").write(" owner:nobody").press("enter");
    let tabs = line(&mut stage, 1);
    assert!(tabs.contains("2 Callbacks 0/3"), "{tabs}");
    let tabs = line(stage.press("esc"), 1);
    assert!(tabs.contains("1 Live 8 ") && tabs.contains("2 Callbacks 3 "), "{tabs}");
}

#[test]
fn a_wish_has_its_room_beside_the_time_that_was_named() {
    let mut stage = Stage::live(80, 24);
    let mut call = crate::support::board::calls(stage.now).remove(4);
    let callback = call.callback.as_mut().unwrap();
    callback.said = Some("tomorrow morning after nine".into());
    call.wants = Some("water heater trouble".into());
    call.version += 1;
    stage.hub(FromHub::Update {
        calls: vec![call],
        writes: vec![],
        gone_calls: vec![],
        gone_writes: vec![],
        status: None,
    });
    let text = stage.press("2").text();
    let row = text.lines().find(|line| line.contains("Jane Whitfield")).unwrap();
    assert!(row.contains("water heater trouble · \"to"), "{text}");
    stage.tell(callboard::console::update::Message::Resize(200, 60));
    let text = stage.text();
    assert!(text.contains("water heater trouble · \"tomorrow morning"), "{text}");
}
