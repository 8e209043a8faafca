//! Hears a call line by line and keeps what was said.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    money::{self, Ledger},
    reading::{self, Match, Reading},
    rules::{Rules, Says},
    verdict, when,
    who::{self, About, Told},
    words::{Kind, Words},
};
use crate::call::{Assessment, CallbackRequest, Evidence, Line, LineId, Role, Signal, Text, Who};

/// Judges one call. A copy shares the rules and takes what was heard along.
#[derive(Clone, Debug)]
pub struct Judge {
    rules: Arc<Rules>,
    zone: TimeZone,
    heard: Heard,
}

/// What was said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) lines: usize,
    /// The thing the agent asked about last: what "it" is while the caller names nothing.
    pub(super) topic: Option<usize>,
    /// The thing the caller named last: what "it" is.
    meant: Option<usize>,
    pub(super) facts: Vec<Fact>,
    pub(super) mentions: Vec<Named>,
    pub(super) ledger: Ledger,
    pub(super) money: Vec<Evidence>,
    pub(super) callback: Option<CallbackRequest>,
    pub(super) do_not_call: Option<Timestamp>,
    pub(super) who: Who,
    pub(super) told: Vec<Evidence>,
    asked: Asked,
}

/// How much of one kind is kept: a call that says the same for an hour costs no more than one
/// that says it a few times.
const FEW: usize = 6;

impl Heard {
    /// Keeps a fact; of one rule the first and the latest few.
    fn keep(&mut self, fact: Fact) {
        let mut same = self.facts.iter().enumerate().filter(|(_, known)| known.rule == fact.rule);
        let second = same.nth(1).map(|(place, _)| place);
        if let Some(place) = second.filter(|_| same.count() + 2 >= FEW) {
            self.facts.remove(place);
        }
        self.facts.push(fact);
    }
}

/// Keeps the first and the latest few.
fn keep_few(all: &mut Vec<Evidence>, evidence: Evidence) {
    if all.len() >= FEW {
        all.remove(1);
    }
    all.push(evidence);
}

/// Something a rule understood.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) says: Says,
    pub(super) rule: usize,
    pub(super) thing: Option<usize>,
    pub(super) line: LineId,
    pub(super) from: usize,
    pub(super) evidence: Evidence,
    /// Held off: counts one level lower.
    pub(super) contained: bool,
    /// Denied as something that was so before.
    lapsed: bool,
}

impl Fact {
    /// Whether it still counts.
    pub(super) fn stands(&self) -> bool {
        !self.evidence.retracted
    }
}

/// A thing the caller named.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) thing: usize,
    pub(super) evidence: Evidence,
}

/// What the agent's last line asked.
#[derive(Clone, Debug, Default)]
struct Asked {
    facts: Vec<(usize, Option<usize>)>,
    things: Vec<usize>,
    budget: bool,
    name: bool,
    call_time: bool,
}

impl Judge {
    /// A judge who has heard nothing yet. Times a caller names are local to `zone`.
    pub fn new(rules: Arc<Rules>, zone: TimeZone) -> Self {
        Self { rules, zone, heard: Heard::default() }
    }

    /// Hears the next final line, whoever said it.
    pub fn hear(&mut self, line: &Line) {
        let meant = self.heard.asked.things.last().copied().or(self.heard.meant);
        let reading = reading::read(&self.rules, line.text.as_str(), meant);
        match line.role {
            Role::Agent => {
                self.heard.asked = self.question(&reading);
                self.heard.topic = self.heard.asked.things.last().copied().or(self.heard.topic);
            }
            Role::Caller => {
                self.answer(&reading, line);
                self.said(&reading, line);
                self.heard.asked = Asked::default();
            }
        }
        self.heard.lines += 1;
    }

    /// What it makes of the call so far.
    pub fn assessment(&self) -> Assessment {
        verdict::of(&self.rules, &self.heard)
    }

    fn question(&self, reading: &Reading) -> Asked {
        let facts = reading.matches.iter().filter(|m| !m.denied).map(|m| (m.rule, m.thing));
        let offer = self.rules.rules.iter().position(|rule| rule.name.as_str() == "callback");
        let things = reading.mentions.iter().map(|mention| mention.thing).collect();
        let covers =
            |name: &str| self.rules.concept(name).is_some_and(|concept| reading.hits.has(concept));
        Asked {
            facts: facts
                .chain(offer.filter(|_| covers("offers_call")).map(|rule| (rule, None)))
                .collect(),
            things,
            budget: covers("asks_budget"),
            name: covers("asks_name"),
            call_time: covers("asks_call_time") || covers("asks_when") && self.wished_a_call(),
        }
    }

