//! Finds concepts in words: thousands of phrases in one pass.
//!
//! A line is read as a lattice: beside the word that stands there, each place knows the words that
//! speech recognition may have made it from ("sealing" for ceiling, "base mint" for basement,
//! "fur nace", "runnin"). Phrases are a tree of words, and every way through both is followed.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::words::{Kind, Words};

/// A concept's number: a group of words that mean the same to the rules.
pub(super) type Concept = usize;

/// A concept found in a line, as tokens `from..to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) concept: Concept,
}

/// The longest phrase that hides others inside it, in tokens.
pub(super) const LONGEST: usize = 12;

/// A word of the phrases, or the beginning of one (`leak*`): a number of its own.
type Symbol = u32;

/// What a phrase means.
#[derive(Debug)]
struct Meaning {
    /// Phrases inside this one mean nothing of their own ("water" in "water heater").
    solid: bool,
    /// Sorted.
    concepts: Vec<Concept>,
}

/// A place in the tree of phrases. There are tens of thousands, and a line asks for hundreds of them
/// here and there: the less room they take, the more of them are near.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    /// Its part of [`Lexicon::edges`].
    edges: (u32, u32),
    /// Its place in [`Lexicon::meanings`], from 1; 0 for none.
    meaning: u32,
}

/// Phrases and the concepts they stand for.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: FxHashMap<String, Symbol>,
    stems: FxHashMap<String, Symbol>,
    /// The lengths of stems that begin with these bytes, a bit each: most words begin as no stem
    /// does, and need not be looked up at every length.
    stem_lengths: FxHashMap<[u8; FIRST], u64>,
    /// The same of stems that are shorter.
    short_stem_lengths: u64,
    /// The first node is the root.
    nodes: Vec<Node>,
    /// Where each node leads, by symbol.
    edges: Vec<(Symbol, u32)>,
    /// For each symbol the node it leads to from the root; 0 for none.
    first: Vec<u32>,
    meanings: Vec<Meaning>,
    /// What recognisers write for a word, by its own first word: the rest of it, and the word.
    heard: FxHashMap<String, Vec<(Vec<String>, String)>>,
}

/// Collects phrases before they are compiled.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    words: FxHashMap<String, Symbol>,
    stems: FxHashMap<String, Symbol>,
    /// Where a symbol leads from a node.
    edges: FxHashMap<(usize, Symbol), usize>,
    /// What ends at a node: a concept, and whether the phrase is solid.
    ends: Vec<(usize, Concept, bool)>,
    heard: BTreeMap<String, Vec<String>>,
}

impl Phrases {
    /// No phrases yet; each will be known too with any of its words as recognisers mishear them.
    pub(super) fn new(heard: &BTreeMap<String, Vec<String>>) -> Self {
        let heard = heard
            .iter()
            .map(|(word, variants)| (flatten(word), variants.iter().map(|v| flatten(v)).collect()));
        Self { heard: heard.collect(), ..Self::default() }
    }

    /// Adds what one entry of a word list stands for: `a|b` is either word, `_` joins words inside
    /// an alternative, a word or a group that ends in `?` may be missing, a `*` at the end leaves
    /// the last word open. `won't|doesn't turn_on|start` stands for four phrases.
    pub(super) fn add(&mut self, entry: &str, concept: Concept, solid: bool) -> Result<(), String> {
        let wrong = |reason: &str| Err(format!("{entry:?} {reason}"));
        if entry.contains("..") {
            return wrong("has a gap, which only patterns have");
        }
        let mut places = vec![0];
        for group in entry.split_whitespace() {
            let (group, optional) = match group.strip_suffix('?') {
                Some(group) if !group.is_empty() => (group, true),
                _ => (group, false),
            };
            let mut next = if optional { places.clone() } else { Vec::new() };
            for word in group.split('|') {
                if word.is_empty() {
                    return wrong("has an empty alternative");
                }
                let (stem, open) = match word.strip_suffix('*') {
                    Some(stem) => (stem, true),
                    None => (word, false),
                };
                let flat = flatten(&stem.replace('_', " "));
                if flat.contains('*') || stem.contains('*') {
                    return wrong("has a `*` that does not end its last word");
                }
                if flat.is_empty() {
                    return wrong("has no words");
                }
                if open && flat.split(' ').any(|word| word.len() > LONGEST_STEM) {
                    return wrong("has an open word that is longer than any");
                }
                let symbols = self.symbols(&flat, open);
                for place in &places {
                    if *place == OPEN {
                        return wrong("has a `*` that does not end its last word");
                    }
                    let end = self.plant(*place, &symbols);
                    if open {
                        self.ends.push((end, concept, solid));
                        next.push(OPEN);
                    } else {
                        next.push(end);
                    }
                }
            }
            next.sort_unstable();
            next.dedup();
            if next.len() > MOST {
                return Err(format!("{entry:?} stands for more than {MOST} phrases"));
            }
            places = next;
        }
        if places.iter().all(|place| *place == 0) {
            return wrong("has no words");
        }
        let ends = places.into_iter().filter(|place| *place != 0 && *place != OPEN);
        self.ends.extend(ends.map(|place| (place, concept, solid)));
        Ok(())
    }

