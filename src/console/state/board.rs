//! The calls and writes the hub has told of, in the order they are shown.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{callers::Callers, order::Order, shelf::Shelf};
use crate::{
    call::{CallId, CallState, CallbackState, Claim, Phone, Text, Urgency},
    wire::{CallSummary, NoticeState, WriteState, WriteSummary},
};

/// What is over and has its outcome comes last. Else most urgent first; within an urgency by what was promised (somebody is on the line or nobody
/// has taken a Hot call: now; a callback: when it is due; nothing: last), then by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallRank {
    closed: bool,
    urgency: Reverse<Urgency>,
    promised: i64,
    age: i64,
}

/// Earliest promise first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallbackRank {
    due: i64,
    urgency: Reverse<Urgency>,
}

/// What needs somebody first, then what is on its way, then what is done, the latest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriteRank {
    group: u8,
    age: i64,
}

/// A call, with what would be dear to make for every frame.
#[derive(Clone, Debug)]
pub struct CallRow {
    /// What the hub said.
    pub summary: CallSummary,
    /// The number as people write it.
    pub number: String,
    /// Name, number, wish, service and owner in small letters, for the filter.
    pub haystack: String,
}

impl CallRow {
    fn new(summary: CallSummary) -> Self {
        let number = summary.phone.as_ref().map(Phone::national).unwrap_or_default();
        let part = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let haystack = [
            part(summary.name.as_ref().map(Text::as_str)),
            number.to_lowercase(),
            digits,
            part(summary.wants.as_ref().map(Text::as_str)),
            part(summary.service.as_ref().map(|s| s.0.as_str())),
            part(summary.owner.as_ref().map(Text::as_str)),
            summary.id.source().to_lowercase(),
        ]
        .join("\n");
        Self { summary, number, haystack }
    }

    /// The caller as a row names them: by name, else by number.
    pub fn caller(&self) -> &str {
        match &self.summary.name {
            Some(name) if !name.is_empty() => name.as_str(),
            _ if !self.number.is_empty() => &self.number,
            _ => "number withheld",
        }
    }

    /// Who works on it at this moment.
    pub fn claim(&self, now: Timestamp) -> Option<&Claim> {
        self.summary.claim.as_ref().filter(|claim| claim.until > now)
    }

    /// The callback that is still owed, if one is.
    pub fn owed(&self) -> Option<Timestamp> {
        let callback = self.summary.callback.as_ref()?;
        (callback.state == CallbackState::Waiting).then_some(callback.due)
    }

    /// Whether it is over and somebody has said what became of it.
    pub fn is_closed(&self) -> bool {
        self.summary.disposed.is_some() && !self.summary.state.is_live()
    }

    fn rank(&self) -> Option<CallRank> {
        let call = &self.summary;
        if call.wrapped_up {
            return None;
        }
        let began = call.began_at.as_second();
        let unattended = call.urgency >= Urgency::HOT && call.owner.is_none();
        let (promised, age) = match self.owed() {
            _ if call.state.is_live() || unattended => (began, began),
            Some(due) => (due.as_second(), began),
            // Nothing is owed: the latest is the likeliest to matter.
            None => (i64::MAX, -began),
        };
        let closed = self.is_closed();
        Some(CallRank { closed, urgency: Reverse(call.urgency), promised, age })
    }

    fn callback_rank(&self) -> Option<CallbackRank> {
        let urgency = Reverse(self.summary.urgency);
        self.owed().map(|due| CallbackRank { due: due.as_second(), urgency })
    }
}

fn write_rank(write: &WriteSummary) -> WriteRank {
    let at = write.changed_at.as_second();
    let (group, age) = match write.state {
        WriteState::Failed => (0, at),
        WriteState::Held => (1, at),
        WriteState::Retrying => (2, at),
        WriteState::InFlight => (3, at),
        WriteState::Pending => (4, at),
        WriteState::Delivered | WriteState::Superseded | WriteState::Discarded => (5, -at),
    };
    WriteRank { group, age }
}

/// How many of what; kept in step by every change, never counted over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// On the line now.
    pub live: usize,
    /// Hot (urgency 4 and 5), and nobody has it: not acknowledged, claimed, rung back, disposed of or
    /// wrapped up.
    pub hot: usize,
    /// Those of them where nobody is left to tell.
    pub given_up: usize,
    /// Writes that wait for an operator.
    pub failed: usize,
    /// Writes that are held or tried again by themselves.
    pub waiting: usize,
}

impl Counts {
    fn come(&mut self, call: &CallSummary) {
        self.live += usize::from(is_live(call));
        self.hot += usize::from(is_nobodys(call));
        self.given_up += usize::from(is_given_up(call));
    }

    fn leave(&mut self, call: &CallSummary) {
        self.live -= usize::from(is_live(call));
        self.hot -= usize::from(is_nobodys(call));
        self.given_up -= usize::from(is_given_up(call));
    }
}

/// Everything the hub has told of.
#[derive(Debug, Default)]
pub struct Board {
    /// The calls.
    pub calls: Shelf<CallId, CallRow>,
    /// The writes.
    pub writes: Shelf<String, WriteSummary>,
    /// The calls that are not wrapped up, in the order of the Live view.
    pub live: Order<CallRank>,
    /// The calls somebody is owed a callback for.
    pub callbacks: Order<CallbackRank>,
    /// The writes, those that need somebody first.
    pub outbox: Order<WriteRank>,
    callers: Callers,
    counts: Counts,
}

