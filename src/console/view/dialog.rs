//! Questions: exactly what will happen, and the one key that does it.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::{
    call::Text,
    console::{
        keys::{Context, Intent},
        state::{Ask, DISPOSITIONS, Dialog, Form, Kind, State},
        text,
        theme::Role,
    },
    wire::{Candidate, OpportunityDraft, Owner},
};

/// The widest a dialog gets.
const WIDTH: u16 = 76;

/// The most fields that are shown at once.
const SHOWN: usize = 10;

/// A line of a dialog: pieces with their roles.
type Row = Vec<(String, Role)>;

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
    let mut hints: Vec<(String, &str)> = Vec::new();
    let in_field = dialog.form.as_ref().is_some_and(|form| form.field().is_some());
    let context = if in_field { Context::Form } else { Context::Dialog };
    let waits =
        matches!(&dialog.ask, Ask::Opportunity { draft, .. } if !matches!(draft, Some(Ok(_))));
    if in_field {
        hints.push((key(context, Intent::Accept), "next field"));
    } else if !waits {
        hints.push((key(context, Intent::Confirm), "do it"));
        if dialog.form.is_some() {
            hints.push((key(context, Intent::Complete), "change a field"));
        }
    }
    if dialog.ask.has_choices() {
        hints.push(("1-9 ↑ ↓".to_owned(), "choose"));
    }
    hints.push((key(context, Intent::Back), "go back, change nothing"));
    let mut pen = canvas.line(area, line);
    for (key, does) in hints {
        pen.put(&key, Role::Key).gap(1).put(does, Role::Text).gap(3);
    }
}

/// The fields of a form, the one that is being filled in with its caret.
fn fields(form: &Form, private: bool) -> Vec<Row> {
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
            Err(why) => row.push((format!("  ✗ {why}"), Role::Bad)),
            Ok(meant) if meant.is_empty() => {}
            Ok(meant) => row.push((format!("  = {meant}"), Role::Dim)),
        }
        rows.push(row);
    }
    rows
}

