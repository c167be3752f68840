//! The values in force, each with where it came from: option, environment, configuration file, or default.
//!
//! What a configuration file says of one device goes before its `[defaults]`; options and the environment go before
//! both.  What an inventory says of one gateway goes before everything but options.

use super::connect::{Auth, Connect, seconds};
use crate::config::file::{self, At, PasswordFrom, Preferences};
use crate::config::layers::{Host, Layers, Source};
use crate::config::secrets::{self, Stdin};
use crate::error::{Error, Kind, Result};
use crate::gateway::{Options, Password};
use crate::ui::Ui;
use clap::ValueEnum;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// The file of a systemd credential with the password (`LoadCredential=wwctl-password:…`).
const CREDENTIAL: &str = "wwctl-password";

/// Gateways at once, when nobody says otherwise.
const JOBS: usize = 16;

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Of<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

/// Where a password comes from; never the password itself.
#[derive(Debug, Clone)]
pub enum Secret {
    /// `--password-file`.
    Option(String),
    /// `WWCTL_PASSWORD`.
    Environment,
    /// A configuration file or an inventory says so.
    Configured(PasswordFrom),
    /// A credential that systemd hands over.
    Credential(PathBuf),
    /// Nobody said: it is asked for at a terminal.
    Unsaid,
}

impl Secret {
    /// Where it comes from, in words.
    pub fn text(&self) -> String {
        match self {
            Secret::Option(from) if from == "-" => "standard input".to_owned(),
            Secret::Option(from) => format!("file {from}"),
            Secret::Environment => "(in the environment)".to_owned(),
            Secret::Configured(PasswordFrom::Text(_)) => "(in the file)".to_owned(),
            Secret::Configured(PasswordFrom::File(path)) => format!("file {}", path.display()),
            Secret::Configured(PasswordFrom::Command(command)) => format!("command {command}"),
            Secret::Credential(path) => format!("file {}", path.display()),
            Secret::Unsaid => "(asked for at a terminal)".to_owned(),
        }
    }
}

/// The values in force.
#[derive(Debug)]
pub struct Effective {
    /// The configuration files.
    pub layers: Layers,
    /// Names of gateways, aliases and groups, when no option names any.
    pub host: Option<Of<Vec<String>>>,
    /// How to log in.
    pub auth: Of<Auth>,
    /// For connecting, and for each answer.
    pub timeout: Of<Duration>,
    /// How often to try again.
    pub retries: Of<u32>,
    /// Gateways at once.
    pub jobs: Of<usize>,
    /// The proxy.
    pub proxy: Of<Option<String>>,
    /// Where the password comes from.
    pub password: Of<Secret>,
}

