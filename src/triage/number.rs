//! Numbers as people say and write them, English and Spanish, exact.

use std::sync::OnceLock;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{
    numerals::{HUNDREDS, MISHEARD, SCALES, TENS, UNITS},
    words::{Kind, Words},
};

/// A number in a line, as tokens `from..to`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Number {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) value: Decimal,
    /// The factor its last word named (1000 for "twelve thousand", 100 for "fifteen hundred").
    pub(super) scale: u32,
    /// Read as "thirteen five" is (13500): only where money is meant.
    pub(super) shorthand: bool,
    /// Written in digits.
    pub(super) digits: bool,
}

/// One word of a number.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Atom {
    /// 0 to 19, and the Spanish ones to 29.
    Unit(u32),
    /// 20 to 90.
    Tens(u32),
    /// 200 to 900 in one word, as Spanish has it.
    Hundreds(u32),
    /// Hundred, thousand, million.
    Scale(u32),
    /// In digits.
    Written(Decimal),
}

/// What `word` says by itself.
fn named(word: &str) -> Option<Atom> {
    static WORDS: OnceLock<FxHashMap<&str, Atom>> = OnceLock::new();
    let words = WORDS.get_or_init(|| {
        let of = |table: &'static [(&str, u32)], atom: fn(u32) -> Atom| {
            table.iter().map(move |(word, value)| (*word, atom(*value)))
        };
        of(UNITS, Atom::Unit)
            .chain(of(TENS, Atom::Tens))
            .chain(of(HUNDREDS, Atom::Hundreds))
            .chain(of(SCALES, Atom::Scale))
            .collect()
    });
    words.get(word).copied()
}

/// The number below a hundred that `word` is by itself, "couple" left aside.
pub(super) fn up_to_ninety(word: &str) -> Option<u32> {
    match named(word) {
        Some(Atom::Unit(number) | Atom::Tens(number)) if !matches!(word, "couple" | "par") => {
            Some(number)
        }
        _ => None,
    }
}

fn misheard(words: &Words, index: usize) -> Option<u32> {
    let unit = matches!(words.at(index + 1), "hundred" | "thousand" | "grand" | "gran");
    // "Five hundred to thousand" is a range.
    let apart = index
        .checked_sub(1)
        .is_none_or(|at| !matches!(named(words.at(at)), Some(Atom::Unit(_) | Atom::Scale(_))));
    let known = || MISHEARD.iter().find(|(known, _)| *known == words.at(index));
    (unit && apart).then(known).flatten().map(|(_, value)| *value)
}

/// "Once" is eleven in Spanish only: among Spanish words.
fn is_spanish_eleven(words: &Words, index: usize) -> bool {
    let before = index.checked_sub(1).map_or("", |at| words.at(at));
    matches!(before, "las" | "unos" | "los" | "son" | "hay" | "entre" | "o" | "y" | "tengo" | "de")
        || matches!(
            words.at(index + 1),
            "mil" | "dolares" | "pesos" | "grados" | "anos" | "dias" | "o" | "y" | "de" | "bajo"
        )
}

fn atom(words: &Words, index: usize) -> Option<Atom> {
    let word = words.at(index);
    match words.kind(index) {
        Kind::Digits => word.parse().ok().filter(is_sayable).map(Atom::Written),
        // "Un par de miles"; elsewhere miles are a distance.
        Kind::Word if word == "miles" && index > 0 && words.at(index - 1) == "de" => {
            Some(Atom::Scale(1000))
        }
        Kind::Word if word == "once" && !is_spanish_eleven(words, index) => None,
        Kind::Word => named(word).or_else(|| misheard(words, index).map(Atom::Unit)),
        _ => None,
    }
}

/// Whether a number is small enough that sums of a few stay exact: beyond it people don't count,
/// they read out serial numbers.
fn is_sayable(value: &Decimal) -> bool {
    *value < Decimal::from(1_000_000_000_000_000_i64)
}

