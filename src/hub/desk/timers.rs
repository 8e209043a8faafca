//! Whenever the hub is started anew, the same is due, late, suppressed and unclear as before: what
//! a row shows follows from the journal and the clock alone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use proptest::prelude::*;

use super::{Desk, InHand, Most, Settings, Tell};
use crate::{
    call::{
        AttemptOutcome, CallId, Ending, Event, Fact, Line, NoticeFact, NoticeStep, Party, Phone,
        Placing, Progress, Role, SourceName, Stage, Suppression, Text, Urgency,
    },
    delivery::Gates,
    hub::{call_back::Limits, orders, summary},
    plan::{self, Person},
    store::{CallRow, Claim, Commit, FoldRow, Stored},
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
    plan.grace_seconds = 15;
    plan.dispatch.automatic_urgency = Some(Urgency::HOT);
    plan.dispatch.wake_urgency = Urgency::EMERGENCY;
    // So rarely that a week of them is played in no time.
    plan.dispatch.again_minutes = 6 * 60;
    let person = |name: &str, shifts: &str| Person {
        name: name.into(),
        owner_id: format!("005{name}"),
        on_call: true,
        shifts: shifts.parse().unwrap(),
        quiet: "daily 11:00-14:00; daily 17:00-09:30".parse().unwrap(),
        tell: vec![format!("email:{name}@example.com").as_str().into()],
        ..Person::default()
    };
    plan.roster =
        vec![person("Amy", "mon-fri 08:00-18:00"), person("Tom", "sat,sun,mon 00:00-24:00")];
    Settings {
        plan,
        has_org: false,
        rules: Rules::shipped(),
        shared: false,
        most: Most::default(),
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
    folds: BTreeMap<CallId, FoldRow>,
    suppressions: BTreeMap<Phone, Suppression>,
    /// The notices that were taken.
    left: BTreeSet<String>,
}

/// Whom these tell, in an order of their own.
fn notices(tells: Vec<Tell>) -> Vec<(CallId, NoticeFact)> {
    let mut notices: Vec<_> = tells.into_iter().map(|it| (it.call.id, it.notice)).collect();
    notices.sort_by(|one, other| (&one.0, &one.1.id).cmp(&(&other.0, &other.1.id)));
    notices
}

impl Kept {
    fn record(&mut self, commit: Commit) {
        for event in commit.events {
            self.events.entry(event.call.clone()).or_default().push(event);
        }
        self.rows.extend(commit.calls.into_iter().map(|row| (row.id.clone(), row)));
        self.folds.extend(commit.folds.into_iter().map(|fold| (fold.call.clone(), fold)));
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

    /// Whatever falls due until now is told, as a hub does it: recorded, sent, recorded. A hub that
    /// starts at that moment would tell the same.
    fn tell(&mut self, desk: &mut Desk, now: Timestamp) -> Result<(), TestCaseError> {
        self.record(desk.take_commit(&Claim::All, now));
        while let Some(at) = desk.next_duty().filter(|at| *at <= now) {
            let theirs = notices(self.desk(at).take_notices(true, 32, &Claim::All, at));
            let tells = notices(desk.take_notices(true, 32, &Claim::All, at));
            prop_assert_eq!(&theirs, &tells, "at {}", at);
            self.record(desk.take_commit(&Claim::All, at));
            for (call, notice) in tells {
                // The first attempt fails where luck, the same for every hub, has it so.
                let fails = notice.attempt == 1 && notice.id.len().is_multiple_of(3);
                let step = match fails {
                    true => NoticeStep::Failed { problem: "down".into(), permanent: false },
                    false => NoticeStep::Sent,
                };
                let told = NoticeFact { step, ..notice };
                if !fails {
                    let notice = format!("{call} {}", told.id);
                    prop_assert!(self.left.insert(notice), "{:?} went twice", told);
                }
                desk.told(&call, &told, at);
                self.record(desk.take_commit(&Claim::All, at));
                desk.land(&call, &told);
            }
        }
        let more = notices(self.desk(now).take_notices(true, 32, &Claim::All, now));
        prop_assert!(more.is_empty(), "nobody looked at {:?}", more);
        Ok(())
    }

    fn resume(&self, desk: &mut Desk, row: &CallRow, now: Timestamp) {
        let events = self.events.get(&row.id).cloned().unwrap_or_default();
        let (row, writes, under_way) = (row.clone(), Vec::new(), HashSet::new());
        let fold = self.folds.get(&row.id).filter(|fold| fold.version == row.version);
        let fold = fold.map(|fold| fold.body.clone());
        let stored = Stored { row, events, fold, writes, under_way };
        if stored.fold.is_some() {
            let folded = InHand::back(stored.clone(), desk.fresh()).unwrap();
            let told = InHand::of(stored, desk.fresh(), &|_| false).unwrap();
            assert_eq!(folded.call, told.call);
            assert_eq!(folded.seen.to_bytes(), told.seen.to_bytes());
            assert_eq!((folded.heard, &folded.last), (told.heard, &told.last));
            assert_eq!(folded.judged, told.judged);
            desk.adopt(folded, now);
        } else {
            desk.resume(stored, &|_| false, now);
        }
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
        1 => Just(What::Ordered(Order::Acknowledge)),
        1 => Just(What::Ordered(Order::DoNotCall)),
        1 => Just(What::Ordered(Order::AllowCalls)),
        1 => Just(What::Ordered(Order::Claim { take_over: false })),
        1 => Just(What::Ordered(Order::Callback { kept: false })),
        2 => proptest::sample::select(vec!["Amy", "Tom"])
            .prop_map(|to| What::Ordered(Order::AssignCallback { to: to.into() })),
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
            kept.tell(&mut desk, now)?;
            desk.tick(now);
            desk.keep_folds();
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
