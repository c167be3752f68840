//! What was heard, cut where all readings of it meet: how one piece is read has no influence on the next.

use super::content::ByContext;
use super::paths::NONE;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// A step into a state of the trellis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// The state that it comes from.
    pub from: u32,
    /// How much worse it is than the best step into this state.
    pub extra: i32,
    /// Bytes that were completed in it.
    pub bytes: [u8; 4],
    /// How many.
    pub count: u8,
}

/// A way of reading a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// The number of the state that it comes from, among those where the piece before it may end; and of the one
    /// that it leads to.  Mostly there is but one.
    pub from: u16,
    /// Where it leads to.
    pub to: u16,
    /// How much worse it is than the best one into the same state, in units of [`super::content::NAT`].
    pub cost: i32,
    /// What it says.
    pub bytes: Vec<u8>,
}

/// So many ways of reading a piece are worth cutting it where not all readings meet.
const MANY: usize = 32;

/// Readings may be cut where they are in so many different states.
const WIDE: usize = 4;

/// Cuts the readings of paths that end in `ends` at these costs into pieces, and lists for each what it may be:
/// nothing that makes a reading worse by more than `within`, and at most `most` ways.
///
/// `into` gives the steps into a state; all paths have the same number of them.
pub(super) fn pieces<I: Iterator<Item = Step>>(
    ends: &[(u32, i32)],
    into: impl Fn(u32) -> I,
    within: i32,
    most: usize,
) -> Vec<Vec<Alternative>> {
    let best = ends.iter().map(|(_, cost)| *cost).min().unwrap_or(0);
    let ends: Vec<(u32, i32)> =
        ends.iter().map(|(at, cost)| (*at, cost - best)).filter(|(_, extra)| *extra <= within).collect();
    // The states behind each character, the last one first.
    let mut layers: Vec<Vec<u32>> = Vec::new();
    let mut layer: BTreeMap<u32, i32> = ends.iter().copied().collect();
    while !layer.is_empty() {
        layers.push(layer.keys().copied().collect());
        if layer.contains_key(&NONE) {
            break;
        }
        // How much worse than the best a path through each is at least.
        let mut before: BTreeMap<u32, i32> = BTreeMap::new();
        for (at, extra) in layer {
            for step in into(at) {
                let extra = extra + step.extra;
                if extra <= within {
                    before.entry(step.from).and_modify(|least| *least = extra.min(*least)).or_insert(extra);
                }
            }
        }
        layer = before;
    }
    let cutter = Cutter { layers: &layers, into, within, most };
    let mut out: Vec<Vec<Alternative>> = Vec::new();
    let mut from = 0;
    for to in 1..layers.len() {
        if layers.get(to).is_some_and(|layer| layer.len() == 1) {
            cutter.cut(&ends, from, to, &mut out);
            from = to;
        }
    }
    out.reverse();
    out
}

/// A way that is not yet followed to its beginning: its cost, how many layers are left and the state that it has come
/// to, the number of its end, and its bytes, the last one first.  Of equal costs the one that is next to its
/// beginning is followed first: there may be very many.
type Partial = (i32, usize, u32, u16, Vec<u8>);

/// What is needed to cut.
struct Cutter<'a, F> {
    layers: &'a [Vec<u32>],
    into: F,
    within: i32,
    most: usize,
}

