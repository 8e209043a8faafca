//! One line with what was found in it, ready to be searched: every question about a token costs the
//! same however long the line is.

use super::{
    lexicon::{Concept, Hit, LONGEST},
    pattern::{Element, Found, Sequence},
    words::{Kind, Words},
};

/// A sentence that does not end, as speech recognition writes them, ends after so many words: what
/// is sought anywhere in one must not cost more than the line is long.
const LONGEST_SENTENCE: usize = 200;

/// The concepts found in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// By first token.
    in_order: Vec<Hit>,
    /// For each token the first of its hits; one more at the end.
    starts: Vec<usize>,
    /// By concept, then by first token.
    by_concept: Vec<Hit>,
    /// For each token its sentence.
    sentences: Vec<(usize, usize)>,
}

impl Hits {
    /// Orders `hits` of `words`.
    pub(super) fn of(words: &Words, mut hits: Vec<Hit>) -> Self {
        hits.sort_unstable();
        hits.dedup();
        let mut starts = Vec::with_capacity(words.len() + 1);
        let mut next = 0;
        for token in 0..=words.len() {
            while hits.get(next).is_some_and(|hit| hit.from < token) {
                next += 1;
            }
            starts.push(next);
        }
        let mut by_concept = hits.clone();
        by_concept.sort_unstable_by_key(|hit| (hit.concept, hit.from, hit.to));
        let mut sentences = Vec::with_capacity(words.len());
        let mut from = 0;
        for token in 0..words.len() {
            let ends = words.is_end(token) || token + 1 - from == LONGEST_SENTENCE;
            if ends || token + 1 == words.len() {
                let to = if words.is_end(token) { token } else { token + 1 };
                // The mark that ends a sentence belongs to it.
                sentences.resize(token + 1, (from, to));
                from = token + 1;
            }
        }
        Self { in_order: hits, starts, by_concept, sentences }
    }

    /// All, by first token.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Hit> {
        self.in_order.iter()
    }

    fn at(&self, token: usize) -> &[Hit] {
        match (self.starts.get(token), self.starts.get(token + 1)) {
            (Some(from), Some(to)) => &self.in_order[*from..*to],
            _ => &[],
        }
    }

    /// Where `concept` was found at or after `token`, in order.
    pub(super) fn of_concept(&self, concept: Concept, token: usize) -> impl Iterator<Item = &Hit> {
        let begin = self.by_concept.partition_point(|h| (h.concept, h.from) < (concept, token));
        self.by_concept[begin..].iter().take_while(move |hit| hit.concept == concept)
    }

    /// Whether `concept` was found to begin within tokens `from..to`.
    pub(super) fn has_within(&self, concept: Concept, (from, to): (usize, usize)) -> bool {
        self.of_concept(concept, from).next().is_some_and(|hit| hit.from < to)
    }

    /// Whether `concept` was found at all.
    pub(super) fn has(&self, concept: Concept) -> bool {
        self.of_concept(concept, 0).next().is_some()
    }
}

/// One line, ready to be searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scene<'a> {
    pub(super) words: &'a Words,
    pub(super) hits: &'a Hits,
}

impl Scene<'_> {
    /// Whether `concept` covers `token`.
    pub(super) fn covers(&self, concept: Concept, token: usize) -> bool {
        self.hits
            .of_concept(concept, token.saturating_sub(LONGEST))
            .take_while(|hit| hit.from <= token)
            .any(|hit| hit.to > token)
    }

    /// The sequence as it begins at `token`, the nearest way.
    pub(super) fn follow(&self, sequence: &Sequence, token: usize) -> Option<Found> {
        if sequence.first && !self.is_beginning(token) {
            return None;
        }
        let mut found = Vec::with_capacity(sequence.elements.len());
        self.rest(&sequence.elements, token, true, &mut found).then_some(found)
    }

    /// The sequence wherever it first stands within tokens `from..to`.
    pub(super) fn anywhere(
        &self,
        sequence: &Sequence,
        (from, to): (usize, usize),
    ) -> Option<Found> {
        let head = sequence.elements.first()?;
        let places = head.concepts.iter().flat_map(|concept| {
            let hits = self.hits.of_concept(*concept, from);
            hits.map(|hit| hit.from).take_while(|token| *token < to)
        });
        let mut places: Vec<usize> = places.collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().find_map(|token| self.follow(sequence, token))
    }

    fn is_beginning(&self, token: usize) -> bool {
        token == 0 || self.words.is_end(token - 1)
    }

    fn rest(&self, elements: &[Element], at: usize, exact: bool, found: &mut Found) -> bool {
        let Some((element, others)) = elements.split_first() else { return true };
        let reach = if exact { 0 } else { element.gap };
        for token in at..=at + reach {
            let here = self.hits.at(token).iter();
            for hit in here.filter(|hit| element.concepts.contains(&hit.concept)) {
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
        let end = self.words.len();
        self.hits.sentences.get(token).copied().unwrap_or((end, end))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_does_not_end_ends_all_the_same() {
        let words = Words::of(&"call me back ".repeat(200));
        let hits = Hits::of(&words, Vec::new());
        let scene = Scene { words: &words, hits: &hits };
        assert_eq!(scene.sentence(0), (0, LONGEST_SENTENCE));
        assert_eq!(scene.sentence(LONGEST_SENTENCE), (LONGEST_SENTENCE, 2 * LONGEST_SENTENCE));
        assert_eq!(scene.sentence(599), (400, 600));
    }
}
