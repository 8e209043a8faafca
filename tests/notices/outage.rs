//! A channel that takes nothing for a while: how often it is tried, and what happens once it is back.

use callboard::{
    call::{Action, NoticeFact, NoticeStep},
    dispatch::{self, Channel, Step},
};

use super::due::{World, at, failed, person, steps};

/// A call that an operator gave to Sam at 0, whose mail was tried in vain at these seconds.
fn tried(urgency: u8, seconds: &[i64]) -> World {
    let mut world = World::routed(urgency);
    world.people = vec![person("sam", "")];
    for (number, second) in seconds.iter().enumerate() {
        let way = "email:sam@example.com";
        let attempt = u32::try_from(number).unwrap() + 1;
        let id = format!("action:1/{way}");
        let (to, way, step) = ("sam".into(), way.into(), failed(false));
        world.noted(&NoticeFact { id, to, way, attempt, step }, *second);
    }
    world
}

fn heard(world: &mut World, tried: i64, took: Option<i64>) {
    let channel = Channel { tried: Some(at(tried)), took: took.map(at) };
    world.channels.insert("email".to_owned(), channel);
}

const TEN: [i64; 10] = [15, 16, 18, 22, 30, 46, 78, 142, 270, 526];

#[test]
fn what_waits_goes_when_its_channel_took_something_and_waits_little_if_that_was_in_vain() {
    let mut calm = tried(2, &TEN);
    assert_eq!(calm.short(530), (steps(&[]), Some(826)), "five minutes after the last");
    heard(&mut calm, 540, Some(540));
    assert_eq!(calm.short(540).0, steps(&["sam 11"]));
    // It fails all the same: that is their own trouble, and no reason to hurry.
    let mut world = tried(2, &[&TEN[..], &[540]].concat());
    heard(&mut world, 540, Some(539));
    assert_eq!(world.short(540), (steps(&[]), Some(840)));
    let mut urgent = tried(5, &[&TEN[..], &[540]].concat());
    urgent.settings.acknowledge_seconds = 100_000;
    // Another is tried every 20 seconds: they have their turn all the same.
    heard(&mut urgent, 590, Some(539));
    assert_eq!(urgent.short(590), (steps(&[]), Some(600)));
    // What never failed before that waits as for the first time.
    let mut fresh = tried(2, &[540, 541]);
    heard(&mut fresh, 541, Some(539));
    assert_eq!(fresh.short(541), (steps(&[]), Some(543)));
    // In the same instant is not since.
    heard(&mut world, 540, Some(540));
    assert_eq!(world.short(540), (steps(&[]), Some(541)), "at most once a second");
    // Neither is what was noted before the clock was put back.
    heard(&mut calm, 90_000, Some(90_000));
    assert_eq!(calm.short(530), (steps(&[]), Some(826)));
    let mut other = tried(2, &TEN);
    let took = Channel { tried: None, took: Some(at(540)) };
    other.channels.insert("office".to_owned(), took);
    assert_eq!(other.short(540), (steps(&[]), Some(826)), "another channel says nothing");
}

#[test]
fn what_is_urgent_is_tried_every_20_seconds_unless_something_else_was() {
    let mut world = tried(5, &TEN);
    world.settings.acknowledge_seconds = 100_000;
    assert_eq!(world.short(530), (steps(&[]), Some(546)));
    assert_eq!(world.short(546).0, steps(&["sam 11"]));
    heard(&mut world, 540, None);
    assert_eq!(world.short(546), (steps(&[]), Some(560)), "tried with something else at 540");
    heard(&mut world, 90_000, None);
    assert_eq!(world.short(546).0, steps(&["sam 11"]), "before the clock was put back");
    let mut asked = tried(4, &TEN);
    asked.settings.wake_urgency = callboard::call::Urgency::EMERGENCY;
    assert_eq!(asked.short(546).0, steps(&["sam 11"]), "somebody is to say that they have it");
}

#[test]
fn it_is_given_up_after_so_many_tries_and_so_long() {
    // Tried by the second, as what is urgent may be in a short while: not given up.
    let soon: Vec<i64> = (0..200).map(|number| 15 + number * 20).collect();
    assert_eq!(tried(2, &soon).short(5000).0, steps(&["sam 201"]));
    let mut long = soon.clone();
    long.push(15 + 75 * 60);
    assert_eq!(tried(2, &long).short(50_000), (steps(&[]), None));
    // A hub that was down for long has not tried often.
    assert_eq!(tried(2, &[15, 20_000]).short(50_000).0, steps(&["sam 3"]));
}

