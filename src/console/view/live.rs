//! The calls, most urgent first.

use ratatui::layout::Rect;

use super::{pen::Canvas, remarks, row_sign, urgency_role};
use crate::{
    call::{CallState, Disposition, MatchKind, Urgency},
    console::{
        columns::Column,
        link::Obstacle,
        state::{CallRow, Link, State},
        text::{self, age, seconds_between},
        theme::Role,
    },
    wire::{NoticeState, Sync},
};

/// Which columns there is room for, and how wide they are.
struct Columns {
    caller: u16,
    wants: u16,
    service: u16,
    score: u16,
    /// Whether Salesforce has it; only where calls are written.
    sync: u16,
    owner: u16,
}

impl Columns {
    /// Cursor, urgency, state and age always; then caller and wish; the rest by worth.
    fn of(width: u16, state: &State) -> Self {
        let wanted = &state.settings.columns;
        let sync = if state.writes_calls() { 3 } else { 0 };
        let fixed = 1 + 6 + 8 + 5 + sync;
        let mut left = width.saturating_sub(fixed);
        let mut take = |wanted: u16, needs: u16| {
            if left >= needs + wanted {
                left -= wanted;
                wanted
            } else {
                0
            }
        };
        let (mut owner, mut score, mut service) = (0, 0, 0);
        // The later ones must leave more for caller and wish.
        for (column, needs) in wanted.iter().zip([33, 38, 46]) {
            match column {
                Column::Owner => owner = take(if width >= 100 { 15 } else { 9 }, needs),
                Column::Score => score = take(6, needs),
                Column::Service => service = take(12, needs),
            }
        }
        let caller = (left * 42 / 100).clamp(16, 26).min(left);
        Self { caller, wants: left - caller, service, score, sync, owner }
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let columns = Columns::of(area.width, state);
    titles(canvas, area, &columns);
    let rows = usize::from(area.height.saturating_sub(1));
    if state.live_rows() == 0 {
        empty(canvas, area);
        return;
    }
    for line in 0..rows {
        let index = state.live.offset + line;
        let Some(row) = state.live_row(index) else { break };
        let y = u16::try_from(line + 1).unwrap_or(u16::MAX);
        draw_row(canvas, area, y, row, &columns);
    }
}

fn titles(canvas: &mut Canvas<'_>, area: Rect, columns: &Columns) {
    let mut pen = canvas.line(area, 0);
    pen.gap(1).cell("URG", 6, Role::Dim).cell("STATE", 8, Role::Dim).right("AGE", 4, Role::Dim);
    pen.gap(1).cell("CALLER", columns.caller, Role::Dim).cell("WANTS", columns.wants, Role::Dim);
    if columns.service > 0 {
        pen.cell("SERVICE", columns.service, Role::Dim);
    }
    if columns.score > 0 {
        pen.right("SCORE", columns.score - 1, Role::Dim).gap(1);
    }
    pen.cell("SF", columns.sync, Role::Dim);
    if columns.owner > 0 {
        pen.cell("OWNER", columns.owner, Role::Dim);
    }
}

fn draw_row(canvas: &mut Canvas<'_>, area: Rect, line: u16, row: &CallRow, columns: &Columns) {
    let state = canvas.state;
    let call = &row.summary;
    let selected = state.live.selected.as_ref() == Some(&call.id);
    let level = call.urgency.level();
    let closed = row.is_closed();
    let urgency = if closed { Role::Dim } else { urgency_role(level) };
    let quiet = closed || !call.state.is_live() && level < 4;
    let plain = if quiet { Role::Dim } else { Role::Text };
    let mut pen = canvas.line(area, line);
    pen.put(row_sign(selected, state.marked.contains(&call.id)), Role::Key);
    pen.cell(
        &format!("{level}{}", ["", "", "", " ▇", " ▇▇", " ▇▇▇"][usize::from(level)]),
        5,
        urgency,
    );
    let pending = state.actions.is_pending(&call.id);
    // Where nothing is written there is no other place for it.
    let asked = if pending && columns.sync == 0 { "»" } else { "" };
    pen.cell(asked, 1, Role::Key);
    let (word, role) = became(row).unwrap_or_else(|| state_word(call.state, call.stale));
    pen.cell(word, 8, role);
    pen.right(&age(age_of(state, row)), 4, plain).gap(1);
    caller(&mut pen, state, row, columns.caller, plain);
    let wants = state.masked(call.wants.as_ref().map_or("", |wants| wants.as_str()));
    let budget = call.budget.filter(|_| columns.service == 0).map(|budget| budget.to_string());
    let wants = match budget {
        Some(budget) if wants.is_empty() => budget,
        Some(budget) => format!("{wants} {budget}"),
        None => wants.into_owned(),
    };
    let remarks = remarks::before(remarks::brief(state, row), &wants);
    let strong = if level >= 4 { urgency } else { plain };
    let room = columns.wants.saturating_sub(1);
    let wide = u16::try_from(text::width(&remarks)).unwrap_or(room).min(room);
    pen.cell(&remarks, wide, if closed { Role::Dim } else { Role::Warning });
    pen.cell(&wants, room - wide, strong).gap(columns.wants.min(1));
    if columns.service > 0 {
        let service = call.service.as_ref().map_or("—", |service| service.0.as_str());
        pen.cell(service, columns.service - 1, plain).gap(1);
    }
    if columns.score > 0 {
        pen.right(&call.score.to_string(), columns.score - 1, plain).gap(1);
    }
    let (mark, role) = if pending { ("»", Role::Key) } else { sync_mark(call.sync) };
    pen.cell(mark, columns.sync, role);
    if columns.owner > 0 {
        let (who, role) = holder(state, row, plain);
        pen.cell(&who, columns.owner - 1, role);
    }
    if selected {
        canvas.tint(Rect { y: area.y + line, height: 1, ..area }, Role::Selected);
    }
}

/// Who has it: `@` who works on it now, else whose it is (`~` told when their quiet hours are over,
/// `?` told and not answered yet, `?!` told by some of their ways only, `!` not answered in time).
pub(super) fn holder(state: &State, row: &CallRow, plain: Role) -> (String, Role) {
    let call = &row.summary;
    if let Some(claim) = state.claim_on(row) {
        let mine = state.claimed_by_another(row).is_none();
        return (format!("@{}", claim.operator), if mine { Role::Strong } else { Role::Warning });
    }
    let notice = call.notice.as_ref().map(|notice| notice.state);
    let is_quiet = call.notice.as_ref().is_some_and(|notice| notice.waits_until.is_some());
    // Who is asked may be another than whose it is: one who was passed over and is told since.
    let asked = call.notice.as_ref().filter(|it| it.state != NoticeState::Acknowledged);
    let owner = asked.map(|it| &it.to).filter(|_| call.owner.is_some()).or(call.owner.as_ref());
    let fails = asked.is_some_and(|it| it.problem.is_some());
    match (owner, notice) {
        (Some(owner), Some(NoticeState::Waiting)) if is_quiet => (format!("~{owner}"), plain),
        (Some(owner), Some(NoticeState::Told)) if fails => (format!("?!{owner}"), Role::Warning),
        (Some(owner), Some(NoticeState::Waiting | NoticeState::Told)) => {
            (format!("?{owner}"), Role::Warning)
        }
        (
            Some(owner),
            Some(NoticeState::Unanswered | NoticeState::Failing | NoticeState::Failed),
        ) => (format!("!{owner}"), Role::Bad),
        (Some(owner), _) => (owner.to_string(), plain),
        (None, _) if let Some(who) = &call.taken_by => (who.to_string(), plain),
        (None, _) if call.urgency >= Urgency::HOT && !row.is_closed() => {
            ("nobody".to_owned(), Role::Bad)
        }
        (None, _) => ("—".to_owned(), Role::Dim),
    }
}

/// What became of a call that is over, in a word that fits the column.
fn became(row: &CallRow) -> Option<(&'static str, Role)> {
    let disposed = row.summary.disposed.as_ref().filter(|_| !row.summary.state.is_live())?;
    Some(match disposed.disposition {
        Disposition::Booked => ("booked", Role::Good),
        Disposition::NotBooked => ("no job", Role::Warning),
        Disposition::Spam => ("spam", Role::Dim),
        Disposition::WrongNumber => ("wrong", Role::Dim),
        Disposition::ExistingJob => ("old job", Role::Text),
    })
}

/// The name or number, and whether they are known: `★` a Contact, `+` an open Lead.
fn caller(pen: &mut super::pen::Pen<'_>, state: &State, row: &CallRow, columns: u16, role: Role) {
    let mark = match row.summary.known {
        Some(MatchKind::Contact) => " ★",
        Some(MatchKind::Lead) => " +",
        _ => "",
    };
    let room = usize::from(columns.saturating_sub(1)).saturating_sub(mark.chars().count());
    let name = state.masked(row.caller());
    let shown = format!("{}{mark}", text::cut(&name, room));
    pen.cell(&shown, columns.saturating_sub(1), role).gap(columns.min(1));
}

/// What a call is doing, in a word, and how that looks.
pub(super) fn state_word(state: CallState, stale: bool) -> (&'static str, Role) {
    match state {
        _ if stale && state.is_live() => ("silent?", Role::Warning),
        CallState::New => ("new", Role::Text),
        CallState::Ringing => ("ringing", Role::Warning),
        CallState::Talking => ("talking", Role::Good),
        CallState::Transfer => ("transfer", Role::Good),
        CallState::Ended => ("ended", Role::Dim),
        CallState::Missed => ("missed", Role::Warning),
        CallState::Chat => ("chat", Role::Dim),
    }
}

/// Since when a call is what it is: a live one since it began, another since it ended.
pub(super) fn age_of(state: &State, row: &CallRow) -> i64 {
    let call = &row.summary;
    let from =
        if call.state.is_live() { call.began_at } else { call.ended_at.unwrap_or(call.began_at) };
    seconds_between(from, state.hub_now())
}

/// Whether Salesforce has it.
pub(super) fn sync_mark(sync: Sync) -> (&'static str, Role) {
    match sync {
        Sync::Nothing => ("·", Role::Dim),
        Sync::Done => ("✓", Role::Good),
        Sync::Pending => ("…", Role::Dim),
        Sync::Retrying => ("↻", Role::Warning),
        Sync::Held => ("=", Role::Warning),
        Sync::Failed => ("✗", Role::Bad),
    }
}

fn empty(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let text: &[&str] = if !state.filter.is_empty() {
        &["No call fits the filter.", "esc shows all of them again."]
    } else {
        match &state.link {
            Link::Starting => &["Connecting to the hub …"],
            Link::Down { obstacle: Obstacle::Token, .. } if state.hello.is_none() => &[
                "The hub answers, and does not accept your token.",
                "It comes from --token-file, else from CALLBOARD_TOKEN,",
                "else from console.token in the config.",
                "Put it right there, leave with q and start again.",
            ],
            Link::Down { obstacle: Obstacle::Address, .. } if state.hello.is_none() => &[
                "Somebody answers at this address, but not as a hub.",
                "It comes from --hub, else from CALLBOARD_HUB,",
                "else from console.hub or hub.listen in the config.",
                "Put it right there, leave with q and start again.",
            ],
            Link::Down { .. } if state.hello.is_none() => &[
                "No hub yet.",
                "Start one:  callboard hub",
                "See it all with made-up calls:  callboard demo",
                "This console connects by itself as soon as a hub is there.",
            ],
            _ => &[
                "No calls on the board.",
                "They appear here by themselves, the most urgent first.",
                "To try one:  callboard replay FILE  posts recorded webhooks to the hub.",
            ],
        }
    };
    for (line, text) in (2..).zip(text) {
        let role = if line == 2 { Role::Strong } else { Role::Dim };
        canvas.line(area, line).gap(2).put(text, role);
    }
}
