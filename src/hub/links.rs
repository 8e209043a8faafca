//! Links and codes by which whoever was told of a call says that they have it, without a token of
//! their own.

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
pub(super) const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// Under which name the journal keeps the key, sealed: every hub of it makes the same links.
const KEY: &str = "acknowledge.key";

/// The letters of codes: none that is taken for another (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Makes links and codes, and knows its own.
#[derive(Debug)]
pub struct Links {
    key: hmac::Key,
    /// Where the hub is reached from outside; no links are made where it is not.
    base: Option<String>,
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
    pub async fn open(
        base: Option<&str>,
        journal: &Journal,
        vault: &Vault,
    ) -> Result<Self, VaultError> {
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
        let base = base.map(|base| base.trim_end_matches('/').to_owned());
        Ok(Self { key, base })
    }

    /// The link of a notice to `who` about `call`.
    pub fn link(&self, call: &CallId, who: &Text, notice: &str, now: Timestamp) -> Option<String> {
        let base = self.base.as_ref()?;
        let until = now.checked_add(LIFETIME).ok()?;
        let pass = Pass { call: call.clone(), who: who.clone(), notice: notice.to_owned(), until };
        let said = serde_json::to_vec(&pass).ok()?;
        let mark = hmac::sign(&self.key, &said);
        let (said, mark) = (URL_SAFE.encode(said), URL_SAFE.encode(mark));
        Some(format!("{base}/v1/ack/{said}.{mark}"))
    }

    /// The code of a notice to `who` about `call`: 40 bits that only we can make, as 8 letters and
    /// digits. What it stands for is found by looking through the notices there are.
    pub fn code(&self, call: &CallId, who: &Text, notice: &str) -> String {
        let mut context = hmac::Context::with_key(&self.key);
        for part in ["code", call.as_str(), who.as_str(), notice] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let mark = context.sign();
        let bits = mark.as_ref().iter().take(5).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        let letter = |place: u64| char::from(LETTERS[(bits >> (5 * place) & 31) as usize]);
        (0..8).rev().map(letter).collect()
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
        let links =
            Links::open(Some("https://board.example.com/"), &journal, &vault).await.unwrap();
        let call = CallId::new(&SourceName::new("vapi"), "a");
        let now: Timestamp = "2026-11-21T14:00:00Z".parse().unwrap();
        let link = links.link(&call, &"Sam K.".into(), "n", now).unwrap();
        let token = link.strip_prefix("https://board.example.com/v1/ack/").unwrap();
        // A restart knows it.
        let again = Links::open(Some("https://board.example.com"), &journal, &vault).await.unwrap();
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
        // And makes the same codes, one for each person and call.
        let code = links.code(&call, &"Sam K.".into(), "n");
        assert_eq!(again.code(&call, &"Sam K.".into(), "n"), code);
        let other = CallId::new(&SourceName::new("vapi"), "b");
        for another in
            [links.code(&call, &"Eve".into(), "n"), links.code(&other, &"Sam K.".into(), "n")]
        {
            assert_ne!(another, code);
        }
        assert!(code.len() == 8 && code.bytes().all(|letter| LETTERS.contains(&letter)), "{code}");
        // Without an address there are codes and no links.
        let inside = Links::open(None, &journal, &vault).await.unwrap();
        assert_eq!(inside.link(&call, &"Sam K.".into(), "n", now), None);
        assert_eq!(inside.code(&call, &"Sam K.".into(), "n"), code);
        journal.close().await;
    }
}
