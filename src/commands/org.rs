//! How a tool that needs Salesforce itself connects to it.

use std::sync::Arc;

use anyhow::{Context, bail};

use crate::{
    config::{Config, Store},
    delivery::KeptTokens,
    salesforce::{Flow, InMemory, Org},
    store::{Journal, Vault},
};

/// The org of the config. A refresh token may be replaced when it is used, so it is taken from
/// where the hub keeps it, and kept there again.
///
/// # Errors
/// When none is configured, the settings can't be right, or the hub holds the journal.
pub async fn connect(config: &Config) -> anyhow::Result<Org> {
    let Some(settings) = config.salesforce.clone() else {
        bail!("no org is configured; docs/salesforce.md tells how, or try: callboard sandbox");
    };
    if settings.flow != Flow::RefreshToken {
        return Ok(Org::new(settings, Arc::new(InMemory::default()))?);
    }
    let folder = config.data_dir()?;
    let journal = match config.hub.store.as_ref().map(Store::address).transpose()? {
        Some(address) => Journal::connect(&address).await?,
        None => Journal::open(&folder).await.context(
            "the refresh token is in the hub's journal and may be replaced by using it: stop the \
             hub meanwhile",
        )?,
    };
    let vault = Vault::open(&folder)?;
    vault.agree(&journal).await?;
    Ok(Org::new(settings, Arc::new(KeptTokens::new(Arc::new(journal), vault)))?)
}

/// The trades the shipped rules tell apart: the values of the service's picklist.
pub fn services() -> Vec<String> {
    ["HVAC", "Plumbing", "Electrical", "Roofing", "Other"].map(str::to_owned).into()
}
