//! A time of day as people say it: "half past six", "ten to eight", "six oh five", "las ocho menos
//! diez".

use super::{
    number,
    words::{Kind, Words},
};
use crate::call::weekday;

/// A time of day, as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    /// 0 to 23; to 12 it may be before or after noon.
    pub(super) hour: u32,
    pub(super) minute: u32,
    /// Which of both, where it was said with it.
    pub(super) half: Option<Half>,
    /// The token after it.
    pub(super) next: usize,
}

/// A part of the day that tells one six o'clock from the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    Morning,
    Afternoon,
    /// To the small hours of the next day.
    Night,
}

/// What stands at a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    Nothing,
    /// A time of day, but not which.
    Unclear,
    Time(Clock),
}

/// The time of day that is said at token `at`; `corrected` when it takes the place of another.
pub(super) fn hear(words: &Words, at: usize, corrected: bool) -> Heard {
    let from = after_lead(words, at);
    let phrase = Phrase { words, at, from, corrected };
    phrase.beside_an_hour().or_else(|| phrase.british_half()).unwrap_or_else(|| phrase.plain())
}

/// The token after the words that announce a time ("at about", "a las"); `at` where there are none.
pub(super) fn after_lead(words: &Words, at: usize) -> usize {
    // "Sixteen by seven" is a size.
    let sized = words.at(at) == "by" && at > 0 && small(words, at - 1).is_some();
    if sized || !LEADS.contains(&words.at(at)) {
        return at;
    }
    let between = |token: &usize| BETWEEN.contains(&words.at(*token));
    at + 1 + (at + 1..words.len()).take(LONGEST_LEAD).take_while(between).count()
}

/// The most words between a lead and its hour.
const LONGEST_LEAD: usize = 6;

const LEADS: &[&str] = &[
    "after", "before", "by", "at", "around", "until", "till", "til", "between", "about", "past",
    "las", "la", "from", "entre", "when", "say", "toward", "towards",
];

const BETWEEN: &[&str] = &[
    "about",
    "around",
    "like",
    "las",
    "la",
    "de",
    "say",
    "maybe",
    "exactly",
    "roughly",
    "almost",
    "nearly",
    "just",
    "approximately",
];

/// Words that make "ten to two" the hours somebody is there.
const THERE: &[&str] = &[
    "from",
    "between",
    "any",
    "anytime",
    "time",
    "free",
    "home",
    "available",
    "open",
    "here",
    "work",
    "hours",
    "entre",
];

/// What is counted, weighed or numbered is no time of day.
const UNITS: &[&str] = &[
    "minutes",
    "minute",
    "hours",
    "hour",
    "days",
    "weeks",
    "months",
    "thousand",
    "hundred",
    "k",
    "degrees",
    "years",
    "people",
    "of",
    "-",
    "grand",
    "dollars",
    "minutos",
    "horas",
    "dias",
    "semanas",
    "gallon",
    "gallons",
    "amp",
    "amps",
    "ton",
    "tons",
    "times",
    "number",
    "numbers",
    "different",
];

/// What may stand after a time beside a day of the week, where only that tells it from a count.
const AFTERWARDS: &[&str] = &[
    "tonight", "tomorrow", "today", "this", "in", "am", "pm", "a", "p", "oclock", "o", "please",
    "or", "and", "if", "when", "on", "thanks", "thank", "ish", "sharp", "manana", "hoy", "de",
    "por", "at", "then", "would", "is", "works",
];

/// Words for days, beside those of the week, and their parts: a time may follow without any "at".
const DAYS: &[&str] = &[
    "tomorrow",
    "today",
    "tonight",
    "morning",
    "afternoon",
    "evening",
    "night",
    "manana",
    "hoy",
    "noche",
    "tarde",
];

struct Phrase<'a> {
    words: &'a Words,
    at: usize,
    /// Behind the words that announce it.
    from: usize,
    corrected: bool,
}

/// Minutes ahead of or past an hour.
#[derive(Clone, Copy)]
enum Side {
    To,
    Past,
}

