//! Who rings, who answers, and the clock.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{folded, salesforce::Salesforce};
use crate::{
    call::{
        Action, AttemptOutcome, Call, CallId, CallbackState, Direction, Disposition, Ending, Event,
        Fact, Line, NoticeFact, NoticeStep, Party, Phone, Progress, Role, SourceName, Stage,
        Urgency,
    },
    delivery::Gates,
    figures::{CallRecord, Window},
    hub::{
        desk::{Desk, Most, Settings, Settled, Tell},
        orders,
    },
    plan::{self, Person, Write},
    store::{CallRow, Claim, Stored},
    triage::{Judge, Rules},
    wire::{CallSummary, Command, Order},
};

const LENGTH: SignedDuration = SignedDuration::from_hours(25);

/// What they say, and what becomes of it.
const SAYINGS: &[&str] = &[
    "my basement is flooding, a pipe burst and it won't stop",
    "I smell gas in the kitchen",
    "no heat at all and it is freezing outside",
    "what would a new furnace cost, please call me back this afternoon",
    "the faucet in the bathroom drips, call me back when you can",
    "I'd like a quote for a new roof",
    "we are selling leads to plumbers",
];

/// What is going to happen.
enum Plan {
    Hear(Vec<Event>),
    Act(CallId, &'static str, String, Order),
    /// The dispatcher goes through the callbacks.
    RingBack,
    Tick,
    Restart,
}

pub(super) struct Day {
    start: Timestamp,
    desk: Desk,
    /// Everything that will happen, in order.
    plans: BTreeMap<(Timestamp, u64), Plan>,
    number: u64,
    played: Played,
    on_board: HashSet<CallId>,
    /// Where its writes go, if anywhere.
    salesforce: Option<Salesforce>,
    writes: BTreeMap<CallId, BTreeMap<u32, Write>>,
}

/// What is left when the day is over.
pub(super) struct Played {
    pub(super) settings: plan::Settings,
    pub(super) judge: Judge,
    pub(super) end: Timestamp,
    pub(super) journal: BTreeMap<CallId, Vec<Event>>,
    pub(super) rows: BTreeMap<CallId, CallSummary>,
    pub(super) records: BTreeMap<CallId, CallRecord>,
    /// The Tasks of promises in the org.
    pub(super) promises: Vec<serde_json::Map<String, serde_json::Value>>,
}

impl Played {
    pub(super) fn calls(&self) -> impl Iterator<Item = (CallId, Call)> {
        self.journal.iter().map(|(id, events)| (id.clone(), folded(self, events)))
    }

    pub(super) fn window(&self) -> Window {
        let from = self.end.checked_sub(LENGTH).unwrap();
        Window { from, to: self.end, now: self.end }
    }

    /// When somebody was told of the call first, or was to be. That a promise is late comes later.
    pub(super) fn first_told(&self, id: &CallId) -> Option<Timestamp> {
        let of_call = |notice: &NoticeFact| notice.id.starts_with("hub:route:");
        let tells = |event: &&Event| {
            event.facts.iter().any(|it| matches!(it, Fact::Notice(notice) if of_call(notice)))
        };
        self.journal[id].iter().find(tells).map(|event| event.received_at)
    }

    /// When somebody was told of the call itself, or was tried to be, and when somebody had it.
    pub(super) fn tried(&self, id: &CallId) -> Vec<Timestamp> {
        let tries = |fact: &Fact| match fact {
            Fact::Notice(notice) => notice.id.starts_with("hub:route:"),
            Fact::Acted { action, .. } => is_answer(action),
            _ => false,
        };
        let events = self.journal[id].iter().filter(|event| event.facts.iter().any(tries));
        events.map(|event| event.received_at).collect()
    }

