//! Which writes are due, which of them go now, and what became of them.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{Desk, InHand, Settled};
use crate::{
    call::{CallId, Event, Fact},
    delivery::{Job, settle},
    plan::{self, Purpose, Write, WriteState},
    store::Claim,
};

/// How long a look-up waits before it asks again whether another call knows the caller.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_millis(300);

/// No write waits longer before it is tried again, whatever it noted.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(1);

/// How long a look-up waits for its caller's number to be held.
const NOT_HELD: SignedDuration = SignedDuration::from_millis(10);

impl Desk {
    /// Puts the lane where its head belongs in the queue.
    pub(super) fn requeue(&mut self, id: &CallId, now: Timestamp) {
        let Some(held) = self.calls.get(id) else { return self.queue.remove(id) };
        let head = plan::head(&held.lane).map(|place| &held.lane[place]);
        match head.map(|write| (write.state, write.next_at)) {
            Some((WriteState::Pending | WriteState::Retrying, at)) => match at {
                // A time that was noted before the clock was put back may be far away.
                Some(at) if at > now => {
                    let most = now.checked_add(LONGEST_WAIT).unwrap_or(now);
                    self.queue.wait(id, at.min(most));
                }
                _ => self.queue.due(id, held.call.urgency()),
            },
            _ => self.queue.remove(id),
        }
    }

    /// The clock was put back by so much.
    pub fn clock_went_back(&mut self, by: SignedDuration) {
        self.queue.clock_went_back(by);
    }

