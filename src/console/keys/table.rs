//! What there is to press, and what it does.

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "TABLE says what each one does, in the words the operator sees")]
pub enum Intent {
    Up,
    Down,
    Hot,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Open,
    Back,
    Route,
    Acknowledge,
    Claim,
    Release,
    CalledBack,
    Dismiss,
    Attempt,
    Reschedule,
    AssignCallback,
    NotCallback,
    Dial,
    DoNotCall,
    AllowCalls,
    Dispose,
    WrapUp,
    Service,
    Opportunity,
    Convert,
    Raise,
    Lower,
    Undo,
    Retry,
    RetryAll,
    Discard,
    Hold,
    Edit,
    Mark,
    MarkAll,
    Ladder,
    Find,
    Command,
    Live,
    Callbacks,
    Writes,
    Today,
    People,
    Log,
    NextView,
    PreviousView,
    Privacy,
    Mute,
    Copy,
    CopyLink,
    Theme,
    Tips,
    Help,
    Redraw,
    Suspend,
    Quit,
    Confirm,
    Anyway,
    Erase,
    EraseNext,
    EraseWord,
    EraseAll,
    Accept,
    Complete,
    LeaveOut,
    CaretLeft,
    CaretRight,
    CaretHome,
    CaretEnd,
}

/// Where a key counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// On the board.
    Board,
    /// While a dialog asks something.
    Dialog,
    /// While a field of a dialog is filled in.
    Form,
    /// While a filter or a command is typed.
    Typing,
}

impl Context {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Board, Self::Dialog, Self::Form, Self::Typing];

    /// As a heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Board => "On the board",
            Self::Dialog => "In a dialog (forms: no letter but y)",
            Self::Form => "In a field of a dialog",
            Self::Typing => "While typing a filter or a command",
        }
    }
}

/// A row of the table.
#[derive(Debug)]
pub struct Binding {
    /// What it does.
    pub intent: Intent,
    /// Where it counts.
    pub context: Context,
    /// Its name in the config (`[console.keys]`).
    pub name: &'static str,
    /// The keys, as [`Chord`] reads them.
    pub keys: &'static [&'static str],
    /// For the help: what happens.
    pub help: &'static str,
    /// For the hint line: a word or two.
    pub hint: &'static str,
    /// Whether it changes something, and so needs a role above viewer and a live link.
    pub acts: bool,
}

const fn look(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Board, name, keys, help, hint, acts: false }
}

const fn act(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Board, name, keys, help, hint, acts: true }
}

const fn dialog(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Dialog, name, keys, help, hint, acts: false }
}

const fn form(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Form, name, keys, help, hint, acts: false }
}

