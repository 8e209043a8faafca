//! `callboard source test`: what a payload becomes, without a hub.

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context, bail};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header::CONTENT_TYPE};
use jiff::Timestamp;
use serde_json::Value;

use super::say;
use crate::{
    call::{Event, Text},
    cli::SourceTest,
    config::Config,
    intake::{self, Accepted, Request, Settings, Source, Sources},
    secret::SecretRef,
};

/// Shows what a payload becomes, field by field.
///
/// # Errors
/// When the config, the source or the file can't be used.
pub fn test(config: Config, args: &SourceTest) -> anyhow::Result<ExitCode> {
    let configured = config.sources.contains_key(&args.name);
    let sources = sources(config, args)?;
    let source = sources
        .get(&args.name)
        .with_context(|| format!("there is no source {:?} in the config", args.name))?;
    let body = fs::read(&args.file)
        .with_context(|| format!("the body in {} can't be read", args.file.display()))?;
    let headers = match &args.headers {
        Some(path) => headers(path)?,
        None => HeaderMap::from_iter([(CONTENT_TYPE, content_type(&body))]),
    };
    let request = Request {
        method: &Method::POST,
        path: &args.path,
        query: &args.query,
        headers: &headers,
        body: &body,
        now: args.at.unwrap_or_else(Timestamp::now),
    };
    say(&format!("source     {} (kind {})", source.name(), source.kind()))?;
    let genuine = match (&args.headers, configured) {
        (None, _) => {
            say("signature  not looked at; give --headers to check it")?;
            true
        }
        (Some(_), false) => {
            bail!("the config has no source {:?}, so no secret to check", args.name)
        }
        (Some(_), true) => verdict(source, &request)?,
    };
    match source.preview(&request) {
        Ok(accepted) => show(&accepted)?,
        Err(refused) => {
            say(&format!("refused    {} ({})", refused, refused.status()))?;
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(if genuine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The configured sources; or, for a kind's name that is not configured, one with its defaults
/// and a secret nobody knows.
fn sources(config: Config, args: &SourceTest) -> anyhow::Result<Sources> {
    let mut settings = config.sources;
    match settings.remove(&args.name) {
        Some(own) => settings = [(args.name.clone(), own)].into(),
        None if !intake::kinds().any(|kind| kind == args.name) => {
            let own: Vec<String> = settings.into_keys().collect();
            let own = if own.is_empty() { "none".to_owned() } else { own.join(", ") };
            let kinds: Vec<&str> = intake::kinds().collect();
            bail!(
                "there is no source {:?}; the config has {own}, and without one there are: {}",
                args.name,
                kinds.join(", ")
            )
        }
        None => {
            let stand_in = Settings {
                kind: args.name.clone(),
                secrets: vec![SecretRef::given("never checked")],
                public_url: Some("https://callboard.invalid".to_owned()),
                ..Settings::default()
            };
            settings = [(args.name.clone(), stand_in)].into();
        }
    }
    Ok(Sources::build(&settings, &config.business.region)?)
}

/// What a body without headers most likely is.
fn content_type(body: &[u8]) -> HeaderValue {
    let json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    HeaderValue::from_static(if json {
        "application/json"
    } else {
        "application/x-www-form-urlencoded"
    })
}

fn headers(path: &Path) -> anyhow::Result<HeaderMap> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("the headers in {} can't be read", path.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(n, line)| {
        // The value may be a secret: it is not repeated.
        let wrong = || format!("{}, line {}: expected `Name: value`", path.display(), n + 1);
        let (name, value) = line.split_once(':').with_context(wrong)?;
        let name: HeaderName = name.trim().parse().with_context(wrong)?;
        Ok((name, value.trim().parse::<HeaderValue>().with_context(wrong)?))
    });
    read.collect()
}

fn verdict(source: &Source, request: &Request<'_>) -> anyhow::Result<bool> {
    let refused = source.receive(request).err().filter(|refused| refused.status() == 401);
    match refused {
        None => say("signature  fits")?,
        Some(refused) => {
            say(&format!("signature  {refused}"))?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn show(accepted: &Accepted) -> anyhow::Result<()> {
    for event in &accepted.events {
        event_lines(event)?;
    }
    for unread in &accepted.unread {
        say(&format!("not read   {unread}"))?;
    }
    if !accepted.absent.is_empty() {
        say(&format!("not there  {}", accepted.absent.join(", ")))?;
    }
    if let Some(label) = accepted.ignored {
        say(&format!("no event   acknowledged and counted as {label:?}"))?;
    }
    let reply = String::from_utf8_lossy(&accepted.reply.body);
    say(&format!("reply      200, {}: {}", accepted.reply.content_type, Text::new(&reply)))
}

fn event_lines(event: &Event) -> anyhow::Result<()> {
    say(&format!("event      of the call {}", event.call))?;
    say(&format!("  key        {}", Text::new(&event.key)))?;
    say(&format!("  sent_at    {}", event.sent_at))?;
    for fact in &event.facts {
        let mut fact = serde_json::to_value(fact).context("a fact can't be shown")?;
        let name = fact.as_object_mut().and_then(|members| members.remove("fact"));
        let name = name.as_ref().and_then(Value::as_str).unwrap_or("fact").to_owned();
        say(&format!("  {name}"))?;
        field_lines("", &fact)?;
    }
    Ok(())
}

/// A value with the way to it: `lines.0.text  …`.
fn field_lines(way: &str, value: &Value) -> anyhow::Result<()> {
    let join = |name: &str| if way.is_empty() { name.to_owned() } else { format!("{way}.{name}") };
    match value {
        Value::Object(members) => {
            members.iter().try_for_each(|(name, value)| field_lines(&join(name), value))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(n, value)| field_lines(&join(&n.to_string()), value)),
        Value::String(text) => say(&format!("    {way:<20} {text}")),
        other => say(&format!("    {way:<20} {other}")),
    }
}
