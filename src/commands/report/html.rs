//! A report as one HTML file: nothing is loaded from anywhere, nothing runs.

use std::fmt::Write as _;

use super::{compared, heading};
use crate::wire::{FigureGroup, Report};

const STYLE: &str = "body{font:16px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
padding:0 1rem;color:#1c1f24;background:#fff}table{border-collapse:collapse;width:100%;margin:1rem 0}\
td,th{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d5d9e0;vertical-align:top}\
td:nth-child(2){white-space:nowrap;font-weight:600}small{color:#5a6270}svg{width:100%;height:auto}\
@media(prefers-color-scheme:dark){body{color:#e6e8ec;background:#15181d}td,th{border-color:#333a45}\
small{color:#9aa3b2}text{fill:#e6e8ec}}";

/// The page.
pub fn page(report: &Report) -> String {
    let title = escaped(&heading(report));
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta \
         name=\"viewport\" content=\"width=device-width\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n"
    );
    if let Some(by) = &report.by {
        let _ = writeln!(text, "<h2>Calls by {}</h2>", escaped(by));
        text.push_str(&chart(&report.groups));
        text.push_str(&groups(report, by));
    }
    text.push_str("<h2>Figures</h2>\n<table>\n");
    for (definition, value) in report.lines(&report.figures) {
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td><small>{}</small></td></tr>",
            escaped(definition.title),
            escaped(&value),
            escaped(definition.meaning)
        );
    }
    text.push_str("</table>\n</body>\n</html>\n");
    text
}

fn groups(report: &Report, by: &str) -> String {
    let mut text = format!("<table>\n<tr><th>{}</th>", escaped(by));
    for (title, _) in compared(report, &report.figures) {
        let _ = write!(text, "<th>{}</th>", escaped(title));
    }
    text.push_str("</tr>\n");
    for group in &report.groups {
        let _ = write!(text, "<tr><td>{}</td>", escaped(&group.name));
        for (_, value) in compared(report, &group.figures) {
            let _ = write!(text, "<td>{}</td>", escaped(&value));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</table>\n");
    text
}

/// A bar for each group: the answered calls, and the missed ones on top.
fn chart(groups: &[FigureGroup]) -> String {
    const HEIGHT: u64 = 160;
    const BAR: usize = 36;
    let most = groups.iter().map(|group| group.figures.offered).max().unwrap_or(0).max(1);
    let width = groups.len().max(1) * (BAR + 8);
    let mut text = format!(
        "<svg viewBox=\"0 0 {width} {}\" role=\"img\" aria-label=\"answered and missed calls\">\n",
        HEIGHT + 40
    );
    for (place, group) in groups.iter().enumerate() {
        let x = place * (BAR + 8) + 4;
        let figures = &group.figures;
        let tall = |calls: u64| calls * HEIGHT / most;
        let (answered, missed) = (tall(figures.answered.met), tall(figures.missed));
        let top = HEIGHT + 14 - answered - missed;
        let _ = writeln!(
            text,
            "<rect x=\"{x}\" y=\"{top}\" width=\"{BAR}\" height=\"{missed}\" fill=\"#c2410c\"/>\
             <rect x=\"{x}\" y=\"{}\" width=\"{BAR}\" height=\"{answered}\" fill=\"#2563eb\"/>\
             <text x=\"{}\" y=\"{}\" font-size=\"11\" text-anchor=\"middle\">{}</text>\
             <text x=\"{}\" y=\"{}\" font-size=\"10\" text-anchor=\"middle\">{}</text>",
            top + missed,
            x + BAR / 2,
            top.saturating_sub(3),
            figures.offered,
            x + BAR / 2,
            HEIGHT + 28,
            escaped(&short(&group.name)),
        );
    }
    text.push_str("</svg>\n<p><small>Blue: answered. Orange: missed.</small></p>\n");
    text
}

/// A name that fits below its bar; of a day its month and day.
fn short(name: &str) -> String {
    let day = name.len() == 10 && name.as_bytes()[4] == b'-' && name.is_ascii();
    if day { name[5..].to_owned() } else { name.chars().take(8).collect() }
}

/// Text that is text in HTML, in an element and in an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
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
        /// Whatever a source or trade is called, the page has no element and no script of its.
        #[test]
        fn names_are_text(name in "\\PC*|[<>&\"'/a-z=]*") {
            let safe = escaped(&name);
            prop_assert!(!safe.contains(['<', '>', '"', '\'']));
            let plain = safe.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            prop_assert_eq!(plain.replace("&#39;", "'").replace("&amp;", "&"), name);
        }
    }
}
