//! Which calls go to another destination, and when.

use callboard::{
    call::{Fact, MatchKind, Party, Phone, Region},
    plan::{Change, Destination, WriteState, destination},
};

use super::story::{Story, need, service, urgency};

const NOBODY: (MatchKind, Option<&str>) = (MatchKind::Nobody, None);

fn form(change: impl FnOnce(&mut Destination)) -> Destination {
    let mut destination = Destination { name: "form".to_owned(), ..Destination::default() };
    change(&mut destination);
    destination
}

fn quote(to: Destination) -> Story {
    let mut story = Story::from("+16145550142");
    story.settings.destinations = vec![to];
    story.says("I'd like a quote for a new roof").judged(|made| {
        made.bant = need();
        made.service = service("Roofing");
        made.wants = Some("roof quote".into());
    });
    story
}

#[test]
fn rules_choose_by_source_called_number_and_trade() {
    let number = |text: &str| Phone::parse(text, &Region::default());
    for (destination_of, expected) in [
        (form(|_| ()), true),
        (form(|to| to.sources = vec!["vapi".into()]), true),
        (form(|to| to.sources = vec!["twilio".into()]), false),
        (form(|to| to.called = vec!["(614) 555-0100".into()]), true),
        (form(|to| to.called = vec!["(614) 555-0101".into()]), false),
        (form(|to| to.services = vec!["HVAC".into(), "Roofing".into()]), true),
        (form(|to| to.services = vec!["HVAC".into()]), false),
        (
            form(|to| {
                to.sources = vec!["vapi".into()];
                to.services = vec!["HVAC".into()];
            }),
            false,
        ),
    ] {
        let mut story = quote(destination_of.clone());
        let line = number("+16145550100");
        let party = Party { line, ..story.call.party().clone() };
        story.tell(Fact::Party(Box::new(party)));
        let chosen = destination(&story.call, &story.lane, &story.settings);
        assert_eq!(chosen.is_some(), expected, "{destination_of:?}");
    }
}

#[test]
fn a_call_goes_to_a_form_once_when_it_is_over() {
    let mut story = quote(form(|_| ()));
    assert_eq!(story.plan(), [], "not while it goes on");
    story.later(40).ends();
    story.plan();
    story.later(1).reports(callboard::call::Report {
        summary: Some("Wants a new roof".into()),
        ..Default::default()
    });
    story.settle(NOBODY);
    assert_eq!(story.titles(), ["Web-to-Lead"]);
    let Change::Submit { fields, silent: true, .. } = &story.lane[0].change else { panic!() };
    assert!(fields["Call_Notes__c"].as_str().unwrap().contains("Wants a new roof"));
    assert!(story.lane[0].is_unconfirmed());
    story.reports(callboard::call::Report { summary: Some("Later".into()), ..Default::default() });
    assert_eq!(story.plan(), [], "there is no way to change it");
}

#[test]
fn what_is_hot_does_not_wait_for_the_end_and_a_lane_stays_where_it_began() {
    let mut story = quote(form(|to| to.services = vec!["Roofing".into()]));
    story.judged(|made| made.urgency = urgency(5));
    story.plan();
    assert_eq!(story.titles(), ["Web-to-Lead"]);
    assert_eq!(story.lane[0].next_at, None);
    story.judged(|made| made.service = service("Plumbing"));
    story.later(60).ends();
    story.settle(NOBODY);
    assert_eq!(story.titles(), ["Web-to-Lead"]);

    let mut story = quote(form(|to| to.services = vec!["Plumbing".into()]));
    story.plan();
    story.judged(|made| made.service = service("Plumbing"));
    story.ends();
    story.settle(NOBODY);
    assert_eq!(story.titles()[..2], ["Look up caller", "New Lead"]);
}

#[test]
fn of_whom_is_suppressed_nothing_is_written() {
    let ours = [("(614) 555-0142", true), ("+16145550143", false), ("@example.org", false)];
    for (entry, suppressed) in ours {
        for everywhere in [true, false] {
            let mut story = quote(form(|to| {
                to.sources = if everywhere { vec!["none".into()] } else { Vec::new() };
                to.suppress = if everywhere { Vec::new() } else { vec![entry.into()] };
            }));
            story.settings.suppress = if everywhere { vec![entry.into()] } else { Vec::new() };
            story.ends();
            story.settle(NOBODY);
            assert_eq!(story.lane.is_empty(), suppressed, "{entry} {everywhere}");
        }
    }
    let mut story = quote(form(|to| to.sources = vec!["none".into()]));
    story.settings.suppress = vec!["@Example.com".into()];
    story.judged(|made| made.who.email = Some("jo@example.com".into()));
    assert_eq!(story.plan(), []);
    // What was begun is brought to its end.
    story.settings.suppress.clear();
    story.plan();
    story.settings.suppress = vec!["@example.com".into()];
    story.settle(NOBODY);
    assert!(story.lane.iter().all(|write| write.state == WriteState::Delivered));
    assert_eq!(story.titles(), ["Look up caller", "New Lead"]);
}
