//! A time as people give it on the command line.

use std::str::FromStr;

use jiff::{
    SignedDuration, SpanRelativeTo, Timestamp, ToSpan, Zoned,
    civil::{DateTime, Weekday},
};

use crate::call::weekday_beginning;

/// What was said; which instant that is depends on the zone the business keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// An instant, with its zone.
    At(Timestamp),
    /// A day's beginning or a time, in the business's zone.
    Civil(DateTime),
    /// The beginning of a day so many days ago.
    DaysAgo(i8),
    /// The beginning of the last such day before today.
    Last(Weekday),
    /// So long ago.
    Ago(SignedDuration),
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            "use 90m, 24h, 7d, today, yesterday, mon, 2026-11-21, 2026-11-21T14:00 or \
             2026-11-21T14:00:00Z"
                .to_owned()
        };
        let said = text.trim().to_lowercase();
        match said.as_str() {
            "today" => return Ok(Self::DaysAgo(0)),
            "yesterday" => return Ok(Self::DaysAgo(1)),
            _ => {}
        }
        if let Some(day) = weekday_beginning(&said) {
            return Ok(Self::Last(day));
        }
        if let Ok(at) = text.parse::<Timestamp>() {
            return Ok(Self::At(at));
        }
        if let Ok(at) = text.parse::<DateTime>() {
            return Ok(Self::Civil(at));
        }
        let span = text.parse::<jiff::Span>().map_err(|_| wrong())?;
        let ago = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| wrong())?;
        Ok(Self::Ago(ago.abs()))
    }
}

impl Moment {
    /// Which instant it is, said `now` in the business's zone.
    ///
    /// # Errors
    /// When the calendar does not go so far.
    pub fn instant(self, now: &Zoned) -> Result<Timestamp, jiff::Error> {
        let civil = |at: DateTime| Ok(at.to_zoned(now.time_zone().clone())?.timestamp());
        let today = now.date();
        match self {
            Self::At(at) => Ok(at),
            Self::Civil(at) => civil(at),
            Self::DaysAgo(days) => civil(today.checked_sub(days.days())?.into()),
            Self::Last(day) => civil(today.nth_weekday(-1, day)?.into()),
            Self::Ago(ago) => now.timestamp().checked_sub(ago),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_a_zone_is_the_businesss() {
        // A Thursday, in New York still, in UTC a Friday.
        let now: Zoned = "2026-11-26T21:30[America/New_York]".parse().unwrap();
        for (text, instant) in [
            ("today", "2026-11-26T05:00:00Z"),
            ("Yesterday", "2026-11-25T05:00:00Z"),
            ("mon", "2026-11-23T05:00:00Z"),
            ("thursday", "2026-11-19T05:00:00Z"),
            ("2026-11-25", "2026-11-25T05:00:00Z"),
            ("2026-07-01", "2026-07-01T04:00:00Z"),
            ("2026-11-25T14:00", "2026-11-25T19:00:00Z"),
            ("2026-11-25 14:00", "2026-11-25T19:00:00Z"),
            ("2026-11-25T14:00:00Z", "2026-11-25T14:00:00Z"),
            ("24h", "2026-11-26T02:30:00Z"),
            ("1d", "2026-11-26T02:30:00Z"),
        ] {
            let at = text.parse::<Moment>().unwrap().instant(&now).unwrap();
            assert_eq!(at.to_string(), instant, "{text}");
        }
        for text in ["", "m", "tomorrow", "monda day", "25:00"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
