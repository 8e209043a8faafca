//! Secrets that must survive, sealed: the journal never holds one in clear.

use std::{io, path::Path};

use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom, SystemRandom},
};
use secrecy::{ExposeSecret, SecretString};

use super::{Journal, StoreError};

/// Seals with a key that lies beside the journal in a file of its own (`seal.key`, for its owner
/// only): a copy of the database alone gives nothing away.
pub struct Vault(LessSafeKey);

/// A sealed secret can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key file.
    #[error("the key file {path} can't be used: {source}")]
    Key {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Sealed with another key, or damaged.
    #[error(
        "a kept secret can't be opened with this seal.key; put the old key back, or log in again"
    )]
    Sealed,
    /// The hubs of one journal have different keys.
    #[error(
        "the other hubs of this journal seal with another key; put the seal.key of their data \
         folder into this hub's"
    )]
    Disagree,
    /// The journal.
    #[error(transparent)]
    Journal(#[from] StoreError),
}

impl Vault {
    /// Opens the vault in `folder`, with a new key at the first time.
    ///
    /// # Errors
    /// When the key can't be read or made.
    pub fn open(folder: &Path) -> Result<Self, VaultError> {
        let path = folder.join("seal.key");
        let failed = |source| VaultError::Key { path: path.clone(), source };
        let key = match std::fs::read(&path) {
            Ok(key) => key,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut key = vec![0; AES_256_GCM.key_len()];
                SystemRandom::new()
                    .fill(&mut key)
                    .map_err(|_| failed(io::Error::other("no randomness")))?;
                crate::secret::write_private(&path, &key).map_err(failed)?;
                key
            }
            Err(error) => return Err(failed(error)),
        };
        let key = UnboundKey::new(&AES_256_GCM, &key)
            .map_err(|_| failed(io::Error::other("it does not hold 32 bytes")))?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Makes sure that every hub of a shared journal seals with the same key: what one keeps, all
    /// must be able to open.
    ///
    /// # Errors
    /// When the journal can't, or the first hub had another key.
    pub async fn agree(&self, journal: &Journal) -> Result<(), VaultError> {
        const CHECK: &str = "seal.check";
        if !journal.is_shared() {
            return Ok(());
        }
        let _alone = journal.alone(CHECK).await?;
        match self.kept(journal, CHECK).await {
            Ok(Some(_)) => Ok(()),
            Ok(None) => self.keep(journal, CHECK, &"the same".to_owned().into()).await,
            Err(VaultError::Sealed) => Err(VaultError::Disagree),
            Err(other) => Err(other),
        }
    }

    /// Keeps a secret in the journal, sealed, durably.
    ///
    /// # Errors
    /// When the journal can't.
    pub async fn keep(
        &self,
        journal: &Journal,
        name: &str,
        secret: &SecretString,
    ) -> Result<(), VaultError> {
        let sealed = self.seal(name, secret).ok_or(VaultError::Sealed)?;
        Ok(journal.keep(name, &sealed).await?)
    }

    /// A secret kept under this name.
    ///
    /// # Errors
    /// When the journal can't, or the secret was sealed with another key.
    pub async fn kept(
        &self,
        journal: &Journal,
        name: &str,
    ) -> Result<Option<SecretString>, VaultError> {
        let Some(sealed) = journal.kept(name).await? else { return Ok(None) };
        self.open_sealed(name, &sealed).map(Some).ok_or(VaultError::Sealed)
    }

    /// `name` is bound in: a sealed value can't be moved to another name.
    fn seal(&self, name: &str, secret: &SecretString) -> Option<String> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        let mut bytes = secret.expose_secret().as_bytes().to_vec();
        let sealing = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(sealing, Aad::from(name), &mut bytes).ok()?;
        Some(format!("{}{}", hex::encode(nonce), hex::encode(bytes)))
    }

    fn open_sealed(&self, name: &str, sealed: &str) -> Option<SecretString> {
        let mut bytes = hex::decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let clear = self.0.open_in_place(nonce, Aad::from(name), sealed).ok()?;
        Some(std::str::from_utf8(clear).ok()?.to_owned().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_kept_comes_back_and_is_not_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).await.unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let secret: SecretString = "5Aep-very-secret".to_owned().into();
        vault.keep(&journal, "token", &secret).await.unwrap();
        let again = Vault::open(folder.path()).unwrap();
        let kept = again.kept(&journal, "token").await.unwrap().unwrap();
        assert_eq!(kept.expose_secret(), "5Aep-very-secret");
        journal.close().await;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(16).any(|part| part == b"5Aep-very-secret"));
        }
    }

    #[tokio::test]
    async fn a_value_moved_to_another_name_or_key_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(folder.path()).unwrap();
        let sealed = vault.seal("one", &"s".to_owned().into()).unwrap();
        assert!(vault.open_sealed("one", &sealed).is_some());
        assert!(vault.open_sealed("two", &sealed).is_none());
        let other = tempfile::tempdir().unwrap();
        assert!(Vault::open(other.path()).unwrap().open_sealed("one", &sealed).is_none());
        assert!(vault.open_sealed("one", "00").is_none());
    }
}
