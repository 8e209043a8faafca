//! Holding what goes to Salesforce: who did it stands in the log, or it was not done.

use callboard::wire::Destination;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{ConnectOptions, sqlite::SqliteConnectOptions};

use crate::support::stage::{ADA, Stage};

async fn order(stage: &Stage, order: Value) -> (StatusCode, Value) {
    stage.act(ADA, "/v1/destination", order).await
}

async fn log(stage: &Stage) -> Vec<String> {
    let log = stage.http.get(format!("{}/v1/log", stage.url())).bearer_auth(ADA);
    let log: Value = log.send().await.unwrap().json().await.unwrap();
    let words = log["entries"].as_array().unwrap().iter();
    words.map(|it| it["action"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_held_of_which_the_log_does_not_say_who_did_it() {
    let stage = Stage::set().await;
    let path = stage.folder.path().join("callboard.db");
    let mut journal = SqliteConnectOptions::new().filename(path).connect().await.unwrap();
    let refuse = "CREATE TRIGGER refuse BEFORE INSERT ON log BEGIN SELECT RAISE(ABORT, 'no'); END";
    sqlx::query(refuse).execute(&mut journal).await.unwrap();
    let (status, _) = order(&stage, json!({"do": "pause"})).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stage.status().await.salesforce, Destination::Open);
    sqlx::query("DROP TRIGGER refuse").execute(&mut journal).await.unwrap();
    assert_eq!(order(&stage, json!({"do": "pause"})).await.0, StatusCode::OK);
    assert_eq!(log(&stage).await, ["destination.pause"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_comes_again_does_not_undo_what_was_ordered_since() {
    let mut stage = Stage::set().await;
    let pause = || json!({"do": "pause", "id": "ada-1"});
    order(&stage, pause()).await;
    assert_eq!(stage.status().await.salesforce, Destination::Paused);
    order(&stage, json!({"do": "resume", "id": "ada-2"})).await;
    // The answer was lost on its way, so it is asked again, perhaps after a restart.
    stage.stop_hub().await;
    stage.start_hub().await;
    let (status, told) = order(&stage, pause()).await;
    assert_eq!((status, &told["salesforce"]["state"]), (StatusCode::OK, &json!("open")), "{told}");
    assert_eq!(stage.status().await.salesforce, Destination::Open);
    assert_eq!(log(&stage).await, ["destination.resume", "destination.pause"]);
    order(&stage, json!({"do": "pause"})).await;
    assert_eq!(stage.status().await.salesforce, Destination::Paused, "without an id it is new");
    for id in ["".to_owned(), "x".repeat(65), "a b".to_owned()] {
        let (status, told) = order(&stage, json!({"do": "resume", "id": id})).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{told}");
    }
}
