//! One promise after the other.

use std::time::Duration;

use callboard::{
    call::CallbackState,
    sandbox::org::{self, Fault, FaultKind},
    wire::{CallDetail, CallSummary, Status},
};
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{Hubs, START};
use crate::support::{postgres::Server, until, vapi};

#[tokio::test(flavor = "multi_thread")]
async fn what_one_hub_hears_every_hub_shows_and_may_act_on() {
    let Some(hubs) = Hubs::set(2).await else { return };
    assert!(hubs.post(0, &vapi::status("a", "ringing", *START)).await);
    assert!(hubs.post(1, &vapi::said("a", "user", "there is a gas smell", *START + 1)).await);
    let shown = until("both hubs show the call", async || {
        let (one, two) = (hubs.board(0).await?, hubs.board(1).await?);
        (one.len() == 1 && one == two && one[0].urgency.level() == 5).then_some(one)
    })
    .await;
    assert_eq!(shown[0].id.as_str(), "vapi:a");
    // Two operators at two hubs press the same key: one action, and the second learns of it.
    let route = || json!({ "do": "route", "to": "Sam K." });
    let (one, two) = tokio::join!(
        hubs.act(0, "/v1/calls/vapi:a/actions", route()),
        hubs.act(1, "/v1/calls/vapi:a/actions", route()),
    );
    let done = [&one, &two].map(|it| it.as_ref().unwrap()["done"].as_bool().unwrap());
    assert!(done[0] != done[1], "{one:?} {two:?}");
    // Paused at one hub is paused at all.
    hubs.act(1, "/v1/destination", json!({ "do": "pause" })).await.unwrap();
    until("both hubs are paused", async || {
        for hub in 0..2 {
            let status: Status = hubs.get(hub, "/v1/status").await?;
            if status.salesforce != callboard::wire::Destination::Paused {
                return None;
            }
        }
        Some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_token_is_used_by_one_hub_at_a_time() {
    let Some(server) = Server::shared() else { return };
    let options = org::Options {
        rotate_refresh_tokens: true,
        token_lifetime: Duration::from_millis(50),
        ..org::Options::default()
    };
    let hubs = Hubs::start(3, server.url(&server.database()), options).await;
    // An org that sees a used token revokes the login for good: then nothing would arrive. A fast
    // machine brings a wave to its end on one token: it goes on until the hubs took turns.
    let mut tokens = 0;
    for wave in 1..=20 {
        let calls = (0..30).map(|n| {
            let hubs = &hubs;
            async move {
                let call = format!("t{wave}-{n}");
                assert!(hubs.post(n % 3, &vapi::status(&call, "in-progress", *START)).await);
                assert!(hubs.post(n % 3, &vapi::said(&call, "user", "no heat", *START + 1)).await);
            }
        });
        futures_util::future::join_all(calls).await;
        until("every call has its Lead", async || {
            let leads = hubs.org.records("Lead");
            let ours = leads.iter().filter(|it| !it["Callboard_Id__c"].is_null()).count();
            (ours >= wave * 30).then_some(())
        })
        .await;
        tokens = hubs.org.log().iter().filter(|it| it.target.ends_with("/token")).count();
        if tokens > 3 {
            break;
        }
    }
    assert!(tokens > 3, "only {tokens} token requests: nothing was tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_that_dies_or_sleeps_is_taken_over_and_what_it_says_late_is_passed_over() {
    let Some(hubs) = Hubs::set(2).await else { return };
    // The org answers late: the first hub sends, and is put to sleep before it hears.
    let slow = hubs.org.set_fault(Fault::new(FaultKind::Latency { ms: 700, jitter_ms: 0 }));
    assert!(hubs.post(0, &vapi::status("late", "in-progress", *START)).await);
    assert!(hubs.post(0, &vapi::said("late", "user", "no heat, a newborn", *START + 1)).await);
    until("a write is under way", async || {
        let writes = hubs.writes(0).await?;
        writes.iter().any(|it| it.state.name() == "in_flight").then_some(())
    })
    .await;
    hubs.signal(0, "STOP");
    hubs.org.remove_fault(slow);
    until("the other hub has brought it all to its end", async || {
        let detail: CallDetail = hubs.get(1, "/v1/calls/vapi:late").await?;
        let ended = detail.writes.iter().all(|write| write.summary.state.is_end());
        (ended && detail.writes.len() > 1).then_some(())
    })
    .await;
    hubs.signal(0, "CONT");
    // What follows from the last outcome may still come up meanwhile: both are asked each time.
    until("the first hub shows what the second did", async || {
        let mine: CallDetail = hubs.get(0, "/v1/calls/vapi:late").await?;
        let other: CallDetail = hubs.get(1, "/v1/calls/vapi:late").await?;
        let same_board = hubs.board(0).await? == hubs.board(1).await?;
        (mine.writes == other.writes && same_board).then_some(())
    })
    .await;
    let leads = hubs.org.records("Lead");
    assert_eq!(leads.iter().filter(|it| it["Callboard_Id__c"] == "vapi:late").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_suppressed_at_one_hub_is_suppressed_at_all() {
    let Some(hubs) = Hubs::set(2).await else { return };
    let missed = |call: &str, at| {
        let mut message = vapi::status(call, "ended", at);
        message["message"]["call"]["customer"]["number"] = json!("+12125550199");
        message
    };
    let suppressed = async |calls: usize, is: bool| {
        until("both hubs show the promises alike", async || {
            let (one, two) = (hubs.board(0).await?, hubs.board(1).await?);
            let all = one.iter().all(|call| {
                let promise = call.callback.as_ref();
                promise.is_some_and(|it| it.suppressed.is_some() == is)
            });
            (one.len() == calls && one == two && all).then_some(())
        })
        .await;
    };
    // The Tasks of the promises in Salesforce, whoever wrote them.
    let open = async |open: usize, closed: usize| {
        until("Salesforce has the promises so", async || {
            let tasks = hubs.org.records("Task");
            let promises = tasks
                .iter()
                .filter(|it| it["CallObject"].as_str().is_some_and(|id| id.ends_with("/callback")));
            let is_closed: Vec<bool> = promises.map(|it| it["IsClosed"] == true).collect();
            let ended = is_closed.iter().filter(|is| **is).count();
            ((is_closed.len() - ended, ended) == (open, closed)).then_some(())
        })
        .await;
    };
    assert!(hubs.post(0, &missed("a", *START)).await);
    suppressed(1, false).await;
    open(1, 0).await;
    let order = json!({ "do": "do_not_call" });
    hubs.act(0, "/v1/calls/vapi:a/actions", order).await.unwrap();
    suppressed(1, true).await;
    open(0, 1).await;
    assert!(hubs.post(1, &missed("b", *START + 60)).await);
    suppressed(2, true).await;
    // A hub that comes later knows it too, and may lift it.
    hubs.kill(1);
    hubs.start_hub(1);
    suppressed(2, true).await;
    // Nothing happens to the calls themselves by what is said of their number.
    let say = async |hub: usize, what: &str| {
        let order = json!({ "do": what, "number": "+12125550199" });
        hubs.act(hub, "/v1/do-not-call", order).await.unwrap();
    };
    say(1, "remove").await;
    suppressed(2, false).await;
    // One caller is one promise: that of the later call is joined to the first.
    open(1, 0).await;
    say(0, "add").await;
    suppressed(2, true).await;
    open(0, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_with_another_seal_key_is_told_to_take_the_others() {
    let Some(server) = Server::shared() else { return };
    let address = server.url(&server.database()).parse().unwrap();
    let journal = callboard::store::Journal::connect(&address).await.unwrap();
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let vault = |folder: &tempfile::TempDir| callboard::store::Vault::open(folder.path()).unwrap();
    vault(&one).agree(&journal).await.unwrap();
    vault(&one).agree(&journal).await.unwrap();
    let error = vault(&two).agree(&journal).await.unwrap_err();
    assert!(error.to_string().contains("seal.key"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_made_or_revoked_at_one_hub_is_so_at_all() {
    let Some(hubs) = Hubs::set(2).await else { return };
    let admitted = async |hub: usize| {
        let url = format!("{}/v1/status", hubs.url(hub).unwrap());
        let answer = hubs.http.get(url).bearer_auth("sam's token").send().await.unwrap();
        answer.status() == StatusCode::OK
    };
    assert!(!admitted(1).await);
    let hash = hex::encode(Sha256::digest("sam's token"));
    let sam = json!({ "name": "Sam", "role": "viewer", "sha256": hash });
    hubs.act(0, "/v1/admin/tokens", sam).await.unwrap();
    until("the other hub knows the token", async || admitted(1).await.then_some(())).await;
    hubs.act(0, "/v1/admin/tokens/Sam/revoke", json!(null)).await.unwrap();
    until("the other hub knows it no more", async || (!admitted(1).await).then_some(())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_caller_with_missed_calls_at_several_hubs_is_one_promise() {
    let Some(hubs) = Hubs::set(3).await else { return };
    let missed = |caller: usize, time: usize| {
        let name = format!("j{caller}-{time}");
        let mut message = vapi::status(&name, "ended", *START + 60 * i64::try_from(time).unwrap());
        message["message"]["call"]["customer"]["number"] = json!(format!("+1212555{caller:04}"));
        message
    };
    const CALLERS: usize = 8;
    // All at once, each call of a caller at another hub.
    let all = (0..CALLERS * 3).map(|n| {
        let hubs = &hubs;
        async move { hubs.post((n / 3 + n) % 3, &missed(n / 3, n % 3)).await }
    });
    assert!(futures_util::future::join_all(all).await.into_iter().all(|taken| taken));
    let one_promise = async |hub: usize, calls: usize| {
        until("every caller has one promise", async || {
            let rows = hubs.board(hub).await?;
            let state = |row: &CallSummary| Some(row.callback.as_ref()?.state);
            let carries = |row: &&CallSummary| state(row) == Some(CallbackState::Waiting);
            let carrying: Vec<&CallSummary> = rows.iter().filter(carries).collect();
            let joined = rows.iter().filter(|row| state(row) == Some(CallbackState::Joined));
            let first = carrying.iter().all(|row| row.id.as_str().ends_with("-0"));
            let more: usize =
                carrying.iter().map(|row| row.callback.as_ref().unwrap().calls.len()).sum();
            let others = calls - CALLERS;
            let as_it_is = carrying.len() == CALLERS && first && more == others;
            (as_it_is && joined.count() == others).then_some(())
        })
        .await;
    };
    for hub in 0..3 {
        one_promise(hub, CALLERS * 3).await;
    }
    // In Salesforce each is one Task that is open, whatever was begun for the others.
    until("every caller has one open Task", async || {
        let tasks = hubs.org.records("Task");
        let promises = tasks
            .iter()
            .filter(|it| it["CallObject"].as_str().is_some_and(|id| id.ends_with("/callback")));
        let open: Vec<&str> = promises
            .filter(|it| it["IsClosed"] != true)
            .filter_map(|it| it["CallObject"].as_str())
            .collect();
        let first = open.iter().all(|id| id.ends_with("-0/callback"));
        (open.len() == CALLERS && first).then_some(())
    })
    .await;
    // Whoever is left does the same, and so does one that comes later.
    hubs.kill(0);
    assert!(hubs.post(1, &missed(0, 3)).await && hubs.post(2, &missed(1, 3)).await);
    one_promise(1, CALLERS * 3 + 2).await;
    hubs.start_hub(0);
    one_promise(0, CALLERS * 3 + 2).await;
}