impl Board {
    /// Takes what the hub says of a call. An older version never replaces a newer one.
    /// Returns true when the call is Hot now and was not before.
    pub fn take_call(&mut self, summary: CallSummary) -> bool {
        let before = self.calls.get(&summary.id).map(|row| &row.summary);
        if before.is_some_and(|known| known.version > summary.version) {
            return false;
        }
        let was_hot = before.is_some_and(is_hot);
        if let Some(before) = before {
            self.counts.leave(before);
            self.callers.leave(before);
        }
        self.counts.come(&summary);
        self.callers.come(&summary);
        let becomes_hot = is_hot(&summary) && !was_hot;
        let row = CallRow::new(summary);
        let (rank, callback) = (row.rank(), row.callback_rank());
        let slot = self.calls.put(row.summary.id.clone(), row);
        self.live.place(slot, rank);
        self.callbacks.place(slot, callback);
        becomes_hot
    }

    /// A call left the board.
    pub fn drop_call(&mut self, id: &CallId) {
        let Some(row) = self.calls.get_mut(id) else { return };
        self.counts.leave(&row.summary);
        self.callers.leave(&row.summary);
        // What is left of it until the next settling counts nowhere any more.
        row.summary.wrapped_up = true;
        row.summary.state = CallState::Ended;
        if let Some(slot) = self.calls.leave(id) {
            self.live.place(slot, None);
            self.callbacks.place(slot, None);
        }
    }

    /// Takes what the hub says of a write.
    pub fn take_write(&mut self, summary: WriteSummary) {
        let before = self.writes.get(&summary.id);
        if before.is_some_and(|known| known.version > summary.version) {
            return;
        }
        if let Some(state) = before.map(|write| write.state) {
            self.count_write(state, false);
        }
        self.count_write(summary.state, true);
        let rank = write_rank(&summary);
        let slot = self.writes.put(summary.id.clone(), summary);
        self.outbox.place(slot, Some(rank));
    }

    /// A write left the board.
    pub fn drop_write(&mut self, id: &str) {
        let Some(write) = self.writes.get_mut(id) else { return };
        let state = std::mem::replace(&mut write.state, WriteState::Superseded);
        self.count_write(state, false);
        if let Some(slot) = self.writes.leave(id) {
            self.outbox.place(slot, None);
        }
    }

    fn count_write(&mut self, state: WriteState, comes: bool) {
        let counter = match state {
            WriteState::Failed => &mut self.counts.failed,
            WriteState::Held | WriteState::Retrying => &mut self.counts.waiting,
            _ => return,
        };
        *counter = if comes { *counter + 1 } else { counter.saturating_sub(1) };
    }

    /// Whether rows wait for their place.
    pub fn is_unsettled(&self) -> bool {
        self.live.is_unsettled()
            || self.callbacks.is_unsettled()
            || self.outbox.is_unsettled()
            || self.calls.has_leavings()
            || self.writes.has_leavings()
    }

    /// Moves rows to their places.
    pub fn settle(&mut self) {
        self.live.settle();
        self.callbacks.settle();
        self.outbox.settle();
        self.calls.clear_away();
        self.writes.clear_away();
    }

    /// How many of what.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many callbacks were due before `now`.
    pub fn late_callbacks(&self, now: Timestamp) -> usize {
        let now = now.as_second();
        self.callbacks.count_while(|rank| rank.due < now)
    }

    /// The Hot call that began last, of those whose outcome is open.
    pub fn newest_hot(&self) -> Option<&CallRow> {
        let hot = |rank: &CallRank| !rank.closed && rank.urgency.0 >= Urgency::HOT;
        let slots = self.live.iter().take(self.live.count_while(hot));
        slots.filter_map(|slot| self.calls.at(slot)).max_by_key(|row| row.summary.began_at)
    }

    /// The last call of the same caller before this one.
    pub fn call_before(&self, call: &CallSummary) -> Option<&CallRow> {
        self.calls.get(self.callers.before(call)?)
    }

    /// The call in which somebody spoke with this one's caller since, if a callback is still owed
    /// for it.
    pub fn got_through_since(&self, row: &CallRow) -> Option<&CallRow> {
        row.owed()?;
        self.calls.get(self.callers.got_through(&row.summary)?)
    }

    /// The failed writes of a call.
    pub fn failed_writes_of(&self, call: &CallId) -> Vec<String> {
        self.failed_writes()
            .filter(|write| write.call == *call)
            .map(|write| write.id.clone())
            .collect()
    }

    /// Every failed write.
    pub fn failed_writes(&self) -> impl Iterator<Item = &WriteSummary> {
        self.writes.rows().filter(|write| write.state == WriteState::Failed)
    }
}

fn is_live(call: &CallSummary) -> bool {
    call.state.is_live() && !call.wrapped_up
}

fn is_hot(call: &CallSummary) -> bool {
    call.urgency >= Urgency::HOT && !call.wrapped_up
}

/// Hot, and nobody has it.
fn is_nobodys(call: &CallSummary) -> bool {
    is_hot(call) && call.taken_by.is_none() && call.disposed.is_none()
}

/// Nobody has it, and whoever it was given to did not answer, could not be told, or is not told
/// before their quiet hours are over.
fn is_given_up(call: &CallSummary) -> bool {
    let silent = call.notice.as_ref().is_some_and(|notice| match notice.state {
        NoticeState::Unanswered | NoticeState::Failing | NoticeState::Failed => true,
        NoticeState::Waiting => notice.waits_until.is_some(),
        NoticeState::Told | NoticeState::Acknowledged => false,
    });
    is_nobodys(call) && silent
}
