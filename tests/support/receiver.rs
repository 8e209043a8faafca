//! Something that takes webhooks, as Slack and its like do.

use std::sync::{Arc, Mutex};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode, routing::any};
use serde_json::Value;

/// What it was sent.
#[derive(Clone, Debug)]
pub struct Post {
    pub headers: HeaderMap,
    pub body: String,
}

impl Post {
    /// The body, which is JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Debug, Default)]
struct Kept {
    posts: Vec<Post>,
    /// What it answers, while it does not take anything.
    refusal: Option<(u16, String)>,
}

/// Something that takes webhooks.
#[derive(Debug)]
pub struct Receiver {
    /// Where.
    pub url: String,
    kept: Arc<Mutex<Kept>>,
}

impl Receiver {
    /// One that takes everything.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/services/s3cret", listener.local_addr().unwrap());
        let kept = Arc::<Mutex<Kept>>::default();
        let app = Router::new().fallback(any(take)).with_state(Arc::clone(&kept));
        tokio::spawn(async { axum::serve(listener, app).await });
        Self { url, kept }
    }

    /// Answers with this from now on; takes everything again with none.
    pub fn refuse(&self, answer: Option<(u16, &str)>) {
        let answer = answer.map(|(status, said)| (status, said.to_owned()));
        self.kept.lock().unwrap().refusal = answer;
    }

    /// What it was sent so far.
    pub fn posts(&self) -> Vec<Post> {
        self.kept.lock().unwrap().posts.clone()
    }
}

async fn take(
    State(kept): State<Arc<Mutex<Kept>>>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut kept = kept.lock().unwrap();
    kept.posts.push(Post { headers, body: String::from_utf8(body.to_vec()).unwrap() });
    match &kept.refusal {
        Some((status, said)) => (StatusCode::from_u16(*status).unwrap(), said.clone()),
        None => (StatusCode::OK, "ok".to_owned()),
    }
}
