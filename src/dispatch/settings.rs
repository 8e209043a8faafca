//! How a business answers its calls: hours, holidays, who stands in, and how patient it is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use super::{
    hours::{Calendar, Week},
    permitted::Zone,
};
use crate::call::{Region, Text, Urgency};

fn utc() -> TimeZone {
    TimeZone::UTC
}

/// The rules of dispatching.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// When the business is open; always when there are no hours.
    #[serde(skip_serializing_if = "Week::is_empty")]
    pub hours: Week,
    /// When callers may be rung at all, by their own clock. What is due to a Hot caller, and at a
    /// time a caller named, is not bound by it.
    pub permitted: Week,
    /// Whose clock a number goes by: the beginning of the number (`+1415`) and the zone. The
    /// longest that fits counts, else the business's clock.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<String, Zone>,
    /// Days on which the business is shut.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<Holiday>,
    /// Who stands in for whom, and when.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<Override>,
    /// From this urgency up a call is given to whoever is on call without an operator; never when
    /// left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub automatic_urgency: Option<Urgency>,
    /// Above this score a call is for sales.
    pub sales_score: u8,
    /// Whether such a call is given to sales (or to whoever takes budgets of that size) without an
    /// operator, once it is over: until then it may turn out to be one for whoever is on call.
    pub automatic_sales: bool,
    /// Seconds within which whoever got a call is to say that they have it, before it goes to the
    /// next in the chain.
    pub acknowledge_seconds: u32,
    /// From this urgency up that is waited for.
    pub acknowledge_urgency: Urgency,
    /// How often everybody in the chain is told before it is given up for a while, visibly.
    pub rounds: u32,
    /// Minutes after which everybody on call is told once more of a call that is given up and
    /// that nobody has; 0 for never.
    pub again_minutes: u32,
    /// From this urgency up people are told in their quiet hours too.
    pub wake_urgency: Urgency,
    /// Whether somebody is told of a promise to ring back that a colleague gives to them.
    pub tell_given_callbacks: bool,
    /// Whether somebody is told of a promise that was not kept by its time: whoever is to keep it,
    /// or where they can't be told whoever is on call for the trade.
    pub tell_late_callbacks: bool,
    /// Minutes a claim lasts unless it is renewed.
    pub claim_minutes: u32,
    /// Minutes after which a caller who did not answer is tried again.
    pub retry_minutes: u32,
    /// Minutes after which a caller with a voicemail of ours is tried again.
    pub voicemail_minutes: u32,
    /// The zone of all these hours. The business says it, not this table.
    #[serde(skip, default = "utc")]
    pub zone: TimeZone,
    /// The country of numbers said without one. The business says it, not this table.
    #[serde(skip)]
    pub region: Region,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hours: Week::default(),
            permitted: "daily 08:00-21:00".parse().unwrap_or_default(),
            zones: BTreeMap::new(),
            holidays: Vec::new(),
            overrides: Vec::new(),
            automatic_urgency: None,
            sales_score: 70,
            automatic_sales: false,
            acknowledge_seconds: 180,
            acknowledge_urgency: Urgency::HOT,
            rounds: 2,
            again_minutes: 15,
            wake_urgency: Urgency::HOT,
            tell_given_callbacks: true,
            tell_late_callbacks: true,
            claim_minutes: 10,
            retry_minutes: 60,
            voicemail_minutes: 240,
            zone: utc(),
            region: Region::default(),
        }
    }
}

/// A day on which the business is shut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// Which.
    pub date: Date,
    /// What people call it.
    #[serde(default)]
    pub name: Text,
}

/// Other people on call than the pattern says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Override {
    /// From when, by the business's clock: `2026-07-03 17:00`.
    pub from: DateTime,
    /// Until when.
    pub to: DateTime,
    /// Only these are on call then, in this order; empty to keep the pattern.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub on: Vec<Text>,
    /// These are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub off: Vec<Text>,
}

impl Override {
    /// From when to when, as instants; none when the zone has no such times.
    pub fn span(&self, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let instant = |at: DateTime| at.to_zoned(zone.clone()).ok().map(|at| at.timestamp());
        Some((instant(self.from)?, instant(self.to)?))
    }
}

impl Settings {
    /// The days the business is shut.
    pub fn days_off(&self) -> BTreeSet<Date> {
        self.holidays.iter().map(|holiday| holiday.date).collect()
    }

    /// The calendar of business hours.
    pub fn calendar<'a>(&'a self, days_off: &'a BTreeSet<Date>) -> Calendar<'a> {
        Calendar { zone: &self.zone, holidays: days_off, shut_on_holidays: true }
    }

    /// How long an acknowledgement may take.
    pub fn patience(&self) -> SignedDuration {
        SignedDuration::from_secs(self.acknowledge_seconds.into())
    }

    /// Looks for what can't be right, as far as the settings and these names alone can tell.
    ///
    /// # Errors
    /// One sentence that names the setting.
    pub fn check(&self, people: &[Text]) -> Result<(), String> {
        for shift in &self.overrides {
            if shift.from >= shift.to {
                return Err(format!("the override from {} ends before it begins", shift.from));
            }
            let strangers = shift.on.iter().chain(&shift.off).find(|name| !people.contains(name));
            if let Some(name) = strangers {
                return Err(format!(
                    "the override from {} names {name}, who is not on the roster",
                    shift.from
                ));
            }
        }
        let plus = |prefix: &&String| {
            let digits = prefix.strip_prefix('+').unwrap_or_default();
            digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit())
        };
        if let Some(prefix) = self.zones.keys().find(plus) {
            return Err(format!(
                "zones names {prefix:?}, which is no beginning of a number such as \"+1415\""
            ));
        }
        if self.acknowledge_seconds == 0 || self.claim_minutes == 0 {
            return Err("acknowledge_seconds and claim_minutes are at least 1".to_owned());
        }
        Ok(())
    }
}
