//! Anything an operator's program may say to a hub.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../src/hub.rs"]
mod hub;

static STAGE: LazyLock<hub::Stage> = LazyLock::new(hub::Stage::start);

fuzz_target!(|input: &[u8]| STAGE.ask(input));
