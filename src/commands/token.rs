//! `callboard token` and `callboard log`: who may do what, and who did.

use std::process::ExitCode;

use anyhow::Context;
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{client, moment, runtime, say};
use crate::{
    cli::{AdminList, LogArgs, TokenAdd, TokenCommand, TokenRevoke},
    config::Config,
    hub,
    wire::{LogPage, NewToken, TokenSummary},
};

/// Entries that are asked for at once.
const PAGE: usize = 500;

/// Does what was asked for.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn run(config: &Config, command: TokenCommand) -> anyhow::Result<ExitCode> {
    match command {
        TokenCommand::Add(args) => add(config, &args),
        TokenCommand::List(args) => list(config, &args),
        TokenCommand::Revoke(args) => revoke(config, &args),
    }
}

fn add(config: &Config, args: &TokenAdd) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let expires_at = args.expires.as_ref().map(|until| until.instant(&Zoned::now()));
    let expires_at = expires_at.transpose().context("--expires is too far away")?;
    let token = hub::new_token()?;
    let new = NewToken {
        name: args.name.as_str().into(),
        role: args.role,
        sha256: hex::encode(Sha256::digest(&token)),
        expires_at,
    };
    let path = ["v1", "admin", "tokens"];
    let _made: TokenSummary = runtime()?.block_on(client.post(&path, &new))?;
    say(&token)?;
    Ok(ExitCode::SUCCESS)
}

fn list(config: &Config, args: &AdminList) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let path = ["v1", "admin", "tokens"];
    let zone = config.zone()?;
    let tokens: Vec<TokenSummary> = runtime()?.block_on(client.get(&path, &[]))?;
    for token in &tokens {
        if args.json {
            say_json(token)?;
            continue;
        }
        let moment = |at| moment(at, &zone);
        let state = match (token.revoked_at, token.expires_at) {
            (Some(at), _) => format!("revoked {}", moment(at)),
            (None, Some(at)) if at <= Timestamp::now() => format!("expired {}", moment(at)),
            (None, Some(at)) => format!("until {}", moment(at)),
            (None, None) => "good".to_owned(),
        };
        let (name, role, by) = (&token.name, token.role.name(), &token.created_by);
        let made = moment(token.created_at);
        say(&format!("{name:<20}  {role:<10}  {state}  (made by {by}, {made})"))?;
    }
    if tokens.is_empty() && !args.json {
        say("no tokens were made; callboard token add NAME --role ROLE makes one")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn revoke(config: &Config, args: &TokenRevoke) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let path = ["v1", "admin", "tokens", &args.name, "revoke"];
    let gone: TokenSummary = runtime()?.block_on(client.post(&path, &()))?;
    say(&format!("the token of {} is good for nothing any more", gone.name))?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the log, the newest last.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn log(config: &Config, args: &LogArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let runtime = runtime()?;
    let zone = config.zone()?;
    let mut entries = Vec::new();
    let mut before: Option<u64> = None;
    while entries.len() < args.most {
        let limit = (args.most - entries.len()).min(PAGE).to_string();
        let from = before.map(|seq| seq.to_string());
        let mut query = vec![("limit", limit.as_str())];
        query.extend(from.as_deref().map(|from| ("before", from)));
        query.extend(args.call.as_deref().map(|call| ("call", call)));
        let page: LogPage = runtime.block_on(client.get(&["v1", "log"], &query))?;
        entries.extend(page.entries);
        before = page.before;
        if before.is_none() {
            break;
        }
    }
    for entry in entries.iter().rev() {
        if args.json {
            say_json(entry)?;
        } else {
            let call = entry.call.as_ref().map(|call| format!("  {call}")).unwrap_or_default();
            let at = moment(entry.at, &zone);
            say(&format!("{at}  {}  {}{call}", entry.operator, entry.what))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string(value)?)
}
