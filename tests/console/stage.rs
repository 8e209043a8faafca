//! A console without terminal or hub: messages in, screen out, the clock in hand.

use std::sync::Arc;

use callboard::{
    call::CallId,
    console::{
        FromLink, Page, Question,
        keys::{Chord, Keymap},
        screen::Screen,
        state::{Settings, State, View},
        theme::{Role, Theme},
        update::{Effect, Message, update},
        view,
    },
    wire::FromHub,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use jiff::{SignedDuration, Timestamp};

use crate::support::board;

pub struct Stage {
    pub state: State,
    pub screen: Screen,
    pub theme: Theme,
    pub now: Timestamp,
    pub effects: Vec<Effect>,
}

impl Stage {
    /// Not connected yet.
    pub fn new(columns: u16, rows: u16) -> Self {
        Self::with(&Settings::default(), columns, rows)
    }

    pub fn with(settings: &Settings, columns: u16, rows: u16) -> Self {
        let now = board::noon();
        let settings = Settings {
            hub: "http://127.0.0.1:1".to_owned(),
            session: "s".to_owned(),
            keys: Arc::new(Keymap::default()),
            themes: ["dark", "light", "nord"].map(str::to_owned).to_vec(),
            ..settings.clone()
        };
        Self {
            state: State::new(settings, (columns, rows), now),
            screen: Screen::new(columns, rows),
            theme: Theme::default(),
            now,
            effects: Vec::new(),
        }
    }

    /// Connected, with the board of the design's picture.
    pub fn live(columns: u16, rows: u16) -> Self {
        let mut stage = Self::new(columns, rows);
        stage.connect();
        stage
    }

    pub fn connect(&mut self) {
        let now = self.now;
        self.hub(FromHub::Hello(board::hello(now)));
        self.hub(board::snapshot(now));
        self.hub(FromHub::Detail(Box::new(board::detail(now))));
    }

    /// Answers everything that was asked to be read as the design's hub would.
    pub fn answer(&mut self) -> &mut Self {
        for effect in std::mem::take(&mut self.effects) {
            let Effect::Read(question) = effect else { continue };
            let outcome = Ok(match &question {
                Question::Log { before } => {
                    let newest = before.map_or(120, |seq| seq - 1);
                    Page::Log(board::log_page(self.now, newest))
                }
                Question::Roster => Page::Roster(board::roster(self.now)),
                Question::Opportunities(_) => Page::Opportunities(board::opportunities()),
                Question::Picklists(_) => Page::Picklists(board::picklists()),
                Question::Figures => Page::Figures(Box::new(board::report(self.now))),
            });
            self.link(FromLink::Page { question, outcome });
        }
        self
    }

    pub fn tell(&mut self, message: Message) -> &mut Self {
        let effects = update(&mut self.state, self.now, message);
        self.effects.extend(effects);
        self
    }

    pub fn hub(&mut self, message: FromHub) -> &mut Self {
        self.link(FromLink::Hub(message))
    }

    pub fn link(&mut self, said: FromLink) -> &mut Self {
        self.tell(Message::Link(Box::new(said)))
    }

    /// Presses keys, written as in the table: `r y`.
    pub fn press(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            let chord: Chord = key.parse().unwrap();
            self.tell(Message::Key(chord.event()));
            if self.state.dialog_closed_at == Some(self.now) {
                // Keys are pressed one by one; what is typed in one go is `write`.
                self.now += SignedDuration::from_millis(400);
                self.tell(Message::Tick);
            }
        }
        self
    }

    pub fn write(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.tell(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE)));
        }
        self
    }

    pub fn wait(&mut self, seconds: i64) -> &mut Self {
        self.now += SignedDuration::from_secs(seconds);
        self.tell(Message::Tick)
    }

    /// What has been asked for since the last time, but for what a dialog reads beside.
    pub fn asked(&mut self) -> Vec<Effect> {
        let beside = |effect: &Effect| match effect {
            Effect::Watch(_) | Effect::Title(_) | Effect::Read(Question::Picklists(_)) => true,
            Effect::Read(Question::Roster) => self.state.view != View::People,
            _ => false,
        };
        std::mem::take(&mut self.effects).into_iter().filter(|it| !beside(it)).collect()
    }

    pub fn selected(&self) -> Option<&CallId> {
        self.state.live.selected.as_ref()
    }

    /// Draws, and gives the bytes a terminal would get.
    pub fn frame(&mut self) -> Vec<u8> {
        let (columns, rows) = self.state.size;
        let shown = self.screen.shown().area();
        if (shown.width, shown.height) != (columns, rows) {
            self.screen.resize(columns, rows);
        }
        self.state.changed = false;
        let (state, theme) = (&self.state, &self.theme);
        self.screen.frame(|buffer| view::draw(state, theme, buffer))
    }

    /// How the cells look: a letter a look, and what the letters mean. Lines of plain text only are
    /// left out.
    pub fn looks(&mut self) -> String {
        self.frame();
        let buffer = self.screen.shown();
        let plain = self.theme.style(Role::Text);
        let mut known: Vec<String> = Vec::new();
        let mut text = String::new();
        for y in 0..buffer.area().height {
            let mut line = String::new();
            for x in 0..buffer.area().width {
                let cell = &buffer[(x, y)];
                let is_plain = cell.modifier.is_empty()
                    && cell.bg == plain.bg.unwrap_or_default()
                    && (cell.fg == plain.fg.unwrap_or_default() || cell.symbol() == " ");
                if is_plain {
                    line.push('.');
                    continue;
                }
                let look = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
                let place = known.iter().position(|it| *it == look).unwrap_or_else(|| {
                    known.push(look);
                    known.len() - 1
                });
                line.push(char::from(b'a' + u8::try_from(place).unwrap()));
            }
            let line = line.trim_end_matches('.');
            if !line.is_empty() {
                text.push_str(&format!("{y:>2} {line}\n"));
            }
        }
        for (letter, look) in (b'a'..).zip(known) {
            text.push_str(&format!("{} = {look}\n", char::from(letter)));
        }
        text
    }

    /// The screen as text, a line a row, without trailing blanks.
    pub fn text(&mut self) -> String {
        self.frame();
        let buffer = self.screen.shown();
        let mut text = String::new();
        for y in 0..buffer.area().height {
            let mut line = String::new();
            let mut skip = 0;
            for x in 0..buffer.area().width {
                if skip > 0 {
                    skip -= 1;
                    continue;
                }
                let symbol = buffer[(x, y)].symbol();
                skip = callboard::console::text::width(symbol).saturating_sub(1);
                line.push_str(symbol);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}
