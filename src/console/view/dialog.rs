//! Questions: exactly what will happen, and the one key that does it.

use ratatui::layout::Rect;

use super::{pen::Canvas, question::content};
use crate::console::{
    keys::{Context, Intent},
    state::{Ask, Dialog, Form, Kind},
    text,
    theme::Role,
};

/// The widest a dialog gets.
const WIDTH: u16 = 76;

/// The most fields that are shown at once.
pub(super) const SHOWN: usize = 10;

/// A line of a dialog: pieces with their roles.
pub(super) type Row = Vec<(String, Role)>;

pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let whole = canvas.area();
    let Some(dialog) = &canvas.state.dialog else { return };
    let (title, rows) = content(canvas.state, dialog);
    let width = whole.width.saturating_sub(4).min(WIDTH);
    let height = u16::try_from(rows.len() + 4).unwrap_or(u16::MAX).min(whole.height);
    let area = Rect {
        x: whole.x + (whole.width - width) / 2,
        y: whole.y + (whole.height - height) / 2,
        width,
        height,
    };
    canvas.blank(area, Role::Dialog);
    canvas.frame(area, title);
    let inside = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    for (line, row) in (1..height.saturating_sub(2)).zip(rows) {
        let mut pen = canvas.line(inside, line);
        for (text, role) in row {
            pen.put(&text, role);
        }
    }
    foot(canvas, inside, height.saturating_sub(2), dialog);
    canvas.tint(area, Role::Dialog);
}

fn foot(canvas: &mut Canvas<'_>, area: Rect, line: u16, dialog: &Dialog) {
    let keys = &canvas.state.settings.keys;
    let key = |context, intent| keys.key(context, intent);
    if let Some(remark) = &dialog.remark {
        canvas.line(area, line.saturating_sub(1)).put(remark, Role::Warning);
    }
    let mut hints: Vec<(String, String)> = Vec::new();
    let mut hint = |key: String, does: &str| hints.push((key, does.to_owned()));
    let in_field = dialog.form.as_ref().is_some_and(|form| form.field().is_some());
    let context = if in_field { Context::Form } else { Context::Dialog };
    let waits =
        matches!(&dialog.ask, Ask::Opportunity { draft, .. } if !matches!(draft, Some(Ok(_))));
    if in_field {
        let last = dialog.form.as_ref().is_some_and(|form| form.at + 1 == form.fields.len());
        let confirm = key(Context::Dialog, Intent::Confirm);
        let then = format!("done, then {confirm} does it");
        hint(key(context, Intent::Accept), if last { &then } else { "next field" });
    } else if !waits {
        hint(key(context, Intent::Confirm), "do it");
        if matches!(&dialog.ask, Ask::Deed { deed, .. } if deed.anyway().is_some()) {
            hint(key(context, Intent::Anyway), "ring anyway");
        }
        match (&dialog.form, &dialog.ask) {
            (Some(_), Ask::Choose { choice, .. }) => {
                let does = if choice.remark() == Some("Note") { "add a note" } else { "say why" };
                hint(key(context, Intent::Complete), does);
            }
            (Some(_), _) => hint(key(context, Intent::Complete), "change a field"),
            (None, _) => {}
        }
    }
    if !in_field && dialog.ask.choices() > 0 {
        hint("1-9 ↑ ↓".to_owned(), "choose");
    }
    hint(key(context, Intent::Back), "go back, change nothing");
    let mut pen = canvas.line(area, line);
    for (key, does) in hints {
        pen.put(&key, Role::Key).gap(1).put(&does, Role::Text).gap(3);
    }
}

/// The fields of a form, the one that is being filled in with its caret.
pub(super) fn fields(form: &Form, private: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    let width = form.fields.iter().map(|field| text::width(&field.name)).max().unwrap_or(0);
    let width = width.clamp(9, 24);
    // A long form scrolls with the field one is in.
    let first = form.at.saturating_sub(SHOWN - 1).min(form.fields.len().saturating_sub(SHOWN));
    for (index, field) in form.fields.iter().enumerate().skip(first).take(SHOWN) {
        let here = index == form.at;
        let sign = if here { "▌" } else { " " };
        let mut row = vec![
            (sign.to_owned(), Role::Key),
            (format!("{:<width$} ", text::cut(&field.name, width)), Role::Dim),
        ];
        let shown = |text: &str| if private { mask(text) } else { text.to_owned() };
        let (before, after) = field.line.around_caret();
        match (&field.kind, here) {
            (Kind::List(_), true) => {
                row.push(("← ".to_owned(), Role::Key));
                row.push((shown(field.line.text()), Role::Strong));
                row.push((" →".to_owned(), Role::Key));
            }
            (_, true) => {
                row.push((shown(before), Role::Strong));
                row.push(("▏".to_owned(), Role::Key));
                row.push((shown(after), Role::Strong));
            }
            (_, false) => row.push((shown(field.line.text()), Role::Strong)),
        }
        match field.understood(form.now()) {
            // A moment nobody has named yet is not wrong.
            Err(why) if field.kind == Kind::Moment && field.line.text().is_empty() => {
                row.push((format!("  {why}"), Role::Dim));
            }
            Err(why) => row.push((format!("  ✗ {why}"), Role::Bad)),
            Ok(meant) if meant.is_empty() => {}
            Ok(meant) => row.push((format!("  = {meant}"), Role::Dim)),
        }
        rows.push(row);
    }
    rows
}

fn mask(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { '•' } else { c }).collect()
}
