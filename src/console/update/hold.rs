//! Holding what goes to a destination, and letting it flow again.

use super::{Effect, ask, say};
use crate::{
    call::Text,
    console::{
        state::{Ask, Place, State},
        text::{age, seconds_between},
    },
    wire::{Destination, OperatorRole, Status},
};

/// Asks which destination is meant.
pub(super) fn open(state: &mut State) {
    if state.hello.as_ref().is_some_and(|hello| hello.role < OperatorRole::Admin) {
        say(state, true, "only an admin may hold what goes to Salesforce");
        return;
    }
    let places = places(state);
    if places.is_empty() {
        say(state, true, "there is nothing to hold: the hub writes to no destination");
        return;
    }
    ask::show(state, Ask::Hold { places, chosen: 0 }, String::new());
}

/// The destinations there are, the connected org first.
fn places(state: &State) -> Vec<Place> {
    let Some(status) = &state.status else { return Vec::new() };
    let org = std::iter::once((None, &status.salesforce));
    let others = status.destinations.iter().map(|it| (Some(it.name.clone()), &it.link));
    let place = |(name, link): (Option<Text>, &Destination)| {
        let doing = match link {
            Destination::None => return None,
            Destination::Open => "writes flow".to_owned(),
            Destination::Paused => "HELD by an operator".to_owned(),
            Destination::Broken { since, problem, .. } => {
                let long = age(seconds_between(*since, state.hub_now()));
                format!("out of order for {long}: {}", problem.code)
            }
        };
        Some(Place { name, held: *link == Destination::Paused, doing })
    };
    org.chain(others).filter_map(place).collect()
}

/// Asks the hub for it.
pub(super) fn run(state: &mut State, places: &[Place], chosen: usize, effects: &mut Vec<Effect>) {
    let Some(place) = places.get(chosen) else { return };
    let verb = if place.held { "let flow" } else { "hold" };
    say(state, false, format!("{verb} {} …", place.shown()));
    effects.push(Effect::Hold { destination: place.name.clone(), hold: !place.held });
}

/// The hub's answer.
pub(super) fn answer(
    state: &mut State,
    destination: Option<&Text>,
    hold: bool,
    outcome: Result<Box<Status>, String>,
) {
    let name = destination.map_or("Salesforce", Text::as_str).to_owned();
    match outcome {
        Ok(status) => {
            state.status = Some(*status);
            let text = if hold {
                format!("{name}: writes are held; none is lost, and the same key lets them flow")
            } else {
                format!("{name}: writes flow again")
            };
            say(state, false, text);
        }
        Err(why) => say(state, true, format!("not done: {name} is as it was ({why})")),
    }
}
