//! How a tool of the command line talks to a running hub: found as the console finds it.

use std::time::Duration;

use anyhow::Context;
use secrecy::SecretString;

use super::hub;
use crate::{
    cli::AtHub,
    client::{Address, Client},
    config::Config,
    secret::SecretRef,
};

/// How long one answer may take: a script has more patience than somebody at a screen.
const PATIENCE: Duration = Duration::from_secs(30);

/// The hub that is meant, with whose token: flags before the environment before the config; on
/// this machine the local hub's own.
///
/// # Errors
/// When the address is none or there is no token to go by.
pub fn connect(config: &Config, at: &AtHub) -> anyhow::Result<Client> {
    let (address, token) = find(config, at)?;
    Ok(Client::new(address, token, PATIENCE)?)
}

/// Where the hub is and the token for it.
///
/// # Errors
/// As [`connect`].
pub fn find(config: &Config, at: &AtHub) -> anyhow::Result<(Address, SecretString)> {
    let address = Address::parse(&at.hub.clone().unwrap_or_else(|| config.hub_address()))?;
    let named = match (&at.token_file, &config.console.token) {
        (Some(path), _) => Some(SecretRef::File(path.clone())),
        (None, _) if std::env::var_os("CALLBOARD_TOKEN").is_some() => {
            Some(SecretRef::Env("CALLBOARD_TOKEN".to_owned()))
        }
        (None, configured) => configured.clone(),
    };
    if let Some(named) = named {
        let token = named.resolve().context("an operator's token is needed")?;
        return Ok((address, token));
    }
    // The key to this machine's hub is for this machine's hub.
    anyhow::ensure!(
        address.is_local(),
        "an operator's token for {} is needed: say --token-file FILE, set CALLBOARD_TOKEN, or put \
         console.token in the config",
        address.shown()
    );
    let token = hub::made_token(&config.data_dir()?).with_context(|| {
        format!(
            "there is no hub of yours on this machine yet ({}); start one with callboard hub, or try callboard demo",
            address.shown()
        )
    })?;
    Ok((address, token))
}
