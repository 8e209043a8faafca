//! What is wrong with the webhooks of a source: a secret that was changed on one side only, or a mapping
//! that misses, looks like a quiet day. So the log says so and every console shows it, and a flood of it
//! fills no disk.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};

use super::board::Board;
use crate::{
    call::Text,
    intake::Unread,
    wire::{FailingSource, Fault},
};

/// Of one source one thing is said once in so long.
const PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// What does not come again for so long is over.
const WORTH_TELLING: SignedDuration = SignedDuration::from_hours(1);

/// What is refused whatever it holds: one that is taken shows that it is over.
const WHOLLY: [&str; 2] = ["unauthorized", "replayed"];

/// What was wrong since the hub started.
#[derive(Debug, Default)]
pub struct Complaints {
    known: Mutex<BTreeMap<What, Known>>,
    /// Whether a webhook that is taken ends anything: asked for each of them.
    any_to_end: AtomicBool,
}

/// The source, and what is wrong with it.
type What = (String, &'static str);

/// How often something was wrong.
#[derive(Debug)]
struct Known {
    /// When it was last said.
    said: Timestamp,
    /// How often since then.
    unsaid: u64,
    /// What consoles are shown of it.
    shown: Option<FailingSource>,
}

impl Complaints {
    /// A webhook was refused for what is wrong with it or with its source.
    pub fn refused(
        &self,
        source: &str,
        label: &'static str,
        why: &str,
        now: Timestamp,
        board: &Board,
    ) {
        const WRONG: [&str; 5] = ["unauthorized", "replayed", "malformed", "too-deep", "too-large"];
        if !WRONG.contains(&label) {
            return;
        }
        if let Some(refused) = self.note(source, label, Fault::Refused, why, now) {
            tracing::warn!(source, refused, label, why, "webhooks were refused");
            board.show_sources(self.shown(now));
        }
    }

    /// A webhook was taken, and some of it could not be understood. What it is may be what somebody
    /// said, and is not told.
    pub fn taken(&self, source: &str, unread: &[Unread], now: Timestamp, board: &Board) {
        let mut changed = self.any_to_end.load(Ordering::Relaxed) && self.end(source);
        for Unread { setting, .. } in unread {
            if let Some(webhooks) = self.note(source, setting, Fault::Unread, setting, now) {
                tracing::warn!(
                    source,
                    setting,
                    webhooks,
                    "nothing that can be understood stands where the config points; \
                     `callboard source test` shows it"
                );
                changed = true;
            }
        }
        if changed {
            board.show_sources(self.shown(now));
        }
    }

    /// Notes one. Returns how many to speak of, when it is time to.
    fn note(
        &self,
        source: &str,
        what: &'static str,
        fault: Fault,
        why: &str,
        now: Timestamp,
    ) -> Option<u64> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Known { said: Timestamp::MIN, unsaid: 0, shown: None };
        let known = known.entry((source.to_owned(), what)).or_insert_with(new);
        known.unsaid += 1;
        // A clock that was set back must not silence it.
        if now.duration_since(known.said).abs() < PAUSE {
            return None;
        }
        known.said = now;
        let webhooks = std::mem::take(&mut known.unsaid);
        let before = known.shown.take().filter(|it| it.is_worth_telling(now));
        let wholly = WHOLLY.contains(&what);
        known.shown = Some(FailingSource {
            source: Text::new(source),
            fault,
            since: before.map_or(now, |it| it.since),
            why: Text::new(why),
            until: now.checked_add(WORTH_TELLING).ok().filter(|_| !wholly),
        });
        self.any_to_end.fetch_or(wholly, Ordering::Relaxed);
        Some(webhooks)
    }

    /// A webhook of this source proved itself. Returns whether that ended anything.
    fn end(&self, source: &str) -> bool {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut ended, mut goes_on) = (false, false);
        for ((name, _), known) in known.iter_mut().filter(|((_, what), _)| WHOLLY.contains(what)) {
            ended |= name == source && known.shown.take().is_some();
            goes_on |= known.shown.is_some();
        }
        self.any_to_end.store(goes_on, Ordering::Relaxed);
        ended
    }

    /// What consoles are shown.
    fn shown(&self, now: Timestamp) -> Vec<FailingSource> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = known.values().filter_map(|known| known.shown.as_ref());
        shown.filter(|it| it.is_worth_telling(now)).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Destination, Status};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn of_a_source_it_is_said_at_once_and_then_with_their_number_once_a_minute() {
        let complaints = Complaints::default();
        let note =
            |source, what, second| complaints.note(source, what, Fault::Refused, "why", at(second));
        let unauthorized = |second| note("vapi", "unauthorized", second);
        assert_eq!((unauthorized(0), unauthorized(1), unauthorized(59)), (Some(1), None, None));
        assert_eq!(note("vapi", "malformed", 59), Some(1), "another thing");
        assert_eq!(note("twilio", "unauthorized", 59), Some(1));
        assert_eq!((unauthorized(60), unauthorized(61)), (Some(3), None));
        assert_eq!(unauthorized(-600), Some(2), "the clock was set back");
    }

    /// What a hub shows after each webhook.
    struct Shown(Complaints, std::sync::Arc<Board>);

    impl Shown {
        fn of(&self) -> Vec<(String, Timestamp)> {
            let shown = self.1.status().failing_sources;
            shown.into_iter().map(|it| (format!("{} {}", it.source, it.why), it.since)).collect()
        }

        fn refused(
            &self,
            source: &str,
            label: &'static str,
            second: i64,
        ) -> Vec<(String, Timestamp)> {
            self.0.refused(source, label, label, at(second), &self.1);
            self.of()
        }

        fn taken(&self, source: &str, unread: &[Unread], second: i64) -> Vec<(String, Timestamp)> {
            self.0.taken(source, unread, at(second), &self.1);
            self.of()
        }
    }

    #[test]
    fn a_wrong_secret_shows_until_a_webhook_proves_itself_and_a_slip_in_a_mapping_for_an_hour() {
        let shown = Shown(Complaints::default(), Board::new(Status::at_start(Destination::None)));
        let only = std::slice::from_ref::<(String, Timestamp)>;
        let secret = ("vapi unauthorized".to_owned(), at(0));
        let slip = ("ringly mapping.fields.id".to_owned(), at(30));
        let unread = [Unread { setting: "mapping.fields.id", found: None }];
        assert_eq!(shown.refused("vapi", "unauthorized", 0), only(&secret));
        assert_eq!(shown.refused("vapi", "wrong-method", 1), only(&secret), "nobody's secret");
        let both = [slip.clone(), secret.clone()];
        assert_eq!(shown.taken("ringly", &unread, 30), both);
        assert_eq!(shown.taken("ringly", &[], 31), both, "another's, or another kind of event");
        assert_eq!(shown.refused("vapi", "unauthorized", 100), both, "since when it began");
        assert_eq!(shown.taken("vapi", &[], 101), only(&slip));
        assert_eq!(shown.taken("ringly", &unread, 1_000), [slip]);
        let later = shown.taken("ringly", &unread, 9_000);
        assert_eq!(later, [("ringly mapping.fields.id".to_owned(), at(9_000))], "it was over");
        let anew = ("vapi unauthorized".to_owned(), at(20_000));
        assert_eq!(shown.refused("vapi", "unauthorized", 20_000), [anew]);
    }
}
