//! What is read from the hub beside the stream: the log, the roster, the figures.

use callboard::{
    console::{FromLink, Obstacle, Page, Question, state::View, update::Effect},
    wire::FromHub,
};

use super::stage::Stage;
use crate::support::board;

/// What was asked to be read since the last time.
fn questions(stage: &mut Stage) -> Vec<Question> {
    let question = |effect| match effect {
        Effect::Read(question) => Some(question),
        _ => None,
    };
    stage.asked().into_iter().filter_map(question).collect()
}

fn fails(stage: &mut Stage, question: Question) {
    let outcome = Err("the hub at http://h is older than this callboard".to_owned());
    stage.link(FromLink::Page { question, outcome });
}

#[test]
fn only_what_is_in_sight_is_read_and_read_again() {
    for (key, question, every) in [
        ("4", Question::Figures, 30),
        ("5", Question::Roster, 15),
        ("6", Question::Log { before: None }, 10),
    ] {
        let mut stage = Stage::live(80, 24);
        stage.wait(60);
        assert_eq!(questions(&mut stage), [], "{key}");
        stage.press(key);
        assert_eq!(questions(&mut stage), std::slice::from_ref(&question), "{key}");
        stage.wait(every - 1);
        assert_eq!(questions(&mut stage), [], "{key}: not yet");
        stage.wait(1);
        assert_eq!(questions(&mut stage), [question], "{key}");
        let why = "silence".to_owned();
        stage.link(FromLink::Lost { why, retry_in: None, obstacle: Obstacle::Silence });
        stage.wait(60);
        assert_eq!(questions(&mut stage), [], "{key}: nobody is there to answer");
    }
}

#[test]
fn what_cannot_be_read_says_why_and_what_was_read_stays() {
    for (key, question, shown) in [
        ("4", Question::Figures, "Capture rate"),
        ("5", Question::Roster, "Estimators"),
        ("6", Question::Log { before: None }, "routed it to Sam K."),
    ] {
        let mut stage = Stage::live(80, 24);
        stage.press(key);
        fails(&mut stage, question.clone());
        assert!(stage.text().contains("is older than this callboard"), "{}", stage.text());
        stage.effects.push(Effect::Read(question.clone()));
        stage.answer();
        assert!(stage.text().contains(shown), "{}", stage.text());
        fails(&mut stage, question);
        assert!(stage.text().contains(shown), "{}", stage.text());
    }
}

#[test]
fn the_log_is_read_on_as_one_scrolls_to_its_end() {
    let mut stage = Stage::live(80, 24);
    stage.press("6").answer();
    assert_eq!(stage.state.log.rows(), 50);
    assert_eq!(questions(&mut stage), [], "a page ahead is enough");
    stage.press("G");
    assert_eq!(questions(&mut stage), [Question::Log { before: Some(71) }]);
    stage.press("G");
    assert_eq!(questions(&mut stage), [], "asked once");
    let outcome = Ok(Page::Log(board::log_page(stage.now, 70)));
    stage.link(FromLink::Page { question: Question::Log { before: Some(71) }, outcome });
    assert_eq!(stage.state.log.rows(), 100);
    assert_eq!(stage.state.log.cursor.selected, Some(71), "the cursor stays");
    stage.press("G").answer().press("G").answer();
    assert_eq!(stage.state.log.rows(), 120);
    assert_eq!(questions(&mut stage), [], "that was all");
}

#[test]
fn the_log_is_narrowed_by_words_and_leads_to_its_call() {
    let mut stage = Stage::live(80, 24);
    stage.press("6").answer();
    stage.press("/").write("dana routed").press("enter");
    assert_eq!(stage.state.view, View::Log);
    let text = stage.text();
    assert!(text.contains("filter: dana routed") && !text.contains("claimed it"), "{text}");
    assert_eq!(stage.state.call_in_sight(), Some(&board::id("burst")));
    stage.press("enter");
    assert!(stage.text().contains("My basement is [flooding]!"), "{}", stage.text());
    stage.press("esc esc");
    assert!(stage.text().contains("claimed it"), "{}", stage.text());
    // By the caller's name, which the column shows and the log itself does not know.
    stage.press("/").write("alex chen").press("enter");
    let text = stage.text();
    assert!(text.contains("claimed it") && !text.contains("routed it"), "{text}");
}

#[test]
fn what_is_open_with_a_customer_is_read_when_their_call_is_opened_and_shown_there() {
    let mut stage = Stage::live(80, 24);
    let asks = |stage: &mut Stage| {
        let asks = |effect: &Effect| matches!(effect, Effect::Read(Question::Opportunities(_)));
        let asked = stage.effects.iter().filter(|effect| asks(effect)).count();
        stage.effects.retain(|effect| !asks(effect));
        asked
    };
    stage.press("enter");
    assert_eq!(asks(&mut stage), 0, "a Lead has none");
    let mut detail = board::detail(stage.now);
    detail.records[0].sobject = "Contact".into();
    stage.hub(FromHub::Detail(Box::new(detail)));
    assert_eq!(asks(&mut stage), 1);
    stage.press("esc enter").wait(60);
    assert_eq!(asks(&mut stage), 0, "Salesforce's API calls are counted: not again so soon");
    let question = Question::Opportunities(board::id("burst"));
    let outcome = Ok(Page::Opportunities(board::opportunities()));
    stage.link(FromLink::Page { question, outcome });
    let text = stage.text();
    let line = "open   Furnace replacement - Oak St · Proposal · $8.2k · closes 2026-05-01";
    assert!(text.contains(line), "{text}");
    assert!(!stage.press("P").text().contains("Furnace"), "masked with the rest");
}

#[test]
fn a_person_leads_to_their_calls() {
    let mut stage = Stage::live(80, 24);
    stage.press("5").answer().press("down enter");
    assert_eq!(stage.state.view, View::Live);
    let text = stage.text();
    assert!(text.contains("Maria Alvarez") && !text.contains("Alex Chen"), "{text}");
}

#[test]
fn nothing_is_done_to_a_call_that_is_not_in_sight() {
    for keys in ["4 c", "4 a", "4 +", "5 m", "5 r y", "5 n y"] {
        let mut stage = Stage::live(80, 24);
        stage.press(keys);
        let acts = stage.asked().into_iter().any(|effect| matches!(effect, Effect::Act { .. }));
        assert!(!acts, "{keys}");
    }
}

#[test]
fn what_the_figures_mean_is_shown_on_demand_to_the_last() {
    let mut stage = Stage::live(80, 24);
    stage.press("4").answer();
    assert!(!stage.text().contains("Offered calls that nobody took."), "{}", stage.text());
    stage.press("enter down down");
    assert!(stage.text().contains("Offered calls that nobody took."), "{}", stage.text());
    stage.press("G");
    assert!(stage.text().contains("API calls per call"), "{}", stage.text());
    stage.press("g esc");
    assert!(!stage.state.definitions);
}
