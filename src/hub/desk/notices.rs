//! Of which calls somebody is to be told, and when to look again.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, HashSet},
};

use jiff::{SignedDuration, Timestamp};

use super::{Desk, InHand, Theirs};
use crate::{
    call::{Action, Call, CallId, Event, Fact, NoticeFact, NoticeStep, Text},
    dispatch::{self, Asked, Due, Earlier, Step},
    hub::links::LIFETIME,
    notice::SEND_TIME,
    plan,
    store::Claim,
};

/// In whose name the hub gives calls to people.
pub const HUB: &str = "Callboard";

/// When a call is looked at again that another hub has in hand, or is to act on.
const THEIRS: SignedDuration = SignedDuration::from_millis(500);

/// After this long an attempt of another hub that says nothing is one that was interrupted.
const INTERRUPTED: SignedDuration = SignedDuration::from_secs(SEND_TIME.as_secs() as i64 + 10);

/// When to look at which call, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    at: BTreeSet<(Timestamp, CallId)>,
    /// Attempts under way in this process: call, notice, number.
    in_flight: HashSet<(CallId, String, u32)>,
}

/// A notice to send, now that it is recorded that it is being sent.
#[derive(Debug)]
pub struct Tell {
    /// The call.
    pub call: Call,
    /// What else its caller did.
    pub theirs: Theirs,
    /// Which notice, to whom, how, and the attempt.
    pub notice: NoticeFact,
}

impl Desk {
    /// When to look whether somebody is to be told of the call.
    pub(super) fn look_at(&mut self, id: &CallId, at: Option<Timestamp>) {
        let Some(held) = self.calls.get_mut(id) else { return };
        if let Some(before) = held.duty.take() {
            self.agenda.at.remove(&(before, id.clone()));
        }
        held.duty = at;
        self.agenda.at.extend(at.map(|at| (at, id.clone())));
    }

    /// When the next call is to be looked at.
    pub fn next_duty(&self) -> Option<Timestamp> {
        self.agenda.at.first().map(|(at, _)| *at)
    }

    /// The calls that are to be looked at now: the most urgent first, of equals the oldest.
    fn duties(&self, most: usize, now: Timestamp) -> Vec<CallId> {
        let due = self.agenda.at.iter().take_while(|(at, _)| *at <= now);
        let mut due: Vec<&CallId> = due.map(|(_, id)| id).collect();
        due.sort_by_cached_key(|id| {
            let call = self.calls.get(*id).map(|held| &held.call);
            (call.map(|call| (Reverse(call.urgency()), call.began_at)), *id)
        });
        due.into_iter().take(most).cloned().collect()
    }

    /// What is to be held before they are: they, and those whose promises are to be joined to theirs.
    pub fn held_for_duties(&self, most: usize, now: Timestamp) -> Vec<CallId> {
        let mut calls = self.duties(most, now);
        let joins: Vec<CallId> = calls.iter().flat_map(|id| self.to_be_joined(id)).collect();
        calls.extend(joins);
        calls
    }

    /// Does what is due: joins the promises of one caller, gives calls to people, brings the Tasks of promises up to date, and returns
    /// whom to tell, at most `room` of them. `acts` is false for a hub that leaves it to another.
    pub fn take_notices(
        &mut self,
        acts: bool,
        room: usize,
        claim: &Claim,
        now: Timestamp,
    ) -> Vec<Tell> {
        let mut tells = Vec::new();
        for id in self.duties(usize::MAX, now) {
            if tells.len() >= room {
                break;
            }
            let Due { steps, next } = self.due_of(&id, now);
            self.touched.insert(id.clone());
            let behind = self.is_behind(&id, now);
            // With a journal of our own they were joined as they came.
            let joins = if self.settings.shared { self.to_be_joined(&id) } else { Vec::new() };
            let ours = acts && joins.iter().chain([&id]).all(|id| claim.holds(id));
            if !ours && (behind || !steps.is_empty() || !joins.is_empty()) {
                self.look_at(&id, now.checked_add(THEIRS).ok());
                continue;
            }
            if !joins.is_empty() {
                // What is due follows from that; the calls are looked at again, also where nothing
                // comes of it.
                self.look_at(&id, now.checked_add(THEIRS).ok());
                self.join_promises(&id, now);
                self.catch_up(now);
                continue;
            }
            if behind {
                self.replan(&id, now);
            }
            let comes = self.promise_comes(&id, now);
            self.look_at(&id, next.into_iter().chain(comes).min());
            for step in steps {
                tells.extend(self.take_step(&id, step, now));
            }
            // What follows from that is judged and planned, and the call looked at again.
            self.catch_up(now);
        }
        tells
    }

