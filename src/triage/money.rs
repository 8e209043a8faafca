//! Amounts of money in a line: which numbers are money, which of it is what the caller would
//! spend or was quoted, and how amounts in one breath belong together.

use rust_decimal::Decimal;

use super::{
    lexicon::Concept,
    number::{self, Number},
    rules::Rules,
    scene::Scene,
    words::Kind,
};
use crate::call::Money;

/// How an amount relates to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// It stands for itself.
    Plain,
    /// It takes the place of the one before ("five, no sorry, six").
    Corrects,
    /// It comes on top ("and another two thousand for the cleanup").
    Adds,
}

/// An amount the caller would spend or was quoted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) value: Money,
    pub(super) quote: bool,
    pub(super) relation: Relation,
}

/// The concepts that tell money from other numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct MoneyWords {
    sign: Concept,
    cue: Concept,
    quote: Concept,
    other: Concept,
    period: Concept,
    unit: Concept,
    street: Concept,
    correction: Concept,
    addition: Concept,
    between: Concept,
    join: Concept,
    thing: Concept,
}

impl MoneyWords {
    /// Looks the concepts up; a rule set without one of them can't see that kind of word.
    pub(super) fn of(rules: &Rules) -> Self {
        let find = |name: &str| rules.concept(name).unwrap_or(Concept::MAX);
        Self {
            sign: find("money_sign"),
            cue: find("money_cue"),
            quote: find("money_quote"),
            other: find("money_other"),
            period: find("money_period"),
            unit: find("unit"),
            street: find("street"),
            correction: find("correction"),
            addition: find("addition"),
            between: find("between"),
            join: find("range_join"),
            thing: find("thing"),
        }
    }
}

/// One number or a range of two.
#[derive(Clone, Copy, Debug)]
struct Figure {
    from: usize,
    to: usize,
    low: Number,
    high: Number,
    /// A sign or a unit says it is money.
    marked: bool,
}

/// The caller's amounts in `scene`, in order. `asked` says that the agent has just asked for the
/// budget, so that a bare number is one.
pub(super) fn find(scene: &Scene<'_>, concepts: &MoneyWords, asked: bool) -> Vec<Amount> {
    let numbers = number::find(scene.words);
    if numbers.is_empty() {
        return Vec::new();
    }
    let finder = Finder { scene, concepts, asked };
    let mut amounts: Vec<Amount> = Vec::new();
    let mut last: Option<(Figure, bool)> = None;
    for mut figure in finder.figures(&numbers) {
        let mut relation = Relation::Plain;
        let mut inherits = false;
        if let Some((before, money)) = last {
            relation = finder.relation(before, figure);
            if relation != Relation::Plain && money {
                inherits = !finder.is_measure(&figure);
                if figure.high.scale == 1
                    && before.high.scale > 1
                    && figure.high.value < Decimal::ONE_HUNDRED
                {
                    figure.low = scaled(figure.low, before.high.scale);
                    figure.high = scaled(figure.high, before.high.scale);
                }
            }
        }
        let money = (inherits || finder.is_money(&figure)) && finder.is_budget(&figure);
        last = Some((figure, money));
        if money && asked {
            figure = thousands(figure);
        }
        if money {
            amounts.push(Amount {
                from: figure.from,
                to: figure.to,
                value: Money::from(figure.low.value).midpoint(Money::from(figure.high.value)),
                quote: finder.near(concepts.quote, figure.from, figure.to, 12, 8),
                relation,
            });
        }
    }
    amounts
}

/// More than any project costs: such a number is something else, or noise.
const MOST: i64 = 100_000_000;

struct Finder<'a> {
    scene: &'a Scene<'a>,
    concepts: &'a MoneyWords,
    asked: bool,
}

