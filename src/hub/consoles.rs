//! Room for consoles: of each operator so many, so that nobody's can keep the others out.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::call::Text;

/// The most consoles at once.
const MOST: usize = 256;

/// The most of one operator.
const MOST_OF_ONE: usize = 32;

/// Who has a console attached, and how many.
#[derive(Debug, Default)]
pub struct Consoles(Mutex<HashMap<Text, usize>>);

/// One console's place; dropping it gives it back.
#[derive(Debug)]
pub struct Place {
    consoles: Arc<Consoles>,
    operator: Text,
}

/// There is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    /// The operator has as many as one may.
    #[error("you have {MOST_OF_ONE} consoles attached, as many as one operator may")]
    Yours,
    /// All together have.
    #[error("as many consoles as this hub takes are attached already")]
    All,
}

impl Consoles {
    /// A place for one of `operator`'s.
    ///
    /// # Errors
    /// When there is none left.
    pub fn take(self: &Arc<Self>, operator: &Text) -> Result<Place, Full> {
        let mut attached = self.lock();
        if attached.values().sum::<usize>() >= MOST {
            return Err(Full::All);
        }
        let theirs = attached.entry(operator.clone()).or_default();
        if *theirs >= MOST_OF_ONE {
            return Err(Full::Yours);
        }
        *theirs += 1;
        Ok(Place { consoles: Arc::clone(self), operator: operator.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Text, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut attached = self.consoles.lock();
        if let Some(theirs) = attached.get_mut(&self.operator) {
            *theirs -= 1;
            if *theirs == 0 {
                attached.remove(&self.operator);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_operator_leaves_room_for_the_others() {
        let consoles = Arc::new(Consoles::default());
        let take = |name: &str, count: usize| -> Vec<Place> {
            (0..count).filter_map(|_| consoles.take(&name.into()).ok()).collect()
        };
        let mut vic = take("Vic", 300);
        assert_eq!(vic.len(), MOST_OF_ONE);
        assert_eq!(consoles.take(&"Vic".into()).unwrap_err(), Full::Yours);
        let ann = take("Ann", 1);
        assert_eq!(ann.len(), 1);
        vic.pop();
        assert!(consoles.take(&"Vic".into()).is_ok(), "who leaves makes room");
        let many: Vec<_> = (0..20).map(|n| take(&format!("{n}"), 32)).collect();
        let all = vic.len() + ann.len() + many.iter().map(Vec::len).sum::<usize>();
        assert_eq!(all, MOST);
        assert_eq!(consoles.take(&"Bob".into()).unwrap_err(), Full::All);
        drop((vic, ann, many));
        assert!(consoles.lock().is_empty(), "nothing is remembered of who left");
    }
}
