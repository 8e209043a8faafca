//! When to call: asked and offered by an agent, wished, refused for a time, put right; on days of the
//! calendar; and what only sounds like a time to call.

use callboard::call::{Assessment, Line};
use jiff::Timestamp;

use super::{agent, caller, chicago, hear, judge};

/// A Thursday evening, 20:45 in Chicago.
const EVENING: &str = "2026-11-26T20:45-06:00";
/// A Tuesday morning, 10:05 there.
const MORNING: &str = "2026-04-14T10:05-05:00";

fn at(moment: &str, lines: &[Line]) -> Assessment {
    let at: Timestamp = moment.parse().unwrap();
    judge(&lines.iter().cloned().map(|line| Line { at, ..line }).collect::<Vec<_>>())
}

/// "none" without a callback, "open" with one that names no time.
fn due(judged: &Assessment) -> String {
    match &judged.callback {
        None => "none".to_owned(),
        Some(callback) => callback.due.map_or("open".to_owned(), |due| {
            due.to_zoned(chicago()).strftime("%a %d %H:%M").to_string()
        }),
    }
}

#[track_caller]
fn all(moment: &str, said: &[(&str, &str)]) {
    for (text, expected) in said {
        let judged = at(moment, &[caller(text)]);
        assert_eq!(due(&judged), *expected, "{text}\n{:?}", judged.evidence);
    }
}

/// Question and answer in turn, after a heat that is out.
#[track_caller]
fn asked(turns: &[&str], expected: &str) {
    let mut lines = vec![caller("my heat is out")];
    lines.extend(turns.iter().enumerate().map(|(turn, text)| match turn % 2 {
        0 => agent(text),
        _ => caller(text),
    }));
    let judged = at(EVENING, &lines);
    assert_eq!(due(&judged), expected, "{turns:?}\n{:?}", judged.evidence);
    assert_eq!(judged.urgency.level(), 4, "{turns:?}");
    let backed = judged
        .callback
        .as_ref()
        .is_none_or(|callback| callback.due.is_none() || judged.callback_words().is_some());
    assert!(backed, "{turns:?}");
}

#[test]
fn an_agent_asks_when_and_the_caller_says_when() {
    for question in [
        "We're closed, what time can we call you back?",
        "When should we call you back?",
        "When is a good time to call you back?",
        "What's the best time to reach you?",
        "What time would you like us to call?",
        "Would you like a call back?",
        "Shall we call you?",
        "¿Quiere que le llamemos?",
        "¿A qué hora le llamamos?",
        "¿Cuándo podemos llamarle?",
    ] {
        for (answer, expected) in [
            ("ten tomorrow", "Fri 27 10:00"),
            ("tomorrow around ten", "Fri 27 10:00"),
            ("Tuesday", "Tue 01 09:00"),
            ("after five tomorrow", "Fri 27 17:00"),
            ("yes, tomorrow at ten", "Fri 27 10:00"),
            ("sí, mañana a las diez", "Fri 27 10:00"),
            ("el lunes a las tres de la tarde", "Mon 30 15:00"),
            ("not tomorrow, Saturday at nine", "Sat 28 09:00"),
        ] {
            asked(&[question, answer], expected);
        }
    }
}

#[test]
fn an_agent_offers_a_time_and_the_caller_takes_it() {
    for (offer, expected) in [
        ("Would 9 a.m. work for a call back?", "Fri 27 09:00"),
        ("Shall we call you at nine tomorrow?", "Fri 27 09:00"),
        ("Can somebody call you back on Monday at two?", "Mon 30 14:00"),
        ("¿Le llamamos mañana a las nueve?", "Fri 27 09:00"),
    ] {
        for yes in ["yes", "yes that works", "sure", "sí, está bien", "that works"] {
            asked(&[offer, yes], expected);
        }
    }
    asked(&["Shall we call you at nine tomorrow?", "Make it ten"], "Fri 27 10:00");
    asked(&["Shall we call you at nine tomorrow?", "No, ten is better"], "Fri 27 10:00");
    asked(&["Shall we call you at nine tomorrow?", "No, Monday"], "Mon 30 09:00");
    let twice = [
        "Would you like a call back?",
        "yes",
        "Tomorrow between eight and ten, does that work?",
        "yes",
    ];
    asked(&twice, "Fri 27 08:00");
    asked(
        &["When should we call you back?", "tomorrow", "What time?", "around ten"],
        "Fri 27 10:00",
    );
    asked(&["¿Cuándo podemos llamarle?", "el lunes", "¿A qué hora?", "a las diez"], "Mon 30 10:00");
}

#[test]
fn a_time_of_the_visit_is_no_call_and_a_no_is_one() {
    asked(&["We can have a tech there tomorrow at nine, does that work?", "yes"], "none");
    asked(&["Would you like a call back?", "no thanks"], "none");
    asked(&["Should we call you?", "No, I'll call you tomorrow"], "none");
    asked(
        &[
            "Can I have someone call you within the hour?",
            "No need for a call, just put me down for tomorrow",
        ],
        "none",
    );
}

