//! What is read from the hub beside the stream: only while it is in sight.

use jiff::SignedDuration;

use super::{Effect, fill};
use crate::{
    console::{
        link::{Page, Question},
        state::{Ask, Reading, State, View},
        view::layout,
    },
    wire::OperatorRole,
};

/// How often each is read again.
const LOG_EVERY: SignedDuration = SignedDuration::from_secs(10);
const ROSTER_EVERY: SignedDuration = SignedDuration::from_secs(15);
const FIGURES_EVERY: SignedDuration = SignedDuration::from_secs(30);
/// Salesforce counts its API calls.
const OPPORTUNITIES_EVERY: SignedDuration = SignedDuration::from_mins(5);

/// Asks for what the view in sight shows, if it is old or not there.
pub(super) fn what_is_in_sight(state: &mut State, effects: &mut Vec<Effect>) {
    if !state.is_live() {
        return;
    }
    let now = state.now;
    opportunities(state, effects);
    let routing = state.dialog.as_ref().is_some_and(|it| matches!(it.ask, Ask::Route { .. }));
    if (routing || state.view == View::People) && state.roster.is_due(now, ROSTER_EVERY) {
        effects.push(Effect::Read(Question::Roster));
    }
    match state.view {
        View::Today if state.figures.is_due(now, FIGURES_EVERY) => {
            effects.push(Effect::Read(Question::Figures));
        }
        View::Log => {
            if state.log.head.is_due(now, LOG_EVERY) {
                effects.push(Effect::Read(Question::Log { before: None }));
            }
            // A page ahead of what is on screen.
            let last = state.log.cursor.offset + 2 * layout::pages(state).log;
            if let Some(before) = state.log.wants(last) {
                state.log.asked_older = true;
                effects.push(Effect::Read(Question::Log { before: Some(before) }));
            }
        }
        _ => {}
    }
}

/// A customer's call that is opened shows what else is open with them.
fn opportunities(state: &mut State, effects: &mut Vec<Effect>) {
    let acts = state.hello.as_ref().is_some_and(|hello| hello.role >= OperatorRole::Dispatcher);
    let Some(call) = state.call_in_sight().filter(|_| state.opened && acts).cloned() else {
        return;
    };
    let records = state.detail_of(&call).map_or(&[][..], |detail| &detail.records);
    if records.iter().all(|record| record.sobject.as_str() != "Contact") {
        return;
    }
    if state.open_opportunities.0.as_ref() != Some(&call) {
        state.open_opportunities = (Some(call.clone()), Reading::default());
    }
    if state.open_opportunities.1.is_due(state.now, OPPORTUNITIES_EVERY) {
        effects.push(Effect::Read(Question::Opportunities(call)));
    }
}

/// Takes an answer.
pub(super) fn take(state: &mut State, question: Question, outcome: Result<Page, String>) {
    let now = state.now;
    match (question, outcome) {
        (Question::Log { before }, Ok(Page::Log(page))) => {
            state.log.take(before, page, &state.board);
            state.log.head.take(now, Ok(()));
        }
        (Question::Log { before }, Err(why)) => {
            state.log.asked_older &= before.is_none();
            state.log.head.take(now, Err(why));
        }
        (Question::Roster, Ok(Page::Roster(roster))) => state.roster.take(now, Ok(roster)),
        (Question::Roster, Err(why)) => state.roster.take(now, Err(why)),
        (Question::Figures, Ok(Page::Figures(report))) => state.figures.take(now, Ok(report)),
        (Question::Figures, Err(why)) => state.figures.take(now, Err(why)),
        (Question::Opportunities(call), outcome) => {
            let outcome = outcome.map(|page| match page {
                Page::Opportunities(open) => open,
                _ => Vec::new(),
            });
            if state.open_opportunities.0.as_ref() == Some(&call) {
                state.open_opportunities.1.take(now, outcome);
            }
        }
        // Without them a field takes any words, and Salesforce says what it thinks of them.
        (Question::Picklists(_), Ok(Page::Picklists(lists))) => fill::take_lists(state, lists),
        _ => {}
    }
}
