//! `GET /v1/stream`: a console's WebSocket. State, not history; see `wire`.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    extract::{State, WebSocketUpgrade},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::{api::Refusal, board::Subscription, operators::Operator, server::Hub};
use crate::{
    call::CallId,
    wire::{FromConsole, FromHub, Hello, OperatorRole, PROTOCOL},
};

/// Changes are gathered this long, so that a busy board sends about ten messages a second.
const GATHER: Duration = Duration::from_millis(100);

/// A message at least this often, so that both sides notice a dead link.
const BEAT: Duration = Duration::from_secs(2);

/// A console that takes none for this long is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// The most a console may say at once.
const LONGEST_MESSAGE: usize = 4096;

/// Attaches a console.
pub async fn attach(
    State(hub): State<Arc<Hub>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let operator = match hub.admit(&headers, OperatorRole::Viewer) {
        Ok(operator) => operator.clone(),
        Err(refusal) => return refusal.into_response(),
    };
    // Browsers send an Origin, terminals don't: no web page may ride on somebody's network place.
    if headers.contains_key(axum::http::header::ORIGIN) {
        return Refusal::forbidden("the stream is not for web pages").into_response();
    }
    let Ok(upgrade) = upgrade else {
        return Refusal::bad_request("the stream is a WebSocket; ask for an upgrade")
            .into_response();
    };
    upgrade
        .max_message_size(LONGEST_MESSAGE)
        .max_frame_size(LONGEST_MESSAGE)
        .on_upgrade(move |socket| serve(hub, operator, socket))
}

async fn serve(hub: Arc<Hub>, operator: Operator, socket: WebSocket) {
    let (mut to_console, mut from_console) = socket.split();
    let (snapshot, subscription) = hub.board.subscribe();
    let hello = FromHub::Hello(hello(&hub, &operator));
    if say(&mut to_console, &hello).await.is_err() || say(&mut to_console, &snapshot).await.is_err()
    {
        return;
    }
    let mut stop = hub.stop.clone();
    let mut beat = Instant::now() + BEAT;
    loop {
        let sent = tokio::select! {
            message = from_console.next() => match message {
                Some(Ok(message)) => { heard(&message, &subscription); continue }
                _ => return,
            },
            () = subscription.changed() => {
                // Whatever changes while we wait comes along.
                tokio::time::sleep(GATHER).await;
                owed(&hub, &mut to_console, &subscription).await
            }
            () = tokio::time::sleep_until(beat) => {
                say(&mut to_console, &FromHub::Beat { now: Timestamp::now() }).await
            }
            _ = stop.changed() => {
                let reason = "the hub is going down".into();
                let _ = say(&mut to_console, &FromHub::Goodbye { reason, retry: true }).await;
                return;
            }
        };
        if sent.is_err() {
            return;
        }
        beat = Instant::now() + BEAT;
    }
}

fn heard(message: &Message, subscription: &Subscription) {
    let Message::Text(text) = message else { return };
    if let Ok(FromConsole::Watch { call }) = serde_json::from_str(text) {
        subscription.watch(call);
    }
}

async fn owed(
    hub: &Hub,
    to_console: &mut SplitSink<WebSocket, Message>,
    subscription: &Subscription,
) -> Result<(), Gone> {
    let owed = subscription.take();
    if let Some(update) = owed.update {
        say(to_console, &update).await?;
    }
    if let Some(call) = owed.detail {
        detail(hub, to_console, call).await?;
    }
    Ok(())
}

async fn detail(
    hub: &Hub,
    to_console: &mut SplitSink<WebSocket, Message>,
    call: CallId,
) -> Result<(), Gone> {
    match hub.engine.detail(call).await {
        Ok(detail) => say(to_console, &FromHub::Detail(Box::new(detail))).await,
        // A call that is not there has no detail; the console sees it leave the board.
        Err(_) => Ok(()),
    }
}

/// The console takes no more.
struct Gone;

async fn say(
    to_console: &mut SplitSink<WebSocket, Message>,
    message: &FromHub,
) -> Result<(), Gone> {
    let text = serde_json::to_string(message).map_err(|_| Gone)?;
    match timeout(PATIENCE, to_console.send(Message::Text(text.into()))).await {
        Ok(Ok(())) => Ok(()),
        _ => Err(Gone),
    }
}

fn hello(hub: &Hub, operator: &Operator) -> Hello {
    Hello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").into(),
        operator: operator.name.clone(),
        role: operator.role,
        now: Timestamp::now(),
        zone: hub.identity.zone.clone(),
        business: hub.identity.business.clone(),
        demo: hub.identity.demo,
        grace_seconds: hub.identity.grace_seconds,
        owners: hub.identity.owners.clone(),
    }
}
