//! Names of people and streets made of words that mean something else: Tim Moss is no roof, and
//! 12 Furnace Road no furnace.

use super::{number::Number, scene::Scene, who::WhoWords, words::Kind};

/// The tokens of every such name in a line that was introduced as one ("this is ...", "12 ...
/// Road"), or that answers who is calling (`asked`).
pub(super) fn find(
    scene: Scene<'_>,
    text: &str,
    numbers: &[Number],
    concepts: &WhoWords,
    asked: bool,
) -> Vec<(usize, usize)> {
    let cased = text.chars().any(char::is_uppercase) && text.chars().any(char::is_lowercase);
    let line = Line { scene, text, concepts, cased };
    let introduced = |concept| scene.hits.of_concept(concept, 0);
    let weakly = cased.then(|| introduced(concepts.weak)).into_iter().flatten();
    let introduced = introduced(concepts.name).chain(weakly);
    let mut found: Vec<(usize, usize)> = introduced.filter_map(|hit| line.person(hit.to)).collect();
    found.extend(asked.then(|| line.person(0)).flatten());
    if scene.hits.has(concepts.street) {
        found.extend(numbers.iter().filter_map(|number| line.street(number)));
    }
    found
}

struct Line<'a> {
    scene: Scene<'a>,
    text: &'a str,
    concepts: &'a WhoWords,
    /// Whether the text tells names by their capitals.
    cased: bool,
}

/// The most words of a name.
const LONGEST: usize = 3;

impl Line<'_> {
    fn is(&self, concept: usize, at: usize) -> bool {
        self.scene.covers(concept, at)
    }

    fn is_thing(&self, at: usize) -> bool {
        self.is(self.concepts.thing, at)
    }

    /// Whether the word at `at` is written as names are, and names no trade of its own.
    fn is_proper(&self, at: usize) -> bool {
        let (start, end) = self.scene.words.span(at, at + 1);
        let mut letters = self.text[start..end].chars();
        let capital =
            letters.next().is_some_and(char::is_uppercase) && letters.all(char::is_lowercase);
        let word = self.scene.words.at(at);
        self.scene.words.kind(at) == Kind::Word
            && (capital || !self.cased)
            && !self.is(self.concepts.never, at)
            && !(word.ends_with("ing") || matches!(word, "electric" | "electrical" | "hvac"))
    }

    /// The surname of somebody whose name begins at `from`, or the only name that is given.
    fn person(&self, from: usize) -> Option<(usize, usize)> {
        let run = (from..from + LONGEST).take_while(|at| self.is_proper(*at)).count();
        if run == 1 {
            // "This is Moss, ...".
            let alone = self.cased && self.scene.words.kind(from + 1) != Kind::Word;
            return (alone && self.is_thing(from)).then_some((from, from + 1));
        }
        if run == 0 || self.is_thing(from) {
            return None;
        }
        let surname = from + 1;
        if self.cased {
            return Some((surname, from + run));
        }
        // Without capitals what goes on after it has to tell.
        let fits = self.is_thing(surname) && self.goes_on(surname + 1);
        fits.then_some((surname, surname + 1))
    }

    /// Whether somebody who gave a name goes on at `at`, rather than saying what a thing does.
    fn goes_on(&self, at: usize) -> bool {
        self.scene.words.kind(at) != Kind::Word
            || matches!(
                self.scene.words.at(at),
                "and" | "could" | "can" | "i" | "im" | "i'm" | "calling" | "here" | "from" | "we"
            )
    }

    /// "12 Moss Street": what stands between the number and the street's own word.
    fn street(&self, number: &Number) -> Option<(usize, usize)> {
        let street = (number.to + 1..number.to + 1 + LONGEST)
            .find(|at| self.is(self.concepts.street, *at))?;
        let named = (number.to..street).all(|at| self.is_proper(at));
        let at_home = || {
            let before = number.from.checked_sub(1).map_or("", |at| self.scene.words.at(at));
            matches!(before, "at" | "is" | "live" | "address" | "to")
        };
        (named && (self.cased || at_home())).then_some((number.to, street))
    }
}
