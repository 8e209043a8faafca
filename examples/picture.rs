//! Draws the picture of the board in the README: runs the demo in a pseudo-terminal, waits until
//! there is something to see, and writes the screen as SVG.
//!
//! `cargo build --release && cargo run --release --example picture -- docs/board.svg`

use std::{
    error::Error,
    fmt::Write as _,
    io::{Read, Write},
    num::NonZeroU16,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use vt100::{Cell, Color, Parser, Screen};

const COLUMNS: u16 = 130;
const ROWS: u16 = 34;
/// How long the callers talk before the picture is taken.
const SECONDS: u64 = 28;
/// A character's width and a line's height, in pixels.
const WIDE: u32 = 9;
const HIGH: u32 = 19;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("say where the picture goes: docs/board.svg")?;
    let program = std::env::current_exe()?.with_file_name("../callboard").canonicalize()?;
    let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size)?;
    let mut command = CommandBuilder::new(program);
    command.args(["demo", "--seed", "11"]);
    command.env("TERM", "xterm-256color");
    command.env("COLORTERM", "truecolor");
    let mut child = pair.slave.spawn_command(command)?;
    let (rows, columns) = (NonZeroU16::try_from(ROWS)?, NonZeroU16::try_from(COLUMNS)?);
    let screen = Arc::new(Mutex::new(Parser::new(rows, columns, 0)));
    let shown = Arc::clone(&screen);
    let mut reader = pair.master.try_clone_reader()?;
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            shown.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..count]);
        }
    });
    std::thread::sleep(Duration::from_secs(SECONDS));
    let picture = svg(screen.lock().unwrap_or_else(PoisonError::into_inner).screen());
    pair.master.take_writer()?.write_all(b"q")?;
    child.wait()?;
    std::fs::write(path, picture)?;
    Ok(())
}

/// The screen as SVG: a rectangle per run of background, a text per run of one look.
fn svg(screen: &Screen) -> String {
    let (width, height) = (u32::from(COLUMNS) * WIDE + 20, u32::from(ROWS) * HIGH + 20);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace\" \
         font-size=\"15\">\n<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#14161b\"/>\n"
    );
    for row in 0..ROWS {
        let mut column = 0;
        while column < COLUMNS {
            let Some(first) = screen.cell(row, column) else { break };
            let (start, look) = (column, look(first));
            let mut text = String::new();
            while let Some(cell) = screen.cell(row, column).filter(|cell| self::look(cell) == look)
            {
                text.push_str(if cell.has_contents() { cell.contents() } else { " " });
                column += 1;
            }
            run(&mut out, row, start, column - start, &look, &text);
        }
    }
    out.push_str("</svg>\n");
    out
}

#[derive(PartialEq)]
struct Look {
    ink: String,
    paper: Option<String>,
    bold: bool,
    faint: bool,
}

fn look(cell: &Cell) -> Look {
    let ink = colour(cell.fgcolor()).unwrap_or_else(|| "#d6d8de".to_owned());
    let paper = colour(cell.bgcolor());
    let (ink, paper) = match (cell.inverse(), paper) {
        (true, paper) => (paper.unwrap_or_else(|| "#14161b".to_owned()), Some(ink)),
        (false, paper) => (ink, paper),
    };
    Look { ink, paper, bold: cell.bold(), faint: cell.dim() }
}

fn colour(colour: Color) -> Option<String> {
    const BASE: [&str; 16] = [
        "#1c1c1c", "#d75f5f", "#87af5f", "#d7af5f", "#5f87d7", "#af87d7", "#5fafaf", "#d0d0d0",
        "#767676", "#ff8787", "#afd787", "#ffd787", "#87afff", "#d7afff", "#87d7d7", "#ffffff",
    ];
    match colour {
        Color::Default => None,
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Idx(index) => Some(BASE[usize::from(index % 16)].to_owned()),
    }
}

fn run(out: &mut String, row: u16, column: u16, columns: u16, look: &Look, text: &str) {
    let (x, y) = (u32::from(column) * WIDE + 10, u32::from(row) * HIGH + 10);
    let width = u32::from(columns) * WIDE;
    if let Some(paper) = &look.paper {
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HIGH}\" fill=\"{paper}\"/>"
        );
    }
    if text.trim().is_empty() {
        return;
    }
    let weight = if look.bold { " font-weight=\"bold\"" } else { "" };
    let opacity = if look.faint { " opacity=\"0.6\"" } else { "" };
    // Every word has its own place, so that the columns line up in any font.
    let mut at = 0;
    for word in text.split(' ') {
        let letters = u32::try_from(word.chars().count()).unwrap_or(0);
        if letters > 0 {
            let shown = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" textLength=\"{}\" fill=\"{}\"{weight}{opacity}>{shown}</text>",
                x + at * WIDE,
                y + HIGH - 5,
                letters * WIDE,
                look.ink
            );
        }
        at += letters + 1;
    }
}
