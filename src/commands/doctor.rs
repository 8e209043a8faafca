//! `callboard doctor`: what would fail, before it does: starting, taking webhooks, telling people, and
//! writing to Salesforce.

use std::process::ExitCode;

use jiff::Timestamp;

use super::{org, reach, runtime, say, webhooks};
use crate::{
    cli::DoctorArgs,
    config::Config,
    delivery::{Finding, Level, examine, without_org},
    plan,
};

/// Looks everything over and prints one line per finding.
///
/// # Errors
/// When the org can't be asked because the hub holds its login.
pub fn run(config: &Config, args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let mut findings: Vec<Finding> = config
        .problems()
        .into_iter()
        .map(|problem| Finding::wrong(problem, "The hub does not start until this is mended."))
        .collect();
    findings.extend(webhooks::examine(config));
    // What follows looks at what the plan names: where that can't be right it has been said.
    if let Ok(plan) = config.plan() {
        findings.extend(runtime()?.block_on(outside(config, &plan))?);
    }
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

/// What only the world can tell: whether people can be told, and what the org takes.
async fn outside(config: &Config, plan: &plan::Settings) -> anyhow::Result<Vec<Finding>> {
    let mut findings = reach::examine(config, plan, Timestamp::now()).await;
    findings.extend(match &config.salesforce {
        None if plan.destinations.is_empty() => vec![Finding::fine(
            "this hub keeps its own board and writes to no Salesforce org; to connect one see \
             docs/salesforce.md",
        )],
        None => without_org(plan),
        Some(_) if !config.org_problems().is_empty() => Vec::new(),
        Some(_) => examine(&org::connect(config).await?, plan, &org::services()).await,
    });
    Ok(findings)
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
