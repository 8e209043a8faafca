//! What the config says about a source: a `[sources.NAME]` table.

use std::{collections::BTreeMap, fmt};

use jiff::SignedDuration;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::{AuthSettings, Mapping, duration};
use crate::secret::SecretRef;

/// One `[sources.NAME]` table. Only `kind` and `secrets` are needed; the rest has defaults that
/// fit the provider.
///
/// ```toml
/// [sources.vapi]
/// kind = "vapi"
/// secrets = ["env:VAPI_SECRET"]   # several while a secret is being rotated
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Which provider: `vapi`, `twilio`, `callrail`, `retell`, `generic`, or a preset.
    pub kind: String,
    /// Every secret that is valid now. One, or several during rotation.
    #[serde(default, deserialize_with = "one_or_many")]
    pub secrets: Vec<SecretRef>,
    /// How requests prove themselves, where the provider leaves a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<AuthSettings>,
    /// The address at which the provider reaches this hub (`https://calls.example.com`), without
    /// `/hooks/NAME`. Needed where the URL is signed and a proxy stands in front.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// How far a signature's time may be from our clock, either way; five minutes when left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "duration::some")]
    pub tolerance: Option<SignedDuration>,
    /// How long an open call may say nothing before it is shown as stale (`"10m"`).
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "duration::some")]
    pub silence: Option<SignedDuration>,
    /// The largest body that is taken, in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_body: Option<usize>,
    /// What to say to messages that must be answered, by the provider's name for the message.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub answers: BTreeMap<String, Value>,
    /// Which member of the body means what, for `generic` and on top of a preset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mapping: Option<Mapping>,
}

fn one_or_many<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<SecretRef>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let texts = match OneOrMany::deserialize(deserializer)? {
        OneOrMany::One(text) => vec![text],
        OneOrMany::Many(texts) => texts,
    };
    texts.iter().map(|text| text.parse().map_err(serde::de::Error::custom)).collect()
}

/// A source that can't be used as configured.
#[derive(Debug, thiserror::Error)]
#[error("sources.{source_name}.{setting}: {problem}")]
pub struct SettingsError {
    /// The source's name.
    pub source_name: String,
    /// The setting, dotted (`auth.header`).
    pub setting: String,
    /// What is wrong with it and what to do.
    pub problem: String,
}

/// Everything that keeps the sources of a config from being used.
#[derive(Debug)]
pub struct Unusable(pub Vec<SettingsError>);

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&said.join("; "))
    }
}

impl std::error::Error for Unusable {}

/// A [`SettingsError`] before the source's name is known.
#[derive(Debug)]
pub(super) struct Problem {
    pub setting: &'static str,
    pub text: String,
}

impl Problem {
    pub(super) fn new(setting: &'static str, text: impl Into<String>) -> Self {
        Self { setting, text: text.into() }
    }
}

impl Settings {
    pub(super) fn tolerance(&self) -> SignedDuration {
        self.tolerance.unwrap_or(SignedDuration::from_mins(5))
    }

    /// Fills what the config leaves out from a preset.
    pub(super) fn over(self, preset: Self) -> Self {
        let mapping = preset.mapping.map(|mapping| mapping.under(self.mapping.clone()));
        Self {
            auth: self.auth.or(preset.auth),
            tolerance: self.tolerance.or(preset.tolerance),
            silence: self.silence.or(preset.silence),
            max_body: self.max_body.or(preset.max_body),
            mapping: mapping.or(self.mapping),
            ..self
        }
    }

    /// Refuses a mapping, and answers to messages that `known` does not list.
    pub(super) fn only_answers(&self, known: &[&str]) -> Result<(), Problem> {
        if self.mapping.is_some() {
            let text = format!("{} needs none; remove the table", self.kind);
            return Err(Problem::new("mapping", text));
        }
        self.only_known_answers(known)
    }

    /// Refuses answers to messages that `known` does not list.
    pub(super) fn only_known_answers(&self, known: &[&str]) -> Result<(), Problem> {
        let Some(stray) = self.answers.keys().find(|name| !known.contains(&name.as_str())) else {
            return Ok(());
        };
        let kind = &self.kind;
        Err(Problem::new(
            "answers",
            match known {
                [] => format!("{kind} asks nothing that \"{stray}\" could answer; remove it"),
                _ => format!("{kind} never asks \"{stray}\"; it asks: {}", known.join(", ")),
            },
        ))
    }
}
