//! One file per command of the command line: what `main` runs.

mod sandbox;
mod triage;

use std::process::ExitCode;

use crate::cli::{Cli, Command};

/// Runs what the command line asks for.
///
/// # Errors
/// What went wrong, as one sentence for a person, with its causes.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        None => anyhow::bail!("the console is not built yet"),
        Some(command) => dispatch(command),
    }
}

fn dispatch(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Sandbox(args) => sandbox::run(args),
        Command::Triage(args) => triage::run(&args),
    }
}
