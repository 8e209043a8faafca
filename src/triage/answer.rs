//! What the agent asked gives the caller's "yes", "no" and bare numbers their meaning.

use super::{
    judge::Judge,
    money::Question,
    reading::Reading,
    rules::{Rule, Rules, Says},
    scene::Scene,
    verdict,
    when::{self, Said},
    words::Kind,
};
use crate::call::{Evidence, Line, Text};

/// What the agent's last line asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) facts: Vec<(usize, Option<usize>)>,
    pub(super) things: Vec<usize>,
    pub(super) money: Question,
    pub(super) name: bool,
    pub(super) call_time: bool,
    /// The time at which a call is offered.
    pub(super) offered: Option<Said>,
    /// What something smells like: "like rotten eggs" answers it.
    pub(super) smell: bool,
    /// How cold or hot it is: a bare number answers it.
    pub(super) weather: bool,
    /// Whether it is entirely so: a "no" leaves standing that it is partly.
    wholly: bool,
}

impl Asked {
    /// What the agent's line asks, after what the caller said.
    pub(super) fn of(judge: &Judge, reading: &Reading) -> Self {
        let rules = &judge.rules;
        let scene = reading.scene();
        let facts = reading
            .matches
            .iter()
            .filter(|m| !(m.denied || is_invitation(rules, m.rule) && is_statement(&scene, m.to)))
            .map(|m| (m.rule, m.thing));
        let offer = rules.rules.iter().position(|rule| rule.name.as_str() == "callback");
        let covers =
            |name: &str| rules.concept(name).is_some_and(|concept| reading.hits.has(concept));
        let covers_any = |names: &[&str]| names.iter().any(|name| covers(name));
        let of_a_call = covers_any(&["offers_call", "asks_call_time"])
            || reading.matches.iter().any(|m| rules.rules[m.rule].says == Says::Callback)
            || judge.heard.callback.is_some() && !is_told(reading) && !speaks_of_a_visit(reading);
        let words = &reading.words;
        let said = when::listen(words, (0, words.len()), &reading.phones, false);
        let offered = Some(said).filter(|said| of_a_call && said.is_named());
        let when_to_call = covers("asks_when") && judge.wished_a_call()
            || covers("offers_call") && !is_told(reading);
        Self {
            offered,
            facts: facts
                .chain(offer.filter(|_| covers("offers_call")).map(|rule| (rule, None)))
                .collect(),
            things: reading.mentions.iter().map(|mention| mention.thing).collect(),
            money: about_money(reading, covers),
            name: covers("asks_name"),
            call_time: covers("asks_call_time") || when_to_call || offered.is_some(),
            smell: covers("smells"),
            weather: covers("asks_weather"),
            wholly: covers("wholly"),
        }
    }
}

/// What of money the line asks.
fn about_money(reading: &Reading, covers: impl Fn(&str) -> bool) -> Question {
    if is_told(reading) {
        Question::Nothing
    } else if covers("asks_other_money") {
        Question::OtherMoney
    } else if covers("asks_quotes") {
        Question::Quotes
    } else if covers("asks_budget") || repeats_amount(reading) {
        Question::Budget
    } else {
        Question::Nothing
    }
}

/// Whether the time in a line may be that of a visit.
fn speaks_of_a_visit(reading: &Reading) -> bool {
    let mut words = (0..reading.words.len()).map(|at| reading.words.at(at));
    words.any(|word| {
        matches!(
            word,
            "come"
                | "out"
                | "tech"
                | "technician"
                | "visit"
                | "appointment"
                | "stop"
                | "send"
                | "there"
                | "arrive"
                | "schedule"
                | "book"
                | "slot"
                | "venir"
                | "tecnico"
                | "visita"
                | "cita"
                | "mandar"
        )
    })
}

/// Whether the line asks nothing: all its sentences end in a stop.
fn is_told(reading: &Reading) -> bool {
    let mut ends = (0..reading.words.len()).map(|at| reading.words.kind(at));
    ends.clone().all(|kind| kind != Kind::Question) && ends.any(|kind| kind == Kind::Stop)
}

/// "Three thousand?"
fn repeats_amount(reading: &Reading) -> bool {
    reading.numbers.iter().any(|n| n.scale >= 1000 && reading.words.kind(n.to) == Kind::Question)
}

/// "Go ahead" is no question for a decision.
fn is_invitation(rules: &Rules, rule: usize) -> bool {
    matches!(rules.rules[rule].says, Says::Authority | Says::Funding)
}

