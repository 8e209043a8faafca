//! Who calls: a script with a person in it and every choice made.

use super::scripts::{End, Line, Script, decide};

/// Area codes around Columbus, Ohio.
const AREAS: &[&str] = &["614", "380", "740", "937"];
const FIRST: &[&str] = &[
    "Alex", "Brooke", "Carlos", "Dana", "Elena", "Frank", "Grace", "Hassan", "Ivy", "Jorge",
    "Keiko", "Luis", "Monique", "Nate", "Olivia", "Pete", "Quinn", "Rashid", "Sofia", "Trevor",
];
const LAST: &[&str] = &[
    "Ortiz",
    "Chen",
    "Baker",
    "Hughes",
    "Mensah",
    "Kowalczyk",
    "Rossi",
    "Abdi",
    "Fischer",
    "Gutierrez",
    "Lindqvist",
    "Murphy",
    "Nakamura",
    "Owens",
    "Petrov",
    "Reed",
    "Silva",
    "Tran",
    "Vance",
    "Young",
];
const STREETS: &[&str] = &[
    "Maple Ridge Drive",
    "Oakland Park Avenue",
    "East Whittier Street",
    "Clintonville Road",
    "Indianola Avenue",
    "Bryden Road",
    "Sullivant Avenue",
    "Henderson Road",
    "Arden Road",
    "Kelso Road",
    "Neil Avenue",
    "Livingston Avenue",
];

/// A script ready to be played.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    /// Its script, for the tests to name.
    #[cfg(test)]
    pub script: String,
    /// E.164; none for a withheld number.
    pub phone: Option<String>,
    /// What the network tells of the caller's name.
    pub shown_name: Option<String>,
    pub lines: Vec<Line>,
    pub end: End,
    pub missed: bool,
    pub abandon: bool,
    pub silence: bool,
}

/// Deals scripts so that all are played before one comes again.
#[derive(Debug)]
pub(super) struct Troupe {
    scripts: Vec<Script>,
    deck: Vec<usize>,
    random: fastrand::Rng,
}

impl Troupe {
    pub(super) fn new(scripts: Vec<Script>, seed: u64) -> Self {
        Self { scripts, deck: Vec::new(), random: fastrand::Rng::with_seed(seed) }
    }

    /// The next call.
    pub(super) fn next(&mut self) -> Cast {
        if self.deck.is_empty() {
            self.deck = (0..self.scripts.len()).collect();
            self.random.shuffle(&mut self.deck);
        }
        let place = self.deck.pop().unwrap_or(0);
        let script = self.scripts[place].clone();
        cast(&script, &mut self.random)
    }

    /// The call with that script, for an opening that shows what matters.
    pub(super) fn take(&mut self, name: &str) -> Cast {
        match self.scripts.iter().position(|script| script.name == name) {
            Some(place) => {
                self.deck.retain(|other| *other != place);
                let script = self.scripts[place].clone();
                cast(&script, &mut self.random)
            }
            None => self.next(),
        }
    }
}

fn cast(script: &Script, random: &mut fastrand::Rng) -> Cast {
    let pick = |from: &'static [&'static str], random: &mut fastrand::Rng| {
        from[random.usize(..from.len())]
    };
    let name = script
        .caller
        .clone()
        .unwrap_or_else(|| format!("{} {}", pick(FIRST, random), pick(LAST, random)));
    let first = name.split(' ').next().unwrap_or_default().to_owned();
    let street = format!("{} {}", random.u16(11..4900), pick(STREETS, random));
    let lines = script.lines().into_iter().map(|line| {
        let said = decide(&line.text, random);
        let said =
            said.replace("$name", &name).replace("$first", &first).replace("$street", &street);
        Line { text: said, ..line }
    });
    let lines = lines.collect();
    let phone = script.phone.clone().or_else(|| {
        // One in twelve withholds the number.
        let area = pick(AREAS, random);
        let number = if area == "614" { random.u8(0..100) } else { random.u8(100..200) % 100 };
        // The shop's own contacts hold 614-555-0118 and up.
        let number = if area == "614" { number % 17 } else { number };
        (random.u8(..12) != 0).then(|| format!("+1{area}55501{number:02}"))
    });
    Cast {
        #[cfg(test)]
        script: script.name.clone(),
        phone,
        shown_name: script.caller_id.then(|| name.clone()),
        lines,
        end: script.end,
        missed: script.missed,
        abandon: script.abandon,
        silence: script.silence,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::sandbox::callers::scripts;

    #[test]
    fn all_scripts_are_played_before_one_comes_again() {
        let mut troupe = Troupe::new(scripts::all(), 5);
        let count = troupe.scripts.len();
        let names: BTreeSet<String> = (0..count).map(|_| troupe.next().script).collect();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn strangers_have_fictional_numbers_nobody_in_the_org_has() {
        let mut troupe = Troupe::new(scripts::all(), 5);
        for _ in 0..500 {
            let call = troupe.next();
            for line in &call.lines {
                assert!(!line.text.contains("$name") && !line.text.contains("$street"));
            }
            let Some(phone) = call.phone else { continue };
            assert!(phone.len() == 12 && phone[5..].starts_with("55501"), "{phone}");
        }
    }

    #[test]
    fn the_same_script_is_not_the_same_call() {
        let mut troupe = Troupe::new(scripts::all(), 5);
        let calls: BTreeSet<String> =
            (0..8).map(|_| format!("{:?}", troupe.take("water-heater-quote").lines)).collect();
        assert!(calls.len() > 4);
    }
}
