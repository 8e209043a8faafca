//! Days and times as people write them (`fri 3pm`, `tomorrow 9`, `in 20 min`, `2026-05-14 15:00`) and,
//! by triage's reader, as callers say them (`half past six`). Pure; what is meant is reckoned in the business's zone, never the terminal's.

use jiff::{
    Span, ToSpan, Zoned,
    civil::{Date, Time, Weekday},
};

use crate::{call::weekday_beginning, triage};

/// A day without a time means this hour.
const MORNING: i8 = 9;
/// Until this hour a night is the day's before.
const DAWN: i8 = 5;
/// Nothing is promised further ahead than this.
const FURTHEST_DAYS: i64 = 366;

/// How to write it, for whoever is not understood.
const HOW: &str = "like 3pm · fri 3pm · half past six · in 20 min";

/// The moment `text` means; always to come.
///
/// # Errors
/// Why it means none, in a few words.
pub fn moment(text: &str, now: &Zoned) -> Result<Zoned, String> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(HOW.to_owned());
    }
    let at = match span(&words) {
        Some(span) => now.checked_add(span).map_err(|_| "too far ahead".to_owned())?,
        None => on_the_clock(&words, now)?,
    };
    if at <= *now {
        return Err("that is over already".to_owned());
    }
    if at.duration_since(now).as_hours() > FURTHEST_DAYS * 24 {
        return Err("more than a year ahead".to_owned());
    }
    Ok(at)
}

/// The day `text` means.
///
/// # Errors
/// Why it means none, in a few words.
pub fn day(text: &str, now: &Zoned) -> Result<Date, String> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    if let Some(span) = span(&words) {
        return now.date().checked_add(span).map_err(|_| "too far ahead".to_owned());
    }
    match date(&words, now.date()) {
        Some((date, used)) if used == words.len() => Ok(date),
        _ => Err("no day: write fri, 14 jun, 6/14 or in 30 days".to_owned()),
    }
}

/// How a moment is read back: `Fri 15 May 15:00, in 1d 5h`.
pub fn said(at: &Zoned, now: &Zoned) -> String {
    let minutes = at.duration_since(now).as_mins().max(0);
    let left = match minutes {
        0..60 => format!("{minutes} min"),
        60..1_440 => format!("{}h {:02}m", minutes / 60, minutes % 60),
        _ => format!("{}d {}h", minutes / 1_440, minutes % 1_440 / 60),
    };
    format!("{}, in {left}", at.strftime("%a %-d %b %H:%M"))
}

/// `20 min`, `in 2h`, `+90m`, `3 days`.
fn span(words: &[&str]) -> Option<Span> {
    let (said_in, words) = match words {
        ["in", rest @ ..] => (true, rest),
        [first, ..] if first.starts_with('+') => (true, words),
        all => (false, all),
    };
    let joined = words.concat();
    let text = joined.trim_start_matches('+');
    let split = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(split);
    let number: i64 = number.parse().ok().filter(|n| (1..100_000).contains(n))?;
    match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => Some(number.minutes()),
        "h" | "hr" | "hrs" | "hour" | "hours" => Some(number.hours()),
        "d" | "day" | "days" => Some(number.days()),
        "w" | "week" | "weeks" => Some(number.weeks()),
        // "3 months" is a close date; "3mo" too.
        "mo" | "month" | "months" if said_in || unit.len() > 2 => Some(number.months()),
        _ => None,
    }
}

fn on_the_clock(words: &[&str], now: &Zoned) -> Result<Zoned, String> {
    let unclear = || HOW.to_owned();
    let today = now.date();
    let (date, used) = date(words, today).map_or((None, 0), |(date, used)| (Some(date), used));
    let rest = &words[used..];
    let time = match rest {
        [] => Time::constant(MORNING, 0, 0, 0),
        rest => {
            let written = rest.iter().filter(|word| **word != "at").copied().collect::<String>();
            match time(&written) {
                Some(time) => time,
                None => return spoken(date, rest, now).ok_or_else(unclear),
            }
        }
    };
    let on = |date: Date| date.to_datetime(time).to_zoned(now.time_zone().clone());
    let far = |_| "no such day".to_owned();
    match date {
        Some(date) => {
            let at = on(date).map_err(far)?;
            // "mon 9" on a Monday afternoon is next week's.
            if at <= *now && date == today && weekday(words[0]).is_some() {
                return on(date.checked_add(1.week()).map_err(far)?).map_err(far);
            }
            Ok(at)
        }
        // A time alone is the next one of it.
        None => {
            let at = on(today).map_err(far)?;
            if at > *now { Ok(at) } else { on(today.tomorrow().map_err(far)?).map_err(far) }
        }
    }
}

