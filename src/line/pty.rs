//! A pseudo-terminal as the host end of a serial line, for simulations.
//!
//! Whoever opens it sets a baud rate, and that can be seen here; parity, data bits and marks of errors
//! do not exist on a pseudo-terminal.

use super::termios;
use crate::error::{Error, Kind, Result};
use serialport::{SerialPort, TTYPort};
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

/// Longest wait for a reader that does not read, or for bytes that are not there.
const MOMENT: Duration = Duration::from_millis(1);

/// A pseudo-terminal.
#[derive(Debug)]
pub struct Pty {
    master: TTYPort,
    /// Kept open: the master would fail while nobody has the slave.
    slave: TTYPort,
}

impl Pty {
    /// A new one.
    ///
    /// # Errors
    /// Of kind [`Kind::Port`] when the system has none left.
    pub fn open() -> Result<Self> {
        let pair = TTYPort::pair().and_then(|(mut master, slave)| {
            master.set_timeout(MOMENT)?;
            Ok(Pty { master, slave })
        });
        pair.map_err(|e| Error::new(Kind::Port, format!("there is no pseudo-terminal to be had: {e}")))
    }

    /// What to open to be at the other end.
    pub fn path(&self) -> String {
        self.slave.name().unwrap_or_default()
    }

    /// The baud rate that was set at the other end.
    pub fn baudrate(&self) -> Option<u32> {
        termios::baudrate(termios::descriptor(&self.master)).ok().filter(|rate| *rate > 0)
    }

    /// Hands bytes over; those for which there is no room are lost, as in a receiver that nobody reads.
    ///
    /// # Errors
    /// When the pseudo-terminal is gone.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        // In pieces that fit where the terminal says that there is room, so that nothing blocks.
        for piece in bytes.chunks(64) {
            match self.master.write_all(piece) {
                Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => return Ok(()),
                other => other.map_err(|e| gone(&e))?,
            }
        }
        Ok(())
    }

    /// What came from the other end.
    ///
    /// # Errors
    /// When the pseudo-terminal is gone.
    pub fn receive(&mut self) -> Result<Vec<u8>> {
        let mut buffer = vec![0; 4096];
        match self.master.read(&mut buffer) {
            Ok(count) => {
                buffer.truncate(count);
                Ok(buffer)
            }
            Err(e)
                if matches!(
                    e.kind(),
                    ErrorKind::TimedOut | ErrorKind::WouldBlock | ErrorKind::Interrupted
                ) =>
            {
                Ok(Vec::new())
            }
            Err(e) => Err(gone(&e)),
        }
    }
}

fn gone(error: &std::io::Error) -> Error {
    Error::new(Kind::Port, format!("the pseudo-terminal is gone: {error}"))
}
