//! What must hold for any file a user may write for the program. Shared by the fuzz targets and by
//! the test that runs their seeds.

use callboard::{
    call::{Line, Role, Text},
    config::Config,
    console::theme::{Ability, Theme},
    triage::{Judge, Rules},
};
use jiff::{Timestamp, tz::TimeZone};

/// A config is refused with a sentence, or can be checked, shown and read again.
pub fn config(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // As the program does before it reads one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config: Config = match toml::from_str(text) {
        Ok(config) => config,
        Err(error) => return assert!(!error.message().is_empty()),
    };
    // What other files say is not what is tried here.
    config.triage.rules = None;
    let shown = config.show();
    let again: Config = toml::from_str(&shown).expect("what is shown can be read");
    assert_eq!(again.show(), shown, "and says the same");
    if !text.contains("file:") {
        let problems = config.problems();
        assert!(problems.iter().all(|problem| !problem.is_empty()));
        if problems.is_empty() {
            assert!(config.plan().is_ok(), "no problem, no error");
        }
    }
}

/// Rules are refused with a sentence and a line, or judge whatever is said.
pub fn rules(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let rules = match Rules::parse(text) {
        Ok(rules) => rules,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let mut judge = Judge::new(rules.into(), TimeZone::UTC);
    for words in [
        "the basement is flooding and I smell gas, please call me back after five",
        "eight to twelve thousand for the panel, no, make it ten",
        text,
    ] {
        judge.hear(&Line { at: Timestamp::UNIX_EPOCH, role: Role::Caller, text: Text::new(words) });
    }
    let assessment = judge.assessment();
    assert_eq!(assessment.score, assessment.bant.score());
}

/// A theme is refused with a sentence, or dresses terminals of every ability.
pub fn theme(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    for ability in [Ability::None, Ability::Sixteen, Ability::Indexed, Ability::True] {
        if let Err(error) = Theme::parse(text, ability) {
            assert!(!error.to_string().is_empty());
        }
    }
}
