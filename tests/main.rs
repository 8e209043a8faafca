//! What crosses modules: real sockets, real files, a real terminal. One binary, so that it links
//! once; a module per promise.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that fails may panic, and may say why"
)]

mod architecture;
#[cfg(unix)]
mod bounds;
mod console;
mod end_to_end;
#[cfg(unix)]
mod faults;
mod figures;
mod fuzzed;
mod hub;
#[cfg(unix)]
mod hubs;
mod intake;
mod notices;
mod package;
mod plan;
mod salesforce;
mod sandbox;
mod store;
mod support;
mod tools;
mod triage;
