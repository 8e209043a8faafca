//! Why a configuration can't be used, in sentences that name the file and the setting.

use std::{io, path::PathBuf};

/// Why the configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// There is no home folder to look in.
    #[error("this user has no home folder; say where the config is with --config FILE")]
    NoHome,
    /// The file can't be read.
    #[error("the config {path} can't be read: {source}")]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is wrong.
    #[error("the config {path} is wrong: {source}")]
    Wrong {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: Box<toml::de::Error>,
    },
    /// An address that is none.
    #[error("{0}: {1:?} is not an address; use one like 127.0.0.1:4620")]
    Listen(&'static str, String),
    /// The zone doesn't exist.
    #[error("business.zone: {0:?} is not a time zone; use a name such as America/New_York")]
    Zone(String),
    /// A rule of planning can't be right.
    #[error("[plan] {0}")]
    Plan(String),
    /// The rules can't be used.
    #[error("the rules {path} can't be used: {reason}")]
    Rules {
        /// Which.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is there already.
    #[error("{0} exists already; move it away first, nothing was changed")]
    Exists(PathBuf),
    /// The file can't be written.
    #[error("{path} can't be written: {source}")]
    Unwritable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Settings that a hub can't serve with, one a line.
    #[error("this config can't serve yet:\n  {0}")]
    Unready(String),
    /// The shared journal's address can't be used.
    #[error("hub.store: {0}")]
    Store(String),
}
