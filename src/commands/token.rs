//! `callboard token`: who may do what.

use std::process::ExitCode;

use anyhow::Context;
use jiff::{Timestamp, Zoned};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{client, moment, runtime, say};
use crate::{
    cli::{AdminList, TokenAdd, TokenCommand, TokenRevoke},
    config::Config,
    hub,
    wire::{NewToken, TokenSummary},
};

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

fn say_json(value: &impl Serialize) -> anyhow::Result<()> {
    say(&serde_json::to_string(value)?)
}
