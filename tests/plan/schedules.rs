//! Whatever goes wrong, in whatever order: the org ends as if nothing had. Pure.

use std::collections::{BTreeMap, VecDeque};

use callboard::{
    call::{Action, Fact, Linked, MatchKind, Party, Phone, Text},
    delivery::{Verdict, settle},
    plan::{self, Change, Fields, Problem, Purpose, WriteState},
};
use jiff::SignedDuration;

use super::story::{Story, dollars, need, urgency};

/// A record of the simulated org.
#[derive(Default)]
struct Held {
    fields: Fields,
    created: u32,
    /// By which write each field was written last.
    written: BTreeMap<String, u32>,
}

/// An org that may lose its answers but keeps what it took.
#[derive(Default)]
struct Org(BTreeMap<String, Held>);

impl Org {
    fn save(&mut self, key: &str, fields: &Fields, order: u32) {
        let new = !self.0.contains_key(key);
        let held = self.0.entry(key.to_owned()).or_default();
        held.created += u32::from(new);
        for (name, value) in fields {
            let before = held.written.insert(name.clone(), order).unwrap_or(0);
            assert!(before <= order, "{name} of {key}: an older value after a newer one");
            held.fields.insert(name.clone(), value.clone());
        }
    }

    /// Carries a write out. What is learnt by its answer, if that arrives.
    fn take(&mut self, change: &Change, order: u32) -> Vec<Fact> {
        let lead = || Linked { sobject: "Lead".into(), id: "00Q000000000009AAA".into() };
        let nobody = Fact::Matched(callboard::call::Match {
            kind: MatchKind::Nobody,
            id: None,
            name: None,
            account_id: None,
            ..callboard::call::Match::nobody()
        });
        match change {
            Change::Match(_) if self.0.contains_key("Lead") => vec![nobody, Fact::Linked(lead())],
            Change::Match(_) => vec![nobody],
            Change::Upsert { sobject, fields, references, .. } => {
                for other in references.values() {
                    assert!(self.0.contains_key(other), "{sobject} refers to a {other} to come");
                }
                self.save(sobject, fields, order);
                let id = Text::new(&format!("{}000000000009AAA", &sobject[..3]));
                match sobject.as_str() {
                    "Lead" => vec![Fact::Linked(lead())],
                    _ => vec![Fact::Linked(Linked { sobject: Text::new(sobject), id })],
                }
            }
            Change::Update { sobject, fields, .. } => {
                assert!(self.0.contains_key(sobject), "{sobject} is updated before it is made");
                self.save(sobject, fields, order);
                Vec::new()
            }
            Change::Convert { .. } | Change::Submit { .. } => Vec::new(),
        }
    }
}

/// One thing after the other that a caller says, and the end of the call; each at its time,
/// however late the hub hears of it.
fn turn(story: &mut Story, (seconds, turn): (i64, usize)) {
    let began = story.call.began_at;
    let at = began + SignedDuration::from_secs(seconds);
    let now = std::mem::replace(&mut story.now, at).max(at);
    match turn {
        0 => drop(story.says("I need a new furnace").judged(|made| {
            made.bant = need();
            made.wants = Some("furnace replacement".into());
        })),
        1 => drop(story.says("I have ten thousand for it").judged(|made| {
            made.bant.budget = true;
            made.budget = dollars(10_000);
        })),
        2 => drop(story.says("By Friday").judged(|made| made.bant.timeline = true)),
        3 => drop(story.says("It smells of gas now!").judged(|made| made.urgency = urgency(5))),
        4 => drop(story.says("Pat Ortiz").judged(|made| made.who.name = Some("Pat Ortiz".into()))),
        _ => drop(story.ends()),
    }
    story.now = now;
}

/// The first turn is the need, the last the end; what is between comes in any order.
fn turns(random: &mut fastrand::Rng) -> VecDeque<(i64, usize)> {
    let mut turns = vec![1, 2, 3, 4];
    random.shuffle(&mut turns);
    let turns = [vec![0], turns, vec![5]].concat();
    (7..).step_by(7).zip(turns).collect()
}

/// The id of a Task that was made; of the others a fact tells.
fn record(change: &Change) -> Option<Text> {
    match change {
        Change::Upsert { sobject, .. } if sobject == "Task" => Some("00T000000000009AAA".into()),
        _ => None,
    }
}

#[derive(Clone, Copy, Debug)]
enum Fate {
    Fine,
    LostAfterCommit,
    Refused,
    Held,
    Crash { carried_out: bool },
}

impl Fate {
    fn any(random: &mut fastrand::Rng) -> Self {
        match random.u8(0..10) {
            0..5 => Self::Fine,
            5 => Self::LostAfterCommit,
            6 => Self::Refused,
            7 => Self::Held,
            _ => Self::Crash { carried_out: random.bool() },
        }
    }
}

