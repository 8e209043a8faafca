//! What a caller nobody knows becomes, and Person Accounts, in the stand-in org.

use callboard::{
    call::{Action, CallId, SourceName},
    plan::{NewCaller, Settings, WriteState},
    sandbox::org::{Fault, FaultKind, Options, Running},
};
use serde_json::{Map, Value, json};

use super::{
    deliver::{bring, ours},
    stand_in,
};
use crate::plan::story::{Story, dollars, need, service};

const NUMBER: &str = "+16145550163";

/// An org whose customers are people, and how its calls are kept.
fn persons(new_caller: NewCaller) -> (Options, Settings) {
    let key = |sobject: &str| (sobject.to_owned(), "Callboard_Id__c".to_owned());
    let settings = Settings {
        person_accounts: true,
        new_caller,
        external_id: ["Lead", "Contact", "Account", "Opportunity"].map(key).into(),
        ..Settings::default()
    };
    settings.check().unwrap();
    (Options { person_accounts: true, ..Options::default() }, settings)
}

fn furnace(settings: &Settings) -> Story {
    let mut story = Story::from(NUMBER);
    story.settings = settings.clone();
    story.says("This is Pat Ortiz at 9 Elm Avenue, I need a new furnace").judged(|made| {
        made.bant = need();
        made.service = service("HVAC");
        made.wants = Some("furnace installation".into());
        made.who.name = Some("Pat Ortiz".into());
        made.who.address = Some("9 Elm Avenue".into());
        made.budget = dollars(8_000);
    });
    story
}

/// The same caller some time later, in another call.
fn again(settings: &Settings) -> Story {
    let mut story = Story::from(NUMBER);
    story.settings = settings.clone();
    story.call.id = CallId::new(&SourceName::new("vapi"), "c1-again");
    story.says("It's Pat again, it rattles").judged(|made| made.bant = need());
    story
}

fn the_only(records: Vec<Map<String, Value>>) -> Map<String, Value> {
    assert_eq!(records.len(), 1, "{records:#?}");
    records.into_iter().next().unwrap()
}

fn person_of(running: &Running) -> Map<String, Value> {
    let of_pat = |account: &Map<String, Value>| account["LastName"] == "Ortiz";
    the_only(running.records("Account").into_iter().filter(of_pat).collect())
}

fn all_delivered(story: &Story) {
    let ended = |state| matches!(state, WriteState::Delivered | WriteState::Superseded);
    assert!(story.lane.iter().all(|write| ended(write.state)), "{:#?}", story.lane);
}

#[tokio::test]
async fn a_lead_of_a_person_has_no_company_and_converts_to_a_person_account() {
    let (options, settings) = persons(NewCaller::Lead);
    let (running, org) = stand_in(options).await;
    let mut story = furnace(&settings);
    bring(&org, &mut story).await;
    let lead = the_only(ours(&running, "Lead"));
    assert_eq!((&lead["LastName"], &lead["Company"]), (&json!("Ortiz"), &Value::Null));
    story.acts(Action::Convert {
        name: "Furnace Installation - 9 Elm Ave".into(),
        amount: dollars(8_000),
        stage: "Qualification".into(),
        close_date: "2026-05-14".parse().unwrap(),
    });
    bring(&org, &mut story).await;
    // What the call has to say after that goes to the person, too.
    story.later(30).says("And the filter, please").ends();
    bring(&org, &mut story).await;
    all_delivered(&story);
    let person = person_of(&running);
    assert_eq!(person["IsPersonAccount"], true);
    assert!(person["Call_Notes__pc"].as_str().unwrap().contains("furnace"), "{person:#?}");

    let mut second = again(&settings);
    bring(&org, &mut second).await;
    all_delivered(&second);
    assert_eq!(second.titles()[1], "Note on Person Account");
    assert_eq!(running.records("Lead").iter().filter(|it| it["LastName"] == "Ortiz").count(), 1);
}

#[tokio::test]
async fn a_new_caller_becomes_a_person_account_once_and_is_known_the_next_time() {
    let (options, settings) = persons(NewCaller::PersonAccount);
    let (running, org) = stand_in(options).await;
    running.set_fault(Fault::new(FaultKind::DropAfterCommit).on("Account").times(1));
    let mut story = furnace(&settings);
    bring(&org, &mut story).await;
    story.later(60).ends();
    bring(&org, &mut story).await;
    all_delivered(&story);
    assert_eq!(ours(&running, "Lead").len(), 0);
    let person = person_of(&running);
    let expected = [
        ("FirstName", json!("Pat")),
        ("Name", json!("Pat Ortiz")),
        ("Phone", json!(NUMBER)),
        ("PersonMailingStreet", json!("9 Elm Avenue")),
        ("PersonLeadSource", json!("Phone Call - Inbound")),
        ("IsPersonAccount", json!(true)),
    ];
    for (field, value) in expected {
        assert_eq!(person[field], value, "{field}");
    }
    let task = the_only(ours(&running, "Task"));
    assert_eq!(task["WhatId"], person["Id"]);

    let mut second = again(&settings);
    bring(&org, &mut second).await;
    all_delivered(&second);
    let person = person_of(&running);
    assert!(person["Call_Notes__pc"].as_str().unwrap().contains("rattles"), "{person:#?}");
}

#[tokio::test]
async fn a_new_caller_becomes_a_contact_with_an_account() {
    let (_, settings) = persons(NewCaller::Contact);
    let settings = Settings { person_accounts: false, ..settings };
    let (running, org) = stand_in(Options::default()).await;
    let mut story = furnace(&settings);
    story.acts(Action::Opportunity {
        name: "Furnace Installation - 9 Elm Ave".into(),
        amount: dollars(8_000),
        stage: "Qualification".into(),
        close_date: "2026-05-14".parse().unwrap(),
    });
    bring(&org, &mut story).await;
    story.later(60).ends();
    bring(&org, &mut story).await;
    all_delivered(&story);
    let account = the_only(ours(&running, "Account"));
    let contact = the_only(ours(&running, "Contact"));
    let opportunity = the_only(ours(&running, "Opportunity"));
    let task = the_only(ours(&running, "Task"));
    assert_eq!(account["Name"], "Ortiz Household");
    assert_eq!(contact["AccountId"], account["Id"]);
    assert_eq!(
        (&contact["LastName"], &contact["MailingStreet"]),
        (&json!("Ortiz"), &json!("9 Elm Avenue"))
    );
    assert_eq!(
        (&opportunity["AccountId"], &opportunity["ContactId"]),
        (&account["Id"], &contact["Id"])
    );
    assert_eq!(task["WhoId"], contact["Id"]);
    assert_eq!(ours(&running, "Lead").len(), 0);
}

#[tokio::test]
async fn a_persons_contact_is_changed_through_the_account_only() {
    let (options, settings) = persons(NewCaller::PersonAccount);
    let (running, org) = stand_in(options).await;
    bring(&org, &mut furnace(&settings)).await;
    let contacts = running.records("Contact");
    let contact = contacts.iter().find(|it| it["LastName"] == "Ortiz").unwrap();
    assert_eq!(contact["Id"], person_of(&running)["PersonContactId"]);
    // Who does not say that the org has Person Accounts is refused.
    let unaware = Settings { person_accounts: false, new_caller: NewCaller::Lead, ..settings };
    let mut story = again(&unaware);
    bring(&org, &mut story).await;
    let refused = story.lane.iter().find_map(|write| write.problem.as_ref()).unwrap();
    assert_eq!(refused.code.as_str(), "INSUFFICIENT_ACCESS_OR_READONLY");
}
