//! Members of foreign JSON that may be of any type: what is not of the expected one is as good as not
//! there, and takes nothing else along. Providers send most things once.

use std::ops::Deref;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A member; none when it is missing, null or of another type.
#[derive(Clone, Debug)]
pub(super) struct Lenient<T>(pub Option<T>);

impl<T> Default for Lenient<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Deref for Lenient<T> {
    type Target = Option<T>;

    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(Self(read(raw)))
    }
}

/// The value as this type; a structure's members are never taken from the places of a list.
fn read<'de, T: Deserialize<'de>>(raw: &'de RawValue) -> Option<T> {
    let list = raw.get().starts_with('[');
    (!list).then(|| serde_json::from_str(raw.get()).ok()).flatten()
}

/// A list of which every item stands for itself; empty when it is missing or no list.
#[derive(Clone, Debug)]
pub(super) struct List<T>(Vec<T>);

impl<T> List<T> {
    pub(super) fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Deref for List<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
        Ok(Self(items.into_iter().filter_map(read).collect()))
    }
}
