//! Every key on one page, from the one table.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::console::{
    keys::{Binding, Context, Intent, SIGNS, lines},
    state::State,
    text,
    theme::Role,
};

/// Columns of the keys that act, and of those that look.
const ACTS: usize = 11;
const LOOKS: usize = 16;

/// The keys of the board in two columns; fits 80x24.
pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let whole = canvas.area();
    let width = whole.width.min(100);
    let height = whole.height.min(24);
    let area = Rect {
        x: whole.x + (whole.width - width) / 2,
        y: whole.y + (whole.height - height) / 2,
        width,
        height,
    };
    canvas.blank(area, Role::Dialog);
    canvas.rule(Rect { height: 1, ..area }, "Keys (any key closes this)");
    let half = area.width / 2;
    let left = Rect { y: area.y + 1, height: area.height - 1, width: half, ..area };
    let right = Rect { x: area.x + half, width: area.width - half, ..left };
    let state = canvas.state;
    let keymap = &state.settings.keys;
    let board = |acts| {
        move |row: &Binding| row.context == Context::Board && row.acts == acts && serves(state, row)
    };
    let said = |(keys, row): (String, &'static Binding)| (keys, help(state, row));
    let mut acting: Vec<_> = lines(keymap, board(true)).into_iter().map(said).collect();
    let looking: Vec<_> = lines(keymap, board(false)).into_iter().map(said).collect();
    acting.extend(SIGNS.map(|(sign, means)| (sign.to_owned(), means)));
    column(canvas, left, "These change something", ACTS, &acting);
    column(canvas, right, "These only look", LOOKS, &looking);
    canvas.tint(area, Role::Dialog);
}

/// Whether there can be anything for a key: what failed to be written is nowhere where nothing is.
fn serves(state: &State, row: &Binding) -> bool {
    let of_writes = matches!(
        row.intent,
        Intent::Retry | Intent::RetryAll | Intent::Discard | Intent::Edit | Intent::Hold
    );
    !of_writes || state.tells_writes()
}

/// What a key does, or what it lacks for that.
fn help(state: &State, row: &Binding) -> &'static str {
    match row.intent {
        Intent::Opportunity | Intent::Convert if !state.has_org() => "needs a Salesforce org",
        _ => row.help,
    }
}

fn column(
    canvas: &mut Canvas<'_>,
    area: Rect,
    title: &str,
    columns: usize,
    lines: &[(String, &'static str)],
) {
    canvas.line(area, 0).gap(1).put(title, Role::Strong);
    for (line, (keys, help)) in (1..area.height).zip(lines) {
        let columns = u16::try_from(columns.max(text::width(keys) + 1)).unwrap_or(u16::MAX);
        canvas.line(area, line).gap(1).cell(keys, columns, Role::Key).put(help, Role::Text);
    }
}
