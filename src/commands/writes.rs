//! `callboard writes`: what goes to Salesforce, what failed and why.

use std::process::ExitCode;

use super::{client, runtime, say};
use crate::{
    cli::{WritesCommand, WritesList},
    config::Config,
    wire::WriteSummary,
};

/// Does what was asked for.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn run(config: &Config, command: WritesCommand) -> anyhow::Result<ExitCode> {
    match command {
        WritesCommand::List(args) => list(config, &args),
    }
}

fn list(config: &Config, args: &WritesList) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let writes: Vec<WriteSummary> = runtime()?.block_on(client.get(&["v1", "writes"], &[]))?;
    for write in &writes {
        if args.json {
            say(&serde_json::to_string(write)?)?;
        } else {
            let state = write.state.name();
            say(&format!("{}  {state:<10}  {}  {}", write.id, write.title, write.call))?;
        }
    }
    if writes.is_empty() && !args.json {
        say("no writes on the board")?;
    }
    Ok(ExitCode::SUCCESS)
}
