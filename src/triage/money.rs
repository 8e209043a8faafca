//! Amounts of money in a line: which numbers are money, which of it is what the caller would
//! spend or was quoted, and how amounts in one breath belong together.

use rust_decimal::Decimal;

use super::{
    figure::{Figure, Finder, are_near, sharing_unit, thousands},
    ledger::{Amount, Relation},
    lexicon::Concept,
    number::Number,
    rules::Rules,
    scene::Scene,
    words::Kind,
};
use crate::call::Money;

/// The concepts that tell money from other numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct MoneyWords {
    pub(super) sign: Concept,
    pub(super) cue: Concept,
    pub(super) quote: Concept,
    pub(super) other: Concept,
    pub(super) period: Concept,
    pub(super) unit: Concept,
    pub(super) street: Concept,
    pub(super) correction: Concept,
    pub(super) addition: Concept,
    pub(super) between: Concept,
    pub(super) join: Concept,
    pub(super) thing: Concept,
    pub(super) offer: Concept,
    pub(super) voltage: Concept,
    pub(super) goods: Concept,
    pub(super) strong: Concept,
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
            offer: find("money_offer"),
            voltage: find("voltage"),
            goods: find("money_goods"),
            strong: find("money_strong"),
        }
    }
}

/// What the agent has just asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Question {
    /// Nothing about money.
    #[default]
    Nothing,
    /// The budget: a bare number is one.
    Budget,
    /// Other companies' quotes: bare numbers are some.
    Quotes,
    /// Money that is none, a deductible or a bill: what the next sentence names is none either.
    OtherMoney,
}

/// The caller's amounts in `scene`, which holds `numbers`, in order.
pub(super) fn find(
    scene: &Scene<'_>,
    numbers: &[Number],
    concepts: &MoneyWords,
    question: Question,
) -> Vec<Amount> {
    if numbers.is_empty() {
        return Vec::new();
    }
    let quotes = question == Question::Quotes;
    let asked = quotes || question == Question::Budget;
    let finder = Finder { scene, concepts, asked };
    let late = finder.late_units(numbers);
    let answered = if question == Question::OtherMoney { scene.sentence(0).1 } else { 0 };
    let mut amounts: Vec<Amount> = Vec::new();
    let mut last: Option<(Figure, bool)> = None;
    let figures = finder.figures(numbers);
    let counted = usize::from(quotes && finder.begins_with_count(&figures));
    for figure in figures.into_iter().skip(counted) {
        if finder.is_pronoun(&figure) {
            continue;
        }
        let mut figure = finder.with_late_unit(figure, &late);
        let mut relation = Relation::Plain;
        let mut inherits = false;
        if let Some((before, money)) = last {
            // "One said eight, the other ten thousand."
            let earlier = sharing_unit(before, &figure);
            let bare = !money && earlier.high.scale > 1;
            if bare && finder.is_offer(&earlier, &figure) {
                amounts.push(amount(&earlier, true, Relation::Plain));
            }
            relation = finder.relation(before, figure);
            if money && !finder.is_measure(&figure) {
                let related = relation != Relation::Plain;
                if related || finder.is_offer(&before, &figure) {
                    figure = sharing_unit(figure, &before);
                }
                inherits = related || finder.is_alike(&before, &figure);
            }
        }
        let money = (inherits || finder.is_money(&figure))
            && finder.is_budget(&figure)
            && figure.from >= answered;
        last = Some((figure, money));
        if money && (asked || finder.is_strong(&figure)) {
            figure = thousands(figure);
        }
        if relation == Relation::Plain && finder.is_on_top(&figure) {
            relation = Relation::Adds;
        }
        if money {
            let quote = quotes || finder.near(concepts.quote, figure.from, figure.to, 12, 8);
            amounts.push(amount(&figure, quote, relation));
        }
    }
    amounts
}

fn amount(figure: &Figure, quote: bool, relation: Relation) -> Amount {
    let value = Money::from(figure.low.value).midpoint(Money::from(figure.high.value));
    Amount { from: figure.from, to: figure.to, value, quote, relation }
}

/// More than any project costs: such a number is something else, or noise.
const MOST: i64 = 100_000_000;