    /// Follows `symbols` from node `at`, making nodes where there are none.
    fn plant(&mut self, mut at: usize, symbols: &[Symbol]) -> usize {
        for symbol in symbols {
            let next = self.edges.len() + 1;
            at = *self.edges.entry((at, *symbol)).or_insert(next);
        }
        at
    }

    fn symbols(&mut self, flat: &str, open: bool) -> Vec<Symbol> {
        let last = flat.split(' ').count();
        flat.split(' ')
            .enumerate()
            .map(|(n, word)| self.symbol(word, open && n + 1 == last))
            .collect()
    }

    fn symbol(&mut self, word: &str, stem: bool) -> Symbol {
        let next = Symbol::try_from(self.words.len() + self.stems.len()).unwrap_or(Symbol::MAX);
        let known = if stem { &mut self.stems } else { &mut self.words };
        match known.get(word) {
            Some(symbol) => *symbol,
            None => *known.entry(word.to_owned()).or_insert(next),
        }
    }

    /// Compiles; `wider` names every concept that holds whatever a concept holds.
    pub(super) fn compile(mut self, wider: &[Vec<Concept>]) -> Lexicon {
        let mut nodes = vec![Node::default(); self.edges.len() + 1];
        let mut edges: Vec<(usize, Symbol, usize)> =
            self.edges.into_iter().map(|((from, symbol), to)| (from, symbol, to)).collect();
        edges.sort_unstable();
        for group in edges.chunk_by(|a, b| a.0 == b.0) {
            let from = edges.partition_point(|edge| edge.0 < group[0].0);
            nodes[group[0].0].edges = (small(from), small(from + group.len()));
        }
        self.ends.sort_unstable();
        self.ends.dedup();
        let mut meanings = Vec::new();
        let mut known: FxHashMap<(Vec<Concept>, bool), u32> = FxHashMap::default();
        for ends in self.ends.chunk_by(|a, b| a.0 == b.0) {
            let named: Vec<Concept> = ends.iter().map(|(_, concept, _)| *concept).collect();
            let solid = ends.iter().any(|(.., solid)| *solid);
            let meaning = *known.entry((named, solid)).or_insert_with_key(|(named, solid)| {
                let mut concepts = named.clone();
                concepts.extend(named.iter().flat_map(|c| wider[*c].iter().copied()));
                concepts.sort_unstable();
                concepts.dedup();
                meanings.push(Meaning { solid: *solid, concepts });
                small(meanings.len())
            });
            nodes[ends[0].0].meaning = meaning;
        }
        let mut first = vec![0; self.words.len() + self.stems.len()];
        for (_, symbol, to) in edges.iter().take_while(|(from, ..)| *from == 0) {
            first[*symbol as usize] = small(*to);
        }
        let mut heard: FxHashMap<String, Vec<(Vec<String>, String)>> = FxHashMap::default();
        for (word, variants) in self.heard {
            for variant in variants {
                let mut parts = variant.split(' ').map(str::to_owned);
                let Some(begin) = parts.next() else { continue };
                heard.entry(begin).or_default().push((parts.collect(), word.clone()));
            }
        }
        let mut stem_lengths: FxHashMap<[u8; FIRST], u64> = FxHashMap::default();
        let mut short_stem_lengths = 0;
        for stem in self.stems.keys() {
            let lengths = match stem.as_bytes().first_chunk() {
                Some(first) => stem_lengths.entry(*first).or_default(),
                None => &mut short_stem_lengths,
            };
            *lengths |= 1 << stem.len();
        }
        Lexicon {
            stem_lengths,
            short_stem_lengths,
            words: self.words,
            stems: self.stems,
            nodes,
            edges: edges.into_iter().map(|(_, symbol, to)| (symbol, small(to))).collect(),
            first,
            meanings,
            heard,
        }
    }
}

