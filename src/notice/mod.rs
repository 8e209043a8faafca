//! Telling people of a call that is theirs: by e-mail, and by whatever takes a webhook.
//!
//! It promises that what a caller said is only ever content: it makes no header, no recipient and no
//! structure of a body. Whether, when and how often somebody is told is not decided here.

mod email;
mod message;
mod settings;

use std::time::Duration;

use email::Post;

pub use message::Message;
pub use settings::{Email, Security, Settings, SettingsError};

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

/// Brings notices to people.
#[derive(Debug)]
pub struct Messenger {
    post: Option<Post>,
}

impl Messenger {
    /// With the channels of the settings.
    ///
    /// # Errors
    /// When one can't be used, or its secret can't be had.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        Ok(Self { post: settings.email.as_ref().map(Post::new).transpose()? })
    }

    /// Sends `message` by `way`: a channel's name, with the person's address there
    /// (`email:sam@example.com`).
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn send(&self, way: &Text, message: &Message) -> Result<(), Failure> {
        let (channel, address) = settings::split(way);
        match (&self.post, channel) {
            (Some(post), EMAIL) => post.send(address.unwrap_or_default(), message).await,
            _ => Err(Failure::permanent(&format!("the config has no channel {channel}"))),
        }
    }
}
