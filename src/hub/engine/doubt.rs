//! When a commit is refused for what is in it: one event that can't be recorded (a value the
//! database does not take) must not keep out all that came with it. What was taken in is tried
//! again one webhook at a time, and the one at fault is refused alone.

use std::collections::VecDeque;

use super::{Ask, NotTaken, Reply, Unavailable, worker::Worker};
use crate::call::Event;

/// Who is answered after a commit.
pub(super) enum Waiting {
    /// A webhook, with its events.
    Webhook(Vec<Event>, Reply<Result<(), NotTaken>>),
    /// Anybody else.
    Other(Box<dyn FnOnce(Result<(), Unavailable>) + Send>),
}

impl Waiting {
    pub(super) fn recorded(self) {
        match self {
            Self::Webhook(_, reply) => drop(reply.send(Ok(()))),
            Self::Other(answer) => answer(Ok(())),
        }
    }

    pub(super) fn unavailable(self) {
        match self {
            Self::Webhook(_, reply) => drop(reply.send(Err(Unavailable.into()))),
            Self::Other(answer) => answer(Err(Unavailable)),
        }
    }
}

impl Worker {
    /// Whoever waited for a commit that was refused for its content, and whether they were alone in it:
    /// webhooks are tried again, one by one and in their order; the one that was alone is what can't be
    /// recorded.
    pub(super) fn doubt(&mut self, waiting: impl IntoIterator<Item = (Waiting, bool)>) {
        let mut again = VecDeque::new();
        for (waiting, alone) in waiting {
            match waiting {
                Waiting::Webhook(events, reply) if alone => {
                    let calls: Vec<&str> = events.iter().map(|event| event.call.as_str()).collect();
                    tracing::error!(?calls, "the journal does not take this webhook: refused");
                    let _ = reply.send(Err(NotTaken::Unrecordable));
                }
                Waiting::Webhook(events, reply) => {
                    again.push_back(Ask::Receive(events, reply));
                }
                Waiting::Other(answer) => answer(Err(Unavailable)),
            }
        }
        // What goes alone already came after these.
        again.append(&mut self.one_by_one);
        self.one_by_one = again;
    }

    /// Takes in the next that goes alone, once what came before it is on disk, and commits it. False
    /// when there is none, or a commit is under way.
    pub(super) async fn next_alone(&mut self) -> bool {
        if self.committing.is_some() || self.one_by_one.is_empty() {
            return false;
        }
        let now = self.look_at_the_clock();
        // Whoever waits for what was taken in meanwhile has nothing to do with it.
        if self.answers.is_empty()
            && let Some(ask) = self.one_by_one.pop_front()
        {
            self.alone = true;
            self.take(vec![ask], Vec::new(), false, now).await;
        }
        self.commit(now);
        true
    }
}
