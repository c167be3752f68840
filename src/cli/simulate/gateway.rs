use crate::cli::connect::{Connect, seconds};
use crate::config::secrets::{Stdin, read_secret};
use crate::error::{Error, Kind, Result};
use crate::settings::Input;
use crate::simulate::gateway::{
    Algorithm, Auth, Config, FAULT_FORMS, Fault, Faults, Fleet, KeyMask, Meter, Observer, Offer, Spelling,
};
use crate::ui::{Ui, answer};
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A simulated gateway: the HTTP API with a strict login
///
/// Prints `listening URL` and serves until Ctrl-C.  It checks every login by the letter of the standards, keeps what is
/// written, and its meter is OK only under the settings of --meter.  With a password (--password, --password-file or
/// WWCTL_PASSWORD) it asks for Digest as firmware 1.10 does; without one for nothing.
#[derive(Debug, ClapArgs)]
pub struct Args {
    /// TCP port; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    port: u16,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    bind: IpAddr,
    /// So many gateways, on ports and with ids that count up
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    count: u16,
    /// Id of the (first) device: 12 hex digits
    #[arg(long, value_name = "ID", default_value = "ECC9FFABCDEF", value_parser = device_id)]
    id: String,
    /// The password it asks for; it protects nothing, so it may stand here
    #[arg(long, value_name = "TEXT")]
    password: Option<String>,
    /// What it asks for, in this order; with a password digest, else none
    #[arg(long, value_name = "SCHEME", value_delimiter = ',')]
    mode: Vec<Mode>,
    /// Digest algorithms offered, in this order
    #[arg(long, value_name = "NAME", value_delimiter = ',', default_value = "MD5-sess", value_parser = algorithm)]
    algorithms: Vec<Algorithm>,
    /// Digest qop: auth, auth-int, both, or empty for RFC 2069
    #[arg(long, value_name = "LIST", default_value = "auth", value_parser = qop)]
    qop: String,
    /// The realm; the device's host name when it is not given
    #[arg(long, value_name = "TEXT")]
    realm: Option<String>,
    /// All challenges in one header line
    #[arg(long)]
    joined: bool,
    /// How a challenge is spelt
    #[arg(long, value_name = "HOW", default_value = "plain")]
    spelling: Spelt,
    /// How often a nonce is good
    #[arg(long, value_name = "N")]
    nonce_uses: Option<u32>,
    /// How long a nonce is good
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    nonce_lifetime: Option<Duration>,
    /// Gives the next nonce with each answer
    #[arg(long)]
    next_nonce: bool,
    /// Computes -sess algorithms from the first cnonce of a nonce
    #[arg(long)]
    first_cnonce: bool,
    /// How keys look in its answers
    #[arg(long, value_name = "HOW", default_value = "omit")]
    key_mask: Mask,
    /// A setting that the meter needs; its status is OK only when all are set (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    meter: Vec<String>,
    /// Time from matching settings to status OK
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    meter_after: Option<Duration>,
    /// A setting to begin with (repeatable)
    #[arg(long, value_name = "FIELD=VALUE")]
    preset: Vec<String>,
    /// Time taken for each answer, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency: u64,
    /// What goes wrong (repeatable): 503:N, 500:N, slow:SECONDS, drop-before:N, drop-after-write:N, truncate:N,
    /// half-json:N, html:N, not-object:N, redirect:N, ignore-write:N, refuse:N, clamp, license, no-challenge
    #[arg(long, value_name = "FAULT", value_parser = fault)]
    fault: Vec<Fault>,
    /// Closes the connection after each answer
    #[arg(long)]
    close: bool,
    /// Time from one live event to the next
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    live_interval: Duration,
    /// Writes each request to this file, one JSON object a line, without secrets
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    log: Option<PathBuf>,
    /// Stops by itself after this time
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    max_time: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// No login
    None,
    /// As firmware before 1.10
    Basic,
    /// As firmware 1.10 and later
    Digest,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Spelt {
    /// As in the standards
    Plain,
    /// The scheme in lower case
    LowerCase,
    /// The algorithm in quotes
    QuotedAlgorithm,
    /// No blanks after commas
    Compact,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Mask {
    /// They are left out
    Omit,
    /// They are starred
    Stars,
}

fn algorithm(name: &str) -> Result<Algorithm, String> {
    Algorithm::parse(name).ok_or_else(|| "MD5, SHA-256 or SHA-512-256, or one of them with -sess".to_owned())
}

fn qop(list: &str) -> Result<String, String> {
    let known = list.split(',').all(|q| matches!(q.trim(), "auth" | "auth-int"));
    if known || list.is_empty() {
        Ok(list.to_owned())
    } else {
        Err("auth, auth-int, both, or nothing".into())
    }
}

fn fault(text: &str) -> Result<Fault, String> {
    Faults::parse(text).ok_or_else(|| format!("one of {FAULT_FORMS}"))
}

fn device_id(text: &str) -> Result<String, String> {
    let fits = text.len() == 12 && text.bytes().all(|b| b.is_ascii_hexdigit());
    fits.then(|| text.to_ascii_uppercase()).ok_or_else(|| "12 hex digits".to_owned())
}

/// Serves until Ctrl-C.
pub fn run(args: &Args, connect: &Connect, ui: &Ui) -> Result<ExitCode> {
    let config = Config {
        id: args.id.clone(),
        bind: args.bind,
        port: args.port,
        auth: auth(args, password(args, connect)?)?,
        mask: match args.key_mask {
            Mask::Omit => KeyMask::Omit,
            Mask::Stars => KeyMask::Stars,
        },
        meter: Meter {
            truth: if args.meter.is_empty() { None } else { Some(settings(&args.meter)?) },
            ok_after: args.meter_after.unwrap_or_default(),
        },
        latency: Duration::from_millis(args.latency),
        faults: Faults::new(args.fault.iter().cloned()),
        close: args.close,
        live_interval: args.live_interval,
        observer: observer(args, ui)?,
    };
    let preset = settings(&args.preset)?;
    let fleet = Fleet::start(&config, args.count.into()).map_err(|e| {
        Error::new(Kind::Other, format!("cannot listen on {} port {}: {e}", args.bind, args.port))
            .hint("--port 0 takes a free port")
    })?;
    let mut text = String::new();
    for gateway in fleet.gateways() {
        gateway.preset(&preset).map_err(|why| Error::new(Kind::Usage, format!("--preset: {why}")))?;
        let line = match ui.json {
            true => json!({
                "schema": "wwctl.simulate.v1", "url": gateway.url(), "host": gateway.host(), "id": gateway.id(),
            })
            .to_string(),
            false => format!("listening {}", gateway.url()),
        };
        text.push_str(&line);
        text.push('\n');
    }
    answer(&text);
    match args.max_time {
        Some(time) => {
            let end = Instant::now() + time;
            while let Some(left) = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                std::thread::sleep(left);
            }
        }
        // Ctrl-C ends the process.
        None => loop {
            std::thread::park();
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn password(args: &Args, connect: &Connect) -> Result<Option<String>> {
    if let Some(password) = &args.password {
        return Ok(Some(password.clone()));
    }
    if let Some(file) = &connect.password_file {
        return read_secret(file, "the password", &mut Stdin::default()).map(Some);
    }
    Ok(std::env::var("WWCTL_PASSWORD").ok().filter(|password| !password.is_empty()))
}

fn auth(args: &Args, password: Option<String>) -> Result<Auth> {
    let modes = match (args.mode.as_slice(), &password) {
        ([], Some(_)) => &[Mode::Digest],
        (modes, _) => modes,
    };
    let offers: Vec<Offer> = modes
        .iter()
        .filter_map(|mode| match mode {
            Mode::None => None,
            Mode::Basic => Some(Offer::Basic),
            Mode::Digest => Some(Offer::Digest),
        })
        .collect();
    if !offers.is_empty() && password.is_none() {
        return Err(Error::new(Kind::Usage, "a gateway that asks for a login needs a password")
            .hint("--password TEXT gives it one"));
    }
    Ok(Auth {
        offers,
        password: password.unwrap_or_default(),
        realm: match &args.realm {
            Some(realm) => realm.clone(),
            None => format!("whatwatt-{}", args.id.get(6..).unwrap_or_default()),
        },
        algorithms: args.algorithms.clone(),
        qop: args.qop.clone(),
        joined: args.joined,
        nonce_uses: args.nonce_uses,
        nonce_lifetime: args.nonce_lifetime,
        next_nonce: args.next_nonce,
        first_cnonce: args.first_cnonce,
        spelling: match args.spelling {
            Spelt::Plain => Spelling::Plain,
            Spelt::LowerCase => Spelling::LowerCase,
            Spelt::QuotedAlgorithm => Spelling::QuotedAlgorithm,
            Spelt::Compact => Spelling::Compact,
        },
        ..Auth::default()
    })
}

/// `FIELD=VALUE` arguments as the gateway holds them.
fn settings(arguments: &[String]) -> Result<Map<String, Value>> {
    let mut input = Input::default();
    for argument in arguments {
        if let Some((name, value)) = input.split(argument) {
            input.assign(name, value);
        }
    }
    let wanted = input.finish()?;
    Ok(wanted.values.iter().map(|(field, value)| (field.name.to_owned(), value.to_wire())).collect())
}

/// Writes the log file, and the lines of `-v`.
fn observer(args: &Args, ui: &Ui) -> Result<Option<Observer>> {
    let file = match &args.log {
        None => None,
        Some(path) => {
            let file = File::options().create(true).append(true).open(path).map_err(|e| {
                Error::new(Kind::Usage, format!("cannot write the log {}: {e}", path.display()))
            })?;
            Some(Mutex::new(file))
        }
    };
    let ui = *ui;
    // Without a reader the entries would only fill the memory of a server that runs for days.
    Ok(Some(Arc::new(move |entry| {
        if let Some(file) = &file {
            let line = format!("{}\n", entry.to_json());
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = file.write_all(line.as_bytes()) {
                ui.warn(&format!("the log cannot be written: {error}"));
            }
        }
        if ui.verbose > 0 {
            let login = entry.scheme.as_deref().unwrap_or("no login");
            let bad = entry.violations.join(", ");
            let line = format!("{} {} -> {} ({login}) {bad}", entry.method, entry.target, entry.status);
            ui.verbose(line.trim_end());
        }
    })))
}
