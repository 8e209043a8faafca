//! Webhooks that prove nothing: a secret that was changed on one side only looks like a quiet day, so
//! the log says so, and a flood of them fills no disk.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Of one source it is said once in so long.
const PAUSE: Duration = Duration::from_secs(60);

/// What was refused of each source since it was last said, and when that was.
#[derive(Debug, Default)]
pub struct Unproven(Mutex<HashMap<String, (u64, Instant)>>);

impl Unproven {
    /// Notes one. Returns how many to speak of, when it is time to.
    pub fn note(&self, source: &str, now: Instant) -> Option<u64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((count, said)) = known.get_mut(source) else {
            known.insert(source.to_owned(), (0, now));
            return Some(1);
        };
        *count += 1;
        if now.duration_since(*said) < PAUSE {
            return None;
        }
        *said = now;
        Some(std::mem::take(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_source_it_is_said_at_once_and_then_with_their_number_once_a_minute() {
        let (unproven, began) = (Unproven::default(), Instant::now());
        let note = |source, seconds| unproven.note(source, began + Duration::from_secs(seconds));
        assert_eq!((note("vapi", 0), note("vapi", 1), note("vapi", 59)), (Some(1), None, None));
        assert_eq!(note("twilio", 59), Some(1));
        assert_eq!((note("vapi", 60), note("vapi", 61)), (Some(3), None));
    }
}
