//! Salesforce API calls per phone call over hours of simulated traffic, beside what one PATCH per
//! event would take: `cargo run --example api_calls`. The same simulation is a test.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "shared with the tests; a figure is printed"
)]

#[expect(dead_code, reason = "the tests of planning use all of it")]
#[path = "../tests/plan/story.rs"]
mod story;

/// Where the simulation looks for its stories.
mod plan {
    pub(crate) use super::story;
}

#[path = "../tests/salesforce/figure.rs"]
mod figure;

fn main() {
    figure::table();
}
