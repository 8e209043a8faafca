//! Any rules of triage.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/files.rs"]
#[allow(dead_code, reason = "the other targets' parts")]
mod files;

fuzz_target!(|input: &[u8]| files::rules(input));
