//! One file per command of the command line: what `main` runs.

mod ask;
mod client;
mod config;
mod console;
mod doctor;

mod demo;
mod export;
mod forget;
mod hub;
mod keep;
mod log;
mod login;
mod migrate_store;
mod notice;
mod numbers;
mod org;
mod package;
mod provision;
mod reach;
mod replay;
mod report;
mod roster;
mod sandbox;
mod source;
mod token;
mod triage;
mod verify;
mod webhooks;
mod writes;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use anyhow::Context;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use crate::{
    cli::{Cli, Command, SourceCommand},
    config::Config,
};

/// Runs what the command line asks for.
///
/// # Errors
/// What went wrong, as one sentence for a person, with its causes.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let path = cli.config.as_deref();
    match cli.command {
        None => console::run(&Config::load(path)?, cli.console),
        Some(Command::Console(args)) => console::run(&Config::load(path)?, args),
        Some(Command::Demo(args)) => demo::run(&args),
        Some(Command::Hub(args)) => hub::run(Config::load(path)?, args),
        Some(Command::Replay(args)) => replay::run(Config::load(path)?, &args),
        Some(Command::Source(SourceCommand::Test(args))) => {
            source::test(Config::load(path)?, &args)
        }
        Some(Command::Doctor(args)) => doctor::run(&Config::load(path)?, &args),
        Some(Command::Login(args)) => login::run(&Config::load(path)?, &args),
        Some(Command::Report(args)) => report::run(&Config::load(path)?, &args),
        Some(Command::Export(args)) => export::run(&Config::load(path)?, &args),
        Some(Command::Provision(args)) => provision::run(&Config::load(path)?, &args),
        Some(Command::Backup(args)) => keep::backup(Config::load(path)?, &args),
        Some(Command::Restore(args)) => keep::restore(Config::load(path)?, &args),
        Some(Command::Forget(args)) => forget::run(&Config::load(path)?, &args),
        Some(Command::Check(args)) => keep::check(Config::load(path)?, &args),
        Some(Command::Verify(args)) => verify::run(&Config::load(path)?, &args),
        Some(Command::DoNotCall(command)) => numbers::run(&Config::load(path)?, command),
        Some(Command::Notice(command)) => notice::run(&Config::load(path)?, command),
        Some(Command::Roster(args)) => roster::run(&Config::load(path)?, &args),
        Some(Command::Writes(command)) => writes::run(&Config::load(path)?, command),
        Some(Command::Token(command)) => token::run(&Config::load(path)?, command),
        Some(Command::Log(args)) => log::run(&Config::load(path)?, &args),
        Some(Command::MigrateStore(args)) => migrate_store::run(Config::load(path)?, &args),
        Some(Command::Sandbox(args)) => sandbox::run(args),
        Some(Command::Triage(args)) => triage::run(&args, path),
        Some(Command::Keys { markdown }) => console::keys(&Config::load(path)?, markdown),
        Some(Command::Themes) => console::themes(),
        Some(Command::Completions { shell }) => package::completions(shell),
        Some(Command::Manpages { folder }) => package::manpages(&folder),
        Some(Command::Config(args)) => config::run(path, &args),
    }
}

/// The runtime of commands that talk to the world.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the asynchronous runtime can't be started")
}

/// Logs to stderr; `CALLBOARD_LOG=debug` says more, and may repeat callers' words.
/// `CALLBOARD_LOG_FORMAT=json` writes an object a line.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("CALLBOARD_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let ansi = io::IsTerminal::is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    // A log that can't be written (on a full disk) is no reason to stop: complaining of it on stderr,
    // which is where it goes, would be a panic.
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .log_internal_errors(false);
    let json = std::env::var_os("CALLBOARD_LOG_FORMAT").is_some_and(|format| format == "json");
    // A second set-up (there is none) would keep the first.
    let _ = match json {
        true => log.json().try_init(),
        false => log.with_ansi(ansi).try_init(),
    };
}

/// Prints one line. A reader that has gone away is not an error of ours.
fn say(line: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{line}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("stdout can't be written"),
    }
}

/// Tells whoever looks, and not whoever reads the output. Nothing is lost where that can't be written.
fn remark(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Tells a script, in one line of JSON, that a server is ready and what it needs to know.
fn ready(facts: &Value) -> anyhow::Result<()> {
    say(&facts.to_string())?;
    io::stdout().flush().context("stdout can't be written")
}

/// Returns when the process is asked to end: Ctrl-C, TERM or HUP.
async fn until_stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut hup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        else {
            let _ = tokio::signal::ctrl_c().await;
            return;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
            _ = hup.recv() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

/// A moment as people read it: by the business's clock, with the name of its zone.
fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%F %H:%M:%S %Z").to_string()
}
