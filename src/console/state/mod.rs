//! What the console knows and where the operator is in it. Plain data: changed by
//! [`super::update`] alone, drawn by [`super::view`] alone.

mod actions;
mod board;
mod callers;
mod deed;
mod dialog;
mod filter;
mod form;
mod line;
mod log;
mod order;
mod reading;
mod rows;
mod shelf;
mod tips;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use actions::{Actions, Phase, Sent};
pub use board::{Board, CallRow, Counts};
pub use deed::Deed;
pub use dialog::{Ask, Choice, DISPOSITIONS, Dialog, OUTCOMES, Place};
pub use filter::Filter;
pub use form::{Field, Form, Kind, Value};
pub use line::Line;
pub use log::Log;
pub use order::{Order, Slot};
pub use reading::Reading;
pub use shelf::Shelf;
pub use tips::Tips;

use super::{alerts::Alerts, columns::Column, keys::Keymap, link::Obstacle};
use crate::{
    call::{CallId, Claim, Text},
    wire::{
        CallDetail, Destination, FailingSource, Hello, OpenOpportunity, OperatorRole, PersonOnCall,
        Picklists, Report, RosterNow, Status,
    },
};

/// What doesn't change while the console runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the hub is, for the screen.
    pub hub: String,
    /// Only ASCII on the screen.
    pub ascii: bool,
    /// Keys that change something are refused.
    pub read_only: bool,
    /// The keys.
    pub keys: Arc<Keymap>,
    /// Begins the id of every action of this run, so that two consoles never choose the same.
    pub session: String,
    /// The themes there are, in the order the theme key takes them.
    pub themes: Vec<String>,
    /// What the operator is called for.
    pub alerts: Alerts,
    /// Figures for the wall instead of the board: nobody's name, nothing to act on.
    pub wall: bool,
    /// Nothing moves by itself more often than it must.
    pub still: bool,
    /// The columns of the Live view, what is to have room first before the others.
    pub columns: Vec<Column>,
    /// The mouse selects and scrolls.
    pub mouse: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hub: String::new(),
            ascii: false,
            read_only: false,
            keys: Arc::default(),
            session: String::new(),
            themes: Vec::new(),
            alerts: Alerts::default(),
            wall: false,
            still: false,
            columns: Column::ALL.to_vec(),
            mouse: false,
        }
    }
}

/// What is being typed at the foot of the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typing {
    /// What it is for.
    pub purpose: Purpose,
    /// What has been typed.
    pub line: Line,
    /// Said instead of the hints: why it can't be done.
    pub remark: Option<String>,
    /// The theme that was worn when typing began; comes back when a preview is left.
    pub theme: String,
}

/// What a line is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Narrow the Live view.
    Filter,
    /// Do something by its name.
    Command,
}

/// Which part of the board is in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum View {
    /// The calls, most urgent first.
    #[default]
    Live,
    /// Who waits to be rung back.
    Callbacks,
    /// What goes to Salesforce.
    Writes,
    /// Figures.
    Today,
    /// Who is on call.
    People,
    /// Who did what.
    Log,
}

impl View {
    /// All of them, in the order of the tabs.
    pub const ALL: [Self; 6] =
        [Self::Live, Self::Callbacks, Self::Writes, Self::Today, Self::People, Self::Log];

    /// The tab's label.
    pub fn title(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Callbacks => "Callbacks",
            Self::Writes => "Writes",
            Self::Today => "Today",
            Self::People => "People",
            Self::Log => "Log",
        }
    }

    /// Whether its list is of calls, which a filter narrows.
    pub fn lists_calls(self) -> bool {
        matches!(self, Self::Live | Self::Callbacks)
    }
}

/// The line to the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Not connected yet, nothing to show yet.
    Starting,
    /// What is on screen is true.
    Live,
    /// What is on screen was true.
    Down {
        /// Since when.
        since: Timestamp,
        /// One sentence.
        why: String,
        /// When it is tried again; none when that can't help.
        retry_at: Option<Timestamp>,
        /// What is in the way.
        obstacle: Obstacle,
    },
}

/// A place in a list: the row by its id, and how far the list is scrolled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor<K> {
    /// The selected row.
    pub selected: Option<K>,
    /// Where it was last seen, to choose its neighbour should it leave.
    pub index: usize,
    /// The first row on screen.
    pub offset: usize,
}

impl<K> Default for Cursor<K> {
    fn default() -> Self {
        Self { selected: None, index: 0, offset: 0 }
    }
}

/// Something said at the foot of the screen for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// One sentence.
    pub text: String,
    /// Whether something is wrong.
    pub bad: bool,
    /// Until when it stays.
    pub until: Timestamp,
}

