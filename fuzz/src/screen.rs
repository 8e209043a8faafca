//! What must hold for anything a hub may say to a console, and any key pressed meanwhile. Shared by
//! the fuzz target and by the test that runs its seeds.

use std::sync::Arc;

use callboard::{
    console::{
        FromLink,
        keys::{Chord, Keymap},
        screen::Screen,
        state::{Settings, State},
        theme::Theme,
        update::{Message, update},
        view,
    },
    wire::FromHub,
};
use jiff::{SignedDuration, Timestamp};

/// 2026-04-14T15:00:00Z.
const NOW: i64 = 1_776_178_800;

/// Lines: `!` and keys, `=` and a size (`80x24`), `+` and seconds that pass, or else a message of
/// the hub as it comes over the stream. Whatever it says, the console goes on and nothing of it
/// steers the terminal.
pub fn follow(input: &[u8]) {
    let mut now = Timestamp::from_second(NOW).expect("a time in range");
    let settings = Settings {
        hub: "http://127.0.0.1:1".to_owned(),
        session: "s".to_owned(),
        keys: Arc::new(Keymap::default()),
        ..Settings::default()
    };
    let mut state = State::new(settings, (80, 24), now);
    let mut screen = Screen::new(80, 24).with_hyperlinks(true);
    let theme = Theme::default();
    for line in input.split(|byte| *byte == b'\n').take(64) {
        match line {
            [b'!', keys @ ..] => {
                let keys = String::from_utf8_lossy(keys);
                for chord in keys.split(' ').filter_map(|key| key.parse::<Chord>().ok()) {
                    update(&mut state, now, Message::Key(chord.event()));
                }
            }
            [b'=', size @ ..] => {
                let Some((columns, rows)) = read_size(size) else { continue };
                update(&mut state, now, Message::Resize(columns, rows));
                screen.resize(columns, rows);
            }
            [b'+', seconds @ ..] => {
                let seconds = std::str::from_utf8(seconds).ok().and_then(|it| it.parse().ok());
                now += SignedDuration::from_secs(seconds.unwrap_or(1_u16).into());
                update(&mut state, now, Message::Tick);
            }
            said => {
                let Ok(said) = serde_json::from_slice::<FromHub>(said) else { continue };
                update(&mut state, now, Message::Link(Box::new(FromLink::Hub(said))));
            }
        }
        let bytes = screen.frame(|buffer| view::draw(&state, &theme, buffer));
        check(&screen, &bytes);
    }
}

fn read_size(size: &[u8]) -> Option<(u16, u16)> {
    let (columns, rows) = std::str::from_utf8(size).ok()?.split_once('x')?;
    let (columns, rows): (u16, u16) = (columns.parse().ok()?, rows.parse().ok()?);
    // A larger one costs time and shows nothing new.
    (columns > 0 && rows > 0 && columns <= 240 && rows <= 80).then_some((columns, rows))
}

fn check(screen: &Screen, bytes: &[u8]) {
    for cell in &screen.shown().content {
        let steers = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}');
        assert!(!cell.symbol().contains(steers), "{:?} on the screen", cell.symbol());
    }
    let text = std::str::from_utf8(bytes).expect("frames are text");
    for (start, _) in text.match_indices('\x1b') {
        let rest = &text[start + 1..];
        assert!(
            ["[", "]8;", "\\"].iter().any(|it| rest.starts_with(it)),
            "only painting and links"
        );
    }
}
