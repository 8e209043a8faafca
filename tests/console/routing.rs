//! Giving a call to somebody: who is on call, and whether they learn of it, is said before.

use callboard::console::{Question, update::Effect};

use super::{matrix::SIZES, stage::Stage};

#[test]
fn who_is_on_call_is_asked_of_the_hub_when_it_is_needed() {
    let mut stage = Stage::live(80, 24);
    let asks = |stage: &mut Stage| {
        let effects = std::mem::take(&mut stage.effects);
        effects.contains(&Effect::Read(Question::Roster))
    };
    assert!(!asks(&mut stage), "nobody wants to know yet");
    stage.press("r");
    assert!(asks(&mut stage));
}

#[test]
fn the_question_says_who_is_on_call_and_how_they_are_told() {
    let mut stage = Stage::live(80, 24);
    let before = stage.press("r").text();
    assert!(!before.contains("on call") && !before.contains("is told"), "{before}");
    let on = stage.answer().text();
    assert!(on.contains("Sam K.  on call") && on.contains("Sam K. is told by email."), "{on}");
    let off = stage.press("2").text();
    assert!(off.contains("Estimators  off"), "{off}");
    assert!(off.contains("Estimators is not told of it: say so yourself."), "{off}");
    let mut roster = crate::support::board::roster(stage.now);
    for person in &mut roster.people {
        person.told_by = vec!["email".into(), "slack".into()];
    }
    stage.state.roster.take(stage.now, Ok(roster));
    let told = stage.text();
    assert!(told.contains("Estimators is told by email, slack, though off now."), "{told}");
}

#[test]
fn routing() {
    for (columns, rows) in SIZES {
        let mut stage = Stage::live(columns, rows);
        stage.press("r").answer();
        insta::assert_snapshot!(format!("routing_{columns}x{rows}"), stage.text());
    }
}
