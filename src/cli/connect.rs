//! How a gateway is reached: options that all commands share.

use crate::error::Result;
use crate::gateway::AuthMode;
use clap::{Args, ValueEnum};
use std::time::Duration;

/// How to reach gateways: options that every command takes, before its name or behind it.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Gateway")]
pub struct Connect {
    /// Gateway: a name, address, host:port, URL, the six hex digits of a device, or an alias or group of the configuration (repeatable) [env: WWCTL_HOST]
    #[arg(short = 'H', long, global = true, value_delimiter = ',', value_name = "HOST")]
    pub host: Vec<String>,
    /// Gateways from a file (- for standard input): one a line, # for remarks, or what `wwctl discover --json` prints
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub hosts_file: Option<String>,
    /// How many gateways at once [default: 16] [env: WWCTL_JOBS]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    /// File with the gateway's password in its first line; - reads it from standard input [env: WWCTL_PASSWORD holds the password itself]
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub password_file: Option<String>,
    /// How to log in; auto takes the strongest that the gateway offers [default: auto] [env: WWCTL_AUTH]
    #[arg(long, global = true, value_name = "SCHEME")]
    pub auth: Option<Auth>,
    /// Time for connecting and for each answer [default: 10] [env: WWCTL_TIMEOUT]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// How often to try again after a failed connection or a 503 [default: 2] [env: WWCTL_RETRIES]
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(..=100))]
    pub retries: Option<u32>,
    /// HTTP proxy to use; those of the environment are not [env: WWCTL_PROXY]
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

impl Auth {
    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Auth::Auto => "auto",
            Auth::Digest => "digest",
            Auth::Basic => "basic",
            Auth::None => "none",
        }
    }
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
