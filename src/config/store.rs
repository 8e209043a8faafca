//! Where the shared journal is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ConfigError;
use crate::{
    secret::{SecretError, SecretRef},
    store::Address,
};
use secrecy::ExposeSecret;

/// The address of a shared journal: `postgres://user@host/database`, or a reference to one
/// (`env:NAME`, `file:/path`). One that holds a password is never written in the config itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// An address without a password.
    Address(String),
    /// Where the address is.
    Reference(SecretRef),
}

impl Store {
    /// The address.
    ///
    /// # Errors
    /// When the reference leads nowhere or what is there is no address.
    pub fn address(&self) -> Result<Address, ConfigError> {
        let wrong = |error: String| ConfigError::Store(error);
        match self {
            Self::Address(text) => text.parse().map_err(wrong),
            Self::Reference(reference) => {
                let unset = |error: SecretError| ConfigError::Store(error.to_string());
                let text = reference.resolve().map_err(unset)?;
                match Address::is_one(text.expose_secret()) {
                    true => text.expose_secret().parse().map_err(wrong),
                    false => {
                        Err(wrong(format!("what {reference} holds is no postgres:// address")))
                    }
                }
            }
        }
    }
}

impl<'de> Deserialize<'de> for Store {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if !Address::is_one(&text) {
            let reference = text.parse().map_err(|_| {
                serde::de::Error::custom(
                    "an address is postgres://USER@HOST/DATABASE, or a reference to one: \
                     \"env:NAME\" or \"file:/path\"",
                )
            })?;
            return Ok(Self::Reference(reference));
        }
        if holds_password(&text) {
            return Err(serde::de::Error::custom(
                "an address with a password is given by reference: \"env:NAME\" or \"file:/path\"",
            ));
        }
        Ok(Self::Address(text))
    }
}

/// Whether a password is in it, in either of the places where one can be.
fn holds_password(text: &str) -> bool {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let authority = address.split('/').nth(2).unwrap_or("");
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    user.contains(':') || form_urlencoded::parse(query.as_bytes()).any(|(key, _)| key == "password")
}

impl Serialize for Store {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Address(address) => serializer.serialize_str(address),
            Self::Reference(reference) => reference.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        store: Store,
    }

    fn read(store: &str) -> Result<Store, String> {
        let text = format!("store = \"{store}\"");
        toml::from_str::<Holder>(&text).map(|it| it.store).map_err(|error| error.to_string())
    }

    #[test]
    fn a_password_is_refused_and_its_place_named() {
        for text in ["postgres://c:hunter2@db/c", "postgres://c@db/c?password=hunter2"] {
            let error = read(text).unwrap_err();
            assert!(error.contains("by reference"), "{error}");
        }
        assert!(read("postgres://c@db:5433/c?sslmode=require").is_ok());
        assert!(matches!(read("env:CALLBOARD_STORE"), Ok(Store::Reference(_))));
        assert!(read("mysql://c@db/c").is_err());
    }
}
