//! `callboard notice`: whether people can be told.

use std::process::ExitCode;

use anyhow::Context;

use jiff::Timestamp;

use super::{runtime, say};
use crate::{
    call::Text,
    cli::NoticeCommand,
    config::Config,
    hub,
    notice::{Message, Messenger},
};

/// Does what was asked for.
///
/// # Errors
/// When the config can't be used or knows no such person.
pub fn run(config: &Config, command: NoticeCommand) -> anyhow::Result<ExitCode> {
    match command {
        NoticeCommand::Test(args) => runtime()?.block_on(test(config, &args.name)),
    }
}

async fn test(config: &Config, name: &str) -> anyhow::Result<ExitCode> {
    let roster = config.plan()?.roster;
    let person = roster.iter().find(|person| person.name.as_str() == name);
    let person = person.with_context(|| {
        let known: Vec<&str> = roster.iter().map(|person| person.name.as_str()).collect();
        format!("{name} is not on the roster ({})", known.join(", "))
    })?;
    anyhow::ensure!(
        !person.tell.is_empty(),
        "{name} has no way to be told; add one to plan.roster, such as tell = [\"email:ADDRESS\"]"
    );
    let messenger = Messenger::new(&config.notice).context("[notice]")?;
    let now = Timestamp::now().to_zoned(config.zone()?);
    let now = now.strftime("%a %H:%M %Z").to_string();
    let link = config.hub.public_url.as_ref();
    let link = link.map(|base| format!("{}/v1/ack/{}", base.trim_end_matches('/'), hub::TEST_LINK));
    let message = Message {
        // Every test is a new one, whatever a receiver remembers.
        key: crate::wire::new_action_id(),
        business: config.business.name.clone(),
        to: person.name.clone(),
        urgency: 1,
        when: Some(Text::new(&format!("{now}, over"))),
        before: None,
        since: None,
        callback: Some(Text::new(&now)),
        link,
        code: None,
        ..Message::sample()
    };
    let mut all = ExitCode::SUCCESS;
    for way in &person.tell {
        match messenger.send(way, &message).await {
            Ok(()) => say(&format!("{way}: taken"))?,
            Err(failure) => {
                say(&format!("{way}: not taken: {}", failure.problem))?;
                all = ExitCode::FAILURE;
            }
        }
    }
    Ok(all)
}
