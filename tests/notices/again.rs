//! What nobody has does not fall silent: who can't be told is passed over and tried on, everybody is
//! told again after a while, and whoever comes on call is told at that moment.

use callboard::{
    call::{Action, Fact, NoticeFact, NoticeStep, Urgency},
    dispatch::{self, Step},
};
use jiff::SignedDuration;

use super::due::{World, at, failed, steps};

/// A call that the hub gave to Sam at 0.
fn given() -> World {
    let mut world = World::new(5);
    world.settings.automatic_urgency = Some(Urgency::HOT);
    follow(&mut world, 0);
    world
}

/// Does whatever routing is due; in short to whom and why.
fn follow(world: &mut World, seconds: i64) -> Option<String> {
    let step = world.due(seconds).steps.into_iter().next()?;
    let Step::Route { key, to, owner_id, reason } = step else { return None };
    let short = format!("{to}: {reason}");
    let action = Action::Route { to, owner_id, reason: Some(reason) };
    world.hear(&key, Fact::Acted { operator: "Callboard".into(), action }, seconds);
    Some(short)
}

/// What becomes of the one telling that is due.
fn tell(world: &mut World, seconds: i64, step: &NoticeStep) -> String {
    let due = world.due(seconds).steps;
    let [Step::Tell { id, to, way, attempt }] = due.as_slice() else {
        panic!("at {seconds}: {due:?}")
    };
    let notice = NoticeFact {
        id: id.clone(),
        to: to.clone(),
        way: way.clone(),
        attempt: *attempt,
        step: step.clone(),
    };
    world.noted(&notice, seconds);
    format!("{to} {attempt}")
}

fn asked(world: &World) -> (String, Option<i64>) {
    let roster = dispatch::Roster { people: &world.people, settings: &world.settings };
    let told = dispatch::acknowledgement(&world.call, &roster, SignedDuration::from_secs(15));
    let told = told.unwrap();
    (told.to.to_string(), told.deadline.map(|until| until.duration_since(at(0)).as_secs()))
}

#[test]
fn who_can_not_be_told_is_passed_over_at_once_and_tried_when_nobody_else_has_time_to_answer() {
    let mut world = given();
    tell(&mut world, 0, &failed(false));
    assert_eq!(follow(&mut world, 0).unwrap(), "lee: sam could not be told");
    tell(&mut world, 0, &NoticeStep::Sent);
    // Lee was told: Sam, whose mail may work again by now, is left alone meanwhile.
    assert_eq!(world.short(179), (steps(&[]), Some(180)));
    assert_eq!(tell(&mut world, 180, &failed(false)), "sam 2", "sooner than Lee again");
    assert_eq!(follow(&mut world, 180).unwrap(), "lee: lee did not acknowledge within 180 s");
    tell(&mut world, 180, &NoticeStep::Sent);
    world.restart();
    assert_eq!(tell(&mut world, 360, &NoticeStep::Sent), "sam 3");
    // Whoever was passed over and is told since has their whole time.
    assert_eq!(asked(&world), ("sam".to_owned(), Some(540)));
    assert_eq!(world.short(539), (steps(&[]), Some(540)));
    assert_eq!(follow(&mut world, 540).unwrap(), "sam: sam did not acknowledge within 180 s");
}

#[test]
fn when_nobody_can_be_told_one_after_the_other_is_tried_until_somebody_is() {
    let mut world = given();
    tell(&mut world, 0, &failed(false));
    follow(&mut world, 0).unwrap();
    tell(&mut world, 0, &failed(false));
    assert_eq!(world.short(0), (steps(&[]), Some(1)), "nobody is left; both are tried on");
    let tried: Vec<String> = (0..2).map(|_| tell(&mut world, 100, &failed(false))).collect();
    assert_eq!(tried, ["sam 2", "lee 2"]);
    assert!(world.short(100).0.is_empty(), "each waits longer");
    assert_eq!(tell(&mut world, 200, &NoticeStep::Sent), "sam 3");
    assert_eq!(world.short(201), (steps(&[]), Some(380)), "Sam has time to answer");
    // For good: another round comes, though the rules ask for none.
    let mut refused = given();
    refused.settings.again_minutes = 0;
    tell(&mut refused, 0, &failed(true));
    follow(&mut refused, 0).unwrap();
    tell(&mut refused, 0, &failed(true));
    let (told, next) = refused.short(0);
    assert_eq!((told, next), (steps(&["-> sam"]), None), "the rules give everybody two times");
    for _ in 0..2 {
        follow(&mut refused, 0).unwrap();
        tell(&mut refused, 0, &failed(true));
    }
    assert_eq!(refused.short(200), (steps(&[]), Some(180 + 900)));
    assert_eq!(refused.short(180 + 900).0, steps(&["-> sam"]));
}

