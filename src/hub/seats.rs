//! Room for connections: so many at once, and when they are all taken the client that holds the
//! most gives one up to whoever holds fewer.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::peer::Client;

/// All seats.
#[derive(Debug)]
pub struct Seats {
    most: usize,
    most_each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    count: usize,
    /// Per client its seats, the oldest first.
    clients: HashMap<Client, BTreeMap<u64, Arc<Notify>>>,
}

/// A connection's seat; dropping it gives it back.
#[derive(Debug)]
pub struct Seat {
    seats: Arc<Seats>,
    client: Client,
    number: u64,
    wanted: Arc<Notify>,
}

impl Seats {
    /// `most` seats, of which one client may take `most_each`.
    pub fn new(most: usize, most_each: usize) -> Arc<Self> {
        Arc::new(Self { most, most_each, taken: Mutex::default() })
    }

    /// How many are taken.
    pub fn taken(&self) -> usize {
        self.lock().count
    }

    /// Takes a seat, if need be one of a client that holds more.
    pub fn take(self: &Arc<Self>, client: Client) -> Option<Seat> {
        let mut taken = self.lock();
        let mine = taken.clients.get(&client).map_or(0, BTreeMap::len);
        if mine >= self.most_each {
            return None;
        }
        if taken.count >= self.most {
            let greedy = taken.clients.iter().max_by_key(|(_, seats)| seats.len());
            let (greedy, seats) = greedy.filter(|(_, seats)| seats.len() > mine + 1)?;
            let (greedy, oldest) = (*greedy, *seats.keys().next()?);
            if let Some(wanted) = taken.leave(greedy, oldest) {
                wanted.notify_one();
            }
        }
        taken.next += 1;
        taken.count += 1;
        let (number, wanted) = (taken.next, Arc::new(Notify::new()));
        taken.clients.entry(client).or_default().insert(number, Arc::clone(&wanted));
        drop(taken);
        Some(Seat { seats: Arc::clone(self), client, number, wanted })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn leave(&mut self, client: Client, number: u64) -> Option<Arc<Notify>> {
        let seats = self.clients.get_mut(&client)?;
        let wanted = seats.remove(&number)?;
        if seats.is_empty() {
            self.clients.remove(&client);
        }
        self.count -= 1;
        Some(wanted)
    }
}

impl Seat {
    /// Returns when the seat is wanted by somebody who holds fewer: leave now.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.lock().leave(self.client, self.number);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn client(n: u8) -> Client {
        Client::of([10, 0, 0, n].into())
    }

    #[test]
    fn one_client_gets_no_more_than_its_share() {
        let seats = Seats::new(4, 2);
        let held: Vec<Seat> = (0..2).map(|_| seats.take(client(1)).unwrap()).collect();
        assert!(seats.take(client(1)).is_none());
        drop(held);
        assert_eq!(seats.taken(), 0);
        assert!(seats.lock().clients.is_empty(), "nothing is remembered of who left");
    }

    #[test]
    fn when_all_are_taken_the_greediest_gives_up_its_oldest() {
        let seats = Seats::new(4, 4);
        let greedy: Vec<Seat> = (0..4).map(|_| seats.take(client(1)).unwrap()).collect();
        let second = seats.take(client(2)).unwrap();
        assert_eq!(greedy[0].wanted().now_or_never(), Some(()));
        assert_eq!(greedy[1].wanted().now_or_never(), None);
        // Three and one: the next of client 2 would be even with the first, so it may still come.
        let third = seats.take(client(2)).unwrap();
        assert!(seats.take(client(2)).is_none(), "two each is even");
        assert_eq!(second.wanted().now_or_never(), None);
        drop((greedy, second, third));
        assert_eq!(seats.taken(), 0);
    }
}
