//! `callboard do-not-call ...`

use clap::{Args, Subcommand};

use super::{AdminList, AtHub};

/// What can be done about numbers that are not to be rung.
#[derive(Debug, Subcommand)]
pub enum NumbersCommand {
    /// Lists the numbers that nobody rings, with who said so and when, the latest first.
    List(AdminList),
    /// Has a number rung no more: every callback of it shows as suppressed, a missed call of it
    /// makes no promise, and calling it is refused.
    Add(NumberArgs),
    /// Allows a number to be rung again. Callbacks of it that are still on the board are due again.
    Remove(NumberArgs),
}

/// Which number.
#[derive(Debug, Args)]
pub struct NumberArgs {
    /// In E.164 (+15550104477), or as the business's country writes it.
    pub number: String,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}
