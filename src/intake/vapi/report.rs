//! The end-of-call report: the last word on a call, however much of it is there.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{ending, message::Message};
use crate::{
    call::{Fact, Judgement, Line, Report, Text},
    intake::{
        decode::{self, Word, address, moment, text},
        flat,
        lenient::{Lenient, List},
        metadata,
    },
};

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Artifact<'a> {
    #[serde(borrow)]
    messages: Option<&'a RawValue>,
    #[serde(borrow, rename = "messagesOpenAIFormatted")]
    formatted: Option<&'a RawValue>,
    #[serde(borrow)]
    transcript: Lenient<Word<'a>>,
    #[serde(borrow)]
    summary: Lenient<Word<'a>>,
    #[serde(borrow)]
    recording_url: Lenient<Word<'a>>,
    #[serde(borrow)]
    stereo_recording_url: Lenient<Word<'a>>,
    #[serde(borrow)]
    recording: Lenient<Recording<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Recording<'a> {
    #[serde(borrow)]
    stereo_url: Lenient<Word<'a>>,
    #[serde(borrow)]
    mono: Lenient<Mono<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Mono<'a> {
    #[serde(borrow)]
    combined_url: Lenient<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Analysis<'a> {
    #[serde(borrow)]
    summary: Lenient<Word<'a>>,
    #[serde(borrow)]
    transcript: Lenient<Word<'a>>,
    #[serde(borrow)]
    recording_url: Lenient<Word<'a>>,
    structured_data: Lenient<Value>,
    #[serde(borrow)]
    success_evaluation: Lenient<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Spoken<'a> {
    #[serde(borrow)]
    role: Lenient<Word<'a>>,
    #[serde(borrow)]
    message: Lenient<Word<'a>>,
    // As OpenAI calls it.
    #[serde(borrow)]
    content: Lenient<Word<'a>>,
    #[serde(borrow)]
    time: Lenient<Word<'a>>,
}

/// A part of the report; empty when it is of another type (Vapi can be told to encrypt any).
fn part<'a, T: Deserialize<'a> + Default>(raw: Option<&'a RawValue>) -> T {
    let read = |raw: &'a RawValue| serde_json::from_str::<Lenient<T>>(raw.get()).ok()?.0;
    raw.and_then(read).unwrap_or_default()
}

/// What the report says. Older captures have at the message's level what is in `artifact` today,
/// and some have it in `analysis`.
pub(super) fn facts(message: &Message<'_>, sent_at: Timestamp) -> Vec<Fact> {
    let artifact: Artifact<'_> = part(message.artifact);
    let analysis: Analysis<'_> = part(message.analysis);
    let started_at = message.started_at.as_ref().and_then(moment);
    let ended_at = message.ended_at.as_ref().and_then(moment);
    let start = started_at.unwrap_or(sent_at);
    let flat = [&artifact.transcript, &message.transcript, &analysis.transcript];
    let mut lines = spoken(artifact.messages, start);
    for other in [message.messages, artifact.formatted] {
        if lines.is_empty() {
            lines = spoken(other, start);
        }
    }
    if lines.is_empty() {
        let told = flat.into_iter().filter_map(|flat| Some(flat.as_ref()?.as_str()));
        lines = told
            .map(|flat| flat::lines(flat, start))
            .find(|lines| !lines.is_empty())
            .unwrap_or_default();
    }
    let summary = [&artifact.summary, &message.summary, &analysis.summary];
    let report = Report {
        lines,
        summary: summary.into_iter().find_map(|word| text(word.as_ref())),
        recording: recording(&artifact, message, &analysis),
        began_at: None,
        started_at,
        ended_at,
        duration_seconds: message
            .duration_seconds
            .as_ref()
            .and_then(|word| decode::seconds(word, 1.0)),
        ending: Some(ending(message)),
    };
    let judgement = Judgement {
        success: text(analysis.success_evaluation.as_ref()),
        data: match analysis.structured_data.as_ref() {
            Some(Value::Object(members)) => metadata::flatten(members),
            _ => Default::default(),
        },
        ..Judgement::default()
    };
    let mut facts = vec![Fact::Report(Box::new(report))];
    if judgement != Judgement::default() {
        facts.push(Fact::Judged(judgement));
    }
    facts
}

/// The recording's lasting address: presigned ones differ with every delivery and soon expire.
fn recording(
    artifact: &Artifact<'_>,
    message: &Message<'_>,
    analysis: &Analysis<'_>,
) -> Option<Text> {
    let nested = artifact.recording.as_ref();
    let mono = nested.and_then(|recording| recording.mono.as_ref()?.combined_url.as_ref());
    [
        artifact.recording_url.as_ref(),
        mono,
        artifact.stereo_recording_url.as_ref(),
        nested.and_then(|recording| recording.stereo_url.as_ref()),
        message.recording_url.as_ref(),
        analysis.recording_url.as_ref(),
    ]
    .into_iter()
    .flatten()
    .find_map(address)
}

/// The lines of `messages`: what caller and agent said, not what the system or a tool did.
fn spoken(raw: Option<&RawValue>, start: Timestamp) -> Vec<Line> {
    let messages: List<Spoken<'_>> =
        raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let lines = messages.iter().enumerate().filter_map(|(n, spoken)| {
        let role = decode::role(spoken.role.as_ref()?.as_str())?;
        let text = text(spoken.message.as_ref()).or_else(|| text(spoken.content.as_ref()))?;
        let at = spoken.time.as_ref().and_then(moment);
        Some(Line { at: at.unwrap_or_else(|| decode::later(start, n)), role, text })
    });
    let mut lines: Vec<Line> = lines.collect();
    decode::in_order(&mut lines);
    lines
}
