//! A business's own rules: they add to the shipped ones, and are checked.

use std::sync::Arc;

use callboard::triage::Rules;

use super::{caller, hear, judge_by};

#[test]
fn a_trade_and_its_words_can_be_added() {
    let rules = r#"
version = "pools-1"
[things.pool]
trade = "Pools"
is = ["fixture"]
words = ["swimming pool", "pool|pools", "alberca"]
[[rule]]
name = "green-pool"
says = "degraded"
trade = "Pools"
wants = "green pool"
when = ["<pool> ..4 green"]
"#;
    let rules = Arc::new(Rules::parse(rules).unwrap());
    assert!(rules.version().as_str().ends_with("pools-1"));
    let judged = judge_by(&rules, &[caller("Our pool turned all green")]);
    assert_eq!(judged.service.unwrap().0.as_str(), "Pools");
    assert_eq!(judged.urgency.level(), 3);
    assert_eq!(judged.wants.unwrap().as_str(), "green pool");
    assert_eq!(judged.rules, *rules.version());
    let shipped = hear("Our pool turned all green").service;
    assert!(shipped.is_none_or(|service| service.0.as_str() != "Pools"));
}

#[test]
fn a_rule_can_be_replaced_and_switched_off() {
    let rules = Arc::new(Rules::parse("version = \"x\"\noff = [\"chirp\"]").unwrap());
    let chirp = |rules: &Arc<Rules>| {
        let judged = judge_by(rules, &[caller("my smoke alarm chirps")]);
        judged.evidence.iter().any(|e| e.rule.as_str() == "chirp")
    };
    assert!(chirp(&Rules::shipped()));
    assert!(!chirp(&rules));
}

#[test]
fn a_rule_set_can_stand_alone() {
    let rules = "version = \"bare\"\nextends = false\n[[rule]]\nname = \"fire\"\nsays = \
                 \"hazard\"\ntrade = \"Fire\"\nwhen = [\"fire\"]";
    let rules = Arc::new(Rules::parse(rules).unwrap());
    assert_eq!(judge_by(&rules, &[caller("fire")]).urgency.level(), 5);
    assert_eq!(judge_by(&rules, &[caller("my basement is flooding")]).urgency.level(), 1);
}

#[test]
fn a_rule_can_need_another_beside_it() {
    let rules = r#"
version = "x"
[[rule]]
name = "lid-open"
says = "sign"
when = ["lid ..2 open"]
[[rule]]
name = "draught"
says = "degraded"
with = ["lid-open"]
when = ["draughty"]
"#;
    let rules = Arc::new(Rules::parse(rules).unwrap());
    let level = |lines: &[_]| judge_by(&rules, lines).urgency.level();
    let (open, draughty) = (caller("The lid is open."), caller("It's draughty."));
    assert_eq!(level(std::slice::from_ref(&open)), 1);
    assert_eq!(level(std::slice::from_ref(&draughty)), 1);
    assert_eq!(level(&[draughty, open]), 3);
}

#[test]
fn what_no_pattern_hears_is_weighed() {
    let said = "Something over the stove is crackling and the paint above it is turning black";
    let weighed = hear(said);
    let heard = weighed.evidence.iter().map(|e| e.rule.as_str()).collect::<Vec<_>>();
    assert_eq!(weighed.urgency.level(), 5, "{heard:?}");
    assert!(heard.contains(&"sounds-like-danger"), "{heard:?}");
    let off = "version = \"x\"\noff = [\"sounds-like-danger\", \"sounds-like-today\"]";
    let off = Arc::new(Rules::parse(off).unwrap());
    assert!(judge_by(&off, &[caller(said)]).urgency.level() < 4);
}

#[test]
fn what_is_wrong_is_named_with_its_line() {
    for (text, line, reason) in [
        ("version = 1", 1, "expected a string"),
        ("version = \"x\"\nrools = 1", 2, "unknown field `rools`"),
        (
            "version = \"x\"\n[[rule]]\nname = \"a\"\nsays = \"hazzard\"\nwhen = [\"x\"]",
            4,
            "unknown variant `hazzard`",
        ),
        (
            "version = \"x\"\n\n[[rule]]\nname = \"a\"\nsays = \"hazard\"\nwhen = [\n\"<nothing>\"]",
            7,
            "there is no concept `nothing`",
        ),
        ("version = \"x\"\n[words]\nnot = [\"a*b c\"]", 3, "`*` that does not end its last word"),
        ("version = \"x\"\n[words]\nnot = [\"a||b\"]", 3, "empty alternative"),
        ("version = \"x\"\n[things.pool]\nwords = [\"pool\"]", 3, "names no trade"),
        (
            "version = \"x\"\n[[rule]]\nname = \"a\"\nsays = \"hazard\"\nwhen = [\"a ..x b\"]",
            5,
            "is not a gap",
        ),
        (
            "version = \"x\"\n[[rule]]\nname = \"a\"\nsays = \"hazard\"\nwhen = [\"a\"]\nwith = [\"b\"]",
            6,
            "there is no rule `b`",
        ),
        (
            "version = \"x\"\n[[rule]]\nname = \"a\"\nsays = \"hazard\"\nweighed = { question = \"luck\", from = 0 }",
            5,
            "there are no weights for `luck`",
        ),
        (
            "version = \"x\"\n[[rule]]\nname = \"a\"\nsays = \"hazard\"\nwants = \"wet {place}\"\nwhen = [\"x\"]",
            3,
            "only {thing} is filled in",
        ),
        ("version = \"x\"\noff = [\n\"chirrp\"]", 3, "there is no rule `chirrp`"),
        (
            "version = \"x\"\n\n[[rule]]\nname = \"a\"\nsays = \"hazard\"",
            4,
            "the rule `a` needs either `when` or `weighed`",
        ),
        (
            "version = \"x\"\n\n[[rule]]\nname = \"a\"\nsays = \"hazard\"\nwhen = [\"x\"]\nweighed = { question = \"hazard\", from = 0 }",
            4,
            "the rule `a` needs either `when` or `weighed`",
        ),
    ] {
        let error = Rules::parse(text).unwrap_err();
        assert_eq!(error.line, line, "{text}\n{error}");
        assert!(error.reason.contains(reason), "{error}");
    }
}
