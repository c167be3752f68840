//! The cheapest readings that a checksum agrees with, found exactly instead of by trying many.
//!
//! What was heard falls into stages that can be read independently of each other, each in a few ways at a known
//! cost.  There are billions of combinations, but a CRC of 16 bits is linear: a way of reading a stage changes the
//! checksum of the whole by a pattern of its own, whatever the other stages are.  So it is enough to know, for
//! each of the 65536 patterns, the cheapest way to arrive at it; from the end backwards this leads to the best
//! combination, and the next, in order.
//!
//! Nothing here knows how frames look: a [`Link`] says how a way of reading changes the pattern, or that a
//! checksum must hold in it.

use super::checksum::Checksum;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// What a way of reading does to the pattern of the checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It changes these bits.
    Xor(u16),
    /// A checksum ends in it, which holds only if the pattern was this one; what is behind it begins with `after`.
    Check {
        /// The pattern before this stage.
        wanted: u16,
        /// The pattern behind it.
        after: u16,
    },
}

/// A way of reading a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Where in the structure of the text it begins, and where it ends: numbers of the caller's, from 0 on, that are
    /// the same for what goes on alike.
    pub from: u16,
    /// Where it ends.
    pub to: u16,
    /// What it costs, in units of the caller's.
    pub cost: u16,
    /// What it does to the checksum.
    pub effect: Effect,
}

/// A combination of ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What they cost together.
    pub cost: u16,
    /// The number of the link chosen in each stage.
    pub links: Vec<usize>,
}

/// It cannot be reached.
const NEVER: u16 = u16::MAX;

/// Patterns of a checksum.
const PATTERNS: usize = 1 << 16;

/// While not more patterns than this were reached they are listed, which is quicker than going through all.
const LISTED: usize = 6000;

/// So much more than the cheapest way to the same place counts for never: a byte a pattern is enough then.
const FAR: u8 = u8::MAX;

/// The cheapest way to arrive at each pattern.
#[derive(Debug, Clone)]
struct Table {
    /// What the cheapest way to any of them costs at least.
    base: u16,
    /// What the others cost more.
    costs: Vec<u8>,
    reached: Vec<u16>,
}

impl Table {
    fn new(base: u16) -> Self {
        Table { base, costs: vec![FAR; PATTERNS], reached: Vec::new() }
    }

    fn extra(&self, pattern: u16) -> u8 {
        self.costs.get(usize::from(pattern)).copied().unwrap_or(FAR)
    }

    fn cost(&self, pattern: u16) -> u16 {
        match self.extra(pattern) {
            FAR => NEVER,
            extra => self.base.saturating_add(extra.into()),
        }
    }

    #[inline]
    fn offer(&mut self, pattern: u16, extra: u8) {
        if let Some(slot) = self.costs.get_mut(usize::from(pattern))
            && extra < *slot
        {
            if *slot == FAR && self.reached.len() <= LISTED {
                self.reached.push(pattern);
            }
            *slot = extra;
        }
    }

    /// All patterns of `from`, with `change` made to them, at this cost.
    fn pass(&mut self, from: &Table, change: u16, cost: u16) {
        let Ok(more) = u8::try_from(from.base.saturating_add(cost).saturating_sub(self.base)) else { return };
        if from.reached.len() <= LISTED {
            for &pattern in &from.reached {
                self.offer(pattern ^ change, from.extra(pattern).saturating_add(more));
            }
            return;
        }
        // Everything may be reached from here on.
        self.reached.resize(LISTED + 1, 0);
        let (block_change, change) = (usize::from(change) / BLOCK, usize::from(change) % BLOCK);
        for (number, block) in from.costs.as_chunks().0.iter().enumerate() {
            let start = (number ^ block_change) * BLOCK;
            let Some(into) = self.costs.get_mut(start..start + BLOCK) else { continue };
            for (slot, before) in into.iter_mut().zip(&rearranged(block, change)) {
                *slot = before.saturating_add(more).min(*slot);
            }
        }
    }
}

/// Patterns that differ in nothing but their lower byte.
const BLOCK: usize = 256;

