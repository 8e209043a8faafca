//! Hears a call line by line and keeps what was said.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{
    answer::Asked,
    calling::is_limit,
    heard::{Fact, Heard, Named, keep_few},
    money,
    reading::{self, Before, Match, Reading},
    rules::{Rules, Says},
    verdict,
    weights::Weights,
    who::{self, About, Told},
    words::Words,
};
use crate::call::{Assessment, Evidence, Line, Role, Signal, Text};

/// Judges one call. A copy shares the rules and takes what was heard along.
#[derive(Clone, Debug)]
pub struct Judge {
    pub(super) rules: Arc<Rules>,
    pub(super) zone: TimeZone,
    pub(super) heard: Heard,
    pub(super) asked: Asked,
}

impl Judge {
    /// A judge who has heard nothing yet. Times a caller names are local to `zone`.
    pub fn new(rules: Arc<Rules>, zone: TimeZone) -> Self {
        Self { rules, zone, heard: Heard::default(), asked: Asked::default() }
    }

    /// Hears the next final line, whoever said it.
    pub fn hear(&mut self, line: &Line) {
        let meant = self.asked.things.last().copied().or(self.heard.meant);
        let before = Before {
            meant,
            smell: self.asked.smell,
            weather: self.asked.weather,
            name: self.asked.name,
        };
        let reading = reading::read(&self.rules, line.text.as_str(), before);
        match line.role {
            Role::Agent => {
                self.asked = Asked::of(self, &reading);
                self.heard.topic = self.asked.things.last().copied().or(self.heard.topic);
            }
            Role::Caller => {
                let agreed = self.answer(&reading, line);
                self.said(&reading, line, agreed);
                self.asked = Asked::default();
            }
        }
        self.heard.lines += 1;
    }

    /// What it makes of the call so far.
    pub fn assessment(&self) -> Assessment {
        verdict::of(&self.rules, &self.heard)
    }

    /// Takes in what the caller says; `agreed` where they said yes to what was asked.
    fn said(&mut self, reading: &Reading, line: &Line, agreed: Option<(usize, usize)>) {
        self.heard.meant = reading.mentions.last().map(|m| m.thing).or(self.heard.meant);
        for mention in &reading.mentions {
            self.name(line, &reading.words, (mention.from, mention.to), mention.thing);
        }
        let limits = self.limits(reading);
        let calls = |found: &&Match| self.rules.rules[found.rule].says == Says::Callback;
        let call = reading.matches.iter().find(calls).map(|found| found.from);
        let idle = if self.asked.call_time { self.idle_sentences(reading) } else { Vec::new() };
        for found in in_time(&self.rules, &reading.matches) {
            if is_limit(&limits, found)
                || self.times_a_call(reading, found)
                || self.answers_with_time(&idle, found)
                || self.corrects_a_time(reading, found, call)
                || self.is_their_own_call(reading, found, &limits)
            {
                continue;
            }
            let span = (found.from, found.to);
            self.learn(line, &reading.words, span, (found.rule, found.thing), found.denied);
            self.lapse_last(found.denied && found.lapsed);
        }
        let timed = self.time_callback(reading, line, &limits, agreed);
        self.weigh(reading, line, timed);
        let scene = reading.scene();
        // The figures of an invoice are no budget.
        let says = |found: &Match| self.rules.rules[found.rule].says;
        let admin = reading.matches.iter().any(|m| says(m) == Says::Admin)
            && !reading.matches.iter().any(|m| says(m) == Says::Planned);
        if admin {
            self.learn_who(reading, line);
            return;
        }
        let money = &self.rules.known().money;
        for amount in money::find(&scene, &reading.numbers, money, self.asked.money) {
            self.heard.ledger.enter(&amount);
            let span = (amount.from, amount.to);
            let rule = Text::new("amount");
            let evidence = self.evidence(line, &reading.words, span, Signal::Budget, rule);
            keep_few(&mut self.heard.money, evidence);
        }
        self.learn_who(reading, line);
    }

