//! What keeps a journal safe: copies of it, and a look at it.

use std::path::PathBuf;

use clap::Args;

/// Flags of `callboard backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Where the copy goes; nothing is overwritten.
    pub file: PathBuf,
    /// Where the journal is [default: the configured folder, or the platform's].
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

/// Flags of `callboard restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The copy, as `callboard backup` made it.
    pub file: PathBuf,
    /// Put it in the place of the journal that is there; that one is kept beside it.
    #[arg(long)]
    pub replace: bool,
    /// Where the journal goes [default: the configured folder, or the platform's].
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
}

/// Flags of `callboard check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The journal or a copy of it [default: the journal in the data folder].
    pub file: Option<PathBuf>,
    /// Where the journal is [default: the configured folder, or the platform's].
    #[arg(long, value_name = "FOLDER", conflicts_with = "file")]
    pub data_dir: Option<PathBuf>,
    /// One JSON object.
    #[arg(long)]
    pub json: bool,
}
