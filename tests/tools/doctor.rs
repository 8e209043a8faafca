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

/// What the doctor says where something does not work.
fn found_wrong(output: &std::process::Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn sources_are_looked_over_and_everything_that_is_missing_is_named_at_once() {
    const SOURCES: &str = r#"
hub.public_url = "https://board.example.com/"
[sources.vapi]
kind = "vapi"
secrets = ["env:VAPI_SECRET", "env:VAPI_OLD"]
[sources.ringly]
kind = "generic"
secrets = ["env:RINGLY_SECRET"]
auth = { scheme = "bearer" }
mapping = { events = { "*" = "report" }, fields = { id = "/id" } }
[sources.twilio]
kind = "twilio"
secrets = ["env:TWILIO_AUTH_TOKEN"]
public_url = "https://calls.example.com"
[[operators]]
name = "Ann"
role = "dispatcher"
token = "env:ANNS_TOKEN"
[[notice.channel]]
name = "chat"
preset = "slack"
url = "env:CHAT_URL"
[[notice.channel]]
name = "pager"
preset = "pagerduty"
token = "env:PAGER_TOKEN"
"#;
    let folder = tempfile::tempdir().unwrap();
    let path = config(&folder, SOURCES);
    let missing = [
        "sources.vapi.secrets: the environment variable VAPI_SECRET is not set",
        "the environment variable VAPI_OLD is not set",
        "sources.ringly.secrets: the environment variable RINGLY_SECRET is not set",
        "the environment variable ANNS_TOKEN is not set",
        "the environment variable CHAT_URL is not set",
        "the environment variable PAGER_TOKEN is not set",
    ];
    let token = [("TWILIO_AUTH_TOKEN", "t")];
    for command in ["hub", "config"] {
        let said = complaint(&callboard(&["--config", &path, command], &token));
        for part in missing {
            assert!(said.contains(part), "{command}: {part}: {said}");
        }
    }
    let said = found_wrong(&callboard(&["--config", &path, "doctor"], &token));
    for part in missing {
        assert!(said.contains(part), "{part}: {said}");
    }
    let twilio = "ok       source twilio (twilio): its secret is there; its provider posts to \
                  https://calls.example.com/hooks/twilio\n";
    assert!(said.contains(twilio) && !said.contains("source vapi"), "{said}");

    let names = ["VAPI_SECRET", "VAPI_OLD", "RINGLY_SECRET", "ANNS_TOKEN", "PAGER_TOKEN"];
    let mut all: Vec<(&str, &str)> = names.map(|name| (name, "s3cret")).into();
    all.extend([token[0], ("CHAT_URL", "https://chat.example.com/hook")]);
    let said = printed(&callboard(&["--config", &path, "doctor"], &all));
    for part in [
        "source vapi (vapi): its 2 secrets are there; its provider posts to \
         https://board.example.com/hooks/vapi\n",
        "source ringly (generic): its secret is there, its mapping is sound; its provider posts to \
         https://board.example.com/hooks/ringly\n",
    ] {
        assert!(said.contains(part) && !said.contains("s3cret"), "{part}: {said}");
    }

    // A mapping that can't be right is said beside the secret that is missing.
    let slip = SOURCES.replace("id = \"/id\"", "name = \"/name\"");
    let path = config(&folder, &slip);
    let said = found_wrong(&callboard(&["--config", &path, "doctor"], &token));
    assert!(said.contains("RINGLY_SECRET") && said.contains("sources.ringly.mapping"), "{said}");
    let path = config(&folder, "");
    let said = printed(&callboard(&["--config", &path, "doctor"], &[]));
    assert!(said.contains("no call can come in: the config has no [sources.NAME]"), "{said}");
}

#[test]
fn an_address_that_has_the_path_of_webhooks_already_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for given in ["/hooks/twilio", "/hooks/twilio/", "/hooks"] {
        let twilio = format!(
            "[sources.twilio]\nkind = \"twilio\"\nsecrets = [\"env:T\"]\n\
             public_url = \"https://calls.example.com/at{given}\"\n"
        );
        let path = config(&folder, &twilio);
        let said = complaint(&callboard(&["--config", &path, "hub"], &[("T", "t")]));
        let expected = "sources.twilio.public_url: is given without /hooks/twilio, which is added \
                        by itself: https://calls.example.com/at\n";
        assert!(said.contains(expected), "{said}");
    }
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
        let said = complaint(&callboard(&["--config", &path, "hub"], &[]));
        assert!(said.contains(expected), "{said}");
        let said = found_wrong(&callboard(&["--config", &path, "doctor"], &[]));
        assert!(said.contains(expected), "{said}");
        let checked = callboard(&["--config", &path, "config"], &[]);
        let said =
            String::from_utf8_lossy(&checked.stdout) + String::from_utf8_lossy(&checked.stderr);
        assert!(!checked.status.success() && said.contains(expected), "{said}");
    }
}

#[test]
fn what_only_looks_like_this_machine_gets_nothing_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    for host in ["127.0.0.1.example.com", "127.0.0.1@example.com", "localhost.example.com"] {
        let text = format!(
            r#"
hub.public_url = "http://{host}"
[call_back]
assistant_id = "a"
phone_number_id = "p"
api_key = "env:KEY"
base_url = "http://{host}"
[[notice.channel]]
name = "chat"
url = "http://{host}"
body = "{{}}"
[salesforce]
login_url = "http://{host}"
client_id = "c"
client_secret = "env:KEY"
[[plan.destination]]
name = "web"
url = "http://{host}"
"#
        );
        let path = config(&folder, &text);
        let said = complaint(&callboard(&["--config", &path, "hub"], &[("KEY", "k")]));
        for setting in [
            "hub.public_url is where",
            "call_back.base_url is an https address",
            "notice: channel chat: url begins with https://",
            "[salesforce] login_url must begin with https://",
            "destination web: url is an https address",
        ] {
            assert!(said.contains(setting), "{host}: {setting}: {said}");
        }
    }
}

#[test]
fn what_is_written_wrongly_is_told_with_how_to_write_it() {
    let folder = tempfile::tempdir().unwrap();
    let source = "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:S\"]\n";
    let write_it = "a length of time with its unit, in quotes: \"30s\", \"5m\" or \"2h\"";
    for (setting, given) in [
        ("silence = 30", "integer `30`"),
        ("tolerance = \"five\"", "string \"five\""),
        ("tolerance = \"-5m\"", "string \"-5m\""),
    ] {
        let path = config(&folder, &format!("{source}{setting}\n"));
        let said = complaint(&callboard(&["--config", &path, "hub"], &[("S", "s")]));
        for part in [given, write_it, "line 4"] {
            assert!(said.contains(part), "{setting}: {part}: {said}");
        }
    }
    let path = config(&folder, &format!("{source}silence = \"30s\"\ntolerance = \"1h 30m\"\n"));
    printed(&callboard(&["--config", &path, "config"], &[("S", "s")]));

    let said = complaint(&callboard(&["hub", "--listen", "4620"], &[]));
    assert!(said.contains("that is no address with its port; write 127.0.0.1:4620"), "{said}");
    let said = complaint(&callboard(&["--config", &path, "source", "test", "nope", "f"], &[]));
    let expected = "there is no source \"nope\"; the config has vapi, and without one there are: vapi, twilio, ";
    assert!(said.contains(expected), "{said}");
}
