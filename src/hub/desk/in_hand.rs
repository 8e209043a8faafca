//! One call in hand: its fold, its lane and its judge.

use jiff::{SignedDuration, Timestamp};

use super::Seen;
use crate::{
    call::{Call, CallbackState, Event, Fact, Line, Match, MatchKind, Phone},
    plan::{self, Purpose, Write, WriteState},
    store::Stored,
    triage::Judge,
};

/// How long an ended call stays on the board when nothing is left to do for it.
const AFTERGLOW: SignedDuration = SignedDuration::from_mins(60);

/// How long after its end something may still be said of a call, in the usual course.
const LAST_WORDS: SignedDuration = SignedDuration::from_mins(2);

/// How long a wrapped-up call stays in hand, so that wrapping up can be undone.
const WRAPPED: SignedDuration = SignedDuration::from_secs(60);

/// After this long a call that fell silent counts as over for the board's purposes.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(12);

/// How much of a call is judged, in bytes of text: more than anybody says in two hours. What a
/// hostile or broken report holds beyond it is recorded, but costs nobody else's call its turn.
pub(super) const MOST_JUDGED: usize = 128 * 1024;

/// One call in hand.
#[derive(Debug)]
pub struct InHand {
    pub(super) call: Call,
    /// The keys of its events: what was heard already.
    pub(super) seen: Seen,
    pub(super) lane: Vec<Write>,
    /// Who judges it; none while nothing more is expected to be said.
    pub(super) judge: Option<Box<Judge>>,
    /// How many lines the judge has heard, and the last of them.
    pub(super) heard: usize,
    pub(super) last: Option<Line>,
    /// How many bytes of text that was.
    pub(super) judged: usize,
    pub(super) stale: bool,
    pub(super) on_board: bool,
    /// When to look whether somebody is to be told of it; none when nothing will come up by itself.
    pub(super) duty: Option<Timestamp>,
    /// Its revision in a shared journal.
    pub(super) revision: u64,
    /// At which version its fold was kept.
    pub(super) kept: Option<u64>,
}

impl InHand {
    pub(super) fn new(event: &Event) -> Self {
        Self::begun(Call::begin(event))
    }

    pub(super) fn begun(call: Call) -> Self {
        Self {
            call,
            seen: Seen::default(),
            lane: Vec::new(),
            judge: None,
            heard: 0,
            last: None,
            judged: 0,
            stale: false,
            on_board: true,
            duty: None,
            revision: 0,
            kept: None,
        }
    }

    /// The number of the caller that its next write asks about, if that is what it does.
    pub(super) fn asks_about(&self) -> Option<&Phone> {
        let write = &self.lane[plan::head(&self.lane)?];
        let phone = self.call.phone().filter(|phone| phone.is_e164());
        phone.filter(|_| write.purpose == Purpose::Match)
    }

    /// A call as the journal has it, folded and judged; none when it has no event.
    pub fn of(
        stored: Stored,
        fresh: &Judge,
        under_way: &dyn Fn(&str) -> bool,
    ) -> Option<Box<Self>> {
        let mut held = Box::new(Self::new(stored.events.first()?));
        held.seen.reserve(stored.events.len());
        for event in &stored.events {
            held.call.apply(event);
            held.seen.note(&event.key);
        }
        held.take_up(stored, under_way);
        held.judge(fresh);
        Some(held)
    }

    /// What the journal knows of it beside its events.
    pub(super) fn take_up(&mut self, stored: Stored, under_way: &dyn Fn(&str) -> bool) {
        self.call.version = stored.row.version;
        self.lane = stored.writes;
        self.on_board = stored.row.on_board;
        self.revision = stored.row.revision;
        for write in &mut self.lane {
            let theirs = stored.under_way.contains(&write.id);
            if write.state == WriteState::InFlight && !theirs && !under_way(&write.id) {
                write.interrupt();
            }
        }
    }

