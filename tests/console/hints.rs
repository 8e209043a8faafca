//! The first hints: each until its key was used, all of them until they are sent away.

use std::collections::BTreeSet;

use callboard::console::{
    state::{Settings, Tips},
    update::Effect,
};

use super::stage::Stage;
use crate::support::{board, fake_hub::FakeHub, fake_hub::TOKEN, pty::Terminal};

fn stage() -> Stage {
    let mut stage = Stage::new(80, 24);
    stage.state.tips = Some(Tips::default());
    stage.connect();
    stage
}

/// The line of the hint, if there is one.
fn hint(stage: &mut Stage) -> Option<String> {
    let text = stage.text();
    text.lines().find(|line| line.starts_with(" hint ")).map(str::to_owned)
}

#[test]
fn each_goes_when_its_key_was_used_and_no_other() {
    let mut stage = stage();
    let first = hint(&mut stage).unwrap();
    assert!(first.starts_with(" hint 1/6 · down goes down") && first.ends_with("i no hints"));
    stage.press("y");
    assert_eq!(hint(&mut stage).as_ref(), Some(&first));
    let mut seen = BTreeSet::from([first]);
    for keys in ["down", "enter", "r", "esc tab", "/", "esc ?"] {
        stage.asked();
        stage.press(keys);
        let kept = stage.asked();
        let kept = kept.iter().filter(|effect| matches!(effect, Effect::SaveTips(_))).count();
        assert_eq!(kept, 1, "{keys} is remembered");
        seen.extend(hint(&mut stage));
    }
    assert_eq!(seen.len(), 6, "{seen:?}");
    assert!(seen.iter().all(|hint| !hint.contains('…')), "none is cut: {seen:?}");
    stage.press("z");
    assert_eq!(hint(&mut stage), None, "all of them have served");
}

#[test]
fn they_are_sent_away_and_come_back_with_one_key() {
    let mut stage = stage();
    stage.press("down i");
    assert_eq!(hint(&mut stage), None);
    assert!(stage.state.tips.as_ref().is_some_and(|tips| tips.away));
    stage.press("i");
    assert!(hint(&mut stage).unwrap().starts_with(" hint 1/6"));
}

#[test]
fn what_has_no_keys_has_no_hints() {
    let mut stage = Stage::with(&Settings { wall: true, ..Settings::default() }, 80, 24);
    stage.state.tips = Some(Tips::default());
    stage.connect();
    assert_eq!(hint(&mut stage), None);
    let mut stage = Stage::live(80, 24);
    assert_eq!(hint(&mut stage), None, "nor has one that knows no place to remember them");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_learnt_is_remembered_in_the_state_folder() {
    let now = jiff::Timestamp::now();
    let detail = vec![board::detail(now)];
    let hub = FakeHub::start(board::hello(now), board::snapshot(now), detail).await;
    let home = tempfile::tempdir().unwrap();
    let home = home.path().to_str().unwrap();
    let around = [
        ("CALLBOARD_TOKEN", TOKEN),
        ("HOME", home),
        ("XDG_CONFIG_HOME", home),
        ("XDG_STATE_HOME", home),
    ];
    let run = |keys: &str, sees: &str| {
        let mut terminal = Terminal::start_with(&around, &["console", "--hub", &hub.url], 80, 24);
        terminal.see("burst pipe");
        terminal.see(sees);
        terminal.press(keys);
        terminal
    };
    let mut first = run("j", "hint 1/6");
    first.see("hint 2/6");
    first.press("q");
    assert!(first.ended().success());
    let mut second = run("i", "hint 2/6");
    second.until("no hint is seen", |screen| !screen.contains("hint"));
    second.press("q");
    assert!(second.ended().success());
    let third = run("", "burst pipe");
    assert!(!third.screen().contains("hint"), "{}", third.screen());
}
