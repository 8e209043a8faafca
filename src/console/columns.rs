//! Which columns the Live view has beside urgency, state, age, caller and wish.

use serde::{Deserialize, Serialize};

/// A column that is there where it has room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Column {
    /// Who has the call.
    Owner,
    /// Its qualification score.
    Score,
    /// The trade.
    Service,
}

impl Column {
    /// All of them, what has room first before the others.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Score, Self::Service];
}
