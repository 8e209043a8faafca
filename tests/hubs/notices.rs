//! Whoever is told of a call is told once, however many hubs there are.

use std::collections::BTreeMap;

use callboard::{
    sandbox::org,
    wire::{CallPage, NoticeState},
};
use serde_json::json;

use super::{Hubs, START};
use crate::support::{mail::MailServer, postgres::Server, until, vapi};

/// Sam's ways to be told, and who carries it there.
fn told_by(mail: &MailServer) -> String {
    format!(
        "on_call = true\ntell = [\"email:sam@example.com\"]\n\
         [notice.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Board <board@example.com>\"\n",
        mail.settings().port.unwrap()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_hub_that_leads_gives_calls_away_and_tells() {
    let Some(server) = Server::shared() else { return };
    let mail = MailServer::start().await;
    let more = format!("{}[dispatch]\nautomatic_urgency = 4\n", told_by(&mail));
    let store = server.url(&server.database());
    let hubs = Hubs::start_with(3, store, org::Options::default(), &more).await;
    for number in 0..12 {
        let name = format!("l{number}");
        let said = vapi::said(&name, "user", "my basement is flooding", *START);
        assert!(hubs.post(number % 3, &said).await);
    }
    until("Sam is told of every call", async || {
        let rows = hubs.board(0).await?;
        let told = rows.iter().filter_map(|row| row.notice.as_ref());
        (told.filter(|notice| notice.state == NoticeState::Told).count() == 12).then_some(())
    })
    .await;
    let mut sent = Vec::new();
    for hub in 0..3 {
        let url = format!("{}/metrics", hubs.url(hub).unwrap());
        let text = hubs.http.get(url).send().await.unwrap().text().await.unwrap();
        let line = text.lines().find(|line| line.starts_with("callboard_notices_total{"));
        let count = line.and_then(|line| line.rsplit(' ').next()?.parse::<u32>().ok());
        sent.push(count.unwrap_or(0));
    }
    sent.sort_unstable();
    assert_eq!(sent, [0, 0, 12], "each hub's notices");
    assert_eq!(mail.mails().len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_hubs_tells_and_the_other_when_that_one_dies() {
    let Some(server) = Server::shared() else { return };
    let mail = MailServer::start().await;
    let more = told_by(&mail);
    let store = server.url(&server.database());
    let hubs = Hubs::start_with(2, store, org::Options::default(), &more).await;
    let call = async |hub: usize, name: &str| {
        let said = vapi::said(name, "user", "my basement is flooding", *START);
        assert!(hubs.post(hub, &said).await);
        let path = format!("/v1/calls/vapi:{name}/actions");
        let route = json!({ "do": "route", "to": "Sam K." });
        hubs.act(hub, &path, route).await.unwrap();
    };
    let told = async |hub: usize, count: usize| {
        until("Sam is told of every call", async || {
            let page: CallPage = hubs.get(hub, "/v1/calls").await?;
            let told = page.calls.iter().filter_map(|row| row.notice.as_ref());
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
