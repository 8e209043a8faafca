//! The table of docs/fault-model.md names tests: every one of them is there.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every test below `folder`, as `module::name`; a module `tests` inside a file is left out.
fn tests(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    let test = regex::Regex::new(
        r"(?s)#\[(?:tokio::)?test[^\n]*\]\n(?:\s*#\[[^\n]*\]\n)*\s*(?:async )?fn (\w+)",
    )
    .unwrap();
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let stem = path.file_stem().unwrap().to_str().unwrap();
        let inner = match (module, stem) {
            ("", stem) => stem.to_owned(),
            (module, "mod") => module.to_owned(),
            (module, stem) => format!("{module}::{stem}"),
        };
        if path.is_dir() {
            tests(&path, &inner, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names = test.captures_iter(&text).map(|name| format!("{inner}::{}", &name[1]));
            found.extend(names);
        }
    }
}

/// Every test there is.
pub fn every_test() -> BTreeSet<String> {
    let mut there = BTreeSet::new();
    tests(&root().join("tests"), "", &mut there);
    tests(&root().join("src"), "", &mut there);
    there
}

#[test]
fn every_row_names_a_test_and_every_test_it_names_is_there() {
    let there = every_test();
    let text = fs::read_to_string(root().join("docs/fault-model.md")).unwrap();
    let name = regex::Regex::new(r"`((?:\w+::)+\w+)`").unwrap();
    let mut rows = 0;
    let table = text.split("\n\n").find(|part| part.starts_with("| fault")).unwrap();
    for row in table.lines().skip(2) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 3, "{row}");
        let named: Vec<String> =
            name.captures_iter(cells[2]).map(|found| found[1].to_owned()).collect();
        assert!(!named.is_empty(), "no test shows: {row}");
        for test in named {
            assert!(there.contains(&test), "there is no test {test}");
        }
        rows += 1;
    }
    assert!(rows >= 20, "{rows} rows");
}
