//! When a caller wants to be rung: "after five", "tomorrow morning", "in half an hour".

use jiff::{
    SignedDuration, Timestamp, Zoned,
    civil::{Date, Time, time},
    tz::TimeZone,
};

use super::{
    clock::{Clock, Half},
    day::{Day, TODAY},
    number,
    phone::Spoken,
    timing::{self, Piece, Standing, What},
    words::{Kind, Words},
};

/// A moment, and the tokens `from..to` that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// What was said about a time, before it is tied to a clock.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Said {
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
    /// Days on which it is not to be: the latest few.
    not_on: [Option<Day>; 3],
    /// A call was refused for those days.
    refused: bool,
    /// The part of the day in which it is not to be.
    not_in: Option<Half>,
    /// A call is asked for with it.
    pub(super) called: bool,
    /// The tokens of all that.
    pub(super) span: Option<(usize, usize)>,
}

/// What tokens `from..to` say of when to call. The digits of `phones` are no time; `bare` when a mere
/// "ten" is one.
pub(super) fn listen(
    words: &Words,
    (from, to): (usize, usize),
    phones: &[Spoken],
    bare: bool,
) -> Said {
    Said::of(&timing::pieces(words, (from, to), phones, bare))
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
        let words = Words::of(text);
        let pieces = timing::pieces(&words, (0, words.len()), &[], false);
        let named = is_all_time(&words, &pieces);
        named.then(|| Said::of(&pieces).moment(at, zone)).flatten()
    })
}

/// Whether every word is of a time.
fn is_all_time(words: &Words, pieces: &[Piece]) -> bool {
    const BETWEEN: [&str; 8] = ["at", "on", "in", "the", "around", "about", "by", "of"];
    let mut named = vec![false; words.len()];
    pieces.iter().for_each(|piece| named[piece.from..piece.to.min(words.len())].fill(true));
    (0..words.len()).all(|at| {
        let is_word = matches!(words.kind(at), Kind::Word | Kind::Digits);
        named[at] || !is_word || BETWEEN.contains(&words.at(at))
    })
}

impl Said {
    /// Of all that is named what counts: what is said from the first call on that is asked for, and what
    /// that leaves open as it was said before.
    fn of(pieces: &[Piece]) -> Self {
        let counts = |piece: &&Piece| matches!(piece.standing, Standing::Meant | Standing::Bound);
        let wished = pieces.iter().filter(counts).filter(|piece| piece.what != What::Correction);
        let call = wished.filter_map(|piece| piece.call).next();
        let (ahead, own): (Vec<&Piece>, Vec<&Piece>) = pieces
            .iter()
            .filter(counts)
            .partition(|piece| call.is_some_and(|call| piece.from < call));
        let mut said = Self { called: call.is_some(), ..Self::default() };
        own.iter().for_each(|piece| said.take(piece, pieces));
        let has_day = said.day.is_some();
        let has_time = said.clock.is_some() || said.part.is_some();
        if said.minutes.is_none() {
            // "Tomorrow I'm home, call me at ten", "at ten, call me": what the call leaves open.
            let day = ahead.iter().rfind(|it| is_day(it));
            let time = ahead.iter().filter(|it| !is_day(it));
            day.filter(|_| !has_day).into_iter().for_each(|piece| said.take(piece, pieces));
            let time = time.filter(|_| !has_time && !has_day);
            time.for_each(|piece| said.take(piece, pieces));
        }
        for piece in pieces.iter().filter(|piece| piece.standing == Standing::Excluded) {
            said.rule_out(piece);
        }
        said
    }

    fn take(&mut self, piece: &Piece, all: &[Piece]) {
        match piece.what {
            What::Minutes(minutes) => self.minutes = self.minutes.or(Some(minutes)),
            What::Day(day) => keep(&mut self.day, day, self.corrected),
            What::Tonight => {
                keep(&mut self.day, TODAY, self.corrected);
                self.part = self.part.or_else(|| Time::new(18, 0, 0, 0).ok());
                self.half = self.half.or(Some(Half::Night));
            }
            What::Clock(clock, _) => {
                keep(&mut self.clock, clock, self.corrected);
                self.corrected = false;
            }
            What::Part(hour, half) => {
                self.part = self.part.or_else(|| Time::new(hour, 0, 0, 0).ok());
                self.half = self.half.or(half);
            }
            What::Half(half) => self.half = self.half.or(Some(half)),
            What::That => {
                let Some(that) = all.iter().rev().find(|it| it.from < piece.from && is_time(it))
                else {
                    return;
                };
                if let What::Clock(begin, end) = that.what {
                    keep(&mut self.clock, end.unwrap_or(begin), self.corrected);
                }
                let day = all.iter().find_map(|it| match it.what {
                    What::Day(day) if it.from < piece.from => Some(day),
                    _ => None,
                });
                self.day = self.day.or(day);
            }
            What::Unclear => {
                self.unclear = true;
                return;
            }
            What::Correction => {
                self.corrected = self.clock.is_some() || self.day.is_some();
                return;
            }
        }
        let (from, to) = self.span.unwrap_or((piece.from, piece.to));
        self.span = Some((from.min(piece.from), to.max(piece.to)));
    }

    fn rule_out(&mut self, piece: &Piece) {
        match piece.what {
            What::Day(_) | What::Tonight => {
                let day = if let What::Day(day) = piece.what { day } else { TODAY };
                self.not_on.rotate_right(1);
                self.not_on[0] = Some(day);
            }
            What::Part(_, half) if piece.call.is_none() => self.not_in = self.not_in.or(half),
            _ => return,
        }
        if !self.is_named() {
            self.span = Some((piece.from, piece.to));
        }
    }

