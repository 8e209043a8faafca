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
    let order = json!({"id": "first", "do": "acknowledge"});
    assert!(stage.receipt(ANN, "a", order).await.done);
    let url = stage.url();
    let ada = [("CALLBOARD_TOKEN", ADA), ("CALLBOARD_HUB", url.as_str())];
    let log = printed(&callboard(&["log"], &ada));
    assert!(log.contains("Ann  has it  (212) 555-0199 (vapi:a)"), "{log}");
    assert!(stage.receipt(ANN, "a", json!({"do": "undo", "action": "first"})).await.done);
    let log = printed(&callboard(&["log"], &ada));
    assert!(log.contains("Ann  took back: has it  (212)"), "{log}");
    // For programs it stays what it is.
    let json = printed(&callboard(&["log", "--json"], &ada));
    assert!(json.contains("vapi:a") && !json.contains("+1212555"), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_nothing_says_so_beside_the_output() {
    let stage = Stage::set().await;
    let url = stage.url();
    let ada = [("CALLBOARD_TOKEN", ADA), ("CALLBOARD_HUB", url.as_str())];
    for (arguments, expected) in [
        (&["log"][..], "no operator has done anything yet\n"),
        (&["log", "--json"], "no operator has done anything yet\n"),
        (&["log", "--call", "vapi:a"], "no operator has done anything to this call yet\n"),
    ] {
        let output = callboard(arguments, &ada);
        assert_eq!(printed(&output), "");
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
    }
}
