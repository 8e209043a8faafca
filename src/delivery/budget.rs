//! The org's daily allowance of API calls: what is left of it for what can wait. Pure.

use jiff::{SignedDuration, Timestamp};

/// How long what can wait is held before one of it goes, to hear how much is used by then.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(5);

/// The share of the allowance, in percent, from which the log warns.
const WARNING: u64 = 80;

/// Keeps the last of the allowance for what is urgent.
#[derive(Clone, Debug)]
pub struct Budget {
    /// In percent of the allowance.
    reserve: u64,
    used: u64,
    limit: u64,
    held_since: Option<Timestamp>,
    warned: bool,
}

impl Budget {
    /// A budget that keeps `reserve` percent.
    pub fn new(reserve: u8) -> Self {
        let reserve = u64::from(reserve.min(100));
        Self { reserve, used: 0, limit: 0, held_since: None, warned: false }
    }

    /// Notes what Salesforce told last. Returns whether the warning's share was passed by it.
    pub fn hear(&mut self, used: u64, limit: u64, now: Timestamp) -> bool {
        if (used, limit) != (self.used, self.limit) {
            // Somebody asked: what is known is fresh.
            self.held_since = self.held_since.map(|_| now);
        }
        (self.used, self.limit) = (used, limit);
        let much = limit > 0 && used.saturating_mul(100) >= limit.saturating_mul(WARNING);
        let passed = much && !self.warned;
        self.warned = much;
        if self.is_scarce() {
            self.held_since.get_or_insert(now);
        } else {
            self.held_since = None;
        }
        passed
    }

    /// Whether only the reserve is left.
    pub fn is_scarce(&self) -> bool {
        let kept = self.limit.saturating_mul(self.reserve) / 100;
        self.limit > 0 && self.used >= self.limit.saturating_sub(kept)
    }

    /// Until when what can wait is held; none when it need not.
    pub fn holds_until(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.held_since?.checked_add(LOOK_AGAIN).ok()?;
        (until > now).then_some(until)
    }

    /// The clock was put back by so much: nobody is held that much longer.
    pub fn clock_went_back(&mut self, by: SignedDuration) {
        self.held_since = self.held_since.and_then(|since| since.checked_sub(by).ok());
    }

    /// Notes that something that could wait went all the same, to hear how much is used.
    pub fn looked(&mut self, now: Timestamp) {
        self.held_since = self.held_since.map(|_| now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_last_tenth_is_kept_and_looked_at_now_and_then() {
        let mut budget = Budget::new(10);
        assert!(!budget.hear(0, 0, at(0)) && budget.holds_until(at(0)).is_none());
        assert!(!budget.hear(790, 1000, at(0)));
        assert!(budget.hear(800, 1000, at(1)), "warned at 80 %");
        assert!(!budget.hear(899, 1000, at(2)), "once");
        assert!(budget.holds_until(at(2)).is_none());
        budget.hear(900, 1000, at(3));
        assert_eq!(budget.holds_until(at(4)), Some(at(303)));
        assert_eq!(budget.holds_until(at(303)), None, "one goes to hear the news");
        budget.looked(at(303));
        assert_eq!(budget.holds_until(at(304)), Some(at(603)));
        budget.hear(400, 1000, at(310));
        assert_eq!(budget.holds_until(at(311)), None);
        assert!(budget.hear(900, 1000, at(400)), "warned again");
    }

    #[test]
    fn no_reserve_holds_nothing_before_the_limit() {
        let mut budget = Budget::new(0);
        budget.hear(999, 1000, at(0));
        assert!(!budget.is_scarce());
    }
}