impl Finder<'_> {
    pub(super) fn is_measure(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        // "A hundred amp to a two hundred amp panel": the unit is hidden in the thing's name.
        let before = figure.from.checked_sub(1).map_or("", |at| words.at(at));
        let door = matches!(before, "unit" | "room" | "suite" | "apartment" | "apt" | "lot")
            && figure.high.value < Decimal::ONE_THOUSAND;
        let hidden = matches!(words.at(figure.to), "amp" | "amps" | "gallon" | "watt" | "ton");
        // "It's a hundred out", but "fifty five hundred out the door".
        let out = words.at(figure.to) == "out" && figure.high.value >= Decimal::from(200);
        let unit = !out && self.scene.covers(self.concepts.unit, figure.to)
            || self.scene.covers(self.concepts.thing, figure.from);
        let clock = words.at(figure.high.from).contains(':');
        let address = figure.low.digits
            && !figure.marked
            && self.near(self.concepts.street, figure.to, figure.to, 0, 4);
        unit || hidden
            || door
            || clock
            || address
            || self.is_voltage(figure)
            || self.is_hour(figure)
            || self.is_heat(figure)
    }

    /// "It's a hundred and six": the weather, unless a question or a purpose says otherwise.
    fn is_heat(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        let it = figure.from.checked_sub(1).is_some_and(|at| matches!(words.at(at), "its" | "is"));
        let usual = (Decimal::from(60)..=Decimal::from(130)).contains(&figure.high.value);
        it && usual && !figure.marked && !self.asked && !matches!(words.at(figure.to), "for" | "to")
    }

    /// "Up since four".
    fn is_hour(&self, figure: &Figure) -> bool {
        let before = figure.from.checked_sub(1).map_or("", |at| self.scene.words.at(at));
        let small = figure.high.scale == 1 && figure.high.value <= Decimal::from(12);
        // "The other guy's at twelve".
        let offered = figure.from > 1 && self.scene.covers(self.concepts.offer, figure.from - 2);
        let hour =
            matches!(before, "since" | "until" | "till" | "til") || before == "at" && !offered;
        small && !figure.marked && hour
    }

    /// "Wired for two forty".
    fn is_voltage(&self, figure: &Figure) -> bool {
        let usual = VOLTS.iter().any(|volts| figure.high.value == Decimal::from(*volts));
        usual && !figure.marked && self.near(self.concepts.voltage, figure.from, figure.to, 6, 3)
    }

    /// Another company's figure right after one: "the other ninety five".
    fn is_offer(&self, before: &Figure, figure: &Figure) -> bool {
        let from = figure.from.saturating_sub(4).max(before.to);
        (from..figure.from).any(|at| self.scene.covers(self.concepts.offer, at))
            && are_near(before, &sharing_unit(*figure, before))
    }

    /// A number beside money and of its size is money too: "eight hundred, then he said eight
    /// fifty".
    fn is_alike(&self, before: &Figure, figure: &Figure) -> bool {
        let close = figure.from.saturating_sub(before.to) <= 14;
        close && figure.high.value >= Decimal::ONE_HUNDRED && are_near(before, figure)
    }

    /// "Keep it under ten for the whole system": after such a word a small number means thousands.
    fn is_strong(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        let small = figure.high.scale == 1
            && (Decimal::from(3)..Decimal::from(61)).contains(&figure.high.value);
        let ends = words.kind(figure.to) != Kind::Word
            || matches!(words.at(figure.to), "for" | "tops" | "max" | "total" | "all" | "if");
        let quoted = words.at(figure.to) == "for"
            && matches!(words.at(figure.to + 1), "the" | "a" | "an" | "my" | "our" | "both")
            && self.near(self.concepts.quote, figure.from, figure.to, 6, 12);
        small && (quoted || ends && self.near(self.concepts.strong, figure.from, figure.from, 3, 0))
    }

    fn is_money(&self, figure: &Figure) -> bool {
        if self.is_measure(figure) || figure.high.value > Decimal::from(MOST) {
            return false;
        }
        if figure.marked {
            return true;
        }
        // "Around twelve thirty" is a time unless a quote or the question says otherwise.
        let reach = if figure.high.shorthand { 12 } else { 5 };
        let quote = self.near(self.concepts.quote, figure.from, figure.to, 8, reach);
        if is_clock(&figure.high) && !self.asked && !quote {
            return false;
        }
        let cue = self.asked
            || self.is_for_work(figure)
            || self.near(self.concepts.cue, figure.from, figure.to, 8, 5)
            || quote;
        let large = self.asked || figure.high.value >= Decimal::ONE_HUNDRED;
        !self.is_year(figure) && (cue && large || self.is_strong(figure))
    }

    /// "A hundred and fifty for a tune-up".
    fn is_for_work(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        let article = matches!(words.at(figure.to + 1), "a" | "an" | "the" | "my" | "our" | "new");
        !figure.high.digits && words.at(figure.to) == "for" && article
    }

    /// "2009", "in nineteen eighty seven", "two thousand nine".
    fn is_year(&self, figure: &Figure) -> bool {
        let number = &figure.high;
        let value = number.value;
        let recent = (Decimal::from(1900)..Decimal::from(2100)).contains(&value)
            && value % Decimal::ONE_HUNDRED != Decimal::ZERO;
        let before = figure.from.checked_sub(1).map_or("", |at| self.scene.words.at(at));
        let dated = matches!(before, "in" | "since" | "of" | "en" | "desde" | "del" | "summer");
        let written = number.digits && self.width(number) == 4;
        recent && (written || number.scale == 1000 || number.shorthand && dated)
    }

    /// "One said".
    pub(super) fn is_pronoun(&self, figure: &Figure) -> bool {
        self.scene.words.at(figure.high.from) == "one" && figure.high.scale == 1
    }

    fn is_budget(&self, figure: &Figure) -> bool {
        let concepts = self.concepts;
        let before = figure.from.checked_sub(1).map_or("", |at| self.scene.words.at(at));
        // "After last year's backup I was quoted twenty two hundred".
        let quoted = matches!(before, "quoted" | "bid" | "cotizaron") || self.is_told(figure);
        !matches!(before, "not" | "isnt" | "aint")
            && !self.is_lacking(figure)
            && (quoted || !self.near(concepts.other, figure.from, figure.to, 6, 4))
            && !self.near(concepts.period, figure.to, figure.to, 0, 3)
            && !self.near(concepts.goods, figure.to, figure.to, 0, 4)
    }

    /// "Another outfit said twenty nine hundred": nearer than whatever else the sentence has.
    fn is_told(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        let said = figure.from.checked_sub(1).is_some_and(|at| {
            matches!(words.at(at), "said" | "says" | "wanted" | "wants" | "asked" | "told")
        });
        let teller = figure.from.checked_sub(2);
        said && teller.is_some_and(|at| {
            !matches!(words.at(at), "it" | "he" | "she" | "they")
                && self.scene.covers(self.concepts.quote, at)
        })
    }

    /// "I don't have eight thousand"; "I don't have more than five" is a budget.
    fn is_lacking(&self, figure: &Figure) -> bool {
        let word =
            |back: usize| figure.from.checked_sub(back).map_or("", |at| self.scene.words.at(at));
        matches!(word(1), "have" | "got")
            && matches!(word(2), "dont" | "doesnt" | "not" | "havent" | "hasnt")
    }

    /// "So eight fifty": where a sentence draws the conclusion.
    fn concludes(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        let begin = self.scene.sentence(figure.from).0;
        words.at(begin) == "so" && figure.from - begin <= 3
    }

    /// "Another three thousand on top", after an amount of an earlier sentence.
    fn is_on_top(&self, figure: &Figure) -> bool {
        let words = self.scene.words;
        let before = figure.from.checked_sub(1).map_or("", |at| words.at(at));
        matches!(before, "another" | "plus" | "additional" | "extra" | "otros")
            || matches!(words.at(figure.to), "extra" | "additional")
            || words.at(figure.to) == "on" && words.at(figure.to + 1) == "top"
    }

    /// "two thousand for the outlets and three thousand for the lights".
    fn are_parts(&self, before: &Figure, figure: &Figure) -> bool {
        let words = self.scene.words;
        let what_for = |at: usize| matches!(words.at(at), "for" | "para" | "por");
        what_for(before.to) && what_for(figure.to) && self.are_listed(before, figure)
    }

    /// "Eight thousand of ours and three thousand from insurance".
    fn are_purses(&self, before: &Figure, figure: &Figure) -> bool {
        let words = self.scene.words;
        let whose = |at: usize| matches!(words.at(at), "of" | "from" | "de" | "del");
        whose(before.to) && whose(figure.to) && self.are_listed(before, figure)
    }

    fn are_listed(&self, before: &Figure, figure: &Figure) -> bool {
        (before.to..figure.from).any(|at| matches!(self.scene.words.at(at), "and" | "y"))
    }

    fn relation(&self, before: Figure, figure: Figure) -> Relation {
        let between = before.to..figure.from;
        let has = |concept| between.clone().any(|at| self.scene.covers(concept, at));
        if has(self.concepts.correction) || self.concludes(&figure) {
            Relation::Corrects
        } else if between.clone().any(|at| self.scene.words.is_end(at)) {
            Relation::Plain
        } else if self.are_parts(&before, &figure) {
            Relation::Part
        } else if has(self.concepts.addition) || self.are_purses(&before, &figure) {
            Relation::Adds
        } else {
            Relation::Plain
        }
    }
}

/// What wires carry.
const VOLTS: &[u32] = &[110, 115, 120, 208, 220, 230, 240, 277, 480];

fn is_clock(number: &Number) -> bool {
    let minutes = number.value % Decimal::ONE_HUNDRED;
    number.shorthand
        && number.value < Decimal::from(1260)
        && [15, 30, 45].into_iter().any(|m| minutes == Decimal::from(m))
}