/// Dana, who was told and did not answer; Tom, whose mail was down.
fn passed_over() -> World {
    let mut world = World::new(5);
    world.settings.automatic_urgency = Some(callboard::call::Urgency::HOT);
    world.people = vec![person("tom", ""), person("dana", "")];
    world.people[1].tell = vec!["office".into()];
    for _ in 0..2 {
        world.step(0, &|way| if way == "office" { NoticeStep::Sent } else { failed(false) });
        world.step(0, &|way| if way == "office" { NoticeStep::Sent } else { failed(false) });
    }
    world
}

#[test]
fn who_was_never_told_comes_before_who_is_told_again() {
    let world = passed_over();
    let told = world.call.notices().values().filter(|it| it.sent_at().is_some());
    assert_eq!(told.map(|it| it.to.as_str()).collect::<Vec<_>>(), ["dana"]);
    let mut back = world.clone();
    heard(&mut back, 100, Some(100));
    assert_eq!(back.short(179), (steps(&[]), Some(180)), "Dana has time to answer");
    assert_eq!(back.short(180).0, steps(&["tom 2"]));
    // Though nothing showed that the mail works: Tom is tried before Dana is told again.
    let mut down = world.clone();
    assert_eq!(down.short(180).0, steps(&["tom 2"]));
    down.step(180, &|_| failed(false));
    assert_eq!(down.short(180).0, steps(&["-> dana"]));
    let Step::Route { reason, .. } = down.due(180).steps.remove(0) else { panic!() };
    assert_eq!(reason.as_str(), "dana did not acknowledge within 180 s");
}

/// The notices that were not taken: to whom, whether they know by no way, and whether it is tried on.
fn failing(world: &World, seconds: i64) -> Vec<String> {
    world.ask(seconds, |asked| {
        let failing = dispatch::failing(&asked).into_iter().map(|it| {
            let untold = if it.untold { " untold" } else { "" };
            let waits = if it.waits { " waits" } else { "" };
            format!("{}{untold}{waits}", it.notice.to)
        });
        failing.collect()
    })
}

#[test]
fn who_was_told_by_another_way_or_need_not_know_is_not_named() {
    let mut world = tried(5, &TEN[..1]);
    assert_eq!(failing(&world, 15), ["sam untold waits"]);
    let mut refused = tried(5, &[]);
    let id = "action:1/email:sam@example.com".to_owned();
    let (to, way) = ("sam".into(), "email:sam@example.com".into());
    refused.noted(&NoticeFact { id, to, way, attempt: 1, step: failed(true) }, 15);
    assert_eq!(failing(&refused, 15), ["sam untold"], "it is not tried again");
    // By the office Sam knows; the mail goes after all.
    world.people[0].tell.push("office".into());
    let mut told = world.clone();
    let (id, to, way) = ("action:1/office".to_owned(), "sam".into(), "office".into());
    told.noted(&NoticeFact { id, to, way, attempt: 1, step: NoticeStep::Sent }, 16);
    assert_eq!(failing(&told, 17), ["sam waits"]);
    world.act("action:2", Action::Acknowledge { owner_id: None }, 20);
    assert_eq!(failing(&world, 21), ["sam"], "somebody has it");
    // Whom it went on from waits while nobody has time to answer, and is on call.
    let passed = passed_over();
    assert_eq!(failing(&passed, 100), ["tom untold"], "Dana has time to answer");
    let mut nobody = passed.clone();
    nobody.people[1].tell = vec!["email:dana@example.com".into()];
    let mut both = World::new(5);
    both.settings.automatic_urgency = Some(callboard::call::Urgency::HOT);
    both.people = nobody.people;
    (0..4).for_each(|_| both.step(0, &|_| failed(false)));
    assert_eq!(failing(&both, 1), ["tom untold waits", "dana untold waits"]);
    both.people[0].on_call = false;
    assert_eq!(failing(&both, 1), ["tom untold", "dana untold waits"]);
}
