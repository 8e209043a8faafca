//! Finds concepts in words: thousands of phrases in one pass.
//!
//! A line is read as a lattice: beside the word that stands there, each place knows the words that
//! speech recognition may have made it from ("sealing" for ceiling, "base mint" for basement,
//! "fur nace", "runnin"). Phrases are a tree of words, and every way through both is followed.

use std::collections::{BTreeMap, HashMap};

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

/// The longest phrase, in tokens; longer entries are refused.
pub(super) const LONGEST: usize = 12;

/// A word of the phrases, or the beginning of one (`leak*`): a number of its own.
type Symbol = u32;

/// What a phrase means.
#[derive(Clone, Debug, Default)]
struct Meaning {
    /// Phrases inside this one mean nothing of their own ("water" in "water heater").
    solid: bool,
    concepts: Vec<Concept>,
}

/// A place in the tree of phrases.
#[derive(Debug, Default)]
struct Node {
    /// Sorted by symbol.
    next: Vec<(Symbol, usize)>,
    meaning: Option<Meaning>,
}

impl Node {
    fn after(&self, symbol: Symbol) -> Option<usize> {
        self.next.binary_search_by_key(&symbol, |(s, _)| *s).ok().map(|at| self.next[at].1)
    }
}

/// Phrases and the concepts they stand for.
#[derive(Debug)]
pub(super) struct Lexicon {
    words: HashMap<String, Symbol>,
    stems: HashMap<String, Symbol>,
    /// Shortest and longest stem.
    stem_lengths: (usize, usize),
    /// The first node is the root.
    nodes: Vec<Node>,
    /// For each symbol the node it leads to from the root; 0 for none.
    first: Vec<usize>,
    /// What recognisers write for a word, by its own first word: the rest of it, and the word.
    heard: HashMap<String, Vec<(Vec<String>, String)>>,
}

/// Collects phrases before they are compiled.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    known: BTreeMap<(String, bool), Meaning>,
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
            if flat.is_empty() || stem.contains("..") {
                return Err(format!("{entry:?} has no words, or a gap, which only patterns have"));
            }
            if flat.split(' ').count() > LONGEST {
                return Err(format!("{entry:?} has a phrase of more than {LONGEST} words"));
            }
            let meaning = self.known.entry((flat, open)).or_default();
            meaning.solid |= solid;
            if !meaning.concepts.contains(&concept) {
                meaning.concepts.push(concept);
            }
        }
        Ok(())
    }

    /// Compiles; `wider` names every concept that holds whatever a concept holds.
    pub(super) fn compile(self, wider: &[Vec<Concept>]) -> Lexicon {
        let mut lexicon = Lexicon {
            words: HashMap::new(),
            stems: HashMap::new(),
            stem_lengths: (usize::MAX, 0),
            nodes: vec![Node::default()],
            first: Vec::new(),
            heard: HashMap::new(),
        };
        for ((phrase, open), mut meaning) in self.known {
            let more: Vec<Concept> =
                meaning.concepts.iter().flat_map(|c| wider[*c].iter().copied()).collect();
            meaning.concepts.extend(more);
            meaning.concepts.sort_unstable();
            meaning.concepts.dedup();
            lexicon.plant(&phrase, open, meaning);
        }
        let root = &lexicon.nodes[0];
        lexicon.first = vec![0; lexicon.words.len() + lexicon.stems.len()];
        for (symbol, node) in &root.next {
            lexicon.first[*symbol as usize] = *node;
        }
        for (word, variants) in self.heard {
            for variant in variants {
                let mut parts = variant.split(' ').map(str::to_owned);
                let Some(begin) = parts.next() else { continue };
                lexicon.heard.entry(begin).or_default().push((parts.collect(), word.clone()));
            }
        }
        lexicon
    }
}

impl Lexicon {
    fn plant(&mut self, phrase: &str, open: bool, meaning: Meaning) {
        let mut at = 0;
        let mut parts = phrase.split(' ').peekable();
        while let Some(word) = parts.next() {
            let stem = open && parts.peek().is_none();
            let symbol = self.symbol(word, stem);
            at = match self.nodes[at].after(symbol) {
                Some(next) => next,
                None => {
                    let next = self.nodes.len();
                    self.nodes.push(Node::default());
                    let known = &mut self.nodes[at].next;
                    let place = known.partition_point(|(s, _)| *s < symbol);
                    known.insert(place, (symbol, next));
                    next
                }
            };
        }
        self.nodes[at].meaning = Some(meaning);
    }

    fn symbol(&mut self, word: &str, stem: bool) -> Symbol {
        let next = Symbol::try_from(self.words.len() + self.stems.len()).unwrap_or(Symbol::MAX);
        if stem {
            let (low, high) = self.stem_lengths;
            self.stem_lengths = (low.min(word.len()), high.max(word.len()));
            return *self.stems.entry(word.to_owned()).or_insert(next);
        }
        *self.words.entry(word.to_owned()).or_insert(next)
    }

    /// Every concept in `words`, in order.
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
        for (from, to, meaning) in found {
            if !swallowed(from, to) {
                let hit = |concept: &Concept| Hit { from, to, concept: *concept };
                hits.extend(meaning.concepts.iter().map(hit));
            }
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }

    fn walk<'a>(
        &'a self,
        lattice: &Lattice,
        node: usize,
        (from, to): (usize, usize),
        found: &mut Vec<(usize, usize, &'a Meaning)>,
    ) {
        let node = &self.nodes[node];
        if let Some(meaning) = &node.meaning {
            found.push((from, to, meaning));
        }
        if node.next.is_empty() {
            return;
        }
        for (symbol, end) in lattice.at(to) {
            if let Some(next) = node.after(*symbol) {
                self.walk(lattice, next, (from, *end), found);
            }
        }
    }

    fn lattice(&self, words: &Words) -> Lattice {
        let mut lattice = Lattice { edges: Vec::new(), starts: vec![0] };
        for at in 0..words.len() {
            self.edges(words, at, &mut lattice.edges);
            lattice.starts.push(lattice.edges.len());
        }
        lattice
    }

    /// The words that token `at` may begin.
    fn edges(&self, words: &Words, at: usize, edges: &mut Vec<(Symbol, usize)>) {
        let word = words.at(at);
        self.named(word, at + 1, edges);
        if words.kind(at) != Kind::Word {
            return;
        }
        if word.len() >= 5 && word.ends_with("in") {
            self.named(&format!("{word}g"), at + 1, edges);
        }
        // "fur nace", "to day": one word that was written as two.
        let next = words.at(at + 1);
        if words.kind(at + 1) == Kind::Word && word.len() >= 2 && word.len() + next.len() >= 5 {
            self.beginning(&format!("{word}{next}"), word.len() + 1, at + 2, edges);
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
        let (low, high) = self.stem_lengths;
        for length in low.max(least)..=high.min(word.len()) {
            let stem = word.get(..length).and_then(|stem| self.stems.get(stem));
            edges.extend(stem.map(|symbol| (*symbol, to)));
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
        let lexicon = phrases.compile(&[vec![], vec![2], vec![]]);
        let found = |text: &str| -> Vec<(usize, usize, usize)> {
            lexicon.find(&Words::of(text)).iter().map(|h| (h.from, h.to, h.concept)).collect()
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
            assert_eq!(lexicon.find(&Words::of(text)).len(), 1, "{text}");
        }
        for text in ["base flooded", "bleak", "flooded base"] {
            assert_eq!(lexicon.find(&Words::of(text)), [], "{text}");
        }
    }
}
