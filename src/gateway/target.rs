//! What a user may call a gateway, and the address it stands for.

use crate::error::{Error, Kind, Result};
use reqwest::Url;
use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// One gateway: where its HTTP API is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Target {
    /// Scheme, host, port and the path in front of `/api`; ends with a slash.
    base: Url,
    /// The name to look up; `None` when the host is an address without a zone.
    lookup: Option<String>,
    /// The `Host` header, where it is not what the URL says (an IPv6 address with a zone).
    host_header: Option<String>,
    /// What the user calls it, without scheme: name, `name:port`.
    label: String,
}

impl Target {
    /// Reads a name, an address, `host:port`, an IPv6 address with or without brackets, a URL, or
    /// the bare six hex digits of a device (`ABCDEF` → `whatwatt-ABCDEF.local`).
    ///
    /// # Errors
    /// [`Kind::Usage`] when the text is none of these, names a scheme that this build does not
    /// speak, or carries a user name or a password.
    pub fn parse(text: &str) -> Result<Target> {
        let text = text.trim();
        if text.is_empty() {
            return Err(usage("the name of the gateway is empty"));
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(usage(format!("{text:?} is no gateway: a name has no blanks")));
        }
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
            None => ("http".to_owned(), text),
        };
        match scheme.as_str() {
            "http" => {}
            "https" if cfg!(feature = "tls") => {}
            "https" => {
                return Err(usage(format!("{text:?}: this build speaks plain HTTP only"))
                    .hint("the gateway itself speaks http://; for https build with `--features tls`"));
            }
            _ => return Err(usage(format!("{text:?} is no gateway: the scheme is not http"))),
        }
        let (authority, path) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if authority.contains('@') {
            // The text holds a password: it must not be repeated in the message.
            return Err(usage("a gateway's address carries no user name or password").hint(
                "give the password in WWCTL_PASSWORD or with --password-file; the user name is empty",
            ));
        }
        let (host, port) = split_port(authority).ok_or_else(|| not_a_host(text))?;
        Self::assemble(&scheme, &host, port, path).ok_or_else(|| not_a_host(text))
    }

    fn assemble(scheme: &str, host: &str, port: Option<u16>, path: &str) -> Option<Target> {
        // Only a path in front of the API is meaningful; `#/meter` comes from a browser's address bar.
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = path.split_once("/api/v1").map_or(path, |(front, _)| front).trim_end_matches('/');
        let with_port = |host: &str| match port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        let (url_host, lookup, host_header, label);
        if let Some((address, zone)) = host.split_once('%') {
            // URLs have no zones: the connection goes to a name of our own that stands for the
            // address with its zone, and the Host header names the address.
            let plain: Ipv6Addr = address.parse().ok()?;
            let zone = zone.strip_prefix("25").filter(|z| !z.is_empty()).unwrap_or(zone);
            if zone.is_empty() || !zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)) {
                return None;
            }
            url_host = format!("{}.{}.zone", plain.to_string().replace(':', "-"), zone.replace('_', "-"));
            lookup = Some(format!("{plain}%{zone}"));
            host_header = Some(with_port(&format!("[{plain}]")));
            label = with_port(&format!("[{plain}%{zone}]"));
        } else if let Ok(address) = host.parse::<IpAddr>() {
            url_host = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
            lookup = None;
            host_header = None;
            label = with_port(&url_host);
        } else {
            let name = match device_digits(host) {
                Some(digits) => format!("whatwatt-{digits}.local"),
                None => host.trim_end_matches('.').to_owned(),
            };
            if name.is_empty()
                || name.starts_with('-')
                || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b) || b >= 0x80)
            {
                return None;
            }
            url_host = name.clone();
            lookup = Some(name.clone());
            host_header = None;
            label = with_port(&name);
        }
        let base = Url::parse(&format!("{scheme}://{}{path}/", with_port(&url_host))).ok()?;
        // `1.2.3` or `0x7f.1` turn into addresses inside the URL; a name must stay a name.
        let lookup = match (lookup, base.host_str()) {
            (Some(_), Some(url)) if url.parse::<IpAddr>().is_ok() => return None,
            (Some(name), Some(url)) if host_header.is_none() && !name.is_ascii() => Some(url.to_owned()),
            (lookup, _) => lookup,
        };
        Some(Target { base, lookup, host_header, label })
    }

    /// The gateway as messages name it: `whatwatt-ABCDEF.local`, `192.0.2.7:8080`.
    pub fn host(&self) -> &str {
        &self.label
    }

    /// Scheme, host, port and the path in front of `/api`; ends with a slash.
    pub fn url(&self) -> &str {
        self.base.as_str()
    }

    /// The URL of an endpoint such as `api/v1/system`.
    pub(super) fn endpoint(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{}", self.base.path(), path.trim_start_matches('/')));
        url
    }

    pub(super) fn lookup(&self) -> Option<&str> {
        self.lookup.as_deref()
    }

    pub(super) fn url_host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    pub(super) fn port(&self) -> u16 {
        self.base.port_or_known_default().unwrap_or(80)
    }

    pub(super) fn host_header(&self) -> Option<&str> {
        self.host_header.as_deref()
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label)
    }
}

