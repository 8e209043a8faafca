//! API calls per phone call, over hours of traffic: the figure the design asks for.
//!
//! Calls, plans and patience are the real ones; time and the org are simulated, second by second.

use callboard::{
    call::{Action, AttemptOutcome, Bant, CallbackRequest, Fact, Linked, MatchKind, Party, Text},
    delivery::patience,
    plan::{self, Change, Purpose, Settings, WriteState},
};
use jiff::{SignedDuration, Timestamp};

use crate::plan::story::{Story, dollars, urgency};

const NEEDS: [(&str, &str, u8); 6] = [
    ("My basement is flooding!", "burst pipe", 5),
    ("No heat and a newborn at home", "no heat", 4),
    ("I'd like a quote for a new furnace", "furnace replacement", 2),
    ("The breaker trips every evening", "breaker trips", 3),
    ("A smart thermostat, please", "smart thermostat installation", 2),
    ("Shingles came off in the storm", "roof repair", 3),
];

/// What happens to a call, so many seconds after it rang.
#[derive(Clone, Copy)]
enum Turn {
    Need(usize),
    Name,
    AsksForCall,
    Budget,
    Timeline,
    Chatter(u32),
    Ends,
    Missed,
    RungBack,
}

struct Caller {
    story: Story,
    known: MatchKind,
    turns: Vec<(i64, Turn)>,
    waiting_since: Option<i64>,
    evidence_at: Option<i64>,
    missed_at: Option<i64>,
    recorded_at: Option<i64>,
}

/// Seconds after which the simulation looks at a call no more.
const OVER: i64 = 1200;

/// Four of ten calls are missed or hang up, the rest talk for some minutes; three of ten callers
/// are customers; three of four that were missed are rung back within a quarter of an hour,
/// and so is one of four who talk: they ask for it.
fn caller(random: &mut fastrand::Rng, n: usize) -> Caller {
    let mut story = Story::silent();
    let phone = format!("+1614{:07}", 5_550_000 + n);
    let phone = callboard::call::Phone::parse(&phone, &story.settings.region);
    story.tell(Fact::Party(Box::new(Party { phone, ..Party::default() })));
    let known = if random.u8(0..10) < 3 { MatchKind::Contact } else { MatchKind::Nobody };
    let turns = match random.u8(0..10) {
        0..3 => {
            let later = 25 + 120 + (n as i64 * 37) % 780;
            let rung_back = (!n.is_multiple_of(4)).then_some((later, Turn::RungBack));
            [(25, Turn::Missed)].into_iter().chain(rung_back).collect()
        }
        3 => vec![(8, Turn::Ends)],
        _ => {
            let mut turns = vec![(random.i64(6..15), Turn::Need(random.usize(..NEEDS.len())))];
            let length = random.i64(60..300);
            turns.push((random.i64(20..length), Turn::Name));
            if random.bool() {
                turns.push((random.i64(30..length), Turn::Budget));
            }
            if random.bool() {
                turns.push((random.i64(15..length), Turn::Timeline));
            }
            turns.extend((2..length / 8).map(|line| (line * 8, Turn::Chatter(n as u32))));
            turns.push((length, Turn::Ends));
            if n % 4 == 1 {
                turns.push((length - 5, Turn::AsksForCall));
                turns.push((length + 120 + (n as i64 * 37) % 600, Turn::RungBack));
            }
            turns
        }
    };
    Caller {
        story,
        known,
        turns,
        waiting_since: None,
        evidence_at: None,
        missed_at: None,
        recorded_at: None,
    }
}

impl Caller {
    fn turn(&mut self, turn: Turn, second: i64) {
        let story = &mut self.story;
        match turn {
            Turn::Need(which) => {
                let (words, wants, level) = NEEDS[which];
                story.tell(crate::plan::story::progress(callboard::call::Stage::Talking, None));
                story.says(words).judged(|made| {
                    made.bant = Bant { need: true, ..made.bant };
                    made.urgency = urgency(level);
                    made.wants = Some(wants.into());
                });
                self.evidence_at = Some(second);
            }
            Turn::Name => {
                story.says("It's Pat Ortiz").judged(|made| {
                    made.who.name = Some("Pat Ortiz".into());
                });
            }
            Turn::AsksForCall => {
                story.says("Call me back, please").judged(|made| {
                    made.callback = Some(CallbackRequest::default());
                });
            }
            Turn::Budget => {
                story.says("I have about ten thousand").judged(|made| {
                    made.bant.budget = true;
                    made.budget = dollars(10_000);
                });
            }
            Turn::Timeline => {
                story.says("By Friday").judged(|made| made.bant.timeline = true);
            }
            Turn::Chatter(n) => {
                story.says(&format!("and another thing, {n} {second}"));
            }
            Turn::Ends => {
                story.ends();
            }
            Turn::Missed => {
                story.missed();
                self.missed_at = Some(second);
            }
            Turn::RungBack => {
                story.acts(Action::Attempt { outcome: AttemptOutcome::Connected, note: None });
            }
        }
    }

