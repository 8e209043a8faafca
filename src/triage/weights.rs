//! What words weigh: a second ear beside the patterns.
//!
//! A pattern hears what it was written for. Callers find other words, and then every word of a line
//! still leans one way or the other. Weights are learnt from labelled calls ([`super::learn`]) for a
//! few questions ("is it a danger?", "is it Plumbing?"); a line's sum answers one. A rule asks by
//! `weighed`, and so says the same things a pattern says, with the word that tells most as evidence.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use super::words::{Kind, Words};

/// What words weigh, as `cargo run --example weigh` learns it.
const WEIGHTS: &str = include_str!("rules/weights.tsv");

/// The weight of everything a line does not say.
pub(super) const BIAS: &str = "*";

/// How much each scrap of speech speaks for each question, in hundredths.
#[derive(Clone, Debug, Default)]
pub(super) struct Weights {
    questions: Vec<String>,
    bias: Vec<i32>,
    /// The scraps, and their place in `rows`.
    scraps: FxHashMap<String, usize>,
    /// Per scrap one weight per question.
    rows: Vec<Vec<i32>>,
}

impl Weights {
    /// Those that ship with the program, read once.
    pub(super) fn shipped() -> &'static Self {
        static TABLE: OnceLock<Weights> = OnceLock::new();
        TABLE.get_or_init(|| {
            Self::parse(WEIGHTS).unwrap_or_else(|error| unreachable!("weights.tsv: {error}"))
        })
    }

    /// Reads a table: a line of names, then a line per scrap, all parted by tabs.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        let head = lines.next().unwrap_or_default();
        let questions: Vec<String> = head.split('\t').skip(1).map(str::to_owned).collect();
        let mut weights = Self { bias: vec![0; questions.len()], questions, ..Self::default() };
        for (line, text) in lines.enumerate().map(|(line, text)| (line + 2, text)) {
            let mut cells = text.split('\t');
            let scrap = cells.next().unwrap_or_default();
            let row: Vec<i32> = cells
                .map(|cell| if cell.is_empty() { Ok(0) } else { cell.parse() })
                .collect::<Result<_, _>>()
                .map_err(|_| format!("line {line} has a weight that is no number"))?;
            if row.len() != weights.questions.len() {
                return Err(format!("line {line} has {} weights", row.len()));
            }
            if scrap == BIAS {
                weights.bias = row;
            } else {
                weights.scraps.insert(scrap.to_owned(), weights.rows.len());
                weights.rows.push(row);
            }
        }
        Ok(weights)
    }

    /// The place of a question.
    pub(super) fn question(&self, name: &str) -> Option<usize> {
        self.questions.iter().position(|question| question == name)
    }

    /// Weighs a line but for the tokens of `quiet`. Every scrap counts once.
    pub(super) fn weigh(&self, words: &Words, quiet: &[(usize, usize)]) -> Weighed<'_> {
        let mut parts: Vec<(usize, (usize, usize))> = Vec::new();
        let is_quiet = |(from, to): (usize, usize)| {
            quiet.iter().any(|(begin, end)| from < *end && *begin < to)
        };
        scraps(words, |scrap, span| {
            if is_quiet(span) {
                return;
            }
            parts.extend(self.scraps.get(scrap).map(|row| (*row, span)));
        });
        parts.sort_unstable();
        parts.dedup_by_key(|(row, _)| *row);
        Weighed { weights: self, parts }
    }
}

/// A line whose scraps were looked up.
#[derive(Debug)]
pub(super) struct Weighed<'a> {
    weights: &'a Weights,
    /// The scraps of the line that weigh anything, and their tokens.
    parts: Vec<(usize, (usize, usize))>,
}

impl Weighed<'_> {
    /// How much the line speaks for `question`.
    pub(super) fn sum(&self, question: usize) -> i32 {
        let parts = self.parts.iter().map(|(row, _)| self.weights.rows[*row][question]);
        self.weights.bias[question] + parts.sum::<i32>()
    }

    /// How much the line, without the bias, speaks for the question called `name`.
    pub(super) fn for_question(&self, name: &str) -> i32 {
        let question = self.weights.question(name);
        question.map_or(0, |question| self.sum(question))
    }

    /// The tokens that speak most for `question`.
    pub(super) fn telling(&self, question: usize) -> Option<(usize, usize)> {
        let weight = |(row, _): &&(usize, (usize, usize))| self.weights.rows[*row][question];
        self.parts.iter().max_by_key(weight).map(|(_, span)| *span)
    }
}

/// The beginning that words of one family share ("flooding", "flooded"), in bytes.
const STEM: usize = 5;

/// Every scrap of a line with its tokens: a word, the beginning of a long one, two words in a row.
/// All figures are one.
pub(super) fn scraps(words: &Words, mut take: impl FnMut(&str, (usize, usize))) {
    let word = |at: usize| match words.kind(at) {
        Kind::Word => Some(words.at(at)),
        Kind::Digits => Some("#"),
        _ => None,
    };
    let mut scrap = String::new();
    for at in 0..words.len() {
        let Some(this) = word(at) else { continue };
        take(this, (at, at + 1));
        if let Some(stem) = this.get(..STEM).filter(|stem| stem.len() < this.len()) {
            scrap.clear();
            scrap.extend([stem, "*"]);
            take(&scrap, (at, at + 1));
        }
        if let Some(next) = word(at + 1) {
            scrap.clear();
            scrap.extend([this, " ", next]);
            take(&scrap, (at, at + 2));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_weighs_what_its_scraps_weigh_each_once() {
        let table = "word\tdanger\n*\t-50\nsmoke\t40\nno smoke\t-90\nflood*\t70\n";
        let weights = Weights::parse(table).unwrap();
        let sum = |text: &str| weights.weigh(&Words::of(text), &[]).sum(0);
        assert_eq!(sum("Smoke, smoke"), -10);
        assert_eq!(sum("no smoke"), -100);
        assert_eq!(sum("It's flooding"), 20);
        let told = |quiet: &[(usize, usize)]| {
            weights.weigh(&Words::of("the flooding smoke"), quiet).telling(0)
        };
        assert_eq!(told(&[]), Some((1, 2)));
        assert_eq!(told(&[(1, 2)]), Some((2, 3)));
    }

    #[test]
    fn a_table_that_is_none_is_refused() {
        for table in ["word\tdanger\nsmoke", "word\tdanger\nsmoke\tmuch", "word\ta\tb\nsmoke\t1"] {
            assert!(Weights::parse(table).is_err(), "{table}");
        }
    }
}