/// A block with each of its bytes where the number of its place leads with this `change`: eight at a time, as nothing
/// else takes as long here.
fn rearranged(block: &[u8; BLOCK], change: usize) -> [u8; BLOCK] {
    const ODD_BYTES: u64 = 0xFF00_FF00_FF00_FF00;
    const ODD_PAIRS: u64 = 0xFFFF_0000_FFFF_0000;
    let mut out = [0; BLOCK];
    let places = out.as_chunks_mut::<8>().0;
    for (number, bytes) in block.as_chunks::<8>().0.iter().enumerate() {
        let mut word = u64::from_le_bytes(*bytes);
        if change & 1 != 0 {
            word = (word & ODD_BYTES) >> 8 | word << 8 & ODD_BYTES;
        }
        if change & 2 != 0 {
            word = (word & ODD_PAIRS) >> 16 | word << 16 & ODD_PAIRS;
        }
        if change & 4 != 0 {
            word = word.rotate_left(32);
        }
        if let Some(place) = places.get_mut(number ^ (change / 8)) {
            *place = word.to_le_bytes();
        }
    }
    out
}

/// The combinations, the cheapest first, that begin at place 0 with pattern 0, and end at the place `end` with
/// pattern 0: at most `wanted`, none that costs more than `most`, and none that at any place costs much more than what
/// is cheapest there.
pub fn cheapest(stages: &[Vec<Link>], end: u16, wanted: usize, most: u16) -> Vec<Choice> {
    let alive = leading_to(stages, end);
    let mut start = Table::new(0);
    start.offer(0, 0);
    let mut tables: Vec<Vec<Option<Table>>> = vec![vec![Some(start)]];
    for (links, alive) in stages.iter().zip(&alive) {
        let links = || links.iter().filter(|link| alive.contains(&link.to));
        let before = tables.last().map_or(&[][..], Vec::as_slice);
        let from = |link: &Link| before.get(usize::from(link.from)).and_then(Option::as_ref);
        // What a link leads on with costs at least this.
        let cost = |link: &Link| {
            let cost = match link.effect {
                Effect::Xor(_) => from(link)?.base.saturating_add(link.cost),
                Effect::Check { wanted, .. } => from(link)?.cost(wanted).saturating_add(link.cost),
            };
            (cost <= most).then_some(cost)
        };
        let places = links().map(|link| usize::from(link.to) + 1).max().unwrap_or(0);
        let mut bases = vec![NEVER; places];
        for link in links() {
            if let (Some(base), Some(cost)) = (bases.get_mut(usize::from(link.to)), cost(link)) {
                *base = cost.min(*base);
            }
        }
        let mut next: Vec<Option<Table>> =
            bases.into_iter().map(|base| (base != NEVER).then(|| Table::new(base))).collect();
        for link in links() {
            let Some(Some(into)) = next.get_mut(usize::from(link.to)) else { continue };
            let (Some(from), Some(cost)) = (from(link), cost(link)) else { continue };
            match link.effect {
                Effect::Xor(change) => into.pass(from, change, link.cost),
                Effect::Check { after, .. } => {
                    into.offer(after, u8::try_from(cost - into.base).unwrap_or(FAR));
                }
            }
        }
        tables.push(next);
    }
    backwards(stages, &tables, end, wanted, most)
}

/// The places behind each stage that lead to the end: each of the others would need a table for nothing.
fn leading_to(stages: &[Vec<Link>], end: u16) -> Vec<HashSet<u16>> {
    let mut alive = HashSet::from([end]);
    let mut all: Vec<HashSet<u16>> = Vec::with_capacity(stages.len());
    for links in stages.iter().rev() {
        let before = links.iter().filter(|link| alive.contains(&link.to)).map(|link| link.from).collect();
        all.push(std::mem::replace(&mut alive, before));
    }
    all.reverse();
    all
}

/// Where a search from the end backwards is.
#[derive(Debug, Clone, Copy)]
struct Mark {
    /// Stages in front of it.
    stage: usize,
    place: u16,
    pattern: u16,
    /// Cost of what is behind it.
    behind: u16,
    /// The link just behind it, and the mark behind that.
    link: usize,
    next: usize,
}

