//! How long a write waits for others to share its API call with. Pure.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::{
    call::{Call, Rating},
    plan::{self, Purpose, Write},
};

/// Long enough for requests that are made in one breath to find each other.
const BREATH: Duration = Duration::from_millis(10);

/// How long `write` may wait for company from `now` on. `since` is when the call first had
/// something to record.
///
/// Nobody waits for what makes a call Hot, for what an operator did, or for what is tried again.
/// The first record of a call is in Salesforce within `first_seconds` while the call goes on, and
/// `record_seconds` when it is over; what changes after that has more time.
pub fn patience(
    write: &Write,
    call: &Call,
    since: Timestamp,
    settings: &plan::Settings,
    now: Timestamp,
) -> Duration {
    let records = matches!(write.purpose, Purpose::Match | Purpose::Record);
    let hot = records && call.rating() == Rating::Hot && write.next_at.is_none();
    if hot || write.by.is_some() || write.problem.is_some() {
        return BREATH;
    }
    let live = call.state().is_live();
    let seconds = |seconds: u32| SignedDuration::from_secs(seconds.into());
    let wait = match (records && call.records().next().is_none(), live) {
        (true, true) => seconds(settings.first_seconds) - now.duration_since(since),
        (true, false) => {
            let silent = call.transcript.lines().is_empty();
            let within = if silent { settings.missed_seconds } else { settings.record_seconds };
            seconds(within) - now.duration_since(since)
        }
        _ if write.purpose == Purpose::Task => seconds(settings.task_seconds),
        (false, true) => seconds(settings.batch_seconds),
        (false, false) => seconds(settings.closing_seconds),
    };
    BREATH.max(wait.try_into().unwrap_or_default())
}
