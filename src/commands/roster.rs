//! `callboard roster`: who is on call, now and next.

use std::process::ExitCode;

use jiff::{Timestamp, tz::TimeZone};

use super::{client, runtime, say};
use crate::{
    call::Text,
    cli::RosterArgs,
    config::Config,
    wire::{OnCallNow, RosterNow},
};

/// Asks the hub and prints what it says.
///
/// # Errors
/// When the hub can't be asked.
pub fn run(config: &Config, args: &RosterArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let roster: RosterNow = runtime()?.block_on(client.get(&["v1", "roster"], &[]))?;
    if args.json {
        say(&serde_json::to_string(&roster)?)?;
    } else {
        for line in lines(&roster) {
            say(&line)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn lines(roster: &RosterNow) -> Vec<String> {
    // A zone this machine does not know is shown in UTC, and says so.
    let zone = TimeZone::get(roster.zone.as_str()).unwrap_or(TimeZone::UTC);
    let time = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %d %b %H:%M %Z").to_string();
    let shift = |on_call: &OnCallNow| {
        let who = match on_call.people.is_empty() {
            true => "nobody".to_owned(),
            false => joined(&on_call.people),
        };
        match on_call.until {
            Some(until) => format!("{who}, until {}", time(until)),
            None => who,
        }
    };
    let mut lines = vec![
        format!("business is {}", if roster.open { "open" } else { "closed" }),
        format!("on call now   {}", shift(&roster.now)),
    ];
    lines.extend(
        roster.next.as_ref().map(|next| format!("from {}   {}", time(next.from), shift(next))),
    );
    lines.extend(roster.holiday.as_ref().map(|holiday| {
        let name = if holiday.name.is_empty() { "holiday" } else { holiday.name.as_str() };
        let who = match holiday.people.is_empty() {
            true => "NOBODY is on call at noon".to_owned(),
            false => joined(&holiday.people),
        };
        format!("{} {name}   {who}", holiday.date.strftime("%a %d %b"))
    }));
    lines.push(String::new());
    for person in &roster.people {
        let mut line =
            format!("{:<20} {}", person.name, if person.on_call { "on call" } else { "-" });
        line += &format!(", {} in hand", person.in_hand);
        if !person.services.is_empty() {
            line += &format!(", {}", joined(&person.services));
        }
        lines.push(line);
    }
    lines
}

fn joined(names: &[Text]) -> String {
    names.iter().map(Text::as_str).collect::<Vec<_>>().join(", ")
}
