//! A serial port behind a bare TCP connection: bytes, and no way to set anything.

use super::{Adapter, Capabilities, Flag, Flags, Heard, LineSettings};
use crate::error::{Error, Kind, Result};
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// How long connecting may take, for each address.
const CONNECT: Duration = Duration::from_secs(5);

/// How coarse arrival times are: what devices of this kind gather before they send.  As the latency timer
/// of an FTDI chip comes from the factory, so that what was learned of those holds here as well.
pub(super) const NETWORK_QUANTUM: Duration = Duration::from_millis(16);

/// An instant as coarse as it is known: networks deliver early and late.
pub(super) fn coarse(at: Duration) -> Duration {
    const QUANTUM: u64 = NETWORK_QUANTUM.as_micros() as u64;
    let micros = u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(micros.div_ceil(QUANTUM).saturating_mul(QUANTUM))
}

/// A connection to a serial port server.
#[derive(Debug)]
pub(super) struct Connection {
    name: String,
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Connects to `HOST:PORT`; `name` is what the user called it.
    pub(super) fn open(name: &str, address: &str) -> Result<Self> {
        let address = address.strip_suffix('/').unwrap_or(address);
        let port = address.rsplit_once(':').filter(|(host, _)| !host.is_empty());
        if port.and_then(|(_, port)| port.parse::<u16>().ok()).is_none() {
            return Err(Error::new(Kind::Usage, format!("{name} has no port number"))
                .hint("write HOST:PORT, such as tcp://192.168.1.20:4001 or rfc2217://[::1]:2217"));
        }
        let addresses = address
            .to_socket_addrs()
            .map_err(|e| Error::new(Kind::Port, format!("{name}: the host is not known: {e}")))?;
        let mut last = None;
        for address in addresses {
            match TcpStream::connect_timeout(&address, CONNECT) {
                Ok(stream) => {
                    // Requests are small and wait for answers.
                    let _ = stream.set_nodelay(true);
                    let _ = stream.set_write_timeout(Some(CONNECT));
                    return Ok(Connection { name: name.to_owned(), stream, buffer: vec![0; 4096] });
                }
                Err(e) => last = Some(e),
            }
        }
        let why = last.map_or_else(|| "it has no address".to_owned(), |e| e.to_string());
        Err(Error::new(Kind::Port, format!("{name} does not answer: {why}"))
            .hint("is the port server running, and does it take connections on this port?"))
    }

    /// Waits at most `timeout` for octets; none when there were none.
    pub(super) fn receive(&mut self, timeout: Duration) -> Result<&[u8]> {
        // Zero would mean to wait for ever.
        let timeout = timeout.max(Duration::from_millis(1));
        let read =
            self.stream.set_read_timeout(Some(timeout)).and_then(|()| self.stream.read(&mut self.buffer));
        match read {
            Ok(0) => Err(self.gone("it closed the connection")),
            Ok(count) => Ok(self.buffer.get(..count).unwrap_or_default()),
            Err(e)
                if matches!(
                    e.kind(),
                    ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
                ) =>
            {
                Ok(&[])
            }
            Err(e) => Err(self.gone(&e.to_string())),
        }
    }

    /// Sends octets.
    pub(super) fn send(&mut self, octets: &[u8]) -> Result<()> {
        self.stream.write_all(octets).map_err(|e| self.gone(&e.to_string()))
    }

    fn gone(&self, what: &str) -> Error {
        Error::new(Kind::Port, format!("{} went away: {what}", self.name))
            .hint("many port servers serve one client at a time")
    }
}

/// A bare TCP connection as an adapter.
#[derive(Debug)]
pub struct TcpAdapter {
    connection: Connection,
    opened: Instant,
}

impl TcpAdapter {
    /// Connects to `tcp://HOST:PORT`.
    ///
    /// # Errors
    /// Of kind [`Kind::Port`] when nobody answers there, [`Kind::Usage`] when the text is none of that form.
    pub fn open(url: &str) -> Result<Self> {
        let connection = Connection::open(url, url.strip_prefix("tcp://").unwrap_or(url))?;
        Ok(TcpAdapter { connection, opened: Instant::now() })
    }
}

impl Adapter for TcpAdapter {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            driver: "TCP connection".to_owned(),
            flags: Flags::None,
            timestamp_quantum: NETWORK_QUANTUM,
            configurable: false,
            can_invert: false,
            doubtful: true,
        }
    }

    fn configure(&mut self, _: &LineSettings) -> Result<()> {
        Ok(())
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        let octets = self.connection.receive(timeout)?;
        let count = octets.len();
        let at = coarse(self.opened.elapsed());
        into.extend(octets.iter().map(|byte| Heard { byte: *byte, flag: Flag::None, at }));
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.connection.send(bytes)
    }

    fn discard(&mut self) -> Result<()> {
        while !self.connection.receive(Duration::ZERO)?.is_empty() {}
        Ok(())
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn bytes_come_and_go() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("tcp://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut peer, _) = listener.accept().unwrap();
            let mut question = [0; 3];
            peer.read_exact(&mut question).unwrap();
            peer.write_all(b"answer").unwrap();
            question
        });
        let mut adapter = TcpAdapter::open(&url).unwrap();
        assert!(!adapter.capabilities().configurable);
        let mut heard = Vec::new();
        assert_eq!(adapter.read(&mut heard, Duration::from_millis(10)).unwrap(), 0);
        adapter.write(b"why").unwrap();
        while heard.len() < 6 {
            adapter.read(&mut heard, Duration::from_secs(5)).unwrap();
        }
        assert_eq!(heard.iter().map(|h| h.byte).collect::<Vec<_>>(), b"answer");
        assert_eq!(&server.join().unwrap(), b"why");
        // The server has gone.
        let error = adapter.read(&mut heard, Duration::from_secs(5)).unwrap_err();
        assert_eq!(error.kind(), Kind::Port);
    }

    #[test]
    fn mistakes_are_named() {
        for (url, kind) in [
            ("tcp://localhost", Kind::Usage),
            ("tcp://:1", Kind::Usage),
            ("tcp://no.such.host.invalid:1", Kind::Port),
        ] {
            assert_eq!(TcpAdapter::open(url).unwrap_err().kind(), kind, "{url}");
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = TcpAdapter::open(&format!("tcp://{free}")).unwrap_err();
        assert_eq!(error.kind(), Kind::Port);
        assert!(error.message().contains("does not answer"), "{error}");
    }
}
