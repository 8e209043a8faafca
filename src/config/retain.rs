//! How long calls are kept.

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// A while such as `90d`, `6mo` or `1y`; a day at least, so that nothing is erased under the
/// operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Retain {
    text: String,
    length: SignedDuration,
}

impl Retain {
    /// Its length.
    pub fn length(&self) -> SignedDuration {
        self.length
    }
}

impl TryFrom<String> for Retain {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no length of time; write 90d, 6mo or 1y");
        let span: Span = text.parse().map_err(|_| wrong())?;
        let from = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let length = from.checked_add(span).map_err(|_| wrong())?.duration_since(&from);
        if length < SignedDuration::from_hours(24) {
            return Err(format!("{text:?} is too short; calls are kept for a day at least"));
        }
        Ok(Self { text, length })
    }
}

impl From<Retain> for String {
    fn from(retain: Retain) -> Self {
        retain.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_while_is_a_day_at_least() {
        let days =
            |text: &str| Retain::try_from(text.to_owned()).map(|it| it.length().as_hours() / 24);
        assert_eq!(days("90d"), Ok(90));
        assert_eq!(days("1y"), Ok(365));
        assert_eq!(days("6mo"), Ok(181));
        for text in ["", "soon", "23h", "-90d", "0d", "9999999y"] {
            assert!(days(text).is_err(), "{text}");
        }
    }
}
