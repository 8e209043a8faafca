//! Writes brought to the stand-in org, one attempt after the other, until it holds what the calls
//! mean: each record once, whatever goes wrong on the way.

use std::collections::BTreeMap;

use callboard::{
    call::{Action, Bant, Fact, MatchKind, Text},
    delivery::{Outcome, deliver},
    plan::{
        self, CustomField, FieldKind, Missing, Person, Problem, SeveralMatches, Write, WriteState,
    },
    salesforce::{Class, Org, Trouble},
    sandbox::org::{DuplicateAction, Fault, FaultKind, Options, Running},
};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::stand_in;
use crate::plan::story::{Story, dollars, need, service, urgency};

/// Brings all of a story's writes to the org, as the hub would: outcomes are folded into the call,
/// then it is planned anew. Ends when nothing waits, or a write needs a person.
pub async fn bring(org: &Org, story: &mut Story) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    story.plan();
    while let Some(place) = plan::head(&story.lane) {
        let write = story.lane[place].clone();
        if write.state == WriteState::Failed || outcomes.len() > 40 {
            break;
        }
        story.now = story.now.max(write.next_at.unwrap_or(story.now));
        story.lane[place].state = WriteState::InFlight;
        let outcome = deliver(org, &write, &story.call, &story.settings).await;
        apply(&mut story.lane[place], &outcome);
        if let Outcome::Delivered { facts, .. } | Outcome::Superseded { facts, .. } = &outcome {
            for fact in facts.clone() {
                story.tell(fact);
            }
        }
        outcomes.push(outcome);
        story.plan();
    }
    outcomes
}

fn apply(write: &mut Write, outcome: &Outcome) {
    match outcome {
        Outcome::Delivered { record, .. } => {
            write.state = WriteState::Delivered;
            write.record.clone_from(record);
        }
        Outcome::Superseded { .. } => write.state = WriteState::Superseded,
        Outcome::Failed { class, problem, .. } => {
            write.problem = Some(problem.clone());
            write.attempts += 1;
            let again = matches!(class, Class::Transient | Class::Ambiguous);
            write.state = if again { WriteState::Retrying } else { WriteState::Failed };
        }
    }
}

pub fn ours(running: &Running, sobject: &str) -> Vec<Map<String, Value>> {
    let records = running.records(sobject).into_iter();
    let is_ours = |record: &Map<String, Value>| {
        let text = |field: &str| record.get(field).and_then(Value::as_str).unwrap_or_default();
        text("Callboard_Id__c").starts_with("vapi:c1") || text("CallObject").starts_with("vapi:c1")
    };
    records.filter(is_ours).collect()
}

fn burst_pipe() -> Story {
    let mut story = Story::from("+15550104477");
    story.says("My basement is flooding! A pipe burst and water is everywhere.").judged(|made| {
        made.bant = need();
        made.urgency = urgency(5);
        made.service = service("Plumbing");
        made.wants = Some("burst pipe".into());
    });
    story
}

fn jane() -> Story {
    let mut story = Story::from("+15550109999");
    story.says("This is Jane from 123 Main Street, I'm interested in a smart thermostat").judged(
        |made| {
            made.bant = need();
            made.service = service("HVAC");
            made.wants = Some("smart thermostat installation".into());
            made.who.name = Some("Jane".into());
            made.who.address = Some("123 Main Street".into());
        },
    );
    story
}

#[tokio::test]
async fn an_emergency_becomes_a_hot_lead() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = burst_pipe();
    let outcomes = bring(&org, &mut story).await;
    assert_eq!(outcomes.len(), 2, "{outcomes:#?}");
    assert_eq!(running.api_calls(), 2, "one to look the caller up, one for the Lead");
    let leads = ours(&running, "Lead");
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0]["Rating"], "Hot");
    assert_eq!(leads[0]["LeadSource"], "Phone Call - Emergency");
    assert_eq!(leads[0]["LastName"], "Unknown Caller 4477");
    assert_eq!(story.call.record("Lead").unwrap().as_str(), leads[0]["Id"]);
}