    /// Whether the hub gave it to a second person.
    pub(super) fn was_routed_on(&self, id: &CallId) -> bool {
        self.journal[id].iter().any(|event| event.key == "hub:route:2")
    }
}

fn zone() -> TimeZone {
    TimeZone::get("America/New_York").unwrap()
}

fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

/// Luck that depends on nothing but who asks: the same in every run.
fn luck(seed: u64, who: &str, what: &str) -> fastrand::Rng {
    let bytes = who.bytes().chain(what.bytes());
    let sum = bytes.fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    fastrand::Rng::with_seed(sum)
}

fn settings() -> plan::Settings {
    let person = |name: &str, order| Person {
        name: name.into(),
        owner_id: format!("005{name}"),
        on_call: true,
        order,
        tell: vec![format!("email:{name}@example.com").as_str().into()],
        ..Person::default()
    };
    let mut settings = plan::Settings {
        roster: vec![person("Tom", 0), person("Amy", 1), person("Sal", 2)],
        ..plan::Settings::default()
    };
    settings.dispatch.zone = zone();
    settings.dispatch.automatic_urgency = Some(Urgency::HOT);
    settings.dispatch.hours = "mon-sun 07:00-21:00".parse().unwrap();
    settings
}

fn empty(settings: &plan::Settings, has_org: bool) -> Desk {
    Desk::new(Settings {
        plan: settings.clone(),
        has_org,
        rules: Rules::shipped(),
        shared: false,
        most: Most::default(),
        zone: zone(),
        silence: HashMap::new(),
        call_back: None,
    })
}

/// Callers whose number says that they ring three times.
pub(super) fn rings_thrice(call: &Call) -> bool {
    call.phone().is_some_and(|phone| phone.as_str().starts_with("+1212555"))
}

/// Whether somebody showed by it that they have the call.
pub(super) fn is_answer(action: &Action) -> bool {
    matches!(action, Action::Acknowledge { .. } | Action::Attempt { .. })
}

impl Day {
    pub(super) fn new(seed: u64, calls: usize) -> Self {
        Self::begin(seed, calls, None)
    }

    /// One whose desk writes to Salesforce.
    pub(super) fn with_salesforce(seed: u64, calls: usize) -> Self {
        Self::begin(seed, calls, Some(Salesforce::start()))
    }

    fn begin(seed: u64, calls: usize, salesforce: Option<Salesforce>) -> Self {
        let start: Timestamp = "2026-11-01T04:00:00Z".parse().unwrap();
        let mut settings = settings();
        for person in &mut settings.roster {
            if let Some(org) = &salesforce {
                person.owner_id = org.user();
            }
        }
        let mut day = Self {
            start,
            desk: empty(&settings, salesforce.is_some()),
            salesforce,
            writes: BTreeMap::new(),
            plans: BTreeMap::new(),
            number: 0,
            played: Played {
                judge: Judge::new(Rules::shipped(), zone()),
                settings,
                end: start.checked_add(LENGTH).unwrap(),
                journal: BTreeMap::new(),
                rows: BTreeMap::new(),
                records: BTreeMap::new(),
                promises: Vec::new(),
            },
            on_board: HashSet::new(),
        };
        for number in 0..calls {
            day.caller(seed, number);
        }
        for minute in 0..25 * 60 {
            day.plan(later(start, minute * 60), Plan::Tick);
            if minute % 10 == 0 {
                day.plan(later(start, minute * 60 + 30), Plan::RingBack);
            }
        }
        day
    }

    fn plan(&mut self, at: Timestamp, plan: Plan) {
        self.number += 1;
        self.plans.insert((at, self.number), plan);
    }

    /// One of ten rings three times in vain; of the others three of four are answered.
    fn caller(&mut self, seed: u64, number: usize) {
        let mut dice = luck(seed, &number.to_string(), "caller");
        let at = later(self.start, dice.i64(0..24 * 3600));
        if number.is_multiple_of(10) {
            let phone = format!("+1212555{number:04}");
            for time in 0..3 {
                let name = format!("c{number}-{time}");
                self.missed(&name, &phone, later(at, time * 400));
            }
            return;
        }
        let (name, phone) = (format!("c{number}"), format!("+1646555{number:04}"));
        if dice.u8(0..4) == 0 {
            return self.missed(&name, &phone, at);
        }
        let said = SAYINGS[dice.usize(0..SAYINGS.len())];
        self.ring(&name, &phone, at);
        self.reach(&name, later(at, 8), Stage::Talking, None);
        let line = Line { at: later(at, 15), role: Role::Caller, text: said.into() };
        self.tell(&name, "said", later(at, 15), Fact::Said(line));
        let ending = Ending { answered: Some(true), ..Ending::default() };
        self.reach(&name, later(at, 15 + dice.i64(10..400)), Stage::Ended, Some(ending));
        if said.starts_with("we are selling") {
            let order = Order::Dispose { disposition: Disposition::Spam, reason: None };
            self.act(&name, later(at, 900), "Dee", "spam", order);
        }
    }

