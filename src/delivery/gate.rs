//! Whether writes flow: the destination's circuit breaker. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::{plan::Problem, wire::Destination};

/// The first wait before a probe, and the longest.
const FIRST_PROBE: SignedDuration = SignedDuration::from_secs(5);
const LAST_PROBE: SignedDuration = SignedDuration::from_mins(5);

/// The longest wait that is heeded: a day, in which every count of ours and of Salesforce's starts anew.
/// What is longer is a slip, and may neither hold writes for years nor, past the end of time, let them
/// go at once.
pub(super) const LONGEST_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// How many unanswered attempts in a row mean that it is not the write but the org.
const UNANSWERED: u32 = 3;

/// Lets writes through, or holds them while the destination is paused or out of order. Held
/// writes use up no attempts; one probe at a time goes through to see whether it is over.
#[derive(Clone, Debug)]
pub struct Gate {
    configured: bool,
    paused: bool,
    unanswered: u32,
    broken: Option<Broken>,
}

#[derive(Clone, Debug)]
struct Broken {
    since: Timestamp,
    next_probe: Timestamp,
    wait: SignedDuration,
    probing: bool,
    problem: Problem,
}

impl Gate {
    /// An open gate; shut for good when there is no destination.
    pub fn new(configured: bool, paused: bool) -> Self {
        Self { configured, paused, unanswered: 0, broken: None }
    }

    /// How many writes may be sent now besides those under way: none, one, or any number.
    pub fn admits(&self, now: Timestamp) -> usize {
        match &self.broken {
            _ if !self.configured || self.paused => 0,
            None => usize::MAX,
            Some(broken) => usize::from(!broken.probing && broken.next_probe <= now),
        }
    }

    /// When it may admit a probe, if that is a matter of time.
    pub fn next_probe(&self) -> Option<Timestamp> {
        let broken = self.broken.as_ref()?;
        (self.configured && !self.paused && !broken.probing).then_some(broken.next_probe)
    }

    /// Notes that a write was sent.
    pub fn sent(&mut self) {
        if let Some(broken) = &mut self.broken {
            broken.probing = true;
        }
    }

    /// Notes that the org answered, whatever it answered to the write. Returns whether the gate
    /// opened by it.
    pub fn answered(&mut self) -> bool {
        self.unanswered = 0;
        self.broken.take().is_some()
    }

    /// Notes that the org did not answer (unreachable, 502–504). Returns whether the gate is shut
    /// by now, so that the attempt doesn't count against the write.
    pub fn unanswered(
        &mut self,
        problem: &Problem,
        retry_after: Option<SignedDuration>,
        now: Timestamp,
    ) -> bool {
        self.unanswered += 1;
        if self.broken.is_none() && self.unanswered < UNANSWERED {
            return false;
        }
        self.broke(problem, retry_after, now);
        true
    }

    /// Notes that of a write that was sent nothing will be heard: if it was the probe, another goes.
    pub fn unheard(&mut self, now: Timestamp) {
        if let Some(broken) = &mut self.broken
            && broken.probing
        {
            broken.probing = false;
            broken.next_probe = now.checked_add(broken.wait).unwrap_or(now);
        }
    }

    /// Shuts the gate: the org as a whole refuses.
    pub fn broke(
        &mut self,
        problem: &Problem,
        retry_after: Option<SignedDuration>,
        now: Timestamp,
    ) {
        let wait = match &self.broken {
            // Answers to writes that were under way when it broke say nothing new.
            Some(broken) if !broken.probing => return,
            Some(broken) => (broken.wait * 2).min(LAST_PROBE),
            None => FIRST_PROBE,
        };
        let wait = retry_after.map_or(wait, |asked| wait.max(asked.min(LONGEST_WAIT)));
        self.broken = Some(Broken {
            since: self.broken.as_ref().map_or(now, |broken| broken.since),
            next_probe: now.checked_add(wait).unwrap_or(now),
            wait: wait.min(LAST_PROBE),
            probing: false,
            problem: problem.clone(),
        });
    }

