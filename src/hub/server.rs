//! The HTTP server: routes, admission, and what every handler shares.

use std::{collections::BTreeMap, io, net::SocketAddr, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, get},
};
use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};
use tower_http::catch_panic::CatchPanicLayer;

use super::{
    api::{self, Refusal},
    board::Board,
    engine::Engine,
    hooks,
    operators::{Operator, Operators},
    stream,
};
use crate::{
    call::Text,
    intake::Sources,
    recording::Recorder,
    wire::{OperatorRole, Owner},
};

/// What every handler shares.
#[derive(Debug)]
pub struct Hub {
    /// The one writer.
    pub engine: Engine,
    /// What consoles see.
    pub board: Arc<Board>,
    /// Who may post events.
    pub sources: Sources,
    /// Records accepted webhooks.
    pub recorder: Option<Recorder>,
    /// Who may look and act.
    pub operators: Operators,
    /// Who we are, for the greeting.
    pub identity: Identity,
    /// Room for webhooks' bodies.
    pub bodies: Semaphore,
    /// What was counted.
    pub metrics: PrometheusHandle,
    /// Becomes true when the hub goes down.
    pub stop: watch::Receiver<bool>,
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
}

impl Hub {
    /// The operator of a request, if they may do what `role` may.
    ///
    /// # Errors
    /// 401 without a valid token, 403 when the role does not reach.
    pub fn admit(&self, headers: &HeaderMap, role: OperatorRole) -> Result<&Operator, Refusal> {
        let operator = self.operators.of_request(headers).ok_or_else(Refusal::unauthorized)?;
        if operator.role < role {
            let message = format!("{} may look, but not do this", operator.name);
            return Err(Refusal::forbidden(&message));
        }
        Ok(operator)
    }
}

/// Serves until `stop` becomes true, then finishes what is under way.
///
/// # Errors
/// When the socket fails.
pub async fn serve(hub: Arc<Hub>, listener: TcpListener) -> io::Result<()> {
    let mut stop = hub.stop.clone();
    let app = router(hub);
    axum::serve(listener, app.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            // An error means that whoever could stop us is gone: as good as stopped.
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await
}

fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/hooks/{source}", any(hooks::receive))
        .route("/hooks/{source}/{*rest}", any(hooks::receive))
        .route("/v1/stream", get(stream::attach))
        .route("/healthz", get(healthy))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(api::routes())
        .fallback(nowhere)
        .method_not_allowed_fallback(not_so)
        .layer(CatchPanicLayer::new())
        .with_state(hub)
}

/// The process is up.
async fn healthy() -> Json<BTreeMap<&'static str, &'static str>> {
    Json(BTreeMap::from([("status", "ok"), ("version", env!("CARGO_PKG_VERSION"))]))
}

/// The journal takes events.
async fn ready(State(hub): State<Arc<Hub>>) -> Response {
    match hub.engine.ready().await {
        Ok(()) => healthy().await.into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}

/// Counters and gauges in Prometheus's text format.
async fn metrics(State(hub): State<Arc<Hub>>) -> String {
    let status = hub.board.status();
    metrics::gauge!("callboard_consoles").set(hub.board.subscribers() as f64);
    metrics::gauge!("callboard_unfinished_writes").set(status.unfinished_writes as f64);
    metrics::gauge!("callboard_salesforce_api_calls").set(status.api_calls as f64);
    hub.metrics.render()
}

async fn not_so() -> Refusal {
    Refusal::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address takes another method; docs/protocol.md lists them",
    )
}

async fn nowhere() -> Refusal {
    Refusal::new(
        StatusCode::NOT_FOUND,
        "no_such_address",
        "there is nothing here; webhooks go to /hooks/SOURCE, the API is under /v1",
    )
}
