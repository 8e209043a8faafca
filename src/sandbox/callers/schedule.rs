//! When calls come: an opening that fills the board, then a steady stream.

use super::{
    cast::{Cast, Troupe},
    messages::Plan,
};

/// A call and when it first rings, in milliseconds at speed 1 after the callers begin. The calls of
/// the opening began before.
#[derive(Debug)]
pub(super) struct Coming {
    pub plan: Plan,
    pub rings: i64,
}

impl Coming {
    /// Whether the whole call lies in the past when the callers begin.
    pub(super) fn is_past(&self) -> bool {
        self.rings + self.plan.length() <= 0
    }
}

/// Calls that were over before anybody looked: the script and how long ago its report came.
const PAST: &[(&str, i64)] = &[
    ("hvac-quoted-elsewhere", 27 * 60_000),
    ("missed-known", 21 * 60_000),
    ("billing-question", 16 * 60_000),
    ("toilet-overflow", 11 * 60_000),
    ("callback-after-five", 7 * 60_000),
    ("spam-listing", 4 * 60_000),
    ("denise-hoa", 95_000),
];

/// Calls that are live or about to ring when the callers begin.
const LIVE: &[(&str, i64)] = &[
    ("furnace-replacement-budget", -24_000),
    ("thermostat-jane", -13_000),
    ("basement-flood", -4_000),
    ("missed-ringing", -1_500),
    ("maria-no-heat", 3_500),
    ("line-drops", 8_000),
];

/// The first calls: live ones before past ones, because they matter first.
pub(super) fn opening(troupe: &mut Troupe, random: &mut fastrand::Rng) -> Vec<Coming> {
    let plan = |cast: Cast, random: &mut fastrand::Rng| Plan::new(cast, random);
    let mut calls = Vec::new();
    for (script, rings) in LIVE {
        calls.push(Coming { plan: plan(troupe.take(script), random), rings: *rings });
    }
    for (script, ago) in PAST {
        let plan = plan(troupe.take(script), random);
        let rings = -ago - plan.length();
        calls.push(Coming { plan, rings });
    }
    calls
}

/// How long to wait before the next call may ring, in milliseconds at speed 1: the fewer are live,
/// the shorter.
pub(super) fn pause(live: usize, wanted: usize, random: &mut fastrand::Rng) -> i64 {
    match live.cmp(&wanted) {
        std::cmp::Ordering::Less => random.i64(1_500..4_500),
        std::cmp::Ordering::Equal => random.i64(6_000..14_000),
        std::cmp::Ordering::Greater => random.i64(9_000..20_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::callers::scripts;

    #[test]
    fn the_opening_shows_calls_in_every_state() {
        let mut troupe = Troupe::new(scripts::all(), 1);
        let calls = opening(&mut troupe, &mut fastrand::Rng::with_seed(1));
        let past = calls.iter().filter(|call| call.is_past()).count();
        assert_eq!((calls.len(), past), (PAST.len() + LIVE.len(), PAST.len()));
        let talking = calls.iter().filter(|call| call.rings < -2_000 && !call.is_past()).count();
        assert!(talking >= 3);
    }
}
