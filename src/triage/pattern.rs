//! Patterns over concepts: what a rule looks for in a sentence.
//!
//! A pattern is one or more sequences joined by `&`; all must stand in one sentence, in any
//! order. A sequence is elements that follow each other: `<concept>` or `<one|other>`, words
//! (`give|send me`), both (`me|<phone_number>`), `..` for up to five words between, `..9` for up to nine; an element with `?`
//! may be missing, `^` in front holds a sequence to the beginning of its sentence.

use super::lexicon::Concept;

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

/// Concepts and words an element may be: `<one|other>`, `give|send`, `me|<phone_number>`.
fn alternatives(
    part: &str,
    concept: &mut dyn FnMut(Atom<'_>) -> Result<Concept, String>,
) -> Result<Vec<Concept>, String> {
    let mut concepts = Vec::new();
    let mut words = Vec::new();
    let mut rest = part;
    while !rest.is_empty() {
        let named = rest.strip_prefix('<');
        let text = named.unwrap_or(rest);
        let end = match named {
            Some(_) => text.find('>').ok_or_else(|| format!("`{part}` is not closed"))?,
            None => text.find('|').unwrap_or(text.len()),
        };
        match named {
            Some(_) => {
                for name in text[..end].split('|') {
                    concepts.push(concept(Atom::Concept(name))?);
                }
            }
            None => words.push(&text[..end]),
        }
        let closed = text.get(end + usize::from(named.is_some())..).unwrap_or_default();
        rest = match closed.strip_prefix('|') {
            Some(rest) => rest,
            None if closed.is_empty() => closed,
            None => return Err(format!("`{part}` is not closed")),
        };
    }
    if words.iter().any(|word| word.contains(['<', '>'])) {
        return Err(format!("`{part}` is not closed"));
    }
    if !words.is_empty() {
        concepts.push(concept(Atom::Words(&words.join("|")))?);
    }
    Ok(concepts)
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
        let mut concepts = alternatives(part, concept)?;
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
