//! Who is on call, for whoever asks.

use std::sync::Arc;

use axum::{Json, extract::State};
use jiff::Timestamp;

use super::server::Hub;
use crate::{
    call::Text,
    dispatch::{OnCall, Roster},
    plan,
    wire::{HolidayOnCall, OnCallNow, PersonOnCall, RosterNow},
};

/// Who is on call now, and who next.
pub async fn now(State(hub): State<Arc<Hub>>) -> Json<RosterNow> {
    let calls = hub.board.calls();
    let in_hand = |name: &Text| {
        let theirs = calls.iter().filter(|call| {
            call.owner.as_ref() == Some(name) && !call.wrapped_up && call.disposed.is_none()
        });
        u32::try_from(theirs.count()).unwrap_or(u32::MAX)
    };
    Json(at(&hub.plan, in_hand, Timestamp::now()))
}

/// Who is on call at an instant, and who next.
pub fn at(plan: &plan::Settings, in_hand: impl Fn(&Text) -> u32, now: Timestamp) -> RosterNow {
    let roster: Roster<'_> = plan.people();
    let settings = roster.settings;
    let (on_call, next) = roster.now_and_next(now);
    let days_off = settings.days_off();
    let calendar = settings.calendar(&days_off);
    let people = roster.people.iter().map(|person| PersonOnCall {
        name: person.name.clone(),
        services: person.services.iter().map(|service| Text::new(service)).collect(),
        on_call: on_call.people.iter().any(|on| on.name == person.name),
        told_by: person.tell.iter().filter_map(channel).collect(),
        in_hand: in_hand(&person.name),
    });
    RosterNow {
        zone: Text::new(settings.zone.iana_name().unwrap_or("UTC")),
        open: settings.hours.is_empty() || settings.hours.is_open(now, &calendar),
        people: people.collect(),
        holiday: holiday(&roster, now),
        now: shown(&on_call),
        next: next.as_ref().map(shown),
    }
}

/// The next holiday, today's included, and who is on call at its noon.
fn holiday(roster: &Roster<'_>, now: Timestamp) -> Option<HolidayOnCall> {
    let settings = roster.settings;
    let today = now.to_zoned(settings.zone.clone()).date();
    let ahead = settings.holidays.iter().filter(|holiday| holiday.date >= today);
    let next = ahead.min_by_key(|holiday| holiday.date)?;
    let noon = next.date.at(12, 0, 0, 0).to_zoned(settings.zone.clone()).ok()?.timestamp();
    let people = roster.on_call(noon).into_iter().map(|person| person.name.clone()).collect();
    Some(HolidayOnCall { date: next.date, name: next.name.clone(), people })
}

/// The channel of a way to be told; the address there is nobody else's business.
fn channel(way: &Text) -> Option<Text> {
    way.as_str().split(':').next().map(Text::new)
}

fn shown(on_call: &OnCall<'_>) -> OnCallNow {
    OnCallNow {
        from: on_call.from,
        until: on_call.until,
        people: on_call.people.iter().map(|person| person.name.clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Person;

    #[test]
    fn the_next_holiday_is_told_with_whoever_is_on_call_then() {
        let dispatch = toml::from_str(
            "holidays = [{ date = \"2026-12-25\", name = \"Christmas\" }, { date = \"2026-11-26\" }]",
        );
        let person = |name: &str, shifts: &str| Person {
            name: name.into(),
            shifts: shifts.parse().unwrap(),
            ..Person::default()
        };
        let plan = plan::Settings {
            dispatch: dispatch.unwrap(),
            roster: vec![person("Day", "mon-thu 08:00-18:00"), person("Feast", "holiday")],
            ..plan::Settings::default()
        };
        let holiday = |now: &str| at(&plan, |_| 0, now.parse().unwrap()).holiday;
        let next = holiday("2026-11-27T00:00:00Z").unwrap();
        assert_eq!((next.name.as_str(), next.people.len()), ("Christmas", 1));
        assert_eq!(next.people[0], "Feast".into());
        let today = holiday("2026-11-26T23:00:00Z").unwrap();
        assert_eq!(today.people, ["Day".into(), "Feast".into()], "a Thursday");
        assert_eq!(holiday("2027-01-01T00:00:00Z"), None);
    }
}
