//! Date literals: `TODAY`, `LAST_N_DAYS:3` and the like, as spans of days in UTC.

use jiff::{Span, ToSpan, civil::Date};

/// The days from the first to before the second; `None` for what is no date literal.
pub(super) fn span(literal: &str, today: Date) -> Option<(Date, Date)> {
    let upper = literal.to_ascii_uppercase();
    let (name, count) = match upper.split_once(':') {
        Some((name, count)) => (name, count.parse::<i32>().ok()?),
        None => (upper.as_str(), 0),
    };
    let add = |date: Date, span: Span| date.checked_add(span).ok();
    let tomorrow = add(today, 1.day())?;
    let monday_based = i64::from(today.weekday().to_sunday_zero_offset());
    let week = add(today, (-monday_based).days())?;
    let month = today.first_of_month();
    Some(match name {
        "TODAY" => (today, tomorrow),
        "YESTERDAY" => (add(today, (-1).day())?, today),
        "TOMORROW" => (tomorrow, add(today, 2.days())?),
        "THIS_WEEK" => (week, add(week, 7.days())?),
        "LAST_WEEK" => (add(week, (-7).days())?, week),
        "NEXT_WEEK" => (add(week, 7.days())?, add(week, 14.days())?),
        "THIS_MONTH" => (month, add(month, 1.month())?),
        "LAST_MONTH" => (add(month, (-1).month())?, month),
        "NEXT_MONTH" => (add(month, 1.month())?, add(month, 2.months())?),
        "THIS_YEAR" => (today.first_of_year(), add(today.first_of_year(), 1.year())?),
        "LAST_YEAR" => (add(today.first_of_year(), (-1).year())?, today.first_of_year()),
        "LAST_90_DAYS" => (add(today, (-90).days())?, tomorrow),
        "NEXT_90_DAYS" => (tomorrow, add(today, 91.days())?),
        "LAST_N_DAYS" => (add(today, (-count).days())?, tomorrow),
        "NEXT_N_DAYS" => (tomorrow, add(tomorrow, count.days())?),
        "LAST_N_MONTHS" => (add(month, (-count).months())?, month),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_spans_of_days() {
        let today: Date = "2026-11-21".parse().unwrap();
        let days = |literal| {
            let (from, to) = span(literal, today).unwrap();
            format!("{from} {to}")
        };
        assert_eq!(days("today"), "2026-11-21 2026-11-22");
        assert_eq!(days("THIS_WEEK"), "2026-11-15 2026-11-22");
        assert_eq!(days("LAST_N_DAYS:3"), "2026-11-18 2026-11-22");
        assert_eq!(days("LAST_MONTH"), "2026-10-01 2026-11-01");
        assert_eq!(span("SOMEDAY", today), None);
    }
}
