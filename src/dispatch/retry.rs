//! When what was not taken is tried again: by how often it failed since its channel took anything.
//!
//! So what waits goes as soon as a channel works again, whoever's notice showed that it does. And
//! while a channel takes nothing, what is urgent is tried on it often enough that this is noticed.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::notice::Asked;
use crate::call::{NoticeStep, Noticed, Text};

/// Tries of one notice, at least: with the waits between them about an hour and a half.
const TRIES: usize = 24;

/// For how long one is tried at least: a channel that is down is tried oftener with what is urgent.
const TRYING: SignedDuration = SignedDuration::from_mins(75);

/// A channel that takes nothing is tried so often while something urgent waits for it: with one
/// notice, not with all.
const PROBE: SignedDuration = SignedDuration::from_secs(20);

/// The longest wait of what is urgent.
const TURN: SignedDuration = SignedDuration::from_secs(60);

/// What is known of a channel by which people are told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Channel {
    /// When anything was last tried by it.
    pub tried: Option<Timestamp>,
    /// When it last took anything.
    pub took: Option<Timestamp>,
}

/// What is known of the channels, by their names.
pub type Channels = BTreeMap<String, Channel>;

/// The name of the channel of a way.
pub fn channel(way: &Text) -> &str {
    way.as_str().split(':').next().unwrap_or_default()
}

/// Whether a notice was not taken and is not tried again.
pub fn is_given_up(notice: &Noticed) -> bool {
    let first = notice.attempts.values().next().map(|(_, at)| *at);
    notice.sent_at().is_none()
        && match (notice.last(), first) {
            (Some((_, NoticeStep::Failed { permanent: true, .. }, _)), _) => true,
            (Some((_, NoticeStep::Failed { .. }, at)), Some(first)) => {
                notice.attempts.len() >= TRIES && at.duration_since(first).abs() >= TRYING
            }
            _ => false,
        }
}

/// When a notice is tried again whose last attempt failed at `at`.
pub(super) fn retry_at(notice: &Noticed, at: Timestamp, asked: Asked<'_>) -> Timestamp {
    let Asked { call, channels, roster, now, .. } = asked;
    let known = channels.get(channel(&notice.way)).copied().unwrap_or_default();
    // What was noted before the clock was put back says nothing.
    let past = |at: Option<Timestamp>| at.filter(|at| *at <= now);
    let took = past(known.took);
    let failed = || {
        let all = notice.attempts.values();
        all.filter(|(step, _)| matches!(step, NoticeStep::Failed { .. })).map(|(_, at)| *at)
    };
    let since = failed().filter(|at| took.is_none_or(|took| *at > took)).count();
    // Refused before the channel took something and after it: that is no outage, but their own trouble.
    let own = since > 0 && since < failed().count();
    let wait = pause(if own { failed().count() } else { since });
    let rules = roster.settings;
    if call.urgency() < rules.wake_urgency.min(rules.acknowledge_urgency) {
        return again(at, wait, now);
    }
    // Whoever is tried first may be refused for a reason of their own: the others have their turn.
    let by_itself = again(at, wait.min(TURN), now);
    let tried = past(known.tried).map_or(at, |tried| tried.max(at));
    by_itself.min(again(tried, PROBE, now))
}

/// A while after something. A clock that was put back since holds nothing up.
pub(super) fn again(at: Timestamp, wait: SignedDuration, now: Timestamp) -> Timestamp {
    let then = at.checked_add(wait).unwrap_or(at);
    let longest = now.checked_add(wait).unwrap_or(now);
    if at > longest { now } else { then }
}

/// How long to wait after so many tries: a second, then twice as long each time, at most 5 minutes.
fn pause(tries: usize) -> SignedDuration {
    let seconds = 1_i64 << tries.saturating_sub(1).min(10);
    SignedDuration::from_secs(seconds.min(300))
}
