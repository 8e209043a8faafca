//! The loop: waits, lets the reducer decide, does what it says, draws what changed.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crossterm::event::{Event, EventStream, KeyEventKind};
use futures_util::StreamExt;
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinSet, time::sleep};

use super::{
    escape::{self, Between},
    link::{FromLink, Link, Request},
    pace::Pace,
    screen::Screen,
    signals::{self, Signals, Told},
    state::{Settings, State, Tips},
    terminal::{self, Guard, Writer},
    theme::{Theme, Themes},
    update::{Effect, Message, update, wake_at},
    view,
};
use crate::client::Address;

/// Messages that are taken in before a frame is drawn.
const BURST: usize = 64;
/// How long leaving waits for a terminal that takes nothing.
const LEAVING: Duration = Duration::from_millis(300);
/// How often the terminal is asked whether it still exists.
const ALIVE: Duration = Duration::from_secs(2);

/// What a console begins with.
pub(super) struct Start {
    pub(super) settings: Settings,
    pub(super) theme: Theme,
    pub(super) themes: Themes,
    pub(super) saved: BTreeMap<String, String>,
    pub(super) views_file: Option<PathBuf>,
    pub(super) tips_file: Option<PathBuf>,
    pub(super) hyperlinks: bool,
}

pub(super) async fn run(start: Start, address: Address, token: SecretString) -> io::Result<()> {
    let mut signals = Signals::listen()?;
    let guard = Guard::take(start.settings.mouse)?;
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    let mut state = State::new(start.settings, size, Timestamp::now());
    state.theme.clone_from(&start.theme.name);
    state.saved = start.saved;
    state.tips = start.tips_file.as_deref().map(tips);
    // What rings at a wall would name somebody.
    state.private = state.settings.wall;
    let mut app = App {
        state,
        screen: Screen::new(size.0, size.1)
            .erase_with_ground(erases_with_ground())
            .with_hyperlinks(start.hyperlinks),
        writer: Writer::start()?,
        theme: start.theme,
        themes: start.themes,
        views_file: start.views_file,
        tips_file: start.tips_file,
        guard,
        link: None,
        aside: Vec::new(),
        between: Between::from_environment(|name| std::env::var(name).ok()),
        pace: Pace::from_environment(|name| std::env::var(name).ok(), Instant::now()),
        at_once: true,
        leaving: false,
    };
    // The first picture before anything else: connecting may take its time.
    app.draw();
    let (link, said) = Link::start(address, token);
    app.link = Some(link);
    let outcome = app.go(&mut signals, said).await;
    // The goodbye must not overtake a frame that is on its way.
    let _ = tokio::time::timeout(LEAVING, app.writer.settled()).await;
    outcome
}

/// Reads the terminal in a task of its own. (The stream of events remembers one waker only, so it
/// can't be looked at in passing.)
fn read_keys() -> (JoinSet<()>, mpsc::Receiver<io::Result<Event>>) {
    let (out, keys) = mpsc::channel(BURST);
    let mut reading = JoinSet::new();
    reading.spawn(async move {
        let mut events = EventStream::new();
        while let Some(event) = events.next().await {
            if out.send(event).await.is_err() {
                return;
            }
        }
    });
    (reading, keys)
}

/// Whether an erased place takes the ground one writes with, by the terminal's name: nearly
/// everywhere, but not in `screen` (nor in tmux under its name).
fn erases_with_ground() -> bool {
    std::env::var("TERM").is_ok_and(|term| {
        ["xterm", "tmux", "kitty", "alacritty", "foot", "wezterm", "rxvt", "linux", "vte"]
            .iter()
            .any(|name| term.contains(name))
            && !term.starts_with("screen")
    })
}

/// `CALLBOARD_PANIC_AT=f12` makes a debug build panic at that key: a test sees what is left of the
/// terminal then. Release builds have nothing of it.
#[cfg(debug_assertions)]
fn break_where_a_test_wants_it(key: crossterm::event::KeyEvent) {
    let pressed = super::keys::Chord::from(key).to_string();
    assert!(std::env::var("CALLBOARD_PANIC_AT").as_ref() != Ok(&pressed), "a test wanted this");
}

/// What the operator has been told in earlier runs. A file that can't be read tells of nothing.
fn tips(file: &Path) -> Tips {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    toml::from_str(&text).unwrap_or_default()
}

