//! A serial line, and the adapters that listen to one.
//!
//! Time is what the adapter says it is: a real adapter counts from its opening on a monotonic clock, a
//! simulated one in virtual time.  Nothing above this room looks at a clock of its own.

pub mod capture;
pub mod chip;
pub mod drivers;
pub mod native;
pub mod parmrk;
pub mod pcapng;
pub mod ports;
#[cfg(target_os = "linux")]
pub mod pty;
pub mod random;
pub mod replay;
pub mod rfc2217;
pub mod sim;
pub mod tcp;
mod telnet;
#[cfg(unix)]
mod termios;
pub mod uart;

use crate::error::Result;
use std::fmt;
use std::time::Duration;

/// How characters are framed on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LineSettings {
    /// Bits per second.
    pub baudrate: u32,
    /// 7 or 8.
    pub data_bits: DataBits,
    /// Parity bit behind the data bits.
    pub parity: Parity,
    /// Stop bits at least sent.
    pub stop_bits: StopBits,
}

/// Data bits of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DataBits {
    /// Seven.
    Seven,
    /// Eight.
    Eight,
}

impl DataBits {
    /// 7 or 8.
    pub const fn count(self) -> u8 {
        match self {
            DataBits::Seven => 7,
            DataBits::Eight => 8,
        }
    }
}

/// Parity of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parity {
    /// No parity bit.
    None,
    /// The parity bit makes the number of ones even.
    Even,
    /// The parity bit makes the number of ones odd.
    Odd,
}

impl Parity {
    /// Its name in the gateway's settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Parity::None => "none",
            Parity::Even => "even",
            Parity::Odd => "odd",
        }
    }

    /// The parity of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Parity::None, Parity::Even, Parity::Odd].into_iter().find(|p| p.as_str() == name)
    }
}

/// Stop bits of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StopBits {
    /// One.
    One,
    /// One and a half.
    OnePointFive,
    /// Two.
    Two,
}

impl StopBits {
    /// Its name in the gateway's settings: a string there, because of the half.
    pub const fn as_str(self) -> &'static str {
        match self {
            StopBits::One => "1",
            StopBits::OnePointFive => "1.5",
            StopBits::Two => "2",
        }
    }

    /// The stop bits of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [StopBits::One, StopBits::OnePointFive, StopBits::Two].into_iter().find(|s| s.as_str() == name)
    }
}

/// `2400 8E1`.
impl fmt::Display for LineSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parity = match self.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        write!(f, "{} {}{parity}{}", self.baudrate, self.data_bits.count(), self.stop_bits.as_str())
    }
}

/// One character as an adapter delivered it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Heard {
    /// The data bits.
    pub byte: u8,
    /// What the adapter said about it.
    pub flag: Flag,
    /// When it was handed over, on the adapter's clock.  Coarser than the line: see
    /// [`Capabilities::timestamp_quantum`].
    pub at: Duration,
}

/// What a receiver says about a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Flag {
    /// Nothing amiss, as far as the adapter can tell.
    #[default]
    None,
    /// Framing or parity error (the terminal layer does not tell which).
    Error,
    /// The line was low for a whole character: a break.
    Break,
}

/// How precisely an adapter reports framing and parity errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Flags {
    /// Each character has its own flag (CP210x).
    PerCharacter,
    /// All characters of a transfer share a flag (FTDI).
    PerPacket,
    /// Errors are not reported (CH340, a bare TCP stream).
    None,
}

/// How often a driver met errors, whether or not it can say where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorCounts {
    /// Characters received.
    pub received: u64,
    /// Framing errors (ftdi_sio counts packets with any).
    pub framing: u64,
    /// Parity errors (likewise).
    pub parity: u64,
    /// Breaks.
    pub breaks: u64,
    /// Characters lost because nobody fetched them in time.
    pub overruns: u64,
}

/// What an adapter can do and how good its word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// The driver or chip, for people: `ftdi_sio (FT232R)`.
    pub driver: String,
    /// How errors are reported.
    pub flags: Flags,
    /// Arrival times are this coarse.
    pub timestamp_quantum: Duration,
    /// Baud rate and format can be set.
    pub configurable: bool,
    /// The adapter can invert the received signal by itself.
    pub can_invert: bool,
    /// What is asked for need not reach a line: a pseudo-terminal has none, and some servers keep quiet
    /// about what they did.  Bytes may then be good whatever was set, and prove nothing about the line.
    pub doubtful: bool,
}

impl Flags {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Flags::PerCharacter => "per_character",
            Flags::PerPacket => "per_packet",
            Flags::None => "none",
        }
    }
}

/// Something that listens to a line.
///
/// Errors are of kind [`Kind::Port`](crate::Kind::Port) (also when the adapter is unplugged).
pub trait Adapter {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Listens with these settings from now on.  Characters that are on their way to the host may still be
    /// delivered by the next [`Adapter::read`] as they were heard before; what waits there is thrown away when
    /// the settings change.
    ///
    /// # Errors
    /// When the adapter refuses them, or is gone.
    fn configure(&mut self, settings: &LineSettings) -> Result<()>;

    /// Appends what was heard to `into` and returns how many characters that were: waits until there
    /// is at least one, or until `timeout` has passed on the adapter's clock (then 0).
    ///
    /// # Errors
    /// When the adapter is gone, or (replay, simulation) has nothing more to give.
    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize>;

    /// Sends bytes, and returns when they have left.
    ///
    /// # Errors
    /// When the adapter cannot send, or is gone.
    fn write(&mut self, bytes: &[u8]) -> Result<()>;

    /// Throws away what was received and not read yet.
    ///
    /// # Errors
    /// When the adapter is gone.
    fn discard(&mut self) -> Result<()>;

    /// Time since the adapter was opened.
    fn now(&self) -> Duration;

    /// The settings in force, where they are known: a capture remembers those it was recorded with.
    fn settings(&self) -> Option<LineSettings> {
        None
    }

    /// The driver's count of errors since the adapter was opened, where it keeps one.
    fn error_counts(&self) -> Option<ErrorCounts> {
        None
    }

    /// True when nothing more will ever come (end of a replayed capture).
    fn exhausted(&self) -> bool {
        false
    }
}

impl<A: Adapter + ?Sized> Adapter for Box<A> {
    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn configure(&mut self, settings: &LineSettings) -> Result<()> {
        (**self).configure(settings)
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        (**self).read(into, timeout)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        (**self).write(bytes)
    }

    fn discard(&mut self) -> Result<()> {
        (**self).discard()
    }

    fn now(&self) -> Duration {
        (**self).now()
    }

    fn settings(&self) -> Option<LineSettings> {
        (**self).settings()
    }

    fn error_counts(&self) -> Option<ErrorCounts> {
        (**self).error_counts()
    }

    fn exhausted(&self) -> bool {
        (**self).exhausted()
    }
}
