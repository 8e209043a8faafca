//! `POST /hooks/{source}`: verify, translate, commit, and only then answer.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::{
    admission::{Crowded, Place},
    api::Refusal,
    asked::Path,
    desk::Full,
    engine::NotTaken,
    measures,
    peer::{Client, Peer},
    server::Hub,
};
use crate::intake::{self, Accepted, Reply, Source};

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);

/// When to come back for whoever is turned away because others were first.
const RETRY_AFTER: u64 = 1;

/// When to come back for whoever is turned away because the board is full.
const UNTIL_ROOM: u64 = 60;

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
    let began = Instant::now();
    let bare = if request.uri().path().ends_with('/') { "/" } else { "" };
    let rest = path.get("rest").map_or(bare.to_owned(), |rest| format!("/{rest}"));
    let taken = take(&hub, source, &rest, request).await;
    measures::hook(began.elapsed());
    match taken {
        Ok((label, reply)) => {
            count(name, label);
            let content_type = HeaderValue::from_static(reply.content_type);
            ([(header::CONTENT_TYPE, content_type)], reply.body).into_response()
        }
        Err((label, refusal)) => {
            count(name, label);
            tracing::debug!(source = name, label, "webhook refused");
            let now = Timestamp::now();
            hub.complaints.refused(name, label, refusal.message(), now, &hub.board);
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
    let said = |body, now| intake::Request {
        method: &parts.method,
        path: rest,
        query: parts.uri.query().unwrap_or(""),
        headers: &parts.headers,
        body,
        now,
    };
    source.greet(&said(b"", Timestamp::now())).map_err(refused)?;
    let peer = parts.extensions.get::<Peer>();
    let announced = parts.headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    let most = source.max_body();
    if announced.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let client = peer.map_or_else(Client::unknown, |peer| peer.client);
    let mut place = hub.admission.enter(client, source.name().as_str()).map_err(crowded)?;
    let body = timeout(BODY_TIME, read(body, most, &mut place)).await.unwrap_or_else(|_| {
        let message = "the body did not arrive in time";
        let status = StatusCode::REQUEST_TIMEOUT;
        Err(("too-slow", Refusal::new(status, "too-slow", message)))
    })?;
    crash_point!("hook.read");
    let request = said(&body, Timestamp::now());
    let Accepted { events, unread, ignored, reply, .. } =
        source.receive(&request).map_err(refused)?;
    hub.complaints.taken(source.name().as_str(), &unread, request.now, &hub.board);
    if let Some(recorder) = &hub.recorder {
        recorder.record(source.name().as_str(), &request);
    }
    if events.is_empty() {
        return Ok((ignored.unwrap_or("ignored"), reply));
    }
    crash_point!("hook.understood");
    hub.engine.receive(events).await.map_err(not_taken)?;
    crash_point!("hook.recorded");
    Ok(("accepted", reply))
}

/// It is not genuine, or nothing that can be read.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refused(refused: intake::Refused) -> Refused {
    (refused.label(), Refusal::new(refused.status(), refused.label(), &refused.to_string()))
}

/// The journal refused. A provider tries again what has a chance.
fn not_taken(error: NotTaken) -> Refused {
    match error {
        NotTaken::Unavailable(error) => ("unavailable", error.into()),
        NotTaken::Full(Full::Call) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ("call-full", Refusal::new(status, "call-full", &error.to_string()))
        }
        NotTaken::Full(full) => {
            let label = if full == Full::Board { "board-full" } else { "source-full" };
            (label, Refusal::too_many(&error.to_string(), UNTIL_ROOM))
        }
        NotTaken::Unrecordable => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            ("unrecordable", Refusal::new(status, "unrecordable", &error.to_string()))
        }
    }
}

/// Somebody's share is used up: nothing was taken, and a provider tries again.
fn crowded(whose: Crowded) -> Refused {
    let (label, message) = match whose {
        Crowded::Client => ("crowded-client", "too much at once from this address"),
        Crowded::Source => ("crowded-source", "too much at once for this source"),
        Crowded::All => ("crowded", "too much at once"),
    };
    (
        label,
        Refusal::too_many(&format!("{message}; nothing was taken, try again shortly"), RETRY_AFTER),
    )
}

fn too_large(most: usize) -> Refused {
    let message = format!("the body is larger than the {most} bytes this source takes");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    ("too-large", Refusal::new(status, "too-large", &message))
}

/// The whole body. It is held in memory before anything is known of its sender, so it takes room
/// as it arrives: what is only announced costs nobody anything.
async fn read(body: Body, most: usize, place: &mut Place<'_>) -> Result<Bytes, Refused> {
    let mut chunks = body.into_data_stream();
    let mut whole = Bytes::new();
    let mut gathered = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        // The client hung up, or what it sends is no HTTP.
        let chunk = chunk.map_err(|_| {
            let message = "the body did not arrive";
            ("cut-off", Refusal::bad_request(message))
        })?;
        if whole.len() + gathered.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        place.grow(chunk.len()).map_err(crowded)?;
        // Most bodies come in one piece, which needs no copy.
        if whole.is_empty() && gathered.is_empty() {
            whole = chunk;
        } else {
            if gathered.is_empty() {
                gathered.extend_from_slice(&std::mem::take(&mut whole));
            }
            gathered.extend_from_slice(&chunk);
        }
    }
    Ok(if gathered.is_empty() { whole } else { gathered.freeze() })
}

fn count(source: &str, outcome: &'static str) {
    metrics::counter!("callboard_hook_requests_total", "source" => source.to_owned(), "outcome" => outcome)
        .increment(1);
}
