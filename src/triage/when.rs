//! When a caller wants to be rung: "after five", "tomorrow morning", "in half an hour".

use jiff::{
    SignedDuration, Timestamp, Zoned,
    civil::{Date, Time, Weekday, time},
    tz::TimeZone,
};

use super::words::{Kind, Words};

/// What was said about a time, before it is tied to a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    /// Minutes from now.
    minutes: Option<i64>,
    day: Option<Day>,
    /// The hour as said, 0 to 23, and its minute.
    clock: Option<(i8, i8)>,
    /// Whether the hour is known to be before or after noon.
    half: Option<Half>,
    /// A part of the day without an hour.
    part: Option<Time>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Today,
    Tomorrow,
    On(Weekday),
    NextWeek,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

/// The moment that tokens `from..to` of a line said at `at` name, local to `zone`; `None` when
/// they name none.
pub(super) fn due(
    words: &Words,
    (from, to): (usize, usize),
    at: Timestamp,
    zone: &TimeZone,
) -> Option<Timestamp> {
    let now = at.to_zoned(zone.clone());
    let said = listen(words, from, to);
    if let Some(minutes) = said.minutes {
        return at.checked_add(SignedDuration::from_mins(minutes)).ok();
    }
    let time = said.clock.and_then(|clock| settle(clock, &said, &now)).or(said.part);
    let day = said.day.map(|day| date(day, &now));
    let moment = match (day, time) {
        (None, None) => return None,
        (Some(day), None) if day == now.date() => local(day, time_of_closing(), zone)?,
        (Some(day), None) => local(day, OPENING, zone)?,
        (Some(day), Some(time)) => local(day, time, zone)?,
        (None, Some(time)) => {
            let today = local(now.date(), time, zone)?;
            if today > at { today } else { local(now.date().tomorrow().ok()?, time, zone)? }
        }
    };
    (moment > at).then_some(moment)
}

const OPENING: Time = time(9, 0, 0, 0);

fn time_of_closing() -> Time {
    time(17, 0, 0, 0)
}

fn local(day: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    day.to_datetime(time).to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
}

fn date(day: Day, now: &Zoned) -> Date {
    let today = now.date();
    let found = match day {
        Day::Today => Some(today),
        Day::Tomorrow => today.tomorrow().ok(),
        Day::On(weekday) => today.nth_weekday(1, weekday).ok(),
        Day::NextWeek => today.nth_weekday(1, Weekday::Monday).ok(),
    };
    found.unwrap_or(today)
}

/// An hour without "am" or "pm" is the next one in a waking day: one to six are afternoons,
/// seven to eleven mornings unless that is over today.
fn settle((hour, minute): (i8, i8), said: &Said, now: &Zoned) -> Option<Time> {
    let half = said.half.unwrap_or_else(|| {
        let today = matches!(said.day, None | Some(Day::Today));
        let over = today && (now.hour(), now.minute()) >= (hour, minute);
        match hour {
            7..=11 if !over || now.hour() >= hour + 12 => Half::Morning,
            _ => Half::Afternoon,
        }
    });
    let hour = match (hour, half) {
        (13..=23 | 0, _) => hour,
        (12, Half::Morning) => 0,
        (12, Half::Afternoon) => 12,
        (hour, Half::Morning) => hour,
        (hour, Half::Afternoon) => hour + 12,
    };
    Time::new(hour, minute, 0, 0).ok()
}

fn listen(words: &Words, from: usize, to: usize) -> Said {
    let mut said = Said::default();
    let mut at = from;
    while at < to {
        let next = take(words, at, &mut said);
        at = next.max(at + 1);
    }
    said
}

/// Takes what begins at token `at`; the token after it, or `at` when nothing did.
fn take(words: &Words, at: usize, said: &mut Said) -> usize {
    if let Some((minutes, next)) = relative(words, at) {
        said.minutes = said.minutes.or(Some(minutes));
        return next;
    }
    if let Some((day, next)) = day(words, at) {
        said.day = said.day.or(Some(day));
        return next;
    }
    if let Some((hour, minute, next)) = clock(words, at) {
        if said.clock.is_none() {
            said.clock = Some((hour, minute));
        }
        return next;
    }
    match words.at(at) {
        "noon" | "lunch" | "lunchtime" | "mediodia" => part(said, 12, None, at),
        "midday" => part(said, 12, None, at),
        "morning" | "mornings" => part(said, 9, Some(Half::Morning), at),
        "manana" if matches!(words.at(at.wrapping_sub(1)), "la") => {
            part(said, 9, Some(Half::Morning), at)
        }
        "afternoon" | "tarde" | "afternoons" => part(said, 13, Some(Half::Afternoon), at),
        "evening" | "noche" | "evenings" => part(said, 18, Some(Half::Afternoon), at),
        "tonight" => {
            said.day = said.day.or(Some(Day::Today));
            part(said, 18, Some(Half::Afternoon), at)
        }
        "am" => half(said, Half::Morning, at + 1),
        "pm" => half(said, Half::Afternoon, at + 1),
        "a" if words.at(at + 1) == "m" => half(said, Half::Morning, at + 2),
        "p" if words.at(at + 1) == "m" => half(said, Half::Afternoon, at + 2),
        "work" if words.at(at.wrapping_sub(1)) == "after" => part(said, 17, None, at),
        "thing" if words.at(at.wrapping_sub(1)) == "first" => part(said, 8, None, at),
        _ => at,
    }
}

