//! Who may come in at all: addresses, TLS, and how many at once.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::{Deserialize, Serialize};

use super::{admission::Limits, desk::Most};
use crate::{network, wire::OperatorRole};

/// Where a certificate and its key lie, both PEM. Read again when either file changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and those that vouch for it, the hub's own first.
    pub certificate: PathBuf,
    /// Its private key, in a file that only its owner can read.
    pub key: PathBuf,
}

/// How the hub is reached.
#[derive(Clone, Debug)]
pub struct Door {
    /// The hub speaks TLS itself.
    pub tls: Option<Tls>,
    /// A proxy that speaks TLS stands in front: the client's address is what the proxy wrote last
    /// into `X-Forwarded-For`.
    pub behind_tls: bool,
    /// Where it is reached from outside: what links in notices begin with.
    pub public_url: Option<String>,
    /// What somebody without a token may do who comes from this machine.
    pub without_token: Option<OperatorRole>,
    /// The most connections at once. One client's address may hold half of them, unless a proxy
    /// stands in front.
    pub connections: usize,
    /// How many webhooks may be under way.
    pub webhooks: Limits,
    /// How much of what comes in is held in memory.
    pub held: Most,
    /// How long a request's head may take to arrive; also how long a connection may idle.
    pub head_time: Duration,
    /// How long a client may take nothing of what it asked for.
    pub take_time: Duration,
}

impl Default for Door {
    fn default() -> Self {
        Self {
            tls: None,
            behind_tls: false,
            public_url: None,
            without_token: None,
            connections: 2048,
            webhooks: Limits::default(),
            held: Most::default(),
            head_time: Duration::from_secs(30),
            take_time: Duration::from_secs(20),
        }
    }
}

/// The door would stand open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoorError {
    /// Everything would cross the network in clear.
    #[error(
        "listening on {0} would send tokens and callers' words across the network in clear; name a \
         certificate under [hub.tls], or put a TLS proxy in front and say hub.behind_tls = true, \
         or listen on 127.0.0.1"
    )]
    Clear(SocketAddr),
    /// Anybody could act.
    #[error(
        "hub.without_token lets in whoever reaches the hub, so it goes only with an address of \
         this machine alone and without a proxy in front (it listens on {0}); leave it out"
    )]
    Open(SocketAddr),
    /// A link would go through the network in clear, or nowhere.
    #[error("hub.public_url is where the hub is reached from outside: https://…, not {0:?}")]
    Link(String),
    /// Nobody could come in.
    #[error("hub.max_connections is {0}; at least 8 are needed")]
    Narrow(usize),
}

impl Door {
    /// Checks that the door does not stand open on this address.
    ///
    /// # Errors
    /// What would be wrong, and what to change.
    pub fn check(&self, listen: SocketAddr) -> Result<(), DoorError> {
        let local = listen.ip().is_loopback();
        if !local && self.tls.is_none() && !self.behind_tls {
            return Err(DoorError::Clear(listen));
        }
        if self.without_token.is_some() && (!local || self.behind_tls) {
            return Err(DoorError::Open(listen));
        }
        if let Some(url) = &self.public_url
            && !network::reads_as_private(url)
        {
            return Err(DoorError::Link(url.clone()));
        }
        if self.connections < 8 {
            return Err(DoorError::Narrow(self.connections));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_open_door_is_refused() {
        let local: SocketAddr = ([127, 0, 0, 1], 1).into();
        let world: SocketAddr = ([0, 0, 0, 0], 1).into();
        let tls = Some(Tls { certificate: "c".into(), key: "k".into() });
        let door = Door::default;
        assert_eq!(door().check(local), Ok(()));
        assert_eq!(door().check(world), Err(DoorError::Clear(world)));
        assert_eq!(Door { tls: tls.clone(), ..door() }.check(world), Ok(()));
        assert_eq!(Door { behind_tls: true, ..door() }.check(world), Ok(()));
        let open = || Door { without_token: Some(OperatorRole::Viewer), ..door() };
        assert_eq!(open().check(local), Ok(()));
        assert_eq!(Door { tls, ..open() }.check(world), Err(DoorError::Open(world)));
        assert_eq!(Door { behind_tls: true, ..open() }.check(local), Err(DoorError::Open(local)));
        assert_eq!(Door { connections: 7, ..door() }.check(local), Err(DoorError::Narrow(7)));
        let elsewhere = "http://127.0.0.1.example.com".to_owned();
        let link = Door { public_url: Some(elsewhere.clone()), ..door() };
        assert_eq!(link.check(local), Err(DoorError::Link(elsewhere)));
    }
}
