//! `callboard report`: the figures of a time, for people and for programs.

mod html;
mod plain;
mod sheet;

use std::process::ExitCode;

use jiff::{Timestamp, tz::TimeZone};

use super::{client, runtime, say};
use crate::{
    cli::{ReportArgs, ReportFormat},
    config::Config,
    figures::Figures,
    wire::Report,
};

pub(super) use sheet::safe;

/// Does what was asked for.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn run(config: &Config, args: &ReportArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let mut query: Vec<(&str, String)> = Vec::new();
    let now = config.now()?;
    for (name, moment) in [("from", args.from), ("to", args.to)] {
        if let Some(moment) = moment {
            query.push((name, moment.instant(&now)?.to_string()));
        }
    }
    query.extend(args.by.map(|by| ("by", by.to_string())));
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, &**value)).collect();
    let report: Report = runtime()?.block_on(client.get(&["v1", "figures"], &query))?;
    let text = match args.format {
        ReportFormat::Table => plain::table(&report),
        ReportFormat::Md => plain::markdown(&report),
        ReportFormat::Csv => sheet::csv(&report)?,
        ReportFormat::Json => serde_json::to_string_pretty(&report)?,
        ReportFormat::Html => html::page(&report),
    };
    say(text.trim_end())?;
    Ok(ExitCode::SUCCESS)
}

/// `2026-11-21 08:00`, in the business's zone.
fn local(report: &Report, at: Timestamp) -> String {
    let zone = TimeZone::get(report.zone.as_str()).unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `Smith & Sons, 2026-11-21 00:00 to 2026-11-21 17:30 (America/New_York)`.
fn heading(report: &Report) -> String {
    format!(
        "{}, {} to {} ({})",
        report.business,
        local(report, report.window.from),
        local(report, report.window.to),
        report.zone
    )
}

/// What is told of each group: the figures people compare, by their ids.
const COMPARED: [&str; 6] =
    ["offered", "answered", "missed", "reached_in_five_minutes", "captured", "booked"];

/// The compared figures as text, in the order of [`COMPARED`], with their titles.
fn compared(report: &Report, figures: &Figures) -> Vec<(&'static str, String)> {
    report
        .lines(figures)
        .filter(|(definition, _)| COMPARED.contains(&definition.id))
        .map(|(definition, value)| (definition.title, value))
        .collect()
}
