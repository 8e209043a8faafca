//! `callboard writes ...`

use clap::{Args, Subcommand};

use super::{AtHub, Moment};
use crate::wire::WriteState;

/// What to do with writes.
#[derive(Debug, Subcommand)]
pub enum WritesCommand {
    /// List writes: what is unfinished or failed, or whatever the filter says.
    List(WritesList),
    /// Show one write: what it writes, and every attempt with Salesforce's answer.
    Show(WritesShow),
    /// Try failed writes again now, and wait for what comes of it.
    ///
    /// Says first which and what they cost in API calls. The exit status is 1 when one fails again.
    Retry(WritesMany),
    /// Give writes up for good: they end as discarded, under your name.
    Discard(WritesMany),
    /// Change what a failed or waiting write writes, then try it again.
    ///
    /// Shows the difference first. What it was to write is kept, and later updates of the call
    /// leave the edited fields alone.
    Edit(WritesEdit),
}

/// Which writes.
#[derive(Clone, Debug, Default, Args)]
pub struct Filter {
    /// In this state: pending, in_flight, retrying, held, failed, delivered, superseded,
    /// discarded; may be repeated.
    #[arg(long, value_name = "STATE", value_parser = state)]
    pub state: Vec<WriteState>,
    /// Changed since: 90m, 24h, 7d, yesterday, mon, 2026-11-21, 2026-11-21T14:00.
    #[arg(long, value_name = "TIME")]
    pub since: Option<Moment>,
    /// Of this call (source:id).
    #[arg(long, value_name = "CALL")]
    pub call: Option<String>,
    /// With this error, such as REQUIRED_FIELD_MISSING.
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// To this object, such as Lead.
    #[arg(long, value_name = "SOBJECT")]
    pub sobject: Option<String>,
}

impl Filter {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        let Self { state, since, call, code, sobject } = self;
        state.is_empty() && since.is_none() && call.is_none() && code.is_none() && sobject.is_none()
    }
}

fn state(name: &str) -> Result<WriteState, String> {
    WriteState::parse(name).ok_or_else(|| {
        "use pending, in_flight, retrying, held, failed, delivered, superseded or discarded".into()
    })
}

/// Flags of `callboard writes list`.
#[derive(Debug, Args)]
pub struct WritesList {
    /// Which; the unfinished and failed ones when nothing is said.
    #[command(flatten)]
    pub filter: Filter,
    /// Print JSON, one write a line, as the hub tells it.
    #[arg(long)]
    pub json: bool,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of `callboard writes show`.
#[derive(Debug, Args)]
pub struct WritesShow {
    /// Its id, from `callboard writes list`.
    pub id: String,
    /// Print JSON, as the hub tells it.
    #[arg(long)]
    pub json: bool,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of `callboard writes retry` and `discard`.
#[derive(Debug, Args)]
pub struct WritesMany {
    /// Their ids, from `callboard writes list`; or use a filter.
    pub ids: Vec<String>,
    /// Which; failed ones unless --state says otherwise.
    #[command(flatten)]
    pub filter: Filter,
    /// All failed ones.
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// Don't ask.
    #[arg(long, short)]
    pub yes: bool,
    /// Seconds to wait for Salesforce's answers; 0 not to wait.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub wait: u64,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}

/// Flags of `callboard writes edit`.
#[derive(Debug, Args)]
pub struct WritesEdit {
    /// Its id, from `callboard writes list`.
    pub id: String,
    /// A field with its new value, as text: --set Company=Acme. Numbers, true, false and null are
    /// taken as such where the field holds such a value now, or with --json-value.
    #[arg(long, value_name = "FIELD=VALUE")]
    pub set: Vec<String>,
    /// A field with its new value as JSON: --json-value NumberOfEmployees=12.
    #[arg(long, value_name = "FIELD=JSON")]
    pub json_value: Vec<String>,
    /// A field not to write at all; may be repeated.
    #[arg(long, value_name = "FIELD")]
    pub leave_out: Vec<String>,
    /// Don't ask.
    #[arg(long, short)]
    pub yes: bool,
    /// Seconds to wait for Salesforce's answer; 0 not to wait.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    pub wait: u64,
    /// Which hub, as whom.
    #[command(flatten)]
    pub at: AtHub,
}
