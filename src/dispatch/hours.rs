//! Hours that come again every week, on any clock a zone may have.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{
    SignedDuration, Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};

use crate::call::weekday_beginning;

/// Which days of the week, and whether holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Days(u8);

const HOLIDAY: u8 = 1 << 7;
/// Letters of a day's name.
const ABBREVIATED: usize = 3;
const WHOLE_DAY: u16 = 24 * 60;

/// How far ahead is looked for an open hour: a business that is shut longer has no hours.
const HORIZON_DAYS: i64 = 60;

impl Days {
    fn parse(text: &str) -> Option<Self> {
        let day = |name: &str| {
            let named = weekday_beginning(name).filter(|_| name.len() == ABBREVIATED);
            named.map(Weekday::to_monday_zero_offset)
        };
        let mut days = 0;
        for part in text.split(',') {
            match part {
                "daily" => days |= 0x7f,
                "holiday" | "holidays" => days |= HOLIDAY,
                part => match part.split_once('-') {
                    Some((first, last)) => {
                        let (first, last) = (day(first)?, day(last)?);
                        let count = (last + 7 - first) % 7;
                        for step in 0..=count {
                            days |= 1 << ((first + step) % 7);
                        }
                    }
                    None => days |= 1 << day(part)?,
                },
            }
        }
        (days != 0).then_some(Self(days))
    }

    fn has(self, weekday: Weekday) -> bool {
        self.0 & (1 << weekday.to_monday_zero_offset()) != 0
    }
}

/// Some hours of some days: `mon-fri 08:00-18:00`. Hours that end before they begin go on into the
/// next day: `fri,sat 17:00-08:00`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    days: Days,
    /// Minutes since midnight.
    from: u16,
    to: u16,
    text: String,
}

impl Span {
    fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is no weekly time such as \"mon-fri 08:00-18:00\", \"sat,sun \
                 17:00-08:00\", \"daily 00:00-24:00\" or \"holiday 09:00-12:00\""
            )
        };
        let lower = text.trim().to_ascii_lowercase();
        let (days, hours) = match lower.split_once(char::is_whitespace) {
            Some((days, hours)) => (days, hours.trim()),
            None => (lower.as_str(), "00:00-24:00"),
        };
        let minutes = |time: &str| {
            let (hour, minute) = time.split_once(':')?;
            let two = |text: &str, most: u16| {
                let digits =
                    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                text.parse::<u16>().ok().filter(|value| digits && *value <= most)
            };
            let total = two(hour, 24)? * 60 + two(minute, 59)?;
            (total <= WHOLE_DAY).then_some(total)
        };
        let (from, to) = hours.split_once('-').ok_or_else(wrong)?;
        let from = minutes(from).filter(|from| *from < WHOLE_DAY).ok_or_else(wrong)?;
        let to = minutes(to).ok_or_else(wrong)?;
        let days = Days::parse(days).ok_or_else(wrong)?;
        if from == to {
            return Err(format!("{text:?} begins when it ends; a whole day is 00:00-24:00"));
        }
        Ok(Self { days, from, to, text: text.trim().to_owned() })
    }
}

/// Weekly hours: any number of spans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Week(Vec<Span>);

impl TryFrom<Vec<String>> for Week {
    type Error = String;

    fn try_from(texts: Vec<String>) -> Result<Self, String> {
        texts.iter().map(|text| Span::parse(text)).collect::<Result<_, _>>().map(Self)
    }
}

impl From<Week> for Vec<String> {
    fn from(week: Week) -> Self {
        week.0.into_iter().map(|span| span.text).collect()
    }
}

impl FromStr for Week {
    type Err = String;

    /// Spans separated by semicolons.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(';').map(Span::parse).collect::<Result<_, _>>().map(Self)
    }
}

impl fmt::Display for Week {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<&str> = self.0.iter().map(|span| span.text.as_str()).collect();
        f.write_str(&texts.join("; "))
    }
}

/// Which clock weekly hours are read by, and which days are none like others.
#[derive(Clone, Copy, Debug)]
pub struct Calendar<'a> {
    /// Whose clock.
    pub zone: &'a TimeZone,
    /// Days that are holidays.
    pub holidays: &'a BTreeSet<Date>,
    /// Whether nothing is open on a holiday but what says `holiday`. Otherwise weekly hours hold
    /// there too, unless some say `holiday`.
    pub shut_on_holidays: bool,
}

impl Week {
    /// Whether there are no hours at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The hours that begin on `date`, as instants.
    fn of_day(&self, date: Date, calendar: &Calendar<'_>) -> Vec<(Timestamp, Timestamp)> {
        let holiday = calendar.holidays.contains(&date);
        let special =
            calendar.shut_on_holidays || self.0.iter().any(|span| span.days.0 & HOLIDAY != 0);
        let on = |span: &&Span| match holiday && special {
            true => span.days.0 & HOLIDAY != 0,
            false => span.days.has(date.weekday()),
        };
        // A time the clock skips becomes the one after the gap, one it shows twice the first.
        let instant = |date: Date, minutes: u16| {
            let (hour, minute) =
                (i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?);
            let at = date.at(hour, minute, 0, 0).to_zoned(calendar.zone.clone()).ok()?;
            Some(at.timestamp())
        };
        self.0
            .iter()
            .filter(on)
            .filter_map(|span| {
                let next = date.tomorrow().ok()?;
                let end = match span.to {
                    WHOLE_DAY => instant(next, 0)?,
                    to if to <= span.from => instant(next, to)?,
                    to => instant(date, to)?,
                };
                Some((instant(date, span.from)?, end))
            })
            .filter(|(from, to)| from < to)
            .collect()
    }

