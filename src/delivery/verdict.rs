//! What one attempt means for its write. Pure.

use jiff::{SignedDuration, Timestamp};

use super::gate::LONGEST_WAIT;
use crate::{
    call::Text,
    plan::{Problem, Write, WriteState},
};

/// Tries before a write waits for an operator.
pub const ATTEMPTS: u32 = 3;

/// Tries for a record lock, which only another try can cure.
const LOCK_ATTEMPTS: u32 = 6;

/// The backoff's base and its ceiling.
const BASE: SignedDuration = SignedDuration::from_secs(2);
const CEILING: SignedDuration = SignedDuration::from_mins(5);

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Done; the record it made or changed.
    Delivered(Option<Text>),
    /// It means nothing any more: what was learnt by it calls for another write.
    Superseded,
    /// The org refused this write and will again: the operator's turn.
    Refused(Problem),
    /// It may go through next time (a lock, a limit of the moment).
    Passing(Problem, Option<SignedDuration>),
    /// No answer, or one that says the org is not there (502–504, timeout).
    Unanswered(Problem, Option<SignedDuration>),
    /// It was not carried out, and may still have to be: it waits for its turn.
    Untried,
    /// The org as a whole refuses (daily limit, maintenance, revoked token).
    OrgWide(Problem, Option<SignedDuration>),
}

/// Applies `verdict` to a write that was under way. `jitter` is uniform in 0..1; `held` says that
/// the gate is shut, so that the attempt doesn't count.
pub fn settle(write: &mut Write, verdict: &Verdict, held: bool, now: Timestamp, jitter: f64) {
    write.version += 1;
    write.changed_at = now;
    write.next_at = None;
    match verdict {
        Verdict::Delivered(record) => {
            write.attempts += 1;
            write.state = WriteState::Delivered;
            write.problem = None;
            write.record.clone_from(record);
        }
        Verdict::Superseded => {
            write.attempts += 1;
            write.state = WriteState::Superseded;
            write.problem = None;
        }
        Verdict::Refused(problem) => {
            write.attempts += 1;
            write.state = WriteState::Failed;
            write.problem = Some(problem.clone());
        }
        Verdict::Untried => write.state = WriteState::Pending,
        Verdict::OrgWide(problem, _) => {
            write.state = WriteState::Pending;
            write.problem = Some(problem.clone());
        }
        Verdict::Unanswered(problem, _) if held => {
            write.state = WriteState::Pending;
            write.unheard = true;
            write.problem = Some(problem.clone());
        }
        Verdict::Passing(problem, after) | Verdict::Unanswered(problem, after) => {
            write.attempts += 1;
            write.problem = Some(problem.clone());
            let locked = problem.code.as_str() == "UNABLE_TO_LOCK_ROW";
            if write.attempts >= if locked { LOCK_ATTEMPTS } else { ATTEMPTS } {
                write.state = WriteState::Failed;
            } else {
                write.state = WriteState::Retrying;
                let asked = after.unwrap_or_default().min(LONGEST_WAIT);
                let wait = backoff(write.attempts, jitter).max(asked);
                write.next_at = now.checked_add(wait).ok();
            }
        }
    }
}

/// Exponential backoff with full jitter: uniform between a tenth of the ceiling of this attempt
/// and the whole of it (never zero, so that a retry is never immediate).
fn backoff(attempts: u32, jitter: f64) -> SignedDuration {
    let ceiling = (BASE * 2_i32.saturating_pow(attempts.saturating_sub(1).min(16))).min(CEILING);
    ceiling.mul_f64(jitter.clamp(0.1, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        call::{CallId, SourceName},
        plan::{Change, Draft, Fields, Purpose, enqueue},
    };

    fn write() -> Write {
        let mut lane = Vec::new();
        let change = Change::Update { sobject: "Lead".into(), id: None, fields: Fields::new() };
        let draft = Draft {
            purpose: Purpose::Record,
            title: "Update Lead".into(),
            change,
            by: None,
            not_before: None,
        };
        let call = CallId::new(&SourceName::new("t"), "1");
        enqueue(&mut lane, &call, draft, || "w".to_owned(), Timestamp::UNIX_EPOCH);
        lane.remove(0)
    }

    fn problem(code: &str) -> Problem {
        Problem { code: code.into(), message: "m".into(), ..Problem::default() }
    }

    #[test]
    fn a_passing_failure_is_tried_three_times_then_waits_for_an_operator() {
        let mut write = write();
        let verdict = Verdict::Passing(problem("UNKNOWN_EXCEPTION"), None);
        for expected in [WriteState::Retrying, WriteState::Retrying, WriteState::Failed] {
            settle(&mut write, &verdict, false, Timestamp::UNIX_EPOCH, 0.5);
            assert_eq!(write.state, expected);
        }
        assert_eq!(write.attempts, 3);
    }

    #[test]
    fn a_lock_is_tried_longer() {
        let mut write = write();
        let verdict = Verdict::Passing(problem("UNABLE_TO_LOCK_ROW"), None);
        for _ in 0..5 {
            settle(&mut write, &verdict, false, Timestamp::UNIX_EPOCH, 0.5);
            assert_eq!(write.state, WriteState::Retrying);
        }
    }

    #[test]
    fn what_is_not_the_writes_fault_uses_up_no_attempt() {
        let mut write = write();
        let limit = Verdict::OrgWide(problem("REQUEST_LIMIT_EXCEEDED"), None);
        settle(&mut write, &limit, true, Timestamp::UNIX_EPOCH, 0.5);
        assert!(write.never_arrived());
        let silence = Verdict::Unanswered(problem("TIMEOUT"), None);
        settle(&mut write, &silence, true, Timestamp::UNIX_EPOCH, 0.5);
        assert_eq!((write.attempts, write.state), (0, WriteState::Pending));
        assert!(!write.never_arrived(), "there was no answer, which is not a refusal");
    }

    #[test]
    fn retry_after_is_honoured_and_waits_grow() {
        let mut write = write();
        let verdict = Verdict::Passing(problem("X"), Some(SignedDuration::from_secs(90)));
        settle(&mut write, &verdict, false, Timestamp::UNIX_EPOCH, 1.0);
        assert_eq!(write.next_at, Timestamp::from_second(90).ok());
        let endless = Verdict::Passing(problem("X"), Some(SignedDuration::MAX));
        settle(&mut write, &endless, false, Timestamp::UNIX_EPOCH, 1.0);
        assert_eq!(write.next_at, Timestamp::from_second(86_400).ok(), "a day is the longest");
        assert!(backoff(3, 1.0) > backoff(2, 1.0));
        assert!(backoff(60, 1.0) <= CEILING);
        assert!(!backoff(1, 0.0).is_zero());
    }
}