    /// Pauses or resumes; resuming also probes at once.
    pub fn pause(&mut self, paused: bool, now: Timestamp) {
        self.paused = paused;
        if let Some(broken) = &mut self.broken
            && !paused
        {
            broken.next_probe = now;
        }
    }

    /// The clock was put back by so much: the probe is not that much later.
    pub fn clock_went_back(&mut self, by: SignedDuration) {
        if let Some(broken) = &mut self.broken {
            for at in [&mut broken.since, &mut broken.next_probe] {
                *at = at.checked_sub(by).unwrap_or(*at);
            }
        }
    }

    /// Pauses or resumes as somebody else said. Returns whether that is news.
    pub fn follow(&mut self, paused: bool, now: Timestamp) -> bool {
        let news = paused != self.paused;
        if news {
            self.pause(paused, now);
        }
        news
    }

    /// Whether writes flow.
    pub fn is_open(&self) -> bool {
        self.configured && !self.paused && self.broken.is_none()
    }

    /// How the board shows it.
    pub fn shown(&self) -> Destination {
        match &self.broken {
            _ if !self.configured => Destination::None,
            _ if self.paused => Destination::Paused,
            None => Destination::Open,
            Some(broken) => Destination::Broken {
                since: broken.since,
                next_probe: broken.next_probe,
                problem: broken.problem.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        Problem { code: "X".into(), message: "m".into(), ..Problem::default() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn one_probe_at_a_time_and_ever_rarer() {
        let mut gate = Gate::new(true, false);
        assert_eq!(gate.admits(at(0)), usize::MAX);
        gate.broke(&problem(), None, at(0));
        gate.broke(&problem(), None, at(1));
        assert_eq!(gate.admits(at(4)), 0);
        assert_eq!(gate.admits(at(5)), 1);
        gate.sent();
        assert_eq!(gate.admits(at(6)), 0);
        gate.broke(&problem(), None, at(6));
        assert_eq!(gate.next_probe(), Some(at(16)));
        gate.sent();
        assert!(gate.answered());
        assert_eq!(gate.admits(at(17)), usize::MAX);
    }

    #[test]
    fn a_probe_of_which_nothing_is_heard_is_followed_by_another() {
        let mut gate = Gate::new(true, false);
        gate.unheard(at(0));
        assert!(gate.is_open());
        gate.broke(&problem(), None, at(0));
        gate.unheard(at(1));
        assert_eq!(gate.next_probe(), Some(at(5)), "that was no probe");
        gate.sent();
        gate.unheard(at(7));
        assert_eq!(gate.next_probe(), Some(at(12)));
    }

    #[test]
    fn silence_of_the_org_is_told_from_one_lost_answer() {
        let mut gate = Gate::new(true, false);
        assert!(!gate.unanswered(&problem(), None, at(0)));
        assert!(!gate.unanswered(&problem(), None, at(1)));
        assert!(gate.unanswered(&problem(), Some(SignedDuration::from_secs(30)), at(2)));
        assert_eq!(gate.next_probe(), Some(at(32)));
    }

    #[test]
    fn a_wait_past_all_reason_is_a_day() {
        for asked in [SignedDuration::from_hours(25), SignedDuration::MAX] {
            let mut gate = Gate::new(true, false);
            gate.broke(&problem(), Some(asked), at(0));
            assert_eq!(gate.next_probe(), Some(at(86_400)), "{asked}");
        }
    }

    #[test]
    fn a_clock_that_is_put_back_puts_no_probe_off() {
        let mut gate = Gate::new(true, false);
        gate.broke(&problem(), None, at(86_400));
        gate.clock_went_back(SignedDuration::from_hours(24));
        assert_eq!(gate.next_probe(), Some(at(5)));
    }

    #[test]
    fn paused_or_unconfigured_admits_nothing() {
        let mut gate = Gate::new(true, true);
        assert_eq!(gate.admits(at(0)), 0);
        gate.pause(false, at(1));
        assert_eq!(gate.admits(at(1)), usize::MAX);
        assert_eq!(Gate::new(false, false).admits(at(0)), 0);
    }
}
