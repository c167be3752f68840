//! The configuration file: defaults, devices with an alias, groups.
//!
//! ```toml
//! [defaults]
//! host = "kitchen"            # or a list; aliases and groups are fine
//! timeout = 5                 # seconds
//! retries = 2
//! jobs = 16
//! auth = "digest"
//! proxy = "http://10.0.0.1:3128"
//! password_file = "~/.config/wwctl/password"
//!
//! [devices.kitchen]
//! host = "192.0.2.7"
//! password_command = "pass show whatwatt/kitchen"
//!
//! [groups]
//! north = ["kitchen", "ABCDEF", "192.0.2.9:8080"]
//! ```

use crate::error::{Error, Kind, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the line of the file that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Its line, from 1.
    pub line: usize,
}

/// Where a password comes from.
#[derive(Clone, PartialEq, Eq)]
pub enum PasswordFrom {
    /// It stands in the file itself, which nobody else may read then.
    Text(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a shell command prints.
    Command(String),
}

/// Never shows the password.
impl fmt::Debug for PasswordFrom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PasswordFrom::Text(_) => f.write_str("Text(hidden)"),
            PasswordFrom::File(path) => write!(f, "File({})", path.display()),
            PasswordFrom::Command(command) => write!(f, "Command({command})"),
        }
    }
}

/// What may be said for all gateways, and again for one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preferences {
    /// Host, alias or group names.
    pub host: Option<At<Vec<String>>>,
    /// `auto`, `digest`, `basic` or `none`.
    pub auth: Option<At<String>>,
    /// Seconds, as written.
    pub timeout: Option<At<String>>,
    /// How often a failed connection is tried again.
    pub retries: Option<At<u32>>,
    /// How many gateways at once.
    pub jobs: Option<At<usize>>,
    /// HTTP proxy URL.
    pub proxy: Option<At<String>>,
    /// Where the password comes from.
    pub password: Option<At<PasswordFrom>>,
}

/// A configuration file, read and checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// `[defaults]`.
    pub defaults: Preferences,
    /// `[devices.ALIAS]`.
    pub devices: BTreeMap<String, Preferences>,
    /// `[groups]`: hosts, aliases or further groups.
    pub groups: BTreeMap<String, At<Vec<String>>>,
}

const SECTIONS: &[&str] = &["defaults", "devices", "groups"];
const PREFERENCES: &[&str] =
    &["host", "auth", "timeout", "retries", "jobs", "proxy", "password", "password_file", "password_command"];
const AUTH: &[&str] = &["auto", "digest", "basic", "none"];

impl ConfigFile {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// Kind `Config`: it cannot be read, is no TOML, has unknown keys or unusable values (all of them are named, each
    /// with its line), or holds a password while others may read it.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::new(Kind::Config, format!("cannot read {}: {e}", path.display())))?;
        let file = Self::parse(&text, path)?;
        if file.holds_a_password() {
            private(path)?;
        }
        Ok(file)
    }

    /// Checks the text of a file; `path` is only named in messages, and paths in it count from its folder.
    ///
    /// # Errors
    /// As [`ConfigFile::read`].
    pub fn parse(text: &str, path: &Path) -> Result<Self> {
        let mut reader = Reader { text, path, problems: Vec::new() };
        let file = match DeTable::parse(text) {
            Ok(table) => reader.file(table.get_ref()),
            Err(e) => {
                let line = e.span().map_or(1, |s| line_of(text, s.start));
                reader.problems.push((line, e.message().trim().to_owned()));
                ConfigFile::default()
            }
        };
        if reader.problems.is_empty() {
            return Ok(file);
        }
        reader.problems.sort();
        let lines: Vec<String> =
            reader.problems.iter().map(|(line, what)| format!("{}:{line}: {what}", path.display())).collect();
        Err(Error::new(Kind::Config, lines.join("\n")))
    }

    fn holds_a_password(&self) -> bool {
        std::iter::once(&self.defaults)
            .chain(self.devices.values())
            .any(|p| matches!(&p.password, Some(At { value: PasswordFrom::Text(_), .. })))
    }
}

/// Refuses a file with a secret in it that others may read.
///
/// # Errors
/// Kind `Config`, with the command that cures it.
pub fn private(path: &Path) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path)
            .map_err(|e| Error::new(Kind::Config, format!("cannot read {}: {e}", path.display())))?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            let what = format!(
                "{} holds a password, and others may read it (mode {:03o})",
                path.display(),
                mode & 0o777
            );
            return Err(Error::new(Kind::Config, what).hint(format!("chmod 600 {}", path.display())));
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).unwrap_or(text).bytes().filter(|b| *b == b'\n').count() + 1
}