    /// What the words of a line add up to, where no pattern heard what it is about. A line that says
    /// it is over, held off, or no call for work is left to the patterns. Neither names nor the time of a call back (`timed`) weigh.
    fn weigh(&mut self, reading: &Reading, line: &Line, timed: Option<(usize, usize)>) {
        let rules = Arc::clone(&self.rules);
        let says = |found: &Match| rules.rules[found.rule].says;
        let over = |found: &Match| {
            matches!(says(found), Says::Contained | Says::Resolved | Says::Stranger)
        };
        if rules.weighed.is_empty() || reading.is_elsewhere || reading.matches.iter().any(over) {
            return;
        }
        let quiet: Vec<_> = reading.proper.iter().copied().chain(timed).collect();
        let weighed = Weights::shipped().weigh(&reading.words, &quiet);
        self.heard.lean(&weighed);
        let heard =
            |found: &Match| matches!(says(found), Says::Hazard | Says::Outage | Says::Minor);
        if reading.matches.iter().any(heard) {
            return;
        }
        for index in &rules.weighed {
            let Some((question, from)) = rules.rules[*index].weighed else { continue };
            if weighed.sum(question) < from {
                continue;
            }
            if let Some(span) = weighed.telling(question) {
                self.learn(line, &reading.words, span, (*index, None), false);
            }
        }
    }

    fn learn_who(&mut self, reading: &Reading, line: &Line) {
        let asked = self.asked.name;
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
    pub(super) fn name(&mut self, line: &Line, words: &Words, span: (usize, usize), thing: usize) {
        let evidence = self.evidence(line, words, span, Signal::Service, Text::new("named"));
        if self.heard.mentions.iter().all(|named| named.thing != thing) {
            self.heard.mentions.push(Named { thing, evidence });
        }
    }

    pub(super) fn evidence(
        &self,
        line: &Line,
        words: &Words,
        (from, to): (usize, usize),
        signal: Signal,
        rule: Text,
    ) -> Evidence {
        let (start, end) = words.span(from, to);
        Evidence::new(signal, rule, self.heard.lines, start..end, &line.text)
    }

    /// Takes one understood pattern into account, or its denial.
    pub(super) fn learn(
        &mut self,
        line: &Line,
        words: &Words,
        span: (usize, usize),
        (rule, thing): (usize, Option<usize>),
        denied: bool,
    ) {
        let said = &self.rules.rules[rule];
        let states = if denied { opposite(said.says) } else { Some(said.says) };
        let says = states.unwrap_or(said.says);
        let mut evidence =
            self.evidence(line, words, span, verdict::signal(says), said.name.clone());
        // "No hurry" is one wish to wait, not two: its "hurry" is only taken back.
        let within = |fact: &Fact| {
            fact.says == says
                && fact.line() == self.heard.lines
                && fact.evidence.span().start <= evidence.span().start
                && fact.evidence.span().end >= evidence.span().end
        };
        let known = denied && self.heard.facts.iter().any(within);
        evidence.retracted = states.is_none() || known;
        let fact = Fact::new(says, rule, thing, evidence);
        match states {
            Some(_) => self.heard.take(&self.rules, fact, line.at),
            None => self.heard.deny(&self.rules, fact),
        }
    }

    /// Marks what was learnt last as something that was so before, when it `lapsed`.
    pub(super) fn lapse_last(&mut self, lapsed: bool) {
        if let Some(fact) = self.heard.facts.last_mut().filter(|_| lapsed) {
            fact.lapsed = true;
        }
    }
}

/// What a line says, in order; a trouble that outlasts its own end in the words ("the furnace came back
/// on but now it's out") comes after it.
fn in_time<'a>(rules: &Rules, matches: &'a [Match]) -> Vec<&'a Match> {
    let says = |found: &Match| rules.rules[found.rule].says;
    let place = |at: usize| {
        let found = &matches[at];
        let mut within = matches[at..].iter().take_while(|it| it.from < found.to);
        let outlasts =
            |it: &Match| says(it) == Says::Resolved && it.from > found.from && it.to < found.to;
        let last = verdict::is_problem(says(found)) && within.any(outlasts);
        if last { found.to } else { found.from }
    };
    let mut order: Vec<usize> = (0..matches.len()).collect();
    order.sort_by_cached_key(|at| place(*at));
    order.into_iter().map(|at| &matches[at]).collect()
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
