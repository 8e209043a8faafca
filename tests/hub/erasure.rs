//! One caller is erased everywhere; what was kept long enough goes by itself.

use std::time::Duration;

use callboard::{plan::Destination, wire::Forgotten};
use jiff::SignedDuration;
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{
    stage::{ADA, ANN, Stage},
    until, vapi,
};

const START: i64 = 1_776_178_800;
const THEIRS: &str = "+14155550134";
const OTHER: &str = "+14155550177";
const WORDS: &str = "My basement is flooding, this is Wilhelmina Quackenbush";

/// A call that is over.
async fn over(stage: &Stage, id: &str, number: &str, words: &str) {
    let mut messages = [
        vapi::status(id, "in-progress", START),
        vapi::said(id, "user", words, START + 3),
        vapi::status(id, "ended", START + 9),
    ];
    for message in &mut messages {
        message["message"]["call"]["customer"]["number"] = json!(number);
    }
    stage.tell(messages).await;
}

async fn forget(stage: &Stage, token: &str, really: bool) -> (StatusCode, Forgotten) {
    let order = json!({"number": "(415) 555-0134", "really": really});
    let (status, told) = stage.act(token, "/v1/admin/forget", order).await;
    (status, serde_json::from_value(told).unwrap_or_default())
}

/// Everything the journal's files hold.
fn bytes(stage: &Stage) -> Vec<u8> {
    let files = std::fs::read_dir(stage.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let journal = files.filter(|path| path.to_string_lossy().contains("callboard.db"));
    journal.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

fn holds(haystack: &[u8], needle: &str) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_is_erased_from_board_and_journal_and_no_byte_is_left() {
    let mut stage = Stage::set().await;
    over(&stage, "f1", THEIRS, WORDS).await;
    stage.lead_with("f1", |_| true).await;
    over(&stage, "f2", THEIRS, "It is me again, about the basement").await;
    over(&stage, "f3", OTHER, "The furnace died, no heat at all, call me").await;
    stage.settled().await;
    assert!(holds(&bytes(&stage), "Quackenbush") && holds(&bytes(&stage), THEIRS));

    assert_eq!(forget(&stage, ANN, true).await.0, StatusCode::FORBIDDEN);
    let (status, told) = forget(&stage, ADA, false).await;
    assert_eq!((status, told.calls.len(), told.erased), (StatusCode::OK, 2, false));
    assert_eq!(stage.calls().await.len(), 3);

    let (status, told) = forget(&stage, ADA, true).await;
    assert_eq!(status, StatusCode::OK);
    assert!(told.erased && told.scrubbed && told.rows_left == Some(0), "{told:?}");
    assert!(told.salesforce.iter().any(|record| record.starts_with("Lead 00Q")), "{told:?}");
    let left: Vec<String> = stage.calls().await.iter().map(|row| row.id.to_string()).collect();
    assert_eq!(left, ["vapi:f3"]);
    let all = bytes(&stage);
    assert!(!holds(&all, "Quackenbush") && !holds(&all, THEIRS) && holds(&all, OTHER));

    // The figures still count three calls, and the log says who did it, but not to whom.
    stage.stop_hub().await;
    stage.start_hub().await;
    let records: serde_json::Value = {
        let url =
            format!("{}/v1/records?from=2026-01-01T00:00:00Z&to=2027-01-01T00:00:00Z", stage.url());
        stage.http.get(url).bearer_auth(ANN).send().await.unwrap().json().await.unwrap()
    };
    assert_eq!(records["records"].as_array().unwrap().len(), 3, "{records}");
    let log = stage.http.get(format!("{}/v1/log", stage.url())).bearer_auth(ADA);
    let log = log.send().await.unwrap().text().await.unwrap();
    assert!(
        log.contains("erased 2 calls") && log.contains("Ada") && !log.contains("0134"),
        "{log}"
    );
}

/// What a form was sent for a caller is remembered for its duplicate window by a digest of who it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_was_sent_for_them_does_not_know_them_again() {
    let mut stage = Stage::set().await;
    stage.plan.destinations = vec![Destination {
        name: "forms".to_owned(),
        sources: vec!["vapi".to_owned()],
        url: format!("{}/servlet/servlet.WebToLead?encoding=UTF-8", stage.org.base_url),
        duplicate_minutes: 600,
        ..Destination::default()
    }];
    stage.stop_hub().await;
    stage.start_hub().await;
    let digest =
        |number: &str| Sha256::digest(number)[..12].iter().map(|it| format!("{it:02x}")).collect();
    let (theirs, others): (String, String) = (digest(THEIRS), digest(OTHER));
    over(&stage, "f1", THEIRS, "My basement is flooding").await;
    over(&stage, "f2", OTHER, "The furnace died, no heat at all").await;
    stage.settled().await;
    let all = bytes(&stage);
    assert!(holds(&all, &theirs) && holds(&all, &others));
    let (_, told) = forget(&stage, ADA, true).await;
    assert!(told.erased && told.rows_left == Some(0), "{told:?}");
    let all = bytes(&stage);
    assert!(!holds(&all, &theirs) && holds(&all, &others));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_on_the_line_is_erased() {
    let stage = Stage::set().await;
    let mut message = vapi::status("f1", "in-progress", START);
    message["message"]["call"]["customer"]["number"] = json!(THEIRS);
    stage.tell([message]).await;
    assert_eq!(forget(&stage, ADA, true).await.0, StatusCode::CONFLICT);
    assert_eq!(stage.calls().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_long_enough_is_erased() {
    let mut stage = Stage::set_as(|options| options.retain = Some(SignedDuration::ZERO)).await;
    over(&stage, "r1", THEIRS, WORDS).await;
    stage.settled().await;
    // On the board it is not old, however short calls are kept.
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert_eq!(stage.calls().await.len(), 1);
    stage.receipt(ANN, "r1", json!({"do": "wrap_up"})).await;
    stage.stop_hub().await;
    // Off the board, as it is two hours later.
    let file = stage.folder.path().join("callboard.db");
    {
        use sqlx::Connection;
        let url = format!("sqlite://{}", file.display());
        let mut journal = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let later = "UPDATE calls SET on_board = 0, heard_at = heard_at - 7200000000;
            UPDATE events SET sent_at = sent_at - 7200000000,
                received_at = received_at - 7200000000";
        sqlx::raw_sql(later).execute(&mut journal).await.unwrap();
        journal.close().await.unwrap();
    }
    stage.start_hub().await;
    until("no byte is left", async || (!holds(&bytes(&stage), THEIRS)).then_some(())).await;
    let found = stage.http.get(format!("{}/v1/calls/vapi:r1", stage.url())).bearer_auth(ANN);
    assert_eq!(found.send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
