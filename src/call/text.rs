//! Foreign words made safe to show: the one place where caller and provider text is cleaned.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

/// Text from outside that cannot control a terminal.
///
/// Control characters (C0, C1, so no escape sequence survives), bidirectional overrides and
/// isolates, zero-width characters and byte-order marks are removed when the value is made,
/// whether by code or by deserialising; line breaks and tabs become spaces. What is left is what
/// a person could have said or typed.
///
/// A copy shares the words: summaries and evidence are copied at every turn of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// Cleans `raw`; leading and trailing white space goes too.
    pub fn new(raw: &str) -> Self {
        Self::limited(raw, usize::MAX)
    }

    /// Cleans `raw` and keeps at most `max` characters.
    pub fn limited(raw: &str, max: usize) -> Self {
        let trimmed = raw.trim();
        if trimmed.len() <= max && trimmed.bytes().all(|b| (0x20..0x7f).contains(&b)) {
            return Self(trimmed.into());
        }
        let cleaned: String = trimmed.chars().filter_map(keep).take(max).collect();
        Self(cleaned.trim().into())
    }

    /// The cleaned text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `None` when nothing is left after cleaning, so that a blank never overwrites a value.
    pub fn non_empty(raw: &str) -> Option<Self> {
        let text = Self::new(raw);
        (!text.is_empty()).then_some(text)
    }
}

/// What becomes of one character: itself, a space, or nothing.
fn keep(c: char) -> Option<char> {
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some(' '),
        c if c.is_control() => None,
        // Soft hyphen, Arabic letter mark, Mongolian vowel separator.
        '\u{ad}' | '\u{61c}' | '\u{180e}' => None,
        // Fillers and joiners that take a place and show nothing, and variation selectors.
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => None,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => None,
        // Zero-width characters and marks; ZWJ goes too, so an emoji family falls apart into its
        // members: a fair price for columns that line up.
        '\u{200b}'..='\u{200f}' => None,
        // Bidirectional embeddings, overrides, isolates; invisible operators.
        '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => None,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        // Tags: invisible text inside text.
        '\u{e0000}'..='\u{e007f}' => None,
        c => Some(c),
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Takes the text where it lies: most texts are read back by the thousand.
        struct Raw;

        impl Visitor<'_> for Raw {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_str<E: de::Error>(self, raw: &str) -> Result<Text, E> {
                Ok(Text::new(raw))
            }
        }

        deserializer.deserialize_str(Raw)
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Self::new(raw)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_what_could_steer_a_terminal() {
        for (raw, clean) in [
            ("plain", "plain"),
            ("  padded\t", "padded"),
            ("a\x1b[31mred\x1b[0m", "a[31mred[0m"),
            ("title\x1b]0;owned\x07", "title]0;owned"),
            ("c1\u{9b}31m", "c131m"),
            ("two\r\nlines", "two  lines"),
            ("\u{202e}evil", "evil"),
            ("zero\u{200b}width\u{feff}", "zerowidth"),
            ("tag\u{e0041}", "tag"),
            ("\u{3164}\u{ffa0}", ""),
            ("José 日本 é", "José 日本 é"),
        ] {
            assert_eq!(Text::new(raw).as_str(), clean, "{raw:?}");
        }
    }

    #[test]
    fn deserialising_cleans_too() {
        let text: Text = serde_json::from_str(r#""\u001b[2Jhi""#).unwrap();
        assert_eq!(text.as_str(), "[2Jhi");
    }

    #[test]
    fn limits_by_characters() {
        assert_eq!(Text::limited("日本語です", 3).as_str(), "日本語");
    }
}
