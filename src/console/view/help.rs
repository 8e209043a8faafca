//! Every key on one page, from the one table.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::console::{
    keys::{Binding, Context, TABLE},
    theme::Role,
};

/// The keys of the board in two columns; fits 80x24.
pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let whole = canvas.area();
    let rows: Vec<(usize, &Binding)> =
        TABLE.iter().enumerate().filter(|(_, row)| row.context == Context::Board).collect();
    let (acting, looking): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, row)| row.acts);
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
    let mut line = 0;
    line = heading(canvas, left, line, "These change something");
    for same in acting.chunk_by(|(_, a), (_, b)| a.help == b.help) {
        line = entry(canvas, left, line, same);
    }
    for (sign, means) in [
        ("★ +", "customer · open Lead"),
        ("✓ … ↻", "written · under way · again"),
        ("= ✗ »", "held · failed · unanswered"),
        ("@ ? !", "works on it · told · silent"),
    ] {
        canvas.line(left, line).gap(1).cell(sign, 11, Role::Strong).put(means, Role::Text);
        line += 1;
    }
    line = heading(canvas, right, 0, "These only look");
    for same in looking.chunk_by(|(_, a), (_, b)| a.help == b.help) {
        line = entry(canvas, right, line, same);
    }
    canvas.tint(area, Role::Dialog);
}

fn heading(canvas: &mut Canvas<'_>, area: Rect, line: u16, text: &str) -> u16 {
    canvas.line(area, line).gap(1).put(text, Role::Strong);
    line + 1
}

/// A line for rows that say the same: the keys of all of them, then what they do.
fn entry(canvas: &mut Canvas<'_>, area: Rect, line: u16, rows: &[(usize, &Binding)]) -> u16 {
    let Some((_, first)) = rows.first() else { return line };
    let keymap = &canvas.state.settings.keys;
    let all = rows.iter().map(|(index, _)| keymap.keys_of(*index));
    // Where not all fit, the others stand in docs/console.md.
    let firsts = all.clone().map(|keys| keys.split(' ').next().unwrap_or_default().to_owned());
    let join = |keys: Vec<String>| keys.join(" ").trim().to_owned();
    let keys = Some(join(all.collect())).filter(|keys| keys.len() <= 10);
    let keys = keys.unwrap_or_else(|| join(firsts.collect()));
    let mut pen = canvas.line(area, line);
    let columns = u16::try_from(keys.len() + 1).unwrap_or(u16::MAX).max(11);
    pen.gap(1).cell(&keys, columns, Role::Key).put(first.help, Role::Text);
    line + 1
}
