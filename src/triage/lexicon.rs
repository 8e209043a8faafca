//! Finds concepts in words: thousands of phrases in one pass.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::words::Words;

/// A concept's number: a group of words that mean the same to the rules.
pub(super) type Concept = usize;

/// A concept found in a line, as tokens `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) concept: Concept,
}

/// What a phrase means.
#[derive(Clone, Debug, Default)]
struct Meaning {
    /// Ends anywhere inside a word (`leak*`).
    open: bool,
    /// Phrases inside this one mean nothing of their own ("water" in "water heater").
    solid: bool,
    concepts: Vec<Concept>,
}

/// Phrases and the concepts they stand for.
#[derive(Debug)]
pub(super) struct Lexicon {
    automaton: AhoCorasick,
    meanings: Vec<Meaning>,
}

/// Collects phrases before they are compiled.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    known: BTreeMap<(String, bool), Meaning>,
    /// What recognisers make of a word.
    heard: BTreeMap<String, Vec<String>>,
}

impl Phrases {
    /// No phrases yet; each will be known too with any of its words as recognisers mishear them.
    pub(super) fn new(heard: &BTreeMap<String, Vec<String>>) -> Self {
        let flat = |text: &str| Words::of(text).flat().to_owned();
        let heard = heard
            .iter()
            .map(|(word, variants)| (flat(word), variants.iter().map(|v| flat(v)).collect()));
        Self { known: BTreeMap::new(), heard: heard.collect() }
    }

    /// Adds what one entry of a word list stands for (see [`expand`]).
    pub(super) fn add(&mut self, entry: &str, concept: Concept, solid: bool) -> Result<(), String> {
        for phrase in expand(entry)? {
            let (stem, open) = match phrase.strip_suffix('*') {
                Some(stem) => (stem, true),
                None => (phrase.as_str(), false),
            };
            if stem.contains('*') {
                return Err(format!("{entry:?}: `*` can only end the last word"));
            }
            let flat = flatten(stem);
            if flat.is_empty() {
                return Err(format!("{entry:?} has no words"));
            }
            for misheard in self.misheard(&flat) {
                self.know(misheard, open, concept, solid);
            }
            self.know(flat, open, concept, solid);
        }
        Ok(())
    }

    fn know(&mut self, phrase: String, open: bool, concept: Concept, solid: bool) {
        let meaning = self.known.entry((phrase, open)).or_default();
        meaning.open = open;
        meaning.solid |= solid;
        if !meaning.concepts.contains(&concept) {
            meaning.concepts.push(concept);
        }
    }

    /// `phrase` with one of its words misheard, in every known way.
    fn misheard(&self, phrase: &str) -> Vec<String> {
        let words: Vec<&str> = phrase.split(' ').collect();
        let mut all = Vec::new();
        for (at, word) in words.iter().enumerate() {
            for variant in self.heard.get(*word).into_iter().flatten() {
                let mut other = words.clone();
                other[at] = variant;
                all.push(other.join(" "));
            }
        }
        all
    }

    /// Compiles; `wider` names every concept that holds whatever a concept holds.
    pub(super) fn compile(self, wider: &[Vec<Concept>]) -> Result<Lexicon, String> {
        let automaton = AhoCorasick::new(self.known.keys().map(|(phrase, _)| phrase))
            .map_err(|error| error.to_string())?;
        let meanings = self.known.into_values().map(|mut meaning| {
            let more: Vec<Concept> =
                meaning.concepts.iter().flat_map(|c| wider[*c].iter().copied()).collect();
            meaning.concepts.extend(more);
            meaning.concepts.sort_unstable();
            meaning.concepts.dedup();
            meaning
        });
        Ok(Lexicon { automaton, meanings: meanings.collect() })
    }
}

/// A phrase as lines are evened out; most are written that way already.
fn flatten(phrase: &str) -> String {
    let phrase = phrase.trim_start();
    if phrase.bytes().all(|b| b.is_ascii_lowercase() || b == b' ') {
        return phrase.to_owned();
    }
    Words::of(phrase).flat().to_owned()
}

impl Lexicon {
    /// Every concept in `words`, in order.
    pub(super) fn find(&self, words: &Words) -> Vec<Hit> {
        let mut found: Vec<(usize, usize, usize)> = Vec::new();
        for hit in self.automaton.find_overlapping_iter(words.flat()) {
            let Some(from) = words.starting(hit.start()) else { continue };
            let (last, exact) = words.ending(hit.end());
            let meaning = hit.pattern().as_usize();
            if exact || self.meanings[meaning].open {
                found.push((from, last + 1, meaning));
            }
        }
        let solid: Vec<(usize, usize)> = found
            .iter()
            .filter(|(_, _, meaning)| self.meanings[*meaning].solid)
            .map(|(from, to, _)| (*from, *to))
            .collect();
        let swallowed = |from: usize, to: usize| {
            solid.iter().any(|(f, t)| *f <= from && to <= *t && t - f > to - from)
        };
        let mut hits: Vec<Hit> = found
            .into_iter()
            .filter(|(from, to, _)| !swallowed(*from, *to))
            .flat_map(|(from, to, meaning)| {
                self.meanings[meaning].concepts.iter().map(move |c| Hit { from, to, concept: *c })
            })
            .collect();
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

/// The most phrases one entry may stand for.
const MOST: usize = 4_000;

/// Writes out an entry: `a|b` is either word, `_` joins words inside an alternative, a word or a
/// group that ends in `?` may be missing. `won't|doesn't turn_on|start` stands for four phrases.
fn expand(entry: &str) -> Result<Vec<String>, String> {
    let mut phrases = vec![String::new()];
    for group in entry.split_whitespace() {
        let (group, optional) = match group.strip_suffix('?') {
            Some(group) if !group.is_empty() => (group, true),
            _ => (group, false),
        };
        let mut longer = if optional { phrases.clone() } else { Vec::new() };
        for word in group.split('|') {
            if word.is_empty() {
                return Err(format!("{entry:?} has an empty alternative"));
            }
            let word = word.replace('_', " ");
            longer.extend(phrases.iter().map(|phrase| format!("{phrase} {word}")));
        }
        phrases = longer;
        if phrases.len() > MOST {
            return Err(format!("{entry:?} stands for more than {MOST} phrases"));
        }
    }
    phrases.retain(|phrase| !phrase.trim().is_empty());
    Ok(phrases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_stands_for_all_its_phrases() {
        assert_eq!(expand("won't|doesn't turn_on|start up?").unwrap().len(), 8);
        assert!(expand("a||b").is_err());
    }

    #[test]
    fn longer_things_swallow_shorter_ones() {
        let mut phrases = Phrases::default();
        phrases.add("water", 0, false).unwrap();
        phrases.add("water heater*", 1, true).unwrap();
        let lexicon = phrases.compile(&[vec![], vec![2], vec![]]).unwrap();
        let found = |text: &str| -> Vec<(usize, usize, usize)> {
            lexicon.find(&Words::of(text)).iter().map(|h| (h.from, h.to, h.concept)).collect()
        };
        assert_eq!(found("Water heaters, water"), [(0, 2, 1), (0, 2, 2), (3, 4, 0)]);
        assert_eq!(found("underwater"), []);
    }
}
