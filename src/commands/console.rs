//! `callboard` and `callboard console`: the board of a hub in this terminal.

use std::process::ExitCode;

use super::{client, runtime, say};
use crate::{
    cli::{ConsoleArgs, ScreenArgs},
    config::{self, Config},
    console::{
        self,
        keys::Keymap,
        theme::{Ability, Themes},
    },
};

/// Runs until the operator leaves.
///
/// # Errors
/// When there is no token to go by, or no terminal.
pub fn run(config: &Config, args: ConsoleArgs) -> anyhow::Result<ExitCode> {
    let (address, token) = client::find(config, &args.at)?;
    let mut options = console::Options::new(address.shown(), token);
    dress(&mut options, config, args.screen);
    options.read_only = args.read_only || args.wall;
    options.wall = args.wall;
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
    options.no_motion = screen.no_motion;
    options.keys.clone_from(&config.console.keys);
    options.views.clone_from(&config.console.views);
    options.alerts.clone_from(&config.console.alerts);
    options.hyperlinks = config.console.hyperlinks;
    options.columns.clone_from(&config.console.columns);
    options.mouse = config.console.mouse;
    if let Ok(places) = config::places() {
        options.themes_folder = Some(themes_folder(&places));
        options.views_file = Some(places.data_dir().join("views.toml"));
        let state = places.state_dir().unwrap_or_else(|| places.data_local_dir());
        options.tips_file = Some(state.join("hints.toml"));
    }
    if let Some(theme) = screen.theme.or_else(|| config.console.theme.clone()) {
        options.theme = theme;
    }
}

/// Prints the keys that hold here: the table with the config's own put over it, on one page or with
/// the names for the config.
///
/// # Errors
/// When the config's keys contradict each other.
pub fn keys(config: &Config, markdown: bool) -> anyhow::Result<ExitCode> {
    let keymap = Keymap::new(&config.console.keys)?;
    let text = if markdown { console::keys::sheet(&keymap) } else { console::keys::page(&keymap) };
    say(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// Where an operator's own themes are.
fn themes_folder(places: &directories::ProjectDirs) -> std::path::PathBuf {
    places.config_dir().join("themes")
}

/// Prints the themes.
///
/// # Errors
/// When standard output can't be written.
pub fn themes() -> anyhow::Result<ExitCode> {
    let folder = config::places().ok().map(|places| themes_folder(&places));
    let themes = Themes::new(Ability::True, folder);
    for name in themes.names() {
        let about = themes.get(&name).map_or_else(|error| error.to_string(), |theme| theme.about);
        say(&format!("{name:<14} {about}"))?;
    }
    Ok(ExitCode::SUCCESS)
}
