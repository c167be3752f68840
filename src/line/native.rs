//! A serial port of this machine.
//!
//! On Linux, characters received in error are marked (see [`super::parmrk`]): how precisely depends on the driver
//! ([`super::drivers`]).  On other Unix systems the same is asked for, but no driver is known to do it, so
//! nothing is promised.  Windows tells of errors only for the port as a whole, which is not used.

use super::drivers::UNKNOWN;
use super::parmrk::Parmrk;
use super::ports::{self, Access, Port};
use super::{Adapter, Capabilities, ErrorCounts, Flag, Flags, Heard, LineSettings, StopBits};
use crate::error::{Error, Kind, Result};
use serialport::SerialPort;
use std::io::{ErrorKind, Read, Write};
use std::time::{Duration, Instant};

#[cfg(unix)]
use serialport::TTYPort as NativeSerial;

#[cfg(windows)]
use serialport::COMPort as NativeSerial;

/// Octets fetched at once: more than arrive while a search thinks.
const BUFFER: usize = 4096;

/// Longest time that sending may take.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

/// A port that is open, for this process alone.
pub struct NativePort {
    name: String,
    port: NativeSerial,
    capabilities: Capabilities,
    marks: Parmrk,
    buffer: Vec<u8>,
    opened: Instant,
    settings: Option<LineSettings>,
    counts: Option<ErrorCounts>,
}

impl NativePort {
    /// Opens a port.
    ///
    /// # Errors
    /// Of kind [`Kind::Port`] when it is missing, denied, busy or no serial port, with the remedy.
    pub fn open(name: &str) -> Result<Self> {
        let known = ports::find(name);
        // The baud rate is only what the port is opened with; configure follows.
        let builder = serialport::new(name, 9600).timeout(Duration::from_millis(100));
        let port = open_exclusively(&builder).map_err(|e| cannot_open(name, &e, known.as_ref()))?;
        let mut capabilities = capabilities(name, known.as_ref());
        hurry(&port, name, known.as_ref(), &mut capabilities);
        let counts = counters(&port);
        Ok(NativePort {
            name: name.to_owned(),
            port,
            capabilities,
            marks: Parmrk::default(),
            buffer: vec![0; BUFFER],
            opened: Instant::now(),
            settings: None,
            counts,
        })
    }

    fn gone(&self, what: &str) -> Error {
        Error::new(Kind::Port, format!("{} went away: {what}", self.name))
            .hint("was the adapter unplugged? `wwctl ports` shows what is there")
    }
}

fn open_exclusively(builder: &serialport::SerialPortBuilder) -> serialport::Result<NativeSerial> {
    #[cfg(target_os = "macos")]
    if builder.clone().open_native().is_err() {
        // Pseudo-terminals of macOS take no baud rate.
        return builder.clone().baud_rate(0).open_native();
    }
    builder.clone().open_native()
}

