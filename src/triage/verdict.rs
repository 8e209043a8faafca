//! Weighs what was said: from facts to an assessment.

use std::cmp::Reverse;

use super::{
    heard::{Fact, Heard},
    rules::{Rules, Says},
};
use crate::call::{
    Assessment, Bant, CallbackRequest, Evidence, Rating, Service, Signal, Text, Urgency,
};

/// The value a statement speaks for.
pub(super) fn signal(says: Says) -> Signal {
    match says {
        Says::Callback | Says::NoCallback => Signal::Callback,
        Says::DoNotCall => Signal::DoNotCall,
        Says::Authority | Says::NoAuthority => Signal::Authority,
        Says::Funding | Says::NoFunding => Signal::Budget,
        Says::Timeline | Says::NoTimeline | Says::Deadline => Signal::Timeline,
        Says::Planned | Says::Inquiry | Says::Wish => Signal::Need,
        _ => Signal::Urgency,
    }
}

/// Whether a statement is about something that is wrong.
pub(super) fn is_problem(says: Says) -> bool {
    matches!(says, Says::Hazard | Says::Outage | Says::Degraded | Says::Minor)
}

/// Whether a denial or the end of its topic takes a statement back.
pub(super) fn is_retractable(says: Says) -> bool {
    is_problem(says) || says == Says::Sign
}

/// The assessment of what was heard.
pub(super) fn of(rules: &Rules, heard: &Heard) -> Assessment {
    let view = View::of(rules, heard);
    let stranger = view.is_stranger();
    let level = if stranger { 1 } else { view.level() };
    let need = !stranger && view.need();
    let urgency = match (level, need) {
        (_, false) if !stranger && view.is_admin() => 2,
        (_, false) => 1,
        (level, true) => level.max(2),
    };
    let urgency = Urgency::new(urgency).unwrap_or_default();
    let figure = if stranger { None } else { heard.ledger.figure() };
    let bant = Bant {
        budget: !stranger && (figure.is_some() || view.says(Says::Funding)),
        authority: !stranger && view.says(Says::Authority),
        need,
        timeline: urgency == Urgency::EMERGENCY || !stranger && view.timeline(need),
    };
    let leading = view.leading();
    let asks = view.says(Says::Inquiry) || view.says(Says::Admin);
    let service = (need || !stranger && asks).then(|| view.service(leading)).flatten();
    Assessment {
        urgency,
        rating: Rating::of(urgency, need),
        callback: heard
            .callback
            .clone()
            .filter(|_| !stranger && (need || !heard.promise.if_needed))
            .map(|request| CallbackRequest { number: heard.who.phone.clone(), ..request }),
        do_not_call: heard.do_not_call,
        service: service.map(Service),
        budget: figure.map(|(amount, _)| amount),
        budget_is_quote: figure.is_some_and(|(_, quote)| quote),
        bant,
        score: bant.score(),
        wants: view.wants(leading).filter(|_| need),
        who: heard.who.clone(),
        evidence: view.evidence(),
        rules: rules.version().clone(),
    }
}

/// Whether what has to stand beside a fact does: "it's screaming" is a danger with the carbon
/// monoxide alarm that was named two sentences ago.
fn is_backed(rules: &Rules, heard: &Heard, fact: &Fact) -> bool {
    let with = &rules.rules[fact.rule()].with;
    with.is_empty() || heard.facts.iter().any(|f| f.stands() && with.contains(&f.rule()))
}

/// A bit of its own for everything a fact can say.
fn bit(says: Says) -> u64 {
    1 << says as u32
}

struct View<'a> {
    rules: &'a Rules,
    heard: &'a Heard,
    /// The facts that count.
    standing: Vec<&'a Fact>,
    /// What they say, a bit each.
    said: u64,
}

impl<'a> View<'a> {
    fn of(rules: &'a Rules, heard: &'a Heard) -> Self {
        let facts = heard.facts.iter();
        let standing: Vec<&Fact> =
            facts.filter(|fact| fact.stands() && is_backed(rules, heard, fact)).collect();
        let said = standing.iter().fold(0, |said, fact| said | bit(fact.says));
        Self { rules, heard, standing, said }
    }

