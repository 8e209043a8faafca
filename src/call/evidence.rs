//! Why triage makes of a call what it does: the words, and where they stand.
//!
//! A call holds dozens of these twice over, so they are small: the words are a part of their line,
//! which the transcript holds anyway.

use std::ops::Range;

use serde::{Deserialize, Serialize, Serializer};

use super::{LineId, Signal, Text};

/// The words that speak for (or against) a value, and the rule that understood them.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Told")]
pub struct Evidence {
    /// For which value.
    pub signal: Signal,
    /// True when later words took it back or outweighed it. It stays on record.
    pub retracted: bool,
    /// Whether `said` is the whole line, not only the words.
    whole: bool,
    line: u32,
    start: u32,
    end: u32,
    /// The rule's name in the rule set.
    pub rule: Text,
    said: Text,
}

impl Evidence {
    /// The words at `span` (in bytes) of the line `said`, which is number `line` of the transcript.
    pub fn new(signal: Signal, rule: Text, line: LineId, span: Range<usize>, said: &Text) -> Self {
        let (line, start, end) = (small(line), small(span.start), small(span.end));
        Self { signal, retracted: false, whole: true, line, start, end, rule, said: said.clone() }
    }

    /// The line of the transcript.
    pub fn line(&self) -> LineId {
        self.line as usize
    }

    /// The bytes of the words within the line's text.
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The words, exactly as they stand there.
    pub fn words(&self) -> &str {
        let said = self.said.as_str();
        if self.whole { said.get(self.span()).unwrap_or_default() } else { said }
    }

    /// Shares the text of its line, if the words stand there.
    pub(super) fn restore(&mut self, line: &Text) {
        if line.as_str().get(self.span()) == Some(self.words()) {
            (self.said, self.whole) = (line.clone(), true);
        }
    }
}

/// No text that is taken is as long as this goes.
fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

impl PartialEq for Evidence {
    fn eq(&self, other: &Self) -> bool {
        Shown::of(self) == Shown::of(other)
    }
}

impl Eq for Evidence {}

/// How it is read.
#[derive(Deserialize)]
struct Told {
    signal: Signal,
    rule: Text,
    line: u32,
    start: u32,
    end: u32,
    words: Text,
    #[serde(default)]
    retracted: bool,
}

impl From<Told> for Evidence {
    fn from(told: Told) -> Self {
        let Told { signal, rule, line, start, end, words: said, retracted } = told;
        Self { signal, retracted, whole: false, line, start, end, rule, said }
    }
}

/// How it is written.
#[derive(PartialEq, Serialize)]
struct Shown<'a> {
    signal: Signal,
    rule: &'a Text,
    line: u32,
    start: u32,
    end: u32,
    words: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    retracted: bool,
}

impl<'a> Shown<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let &Evidence { signal, retracted, line, start, end, ref rule, .. } = evidence;
        Self { signal, rule, line, start, end, words: evidence.words(), retracted }
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown::of(self).serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_back_is_what_was_written_and_keeps_only_the_words() {
        let line = Text::from("my basement is flooding");
        let evidence = Evidence::new(Signal::Urgency, "flood".into(), 3, 15..23, &line);
        let json = serde_json::to_string(&evidence).unwrap();
        let told = r#"{"signal":"urgency","rule":"flood","line":3,"start":15,"end":23,"words":"flooding"}"#;
        assert_eq!(json, told);
        let back: Evidence = serde_json::from_str(&json).unwrap();
        assert_eq!((&back, back.words()), (&evidence, "flooding"));
        assert_ne!(Evidence { retracted: true, ..back.clone() }, evidence);
        for (of, shared) in [("my basement is flooding", true), ("it is all over by now", false)] {
            let mut back = back.clone();
            back.restore(&of.into());
            assert_eq!((back.whole, back.words()), (shared, "flooding"));
        }
    }
}
