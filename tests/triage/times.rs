//! The times callers name for a call back, in the words they use for them.

use std::sync::Arc;

use jiff::{Timestamp, civil::Time};

use super::{caller, chicago, hear, judge};
use callboard::{call::Line, triage::Rules};

/// When a caller who says so on a Tuesday at `at` is to be rung.
fn due_at(at: &str, text: &str) -> Option<String> {
    let at: Timestamp = format!("2026-04-14T{at}-05:00").parse().unwrap();
    let line = Line { at, ..caller(text) };
    let due = judge(&[line]).callback.unwrap_or_else(|| panic!("no callback: {text}")).due?;
    Some(due.to_zoned(chicago()).strftime("%a %H:%M").to_string())
}

#[track_caller]
fn all(at: &str, said: &[(&str, &str)]) {
    for (text, expected) in said {
        let due = due_at(at, text);
        assert_eq!(due.as_deref().unwrap_or("none"), *expected, "{text}");
    }
}

/// Computed by hand.
#[test]
fn clock_times_are_heard_as_they_are_said() {
    all(
        "10:05",
        &[
            ("Can you call me back tonight at ten to eight?", "Tue 19:50"),
            ("call me back at quarter to eight tonight", "Tue 19:45"),
            ("call me back at a quarter to eight tonight", "Tue 19:45"),
            ("call me back at half past six tonight", "Tue 18:30"),
            ("call me back at quarter past seven tonight", "Tue 19:15"),
            ("call me back at twenty past six this evening", "Tue 18:20"),
            ("call me back at five past seven tonight", "Tue 19:05"),
            ("call me back tomorrow at ten to nine", "Wed 08:50"),
            ("call me back tomorrow at ten past two", "Wed 14:10"),
            ("call me back tomorrow morning at quarter to nine", "Wed 08:45"),
            ("call me back at seven thirty five tonight", "Tue 19:35"),
            ("call me back tomorrow at two twenty five", "Wed 14:25"),
            ("call me back at six fifty four tonight", "Tue 18:54"),
            ("call me back tonight at five fifty four", "Tue 17:54"),
            ("call me at a quarter of eight tonight", "Tue 19:45"),
            ("call me at five of eight tonight", "Tue 19:55"),
            ("call me at five minutes of eight tonight", "Tue 19:55"),
            ("call me tomorrow at twenty five to six", "Wed 17:35"),
            ("call me at twenty to twelve", "Tue 11:40"),
            ("call me at ten till four", "Tue 15:50"),
            ("call me at seven minutes past three", "Tue 15:07"),
            ("call me at twelve minutes to three", "Tue 14:48"),
            ("call me at ten after two", "Tue 14:10"),
            ("call me at quarter after two", "Tue 14:15"),
            ("call me around half past one", "Tue 13:30"),
            ("call me at quarter to one", "Tue 12:45"),
            ("call me at half six", "Tue 18:30"),
            ("ring me back half six tonight", "Tue 18:30"),
            ("call me at noonish", "Tue 12:00"),
            ("call me at ten to noon", "Tue 11:50"),
            ("call me at half past noon", "Tue 12:30"),
            ("call me at ten to midnight", "Tue 23:50"),
            ("call me at midnight", "Wed 00:00"),
            ("call me tonight at half past twelve", "Wed 00:30"),
            ("call me at 8 o'clock tonight", "Tue 20:00"),
            ("call me at eight o clock tomorrow", "Wed 08:00"),
            ("call me at five o'clock sharp", "Tue 17:00"),
            ("call me at six oh five", "Tue 18:05"),
            ("call me at six o five pm", "Tue 18:05"),
            ("call me tomorrow at eleven eleven", "Wed 11:11"),
            ("call me at ten ten tomorrow", "Wed 10:10"),
            ("call me tomorrow, seven forty two in the evening", "Wed 19:42"),
            ("call me tomorrow seven thirty", "Wed 07:30"),
            ("call me around eightish tonight", "Tue 20:00"),
            ("call me around five-ish", "Tue 17:00"),
            ("call me at 7:35 tonight", "Tue 19:35"),
            ("call me at 7 35 tonight", "Tue 19:35"),
            ("call me at 730 tonight", "Tue 19:30"),
            ("call me back at 1430", "Tue 14:30"),
            ("call me at 8.30 tomorrow", "Wed 08:30"),
            ("call me at 10 to 8 tonight", "Tue 19:50"),
            ("call me at fourteen hundred hours", "Tue 14:00"),
            ("call me at nineteen forty five", "Tue 19:45"),
            ("call me tomorrow at oh eight hundred", "Wed 08:00"),
            ("call me at two at night", "Wed 02:00"),
            ("call me tomorrow morning or at two in the afternoon", "Wed 14:00"),
            ("call me tomorrow morning, any time after two", "Wed 14:00"),
            ("call me tomorrow night", "Wed 18:00"),
            ("call me Friday at half past four", "Fri 16:30"),
            ("call me at five, no, make that six", "Tue 18:00"),
            ("call me tomorrow at nine, sorry, ten", "Wed 10:00"),
            ("call me between two and four", "Tue 14:00"),
            ("call me tomorrow between ten to two", "Wed 10:00"),
            ("llámeme a las ocho menos diez de la noche", "Tue 19:50"),
            ("llámeme mañana a las ocho menos cuarto", "Wed 07:45"),
            ("llámeme a las ocho y media", "Tue 20:30"),
            ("llámeme mañana al cuarto para las ocho", "Wed 07:45"),
            ("llámeme mañana a las diez para las nueve", "Wed 08:50"),
            ("llámeme a las siete y veinte", "Tue 19:20"),
            ("llámeme mañana a las siete y veinte de la mañana", "Wed 07:20"),
            ("llámeme a las tres treinta y cinco", "Tue 15:35"),
            ("llámeme a la una y cuarto", "Tue 13:15"),
            ("llámeme a la una menos cinco", "Tue 12:55"),
            ("llámeme a las once y media", "Tue 11:30"),
            ("llámeme a las cinco en punto", "Tue 17:00"),
            ("llámeme entre dos y cuatro", "Tue 14:00"),
        ],
    );
    all("17:52", &[("call me tonight at five fifty four", "Tue 17:54")]);
    all("00:30", &[("call me tonight at two", "Tue 02:00")]);
}