    /// Whether the Task of a promise is to be written though nothing happened to its call: its time
    /// has come, or another hub heard that nobody is to ring that number.
    fn is_behind(&self, id: &CallId, now: Timestamp) -> bool {
        let plan = &self.settings.plan;
        let promises = |held: &InHand| held.call.callback().is_some();
        let held = self.calls.get(id).filter(|_| self.settings.has_org && plan.callback_tasks);
        held.filter(|held| promises(held))
            .is_some_and(|held| !plan::plan(&held.call, &held.lane, plan, now).is_empty())
    }

    /// When the promise of a call whose end was not heard yet falls due, and gets its Task all the
    /// same.
    fn promise_comes(&self, id: &CallId, now: Timestamp) -> Option<Timestamp> {
        let held = self.calls.get(id).filter(|held| held.call.state().is_live())?;
        let promise = dispatch::promise(&held.call, &self.settings.plan.dispatch)?;
        Some(promise.due).filter(|due| *due > now && self.settings.has_org)
    }

    fn due_of(&self, id: &CallId, now: Timestamp) -> Due {
        let in_flight = |notice: &str, attempt: u32| {
            self.agenda.in_flight.contains(&(id.clone(), notice.to_owned(), attempt))
        };
        let due = self.ask(id, now, |asked| dispatch::due(asked, &in_flight));
        due.unwrap_or_default()
    }