    fn standing(&self) -> impl Iterator<Item = &'a Fact> {
        self.standing.iter().copied()
    }

    /// Whether a fact speaks for or against anything: one that lacks what it needs beside it does
    /// not, nor does a sign that no standing fact needs.
    fn speaks(&self, fact: &Fact) -> bool {
        let needed =
            || self.standing().any(|f| self.rules.rules[f.rule()].with.contains(&fact.rule()));
        is_backed(self.rules, self.heard, fact) && (fact.says != Says::Sign || needed())
    }

    fn says(&self, says: Says) -> bool {
        self.said & bit(says) != 0
    }

    /// Not a caller with a need. A danger outweighs the milder signs (a wrong number, a colleague,
    /// a supplier), never an offer or a test.
    fn is_stranger(&self) -> bool {
        let danger = self.says(Says::Hazard) || self.says(Says::Outage);
        self.standing()
            .any(|fact| fact.says == Says::Stranger && !(danger && self.topic(fact) == "mild"))
    }

    fn topic(&self, fact: &Fact) -> &str {
        self.rules.rules[fact.rule()].topic.as_ref().map_or("", Text::as_str)
    }

    /// How soon a fact on its own wants somebody.
    fn weight(&self, fact: &Fact) -> u8 {
        match fact.says {
            Says::Hazard if fact.contained => 4,
            Says::Hazard => 5,
            Says::Outage => self.outage(fact),
            // A leak that is caught is still one; trouble with the only toilet is an outage.
            Says::Degraded if fact.contained || self.is_only(fact) => 4,
            Says::Degraded => 3,
            Says::Minor | Says::Planned => 2,
            _ => 0,
        }
    }

    /// Whether it is trouble with what the house has only one of.
    fn is_only(&self, fact: &Fact) -> bool {
        self.topic(fact) == "drain" && self.says(Says::Only)
    }

    /// An outage is deadly for who can't bear it.
    fn outage(&self, fact: &Fact) -> u8 {
        let vulnerable = self.says(Says::Vulnerable);
        let cold = self.says(Says::DeepCold) || vulnerable && self.says(Says::Freezing);
        let hot = vulnerable && self.says(Says::DangerousHeat);
        let of_air = || self.trade(fact).is_some_and(|trade| trade.as_str() == "HVAC");
        let deadly = match self.topic(fact) {
            "heat" => cold,
            "cooling" => hot,
            "system" => (cold || hot) && of_air(),
            "power" => self.says(Says::Equipment),
            _ => false,
        };
        match (deadly, self.says(Says::Unoccupied)) {
            (true, _) => 5,
            (false, true) => 3,
            (false, false) => 4,
        }
    }

    /// The fact that weighs most; of equals the first, of those that a pattern heard.
    fn leading(&self) -> Option<&'a Fact> {
        let is_heard = |fact: &Fact| self.rules.rules[fact.rule()].weighed.is_none();
        let place = |fact: &Fact| (fact.line(), fact.evidence.span().start);
        let order = |fact: &&'a Fact| (self.weight(fact), is_heard(fact), Reverse(place(fact)));
        self.standing().filter(|fact| self.weight(fact) > 0).max_by_key(order)
    }

    fn level(&self) -> u8 {
        let level = self.leading().map_or(0, |fact| self.weight(fact));
        if level == 5 {
            return 5;
        }
        if self.says(Says::Deferral) {
            return level.min(2);
        }
        let planned = self.standing().any(|f| f.says == Says::Planned && self.topic(f) == "new");
        let level = if level == 3 && planned { 2 } else { level };
        if level <= 2 && self.says(Says::Deadline) { 3 } else { level }
    }

    /// When the work is wanted; the days of an inquiry or an appointment are no such thing.
    fn timeline(&self, need: bool) -> bool {
        let idle = self.says(Says::Inquiry) || self.says(Says::Admin);
        need && self.says(Says::Deadline) || (need || !idle) && self.says(Says::Timeline)
    }

    /// A customer with a matter that needs no work.
    fn is_admin(&self) -> bool {
        self.says(Says::Admin)
            || self.standing().any(|f| f.says == Says::Authority && self.topic(f) == "customer")
    }

    fn need(&self) -> bool {
        let earnest =
            [Says::Wish, Says::Deadline, Says::Callback].into_iter().any(|s| self.says(s));
        // "Do you do duct cleaning?" names work without asking for it.
        let idle = |f: &Fact| {
            !earnest
                && self.topic(f) != "quote"
                && self.standing().any(|i| i.says == Says::Inquiry && i.line() == f.line())
        };
        let stated =
            self.standing().any(|f| is_problem(f.says) || f.says == Says::Planned && !idle(f));
        let over = self.heard.facts.iter().any(|f| is_problem(f.says) && !f.stands());
        let named = !self.heard.mentions.is_empty();
        let only_asks =
            self.says(Says::Inquiry) || self.says(Says::Admin) || self.says(Says::Resolved);
        let wishes = self.says(Says::Wish) && (named || over || self.heard.topic.is_some());
        // "What would you spend on the heater?" "Around three."
        let answers = self.heard.topic.is_some() && self.heard.ledger.figure().is_some();
        stated || wishes || (named || answers) && !only_asks
    }

    fn service(&self, leading: Option<&Fact>) -> Option<Text> {
        let of_fact = |fact: &Fact| self.trade(fact);
        let named = || {
            let first = self.heard.mentions.first()?;
            Some(self.rules.things[first.thing].trade.clone())
        };
        let any = || self.heard.facts.iter().find_map(of_fact);
        let asked = || self.heard.topic.map(|thing| self.rules.things[thing].trade.clone());
        leading.and_then(of_fact).or_else(named).or_else(any).or_else(asked)
    }

    /// The trade a fact is about: its rule's own; the storm's for water from above; the trade of
    /// the thing it names, or that was named elsewhere and fits; the rule's fallback.
    fn trade(&self, fact: &Fact) -> Option<Text> {
        let rule = &self.rules.rules[fact.rule()];
        let of_thing = |thing: usize| self.rules.things[thing].trade.clone();
        if let Some(trade) = &rule.trade {
            return Some(trade.clone());
        }
        let named = fact.thing().map(of_thing);
        if self.topic(fact) == "water"
            && named.is_none()
            && let Some(storm) = self.standing().find(|fact| fact.says == Says::Storm)
        {
            return self.rules.rules[storm.rule()].trade.clone();
        }
        let fits = |trade: &Text| rule.among.is_empty() || rule.among.contains(trade);
        let elsewhere = || self.heard.mentions.iter().map(|m| of_thing(m.thing)).find(fits);
        let asked = || self.heard.topic.map(of_thing).filter(fits);
        let leaning = || rule.weighed.and_then(|_| self.heard.leaning());
        let known = named.or_else(elsewhere).or_else(asked).or_else(leaning);
        known.or_else(|| rule.fallback.clone())
    }

    fn wants(&self, leading: Option<&Fact>) -> Option<Text> {
        let thing = leading
            .and_then(Fact::thing)
            .or_else(|| self.heard.mentions.first().map(|named| named.thing))
            .map(|thing| self.rules.things[thing].label.clone());
        let wants = leading.and_then(|fact| self.rules.rules[fact.rule()].wants.clone());
        match (wants, thing) {
            (Some(wants), Some(thing)) => {
                Some(Text::new(&wants.as_str().replace("{thing}", thing.as_str())))
            }
            // What is to be filled in and cannot be is nothing to show.
            (Some(wants), None) if !wants.as_str().contains(['{', '}']) => Some(wants),
            (_, thing) => thing,
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        let Heard { facts, money, told, callback, promise, .. } = self.heard;
        let timed = callback.as_ref().is_some_and(|callback| callback.due.is_some());
        let mut all = Vec::with_capacity(facts.len() + money.len() + told.len() + 2);
        let said = facts.iter().filter(|fact| self.speaks(fact));
        all.extend(said.map(|fact| fact.evidence.clone()));
        all.extend(money.iter().cloned());
        all.extend(told.iter().cloned());
        all.extend(promise.words.iter().filter(|_| timed).cloned());
        all.extend(self.heard.mentions.first().map(|named| named.evidence.clone()));
        all.sort_by_key(|evidence| (evidence.line(), evidence.span().start, evidence.signal));
        all
    }
}
