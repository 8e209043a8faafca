//! `callboard provision` and `doctor` against an org as it is before anybody set it up.

use std::path::Path;

use callboard::{
    delivery::provision::{Step, survey},
    plan,
    sandbox::org::{self, Options, Running},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::{callboard, complaint, printed};

fn config(org: &Running, folder: &Path) -> String {
    let path = folder.join("callboard.toml");
    let text = format!(
        "[salesforce]\nlogin_url = {:?}\nclient_id = {:?}\nclient_secret = \"env:SECRET\"\n",
        org.base_url, org.client_id,
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// What a person does in Setup; the answer.
async fn by_hand(org: &Running, method: Method, path: &str, body: &Value) -> Value {
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", org.client_id.as_str()),
        ("client_secret", org.client_secret.as_str()),
    ];
    let token = http.post(format!("{}/services/oauth2/token", org.base_url)).form(&form);
    let token: Value = token.send().await.unwrap().json().await.unwrap();
    let url = format!("{}/services/data/v66.0/{path}", org.base_url);
    let request = http.request(method, url).bearer_auth(token["access_token"].as_str().unwrap());
    let answer = request.json(body).send().await.unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    answer.json().await.unwrap_or(Value::Null)
}

async fn bare() -> (Running, tempfile::TempDir) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let org = org::start(Options { bare: true, ..Options::default() }).await.unwrap();
    (org, tempfile::tempdir().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_org_is_set_up_once_and_then_nothing_is_missing() {
    let (org, folder) = bare().await;
    let config = config(&org, folder.path());
    let secret = [("SECRET", org.client_secret.as_str())];
    let before = callboard(&["--config", &config, "doctor"], &secret);
    assert_eq!(before.status.code(), Some(1));

    let changed = || org.log().iter().filter(|served| served.changed).count();
    let dry = printed(&callboard(&["--config", &config, "provision", "--dry-run"], &secret));
    for part in [
        "create the field Lead.Callboard_Id__c (Text, external id, unique)",
        "create the field Contact.Call_Notes__c (LongTextArea)",
        "create the permission set Callboard",
        "assign Callboard to the user 005",
        "nothing was changed",
    ] {
        assert!(dry.contains(part), "{part}: {dry}");
    }
    assert_eq!(changed(), 0, "a dry run only looks");
    let said = complaint(&callboard(&["--config", &config, "provision"], &secret));
    assert!(said.contains("say --yes"), "{said}");

    let done = printed(&callboard(&["--config", &config, "provision", "--yes"], &secret));
    assert!(done.contains("every field can be seen and written"), "{done}");
    let made = changed();
    let again = printed(&callboard(&["--config", &config, "provision", "--yes"], &secret));
    assert!(again.contains("nothing is missing"), "{again}");
    assert_eq!(changed(), made, "the second time changes nothing");
    let after = printed(&callboard(&["--config", &config, "doctor"], &secret));
    assert!(!after.contains("WRONG"), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_is_finished_and_a_field_of_another_type_is_left_alone() {
    let (org, folder) = bare().await;
    let config = config(&org, folder.path());
    let secret = [("SECRET", org.client_secret.as_str())];
    callboard(&["--config", &config, "provision", "--yes"], &secret);
    // Somebody takes a right back: only that is missing.
    let urgency = org
        .records("FieldPermissions")
        .into_iter()
        .find(|row| row["Field"] == "Lead.Urgency_Level__c")
        .unwrap();
    let id = urgency["Id"].as_str().unwrap();
    let path = format!("sobjects/FieldPermissions/{id}");
    by_hand(&org, Method::PATCH, &path, &json!({ "PermissionsEdit": false })).await;
    let dry = printed(&callboard(&["--config", &config, "provision", "--dry-run"], &secret));
    assert!(dry.contains("let Callboard see and change Lead.Urgency_Level__c"), "{dry}");
    assert!(dry.contains("1 steps") && !dry.contains("create"), "{dry}");
    printed(&callboard(&["--config", &config, "provision", "--yes"], &secret));

    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}[plan.lead]\nscore = \"Call_Notes__c\"\n")).unwrap();
    let blocked = callboard(&["--config", &config, "provision", "--dry-run"], &secret);
    let out = String::from_utf8_lossy(&blocked.stdout).into_owned();
    assert!(out.contains("in the way: Lead.Call_Notes__c is there as textarea"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_person_made_half_by_hand_is_taken_over() {
    let (org, folder) = bare().await;
    let config = config(&org, folder.path());
    let secret = [("SECRET", org.client_secret.as_str())];
    // Two fields that nobody may see, one of them of another type; a permission set that lets the
    // first be read, and that nobody has.
    for (name, metadata) in [
        ("Urgency_Level", json!({ "type": "Number", "precision": 1, "scale": 0 })),
        ("Call_Notes", json!({ "type": "Checkbox", "defaultValue": false })),
    ] {
        let mut metadata = metadata;
        metadata["label"] = name.into();
        let body = json!({ "FullName": format!("Lead.{name}__c"), "Metadata": metadata });
        by_hand(&org, Method::POST, "tooling/sobjects/CustomField", &body).await;
    }
    let body = json!({ "Name": "Callboard", "Label": "Made by hand" });
    let set = by_hand(&org, Method::POST, "sobjects/PermissionSet", &body).await;
    let body = json!({ "ParentId": set["id"], "SobjectType": "Lead",
        "Field": "Lead.Urgency_Level__c", "PermissionsRead": true, "PermissionsEdit": false });
    by_hand(&org, Method::POST, "sobjects/FieldPermissions", &body).await;

    let done = callboard(&["--config", &config, "provision", "--yes"], &secret);
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(!said.contains("create the field Lead.Urgency_Level__c"), "{said}");
    assert!(!said.contains("create the permission set"), "{said}");
    assert!(said.contains("in the way: Lead.Call_Notes__c is there as boolean"), "{said}");
    assert_eq!(done.status.code(), Some(1), "{said}");
    let again = callboard(&["--config", &config, "provision", "--yes"], &secret);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(said.contains("nothing is missing") && said.contains("in the way"), "{said}");
    // With the field named otherwise, all is well.
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}[plan.lead]\nnotes = \"Call_Summary__c\"\n")).unwrap();
    printed(&callboard(&["--config", &config, "provision", "--yes"], &secret));
    let after = printed(&callboard(&["--config", &config, "doctor"], &secret));
    assert!(!after.contains("WRONG"), "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_makes_meanwhile_is_no_obstacle() {
    let (running, _folder) = bare().await;
    let org = crate::salesforce::org_of(crate::salesforce::settings_for(&running));
    let settings = plan::Settings::default();
    let look = || survey(&org, &settings, &[], None);
    let (mut first, mut second) = (look().await.unwrap(), look().await.unwrap());
    for survey in [&mut first, &mut second] {
        for step in survey.steps.clone() {
            survey.carry_out(&org, &step).await.unwrap_or_else(|failure| {
                panic!("{}: {failure}", step.told());
            });
        }
    }
    assert!(first.steps.contains(&Step::PermissionSet));
    assert_eq!(look().await.unwrap().steps, []);
    let sets = running.records("PermissionSet").into_iter();
    assert_eq!(sets.filter(|set| set["Name"] == "Callboard").count(), 1);
}
