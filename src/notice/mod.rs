//! Telling people of a call that is theirs: by e-mail, and by whatever takes a webhook.
//!
//! It promises that what a caller said is only ever content: it makes no header, no recipient and no
//! structure of a body. Whether, when and how often somebody is told is not decided here.

mod channel;
mod email;
mod message;
mod settings;
mod webhook;

use std::{collections::BTreeMap, time::Duration};

use email::Post;
use webhook::Webhook;

pub use channel::{Channel, Format, Place};
pub use message::{About, Message};
pub use settings::{Email, Replies, Security, Settings, SettingsError};

use crate::call::Text;

/// How long sending a notice may take.
pub const SEND_TIME: Duration = Duration::from_secs(20);

/// The channel of e-mail.
const EMAIL: &str = "email";

/// Why a notice was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// In one sentence.
    pub problem: Text,
    /// Whether trying again can't help.
    pub permanent: bool,
}

impl Failure {
    /// One that may pass.
    pub fn passing(problem: &str) -> Self {
        Self { problem: Text::limited(problem, LONGEST_PROBLEM), permanent: false }
    }

    /// One that stays until somebody changes something.
    pub fn permanent(problem: &str) -> Self {
        Self { problem: Text::limited(problem, LONGEST_PROBLEM), permanent: true }
    }
}

/// The longest description of a failure, in characters: a receiver may answer with a whole page.
const LONGEST_PROBLEM: usize = 200;

/// An error with what caused it.
fn causes(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .reduce(|all, cause| if all.contains(&cause) { all } else { format!("{all}: {cause}") })
        .unwrap_or_default()
}

/// Brings notices to people.
#[derive(Debug)]
pub struct Messenger {
    post: Option<Post>,
    channels: BTreeMap<String, Webhook>,
}

impl Messenger {
    /// With the channels of the settings.
    ///
    /// # Errors
    /// When one can't be used, or its secret can't be had.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let post = settings.email.as_ref().map(Post::new).transpose()?;
        let channels = settings.channels.iter();
        let channels = channels.map(|it| Ok((it.name.clone(), Webhook::new(it)?)));
        Ok(Self { post, channels: channels.collect::<Result<_, SettingsError>>()? })
    }

    /// Whether the mail server answers and takes our login. Sends nothing.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn reach_mail(&self) -> Result<(), Failure> {
        match &self.post {
            Some(post) => post.reach().await,
            None => Err(Failure::permanent("the config has no mail server")),
        }
    }

    /// Sends `message` by `way`: a channel's name, with the person's address there
    /// (`email:sam@example.com`).
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn send(&self, way: &Text, message: &Message) -> Result<(), Failure> {
        let (channel, address) = settings::split(way);
        let address = address.unwrap_or_default();
        match (&self.post, self.channels.get(channel)) {
            (Some(post), _) if channel == EMAIL => post.send(address, message).await,
            (_, Some(webhook)) => webhook.send(address, message).await,
            _ => Err(Failure::permanent(&format!("the config has no channel {channel}"))),
        }
    }
}
