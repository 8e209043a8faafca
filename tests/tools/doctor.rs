//! `callboard doctor` and `config` where there is no login to an org, only forms.

use super::{callboard, complaint, printed};
use crate::support::mail::MailServer;

const FORM: &str = r#"
[[plan.destination]]
name = "web"
org_id = "00D000000000001"
sources = ["hoverbot"]
fields = { 00N000000000001 = "Urgency_Level__c" }
"#;

fn config(folder: &tempfile::TempDir, text: &str) -> String {
    let path = folder.path().join("callboard.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn with_forms_only_it_says_what_nobody_can_look_at() {
    let folder = tempfile::tempdir().unwrap();
    let path = config(&folder, FORM);
    let said = printed(&callboard(&["--config", &path, "doctor"], &[]));
    for part in [
        "no [salesforce]: what the org allows and what became of a form can't be looked at",
        "destination web: Web-to-Lead never tells what became of a form",
        "reCAPTCHA",
        "destination web: can't be checked: 00N000000000001 (Urgency_Level__c)",
        "calls that no destination takes are recorded here and written nowhere",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let all = FORM.replace("sources = [\"hoverbot\"]\n", "");
    let path = config(&folder, &all);
    let said = printed(&callboard(&["--config", &path, "doctor"], &[]));
    assert!(!said.contains("written nowhere"), "{said}");
    // That there is neither is nothing wrong.
    let path = config(&folder, "");
    let said = printed(&callboard(&["--config", &path, "doctor"], &[]));
    assert!(
        said.contains("writes to no Salesforce org; to connect one see docs/salesforce.md"),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_whether_people_can_be_told_and_when_nobody_is_there() {
    let mail = MailServer::start().await;
    let folder = tempfile::tempdir().unwrap();
    let email = mail.settings();
    let roster = format!(
        "[notice.email]\nhost = \"127.0.0.1\"\nport = {}\nsecurity = \"none\"\n\
         from = \"Board <board@example.com>\"\n\
         [[plan.roster]]\nname = \"Ann\"\nowner_id = \"005000000000001AAA\"\n\
         tell = [\"email:ann@example.com\"]\nshifts = [\"mon-fri 08:00-18:00\"]\n\
         [[plan.roster]]\nname = \"Tom\"\nowner_id = \"005000000000002AAA\"\non_call = true\n\
         services = [\"HVAC\"]\n",
        email.port.unwrap()
    );
    let path = config(&folder, &roster);
    let doctor = async || {
        let path = path.clone();
        let run = move || callboard(&["--config", &path, "doctor"], &[]);
        tokio::task::spawn_blocking(run).await.unwrap()
    };
    let said = printed(&doctor().await);
    for part in [
        &format!("email: 127.0.0.1:{} answers", email.port.unwrap()),
        "Tom is on call and can't be told of anything",
        "nobody on call can be told: ",
        "hub.public_url",
        "writes to no Salesforce org; to connect one see docs/salesforce.md",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(mail.mails().is_empty(), "nothing is sent");
    mail.go_down().await;
    let output = doctor().await;
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!output.status.success() && said.contains("WRONG    email: 127.0.0.1:"), "{said}");
}

#[test]
fn a_destination_that_needs_a_login_is_refused_without_one() {
    let folder = tempfile::tempdir().unwrap();
    for (text, expected) in [
        (FORM.replace("org_id = \"00D000000000001\"\n", ""), "destination web needs org_id"),
        (FORM.replace("00D000000000001", "acme"), "\"acme\" is not the id of an org"),
        (
            FORM.replace("org_id = \"00D000000000001\"", "kind = \"flow\"\npath = \"Make_Lead\""),
            "destination web needs [salesforce]",
        ),
    ] {
        let path = config(&folder, &text);
        for command in ["doctor", "hub"] {
            let said = complaint(&callboard(&["--config", &path, command], &[]));
            assert!(said.contains(expected), "{command}: {said}");
        }
        let checked = callboard(&["--config", &path, "config"], &[]);
        let said =
            String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
        assert!(!checked.status.success() && said.contains(expected), "{said}");
    }
}
