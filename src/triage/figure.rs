//! Numbers as figures: ranges, units that are shared or come late, telephone numbers left out.

use rust_decimal::Decimal;

use super::{
    lexicon::Concept,
    money::MoneyWords,
    number::{self, Number},
    scene::Scene,
    words::Kind,
};

/// One number or a range of two.
#[derive(Clone, Copy, Debug)]
pub(super) struct Figure {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) low: Number,
    pub(super) high: Number,
    /// A sign or a unit says it is money.
    pub(super) marked: bool,
}
pub(super) struct Finder<'a> {
    pub(super) scene: &'a Scene<'a>,
    pub(super) concepts: &'a MoneyWords,
    pub(super) asked: bool,
}

impl Finder<'_> {
    pub(super) fn figures(&self, numbers: &[Number]) -> Vec<Figure> {
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

    /// "Two. Eleven and thirteen": how many quotes there are, then which.
    pub(super) fn begins_with_count(&self, figures: &[Figure]) -> bool {
        figures.len() > 1
            && self.scene.words.is_end(figures[0].to)
            && figures[0].high.scale == 1
            && figures[0].high.value <= Decimal::from(5)
    }

    /// How many numbers from here on are the groups of one telephone number or the like.
    fn digit_run(&self, numbers: &[Number]) -> usize {
        let close = |a: &Number, b: &Number| {
            let dash = a.to + 1 == b.from && self.scene.words.at(a.to) == "-";
            let plain = a.scale == 1 && b.scale == 1;
            let written = a.digits && b.digits;
            let grouped = dash
                && written
                && (self.width(a) == 3 || self.width(b) == 4)
                && !self.is_written_range(a, b);
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

    /// "$1,500-2,000", which no telephone number looks like.
    fn is_written_range(&self, a: &Number, b: &Number) -> bool {
        let round = |number: &Number| number.value % Decimal::from(50) == Decimal::ZERO;
        let sign = a.from > 0 && self.scene.words.at(a.from - 1) == "$";
        a.value < b.value && (sign || round(a) && round(b))
    }

    pub(super) fn width(&self, number: &Number) -> usize {
        self.scene.words.at(number.from).len()
    }

    fn single(&self, number: Number) -> Figure {
        let (mut from, mut to) = (number.from, number.to);
        let marked = self.mark(&mut from, &mut to) || is_large(&number);
        Figure { from, to, low: number, high: number, marked }
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

    /// Units that stand apart from their number: "ten to thirteen, thousand, that is".
    pub(super) fn late_units(&self, numbers: &[Number]) -> Vec<(usize, u32)> {
        let words = self.scene.words;
        let mut numbers = numbers.iter().peekable();
        let mut late = Vec::new();
        for at in 1..words.len() {
            while numbers.next_if(|number| number.to <= at).is_some() {}
            let Some(scale) = number::scale_at(words, at) else { continue };
            let taken = numbers.peek().is_some_and(|number| number.from <= at);
            let apart = words.kind(at - 1) != Kind::Word && words.kind(at - 1) != Kind::Digits
                || matches!(words.at(at - 1), "in" | "mean" | "meant");
            let alone = words.kind(at + 1) != Kind::Word && words.kind(at + 1) != Kind::Digits
                || matches!(
                    words.at(at + 1),
                    "i" | "that" | "thats" | "dollars" | "bucks" | "obviously" | "of" | "total"
                );
            if !taken && apart && alone {
                late.push((at, scale));
            }
        }
        late
    }

    /// The figure in the unit that is said after it, in its sentence or right at the beginning of
    /// the next.
    pub(super) fn with_late_unit(&self, figure: Figure, late: &[(usize, u32)]) -> Figure {
        let next = late.partition_point(|(at, _)| *at < figure.to);
        let Some((at, scale)) = late.get(next).copied() else { return figure };
        let own = self.scene.sentence(figure.from);
        let near = self.scene.sentence(at) == own || at == own.1 + 1;
        let bare = figure.high.scale == 1 && figure.high.value < Decimal::ONE_HUNDRED;
        let none = figure.marked || self.is_pronoun(&figure) || self.is_measure(&figure);
        if !near || !bare || none {
            return figure;
        }
        let (low, high) = (scaled(figure.low, scale), scaled(figure.high, scale));
        Figure { low, high, marked: true, ..figure }
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
        let small = low.scale == 1 && low.value < Decimal::ONE_HUNDRED;
        if small && (high.scale == 100 || high.shorthand) {
            low = as_large(low, &high);
        } else if low.scale == 1 && high.scale > 1 && low.value < high.value {
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
    pub(super) fn near(
        &self,
        concept: Concept,
        from: usize,
        to: usize,
        before: usize,
        after: usize,
    ) -> bool {
        let words = self.scene.words;
        let ahead = (from.saturating_sub(before)..from).rev().take_while(|at| !words.is_end(*at));
        let behind = (to..(to + after).min(words.len())).take_while(|at| !words.is_end(*at));
        ahead.chain(behind).any(|at| self.scene.covers(concept, at))
    }
}

/// Neither three times the other.
pub(super) fn are_near(a: &Figure, b: &Figure) -> bool {
    let (a, b) = (a.high.value, b.high.value);
    let three = Decimal::from(3);
    let below = |a: Decimal, b: Decimal| b.checked_mul(three).is_some_and(|most| a < most);
    below(a, b) && below(b, a)
}

/// A small number in the unit of the amount before it.
pub(super) fn sharing_unit(figure: Figure, before: &Figure) -> Figure {
    let scale = before.high.scale;
    if figure.high.scale != 1 || scale == 1 || figure.high.value >= Decimal::ONE_HUNDRED {
        return figure;
    }
    Figure { low: scaled(figure.low, scale), high: scaled(figure.high, scale), ..figure }
}

/// A scale that numbers of other things seldom have: "twelve thousand", "fifteen hundred".
fn is_large(number: &Number) -> bool {
    let year = (1950..2036).any(|year| number.value == Decimal::from(year))
        && number.value % Decimal::ONE_HUNDRED != Decimal::ZERO;
    number.scale >= 100 && number.value >= Decimal::from(200) && !year
}

/// "About ten", asked for the budget, means thousands.
pub(super) fn thousands(figure: Figure) -> Figure {
    let small = |number: &Number| number.scale == 1 && number.value < Decimal::ONE_HUNDRED;
    if figure.marked || !small(&figure.high) {
        return figure;
    }
    Figure { low: scaled(figure.low, 1000), high: scaled(figure.high, 1000), ..figure }
}

/// "Five to fifty five hundred", "twelve to thirteen five": thousands, else hundreds, whichever
/// stays below the end of the range.
fn as_large(low: Number, high: &Number) -> Number {
    let fits = |scale: &u32| scaled(low, *scale).value <= high.value;
    [1000, 100].into_iter().find(fits).map_or(low, |scale| scaled(low, scale))
}

fn scaled(number: Number, scale: u32) -> Number {
    let value = number.value.checked_mul(Decimal::from(scale)).unwrap_or(number.value);
    Number { value, scale, ..number }
}
