//! What an operator is called for, and when not: `[console.alerts]` in the config.

use jiff::civil::Time;
use serde::{Deserialize, Serialize};

pub use super::escape::Notify;

/// What may ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// A call became Hot.
    Hot,
    /// A callback was due and nobody has rung back.
    LateCallback,
    /// A write waits for somebody.
    FailedWrite,
    /// The hub is out of reach.
    Stale,
}

/// One operator's rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// For what.
    pub on: Vec<Occasion>,
    /// Only for calls that fit this filter (`owner:me`, `svc:hvac urg:5`); for all when empty.
    pub only: String,
    /// When not, in the business's time zone; through midnight when it ends before it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// Whether the terminal's bell rings.
    pub bell: bool,
    /// How the terminal is asked for a notification of the desktop.
    pub notify: Notify,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            on: vec![Occasion::Hot],
            only: String::new(),
            quiet: None,
            bell: true,
            notify: Notify::Off,
        }
    }
}

/// `22:00-06:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QuietHours {
    from: Time,
    to: Time,
}

impl QuietHours {
    /// Whether it is quiet at this time of day.
    pub fn holds_at(self, time: Time) -> bool {
        if self.from <= self.to {
            self.from <= time && time < self.to
        } else {
            self.from <= time || time < self.to
        }
    }
}

impl TryFrom<String> for QuietHours {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("{text:?} are no hours; write them as 22:00-06:30");
        let (from, to) = text.split_once('-').ok_or_else(wrong)?;
        let time = |text: &str| Time::strptime("%H:%M", text.trim()).map_err(|_| wrong());
        Ok(Self { from: time(from)?, to: time(to)? })
    }
}

impl From<QuietHours> for String {
    fn from(hours: QuietHours) -> Self {
        format!("{}-{}", hours.from.strftime("%H:%M"), hours.to.strftime("%H:%M"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_go_through_midnight() {
        let at = |hours: &str, time: (i8, i8)| {
            let hours = QuietHours::try_from(hours.to_owned()).unwrap();
            hours.holds_at(Time::new(time.0, time.1, 0, 0).unwrap())
        };
        assert!(at("22:00-06:30", (23, 0)) && at("22:00-06:30", (6, 29)));
        assert!(!at("22:00-06:30", (6, 30)) && !at("22:00-06:30", (21, 59)));
        assert!(at("12:00-13:00", (12, 30)) && !at("12:00-13:00", (13, 0)));
        for text in ["", "22-6", "25:00-06:00", "22:00"] {
            assert!(QuietHours::try_from(text.to_owned()).is_err(), "{text}");
        }
        let hours = QuietHours::try_from("22:00 - 06:30".to_owned()).unwrap();
        assert_eq!(String::from(hours), "22:00-06:30");
    }
}
