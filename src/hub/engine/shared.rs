//! Several hubs on one journal. Any hub takes events and orders of any call; what keeps them in
//! step is here, and with a journal of one's own nothing of it runs.
//!
//! A turn holds the calls it may change from before it looks at them until it has committed, so no
//! two hubs work on one call at a time. What others changed is read every second, and sooner when
//! one of them says so. A write under way is leased to its hub for as long as that lives; whoever
//! takes it over gives it a newer version, by which a late outcome is known and passed over.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::{
    Ask,
    sending::COURIERS,
    worker::{PAUSED, Worker, paused_key},
};
use crate::{
    call::CallId,
    store::{Claim, Mark, StoreError, Wanted},
    wire::Order,
};

/// Hints are followed at most so often.
const BREATH: Duration = Duration::from_millis(50);

/// A hub that has not said for so long that it lives sends nothing: its leases are about to lapse,
/// or have.
const LEASE: Duration = Duration::from_secs(4);

/// How often it is looked how many forms the other hubs posted.
const RECOUNT: Duration = Duration::from_secs(10);

/// What is known of the other hubs.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// What is read of the journal is as of this.
    mark: Mark,
    /// When to look for news though no second has passed, and when that was done last.
    look_at: Option<Instant>,
    looked_at: Option<Instant>,
    /// When forms were counted last.
    counted_at: Option<Instant>,
    /// When the database last heard that we live; none with a journal of our own.
    alive_at: Option<Instant>,
}

impl Others {
    /// Another hub said that something changed.
    pub(super) fn hint(&mut self) {
        let now = Instant::now();
        let next = self.looked_at.map_or(now, |at| now.max(at + BREATH));
        self.look_at.get_or_insert(next);
    }

    /// When to look for news, if before the next second.
    pub(super) fn look_at(&self) -> Option<Instant> {
        self.look_at
    }

    /// Whether what we have under way may be another hub's by now.
    pub(super) fn lease_lapsed(&self) -> bool {
        self.alive_at.is_some_and(|at| at.elapsed() > LEASE)
    }
}

impl Worker {
    /// Before everything is read for the first time.
    pub(super) async fn join_others(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if self.parts.journal.is_shared() {
            self.beat(now).await?;
            self.others.mark = self.parts.journal.mark().await?;
        }
        Ok(())
    }

    /// Says that we live, and hears what the others did. What fails is tried again in a second.
    pub(super) async fn keep_up(&mut self, ticked: bool, now: Timestamp) {
        let started = Instant::now();
        let look = self.others.look_at.is_some_and(|at| at <= started);
        if ticked && let Err(error) = self.beat(now).await {
            tracing::warn!(%error, "the other hubs could not be told that this one lives");
        }
        if (ticked || look)
            && let Err(error) = self.hear_others(now).await
        {
            tracing::warn!(%error, "what other hubs changed could not be read");
        }
    }

    async fn beat(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let asked_at = Instant::now();
        let pulse = self.parts.journal.pulse().await?;
        self.others.alive_at = Some(asked_at);
        let counted = self.others.counted_at.is_some_and(|at| at.elapsed() < RECOUNT);
        if let Some(courier) = self.parts.courier.as_ref().filter(|_| !counted) {
            courier.recount().await;
            self.others.counted_at = Some(asked_at);
        }
        let is_paused =
            |key: &str| pulse.kept.iter().any(|(name, value)| name == key && value == "true");
        let mut changed = self.gates.main.follow(is_paused(PAUSED), now);
        for (name, gate) in self.gates.others_mut() {
            changed |= gate.follow(is_paused(&paused_key(Some(name))), now);
        }
        if changed {
            self.parts.desk.touch_unfinished();
        }
        let mut orphans = pulse.lapsed;
        orphans.retain(|id| self.parts.desk.is_under_way(id) || !self.parts.desk.holds(id));
        for stored in self.parts.journal.load(&orphans).await? {
            self.resume(stored, now);
        }
        Ok(())
    }

