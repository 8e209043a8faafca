//! One line, read by the rules: which patterns stand in it, and which of them a "not" takes back.

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;

use super::{
    hits::Hits,
    lexicon::{Concept, Hit},
    number::{self, Number},
    pattern::{Found, Pattern},
    phone,
    phone::Spoken,
    proper,
    rules::{Beginning, Rule, Rules, Says},
    scene::Scene,
    words::{Kind, Words},
};

/// A rule's pattern in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Match {
    /// The rule's place in the rule set.
    pub(super) rule: usize,
    /// First token.
    pub(super) from: usize,
    /// One past the last token.
    pub(super) to: usize,
    /// Whether it is taken back where it stands ("isn't leaking").
    pub(super) denied: bool,
    /// Whether it is so no longer ("isn't leaking any more").
    pub(super) lapsed: bool,
    /// The thing it is about: the one inside the span, else the nearest in the sentence.
    pub(super) thing: Option<usize>,
}

/// A thing named in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    /// The thing's place in the rule set.
    pub(super) thing: usize,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A line with everything the rules find in it.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) words: Words,
    pub(super) hits: Hits,
    pub(super) phones: Vec<Spoken>,
    pub(super) numbers: Vec<Number>,
    /// In order of their first token.
    pub(super) matches: Vec<Match>,
    pub(super) mentions: Vec<Mention>,
    /// Whether it tells of something that is somewhere else.
    pub(super) is_elsewhere: bool,
    /// Names of people and streets: their words mean nothing else.
    pub(super) proper: Vec<(usize, usize)>,
}

impl Reading {
    /// The line, ready to be searched.
    pub(super) fn scene(&self) -> Scene<'_> {
        Scene { words: &self.words, hits: &self.hits }
    }
}

/// The concepts the reading itself needs.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    not: Concept,
    turn: Concept,
    /// Numbers, by what they can mean: any, an age, cold, zero, heat (all Fahrenheit), an
    /// instalment, a cold room.
    numbers: Vec<(Concept, i64, i64)>,
    phone: Concept,
    long_ago: Concept,
    elsewhere: Concept,
    ongoing: Concept,
    pronoun: Concept,
    pub(super) no_longer: Concept,
    smells: Concept,
    freezing: Concept,
    deep_cold: Concept,
    hot_weather: Concept,
    past: Concept,
    ahead: Concept,
    /// A day on which what was mended then may well be broken now.
    days_ago: Concept,
    once_more: Concept,
    not_so: Concept,
    claimed: Concept,
    forestalls: Concept,
    /// The thing each concept stands for.
    things: Vec<Option<usize>>,
}

impl Grammar {
    /// Looks the concepts up.
    pub(super) fn of(rules: &Rules) -> Self {
        let find = |name: &str| rules.concept(name).unwrap_or(Concept::MAX);
        let mut things = vec![None; rules.beginning.len()];
        for (index, thing) in rules.things.iter().enumerate() {
            things[thing.concept] = Some(index);
        }
        let numbers = [
            ("number", i64::MIN, i64::MAX),
            ("number_old", 65, 110),
            ("number_cold", -60, 32),
            ("number_zero", 0, 0),
            ("number_hot", 95, 130),
            ("number_payment", 20, 10_000),
            ("number_chilly", 33, 58),
        ];
        let numbers = numbers.map(|(name, low, high)| (find(name), low, high)).into();
        Self {
            not: find("not"),
            turn: find("turn"),
            phone: find("phone_number"),
            long_ago: find("long_ago"),
            elsewhere: find("elsewhere"),
            ongoing: find("ongoing"),
            pronoun: find("pronoun"),
            no_longer: find("no_longer"),
            smells: find("smells"),
            freezing: find("freezing"),
            deep_cold: find("deep_cold"),
            hot_weather: find("hot_weather"),
            past: find("past"),
            days_ago: find("days_ago"),
            once_more: find("once_more"),
            not_so: find("not_so"),
            claimed: find("claimed"),
            forestalls: find("forestalls"),
            ahead: find("ahead"),
            numbers,
            things,
        }
    }
}

