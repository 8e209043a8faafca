//! `callboard backup`, `restore` and `check`, with a journal that a hub works on.

use std::path::Path;

use serde_json::Value;
use sqlx::{Connection, SqliteConnection};

use super::{callboard, complaint, printed};
use crate::support::{stage::Stage, until, vapi};

const START: i64 = 1_776_178_800;

async fn tell(stage: &Stage, call: &str) {
    let said = vapi::said(call, "user", "My basement is flooding!", START + 3);
    stage.tell([vapi::status(call, "in-progress", START), said]).await;
    stage.lead_with(call, |_| true).await;
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

async fn run(file: &str, sql: &'static str) {
    let mut journal = SqliteConnection::connect(&format!("sqlite://{file}")).await.unwrap();
    sqlx::query(sql).execute(&mut journal).await.unwrap();
    journal.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_at_work_is_the_board_of_that_moment_again() {
    let mut stage = Stage::set().await;
    tell(&stage, "k1").await;
    stage.settled().await;
    let (data, elsewhere) = (path(stage.folder.path(), ""), tempfile::tempdir().unwrap());
    let copy = path(elsewhere.path(), "copy.db");
    let told = printed(&callboard(&["backup", &copy, "--data-dir", &data], &[]));
    assert!(told.contains("holds 1 calls"), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "mode {mode:o}");
    }
    let again = complaint(&callboard(&["backup", &copy, "--data-dir", &data], &[]));
    assert!(again.contains("is there already"), "{again}");
    let before = stage.calls().await;
    tell(&stage, "k2").await;
    stage.settled().await;

    let busy = callboard(&["restore", &copy, "--replace", "--data-dir", &data], &[]);
    assert!(complaint(&busy).contains("in use by another hub"), "{busy:?}");
    stage.stop_hub().await;
    let occupied = complaint(&callboard(&["restore", &copy, "--data-dir", &data], &[]));
    assert!(occupied.contains("--replace"), "{occupied}");
    let back = printed(&callboard(&["restore", &copy, "--replace", "--data-dir", &data], &[]));
    assert!(back.contains("callboard.db.replaced-"), "{back}");
    stage.start_hub().await;
    until("the board is what it was", async || (stage.calls().await == before).then_some(())).await;
    let kept = std::fs::read_dir(stage.folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let aside = kept.into_iter().find(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.contains("replaced") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    let sound = printed(&callboard(&["check", aside.unwrap().to_str().unwrap()], &[]));
    assert!(sound.contains("is sound: 2 calls"), "{sound}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_sound_is_named_and_not_put_back() {
    let stage = Stage::set().await;
    tell(&stage, "k1").await;
    let (data, elsewhere) = (path(stage.folder.path(), ""), tempfile::tempdir().unwrap());
    let at_work = callboard(&["check", "--data-dir", &data], &[]);
    assert!(printed(&at_work).contains("is sound: 1 calls"), "{at_work:?}");
    let make = |name: &str| {
        let copy = path(elsewhere.path(), name);
        printed(&callboard(&["backup", &copy, "--data-dir", &data], &[]));
        copy
    };
    let refused = |copy: &str, code: &str| {
        let checked = callboard(&["check", copy, "--json"], &[]);
        assert_eq!(checked.status.code(), Some(1), "{checked:?}");
        let told: Value = serde_json::from_slice(&checked.stdout).unwrap();
        let codes: Vec<&str> = told["faults"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|it| it["code"].as_str())
            .collect();
        assert!(codes.contains(&code), "{told}");
        let new = path(elsewhere.path(), code);
        let said = complaint(&callboard(&["restore", copy, "--data-dir", &new], &[]));
        assert!(said.contains("is not sound"), "{said}");
        assert!(!Path::new(&new).join("callboard.db").exists());
    };
    let orphans = make("orphans.db");
    run(&orphans, "DELETE FROM calls").await;
    refused(&orphans, "orphan_events");
    refused(&orphans, "orphan_writes");
    let empty = make("empty.db");
    run(&empty, "DELETE FROM events").await;
    refused(&empty, "calls_without_events");
    let attempts = make("attempts.db");
    run(
        &attempts,
        "INSERT INTO attempts (write_id, at, milliseconds, status) VALUES ('x', 1, 1, 1)",
    )
    .await;
    refused(&attempts, "orphan_attempts");
    let garbled = make("garbled.db");
    run(&garbled, "UPDATE events SET facts = '[{\"no\": 1}]'").await;
    refused(&garbled, "unreadable_events");
    run(&garbled, "UPDATE writes SET body = '{}'").await;
    refused(&garbled, "unreadable_writes");

    let damaged = make("damaged.db");
    let mut bytes = std::fs::read(&damaged).unwrap();
    let from = bytes.len() / 2;
    bytes[from..from + 8192].fill(0xa5);
    std::fs::write(&damaged, bytes).unwrap();
    refused(&damaged, "damaged");

    let other = path(elsewhere.path(), "other.db");
    std::fs::write(&other, "not a database, only words that somebody wrote").unwrap();
    let said = complaint(&callboard(&["restore", &other, "--data-dir", &data], &[]));
    assert!(said.contains("is no journal of Callboard"), "{said}");
    let none = complaint(&callboard(&["check", &path(elsewhere.path(), "none.db")], &[]));
    assert!(none.contains("there is no journal at"), "{none}");
    let newer = make("newer.db");
    run(
        &newer,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (999, 'of a later version', 1, x'00', 0)",
    )
    .await;
    let said = complaint(&callboard(&["check", &newer], &[]));
    assert!(said.contains("written by a newer Callboard"), "{said}");
}