/// Writes something down for the next run.
fn keep(file: Option<&Path>, what: &impl Serialize) -> io::Result<()> {
    let file = file.ok_or_else(|| io::Error::other("this console has no folder for them"))?;
    let text = toml::to_string(what).map_err(io::Error::other)?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    // Whole or not at all.
    let beside = file.with_extension("new");
    std::fs::write(&beside, text)?;
    std::fs::rename(beside, file)
}

struct App {
    state: State,
    screen: Screen,
    writer: Writer,
    theme: Theme,
    themes: Themes,
    views_file: Option<PathBuf>,
    tips_file: Option<PathBuf>,
    guard: Guard,
    link: Option<Link>,
    /// Bytes that are no cells (bell, title, clipboard) and go out with the next frame.
    aside: Vec<u8>,
    between: Between,
    pace: Pace,
    /// The next frame answers a key.
    at_once: bool,
    leaving: bool,
}

impl App {
    async fn go(
        &mut self,
        signals: &mut Signals,
        mut said: mpsc::Receiver<FromLink>,
    ) -> io::Result<()> {
        let (_reading, mut keys) = read_keys();
        let mut looked = Instant::now();
        while !self.leaving {
            let (frame_in, wake_in) = (self.frame_in(), self.until_wake().min(ALIVE));
            tokio::select! {
                biased;
                told = signals.next() => self.told(told)?,
                event = keys.recv() => match event {
                    Some(event) => self.event(event?)?,
                    None => return Ok(()),
                },
                taken = self.writer.done() => {
                    let (bytes, time) = taken?;
                    self.pace.took(bytes, time, Instant::now());
                }
                () = sleep(frame_in.unwrap_or_default()), if frame_in.is_some() => self.draw(),
                message = said.recv() => {
                    if let Some(message) = message {
                        self.hear(message)?;
                        for _ in 0..BURST {
                            let Ok(message) = said.try_recv() else { break };
                            self.hear(message)?;
                        }
                    }
                }
                () = sleep(wake_in) => self.message(Message::Tick)?,
            }
            // Everything that was typed meanwhile, then one frame.
            for _ in 0..BURST {
                let Ok(event) = keys.try_recv() else { break };
                self.event(event?)?;
            }
            if self.frame_in() == Some(Duration::ZERO) {
                self.draw();
            }
            if looked.elapsed() >= ALIVE {
                looked = Instant::now();
                if !terminal::is_there() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// How long until there may be a frame; none when there is nothing to draw or no way to.
    fn frame_in(&mut self) -> Option<Duration> {
        let wanted = self.state.changed || !self.aside.is_empty();
        (wanted && !self.writer.is_busy()).then(|| self.pace.wait(self.at_once, Instant::now()))
    }

    fn until_wake(&self) -> Duration {
        let wait = wake_at(&self.state).duration_since(Timestamp::now());
        Duration::try_from(wait).unwrap_or_default().max(Duration::from_millis(20))
    }

    fn draw(&mut self) {
        let (state, theme) = (&self.state, &self.theme);
        let mut bytes = std::mem::take(&mut self.aside);
        bytes.extend(self.screen.frame(|buffer| view::draw(state, theme, buffer)));
        self.state.changed = false;
        self.at_once = false;
        self.pace.sent(bytes.len(), Instant::now());
        if !bytes.is_empty() {
            self.writer.write(bytes);
        }
    }

    fn event(&mut self, event: Event) -> io::Result<()> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                #[cfg(debug_assertions)]
                break_where_a_test_wants_it(key);
                self.at_once = true;
                self.message(Message::Key(key))
            }
            Event::Paste(text) => {
                self.at_once = true;
                self.message(Message::Paste(text))
            }
            Event::Mouse(event) => {
                self.at_once = true;
                self.message(Message::Mouse(event))
            }
            Event::Resize(columns, rows) => {
                self.at_once = true;
                self.screen.resize(columns, rows);
                self.message(Message::Resize(columns, rows))
            }
            _ => Ok(()),
        }
    }

    fn hear(&mut self, said: FromLink) -> io::Result<()> {
        // The answer to a key is as urgent as the key.
        self.at_once |= matches!(
            said,
            FromLink::Answer { .. } | FromLink::Held { .. } | FromLink::Draft { .. }
        );
        self.message(Message::Link(Box::new(said)))
    }

