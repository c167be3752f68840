//! Gateways on this network, by mDNS and DNS-SD (RFC 6762, RFC 6763).
//!
//! A gateway announces the service `_http._tcp` as `whatwatt Go XXXXXX WebUI`, with `id=<12 hex digits>` and `type=100`
//! in its TXT record, on the host `whatwatt-XXXXXX.local`.

use crate::error::{Error, Kind, Result};
use mdns_sd::{IfKind, ResolvedService, ServiceDaemon, ServiceEvent};
use std::collections::HashSet;
use std::net::IpAddr;
use std::time::Instant;

const SERVICE: &str = "_http._tcp.local.";

/// A gateway that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Device id, 12 upper-case hex digits.
    pub id: String,
    /// The name under which it announces its pages.
    pub name: String,
    /// Host name, without the final dot.
    pub host: String,
    /// Its addresses, IPv4 first.
    pub addresses: Vec<IpAddr>,
    /// TCP port of the API.
    pub port: u16,
}

impl Found {
    /// Where the API is: the first address, with the port unless it is 80.
    pub fn address(&self) -> Option<String> {
        let address = self.addresses.first()?;
        Some(match (address, self.port) {
            (IpAddr::V4(a), 80) => a.to_string(),
            (IpAddr::V4(a), port) => format!("{a}:{port}"),
            (IpAddr::V6(a), 80) => format!("[{a}]"),
            (IpAddr::V6(a), port) => format!("[{a}]:{port}"),
        })
    }

    fn of(service: &ResolvedService) -> Option<Self> {
        let text = |name: &str| service.txt_properties.get_property_val_str(name).unwrap_or_default();
        recognise(&service.fullname, &service.host, text("id"), text("type")).map(|(id, name)| {
            // A link-local IPv6 address means nothing without its interface, so it is no use to a script.
            let mut addresses: Vec<IpAddr> = service.addresses.iter().map(|a| a.to_ip_addr()).collect();
            addresses.retain(|a| !matches!(a, IpAddr::V6(v6) if v6.is_unicast_link_local()));
            addresses.sort_by_key(|a| (a.is_ipv6(), *a));
            let host = service.host.trim_end_matches('.').to_owned();
            Found { id, name, host, addresses, port: service.port }
        })
    }
}

/// The device id and the instance's name, when an `_http._tcp` service is a gateway's.
fn recognise(fullname: &str, host: &str, id: &str, kind: &str) -> Option<(String, String)> {
    let instance = fullname.strip_suffix(SERVICE).map_or(fullname, |i| i.trim_end_matches('.'));
    let named =
        instance.to_lowercase().starts_with("whatwatt") || host.to_lowercase().starts_with("whatwatt");
    let hex = id.len() == 12 && id.bytes().all(|c| c.is_ascii_hexdigit());
    (hex && (kind == "100" || named)).then(|| (id.to_ascii_uppercase(), instance.to_owned()))
}

/// A running search.
pub struct Search {
    daemon: ServiceDaemon,
    events: mdns_sd::Receiver<ServiceEvent>,
    seen: HashSet<String>,
}

impl Search {
    /// Starts to search on the interfaces with these names; on all of them when none is named.
    ///
    /// # Errors
    /// Kind `Other` when no socket can be opened for it.
    pub fn start(interfaces: &[String]) -> Result<Self> {
        let failed = |e: mdns_sd::Error| Error::new(Kind::Other, format!("cannot search by mDNS: {e}"));
        let daemon = ServiceDaemon::new().map_err(failed)?;
        if !interfaces.is_empty() {
            daemon.disable_interface(IfKind::All).map_err(failed)?;
            let chosen: Vec<IfKind> = interfaces.iter().map(|name| IfKind::Name(name.clone())).collect();
            daemon.enable_interface(chosen).map_err(failed)?;
        }
        let events = daemon.browse(SERVICE).map_err(failed)?;
        Ok(Search { daemon, events, seen: HashSet::new() })
    }

    /// The next gateway that answers before `until`; each comes once.
    pub fn next(&mut self, until: Instant) -> Option<Found> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let Ok(event) = self.events.recv_timeout(left) else { return None };
            if let ServiceEvent::ServiceResolved(service) = event
                && let Some(found) = Found::of(&service)
                && self.seen.insert(found.id.clone())
            {
                return Some(found);
            }
        }
    }
}

impl Drop for Search {
    fn drop(&mut self) {
        // A daemon that is gone already has nothing to shut down.
        let _ = self.daemon.shutdown();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_and_not_a_printer() {
        let full = "whatwatt Go ABCDEF WebUI._http._tcp.local.";
        let found = recognise(full, "whatwatt-ABCDEF.local.", "ecc9ffabcdef", "100");
        assert_eq!(found, Some(("ECC9FFABCDEF".to_owned(), "whatwatt Go ABCDEF WebUI".to_owned())));
        assert_eq!(recognise("Printer._http._tcp.local.", "printer.local.", "", ""), None);
        assert_eq!(recognise("Box._http._tcp.local.", "box.local.", "0123456789AB", "7"), None);
        assert_eq!(recognise(full, "whatwatt-ABCDEF.local.", "short", "100"), None);
        // Renamed by its owner: the TXT record still says what it is.
        assert!(recognise("Kitchen._http._tcp.local.", "kitchen.local.", "ECC9FFABCDEF", "100").is_some());
    }

    #[test]
    fn addresses_as_a_host_option_takes_them() {
        let found = |address: &str, port| Found {
            id: "ECC9FFABCDEF".into(),
            name: String::new(),
            host: String::new(),
            addresses: vec![address.parse().unwrap()],
            port,
        };
        assert_eq!(found("192.0.2.7", 80).address().as_deref(), Some("192.0.2.7"));
        assert_eq!(found("192.0.2.7", 8080).address().as_deref(), Some("192.0.2.7:8080"));
        assert_eq!(found("2001:db8::7", 8080).address().as_deref(), Some("[2001:db8::7]:8080"));
    }
}
