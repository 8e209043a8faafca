//! `callboard writes`: what goes to Salesforce, what failed and why, and what to do about it.

mod act;
mod edit;
mod show;

pub(super) use act::{order, wait};

use std::process::ExitCode;

use jiff::{Zoned, tz::TimeZone};

use super::{client, moment, runtime, say};
use crate::{
    cli::{Filter, WritesCommand, WritesList},
    client::Client,
    config::Config,
    wire::{WritePage, WriteState, WriteSummary},
};

/// Does what was asked for.
///
/// # Errors
/// When the hub can't be asked or refuses.
pub fn run(config: &Config, command: WritesCommand) -> anyhow::Result<ExitCode> {
    let runtime = runtime()?;
    let now = config.now()?;
    match command {
        WritesCommand::List(args) => {
            let client = client::connect(config, &args.at)?;
            runtime.block_on(list(&client, &args, &now))
        }
        WritesCommand::Show(args) => {
            let client = client::connect(config, &args.at)?;
            runtime.block_on(show::run(&client, &args, now.time_zone()))
        }
        WritesCommand::Retry(args) => {
            let client = client::connect(config, &args.at)?;
            runtime.block_on(act::retry(&client, &args, &now))
        }
        WritesCommand::Discard(args) => {
            let client = client::connect(config, &args.at)?;
            runtime.block_on(act::discard(&client, &args, &now))
        }
        WritesCommand::Edit(args) => {
            let client = client::connect(config, &args.at)?;
            runtime.block_on(edit::run(&client, &args, now.time_zone()))
        }
    }
}

/// What is not at its end.
const UNFINISHED: [WriteState; 5] = [
    WriteState::Pending,
    WriteState::InFlight,
    WriteState::Retrying,
    WriteState::Held,
    WriteState::Failed,
];

async fn list(client: &Client, args: &WritesList, now: &Zoned) -> anyhow::Result<ExitCode> {
    let mut filter = args.filter.clone();
    let unsaid = filter.is_empty();
    if filter.state.is_empty() && filter.since.is_none() && filter.call.is_none() {
        filter.state = UNFINISHED.into();
    }
    let writes = find(client, &filter, now).await?;
    for write in &writes {
        if args.json {
            say(&serde_json::to_string(write)?)?;
        } else {
            row(write, now.time_zone())?;
        }
    }
    if args.json {
        return Ok(ExitCode::SUCCESS);
    }
    let failed = writes.iter().filter(|write| write.state == WriteState::Failed).count();
    say(&match (writes.len(), failed) {
        (0, _) if unsaid => "nothing is unfinished and nothing has failed".to_owned(),
        (0, _) => "no such writes".to_owned(),
        (count, 0) => counted(count),
        (count, failed) => format!(
            "{}, {failed} failed; `callboard writes show ID` tells all, `callboard writes retry \
             --all` tries the failed ones again",
            counted(count)
        ),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn counted(count: usize) -> String {
    if count == 1 { "1 write".to_owned() } else { format!("{count} writes") }
}

/// Two lines: what and where it stands, then why.
fn row(write: &WriteSummary, zone: &TimeZone) -> anyhow::Result<()> {
    let tries = match write.attempts {
        0 => String::new(),
        1 => ", 1 try".to_owned(),
        tries => format!(", {tries} tries"),
    };
    say(&format!(
        "{:<10} {}  {}  {} ({}{tries})",
        write.word(),
        moment(write.changed_at, zone),
        write.id,
        write.title,
        write.call,
    ))?;
    let Some(problem) = write.problem.as_ref().filter(|_| !write.state.is_end()) else {
        return Ok(());
    };
    say(&format!("           {}: {}", problem.code, problem.message))
}

/// Every write that fits, the longest unchanged first.
async fn find(client: &Client, filter: &Filter, now: &Zoned) -> anyhow::Result<Vec<WriteSummary>> {
    let states: Vec<&str> = filter.state.iter().map(|state| state.name()).collect();
    // What is held is pending or retrying in the journal.
    let held = filter.state.contains(&WriteState::Held);
    let stored =
        if held { format!("{},pending,retrying", states.join(",")) } else { states.join(",") };
    let since = filter.since.map(|since| since.instant(now)).transpose()?.map(|at| at.to_string());
    let mut after: Option<String> = None;
    let mut found: Vec<WriteSummary> = Vec::new();
    loop {
        let mut query = vec![("limit", "1000")];
        if !stored.is_empty() {
            query.push(("state", stored.as_str()));
        }
        query.extend(since.as_deref().map(|since| ("since", since)));
        query.extend(filter.call.as_deref().map(|call| ("call", call)));
        query.extend(after.as_deref().map(|after| ("after", after)));
        let page: WritePage = client.get(&["v1", "writes", "search"], &query).await?;
        found.extend(page.writes.into_iter().filter(|write| fits(write, filter)));
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    // What changed while pages were turned was seen twice; the later word counts.
    let mut seen = std::collections::HashSet::new();
    let mut latest: Vec<WriteSummary> =
        found.into_iter().rev().filter(|write| seen.insert(write.id.clone())).collect();
    latest.reverse();
    Ok(latest)
}

fn fits(write: &WriteSummary, filter: &Filter) -> bool {
    let state = filter.state.is_empty() || filter.state.contains(&write.state);
    let code = filter.code.as_ref().is_none_or(|code| {
        let problem = write.problem.as_ref();
        problem.is_some_and(|problem| problem.code.as_str().eq_ignore_ascii_case(code))
    });
    let sobject = filter.sobject.as_ref();
    state && code && sobject.is_none_or(|to| write.sobject.as_str().eq_ignore_ascii_case(to))
}