/// Whether the sentence around `token` ends without a question.
fn is_statement(scene: &Scene<'_>, token: usize) -> bool {
    let (_, end) = scene.sentence(token.saturating_sub(1));
    end < scene.words.len() && scene.words.kind(end) == Kind::Stop
}

impl Judge {
    /// Whether the caller's last line was a wish to be rung.
    fn wished_a_call(&self) -> bool {
        let last = self.heard.lines.checked_sub(1);
        let timed = self.heard.promise.words.as_ref().map(Evidence::line);
        let mut facts = self.heard.facts.iter().rev();
        last.is_some() && timed == last
            || facts.any(|f| f.says == Says::Callback && Some(f.line()) == last)
    }

    /// "Yes" and "no" mean what the agent asked. Where a yes stands, if one does.
    pub(super) fn answer(&mut self, reading: &Reading, line: &Line) -> Option<(usize, usize)> {
        self.apologise(reading, line);
        let (at, yes) = self.yes_or_no(reading)?;
        let calls =
            |(rule, _): &(usize, Option<usize>)| self.rules.rules[*rule].says == Says::Callback;
        self.asked.call_time |= yes && self.asked.facts.iter().any(calls);
        if yes {
            for thing in std::mem::take(&mut self.asked.things) {
                self.name(line, &reading.words, (at, at + 1), thing);
            }
        }
        let lapsed = !yes && self.lapses(reading, at);
        let asked = std::mem::take(&mut self.asked.facts);
        // "Is it still sounding?" "No." It did.
        let still = |topic: Option<&Text>| {
            let goes_on =
                |rule: &Rule| rule.says == Says::Uncontained && rule.topic.as_ref() == topic;
            asked.iter().any(|(rule, _)| goes_on(&self.rules.rules[*rule]))
        };
        let held: Vec<bool> = asked
            .iter()
            .map(|(rule, _)| &self.rules.rules[*rule])
            .map(|rule| !yes && verdict::is_problem(rule.says) && still(rule.topic.as_ref()))
            .collect();
        for ((rule, thing), held) in asked.into_iter().zip(held) {
            let says = self.rules.rules[rule].says;
            let another_hour = says == Says::Callback && !yes && self.names_another_hour(reading);
            if held || another_hour {
                continue;
            }
            self.asked.call_time &= yes || says != Says::Callback;
            let partly = self.asked.wholly && matches!(says, Says::Degraded | Says::Minor);
            if answerable(says) && (yes || !partly) {
                self.learn(line, &reading.words, (at, at + 1), (rule, thing), !yes);
                self.lapse_last(lapsed);
            }
        }
        yes.then_some((at, at + 1))
    }

    /// "Shall we call at nine?" "No, at ten": the call is welcome, the hour is not. A long answer, or one
    /// that speaks of a call or a visit, means what it says.
    fn names_another_hour(&self, reading: &Reading) -> bool {
        const SHORT: usize = 12;
        let words = &reading.words;
        let mut refused = (0..words.len().min(SHORT)).map(|at| words.at(at));
        let plain = words.len() <= SHORT
            && !speaks_of_a_visit(reading)
            && !refused.any(|word| matches!(word, "call" | "phone" | "need" | "put" | "llamada"));
        let named = || when::listen(words, (0, words.len()), &reading.phones, true).is_named();
        self.asked.offered.is_some() && plain && (self.heard.callback.is_some() || named())
    }

    /// "You have the wrong number." "Oh, sorry."
    fn apologise(&mut self, reading: &Reading, line: &Line) {
        let Some(apology) = self.rules.concept("apology") else { return };
        let Some((from, to)) = reading.hits.of_concept(apology, 0).next().map(|h| (h.from, h.to))
        else {
            return;
        };
        let wrong = self.asked.facts.iter().find(|(rule, _)| {
            let rule = &self.rules.rules[*rule];
            rule.says == Says::Stranger && rule.topic.as_ref().is_some_and(|t| t.as_str() == "mild")
        });
        if let Some(wrong) = wrong.copied() {
            self.learn(line, &reading.words, (from, to), wrong, false);
        }
    }

    /// "Not any more".
    fn lapses(&self, reading: &Reading, at: usize) -> bool {
        let no_longer = self.rules.known().grammar.no_longer;
        let scene = reading.scene();
        let near = at..(at + 4).min(scene.sentence(at).1);
        near.into_iter().any(|token| scene.covers(no_longer, token))
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
}

/// What an answer to the agent's question can settle.
fn answerable(says: Says) -> bool {
    !matches!(
        says,
        Says::Stranger | Says::Inquiry | Says::Wish | Says::Planned | Says::Admin | Says::Sign
    )
}
