//! The hours in which nobody is there who could be told.

use jiff::Timestamp;

use super::roster::{Person, Roster};

impl Roster<'_> {
    /// The spans between `from` and `to` in which nobody who can be told is on call, or with a
    /// trade nobody who does it; one that goes on is told once. They are looked for within a week.
    pub fn gaps(
        &self,
        service: Option<&str>,
        from: Timestamp,
        to: Timestamp,
    ) -> Vec<(Timestamp, Timestamp)> {
        let helps = |person: &&Person| {
            !person.tell.is_empty() && (service.is_none() || person.does(service))
        };
        let mut changes: Vec<Timestamp> = vec![from];
        changes.extend(self.edges(from).into_iter().filter(|edge| *edge < to));
        let mut gaps: Vec<(Timestamp, Timestamp)> = Vec::new();
        for (place, begins) in changes.iter().enumerate() {
            if self.on_call(*begins).iter().any(helps) {
                continue;
            }
            let ends = changes.get(place + 1).copied().unwrap_or(to);
            match gaps.last_mut().filter(|gap| gap.1 == *begins) {
                Some(gap) => gap.1 = ends,
                None => gaps.push((*begins, ends)),
            }
        }
        gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Settings;

    #[test]
    fn hours_without_anybody_who_can_be_told_are_found_and_joined() {
        let person = |name: &str, shifts: &str, services: &[&str]| Person {
            name: name.into(),
            shifts: shifts.parse().unwrap(),
            services: services.iter().map(|it| (*it).to_owned()).collect(),
            tell: vec!["office".into()],
            ..Person::default()
        };
        let mut people = vec![
            person("Ann", "mon-fri 08:00-18:00", &["HVAC", "Plumbing"]),
            person("Sam", "mon-fri 18:00-08:00", &["Plumbing"]),
        ];
        let settings = Settings::default();
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        // A Wednesday noon, and the one after.
        let (from, to) = (at("2026-11-25T12:00:00Z"), at("2026-12-02T12:00:00Z"));
        let weekend = (at("2026-11-28T08:00:00Z"), at("2026-11-30T08:00:00Z"));
        let gaps = |people: &[Person], service| {
            Roster { people, settings: &settings }.gaps(service, from, to)
        };
        assert_eq!(gaps(&people, None), [weekend]);
        assert_eq!(gaps(&people, Some("Plumbing")), [weekend]);
        let hvac = gaps(&people, Some("HVAC"));
        assert_eq!(hvac[0], (at("2026-11-25T18:00:00Z"), at("2026-11-26T08:00:00Z")));
        assert_eq!(hvac[2], (at("2026-11-27T18:00:00Z"), weekend.1), "night and weekend are one");
        people[1].tell.clear();
        assert_eq!(gaps(&people, None), hvac, "who can't be told is no help");
    }
}
