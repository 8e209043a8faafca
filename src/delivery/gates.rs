//! A gate for each destination. Pure.

use std::collections::{BTreeMap, HashMap};

use jiff::{SignedDuration, Timestamp};

use super::Gate;
use crate::{
    plan::{Destination, Write},
    wire::{DestinationStatus, FormsPosted},
};

/// How long what is held without a known end waits before it is looked at again.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// The gates of the connected org and of the other destinations.
#[derive(Clone, Debug)]
pub struct Gates {
    /// The connected org's.
    pub main: Gate,
    others: BTreeMap<String, Gate>,
}

impl Gates {
    /// Open gates, but for those in `paused` (the connected org's name is empty there) and, without
    /// an org, for all that need one.
    pub fn new(has_org: bool, destinations: &[Destination], paused: &[String]) -> Self {
        let gate = |name: &str, there| Gate::new(there, paused.iter().any(|known| known == name));
        let others = destinations.iter().map(|to| {
            let there = has_org || !to.needs_org();
            (to.name.clone(), gate(&to.name, there))
        });
        Self { main: gate("", has_org), others: others.collect() }
    }

    /// Whether there are other destinations than the connected org.
    pub fn are_several(&self) -> bool {
        !self.others.is_empty()
    }

    /// The gate a write goes through.
    pub fn of(&self, write: &Write) -> &Gate {
        let other = write.change.destination().and_then(|name| self.others.get(name));
        other.unwrap_or(&self.main)
    }

    /// The gate of the destination with this name; the connected org's when none is given.
    pub fn named(&mut self, name: Option<&str>) -> Option<&mut Gate> {
        match name {
            None | Some("salesforce") => Some(&mut self.main),
            Some(name) => self.others.get_mut(name),
        }
    }

    /// The other destinations' gates, by name.
    pub fn others_mut(&mut self) -> impl Iterator<Item = (&String, &mut Gate)> {
        self.others.iter_mut()
    }

    /// The clock was put back by so much.
    pub fn clock_went_back(&mut self, by: SignedDuration) {
        self.main.clock_went_back(by);
        self.others.values_mut().for_each(|gate| gate.clock_went_back(by));
    }

    /// Whether writes flow anywhere.
    pub fn is_any_open(&self) -> bool {
        self.main.is_open() || self.others.values().any(Gate::is_open)
    }

    /// When the first probe may go out, if that is a matter of time.
    pub fn next_probe(&self) -> Option<Timestamp> {
        let gates = std::iter::once(&self.main).chain(self.others.values());
        gates.filter_map(Gate::next_probe).min()
    }

    /// Lets writes through one after the other, as many as each gate admits: none for one that may
    /// go, else when it is to be asked for again.
    pub fn doorman(&self, now: Timestamp) -> impl FnMut(&Write) -> Option<Timestamp> + '_ {
        let mut gone: HashMap<Option<String>, usize> = HashMap::new();
        move |write| {
            let gate = self.of(write);
            let gone = gone.entry(write.change.destination().map(str::to_owned)).or_default();
            if *gone < gate.admits(now) {
                *gone += 1;
                return None;
            }
            let later = now.checked_add(LOOK_AGAIN).unwrap_or(now);
            Some(
                gate.next_probe()
                    .map_or(later, |probe| probe.max(now))
                    .max(now.checked_add(SignedDuration::from_millis(100)).unwrap_or(now)),
            )
        }
    }

    /// How the board shows the other destinations; `forms` counts those posted.
    pub fn shown(&self, forms: impl Fn(&str) -> Option<FormsPosted>) -> Vec<DestinationStatus> {
        let shown = |(name, gate): (&String, &Gate)| DestinationStatus {
            name: name.as_str().into(),
            link: gate.shown(),
            forms: forms(name),
        };
        self.others.iter().map(shown).collect()
    }
}
