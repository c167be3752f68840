//! Streams, colour, progress, tables, JSON out.  The answer goes to stdout and nothing else does.

pub mod interrupt;

use crate::Error;
use std::io::{IsTerminal, Write};

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
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// A warning on stderr.
    pub fn warn(&self, text: &str) {
        let _ = writeln!(anstream::stderr().lock(), "warning: {text}");
    }

    /// A line for `-v`.
    pub fn verbose(&self, text: &str) {
        if self.verbose > 0 {
            let _ = writeln!(anstream::stderr().lock(), "{text}");
        }
    }

    /// True when a live display on stderr makes sense.
    pub fn live(&self) -> bool {
        !self.json && !self.quiet && std::io::stderr().is_terminal()
    }

    /// Says what went wrong, on stderr.
    pub fn error(&self, error: &Error) {
        let mut err = anstream::stderr().lock();
        if self.json {
            let _ = writeln!(err, "{}", serde_json::json!({ "error": error.to_json() }));
        } else {
            let _ = writeln!(err, "error: {}", error.message());
            if let Some(hint) = error.hint_text() {
                let _ = writeln!(err, "  hint: {hint}");
            }
        }
    }
}

/// Writes to stdout, and ends the process quietly with status 0 when the reader has gone: a closed
/// pipe is no error.
pub fn answer(text: &str) {
    let mut out = anstream::stdout().lock();
    if out
        .write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .is_err_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    {
        std::process::exit(0);
    }
}
