//! What operators ask for.

use callboard::{
    call::{Action, Fact, Judgement, Linked, MatchKind},
    plan::{self, Change, Person, Purpose, RoutesBy, Step, WriteState, discard, suggested_owner},
};
use jiff::SignedDuration;

use super::story::{Story, dollars, need, urgency};

const NOBODY: (MatchKind, Option<&str>) = (MatchKind::Nobody, None);
const JANE: (MatchKind, Option<&str>) = (MatchKind::Contact, Some("003000000000001AAA"));

fn burst_pipe() -> Story {
    let mut story = Story::from("+15550104477");
    story.says("My basement is flooding!").judged(|made| {
        made.bant = need();
        made.urgency = urgency(5);
        made.wants = Some("burst pipe".into());
    });
    story
}

fn route(to: &str) -> Action {
    Action::Route { to: to.into(), owner_id: "005000000000001AAA".into(), reason: None }
}

#[test]
fn routing_gives_the_lead_an_owner_after_the_grace_time() {
    let mut story = burst_pipe();
    story.settle(NOBODY);
    story.acts(route("Sam K."));
    let at = story.now;
    story.plan();
    let write = story.lane.last().unwrap();
    assert_eq!(write.title.as_str(), "Route to Sam K.");
    assert_eq!(write.purpose, Purpose::Route);
    assert_eq!(write.by.as_ref().unwrap().operator.as_str(), "Dana");
    assert_eq!(write.next_at, Some(at + SignedDuration::from_secs(5)));
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["OwnerId"], "005000000000001AAA");
}

#[test]
fn an_undone_action_is_given_up_while_it_waits() {
    let mut story = burst_pipe();
    story.settle(NOBODY);
    let key = story.acts(route("Sam K."));
    story.plan();
    story.later(1).acts(Action::Undo { undoes: key });
    let id = story.lane.last().unwrap().id.clone();
    assert_eq!(story.plan(), [Step::Discard(id)]);
    story.settle(NOBODY);
    assert!(!story.held("Lead").contains_key("OwnerId"));

    // Sent already: there is nothing to give up.
    let key = story.acts(route("Lee P."));
    story.settle(NOBODY);
    story.acts(Action::Undo { undoes: key });
    assert_eq!(story.plan(), []);
}

#[test]
fn a_second_route_takes_the_place_of_the_first() {
    let mut story = burst_pipe();
    story.settle(NOBODY);
    story.acts(route("Sam K."));
    story.plan();
    story.later(1).acts(Action::Route {
        to: "Lee P.".into(),
        owner_id: "00G000000000001AAA".into(),
        reason: None,
    });
    story.plan();
    let states: Vec<_> = story.lane[2..].iter().map(|write| write.state).collect();
    assert_eq!(states, [WriteState::Discarded, WriteState::Pending]);
}

#[test]
fn a_customer_keeps_their_owner_and_the_chosen_one_gets_a_task() {
    let mut story = burst_pipe();
    story.settle(JANE);
    story.acts(route("Sam K."));
    story.settle(JANE);
    assert!(!story.held("Contact").contains_key("OwnerId"));
    let task = story.held("Task");
    assert_eq!(task["OwnerId"], "005000000000001AAA");
    assert_eq!(task["Priority"], "High");
}

