//! The tools of the command line, as the real program, against a real hub.

mod client;
mod corrections;
mod docs;
mod doctor;
mod keep;
#[cfg(target_os = "linux")]
mod keyring;
mod log;
mod login;
mod provision;
mod verify;
mod writes;

use std::process::{Command, Output};

/// Runs the program to its end, with no settings but these.
pub fn callboard(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let nowhere = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_callboard"))
        .args(arguments)
        .env_clear()
        .env("HOME", nowhere.path())
        .envs(environment.iter().copied())
        .output()
        .unwrap()
}

/// What it printed for people who look at errors.
pub fn complaint(output: &Output) -> String {
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What it printed, when all went well.
pub fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}
