//! `callboard verify`: whether Salesforce has what was delivered to it, call by call.
//!
//! The journal says what was written to which record; the org is asked for the same records through
//! the hub's session, 200 to an API call, and every difference is a line.

mod forms;

use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
    time::Duration,
};

use anyhow::bail;
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::{Map, Value};

use super::{
    ask::{Progress, confirm},
    client, runtime, say,
    writes::{order, wait},
};
use crate::{
    call::Text,
    cli::VerifyArgs,
    client::{Client, ClientError},
    config::Config,
    wire::{
        Destination, RecordsAsked, RecordsFound, Status, WriteDetail, WriteOrder, WritePage,
        WriteState,
    },
};

/// Records of one query.
const AT_ONCE: usize = 200;
/// API calls that are made without asking first.
const CHEAP: usize = 50;
/// What the journal says of one record.
#[derive(Default)]
struct Expected {
    call: String,
    /// The latest value of each field.
    fields: Map<String, Value>,
    /// A write that delivered it: the one that made it, where it is ours.
    write: String,
    /// Whether it is ours to make anew.
    ours: bool,
    /// When it was last written.
    at: Option<Timestamp>,
}

/// Something that is not as it should be.
struct Finding {
    line: String,
    /// What puts it right, of which write; none when a person must.
    repair: Option<(String, WriteOrder)>,
    /// Whether it is somebody's own change in Salesforce: told, not counted.
    theirs: bool,
}

/// Compares and tells; with `--fix` also repairs.
///
/// # Errors
/// When the hub or Salesforce can't be asked.
pub fn run(config: &Config, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let now = config.now()?;
    let since = args.since.instant(&now)?;
    runtime()?.block_on(async {
        let status: Status = client.get(&["v1", "status"], &[]).await?;
        if status.salesforce == Destination::None {
            bail!("there is nothing to compare with: the hub has no org configured (docs/salesforce.md)");
        }
        let writes = writes_since(&client, since).await?;
        let (records, mut findings) = expected(&writes, Timestamp::now(), args.patience);
        let forms = forms::unconfirmed(&writes);
        let calls: BTreeSet<&str> = writes.iter().map(|it| it.summary.call.as_str()).collect();
        let cost = api_calls(&records) + forms::api_calls(forms.len());
        say(&format!(
            "{} calls, {} records{}: about {cost} Salesforce API calls",
            calls.len(),
            records.values().map(BTreeMap::len).sum::<usize>(),
            match forms.len() {
                0 => String::new(),
                forms => format!(", {forms} unconfirmed forms"),
            }
        ))?;
        if cost > CHEAP && !confirm("Ask Salesforce?", args.yes)? {
            return Ok(ExitCode::FAILURE);
        }
        let mut used = 0;
        for (sobject, of_kind) in &records {
            used += compare(&client, sobject, of_kind, args.strict, &mut findings).await?;
        }
        if let Some(leads) = records.get("Lead") {
            used += duplicates(&client, leads, &mut findings).await?;
        }
        let taken = records.get("Lead").into_iter().flat_map(|leads| leads.keys().cloned());
        used +=
            forms::settle(&client, &forms, taken.collect(), args.patience, &mut findings).await?;
        for finding in &findings {
            say(&finding.line)?;
        }
        let wrong = findings.iter().filter(|finding| !finding.theirs).count();
        let theirs = findings.len() - wrong;
        let notes = match theirs {
            0 => String::new(),
            theirs => format!(", {theirs} changed by people in Salesforce"),
        };
        say(&match wrong {
            0 => format!("Salesforce has everything as it should be{notes} ({used} API calls)"),
            wrong => format!("{wrong} not as it should be{notes} ({used} API calls)"),
        })?;
        match (wrong, args.fix) {
            (0, _) => Ok(ExitCode::SUCCESS),
            (_, false) => Ok(ExitCode::FAILURE),
            (_, true) => fix(&client, &findings, args.yes, now.time_zone()).await,
        }
    })
}

