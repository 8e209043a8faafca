//! One line with what was found in it, ready to be searched: every question about a token costs the
//! same however long the line is.

use super::{
    hits::Hits,
    lexicon::{Concept, LONGEST},
    pattern::{Element, Found, Pattern, Sequence},
    words::{Kind, Words},
};

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

    /// Whether all that the pattern asks for is somewhere in the line.
    pub(super) fn has_all(&self, pattern: &Pattern) -> bool {
        let needed = pattern.iter().flat_map(|sequence| &sequence.elements);
        let mut needed = needed.filter(|element| !element.optional);
        needed.all(|element| element.concepts.iter().any(|concept| self.hits.has(*concept)))
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
        self.hits.sentence(token).unwrap_or((end, end))
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
