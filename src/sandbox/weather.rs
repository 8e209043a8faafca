//! What goes wrong in the demo's org, and when: a day's trouble in twenty minutes, again and again.
//!
//! Every trouble is one that real orgs have, passes (somebody fixes the picklist, the rule is
//! relaxed, the outage ends), and leaves writes for which trying again means something.

use std::time::Duration;

use serde_json::{Value, json};

/// One cycle, in seconds.
const CYCLE: u64 = 20 * 60;

/// The troubles of a cycle: when they begin, in seconds, and what they are.
fn troubles() -> Vec<(u64, Value)> {
    vec![
        (0, json!({ "kind": "latency", "ms": 80, "jitter_ms": 250 })),
        (0, json!({ "kind": "lock", "probability": 0.05 })),
        // The administrator forgot to add Roofing to the picklist, and hears of it.
        (
            0,
            json!({
                "kind": "restricted_picklist",
                "sobject": "Lead",
                "field": "Service_Interest__c",
                "values": ["HVAC", "Plumbing", "Electrical", "Other"],
                "for_seconds": 100.0,
            }),
        ),
        // A rule that nobody told the telephone about.
        (
            0,
            json!({
                "kind": "validation_rule",
                "sobject": "Lead",
                "field": "Budget_Range__c",
                "when": { "above": 9000.0 },
                "message": "Budgets above $9,000 need a site survey date first.",
                "for_seconds": 70.0,
            }),
        ),
        // Five minutes of maintenance.
        (6 * 60, json!({ "kind": "outage", "for_seconds": 300.0 })),
    ]
}

/// Sets the troubles at the org whose admin address is `admin_url` until it is cancelled (by
/// dropping the future). At `speed` 2 they come and go twice as fast.
///
/// # Errors
/// When the org doesn't answer or doesn't know a trouble.
pub async fn run(admin_url: &str, speed: f64) -> Result<(), reqwest::Error> {
    let http = reqwest::Client::new();
    loop {
        let mut now = 0;
        for (begins, trouble) in troubles() {
            rest(begins - now, speed).await;
            now = begins;
            let body = hastened(trouble, speed);
            let url = format!("{admin_url}/faults");
            http.post(url).json(&body).send().await?.error_for_status()?;
        }
        rest(CYCLE - now, speed).await;
        http.delete(format!("{admin_url}/faults")).send().await?.error_for_status()?;
    }
}

async fn rest(seconds: u64, speed: f64) {
    tokio::time::sleep(Duration::from_secs(seconds).div_f64(speed.max(0.01))).await;
}

fn hastened(mut trouble: Value, speed: f64) -> Value {
    if let Some(seconds) = trouble["for_seconds"].as_f64() {
        trouble["for_seconds"] = json!(seconds / speed.max(0.01));
    }
    trouble
}
