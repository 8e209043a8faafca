//! The JSON API: everything a key does, `curl` can do. `docs/protocol.md` describes it.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Extension, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    access::Stranger,
    asked::{Path, Posted, Query},
    engine::{ActError, Pausing, Unavailable},
    log,
    operators::Operator,
    orders::OrderError,
    server::Hub,
};
use crate::{
    call::{CallId, Text},
    store::StoreError,
    wire::{
        ApiError, CallDetail, CallPage, Command, OpportunityDraft, Receipt, Status, WriteOrder,
        WriteSummary,
    },
};

/// An answer that says no: the status for programs, the sentence for people.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    body: ApiError,
    /// Seconds after which it may be tried again.
    retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal with this status, stable word and sentence.
    pub fn new(status: StatusCode, error: &str, message: &str) -> Self {
        let body = ApiError { error: error.to_owned(), message: Text::new(message) };
        let retry_after = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self { status, body, retry_after }
    }

    /// The sentence.
    pub fn message(&self) -> &str {
        self.body.message.as_str()
    }

    /// 429: come back after so many seconds.
    pub fn too_many(message: &str, retry_after: u64) -> Self {
        let refusal = Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many", message);
        Self { retry_after: Some(retry_after), ..refusal }
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

    /// 413.
    pub fn too_large(message: &str) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message)
    }

    /// 400.
    pub fn bad_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let word = self.body.error.clone();
        metrics::counter!("callboard_refusals_total", "error" => word).increment(1);
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

impl From<Stranger> for Refusal {
    fn from(stranger: Stranger) -> Self {
        match stranger {
            Stranger::Unknown => Self::unauthorized(),
            Stranger::Guessing(wait) => {
                let message =
                    "too many wrong tokens came from there; wait, then bring the right one";
                Self::too_many(message, wait.as_secs() + 1)
            }
        }
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the journal could not do what an operator asked");
        Unavailable.into()
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

/// What a handler answers.
pub type Answer<T> = Result<Json<T>, Refusal>;

/// What the hub says of itself.
pub async fn status(State(hub): State<Arc<Hub>>) -> Answer<Status> {
    Ok(Json(hub.board.status()))
}

/// Which calls of the board.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallsAsked {
    limit: Option<usize>,
    after: Option<String>,
}

/// Calls a page.
const PAGE: usize = 200;

/// The most calls a page.
const LARGEST_PAGE: usize = 1_000;

/// The calls on the board, a page at a time.
pub async fn calls(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<CallsAsked>,
) -> Answer<CallPage> {
    let after = asked.after.as_deref().map(|mark| {
        CallId::parse(mark).ok_or_else(|| Refusal::bad_request("after: what `next` said"))
    });
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    // One more than asked for tells whether there is another page.
    let mut rows = hub.board.calls_after(after.transpose()?.as_ref(), limit + 1);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let next = rows.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(CallPage { calls: rows.iter().map(|call| (**call).clone()).collect(), next }))
}

/// Every write on the board.
pub async fn writes(State(hub): State<Arc<Hub>>) -> Answer<Vec<WriteSummary>> {
    Ok(Json(hub.board.writes().iter().map(|write| (**write).clone()).collect()))
}

/// One call whole.
pub async fn call(State(hub): State<Arc<Hub>>, Path(id): Path<String>) -> Answer<CallDetail> {
    Ok(Json(hub.engine.detail(call_id(&id)?).await?))
}

/// The Opportunity that would be created of it.
pub async fn opportunity(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
) -> Answer<OpportunityDraft> {
    Ok(Json(hub.engine.draft(call_id(&id)?).await?))
}

/// Acts on a call.
pub async fn act(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
    Extension(operator): Extension<Operator>,
    Posted(command): Posted<Command>,
) -> Answer<Receipt> {
    let id = call_id(&id)?;
    Ok(Json(hub.engine.act(id, operator.name, command).await?))
}

/// An order on a write, as it is posted.
#[derive(Deserialize)]
pub struct PostedWriteOrder {
    #[serde(default = "crate::wire::new_action_id")]
    id: String,
    #[serde(flatten)]
    order: WriteOrder,
}

/// Acts on a write.
pub async fn act_on_write(
    State(hub): State<Arc<Hub>>,
    Path(write): Path<String>,
    Extension(operator): Extension<Operator>,
    Posted(PostedWriteOrder { id, order }): Posted<PostedWriteOrder>,
) -> Answer<Receipt> {
    Ok(Json(hub.engine.act_on_write(write, operator.name, id, order).await?))
}

/// What can be done to the destination.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "snake_case")]
enum DestinationOrder {
    Pause,
    Resume,
}

#[derive(Deserialize)]
pub struct PostedDestinationOrder {
    #[serde(default = "crate::wire::new_action_id")]
    id: String,
    #[serde(flatten)]
    order: DestinationOrder,
    /// Which; the connected org when left out.
    #[serde(default)]
    destination: Option<Text>,
}

/// Pauses or resumes a destination.
pub async fn destination(
    State(hub): State<Arc<Hub>>,
    Extension(operator): Extension<Operator>,
    Posted(PostedDestinationOrder { id, order, destination }): Posted<PostedDestinationOrder>,
) -> Answer<Status> {
    super::orders::check_id(&id)?;
    let (paused, word, what) = match order {
        DestinationOrder::Pause => (true, "destination.pause", "paused"),
        DestinationOrder::Resume => (false, "destination.resume", "resumed"),
    };
    let which = destination.as_ref().map_or("the destination", Text::as_str);
    let entry = log::entry(&operator.name, word, &format!("{what} {which}"), Timestamp::now());
    if !hub.engine.pause(Pausing { id, destination, paused, entry }).await? {
        return Err(Refusal::not_found("there is no such destination in the settings"));
    }
    Ok(Json(hub.board.status()))
}

/// The call that is meant.
///
/// # Errors
/// 404 for what is no id of a call.
pub fn call_id(text: &str) -> Result<CallId, Refusal> {
    CallId::parse(text)
        .ok_or_else(|| Refusal::not_found("a call's id looks like source:id, as in /v1/calls"))
}