    /// Delivers the write whose turn it is.
    fn deliver(&mut self, second: i64) {
        let place = plan::head(&self.story.lane).unwrap();
        let looks_up = self.story.lane[place].purpose == Purpose::Match;
        if looks_up && self.known == MatchKind::Nobody && self.goes_with_its_record() {
            // The record travels with the look-up.
            self.look_up_and_record(place, second);
            return;
        }
        let write = &mut self.story.lane[place];
        write.state = WriteState::Delivered;
        match write.change.clone() {
            Change::Match(_) => {
                let id = (self.known == MatchKind::Contact).then_some("003000000000001AAA");
                self.story.matched(self.known, id, id.map(|_| "001000000000001AAA"));
            }
            Change::Upsert { sobject, .. } | Change::Update { sobject, .. } => {
                let id = format!("{}0000000000{place:02}AAA", &sobject[..3]);
                write.record = Some(Text::new(&id));
                let link = Linked { sobject: Text::new(&sobject), id: Text::new(&id) };
                self.story.tell(Fact::Linked(link));
                if sobject != "Task" {
                    self.recorded_at.get_or_insert(second);
                }
            }
            Change::Convert { .. } | Change::Submit { .. } => panic!("nobody asked for it"),
        }
        self.waiting_since = None;
        self.story.plan();
    }
}

impl Caller {
    /// A look-up in haste takes the record along, for nobody to be found.
    fn goes_with_its_record(&self) -> bool {
        self.story.call.state().is_live()
    }

    fn look_up_and_record(&mut self, place: usize, second: i64) {
        let story = &mut self.story;
        let draft =
            plan::record_if_nobody(&story.call, &story.lane, &story.settings, story.now).unwrap();
        let call = story.call.id.clone();
        let record = plan::enqueue(&mut story.lane, &call, draft, || "r".to_owned(), story.now);
        for place in [place, record] {
            story.lane[place].state = WriteState::Delivered;
        }
        story.matched(MatchKind::Nobody, None, None);
        let link = Linked { sobject: "Lead".into(), id: "00Q000000000009AAA".into() };
        story.tell(Fact::Linked(link));
        self.recorded_at.get_or_insert(second);
        self.waiting_since = None;
        story.plan();
    }
}

pub(crate) struct Figure {
    calls: usize,
    api_calls: usize,
    events: usize,
    /// Seconds from the first evidence to the first record, of calls that go on.
    slowest: i64,
    /// The same from a missed ring to its record.
    slowest_missed: i64,
    /// Tasks of promises to ring back.
    tasks: usize,
}

fn simulate(calls_an_hour: f64, settings: &Settings, minutes: i64) -> Figure {
    let mut random = fastrand::Rng::with_seed(7);
    let start: Timestamp = "2026-04-14T10:00:00Z".parse().unwrap();
    let mut callers: Vec<(i64, Caller)> = Vec::new();
    let mut rings = 0.0;
    while rings < (minutes * 60) as f64 {
        let mut caller = caller(&mut random, callers.len());
        caller.story.settings = settings.clone();
        // After the last call nobody rings back: there would be nobody to share an API call with.
        let end = minutes * 60;
        caller
            .turns
            .retain(|(after, turn)| !matches!(turn, Turn::RungBack) || rings as i64 + after < end);
        callers.push((rings as i64, caller));
        rings += -random.f64().max(1e-9).ln() * 3600.0 / calls_an_hour;
    }
    let mut figure = Figure {
        calls: callers.len(),
        api_calls: 0,
        events: 0,
        slowest: 0,
        slowest_missed: 0,
        tasks: 0,
    };
    for second in 0..minutes * 60 + OVER {
        let now = start + SignedDuration::from_secs(second);
        for (rang, caller) in &mut callers {
            if *rang > second || second > *rang + OVER {
                continue;
            }
            caller.story.now = now;
            let due: Vec<Turn> = caller
                .turns
                .iter()
                .filter(|(after, _)| *rang + after == second)
                .map(|(_, turn)| *turn)
                .collect();
            for turn in due {
                figure.events += 1;
                caller.turn(turn, second);
                caller.story.plan();
            }
        }
        // What is urgent goes within the second, and what it makes possible too.
        while round(&mut callers, now, second) {
            figure.api_calls += 1;
        }
    }
    for (_, caller) in &callers {
        assert_eq!(plan::head(&caller.story.lane), None, "all is delivered in the end");
        let tasks = caller.story.lane.iter().filter(|it| it.title.as_str() == "Callback task");
        figure.tasks += tasks.count();
        if let (Some(heard), Some(recorded)) = (caller.evidence_at, caller.recorded_at) {
            figure.slowest = figure.slowest.max(recorded - heard);
        }
        if let (Some(missed), Some(recorded)) = (caller.missed_at, caller.recorded_at) {
            figure.slowest_missed = figure.slowest_missed.max(recorded - missed);
        }
    }
    figure
}

