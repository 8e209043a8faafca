//! The stream as a console sees it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use callboard::wire::{CallDetail, FromHub, WriteState};
use futures_util::{SinkExt, StreamExt};
use reqwest::StatusCode;
use sqlx::{ConnectOptions, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::support::{
    stage::{ANN, Stage, VIC},
    until, vapi,
};

const START: i64 = 1_776_178_800;

pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn attach(stage: &Stage) -> Socket {
    attach_as(stage, VIC).await
}

pub async fn attach_as(stage: &Stage, token: &str) -> Socket {
    let url = format!("{}/v1/stream", stage.url().replace("http", "ws"));
    let mut request = url.into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    connect_async(request).await.unwrap().0
}

pub async fn next(socket: &mut Socket) -> FromHub {
    let message = timeout(Duration::from_secs(10), socket.next()).await.unwrap().unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_operator_leaves_the_others_their_consoles() {
    let stage = Stage::set().await;
    let mut held = Vec::new();
    for _ in 0..32 {
        held.push(attach_as(&stage, VIC).await);
    }
    let url = format!("{}/v1/stream", stage.url());
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let attach = async |token: &str| {
        let request = stage.http.get(&url).bearer_auth(token);
        let request = upgrade.iter().fold(request, |it, (name, value)| it.header(*name, *value));
        request.send().await.unwrap().status()
    };
    assert_eq!(attach(VIC).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(attach(ANN).await, StatusCode::SWITCHING_PROTOCOLS);
    drop(held);
    until("who leaves makes room", async || {
        (attach(VIC).await == StatusCode::SWITCHING_PROTOCOLS).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hello_snapshot_then_only_what_changes_and_detail_of_what_is_watched() {
    let stage = Stage::set().await;
    stage.tell([vapi::status("before", "ringing", START)]).await;
    let mut socket = attach(&stage).await;
    let FromHub::Hello(hello) = next(&mut socket).await else { panic!("no hello") };
    assert_eq!(hello.operator.as_str(), "Vic");
    let FromHub::Snapshot { calls, .. } = next(&mut socket).await else { panic!("no snapshot") };
    assert_eq!(calls.len(), 1);

    let watch = r#"{"type":"watch","call":"vapi:live"}"#;
    socket.send(Message::text(watch)).await.unwrap();
    socket.send(Message::text(r#"{"type":"something new"}"#)).await.unwrap();
    stage.tell([vapi::said("live", "user", "there is a gas smell in my kitchen", START)]).await;
    let (mut row, mut detail, mut delivered) = (None, None, false);
    while row.is_none() || detail.is_none() || !delivered {
        match next(&mut socket).await {
            FromHub::Update { calls, writes, .. } => {
                assert!(calls.iter().all(|call| call.id.as_str() == "vapi:live"));
                row = calls.into_iter().next().or(row);
                delivered |= writes.iter().any(|write| {
                    write.state == WriteState::Delivered && write.sobject.as_str() == "Lead"
                });
            }
            FromHub::Detail(it) => detail = Some(it),
            FromHub::Beat { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(row.unwrap().urgency.level(), 5);
    let detail = detail.unwrap();
    assert_eq!(detail.lines.len(), 1);
    assert!(!detail.assessment.evidence.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_board_still_beats_and_a_stopping_hub_says_goodbye() {
    let mut stage = Stage::set().await;
    let mut socket = attach(&stage).await;
    assert!(matches!(next(&mut socket).await, FromHub::Hello(_)));
    assert!(matches!(next(&mut socket).await, FromHub::Snapshot { .. }));
    assert!(matches!(next(&mut socket).await, FromHub::Beat { .. }));
    stage.stop_hub().await;
    loop {
        match next(&mut socket).await {
            FromHub::Goodbye { retry, .. } => break assert!(retry),
            FromHub::Beat { .. } => {}
            other => panic!("unexpected {other:?}"),
        }
    }
}

async fn journal(stage: &Stage) -> SqliteConnection {
    let path = stage.folder.path().join("callboard.db");
    SqliteConnectOptions::new().filename(path).connect().await.unwrap()
}

async fn run(journal: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(journal).await.unwrap();
}

async fn watch(socket: &mut Socket, call: &str) {
    let watch = format!(r#"{{"type":"watch","call":"vapi:{call}"}}"#);
    socket.send(Message::text(watch)).await.unwrap();
}

async fn detail(socket: &mut Socket) -> Box<CallDetail> {
    let detail = timeout(Duration::from_secs(10), async {
        loop {
            if let FromHub::Detail(detail) = next(socket).await {
                break detail;
            }
        }
    });
    detail.await.expect("it is owed")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detail_that_waits_for_the_journal_holds_up_no_beat() {
    let stage = Arc::new(Stage::set().await);
    stage.tell([vapi::said("live", "user", "there is a gas smell in my kitchen", START)]).await;
    stage.settled().await;
    let mut socket = attach(&stage).await;
    let mut disk = journal(&stage).await;
    run(&mut disk, "BEGIN IMMEDIATE").await;
    let other = {
        let stage = Arc::clone(&stage);
        let said = vapi::said("other", "user", "no heat", START);
        tokio::spawn(async move { stage.tell([said]).await })
    };
    tokio::time::sleep(Duration::from_millis(200)).await;
    watch(&mut socket, "live").await;
    let (mut beats, began) = (0, Instant::now());
    while beats < 2 {
        beats += usize::from(matches!(next(&mut socket).await, FromHub::Beat { .. }));
    }
    assert!(began.elapsed() < Duration::from_secs(7), "{:?} for two beats", began.elapsed());
    run(&mut disk, "COMMIT").await;
    other.await.unwrap();
    assert_eq!(detail(&mut socket).await.lines.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_detail_that_could_not_be_had_is_owed_until_it_is_told() {
    let mut stage = Stage::set_as(|options| options.salesforce = None).await;
    let over = [vapi::said("old", "user", "no heat", START), vapi::status("old", "ended", START)];
    stage.tell(over).await;
    stage.stop_hub().await;
    let mut disk = journal(&stage).await;
    let later = "UPDATE calls SET on_board = 0, heard_at = heard_at - 7200000000;
        UPDATE events SET sent_at = sent_at - 7200000000, received_at = received_at - 7200000000";
    run(&mut disk, later).await;
    stage.start_hub().await;
    let mut socket = attach(&stage).await;
    // For a moment it can't be read.
    run(&mut disk, "ALTER TABLE events RENAME TO away").await;
    watch(&mut socket, "old").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    run(&mut disk, "ALTER TABLE away RENAME TO events").await;
    assert_eq!(detail(&mut socket).await.lines.len(), 1);
}
