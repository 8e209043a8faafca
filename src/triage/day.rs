//! A day as people say it: "the day after tomorrow", "a week from Monday", "the third of December",
//! "12/2", "el dos de diciembre".

use jiff::{
    ToSpan, Zoned,
    civil::{Date, Weekday},
};

use super::{
    clock,
    words::{Kind, Words},
};
use crate::call;

/// A day, before it is tied to a calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    /// So many days from now.
    In(i64),
    /// The next such day of the week, and so many weeks later.
    On(Weekday, i64),
    /// A day of a month; the month may be left open.
    Of(Option<i8>, i8),
}

pub(super) const TODAY: Day = Day::In(0);
const TOMORROW: Day = Day::In(1);

impl Day {
    /// The date, seen from `now`.
    pub(super) fn date(self, now: &Zoned) -> Option<Date> {
        let today = now.date();
        match self {
            Self::In(days) => today.checked_add(days.days()).ok(),
            Self::On(weekday, weeks) => {
                today.nth_weekday(1, weekday).ok()?.checked_add(weeks.weeks()).ok()
            }
            Self::Of(Some(month), day) => (0..5)
                .filter_map(|years| Date::new(today.year() + years, month, day).ok())
                .find(|date| *date >= today),
            Self::Of(None, day) => (0..3)
                .filter_map(|months| today.first_of_month().checked_add(months.months()).ok())
                .filter_map(|month| Date::new(month.year(), month.month(), day).ok())
                .find(|date| *date >= today),
        }
    }
}

/// The day that is said at token `at`, and the token after it.
pub(super) fn hear(words: &Words, at: usize) -> Option<(Day, usize)> {
    let next = |ahead: usize| words.at(at + ahead);
    let day = match (words.at(at), next(1)) {
        ("day", "after") if next(2) == "tomorrow" => return Some((Day::In(2), at + 3)),
        ("pasado", "manana") => return Some((Day::In(2), at + 2)),
        ("week", "from") if next(2) != "week" => {
            let (day, next) = hear(words, at + 2)?;
            return Some((a_week_later(day)?, next));
        }
        ("week", "after") if next(2) == "next" => {
            return Some((Day::On(Weekday::Monday, 1), at + 3));
        }
        ("next", "week") => return Some((Day::On(Weekday::Monday, 0), at + 2)),
        ("in" | "within" | "en" | "dentro", _) => return in_days(words, at + 1),
        ("this", "morning" | "afternoon" | "evening") => return Some((TODAY, at + 1)),
        ("today" | "hoy", _) => TODAY,
        ("tomorrow", _) => TOMORROW,
        ("manana", _) if !matches!(words.at(at.wrapping_sub(1)), "la" | "una") => TOMORROW,
        _ => match weekday(words.at(at)) {
            Some(weekday) => return Some(on(words, weekday, at + 1)),
            None => return date(words, at),
        },
    };
    Some((day, at + 1))
}

fn a_week_later(day: Day) -> Option<Day> {
    match day {
        Day::In(days) => Some(Day::In(days + 7)),
        Day::On(weekday, weeks) => Some(Day::On(weekday, weeks + 1)),
        Day::Of(..) => None,
    }
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "lunes" => Weekday::Monday,
        "martes" => Weekday::Tuesday,
        "miercoles" => Weekday::Wednesday,
        "jueves" => Weekday::Thursday,
        "viernes" => Weekday::Friday,
        "sabado" => Weekday::Saturday,
        "domingo" => Weekday::Sunday,
        word => return call::weekday(word),
    })
}

/// "Monday after next", "Monday the seventh", "Monday, December 7th".
fn on(words: &Words, weekday: Weekday, at: usize) -> (Day, usize) {
    if words.at(at) == "after" && words.at(at + 1) == "next" {
        return (Day::On(weekday, 1), at + 2);
    }
    let pause = usize::from(words.kind(at) == Kind::Pause && at + 1 < words.len());
    if let Some(dated) = date(words, at + pause) {
        return dated;
    }
    let the = usize::from(words.at(at) == "the");
    match ordinal(words, at + the) {
        Some((day, next)) => (Day::Of(None, day), next),
        None => (Day::On(weekday, 0), at),
    }
}

