//! `callboard` and `callboard console`: the board of a hub in this terminal.

use std::process::ExitCode;

use anyhow::Context;
use secrecy::SecretString;

use super::{hub, runtime, say};
use crate::{
    cli::{ConsoleArgs, ScreenArgs},
    config::Config,
    console::{self, keys::Keymap},
    secret::SecretRef,
};

/// Runs until the operator leaves.
///
/// # Errors
/// When there is no token to go by, or no terminal.
pub fn run(config: &Config, args: ConsoleArgs) -> anyhow::Result<ExitCode> {
    let address = args.hub.clone().unwrap_or_else(|| config.console.hub.clone());
    let mut options = console::Options::new(address.clone(), token(config, &args, &address)?);
    dress(&mut options, config, args.screen);
    options.read_only = args.read_only;
    options.plain = args.plain;
    let runtime = runtime()?;
    let outcome = runtime.block_on(console::run(options));
    // A look-up of a name may still be under way; leaving doesn't wait for it.
    runtime.shutdown_background();
    outcome?;
    Ok(ExitCode::SUCCESS)
}

/// How the console is to look and which keys it has: flags before the file.
pub fn dress(options: &mut console::Options, config: &Config, screen: ScreenArgs) {
    options.ascii = screen.ascii;
    options.keys.clone_from(&config.console.keys);
    if let Some(theme) = screen.theme.or_else(|| config.console.theme.clone()) {
        options.theme = theme;
    }
}

/// Prints the keys that hold here: the table with the config's own put over it.
///
/// # Errors
/// When the config's keys contradict each other.
pub fn keys(config: &Config) -> anyhow::Result<ExitCode> {
    let keymap = Keymap::new(&config.console.keys)?;
    say(console::keys::sheet(&keymap).trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the themes.
///
/// # Errors
/// When standard output can't be written.
pub fn themes() -> anyhow::Result<ExitCode> {
    for (name, about) in console::theme::names() {
        say(&format!("{name:<14} {about}"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The flag before the environment before the file; on this machine the local hub's own.
fn token(config: &Config, args: &ConsoleArgs, address: &str) -> anyhow::Result<SecretString> {
    let named = match (&args.token_file, &config.console.token) {
        (Some(path), _) => Some(SecretRef::File(path.clone())),
        (None, _) if std::env::var_os("CALLBOARD_TOKEN").is_some() => {
            Some(SecretRef::Env("CALLBOARD_TOKEN".to_owned()))
        }
        (None, configured) => configured.clone(),
    };
    if let Some(named) = named {
        return named.resolve().context("the console needs an operator's token");
    }
    // The key to this machine's hub is for this machine's hub.
    anyhow::ensure!(
        console::Address::parse(address)?.is_local(),
        "the console needs an operator's token for {address}: say --token-file FILE, set \
         CALLBOARD_TOKEN, or put console.token in the config"
    );
    hub::local_token(&config.data_dir()?).with_context(|| {
        format!("there is no hub of yours on this machine yet ({address}); try: callboard demo")
    })
}