#[test]
fn so_are_lengths_of_time() {
    all(
        "10:05",
        &[
            ("call me in an hour and a half", "Tue 11:35"),
            ("call me in two and a half hours", "Tue 12:35"),
            ("call me in an hour and twenty minutes", "Tue 11:25"),
            ("call me back in a quarter of an hour", "Tue 10:20"),
            ("call me in three quarters of an hour", "Tue 10:50"),
            ("call me in forty five minutes", "Tue 10:50"),
            ("call me in eighteen minutes", "Tue 10:23"),
            ("call me in five to ten minutes", "Tue 10:10"),
            ("call me two hours from now", "Tue 12:05"),
            ("llámeme en hora y media", "Tue 11:35"),
            ("llámeme en una hora", "Tue 11:05"),
        ],
    );
}

/// No time is better than a wrong one; and what is no time is none.
#[test]
fn a_time_that_is_not_understood_is_not_named() {
    all(
        "10:05",
        &[
            ("call me tonight at five six", "none"),
            ("call me tonight at quarter past", "none"),
            ("call me tonight at half past", "none"),
            ("call me tomorrow at thirteen", "none"),
            ("call me at once", "none"),
            ("call me about five outlets", "none"),
            ("call me about two garage doors, sixteen by seven", "none"),
            ("the breaker trips about once a day, call me", "none"),
            ("call me any time ten to two", "none"),
            ("call me back at five five five oh one nine nine", "none"),
            ("call me tomorrow at five five five oh one nine nine", "Wed 09:00"),
            ("call me tomorrow at 555-0134", "Wed 09:00"),
        ],
    );
    assert_eq!(due_at("18:10", "call me tonight at five fifty four"), None);
}

#[test]
fn the_callers_own_words_for_it_are_kept() {
    let said = |text: &str| hear(text).callback_words().map(str::to_owned);
    let text = "My sink drain is slow. Can you call me back tonight at ten to eight?";
    assert_eq!(said(text).as_deref(), Some("tonight at ten to eight"));
    assert_eq!(said("call me back when you can"), None);
    assert_eq!(said("call me tomorrow at nine. Oh, no need to call me back."), None);
}

/// An hour at which a call is wanted makes the call no more urgent.
#[test]
fn the_time_of_a_call_back_is_no_danger() {
    for text in ["call me at midnight", "call me tonight at half past twelve"] {
        assert_eq!(hear(text).urgency.level(), 1, "{text}");
    }
}

const ENGLISH: [&str; 60] = [
    "oh",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "twenty one",
    "twenty two",
    "twenty three",
    "twenty four",
    "twenty five",
    "twenty six",
    "twenty seven",
    "twenty eight",
    "twenty nine",
    "thirty",
    "thirty one",
    "thirty two",
    "thirty three",
    "thirty four",
    "thirty five",
    "thirty six",
    "thirty seven",
    "thirty eight",
    "thirty nine",
    "forty",
    "forty one",
    "forty two",
    "forty three",
    "forty four",
    "forty five",
    "forty six",
    "forty seven",
    "forty eight",
    "forty nine",
    "fifty",
    "fifty one",
    "fifty two",
    "fifty three",
    "fifty four",
    "fifty five",
    "fifty six",
    "fifty seven",
    "fifty eight",
    "fifty nine",
];

