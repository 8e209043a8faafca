//! Links by which whoever was told of a call says that they have it, without a token of their own.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::operators::new_token;
use crate::{
    call::{CallId, Text},
    store::{Journal, Vault, VaultError},
};

/// How long a link can be used.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Under which name the journal keeps the key, sealed: every hub of it makes the same links.
const KEY: &str = "acknowledge.key";

/// Makes links, and knows its own.
#[derive(Debug)]
pub struct Links {
    key: hmac::Key,
    /// Where the hub is reached from outside.
    base: String,
}

/// What a link lets its bearer do: acknowledge one call, in one name, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pass {
    /// The call.
    pub call: CallId,
    /// In whose name.
    pub who: Text,
    /// Of which notice.
    pub notice: String,
    until: Timestamp,
}

impl Links {
    /// With the key that the hubs of this journal share.
    ///
    /// # Errors
    /// When it can neither be read nor made.
    pub async fn open(base: &str, journal: &Journal, vault: &Vault) -> Result<Self, VaultError> {
        let _alone = journal.alone(KEY).await?;
        let key = match vault.kept(journal, KEY).await? {
            Some(key) => key,
            None => {
                let key: SecretString = new_token().map_err(|_| VaultError::Sealed)?.into();
                vault.keep(journal, KEY, &key).await?;
                key
            }
        };
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.expose_secret().as_bytes());
        Ok(Self { key, base: base.trim_end_matches('/').to_owned() })
    }

    /// The link of a notice to `who` about `call`.
    pub fn link(&self, call: &CallId, who: &Text, notice: &str, now: Timestamp) -> Option<String> {
        let until = now.checked_add(LIFETIME).ok()?;
        let pass = Pass { call: call.clone(), who: who.clone(), notice: notice.to_owned(), until };
        let said = serde_json::to_vec(&pass).ok()?;
        let mark = hmac::sign(&self.key, &said);
        let (said, mark) = (URL_SAFE.encode(said), URL_SAFE.encode(mark));
        Some(format!("{}/v1/ack/{said}.{mark}", self.base))
    }

    /// What a token lets its bearer do; none when it is not ours, was changed, or is too old.
    pub fn read(&self, token: &str, now: Timestamp) -> Option<Pass> {
        let (said, mark) = token.split_once('.')?;
        let (said, mark) = (URL_SAFE.decode(said).ok()?, URL_SAFE.decode(mark).ok()?);
        hmac::verify(&self.key, &said, &mark).ok()?;
        let pass: Pass = serde_json::from_slice(&said).ok()?;
        (now < pass.until).then_some(pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::SourceName;

    #[tokio::test]
    async fn a_link_is_good_for_its_call_and_its_time_alone() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).await.unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let links = Links::open("https://board.example.com/", &journal, &vault).await.unwrap();
        let call = CallId::new(&SourceName::new("vapi"), "a");
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let link = links.link(&call, &"Sam K.".into(), "n", now).unwrap();
        let token = link.strip_prefix("https://board.example.com/v1/ack/").unwrap();
        // A restart knows it.
        let again = Links::open("https://board.example.com", &journal, &vault).await.unwrap();
        let pass = again.read(token, now).unwrap();
        assert_eq!((&pass.call, pass.who.as_str()), (&call, "Sam K."));
        assert_eq!(links.read(token, now + LIFETIME), None, "too old");
        let (said, mark) = token.split_once('.').unwrap();
        let other = links.link(&call, &"Eve".into(), "n", now).unwrap();
        let other = other.rsplit('/').next().unwrap().split_once('.').unwrap().0;
        assert_eq!(links.read(&format!("{other}.{mark}"), now), None, "another's name");
        for forged in [said.to_owned(), format!("{said}."), format!(".{mark}"), "x".to_owned()] {
            assert_eq!(links.read(&forged, now), None, "{forged}");
        }
        journal.close().await;
    }
}
