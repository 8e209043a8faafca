//! Whether the journal can record: tried, by one at a time, however many ask.
//!
//! Anybody may ask, and a try is a write that the disk has to keep.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};

use super::engine::{Engine, Unavailable};

/// How long an answer is good.
const GOOD: Duration = Duration::from_secs(1);

type Answer = Shared<BoxFuture<'static, Result<(), Unavailable>>>;

/// The latest try.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<(Instant, Answer)>>);

impl Readiness {
    /// Whether the journal can record right now, or could a moment ago.
    ///
    /// # Errors
    /// When it can't, or when the engine doesn't answer.
    pub async fn ask(&self, engine: &Engine) -> Result<(), Unavailable> {
        let answer = self.latest(|| {
            let engine = engine.clone();
            // Beside whoever asks: a try ends though they hang up.
            let tried = tokio::spawn(async move { engine.ready().await });
            async move { tried.await.unwrap_or(Err(Unavailable)) }.boxed()
        });
        answer.await
    }

    fn latest(
        &self,
        try_it: impl FnOnce() -> BoxFuture<'static, Result<(), Unavailable>>,
    ) -> Answer {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((began, answer)) = &*latest
            && (answer.peek().is_none() || began.elapsed() < GOOD)
        {
            return answer.clone();
        }
        let answer = try_it().shared();
        *latest = Some((Instant::now(), answer.clone()));
        answer
    }
}
