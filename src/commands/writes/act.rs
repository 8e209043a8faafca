//! `callboard writes retry` and `discard`: one, many by filter, all.

use std::{
    collections::{HashMap, HashSet},
    process::ExitCode,
    time::{Duration, Instant},
};

use anyhow::ensure;
use jiff::{Zoned, tz::TimeZone};
use serde::Serialize;

use super::{UNFINISHED, counted, find, row, say, show};
use crate::{
    cli::WritesMany,
    client::{Client, ClientError},
    commands::ask::{Progress, confirm},
    wire::{Receipt, Status, WriteOrder, WriteState, WriteSummary, new_action_id},
};

/// How often the board is looked at while answers are waited for.
const LOOK: Duration = Duration::from_millis(300);

/// An order on a write, as it is posted.
#[derive(Serialize)]
struct Posted<'a> {
    id: String,
    #[serde(flatten)]
    order: &'a WriteOrder,
}

/// Posts an order on a write.
pub(in crate::commands) async fn order(
    client: &Client,
    write: &str,
    order: &WriteOrder,
) -> Result<Receipt, ClientError> {
    let posted = Posted { id: new_action_id(), order };
    client.post(&["v1", "writes", write, "actions"], &posted).await
}

/// Tries writes again and tells what came of it.
pub(super) async fn retry(
    client: &Client,
    args: &WritesMany,
    now: &Zoned,
) -> anyhow::Result<ExitCode> {
    let states = [WriteState::Failed, WriteState::Retrying];
    let Some(writes) = chosen(client, args, now, &states, "retry").await? else {
        return Ok(ExitCode::SUCCESS);
    };
    say(&cost(client, &writes).await?)?;
    if !confirm(&format!("Try {} again?", counted(writes.len())), args.yes)? {
        return Ok(ExitCode::FAILURE);
    }
    let (asked, refused) = post_all(client, &writes, &WriteOrder::Retry).await?;
    let fine = wait(client, &asked, Duration::from_secs(args.wait), now.time_zone()).await?;
    Ok(if fine && refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Gives writes up.
pub(super) async fn discard(
    client: &Client,
    args: &WritesMany,
    now: &Zoned,
) -> anyhow::Result<ExitCode> {
    let Some(writes) = chosen(client, args, now, &UNFINISHED, "discard").await? else {
        return Ok(ExitCode::SUCCESS);
    };
    let question = format!("Give {} up for good?", counted(writes.len()));
    if !confirm(&question, args.yes)? {
        return Ok(ExitCode::FAILURE);
    }
    let (done, refused) = post_all(client, &writes, &WriteOrder::Discard).await?;
    say(&format!("{} discarded", counted(done.len())))?;
    Ok(if refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The writes that are meant, shown; none when there are none.
async fn chosen(
    client: &Client,
    args: &WritesMany,
    now: &Zoned,
    possible: &[WriteState],
    what: &str,
) -> anyhow::Result<Option<Vec<WriteSummary>>> {
    ensure!(
        args.all || !args.filter.is_empty() || !args.ids.is_empty(),
        "say which: ids from `callboard writes list`, a filter such as --since 24h, or --all"
    );
    let mut writes = Vec::new();
    for id in &args.ids {
        writes.push(show::get(client, id).await?.summary);
    }
    if args.ids.is_empty() {
        let mut filter = args.filter.clone();
        if filter.state.is_empty() {
            filter.state = vec![WriteState::Failed];
        }
        writes = find(client, &filter, now).await?;
        writes.retain(|write| possible.contains(&write.state));
    }
    if writes.is_empty() {
        say(&format!("there is nothing to {what}"))?;
        return Ok(None);
    }
    for write in writes.iter().take(SHOWN) {
        row(write, now.time_zone())?;
    }
    if writes.len() > SHOWN {
        say(&format!("\u{2026} and {} more", writes.len() - SHOWN))?;
    }
    Ok(Some(writes))
}

/// More than so many are counted, not listed.
const SHOWN: usize = 20;

/// What trying them costs: a look-up and a conversion may take more than one request, everything
/// else takes one or shares one.
async fn cost(client: &Client, writes: &[WriteSummary]) -> anyhow::Result<String> {
    let status: Status = client.get(&["v1", "status"], &[]).await?;
    let most = writes.iter().fold(0, |sum, write| {
        sum + match (write.sobject.as_str(), write.title.as_str()) {
            ("Search", _) => 2,
            (_, "Convert Lead") => 3,
            _ => 1,
        }
    });
    let used = match (status.api_used, status.api_limit) {
        (Some(used), Some(limit)) => format!("; {used} of {limit} of the last 24 hours are used"),
        _ => String::new(),
    };
    let share = if most > 1 { ", fewer where they share a request" } else { "" };
    let calls = if most == 1 {
        "1 Salesforce API call".to_owned()
    } else {
        format!("{most} Salesforce API calls")
    };
    Ok(format!("costs at most {calls}{share}{used}"))
}

/// Posts the order on each; the ids of those it was done to, and how many refused.
async fn post_all(
    client: &Client,
    writes: &[WriteSummary],
    what: &WriteOrder,
) -> anyhow::Result<(HashSet<String>, usize)> {
    let mut progress = Progress::new(writes.len());
    let mut done = HashSet::new();
    let mut refused = 0;
    for write in writes {
        match order(client, &write.id, what).await {
            Ok(receipt) if receipt.done => {
                done.insert(write.id.clone());
            }
            Ok(receipt) => {
                refused += 1;
                progress.say(&format!("not done: {} ({})", receipt.message, write.id))?;
            }
            Err(ClientError::Refused { message, .. }) => {
                refused += 1;
                progress.say(&format!("refused: {message} ({})", write.id))?;
            }
            Err(error) => return Err(error.into()),
        }
        progress.step();
    }
    progress.end();
    Ok((done, refused))
}

/// Waits until these writes have come to something, and tells to what. False when one failed.
pub(in crate::commands) async fn wait(
    client: &Client,
    asked: &HashSet<String>,
    patience: Duration,
    zone: &TimeZone,
) -> anyhow::Result<bool> {
    if asked.is_empty() || patience.is_zero() {
        return Ok(true);
    }
    let end = Instant::now() + patience;
    let mut progress = Progress::new(asked.len());
    loop {
        // The board has what is unfinished and what ended a moment ago.
        let board: Vec<WriteSummary> = client.get(&["v1", "writes"], &[]).await?;
        let rows: HashMap<&str, &WriteSummary> =
            board.iter().map(|row| (row.id.as_str(), row)).collect();
        let of = |id: &str| rows.get(id).map(|row| row.state);
        let on_the_way = |id: &&String| {
            of(id).is_some_and(|state| !state.is_end() && state != WriteState::Failed)
        };
        let left = asked.iter().filter(on_the_way).count();
        progress.at(asked.len() - left);
        let held = board
            .iter()
            .filter(|row| asked.contains(&row.id))
            .any(|row| row.state == WriteState::Held);
        if left > 0 && !held && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
            continue;
        }
        progress.end();
        let failed: Vec<&&WriteSummary> = rows
            .values()
            .filter(|row| asked.contains(&row.id) && row.state == WriteState::Failed)
            .collect();
        for write in &failed {
            row(write, zone)?;
        }
        let why = if held { " (held: the destination is paused or out of order)" } else { "" };
        say(&format!(
            "{} done, {} failed, {left} still on the way{why}",
            asked.len() - left - failed.len(),
            failed.len()
        ))?;
        return Ok(failed.is_empty());
    }
}
