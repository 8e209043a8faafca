//! Who is on call now and next, and how much each has in hand.

use ratatui::layout::Rect;

use super::{
    header::moment,
    live::{age_of, state_word},
    pen::Canvas,
    urgency_role,
};
use crate::{
    call::Text,
    console::{
        keys::{Context, Intent},
        text::{self, age},
        theme::Role,
    },
    wire::{OnCallNow, PersonOnCall, RosterNow},
};

/// Lines above the list beside its titles.
pub const ABOVE: usize = 4;
/// The longest bar of calls in hand.
const BAR: usize = 12;
/// From this many lines somebody's calls are shown below the list.
const ROOM_FOR_CALLS: u16 = 4;
/// How many calls are looked through for them; on a board with more, `enter` finds the others.
const LOOKED_AT: usize = 2_000;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    if area.is_empty() {
        return;
    }
    let state = canvas.state;
    let Some(roster) = &state.roster.page else { return nothing(canvas, area) };
    let open = if roster.open { ("open", Role::Good) } else { ("closed", Role::Warning) };
    canvas.line(area, 0).gap(1).put("The business is ", Role::Dim).put(open.0, open.1);
    shift(canvas, area, 1, "now", Some(&roster.now));
    shift(canvas, area, 2, "next", roster.next.as_ref());
    if let Some(why) = &state.roster.problem {
        let text = format!("not up to date: {why}");
        canvas.line(area, 3).gap(1).put(&text, Role::Warning);
    }
    let above = u16::try_from(ABOVE).unwrap_or(0);
    let list = Rect {
        y: area.y + above.min(area.height),
        height: area.height.saturating_sub(above),
        ..area
    };
    let name = (area.width / 3).clamp(14, 28);
    let mut pen = canvas.line(list, 0);
    pen.gap(1).cell("NAME", name, Role::Dim).cell("", 10, Role::Dim);
    pen.cell("IN HAND", 5 + BAR as u16, Role::Dim).put("TRADES", Role::Dim);
    if roster.people.is_empty() {
        let text = "Nobody is on the roster: name people as [[plan.roster]] in the hub's config.";
        canvas.line(list, 1).gap(2).put(text, Role::Warning);
    }
    for line in 1..list.height {
        let index = state.people.offset + usize::from(line - 1);
        let Some(person) = roster.people.get(index) else { break };
        row(canvas, list, line, roster, person, name);
    }
    let used = u16::try_from(roster.people.len() + 2).unwrap_or(u16::MAX).min(list.height);
    let rest = Rect { y: list.y + used, height: list.height - used, ..list };
    if rest.height >= ROOM_FOR_CALLS {
        in_hand(canvas, rest);
    }
}

/// What the selected person has in hand, the most urgent first.
fn in_hand(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let selected = state.people.selected.as_ref();
    let person = selected.and_then(|name| {
        state.roster.page.as_ref()?.people.iter().find(|person| person.name == *name)
    });
    let Some(person) = person else { return };
    canvas
        .rule(Rect { height: 1, ..area }, &format!("{} · {} in hand", person.name, person.in_hand));
    if person.in_hand == 0 {
        let key = state.settings.keys.key(Context::Board, Intent::Route);
        let text = format!("Nothing. Among the calls {key} gives one to somebody.");
        canvas.line(area, 1).gap(1).put(&text, Role::Dim);
        return;
    }
    let rows = (0..state.board.live.len().min(LOOKED_AT)).filter_map(|index| {
        let row = state.board.calls.at(state.board.live.get(index)?)?;
        (row.summary.owner.as_ref() == Some(&person.name)).then_some(row)
    });
    for (line, row) in (1..area.height).zip(rows) {
        let call = &row.summary;
        let level = call.urgency.level();
        let (word, role) = state_word(call.state, call.stale);
        let mut pen = canvas.line(area, line);
        pen.gap(1).cell(&level.to_string(), 2, urgency_role(level)).cell(word, 9, role);
        pen.right(&age(age_of(state, row)), 4, Role::Text).gap(1);
        let name = state.masked(row.caller());
        pen.cell(&text::cut(&name, 25), 26, Role::Text);
        let wants = call.wants.as_ref().map_or("", |wants| wants.as_str());
        pen.put(&state.masked(wants), Role::Text);
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    list: Rect,
    line: u16,
    roster: &RosterNow,
    person: &PersonOnCall,
    name: u16,
) {
    let state = canvas.state;
    let selected = state.people.selected.as_ref() == Some(&person.name);
    let next = roster.next.as_ref().is_some_and(|next| next.people.contains(&person.name));
    let (word, role) = match (person.on_call, next) {
        (true, _) => ("● on call", Role::Good),
        (false, true) => ("next", Role::Text),
        (false, false) => ("off", Role::Dim),
    };
    let plain = if person.on_call { Role::Text } else { Role::Dim };
    let many = usize::try_from(person.in_hand).unwrap_or(usize::MAX);
    let mut pen = canvas.line(list, line);
    pen.put(super::row_sign(selected, false), Role::Key);
    let strong = if person.on_call { Role::Strong } else { plain };
    pen.cell(&text::cut(person.name.as_str(), usize::from(name) - 1), name, strong);
    pen.cell(word, 10, role).right(&many.to_string(), 3, plain).gap(1);
    pen.cell(&"▇".repeat(many.min(BAR)), BAR as u16, Role::Key).gap(1);
    let trades: Vec<&str> = person.services.iter().map(Text::as_str).collect();
    pen.put(if trades.is_empty() { "all trades" } else { "" }, Role::Dim);
    pen.put(&trades.join(", "), plain);
    if selected {
        canvas.tint(Rect { y: list.y + line, height: 1, ..list }, Role::Selected);
    }
}

/// Who is on call in one span of time.
fn shift(canvas: &mut Canvas<'_>, area: Rect, line: u16, name: &str, shift: Option<&OnCallNow>) {
    let state = canvas.state;
    let mut pen = canvas.line(area, line);
    pen.gap(1).cell(name, 6, Role::Dim);
    let Some(shift) = shift else {
        pen.put("no change within a week", Role::Dim);
        return;
    };
    let people: Vec<&str> = shift.people.iter().map(Text::as_str).collect();
    let nobody = people.is_empty();
    let people = if nobody { "NOBODY".to_owned() } else { people.join(", ") };
    pen.put(&people, if nobody { Role::Bad } else { Role::Strong });
    let from = if name == "now" { String::new() } else { moment(state, shift.from) };
    let until = shift.until.map(|until| format!(" until {}", moment(state, until)));
    pen.put(&format!("  {from}{}", until.unwrap_or_default()), Role::Dim);
}

fn nothing(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let (first, then) = match &state.roster.problem {
        Some(why) => (why.as_str(), "It is asked for again by itself."),
        None if state.is_live() => ("Asking the hub who is on call …", ""),
        None => ("The roster comes with the hub.", ""),
    };
    canvas.line(area, 2).gap(2).put(first, Role::Strong);
    canvas.line(area, 3).gap(2).put(then, Role::Dim);
}
