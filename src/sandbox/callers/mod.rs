//! Simulated callers: a home-services shop's telephone on a busy day.
//!
//! Seeded scripts are played as Vapi server messages over HTTP, as a voice agent would send them:
//! in order within a call, calls side by side. The players wait politely while the hub is away,
//! and never send faster than they were asked to. Every name and number is made up.

mod cast;
mod messages;
mod play;
mod schedule;
mod scripts;

use std::{fmt, future::Future, time::Duration};

use jiff::Timestamp;

pub use play::{PlayError, Played};

/// How the callers behave.
#[derive(Clone)]
pub struct Options {
    /// Where the hub is: `http://127.0.0.1:PORT`. Messages go to `/hooks/vapi` there.
    pub hub_url: String,
    /// What is sent as `X-Vapi-Secret`.
    pub secret: String,
    /// Who calls, with what words, and when, follows from this.
    pub seed: u64,
    /// 2.0 plays everything in half the time.
    pub speed: f64,
    /// About how many calls are live at any time.
    pub calls_at_once: usize,
    /// What time it is when the first caller rings; calls of the opening are dated before it.
    pub clock: Timestamp,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("hub_url", &self.hub_url)
            .field("seed", &self.seed)
            .field("speed", &self.speed)
            .field("calls_at_once", &self.calls_at_once)
            .finish_non_exhaustive()
    }
}

/// Plays calls until `shutdown` completes.
///
/// # Errors
/// [`PlayError`] when the hub will never take the messages: its address makes no sense or it
/// refuses the secret. A hub that is away is waited for.
pub async fn run(
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Result<Played, PlayError> {
    play::run(options, shutdown).await
}

/// How long, in real time, a stretch of a call takes at this speed.
fn real_time(milliseconds: i64, speed: f64) -> Duration {
    #[expect(clippy::cast_precision_loss, reason = "calls last minutes, not centuries")]
    let seconds = milliseconds.max(0) as f64 / 1000.0 / speed.max(0.01);
    Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
}
