//! Something the hub is asked for now and then, while it is in sight.

use jiff::{SignedDuration, Timestamp};

/// What was read last, and when it is to be read again.
#[derive(Clone, Debug)]
pub struct Reading<T> {
    /// What was read; stays when it can't be read again.
    pub page: Option<T>,
    /// When it came.
    pub came_at: Option<Timestamp>,
    /// Why it could not be read when that was last tried.
    pub problem: Option<String>,
    asked_at: Option<Timestamp>,
}

impl<T> Default for Reading<T> {
    fn default() -> Self {
        Self { page: None, came_at: None, problem: None, asked_at: None }
    }
}

impl<T> Reading<T> {
    /// Whether it is to be asked for at `now`; then it counts as asked.
    pub fn is_due(&mut self, now: Timestamp, every: SignedDuration) -> bool {
        let due = self.asked_at.is_none_or(|asked| {
            // A clock that was set back must not end the asking.
            asked > now || now.duration_since(asked) >= every
        });
        if due {
            self.asked_at = Some(now);
        }
        due
    }

    /// Asks again as soon as it is in sight.
    pub fn forget(&mut self) {
        self.asked_at = None;
    }

    /// Takes the answer.
    pub fn take(&mut self, now: Timestamp, outcome: Result<T, String>) {
        match outcome {
            Ok(page) => {
                self.page = Some(page);
                self.came_at = Some(now);
                self.problem = None;
            }
            Err(why) => self.problem = Some(why),
        }
    }
}