/// Walks the parsed file and collects everything that is wrong with it.
struct Reader<'a> {
    text: &'a str,
    path: &'a Path,
    problems: Vec<(usize, String)>,
}

impl Reader<'_> {
    fn line<T>(&self, at: &Spanned<T>) -> usize {
        line_of(self.text, at.span().start)
    }

    fn problem<T>(&mut self, at: &Spanned<T>, what: String) {
        let line = self.line(at);
        self.problems.push((line, what));
    }

    fn unknown<T>(&mut self, at: &Spanned<T>, what: &str, name: &str, known: &[&str]) {
        let near =
            known.iter().map(|k| (strsim::damerau_levenshtein(name, k), k)).min().filter(|(d, _)| *d <= 3);
        let help = match near {
            Some((_, k)) => format!("did you mean `{k}`?"),
            None => format!("known are {}", known.join(", ")),
        };
        self.problem(at, format!("unknown {what} `{name}`; {help}"));
    }

    fn file(&mut self, table: &DeTable) -> ConfigFile {
        let mut file = ConfigFile { path: self.path.to_owned(), ..ConfigFile::default() };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "defaults" => {
                    if let Some(t) = self.table(value, "defaults") {
                        file.defaults = self.preferences(t, true);
                    }
                }
                "devices" => {
                    let Some(t) = self.table(value, "devices") else { continue };
                    for (alias, device) in t {
                        let name = alias.get_ref().as_ref();
                        let Some(t) = self.table(device, &format!("devices.{name}")) else { continue };
                        let preferences = self.preferences(t, false);
                        if preferences.host.is_none() {
                            self.problem(alias, format!("device `{name}` has no `host`"));
                        }
                        file.devices.insert(name.to_owned(), preferences);
                    }
                }
                "groups" => {
                    let Some(t) = self.table(value, "groups") else { continue };
                    for (name, members) in t {
                        let line = self.line(name);
                        if let Some(value) = self.strings(members, name.get_ref()) {
                            file.groups.insert(name.get_ref().to_string(), At { value, line });
                        }
                    }
                }
                other => self.unknown(key, "section", other, SECTIONS),
            }
        }
        for (name, at) in &file.groups {
            if file.devices.contains_key(name) {
                self.problems.push((at.line, format!("`{name}` is a device and a group")));
            }
        }
        file
    }

    fn preferences(&mut self, table: &DeTable, all: bool) -> Preferences {
        let mut out = Preferences::default();
        for (key, value) in table {
            let line = self.line(key);
            let name = key.get_ref().as_ref();
            match name {
                "host" if all => out.host = self.strings(value, name).map(|value| At { value, line }),
                "host" => out.host = self.string(value, name).map(|h| At { value: vec![h], line }),
                "auth" => {
                    let Some(text) = self.string(value, name) else { continue };
                    if AUTH.contains(&text.as_str()) {
                        out.auth = Some(At { value: text, line });
                    } else {
                        self.unknown(value, "authentication", &text, AUTH);
                    }
                }
                "timeout" => {
                    let text = match value.get_ref() {
                        DeValue::Integer(i) => i.as_str().to_owned(),
                        DeValue::Float(f) => f.as_str().to_owned(),
                        _ => String::new(),
                    };
                    if text.parse::<f64>().is_ok_and(|s| s > 0.0 && s.is_finite()) {
                        out.timeout = Some(At { value: text, line });
                    } else {
                        self.problem(value, "`timeout` is a number of seconds above 0".to_owned());
                    }
                }
                "retries" => out.retries = self.number(value, name, 0, 100).map(|value| At { value, line }),
                "jobs" if all => {
                    out.jobs = self.number(value, name, 1, 1000).map(|n| At { value: n as usize, line });
                }
                "proxy" => out.proxy = self.string(value, name).map(|value| At { value, line }),
                "password" | "password_file" | "password_command" => {
                    let Some(text) = self.string(value, name) else { continue };
                    if let Some(other) = &out.password {
                        let what = "only one of `password`, `password_file` and `password_command`";
                        self.problems.push((line.max(other.line), what.to_owned()));
                    }
                    let value = match name {
                        "password" => PasswordFrom::Text(text),
                        "password_file" => PasswordFrom::File(self.beside(&text)),
                        _ => PasswordFrom::Command(text),
                    };
                    out.password = Some(At { value, line });
                }
                other => self.unknown(key, "key", other, PREFERENCES),
            }
        }
        out
    }

    /// `~/` is the home folder; other relative paths count from the file's own folder.
    fn beside(&self, text: &str) -> PathBuf {
        match (text.strip_prefix("~/"), etcetera::home_dir()) {
            (Some(rest), Ok(home)) => home.join(rest),
            _ => self.path.parent().unwrap_or(Path::new("")).join(text),
        }
    }

    fn table<'t, 'i>(&mut self, value: &'t Spanned<DeValue<'i>>, name: &str) -> Option<&'t DeTable<'i>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.problem(value, format!("`{name}` is a table: `[{name}]`"));
        }
        table
    }

    fn string(&mut self, value: &Spanned<DeValue>, name: &str) -> Option<String> {
        match value.get_ref().as_str() {
            Some(text) if !text.is_empty() => Some(text.to_owned()),
            _ => {
                self.problem(value, format!("`{name}` is a text in quotes"));
                None
            }
        }
    }

    fn strings(&mut self, value: &Spanned<DeValue>, name: &str) -> Option<Vec<String>> {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().map(|item| self.string(item, name)).collect(),
            _ => self.string(value, name).map(|text| vec![text]),
        }
    }

    fn number(&mut self, value: &Spanned<DeValue>, name: &str, low: u32, high: u32) -> Option<u32> {
        let number = match value.get_ref() {
            DeValue::Integer(i) => u32::from_str_radix(i.as_str(), i.radix()).ok(),
            _ => None,
        };
        let number = number.filter(|n| (low..=high).contains(n));
        if number.is_none() {
            self.problem(value, format!("`{name}` is a whole number from {low} to {high}"));
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile> {
        ConfigFile::parse(text, Path::new("/etc/x/config.toml"))
    }

    fn message(text: &str) -> String {
        parse(text).unwrap_err().message().to_owned()
    }

    #[test]
    fn a_whole_file() {
        let file = parse(
            "[defaults]\nhost = \"kitchen\"\ntimeout = 2.5\nretries = 1\njobs = 32\n\
             [devices.kitchen]\nhost = \"192.0.2.7\"\nauth = \"basic\"\npassword_file = \"pw\"\n\
             [groups]\nnorth = [\"kitchen\", \"ABCDEF\"]\n",
        )
        .unwrap();
        assert_eq!(file.defaults.host, Some(At { value: vec!["kitchen".to_owned()], line: 2 }));
        assert_eq!(file.defaults.timeout, Some(At { value: "2.5".to_owned(), line: 3 }));
        assert_eq!(file.defaults.jobs, Some(At { value: 32, line: 5 }));
        let kitchen = &file.devices["kitchen"];
        assert_eq!(kitchen.auth, Some(At { value: "basic".to_owned(), line: 8 }));
        let from = PasswordFrom::File(PathBuf::from("/etc/x/pw"));
        assert_eq!(kitchen.password, Some(At { value: from, line: 9 }));
        assert_eq!(file.groups["north"].value, ["kitchen", "ABCDEF"]);
    }

    #[test]
    fn every_problem_is_named_with_its_line() {
        let text =
            message("[defaults]\ntimout = 3\nretries = -1\nauth = \"digst\"\n[device.x]\nhost = \"a\"\n");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 4, "{text}");
        assert!(
            lines[0].starts_with("/etc/x/config.toml:2: unknown key `timout`; did you mean `timeout`?"),
            "{text}"
        );
        assert!(lines[1].contains(":3: `retries` is a whole number"), "{text}");
        assert!(lines[2].contains(":4: unknown authentication `digst`; did you mean `digest`?"), "{text}");
        assert!(lines[3].contains(":5: unknown section `device`; did you mean `devices`?"), "{text}");
    }

    #[test]
    fn broken_toml_has_its_line() {
        assert!(message("[defaults]\ntimeout = \n").starts_with("/etc/x/config.toml:2: "));
    }

    #[test]
    fn a_device_needs_a_host_and_one_password() {
        assert!(message("[devices.a]\nauth = \"none\"\n").contains(":1: device `a` has no `host`"));
        let both = "[devices.a]\nhost = \"x\"\npassword_file = \"p\"\npassword_command = \"c\"\n";
        assert!(message(both).contains(":4: only one of"));
    }

    #[test]
    fn debug_hides_the_password() {
        let file = parse("[defaults]\npassword = \"s3cret\"\n").unwrap();
        assert!(file.holds_a_password());
        assert!(!format!("{file:?}").contains("s3cret"));
    }

    #[cfg(unix)]
    #[test]
    fn a_password_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, "[defaults]\npassword = \"s3cret\"\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = ConfigFile::read(&path).unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.hint_text(), Some(format!("chmod 600 {}", path.display()).as_str()));
        assert!(!error.message().contains("s3cret"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(ConfigFile::read(&path).is_ok());
    }
}