/// How a call is refused for a time, and when it is welcome by that.
const REFUSALS: [(&str, &str); 13] = [
    ("don't call me back tonight, call me tomorrow at ten", "Fri 27 10:00"),
    ("dont call me tonight call me tomorrow at ten", "Fri 27 10:00"),
    ("no need to call tonight, call in the morning", "Fri 27 09:00"),
    ("don't call back until Monday", "Mon 30 09:00"),
    ("don't call me until after ten tomorrow", "Fri 27 10:00"),
    ("don't call me before ten, I sleep late", "Fri 27 10:00"),
    ("don't call me before ten, call me at half past ten", "Fri 27 10:30"),
    ("don't call me back tonight, I'm asleep by nine", "Fri 27 09:00"),
    ("not Friday, call Saturday at nine", "Sat 28 09:00"),
    ("I can't do Friday, call me Saturday at nine", "Sat 28 09:00"),
    ("no me llame hoy, llámeme mañana a las diez", "Fri 27 10:00"),
    ("no me llame hoy, mejor mañana a las diez", "Fri 27 10:00"),
    ("don't call me again until tomorrow at nine", "Fri 27 09:00"),
];

/// Every danger with every way to ask for a call or to put one off: as urgent as it is alone, and
/// called when it was said.
#[test]
fn a_danger_keeps_its_urgency_and_its_call_its_time() {
    let dangers = [
        "I smell gas",
        "My basement is flooding",
        "the carbon monoxide alarm is going off",
        "my outlet is sparking",
        "our heat isn't working again",
        "my furnace is out, nobody fixed it",
    ];
    let calls = ["call me", "call me back", "please call me", "can you call me back", "ring me"];
    let times = [
        ("tomorrow at ten", "Fri 27 10:00"),
        ("Monday", "Mon 30 09:00"),
        ("in half an hour", "Thu 26 21:15"),
        ("the day after tomorrow at eleven", "Sat 28 11:00"),
        ("on December third around four", "Thu 03 16:00"),
        ("tomorrow between two and four", "Fri 27 14:00"),
        ("tomorrow but not in the morning", "Fri 27 13:00"),
    ];
    let corrections = [
        ("", None),
        (". No, sorry, Wednesday at two", Some("Wed 02 14:00")),
        (". Actually no, make it Tuesday at three", Some("Tue 01 15:00")),
    ];
    for danger in dangers {
        let alone = hear(danger).urgency;
        assert!(alone.level() >= 4, "{danger}");
        let holds = |said: &str, expected: &str| {
            let judged = at(EVENING, &[caller(said)]);
            assert!(judged.urgency >= alone, "{said}: {} of {alone}", judged.urgency);
            assert_eq!(due(&judged), expected, "{said}\n{:?}", judged.evidence);
            assert!(judged.do_not_call.is_none(), "{said}");
        };
        for (refusal, expected) in REFUSALS {
            holds(&format!("{danger}. {refusal}"), expected);
            holds(&format!("{danger}, {refusal}"), expected);
        }
        for call in calls {
            for (time, expected) in times {
                for (correction, corrected) in corrections {
                    let put_right =
                        corrected.filter(|_| !time.starts_with("in ")).unwrap_or(expected);
                    if correction.is_empty() || !time.starts_with("in ") && !time.contains("but") {
                        holds(&format!("{danger}. {call} {time}{correction}"), put_right);
                    }
                }
            }
        }
    }
}

#[test]
fn who_needs_nothing_and_is_not_to_be_rung_before_ten_is_not_rung() {
    all(EVENING, &[("don't call me before ten", "none"), ("don't call back until Monday", "none")]);
    all(EVENING, &[("No need to phone me, I'll call you tomorrow", "none")]);
    all(EVENING, &[("my sink drips, please text don't call I'm in class until four", "none")]);
    for said in ["call me Monday", "I'll call Saturday", "we'll call tomorrow"] {
        assert_eq!(hear(said).callback.is_some(), said.starts_with("call"), "{said}");
    }
}

