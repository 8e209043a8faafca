//! Reports for terminals and for Markdown.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr;

use super::{compared, heading};
use crate::wire::Report;

/// Two columns, and a table of the groups.
pub fn table(report: &Report) -> String {
    let mut text = format!("{}\n\n", heading(report));
    for (definition, value) in report.lines(&report.figures) {
        let _ = writeln!(text, "{:<22}{value}", definition.title);
    }
    if let Some(by) = &report.by {
        let mut rows = vec![header(report, by)];
        for group in &report.groups {
            let values = compared(report, &group.figures).into_iter().map(|(_, value)| value);
            rows.push(std::iter::once(group.name.clone()).chain(values).collect());
        }
        text.push('\n');
        text.push_str(&aligned(&rows));
        if report.groups.is_empty() {
            text.push_str("no calls in this time\n");
        }
    }
    text
}

fn header(report: &Report, by: &str) -> Vec<String> {
    let titles = compared(report, &report.figures).into_iter().map(|(title, _)| title.to_owned());
    std::iter::once(by.to_owned()).chain(titles).collect()
}

/// Rows with each column as wide as its widest cell.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].width()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell}{}  ", " ".repeat(width - cell.width()));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Headings and tables.
pub fn markdown(report: &Report) -> String {
    let mut text =
        format!("# {}\n\n| figure | value | |\n| --- | --- | --- |\n", escaped(&heading(report)));
    for (definition, value) in report.lines(&report.figures) {
        let cells = [definition.title, &value, definition.meaning].map(escaped);
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    if let Some(by) = &report.by {
        let header = header(report, by);
        let rule = vec!["---"; header.len()].join(" | ");
        let _ = writeln!(text, "\n| {} |\n| {rule} |", header.join(" | "));
        for group in &report.groups {
            let values =
                compared(report, &group.figures).into_iter().map(|(_, value)| escaped(&value));
            let cells: Vec<String> = std::iter::once(escaped(&group.name)).chain(values).collect();
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text
}

/// Text that is text in Markdown: nothing in it makes a link, a picture, a cell or HTML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' | '\r' => out.push(' '),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' => {
                out.push('\\');
                out.push(letter);
            }
            '&' => out.push_str("&amp;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However a name is spelled, a cell stays a cell.
        #[test]
        fn nothing_breaks_out_of_a_cell(text in "\\PC*|[|\\\\\n<>&!\\[\\]()`]*") {
            let safe = escaped(&text);
            prop_assert!(!safe.contains('\n'));
            let mut letters = safe.chars();
            while let Some(letter) = letters.next() {
                match letter {
                    '\\' => prop_assert!(letters.next().is_some()),
                    other => prop_assert!(!"|<>[]`!#".contains(other), "{safe}"),
                }
            }
        }
    }
}
