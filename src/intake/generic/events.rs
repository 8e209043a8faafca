//! From a body and a mapping to an event.

use std::{borrow::Cow, collections::BTreeMap};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::mapping::{Field, Mapping, Meaning, Rule, Unit};
use crate::{
    call::{
        Direction, Ending, Fact, Judgement, Line, Party, Phone, Progress, Report, Role, Stage, Text,
    },
    intake::{
        Accepted, Refused, Unread,
        auth::Proof,
        decode::{self, Word},
        flat,
        kind::{Context, digest},
        metadata,
    },
};

/// The event that `body` is by `mapping`.
pub(super) fn translate(
    mapping: &Mapping,
    context: &Context<'_>,
    body: &Value,
    proof: &Proof,
) -> Result<Accepted, Refused> {
    let reader = Reader { mapping, body, context };
    let kind = mapping.event.as_ref().and_then(|field| field.word(body));
    let kind = kind.as_deref().unwrap_or("");
    let mut unread: Vec<Unread> = reader.unread_kind().into_iter().collect();
    let meaning = mapping.events.get(kind).or_else(|| mapping.events.get("*"));
    let meaning = match meaning {
        None => return Ok(Accepted { unread, ..Accepted::ignored("unknown-type") }),
        Some(Meaning::Ignore) => {
            return Ok(Accepted { unread, ..Accepted::ignored("ignored-type") });
        }
        Some(meaning) => *meaning,
    };
    unread.extend(reader.unread(meaning));
    let absent = if context.preview { reader.absent() } else { Vec::new() };
    let Some(id) = reader.word("id").filter(|id| !id.is_empty()) else {
        return Ok(Accepted { unread, absent, ..Accepted::ignored("no-call") });
    };
    let sent = reader.word("sent_at");
    let sent_at = reader.time("sent_at").or(proof.signed_at);
    let at = context.sent_at(sent_at);
    let facts = reader.facts(meaning, at);
    let key = match reader.word("key").or(proof.id.as_deref().map(Cow::Borrowed)) {
        Some(key) => key.into_owned(),
        None => {
            // What says the same at the same time is the same; members that mean nothing to us
            // don't count.
            let kind = if kind.is_empty() { "message" } else { kind };
            format!("{kind}:{}:{}", sent.as_deref().unwrap_or(""), reader.gist())
        }
    };
    let events = vec![context.event(&id, key, sent_at, facts)];
    Ok(Accepted { unread, absent, ..Accepted::events(events) })
}

impl Field {
    /// The value of the first rule that has one.
    fn value<'a>(&'a self, body: &'a Value) -> Option<(Cow<'a, Value>, Option<Unit>)> {
        self.0.iter().find_map(|rule| Some((rule.value(body)?, rule.unit)))
    }

    pub(super) fn word<'a>(&'a self, body: &'a Value) -> Option<Cow<'a, str>> {
        word(self.value(body)?.0)
    }

    /// Whether anything stands in one of its places.
    pub(super) fn is_there(&self, body: &Value) -> bool {
        self.0.iter().filter_map(|rule| rule.path.as_ref()).any(|path| path.find(body).is_some())
    }

    /// The provider's word that is missing from the values of a field with one place; where there are
    /// several, one that is not understood only leads to the next.
    pub(super) fn without_value<'a>(&self, body: &'a Value) -> Option<Cow<'a, str>> {
        let [rule] = &self.0[..] else { return None };
        let path = rule.path.as_ref().filter(|_| !rule.values.is_empty())?;
        let word = word(Cow::Borrowed(path.find(body)?)).filter(|word| !word.trim().is_empty());
        word.filter(|_| rule.pattern.is_none() && rule.value(body).is_none())
    }
}

impl Rule {
    fn value<'a>(&'a self, body: &'a Value) -> Option<Cow<'a, Value>> {
        let found = self.path.as_ref().and_then(|path| path.find(body));
        let read = found.and_then(|value| self.read(value));
        read.or(self.default.as_ref().map(Cow::Borrowed))
    }

    /// The value through pattern and table of values; none when it is not what they expect.
    fn read<'a>(&'a self, value: &'a Value) -> Option<Cow<'a, Value>> {
        if self.pattern.is_none() && self.values.is_empty() {
            return Some(Cow::Borrowed(value));
        }
        let mut told = word(Cow::Borrowed(value))?;
        if let Some(pattern) = &self.pattern {
            let groups = pattern.0.captures(&told)?;
            told = Cow::Owned(groups.get(1).or(groups.get(0))?.as_str().to_owned());
        }
        if self.values.is_empty() {
            return Some(Cow::Owned(Value::String(told.into_owned())));
        }
        self.values.get(&*told).or_else(|| self.values.get("*")).map(Cow::Borrowed)
    }
}

