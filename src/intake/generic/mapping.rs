//! The `[sources.NAME.mapping]` table.

use std::{collections::BTreeMap, fmt};

use regex::Regex;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, MapAccess, SeqAccess, Visitor},
};
use serde_json::Value;

use super::pointer::Pointer;
use crate::intake::settings::Problem;

/// Which member of the body means what.
///
/// ```toml
/// [sources.acme.mapping]
/// event = "/event"                                  # which kind of message it is
/// events = { "call.ringing" = "ringing", "call.done" = "report", "*" = "ignore" }
/// fields.id = "/call/id"
/// fields.from = ["/call/from", "/caller/phone"]     # the first that is there
/// fields.duration = { path = "/call/ms", unit = "milliseconds" }
/// fields.answered = { path = "/call/outcome", values = { "ok" = "true", "*" = "false" } }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Mapping {
    /// Where the kind of the message stands. Without it every message is `events."*"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Field>,
    /// What each kind of message means; `*` for those not listed.
    pub events: BTreeMap<String, Meaning>,
    /// Where our fields stand: see [`FIELDS`].
    pub fields: BTreeMap<String, Field>,
    /// Where the lines of a whole transcript stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Lines>,
}

/// What a direction may be.
pub(super) const DIRECTIONS: &[&str] = &["inbound", "outbound", "chat"];

macro_rules! fields {
    ($(($name:literal, $read_as:literal),)*) => {
        /// Every field of ours, and what it is read as.
        pub const FIELDS: &[(&str, &str)] = &[$(($name, $read_as),)*];

        /// The setting of each of [`FIELDS`].
        const SETTINGS: &[&str] = &[$(concat!("mapping.fields.", $name),)*];
    };
}

fields! {
    ("id", "text: the provider's id of the call or conversation; required"),
    ("key", "text: the delivery's id, the same when it is repeated"),
    ("sent_at", "time: when it happened"),
    ("direction", "inbound, outbound or chat"),
    ("from", "number: who called; the caller, or our line if the call is outbound"),
    ("to", "number: who was called"),
    ("phone", "number: the other end, whatever the direction"),
    ("line", "number: our end, whatever the direction"),
    ("name", "text: the caller's name"),
    ("first_name", "text: joined with last_name where there is no name"),
    ("last_name", "text"),
    ("email", "text"),
    ("company", "text"),
    ("address", "text: street address as one line"),
    ("campaign", "text: the advertisement or channel"),
    ("first_call", "true or false: whether the number is new to the provider"),
    ("carrier_id", "text: the carrier's id of the call (Twilio CallSid)"),
    ("salesforce_id", "a Lead's or Contact's id"),
    ("metadata", "object: whatever else; several are merged"),
    ("reason", "text: how the call ended, in the provider's words"),
    ("answered", "true or false: whether anybody took the call"),
    ("voicemail", "true or false: whether the caller left one"),
    ("broke_off", "true or false: whether the provider's own failure ended it"),
    ("began_at", "time: when it first rang"),
    ("started_at", "time: when the conversation began"),
    ("ended_at", "time"),
    ("duration", "number of seconds, or of its unit"),
    ("recording", "web address"),
    ("summary", "text"),
    ("transcript", "text: the whole, as lines of \"who: words\""),
    ("score", "number from 0 to 100"),
    ("intent", "text: what the caller wants"),
    ("success", "text: whether the provider counts the call as a success"),
    ("data", "object: whatever the provider found out"),
    ("role", "text: who speaks, where a message is one line"),
    ("text", "text: … and what they say"),
}

/// Our fields, each with its setting.
pub(super) fn fields() -> impl Iterator<Item = (&'static str, &'static str)> {
    FIELDS.iter().map(|(name, _)| *name).zip(SETTINGS.iter().copied())
}

/// What a message means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// The call is known and does not ring yet.
    Created,
    /// It rings.
    Ringing,
    /// Somebody answered.
    Talking,
    /// It is being handed on.
    Transferring,
    /// It is over.
    Ended,
    /// It is over, and this is the account of it.
    Report,
    /// A line was said: fields `role` and `text`.
    Said,
    /// … and may still change.
    Saying,
    /// A chat or form became a lead.
    Lead,
    /// News about the caller only.
    Update,
    /// Nothing.
    Ignore,
}

/// Where a field stands and how it is read: a pointer, a table, or a list of these of which the
/// first that is there counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Field(pub(super) Vec<Rule>);

