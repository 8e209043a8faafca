//! What goes with the program into a package.

use std::process::Command;

fn callboard(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_callboard")).args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn every_shell_is_told_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let script = callboard(&["completions", shell]);
        for word in ["demo", "hub", "doctor", "manpages", "data-dir"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn every_command_has_a_page() {
    let folder = tempfile::tempdir().unwrap();
    callboard(&["manpages", folder.path().to_str().unwrap()]);
    for (page, says) in [
        ("callboard.1", "live board for incoming phone calls"),
        ("callboard-hub.1", "data\\-dir"),
        ("callboard-triage-eval.1", "precision"),
    ] {
        let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(text.contains(says), "{page}");
    }
}

#[test]
fn the_unit_starts_a_hub_that_exists() {
    let unit = include_str!("../packaging/callboard.service");
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/bin/callboard "));
    let arguments: Vec<&str> = line.unwrap().split(' ').chain(["--help"]).collect();
    callboard(&arguments);
}
