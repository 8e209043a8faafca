//! What missed calls cost.

use crate::call::Money;

/// Of a hundred callers that nobody answered, so many would have become customers.
pub const CONVERSION_PERCENT: i64 = 20;

/// What a job brings on average, in dollars.
pub const JOB_DOLLARS: i64 = 3_500;

/// What `missed` calls cost: a fifth of them would have been jobs of $3,500.
pub fn lost(missed: u64) -> Money {
    let missed = i64::try_from(missed).unwrap_or(i64::MAX);
    Money::dollars(missed.saturating_mul(JOB_DOLLARS * CONVERSION_PERCENT / 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_one_missed_calls_a_month_cost_what_the_guides_say() {
        assert_eq!(lost(31), Money::dollars(21_700));
        assert_eq!(lost(31 * 12), Money::dollars(260_400));
        assert_eq!(lost(48), Money::dollars(33_600));
        assert_eq!(lost(0), Money::dollars(0));
    }
}