/// What callers say and whoever hears it types: "quarter past seven", "tonight at ten to eight". Of
/// the day that was named before it, or else the next that is meant.
fn spoken(date: Option<Date>, words: &[&str], now: &Zoned) -> Option<Zoned> {
    // "13pm" is a slip of the pen, and nothing that is said.
    let is_said = |word: &&str| word.chars().filter(|c| c.is_alphabetic()).count() > 2;
    if !words.iter().any(is_said) {
        return None;
    }
    let zone = now.time_zone();
    let begins = match date {
        Some(date) => date.to_zoned(zone.clone()).ok()?.timestamp().max(now.timestamp()),
        None => now.timestamp(),
    };
    let at = triage::moment(&words.join(" "), begins, zone)?.to_zoned(zone.clone());
    // "Today at nine" when that is over is not tomorrow, but half past midnight is.
    let of_the_day = |date: Date| {
        at.date() == date || at.hour() < DAWN && Some(at.date()) == date.tomorrow().ok()
    };
    date.is_none_or(of_the_day).then_some(at)
}

/// The day the first words name, and how many words that took.
fn date(words: &[&str], today: Date) -> Option<(Date, usize)> {
    let first = *words.first()?;
    if first == "today" {
        return Some((today, 1));
    }
    if let "tomorrow" | "tmrw" | "tom" = first {
        return Some((today.tomorrow().ok()?, 1));
    }
    if first == "next" {
        let named = weekday(words.get(1)?)?;
        return Some((following(today, named)?, 2));
    }
    if let Some(named) = weekday(first) {
        let date = if named == today.weekday() { today } else { following(today, named)? };
        return Some((date, 1));
    }
    // 14 may, may 14
    if let Some(second) = words.get(1) {
        let day_of = |text: &str| -> Option<i8> {
            let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
            let suffix = &text[digits.len()..];
            matches!(suffix, "" | "st" | "nd" | "rd" | "th").then(|| digits.parse().ok())?
        };
        let named = match (month(first), month(second)) {
            (Some(month), _) => day_of(second).map(|day| (month, day)),
            (_, Some(month)) => day_of(first).map(|day| (month, day)),
            _ => None,
        };
        if let Some((month, day)) = named {
            return Some((coming(today, month, day)?, 2));
        }
    }
    // 2026-05-14, 5/14, 5/14/2026
    if let Ok(date) = first.parse::<Date>() {
        return Some((date, 1));
    }
    let parts: Vec<&str> = first.split('/').collect();
    match parts.as_slice() {
        [month, day] => Some((coming(today, month.parse().ok()?, day.parse().ok()?)?, 1)),
        [month, day, year] => {
            let year: i16 = year.parse().ok()?;
            let year = if (0..100).contains(&year) { 2000 + year } else { year };
            Some((Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?, 1))
        }
        _ => None,
    }
}

/// This year's, or next year's when it is over.
fn coming(today: Date, month: i8, day: i8) -> Option<Date> {
    let date = Date::new(today.year(), month, day).ok();
    date.filter(|date| *date >= today).or_else(|| Date::new(today.year() + 1, month, day).ok())
}

/// The first day of that name after `today`.
fn following(today: Date, named: Weekday) -> Option<Date> {
    today.nth_weekday(1, named).ok()
}

fn weekday(word: &str) -> Option<Weekday> {
    weekday_beginning(word.trim_end_matches('.'))
}

fn month(word: &str) -> Option<i8> {
    const NAMES: [(&str, i8); 12] = [
        ("january", 1),
        ("february", 2),
        ("march", 3),
        ("april", 4),
        ("may", 5),
        ("june", 6),
        ("july", 7),
        ("august", 8),
        ("september", 9),
        ("october", 10),
        ("november", 11),
        ("december", 12),
    ];
    named(word, &NAMES)
}

/// The one that begins with `word`, of which at least three letters stand there.
fn named<T: Copy>(word: &str, names: &[(&str, T)]) -> Option<T> {
    let word = word.trim_end_matches('.');
    let fits = |(name, _): &&(&str, T)| word.len() >= 3 && name.starts_with(word);
    names.iter().find(fits).map(|(_, value)| *value)
}

