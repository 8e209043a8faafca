//! The server messages of a voice agent (Vapi's shapes): what is sent of a call, and when.

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    cast::Cast,
    scripts::{End, Line, Speaker},
};

const ORG: &str = "5c3f2f0e-7f1b-4a53-9f5e-0c1f6f2f7a01";
const ASSISTANT: &str = "a1d7c9be-2f64-4b0f-8a57-3f3f6a1c2b10";
const PHONE_NUMBER: &str = "0b6d2f7a-9a41-4d0e-9a0c-6f5e1d2c3b4a";
const GREETING: &str = "Bluebird Home Services, this is Ava. How can I help?";
const PROMPT: &str = "You are Ava, the receptionist for Bluebird Home Services.";
/// How fast people talk.
const MILLISECONDS_PER_WORD: i64 = 330;

/// One message of a call.
#[derive(Clone, Debug)]
pub(super) struct Beat {
    /// After the first ring, in milliseconds at speed 1.
    pub at: i64,
    pub what: What,
}

/// What a message tells. Lines are counted from the greeting.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Status(&'static str, Option<&'static str>),
    Speech {
        speaker: Speaker,
        status: &'static str,
        turn: usize,
    },
    /// So many words of a line, not final.
    Partial {
        line: usize,
        words: usize,
    },
    Final {
        line: usize,
    },
    Interrupted {
        turn: usize,
    },
    Report {
        reason: &'static str,
        with_transcript: bool,
    },
}

/// When a line is spoken, in milliseconds after the first ring.
#[derive(Clone, Copy, Debug)]
struct Span {
    from: i64,
    to: i64,
}

/// A call as it will be told.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    cast: Cast,
    lines: Vec<Line>,
    spans: Vec<Span>,
    answered: Option<i64>,
    ended: i64,
    pub beats: Vec<Beat>,
}

impl Plan {
    /// Decides when each thing of the call happens.
    pub(super) fn new(cast: Cast, random: &mut fastrand::Rng) -> Self {
        let mut plan = Self {
            lines: Vec::new(),
            spans: Vec::new(),
            answered: None,
            ended: 0,
            beats: vec![Beat { at: 0, what: What::Status("ringing", None) }],
            cast,
        };
        if plan.cast.missed {
            plan.end(random.i64(14_000..26_000), "customer-did-not-answer", random);
            return plan;
        }
        let answered = random.i64(1_500..4_500);
        plan.answered = Some(answered);
        plan.add(answered, What::Status("in-progress", None));
        plan.lines.push(Line {
            speaker: Speaker::Agent,
            interrupts: false,
            text: GREETING.to_owned(),
        });
        plan.lines.extend(plan.cast.lines.clone());
        if plan.cast.abandon {
            plan.end(answered + 1_800, "customer-ended-call", random);
            return plan;
        }
        let mut now = answered + 400;
        for line in 0..plan.lines.len() {
            now = plan.speak(line, now, random);
        }
        plan.finish(now, random);
        plan
    }

    /// How long the call is told, in milliseconds at speed 1.
    pub(super) fn length(&self) -> i64 {
        self.beats.last().map_or(0, |beat| beat.at)
    }

    fn add(&mut self, at: i64, what: What) {
        self.beats.push(Beat { at, what });
    }

    /// One line: speech starts, partials, the final. Returns when it is over.
    fn speak(&mut self, line: usize, now: i64, random: &mut fastrand::Rng) -> i64 {
        let Line { speaker, interrupts, text } = self.lines[line].clone();
        let words = i64::try_from(text.split_whitespace().count()).unwrap_or(0);
        let thinking = match speaker {
            Speaker::Agent => random.i64(500..1_200),
            Speaker::Caller => random.i64(400..1_900),
        };
        let from = if interrupts { now - 700 } else { now + thinking };
        if interrupts {
            self.add(from, What::Interrupted { turn: line });
        }
        let to = from + words * MILLISECONDS_PER_WORD + 300;
        self.add(from, What::Speech { speaker, status: "started", turn: line });
        if speaker == Speaker::Caller {
            // The recogniser's guesses: a few on the way, never the whole line.
            for heard in (4..words).step_by(5).take(6) {
                let at = from + heard * MILLISECONDS_PER_WORD + random.i64(0..120);
                self.add(at, What::Partial { line, words: usize::try_from(heard).unwrap_or(0) });
            }
        }
        self.add(to, What::Speech { speaker, status: "stopped", turn: line });
        self.add(to + random.i64(80..350), What::Final { line });
        self.spans.push(Span { from, to });
        to
    }

    fn finish(&mut self, now: i64, random: &mut fastrand::Rng) {
        match self.cast.end {
            End::Dropped => self.end(now + 600, "customer-ended-call", random),
            End::Done if self.cast.silence => self.end(now + 9_000, "silence-timed-out", random),
            End::Done => {
                let reason = if random.u8(..4) == 0 {
                    "assistant-ended-call"
                } else {
                    "customer-ended-call"
                };
                self.end(now + random.i64(900..2_500), reason, random);
            }
            End::Transferred => {
                self.add(now + 700, What::Status("forwarding", None));
                self.end(now + random.i64(9_000..18_000), "assistant-forwarded-call", random);
            }
        }
    }

