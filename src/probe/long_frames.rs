//! Long frames of M-Bus (EN 13757-2, 5.3) in what is known only in pieces: the readings whose sums hold.
//!
//! A sum of 8 bits is not linear as a CRC is, but it has only 256 values: for each place in the text and each of them
//! the least that the rest costs is known, and leads to the best readings in order.

use super::checked::{self, Checked};
use super::pieces::Alternative;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Where a reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cursor {
    /// Before the frame.
    Before,
    Length,
    Again(u8),
    StartAgain(u8),
    /// So many bytes are left before the sum.
    Data(u8),
    Sum,
    Stop,
    /// Behind it.
    Behind,
}

/// What one more byte makes of it.
enum Taken {
    To(Cursor),
    /// The same, and it counts in the sum.
    Counted(Cursor),
    /// The sum must be this byte.
    Check(Cursor),
}

impl Cursor {
    fn take(self, byte: u8) -> Option<Taken> {
        Some(Taken::To(match self {
            Cursor::Before if byte == 0x68 => Cursor::Length,
            // Control, address and control information at least.
            Cursor::Length if byte >= 3 => Cursor::Again(byte),
            Cursor::Again(length) if byte == length => Cursor::StartAgain(length),
            Cursor::StartAgain(length) if byte == 0x68 => Cursor::Data(length),
            Cursor::Data(left) => {
                return Some(Taken::Counted(if left > 1 { Cursor::Data(left - 1) } else { Cursor::Sum }));
            }
            Cursor::Sum => return Some(Taken::Check(Cursor::Stop)),
            Cursor::Stop if byte == 0x16 => Cursor::Behind,
            Cursor::Behind => Cursor::Behind,
            _ => return None,
        }))
    }

    fn lacks(self) -> usize {
        match self {
            Cursor::Data(left) => usize::from(left) + 2,
            _ => 0,
        }
    }
}

/// A way of reading a piece, from a place to another one.
struct Link {
    from: u16,
    to: u16,
    cost: i32,
    /// What it adds to the sum of all bytes so far.
    adds: u8,
    /// If the frame ends in it: what that sum must be in front of it.
    wanted: Option<u8>,
    /// Which way of the piece it is.
    number: usize,
}

/// Values of a sum.
const SUMS: usize = 256;
/// It cannot be.
const NEVER: i32 = i32::MAX / 2;
/// So many partial readings are looked at.
const LOOKED: usize = 20_000;

/// The readings of a single frame whose sum holds, the most probable first, at most `wanted`.
pub fn checked(pieces: &[Vec<Alternative>], wanted: usize) -> Vec<Checked> {
    let mut cursors: BTreeMap<(u16, Cursor), u16> = BTreeMap::from([((0, Cursor::Before), 0)]);
    let mut stages: Vec<Vec<Link>> = Vec::new();
    let longest = |ways: &Vec<Alternative>| ways.iter().map(|way| way.bytes.len()).max().unwrap_or(0);
    let mut left: usize = pieces.iter().map(longest).sum();
    for ways in pieces {
        left -= longest(ways);
        let mut next: BTreeMap<(u16, Cursor), u16> = BTreeMap::new();
        let mut links = Vec::new();
        for (&(state, cursor), &from) in &cursors {
            for (number, way) in ways.iter().enumerate().filter(|(_, way)| way.from == state) {
                let Some((behind, adds, wanted)) = walk(cursor, &way.bytes) else { continue };
                if behind.lacks() > left {
                    continue;
                }
                let count = next.len() as u16;
                let to = *next.entry((way.to, behind)).or_insert(count);
                links.push(Link { from, to, cost: way.cost.max(0), adds, wanted, number });
            }
        }
        stages.push(links);
        cursors = next;
    }
    // What the rest costs at least, from each place and sum.
    let ends = cursors.iter().filter(|((_, cursor), _)| *cursor == Cursor::Behind).map(|(_, number)| *number);
    let mut rests = vec![vec![[NEVER; SUMS]; cursors.len()]];
    for end in ends {
        rests.iter_mut().flat_map(|last| last.get_mut(usize::from(end))).for_each(|rest| *rest = [0; SUMS]);
    }
    for links in stages.iter().rev() {
        let places = links.iter().map(|link| usize::from(link.from) + 1).max().unwrap_or(0);
        let mut before = vec![[NEVER; SUMS]; places];
        let Some(behind) = rests.last() else { return Vec::new() };
        for link in links {
            let (Some(rest), Some(into)) =
                (behind.get(usize::from(link.to)), before.get_mut(usize::from(link.from)))
            else {
                continue;
            };
            for (sum, least) in (0..=u8::MAX).zip(into.iter_mut()) {
                *least = (*least).min(after(link, sum, rest).saturating_add(link.cost));
            }
        }
        rests.push(before);
    }
    rests.reverse();
    best(pieces, &stages, &rests, wanted)
}

