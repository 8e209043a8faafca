//! What the console costs: the real program in a real pseudo-terminal, at rest, under load, on a
//! slow line, and with a large board.

use std::{
    io::Read,
    num::NonZeroU16,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tokio::{net::TcpStream, time::sleep};
use vt100::Parser;

use crate::{
    CONNECTIONS, Outcome, Scale, calls,
    server::{Server, processor_of, program, resident},
    storm::{self, Storm},
    table::{self, Table},
};

const COLUMNS: u16 = 120;
const ROWS: u16 = 40;
/// Events a second under load.
const PACE: f64 = 200.0;
/// What a slow line carries, in bytes a second.
const SLOW: f64 = 2_000.0;
/// Callers on the line while nothing happens.
const AT_REST: usize = 20;

/// What lies between the console and whoever looks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    /// As fast as the terminal.
    Fast,
    /// [`SLOW`], and the environment tells that it is SSH.
    SlowOverSsh,
    /// [`SLOW`], and nothing tells of it.
    Slow,
}

/// All of it.
pub async fn measure(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    let hub = Server::hub(&folder.join("console"), None)?;
    Storm::flat_out(5_000_000..5_000_000 + AT_REST, 3).post(&hub).await?;
    at_rest(scale, &hub, table).await?;
    table.section("The same at 200 events/s");
    under_load(scale, &hub, Line::Fast, "a fast line", table).await?;
    under_load(scale, &hub, Line::SlowOverSsh, "2 kB/s over SSH", table).await?;
    under_load(scale, &hub, Line::Slow, "2 kB/s, nobody says so", table).await?;
    drop(hub);
    large(scale, folder, table).await
}

/// Twenty calls on the line, and nothing happens.
async fn at_rest(scale: &Scale, hub: &Server, table: &mut Table) -> Outcome {
    table.section("The console at rest, 20 live calls (pseudo-terminal of 120x40)");
    let mut paints = Vec::new();
    for _ in 0..5 {
        let console = Console::start(hub, Line::Fast)?;
        console.shows("Live 20").await?;
        paints.push(console.first_paint()?.as_secs_f64() * 1e3);
    }
    table.figure("first paint, the median of five", table::percentile(&mut paints, 50.0), "ms");
    let console = Console::start(hub, Line::Fast)?;
    console.shows("Live 20").await?;
    table.figure("until the board is there", console.begun.elapsed().as_secs_f64() * 1e3, "ms");
    sleep(Duration::from_secs(3)).await;
    let seconds = scale.of(60).max(6) as f64;
    let (bytes, busy) = console.over(seconds).await?;
    table.figure("to the terminal", bytes / seconds, "bytes/s");
    table.figure("processor", 100.0 * busy / seconds, "% of a core");
    table.figure("memory", resident(console.id()?)? / 1e6, "MB");
    Ok(())
}

/// Two hundred events a second, on a line as fast as the terminal or a slow one.
async fn under_load(
    scale: &Scale,
    hub: &Server,
    line: Line,
    name: &str,
    table: &mut Table,
) -> Outcome {
    let console = Console::start(hub, line)?;
    console.shows("● live").await?;
    // The first picture of all takes a slow line some seconds, whoever draws it.
    sleep(Duration::from_secs(6)).await;
    let calls = scale.of(200).max(CONNECTIONS / 10);
    let events = calls * calls::EVENTS;
    let seconds = events as f64 / PACE;
    let first = 6_000_000 + 1_000 * name.len();
    let others = Storm::paced(first..first + calls, calls::EVENTS, PACE).post(hub);
    let ((bytes, busy), _, mut waits) =
        tokio::try_join!(console.over(seconds), others, probe(hub, &console, seconds))?;
    table.figure(&format!("{name}: to the terminal"), bytes / seconds, "bytes/s");
    table.figure(&format!("{name}: processor"), 100.0 * busy / seconds, "% of a core");
    let [p50, worst] = [50.0, 100.0].map(|it| table::percentile(&mut waits, it));
    table.text(&format!("{name}: behind, p50 / worst"), &format!("{p50:.0} / {worst:.0} ms"));
    Ok(())
}