/// "In two days", "in a week", "dentro de tres días".
fn in_days(words: &Words, mut at: usize) -> Option<(Day, usize)> {
    while matches!(words.at(at), "about" | "like" | "another" | "de" | "unos" | "a" | "un" | "una")
    {
        at += 1;
    }
    let (count, next) = match words.at(at) {
        "couple" | "par" => (2, at + 1),
        "few" => (3, at + 1),
        "day" | "week" | "dia" | "semana" => (1, at),
        _ => clock::small(words, at)?,
    };
    let next = next + usize::from(matches!(words.at(next), "of" | "de"));
    let each = match words.at(next) {
        "day" | "days" | "dia" | "dias" => 1,
        "week" | "weeks" | "semana" | "semanas" => 7,
        _ => return None,
    };
    Some((Day::In(i64::from(count) * each), next + 1))
}

/// "December third", "the 3rd of December", "on the third", "dos de diciembre", "12/2".
fn date(words: &Words, at: usize) -> Option<(Day, usize)> {
    if let Some(month) = month(words.at(at)) {
        let the = at + 1 + usize::from(words.at(at + 1) == "the");
        // "May two of you come": a month that is a word too needs a surer day.
        let sure = !matches!(words.at(at), "may" | "march");
        let plain = || day_number(words, the).filter(|_| sure || words.kind(the) == Kind::Digits);
        let (day, next) = ordinal(words, the).or_else(plain)?;
        return Some((Day::Of(Some(month), day), next));
    }
    if words.is_slashed(at) {
        let number = |at: usize| words.at(at).parse::<i8>().ok();
        let (month, day) = (number(at)?, number(at + 1)?);
        // "A 3/4 inch line" is no day.
        let ends = words.kind(at + 2) != Kind::Word || AFTERWARDS.contains(&words.at(at + 2));
        let fits = ends && (1..=12).contains(&month) && (1..=31).contains(&day);
        return fits.then_some((Day::Of(Some(month), day), at + 2));
    }
    let the = usize::from(words.at(at) == "the");
    let (day, next) = ordinal(words, at + the).or_else(|| day_number(words, at + the))?;
    let of = matches!(words.at(next), "of" | "de");
    if let Some(month) = month(words.at(next + 1)).filter(|_| of) {
        return Some((Day::Of(Some(month), day), next + 2));
    }
    let told = the == 1
        && matches!(words.at(at.wrapping_sub(1)), "on" | "until" | "till" | "by" | "after");
    let ends = words.kind(next) != Kind::Word || AFTERWARDS.contains(&words.at(next));
    let named = ordinal(words, at + the).is_some();
    (told && ends && named).then_some((Day::Of(None, day), next))
}

/// What may follow a day that nothing else tells from a number.
const AFTERWARDS: [&str; 12] =
    ["at", "around", "after", "before", "between", "in", "if", "please", "and", "or", "about", "a"];

/// The day of the month that is counted at `at`: "third", "twenty first", "3rd".
fn ordinal(words: &Words, at: usize) -> Option<(i8, usize)> {
    if matches!(words.at(at + 1), "st" | "nd" | "rd" | "th") {
        return day_number(words, at).map(|(day, next)| (day, next + 1));
    }
    let unit = |word: &str| ORDINALS.iter().position(|it| *it == word);
    let small = |place: usize| i8::try_from(place + 1).ok();
    let tens = match words.at(at) {
        "twenty" => 20,
        "thirty" => 30,
        word => {
            let day = match word {
                "twentieth" => 20,
                "thirtieth" => 30,
                word => small(unit(word)?)?,
            };
            return Some((day, at + 1));
        }
    };
    let day = tens + small(unit(words.at(at + 1)).filter(|unit| *unit < 9)?)?;
    (day <= 31).then_some((day, at + 2))
}

fn day_number(words: &Words, at: usize) -> Option<(i8, usize)> {
    if matches!(words.at(at), "primero") {
        return Some((1, at + 1));
    }
    let (day, next) = clock::small(words, at)?;
    let day = i8::try_from(day).ok().filter(|day| (1..=31).contains(day))?;
    Some((day, next))
}

const ORDINALS: [&str; 19] = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
];

fn month(word: &str) -> Option<i8> {
    Some(match word {
        "january" | "jan" | "enero" => 1,
        "february" | "feb" | "febrero" => 2,
        "march" | "marzo" => 3,
        "april" | "abril" => 4,
        "may" | "mayo" => 5,
        "june" | "junio" => 6,
        "july" | "julio" => 7,
        "august" | "agosto" => 8,
        "september" | "sept" | "septiembre" => 9,
        "october" | "octubre" => 10,
        "november" | "nov" | "noviembre" => 11,
        "december" | "dec" | "diciembre" => 12,
        _ => return None,
    })
}
