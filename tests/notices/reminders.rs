//! Whoever is to ring a caller back is told so: when it is given to them, and when it is late.

use callboard::{
    call::{
        Action, AttemptOutcome, CallId, CallbackRequest, Ending, Fact, Joining, NoticeFact,
        NoticeStep, Party, Phone, Progress, SourceName, Stage, Suppression, Urgency,
    },
    dispatch::Person,
    wire::{CallSummary, NoticeState, NoticeSummary},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    Desk,
    due::{World, at, failed, person, steps},
};
use crate::support::{stage::ANN, until, vapi};

/// When the promise of a Hot caller falls due who was missed at the beginning.
const DUE: i64 = 300;

/// A missed call of this urgency; Sam and Lee are on call.
fn missed(urgency: u8) -> World {
    let mut world = World::new(urgency);
    let phone = Phone::of_e164("+12125550199");
    world.hear("party", Fact::Party(Box::new(Party { phone, ..Party::default() })), 0);
    let ending = Some(Ending { answered: Some(false), ..Ending::default() });
    world.hear("end", Fact::Progress(Progress { stage: Stage::Ended, ending }), 0);
    world
}

fn given(to: &str) -> Action {
    Action::AssignCallback { to: to.into() }
}

/// One that begins with `key` was taken at its first attempt.
fn sent(world: &mut World, key: &str, to: &str, seconds: i64) {
    noted(world, key, to, 1, NoticeStep::Sent, seconds);
}

fn noted(world: &mut World, key: &str, to: &str, attempt: u32, step: NoticeStep, seconds: i64) {
    let way = format!("email:{to}@example.com");
    let id = format!("{key}/{way}");
    let way = way.as_str().into();
    world.noted(&NoticeFact { id, to: to.into(), way, attempt, step }, seconds);
}

#[test]
fn a_promise_given_to_somebody_is_told_to_them_once_and_not_to_whoever_took_it() {
    let mut world = missed(1);
    world.act("action:1", given("lee"), 10);
    assert_eq!(world.short(10), (steps(&[]), Some(25)), "it can be taken back");
    assert_eq!(world.short(25).0, steps(&["lee 1"]));
    sent(&mut world, "action:1", "lee", 25);
    assert_eq!(world.short(26), (steps(&[]), Some(4 * 3600)), "then it is late");
    // Whoever it is given to next is told; who had it is not.
    world.act("action:2", given("sam"), 30);
    assert_eq!(world.short(45).0, steps(&["sam 1"]));
    world.act("action:3", Action::Undo { undoes: "action:2".to_owned() }, 40);
    assert_eq!(world.short(45).0, steps(&[]), "Lee knows");
    let mut own = missed(1);
    own.act("action:1", given("Ann"), 10);
    own.people[1] = Person { name: "Ann".into(), ..person("ann", "") };
    assert_eq!(own.short(60), (steps(&[]), Some(4 * 3600)));
    let mut off = missed(1);
    off.settings.tell_given_callbacks = false;
    off.act("action:1", given("lee"), 10);
    assert_eq!(off.short(60), (steps(&[]), Some(4 * 3600)));
}

#[test]
fn a_late_promise_is_told_to_its_owner_or_whoever_is_on_call_for_the_trade_once() {
    let mut world = missed(5);
    assert_eq!(world.short(DUE - 1), (steps(&[]), Some(DUE)));
    assert_eq!(world.short(DUE).0, steps(&["sam 1"]), "the first on call");
    let mut owned = missed(5);
    owned.act("action:1", given("lee"), 10);
    sent(&mut owned, "action:1", "lee", 25);
    assert_eq!(owned.short(DUE).0, steps(&["lee 1"]), "its owner");
    owned.people[1].tell.clear();
    assert_eq!(owned.short(DUE).0, steps(&["sam 1"]), "who can be told");
    let mut nobody = missed(5);
    nobody.people.iter_mut().for_each(|it| it.services = vec!["Roofing".to_owned()]);
    assert_eq!(nobody.short(DUE).0, steps(&["sam 1"]), "on call, if for another trade");
    let mut later = missed(5);
    for person in &mut later.people {
        person.shifts = "daily 15:00-20:00".parse().unwrap();
    }
    assert_eq!(later.short(DUE), (steps(&[]), Some(3600)), "until somebody is on call");
    assert_eq!(later.short(3600).0, steps(&["sam 1"]));
    sent(&mut world, "callback:late:0", "sam", DUE);
    assert_eq!(world.short(DUE + 1), (steps(&[]), None));
    // Whoever goes on call after that, or gets the call, is not told of the same again.
    world.people.reverse();
    world.restart();
    assert_eq!(world.short(DUE + 9), (steps(&[]), None));
    let mut off = missed(5);
    off.settings.tell_late_callbacks = false;
    assert_eq!(off.short(DUE), (steps(&[]), None));
}