/// The scale word at `index`, when one stands there alone.
pub(super) fn scale_at(words: &Words, index: usize) -> Option<u32> {
    match atom(words, index) {
        Some(Atom::Scale(scale)) => Some(scale),
        _ => None,
    }
}

/// Every number in `words`, in order.
pub(super) fn find(words: &Words) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        match read(words, at) {
            Some(number) => {
                at = number.to;
                found.push(number);
            }
            None => at += 1,
        }
    }
    found
}

/// Reads one number that begins at `from`.
fn read(words: &Words, from: usize) -> Option<Number> {
    let mut reading = Reading { words, at: from, total: Decimal::ZERO, group: None, scale: 1 };
    let begin = match atom(words, from) {
        // "a thousand", "a couple thousand"; "another thousand" begins after its "another".
        None if matches!(words.at(from), "a" | "an" | "another") => {
            reading.at += 1;
            match atom(words, from + 1) {
                Some(Atom::Scale(_)) if words.at(from + 1) != "k" => {
                    reading.group = Some(Decimal::ONE);
                }
                Some(Atom::Unit(2)) if words.at(from + 1) == "couple" => {}
                _ => return None,
            }
            if words.at(from) == "another" { from + 1 } else { from }
        }
        // "half a grand", "a quarter of a million".
        None if matches!(words.at(from), "half" | "quarter") => {
            let part = if words.at(from) == "half" { 50 } else { 25 };
            let unit = (from + 1..from + 4).find(|at| !matches!(words.at(*at), "of" | "a"))?;
            atom(words, unit).filter(|next| matches!(next, Atom::Scale(_)))?;
            reading.at = unit;
            reading.group = Some(Decimal::new(part, 2));
            from
        }
        Some(Atom::Scale(_)) if words.at(from) == "mil" => {
            reading.group = Some(Decimal::ONE);
            from
        }
        // "Hundred fifty for a tune-up".
        Some(Atom::Scale(100))
            if matches!(atom(words, from + 1), Some(Atom::Tens(_) | Atom::Unit(10..=19))) =>
        {
            reading.group = Some(Decimal::ONE);
            from
        }
        None | Some(Atom::Scale(_)) => return None,
        // "Oh, twelve".
        Some(_) if words.at(from) == "oh" && atom(words, from + 1).is_none() => return None,
        Some(_) => from,
    };
    let shorthand = reading.run();
    let value = reading.total + reading.group.unwrap_or_default();
    let digits = words.kind(begin) == Kind::Digits;
    Some(Number { from: begin, to: reading.at, value, scale: reading.scale, shorthand, digits })
}

struct Reading<'a> {
    words: &'a Words,
    at: usize,
    total: Decimal,
    group: Option<Decimal>,
    scale: u32,
}

