//! `callboard config`: show it, say where it is, write a first one.

use std::{path::Path, process::ExitCode};

use super::say;
use crate::{
    cli::{ConfigAction, ConfigArgs},
    config::{self, Config},
};

/// Does what was asked for.
///
/// # Errors
/// When the config can't be read or written.
pub fn run(path: Option<&Path>, args: &ConfigArgs) -> anyhow::Result<ExitCode> {
    match args.action {
        None | Some(ConfigAction::Show) => {
            let config = Config::load(path)?;
            say(config.show().trim_end())?;
            config.check()?;
        }
        Some(ConfigAction::Path) => {
            let path = path.map_or_else(config::default_path, |path| Ok(path.to_owned()))?;
            say(&path.display().to_string())?;
        }
        Some(ConfigAction::Init) => {
            let path = config::init(path)?;
            say(&format!("wrote {}; open it, it explains itself", path.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
