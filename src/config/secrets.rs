//! Where secrets and other input come from: files, standard input, the environment, a prompt.

use crate::error::{Error, Kind, Result};
use crate::settings::looks_secret;
use std::io::{IsTerminal, Read};
use std::path::Path;

/// Standard input, which can be read once: whoever wants it second is told who has it.
#[derive(Debug, Default)]
pub struct Stdin {
    taken_for: Option<String>,
}

impl Stdin {
    /// Everything that stands on standard input; `what` is it wanted for.
    ///
    /// # Errors
    /// When it was read before, or is no UTF-8.
    pub fn read(&mut self, what: &str) -> Result<String> {
        if let Some(first) = &self.taken_for {
            return Err(Error::new(Kind::Usage, format!("standard input cannot be both {first} and {what}"))
                .hint("give one of them as a file"));
        }
        self.taken_for = Some(what.to_owned());
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|e| Error::new(Kind::Usage, format!("cannot read {what} from standard input: {e}")))?;
        Ok(text)
    }
}

/// Text from a file, or from standard input for `-`.
///
/// # Errors
/// When it cannot be read; `what` says what it was to be.
pub fn read_text(from: &str, what: &str, stdin: &mut Stdin) -> Result<String> {
    if from == "-" {
        return stdin.read(what);
    }
    std::fs::read_to_string(from).map_err(|e| {
        let why = match e.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::InvalidData => "it is not UTF-8 text".to_owned(),
            _ => e.to_string(),
        };
        // A key behind `@`, where a file belongs.
        let error = |from| Error::new(Kind::Usage, format!("cannot read {what} from {from}: {why}"));
        match looks_secret(from) {
            true => error("a file whose name looks like a key").hint("behind @ stands a file's name"),
            false => error(from),
        }
    })
}

/// The first line of a file (or of standard input for `-`), as a password or a key is kept.
///
/// # Errors
/// When it cannot be read, or is empty.
pub fn read_secret(from: &str, what: &str, stdin: &mut Stdin) -> Result<String> {
    let text = read_text(from, what, stdin)?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Error::new(Kind::Usage, format!("{what}: the first line of {} is empty", named(from))));
    }
    Ok(line.to_owned())
}

fn named(from: &str) -> &str {
    if from == "-" { "standard input" } else { from }
}

/// A warning when others than its owner may read this file with a secret in it.
pub fn exposed(path: &str, what: &str) -> Option<String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let meta = std::fs::metadata(Path::new(path)).ok().filter(std::fs::Metadata::is_file)?;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Some(format!(
                "{path} holds {what} and others may read it (mode {mode:03o}): chmod 600 {path}"
            ));
        }
    }
    #[cfg(not(unix))]
    let _ = (Path::new(path), what);
    None
}

/// Asks for a password at the terminal, without showing it.
///
/// # Errors
/// When the terminal goes away.
pub fn prompt(question: &str) -> Result<String> {
    rpassword::prompt_password(question).map_err(|e| match e.kind() {
        std::io::ErrorKind::Interrupted => Error::new(Kind::Interrupted, "interrupted"),
        _ => Error::new(Kind::Authentication, format!("cannot ask for the password: {e}")),
    })
}

/// True when somebody is there to ask.
pub fn can_prompt() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pw");
        let path = path.to_str().unwrap();
        std::fs::write(path, " s3 cret\r\nsecond\n").unwrap();
        assert_eq!(read_secret(path, "the password", &mut Stdin::default()).unwrap(), " s3 cret");
        std::fs::write(path, "\n").unwrap();
        assert_eq!(read_secret(path, "the password", &mut Stdin::default()).unwrap_err().kind(), Kind::Usage);
        let key = "00112233445566778899AABBCCDDEEFF";
        let astray = read_secret(key, "encryption_key", &mut Stdin::default()).unwrap_err();
        assert!(!format!("{astray} {:?}", astray.hint_text()).contains(key));
        let missing = read_secret("/no/such", "the password", &mut Stdin::default()).unwrap_err();
        assert_eq!(missing.message(), "cannot read the password from /no/such: there is no such file");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_others_may_read_is_named() {
        use std::os::unix::fs::PermissionsExt;
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(exposed(path, "a password").unwrap().contains("chmod 600"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(exposed(path, "a password"), None);
        assert_eq!(exposed("/dev/null", "a password"), None);
    }
}
