//! A board as a hub would tell of it.

use callboard::{
    call::{
        Assessment, AttemptOutcome, Bant, CallId, CallState, Callback, CallbackAttempt, Claim,
        Disposed, Disposition, Evidence, Line, MatchKind, Money, Phone, Rating, Region, Role,
        Service, Signal, SourceName, Text, Urgency,
    },
    wire::{
        ActionSummary, CallDetail, CallSummary, Destination, FigureGroup, Figures, FromHub, Hello,
        LogEntry, LogPage, NoticeState, NoticeSummary, OnCallNow, OpenOpportunity, OperatorRole,
        Owner, PersonOnCall, Picklist, Picklists, Problem, Record, Report, RosterNow, Share,
        Spread, Status, Sync, Window, WriteDetail, WriteState, WriteSummary,
    },
};
use jiff::{SignedDuration, Timestamp};

/// 14:03:30 in Columbus, Ohio, on 14 April 2026.
pub fn noon() -> Timestamp {
    "2026-04-14T18:03:30Z".parse().unwrap()
}

pub fn ago(now: Timestamp, seconds: i64) -> Timestamp {
    now - SignedDuration::from_secs(seconds)
}

pub fn id(name: &str) -> CallId {
    CallId::new(&SourceName::new("vapi"), name)
}

pub fn hello(now: Timestamp) -> Hello {
    let owner = |name: &str, owner_id: &str, services: &[&str]| Owner {
        name: name.into(),
        owner_id: owner_id.into(),
        services: services.iter().map(|service| Text::from(*service)).collect(),
    };
    Hello {
        protocol: callboard::wire::PROTOCOL,
        version: "0.1.0".into(),
        operator: "Dana".into(),
        role: OperatorRole::Dispatcher,
        now,
        zone: "America/New_York".into(),
        business: "Buckeye Home Services".into(),
        demo: true,
        grace_seconds: 15,
        owners: vec![
            owner("Sam K.", "0055g000001AAAAAA1", &["Plumbing"]),
            owner("Lee P.", "0055g000001AAAAAA2", &["HVAC", "Electrical"]),
            owner("Estimators", "00G5g000001AAAAAA3", &[]),
        ],
        places_calls: true,
    }
}

pub fn status() -> Status {
    Status {
        api_used: Some(412),
        api_limit: Some(15_000),
        api_calls: 96,
        phone_calls: 41,
        unfinished_writes: 2,
        ..Status::at_start(Destination::Open)
    }
}

pub fn call(now: Timestamp, name: &str, urgency: u8, state: CallState, age: i64) -> CallSummary {
    let urgency = Urgency::new(urgency).unwrap();
    let over = !state.is_live();
    CallSummary {
        id: id(name),
        version: 1,
        state,
        stale: false,
        began_at: ago(now, age),
        answered_at: None,
        ended_at: over.then(|| ago(now, age)),
        duration_seconds: over.then_some(95),
        name: None,
        phone: None,
        outbound: false,
        do_not_call: None,
        known: Some(MatchKind::Nobody),
        urgency,
        rating: Rating::of(urgency, urgency.level() >= 2),
        score: 25,
        service: None,
        budget: None,
        wants: None,
        callback: None,
        owner: None,
        proposal: None,
        proposal_reason: None,
        claim: None,
        disposed: None,
        notice: None,
        callback_notice: None,
        call_back: None,
        sync: Sync::Done,
        taken_by: None,
        wrapped_up: false,
    }
}