fn cannot_open(name: &str, error: &serialport::Error, known: Option<&Port>) -> Error {
    let remedy = known.and_then(|port| port.access.remedy(name));
    let (what, hint) = match error.kind() {
        serialport::ErrorKind::Io(ErrorKind::NotFound) => {
            ("is not there".to_owned(), Some("`wwctl ports` lists the serial ports".to_owned()))
        }
        serialport::ErrorKind::Io(ErrorKind::PermissionDenied) => {
            let group = "`wwctl ports` says who may use it".to_owned();
            ("may not be used by this user".to_owned(), Some(remedy.unwrap_or(group)))
        }
        serialport::ErrorKind::NoDevice if std::path::Path::new(name).exists() || cfg!(windows) => {
            let other = "end the program that has it open".to_owned();
            ("is in use by another program".to_owned(), Some(remedy.unwrap_or(other)))
        }
        serialport::ErrorKind::NoDevice => {
            ("is not there".to_owned(), Some("`wwctl ports` lists the serial ports".to_owned()))
        }
        _ if error.description.contains("ioctl") || error.description.contains("typewriter") => {
            ("is no serial port".to_owned(), Some("`wwctl ports` lists the serial ports".to_owned()))
        }
        _ => (format!("cannot be opened: {error}"), None),
    };
    let busy = matches!(known, Some(Port { access: Access::Busy { .. }, .. }));
    let code = match error.kind() {
        serialport::ErrorKind::Io(ErrorKind::PermissionDenied) => "port_denied",
        serialport::ErrorKind::NoDevice if busy || std::path::Path::new(name).exists() => "port_busy",
        _ => "port",
    };
    let error = Error::new(Kind::Port, format!("{name} {what}")).with_code(code);
    match hint {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

fn capabilities(name: &str, known: Option<&Port>) -> Capabilities {
    let driver = known.and_then(Port::known_driver).unwrap_or(&UNKNOWN);
    // A terminal with no device behind it: a pseudo-terminal, whatever name a link gives it.
    let doubtful = cfg!(target_os = "linux") && known.is_none();
    Capabilities {
        driver: match known {
            Some(port) => port.describe(),
            None if doubtful => "pseudo-terminal".to_owned(),
            None => name.to_owned(),
        },
        flags: if cfg!(target_os = "linux") { driver.flags } else { Flags::None },
        timestamp_quantum: if cfg!(windows) { Duration::from_millis(16) } else { driver.timestamp_quantum() },
        configurable: true,
        can_invert: false,
        doubtful,
    }
}

/// The time after which an FTDI chip sends what it has, as it comes from the factory.
const FTDI_LATENCY: Duration = Duration::from_millis(16);

/// Asks for characters without delay, where that is permitted, and notes what came of it.
#[cfg(target_os = "linux")]
fn hurry(port: &NativeSerial, name: &str, known: Option<&Port>, capabilities: &mut Capabilities) {
    // Not every driver knows it, and none is worse off.
    let _ = super::termios::low_latency(port);
    if known.and_then(Port::known_driver).map(|driver| driver.name) != Some("ftdi_sio") {
        return;
    }
    let tty = std::fs::canonicalize(name).ok();
    let Some(tty) = tty.as_deref().and_then(|path| path.file_name()) else { return };
    let timer = std::path::Path::new("/sys/bus/usb-serial/devices").join(tty).join("latency_timer");
    let milliseconds = || std::fs::read_to_string(&timer).ok()?.trim().parse::<u64>().ok();
    if milliseconds() != Some(1) {
        let _ = std::fs::write(&timer, "1");
    }
    capabilities.timestamp_quantum = milliseconds().map_or(FTDI_LATENCY, Duration::from_millis);
}

#[cfg(not(target_os = "linux"))]
fn hurry(_: &NativeSerial, _: &str, known: Option<&Port>, capabilities: &mut Capabilities) {
    // There is no call for it here that does not need the vendor's library.
    if known.and_then(|p| p.usb.as_ref()).is_some_and(|usb| usb.vendor == 0x0403) {
        capabilities.timestamp_quantum = FTDI_LATENCY;
    }
}

#[cfg(target_os = "linux")]
fn counters(port: &NativeSerial) -> Option<ErrorCounts> {
    super::termios::counters(port).ok()
}

#[cfg(not(target_os = "linux"))]
fn counters(_: &NativeSerial) -> Option<ErrorCounts> {
    None
}

/// Sets the line in one go; returns the baud rate that the driver took.
#[cfg(all(target_os = "linux", not(any(target_arch = "powerpc", target_arch = "powerpc64"))))]
fn set_line(port: &mut NativeSerial, settings: &LineSettings) -> serialport::Result<u32> {
    Ok(super::termios::set_line(super::termios::descriptor(port), settings)?)
}

#[cfg(not(all(target_os = "linux", not(any(target_arch = "powerpc", target_arch = "powerpc64")))))]
fn set_line(port: &mut NativeSerial, settings: &LineSettings) -> serialport::Result<u32> {
    use super::{DataBits, Parity};
    port.set_data_bits(match settings.data_bits {
        DataBits::Seven => serialport::DataBits::Seven,
        DataBits::Eight => serialport::DataBits::Eight,
    })?;
    port.set_parity(match settings.parity {
        Parity::None => serialport::Parity::None,
        Parity::Even => serialport::Parity::Even,
        Parity::Odd => serialport::Parity::Odd,
    })?;
    port.set_stop_bits(match settings.stop_bits {
        StopBits::Two => serialport::StopBits::Two,
        _ => serialport::StopBits::One,
    })?;
    #[cfg(unix)]
    super::termios::mark_errors(super::termios::descriptor(port))?;
    port.set_baud_rate(settings.baudrate)?;
    Ok(settings.baudrate)
}

impl Adapter for NativePort {
    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }

    fn configure(&mut self, settings: &LineSettings) -> Result<()> {
        if settings.stop_bits == StopBits::OnePointFive {
            return Err(Error::new(Kind::Usage, format!("{} cannot be set to 1.5 stop bits", self.name))
                .hint("a receiver looks at the first stop bit only: listen with 1"));
        }
        let taken = set_line(&mut self.port, settings).map_err(|e| match e.kind() {
            serialport::ErrorKind::Io(ErrorKind::InvalidInput) | serialport::ErrorKind::InvalidInput => {
                Error::new(Kind::Port, format!("{} cannot be set to {settings}: {e}", self.name))
            }
            _ => self.gone(&e.to_string()),
        })?;
        // Receivers stand about 4 %; a driver that offers less precision has no such rate.
        if taken.abs_diff(settings.baudrate) > settings.baudrate / 25 {
            return Err(Error::new(
                Kind::Port,
                format!("{} cannot do {} baud; the nearest it can is {taken}", self.name, settings.baudrate),
            ));
        }
        // What came until now was heard with other settings.
        if self.settings.replace(*settings) != Some(*settings) {
            self.discard()?;
        }
        Ok(())
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        let deadline = Instant::now() + timeout;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if let Err(e) = self.port.set_timeout(left.max(Duration::from_millis(1))) {
                return Err(self.gone(&e.to_string()));
            }
            match self.port.read(&mut self.buffer) {
                // A terminal that waits for characters gives none only when there is no line any more.
                Ok(0) if cfg!(unix) => return Err(self.gone("end of input")),
                Ok(count) => {
                    let at = self.opened.elapsed();
                    let before = into.len();
                    for octet in self.buffer.iter().take(count) {
                        let heard =
                            if cfg!(unix) { self.marks.push(*octet) } else { Some((*octet, Flag::None)) };
                        into.extend(heard.map(|(byte, flag)| Heard { byte, flag, at }));
                    }
                    if into.len() > before {
                        return Ok(into.len() - before);
                    }
                }
                Err(e) if matches!(e.kind(), ErrorKind::TimedOut | ErrorKind::WouldBlock) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(self.gone(&e.to_string())),
            }
            if Instant::now() >= deadline {
                return Ok(0);
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = self.port.set_timeout(WRITE_TIMEOUT).map_err(std::io::Error::from);
        sent.and_then(|()| self.port.write_all(bytes))
            .and_then(|()| self.port.flush())
            .map_err(|e| Error::new(Kind::Port, format!("{} does not send: {e}", self.name)))
    }

    fn discard(&mut self) -> Result<()> {
        self.marks.reset();
        self.port.clear(serialport::ClearBuffer::Input).map_err(|e| self.gone(&e.to_string()))
    }

    fn now(&self) -> Duration {
        self.opened.elapsed()
    }

    fn settings(&self) -> Option<LineSettings> {
        self.settings
    }

    fn error_counts(&self) -> Option<ErrorCounts> {
        let (start, now) = (self.counts?, counters(&self.port)?);
        Some(ErrorCounts {
            received: now.received.wrapping_sub(start.received),
            framing: now.framing.wrapping_sub(start.framing),
            parity: now.parity.wrapping_sub(start.parity),
            breaks: now.breaks.wrapping_sub(start.breaks),
            overruns: now.overruns.wrapping_sub(start.overruns),
        })
    }
}
