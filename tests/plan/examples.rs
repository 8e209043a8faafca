//! The three scenarios, the eight-to-twelve-thousand example, the worked trace, and what is left
//! out of Salesforce.

use callboard::{
    call::{
        Bant, CallId, CallbackRequest, Direction, Fact, Joining, Judgement, MatchKind, Party,
        Report, SourceName,
    },
    plan::{Change, opportunity},
};
use serde_json::{Value, json};

use super::story::{Story, dollars, need, service, urgency};

const NOBODY: (MatchKind, Option<&str>) = (MatchKind::Nobody, None);
const JANE: (MatchKind, Option<&str>) = (MatchKind::Contact, Some("003000000000001AAA"));

fn assert_holds(story: &Story, sobject: &str, expected: &Value) {
    let held = story.held(sobject);
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(held.get(field), Some(value), "{field} in {held:#?}");
    }
}

#[test]
fn a_quote_becomes_a_warm_lead() {
    let mut story = Story::from("+16145550142");
    story.says("Hi, this is Maria Alvarez, I'd like a quote for a new furnace").judged(|made| {
        made.bant = need();
        made.urgency = urgency(2);
        made.service = service("HVAC");
        made.wants = Some("furnace replacement".into());
        made.who.name = Some("Maria Alvarez".into());
    });
    story.settle(NOBODY);
    assert_holds(
        &story,
        "Lead",
        &json!({
            "Status": "New",
            "Rating": "Warm",
            "LeadSource": "Phone Call - Inbound",
            "FirstName": "Maria",
            "LastName": "Alvarez",
            "Company": "Alvarez Household",
            "Phone": "+16145550142",
            "Service_Interest__c": "HVAC",
            "Urgency_Level__c": 2,
            "AI_Qualification_Score__c": 25,
            "Description": "Furnace replacement: \"Hi, this is Maria Alvarez, I'd like a quote for \
                a new furnace\"",
        }),
    );
    assert_eq!(story.titles(), ["Look up caller", "New Lead"]);
}

/// Under whatever name its urgency stands.
#[test]
fn what_becomes_hot_waits_for_nothing_else_to_go_with_it() {
    for (level, waits) in [(3, true), (5, false)] {
        let mut story = Story::from("+16145550199");
        story.settings.contact.urgency = "How_Urgent__c".to_owned();
        let of = |level| {
            move |made: &mut callboard::call::Assessment| {
                made.bant = need();
                made.urgency = urgency(level);
            }
        };
        story.says("This is Jane, my water heater makes noises").judged(of(2));
        story.settle(JANE);
        story.later(60).says("Now it gets worse").judged(of(level));
        story.plan();
        let update = story.lane.iter().rfind(|write| write.change.sobject() == "Contact").unwrap();
        assert_eq!(update.next_at.is_some(), waits, "{level}: {update:?}");
    }
}

#[test]
fn a_customer_gets_a_note_and_an_opportunity_and_no_lead() {
    let mut story = Story::from("+16145550199");
    story.says("This is Jane from 123 Main Street, I'm interested in a smart thermostat").judged(
        |made| {
            made.bant = need();
            made.service = service("HVAC");
            made.wants = Some("smart thermostat installation".into());
            made.who.name = Some("Jane".into());
            made.who.address = Some("123 Main Street".into());
        },
    );
    story.plan();
    let Change::Match(query) = &story.lane[0].change else { panic!("{:?}", story.lane) };
    assert_eq!(query.name.as_ref().unwrap().as_str(), "Jane");
    assert_eq!(query.address.as_ref().unwrap().as_str(), "123 Main Street");
    story.deliver(JANE);
    story.later(60).ends();
    story.settle(JANE);
    assert_eq!(story.held("Lead"), serde_json::Map::new());
    assert!(story.held("Contact")["Call_Notes__c"].as_str().unwrap().contains("smart thermostat"));
    assert_holds(
        &story,
        "Opportunity",
        &json!({
            "Name": "Smart Thermostat Installation - 123 Main St",
            "StageName": "Qualification",
            "CloseDate": "2026-05-14",
            "AccountId": "001000000000001AAA",
            "ContactId": "003000000000001AAA",
        }),
    );
    assert_holds(
        &story,
        "Task",
        &json!({
            "Subject": "Call: smart thermostat installation",
            "WhoId": "003000000000001AAA",
            "Status": "Completed",
            "TaskSubtype": "Call",
            "CallType": "Inbound",
            "CallDurationInSeconds": 60,
            "ActivityDate": "2026-04-14",
        }),
    );
    let first = story.lane.iter().find(|write| write.title.as_str() == "Note on Contact").unwrap();
    assert_eq!(first.next_at, None, "the first note goes while the call goes on");
}