    /// Whether the caller's last line was a wish to be rung.
    fn wished_a_call(&self) -> bool {
        let last = self.heard.lines.checked_sub(1);
        self.heard.facts.iter().rev().any(|f| f.says == Says::Callback && Some(f.line) == last)
    }

    /// "Yes" and "no" mean what the agent asked.
    fn answer(&mut self, reading: &Reading, line: &Line) {
        let Some((at, yes)) = self.yes_or_no(reading) else { return };
        let calls =
            |(rule, _): &(usize, Option<usize>)| self.rules.rules[*rule].says == Says::Callback;
        self.heard.asked.call_time |= yes && self.heard.asked.facts.iter().any(calls);
        if yes {
            for thing in std::mem::take(&mut self.heard.asked.things) {
                self.name(line, &reading.words, (at, at + 1), thing);
            }
        }
        for (rule, thing) in std::mem::take(&mut self.heard.asked.facts) {
            let says = self.rules.rules[rule].says;
            if answerable(says) {
                self.learn(line, &reading.words, (at, at + 1), (rule, thing), !yes);
            }
        }
    }

    /// Whether the line begins with a yes or a no, and where.
    fn yes_or_no(&self, reading: &Reading) -> Option<(usize, bool)> {
        let yes = self.rules.concept("yes")?;
        let no = self.rules.concept("no")?;
        let filler = self.rules.concept("filler")?;
        let scene = reading.scene();
        for at in 0..reading.words.len().min(4) {
            if scene.covers(no, at) {
                return Some((at, false));
            }
            if scene.covers(yes, at) {
                return Some((at, true));
            }
            let skip = scene.covers(filler, at) || reading.words.at(at) == ",";
            if !skip {
                break;
            }
        }
        // "My wife and I are, yes."
        let last = (0..reading.words.len()).rev().find(|at| !reading.words.is_end(*at))?;
        let apart = last.checked_sub(1).is_some_and(|at| reading.words.kind(at) != Kind::Word);
        let yes = apart && scene.covers(yes, last);
        let no = apart && scene.covers(no, last);
        (yes || no).then_some((last, yes))
    }

    fn said(&mut self, reading: &Reading, line: &Line) {
        self.heard.meant = reading.mentions.last().map(|m| m.thing).or(self.heard.meant);
        for mention in &reading.mentions {
            self.name(line, &reading.words, (mention.from, mention.to), mention.thing);
        }
        for found in &reading.matches {
            if self.times_a_call(reading, found)
                || self.answers_with_time(reading, found)
                || self.is_their_own_call(reading, found)
            {
                continue;
            }
            let span = (found.from, found.to);
            self.learn(line, &reading.words, span, (found.rule, found.thing), found.denied);
            if let Some(fact) = self.heard.facts.last_mut().filter(|_| found.denied) {
                fact.lapsed = found.lapsed;
            }
        }
        let scene = reading.scene();
        // The figures of an invoice are no budget.
        let says = |found: &Match| self.rules.rules[found.rule].says;
        let admin = reading.matches.iter().any(|m| says(m) == Says::Admin)
            && !reading.matches.iter().any(|m| says(m) == Says::Planned);
        if admin {
            self.time_callback(reading, line);
            self.learn_who(reading, line);
            return;
        }
        for amount in money::find(&scene, &self.rules.known().money, self.heard.asked.budget) {
            self.heard.ledger.enter(&amount);
            let span = (amount.from, amount.to);
            let rule = Text::new("amount");
            let evidence = self.evidence(line, &reading.words, span, Signal::Budget, rule);
            keep_few(&mut self.heard.money, evidence);
        }
        self.time_callback(reading, line);
        self.learn_who(reading, line);
    }

    /// Ties a wish to be rung to the time that was named with it.
    fn time_callback(&mut self, reading: &Reading, line: &Line) {
        let words = &reading.words;
        let scene = reading.scene();
        let here = reading
            .matches
            .iter()
            .filter(|found| !found.denied && self.rules.rules[found.rule].says == Says::Callback);
        let mut spans: Vec<(usize, usize)> = here.map(|found| scene.sentence(found.from)).collect();
        if self.heard.asked.call_time || !spans.is_empty() {
            spans.extend(self.idle_sentences(reading));
        }
        let due = spans.iter().find_map(|span| when::due(words, *span, line.at, &self.zone));
        if let (Some(due), Some(callback)) = (due, &mut self.heard.callback) {
            callback.due = Some(due);
        }
    }

