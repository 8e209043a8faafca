//! The one writer: everything that changes state passes through here, is committed together with
//! what else is waiting (group commit), and only then answered, shown and sent on.
//!
//! While a commit is under way the next is prepared: what comes in meanwhile is folded, judged and
//! planned, but nobody is told of it before its own commit. There is never more than one under way;
//! when it fails, all that was built on it is forgotten with it.

mod call_back;
mod commit;
mod do_not_call;
mod doubt;
mod notices;
mod pause;
mod recover;
mod sending;
mod shared;
mod worker;

use std::sync::Arc;

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use self::worker::{Worker, paused_key};
use super::{
    board::Board,
    desk::{Desk, Erased, Erasure, Full},
    notices::Notices,
    orders::OrderError,
};
use crate::{
    call::{CallId, Event, Phone, Suppression, Text},
    delivery::Courier,
    figures::CallRecord,
    outbound::Outbound,
    plan::Write,
    store::{Journal, RecordQuery, StoreError, Stored, WriteQuery},
    wire::{AttemptSummary, CallDetail, Command, LogEntry, OpportunityDraft, Receipt, WriteOrder},
};

/// Asks that may wait; beyond it, senders do.
pub const WAITING: usize = 4096;

/// The journal can't record; nothing was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the journal can't record this now; nothing was taken, try again shortly")]
pub struct Unavailable;

/// Why a webhook's events were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The journal can't record anything now.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// There is no room for them.
    #[error("{0}")]
    Full(#[from] Full),
    /// The journal records others, and these never.
    #[error(
        "the journal can't record what this webhook holds; it was not taken, see the hub's log"
    )]
    Unrecordable,
}

/// Why an operator's order was not carried out.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ActError {
    /// The order was refused.
    #[error(transparent)]
    Refused(#[from] OrderError),
    /// The journal can't record.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
}

/// An operator's order about a number.
#[derive(Clone, Debug)]
pub struct SaidOfNumber {
    /// The order's id.
    pub id: String,
    /// Which number.
    pub number: Phone,
    /// Whether it is not to be rung any more, or may be again.
    pub stands: bool,
    /// Who says so.
    pub operator: Text,
}

/// An operator's order to hold what goes to a destination, or to let it flow again.
#[derive(Clone, Debug)]
pub struct Pausing {
    /// The order's id: however often it comes, it is carried out once.
    pub id: String,
    /// Which destination; the connected org when none.
    pub destination: Option<Text>,
    /// Whether to hold.
    pub paused: bool,
    /// What the log says of it.
    pub entry: LogEntry,
}

type Reply<T> = oneshot::Sender<T>;

enum Ask {
    Receive(Vec<Event>, Reply<Result<(), NotTaken>>),
    Act(CallId, Text, Command, Reply<Result<Receipt, ActError>>),
    ActOnWrite(CallId, String, Text, String, WriteOrder, Reply<Result<Receipt, ActError>>),
    Draft(CallId, Reply<Result<OpportunityDraft, ActError>>),
    Detail(CallId, Reply<Result<CallDetail, ActError>>),
    Pause(Pausing, Reply<Result<bool, Unavailable>>),
    Erase(Erasure, Reply<Result<Erased, Unavailable>>),
    DoNotCall(SaidOfNumber, Reply<Result<Receipt, Unavailable>>),
    Numbers(Reply<Result<Vec<Suppression>, Unavailable>>),
    Told(IsMeant, Reply<Option<Told>>),
}

/// Whether a notice (of a call, to somebody, by its id) is the one that is meant.
pub type IsMeant = Box<dyn Fn(&CallId, &Text, &str) -> bool + Send + Sync>;

/// A call, and who was told of it.
pub type Told = (CallId, Text);

impl Ask {
    /// Whether nothing else is taken in between this and its end on disk: what is said of a call
    /// behind its erasure must not go with it, and what is read of the journal meanwhile must not
    /// bring it back.
    fn goes_alone(&self) -> bool {
        matches!(self, Self::Erase(..))
    }

