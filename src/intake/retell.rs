//! Retell AI: voice agents. Events are triggered in order and may arrive in any; a call that never
//! connects has no `call_started`, so its end opens it.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Accepted, AuthSettings, HmacSettings, Refused, Reply, Request, Settings, TimestampUnit,
    auth::{Proof, Scheme, Secrets},
    decode::{self, Word, address, moment, text},
    flat,
    kind::{Adapter, Built, Context, Kind, digest},
    lenient::{Lenient, List},
    metadata::{self, Metadata},
    settings::Problem,
};
use crate::call::{
    Direction, Ending, Fact, Judgement, Line, Party, Phone, Progress, Report, Stage, Text,
};

/// `kind = "retell"`.
pub(super) const KIND: Kind = Kind {
    name: "retell",
    silence: SignedDuration::from_mins(30),
    preset: None,
    scheme,
    adapter: |settings| Ok(Box::new(Retell { inbound: inbound(settings)? })),
};

/// `X-Retell-Signature: v=<unix ms>,d=<hex>` over body and time, without a separator.
fn scheme(settings: &Settings, secrets: Secrets) -> Built<dyn Scheme> {
    let own = || {
        AuthSettings::Hmac(HmacSettings {
            header: "x-retell-signature".to_owned(),
            signature_field: Some("d".to_owned()),
            timestamp_field: Some("v".to_owned()),
            timestamp_unit: TimestampUnit::Milliseconds,
            payload: "{body}{timestamp}".to_owned(),
            ..HmacSettings::default()
        })
    };
    settings.auth.clone().unwrap_or_else(own).scheme(settings, secrets)
}

/// The answer to `call_inbound`, which asks what to override before a call is taken.
fn inbound(settings: &Settings) -> Result<Value, Problem> {
    const NAME: &str = "call_inbound";
    settings.only_answers(&[NAME])?;
    match settings.answers.get(NAME) {
        None => Ok(json!({})),
        Some(answer) if answer.is_object() => Ok(answer.clone()),
        Some(_) => Err(Problem::new("answers", "call_inbound is a table of Retell's overrides")),
    }
}

#[derive(Debug)]
struct Retell {
    inbound: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body<'a> {
    #[serde(borrow)]
    event: Lenient<Word<'a>>,
    #[serde(borrow)]
    call: Lenient<Call<'a>>,
    // Whether it sits here or in the call is not documented.
    #[serde(borrow)]
    transcript_with_tool_calls: List<Utterance<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Call<'a> {
    #[serde(borrow)]
    call_id: Lenient<Word<'a>>,
    #[serde(borrow)]
    call_type: Lenient<Word<'a>>,
    #[serde(borrow)]
    call_status: Lenient<Word<'a>>,
    #[serde(borrow)]
    direction: Lenient<Word<'a>>,
    #[serde(borrow)]
    from_number: Lenient<Word<'a>>,
    #[serde(borrow)]
    to_number: Lenient<Word<'a>>,
    metadata: Lenient<Metadata>,
    retell_llm_dynamic_variables: Lenient<Metadata>,
    #[serde(borrow)]
    telephony_identifier: Lenient<Telephony<'a>>,
    #[serde(borrow)]
    start_timestamp: Lenient<Word<'a>>,
    #[serde(borrow)]
    end_timestamp: Lenient<Word<'a>>,
    #[serde(borrow)]
    duration_ms: Lenient<Word<'a>>,
    #[serde(borrow)]
    disconnection_reason: Lenient<Word<'a>>,
    #[serde(borrow)]
    transcript: Lenient<Word<'a>>,
    #[serde(borrow)]
    transcript_object: List<Utterance<'a>>,
    #[serde(borrow)]
    transcript_with_tool_calls: List<Utterance<'a>>,
    #[serde(borrow)]
    recording_url: Lenient<Word<'a>>,
    #[serde(borrow)]
    call_analysis: Lenient<Analysis<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Telephony<'a> {
    #[serde(borrow)]
    twilio_call_sid: Lenient<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Utterance<'a> {
    #[serde(borrow)]
    role: Lenient<Word<'a>>,
    #[serde(borrow)]
    content: Lenient<Word<'a>>,
    #[serde(borrow)]
    words: List<Spoken<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spoken<'a> {
    #[serde(borrow)]
    start: Lenient<Word<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Analysis<'a> {
    #[serde(borrow)]
    call_summary: Lenient<Word<'a>>,
    #[serde(borrow)]
    user_sentiment: Lenient<Word<'a>>,
    #[serde(borrow)]
    call_successful: Lenient<Word<'a>>,
    #[serde(borrow)]
    in_voicemail: Lenient<Word<'a>>,
    custom_analysis_data: Lenient<Metadata>,
}

