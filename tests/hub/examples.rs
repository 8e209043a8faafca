//! The worked examples of the guides, end to end by HTTP: what a provider posts, and what the org
//! then holds.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, Method};
use callboard::{
    call::Region,
    intake::{Request, Settings, Sources},
    plan::Person,
    secret::SecretRef,
};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Map, Value, json};

use crate::support::{
    stage::{ANN, SECRET, Stage},
    until, vapi,
};

const START: i64 = 1_776_162_227;

/// A record of the org that fits.
async fn record(
    stage: &Stage,
    sobject: &str,
    fits: impl Fn(&Map<String, Value>) -> bool,
) -> Map<String, Value> {
    let what = format!("a {sobject} fits");
    until(&what, async || stage.org.records(sobject).into_iter().find(|record| fits(record))).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quote_is_a_warm_lead() {
    let stage = Stage::set().await;
    let line = "Hi, I'd like a quote for a new furnace, mine is twenty years old.";
    stage.tell([vapi::said("quote", "user", line, START)]).await;
    let lead = stage.lead_with("quote", |_| true).await;
    let expected = [("Status", "New"), ("Rating", "Warm"), ("LeadSource", "Phone Call - Inbound")];
    for (field, value) in expected {
        assert_eq!(lead[field], value, "{field}");
    }
    assert!(lead["Description"].as_str().unwrap().contains("furnace"), "{lead:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_of_a_stranger_is_hot() {
    let stage = Stage::set().await;
    stage.tell([vapi::said("flood", "user", "My basement is flooding!", START)]).await;
    let lead = stage.lead_with("flood", |_| true).await;
    let expected = [("Status", "New"), ("Rating", "Hot"), ("LeadSource", "Phone Call - Emergency")];
    for (field, value) in expected {
        assert_eq!(lead[field], value, "{field}");
    }
    assert_eq!(lead["Urgency_Level__c"].as_f64(), Some(5.0));
    assert!(lead["Description"].as_str().unwrap().starts_with("EMERGENCY - "), "{lead:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_is_found_by_name_and_address_and_gets_an_opportunity() {
    let stage = Stage::set().await;
    let leads = stage.org.records("Lead").len();
    let line = "This is Jane from 123 Main Street, I'm interested in a smart thermostat.";
    stage.tell([vapi::status("jane", "in-progress", START - 5)]).await;
    stage.tell([vapi::said("jane", "user", line, START)]).await;
    stage.tell([vapi::status("jane", "ended", START + 60)]).await;
    let named =
        |it: &Map<String, Value>| it["Name"] == "Smart Thermostat Installation - 123 Main St";
    let made = record(&stage, "Opportunity", named).await;
    let contacts = stage.org.records("Contact");
    let jane = contacts.iter().find(|it| it["FirstName"] == "Jane").unwrap();
    assert_eq!(made["AccountId"], jane["AccountId"]);
    assert!(jane["Call_Notes__c"].as_str().unwrap().contains("thermostat"), "{jane:?}");
    stage.settled().await;
    assert_eq!(stage.org.records("Lead").len(), leads, "never a Lead for a customer");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cited_quote_is_converted_and_goes_to_the_senior_estimator() {
    let stage = Stage::set_with(|_| {}).await;
    let lee = record(&stage, "User", |it| it["LastName"] == "Park").await;
    let lee = lee["Id"].as_str().unwrap().to_owned();
    // The roster is a setting: a hub with another one.
    let mut stage = stage;
    stage.stop_hub().await;
    stage.plan.roster = vec![Person {
        name: "Lee P.".into(),
        owner_id: lee.clone(),
        from_dollars: Some(8_000),
        ..Person::default()
    }];
    stage.start_hub().await;
    let line = "I need my HVAC replaced at 9 Elm Avenue. I've been quoted $8,000-12,000 by others. \
                When can you come out?";
    stage.tell([vapi::said("quoted", "user", line, START)]).await;
    stage.lead_with("quoted", |_| true).await;
    stage.receipt(ANN, "quoted", json!({"do": "convert"})).await;
    let lead = stage.lead_with("quoted", |lead| lead["IsConverted"] == true).await;
    let id = lead["ConvertedOpportunityId"].clone();
    let made = record(&stage, "Opportunity", |it| {
        it["Id"] == id && it["Amount"].as_f64() == Some(10_000.0)
    })
    .await;
    assert_eq!(made["Name"], "HVAC Replacement - 9 Elm Ave");
    let close = Timestamp::now().to_zoned(TimeZone::UTC).date().saturating_add(30.days());
    assert_eq!(
        (&made["StageName"], &made["CloseDate"], &made["OwnerId"]),
        (&json!("Proposal"), &json!(close.to_string()), &json!(lee))
    );
}

/// A hub that takes HoverBot's webhooks, and one of them, signed.
async fn chat(stage: &Stage, lead: Value) {
    let body = json!({
        "event": "lead.qualified", "timestamp": "2026-04-14T15:00:00.000Z", "lead": lead,
    })
    .to_string();
    let sources = hoverbot();
    let request = Request {
        method: &Method::POST,
        path: "/hooks/hoverbot",
        query: "",
        headers: &HeaderMap::new(),
        body: body.as_bytes(),
        now: Timestamp::now(),
    };
    let signature: HeaderMap =
        sources.get("hoverbot").unwrap().sign(&request).into_iter().collect();
    let url = format!("{}/hooks/hoverbot", stage.url());
    let post = stage.http.post(url).header("content-type", "application/json").headers(signature);
    let answer = post.body(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

fn hoverbot() -> Sources {
    let settings = Settings {
        kind: "hoverbot".to_owned(),
        secrets: vec![SecretRef::given(SECRET)],
        ..Settings::default()
    };
    let settings = BTreeMap::from([("hoverbot".to_owned(), settings)]);
    Sources::build(&settings, &Region::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_becomes_a_lead_and_above_the_threshold_a_contacts_opportunity() {
    let stage = Stage::set_as(|options| options.sources = hoverbot()).await;
    let url = |n: u32| format!("https://app.hoverbot.ai/conversations/conv_{n}");
    let marcus = |n: u32| {
        json!({
            "email": "marcus.bell@example.com", "phone": "+1-614-555-0163", "firstName": "Marcus",
            "lastName": "Bell", "qualificationScore": 82, "intent": "book_estimate",
            "source": "website-chat", "conversationUrl": url(n),
        })
    };
    chat(&stage, marcus(1)).await;
    let is_marcus = |it: &Map<String, Value>| it["Email"] == "marcus.bell@example.com";
    let lead = record(&stage, "Lead", is_marcus).await;
    assert_eq!((lead["Lead_Score__c"].as_f64(), &lead["LastName"]), (Some(82.0), &json!("Bell")));
    // Who comes back is updated, never doubled.
    stage.settled().await;
    chat(&stage, marcus(2)).await;
    stage.settled().await;
    let again = stage.org.records("Lead").iter().filter(|it| is_marcus(it)).count();
    assert_eq!(again, 1);

    for (n, score, expected) in [(3, 69, 0), (4, 71, 1)] {
        let before = stage.org.records("Opportunity").len();
        let jane = json!({
            "email": "jane.whitfield@example.com", "firstName": "Jane", "lastName": "Whitfield",
            "qualificationScore": score, "intent": "heat pump", "conversationUrl": url(n),
        });
        chat(&stage, jane).await;
        until("the chat is known", async || {
            (stage.calls().await.len() == n as usize).then_some(())
        })
        .await;
        stage.settled().await;
        let made = stage.org.records("Opportunity");
        assert_eq!(made.len() - before, expected, "score {score}");
        if expected == 1 {
            let made = made.last().unwrap();
            assert_eq!(made["StageName"], "Qualification");
            assert!(made["Description"].as_str().unwrap().contains(&url(n)), "{made:?}");
        }
    }
}
