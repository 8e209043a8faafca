//! `callboard log`: whose call something was done to is said, though the log itself does not know.

use serde_json::json;

use super::{callboard, printed};
use crate::support::{
    stage::{ADA, ANN, Stage},
    vapi,
};

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_caller_of_each_call() {
    let stage = Stage::set().await;
    let mut rings = vapi::status("a", "ended", 1_776_178_800);
    rings["message"]["call"]["customer"]["number"] = json!("+12125550199");
    stage.tell([rings]).await;
    assert!(stage.receipt(ANN, "a", json!({"do": "acknowledge"})).await.done);
    let url = stage.url();
    let ada = [("CALLBOARD_TOKEN", ADA), ("CALLBOARD_HUB", url.as_str())];
    let log = printed(&callboard(&["log"], &ada));
    assert!(log.contains("Ann  has it  (212) 555-0199 (vapi:a)"), "{log}");
    // For programs it stays what it is.
    let json = printed(&callboard(&["log", "--json"], &ada));
    assert!(json.contains("vapi:a") && !json.contains("555"), "{json}");
}