    fn told(&mut self, told: Option<Told>) -> io::Result<()> {
        match told {
            Some(Told::End) => self.leaving = true,
            Some(Told::Continue) => self.return_to_terminal()?,
            None => self.suspend()?,
        }
        Ok(())
    }

    fn message(&mut self, message: Message) -> io::Result<()> {
        for effect in update(&mut self.state, Timestamp::now(), message) {
            self.effect(effect)?;
        }
        if self.state.theme == self.theme.name { Ok(()) } else { self.dress() }
    }

    fn effect(&mut self, effect: Effect) -> io::Result<()> {
        match effect {
            Effect::Act { call, command } => self.request(Request::Act { call, command }),
            Effect::Write { id, write, order } => self.request(Request::Write { id, write, order }),
            Effect::Hold { destination, hold } => self.request(Request::Hold { destination, hold }),
            Effect::Draft(call) => self.request(Request::Draft(call)),
            Effect::Read(question) => self.request(Request::Read(question)),
            Effect::Watch(call) => {
                if let Some(link) = &self.link {
                    link.watch(call);
                }
                Ok(())
            }
            Effect::Bell => {
                self.aside.push(7);
                Ok(())
            }
            Effect::Notify(text) => {
                let how = self.state.settings.alerts.notify;
                self.say(&escape::notification(how, self.between, &text))
            }
            Effect::Title(title) => self.say(&escape::title(&title)),
            Effect::Copy(text) => self.say(&escape::copy(self.between, &text)),
            Effect::SaveViews(views) => {
                let kept = keep(self.views_file.as_deref(), &views);
                let Err(error) = kept else { return Ok(()) };
                self.message(Message::Failed(format!("the views can't be kept: {error}")))
            }
            Effect::SaveTips(tips) => {
                // Where it can't be kept the hints come again; that is no trouble worth a word.
                let kept = keep(self.tips_file.as_deref(), &tips);
                kept.unwrap_or_else(|error| tracing::debug!(%error, "the hints can't be kept"));
                Ok(())
            }
            Effect::Redraw => {
                self.screen.forget();
                Ok(())
            }
            Effect::Suspend => self.suspend(),
            Effect::Quit => {
                self.leaving = true;
                Ok(())
            }
        }
    }

    /// Hands a request to the link; one it can't take is answered here.
    fn request(&mut self, request: Request) -> io::Result<()> {
        let refused = match &self.link {
            Some(link) => link.request(request).err(),
            None => Some(request),
        };
        let why = "too many actions wait for the hub".to_owned();
        match refused {
            Some(Request::Act { command, .. }) => {
                self.hear(FromLink::Answer { id: command.id, outcome: Err(why) })
            }
            Some(Request::Write { id, .. }) => {
                self.hear(FromLink::Answer { id, outcome: Err(why) })
            }
            Some(Request::Hold { destination, hold }) => {
                self.hear(FromLink::Held { destination, hold, outcome: Err(why) })
            }
            Some(Request::Draft(call)) => self.hear(FromLink::Draft { call, outcome: Err(why) }),
            Some(Request::Read(question)) => {
                self.hear(FromLink::Page { question, outcome: Err(why) })
            }
            None => Ok(()),
        }
    }

    /// Tells the terminal something that is no cell.
    #[expect(clippy::unnecessary_wraps, reason = "reads like the other effects")]
    fn say(&mut self, sequence: &str) -> io::Result<()> {
        self.aside.extend_from_slice(sequence.as_bytes());
        Ok(())
    }

    /// Puts on the theme the state names.
    fn dress(&mut self) -> io::Result<()> {
        let wanted = self.state.theme.clone();
        match self.themes.get(&wanted) {
            Ok(mut theme) => {
                // Its name in the list counts, whatever the file calls itself.
                theme.name = wanted;
                self.theme = theme;
                Ok(())
            }
            Err(error) => {
                self.state.theme.clone_from(&self.theme.name);
                self.message(Message::Failed(error.to_string()))
            }
        }
    }

    #[cfg(unix)]
    fn suspend(&mut self) -> io::Result<()> {
        self.guard.lend();
        signals::stop();
        self.return_to_terminal()
    }

    #[cfg(not(unix))]
    fn suspend(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn return_to_terminal(&mut self) -> io::Result<()> {
        self.guard.take_again()?;
        let (columns, rows) = crossterm::terminal::size().unwrap_or(self.state.size);
        self.screen.resize(columns, rows);
        self.at_once = true;
        self.message(Message::Resize(columns, rows))
    }
}