#[test]
fn an_opportunity_is_one_per_call_however_often_it_is_asked_for() {
    let mut story = burst_pipe();
    story.settle(NOBODY);
    for amount in [4_200, 5_000] {
        story.later(10).acts(Action::Opportunity {
            name: "Burst Pipe - 123 Main St".into(),
            amount: dollars(amount),
            stage: "Qualification".into(),
            close_date: "2026-05-14".parse().unwrap(),
        });
        story.settle(NOBODY);
    }
    let ids: Vec<_> = story
        .lane
        .iter()
        .filter_map(|write| match &write.change {
            Change::Upsert { sobject, external_id, .. } if sobject == "Opportunity" => {
                Some(external_id.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(ids, ["vapi:c1/opportunity", "vapi:c1/opportunity"]);
    assert_eq!(story.held("Opportunity")["Amount"], 5_000);
}

#[test]
fn an_action_makes_a_silent_call_worth_recording() {
    let mut story = Story::from("+15550104477");
    story.acts(route("Sam K."));
    story.settle(NOBODY);
    assert_eq!(story.titles(), ["Look up caller", "New Lead", "Route to Sam K."]);
}

#[test]
fn a_correction_of_the_urgency_reaches_the_lead() {
    let mut story = burst_pipe();
    story.settle(NOBODY);
    story.acts(Action::Urgency { urgency: urgency(2) });
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["Urgency_Level__c"], 2);
    assert_eq!(story.held("Lead")["Rating"], "Warm");
}

#[test]
fn a_lead_whose_creation_was_given_up_is_left_alone() {
    let mut story = burst_pipe();
    story.plan();
    story.lane[0].state = WriteState::Delivered;
    story.matched(MatchKind::Nobody, None, None);
    story.plan();
    let id = story.lane[1].id.clone();
    discard(&mut story.lane, &id, story.now).unwrap();
    story.says("Hurry!").judged(|made| made.bant.timeline = true);
    assert_eq!(story.plan(), []);
}

/// Another call of the caller's made the Lead while this one's waited together with its look-up.
#[test]
fn a_lead_that_another_call_made_stays_the_only_one() {
    let mut story = burst_pipe();
    story.plan();
    let (settings, now) = (story.settings.clone(), story.now);
    let draft = plan::record_if_nobody(&story.call, &story.lane, &settings, now).unwrap();
    plan::enqueue(&mut story.lane, &story.call.id, draft, || "taken along".to_owned(), now);
    let (asked, made) = (story.lane[0].id.clone(), story.lane[1].id.clone());
    for write in [asked, made] {
        plan::supersede(&mut story.lane, &write, now).unwrap();
    }
    let theirs = "00Q000000000009AAA";
    story.matched(MatchKind::Lead, Some(theirs), None);
    story.plan();
    let Change::Update { id: Some(id), .. } = &story.lane[2].change else {
        panic!("{:?}", story.titles())
    };
    assert_eq!(id.as_str(), theirs);
    story.lane[2].state = WriteState::Delivered;
    story.tell(Fact::Linked(Linked { sobject: "Lead".into(), id: theirs.into() }));
    story.plan();
    assert_eq!(story.titles(), ["Look up caller", "New Lead", "Update Lead"]);
    story.says("I have $9k").judged(|made| made.bant.budget = true);
    story.plan();
    assert_eq!(story.titles()[3..], ["Update Lead"]);
}

#[test]
fn news_follow_a_lead_in_flight_and_never_overtake_it() {
    let mut story = burst_pipe();
    story.plan();
    story.lane[0].state = WriteState::Delivered;
    story.matched(MatchKind::Nobody, None, None);
    story.plan();
    story.lane[1].state = WriteState::InFlight;
    story.says("by Friday").judged(|made| made.bant.timeline = true);
    story.plan();
    assert!(matches!(story.lane[2].change, Change::Update { id: None, .. }));
    // It failed after all: newer values stay behind it, where they belong.
    story.lane[1].state = WriteState::Failed;
    story.says("I have $9k").judged(|made| made.bant.budget = true);
    story.plan();
    assert_eq!(story.lane.len(), 3);
    assert_eq!(story.lane[2].change.fields().unwrap()["AI_Qualification_Score__c"], 75);
}

#[test]
fn the_provider_proposes_the_owner_where_the_config_says_so() {
    let mut story = Story::from("+15550104477");
    story.says("The furnace is noisy").judged(|made| {
        made.bant = need();
        made.urgency = urgency(3);
        made.service = super::story::service("HVAC");
    });
    let person = |name: &str, services: &[&str], on_call| Person {
        name: name.into(),
        services: services.iter().map(|service| (*service).to_owned()).collect(),
        on_call,
        ..Person::default()
    };
    story.settings.roster = vec![
        person("Hal", &["HVAC"], false),
        person("Pam", &["Plumbing"], false),
        person("Ona", &[], true),
    ];
    let proposed = |story: &Story| {
        suggested_owner(&story.call, &story.settings, jiff::Timestamp::UNIX_EPOCH)
            .unwrap()
            .name
            .as_str()
            .to_owned()
    };
    assert_eq!(proposed(&story), "Hal");
    let data = [("service_type".to_owned(), "plumbing".into())].into();
    let judgement = Judgement { score: Some(40), data, ..Judgement::default() };
    story.tell(Fact::Judged(judgement));
    // The provider's judgement is kept, and routes nothing unless the config says so.
    assert_eq!(proposed(&story), "Hal");
    story.settings.routes_by = RoutesBy::Provider;
    assert_eq!(proposed(&story), "Pam");
    assert_eq!(story.call.service().unwrap().0.as_str(), "HVAC");
}