/// The calls of the design's picture, and some of every other kind.
pub fn calls(now: Timestamp) -> Vec<CallSummary> {
    let phone = |raw: &str| Phone::parse(raw, &Region::default());
    let service = |name: &str| Some(Service(name.into()));
    let callback =
        |due: i64, asked| Some(Callback { due: ago(now, -due), asked, ..Callback::default() });
    vec![
        CallSummary {
            phone: phone("+15550104477"),
            wants: Some("EMERGENCY burst pipe, flooding basement".into()),
            service: service("Plumbing"),
            score: 50,
            sync: Sync::Pending,
            proposal: Some("Sam K.".into()),
            proposal_reason: Some("on call, Plumbing, nothing in hand".into()),
            ..call(now, "burst", 5, CallState::Talking, 42)
        },
        CallSummary {
            name: Some("Maria Alvarez".into()),
            phone: phone("+16145550142"),
            known: Some(MatchKind::Contact),
            wants: Some("No heat, newborn at home".into()),
            service: service("HVAC"),
            owner: Some("Lee P.".into()),
            notice: Some(NoticeSummary {
                to: "Lee P.".into(),
                state: NoticeState::Waiting,
                deadline: Some(ago(now, -240)),
                told_at: None,
                waits_until: None,
                acknowledged_by: None,
                problem: None,
                reason: None,
            }),
            ..call(now, "heat", 4, CallState::Talking, 131)
        },
        CallSummary {
            name: Some("Alex Chen".into()),
            phone: phone("+16145550167"),
            wants: Some("HVAC replacement".into()),
            service: service("HVAC"),
            budget: Some(Money::dollars(10_000)),
            score: 75,
            sync: Sync::Failed,
            proposal: Some("Lee P.".into()),
            claim: Some(Claim {
                operator: "Lee".into(),
                since: ago(now, 60),
                until: ago(now, -840),
            }),
            ..call(now, "quote", 3, CallState::Talking, 64)
        },
        CallSummary {
            phone: phone("+16145550188"),
            wants: None,
            known: None,
            score: 0,
            sync: Sync::Nothing,
            ..call(now, "ringing", 1, CallState::Ringing, 5)
        },
        CallSummary {
            name: Some("Jane Whitfield".into()),
            phone: phone("+16145550123"),
            known: Some(MatchKind::Contact),
            wants: Some("Smart thermostat".into()),
            service: service("HVAC"),
            score: 50,
            owner: Some("Lee P.".into()),
            callback: callback(1_500, true),
            ..call(now, "thermostat", 2, CallState::Ended, 395)
        },
        CallSummary {
            phone: phone("+16145550121"),
            wants: Some("no message".into()),
            score: 0,
            callback: callback(-260, false),
            ..call(now, "missed", 1, CallState::Missed, 560)
        },
        CallSummary {
            name: Some("Chidi Okafor-Vandermeulen".into()),
            phone: phone("+16145550199"),
            known: Some(MatchKind::Lead),
            wants: Some("Roof leak over the garage".into()),
            service: service("Roofing"),
            budget: Some(Money::dollars(4_250)),
            score: 100,
            sync: Sync::Retrying,
            callback: Some(Callback {
                promised: ago(now, 300),
                owner: Some("Sam K.".into()),
                attempts: vec![CallbackAttempt {
                    at: ago(now, 400),
                    operator: "Dana".into(),
                    outcome: AttemptOutcome::NoAnswer,
                    note: Some("rang twice".into()),
                }],
                calls: vec![id("roof-again")],
                ..callback(600, true).unwrap()
            }),
            ..call(now, "roof", 3, CallState::Ended, 1_260)
        },
        CallSummary {
            name: Some("Priya Raman".into()),
            wants: Some("Panel upgrade for an EV charger".into()),
            service: service("Electrical"),
            score: 75,
            sync: Sync::Held,
            disposed: Some(Disposed {
                at: ago(now, 30),
                operator: "Dana".into(),
                disposition: Disposition::NotBooked,
                reason: Some("wants three quotes".into()),
            }),
            ..call(now, "chat", 2, CallState::Chat, 4_000)
        },
    ]
}

fn problem() -> Problem {
    Problem {
        code: "FIELD_CUSTOM_VALIDATION_EXCEPTION".into(),
        message: "Budget above $9,999 needs an estimator as owner.".into(),
        fields: vec!["Budget_Range__c".into()],
        advice: Some("route the call to Estimators, then retry".into()),
        ..Problem::default()
    }
}

pub fn write(
    now: Timestamp,
    name: &str,
    call: &str,
    title: &str,
    state: WriteState,
) -> WriteSummary {
    WriteSummary {
        id: name.to_owned(),
        call: id(call),
        version: 1,
        title: title.into(),
        sobject: "Lead".into(),
        state,
        attempts: 1,
        created_at: ago(now, 60),
        changed_at: ago(now, 20),
        next_at: None,
        problem: None,
        record: None,
        operator: None,
        unconfirmed: false,
    }
}

