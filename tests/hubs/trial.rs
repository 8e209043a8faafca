//! Webhooks to all hubs by turn, consoles on each, hubs killed, paused and started at random, and a
//! Salesforce that commits and hangs up.
//!
//! `CALLBOARD_HUBS_SECONDS=600` makes the trial last that long, wave after wave on one database.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use callboard::{
    call::{CallId, CallbackState},
    sandbox::org::{self, Fault, FaultKind},
    wire::{CallDetail, CallSummary, FromHub, WriteState},
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::{connect_async, tungstenite::client::IntoClientRequest};

use super::{Hubs, START};
use crate::support::{postgres::Server, process::local_token, vapi};

const CALLS: usize = 12;
const LINES: [&str; 4] = [
    "My basement is flooding, a pipe burst",
    "I own the house and need someone now",
    "We have five thousand dollars for it",
    "Please call me back on this number",
];

/// Two calls of each caller, one number for both.
fn number(wave: usize, call: usize) -> String {
    format!("+1212555{:04}", (wave * CALLS + call) / 2 % 10_000)
}

fn messages(wave: usize, call: usize) -> Vec<Value> {
    let name = name(wave, call);
    let mut messages = vec![vapi::status(&name, "in-progress", *START)];
    let said = LINES.iter().zip(*START + 1..);
    messages.extend(said.map(|(line, at)| vapi::said(&name, "user", line, at)));
    messages.push(vapi::status(&name, "ended", *START + 60));
    messages.push(vapi::dropped(&name, *START + 61));
    for message in &mut messages {
        message["message"]["call"]["customer"]["number"] = json!(number(wave, call));
    }
    messages
}

fn name(wave: usize, call: usize) -> String {
    format!("w{wave}c{call}")
}