impl Finder<'_> {
    fn figures(&self, numbers: &[Number]) -> Vec<Figure> {
        let mut figures = Vec::new();
        let mut i = 0;
        while i < numbers.len() {
            let run = self.digit_run(&numbers[i..]);
            if run > 1 {
                i += run;
                continue;
            }
            let number = numbers[i];
            if let Some(next) = numbers.get(i + 1)
                && self.joined(&number, next)
                && self.digit_run(&numbers[i + 1..]) == 1
            {
                figures.push(self.range(number, *next));
                i += 2;
                continue;
            }
            figures.push(self.single(number));
            i += 1;
        }
        figures
    }

    /// How many numbers from here on are the groups of one telephone number or the like.
    fn digit_run(&self, numbers: &[Number]) -> usize {
        let close = |a: &Number, b: &Number| {
            let dash = a.to + 1 == b.from && self.scene.words.at(a.to) == "-";
            let plain = a.scale == 1 && b.scale == 1;
            let written = a.digits && b.digits;
            let grouped = dash && written && (self.width(a) == 3 || self.width(b) == 4);
            plain && (grouped || a.to == b.from && (!written || self.width(a) == 3))
        };
        let mut run = 1;
        while run < numbers.len() && close(&numbers[run - 1], &numbers[run]) {
            run += 1;
        }
        // "two fifty" is no telephone number; three groups or a dash between digits is.
        let written = numbers[0].digits;
        if run >= 3 || (run == 2 && written) { run } else { 1 }
    }

    fn width(&self, number: &Number) -> usize {
        self.scene.words.at(number.from).len()
    }

    fn single(&self, number: Number) -> Figure {
        let (mut low, mut from, mut to) = (number, number.from, number.to);
        let marked = self.mark(&mut from, &mut to);
        if let Some(scale) = self.late_scale(to)
            && low.scale == 1
        {
            low = scaled(low, scale);
        }
        Figure { from, to, low, high: low, marked: marked || is_large(&low) }
    }

    /// Widens the span over signs and units of money around it; true when there was one.
    fn mark(&self, from: &mut usize, to: &mut usize) -> bool {
        let mut marked = false;
        if *from > 0 && self.scene.words.at(*from - 1) == "$" {
            *from -= 1;
            marked = true;
        }
        if self.scene.covers(self.concepts.sign, *to) {
            *to += 1;
            marked = true;
        }
        marked
    }

    /// "eight to twelve, thousand I mean".
    fn late_scale(&self, to: usize) -> Option<u32> {
        let words = self.scene.words;
        let at = if words.kind(to) == Kind::Pause { to + 1 } else { to };
        let scale = number::scale_at(words, at)?;
        let said = (at + 1..at + 4).any(|i| words.at(i) == "mean");
        said.then_some(scale)
    }

    fn joined(&self, a: &Number, b: &Number) -> bool {
        if b.from > a.to + 4 || a.to >= b.from {
            return false;
        }
        let words = self.scene.words;
        let mut linked = false;
        for at in a.to..b.from {
            let word = words.at(at);
            if self.scene.covers(self.concepts.join, at) || word == "-" {
                linked = true;
            } else if matches!(word, "and" | "y" | "e") {
                // "Between six and seven thousand", and two bids: "ten and twelve thousand".
                let bids = a.scale == 1
                    && b.scale > 1
                    && self.near(self.concepts.quote, a.from, b.to, 8, 3);
                if !bids && !self.near(self.concepts.between, a.from, a.from, 4, 0) {
                    return false;
                }
                linked = true;
            } else if words.kind(at) == Kind::Pause {
                let joined = b.from == at + 1 || self.scene.covers(self.concepts.join, at + 1);
                linked |= joined && b.value > a.value;
            } else if word != "$" && !self.scene.covers(self.concepts.sign, at) {
                return false;
            }
        }
        linked
    }

    fn range(&self, low: Number, high: Number) -> Figure {
        let (mut low, mut high) = (low, high);
        let (mut from, mut to) = (low.from, high.to);
        let sign = high.from > 0 && self.scene.words.at(high.from - 1) == "$";
        let marked = self.mark(&mut from, &mut to) || sign;
        if let Some(scale) = self.late_scale(to) {
            (low, high) = (scaled(low, scale), scaled(high, scale));
        }
        if low.scale == 1 && high.scale > 1 && low.value < high.value {
            let wide = scaled(low, high.scale);
            if wide.value <= high.value {
                low = wide;
            }
        }
        if high.scale == 1 && low.scale > 1 && high.value < low.value {
            high = scaled(high, low.scale);
        }
        let marked = marked || is_large(&high) || is_large(&low);
        Figure { from, to, low, high, marked }
    }

    /// Whether `concept` stands within `before` tokens ahead or `after` behind, in the sentence.
    fn near(&self, concept: Concept, from: usize, to: usize, before: usize, after: usize) -> bool {
        let words = self.scene.words;
        let ahead = (from.saturating_sub(before)..from).rev().take_while(|at| !words.is_end(*at));
        let behind = (to..(to + after).min(words.len())).take_while(|at| !words.is_end(*at));
        ahead.chain(behind).any(|at| self.scene.covers(concept, at))
    }

    fn is_measure(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        // "It's a hundred out", but "fifty five hundred out the door".
        let out = words.at(figure.to) == "out" && figure.high.value >= Decimal::from(200);
        let unit = !out && self.scene.covers(self.concepts.unit, figure.to)
            || self.scene.covers(self.concepts.thing, figure.from);
        let clock = words.at(figure.high.from).contains(':');
        let address = figure.low.digits
            && !figure.marked
            && self.near(self.concepts.street, figure.to, figure.to, 0, 4);
        unit || clock || address
    }

    fn is_money(&self, figure: &Figure) -> bool {
        if self.is_measure(figure) || figure.high.value > Decimal::from(MOST) {
            return false;
        }
        if figure.marked {
            return true;
        }
        // "Around twelve thirty" is a time unless a quote or the question says otherwise.
        let quote = self.near(self.concepts.quote, figure.from, figure.to, 8, 5);
        if is_clock(&figure.high) && !self.asked && !quote {
            return false;
        }
        let cue = self.asked || self.near(self.concepts.cue, figure.from, figure.to, 8, 5) || quote;
        let year = figure.high.digits
            && self.width(&figure.high) == 4
            && (Decimal::from(1900)..Decimal::from(2100)).contains(&figure.high.value)
            && figure.high.value % Decimal::from(100) != Decimal::ZERO;
        let pronoun = self.scene.words.at(figure.high.from) == "one";
        cue && !year && !pronoun && (self.asked || figure.high.value >= Decimal::ONE_HUNDRED)
    }

    fn is_budget(&self, figure: &Figure) -> bool {
        let concepts = self.concepts;
        !self.near(concepts.other, figure.from, figure.to, 6, 4)
            && !self.near(concepts.period, figure.to, figure.to, 0, 3)
    }

    /// "two thousand for the outlets and three thousand for the lights".
    fn are_parts(&self, before: &Figure, figure: &Figure) -> bool {
        let words = self.scene.words;
        let what_for = |at: usize| matches!(words.at(at), "for" | "para");
        let joined = (before.to..figure.from).any(|at| matches!(words.at(at), "and" | "y"));
        what_for(before.to) && what_for(figure.to) && joined
    }

    fn relation(&self, before: Figure, figure: Figure) -> Relation {
        let between = before.to..figure.from;
        let has = |concept| between.clone().any(|at| self.scene.covers(concept, at));
        if has(self.concepts.correction) {
            Relation::Corrects
        } else if between.clone().any(|at| self.scene.words.is_end(at)) {
            Relation::Plain
        } else if has(self.concepts.addition) || self.are_parts(&before, &figure) {
            Relation::Adds
        } else {
            Relation::Plain
        }
    }
}

