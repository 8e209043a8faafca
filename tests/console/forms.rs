//! Forms: what is filled in, what is wrong with it, and what goes out.

use callboard::{
    call::Money,
    console::{
        FromLink, Page, Question,
        update::{Effect, Message},
    },
    wire::{
        Candidate, FromHub, OpportunityDraft, Order, Picklists, Problem, WriteDetail, WriteOrder,
    },
};
use serde_json::json;

use super::stage::Stage;
use crate::support::board;

fn draft(stage: &mut Stage, key: &str) {
    stage.press(key);
    let draft = OpportunityDraft {
        name: "Burst pipe - 123 Main St".into(),
        amount: Some(Money::dollars(4_200)),
        stage: "Qualification".into(),
        close_date: jiff::civil::date(2026, 6, 14),
        account: None,
    };
    stage.link(FromLink::Draft { call: board::id("burst"), outcome: Ok(draft) });
    stage.asked();
}

fn ordered(stage: &mut Stage) -> Option<Order> {
    match stage.asked().as_slice() {
        [Effect::Act { command, .. }] => Some(command.order.clone()),
        _ => None,
    }
}

#[test]
fn a_field_is_changed_and_goes_out_as_it_was_understood() {
    let mut stage = Stage::live(80, 24);
    draft(&mut stage, "o");
    stage.press("tab tab ctrl-u").write("9.5k");
    assert!(stage.text().contains("9.5k▏  = $9.5k"), "{}", stage.text());
    stage.press("enter enter ctrl-u").write("in 30 days");
    assert!(stage.text().contains("in 30 days▏  = "), "{}", stage.text());
    stage.press("y");
    assert_eq!(stage.asked(), [], "in a field y is a letter");
    stage.press("backspace enter y");
    let close = stage.now.to_zoned(stage.state.zone.clone()).date() + jiff::Span::new().days(30);
    assert_eq!(
        ordered(&mut stage),
        Some(Order::Opportunity {
            name: Some("Burst pipe - 123 Main St".into()),
            amount: Some(Money::dollars(9_500)),
            stage: Some("Qualification".into()),
            close_date: Some(close),
        })
    );
}

#[test]
fn what_does_not_hold_is_said_at_once_and_never_sent() {
    let mut stage = Stage::live(80, 24);
    draft(&mut stage, "o");
    stage.press("tab ctrl-u");
    assert!(stage.text().contains("✗ needed"), "{}", stage.text());
    stage.press("tab").write("x");
    assert!(stage.text().contains("✗ no amount"), "{}", stage.text());
    stage.press("down down down y");
    assert_eq!(ordered(&mut stage), None);
    assert!(stage.text().contains("Name: needed"), "{}", stage.text());
    let form = stage.state.dialog.as_ref().unwrap().form.as_ref().unwrap();
    assert_eq!(form.at, 0, "one is taken to what is wrong");
    stage.tell(Message::Paste("Pipe".to_owned())).press("tab ctrl-u tab tab tab y");
    assert!(matches!(ordered(&mut stage), Some(Order::Opportunity { amount: None, .. })));
}

#[test]
fn what_is_a_picklist_in_the_org_is_a_list_here() {
    let mut stage = Stage::live(80, 24);
    stage.press("o");
    assert!(stage.effects.contains(&Effect::Read(Question::Picklists("Opportunity".to_owned()))));
    stage.answer();
    draft(&mut stage, "esc o");
    stage.press("tab tab tab");
    assert!(stage.text().contains("← Qualification →"), "{}", stage.text());
    stage.write("c").press("down down y");
    let Some(Order::Opportunity { stage: chosen, .. }) = ordered(&mut stage) else { panic!() };
    assert_eq!(chosen, Some("Closed Won".into()), "a letter takes what begins with it");
}

#[test]
fn a_stage_the_list_does_not_know_is_kept_and_lists_that_come_late_are_taken() {
    let mut stage = Stage::live(80, 24);
    draft(&mut stage, "o");
    stage.press("tab tab tab ctrl-u").write("Our own");
    let question = Question::Picklists("Opportunity".to_owned());
    let outcome = Ok(Page::Picklists(board::picklists()));
    stage.link(FromLink::Page { question, outcome });
    assert!(stage.text().contains("← Our own →"), "{}", stage.text());
    stage.press("down down y");
    let Some(Order::Opportunity { stage: chosen, .. }) = ordered(&mut stage) else { panic!() };
    assert_eq!(chosen, Some("Our own".into()));
}

#[test]
fn a_failed_write_may_only_hold_what_a_restricted_list_has() {
    let mut stage = failed(json!({"LeadSource": "Telephone", "Company": "Chen"}));
    let lists = Picklists { sobject: "Lead".into(), ..board::picklists() };
    let question = Question::Picklists("Lead".to_owned());
    stage.press("e");
    assert!(stage.effects.contains(&Effect::Read(question.clone())));
    stage.effects.clear();
    stage.link(FromLink::Page { question, outcome: Ok(Page::Picklists(lists)) });
    stage.press("down");
    assert!(stage.text().contains("✗ not in the list"), "{}", stage.text());
    stage.press("right right down y");
    assert_eq!(edited(&mut stage), Some(json!({"do": "edit", "fields": {"LeadSource": "Web"}})));
}

