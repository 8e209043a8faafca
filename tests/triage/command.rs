//! `callboard triage` as a program.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

fn run(args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_callboard"))
        .arg("triage")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn judges_what_comes_in() {
    let input = concat!(
        r#"{"id":"a","text":"Agent: Do you own it?\nCaller: Yes. Ten grand for a new roof, call me tomorrow at nine."}"#,
        "\n\n",
        r#"{"id":"b","turns":[{"role":"assistant","text":"Is anything leaking?"},{"role":"user","text":"My basement is flooding"}]}"#,
        "\n",
    );
    let output = run(&["--zone", "America/Chicago"], input);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let rows: Vec<serde_json::Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0]["id"], "a");
    assert_eq!(rows[0]["budget_usd"], 10_000);
    assert_eq!(rows[0]["bant"]["authority"], true);
    assert_eq!(rows[0]["callback"], true);
    assert!(rows[0]["callback_due"].as_str().unwrap().contains("T09:00:00"));
    assert_eq!(rows[1]["urgency"], 5);
    assert_eq!(rows[1]["rating"], "Hot");
    assert_eq!(rows[1]["service"], "Plumbing");
    assert_eq!(rows[1]["evidence"][0]["line"], 1);
}

#[test]
fn says_which_line_is_wrong() {
    let output = run(&[], "{\"id\":\"a\",\"text\":\"hi\"}\nnonsense\n");
    assert!(!output.status.success());
    let error = text(&output.stderr);
    assert!(error.contains("standard input, line 2"), "{error}");
    let output = run(&["/nowhere/at/all.jsonl"], "");
    assert!(text(&output.stderr).contains("/nowhere/at/all.jsonl"));
}

#[test]
fn measures_and_compares() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/triage/transcripts.jsonl");
    let output = run(&["eval", file, "--zone", "UTC"], "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("77 examples"));
    let rules = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(rules.path(), "version = \"x\"\noff = [\"gas-smell\"]").unwrap();
    let other = rules.path().to_str().unwrap();
    let output = run(&["eval", file, "--against", other], "");
    assert!(text(&output.stdout).contains("now wrong"), "{}", text(&output.stdout));
    std::fs::write(rules.path(), "version = \"x\"\noff = 3").unwrap();
    let output = run(&["eval", file, "--rules", other], "");
    let error = text(&output.stderr);
    assert!(error.contains("line 2") && error.contains(other), "{error}");
}

#[test]
fn times_are_local_to_the_business_of_the_config() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "[business]\nzone = \"Asia/Tokyo\"\n").unwrap();
    let input = r#"{"id":"a","text":"Call me tomorrow at half past ten."}"#;
    let due = |args: &[&str]| {
        let output = run(args, input);
        let row: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        row["callback_due"].as_str().unwrap().to_owned()
    };
    let config = config.to_str().unwrap();
    assert!(due(&["--config", config]).contains("T10:30:00+09:00[Asia/Tokyo]"));
    assert!(due(&["--config", config, "--zone", "America/Chicago"]).contains("T10:30:00-0"));
}