/// `3pm`, `3:30pm`, `15:30`, `9`, `noon`. A bare hour is one of a working day: 7 to 18.
fn time(text: &str) -> Option<Time> {
    match text {
        "noon" => return Time::new(12, 0, 0, 0).ok(),
        "midnight" => return Time::new(0, 0, 0, 0).ok(),
        _ => {}
    }
    let text = text.trim_end_matches('.').replace("p.m", "pm").replace("a.m", "am");
    let (digits, half) = ["am", "pm", "a", "p"]
        .into_iter()
        .find_map(|half| text.strip_suffix(half).map(|digits| (digits, half.chars().next())))
        .unwrap_or((text.as_str(), None));
    let (hour, minute) = digits.split_once([':', '.']).unwrap_or((digits, "0"));
    let (hour, minute): (i8, i8) = (hour.parse().ok()?, minute.parse().ok()?);
    let hour = match half {
        Some('a') if (1..=12).contains(&hour) => hour % 12,
        Some('p') if (1..=12).contains(&hour) => hour % 12 + 12,
        Some(_) => return None,
        None if !digits.contains([':', '.']) && (1..7).contains(&hour) => hour + 12,
        None => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Thursday.
    fn now() -> Zoned {
        jiff::civil::date(2026, 5, 14).at(10, 20, 0, 0).in_tz("America/New_York").unwrap()
    }

    #[test]
    fn moments_mean_what_people_mean() {
        for (text, meant) in [
            ("fri 3pm", "2026-05-15 15:00"),
            ("Friday at 3:30 PM", "2026-05-15 15:30"),
            ("3pm", "2026-05-14 15:00"),
            ("3", "2026-05-14 15:00"),
            ("9", "2026-05-15 09:00"),
            ("9am", "2026-05-15 09:00"),
            ("15:30", "2026-05-14 15:30"),
            ("tomorrow", "2026-05-15 09:00"),
            ("tomorrow 9", "2026-05-15 09:00"),
            ("tomorrow noon", "2026-05-15 12:00"),
            ("today 4p", "2026-05-14 16:00"),
            ("thu 4pm", "2026-05-14 16:00"),
            ("thu 9am", "2026-05-21 09:00"),
            ("next thu 9am", "2026-05-21 09:00"),
            ("mon", "2026-05-18 09:00"),
            ("in 20 min", "2026-05-14 10:40"),
            ("20m", "2026-05-14 10:40"),
            ("+2h", "2026-05-14 12:20"),
            ("in 3 days", "2026-05-17 10:20"),
            ("5/20 15:00", "2026-05-20 15:00"),
            ("1/5 8am", "2027-01-05 08:00"),
            ("20 may 8am", "2026-05-20 08:00"),
            ("june 1st, 7:15am", "2026-06-01 07:15"),
            ("2026-05-14 15:00", "2026-05-14 15:00"),
            ("5/20/26 12am", "2026-05-20 00:00"),
            ("12pm", "2026-05-14 12:00"),
            // As callers say them: by triage's reader.
            ("quarter past seven", "2026-05-14 19:15"),
            ("half past six", "2026-05-14 18:30"),
            ("tonight at ten to eight", "2026-05-14 19:50"),
            ("ten to eight tonight", "2026-05-14 19:50"),
            ("tonight 8", "2026-05-14 20:00"),
            ("tonight at 9pm", "2026-05-14 21:00"),
            ("tonight", "2026-05-14 18:00"),
            ("tomorrow morning at nine", "2026-05-15 09:00"),
            ("at nine tomorrow morning", "2026-05-15 09:00"),
            ("tomorrow afternoon", "2026-05-15 13:00"),
            ("fri at quarter past seven", "2026-05-15 07:15"),
            ("next thu, half past nine", "2026-05-21 09:30"),
            ("monday at six in the evening", "2026-05-18 18:00"),
            ("14 jun twenty past four", "2026-06-14 16:20"),
            ("today at noon", "2026-05-14 12:00"),
            ("in half an hour", "2026-05-14 10:50"),
            ("in twenty minutes", "2026-05-14 10:40"),
            ("this afternoon around three", "2026-05-14 15:00"),
        ] {
            let at = moment(text, &now()).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(at.strftime("%Y-%m-%d %H:%M").to_string(), meant, "{text}");
        }
    }

    #[test]
    fn what_means_nothing_or_the_past_is_refused() {
        for text in [
            "",
            " ",
            "soon",
            "today 9am",
            "2020-01-01 9am",
            "25:00",
            "13pm",
            "fri fri",
            "quarter past",
            "the boiler at nine",
            "quarter past seven rabbits",
            "today at half past nine in the morning",
            "5/40",
            "in",
            "400 days",
            "99999 weeks",
            "may",
            "99",
            "fr",
            "🦆",
        ] {
            assert!(moment(text, &now()).is_err(), "{text}: {:?}", moment(text, &now()));
        }
    }

    #[test]
    fn days_and_how_moments_are_read_back() {
        for (text, meant) in [
            ("in 30 days", "2026-06-13"),
            ("fri", "2026-05-15"),
            ("14 jun", "2026-06-14"),
            ("6/14", "2026-06-14"),
            ("2026-07-01", "2026-07-01"),
            ("3 months", "2026-08-14"),
        ] {
            assert_eq!(day(text, &now()).unwrap().to_string(), meant, "{text}");
        }
        assert!(day("fri 3pm", &now()).is_err());
        let at = moment("fri 3pm", &now()).unwrap();
        assert_eq!(said(&at, &now()), "Fri 15 May 15:00, in 1d 4h");
    }

    #[test]
    fn an_hour_that_the_clocks_leave_out_is_the_next_there_is() {
        let before =
            jiff::civil::date(2026, 3, 7).at(20, 0, 0, 0).in_tz("America/New_York").unwrap();
        let at = moment("tomorrow 2:30am", &before).unwrap();
        assert_eq!(at.strftime("%H:%M").to_string(), "03:30");
    }

    proptest::proptest! {
        #[test]
        fn nothing_typed_upsets_it(text in "\\PC{0,24}") {
            let _ = (moment(&text, &now()), day(&text, &now()));
        }
    }
}
