//! Who may do what: operators are known by their token, of which only a hash is held.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{call::Text, wire::OperatorRole};

/// Somebody with a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The name in every action and log.
    pub name: Text,
    /// What they may do.
    pub role: OperatorRole,
}

/// Everybody whose token the config names.
#[derive(Clone, Default)]
pub struct Operators(Vec<(TokenHash, Operator)>);

/// What is held of a token.
pub type TokenHash = [u8; 32];

/// The hash of a token. Tokens are long and random, so a plain hash can't be turned back.
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token).into()
}

/// Whose token this is, of those. Looks at all of them, in the same time whoever it is.
pub fn find<'a, T>(
    known: impl Iterator<Item = (&'a TokenHash, T)>,
    sought: &TokenHash,
) -> Option<T> {
    let mut found = None;
    for (hash, operator) in known {
        if bool::from(hash.ct_eq(sought)) {
            found = Some(operator);
        }
    }
    found
}

/// The token of a request with `Authorization: Bearer TOKEN`.
pub fn token_of(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Operators {
    /// Adds an operator with this token.
    pub fn add(&mut self, token: &str, operator: Operator) {
        self.0.push((hash(token), operator));
    }

    /// Whether somebody is called so.
    pub fn has(&self, name: &Text) -> bool {
        self.0.iter().any(|(_, operator)| operator.name == *name)
    }

    /// Whose token this is.
    pub fn of(&self, token: &str) -> Option<&Text> {
        self.known(&hash(token)).map(|operator| &operator.name)
    }

    /// The operator of the token with this hash.
    pub fn known(&self, sought: &TokenHash) -> Option<&Operator> {
        find(self.0.iter().map(|(hash, operator)| (hash, operator)), sought)
    }
}

impl std::fmt::Debug for Operators {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(_, operator)| operator)).finish()
    }
}

/// A token nobody can guess: 32 random bytes in hex.
///
/// # Errors
/// When the system has no randomness to give.
pub fn new_token() -> Result<String, RandomError> {
    let mut bytes = [0u8; 32];
    rustls::crypto::ring::default_provider()
        .secure_random
        .fill(&mut bytes)
        .map_err(|_| RandomError)?;
    Ok(hex::encode(bytes))
}

/// The system has no randomness to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system has no randomness to give")]
pub struct RandomError;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_operator_and_nothing_else_does() {
        let mut operators = Operators::default();
        let sam = Operator { name: "Sam".into(), role: OperatorRole::Viewer };
        operators.add("t0ken", sam.clone());
        let mut headers = HeaderMap::new();
        assert_eq!(token_of(&headers), None);
        for (value, known) in [
            ("Bearer t0ken", true),
            ("bearer t0ken", true),
            ("Bearer t0ke", false),
            ("Bearer ", false),
            ("Basic t0ken", false),
        ] {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            let found = token_of(&headers).and_then(|token| operators.known(&hash(token)));
            assert_eq!(found, known.then_some(&sam), "{value}");
        }
        assert!(!format!("{operators:?}").contains("t0ken"));
        assert_ne!(new_token(), new_token());
    }
}
