//! What the hub measures of itself, told in Prometheus's text format. `docs/operations.md` lists all
//! of it, and a test holds the list against what is told.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::{sync::watch, time::sleep};

use super::{desk::Size, server::Hub};
use crate::{delivery::Delivered, wire::Destination};

/// Upper bounds of the histograms, in seconds: from a disk at leisure to an org that hangs.
const SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 20.0];

/// What is measured between two looks is put into the histograms this often.
const SWEEP: Duration = Duration::from_secs(5);

/// The process's meter; several hubs of one process (in tests) share it.
///
/// # Errors
/// When the process measures with something else already.
pub fn meter() -> Result<PrometheusHandle, BuildError> {
    static HANDLE: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut handle = HANDLE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*handle {
        return Ok(handle.clone());
    }
    let seconds = Matcher::Suffix("_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?;
    Ok(handle.insert(builder.install_recorder()?).clone())
}

/// Sweeps measurements into their histograms, so that they take no memory while nobody looks.
pub async fn keep(meter: PrometheusHandle, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = sleep(SWEEP) => meter.run_upkeep(),
            _ = stop.wait_for(|stop| *stop) => return,
        }
    }
}

/// A webhook was answered.
pub fn hook(took: Duration) {
    metrics::histogram!("callboard_hook_seconds").record(took);
}

/// The journal has recorded.
pub fn commit(took: Duration) {
    metrics::histogram!("callboard_commit_seconds").record(took);
}

/// Salesforce, or who stands in its place, was asked.
pub fn delivery(delivered: &Delivered) {
    for attempt in delivered.parts.iter().filter_map(|part| part.attempt.as_ref()) {
        let outcome = if attempt.problem.is_some() { "failed" } else { "done" };
        let took = Duration::from_millis(attempt.milliseconds);
        metrics::histogram!("callboard_delivery_seconds", "outcome" => outcome).record(took);
    }
}

/// What the engine holds.
pub struct Held {
    /// The most there was of one call since the start.
    pub largest: Size,
    /// Deliveries under way.
    pub couriers: usize,
    /// Notices under way.
    pub messengers: usize,
    /// Numbers of which it was said whether they may be rung.
    pub suppressed: usize,
}

/// Notes what the engine holds.
pub fn held(held: &Held) {
    let Size { events, lines, actions, judged } = held.largest;
    for (what, most) in
        [("events", events), ("lines", lines), ("actions", actions), ("judged_bytes", judged)]
    {
        metrics::gauge!("callboard_largest_call", "what" => what).set(count(most));
    }
    metrics::gauge!("callboard_deliveries_under_way").set(count(held.couriers));
    metrics::gauge!("callboard_notices_under_way").set(count(held.messengers));
    metrics::gauge!("callboard_numbers_suppressed").set(count(held.suppressed));
}

#[expect(clippy::cast_precision_loss, reason = "no count of ours comes near 2^52")]
fn count(count: usize) -> f64 {
    count as f64
}

/// Everything measured, as text.
#[expect(clippy::cast_precision_loss, reason = "no count of ours comes near 2^52")]
pub fn tell(hub: &Hub, now: Timestamp) -> String {
    let gauge = |name: &'static str, value: f64| metrics::gauge!(name).set(value);
    let status = hub.board.status();
    let under_way = hub.admission.under_way();
    gauge("callboard_consoles", hub.board.subscribers() as f64);
    gauge("callboard_connections", hub.seats.taken() as f64);
    gauge("callboard_requests_under_way", count(hub.requests.taken()));
    gauge("callboard_asks_waiting", count(hub.engine.waiting()));
    gauge("callboard_tokens", count(hub.access.kept()));
    gauge("callboard_hooks_under_way", under_way.webhooks as f64);
    gauge("callboard_hooks_under_way_bytes", under_way.bytes as f64);
    gauge("callboard_calls", hub.board.calls().len() as f64);
    gauge("callboard_unfinished_writes", status.unfinished_writes as f64);
    let waits = hub.board.writes().into_iter().filter(|write| !write.state.is_end());
    let oldest = waits.map(|write| write.created_at).min();
    let waited = oldest.map_or(0.0, |since| now.duration_since(since).as_secs_f64().max(0.0));
    gauge("callboard_oldest_write_seconds", waited);
    let open = matches!(status.salesforce, Destination::Open);
    gauge("callboard_salesforce_open", f64::from(u8::from(open)));
    gauge("callboard_salesforce_api_calls", status.api_calls as f64);
    gauge("callboard_salesforce_api_used", status.api_used.unwrap_or(0) as f64);
    gauge("callboard_salesforce_api_limit", status.api_limit.unwrap_or(0) as f64);
    hub.meter.render()
}
