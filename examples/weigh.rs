//! What the labelled calls teach the words to weigh:
//! `cargo run --example weigh tests/fixtures/triage/*.jsonl > src/triage/rules/weights.tsv`.
//! A test holds the table to it.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool whose output is the table")]

use callboard::triage::{eval::Example, learn};

fn main() {
    let files = std::env::args().skip(1);
    let text: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let examples: Vec<Example> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    print!("{}", learn::table(&examples));
}
