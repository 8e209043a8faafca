//! Who is told of what can't wait where the one for it is not there: it never stops while somebody
//! on call could still be told.

use callboard::{
    call::{Assessment, Fact, NoticeStep, Service, Urgency},
    config::Config,
    dispatch::{Channel, Step},
};

use super::due::{World, failed, person, steps};

/// A call about a roof; Ann, who has no shift, Sam and Dana, who are on call and do other trades.
fn roof(urgency: u8) -> World {
    let mut world = World::new(urgency);
    let service = Some(Service("Roofing".into()));
    world.call.assessment = Assessment { service, ..world.call.assessment.clone() };
    world.people = vec![person("ann", ""), person("sam", ""), person("dana", "")];
    world.people[0].on_call = false;
    for person in &mut world.people {
        person.services = vec!["Plumbing".to_owned()];
    }
    world.settings.automatic_urgency = Some(Urgency::HOT);
    world
}

/// Lets the hub give the call to whoever is next and tell them, every 200 seconds until it stops.
fn chain(world: &mut World) -> Vec<String> {
    let mut given = Vec::new();
    for number in 1..20 {
        let now = number * 200;
        let due = world.due(now);
        let Some(Step::Route { key, to, owner_id, reason }) = due.steps.into_iter().next() else {
            break;
        };
        given.push(format!("{to}: {reason}"));
        let action = callboard::call::Action::Route { to, owner_id, reason: Some(reason) };
        world.hear(&key, Fact::Acted { operator: "Callboard".into(), action }, now);
        for step in world.due(now).steps {
            if let Step::Tell { id, to, way, attempt } = step {
                let step = NoticeStep::Sent;
                world.noted(&callboard::call::NoticeFact { id, to, way, attempt, step }, now);
            }
        }
    }
    given
}

#[test]
fn a_trade_that_nobody_on_call_does_goes_to_everybody_on_call() {
    let silent = |name| format!("{name} did not acknowledge within 180 s");
    let expected = [
        "sam: on call; nobody on call does Roofing".to_owned(),
        format!("dana: {}", silent("sam")),
        format!("sam: {}", silent("dana")),
        format!("dana: {}", silent("sam")),
    ];
    assert_eq!(chain(&mut roof(5)), expected);
    // Whoever does it is told first, and then the others all the same.
    let mut does = roof(5);
    does.people[2].services.push("roofing".to_owned());
    let told = chain(&mut does);
    assert_eq!(told[0], "dana: on call, Roofing");
    assert_eq!(told[1], format!("sam: {}", silent("dana")));
    // Who can't be told is no reason to stop.
    let mut mute = roof(5);
    mute.people[1].tell.clear();
    assert_eq!(chain(&mut mute)[0], "dana: on call; nobody on call does Roofing");
}

#[test]
fn who_is_off_is_told_only_when_nobody_at_all_is_on_call() {
    let mut world = roof(5);
    world.people.iter_mut().for_each(|it| it.on_call = false);
    world.people[0].tell.clear();
    let told = chain(&mut world);
    assert_eq!(told[0], "sam: nobody is on call");
    assert!(told[1].starts_with("dana: ") && told.len() == 4, "{told:?}");
}

#[test]
fn whose_quiet_hours_it_is_gives_way_to_who_may_be_told() {
    let mut world = roof(4);
    world.settings.wake_urgency = Urgency::EMERGENCY;
    world.people[1] = person("sam", "daily 13:00-15:00");
    world.people[1].services = vec!["Roofing".to_owned()];
    assert_eq!(chain(&mut world.clone())[0], "dana: on call; sam (Roofing) has quiet hours");
    let mut both = world.clone();
    both.people[2].services.clear();
    assert_eq!(chain(&mut both)[0], "dana: on call");
    // When all have them it waits for the first who may be told, and goes to whoever that is.
    world.people[2].quiet = "daily 13:00-14:30".parse().unwrap();
    let given = world.due(0).steps.remove(0);
    let Step::Route { key, to, owner_id, reason } = given else { panic!("{given:?}") };
    assert_eq!((to.as_str(), reason.as_str()), ("sam", "on call, Roofing"));
    let action = callboard::call::Action::Route { to, owner_id, reason: Some(reason) };
    world.hear(&key, Fact::Acted { operator: "Callboard".into(), action }, 0);
    assert_eq!(world.short(0), (vec![], Some(1800)));
    let next = world.due(1800).steps.remove(0);
    let Step::Route { to, reason, .. } = next else { panic!("{next:?}") };
    assert_eq!((to.as_str(), reason.as_str()), ("dana", "sam has quiet hours"));
    // Whom an operator chose keeps it until they may be told.
    let mut chosen = world.clone();
    let sam =
        callboard::call::Action::Route { to: "sam".into(), owner_id: "005".into(), reason: None };
    chosen.act("action:1", sam, 1);
    assert_eq!(chosen.short(1800), (steps(&[]), Some(3600)));
}

