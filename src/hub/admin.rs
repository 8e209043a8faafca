//! What administrators do: the log, the tokens.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Extension, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::sleep;

use super::{
    access::Kept,
    api::{Answer, Refusal},
    asked::{Path, Posted, Query},
    log,
    operators::Operator,
    server::Hub,
};
use crate::{
    call::Text,
    store::{Commit, Journal, StoreError, TokenRow},
    wire::{LogPage, NewToken, TokenSummary},
};

/// Entries of a page when nobody says how many, and the most.
const PAGE: usize = 100;
const LONGEST_PAGE: usize = 500;

/// How often it is looked whether another hub made or revoked a token.
const FOLLOW: Duration = Duration::from_secs(1);

/// Tokens that may be good at the same time.
const MOST_TOKENS: usize = 1000;

/// Which part of the log is wanted.
#[derive(Debug, Deserialize)]
pub struct Part {
    before: Option<u64>,
    limit: Option<usize>,
    call: Option<String>,
}

/// `GET /v1/log`: who did what, the newest first.
pub async fn log(State(hub): State<Arc<Hub>>, Query(part): Query<Part>) -> Answer<LogPage> {
    let call = part.call.as_deref().map(super::api::call_id).transpose()?;
    let most = part.limit.unwrap_or(PAGE).clamp(1, LONGEST_PAGE);
    let entries = hub.journal.log(part.before, call.as_ref(), most).await?;
    let before = (entries.len() == most).then(|| entries.last().map(|entry| entry.seq)).flatten();
    Ok(Json(LogPage { entries, before }))
}

/// `GET /v1/admin/tokens`: every token that was made, the latest of each name.
pub async fn tokens(State(hub): State<Arc<Hub>>) -> Answer<Vec<TokenSummary>> {
    let rows = hub.journal.tokens().await?;
    Ok(Json(rows.into_iter().map(|row| row.summary).collect()))
}

/// `POST /v1/admin/tokens`: makes one.
pub async fn add_token(
    State(hub): State<Arc<Hub>>,
    Extension(operator): Extension<Operator>,
    Posted(new): Posted<NewToken>,
) -> Answer<TokenSummary> {
    // As exactly as the journal keeps it, so that a repetition is answered alike.
    let now = Timestamp::now();
    let now = Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now);
    let hash = check(&hub, &new, now)?;
    let _one_at_a_time = hub.tokens.lock().await;
    let rows = hub.journal.tokens().await?;
    let good = |row: &&TokenRow| is_good(&row.summary, now);
    if let Some(known) = rows.iter().filter(good).find(|row| row.summary.name == new.name) {
        let same = known.hash == hash && known.summary.role == new.role;
        return if same { Ok(Json(known.summary.clone())) } else { Err(taken(&new.name)) };
    }
    // A token that was revoked stays revoked, whatever name it is given.
    if rows.iter().any(|row| row.hash == hash) {
        return Err(invalid("this token was used before; make a new one"));
    }
    if rows.iter().filter(good).count() >= MOST_TOKENS {
        return Err(invalid("there are 1000 good tokens already; revoke some"));
    }
    let summary = TokenSummary {
        name: new.name,
        role: new.role,
        created_at: now,
        created_by: operator.name.clone(),
        expires_at: new.expires_at,
        revoked_at: None,
    };
    let what = format!("made a token for {}, role {}", summary.name, summary.role.name());
    let entry = log::entry(&operator.name, "token.add", &what, now);
    let row = TokenRow { hash, summary: summary.clone() };
    record(&hub, row, entry).await?;
    Ok(Json(summary))
}

/// `POST /v1/admin/tokens/{name}/revoke`: ends one at once, also for whoever is here by it.
pub async fn revoke_token(
    State(hub): State<Arc<Hub>>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Answer<TokenSummary> {
    let now = Timestamp::now();
    let _one_at_a_time = hub.tokens.lock().await;
    let rows = hub.journal.tokens().await?;
    let Some(mut row) = rows.into_iter().find(|row| row.summary.name.as_str() == name) else {
        return Err(Refusal::not_found(
            "there is no token of this name; those that the config names are revoked there",
        ));
    };
    if row.summary.revoked_at.is_some() {
        return Ok(Json(row.summary));
    }
    row.summary.revoked_at = Some(now);
    let what = format!("revoked the token of {}", row.summary.name);
    let entry = log::entry(&operator.name, "token.revoke", &what, now);
    let summary = row.summary.clone();
    record(&hub, row, entry).await?;
    Ok(Json(summary))
}

/// What the journal says of tokens, put in force.
///
/// # Errors
/// When the journal can't be read.
pub async fn reread(hub: &Hub) -> Result<(), StoreError> {
    hub.access.replace(kept(&hub.journal).await?);
    Ok(())
}

/// Keeps to what administrators do at the other hubs on the same journal: a token that is revoked at
/// one ends at all of them.
pub async fn follow(hub: Arc<Hub>) {
    let mut stop = hub.stop.clone();
    loop {
        tokio::select! {
            () = sleep(FOLLOW) => {}
            _ = stop.wait_for(|stop| *stop) => return,
        }
        let _one_at_a_time = hub.tokens.lock().await;
        if let Err(error) = reread(&hub).await {
            tracing::warn!(%error, "tokens made or revoked at other hubs could not be read");
        }
    }
}

/// The tokens that were made and are good.
///
/// # Errors
/// When the journal can't be read.
pub async fn kept(journal: &Journal) -> Result<Vec<Kept>, StoreError> {
    let now = Timestamp::now();
    let rows = journal.tokens().await?.into_iter();
    let good = rows.filter(|row| is_good(&row.summary, now));
    Ok(good
        .map(|TokenRow { hash, summary }| {
            let operator = Operator { name: summary.name, role: summary.role };
            Kept { hash, operator, expires_at: summary.expires_at }
        })
        .collect())
}

async fn record(hub: &Hub, row: TokenRow, entry: crate::wire::LogEntry) -> Result<(), Refusal> {
    let commit = Commit { tokens: vec![row], log: vec![entry], ..Commit::default() };
    hub.journal.commit(&commit).await?;
    reread(hub).await?;
    Ok(())
}

/// The token's hash, when it may be made.
fn check(hub: &Hub, new: &NewToken, now: Timestamp) -> Result<[u8; 32], Refusal> {
    if new.name.is_empty() || new.name.as_str().chars().count() > 64 {
        return Err(invalid("a token's name has 1 to 64 characters"));
    }
    if hub.access.is_fixed(&new.name) {
        return Err(taken(&new.name));
    }
    if new.expires_at.is_some_and(|at| at <= now) {
        return Err(invalid("expires_at is over already"));
    }
    let hash = hex::decode(&new.sha256).ok().and_then(|bytes| bytes.try_into().ok());
    hash.ok_or_else(|| invalid("sha256 is the token's SHA-256: 64 digits of hex"))
}

fn is_good(token: &TokenSummary, now: Timestamp) -> bool {
    token.revoked_at.is_none() && token.expires_at.is_none_or(|at| now < at)
}

fn taken(name: &Text) -> Refusal {
    let message = format!("{name} has a token already; revoke it first, or choose another name");
    Refusal::new(StatusCode::CONFLICT, "not_now", &message)
}

fn invalid(message: &str) -> Refusal {
    Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", message)
}