/// What was said before a line.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Before {
    /// The thing spoken of, which an "it" stands for.
    pub(super) meant: Option<usize>,
    /// Whether it was asked what something smells like.
    pub(super) smell: bool,
    /// Whether it was asked how cold or hot it is.
    pub(super) weather: bool,
    /// Whether it was asked who is calling.
    pub(super) name: bool,
}

/// Reads `text` by `rules`.
pub(super) fn read(rules: &Rules, text: &str, before: Before) -> Reading {
    let grammar = &rules.known().grammar;
    let words = Words::of(text);
    let mut found = rules.lexicon.find(&words);
    let phones = phone::find(&words);
    let dialled = |number: &Number| phones.iter().any(|p| p.from < number.to && number.from < p.to);
    let numbers = number::find(&words);
    for number in numbers.iter().filter(|number| !dialled(number)) {
        let fits = |low: &i64, high: &i64| {
            number.value >= Decimal::from(*low) && number.value <= Decimal::from(*high)
        };
        let meant = grammar.numbers.iter().filter(|(_, low, high)| fits(low, high));
        found.extend(meant.map(|(concept, ..)| Hit {
            from: number.from,
            to: number.to,
            concept: *concept,
        }));
    }
    if before.weather {
        found.extend(numbers.first().and_then(|first| weather(grammar, first)));
    }
    if before.smell {
        let begins = |at: &usize| *at == 0 || words.is_end(at - 1);
        let firsts = (0..words.len()).filter(begins).filter(|at| !words.is_end(*at));
        found.extend(firsts.map(|at| Hit { from: at, to: at + 1, concept: grammar.smells }));
    }
    found.extend(phones.iter().map(|p| Hit { from: p.from, to: p.to, concept: grammar.phone }));
    let who = &rules.known().who;
    let mut hits = Hits::of(&words, found);
    let scene = Scene { words: &words, hits: &hits };
    let proper = proper::find(scene, text, &numbers, who, before.name);
    if !proper.is_empty() {
        let mut named = vec![false; words.len()];
        proper.iter().for_each(|(from, to)| named[*from..*to].fill(true));
        let rest = hits.iter().filter(|hit| !named[hit.from..hit.to].contains(&true));
        hits = Hits::of(&words, rest.copied().collect());
    }
    let thing = |hit: &Hit| grammar.things.get(hit.concept).copied().flatten();
    let mentions: Vec<Mention> = hits
        .iter()
        .filter_map(|hit| Some(Mention { thing: thing(hit)?, from: hit.from, to: hit.to }))
        .collect();
    let mentions = heads(&mentions);
    let scene = Scene { words: &words, hits: &hits };
    let meant = pronouns(&scene, grammar.pronoun, &mentions, before.meant);
    if !meant.is_empty() {
        let concepts = |m: &Mention| {
            let (from, to) = (m.from, m.to);
            let all = rules.things[m.thing].concepts.iter();
            all.map(move |concept| Hit { from, to, concept: *concept }).collect::<Vec<_>>()
        };
        let all: Vec<Hit> = hits.iter().copied().chain(meant.iter().flat_map(concepts)).collect();
        hits = Hits::of(&words, all);
    }
    let scene = Scene { words: &words, hits: &hits };
    let mut all: Vec<Mention> = mentions.iter().chain(&meant).copied().collect();
    all.sort_by_key(|mention| mention.from);
    let matches = Search { rules, grammar, scene: &scene, mentions: &all }.matches();
    let is_elsewhere = hits.has(grammar.elsewhere);
    Reading { words, hits, phones, numbers, matches, mentions, is_elsewhere, proper }
}

/// What the first number says of the weather, when that was asked.
fn weather(grammar: &Grammar, number: &Number) -> Option<Hit> {
    let concept = match number.value {
        value if value <= Decimal::ZERO => grammar.deep_cold,
        value if value <= Decimal::from(32) => grammar.freezing,
        value if (Decimal::from(95)..Decimal::from(130)).contains(&value) => grammar.hot_weather,
        _ => return None,
    };
    Some(Hit { from: number.from, to: number.to, concept })
}

