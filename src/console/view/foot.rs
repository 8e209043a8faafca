//! The last line: what was just said, the filter being typed, or the keys that make sense now.

use ratatui::layout::Rect;

use super::{layout, pen::Canvas, today};
use crate::{
    console::{
        keys::{Binding, Context, Intent, TABLE},
        state::{Purpose, State, Typing, View},
        text::{self, seconds_between},
        theme::Role,
        update,
    },
    wire::{NoticeState, Problem, Sync, WriteState},
};

/// The most lines above the last that something long may take.
const MOST_ABOVE: u16 = 3;

/// How to filter, the longest that fits.
const FILTER_HINTS: [&str; 5] = [
    "hot  !ok  owner:me  svc:hvac  urg:>3  score:>=50  missed  customer  !word  \"two words\"  \
     ~fzzy · enter keeps, esc clears",
    "hot  !ok  owner:me  svc:hvac  urg:5  any words · enter keeps, esc clears",
    "hot  !ok  owner:me  svc:hvac · enter keeps, esc clears",
    "enter keeps, esc clears",
    "esc clears",
];

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let undo = undo(canvas);
    let wide = u16::try_from(text::width(&undo) + 1).unwrap_or(u16::MAX);
    let room = if undo.is_empty() { 0 } else { wide.min(area.width / 2) };
    let left = Rect { width: area.width - room, ..area };
    if !undo.is_empty() {
        let right = Rect { x: left.right(), width: room, ..area };
        canvas.line(right, 0).put(&undo, Role::Key);
    }
    let state = canvas.state;
    if let Some(typing) = &state.typing {
        type_line(canvas, left, typing);
    } else if let Some(notice) = &state.notice {
        let role = if notice.bad { Role::Bad } else { Role::Notice };
        say(canvas, left, &notice.text, role);
        // On a wide screen there is room for both.
        let used = u16::try_from(text::width(&notice.text) + 4).unwrap_or(u16::MAX);
        if left.width.saturating_sub(used) >= 80 {
            hints(canvas, Rect { x: left.x + used, width: left.width - used, ..left });
        }
    } else {
        hints(canvas, left);
    }
}

/// What was just said. What is longer than a line takes those above it for as long as it stands.
fn say(canvas: &mut Canvas<'_>, area: Rect, said: &str, role: Role) {
    let rows = text::wrap(said, usize::from(area.width.saturating_sub(2)));
    let above = u16::try_from(rows.len().saturating_sub(1)).unwrap_or(0).min(MOST_ABOVE);
    let area = Rect { y: area.y - above.min(area.y), height: area.height + above, ..area };
    let whole = canvas.area();
    canvas.blank(Rect { height: above, width: whole.width, ..area }, Role::Text);
    for (line, row) in (0..=above).zip(rows) {
        canvas.line(area, line).gap(1).put(&said[row], role);
    }
}

/// The line that is being typed, and what it would do.
fn type_line(canvas: &mut Canvas<'_>, area: Rect, typing: &Typing) {
    let state = canvas.state;
    let sign = match typing.purpose {
        Purpose::Filter => "/",
        Purpose::Command => ":",
    };
    let mut pen = canvas.line(area, 0);
    let (before, after) = typing.line.around_caret();
    pen.gap(1).put(sign, Role::Key).put(before, Role::Strong).put("▏", Role::Key);
    pen.put(after, Role::Strong);
    if let Some(remark) = &typing.remark {
        pen.gap(2).put(remark, Role::Bad);
        return;
    }
    match typing.purpose {
        Purpose::Filter => {
            pen.gap(2);
            if state.view == View::Log {
                let found = state.log.rows();
                pen.put(&format!("{found} entries  {}", FILTER_HINTS[3]), Role::Dim);
                return;
            }
            let found = state.live_rows();
            let calls = if found == 1 { "call" } else { "calls" };
            pen.put(&format!("{found} {calls}  "), Role::Text);
            let room = usize::from(pen.left());
            let hint = FILTER_HINTS.into_iter().find(|hint| text::width(hint) <= room);
            pen.put(hint.unwrap_or_default(), Role::Dim);
        }
        Purpose::Command => {
            let typed = typing.line.text();
            let fitting = update::candidates(state, typed);
            if let [one] = fitting.as_slice()
                && !one.about.is_empty()
            {
                let rest = one.line.strip_prefix(typed).unwrap_or(&one.line);
                pen.put(rest, Role::Dim).gap(2).put(&one.about, Role::Text);
                return;
            }
            pen.gap(2).put("tab: ", Role::Dim);
            for candidate in fitting {
                let word = candidate.line.trim_end().rsplit(' ').next().unwrap_or_default();
                if usize::from(pen.left()) < text::width(word) + 2 {
                    pen.put("…", Role::Dim);
                    break;
                }
                pen.put(word, Role::Text).gap(2);
            }
        }
    }
}

