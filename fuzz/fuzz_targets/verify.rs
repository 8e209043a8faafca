//! Any headers to any scheme: source, header lines, an empty line, the body.

#![no_main]

use std::sync::LazyLock;

use callboard::intake::Sources;
use libfuzzer_sys::fuzz_target;

#[path = "../src/intake.rs"]
#[allow(dead_code, reason = "the other target's half")]
mod intake;

static SOURCES: LazyLock<Sources> = LazyLock::new(intake::sources);

fuzz_target!(|input: &[u8]| intake::verify(&SOURCES, input));
