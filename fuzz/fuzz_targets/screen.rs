//! Anything a hub may say to a console: see `screen`.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../src/screen.rs"]
mod screen;

fuzz_target!(|input: &[u8]| screen::follow(input));
