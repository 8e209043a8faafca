//! Fair admission of webhooks: each source and each client has a share of what is under way and
//! of the memory for bodies. Whoever asks for more is told at once to come back, so that a flood
//! of one costs neither another source nor the operators their turn.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::peer::Client;

/// What may be under way at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Webhooks of one client.
    pub of_client: Share,
    /// Webhooks of one source.
    pub of_source: Share,
    /// All webhooks.
    pub of_all: Share,
}

/// So much at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// Webhooks.
    pub webhooks: usize,
    /// Bytes of their bodies.
    pub bytes: usize,
}

const MIB: usize = 1024 * 1024;

impl Default for Limits {
    /// All of them together leave room in the engine's queue, which operators use too.
    fn default() -> Self {
        Self {
            of_client: Share { webhooks: 512, bytes: 32 * MIB },
            of_source: Share { webhooks: 768, bytes: 48 * MIB },
            of_all: Share { webhooks: 3072, bytes: 128 * MIB },
        }
    }
}

/// Whose share is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowded {
    /// The client's.
    Client,
    /// The source's.
    Source,
    /// Everybody's.
    All,
}

/// What is under way.
#[derive(Debug)]
pub struct Admission {
    limits: Limits,
    now: Mutex<UnderWay>,
}

#[derive(Debug, Default)]
struct UnderWay {
    clients: HashMap<Client, Share>,
    sources: HashMap<String, Share>,
    all: Share,
}

/// One webhook's place; dropping it gives it back.
#[derive(Debug)]
pub struct Place<'a> {
    admission: &'a Admission,
    client: Client,
    source: &'a str,
    bytes: usize,
}

impl Admission {
    /// Nothing under way.
    pub fn new(limits: Limits) -> Self {
        Self { limits, now: Mutex::default() }
    }

    /// What is under way altogether.
    pub fn under_way(&self) -> Share {
        self.lock().all
    }

    /// Takes a webhook of `client` for `source` in.
    ///
    /// # Errors
    /// Whose share is used up.
    pub fn enter<'a>(&'a self, client: Client, source: &'a str) -> Result<Place<'a>, Crowded> {
        self.take(client, source, Share { webhooks: 1, bytes: 0 })?;
        Ok(Place { admission: self, client, source, bytes: 0 })
    }

    fn take(&self, client: Client, source: &str, more: Share) -> Result<(), Crowded> {
        let mut now = self.lock();
        let of_client = now.clients.get(&client).copied().unwrap_or_default().plus(more);
        let of_source = now.sources.get(source).copied().unwrap_or_default().plus(more);
        let of_all = now.all.plus(more);
        if !of_client.fits(self.limits.of_client) {
            return Err(Crowded::Client);
        }
        if !of_source.fits(self.limits.of_source) {
            return Err(Crowded::Source);
        }
        if !of_all.fits(self.limits.of_all) {
            return Err(Crowded::All);
        }
        now.clients.insert(client, of_client);
        match now.sources.get_mut(source) {
            Some(known) => *known = of_source,
            None => drop(now.sources.insert(source.to_owned(), of_source)),
        }
        now.all = of_all;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, UnderWay> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place<'_> {
    /// Takes room for `bytes` more of the body.
    ///
    /// # Errors
    /// Whose share is used up.
    pub fn grow(&mut self, bytes: usize) -> Result<(), Crowded> {
        self.admission.take(self.client, self.source, Share { webhooks: 0, bytes })?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mine = Share { webhooks: 1, bytes: self.bytes };
        let mut now = self.admission.lock();
        if let Some(client) = now.clients.get_mut(&self.client) {
            *client = client.minus(mine);
            if *client == Share::default() {
                now.clients.remove(&self.client);
            }
        }
        if let Some(source) = now.sources.get_mut(self.source) {
            *source = source.minus(mine);
        }
        now.all = now.all.minus(mine);
    }
}

impl Share {
    fn plus(self, other: Self) -> Self {
        Self { webhooks: self.webhooks + other.webhooks, bytes: self.bytes + other.bytes }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            webhooks: self.webhooks.saturating_sub(other.webhooks),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }

    fn fits(self, most: Self) -> bool {
        self.webhooks <= most.webhooks && self.bytes <= most.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u8) -> Client {
        Client::of([10, 0, 0, n].into())
    }

    fn small() -> Admission {
        Admission::new(Limits {
            of_client: Share { webhooks: 2, bytes: 20 },
            of_source: Share { webhooks: 3, bytes: 30 },
            of_all: Share { webhooks: 4, bytes: 40 },
        })
    }

    #[test]
    fn each_has_its_share_and_no_more() {
        let admission = small();
        let first = admission.enter(client(1), "vapi").unwrap();
        let _second = admission.enter(client(1), "vapi").unwrap();
        assert_eq!(admission.enter(client(1), "vapi").unwrap_err(), Crowded::Client);
        let _third = admission.enter(client(2), "vapi").unwrap();
        assert_eq!(admission.enter(client(3), "vapi").unwrap_err(), Crowded::Source);
        // A flood of one source leaves the other its turn.
        let _fourth = admission.enter(client(3), "retell").unwrap();
        assert_eq!(admission.enter(client(4), "twilio").unwrap_err(), Crowded::All);
        drop(first);
        admission.enter(client(1), "vapi").unwrap();
    }

    #[test]
    fn bodies_have_their_share_and_give_it_back() {
        let admission = small();
        let mut first = admission.enter(client(1), "vapi").unwrap();
        first.grow(20).unwrap();
        assert_eq!(first.grow(1).unwrap_err(), Crowded::Client);
        let mut second = admission.enter(client(2), "vapi").unwrap();
        assert_eq!(second.grow(11).unwrap_err(), Crowded::Source);
        second.grow(10).unwrap();
        let mut third = admission.enter(client(3), "retell").unwrap();
        assert_eq!(third.grow(11).unwrap_err(), Crowded::All);
        drop((first, second, third));
        assert_eq!(admission.under_way(), Share::default());
        assert!(admission.lock().clients.is_empty(), "nothing is remembered of who left");
    }
}