    fn missed(&mut self, name: &str, phone: &str, at: Timestamp) {
        self.ring(name, phone, at);
        let ending = Ending { answered: Some(false), ..Ending::default() };
        self.reach(name, later(at, 25), Stage::Ended, Some(ending));
    }

    fn ring(&mut self, name: &str, phone: &str, at: Timestamp) {
        let party = Party {
            direction: Some(Direction::Inbound),
            phone: Phone::of_e164(phone),
            ..Party::default()
        };
        self.tell(name, "party", at, Fact::Party(Box::new(party)));
        self.reach(name, at, Stage::Ringing, None);
    }

    fn reach(&mut self, name: &str, at: Timestamp, stage: Stage, ending: Option<Ending>) {
        self.tell(name, &format!("{stage:?}"), at, Fact::Progress(Progress { stage, ending }));
    }

    fn tell(&mut self, name: &str, key: &str, at: Timestamp, fact: Fact) {
        let call = CallId::new(&SourceName::new("vapi"), name);
        let key = key.to_owned();
        let event = Event { call, key, sent_at: at, received_at: at, facts: vec![fact] };
        self.plan(at, Plan::Hear(vec![event]));
    }

    fn act(&mut self, name: &str, at: Timestamp, who: &'static str, what: &str, order: Order) {
        let call = CallId::new(&SourceName::new("vapi"), name);
        self.plan(at, Plan::Act(call, who, format!("{what}-{name}"), order));
    }

    /// Lets the day pass, with the hub started anew at these seconds of it.
    pub(super) fn play(mut self, restarts: &[i64]) -> Played {
        for second in restarts {
            // Half a second later than anything else: nothing is ever due in between.
            let at = later(self.start, *second).checked_add(SignedDuration::from_millis(500));
            self.plan(at.unwrap(), Plan::Restart);
        }
        loop {
            let planned = self.plans.first_key_value().map(|((at, _), _)| *at);
            let due = self.desk.next_duty().into_iter().chain(self.desk.next_due());
            let Some(now) = planned.into_iter().chain(due).min() else { break };
            if now >= self.played.end {
                break;
            }
            while let Some(entry) = self.plans.first_entry().filter(|entry| entry.key().0 <= now) {
                let plan = entry.remove();
                self.carry_out(plan, now);
            }
            self.settle(now);
        }
        // What waits to be written has its time, too.
        while let Some(due) = self.desk.next_due() {
            self.settle(due.max(self.played.end));
        }
        self.played.promises =
            self.salesforce.as_ref().map(Salesforce::promises).unwrap_or_default();
        self.played
    }

    fn carry_out(&mut self, plan: Plan, now: Timestamp) {
        match plan {
            Plan::Hear(events) => self.desk.receive(events),
            Plan::Act(call, who, id, order) => {
                // Somebody else may have been first: a refusal is an answer too.
                let _ = orders::act(&mut self.desk, &call, &who.into(), Command { id, order }, now);
            }
            Plan::RingBack => self.ring_back(now),
            Plan::Tick => self.desk.tick(now),
            Plan::Restart => self.restart(now),
        }
    }

    /// By day, the callback that is due longest. Seven of ten are reached.
    fn ring_back(&mut self, now: Timestamp) {
        let hour = now.to_zoned(zone()).hour();
        if !(8..21).contains(&hour) {
            return;
        }
        let waiting = self.played.rows.values().filter_map(|row| {
            let callback = row.callback.as_ref()?;
            let due = callback.state == CallbackState::Waiting && callback.due <= now;
            due.then(|| (callback.due, row.id.clone(), callback.attempts.len()))
        });
        let mut waiting: Vec<_> = waiting.collect();
        waiting.sort();
        for (_, call, tries) in waiting.into_iter().take(1) {
            let outcome = match luck(9, call.as_str(), &tries.to_string()).u8(0..10) {
                0..7 => AttemptOutcome::Connected,
                7..9 => AttemptOutcome::NoAnswer,
                _ => AttemptOutcome::Voicemail,
            };
            let id = format!("try-{}-{tries}", call.as_str().replace(':', "-"));
            let order = Order::Attempt { outcome, note: None };
            orders::act(&mut self.desk, &call, &"Dee".into(), Command { id, order }, now).unwrap();
        }
    }

