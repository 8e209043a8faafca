//! The first hints: one at a time, each until its key was used, all until they are sent away.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::console::keys::{Context, Intent, Keymap};

/// What is hinted at, in this order: the key that ends it, others that do, and what it says.
/// `{}` stands for the key.
const ALL: [(Intent, &[Intent], &str); 6] = [
    (
        Intent::Down,
        &[Intent::Up, Intent::PageDown, Intent::PageUp, Intent::Bottom, Intent::Top],
        "{} goes down the list, and shows why a call is urgent",
    ),
    (Intent::Open, &[], "{} shows the whole call, and goes back again"),
    (
        Intent::Route,
        &[Intent::Acknowledge, Intent::Claim],
        "{} gives a call to somebody, after a question",
    ),
    (
        Intent::NextView,
        &[
            Intent::PreviousView,
            Intent::Callbacks,
            Intent::Writes,
            Intent::Today,
            Intent::People,
            Intent::Log,
        ],
        "{} goes on: callbacks, writes, figures, people, log",
    ),
    (Intent::Find, &[], "{} narrows the list: hot, !ok, owner:me, any word"),
    (Intent::Help, &[], "{} shows every key on one page"),
];

/// What an operator has been told already; kept for the next run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tips {
    /// They were sent away.
    pub away: bool,
    /// The hints whose key was used.
    used: BTreeSet<usize>,
}

impl Tips {
    /// The hint in place, with its number; none when all is said.
    pub fn current(&self, keys: &Keymap) -> Option<String> {
        let at = (0..ALL.len()).find(|at| !self.used.contains(at)).filter(|_| !self.away)?;
        let (intent, _, text) = ALL[at];
        let key = keys.key(Context::Board, intent);
        Some(format!("{}/{} · {}", at + 1, ALL.len(), text.replacen("{}", &key, 1)))
    }

    /// A key was used; true when that ends a hint.
    pub fn used(&mut self, intent: Intent) -> bool {
        let of = |(own, others, _): &(Intent, &[Intent], &str)| {
            *own == intent || others.contains(&intent)
        };
        ALL.iter().position(of).is_some_and(|at| self.used.insert(at))
    }

    /// Sends them away, or has them back from the first.
    pub fn toggle(&mut self) {
        let away = !self.away && self.used.len() < ALL.len();
        *self = Self { away, ..Self::default() };
    }
}
