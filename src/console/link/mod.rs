//! The line to the hub, as tasks of their own: a key never restarts a reconnect, and a hub that
//! hangs never holds up a key.
//!
//! Promises: a silent or broken line is noticed within [`SILENCE`]; it is tried again for ever,
//! with backoff and jitter, unless the hub says that can't help; what the console can't take in
//! at once waits in the hub (bounded channel, TCP), which keeps only the latest of each row.

mod commands;
mod stream;

use std::time::Duration;

use secrecy::SecretString;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    call::{CallId, Text},
    client::Address,
    wire::{
        Command, FromHub, LogPage, OpenOpportunity, OpportunityDraft, Picklists, Receipt, Report,
        RosterNow, Status, WriteOrder,
    },
};

/// The hub beats every two seconds; after four of silence the line is dead, whatever TCP says.
pub const SILENCE: Duration = Duration::from_secs(4);

/// Messages that wait for the console; more stay in the hub.
const WAITING: usize = 64;
/// Actions that wait for the hub: what can be asked of all marked rows with one key.
const ASKED: usize = 4096;

/// What the link has to say.
#[derive(Clone, Debug)]
pub enum FromLink {
    /// The hub said something.
    Hub(FromHub),
    /// There is no line.
    Lost {
        /// One sentence.
        why: String,
        /// When it is tried again; none when that can't help.
        retry_in: Option<Duration>,
        /// What is in the way.
        obstacle: Obstacle,
    },
    /// What became of an action.
    Answer {
        /// The action.
        id: String,
        /// The hub's receipt, or why there is none, in a sentence.
        outcome: Result<Receipt, String>,
    },
    /// What became of holding a destination, or of letting it flow.
    Held {
        /// Which; the connected org when none.
        destination: Option<Text>,
        /// What was asked: hold, or let go.
        hold: bool,
        /// How the hub is then, or why nothing was done, in a sentence.
        outcome: Result<Box<Status>, String>,
    },
    /// What Opportunity a call would become.
    Draft {
        /// The call.
        call: CallId,
        /// The draft, or why there is none, in a sentence.
        outcome: Result<OpportunityDraft, String>,
    },
    /// Something to read.
    Page {
        /// What was asked.
        question: Question,
        /// The answer, or why there is none, in a sentence.
        outcome: Result<Page, String>,
    },
}

/// What is in the way of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Nobody answers, or not any more.
    Silence,
    /// A hub answers, and doesn't accept the token.
    Token,
    /// Somebody answers who is no hub, or is spoken to in another way than they speak.
    Address,
}

/// Something to read that the stream doesn't tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Who did what: the latest of it, or what came before a place.
    Log {
        /// The place.
        before: Option<u64>,
    },
    /// Who is on call.
    Roster,
    /// The figures of today, hour by hour.
    Figures,
    /// The picklists of an sObject.
    Picklists(String),
    /// The open Opportunities of a call's customer.
    Opportunities(CallId),
}

/// The answer to a [`Question`].
#[derive(Clone, Debug)]
pub enum Page {
    /// A page of the log, the newest entry first.
    Log(LogPage),
    /// Who is on call.
    Roster(RosterNow),
    /// The figures.
    Figures(Box<Report>),
    /// The picklists.
    Picklists(Picklists),
    /// The Opportunities.
    Opportunities(Vec<OpenOpportunity>),
}

/// What the console asks of the hub.
#[derive(Clone, Debug)]
pub enum Request {
    /// An action on a call.
    Act {
        /// The call.
        call: CallId,
        /// The action.
        command: Command,
    },
    /// An action on a write.
    Write {
        /// The action's id.
        id: String,
        /// The write.
        write: String,
        /// The action.
        order: WriteOrder,
    },
    /// Hold what goes to a destination (the connected org when none), or let it flow.
    Hold {
        /// Which.
        destination: Option<Text>,
        /// Hold, or let go.
        hold: bool,
    },
    /// The draft of an Opportunity.
    Draft(CallId),
    /// Something to read.
    Read(Question),
}

/// The console's end of the link. Dropping it ends the tasks.
#[derive(Debug)]
pub struct Link {
    watched: watch::Sender<Option<CallId>>,
    requests: mpsc::Sender<Request>,
    _tasks: JoinSet<()>,
}

impl Link {
    /// Begins to connect. What the link has to say comes out of the receiver.
    pub fn start(address: Address, token: SecretString) -> (Self, mpsc::Receiver<FromLink>) {
        let (out, said) = mpsc::channel(WAITING);
        let (watched, watching) = watch::channel(None);
        let (requests, asked) = mpsc::channel(ASKED);
        let mut tasks = JoinSet::new();
        tasks.spawn(stream::run(address.clone(), token.clone(), watching, out.clone()));
        tasks.spawn(commands::run(address, token, asked, out));
        (Self { watched, requests, _tasks: tasks }, said)
    }

    /// Asks for the detail of `call` from now on. The latest wish counts.
    pub fn watch(&self, call: Option<CallId>) {
        self.watched.send_replace(call);
    }

    /// Sends a request; gives it back when too many wait.
    ///
    /// # Errors
    /// The request, when it can't be taken.
    pub fn request(&self, request: Request) -> Result<(), Request> {
        self.requests.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(request)
            | mpsc::error::TrySendError::Closed(request) => request,
        })
    }
}
