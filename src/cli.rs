//! The commands and flags, nothing else.

use std::net::SocketAddr;

use clap::{Args, Parser, Subcommand};

use crate::sandbox::org::Fault;

/// A live board for incoming phone calls: judges each call while it is spoken, keeps Salesforce
/// in step, and lets you act with one key.
///
/// Without a command it opens the console on the configured hub. New here? `callboard demo`.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// A stand-in Salesforce org on loopback, with its records in memory.
    ///
    /// Prints one line of JSON when it is ready: base_url, client_id, client_secret, username,
    /// refresh_token, admin_url. Point any Salesforce client at base_url. Ctrl-C ends it, and
    /// with it everything it held.
    Sandbox(SandboxArgs),
}

/// `callboard sandbox`
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Where to listen: loopback only; port 0 takes any free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Ids, tokens and the dice of faults follow from this.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The consumer secret of the org's app; it guards nothing but made-up records.
    #[arg(long)]
    pub client_secret: Option<String>,
    /// How many seconds an access token lives without being used.
    #[arg(long, value_name = "SECONDS", default_value_t = 7200)]
    pub token_lifetime: u64,
    /// A refresh gives a new refresh token; the old one, used again, revokes everything.
    #[arg(long)]
    pub rotate_refresh_tokens: bool,
    /// API calls a day.
    #[arg(long, value_name = "CALLS", default_value_t = 15_000)]
    pub daily_limit: u64,
    /// What goes wrong, as kind:name=value,...; may be repeated.
    ///
    /// For example: latency:ms=300,jitter_ms=200 · lock:sobject=Lead,count=2 ·
    /// outage:style=html,for_seconds=300 · drop-after-commit:probability=0.1 · daily-limit ·
    /// status:status=429,retry_after=5. docs/sandbox.md lists all kinds.
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<Fault>,
}
