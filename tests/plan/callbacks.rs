//! The Task of a promise to ring back.

use callboard::{
    call::{
        Action, AttemptOutcome, CallId, CallbackRequest, Disposition, Ending, Fact, Joining,
        MatchKind, Party, Phone, Progress, SourceName, Stage, Suppression, Text,
    },
    plan::{Change, Fields, Person, Purpose, Write, WriteState, discard},
};
use jiff::{Timestamp, tz::TimeZone};

use super::story::{Story, need, urgency};

const NOBODY: (MatchKind, Option<&str>) = (MatchKind::Nobody, None);
const JANE: (MatchKind, Option<&str>) = (MatchKind::Contact, Some("003000000000001AAA"));

/// A call nobody answered, at 10:23 UTC.
fn missed() -> Story {
    let mut story = Story::silent();
    let phone = Phone::of_e164("+15550104477");
    story.tell(Fact::Party(Box::new(Party { phone, ..Party::default() })));
    story.missed();
    story
}

fn tasks(story: &Story) -> Vec<&Write> {
    story.lane.iter().filter(|write| write.purpose == Purpose::Task).collect()
}

fn tries(story: &mut Story, outcome: AttemptOutcome) {
    let note = Some(Text::new("her sister answers"));
    story.later(600).acts(Action::Attempt { outcome, note });
}

/// The Task as Salesforce has it.
fn task(story: &Story) -> Fields {
    story.held("Task")
}

fn text<'a>(task: &'a Fields, field: &str) -> &'a str {
    task.get(field).and_then(|value| value.as_str()).unwrap_or_default()
}

#[test]
fn a_missed_call_is_a_task_on_its_lead_due_when_the_caller_is() {
    let mut story = missed();
    story.settings.zone = TimeZone::get("Pacific/Auckland").unwrap();
    story.settle(NOBODY);
    assert_eq!(story.titles(), ["Look up caller", "New Lead", "Callback task"]);
    let Change::Upsert { sobject, external_id, references, .. } = &tasks(&story)[0].change else {
        panic!("{:?}", story.lane)
    };
    assert_eq!((sobject.as_str(), external_id.as_str()), ("Task", "vapi:c1/callback"));
    assert_eq!(references["WhoId"], "Lead");
    let task = task(&story);
    for (field, value) in [
        ("Subject", "Call back (555) 010-4477"),
        ("Status", "Not Started"),
        ("Priority", "Normal"),
        // Four hours after the end, when the next day has begun where the business is.
        ("ActivityDate", "2026-04-15"),
        ("ReminderDateTime", "2026-04-14T14:23:00.000Z"),
        ("Description", "Number: +15550104477\nMissed call."),
    ] {
        assert_eq!(text(&task, field), value, "{field}");
    }
    assert_eq!(task["IsReminderSet"], true);
    assert!(!task.contains_key("OwnerId"));
}

#[test]
fn a_customers_promise_is_about_the_contact_and_says_what_they_want() {
    let mut story = Story::from("+15550104477");
    story.says("The furnace is out and the baby is freezing").judged(|made| {
        made.bant = need();
        made.urgency = urgency(4);
        made.wants = Some("no heat".into());
        made.who.name = Some("Jane Whitfield".into());
        made.callback = Some(CallbackRequest::default());
    });
    story.settle(JANE);
    assert!(tasks(&story).is_empty(), "the time is not known before the call is over");
    story.later(60).ends();
    story.settle(JANE);
    let titles: Vec<_> = tasks(&story).iter().map(|write| write.title.as_str()).collect();
    assert_eq!(titles, ["Log call", "Callback task"]);
    let fields = tasks(&story)[1].change.fields().unwrap();
    assert_eq!(text(fields, "WhoId"), "003000000000001AAA");
    assert_eq!(text(fields, "Subject"), "Call back Jane Whitfield: no heat");
    assert_eq!(text(fields, "Priority"), "High");
    assert!(text(fields, "Description").contains("Asked to be called back."), "{fields:?}");
}