const fn typing(
    intent: Intent,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Binding {
    Binding { intent, context: Context::Typing, name, keys, help, hint, acts: false }
}

/// Every key of the console. Rows that follow each other with the same help are one line of the
/// help page.
pub const TABLE: &[Binding] = &[
    act(Intent::Route, "route", &["r"], "route", "give to somebody; asks first"),
    act(Intent::Acknowledge, "acknowledge", &["a"], "I have it", "I have it: tell nobody else"),
    act(Intent::Claim, "claim", &["m"], "mine", "mine, I work on it; let go"),
    act(Intent::Release, "release", &["L"], "let go", "mine, I work on it; let go"),
    act(Intent::CalledBack, "called_back", &["c"], "called back", "callback made; not needed"),
    act(Intent::Dismiss, "dismiss", &["C"], "no callback", "callback made; not needed"),
    act(Intent::Attempt, "attempt", &["b"], "rang back", "I rang back: how it ended"),
    act(Intent::Reschedule, "reschedule", &["s"], "reschedule", "callback: when, and who"),
    act(Intent::AssignCallback, "assign_callback", &["A"], "assign", "callback: when, and who"),
    act(Intent::Dial, "dial", &["D"], "agent rings", "agent rings them; asks first"),
    act(Intent::DoNotCall, "do_not_call", &["n"], "do not call", "never ring them; they may be"),
    act(Intent::AllowCalls, "allow_calls", &["N"], "may be rung", "never ring them; they may be"),
    act(Intent::Dispose, "dispose", &["d"], "outcome", "what became of the call"),
    act(Intent::WrapUp, "wrap_up", &["w"], "wrap up", "off the board; asks first"),
    act(Intent::Raise, "raise", &["+", "="], "more urgent", "urgency up, urgency down"),
    act(Intent::Lower, "lower", &["-"], "less urgent", "urgency up, urgency down"),
    act(Intent::Service, "service", &["S"], "trade", "the trade; no callback asked"),
    act(Intent::NotCallback, "not_callback", &["B"], "not asked", "the trade; no callback asked"),
    act(Intent::Opportunity, "opportunity", &["o"], "opportunity", "Opportunity; convert a Lead"),
    act(Intent::Convert, "convert", &["O"], "convert", "Opportunity; convert a Lead"),
    act(Intent::Undo, "undo", &["u"], "undo", "take back your last action"),
    act(Intent::Retry, "retry", &["t"], "retry", "failed writes again; all"),
    act(Intent::RetryAll, "retry_all", &["T"], "retry all", "failed writes again; all"),
    act(Intent::Discard, "discard", &["x"], "discard", "failed write: give up; edit"),
    act(Intent::Edit, "edit", &["e"], "edit", "failed write: give up; edit"),
    act(Intent::Hold, "hold", &["H"], "hold writes", "hold all writes, or let go"),
    look(Intent::Mark, "mark", &["space"], "mark", "mark this row, mark all"),
    look(Intent::MarkAll, "mark_all", &["ctrl-a"], "mark all", "mark this row, mark all"),
    look(Intent::Up, "up", &["up", "k"], "up", "a row up, a row down"),
    look(Intent::Down, "down", &["down", "j"], "down", "a row up, a row down"),
    look(Intent::PageUp, "page_up", &["pageup", "ctrl-b"], "page up", "a page up, a page down"),
    look(
        Intent::PageDown,
        "page_down",
        &["pagedown", "ctrl-f"],
        "page down",
        "a page up, a page down",
    ),
    look(Intent::Top, "top", &["g", "home"], "top", "the first row, the last"),
    look(Intent::Bottom, "bottom", &["G", "end"], "bottom", "the first row, the last"),
    look(Intent::Hot, "hot", &["h"], "new hot call", "to the newest hot call"),
    look(Intent::Open, "open", &["enter"], "open", "the whole call and back"),
    look(Intent::Ladder, "ladder", &["l"], "history", "what happened, in steps"),
    look(Intent::Back, "back", &["esc"], "back", "back; no marks, filter"),
    look(Intent::Live, "live", &["1"], "live", "Live, Callbacks, Writes"),
    look(Intent::Callbacks, "callbacks", &["2"], "callbacks", "Live, Callbacks, Writes"),
    look(Intent::Writes, "writes", &["3"], "writes", "Live, Callbacks, Writes"),
    look(Intent::Today, "today", &["4"], "today", "Today, People, Log"),
    look(Intent::People, "people", &["5"], "people", "Today, People, Log"),
    look(Intent::Log, "log", &["6"], "log", "Today, People, Log"),
    look(Intent::NextView, "next_view", &["tab"], "next view", "next view, view before"),
    look(
        Intent::PreviousView,
        "previous_view",
        &["shift-tab"],
        "view before",
        "next view, view before",
    ),
    look(Intent::Find, "find", &["/"], "find", "filter, as you type"),
    look(Intent::Command, "command", &[":"], "command", "anything by its name"),
    look(Intent::Privacy, "privacy", &["P"], "privacy", "mask names and words"),
    look(Intent::Mute, "mute", &["M"], "mute", "no bell for 30 minutes"),
    look(Intent::Copy, "copy", &["y"], "copy number", "copy number, copy link"),
    look(Intent::CopyLink, "copy_link", &["Y"], "copy link", "copy number, copy link"),
    look(Intent::Theme, "theme", &["p"], "theme", "the next theme"),
    look(Intent::Tips, "tips", &["i"], "first hints", "first hints: away, back"),
    look(Intent::Help, "help", &["?", "f1"], "help", "this page"),
    look(Intent::Redraw, "redraw", &["ctrl-l"], "redraw", "draw the screen anew"),
    look(Intent::Suspend, "suspend", &["ctrl-z"], "suspend", "to the shell (fg: back)"),
    look(Intent::Quit, "quit", &["q", "ctrl-c"], "quit", "leave; the hub goes on"),
    dialog(Intent::Confirm, "confirm", &["y"], "do it", "do what the dialog says"),
    dialog(Intent::Anyway, "anyway", &["!"], "ring anyway", "the agent rings at any hour"),
    dialog(Intent::Up, "choice_up", &["up", "k"], "", "the choice or field above"),
    dialog(Intent::Down, "choice_down", &["down", "j"], "choose", "the choice or field below"),
    dialog(Intent::Complete, "to_fields", &["tab"], "edit", "fill the first field in"),
    dialog(Intent::Back, "cancel", &["esc", "q", "n"], "go back", "change nothing"),
    dialog(Intent::Quit, "leave", &["ctrl-c"], "", "leave the program"),
    form(Intent::Accept, "field_done", &["enter", "tab", "down"], "next", "the next field"),
    form(Intent::Up, "field_before", &["shift-tab", "up"], "", "the field before"),
    form(Intent::CaretLeft, "field_left", &["left"], "", "left; the one before"),
    form(Intent::CaretRight, "field_right", &["right"], "", "right; the next one"),
    form(Intent::CaretHome, "field_home", &["home"], "", "to the beginning"),
    form(Intent::CaretEnd, "field_end", &["end"], "", "to the end"),
    form(Intent::Erase, "field_erase", &["backspace"], "", "the character before"),
    form(Intent::EraseNext, "field_erase_next", &["delete"], "", "the character after"),
    form(Intent::EraseWord, "field_erase_word", &["ctrl-w"], "", "the word before"),
    form(Intent::EraseAll, "field_erase_all", &["ctrl-u"], "", "everything"),
    form(Intent::LeaveOut, "field_leave_out", &["ctrl-x"], "", "do not write this field"),
    form(Intent::Back, "field_cancel", &["esc"], "go back", "change nothing"),
    form(Intent::Quit, "field_leave", &["ctrl-c"], "", "leave the program"),
    typing(Intent::Accept, "accept", &["enter"], "keep", "keep filter; do command"),
    typing(Intent::Back, "clear", &["esc"], "clear", "no filter; do nothing"),
    typing(Intent::Complete, "complete", &["tab"], "", "complete, then the next"),
    typing(Intent::Up, "row_up", &["up"], "", "one row up"),
    typing(Intent::Down, "row_down", &["down"], "", "one row down"),
    typing(Intent::CaretLeft, "caret_left", &["left"], "", "to the left"),
    typing(Intent::CaretRight, "caret_right", &["right"], "", "to the right"),
    typing(Intent::CaretHome, "caret_home", &["home"], "", "to the beginning"),
    typing(Intent::CaretEnd, "caret_end", &["end"], "", "to the end"),
    typing(Intent::Erase, "erase", &["backspace"], "", "the character before"),
    typing(Intent::EraseNext, "erase_next", &["delete"], "", "the character after"),
    typing(Intent::EraseWord, "erase_word", &["ctrl-w"], "", "the word before"),
    typing(Intent::EraseAll, "erase_all", &["ctrl-u"], "", "everything"),
    typing(Intent::Quit, "stop", &["ctrl-c"], "", "leave the program"),
];
