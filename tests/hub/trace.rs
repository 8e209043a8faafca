//! The worked example of scoring while they speak: what was heard reaches Salesforce during the
//! call, and stays when the line drops.

use crate::support::{stage::Stage, vapi};

/// 2026-04-14 10:23:00 UTC.
const START: i64 = 1_776_162_180;

#[tokio::test(flavor = "multi_thread")]
async fn the_score_is_in_salesforce_while_they_speak_and_survives_a_dropped_line() {
    let stage = Stage::set().await;
    stage.tell([vapi::status("trace", "in-progress", START)]).await;
    let line = "We would need to be up and running by the end of Q2.";
    stage.tell([vapi::said("trace", "user", line, START + 47)]).await;
    stage.lead_with("trace", |lead| lead["AI_Qualification_Score__c"] == 25.0).await;

    let asked = "Do you have a budget in mind, an MVP perhaps? No problem if not.";
    stage.tell([vapi::said("trace", "assistant", asked, START + 60)]).await;
    let line = "We have about $50k set aside.";
    stage.tell([vapi::said("trace", "user", line, START + 72)]).await;
    let lead = stage.lead_with("trace", |lead| lead["AI_Qualification_Score__c"] == 50.0).await;
    assert_eq!(lead["Budget_Range__c"], 50_000.0);

    stage.tell([vapi::status("trace", "ended", START + 98)]).await;
    stage.tell([vapi::dropped("trace", START + 99)]).await;
    stage.settled().await;
    let lead = stage.lead("trace").unwrap();
    assert_eq!(lead["AI_Qualification_Score__c"], 50.0);
    let last = lead["Last_AI_Contact__c"].as_str().unwrap();
    assert!(last.starts_with("2026-04-14T10:24"), "{last}");
}