#[test]
fn a_call_whose_end_is_never_heard_has_its_task_when_the_time_comes() {
    let mut story = Story::from("+15550104477");
    story.says("Call me back, please").judged(|made| {
        made.callback = Some(CallbackRequest::default());
    });
    story.settle(NOBODY);
    assert!(tasks(&story).is_empty());
    story.later(5 * 3600);
    story.settle(NOBODY);
    assert_eq!(tasks(&story).len(), 1);
}

type Happens = fn(&mut Story);

/// What becomes of a promise, and what the Task then says.
const ENDS: &[(&str, Happens, &str, &str)] = &[
    (
        "a try in vain",
        |story| tries(story, AttemptOutcome::NoAnswer),
        "Not Started",
        "Missed call.\n2026-04-14 10:34, Dana: no answer (her sister answers)",
    ),
    (
        "spoken with",
        |story| tries(story, AttemptOutcome::Connected),
        "Completed",
        "Kept: the caller was rung back.\n",
    ),
    (
        "kept, says somebody",
        |story| _ = story.acts(Action::CallbackDone { kept: true }),
        "Completed",
        "Kept: the caller was rung back.\n",
    ),
    (
        "not needed",
        |story| _ = story.acts(Action::CallbackDone { kept: false }),
        "Completed",
        "Withdrawn: it is not needed (Dana).\n",
    ),
    (
        "wrong number",
        |story| tries(story, AttemptOutcome::WrongNumber),
        "Completed",
        "Withdrawn: it is a wrong number.\n",
    ),
    (
        "spam",
        |story| _ = story.acts(Action::Dispose { disposition: Disposition::Spam, reason: None }),
        "Completed",
        "Withdrawn: spam (Dana).\n",
    ),
    (
        "wrapped up",
        |story| _ = story.acts(Action::WrapUp { disposition: None }),
        "Completed",
        "Withdrawn: the call was wrapped up (Dana).\n",
    ),
    (
        "joined to an earlier call",
        |story| {
            let call = CallId::new(&SourceName::new("vapi"), "c0");
            story.tell(Fact::JoinedTo { call });
        },
        "Completed",
        "Withdrawn: an earlier call of the same number has the promise.\n",
    ),
    (
        "not to be called",
        |story| {
            story.call.suppression = Some(Suppression {
                number: Phone::of_e164("+15550104477").unwrap(),
                stands: true,
                at: story.now,
                by: Some("Dana".into()),
                call: None,
            });
        },
        "Completed",
        "Withdrawn: the number is not to be called (Dana).\n",
    ),
    (
        "answered after all, as a late event says",
        |story| {
            story.says("Hello?");
            let ending = Ending { answered: Some(true), ..Ending::default() };
            story.tell(Fact::Progress(Progress { stage: Stage::Talking, ending: None }));
            story.tell(Fact::Progress(Progress { stage: Stage::Ended, ending: Some(ending) }));
        },
        "Completed",
        "Withdrawn: nobody is to be rung back after all.",
    ),
];

#[test]
fn the_task_ends_as_the_promise_does() {
    for (what, change, status, description) in ENDS {
        let mut story = missed();
        story.settle(NOBODY);
        story.later(60);
        change(&mut story);
        story.settle(NOBODY);
        let task = task(&story);
        assert_eq!(text(&task, "Status"), *status, "{what}");
        assert!(text(&task, "Description").contains(description), "{what}: {task:#?}");
        assert_eq!(task["IsReminderSet"], *status == "Not Started", "{what}");
        let [made, changed] = tasks(&story)[..] else { panic!("{what}: {:#?}", story.lane) };
        let Change::Update { id, .. } = &changed.change else { panic!("{what}") };
        assert_eq!(*id, made.record, "{what}");
    }
}