/// As the tables tell what it costs at least to come from the beginning to anywhere, exactly, the first search that
/// arrives at the beginning is the best (Hart, Nilsson and Raphael, 1968).
fn backwards(
    stages: &[Vec<Link>],
    tables: &[Vec<Option<Table>>],
    end: u16,
    wanted: usize,
    most: u16,
) -> Vec<Choice> {
    let cost = |stage: usize, place: u16, pattern: u16| {
        let table = tables.get(stage).and_then(|places| places.get(usize::from(place)));
        table.and_then(Option::as_ref).map_or(NEVER, |table| table.cost(pattern))
    };
    let mut marks =
        vec![Mark { stage: stages.len(), place: end, pattern: 0, behind: 0, link: 0, next: usize::MAX }];
    let mut waiting = BinaryHeap::new();
    let whole = cost(stages.len(), end, 0);
    if whole <= most {
        waiting.push(Reverse((whole, stages.len(), 0usize)));
    }
    let mut out = Vec::new();
    // Of equal costs the one that is next to its beginning first: random bytes have very many.
    while let Some(Reverse((whole, _, at))) = waiting.pop() {
        let Some(&mark) = marks.get(at) else { break };
        let Some(stage) = mark.stage.checked_sub(1) else {
            let path = std::iter::successors(Some(&mark), |mark| marks.get(mark.next));
            let links = path.take_while(|mark| mark.next != usize::MAX).map(|mark| mark.link).collect();
            out.push(Choice { cost: whole, links });
            if out.len() >= wanted {
                break;
            }
            continue;
        };
        for (number, link) in stages.get(stage).into_iter().flatten().enumerate() {
            let pattern = match link.effect {
                _ if link.to != mark.place => continue,
                Effect::Xor(change) => mark.pattern ^ change,
                Effect::Check { wanted, after } if after == mark.pattern => wanted,
                Effect::Check { .. } => continue,
            };
            let behind = mark.behind.saturating_add(link.cost);
            let whole = cost(stage, link.from, pattern).saturating_add(behind);
            if whole <= most && whole != NEVER {
                waiting.push(Reverse((whole, stage, marks.len())));
                marks.push(Mark { stage, place: link.from, pattern, behind, link: number, next: at });
            }
        }
    }
    out
}

/// A CRC of 16 bits that shifts to the right, as those of HDLC and of P1 do, in coordinates in which a byte's effect
/// depends on its distance from the beginning alone.
///
/// The register after byte `b` is `M (r ^ b)`, `M` being eight steps of the shift register.  So `M^-n r_n = r_0 ^ b_0
/// ^ M^-1 b_1 ^ …`: the sum on the right is the pattern.
#[derive(Debug, Clone)]
pub struct Crc {
    checksum: &'static Checksum,
    initial: u16,
    /// Effects of the eight bits of a byte at each distance.
    effects: Vec<[u16; 8]>,
}

impl Crc {
    /// With this initial content of the register.
    pub const fn new(checksum: &'static Checksum, initial: u16) -> Self {
        Crc { checksum, initial, effects: Vec::new() }
    }

    /// What a byte at this distance from the beginning does to the pattern.
    pub fn effect(&mut self, at: usize, byte: u8) -> u16 {
        while self.effects.len() <= at {
            let next = match self.effects.last() {
                Some(last) => last.map(|effect| self.checksum.before(effect, 0)),
                None => std::array::from_fn(|bit| 1 << bit),
            };
            self.effects.push(next);
        }
        let effects = self.effects.get(at).into_iter().flatten().enumerate();
        effects.fold(0, |sum, (bit, effect)| if byte >> bit & 1 == 1 { sum ^ effect } else { sum })
    }

    /// The pattern after `length` bytes when the register then holds `register`.
    pub fn pattern(&self, length: usize, register: u16) -> u16 {
        self.share(length, register) ^ self.initial
    }

