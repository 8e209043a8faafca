//! Rows at places that stay the same while they exist, found by their key.

use std::{borrow::Borrow, collections::HashMap, hash::Hash};

use super::order::Slot;

/// Rows by slot and by key. A row that left keeps its slot until [`Shelf::clear_away`], so that
/// an [`super::Order`] that has not settled yet never points at another row.
#[derive(Debug)]
pub struct Shelf<K, V> {
    rows: Vec<Option<V>>,
    free: Vec<Slot>,
    gone: Vec<(Slot, K)>,
    slots: HashMap<K, Slot>,
}

impl<K, V> Default for Shelf<K, V> {
    fn default() -> Self {
        Self { rows: Vec::new(), free: Vec::new(), gone: Vec::new(), slots: HashMap::new() }
    }
}

impl<K: Hash + Eq + Clone, V> Shelf<K, V> {
    /// Puts `row` where `key` is, or at a place of its own.
    pub fn put(&mut self, key: K, row: V) -> Slot {
        self.gone.retain(|(_, gone)| *gone != key);
        let slot = match self.slots.get(&key) {
            Some(slot) => *slot,
            None => {
                let slot = self.free.pop().unwrap_or_else(|| {
                    self.rows.push(None);
                    Slot::try_from(self.rows.len() - 1).unwrap_or(Slot::MAX)
                });
                self.slots.insert(key, slot);
                slot
            }
        };
        if let Some(place) = self.rows.get_mut(slot as usize) {
            *place = Some(row);
        }
        slot
    }

    /// The row of `key` leaves; it can be seen until it is cleared away.
    pub fn leave<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<Slot>
    where
        K: Borrow<Q>,
    {
        let (known, slot) = self.slots.get_key_value(key)?;
        let slot = *slot;
        if self.gone.iter().all(|(gone, _)| *gone != slot) {
            self.gone.push((slot, known.clone()));
        }
        Some(slot)
    }

    /// Frees the places of rows that left.
    pub fn clear_away(&mut self) {
        for (slot, key) in self.gone.drain(..) {
            self.slots.remove(&key);
            if let Some(place) = self.rows.get_mut(slot as usize) {
                *place = None;
                self.free.push(slot);
            }
        }
    }

    /// Whether rows have left that are not cleared away.
    pub fn has_leavings(&self) -> bool {
        !self.gone.is_empty()
    }

    /// The row at `slot`.
    pub fn at(&self, slot: Slot) -> Option<&V> {
        self.rows.get(slot as usize)?.as_ref()
    }

    /// The slot of `key`.
    pub fn slot<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<Slot>
    where
        K: Borrow<Q>,
    {
        self.slots.get(key).copied()
    }

    /// The row of `key`.
    pub fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.at(self.slot(key)?)
    }

    /// The row of `key`, to change.
    pub fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let slot = self.slot(key)?;
        self.rows.get_mut(slot as usize)?.as_mut()
    }

    /// Every row, in no order.
    pub fn rows(&self) -> impl Iterator<Item = &V> {
        self.rows.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_that_left_is_seen_until_it_is_cleared_away() {
        let mut shelf: Shelf<String, u8> = Shelf::default();
        let a = shelf.put("a".to_owned(), 1);
        let b = shelf.put("b".to_owned(), 2);
        assert_eq!(shelf.put("a".to_owned(), 3), a);
        shelf.leave("a");
        assert_eq!(shelf.at(a), Some(&3));
        shelf.clear_away();
        assert_eq!((shelf.at(a), shelf.get("b")), (None, Some(&2)));
        assert_eq!(shelf.put("c".to_owned(), 4), a);
        assert_eq!(shelf.slot("b"), Some(b));
    }

    #[test]
    fn a_row_that_comes_back_in_time_stays() {
        let mut shelf: Shelf<String, u8> = Shelf::default();
        let a = shelf.put("a".to_owned(), 1);
        shelf.leave("a");
        assert_eq!(shelf.put("a".to_owned(), 2), a);
        shelf.clear_away();
        assert_eq!(shelf.get("a"), Some(&2));
    }
}