    /// The end of the line, and some seconds later its report.
    fn end(&mut self, at: i64, reason: &'static str, random: &mut fastrand::Rng) {
        self.ended = at;
        self.add(at, What::Status("ended", Some(reason)));
        let with_transcript = self.cast.end != End::Dropped;
        let report = at + random.i64(2_500..7_000);
        self.add(report, What::Report { reason, with_transcript });
        // A final may come after the end; what is sent stays in the order of its time.
        self.beats.sort_by_key(|beat| beat.at);
    }

    /// The message of a beat. `moment` tells when something happened, by its milliseconds.
    pub(super) fn message(
        &self,
        id: Uuid,
        beat: &Beat,
        moment: impl Fn(i64) -> Timestamp,
    ) -> Value {
        let mut message = json!({ "timestamp": moment(beat.at).as_millisecond() });
        match &beat.what {
            What::Status(status, reason) => {
                message["type"] = json!("status-update");
                message["status"] = json!(status);
                if let Some(reason) = reason {
                    message["endedReason"] = json!(reason);
                }
                if *status == "in-progress" {
                    message["artifact"] = self.artifact(0, &moment);
                }
                if *status == "forwarding" {
                    message["destination"] = json!({
                        "type": "number", "number": "+16145550171", "description": "On-call technician",
                    });
                }
            }
            What::Speech { speaker, status, turn } => {
                message["type"] = json!("speech-update");
                message["status"] = json!(status);
                message["role"] = json!(role(*speaker));
                message["turn"] = json!(turn);
            }
            What::Partial { line, words } => {
                let heard: Vec<&str> =
                    self.lines[*line].text.split_whitespace().take(*words).collect();
                self.transcript(&mut message, *line, "partial", &heard.join(" "));
                message["artifact"] = self.artifact(*line, &moment);
            }
            What::Final { line } => {
                self.transcript(&mut message, *line, "final", &self.lines[*line].text);
                message["artifact"] = self.artifact(*line + 1, &moment);
            }
            What::Interrupted { turn } => {
                message["type"] = json!("user-interrupted");
                message["turnId"] = json!(format!("turn-{turn:04}"));
            }
            What::Report { reason, with_transcript } => {
                self.report(&mut message, id, reason, *with_transcript, &moment);
            }
        }
        self.frame(&mut message, id, moment(0));
        json!({ "message": message })
    }

    fn transcript(&self, message: &mut Value, line: usize, certainty: &str, text: &str) {
        message["type"] = json!("transcript");
        message["role"] = json!(role(self.lines[line].speaker));
        message["transcriptType"] = json!(certainty);
        message["transcript"] = json!(text);
    }

    /// The call, its numbers and its assistant, which every message repeats.
    fn frame(&self, message: &mut Value, id: Uuid, rang: Timestamp) {
        let rang = rang.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        let mut call = json!({
            "id": id, "orgId": ORG, "createdAt": rang, "updatedAt": rang,
            "type": "inboundPhoneCall", "status": "ringing", "phoneCallProvider": "vapi",
            "phoneCallProviderId": format!("CA{}", id.simple()), "phoneCallTransport": "pstn",
            "phoneNumberId": PHONE_NUMBER, "assistantId": ASSISTANT,
        });
        let mut customer = json!({});
        if let Some(phone) = &self.cast.phone {
            customer["number"] = json!(phone);
        }
        if let Some(name) = &self.cast.shown_name {
            customer["name"] = json!(name);
        }
        call["customer"] = customer.clone();
        message["call"] = call;
        message["customer"] = customer;
        message["phoneNumber"] = json!({
            "id": PHONE_NUMBER, "orgId": ORG, "number": "+16145550110", "provider": "vapi",
            "name": "Bluebird Home Services - main line", "status": "active",
            "assistantId": ASSISTANT,
        });
        message["assistant"] = json!({
            "id": ASSISTANT, "orgId": ORG, "name": "Bluebird receptionist",
            "firstMessage": GREETING,
        });
    }

    /// The conversation so far: `lines` of it.
    fn artifact(&self, lines: usize, moment: &impl Fn(i64) -> Timestamp) -> Value {
        let answered = self.answered.unwrap_or(0);
        let mut messages = vec![json!({
            "role": "system", "message": PROMPT, "secondsFromStart": 0,
            "time": moment(answered).as_millisecond(),
        })];
        let mut plain = vec![json!({ "role": "system", "content": PROMPT })];
        for (line, span) in self.lines.iter().zip(&self.spans).take(lines) {
            let speaker = if line.speaker == Speaker::Agent { "bot" } else { "user" };
            #[expect(clippy::cast_precision_loss, reason = "milliseconds of one call")]
            let seconds = (span.from - answered) as f64 / 1000.0;
            messages.push(json!({
                "role": speaker, "message": line.text, "time": moment(span.from).as_millisecond(),
                "endTime": moment(span.to).as_millisecond(), "secondsFromStart": seconds,
                "duration": span.to - span.from,
            }));
            plain.push(json!({ "role": role(line.speaker), "content": line.text }));
        }
        json!({ "messages": messages, "messagesOpenAIFormatted": plain })
    }