#[test]
fn days_of_the_calendar_and_what_is_put_right() {
    all(
        EVENING,
        &[
            ("tomorrow I'm in surgery, so call me Monday", "Mon 30 09:00"),
            ("tomorrow doesn't work, call me Monday at ten", "Mon 30 10:00"),
            ("mañana no puedo, llámeme el lunes a las diez", "Mon 30 10:00"),
            ("llámeme pasado mañana a mediodía", "Sat 28 12:00"),
            ("call me the day after tomorrow around eleven", "Sat 28 11:00"),
            ("call me on December 2nd at three thirty", "Wed 02 15:30"),
            ("call me on the third of December at nine", "Thu 03 09:00"),
            ("call me on the third", "Thu 03 09:00"),
            ("llámeme el dos de diciembre a las tres", "Wed 02 15:00"),
            ("call me 12/2 at 3pm", "Wed 02 15:00"),
            ("call me January fifth at ten", "Tue 05 10:00"),
            ("call me Monday the 7th at nine", "Mon 07 09:00"),
            ("call me Monday the seventh at nine", "Mon 07 09:00"),
            ("call me Monday, December 7th, at nine", "Mon 07 09:00"),
            ("call me a week from Monday", "Mon 07 09:00"),
            ("call me a week from tomorrow at two", "Fri 04 14:00"),
            ("call me the Monday after next", "Mon 07 09:00"),
            ("call me in two days", "Sat 28 09:00"),
            ("llámeme en tres días", "Sun 29 09:00"),
            ("call me in a week", "Thu 03 09:00"),
            ("Call me Monday. No sorry, Tuesday, at ten.", "Tue 01 10:00"),
            ("Call me Monday. Actually no, make it Wednesday at two.", "Wed 02 14:00"),
            ("call me any time after four except not Saturday", "Fri 27 16:00"),
            ("call me any day but Monday, mornings", "Fri 27 09:00"),
            ("call me any time but not between one and two", "open"),
            ("call me tomorrow but not in the morning", "Fri 27 13:00"),
            ("call me end of day Monday", "Mon 30 17:00"),
            ("I'm in meetings from nine to eleven, call me after that", "Fri 27 11:00"),
            ("I get off at six, so try me then", "Fri 27 18:00"),
            ("my appointment is Monday at 8, call me Friday to confirm", "Fri 27 09:00"),
            ("my appointment is Friday at two, please call me back", "open"),
            ("call me about a 3/4 inch line", "open"),
        ],
    );
    assert_eq!(
        hear("I need an outlet moved. Call me Monday. No sorry, Tuesday").urgency.level(),
        2
    );
}

#[test]
fn a_time_that_is_past_is_none() {
    all(
        EVENING,
        &[
            (
                "Somebody was supposed to be here between one and five and it's almost nine, call me",
                "open",
            ),
            (
                "you said somebody would call at five and nobody called. Call me at seven.",
                "Fri 27 07:00",
            ),
            ("I was home at two and nobody came, call me", "open"),
            ("my furnace quit this morning, call me", "open"),
            ("they told me four o'clock and nobody showed, call me back", "open"),
            ("I was wondering if you could call me at nine tomorrow", "Fri 27 09:00"),
            ("my wife said to call her at five", "Fri 27 17:00"),
        ],
    );
}

#[test]
fn a_bare_hour_late_in_the_evening_is_tomorrows() {
    all(
        EVENING,
        &[
            ("call me at 11", "Fri 27 11:00"),
            ("call me at ten", "Fri 27 10:00"),
            ("llámeme a las once", "Fri 27 11:00"),
            ("call me at nine", "Thu 26 21:00"),
            ("call me at half past nine", "Thu 26 21:30"),
            ("call me tonight at eleven", "Thu 26 23:00"),
            ("call me today at eleven", "Thu 26 23:00"),
            ("call me at eleven pm", "Thu 26 23:00"),
        ],
    );
    all(MORNING, &[("call me at nine", "Tue 14 21:00"), ("call me at eleven", "Tue 14 11:00")]);
    all(MORNING, &[("call me at ten", "Wed 15 10:00")]);
}

#[test]
fn of_a_range_the_words_say_until_when() {
    all(
        MORNING,
        &[
            ("call me back tonight at ten before eight", "Tue 14 19:50"),
            (
                "Me cotizaron entre tres y cuatro mil, que le llamen a él en la tarde",
                "Tue 14 13:00",
            ),
        ],
    );
    let range = "call me back between six thirty and seven thirty tonight";
    assert_eq!(hear(range).callback_words(), Some("between six thirty and seven thirty tonight"));
    all(MORNING, &[(range, "Tue 14 18:30"), ("call me between 2 and 4 pm", "Tue 14 14:00")]);
}

#[test]
fn never_again_is_what_do_not_call_means() {
    for said in [
        "take me off the list for Friday, I want Saturday instead",
        "stop calling me a liar, my heat is out",
        "don't call me on this number again, call my cell 773 555 0999, my toilet's clogged",
        "ya no hace falta que me llamen",
        "don't call me tonight",
        "don't call me again until tomorrow at nine",
    ] {
        assert!(hear(said).do_not_call.is_none(), "{said}");
    }
    assert!(
        hear("don't call me on this number again, call my cell 773 555 0999").callback.is_some()
    );
    for said in [
        "don't call me again",
        "take me off your list",
        "stop calling me",
        "lose my number",
        "ya no me llamen por favor",
        "ya no quiero que me llamen",
    ] {
        assert!(hear(said).do_not_call.is_some(), "{said}");
    }
}

#[test]
fn a_line_of_nothing_but_times_costs_what_it_is_long() {
    // Were one of them sought again for each of the others, this would take hours.
    for words in ["Monday. ", "week from ", "about around at ", "call me Monday "] {
        let asks = agent("What time can we call you back?");
        let judged = judge(&[asks, caller(&words.repeat(8_000))]);
        assert_eq!(judged.urgency.level(), 1, "{words}");
    }
}
