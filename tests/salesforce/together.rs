//! Requests that travel together: one API call, and each its own answer.

use std::time::Duration;

use callboard::{
    salesforce::{AutoAssign, Class, Failure, Fields, Options, Org, Trouble},
    sandbox::org::{Fault, FaultKind, Options as OrgOptions},
};
use futures_util::future::join_all;

use super::stand_in;

const SHORT: Duration = Duration::from_millis(20);

fn fields(last_name: &str) -> Fields {
    let mut fields = Fields::new();
    fields.insert("LastName".to_owned(), last_name.into());
    fields.insert("Company".to_owned(), "x".into());
    fields
}

async fn upsert(org: &Org, n: usize, fields: Fields) -> Result<Option<bool>, Failure> {
    let id = format!("together:{n}/a b");
    let options = Options::default();
    let upserted = org.upsert("Lead", "Callboard_Id__c", &id, &fields, options).await?;
    Ok(upserted.created)
}

#[tokio::test]
async fn sixty_writes_are_three_api_calls() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(SHORT);
    let writes = join_all((0..60).map(|n| upsert(&org, n, fields(&n.to_string())))).await;
    assert!(writes.iter().all(|write| *write == Ok(Some(true))), "{writes:?}");
    assert_eq!((running.api_calls(), org.calls()), (3, 3));
    let leads = running.records("Lead");
    for n in 0..60 {
        let id = format!("together:{n}/a b");
        let lead = leads.iter().find(|lead| lead["Callboard_Id__c"] == id.as_str()).unwrap();
        assert_eq!(lead["LastName"], n.to_string());
    }
}

#[tokio::test]
async fn each_gets_its_own_answer() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(SHORT);
    let (good, bad, asked, wrong) = tokio::join!(
        upsert(&org, 1, fields("Roe")),
        upsert(&org, 2, Fields::new()),
        org.query("SELECT Id FROM Contact LIMIT 1"),
        org.query("SELECT Nothing__c FROM Contact"),
    );
    assert_eq!(good, Ok(Some(true)));
    assert_eq!(bad.unwrap_err().code, "REQUIRED_FIELD_MISSING");
    assert_eq!(asked.unwrap().records.len(), 1);
    assert_eq!(wrong.unwrap_err().code, "INVALID_FIELD");
    assert_eq!(running.api_calls(), 1);
}

#[tokio::test]
async fn headers_stay_with_their_request() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(SHORT);
    let assigned = Options { auto_assign: AutoAssign::On, ..Options::default() };
    let (one, other) = (fields("Assigned"), fields("Kept"));
    let (one, other) = tokio::join!(
        org.create("Lead", &one, assigned),
        org.create("Lead", &other, Options::default()),
    );
    let leads = running.records("Lead");
    let owner = |id: &str| {
        let lead = leads.iter().find(|lead| lead["Id"] == id).unwrap();
        lead["OwnerId"].as_str().unwrap()[..3].to_owned()
    };
    assert_eq!(owner(one.unwrap().as_str()), "00G");
    assert_eq!(owner(other.unwrap().as_str()), "005");
    assert_eq!(running.api_calls(), 1);
}

#[tokio::test]
async fn what_fails_for_all_is_told_to_all() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(SHORT);
    org.org_id().await.unwrap();
    running.set_fault(Fault::new(FaultKind::DailyLimit));
    let writes = join_all((0..3).map(|n| upsert(&org, n, fields("x")))).await;
    for failure in writes.into_iter().map(Result::unwrap_err) {
        assert_eq!(failure.class, Class::OrgWide(Trouble::Limit));
    }
    running.clear_faults();

    // The answer is lost: what may be repeated is told from what may not.
    running.set_fault(Fault::new(FaultKind::DropAfterCommit));
    let created = fields("Once");
    let (upserted, created) = tokio::join!(
        upsert(&org, 7, fields("Again")),
        org.create("Lead", &created, Options::default()),
    );
    assert_eq!(upserted.unwrap_err().class, Class::Transient);
    assert_eq!(created.unwrap_err().class, Class::Ambiguous);
}

#[tokio::test]
async fn an_expired_session_is_renewed_once_for_all() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(SHORT);
    org.org_id().await.unwrap();
    running.set_fault(Fault::new(FaultKind::ExpireTokens));
    let writes = join_all((0..30).map(|n| upsert(&org, n, fields("x")))).await;
    assert!(writes.iter().all(Result::is_ok));
    let tokens = running.log().iter().filter(|served| served.target.contains("/token")).count();
    assert_eq!(tokens, 2);
}

#[tokio::test]
async fn no_more_than_five_queries_travel_together() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(SHORT);
    let queries = join_all((0..7).map(|_| org.query("SELECT Id FROM Lead LIMIT 1"))).await;
    assert!(queries.iter().all(Result::is_ok), "{queries:?}");
    assert_eq!(running.api_calls(), 2);
}

#[tokio::test]
async fn the_urgent_takes_the_patient_along() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    org.org_id().await.unwrap();
    let patient = org.patient(Duration::from_secs(3600));
    let urgent = org.patient(SHORT);
    let (one, other) =
        tokio::join!(upsert(&patient, 1, fields("Later")), upsert(&urgent, 2, fields("Now")));
    assert_eq!((one, other), (Ok(Some(true)), Ok(Some(true))));
    assert_eq!(running.api_calls(), 1);
}

#[tokio::test]
async fn a_full_party_waits_for_nobody() {
    let (running, org) = stand_in(OrgOptions::default()).await;
    let org = org.patient(Duration::from_secs(3600));
    let writes = join_all((0..25).map(|n| upsert(&org, n, fields("x")))).await;
    assert!(writes.iter().all(Result::is_ok));
    assert_eq!(running.api_calls(), 1);
}
