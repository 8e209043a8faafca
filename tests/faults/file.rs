//! The journal's file: damaged, deleted, or not to be written.

use std::{
    fs,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::Path,
    process::Command,
};

use reqwest::StatusCode;

use crate::support::{process::program, stage::Stage, until, vapi};

const START: i64 = 1_776_178_800;

/// Starts the program's hub on this folder, which must not come up; what it says.
fn refusal(data_dir: &Path, user: Option<u32>) -> String {
    let config = data_dir.with_extension("toml");
    fs::write(&config, "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n").unwrap();
    let mut hub = Command::new(program());
    hub.arg("--config").arg(config).args(["hub", "--listen", "127.0.0.1:0", "--data-dir"]);
    hub.arg(data_dir).env("HOOK", "secret").env("CALLBOARD_LOG", "off");
    if let Some(user) = user {
        hub.uid(user);
    }
    let output = hub.output().unwrap();
    assert!(!output.status.success());
    String::from_utf8(output.stderr).unwrap()
}

/// A journal with a call in it, closed in good order.
async fn journal() -> Stage {
    let mut stage = Stage::set().await;
    for line in 0..200 {
        let text = format!("my basement is flooding, line {line}, {}", "water ".repeat(100));
        stage.tell([vapi::said("c", "user", &text, START + line)]).await;
    }
    stage.stop_hub().await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_is_refused_with_a_sentence_and_left_alone() {
    let stage = journal().await;
    let path = stage.folder.path().join("callboard.db");
    let whole = fs::read(&path).unwrap();
    // Its head, and everything behind its first page.
    for spoilt in [0..100, 4096..whole.len()] {
        let mut damaged = whole.clone();
        damaged[spoilt].iter_mut().for_each(|byte| *byte ^= 0x5a);
        fs::write(&path, &damaged).unwrap();
        let said = refusal(stage.folder.path(), None);
        assert!(said.contains("is damaged") && said.contains("callboard check"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(fs::read(&path).unwrap() == damaged, "nothing was changed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_can_not_be_written_is_refused_with_a_sentence() {
    let stage = journal().await;
    let folder = stage.folder.path();
    fs::write(folder.join("operator.token"), "a token made before").unwrap();
    // Root may write everywhere, so the hub is somebody else then.
    let root = fs::metadata(folder).unwrap().uid() == 0;
    let user = root.then_some(65_534);
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        chown(&entry, user, user).unwrap();
        fs::set_permissions(&entry, fs::Permissions::from_mode(0o400)).unwrap();
    }
    chown(folder, user, user).unwrap();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o500)).unwrap();
    let said = refusal(folder, user);
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(said.contains(folder.to_str().unwrap()), "{said}");
    assert!(said.contains("Permission denied"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_deleted_under_the_hub_takes_nothing_more() {
    let mut stage = Stage::set().await;
    stage.tell([vapi::said("c", "user", "my basement is flooding", START)]).await;
    // An answer is good for a second.
    let ready = async |stage: &Stage, status: StatusCode| {
        let url = format!("{}/readyz", stage.url());
        until("/readyz knows", async || {
            let answer = stage.http.get(&url).send().await.unwrap();
            (answer.status() == status).then_some(())
        })
        .await;
    };
    ready(&stage, StatusCode::OK).await;
    for name in ["callboard.db", "callboard.db-wal"] {
        let (path, away) = (stage.folder.path().join(name), stage.folder.path().join("away"));
        fs::rename(&path, &away).unwrap();
        // (What was refused may be found again when the file is: that harms nobody.)
        let lost = vapi::said("c", "user", &format!("lost with {name}"), START + 1);
        assert_eq!(stage.post(&lost).await, StatusCode::SERVICE_UNAVAILABLE, "{name}");
        ready(&stage, StatusCode::SERVICE_UNAVAILABLE).await;
        fs::rename(&away, &path).unwrap();
        ready(&stage, StatusCode::OK).await;
    }
    stage.tell([vapi::said("c", "user", "a pipe burst", START + 2)]).await;
    stage.stop_hub().await;
    stage.start_hub().await;
    let lines = stage.call("c").await.lines;
    assert!(lines.iter().any(|line| line.text.as_str() == "a pipe burst"));
}
