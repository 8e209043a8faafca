//! Holding what goes to a destination, and letting it flow again.

use callboard::{
    console::{FromLink, update::Effect},
    wire::{Destination, DestinationStatus, FromHub, Hello, OperatorRole, Status},
};

use super::stage::Stage;
use crate::support::{board, pty::Terminal};

/// The connected org, and a Flow endpoint beside it.
fn status(org: Destination, flow: Destination) -> Status {
    let destinations =
        vec![DestinationStatus { name: "intake flow".into(), link: flow, forms: None }];
    Status { salesforce: org, destinations, ..board::status() }
}

fn stage(role: OperatorRole) -> Stage {
    let mut stage = Stage::new(80, 24);
    let now = stage.now;
    stage.hub(FromHub::Hello(Hello { role, ..board::hello(now) }));
    let status = status(Destination::Open, Destination::Paused);
    stage.hub(FromHub::Snapshot { calls: board::calls(now), writes: vec![], status });
    stage.asked();
    stage
}

#[test]
fn each_destination_is_held_and_let_go_by_itself_after_a_question() {
    let mut stage = stage(OperatorRole::Admin);
    assert!(stage.text().contains("intake flow HELD"), "{}", stage.text());
    stage.press("H");
    let text = stage.text();
    assert!(
        text.contains("Hold all writes?") && text.contains("1 Salesforce  writes flow"),
        "{text}"
    );
    assert!(text.contains("2 intake flow  HELD by an operator"), "{text}");
    stage.press("enter");
    assert_eq!(stage.asked(), [], "no habit confirms it");
    stage.press("y");
    assert_eq!(stage.asked(), [Effect::Hold { destination: None, hold: true }]);
    let outcome = Ok(Box::new(status(Destination::Paused, Destination::Paused)));
    stage.link(FromLink::Held { destination: None, hold: true, outcome });
    let text = stage.text();
    assert!(text.contains("Salesforce HELD") && text.contains("none is lost"), "{text}");
    stage.press("H down");
    assert!(stage.text().contains("Let writes flow again?"), "{}", stage.text());
    stage.press("y");
    let destination = Some("intake flow".into());
    assert_eq!(stage.asked(), [Effect::Hold { destination, hold: false }]);
}

#[test]
fn what_the_hub_refuses_is_said_and_changes_nothing() {
    let mut stage = stage(OperatorRole::Admin);
    let outcome = Err("the hub can't be reached".to_owned());
    stage.link(FromLink::Held { destination: None, hold: true, outcome });
    let text = stage.text();
    assert!(text.contains("not done: Salesforce is as it was"), "{text}");
    assert!(!text.contains("Salesforce HELD"), "{text}");
}

#[test]
fn only_an_admin_may() {
    let mut stage = stage(OperatorRole::Dispatcher);
    stage.press("H");
    assert!(stage.state.dialog.is_none());
    assert!(stage.text().contains("only an admin"), "{}", stage.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_hub_holds_and_lets_go() {
    let home =
        [("HOME", env!("CARGO_TARGET_TMPDIR")), ("XDG_CONFIG_HOME", env!("CARGO_TARGET_TMPDIR"))];
    let mut terminal = Terminal::start_with(&home, &["demo"], 120, 40);
    terminal.see("● live");
    terminal.press("H");
    terminal.see("writes flow");
    terminal.press("y");
    terminal.see("Salesforce HELD");
    terminal.pause();
    terminal.press("H");
    terminal.see("HELD by an operator");
    terminal.press("y");
    terminal.until("Salesforce is held no more", |screen| !screen.contains("Salesforce HELD"));
    terminal.pause();
    terminal.press("q");
    assert!(terminal.ended().success());
}

/// A form's destination that is full beside one that flows and one that is held.
#[test]
fn where_writes_go_is_told_above_them_and_among_todays_figures() {
    use callboard::{plan::Problem, wire::FormsPosted};
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut stage = Stage::new(columns, rows);
        let now = stage.now;
        let full = Destination::Broken {
            since: now,
            next_probe: now,
            problem: Problem { code: "WEB_TO_LEAD_CAP".into(), ..Problem::default() },
        };
        let of = |name: &str, link, forms| DestinationStatus { name: name.into(), link, forms };
        let destinations = vec![
            of("chats", full, Some(FormsPosted { posted: 500, most: 500 })),
            of("spanish", Destination::Open, Some(FormsPosted { posted: 12, most: 500 })),
            of("intake", Destination::Paused, None),
        ];
        let status = Status { destinations, ..board::status() };
        stage.hub(FromHub::Hello(board::hello(now)));
        stage.hub(FromHub::Snapshot {
            calls: board::calls(now),
            writes: board::writes(now),
            status,
        });
        stage.press("3");
        let text = stage.text();
        let line =
            "Salesforce flows · chats FULL 500/500 forms · spanish flows 12/500 forms · intake";
        let told = text.lines().nth(2).unwrap();
        assert!(told.trim().starts_with(&line[..line.len() - 7]), "{columns}x{rows}: {text}");
        assert!(text.lines().nth(3).unwrap().contains("STATE"), "the list is below it: {text}");
        assert!(columns < 200 || told.contains("intake HELD"), "{text}");
    }
    // Without an org at all there is nothing to say of it.
    let mut stage = Stage::new(80, 24);
    let now = stage.now;
    stage.hub(FromHub::Hello(board::hello(now)));
    let forms = Some(FormsPosted { posted: 3, most: 500 });
    let destinations =
        vec![DestinationStatus { name: "forms".into(), link: Destination::Open, forms }];
    let status = Status { salesforce: Destination::None, destinations, ..board::status() };
    stage.hub(FromHub::Snapshot { calls: board::calls(now), writes: vec![], status });
    stage.press("3");
    let text = stage.text();
    assert!(text.contains("forms flows 3/500 forms"), "{text}");
    assert!(!text.contains("Salesforce off") && !text.contains("connected to no org"), "{text}");
}