const SPANISH: [&str; 31] = [
    "cero",
    "una",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
    "treinta",
];

/// Every way of saying a minute of the day that leaves no doubt which it is.
fn forms(hour: usize, minute: usize) -> Vec<String> {
    let twelve = |hour: usize| (hour + 11) % 12 + 1;
    let half = |hour: usize| if hour % 24 < 12 { "am" } else { "pm" };
    let part = |hour: usize| match hour % 24 {
        ..12 => "in the morning",
        12..18 => "in the afternoon",
        _ => "in the evening",
    };
    let parte = |hour: usize| match hour % 24 {
        ..6 => "de la madrugada",
        6..12 => "de la mañana",
        12..20 => "de la tarde",
        _ => "de la noche",
    };
    let article = |hour: usize| if twelve(hour) == 1 { "la" } else { "las" };
    let (h, m) = (ENGLISH[twelve(hour)], ENGLISH[minute]);
    let mut forms = vec![
        format!("at {}:{minute:02} {}", twelve(hour), half(hour)),
        format!("at {}:{minute:02} {}", twelve(hour), part(hour)),
    ];
    let words = match minute {
        0 => format!("{h} o'clock"),
        1..10 => format!("{h} oh {m}"),
        _ => format!("{h} {m}"),
    };
    forms.push(format!("around {words} {}", part(hour)));
    if minute > 0 {
        forms.push(format!("at {words} {}", half(hour)));
    }
    if hour > 12 {
        let minutes = match minute {
            0 => "hundred hours".to_owned(),
            1..10 => format!("oh {m}"),
            _ => m.to_owned(),
        };
        forms.push(format!("at {} {minutes}", ENGLISH[hour]));
        forms.push(format!("at {hour}:{minute:02}"));
    }
    if (1..=30).contains(&minute) {
        forms.push(format!("at {m} minutes past {h} {}", half(hour)));
        forms.push(format!("at {m} minutes after {h} {}", part(hour)));
        let (una, y) = (SPANISH[twelve(hour)], SPANISH[minute]);
        let y = if minute == 1 { "uno" } else { y };
        forms.push(format!("a {} {una} y {y} {}", article(hour), parte(hour)));
    }
    let next = hour + 1;
    if minute > 30 {
        let to = ENGLISH[60 - minute];
        forms.push(format!("at {to} minutes to {} {}", ENGLISH[twelve(next)], half(next)));
        // "Ten to twelve in the evening" would be said of noon by nobody.
        if twelve(next) != 12 {
            let (una, menos) = (SPANISH[twelve(next)], SPANISH[60 - minute]);
            let menos = if minute == 59 { "uno" } else { menos };
            forms.push(format!("a {} {una} menos {menos} {}", article(next), parte(hour)));
            forms.push(format!("at {to} minutes of {} {}", ENGLISH[twelve(next)], part(hour)));
        }
    }
    match minute {
        15 => forms.push(format!("at quarter past {h} {}", half(hour))),
        30 => forms.push(format!("at half past {h} {}", part(hour))),
        45 => {
            let named = ENGLISH[twelve(next)];
            forms.push(format!("at a quarter to {named} {}", half(next)));
        }
        _ => {}
    }
    forms
}

#[test]
fn every_minute_of_the_day_comes_back_as_it_was_said() {
    let rules = "version = \"x\"\nextends = false\n[[rule]]\nname = \"call\"\nsays = \
                 \"callback\"\nwhen = [\"call me\", \"llameme\"]";
    let rules = Arc::new(Rules::parse(rules).unwrap());
    let mut said = 0;
    for minute in 0..24 * 60 {
        let (hour, minute) = (minute / 60, minute % 60);
        for form in forms(hour, minute) {
            let spanish = form.starts_with("a l");
            let text = if spanish {
                format!("llámeme mañana {form}")
            } else {
                format!("call me tomorrow {form}")
            };
            let due = super::judge_by(&rules, &[caller(&text)]).callback.and_then(|it| it.due);
            let due = due.map(|due| due.to_zoned(chicago()));
            let expected: Time = format!("{hour:02}:{minute:02}:00").parse().unwrap();
            let day = due.as_ref().map(|due| due.date().day());
            assert_eq!((due.map(|due| due.time()), day), (Some(expected), Some(15)), "{text}");
            said += 1;
        }
    }
    assert!(said > 7 * 24 * 60, "{said}");
}