/// Sends what stands first, with the new Lead where a look-up takes it along. Before the answer
/// comes the caller may say more.
fn send(
    story: &mut Story,
    org: &mut Org,
    fate: Fate,
    random: &mut fastrand::Rng,
    turns: &mut VecDeque<(i64, usize)>,
) {
    let Some(head) = plan::head(&story.lane) else { return };
    let mut places = vec![head];
    if story.lane[head].purpose == Purpose::Match && random.bool() {
        let Story { call, lane, settings, now, .. } = story;
        if let Some(draft) = plan::record_if_nobody(call, lane, settings, *now) {
            let call = call.id.clone();
            let id = format!("lead{}", lane.len());
            plan::enqueue(lane, &call, draft, || id, *now);
        }
        let is_lead = |write: &plan::Write| {
            !write.state.is_end()
                && matches!(&write.change, Change::Upsert { sobject, .. } if sobject == "Lead")
        };
        places.extend(story.lane.iter().position(is_lead));
    }
    let problem = Problem { code: "TIMEOUT".into(), ..Problem::default() };
    let happens =
        matches!(fate, Fate::Fine | Fate::LostAfterCommit | Fate::Crash { carried_out: true });
    let made_before = org.0.contains_key("Lead");
    let mut sent = Vec::new();
    for place in places {
        story.lane[place].state = WriteState::InFlight;
        let write = story.lane[place].clone();
        // A Lead that goes along is made only where nobody is found, itself included.
        let shut = place != head && made_before;
        let taken = happens && !shut;
        let facts = if taken { org.take(&write.change, write.order) } else { Vec::new() };
        sent.push((place, shut, facts));
    }
    if random.bool()
        && let Some(next) = turns.pop_front()
    {
        turn(story, next);
        story.plan();
    }
    let mut learnt = Vec::new();
    for (place, shut, facts) in sent {
        let verdict = match fate {
            _ if shut => Verdict::Untried,
            Fate::Fine => Verdict::Delivered(record(&story.lane[place].change)),
            Fate::Refused => Verdict::Passing(problem.clone(), None),
            Fate::LostAfterCommit => Verdict::Unanswered(problem.clone(), None),
            Fate::Held => Verdict::OrgWide(problem.clone(), None),
            Fate::Crash { .. } => {
                // As the hub takes it in hand again.
                story.lane[place].interrupt();
                continue;
            }
        };
        let held = matches!(fate, Fate::Held);
        settle(&mut story.lane[place], &verdict, held, story.now, random.f64());
        if matches!(fate, Fate::Fine) {
            learnt.extend(facts);
        }
        if story.lane[place].state == WriteState::Failed {
            // The operator has it tried again.
            story.lane[place].try_anew();
        }
    }
    for fact in learnt {
        story.tell(fact);
    }
    story.plan();
}

/// What the org holds after one schedule.
fn run(seed: u64, faults: bool) -> BTreeMap<String, Fields> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut dice = fastrand::Rng::with_seed(seed ^ 0xC0FFEE);
    let mut story = Story::from("+15550104477");
    story.settings.log_lead_calls = true;
    let mut org = Org::default();
    let mut turns = turns(&mut random);
    while let Some(next) = turns.pop_front() {
        turn(&mut story, next);
        story.plan();
        for _ in 0..if faults { dice.usize(0..3) } else { 1 } {
            let due = plan::head(&story.lane).map(|place| story.lane[place].next_at);
            if due.is_some_and(|at| at.is_none_or(|at| at <= story.now)) {
                let fate = if faults { Fate::any(&mut dice) } else { Fate::Fine };
                send(&mut story, &mut org, fate, &mut dice, &mut turns);
            }
        }
    }
    let mut rounds = 0;
    while plan::head(&story.lane).is_some() {
        story.now += SignedDuration::from_mins(1);
        // Nothing stays broken for ever.
        let fate = if faults && rounds < 20 { Fate::any(&mut dice) } else { Fate::Fine };
        send(&mut story, &mut org, fate, &mut dice, &mut turns);
        rounds += 1;
        assert!(rounds < 200, "the lane comes to an end: {:?}", story.titles());
    }
    for (name, held) in &org.0 {
        assert_eq!(held.created, 1, "{name} is made once");
    }
    org.0.into_iter().map(|(name, held)| (name, held.fields)).collect()
}

#[test]
fn the_org_ends_as_if_nothing_had_gone_wrong() {
    let rounds = std::env::var("CALLBOARD_SCHEDULES").ok().and_then(|n| n.parse().ok());
    for seed in 0..rounds.unwrap_or(400_u64) {
        let (calm, stormy) = (run(seed, false), run(seed, true));
        assert_eq!(calm, stormy, "seed {seed}");
        assert_eq!(calm.len(), 2, "a Lead and a Task");
    }
}

#[test]
fn a_promise_that_is_withdrawn_leaves_no_open_task_whatever_goes_wrong() {
    let mut left = 0;
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut story = Story::silent();
        let phone = Phone::of_e164("+15550104477");
        story.tell(Fact::Party(Box::new(Party { phone, ..Party::default() })));
        story.missed();
        story.plan();
        let mut org = Org::default();
        let withdrawn_in = random.usize(0..10);
        for round in 0.. {
            if round == withdrawn_in {
                story.acts(Action::CallbackDone { kept: false });
                story.plan();
            }
            if round > withdrawn_in && plan::head(&story.lane).is_none() {
                break;
            }
            let fate = if round < 40 { Fate::any(&mut random) } else { Fate::Fine };
            send(&mut story, &mut org, fate, &mut random, &mut VecDeque::new());
            story.later(60);
            assert!(round < 200, "the lane comes to an end: {:?}", story.titles());
        }
        if let Some(task) = org.0.get("Task") {
            left += 1;
            assert_eq!(task.fields["Status"], "Completed", "seed {seed}");
        }
    }
    assert!((100..400).contains(&left), "some were withdrawn before they were sent: {left}");
}