/// A call of which Sam and Lee were told twice each, in vain; until when Lee had time.
fn given_up() -> (World, i64) {
    let mut world = given();
    for turn in 0..4 {
        tell(&mut world, turn * 180, &NoticeStep::Sent);
        assert_eq!(follow(&mut world, (turn + 1) * 180).is_some(), turn < 3);
    }
    (world, 720)
}

#[test]
fn what_nobody_has_is_told_to_everybody_again_until_somebody_has_it() {
    let (mut world, over) = given_up();
    let again = over + 15 * 60;
    assert_eq!(world.short(over), (steps(&[]), Some(again)));
    for round in 0..3 {
        let begins = over + round * (360 + 900) + 900;
        assert!(world.short(begins - 1).0.is_empty(), "round {round}");
        let told = follow(&mut world, begins).unwrap();
        assert_eq!(told, "sam: nobody has said that they have it");
        world.restart();
        assert_eq!(world.short(begins).0, steps(&["sam 1"]));
        tell(&mut world, begins, &NoticeStep::Sent);
        assert_eq!(world.short(begins + 1), (steps(&[]), Some(begins + 180)));
        follow(&mut world, begins + 180).unwrap();
        tell(&mut world, begins + 180, &NoticeStep::Sent);
        assert_eq!(world.short(begins + 360), (steps(&[]), Some(begins + 360 + 900)));
    }
    let ends = [
        Action::Acknowledge { owner_id: None },
        Action::Claim { until: at(9000) },
        Action::CallbackDone { kept: true },
        Action::WrapUp { disposition: None },
        Action::Dispose { disposition: callboard::call::Disposition::Booked, reason: None },
    ];
    for action in ends {
        let mut ended = world.clone();
        ended.act("action:1", action.clone(), 5000);
        assert_eq!(ended.short(90_000), (steps(&[]), None), "{action:?}");
    }
    let (mut never, over) = given_up();
    never.settings.again_minutes = 0;
    assert_eq!(never.short(over + 90_000), (steps(&[]), None));
}

#[test]
fn after_a_day_rounds_come_ever_more_rarely() {
    let (mut world, _) = given_up();
    let mut rounds = Vec::new();
    let mut now = 720;
    while now < 4 * 86_400 {
        if let Some(told) = follow(&mut world, now) {
            rounds.extend(told.starts_with("sam").then_some(now));
            tell(&mut world, now, &NoticeStep::Sent);
        }
        now = world.short(now).1.unwrap();
    }
    let of_day = |day: i64| rounds.iter().filter(|at| **at / 86_400 == day).count();
    assert!((60..=70).contains(&of_day(0)), "{}", of_day(0));
    assert!((22..=27).contains(&of_day(3)), "{}", of_day(3));
}

#[test]
fn whoever_comes_on_call_or_wakes_is_told_at_that_moment() {
    let (mut world, over) = given_up();
    world.people.push(super::due::person("tom", ""));
    world.people[2].shifts = "daily 14:20-20:00".parse().unwrap();
    assert_eq!(world.short(over), (steps(&[]), Some(1200)));
    assert_eq!(follow(&mut world, 1200).unwrap(), "tom: lee did not acknowledge within 180 s");
    tell(&mut world, 1200, &NoticeStep::Sent);
    assert_eq!(world.short(1200), (steps(&[]), Some(1380)));
    assert_eq!(follow(&mut world, 1380).unwrap(), "tom: tom did not acknowledge within 180 s");
    // Whose quiet hours it is is not told, nor is it left to them while somebody is awake.
    let (mut quiet, over) = given_up();
    quiet.settings.wake_urgency = Urgency::EMERGENCY;
    quiet.call.assessment.urgency = Urgency::HOT;
    quiet.people.push(super::due::person("tom", "daily 12:00-14:20"));
    assert_eq!(quiet.short(over), (steps(&[]), Some(1200)));
    assert_eq!(follow(&mut quiet, 1200).unwrap(), "tom: lee did not acknowledge within 180 s");
}
