//! The keys on one page: what the help shows, and what is printed to lie beside the keyboard.

use super::{Binding, Context, Keymap, TABLE};
use crate::console::text;

/// Signs that stand in the lists, and what they mean.
pub const SIGNS: [(&str, &str); 5] = [
    ("hot", "urgency 4-5, nobody has it"),
    ("★ +", "customer · open Lead"),
    ("✓ … ↻", "written · under way · again"),
    ("= ✗ »", "held · failed · unanswered"),
    ("@ ? !", "works on it · told · silent"),
];

/// Columns of a printed page, and of the keys on its left and right half.
const HALF: usize = 40;
const LEFT_KEYS: usize = 10;
const RIGHT_KEYS: usize = 16;

/// A line of the page: keys, and the row that says what they do. Rows of the table that follow each
/// other with the same help are one line, with the first key of each.
pub fn lines(
    keymap: &Keymap,
    wanted: impl Fn(&Binding) -> bool,
) -> Vec<(String, &'static Binding)> {
    let rows: Vec<(usize, &'static Binding)> =
        TABLE.iter().enumerate().filter(|(_, row)| wanted(row)).collect();
    let same = |(_, a): &(usize, &Binding), (_, b): &(usize, &Binding)| a.help == b.help;
    let line = |rows: &[(usize, &'static Binding)]| {
        let (_, row) = *rows.first()?;
        let keys = match rows {
            [(index, _)] => keymap.keys_of(*index),
            _ => {
                let all = rows.iter().map(|(index, _)| keymap.keys_of(*index));
                let first = |keys: String| keys.split(' ').next().unwrap_or_default().to_owned();
                all.map(first).collect::<Vec<_>>().join(" ").trim().to_owned()
            }
        };
        Some((keys, row))
    };
    rows.chunk_by(same).filter_map(line).collect()
}

/// The keys that hold here on one page of 80 columns.
pub fn page(keymap: &Keymap) -> String {
    let board = |acts| move |row: &Binding| row.context == Context::Board && row.acts == acts;
    let within = |context| move |row: &Binding| row.context == context;
    let titled = |title: &str, columns, lines: Vec<(String, &'static str)>| {
        let lines = lines.into_iter().map(|(keys, help)| format!(" {keys:<columns$}{help}"));
        std::iter::once(title.to_owned()).chain(lines).chain([String::new()]).collect::<Vec<_>>()
    };
    let of = |title, columns, wanted: &dyn Fn(&Binding) -> bool| {
        let lines = lines(keymap, wanted);
        titled(title, columns, lines.into_iter().map(|(keys, row)| (keys, row.help)).collect())
    };
    let mut left = of("These change something", LEFT_KEYS, &board(true));
    let signs = SIGNS.map(|(sign, means)| (sign.to_owned(), means)).to_vec();
    left.extend(titled("Signs in the lists", LEFT_KEYS, signs));
    left.extend(of(Context::Dialog.title(), LEFT_KEYS, &within(Context::Dialog)));
    let mut right = of("These only look", RIGHT_KEYS, &board(false));
    right.extend(of(Context::Form.title(), RIGHT_KEYS, &within(Context::Form)));
    left.extend(of(Context::Typing.title(), LEFT_KEYS, &within(Context::Typing)));
    let mut text = String::from("The keys of the console\n\n");
    for at in 0..left.len().max(right.len()) {
        let part = |half: &[String]| half.get(at).cloned().unwrap_or_default();
        let (left, right) = (part(&left), part(&right));
        let gap = " ".repeat(HALF.saturating_sub(text::width(&left)));
        text.push_str(format!("{left}{gap}{right}").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_one_page_and_says_all_that_is_in_the_table() {
        let page = page(&Keymap::default());
        assert!(page.lines().count() <= 60, "{page}");
        for line in page.lines() {
            assert!(text::width(line) <= 80, "{line}");
        }
        for (index, row) in TABLE.iter().enumerate() {
            let keys = Keymap::default().keys_of(index);
            let first = keys.split(' ').next().unwrap();
            let said = page.lines().any(|line| line.contains(first) && line.contains(row.help));
            assert!(said, "{} is on the page:\n{page}", row.name);
        }
    }
}
