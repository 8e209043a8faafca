//! Reports for spreadsheets.

use std::borrow::Cow;

use crate::wire::Report;

/// A row for each figure of each group: `group,figure,title,value`; the whole has no group.
pub fn csv(report: &Report) -> anyhow::Result<String> {
    let mut sheet = csv::Writer::from_writer(Vec::new());
    sheet.write_record(["group", "figure", "title", "value"])?;
    let whole = std::iter::once(("", &report.figures));
    let groups = report.groups.iter().map(|group| (group.name.as_str(), &group.figures));
    for (group, figures) in whole.chain(groups) {
        for (definition, value) in report.lines(figures) {
            let row = [group, definition.id, definition.title, &value].map(safe);
            sheet.write_record(row.iter().map(|cell| cell.as_bytes()))?;
        }
    }
    Ok(String::from_utf8(sheet.into_inner()?)?)
}

/// A cell that no spreadsheet takes for a formula: what would be one begins with an apostrophe
/// (OWASP, CSV injection). Telephone numbers are left alone: `+1555` is a number to a person and a
/// sheet alike.
pub fn safe(text: &str) -> Cow<'_, str> {
    let number = text
        .strip_prefix('+')
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|digit| digit.is_ascii_digit()));
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n') if !number => {
            Cow::Owned(format!("'{text}"))
        }
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever a caller is called, a cell never begins as a formula does, and reads back.
        #[test]
        fn no_cell_is_a_formula(text in "[=+@\t\r\n-]?\\PC*") {
            let cell = safe(&text);
            let number = cell.len() > 1 && cell.starts_with('+')
                && cell[1..].bytes().all(|digit| digit.is_ascii_digit());
            prop_assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']));
            prop_assert!(cell.ends_with(text.as_str()));
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(safe("+12125550314"), "+12125550314");
        assert_eq!(safe("+1 cmd"), "'+1 cmd");
        assert_eq!(safe("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
    }
}
