//! The main job as an operator does it: the real program in a real terminal, keys pressed, and a
//! look at what Salesforce then holds.

use std::fs;

use callboard::sandbox::org::Fault;
use serde_json::json;

use crate::support::{
    pty::Terminal,
    stage::{ANN, BOB, Stage},
    until, vapi,
};

/// 2026-04-14 15:00:00 UTC.
const START: i64 = 1_776_178_800;

/// A console of Ann's on this stage's hub.
fn console(stage: &Stage, columns: u16, rows: u16) -> Terminal {
    console_of(ANN, stage, columns, rows)
}

/// A console of whoever has this token.
fn console_of(token: &str, stage: &Stage, columns: u16, rows: u16) -> Terminal {
    let secret = token;
    let token = stage.folder.path().join(token);
    if !token.exists() {
        callboard::secret::write_private(&token, secret.as_bytes()).unwrap();
    }
    let token = token.to_str().unwrap();
    Terminal::start(&["console", "--hub", &stage.url(), "--token-file", token], columns, rows)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_rings_is_judged_reaches_salesforce_and_is_acted_on_by_keys() {
    let stage = Stage::set().await;
    let rule = json!({
        "kind": "validation_rule",
        "sobject": "Lead",
        "field": "Phone",
        "message": "Phone must be verified",
    });
    let fault = stage.org.set_fault(Fault::from_json(&rule).unwrap());
    let mut terminal = console(&stage, 120, 40);
    terminal.see("live");

    stage.tell([vapi::status("e2e", "ringing", START)]).await;
    terminal.see("ringing");
    stage.tell([vapi::status("e2e", "in-progress", START + 2)]).await;
    let line = "My basement is flooding! A pipe burst, we have about six thousand dollars.";
    stage.tell([vapi::said("e2e", "user", line, START + 5)]).await;
    terminal.see("talking");
    terminal.see("flooding");

    // Salesforce refuses the Lead; the board says so in its words, `t` tries again.
    terminal.see("1 write failed");
    assert!(stage.lead("e2e").is_none());
    terminal.press("3");
    terminal.see("Phone must be verified");
    assert!(stage.org.remove_fault(fault));
    terminal.press("t");
    let lead = stage.lead_with("e2e", |_| true).await;
    assert_eq!(lead["Rating"], "Hot");
    terminal.until("nothing is failed any more", |screen| !screen.contains("1 write failed"));

    // Two keys route it.
    terminal.press("1");
    terminal.press("r");
    terminal.see("Sam K.");
    terminal.press("y");
    let sam = &stage.plan.roster[0].owner_id;
    stage.lead_with("e2e", |lead| lead["OwnerId"] == **sam).await;

    // `o` shows what it will create, `y` creates it.
    terminal.pause();
    terminal.press("o");
    terminal.see("Create this Opportunity?");
    terminal.see("$6k");
    assert!(stage.org.records("Opportunity").iter().all(|it| it["Amount"] != 6_000.0));
    terminal.press("y");
    until("the Opportunity is in the org", async || {
        stage.org.records("Opportunity").into_iter().find(|it| it["Amount"] == 6_000.0)
    })
    .await;

    terminal.pause();
    terminal.press("q");
    assert!(terminal.ended().success());
    terminal.is_restored();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_goes_away_is_said_at_once_and_found_again() {
    let mut stage = Stage::set().await;
    stage.tell([vapi::status("stay", "in-progress", START)]).await;
    stage
        .tell([vapi::said("stay", "user", "there is a gas smell in the kitchen", START + 1)])
        .await;
    let mut terminal = console(&stage, 80, 24);
    terminal.see("gas smell");
    let address = stage.hub.as_ref().unwrap().address();
    stage.stop_hub().await;
    let screen = terminal.see("STALE");
    assert!(screen.contains("gas smell"), "the screen is kept:\n{screen}");
    stage.start_hub_at(address).await;
    terminal.until("the board is live again", |screen| !screen.contains("STALE"));
    stage.tell([vapi::said("stay", "user", "and my mother is dizzy", START + 9)]).await;
    terminal.see("dizzy");
    terminal.press("q");
    assert!(terminal.ended().success());
}

/// How often the log says that this was done to the call.
async fn times(stage: &Stage, action: &str) -> usize {
    let url = format!("{}/v1/log?call=vapi:race", stage.url());
    let log = stage.http.get(url).bearer_auth(ANN).send().await.unwrap();
    let log: serde_json::Value = log.json().await.unwrap();
    log["entries"].as_array().unwrap().iter().filter(|entry| entry["action"] == action).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_consoles_press_at_once_and_one_of_them_is_told_who_was_first() {
    let stage = Stage::set().await;
    stage.tell([vapi::status("race", "in-progress", START)]).await;
    let words = "My basement is flooding! Please call me back as soon as you can.";
    stage.tell([vapi::said("race", "user", words, START + 1)]).await;
    let mut consoles = [console_of(ANN, &stage, 120, 40), console_of(BOB, &stage, 120, 40)];
    consoles.iter().for_each(|console| drop(console.see("flooding")));
    // Whoever was second reads of the first, by name, in the words of the hub or of the board.
    for (keys, action) in [("m", "claim"), ("r", ""), ("y", "route"), ("c", "callback_done")] {
        consoles[0].pause();
        for console in &mut consoles {
            console.press(keys);
        }
        if action.is_empty() {
            consoles.iter().for_each(|console| drop(console.see("Sam K.")));
            continue;
        }
        let [ann, bob] = &consoles;
        let told = |console: &Terminal, who: &str| {
            let screen = console.screen();
            screen.contains(&format!("{who} has it"))
                || screen.contains(&format!("by {who}"))
                || screen.contains(&format!("{who} already"))
        };
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        while times(&stage, action).await == 0 || !told(ann, "Bob") && !told(bob, "Ann") {
            let screens = (ann.screen(), bob.screen());
            let waits = std::time::Instant::now() < deadline;
            assert!(waits, "{action}: nobody is told\n{}\n{}", screens.0, screens.1);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(times(&stage, action).await, 1, "{action}");
    }
    stage.lead_with("race", |lead| lead["OwnerId"] == *stage.plan.roster[0].owner_id).await;
    for console in &mut consoles {
        console.press("q");
        assert!(console.ended().success());
    }
}

#[test]
fn the_demo_shows_calls_within_seconds_and_leaves_the_terminal_as_it_was() {
    let temporary = std::env::temp_dir();
    let folders = || {
        let entries = fs::read_dir(&temporary).unwrap();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        names.filter(|name| name.starts_with("callboard-demo-")).collect::<Vec<_>>()
    };
    let mut terminal = Terminal::start(&["demo", "--speed", "2"], 80, 24);
    terminal.see("DEMO");
    terminal
        .until("calls are live", |screen| screen.contains("talking") || screen.contains("ringing"));
    let during = folders();
    terminal.press("?");
    terminal.see("leave; the hub");
    terminal.press("\x1b");
    terminal.until("the help is closed", |screen| !screen.contains("leave; the hub"));
    terminal.press("q");
    assert!(terminal.ended().success());
    let written = terminal.written();
    assert!(written.windows(8).any(|bytes| bytes == b"\x1b[?1049l"), "the screen is given back");
    let after = folders();
    assert!(during.iter().any(|name| !after.contains(name)), "its folder is gone");
}
