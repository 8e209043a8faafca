//! `callboard triage export` and `eval`: what operators corrected becomes examples.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{callboard, printed};
use crate::support::{
    stage::{ANN, Stage},
    vapi,
};

const START: i64 = 1_776_178_800;

/// More than the hub looks at for one page, which is 200.
const CALLS: usize = 230;

#[tokio::test(flavor = "multi_thread")]
async fn every_corrected_call_is_exported_once_however_many_there_are() {
    let stage = Stage::set().await;
    let ids: Vec<String> = (0..CALLS).map(|number| format!("c{number}")).collect();
    for id in &ids {
        let said = vapi::said(id, "user", "The furnace is noisy", START + 3);
        stage.tell([vapi::status(id, "in-progress", START), said]).await;
        let order = json!({"do": "service", "service": "Roofing"});
        assert!(stage.receipt(ANN, id, order).await.done);
    }
    let url = stage.url();
    let ann = [("CALLBOARD_TOKEN", ANN), ("CALLBOARD_HUB", url.as_str())];
    let export = printed(&callboard(&["triage", "export"], &ann));
    let rows: Vec<Value> = export.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    assert!(rows.iter().all(|row| row["service"] == "Roofing" && row["urgency"] == 3), "{export}");
    let found: BTreeSet<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    let wanted: Vec<String> = ids.iter().map(|id| format!("vapi:{id}")).collect();
    assert_eq!(rows.len(), CALLS);
    assert_eq!(found, wanted.iter().map(String::as_str).collect());

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), export).unwrap();
    let told = printed(&callboard(&["triage", "eval", file.path().to_str().unwrap()], &[]));
    assert!(told.contains("230") && told.contains("HVAC"), "{told}");
}
