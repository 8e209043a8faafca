//! What is kept of a call: statements, the things named, the money; and what later ones do to them.

use jiff::Timestamp;

use super::{
    ledger::Ledger,
    rules::{Rules, Says},
    verdict,
    weights::Weighed,
    when::Said,
};
use crate::call::{CallbackRequest, Evidence, LineId, Text, Who};

/// What was said so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Heard {
    pub(super) lines: usize,
    /// The thing the agent asked about last: what "it" is while the caller names nothing.
    pub(super) topic: Option<usize>,
    /// The thing the caller named last: what "it" is.
    pub(super) meant: Option<usize>,
    pub(super) facts: Vec<Fact>,
    pub(super) mentions: Vec<Named>,
    pub(super) ledger: Ledger,
    pub(super) money: Vec<Evidence>,
    pub(super) callback: Option<CallbackRequest>,
    /// What was said of its time.
    pub(super) promise: Promise,
    pub(super) do_not_call: Option<Timestamp>,
    pub(super) who: Who,
    /// How much the words speak for each of [`TRADES`], in hundredths.
    pub(super) leanings: [i32; TRADES.len()],
    pub(super) told: Vec<Evidence>,
}

/// When to call.
#[derive(Clone, Debug, Default)]
pub(super) struct Promise {
    pub(super) said: Option<Said>,
    /// The words that name the time.
    pub(super) words: Option<Evidence>,
    /// Only a refusal for a time was heard ("not before ten"): a wish where work is needed.
    pub(super) if_needed: bool,
}

/// The trades that words are weighed for.
pub(super) const TRADES: [&str; 5] = ["Plumbing", "HVAC", "Electrical", "Roofing", "Other"];

/// Something a rule understood. A call on the line holds dozens: 64 bytes each.
#[derive(Clone, Debug)]
pub(super) struct Fact {
    pub(super) says: Says,
    rule: u32,
    thing: Option<u32>,
    pub(super) evidence: Evidence,
    /// Held off: a danger counts one level lower, a leak as one that is caught.
    pub(super) contained: bool,
    /// Denied as something that was so before.
    pub(super) lapsed: bool,
}

impl Fact {
    /// What this rule understood, of this thing.
    pub(super) fn new(says: Says, rule: usize, thing: Option<usize>, evidence: Evidence) -> Self {
        // There are hundreds of each.
        let small = |index| u32::try_from(index).unwrap_or(u32::MAX);
        let (rule, thing) = (small(rule), thing.map(small));
        Self { says, rule, thing, evidence, contained: false, lapsed: false }
    }

    pub(super) fn rule(&self) -> usize {
        self.rule as usize
    }

    pub(super) fn thing(&self) -> Option<usize> {
        self.thing.map(|thing| thing as usize)
    }

    pub(super) fn line(&self) -> LineId {
        self.evidence.line()
    }

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

/// Whether a statement says that something stopped by itself.
fn is_silence(topic: &Text) -> bool {
    topic.as_str() == "silence"
}

/// How much of one kind is kept: a call that says the same for an hour costs no more than one
/// that says it a few times.
const FEW: usize = 6;

/// Keeps the first and the latest few.
pub(super) fn keep_few(all: &mut Vec<Evidence>, evidence: Evidence) {
    if all.len() >= FEW {
        all.remove(1);
    }
    all.push(evidence);
}

impl Heard {
    /// Takes a statement made at `at` into account.
    pub(super) fn take(&mut self, rules: &Rules, mut fact: Fact, at: Timestamp) {
        let topic = rules.rules[fact.rule()].topic.as_ref();
        match fact.says {
            Says::Hazard => fact.contained = self.is_contained(rules, topic),
            Says::Degraded if topic.is_some() => {
                fact.contained = self.is_contained(rules, topic);
            }
            // "I turned it off, it's stopped": held off, not over.
            Says::Resolved if self.just_contained() => {
                self.contain(rules, topic.filter(|topic| !is_silence(topic)), true);
            }
            Says::Resolved if topic.is_some_and(is_silence) => self.fall_silent(rules),
            Says::Resolved => self.retract(rules, topic),
            Says::Contained => self.contain(rules, topic, true),
            Says::Uncontained => self.contain(rules, topic, false),
            Says::Callback => {
                self.callback = Some(CallbackRequest { at, ..CallbackRequest::default() });
                self.promise.if_needed = false;
            }
            Says::NoCallback | Says::DoNotCall => {
                self.callback = None;
                self.retract_saying(Says::Callback);
                if fact.says == Says::DoNotCall {
                    self.do_not_call = Some(at);
                }
            }
            Says::Authority => self.retract_saying(Says::NoAuthority),
            Says::NoAuthority => self.retract_saying(Says::Authority),
            Says::Funding => self.retract_saying(Says::NoFunding),
            Says::NoFunding => {
                self.retract_saying(Says::Funding);
                self.ledger.clear();
            }
            Says::NoTimeline | Says::Deferral => self.retract_saying(Says::Timeline),
            _ => {}
        }
        self.keep(fact);
    }

