//! Figures and the records they are made of, out of the journal.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Json, extract::State};
use jiff::Timestamp;
use serde::Deserialize;

use super::{api::Refusal, asked::Query, server::Hub};
use crate::{
    call::CallId,
    figures::{Grouping, Share, Tally, Window, group_of},
    store::RecordQuery,
    wire::{Destination, FigureGroup, RecordPage, Report},
};

/// Records read at once: what a report holds in memory, however long its time.
const CHUNK: u32 = 2_000;
/// Records on a page.
const PAGE: u32 = 500;
/// Groups of one report: more are no report.
const MOST_GROUPS: usize = 1_000;

/// What can be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Asked {
    from: Option<String>,
    to: Option<String>,
    by: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

impl Asked {
    /// From when to when: today in the business's zone, when nothing is said.
    fn window(&self, hub: &Hub) -> Result<Window, Refusal> {
        let now = Timestamp::now();
        let moment = |said: &Option<String>, name: &str| {
            let parsed = said.as_deref().map(str::parse::<Timestamp>).transpose();
            parsed.map_err(|_| {
                Refusal::bad_request(&format!("{name}: a time such as 2026-11-21T14:00:00Z"))
            })
        };
        let today = || {
            let local = now.to_zoned(hub.identity.time_zone());
            local.start_of_day().map_or(now, |start| start.timestamp())
        };
        let from = moment(&self.from, "from")?.unwrap_or_else(today);
        let to = moment(&self.to, "to")?.unwrap_or(now);
        if from >= to {
            return Err(Refusal::bad_request("from has to lie before to"));
        }
        Ok(Window { from, to, now })
    }
}

/// The figures of a time, and of its hours, days, sources or services where that is asked.
pub async fn report(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
) -> Result<Json<Report>, Refusal> {
    let window = asked.window(&hub)?;
    let by: Option<Grouping> =
        asked.by.as_deref().map(str::parse).transpose().map_err(
            |error: crate::figures::GroupingError| Refusal::bad_request(&error.to_string()),
        )?;
    let zone = hub.identity.time_zone();
    let mut all = Tally::default();
    let mut groups: BTreeMap<String, Tally> = BTreeMap::new();
    let mut query = RecordQuery { from: window.from, to: window.to, after: None, limit: CHUNK };
    loop {
        let records = hub.engine.records(&query).await?;
        for record in &records {
            all.take(record, &window);
            if let Some(by) = by {
                let group = group_of(record, by, &zone);
                if groups.len() < MOST_GROUPS || groups.contains_key(&group) {
                    groups.entry(group).or_default().take(record, &window);
                }
            }
        }
        match records.last() {
            Some(last) if records.len() == CHUNK as usize => {
                query.after = Some((last.began_at, last.id.clone()));
            }
            _ => break,
        }
    }
    let status = hub.board.status();
    let no_org = status.salesforce == Destination::None;
    let finish = |tally: Tally| {
        let mut figures = tally.finish(&window);
        if no_org && figures.captured.met == 0 {
            // Without an org nobody fails to be captured.
            figures.captured = Share::default();
        }
        figures
    };
    let mut figures = finish(all);
    let salesforce = !no_org || !status.destinations.is_empty() || figures.delivered.of > 0;
    let counted = status.phone_calls > 0;
    figures.api_calls = counted.then_some(Share { met: status.api_calls, of: status.phone_calls });
    let groups = groups
        .into_iter()
        .map(|(name, tally)| FigureGroup { name, figures: finish(tally) })
        .collect();
    Ok(Json(Report {
        business: hub.identity.business.clone(),
        zone: hub.identity.zone.clone(),
        window,
        by: by.map(|by| by.to_string()),
        salesforce,
        figures,
        groups,
    }))
}

/// A page of records, the earliest first.
pub async fn records(
    State(hub): State<Arc<Hub>>,
    Query(asked): Query<Asked>,
) -> Result<Json<RecordPage>, Refusal> {
    let window = asked.window(&hub)?;
    let after = match &asked.after {
        Some(mark) => {
            Some(place(mark).ok_or_else(|| Refusal::bad_request("after: what `next` said"))?)
        }
        None => None,
    };
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, CHUNK);
    let query = RecordQuery { from: window.from, to: window.to, after, limit };
    let records = hub.engine.records(&query).await?;
    let full = u32::try_from(records.len()).is_ok_and(|count| count == limit);
    let next = records
        .last()
        .filter(|_| full)
        .map(|last| format!("{}:{}", last.began_at.as_microsecond(), last.id));
    Ok(Json(RecordPage { records, next }))
}

/// `1776178800000000:vapi:019d…`: where a page ended.
fn place(mark: &str) -> Option<(Timestamp, CallId)> {
    let (at, id) = mark.split_once(':')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    Some((at, CallId::parse(id)?))
}
