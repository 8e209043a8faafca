//! Questions: exactly what will happen, and the one key that does it.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::{
    call::Text,
    console::{
        keys::{Context, Intent},
        state::{Ask, DISPOSITIONS, Dialog, State},
        text,
        theme::Role,
    },
    wire::{OpportunityDraft, Owner},
};

/// The widest a dialog gets.
const WIDTH: u16 = 76;

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
    let confirm = keys.key(Context::Dialog, Intent::Confirm);
    let back = keys.key(Context::Dialog, Intent::Back);
    let ready =
        !matches!(&dialog.ask, Ask::Opportunity { draft, .. } if !matches!(draft, Some(Ok(_))));
    let choosable = matches!(dialog.ask, Ask::Route { .. } | Ask::WrapUp { .. });
    if let Some(remark) = &dialog.remark {
        canvas.line(area, line.saturating_sub(1)).put(remark, Role::Warning);
    }
    let mut pen = canvas.line(area, line);
    if ready {
        pen.put(&confirm, Role::Key).put(" do it   ", Role::Strong);
    }
    if choosable {
        pen.put("1-9 ↑ ↓", Role::Key).put(" choose   ", Role::Text);
    }
    pen.put(&back, Role::Key).put(" go back, change nothing", Role::Text);
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
        Ask::Opportunity { draft, .. } => {
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
                Some(Ok(draft)) => rows.extend(drafted(state, draft)),
            }
            rows.push(Vec::new());
            ("Create this Opportunity?", rows)
        }
        Ask::WrapUp { live, chosen, .. } => {
            let mut rows = vec![about];
            if *live {
                let text = "Somebody is still on the line. The call goes on; only the row leaves.";
                rows.push(vec![(text.to_owned(), Role::Warning)]);
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
        Ask::Discard { title, .. } => {
            let rows = vec![
                vec![(title.clone(), Role::Strong)],
                about,
                Vec::new(),
                plain("It is not written to Salesforce, now or later. This can't be undone."),
                dim("Who discarded it and when stays on record."),
                Vec::new(),
            ];
            ("Give this write up?", rows)
        }
        Ask::RetryAll { writes } => {
            let many = writes.len();
            let rows = vec![
                vec![(
                    format!("{many} failed writes are sent to Salesforce again, now."),
                    Role::Strong,
                )],
                dim("A repeat never makes a second record."),
                Vec::new(),
            ];
            ("Retry all?", rows)
        }
    }
}

fn choice(index: usize, owner: &Owner, chosen: bool, proposed: bool) -> Row {
    let services: Vec<&str> = owner.services.iter().map(Text::as_str).collect();
    let number = if index < 9 { format!("{} ", index + 1) } else { "  ".to_owned() };
    let mut row = vec![
        (if chosen { "▌" } else { " " }.to_owned(), Role::Key),
        (number, Role::Dim),
        (owner.name.to_string(), if chosen { Role::Strong } else { Role::Text }),
    ];
    if !services.is_empty() {
        row.push((format!("  {}", services.join(", ")), Role::Dim));
    }
    if proposed {
        row.push(("  ← proposed".to_owned(), Role::Good));
    }
    row
}

fn drafted(state: &State, draft: &OpportunityDraft) -> Vec<Row> {
    let line =
        |name: &str, value: String| vec![(format!("{name:<10}"), Role::Dim), (value, Role::Strong)];
    let amount = draft.amount.map_or_else(|| "none was named".to_owned(), |a| a.to_string());
    let mut rows = vec![
        line("Name", state.masked(draft.name.as_str()).into_owned()),
        line("Amount", amount),
        line("Stage", draft.stage.to_string()),
        line("Close", draft.close_date.strftime("%a %d %b %Y").to_string()),
    ];
    rows.push(match &draft.account {
        Some(account) => line("Account", state.masked(account.as_str()).into_owned()),
        None => line("Account", "none: the caller is no customer yet".to_owned()),
    });
    rows
}
