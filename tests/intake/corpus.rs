//! The seeds of the fuzz targets, and every example, as a plain test.

use std::fs;

use super::samples::folder;

#[path = "../../fuzz/src/intake.rs"]
mod fuzz;

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = folder().join("../../../fuzz/seeds").join(target);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let files = files.map(|file| file.unwrap().path());
    files.map(|path| (path.display().to_string(), fs::read(&path).unwrap())).collect()
}

#[test]
fn no_seed_breaks_a_parser() {
    let sources = fuzz::sources();
    let seeds = seeds("translate");
    assert!(seeds.len() > 50);
    for (_, seed) in &seeds {
        fuzz::translate(&sources, seed);
    }
}

#[test]
fn no_seed_gets_past_a_signature() {
    let sources = fuzz::sources();
    for (_, seed) in seeds("verify") {
        fuzz::verify(&sources, &seed);
    }
}

/// The examples cut short, and with a byte changed, at many places.
#[test]
fn no_damaged_example_breaks_a_parser() {
    let sources = fuzz::sources();
    for (_, seed) in seeds("translate") {
        for n in 1..40 {
            let place = seed.len() * n / 40;
            fuzz::translate(&sources, &seed[..place]);
            let mut changed = seed.clone();
            for (byte, with) in [(0, b'"'), (1, b'9'), (2, b'}'), (3, 0xff)] {
                if let Some(at) = changed.get_mut(place + byte * 7) {
                    *at = with;
                }
            }
            fuzz::translate(&sources, &changed);
        }
    }
}