pub fn writes(now: Timestamp) -> Vec<WriteSummary> {
    let locked = Problem {
        code: "UNABLE_TO_LOCK_ROW".into(),
        message: "unable to obtain exclusive access to this record".into(),
        ..Problem::default()
    };
    vec![
        WriteSummary {
            attempts: 3,
            problem: Some(problem()),
            ..write(now, "w-quote", "quote", "Update Lead", WriteState::Failed)
        },
        WriteSummary {
            attempts: 2,
            next_at: Some(ago(now, -12)),
            problem: Some(locked),
            ..write(now, "w-roof", "roof", "Update Lead", WriteState::Retrying)
        },
        WriteSummary {
            attempts: 0,
            ..write(now, "w-burst", "burst", "Update Lead", WriteState::Pending)
        },
        WriteSummary {
            record: Some("00Q5g00000XYZEAN".into()),
            ..write(now, "w-burst-0", "burst", "New Lead", WriteState::Delivered)
        },
        WriteSummary {
            operator: Some("Dana".into()),
            record: Some("0035g00000ABCQAB".into()),
            ..write(now, "w-heat", "heat", "Route to Lee P.", WriteState::Delivered)
        },
    ]
}

pub fn snapshot(now: Timestamp) -> FromHub {
    FromHub::Snapshot { calls: calls(now), writes: writes(now), status: status() }
}

/// What was said in the burst pipe's call, with its evidence.
pub fn detail(now: Timestamp) -> CallDetail {
    let spoken = [
        (38, Role::Agent, "Buckeye Home Services, how can I help?"),
        (33, Role::Caller, "My basement is flooding! A pipe burst and water is everywhere."),
        (26, Role::Agent, "I'm getting someone to you now. What's the address?"),
        (4, Role::Caller, "I need someone NOW, it's 123 Main Street"),
    ];
    let lines: Vec<Line> = spoken
        .into_iter()
        .map(|(age, role, text)| Line { at: ago(now, age), role, text: text.into() })
        .collect();
    let evidence = [(1, "flooding"), (1, "pipe burst"), (3, "NOW")].map(|(line, words)| {
        let text = &lines[line].text;
        let start = text.as_str().find(words).unwrap();
        let span = start..start + words.len();
        Evidence::new(Signal::Urgency, "emergency".into(), line, span, text)
    });
    let writes = writes(now)
        .into_iter()
        .filter(|write| write.call == id("burst"))
        .map(|summary| WriteDetail {
            summary,
            original: None,
            destination: None,
            external_id: None,
            fields: serde_json::Map::new(),
            attempts: Vec::new(),
        })
        .collect();
    CallDetail {
        summary: calls(now).remove(0),
        lines,
        partials: vec![Line { at: now, role: Role::Caller, text: "please hurry the".into() }],
        assessment: Assessment {
            urgency: Urgency::EMERGENCY,
            rating: Rating::Hot,
            service: Some(Service("Plumbing".into())),
            bant: Bant { need: true, timeline: true, ..Bant::default() },
            score: 50,
            evidence: evidence.to_vec(),
            ..Assessment::default()
        },
        records: vec![Record { sobject: "Lead".into(), id: "00Q5g00000XYZEAN".into(), url: None }],
        email: None,
        address: Some("123 Main Street".into()),
        summary_text: None,
        recording: Some("https://example.com/recording.wav".into()),
        end_reason: None,
        actions: vec![ActionSummary {
            id: "a-1".to_owned(),
            at: ago(now, 10),
            operator: "Dana".into(),
            what: "urgency 5".into(),
        }],
        writes,
    }
}

/// A page of the log: 50 entries, the newest numbered `newest`.
pub fn log_page(now: Timestamp, newest: u64) -> LogPage {
    let entry = |seq: u64| {
        let (operator, action, what, call) = match seq % 4 {
            0 => ("Dana", "route", "routed it to Sam K.", Some(id("burst"))),
            1 => ("Lee", "claim", "claimed it", Some(id("quote"))),
            2 => ("Dana", "wrap_up", "wrapped it up", Some(id("gone"))),
            _ => ("Avery", "token.add", "made a token for Lee, dispatcher", None),
        };
        let age = i64::try_from(newest - seq).unwrap() * 1_700;
        LogEntry {
            seq,
            at: ago(now, age),
            operator: operator.into(),
            action: action.into(),
            what: what.into(),
            call,
        }
    };
    let entries: Vec<LogEntry> =
        (newest.saturating_sub(49).max(1)..=newest).rev().map(entry).collect();
    let before = entries.last().map(|entry| entry.seq).filter(|seq| *seq > 1);
    LogPage { entries, before }
}