    /// Sentences that speak of no thing and no work: a time in them is that of the call back.
    fn idle_sentences(&self, reading: &Reading) -> Vec<(usize, usize)> {
        let scene = reading.scene();
        let mut spans = Vec::new();
        let mut at = 0;
        while at < reading.words.len() {
            let span = scene.sentence(at);
            let within = |token: usize| (span.0..span.1).contains(&token);
            let busy = reading.mentions.iter().any(|mention| within(mention.from))
                || reading.matches.iter().any(|found| {
                    let says = self.rules.rules[found.rule].says;
                    within(found.from) && (verdict::is_problem(says) || says == Says::Wish)
                });
            if !busy {
                spans.push(span);
            }
            at = span.1.max(at) + 1;
        }
        spans
    }

    /// Whether a time is the answer to when to call.
    fn answers_with_time(&self, reading: &Reading, time: &Match) -> bool {
        let says = self.rules.rules[time.rule].says;
        matches!(says, Says::Timeline | Says::Deadline)
            && self.heard.asked.call_time
            && self.idle_sentences(reading).iter().any(|span| (span.0..span.1).contains(&time.from))
    }

    fn learn_who(&mut self, reading: &Reading, line: &Line) {
        let asked = self.heard.asked.name;
        for Told { about, from, to, value } in
            who::find(reading, line.text.as_str(), &self.rules.known().who, asked)
        {
            let (slot, rule) = match about {
                About::Name => (&mut self.heard.who.name, "name"),
                About::Address => (&mut self.heard.who.address, "address"),
                About::Email => (&mut self.heard.who.email, "email"),
                About::Phone => (&mut self.heard.who.phone, "phone"),
                About::Company => (&mut self.heard.who.company, "company"),
            };
            // A name said first is the caller's own; of the rest the latest is the correction.
            if about == About::Name && slot.is_some() && !asked {
                continue;
            }
            *slot = Text::non_empty(&value);
            let evidence =
                self.evidence(line, &reading.words, (from, to), Signal::Who, Text::new(rule));
            keep_few(&mut self.heard.told, evidence);
        }
    }

    /// Notes that the caller named a thing.
    fn name(&mut self, line: &Line, words: &Words, span: (usize, usize), thing: usize) {
        let evidence = self.evidence(line, words, span, Signal::Service, Text::new("named"));
        if self.heard.mentions.iter().all(|named| named.thing != thing) {
            self.heard.mentions.push(Named { thing, evidence });
        }
    }

    /// Whether a wish to be rung is the tail of a refusal: "I'll give you a | call back when ...".
    fn is_their_own_call(&self, reading: &Reading, call: &Match) -> bool {
        let says = |found: &Match| self.rules.rules[found.rule].says;
        let apart = |at: usize| reading.words.kind(at) != Kind::Word;
        says(call) == Says::Callback
            && reading.matches.iter().any(|no| {
                let between = no.to.min(call.from)..call.from;
                says(no) == Says::NoCallback
                    && no.from < call.from
                    && between.len() <= 3
                    && !between.into_iter().any(apart)
            })
    }

    /// Whether a time is that of a call back ("phone me tomorrow"), not of the work: it stands
    /// beside the wish, and neither a thing nor a turn stands between them.
    fn times_a_call(&self, reading: &Reading, time: &Match) -> bool {
        let says = |found: &Match| self.rules.rules[found.rule].says;
        let topic = self.rules.rules[time.rule].topic.as_ref().map_or("", Text::as_str);
        let is_time = match says(time) {
            Says::Timeline | Says::Deadline => topic != "visit",
            says => says == Says::Deferral && topic == "open",
        };
        if !is_time {
            return false;
        }
        let scene = reading.scene();
        reading.matches.iter().any(|call| {
            let is_call = matches!(says(call), Says::Callback | Says::NoCallback);
            let (between, reach) = if call.from <= time.from {
                (call.to..time.from, 6)
            } else {
                (time.to..call.from, 3)
            };
            is_call
                && scene.sentence(call.from) == scene.sentence(time.from)
                && between.len() <= reach
                && !between.clone().any(|at| scene.covers(self.rules.known().apart, at))
                && !reading.mentions.iter().any(|m| between.contains(&m.from))
        })
    }

    fn evidence(
        &self,
        line: &Line,
        words: &Words,
        (from, to): (usize, usize),
        signal: Signal,
        rule: Text,
    ) -> Evidence {
        let (start, end) = words.span(from, to);
        let words = Text::new(&line.text.as_str()[start..end]);
        Evidence { signal, rule, line: self.heard.lines, start, end, words, retracted: false }
    }

