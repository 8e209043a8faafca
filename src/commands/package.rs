//! `callboard completions` and `callboard manpages`: the command line, told to shells and to `man`.

use std::{fs, io, path::Path, process::ExitCode};

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;

/// Prints the completions of a shell.
pub fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "callboard", &mut script);
    match io::Write::write_all(&mut io::stdout(), &script) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("stdout can't be written")
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// Writes a page for the program and one for each of its commands.
pub fn manpages(folder: &Path) -> anyhow::Result<ExitCode> {
    let failed = || format!("the pages can't be written to {}", folder.display());
    fs::create_dir_all(folder).with_context(failed)?;
    clap_mangen::generate_to(Cli::command(), folder).with_context(failed)?;
    Ok(ExitCode::SUCCESS)
}
