//! Picklists that were read of the org: a description costs an API call.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use crate::wire::Picklists;

/// How long they are good for: administrators change them seldom.
const LAST: Duration = Duration::from_secs(3_600);

/// Of so many sObjects; beyond it, what was read first goes. Forms ask for three.
const MOST: usize = 64;

/// Those that were read, and when.
#[derive(Debug, Default)]
pub(super) struct Read(HashMap<String, (Instant, Picklists)>);

impl Read {
    pub(super) fn of(&self, sobject: &str, now: Instant) -> Option<&Picklists> {
        let (read, lists) = self.0.get(sobject)?;
        (now.duration_since(*read) < LAST).then_some(lists)
    }

    #[expect(clippy::cast_precision_loss, reason = "64 at most")]
    pub(super) fn keep(&mut self, sobject: &str, lists: Picklists, now: Instant) {
        if self.0.len() >= MOST && !self.0.contains_key(sobject) {
            let first = self.0.iter().min_by_key(|(_, (read, _))| *read);
            if let Some(first) = first.map(|(sobject, _)| sobject.clone()) {
                self.0.remove(&first);
            }
        }
        self.0.insert(sobject.to_owned(), (now, lists));
        metrics::gauge!("callboard_picklists_kept").set(self.0.len() as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_latest_are_kept_and_for_an_hour() {
        let (mut read, began) = (Read::default(), Instant::now());
        for n in 0..=MOST {
            let now = began + Duration::from_secs(u64::try_from(n).unwrap());
            read.keep(&format!("Object{n}"), Picklists::default(), now);
        }
        assert_eq!(read.0.len(), MOST);
        assert!(read.of("Object0", began).is_none(), "the first went");
        assert!(read.of("Object1", began + LAST).is_some());
        assert!(read.of("Object1", began + LAST + Duration::from_secs(1)).is_none());
    }
}