    /// Takes one understood pattern into account, or its denial.
    fn learn(
        &mut self,
        line: &Line,
        words: &Words,
        span: (usize, usize),
        (rule, thing): (usize, Option<usize>),
        denied: bool,
    ) {
        let said = &self.rules.rules[rule];
        let says = if denied { opposite(said.says) } else { Some(said.says) };
        let (name, topic, plain) = (said.name.clone(), said.topic.clone(), said.says);
        let says_now = says.unwrap_or(plain);
        let mut evidence = self.evidence(line, words, span, verdict::signal(says_now), name);
        evidence.retracted = says.is_none();
        let (at, line) = (line.at, self.heard.lines);
        let fact = Fact {
            says: says_now,
            rule,
            thing,
            line,
            from: span.0,
            evidence,
            contained: false,
            lapsed: false,
        };
        if says.is_some() {
            self.take(fact, topic.as_ref(), at);
        } else {
            // Denied where it stands: what was said of it before is taken back too.
            self.retract(|known, same| same == rule || topic.is_some() && known == topic.as_ref());
            self.heard.keep(fact);
        }
    }

    fn take(&mut self, mut fact: Fact, topic: Option<&Text>, at: Timestamp) {
        match fact.says {
            Says::Hazard => fact.contained = self.is_contained(topic),
            // "I turned it off, it's stopped": held off, not over.
            Says::Resolved if self.just_contained() => self.contain(topic, true),
            Says::Resolved => self.retract(|known, _| topic.is_none() || known == topic),
            Says::Contained => self.contain(topic, true),
            Says::Uncontained => self.contain(topic, false),
            Says::Callback => {
                self.heard.callback = Some(CallbackRequest { at, ..CallbackRequest::default() });
            }
            Says::NoCallback | Says::DoNotCall => {
                self.heard.callback = None;
                self.retract_saying(Says::Callback);
                if fact.says == Says::DoNotCall {
                    self.heard.do_not_call = Some(at);
                }
            }
            Says::Authority => self.retract_saying(Says::NoAuthority),
            Says::NoAuthority => self.retract_saying(Says::Authority),
            Says::Funding => self.retract_saying(Says::NoFunding),
            Says::NoFunding => {
                self.retract_saying(Says::Funding);
                self.heard.ledger.clear();
            }
            Says::NoTimeline | Says::Deferral => self.retract_saying(Says::Timeline),
            _ => {}
        }
        self.heard.keep(fact);
    }

    /// Takes problems back whose topic and rule `matches`.
    fn retract(&mut self, matches: impl Fn(Option<&Text>, usize) -> bool) {
        for fact in &mut self.heard.facts {
            let topic = self.rules.rules[fact.rule].topic.as_ref();
            if verdict::is_problem(fact.says) && matches(topic, fact.rule) {
                fact.evidence.retracted = true;
            }
        }
    }

    fn retract_saying(&mut self, says: Says) {
        for fact in self.heard.facts.iter_mut().filter(|fact| fact.says == says) {
            fact.evidence.retracted = true;
        }
    }

    /// Marks dangers of `topic` as held off: those before it and those of the same line. "It isn't
    /// sparking any more since I turned the breaker off" holds it off too.
    fn contain(&mut self, topic: Option<&Text>, contained: bool) {
        let line = self.heard.lines;
        for fact in &mut self.heard.facts {
            let known = self.rules.rules[fact.rule].topic.as_ref();
            if contained && fact.lapsed && fact.line == line && known == topic {
                fact.evidence.retracted &= fact.says != Says::Hazard;
            }
            if fact.says == Says::Hazard && (topic.is_none() || known == topic) {
                fact.contained = contained;
            }
        }
    }

    fn just_contained(&self) -> bool {
        let line = self.heard.lines;
        self.heard.facts.iter().rev().any(|f| f.line == line && f.says == Says::Contained)
    }

    /// Whether a danger of `topic` was said to be held off earlier in this very line.
    fn is_contained(&self, topic: Option<&Text>) -> bool {
        let here = |fact: &&Fact| fact.line == self.heard.lines && fact.stands();
        let about = |fact: &Fact| self.rules.rules[fact.rule].topic.as_ref() == topic;
        let last =
            self.heard.facts.iter().filter(here).rev().find(|fact| {
                matches!(fact.says, Says::Contained | Says::Uncontained) && about(fact)
            });
        last.is_some_and(|fact| fact.says == Says::Contained)
    }
}

/// What an answer to the agent's question can settle.
fn answerable(says: Says) -> bool {
    !matches!(says, Says::Stranger | Says::Inquiry | Says::Wish | Says::Planned | Says::Admin)
}

/// What denying a statement states; nothing when it only takes the statement back.
fn opposite(says: Says) -> Option<Says> {
    match says {
        Says::Alarm => Some(Says::Deferral),
        Says::Authority => Some(Says::NoAuthority),
        Says::Callback => Some(Says::NoCallback),
        Says::Funding => Some(Says::NoFunding),
        Says::Uncontained => Some(Says::Contained),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_rules_are_sound() {
        assert!(!Rules::shipped().version().is_empty());
    }
}
