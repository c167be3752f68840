//! A serial line, and the adapters that listen to one.
//!
//! Time is what the adapter says it is: a real adapter counts from its opening on a monotonic clock, a
//! simulated one in virtual time.  Nothing above this room looks at a clock of its own.

pub mod chip;
pub mod random;
pub mod sim;
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
}

/// Something that listens to a line.
///
/// Errors are of kind [`Kind::Port`](crate::Kind::Port) (also when the adapter is unplugged).
pub trait Adapter {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Listens with these settings from now on.  Bytes received before may still be delivered by the
    /// next [`Adapter::read`] unless [`Adapter::discard`] is called.
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

    /// True when nothing more will ever come (end of a replayed capture).
    fn exhausted(&self) -> bool {
        false
    }
}
