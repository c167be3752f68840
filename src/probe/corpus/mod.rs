//! What meters say, as far as its shape matters: the source of the tables of [`super::baud`] and of the
//! priors of [`super::content`].
//!
//! Not frames that a decoder must like, but byte strings with the statistics of those that it does: header,
//! order of elements, digits, units, counters that fill their bytes from the right.  Several vendors'
//! shapes each, so that a meter that is not among them finds itself between them.

mod dlms;
mod mbus;
mod p1;
mod text;

use crate::line::random::Random;

/// What a telegram consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// DSMR P1 text.
    Text,
    /// DLMS/COSEM in an HDLC frame, readable.
    Dlms,
    /// The same, ciphered.
    Ciphered,
    /// Wired M-Bus.
    Mbus,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 4] = [Shape::Text, Shape::Dlms, Shape::Ciphered, Shape::Mbus];

    /// A telegram of this shape.
    pub fn telegram(self, random: &mut Random) -> Vec<u8> {
        match self {
            Shape::Text => text::telegram(random),
            Shape::Dlms => dlms::readable(random),
            Shape::Ciphered => dlms::ciphered(random),
            Shape::Mbus => mbus::telegram(random),
        }
    }

    /// A telegram of this shape or one near it, for what must know more than the usual.
    pub(super) fn varied(self, random: &mut Random) -> Vec<u8> {
        match self {
            Shape::Text => p1::telegram(random),
            Shape::Dlms | Shape::Ciphered | Shape::Mbus => self.telegram(random),
        }
    }
}

fn digit(random: &mut Random) -> u8 {
    b'0' + random.below(10) as u8
}
