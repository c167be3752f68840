//! Which gateways a command talks to, and how.

use super::connect::Connect;
use super::effective::{Effective, Passwords};
pub use super::fleet::each;
use crate::config::file::Preferences;
use crate::config::layers::Host;
use crate::config::secrets::{Stdin, read_text};
use crate::error::{Error, Kind, Result};
use crate::gateway::{Client, Target};
use crate::ui::Ui;
use serde_json::Value as Json;
use std::collections::HashSet;
use std::ops::Deref;
use std::path::Path;

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

/// The gateways that a command works on, and how many of them at once.
#[derive(Debug)]
pub struct Fleet {
    gateways: Vec<Gateway>,
    /// How many at once.
    pub jobs: usize,
    /// Answers name their gateway, each on a line of its own where they are JSON: there are several, or there could be,
    /// because a file or a group names them.
    pub several: bool,
    /// The user is asked something for each: their texts come as they arise, one gateway after the other.
    pub asking: bool,
}

impl Deref for Fleet {
    type Target = Vec<Gateway>;

    fn deref(&self) -> &Vec<Gateway> {
        &self.gateways
    }
}

impl Connect {
    /// The gateways that were named.  Nothing is sent yet; a password is asked for only when a gateway
    /// demands one.
    ///
    /// # Errors
    /// [`Kind::Usage`] when none was named, or one cannot be understood; [`Kind::Config`] when the configuration is
    /// not usable.
    pub fn gateways(&self, ui: &Ui, stdin: &mut Stdin) -> Result<Fleet> {
        let effective = Effective::load(self)?;
        let names = self.names(&effective, stdin)?;
        let hosts = effective.layers.hosts(&names)?;
        let group = hosts.iter().any(|host| !names.contains(&host.name));
        let mut fleet = reach(&effective, hosts.iter().map(|host| (host, None)), ui, stdin)?;
        fleet.several |= group || self.hosts_file.is_some();
        Ok(fleet)
    }

    /// What the user named: options and the file together, else the environment, else the configuration.
    pub(super) fn names(&self, effective: &Effective, stdin: &mut Stdin) -> Result<Vec<String>> {
        let trimmed = |names: &[String]| -> Vec<String> {
            names.iter().map(|h| h.trim().to_owned()).filter(|h| !h.is_empty()).collect()
        };
        let Some(file) = &self.hosts_file else {
            return Ok(effective.host.as_ref().map(|of| trimmed(&of.value)).unwrap_or_default());
        };
        let text = read_text(file, "the gateways", stdin)?;
        let mut names = trimmed(&self.host);
        names.extend(listed(&text, if file == "-" { "standard input" } else { file })?);
        if names.is_empty() {
            return Err(Error::new(Kind::Usage, format!("there is no gateway in {file}")));
        }
        Ok(names)
    }
}

/// Clients for these hosts, each with what an inventory says of it.
///
/// # Errors
/// As [`Connect::gateways`].
pub(super) fn reach<'a>(
    effective: &Effective,
    hosts: impl ExactSizeIterator<Item = (&'a Host, Option<(&'a Preferences, &'a Path)>)>,
    ui: &Ui,
    stdin: &mut Stdin,
) -> Result<Fleet> {
    let count = hosts.len();
    let mut seen = HashSet::new();
    let mut passwords = Passwords::default();
    let mut gateways = Vec::with_capacity(count);
    for (host, own) in hosts {
        let target = Target::parse(&host.address).map_err(|e| match &host.device {
            Some((_, path)) => {
                Error::new(Kind::Config, format!("{}: device {}: {e}", path.display(), host.name))
            }
            None => e,
        })?;
        if !seen.insert(target.clone()) {
            continue;
        }
        passwords.whom = if count == 1 { target.host().to_owned() } else { format!("{count} gateways") };
        let options = effective.options(host, own, &mut passwords, ui, stdin)?;
        gateways.push(Gateway { name: host.name.clone(), client: Client::new(target, options)? });
    }
    if gateways.is_empty() {
        return Err(Error::new(Kind::Usage, "no gateway is named").hint(
            "-H HOST or WWCTL_HOST names one, `host` in the configuration file too; `wwctl discover` finds those on this network",
        ));
    }
    Ok(Fleet { several: gateways.len() > 1, gateways, jobs: effective.jobs.value, asking: false })
}

/// The gateways of a hosts file: names, or the objects of `wwctl discover --json`.
fn listed(text: &str, origin: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (number, line) in text.lines().enumerate() {
        // A `#` begins a remark at the start of a word; inside a word it belongs to a URL.
        let mut line = line.trim();
        if let Some(at) = line.match_indices('#').map(|(at, _)| at).find(|at| {
            line.get(..*at).is_some_and(|before| before.is_empty() || before.ends_with(char::is_whitespace))
        }) && !line.starts_with('{')
        {
            line = line.get(..at).unwrap_or_default().trim_end();
        }
        if line.is_empty() {
            continue;
        }
        if !line.starts_with('{') {
            names.push(line.to_owned());
            continue;
        }
        let found = serde_json::from_str::<Json>(line).ok().as_ref().and_then(announced);
        names.push(found.ok_or_else(|| {
            Error::new(Kind::Usage, format!("{origin}:{}: an object without `address` or `host`", number + 1))
                .hint(
                    "a line is a gateway's name or address, or an object that `wwctl discover --json` prints",
                )
        })?);
    }
    Ok(names)
}

/// `ADDRESS:PORT` of a gateway that was discovered.
fn announced(found: &Json) -> Option<String> {
    let text = |name: &str| found.get(name).and_then(Json::as_str).filter(|t| !t.is_empty());
    let host = text("address").or_else(|| text("host"))?;
    let bare_v6 = host.parse::<std::net::Ipv6Addr>().is_ok();
    let host = if bare_v6 { format!("[{host}]") } else { host.to_owned() };
    Some(match found.get("port").and_then(Json::as_u64) {
        Some(port) if port != 80 => format!("{host}:{port}"),
        _ => host,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_file() {
        let text = "# the north\n192.0.2.1\n\n ABCDEF   # kitchen\nhttp://gw/#/meter\n\
            {\"schema\":\"wwctl.gateway.v1\",\"id\":\"ECC9FFABCDEF\",\"host\":\"whatwatt-ABCDEF.local\",\"address\":\"192.0.2.7\",\"port\":80}\n\
            {\"host\":\"whatwatt-ABCDEF.local\",\"address\":\"2001:db8::7\",\"port\":8080}\n{\"host\":\"a.local\",\"address\":null}\n";
        let names = listed(text, "hosts").unwrap();
        let expected =
            ["192.0.2.1", "ABCDEF", "http://gw/#/meter", "192.0.2.7", "[2001:db8::7]:8080", "a.local"];
        assert_eq!(names, expected);
        for broken in ["{\"id\":1}", "{"] {
            let error = listed(&format!("a\n{broken}\n"), "hosts").unwrap_err();
            assert!(error.message().starts_with("hosts:2: "), "{error}");
        }
    }
}