    fn call(&self) -> Option<&CallId> {
        match self {
            Self::Act(call, ..)
            | Self::ActOnWrite(call, ..)
            | Self::Draft(call, ..)
            | Self::Detail(call, ..) => Some(call),
            Self::Receive(..)
            | Self::Pause(..)
            | Self::Erase(..)
            | Self::DoNotCall(..)
            | Self::Numbers(..)
            | Self::Told(..) => None,
        }
    }
}

/// A way to ask the engine.
#[derive(Clone, Debug)]
pub struct Engine {
    asks: mpsc::Sender<Ask>,
    journal: Arc<Journal>,
    courier: Option<Arc<Courier>>,
}

/// What the engine works with.
pub struct Parts {
    /// Where everything is recorded.
    pub journal: Arc<Journal>,
    /// The calls in hand; empty at first.
    pub desk: Desk,
    /// What the consoles see.
    pub board: Arc<Board>,
    /// Who brings writes to Salesforce; none when no org is configured.
    pub courier: Option<Arc<Courier>>,
    /// Who tells people of calls that are theirs.
    pub notices: Arc<Notices>,
    /// Who places calls; none when that is not set up.
    pub outbound: Option<Arc<Outbound>>,
}

impl Engine {
    /// Rebuilds the board from the journal and starts the engine. It ends, after what is under
    /// way, when the last `Engine` is dropped; the returned handle tells when.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn start(parts: Parts) -> Result<(Self, JoinHandle<()>), StoreError> {
        let (asks, receiver) = mpsc::channel(WAITING);
        let others = &parts.desk.settings().plan.destinations;
        let mut paused = Vec::new();
        for name in std::iter::once("").chain(others.iter().map(|to| to.name.as_str())) {
            let key = paused_key(Some(name).filter(|name| !name.is_empty()));
            if parts.journal.kept(&key).await?.is_some_and(|value| value == "true") {
                paused.push(name.to_owned());
            }
        }
        let journal = Arc::clone(&parts.journal);
        let courier = parts.courier.clone();
        let mut worker = Worker::new(parts, &paused);
        worker.recover().await?;
        let task = tokio::spawn(worker.run(receiver));
        Ok((Self { asks, journal, courier }, task))
    }

    async fn ask<T>(&self, ask: impl FnOnce(Reply<T>) -> Ask) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.asks.send(ask(reply)).await.map_err(|_| Unavailable)?;
        answer.await.map_err(|_| Unavailable)
    }

    /// How many asks wait.
    pub fn waiting(&self) -> usize {
        self.asks.max_capacity() - self.asks.capacity()
    }

    /// Records events. They are on disk when this returns.
    ///
    /// # Errors
    /// When the journal can't record; then none of them was taken.
    pub async fn receive(&self, events: Vec<Event>) -> Result<(), NotTaken> {
        self.ask(|reply| Ask::Receive(events, reply)).await?
    }

    /// Whether the journal can record right now: tries it.
    ///
    /// # Errors
    /// When it can't, or when the engine doesn't answer.
    pub async fn ready(&self) -> Result<(), Unavailable> {
        self.journal.probe().await.map_err(|_| Unavailable)?;
        self.receive(Vec::new()).await.map_err(|_| Unavailable)
    }

    /// Carries out an operator's order on a call.
    ///
    /// # Errors
    /// When it is refused or can't be recorded; then nothing happened.
    pub async fn act(
        &self,
        call: CallId,
        operator: Text,
        command: Command,
    ) -> Result<Receipt, ActError> {
        self.ask(|reply| Ask::Act(call, operator, command, reply)).await?
    }

    /// Carries out an operator's order on a write.
    ///
    /// # Errors
    /// As [`Engine::act`].
    pub async fn act_on_write(
        &self,
        write: String,
        operator: Text,
        id: String,
        order: WriteOrder,
    ) -> Result<Receipt, ActError> {
        let call = self.journal.call_of_write(&write).await.map_err(|_| Unavailable)?;
        let call = call.ok_or_else(|| OrderError::NoWrite(write.clone()))?;
        self.ask(|reply| Ask::ActOnWrite(call, write, operator, id, order, reply)).await?
    }

    /// Who brings writes to Salesforce; none when there is nowhere to bring them.
    pub fn courier(&self) -> Option<&Courier> {
        self.courier.as_deref()
    }

    /// The same, if there is an org to ask.
    pub fn connected(&self) -> Option<&Courier> {
        self.courier().filter(|courier| courier.has_org())
    }

    /// Writes out of the journal.
    ///
    /// # Errors
    /// When it can't be read.
    pub async fn find_writes(&self, query: &WriteQuery) -> Result<Vec<Write>, Unavailable> {
        self.journal.find_writes(query).await.map_err(|_| Unavailable)
    }

    /// Calls that operators acted on, with their events: those after `after`, at most `limit`.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn acted_on(
        &self,
        after: Option<&CallId>,
        limit: u32,
    ) -> Result<Vec<Stored>, Unavailable> {
        let ids = self.journal.acted_on(after, limit).await.map_err(|_| Unavailable)?;
        self.journal.load(&ids).await.map_err(|_| Unavailable)
    }

    /// What figures and exports know of calls.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn records(&self, query: &RecordQuery) -> Result<Vec<CallRecord>, Unavailable> {
        self.journal.records(query).await.map_err(|_| Unavailable)
    }

    /// A write with its attempts.
    ///
    /// # Errors
    /// When the journal can't be read.
    pub async fn find_write(
        &self,
        id: &str,
    ) -> Result<Option<(Write, Vec<AttemptSummary>)>, Unavailable> {
        let Some(write) = self.journal.write(id).await.map_err(|_| Unavailable)? else {
            return Ok(None);
        };
        let attempts = self.journal.attempts(std::slice::from_ref(&write)).await;
        let attempts = attempts.map_err(|_| Unavailable)?;
        Ok(Some((write, attempts.into_iter().map(|(_, attempt)| attempt).collect())))
    }

    /// The Opportunity that would be created of a call.
    ///
    /// # Errors
    /// When there is no such call.
    pub async fn draft(&self, call: CallId) -> Result<OpportunityDraft, ActError> {
        self.ask(|reply| Ask::Draft(call, reply)).await?
    }

    /// A call with its transcript, writes and attempts.
    ///
    /// # Errors
    /// When there is no such call.
    pub async fn detail(&self, call: CallId) -> Result<CallDetail, ActError> {
        self.ask(|reply| Ask::Detail(call, reply)).await?
    }

    /// The call of a notice that was sent lately, and who was told by it; none when none is meant.
    ///
    /// # Errors
    /// When the engine has stopped.
    pub async fn told(&self, is_meant: IsMeant) -> Result<Option<Told>, Unavailable> {
        self.ask(|reply| Ask::Told(is_meant, reply)).await
    }

    /// Has a number rung no more, or allows it again, in whatever call.
    ///
    /// # Errors
    /// When it can't be recorded.
    pub async fn say_of_number(&self, order: SaidOfNumber) -> Result<Receipt, Unavailable> {
        self.ask(|reply| Ask::DoNotCall(order, reply)).await?
    }

    /// The numbers that are not to be rung, the latest first.
    ///
    /// # Errors
    /// When the engine doesn't answer.
    pub async fn do_not_call(&self) -> Result<Vec<Suppression>, Unavailable> {
        self.ask(Ask::Numbers).await?
    }

    /// Leaves nothing of those of these calls that may go, on the board or in the journal.
    ///
    /// # Errors
    /// When the journal can't record; then all of it is left.
    pub async fn erase(&self, calls: Erasure) -> Result<Erased, Unavailable> {
        self.ask(|reply| Ask::Erase(calls, reply)).await?
    }

    /// Pauses or resumes a destination, durably. Returns whether there is one.
    ///
    /// # Errors
    /// When it can't be recorded.
    pub async fn pause(&self, order: Pausing) -> Result<bool, Unavailable> {
        self.ask(|reply| Ask::Pause(order, reply)).await?
    }
}
