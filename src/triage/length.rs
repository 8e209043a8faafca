//! A time told by how long it is from now: "in half an hour", "in about twenty minutes".

use super::{clock, words::Words};

/// "in half an hour", "in about twenty minutes", "within the hour", "two hours from now".
pub(super) fn from_now(words: &Words, at: usize) -> Option<(i64, usize)> {
    let led = matches!(words.at(at), "in" | "within" | "en" | "dentro");
    let mut from = if led { at + 1 } else { at };
    while led && FILLERS.contains(&words.at(from)) {
        from += 1;
    }
    let (minutes, next) = length(words, from)?;
    let from_now = words.at(next) == "from" && words.at(next + 1) == "now";
    let next = if from_now { next + 2 } else { next };
    (led || from_now).then_some((minutes, next))
}

const FILLERS: &[&str] = &[
    "about", "like", "around", "maybe", "another", "the", "next", "a", "an", "de", "unos", "unas",
    "como", "otra", "un", "una", "of", "say",
];

fn unit(word: &str) -> Option<i64> {
    match word {
        "minute" | "minutes" | "min" | "mins" | "minuto" | "minutos" => Some(1),
        "hour" | "hours" | "hr" | "hrs" | "hora" | "horas" => Some(60),
        _ => None,
    }
}

/// Minutes said as a length of time: "half an hour", "an hour and a half", "two hours and ten
/// minutes", "tres cuartos de hora".
fn length(words: &Words, at: usize) -> Option<(i64, usize)> {
    let past = |mut at: usize, fillers: &[&str]| {
        while fillers.contains(&words.at(at)) {
            at += 1;
        }
        at
    };
    let part = match words.at(at) {
        "half" | "media" => Some((30, at + 1)),
        "quarter" => Some((15, at + 1)),
        "three" if words.at(at + 1) == "quarters" => Some((45, at + 2)),
        "tres" if words.at(at + 1) == "cuartos" => Some((45, at + 2)),
        _ => None,
    };
    if let Some((minutes, next)) = part {
        let end = past(next, &["of", "an", "a", "de"]);
        return unit(words.at(end)).filter(|unit| *unit == 60).map(|_| (minutes, end + 1));
    }
    let at = past(at, &["a", "an", "una", "un"]);
    let (count, next) = match words.at(at) {
        word if unit(word).is_some() => (1, at),
        "couple" | "par" => (2, at + 1),
        "few" => (3, at + 1),
        word => match word.parse().ok().filter(|count| *count < 1000) {
            Some(count) => (count, at + 1),
            None => clock::small(words, at).map(|(count, next)| (i64::from(count), next))?,
        },
    };
    let (halves, next) = half_more(words, next);
    // "Five to ten minutes": the first.
    let to = matches!(words.at(next), "to" | "or" | "a" | "o" | "-");
    let next = clock::small(words, next + 1).filter(|_| to).map_or(next, |(_, end)| end);
    let next = past(next, &["of", "de"]);
    let each = unit(words.at(next))?;
    let minutes = count * each + halves * each / 2;
    let (halves, after) = half_more(words, next + 1);
    let minutes = minutes + halves * each / 2;
    let joined = past(after, &["and", "y"]);
    let more = clock::small(words, joined)
        .filter(|(_, end)| each == 60 && unit(words.at(*end)) == Some(1));
    Some(more.map_or((minutes, after), |(more, end)| (minutes + i64::from(more), end + 1)))
}

/// "And a half".
fn half_more(words: &Words, at: usize) -> (i64, usize) {
    match (words.at(at), words.at(at + 1), words.at(at + 2)) {
        ("and", "a", "half") => (1, at + 3),
        ("y", "media", _) => (1, at + 2),
        _ => (0, at),
    }
}
