//! Letting go of calls of which nothing is to be left.

use super::Desk;
use crate::{call::CallId, wire::LogEntry};

impl Desk {
    /// Erases these calls, from the journal with the next commit, and notes who did it.
    pub fn erase(&mut self, ids: &[CallId], entry: Option<LogEntry>) {
        ids.iter().for_each(|id| self.let_go(id));
        self.commit.erased.extend_from_slice(ids);
        self.commit.log.extend(entry);
    }

    /// Another hub erased it.
    pub(super) fn let_go(&mut self, id: &CallId) {
        self.look_at(id, None);
        let Some(held) = self.calls.remove(id) else { return };
        self.same_number.forget(&held.call);
        self.forget_of_ways(id);
        self.queue.remove(id);
        self.unjudged.remove(id);
        self.touched.remove(id);
        self.erased.push((id.clone(), held.lane.into_iter().map(|write| write.id).collect()));
    }
}
