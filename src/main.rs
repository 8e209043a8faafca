//! Parses the command line, runs one command, prints its error.

use std::process::ExitCode;

use callboard::{cli::Cli, commands};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // reqwest and tokio-tungstenite are built without a TLS provider of their own. The call fails
    // only when one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match commands::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one place where errors reach a person")]
            {
                eprintln!("callboard: {}", sentence(&error));
            }
            ExitCode::FAILURE
        }
    }
}

/// The error with its causes, each said once: some already repeat their cause in their own words.
fn sentence(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(cause.trim()) {
            said = format!("{said}: {cause}");
        }
    }
    said
}