impl Adapter for Retell {
    fn translate(
        &self,
        context: &Context<'_>,
        request: &Request<'_>,
        proof: &Proof,
    ) -> Result<Accepted, Refused> {
        let body: Body<'_> = decode::json(request.body)?;
        let event = body.event.as_ref().map_or("", Word::as_str);
        if event == "call_inbound" {
            let reply = Reply::json(&json!({ "call_inbound": self.inbound }));
            return Ok(Accepted::ignored("no-call").reply(reply));
        }
        let Some(call) = body.call.as_ref() else { return Ok(Accepted::ignored("no-call")) };
        let Some(id) = text(call.call_id.as_ref()) else {
            return Ok(Accepted::ignored("no-call"));
        };
        let start = call.start_timestamp.as_ref().and_then(moment);
        let over = call.end_timestamp.as_ref().and_then(moment);
        let stage = |stage| Fact::Progress(Progress { stage, ending: None });
        let mut facts = vec![Fact::Party(Box::new(call.party(context)))];
        let mut key = event.to_owned();
        let mut sent_at = start.or(proof.signed_at);
        match event {
            "call_started" => facts.push(stage(Stage::Talking)),
            "transcript_updated" => {
                let beside = &body.transcript_with_tool_calls;
                let lines = call.lines(beside, context.sent_at(sent_at));
                // What was understood worse in between may be said again.
                let signed = proof.signed_at.map_or(0, Timestamp::as_millisecond);
                key = format!("{event}:{signed}:{}", digest_of(&lines));
                sent_at = proof.signed_at.or(lines.last().map(|line| line.at)).or(sent_at);
                facts.push(stage(Stage::Talking));
                // All but the last utterance are complete; the last one may still grow.
                facts.push(Fact::SoFar { lines, open: true });
            }
            "call_ended" | "call_analyzed" => {
                sent_at = over.or(sent_at);
                facts.push(Fact::Report(Box::new(call.report(context.sent_at(sent_at)))));
                facts.extend(call.call_analysis.as_ref().map(judged));
            }
            // Several come in one call, without a time of their own but the signature's.
            "transfer_started" | "transfer_bridged" | "transfer_cancelled" | "transfer_ended" => {
                sent_at = proof.signed_at.or(sent_at);
                let under_way = matches!(event, "transfer_started" | "transfer_bridged");
                facts.push(stage(if under_way { Stage::Transferring } else { Stage::Talking }));
            }
            _ => return Ok(Accepted::ignored("unknown-type")),
        }
        Ok(Accepted::events(vec![context.event(id.as_str(), key, sent_at, facts)]))
    }
}

fn digest_of(lines: &[Line]) -> String {
    let words: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    digest(&words)
}

fn judged(analysis: &Analysis<'_>) -> Fact {
    let mut data = analysis
        .custom_analysis_data
        .as_ref()
        .map_or_else(Default::default, |data| metadata::read(data).1);
    let own =
        [("user_sentiment", &analysis.user_sentiment), ("in_voicemail", &analysis.in_voicemail)];
    for (name, word) in own {
        data.extend(text(word.as_ref()).map(|text| (name.to_owned(), text)));
    }
    Fact::Judged(Judgement {
        success: text(analysis.call_successful.as_ref()),
        data,
        ..Judgement::default()
    })
}

