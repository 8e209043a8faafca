//! `callboard migrate-store`: from the journal in the data folder to the configured database.

use std::{io::IsTerminal, process::ExitCode};

use anyhow::Context;

use super::{runtime, say};
use crate::{
    cli::MigrateStoreArgs,
    config::Config,
    store::{Journal, Progress, transfer},
};

/// Copies, compares, and says what is to be done next.
///
/// # Errors
/// When the hub still runs, the database is not empty, or what arrived differs.
pub fn run(mut config: Config, args: &MigrateStoreArgs) -> anyhow::Result<ExitCode> {
    super::log_to_stderr();
    config.hub.data_dir = args.data_dir.clone().or(config.hub.data_dir);
    let store = config.hub.store.as_ref().context(
        "there is nothing to migrate to; say hub.store = \"postgres://…\" in the config",
    )?;
    let (folder, address) = (config.data_dir()?, store.address()?);
    anyhow::ensure!(
        folder.join("callboard.db").exists(),
        "there is no journal in {}; say where it is with --data-dir",
        folder.display()
    );
    runtime()?.block_on(async {
        let from = Journal::open(&folder).await?;
        let to = Journal::connect_to_fill(&address).await?;
        let moved = transfer(&from, &to, &mut tell()).await?;
        to.close().await;
        from.close().await;
        for (table, rows) in &moved {
            say(&format!("{table:<12} {rows:>10}"))?;
        }
        say(&format!(
            "Everything is in {address} and was compared, call by call. Start the hub; the old \
             journal in {} was not changed and is not used any more.",
            folder.display()
        ))?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Shows how far it is: over and over in one line of a terminal, elsewhere a line per tenth.
fn tell() -> impl FnMut(Progress) {
    use std::io::Write;
    let terminal = std::io::stderr().is_terminal();
    let mut shown = (String::new(), 0);
    move |Progress { what, done, total }| {
        let tenth = done * 10 / total.max(1);
        if !terminal && shown == (what.clone(), tenth) {
            return;
        }
        let end = if terminal && done < total { '\r' } else { '\n' };
        // Whoever does not look misses nothing.
        let _ = write!(std::io::stderr(), "{what}: {done} of {total}   {end}");
        shown = (what, tenth);
    }
}
