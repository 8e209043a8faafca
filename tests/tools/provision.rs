//! `callboard provision` and `doctor` against an org as it is before anybody set it up.

use std::path::Path;

use callboard::sandbox::org::{self, Options, Running};

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
    let http = reqwest::Client::new();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", org.client_id.as_str()),
        ("client_secret", org.client_secret.as_str()),
    ];
    let token = http.post(format!("{}/services/oauth2/token", org.base_url)).form(&form);
    let token: serde_json::Value = token.send().await.unwrap().json().await.unwrap();
    let token = token["access_token"].as_str().unwrap();
    let urgency = org
        .records("FieldPermissions")
        .into_iter()
        .find(|row| row["Field"] == "Lead.Urgency_Level__c")
        .unwrap();
    let id = urgency["Id"].as_str().unwrap();
    let url = format!("{}/services/data/v66.0/sobjects/FieldPermissions/{id}", org.base_url);
    http.patch(url)
        .bearer_auth(token)
        .json(&serde_json::json!({ "PermissionsEdit": false }))
        .send()
        .await
        .unwrap();
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
