//! How much everybody has in hand.

use super::Desk;
use crate::dispatch::Load;

impl Desk {
    /// How many calls each person has, as of the last tick.
    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Counts what everybody has in hand: calls that are theirs and not wrapped up.
    pub(super) fn weigh(&mut self) {
        let mut load = Load::new();
        let open = self
            .calls
            .values()
            .filter(|held| held.call.wrapped_up_at().is_none() && held.call.disposed().is_none());
        for owner in open.filter_map(|held| held.call.owner()) {
            *load.entry(owner.clone()).or_default() += 1;
        }
        if load == self.load {
            return;
        }
        self.load = load;
        // To whom a call is proposed, and why, depends on it.
        let unowned = self.calls.values().filter(|held| held.call.owner().is_none());
        let ids: Vec<_> = unowned.map(|held| held.call.id.clone()).collect();
        self.touched.extend(ids);
    }
}
