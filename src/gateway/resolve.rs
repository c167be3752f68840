//! From a name to addresses, within the time that the user allows.

use super::mdns;
use super::target::Target;
use crate::error::{Error, Kind, Result};
use mdns_sd::{HostnameResolutionEvent, ServiceDaemon};
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// How long the one-shot question has the field to itself before the full mDNS service joins in.
const HEAD_START: Duration = Duration::from_millis(1500);

/// The longest that a `.local` name is waited for: a device that is there answers within a second.
const PATIENCE: Duration = Duration::from_secs(5);

/// How names are resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Resolver {
    /// Asks the system (hosts file, DNS, an mDNS plug-in).
    pub system: bool,
    /// Where questions for `.local` names go; `None` asks the system only.  Tests put a responder of
    /// their own here.
    pub mdns: Option<SocketAddr>,
}

impl Default for Resolver {
    fn default() -> Self {
        Resolver { system: true, mdns: Some(mdns::GROUP) }
    }
}

impl Resolver {
    /// The addresses of `target`, with its port; empty when its URL holds an address already.
    ///
    /// A `.local` name is asked for by mDNS and from the system at the same time, because a system without
    /// an mDNS plug-in sends it to a DNS server, which may take long to say no.
    pub(super) fn addresses(&self, target: &Target, timeout: Duration) -> Result<Vec<SocketAddr>> {
        let Some(name) = target.lookup() else { return Ok(Vec::new()) };
        let local = is_local(name);
        let deadline = Instant::now() + if local { timeout.min(PATIENCE) } else { timeout };
        let (sender, receiver) = mpsc::channel();
        // Ends the questions that are still open when one was answered.
        let done = Arc::new(AtomicBool::new(false));
        let port = target.port();
        let mut asked = 0;
        let mut ask = |question: Box<dyn FnOnce() -> Vec<SocketAddr> + Send>| {
            let sender = sender.clone();
            // getaddrinfo knows no time limit: it gets a thread of its own, which may outlive the wait.
            std::thread::spawn(move || drop(sender.send(question())));
            asked += 1;
        };
        if self.system {
            let name = name.to_owned();
            ask(Box::new(move || {
                (name.as_str(), port).to_socket_addrs().map(Iterator::collect).unwrap_or_default()
            }));
        }
        if let (true, Some(group)) = (local, self.mdns) {
            let with_port =
                move |found: Vec<IpAddr>| found.into_iter().map(|a| SocketAddr::new(a, port)).collect();
            let (one, stop) = (name.to_owned(), Arc::clone(&done));
            ask(Box::new(move || with_port(mdns::ask(group, &one, deadline, &stop))));
            if group == mdns::GROUP {
                let (full, stop) = (name.to_owned(), Arc::clone(&done));
                ask(Box::new(move || with_port(ask_service(&full, deadline, &stop))));
            }
        }
        while asked > 0 {
            match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(found) if !found.is_empty() => {
                    done.store(true, Ordering::Relaxed);
                    return Ok(found);
                }
                Ok(_) => asked -= 1,
                Err(_) => break,
            }
        }
        done.store(true, Ordering::Relaxed);
        Err(unresolved(name, local))
    }
}

/// RFC 6762 section 3.
fn is_local(name: &str) -> bool {
    name.trim_end_matches('.').to_ascii_lowercase().ends_with(".local")
}

/// The full mDNS service, for networks where the one-shot question is not answered.
fn ask_service(name: &str, deadline: Instant, done: &AtomicBool) -> Vec<IpAddr> {
    std::thread::sleep(HEAD_START.min(deadline.saturating_duration_since(Instant::now())));
    let left = deadline.saturating_duration_since(Instant::now());
    if done.load(Ordering::Relaxed) || left.is_zero() {
        return Vec::new();
    }
    let Ok(service) = ServiceDaemon::new() else { return Vec::new() };
    let wait = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
    let name = format!("{}.", name.trim_end_matches('.'));
    let mut found = Vec::new();
    if let Ok(events) = service.resolve_hostname(&name, Some(wait)) {
        while let Ok(event) = events.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if let HostnameResolutionEvent::AddressesFound(_, addresses) = event {
                found = addresses.iter().map(|a| a.to_ip_addr()).collect();
                found.retain(|a| !matches!(a, IpAddr::V6(a) if a.is_unicast_link_local()));
                found.sort_by_key(IpAddr::is_ipv6);
                break;
            }
        }
    }
    // A service that is gone already has nothing to shut down.
    let _ = service.shutdown();
    found
}

fn unresolved(name: &str, local: bool) -> Error {
    let error = Error::new(Kind::Unreachable, format!("the name {name} cannot be resolved to an address"))
        .with_code("unresolved");
    match local {
        true => error.hint("is the gateway on this network? `wwctl discover` lists those that answer; its IP address works too"),
        false => error.hint("check the spelling, or give the gateway's IP address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;

    #[test]
    fn local_names_ask_mdns_and_others_do_not() {
        let responder = UdpSocket::bind("127.0.0.1:0").unwrap();
        let group = responder.local_addr().unwrap();
        std::thread::spawn(move || {
            let mut packet = [0; 500];
            let (_, from) = responder.recv_from(&mut packet).unwrap();
            // Written by hand: one A record for whatwatt-ABCDEF.local.
            let mut answer = b"\0\0\x84\0\0\0\0\x01\0\0\0\0\x0fwhatwatt-ABCDEF\x05local\0".to_vec();
            answer.extend_from_slice(b"\0\x01\x80\x01\0\0\0\x78\0\x04\xc0\0\x02\x07");
            responder.send_to(&answer, from).unwrap();
        });
        let resolver = Resolver { system: false, mdns: Some(group) };
        let target = Target::parse("abcdef:8080").unwrap();
        let found = resolver.addresses(&target, Duration::from_secs(5)).unwrap();
        assert_eq!(found, ["192.0.2.7:8080".parse().unwrap()]);
        let other = Target::parse("gw.example").unwrap();
        let error = resolver.addresses(&other, Duration::from_secs(5)).unwrap_err();
        assert_eq!(error.code(), "unresolved");
    }

    #[test]
    fn addresses_need_no_resolving() {
        let target = Target::parse("192.0.2.7").unwrap();
        assert!(Resolver::default().addresses(&target, Duration::ZERO).unwrap().is_empty());
    }
}
