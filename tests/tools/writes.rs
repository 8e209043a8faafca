//! `callboard writes` against a hub whose org refuses.

use callboard::{sandbox::org::Fault, wire::WriteState};
use serde_json::json;

use super::{callboard, complaint, printed};
use crate::support::{
    stage::{ANN, Stage, VIC},
    until, vapi,
};

const START: i64 = 1_776_178_800;
const FLOOD: &str = "My basement is flooding! A pipe burst and water is everywhere!";

/// A hub with so many failed Leads, and one delivered.
async fn with_failed(calls: &[&str]) -> Stage {
    let stage = Stage::set().await;
    let say = async |call: &str| {
        stage.tell([vapi::status(call, "in-progress", START)]).await;
        stage.tell([vapi::said(call, "user", FLOOD, START + 3)]).await;
    };
    say("fine").await;
    stage.lead_with("fine", |_| true).await;
    stage.settled().await;
    let rule = json!({
        "kind": "validation_rule", "sobject": "Lead", "field": "Company",
        "when": {"contains": "Household"}, "message": "No households",
    });
    stage.org.set_fault(Fault::from_json(&rule).unwrap());
    for call in calls {
        say(call).await;
    }
    until("they have failed", async || {
        let failed = stage.writes().await;
        let failed = failed.iter().filter(|write| write.state == WriteState::Failed).count();
        (failed == calls.len()).then_some(())
    })
    .await;
    stage
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_is_listed_shown_and_tried_again() {
    let stage = with_failed(&["w1", "w2"]).await;
    let url = stage.url();
    let ann = [("CALLBOARD_TOKEN", ANN), ("CALLBOARD_HUB", url.as_str())];
    let list = printed(&callboard(&["writes", "list"], &ann));
    assert!(list.contains("2 writes, 2 failed"), "{list}");
    assert!(list.contains("FIELD_CUSTOM_VALIDATION_EXCEPTION: No households"), "{list}");
    let fine = printed(&callboard(&["writes", "list", "--state", "delivered"], &ann));
    assert!(fine.contains("vapi:fine") && !fine.contains("New Lead (vapi:w1"), "{fine}");
    let none = printed(&callboard(&["writes", "list", "--code", "NOT_FOUND"], &ann));
    assert!(none.contains("no such writes"), "{none}");
    let since = printed(&callboard(&["writes", "list", "--since", "1h", "--json"], &ann));
    assert!(since.lines().count() >= 3, "{since}");
    let failed: Vec<serde_json::Value> = since
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|write: &serde_json::Value| write["state"] == "failed")
        .collect();
    let id = failed[0]["id"].as_str().unwrap();

    // Times are the business's, not this machine's.
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    std::fs::write(&config, "[business]\nzone = \"Asia/Kolkata\"\n").unwrap();
    let list = ["writes", "list", "--config", config.to_str().unwrap()];
    let there = printed(&callboard(&list, &ann));
    assert!(there.contains(" IST  "), "{there}");

    let show = printed(&callboard(&["writes", "show", id], &ann));
    for part in
        ["New Lead (Lead), failed", "Unknown Household", "400", "No households", "fields: Company"]
    {
        assert!(show.contains(part), "{part}: {show}");
    }
    let said = complaint(&callboard(&["writes", "show", "nobody"], &ann));
    assert!(said.contains("there is no write nobody"), "{said}");

    // Nobody there to be asked, nobody who may.
    let said = complaint(&callboard(&["writes", "retry", "--all"], &ann));
    assert!(said.contains("say --yes"), "{said}");
    let said = complaint(&callboard(&["writes", "retry"], &ann));
    assert!(said.contains("say which"), "{said}");
    let vic = [("CALLBOARD_TOKEN", VIC), ("CALLBOARD_HUB", url.as_str())];
    let said = complaint(&callboard(&["writes", "retry", "--all", "--yes"], &vic));
    assert!(said.contains("--token-file"), "{said}");

    // The cause still stands: it fails again, and the exit status says so.
    let again = callboard(&["writes", "retry", id, "--yes"], &ann);
    let text = String::from_utf8_lossy(&again.stdout).into_owned();
    assert_eq!((again.status.code(), text.contains("0 done, 1 failed")), (Some(1), true), "{text}");
    stage.org.clear_faults();
    let text = printed(&callboard(&["writes", "retry", "--since", "1h", "--yes"], &ann));
    assert!(text.contains("costs at most 2 Salesforce API calls, fewer"), "{text}");
    assert!(text.contains("2 done, 0 failed, 0 still"), "{text}");
    assert!(stage.lead("w1").is_some() && stage.lead("w2").is_some());
    let text = printed(&callboard(&["writes", "retry", "--all", "--yes"], &ann));
    assert!(text.contains("there is nothing to retry"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_is_edited_with_the_difference_shown_and_another_given_up() {
    let stage = with_failed(&["w3", "w4"]).await;
    let url = stage.url();
    let ann = [("CALLBOARD_TOKEN", ANN), ("CALLBOARD_HUB", url.as_str())];
    let write = |call: &str| {
        let call = format!("vapi:{call}");
        let list = printed(&callboard(&["writes", "list", "--call", &call, "--json"], &ann));
        let rows = list.lines().map(|line| serde_json::from_str(line).unwrap());
        let failed = rows.filter(|row: &serde_json::Value| row["state"] == "failed");
        failed.map(|row| row["id"].as_str().unwrap().to_owned()).next().unwrap()
    };
    let (third, fourth) = (write("w3"), write("w4"));
    let said = complaint(&callboard(
        &["writes", "edit", &third, "--set", "Callboard_Id__c=x", "--yes"],
        &ann,
    ));
    assert!(said.contains("ties the record to its call"), "{said}");
    let text = printed(&callboard(
        &[
            "writes",
            "edit",
            &third,
            "--set",
            "Company=Private",
            "--leave-out",
            "Call_Notes__c",
            "--yes",
        ],
        &ann,
    ));
    for part in ["- Company", "Unknown Household", "+ Company", "Private", "(left out)", "1 done"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(stage.lead("w3").unwrap()["Company"], "Private");
    let show = printed(&callboard(&["writes", "show", &third], &ann));
    assert!(show.contains("edited; it was"), "{show}");

    let text = printed(&callboard(&["writes", "discard", &fourth, "--yes"], &ann));
    assert!(text.contains("1 write discarded"), "{text}");
    let state = stage.writes().await.into_iter().find(|row| row.id == fourth).unwrap().state;
    assert_eq!(state, WriteState::Discarded);
    let late = callboard(&["writes", "edit", &fourth, "--set", "Company=Late", "--yes"], &ann);
    assert_eq!(late.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&late.stdout).contains("was given up"), "{late:?}");
}
