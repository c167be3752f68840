//! HDLC frames (ISO/IEC 13239, type 3) in what is known only in pieces: the readings whose checksums all hold.

use super::checksum;
use super::consistent::{self, Crc, Effect, Link};
use super::content::NAT;
use super::pieces::Alternative;
use std::collections::BTreeMap;

/// A reading whose checksums hold, and how far that may be by chance.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How improbable it is, in nats, before it was looked at the checksums.
    pub nats: f64,
    /// How many readings that are as probable would pass for a frame of it by chance.
    pub doubt: f64,
}

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

impl Cursor {
    const fn checked(self) -> bool {
        match self {
            Cursor::Between { checked } | Cursor::Flag { checked } | Cursor::Frame { checked, .. } => checked,
        }
    }

    /// Nothing is missing.
    /// Bytes that a frame needs to its end.
    fn lacks(self) -> usize {
        match self {
            Cursor::Frame { at: at @ 2.., length, .. } => usize::from(length.saturating_sub(at)),
            _ => 0,
        }
    }

    const fn is_end(self) -> bool {
        matches!(self, Cursor::Between { checked: true } | Cursor::Flag { checked: true })
    }
}

/// The shortest frame that carries anything: format, two addresses, control, two checksums.
const SHORTEST: u16 = 10;

/// So many places are followed, over all pieces: each needs 128 kB.
const PLACES: usize = 400;

/// The register of the frame check sequence after a good frame (ISO/IEC 13239, 4.2.5.2).
const GOOD: u16 = 0xF0B8;

/// One reading's way through a piece.
struct Walk<'a> {
    crc: &'a mut Crc,
    cursor: Cursor,
    effect: Effect,
    /// Where a frame ends in it, in bytes.
    ends: bool,
    /// A frame began in it.
    begins: bool,
}

impl Walk<'_> {
    /// The pattern that the bytes since the last checksum made.
    fn change(&mut self, change: u16) {
        match &mut self.effect {
            Effect::Xor(sum) | Effect::Check { after: sum, .. } => *sum ^= change,
        }
    }

    /// One more byte; `None` if it cannot be one of a telegram.
    fn take(&mut self, byte: u8) -> Option<()> {
        let checked = self.cursor.checked();
        self.cursor = match self.cursor {
            Cursor::Between { checked } | Cursor::Flag { checked } if byte == 0x7E => {
                Cursor::Flag { checked }
            }
            Cursor::Flag { .. } if byte & 0xF0 == 0xA0 => {
                self.begins = true;
                let effect = self.crc.effect(0, byte);
                self.change(effect);
                Cursor::Frame { checked, at: 1, length: u16::from(byte & 7) << 8 }
            }
            // What was heard before the first frame may be anything, but between frames nothing is.
            Cursor::Between { checked: false } | Cursor::Flag { checked: false } => {
                Cursor::Between { checked }
            }
            Cursor::Between { .. } | Cursor::Flag { .. } => return None,
            Cursor::Frame { at, length, .. } => {
                let effect = self.crc.effect(at.into(), byte);
                self.change(effect);
                let length = if at == 1 { length | u16::from(byte) } else { length };
                if length < SHORTEST {
                    return None;
                }
                if at + 1 == length {
                    self.end(length)?
                } else {
                    Cursor::Frame { checked, at: at + 1, length }
                }
            }
        };
        Some(())
    }

    /// The frame ends: its checksum must hold.
    fn end(&mut self, length: u16) -> Option<Cursor> {
        let good = self.crc.pattern(length.into(), GOOD);
        self.ends = true;
        self.effect = match self.effect {
            // What came before this piece decides.
            Effect::Xor(sum) if !self.begins => Effect::Check { wanted: good ^ sum, after: 0 },
            Effect::Xor(sum) if sum == good => Effect::Xor(0),
            Effect::Check { wanted, after } if after == good => Effect::Check { wanted, after: 0 },
            _ => return None,
        };
        self.begins = true;
        Some(Cursor::Between { checked: true })
    }
}

