//! Whole screens, as a person sees them.

use callboard::{
    call::CallState,
    console::{FromLink, Obstacle, state::Settings},
    wire::{Destination, FromHub, Status},
};

use super::{matrix::SIZES, stage::Stage};
use crate::support::board;

/// Every size of a scene as one snapshot a size.
fn snapshots(name: &str, scene: impl Fn(&mut Stage)) {
    for (columns, rows) in SIZES {
        let mut stage = Stage::new(columns, rows);
        scene(&mut stage);
        let text = stage.text();
        for line in text.lines() {
            assert!(callboard::console::text::width(line) <= usize::from(columns), "{line:?}");
        }
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), text);
    }
}

#[test]
fn live() {
    snapshots("live", Stage::connect);
}

#[test]
fn callbacks() {
    snapshots("callbacks", |stage| {
        stage.connect();
        stage.press("2");
    });
}

#[test]
fn writes() {
    snapshots("writes", |stage| {
        stage.connect();
        stage.press("3");
    });
}

#[test]
fn today() {
    snapshots("today", |stage| {
        stage.connect();
        stage.press("4").answer();
    });
}

#[test]
fn what_the_figures_mean() {
    snapshots("definitions", |stage| {
        stage.connect();
        stage.press("4").answer().press("enter down");
    });
}

#[test]
fn people() {
    snapshots("people", |stage| {
        stage.connect();
        stage.press("5").answer().press("down");
    });
}

#[test]
fn log() {
    snapshots("log", |stage| {
        stage.connect();
        stage.press("6").answer().press("down");
    });
}

#[test]
fn call() {
    snapshots("call", |stage| {
        stage.connect();
        stage.press("enter");
    });
}

/// The call with every attempt of its writes.
fn tried(stage: &mut Stage) {
    let now = stage.now;
    let mut detail = board::detail(now);
    for write in &mut detail.writes {
        let at = write.summary.created_at;
        let problem = (write.summary.id == "w-burst").then(|| callboard::wire::Problem {
            code: "UNABLE_TO_LOCK_ROW".into(),
            ..Default::default()
        });
        let status = if problem.is_some() { 400 } else { 201 };
        let attempt = callboard::wire::AttemptSummary { at, milliseconds: 840, status, problem };
        write.attempts.push(attempt);
    }
    stage.hub(FromHub::Detail(Box::new(detail)));
}

#[test]
fn what_happened() {
    snapshots("ladder", |stage| {
        stage.connect();
        tried(stage);
        stage.press("enter l");
    });
}

#[test]
fn a_step_says_who_asks_and_who_does_not_answer() {
    for (code, status, said) in [
        ("SEVERAL_MATCHES", 0, "? asks which record is meant: SEVERAL_MATCHES"),
        ("DUPLICATES_DETECTED", 400, "? asks which record is meant: DUPLICATES_DETECTED"),
        ("TIMEOUT", 0, "✗ no answer in 840 ms: TIMEOUT"),
        ("NO_DESTINATION", 0, "✗ in 840 ms: NO_DESTINATION"),
        ("STRING_TOO_LONG", 400, "✗ 400 in 840 ms: STRING_TOO_LONG"),
    ] {
        let mut stage = Stage::new(120, 40);
        stage.connect();
        let mut detail = board::detail(stage.now);
        let problem = callboard::plan::Problem { code: code.into(), ..Default::default() };
        let at = stage.now;
        let attempt = callboard::wire::AttemptSummary {
            at,
            milliseconds: 840,
            status,
            problem: Some(problem),
        };
        detail.writes[0].attempts.push(attempt);
        stage.hub(FromHub::Detail(Box::new(detail)));
        stage.press("enter l");
        assert!(stage.text().contains(said), "{said}: {}", stage.text());
    }
}

#[test]
fn opportunity() {
    snapshots("opportunity", |stage| {
        stage.connect();
        stage.press("o");
        let draft = callboard::wire::OpportunityDraft {
            name: "Burst pipe - 123 Main St".into(),
            amount: None,
            stage: "Qualification".into(),
            close_date: jiff::civil::date(2026, 6, 14),
            account: None,
        };
        stage.link(FromLink::Draft { call: board::id("burst"), outcome: Ok(draft) });
        stage.press("e ctrl-u");
    });
}

#[test]
fn many_marked() {
    snapshots("marked", |stage| {
        stage.connect();
        stage.press("space space r");
    });
}

#[test]
fn command() {
    snapshots("command", |stage| {
        stage.connect();
        stage.press(":").write("re");
    });
}

#[test]
fn wall() {
    for (columns, rows) in SIZES {
        let settings = Settings { wall: true, ..Settings::default() };
        let mut stage = Stage::with(&settings, columns, rows);
        stage.state.private = true;
        stage.connect();
        let text = stage.text();
        insta::assert_snapshot!(format!("wall_{columns}x{rows}"), text);
        let turned = stage.wait(10).text();
        for text in [text, turned] {
            for private in ["Alvarez", "555", "pipe", "heat"] {
                assert!(!text.contains(private), "{private}: {text}");
            }
        }
        for key in ["r y", "down", "o", ":", "P"] {
            assert_eq!(stage.press(key).asked(), [], "{key}");
        }
        assert!(stage.state.dialog.is_none() && stage.state.typing.is_none());
        stage.press("q");
        assert_eq!(stage.asked(), [callboard::console::update::Effect::Quit]);
    }
}

#[test]
fn help() {
    snapshots("help", |stage| {
        stage.connect();
        stage.press("?");
    });
}

#[test]
fn route() {
    snapshots("route", |stage| {
        stage.connect();
        stage.press("r");
    });
}

