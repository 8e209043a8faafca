//! `/readyz`, which anybody may ask.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use reqwest::StatusCode;
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn however_many_ask_whether_it_is_ready_the_disk_is_tried_about_once_a_second() {
    let stage = Stage::set().await;
    let url = format!("sqlite://{}", stage.folder.path().join("callboard.db").display());
    let mut journal = SqliteConnection::connect(&url).await.unwrap();
    let began = std::time::Instant::now();
    let mut tried = BTreeSet::new();
    for _ in 0..20 {
        let ask = async || {
            stage.http.get(format!("{}/readyz", stage.url())).send().await.unwrap().status()
        };
        let answers = join_all((0..10).map(|_| ask())).await;
        assert!(answers.iter().all(|answer| *answer == StatusCode::OK), "{answers:?}");
        let probe = sqlx::query("SELECT value FROM kept WHERE name = 'probe'");
        let row = probe.fetch_one(&mut journal).await.unwrap();
        tried.insert(row.get::<String, _>(0));
    }
    let most = began.elapsed().as_secs() + 2;
    assert!((tried.len() as u64) <= most, "{} tries in {most} s", tried.len());
}