/// Stands for a phrase that ends in an open word: nothing can follow it.
const OPEN: usize = usize::MAX;

/// A place among the phrases: there are tens of thousands.
pub(super) fn small(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

/// How many bytes of a stem are looked at first.
const FIRST: usize = 3;

/// The longest stem, in bytes: its length has a bit.
const LONGEST_STEM: usize = u64::BITS as usize - 1;

impl Lexicon {
    fn after(&self, node: Node, symbol: Symbol) -> Option<u32> {
        let edges = &self.edges[node.edges.0 as usize..node.edges.1 as usize];
        edges.binary_search_by_key(&symbol, |(s, _)| *s).ok().map(|at| edges[at].1)
    }

    /// Every concept in `words`, each once, in order.
    pub(super) fn find(&self, words: &Words) -> Vec<Hit> {
        let lattice = self.lattice(words);
        let mut found: Vec<(usize, usize, &Meaning)> = Vec::new();
        // How far a solid phrase that begins at each token reaches.
        let mut solid = vec![0; words.len()];
        for from in 0..words.len() {
            for (symbol, to) in lattice.at(from) {
                let node = self.first[*symbol as usize];
                if node != 0 {
                    self.walk(&lattice, node, (from, *to), &mut found);
                }
            }
        }
        for (from, to, _) in found.iter().filter(|(.., meaning)| meaning.solid) {
            solid[*from] = (*to).max(solid[*from]);
        }
        let swallowed = |from: usize, to: usize| {
            (from.saturating_sub(LONGEST)..=from)
                .any(|begin| solid[begin] >= to && solid[begin] - begin > to - from)
        };
        let mut hits: Vec<Hit> = Vec::new();
        for here in found.chunk_by(|(a, ..), (b, ..)| a == b) {
            let begin = hits.len();
            for (from, to, meaning) in here.iter().filter(|(from, to, _)| !swallowed(*from, *to)) {
                let hit = |concept: &Concept| Hit { from: *from, to: *to, concept: *concept };
                hits.extend(meaning.concepts.iter().map(hit));
            }
            hits[begin..].sort_unstable();
        }
        // The same may be meant in several ways.
        hits.dedup();
        hits
    }

    fn walk<'a>(
        &'a self,
        lattice: &Lattice,
        node: u32,
        (from, to): (usize, usize),
        found: &mut Vec<(usize, usize, &'a Meaning)>,
    ) {
        let node = self.nodes[node as usize];
        let meaning = (node.meaning as usize).checked_sub(1);
        found.extend(meaning.map(|meaning| (from, to, &self.meanings[meaning])));
        if node.edges.0 == node.edges.1 {
            return;
        }
        for (symbol, end) in lattice.at(to) {
            if let Some(next) = self.after(node, *symbol) {
                self.walk(lattice, next, (from, *end), found);
            }
        }
    }

    fn lattice(&self, words: &Words) -> Lattice {
        let mut lattice = Lattice {
            edges: Vec::with_capacity(2 * words.len()),
            starts: Vec::with_capacity(words.len() + 1),
        };
        lattice.starts.push(0);
        let mut joined = String::new();
        for at in 0..words.len() {
            self.edges(words, at, &mut joined, &mut lattice.edges);
            lattice.starts.push(lattice.edges.len());
        }
        lattice
    }

    /// The words that token `at` may begin. `joined` is room to write in.
    fn edges(
        &self,
        words: &Words,
        at: usize,
        joined: &mut String,
        edges: &mut Vec<(Symbol, usize)>,
    ) {
        let word = words.at(at);
        self.named(word, at + 1, edges);
        if words.kind(at) != Kind::Word {
            return;
        }
        let join = |joined: &mut String, next: &str| {
            joined.clear();
            joined.extend([word, next]);
        };
        if word.len() >= 5 && word.ends_with("in") {
            join(joined, "g");
            self.named(joined, at + 1, edges);
        }
        // "fur nace", "to day": one word that was written as two.
        let next = words.at(at + 1);
        if words.kind(at + 1) == Kind::Word && word.len() >= 2 && word.len() + next.len() >= 5 {
            join(joined, next);
            // A stem has to take in some of the second: "his sink" hisses not.
            self.beginning(joined, word.len() + 3, at + 2, edges);
        }
        for (rest, meant) in self.heard.get(word).into_iter().flatten() {
            let stands = rest.iter().enumerate().all(|(n, part)| words.at(at + 1 + n) == part);
            if stands {
                self.named(meant, at + 1 + rest.len(), edges);
            }
        }
    }

    /// The symbols of `word`: itself, and the stems it begins with.
    fn named(&self, word: &str, to: usize, edges: &mut Vec<(Symbol, usize)>) {
        self.beginning(word, 0, to, edges);
    }

    /// The symbols of `word`, but for stems of less than `least` bytes.
    fn beginning(&self, word: &str, least: usize, to: usize, edges: &mut Vec<(Symbol, usize)>) {
        edges.extend(self.words.get(word).map(|symbol| (*symbol, to)));
        let first = word.as_bytes().first_chunk();
        let long =
            first.and_then(|first| self.stem_lengths.get(first).copied()).unwrap_or_default();
        let mut lengths = long | self.short_stem_lengths;
        while lengths != 0 {
            let length = lengths.trailing_zeros() as usize;
            lengths &= lengths - 1;
            let stem = word.get(..length).filter(|_| length >= least);
            let symbol = stem.and_then(|stem| self.stems.get(stem));
            edges.extend(symbol.map(|symbol| (*symbol, to)));
        }
    }
}

/// What each token of a line may be the first of: symbols, and the token after them.
struct Lattice {
    edges: Vec<(Symbol, usize)>,
    starts: Vec<usize>,
}

impl Lattice {
    fn at(&self, token: usize) -> &[(Symbol, usize)] {
        match (self.starts.get(token), self.starts.get(token + 1)) {
            (Some(from), Some(to)) => &self.edges[*from..*to],
            _ => &[],
        }
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

/// The most phrases one entry may stand for.
const MOST: usize = 4_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::triage::hits::Hits;

    /// Each once, in order.
    fn hits(lexicon: &Lexicon, text: &str) -> Vec<Hit> {
        let words = Words::of(text);
        Hits::of(&words, lexicon.find(&words)).iter().copied().collect()
    }

    #[test]
    fn an_entry_stands_for_all_its_phrases() {
        let mut phrases = Phrases::default();
        phrases.add("won't|doesn't turn_on|start up? leak*?", 0, false).unwrap();
        assert!(phrases.add("a||b", 0, false).is_err());
        let lexicon = phrases.compile(&[vec![]]);
        for text in
            ["won't start", "doesn't turn on", "won't start up", "doesn't turn on up leaking"]
        {
            let words = Words::of(text);
            let whole = lexicon.find(&words).iter().any(|hit| hit.to == words.len());
            assert!(whole, "{text}");
        }
    }

    #[test]
    fn longer_things_swallow_shorter_ones() {
        let mut phrases = Phrases::default();
        phrases.add("water", 0, false).unwrap();
        phrases.add("water heater*", 1, true).unwrap();
        let lexicon = phrases.compile(&[vec![], vec![2], vec![]]);
        let found = |text: &str| -> Vec<(usize, usize, usize)> {
            hits(&lexicon, text).iter().map(|h| (h.from, h.to, h.concept)).collect()
        };
        assert_eq!(found("Water heaters, water"), [(0, 2, 1), (0, 2, 2), (3, 4, 0)]);
        assert_eq!(found("underwater"), []);
    }

    #[test]
    fn words_are_known_as_recognisers_write_them() {
        let heard = [("basement".to_owned(), vec!["base mint".to_owned()])];
        let mut phrases = Phrases::new(&heard.into_iter().collect());
        phrases.add("flooding|flooded basement|furnace", 0, false).unwrap();
        phrases.add("leak*", 1, false).unwrap();
        let lexicon = phrases.compile(&[vec![], vec![]]);
        for text in
            ["flooded basement", "floodin base mint", "flooding fur nace", "leakin", "a leaky"]
        {
            assert_eq!(hits(&lexicon, text).len(), 1, "{text}");
        }
        for text in ["base flooded", "bleak", "flooded base", "lea kettle"] {
            assert_eq!(hits(&lexicon, text), [], "{text}");
        }
    }
}
