//! Reading foreign JSON: bounded, tolerant of what providers do differently, and silent about
//! what callers said.

use std::{borrow::Cow, fmt, ops::Range};

use jiff::{SignedDuration, Timestamp};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

use super::Refused;
use crate::call::{Line, Role, Text};

/// More levels of nesting than any provider sends.
pub(super) const DEEPEST: usize = 64;

/// Reads a JSON body as `T`.
pub(super) fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refused> {
    if deeper_than(body, DEEPEST) {
        return Err(Refused::TooDeep);
    }
    serde_json::from_slice(body).map_err(|error| Refused::Malformed(explain(&error)))
}

/// Whether brackets nest deeper than `max`. Looks at bytes only; what is no JSON is found later.
fn deeper_than(body: &[u8], max: usize) -> bool {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(&byte) = body.get(at) {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                if depth > max {
                    return true;
                }
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => at += string_length(&body[at..]) - 1,
            _ => {}
        }
        at += 1;
    }
    false
}

/// How many bytes the string that begins here takes, with both its quotes; all, if it never ends.
pub(super) fn string_length(json: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&inside) = json.get(at) {
        match inside {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// What is wrong, without the values of the body: they may be a caller's words.
pub(super) fn explain(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let place = format!("line {line}, column {column}");
    if let Some((_, expected)) = text.split_once(", expected ") {
        let expected = expected.split(" at line ").next().unwrap_or(expected);
        return format!("at {place} stands a value of the wrong type where {expected} belongs");
    }
    if text.starts_with("missing field") || text.starts_with("duplicate field") {
        return text;
    }
    match error.classify() {
        serde_json::error::Category::Eof => format!("the JSON ends too early, at {place}"),
        _ => format!("no valid JSON at {place}"),
    }
}

/// A scalar that some send as a string and some as a number or a flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'a>(pub Cow<'a, str>);

impl Word<'_> {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Words;
        impl<'de> Visitor<'de> for Words {
            type Value = Word<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a number")
            }

            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Word(Cow::Borrowed(text)))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Word(Cow::Owned(text.to_owned())))
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Word(Cow::Borrowed(if flag { "true" } else { "false" })))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Word(number.to_string().into()))
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Word(number.to_string().into()))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Word(number.to_string().into()))
            }
        }
        deserializer.deserialize_any(Words)
    }
}

/// Longer than anything one person says in one go, or writes into one field.
pub(super) const LONGEST_TEXT: usize = 20_000;

/// The text of an optional word, as far as it is of a length to keep; blank is none.
pub(super) fn text(word: Option<&Word<'_>>) -> Option<Text> {
    let text = Text::limited(word?.as_str(), LONGEST_TEXT);
    (!text.is_empty()).then_some(text)
}

/// The first and the end of the years in which a call of ours can be.
const CENTURY: Range<Timestamp> =
    Timestamp::constant(946_684_800, 0)..Timestamp::constant(4_102_444_800, 0);

/// The moment, unless it is so far from any call of ours that it is no time but an error: it would
/// sort before or behind everything else for ever.
pub(super) fn credible(at: Timestamp) -> Option<Timestamp> {
    CENTURY.contains(&at).then_some(at)
}

/// A moment: epoch seconds or milliseconds as a number or its digits, or a date with an offset
/// (ISO 8601, RFC 2822). What is no time is none.
pub(super) fn moment(word: &Word<'_>) -> Option<Timestamp> {
    let text = word.as_str().trim();
    if let Ok(number) = text.parse::<f64>() {
        return epoch(number);
    }
    let rfc2822 = || jiff::fmt::rfc2822::parse(text).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>().ok().or_else(rfc2822).and_then(credible)
}

/// Epoch seconds, or milliseconds from 1e11 up (SOURCES: Vapi's unit is undocumented).
pub(super) fn epoch(number: f64) -> Option<Timestamp> {
    let millis = if number.abs() >= 1e11 { number } else { number * 1000.0 };
    #[expect(clippy::cast_possible_truncation, reason = "saturates; then the range is checked")]
    let millis = millis.round() as i64;
    if number.is_nan() { None } else { Timestamp::from_millisecond(millis).ok().and_then(credible) }
}

