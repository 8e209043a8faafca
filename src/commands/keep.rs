//! `callboard backup`, `callboard restore`, `callboard check`.

use std::{path::PathBuf, process::ExitCode};

use super::{runtime, say};
use crate::{
    cli::{BackupArgs, CheckArgs, RestoreArgs},
    config::Config,
    store::{self, Checked, Journal},
};

/// Copies the journal.
///
/// # Errors
/// When there is none, it is in PostgreSQL, or the copy can't be made.
pub fn backup(config: Config, args: &BackupArgs) -> anyhow::Result<ExitCode> {
    let folder = folder(config, args.data_dir.clone(), "pg_dump")?;
    let checked = runtime()?.block_on(store::backup(&folder, &args.file))?;
    say(&format!("{} holds {}. It was looked over.", args.file.display(), holds(&checked)))?;
    Ok(ExitCode::SUCCESS)
}

/// Puts a copy back.
///
/// # Errors
/// When a hub has the journal, there is one already, or the copy is not sound.
pub fn restore(config: Config, args: &RestoreArgs) -> anyhow::Result<ExitCode> {
    let folder = folder(config, args.data_dir.clone(), "pg_restore")?;
    let (checked, aside) = runtime()?.block_on(async {
        let restored = store::restore(&args.file, &folder, args.replace).await?;
        // An older copy is brought up to date here rather than at the next start.
        Journal::open(&folder).await?.close().await;
        anyhow::Ok(restored)
    })?;
    say(&format!("The journal in {} holds {}.", folder.display(), holds(&checked)))?;
    if let Some(aside) = aside {
        say(&format!("The one that was there is {}.", aside.display()))?;
    }
    say(
        "What happened after the copy was made is not in it: start the hub, then run callboard verify.",
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Looks a journal over.
///
/// # Errors
/// When there is none or it can't be read.
pub fn check(config: Config, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let file = match &args.file {
        Some(file) => file.clone(),
        None => {
            folder(config, args.data_dir.clone(), "PostgreSQL's own pg_amcheck")?.join(store::FILE)
        }
    };
    let checked = runtime()?.block_on(store::check(&file))?;
    if args.json {
        say(&serde_json::to_string(&checked)?)?;
    } else {
        for fault in &checked.faults {
            say(&format!("{}\n  {}", fault.what, fault.fix))?;
        }
        if checked.faults.is_empty() {
            say(&format!("{} is sound: {}.", file.display(), holds(&checked)))?;
        }
    }
    Ok(ExitCode::from(u8::from(!checked.faults.is_empty())))
}

fn holds(checked: &Checked) -> String {
    let Checked { calls, events, writes, .. } = checked;
    format!("{calls} calls, {events} events, {writes} writes")
}

/// The folder of the journal; a journal in PostgreSQL has tools of its own.
fn folder(mut config: Config, given: Option<PathBuf>, instead: &str) -> anyhow::Result<PathBuf> {
    anyhow::ensure!(
        given.is_some() || config.hub.store.is_none(),
        "the journal is in PostgreSQL (hub.store); use {instead}, or say --data-dir for one in a file"
    );
    config.hub.data_dir = given.or(config.hub.data_dir);
    Ok(config.data_dir()?)
}