#[test]
fn a_conversion_says_that_there_is_no_way_back() {
    let mut stage = Stage::live(80, 24);
    draft(&mut stage, "O");
    let text = stage.text();
    assert!(text.contains("One-way") && text.contains("no way back"), "{text}");
    assert!(!text.contains("Stage"), "{text}");
    stage.press("y");
    let order = Order::Convert {
        name: Some("Burst pipe - 123 Main St".into()),
        amount: Some(Money::dollars(4_200)),
    };
    assert_eq!(ordered(&mut stage), Some(order));
}

/// The Writes view with the failed write's fields at hand.
fn failed(fields: serde_json::Value) -> Stage {
    let mut stage = Stage::live(80, 24);
    stage.press("3");
    let mut detail = board::detail(stage.now);
    detail.summary = board::calls(stage.now).remove(2);
    let summary = board::writes(stage.now).remove(0);
    let serde_json::Value::Object(fields) = fields else { panic!("an object") };
    detail.writes = vec![WriteDetail {
        summary,
        fields,
        original: None,
        external_id: None,
        destination: None,
        attempts: vec![],
    }];
    stage.hub(FromHub::Detail(Box::new(detail)));
    stage.asked();
    stage
}

fn edited(stage: &mut Stage) -> Option<serde_json::Value> {
    match stage.asked().as_slice() {
        [Effect::Write { order, .. }] => Some(serde_json::to_value(order).unwrap()),
        _ => None,
    }
}

#[test]
fn a_failed_write_is_edited_beginning_with_what_salesforce_complains_of() {
    let fields = json!({"Budget_Range__c": 10000, "Company": "Chen", "DoNotCall": false,
                        "Description": "a\nb", "LastName": "Chen"});
    let mut stage = failed(fields);
    stage.press("e");
    let text = stage.text();
    assert!(text.contains("▌Budget_Range__c") && text.contains("1 more"), "{text}");
    stage.write("x");
    assert!(stage.text().contains("✗ no number"));
    stage.press("ctrl-u").write("9999").press("tab ctrl-u tab right up up up y");
    // Past the first field upwards is the last line.
    assert_eq!(
        edited(&mut stage),
        Some(json!({"do": "edit", "fields":
            {"Budget_Range__c": 9999, "Company": null, "DoNotCall": true}}))
    );
}

#[test]
fn a_field_is_left_out_and_nothing_changed_is_no_edit() {
    let mut stage = failed(json!({"Budget_Range__c": "x", "Company": "Chen"}));
    stage.press("e up y");
    assert_eq!(edited(&mut stage), None);
    assert!(stage.text().contains("nothing is changed"), "{}", stage.text());
    stage.press("tab ctrl-x");
    assert!(stage.text().contains("is not written"), "{}", stage.text());
    stage.press("up y");
    assert_eq!(edited(&mut stage), Some(json!({"do": "edit", "leave_out": ["Budget_Range__c"]})));
}

#[test]
fn which_record_is_meant_is_a_choice() {
    let mut stage = Stage::live(80, 24);
    let candidate = |id: &str, name: &str| Candidate {
        sobject: "Contact".into(),
        id: id.into(),
        name: Some(name.into()),
        address: Some("12 Oak Ave".into()),
        account_id: None,
        person: false,
    };
    let problem = |may_save_anyway| Problem {
        code: Problem::SEVERAL.into(),
        message: "several records have this number".into(),
        candidates: vec![candidate("003A", "Ann Poe"), candidate("003B", "Bo Poe")],
        may_save_anyway,
        ..Problem::default()
    };
    let say = |stage: &mut Stage, version, may_save_anyway| {
        let mut write = board::writes(stage.now).remove(0);
        write.problem = Some(problem(may_save_anyway));
        write.version = version;
        stage.hub(FromHub::Update {
            calls: vec![],
            gone_calls: vec![],
            writes: vec![write],
            gone_writes: vec![],
            status: None,
        });
    };
    say(&mut stage, 2, false);
    stage.press("3 e");
    let text = stage.text();
    assert!(text.contains("Bo Poe  Contact 003B") && text.contains("allows no new"), "{text}");
    stage.press("3 2 y");
    let [Effect::Write { order, .. }] = &stage.asked()[..] else { panic!("nothing is asked") };
    assert_eq!(*order, WriteOrder::Use { record: "003B".into() });
    say(&mut stage, 3, true);
    stage.press("e down down down y");
    let [Effect::Write { order, .. }] = &stage.asked()[..] else { panic!("nothing is asked") };
    assert_eq!(*order, WriteOrder::SaveAnyway);
}

#[test]
fn only_what_failed_can_be_edited() {
    let mut stage = Stage::live(80, 24);
    stage.press("3 down e");
    assert!(stage.state.dialog.is_none());
    assert!(stage.text().contains("only a failed write can be edited"));
}