#[tokio::test]
async fn a_customer_is_found_by_name_and_address_and_gets_an_opportunity() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = jane();
    bring(&org, &mut story).await;
    story.later(60).ends();
    let outcomes = bring(&org, &mut story).await;
    assert!(story.lane.iter().all(|write| write.state == WriteState::Delivered), "{outcomes:#?}");
    assert_eq!(ours(&running, "Lead").len(), 0);
    let contacts = running.records("Contact");
    let jane = contacts.iter().find(|contact| contact["LastName"] == "Whitfield").unwrap();
    assert!(jane["Call_Notes__c"].as_str().unwrap().contains("smart thermostat"));
    let opportunities = ours(&running, "Opportunity");
    assert_eq!(opportunities[0]["Name"], "Smart Thermostat Installation - 123 Main St");
    assert_eq!(opportunities[0]["AccountId"], jane["AccountId"]);
    assert_eq!(opportunities[0]["StageName"], "Qualification");
    let tasks = ours(&running, "Task");
    assert_eq!((tasks.len(), &tasks[0]["WhoId"]), (1, &jane["Id"]));
}

#[tokio::test]
async fn callers_are_found_however_their_number_is_written() {
    let (_running, org) = stand_in(Options::default()).await;
    for (number, kind, name) in [
        ("+16145550142", MatchKind::Contact, Some("Maria Alvarez")),
        ("+16145550118", MatchKind::Contact, Some("Jane Whitfield")),
        ("+16145550126", MatchKind::Contact, Some("Linh Nguyen")),
        ("+16145550133", MatchKind::Contact, Some("Tomas Reyes")),
        ("+16145550147", MatchKind::Contact, Some("Chidi Okonkwo")),
        ("+16145550160", MatchKind::Contact, Some("Anil Patel")),
        ("+16145550181", MatchKind::Lead, Some("Rosa Delgado")),
        ("+16145550188", MatchKind::Lead, Some("Unknown Caller 0188")),
        ("+16145559999", MatchKind::Nobody, None),
    ] {
        let mut story = Story::from(number);
        story.says("My furnace is broken").judged(|made| made.bant = need());
        story.plan();
        let outcome = deliver(&org, &story.lane[0], &story.call, &story.settings).await;
        let Outcome::Delivered { facts, .. } = outcome else { panic!("{number}: {outcome:?}") };
        let [Fact::Matched(found)] = &facts[..] else { panic!("{facts:?}") };
        let known = found.name.as_ref().map(Text::as_str);
        assert_eq!((found.kind, known), (kind, name), "{number}");
    }
}

#[tokio::test]
async fn two_people_with_one_number_are_both_told_of() {
    let (_running, org) = stand_in(Options::default()).await;
    let mut story = Story::from("+16145550151");
    story.says("My furnace is broken").judged(|made| made.bant = need());
    let outcomes = bring(&org, &mut story).await;
    let [Outcome::Failed { problem, .. }] = &outcomes[..] else { panic!("{outcomes:?}") };
    assert_eq!((problem.code.as_str(), problem.candidates.len()), (Problem::SEVERAL, 2));
    story.settings.several_matches = SeveralMatches::Newest;
    story.lane[0].state = WriteState::Pending;
    bring(&org, &mut story).await;
    assert_eq!(story.call.matched().unwrap().others, 1);
}

#[tokio::test]
async fn a_known_lead_is_updated_and_no_second_one_made() {
    let (running, org) = stand_in(Options::default()).await;
    let before = running.records("Lead").len();
    let mut story = Story::from("+16145550181");
    story.says("I'd still like that water heater").judged(|made| made.bant = need());
    bring(&org, &mut story).await;
    let leads = running.records("Lead");
    assert_eq!(leads.len(), before);
    let rosa = leads.iter().find(|lead| lead["LastName"] == "Delgado").unwrap();
    assert_eq!(rosa["AI_Qualification_Score__c"].as_f64(), Some(25.0));
    assert_eq!(rosa["Status"], "Open - Not Contacted", "what people keep stays");
}

#[tokio::test]
async fn each_record_is_made_once_although_every_answer_is_lost_once() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = jane();
    bring(&org, &mut story).await;
    story.later(60).ends();
    for sobject in ["Opportunity", "Task", "Contact"] {
        running.set_fault(Fault::new(FaultKind::DropAfterCommit).on(sobject).times(1));
    }
    bring(&org, &mut story).await;
    assert!(story.lane.iter().all(|write| write.state == WriteState::Delivered));
    assert!(story.lane.iter().filter(|write| write.attempts > 0).count() >= 2);
    assert_eq!(ours(&running, "Opportunity").len(), 1);
    assert_eq!(ours(&running, "Task").len(), 1);

    let mut story = burst_pipe();
    running.set_fault(Fault::new(FaultKind::DropAfterCommit).on("Lead").times(1));
    bring(&org, &mut story).await;
    assert_eq!(ours(&running, "Lead").len(), 1);
}

