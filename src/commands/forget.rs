//! `callboard forget`: erases one caller, and proves it.

use std::process::ExitCode;

use super::{ask, client, runtime, say};
use crate::{
    cli::ForgetArgs,
    config::Config,
    wire::{Forget, Forgotten},
};

const PATH: [&str; 3] = ["v1", "admin", "forget"];

/// Tells what would be erased, asks, erases.
///
/// # Errors
/// When the hub can't be asked or refuses, or nobody can be asked.
pub fn run(config: &Config, args: &ForgetArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let ask_hub = |really| {
        let forget = Forget { number: args.number.as_str().into(), really };
        anyhow::Ok(runtime()?.block_on(client.post::<Forgotten>(&PATH, &forget))?)
    };
    let found = ask_hub(false)?;
    if args.dry_run || found.calls.is_empty() {
        return tell(&found, args.json);
    }
    let Forgotten { number, calls, events, .. } = &found;
    let question = format!("Erase {} calls of {number} ({events} events) for good?", calls.len());
    if !ask::confirm(&question, args.yes)? {
        return Ok(ExitCode::FAILURE);
    }
    tell(&ask_hub(true)?, args.json)
}

fn tell(told: &Forgotten, json: bool) -> anyhow::Result<ExitCode> {
    if json {
        say(&serde_json::to_string(told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let Forgotten { number, calls, events, writes, .. } = told;
    if calls.is_empty() {
        say(&format!("no call of {number} is in the journal"))?;
    } else {
        let done = if told.erased { "Erased" } else { "Would erase" };
        say(&format!(
            "{done} {} calls of {number}: {events} events, {writes} writes.",
            calls.len()
        ))?;
    }
    if let Some(left) = told.rows_left {
        say(&format!("{left} rows of the journal hold the number now."))?;
    }
    if told.erased && !told.scrubbed {
        say(
            "Traces may stay in the write-ahead log until its next checkpoint; run it again soon.",
        )?;
    }
    for record in &told.salesforce {
        say(&format!("Salesforce has it still: {record}. Delete it there."))?;
    }
    for call in &told.mentioned {
        say(&format!("The number stands in somebody else's call too: {call}. It is left."))?;
    }
    Ok(ExitCode::SUCCESS)
}