/// A scalar as text.
fn word(value: Cow<'_, Value>) -> Option<Cow<'_, str>> {
    match value {
        Cow::Borrowed(Value::String(text)) => Some(Cow::Borrowed(text)),
        Cow::Owned(Value::String(text)) => Some(Cow::Owned(text)),
        other => match &*other {
            Value::Bool(_) | Value::Number(_) => Some(Cow::Owned(other.to_string())),
            _ => None,
        },
    }
}

/// Reads our fields from one body.
pub(super) struct Reader<'a> {
    pub mapping: &'a Mapping,
    pub body: &'a Value,
    context: &'a Context<'a>,
}

impl<'a> Reader<'a> {
    fn value(&self, field: &str) -> Option<(Cow<'a, Value>, Option<Unit>)> {
        self.mapping.fields.get(field)?.value(self.body)
    }

    pub(super) fn word(&self, field: &str) -> Option<Cow<'a, str>> {
        word(self.value(field)?.0)
    }

    /// A digest of everything that is read.
    fn gist(&self) -> String {
        let lines = self.mapping.lines.as_ref().and_then(|lines| lines.parts().0.find(self.body));
        let fields = self.mapping.fields.iter();
        let mut told: Vec<String> = fields
            .filter_map(|(name, field)| Some(format!("{name}={}", field.value(self.body)?.0)))
            .collect();
        told.extend(lines.map(Value::to_string));
        digest(&told.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn text(&self, field: &str) -> Option<Text> {
        decode::text(Some(&Word(self.word(field)?)))
    }

    pub(super) fn flag(&self, field: &str) -> Option<bool> {
        match self.word(field)?.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    pub(super) fn time(&self, field: &str) -> Option<Timestamp> {
        let (value, unit) = self.value(field)?;
        let text = word(value)?;
        match (unit, text.trim().parse::<f64>()) {
            (Some(unit), Ok(number)) => {
                let millis = number * unit.in_seconds() * 1000.0;
                #[expect(clippy::cast_possible_truncation, reason = "saturates")]
                Timestamp::from_millisecond(millis as i64).ok().and_then(decode::credible)
            }
            _ => decode::moment(&Word(text)),
        }
    }

    fn address(&self, field: &str) -> Option<Text> {
        decode::address(&Word(self.word(field)?))
    }

    fn phone(&self, field: &str) -> Option<Phone> {
        Phone::parse(&self.word(field)?, self.context.region)
    }

    /// All objects that the field's rules find, as one.
    fn object(&self, field: &str) -> BTreeMap<String, Text> {
        let rules = self.mapping.fields.get(field).map_or(&[][..], |field| &field.0);
        let mut merged = Map::new();
        for value in rules.iter().filter_map(|rule| rule.value(self.body)) {
            if let Value::Object(members) = value.as_ref() {
                merged.extend(members.clone());
            }
        }
        metadata::flatten(&merged)
    }

    fn facts(&self, meaning: Meaning, at: Timestamp) -> Vec<Fact> {
        let mut facts = vec![Fact::Party(Box::new(self.party(meaning)))];
        let progress = |stage, ending| Fact::Progress(Progress { stage, ending });
        match meaning {
            Meaning::Created => facts.push(progress(Stage::Created, None)),
            Meaning::Ringing => facts.push(progress(Stage::Ringing, None)),
            Meaning::Talking => facts.push(progress(Stage::Talking, None)),
            Meaning::Transferring => facts.push(progress(Stage::Transferring, None)),
            Meaning::Ended => facts.push(progress(Stage::Ended, Some(self.ending()))),
            Meaning::Report => facts.push(Fact::Report(Box::new(self.report(at)))),
            Meaning::Said | Meaning::Saying => facts.extend(self.words(meaning, at)),
            Meaning::Lead => {
                facts.push(progress(Stage::Ended, None));
                let (summary, recording) = (self.text("summary"), self.address("recording"));
                let report = Report { summary, recording, ..Report::default() };
                if report != Report::default() {
                    facts.push(Fact::Report(Box::new(report)));
                }
            }
            Meaning::Update | Meaning::Ignore => {}
        }
        let judgement = self.judgement();
        if judgement != Judgement::default() {
            facts.push(Fact::Judged(judgement));
        }
        facts
    }

    fn party(&self, meaning: Meaning) -> Party {
        let told = self.word("direction").map(|word| word.trim().to_ascii_lowercase());
        let told = told.and_then(|word| match word.as_str() {
            "inbound" => Some(Direction::Inbound),
            "outbound" => Some(Direction::Outbound),
            "chat" => Some(Direction::Chat),
            _ => None,
        });
        let direction = told.or((meaning == Meaning::Lead).then_some(Direction::Chat));
        let (from, to) = (self.phone("from"), self.phone("to"));
        let outbound = direction == Some(Direction::Outbound);
        let (phone, line) = if outbound { (to, from) } else { (from, to) };
        let metadata = self.object("metadata");
        let id = self.word("salesforce_id").and_then(|id| metadata::salesforce_id(&id));
        Party {
            direction,
            phone: self.phone("phone").or(phone),
            line: self.phone("line").or(line),
            name: self.name(),
            email: self.text("email"),
            company: self.text("company"),
            address: self.text("address"),
            campaign: self.text("campaign"),
            first_call: self.flag("first_call"),
            carrier_id: self.text("carrier_id"),
            salesforce_id: id.or_else(|| metadata::carried_id(&metadata)),
            metadata,
        }
    }

    fn name(&self) -> Option<Text> {
        let joined = || {
            let parts = [self.word("first_name"), self.word("last_name")];
            let parts: Vec<_> = parts.iter().flatten().map(|part| part.trim()).collect();
            Text::non_empty(&parts.join(" "))
        };
        self.text("name").or_else(joined)
    }

    fn ending(&self) -> Ending {
        Ending {
            reason: self.text("reason"),
            answered: self.flag("answered"),
            voicemail: self.flag("voicemail"),
            broke_off: self.flag("broke_off") == Some(true),
        }
    }

    fn report(&self, at: Timestamp) -> Report {
        let started_at = self.time("started_at");
        let start = started_at.unwrap_or(at);
        let mut lines = self.lines(start);
        if let Some(flat) = self.word("transcript").filter(|_| lines.is_empty()) {
            lines = flat::lines(&flat, start);
        }
        let seconds = self.value("duration").and_then(|(value, unit)| {
            let per_second = 1.0 / unit.unwrap_or(Unit::Seconds).in_seconds();
            decode::seconds(&Word(word(value)?), per_second)
        });
        let lasted = SignedDuration::from_secs(i64::from(seconds.unwrap_or(0)));
        let counted = || started_at.filter(|_| seconds.is_some())?.checked_add(lasted).ok();
        Report {
            lines,
            summary: self.text("summary"),
            recording: self.address("recording"),
            began_at: self.time("began_at"),
            started_at,
            ended_at: self.time("ended_at").or_else(counted),
            duration_seconds: seconds,
            ending: Some(self.ending()),
        }
    }

    fn lines(&self, start: Timestamp) -> Vec<Line> {
        let Some(lines) = &self.mapping.lines else { return Vec::new() };
        let (list, role, text, at) = lines.parts();
        let Some(Value::Array(items)) = list.find(self.body) else { return Vec::new() };
        let line = |(n, item)| {
            let role = speaker(role.word(item).as_deref())?;
            let text = decode::text(Some(&Word(text.word(item)?)))?;
            let at = at.and_then(|at| said_at(at, item, start));
            Some(Line { at: at.unwrap_or_else(|| decode::later(start, n)), role, text })
        };
        let mut lines: Vec<Line> = items.iter().enumerate().filter_map(line).collect();
        decode::in_order(&mut lines);
        lines
    }

    fn words(&self, meaning: Meaning, at: Timestamp) -> Option<Fact> {
        let role = speaker(self.word("role").as_deref())?;
        let line = Line { at, role, text: self.text("text")? };
        Some(if meaning == Meaning::Said { Fact::Said(line) } else { Fact::Saying(line) })
    }

    fn judgement(&self) -> Judgement {
        let score = self.word("score").and_then(|score| score.trim().parse::<f64>().ok());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
        let score =
            score.filter(|score| score.is_finite()).map(|s| s.round().clamp(0.0, 100.0) as u8);
        Judgement {
            score,
            intent: self.text("intent"),
            success: self.text("success"),
            data: self.object("data"),
        }
    }
}

/// Who speaks; none where nobody does. Whom a mapping does not name is taken for the caller, as in a
/// transcript without speakers: an emergency that is not heard is worse than a question of ours that
/// is.
fn speaker(word: Option<&str>) -> Option<Role> {
    let word = word.map_or("", str::trim);
    if decode::is_silent(word) { None } else { Some(decode::role(word).unwrap_or(Role::Caller)) }
}

/// A line's time: with a unit so long after the start, else a moment.
fn said_at(at: &Field, item: &Value, start: Timestamp) -> Option<Timestamp> {
    let (value, unit) = at.value(item)?;
    let word = word(value)?;
    let Some(unit) = unit else { return decode::moment(&Word(word)) };
    let seconds = word.trim().parse::<f64>().ok()? * unit.in_seconds();
    let at = start.checked_add(SignedDuration::try_from_secs_f64(seconds).ok()?).ok()?;
    decode::credible(at)
}
