//! Writes out of the journal, beyond the board: pages of them, and one whole.

use std::{collections::HashMap, sync::Arc};

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use serde::Deserialize;

use super::{
    api::Refusal,
    asked::{Path, Posted, Query},
    server::Hub,
    summary,
};
use crate::{
    call::CallId,
    plan::Write,
    store::WriteQuery,
    wire::{RecordsAsked, RecordsFound, WriteDetail, WritePage, WriteState, WriteSummary},
};

/// Records that are looked up at once: a query of them stays below the longest URL.
const MOST_RECORDS: usize = 200;
/// Writes on a page.
const PAGE: u32 = 200;
/// The most a page may have.
const LARGEST_PAGE: u32 = 1_000;

/// What can be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    /// States, separated by commas.
    state: Option<String>,
    since: Option<String>,
    call: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
    /// With what they write.
    whole: bool,
}

impl Asked {
    fn query(&self) -> Result<WriteQuery, Refusal> {
        let wrong = |what: &str| Refusal::bad_request(what);
        let states = self.state.iter().flat_map(|states| states.split(','));
        let states = states
            .map(|name| {
                WriteState::parse(name).ok_or_else(|| {
                    wrong("state: a list of pending, in_flight, retrying, held, failed, delivered, superseded, discarded")
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let since = self.since.as_deref().map(str::parse::<Timestamp>).transpose();
        let since = since.map_err(|_| wrong("since: a time such as 2026-11-21T14:00:00Z"))?;
        let call = match &self.call {
            Some(id) => Some(CallId::parse(id).ok_or_else(|| wrong("call: source:id"))?),
            None => None,
        };
        let after = match &self.after {
            Some(mark) => Some(place(mark).ok_or_else(|| wrong("after: what `next` said"))?),
            None => None,
        };
        let limit = self.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
        Ok(WriteQuery { states, since, call, after, limit })
    }
}

/// `1776178800000000:019d…`: where a page ended.
fn place(mark: &str) -> Option<(Timestamp, String)> {
    let (at, id) = mark.split_once(':')?;
    Some((Timestamp::from_microsecond(at.parse().ok()?).ok()?, id.to_owned()))
}

/// A page of writes.
pub async fn search(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
) -> Result<Json<WritePage>, Refusal> {
    let query = asked.query()?;
    let found = hub.engine.find_writes(&query).await?;
    let full = u32::try_from(found.len()).is_ok_and(|count| count == query.limit);
    let last = found.last().filter(|_| full);
    let next = last.map(|last| format!("{}:{}", last.changed_at.as_microsecond(), last.id));
    // What is held behind a shut gate only the board knows.
    let board: HashMap<String, Arc<WriteSummary>> =
        hub.board.writes().into_iter().map(|row| (row.id.clone(), row)).collect();
    let writes = found.iter().map(|write| match board.get(&write.id) {
        Some(row) => (**row).clone(),
        None => summary::write_as_stored(write),
    });
    let writes: Vec<WriteSummary> = writes.collect();
    let whole = |(row, write): (&WriteSummary, &Write)| {
        summary::write_detail(row.clone(), write, Vec::new())
    };
    let details = match asked.whole {
        true => writes.iter().zip(&found).map(whole).collect(),
        false => Vec::new(),
    };
    Ok(Json(WritePage { writes, details, next }))
}

/// Records as Salesforce has them, read through the hub's own session.
pub async fn records(
    State(hub): State<Arc<Hub>>,
    Posted(asked): Posted<RecordsAsked>,
) -> Result<Json<RecordsFound>, Refusal> {
    if asked.values.is_empty() || asked.values.len() > MOST_RECORDS {
        return Err(Refusal::bad_request("values: 1 to 200 of them"));
    }
    let Some(courier) = hub.engine.connected() else {
        return Err(Refusal::bad_request("no Salesforce org is configured in this hub"));
    };
    let found = courier.look(&asked).await.map_err(|failure| {
        let advice = failure.advice().map(|advice| format!(". {advice}")).unwrap_or_default();
        let message = format!("Salesforce did not answer the query: {failure}{advice}");
        Refusal::new(StatusCode::BAD_GATEWAY, "salesforce", &message)
    })?;
    Ok(Json(found))
}

/// One write whole: what it writes, and every attempt.
pub async fn one(
    State(hub): State<Arc<Hub>>,
    Path(id): Path<String>,
) -> Result<Json<WriteDetail>, Refusal> {
    let found = hub.engine.find_write(&id).await?;
    let Some((write, attempts)) = found else {
        return Err(Refusal::not_found(&format!("there is no write {id}")));
    };
    let board = hub.board.writes();
    let row = board.iter().find(|row| row.id == id);
    let row = row.map_or_else(|| summary::write_as_stored(&write), |row| (**row).clone());
    Ok(Json(summary::write_detail(row, &write, attempts)))
}
