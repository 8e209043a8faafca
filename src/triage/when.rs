//! When a caller wants to be rung: "after five", "tomorrow morning", "in half an hour".

use jiff::{
    SignedDuration, Timestamp, Zoned,
    civil::{Date, Time, Weekday, time},
    tz::TimeZone,
};

use super::{
    clock::{self, Clock, Half},
    length, number,
    phone::Spoken,
    words::{Kind, Words},
};
use crate::call::weekday;

/// A moment, and the tokens `from..to` that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What was said about a time, before it is tied to a clock.
#[derive(Clone, Copy, Debug, Default)]
struct Said {
    /// Minutes from now.
    minutes: Option<i64>,
    day: Option<Day>,
    clock: Option<Clock>,
    /// Whether the hour is known to be before or after noon.
    half: Option<Half>,
    /// A part of the day without an hour.
    part: Option<Time>,
    /// A time of day was named, but not understood.
    unclear: bool,
    /// What was said before was taken back: what comes now counts.
    corrected: bool,
    /// The tokens of all that.
    span: Option<(usize, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    Today,
    Tomorrow,
    On(Weekday),
    NextWeek,
}

/// The moment that tokens `from..to` of a line said at `at` name, local to `zone`; `None` when
/// they name none, or one that is not understood: no time is better than a wrong one. The digits of
/// `phones` are none.
pub(super) fn due(
    words: &Words,
    (from, to): (usize, usize),
    phones: &[Spoken],
    at: Timestamp,
    zone: &TimeZone,
) -> Option<Due> {
    let said = listen(words, (from, to), phones);
    let moment = tied(&said, at, zone)?;
    let (from, to) = said.span?;
    Some(Due { at: moment, from, to })
}

/// The moment that `text` names and says nothing beside, as somebody writes it who was told it:
/// "quarter past seven", "tomorrow morning at nine". None when there is a word in it that names no
/// time, or the moment is not to come.
pub fn moment(text: &str, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    // Who writes "tonight 8" leaves out what is said: "at".
    let announced = |word: &str| {
        let counts = word.starts_with(|first: char| first.is_ascii_digit())
            || number::up_to_ninety(word).is_some();
        if counts { format!("at {word}") } else { word.to_owned() }
    };
    let announced: Vec<String> = text.split_whitespace().map(announced).collect();
    [text, &announced.join(" ")].into_iter().find_map(|text| {
        let said = listen_to_all(&Words::of(text))?;
        tied(&said, at, zone)
    })
}

/// All that is said when every word of it is of a time.
fn listen_to_all(words: &Words) -> Option<Said> {
    const BETWEEN: [&str; 8] = ["at", "on", "in", "the", "around", "about", "by", "of"];
    let mut said = Said::default();
    let mut at = 0;
    while at < words.len() {
        let next = take(words, at, &[], &mut said);
        let is_word = matches!(words.kind(at), Kind::Word | Kind::Digits);
        if next == at && is_word && !BETWEEN.contains(&words.at(at)) {
            return None;
        }
        at = next.max(at + 1);
    }
    Some(said)
}

/// The moment that was said, tied to the clock of `zone`.
fn tied(said: &Said, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    if said.unclear {
        return None;
    }
    if let Some(minutes) = said.minutes {
        return at.checked_add(SignedDuration::from_mins(minutes)).ok();
    }
    let now = at.to_zoned(zone.clone());
    let settled = said.clock.and_then(|clock| settle(clock, said, &now));
    let time = settled.map(|(time, _)| time).or(said.part);
    // "Tonight at half past twelve" is tomorrow by the calendar.
    let after_midnight = settled.is_some_and(|(_, after)| after);
    let on = |day: Date, time: Time| {
        let day = if after_midnight { day.tomorrow().ok()? } else { day };
        day.to_datetime(time).to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
    };
    let day = said.day.map(|day| date(day, &now));
    let moment = match (day, time) {
        (None, None) => return None,
        (Some(day), None) if day == now.date() => on(day, CLOSING)?,
        (Some(day), None) => on(day, OPENING)?,
        (Some(day), Some(time)) => on(day, time)?,
        (None, Some(time)) => {
            let today = on(now.date(), time)?;
            if today > at { today } else { on(now.date().tomorrow().ok()?, time)? }
        }
    };
    (moment > at).then_some(moment)
}

const OPENING: Time = time(9, 0, 0, 0);
const CLOSING: Time = time(17, 0, 0, 0);

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
/// seven to eleven mornings unless that is over today. And whether it is after midnight.
fn settle(clock: Clock, said: &Said, now: &Zoned) -> Option<(Time, bool)> {
    let Clock { hour, minute, .. } = clock;
    let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    let today = matches!(said.day, None | Some(Day::Today));
    let half = clock.half.or_else(|| said.half.map(|half| beside(half, hour, today, now)));
    let half = half.unwrap_or_else(|| {
        let over = today && (now.hour(), now.minute()) >= (hour, minute);
        match hour {
            7..=11 if !over || now.hour() >= hour + 12 => Half::Morning,
            _ => Half::Afternoon,
        }
    });
    let small_hours = |hour| (hour, !(today && now.hour() < DAWN));
    let (hour, after_midnight) = match (hour, half) {
        (13..=23 | 0, _) => (hour, false),
        (12, Half::Morning) => (0, false),
        (12, Half::Afternoon) => (12, false),
        (12, Half::Night) => small_hours(0),
        (1..DAWN, Half::Night) => small_hours(hour),
        (hour, Half::Morning) => (hour, false),
        (hour, _) => (hour + 12, false),
    };
    Some((Time::new(hour, minute, 0, 0).ok()?, after_midnight))
}

/// The hour until which a night lasts.
const DAWN: i8 = 5;

/// Half of the day that is told elsewhere ("tomorrow morning, after two"): nobody means two at night.
fn beside(half: Half, hour: i8, today: bool, now: &Zoned) -> Half {
    match (half, hour) {
        (Half::Morning, 12) => Half::Afternoon,
        (Half::Morning, 1..DAWN) if !(today && now.hour() < hour) => Half::Afternoon,
        (half, _) => half,
    }
}

fn listen(words: &Words, (from, to): (usize, usize), phones: &[Spoken]) -> Said {
    let mut said = Said::default();
    let mut at = from;
    while at < to {
        if let Some(phone) = phones.iter().find(|phone| (phone.from..phone.to).contains(&at)) {
            at = phone.to;
            continue;
        }
        let next = take(words, at, phones, &mut said);
        if next > at {
            said.span = Some((said.span.map_or(at, |(from, _)| from), next));
        }
        at = next.max(at + 1);
    }
    said
}

/// Takes what begins at token `at`; the token after it, or `at` when nothing did.
fn take(words: &Words, at: usize, phones: &[Spoken], said: &mut Said) -> usize {
    if let Some((minutes, next)) = length::from_now(words, at) {
        said.minutes = said.minutes.or(Some(minutes));
        return next;
    }
    if let Some((day, next)) = day(words, at) {
        keep(&mut said.day, day, said.corrected);
        return next;
    }
    let dialled = |at: usize| phones.iter().any(|phone| (phone.from..phone.to).contains(&at));
    let heard = match dialled(clock::after_lead(words, at)) {
        true => clock::Heard::Nothing,
        false => clock::hear(words, at, said.corrected),
    };
    match heard {
        clock::Heard::Nothing => {}
        clock::Heard::Unclear => {
            said.unclear = true;
            return at;
        }
        clock::Heard::Time(clock) => {
            keep(&mut said.clock, clock, said.corrected);
            said.corrected = false;
            return clock.next;
        }
    }
    let before = words.at(at.wrapping_sub(1));
    match words.at(at) {
        "noon" | "noonish" | "noontime" | "lunch" | "lunchtime" | "mediodia" | "midday" => {
            part(said, 12, None, at)
        }
        "morning" | "mornings" => part(said, 9, Some(Half::Morning), at),
        "manana" if before == "la" => part(said, 9, Some(Half::Morning), at),
        "afternoon" | "tarde" | "afternoons" => part(said, 13, Some(Half::Afternoon), at),
        "evening" | "evenings" => part(said, 18, Some(Half::Afternoon), at),
        "noche" => part(said, 18, Some(Half::Night), at),
        "night" if is_to_come(before) => part(said, 18, Some(Half::Night), at),
        "tonight" => {
            said.day = said.day.or(Some(Day::Today));
            part(said, 18, Some(Half::Night), at)
        }
        "am" => half(said, Half::Morning, at + 1),
        "pm" => half(said, Half::Afternoon, at + 1),
        "a" if words.at(at + 1) == "m" => half(said, Half::Morning, at + 2),
        "p" if words.at(at + 1) == "m" => half(said, Half::Afternoon, at + 2),
        "work" if before == "after" => part(said, 17, None, at),
        "thing" if before == "first" => part(said, 8, None, at),
        "sorry" | "actually" => correct(said, at),
        "no" | "wait" if words.kind(at + 1) == Kind::Pause => correct(said, at),
        "make" if matches!(words.at(at + 1), "it" | "that") => correct(said, at),
        "mean" if before == "i" => correct(said, at),
        _ => at,
    }
}

/// Nights that are to come; last night is over.
fn is_to_come(before: &str) -> bool {
    matches!(before, "at" | "tomorrow") || weekday(before).is_some()
}

/// Of several the first counts, but after a correction the last.
fn keep<T>(slot: &mut Option<T>, value: T, corrected: bool) {
    if slot.is_none() || corrected {
        *slot = Some(value);
    }
}

/// "At five, no, make that six".
fn correct(said: &mut Said, at: usize) -> usize {
    said.corrected = said.clock.is_some() || said.day.is_some();
    at
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

fn day(words: &Words, at: usize) -> Option<(Day, usize)> {
    let day = match words.at(at) {
        "today" | "hoy" => Day::Today,
        "tomorrow" => Day::Tomorrow,
        "manana" if !matches!(words.at(at.wrapping_sub(1)), "la" | "una") => Day::Tomorrow,
        "lunes" => Day::On(Weekday::Monday),
        "martes" => Day::On(Weekday::Tuesday),
        "miercoles" => Day::On(Weekday::Wednesday),
        "jueves" => Day::On(Weekday::Thursday),
        "viernes" => Day::On(Weekday::Friday),
        "sabado" => Day::On(Weekday::Saturday),
        "domingo" => Day::On(Weekday::Sunday),
        "next" if words.at(at + 1) == "week" => return Some((Day::NextWeek, at + 2)),
        "this"
            if matches!(words.at(at + 1), "morning" | "afternoon" | "evening")
                && at + 1 < words.len() =>
        {
            return Some((Day::Today, at + 1));
        }
        word => Day::On(weekday(word)?),
    };
    Some((day, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::phone;

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
            let due = due(&words, (0, words.len()), &[], at, &zone);
            let local =
                due.map(|due| due.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string());
            assert_eq!(local.as_deref(), Some(expected), "{text}");
        }
        for text in ["call me back when you can", "call me about the five outlets", "at 555-0134"] {
            let words = Words::of(text);
            assert_eq!(
                due(&words, (0, words.len()), &phone::find(&words), at, &zone),
                None,
                "{text}"
            );
        }
    }
}
