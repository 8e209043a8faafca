//! Which events of a call were heard.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

/// The keys of a call's events, by 128 bits of each: a third of the memory of the keys themselves,
/// and two that agree by chance are not to be met with.
#[derive(Debug, Default)]
pub(super) struct Seen(HashSet<u128>);

impl Seen {
    /// Notes a key. Returns false when it was noted before.
    pub(super) fn note(&mut self, key: &str) -> bool {
        self.0.insert(digest(key))
    }

    /// Whether a key was noted.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.0.contains(&digest(key))
    }

    /// How many were.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, in bytes; the same ones give the same.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut all: Vec<u128> = self.0.iter().copied().collect();
        all.sort_unstable();
        all.into_iter().flat_map(u128::to_le_bytes).collect()
    }

    /// What [`Seen::to_bytes`] gave.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks().0.iter().copied().map(u128::from_le_bytes).collect())
    }

    /// Makes room for so many more.
    pub(super) fn reserve(&mut self, more: usize) {
        self.0.reserve(more);
    }
}

pub(super) fn digest(key: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, key).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}