    /// The share that some bits of the register have in the pattern after `length` bytes.
    pub fn share(&self, length: usize, register: u16) -> u16 {
        (0..length).fold(register, |register, _| self.checksum.before(register, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::checksum;

    #[test]
    fn each_byte_of_a_block_goes_where_the_change_leads() {
        let block: [u8; BLOCK] = std::array::from_fn(|at| (at * 37 + 11) as u8);
        for change in 0..BLOCK {
            let out = rearranged(&block, change);
            assert!((0..BLOCK).all(|at| out[at ^ change] == block[at]), "{change}");
        }
    }

    fn xor(cost: u16, change: u16) -> Link {
        Link { from: 0, to: 0, cost, effect: Effect::Xor(change) }
    }

    #[test]
    fn the_cheapest_combinations_come_first() {
        // Patterns 1, 2 and 3 cancel each other; so do 4 and 4.
        let stages = vec![
            vec![xor(0, 1), xor(5, 0)],
            vec![xor(0, 0), xor(3, 2)],
            vec![xor(0, 3), xor(7, 0), xor(9, 4)],
            vec![xor(0, 0), xor(1, 4)],
        ];
        // 1^2^3^0: 3; 0^0^0^0: 5+7; 0^0^4^4: 5+9+1.
        let found = cheapest(&stages, 0, 10, 1000);
        let costs: Vec<u16> = found.iter().map(|choice| choice.cost).collect();
        assert_eq!(costs, [3, 12, 15]);
        assert_eq!(found[0].links, [0, 1, 0, 0]);
        assert_eq!(found[2].links, [1, 0, 2, 1]);
        assert_eq!(cheapest(&stages, 0, 1, 1000).len(), 1);
        assert_eq!(cheapest(&stages, 0, 10, 12).len(), 2);
        assert_eq!(cheapest(&[vec![xor(0, 1)]], 0, 10, 1000), []);
    }

    #[test]
    fn billions_of_equal_combinations_are_not_all_looked_at() {
        let stages: Vec<Vec<Link>> = (0..60).map(|_| vec![xor(0, 1), xor(0, 0)]).collect();
        let found = cheapest(&stages, 0, 8, 1000);
        assert_eq!(found.len(), 8);
        assert!(found.iter().all(|c| c.links.iter().filter(|link| **link == 0).count() % 2 == 0));
    }

    #[test]
    fn a_checksum_in_the_middle_must_hold_and_what_follows_begins_anew() {
        let check =
            |cost, wanted, after| Link { from: 0, to: 1, cost, effect: Effect::Check { wanted, after } };
        let end = |cost, wanted| Link { from: 1, to: 1, cost, effect: Effect::Check { wanted, after: 0 } };
        let stages = vec![
            vec![xor(0, 7), xor(2, 9)],
            vec![check(0, 9, 5), check(4, 7, 6)],
            vec![end(0, 6), end(8, 5)],
        ];
        let found = cheapest(&stages, 1, 10, 1000);
        assert_eq!(found.iter().map(|choice| choice.cost).collect::<Vec<_>>(), [4, 10]);
        assert_eq!(found[0].links, [0, 1, 0]);
    }

    /// All combinations of three ways of reading each of nine stages, one by one.
    #[test]
    fn it_finds_what_trying_everything_finds() {
        let mut state = 1u32;
        let mut random = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 16
        };
        let stages: Vec<Vec<Link>> = (0..9)
            .map(|_| (0..3).map(|_| xor((random() % 40) as u16, random() as u16 & 0x3FF)).collect())
            .collect();
        let mut all: Vec<u16> = Vec::new();
        for n in 0..3usize.pow(9) {
            let chosen = stages.iter().enumerate().map(|(i, links)| links[n / 3usize.pow(i as u32) % 3]);
            let (mut cost, mut pattern) = (0, 0);
            for link in chosen {
                cost += link.cost;
                let Effect::Xor(change) = link.effect else { unreachable!() };
                pattern ^= change;
            }
            if pattern == 0 {
                all.push(cost);
            }
        }
        all.sort_unstable();
        assert!(all.len() > 5);
        let found = cheapest(&stages, 0, 1000, u16::MAX - 1);
        assert_eq!(found.iter().map(|choice| choice.cost).collect::<Vec<_>>(), all);
    }

    #[test]
    fn patterns_tell_whether_a_checksum_holds() {
        // HDLC and P1, and the registers that their checksums leave.
        for (algorithm, checksum, initial, text) in [
            (&crc::CRC_16_IBM_SDLC, &checksum::FCS, 0xFFFF, &b"123456789"[..]),
            (&crc::CRC_16_ARC, &checksum::P1, 0x0000, &b"/ISK5\\2M550T-1012\r\n!"[..]),
        ] {
            let register = crc::Crc::<u16>::new(algorithm).checksum(text) ^ algorithm.xorout;
            let mut crc = Crc::new(checksum, initial);
            let sum = text.iter().enumerate().fold(0, |sum, (at, byte)| sum ^ crc.effect(at, *byte));
            assert_eq!(sum, crc.pattern(text.len(), register));
        }
    }
}
