//! What must be fast. One binary; a module per path. Compare ratios within one run.

#![allow(clippy::expect_used, reason = "a bench that can't be set up may panic")]

use criterion::{criterion_group, criterion_main};

/// The one the program has.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

mod call;
mod console;
mod intake;
mod triage;

criterion_group!(
    benches,
    call::fold,
    console::console,
    intake::receive,
    intake::acknowledge,
    triage::next_line,
    triage::endless_line,
    triage::throughput
);
criterion_main!(benches);