/// The lists of an Opportunity, and of a Lead under the same name.
pub fn picklists() -> Picklists {
    let list = |values: &[&str], restricted| Picklist {
        values: values.iter().map(|value| Text::from(*value)).collect(),
        restricted,
    };
    Picklists {
        sobject: "Opportunity".into(),
        fields: [
            ("StageName", list(&["Prospecting", "Qualification", "Closed Won"], false)),
            ("LeadSource", list(&["Phone", "Web"], true)),
        ]
        .map(|(name, list)| (name.to_owned(), list))
        .into(),
    }
}

/// What is open with a customer.
pub fn opportunities() -> Vec<OpenOpportunity> {
    let one = |name: &str, stage: &str, amount, close: &str| OpenOpportunity {
        record: Record {
            sobject: "Opportunity".into(),
            id: "0065g00000AAAAAAA1".into(),
            url: None,
        },
        name: name.into(),
        stage: stage.into(),
        amount,
        close_date: Some(close.into()),
    };
    vec![
        one("Furnace replacement - Oak St", "Proposal", Some(Money::dollars(8_200)), "2026-05-01"),
        one("Maintenance plan", "Negotiation", None, "2026-06-15"),
    ]
}

pub fn roster(now: Timestamp) -> RosterNow {
    let person = |name: &str, services: &[&str], on_call, in_hand| PersonOnCall {
        name: name.into(),
        services: services.iter().map(|service| Text::from(*service)).collect(),
        on_call,
        told_by: if on_call { vec!["email".into()] } else { vec![] },
        in_hand,
    };
    let shift = |from, hours: i64, people: &[&str]| OnCallNow {
        from,
        until: Some(ago(now, -hours * 3_600)),
        people: people.iter().map(|name| Text::from(*name)).collect(),
    };
    RosterNow {
        zone: "America/New_York".into(),
        open: true,
        holiday: None,
        now: shift(ago(now, 21_000), 4, &["Sam K.", "Lee P."]),
        next: Some(shift(ago(now, -4 * 3_600), 18, &["Priya N."])),
        people: vec![
            person("Sam K.", &["Plumbing"], true, 0),
            person("Lee P.", &["HVAC", "Electrical"], true, 3),
            person("Priya N.", &["Roofing", "Other"], false, 1),
            person("Estimators", &[], false, 14),
        ],
    }
}

pub fn report(now: Timestamp) -> Report {
    let share = |met, of| Share { met, of };
    let spread = |median, p90| Spread { count: 30, mean: median, median, p90, p95: p90 };
    let hour = |hour: u64, calls: u64| FigureGroup {
        name: format!("{hour:02}"),
        figures: Figures {
            offered: calls,
            captured: share(calls - calls / 4, calls),
            ..Figures::default()
        },
    };
    Report {
        business: "Buckeye Home Services".into(),
        zone: "America/New_York".into(),
        window: Window { from: ago(now, 14 * 3_600 + 210), to: now, now },
        by: Some("hour".to_owned()),
        salesforce: true,
        figures: Figures {
            offered: 41,
            answered: share(38, 41),
            missed: 3,
            abandoned: share(2, 41),
            service_level: share(35, 41),
            speed_of_answer: spread(4, 11),
            handle_time: spread(131, 260),
            speed_to_lead: spread(4, 380),
            reached_in_five_minutes: share(38, 40),
            never_attempted: 1,
            time_to_route: spread(48, 160),
            time_to_acknowledge: spread(62, 240),
            callback_requests: share(9, 38),
            callbacks_in_time: share(7, 9),
            callbacks_late: 1,
            captured: share(36, 40),
            delivery_milliseconds: spread(900, 2_400),
            delivered: share(110, 112),
            booked: share(14, 29),
            revenue_at_risk: Money::dollars(2_100),
            monthly_loss: Some(Money::dollars(62_999)),
            yearly_loss: Some(Money::dollars(755_988)),
            api_calls: Some(share(96, 41)),
            ..Figures::default()
        },
        groups: [(6, 1), (7, 4), (8, 9), (9, 7), (10, 6), (11, 5), (12, 2), (13, 6), (14, 1)]
            .map(|(of, calls)| hour(of, calls))
            .to_vec(),
    }
}
