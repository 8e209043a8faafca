//! The arrows between modules run one way, as docs/architecture.md draws them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Each module and the modules of ours it may name. What is not listed may name anything.
const MAY_USE: &[(&str, &[&str])] = &[
    ("call", &[]),
    ("triage", &["call"]),
    ("intake", &["call", "secret"]),
    ("figures", &["call", "plan"]),
    ("dispatch", &["call"]),
    ("network", &[]),
    ("notice", &["call", "network", "secret"]),
    ("plan", &["call", "dispatch", "network"]),
    ("salesforce", &["network", "secret"]),
    ("outbound", &["call", "network", "secret"]),
    ("wire", &["call", "figures", "plan"]),
    ("store", &["call", "figures", "network", "plan", "secret", "wire"]),
    ("delivery", &["call", "plan", "store", "salesforce", "wire"]),
    ("client", &["call", "network", "wire"]),
    ("console", &["call", "client", "triage", "wire"]),
    ("sandbox", &[]),
];

fn rust_files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            rust_files(&entry.unwrap().path(), found);
        }
    } else if path.extension().is_some_and(|ending| ending == "rs") {
        found.push(path.to_owned());
    }
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    rust_files(&src.join(module), &mut found);
    let single = src.join(format!("{module}.rs"));
    found.extend(single.exists().then_some(single));
    found
}

/// The modules of ours that `text` names by `crate::module` or `callboard::module`.
fn named(text: &str) -> BTreeSet<String> {
    let path = regex::Regex::new(r"\b(?:crate|callboard)::(\w+)").unwrap();
    let group = regex::Regex::new(r"\b(?:crate|callboard)::\{([^;]*)\}").unwrap();
    let member = regex::Regex::new(r"(?:^|,)\s*(\w+)").unwrap();
    let mut found: BTreeSet<String> = path.captures_iter(text).map(|c| c[1].to_owned()).collect();
    for list in group.captures_iter(text) {
        found.extend(member.captures_iter(&list[1]).map(|c| c[1].to_owned()));
    }
    found
}

#[test]
fn every_module_uses_only_what_it_may() {
    let modules: BTreeSet<&str> = MAY_USE.iter().map(|(module, _)| *module).collect();
    let mut wrong = Vec::new();
    for (module, allowed) in MAY_USE {
        let files = files_of(module);
        for file in files {
            for used in named(&fs::read_to_string(&file).unwrap()) {
                let ours = modules.contains(used.as_str())
                    || matches!(used.as_str(), "hub" | "config" | "commands" | "cli" | "secret");
                if ours && used != *module && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_check_sees_what_it_looks_for() {
    let found = named("use crate::{hub::Hub, call};\nlet x = crate::store::open();");
    assert_eq!(found.into_iter().collect::<Vec<_>>(), ["call", "hub", "store"]);
}

/// A pooler gives whatever is asked outside a transaction any connection: see
/// `src/store/postgres/read.rs`.
#[test]
fn nothing_is_asked_of_postgres_outside_a_transaction() {
    for entry in fs::read_dir("src/store/postgres").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            assert!(!text.contains("(&self.pool)"), "{}", path.display());
        }
    }
}
