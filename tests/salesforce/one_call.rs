//! A look-up and the Lead it calls for, for one API call: never a Lead for somebody who is known.

use callboard::{
    call::MatchKind,
    delivery::{Outcome, deliver_together},
    plan::{self, Change, Draft, Write},
    salesforce::{Gate, Options as Saving, Org, Upsert},
    sandbox::org::{Fault, FaultKind, Options},
};

use super::stand_in;
use crate::plan::story::{Story, need, urgency};

fn story(number: &str) -> Story {
    let mut story = Story::from(number);
    story.says("My basement is flooding @{r0.records[0].Id}!").judged(|made| {
        made.bant = need();
        made.urgency = urgency(5);
    });
    story
}

/// The look-up and the Lead for nobody, as the hub sends them.
async fn together(org: &Org, story: &mut Story) -> (Outcome, Option<Outcome>, bool) {
    story.plan();
    let draft = plan::record_if_nobody(&story.call, &story.lane, &story.settings, story.now);
    let place = enqueue(story, draft.unwrap());
    let (asks, record): (Write, Write) = (story.lane[0].clone(), story.lane[place].clone());
    deliver_together(org, &asks, &record, &story.call, &story.settings).await
}

fn enqueue(story: &mut Story, draft: Draft) -> usize {
    let call = story.call.id.clone();
    plan::enqueue(&mut story.lane, &call, draft, || "lead".to_owned(), story.now)
}

fn kind(outcome: &Outcome) -> MatchKind {
    let Outcome::Delivered { facts, .. } = outcome else { panic!("{outcome:?}") };
    facts
        .iter()
        .find_map(|fact| match fact {
            callboard::call::Fact::Matched(found) => Some(found.kind),
            _ => None,
        })
        .unwrap()
}

#[tokio::test]
async fn nobody_is_a_lead_for_one_api_call() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = story("+15550104477");
    let (asked, made, understood) = together(&org, &mut story).await;
    assert_eq!((kind(&asked), understood), (MatchKind::Nobody, true));
    assert!(matches!(made, Some(Outcome::Delivered { record: Some(_), .. })), "{made:?}");
    assert_eq!(running.api_calls(), 1);
    let leads = running.records("Lead");
    let lead = leads.iter().find(|lead| lead["Callboard_Id__c"] == "vapi:c1").unwrap();
    assert_eq!((&lead["Status"], &lead["Rating"]), (&"New".into(), &"Hot".into()));
    assert!(lead["OwnerId"].as_str().unwrap().starts_with("00G"), "assigned by the rule");
    // What was said is no reference to somebody's record.
    let transcript = lead["Call_Transcript__c"].as_str().unwrap();
    assert!(transcript.contains("@ {r0.records[0].Id}"), "{transcript}");
}

#[tokio::test]
async fn whoever_is_known_is_no_lead() {
    let (running, org) = stand_in(Options::default()).await;
    for (number, expected) in
        [("+16145550142", MatchKind::Contact), ("+16145550181", MatchKind::Lead)]
    {
        let before = (running.records("Lead").len(), running.api_calls());
        let (asked, made, understood) = together(&org, &mut story(number)).await;
        assert_eq!((kind(&asked), made, understood), (expected, None, true), "{number}");
        assert_eq!((running.records("Lead").len(), running.api_calls() - 1), before);
    }
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_lead_and_the_lead_is_known_for_its_own() {
    let (running, org) = stand_in(Options::default()).await;
    let mut story = story("+15550104477");
    running.set_fault(Fault::new(FaultKind::DropAfterCommit).times(1));
    let (lost, made, _) = together(&org, &mut story).await;
    assert!(matches!(lost, Outcome::Failed { .. }) && made.is_none(), "{lost:?}");
    let before = running.records("Lead").len();
    let lead = story.lane.pop().unwrap();
    story.lane.push(lead.clone());
    let again = deliver_together(&org, &story.lane[0], &lead, &story.call, &story.settings).await;
    assert_eq!(kind(&again.0), MatchKind::Nobody, "its own Lead is nobody else");
    let Outcome::Delivered { facts, record, .. } = &again.0 else { panic!() };
    assert_eq!((facts.len(), record.is_some()), (2, true), "{facts:?}");
    assert_eq!((again.1, running.records("Lead").len()), (None, before));
}

#[tokio::test]
async fn an_org_that_does_not_understand_costs_a_call_and_nothing_else() {
    let (running, org) = stand_in(Options::default()).await;
    let fields = [("LastName", "Roe"), ("Company", "x"), ("Status", "New")]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into_iter()
        .collect();
    let record = Upsert {
        sobject: "Lead",
        key: "Callboard_Id__c",
        value: "vapi:gate",
        fields: &fields,
        options: Saving::default(),
    };
    let gate = Gate {
        soql: "SELECT Nothing__c FROM LeadStatus WHERE ApiName = 'New'",
        path: "records[0].Nothing__c",
        field: "Status",
    };
    let nobody = "SELECT Id FROM Contact WHERE Email = 'nobody@example.com'";
    let found = org.upsert_if_none(&[nobody, nobody], gate, record).await.unwrap();
    assert!(!found.understood && found.upserted.is_none(), "{found:?}");
    let leads = running.records("Lead");
    assert!(leads.iter().all(|lead| lead["Callboard_Id__c"] != "vapi:gate"));
    assert_eq!(running.api_calls(), 1);
}

#[tokio::test]
async fn what_the_org_refuses_is_left_to_be_delivered_by_itself() {
    let (running, org) = stand_in(Options::default()).await;
    let rule = FaultKind::ValidationRule {
        field: "Phone".into(),
        when: None,
        message: "No phones on Leads, please".into(),
    };
    running.set_fault(Fault::new(rule).on("Lead"));
    let mut story = story("+15550104477");
    let (asked, made, understood) = together(&org, &mut story).await;
    assert_eq!((kind(&asked), made, understood), (MatchKind::Nobody, None, true));
    assert!(matches!(story.lane[1].change, Change::Upsert { .. }));
}
