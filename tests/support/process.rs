//! The real program as a process of its own.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use serde_json::Value;

/// A running `callboard`, killed when dropped.
pub struct Process {
    child: Child,
    /// The line of JSON it printed when it was ready.
    pub ready: Value,
}

impl Process {
    /// Starts the program with these arguments and waits until it says that it is ready.
    pub fn start(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::try_start(arguments, environment)
            .unwrap_or_else(|said| panic!("{arguments:?} printed no line of JSON but {said:?}"))
    }

    /// The same, for one that may end before; what it printed then.
    pub fn try_start(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Self, String> {
        let mut command = Command::new(program());
        command.args(arguments).envs(environment.iter().copied());
        command.stderr(match std::env::var_os("CALLBOARD_TEST_LOG") {
            Some(_) => Stdio::inherit(),
            None => Stdio::null(),
        });
        Self::of(command)
    }

    /// The same, started in another way.
    pub fn of(mut command: Command) -> Result<Self, String> {
        // Whoever starts it wants to talk to it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        match serde_json::from_str(&line) {
            Ok(ready) => Ok(Self { child, ready }),
            Err(_) => {
                child.wait().unwrap();
                Err(line)
            }
        }
    }

    /// Whether it has come to its end by itself.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has in memory, in bytes. Linux tells; 0 elsewhere.
    #[allow(dead_code, reason = "the soak asks")]
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes =
            line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kilobytes.unwrap_or(0) * 1024
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by its name: STOP, CONT, TERM.
    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// SIGKILL: no last words.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The program: cargo tells tests where it is; beside an example it is one folder up.
pub fn program() -> PathBuf {
    match option_env!("CARGO_BIN_EXE_callboard") {
        Some(path) => path.into(),
        None => std::env::current_exe().unwrap().with_file_name("../callboard"),
    }
}

/// The local administrator's token of a hub with this data folder.
pub fn local_token(data_dir: &Path) -> String {
    std::fs::read_to_string(data_dir.join("operator.token")).unwrap()
}