#[test]
fn a_promise_that_ends_before_its_task_was_sent_leaves_none_and_one_that_was_kept_a_closed_one() {
    let withdrawn = |story: &mut Story| _ = story.acts(Action::CallbackDone { kept: false });
    let kept = |story: &mut Story| _ = story.acts(Action::CallbackDone { kept: true });
    let both: [(Happens, &str); 2] = [(withdrawn, ""), (kept, "Completed")];
    for (change, status) in both {
        let mut story = missed();
        story.plan();
        while tasks(&story).is_empty() {
            story.deliver(NOBODY);
        }
        assert_eq!(tasks(&story)[0].state, WriteState::Pending);
        change(&mut story);
        story.settle(NOBODY);
        assert_eq!((tasks(&story).len(), text(&task(&story), "Status")), (1, status));
        // Promised again, it is all there.
        let due = story.later(60).now;
        story.acts(Action::Reschedule { due });
        story.settle(NOBODY);
        let held = task(&story);
        assert_eq!(text(&held, "Status"), "Not Started");
        assert_eq!(text(&held, "Subject"), "Call back (555) 010-4477");
    }
}

#[test]
fn a_task_that_may_be_in_salesforce_is_closed_there_and_not_left_behind() {
    // The program stopped, or the org fell silent, before the answer came.
    for unheard in [false, true] {
        let mut story = missed();
        story.plan();
        while tasks(&story).is_empty() {
            story.deliver(NOBODY);
        }
        story.lane.last_mut().unwrap().unheard = unheard;
        story.acts(Action::CallbackDone { kept: false });
        story.plan();
        let state = if unheard { WriteState::Pending } else { WriteState::Superseded };
        assert_eq!(tasks(&story)[0].state, state);
        story.settle(NOBODY);
        let status = if unheard { "Completed" } else { "" };
        assert_eq!((tasks(&story).len(), text(&task(&story), "Status")), (1, status));
    }
}

#[test]
fn taken_back_within_the_grace_time_nothing_is_closed() {
    let mut story = missed();
    story.settle(NOBODY);
    let key = story.later(60).acts(Action::CallbackDone { kept: true });
    story.plan();
    story.later(2).acts(Action::Undo { undoes: key });
    story.settle(NOBODY);
    assert_eq!(text(&task(&story), "Status"), "Not Started");
    assert_eq!(tasks(&story).len(), 2, "what waited took the news along");
}

#[test]
fn put_to_another_time_it_is_open_again_and_due_then() {
    let mut story = missed();
    story.settle(NOBODY);
    story.later(60).acts(Action::CallbackDone { kept: true });
    story.settle(NOBODY);
    let due: Timestamp = "2026-04-16T09:00:00Z".parse().unwrap();
    story.later(60).acts(Action::Reschedule { due });
    story.settle(NOBODY);
    let task = task(&story);
    assert_eq!(text(&task, "Status"), "Not Started");
    assert_eq!(text(&task, "ActivityDate"), "2026-04-16");
    assert_eq!(text(&task, "ReminderDateTime"), "2026-04-16T09:00:00.000Z");
    assert_eq!(task["IsReminderSet"], true);
}

#[test]
fn whoever_has_the_promise_owns_the_task_unless_they_are_a_queue() {
    let person = |name: &str, id: &str| Person {
        name: name.into(),
        owner_id: id.to_owned(),
        ..Person::default()
    };
    let mut story = missed();
    story.settings.roster =
        vec![person("Sam", "005000000000001AAA"), person("Desk", "00G000000000001AAA")];
    story.settle(NOBODY);
    for (to, owner) in [
        ("Sam", "005000000000001AAA"),
        ("Desk", "005000000000001AAA"),
        ("Somebody unknown", "005000000000001AAA"),
    ] {
        story.later(60).acts(Action::AssignCallback { to: to.into() });
        story.settle(NOBODY);
        assert_eq!(text(&task(&story), "OwnerId"), owner, "{to}");
    }
    assert_eq!(tasks(&story).len(), 2);

    // Whoever the call was routed to has its promise, on the roster or not any more.
    let mut story = missed();
    let (to, owner_id) = ("Lee".into(), "005000000000002AAA".into());
    story.acts(Action::Route { to, owner_id, reason: None });
    story.settle(JANE);
    let made = tasks(&story)[0].change.fields().unwrap();
    assert_eq!(text(made, "OwnerId"), "005000000000002AAA");
}

