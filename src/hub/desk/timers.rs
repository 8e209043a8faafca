//! Whenever the hub is started anew, the same is due, late, suppressed and unclear as before: what
//! a row shows follows from the journal and the clock alone.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;

use super::{Desk, Settings};
use crate::{
    call::{
        AttemptOutcome, CallId, Ending, Event, Fact, Line, Party, Phone, Placing, Progress, Role,
        SourceName, Stage, Suppression, Text, Urgency,
    },
    delivery::Gates,
    hub::{call_back::Limits, orders, summary},
    plan,
    store::{CallRow, Claim, Commit, Stored},
    triage::Rules,
    wire::{CallSummary, Command, Order},
};

/// Friday evening in New York: hours end, the weekend and the night are ahead.
const START: i64 = 1_795_212_000;

const CALLS: usize = 4;

fn settings() -> Settings {
    let zone = TimeZone::get("America/New_York").unwrap();
    let mut plan = plan::Settings { zone: zone.clone(), ..plan::Settings::default() };
    plan.dispatch.zone = zone.clone();
    plan.dispatch.hours = "mon-fri 08:00-18:00".parse().unwrap();
    Settings {
        plan,
        has_org: false,
        rules: Rules::shipped(),
        shared: false,
        call_back: Some(Limits { a_minute: 3, an_hour: 10 }),
        zone,
        silence: HashMap::new(),
    }
}

/// What a journal keeps.
#[derive(Default)]
struct Kept {
    rows: BTreeMap<CallId, CallRow>,
    events: BTreeMap<CallId, Vec<Event>>,
    suppressions: BTreeMap<Phone, Suppression>,
}

impl Kept {
    fn record(&mut self, commit: Commit) {
        for event in commit.events {
            self.events.entry(event.call.clone()).or_default().push(event);
        }
        self.rows.extend(commit.calls.into_iter().map(|row| (row.id.clone(), row)));
        let said = commit.suppressions.into_iter();
        self.suppressions.extend(said.map(|said| (said.number.clone(), said)));
    }

    /// A desk as a hub has it that starts now.
    fn desk(&self, now: Timestamp) -> Desk {
        let mut desk = Desk::new(settings());
        let said = self.suppressions.values().cloned().collect();
        desk.replace_suppressions(said, now);
        for row in self.rows.values().filter(|row| row.on_board) {
            self.resume(&mut desk, row, now);
        }
        desk.tick(now);
        desk
    }

    fn resume(&self, desk: &mut Desk, row: &CallRow, now: Timestamp) {
        let events = self.events.get(&row.id).cloned().unwrap_or_default();
        let (row, writes, under_way) = (row.clone(), Vec::new(), [].into());
        desk.resume(Stored { row, events, writes, under_way }, &|_| false, now);
    }

    /// Takes a call in hand that something happens to, as a hub does.
    fn take_in_hand(&self, desk: &mut Desk, id: &CallId, now: Timestamp) {
        if let Some(row) = self.rows.get(id).filter(|_| !desk.holds(id)) {
            self.resume(desk, row, now);
        }
    }
}

/// Every row of the board, without its version, which counts what one hub did.
fn board(desk: &mut Desk, now: Timestamp) -> BTreeMap<CallId, CallSummary> {
    desk.catch_up(now);
    desk.tick(now);
    let (gate, plan) = (Gates::new(false, &[], &[]), &desk.settings.plan);
    let on_board = desk.calls.values().filter(|held| held.belongs_on_board(now));
    on_board
        .map(|held| {
            let row =
                summary::call(&held.call, &held.lane, held.stale, &gate, plan, &desk.load, now);
            (held.call.id.clone(), CallSummary { version: 0, ..row })
        })
        .collect()
}

