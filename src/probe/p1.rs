//! P1 telegrams (P1 companion standard 5.0.2, section 6.2) in what is known only in pieces: the readings whose CRC
//! holds.
//!
//! The four digits of the CRC are as open as what they are taken over.  As a CRC is linear, each digit asks for a
//! pattern of its own, and the digits for the sum of theirs.

use super::checked::{self, Checked, Walk};
use super::checksum;
use super::consistent::Crc;
use super::pieces::Alternative;

/// Where a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cursor {
    /// Before the telegram.
    Before,
    /// Behind so many bytes of it.
    Text { at: u16, line_begins: bool },
    /// Behind its `!`, which is the last of so many bytes, and some digits.
    Digits { length: u16, count: u8 },
    /// Behind it.
    Behind,
}

/// Digits of the CRC.
const DIGITS: u8 = 4;

impl checked::Cursor for Cursor {
    const START: Self = Cursor::Before;
    const PLACES: usize = 300;

    fn crc() -> Crc {
        Crc::new(&checksum::P1, 0)
    }

    fn take(self, byte: u8, walk: &mut Walk<'_>) -> Option<Self> {
        Some(match self {
            Cursor::Before if byte == b'/' => {
                walk.begin();
                walk.take(0, byte);
                Cursor::Text { at: 1, line_begins: false }
            }
            // What was heard before it, and is behind it, may be anything.
            Cursor::Before | Cursor::Behind => self,
            Cursor::Text { at, line_begins } => {
                walk.take(at, byte);
                let length = at.checked_add(1)?;
                if line_begins && byte == b'!' {
                    Cursor::Digits { length, count: 0 }
                } else {
                    Cursor::Text { at: length, line_begins: byte == b'\n' }
                }
            }
            Cursor::Digits { length, count } => {
                let digit = (byte as char).to_digit(16)? as u16;
                let count = count + 1;
                walk.expect(length, digit << (4 * (DIGITS - count)));
                if count == DIGITS {
                    walk.end(length, 0)?;
                    Cursor::Behind
                } else {
                    Cursor::Digits { length, count }
                }
            }
        })
    }

    fn lacks(self) -> usize {
        match self {
            Cursor::Digits { count, .. } => usize::from(DIGITS - count),
            _ => 0,
        }
    }

    fn is_end(self) -> bool {
        self == Cursor::Behind
    }
}

/// The readings in which the CRC holds, the most probable first, at most `wanted`.
pub fn checked(pieces: &[Vec<Alternative>], wanted: usize) -> Vec<Checked> {
    checked::checked::<Cursor>(pieces, wanted)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// This text with its CRC.
    pub fn telegram(text: &str) -> Vec<u8> {
        let crc = crc::Crc::<u16>::new(&crc::CRC_16_ARC);
        format!("{text}{:04X}\r\n", crc.checksum(text.as_bytes())).into_bytes()
    }

    /// A way of reading a piece.
    pub fn way(cost: i32, bytes: &[u8]) -> Alternative {
        Alternative { from: 0, to: 0, cost, bytes: bytes.to_vec() }
    }

    /// Every byte may be another one, which is cheaper, or as it is, in some places.
    fn doubtful(bytes: &[u8], places: &[usize]) -> Vec<Vec<Alternative>> {
        let doubt = |(at, byte): (usize, &u8)| match places.contains(&at) {
            true => vec![way(0, &[byte ^ 1]), way(10, &[*byte])],
            false => vec![way(0, &[*byte])],
        };
        bytes.iter().enumerate().map(doubt).collect()
    }

    const TEXT: &str = "/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(004411.268*kWh)\r\n1-0:1.7.0(00.318*kW)\r\n!";

    #[test]
    fn the_crc_finds_the_true_digits_its_own_among_them() {
        let telegram = telegram(TEXT);
        let digits = telegram.len() - 6;
        let places = [32, 33, 36, 38, 62, 64, digits, digits + 1, digits + 3];
        let found = checked(&doubtful(&telegram, &places), 3);
        assert_eq!(found.first().map(|c| &c.bytes), Some(&telegram));
        // Nine times ten sixteenths of a nat, and the logarithm of 1 + exp(-10/16).
        let nats = 9.0 * (10.0 / 16.0 + (1.0 + (-10.0f64 / 16.0).exp()).ln());
        assert!((found[0].nats - nats).abs() < 1e-6);
        assert!((found[0].doubt - nats.exp() / 65536.0).abs() < 1e-6);
        // A byte that is in no reading.
        let mut wrong = telegram.clone();
        wrong[13] ^= 1;
        assert!(checked(&doubtful(&wrong, &places[..2]), 3).is_empty());
    }

    #[test]
    fn digits_may_be_small_letters_and_what_surrounds_a_telegram_anything() {
        let mut small = telegram(TEXT);
        let digits = small.len() - 6;
        small[digits..].make_ascii_lowercase();
        let heard = [b"\0!12", &small[..], b"\xFF"].concat();
        assert_eq!(checked(&doubtful(&heard, &[]), 3).first().map(|c| &c.bytes), Some(&heard));
        // In one piece, and with an exclamation mark in the middle of a line.
        let whole = telegram("/XMX5!name\r\n\r\n0-0:96.13.0()\r\n!");
        assert_eq!(checked(&[vec![way(0, &whole)]], 3).len(), 1);
    }

    #[test]
    fn what_has_no_crc_is_no_telegram() {
        for end in ["\r\n", "12\r\n", ""] {
            let bare = [TEXT.as_bytes(), end.as_bytes()].concat();
            assert!(checked(&doubtful(&bare, &[40]), 3).is_empty(), "{end:?}");
        }
        assert!(checked(&doubtful(b"1-0:1.8.1(004411.268*kWh)\r\n!1234\r\n", &[]), 3).is_empty());
    }

    #[test]
    fn a_character_more_or_less_may_be_in_doubt() {
        let telegram = telegram(TEXT);
        let mut pieces = doubtful(&telegram, &[]);
        pieces[40] = vec![way(0, b"0"), way(3, &telegram[40..41]), way(9, b"00")];
        pieces[41] = vec![way(0, b""), way(3, &telegram[41..42])];
        assert_eq!(checked(&pieces, 3).first().map(|c| &c.bytes), Some(&telegram));
    }
}
