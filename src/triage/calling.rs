//! When to call: which words of a line are about a call back, and the time they give it.

use super::{
    heard::Promise,
    judge::Judge,
    reading::{Match, Reading},
    rules::Says,
    timing::{self, Standing, What},
    verdict,
    when::{self, Said},
    words::Kind,
};
use crate::call::{CALLBACK_TIME, CallbackRequest, Line, Signal, Text};

impl Judge {
    /// Ties a wish to be rung to the time that was named with it, and says where that stands. `limits`
    /// are refusals that hold for a time; `agreed` is where the caller said yes to what was offered.
    pub(super) fn time_callback(
        &mut self,
        reading: &Reading,
        line: &Line,
        limits: &[Match],
        agreed: Option<(usize, usize)>,
    ) -> Option<(usize, usize)> {
        let words = &reading.words;
        let asked = self.asked.call_time;
        let before = self.asked.offered.or(self.heard.promise.said.filter(|_| asked));
        let spans = self.calling_sentences(reading, limits);
        let named = spans.iter().find_map(|(span, bare)| {
            let said = when::listen(words, *span, &reading.phones, *bare);
            let said = if limits.is_empty() { said } else { said.refused() };
            let said = self.corrected(reading, said, span.1);
            let said = before.filter(|_| *bare).map_or(said, |before| said.after(before));
            said.due(line.at, &self.zone).map(|due| (said, due.at, (due.from, due.to)))
        });
        // "Would nine tomorrow work for a call?" "Yes, that works."
        let offered = || {
            let (said, span) = self.asked.offered.zip(agreed)?;
            said.due(line.at, &self.zone).map(|due| (said, due.at, span))
        };
        let (said, due, span) = named.or_else(offered)?;
        let limit = limits.iter().find(|limit| (limit.from..limit.to + REACH).contains(&span.0));
        // "Don't call me tonight" is best seen whole.
        let shown = limit.filter(|_| !said.called).map_or(span, |limit| (limit.from, span.1));
        let evidence =
            self.evidence(line, words, shown, Signal::Callback, Text::new(CALLBACK_TIME));
        if self.heard.callback.is_none() {
            if limits.is_empty() && (!asked || self.refuses(reading)) {
                return None;
            }
            self.heard.promise.if_needed = !asked && !said.called;
            self.heard.callback =
                Some(CallbackRequest { at: line.at, ..CallbackRequest::default() });
        }
        self.heard.callback.as_mut()?.due = Some(due);
        self.heard.promise =
            Promise { said: Some(said), words: Some(evidence), ..self.heard.promise.clone() };
        Some(span)
    }

    /// The sentences whose times are those of a call back, those that speak of one first; and whether a
    /// mere "ten" is a time in them.
    fn calling_sentences(
        &self,
        reading: &Reading,
        limits: &[Match],
    ) -> Vec<((usize, usize), bool)> {
        let scene = reading.scene();
        let wishes = reading
            .matches
            .iter()
            .filter(|found| !found.denied && self.rules.rules[found.rule].says == Says::Callback);
        let mut spans: Vec<(usize, usize)> =
            wishes.chain(limits).map(|found| scene.sentence(found.from)).collect();
        spans.sort_unstable();
        spans.dedup();
        let asked = self.asked.call_time;
        let idle =
            if asked || !spans.is_empty() { self.idle_sentences(reading) } else { Vec::new() };
        let own = spans.into_iter().map(|span| (span, asked));
        own.chain(idle.into_iter().map(|span| (span, asked))).collect()
    }

    /// What the sentences behind token `end` make of it: "Call me Monday. No, sorry, Tuesday."
    fn corrected(&self, reading: &Reading, mut said: Said, end: usize) -> Said {
        if !said.is_named() {
            return said;
        }
        let mut at = end + 1;
        for _ in 0..SOON {
            if at >= reading.words.len() {
                break;
            }
            let span = reading.scene().sentence(at);
            if begins_a_correction(reading, span.0) {
                let later = when::listen(&reading.words, span, &reading.phones, true);
                said = if later.is_named() { said.corrected_by(later) } else { said };
            }
            at = span.1.max(at) + 1;
        }
        said
    }

    /// Whether a time of the work is that of a call which is put right; the first call is asked for at
    /// token `call`.
    pub(super) fn corrects_a_time(
        &self,
        reading: &Reading,
        time: &Match,
        call: Option<usize>,
    ) -> bool {
        let begin = reading.scene().sentence(time.from).0;
        matches!(self.rules.rules[time.rule].says, Says::Timeline | Says::Deadline)
            && call.is_some_and(|call| call < begin)
            && begins_a_correction(reading, begin)
    }