    /// Reads what others changed. What they called for is left to them for a moment.
    async fn hear_others(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.others.look_at = None;
        self.others.looked_at = Some(Instant::now());
        let news = self.parts.journal.changed(&self.others.mark).await?;
        let desk = &self.parts.desk;
        let is_news = |(id, revision, on_board): (CallId, u64, bool)| match desk.revision(&id) {
            Some(known) => (known < revision).then_some(id),
            None => on_board.then_some(id),
        };
        let ids: Vec<CallId> = news.calls.into_iter().filter_map(is_news).collect();
        let before = desk.len();
        self.parts.desk.hear_suppressions(news.suppressions, now);
        for stored in self.parts.journal.load(&ids).await? {
            let id = stored.row.id.clone();
            self.resume(stored, now);
            self.parts.desk.leave_to_others(&id, now);
        }
        self.phone_calls += (self.parts.desk.len() - before) as u64;
        self.others.mark = news.mark;
        Ok(())
    }

    /// Holds what this turn is about: calls asked about or settled, and what is due.
    pub(super) async fn hold(
        &mut self,
        batch: &[Ask],
        now: Timestamp,
    ) -> Result<Claim, StoreError> {
        let mut wanted = Wanted::default();
        if !self.parts.journal.is_shared() {
            return self.parts.journal.claim(&wanted).await;
        }
        wanted.calls.extend(self.told.iter().map(|(call, _)| call.clone()));
        wanted.calls.extend(self.promises_of(batch));
        wanted.calls.extend(self.unsettled.iter().map(|settled| settled.call.clone()));
        for ask in batch {
            match ask {
                Ask::Receive(events, _) => {
                    let calls = events.iter().map(|event| &event.call);
                    let (old, new): (Vec<_>, Vec<_>) =
                        calls.cloned().partition(|id| self.parts.desk.holds(id));
                    wanted.calls.extend(old);
                    wanted.new.extend(new);
                }
                Ask::Act(call, _, command, _) => {
                    wanted.calls.push(call.clone());
                    wanted.calls.extend(self.concerned(call, &command.order));
                }
                Ask::ActOnWrite(call, ..) => wanted.calls.push(call.clone()),
                Ask::DoNotCall(order, _) => {
                    wanted
                        .calls
                        .extend(self.parts.desk.calls_of(std::slice::from_ref(&order.number)));
                }
                Ask::Erase(asked, _) => wanted.calls.extend(asked.calls.iter().cloned()),
                // Who only looks holds nobody up.
                Ask::Draft(..)
                | Ask::Detail(..)
                | Ask::Pause(..)
                | Ask::Numbers(..)
                | Ask::Told(..) => {}
            }
        }
        let room = if self.leaving { 0 } else { self.room(now) };
        if room > 0 {
            (wanted.due, wanted.numbers) = self.parts.desk.due(room.min(COURIERS), now);
        }
        if self.tells() {
            wanted.due.extend(self.parts.desk.held_for_duties(self.room_to_tell(), now));
        }
        let claim = self.parts.journal.claim(&wanted).await?;
        let rings = |ask: &Ask| match ask {
            Ask::Act(_, _, command, _) => matches!(command.order, Order::CallBack { .. }),
            _ => false,
        };
        if batch.iter().any(rings) {
            // Another hub may have heard a moment ago that nobody is to ring that number.
            self.hear_others(now).await?;
        }
        if wanted.numbers.iter().any(|number| claim.holds_number(number)) {
            // Whoever held the number before us has committed whom it asked about.
            self.hear_others(now).await?;
        }
        Ok(claim)
    }

    /// What is held and was changed by others since it was last read here.
    pub(super) fn stale(&self, claim: &Claim) -> Vec<CallId> {
        let known = |id| self.parts.desk.revision(id).unwrap_or(0);
        claim.revisions().filter(|(id, at)| known(id) < *at).map(|(id, _)| id.clone()).collect()
    }
}