/// The first hint that has not served yet, and how to be rid of all of them.
pub(super) fn tip(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let Some(tip) = state.tip().filter(|_| !area.is_empty()) else { return };
    let key = state.settings.keys.key(Context::Board, Intent::Tips);
    let away = if key.is_empty() { String::new() } else { format!("  {key} no hints ") };
    let wide = u16::try_from(text::width(&away)).unwrap_or(u16::MAX).min(area.width);
    let left = Rect { width: area.width - wide, ..area };
    canvas.line(left, 0).gap(1).put("hint ", Role::Notice).put(&tip, Role::Text);
    canvas.line(Rect { x: left.right(), width: wide, ..area }, 0).put(&away, Role::Dim);
    canvas.tint(area, Role::Header);
}

/// What `u` would take back, and how long that is possible.
fn undo(canvas: &Canvas<'_>) -> String {
    let state = canvas.state;
    let now = state.hub_now();
    let Some((sent, until)) = state.actions.undoable(now) else { return String::new() };
    let key = state.settings.keys.key(Context::Board, Intent::Undo);
    let left = seconds_between(now, until).max(0);
    let together = state.actions.undoable_together(sent.group, now).len();
    let all = if together > 1 { format!("all {together}: ") } else { String::new() };
    // The time left stands first: what is undone may be cut.
    format!(" {key} undo {left}s: {all}{}", text::cut(&state.masked(&sent.what), 36))
}

/// The keys that make sense now; the way to all others at the end, whatever the width.
fn hints(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let mut wanted = Vec::new();
    if !state.marked.is_empty() || !state.marked_writes.is_empty() {
        wanted.push(Intent::Back);
    }
    if state.refusal().is_none() {
        wanted.extend(acts(state));
    }
    match (state.opened, state.view) {
        (true, _) => wanted.extend([Intent::Back, Intent::Ladder]),
        // With nothing to choose from there is nothing but another view.
        (false, View::Live) if state.live_rows() == 0 && state.filter.is_empty() => {
            wanted.push(Intent::NextView);
        }
        (false, View::Live) => wanted.extend([Intent::Find, Intent::Open]),
        (false, View::Callbacks) if state.call_in_sight().is_some() => {
            wanted.extend([Intent::Copy, Intent::Open]);
        }
        (false, View::Writes) if state.writes.selected.is_some() => wanted.push(Intent::Open),
        (false, View::Callbacks | View::Writes) => wanted.push(Intent::Live),
        (false, View::Today) if today_tells_all(state) => wanted.push(Intent::Live),
        (false, View::Today) if state.definitions => {
            wanted.extend([Intent::Open, Intent::Down, Intent::Live]);
        }
        (false, View::People) if state.people.selected.is_none() => wanted.push(Intent::Live),
        (false, View::Today | View::People) => wanted.extend([Intent::Open, Intent::Live]),
        (false, View::Log) if state.log.rows() == 0 && state.log.words().is_empty() => {
            wanted.push(Intent::Live);
        }
        (false, View::Log) => wanted.extend([Intent::Find, Intent::Open]),
    }
    if area.width >= 100 {
        if matches!(state.view, View::Live | View::Callbacks | View::Writes) && !state.opened {
            wanted.push(Intent::Mark);
        }
        wanted.push(Intent::NextView);
        wanted.extend(state.call_in_sight().map(|_| Intent::Copy));
        wanted.push(Intent::Command);
    }
    let hint = |intent: Intent| {
        let board = |row: &&Binding| row.context == Context::Board && row.intent == intent;
        let row = TABLE.iter().find(board)?;
        let key = state.settings.keys.key(Context::Board, intent);
        let hint = match (intent, state.view) {
            (Intent::Open, View::Today) if state.definitions => "figures alone",
            (Intent::Open, View::Today) => "what they mean",
            (Intent::Down, _) => "further down",
            (Intent::Edit, _) if is_choice(state) => "say which",
            (Intent::Open, View::People) => "their calls",
            _ => row.hint,
        };
        (!key.is_empty()).then_some((key, hint))
    };
    let always = [Intent::Help, Intent::Quit].into_iter().filter(|it| update::serves(state, *it));
    let always: Vec<_> = always.filter_map(hint).collect();
    let wide = |hints: &[(String, &str)]| -> usize {
        hints.iter().map(|(key, hint)| text::width(key) + text::width(hint) + 3).sum()
    };
    let kept = u16::try_from(wide(&always)).unwrap_or(0);
    let mut pen = canvas.line(area, 0);
    pen.gap(1);
    let mut shown = Vec::new();
    let serves = |intent: &Intent| update::serves(state, *intent);
    for intent in wanted.into_iter().filter(serves) {
        let Some(hint) = hint(intent) else { continue };
        if !shown.contains(&hint)
            && usize::from(pen.left().saturating_sub(kept))
                >= wide(&shown) + wide(std::slice::from_ref(&hint))
        {
            shown.push(hint);
        }
    }
    for (key, hint) in shown.into_iter().chain(always) {
        pen.put(&key, Role::Key).gap(1).put(hint, Role::Text).gap(2);
    }
}