#[tokio::test]
async fn an_org_without_the_external_id_gets_no_second_lead_either() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = burst_pipe();
    story.settings.external_id = BTreeMap::new();
    running.set_fault(Fault::new(FaultKind::DropAfterCommit).on("Lead").times(1));
    let outcomes = bring(&org, &mut story).await;
    let classes: Vec<_> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::Failed { class, .. } => Some(*class),
            _ => None,
        })
        .collect();
    assert_eq!(classes, [Class::Ambiguous]);
    let leads = running.records("Lead");
    let made = leads.iter().filter(|lead| lead["LastName"] == "Unknown Caller 4477").count();
    assert_eq!(made, 1);

    // Interrupted by a crash, with no answer to remember.
    let mut write =
        story.lane.iter().find(|write| write.title.as_str() == "New Lead").unwrap().clone();
    write.attempts = 0;
    write.interrupt();
    let outcome = deliver(&org, &write, &story.call, &story.settings).await;
    assert!(matches!(outcome, Outcome::Delivered { .. }), "{outcome:?}");
    assert_eq!(running.records("Lead").len(), leads.len());
}

#[tokio::test]
async fn a_lead_that_was_converted_meanwhile_is_followed_to_its_contact() {
    let (running, org) = stand_in(Options::default()).await;
    let leads = running.records("Lead");
    let anil = leads.iter().find(|lead| lead["IsConverted"] == true).unwrap();
    let mut story = Story::from("+15550109999");
    story.says("My furnace is broken").judged(|made| made.bant = need());
    story.matched(MatchKind::Lead, anil["Id"].as_str(), None);
    let outcomes = bring(&org, &mut story).await;
    assert!(matches!(outcomes[0], Outcome::Superseded { .. }), "{outcomes:#?}");
    let contacts = running.records("Contact");
    let contact = contacts.iter().find(|contact| contact["Id"] == anil["ConvertedContactId"]);
    assert!(contact.unwrap()["Call_Notes__c"].as_str().unwrap().contains("furnace"));
}

#[tokio::test]
async fn assignment_rules_choose_the_owner_once_and_an_operator_for_good() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = burst_pipe();
    bring(&org, &mut story).await;
    let queue = ours(&running, "Lead")[0]["OwnerId"].clone();
    assert!(queue.as_str().unwrap().starts_with("00G"), "the rule chose a queue: {queue}");
    let users = running.records("User");
    let sam = users.iter().find(|user| user["LastName"] == "Kowalski").unwrap()["Id"].clone();
    let sam = sam.as_str().unwrap();
    story.acts(Action::Route { to: "Sam K.".into(), owner_id: sam.into(), reason: None });
    bring(&org, &mut story).await;
    story.says("by Friday please").judged(|made| made.bant.timeline = true);
    bring(&org, &mut story).await;
    assert_eq!(ours(&running, "Lead")[0]["OwnerId"], sam, "an update does not assign anew");
}

/// "I've been quoted $8,000-12,000 by others. When can you come out?"
fn quoted() -> Story {
    let mut story = Story::from("+15550104477");
    story
        .says("I've been quoted $8,000-12,000 by others for the HVAC. When can you come out?")
        .judged(|made| {
            made.bant = Bant { need: true, budget: true, timeline: true, ..Bant::default() };
            made.budget = dollars(10_000);
            made.budget_is_quote = true;
            made.wants = Some("HVAC replacement".into());
            made.who.name = Some("Alex O'Chen".into());
            made.who.address = Some("9 Elm Avenue".into());
        });
    story
}

fn convert(story: &mut Story) -> String {
    let draft =
        plan::opportunity(&story.call, &story.settings, story.now.to_zoned(TimeZone::UTC).date());
    story.acts(Action::Convert {
        name: draft.name,
        amount: draft.amount,
        stage: draft.stage,
        close_date: draft.close_date,
    })
}

