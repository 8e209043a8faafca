//! The times that a stretch of speech names, and what is said of each: one that is meant, one that is
//! ruled out ("not Friday", "I'm asleep by nine"), one that is past ("you said five").

use super::{
    clock::{self, Clock, Half},
    day::{self, Day},
    length,
    phone::Spoken,
    words::{Kind, Words},
};

/// What is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// Minutes from now.
    Minutes(i64),
    Day(Day),
    Tonight,
    /// A time of day, and where a range of hours ends.
    Clock(Clock, Option<Clock>),
    /// A part of the day: the hour it begins at.
    Part(i8, Option<Half>),
    Half(Half),
    /// "After that", "before that": the time named before.
    That,
    /// A time of day that is not understood.
    Unclear,
    /// What was said before is taken back.
    Correction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Meant,
    /// From here on, not before: "don't call before ten".
    Bound,
    Excluded,
    Past,
}

/// One of them, as tokens `from..to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    pub(super) what: What,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) standing: Standing,
    /// A "not" is said of it.
    pub(super) refused: bool,
    /// The call it belongs to: the token of its verb.
    pub(super) call: Option<usize>,
}

/// The times named in tokens `from..to`. `bare` when a mere "ten" is one: when was asked for.
pub(super) fn pieces(
    words: &Words,
    (from, to): (usize, usize),
    phones: &[Spoken],
    bare: bool,
) -> Vec<Piece> {
    let mut found: Vec<Piece> = Vec::new();
    let mut clause = Clause::begins();
    let mut corrected = bare;
    let mut named = false;
    let mut that = false;
    let mut at = from;
    while at < to {
        if let Some(phone) = phones.iter().find(|phone| (phone.from..phone.to).contains(&at)) {
            at = phone.to;
            continue;
        }
        let Some((what, next)) = take(words, at, phones, corrected) else {
            clause.hears(words, at);
            at += 1;
            continue;
        };
        match what {
            What::Correction => corrected |= named,
            What::Clock(..) => corrected = bare,
            _ => {}
        }
        // One is enough: each looks all over what was named before.
        if what == What::That {
            if that {
                at = next;
                continue;
            }
            that = true;
        }
        let standing = clause.standing(words, at, next.min(to));
        let next = next.max(at + usize::from(what != What::Unclear));
        found.push(Piece {
            what,
            from: at,
            to: next,
            standing,
            refused: clause.not,
            call: clause.call,
        });
        clause.timed |= what != What::Correction;
        named |= what != What::Correction;
        at = next.max(at + 1);
    }
    found
}

/// Takes what begins at token `at`, and the token after it.
fn take(words: &Words, at: usize, phones: &[Spoken], corrected: bool) -> Option<(What, usize)> {
    if let Some((minutes, next)) = length::from_now(words, at) {
        return Some((What::Minutes(minutes), next));
    }
    let dialled = |at: usize| phones.iter().any(|phone| (phone.from..phone.to).contains(&at));
    if let Some((day, next)) = day::hear(words, at)
        && !dialled(next.wrapping_sub(1))
    {
        return Some((What::Day(day), next));
    }
    if !dialled(clock::after_lead(words, at)) {
        match clock::hear(words, at, corrected) {
            clock::Heard::Nothing => {}
            clock::Heard::Unclear => return Some((What::Unclear, at)),
            clock::Heard::Time(mut clock) => {
                let end = range_end(words, at, clock.next);
                let next = end.map_or(clock.next, |end| end.next);
                // "Between six and seven pm" is in the evening.
                let shared = end.filter(|end| clock.hour < end.hour).and_then(|end| end.half);
                clock.half = clock.half.or(shared);
                return Some((What::Clock(clock, end), next));
            }
        }
    }
    let before = words.at(at.wrapping_sub(1));
    let part = |hour, half, next| Some((What::Part(hour, half), next));
    let half = |half, next| Some((What::Half(half), next));
    let correction = || Some((What::Correction, at + 1));
    match (words.at(at), words.at(at + 1)) {
        ("noon" | "noonish" | "noontime" | "lunch" | "lunchtime" | "mediodia" | "midday", _) => {
            part(12, None, at + 1)
        }
        ("morning" | "mornings", _) => part(9, Some(Half::Morning), at + 1),
        ("manana", _) if before == "la" => part(9, Some(Half::Morning), at + 1),
        ("afternoon" | "tarde" | "afternoons", _) => part(13, Some(Half::Afternoon), at + 1),
        ("evening" | "evenings", _) => part(18, Some(Half::Afternoon), at + 1),
        ("noche", _) => part(18, Some(Half::Night), at + 1),
        ("tonight", _) => Some((What::Tonight, at + 1)),
        ("night", _) if is_ahead_of_night(before) => part(18, Some(Half::Night), at + 1),
        ("end", "of") if words.at(at + 2) == "day" => part(17, None, at + 3),
        ("end", "of") if words.at(at + 2) == "the" && words.at(at + 3) == "day" => {
            part(17, None, at + 4)
        }
        ("close", "of") if words.at(at + 2) == "business" => part(17, None, at + 3),
        ("eod" | "cob", _) => part(17, None, at + 1),
        ("fin" | "final", "del") if words.at(at + 2) == "dia" => part(17, None, at + 3),
        ("am", _) => half(Half::Morning, at + 1),
        ("pm", _) => half(Half::Afternoon, at + 1),
        ("a", "m") => half(Half::Morning, at + 2),
        ("p", "m") => half(Half::Afternoon, at + 2),
        ("work", _) if before == "after" => part(17, None, at + 1),
        ("thing", _) if before == "first" => part(8, None, at + 1),
        ("after" | "before", "that" | "then") => Some((What::That, at + 2)),
        ("despues" | "antes", "de") if words.at(at + 2) == "eso" => Some((What::That, at + 3)),
        ("sorry" | "actually" | "perdon" | "digo", _) => correction(),
        ("no" | "wait", _) if words.kind(at + 1) == Kind::Pause => correction(),
        ("make", "it" | "that") => correction(),
        ("mean", _) if before == "i" => correction(),
        _ => None,
    }
}

