//! Who is calling and from where, in the caller's own words: name, address, e-mail, company.

use super::{
    lexicon::Concept,
    reading::Reading,
    rules::Rules,
    scene::Scene,
    words::{Kind, Words},
};

/// Something the caller said about themselves: tokens `from..to`, and the value they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) about: About,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) value: String,
}

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    Name,
    Address,
    Email,
    Phone,
    Company,
}

/// The concepts that introduce names and end addresses.
#[derive(Clone, Copy, Debug)]
pub(super) struct WhoWords {
    pub(super) street: Concept,
    pub(super) name: Concept,
    company: Concept,
    pub(super) never: Concept,
    pub(super) weak: Concept,
    number: Concept,
    pub(super) thing: Concept,
}

impl WhoWords {
    /// Looks the concepts up.
    pub(super) fn of(rules: &Rules) -> Self {
        let find = |name: &str| rules.concept(name).unwrap_or(Concept::MAX);
        Self {
            street: find("street"),
            name: find("says_name"),
            company: find("says_company"),
            never: find("never_name"),
            weak: find("says_name_weakly"),
            number: find("number"),
            thing: find("thing"),
        }
    }
}

/// Everything the caller tells in a line; `asked_name` when the agent has just asked for it.
pub(super) fn find(
    reading: &Reading,
    text: &str,
    concepts: &WhoWords,
    asked_name: bool,
) -> Vec<Told> {
    let scene = reading.scene();
    let seeker = Seeker { words: &reading.words, scene, text, concepts };
    let mut told = Vec::new();
    told.extend(seeker.name(asked_name));
    told.extend(seeker.address());
    told.extend(seeker.email());
    told.extend(seeker.company());
    told.extend(reading.phones.first().map(|phone| Told {
        about: About::Phone,
        from: phone.from,
        to: phone.to,
        value: phone.digits.clone(),
    }));
    told
}

struct Seeker<'a> {
    words: &'a Words,
    scene: Scene<'a>,
    text: &'a str,
    concepts: &'a WhoWords,
}