    /// The hours around and after `at`, day by day.
    fn since_the_day_before<'a>(
        &'a self,
        at: Timestamp,
        calendar: &'a Calendar<'a>,
    ) -> impl Iterator<Item = (Timestamp, Timestamp)> + 'a {
        let today = at.to_zoned(calendar.zone.clone()).date();
        (-1..HORIZON_DAYS).flat_map(move |days| {
            let date = today.checked_add(days.days()).unwrap_or(today);
            let mut hours = self.of_day(date, calendar);
            hours.sort();
            hours
        })
    }

    /// Whether `at` is within them.
    pub fn is_open(&self, at: Timestamp, calendar: &Calendar<'_>) -> bool {
        let mut near = self.since_the_day_before(at, calendar).take_while(|(from, _)| *from <= at);
        near.any(|(_, to)| at < to)
    }

    /// The first instant at or after `at` that is within them; none in the next two months.
    pub fn next_open(&self, at: Timestamp, calendar: &Calendar<'_>) -> Option<Timestamp> {
        let mut ahead = self.since_the_day_before(at, calendar).filter(|(_, to)| *to > at);
        ahead.next().map(|(from, _)| from.max(at))
    }

    /// When the hours that `at` is within end; none when it is within none.
    pub fn open_until(&self, at: Timestamp, calendar: &Calendar<'_>) -> Option<Timestamp> {
        let mut until = None;
        for (from, to) in self.since_the_day_before(at, calendar) {
            let reached = until.unwrap_or(at);
            if from > reached {
                break;
            }
            if to > reached {
                until = Some(to);
            }
        }
        until
    }

    /// The instants at which something begins or ends, after `at` and within a week.
    pub fn edges(&self, at: Timestamp, calendar: &Calendar<'_>) -> BTreeSet<Timestamp> {
        let horizon = at.checked_add(SignedDuration::from_hours(8 * 24)).unwrap_or(at);
        self.since_the_day_before(at, calendar)
            .take_while(|(from, _)| *from <= horizon)
            .flat_map(|(from, to)| [from, to])
            .filter(|edge| *edge > at)
            .collect()
    }

    /// The instant at which `wait` of open time has passed since `from`. Without hours, or with
    /// none in sight, time just passes.
    pub fn after(
        &self,
        from: Timestamp,
        wait: SignedDuration,
        calendar: &Calendar<'_>,
    ) -> Timestamp {
        let plain = from.checked_add(wait).unwrap_or(from);
        let (mut left, mut reached) = (wait, from);
        for (begin, end) in self.since_the_day_before(from, calendar) {
            let begin = begin.max(reached);
            if end <= begin {
                continue;
            }
            let open = end.duration_since(begin);
            if open >= left {
                return begin.checked_add(left).unwrap_or(plain);
            }
            left -= open;
            reached = end;
        }
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn week(spans: &[&str]) -> Week {
        Week::try_from(spans.iter().map(|span| (*span).to_owned()).collect::<Vec<_>>()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn in_new_york(check: impl FnOnce(&Calendar<'_>)) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let holidays = BTreeSet::from(["2026-12-25".parse().unwrap()]);
        check(&Calendar { zone: &zone, holidays: &holidays, shut_on_holidays: true });
    }

    #[test]
    fn four_business_hours_go_on_after_the_weekend_and_the_holiday() {
        let hours = week(&["mon-fri 08:00-17:00"]);
        in_new_york(|calendar| {
            let four = SignedDuration::from_hours(4);
            // Friday 15:00: two hours are left, the others come on Monday.
            let due = hours.after(at("2026-11-20T20:00:00Z"), four, calendar);
            assert_eq!(due, at("2026-11-23T15:00:00Z"));
            // Thursday 24 December 16:00, Friday is a holiday.
            let due = hours.after(at("2026-12-24T21:00:00Z"), four, calendar);
            assert_eq!(due, at("2026-12-28T16:00:00Z"));
        });
    }

    #[test]
    fn a_night_shift_is_an_hour_longer_when_clocks_go_back_and_shorter_when_they_go_on() {
        let night = week(&["daily 22:00-06:00"]);
        in_new_york(|calendar| {
            for (at_night, hours) in [
                ("2026-11-01T05:30:00Z", 9), // 1 November 2026, 02:00 -> 01:00
                ("2026-03-08T06:30:00Z", 7), // 8 March 2026, 02:00 -> 03:00
                ("2026-06-02T06:30:00Z", 8),
            ] {
                let end = night.open_until(at(at_night), calendar).unwrap();
                let (from, _) = night
                    .since_the_day_before(at(at_night), calendar)
                    .find(|(_, to)| *to == end)
                    .unwrap();
                assert_eq!(end.duration_since(from), SignedDuration::from_hours(hours));
            }
            // Both of the two half past ones are within it.
            assert!(night.is_open(at("2026-11-01T05:30:00Z"), calendar));
            assert!(night.is_open(at("2026-11-01T06:30:00Z"), calendar));
        });
    }

    #[test]
    fn reads_what_people_write_and_refuses_the_rest() {
        for good in ["mon-fri 08:00-18:00", "sat,sun 17:00-08:00", "daily", "fri-mon 9:00-24:00"] {
            Span::parse(good).unwrap();
        }
        for bad in ["", "mon", "noday 08:00-09:00", "mon 25:00-26:00", "mon 8-9", "mon 08:00-08:00"]
        {
            assert!(Span::parse(bad).is_err() || bad == "mon", "{bad}");
        }
        let shown: Vec<String> = week(&["mon-fri 08:00-18:00"]).into();
        assert_eq!(shown, ["mon-fri 08:00-18:00"]);
    }
}
