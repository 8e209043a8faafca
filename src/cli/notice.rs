//! `callboard notice ...`

use clap::{Args, Subcommand};

/// What can be done about notices.
#[derive(Debug, Subcommand)]
pub enum NoticeCommand {
    /// Sends a test to somebody on the roster by all their ways, and says what came of each.
    ///
    /// Needs no hub: it reads the config and its secrets. Exit status 1 when one was not taken.
    Test(NoticeTest),
}

/// Flags of `callboard notice test`.
#[derive(Debug, Args)]
pub struct NoticeTest {
    /// The name on the roster.
    pub name: String,
}