/// Nights that are to come; last night is over.
fn is_ahead_of_night(before: &str) -> bool {
    let weekday = before.ends_with("day") && before != "day" && before != "yesterday";
    matches!(before, "at" | "tomorrow") || weekday
}

/// Where the hours end that begin with the clock before `next`: "between two | and four".
fn range_end(words: &Words, at: usize, next: usize) -> Option<Clock> {
    let begun = matches!(words.at(at), "between" | "from" | "entre" | "de");
    let joined = match words.at(next) {
        "and" | "y" => begun,
        "to" | "until" | "till" | "til" | "-" | "a" | "hasta" => true,
        _ => false,
    };
    let from = next + 1 + usize::from(words.at(next + 1) == "las" || words.at(next + 1) == "la");
    match clock::hear(words, from, true) {
        clock::Heard::Time(end) if joined && end.next > from => Some(end),
        _ => None,
    }
}

/// What the words up to a time say of it.
#[derive(Clone, Copy, Debug)]
struct Clause {
    not: bool,
    bound: bool,
    past: bool,
    busy: bool,
    /// A time was named in it.
    timed: bool,
    /// A call was refused in it.
    no_call: bool,
    call: Option<usize>,
}

impl Clause {
    fn begins() -> Self {
        Self {
            not: false,
            bound: false,
            past: false,
            busy: false,
            timed: false,
            no_call: false,
            call: None,
        }
    }

    /// Takes a word in that names no time.
    fn hears(&mut self, words: &Words, at: usize) {
        let (before, word, next) = (words.at(at.wrapping_sub(1)), words.at(at), words.at(at + 1));
        if words.kind(at) == Kind::Pause || words.is_end(at) || TURNS.contains(&word) {
            // "Tuesday, not Monday": but a call goes on behind a pause: "call me, at ten".
            let call = self.call.filter(|_| !self.not && words.kind(at) == Kind::Pause);
            // "Any day but Monday".
            let except = word == "but" && matches!(before, "day" | "days" | "time" | "anytime");
            *self = Self { call, not: except, ..Self::begins() };
        } else if is_negation(before, word, next) {
            self.not = true;
        } else if CALLS.contains(&word) && !is_of_the_past(self.past, before, next) {
            // "Don't call me tonight call me tomorrow".
            if self.timed || self.busy {
                *self = Self::begins();
            }
            self.no_call |= self.not;
            self.call = (!self.not).then_some(at);
            self.past = false;
        } else if self.no_call && matches!(word, "i'm" | "im" | "i" | "we" | "we're" | "estoy") {
            // "Don't call I'm in class until four".
            *self = Self::begins();
        } else if THERE.contains(&word) {
            self.busy = false;
        } else if BOUNDS.contains(&word) {
            self.bound = true;
        } else if PAST.contains(&word) && !HOPES.contains(&next) {
            self.past = true;
        } else if BUSY.contains(&word) {
            self.busy = true;
        }
    }

