//! Calls at an even pace for a long time, and the hub's memory every minute.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::json;
use tokio::time::{Instant, interval, sleep};

use crate::trial::{Temper, Trial};

/// A call every so often; one that is wrapped up leaves the hub's hands a minute later.
const PACE: Duration = Duration::from_millis(500);

/// Watches for so many minutes.
pub async fn watch(minutes: u32) {
    let trial = Trial::set(1).await;
    trial.org.clear_faults();
    let hub = trial.start_hub();
    let (calls, enough) = (AtomicUsize::new(0), AtomicBool::new(false));
    let speak = async {
        let mut pace = interval(PACE);
        while !enough.load(Ordering::Relaxed) {
            pace.tick().await;
            let number = calls.fetch_add(1, Ordering::Relaxed);
            let call = format!("c{number}");
            trial.speak(&call, number).await;
            let path = format!("/v1/calls/vapi:{call}/actions");
            trial.order(&path, &json!({ "do": "wrap_up" })).await;
        }
    };
    let look = async {
        let begun = Instant::now();
        println!("minute  calls  memory in MB");
        for minute in 0..=minutes {
            let now = calls.load(Ordering::Relaxed);
            println!("{minute:6}  {now:5}  {:12.1}", hub.memory() as f64 / 1e6);
            sleep((begun + Duration::from_secs(60) * (minute + 1)) - Instant::now()).await;
        }
        enough.store(true, Ordering::Relaxed);
        trial.end();
    };
    let consoles = [Temper::Quick, Temper::Slow, Temper::Hung].map(|it| trial.watch(it));
    tokio::join!(speak, look, futures_util::future::join_all(consoles));
}
