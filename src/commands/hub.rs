//! `callboard hub`: serve for real.

use std::{path::Path, process::ExitCode};

use anyhow::Context;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::{ready, runtime, until_stopped};
use crate::{
    cli::HubArgs,
    config::{Config, Retain, Store},
    hub::{self, Operator, Operators},
    intake::Sources,
    recording::Recorder,
    secret,
    wire::OperatorRole,
};

/// The file with the local administrator's token, in the data folder.
const TOKEN_FILE: &str = "operator.token";

/// Serves until it is interrupted.
///
/// # Errors
/// When it can't start; the sentence says what to change.
pub fn run(config: Config, args: HubArgs) -> anyhow::Result<ExitCode> {
    super::log_to_stderr();
    runtime()?.block_on(async {
        let mut config = config;
        config.hub.listen = args.listen.unwrap_or(config.hub.listen);
        config.hub.data_dir = args.data_dir.or(config.hub.data_dir);
        config.check()?;
        let data_dir = config.data_dir()?;
        secret::make_private_folder(&data_dir)
            .with_context(|| format!("the data folder {} can't be made", data_dir.display()))?;
        let mut options = options(config, &data_dir)?;
        options.recorder = args.record.as_deref().map(Recorder::open).transpose()?;
        let told = options.plan.roster.iter().filter(|person| !person.tell.is_empty()).count();
        let by_itself = options.plan.dispatch.automatic_urgency;
        let hub = hub::start(options).await?;
        tracing::info!(url = hub.url(), told, "the hub serves");
        if told > 0 && by_itself.is_none() {
            tracing::warn!(
                "dispatch.automatic_urgency is not set: people are told of a call only once an \
                 operator gives it to them"
            );
        }
        let token_file = data_dir.join(TOKEN_FILE);
        ready(&json!({ "url": hub.url(), "token_file": token_file, "data_dir": data_dir }))?;
        until_stopped().await;
        hub.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

/// The least characters of a token: what a person makes up is shorter.
const SHORTEST_TOKEN: usize = 16;

fn options(config: Config, data_dir: &Path) -> anyhow::Result<hub::Options> {
    let mut operators = Operators::default();
    let local = Operator { name: "local".into(), role: OperatorRole::Admin };
    operators.add(local_token(data_dir)?.expose_secret(), local);
    for operator in &config.operators {
        let token = operator
            .token
            .resolve()
            .with_context(|| format!("the token of the operator {}", operator.name))?;
        let token = token.expose_secret();
        if token.len() < SHORTEST_TOKEN {
            anyhow::bail!(
                "the token of the operator {} has only {} characters: it could be guessed; \
                 `openssl rand -hex 32` makes one",
                operator.name,
                token.len()
            );
        }
        if let Some(other) = operators.of(token) {
            anyhow::bail!(
                "the operators {} and {other} have the same token: the log could not tell who did \
                 what",
                operator.name
            );
        }
        let known = Operator { name: operator.name.clone(), role: operator.role };
        operators.add(token, known);
    }
    Ok(hub::Options {
        listen: config.hub.listen,
        data_dir: data_dir.to_owned(),
        retain: config.hub.retain.as_ref().map(Retain::length),
        store: config.hub.store.as_ref().map(Store::address).transpose()?,
        sources: Sources::build(&config.sources, &config.business.region)?,
        recorder: None,
        operators,
        door: config.hub.door(),
        rules: config.rules()?,
        zone: config.zone()?,
        plan: config.plan()?,
        business: config.business.name,
        notice: config.notice,
        call_back: config.call_back,
        salesforce: config.salesforce,
        demo: false,
    })
}

/// The token of whoever can read the data folder, where a hub has been started.
///
/// # Errors
/// When it can't be read.
pub fn made_token(data_dir: &Path) -> Result<SecretString, secret::SecretError> {
    secret::SecretRef::File(data_dir.join(TOKEN_FILE)).resolve()
}

/// The same, made at the first start.
///
/// # Errors
/// When it can't be read or written.
fn local_token(data_dir: &Path) -> anyhow::Result<SecretString> {
    let path = data_dir.join(TOKEN_FILE);
    if !path.exists() {
        let token = hub::new_token()?;
        secret::write_private(&path, token.as_bytes())
            .with_context(|| format!("{} can't be written", path.display()))?;
    }
    Ok(made_token(data_dir)?)
}