impl Effective {
    /// Reads environment and configuration files, and lays the options over them.
    ///
    /// # Errors
    /// Kind `Config` when a configuration file is not usable; kind `Usage` when a variable is not.
    pub fn load(connect: &Connect) -> Result<Self> {
        let layers = layers()?;
        let auth = |text: &str| {
            <Auth as ValueEnum>::from_str(text, false).map_err(|_| "auto, digest, basic or none".to_owned())
        };
        let number = |low: u32, high: u32| {
            move |text: &str| {
                let number = text.trim().parse().ok().filter(|n| (low..=high).contains(n));
                number.ok_or_else(|| format!("a whole number from {low} to {high}"))
            }
        };
        let text = |text: &str| Ok(text.to_owned());
        Ok(Effective {
            host: match connect.host.as_slice() {
                [] => match variable("WWCTL_HOST", text)? {
                    Some(list) => Some(Of {
                        value: list
                            .value
                            .split(',')
                            .map(|h| h.trim().to_owned())
                            .filter(|h| !h.is_empty())
                            .collect(),
                        source: list.source,
                    }),
                    None => layers.default(|p| p.host.as_ref()).map(|(value, source)| Of { value, source }),
                },
                hosts => Some(Of { value: hosts.to_vec(), source: Source::Flag("--host") }),
            },
            auth: first(
                connect.auth.map(|a| (a, "--auth")),
                variable("WWCTL_AUTH", auth)?,
                configured(&layers, |p| p.auth.as_ref(), auth)?,
                Auth::Auto,
            ),
            timeout: first(
                connect.timeout.map(|t| (t, "--timeout")),
                variable("WWCTL_TIMEOUT", seconds)?,
                configured(&layers, |p| p.timeout.as_ref(), seconds)?,
                Duration::from_secs(10),
            ),
            retries: first(
                connect.retries.map(|n| (n, "--retries")),
                variable("WWCTL_RETRIES", number(0, 100))?,
                layers.default(|p| p.retries.as_ref()).map(|(value, source)| Of { value, source }),
                2,
            ),
            jobs: first(
                connect.jobs.map(|n| (n.into(), "--jobs")),
                variable("WWCTL_JOBS", number(1, 1000))?
                    .map(|n| Of { value: n.value as usize, source: n.source }),
                layers.default(|p| p.jobs.as_ref()).map(|(value, source)| Of { value, source }),
                JOBS,
            ),
            proxy: first(
                connect.proxy.clone().map(|p| (Some(p), "--proxy")),
                variable("WWCTL_PROXY", text)?.map(|p| Of { value: Some(p.value), source: p.source }),
                layers.default(|p| p.proxy.as_ref()).map(|(p, source)| Of { value: Some(p), source }),
                None,
            ),
            password: password(connect, &layers)?,
            layers,
        })
    }

    /// How to reach one gateway: `device` as the configuration knows it, `own` what an inventory says of it.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when a password cannot be read that has to be read at once.
    pub fn options(
        &self,
        host: &Host,
        own: Option<(&Preferences, &Path)>,
        passwords: &mut Passwords,
        ui: &Ui,
        stdin: &mut Stdin,
    ) -> Result<Options> {
        let device = host.device.as_ref().map(|(preferences, path)| (preferences, path.as_path()));
        let auth = self.nearer(
            &self.auth,
            device,
            own,
            |p| p.auth.as_ref(),
            |text: &String| <Auth as ValueEnum>::from_str(text, false),
        )?;
        let timeout =
            self.nearer(&self.timeout, device, own, |p| p.timeout.as_ref(), |t: &String| seconds(t))?;
        let retries = self.nearer(&self.retries, device, own, |p| p.retries.as_ref(), |n: &u32| Ok(*n))?;
        let proxy =
            self.nearer(&self.proxy, device, own, |p| p.proxy.as_ref(), |p: &String| Ok(Some(p.clone())))?;
        let password = self.nearer(
            &self.password,
            device,
            own,
            |p| p.password.as_ref(),
            |from: &PasswordFrom| Ok(Secret::Configured(from.clone())),
        )?;
        let show = *ui;
        Ok(Options {
            auth: auth.value.into(),
            timeout: timeout.value,
            retries: retries.value,
            proxy: proxy.value,
            password: passwords.of(&password, ui, stdin)?,
            log: (ui.verbose > 0).then(|| Arc::new(move |line: &str| show.verbose(line)) as _),
            ..Options::default()
        })
    }

    /// The value for one gateway.
    fn nearer<T: Clone, U>(
        &self,
        general: &Of<T>,
        device: Option<(&Preferences, &Path)>,
        own: Option<(&Preferences, &Path)>,
        pick: impl Fn(&Preferences) -> Option<&At<U>>,
        read: impl Fn(&U) -> Result<T, String>,
    ) -> Result<Of<T>> {
        let option = matches!(general.source, Source::Flag(_));
        let variable = matches!(general.source, Source::Environment(name) if name.starts_with("WWCTL_"));
        let candidates = [own.filter(|_| !option), device.filter(|_| !option && !variable)];
        for (preferences, path) in candidates.into_iter().flatten() {
            if let Some(at) = pick(preferences) {
                let source = Source::File { path: path.to_owned(), line: at.line };
                let value = read(&at.value)
                    .map_err(|allowed| Error::new(Kind::Config, format!("{source}: allowed is {allowed}")))?;
                return Ok(Of { value, source });
            }
        }
        Ok(general.clone())
    }
}

