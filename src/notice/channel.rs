//! A channel that takes a webhook, as the config has it or a preset knows it.

use std::collections::BTreeMap;

use reqwest::{Method, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::settings::SettingsError;
use crate::{network, secret::SecretRef};

/// The channels that are known by name.
const PRESETS: &str = include_str!("presets.toml");

/// Something that takes a webhook.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Channel {
    /// What people's ways call it.
    pub name: String,
    /// What it is: `slack`, `teams`, `ntfy`, `pagerduty`; the rest may then be left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Place>,
    /// A secret for headers and body: `{{ token }}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<SecretRef>,
    /// `POST` or `PUT`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Headers, by name; their values know `token` and `recipient`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// What the body is made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// What kind of text that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
    /// Whether people can answer there, and a gateway posts that to us: then `code` is the code to
    /// answer with.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replies: bool,
}

/// What kind of text a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// JSON: every value is written as JSON, quotes included.
    Json,
    /// Any text: every value is written as it is.
    Text,
}

/// An address, or where it is: one that lets in whoever knows it is a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The address.
    Url(String),
    /// Where it is.
    Reference(SecretRef),
}

impl Place {
    pub(super) fn find(&self, setting: &str) -> Result<Url, SettingsError> {
        let text: SecretString = match self {
            Self::Url(url) => url.clone().into(),
            Self::Reference(reference) => reference
                .resolve()
                .map_err(|source| SettingsError::Secret { setting: setting.to_owned(), source })?,
        };
        // The address may be the secret: it is not repeated.
        let wrong = |what: &str| SettingsError::Wrong(format!("{setting} {what}"));
        let url: Url =
            text.expose_secret().parse().map_err(|_| wrong("is no address such as https://…"))?;
        if !network::is_private(&url) {
            return Err(wrong(
                "begins with https://, or callers' words would cross the network in clear",
            ));
        }
        Ok(url)
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.parse() {
            Ok(reference) => Ok(Self::Reference(reference)),
            Err(_) if text.starts_with("http") => Ok(Self::Url(text)),
            Err(_) => Err(serde::de::Error::custom(
                "an address is https://…, or a reference to one: \"env:NAME\" or \"file:/path\"",
            )),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Url(url) => serializer.serialize_str(url),
            Self::Reference(reference) => reference.serialize(serializer),
        }
    }
}

/// A channel with all that its preset says.
#[derive(Clone, Debug)]
pub(super) struct Complete {
    pub(super) url: Url,
    pub(super) method: Method,
    pub(super) token: Option<SecretString>,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
    pub(super) format: Format,
}

impl Channel {
    /// What the config says, else the preset.
    fn with_preset(&self) -> Result<Self, SettingsError> {
        let wrong = |what: String| SettingsError::Wrong(format!("channel {}: {what}", self.name));
        let presets: BTreeMap<String, Self> =
            toml::from_str(PRESETS).map_err(|error| wrong(format!("presets: {error}")))?;
        let preset = match &self.preset {
            None => Self::default(),
            Some(name) => presets.get(name).cloned().ok_or_else(|| {
                let known: Vec<&str> = presets.keys().map(String::as_str).collect();
                wrong(format!("there is no preset {name} ({})", known.join(", ")))
            })?,
        };
        let mut headers = preset.headers;
        headers.extend(self.headers.clone());
        Ok(Self {
            name: self.name.clone(),
            preset: None,
            url: self.url.clone().or(preset.url),
            token: self.token.clone(),
            method: self.method.clone().or(preset.method),
            headers,
            body: self.body.clone().or(preset.body),
            format: self.format.or(preset.format),
            replies: self.replies,
        })
    }

    /// Whether it needs the person's address there.
    pub(super) fn needs_recipient(&self) -> bool {
        let names = |text: &String| text.contains("recipient");
        self.with_preset()
            .is_ok_and(|it| it.body.iter().any(names) || it.headers.values().any(names))
    }

    /// All of it, with its secrets.
    pub(super) fn complete(&self) -> Result<Complete, SettingsError> {
        let setting = |what: &str| format!("channel {}: {what}", self.name);
        let missing = |what: &str| SettingsError::Wrong(setting(what));
        let all = self.with_preset()?;
        let url = all.url.ok_or_else(|| missing("url is missing"))?.find(&setting("url"))?;
        let method = match all.method.as_deref() {
            None | Some("POST") => Method::POST,
            Some("PUT") => Method::PUT,
            Some(_) => return Err(missing("method is POST or PUT")),
        };
        let token = all.token.map(|token| token.resolve()).transpose();
        let token =
            token.map_err(|source| SettingsError::Secret { setting: setting("token"), source })?;
        let body = all.body.ok_or_else(|| missing("body is missing, or a preset"))?;
        let format = all.format.unwrap_or(Format::Json);
        Ok(Complete { url, method, token, headers: all.headers, body, format })
    }
}
