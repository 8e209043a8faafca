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
    desk::{Busy, Erasure, Why},
    engine::{Engine, Unavailable},
    operators::Operator,
    server::Hub,
};
use crate::{
    call::{Call, CallId, Phone},
    delivery::mark,
    plan::{Change, Write},
    store::{Journal, StoreError, Stored},
    wire::{Forget, Forgotten},
};

/// Calls erased by one commit. They are read and folded before, which nobody is to wait for long.
const AT_ONCE: usize = 25;

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
    if !asked.really {
        return Ok(Json(find(&hub, &number).await?.0));
    }
    // Once begun it goes to its end, though whoever asked may not wait for it; a hub that stops waits no
    // longer for it than for others.
    let mut stop = hub.stop.clone();
    let erasing = tokio::spawn(async move {
        tokio::select! {
            done = erase(&hub, operator, &number) => done,
            _ = stop.wait_for(|stop| *stop) => Err(Unavailable.into()),
        }
    });
    erasing.await.unwrap_or_else(|_| Err(Unavailable.into()))
}

/// The calls of a number, and what else knows whose they are.
async fn find(hub: &Hub, number: &Phone) -> Result<(Forgotten, Vec<String>), Refusal> {
    let mut found = Forgotten { number: number.as_str().into(), ..Forgotten::default() };
    let mut marks = vec![mark(number.as_str())];
    let naming = hub.journal.calls_naming(number.as_str()).await?;
    for some in naming.chunks(AT_ONCE) {
        for stored in hub.journal.load(some).await? {
            let Some(call) = folded(&stored) else { continue };
            if call.phone() == Some(number) {
                Busy::check(&call, &stored.writes, Timestamp::now())
                    .map_err(|why| busy(&why, 0))?;
                count(&mut found, &stored, &call);
                marks.extend(stored.writes.iter().filter_map(submitted_email));
                found.calls.push(call.id);
            } else {
                found.mentioned.push(call.id);
            }
        }
    }
    Ok((found, marks))
}

async fn erase(hub: &Hub, operator: Operator, number: &Phone) -> Answer<Forgotten> {
    let _one_at_a_time = hub.erasing.try_lock().map_err(|_| {
        let message = "a caller is being erased at this moment; try again afterwards";
        Refusal::new(StatusCode::CONFLICT, "busy", message)
    })?;
    let (mut forgotten, marks) = find(hub, number).await?;
    if let Some(courier) = hub.engine.courier() {
        courier.forget(&marks).await?;
    }
    let mut gone = 0;
    for some in forgotten.calls.chunks(AT_ONCE) {
        let why = Why::Asked(operator.name.clone());
        let erased = hub.engine.erase(Erasure { calls: some.to_vec(), why }).await?;
        gone += erased.calls.len();
        if let Some(why) = erased.busy {
            return Err(busy(&why, gone));
        }
    }
    forgotten.erased = true;
    forgotten.scrubbed = hub.journal.scrub().await?;
    let texts: Vec<&str> =
        std::iter::once(number.as_str()).chain(marks.iter().map(|it| &**it)).collect();
    forgotten.rows_left = Some(hub.journal.rows_naming(&texts).await?);
    Ok(Json(forgotten))
}

fn busy(why: &Busy, gone: usize) -> Refusal {
    let done = match gone {
        0 => "nothing was erased".to_owned(),
        gone => format!("{gone} other calls were erased"),
    };
    let message = format!("{why}; {done}, try again afterwards");
    Refusal::new(StatusCode::CONFLICT, "busy", &message)
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
                let erased = erase_old(&engine, calls, before, &stop).await;
                if erased.is_empty() {
                    // What is left can't be read; of what went before no trace is to stay either.
                    traces = traces && !journal.scrub().await.unwrap_or(false);
                }
                if !erased.is_empty() {
                    tracing::info!(calls = erased.len(), "erased what was kept long enough");
                    (rest, traces) = (BREATH, true);
                }
            }
            Err(error) => tracing::warn!(%error, "what was kept long enough could not be found"),
        }
    }
}

/// Erases these calls, those that can be read one by one where the whole can't.
async fn erase_old(
    engine: &Engine,
    calls: Vec<CallId>,
    before: Timestamp,
    stop: &watch::Receiver<bool>,
) -> Vec<CallId> {
    let why = || Why::Kept(before);
    if let Ok(erased) = engine.erase(Erasure { calls: calls.clone(), why: why() }).await {
        return erased.calls;
    }
    let mut gone = Vec::new();
    for call in calls {
        if *stop.borrow() {
            break;
        }
        match engine.erase(Erasure { calls: vec![call.clone()], why: why() }).await {
            Ok(erased) => gone.extend(erased.calls),
            Err(_) => tracing::warn!(%call, "what was kept long enough could not be erased"),
        }
    }
    gone
}

async fn oldest(journal: &Journal, before: Timestamp) -> Result<Vec<CallId>, StoreError> {
    journal.expired(before, u32::try_from(AT_ONCE).unwrap_or(u32::MAX)).await
}
