//! The commands and flags, nothing else.

use clap::{Parser, Subcommand};

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
pub enum Command {}
