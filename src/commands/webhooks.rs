//! What `callboard doctor` says of sources: which can take webhooks, and at which address.

use crate::{
    config::Config,
    delivery::Finding,
    intake::{Settings, Sources},
};

/// One finding for each source that is sound. What is wrong with the others is among the config's
/// problems.
pub fn examine(config: &Config) -> Vec<Finding> {
    if config.sources.is_empty() {
        return vec![Finding::warning(
            "no call can come in: the config has no [sources.NAME]",
            "docs/sources.md has what to click and what to paste for each provider.",
        )];
    }
    let sources = config.sources.iter().filter(|(name, settings)| {
        let alone = [((*name).clone(), (*settings).clone())].into();
        Sources::build(&alone, &config.business.region).is_ok()
    });
    sources.map(|(name, settings)| sound(config, name, settings)).collect()
}

fn sound(config: &Config, name: &str, settings: &Settings) -> Finding {
    let mut sound = match settings.secrets.len() {
        1 => "its secret is there".to_owned(),
        several => format!("its {several} secrets are there"),
    };
    if settings.mapping.is_some() {
        sound.push_str(", its mapping is sound");
    }
    let base = settings.public_url.as_ref().or(config.hub.public_url.as_ref());
    let address = match base {
        Some(base) => format!("{}/hooks/{name}", base.trim_end_matches('/')),
        None => format!("https://YOUR-HOST/hooks/{name} (hub.public_url says which host)"),
    };
    Finding::fine(format!(
        "source {name} ({}): {sound}; its provider posts to {address}",
        settings.kind
    ))
}
