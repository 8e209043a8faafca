//! Whoever is told of a call is told once, however many hubs there are.

use std::collections::BTreeMap;

use callboard::{
    sandbox::org,
    wire::{CallSummary, NoticeState},
};
use serde_json::json;

use super::{Hubs, START};
use crate::support::{mail::MailServer, postgres::Server, until, vapi};

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_hubs_tells_and_the_other_when_that_one_dies() {
    let Some(server) = Server::shared() else { return };
    let mail = MailServer::start().await;
    let more = format!(
        "on_call = true\ntell = [\"email:sam@example.com\"]\n\
         [notice.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Board <board@example.com>\"\n",
        mail.settings().port.unwrap()
    );
    let store = server.url(&server.database());
    let hubs = Hubs::start_with(2, store, org::Options::default(), &more).await;
    let call = async |hub: usize, name: &str| {
        let said = vapi::said(name, "user", "my basement is flooding", START);
        assert!(hubs.post(hub, &said).await);
        let path = format!("/v1/calls/vapi:{name}/actions");
        let route = json!({ "do": "route", "to": "Sam K." });
        hubs.act(hub, &path, route).await.unwrap();
    };
    let told = async |hub: usize, count: usize| {
        until("Sam is told of every call", async || {
            let rows: Vec<CallSummary> = hubs.get(hub, "/v1/calls").await?;
            let told = rows.iter().filter_map(|row| row.notice.as_ref());
            let told = told.filter(|notice| notice.state == NoticeState::Told).count();
            (told == count).then_some(())
        })
        .await;
    };
    for number in 0..10 {
        call(number % 2, &format!("n{number}")).await;
    }
    told(0, 10).await;
    told(1, 10).await;
    // Whichever of them it was that told Sam, one of the two is left.
    hubs.kill(0);
    for number in 10..15 {
        call(1, &format!("n{number}")).await;
    }
    told(1, 15).await;
    let mut mails: BTreeMap<String, u32> = BTreeMap::new();
    for mail in mail.mails() {
        *mails.entry(mail.header("Message-ID").unwrap()).or_default() += 1;
    }
    assert_eq!(mails.len(), 15);
    assert!(mails.values().all(|times| *times == 1), "told twice: {mails:?}");
}
