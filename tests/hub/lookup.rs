//! What is read of the org for forms and for an open call: picklists, open Opportunities.

use callboard::{
    call::Money,
    wire::{OpenOpportunity, Picklists},
};
use reqwest::StatusCode;

use crate::support::{
    stage::{ANN, Stage, VIC},
    vapi,
};

#[tokio::test(flavor = "multi_thread")]
async fn they_are_those_of_the_org_and_cost_one_api_call_an_hour() {
    let stage = Stage::set().await;
    let url = format!("{}/v1/salesforce/picklists", stage.url());
    let ask = |sobject: &str, token: &str| {
        stage.http.get(format!("{url}/{sobject}")).bearer_auth(token).send()
    };
    let answer = ask("Opportunity", ANN).await.unwrap();
    let lists: Picklists = answer.error_for_status().unwrap().json().await.unwrap();
    let stages = &lists.fields["StageName"].values;
    for wanted in ["Qualification", "Closed Won"] {
        assert!(stages.iter().any(|stage| stage.as_str() == wanted), "{stages:?}");
    }
    assert!(!lists.fields.contains_key("Name"), "only picklists");
    let used = stage.status().await.api_calls;
    for _ in 0..5 {
        ask("Opportunity", ANN).await.unwrap().error_for_status().unwrap();
    }
    assert_eq!(stage.status().await.api_calls, used, "read once");
    assert_eq!(ask("Opportunity", VIC).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(ask("Nonsense__c", ANN).await.unwrap().status(), StatusCode::BAD_GATEWAY);
    assert_eq!(ask("a%2Fb", ANN).await.unwrap().status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_opportunity_of_a_customer_is_told_and_a_closed_one_is_not() {
    let stage = Stage::set().await;
    // Of the two customers one has a job that is on offer, the other only one that is done.
    for (call, account, wanted) in [("pub", "Scioto Brew Pub", 1), ("done", "Alvarez Household", 0)]
    {
        let account = stage.org.records("Account").into_iter().find(|it| it["Name"] == account);
        let account = account.unwrap()["Id"].clone();
        let contacts = stage.org.records("Contact").into_iter();
        let contact = contacts.clone().find(|it| it["AccountId"] == account).unwrap();
        let phone = ["Phone", "MobilePhone"].into_iter().find_map(|it| contact[it].as_str());
        let mut said = vapi::said(call, "user", "we have no heat at all", 1_776_178_800);
        said["message"]["call"]["customer"]["number"] = phone.unwrap().into();
        stage.tell([said]).await;
        stage.settled().await;
        let url = format!("{}/v1/calls/vapi:{call}/opportunities", stage.url());
        let answer = stage.http.get(url).bearer_auth(ANN).send().await.unwrap();
        let open: Vec<OpenOpportunity> = answer.error_for_status().unwrap().json().await.unwrap();
        assert_eq!(open.len(), wanted, "{call}: {open:?}");
        if let Some(open) = open.first() {
            assert_eq!(
                (open.stage.as_str(), open.amount),
                ("Proposal", Some(Money::dollars(18_500)))
            );
            assert!(open.record.url.is_some(), "it is a link");
        }
    }
}