fn part(said: &mut Said, hour: i8, half: Option<Half>, at: usize) -> usize {
    said.part = said.part.or_else(|| Time::new(hour, 0, 0, 0).ok());
    said.half = said.half.or(half);
    at + 1
}

fn half(said: &mut Said, half: Half, next: usize) -> usize {
    said.half = said.half.or(Some(half));
    next
}

const HOURS: &[(&str, i8)] = &[
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("una", 1),
    ("dos", 2),
    ("tres", 3),
    ("cuatro", 4),
    ("cinco", 5),
    ("seis", 6),
    ("siete", 7),
    ("ocho", 8),
    ("nueve", 9),
    ("diez", 10),
    ("once", 11),
    ("doce", 12),
];

const MINUTES: &[(&str, i64)] = &[
    ("five", 5),
    ("ten", 10),
    ("fifteen", 15),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("cinco", 5),
    ("diez", 10),
    ("quince", 15),
    ("veinte", 20),
    ("treinta", 30),
    ("cuarenta", 40),
    ("media", 30),
];

fn look_up<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}

/// "in half an hour", "in about twenty minutes", "within the hour", "an hour from now".
fn relative(words: &Words, at: usize) -> Option<(i64, usize)> {
    if !matches!(words.at(at), "in" | "within" | "en" | "dentro") {
        return None;
    }
    let mut next = at + 1;
    while matches!(
        words.at(next),
        "about"
            | "like"
            | "around"
            | "maybe"
            | "another"
            | "the"
            | "next"
            | "a"
            | "an"
            | "de"
            | "unos"
            | "unas"
            | "como"
            | "otra"
            | "un"
            | "of"
            | "say"
    ) {
        next += 1;
    }
    let unit = |at: usize| match words.at(at) {
        "minute" | "minutes" | "min" | "mins" | "minuto" | "minutos" => Some(1),
        "hour" | "hours" | "hr" | "hrs" | "hora" | "horas" => Some(60),
        _ => None,
    };
    if let Some(unit) = unit(next) {
        return Some((unit, next + 1));
    }
    if matches!(words.at(next), "half" | "media") {
        let mut end = next + 1;
        while matches!(words.at(end), "an" | "a") {
            end += 1;
        }
        return unit(end).filter(|unit| *unit == 60).map(|_| (30, end + 1));
    }
    let count = match words.at(next) {
        "couple" => 2,
        "few" => 3,
        word if words.kind(next) == Kind::Digits => word.parse().ok().filter(|n| *n < 1000)?,
        word => look_up(HOURS, word).map(i64::from).or_else(|| look_up(MINUTES, word))?,
    };
    let mut end = next + 1;
    let mut count = count;
    if let Some(more) = look_up(HOURS, words.at(end)).filter(|n| count >= 20 && *n < 10) {
        count += i64::from(more);
        end += 1;
    }
    while words.at(end) == "of" {
        end += 1;
    }
    unit(end).map(|unit| (count * unit, end + 1))
}

fn day(words: &Words, at: usize) -> Option<(Day, usize)> {
    let day = match words.at(at) {
        "today" | "hoy" => Day::Today,
        "tomorrow" => Day::Tomorrow,
        "manana" if !matches!(words.at(at.wrapping_sub(1)), "la" | "una") => Day::Tomorrow,
        "monday" | "lunes" => Day::On(Weekday::Monday),
        "tuesday" | "martes" => Day::On(Weekday::Tuesday),
        "wednesday" | "miercoles" => Day::On(Weekday::Wednesday),
        "thursday" | "jueves" => Day::On(Weekday::Thursday),
        "friday" | "viernes" => Day::On(Weekday::Friday),
        "saturday" | "sabado" => Day::On(Weekday::Saturday),
        "sunday" | "domingo" => Day::On(Weekday::Sunday),
        "next" if words.at(at + 1) == "week" => return Some((Day::NextWeek, at + 2)),
        "this"
            if matches!(words.at(at + 1), "morning" | "afternoon" | "evening")
                && at + 1 < words.len() =>
        {
            return Some((Day::Today, at + 1));
        }
        _ => return None,
    };
    Some((day, at + 1))
}