    /// Refusals that hold for a time only: "don't call me tonight", "no need to call before ten".
    pub(super) fn limits(&self, reading: &Reading) -> Vec<Match> {
        let words = &reading.words;
        let refuses = |found: &&Match| {
            let no = |at| matches!(words.at(at), "dont" | "not" | "no" | "never");
            self.rules.rules[found.rule].says == Says::NoCallback && (found.from..found.to).any(no)
        };
        let for_a_time = |found: &&Match| {
            let span = (found.from, reading.scene().sentence(found.from).1.min(found.to + REACH));
            let pieces = timing::pieces(words, span, &reading.phones, false);
            let mut near = pieces.iter().take_while(|piece| piece.call.is_none());
            near.any(|piece| {
                piece.refused
                    && match piece.standing {
                        Standing::Bound => true,
                        Standing::Excluded => {
                            matches!(piece.what, What::Day(_) | What::Tonight | What::Part(..))
                        }
                        Standing::Meant | Standing::Past => false,
                    }
            })
        };
        reading.matches.iter().filter(refuses).filter(for_a_time).cloned().collect()
    }

    fn refuses(&self, reading: &Reading) -> bool {
        let says = |found: &Match| self.rules.rules[found.rule].says;
        reading.matches.iter().any(|it| matches!(says(it), Says::NoCallback | Says::DoNotCall))
    }

    /// Sentences that speak of no thing and no work: a time in them is that of the call back.
    pub(super) fn idle_sentences(&self, reading: &Reading) -> Vec<(usize, usize)> {
        let scene = reading.scene();
        let of_work = |found: &&Match| {
            let says = self.rules.rules[found.rule].says;
            verdict::is_problem(says) || says == Says::Wish
        };
        let mentions = reading.mentions.iter().map(|mention| mention.from);
        let work = reading.matches.iter().filter(of_work).map(|found| found.from);
        let mut busy: Vec<usize> = mentions.chain(work).collect();
        busy.sort_unstable();
        let mut spans = Vec::new();
        let mut at = 0;
        while at < reading.words.len() {
            let span = scene.sentence(at);
            let next = busy[busy.partition_point(|token| *token < span.0)..].first();
            if next.is_none_or(|token| *token >= span.1) {
                spans.push(span);
            }
            at = span.1.max(at) + 1;
        }
        spans
    }

    /// Whether a time in one of the `idle` sentences is the answer to when to call.
    pub(super) fn answers_with_time(&self, idle: &[(usize, usize)], time: &Match) -> bool {
        let says = self.rules.rules[time.rule].says;
        let within = || {
            let before = idle.partition_point(|(from, _)| *from <= time.from);
            before.checked_sub(1).is_some_and(|place| time.from < idle[place].1)
        };
        matches!(says, Says::Timeline | Says::Deadline) && self.asked.call_time && within()
    }

    /// Whether a wish to be rung is the tail of a refusal: "I'll give you a | call back when ...".
    pub(super) fn is_their_own_call(
        &self,
        reading: &Reading,
        call: &Match,
        limits: &[Match],
    ) -> bool {
        let says = |found: &Match| self.rules.rules[found.rule].says;
        let apart = |at: usize| reading.words.kind(at) != Kind::Word;
        says(call) == Says::Callback
            && near(reading, call).iter().any(|no| {
                let between = no.to.min(call.from)..call.from;
                says(no) == Says::NoCallback
                    && !is_limit(limits, no)
                    && no.from < call.from
                    && between.len() <= 3
                    && !between.into_iter().any(apart)
            })
    }

    /// Whether a time is that of a call back ("phone me tomorrow"), not of the work: it stands
    /// beside the wish, and neither a thing nor a turn stands between them.
    pub(super) fn times_a_call(&self, reading: &Reading, time: &Match) -> bool {
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
        near(reading, time).iter().any(|call| {
            let is_call = matches!(says(call), Says::Callback | Says::NoCallback);
            let (between, reach) = if call.from <= time.from {
                (call.to..time.from, 6)
            } else {
                (time.to..call.from, 3)
            };
            let number = reading.phones.iter().find(|phone| between.contains(&phone.from));
            let number = number.map_or(0, |phone| phone.to - phone.from);
            is_call
                && scene.sentence(call.from) == scene.sentence(time.from)
                && between.len() <= reach + number
                && !between.clone().any(|at| scene.covers(self.rules.known().apart, at))
                && !reading.mentions.iter().any(|m| between.contains(&m.from))
        })
    }
}

/// No wish to be rung and its time are so many tokens apart, a number between them included.
const APART: usize = 64;

/// The matches that begin near this one.
fn near<'a>(reading: &'a Reading, found: &Match) -> &'a [Match] {
    let place = |token: usize| reading.matches.partition_point(|it| it.from < token);
    &reading.matches[place(found.from.saturating_sub(APART))..place(found.from + APART)]
}

/// So many sentences later a time may still be put right.
const SOON: usize = 3;

/// Whether `found` is one of `limits`, which are in order.
pub(super) fn is_limit(limits: &[Match], found: &Match) -> bool {
    let place = |found: &Match| (found.from, found.rule, found.to);
    limits.binary_search_by_key(&place(found), place).is_ok()
}

/// How far behind a refusal the time stands for which it holds.
const REACH: usize = 8;

fn begins_a_correction(reading: &Reading, at: usize) -> bool {
    matches!(
        reading.words.at(at),
        "no" | "sorry" | "actually" | "wait" | "make" | "oh" | "perdon" | "digo"
    ) || reading.words.at(at) == "i" && reading.words.at(at + 1) == "mean"
}
