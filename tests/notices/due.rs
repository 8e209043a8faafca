//! What is due when, by the clock alone: tables, and a day with restarts at any moment.

use std::collections::BTreeSet;

use callboard::{
    call::{
        Action, Assessment, AttemptOutcome, Call, CallId, Direction, Ending, Event, Fact, Money,
        NoticeFact, NoticeStep, Party, Progress, SourceName, Stage, Text, Urgency,
    },
    dispatch::{self, Asked, Channels, Due, Grounds, Load, Person, Roster, Settings, Step, due},
};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const GRACE: SignedDuration = SignedDuration::from_secs(15);

pub(super) fn at(seconds: i64) -> Timestamp {
    // A Tuesday, 14:00 UTC.
    Timestamp::from_second(1_776_175_200 + seconds).unwrap()
}

pub(super) fn person(name: &str, quiet: &str) -> Person {
    Person {
        name: name.into(),
        owner_id: format!("005{name}"),
        on_call: true,
        tell: vec![Text::new(&format!("email:{name}@example.com"))],
        quiet: quiet.parse().unwrap_or_default(),
        ..Person::default()
    }
}

/// A call as its events have it, and everything that is due of it.
#[derive(Clone)]
pub(super) struct World {
    events: Vec<Event>,
    pub(super) call: Call,
    pub(super) people: Vec<Person>,
    pub(super) settings: Settings,
    /// Who has an earlier call of the caller, and whether they said so.
    pub(super) earlier: Option<(Text, bool)>,
    /// What is known of channels from elsewhere.
    pub(super) channels: Channels,
    in_flight: BTreeSet<(String, u32)>,
}

impl World {
    pub(super) fn new(urgency: u8) -> Self {
        let id = CallId::new(&SourceName::new("vapi"), "a");
        let event = Event {
            call: id,
            key: "first".to_owned(),
            sent_at: at(0),
            received_at: at(0),
            facts: Vec::new(),
        };
        let mut call = Call::begin(&event);
        call.assessment =
            Assessment { urgency: Urgency::new(urgency).unwrap(), ..Assessment::default() };
        let people = vec![person("sam", ""), person("lee", "")];
        let settings = Settings::default();
        let (earlier, channels, in_flight) = (None, Channels::new(), BTreeSet::new());
        Self { events: vec![event], call, people, settings, earlier, channels, in_flight }
    }

    pub(super) fn routed(urgency: u8) -> Self {
        let mut world = Self::new(urgency);
        let action = Action::Route { to: "sam".into(), owner_id: "005".into(), reason: None };
        world.act("action:1", action, 0);
        world
    }

    pub(super) fn hear(&mut self, key: &str, fact: Fact, seconds: i64) {
        let event = Event {
            call: self.call.id.clone(),
            key: key.to_owned(),
            sent_at: at(seconds),
            received_at: at(seconds),
            facts: vec![fact],
        };
        self.call.apply(&event);
        self.events.push(event);
    }

    pub(super) fn act(&mut self, key: &str, action: Action, seconds: i64) {
        self.hear(key, Fact::Acted { operator: "Ann".into(), action }, seconds);
    }

    /// The hub goes down and comes up: what is left is what the events say.
    pub(super) fn restart(&mut self) {
        let assessment = self.call.assessment.clone();
        let kept: Vec<Event> =
            serde_json::from_str(&serde_json::to_string(&self.events).unwrap()).unwrap();
        self.call = Call::begin(&kept[0]);
        kept.iter().for_each(|event| self.call.apply(event));
        self.call.assessment = assessment;
        self.in_flight.clear();
    }

    pub(super) fn due(&self, seconds: i64) -> Due {
        let in_flight = |id: &str, attempt| self.in_flight.contains(&(id.to_owned(), attempt));
        self.ask(seconds, |asked| due(asked, &in_flight))
    }

