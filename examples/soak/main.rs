//! The long run: a real hub killed hundreds of times while calls come in, at random moments and at
//! named points, with a Salesforce that commits and hangs up and consoles that read slowly or not
//! at all; or an hour of calls without a kill, to see what it does to the hub's memory.
//!
//! `cargo build && cargo run --example soak -- --kills 500`
//! `cargo build && cargo run --example soak -- --minutes 60 --kills 0`
//!
//! Ctrl-C ends it; the same command goes on where it was (`--afresh` begins anew). What it came to
//! stands at the end, and in docs/fault-model.md.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a tool for us: it prints what it saw, and the first trouble ends it"
)]

mod chapter;
mod hour;
#[allow(dead_code, reason = "shared with the tests, which use more of it")]
#[path = "../../tests/support/process.rs"]
mod process;
#[path = "../../tests/support/trial.rs"]
mod trial;
#[path = "../../tests/support/vapi.rs"]
mod vapi;

use std::path::PathBuf;

use clap::Parser;
use serde::{Deserialize, Serialize};

/// What is asked for.
#[derive(Parser)]
struct Arguments {
    /// Kill the hub so many times.
    #[arg(long, default_value_t = 500)]
    kills: u32,
    /// With `--kills 0`: how long calls come in.
    #[arg(long, default_value_t = 60)]
    minutes: u32,
    /// Where what was seen so far is kept.
    #[arg(long, default_value = "target/soak.json")]
    seen: PathBuf,
    /// Forget what was seen so far.
    #[arg(long)]
    afresh: bool,
}

/// What was seen so far.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    kills: u32,
    at_points: u32,
    calls: usize,
    acknowledged: usize,
    lost: usize,
    twice: usize,
    late: usize,
    logins: usize,
    /// The most and the least the hub had in memory when its chapter was over, in MB.
    memory: Vec<u64>,
}

impl Seen {
    fn tell(&self) {
        println!(
            "{} kills ({} of them at named points), {} calls, {} webhooks acknowledged: \
             {} lost, {} twice; {} writes retried by hand, {} sign-ins",
            self.kills,
            self.at_points,
            self.calls,
            self.acknowledged,
            self.lost,
            self.twice,
            self.late,
            self.logins
        );
        let least = self.memory.iter().min().copied().unwrap_or(0);
        let most = self.memory.iter().max().copied().unwrap_or(0);
        println!("memory of the hub: {least} to {most} MB");
    }
}

#[tokio::main]
async fn main() {
    let arguments = Arguments::parse();
    if arguments.kills == 0 {
        return hour::watch(arguments.minutes).await;
    }
    let kept = std::fs::read(&arguments.seen).ok().filter(|_| !arguments.afresh);
    let mut seen: Seen =
        kept.map_or_else(Seen::default, |kept| serde_json::from_slice(&kept).unwrap());
    while seen.kills < arguments.kills {
        tokio::select! {
            () = chapter::tell(&mut seen) => {}
            _ = tokio::signal::ctrl_c() => break,
        }
        std::fs::write(&arguments.seen, serde_json::to_vec(&seen).unwrap()).unwrap();
        seen.tell();
    }
    assert_eq!((seen.lost, seen.twice), (0, 0), "nothing may be lost, and nothing done twice");
}