/// Seconds as whole seconds.
pub(super) fn seconds(word: &Word<'_>, per_second: f64) -> Option<u32> {
    let number = word.as_str().trim().parse::<f64>().ok()? / per_second;
    let fits = (0.0..1e9).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "range checked")]
    fits.then(|| number.round() as u32)
}

/// A web address, where it is one.
pub(super) fn address(word: &Word<'_>) -> Option<Text> {
    let text = Text::limited(word.as_str(), 2_000);
    let web = text.as_str().starts_with("https://") || text.as_str().starts_with("http://");
    (web && !text.as_str().contains(' ')).then_some(text)
}

/// `n` milliseconds after `start`.
pub(super) fn later(start: Timestamp, n: usize) -> Timestamp {
    let millis = i64::try_from(n).unwrap_or(i64::MAX);
    start.checked_add(SignedDuration::from_millis(millis)).unwrap_or(start)
}

/// Has lines of one moment follow each other as they are listed: many a provider tells whole seconds,
/// and an answer must not come before its question.
pub(super) fn in_order(lines: &mut [Line]) {
    let mut before: Option<(Timestamp, Timestamp)> = None;
    for line in lines {
        let told = line.at;
        if let Some((same, last)) = before
            && same == told
        {
            line.at = later(last, 1);
        }
        before = Some((told, line.at));
    }
}

/// Who speaks, in the words providers use. Others are nobody.
pub(super) fn role(word: &str) -> Option<Role> {
    const CALLER: [&str; 8] =
        ["user", "customer", "caller", "human", "lead", "client", "visitor", "prospect"];
    const AGENT: [&str; 13] = [
        "assistant",
        "bot",
        "robot",
        // Retell's word for whom a call was handed to.
        "transfer_target",
        "agent",
        "ai",
        "model",
        "agent_response",
        "ai assistant",
        "ai agent",
        "receptionist",
        "ai receptionist",
        "operator",
    ];
    let is = |known: &&str| word.eq_ignore_ascii_case(known);
    if CALLER.iter().any(&is) {
        Some(Role::Caller)
    } else {
        AGENT.iter().any(is).then_some(Role::Agent)
    }
}

/// Whether the word stands for what nobody says: the machine's own doings.
pub(super) fn is_silent(word: &str) -> bool {
    const SILENT: [&str; 8] = [
        "system",
        "tool",
        "tools",
        "tool_calls",
        "tool_call_result",
        "tool_call_invocation",
        "function",
        "agent-action",
    ];
    SILENT.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_times_however_they_come() {
        let tuesday: Timestamp = "2026-04-14T15:00:00Z".parse().unwrap();
        for text in [
            "1776178800",
            "1776178800000",
            "1776178800000.0",
            "2026-04-14T15:00:00.000Z",
            "2026-04-14T11:00:00-04:00",
            "Tue, 14 Apr 2026 15:00:00 +0000",
        ] {
            assert_eq!(moment(&Word(text.into())), Some(tuesday), "{text}");
        }
        for text in [
            "",
            "soon",
            "NaN",
            "inf",
            "-1e300",
            "2026-13-40",
            "-009999-01-02T01:59:59Z",
            "9999-12-30T22:00:00Z",
            "0",
        ] {
            assert_eq!(moment(&Word(text.into())), None, "{text}");
        }
    }

    #[test]
    fn bounds_the_depth_whatever_is_around() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(!deeper_than(nested(DEEPEST).as_bytes(), DEEPEST));
        assert!(deeper_than(nested(DEEPEST + 1).as_bytes(), DEEPEST));
        assert!(!deeper_than(format!("\"{}\"", nested(1000)).as_bytes(), DEEPEST));
        assert!(deeper_than(format!(r#"{{"a\"":{}}}"#, nested(1000)).as_bytes(), DEEPEST));
        assert!(!deeper_than(br#"["\"#, DEEPEST));
    }

    #[test]
    fn an_error_never_repeats_what_was_said() {
        let error = serde_json::from_str::<u8>("\"my secret\"").unwrap_err();
        let told = explain(&error);
        assert!(!told.contains("my secret") && told.contains("u8"), "{told}");
    }
}