/// Sam and Dana on call, and it is Dana's quiet hours; Sam's mail comes to this.
fn dana_sleeps(urgency: u8, mail: &NoticeStep) -> World {
    let mut world = roof(urgency);
    world.settings.wake_urgency = Urgency::EMERGENCY;
    world.people[2] = person("dana", "daily 13:00-20:00");
    world.people[2].tell = vec!["office".into()];
    let becomes = |_: &str| mail.clone();
    (0..2).for_each(|_| world.step(0, &becomes));
    world
}

#[test]
fn who_has_quiet_hours_is_told_when_nobody_else_can_be() {
    let fails = failed(false);
    let world = dana_sleeps(4, &fails);
    assert_eq!(world.short(0), (vec![], Some(1)), "Sam is tried again");
    // Sam is tried on for as long as they would have had to answer, and once more before.
    let mut down = world.clone();
    for now in 1..180 {
        let due = down.short(now).0;
        assert!(due.is_empty() || due[0].starts_with("sam "), "{now}: {due:?}");
        down.step(now, &|_| fails.clone());
    }
    let Step::Route { key, to, reason, .. } = down.due(180).steps.remove(0) else { panic!() };
    assert_eq!((to.as_str(), key.as_str()), ("dana", "hub:route:wake:1"));
    assert_eq!(reason.as_str(), "sam could not be told, nor anybody else outside quiet hours");
    down.step(180, &|_| fails.clone());
    down.restart();
    assert_eq!(down.short(180).0, steps(&["dana 1"]), "at once, whatever their hours");
    let mut woken = down.clone();
    woken.step(180, &|_| NoticeStep::Sent);
    assert_eq!(woken.short(181), (vec![], Some(360)), "they have their time to answer");
    // Sam's mail works again by then: nobody wakes Dana twice.
    let took = Channel { tried: None, took: Some(super::due::at(300)) };
    woken.channels.insert("email".to_owned(), took);
    assert!(woken.short(360).0[0].starts_with("sam "), "{:?}", woken.short(360));
    // Dana can't be told either: both are tried on.
    down.step(180, &|_| fails.clone());
    assert!(down.short(205).0.len() == 1, "{:?}", down.short(205));
    down.step(205, &|_| fails.clone());
    assert_eq!(down.short(205).0, steps(&["dana 2"]), "each in turn");
}

#[test]
fn nobody_is_woken_for_what_can_wait_nor_where_somebody_can_be_told() {
    let refused = failed(true);
    let given = |world: &World| {
        let due = world.due(180).steps;
        due.iter().any(|step| matches!(step, Step::Route { to, .. } if to.as_str() == "dana"))
    };
    assert!(given(&dana_sleeps(4, &refused)), "refused for good is the same");
    let mut calm = dana_sleeps(4, &refused);
    calm.settings.automatic_urgency = Some(Urgency::EMERGENCY);
    assert!(!given(&calm), "not what people are to give away");
    let told = dana_sleeps(4, &NoticeStep::Sent);
    assert!(!given(&told), "Sam was told");
    let mut all = dana_sleeps(4, &refused);
    all.people[1].quiet = "daily 13:00-19:00".parse().unwrap();
    all.step(180, &|_| refused.clone());
    assert!(all.short(180).1.is_none_or(|next| next > 180), "all have quiet hours: it waits");
}

#[test]
fn who_has_an_earlier_call_of_the_caller_is_told_first() {
    let first = |who: &str, shown, change: &dyn Fn(&mut World)| {
        let mut world = roof(5);
        world.earlier = Some((who.into(), shown));
        change(&mut world);
        chain(&mut world)
    };
    let same = |_: &mut World| {};
    let told = first("dana", false, &same);
    assert_eq!(told[0], "dana: has an earlier call of this caller");
    assert_eq!(told[1], "sam: dana did not acknowledge within 180 s", "then as ever");
    assert!(first("ann", false, &same)[0].starts_with("sam: on call"), "off, and never said so");
    assert!(first("ann", true, &same)[0].starts_with("ann: has an earlier call"), "who did");
    let mute = |world: &mut World| world.people[2].tell.clear();
    assert!(first("dana", true, &mute)[0].starts_with("sam: on call"), "can't be told");
    assert!(first("gone", true, &same)[0].starts_with("sam: on call"));
}

#[test]
fn a_trade_that_no_call_can_have_is_no_config() {
    let config = |roster: &str| -> Config {
        toml::from_str(&format!(
            "[[plan.roster]]\nname = \"Tom\"\nowner_id = \"005000000000001AAA\"\n{roster}"
        ))
        .unwrap()
    };
    let wrong = config("services = [\"plumbing\", \"Electric\"]");
    let told = wrong.plan().unwrap_err().to_string();
    assert!(told.contains("Tom") && told.contains("\"Electric\""), "{told}");
    assert!(told.contains("Electrical, HVAC, Other, Plumbing, Roofing"), "{told}");
    assert!(wrong.problems().iter().any(|it| it.contains("Electric")), "{:?}", wrong.problems());
    assert!(config("services = [\"plumbing\", \"HVAC\"]").plan().is_ok());
    // A provider may have other trades than ours.
    let theirs = "services = [\"Electric\"]\n[triage]\nroutes_by = \"provider\"";
    assert!(config(theirs).plan().is_ok());
}