fn today_tells_all(state: &State) -> bool {
    let area = layout::of(state).list;
    state.figures.page.as_ref().is_some_and(|page| today::tells_all(area, page))
}

/// Whether the write in sight asks which record is meant.
fn is_choice(state: &State) -> bool {
    let selected = state.writes.selected.as_ref().filter(|_| state.view == View::Writes);
    let write = selected.and_then(|id| state.board.writes.get(id));
    write.and_then(|write| write.problem.as_ref()).is_some_and(Problem::is_choice)
}

/// What can be done to what is in sight.
fn acts(state: &State) -> Vec<Intent> {
    if state.view == View::Writes && !state.opened {
        let selected = state.writes.selected.as_ref();
        let selected = selected.and_then(|id| state.board.writes.get(id)).map(|write| write.state);
        let mut acts = match selected {
            Some(WriteState::Failed) => vec![Intent::Retry, Intent::Edit, Intent::Discard],
            Some(WriteState::Retrying | WriteState::Held) => vec![Intent::Retry],
            _ => Vec::new(),
        };
        acts.extend((state.board.counts().failed > 0).then_some(Intent::RetryAll));
        return acts;
    }
    let Some(row) = state.call_in_sight().and_then(|id| state.board.calls.get(id)) else {
        return Vec::new();
    };
    if state.view == View::Log && !state.opened {
        return Vec::new();
    }
    let owed = row.owed().is_some();
    let waits = row.summary.notice.as_ref().is_some_and(|n| n.state != NoticeState::Acknowledged);
    let mut acts = Vec::new();
    if state.view == View::Callbacks {
        acts.extend([Intent::CalledBack, Intent::Attempt, Intent::Reschedule, Intent::Claim]);
    }
    acts.push(Intent::Route);
    // On a telephone's screen there is little else that can be done.
    if waits || layout::is_too_small(state.size) {
        acts.push(Intent::Acknowledge);
    }
    acts.push(Intent::Claim);
    if row.summary.sync == Sync::Failed {
        acts.extend([Intent::Edit, Intent::Retry]);
    }
    if state.has_org() {
        acts.push(Intent::Opportunity);
    }
    if owed && state.view != View::Callbacks {
        acts.extend([Intent::CalledBack, Intent::Attempt]);
    }
    if !row.summary.state.is_live() {
        acts.push(Intent::WrapUp);
    }
    acts
}