    pub(super) fn ask<T>(&self, seconds: i64, what: impl FnOnce(Asked<'_>) -> T) -> T {
        let asked = Asked {
            call: &self.call,
            grounds: &Grounds::of(&self.call),
            earlier: self
                .earlier
                .as_ref()
                .map(|(who, shown)| dispatch::Earlier { who, shown: *shown }),
            roster: &Roster { people: &self.people, settings: &self.settings },
            load: &Load::new(),
            channels: &self.channels,
            grace: GRACE,
            interrupted: SignedDuration::ZERO,
            now: at(seconds),
        };
        what(asked)
    }

    pub(super) fn noted(&mut self, notice: &NoticeFact, seconds: i64) {
        self.hear(&notice.key(), Fact::Notice(notice.clone()), seconds);
    }

    /// Does what is due; by a way becomes of it what `becomes` says.
    pub(super) fn step(&mut self, seconds: i64, becomes: &dyn Fn(&str) -> NoticeStep) {
        for step in self.due(seconds).steps {
            match step {
                Step::Route { key, to, owner_id, reason } => {
                    let action = Action::Route { to, owner_id, reason: Some(reason) };
                    let operator = "Callboard".into();
                    self.hear(&key, Fact::Acted { operator, action }, seconds);
                }
                Step::Tell { id, to, way, attempt } => {
                    let step = becomes(way.as_str());
                    self.noted(&NoticeFact { id, to, way, attempt, step }, seconds);
                }
            }
        }
    }

    /// What is due, in short: `sam 1` tells Sam for the first time, `-> lee` gives it to Lee, and
    /// the seconds from the start to the next look.
    pub(super) fn short(&self, seconds: i64) -> (Vec<String>, Option<i64>) {
        let due = self.due(seconds);
        let steps = due.steps.iter().map(|step| match step {
            Step::Route { to, .. } => format!("-> {to}"),
            Step::Tell { to, attempt, .. } => format!("{to} {attempt}"),
        });
        let next = due.next.map(|next| next.duration_since(at(0)).as_secs());
        (steps.collect(), next)
    }
}

fn way_of(name: &str) -> String {
    format!("email:{name}@example.com")
}

fn notice(attempt: u32, step: NoticeStep) -> NoticeFact {
    let way = "email:sam@example.com";
    NoticeFact { id: format!("action:1/{way}"), to: "sam".into(), way: way.into(), attempt, step }
}

pub(super) fn failed(permanent: bool) -> NoticeStep {
    NoticeStep::Failed { problem: "no".into(), permanent }
}

pub(super) fn steps(of: &[&str]) -> Vec<String> {
    of.iter().map(|it| (*it).to_owned()).collect()
}

#[test]
fn an_operators_routing_is_told_when_it_can_not_be_taken_back_any_more() {
    let mut world = World::routed(5);
    assert_eq!(world.short(0), (vec![], Some(15)));
    // The deadline counts from when they were told.
    assert_eq!(world.short(15), (steps(&["sam 1"]), Some(195)));
    world.act("action:2", Action::Undo { undoes: "action:1".to_owned() }, 3);
    assert_eq!(world.short(15), (vec![], None));
}

#[test]
fn an_attempt_is_made_once_and_again_only_where_it_failed() {
    let sending = notice(1, NoticeStep::Sending);
    let mut world = World::routed(5);
    world.people.truncate(1);
    world.noted(&sending, 15);
    world.in_flight.insert((sending.id.clone(), 1));
    assert_eq!(world.short(16), (vec![], Some(195)));
    // Nobody knows what became of it: it goes again under the same id.
    world.restart();
    assert_eq!(world.short(16), (steps(&["sam 2"]), Some(195)));
    world.noted(&notice(1, failed(false)), 16);
    assert_eq!(world.short(16), (vec![], Some(17)));
    assert_eq!(world.short(17).0, steps(&["sam 2"]));
    world.noted(&notice(2, failed(false)), 17);
    assert_eq!(world.short(18), (vec![], Some(19)));
    // From then on they have their time to answer.
    world.noted(&notice(3, NoticeStep::Sent), 19);
    assert_eq!(world.short(100), (vec![], Some(199)));
    // Late news of an earlier attempt changes nothing.
    world.noted(&notice(2, failed(true)), 19);
    assert_eq!(world.short(100), (vec![], Some(199)));
}

#[test]
fn a_clock_that_was_put_back_holds_nothing_up() {
    let mut world = World::routed(5);
    world.people.truncate(1);
    world.noted(&notice(1, failed(false)), 86_400);
    assert_eq!(world.short(20).0, steps(&["sam 2"]));
}

#[test]
fn nobody_waits_for_somebody_who_can_not_be_told() {
    let mut world = World::routed(5);
    world.noted(&notice(1, failed(true)), 15);
    assert_eq!(world.short(16), (steps(&["-> lee"]), None));
    let mut down = World::routed(5);
    down.noted(&notice(1, failed(false)), 15);
    assert_eq!(down.short(15), (steps(&["-> lee"]), None), "also where it may pass");
    // Where nobody waits for an answer it stays where it is.
    let mut calm = World::routed(2);
    calm.noted(&notice(1, failed(true)), 15);
    assert_eq!(calm.short(16), (vec![], None));
}

#[test]
fn whoever_shows_that_they_have_it_ends_it() {
    let showing = [
        Action::Acknowledge { owner_id: None },
        Action::Claim { until: at(600) },
        Action::WrapUp { disposition: None },
        Action::CallbackDone { kept: true },
    ];
    for action in showing {
        let mut world = World::routed(5);
        world.noted(&notice(1, NoticeStep::Sent), 15);
        world.act("action:2", action.clone(), 20);
        assert_eq!(world.short(200), (vec![], None), "{action:?}");
        world.act("action:3", Action::Undo { undoes: "action:2".to_owned() }, 21);
        assert_eq!(world.short(200), (steps(&["-> lee"]), None), "{action:?}, taken back");
    }
    // What was done before somebody got it is no answer of theirs.
    let mut world = World::routed(5);
    world.act("action:0", Action::Acknowledge { owner_id: None }, -5);
    assert_eq!(world.short(200), (steps(&["-> lee"]), None));
}

#[test]
fn who_lets_it_go_or_reaches_nobody_does_not_have_it() {
    let tried = |outcome| Action::Attempt { outcome, note: None };
    let world = |actions: &[(&str, Action)]| {
        let mut world = World::routed(5);
        world.noted(&notice(1, NoticeStep::Sent), 15);
        for (seconds, (operator, action)) in (20..).zip(actions) {
            let (operator, action) = ((*operator).into(), action.clone());
            world.hear(&format!("{seconds}"), Fact::Acted { operator, action }, seconds);
        }
        world.short(200).0
    };
    let claim = || Action::Claim { until: at(600) };
    let nobody = steps(&["-> lee"]);
    assert_eq!(world(&[("Ann", claim()), ("Ann", Action::Release)]), nobody);
    // Taken over, and then let go by that one.
    assert_eq!(world(&[("Ann", claim()), ("Bob", claim()), ("Bob", Action::Release)]), nobody);
    let again = [("Ann", claim()), ("Ann", Action::Release), ("Bob", claim())];
    assert_eq!(world(&again), steps(&[]));
    for outcome in [AttemptOutcome::NoAnswer, AttemptOutcome::Voicemail] {
        assert_eq!(world(&[("Ann", tried(outcome))]), nobody, "{outcome:?}");
        assert_eq!(world(&[("sam", tried(outcome))]), steps(&[]), "who was told is on it");
    }
    assert_eq!(world(&[("Ann", tried(AttemptOutcome::Connected))]), steps(&[]));
}

#[test]
fn danger_in_a_call_we_made_is_told_as_in_any_other() {
    let party = Party { direction: Some(Direction::Outbound), ..Party::default() };
    let outbound = Fact::Party(Box::new(party));
    let mut world = World::routed(5);
    world.hear("party", outbound.clone(), 1);
    assert_eq!(world.short(15), (steps(&["sam 1"]), Some(195)));
    let mut world = World::new(5);
    world.settings.automatic_urgency = Some(Urgency::HOT);
    world.hear("party", outbound.clone(), 1);
    assert_eq!(world.short(1).0, steps(&["-> sam"]));
}

#[test]
fn quiet_hours_put_off_what_can_wait_and_nothing_else() {
    let quiet = |urgency| {
        let mut world = World::routed(urgency);
        world.people[0] = person("sam", "daily 13:00-15:00");
        world
    };
    assert_eq!(quiet(3).short(15), (vec![], Some(3600)));
    assert_eq!(quiet(3).short(3600).0, steps(&["sam 1"]));
    assert_eq!(quiet(4).short(15), (steps(&["sam 1"]), Some(195)));
    let mut never = quiet(4);
    never.settings.wake_urgency = Urgency::EMERGENCY;
    assert_eq!(never.short(15), (vec![], Some(3600)));
}

#[test]
fn the_hub_gives_away_by_itself_what_is_urgent_enough_once() {
    let mut world = World::new(4);
    assert_eq!(world.short(0), (vec![], None));
    world.settings.automatic_urgency = Some(Urgency::HOT);
    assert_eq!(world.short(0), (steps(&["-> sam"]), None));
    let calm = World { settings: world.settings.clone(), ..World::new(3) };
    assert_eq!(calm.short(0), (vec![], None));
    // What an operator did, and took back, is theirs to do again.
    let route = Action::Route { to: "lee".into(), owner_id: "005".into(), reason: None };
    world.act("action:1", route, 0);
    world.act("action:2", Action::Undo { undoes: "action:1".to_owned() }, 1);
    assert_eq!(world.short(100), (vec![], None));
}

#[test]
fn what_scores_high_goes_to_sales_by_itself_once_the_call_is_over() {
    let scores = |score: u8, budget: Option<i64>| {
        let mut world = World::new(2);
        world.call.assessment.score = score;
        world.call.assessment.budget = budget.map(Money::dollars);
        let sal = Person { on_call: false, sales: true, ..person("sal", "") };
        let eve = Person { on_call: false, from_dollars: Some(8_000), ..person("eve", "") };
        world.people.extend([sal, eve]);
        world.settings.automatic_sales = true;
        world
    };
    let ended = |mut world: World| {
        let ending = Some(Ending { answered: Some(true), ..Ending::default() });
        world.hear("end", Fact::Progress(Progress { stage: Stage::Ended, ending }), 60);
        world
    };
    let given = |world: &World| world.short(60).0;
    assert_eq!(given(&scores(75, None)), steps(&[]), "it may become one for whoever is on call");
    assert_eq!(given(&ended(scores(75, None))), steps(&["-> sal"]));
    assert_eq!(given(&ended(scores(70, None))), steps(&[]), "not above the threshold");
    assert_eq!(given(&ended(scores(75, Some(9_000)))), steps(&["-> eve"]));
    let mut off = ended(scores(75, None));
    off.settings.automatic_sales = false;
    assert_eq!(given(&off), steps(&[]));
    // Nobody is there for sales: it is left to an operator.
    let mut nobody = ended(scores(75, None));
    nobody.people.truncate(2);
    assert_eq!(given(&nobody), steps(&[]));
    // Given once, whatever becomes of it.
    let mut taken_back = ended(scores(75, None));
    let route = Action::Route { to: "sal".into(), owner_id: "005".into(), reason: None };
    taken_back.act("action:1", route, 61);
    taken_back.act("action:2", Action::Undo { undoes: "action:1".to_owned() }, 62);
    assert_eq!(given(&taken_back), steps(&[]));
}

/// Plays an hour: a mail server that is down for a while, Lee who answers in the end or never, and
/// restarts at these moments. Returns what left, in order.
fn play(down: (i64, i64), answer: Option<i64>, restarts: &BTreeSet<i64>) -> Vec<(i64, String)> {
    let mut world = World::new(5);
    world.settings.automatic_urgency = Some(Urgency::HOT);
    let (mut left, mut answered) = (Vec::new(), false);
    let mut now = 0;
    while now < 3600 {
        if restarts.contains(&now) {
            world.restart();
        }
        if !answered && answer.is_some_and(|answer| answer <= now) {
            answered = true;
            world.act("action:ack", Action::Acknowledge { owner_id: None }, now);
        }
        for _ in 0..20 {
            let steps = world.due(now).steps;
            if steps.is_empty() {
                break;
            }
            for step in steps {
                match step {
                    Step::Route { key, to, owner_id, reason } => {
                        assert!(world.call.action(&key).is_none(), "{key} twice");
                        if let Some((silent, _)) = reason.as_str().split_once(" did not") {
                            let told = |(_, id): &(i64, String)| id.ends_with(&way_of(silent));
                            assert!(left.iter().any(told), "{silent} was never told");
                        }
                        let action = Action::Route { to, owner_id, reason: Some(reason) };
                        world.act(&key, action, now);
                    }
                    Step::Tell { id, to, way, attempt } => {
                        let sending = NoticeStep::Sending;
                        let notice = NoticeFact { id: id.clone(), to, way, attempt, step: sending };
                        world.noted(&notice, now);
                        let is_down = (down.0..down.1).contains(&now);
                        let step = if is_down { failed(false) } else { NoticeStep::Sent };
                        if !is_down {
                            left.push((now, id));
                        }
                        world.noted(&NoticeFact { step, ..notice }, now);
                    }
                }
            }
        }
        let Due { steps, next } = world.due(now);
        assert!(steps.is_empty(), "at {now} it never ends");
        // Nothing is looked at before its time: what is due when is for `next` to say.
        let next = next.map(|next| next.duration_since(at(0)).as_secs());
        let happens = restarts.iter().copied().chain(answer).chain(next);
        now = happens.filter(|then| *then > now).min().unwrap_or(3600);
    }
    left
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_restart_at_any_moment_changes_nothing(
        down in (0_i64..1200, 0_i64..1200).prop_map(|(from, length)| (from, from + length)),
        answer in proptest::option::of(0_i64..2000),
        restarts in proptest::collection::btree_set(0_i64..3600, 1..12),
    ) {
        let tidy = play(down, answer, &BTreeSet::new());
        prop_assert_eq!(&tidy, &play(down, answer, &restarts));
        let ids: BTreeSet<&String> = tidy.iter().map(|(_, id)| id).collect();
        prop_assert_eq!(ids.len(), tidy.len(), "a notice left twice");
        // While nobody says that they have it, it never falls silent for long: an outage ends, a
        // round is over, and everybody hears of it again.
        let mut heard = down.1.max(0);
        let silence = 300 + 4 * 180 + 15 * 60;
        for at in tidy.iter().map(|(at, _)| *at).chain([answer.unwrap_or(3600)]) {
            prop_assert!(at - heard <= silence, "nobody was told from {} to {}", heard, at);
            heard = heard.max(at);
        }
        let after = answer.and_then(|answer| tidy.iter().find(|(at, _)| *at > answer));
        prop_assert!(after.is_none(), "told after somebody had it: {after:?}");
    }
}
