//! Erasing one caller everywhere, and calls that were kept long enough.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Extension, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::{
    api::{Answer, Refusal},
    asked::Posted,
    engine::Engine,
    log,
    operators::Operator,
    server::Hub,
};
use crate::{
    call::{Call, CallId, Phone},
    delivery::mark,
    plan::{Change, Write, WriteState},
    store::{Journal, StoreError, Stored},
    wire::{Forget, Forgotten},
};

/// Calls erased by one commit.
const AT_ONCE: usize = 100;

/// A live call that was silent for so long has lost its end.
const LOST: SignedDuration = SignedDuration::from_mins(60);

/// How often it is looked what was kept long enough, and the rest between two commits of it.
const EVERY: Duration = Duration::from_secs(10 * 60);
const BREATH: Duration = Duration::from_millis(200);

/// `POST /v1/admin/forget`: erases every call of a number, or tells what would be erased.
pub async fn forget(
    State(hub): State<Arc<Hub>>,
    Extension(operator): Extension<Operator>,
    Posted(asked): Posted<Forget>,
) -> Answer<Forgotten> {
    let number = Phone::parse(asked.number.as_str(), &hub.plan.dispatch.region);
    let number = number.filter(Phone::is_e164).ok_or_else(|| {
        let message = "a number as +15550134567, or as the business's country writes it";
        Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
    })?;
    let mut forgotten = Forgotten { number: number.as_str().into(), ..Forgotten::default() };
    let mut ids = Vec::new();
    let mut marks = vec![mark(number.as_str())];
    let naming = hub.journal.calls_naming(number.as_str()).await?;
    for some in naming.chunks(AT_ONCE) {
        for stored in hub.journal.load(some).await? {
            let Some(call) = folded(&stored) else { continue };
            if call.phone() == Some(&number) {
                may_go(&stored, &call)?;
                count(&mut forgotten, &stored, &call);
                marks.extend(stored.writes.iter().filter_map(submitted_email));
                ids.push(call.id);
            } else {
                forgotten.mentioned.push(call.id);
            }
        }
    }
    if asked.really {
        if let Some(courier) = hub.engine.courier() {
            courier.forget(&marks).await?;
        }
        for some in ids.chunks(AT_ONCE) {
            let what = format!("erased {} calls of one caller", some.len());
            let entry = log::entry(&operator.name, "forget", &what, Timestamp::now());
            hub.engine.erase(some.to_vec(), Some(entry)).await?;
        }
        forgotten.erased = true;
        forgotten.scrubbed = hub.journal.scrub().await?;
        let mut left = hub.journal.rows_naming(number.as_str()).await?;
        for mark in &marks {
            left += hub.journal.rows_naming(mark).await?;
        }
        forgotten.rows_left = Some(left);
    }
    forgotten.calls = ids;
    Ok(Json(forgotten))
}

/// What stands for the address by which a form or a flow was told who the caller is.
fn submitted_email(write: &Write) -> Option<String> {
    let Change::Submit { fields, .. } = &write.change else { return None };
    Some(mark(&fields.get("Email")?.as_str()?.to_lowercase()))
}

/// The call as its events tell it.
fn folded(stored: &Stored) -> Option<Call> {
    let mut call = Call::begin(stored.events.first()?);
    stored.events.iter().for_each(|event| call.apply(event));
    Some(call)
}

/// Not while they are on the line, nor while something of it is on its way to Salesforce.
fn may_go(stored: &Stored, call: &Call) -> Result<(), Refusal> {
    let busy = |what: &str| {
        let message = format!("{} {what}; nothing was erased, try again afterwards", call.id);
        Err(Refusal::new(StatusCode::CONFLICT, "busy", &message))
    };
    let silent = Timestamp::now().duration_since(call.heard_at);
    if call.state().is_live() && silent < LOST {
        return busy("is still going on");
    }
    match stored.writes.iter().any(|write| write.state == WriteState::InFlight) {
        true => busy("has a write under way"),
        false => Ok(()),
    }
}

fn count(forgotten: &mut Forgotten, stored: &Stored, call: &Call) {
    forgotten.events += stored.events.len() as u64;
    forgotten.writes += stored.writes.len() as u64;
    for object in ["Lead", "Contact", "Opportunity", "Task"] {
        forgotten.salesforce.extend(call.record(object).map(|id| format!("{object} {id}")));
    }
}

/// Erases what was kept for longer than `retain`, until the hub goes down. With several hubs the one
/// that leads does it.
pub async fn keep_no_longer(
    retain: SignedDuration,
    journal: Arc<Journal>,
    engine: Engine,
    mut stop: watch::Receiver<bool>,
) {
    let (mut rest, mut traces) = (BREATH, false);
    loop {
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        rest = EVERY;
        if !journal.leads() {
            continue;
        }
        let Ok(before) = Timestamp::now().checked_sub(retain) else { continue };
        match oldest(&journal, before).await {
            Ok(calls) if calls.is_empty() => {
                traces = traces && !journal.scrub().await.unwrap_or(false);
            }
            Ok(calls) => {
                let erased = calls.len();
                if engine.erase(calls, None).await.is_ok() {
                    tracing::info!(calls = erased, "erased what was kept long enough");
                    (rest, traces) = (BREATH, true);
                }
            }
            Err(error) => tracing::warn!(%error, "what was kept long enough could not be found"),
        }
    }
}

async fn oldest(journal: &Journal, before: Timestamp) -> Result<Vec<CallId>, StoreError> {
    journal.expired(before, u32::try_from(AT_ONCE).unwrap_or(u32::MAX)).await
}