#[tokio::test]
async fn a_cited_quote_is_converted_at_once_and_goes_to_the_senior_estimator() {
    let (running, org) = stand_in(Options::default()).await;
    let users = running.records("User");
    let lee = users.iter().find(|user| user["LastName"] == "Park").unwrap()["Id"].clone();
    let mut story = quoted();
    story.settings.roster = vec![Person {
        name: "Lee P.".into(),
        owner_id: lee.as_str().unwrap().to_owned(),
        from_dollars: Some(8_000),
        ..Person::default()
    }];
    bring(&org, &mut story).await;
    convert(&mut story);
    let outcomes = bring(&org, &mut story).await;
    assert!(story.lane.iter().all(|write| write.state == WriteState::Delivered), "{outcomes:#?}");
    let lead = &ours(&running, "Lead")[0];
    assert_eq!(lead["IsConverted"], true);
    let opportunities = running.records("Opportunity");
    let made =
        opportunities.iter().find(|one| one["Id"] == lead["ConvertedOpportunityId"]).unwrap();
    assert_eq!(made["Name"], "HVAC Replacement - 9 Elm Ave");
    assert_eq!(made["Amount"].as_f64(), Some(10_000.0));
    assert_eq!(
        (&made["StageName"], &made["CloseDate"]),
        (&"Proposal".into(), &"2026-05-14".into())
    );
    assert_eq!(made["OwnerId"], lee);
    let contacts = running.records("Contact");
    let alex = contacts.iter().find(|one| one["Id"] == lead["ConvertedContactId"]).unwrap();
    assert_eq!(alex["LastName"], "O'Chen");
    assert!(alex["Call_Notes__c"].as_str().unwrap().contains("$8,000-12,000"));

    // The call goes on as that of a customer, without a second Opportunity.
    story.later(60).ends();
    bring(&org, &mut story).await;
    assert_eq!(running.records("Opportunity").len(), opportunities.len());
    assert_eq!(ours(&running, "Task")[0]["WhoId"], alex["Id"]);
}

#[tokio::test]
async fn a_conversion_whose_answer_is_lost_happens_once() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = quoted();
    bring(&org, &mut story).await;
    let before = (running.records("Account").len(), running.records("Opportunity").len());
    convert(&mut story);
    running.set_fault(Fault::new(FaultKind::DropAfterCommit).times(1));
    let outcomes = bring(&org, &mut story).await;
    let lost = matches!(&outcomes[0], Outcome::Failed { class: Class::Ambiguous, .. });
    assert!(lost, "{outcomes:#?}");
    assert!(story.lane.iter().all(|write| write.state == WriteState::Delivered));
    let after = (running.records("Account").len(), running.records("Opportunity").len());
    assert_eq!(after, (before.0 + 1, before.1 + 1));
}

#[tokio::test]
async fn a_conversion_survives_an_expired_session_and_can_be_undone_before() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = quoted();
    bring(&org, &mut story).await;
    let key = convert(&mut story);
    story.plan();
    story.acts(Action::Undo { undoes: key });
    bring(&org, &mut story).await;
    assert_eq!(ours(&running, "Lead")[0]["IsConverted"], false, "undone in time");

    convert(&mut story);
    running.set_fault(Fault::new(FaultKind::ExpireTokens));
    bring(&org, &mut story).await;
    assert_eq!(ours(&running, "Lead")[0]["IsConverted"], true);
}

#[tokio::test]
async fn a_refused_conversion_says_why() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = quoted();
    story.settings.converted_status = "New".to_owned();
    bring(&org, &mut story).await;
    convert(&mut story);
    let outcomes = bring(&org, &mut story).await;
    let Some(Outcome::Failed { class, problem, .. }) = outcomes.last() else {
        panic!("{outcomes:?}")
    };
    assert_eq!(*class, Class::Permanent);
    assert!(!problem.message.is_empty() && problem.code.as_str() != "UNREADABLE", "{problem:?}");
    assert_eq!(ours(&running, "Lead")[0]["IsConverted"], false);
}

async fn failing(fault: Fault) -> (Class, Problem) {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = burst_pipe();
    story.matched(MatchKind::Nobody, None, None);
    story.plan();
    running.set_fault(fault);
    let outcome = deliver(&org, &story.lane[0], &story.call, &story.settings).await;
    match outcome {
        Outcome::Failed { class, problem, .. } => (class, problem),
        outcome => panic!("{outcome:?}"),
    }
}