/// The configuration files that apply here.
///
/// # Errors
/// Kind `Config`.
fn layers() -> Result<Layers> {
    use etcetera::BaseStrategy;
    let explicit = std::env::var_os("WWCTL_CONFIG").map(PathBuf::from);
    let user = etcetera::choose_base_strategy().ok().map(|dirs| dirs.config_dir().join("wwctl/config.toml"));
    let folder = std::env::current_dir().unwrap_or_default();
    Layers::load(explicit.as_deref(), &folder, user.as_deref())
}

fn first<T>(
    option: Option<(T, &'static str)>,
    variable: Option<Of<T>>,
    file: Option<Of<T>>,
    default: T,
) -> Of<T> {
    let option = option.map(|(value, name)| Of { value, source: Source::Flag(name) });
    option.or(variable).or(file).unwrap_or(Of { value: default, source: Source::Default })
}

/// A variable that is set and not empty.
fn variable<T>(name: &'static str, read: impl Fn(&str) -> Result<T, String>) -> Result<Option<Of<T>>> {
    let text = match std::env::var(name) {
        Ok(text) if !text.is_empty() => text,
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(Error::new(Kind::Usage, format!("{name} is not UTF-8 text")));
        }
        _ => return Ok(None),
    };
    let value = read(&text).map_err(|allowed| {
        Error::new(Kind::Usage, format!("{name}={text} is not usable; allowed is {allowed}"))
    })?;
    Ok(Some(Of { value, source: Source::Environment(name) }))
}