fn content(state: &State, dialog: &Dialog) -> (&'static str, Vec<Row>) {
    let about = vec![(dialog.about.clone(), Role::Strong)];
    let plain = |text: &str| vec![(text.to_owned(), Role::Text)];
    let dim = |text: &str| vec![(text.to_owned(), Role::Dim)];
    match &dialog.ask {
        Ask::Route { choices, proposed, chosen, .. } => {
            let mut rows = vec![about, Vec::new()];
            // A long roster scrolls with the choice.
            let first = chosen.saturating_sub(8);
            for (index, owner) in choices.iter().enumerate().skip(first).take(9) {
                rows.push(choice(index, owner, index == *chosen, Some(index) == *proposed));
            }
            rows.push(Vec::new());
            let to = choices.get(*chosen).map_or("", |owner| owner.name.as_str());
            rows.push(plain(&format!("{to} becomes the owner in Salesforce.")));
            rows.push(dim("Assignment rules are not run again."));
            rows.push(Vec::new());
            ("Route to whom?", rows)
        }
        Ask::Opportunity { draft, convert, .. } => {
            let mut rows = vec![about, Vec::new()];
            match draft {
                None => rows.push(dim("asking the hub what it would create …")),
                Some(Err(why)) => {
                    rows.push(vec![(
                        "No Opportunity can be made of this call:".to_owned(),
                        Role::Bad,
                    )]);
                    rows.extend(text::wrap(why, 70).into_iter().map(|range| plain(&why[range])));
                }
                Some(Ok(draft)) => {
                    rows.extend(dialog.form.iter().flat_map(|form| fields(form, state.private)));
                    rows.push(account(state, draft, *convert));
                }
            }
            rows.push(Vec::new());
            if *convert {
                let warning = "One-way: the Lead becomes a Contact with an Account and this";
                rows.push(vec![(warning.to_owned(), Role::Warning)]);
                let warning = "Opportunity. Salesforce has no way back.";
                rows.push(vec![(warning.to_owned(), Role::Warning)]);
                rows.push(Vec::new());
                return ("Convert this Lead?", rows);
            }
            ("Create this Opportunity?", rows)
        }
        Ask::WrapUp { live, chosen, calls } => {
            let mut rows = vec![about];
            if *live > 0 {
                let text = if calls.len() == 1 {
                    "Somebody is still on the line. The call goes on; only the row leaves."
                        .to_owned()
                } else {
                    format!("{live} of them are still on the line; only their rows leave.")
                };
                rows.push(vec![(text, Role::Warning)]);
            }
            rows.push(Vec::new());
            rows.push(dim("What came of it?"));
            for (index, words) in DISPOSITIONS.iter().enumerate() {
                let sign = if index == *chosen { "▌" } else { " " };
                let role = if index == *chosen { Role::Strong } else { Role::Text };
                rows.push(vec![
                    (sign.to_owned(), Role::Key),
                    (format!("{} ", index + 1), Role::Dim),
                    ((*words).to_owned(), role),
                ]);
            }
            rows.push(Vec::new());
            ("Wrap up: off the board?", rows)
        }
        Ask::Callbacks { calls, kept } => {
            let text = if *kept {
                format!("All {} callbacks were made.", calls.len())
            } else {
                format!("None of these {} needs a callback any more.", calls.len())
            };
            ("Done with these callbacks?", vec![about, Vec::new(), plain(&text), Vec::new()])
        }
        Ask::Urgency { calls } => {
            let mut rows = vec![about, Vec::new()];
            for level in (1..=5).rev() {
                let many = calls.iter().filter(|(_, urgency)| urgency.level() == level).count();
                if many > 0 {
                    rows.push(plain(&format!("{many} become urgency {level}")));
                }
            }
            rows.push(Vec::new());
            ("Correct the urgency of all of them?", rows)
        }
        Ask::Edit { long, .. } => {
            let mut rows = vec![about, Vec::new()];
            rows.extend(dialog.form.iter().flat_map(|form| fields(form, state.private)));
            let many = dialog.form.as_ref().map_or(0, |form| form.fields.len());
            if many > SHOWN {
                rows.push(dim(&format!("{many} fields; the others are further down or up")));
            }
            if *long > 0 {
                rows.push(dim(&format!("{long} more are too long to edit here; they stay.")));
            }
            rows.push(Vec::new());
            rows.push(dim("Only what you change is written; the original is kept and shown."));
            rows.push(Vec::new());
            ("Edit and try again?", rows)
        }
        Ask::Which { candidates, may_save_anyway, chosen, .. } => {
            let mut rows = vec![about, Vec::new()];
            for (index, candidate) in candidates.iter().enumerate() {
                rows.push(candidate_row(state, index, candidate, index == *chosen));
            }
            if *may_save_anyway {
                let index = candidates.len();
                rows.push(line_of_choice(index, index == *chosen, "none of these: a new record"));
            } else {
                rows.push(dim("Salesforce's duplicate rule allows no new record beside these."));
            }
            rows.push(Vec::new());
            ("Which record is meant?", rows)
        }
        Ask::Discard { title, writes } => {
            let mut rows = vec![vec![(title.clone(), Role::Strong)], about, Vec::new()];
            let subject = if writes.len() == 1 { "It is" } else { "They are" };
            rows.push(plain(&format!("{subject} not written to Salesforce, now or later.")));
            rows.push(plain("This can't be undone."));
            rows.push(dim("Who discarded it and when stays on record."));
            rows.push(Vec::new());
            ("Give up for good?", rows)
        }
        Ask::Retry { writes } => {
            let (many, verb) =
                (writes.len(), if writes.len() == 1 { "write is" } else { "writes are" });
            let rows = vec![
                vec![(format!("{many} {verb} sent to Salesforce again, now."), Role::Strong)],
                dim("A repeat never makes a second record."),
                Vec::new(),
            ];
            ("Try again?", rows)
        }
    }
}

fn line_of_choice(index: usize, chosen: bool, text: &str) -> Row {
    let number = if index < 9 { format!("{} ", index + 1) } else { "  ".to_owned() };
    vec![
        (if chosen { "▌" } else { " " }.to_owned(), Role::Key),
        (number, Role::Dim),
        (text.to_owned(), if chosen { Role::Strong } else { Role::Text }),
    ]
}

fn candidate_row(state: &State, index: usize, candidate: &Candidate, chosen: bool) -> Row {
    let name = candidate.name.as_ref().map_or("without a name", |name| name.as_str());
    let mut row = line_of_choice(index, chosen, &state.masked(name));
    row.push((format!("  {} {}", candidate.sobject, candidate.id), Role::Dim));
    if let Some(address) = &candidate.address {
        row.push((format!("  {}", state.masked(address.as_str())), Role::Text));
    }
    row
}

fn choice(index: usize, owner: &Owner, chosen: bool, proposed: bool) -> Row {
    let services: Vec<&str> = owner.services.iter().map(Text::as_str).collect();
    let mut row = line_of_choice(index, chosen, owner.name.as_str());
    if !services.is_empty() {
        row.push((format!("  {}", services.join(", ")), Role::Dim));
    }
    if proposed {
        row.push(("  ← proposed".to_owned(), Role::Good));
    }
    row
}

/// On whose Account it will be.
fn account(state: &State, draft: &OpportunityDraft, convert: bool) -> Row {
    let account = match &draft.account {
        Some(account) => state.masked(account.as_str()).into_owned(),
        None if convert => "a new one, or the one Salesforce finds".to_owned(),
        None => "none: the caller is no customer yet".to_owned(),
    };
    vec![(" Account   ".to_owned(), Role::Dim), (account, Role::Text)]
}

fn mask(text: &str) -> String {
    text.chars().map(|c| if c.is_alphanumeric() { '•' } else { c }).collect()
}