#[test]
fn what_failed_is_tried_again_with_the_same_person_and_given_up_where_that_is_hopeless() {
    let mut world = missed(5);
    noted(&mut world, "callback:late:0", "sam", 1, failed(false), DUE);
    world.people.reverse();
    assert_eq!(world.short(DUE + 1).0, steps(&["sam 2"]));
    noted(&mut world, "callback:late:0", "sam", 2, failed(true), DUE + 1);
    assert_eq!(world.short(DUE + 900).0, steps(&["lee 1"]), "the next on call");
    noted(&mut world, "callback:late:0:2", "lee", 1, failed(true), DUE + 900);
    assert_eq!(world.short(DUE + 901), (steps(&[]), None), "nobody is left");
    world.people.push(person("tom", ""));
    world.people[2].shifts = "daily 15:00-20:00".parse().unwrap();
    assert_eq!(world.short(DUE + 901), (steps(&[]), Some(3600)));
    assert_eq!(world.short(3600).0, steps(&["tom 1"]), "who comes on call");
    noted(&mut world, "callback:late:0:3", "tom", 1, NoticeStep::Sent, 3600);
    assert_eq!(world.short(3601).0, steps(&[]));
    world.restart();
    assert_eq!(world.short(3601).0, steps(&[]));
}

#[test]
fn who_is_refused_when_a_late_promise_is_given_to_them_is_followed_by_whoever_is_on_call() {
    let mut world = missed(1);
    let due = 4 * 3600;
    sent(&mut world, "callback:late:0", "sam", due);
    world.act("action:1", given("lee"), due + 60);
    assert_eq!(world.short(due + 75).0, steps(&["lee 1"]));
    noted(&mut world, "action:1", "lee", 1, failed(true), due + 75);
    assert_eq!(world.short(due + 76).0, steps(&[]), "Sam, who is on call, knows");
    let mut nobody = missed(1);
    nobody.settings.tell_late_callbacks = true;
    nobody.act("action:1", given("lee"), due + 60);
    noted(&mut nobody, "action:1", "lee", 1, failed(true), due + 75);
    assert_eq!(nobody.short(due + 76).0, steps(&["sam 1"]));
}

#[test]
fn it_is_told_again_only_when_it_gets_late_again() {
    let mut world = missed(5);
    sent(&mut world, "callback:late:0", "sam", DUE);
    // A try in vain puts it off by an hour.
    let tried = Action::Attempt { outcome: AttemptOutcome::NoAnswer, note: None };
    world.act("action:1", tried, 400);
    assert_eq!(world.short(401), (steps(&[]), Some(4000)));
    assert_eq!(world.short(4000).0, steps(&["sam 1"]));
    world.act("action:2", Action::Undo { undoes: "action:1".to_owned() }, 402);
    assert_eq!(world.short(4000).0, steps(&[]), "late as before, and that was told");
    world.act("action:3", Action::Reschedule { due: at(9000) }, 500);
    assert_eq!(world.short(501), (steps(&[]), Some(9000)));
    assert_eq!(world.short(9000).0, steps(&["sam 1"]));
    // Given to somebody when it is late already, they are told once and not twice.
    world.act("action:4", given("lee"), 9010);
    assert_eq!(world.short(9025).0, steps(&["lee 1"]));
    sent(&mut world, "action:4", "lee", 9025);
    assert_eq!(world.short(9100), (steps(&[]), None));
}

#[test]
fn a_try_after_it_was_put_to_another_time_puts_it_off_and_that_is_told_too() {
    let mut world = missed(5);
    let tried = || Action::Attempt { outcome: AttemptOutcome::NoAnswer, note: None };
    world.act("action:1", tried(), 100);
    world.act("action:2", Action::Reschedule { due: at(3000) }, 200);
    assert_eq!(world.short(201), (steps(&[]), Some(3000)), "the try before is no longer the last");
    sent(&mut world, "callback:late:action:2", "sam", 3000);
    assert_eq!(world.short(3001), (steps(&[]), None));
    world.act("action:3", tried(), 3100);
    assert_eq!(world.short(3101), (steps(&[]), Some(6700)));
    assert_eq!(world.short(6700).0, steps(&["sam 1"]));
    sent(&mut world, "callback:late:action:2+1", "sam", 6700);
    assert_eq!(world.short(6701), (steps(&[]), None));
}