/// The readings in which the checksums of all frames hold, the most probable first, at most `wanted`.
pub fn checked(pieces: &[Vec<Alternative>], wanted: usize) -> Vec<Checked> {
    let mut crc = Crc::new(&checksum::FCS, 0xFFFF);
    let start = (0, Cursor::Between { checked: false });
    let mut cursors: BTreeMap<(u16, Cursor), u16> = BTreeMap::from([(start, 0)]);
    let mut stages: Vec<Vec<Link>> = Vec::new();
    // Which alternative a link stands for, and whether a frame ends in it.
    let mut meanings: Vec<Vec<(usize, bool)>> = Vec::new();
    // Bytes that are left at most: a frame must end in them.
    let longest = |ways: &Vec<Alternative>| ways.iter().map(|way| way.bytes.len()).max().unwrap_or(0);
    let mut left: usize = pieces.iter().map(longest).sum();
    let mut places = 0;
    for ways in pieces {
        left -= longest(ways);
        let mut next: BTreeMap<(u16, Cursor), u16> = BTreeMap::new();
        let (mut links, mut meaning) = (Vec::new(), Vec::new());
        for (&(state, cursor), &from) in &cursors {
            for (number, way) in ways.iter().enumerate().filter(|(_, way)| way.from == state) {
                let mut walk =
                    Walk { crc: &mut crc, cursor, effect: Effect::Xor(0), ends: false, begins: false };
                if way.bytes.iter().try_for_each(|byte| walk.take(*byte)).is_none() {
                    continue;
                }
                if walk.cursor.lacks() > left {
                    continue;
                }
                let count = next.len() as u16;
                let to = *next.entry((way.to, walk.cursor)).or_insert(count);
                links.push(Link { from, to, cost: way.cost.clamp(0, 0x7FFF) as u16, effect: walk.effect });
                meaning.push((number, walk.ends));
            }
        }
        stages.push(links);
        meanings.push(meaning);
        cursors = next;
        // In random bytes frames seem to begin everywhere.
        places += cursors.len();
        if places > PLACES {
            return Vec::new();
        }
    }
    let mut out: Vec<Checked> = Vec::new();
    let sums = sums(pieces);
    for end in cursors.iter().filter(|((_, cursor), _)| cursor.is_end()).map(|(_, number)| *number) {
        for choice in consistent::cheapest(&stages, end, wanted, 0x7FFF) {
            let numbers = choice.links.iter().zip(&meanings);
            let chosen: Vec<(usize, bool)> =
                numbers.filter_map(|(link, meaning)| meaning.get(*link).copied()).collect();
            let one = read(pieces, &sums, &chosen);
            match out.iter_mut().find(|other| other.bytes == one.bytes) {
                // The same through other states, such as a gap that could be in either of two places.
                Some(same) => {
                    same.nats = -((-same.nats).exp() + (-one.nats).exp()).ln();
                    same.doubt = same.doubt.min(one.doubt);
                }
                None => out.push(one),
            }
        }
    }
    out.sort_by(|a, b| a.nats.total_cmp(&b.nats));
    out.truncate(wanted);
    out
}

fn nats(cost: i32) -> f64 {
    f64::from(cost) / f64::from(NAT)
}

/// How much all readings up to each state behind each piece weigh together, compared to the best one; the start
/// first.
fn sums(pieces: &[Vec<Alternative>]) -> Vec<Vec<f64>> {
    let mut all = vec![vec![1.0]];
    for ways in pieces {
        let mut sums = vec![0.0; ways.iter().map(|way| usize::from(way.to) + 1).max().unwrap_or(0)];
        for way in ways {
            let before = all.last().and_then(|before| before.get(usize::from(way.from)));
            if let (Some(sum), Some(before)) = (sums.get_mut(usize::from(way.to)), before) {
                *sum += before * (-nats(way.cost)).exp();
            }
        }
        all.push(sums);
    }
    all
}

/// What a choice of alternatives says.
fn read(pieces: &[Vec<Alternative>], sums: &[Vec<f64>], chosen: &[(usize, bool)]) -> Checked {
    let mut checked = Checked { bytes: Vec::new(), nats: 0.0, doubt: 0.0 };
    let mut frame = 0.0;
    let sum = |piece: usize, state: u16| {
        sums.get(piece).and_then(|sums| sums.get(usize::from(state))).copied().unwrap_or(1.0)
    };
    for (piece, (ways, (number, ends))) in pieces.iter().zip(chosen).enumerate() {
        let Some(way) = ways.get(*number) else { continue };
        checked.bytes.extend_from_slice(&way.bytes);
        // How improbable it is that a reading that is where it leads to came there this way.
        let nats = nats(way.cost) + (sum(piece + 1, way.to) / sum(piece, way.from)).ln();
        frame += nats;
        checked.nats += nats;
        if *ends {
            // There are not more readings that are as probable as this one than one divided by its probability.
            checked.doubt += frame.exp() / 65536.0;
            frame = 0.0;
        }
    }
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

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
