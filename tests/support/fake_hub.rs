//! A hub with nothing behind it: speaks the wire, remembers what it was asked.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    Json, Router,
    extract::{
        Path, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use callboard::{
    call::{CallId, Money},
    wire::{ApiError, CallDetail, FromConsole, FromHub, Hello, OpportunityDraft, Receipt},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::broadcast;

pub const TOKEN: &str = "a-token-of-the-tests";

/// A running one; ends when dropped.
pub struct FakeHub {
    pub url: String,
    shared: Arc<Shared>,
    server: tokio::task::JoinHandle<()>,
}

struct Shared {
    hello: Hello,
    snapshot: Mutex<FromHub>,
    details: Mutex<Vec<CallDetail>>,
    /// What goes to every console that is connected; `None` cuts them off.
    out: broadcast::Sender<Option<FromHub>>,
    mute: AtomicBool,
    posted: Mutex<Vec<(String, Value)>>,
}

impl FakeHub {
    pub async fn start(hello: Hello, snapshot: FromHub, details: Vec<CallDetail>) -> Self {
        Self::start_at("127.0.0.1:0", hello, snapshot, details).await
    }

    pub async fn start_at(
        address: &str,
        hello: Hello,
        snapshot: FromHub,
        details: Vec<CallDetail>,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            hello,
            snapshot: Mutex::new(snapshot),
            details: Mutex::new(details),
            out: broadcast::channel(1024).0,
            mute: AtomicBool::new(false),
            posted: Mutex::default(),
        });
        let app = Router::new()
            .route("/v1/stream", get(stream))
            .route("/v1/calls/{id}/actions", post(act))
            .route("/v1/writes/{id}/actions", post(act))
            .route("/v1/calls/{id}/opportunity", get(draft))
            .route("/v1/log", get(async || Json(super::board::log_page(Timestamp::now(), 40))))
            .route("/v1/roster", get(async || Json(super::board::roster(Timestamp::now()))))
            .route("/v1/figures", get(async || Json(super::board::report(Timestamp::now()))))
            .with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, shared, server }
    }

    /// Tells every console.
    pub fn say(&self, message: FromHub) {
        let _ = self.shared.out.send(Some(message));
    }

    /// Cuts every console off.
    pub fn hang_up(&self) {
        let _ = self.shared.out.send(None);
    }

    /// Stops beating without closing anything, as a dead machine does.
    pub fn play_dead(&self) {
        self.shared.mute.store(true, Ordering::SeqCst);
    }

    /// What was posted: path and body.
    pub fn posted(&self) -> Vec<(String, Value)> {
        self.shared.posted.lock().unwrap().clone()
    }
}

impl Drop for FakeHub {
    fn drop(&mut self) {
        self.hang_up();
        self.server.abort();
    }
}

#[expect(clippy::result_large_err, reason = "a test's server answers seldom")]
fn allowed(headers: &HeaderMap) -> Result<(), Response> {
    let wanted = format!("Bearer {TOKEN}");
    if headers.get("authorization").is_some_and(|given| given == &wanted) {
        return Ok(());
    }
    let error =
        ApiError { error: "unauthorized".to_owned(), message: "This token is unknown.".into() };
    Err((StatusCode::UNAUTHORIZED, Json(error)).into_response())
}

async fn stream(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    match allowed(&headers) {
        Ok(()) => upgrade.on_upgrade(move |socket| serve(socket, shared)),
        Err(refused) => refused,
    }
}

async fn serve(mut socket: WebSocket, shared: Arc<Shared>) {
    let mut out = shared.out.subscribe();
    let hello = Hello { now: Timestamp::now(), ..shared.hello.clone() };
    let snapshot = shared.snapshot.lock().unwrap().clone();
    for message in [FromHub::Hello(hello), snapshot] {
        if send(&mut socket, &message).await.is_err() {
            return;
        }
    }
    let mut beat = tokio::time::interval(std::time::Duration::from_secs(1));
    loop {
        let message = tokio::select! {
            heard = socket.recv() => match heard {
                Some(Ok(Message::Text(text))) => {
                    let Ok(FromConsole::Watch { call }) = serde_json::from_str(&text) else { continue };
                    let details = shared.details.lock().unwrap();
                    let detail = details.iter().find(|detail| Some(&detail.summary.id) == call.as_ref());
                    match detail {
                        Some(detail) => FromHub::Detail(Box::new(detail.clone())),
                        None => continue,
                    }
                }
                Some(Ok(_)) => continue,
                _ => return,
            },
            said = out.recv() => match said {
                Ok(Some(message)) => message,
                _ => return,
            },
            _ = beat.tick() => FromHub::Beat { now: Timestamp::now() },
        };
        if !shared.mute.load(Ordering::SeqCst) && send(&mut socket, &message).await.is_err() {
            return;
        }
    }
}

async fn send(socket: &mut WebSocket, message: &FromHub) -> Result<(), axum::Error> {
    socket.send(Message::text(serde_json::to_string(message).unwrap())).await
}

async fn act(
    State(shared): State<Arc<Shared>>,
    Path(about): Path<String>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    if let Err(refused) = allowed(&headers) {
        return refused;
    }
    shared.posted.lock().unwrap().push((about, body.clone()));
    let done = body["do"].as_str().unwrap_or_default().to_owned();
    let to = body["to"].as_str().unwrap_or_default();
    Json(Receipt {
        id: body["id"].as_str().unwrap_or_default().to_owned(),
        done: true,
        message: format!("done: {done} {to}").as_str().into(),
        undo_until: (done != "undo").then(|| Timestamp::now() + SignedDuration::from_secs(15)),
    })
    .into_response()
}

async fn draft(Path(call): Path<String>, headers: HeaderMap) -> Response {
    if let Err(refused) = allowed(&headers) {
        return refused;
    }
    assert!(CallId::parse(&call).is_some());
    Json(OpportunityDraft {
        name: "HVAC Replacement - 123 Main St".into(),
        amount: Some(Money::dollars(10_000)),
        stage: "Proposal".into(),
        close_date: jiff::civil::date(2026, 5, 14),
        account: None,
    })
    .into_response()
}
