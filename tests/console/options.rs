//! The console's flags, wherever they stand.

use std::path::Path;

use callboard::cli::{Cli, Command, ConsoleArgs};
use clap::Parser;

fn console(line: &str) -> ConsoleArgs {
    let cli = Cli::try_parse_from(line.split(' ')).unwrap();
    match cli.command {
        Some(Command::Console(args)) => args,
        None => cli.console,
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn flags_count_before_the_name_and_after_it() {
    let flags =
        "--read-only --ascii --no-motion --plain --theme paper --hub http://h:1 --token-file t";
    for line in [
        format!("callboard {flags}"),
        format!("callboard {flags} console"),
        format!("callboard console {flags}"),
        "callboard --read-only --ascii --theme paper console --plain --hub http://h:1 \
         --token-file t"
            .to_owned(),
        format!("callboard --hub http://other:1 --theme dark --token-file u console {flags}"),
    ] {
        let args = console(&line);
        assert!(args.read_only && args.plain && args.screen.ascii, "{line}");
        assert_eq!(args.screen.theme.as_deref(), Some("paper"), "{line}");
        assert_eq!(args.at.hub.as_deref(), Some("http://h:1"), "{line}");
        assert_eq!(args.at.token_file.as_deref(), Some(Path::new("t")), "{line}");
    }
}

#[test]
fn no_flag_is_set_by_itself() {
    let args = console("callboard console");
    assert!(!args.read_only && !args.plain && !args.screen.ascii);
}
