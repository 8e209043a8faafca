//! By which channels people are told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{EMAIL, channel::Channel, email::Post, webhook::Webhook};
use crate::{
    call::Text,
    secret::{SecretError, SecretRef},
};

/// The channels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The mail server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What takes a webhook.
    #[serde(rename = "channel", skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<Channel>,
    /// Who may bring us answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replies: Option<Replies>,
}

/// Gateways that post what people answered to our notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replies {
    /// What they prove themselves with; several while one is changed for another.
    pub secrets: Vec<SecretRef>,
}

/// A mail server that takes our messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Email {
    /// Its name.
    pub host: String,
    /// Its port; 587 with `starttls`, 465 with `tls` and 25 with `none` when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the way there is secured.
    #[serde(default)]
    pub security: Security,
    /// Whom we log in as; nobody when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Where the password is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretRef>,
    /// Who it comes from: `Callboard <callboard@example.com>`.
    pub from: String,
    /// Where answers go: an address whose mail a gateway posts to us. Without it mails hold no code
    /// to answer with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
}

/// How the way to the mail server is secured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// In clear at first, then TLS. A server that offers none is told nothing.
    #[default]
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// In clear: for a server on this machine only.
    None,
}

impl Email {
    /// The port that is meant.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            Security::StartTls => 587,
            Security::Tls => 465,
            Security::None => 25,
        })
    }
}

/// Why a channel can't be used: a sentence that names the setting.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A setting can't be right.
    #[error("{0}")]
    Wrong(String),
    /// A secret can't be had.
    #[error("{setting}: {source}")]
    Secret {
        /// Whose.
        setting: String,
        /// Why.
        source: SecretError,
    },
}

/// A way to somebody, as the channel and their address there.
pub(super) fn split(way: &Text) -> (&str, Option<&str>) {
    match way.as_str().split_once(':') {
        Some((channel, address)) => (channel.trim(), Some(address.trim())),
        None => (way.as_str().trim(), None),
    }
}

impl Settings {
    /// Looks whether the channels have names of their own.
    ///
    /// # Errors
    /// One sentence that says which has not.
    pub fn check(&self) -> Result<(), String> {
        let mut known = BTreeSet::from([EMAIL]);
        for channel in &self.channels {
            let name = channel.name.as_str();
            if name.is_empty() || name.contains(':') || name.trim() != name {
                return Err(format!("a channel has a name without a colon, not {name:?}"));
            }
            if !known.insert(name) {
                return Err(format!("two channels are called {name}"));
            }
        }
        let asks = self.email.as_ref().is_some_and(|email| email.reply_to.is_some())
            || self.channels.iter().any(|channel| channel.replies);
        match &self.replies {
            Some(replies) if replies.secrets.is_empty() => {
                Err("replies.secrets is empty: anybody could answer".to_owned())
            }
            None if asks => Err("email.reply_to and a channel's replies = true need \
                                 [notice.replies]: who may bring the answers"
                .to_owned()),
            _ => Ok(()),
        }
    }

    /// What keeps each channel from being used, whatever the others lack.
    pub fn problems(&self) -> Vec<SettingsError> {
        let email = self.email.as_ref().and_then(|email| Post::new(email).err());
        let channels = self.channels.iter().filter_map(|channel| Webhook::new(channel).err());
        let replies = self.replies.iter().flat_map(|replies| &replies.secrets);
        let replies = replies.filter_map(|secret| {
            let setting = "replies.secrets".to_owned();
            Some(SettingsError::Secret { setting, source: secret.resolve().err()? })
        });
        email.into_iter().chain(channels).chain(replies).collect()
    }

    /// Whether whoever is told by this way can answer to it.
    pub fn can_be_answered(&self, way: &Text) -> bool {
        match split(way).0 {
            EMAIL => self.email.as_ref().is_some_and(|email| email.reply_to.is_some()),
            name => self.channels.iter().any(|it| it.name == name && it.replies),
        }
    }

    /// Looks whether somebody can be told by these ways.
    ///
    /// # Errors
    /// One sentence that says what is wrong with which.
    pub fn check_ways(&self, ways: &[Text]) -> Result<(), String> {
        let mut known = BTreeSet::new();
        for way in ways {
            if !known.insert(way) {
                return Err(format!("{way} is named twice"));
            }
            let (channel, address) = split(way);
            match channel {
                EMAIL if self.email.is_none() => {
                    return Err(format!("{way} needs a mail server: [notice.email]"));
                }
                EMAIL => {
                    let address = address.unwrap_or_default();
                    if address.parse::<lettre::Address>().is_err() {
                        return Err(format!(
                            "{way} is no e-mail address; write email:sam@example.com"
                        ));
                    }
                }
                _ => {
                    let found = self.channels.iter().find(|it| it.name == channel);
                    let found =
                        found.ok_or_else(|| format!("{way} names no channel of [notice]"))?;
                    if found.needs_recipient() && address.is_none_or(str::is_empty) {
                        return Err(format!(
                            "{way} needs an address there; write {channel}:ADDRESS"
                        ));
                    }
                }
            }
        }
        Ok(())
    }
}