/// One place of a field.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Rule {
    /// Where; without it the default is the value.
    pub path: Option<Pointer>,
    /// What counts when nothing is there.
    pub default: Option<Value>,
    /// The provider's word → ours; `*` for all others.
    pub values: BTreeMap<String, Value>,
    /// A regular expression: its first group, or all it matches, is the value.
    pub pattern: Option<Pattern>,
    /// Of numbers and times.
    pub unit: Option<Unit>,
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        let pattern =
            |rule: &Self| rule.pattern.as_ref().map(|pattern| pattern.0.as_str().to_owned());
        (&self.path, &self.default, &self.values, self.unit, pattern(self))
            == (&other.path, &other.default, &other.values, other.unit, pattern(other))
    }
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Unit {
    Milliseconds,
    Seconds,
    Minutes,
}

impl Unit {
    pub(super) fn in_seconds(self) -> f64 {
        match self {
            Self::Milliseconds => 0.001,
            Self::Seconds => 1.0,
            Self::Minutes => 60.0,
        }
    }
}

/// The lines of a whole transcript.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// The list.
    list: Pointer,
    /// In each item: who speaks (`user`, `assistant`, …).
    role: Field,
    /// In each item: the words.
    text: Field,
    /// In each item: when; a time, or with a unit so long after the start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at: Option<Field>,
}

impl Lines {
    pub(super) fn parts(&self) -> (&Pointer, &Field, &Field, Option<&Field>) {
        (&self.list, &self.role, &self.text, self.at.as_ref())
    }
}

#[derive(Clone, Debug)]
pub(super) struct Pattern(pub Regex);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Regex::new(&text).map(Self).map_err(de::Error::custom)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.as_str())
    }
}

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a pointer such as \"/call/id\", a table with path, or a list of these")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Field, E> {
                let path = Some(text.parse().map_err(E::custom)?);
                Ok(Field(vec![Rule { path, ..Rule::default() }]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field, A::Error> {
                let rule = Rule::deserialize(de::value::MapAccessDeserializer::new(map))?;
                Ok(Field(vec![rule]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Field, A::Error> {
                let mut rules = Vec::new();
                while let Some(Field(more)) = list.next_element()? {
                    rules.extend(more);
                }
                Ok(Field(rules))
            }
        }
        deserializer.deserialize_any(Fields)
    }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Mapping {
    /// `own` first, then this for what it leaves out.
    pub(in crate::intake) fn under(self, own: Option<Self>) -> Self {
        let Some(own) = own else { return self };
        let Self { event, mut events, mut fields, lines } = self;
        events.extend(own.events);
        fields.extend(own.fields);
        Self { event: own.event.or(event), events, fields, lines: own.lines.or(lines) }
    }

    pub(super) fn check(&self) -> Result<(), Problem> {
        let known = |name: &str| FIELDS.iter().any(|(field, _)| *field == name);
        if let Some(stray) = self.fields.keys().find(|name| !known(name)) {
            let names: Vec<&str> = FIELDS.iter().map(|(field, _)| *field).collect();
            let text = format!("there is no field {stray:?}; there are: {}", names.join(", "));
            return Err(Problem::new("mapping.fields", text));
        }
        if !self.fields.contains_key("id") {
            let text = "say where the call's id stands: fields.id = \"/call/id\"";
            return Err(Problem::new("mapping.fields", text));
        }
        if self.events.is_empty() {
            let text = "say what a message means: events = { \"*\" = \"report\" }";
            return Err(Problem::new("mapping.events", text));
        }
        let named = self.events.keys().find(|kind| !["*", ""].contains(&kind.as_str()));
        if let Some(kind) = named.filter(|_| self.event.is_none()) {
            let text = format!(
                "say where the kind of a message stands, such as event = \"/type\"; without it \
                 none is {kind:?}"
            );
            return Err(Problem::new("mapping.event", text));
        }
        self.check_values()
    }

    /// What the provider's words are turned into has to be a word of ours.
    fn check_values(&self) -> Result<(), Problem> {
        const FLAGS: &[&str] = &["true", "false", "yes", "no", "1", "0"];
        let ours = [
            ("direction", DIRECTIONS),
            ("answered", FLAGS),
            ("broke_off", FLAGS),
            ("first_call", FLAGS),
            ("voicemail", FLAGS),
        ];
        for (name, ours) in ours {
            let rules = self.fields.get(name).map_or(&[][..], |field| &field.0);
            let given = rules.iter().flat_map(|rule| rule.values.values().chain(&rule.default));
            let stray = given
                .map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
                .find(|value| !ours.contains(&value.trim().to_ascii_lowercase().as_str()));
            if let Some(stray) = stray {
                let text = format!("{name} can't be {stray:?}, only {}", ours.join(", "));
                return Err(Problem::new("mapping.fields", text));
            }
        }
        Ok(())
    }
}
