//! A hub that writes to no Salesforce: nothing on the screen talks of it as if it did.

use callboard::{
    console::{FromLink, Page, Question},
    wire::{CallDetail, CallSummary, Destination, FromHub, Report, Status, Sync},
};

use super::stage::Stage;
use crate::support::board;

fn stage((columns, rows): (u16, u16)) -> Stage {
    let mut stage = Stage::new(columns, rows);
    stage.hub(FromHub::Hello(board::hello(stage.now)));
    let status = Status {
        salesforce: Destination::None,
        api_used: None,
        api_limit: None,
        api_calls: 0,
        ..board::status()
    };
    let row = |row| CallSummary { known: None, sync: Sync::Nothing, ..row };
    let calls: Vec<CallSummary> = board::calls(stage.now).into_iter().map(row).collect();
    let summary = calls[0].clone();
    stage.hub(FromHub::Snapshot { calls, writes: vec![], status });
    let detail = board::detail(stage.now);
    let detail = CallDetail { summary, writes: vec![], records: vec![], ..detail };
    stage.hub(FromHub::Detail(Box::new(detail)));
    stage
}

/// What the hub answers, which knows of no Salesforce either.
fn answer(stage: &mut Stage) -> &mut Stage {
    stage.answer();
    let report = Report { salesforce: false, ..board::report(stage.now) };
    let outcome = Ok(Page::Figures(Box::new(report)));
    stage.link(FromLink::Page { question: Question::Figures, outcome })
}

#[test]
fn what_is_not_there_is_not_talked_of() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = stage(size);
        for keys in ["1", "r", "esc enter", "esc l"] {
            let text = stage.press(keys).answer().text();
            for words in ["has everything", "looked up", "Nothing to write", "owner in Sales"] {
                assert!(!text.contains(words), "{keys}: {text}");
            }
        }
        for keys in ["esc 2", "1", "4", "enter", "5", "6"] {
            let text = answer(stage.press(keys)).text();
            for words in ["Salesforce", "SF ", "failed", "opportunity", "CRM", "API calls"] {
                assert!(!text.contains(words), "{keys}, {words}: {text}");
            }
        }
        let text = stage.press("3").text();
        assert!(text.contains("To connect an org see docs/salesforce.md."), "{text}");
        assert_eq!(text.matches("Salesforce").count(), 1, "{text}");
    }
    insta::assert_snapshot!("without_org_200x60", stage((200, 60)).text());
}

/// Like the voice agent where it can't ring: no question that could only be refused.
#[test]
fn an_opportunity_is_refused_before_any_question() {
    for key in ["o", "O"] {
        let mut stage = stage((80, 24));
        let text = stage.press(key).text();
        assert!(stage.state.dialog.is_none() && stage.asked().is_empty(), "{text}");
        let why = "this hub writes to no Salesforce org (3 says how to connect one)";
        assert!(text.contains(why), "{text}");
    }
    let help = stage((80, 24)).press("?").text();
    assert!(help.contains("o O        needs a Salesforce org"), "{help}");
    assert!(!help.contains("hold all writes"), "{help}");
    let help = Stage::live(80, 24).press("?").text();
    assert!(help.contains("Opportunity; convert a Lead") && help.contains("hold all writes"));
}

#[test]
fn what_is_under_way_is_seen_although_there_is_no_column_for_it() {
    let mut stage = stage((80, 24));
    let row = stage.press("a").text();
    assert!(row.lines().any(|line| line.starts_with("▌5 ▇▇▇»talking")), "{row}");
}
