//! A long list kept in order without ever being sorted as a whole.

use std::collections::HashMap;

/// The place of a row in its [`super::Shelf`].
pub type Slot = u32;

/// Rows by rank. Changes wait until [`Order::settle`], so that rows move when the caller says so
/// (at most once a second, never under a dialog) and not when a message comes in.
#[derive(Debug)]
pub struct Order<R> {
    sorted: Vec<(R, Slot)>,
    ranks: HashMap<Slot, R>,
    waiting: HashMap<Slot, Option<R>>,
}

impl<R> Default for Order<R> {
    fn default() -> Self {
        Self { sorted: Vec::new(), ranks: HashMap::new(), waiting: HashMap::new() }
    }
}

impl<R: Ord + Copy> Order<R> {
    /// `slot` belongs where `rank` says from the next settling on; nowhere when it has none.
    pub fn place(&mut self, slot: Slot, rank: Option<R>) {
        if self.ranks.get(&slot).copied() == rank {
            self.waiting.remove(&slot);
        } else {
            self.waiting.insert(slot, rank);
        }
    }

    /// Whether rows wait for another place.
    pub fn is_unsettled(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Moves what waits to its place: one pass over the list, however much waits.
    pub fn settle(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let waiting = std::mem::take(&mut self.waiting);
        let moved = waiting.keys().any(|slot| self.ranks.contains_key(slot));
        if moved {
            self.sorted.retain(|(_, slot)| !waiting.contains_key(slot));
        }
        for (slot, rank) in waiting {
            match rank {
                Some(rank) => {
                    self.ranks.insert(slot, rank);
                    self.sorted.push((rank, slot));
                }
                None => {
                    self.ranks.remove(&slot);
                }
            }
        }
        // Two runs, the long one sorted already: this merges them.
        self.sorted.sort();
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The row at `index`.
    pub fn get(&self, index: usize) -> Option<Slot> {
        self.sorted.get(index).map(|(_, slot)| *slot)
    }

    /// Where `slot` stands.
    pub fn index_of(&self, slot: Slot) -> Option<usize> {
        let rank = *self.ranks.get(&slot)?;
        self.sorted.binary_search(&(rank, slot)).ok()
    }

    /// All rows in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Slot> + ExactSizeIterator + '_ {
        self.sorted.iter().map(|(_, slot)| *slot)
    }

    /// How many rows have a rank for which `before` holds; it must hold for a beginning of the
    /// list and for nothing after it.
    pub fn count_while(&self, before: impl Fn(&R) -> bool) -> usize {
        self.sorted.partition_point(|(rank, _)| before(rank))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_moves_before_it_is_settled() {
        let mut order = Order::default();
        for (slot, rank) in [(0, 5), (1, 3), (2, 9)] {
            order.place(slot, Some(rank));
        }
        assert!(order.is_empty());
        order.settle();
        assert_eq!(order.iter().collect::<Vec<_>>(), [1, 0, 2]);
        order.place(2, Some(1));
        order.place(1, None);
        assert_eq!(order.iter().collect::<Vec<_>>(), [1, 0, 2]);
        order.settle();
        assert_eq!(order.iter().collect::<Vec<_>>(), [2, 0]);
        assert_eq!(order.index_of(0), Some(1));
        assert_eq!(order.index_of(1), None);
    }

    proptest! {
        #[test]
        fn any_changes_leave_the_order_a_whole_sort_would(
            changes in proptest::collection::vec((0u32..20, proptest::option::of(0i32..6), any::<bool>()), 0..80)
        ) {
            let mut order = Order::default();
            let mut truth = std::collections::BTreeMap::new();
            for (slot, rank, settle) in changes {
                order.place(slot, rank);
                truth.insert(slot, rank);
                if settle {
                    order.settle();
                }
            }
            order.settle();
            let mut wanted: Vec<(i32, u32)> =
                truth.into_iter().filter_map(|(slot, rank)| Some((rank?, slot))).collect();
            wanted.sort_unstable();
            prop_assert_eq!(order.iter().collect::<Vec<_>>(), wanted.iter().map(|w| w.1).collect::<Vec<_>>());
            for (index, (_, slot)) in wanted.iter().enumerate() {
                prop_assert_eq!(order.index_of(*slot), Some(index));
            }
        }
    }
}