fn configured<T>(
    layers: &Layers,
    pick: impl Fn(&Preferences) -> Option<&At<String>>,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<Of<T>>> {
    let Some((text, source)) = layers.default(pick) else { return Ok(None) };
    let value =
        read(&text).map_err(|allowed| Error::new(Kind::Config, format!("{source}: allowed is {allowed}")))?;
    Ok(Some(Of { value, source }))
}

fn password(connect: &Connect, layers: &Layers) -> Result<Of<Secret>> {
    if let Some(from) = &connect.password_file {
        return Ok(Of { value: Secret::Option(from.clone()), source: Source::Flag("--password-file") });
    }
    match std::env::var("WWCTL_PASSWORD") {
        Ok(password) if !password.is_empty() => {
            return Ok(Of { value: Secret::Environment, source: Source::Environment("WWCTL_PASSWORD") });
        }
        Err(std::env::VarError::NotUnicode(_)) => {
            return Err(Error::new(Kind::Usage, "WWCTL_PASSWORD is not UTF-8 text"));
        }
        _ => {}
    }
    if let Some((from, source)) = layers.default(|p| p.password.as_ref()) {
        return Ok(Of { value: Secret::Configured(from), source });
    }
    let credential = std::env::var_os("CREDENTIALS_DIRECTORY").map(|dir| Path::new(&dir).join(CREDENTIAL));
    Ok(match credential.filter(|path| path.is_file()) {
        Some(path) => {
            Of { value: Secret::Credential(path), source: Source::Environment("CREDENTIALS_DIRECTORY") }
        }
        None => Of { value: Secret::Unsaid, source: Source::Default },
    })
}

/// Passwords by where they come from, so that a file is read, a command run, and a user asked once for all gateways.
#[derive(Debug, Default)]
pub struct Passwords {
    known: HashMap<String, Password>,
    /// Whose password it is, for the prompt.
    pub whom: String,
}

impl Passwords {
    fn of(&mut self, secret: &Of<Secret>, ui: &Ui, stdin: &mut Stdin) -> Result<Password> {
        let key = match &secret.value {
            Secret::Configured(PasswordFrom::Text(text)) => return Ok(Password::known(text.clone())),
            other => other.text(),
        };
        if let Some(known) = self.known.get(&key) {
            return Ok(known.clone());
        }
        let password = match &secret.value {
            Secret::Option(from) => {
                let password = secrets::read_secret(from, "the password", stdin)?;
                if let Some(warning) = secrets::exposed(from, "a password") {
                    ui.warn(&warning);
                }
                Password::known(password)
            }
            Secret::Environment => Password::known(std::env::var("WWCTL_PASSWORD").unwrap_or_default()),
            Secret::Configured(PasswordFrom::Text(text)) => Password::known(text.clone()),
            Secret::Configured(PasswordFrom::File(path)) => {
                let (path, source) = (path.clone(), secret.source.to_string());
                Password::ask(move || {
                    file::private(&path)?;
                    first_line_of(&path, &source)
                })
            }
            Secret::Configured(PasswordFrom::Command(command)) => {
                let (command, source) = (command.clone(), secret.source.to_string());
                Password::ask(move || printed_by(&command, &source))
            }
            Secret::Credential(path) => {
                let (path, source) = (path.clone(), secret.source.to_string());
                Password::ask(move || first_line_of(&path, &source))
            }
            Secret::Unsaid if secrets::can_prompt() => {
                let whom = self.whom.clone();
                Password::ask(move || asked(&format!("Password of {whom}: ")))
            }
            Secret::Unsaid => Password::missing(),
        };
        self.known.insert(key, password.clone());
        Ok(password)
    }
}

fn first_line_of(path: &Path, source: &str) -> Result<String> {
    secrets::read_secret(&path.display().to_string(), "the password", &mut Stdin::default())
        .map_err(|e| Error::new(Kind::Config, format!("{source}: {}", e.message())))
}

/// The first line that a shell command prints.  What it prints is never shown, not even when it fails.
fn printed_by(command: &str, source: &str) -> Result<String> {
    let failed = |why: String| Error::new(Kind::Config, format!("{source}: the password command {why}"));
    let (shell, option) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell);
    child.args([option, command]).stdin(Stdio::null()).stderr(Stdio::inherit());
    for secret in ["WWCTL_PASSWORD", "WWCTL_KEY", "WWCTL_AUTH_KEY"] {
        child.env_remove(secret);
    }
    let output = child.output().map_err(|e| failed(format!("cannot be run: {e}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)).hint("run it by hand to see why"));
    }
    let text = String::from_utf8(output.stdout).map_err(|_| failed("printed no UTF-8 text".into()))?;
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(line.to_owned()),
        _ => Err(failed("printed nothing in its first line".into())),
    }
}

/// Asks for a password.  Ctrl-C ends the question and not the process, so that the terminal shows again what is typed.
fn asked(question: &str) -> Result<String> {
    let _cooperative = crate::ui::interrupt::cooperate();
    let answer = secrets::prompt(question);
    match crate::ui::interrupt::interrupted() {
        true => Err(Error::new(Kind::Interrupted, "interrupted")),
        false => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn the_first_line_of_a_command_and_never_its_output_in_an_error() {
        assert_eq!(printed_by("printf 's3 cret\\nsecond\\n'", "c.toml:3").unwrap(), "s3 cret");
        let error = printed_by("echo s3cret; exit 4", "c.toml:3").unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.message().starts_with("c.toml:3: the password command failed"), "{error}");
        assert!(!format!("{error:?}").contains("s3cret"));
        assert!(printed_by("true", "c.toml:3").is_err());
    }

    #[test]
    fn where_a_password_comes_from_is_said_without_it() {
        let text = Secret::Configured(PasswordFrom::Text("s3cret".into()));
        assert!(!format!("{text:?} {}", text.text()).contains("s3cret"));
    }
}
