//! What several tests stand on: a hub and a stand-in org with real sockets and a real journal, a
//! hub with nothing behind it, a board as a hub would tell of it.

pub mod board;
pub mod error_table;
pub mod fake_hub;
pub mod mail;

#[cfg(unix)]
pub mod postgres;
pub mod process;
pub mod pty;
pub mod receiver;
pub mod stage;
pub mod trial;
pub mod vapi;
pub mod vapi_api;

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// Asks again and again until `look` finds something. Fails after a minute: that is for machines that have much else to do.
pub async fn until<T, F, Fut>(what: &str, mut look: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain until {what}");
        sleep(Duration::from_millis(20)).await;
    }
}