#[test]
fn an_emergency_from_nobody_known_is_a_hot_lead_at_once() {
    let mut story = Story::from("+15550104477");
    story.says("My basement is flooding! A pipe burst and water is everywhere.").judged(|made| {
        made.bant = need();
        made.urgency = urgency(5);
        made.service = service("Plumbing");
        made.wants = Some("burst pipe".into());
    });
    story.plan();
    assert_eq!(story.lane[0].next_at, None);
    assert_eq!(story.deliver(NOBODY), 2, "looked up and recorded without waiting");
    assert_holds(
        &story,
        "Lead",
        &json!({
            "Status": "New",
            "Rating": "Hot",
            "Urgency_Level__c": 5,
            "LeadSource": "Phone Call - Emergency",
            "LastName": "Unknown Caller 4477",
            "Company": "Unknown Household",
        }),
    );
    let description = story.held("Lead")["Description"].as_str().unwrap().to_owned();
    assert!(description.starts_with("EMERGENCY - Burst pipe"), "{description}");
    let today = "2026-04-14".parse().unwrap();
    assert_eq!(opportunity(&story.call, &story.settings, today).amount, dollars(4200));
}

#[test]
fn other_quotes_make_a_proposal_at_their_midpoint() {
    let mut story = Story::from("+16145550142");
    story
        .says("I've been quoted $8,000-12,000 by others to replace my HVAC. When can you come out?")
        .judged(|made| {
            made.bant = Bant { need: true, budget: true, timeline: true, ..Bant::default() };
            made.budget = dollars(10_000);
            made.budget_is_quote = true;
            made.wants = Some("HVAC replacement".into());
            made.who.address = Some("9 Elm Avenue".into());
        });
    let draft = opportunity(&story.call, &story.settings, "2026-04-14".parse().unwrap());
    assert_eq!(draft.name.as_str(), "HVAC Replacement - 9 Elm Ave");
    assert_eq!((draft.amount, draft.stage.as_str()), (dollars(10_000), "Proposal"));
    assert_eq!(draft.close_date.to_string(), "2026-05-14");
    story.call.assessment.budget_is_quote = false;
    let draft = opportunity(&story.call, &story.settings, "2026-04-14".parse().unwrap());
    assert_eq!(draft.stage.as_str(), "Qualification");
}

#[test]
fn the_score_reaches_salesforce_while_they_speak_and_survives_the_drop() {
    let mut story = Story::from("+16145550142");
    story.later(47).says("We need it by the end of Q2").judged(|made| made.bant.timeline = true);
    story.plan();
    story.deliver(NOBODY);
    assert_eq!(story.held("Lead")["AI_Qualification_Score__c"], 25);
    story.later(25).says("We have $50k").judged(|made| {
        made.bant.budget = true;
        made.budget = dollars(50_000);
    });
    story.plan();
    story.later(26).ends();
    story.settle(NOBODY);
    assert_holds(
        &story,
        "Lead",
        &json!({
            "AI_Qualification_Score__c": 50,
            "Budget_Range__c": 50_000,
            "Last_AI_Contact__c": "2026-04-14T10:24:38.000Z",
        }),
    );
}

#[test]
fn the_score_never_falls() {
    let mut story = Story::from("+16145550142");
    story.says("by Friday").judged(|made| made.bant.timeline = true);
    story.settle(NOBODY);
    story.judged(|made| made.bant = Bant::default()).later(30).ends();
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["AI_Qualification_Score__c"], 25);

    // Nor below what an earlier call brought.
    let mut story = Story::from("+16145550142");
    story.says("by Friday").judged(|made| made.bant.timeline = true);
    story.tell(Fact::Matched(callboard::call::Match {
        kind: MatchKind::Lead,
        id: Some("00Q000000000001AAA".into()),
        name: Some("Alex Chen".into()),
        account_id: None,
        score: Some(75),
        ..callboard::call::Match::nobody()
    }));
    story.settle(NOBODY);
    let held = story.held("Lead");
    assert!(!held.contains_key("AI_Qualification_Score__c"), "{held:#?}");
    assert!(!held.contains_key("LastName") && !held.contains_key("Status"), "{held:#?}");
}

#[test]
fn a_call_that_says_nothing_leaves_nothing() {
    let mut ringing = Story::silent();
    assert_eq!(ringing.plan(), []);

    let mut bare = Story::from("+16145550142");
    assert_eq!(bare.plan(), []);
    bare.says("Hello?").ends();
    assert_eq!(bare.plan(), [], "a wrong number");

    let mut anonymous = Story::silent();
    anonymous.missed();
    assert_eq!(anonymous.plan(), [], "nobody to call back");
}

#[test]
fn an_inquiry_is_a_cold_lead_and_a_missed_call_a_callback() {
    let mut inquiry = Story::from("+16145550142");
    inquiry.says("Are you open on Saturdays?");
    assert_eq!(inquiry.plan(), [], "not while it goes on");
    inquiry.later(20).ends();
    inquiry.settle(NOBODY);
    assert_eq!(inquiry.held("Lead")["Rating"], "Cold");

    let mut missed = Story::from("+16145550142");
    let mut fresh = Story::silent();
    fresh.tell(Fact::Party(Box::new(missed.call.party().clone())));
    fresh.missed();
    fresh.settle(NOBODY);
    assert_eq!(fresh.held("Lead")["LastName"], "Unknown Caller 0142");
    missed.settings.record_missed = false;
    fresh.settings.record_missed = false;
    fresh.lane.clear();
    assert_eq!(fresh.plan(), [], "unless the business wants no Leads of missed calls");
}