    fn standing(&self, words: &Words, at: usize, next: usize) -> Standing {
        let bound = self.bound || BOUNDS.contains(&words.at(at));
        let until = matches!(words.at(at), "until" | "till" | "til");
        if self.past {
            return Standing::Past;
        }
        if (self.not || self.busy) && bound && (self.not || until) {
            return Standing::Bound;
        }
        let call = self.call.is_some();
        if self.not || self.busy || !call && is_ruled_out_behind(words, next) {
            return Standing::Excluded;
        }
        Standing::Meant
    }
}

/// "Monday doesn't work", "tomorrow I'm in surgery", "mañana no puedo".
fn is_ruled_out_behind(words: &Words, next: usize) -> bool {
    const REACH: usize = 7;
    let mut clause = (next..next + REACH).take_while(|at| {
        let word = words.at(*at);
        let ends = words.kind(*at) == Kind::Pause || words.is_end(*at);
        !ends && !TURNS.contains(&word) && !CALLS.contains(&word)
    });
    clause.any(|at| {
        let word = words.at(at);
        BUSY.contains(&word)
            || is_negation(words.at(at.wrapping_sub(1)), word, words.at(at + 1))
                && !BOUNDS.contains(&words.at(at + 2))
                && !BOUNDS.contains(&words.at(at + 3))
    })
}

/// "You said somebody would call at five".
fn is_of_the_past(past: bool, before: &str, next: &str) -> bool {
    let asked = matches!(next, "me" | "us" | "him" | "her" | "my");
    past && !asked && matches!(before, "would" | "to" | "be" | "gonna" | "you'd" | "they'd")
}

fn is_negation(before: &str, word: &str, next: &str) -> bool {
    let asks = matches!(next, "you" | "forget" | "hesitate" | "later" | "sure" | "only" | "mind");
    match word {
        "not" | "dont" | "cant" | "cannot" | "wont" | "doesnt" | "isnt" | "never" | "except"
        | "excepto" | "nunca" | "tampoco" | "couldnt" | "arent" | "rather" => {
            !asks && before != "why" && !(word == "rather" && next != "not")
        }
        "no" => matches!(
            next,
            "need"
                | "me"
                | "nos"
                | "puedo"
                | "podemos"
                | "llame"
                | "llamen"
                | "hoy"
                | "el"
                | "antes"
                | "good"
                | "estoy"
                | "estare"
                | "hace"
                | "es"
        ),
        _ => false,
    }
}

const TURNS: &[&str] = &[
    "but", "so", "because", "and", "cause", "then", "just", "pero", "porque", "y", "sino", "mejor",
    "instead", "if", "please",
];

const CALLS: &[&str] = &[
    "call",
    "ring",
    "phone",
    "reach",
    "buzz",
    "callback",
    "dial",
    "try",
    "catch",
    "llamada",
    "llame",
    "llameme",
    "llamenme",
    "llamen",
    "llamar",
    "llamame",
    "llamarme",
    "marqueme",
    "marquenme",
    "marcarme",
    "hableme",
    "hablenme",
];

/// Who is there can be rung.
const THERE: &[&str] = &["available", "free", "home"];

/// "Don't call before ten" asks to be rung from ten on.
const BOUNDS: &[&str] = &["before", "until", "till", "til", "hasta", "antes", "unless", "earlier"];

const PAST: &[&str] = &[
    "was",
    "were",
    "supposed",
    "said",
    "told",
    "came",
    "called",
    "promised",
    "waited",
    "waiting",
    "been",
    "since",
    "left",
    "quit",
    "died",
    "stopped",
    "started",
    "went",
    "happened",
    "almost",
    "nearly",
    "already",
    "dijeron",
    "dijo",
    "quedaron",
    "vinieron",
    "iban",
    "desde",
    "llamaron",
    "llame_ayer",
    "casi",
    "ago",
    "had",
];

const HOPES: &[&str] = &["wondering", "hoping", "thinking", "calling", "asking", "just"];

const BUSY: &[&str] = &[
    "surgery",
    "appointment",
    "meeting",
    "meetings",
    "busy",
    "asleep",
    "sleeping",
    "sleep",
    "class",
    "court",
    "church",
    "closed",
    "unavailable",
    "working",
    "leaving",
    "leave",
    "flight",
    "flying",
    "away",
    "bed",
    "ocupado",
    "ocupada",
    "durmiendo",
    "dormido",
    "dormida",
    "trabajando",
    "cita",
    "trabajo",
    "bad",
];
