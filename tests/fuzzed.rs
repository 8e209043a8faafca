//! The seeds of the fuzz targets beyond the intake's, whole and damaged, as a plain test.

use std::fs;

#[path = "../fuzz/src/answers.rs"]
mod answers;
#[path = "../fuzz/src/files.rs"]
mod files;
#[path = "../fuzz/src/hub.rs"]
mod hub;
#[path = "../fuzz/src/screen.rs"]
mod screen;

/// Tries every seed, and every seed cut short or with a byte changed at some places.
fn run(target: &str, places: usize, mut attempt: impl FnMut(&[u8])) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/seeds/");
    let seeds = fs::read_dir(format!("{folder}{target}")).unwrap();
    let mut seen = 0;
    for seed in seeds {
        let seed = fs::read(seed.unwrap().path()).unwrap();
        attempt(&seed);
        for n in 1..places {
            let place = seed.len() * n / places;
            attempt(&seed[..place]);
            let mut changed = seed.clone();
            changed[place] = b"\"9}\xff"[n % 4];
            attempt(&changed);
        }
        seen += 1;
    }
    assert!(seen > 3, "only {seen} seeds of {target}");
}

#[test]
fn nothing_a_hub_says_steers_a_terminal() {
    run("screen", 8, screen::follow);
}

#[test]
fn no_file_of_a_user_breaks_the_program() {
    run("config", 8, files::config);
    run("rules", 8, files::rules);
    run("theme", 8, files::theme);
}

#[test]
fn no_answer_of_salesforce_breaks_the_client() {
    let told = answers::Told::start();
    run("answers", 8, |input| told.ask(input));
}

#[test]
fn nothing_said_to_a_hub_makes_it_fall() {
    let stage = hub::Stage::start();
    run("orders", 8, |input| stage.ask(input));
}