/// What each "it" stands for: the thing named last before its sentence, where the sentence itself
/// names none.
fn pronouns(
    scene: &Scene<'_>,
    pronoun: Concept,
    mentions: &[Mention],
    meant: Option<usize>,
) -> Vec<Mention> {
    let stands_for = |hit: &Hit| {
        let (begin, end) = scene.sentence(hit.from);
        // "It's the furnace" names it; a thing far behind is another.
        let before = mentions.partition_point(|m| m.from < begin);
        let named = mentions.get(before).is_some_and(|m| m.from < end.min(hit.to + 6));
        let before = mentions[..before].last().map(|m| m.thing);
        let thing = before.or(meant).filter(|_| !named)?;
        Some(Mention { thing, from: hit.from, to: hit.to })
    };
    scene.hits.of_concept(pronoun, 0).filter_map(stands_for).collect()
}

/// Of things named in one breath the last: a "dryer outlet" is an outlet. They come by their place.
fn heads(mentions: &[Mention]) -> Vec<Mention> {
    let part = |m: &Mention| mentions.binary_search_by_key(&m.to, |next| next.from).is_ok();
    mentions.iter().filter(|m| !part(m)).copied().collect()
}

/// What came of trying a pattern.
enum Attempt {
    /// It does not stand there.
    Nothing,
    /// It stands, but so does what speaks against the rule in this sentence.
    Blocked,
    Found(Match),
}

/// What a rule found in the latest sentence: of its matches the first that stands, else the first
/// that is denied.
#[derive(Clone, Debug, Default)]
struct Place {
    sentence: Option<usize>,
    /// Where it is kept.
    kept: Option<usize>,
    /// Nothing more is sought.
    settled: bool,
    /// Whether what speaks against the rule stands in the sentence, once that was looked for.
    against: Option<bool>,
}

impl Place {
    fn take(&mut self, found: Match, several: bool, kept: &mut Vec<Match>) {
        self.settled = !several && !found.denied;
        match self.kept {
            Some(at) if kept[at].denied && !found.denied => kept[at] = found,
            Some(_) if found.denied || !several => {}
            _ => {
                self.kept = Some(kept.len());
                kept.push(found);
            }
        }
    }
}

struct Search<'a> {
    rules: &'a Rules,
    grammar: &'a Grammar,
    scene: &'a Scene<'a>,
    mentions: &'a [Mention],
}

