//! Every bound is reached once: docs/bounds.md lists them.

mod answers;
mod board;
mod operators;
mod table;
mod under_way;

use crate::support::stage::{Stage, VIC};

/// What a hub measures under this name; 0 before there was any.
async fn measured(url: &str, token: &str, name: &str) -> f64 {
    let metrics = reqwest::Client::new().get(format!("{url}/metrics")).bearer_auth(token);
    let told = metrics.send().await.unwrap().text().await.unwrap();
    let line = told.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    line.unwrap_or(0.0)
}

async fn counted(stage: &Stage, name: &str) -> f64 {
    measured(&stage.url(), VIC, name).await
}
