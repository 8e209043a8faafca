//! The board, rebuilt from the journal.

use std::{num::NonZeroUsize, sync::Arc, thread::available_parallelism};

use jiff::Timestamp;
use tokio::{sync::mpsc, task::JoinSet};

use super::worker::Worker;
use crate::{call::CallId, hub::desk::InHand, store::StoreError};

/// Calls that are read at a time: what is in memory of the journal is a few hundred calls, however
/// many there are.
const CALLS: usize = 200;

impl Worker {
    /// Takes every call of the board in hand.
    pub(super) async fn recover(&mut self) -> Result<(), StoreError> {
        let now = Timestamp::now();
        self.join_others(now).await?;
        if let Some(courier) = &self.parts.courier {
            courier.recount().await;
        }
        self.reread_numbers(now).await?;
        let ids = self.parts.journal.board().await?;
        // Folding and judging a busy hour takes seconds: every core does its share.
        let shares = available_parallelism().map_or(1, NonZeroUsize::get);
        let (give, mut take) = mpsc::channel(shares);
        let mut readers = JoinSet::new();
        for share in 0..shares {
            let mine = ids.chunks(CALLS).skip(share).step_by(shares);
            let mine: Vec<Vec<CallId>> = mine.map(<[CallId]>::to_vec).collect();
            let journal = Arc::clone(&self.parts.journal);
            let (fresh, give) = (self.parts.desk.fresh().clone(), give.clone());
            let way = self.parts.desk.way().to_owned();
            readers.spawn(async move {
                for ids in mine {
                    let (mut calls, mut unread) = (Vec::new(), Vec::new());
                    for stored in journal.load_folded(&ids, &way).await? {
                        let id = stored.row.id.clone();
                        match InHand::back(stored, &fresh) {
                            Some(call) => calls.push(call),
                            None => unread.push(id),
                        }
                    }
                    let again = journal.load(&unread).await?.into_iter();
                    calls.extend(again.filter_map(|call| InHand::of(call, &fresh, &|_| false)));
                    if give.send(calls).await.is_err() {
                        break;
                    }
                }
                Ok::<(), StoreError>(())
            });
        }
        drop(give);
        while let Some(calls) = take.recv().await {
            for call in calls {
                self.parts.desk.adopt(call, now);
            }
        }
        while let Some(read) = readers.join_next().await {
            read.unwrap_or_else(|died| std::panic::resume_unwind(died.into_panic()))?;
        }
        self.parts.desk.tick(now);
        self.unfinished = self.parts.desk.unfinished();
        let changed = self.parts.desk.changes(&self.gates, now);
        self.parts.desk.release(&changed);
        self.publish(changed);
        Ok(())
    }
}
