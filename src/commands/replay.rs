//! `callboard replay`: recorded webhooks against a hub.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;

use super::{runtime, until_stopped};
use crate::{
    cli::ReplayArgs,
    config::Config,
    intake::{Settings, Sources},
    recording,
    replay::{Summary, replay},
    secret::SecretRef,
};

/// Posts a recording. Fails when the hub refused anything.
///
/// # Errors
/// When the recording or a secret can't be had.
pub fn run(config: Config, args: &ReplayArgs) -> anyhow::Result<ExitCode> {
    let recorded = recording::read(&args.file).context("the recording can't be read")?;
    let base = args.hub.clone().unwrap_or_else(|| format!("http://{}", config.hub.listen));
    let region = config.business.region.clone();
    let sources = Sources::build(&settings(config.sources, args, &base)?, &region)?;
    runtime()?.block_on(async {
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("the HTTP client can't be set up")?;
        let mut latest = Summary::default();
        let all = recorded.len();
        let playing = replay(&sources, &recorded, &base, args.speed, &client, |summary| {
            latest = summary.clone();
            progress(summary, all);
        });
        let whole = tokio::select! {
            summary = playing => Some(summary),
            () = until_stopped() => None,
        };
        let interrupted = whole.is_none();
        let summary = whole.unwrap_or(latest);
        tell(&summary, all, interrupted);
        let fine = !interrupted && summary.failures() == 0;
        Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

/// The configured sources, and those whose secret is named on the command line.
fn settings(
    mut sources: BTreeMap<String, Settings>,
    args: &ReplayArgs,
    base: &str,
) -> anyhow::Result<BTreeMap<String, Settings>> {
    for pair in &args.secret_env {
        let (name, variable) = pair
            .split_once('=')
            .with_context(|| format!("--secret-env is SOURCE=VARIABLE, not {pair:?}"))?;
        let known = sources.entry(name.to_owned()).or_insert_with(|| Settings {
            kind: name.to_owned(),
            public_url: Some(base.to_owned()),
            ..Settings::default()
        });
        known.secrets = vec![SecretRef::Env(variable.to_owned())];
    }
    Ok(sources)
}

/// One line that is overwritten, where a person looks.
fn progress(summary: &Summary, all: usize) {
    let mut out = io::stderr();
    if out.is_terminal() {
        let done = summary.accepted + summary.failures();
        // Progress that can't be shown is no reason to stop.
        let _ = write!(out, "\r{done} of {all}, {} refused ", summary.failures());
        let _ = out.flush();
    }
}

fn tell(summary: &Summary, all: usize, interrupted: bool) {
    let mut out = io::stderr();
    let start = if out.is_terminal() { "\r" } else { "" };
    let end = if interrupted { ", interrupted" } else { "" };
    let (accepted, failures) = (summary.accepted, summary.failures());
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(out, "{start}{accepted} of {all} accepted, {failures} refused{end}");
    for (reason, count) in &summary.refused {
        let _ = writeln!(out, "  {count} x {reason}");
    }
}
