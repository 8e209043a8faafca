//! Amounts of money: exact decimals, US dollars.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// An amount in US dollars, exact to the cent. Serialises as a string (`"10000"`).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Money(Decimal);

impl Money {
    /// So many whole dollars.
    pub fn dollars(amount: i64) -> Self {
        Self(Decimal::from(amount))
    }

    /// The exact amount.
    pub fn amount(self) -> Decimal {
        self.0
    }

    /// With every digit: `$21,700`, `$99.50`.
    pub fn in_full(self) -> String {
        let plain = self.0.normalize().to_string();
        let (whole, cents) = plain.split_once('.').unwrap_or((&plain, ""));
        let mut grouped = String::new();
        for (i, digit) in whole.chars().enumerate() {
            if i > 0 && (whole.len() - i) % 3 == 0 && digit.is_ascii_digit() {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        match cents {
            "" => format!("${grouped}"),
            cents => format!("${grouped}.{cents:0<2}"),
        }
    }

    /// Halfway between two amounts, to the cent.
    pub fn midpoint(self, other: Self) -> Self {
        Self(((self.0 + other.0) / Decimal::TWO).round_dp(2).normalize())
    }
}

impl From<Decimal> for Money {
    fn from(amount: Decimal) -> Self {
        Self(amount.round_dp(2).normalize())
    }
}

impl fmt::Display for Money {
    /// `$10k` from a thousand up when nothing is lost by it, `$4,250` otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let thousand = Decimal::from(1000);
        let hundred = Decimal::from(100);
        let text = if self.0 >= thousand && (self.0 % hundred).is_zero() {
            format!("${}k", (self.0 / thousand).normalize())
        } else {
            self.in_full()
        };
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_people_write_it() {
        for (amount, text) in [
            ("10000", "$10k"),
            ("13500", "$13.5k"),
            ("4250", "$4,250"),
            ("600", "$600"),
            ("1234567", "$1,234,567"),
            ("99.5", "$99.50"),
        ] {
            assert_eq!(Money::from(amount.parse::<Decimal>().unwrap()).to_string(), text);
        }
    }

    #[test]
    fn midpoint_is_exact() {
        assert_eq!(Money::dollars(8000).midpoint(Money::dollars(12000)), Money::dollars(10000));
    }
}
