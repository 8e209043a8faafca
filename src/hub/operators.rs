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

/// Everybody with a token.
#[derive(Clone, Default)]
pub struct Operators(Vec<([u8; 32], Operator)>);

impl Operators {
    /// Adds an operator with this token.
    pub fn add(&mut self, token: &str, operator: Operator) {
        self.0.push((Sha256::digest(token).into(), operator));
    }

    /// The operator a token belongs to. Looks at all of them, in the same time whoever it is.
    pub fn by_token(&self, token: &str) -> Option<&Operator> {
        let hash: [u8; 32] = Sha256::digest(token).into();
        let mut found = None;
        for (known, operator) in &self.0 {
            if bool::from(known.ct_eq(&hash)) {
                found = Some(operator);
            }
        }
        found
    }

    /// The operator of a request with `Authorization: Bearer TOKEN`.
    pub fn of_request(&self, headers: &HeaderMap) -> Option<&Operator> {
        let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| self.by_token(token.trim())).flatten()
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
        assert_eq!(operators.of_request(&headers), None);
        for (value, known) in [
            ("Bearer t0ken", true),
            ("bearer t0ken", true),
            ("Bearer t0ke", false),
            ("Bearer ", false),
            ("Basic t0ken", false),
        ] {
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert_eq!(operators.of_request(&headers).is_some(), known, "{value}");
        }
        assert!(!format!("{operators:?}").contains("t0ken"));
        assert_ne!(new_token(), new_token());
    }
}