    /// Asks something about a call in hand.
    pub(super) fn ask<T>(
        &self,
        id: &CallId,
        now: Timestamp,
        what: impl FnOnce(Asked<'_>) -> T,
    ) -> Option<T> {
        let held = self.calls.get(id)?;
        let plan = &self.settings.plan;
        // Only whom it goes to first depends on it.
        let before = if held.call.was_routed() { None } else { self.theirs(&held.call).before };
        let earlier =
            before.as_ref().and_then(|it| Some(Earlier { who: it.who.as_ref()?, shown: it.shown }));
        Some(what(Asked {
            call: &held.call,
            earlier,
            grounds: &plan::grounds(&held.call, plan),
            roster: &plan.people(),
            load: &self.load,
            channels: self.ways.channels(),
            grace: plan.grace(),
            interrupted: if self.settings.shared { INTERRUPTED } else { SignedDuration::ZERO },
            now,
        }))
    }

    /// Records a step; for one that tells somebody, what to send once it is on disk.
    fn take_step(&mut self, id: &CallId, step: Step, now: Timestamp) -> Option<Tell> {
        match step {
            Step::Route { key, to, owner_id, reason } => {
                let action = Action::Route { to, owner_id, reason: Some(reason) };
                let fact = Fact::Acted { operator: HUB.into(), action };
                self.receive(vec![Event::of_ours(id, key, vec![fact], now)]);
                None
            }
            Step::Tell { id: notice, to, way, attempt } => {
                let flying = (id.clone(), notice.clone(), attempt);
                if !self.agenda.in_flight.insert(flying) {
                    return None;
                }
                let notice = NoticeFact { id: notice, to, way, attempt, step: NoticeStep::Sending };
                let event =
                    Event::of_ours(id, notice.key(), vec![Fact::Notice(notice.clone())], now);
                self.receive(vec![event]);
                let call = self.calls.get(id)?.call.clone();
                Some(Tell { theirs: self.theirs(&call), call, notice })
            }
        }
    }

    /// The notice that is meant, among those that were sent so short a time ago that they can still
    /// be answered: of which call, and to whom. All are looked at, whichever it is.
    pub fn told_lately(
        &self,
        is_meant: &dyn Fn(&CallId, &Text, &str) -> bool,
        now: Timestamp,
    ) -> Option<(CallId, Text)> {
        let lately = |at: Timestamp| now.duration_since(at) < LIFETIME;
        let mut found = None;
        for held in self.calls.values() {
            for (id, notice) in held.call.notices() {
                let meant = is_meant(&held.call.id, &notice.to, id);
                if meant && notice.sent_at().is_some_and(lately) {
                    found = Some((held.call.id.clone(), notice.to.clone()));
                }
            }
        }
        found
    }

    /// Notes what became of an attempt.
    pub fn told(&mut self, call: &CallId, notice: &NoticeFact, now: Timestamp) {
        let event = Event::of_ours(call, notice.key(), vec![Fact::Notice(notice.clone())], now);
        self.receive(vec![event]);
    }

    /// An attempt is not on its way any more: it was not made, or what became of it is on disk.
    pub fn land(&mut self, call: &CallId, notice: &NoticeFact) {
        self.agenda.in_flight.remove(&(call.clone(), notice.id.clone(), notice.attempt));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::{Erasure, Most, Settings, Why};
    use super::*;
    use crate::{
        call::{Line, Role, SourceName, Urgency},
        plan::Person,
        store::Stored,
        triage::Rules,
    };

    /// A desk that gives Hot calls to Tom, and such a call.
    fn desk(now: Timestamp) -> (Desk, CallId) {
        let mut plan = plan::Settings::default();
        plan.dispatch.automatic_urgency = Some(Urgency::HOT);
        plan.roster.push(Person {
            name: "Tom".into(),
            owner_id: "005000000000001AAA".to_owned(),
            on_call: true,
            tell: vec!["email:tom@example.com".into()],
            ..Person::default()
        });
        let mut desk = Desk::new(Settings {
            plan,
            has_org: false,
            rules: Rules::shipped(),
            shared: true,
            most: Most::default(),
            call_back: None,
            zone: jiff::tz::TimeZone::UTC,
            silence: HashMap::new(),
        });
        let call = CallId::new(&SourceName::new("vapi"), "a");
        let text = "my basement is flooding, a pipe burst".into();
        let fact = Fact::Said(Line { at: now, role: Role::Caller, text });
        desk.receive(vec![Event::of_ours(&call, "1".to_owned(), vec![fact], now)]);
        desk.catch_up(now);
        (desk, call)
    }

    fn now() -> Timestamp {
        "2026-11-21T14:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_call_that_is_erased_is_not_looked_at_any_more() {
        let (mut desk, call) = desk(now());
        assert_eq!(desk.next_duty(), Some(now()));
        let why = Why::Asked("Ada".into());
        let later = now() + SignedDuration::from_hours(2);
        let erased = desk.erase(&Erasure { calls: vec![call], why }, later);
        assert_eq!((erased.calls.len(), erased.busy), (1, None));
        assert_eq!(desk.next_duty(), None);
    }

    #[test]
    fn a_call_that_is_read_again_is_looked_at_no_oftener() {
        let (mut desk, call) = desk(now());
        let later = now() + SignedDuration::from_secs(1);
        let commit = desk.take_commit(&Claim::All, now());
        let row = commit.calls.into_iter().next().unwrap();
        let stored = || Stored {
            row: row.clone(),
            events: commit.events.clone(),
            fold: None,
            writes: Vec::new(),
            under_way: HashSet::new(),
        };
        for _ in 0..3 {
            desk.resume(stored(), &|_| false, later);
        }
        assert_eq!(desk.next_duty(), Some(later));
        desk.look_at(&call, None);
        assert_eq!(desk.next_duty(), None);
    }

    #[test]
    fn a_hub_that_does_not_lead_or_does_not_hold_the_call_does_nothing_and_looks_again() {
        for (leads, claim) in [(false, Claim::All), (true, Claim::Nothing)] {
            let (mut desk, _) = desk(now());
            desk.take_commit(&Claim::All, now());
            let tells = desk.take_notices(leads, 32, &claim, now());
            assert!(tells.is_empty(), "{tells:?}");
            let commit = desk.take_commit(&Claim::All, now());
            assert!(commit.events.is_empty(), "{:?}", commit.events);
            let again = desk.next_duty().unwrap();
            assert_eq!(again, now() + THEIRS);
            // Whoever led is gone, or has let go of it.
            let told: Vec<Tell> =
                std::iter::repeat_with(|| desk.take_notices(true, 32, &Claim::All, again))
                    .take(2)
                    .flatten()
                    .collect();
            assert_eq!(told.len(), 1, "{told:?}");
        }
    }

    #[test]
    fn a_notice_can_be_answered_for_a_day_and_only_once_it_was_sent() {
        let (mut desk, call) = desk(now());
        let told: Vec<Tell> =
            (0..2).flat_map(|_| desk.take_notices(true, 32, &Claim::All, now())).collect();
        let sent = NoticeFact { step: NoticeStep::Sent, ..told[0].notice.clone() };
        let meant = |of: &CallId, who: &Text, notice: &str| {
            (of.as_str(), who.as_str(), notice) == ("vapi:a", "Tom", sent.id.as_str())
        };
        assert_eq!(desk.told_lately(&meant, now()), None, "it is still on its way");
        desk.told(&call, &sent, now());
        desk.catch_up(now());
        let found = Some((call, Text::from("Tom")));
        let day = LIFETIME - SignedDuration::from_secs(1);
        assert_eq!(desk.told_lately(&meant, now() + day), found);
        assert_eq!(desk.told_lately(&meant, now() + LIFETIME), None);
        assert_eq!(desk.told_lately(&|_, _, _| false, now()), None);
    }
}
