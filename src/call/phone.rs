//! Telephone numbers: E.164 where the number can be read, as said where not.

use std::{fmt, str::FromStr};

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};
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

impl Phone {
    /// Reads `raw` in the national format of `region`; `None` when there is no digit in it
    /// ("anonymous", "Restricted", empty).
    pub fn parse(raw: &str, region: &Region) -> Option<Self> {
        let text = Text::limited(raw, 40);
        if !text.as_str().bytes().any(|b| b.is_ascii_digit()) {
            return None;
        }
        let parsed = PHONE_NUMBER_UTIL
            .parse(text.as_str(), region.country())
            .ok()
            .filter(|number| PHONE_NUMBER_UTIL.is_possible_number(number));
        Some(match parsed {
            Some(number) => {
                Self(Text::new(&PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164)))
            }
            None => Self(text),
        })
    }

    /// A number that is in E.164 already; none for anything else.
    pub fn of_e164(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let fine = (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| Self(Text::new(text)))
    }

    /// The number: E.164 when it starts with `+`.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether the number is in E.164 and can be dialled and compared.
    pub fn is_e164(&self) -> bool {
        self.as_str().starts_with('+')
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
    fn shows_the_national_form() {
        let number = Phone::parse("+16145550142", &Region::default()).unwrap();
        assert_eq!(number.national(), "(614) 555-0142");
    }
}
