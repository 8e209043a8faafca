//! What went to forms, flows and classes of late: for the count of 24 hours, which is never passed,
//! and for the window in which a caller is known there. Kept in the journal, so that it outlives the
//! hub and holds for all hubs together.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    plan::{Destination, DestinationKind},
    salesforce::{Class, Failure, Trouble},
    store::{Journal, StoreError},
    wire::FormsPosted,
};

/// How many forms Salesforce takes in 24 hours. What is over it would queue up there unseen.
const MOST_A_DAY: usize = 500;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Under which names the journal keeps what was sent to each destination.
const KEPT: &str = "posted.";

/// One that was sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct One {
    at: Timestamp,
    /// Its write: however often it is tried, it counts once.
    write: String,
    /// A digest of the caller; empty when nothing is known of them.
    who: String,
}

/// What was sent to one destination of late.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Recent(Vec<One>);

impl Recent {
    fn forget_before(&mut self, instant: Timestamp) {
        self.0.retain(|one| one.at > instant);
    }

    /// How long the next one has to wait.
    fn wait(&self, most: usize, now: Timestamp) -> Option<SignedDuration> {
        let over = self.0.len().checked_sub(most)?;
        let first = self.0.get(over)?;
        Some(first.at.checked_add(DAY).unwrap_or(now).duration_since(now))
    }

    /// Whether the caller was there since then, by another write than this.
    fn has(&self, who: &str, write: &str, since: Timestamp) -> bool {
        self.0.iter().any(|one| one.at > since && one.who == who && one.write != write)
    }
}

/// What is to be done with a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Send,
    /// The same caller went there a moment ago.
    Known,
}

/// The counts of all destinations.
pub(super) struct Posted {
    journal: Arc<Journal>,
    /// One is counted at a time.
    alone: tokio::sync::Mutex<()>,
    /// When something was sent, as last read, by destination.
    known: Mutex<HashMap<String, Vec<Timestamp>>>,
}

impl Posted {
    pub(super) fn new(journal: Arc<Journal>) -> Self {
        Self { journal, alone: tokio::sync::Mutex::default(), known: Mutex::default() }
    }

    /// Reads what is kept of these destinations. What can't be read stays as it was known.
    pub(super) async fn recount(&self, destinations: &[Destination]) {
        for to in destinations.iter().filter(|to| to.kind == DestinationKind::WebToLead) {
            match self.journal.kept(&key(to)).await {
                Ok(kept) => self.know(to, &read(kept)),
                Err(error) => tracing::warn!(%error, "the forms posted could not be counted"),
            }
        }
    }

    /// How many forms went there in the last 24 hours, and how many may.
    pub(super) fn forms(&self, to: &Destination, now: Timestamp) -> Option<FormsPosted> {
        (to.kind == DestinationKind::WebToLead).then(|| {
            let since = now.saturating_sub(DAY).unwrap_or(Timestamp::MIN);
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            let all = known.get(&to.name).into_iter().flatten();
            let posted = all.filter(|at| **at > since).count();
            FormsPosted { posted: posted as u64, most: most_a_day(to) as u64 }
        })
    }

    fn know(&self, to: &Destination, recent: &Recent) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(to.name.clone(), recent.0.iter().map(|one| one.at).collect());
    }

    /// Counts the write, durably and before it is sent.
    ///
    /// # Errors
    /// When the day's number is reached, or the count can't be kept.
    pub(super) async fn take_turn(
        &self,
        to: &Destination,
        write: &str,
        who: Option<&str>,
        now: Timestamp,
    ) -> Result<Turn, Failure> {
        let window = SignedDuration::from_mins(to.duplicate_minutes.into());
        let counted = to.kind == DestinationKind::WebToLead;
        if !counted && window.is_zero() {
            return Ok(Turn::Send);
        }
        let _alone = self.alone.lock().await;
        let name = key(to);
        let _held = self.journal.alone(&name).await.map_err(|error| broken(&error))?;
        let kept = self.journal.kept(&name).await.map_err(|error| broken(&error))?;
        let mut recent = read(kept);
        // All of it is read and written at every turn: no more is kept than counts.
        let counts = if counted { DAY.max(window) } else { window };
        recent.forget_before(now.saturating_sub(counts).unwrap_or(Timestamp::MIN));
        let since = now.saturating_sub(window).unwrap_or(Timestamp::MIN);
        if who.is_some_and(|who| !window.is_zero() && recent.has(who, write, since)) {
            return Ok(Turn::Known);
        }
        if recent.0.iter().any(|one| one.write == write) {
            return Ok(Turn::Send);
        }
        let most = most_a_day(to);
        if let Some(wait) = recent.wait(most, now).filter(|_| counted) {
            return Err(Failure {
                class: Class::OrgWide(Trouble::Limit),
                retry_after: wait.try_into().ok(),
                ..Failure::of_ours(
                    "WEB_TO_LEAD_CAP",
                    &format!("{most} forms were posted in the last 24 hours"),
                )
            });
        }
        let one = One { at: now, write: write.to_owned(), who: who.unwrap_or_default().to_owned() };
        recent.0.push(one);
        let text = serde_json::to_string(&recent).map_err(|error| broken(&error))?;
        self.journal.keep(&name, &text).await.map_err(|error| broken(&error))?;
        self.know(to, &recent);
        Ok(Turn::Send)
    }

    /// Leaves nothing by which these callers (by their digests) would be known again. That they were
    /// there still counts.
    ///
    /// # Errors
    /// When the journal fails.
    pub(super) async fn forget(&self, callers: &[String]) -> Result<(), StoreError> {
        let _alone = self.alone.lock().await;
        for name in self.journal.kept_names(KEPT).await? {
            let _held = self.journal.alone(&name).await?;
            let kept = self.journal.kept(&name).await?;
            let recent = kept.and_then(|kept| serde_json::from_str::<Recent>(&kept).ok());
            let Some(mut recent) = recent else { continue };
            let theirs = recent.0.iter_mut().filter(|one| callers.contains(&one.who));
            let erased = theirs.map(|one| one.who.clear()).count();
            if erased > 0 {
                let text = serde_json::to_string(&recent).unwrap_or_default();
                self.journal.keep(&name, &text).await?;
            }
        }
        Ok(())
    }
}

