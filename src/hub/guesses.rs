//! Tokens are not to be guessed: whoever brings wrong ones is turned away for a while.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::peer::Client;

/// Wrong tokens a client may bring in a row.
const FREE: u32 = 20;

/// One more is forgiven after this long.
const FORGIVEN: Duration = Duration::from_secs(3);

/// Clients that are remembered; beyond it, whoever guessed least is forgotten.
const REMEMBERED: usize = 4096;

/// Who guessed, and until when that is held against them.
#[derive(Debug, Default)]
pub struct Guesses(Mutex<HashMap<Client, Instant>>);

impl Guesses {
    /// How long a client still has to wait; none when it may try.
    pub fn wait(&self, client: Client, now: Instant) -> Option<Duration> {
        let guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let until = *guesses.get(&client)?;
        let held = until.saturating_duration_since(now);
        held.checked_sub(FORGIVEN * (FREE - 1)).filter(|wait| !wait.is_zero())
    }

    /// Notes a wrong token.
    pub fn wrong(&self, client: Client, now: Instant) {
        metrics::counter!("callboard_wrong_tokens_total").increment(1);
        let mut guesses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if guesses.len() >= REMEMBERED && !guesses.contains_key(&client) {
            guesses.retain(|_, until| *until > now);
            if guesses.len() >= REMEMBERED
                && let Some(least) = guesses.iter().min_by_key(|(_, until)| **until)
            {
                let least = *least.0;
                guesses.remove(&least);
            }
        }
        let until = guesses.entry(client).or_insert(now);
        *until = (*until).max(now) + FORGIVEN;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(n: u16) -> Client {
        let [high, low] = n.to_be_bytes();
        Client::of([10, 1, high, low].into())
    }

    #[test]
    fn twenty_wrong_ones_and_then_a_wait() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..FREE - 1 {
            guesses.wrong(client(1), now);
            assert_eq!(guesses.wait(client(1), now), None);
        }
        guesses.wrong(client(1), now);
        assert_eq!(guesses.wait(client(1), now), Some(FORGIVEN));
        assert_eq!(guesses.wait(client(2), now), None, "others are not held up");
        assert_eq!(guesses.wait(client(1), now + FORGIVEN), None);
        guesses.wrong(client(1), now + FORGIVEN);
        assert!(guesses.wait(client(1), now + FORGIVEN).is_some());
    }

    #[test]
    fn only_so_many_are_remembered() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..FREE {
            guesses.wrong(client(9), now);
        }
        for n in 100..100 + u16::try_from(REMEMBERED).unwrap() + 50 {
            guesses.wrong(client(n), now);
        }
        assert_eq!(guesses.0.lock().unwrap().len(), REMEMBERED);
        assert!(guesses.wait(client(9), now).is_some(), "the worst is not forgotten first");
    }
}
