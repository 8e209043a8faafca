//! `callboard forget`

use clap::Args;

use super::AtHub;

/// Flags of `callboard forget`.
#[derive(Debug, Args)]
pub struct ForgetArgs {
    /// The caller's number: +15550104477, or as the business's country writes it.
    pub number: String,
    /// Only tell what would be erased.
    #[arg(long)]
    pub dry_run: bool,
    /// Don't ask.
    #[arg(long, conflicts_with = "dry_run")]
    pub yes: bool,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}
