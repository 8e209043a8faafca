//! `POST /hooks/{source}`: verify, translate, commit, and only then answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use tokio::sync::SemaphorePermit;

use super::{api::Refusal, engine::Unavailable, server::Hub};
use crate::intake::{self, Accepted, Reply, Source};

/// How much memory all bodies on their way in may take together: so many units of so many bytes.
pub(super) const BODY_UNITS: usize = 64 * 1024;
const BODY_UNIT: usize = 1024;

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);

/// Takes a webhook.
pub async fn receive(
    State(hub): State<Arc<Hub>>,
    Path(path): Path<std::collections::BTreeMap<String, String>>,
    request: Request,
) -> Response {
    let name = path.get("source").map_or("", String::as_str);
    let Some(source) = hub.sources.get(name) else {
        // The name is not echoed and not a label: anybody can make one up.
        count("unknown", "no-such-source");
        let message = "no source of this name is configured; see [sources] in the config";
        return Refusal::not_found(message).into_response();
    };
    let rest = path.get("rest").map_or(String::new(), |rest| format!("/{rest}"));
    match take(&hub, source, &rest, request).await {
        Ok((label, reply)) => {
            count(name, label);
            let content_type = HeaderValue::from_static(reply.content_type);
            ([(header::CONTENT_TYPE, content_type)], reply.body).into_response()
        }
        Err((label, refusal)) => {
            count(name, label);
            tracing::debug!(source = name, label, "webhook refused");
            refusal.into_response()
        }
    }
}

type Refused = (&'static str, Refusal);

async fn take(
    hub: &Hub,
    source: &Source,
    rest: &str,
    request: Request,
) -> Result<(&'static str, Reply), Refused> {
    if request.method() != Method::POST {
        let message = "webhooks are posted; check the provider's settings";
        let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message);
        return Err(("wrong-method", refusal));
    }
    let (parts, body) = request.into_parts();
    let announced = parts.headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let most = source.max_body();
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let _room = room_for(hub, announced.unwrap_or(most)).await?;
    let body = read(body, most).await?;
    let now = Timestamp::now();
    let request = intake::Request {
        method: &parts.method,
        path: rest,
        query: parts.uri.query().unwrap_or(""),
        headers: &parts.headers,
        body: &body,
        now,
    };
    let Accepted { events, ignored, reply } = source.receive(&request).map_err(|refused| {
        let refusal = Refusal::new(refused.status(), refused.label(), &refused.to_string());
        (refused.label(), refusal)
    })?;
    if let Some(recorder) = &hub.recorder {
        recorder.record(source.name().as_str(), &request);
    }
    if events.is_empty() {
        return Ok((ignored.unwrap_or("ignored"), reply));
    }
    hub.engine.receive(events).await.map_err(|error| ("unavailable", error.into()))?;
    Ok(("accepted", reply))
}

/// Bodies are held in memory before anything is known of their sender: all of them together
/// have a limit, so that a flood costs a wait and not the machine's memory.
async fn room_for(hub: &Hub, bytes: usize) -> Result<SemaphorePermit<'_>, Refused> {
    let units = bytes.div_ceil(BODY_UNIT).min(BODY_UNITS);
    let units = u32::try_from(units).unwrap_or(u32::MAX);
    match tokio::time::timeout(BODY_TIME, hub.bodies.acquire_many(units)).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(("crowded", Unavailable.into())),
    }
}

fn too_large(most: usize) -> Refused {
    let message = format!("the body is larger than the {most} bytes this source takes");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    ("too-large", Refusal::new(status, "too-large", &message))
}

async fn read(body: Body, most: usize) -> Result<bytes::Bytes, Refused> {
    match tokio::time::timeout(BODY_TIME, to_bytes(body, most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(too_large(most)),
        Err(_) => {
            let message = "the body did not arrive in time";
            let status = StatusCode::REQUEST_TIMEOUT;
            Err(("too-slow", Refusal::new(status, "too-slow", message)))
        }
    }
}

fn count(source: &str, outcome: &'static str) {
    metrics::counter!("callboard_hook_requests_total", "source" => source.to_owned(), "outcome" => outcome)
        .increment(1);
}
