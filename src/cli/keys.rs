//! Where the keys of a meter come from: option, file, stdin, environment.

use crate::decode::{Key, Keys};
use crate::error::{Error, Kind, Result};
use crate::settings::looks_secret;
use crate::ui::Ui;
use std::io::Read;

/// The keys of the meter.
#[derive(Debug, clap::Args)]
pub struct KeyArgs {
    /// Encryption key of the meter: @FILE, @- (stdin), or the key itself; env WWCTL_KEY
    ///
    /// 32 hex digits, with or without blanks and 0x, or 16 characters. Written on the command line, others on this
    /// computer can see it.
    #[arg(long, value_name = "KEY", hide_short_help = false)]
    key: Option<String>,
    /// Authentication key of the meter, likewise; env WWCTL_AUTH_KEY
    ///
    /// Only needed to verify what was decrypted.
    #[arg(long, value_name = "KEY")]
    auth_key: Option<String>,
}

impl KeyArgs {
    /// Reads the keys.  `stdin_taken` says that stdin already gives something else.
    ///
    /// # Errors
    /// Of kind [`Kind::Usage`] when a file cannot be read, or holds no key.
    pub fn read(&self, ui: &Ui, stdin_taken: bool) -> Result<Keys> {
        if stdin_taken && [&self.key, &self.auth_key].into_iter().any(|k| k.as_deref() == Some("@-")) {
            return Err(Error::new(Kind::Usage, "stdin cannot give both the input and a key")
                .hint("put the key into a file, and name it with @FILE"));
        }
        if self.key.as_deref() == Some("@-") && self.auth_key.as_deref() == Some("@-") {
            return Err(Error::new(Kind::Usage, "stdin cannot give both keys"));
        }
        let encryption = one("--key", self.key.as_deref(), "WWCTL_KEY", ui)?;
        let authentication = one("--auth-key", self.auth_key.as_deref(), "WWCTL_AUTH_KEY", ui)?;
        Ok(Keys { encryption, authentication })
    }
}

fn one(option: &str, given: Option<&str>, variable: &str, ui: &Ui) -> Result<Option<Key>> {
    let (place, text) = match given {
        Some("@-") => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|e| Error::new(Kind::Usage, format!("{option}: stdin cannot be read: {e}")))?;
            (format!("{option}, from stdin"), text)
        }
        Some(given) => match given.strip_prefix('@') {
            Some(path) => {
                let shown = if looks_secret(path) { "the file behind @" } else { path };
                let text = std::fs::read_to_string(path)
                    .map_err(|e| Error::new(Kind::Usage, format!("{option}: {shown} cannot be read: {e}")))?;
                (format!("{option}, from {shown}"), text)
            }
            None => {
                ui.warn(&format!("{option}: others on this computer can see a key on the command line; use @FILE or {variable}"));
                (option.to_owned(), given.to_owned())
            }
        },
        None => match std::env::var(variable) {
            Ok(text) if !text.trim().is_empty() => (variable.to_owned(), text),
            _ => return Ok(None),
        },
    };
    // The error says what a key looks like, and nothing of this one.
    Key::parse(&text).map(Some).map_err(|e| Error::new(Kind::Usage, format!("{place}: {e}")))
}