#[test]
fn a_time_the_caller_names_in_a_later_call_is_told_of_when_it_is_late() {
    let mut world = missed(5);
    sent(&mut world, "callback:late:0", "sam", DUE);
    let later = |named, due| {
        let call = CallId::new(&SourceName::new("vapi"), "later");
        Fact::Joins(Joining { call, due: at(due), named, asked_at: None, number: None })
    };
    world.hear("promise:later", later(false, 2000), 1000);
    assert_eq!(world.short(2001), (steps(&[]), None), "they only rang again");
    world.hear("promise:later:1", later(true, 5000), 1001);
    assert_eq!(world.short(2001), (steps(&[]), Some(5000)));
    assert_eq!(world.short(5000).0, steps(&["sam 1"]));
    // Whichever of the two said it last: the caller, or an operator.
    let mut put = missed(5);
    put.act("action:1", Action::Reschedule { due: at(3000) }, 500);
    put.hear("promise:later", later(true, 5000), 1000);
    assert_eq!(put.short(3001), (steps(&[]), Some(5000)));
    assert_eq!(put.short(5000).0, steps(&["sam 1"]));
    put.act("action:2", Action::Reschedule { due: at(7000) }, 1100);
    assert_eq!(put.short(5001), (steps(&[]), Some(7000)));
}

#[test]
fn whose_shift_ends_while_it_is_late_is_followed_by_whoever_is_on_call_then_once() {
    let mut world = missed(5);
    world.people[0].shifts = "daily 07:00-15:00".parse().unwrap();
    world.people[1].shifts = "daily 15:00-07:00".parse().unwrap();
    sent(&mut world, "callback:late:0", "sam", DUE);
    assert_eq!(world.short(DUE + 1), (steps(&[]), Some(3600)));
    let mut kept = world.clone();
    kept.act("action:1", Action::CallbackDone { kept: true }, 600);
    assert_eq!(kept.short(3600), (steps(&[]), None));
    assert_eq!(world.short(3600).0, steps(&["lee 1"]));
    sent(&mut world, "callback:late:0:2", "lee", 3600);
    world.restart();
    // Sam is on call again in the morning, and knows.
    for hours in [1, 2, 17, 18, 25, 30] {
        assert_eq!(world.short(hours * 3600 + 1).0, steps(&[]), "after {hours} hours");
    }
    // Who has no shifts is not followed by anybody.
    let mut owned = missed(5);
    owned.people[1].on_call = false;
    owned.people[0].shifts = "daily 15:00-07:00".parse().unwrap();
    owned.act("action:1", given("lee"), 10);
    sent(&mut owned, "action:1", "lee", 25);
    sent(&mut owned, "callback:late:0", "lee", DUE);
    assert_eq!(owned.short(DUE + 1), (steps(&[]), None));
    assert_eq!(owned.short(3600), (steps(&[]), None));
}

#[test]
fn what_is_kept_cancelled_or_not_to_be_called_is_told_to_nobody() {
    let ending = [
        Action::CallbackDone { kept: true },
        Action::CallbackDone { kept: false },
        Action::Attempt { outcome: AttemptOutcome::Connected, note: None },
        Action::WrapUp { disposition: None },
    ];
    for action in ending {
        let mut world = missed(5);
        world.act("action:1", given("lee"), 10);
        noted(&mut world, "action:1", "lee", 1, failed(false), 25);
        world.act("action:2", action.clone(), 26);
        for seconds in [27, DUE, 9000] {
            assert_eq!(world.short(seconds), (steps(&[]), None), "{action:?}");
        }
    }
    let mut world = missed(5);
    world.call.suppression = Some(Suppression {
        number: Phone::of_e164("+12125550199").unwrap(),
        stands: true,
        at: at(0),
        by: None,
        call: None,
    });
    assert_eq!(world.short(DUE), (steps(&[]), None));
}

