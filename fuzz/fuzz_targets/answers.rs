//! Anything Salesforce may answer.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../src/answers.rs"]
mod answers;

static TOLD: LazyLock<answers::Told> = LazyLock::new(answers::Told::start);

fuzz_target!(|input: &[u8]| TOLD.ask(input));
