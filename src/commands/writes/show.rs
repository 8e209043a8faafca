//! `callboard writes show`: one write whole.

use std::process::ExitCode;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{moment, say};
use crate::{
    call::Text,
    cli::WritesShow,
    client::{Client, ClientError},
    wire::WriteDetail,
};

/// Prints a write with its content and every attempt.
pub(super) async fn run(
    client: &Client,
    args: &WritesShow,
    zone: &TimeZone,
) -> anyhow::Result<ExitCode> {
    let write = get(client, &args.id).await?;
    if args.json {
        say(&serde_json::to_string_pretty(&write)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let row = &write.summary;
    say(&format!("{} ({}), {}", row.title, row.sobject, row.word()))?;
    say(&format!("  call      {}", row.call))?;
    say(&format!("  came up   {}", moment(row.created_at, zone)))?;
    if let Some(operator) = &row.operator {
        say(&format!("  for       {operator}"))?;
    }
    if let Some(record) = &row.record {
        say(&format!("  record    {record}"))?;
    }
    if let Some(at) = row.next_at.filter(|_| !row.state.is_end()) {
        say(&format!("  next try  {}", moment(at, zone)))?;
    }
    if !write.fields.is_empty() {
        say("writes")?;
    }
    for (name, value) in &write.fields {
        say(&format!("  {name:<28} {}", shown(value)))?;
    }
    if let Some(original) = &write.original {
        say("edited; it was")?;
        difference(original, &write.fields)?;
    }
    say(if write.attempts.is_empty() { "no attempt yet" } else { "attempts" })?;
    for attempt in &write.attempts {
        let status = match attempt.status {
            0 => "no answer".to_owned(),
            status => status.to_string(),
        };
        let ms = attempt.milliseconds;
        let Some(problem) = &attempt.problem else {
            say(&format!("  {}  {status}  {ms} ms  fine", moment(attempt.at, zone)))?;
            continue;
        };
        let code = &problem.code;
        say(&format!(
            "  {}  {status}  {ms} ms  {code}: {}",
            moment(attempt.at, zone),
            problem.message
        ))?;
        if !problem.fields.is_empty() {
            let fields: Vec<&str> = problem.fields.iter().map(Text::as_str).collect();
            say(&format!("      fields: {}", fields.join(", ")))?;
        }
        if let Some(advice) = &problem.advice {
            say(&format!("      {advice}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The write with this id.
pub(super) async fn get(client: &Client, id: &str) -> Result<WriteDetail, ClientError> {
    client.get(&["v1", "writes", id], &[]).await
}

/// What differs, as lines that begin with - and +.
pub(super) fn difference(
    before: &serde_json::Map<String, Value>,
    after: &serde_json::Map<String, Value>,
) -> anyhow::Result<()> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let (was, is) = (before.get(name), after.get(name));
        if was == is {
            continue;
        }
        if let Some(was) = was {
            say(&format!("- {name:<28} {}", shown(was)))?;
        }
        say(&match is {
            Some(is) => format!("+ {name:<28} {}", shown(is)),
            None => format!("+ {name:<28} (left out)"),
        })?;
    }
    Ok(())
}

/// A value on one line: what callers said controls no terminal.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let short = Text::limited(text, 160);
            let more = text.chars().count().saturating_sub(160);
            if more > 0 {
                format!("{short}\u{2026} ({more} characters more)")
            } else {
                short.to_string()
            }
        }
        Value::Null => "null (empties the field)".to_owned(),
        other => other.to_string(),
    }
}