impl Reading<'_> {
    /// Takes words as long as they belong to the number; true when it was said in shorthand.
    fn run(&mut self) -> bool {
        let mut last: Option<Atom> = None;
        loop {
            let index = self.at;
            if matches!(last, Some(Atom::Scale(_))) && self.is_pronoun(index) {
                return false;
            }
            let Some(next) = atom(self.words, index) else {
                if self.joint(last) {
                    continue;
                }
                return false;
            };
            if !self.take(next, last) {
                return self.shorthand(next, last);
            }
            self.at = index + 1;
            if matches!(
                (self.words.at(index), self.words.at(index + 1)),
                ("couple", "of") | ("par", "de")
            ) {
                self.at += 1;
            }
            last = Some(next);
        }
    }

    /// "The fifty nine hundred one you quoted".
    fn is_pronoun(&self, index: usize) -> bool {
        let next = index + 1;
        let money = matches!(self.words.at(next), "dollars" | "dollar" | "bucks");
        let word = self.words.kind(next) == Kind::Word && atom(self.words, next).is_none();
        self.words.at(index) == "one" && word && !money
    }

    fn take(&mut self, next: Atom, last: Option<Atom>) -> bool {
        let group = self.group;
        match (next, last) {
            (Atom::Written(value), None) => self.group = Some(value),
            (Atom::Unit(n) | Atom::Tens(n) | Atom::Hundreds(n), None | Some(Atom::Scale(_))) => {
                self.group = Some(group.unwrap_or_default() + Decimal::from(n));
            }
            (Atom::Unit(n @ 1..=9), Some(Atom::Tens(_)))
            | (Atom::Unit(n) | Atom::Tens(n), Some(Atom::Hundreds(_))) => {
                self.group = Some(group.unwrap_or_default() + Decimal::from(n));
            }
            (Atom::Scale(100), Some(Atom::Scale(_))) | (Atom::Scale(_), None)
                if group.is_none() =>
            {
                return false;
            }
            (Atom::Scale(100), _) => {
                let product = group.and_then(|g| g.checked_mul(Decimal::from(100)));
                let Some(product) = product.filter(is_sayable) else { return false };
                self.group = Some(product);
                self.scale = 100;
            }
            (Atom::Scale(scale), _) => {
                let factor = group.unwrap_or(Decimal::ONE);
                let Some(product) = factor.checked_mul(Decimal::from(scale)) else { return false };
                let total = self.total.checked_add(product).filter(is_sayable);
                let Some(total) = total else { return false };
                self.total = total;
                self.group = None;
                self.scale = scale;
            }
            _ => return false,
        }
        true
    }

    /// Words that join the parts of a number: "hundred and fifty", "and a half", "point five".
    fn joint(&mut self, last: Option<Atom>) -> bool {
        let (word, index) = (self.words.at(self.at), self.at);
        let after = atom(self.words, index + 1);
        match (word, last) {
            ("and", _) if self.words.at(index + 1) == "a" && self.words.at(index + 2) == "half" => {
                self.add_half();
                self.at = index + 3;
                true
            }
            ("y", _) if self.words.at(index + 1) == "medio" => {
                self.add_half();
                self.at = index + 2;
                true
            }
            // "nine teen thousand".
            ("teen", Some(Atom::Unit(4 | 6..=9))) => {
                self.group = Some(self.group.unwrap_or_default() + Decimal::TEN);
                self.at = index + 1;
                true
            }
            // "fifteen hundred and two thousand" is two numbers.
            ("and", Some(Atom::Scale(100))) if self.group >= Some(Decimal::ONE_THOUSAND) => false,
            ("and", Some(Atom::Scale(100))) | ("y", Some(Atom::Tens(_))) => match after {
                // "six hundred and seven thousand" is two numbers; "two hundred and fifty" is one.
                Some(Atom::Unit(n) | Atom::Tens(n)) => {
                    self.group = Some(self.group.unwrap_or_default() + Decimal::from(n));
                    self.at = index + 2;
                    if let (Atom::Tens(_), Some(Atom::Unit(u @ 1..=9))) =
                        (after.unwrap_or(Atom::Unit(0)), atom(self.words, index + 2))
                    {
                        self.group = Some(self.group.unwrap_or_default() + Decimal::from(u));
                        self.at = index + 3;
                    }
                    true
                }
                _ => false,
            },
            ("point", Some(Atom::Unit(_) | Atom::Tens(_))) => match after {
                Some(Atom::Unit(n @ 0..=9)) => {
                    self.group = Some(self.group.unwrap_or_default() + Decimal::new(n.into(), 1));
                    self.at = index + 2;
                    true
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn add_half(&mut self) {
        let half = Decimal::new(5, 1);
        match self.group {
            Some(group) => self.group = Some(group + half),
            None => self.total += half * Decimal::from(self.scale),
        }
    }

    /// "thirteen five" (13500), "twelve fifty" (1250): two small numbers without a scale.
    fn shorthand(&mut self, next: Atom, last: Option<Atom>) -> bool {
        let small = matches!(last, Some(Atom::Unit(_) | Atom::Tens(_)));
        // "Twelve thousand seven fifty".
        let rest = self.scale == 1000 && matches!(last, Some(Atom::Unit(1..=9)));
        let tens = matches!(next, Atom::Tens(_)) && rest;
        let (Some(group), true) = (self.group, small && (self.scale == 1 || tens)) else {
            return false;
        };
        let fits = group >= Decimal::ONE && group < Decimal::from(100);
        let alone = |to: usize| atom(self.words, to).is_none();
        match next {
            Atom::Unit(n @ 1..=9) if fits && alone(self.at + 1) => {
                self.group = Some(group * Decimal::from(1000) + Decimal::from(n * 100));
                self.at += 1;
                true
            }
            Atom::Tens(n) | Atom::Unit(n @ 10..=19) if fits => {
                let unit = match atom(self.words, self.at + 1) {
                    Some(Atom::Unit(unit @ 1..=9)) if n >= 20 => Some(unit),
                    Some(_) => return false,
                    None => None,
                };
                if !alone(self.at + 1 + usize::from(unit.is_some())) {
                    return false;
                }
                let rest = n + unit.unwrap_or(0);
                self.group = Some(group * Decimal::from(100) + Decimal::from(rest));
                self.at += 1 + usize::from(unit.is_some());
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        find(&Words::of(text)).iter().map(|n| n.value.normalize().to_string()).collect()
    }

    #[test]
    fn reads_what_people_say() {
        for (text, expected) in [
            ("twenty-five hundred", "2500"),
            ("seventy two hundred", "7200"),
            ("two hundred and fifty thousand", "250000"),
            ("one point five million", "1500000"),
            ("a couple thousand", "2000"),
            ("a couple of grand", "2000"),
            ("nine and a half thousand", "9500"),
            ("thirteen five", "13500"),
            ("twelve fifty", "1250"),
            ("two fifty", "250"),
            ("eleven thousand six hundred", "11600"),
            ("four hundred and twelve", "412"),
            ("50k", "50000"),
            ("1,234.50", "1234.5"),
            ("doce mil quinientos", "12500"),
            ("mil doscientos", "1200"),
            ("treinta y cinco", "35"),
            ("a thousand", "1000"),
            ("hundred fifty", "150"),
            ("un par de miles", "2000"),
            ("un par de mil", "2000"),
            ("half a grand", "500"),
            ("a quarter of a million", "250000"),
            ("twelve thousand seven fifty", "12750"),
            ("tree grand", "3000"),
            ("thirty ate hundred", "3800"),
            ("nine teen thousand", "19000"),
            ("two thousand one hundred", "2100"),
            ("oh, twelve", "12"),
            ("a las once", "11"),
            ("forty-five", "45"),
        ] {
            assert_eq!(values(text), [expected], "{text}");
        }
        assert_eq!(values("six and seven thousand"), ["6", "7000"]);
        assert_eq!(values("eight or nine"), ["8", "9"]);
        assert_eq!(values("the fifty nine hundred one you quoted"), ["5900", "1"]);
        for text in ["a house", "once a year", "for the tree I ate", "a k"] {
            assert_eq!(values(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn absurd_numbers_do_no_harm() {
        let text = "million ".repeat(40);
        find(&Words::of(&format!("nine {text} 99999999999999999999999999999999999 thousand")));
        for scale in ["hundred", "thousand", "million"] {
            for digits in [3, 9, 15, 20, 28] {
                let number = "7".repeat(digits);
                let more = format!("{number} {scale} ").repeat(12);
                find(&Words::of(&format!("{more} {number} and a half ninety nine point five")));
            }
        }
        assert_eq!(values("55500000012937598562821093604 hundred and five"), ["5"]);
    }
}
