//! `callboard doctor`: what would fail in Salesforce, before it does.

use std::{process::ExitCode, sync::Arc};

use super::{runtime, say};
use crate::{
    cli::DoctorArgs,
    config::Config,
    delivery::{Finding, Level, examine},
    salesforce::{InMemory, Org},
};

/// Looks the org over and prints one line per finding.
///
/// # Errors
/// When there is no org to look at, or the settings can't be right.
pub fn run(config: &Config, args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let plan = config.plan()?;
    let Some(settings) = config.salesforce.clone() else {
        anyhow::bail!(
            "no org is configured; docs/salesforce.md tells how, or try: callboard sandbox"
        );
    };
    anyhow::ensure!(
        settings.flow != crate::salesforce::Flow::RefreshToken || args.rotate,
        "this org's refresh token may be replaced when it is used, and only the hub keeps the new \
         one: stop the hub and add --use-refresh-token if the app does not rotate tokens"
    );
    let org = Org::new(settings, Arc::new(InMemory::default()))?;
    let services: Vec<String> =
        ["HVAC", "Plumbing", "Electrical", "Roofing", "Other"].map(str::to_owned).into();
    let findings = runtime()?.block_on(examine(&org, &plan, &services));
    if args.json {
        say(&serde_json::to_string_pretty(&findings)?)?;
    } else {
        for finding in &findings {
            print(finding)?;
        }
    }
    let wrong = findings.iter().any(|finding| finding.level == Level::Wrong);
    Ok(if wrong { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print(finding: &Finding) -> anyhow::Result<()> {
    let mark = match finding.level {
        Level::Fine => "ok     ",
        Level::Warning => "warning",
        Level::Wrong => "WRONG  ",
    };
    say(&format!("{mark}  {}", finding.what))?;
    finding.fix.as_ref().map_or(Ok(()), |fix| say(&format!("         {fix}")))
}
