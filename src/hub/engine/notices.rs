//! Telling people: what is due is recorded as being sent, then sent, then what came of it recorded.
//!
//! What is due follows from the calls alone, so a restart goes on where it was. Between the sending
//! and its record lies the one moment in which a crash makes a notice go twice; both bear the same
//! id.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use jiff::Timestamp;
use tokio::time::{Instant, timeout, timeout_at};

use super::worker::{FAREWELL, Worker};
use crate::{
    call::{CallId, NoticeFact, NoticeStep, Text},
    hub::desk::Tell,
    hub::notices::Notices,
    notice::{Failure, Message, SEND_TIME},
};

/// Notices on their way at once.
const MESSENGERS: usize = 32;

/// What became of a notice.
pub(super) type Told = (CallId, NoticeFact);

impl Worker {
    /// How many more notices may be sent now.
    pub(super) fn room_to_tell(&self) -> usize {
        MESSENGERS.saturating_sub(self.telling.len())
    }

    /// Whether this hub is the one that tells people.
    pub(super) fn tells(&self) -> bool {
        !self.leaving && self.parts.journal.leads() && !self.others.lease_lapsed()
    }

    /// Records what is due; it is sent once that is on disk.
    pub(super) fn due_tells(&mut self, now: Timestamp) -> Vec<Tell> {
        match self.room_to_tell() {
            0 => Vec::new(),
            room => self.parts.desk.take_notices(self.tells(), room, &self.claim, now),
        }
    }

    /// Notes what became of notices on their calls, which are in hand. It waits for its commit.
    pub(super) fn note_told(&mut self, now: Timestamp) {
        let mut told = std::mem::take(&mut self.told);
        // What was erased meanwhile stays so.
        let desk = &mut self.parts.desk;
        told.retain(|(call, notice)| {
            let held = desk.holds(call);
            if !held {
                desk.land(call, notice);
            }
            held
        });
        for (call, notice) in &told {
            let failed_since = self.parts.desk.fails_since(&notice.way);
            if let (NoticeStep::Sent, Some(since)) = (&notice.step, failed_since) {
                tracing::info!(channel = channel(notice), %since, "notices are taken again");
            }
            self.parts.desk.told(call, notice, now);
            crash_point!("notice.noted");
        }
        self.noted.extend(told);
    }

    /// Sends a notice of which it is on disk that it is being sent.
    pub(super) fn tell(&mut self, tell: Tell) {
        if self.others.lease_lapsed() {
            // We were asleep since it was committed: another hub may tell them by now.
            return self.parts.desk.land(&tell.call.id, &tell.notice);
        }
        let Tell { call, theirs, notice } = tell;
        let notices = Arc::clone(&self.parts.notices);
        let plan = &self.parts.desk.settings().plan;
        let message = notices.message(&call, &theirs, &notice, plan, Timestamp::now());
        self.telling.spawn(async move {
            let sending = AssertUnwindSafe(send(&notices, &call.id, &notice, &message));
            // Whatever becomes of it, its call hears of it.
            let step = sending.catch_unwind().await.unwrap_or_else(|_| NoticeStep::Failed {
                problem: "the sending stopped unexpectedly".into(),
                permanent: false,
            });
            (call.id, NoticeFact { step, ..notice })
        });
    }

    /// Waits for what is on its way, as long as a hub that stops waits, and records it.
    pub(super) async fn last_notices(&mut self, now: Timestamp) {
        let deadline = Instant::now() + FAREWELL;
        while let Ok(Some(told)) = timeout_at(deadline, self.telling.join_next()).await {
            self.told.extend(told.ok());
        }
        if !self.told.is_empty() {
            self.end_commit().await;
            self.take(Vec::new(), Vec::new(), false, now).await;
            // What is taken in next takes what it claimed of a shared journal.
            self.commit(now);
        }
    }
}

/// Sends a notice. Returns what became of it.
async fn send(
    notices: &Notices,
    call: &CallId,
    notice: &NoticeFact,
    message: &Message,
) -> NoticeStep {
    crash_point!("notice.begun");
    let sending = notices.messenger.send(&notice.way, message);
    let outcome = timeout(SEND_TIME, sending).await;
    let outcome = outcome.unwrap_or_else(|_| Err(Failure::passing("it took too long")));
    crash_point!("notice.taken");
    let counted = if outcome.is_ok() { "sent" } else { "failed" };
    metrics::counter!("callboard_notices_total", "outcome" => counted).increment(1);
    match outcome {
        Ok(()) => NoticeStep::Sent,
        Err(Failure { problem, permanent }) => {
            warn(call, notice, &problem, permanent);
            NoticeStep::Failed { problem, permanent }
        }
    }
}

/// Why a notice may have failed, in words of the system's own: what a receiver answered may repeat
/// the notice, and so a caller's words. That stays on the call.
const REASONS: [&str; 9] = [
    "Connection refused",
    "Connection reset",
    "timed out",
    "it took too long",
    "failed to lookup address",
    "No route to host",
    "STARTTLS is not supported",
    "certificate",
    "permanent error (535)",
];

/// Says that a notice failed: whose, of which call, by which channel, and why.
fn warn(call: &CallId, notice: &NoticeFact, problem: &Text, permanent: bool) {
    let whole = problem.as_str();
    let beginning = whole.split(':').next().unwrap_or_default();
    let reason = REASONS.into_iter().find(|reason| whole.contains(reason)).unwrap_or(beginning);
    let (channel, attempt) = (channel(notice), notice.attempt);
    tracing::warn!(
        person = %notice.to, call = %call, channel, reason, attempt, permanent,
        "somebody could not be told of a call"
    );
}

fn channel(notice: &NoticeFact) -> &str {
    notice.way.as_str().split(':').next().unwrap_or_default()
}
