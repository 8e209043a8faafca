//! Telephone numbers as people write and say them.

use super::words::{Kind, Words};

/// A telephone number in a line, as tokens `from..to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Its digits.
    pub(super) digits: String,
}

const SAID: &[(&str, char)] = &[
    ("zero", '0'),
    ("oh", '0'),
    ("o", '0'),
    ("one", '1'),
    ("two", '2'),
    ("three", '3'),
    ("four", '4'),
    ("five", '5'),
    ("six", '6'),
    ("seven", '7'),
    ("eight", '8'),
    ("nine", '9'),
    ("cero", '0'),
    ("uno", '1'),
    ("dos", '2'),
    ("tres", '3'),
    ("cuatro", '4'),
    ("cinco", '5'),
    ("seis", '6'),
    ("siete", '7'),
    ("ocho", '8'),
    ("nueve", '9'),
];

/// Every telephone number in `words`: seven to eleven digits in groups.
pub(super) fn find(words: &Words) -> Vec<Spoken> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match read(words, at) {
            Some(phone) => {
                at = phone.to;
                found.push(phone);
            }
            None => at += 1,
        }
    }
    found
}

fn read(words: &Words, from: usize) -> Option<Spoken> {
    let mut digits = String::new();
    let mut end = from;
    let mut at = from;
    while at < words.len() && digits.len() < 11 {
        let word = words.at(at);
        if words.kind(at) == Kind::Digits && word.bytes().all(|b| b.is_ascii_digit()) {
            digits.push_str(word);
        } else if let Some((_, digit)) = SAID.iter().find(|(said, _)| *said == word) {
            digits.push(*digit);
        } else if at == from || !matches!(word, "-" | "," | "area" | "code") {
            break;
        } else {
            at += 1;
            continue;
        }
        at += 1;
        end = at;
    }
    // A written year and a price side by side are no telephone number: groups of three or four.
    let groups = (from..end).filter(|i| words.kind(*i) == Kind::Digits);
    let fits = groups.clone().count() == 0
        || groups.clone().all(|i| matches!(words.at(i).len(), 1 | 3 | 4 | 7 | 10 | 11));
    (matches!(digits.len(), 7 | 10 | 11) && fits).then_some(Spoken { from, to: end, digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_written_and_spoken_numbers() {
        for (text, digits) in [
            ("call 555-0134 now", "5550134"),
            ("(614) 555-0142.", "6145550142"),
            ("at five five five oh one four two its", "5550142"),
            ("+1 614 555 0142", "16145550142"),
            ("6145550142", "6145550142"),
        ] {
            let found = find(&Words::of(text));
            assert_eq!(found.len(), 1, "{text}");
            assert_eq!(found[0].digits, digits, "{text}");
        }
        for text in ["8,000-12,000", "built in 1962 for 500", "five or six thousand", "4500 Oak"] {
            assert_eq!(find(&Words::of(text)), [], "{text}");
        }
    }
}
