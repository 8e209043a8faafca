//! Figures by hour, day, source or service.

use std::str::FromStr;

use jiff::tz::TimeZone;

use super::record::CallRecord;

/// What figures are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// The hour of the day, `00` to `23`, whatever the day.
    Hour,
    /// The day, `2026-11-21`.
    Day,
    /// The source.
    Source,
    /// The trade.
    Service,
}

/// Why a text names no grouping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("figures are by hour, day, source or service, not by {0:?}")]
pub struct GroupingError(String);

impl FromStr for Grouping {
    type Err = GroupingError;

    fn from_str(text: &str) -> Result<Self, GroupingError> {
        match text {
            "hour" => Ok(Self::Hour),
            "day" => Ok(Self::Day),
            "source" => Ok(Self::Source),
            "service" => Ok(Self::Service),
            other => Err(GroupingError(other.to_owned())),
        }
    }
}

impl std::fmt::Display for Grouping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Source => "source",
            Self::Service => "service",
        })
    }
}

/// The group a record belongs to, in this zone.
pub fn group_of(record: &CallRecord, by: Grouping, zone: &TimeZone) -> String {
    let local = || record.began_at.to_zoned(zone.clone());
    match by {
        Grouping::Hour => format!("{:02}", local().hour()),
        Grouping::Day => local().date().to_string(),
        Grouping::Source => record.id.source().to_string(),
        Grouping::Service => {
            record.service.as_ref().map_or("none".to_owned(), |it| it.0.to_string())
        }
    }
}
