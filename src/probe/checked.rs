//! The readings of what is known only in pieces whose checksums hold, whatever the checksums are of.

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

/// Values of a CRC of 16 bits.
const CRC_VALUES: f64 = 65536.0;

/// Where a reading is in texts of one kind, such as HDLC frames.
pub trait Cursor: Copy + Ord {
    /// Before anything was read.
    const START: Self;

    /// So many places are followed, over all pieces: each needs 64 kB.
    const PLACES: usize;

    /// The checksum of these texts.
    fn crc() -> Crc;

    /// Behind one more byte; `None` if it cannot be one of such a text.
    fn take(self, byte: u8, walk: &mut Walk<'_>) -> Option<Self>;

    /// Bytes that are needed to the end of what was begun.
    fn lacks(self) -> usize;

    /// Nothing is missing.
    fn is_end(self) -> bool;
}

/// What one reading of a piece does to the checksum.
#[derive(Debug)]
pub struct Walk<'a> {
    crc: &'a mut Crc,
    effect: Effect,
    /// Something with a checksum ends in it.
    ends: bool,
    /// And begins in it.
    begins: bool,
}

impl Walk<'_> {
    /// Something that has a checksum begins.
    pub const fn begin(&mut self) {
        self.begins = true;
    }

    /// One more byte of it, `at` bytes behind its beginning.
    pub fn take(&mut self, at: u16, byte: u8) {
        let change = self.crc.effect(at.into(), byte);
        self.change(change);
    }

    /// The register, after `length` bytes, is to have these bits, besides others.
    pub fn expect(&mut self, length: u16, register: u16) {
        let change = self.crc.share(length.into(), register);
        self.change(change);
    }

    /// The pattern that the bytes since the last checksum made.
    fn change(&mut self, change: u16) {
        match &mut self.effect {
            Effect::Xor(sum) | Effect::Check { after: sum, .. } => *sum ^= change,
        }
    }

    /// It ends after `length` bytes: its checksum must hold, which leaves `good` in the register.
    pub fn end(&mut self, length: u16, good: u16) -> Option<()> {
        let good = self.crc.pattern(length.into(), good);
        self.ends = true;
        self.effect = match self.effect {
            // What came before this piece decides.
            Effect::Xor(sum) if !self.begins => Effect::Check { wanted: good ^ sum, after: 0 },
            Effect::Xor(sum) if sum == good => Effect::Xor(0),
            Effect::Check { wanted, after } if after == good => Effect::Check { wanted, after: 0 },
            _ => return None,
        };
        self.begins = true;
        Some(())
    }
}

/// The readings in which all checksums hold, the most probable first, at most `wanted`.
pub fn checked<C: Cursor>(pieces: &[Vec<Alternative>], wanted: usize) -> Vec<Checked> {
    let mut crc = C::crc();
    let mut cursors: BTreeMap<(u16, C), u16> = BTreeMap::from([((0, C::START), 0)]);
    let mut stages: Vec<Vec<Link>> = Vec::new();
    // Which alternative a link stands for, and whether something ends in it.
    let mut meanings: Vec<Vec<(usize, bool)>> = Vec::new();
    // Bytes that are left at most: what was begun must end in them.
    let longest = |ways: &Vec<Alternative>| ways.iter().map(|way| way.bytes.len()).max().unwrap_or(0);
    let mut left: usize = pieces.iter().map(longest).sum();
    let mut places = 0;
    for ways in pieces {
        left -= longest(ways);
        let mut next: BTreeMap<(u16, C), u16> = BTreeMap::new();
        let (mut links, mut meaning) = (Vec::new(), Vec::new());
        for (&(state, cursor), &from) in &cursors {
            for (number, way) in ways.iter().enumerate().filter(|(_, way)| way.from == state) {
                let mut walk = Walk { crc: &mut crc, effect: Effect::Xor(0), ends: false, begins: false };
                let behind = way.bytes.iter().try_fold(cursor, |at, byte| at.take(*byte, &mut walk));
                let Some(behind) = behind.filter(|behind| behind.lacks() <= left) else { continue };
                let count = next.len() as u16;
                let to = *next.entry((way.to, behind)).or_insert(count);
                links.push(Link { from, to, cost: way.cost.clamp(0, 0x7FFF) as u16, effect: walk.effect });
                meaning.push((number, walk.ends));
            }
        }
        stages.push(links);
        meanings.push(meaning);
        cursors = next;
        // In random bytes frames seem to begin everywhere.
        places += cursors.len();
        if places > C::PLACES {
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
            let one = read(pieces, &sums, &chosen, CRC_VALUES);
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
pub(super) fn sums(pieces: &[Vec<Alternative>]) -> Vec<Vec<f64>> {
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

/// What a choice of alternatives says: of each piece which it is, and whether something ends in it whose checksum may
/// have so many values.
pub(super) fn read(
    pieces: &[Vec<Alternative>],
    sums: &[Vec<f64>],
    chosen: &[(usize, bool)],
    values: f64,
) -> Checked {
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
            checked.doubt += frame.exp() / values;
            frame = 0.0;
        }
    }
    checked
}