#[test]
fn quiet_hours_put_it_off_unless_it_is_urgent() {
    let quiet = |urgency| {
        let mut world = missed(urgency);
        world.people[0] = person("sam", "daily 13:00-19:00");
        world
    };
    assert_eq!(quiet(5).short(DUE).0, steps(&["sam 1"]));
    assert_eq!(quiet(1).short(4 * 3600).0, steps(&["lee 1"]), "who is not in theirs");
    let quiet = |urgency| {
        let mut world = quiet(urgency);
        world.people.truncate(1);
        world
    };
    assert_eq!(quiet(1).short(4 * 3600), (steps(&[]), Some(5 * 3600)));
    assert_eq!(quiet(1).short(5 * 3600).0, steps(&["sam 1"]));
}

#[test]
fn while_somebody_is_on_the_line_nothing_is_late() {
    let mut world = missed(5);
    world.hear("more", Fact::Progress(Progress { stage: Stage::Talking, ending: None }), 1);
    assert_eq!(world.short(DUE).0, steps(&["sam 1"]), "a call that is over stays so");
    let mut live = World::new(5);
    live.call.assessment.callback = Some(CallbackRequest { at: at(0), due: None, number: None });
    live.hear("talk", Fact::Progress(Progress { stage: Stage::Talking, ending: None }), 200);
    assert_eq!(live.short(DUE), (steps(&[]), Some(800)));
    assert_eq!(live.short(800).0, steps(&["sam 1"]), "its end was never heard");
    assert!(live.call.urgency() == Urgency::EMERGENCY);
}

impl Desk {
    /// Waits until telling somebody of a call's promise stands so.
    async fn reminder(
        &self,
        call: &str,
        fits: impl Fn(&NoticeSummary) -> bool,
    ) -> (CallSummary, NoticeSummary) {
        let id = format!("vapi:{call}");
        until("the reminder of the promise stands as expected", async || {
            let row = self.stage.calls().await.into_iter().find(|row| row.id.as_str() == id)?;
            let notice = row.callback_notice.clone().filter(&fits)?;
            Some((row, notice))
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_the_hub_they_get_mail_that_says_so_and_its_failure_is_on_the_board() {
    let mut desk = Desk::set(|plan| {
        plan.roster = vec![
            super::person(plan, "Sam K.", &["email:sam@example.com"]),
            super::person(plan, "Lee P.", &["email:lee@example.com"]),
        ];
        plan.roster[0].on_call = true;
    })
    .await;
    // Missed an hour ago, and Cold: due in three hours.
    let ago = |minutes: i64| Timestamp::now() - SignedDuration::from_mins(minutes);
    let ended = |call: &str, minutes| vapi::status(call, "ended", ago(minutes).as_second());
    desk.stage.tell([ended("a", 60)]).await;
    let give = json!({"do": "assign_callback", "to": "Lee P."});
    assert!(desk.stage.receipt(ANN, "a", give).await.done);
    desk.reminder("a", |it| it.to.as_str() == "Lee P." && it.state == NoticeState::Told).await;
    let mail = desk.mail.mails().remove(0);
    assert_eq!(mail.to, "lee@example.com");
    let subject = mail.header("Subject").unwrap();
    assert!(subject.starts_with("Callback for you: "), "{subject}");
    let body = mail.body();
    assert!(body.contains("Yours because: Ann gave it to you"), "{body}");
    assert!(!body.contains("was due"), "{body}");
    // Late, with nobody's name on it: whoever is on call, once the server is up.
    desk.mail.go_down().await;
    desk.stage.tell([ended("b", 60 * 24 * 2)]).await;
    let (_, notice) = desk.reminder("b", |it| it.state == NoticeState::Failing).await;
    assert_eq!(notice.to.as_str(), "Sam K.");
    let problem = notice.problem.unwrap();
    assert!(problem.as_str().starts_with("email:sam@example.com: "), "{problem}");
    desk.stage.stop_hub().await;
    desk.stage.start_hub().await;
    desk.mail.come_up().await;
    desk.reminder("b", |it| it.state == NoticeState::Told).await;
    let mails = desk.mail.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[1].to, "sam@example.com");
    let subject = mails[1].header("Subject").unwrap();
    assert!(subject.starts_with("Callback late: "), "{subject}");
    let body = mails[1].body();
    assert!(body.contains("Call back: was due ") && body.contains("you are on call"), "{body}");
    // A restart tells nobody again, nor anybody of what is done.
    desk.stage.stop_hub().await;
    desk.stage.start_hub().await;
    desk.stage.tell([ended("c", 60 * 24 * 2)]).await;
    desk.reminder("c", |it| it.state == NoticeState::Told).await;
    assert_eq!(desk.mail.mails().len(), 3);
}