#[test]
fn what_became_of_it() {
    snapshots("dispose", |stage| {
        stage.connect();
        stage.press("d 2").write("too dear");
    });
}

#[test]
fn starting() {
    snapshots("starting", |_| ());
}

#[test]
fn no_hub() {
    snapshots("no_hub", |stage| {
        let why = "nobody listens at http://127.0.0.1:1".to_owned();
        let retry_in = Some(std::time::Duration::from_secs(3));
        stage.link(FromLink::Lost { why, retry_in, obstacle: Obstacle::Silence });
    });
}

#[test]
fn no_hub_at_this_address() {
    snapshots("wrong_address", |stage| {
        let why = "https://127.0.0.1:4620 speaks plain HTTP: say http://";
        let retry_in = Some(std::time::Duration::from_secs(15));
        let (why, obstacle) = (why.to_owned(), Obstacle::Address);
        stage.link(FromLink::Lost { why, retry_in, obstacle });
    });
    let mut stage = Stage::new(80, 24);
    let why = "what answers is no Callboard hub".to_owned();
    stage.link(FromLink::Lost { why, retry_in: None, obstacle: Obstacle::Address });
    let text = stage.text();
    assert!(!text.contains("callboard hub\n") && text.contains("comes from --hub"), "{text}");
}

#[test]
fn a_list_that_goes_on_says_so_beside_the_views_and_leaves_the_titles_alone() {
    let mut stage = Stage::live(80, 24);
    let calls =
        (0..34).map(|n| board::call(stage.now, &format!("c{n}"), 3, CallState::Ended, n)).collect();
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status: board::status() });
    let text = stage.text();
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].ends_with("1-12 of 34 ↓"), "{text}");
    assert!(lines[2].ends_with("SCORE SF OWNER"), "{text}");
}

#[test]
fn refused() {
    snapshots("refused", |stage| {
        let why = "the hub answers and does not accept the token".to_owned();
        let retry_in = Some(std::time::Duration::from_secs(15));
        stage.link(FromLink::Lost { why, retry_in, obstacle: Obstacle::Token });
    });
    for columns in [80, 120] {
        let mut stage = Stage::new(columns, 24);
        let why = "the hub answers and does not accept the token".to_owned();
        let retry_in = Some(std::time::Duration::from_secs(15));
        stage.link(FromLink::Lost { why, retry_in, obstacle: Obstacle::Token });
        assert!(!stage.text().contains('…'), "{}", stage.text());
    }
}

#[test]
fn what_matters_is_not_cut_at_the_usual_width() {
    let mut stage = Stage::live(80, 24);
    let foot = stage.press("/").text();
    let foot = foot.lines().last().unwrap();
    assert!(foot.ends_with("enter keeps, esc clears"), "{foot}");
    let why = "x".repeat(200);
    stage.link(FromLink::Lost { why, retry_in: None, obstacle: Obstacle::Silence });
    assert!(stage.text().contains("· actions are refused ·"), "{}", stage.text());
}

#[test]
fn salesforce_down() {
    snapshots("salesforce_down", |stage| {
        stage.connect();
        let salesforce = Destination::Paused;
        let status = Some(Status { salesforce, ..board::status() });
        stage.hub(FromHub::Update {
            calls: vec![],
            gone_calls: vec![],
            writes: vec![],
            gone_writes: vec![],
            status,
        });
    });
}

#[test]
fn ascii_is_ascii() {
    for keys in [
        "1", "2", "3", "4", "4 enter", "5", "6", "enter", "enter l", "?", "r", "w", "o", "d", "S",
        "n", "2 b", "2 s", "2 A", "space r", ":",
    ] {
        let mut stage = Stage::with(&Settings { ascii: true, ..Settings::default() }, 200, 60);
        stage.connect();
        stage.press(keys).answer();
        let text = stage.text();
        assert!(text.is_ascii(), "{keys}: {:?}", text.chars().find(|c| !c.is_ascii()));
    }
}

#[test]
fn no_size_upsets_any_screen() {
    for keys in [
        "1", "2", "3", "4", "4 enter", "5", "6", "enter", "enter l", "?", "r", "w", "o", "d", "S",
        "n", "2 b", "2 s", "2 A", "/", ":", "space r",
    ] {
        let mut stage = Stage::live(80, 24);
        stage.press(keys).answer();
        for columns in [0, 1, 2, 3, 10, 39, 59, 60, 61, 80, 119, 120, 139, 159, 160, 300] {
            for rows in [0, 1, 2, 3, 9, 14, 15, 16, 24, 60, 200] {
                stage.tell(callboard::console::update::Message::Resize(columns, rows));
                stage.frame();
            }
        }
    }
}

#[test]
fn the_help_fits_the_smallest_usual_terminal() {
    let mut stage = Stage::live(80, 24);
    stage.press("?");
    let text = stage.text();
    let cut: Vec<&str> =
        text.lines().filter(|line| line.contains('…') && !line.contains("under way")).collect();
    assert_eq!(cut, Vec::<&str>::new(), "nothing is cut off");
    for (index, row) in callboard::console::keys::TABLE.iter().enumerate() {
        if row.context == callboard::console::keys::Context::Board {
            let key = stage.state.settings.keys.keys_of(index);
            let first = key.split(' ').next().unwrap();
            let shown = text.lines().any(|line| line.contains(first) && line.contains(row.help));
            assert!(shown, "{} is on the page", row.name);
        }
    }
    for (sign, means) in callboard::console::keys::SIGNS {
        assert!(text.contains(sign) && text.contains(means), "{sign}");
    }
    stage.press("z");
    assert!(!stage.state.help, "any key closes it");
}