#[tokio::test]
async fn what_the_org_refuses_is_said_with_its_field_and_a_way_out() {
    let rule = FaultKind::ValidationRule {
        field: "Phone".into(),
        when: None,
        message: "No phones on Leads, please".into(),
    };
    let (class, problem) = failing(Fault::new(rule).on("Lead")).await;
    assert_eq!(class, Class::Permanent);
    assert_eq!(problem.message.as_str(), "No phones on Leads, please");
    assert!(problem.advice.unwrap().as_str().contains("validation rule"));

    let picklist =
        FaultKind::RestrictedPicklist { field: "LeadSource".into(), values: vec!["Web".into()] };
    let (class, problem) = failing(Fault::new(picklist).on("Lead")).await;
    assert_eq!(class, Class::Permanent);
    assert_eq!(problem.fields[0].as_str(), "LeadSource");

    let (class, _) = failing(Fault::new(FaultKind::Lock)).await;
    assert_eq!(class, Class::Transient);
    let (class, _) = failing(Fault::new(FaultKind::DailyLimit)).await;
    assert_eq!(class, Class::OrgWide(Trouble::Limit));
}

#[tokio::test]
async fn a_duplicate_rule_names_the_record() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = Story::from("+16145550181");
    story.matched(MatchKind::Nobody, None, None);
    story.says("My furnace is broken").judged(|made| made.bant = need());
    running.set_fault(Fault::new(FaultKind::DuplicateRule {
        fields: vec!["Phone".into()],
        action: DuplicateAction::Alert,
    }));
    let outcomes = bring(&org, &mut story).await;
    let Some(Outcome::Failed { problem, .. }) = outcomes.last() else { panic!("{outcomes:?}") };
    assert_eq!(problem.code.as_str(), "DUPLICATES_DETECTED");
    let leads = running.records("Lead");
    let rosa = leads.iter().find(|lead| lead["LastName"] == "Delgado").unwrap();
    let advice = problem.advice.as_ref().unwrap().as_str();
    assert!(advice.contains(rosa["Id"].as_str().unwrap()), "{advice}");
}

#[tokio::test]
async fn money_and_odd_words_arrive_as_they_were() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = Story::from("+15550104477");
    story.says("It's O'Brien — \"quote\" \\ 日本 🚰 </x>").judged(|made| {
        made.bant = need();
        made.budget = dollars(12_345);
        made.who.name = Some("Siân O'Brien".into());
        made.wants = Some("50% off & <b>".into());
    });
    bring(&org, &mut story).await;
    let lead = &ours(&running, "Lead")[0];
    assert_eq!(lead["LastName"], "O'Brien");
    assert_eq!(lead["Budget_Range__c"].as_f64(), Some(12_345.0));
    let transcript = lead["Call_Transcript__c"].as_str().unwrap();
    assert_eq!(transcript, "Caller: It's O'Brien — \"quote\" \\ 日本 🚰 </x>");
}

#[tokio::test]
async fn a_mapped_field_of_the_business_is_written_and_a_missing_one_is_as_the_mapping_says() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = burst_pipe();
    let mut party = callboard::call::Party::default();
    party.metadata.insert("case_type".to_owned(), "auto".into());
    party.metadata.insert("staff".to_owned(), "1,200".into());
    story.tell(Fact::Party(Box::new(party)));
    let mapped = |field: &str, from: &str, kind| CustomField {
        sobject: "Lead".to_owned(),
        field: field.to_owned(),
        from: from.to_owned(),
        kind,
        ..CustomField::default()
    };
    story.settings.fields = vec![
        CustomField {
            values: [("auto".to_owned(), "Motor Vehicle".to_owned())].into(),
            ..mapped("Title", "custom.case_type", FieldKind::Text)
        },
        mapped("NumberOfEmployees", "custom.staff", FieldKind::Number),
        CustomField { missing: Missing::Drop, ..mapped("Gone__c", "source", FieldKind::Text) },
    ];
    bring(&org, &mut story).await;
    let lead = &ours(&running, "Lead")[0];
    assert_eq!(lead["Title"], "Motor Vehicle");
    assert_eq!(lead["NumberOfEmployees"].as_f64(), Some(1_200.0));

    let mut story = burst_pipe();
    story.settings.fields = vec![mapped("Gone__c", "source", FieldKind::Text)];
    story.matched(MatchKind::Nobody, None, None);
    let outcomes = bring(&org, &mut story).await;
    let Some(Outcome::Failed { problem, .. }) = outcomes.last() else { panic!("{outcomes:?}") };
    assert_eq!(problem.code.as_str(), "INVALID_FIELD");
}
