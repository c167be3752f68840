//! What the caller of a probe asks for, and what he is shown while it runs.

use crate::decode::{Keys, Protocol};
use crate::line::{LineSettings, Parity, StopBits};
use std::time::Duration;

/// How settings are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum Strategy {
    /// The baud rate from the first telegram, polarity and format from the next; inverted lines by computation.
    #[default]
    Adaptive,
    /// The frequent settings first, each for one telegram.
    Ordered,
    /// Every baud rate with every format, from the slowest on.
    Exhaustive,
}

/// What the user already knows.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Narrow {
    /// Bits per second.
    pub baudrate: Option<u32>,
    /// Parity.
    pub parity: Option<Parity>,
    /// Stop bits.
    pub stop_bits: Option<StopBits>,
    /// The line idles low.
    pub invert: Option<bool>,
    /// What is spoken.
    pub protocol: Option<Protocol>,
}

/// What to do, and for how long.
#[derive(Debug, Clone)]
pub struct Options {
    /// How settings are chosen.
    pub strategy: Strategy,
    /// What the user already knows.
    pub narrow: Narrow,
    /// At most this long, in time of the line.
    pub timeout: Duration,
    /// Keys for ciphered messages.
    pub keys: Keys,
    /// Ask, instead of only listening.
    pub ask: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            strategy: Strategy::default(),
            narrow: Narrow::default(),
            timeout: Duration::from_secs(180),
            keys: Keys::default(),
            ask: false,
        }
    }
}

/// Where a probe stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// Time of the line.
    pub now: Duration,
    /// What the adapter is set to.
    pub settings: LineSettings,
    /// Pushes heard so far.
    pub telegrams: u32,
    /// Characters heard so far.
    pub characters: u64,
    /// What is being done.
    pub doing: &'static str,
    /// What comes into question, the best first, each with its probability or share of telegrams.
    pub candidates: Vec<(String, f64)>,
}