#[test]
fn further_calls_of_the_number_make_it_one_task_sooner() {
    let mut story = missed();
    story.settle(NOBODY);
    let due: Timestamp = "2026-04-14T10:40:00Z".parse().unwrap();
    let call = CallId::new(&SourceName::new("vapi"), "c2");
    story.later(60).tell(Fact::Joins(Joining {
        call,
        due,
        named: false,
        asked_at: None,
        number: None,
    }));
    story.settle(NOBODY);
    let held = task(&story);
    assert_eq!(text(&held, "ReminderDateTime"), "2026-04-14T10:40:00.000Z");
    assert!(text(&held, "Description").contains("Called 2 times in all."), "{held:?}");

    // The further call itself has none.
    let mut story = missed();
    let call = CallId::new(&SourceName::new("vapi"), "c0");
    story.tell(Fact::JoinedTo { call });
    story.settle(NOBODY);
    assert!(tasks(&story).is_empty());
}

#[test]
fn off_it_writes_nothing() {
    let mut story = missed();
    story.settings.callback_tasks = false;
    story.settle(NOBODY);
    tries(&mut story, AttemptOutcome::Connected);
    story.settle(NOBODY);
    assert!(tasks(&story).is_empty());
}

#[test]
fn what_happens_while_it_is_on_its_way_follows_when_it_is_known() {
    let mut story = missed();
    story.plan();
    while tasks(&story).is_empty() {
        story.deliver(NOBODY);
    }
    let place = story.lane.len() - 1;
    story.lane[place].state = WriteState::InFlight;
    story.later(60).acts(Action::CallbackDone { kept: true });
    assert_eq!(story.plan(), [], "its id is not known yet");
    story.lane[place].state = WriteState::Delivered;
    story.lane[place].record = Some("00T000000000001AAA".into());
    story.settle(NOBODY);
    assert_eq!(text(&task(&story), "Status"), "Completed");
}

#[test]
fn a_task_an_operator_gave_up_stays_so_and_what_they_edited_is_theirs() {
    let mut story = missed();
    story.plan();
    while tasks(&story).is_empty() {
        story.deliver(NOBODY);
    }
    let id = tasks(&story)[0].id.clone();
    discard(&mut story.lane, &id, story.now).unwrap();
    story.later(60).acts(Action::CallbackDone { kept: true });
    assert_eq!(story.plan(), []);

    let mut story = missed();
    story.plan();
    while tasks(&story).is_empty() {
        story.deliver(NOBODY);
    }
    let place = story.lane.len() - 1;
    let own: Fields = [("Subject".to_owned(), "Ring her mother".into())].into_iter().collect();
    callboard::plan::edit(&mut story.lane[place], &own, &[].into(), None).unwrap();
    story.settle(NOBODY);
    let due = story.later(60).now;
    story.acts(Action::Reschedule { due });
    story.settle(NOBODY);
    assert_eq!(text(&task(&story), "Subject"), "Ring her mother");
}

#[test]
fn the_log_and_the_promise_are_told_apart_by_their_ids() {
    let mut story = Story::from("+15550104477");
    story.says("Call me back about the furnace").judged(|made| {
        made.bant = need();
        made.callback = Some(CallbackRequest::default());
    });
    story.later(60).ends();
    story.settle(JANE);
    story.later(60).reports(callboard::call::Report {
        summary: Some("Wants to know about the furnace".into()),
        ..callboard::call::Report::default()
    });
    story.acts(Action::CallbackDone { kept: true });
    story.settle(JANE);
    let updates: Vec<(&str, &Fields)> = tasks(&story)
        .into_iter()
        .filter_map(|write| match &write.change {
            Change::Update { id: Some(id), fields, .. } => Some((id.as_str(), fields)),
            _ => None,
        })
        .collect();
    let [(log, said), (callback, closed)] = updates[..] else { panic!("{updates:#?}") };
    assert_ne!(log, callback);
    assert!(!said.contains_key("Status") && text(closed, "Status") == "Completed");
}
