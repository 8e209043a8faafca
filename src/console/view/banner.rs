//! The line below the views while something is wrong: the screen is old, somebody can't be told, or a
//! provider's calls are lost.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use ratatui::layout::Rect;

use super::{header::moment, pen::Canvas};
use crate::{
    call::Text,
    console::{
        state::{Link, State},
        text::{self, seconds_between},
        theme::Role,
    },
    wire::{FailingChannel, Fault},
};

/// Says that the screen is old, how old, why, and what happens next; of one that is not, who can't be
/// told and whose webhooks are lost.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect) {
    let state = canvas.state;
    let Link::Down { since, why, retry_at, .. } = &state.link else {
        return failing(canvas, area);
    };
    canvas.ground(area, Role::Stale);
    let old = seconds_between(*since, state.now).max(0);
    let mut pen = canvas.line(area, 0);
    pen.gap(1);
    if state.hello.is_some() {
        // What that means stands before why it is so: the reason may be cut.
        pen.put(&format!("STALE {} · actions are refused · ", spell(old)), Role::Stale);
    }
    pen.put(why, Role::Stale);
    match retry_at {
        Some(at) => {
            let left = seconds_between(state.now, *at);
            let next =
                if left > 0 { format!("next try in {left} s") } else { "trying now".to_owned() };
            pen.put(" · ", Role::Stale).put(&next, Role::Stale);
        }
        None => drop(pen.put(" · no further try: leave with q and start again", Role::Stale)),
    }
}

/// Says what fails as fully as there is room for: first who can't be told, for that nobody else does.
fn failing(canvas: &mut Canvas<'_>, area: Rect) {
    let (channels, sources) = (untold(canvas.state), unheard(canvas.state));
    let both = |channels: &String| {
        let join = |sources: &String| format!("{channels} · {sources}");
        sources.iter().map(join).collect::<Vec<_>>()
    };
    let forms = match (channels.is_empty(), sources.is_empty()) {
        (true, true) => return,
        (true, false) => sources,
        (false, true) => channels,
        (false, false) => channels.iter().flat_map(both).chain(channels.clone()).collect(),
    };
    let room = usize::from(area.width).saturating_sub(2);
    let said = forms.iter().find(|said| text::width(said) <= room).or(forms.last());
    canvas.ground(area, Role::Stale);
    canvas.line(area, 0).gap(1).put(said.map_or("", String::as_str), Role::Stale);
}

/// Which channels take no notices, since when, and whom no way has told: each by itself, together, and
/// in how many.
fn untold(state: &State) -> Vec<String> {
    let failing: Vec<&FailingChannel> =
        state.status.iter().flat_map(|status| &status.failing_channels).collect();
    let Some(first) = failing.iter().map(|failing| failing.since).min() else {
        return Vec::new();
    };
    let says = |channels: &str, since: Timestamp, people: &BTreeSet<&str>, brief: bool| {
        let since = moment(state, since);
        let people = match people.len() {
            0 => String::new(),
            many if brief => format!(": {many} not told"),
            _ => {
                let names: Vec<&str> = people.iter().copied().collect();
                format!(": {} not told", names.join(", "))
            }
        };
        format!("{channels} failing since {since}{people}")
    };
    let each = failing.iter().map(|it| {
        let people = it.people.iter().map(Text::as_str).collect();
        says(it.channel.as_str(), it.since, &people, false)
    });
    let each: Vec<String> = each.collect();
    let names: Vec<&str> = failing.iter().map(|it| it.channel.as_str()).collect();
    let names = names.join(", ");
    let people = failing.iter().flat_map(|it| &it.people).map(Text::as_str).collect();
    let many = format!("{} channels", failing.len());
    vec![
        each.join(" · "),
        says(&names, first, &people, false),
        says(&names, first, &people, true),
        says(&many, first, &people, true),
    ]
}

/// Whose webhooks are refused or say nothing, since when and why: each by itself, without the reasons,
/// and together.
fn unheard(state: &State) -> Vec<String> {
    let mut faults = BTreeMap::<(&str, Fault), (Timestamp, Vec<&str>)>::new();
    for failing in state.failing_sources() {
        let new = || (failing.since, Vec::new());
        let fault = (failing.source.as_str(), failing.fault);
        let (since, whys) = faults.entry(fault).or_insert_with(new);
        *since = failing.since.min(*since);
        whys.push(failing.why.as_str());
    }
    let Some(first) = faults.values().map(|(since, _)| *since).min() else { return Vec::new() };
    let fails = |(source, fault): (&str, Fault), since| {
        let what = match fault {
            Fault::Refused => "refused",
            Fault::Unread => "not understood",
        };
        format!("webhooks of {source} {what} since {}", moment(state, since))
    };
    let (mut whole, mut brief) = (Vec::new(), Vec::new());
    for (fault, (since, whys)) in &faults {
        let says = fails(*fault, *since);
        let see = if fault.1 == Fault::Unread { "see " } else { "" };
        whole.push(format!("{says}: {see}{}", whys.join(", ")));
        brief.push(says);
    }
    let names: BTreeSet<&str> = faults.keys().map(|(source, _)| *source).collect();
    let since = moment(state, first);
    let names: Vec<&str> = names.into_iter().collect();
    vec![
        whole.join(" · "),
        brief.join(" · "),
        format!("webhooks of {} fail since {since}", names.join(", ")),
        format!("webhooks of {} sources fail since {since}", names.len()),
    ]
}

fn spell(seconds: i64) -> String {
    if seconds < 60 {
        format!("{seconds}s")
    } else {
        format!("{}m {:02}s", seconds / 60, seconds % 60)
    }
}