/// One composite, if somebody's patience ends now: first whoever can't wait, then who came first,
/// as far as there is room.
fn round(callers: &mut [(i64, Caller)], now: Timestamp, second: i64) -> bool {
    let mut waiting = Vec::new();
    for (place, (_, caller)) in callers.iter_mut().enumerate() {
        let Some(head) = plan::head(&caller.story.lane) else { continue };
        let write = &caller.story.lane[head];
        if write.next_at.is_some_and(|next| next > now) {
            continue;
        }
        let since = *caller.waiting_since.get_or_insert(second);
        let first = caller.story.lane[0].created_at;
        let began = now - SignedDuration::from_secs(second - since);
        let Story { call, settings, .. } = &caller.story;
        let wait = patience(write, call, first, settings, began);
        let until = since + i64::try_from(wait.as_secs()).unwrap();
        let queries = match write.purpose {
            Purpose::Match if caller.goes_with_its_record() => 3,
            Purpose::Match => 2,
            _ => 0,
        };
        waiting.push((until, place, queries));
    }
    waiting.sort_unstable();
    let urgent = waiting.first().is_some_and(|(until, ..)| *until <= second);
    if urgent {
        let (mut requests, mut queries) = (0, 0);
        for (_, place, asks) in waiting {
            if requests + asks.max(1) <= 25 && queries + asks <= 5 {
                requests += asks.max(1);
                queries += asks;
                callers[place].1.deliver(second);
            }
        }
    }
    urgent
}

/// Calls an hour, minutes of traffic, and the most API calls a phone call may take.
const TRAFFIC: [(f64, i64, f64); 3] = [(50.0, 120, 1.6), (200.0, 60, 1.0), (1000.0, 10, 1.0)];

/// Prints the figure beside what one PATCH per event would take. By calls an hour: API calls per
/// phone call, and the slowest first record of a call that goes on, in seconds.
pub(crate) fn table() -> Vec<(f64, Figure)> {
    println!("calls/h   API calls/call   one PATCH per event   slowest first record");
    let figures = TRAFFIC.map(|(calls_an_hour, minutes, _)| {
        let figure = simulate(calls_an_hour, &Settings::default(), minutes);
        let calls = figure.calls as f64;
        let each = figure.api_calls as f64 / calls;
        let patches = figure.events as f64 / calls;
        println!("{calls_an_hour:7.0} {each:16.2} {patches:21.1} {:18} s", figure.slowest);
        (each, figure)
    });
    figures.into()
}

#[test]
fn a_phone_call_takes_few_api_calls() {
    for ((each, figure), (calls_an_hour, _, most)) in table().into_iter().zip(TRAFFIC) {
        assert!(figure.slowest <= 5 && each <= most, "{each} at {calls_an_hour}");
        assert!(figure.slowest_missed <= 29, "a missed call after {} s", figure.slowest_missed);
    }
}

#[test]
fn the_tasks_of_promises_ride_along() {
    for (calls_an_hour, minutes, _) in TRAFFIC {
        let each = |callback_tasks| {
            let settings = Settings { callback_tasks, ..Settings::default() };
            let figure = simulate(calls_an_hour, &settings, minutes);
            (figure.api_calls as f64 / figure.calls as f64, figure.tasks)
        };
        let ((with, tasks), (without, none)) = (each(true), each(false));
        assert!(tasks > 10 && none == 0, "{tasks} and {none} Tasks at {calls_an_hour}");
        assert!(with <= without + 0.03, "{with} and {without} at {calls_an_hour}");
    }
}
