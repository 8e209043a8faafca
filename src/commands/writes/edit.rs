//! `callboard writes edit`: other values, shown as a difference first.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, bail};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::{act, say, show};
use crate::{cli::WritesEdit, client::Client, commands::ask::confirm, wire::WriteOrder};

/// Edits a write and waits for what comes of it.
pub(super) async fn run(
    client: &Client,
    args: &WritesEdit,
    zone: &TimeZone,
) -> anyhow::Result<ExitCode> {
    let write = show::get(client, &args.id).await?;
    let fields = changes(args, &write.fields)?;
    if fields.is_empty() && args.leave_out.is_empty() {
        bail!(
            "say what to change: --set FIELD=VALUE, --json-value FIELD=JSON or --leave-out FIELD"
        );
    }
    let mut after = write.fields.clone();
    after.extend(fields.clone());
    after.retain(|name, _| !args.leave_out.contains(name));
    say(&format!("{} of {}", write.summary.title, write.summary.call))?;
    show::difference(&write.fields, &after)?;
    if !confirm("Write this and try again?", args.yes)? {
        return Ok(ExitCode::FAILURE);
    }
    let leave_out = args.leave_out.iter().cloned().collect();
    let receipt = act::order(client, &args.id, &WriteOrder::Edit { fields, leave_out }).await?;
    say(receipt.message.as_str())?;
    if !receipt.done {
        return Ok(ExitCode::FAILURE);
    }
    let asked = [args.id.clone()].into();
    let fine = act::wait(client, &asked, Duration::from_secs(args.wait), zone).await?;
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The new values, each of the type the field has now where that can be told.
fn changes(args: &WritesEdit, now: &Map<String, Value>) -> anyhow::Result<Map<String, Value>> {
    let mut fields = Map::new();
    for pair in &args.set {
        let (name, text) =
            pair.split_once('=').with_context(|| format!("--set is FIELD=VALUE, not {pair:?}"))?;
        let typed = match now.get(name) {
            Some(Value::Number(_) | Value::Bool(_)) => {
                serde_json::from_str(text).with_context(|| {
                    format!("{name} holds a number or a yes/no; {text:?} is neither")
                })?
            }
            _ => Value::from(text),
        };
        fields.insert(name.to_owned(), typed);
    }
    for pair in &args.json_value {
        let (name, text) = pair
            .split_once('=')
            .with_context(|| format!("--json-value is FIELD=JSON, not {pair:?}"))?;
        let value = serde_json::from_str(text).with_context(|| format!("{text:?} is no JSON"))?;
        fields.insert(name.to_owned(), value);
    }
    Ok(fields)
}
