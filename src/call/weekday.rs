//! The days of the week by their names.

use jiff::civil::Weekday;

const NAMES: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// The day of this whole name in small letters, as it is spoken.
pub fn weekday(name: &str) -> Option<Weekday> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, day)| *day)
}

/// The day whose name begins so, as it is written: at least three small letters of it.
pub fn weekday_beginning(written: &str) -> Option<Weekday> {
    let begins = |(known, _): &&(&str, Weekday)| written.len() >= 3 && known.starts_with(written);
    NAMES.iter().find(begins).map(|(_, day)| *day)
}
