//! How USB serial adapters hand received characters to the host: in packets, late, and with more or less to
//! say about errors.  From the drivers of Linux 6.1 (`drivers/usb/serial`) and the chips' data sheets.

use super::uart::Character;
use super::{Flag, Flags, Heard};
use std::collections::VecDeque;
use std::time::Duration;

/// An adapter's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Chip {
    /// None that exists: every flag, exact times.
    Ideal,
    /// Silicon Labs CP210x: every character has its flag ("event insertion").
    Cp210x,
    /// FTDI: up to 62 characters share a status byte; sent when full or when the latency timer fires.
    Ftdi,
    /// WCH CH340/CH341: never tells of errors.
    Ch340,
}

impl Chip {
    /// All of them.
    pub const ALL: [Chip; 4] = [Chip::Ideal, Chip::Cp210x, Chip::Ftdi, Chip::Ch340];

    /// Its name in `sim:` texts.
    pub const fn as_str(self) -> &'static str {
        match self {
            Chip::Ideal => "ideal",
            Chip::Cp210x => "cp210x",
            Chip::Ftdi => "ftdi",
            Chip::Ch340 => "ch340",
        }
    }

    /// How it reports errors.
    pub const fn flags(self) -> Flags {
        match self {
            Chip::Ideal | Chip::Cp210x => Flags::PerCharacter,
            Chip::Ftdi => Flags::PerPacket,
            Chip::Ch340 => Flags::None,
        }
    }
}

/// Characters in an FTDI packet: 64 bytes of a full-speed bulk transfer less two status bytes.
const FTDI_PACKET: usize = 62;

/// A full-speed USB frame: nothing reaches the host between two.
const USB_FRAME: f64 = 0.001;

/// The packet that a chip is filling.
#[derive(Debug, Clone)]
pub struct Packets {
    chip: Chip,
    /// FTDI's latency timer, in seconds.
    latency: f64,
    /// When it fired, or a full packet went, the last time.
    sent: f64,
    pending: Vec<Character>,
}

impl Packets {
    /// A chip with an empty packet.
    pub fn new(chip: Chip, latency: Duration) -> Self {
        Packets { chip, latency: latency.as_secs_f64().max(USB_FRAME), sent: 0.0, pending: Vec::new() }
    }

    /// Arrival times are this coarse.
    pub fn quantum(&self) -> Duration {
        match self.chip {
            Chip::Ideal => Duration::from_nanos(1),
            Chip::Cp210x | Chip::Ch340 => Duration::from_secs_f64(USB_FRAME),
            Chip::Ftdi => Duration::from_secs_f64(self.latency),
        }
    }

    /// Takes a character from the receiver; what reaches the host by that goes to `ready`.
    pub fn take(&mut self, character: Character, ready: &mut VecDeque<Heard>) {
        let flag = if character.broke {
            Flag::Break
        } else if character.framing || character.parity {
            Flag::Error
        } else {
            Flag::None
        };
        let byte = character.byte;
        match self.chip {
            Chip::Ideal => ready.push_back(Heard { byte, flag, at: duration(character.at) }),
            Chip::Cp210x => ready.push_back(Heard { byte, flag, at: duration(next_frame(character.at)) }),
            Chip::Ch340 => {
                ready.push_back(Heard { byte, flag: Flag::None, at: duration(next_frame(character.at)) });
            }
            Chip::Ftdi => {
                if self.pending.is_empty() {
                    // The timer runs freely; this is its last expiry.
                    self.sent += ((character.at - self.sent) / self.latency).floor() * self.latency;
                }
                self.pending.push(character);
                if self.pending.len() == FTDI_PACKET {
                    self.send(character.at, ready);
                }
            }
        }
    }

    /// When the packet goes to the host even though it is not full.
    pub fn due(&self) -> Option<f64> {
        (!self.pending.is_empty()).then_some(self.sent + self.latency)
    }

    /// Sends what is in the packet, at instant `at`.
    ///
    /// The flags are those of Linux's `ftdi_process_packet`: any parity or framing error marks all of the
    /// packet; a break marks its last character, and only when that is a NUL.
    pub fn send(&mut self, at: f64, ready: &mut VecDeque<Heard>) {
        self.sent = at;
        let broke = self.pending.iter().any(|c| c.broke) && self.pending.last().is_some_and(|c| c.byte == 0);
        let wrong = self.pending.iter().any(|c| c.framing || c.parity);
        let flag = if wrong { Flag::Error } else { Flag::None };
        let at = duration(next_frame(at));
        ready.extend(self.pending.drain(..).map(|c| Heard { byte: c.byte, flag, at }));
        if broke && let Some(last) = ready.back_mut() {
            last.flag = Flag::Break;
        }
    }

    /// Throws away what was not sent yet.
    pub fn clear(&mut self) {
        self.pending.clear();
    }
}

fn next_frame(at: f64) -> f64 {
    (at / USB_FRAME).ceil() * USB_FRAME
}

/// Seconds as [`Duration`], to the nanosecond.
pub(super) fn duration(seconds: f64) -> Duration {
    Duration::from_nanos((seconds.max(0.0) * 1e9).round() as u64)
}