    /// Takes in which trade a line speaks of.
    pub(super) fn lean(&mut self, line: &Weighed<'_>) {
        for (leaning, trade) in self.leanings.iter_mut().zip(TRADES) {
            *leaning += line.for_question(trade);
        }
    }

    /// The trade that all words together speak for, if any.
    pub(super) fn leaning(&self) -> Option<Text> {
        let most = self.leanings.iter().zip(TRADES).max_by_key(|(leaning, _)| **leaning);
        most.filter(|(leaning, _)| **leaning > 0).map(|(_, trade)| Text::new(trade))
    }

    /// Takes a denial into account: what was said of it before is taken back too, unless it was
    /// said of another thing.
    pub(super) fn deny(&mut self, rules: &Rules, fact: Fact) {
        if fact.says == Says::Sign {
            return self.keep(fact);
        }
        let (rule, topic) = (fact.rule(), rules.rules[fact.rule()].topic.as_ref());
        let any = topic.is_some_and(|topic| topic.as_str() == "thing");
        let other =
            |known: &Fact| any && known.thing().zip(fact.thing()).is_some_and(|(a, b)| a != b);
        for known in self.facts.iter_mut().filter(|known| verdict::is_retractable(known.says)) {
            let of = rules.rules[known.rule()].topic.as_ref();
            let same = known.rule() == rule || topic.is_some() && of == topic;
            known.evidence.retracted |= same && !other(known);
        }
        self.keep(fact);
    }

    /// Keeps a fact; of one rule the first and the latest few.
    fn keep(&mut self, fact: Fact) {
        let mut same = self.facts.iter().enumerate().filter(|(_, known)| known.rule == fact.rule);
        let second = same.nth(1).map(|(place, _)| place);
        if let Some(place) = second.filter(|_| same.count() + 2 >= FEW) {
            self.facts.remove(place);
        }
        // As many calls as there are, as little as possible is kept free in each.
        if self.facts.len() == self.facts.capacity() {
            self.facts.reserve_exact(8);
        }
        self.facts.push(fact);
    }

    /// Takes problems of `topic` back; all of them where there is none.
    fn retract(&mut self, rules: &Rules, topic: Option<&Text>) {
        for fact in self.facts.iter_mut().filter(|fact| verdict::is_retractable(fact.says)) {
            let known = rules.rules[fact.rule()].topic.as_ref();
            fact.evidence.retracted |= topic.is_none() || known == topic;
        }
    }

    /// What stopped by itself is over; an alarm for carbon monoxide is not: what it tells of is neither
    /// seen nor smelled.
    fn fall_silent(&mut self, rules: &Rules) {
        for fact in self.facts.iter_mut().filter(|fact| verdict::is_retractable(fact.says)) {
            let unseen =
                rules.rules[fact.rule()].topic.as_ref().is_some_and(|it| it.as_str() == "co");
            fact.contained |= unseen;
            fact.evidence.retracted |= !unseen;
        }
    }

    fn retract_saying(&mut self, says: Says) {
        for fact in self.facts.iter_mut().filter(|fact| fact.says == says) {
            fact.evidence.retracted = true;
        }
    }

    /// Marks dangers and leaks of `topic` as held off: those before it and those of the same line.
    /// "It isn't sparking any more since I turned the breaker off" holds it off too.
    fn contain(&mut self, rules: &Rules, topic: Option<&Text>, contained: bool) {
        let line = self.lines;
        for fact in &mut self.facts {
            let known = rules.rules[fact.rule()].topic.as_ref();
            if contained && fact.lapsed && fact.line() == line && known == topic {
                fact.evidence.retracted &= fact.says != Says::Hazard;
            }
            let danger = fact.says == Says::Hazard && topic.is_none();
            let same = matches!(fact.says, Says::Hazard | Says::Degraded) && known == topic;
            if danger || same {
                fact.contained = contained;
            }
        }
    }

    fn just_contained(&self) -> bool {
        let line = self.lines;
        self.facts.iter().rev().any(|f| f.line() == line && f.says == Says::Contained)
    }

    /// Whether something of `topic` was said to be held off earlier in this very line.
    fn is_contained(&self, rules: &Rules, topic: Option<&Text>) -> bool {
        let here = |fact: &&Fact| fact.line() == self.lines && fact.stands();
        let about = |fact: &Fact| rules.rules[fact.rule()].topic.as_ref() == topic;
        let last =
            self.facts.iter().filter(here).rev().find(|fact| {
                matches!(fact.says, Says::Contained | Says::Uncontained) && about(fact)
            });
        last.is_some_and(|fact| fact.says == Says::Contained)
    }
}