    fn report(
        &self,
        message: &mut Value,
        id: Uuid,
        reason: &str,
        with_transcript: bool,
        moment: &impl Fn(i64) -> Timestamp,
    ) {
        let written = |at: i64| moment(at).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
        message["type"] = json!("end-of-call-report");
        message["endedReason"] = json!(reason);
        if let Some(answered) = self.answered {
            message["startedAt"] = json!(written(answered));
        }
        message["endedAt"] = json!(written(self.ended));
        message["analysis"] = json!({});
        message["artifact"] = json!({ "messages": [], "messagesOpenAIFormatted": [] });
        if self.spans.is_empty() || !with_transcript {
            return;
        }
        message["analysis"]["successEvaluation"] = json!("true");
        let mut artifact = self.artifact(self.lines.len(), moment);
        let said = self.lines.iter().map(|line| {
            let speaker = if line.speaker == Speaker::Agent { "AI" } else { "User" };
            format!("{speaker}: {}\n", line.text)
        });
        artifact["transcript"] = json!(said.collect::<String>());
        let recording = format!("https://recordings.example.invalid/{id}-mono.wav");
        artifact["recordingUrl"] = json!(recording);
        artifact["recording"] = json!({ "mono": { "combinedUrl": recording } });
        message["artifact"] = artifact;
    }
}

fn role(speaker: Speaker) -> &'static str {
    match speaker {
        Speaker::Agent => "assistant",
        Speaker::Caller => "user",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::callers::{cast::Troupe, scripts};

    fn plans() -> Vec<Plan> {
        let mut troupe = Troupe::new(scripts::all(), 3);
        let mut random = fastrand::Rng::with_seed(3);
        (0..36).map(|_| Plan::new(troupe.next(), &mut random)).collect()
    }

    fn moment(at: i64) -> Timestamp {
        Timestamp::from_millisecond(1_776_178_800_000 + at).unwrap()
    }

    #[test]
    fn every_call_rings_first_ends_once_and_is_reported_last() {
        for plan in plans() {
            let what: Vec<&What> = plan.beats.iter().map(|beat| &beat.what).collect();
            assert_eq!(what[0], &What::Status("ringing", None));
            assert!(matches!(what.last().unwrap(), What::Report { .. }), "{}", plan.cast.script);
            let ended = what.iter().filter(|what| matches!(what, What::Status("ended", _))).count();
            assert_eq!(ended, 1);
            assert!(plan.beats.is_sorted_by_key(|beat| beat.at));
            assert!(plan.length() < 180_000, "{} takes {} ms", plan.cast.script, plan.length());
        }
    }

    #[test]
    fn messages_have_the_keys_of_the_published_ones() {
        let fixture = |name: &str| -> BTreeSet<String> {
            let place =
                format!("{}/tests/fixtures/payloads/vapi/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let body: Value =
                serde_json::from_str(&std::fs::read_to_string(place).unwrap()).unwrap();
            body["message"].as_object().unwrap().keys().cloned().collect()
        };
        let keys = |value: &Value| -> BTreeSet<String> {
            value["message"].as_object().unwrap().keys().cloned().collect()
        };
        let published = [
            ("status-update", fixture("status-update.ended")),
            ("transcript", fixture("transcript.final")),
            ("speech-update", fixture("speech-update.user-started")),
            ("user-interrupted", fixture("user-interrupted")),
            ("end-of-call-report", fixture("end-of-call-report")),
        ];
        let mut seen = BTreeSet::new();
        for plan in plans() {
            for beat in &plan.beats {
                let message = plan.message(Uuid::nil(), beat, moment);
                let kind = message["message"]["type"].as_str().unwrap().to_owned();
                let (_, known) = published.iter().find(|(name, _)| *name == kind).unwrap();
                let extra: Vec<String> = keys(&message).difference(known).cloned().collect();
                let allowed = ["artifact", "destination"];
                assert!(
                    extra.iter().all(|key| allowed.contains(&key.as_str())),
                    "{kind}: {extra:?}"
                );
                seen.insert(kind);
            }
        }
        assert_eq!(seen.len(), published.len());
    }

    #[test]
    fn a_dropped_call_is_reported_without_its_words() {
        let mut troupe = Troupe::new(scripts::all(), 3);
        let plan = Plan::new(troupe.take("line-drops"), &mut fastrand::Rng::with_seed(1));
        let report = plan.message(Uuid::nil(), plan.beats.last().unwrap(), moment);
        assert_eq!(report["message"]["type"], "end-of-call-report");
        assert_eq!(report["message"]["artifact"].get("transcript"), None);
        assert!(!report.to_string().contains("50k"));
    }
}
