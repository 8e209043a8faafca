//! Room that operators share, each with so much of it that nobody's can keep the others out: for
//! consoles, and for requests under way.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::call::Text;

/// Requests of operators under way at once, and of one of them. A console has eight at most.
const MOST_REQUESTS: usize = 768;
const MOST_REQUESTS_OF_ONE: usize = 128;

/// Consoles attached at once, and of one operator.
const MOST_CONSOLES: usize = 256;
const MOST_CONSOLES_OF_ONE: usize = 32;

/// Room, and who has how much of it.
#[derive(Debug)]
pub struct Room {
    most: usize,
    most_of_one: usize,
    taken: Mutex<HashMap<Text, usize>>,
}

/// One place; dropping it gives it back.
#[derive(Debug)]
pub struct Place {
    room: Arc<Room>,
    operator: Text,
}

/// There is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// The operator has as much as one may.
    Yours,
    /// All together have.
    All,
}

impl Room {
    /// Room for consoles.
    pub fn for_consoles() -> Arc<Self> {
        Self::new(MOST_CONSOLES, MOST_CONSOLES_OF_ONE)
    }

    /// Room for requests.
    pub fn for_requests() -> Arc<Self> {
        Self::new(MOST_REQUESTS, MOST_REQUESTS_OF_ONE)
    }

    fn new(most: usize, most_of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, most_of_one, taken: Mutex::default() })
    }

    /// A place for one of `operator`'s.
    ///
    /// # Errors
    /// When there is none left.
    pub fn take(self: &Arc<Self>, operator: &Text) -> Result<Place, Full> {
        let mut taken = self.lock();
        if taken.values().sum::<usize>() >= self.most {
            return Err(Full::All);
        }
        let theirs = taken.entry(operator.clone()).or_default();
        if *theirs >= self.most_of_one {
            return Err(Full::Yours);
        }
        *theirs += 1;
        Ok(Place { room: Arc::clone(self), operator: operator.clone() })
    }

    /// How much of it is taken.
    pub fn taken(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Text, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.lock();
        if let Some(theirs) = taken.get_mut(&self.operator) {
            *theirs -= 1;
            if *theirs == 0 {
                taken.remove(&self.operator);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::{admission::Limits, engine::WAITING};

    #[test]
    fn one_operator_leaves_room_for_the_others() {
        let room = Room::for_consoles();
        let take = |name: &str, count: usize| -> Vec<Place> {
            (0..count).filter_map(|_| room.take(&name.into()).ok()).collect()
        };
        let mut vic = take("Vic", 300);
        assert_eq!(vic.len(), MOST_CONSOLES_OF_ONE);
        assert_eq!(room.take(&"Vic".into()).unwrap_err(), Full::Yours);
        let ann = take("Ann", 1);
        assert_eq!(ann.len(), 1);
        vic.pop();
        assert!(room.take(&"Vic".into()).is_ok(), "who leaves makes room");
        let many: Vec<_> = (0..20).map(|n| take(&format!("{n}"), 32)).collect();
        let all = vic.len() + ann.len() + many.iter().map(Vec::len).sum::<usize>();
        assert_eq!((all, room.taken()), (MOST_CONSOLES, MOST_CONSOLES));
        assert_eq!(room.take(&"Bob".into()).unwrap_err(), Full::All);
        drop((vic, ann, many));
        assert!(room.lock().is_empty(), "nothing is remembered of who left");
    }

    /// Each of them asks the engine for one thing at a time: nobody waits for a place in its queue.
    #[test]
    fn whatever_may_be_under_way_fits_into_the_engines_queue() {
        let webhooks = Limits::default().of_all.webhooks;
        assert!(webhooks + MOST_REQUESTS + MOST_CONSOLES <= WAITING);
    }
}
