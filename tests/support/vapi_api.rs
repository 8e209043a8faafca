//! A stand-in for VAPI's API that places calls: it keeps what it was asked for, and fails as told.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

/// The private key it takes.
pub const KEY: &str = "vapi-private-key";

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call is placed, and the answer never comes.
    TimeoutAfterAccept,
    /// It answers with this status and places nothing.
    Status(u16),
}

/// The stand-in at work.
#[derive(Clone)]
pub struct VapiApi {
    pub address: SocketAddr,
    state: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    fault: Option<Fault>,
    asked: u32,
    placed: Vec<Value>,
}

impl VapiApi {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(Kept::default()));
        let router = Router::new().route("/call", post(place)).with_state(Arc::clone(&state));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, state }
    }

    pub fn fail(&self, fault: impl Into<Option<Fault>>) {
        self.state.lock().unwrap().fault = fault.into();
    }

    /// How often it was asked, whatever came of it.
    pub fn asked(&self) -> u32 {
        self.state.lock().unwrap().asked
    }

    /// What was placed, as it was asked for.
    pub fn placed(&self) -> Vec<Value> {
        self.state.lock().unwrap().placed.clone()
    }
}

async fn place(
    State(state): State<Arc<Mutex<Kept>>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Response {
    let (fault, number) = {
        let mut kept = state.lock().unwrap();
        kept.asked += 1;
        if headers.get("authorization").is_none_or(|it| it != &format!("Bearer {KEY}")) {
            let problem = Json(json!({ "message": "Invalid Key", "statusCode": 401 }));
            return (StatusCode::UNAUTHORIZED, problem).into_response();
        }
        if !matches!(kept.fault, Some(Fault::Status(_))) {
            kept.placed.push(body.clone());
        }
        (kept.fault, kept.placed.len())
    };
    match fault {
        Some(Fault::TimeoutAfterAccept) => {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            StatusCode::OK.into_response()
        }
        Some(Fault::Status(status)) => {
            let problem = json!({ "message": ["customer.number is not wanted"] });
            (StatusCode::from_u16(status).unwrap(), Json(problem)).into_response()
        }
        None => {
            let answer = json!({
                "id": format!("out{number}"),
                "status": "queued",
                "type": "outboundPhoneCall",
                "customer": body["customer"],
                "assistantOverrides": body["assistantOverrides"],
            });
            (StatusCode::CREATED, Json(answer)).into_response()
        }
    }
}
