//! Which gateways a command talks to, and how.

use crate::config::secrets::{self, Stdin};
use crate::error::{Error, Kind, Result};
use crate::gateway::{AuthMode, Client, Options, Password, Target};
use crate::ui::Ui;
use clap::{Args, ValueEnum};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How to reach gateways: options that every command takes, before its name or behind it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway")]
pub struct Connect {
    /// Gateway: a name, address, host:port, URL, or the six hex digits of a device (repeatable)
    #[arg(short = 'H', long, global = true, env = "WWCTL_HOST", value_delimiter = ',', value_name = "HOST")]
    pub host: Vec<String>,
    /// File with the gateway's password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub password_file: Option<String>,
    /// How to log in; auto takes the strongest that the gateway offers
    #[arg(long, global = true, value_name = "SCHEME", default_value = "auto")]
    pub auth: Auth,
    /// Time for connecting and for each answer
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub timeout: Duration,
    /// How often to try again after a failed connection or a 503
    #[arg(long, global = true, value_name = "N", default_value = "2", value_parser = clap::value_parser!(u32).range(..=100))]
    pub retries: u32,
    /// HTTP proxy to use; those of the environment are not
    #[arg(long, global = true, value_name = "URL")]
    pub proxy: Option<String>,
}

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Auth {
    /// The strongest that the gateway offers
    Auto,
    /// Digest or not at all
    Digest,
    /// Basic or not at all: the password crosses the network readable
    Basic,
    /// Never log in
    None,
}

impl From<Auth> for AuthMode {
    fn from(auth: Auth) -> Self {
        match auth {
            Auth::Auto => AuthMode::Auto,
            Auth::Digest => AuthMode::Digest,
            Auth::Basic => AuthMode::Basic,
            Auth::None => AuthMode::None,
        }
    }
}

/// A number of seconds, fractions allowed.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().filter(|s: &f64| *s > 0.0 && *s <= 86_400.0);
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds above 0, such as 2.5".to_owned())
}

/// A gateway that a command works on.
#[derive(Debug)]
pub struct Gateway {
    /// What the user called it.
    pub name: String,
    /// The client.
    pub client: Client,
}

impl Gateway {
    /// The gateway as messages name it.
    pub fn host(&self) -> &str {
        self.client.target().host()
    }
}

impl Connect {
    /// The gateways that were named.  Nothing is sent yet; a password is asked for only when a gateway
    /// demands one.
    ///
    /// # Errors
    /// [`Kind::Usage`] when none was named, or one cannot be understood.
    pub fn gateways(&self, ui: &Ui, stdin: &mut Stdin) -> Result<Vec<Gateway>> {
        let mut targets: Vec<(&str, Target)> = Vec::new();
        for name in self.host.iter().map(|h| h.trim()).filter(|h| !h.is_empty()) {
            let target = Target::parse(name)?;
            if !targets.iter().any(|(_, known)| *known == target) {
                targets.push((name, target));
            }
        }
        if targets.is_empty() {
            return Err(Error::new(Kind::Usage, "no gateway is named")
                .hint("-H HOST or WWCTL_HOST names one; `wwctl discover` finds those on this network"));
        }
        let whom = match targets.as_slice() {
            [(_, one)] => one.host().to_owned(),
            many => format!("{} gateways", many.len()),
        };
        let password = self.password(whom, ui, stdin)?;
        let show = *ui;
        let options = Options {
            auth: self.auth.into(),
            timeout: self.timeout,
            retries: self.retries,
            proxy: self.proxy.clone(),
            password,
            log: (ui.verbose > 0).then(|| Arc::new(move |line: &str| show.verbose(line)) as _),
            ..Options::default()
        };
        targets
            .into_iter()
            .map(|(name, target)| {
                Ok(Gateway { name: name.to_owned(), client: Client::new(target, options.clone())? })
            })
            .collect()
    }

    fn password(&self, whom: String, ui: &Ui, stdin: &mut Stdin) -> Result<Password> {
        if let Some(from) = &self.password_file {
            let password = secrets::read_secret(from, "the password", stdin)?;
            if let Some(warning) = secrets::exposed(from, "a password") {
                ui.warn(&warning);
            }
            return Ok(Password::known(password));
        }
        match std::env::var("WWCTL_PASSWORD") {
            Ok(password) if !password.is_empty() => return Ok(Password::known(password)),
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(Error::new(Kind::Usage, "WWCTL_PASSWORD is not UTF-8 text"));
            }
            _ => {}
        }
        if secrets::can_prompt() {
            return Ok(Password::ask(move || secrets::prompt(&format!("Password of {whom}: "))));
        }
        Ok(Password::missing())
    }
}

/// Does `work` on every gateway, one after the other.  A failure at one of several does not hold up the
/// others: it is shown with its host, and the exit status says that some failed.
///
/// # Errors
/// The failure, when there is only one gateway.
pub fn each(
    gateways: &[Gateway],
    ui: &Ui,
    mut work: impl FnMut(&Gateway) -> Result<ExitCode>,
) -> Result<ExitCode> {
    if let [one] = gateways {
        return work(one);
    }
    let (mut failed, mut worst) = (false, ExitCode::SUCCESS);
    for gateway in gateways {
        match work(gateway) {
            Ok(code) if code == ExitCode::SUCCESS => {}
            Ok(code) => worst = code,
            Err(error) => {
                failed = true;
                ui.error_at(gateway.host(), &error);
            }
        }
    }
    Ok(if failed { ExitCode::from(Kind::SomeFailed.exit_status()) } else { worst })
}