/// Gives a caller a new name every second, and tells how long each took to be read.
async fn probe(hub: &Server, console: &Console, seconds: f64) -> Outcome<Vec<f64>> {
    let mut probe = TcpStream::connect(hub.address()).await?;
    let at = calls::beginning() + 1_000_000;
    // The most urgent call stands on top.
    let burst = "A pipe burst and my basement is flooding, I need someone right now!";
    storm::post_one(&mut probe, &calls::said("probe", burst, at)).await?;
    let begun = Instant::now();
    let mut waits = Vec::new();
    let mut number = jiff::Timestamp::now().as_second() % 100_000;
    while begun.elapsed().as_secs_f64() < seconds {
        number += 1;
        let name = format!("Probe Q{number:05}Q");
        let sent = Instant::now();
        storm::post_one(&mut probe, &calls::named("probe", &name, at + number)).await?;
        console.shows(&name).await?;
        waits.push(sent.elapsed().as_secs_f64() * 1e3);
        sleep(Duration::from_millis(970).saturating_sub(sent.elapsed())).await;
    }
    Ok(waits)
}

/// A hundred thousand calls on the board.
async fn large(scale: &Scale, folder: &Path, table: &mut Table) -> Outcome {
    let calls = scale.of(100_000);
    table.section(&format!("The console with {calls} calls"));
    let hub = Server::hub(&folder.join("large"), None)?;
    Storm::flat_out(0..calls, 1).post(&hub).await?;
    let console = Console::start(&hub, Line::Fast)?;
    console.shows(&format!("Live {calls}")).await?;
    table.figure("until the board is there", console.begun.elapsed().as_secs_f64() * 1e3, "ms");
    sleep(Duration::from_secs(3)).await;
    table.figure("memory", resident(console.id()?)? / 1e6, "MB");
    Ok(())
}

/// What has come to the terminal.
struct Seen {
    parser: Parser,
    bytes: usize,
    first: Option<Instant>,
}

/// Takes what is drawn, as a terminal does; on a slow line a little at a time.
fn read(reader: &mut dyn Read, seen: &Mutex<Seen>, rate: Option<f64>) {
    let mut bytes = [0; 65_536];
    let most = if rate.is_some() { 64 } else { bytes.len() };
    while let Ok(count @ 1..) = reader.read(&mut bytes[..most]) {
        if let Some(rate) = rate {
            std::thread::sleep(Duration::from_secs_f64(count as f64 / rate));
        }
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.parser.process(&bytes[..count]);
        seen.bytes += count;
        seen.first.get_or_insert_with(Instant::now);
    }
}

/// A console in a pseudo-terminal, ended when dropped.
struct Console {
    child: Box<dyn Child + Send + Sync>,
    begun: Instant,
    seen: Arc<Mutex<Seen>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Console {
    /// Starts it.
    fn start(hub: &Server, line: Line) -> Outcome<Self> {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size)?;
        let mut command = CommandBuilder::new(program()?);
        command.args(["console", "--hub", hub.url(), "--token-file"]);
        command.arg(hub.token_file());
        command.env("TERM", "xterm-256color");
        for name in ["SSH_TTY", "SSH_CONNECTION"] {
            command.env_remove(name);
        }
        if line == Line::SlowOverSsh {
            command.env("SSH_TTY", "/dev/pts/0");
        }
        let (rows, columns) = (NonZeroU16::try_from(ROWS)?, NonZeroU16::try_from(COLUMNS)?);
        let parser = Parser::new(rows, columns, 0);
        let seen = Arc::new(Mutex::new(Seen { parser, bytes: 0, first: None }));
        let (mut reader, shown) = (pair.master.try_clone_reader()?, Arc::clone(&seen));
        let rate = (line != Line::Fast).then_some(SLOW);
        std::thread::spawn(move || read(&mut reader, &shown, rate));
        let begun = Instant::now();
        let child = pair.slave.spawn_command(command)?;
        Ok(Self { child, begun, seen, _master: pair.master })
    }

    fn id(&self) -> Outcome<u32> {
        Ok(self.child.process_id().ok_or("the console has ended")?)
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn first_paint(&self) -> Outcome<Duration> {
        Ok(self.seen().first.ok_or("nothing was drawn")?.duration_since(self.begun))
    }

    /// Waits until `text` stands on the screen.
    async fn shows(&self, text: &str) -> Outcome {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.seen().parser.screen().contents().contains(text) {
            if Instant::now() > end {
                let screen = self.seen().parser.screen().contents();
                return Err(format!("never saw {text:?}:\n{screen}").into());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    /// What it wrote and how long it computed within some seconds.
    async fn over(&self, seconds: f64) -> Outcome<(f64, f64)> {
        let (bytes, busy) = (self.seen().bytes, processor_of(self.id()?)?);
        sleep(Duration::from_secs_f64(seconds)).await;
        let bytes = self.seen().bytes - bytes;
        Ok((bytes as f64, processor_of(self.id()?)? - busy))
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
