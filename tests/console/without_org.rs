//! A hub that writes to no Salesforce: nothing on the screen talks of it as if it did.

use callboard::wire::{CallDetail, CallSummary, Destination, FromHub, Status, Sync};

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
        let text = stage.press("esc 4").answer().text();
        assert!(text.contains("Salesforce API  no org is connected"), "{text}");
    }
    insta::assert_snapshot!("without_org_200x60", stage((200, 60)).text());
}
