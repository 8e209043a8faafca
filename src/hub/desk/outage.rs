//! A mail server that is down for a while, and three calls that somebody is to be told of meanwhile.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{Desk, Most, Settings, Tell};
use crate::{
    call::{CallId, Event, Fact, Line, NoticeFact, NoticeStep, Role, SourceName, Urgency},
    delivery::Gates,
    hub::orders,
    plan::{self, Person},
    store::{CallRow, Claim, Stored},
    triage::Rules,
    wire::{Command, Order},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_776_178_800 + second).unwrap()
}

fn call(name: &str) -> CallId {
    CallId::new(&SourceName::new("vapi"), name)
}

/// A desk on a clock of its own, and what left it.
struct World {
    desk: Desk,
    now: i64,
    /// Whether the mail server takes anything.
    up: bool,
    /// Whom it refuses for now.
    refuses: Option<&'static str>,
    journal: Vec<Event>,
    /// What was tried: when, about which call, with whom.
    tried: Vec<(i64, String, String)>,
}

impl World {
    fn new() -> Self {
        let desk = desk();
        let (journal, tried) = (Vec::new(), Vec::new());
        Self { desk, now: 0, up: false, refuses: None, journal, tried }
    }

    fn says(&mut self, name: &str, text: &str) {
        let now = at(self.now);
        let line = Line { at: now, role: Role::Caller, text: text.into() };
        let (call, key) = (call(name), "1".to_owned());
        let facts = vec![Fact::Said(line)];
        self.desk.receive(vec![Event { call, key, sent_at: now, received_at: now, facts }]);
        self.settle();
    }

    fn route(&mut self, name: &str, to: &str) {
        let order = Order::Route { to: Some(to.into()) };
        let command = Command { id: format!("route-{name}"), order };
        orders::act(&mut self.desk, &call(name), &"Ann".into(), command, at(self.now)).unwrap();
        self.settle();
    }

    /// Lets the clock run until then.
    fn run(&mut self, until: i64) {
        while let Some(next) = self.desk.next_duty().filter(|next| *next <= at(until)) {
            let seconds = next.duration_since(at(0)).as_secs();
            self.now = self.now.max(seconds);
            self.settle();
        }
        self.now = until;
    }

    fn settle(&mut self) {
        let now = at(self.now);
        self.desk.catch_up(now);
        for _ in 0..100 {
            let tells = self.desk.take_notices(true, 32, &Claim::All, now);
            let commit = self.desk.take_commit(&Claim::All, now);
            self.journal.extend(commit.events);
            let changed = self.desk.changes(&Gates::new(false, &[], &[]), now);
            self.desk.release(&changed);
            if tells.is_empty() && self.desk.next_duty().is_none_or(|at| at > now) {
                return;
            }
            for Tell { call, notice, .. } in tells {
                let name = call.id.as_str().trim_start_matches("vapi:").to_owned();
                self.tried.push((self.now, name, notice.to.to_string()));
                let takes = self.up && self.refuses != Some(notice.to.as_str());
                let step = match takes {
                    true => NoticeStep::Sent,
                    false => NoticeStep::Failed { problem: "down".into(), permanent: false },
                };
                let told = NoticeFact { step, ..notice };
                self.desk.told(&call.id, &told, now);
                self.desk.land(&call.id, &told);
            }
        }
        panic!("the desk never comes to rest");
    }

    /// All that was in memory is gone.
    fn restart(&mut self) {
        self.desk = desk();
        let mut of_call: HashMap<CallId, Vec<Event>> = HashMap::new();
        for event in self.journal.clone() {
            of_call.entry(event.call.clone()).or_default().push(event);
        }
        for events in of_call.into_values() {
            let begun = crate::call::Call::begin(&events[0]);
            let row = CallRow { version: events.len() as u64, ..CallRow::of(&begun, true, 0) };
            let (writes, under_way) = (Vec::new(), HashSet::new());
            let stored = Stored { row, events, fold: None, writes, under_way };
            self.desk.resume(stored, &|_| false, at(self.now));
        }
    }

    /// What was tried since the second, in short.
    fn since(&self, second: i64) -> Vec<String> {
        let tried = self.tried.iter().filter(|(at, ..)| *at >= second);
        tried.map(|(at, name, to)| format!("{at} {name} {to}")).collect()
    }

