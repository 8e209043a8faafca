//! Plays calls: each its own task, every message in its order, at its time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};
use uuid::Uuid;

use super::{
    Options,
    cast::Troupe,
    messages::What,
    real_time,
    schedule::{self, Coming},
    scripts,
};

/// So many messages are under way at once, whatever the calls want.
const AT_ONCE: usize = 8;
/// As long as Vapi itself waits for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why the callers gave up.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// The hub won't take our secret.
    #[error("the hub refuses the callers' webhook secret (HTTP {0}); give both the same")]
    Refused(u16),
    /// No address to send to.
    #[error("{url:?} is no address of a hub: {source}; use one like http://127.0.0.1:7878")]
    Address {
        /// What was given.
        url: String,
        /// Why it doesn't do.
        source: reqwest::Error,
    },
}

/// What was played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Calls begun.
    pub calls: u64,
    /// Messages the hub took.
    pub messages: u64,
    /// Messages it declined with another 4xx.
    pub declined: u64,
}

#[derive(Default)]
struct Counts {
    messages: AtomicU64,
    declined: AtomicU64,
}

/// What all calls share.
struct Stage {
    http: reqwest::Client,
    url: String,
    secret: String,
    speed: f64,
    clock: Timestamp,
    begun: Instant,
    lines: Semaphore,
    counts: Counts,
}

pub(super) async fn run(
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Result<Played, PlayError> {
    let stage = Arc::new(Stage::new(&options)?);
    let mut troupe = Troupe::new(scripts::all(), options.seed);
    let mut random = fastrand::Rng::with_seed(options.seed ^ 0xCA11);
    let mut live: JoinSet<Result<(), PlayError>> = JoinSet::new();
    let mut calls = 0;
    for coming in schedule::opening(&mut troupe, &mut random) {
        calls += 1;
        live.spawn(stage.clone().play(coming, fastrand::Rng::with_seed(random.u64(..))));
    }
    tokio::pin!(shutdown);
    // The opening has its own calls to ring; those after it come when it has settled.
    let mut next = stage.begun + real_time(14_000, stage.speed);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            // A call that ended by itself, or was cancelled, makes room for another.
            Some(ended) = live.join_next() => if let Ok(outcome) = ended {
                outcome?;
            },
            () = sleep_until(next) => {
                if live.len() < options.calls_at_once + 2 {
                    calls += 1;
                    let plan = super::messages::Plan::new(troupe.next(), &mut random);
                    let rings = stage.elapsed();
                    let call = Coming { plan, rings };
                    live.spawn(stage.clone().play(call, fastrand::Rng::with_seed(random.u64(..))));
                }
                let pause = schedule::pause(live.len(), options.calls_at_once, &mut random);
                next = Instant::now() + real_time(pause, stage.speed);
            }
        }
    }
    live.shutdown().await;
    Ok(Played {
        calls,
        messages: stage.counts.messages.load(Ordering::Relaxed),
        declined: stage.counts.declined.load(Ordering::Relaxed),
    })
}

/// What the hub said to a message.
enum Reply {
    Taken,
    Declined,
    Later(Option<Duration>),
}

impl Stage {
    fn new(options: &Options) -> Result<Self, PlayError> {
        let url = format!("{}/hooks/vapi", options.hub_url.trim_end_matches('/'));
        let address = |source| PlayError::Address { url: options.hub_url.clone(), source };
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .user_agent("Vapi/1.0 (simulated by callboard)")
            .no_proxy()
            .build()
            .map_err(address)?;
        http.post(&url).build().map_err(address)?;
        Ok(Self {
            http,
            url,
            secret: options.secret.clone(),
            speed: options.speed.clamp(0.01, 1_000.0),
            clock: options.clock,
            begun: Instant::now(),
            lines: Semaphore::new(AT_ONCE),
            counts: Counts::default(),
        })
    }

    /// How long the callers have been at it, in milliseconds at speed 1.
    fn elapsed(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a run lasts days at most")]
        let elapsed = (self.begun.elapsed().as_secs_f64() * 1000.0 * self.speed) as i64;
        elapsed
    }

    /// What time it was or will be at `at` milliseconds of speed 1.
    fn moment(&self, at: i64) -> Timestamp {
        let span = SignedDuration::try_from(real_time(at.abs(), self.speed));
        let span = span.unwrap_or(SignedDuration::ZERO) * if at < 0 { -1 } else { 1 };
        self.clock.saturating_add(span).unwrap_or(self.clock)
    }

    async fn play(
        self: Arc<Self>,
        call: Coming,
        mut random: fastrand::Rng,
    ) -> Result<(), PlayError> {
        let rang = u64::try_from(self.moment(call.rings).as_millisecond()).unwrap_or(0);
        let bytes: [u8; 10] = std::array::from_fn(|_| random.u8(..));
        let id: Uuid = uuid::Builder::from_unix_timestamp_millis(rang, &bytes).into_uuid();
        let past = call.is_past();
        // How far the call is behind its plan, because the hub was away.
        let mut slip = 0;
        for beat in &call.plan.beats {
            if past && matches!(beat.what, What::Partial { .. } | What::Speech { .. }) {
                continue;
            }
            let due = call.rings + beat.at + slip;
            if due > 0 {
                sleep_until(self.begun + real_time(due, self.speed)).await;
            }
            let begins = call.rings + slip;
            let message = call.plan.message(id, beat, |at| self.moment(begins + at));
            self.deliver(message.to_string(), &mut random).await?;
            if due > 0 {
                // What is left keeps its spacing instead of coming in a burst.
                let late = self.elapsed() - due;
                slip += if late > 1_000 { late } else { 0 };
            }
        }
        Ok(())
    }

    /// Sends one message until the hub takes or declines it.
    async fn deliver(&self, body: String, random: &mut fastrand::Rng) -> Result<(), PlayError> {
        let mut wait = Duration::from_millis(250);
        loop {
            let reply = {
                // The semaphore is never closed; without a permit the message goes all the same.
                let _permit = self.lines.acquire().await;
                self.send(body.clone()).await?
            };
            let asked = match reply {
                Reply::Taken => {
                    self.counts.messages.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Reply::Declined => {
                    self.counts.declined.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                Reply::Later(asked) => asked,
            };
            let jitter = wait.mul_f64(random.f64());
            sleep(asked.unwrap_or(wait / 2 + jitter).min(Duration::from_secs(30))).await;
            wait = (wait * 2).min(Duration::from_secs(8));
        }
    }

    async fn send(&self, body: String) -> Result<Reply, PlayError> {
        let request = self
            .http
            .post(&self.url)
            .header("content-type", "application/json")
            .header("x-vapi-secret", &self.secret)
            .body(body);
        let Ok(answer) = request.send().await else { return Ok(Reply::Later(None)) };
        let status = answer.status();
        Ok(match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                return Err(PlayError::Refused(status.as_u16()));
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                let asked = answer.headers().get("retry-after");
                let seconds = asked.and_then(|value| value.to_str().ok()?.parse().ok());
                Reply::Later(seconds.map(Duration::from_secs))
            }
            _ if status.is_success() => Reply::Taken,
            _ if status.is_client_error() => {
                tracing::debug!(%status, "the hub declined a simulated message");
                Reply::Declined
            }
            _ => Reply::Later(None),
        })
    }
}
