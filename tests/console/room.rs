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
