//! Every command line the documentation shows is one that the program understands.

use std::{fs, path::Path};

use callboard::cli::Cli;
use clap::{CommandFactory, error::ErrorKind};

#[test]
fn every_command_line_in_the_documentation_is_understood() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    pages.extend(docs.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let (mut seen, mut wrong) = (0, Vec::new());
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        let mut fenced = false;
        for line in text.lines() {
            let line = line.trim();
            if line.starts_with("```") {
                fenced = !fenced;
                continue;
            }
            let line = line.trim_start_matches("$ ");
            if !fenced || !line.starts_with("callboard ") {
                continue;
            }
            let line = line.split(['#', '|', '>', '&', ';']).next().unwrap();
            let words = line.split_whitespace().filter(|word| *word != "\\");
            seen += 1;
            let outcome = Cli::command().try_get_matches_from(words);
            if let Err(error) = outcome
                && matches!(error.kind(), ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument)
            {
                wrong.push(format!("{}: {line}: {}", page.display(), error.kind()));
            }
        }
    }
    assert!(seen > 10, "only {seen} command lines found");
    assert_eq!(wrong, Vec::<String>::new());
}
