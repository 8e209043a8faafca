//! What `callboard doctor` says of telling people: whether each channel works, and when nobody is
//! there to be told.

use jiff::{SignedDuration, Timestamp};

use super::org;
use crate::{config::Config, delivery::Finding, notice::Messenger, plan};

/// How many spans of one kind are named.
const MOST_NAMED: usize = 3;

/// Looks over by which channels people are told and who is on call in the coming week. Sends nothing.
pub async fn examine(config: &Config, plan: &plan::Settings, now: Timestamp) -> Vec<Finding> {
    let roster = plan.people();
    if roster.people.is_empty() {
        return Vec::new();
    }
    let mut findings = channels(config).await;
    let mute = roster.people.iter().filter(|it| it.on_call && it.tell.is_empty());
    for person in mute {
        findings.push(Finding::warning(
            format!("{} is on call and can't be told of anything", person.name),
            "give them a way in plan.roster: tell = [\"email:ADDRESS\"]",
        ));
    }
    let to = now.checked_add(SignedDuration::from_hours(7 * 24)).unwrap_or(now);
    let zone = &plan.dispatch.zone;
    let spans = |gaps: Vec<(Timestamp, Timestamp)>| {
        let time = |at: Timestamp| at.to_zoned(zone.clone()).strftime("%a %H:%M").to_string();
        let named = gaps.iter().take(MOST_NAMED);
        let mut named: Vec<String> =
            named.map(|(from, to)| format!("{} to {}", time(*from), time(*to))).collect();
        if gaps.len() > MOST_NAMED {
            named.push(format!("{} times more", gaps.len() - MOST_NAMED));
        }
        named.join(", ")
    };
    let nobody = roster.gaps(None, now, to);
    findings.push(match nobody.is_empty() {
        true => Finding::fine("somebody on call can be told at every hour of the coming week"),
        false => Finding::warning(
            format!("nobody on call can be told: {}", spans(nobody.clone())),
            "then the others on the roster are; say who is on call with shifts in plan.roster",
        ),
    });
    for service in org::services().iter().filter(|service| *service != "Other") {
        let gaps = roster.gaps(Some(service), now, to);
        // Where nobody at all is there that was said.
        if !gaps.is_empty() && gaps != nobody {
            findings.push(Finding::warning(
                format!("nobody on call does {service}: {}", spans(gaps)),
                "then such calls go to whoever is on call for other trades",
            ));
        }
    }
    findings
}

async fn channels(config: &Config) -> Vec<Finding> {
    let people = &config.plan.roster;
    if people.iter().all(|person| person.tell.is_empty()) {
        return vec![Finding::warning(
            "nobody on the roster can be told of a call",
            "give them ways in plan.roster, and [notice] the channels: docs/operations.md",
        )];
    }
    // Why there is none is said with everything else the hub does not start with.
    let Ok(messenger) = Messenger::new(&config.notice) else { return Vec::new() };
    let mut findings = Vec::new();
    if let Some(email) = &config.notice.email {
        let place = format!("{}:{}", email.host, email.port());
        findings.push(match messenger.reach_mail().await {
            Ok(()) if email.user.is_some() => {
                Finding::fine(format!("email: {place} takes our login"))
            }
            Ok(()) => Finding::fine(format!("email: {place} answers")),
            Err(failure) => Finding::wrong(
                format!("email: {place}: {}", failure.problem),
                "nobody is told by mail until it works; see [notice.email]",
            ),
        });
    }
    for channel in &config.notice.channels {
        let name = &channel.name;
        findings.push(Finding::fine(format!(
            "channel {name}: is set up; callboard notice test NAME sends something by it"
        )));
    }
    findings.push(match &config.hub.public_url {
        Some(url) => Finding::fine(format!("links in notices lead to {url}")),
        None => Finding::warning(
            "notices have no link by which somebody says that they have it",
            "set hub.public_url to where the hub is reached from outside: https://…",
        ),
    });
    findings
}
