//! `GET /v1/stream`: a console's WebSocket. State, not history; see `wire`.

use std::{future::pending, sync::Arc, time::Duration};

use axum::{
    extract::ws::{Message, WebSocket, rejection::WebSocketUpgradeRejection},
    extract::{Extension, State, WebSocketUpgrade},
    response::{IntoResponse, Response},
};
use futures_util::{FutureExt, SinkExt, StreamExt, future::BoxFuture, stream::SplitSink};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until, timeout};

use super::{
    access::Admitted, api::Refusal, board::Subscription, engine::ActError, operators::Operator,
    room::Full, seats::Seat, server::Hub,
};
use crate::{
    call::CallId,
    wire::{CallDetail, FromConsole, FromHub, Hello, PROTOCOL},
};

/// Changes are gathered this long, so that a busy board sends some thirty messages a second, each
/// with the latest of everything: a person sees no delay, and a frame is drawn no oftener.
const GATHER: Duration = Duration::from_millis(30);

/// A message at least this often, so that both sides notice a dead link.
const BEAT: Duration = Duration::from_secs(2);

/// When the detail of a call that could not be had is asked for again.
const AGAIN: Duration = Duration::from_secs(1);

/// A console that takes none for this long is gone.
const PATIENCE: Duration = Duration::from_secs(20);

/// How long a console may take over a farewell.
const FAREWELL: Duration = Duration::from_secs(2);

/// The most a console may say at once.
const LONGEST_MESSAGE: usize = 4096;

/// Attaches a console.
pub async fn attach(
    State(hub): State<Arc<Hub>>,
    Extension(admitted): Extension<Admitted>,
    Extension(seat): Extension<Arc<Seat>>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let Ok(upgrade) = upgrade else {
        return Refusal::bad_request("the stream is a WebSocket; ask for an upgrade")
            .into_response();
    };
    let place = match hub.consoles.take(&admitted.operator.name) {
        Ok(place) => place,
        Err(full) => {
            let message = match full {
                Full::Yours => "you have as many consoles attached as one operator may",
                Full::All => "as many consoles as this hub takes are attached already",
            };
            return Refusal::too_many(message, 10).into_response();
        }
    };
    upgrade.max_message_size(LONGEST_MESSAGE).max_frame_size(LONGEST_MESSAGE).on_upgrade(
        move |socket| async move {
            let mut stop = hub.stop.clone();
            let until = async {
                let stopping = async { drop(stop.wait_for(|stop| *stop).await) };
                tokio::select! {
                    () = seat.wanted() => {}
                    () = stopping => tokio::time::sleep(FAREWELL).await,
                }
            };
            // Whoever takes nothing must not keep a hub that stops.
            tokio::select! {
                () = serve(Arc::clone(&hub), admitted, socket) => {}
                () = until => {}
            }
            drop(place);
        },
    )
}

async fn serve(hub: Arc<Hub>, admitted: Admitted, socket: WebSocket) {
    let (mut to_console, mut from_console) = socket.split();
    let (snapshot, subscription) = hub.board.subscribe();
    let hello = FromHub::Hello(hello(&hub, &admitted.operator));
    if say(&mut to_console, &hello).await.is_err() || say(&mut to_console, &snapshot).await.is_err()
    {
        return;
    }
    let mut stop = hub.stop.clone();
    let mut tokens = hub.access.changes();
    let mut beat = Instant::now() + BEAT;
    // The detail that is asked for, and the one that could not be had and when to ask again.
    let (mut asked, mut missed): (Option<Asked>, Option<(Instant, CallId)>) = (None, None);
    loop {
        if asked.is_none() {
            asked = subscription.take_detail().map(|call| ask(&hub, call));
        }
        let sent = tokio::select! {
            message = from_console.next() => match message {
                Some(Ok(message)) => { heard(&message, &subscription); continue }
                // A line that broke, or somebody who says more at once than a console has to say.
                Some(Err(_)) => return hung_up("broken"),
                None => return,
            },
            () = subscription.changed() => {
                // Whatever changes while we wait comes along.
                tokio::time::sleep(GATHER).await;
                match subscription.take() {
                    Some(update) => say(&mut to_console, &update).await,
                    None => continue,
                }
            }
            (call, detail) = answered(&mut asked) => {
                asked = None;
                match detail {
                    Ok(detail) => say(&mut to_console, &FromHub::Detail(Box::new(detail))).await,
                    Err(ActError::Unavailable(_)) => {
                        missed = Some((Instant::now() + AGAIN, call));
                        continue;
                    }
                    // A call that is not there has no detail; the console sees it leave the board.
                    Err(ActError::Refused(_)) => continue,
                }
            }
            call = waited(&mut missed) => {
                missed = None;
                subscription.owe_detail(&call);
                continue;
            }
            // An error means that nobody changes tokens any more.
            Ok(()) = tokens.changed() => {
                if hub.access.still(&admitted) {
                    continue;
                }
                let reason = "the token was revoked or has expired".into();
                let _ = say(&mut to_console, &FromHub::Goodbye { reason, retry: false }).await;
                return;
            }
            () = sleep_until(beat) => {
                if !hub.access.still(&admitted) {
                    tokens.mark_changed();
                    continue;
                }
                say(&mut to_console, &FromHub::Beat { now: Timestamp::now() }).await
            }
            _ = stop.changed() => {
                let reason = "the hub is going down".into();
                let _ = say(&mut to_console, &FromHub::Goodbye { reason, retry: true }).await;
                return;
            }
        };
        if sent.is_err() {
            return hung_up("slow");
        }
        beat = Instant::now() + BEAT;
    }
}

/// A console was left.
fn hung_up(why: &'static str) {
    metrics::counter!("callboard_consoles_hung_up_total", "why" => why).increment(1);
}

fn heard(message: &Message, subscription: &Subscription) {
    let Message::Text(text) = message else { return };
    if let Ok(FromConsole::Watch { call }) = serde_json::from_str(text) {
        subscription.watch(call);
    }
}

/// A call's detail, on its way from the engine: it answers after its commit, and nothing else waits
/// for that.
type Asked = BoxFuture<'static, (CallId, Result<CallDetail, ActError>)>;

fn ask(hub: &Hub, call: CallId) -> Asked {
    let engine = hub.engine.clone();
    async move { (call.clone(), engine.detail(call).await) }.boxed()
}

/// The detail that was asked for; never, when none was.
async fn answered(asked: &mut Option<Asked>) -> (CallId, Result<CallDetail, ActError>) {
    match asked {
        Some(asked) => asked.await,
        None => pending().await,
    }
}

/// The call whose detail is to be asked for again, when it is time; never, when there is none.
async fn waited(missed: &mut Option<(Instant, CallId)>) -> CallId {
    match missed {
        Some((at, call)) => {
            sleep_until(*at).await;
            call.clone()
        }
        None => pending().await,
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
        Ok(Ok(())) => {
            crash_point!("stream.said");
            Ok(())
        }
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
        places_calls: hub.identity.places_calls,
    }
}
