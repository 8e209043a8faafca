//! `callboard report` and `callboard export`, against a real hub.

use jiff::{Timestamp, civil, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    support::{
        stage::{ANN, Stage, VIC},
        until, vapi,
    },
    tools::{callboard, complaint, printed},
};

/// Yesterday: what is older than a few days begins when it is heard of.
fn day() -> civil::Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date().yesterday().unwrap()
}

/// From when to when that is.
fn window() -> [String; 2] {
    [day(), day().tomorrow().unwrap()].map(|day| format!("{day}T00:00:00Z"))
}

/// Three calls: one answered and ended, one missed, one still on the line.
async fn stage() -> Stage {
    let stage = Stage::set().await;
    let start = day().at(15, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
    stage
        .tell([
            vapi::status("a", "in-progress", start),
            vapi::said("a", "user", "My basement is flooding, my name is =Jane Roe", start + 3),
            vapi::dropped("a", start + 90),
            vapi::status("b", "ringing", start + 10),
            vapi::status("b", "ended", start + 40),
            vapi::status("c", "in-progress", start + 20),
        ])
        .await;
    stage.receipt(ANN, "a", json!({"do": "route"})).await;
    stage.settled().await;
    stage
}

fn ask(stage: &Stage, arguments: &[&str]) -> std::process::Output {
    let url = stage.url();
    let mut whole = arguments.to_vec();
    whole.extend(["--hub", &url]);
    callboard(&whole, &[("CALLBOARD_TOKEN", VIC)])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_tells_what_happened_in_every_format() {
    let stage = stage().await;
    let [from, to] = window();
    let report = |format: &str| {
        let arguments =
            ["report", "--from", &from, "--to", &to, "--by", "source", "--format", format];
        printed(&ask(&stage, &arguments))
    };
    until("the figures", async || {
        let told: Value = serde_json::from_str(&report("json")).unwrap();
        (told["figures"]["delivered"]["met"].as_u64() >= Some(2)).then_some(())
    })
    .await;
    let told: Value = serde_json::from_str(&report("json")).unwrap();
    let figures = &told["figures"];
    assert_eq!(figures["offered"], 2, "who is on the line is not over");
    assert_eq!(figures["missed"], 1);
    assert_eq!(figures["answered"], json!({"met": 1, "of": 2}));
    assert_eq!(figures["captured"]["met"], 2);
    assert_eq!(figures["time_to_route"]["count"], 1);
    assert_eq!(figures["revenue_at_risk"], "700");
    assert_eq!(told["groups"][0]["name"], "vapi");
    assert_eq!(told["groups"][0]["figures"]["offered"], 2);

    let table = report("table");
    assert!(table.contains("Answer rate           50.0 % (1 of 2)"), "{table}");
    assert!(table.lines().next().unwrap().starts_with(&format!("Test Plumbing, {} 00:00", day())));
    assert!(report("md").contains("| Missed | 1 |"));
    assert!(report("csv").contains("vapi,missed,Missed,1"));
    let page = report("html");
    assert!(page.contains("<svg") && page.contains("default-src 'none'"));
    assert!(!page.contains("<script") && !page.contains("http://"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_org_no_figure_is_about_one() {
    let stage = Stage::set_as(|options| options.salesforce = None).await;
    let start = Timestamp::now().as_second() - 60;
    stage.tell([vapi::status("b", "ringing", start), vapi::status("b", "ended", start + 30)]).await;
    let report = |by: &str| printed(&ask(&stage, &["report", "--from", "1h", "--by", by]));
    let told = until("the figures", async || {
        let told = report("source");
        told.contains("Calls offered         1").then_some(told)
    })
    .await;
    for figure in ["Capture rate", "CRM latency", "Delivery success", "API calls"] {
        assert!(!told.contains(figure), "{figure}: {told}");
    }
    assert!(told.contains("Booking rate"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_a_line_for_each_and_leaves_out_what_it_is_told_to() {
    let stage = stage().await;
    let [from, to] = window();
    let window = ["--from", &from, "--to", &to];
    let export = |rest: &[&str]| {
        let mut arguments = vec!["export", "calls"];
        arguments.extend(window);
        arguments.extend(rest);
        printed(&ask(&stage, &arguments))
    };
    let all = export(&[]);
    let rows: Vec<Value> = all.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<&str> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["vapi:a", "vapi:b"], "by when they began");
    assert!(rows[0]["phone"].as_str().unwrap().starts_with("+1212555"));
    let redacted = export(&["--redact", "name,phone"]);
    assert!(!redacted.contains("+1212555") && !redacted.contains("Jane"), "{redacted}");

    let sheet = export(&["--format", "csv"]);
    let mut reader = csv::Reader::from_reader(sheet.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 2);
    let phone = header.iter().position(|name| name == "phone").unwrap();
    assert!(rows[0][phone].starts_with("+1212555"));

    let writes = printed(&ask(&stage, &["export", "writes"]));
    assert!(writes.lines().count() >= 3, "{writes}");
    assert!(writes.contains("\"title\":\"New Lead\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_refused_with_what_would() {
    let stage = Stage::set().await;
    for (arguments, expected) in [
        (&["report", "--by", "weather"][..], "hour, day, source or service"),
        (&["report", "--from", "yesterdayish"], "2026-11-21"),
        (&["report", "--from", "2026-04-15", "--to", "2026-04-14"], "from has to lie before to"),
        (&["export", "secrets"], "possible values"),
    ] {
        let said = complaint(&ask(&stage, arguments));
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
    // Nothing yet is nothing wrong.
    assert_eq!(printed(&ask(&stage, &["export", "calls"])), "");
    assert!(printed(&ask(&stage, &["report"])).contains("Calls offered         0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn yesterday_is_the_whole_day_before_by_the_business_clock() {
    let stage = stage().await;
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("callboard.toml");
    let report = |zone: &str| -> Value {
        std::fs::write(&config, format!("[business]\nzone = \"{zone}\"\n")).unwrap();
        let config = config.to_str().unwrap();
        let days = ["report", "--config", config, "--from", "yesterday", "--to", "today"];
        let told = printed(&ask(&stage, &[&days[..], &["--format", "json"]].concat()));
        serde_json::from_str(&told).unwrap()
    };
    let told = until("yesterday's figures", async || {
        let told = report("UTC");
        (told["figures"]["offered"] == 2).then_some(told)
    })
    .await;
    let time = |value: &Value| value.as_str().unwrap().parse::<Timestamp>().unwrap();
    let [from, to] = window().map(|at| at.parse::<Timestamp>().unwrap());
    let window = |told: &Value| (time(&told["window"]["from"]), time(&told["window"]["to"]));
    assert_eq!(window(&told), (from, to));
    // Elsewhere the day begins at another hour.
    let there = TimeZone::get("Asia/Kolkata").unwrap();
    let today = Timestamp::now().to_zoned(there.clone()).date();
    let midnight = |day: civil::Date| day.to_zoned(there.clone()).unwrap().timestamp();
    let expected = (midnight(today.yesterday().unwrap()), midnight(today));
    assert_eq!(window(&report("Asia/Kolkata")), expected);
}
