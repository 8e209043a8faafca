//! What an operator chooses in the config: columns, the mouse.

use callboard::{
    config::Config,
    console::{
        columns::Column,
        state::{Settings, View},
        update::Message,
    },
};
use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::stage::Stage;
use crate::support::board;

#[test]
fn the_config_says_which_columns_have_room_first() {
    let config: Config = toml::from_str("[console]\ncolumns = [\"service\"]").unwrap();
    assert_eq!(config.console.columns, [Column::Service]);
    let titles = |columns: &[Column], width| {
        let settings = Settings { columns: columns.to_vec(), ..Settings::default() };
        let mut stage = Stage::with(&settings, width, 24);
        stage.connect();
        stage.text().lines().nth(2).unwrap().to_owned()
    };
    let usual = titles(&Column::ALL, 80);
    assert!(usual.contains("OWNER") && usual.contains("SCORE") && !usual.contains("SERVICE"));
    let own = titles(&[Column::Service, Column::Owner], 80);
    assert!(own.contains("SERVICE") && !own.contains("SCORE"), "{own}");
    let none = titles(&[], 80);
    assert!(!none.contains("OWNER") && none.contains("WANTS"), "{none}");
}

fn mouse(stage: &mut Stage, kind: MouseEventKind, row: u16) {
    let event = MouseEvent { kind, column: 5, row, modifiers: KeyModifiers::NONE };
    stage.tell(Message::Mouse(event));
}

#[test]
fn a_click_selects_the_wheel_scrolls_and_neither_acts() {
    let click = MouseEventKind::Down(MouseButton::Left);
    let mut stage = Stage::live(80, 24);
    mouse(&mut stage, click, 5);
    assert_eq!(stage.selected(), Some(&board::id("burst")), "it is off where nobody wanted it");
    let settings = Settings { mouse: true, ..Settings::default() };
    let mut stage = Stage::with(&settings, 80, 24);
    stage.connect();
    mouse(&mut stage, click, 5);
    assert_eq!(stage.selected(), Some(&board::id("quote")));
    for nothing in [0, 2, 14, 20] {
        mouse(&mut stage, click, nothing);
        assert_eq!(stage.selected(), Some(&board::id("quote")), "line {nothing}");
    }
    mouse(&mut stage, MouseEventKind::ScrollDown, 5);
    assert_eq!(stage.state.live.index, 5);
    mouse(&mut stage, MouseEventKind::ScrollUp, 5);
    assert_eq!(stage.state.live.index, 2);
    stage.press("3");
    mouse(&mut stage, click, 6);
    assert_eq!((stage.state.view, stage.state.writes.index), (View::Writes, 1));
    stage.press("1 r");
    mouse(&mut stage, click, 3);
    assert_eq!(stage.selected(), Some(&board::id("quote")), "not below a question");
    assert_eq!(stage.asked(), []);
}
