//! What every handler shares, and what the hub says of its own state.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Extension, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use jiff::{Timestamp, tz::TimeZone};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::sync::{Mutex, watch};

use super::{
    access::Access, admission::Admission, api::Refusal, board::Board, complaints::Complaints,
    engine::Engine, measures, notices::Notices, peer::Peer, readiness::Readiness,
    replies::Gateways, room::Room, seats::Seats,
};
use crate::{
    call::Text, intake::Sources, recording::Recorder, store::Journal, triage::Judge, wire::Owner,
};

/// What every handler shares.
#[derive(Debug)]
pub struct Hub {
    /// The one writer.
    pub engine: Engine,
    /// Who tells people of calls that are theirs.
    pub notices: Arc<Notices>,
    /// Who may bring answers to notices; none where nobody does.
    pub replies: Option<Gateways>,
    /// A judge who has heard nothing.
    pub judge: Judge,
    /// What consoles see.
    pub board: Arc<Board>,
    /// Who may post events.
    pub sources: Sources,
    /// Records accepted webhooks.
    pub recorder: Option<Recorder>,
    /// Where everything is recorded.
    pub journal: Arc<Journal>,
    /// Held while tokens are changed.
    pub tokens: Mutex<()>,
    /// Who may look and act.
    pub access: Access,
    /// The roster and its rules.
    pub plan: crate::plan::Settings,
    /// Who we are, for the greeting.
    pub identity: Identity,
    /// Room for webhooks.
    pub admission: Admission,
    /// What is wrong with sources.
    pub complaints: Complaints,
    /// Room for connections.
    pub seats: Arc<Seats>,
    /// Room for consoles.
    pub consoles: Arc<Room>,
    /// Room for operators' requests.
    pub requests: Arc<Room>,
    /// What was measured.
    pub meter: PrometheusHandle,
    /// Becomes true when the hub goes down.
    pub stop: watch::Receiver<bool>,
    /// Whether the journal can record, as last tried.
    pub readiness: Readiness,
    /// Held while a caller is erased.
    pub erasing: Mutex<()>,
}

/// Who a hub is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The business's name.
    pub business: Text,
    /// Its time zone (IANA).
    pub zone: Text,
    /// Whether nothing here is real.
    pub demo: bool,
    /// Seconds within which an action can be undone.
    pub grace_seconds: u32,
    /// The roster.
    pub owners: Vec<Owner>,
    /// Whether callers can be rung back.
    pub places_calls: bool,
}

impl Identity {
    /// The business's zone.
    pub fn time_zone(&self) -> TimeZone {
        TimeZone::get(self.zone.as_str()).unwrap_or(TimeZone::UTC)
    }
}

/// The process is up.
pub async fn healthy() -> Json<BTreeMap<&'static str, &'static str>> {
    Json(BTreeMap::from([("status", "ok"), ("version", env!("CARGO_PKG_VERSION"))]))
}

/// The journal takes events.
pub async fn ready(State(hub): State<Arc<Hub>>) -> Response {
    match hub.readiness.ask(&hub.engine).await {
        Ok(()) => healthy().await.into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// What is measured, in Prometheus's text format.
///
/// # Errors
/// When somebody elsewhere brings no token.
pub async fn metrics(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<String, Refusal> {
    if !peer.local {
        hub.access.admit(&headers, peer)?;
    }
    Ok(measures::tell(&hub, Timestamp::now()))
}