#[test]
fn forty_changes_are_few_requests() {
    let mut story = Story::from("+16145550142");
    let mut sent = 0;
    for line in 0..40 {
        story.later(2).says(&format!("and another thing, number {line}")).judged(|made| {
            made.urgency = urgency(2);
            made.bant = Bant { need: true, timeline: line > 10, budget: line > 20, ..need() };
            made.budget = dollars(1_000 + line);
        });
        story.plan();
        sent += story.deliver(NOBODY);
    }
    story.ends();
    story.reports(Report { summary: Some("A long talk".into()), ..Report::default() });
    sent += story.settle(NOBODY);
    assert!(sent <= 7, "{sent} requests for an 80-second call");
    assert_eq!(story.held("Lead")["Budget_Range__c"], 1_039);
    assert!(story.held("Lead")["Call_Transcript__c"].as_str().unwrap().contains("number 39"));
}

#[test]
fn a_qualified_chat_with_a_customer_becomes_an_opportunity() {
    for (score, expected) in [(69, false), (70, true)] {
        let mut story = Story::silent();
        story.tell(Fact::Party(Box::new(Party {
            direction: Some(Direction::Chat),
            email: Some("jane@example.com".into()),
            name: Some("Jane Whitfield".into()),
            ..Party::default()
        })));
        story.tell(Fact::Judged(Judgement { score: Some(score), ..Judgement::default() }));
        story.settle(JANE);
        assert_eq!(!story.held("Opportunity").is_empty(), expected, "{score}");
    }
}

#[test]
fn a_callback_is_asked_for_until_it_is_kept() {
    let mut story = Story::from("+16145550142");
    story.says("Please call me back").judged(|made| {
        made.callback = Some(CallbackRequest::default());
    });
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["Callback_Requested__c"], true);
    story.acts(callboard::call::Action::CallbackDone { kept: true });
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["Callback_Requested__c"], false);

    // Whoever rang in vain first and asked for it in a later call asked for it.
    let mut story = Story::from("+16145550142");
    story.missed();
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["Callback_Requested__c"], false);
    let call = CallId::new(&SourceName::new("vapi"), "later");
    let due = "2026-04-14T10:40:00Z".parse().unwrap();
    story.tell(Fact::Joins(Joining { call, due, named: false, asked_at: Some(due), number: None }));
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["Callback_Requested__c"], true);
    story.acts(callboard::call::Action::CallbackDone { kept: true });
    story.settle(NOBODY);
    assert_eq!(story.held("Lead")["Callback_Requested__c"], false);
}

#[test]
fn who_rings_again_and_says_nothing_takes_nothing_back() {
    let lead = (MatchKind::Lead, Some("00Q000000000001AAA"));
    let mut story = Story::from("+16145550142");
    story.missed();
    story.settle(lead);
    let held = story.held("Lead");
    assert!(held.get("Last_AI_Contact__c").is_some(), "{held:?}");
    for field in ["Urgency_Level__c", "AI_Qualification_Score__c", "Callback_Requested__c"] {
        assert!(held.get(field).is_none(), "{field}: {held:?}");
    }
    let mut story = Story::from("+16145550142");
    story.says("My sink drips, whenever you can").judged(|made| made.bant = need());
    story.ends();
    story.settle(lead);
    assert_eq!(story.held("Lead")["Urgency_Level__c"], 1, "whoever says something does");
}

#[test]
fn long_texts_are_cut_with_a_mark() {
    let mut story = Story::from("+16145550142");
    story.settings.long_text = 100;
    story.says(&"My furnace is broken. ".repeat(20)).judged(|made| made.bant = need()).ends();
    story.settle(NOBODY);
    let transcript = story.held("Lead")["Call_Transcript__c"].as_str().unwrap().to_owned();
    assert_eq!(transcript.chars().count(), 100);
    assert!(transcript.ends_with('…') || transcript.ends_with("[…]"), "{transcript}");
}

#[test]
fn an_id_from_metadata_is_used_only_if_it_is_one() {
    for (id, target) in [
        ("00Q000000000001AAA", Some("Lead")),
        ("003000000000001AAA", Some("Contact")),
        ("001000000000001AAA", None),
        ("../Account/001xx", None),
        ("00Q0?_HttpMethod=DELETE", None),
    ] {
        let mut story = Story::from("+16145550142");
        let party = Party { salesforce_id: Some(id.into()), ..story.call.party().clone() };
        story.tell(Fact::Party(Box::new(party)));
        story.says("My furnace is broken").judged(|made| made.bant = need());
        story.plan();
        match (&story.lane[0].change, target) {
            (Change::Update { sobject, id: Some(known), .. }, Some(target)) => {
                assert_eq!((sobject.as_str(), known.as_str()), (target, id));
            }
            (Change::Match(_), None) => {}
            (change, _) => panic!("{id}: {change:?}"),
        }
    }
}
