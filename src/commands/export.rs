//! `callboard export`: what the journal knows, for other programs.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use anyhow::Context;
use jiff::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{client, report::safe, runtime};
use crate::{
    cli::{ExportArgs, ExportFormat, Exported, Moment},
    client::Client,
    config::Config,
    wire::{RecordPage, WritePage},
};

/// Does what was asked for. What is read is written page by page: an export needs no more memory
/// than a page.
///
/// # Errors
/// When the hub can't be asked or refuses, or nobody reads what is written.
pub fn run(config: &Config, args: &ExportArgs) -> anyhow::Result<ExitCode> {
    let client = client::connect(config, &args.at)?;
    let now = config.now()?;
    let instant = |moment: Option<Moment>| moment.map(|it| it.instant(&now)).transpose();
    let window = Window { from: instant(args.from)?, to: instant(args.to)? };
    let mut sink = Sink::new(args);
    let ended = runtime()?.block_on(async {
        match args.what {
            Exported::Calls => calls(&client, window, &mut sink).await,
            Exported::Writes => writes(&client, window, &mut sink).await,
        }
    });
    match ended.and_then(|()| sink.finish()) {
        // Whoever read has seen enough.
        Err(error) if is_broken_pipe(&error) => Ok(ExitCode::SUCCESS),
        other => other.map(|()| ExitCode::SUCCESS),
    }
}

/// Of which time rows are wanted.
#[derive(Clone, Copy)]
struct Window {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
    io.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

async fn calls(client: &Client, window: Window, sink: &mut Sink) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page: RecordPage =
            page(client, &["v1", "records"], "from", window, after.as_deref()).await?;
        for record in &page.records {
            sink.take(record)?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn writes(client: &Client, window: Window, sink: &mut Sink) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page: WritePage =
            page(client, &["v1", "writes", "search"], "since", window, after.as_deref()).await?;
        for write in &page.writes {
            // Pages come by time: what is behind the end needs no reading.
            if window.to.is_some_and(|to| write.changed_at >= to) {
                return Ok(());
            }
            sink.take(write)?;
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

async fn page<T: DeserializeOwned>(
    client: &Client,
    path: &[&str],
    from: &str,
    window: Window,
    after: Option<&str>,
) -> anyhow::Result<T> {
    let mut query: Vec<(&str, String)> = vec![("limit", "500".to_owned())];
    query.extend(window.from.map(|at| (from, at.to_string())));
    // The search of writes knows no end: it is looked at as they come.
    query.extend(window.to.filter(|_| from == "from").map(|at| ("to", at.to_string())));
    query.extend(after.map(|after| ("after", after.to_owned())));
    let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, &**value)).collect();
    Ok(client.get(path, &query).await?)
}

/// Where rows go.
struct Sink {
    redact: Vec<String>,
    columns: &'static [&'static str],
    sheet: Option<csv::Writer<io::BufWriter<io::Stdout>>>,
    lines: io::BufWriter<io::Stdout>,
    started: bool,
}

/// The columns of a sheet of calls.
const CALLS: &[&str] = &[
    "id",
    "way",
    "began_at",
    "answered_at",
    "ended_at",
    "missed",
    "voicemail",
    "talk_seconds",
    "name",
    "phone",
    "service",
    "urgency",
    "rating",
    "score",
    "budget",
    "wants",
    "need",
    "callback",
    "rung_back_at",
    "kept_at",
    "owner",
    "routed_at",
    "acknowledged_at",
    "disposition",
    "captured",
    "delivered",
    "failed",
];

/// The columns of a sheet of writes.
const WRITES: &[&str] = &[
    "id",
    "call",
    "title",
    "sobject",
    "state",
    "attempts",
    "created_at",
    "changed_at",
    "next_at",
    "problem",
    "record",
    "operator",
];

impl Sink {
    fn new(args: &ExportArgs) -> Self {
        let sheet = (args.format == ExportFormat::Csv)
            .then(|| csv::Writer::from_writer(io::BufWriter::new(io::stdout())));
        Self {
            redact: args.redact.clone(),
            columns: match args.what {
                Exported::Calls => CALLS,
                Exported::Writes => WRITES,
            },
            sheet,
            lines: io::BufWriter::new(io::stdout()),
            started: false,
        }
    }

    fn take(&mut self, row: &impl Serialize) -> anyhow::Result<()> {
        let mut fields = match serde_json::to_value(row)? {
            Value::Object(fields) => fields,
            other => Map::from_iter([("value".to_owned(), other)]),
        };
        for field in &self.redact {
            fields.remove(field);
        }
        match &mut self.sheet {
            None => writeln!(self.lines, "{}", Value::Object(fields)).context(UNWRITABLE),
            Some(sheet) => {
                let kept =
                    || self.columns.iter().filter(|name| !self.redact.iter().any(|it| it == *name));
                if !self.started {
                    sheet.write_record(kept())?;
                    self.started = true;
                }
                let cells = kept().map(|name| match fields.get(*name) {
                    None | Some(Value::Null) => String::new(),
                    Some(Value::String(text)) => safe(text).into_owned(),
                    Some(other) => other.to_string(),
                });
                sheet.write_record(cells).context(UNWRITABLE)
            }
        }
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        if let Some(sheet) = &mut self.sheet {
            if !self.started {
                sheet.write_record(self.columns.iter())?;
            }
            sheet.flush().context(UNWRITABLE)?;
        }
        self.lines.flush().context(UNWRITABLE)
    }
}

const UNWRITABLE: &str = "stdout can't be written";