impl Hubs {
    /// Posts one call's webhooks, each to the next hub until one acknowledges it.
    async fn speak(&self, wave: usize, call: usize) {
        for message in messages(wave, call) {
            loop {
                let hub = self.turn.fetch_add(1, Ordering::Relaxed) % self.hubs.len();
                if self.post(hub, &message).await {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Follows a hub's stream as a console does, again and again; what it shows in the end.
    async fn watch(&self, hub: usize, done: &AtomicBool) -> BTreeMap<CallId, CallSummary> {
        let mut shown = BTreeMap::new();
        while !done.load(Ordering::Relaxed) {
            let Some(url) = self.url(hub) else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let url = format!("{}/v1/stream", url.replace("http", "ws"));
            let mut request = url.into_client_request().unwrap();
            let token = format!("Bearer {}", local_token(&self.data_dir(hub)));
            request.headers_mut().insert("authorization", token.parse().unwrap());
            let Ok((mut socket, _)) = connect_async(request).await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            while !done.load(Ordering::Relaxed) {
                let wait = Duration::from_millis(200);
                let message = match tokio::time::timeout(wait, socket.next()).await {
                    Ok(Some(Ok(message))) => message,
                    Ok(_) => break,
                    Err(_) => continue,
                };
                match serde_json::from_str(message.to_text().unwrap_or_default()) {
                    Ok(FromHub::Snapshot { calls, .. }) => {
                        shown = calls.into_iter().map(|call| (call.id.clone(), call)).collect();
                    }
                    Ok(FromHub::Update { calls, gone_calls, .. }) => {
                        shown.extend(calls.into_iter().map(|call| (call.id.clone(), call)));
                        gone_calls.iter().for_each(|id| drop(shown.remove(id)));
                    }
                    _ => {}
                }
            }
        }
        shown.values_mut().for_each(|call| call.version = 0);
        shown
    }

    /// Waits until every write has its end, with an operator who retries what failed.
    async fn settled(&self, patience: Duration) {
        let last = std::sync::Mutex::new(String::new());
        let asked = async {
            while self.open(&last).await != Some(false) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(patience, asked).await.is_err() {
            panic!("not every write has its end: {}", last.into_inner().unwrap());
        }
    }

    /// Whether a write is open somewhere; what is, goes to `last`.
    async fn open(&self, last: &std::sync::Mutex<String>) -> Option<bool> {
        let mut open = false;
        for hub in 0..self.hubs.len() {
            let writes = self.writes(hub).await?;
            for write in writes.iter().filter(|write| write.state == WriteState::Failed) {
                let path = format!("/v1/writes/{}/actions", write.id);
                self.act(hub, &path, json!({ "do": "retry" })).await;
            }
            open |= writes.is_empty() || writes.iter().any(|write| !write.state.is_end());
            // Both calls of a caller are one promise.
            let rows = self.board(hub).await?;
            let waits = |row: &&CallSummary| {
                row.callback.as_ref().is_some_and(|it| it.state == CallbackState::Waiting)
            };
            let numbers: Vec<_> = rows.iter().filter(waits).map(|row| &row.phone).collect();
            open |= numbers.iter().collect::<BTreeSet<_>>().len() < numbers.len();
            let status: Option<Value> = self.get(hub, "/v1/status").await;
            let left: Vec<_> = writes.iter().filter(|it| !it.state.is_end()).collect();
            *last.lock().unwrap() = format!("hub {hub}: {left:?} {status:?}");
        }
        Some(open)
    }

    /// What was acknowledged is there, at every hub, and in the org each caller once.
    async fn check(&self, wave: usize) {
        for call in 0..CALLS {
            let name = name(wave, call);
            for hub in 0..self.hubs.len() {
                let path = format!("/v1/calls/vapi:{name}");
                let detail: CallDetail = self.get(hub, &path).await.unwrap();
                let heard: Vec<&str> = detail.lines.iter().map(|line| line.text.as_str()).collect();
                assert_eq!(heard, LINES, "{name} at hub {hub}");
                assert!(detail.summary.ended_at.is_some(), "{name} at hub {hub}");
                assert!(detail.writes.iter().all(|it| it.summary.state != WriteState::Discarded));
            }
        }
        let (leads, tasks) = (self.org.records("Lead"), self.org.records("Task"));
        for call in (0..CALLS).step_by(2) {
            let promises = [call, call + 1].map(|call| {
                let id = format!("vapi:{}/callback", name(wave, call));
                tasks.iter().filter(|task| task["CallObject"] == id.as_str()).collect::<Vec<_>>()
            });
            assert!(promises.iter().all(|tasks| tasks.len() <= 1), "a Task twice: {promises:?}");
            let open = promises.iter().flatten().filter(|task| task["IsClosed"] != true).count();
            assert_eq!(open, 1, "of the promises of one caller: {promises:?}");
            let number = number(wave, call);
            // With the area: the org has people of its own.
            let tail = &number[number.len() - 10..];
            let digits = |value: &Value| -> String {
                value.as_str().unwrap_or("").chars().filter(char::is_ascii_digit).collect()
            };
            let mine: Vec<_> =
                leads.iter().filter(|lead| digits(&lead["Phone"]).ends_with(tail)).collect();
            assert_eq!(mine.len(), 1, "{number} has {} Leads: {mine:?}", mine.len());
            assert_eq!(mine[0]["Rating"], "Hot", "{number}");
        }
    }
}

/// What happens to one hub after another while calls come in.
async fn trouble(hubs: &Hubs, dice: &mut fastrand::Rng, times: usize, long: bool) {
    for _ in 0..times {
        tokio::time::sleep(Duration::from_millis(dice.u64(50..300))).await;
        let hub = dice.usize(..hubs.hubs.len());
        match dice.u8(..4) {
            // Asleep for longer than its leases last, as a machine that swaps or was suspended.
            0 if long => {
                hubs.signal(hub, "STOP");
                tokio::time::sleep(Duration::from_millis(dice.u64(500..8000))).await;
                hubs.signal(hub, "CONT");
            }
            1 => hubs.signal(hub, "TERM"),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(dice.u64(5..40))).await;
        hubs.kill(hub);
        tokio::time::sleep(Duration::from_millis(dice.u64(..400))).await;
        hubs.start_hub(hub);
    }
}

/// One wave without a hub's trouble but what `meanwhile` does.
async fn wave(hubs: &Hubs, meanwhile: impl Future<Output = ()>) {
    let all = (0..CALLS).map(|call| hubs.speak(0, call));
    tokio::join!(futures_util::future::join_all(all), meanwhile);
    // A hub that could not read its token has shut the gate to Salesforce for a moment.
    hubs.settled(Duration::from_secs(60)).await;
    assert_eq!(hubs.agree().await.len(), CALLS);
    hubs.check(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_that_gives_every_transaction_another_connection_changes_nothing() {
    let Some(server) = Server::shared() else { return };
    let Some((_bouncer, url)) = server.pooled(&server.database()) else { return };
    let hubs = Hubs::start(2, url, org::Options::default()).await;
    let mut dice = fastrand::Rng::with_seed(1);
    wave(&hubs, trouble(&hubs, &mut dice, 1, false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_crashes_loses_nothing_acknowledged_and_the_hubs_come_back() {
    let Some(server) = Server::start() else { return };
    let hubs = Hubs::start(2, server.url(&server.database()), org::Options::default()).await;
    let crashes = async {
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(300)).await;
            tokio::task::block_in_place(|| server.crash());
            tokio::time::sleep(Duration::from_millis(500)).await;
            tokio::task::block_in_place(|| server.resume());
        }
    };
    wave(&hubs, crashes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_hubs_killed_at_random_are_one_board_and_one_hand() {
    let seconds = std::env::var("CALLBOARD_HUBS_SECONDS").ok().and_then(|it| it.parse().ok());
    let long = seconds.is_some();
    let end = Instant::now() + Duration::from_secs(seconds.unwrap_or(0));
    let Some(server) = Server::shared() else { return };
    let database = server.database();
    let hubs = Hubs::start(3, server.url(&database), org::Options::default()).await;
    let mut dice = fastrand::Rng::with_seed(seconds.unwrap_or(7));
    let mut wave = 0;
    loop {
        hubs.org.set_fault(Fault::new(FaultKind::DropAfterCommit).with_probability(0.15));
        let done = AtomicBool::new(false);
        let calls = async {
            let all = (0..CALLS).map(|call| hubs.speak(wave, call));
            let troubles = trouble(&hubs, &mut dice, 3, long);
            tokio::join!(futures_util::future::join_all(all), troubles);
            hubs.org.clear_faults();
            // A hub may have taken the org for dead and be waiting: nobody needs to wait with it.
            for hub in 0..3 {
                hubs.act(hub, "/v1/destination", json!({ "do": "resume" })).await;
            }
            hubs.settled(Duration::from_secs(30)).await;
            let board = hubs.agree().await;
            // A console that comes to the same a moment later has missed nothing.
            tokio::time::sleep(Duration::from_millis(500)).await;
            done.store(true, Ordering::Relaxed);
            board
        };
        let (board, one, two, three) =
            tokio::join!(calls, hubs.watch(0, &done), hubs.watch(1, &done), hubs.watch(2, &done));
        assert_eq!(board.len(), (wave + 1) * CALLS);
        for shown in [one, two, three] {
            assert_eq!(shown.into_values().collect::<Vec<_>>(), board, "wave {wave}");
        }
        hubs.check(wave).await;
        let open = "SELECT count(*) FROM writes
            WHERE state NOT IN ('delivered', 'superseded', 'discarded')";
        assert_eq!(server.sql(&database, open), "0");
        wave += 1;
        if Instant::now() >= end {
            break;
        }
    }
    if long {
        let leads = hubs.org.records("Lead").len();
        println!(
            "{wave} waves of {CALLS} calls, {} API calls, {leads} Leads",
            hubs.org.api_calls()
        );
    }
}
