//! Every view in every condition a board can be in, at every size: one file of screens a view.

use callboard::{
    call::{CallId, CallState, Callback, Text},
    console::{
        FromLink, Obstacle, Page, Question,
        state::Settings,
        text,
        theme::{Ability, Theme},
    },
    wire::{
        CallSummary, FigureGroup, Figures, FromHub, Hello, LogPage, PersonOnCall, Report,
        RosterNow, WriteState, WriteSummary,
    },
};

use super::stage::Stage;
use crate::support::board;

pub const SIZES: [(u16, u16); 4] = [(40, 10), (80, 24), (120, 40), (200, 60)];

/// The views, how one comes to them, and what each says of the way on when it is empty.
const VIEWS: [(&str, &str, &[&str]); 7] = [
    ("live", "1", &["No calls on the board.", "callboard replay FILE"]),
    ("callbacks", "2", &["Nobody waits for a callback.", "1 shows the calls"]),
    ("writes", "3", &["Nothing has been written", "What fails waits here for you"]),
    ("today", "4", &["no call is over yet", "the first one begins the figures"]),
    ("people", "5", &["Nobody is on the roster", "[[plan.roster]]"]),
    ("log", "6", &["Nobody has done anything yet.", "1 shows the calls"]),
    // There is no call to open.
    ("call", "1 enter", &["No calls on the board."]),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Board {
    Empty,
    Stale,
    Many,
    Hostile,
}

const BOARDS: [Board; 4] = [Board::Empty, Board::Stale, Board::Many, Board::Hostile];

/// What callers and providers may try on us.
fn hostile() -> impl Iterator<Item = Text> {
    let all = [
        "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}evil".to_owned(),
        "x".repeat(300),
        "日本語の長い名前がここにあります日本語の長い名前".to_owned(),
        "👩‍👩‍👧‍👦 family 🇯🇵 flag".to_owned(),
        "مرحبا بالعالم".to_owned(),
        format!("z{}algo", "\u{301}".repeat(300)),
        String::new(),
        "a\u{200b}\u{200d}\u{feff}b\tc\nd".to_owned(),
    ];
    all.map(|text| Text::from(text.as_str())).into_iter().cycle()
}

impl Board {
    fn calls(self, stage: &Stage) -> Vec<CallSummary> {
        let now = stage.now;
        match self {
            Self::Empty => Vec::new(),
            Self::Stale => board::calls(now),
            Self::Many => (0..10_000i64)
                .map(|n| {
                    let level = 1 + u8::try_from(n % 5).unwrap();
                    let due = board::ago(now, 60 - n * 7);
                    CallSummary {
                        name: Some(format!("Caller {n}").as_str().into()),
                        wants: Some("no heat".into()),
                        callback: Some(Callback { due, ..Callback::default() }),
                        ..board::call(now, &format!("c{n}"), level, CallState::Ended, n)
                    }
                })
                .collect(),
            Self::Hostile => board::calls(now)
                .into_iter()
                .zip(hostile())
                .map(|(call, text)| CallSummary {
                    name: Some(text.clone()),
                    wants: Some(text.clone()),
                    owner: Some(text.clone()),
                    proposal: Some(text.clone()),
                    proposal_reason: Some(text),
                    ..call
                })
                .collect(),
        }
    }

    fn writes(self, stage: &Stage) -> Vec<WriteSummary> {
        let now = stage.now;
        match self {
            Self::Empty => Vec::new(),
            Self::Stale => board::writes(now),
            Self::Many => (0..10_000)
                .map(|n| {
                    let state = [WriteState::Failed, WriteState::Delivered][n % 2];
                    board::write(now, &format!("w{n}"), &format!("c{n}"), "Update Lead", state)
                })
                .collect(),
            Self::Hostile => board::writes(now)
                .into_iter()
                .zip(hostile())
                .map(|(mut write, text)| {
                    write.title = text.clone();
                    if let Some(problem) = &mut write.problem {
                        problem.message = text.clone();
                        problem.advice = Some(text.clone());
                        problem.fields = vec![text.clone()];
                    }
                    write
                })
                .collect(),
        }
    }

    fn page(self, stage: &Stage, question: &Question) -> Page {
        let now = stage.now;
        match (self, question) {
            (Self::Empty, Question::Log { .. }) => Page::Log(LogPage::default()),
            (Self::Empty, Question::Roster) => {
                let nobody = |shift: callboard::wire::OnCallNow| callboard::wire::OnCallNow {
                    people: Vec::new(),
                    ..shift
                };
                let roster = board::roster(now);
                Page::Roster(RosterNow {
                    now: nobody(roster.now),
                    next: None,
                    people: Vec::new(),
                    ..roster
                })
            }
            (Self::Empty, Question::Figures) => Page::Figures(Box::new(Report {
                figures: Figures::default(),
                groups: Vec::new(),
                ..board::report(now)
            })),
            (Self::Many, Question::Roster) => {
                let person = |n: u32| PersonOnCall {
                    told_by: vec![],
                    name: format!("Person {n}").as_str().into(),
                    services: vec!["HVAC".into()],
                    on_call: n.is_multiple_of(3),
                    in_hand: n,
                };
                let people = (0..200).map(person).collect();
                Page::Roster(RosterNow { people, ..board::roster(now) })
            }
            (Self::Many, Question::Figures) => {
                let mut report = board::report(now);
                let group = |n: u64| FigureGroup {
                    name: format!("{n:02}"),
                    figures: Figures { offered: 400 + n, ..Figures::default() },
                };
                report.groups = (0..24).map(group).collect();
                report.figures.offered = 10_000;
                Page::Figures(Box::new(report))
            }
            (Self::Hostile, Question::Log { .. }) => {
                let mut page = board::log_page(now, 120);
                for (entry, text) in page.entries.iter_mut().zip(hostile()) {
                    (entry.operator, entry.what) = (text.clone(), text);
                }
                Page::Log(page)
            }
            (Self::Hostile, Question::Roster) => {
                let mut roster = board::roster(now);
                for (person, text) in roster.people.iter_mut().zip(hostile()) {
                    (person.name, person.services) = (text.clone(), vec![text]);
                }
                roster.now.people = hostile().take(4).collect();
                Page::Roster(roster)
            }
            (_, Question::Log { before }) => {
                Page::Log(board::log_page(now, before.map_or(120, |seq| seq - 1)))
            }
            (_, Question::Opportunities(_)) => Page::Opportunities(board::opportunities()),
            (_, Question::Picklists(_)) => Page::Picklists(board::picklists()),
            (_, Question::Roster) => Page::Roster(board::roster(now)),
            (_, Question::Figures) => Page::Figures(Box::new(board::report(now))),
        }
    }

    /// A console at such a board, in the view the keys lead to.
    fn stage(self, keys: &str, (columns, rows): (u16, u16), ascii: bool) -> Stage {
        let settings = Settings { ascii, ..Settings::default() };
        let mut stage = Stage::with(&settings, columns, rows);
        let now = stage.now;
        let mut hello = board::hello(now);
        if self == Self::Hostile {
            hello = Hello { business: hostile().nth(1).unwrap(), ..hello };
        }
        stage.hub(FromHub::Hello(hello));
        let (calls, writes) = (self.calls(&stage), self.writes(&stage));
        stage.hub(FromHub::Snapshot { calls, writes, status: board::status() });
        stage.press(keys);
        if let Some(call) = self.call(&stage) {
            let mut detail = board::detail(now);
            detail.summary = call;
            if self == Self::Hostile {
                for (line, text) in detail.lines.iter_mut().zip(hostile().skip(1)) {
                    line.text = text;
                }
                detail.end_reason = hostile().nth(1);
                detail.address = hostile().nth(2);
            }
            stage.hub(FromHub::Detail(Box::new(detail)));
        }
        for effect in std::mem::take(&mut stage.effects) {
            let callboard::console::update::Effect::Read(question) = effect else { continue };
            let outcome = Ok(self.page(&stage, &question));
            stage.link(FromLink::Page { question, outcome });
        }
        if self == Self::Many {
            stage.press("G");
        }
        if self == Self::Stale {
            stage.wait(4);
            let why = "the hub has been silent for 4 s".to_owned();
            let retry_in = Some(std::time::Duration::from_secs(3));
            stage.link(FromLink::Lost { why, retry_in, obstacle: Obstacle::Silence });
            stage.wait(8);
        }
        stage
    }

    fn call(self, stage: &Stage) -> Option<CallSummary> {
        let id: CallId = stage.state.call_in_sight()?.clone();
        self.calls(stage).into_iter().find(|call| call.id == id)
    }
}

/// Characters that turn the direction of text, take no room, or command a terminal.
fn commands(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[test]
fn every_view_empty_stale_with_ten_thousand_calls_and_with_hostile_text() {
    for (view, keys, _) in VIEWS {
        let mut all = String::new();
        for board in BOARDS {
            for (columns, rows) in SIZES {
                let name = format!("{board:?} {columns}x{rows}");
                let mut stage = board.stage(keys, (columns, rows), false);
                let shown = stage.text();
                for line in shown.lines() {
                    assert!(text::width(line) <= usize::from(columns), "{view} {name}: {line:?}");
                    assert!(!line.contains(commands), "{view} {name}: {line:?}");
                }
                stage.theme = Theme::named("dark", Ability::None).unwrap();
                let looks = stage.looks();
                assert!(!looks.contains("Rgb") && !looks.contains("Indexed"), "{view} {name}");
                assert_eq!(stage.text(), shown, "{view} {name}: the same without colours");
                let ascii = board.stage(keys, (columns, rows), true).text();
                assert!(ascii.is_ascii(), "{view} {name}: {ascii}");
                all.push_str(&format!("=== {name}\n{shown}"));
            }
        }
        insta::assert_snapshot!(view, all);
    }
}

#[test]
fn an_empty_view_says_what_comes_here_and_what_to_do() {
    for (view, keys, says) in VIEWS {
        for size in [(80, 24), (200, 60)] {
            let shown = Board::Empty.stage(keys, size, false).text();
            for said in says {
                assert!(shown.contains(said), "{view}: {said}\n{shown}");
            }
        }
    }
}
