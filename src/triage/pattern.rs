//! Patterns over concepts: what a rule looks for in a sentence.
//!
//! A pattern is one or more sequences joined by `&`; all must stand in one sentence, in any
//! order. A sequence is elements that follow each other: `<concept>` or `<one|other>`, words
//! (`give|send me`), `..` for up to five words between, `..9` for up to nine; an element with `?`
//! may be missing, `^` in front holds a sequence to the beginning of its sentence.

use super::{
    lexicon::{Concept, Hit},
    words::{Kind, Words},
};

/// How far `..` reaches, in tokens.
const GAP: usize = 5;

/// One element: any of these concepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// Sorted.
    pub(super) concepts: Vec<Concept>,
    /// How many tokens may stand before it since the element before.
    pub(super) gap: usize,
    /// May be missing.
    pub(super) optional: bool,
}

/// Elements that follow each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sequence {
    /// Only at the beginning of a sentence.
    pub(super) first: bool,
    pub(super) elements: Vec<Element>,
}

/// Sequences that must stand in one sentence.
pub(super) type Pattern = Vec<Sequence>;

/// Where a sequence was found: one span of tokens per element.
pub(super) type Found = Vec<(usize, usize)>;

/// Reads a pattern; `concept` gives the number of a named concept or of literal words.
pub(super) fn parse(
    text: &str,
    concept: &mut dyn FnMut(Atom<'_>) -> Result<Concept, String>,
) -> Result<Pattern, String> {
    text.split('&').map(|part| sequence(part, concept)).collect()
}

/// What an element names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Atom<'a> {
    /// `<name>`.
    Concept(&'a str),
    /// Words as they stand.
    Words(&'a str),
}

fn sequence(
    text: &str,
    concept: &mut dyn FnMut(Atom<'_>) -> Result<Concept, String>,
) -> Result<Sequence, String> {
    let text = text.trim();
    let (first, text) = match text.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut sequence = Sequence { first, elements: Vec::new() };
    let mut gap = 0;
    for part in text.split_whitespace() {
        if let Some(reach) = part.strip_prefix("..") {
            gap = match reach {
                "" => GAP,
                reach => reach.parse().map_err(|_| format!("`{part}` is not a gap"))?,
            };
            continue;
        }
        let (part, optional) = match part.strip_suffix('?') {
            Some(part) => (part, true),
            None => (part, false),
        };
        let mut concepts = match part.strip_prefix('<').and_then(|p| p.strip_suffix('>')) {
            Some(names) => {
                let known: Result<Vec<_>, _> =
                    names.split('|').map(|name| concept(Atom::Concept(name))).collect();
                known?
            }
            None if part.contains(['<', '>']) => return Err(format!("`{part}` is not closed")),
            None => vec![concept(Atom::Words(part))?],
        };
        concepts.sort_unstable();
        sequence.elements.push(Element { concepts, gap, optional });
        gap = 0;
    }
    match sequence.elements.first() {
        None => Err("a pattern needs at least one word or <concept>".to_owned()),
        Some(element) if element.optional => {
            Err("the first element of a pattern can't be optional".to_owned())
        }
        Some(_) => Ok(sequence),
    }
}

/// One line, ready to be searched.
#[derive(Debug)]
pub(super) struct Scene<'a> {
    pub(super) words: &'a Words,
    /// In order of their first token.
    pub(super) hits: &'a [Hit],
}

impl Scene<'_> {
    fn at(&self, token: usize) -> impl Iterator<Item = &Hit> {
        let begin = self.hits.partition_point(|hit| hit.from < token);
        self.hits[begin..].iter().take_while(move |hit| hit.from == token)
    }

    /// Whether `concept` covers `token`.
    pub(super) fn covers(&self, concept: Concept, token: usize) -> bool {
        let begin = token.saturating_sub(8);
        (begin..=token).any(|at| self.at(at).any(|h| h.concept == concept && h.to > token))
    }

    /// The sequence as it begins at `token`, the nearest way.
    pub(super) fn follow(&self, sequence: &Sequence, token: usize) -> Option<Found> {
        if sequence.first && !self.is_beginning(token) {
            return None;
        }
        let mut found = Vec::with_capacity(sequence.elements.len());
        self.rest(&sequence.elements, token, true, &mut found).then_some(found)
    }

    fn is_beginning(&self, token: usize) -> bool {
        token == 0 || self.words.is_end(token - 1)
    }

    fn rest(&self, elements: &[Element], at: usize, exact: bool, found: &mut Found) -> bool {
        let Some((element, others)) = elements.split_first() else { return true };
        let reach = if exact { 0 } else { element.gap };
        for token in at..=at + reach {
            let here = self.at(token).filter(|hit| element.concepts.contains(&hit.concept));
            for hit in here {
                found.push((hit.from, hit.to));
                if self.rest(others, hit.to, false, found) {
                    return true;
                }
                found.pop();
            }
            if self.words.is_end(token) {
                break;
            }
        }
        element.optional && self.rest(others, at, false, found)
    }

    /// The tokens of the sentence that holds `token`.
    pub(super) fn sentence(&self, token: usize) -> (usize, usize) {
        let mut from = token;
        while from > 0 && !self.words.is_end(from - 1) {
            from -= 1;
        }
        let mut to = token;
        while to < self.words.len() && !self.words.is_end(to) {
            to += 1;
        }
        (from, to)
    }

    /// Whether words before or between the elements say no: a negator at most five words ahead
    /// that no pause and no turn ("but", "and") cuts off.
    pub(super) fn denied(&self, found: &Found, not: Concept, turn: Concept) -> bool {
        let mut floor = found.first().map_or(0, |(from, _)| from.saturating_sub(5));
        for (from, to) in found {
            let mut token = *from;
            while token > floor {
                token -= 1;
                if self.words.kind(token) == Kind::Pause
                    || self.words.is_end(token)
                    || self.covers(turn, token)
                {
                    break;
                }
                if self.covers(not, token) {
                    return true;
                }
            }
            floor = *to;
        }
        false
    }
}