    pub(super) fn apply(&mut self, event: &Event) {
        // What is told as a whole may say something else of what was said before, and once a call is over
        // a late word may take the place of one that was not finished.
        let whole = |fact: &Fact| matches!(fact, Fact::Report(_) | Fact::SoFar { .. });
        let changes = event.facts.iter().any(whole) || !self.call.state().is_live();
        let before = changes.then(|| self.call.transcript.lines().to_vec());
        self.call.apply(event);
        self.call.version += 1;
        self.stale = false;
        if before.is_some_and(|before| !self.call.transcript.lines().starts_with(&before)) {
            self.heard = 0;
        }
    }

    /// Lets the judge hear what is new. Lines that came between or instead of known ones make it
    /// start over.
    pub(super) fn judge(&mut self, fresh: &Judge) {
        let lines = self.call.transcript.lines();
        if lines.len() == self.heard && lines.last() == self.last.as_ref() && self.heard > 0 {
            return;
        }
        let continues = self.heard > 0
            && self.heard <= lines.len()
            && lines.get(self.heard - 1) == self.last.as_ref();
        let mut judge = match self.judge.take().filter(|_| continues) {
            Some(judge) => judge,
            None => {
                self.heard = 0;
                self.judged = 0;
                Box::new(fresh.clone())
            }
        };
        for line in &lines[self.heard..] {
            self.judged += line.text.as_str().len();
            if self.judged <= MOST_JUDGED {
                judge.hear(line);
            }
        }
        self.heard = lines.len();
        self.last = lines.last().cloned();
        self.call.assessment = judge.assessment();
        self.judge = Some(judge);
    }

    /// Lets the judge of a call go that has been over for a while. Should more be said after all,
    /// another hears it from the beginning.
    pub(super) fn rest(&mut self, now: Timestamp) {
        if !self.call.state().is_live() && now.duration_since(self.call.heard_at) > LAST_WORDS {
            self.judge = None;
        }
    }

    /// Who the caller is, if this call knows: whom Salesforce found, or the record made for it.
    pub(super) fn identity(&self) -> Option<Match> {
        let found = self.call.matched().filter(|found| found.kind != MatchKind::Nobody);
        found.cloned().or_else(|| {
            let record = |sobject| self.call.record(sobject).cloned();
            let (lead, contact) = (record("Lead"), record("Contact"));
            let account_id = record("Account").filter(|_| lead.is_none());
            let name = self.call.name().cloned();
            let kind = if account_id.is_none() { MatchKind::Lead } else { MatchKind::Contact };
            let score = lead.is_some().then_some(self.call.assessment.score);
            let person = account_id.is_some() && contact.is_none();
            let id = lead.or(contact);
            let known = id.is_some() || account_id.is_some();
            known.then_some(Match { kind, id, name, account_id, score, others: 0, person })
        })
    }

    /// Whether a write of it was ever sent.
    pub(super) fn has_begun(&self) -> bool {
        let sent = [WriteState::InFlight, WriteState::Retrying, WriteState::Delivered];
        self.lane.iter().any(|write| sent.contains(&write.state))
    }

    /// Whether that will be known before long, without anybody's doing.
    pub(super) fn will_be_known(&self) -> bool {
        plan::head(&self.lane).map(|place| &self.lane[place]).is_some_and(|write| {
            let identifies = matches!(write.purpose, Purpose::Match | Purpose::Record);
            let here = write.change.destination().is_none();
            identifies && here && write.state != WriteState::Failed
        })
    }

    /// A call is on the board while somebody is on the line, something is left to do for it, or
    /// it ended a short while ago.
    pub(super) fn belongs_on_board(&self, now: Timestamp) -> bool {
        let since = |at: Timestamp| now.duration_since(at);
        if self.duty.is_some() || self.lane.iter().any(|write| !write.state.is_end()) {
            return true;
        }
        if let Some(at) = self.call.wrapped_up_at() {
            return since(at) < WRAPPED;
        }
        if self.call.state().is_live() {
            return since(self.call.heard_at) < FORGOTTEN;
        }
        let owed = self.call.callback().is_some_and(|it| it.state == CallbackState::Waiting);
        owed || since(self.call.heard_at) < AFTERGLOW
    }
}
