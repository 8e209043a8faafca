//! What docs/sources.md tells people to paste is a config.

use std::collections::BTreeMap;

use callboard::{
    call::Region,
    intake::{FIELDS, Settings, Sources},
    secret::SecretRef,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    sources: BTreeMap<String, Settings>,
}

fn docs() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/sources.md");
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn every_table_shown_is_one() {
    let mut seen = 0;
    for block in docs().split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap();
        // Alternatives for one setting stand one below the other; each belongs to Vapi.
        let alternatives = block.lines().filter(|line| line.starts_with("auth = "));
        let mut tables: Vec<String> = vec![];
        if block.starts_with("auth = ") {
            tables.extend(
                alternatives.map(|line| format!("[sources.vapi]\nkind = \"vapi\"\n{line}")),
            );
        } else if block.starts_with("[sources.vapi.") {
            tables.push(format!("[sources.vapi]\nkind = \"vapi\"\n{block}"));
        } else {
            tables.push(block.to_owned());
        }
        for table in tables {
            let mut config: Config =
                toml::from_str(&table).unwrap_or_else(|error| panic!("{table}\n{error}"));
            for settings in config.sources.values_mut() {
                settings.secrets = vec![SecretRef::given("a secret")];
            }
            Sources::build(&config.sources, &Region::default())
                .unwrap_or_else(|error| panic!("{table}\n{error}"));
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} tables");
}

#[test]
fn every_field_is_listed() {
    let docs = docs();
    for (field, read_as) in FIELDS {
        assert!(docs.contains(&format!("| `{field}` | {read_as} |")), "{field}: {read_as}");
    }
}
