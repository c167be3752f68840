//! HDLC frames (ISO/IEC 13239, type 3) in what is known only in pieces: the readings whose checksums all hold.

use super::checked::{self, Checked, Walk};
use super::checksum;
use super::consistent::Crc;
use super::pieces::Alternative;

/// Where a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cursor {
    /// Before the first flag, or behind a frame; at least one frame was whole.
    Between { checked: bool },
    /// Behind a flag.
    Flag { checked: bool },
    /// Behind so many bytes of a frame of this length.
    Frame { checked: bool, at: u16, length: u16 },
}

/// The shortest frame that carries anything: format, two addresses, control, two checksums.
const SHORTEST: u16 = 10;

/// The register of the frame check sequence after a good frame (ISO/IEC 13239, 4.2.5.2).
const GOOD: u16 = 0xF0B8;

impl checked::Cursor for Cursor {
    const START: Self = Cursor::Between { checked: false };
    const PLACES: usize = 400;

    fn crc() -> Crc {
        Crc::new(&checksum::FCS, 0xFFFF)
    }

    fn take(self, byte: u8, walk: &mut Walk<'_>) -> Option<Self> {
        Some(match self {
            Cursor::Between { checked } | Cursor::Flag { checked } if byte == 0x7E => {
                Cursor::Flag { checked }
            }
            Cursor::Flag { checked } if byte & 0xF0 == 0xA0 => {
                walk.begin();
                walk.take(0, byte);
                Cursor::Frame { checked, at: 1, length: u16::from(byte & 7) << 8 }
            }
            // What was heard before the first frame may be anything, but between frames nothing is.
            Cursor::Between { checked: false } | Cursor::Flag { checked: false } => {
                Cursor::Between { checked: false }
            }
            Cursor::Between { .. } | Cursor::Flag { .. } => return None,
            Cursor::Frame { at, length, checked } => {
                walk.take(at, byte);
                let length = if at == 1 { length | u16::from(byte) } else { length };
                if length < SHORTEST {
                    return None;
                }
                if at + 1 == length {
                    walk.end(length, GOOD)?;
                    Cursor::Between { checked: true }
                } else {
                    Cursor::Frame { checked, at: at + 1, length }
                }
            }
        })
    }

    /// Bytes that a frame needs to its end.
    fn lacks(self) -> usize {
        match self {
            Cursor::Frame { at: at @ 2.., length, .. } => usize::from(length.saturating_sub(at)),
            _ => 0,
        }
    }

    fn is_end(self) -> bool {
        matches!(self, Cursor::Between { checked: true } | Cursor::Flag { checked: true })
    }
}

