//! Streams, colour, progress, tables, JSON out.  The answer goes to stdout and nothing else does.

pub mod interrupt;
pub mod table;

use crate::Error;
use std::cell::RefCell;
use std::io::{IsTerminal, Write};

/// Where a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stream {
    Out,
    Err,
}

thread_local! {
    /// Texts of this thread that are held back.
    static HELD: RefCell<Option<Vec<(Stream, String)>>> = const { RefCell::new(None) };
}

/// Texts that were held back, in their order.
#[derive(Debug, Default)]
#[must_use = "texts that are not released are lost"]
pub struct Held(Vec<(Stream, String)>);

impl Held {
    /// Writes them.  When the reader has gone the work goes on: a fleet must not be left half-changed for that.
    pub fn release(self) {
        for (stream, text) in self.0 {
            match stream {
                Stream::Out => report(&text),
                Stream::Err => err(&text),
            }
        }
    }
}

/// Does `work` and holds back what it writes on this thread, so that the texts of many threads do not mix.
pub fn hold<R>(work: impl FnOnce() -> R) -> (R, Held) {
    HELD.with(|held| held.replace(Some(Vec::new())));
    let result = work();
    (result, Held(HELD.with(RefCell::take).unwrap_or_default()))
}

/// True when the text was taken to be written later.
fn held_back(stream: Stream, text: &str) -> bool {
    HELD.with(|held| match held.borrow_mut().as_mut() {
        Some(texts) => {
            texts.push((stream, text.to_owned()));
            true
        }
        None => false,
    })
}

fn err(text: &str) {
    if !held_back(Stream::Err, text) {
        let _ = anstream::stderr().lock().write_all(text.as_bytes());
    }
}

/// Replaces the terminal's last line.  To erase is no colour: `NO_COLOR` does not take it away.
fn redraw(text: &str) {
    let mut err = anstream::AutoStream::new(std::io::stderr(), anstream::ColorChoice::Always);
    let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How this run talks to its user.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    /// The answer as JSON; errors too.
    pub json: bool,
    /// No progress and no remarks.
    pub quiet: bool,
    /// How often `-v` was given.
    pub verbose: u8,
}

impl Ui {
    /// Sets colour for both streams, and remembers the rest.
    pub fn new(json: bool, quiet: bool, verbose: u8, color: ColorChoice) -> Self {
        let choice = match color {
            ColorChoice::Auto => anstream::ColorChoice::Auto,
            ColorChoice::Always => anstream::ColorChoice::AlwaysAnsi,
            ColorChoice::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
        Ui { json, quiet, verbose }
    }

    /// A remark on stderr: not part of the answer, left out with `--quiet`.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            err(&format!("{text}\n"));
        }
    }

    /// A warning on stderr.
    pub fn warn(&self, text: &str) {
        err(&format!("warning: {text}\n"));
    }

    /// Advice on stderr: something to think about, never fatal.
    pub fn advice(&self, text: &str) {
        self.note(&format!("advice: {text}"));
    }

    /// What a question is about: shown even with `--quiet`.
    pub fn ask_about(&self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }

    /// A line on stderr that the next one replaces; only where [`live`](Self::live) is true.
    pub fn status(&self, text: &str) {
        // A line that wraps could not be taken away again.
        let width = terminal_size::terminal_size_of(std::io::stderr()).map_or(80, |(width, _)| width.0);
        let text: String = text.chars().take(usize::from(width.saturating_sub(1))).collect();
        redraw(&text);
    }

    /// Takes the line of [`status`](Self::status) away again.
    pub fn clear_status(&self) {
        if self.live() {
            redraw("");
        }
    }

    /// A line for `-v`.
    pub fn verbose(&self, text: &str) {
        if self.verbose > 0 {
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// True when a live display on stderr makes sense.
    pub fn live(&self) -> bool {
        let held = HELD.with(|held| held.borrow().is_some());
        !held && !self.json && !self.quiet && std::io::stderr().is_terminal()
    }

    /// Says what went wrong at one of several hosts, on stderr.
    pub fn error_at(&self, host: &str, error: &Error) {
        let message = match error.message() {
            message if message.contains(host) => message.to_owned(),
            message => format!("{host}: {message}"),
        };
        let here = Error::new(error.kind(), message).with_code(error.code());
        let here = match error.hint_text() {
            Some(hint) => here.hint(hint),
            None => here,
        };
        let details = error.details().iter().cloned();
        self.error(&details.fold(here, |e, (n, v)| e.with_detail(n, v)).with_detail("host", host.into()));
    }

    /// Says what went wrong, on stderr.
    pub fn error(&self, error: &Error) {
        if self.json {
            err(&format!("{}\n", serde_json::json!({ "error": error.to_json() })));
        } else {
            let hint = error.hint_text().map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
            err(&format!("error: {}\n{hint}", error.message()));
        }
    }
}

/// Writes an object to stdout: on one line for programs, laid out for people at a terminal.
pub fn answer_json(value: &serde_json::Value, one_line: bool) {
    let pretty = !one_line && std::io::stdout().is_terminal();
    let text = if pretty { format!("{value:#}") } else { value.to_string() };
    answer(&(text + "\n"));
}

/// Asks a question on the terminal; `None` when there is none to ask at.
pub fn confirm(question: &str) -> Option<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let mut err = anstream::stderr().lock();
    let _ = write!(err, "{question} [y/N] ").and_then(|()| err.flush());
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    Some(read.is_ok() && matches!(line.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

/// Writes to stdout, and goes on when the reader has gone: for work that must not stop half-way.
pub fn report(text: &str) {
    let mut out = anstream::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes to stdout.  When the reader has gone, the process ends quietly with status 0: a closed pipe is
/// no error.  An answer that cannot be written otherwise (the disk is full) must not look complete: it ends
/// with status 1.
pub fn answer(text: &str) {
    if held_back(Stream::Out, text) {
        return;
    }
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(e) => {
            err(&format!("error: cannot write to standard output: {e}\n"));
            std::process::exit(i32::from(crate::Kind::Other.exit_status()));
        }
        Ok(()) => {}
    }
}
