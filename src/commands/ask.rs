//! What a tool asks a person before it acts, and what it shows them while it does.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, bail};

use super::say;

/// Whether a person says yes. Without a person there `--yes` must have said so before.
///
/// # Errors
/// When nobody can be asked.
pub fn confirm(question: &str, yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    if !io::stdin().is_terminal() {
        bail!("nothing was done: nobody is there to be asked; say --yes");
    }
    let mut out = io::stderr();
    write!(out, "{question} [y/N] ").and_then(|()| out.flush()).context("no terminal to ask on")?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).context("the answer can't be read")?;
    let agreed = matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes");
    if !agreed {
        say("nothing was done")?;
    }
    Ok(agreed)
}

/// `12 of 340`, over itself, where a person looks.
pub struct Progress {
    done: usize,
    all: usize,
    shown: bool,
}

impl Progress {
    /// Nothing of `all` is done.
    pub fn new(all: usize) -> Self {
        Self { done: 0, all, shown: all > 1 && io::stderr().is_terminal() }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.at(self.done + 1);
    }

    /// So many are done.
    pub fn at(&mut self, done: usize) {
        self.done = done;
        if self.shown {
            // Progress that can't be shown is no reason to stop.
            let _ = write!(io::stderr(), "\r{done} of {} ", self.all);
        }
    }

    /// How many are done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// A line of its own.
    ///
    /// # Errors
    /// When standard output can't be written.
    pub fn say(&self, line: &str) -> anyhow::Result<()> {
        self.wipe();
        say(line)
    }

    /// It is over.
    pub fn end(&self) {
        self.wipe();
    }

    fn wipe(&self) {
        if self.shown {
            let _ = write!(io::stderr(), "\r{:30}\r", "");
        }
    }
}
