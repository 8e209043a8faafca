//! `callboard provision`: what the org lacks, made after it was shown.

use std::{process::ExitCode, time::Duration};

use super::{ask::confirm, org, runtime, say};
use crate::{
    cli::ProvisionArgs,
    config::Config,
    delivery::provision::{self, unseen},
    salesforce::Failure,
};

/// How long new fields may take to show, and how often that is looked at.
const SHOWN_WITHIN: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_secs(2);

/// Shows what is missing, makes it, and waits until it can be seen.
///
/// # Errors
/// When there is no org, or it refuses.
pub fn run(config: &Config, args: &ProvisionArgs) -> anyhow::Result<ExitCode> {
    let plan = config.plan()?;
    runtime()?.block_on(async {
        let org = org::connect(config).await?;
        let user = args.user.as_deref();
        let mut survey =
            provision::survey(&org, &plan, &org::services(), user).await.map_err(told)?;
        for obstacle in &survey.obstacles {
            say(&format!("in the way: {obstacle}"))?;
        }
        let steps = survey.steps.clone();
        if steps.is_empty() {
            say(&format!("nothing is missing: {} fields are as they should be", survey.fine))?;
            let blocked = !survey.obstacles.is_empty();
            return Ok(if blocked { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        for step in &steps {
            say(&step.told())?;
        }
        if args.dry_run {
            say(&format!("{} steps, {} API calls; nothing was changed", steps.len(), steps.len()))?;
            return Ok(ExitCode::SUCCESS);
        }
        if !confirm(&format!("Do these {} steps?", steps.len()), args.yes)? {
            return Ok(ExitCode::FAILURE);
        }
        for (done, step) in steps.iter().enumerate() {
            if let Err(failure) = survey.carry_out(&org, step).await {
                say(&format!("{done} of {} done, then: could not {}", steps.len(), step.told()))?;
                return Err(told(failure));
            }
        }
        say(&format!("{} done", steps.len()))?;
        if user.is_some() {
            say("run callboard doctor as the integration user to see that it can write all of it")?;
            return Ok(ExitCode::SUCCESS);
        }
        let end = tokio::time::Instant::now() + SHOWN_WITHIN;
        loop {
            let unseen = unseen(&org, &plan).await.map_err(told)?;
            if unseen.is_empty() {
                // What nobody could see before shows only now what it is.
                let after = provision::survey(&org, &plan, &org::services(), user).await;
                let after = after.map_err(told)?;
                for obstacle in after.obstacles.iter().filter(|it| !survey.obstacles.contains(it)) {
                    say(&format!("in the way: {obstacle}"))?;
                }
                let blocked = !after.obstacles.is_empty();
                say(match blocked {
                    false => "every field can be seen and written; now run: callboard doctor",
                    true => "done, but for what is in the way; then run: callboard doctor",
                })?;
                return Ok(if blocked { ExitCode::FAILURE } else { ExitCode::SUCCESS });
            }
            anyhow::ensure!(
                tokio::time::Instant::now() < end,
                "these fields can't be written yet: {}; wait a while and run callboard doctor",
                unseen.join(", ")
            );
            tokio::time::sleep(LOOK).await;
        }
    })
}

/// A failure with what to do about it: what provisioning needs is more than what writing needs.
#[expect(clippy::needless_pass_by_value, reason = "as map_err hands it over")]
fn told(failure: Failure) -> anyhow::Error {
    let advice = failure.advice().map(|advice| format!(". {advice}")).unwrap_or_default();
    anyhow::anyhow!(
        "{failure}{advice} (provisioning needs \"Customize Application\" and \"Manage Profiles and \
         Permission Sets\")"
    )
}
