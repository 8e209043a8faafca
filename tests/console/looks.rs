//! Every view in colour, without colours, and in ASCII: what stands where and how it looks.

use callboard::console::{
    state::Settings,
    theme::{Ability, Role, Theme},
};

use super::{matrix::SIZES, stage::Stage};

const VIEWS: [(&str, &str); 8] = [
    ("live", "1"),
    ("callbacks", "2"),
    ("writes", "3"),
    ("today", "4"),
    ("people", "5"),
    ("log", "6"),
    ("call", "enter"),
    ("help", "?"),
];

fn stage(keys: &str, (columns, rows): (u16, u16), ascii: bool, ability: Ability) -> Stage {
    let mut stage = Stage::with(&Settings { ascii, ..Settings::default() }, columns, rows);
    stage.theme = Theme::named("dark", ability).unwrap();
    stage.connect();
    stage.press(keys).answer();
    stage
}

#[test]
fn every_view_in_colour_without_and_in_ascii() {
    for (name, keys) in VIEWS {
        for size in SIZES {
            let colour = stage(keys, size, false, Ability::True).looks();
            let none = stage(keys, size, false, Ability::None).looks();
            let ascii = stage(keys, size, true, Ability::None).text();
            assert!(ascii.is_ascii(), "{name}");
            assert!(!none.contains("Rgb") && !none.contains("Indexed"), "{name}: {none}");
            let all = format!("colour\n{colour}\nNO_COLOR\n{none}\nASCII\n{ascii}");
            insta::assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), all);
        }
    }
}

/// What colour says, the text says too: without colours and attributes no two rows that differ in
/// what matters look alike.
#[test]
fn nothing_is_said_by_colour_alone() {
    let text = stage("1", (200, 60), true, Ability::None).text();
    for word in ["5 ###", "4 ##", "3 #", "nobody", "?Lee P.", "@Lee", "LATE 4m", "x FAILED"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let none = Theme::named("dark", Ability::None).unwrap();
    for (role, name) in Role::ALL {
        let style = none.style(role);
        let colours = [style.fg, style.bg];
        assert!(
            colours.iter().all(|it| it.is_none_or(|c| c == ratatui::style::Color::Reset)),
            "{name}"
        );
    }
}