    /// Everything that is due now is done and recorded, as the engine does it.
    fn settle(&mut self, now: Timestamp) {
        self.desk.catch_up(now);
        self.record(now);
        for _ in 0..1000 {
            let tells = self.desk.take_notices(true, 32, &Claim::All, now);
            self.record(now);
            let brought = self.bring(now);
            if tells.is_empty() && !brought && self.desk.next_duty().is_none_or(|at| at > now) {
                return;
            }
            for Tell { call, notice, .. } in tells {
                self.deliver(&call, &notice, now);
            }
        }
        panic!("the desk never comes to rest");
    }

    /// What is due goes to Salesforce. Whether there was anything.
    fn bring(&mut self, now: Timestamp) -> bool {
        let jobs = self.desk.take_due(100, None, |_| None, &Claim::All, now);
        self.record(now);
        for job in &jobs {
            let Some(salesforce) = &mut self.salesforce else { break };
            for (write, version, verdict, facts) in salesforce.bring(job, &self.played.settings) {
                let call = job.call.id.clone();
                let (attempt, held_back) = (None, false);
                let settled = Settled { call, write, version, verdict, attempt, facts, held_back };
                self.desk.settle(settled, now, 0.0);
            }
            self.record(now);
        }
        !jobs.is_empty()
    }

    /// The e-mail server is down from two to three in the afternoon; Tom never answers, the others
    /// soon, but for three hours of the night.
    fn deliver(&mut self, call: &Call, notice: &NoticeFact, now: Timestamp) {
        let hour = now.to_zoned(zone()).hour();
        let (down, asleep) = (hour == 14, (2..5).contains(&hour));
        let step = if down {
            NoticeStep::Failed { problem: "connection refused".into(), permanent: false }
        } else {
            NoticeStep::Sent
        };
        let told = NoticeFact { step, ..notice.clone() };
        self.desk.told(&call.id, &told, now);
        self.record(now);
        self.desk.land(&call.id, &told);
        if down || asleep || notice.to.as_str() == "Tom" {
            return;
        }
        let who = if notice.to.as_str() == "Amy" { "Amy" } else { "Sal" };
        let wait = luck(7, call.id.as_str(), &notice.id).i64(20..150);
        let id = format!("ack-{}-{who}", call.id.as_str().replace(':', "-"));
        self.plan(later(now, wait), Plan::Act(call.id.clone(), who, id, Order::Acknowledge));
    }

    fn record(&mut self, now: Timestamp) {
        let commit = self.desk.take_commit(&Claim::All, now);
        for event in commit.events {
            self.played.journal.entry(event.call.clone()).or_default().push(event);
        }
        for write in commit.writes {
            self.writes.entry(write.call.clone()).or_default().insert(write.order, write);
        }
        for row in commit.calls {
            if row.on_board {
                self.on_board.insert(row.id);
            } else {
                self.on_board.remove(&row.id);
            }
        }
        let records = commit.records.into_iter().map(|record| (record.id.clone(), record));
        self.played.records.extend(records);
        let changed = self.desk.changes(&Gates::new(false, &[], &[]), now);
        self.desk.release(&changed);
        for (id, row) in changed.calls {
            match row {
                Some(row) => self.played.rows.insert(id, row),
                None => self.played.rows.remove(&id),
            };
        }
    }

    /// All that was in memory is gone; the board comes back from the journal.
    fn restart(&mut self, now: Timestamp) {
        self.desk = empty(&self.played.settings, self.salesforce.is_some());
        let ids: Vec<CallId> = self.on_board.iter().cloned().collect();
        for id in ids {
            let events = self.played.journal[&id].clone();
            let call = folded(&self.played, &events);
            let row = CallRow { version: events.len() as u64, ..CallRow::of(&call, true, 0) };
            let writes = self.writes.get(&id).into_iter().flat_map(|lane| lane.values());
            let writes = writes.cloned().collect();
            let stored = Stored { row, events, fold: None, writes, under_way: HashSet::new() };
            self.desk.resume(stored, &|_| false, now);
        }
    }
}