/// Everything.
#[derive(Debug)]
pub struct State {
    /// What doesn't change.
    pub settings: Settings,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The console's own clock at the last message.
    pub now: Timestamp,
    /// How far the hub's clock is ahead of ours.
    pub skew: SignedDuration,
    /// The business's time zone.
    pub zone: TimeZone,
    /// The line to the hub.
    pub link: Link,
    /// When the hub was last heard.
    pub heard_at: Option<Timestamp>,
    /// Who is who; none before the first connection.
    pub hello: Option<Hello>,
    /// The hub's state.
    pub status: Option<Status>,
    /// Calls and writes.
    pub board: Board,
    /// When rows last moved.
    pub settled_at: Timestamp,
    /// When a dialog closed last, or a letter came right after that.
    pub dialog_closed_at: Option<Timestamp>,
    /// The call that is being looked at, whole.
    pub detail: Option<Box<CallDetail>>,
    /// Of which call the hub was asked for the detail.
    pub watched: Option<CallId>,
    /// The part of the board in sight.
    pub view: View,
    /// The call fills the screen.
    pub opened: bool,
    /// What happened stands where the transcript else does.
    pub ladder: bool,
    /// Lines the transcript is scrolled up from its end.
    pub transcript_up: usize,
    /// The place in the Live view.
    pub live: Cursor<CallId>,
    /// The place in the Callbacks view.
    pub callbacks: Cursor<CallId>,
    /// The place in the Writes view.
    pub writes: Cursor<String>,
    /// Who did what, as far as it was read.
    pub log: Log,
    /// Who is on call.
    pub roster: Reading<RosterNow>,
    /// The place in the People view.
    pub people: Cursor<Text>,
    /// The figures of today.
    pub figures: Reading<Box<Report>>,
    /// The Today view says what its figures mean.
    pub definitions: bool,
    /// The first figure on screen.
    pub figures_from: usize,
    /// What the Live view is narrowed to.
    pub filter: Filter,
    /// A filter or a command is being typed.
    pub typing: Option<Typing>,
    /// Filters with names: `mine` → `owner:me !ok`.
    pub saved: BTreeMap<String, String>,
    /// The calls that are marked, to do one thing to all of them.
    pub marked: BTreeSet<CallId>,
    /// The same of writes.
    pub marked_writes: BTreeSet<String>,
    /// The open Opportunities of the customer whose call is open, and which call that is.
    pub open_opportunities: (Option<CallId>, Reading<Vec<OpenOpportunity>>),
    /// The org's picklists, by sObject, as far as they were asked for.
    pub picklists: BTreeMap<String, Picklists>,
    /// The first hints; none where nobody is to be told anything.
    pub tips: Option<Tips>,
    /// The theme by name.
    pub theme: String,
    /// The help is open.
    pub help: bool,
    /// A question is open.
    pub dialog: Option<Dialog>,
    /// One that closed with a key that may confirm it or begin a note.
    pub confirming: Option<Dialog>,
    /// What the operator did in this run.
    pub actions: Actions,
    /// Said at the foot of the screen.
    pub notice: Option<Notice>,
    /// The call that has just become Hot, said beside the views.
    pub hot: Option<Notice>,
    /// The call that has become Hot last.
    pub hot_call: Option<CallId>,
    /// Names, numbers and what was said are masked.
    pub private: bool,
    /// No bell until then.
    pub muted_until: Option<Timestamp>,
    /// When the bell last rang.
    pub rang_at: Option<Timestamp>,
    /// The latest that came up since, too soon after it to ring again, and how many came up.
    pub not_rung: Option<(String, usize)>,
    /// How many callbacks were late when that was last looked at.
    pub late_seen: usize,
    /// The terminal's title as last set.
    pub title: String,
    /// Something on screen may be different from what is drawn.
    pub changed: bool,
}

impl State {
    /// A console that has just started.
    pub fn new(settings: Settings, size: (u16, u16), now: Timestamp) -> Self {
        Self {
            settings,
            size,
            now,
            skew: SignedDuration::ZERO,
            zone: TimeZone::UTC,
            link: Link::Starting,
            heard_at: None,
            hello: None,
            status: None,
            board: Board::default(),
            settled_at: Timestamp::MIN,
            dialog_closed_at: None,
            detail: None,
            watched: None,
            view: View::Live,
            opened: false,
            ladder: false,
            transcript_up: 0,
            live: Cursor::default(),
            callbacks: Cursor::default(),
            writes: Cursor::default(),
            log: Log::default(),
            roster: Reading::default(),
            people: Cursor::default(),
            figures: Reading::default(),
            definitions: false,
            figures_from: 0,
            filter: Filter::default(),
            typing: None,
            saved: BTreeMap::new(),
            marked: BTreeSet::new(),
            marked_writes: BTreeSet::new(),
            open_opportunities: (None, Reading::default()),
            picklists: BTreeMap::new(),
            tips: None,
            theme: String::new(),
            help: false,
            dialog: None,
            confirming: None,
            actions: Actions::default(),
            notice: None,
            hot: None,
            hot_call: None,
            private: false,
            muted_until: None,
            rang_at: None,
            not_rung: None,
            late_seen: 0,
            title: String::new(),
            changed: true,
        }
    }

