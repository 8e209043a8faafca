//! Telephone numbers: E.164 where the number can be read, as said where not.

use std::{borrow::Cow, fmt, str::FromStr};

use percent_encoding::percent_decode_str;
use rlibphonenumber::{NumberLengthType, PHONE_NUMBER_UTIL, PhoneNumberFormat};
use serde::{Deserialize, Serialize};

use super::Text;

/// The country whose national format is assumed for numbers without a `+` (ISO 3166, `US`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Region(String);

impl Default for Region {
    fn default() -> Self {
        Self("US".to_owned())
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) {
            Ok(Self(code))
        } else {
            Err(format!("{text:?} is not a two-letter country code such as US"))
        }
    }
}

impl Region {
    /// The two-letter code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn country(&self) -> Option<rlibphonenumber::Region> {
        self.0.parse().ok()
    }
}

/// A telephone number as E.164 (`+15550104477`), or as it was given when it can't be parsed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(Text);

/// What a carrier puts in the place of a withheld number: words typed on a telephone's keys
/// (`ANONYMOUS`, `RESTRICTED`, `BLOCKED`, `UNKNOWN`, `UNAVAILABLE`). Twilio does, and whoever takes
/// calls by Twilio passes them on. Nobody can be rung back there, and they are nobody's.
const WITHHELD: [&str; 5] = ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"];

impl Phone {
    /// Reads `raw` in the national format of `region`; `None` when there is no digit in it
    /// ("anonymous", "Restricted", empty), or the number of a withheld one. Of a SIP or telephone
    /// address the user counts.
    pub fn parse(raw: &str, region: &Region) -> Option<Self> {
        let text = Text::limited(&user(raw), 40);
        if !text.as_str().contains(char::is_numeric) || WITHHELD.contains(&text.as_str()) {
            return None;
        }
        let dialled = PHONE_NUMBER_UTIL.parse(text.as_str(), region.country()).ok();
        let dialled = dialled.filter(|number| {
            // Some numbers are possible within their own town only.
            let length = PHONE_NUMBER_UTIL.is_possible_number_with_reason(number);
            matches!(length, Ok(NumberLengthType::IsPossible))
        });
        let e164 =
            |number| Self::of_e164(&PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164));
        if let Some(phone) = dialled.and_then(e164) {
            return Some(phone);
        }
        // What can't be dialled must not look as if it could.
        let said = if in_e164(text.as_str()) { &text.as_str()[1..] } else { text.as_str() };
        Some(Self(Text::new(said)))
    }

    /// A number that is in E.164 already; none for anything else.
    pub fn of_e164(text: &str) -> Option<Self> {
        in_e164(text).then(|| Self(Text::new(text)))
    }

    /// The number: E.164 when it starts with `+`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the number is in E.164 and can be dialled and compared.
    pub fn is_e164(&self) -> bool {
        in_e164(self.as_str())
    }

    /// The number as its own country writes it: `(555) 010-4477`.
    pub fn national(&self) -> String {
        let as_is = || self.as_str().to_owned();
        if !self.is_e164() {
            return as_is();
        }
        PHONE_NUMBER_UTIL.parse(self.as_str(), None).map_or_else(
            |_| as_is(),
            |number| PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::National).into_owned(),
        )
    }
}

/// Whether a text is a whole number with its country, and not that of a withheld one.
fn in_e164(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or("");
    let whole = (8..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    whole && !WITHHELD.contains(&text)
}

/// The user of a SIP or telephone address; anything else as it is.
fn user(raw: &str) -> Cow<'_, str> {
    let raw = raw.trim();
    match raw.split_once(':') {
        Some((scheme, rest))
            if ["sip", "sips", "tel"].iter().any(|it| scheme.eq_ignore_ascii_case(it)) =>
        {
            let user = rest.split(['@', ':', ';', '?', '>']).next().unwrap_or(rest);
            percent_decode_str(user).decode_utf8_lossy()
        }
        _ => percent_decode_str(raw).decode_utf8_lossy(),
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_however_it_is_written() {
        let us = Region::default();
        for raw in
            ["+16145550142", "(614) 555-0142", "614.555.0142", "1-614-555-0142", " 6145550142 "]
        {
            assert_eq!(Phone::parse(raw, &us).unwrap().as_str(), "+16145550142", "{raw}");
        }
        assert!(Phone::parse("+1-555-0100", &us).unwrap().as_str().contains("555"));
        assert_eq!(Phone::parse("anonymous", &us), None);
        assert_eq!(Phone::parse("", &us), None);
    }

    #[test]
    fn a_withheld_number_is_none_whoever_passes_it_on() {
        for raw in WITHHELD {
            assert_eq!(Phone::parse(raw, &Region::default()), None, "{raw}");
            assert_eq!(Phone::of_e164(raw), None, "{raw}");
            let kept: Phone = serde_json::from_value(raw.into()).unwrap();
            assert!(!kept.is_e164(), "an old journal's {raw}");
        }
    }

    #[test]
    fn what_can_not_be_dialled_is_kept_and_is_no_number() {
        for (raw, kept) in [("+1", "+1"), ("555-0142", "555-0142"), ("+12345678", "12345678")] {
            let phone = Phone::parse(raw, &Region::default()).unwrap();
            assert_eq!((phone.as_str(), phone.is_e164()), (kept, false));
        }
    }

    #[test]
    fn a_number_in_an_address_or_in_other_digits_is_one() {
        for raw in [
            "sip:+13035550177@host;user=phone",
            "SIPS:13035550177:pw@host",
            "tel:+1-303-555-0177;ext=2",
            "sip:%2B13035550177@host",
            "%2B13035550177",
            "\u{661}\u{663}\u{660}\u{663}\u{665}\u{665}\u{665}\u{660}\u{661}\u{667}\u{667}",
            "\u{ff13}\u{ff10}\u{ff13}5550177",
        ] {
            let phone = Phone::parse(raw, &Region::default()).unwrap();
            assert_eq!(phone.as_str(), "+13035550177", "{raw}");
        }
    }

    #[test]
    fn shows_the_national_form() {
        let number = Phone::parse("+16145550142", &Region::default()).unwrap();
        assert_eq!(number.national(), "(614) 555-0142");
    }
}
