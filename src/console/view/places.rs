//! Where writes go, when that is more than one place: whether they flow there, and how many forms went.

use ratatui::layout::Rect;

use super::pen::Canvas;
use crate::{
    console::{state::State, theme::Role},
    wire::{Destination, FormsPosted},
};

/// What a form's destination says when the day's number is reached.
const FULL: &str = "WEB_TO_LEAD_CAP";

/// Whether there is anything to tell.
pub fn are_several(state: &State) -> bool {
    state.status.as_ref().is_some_and(|status| !status.destinations.is_empty())
}

/// All of them in a line.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, at: u16) {
    let all = all(canvas.state);
    let mut pen = canvas.line(area, at);
    pen.gap(1);
    for (number, (name, doing, role)) in all.into_iter().enumerate() {
        if number > 0 {
            pen.put(" · ", Role::Dim);
        }
        pen.put(&name, Role::Strong).gap(1).put(&doing, role);
    }
}

/// Each with what it does, the connected org first.
fn all(state: &State) -> Vec<(String, String, Role)> {
    let Some(status) = &state.status else { return Vec::new() };
    let org = match &status.salesforce {
        Destination::None => None,
        link => Some(("Salesforce", link, None)),
    };
    let others = status.destinations.iter().map(|it| (it.name.as_str(), &it.link, it.forms));
    let told = |(name, link, forms): (&str, &Destination, Option<FormsPosted>)| {
        let (mut doing, role) = doing(link);
        if let Some(FormsPosted { posted, most }) = forms {
            doing = format!("{doing} {posted}/{most} forms");
        }
        (name.to_owned(), doing, role)
    };
    org.into_iter().chain(others).map(told).collect()
}

fn doing(link: &Destination) -> (String, Role) {
    match link {
        Destination::None => ("not set up".to_owned(), Role::Dim),
        Destination::Open => ("flows".to_owned(), Role::Good),
        Destination::Paused => ("HELD".to_owned(), Role::Warning),
        Destination::Broken { problem, .. } if problem.code.as_str() == FULL => {
            ("FULL".to_owned(), Role::Warning)
        }
        Destination::Broken { problem, .. } => (format!("DOWN {}", problem.code), Role::Bad),
    }
}
