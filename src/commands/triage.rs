//! `callboard triage`: judges transcripts from a file, and measures judgements against labels.

use std::{
    fs,
    io::{self, BufRead, Read, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context;
use jiff::{Timestamp, tz::TimeZone};
use rust_decimal::Decimal;
use serde::Serialize;

use super::{client, runtime, say};
use crate::{
    call::{Assessment, Bant, CallId, Evidence, Rating},
    cli::{Triage, TriageCommand},
    client::Client,
    config::Config,
    triage::{
        Rules,
        eval::{self, Example, Labels, Report, Row},
    },
    wire::CorrectionPage,
};

/// Runs `callboard triage`.
///
/// # Errors
/// When a file can't be read, a line of it is no transcript, or the rules are wrong.
pub fn run(triage: &Triage, config: Option<&Path>) -> anyhow::Result<ExitCode> {
    let zone = match &triage.zone {
        Some(name) => TimeZone::get(name).with_context(|| format!("no time zone {name:?}"))?,
        None => Config::load(config)?.zone()?,
    };
    let rules = rules(triage.rules.as_deref())?;
    match &triage.command {
        None => assess(&rules, &zone, triage.file.as_deref()),
        Some(TriageCommand::Eval { file, against }) => {
            compare(&rules, &zone, file, against.as_deref())
        }
        Some(TriageCommand::Export(at)) => {
            let client = client::connect(&Config::load(config)?, at)?;
            runtime()?.block_on(export(&client))
        }
    }
}

fn rules(path: Option<&Path>) -> anyhow::Result<Arc<Rules>> {
    let Some(path) = path else { return Ok(Rules::shipped()) };
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let rules = Rules::parse(&text).with_context(|| format!("in {}", path.display()))?;
    Ok(Arc::new(rules))
}

/// One line of the output.
#[derive(Serialize)]
struct Verdict<'a> {
    id: &'a str,
    urgency: u8,
    rating: Rating,
    callback: bool,
    callback_due: Option<String>,
    service: Option<String>,
    #[serde(serialize_with = "eval::as_number")]
    budget_usd: Option<Decimal>,
    bant: Bant,
    score: u8,
    wants: Option<&'a str>,
    rules: &'a str,
    evidence: &'a [Evidence],
}

impl<'a> Verdict<'a> {
    fn of(id: &'a str, assessment: &'a Assessment, zone: &TimeZone) -> Self {
        let Labels { urgency, rating, callback, service, budget_usd, bant } =
            Labels::of(assessment);
        let due = assessment.callback.as_ref().and_then(|request| request.due);
        Self {
            id,
            urgency,
            rating,
            callback,
            callback_due: due.map(|due| due.to_zoned(zone.clone()).to_string()),
            service,
            budget_usd,
            bant,
            score: assessment.score,
            wants: assessment.wants.as_ref().map(crate::call::Text::as_str),
            rules: assessment.rules.as_str(),
            evidence: &assessment.evidence,
        }
    }
}

fn assess(rules: &Arc<Rules>, zone: &TimeZone, file: Option<&Path>) -> anyhow::Result<ExitCode> {
    let now = Timestamp::now();
    let mut out = io::BufWriter::new(io::stdout().lock());
    for row in rows::<Row>(file)? {
        let row = row?;
        let assessment = eval::judge(rules, &row.lines(now), zone);
        let line = serde_json::to_string(&Verdict::of(&row.id, &assessment, zone))?;
        if let Err(error) = writeln!(out, "{line}") {
            return closed(error);
        }
    }
    out.flush().map_or_else(closed, |()| Ok(ExitCode::SUCCESS))
}

/// A reader that has seen enough (`| head`) is no failure.
fn closed(error: io::Error) -> anyhow::Result<ExitCode> {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        _ => Err(error).context("writing the judgements"),
    }
}

/// Writes what operators corrected, page by page.
async fn export(client: &Client) -> anyhow::Result<ExitCode> {
    let mut after: Option<CallId> = None;
    loop {
        let query: Vec<(&str, &str)> = after.iter().map(|id| ("after", id.as_str())).collect();
        let page: CorrectionPage = client.get(&["v1", "corrections"], &query).await?;
        for correction in &page.corrections {
            say(&serde_json::to_string(correction)?)?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn compare(
    rules: &Arc<Rules>,
    zone: &TimeZone,
    file: &Path,
    against: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let examples: Vec<Example> = rows(Some(file))?.collect::<anyhow::Result<_>>()?;
    let at = Timestamp::now();
    let report = Report::of(rules, &examples, at, zone);
    let text = match against {
        None => eval::text(&report),
        Some(path) => {
            let other = self::rules(Some(path))?;
            eval::changes(&report, &Report::of(&other, &examples, at, zone))
        }
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).map_or_else(closed, |()| Ok(ExitCode::SUCCESS))
}

/// The rows of an NDJSON file, or of standard input; a line that is none is named.
fn rows<T: serde::de::DeserializeOwned>(
    file: Option<&Path>,
) -> anyhow::Result<impl Iterator<Item = anyhow::Result<T>>> {
    let name = file.map_or_else(|| PathBuf::from("standard input"), Path::to_owned);
    let input: Box<dyn Read> = match file {
        None => Box::new(io::stdin()),
        Some(path) => {
            let file = fs::File::open(path).with_context(|| format!("opening {}", path.display()));
            Box::new(file?)
        }
    };
    let lines = io::BufReader::new(input).lines().enumerate();
    Ok(lines.filter_map(move |(index, line)| {
        let place = || format!("{}, line {}", name.display(), index + 1);
        match line {
            Ok(line) if line.trim().is_empty() => None,
            Ok(line) => Some(serde_json::from_str(&line).with_context(place)),
            Err(error) => Some(Err(error).with_context(place)),
        }
    }))
}