/// One thing that happens, to one of a few calls of two callers.
#[derive(Clone, Debug)]
struct Step {
    /// Seconds since the one before.
    after: i64,
    call: usize,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Missed,
    Says(&'static str),
    Ordered(Order),
    /// What became of the last order to ring back.
    Placed(bool),
    Nothing,
}

fn what() -> impl Strategy<Value = What> {
    let outcomes = [AttemptOutcome::NoAnswer, AttemptOutcome::Voicemail, AttemptOutcome::Connected];
    let lines = [
        "My basement is flooding",
        "Please call me back tomorrow at nine",
        "Can somebody call me back",
        "Stop calling me",
    ];
    let urgency = (1u8..=5).prop_map(|level| Urgency::new(level).unwrap_or_default());
    prop_oneof![
        3 => Just(What::Missed),
        3 => proptest::sample::select(lines.to_vec()).prop_map(What::Says),
        1 => Just(What::Nothing),
        1 => any::<bool>().prop_map(What::Placed),
        2 => proptest::sample::select(outcomes.to_vec())
            .prop_map(|outcome| What::Ordered(Order::Attempt { outcome, note: None })),
        1 => (START..START + 400_000).prop_map(|second| {
            What::Ordered(Order::Reschedule { due: Timestamp::from_second(second).unwrap() })
        }),
        1 => Just(What::Ordered(Order::DoNotCall)),
        1 => Just(What::Ordered(Order::AllowCalls)),
        1 => Just(What::Ordered(Order::Claim { take_over: false })),
        1 => Just(What::Ordered(Order::Callback { kept: false })),
        1 => any::<bool>().prop_map(|anyway| What::Ordered(Order::CallBack { anyway })),
        1 => urgency.prop_map(|urgency| What::Ordered(Order::Urgency { urgency })),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let after = prop_oneof![0..90i64, 0..7_200i64, 0..90_000i64];
    (after, 0..CALLS, what()).prop_map(|(after, call, what)| Step { after, call, what })
}

fn id(call: usize) -> CallId {
    CallId::new(&SourceName::new("vapi"), &call.to_string())
}

/// Has it happen on a desk; what whoever ordered it is told.
fn happen(desk: &mut Desk, step: &Step, count: usize, now: Timestamp) -> String {
    let id = id(step.call);
    let number = Phone::of_e164(&format!("+1212555010{}", step.call / 2));
    let party = Fact::Party(Box::new(Party { phone: number, ..Party::default() }));
    let event = |desk: &mut Desk, facts| {
        let (call, key) = (id.clone(), format!("e{count}"));
        desk.receive(vec![Event { call, key, sent_at: now, received_at: now, facts }]);
        desk.catch_up(now);
    };
    match &step.what {
        What::Missed => {
            let ending = Some(Ending { answered: Some(false), ..Ending::default() });
            let ended = Fact::Progress(Progress { stage: Stage::Ended, ending });
            event(desk, vec![party, ended]);
        }
        What::Says(text) => {
            let line = Line { at: now, role: Role::Caller, text: Text::from(*text) };
            event(desk, vec![party, Fact::Said(line)]);
        }
        What::Placed(well) => {
            let last = desk
                .get(&id)
                .and_then(|(call, _)| call.call_backs().last().map(|order| order.order.to_owned()));
            let Some(order) = last else { return String::new() };
            let placing = match well {
                true => Placing::Placed { call: CallId::new(&SourceName::new("vapi"), "out") },
                false => Placing::Unclear { reason: "no answer".into() },
            };
            event(desk, vec![Fact::CalledBack { order, placing }]);
        }
        What::Ordered(order) => {
            let command = Command { id: format!("a{count}"), order: order.clone() };
            desk.catch_up(now);
            return format!("{:?}", orders::act(desk, &id, &"Ann".into(), command, now));
        }
        What::Nothing => {}
    }
    String::new()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_start_at_any_moment_changes_nothing_of_what_is_due(
        steps in proptest::collection::vec(step(), 1..24),
    ) {
        let mut now = Timestamp::from_second(START).unwrap();
        let (mut kept, mut desk) = (Kept::default(), Desk::new(settings()));
        for (count, step) in steps.iter().enumerate() {
            now = now.checked_add(SignedDuration::from_secs(step.after)).unwrap();
            desk.tick(now);
            // The clock has moved on: what left the board by that is gone for both.
            kept.record(desk.take_commit(&Claim::All, now));
            let gone = desk.changes(&Gates::new(false, &[], &[]), now);
            desk.release(&gone);
            let mut anew = kept.desk(now);
            prop_assert_eq!(board(&mut anew, now), board(&mut desk, now), "before {:?}", step);
            kept.take_in_hand(&mut anew, &id(step.call), now);
            kept.take_in_hand(&mut desk, &id(step.call), now);
            let told = happen(&mut anew, step, count, now);
            prop_assert_eq!(told, happen(&mut desk, step, count, now));
            prop_assert_eq!(board(&mut anew, now), board(&mut desk, now), "after {:?}", step);
        }
    }
}