async fn writes_since(client: &Client, since: Timestamp) -> Result<Vec<WriteDetail>, ClientError> {
    let since = since.to_string();
    let mut found: BTreeMap<String, WriteDetail> = BTreeMap::new();
    let mut after: Option<String> = None;
    loop {
        let mut query = vec![("since", since.as_str()), ("whole", "true"), ("limit", "200")];
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page: WritePage = client.get(&["v1", "writes", "search"], &query).await?;
        let rows = page.details.into_iter();
        found.extend(rows.map(|write| (write.summary.id.clone(), write)));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let mut writes: Vec<WriteDetail> = found.into_values().collect();
    writes.sort_by_key(|write| write.summary.changed_at);
    Ok(writes)
}

type Records = BTreeMap<String, BTreeMap<String, Expected>>;

/// What was delivered, by record; and what was not.
fn expected(
    writes: &[WriteDetail],
    now: Timestamp,
    patience: SignedDuration,
) -> (Records, Vec<Finding>) {
    let mut records = Records::new();
    let mut findings = Vec::new();
    let mut latest: BTreeMap<(Text, String), Text> = BTreeMap::new();
    for write in writes {
        let row = &write.summary;
        let silent = now.duration_since(row.changed_at) > patience;
        let waits = !row.state.is_end() && row.state != WriteState::Failed;
        if row.state == WriteState::Failed || waits && silent {
            let why = row.problem.as_ref().map(|it| format!(": {} {}", it.code, it.message));
            findings.push(Finding {
                line: format!(
                    "{}  \u{201c}{}\u{201d} is not in Salesforce ({}{})",
                    row.call,
                    row.title,
                    row.state.name(),
                    why.unwrap_or_default()
                ),
                repair: (row.state == WriteState::Failed)
                    .then(|| (row.id.clone(), WriteOrder::Retry)),
                theirs: false,
            });
        }
        let Some(record) = row.record.as_ref().filter(|_| row.state == WriteState::Delivered)
        else {
            continue;
        };
        if write.fields.is_empty() {
            continue;
        }
        // What a form or flow made of the values is its own affair: its Lead is to be there.
        let elsewhere = write.destination.is_some();
        let sobject = if elsewhere { "Lead" } else { row.sobject.as_str() };
        let of_kind = records.entry(sobject.to_owned()).or_default();
        let known = of_kind.entry(record.as_str().to_owned()).or_default();
        if !elsewhere {
            known.fields.extend(write.fields.clone());
        }
        known.at = known.at.max(Some(row.changed_at));
        let creates = write.external_id.is_some();
        if known.write.is_empty() || creates && !known.ours {
            known.write.clone_from(&row.id);
            known.call = row.call.to_string();
        }
        known.ours |= creates;
        // Made anew since: the record before it is not missed any more.
        let made = write.external_id.clone().map(|id| ((row.sobject.clone(), id), record));
        if let Some((key, record)) = made
            && let Some(before) = latest.insert(key, record.clone())
            && before != *record
        {
            of_kind.remove(before.as_str());
        }
    }
    (records, findings)
}

fn api_calls(records: &Records) -> usize {
    let queries: usize = records.values().map(|of_kind| of_kind.len().div_ceil(AT_ONCE)).sum();
    let leads = records.get("Lead").map_or(0, |leads| leads.len().div_ceil(AT_ONCE));
    queries + leads
}

async fn look(
    client: &Client,
    sobject: &str,
    by: &str,
    values: Vec<String>,
    fields: Vec<String>,
) -> Result<RecordsFound, ClientError> {
    let asked = RecordsAsked { sobject: sobject.to_owned(), by: by.to_owned(), values, fields };
    client.post(&["v1", "salesforce", "records"], &asked).await
}

/// Holds every record of a kind against the org's. Returns the API calls that took.
async fn compare(
    client: &Client,
    sobject: &str,
    records: &BTreeMap<String, Expected>,
    strict: bool,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<u64> {
    let mut used = 0;
    let mut progress = Progress::new(records.len());
    let all: Vec<(&String, &Expected)> = records.iter().collect();
    for chunk in all.chunks(AT_ONCE) {
        let names: BTreeSet<&String> =
            chunk.iter().flat_map(|(_, expected)| expected.fields.keys()).collect();
        let mut fields: Vec<String> = names.into_iter().cloned().collect();
        fields.extend(["LastModifiedById", "LastModifiedDate"].map(str::to_owned));
        if sobject == "Lead" {
            fields.push("IsConverted".to_owned());
        }
        let ids = chunk.iter().map(|(id, _)| (*id).clone()).collect();
        let found = look(client, sobject, "Id", ids, fields).await?;
        used += found.api_calls;
        let by_id: BTreeMap<&str, &Map<String, Value>> = found
            .records
            .iter()
            .filter_map(|record| Some((record.get("Id")?.as_str()?.get(..15)?, record)))
            .collect();
        for (id, expected) in chunk {
            let record = id.get(..15).and_then(|id| by_id.get(id));
            let Some(record) = record else {
                findings.push(missing(sobject, id, expected));
                continue;
            };
            if record.get("IsConverted") == Some(&Value::Bool(true)) {
                continue;
            }
            let user = found.user.as_str();
            findings.extend(differs(sobject, id, expected, record, user, strict));
        }
        progress.at(progress.done() + chunk.len());
    }
    progress.end();
    Ok(used)
}

fn missing(sobject: &str, id: &str, expected: &Expected) -> Finding {
    let Expected { call, write, ours, .. } = expected;
    let order = WriteOrder::Again { fields: BTreeSet::new() };
    let why = if *ours { "" } else { "; it was not ours to make anew" };
    Finding {
        line: format!("{call}  {sobject} {id} is not in Salesforce: it was deleted{why}"),
        repair: ours.then(|| (write.clone(), order)),
        theirs: false,
    }
}

/// A difference, if there is one.
fn differs(
    sobject: &str,
    id: &str,
    expected: &Expected,
    record: &Map<String, Value>,
    user: &str,
    strict: bool,
) -> Option<Finding> {
    let wrong: Vec<(&String, &Value)> = expected
        .fields
        .iter()
        .filter(|(name, value)| !same(value, record.get(*name).unwrap_or(&Value::Null)))
        .collect();
    if wrong.is_empty() {
        return None;
    }
    let by = record.get("LastModifiedById").and_then(Value::as_str).unwrap_or_default();
    let theirs = !strict && by.get(..15) != user.get(..15);
    let what: Vec<String> = wrong
        .iter()
        .map(|(name, value)| {
            let has = shown(record.get(*name).unwrap_or(&Value::Null));
            format!("{name} is {has}, should be {}", shown(value))
        })
        .collect();
    let who = if theirs { format!(" (changed by {by} in Salesforce)") } else { String::new() };
    let fields = wrong.into_iter().map(|(name, _)| name.clone()).collect();
    Some(Finding {
        line: format!("{}  {sobject} {id}: {}{who}", expected.call, what.join("; ")),
        repair: (!theirs).then(|| (expected.write.clone(), WriteOrder::Again { fields })),
        theirs,
    })
}

/// Leads of one telephone number that are not one.
async fn duplicates(
    client: &Client,
    leads: &BTreeMap<String, Expected>,
    findings: &mut Vec<Finding>,
) -> anyhow::Result<u64> {
    let mut calls: BTreeMap<&str, &str> = BTreeMap::new();
    for expected in leads.values().filter(|expected| expected.ours) {
        if let Some(phone) = expected.fields.get("Phone").and_then(Value::as_str) {
            calls.insert(phone, &expected.call);
        }
    }
    let mut used = 0;
    let mut by_phone: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let phones: Vec<&str> = calls.keys().copied().collect();
    for chunk in phones.chunks(AT_ONCE) {
        let values = chunk.iter().map(|phone| (*phone).to_owned()).collect();
        let fields = vec!["Phone".to_owned(), "IsConverted".to_owned()];
        let found = look(client, "Lead", "Phone", values, fields).await?;
        used += found.api_calls;
        for record in &found.records {
            let text = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default();
            if record.get("IsConverted") != Some(&Value::Bool(true)) {
                by_phone.entry(text("Phone").to_owned()).or_default().push(text("Id").to_owned());
            }
        }
    }
    for (phone, ids) in by_phone.into_iter().filter(|(_, ids)| ids.len() > 1) {
        let call = calls.get(phone.as_str()).copied().unwrap_or_default();
        findings.push(Finding {
            line: format!(
                "{call}  {} open Leads have the number {}: {}; merge them in Salesforce",
                ids.len(),
                Text::new(&phone),
                ids.join(", ")
            ),
            repair: None,
            theirs: false,
        });
    }
    Ok(used)
}

/// Queues what puts things right, and waits for it.
async fn fix(
    client: &Client,
    findings: &[Finding],
    yes: bool,
    zone: &TimeZone,
) -> anyhow::Result<ExitCode> {
    let wrong = findings.iter().filter(|finding| !finding.theirs).count();
    let repairs: Vec<&(String, WriteOrder)> =
        findings.iter().filter_map(|finding| finding.repair.as_ref()).collect();
    if repairs.is_empty() {
        say("nothing of this can be repaired from here")?;
        return Ok(ExitCode::FAILURE);
    }
    let count = repairs.len();
    if !confirm(&format!("Write {count} again (at most {count} API calls)?"), yes)? {
        return Ok(ExitCode::FAILURE);
    }
    let mut retried = std::collections::HashSet::new();
    let mut refused = wrong - count;
    for (write, what) in repairs {
        match order(client, write, what).await {
            Ok(receipt) if receipt.done => {
                if *what == WriteOrder::Retry {
                    retried.insert(write.clone());
                }
                say(receipt.message.as_str())?;
            }
            Ok(receipt) => {
                refused += 1;
                say(&format!("not done: {}", receipt.message))?;
            }
            Err(ClientError::Refused { message, .. }) => {
                refused += 1;
                say(&format!("not done: {message}"))?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let fine = wait(client, &retried, Duration::from_secs(60), zone).await?;
    say("queued; run `callboard verify` again to see that it arrived")?;
    Ok(if fine && refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether Salesforce's value is what was written: it gives numbers a point, times another zone's
/// notation, and cuts white space.
fn same(written: &Value, has: &Value) -> bool {
    if let (Some(one), Some(other)) = (written.as_f64(), has.as_f64()) {
        return (one - other).abs() < 0.005;
    }
    let text = |value: &Value| match value {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text.replace("\r\n", "\n").trim().to_owned()),
        _ => None,
    };
    let (Some(one), Some(other)) = (text(written), text(has)) else { return written == has };
    if one == other {
        return true;
    }
    let id = |text: &str| {
        matches!(text.len(), 15 | 18) && text.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    if id(&one) && id(&other) && one.len() != other.len() {
        return one.get(..15) == other.get(..15);
    }
    matches!((instant(&one), instant(&other)), (Some(one), Some(other)) if one == other)
}

/// Reads 2026-11-21T14:00:00.000+0000, and what others write.
fn instant(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix("+0000").map_or_else(|| text.to_owned(), |it| format!("{it}Z"));
    text.parse().ok()
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "empty".to_owned(),
        Value::String(text) => format!("\u{201c}{}\u{201d}", Text::limited(text, 60)),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn salesforces_notation_is_no_difference() {
        for (written, has, equal) in [
            (json!(10000), json!(10000.0), true),
            (json!(4), json!(5.0), false),
            (json!("2026-11-21T14:00:00.000Z"), json!("2026-11-21T14:00:00.000+0000"), true),
            (json!("2026-11-21T14:00:00.000Z"), json!("2026-11-21T15:00:00.000+0000"), false),
            (json!("a\nb "), json!("a\r\nb"), true),
            (json!(""), Value::Null, true),
            (json!("005000000000001"), json!("005000000000001AAA"), true),
            (json!(true), json!(false), false),
            (json!("Hot"), json!("Warm"), false),
        ] {
            assert_eq!(same(&written, &has), equal, "{written} {has}");
        }
    }
}