impl<I: Iterator<Item = Step>, F: Fn(u32) -> I> Cutter<'_, F> {
    /// Lists what is between two layers, in one piece or in several, the last one first.
    fn cut(&self, ends: &[(u32, i32)], from: usize, to: usize, out: &mut Vec<Vec<Alternative>>) {
        let width = |layer: usize| self.layers.get(layer).map_or(usize::MAX, Vec::len);
        let middle = (from + to) / 2;
        let narrow = (from + 1..to).filter(|layer| width(*layer) <= WIDE);
        let narrow = narrow.min_by_key(|layer| (width(*layer), layer.abs_diff(middle)));
        // Whether there are that many is all that is asked where it may be cut.
        let most = if narrow.is_some() { self.most.min(MANY + 1) } else { self.most };
        let ways = self.between(ends, from, to, most);
        if let Some(layer) = narrow.filter(|_| ways.len() > MANY) {
            self.cut(ends, from, layer, out);
            self.cut(ends, layer, to, out);
            return;
        }
        match (ways.as_slice(), out.last_mut()) {
            // Nothing to choose: it goes with what is behind it.
            ([only], Some(behind)) if width(from) == 1 => {
                for way in behind {
                    way.from = only.from;
                    way.bytes.splice(0..0, only.bytes.iter().copied());
                }
            }
            _ => out.push(ways),
        }
    }

    /// The ways from the states of one layer to those of another, behind it: the `most` probable ones.
    fn between(&self, ends: &[(u32, i32)], from: usize, to: usize, most: usize) -> Vec<Alternative> {
        let number = |layer: usize, at: u32| {
            self.layers.get(layer).and_then(|layer| layer.binary_search(&at).ok()).unwrap_or(0) as u16
        };
        let begin: Vec<(u32, i32)> = if from == 0 {
            ends.to_vec()
        } else {
            self.layers.get(from).into_iter().flatten().map(|at| (*at, 0)).collect()
        };
        let mut waiting: BinaryHeap<Reverse<Partial>> = begin
            .into_iter()
            // All ends are one state: nothing follows.
            .map(|(at, extra)| {
                Reverse((extra, to - from, at, if from == 0 { 0 } else { number(from, at) }, Vec::new()))
            })
            .collect();
        let mut known = ByContext::<()>::default();
        let mut out = Vec::new();
        while let Some(Reverse((cost, left, at, behind, backwards))) = waiting.pop() {
            let layer = to - left;
            // The same bytes at a higher price.
            if known.insert(digest(at, behind, &backwards), ()).is_some() {
                continue;
            }
            if left == 0 {
                let bytes = backwards.into_iter().rev().collect();
                out.push(Alternative { from: number(to, at), to: behind, cost, bytes });
                if out.len() >= most {
                    break;
                }
                continue;
            }
            for step in (self.into)(at) {
                let cost = cost + step.extra;
                let alive = self.layers.get(layer + 1).is_some_and(|l| l.binary_search(&step.from).is_ok());
                if cost <= self.within && alive && waiting.len() < 100 * self.most {
                    let mut backwards = backwards.clone();
                    backwards.extend(step.bytes.iter().take(step.count.into()).rev());
                    waiting.push(Reverse((cost, left - 1, step.from, behind, backwards)));
                }
            }
        }
        out
    }
}

/// A number for a state, an end and the bytes between them: two that share one are the same, but for one case in 10^19.
fn digest(at: u32, behind: u16, bytes: &[u8]) -> u64 {
    let mixed = |n: u64| {
        let n = (n ^ n >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93);
        (n ^ n >> 32).wrapping_mul(0xD6E8_FEB8_6659_FD93)
    };
    let ends = u64::from(at) << 32 | u64::from(behind) << 16 | bytes.len() as u64 & 0xFFFF;
    bytes.chunks(8).fold(mixed(ends + 1), |sum, some| {
        mixed(sum.rotate_left(17) ^ some.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)))
    })
}

/// The same with at most `most` ways in all: what makes a reading worst is left out first.
pub(super) fn thinned(mut pieces: Vec<Vec<Alternative>>, most: usize) -> Vec<Vec<Alternative>> {
    let mut costs: Vec<i32> = pieces.iter().flatten().map(|way| way.cost).collect();
    if costs.len() > most {
        costs.sort_unstable();
        let limit = costs.get(most).copied().unwrap_or(0).max(1);
        for ways in &mut pieces {
            ways.retain(|way| way.cost < limit);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: u32, extra: i32, byte: u8) -> Step {
        Step { from, extra, bytes: [byte, 0, 0, 0], count: 1 }
    }

    /// `a`, then `bc`, `be` or `dc` through two states, then `f` or `g`, in whose end two ways differ.
    fn into(at: u32) -> impl Iterator<Item = Step> {
        let steps = match at {
            0 => vec![step(NONE, 0, b'a')],
            1 => vec![step(0, 0, b'b')],
            2 => vec![step(0, 0, b'd')],
            3 => vec![step(1, 0, b'c'), step(1, 9, b'e'), step(2, 4, b'c')],
            4 => vec![step(3, 0, b'f')],
            _ => vec![step(3, 0, b'g')],
        };
        steps.into_iter()
    }

    fn texts(pieces: &[Vec<Alternative>]) -> Vec<Vec<(i32, String)>> {
        let text = |a: &Alternative| (a.cost, String::from_utf8_lossy(&a.bytes).into_owned());
        pieces.iter().map(|ways| ways.iter().map(text).collect()).collect()
    }

    #[test]
    fn readings_are_cut_where_they_meet() {
        let pieces = pieces(&[(4, 20), (5, 22)], into, 100, 10);
        let owned =
            |ways: &[(i32, &str)]| ways.iter().map(|(c, t)| (*c, (*t).to_owned())).collect::<Vec<_>>();
        assert_eq!(
            texts(&pieces),
            [owned(&[(0, "abc"), (4, "adc"), (9, "abe")]), owned(&[(0, "f"), (2, "g")])]
        );
    }

    #[test]
    fn what_is_too_improbable_is_left_out() {
        assert_eq!(texts(&pieces(&[(4, 20), (5, 22)], into, 1, 10)), [[(0, "abcf".to_owned())]]);
        assert_eq!(pieces(&[(4, 20), (5, 22)], into, 100, 2)[0].len(), 2);
        assert!(pieces(&[], into, 100, 2).is_empty());
    }
}
