//! The JSON API: everything a key does, `curl` can do. `docs/protocol.md` describes it.

use std::sync::Arc;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    engine::{ActError, Unavailable},
    orders::OrderError,
    server::Hub,
};
use crate::{
    call::{CallId, Text},
    wire::{
        ApiError, CallDetail, CallSummary, Command, OperatorRole, OpportunityDraft, Receipt,
        Status, WriteOrder, WriteSummary,
    },
};

/// The most a command's body may have, in bytes.
const LONGEST_COMMAND: usize = 64 * 1024;

/// An answer that says no: the status for programs, the sentence for people.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    body: ApiError,
}

impl Refusal {
    /// A refusal with this status, stable word and sentence.
    pub fn new(status: StatusCode, error: &str, message: &str) -> Self {
        Self { status, body: ApiError { error: error.to_owned(), message: Text::new(message) } }
    }

    /// 401.
    pub fn unauthorized() -> Self {
        let message = "this needs a valid operator token: Authorization: Bearer TOKEN";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 403.
    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404.
    pub fn not_found(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 400.
    pub fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            let wait = header::HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, wait);
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = header::HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl From<Unavailable> for Refusal {
    fn from(error: Unavailable) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", &error.to_string())
    }
}

impl From<OrderError> for Refusal {
    fn from(error: OrderError) -> Self {
        let (status, word) = match error {
            OrderError::NoCall(_) | OrderError::NoWrite(_) => (StatusCode::NOT_FOUND, "not_found"),
            OrderError::NotNow(_) => (StatusCode::CONFLICT, "not_now"),
            OrderError::Invalid(_) => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
        };
        Self::new(status, word, &error.to_string())
    }
}

impl From<ActError> for Refusal {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Refused(error) => error.into(),
            ActError::Unavailable(error) => error.into(),
        }
    }
}

type Answer<T> = Result<Json<T>, Refusal>;

/// The routes under `/v1` but for the stream.
pub fn routes() -> Router<Arc<Hub>> {
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/calls", get(calls))
        .route("/v1/calls/{id}", get(call))
        .route("/v1/calls/{id}/opportunity", get(opportunity))
        .route("/v1/calls/{id}/actions", post(act))
        .route("/v1/writes", get(writes))
        .route("/v1/writes/{id}/actions", post(act_on_write))
        .route("/v1/destination", post(destination))
        .layer(DefaultBodyLimit::max(LONGEST_COMMAND))
}

async fn status(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Answer<Status> {
    hub.admit(&headers, OperatorRole::Viewer)?;
    Ok(Json(hub.board.status()))
}

async fn calls(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Answer<Vec<CallSummary>> {
    hub.admit(&headers, OperatorRole::Viewer)?;
    Ok(Json(hub.board.calls().iter().map(|call| (**call).clone()).collect()))
}

async fn writes(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Answer<Vec<WriteSummary>> {
    hub.admit(&headers, OperatorRole::Viewer)?;
    Ok(Json(hub.board.writes().iter().map(|write| (**write).clone()).collect()))
}

async fn call(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<CallDetail> {
    hub.admit(&headers, OperatorRole::Viewer)?;
    Ok(Json(hub.engine.detail(call_id(&id)?).await?))
}

async fn opportunity(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Answer<OpportunityDraft> {
    hub.admit(&headers, OperatorRole::Viewer)?;
    Ok(Json(hub.engine.draft(call_id(&id)?).await?))
}

async fn act(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Receipt> {
    let operator = hub.admit(&headers, OperatorRole::Dispatcher)?.name.clone();
    let id = call_id(&id)?;
    let command: Command = parse(&body)?;
    Ok(Json(hub.engine.act(id, operator, command).await?))
}

/// An order on a write, as it is posted.
#[derive(Deserialize)]
struct PostedWriteOrder {
    #[serde(default = "crate::wire::new_action_id")]
    id: String,
    #[serde(flatten)]
    order: WriteOrder,
}

async fn act_on_write(
    State(hub): State<Arc<Hub>>,
    Path(write): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Receipt> {
    let operator = hub.admit(&headers, OperatorRole::Dispatcher)?.name.clone();
    let PostedWriteOrder { id, order } = parse(&body)?;
    Ok(Json(hub.engine.act_on_write(write, operator, id, order).await?))
}

/// What can be done to the destination.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum DestinationOrder {
    Pause,
    Resume,
}

async fn destination(
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer<Status> {
    let operator = hub.admit(&headers, OperatorRole::Admin)?;
    let order: DestinationOrder = parse(&body)?;
    let paused = matches!(order, DestinationOrder::Pause);
    tracing::info!(operator = %operator.name, paused, "destination");
    hub.engine.pause(paused).await?;
    Ok(Json(hub.board.status()))
}

fn call_id(text: &str) -> Result<CallId, Refusal> {
    CallId::parse(text)
        .ok_or_else(|| Refusal::not_found("a call's id looks like source:id, as in /v1/calls"))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| {
        Refusal::bad_request(&format!("the body is not what is expected: {error}"))
    })
}
