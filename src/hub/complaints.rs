//! What is wrong with a source: a secret that was changed on one side only, or a mapping that misses, looks
//! like a quiet day. So the log says so, and a flood of it fills no disk.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::intake::Unread;

/// Of one source one thing is said once in so long.
const PAUSE: Duration = Duration::from_secs(60);

/// How often each thing was wrong since it was last said, and when that was.
#[derive(Debug, Default)]
pub struct Complaints(Mutex<HashMap<What, (u64, Instant)>>);

/// The source, and what is wrong with it.
type What = (String, &'static str);

impl Complaints {
    /// A webhook was refused for what is wrong with it or with its source.
    pub fn refused(&self, source: &str, label: &'static str, why: &str, now: Instant) {
        const WRONG: [&str; 5] = ["unauthorized", "replayed", "malformed", "too-deep", "too-large"];
        if !WRONG.contains(&label) {
            return;
        }
        if let Some(refused) = self.note(source, label, now) {
            tracing::warn!(source, refused, label, why, "webhooks were refused");
        }
    }

    /// A webhook was taken, and some of it could not be understood. What it is may be what somebody
    /// said, and is not told.
    pub fn unread(&self, source: &str, unread: &[Unread], now: Instant) {
        for Unread { setting, .. } in unread {
            if let Some(webhooks) = self.note(source, setting, now) {
                tracing::warn!(
                    source,
                    setting,
                    webhooks,
                    "nothing that can be understood stands where the config points; \
                     `callboard source test` shows it"
                );
            }
        }
    }

    /// Notes one. Returns how many to speak of, when it is time to.
    fn note(&self, source: &str, what: &'static str, now: Instant) -> Option<u64> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((count, said)) = known.get_mut(&(source.to_owned(), what)) else {
            known.insert((source.to_owned(), what), (0, now));
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
        let (complaints, began) = (Complaints::default(), Instant::now());
        let note = |source, what, seconds| {
            complaints.note(source, what, began + Duration::from_secs(seconds))
        };
        let unauthorized = |seconds| note("vapi", "unauthorized", seconds);
        assert_eq!((unauthorized(0), unauthorized(1), unauthorized(59)), (Some(1), None, None));
        assert_eq!(note("vapi", "malformed", 59), Some(1), "another thing");
        assert_eq!(note("twilio", "unauthorized", 59), Some(1));
        assert_eq!((unauthorized(60), unauthorized(61)), (Some(3), None));
    }
}
