//! `callboard do-not-call`: numbers that nobody rings.

use std::process::ExitCode;

use super::{client, moment, runtime, say};
use crate::{
    cli::{AdminList, NumberArgs, NumbersCommand},
    config::Config,
    wire::{NumberCommand, NumberOrder, Receipt, Suppression, new_action_id},
};

const PATH: [&str; 2] = ["v1", "do-not-call"];

/// Does what was asked for.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn run(config: &Config, command: NumbersCommand) -> anyhow::Result<ExitCode> {
    match command {
        NumbersCommand::List(args) => list(config, &args),
        NumbersCommand::Add(args) => change(config, &args, NumberOrder::Add),
        NumbersCommand::Remove(args) => change(config, &args, NumberOrder::Remove),
    }
}

fn list(config: &Config, args: &AdminList) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let zone = config.zone()?;
    let numbers: Vec<Suppression> = runtime()?.block_on(client.get(&PATH, &[]))?;
    for said in &numbers {
        if args.json {
            say(&serde_json::to_string(said)?)?;
            continue;
        }
        let call = said.call.as_ref().map(|call| format!("  in {call}")).unwrap_or_default();
        say(&format!("{:<16}  {}  {}{call}", said.number, moment(said.at, &zone), said.who()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn change(config: &Config, args: &NumberArgs, order: NumberOrder) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let number = args.number.as_str().into();
    let command = NumberCommand { id: new_action_id(), number, order };
    let receipt: Receipt = runtime()?.block_on(client.post(&PATH, &command))?;
    say(receipt.message.as_str())?;
    Ok(ExitCode::SUCCESS)
}