    fn failing(&self) -> Vec<String> {
        let failing = self.desk.failing_channels().into_iter().map(|it| {
            let people: Vec<&str> = it.people.iter().map(crate::call::Text::as_str).collect();
            let since = it.since.duration_since(at(0)).as_secs();
            format!("{} since {since}: {}", it.channel, people.join(", "))
        });
        failing.collect()
    }
}

fn desk() -> Desk {
    let mut plan = plan::Settings { grace_seconds: 0, ..plan::Settings::default() };
    plan.dispatch.automatic_urgency = Some(Urgency::HOT);
    let person = |name: &str| Person {
        name: name.into(),
        owner_id: format!("005{name}"),
        on_call: name != "Lee",
        tell: vec![format!("email:{name}@example.com").as_str().into()],
        ..Person::default()
    };
    plan.roster = vec![person("Tom"), person("Lee")];
    Desk::new(Settings {
        plan,
        has_org: false,
        rules: Rules::shipped(),
        shared: false,
        most: Most::default(),
        call_back: None,
        zone: TimeZone::UTC,
        silence: HashMap::new(),
    })
}

/// Three calls about which nobody could be told for the last minutes: a quote that Lee was given, no
/// heat, and a flood.
fn waiting() -> World {
    let mut world = World::new();
    world.says("a-quote", "I'd like a quote for a new roof");
    world.route("a-quote", "Lee");
    world.run(10);
    world.says("b-heat", "no heat at all and it is freezing outside");
    world.run(12);
    world.says("c-flood", "my basement is flooding, a pipe burst");
    world
}

#[test]
fn once_a_channel_takes_anything_all_that_waits_for_it_goes_the_most_urgent_first() {
    let mut world = waiting();
    world.run(290);
    assert_eq!(world.failing(), ["email since 0: Lee, Tom"]);
    let mut restarted = waiting();
    restarted.run(290);
    restarted.restart();
    for world in [&mut world, &mut restarted] {
        world.up = true;
        // What shows that it takes something again can wait itself.
        world.says("d-roof", "I'd like a quote for a new roof");
        world.route("d-roof", "Lee");
        let expected = ["290 d-roof Lee", "290 c-flood Tom", "290 b-heat Tom", "290 a-quote Lee"];
        assert_eq!(world.since(290), expected);
        assert_eq!(world.failing(), [""; 0], "everybody knows");
    }
}

#[test]
fn a_channel_that_is_down_is_tried_every_20_seconds_with_the_most_urgent_that_waits() {
    let mut world = waiting();
    world.run(400);
    world.tried.clear();
    world.run(1000);
    let of = |name: &str| {
        let tried = world.tried.iter().filter(|(_, call, _)| call == name);
        tried.map(|(at, ..)| *at).collect::<Vec<i64>>()
    };
    assert!((28..=30).contains(&of("c-flood").len()), "{:?}", world.tried);
    assert!((9..=11).contains(&of("b-heat").len()), "once a minute: {:?}", world.tried);
    assert!((1..=3).contains(&of("a-quote").len()), "{:?}", world.tried);
    let all: Vec<i64> = world.tried.iter().map(|(at, ..)| *at).collect();
    assert!(all.windows(2).all(|pair| pair[1] - pair[0] <= 20), "{all:?}");
}

#[test]
fn who_is_refused_while_others_are_told_is_tried_on_and_named_until_they_know() {
    let mut world = waiting();
    world.run(100);
    (world.up, world.refuses) = (true, Some("Lee"));
    world.run(200);
    let failing = world.failing();
    assert!(failing.len() == 1 && failing[0].ends_with(": Lee"), "others were told: {failing:?}");
    let tries = world.since(100).into_iter().filter(|it| it.ends_with("a-quote Lee")).count();
    assert!((2..=9).contains(&tries), "not all the time: {:?}", world.since(100));
    world.refuses = None;
    world.run(520);
    assert_eq!(world.failing(), [""; 0]);
    let last = SignedDuration::from_secs(520);
    assert!(world.desk.next_duty().is_none_or(|next| next > at(0) + last));
}
