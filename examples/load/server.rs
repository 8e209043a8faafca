//! The servers that are loaded, as processes of their own, and what they take of the machine.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use callboard::{sandbox::org, wire::Status};

use crate::{Outcome, calls::SECRET};

/// A running server, killed when dropped.
pub struct Server {
    child: Child,
    url: String,
    folder: Option<PathBuf>,
    /// How long it took until it was ready.
    pub started_in: Duration,
}

impl Server {
    /// The program's hub with its data in `folder`.
    pub fn hub(folder: &Path, org: Option<&org::Running>) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let config = folder.join("callboard.toml");
        let mut text = "[sources.vapi]\nkind = \"vapi\"\nsecrets = [\"env:HOOK\"]\n".to_owned();
        if let Some(org) = org {
            text += &format!(
                "[salesforce]\nlogin_url = \"{}\"\nclient_id = \"{}\"\nclient_secret = \"env:ORG\"\n",
                org.base_url, org.client_id
            );
        }
        fs::write(&config, text)?;
        let mut command = Command::new(program()?);
        command.arg("--config").arg(config).args(["hub", "--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(folder).env("HOOK", SECRET).env("CALLBOARD_LOG", "error");
        command.env("ORG", org.map_or("", |org| &org.client_secret));
        Self::start(command, Some(folder.to_owned()))
    }

    /// A handler that reads the body and answers.
    pub fn bare() -> Outcome<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare");
        Self::start(command, None)
    }

    fn start(mut command: Command, folder: Option<PathBuf>) -> Outcome<Self> {
        let begun = Instant::now();
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("no stdout")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let started_in = begun.elapsed();
        let ready: serde_json::Value = serde_json::from_str(&line)?;
        let url = ready["url"].as_str().ok_or("no address")?.to_owned();
        Ok(Self { child, url, folder, started_in })
    }

    /// Host and port.
    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The file with the local operator's token.
    pub fn token_file(&self) -> PathBuf {
        self.folder.clone().unwrap_or_default().join("operator.token")
    }

    /// Processor time so far, in seconds.
    pub fn processor(&self) -> Outcome<f64> {
        processor_of(self.child.id())
    }

    /// What it holds in memory, in bytes.
    pub fn memory(&self) -> Outcome<f64> {
        resident(self.child.id())
    }

    /// What it says of itself.
    pub async fn status(&self) -> Outcome<Status> {
        let token = fs::read_to_string(self.token_file())?;
        let request = reqwest::Client::new().get(format!("{}/v1/status", self.url));
        Ok(request.bearer_auth(token.trim()).send().await?.error_for_status()?.json().await?)
    }

    /// Waits until every write has arrived.
    pub async fn settled(&self) -> Outcome<Status> {
        let end = Instant::now() + Duration::from_secs(300);
        loop {
            let status = self.status().await?;
            if status.unfinished_writes == 0 {
                return Ok(status);
            }
            if Instant::now() > end {
                return Err(format!("{} writes never ended", status.unfinished_writes).into());
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Ends it in good order, so that its journal is whole and small.
    pub fn stop(mut self) -> Outcome {
        Command::new("kill").arg(self.child.id().to_string()).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time of a process so far, in seconds.
pub fn processor_of(process: u32) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    // After the name, which may hold anything: utime and stime are the 12th and 13th.
    let (_, rest) = stat.rsplit_once(')').ok_or("no stat")?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    Ok(ticks.sum::<Result<f64, _>>()? / 100.0)
}

/// What a process holds in memory, in bytes.
pub fn resident(process: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no RSS")?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kilobytes * 1024.0)
}

/// The program, beside this example's folder.
pub fn program() -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("../callboard");
    Ok(path.canonicalize().map_err(|_| "build the program first: cargo build --release")?)
}