    /// The hub's clock.
    pub fn hub_now(&self) -> Timestamp {
        self.now.checked_add(self.skew).unwrap_or(self.now)
    }

    /// The sources with whose webhooks something is wrong.
    pub fn failing_sources(&self) -> impl Iterator<Item = &FailingSource> {
        let now = self.hub_now();
        let failing = self.status.iter().flat_map(|status| &status.failing_sources);
        failing.filter(move |it| it.is_worth_telling(now))
    }

    /// Whether what is on screen is true now.
    pub fn is_live(&self) -> bool {
        self.link == Link::Live
    }

    /// The call the operator looks at, whichever view they are in.
    pub fn call_in_sight(&self) -> Option<&CallId> {
        match self.view {
            View::Live => self.live.selected.as_ref(),
            View::Callbacks => self.callbacks.selected.as_ref(),
            View::Writes => {
                let write = self.board.writes.get(self.writes.selected.as_ref()?)?;
                Some(&write.call)
            }
            View::Log => self.log.selected()?.call.as_ref(),
            View::Today | View::People => None,
        }
    }

    /// The detail of `call`, if the hub has sent it.
    pub fn detail_of(&self, call: &CallId) -> Option<&CallDetail> {
        self.detail.as_deref().filter(|detail| detail.summary.id == *call)
    }

    /// How many people are on the roster.
    pub fn people_rows(&self) -> usize {
        self.roster.page.as_ref().map_or(0, |roster| roster.people.len())
    }

    /// The person in row `index` of the People view.
    pub fn person(&self, index: usize) -> Option<&PersonOnCall> {
        self.roster.page.as_ref()?.people.get(index)
    }

    /// Who works on a call now, and until when.
    pub fn claim_on<'a>(&self, row: &'a CallRow) -> Option<&'a Claim> {
        row.claim(self.hub_now())
    }

    /// The same, where it is somebody else.
    pub fn claimed_by_another<'a>(&self, row: &'a CallRow) -> Option<&'a Claim> {
        self.claim_on(row).filter(|claim| Some(&claim.operator) != self.operator())
    }

    /// Why an action can't be asked for now; none when it can.
    pub fn refusal(&self) -> Option<String> {
        if self.settings.read_only {
            return Some("read-only: this console was started with --read-only".to_owned());
        }
        match (&self.link, &self.hello) {
            (Link::Live, Some(hello)) if hello.role < OperatorRole::Dispatcher => Some(format!(
                "{} may look but not act; ask for a dispatcher's token",
                hello.operator
            )),
            (Link::Live, Some(_)) => None,
            _ => Some("not sent: the hub is out of reach, and nothing is sent blindly".to_owned()),
        }
    }

    /// Whether calls go to a Salesforce org; taken to be so until the hub has said.
    pub fn has_org(&self) -> bool {
        self.status.as_ref().is_none_or(|status| status.salesforce != Destination::None)
    }

    /// Whether calls are written anywhere: to an org, or as forms.
    pub fn writes_calls(&self) -> bool {
        self.has_org() || self.status.as_ref().is_some_and(|it| !it.destinations.is_empty())
    }

    /// Whether writes are worth a word: where there are any, or some are left that failed.
    pub fn tells_writes(&self) -> bool {
        self.writes_calls() || self.board.counts().failed > 0
    }

    /// A caller's name, number or words as they may be shown.
    pub fn masked<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        if self.private {
            let masked = |c: char| if c.is_alphanumeric() { '•' } else { c };
            std::borrow::Cow::Owned(text.chars().map(masked).collect())
        } else {
            std::borrow::Cow::Borrowed(text)
        }
    }

    /// Whether a filter is being typed.
    pub fn is_filtering(&self) -> bool {
        self.typing.as_ref().is_some_and(|typing| typing.purpose == Purpose::Filter)
    }

    /// The first hint that is still to be given.
    pub fn tip(&self) -> Option<String> {
        self.tips.as_ref().filter(|_| self.hello.is_some())?.current(&self.settings.keys)
    }

    /// The operator's name.
    pub fn operator(&self) -> Option<&Text> {
        self.hello.as_ref().map(|hello| &hello.operator)
    }
}