/// The readings in which the checksums of all frames hold, the most probable first, at most `wanted`.
pub fn checked(pieces: &[Vec<Alternative>], wanted: usize) -> Vec<Checked> {
    checked::checked::<Cursor>(pieces, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::checked::Cursor as _;

    fn frame(content: &[u8]) -> Vec<u8> {
        let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);
        let mut frame = vec![0xA0, content.len() as u8 + 9, 0x41, 0x03, 0x13];
        frame.extend(crc.checksum(&frame).to_le_bytes());
        frame.extend_from_slice(content);
        frame.extend(crc.checksum(&frame).to_le_bytes());
        frame
    }

    fn way(cost: i32, bytes: &[u8]) -> Alternative {
        Alternative { from: 0, to: 0, cost, bytes: bytes.to_vec() }
    }

    /// Every byte may be itself with the wrong bit, which is cheaper, or as it is, in some places.
    fn doubtful(bytes: &[u8], places: &[usize]) -> Vec<Vec<Alternative>> {
        let doubt = |(at, byte): (usize, &u8)| {
            if places.contains(&at) {
                vec![way(0, &[byte ^ 0x10]), way(10, &[*byte])]
            } else {
                vec![way(0, &[*byte])]
            }
        };
        bytes.iter().enumerate().map(doubt).collect()
    }

    #[test]
    fn the_checksum_finds_the_true_bytes_among_cheaper_ones() {
        let telegram = [&[0x7E], &frame(b"what the meter says")[..], &[0x7E]].concat();
        let pieces = doubtful(&telegram, &[9, 11, 12, 15, 20, 22, 26]);
        let found = checked(&pieces, 3);
        assert_eq!(found.first().map(|c| &c.bytes), Some(&telegram));
        // Seven times ten sixteenths of a nat, and the logarithm of 1 + exp(-10/16).
        let nats = 7.0 * (10.0 / 16.0 + (1.0 + (-10.0f64 / 16.0).exp()).ln());
        assert!((found[0].nats - nats).abs() < 1e-6);
        assert!((found[0].doubt - nats.exp() / 65536.0).abs() < 1e-6);
        // A byte that is in no reading.
        let mut wrong = telegram.clone();
        wrong[13] ^= 1;
        assert!(checked(&doubtful(&wrong, &[9, 11]), 3).is_empty());
    }

    #[test]
    fn one_reading_through_two_states_is_one_reading() {
        let telegram = [&[0x7E], &frame(b"the same")[..], &[0x7E]].concat();
        let (start, end) = telegram.split_at(12);
        let to = |cost, to| Alternative { to, ..way(cost, start) };
        let from = |cost, from| Alternative { from, ..way(cost, end) };
        let found = checked(&[vec![to(0, 0), to(8, 1)], vec![from(0, 0), from(5, 1)]], 5);
        assert_eq!(found.len(), 1);
        assert!(found[0].nats.abs() < 1e-9);
    }

    #[test]
    fn every_frame_has_its_own_checksum() {
        let telegram =
            [&[0xFF, 0x7E], &frame(b"the first part")[..], &[0x7E, 0x7E], &frame(b"and the second")[..]]
                .concat();
        let second = telegram.len() - 8;
        let mut pieces = doubtful(&telegram, &[12, 14, second]);
        assert_eq!(checked(&pieces, 3).first().map(|c| &c.bytes), Some(&telegram));
        // In one piece, from within the first frame into the second.
        let middle: Vec<Vec<Alternative>> = pieces.drain(14..second + 1).collect();
        let all: Vec<u8> = middle.iter().flat_map(|ways| ways.last().unwrap().bytes.clone()).collect();
        let mut wrong = all.clone();
        wrong[0] ^= 0x10;
        pieces.insert(14, vec![way(0, &wrong), way(7, &all)]);
        assert_eq!(checked(&pieces, 3).first().map(|c| &c.bytes), Some(&telegram));
        // The end of the second is missing.
        pieces.pop();
        assert!(checked(&pieces, 3).is_empty());
    }

    #[test]
    fn a_frame_that_would_end_behind_the_telegram_is_not_followed() {
        let frame = |length| Cursor::Frame { checked: false, at: 2, length };
        assert_eq!((frame(30).lacks(), Cursor::Between { checked: true }.lacks()), (28, 0));
        // Frames of any length seem to begin at every byte: that is given up.
        let anything: Vec<Vec<Alternative>> = (0..200)
            .map(|_| [0x7E, 0xA0, 0x33, 0x5A].iter().map(|byte| way(0, &[*byte])).collect())
            .collect();
        assert_eq!(checked(&anything, 3), []);
    }

    #[test]
    fn a_length_may_be_in_doubt() {
        let telegram = [&[0x7E], &frame(b"so long, not longer")[..], &[0x7E]].concat();
        let mut pieces = doubtful(&telegram, &[]);
        let (right, short, long) = (telegram[2], telegram[2] - 4, telegram[2] + 9);
        pieces[2] = vec![way(0, &[short]), way(3, &[long]), way(20, &[right])];
        assert_eq!(checked(&pieces, 3).first().map(|c| &c.bytes), Some(&telegram));
    }
}
