//! The amounts of a call so far, as one figure.

use crate::call::Money;

/// How an amount relates to the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relation {
    /// It stands for itself.
    Plain,
    /// It takes the place of the one before ("five, no sorry, six").
    Corrects,
    /// Both are parts of one sum ("two thousand for this and three for that").
    Part,
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
            Relation::Part | Relation::Adds
                if !both_quotes || amount.relation == Relation::Part =>
            {
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