fn is_clock(number: &Number) -> bool {
    let minutes = number.value % Decimal::ONE_HUNDRED;
    number.shorthand
        && number.value < Decimal::from(1260)
        && [15, 30, 45].into_iter().any(|m| minutes == Decimal::from(m))
}

/// A scale that numbers of other things seldom have: "twelve thousand", "fifteen hundred".
fn is_large(number: &Number) -> bool {
    let year = (1950..2036).any(|year| number.value == Decimal::from(year))
        && number.value % Decimal::ONE_HUNDRED != Decimal::ZERO;
    number.scale >= 100 && number.value >= Decimal::from(200) && !year
}

/// "About ten", asked for the budget, means thousands.
fn thousands(figure: Figure) -> Figure {
    let small = |number: &Number| number.scale == 1 && number.value < Decimal::ONE_HUNDRED;
    if figure.marked || !small(&figure.high) {
        return figure;
    }
    Figure { low: scaled(figure.low, 1000), high: scaled(figure.high, 1000), ..figure }
}

fn scaled(number: Number, scale: u32) -> Number {
    let value = number.value.checked_mul(Decimal::from(scale)).unwrap_or(number.value);
    Number { value, scale, ..number }
}

/// The amounts of a call so far, as one figure.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    standing: Vec<Money>,
    quotes: bool,
}

impl Ledger {
    /// Takes the next amount.
    pub(super) fn enter(&mut self, amount: &Amount) {
        let both_quotes = self.quotes && amount.quote;
        match amount.relation {
            Relation::Adds if !both_quotes => {
                if let Some(last) = self.standing.last_mut() {
                    let sum = last.amount().checked_add(amount.value.amount());
                    *last = sum.map_or(*last, Money::from);
                    return;
                }
                self.standing = vec![amount.value];
            }
            Relation::Plain | Relation::Adds if both_quotes => self.standing.push(amount.value),
            _ => self.standing = vec![amount.value],
        }
        self.quotes = amount.quote;
    }

    /// The figure, and whether it is another company's quote.
    pub(super) fn figure(&self) -> Option<(Money, bool)> {
        let low = self.standing.iter().min()?;
        let high = self.standing.iter().max()?;
        Some((low.midpoint(*high), self.quotes))
    }

    /// Forgets everything: the caller took it back.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}
