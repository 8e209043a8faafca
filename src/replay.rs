//! Posts recorded webhooks to a hub again, signed anew, in their own rhythm or faster.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::http::Method;
use jiff::Timestamp;
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{Instant, sleep_until},
};

use crate::{
    intake::{Request, Sources},
    recording::Recorded,
};

/// How fast time passes in a replay.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many times as fast as it was.
    Times(f64),
    /// As fast as the hub takes them.
    Max,
}

impl std::str::FromStr for Speed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(0.0) => Ok(Self::Max),
            Ok(times) if times.is_finite() && times > 0.0 => Ok(Self::Times(times)),
            _ => Err("a number such as 10 (ten times as fast), or max".to_owned()),
        }
    }
}

/// What became of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many webhooks got a 2xx.
    pub accepted: usize,
    /// How many did not, by the reason: a status with the hub's words, or why there was no answer.
    pub refused: BTreeMap<String, usize>,
}

impl Summary {
    /// How many were not accepted.
    pub fn failures(&self) -> usize {
        self.refused.values().sum()
    }

    fn count(&mut self, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.accepted += 1,
            Err(reason) => *self.refused.entry(reason).or_default() += 1,
        }
    }
}

/// So many requests are under way at a time; more would only wait in the hub.
const AT_ONCE: usize = 16;

/// Posts `recorded` to the hub at `base`, in order, and tells `progress` how far it is. Dropping
/// the future stops it; requests under way are then cut off.
pub async fn replay(
    sources: &Sources,
    recorded: &[Recorded],
    base: &str,
    speed: Speed,
    client: &reqwest::Client,
    mut progress: impl FnMut(&Summary),
) -> Summary {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut summary = Summary::default();
    let mut under_way: JoinSet<Result<(), String>> = JoinSet::new();
    let begun = Instant::now();
    let first = recorded.first().map_or(Timestamp::UNIX_EPOCH, |first| first.received_at);
    for webhook in recorded {
        if let Speed::Times(times) = speed {
            let after = webhook.received_at.duration_since(first);
            let after = Duration::try_from(after).unwrap_or_default().div_f64(times);
            sleep_until(begun + after).await;
        }
        let permit = Arc::clone(&permits).acquire_owned().await;
        while let Some(done) = under_way.try_join_next() {
            summary.count(done.unwrap_or_else(|error| Err(error.to_string())));
            progress(&summary);
        }
        match signed(sources, webhook, base, client) {
            Ok(request) => {
                under_way.spawn(async move {
                    let _permit = permit;
                    send(request).await
                });
            }
            Err(reason) => summary.count(Err(reason)),
        }
    }
    while let Some(done) = under_way.join_next().await {
        summary.count(done.unwrap_or_else(|error| Err(error.to_string())));
        progress(&summary);
    }
    summary
}

/// The request with a signature of this moment.
fn signed(
    sources: &Sources,
    webhook: &Recorded,
    base: &str,
    client: &reqwest::Client,
) -> Result<reqwest::RequestBuilder, String> {
    let name = &webhook.source;
    let source = sources.get(name).ok_or_else(|| {
        format!("no secret for source {name}: configure it or name it with --secret-env")
    })?;
    let body = webhook.bytes().map_err(|error| format!("a body can't be read: {error}"))?;
    let method = webhook.method.parse::<Method>().map_err(|error| error.to_string())?;
    let headers = webhook.header_map();
    let request = Request {
        method: &method,
        path: &webhook.path,
        query: &webhook.query,
        headers: &headers,
        body: &body,
        now: Timestamp::now(),
    };
    let signature = source.sign(&request);
    let query = if webhook.query.is_empty() { "" } else { "?" };
    let base = base.trim_end_matches('/');
    let url = format!("{base}/hooks/{name}{}{query}{}", webhook.path, webhook.query);
    let mut request = client.request(method, url).headers(headers);
    for (name, value) in signature {
        request = request.header(name, value);
    }
    Ok(request.body(body))
}

async fn send(request: reqwest::RequestBuilder) -> Result<(), String> {
    let answer = request.send().await.map_err(|error| {
        let mut reason: &dyn std::error::Error = &error.without_url();
        while let Some(source) = reason.source() {
            reason = source;
        }
        format!("no answer: {reason}")
    })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let body = answer.text().await.unwrap_or_default();
    Err(format!("{status}: {}", crate::call::Text::limited(&body, 200)))
}
