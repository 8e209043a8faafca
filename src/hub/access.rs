//! Who is asking, and what they may do: every request of an operator is admitted here.

use std::{
    sync::{PoisonError, RwLock},
    time::Duration,
};

use axum::http::{HeaderMap, uri::Authority};
use jiff::Timestamp;
use tokio::{sync::watch, time::Instant};

use super::{
    guesses::Guesses,
    operators::{self, Operator, Operators, TokenHash},
    peer::Peer,
};
use crate::{call::Text, network::is_this_machine, wire::OperatorRole};

/// A token that was made while the hub runs, as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its hash.
    pub hash: TokenHash,
    /// Whose it is.
    pub operator: Operator,
    /// When it ends; never when none.
    pub expires_at: Option<Timestamp>,
}

/// Everybody who may look and act.
#[derive(Debug)]
pub struct Access {
    /// Named in the config; they stay as long as the hub runs.
    fixed: Operators,
    /// Made by an administrator; they come and go.
    kept: RwLock<Vec<Kept>>,
    changed: watch::Sender<()>,
    guesses: Guesses,
    without_token: Option<OperatorRole>,
}

/// An operator who was let in, and by which token: it may be revoked while they are here.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Who it is.
    pub operator: Operator,
    token: Option<TokenHash>,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// No token, or none that is known.
    Unknown,
    /// Too many wrong ones; come back after this long.
    Guessing(Duration),
}

impl Access {
    /// The config's operators; `without_token` is for whoever comes from this machine.
    pub fn new(fixed: Operators, without_token: Option<OperatorRole>) -> Self {
        let changed = watch::Sender::new(());
        Self { fixed, kept: RwLock::default(), changed, guesses: Guesses::default(), without_token }
    }

    /// Lets an operator in.
    ///
    /// # Errors
    /// When the token is not known, or wrong ones were brought too often.
    pub fn admit(&self, headers: &HeaderMap, peer: Peer) -> Result<Admitted, Stranger> {
        let Some(token) = operators::token_of(headers) else {
            return match self.without_token {
                Some(role) if peer.local && names_this_machine(headers) => {
                    let operator = Operator { name: "local".into(), role };
                    Ok(Admitted { operator, token: None })
                }
                _ => Err(Stranger::Unknown),
            };
        };
        let now = Instant::now();
        if let Some(wait) = self.guesses.wait(peer.client, now) {
            return Err(Stranger::Guessing(wait));
        }
        let hash = operators::hash(token);
        match self.operator(&hash) {
            Some(operator) => Ok(Admitted { operator, token: Some(hash) }),
            None => {
                self.guesses.wrong(peer.client, now);
                Err(Stranger::Unknown)
            }
        }
    }

    /// Whether somebody who was let in would be let in again.
    pub fn still(&self, admitted: &Admitted) -> bool {
        admitted.token.is_none_or(|hash| self.operator(&hash).as_ref() == Some(&admitted.operator))
    }

    /// Puts these tokens in place of those that were made before; whoever is here by one that is
    /// gone is told to leave.
    pub fn replace(&self, kept: Vec<Kept>) {
        let mut known = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if *known != kept {
            *known = kept;
            drop(known);
            self.changed.send_replace(());
        }
    }

    /// How many tokens were made and are good.
    pub fn kept(&self) -> usize {
        self.kept.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Whether the config names somebody so.
    pub fn is_fixed(&self, name: &Text) -> bool {
        self.fixed.has(name)
    }

    /// Tells when tokens change.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    fn operator(&self, hash: &TokenHash) -> Option<Operator> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        let made = operators::find(kept.iter().map(|kept| (&kept.hash, kept)), hash);
        let now = Timestamp::now();
        let made = made.filter(|kept| kept.expires_at.is_none_or(|at| now < at));
        self.fixed.known(hash).or(made.map(|kept| &kept.operator)).cloned()
    }
}

/// A web page elsewhere can have its own name lead here: only names of this machine are answered.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| !host.as_str().contains('@') && is_this_machine(host.host()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::peer::Client;

    fn peer(local: bool) -> Peer {
        Peer { client: Client::of([127, 0, 0, 1].into()), local }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_kept_token_ends_when_it_expires_or_is_revoked() {
        let access = Access::new(Operators::default(), None);
        let sam = Operator { name: "Sam".into(), role: OperatorRole::Viewer };
        let bring = headers(&[("authorization", "Bearer t0ken")]);
        let kept =
            |expires_at| Kept { hash: operators::hash("t0ken"), operator: sam.clone(), expires_at };
        access.replace(vec![kept(None)]);
        let admitted = access.admit(&bring, peer(true)).unwrap();
        assert!(access.still(&admitted));
        let mut changes = access.changes();
        access.replace(vec![kept(Some(Timestamp::UNIX_EPOCH))]);
        assert!(changes.has_changed().unwrap());
        assert!(!access.still(&admitted), "it has expired");
        access.replace(Vec::new());
        assert!(!access.still(&admitted), "it was revoked");
        assert_eq!(access.admit(&bring, peer(true)).unwrap_err(), Stranger::Unknown);
        changes.mark_unchanged();
        access.replace(Vec::new());
        assert!(!changes.has_changed().unwrap());
    }

    #[test]
    fn without_a_token_only_from_this_machine_by_its_own_name_and_when_it_was_said() {
        let open = Access::new(Operators::default(), Some(OperatorRole::Viewer));
        let shut = Access::new(Operators::default(), None);
        let here = headers(&[("host", "127.0.0.1:4620")]);
        assert!(open.admit(&here, peer(true)).is_ok());
        assert!(shut.admit(&here, peer(true)).is_err());
        assert!(open.admit(&here, peer(false)).is_err());
        assert!(open.admit(&headers(&[("host", "evil.example:4620")]), peer(true)).is_err());
        assert!(open.admit(&headers(&[]), peer(true)).is_err());
        for (name, ours) in [
            ("[::1]", true),
            ("[::1]:4620", true),
            ("LOCALHOST", true),
            ("127.0.0.1.example.com", false),
            ("127.0.0.1@evil.example", false),
            ("evil.example@127.0.0.1", false),
            ("localhost.evil.example:4620", false),
        ] {
            let named = open.admit(&headers(&[("host", name)]), peer(true));
            assert_eq!(named.is_ok(), ours, "{name}");
        }
        let wrong = headers(&[("host", "localhost"), ("authorization", "Bearer x")]);
        assert!(open.admit(&wrong, peer(true)).is_err(), "a wrong token is not no token");
    }
}
