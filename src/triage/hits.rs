//! The concepts found in a line, by place and by concept, so that whatever is asked of them costs the
//! same however long the line is.

use super::{
    lexicon::{Concept, Hit},
    words::Words,
};

/// A sentence that does not end, as speech recognition writes them, ends after so many words: what
/// is sought anywhere in one must not cost more than the line is long.
pub(super) const LONGEST_SENTENCE: usize = 200;

/// How many concepts share a number of bits.
const WIDTH: usize = u64::BITS as usize;

/// The concepts found in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Hits {
    /// By first token.
    in_order: Vec<Hit>,
    /// For each token the first of its hits; one more at the end.
    starts: Vec<usize>,
    by_concept: ByConcept,
    /// For each token its sentence.
    sentences: Vec<(usize, usize)>,
}

/// The same hits by concept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ByConcept {
    /// A bit for each concept that is there: most of what is sought is not.
    there: Vec<u64>,
    /// How many concepts are there before those of each number of bits.
    before: Vec<usize>,
    /// For each concept that is there the first of its hits; one more at the end.
    starts: Vec<usize>,
    /// By concept, then by first token.
    hits: Vec<Hit>,
}

impl Hits {
    /// Orders `hits` of `words`; most of them are in order already.
    pub(super) fn of(words: &Words, mut hits: Vec<Hit>) -> Self {
        hits.sort();
        hits.dedup();
        let mut starts = Vec::with_capacity(words.len() + 1);
        for (place, hit) in hits.iter().enumerate() {
            starts.resize((hit.from + 1).max(starts.len()), place);
        }
        starts.resize(words.len() + 1, hits.len());
        let by_concept = ByConcept::of(&hits);
        Self { in_order: hits, starts, by_concept, sentences: sentences(words) }
    }

    /// All, by first token.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Hit> {
        self.in_order.iter()
    }

    /// Those that begin at `token`.
    pub(super) fn at(&self, token: usize) -> &[Hit] {
        match (self.starts.get(token), self.starts.get(token + 1)) {
            (Some(from), Some(to)) => &self.in_order[*from..*to],
            _ => &[],
        }
    }

    /// Where `concept` was found at or after `token`, in order.
    pub(super) fn of_concept(&self, concept: Concept, token: usize) -> impl Iterator<Item = &Hit> {
        let hits = self.by_concept.get(concept);
        hits[hits.partition_point(|hit| hit.from < token)..].iter()
    }

    /// Whether `concept` was found to begin within tokens `from..to`.
    pub(super) fn has_within(&self, concept: Concept, (from, to): (usize, usize)) -> bool {
        self.of_concept(concept, from).next().is_some_and(|hit| hit.from < to)
    }

    /// Whether `concept` was found at all.
    pub(super) fn has(&self, concept: Concept) -> bool {
        self.by_concept.rank(concept).is_some()
    }

    /// The tokens of the sentence that holds `token`; none beyond the end.
    pub(super) fn sentence(&self, token: usize) -> Option<(usize, usize)> {
        self.sentences.get(token).copied()
    }
}

impl ByConcept {
    /// Of hits by first token.
    fn of(hits: &[Hit]) -> Self {
        let most = hits.iter().map(|hit| hit.concept / WIDTH + 1).max().unwrap_or(0);
        let mut there = vec![0_u64; most];
        for hit in hits {
            there[hit.concept / WIDTH] |= 1 << (hit.concept % WIDTH);
        }
        let mut concepts = 0;
        let count = |bits: &u64| {
            let before = concepts;
            concepts += bits.count_ones() as usize;
            before
        };
        let before = there.iter().map(count).collect();
        let mut index = Self { there, before, starts: vec![0; concepts + 1], hits: Vec::new() };
        let ranks: Vec<usize> =
            hits.iter().map(|hit| index.rank(hit.concept).unwrap_or(concepts)).collect();
        for rank in &ranks {
            index.starts[rank + 1] += 1;
        }
        for concept in 0..concepts {
            index.starts[concept + 1] += index.starts[concept];
        }
        let mut next = index.starts.clone();
        index.hits = hits.to_vec();
        for (hit, rank) in hits.iter().zip(ranks) {
            index.hits[next[rank]] = *hit;
            next[rank] += 1;
        }
        index
    }

    /// The place of a concept among those that are there.
    fn rank(&self, concept: Concept) -> Option<usize> {
        let bits = self.there.get(concept / WIDTH)?;
        let bit = 1 << (concept % WIDTH);
        let below = (bits & (bit - 1)).count_ones() as usize;
        (bits & bit != 0).then(|| self.before[concept / WIDTH] + below)
    }

    fn get(&self, concept: Concept) -> &[Hit] {
        self.rank(concept).map_or(&[], |rank| &self.hits[self.starts[rank]..self.starts[rank + 1]])
    }
}

fn sentences(words: &Words) -> Vec<(usize, usize)> {
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
    sentences
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_that_does_not_end_ends_all_the_same() {
        let words = Words::of(&"call me back ".repeat(200));
        let hits = Hits::of(&words, Vec::new());
        assert_eq!(hits.sentence(0), Some((0, LONGEST_SENTENCE)));
        assert_eq!(hits.sentence(LONGEST_SENTENCE), Some((LONGEST_SENTENCE, 2 * LONGEST_SENTENCE)));
        assert_eq!(hits.sentence(599), Some((400, 600)));
        assert_eq!(hits.sentence(600), None);
    }

    #[test]
    fn hits_are_found_by_place_and_by_concept() {
        let words = Words::of("one two three");
        let hit = |from, to, concept| Hit { from, to, concept };
        let hits = Hits::of(
            &words,
            vec![hit(2, 3, 7), hit(0, 2, 200), hit(0, 1, 7), hit(0, 1, 64), hit(0, 1, 7)],
        );
        let all: Vec<Hit> = hits.iter().copied().collect();
        assert_eq!(all, [hit(0, 1, 7), hit(0, 1, 64), hit(0, 2, 200), hit(2, 3, 7)]);
        assert_eq!((hits.at(0).len(), hits.at(1).len(), hits.at(2).len()), (3, 0, 1));
        let of = |concept, token| -> Vec<usize> {
            hits.of_concept(concept, token).map(|hit| hit.from).collect()
        };
        assert_eq!((of(7, 0), of(7, 1), of(64, 0)), (vec![0, 2], vec![2], vec![0]));
        assert_eq!((of(8, 0), of(usize::MAX, 0)), (vec![], vec![]));
        assert!(hits.has(200) && !hits.has(201) && !hits.has(0));
        assert!(hits.has_within(7, (1, 3)) && !hits.has_within(7, (1, 2)));
    }
}
