//! From a name to addresses, within the time that the user allows.

use super::target::Target;
use crate::error::{Error, Kind, Result};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::time::Duration;

/// How names are resolved.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Resolver {}

impl Resolver {
    /// The addresses of `target`, with its port; empty when its URL holds an address already.
    pub(super) fn addresses(&self, target: &Target, timeout: Duration) -> Result<Vec<SocketAddr>> {
        let Some(name) = target.lookup() else { return Ok(Vec::new()) };
        let (sender, receiver) = mpsc::channel();
        let (wanted, port) = (name.to_owned(), target.port());
        // getaddrinfo knows no time limit: it gets a thread of its own, which may outlive the wait.
        std::thread::spawn(move || {
            let found = (wanted.as_str(), port).to_socket_addrs().map(Iterator::collect::<Vec<_>>);
            let _ = sender.send(found);
        });
        match receiver.recv_timeout(timeout) {
            Ok(Ok(found)) if !found.is_empty() => Ok(found),
            _ => Err(unresolved(name)),
        }
    }
}

fn unresolved(name: &str) -> Error {
    Error::new(Kind::Unreachable, format!("the name {name} cannot be resolved to an address"))
        .with_code("unresolved")
        .hint("check the spelling, or give the gateway's IP address")
}
