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
use tokio::task::{AbortHandle, JoinHandle};

use super::engine::{Engine, Unavailable};

/// How long an answer is good.
const GOOD: Duration = Duration::from_secs(1);

type Answer = Result<(), Unavailable>;

/// The latest try.
#[derive(Debug, Default)]
pub struct Readiness(Mutex<Option<Try>>);

#[derive(Debug)]
struct Try {
    began: Instant,
    /// Knows when it is over, whether anybody waited for that or not.
    task: AbortHandle,
    answer: Shared<BoxFuture<'static, Answer>>,
}

impl Readiness {
    /// Whether the journal can record right now, or could a moment ago.
    ///
    /// # Errors
    /// When it can't, or when the engine doesn't answer.
    pub async fn ask(&self, engine: &Engine) -> Answer {
        let answer = self.latest(|| {
            let engine = engine.clone();
            // Beside whoever asks: a try ends though they hang up.
            tokio::spawn(async move { engine.ready().await })
        });
        answer.await
    }

    fn latest(
        &self,
        try_it: impl FnOnce() -> JoinHandle<Answer>,
    ) -> Shared<BoxFuture<'static, Answer>> {
        let mut latest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*latest
            && (!known.task.is_finished() || known.began.elapsed() < GOOD)
        {
            return known.answer.clone();
        }
        let tried = try_it();
        let task = tried.abort_handle();
        let answer = async move { tried.await.unwrap_or(Err(Unavailable)) }.boxed().shared();
        *latest = Some(Try { began: Instant::now(), task, answer: answer.clone() });
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_try_found_whose_asker_hung_up_is_no_answer_for_ever() {
        let readiness = Readiness::default();
        let ready = || tokio::spawn(async { Ok(()) });
        let full = || tokio::spawn(async { Err(Unavailable) });
        drop(readiness.latest(ready));
        assert!(readiness.latest(full).await.is_ok(), "that is a moment ago");
        drop(readiness.latest(ready));
        tokio::time::sleep(GOOD).await;
        assert!(readiness.latest(full).await.is_err(), "the disk is full by now");
    }

    #[tokio::test]
    async fn a_try_that_takes_its_time_is_shared_until_it_is_over() {
        let readiness = Readiness::default();
        let slow = || {
            tokio::spawn(async {
                tokio::time::sleep(GOOD * 2).await;
                Ok(())
            })
        };
        let one = readiness.latest(slow);
        tokio::time::sleep(GOOD).await;
        let other = readiness.latest(|| tokio::spawn(async { Err(Unavailable) }));
        assert!(one.await.is_ok() && other.await.is_ok());
    }
}