impl std::str::FromStr for Target {
    type Err = Error;

    fn from_str(text: &str) -> Result<Target> {
        Target::parse(text)
    }
}

/// Host and port of `host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address.
fn split_port(authority: &str) -> Option<(String, Option<u16>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, after) = rest.split_once(']')?;
        host.split('%').next()?.parse::<Ipv6Addr>().ok()?;
        let port = match after.strip_prefix(':') {
            Some(port) => Some(port_number(port)?),
            None if after.is_empty() => None,
            None => return None,
        };
        return Some((host.to_owned(), port));
    }
    match authority.split_once(':') {
        None => Some((authority.to_owned(), None)),
        Some((host, port)) if !port.contains(':') => Some((host.to_owned(), Some(port_number(port)?))),
        Some(_) => {
            authority.split('%').next()?.parse::<Ipv6Addr>().ok()?;
            Some((authority.to_owned(), None))
        }
    }
}

fn port_number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())?.filter(|port| *port > 0)
}

/// The six hex digits that end a device's name, from these six or from the whole id of twelve.
fn device_digits(host: &str) -> Option<String> {
    let hex = host.bytes().all(|b| b.is_ascii_hexdigit());
    match host.len() {
        6 | 12 if hex => host.get(host.len() - 6..).map(str::to_ascii_uppercase),
        _ => None,
    }
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(Kind::Usage, message)
}

fn not_a_host(text: &str) -> Error {
    usage(format!("{text:?} is no gateway")).hint(
        "give a name, an address, host:port, a URL, or the six hex digits of the device, such as ABCDEF",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> String {
        Target::parse(text).unwrap().url().to_owned()
    }

    #[test]
    fn every_form_of_the_contract() {
        assert_eq!(url("whatwatt-ABCDEF.local"), "http://whatwatt-abcdef.local/");
        assert_eq!(url("ABCDEF"), "http://whatwatt-abcdef.local/");
        assert_eq!(url("abcdef:8080"), "http://whatwatt-abcdef.local:8080/");
        assert_eq!(url("ECC9FFABCDEF"), "http://whatwatt-abcdef.local/");
        assert_eq!(url("192.0.2.7"), "http://192.0.2.7/");
        assert_eq!(url("192.0.2.7:81"), "http://192.0.2.7:81/");
        assert_eq!(url("2001:db8::7"), "http://[2001:db8::7]/");
        assert_eq!(url("[2001:db8::7]:81"), "http://[2001:db8::7]:81/");
        assert_eq!(url("http://gw.example:81/north/"), "http://gw.example:81/north/");
        assert_eq!(url("HTTP://192.0.2.7/#/meter"), "http://192.0.2.7/");
        assert_eq!(url("http://192.0.2.7/api/v1/system"), "http://192.0.2.7/");
        assert_eq!(url("whatwatt_ABCDEF"), "http://whatwatt_abcdef/");
    }

    #[test]
    fn labels_keep_the_device_readable() {
        assert_eq!(Target::parse("abcdef").unwrap().host(), "whatwatt-ABCDEF.local");
        assert_eq!(Target::parse("http://gw:81/").unwrap().to_string(), "gw:81");
        assert_eq!(Target::parse("::1").unwrap().host(), "[::1]");
    }

    #[test]
    fn a_zone_is_looked_up_and_kept_out_of_the_host_header() {
        let target = Target::parse("[fe80::1%eth0]:81").unwrap();
        assert_eq!(target.lookup(), Some("fe80::1%eth0"));
        assert_eq!(target.host_header(), Some("[fe80::1]:81"));
        assert_eq!(Target::parse("fe80::1%25eth0").unwrap().lookup(), Some("fe80::1%eth0"));
    }

    #[test]
    fn endpoints_follow_the_path_in_front() {
        let at = |t: &str| Target::parse(t).unwrap().endpoint("api/v1/system").to_string();
        assert_eq!(at("gw"), "http://gw/api/v1/system");
        assert_eq!(at("http://gw/north"), "http://gw/north/api/v1/system");
    }

    #[test]
    fn what_is_no_gateway_is_said() {
        for text in [
            "",
            " ",
            "a b",
            "gw:0",
            "gw:99999",
            "gw:x",
            "[::1",
            "[::1]x",
            "ftp://gw",
            "1:2:3",
            "256.1.1.1",
            "-H",
            "fe80::1%",
        ] {
            let error = Target::parse(text).unwrap_err();
            assert_eq!(error.kind(), Kind::Usage, "{text}");
        }
        let error = Target::parse("http://:s3cret@gw/").unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Target::parse(&text);
        }

        #[test]
        fn what_was_understood_is_understood_again(text in "(http://)?[a-z0-9.:%\\[\\]-]{1,20}(/[a-z]{0,4})?") {
            if let Ok(target) = Target::parse(&text) {
                prop_assert_eq!(Target::parse(target.host()).map(|t| t.host().to_owned()), Ok(target.host().to_owned()));
            }
        }
    }
}
