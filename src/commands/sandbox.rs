//! `callboard sandbox`: the stand-in org by itself.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use crate::{cli::SandboxArgs, sandbox::org};

/// Runs until Ctrl-C.
///
/// # Errors
/// When the address can't be had.
pub fn run(args: SandboxArgs) -> anyhow::Result<ExitCode> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let defaults = org::Options::default();
        let running = org::start(org::Options {
            listen: args.listen,
            seed: args.seed,
            client_secret: args.client_secret.unwrap_or(defaults.client_secret),
            token_lifetime: std::time::Duration::from_secs(args.token_lifetime),
            rotate_refresh_tokens: args.rotate_refresh_tokens,
            daily_limit: args.daily_limit,
            bare: args.bare,
            person_accounts: args.person_accounts,
            faults: args.fault,
            ..org::Options::default()
        })
        .await?;
        let ready = json!({
            "base_url": running.base_url,
            "client_id": running.client_id,
            "client_secret": running.client_secret,
            "username": running.username,
            "refresh_token": running.refresh_token,
            "admin_url": running.admin_url,
        });
        #[expect(clippy::print_stdout, reason = "the line a script waits for")]
        {
            println!("{ready}");
        }
        tokio::signal::ctrl_c().await.context("can't wait for Ctrl-C")?;
        running.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}
