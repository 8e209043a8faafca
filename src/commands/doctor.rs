//! `callboard doctor`: what would fail in Salesforce, before it does.

use std::process::ExitCode;

use super::{org, runtime, say};
use crate::{
    cli::DoctorArgs,
    config::Config,
    delivery::{Finding, Level, examine, without_org},
};

/// Looks the org over and prints one line per finding.
///
/// # Errors
/// When there is no org to look at, or the settings can't be right.
pub fn run(config: &Config, args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let plan = config.plan()?;
    let services = org::services();
    let findings = if config.salesforce.is_none() && !plan.destinations.is_empty() {
        without_org(&plan)
    } else {
        runtime()?.block_on(async {
            let org = org::connect(config).await?;
            anyhow::Ok(examine(&org, &plan, &services).await)
        })?
    };
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
