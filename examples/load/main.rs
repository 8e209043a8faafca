//! How much a hub bears: loads the real program and prints a table of what was measured, each
//! figure beside the limit of the same machine in the same run.
//!
//! `cargo build --release && cargo run --release --example load -- [SECTION...] [--quick]`
//!
//! Sections: `limits`, `acknowledge`, `org`, `screen`, `console`, `memory`, `growth`, `recovery`;
//! all of them when none is named. `--quick` is a tenth of everything. docs/performance.md tells
//! what the figures mean and what they were.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it measured")]

mod calls;
mod console;
mod limits;
mod memory;
mod screen;
mod server;
mod stored;
mod storm;
mod table;

use std::{error::Error, path::Path};

use server::Server;
use storm::Storm;
use table::Table;

/// The one the program has: the bare handler is to be no worse off.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a section may fail with: this is a tool for us, the first trouble ends it.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// Connections, as the aim says.
const CONNECTIONS: usize = 200;

fn main() -> Outcome {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    // The bare handler is a process of its own, as the hub is.
    if arguments.first().is_some_and(|first| first == "bare") {
        return runtime()?.block_on(limits::serve_bare());
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    arguments.retain(|argument| argument != "--quick");
    let scale = Scale { quick, sections: arguments };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut table = Table::new();
    runtime()?.block_on(run(&scale, &mut table))?;
    table.print();
    Ok(())
}

fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// How much of what.
struct Scale {
    quick: bool,
    sections: Vec<String>,
}

impl Scale {
    fn wants(&self, section: &str) -> bool {
        self.sections.is_empty() || self.sections.iter().any(|wanted| wanted == section)
    }

    fn of(&self, count: usize) -> usize {
        if self.quick { count / 10 } else { count }
    }
}

async fn run(scale: &Scale, table: &mut Table) -> Outcome {
    let folder = tempfile::tempdir()?;
    let folder = folder.path();
    table.machine();
    if scale.wants("limits") {
        limits::disk(folder, table)?;
        limits::frame(table);
    }
    if scale.wants("acknowledge") {
        acknowledge(scale, folder, table).await?;
    }
    if scale.wants("org") {
        org(scale, folder, table).await?;
    }
    if scale.wants("screen") {
        screen::measure(scale, folder, table).await?;
    }
    if scale.wants("console") {
        console::measure(scale, folder, table).await?;
    }
    if scale.wants("memory") {
        memory::measure(scale, folder, table).await?;
    }
    if scale.wants("growth") {
        stored::growth(scale, folder, table).await?;
    }
    if scale.wants("recovery") {
        stored::recovery(scale, folder, table).await?;
    }
    Ok(())
}

/// Durable acknowledgements beside a handler that only reads and answers.
async fn acknowledge(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    table.section("Acknowledgements, 200 connections, flat out");
    let bare = Server::bare()?;
    // A first storm warms both ends up.
    Storm::flat_out(0..CONNECTIONS, 10).post(&bare).await?;
    let before = bare.processor()?;
    let echo = Storm::flat_out(0..CONNECTIONS, scale.of(400)).post(&bare).await?;
    echo.tell("bare axum handler", bare.processor()? - before, table);
    drop(bare);
    let hub = Server::hub(&folder.join("acknowledge"), None)?;
    Storm::flat_out(0..CONNECTIONS, 10).post(&hub).await?;
    let before = hub.processor()?;
    // Forty events a call, a call after the other on every connection.
    let rounds = scale.of(400) / calls::EVENTS;
    let mut durable = storm::Told::default();
    for round in 1..=rounds.max(1) {
        let calls = round * CONNECTIONS..(round + 1) * CONNECTIONS;
        durable.add(Storm::flat_out(calls, calls::EVENTS).post(&hub).await?);
    }
    durable.tell("hub, durable", hub.processor()? - before, table);
    table.ratio("hub of bare handler", durable.per_second(), echo.per_second());
    Ok(())
}

/// The same with an org to write to, until the last write has arrived.
async fn org(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    use callboard::sandbox::org;
    table.section("With the stand-in org, 200 calls at once, flat out");
    let options = org::Options { daily_limit: 100_000_000, ..org::Options::default() };
    let org = org::start(options).await?;
    let hub = Server::hub(&folder.join("org"), Some(&org))?;
    let calls = scale.of(2_000);
    let mut told = storm::Told::default();
    for first in (0..calls).step_by(CONNECTIONS) {
        let round = first..first + CONNECTIONS;
        told.add(Storm::flat_out(round, calls::EVENTS).post(&hub).await?);
    }
    told.tell("hub with an org", hub.processor()?, table);
    let status = hub.settled().await?;
    table.figure("calls", status.phone_calls as f64, "");
    let leads = org.records("Lead").len();
    table.figure("Leads in the org afterwards", leads as f64, "");
    let api = status.api_calls as f64 / status.phone_calls.max(1) as f64;
    table.figure("API calls per phone call", api, "");
    drop(hub);
    org.stop().await;
    Ok(())
}
