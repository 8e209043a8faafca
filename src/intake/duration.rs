//! Lengths of time in the config, as people write them.

use std::fmt;

use jiff::SignedDuration;
use serde::{
    Deserializer,
    de::{Error, Unexpected, Visitor},
};

struct Given;

impl Visitor<'_> for Given {
    type Value = SignedDuration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a length of time with its unit, in quotes: \"30s\", \"5m\" or \"2h\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<SignedDuration, E> {
        let length = text.parse().ok().filter(|length: &SignedDuration| !length.is_negative());
        length.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// A length of time.
pub(super) fn one<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
    from.deserialize_str(Given)
}

/// The same where it can be left out.
pub(super) fn some<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SignedDuration>, D::Error> {
    one(from).map(Some)
}