/// Behind these bytes: where it is, what they add to the sum, and what that must have been.
fn walk(mut cursor: Cursor, bytes: &[u8]) -> Option<(Cursor, u8, Option<u8>)> {
    let (mut adds, mut wanted) = (0u8, None);
    for &byte in bytes {
        cursor = match cursor.take(byte)? {
            Taken::To(to) => to,
            Taken::Counted(to) => {
                adds = adds.wrapping_add(byte);
                to
            }
            Taken::Check(to) => {
                wanted = Some(byte.wrapping_sub(adds));
                to
            }
        };
    }
    Some((cursor, adds, wanted))
}

/// What comes behind a link costs at least, when the sum in front of it was this one.
fn after(link: &Link, sum: u8, rest: &[i32; SUMS]) -> i32 {
    if link.wanted.is_some_and(|wanted| wanted != sum) {
        return NEVER;
    }
    rest.get(usize::from(sum.wrapping_add(link.adds))).copied().unwrap_or(NEVER)
}

fn best(
    pieces: &[Vec<Alternative>],
    stages: &[Vec<Link>],
    rests: &[Vec<[i32; SUMS]>],
    wanted: usize,
) -> Vec<Checked> {
    let sums = checked::sums(pieces);
    let all = rests.first().and_then(|first| first.first()).and_then(|rest| rest.first()).copied();
    let Some(least) = all.filter(|least| *least < NEVER) else { return Vec::new() };
    // Links so far as a list from the last one on: the one before, and which it is.
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut waiting = BinaryHeap::from([Reverse((least, usize::MAX, 0, 0, 0u16, 0u8, usize::MAX))]);
    let mut out: Vec<Checked> = Vec::new();
    let mut looked = 0;
    while let Some(Reverse((_, _, cost, stage, place, sum, last))) = waiting.pop() {
        looked += 1;
        if out.len() >= wanted || looked > LOOKED {
            break;
        }
        let (Some(links), Some(behind)) = (stages.get(stage), rests.get(stage + 1)) else {
            let mut chosen: Vec<(usize, bool)> =
                std::iter::successors(taken.get(last), |(before, _)| taken.get(*before))
                    .zip(stages.iter().rev())
                    .filter_map(|((_, link), links)| {
                        links.get(*link).map(|link| (link.number, link.wanted.is_some()))
                    })
                    .collect();
            chosen.reverse();
            let one = checked::read(pieces, &sums, &chosen, SUMS as f64);
            match out.iter_mut().find(|other| other.bytes == one.bytes) {
                Some(same) => {
                    same.nats = -((-same.nats).exp() + (-one.nats).exp()).ln();
                    same.doubt = same.doubt.min(one.doubt);
                }
                None => out.push(one),
            }
            continue;
        };
        for (number, link) in links.iter().enumerate().filter(|(_, link)| link.from == place) {
            let Some(rest) = behind.get(usize::from(link.to)) else { continue };
            let (cost, rest) = (cost + link.cost, after(link, sum, rest));
            if rest < NEVER {
                taken.push((last, number));
                let sum = sum.wrapping_add(link.adds);
                // Of equal ones, that which has come furthest.
                let far = usize::MAX - stage - 1;
                waiting.push(Reverse((cost + rest, far, cost, stage + 1, link.to, sum, taken.len() - 1)));
            }
        }
    }
    out.sort_by(|a, b| a.nats.total_cmp(&b.nats));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(content: &[u8]) -> Vec<u8> {
        let length = content.len() as u8;
        let sum = content.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        [&[0x68, length, length, 0x68], content, &[sum, 0x16]].concat()
    }

    fn way(cost: i32, bytes: &[u8]) -> Alternative {
        Alternative { from: 0, to: 0, cost, bytes: bytes.to_vec() }
    }

    fn doubtful(bytes: &[u8], places: &[usize]) -> Vec<Vec<Alternative>> {
        let doubt = |(at, byte): (usize, &u8)| {
            if places.contains(&at) {
                vec![way(0, &[byte ^ 1 << (at % 7)]), way(10, &[*byte])]
            } else {
                vec![way(0, &[*byte])]
            }
        };
        bytes.iter().enumerate().map(doubt).collect()
    }

    #[test]
    fn the_sum_finds_the_true_bytes_among_cheaper_ones() {
        let telegram = frame(&[0x08, 0x05, 0x72, 0x78, 0x56, 0x34, 0x12, 0x2D, 0x2C, 0x01, 0x04]);
        let pieces = doubtful(&telegram, &[8, 9, 10, 12]);
        let found = checked(&pieces, 8);
        let truth = found.iter().find(|one| one.bytes == telegram).expect("the frame");
        let nats = 4.0 * (10.0 / 16.0 + (1.0 + (-10.0f64 / 16.0).exp()).ln());
        assert!((truth.nats - nats).abs() < 1e-6);
        assert!((truth.doubt - nats.exp() / 256.0).abs() < 1e-6);
        // Whatever else is among them, its sum holds, and there is nothing better that was left out.
        let all = (0..16u32).filter_map(|which| {
            let mut bytes = telegram.clone();
            for (bit, at) in [8usize, 9, 10, 12].into_iter().enumerate() {
                bytes[at] ^= u8::from(which >> bit & 1 == 1) << (at % 7);
            }
            let sum = bytes[4..15].iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
            (sum == bytes[15]).then_some(bytes)
        });
        let mut all: Vec<Vec<u8>> = all.collect();
        let mut listed: Vec<Vec<u8>> = found.into_iter().map(|one| one.bytes).collect();
        all.sort();
        listed.sort();
        assert_eq!(listed, all);
    }

    #[test]
    fn a_frame_that_is_not_whole_is_none() {
        let telegram = frame(&[0x08, 0x05, 0x72, 0x78]);
        assert_eq!(checked(&doubtful(&telegram, &[]), 3).len(), 1);
        assert_eq!(checked(&doubtful(&telegram[..9], &[]), 3), []);
        assert_eq!(checked(&doubtful(&telegram[1..], &[]), 3), []);
        let mut wrong = telegram.clone();
        wrong[6] ^= 1;
        assert_eq!(checked(&doubtful(&wrong, &[]), 3), []);
        assert_eq!(checked(&[], 3), []);
    }

    #[test]
    fn it_may_be_cut_anywhere_and_its_length_in_doubt() {
        let telegram = frame(&[0x08, 0x05, 0x72, 0x78, 0x56]);
        let mut other = telegram.clone();
        (other[1], other[2]) = (4, 4);
        let (start, end) = telegram.split_at(6);
        let pieces = vec![vec![way(0, &other[..6]), way(3, start)], vec![way(0, end)]];
        assert_eq!(checked(&pieces, 3).first().map(|one| &one.bytes), Some(&telegram));
    }
}
