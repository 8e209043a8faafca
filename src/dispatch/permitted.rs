//! When a caller may be rung: in the business's hours, and in the permitted ones by the caller's own
//! clock.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::{hours::Calendar, settings::Settings};
use crate::call::Phone;

/// How often the two kinds of hours are laid over each other before they are taken to have nothing
/// in common: a fortnight of days.
const STEPS: usize = 28;

/// A zone by its IANA name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl TryFrom<String> for Zone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        let zone = TimeZone::get(&name);
        zone.map(Self).map_err(|_| format!("{name:?} is no time zone such as America/New_York"))
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.iana_name().unwrap_or("UTC").to_owned()
    }
}

impl Settings {
    /// The clock of whoever has this number: that of the longest prefix in `zones`, else the
    /// business's.
    pub fn zone_of(&self, number: Option<&Phone>) -> &TimeZone {
        let fits = number.into_iter().flat_map(|number| {
            self.zones.iter().filter(|(prefix, _)| number.as_str().starts_with(prefix.as_str()))
        });
        fits.max_by_key(|(prefix, _)| prefix.len()).map_or(&self.zone, |(_, zone)| &zone.0)
    }

    /// Whether this number may be rung at `at`.
    pub fn may_ring_at(&self, number: Option<&Phone>, at: Timestamp) -> bool {
        self.next_hour_to_ring(number, at) == at
    }

    /// Whether the number's own clock allows it to be rung at `at`, whatever the business's says.
    pub fn is_permitted(&self, number: Option<&Phone>, at: Timestamp) -> bool {
        let none = BTreeSet::new();
        let zone = self.zone_of(number);
        let caller = Calendar { zone, holidays: &none, shut_on_holidays: false };
        self.permitted.is_empty() || self.permitted.is_open(at, &caller)
    }

    /// The first instant at or after `at` at which the number may be rung. `at` itself, when the
    /// business's hours and the permitted ones never meet: a promise must have a time.
    pub fn next_hour_to_ring(&self, number: Option<&Phone>, at: Timestamp) -> Timestamp {
        let (days_off, none) = (self.days_off(), BTreeSet::new());
        let business = self.calendar(&days_off);
        let zone = self.zone_of(number);
        let caller = Calendar { zone, holidays: &none, shut_on_holidays: false };
        let mut reached = at;
        for _ in 0..STEPS {
            let open = self.hours.next_open(reached, &business).unwrap_or(reached);
            let permitted = self.permitted.next_open(open, &caller).unwrap_or(open);
            if permitted == reached {
                return reached;
            }
            reached = permitted;
        }
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        let settings: Settings = toml::from_str(text).unwrap();
        Settings { zone: TimeZone::get("America/New_York").unwrap(), ..settings }
    }

    fn next(settings: &Settings, number: &str, at: &str) -> String {
        let number = Phone::of_e164(number);
        settings.next_hour_to_ring(number.as_ref(), at.parse().unwrap()).to_string()
    }

    const WEST: &str = "hours = [\"mon-fri 08:00-18:00\"]
        zones = { \"+1\" = \"America/New_York\", \"+1415\" = \"America/Los_Angeles\" }";

    #[test]
    fn a_number_is_rung_by_the_clock_of_its_area_and_in_business_hours() {
        let settings = settings(WEST);
        // Friday 08:00 in New York is 05:00 in San Francisco.
        assert_eq!(next(&settings, "+12125550100", "2026-11-20T13:00:00Z"), "2026-11-20T13:00:00Z");
        assert_eq!(next(&settings, "+14155550100", "2026-11-20T13:00:00Z"), "2026-11-20T16:00:00Z");
        // Friday 18:30 in New York: the business opens on Monday, San Francisco three hours later.
        assert_eq!(next(&settings, "+14155550100", "2026-11-20T23:30:00Z"), "2026-11-23T16:00:00Z");
        assert_eq!(next(&settings, "+12125550100", "2026-11-20T23:30:00Z"), "2026-11-23T13:00:00Z");
    }

    #[test]
    fn a_number_of_no_known_area_goes_by_the_business() {
        let settings = settings(WEST);
        assert_eq!(
            next(&settings, "+442079460000", "2026-11-20T13:00:00Z"),
            "2026-11-20T13:00:00Z"
        );
        let open = Settings { hours: Default::default(), ..settings };
        // 23:00 in New York, any business hour: 8 in the morning.
        assert_eq!(next(&open, "+442079460000", "2026-11-21T04:00:00Z"), "2026-11-21T13:00:00Z");
        assert!(!open.may_ring_at(None, "2026-11-21T04:00:00Z".parse().unwrap()));
        assert!(open.may_ring_at(None, "2026-11-21T13:00:00Z".parse().unwrap()));
    }

    #[test]
    fn hours_that_never_meet_hold_nothing_up() {
        let settings = settings("hours = [\"daily 02:00-03:00\"]");
        assert_eq!(next(&settings, "+12125550100", "2026-11-20T13:00:00Z"), "2026-11-20T13:00:00Z");
    }

    #[test]
    fn a_zone_that_does_not_exist_is_named() {
        let error =
            toml::from_str::<Settings>("zones = { \"+1\" = \"Mars/Olympus\" }").unwrap_err();
        assert!(error.to_string().contains("Mars/Olympus"), "{error}");
    }
}