impl Seeker<'_> {
    fn original(&self, at: usize) -> &str {
        let (start, end) = self.words.span(at, at + 1);
        &self.text[start..end]
    }

    /// Whether the word at `at` could belong to a name: no word of the language, and capital
    /// where the text has capitals at all.
    fn is_name(&self, at: usize) -> bool {
        let word = self.original(at);
        let begins = word.chars().next().is_some_and(char::is_uppercase);
        let cased = self.text.chars().any(char::is_uppercase);
        self.words.kind(at) == Kind::Word
            && word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '’'))
            && (begins || !cased)
            && !self.scene.covers(self.concepts.never, at)
            && !self.scene.covers(self.concepts.thing, at)
    }

    fn told(&self, about: About, from: usize, to: usize) -> Told {
        let (start, end) = self.words.span(from, to);
        let value = capitals(&self.text[start..end]);
        Told { about, from, to, value }
    }

    /// "this is Jane Whitfield", "my name's ...", or the answer to "who am I speaking with?".
    fn name(&self, asked: bool) -> Option<Told> {
        let cased = self.text.chars().any(char::is_uppercase);
        let weakly = || cased.then(|| self.after(self.concepts.weak)).flatten();
        let introduced = self.after(self.concepts.name).or_else(weakly);
        let answer = asked.then(|| self.first_word()).flatten();
        let from = introduced.or(answer)?;
        let most = if cased { 3 } else { 2 };
        let to = (from..from + most).take_while(|at| self.is_name(*at)).last()? + 1;
        Some(self.told(About::Name, from, to))
    }

    fn first_word(&self) -> Option<usize> {
        (0..self.words.len().min(4)).find(|at| self.is_name(*at))
    }

    /// The token after the first phrase that means `concept` and has a name behind it.
    fn after(&self, concept: Concept) -> Option<usize> {
        let hits = self.scene.hits.of_concept(concept, 0);
        hits.map(|hit| hit.to).find(|at| self.is_name(*at))
    }

    /// "123 Main Street", "eighty eight alder court".
    fn address(&self) -> Option<Told> {
        let numbers = self.scene.hits.of_concept(self.concepts.number, 0);
        numbers.filter(|hit| !self.words.at(hit.from).contains([':', '.'])).find_map(|hit| {
            let street =
                (hit.to + 1..hit.to + 4).find(|at| self.scene.covers(self.concepts.street, *at))?;
            let plain = (hit.to..street)
                .all(|at| matches!(self.words.kind(at), Kind::Word | Kind::Digits))
                && !(hit.to..street).any(|at| self.scene.covers(self.concepts.never, at));
            plain.then(|| self.told(About::Address, hit.from, street + 1))
        })
    }

    /// "jane.doe@gmail.com" and "jane dot doe at gmail dot com".
    fn email(&self) -> Option<Told> {
        let words = self.words;
        let sign = |at: &usize| {
            words.at(*at) == "@"
                || matches!(words.at(*at), "at" | "arroba") && self.host(*at + 1).is_some()
        };
        let at = (1..words.len()).find(sign)?;
        let (from, local) =
            if words.at(at) == "@" { self.written_local(at) } else { self.spoken_local(at) };
        let (host, to) = self.host(at + 1)?;
        Some(Told { about: About::Email, from, to, value: format!("{local}@{host}") })
    }

    /// The part before a written `@`: its first token and its characters.
    fn written_local(&self, at: usize) -> (usize, String) {
        let tokens = self.words.tokens();
        let before = &self.text[..tokens[at].start];
        let local: String = before
            .chars()
            .rev()
            .take_while(|c| c.is_alphanumeric() || "._-+".contains(*c))
            .collect();
        let start = before.len() - local.len();
        let from = tokens.partition_point(|token| token.start < start).min(at);
        (from, local.chars().rev().flat_map(char::to_lowercase).collect())
    }

    /// The part before a spoken "at": its first token and its characters.
    fn spoken_local(&self, at: usize) -> (usize, String) {
        let mut from = at - 1;
        let joint =
            |at: usize| matches!(self.words.at(at), "dot" | "underscore" | "dash" | "punto");
        while from >= 2 && joint(from - 1) {
            from -= 2;
        }
        (from, self.joined(from, at))
    }

    fn joined(&self, from: usize, to: usize) -> String {
        (from..to)
            .map(|at| match self.words.at(at) {
                "dot" | "punto" => ".",
                "underscore" => "_",
                "dash" => "-",
                word => word,
            })
            .collect()
    }

    /// "gmail dot com" or "gmail.com": the host and the token after it.
    fn host(&self, at: usize) -> Option<(String, usize)> {
        let words = self.words;
        if words.kind(at) != Kind::Word {
            return None;
        }
        let mut host = words.at(at).to_owned();
        let mut next = at + 1;
        loop {
            let spoken = matches!(words.at(next), "dot" | "punto");
            let written = !spoken && self.is_dot_before(next);
            if !(spoken || written) || next >= words.len() {
                break;
            }
            let word = if spoken { next + 1 } else { next };
            if words.kind(word) != Kind::Word {
                break;
            }
            host = format!("{host}.{}", words.at(word));
            next = word + 1;
        }
        host.contains('.').then_some((host, next))
    }

    /// Whether only a point parts token `at` from the one before it.
    fn is_dot_before(&self, at: usize) -> bool {
        let tokens = self.words.tokens();
        match (at.checked_sub(1).and_then(|before| tokens.get(before)), tokens.get(at)) {
            (Some(before), Some(token)) => self.text.get(before.end..token.start) == Some("."),
            _ => false,
        }
    }

    /// "I'm with Summit Dental", "calling from Oak Bakery".
    fn company(&self) -> Option<Told> {
        if !self.text.chars().any(char::is_uppercase) {
            return None;
        }
        let from = self.after(self.concepts.company)?;
        let to = (from..from + 4).take_while(|at| self.is_name(*at)).last()? + 1;
        Some(self.told(About::Company, from, to))
    }
}

/// "jane whitfield" as "Jane Whitfield"; what has capitals keeps them.
fn capitals(text: &str) -> String {
    if text.chars().any(char::is_uppercase) {
        return text.to_owned();
    }
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
    };
    text.split(' ').map(word).collect::<Vec<String>>().join(" ")
}
