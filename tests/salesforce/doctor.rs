//! What `callboard doctor` finds in the stand-in org.

use callboard::{
    delivery::{Finding, Level, examine},
    plan::{Destination, DestinationKind, Person, Settings},
    salesforce::Org,
    sandbox::org::Options,
};

use super::{org_of, settings_for, stand_in};

fn services() -> Vec<String> {
    ["HVAC", "Plumbing"].map(str::to_owned).into()
}

async fn troubles(org: &Org, settings: &Settings) -> Vec<Finding> {
    let findings = examine(org, settings, &services()).await;
    findings.into_iter().filter(|finding| finding.level == Level::Wrong).collect()
}

#[tokio::test]
async fn the_shipped_names_fit_an_org_that_was_set_up_for_them() {
    let (running, org) = stand_in(Options::default()).await;
    assert_eq!(troubles(&org, &Settings::default()).await, []);
    assert!(running.api_calls() <= 8, "{} API calls", running.api_calls());
    assert!(running.log().iter().all(|served| !served.changed), "it only looks");
}

#[tokio::test]
async fn what_would_fail_is_found_before_it_does() {
    let (running, org) = stand_in(Options::default()).await;
    let users = running.records("User");
    let id = |name: &str| {
        let user = users.iter().find(|user| user["LastName"] == name).unwrap();
        user["Id"].as_str().unwrap().to_owned()
    };
    let billing = running.records("Group").into_iter().find(|group| group["Name"] == "Billing");
    let billing = billing.unwrap()["Id"].as_str().unwrap().to_owned();
    let person = |owner_id: String| Person { owner_id, ..Person::default() };
    let mut settings = Settings {
        roster: vec![person(id("Kowalski")), person(id("Marlow")), person(billing.clone())],
        ..Settings::default()
    };
    settings.lead.urgency = "Urgence__c".to_owned();
    settings.lead.score = "Rating".to_owned();
    settings.lead.notes = "Street".to_owned();
    let troubles = troubles(&org, &settings).await;
    let said: Vec<&str> = troubles.iter().map(|finding| finding.what.as_str()).collect();
    let expected = [
        "Lead.Urgence__c is not there, or the integration user can't see it".to_owned(),
        "Lead.Street holds 255 characters, less than is written".to_owned(),
        "Lead.Rating is of type picklist".to_owned(),
        format!("{} is an inactive user", id("Marlow")),
        format!("{billing} is no user, and no queue for Leads"),
    ];
    for expected in &expected {
        assert!(said.contains(&expected.as_str()), "{expected} in {said:#?}");
    }
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    assert!(troubles.iter().all(|finding| finding.fix.is_some()));
}

#[tokio::test]
async fn destinations_that_cant_work_are_found() {
    let (_running, org) = stand_in(Options::default()).await;
    let to = |name: &str, change: fn(&mut Destination)| {
        let mut to = Destination { name: name.to_owned(), ..Destination::default() };
        change(&mut to);
        to
    };
    let settings = Settings {
        destinations: vec![
            to("form", |to| {
                to.org_id = "00D000000000001".to_owned();
                to.fields.insert("00N000000000001".to_owned(), "Urgency_Level__c".to_owned());
            }),
            to("flow", |to| {
                (to.kind, to.path) = (DestinationKind::Flow, "Create_Lead".to_owned());
                to.fields.insert("LastName".to_owned(), "LastName".to_owned());
            }),
            to("gone", |to| {
                (to.kind, to.path) = (DestinationKind::Flow, "No_Such_Flow".to_owned());
                to.fields.insert("lastName".to_owned(), "LastName".to_owned());
            }),
        ],
        ..Settings::default()
    };
    let said: Vec<String> =
        troubles(&org, &settings).await.into_iter().map(|finding| finding.what).collect();
    let expected = [
        "destination form: org_id 00D000000000001 is not the connected org",
        "destination form: 00N000000000001 is no custom field of the org",
        "destination flow: Create_Lead has no input LastName",
        "destination gone: looking at No_Such_Flow failed",
    ];
    assert_eq!(said.len(), expected.len(), "{said:#?}");
    for (said, expected) in said.iter().zip(expected) {
        assert!(said.starts_with(expected), "{said}");
    }
    let all = examine(&org, &settings, &services()).await;
    assert!(all.iter().any(|it| it.fix.as_ref().is_some_and(|fix| fix.contains("reCAPTCHA"))));
}

#[tokio::test]
async fn without_a_connection_it_says_what_to_do_about_that() {
    let (running, _) = stand_in(Options::default()).await;
    let mut settings = settings_for(&running);
    settings.client_secret = Some(callboard::secret::SecretRef::given("wrong"));
    let findings = examine(&org_of(settings), &Settings::default(), &services()).await;
    assert_eq!((findings.len(), findings[0].level), (1, Level::Wrong));
    assert!(findings[0].fix.as_ref().unwrap().contains("client_secret"), "{findings:?}");
}

#[tokio::test]
async fn an_allowance_that_runs_out_is_a_warning() {
    let (_running, org) = stand_in(Options { daily_limit: 20, ..Options::default() }).await;
    for _ in 0..16 {
        org.limits().await.unwrap();
    }
    let findings = examine(&org, &Settings::default(), &services()).await;
    let allowance = findings.iter().find(|finding| finding.what.contains("API calls")).unwrap();
    assert_eq!(allowance.level, Level::Warning, "{allowance:?}");
}