impl Search<'_> {
    fn matches(&self) -> Vec<Match> {
        let mut kept: Vec<Match> = Vec::new();
        // Hits come in the order of the line: of every rule only its latest sentence matters, and a
        // pattern is tried once at a token.
        let mut places: FxHashMap<usize, Place> = FxHashMap::default();
        let mut tried = Vec::new();
        let mut token = 0;
        for hit in self.scene.hits.iter() {
            let Some(beginning) = self.rules.beginning.get(hit.concept) else { continue };
            let sentence = self.scene.sentence(hit.from);
            if token != hit.from {
                tried.clear();
                token = hit.from;
            }
            for begins @ Beginning { rule, pattern, needs } in beginning {
                if !self.scene.hits.has(*needs)
                    || !self
                        .scene
                        .has_all(&self.rules.rules[*rule as usize].patterns[*pattern as usize])
                    || tried.contains(begins)
                {
                    continue;
                }
                let (rule, pattern) = (*rule as usize, *pattern as usize);
                tried.push(*begins);
                let place = places.entry(rule).or_default();
                if place.sentence != Some(sentence.0) {
                    *place = Place { sentence: Some(sentence.0), ..Place::default() };
                }
                if place.settled {
                    continue;
                }
                match self.attempt(rule, pattern, hit.from, sentence, &mut place.against) {
                    Attempt::Nothing => {}
                    Attempt::Blocked => place.settled = true,
                    Attempt::Found(found) => place.take(found, self.several(rule), &mut kept),
                }
            }
        }
        kept.sort_by_key(|m| (m.from, m.rule, m.to));
        kept
    }

    /// Every wish to be rung counts: a time belongs to the nearest.
    fn several(&self, rule: usize) -> bool {
        self.rules.rules[rule].says == Says::Callback
    }

    fn attempt(
        &self,
        index: usize,
        pattern: usize,
        token: usize,
        sentence: (usize, usize),
        against: &mut Option<bool>,
    ) -> Attempt {
        let rule: &Rule = &self.rules.rules[index];
        let Some((head, others)) = rule.patterns[pattern].split_first() else {
            return Attempt::Nothing;
        };
        let Some(found) = self.scene.follow(head, token) else { return Attempt::Nothing };
        let others: Option<Vec<Found>> =
            others.iter().map(|other| self.scene.anywhere(other, sentence)).collect();
        let Some(others) = others else { return Attempt::Nothing };
        let stands = || rule.unless.iter().any(|unless| self.stands(unless, sentence));
        if *against.get_or_insert_with(stands) {
            return Attempt::Blocked;
        }
        let denied = rule.deniable
            && std::iter::once(&found)
                .chain(&others)
                .any(|found| self.scene.denied(found, self.grammar.not, self.grammar.turn));
        let from = found.first().map_or(token, |(from, _)| *from);
        let to = found.last().map_or(token, |(_, to)| *to);
        let denied = denied || rule.deniable && self.is_history(rule, from, to, sentence);
        if self.is_past(rule, (from, to), sentence) || self.is_elsewhere(rule, sentence) {
            return Attempt::Nothing;
        }
        if rule.says == Says::Resolved && !self.is_over((from, to), sentence) {
            return Attempt::Nothing;
        }
        let near = to..(to + 4).min(sentence.1);
        let lapsed = denied
            && near.into_iter().any(|token| self.scene.covers(self.grammar.no_longer, token));
        let thing = self.thing(rule, from, to, sentence);
        Attempt::Found(Match { rule: index, from, to, denied, lapsed, thing })
    }

    /// "We had a flood last year": danger that is long over is none.
    fn is_history(&self, rule: &Rule, from: usize, to: usize, sentence: (usize, usize)) -> bool {
        let covers = |concept, token| self.scene.covers(concept, token);
        // "You put it in last year and it's leaking": what a turn cuts off was another time.
        // So was what others did behind a pause: "it's leaking, you put it in last year".
        let words = self.scene.words;
        let others = |token: usize| {
            words.kind(token) == Kind::Pause
                && matches!(words.at(token + 1), "you" | "your" | "they" | "he" | "somebody")
        };
        let same = |token: &usize| !covers(self.grammar.turn, *token) && !others(*token);
        let ahead = (from.saturating_sub(5).max(sentence.0)..from).rev().take_while(same);
        let behind = (to..(to + 5).min(sentence.1)).take_while(same);
        let mut near = ahead.chain(from..to).chain(behind);
        matches!(rule.says, Says::Hazard | Says::Outage)
            && near.any(|token| covers(self.grammar.long_ago, token))
            && !self.scene.hits.has_within(self.grammar.ongoing, sentence)
    }

    /// Whether what sounds like the end of a trouble is one. "Isn't working again", "nobody fixed it",
    /// "it was fixed last week", "they thought they fixed it", "it came back on but it's out again" are
    /// none.
    fn is_over(&self, (from, to): (usize, usize), sentence: (usize, usize)) -> bool {
        let words = self.scene.words;
        let covers = |concept, token| self.scene.covers(concept, token);
        let same =
            |token: &usize| words.kind(*token) != Kind::Pause && !covers(self.grammar.turn, *token);
        // A "no" is an answer: "No, it stopped".
        let denies = |token| {
            covers(self.grammar.not, token) && words.at(token) != "no"
                || covers(self.grammar.claimed, token)
        };
        // "You were here last month and it was fixed"; "we had a flood last year, it was fixed" is over.
        let window = from.saturating_sub(6).max(sentence.0)..from;
        let visited = window.clone().any(|at| matches!(words.at(at), "you" | "here" | "came"));
        let mut long_before = window.filter(|_| visited);
        let mut and_then = to..(to + 6).min(self.scene.words.len());
        let mut ahead = (from.saturating_sub(3).max(sentence.0)..from).rev().take_while(same);
        let mut behind = (to..(to + 4).min(sentence.1)).take_while(same);
        !ahead.any(denies)
            && !behind.any(|token| covers(self.grammar.days_ago, token))
            && !long_before.any(|token| covers(self.grammar.long_ago, token))
            && !and_then.any(|token| covers(self.grammar.not_so, token))
            && !self.begins_anew(to)
    }

    /// Whether "again" is said after token `to`, not right there ("back on again"): "it stopped, and now
    /// it's pouring again". "So that it doesn't happen again" is a wish.
    fn begins_anew(&self, to: usize) -> bool {
        const REACH: usize = 16;
        let covers = |concept, token| self.scene.covers(concept, token);
        let wished = |token: usize| {
            let mut ahead = token.saturating_sub(6)..token;
            ahead.any(|at| covers(self.grammar.not, at) || covers(self.grammar.forestalls, at))
        };
        let end = (to + REACH).min(self.scene.words.len());
        (to + 1..end).any(|token| covers(self.grammar.once_more, token) && !wished(token))
    }

    /// "I saw a show where a house caught fire": danger somewhere else is none here.
    fn is_elsewhere(&self, rule: &Rule, sentence: (usize, usize)) -> bool {
        matches!(rule.says, Says::Hazard | Says::Outage)
            && self.scene.hits.has_within(self.grammar.elsewhere, sentence)
    }

    /// "They put it in Friday", "Sunday's when it started": a time of what was, not of work that is
    /// wanted. The nearest word that tells, ahead of it up to a pause or a turn, decides.
    fn is_past(&self, rule: &Rule, (from, to): (usize, usize), sentence: (usize, usize)) -> bool {
        let visit = rule.topic.as_ref().is_some_and(|topic| topic.as_str() == "visit");
        if visit || !matches!(rule.says, Says::Timeline | Says::Deadline) {
            return false;
        }
        let covers = |concept, token| self.scene.covers(concept, token);
        let cut = |token: usize| {
            self.scene.words.kind(token) == Kind::Pause || covers(self.grammar.turn, token)
        };
        let clause = (from.saturating_sub(9).max(sentence.0)..from).rev();
        for token in clause.take_while(|token| !cut(*token)) {
            if covers(self.grammar.ahead, token) {
                return false;
            }
            if covers(self.grammar.past, token) {
                return true;
            }
        }
        let when =
            (to..to + 2).any(|token| matches!(self.scene.words.at(token), "when" | "cuando"));
        let mut behind = (to..(to + 5).min(sentence.1)).take_while(|token| !cut(*token));
        when && behind.any(|token| covers(self.grammar.past, token))
    }

    fn stands(&self, pattern: &Pattern, sentence: (usize, usize)) -> bool {
        pattern.iter().all(|sequence| self.scene.anywhere(sequence, sentence).is_some())
    }

    fn thing(
        &self,
        rule: &Rule,
        from: usize,
        to: usize,
        sentence: (usize, usize),
    ) -> Option<usize> {
        let fits = |m: &&Mention| {
            rule.among.is_empty() || rule.among.contains(&self.rules.things[m.thing].trade)
        };
        let distance = |m: &&Mention| m.from.saturating_sub(to).max(from.saturating_sub(m.to));
        let place = |at: usize| self.mentions.partition_point(|m| m.from < at);
        let (begin, here, end) = (place(sentence.0), place(from), place(sentence.1));
        // None stands in another: the nearest before and the nearest behind are the nearest. Of several
        // at one place the first counts.
        let before = self.mentions[begin..here].iter().rfind(fits);
        let before = before.and_then(|m| self.mentions[place(m.from)..here].iter().find(fits));
        let behind = self.mentions[here..end.max(here)].iter().find(fits);
        [before, behind].into_iter().flatten().min_by_key(distance).map(|mention| mention.thing)
    }
}
