//! Calls of which operators corrected what triage made, as labelled examples.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{api::Refusal, asked::Query, server::Hub, summary};
use crate::{
    call::{Acted, Call, CallId, Event, Labels, Text},
    plan,
    triage::Judge,
    wire::{Correction, CorrectionPage},
};

/// Calls looked at for a page.
const PAGE: u32 = 200;

/// What can be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    after: Option<String>,
}

/// A page of corrections. Every one is judged anew by the rules of today, so that what was not
/// corrected is what triage says now.
pub async fn corrections(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
) -> Result<Json<CorrectionPage>, Refusal> {
    let after = match &asked.after {
        Some(id) => {
            Some(CallId::parse(id).ok_or_else(|| Refusal::bad_request("after: what `next` said"))?)
        }
        None => None,
    };
    let stored = hub.engine.acted_on(after.as_ref(), PAGE).await?;
    let last = stored.last().filter(|_| stored.len() >= PAGE as usize);
    let next = last.map(|stored| stored.row.id.clone());
    let corrected = |events: &[Event]| correction(events, &hub.judge);
    let corrections = stored.iter().filter_map(|stored| corrected(&stored.events)).collect();
    Ok(Json(CorrectionPage { corrections, next }))
}

/// The call these events make, as an example; none when nothing was corrected.
fn correction(events: &[Event], fresh: &Judge) -> Option<Correction> {
    let mut call = Call::begin(events.first()?);
    events.iter().for_each(|event| call.apply(event));
    let corrected = call.corrections();
    if corrected.is_empty() {
        return None;
    }
    let zone = TimeZone::UTC; // No correction has a time in it.
    let told =
        |acted: &&Acted| format!("{} {}", acted.operator, summary::told(&acted.action, &zone));
    let notes: Vec<String> = corrected.iter().map(told).collect();
    let mut judge = fresh.clone();
    call.transcript.lines().iter().for_each(|line| judge.hear(line));
    call.assessment = judge.assessment();
    Some(Correction {
        id: call.id.clone(),
        text: plan::transcript(&call).unwrap_or_default(),
        labels: Labels::corrected(&call),
        notes: Text::new(&notes.join("; ")),
    })
}