    /// Whether it names a time.
    pub(super) fn is_named(&self) -> bool {
        self.minutes.is_some() || self.day.is_some() || self.clock.is_some() || self.part.is_some()
    }

    /// The same where a call was refused for the days it rules out: on the next it is welcome.
    pub(super) fn refused(self) -> Self {
        Self { refused: self.not_on[0].is_some(), ..self }
    }

    /// This, and what it leaves open as `before` had it: "tomorrow", "around ten".
    pub(super) fn after(self, before: Self) -> Self {
        if self.minutes.is_some() || !self.is_named() {
            return self;
        }
        let timed = self.clock.is_some() || self.part.is_some();
        Self {
            day: self.day.or(before.day),
            clock: if timed { self.clock } else { before.clock },
            part: if timed { self.part } else { before.part },
            half: self.half.or(before.half),
            ..self
        }
    }

    /// Takes in what a later sentence corrects: "Monday." "No, sorry, Tuesday."
    pub(super) fn corrected_by(self, later: Self) -> Self {
        let (from, to) = (self.span, later.span);
        let span = from.zip(to).map(|((from, _), (_, to))| (from, to));
        Self { span, ..later.after(self) }
    }

    /// The moment it names, said at `at` and local to `zone`; `None` when it names none, or one that is
    /// not understood: no time is better than a wrong one.
    pub(super) fn due(&self, at: Timestamp, zone: &TimeZone) -> Option<Due> {
        let moment = self.moment(at, zone)?;
        let (from, to) = self.span?;
        Some(Due { at: moment, from, to })
    }

    fn moment(&self, at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        if self.unclear {
            return None;
        }
        if let Some(minutes) = self.minutes {
            return at.checked_add(SignedDuration::from_mins(minutes)).ok();
        }
        let now = at.to_zoned(zone.clone());
        let settled = self.clock.and_then(|clock| settle(clock, self, &now));
        let time = settled.map(|(time, _)| time).or(self.part);
        // "Tonight at half past twelve" is tomorrow by the calendar.
        let after_midnight = settled.is_some_and(|(_, after)| after);
        let on = |day: Date, time: Time| {
            let day = if after_midnight { day.tomorrow().ok()? } else { day };
            day.to_datetime(time).to_zoned(zone.clone()).ok().map(|zoned| zoned.timestamp())
        };
        let day = self.day.map(|day| day.date(&now).unwrap_or(now.date()));
        let moment = match (day, time) {
            (Some(day), None) if self.not_in == Some(Half::Morning) => on(day, NOON_OVER)?,
            (Some(day), None) if day == now.date() => on(day, CLOSING)?,
            (Some(day), None) => on(day, OPENING)?,
            (Some(day), Some(time)) => on(day, time)?,
            (None, time) => {
                time.or(self.refused.then_some(OPENING))?;
                let time = time.unwrap_or(OPENING);
                let ruled_out = |date: Date| {
                    self.not_on.iter().flatten().any(|day| day.date(&now) == Some(date))
                };
                let days = now.date().series(jiff::Span::new().days(1)).take(9);
                let mut free = days.filter(|date| !ruled_out(*date));
                free.find_map(|date| on(date, time).filter(|moment| *moment > at))?
            }
        };
        (moment > at).then_some(moment)
    }
}

fn is_day(piece: &Piece) -> bool {
    matches!(piece.what, What::Day(_) | What::Tonight)
}

fn is_time(piece: &Piece) -> bool {
    matches!(piece.what, What::Clock(..))
}

/// Of several the first counts, but after a correction the last.
fn keep<T>(slot: &mut Option<T>, value: T, corrected: bool) {
    if slot.is_none() || corrected {
        *slot = Some(value);
    }
}

const OPENING: Time = time(9, 0, 0, 0);
const NOON_OVER: Time = time(13, 0, 0, 0);
const CLOSING: Time = time(17, 0, 0, 0);

/// The hour of the evening from which on nobody means today when they don't say so.
const LATE: i8 = 22;

/// An hour without "am" or "pm" is the next one in a waking day: one to six are afternoons, seven to
/// eleven mornings unless that is over today, and ten and eleven are tomorrow's then. And whether it is
/// after midnight.
fn settle(clock: Clock, said: &Said, now: &Zoned) -> Option<(Time, bool)> {
    let Clock { hour, minute, .. } = clock;
    let (hour, minute) = (i8::try_from(hour).ok()?, i8::try_from(minute).ok()?);
    let today = matches!(said.day, None | Some(TODAY));
    let half = clock.half.or_else(|| said.half.map(|half| beside(half, hour, today, now)));
    let half = half.unwrap_or_else(|| {
        let over = today && (now.hour(), now.minute()) >= (hour, minute);
        let late = said.day.is_none() && hour + 12 >= LATE;
        match hour {
            7..=11 if !over || late || now.hour() >= hour + 12 => Half::Morning,
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
            let due = listen(&words, (0, words.len()), &[], false).due(at, &zone);
            let local =
                due.map(|due| due.at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string());
            assert_eq!(local.as_deref(), Some(expected), "{text}");
        }
        for text in ["call me back when you can", "call me about the five outlets", "at 555-0134"] {
            let words = Words::of(text);
            let said = listen(&words, (0, words.len()), &phone::find(&words), false);
            assert_eq!(said.due(at, &zone), None, "{text}");
        }
    }
}
