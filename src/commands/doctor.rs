//! `callboard doctor`: what would fail, before it does: telling people, and writing to Salesforce.

use std::process::ExitCode;

use jiff::Timestamp;

use super::{org, reach, runtime, say};
use crate::{
    cli::DoctorArgs,
    config::Config,
    delivery::{Finding, Level, examine, without_org},
};

/// Looks everything over and prints one line per finding.
///
/// # Errors
/// When the settings can't be right.
pub fn run(config: &Config, args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let plan = config.plan()?;
    let services = org::services();
    let findings = runtime()?.block_on(async {
        let mut findings = reach::examine(config, Timestamp::now()).await?;
        findings.extend(match &config.salesforce {
            None if plan.destinations.is_empty() => vec![Finding::fine(
                "this hub keeps its own board and writes to no Salesforce org; to connect one see \
                 docs/salesforce.md",
            )],
            None => without_org(&plan),
            Some(_) => examine(&org::connect(config).await?, &plan, &services).await,
        });
        anyhow::Ok(findings)
    })?;
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