/// Under which name the journal keeps it.
fn key(to: &Destination) -> String {
    format!("{KEPT}{}", to.name)
}

fn read(kept: Option<String>) -> Recent {
    kept.and_then(|kept| serde_json::from_str(&kept).ok()).unwrap_or_default()
}

fn most_a_day(to: &Destination) -> usize {
    to.most_a_day.map_or(MOST_A_DAY, |most| most as usize)
}

fn broken(error: &dyn std::fmt::Display) -> Failure {
    Failure {
        class: Class::Transient,
        ..Failure::of_ours("JOURNAL", &format!("the count could not be kept: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(hour * 3600).unwrap()
    }

    fn one(hour: i64, who: &str) -> One {
        One { at: at(hour), write: format!("write of {who}"), who: who.to_owned() }
    }

    #[test]
    fn the_day_rolls() {
        let mut recent = Recent(vec![one(0, "a"), one(10, "b")]);
        assert_eq!(recent.wait(3, at(20)), None);
        assert_eq!(recent.wait(2, at(20)), Some(SignedDuration::from_hours(4)));
        assert_eq!(recent.wait(1, at(20)), Some(SignedDuration::from_hours(14)));
        recent.forget_before(at(25).checked_sub(DAY).unwrap());
        assert_eq!(recent.wait(2, at(25)), None);
        let has = |who, since| recent.has(who, "another", at(since));
        assert!(has("b", 9) && !has("b", 10) && !has("a", 0));
    }

    #[tokio::test]
    async fn who_is_forgotten_is_counted_and_not_known() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(folder.path()).await.unwrap());
        let posted = Posted::new(Arc::clone(&journal));
        for name in ["chats", "forms"] {
            let to = Destination {
                name: name.to_owned(),
                most_a_day: Some(3),
                duplicate_minutes: 60,
                ..Destination::default()
            };
            let visit = async |write: &str, who| {
                posted.take_turn(&to, write, Some(who), at(0)).await.map_err(|it| it.code)
            };
            assert_eq!(visit("1", "gone").await, Ok(Turn::Send));
            assert_eq!(visit("2", "stays").await, Ok(Turn::Send));
            posted.forget(&["gone".to_owned()]).await.unwrap();
            let kept = journal.kept(&format!("{KEPT}{name}")).await.unwrap().unwrap();
            assert!(!kept.contains("gone"), "{kept}");
            assert_eq!(visit("3", "gone").await, Ok(Turn::Send), "nobody knows them");
            assert_eq!(visit("4", "stays").await, Ok(Turn::Known));
            assert!(visit("5", "another").await.is_err(), "three were sent today");
        }
    }

    #[tokio::test]
    async fn of_what_is_not_counted_only_the_window_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Arc::new(Journal::open(folder.path()).await.unwrap());
        let posted = Posted::new(Arc::clone(&journal));
        for (kind, kept) in [(DestinationKind::Flow, 1), (DestinationKind::WebToLead, 5)] {
            let to = Destination {
                name: format!("to {kind:?}"),
                kind,
                duplicate_minutes: 60,
                ..Destination::default()
            };
            for hour in 0..5 {
                let who = format!("caller {hour}");
                let turn = posted.take_turn(&to, &who, Some(&who), at(2 * hour)).await;
                assert_eq!(turn.map_err(|it| it.code), Ok(Turn::Send));
            }
            assert_eq!(read(journal.kept(&key(&to)).await.unwrap()).0.len(), kept, "{kind:?}");
        }
    }

    #[test]
    fn another_try_of_a_write_is_no_second_visit() {
        let recent = Recent(vec![one(0, "a")]);
        assert!(recent.has("a", "write of somebody else", at(-1)));
        assert!(!recent.has("a", "write of a", at(-1)));
    }
}