    /// When the next waiting write falls due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.queue.next_due()
    }

    /// Whether a write is due now.
    pub fn has_due(&self) -> bool {
        self.queue.has_due()
    }

    fn ripen(&mut self, now: Timestamp) {
        while let Some(id) = self.queue.ripe(now) {
            let urgency = self.calls.get(&id).map(|held| held.call.urgency()).unwrap_or_default();
            self.queue.due(&id, urgency);
        }
    }

    /// The calls whose writes [`Desk::take_due`] would take, and the numbers of callers they ask
    /// about: what is to be held before.
    pub fn due(&mut self, most: usize, now: Timestamp) -> (Vec<CallId>, BTreeSet<String>) {
        self.ripen(now);
        let ids: Vec<CallId> = self.queue.first(most).cloned().collect();
        let asked = ids.iter().filter_map(|id| self.calls.get(id)?.asks_about());
        let numbers = asked.map(|phone| phone.as_str().to_owned()).collect();
        (ids, numbers)
    }

    /// Whether the first write of a lane may go with what is held; if not, it is put off.
    fn may_go(&mut self, id: &CallId, claim: &Claim, now: Timestamp) -> bool {
        let asks = self.calls.get(id).and_then(|held| held.asks_about());
        let wait = match asks {
            _ if !claim.holds(id) => LOOK_AGAIN,
            Some(phone) if !claim.holds_number(phone.as_str()) => NOT_HELD,
            _ => return true,
        };
        self.queue.wait(id, now.checked_add(wait).unwrap_or(now));
        false
    }

    /// Takes up to `most` due writes of calls that are held, the most urgent first, and marks them
    /// in flight.
    ///
    /// With `reserved` only what is urgent goes; the rest waits until then. What `doorman` does not
    /// let through waits until it says.
    pub fn take_due(
        &mut self,
        most: usize,
        reserved: Option<Timestamp>,
        mut doorman: impl FnMut(&Write) -> Option<Timestamp>,
        claim: &Claim,
        now: Timestamp,
    ) -> Vec<Job> {
        self.ripen(now);
        let mut jobs = Vec::new();
        while jobs.len() < most {
            let Some(id) = self.queue.pop() else { break };
            if !self.may_go(&id, claim, now) || self.wait_for_the_same_caller(&id, now) {
                continue;
            }
            let Some(held) = self.calls.get_mut(&id) else { continue };
            let Some(place) = plan::head(&held.lane) else { continue };
            if let Some(until) = reserved.filter(|_| !held.is_urgent()) {
                self.queue.wait(&id, until);
                continue;
            }
            if let Some(until) = doorman(&held.lane[place]) {
                self.queue.wait(&id, until);
                continue;
            }
            let record = held.record_to_take_along(place, &self.settings.plan, now);
            let since = held.lane.first().map_or(now, |write| write.created_at);
            let mut send = |place: usize| {
                let write = &mut held.lane[place];
                write.state = WriteState::InFlight;
                write.version += 1;
                write.changed_at = now;
                self.commit.writes.push(write.clone());
                write.clone()
            };
            let (write, record) = (send(place), record.map(send));
            jobs.push(Job { write, record, call: held.call.clone(), since });
            self.touched.insert(id);
        }
        jobs
    }

    /// The writes under way that are to wait no longer for company.
    pub fn take_hurried(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.hurried)
    }

    /// Before Salesforce is asked who a caller is: another call of the same number may know, or be
    /// about to (one caller who rings five times is one Lead, and one look-up). Returns whether
    /// the look-up is answered or put off by it.
    fn wait_for_the_same_caller(&mut self, id: &CallId, now: Timestamp) -> bool {
        let Some(held) = self.calls.get(id) else { return false };
        let Some(place) = plan::head(&held.lane) else { return false };
        if held.lane[place].purpose != Purpose::Match {
            return false;
        }
        let others = self.same_number.others(&held.call);
        let others: Vec<&InHand> =
            others.iter().filter_map(|id| self.calls.get(id).map(Box::as_ref)).collect();
        // One that may have made the caller's Lead already, as a look-up does where it finds nobody,
        // is asked again: it finds what it made.
        let is_first_try = held.lane[place].never_arrived();
        if let Some(known) =
            others.iter().find_map(|other| other.identity()).filter(|_| is_first_try)
        {
            let Some(held) = self.calls.get_mut(id) else { return false };
            let write = &mut held.lane[place];
            write.state = WriteState::Superseded;
            write.version += 1;
            write.changed_at = now;
            let key = format!("salesforce:{}:same-number", write.id);
            self.commit.writes.push(write.clone());
            let facts = vec![Fact::Matched(known)];
            let event = Event::of_ours(id, key, facts, now);
            self.receive(vec![event]);
            self.catch_up(now);
            return true;
        }
        // Who has begun goes first, then who rang first: an order, so that no two wait for each other.
        let rank = |it: &InHand| (!it.has_begun(), it.call.began_at, it.call.id.clone());
        let mine = rank(held);
        let first = |other: &InHand| rank(other) < mine;
        if others.iter().any(|other| other.will_be_known() && first(other)) {
            let later = now.checked_add(LOOK_AGAIN).unwrap_or(now);
            self.queue.wait(id, later);
            return true;
        }
        false
    }

    /// Records what became of an attempt, and what was learnt by it.
    pub fn settle(&mut self, outcome: Settled, now: Timestamp, jitter: f64) {
        let Settled { call: id, write, version, verdict, attempt, facts, held_back } = outcome;
        let Some(held) = self.calls.get_mut(&id) else { return };
        let Some(place) = held.lane.iter().position(|known| known.id == write) else { return };
        let known = &mut held.lane[place];
        // Whoever took the write over after our lease lapsed gave it a newer version: what becomes
        // of it is for them to say.
        if known.state != WriteState::InFlight || known.version != version {
            return;
        }
        settle(known, &verdict, held_back, now, jitter);
        let attempts = known.version;
        self.commit.writes.push(known.clone());
        self.commit.attempts.extend(attempt.map(|attempt| (write.clone(), attempt)));
        if facts.is_empty() {
            self.replan(&id, now);
        } else {
            // What Salesforce told goes the one way in: as an event.
            let key = format!("salesforce:{write}:{attempts}");
            let event = Event::of_ours(&id, key, facts, now);
            self.receive(vec![event]);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::super::{Most, Settings};
    use super::*;
    use crate::{
        call::{Line, Linked, Party, Phone, Role, SourceName},
        store::Stored,
        triage::Rules,
    };

    fn now() -> Timestamp {
        "2026-11-21T14:00:00Z".parse().unwrap()
    }

    fn desk() -> Desk {
        Desk::new(Settings {
            plan: plan::Settings {
                first_seconds: 0,
                record_seconds: 0,
                batch_seconds: 0,
                ..plan::Settings::default()
            },
            has_org: true,
            rules: Rules::shipped(),
            shared: true,
            most: Most::default(),
            call_back: None,
            zone: jiff::tz::TimeZone::UTC,
            silence: HashMap::new(),
        })
    }

    fn event(call: &str, facts: Vec<Fact>) -> Event {
        let call = CallId::new(&SourceName::new("vapi"), call);
        Event { call, key: format!("{}", facts.len()), sent_at: now(), received_at: now(), facts }
    }

    /// Somebody rings about a flood; all calls are of one number.
    fn rings(call: &str) -> Event {
        let phone = Phone::of_e164("+15550104477");
        let text = "my basement is flooding, a pipe burst".into();
        let said = Fact::Said(Line { at: now(), role: Role::Caller, text });
        event(call, vec![Fact::Party(Box::new(Party { phone, ..Party::default() })), said])
    }

    #[test]
    fn a_look_up_that_may_have_made_a_lead_is_not_answered_by_another_call_though_the_caller_is_known()
     {
        for interrupted in [false, true] {
            let mut first = desk();
            first.receive(vec![rings("b")]);
            first.catch_up(now());
            if interrupted {
                let sent = first.take_due(9, None, |_| None, &Claim::All, now());
                assert_eq!(sent.len(), 1);
            }
            let commit = first.take_commit(&Claim::All, now());
            let mut second = desk();
            // Meanwhile another call of the caller's has a Lead.
            let linked = Linked { sobject: "Lead".into(), id: "00Q000000000009AAA".into() };
            second.receive(vec![rings("a"), event("a", vec![Fact::Linked(linked)])]);
            second.catch_up(now());
            let row = commit.calls.into_iter().next().unwrap();
            let stored = Stored {
                row,
                events: commit.events,
                writes: commit.writes,
                fold: None,
                under_way: HashSet::new(),
            };
            second.resume(stored, &|_| false, now());
            second.take_due(9, None, |_| None, &Claim::All, now());
            let (_, lane) = second.get(&event("b", Vec::new()).call).unwrap();
            let asks = lane.iter().find(|write| write.purpose == Purpose::Match).unwrap();
            // Asked once the other call's own turn is over.
            assert_eq!(asks.state == WriteState::Pending, interrupted, "{asks:?}");
        }
    }
}