impl Call<'_> {
    fn party(&self, context: &Context<'_>) -> Party {
        let number =
            |word: &Lenient<Word<'_>>| Phone::parse(word.as_ref()?.as_str(), context.region);
        let (from, to) = (number(&self.from_number), number(&self.to_number));
        let outbound = self.direction.as_ref().is_some_and(|word| word.as_str() == "outbound");
        let told = self.direction.is_some() || self.call_type.is_some();
        let direction = if outbound { Direction::Outbound } else { Direction::Inbound };
        let (phone, line) = if outbound { (to, from) } else { (from, to) };
        let carried = [self.metadata.as_ref(), self.retell_llm_dynamic_variables.as_ref()];
        let (salesforce_id, metadata) = metadata::merged(carried.into_iter().flatten());
        let carrier = self.telephony_identifier.as_ref();
        Party {
            direction: told.then_some(direction),
            phone,
            line,
            carrier_id: carrier.and_then(|carrier| text(carrier.twilio_call_sid.as_ref())),
            salesforce_id,
            metadata,
            ..Party::default()
        }
    }

    /// The utterances with the times of their first words, counted from the call's start.
    fn lines(&self, beside: &[Utterance<'_>], start: Timestamp) -> Vec<Line> {
        let told = [beside, &self.transcript_with_tool_calls, &self.transcript_object];
        let utterances = told.into_iter().find(|told| !told.is_empty());
        let mut last = start;
        let line = |utterance: &Utterance<'_>| {
            let role = decode::role(utterance.role.as_ref()?.as_str())?;
            let text = text(utterance.content.as_ref())?;
            let first = utterance.words.first().and_then(|word| word.start.as_ref());
            let first = first.and_then(|start| start.as_str().parse::<f64>().ok());
            let said = first.and_then(|seconds| {
                let into = SignedDuration::try_from_secs_f64(seconds).ok()?;
                decode::credible(start.checked_add(into).ok()?)
            });
            // Without words there is no time: just after the utterance before.
            last = said.filter(|at| *at > last).unwrap_or_else(|| decode::later(last, 1));
            Some(Line { at: last, role, text })
        };
        utterances.into_iter().flatten().filter_map(line).collect()
    }

    fn report(&self, at: Timestamp) -> Report {
        let started_at = self.start_timestamp.as_ref().and_then(moment);
        let start = started_at.unwrap_or(at);
        let mut lines = self.lines(&[], start);
        if let Some(flat) = self.transcript.as_ref().filter(|_| lines.is_empty()) {
            lines = flat::lines(flat.as_str(), start);
        }
        let ending = self.ending();
        Report {
            lines,
            summary: self.call_analysis.as_ref().and_then(|a| text(a.call_summary.as_ref())),
            recording: self.recording_url.as_ref().and_then(address),
            began_at: started_at,
            started_at: started_at.filter(|_| ending.answered != Some(false)),
            ended_at: self.end_timestamp.as_ref().and_then(moment),
            duration_seconds: self.duration_ms.as_ref().and_then(|ms| decode::seconds(ms, 1000.0)),
            ending: Some(ending),
        }
    }

    fn ending(&self) -> Ending {
        const TALKED: [&str; 5] =
            ["user_hangup", "agent_hangup", "call_transfer", "inactivity", "max_duration_reached"];
        let reason = self.disconnection_reason.as_ref().map_or("", Word::as_str);
        let status = self.call_status.as_ref().map_or("", Word::as_str);
        let unreached = status == "not_connected"
            || reason.starts_with("dial_")
            || matches!(
                reason,
                "voicemail_reached" | "machine_detected" | "registered_call_timeout"
            );
        let answered = match unreached {
            true => Some(false),
            false => TALKED.contains(&reason).then_some(true),
        };
        let analysis = self.call_analysis.as_ref();
        let told = analysis.and_then(|analysis| analysis.in_voicemail.as_ref());
        Ending {
            reason: Text::non_empty(reason),
            answered,
            // Retell tells of every call; what is worth keeping is that a machine had the word.
            voicemail: told.filter(|word| word.as_str() == "true").map(|_| true),
            broke_off: status == "error" || reason.starts_with("error"),
        }
    }
}
