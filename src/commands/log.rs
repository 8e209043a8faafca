//! `callboard log`: who did what, when, to whose call.

use std::{
    collections::{HashMap, HashSet},
    process::ExitCode,
};

use super::{client, moment, remark, runtime, say};
use crate::{
    call::{CallId, Text},
    cli::LogArgs,
    client::Client,
    config::Config,
    wire::{CallDetail, CallSummary, LogEntry, LogPage},
};

/// Entries of a page.
const PAGE: usize = 500;
/// Calls whose caller is looked up; the log itself knows nobody's name or number, so that whoever
/// is erased is not in it.
const MOST_NAMED: usize = 200;

/// Prints the log, the newest last.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn run(config: &Config, args: &LogArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let runtime = runtime()?;
    let zone = config.zone()?;
    let mut entries = Vec::new();
    let mut before: Option<u64> = None;
    while entries.len() < args.most {
        let limit = (args.most - entries.len()).min(PAGE).to_string();
        let from = before.map(|seq| seq.to_string());
        let mut query = vec![("limit", limit.as_str())];
        query.extend(from.as_deref().map(|from| ("before", from)));
        query.extend(args.call.as_deref().map(|call| ("call", call)));
        let page: LogPage = runtime.block_on(client.get(&["v1", "log"], &query))?;
        entries.extend(page.entries);
        before = page.before;
        if before.is_none() {
            break;
        }
    }
    if entries.is_empty() {
        remark(match args.call {
            Some(_) => "no operator has done anything to this call yet",
            None => "no operator has done anything yet",
        });
    }
    let callers = match args.json {
        true => HashMap::new(),
        false => runtime.block_on(callers(&client, &entries)),
    };
    for entry in entries.iter().rev() {
        if args.json {
            say(&serde_json::to_string(entry)?)?;
        } else {
            let call = entry.call.as_ref().map(|call| match callers.get(call) {
                Some(caller) => format!("  {caller} ({call})"),
                None => format!("  {call}"),
            });
            let call = call.unwrap_or_default();
            let at = moment(entry.at, &zone);
            say(&format!("{at}  {}  {}{call}", entry.operator, entry.what))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The callers of these entries' calls, by name, else by number: those that are known still.
async fn callers(client: &Client, entries: &[LogEntry]) -> HashMap<CallId, Text> {
    let mut callers = HashMap::new();
    let mut asked = HashSet::new();
    for call in entries.iter().filter_map(|entry| entry.call.as_ref()) {
        if asked.len() >= MOST_NAMED || !asked.insert(call) {
            continue;
        }
        let path = ["v1", "calls", call.as_str()];
        let Ok(detail) = client.get::<CallDetail>(&path, &[]).await else { continue };
        let CallSummary { name, phone, .. } = detail.summary;
        let number = || phone.map(|phone| Text::new(&phone.national()));
        callers.extend(name.or_else(number).map(|caller| (call.clone(), caller)));
    }
    callers
}
