//! Parses the command line, runs one command, prints its error.

use std::process::ExitCode;

use callboard::{cli::Cli, commands};
use clap::Parser;

fn main() -> ExitCode {
    // reqwest and tokio-tungstenite are built without a TLS provider of their own. The call fails
    // only when one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match commands::run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one place where errors reach a person")]
            {
                eprintln!("callboard: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}