/// "after five", "at 7:30", "before two thirty", "a las cinco y media": hour, minute, next token.
fn clock(words: &Words, at: usize) -> Option<(i8, i8, usize)> {
    let lead = matches!(
        words.at(at),
        "after"
            | "before"
            | "by"
            | "at"
            | "around"
            | "until"
            | "till"
            | "til"
            | "between"
            | "about"
            | "past"
            | "las"
            | "la"
            | "from"
            | "entre"
            | "when"
    );
    let mut hour_at = if lead { at + 1 } else { at };
    while lead && matches!(words.at(hour_at), "about" | "around" | "like" | "las" | "la" | "de") {
        hour_at += 1;
    }
    let word = words.at(hour_at);
    let (hour, minute) = match words.kind(hour_at) {
        Kind::Digits => match word.split_once(':') {
            Some((hour, minute)) => (hour.parse().ok()?, Some(minute.parse().ok()?)),
            None => (word.parse().ok()?, None),
        },
        _ => (look_up(HOURS, word)?, None),
    };
    let mut next = hour_at + 1;
    let minute = match minute {
        Some(minute) => minute,
        None => {
            let begin = if words.at(next) == "y" { next + 1 } else { next };
            match look_up(MINUTES, words.at(begin)) {
                Some(minutes) if minutes >= 10 => {
                    next = begin + 1;
                    let five = minutes == 40 && matches!(words.at(next), "five" | "cinco");
                    next += usize::from(five);
                    i8::try_from(minutes).unwrap_or(0) + if five { 5 } else { 0 }
                }
                _ => 0,
            }
        }
    };
    let follows = matches!(words.at(next), "am" | "pm" | "oclock" | "ish")
        || matches!(words.at(next), "a" | "p") && words.at(next + 1) == "m"
        || matches!(words.at(next), "o") && words.at(next + 1) == "clock"
        || word.contains(':');
    let unit = matches!(
        words.at(next),
        "minutes"
            | "hours"
            | "hour"
            | "days"
            | "weeks"
            | "months"
            | "thousand"
            | "hundred"
            | "k"
            | "degrees"
            | "years"
            | "people"
            | "of"
            | "-"
            | "grand"
            | "dollars"
    ) || words.kind(next) == Kind::Digits;
    let fits = (0..=23).contains(&hour) && (0..=59).contains(&minute);
    ((lead || follows) && fits && !unit).then_some((hour, minute, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_local_to_the_business() {
        let zone = TimeZone::get("America/Chicago").unwrap();
        // A Tuesday, 10:05 in Chicago.
        let at: Timestamp = "2026-04-14T15:05:00Z".parse().unwrap();
        for (text, expected) in [
            ("call me after five", "2026-04-14T17:00"),
            ("call me tomorrow morning", "2026-04-15T09:00"),
            ("ring back in half an hour", "2026-04-14T10:35"),
            ("call back in about twenty five minutes", "2026-04-14T10:30"),
            ("try me any time before noon", "2026-04-14T12:00"),
            ("phone me between two and four", "2026-04-14T14:00"),
            ("call at 7:30 pm", "2026-04-14T19:30"),
            ("around twelve thirty", "2026-04-14T12:30"),
            ("call me at nine", "2026-04-14T21:00"),
            ("call me tomorrow at nine", "2026-04-15T09:00"),
            ("call me Friday after 3", "2026-04-17T15:00"),
            ("in an hour", "2026-04-14T11:05"),
            ("in a couple of hours", "2026-04-14T12:05"),
            ("this afternoon", "2026-04-14T13:00"),
            ("this evening", "2026-04-14T18:00"),
            ("call me today", "2026-04-14T17:00"),
            ("on Monday", "2026-04-20T09:00"),
            ("llámeme mañana por la tarde", "2026-04-15T13:00"),
            ("llámeme después de las cinco y media", "2026-04-14T17:30"),
            ("en media hora", "2026-04-14T10:35"),
            ("before 8 am", "2026-04-15T08:00"),
        ] {
            let words = Words::of(text);
            let due = due(&words, (0, words.len()), at, &zone);
            let local =
                due.map(|due| due.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string());
            assert_eq!(local.as_deref(), Some(expected), "{text}");
        }
        for text in ["call me back when you can", "call me about the five outlets", "at 555-0134"] {
            let words = Words::of(text);
            assert_eq!(due(&words, (0, words.len()), at, &zone), None, "{text}");
        }
    }
}
