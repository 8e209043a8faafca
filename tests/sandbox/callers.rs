//! Simulated callers, heard by a hub that only writes down what it hears.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use callboard::sandbox::callers::{self, Options, PlayError};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch};

const SECRET: &str = "shared";

#[derive(Clone)]
struct Hub {
    heard: Arc<Mutex<Vec<Value>>>,
    count: watch::Sender<usize>,
}

async fn hear(State(hub): State<Hub>, headers: HeaderMap, body: String) -> StatusCode {
    if headers.get("x-vapi-secret").is_none_or(|secret| secret != SECRET) {
        return StatusCode::UNAUTHORIZED;
    }
    let count = {
        let mut heard = hub.heard.lock().unwrap();
        heard.push(serde_json::from_str(&body).unwrap());
        heard.len()
    };
    hub.count.send_replace(count);
    StatusCode::OK
}

impl Hub {
    fn new() -> Self {
        Self { heard: Arc::default(), count: watch::Sender::new(0) }
    }

    fn serve(&self, listener: TcpListener) {
        let app = Router::new().route("/hooks/vapi", post(hear)).with_state(self.clone());
        tokio::spawn(axum::serve(listener, app).into_future());
    }

    async fn until(&self, enough: impl Fn(&[Value]) -> bool) {
        let mut count = self.count.subscribe();
        let wait = count.wait_for(|_| enough(&self.heard.lock().unwrap()));
        tokio::time::timeout(Duration::from_secs(12), wait).await.expect("in time").unwrap();
    }

    fn calls(&self) -> BTreeMap<String, Vec<Value>> {
        let mut calls: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for body in self.heard.lock().unwrap().iter() {
            let message = &body["message"];
            let id = message["call"]["id"].as_str().unwrap().to_owned();
            calls.entry(id).or_default().push(message.clone());
        }
        calls
    }
}

fn options(hub_url: String, speed: f64) -> Options {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Timestamp::now();
    Options { hub_url, secret: SECRET.to_owned(), seed: 7, speed, calls_at_once: 4, clock }
}

fn status(message: &Value, wanted: &str) -> bool {
    message["type"] == "status-update" && message["status"] == wanted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_told_in_order_side_by_side_and_to_the_end() {
    let hub = Hub::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    hub.serve(listener);
    let (stop, mut stopped) = watch::channel(false);
    let playing = tokio::spawn(callers::run(options(url, 40.0), async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    }));
    let reports = |heard: &[Value]| {
        heard.iter().filter(|body| body["message"]["type"] == "end-of-call-report").count()
    };
    hub.until(|heard| reports(heard) >= 20).await;
    stop.send(true).unwrap();
    let played = playing.await.unwrap().unwrap();
    assert_eq!(played.declined, 0);
    assert!(played.calls >= 20);
    for (id, messages) in hub.calls() {
        assert!(status(&messages[0], "ringing"), "{id}");
        let times: Vec<i64> = messages.iter().map(|m| m["timestamp"].as_i64().unwrap()).collect();
        assert!(times.is_sorted(), "{id}: {times:?}");
        let reported = messages.iter().position(|m| m["type"] == "end-of-call-report");
        assert!(reported.is_none_or(|place| place + 1 == messages.len()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_seconds_show_live_and_ended_calls_and_nothing_comes_early() {
    let hub = Hub::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    hub.serve(listener);
    let (stop, mut stopped) = watch::channel(false);
    let playing = tokio::spawn(callers::run(options(url, 1.0), async move {
        let _ = stopped.wait_for(|stop| *stop).await;
    }));
    hub.until(|heard| {
        let count = |wanted| heard.iter().filter(|body| status(&body["message"], wanted)).count();
        let talking = count("in-progress") - count("ended").min(count("in-progress"));
        count("ringing") >= 11 && count("ended") >= 7 && talking >= 3
    })
    .await;
    stop.send(true).unwrap();
    playing.await.unwrap().unwrap();
    let now = Timestamp::now();
    let calls = hub.calls();
    for message in calls.values().flatten() {
        assert!(message["timestamp"].as_i64().unwrap() <= now.as_millisecond(), "from the future");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_wait_for_a_hub_that_is_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let hub = Hub::new();
    let (stop, mut stopped) = watch::channel(false);
    let playing =
        tokio::spawn(callers::run(options(format!("http://{address}"), 20.0), async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        }));
    tokio::task::yield_now().await;
    hub.serve(TcpListener::bind(address).await.unwrap());
    hub.until(|heard| heard.len() > 40).await;
    stop.send(true).unwrap();
    playing.await.unwrap().unwrap();
    assert!(hub.calls().values().all(|messages| status(&messages[0], "ringing")));
}

#[tokio::test]
async fn a_refused_secret_ends_it_with_a_sentence() {
    let hub = Hub::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    hub.serve(listener);
    let wrong = Options { secret: "wrong".into(), ..options(url, 1.0) };
    let error = callers::run(wrong, std::future::pending()).await.unwrap_err();
    assert!(matches!(error, PlayError::Refused(401)), "{error}");
}
