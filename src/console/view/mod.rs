//! State in, cells out. A file a panel; no IO, no change to the state.

mod banner;
mod call;
mod callbacks;
mod dialog;
mod facts;
mod foot;
mod header;
mod help;
pub mod ladder;
pub mod layout;
mod live;
mod log;
mod pen;
pub mod people;
pub mod places;
mod question;
mod remarks;
mod small;
mod today;
mod transcript;
mod wall;
pub mod writes;

use ratatui::{buffer::Buffer, layout::Rect};

use self::pen::Canvas;
use super::{
    screen::Hyperlink,
    state::{State, View},
    theme::{Role, Theme},
};

/// Draws all of it; tells which cells lead where.
pub fn draw(state: &State, theme: &Theme, buffer: &mut Buffer) -> Vec<Hyperlink> {
    let mut canvas = Canvas::new(state, theme, buffer);
    let whole = canvas.area();
    canvas.ground(whole, Role::Text);
    if layout::is_too_small(state.size) {
        small::draw(&mut canvas);
        return canvas.into_links();
    }
    let layout = layout::of(state);
    header::draw(&mut canvas, layout.header);
    banner::draw(&mut canvas, layout.banner);
    if state.settings.wall {
        let height = layout.foot.y.saturating_sub(layout.list.y);
        wall::draw(&mut canvas, Rect { width: whole.width, height, ..layout.list });
        return canvas.into_links();
    }
    header::tabs(&mut canvas, layout.tabs);
    match state.view {
        View::Live => live::draw(&mut canvas, layout.list),
        View::Callbacks => callbacks::draw(&mut canvas, layout.list, true),
        View::Writes => {
            places::draw(&mut canvas, layout.places, 0);
            writes::draw(&mut canvas, layout.list, true);
        }
        View::Today => today::draw(&mut canvas, layout.list),
        View::People => people::draw(&mut canvas, layout.list),
        View::Log => log::draw(&mut canvas, layout.list),
    }
    if layout.has_line() {
        header::between(&mut canvas, layout.rule);
    } else {
        canvas.wall(layout.rule);
    }
    call::draw(&mut canvas, layout.call);
    callbacks::strip(&mut canvas, layout.callbacks);
    writes::strip(&mut canvas, layout.writes);
    foot::tip(&mut canvas, layout.tip);
    foot::draw(&mut canvas, layout.foot);
    if state.help {
        help::draw(&mut canvas);
    }
    if state.dialog.is_some() {
        dialog::draw(&mut canvas);
    }
    canvas.into_links()
}

/// The terminal's title: what one wants to see of a window in the background.
pub fn title(state: &State) -> String {
    let counts = state.board.counts();
    match (state.is_live(), counts.hot, counts.given_up) {
        (false, ..) if state.hello.is_some() => "STALE · callboard".to_owned(),
        (_, 0, _) => "callboard".to_owned(),
        (_, hot, 0) => format!("{hot} HOT · callboard"),
        (_, hot, given_up) => format!("{hot} HOT ({given_up} unanswered) · callboard"),
    }
}

/// What stands before a row: the cursor, a mark.
fn row_sign(selected: bool, marked: bool) -> &'static str {
    match (selected, marked) {
        (_, true) => "◆",
        (true, false) => "▌",
        (false, false) => " ",
    }
}

/// How urgency looks: the digit says it too.
fn urgency_role(level: u8) -> Role {
    match level {
        5.. => Role::Urgency5,
        4 => Role::Urgency4,
        3 => Role::Urgency3,
        _ => Role::Urgency2,
    }
}
