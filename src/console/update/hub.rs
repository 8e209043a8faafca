//! What the link says.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Effect, about, alert, cursor, fill, hold, notice, read, say};
use crate::{
    call::CallId,
    console::{
        alerts::Occasion,
        keys::{Context, Intent},
        link::{FromLink, Obstacle},
        state::{Ask, Link, Phase, State},
        text::{age, seconds_between},
    },
    wire::{CallSummary, FromHub, PROTOCOL, Receipt, WriteState, WriteSummary},
};

pub(super) fn hear(state: &mut State, said: FromLink, effects: &mut Vec<Effect>) {
    match said {
        FromLink::Hub(message) => {
            state.heard_at = Some(state.now);
            from_hub(state, message, effects);
        }
        FromLink::Lost { why, retry_in, obstacle } => {
            let since = match &state.link {
                Link::Down { since, .. } => *since,
                _ => state.heard_at.unwrap_or(state.now),
            };
            let retry_at = retry_in
                .and_then(|wait| SignedDuration::try_from(wait).ok())
                .and_then(|wait| state.now.checked_add(wait).ok());
            if state.is_live() {
                let text = format!("the hub is out of reach: {why}");
                alert::call_out(state, Occasion::Stale, None, text, effects);
            }
            state.link = Link::Down { since, why, retry_at, obstacle };
        }
        FromLink::Answer { id, outcome } => answer(state, &id, outcome),
        FromLink::Held { destination, hold, outcome } => {
            hold::answer(state, destination.as_ref(), hold, outcome);
        }
        FromLink::Page { question, outcome } => read::take(state, question, outcome),
        FromLink::Draft { call, outcome } => {
            if let Some(dialog) = &mut state.dialog
                && let Ask::Opportunity { call: asked, draft, .. } = &mut dialog.ask
                && *asked == call
            {
                *draft = Some(outcome.clone());
                if let Ok(proposed) = outcome {
                    fill::opportunity(state, &proposed);
                    fill::lists(state);
                }
            }
        }
    }
}

fn from_hub(state: &mut State, message: FromHub, effects: &mut Vec<Effect>) {
    match message {
        FromHub::Hello(hello) => {
            set_clock(state, hello.now);
            if hello.protocol > PROTOCOL {
                let why = format!(
                    "the hub ({}) speaks a newer protocol than this console; update the console",
                    hello.version
                );
                let since = state.now;
                let obstacle = Obstacle::Silence;
                state.link = Link::Down { since, why, retry_at: None, obstacle };
                return;
            }
            state.zone = TimeZone::get(hello.zone.as_str()).unwrap_or(TimeZone::UTC);
            state.hello = Some(hello);
        }
        FromHub::Snapshot { calls, writes, status } => {
            let first = state.link == Link::Starting;
            let known = std::mem::take(&mut state.board);
            let mut missed = Missed { gone: known.calls.rows().count(), ..Missed::default() };
            for call in calls {
                let before = known.calls.get(&call.id);
                missed.count(before.map(|row| row.summary.version), call.version);
                let was_known = before.is_some();
                let id = call.id.clone();
                if state.board.take_call(call) && !first && !was_known {
                    announce(state, &id, effects);
                }
            }
            for write in writes {
                state.board.take_write(write);
            }
            state.board.settle();
            cursor::forget_marks(state);
            state.filter.apply(&state.board, state.hub_now());
            state.settled_at = state.now;
            let shown_before = state.status.replace(status).is_some();
            if let Link::Down { since, .. } = &state.link
                && shown_before
            {
                let text = missed.said(seconds_between(*since, state.now));
                say(state, false, text);
            }
            state.link = Link::Live;
            // A hub that was away has forgotten what is being looked at.
            state.watched = None;
            state.log.head.forget();
            state.log.asked_older = false;
            state.roster.forget();
            state.figures.forget();
        }
        FromHub::Update { calls, gone_calls, writes, gone_writes, status } => {
            changed(state, calls, &gone_calls, writes, &gone_writes, effects);
            state.status = status.or(state.status.take());
        }
        FromHub::Detail(detail) => {
            if state.watched.as_ref() == Some(&detail.summary.id) {
                state.detail = Some(detail);
            }
        }
        FromHub::Beat { now } => set_clock(state, now),
        FromHub::Goodbye { .. } | FromHub::Unknown => {}
    }
}

/// What went on while there was no line: only its outcome is known.
#[derive(Default)]
struct Missed {
    new: usize,
    changed: usize,
    gone: usize,
}

impl Missed {
    /// A call as it is now, and the version that was known of it.
    fn count(&mut self, before: Option<u64>, now: u64) {
        match before {
            Some(version) => {
                self.gone = self.gone.saturating_sub(1);
                self.changed += usize::from(version != now);
            }
            None => self.new += 1,
        }
    }

    fn said(&self, seconds: i64) -> String {
        let Self { new, changed, gone } = self;
        let long = age(seconds);
        format!(
            "live again after {long}; calls meanwhile: {new} new, {changed} changed, {gone} gone"
        )
    }
}

fn changed(
    state: &mut State,
    calls: Vec<CallSummary>,
    gone_calls: &[CallId],
    writes: Vec<WriteSummary>,
    gone_writes: &[String],
    effects: &mut Vec<Effect>,
) {
    for call in calls {
        let id = call.id.clone();
        if state.board.take_call(call) {
            announce(state, &id, effects);
        }
    }
    for id in gone_calls {
        state.board.drop_call(id);
    }
    for write in writes {
        let failed = (write.state == WriteState::Failed).then(|| write.clone());
        let before = state.board.counts().failed;
        state.board.take_write(write);
        if let Some(write) = failed.filter(|_| state.board.counts().failed > before) {
            let text = format!("failed: {} for {}", write.title, about(state, &write.call));
            alert::call_out(state, Occasion::FailedWrite, Some(&write.call), text, effects);
        }
    }
    for id in gone_writes {
        state.board.drop_write(id);
    }
}

/// A call became Hot: said, rung, never jumped to.
fn announce(state: &mut State, id: &CallId, effects: &mut Vec<Effect>) {
    let wants = state.board.calls.get(id).and_then(|row| row.summary.wants.clone());
    let wants =
        wants.map(|wants| format!(" · {}", state.masked(wants.as_str()))).unwrap_or_default();
    let key = state.settings.keys.key(Context::Board, Intent::Hot);
    // The way there stands first: the rest may be cut.
    let text = format!("HOT ({key} goes there) {}{wants}", about(state, id));
    state.hot = Some(notice(state, true, text));
    state.hot_call = Some(id.clone());
    let text = format!("HOT {}{wants}", about(state, id));
    alert::call_out(state, Occasion::Hot, Some(id), text, effects);
}

/// Ages go by the hub's clock. A difference below two seconds is the way here, not the clock.
fn set_clock(state: &mut State, hub: Timestamp) {
    let skew = hub.duration_since(state.now);
    if (skew - state.skew).abs() > SignedDuration::from_secs(2) {
        state.skew = skew;
    }
}

fn answer(state: &mut State, id: &str, outcome: Result<Receipt, String>) {
    let Some(sent) = state.actions.get_mut(id) else { return };
    match outcome {
        Ok(receipt) => {
            sent.phase = Phase::Done { undo_until: receipt.undo_until.filter(|_| receipt.done) };
            say(state, !receipt.done, receipt.message.as_str());
        }
        Err(why) => {
            sent.phase = Phase::Failed;
            let text = format!("not done: {} ({why})", sent.what);
            say(state, true, text);
        }
    }
}