impl Phrase<'_> {
    fn word(&self, at: usize) -> &str {
        self.words.at(at)
    }

    fn is_announced(&self) -> bool {
        self.from > self.at
    }

    /// Whether nothing but more of the time, or the end of what is said of it, follows.
    fn ends(&self, at: usize) -> bool {
        self.words.kind(at) != Kind::Word && self.words.kind(at) != Kind::Digits
            || AFTERWARDS.contains(&self.word(at))
            || weekday(self.word(at)).is_some()
    }

    fn is_unit(&self, at: usize) -> bool {
        UNITS.contains(&self.word(at)) || self.words.kind(at) == Kind::Digits
    }

    /// "Quarter to eight", "ten minutes past two", "half past six", "five of eight", "cuarto para
    /// las ocho".
    fn beside_an_hour(&self) -> Option<Heard> {
        let article = matches!(self.word(self.from), "a" | "un" | "the");
        let begin = self.from + usize::from(article);
        let (minutes, after) = match self.word(begin) {
            "quarter" | "cuarto" => (15, begin + 1),
            "half" => (30, begin + 1),
            _ => small(self.words, begin).filter(|(count, _)| (1..60).contains(count))?,
        };
        let named = matches!(self.word(begin), "quarter" | "cuarto" | "half");
        let counted = matches!(self.word(after), "minutes" | "minute" | "min" | "mins" | "minutos");
        let joint = after + usize::from(counted);
        let sure = named || counted;
        let round = matches!(minutes, 5 | 10 | 20 | 25);
        let there = |at: usize| THERE.contains(&self.word(at));
        let is_range = there(self.at) || self.at > 0 && there(self.at - 1);
        let (side, fits) = match self.word(joint) {
            "to" | "till" | "til" | "until" | "para" => (Side::To, sure || round && !is_range),
            // "At ten before eight"; "ten before you come" is something else.
            "before" => (Side::To, sure || round && matches!(self.word(self.at), "at" | "around")),
            "of" => (Side::To, sure || round),
            "past" => (Side::Past, sure || minutes < 30),
            "after" => (Side::Past, sure || round),
            _ => return None,
        };
        if !fits || self.word(begin) == "half" && matches!(side, Side::To) {
            return None;
        }
        let Some((hour, half, next)) = self.hour(joint + 1) else {
            // "Quarter past", whatever the hour; "two minutes before you come" is something else.
            let cut = self.ends(joint + 1) && self.is_announced();
            return (cut && (named || round)).then_some(Heard::Unclear);
        };
        let another = small(self.words, next).is_some() || self.is_unit(next);
        if another || self.word(joint) == "of" && !self.ends(next) {
            return Some(Heard::Nothing);
        }
        let hour = At { hour, half, next: self.after_o_clock(next) };
        Some(Heard::Time(self.moved(hour, side, minutes)))
    }

    /// An hour with minutes to or past it; an "am" beside it is the hour's.
    fn moved(&self, At { hour, half, next }: At, side: Side, minutes: u32) -> Clock {
        let (said, next) = self.meridiem(next);
        let half = half.or(said);
        if matches!(side, Side::Past) {
            return self.with_half(Clock { hour, minute: minutes, half, next });
        }
        let half = match (hour, half) {
            (12, Some(Half::Afternoon)) => Some(Half::Morning),
            (12, Some(Half::Morning)) => Some(Half::Night),
            (_, half) => half,
        };
        let hour = match hour {
            0 => 23,
            1 => 12,
            hour => hour - 1,
        };
        self.with_half(Clock { hour, minute: 60 - minutes, half, next })
    }

    /// "Half six" is 6:30.
    fn british_half(&self) -> Option<Heard> {
        let (hour, half, next) =
            self.hour(self.from + 1).filter(|_| self.word(self.from) == "half")?;
        let fits = !self.is_unit(next) && (self.is_announced() || self.ends(next));
        let (said, next) = self.meridiem(next);
        let clock = Clock { hour, minute: 30, half: half.or(said), next };
        fits.then(|| Heard::Time(self.with_half(clock)))
    }

    /// "Seven", "seven thirty five", "7:35", "six oh five", "las ocho menos diez", "fourteen hundred".
    fn plain(&self) -> Heard {
        let words = self.words;
        let word = self.word(self.from);
        if words.kind(self.from) == Kind::Digits {
            if let Some((hour, minute)) = word.split_once([':', '.']) {
                let (hour, minute) = (hour.parse(), (minute.len() == 2).then(|| minute.parse()));
                let (Ok(hour), Some(Ok(minute))) = (hour, minute) else { return Heard::Nothing };
                let said = word.contains(':') || self.is_announced();
                return if said { self.time(hour, minute, self.from + 1) } else { Heard::Nothing };
            }
            if let Some((hour, minute)) = self.in_one() {
                return self.time(hour, minute, self.from + 1);
            }
        }
        let Some((hour, half, after)) = self.hour(self.from) else { return self.military() };
        let ish = word.ends_with("ish");
        let (minute, next) = match self.minutes(after) {
            Some((minute, next)) => (Some(minute), next),
            None => (None, after),
        };
        if !self.is_told(next, minute.is_some(), ish) || self.is_unit(next) {
            return Heard::Nothing;
        }
        if self.goes_on(next) {
            return Heard::Unclear;
        }
        let minute = minute.unwrap_or(0);
        if minute < 0 {
            let hour = At { hour, half, next };
            return Heard::Time(self.moved(hour, Side::To, minute.unsigned_abs()));
        }
        match self.time(hour, minute.unsigned_abs(), next) {
            Heard::Time(clock) => Heard::Time(Clock { half: half.or(clock.half), ..clock }),
            other => other,
        }
    }

    /// Whether the hour before `next` is told as one: by what announces it or by what follows.
    fn is_told(&self, next: usize, has_minutes: bool, ish: bool) -> bool {
        let follows = ish
            || matches!(self.word(next), "am" | "pm" | "oclock" | "ish")
            || matches!(self.word(next), "a" | "p") && self.word(next + 1) == "m"
            || matches!(self.word(next), "o") && self.word(next + 1) == "clock"
            || has_minutes && matches!(self.word(next), "tonight");
        // "Tomorrow, seven thirty".
        let pause = self.at > 0 && self.words.kind(self.at - 1) == Kind::Pause;
        let before = self.at.checked_sub(1 + usize::from(pause));
        let is_day = |word: &str| DAYS.contains(&word) || weekday(word).is_some();
        let day = before.is_some_and(|before| is_day(self.word(before)));
        let announced = self.is_announced() && (self.word(self.at) != "about" || self.ends(next));
        let instead = self.corrected && self.ends(next);
        follows || announced || instead || day && has_minutes && self.ends(next)
    }

    /// Whether another number follows, which makes it something else than was understood.
    fn goes_on(&self, next: usize) -> bool {
        // "At five one of us is home", "at five a quarter inch".
        let pronoun = matches!(self.word(next), "one" | "oh" | "o" | "once");
        let number = small(self.words, next).is_some() && !pronoun;
        number || matches!(self.word(next), "quarter" | "half" | "menos" | "past")
    }

    /// "730" and "1430", where nothing but a time can be meant.
    fn in_one(&self) -> Option<(u32, u32)> {
        let word = self.word(self.from);
        let number: u32 = word.parse().ok().filter(|_| matches!(word.len(), 3 | 4))?;
        let fits = self.is_announced() && number.is_multiple_of(5) && self.ends(self.from + 1);
        (fits && number / 100 < 24 && number % 100 < 60).then_some((number / 100, number % 100))
    }

    /// "Fourteen hundred", "oh eight thirty", "nineteen forty five": hours as soldiers count them.
    fn military(&self) -> Heard {
        let zero = matches!(self.word(self.from), "oh" | "o" | "zero") && self.is_announced();
        let hour = small(self.words, self.from + usize::from(zero));
        let Some((hour, after)) = hour.filter(|(hour, _)| *hour < 24 && (zero || *hour > 12))
        else {
            return Heard::Nothing;
        };
        let (minute, next) = match (self.word(after), self.minutes(after)) {
            ("hundred", _) => (0, after + 1),
            (_, Some((minute @ 0.., next))) => (minute.unsigned_abs(), next),
            // "At thirteen".
            _ if self.word(self.at) == "at" && self.ends(after) => return Heard::Unclear,
            _ => return Heard::Nothing,
        };
        let hours = matches!(self.word(next), "hours" | "hour");
        let next = next + usize::from(hours);
        let told = hours || self.is_announced() && self.ends(next);
        if !told {
            return Heard::Nothing;
        }
        let half = zero.then_some(Half::Morning);
        Heard::Time(Clock { hour, minute, half, next })
    }

    /// The time, with the part of the day that is said beside it.
    fn time(&self, hour: u32, minute: u32, next: usize) -> Heard {
        if hour > 23 || minute > 59 || self.is_unit(next) {
            return Heard::Nothing;
        }
        let (half, next) = self.meridiem(self.after_o_clock(next));
        Heard::Time(self.with_half(Clock { hour, minute, half, next }))
    }

    /// Past an "o'clock", "sharp" or "en punto".
    fn after_o_clock(&self, at: usize) -> usize {
        let skip = match (self.word(at), self.word(at + 1)) {
            ("o", "clock") | ("en", "punto") | ("or", "so") => 2,
            ("oclock" | "sharp" | "ish" | "exactly", _) => 1,
            _ => return at,
        };
        self.after_o_clock(at + skip)
    }

    /// "am" or "pm" at `at`, and the token after it.
    fn meridiem(&self, at: usize) -> (Option<Half>, usize) {
        match (self.word(at), self.word(at + 1)) {
            ("am", _) => (Some(Half::Morning), at + 1),
            ("pm", _) => (Some(Half::Afternoon), at + 1),
            ("a", "m") => (Some(Half::Morning), at + 2),
            ("p", "m") => (Some(Half::Afternoon), at + 2),
            _ => (None, at),
        }
    }

    /// "In the evening", "at night", "de la tarde", right after a time.
    fn with_half(&self, clock: Clock) -> Clock {
        let at = clock.next;
        let part = match (self.word(at), self.word(at + 1)) {
            ("in", "the") | ("de", "la") => at + 2,
            ("at", "night") => at + 1,
            _ => return clock,
        };
        let half = match self.word(part) {
            "morning" | "manana" | "madrugada" => Half::Morning,
            "afternoon" | "evening" | "tarde" => Half::Afternoon,
            "night" | "noche" => Half::Night,
            _ => return clock,
        };
        Clock { half: clock.half.or(Some(half)), next: part + 1, ..clock }
    }

    /// The hour named at `at`; noon and midnight are hours that say which twelve they are.
    fn hour(&self, at: usize) -> Option<(u32, Option<Half>, usize)> {
        let article = matches!(self.word(at), "las" | "la");
        let at = at + usize::from(article);
        let word = self.word(at);
        let spanish = at > 0 && matches!(self.word(at - 1), "las" | "la");
        let hour = match word.strip_suffix("ish").unwrap_or(word) {
            "noon" | "mediodia" if at > self.from => {
                return Some((12, Some(Half::Afternoon), at + 1));
            }
            "midnight" | "medianoche" => return Some((12, Some(Half::Night), at + 1)),
            "una" if spanish => 1,
            "once" if !spanish => return None,
            _ if self.words.kind(at) == Kind::Digits => {
                word.parse().ok().filter(|hour| *hour < 24)?
            }
            word => number::up_to_ninety(word).filter(|hour| (1..=12).contains(hour))?,
        };
        Some((hour, None, at + 1))
    }

    /// The minutes said after an hour; fewer than none where they are ahead of it.
    fn minutes(&self, at: usize) -> Option<(i32, usize)> {
        let count = |at: usize| match self.word(at) {
            "media" => Some((30, at + 1)),
            "cuarto" => Some((15, at + 1)),
            _ => small(self.words, at).and_then(|(n, next)| Some((i32::try_from(n).ok()?, next))),
        };
        let (minutes, next) = match self.word(at) {
            // "Entre dos y cuatro".
            "y" if self.word(self.at) == "entre" => return None,
            "y" => count(at + 1)?,
            "menos" => count(at + 1).map(|(minutes, next)| (-minutes, next))?,
            "oh" | "o" | "zero" | "cero" => {
                count(at + 1).filter(|(minutes, _)| (1..10).contains(minutes))?
            }
            word if self.words.kind(at) == Kind::Digits => {
                // "7 35", but no telephone number.
                let alone = self.words.kind(at + 1) != Kind::Digits && self.word(at + 1) != "-";
                let written = (word.len() == 2 && alone).then(|| word.parse().ok()).flatten();
                written.map(|minutes| (minutes, at + 1))?
            }
            _ => count(at).filter(|(minutes, _)| *minutes >= 10)?,
        };
        (-59..60).contains(&minutes).then_some((minutes, next))
    }
}

struct At {
    hour: u32,
    half: Option<Half>,
    next: usize,
}

/// The number below a hundred at `at`, in words or digits, and the token after it.
pub(super) fn small(words: &Words, at: usize) -> Option<(u32, usize)> {
    if words.kind(at) == Kind::Digits {
        return words.at(at).parse().ok().filter(|number| *number < 100).map(|n| (n, at + 1));
    }
    let named = |at: usize| number::up_to_ninety(words.at(at));
    let first = named(at)?;
    let joined = at + 1 + usize::from(words.at(at + 1) == "y");
    match named(joined) {
        Some(unit @ 1..=9) if first >= 20 && first.is_multiple_of(10) => {
            Some((first + unit, joined + 1))
        }
        _ => Some((first, at + 1)),
    }
}
