//! `callboard report` and `callboard export`.

use clap::{Args, ValueEnum};

use super::{AtHub, Moment};
use crate::figures::Grouping;

/// Flags of `callboard report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
    /// From when: 24h, 7d, yesterday, mon, 2026-11-21, 2026-11-21T14:00 [default: today's midnight].
    #[arg(long, value_name = "TIME")]
    pub from: Option<Moment>,
    /// Up to when, not included [default: now].
    #[arg(long, value_name = "TIME")]
    pub to: Option<Moment>,
    /// Told apart by hour (of the day), day, source or service.
    #[arg(long, value_name = "WHAT")]
    pub by: Option<Grouping>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For people in a terminal.
    Table,
    /// For spreadsheets.
    Csv,
    /// For programs.
    Json,
    /// Markdown.
    Md,
    /// One file with charts, for a browser.
    Html,
}

/// Flags of `callboard export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// What to export.
    #[arg(value_enum)]
    pub what: Exported,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
    /// From when: 24h, 7d, yesterday, mon, 2026-11-21, 2026-11-21T14:00 [default: today's midnight].
    #[arg(long, value_name = "TIME")]
    pub from: Option<Moment>,
    /// Up to when, not included [default: now].
    #[arg(long, value_name = "TIME")]
    pub to: Option<Moment>,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t = ExportFormat::Ndjson)]
    pub format: ExportFormat,
    /// Fields to leave out, by name: --redact name,phone.
    #[arg(long, value_name = "FIELDS", value_delimiter = ',')]
    pub redact: Vec<String>,
}

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Exported {
    /// Calls that are over, by when they began.
    Calls,
    /// Salesforce writes, by when they last changed.
    Writes,
}

/// How an export is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line.
    Ndjson,
    /// A table with a header; what is nested is JSON.
    Csv,
}
