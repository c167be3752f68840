//! The paths that ways of the [trellis](super::trellis) have come: what each of them read, and what else it might
//! have.
//!
//! A path is a chain of steps, a received character each.  Where several ways met in the same state, the best one
//! goes on, and the steps of the others are its step's rivals.  Most ways end soon, and their steps with them, so
//! the steps that no living way comes from are thrown away from time to time.

use super::content::NAT;
use super::pieces;
use crate::line::random::Random;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};

/// No step: where every path begins.
pub(super) const NONE: u32 = u32::MAX;

/// A reading that is this much worse than the best of where it ends is not kept.
const HOPELESS: i32 = 10 * NAT;

/// So many steps are kept before it is looked which of them are of use.
const MANY: usize = 1 << 16;

/// So many readings may wait for being looked at.
const WAITING: usize = 50_000;

/// A step of a path: the best way into a state, and the others, worse by a known amount.
#[derive(Debug, Clone, Copy)]
struct Step {
    parent: u32,
    /// The next worse step into the same state.
    rival: u32,
    cost: i32,
    /// Bytes that were completed in it.
    bytes: [u8; 4],
    count: u8,
}

/// What is to be remembered of a character.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken {
    /// The path that it goes on from.
    pub path: u32,
    /// What the way cost with it.
    pub cost: i32,
    /// Bytes that were completed in it.
    pub bytes: [u8; 4],
    /// How many.
    pub count: u8,
}

/// The paths of a search.
#[derive(Debug, Clone)]
pub(super) struct Paths {
    steps: Vec<Step>,
    /// So many steps may there be before it is looked which of them are of use.
    room: usize,
}

impl Paths {
    /// None.
    pub const fn new() -> Self {
        Paths { steps: Vec::new(), room: MANY }
    }

    /// A path goes on: its number.
    pub fn go_on(&mut self, taken: Taken) -> u32 {
        let Taken { path, cost, bytes, count } = taken;
        self.steps.push(Step { parent: path, rival: NONE, cost, bytes, count });
        self.steps.len() as u32 - 1
    }

    /// Another one leads to the same state as the path `best`, and costs more.
    pub fn rival(&mut self, best: u32, taken: Taken) {
        let index = self.steps.len() as u32;
        // Behind the best, in front of the others: order among rivals does not matter.
        if let Some(winner) = self.steps.get_mut(best as usize) {
            let Taken { path, cost, bytes, count } = taken;
            let rival = std::mem::replace(&mut winner.rival, index);
            self.steps.push(Step { parent: path, rival, cost, bytes, count });
        }
    }

    /// There are so many steps that it pays to look which are of use.
    pub const fn are_many(&self) -> bool {
        self.steps.len() > self.room
    }

    /// Forgets what no path of `living` comes from, unless at a price that is out of the question, and gives those
    /// their new numbers.
    pub fn forget<'a>(&mut self, living: impl Iterator<Item = &'a mut u32>) {
        const DEAD: i32 = i32::MAX;
        let mut living: Vec<&mut u32> = living.collect();
        // How much worse than the best of a living path what goes through a step is at least.
        let mut extra = vec![DEAD; self.steps.len()];
        for path in &living {
            if let Some(extra) = extra.get_mut(**path as usize) {
                *extra = 0;
            }
        }
        for at in (0..self.steps.len()).rev() {
            let (Some(&here), Some(&step)) = (extra.get(at), self.steps.get(at)) else { continue };
            if here == DEAD {
                continue;
            }
            if let Some(parent) = extra.get_mut(step.parent as usize) {
                *parent = here.min(*parent);
            }
            // Rivals are of the same character, and have larger numbers: this is where they are looked at.
            let (mut before, mut rival) = (at, step.rival);
            while let Some(&other) = self.steps.get(rival as usize) {
                let worse = here + other.cost - step.cost;
                if worse <= HOPELESS {
                    if let Some(extra) = extra.get_mut(rival as usize) {
                        *extra = worse;
                    }
                    if let Some(parent) = extra.get_mut(other.parent as usize) {
                        *parent = worse.min(*parent);
                    }
                    if let Some(before) = self.steps.get_mut(before) {
                        before.rival = rival;
                    }
                    before = rival as usize;
                }
                rival = other.rival;
            }
            if let Some(last) = self.steps.get_mut(before) {
                last.rival = NONE;
            }
        }
        let mut kept = 0;
        let numbers: Vec<u32> = extra
            .iter()
            .map(|extra| {
                let number = kept;
                kept += u32::from(*extra != DEAD);
                number
            })
            .collect();
        let number = |old: u32| numbers.get(old as usize).copied().unwrap_or(NONE);
        let mut extra = extra.iter();
        self.steps.retain(|_| extra.next().is_some_and(|extra| *extra != DEAD));
        for step in &mut self.steps {
            step.parent = number(step.parent);
            step.rival = number(step.rival);
        }
        for path in &mut living {
            **path = number(**path);
        }
        self.room = (2 * self.steps.len()).max(MANY);
    }

    /// The steps into the state that the path `at` has come to.
    pub fn steps_into(&self, at: u32) -> impl Iterator<Item = pieces::Step> {
        let best = self.steps.get(at as usize);
        let all = std::iter::successors(best, |step| self.steps.get(step.rival as usize));
        all.map(move |step| pieces::Step {
            from: step.parent,
            extra: step.cost - best.map_or(0, |best| best.cost),
            bytes: step.bytes,
            count: step.count,
        })
    }

    /// Readings drawn at random, each as often as it is probable, of paths that end in `ends` at these costs.
    pub fn draw(&self, ends: &[(u32, i32)], count: usize, random: &mut Random) -> Vec<Vec<u8>> {
        let chance = |cost: i32, best: i32| (-f64::from(cost - best) / f64::from(NAT)).exp();
        let best = ends.iter().map(|(_, cost)| *cost).min().unwrap_or(0);
        let ends: Vec<(u32, f64)> = ends.iter().map(|(path, cost)| (*path, chance(*cost, best))).collect();
        let mut out = Vec::new();
        let mut into = Vec::new();
        for _ in 0..count {
            let mut backwards: Vec<u8> = Vec::new();
            let mut at = choose(&ends, random);
            while let Some(step) = self.steps.get(at as usize) {
                into.clear();
                into.push((at, 1.0));
                let mut rival = step.rival;
                while let Some(other) = self.steps.get(rival as usize) {
                    into.push((rival, chance(other.cost, step.cost)));
                    rival = other.rival;
                }
                let Some(step) = self.steps.get(choose(&into, random) as usize) else { break };
                backwards.extend(step.bytes.iter().take(usize::from(step.count)).rev());
                at = step.parent;
            }
            backwards.reverse();
            out.push(backwards);
        }
        out
    }

    /// Readings of the paths that end in `ends` at these costs, the most probable first.
    pub fn readings(&self, ends: impl Iterator<Item = (u32, i32)>, within: f64) -> Readings<'_> {
        let mut readings = Readings {
            paths: self,
            turns: Vec::new(),
            waiting: BinaryHeap::new(),
            within: (within * f64::from(NAT)) as i32,
            known: HashSet::new(),
        };
        for (path, extra) in ends {
            readings.wait(extra, Turn { off: NONE, onto: path, next: NONE });
        }
        readings
    }
}

/// A reading that is like another one behind a step, but comes to there otherwise.
#[derive(Debug, Clone, Copy)]
struct Turn {
    /// The step of the other one, and the rival that this one takes; its end, where there is no other.
    off: u32,
    onto: u32,
    /// The turn behind this one.
    next: u32,
}

/// Readings in the order of their costs, made as they are asked for.
///
/// Each is the best one from some rival on, so all that it takes to remember it is where it differs from the one that
/// it was found by (Hoffman and Pavley, "A method for the solution of the Nth best path problem", 1959).
#[derive(Debug)]
pub struct Readings<'a> {
    paths: &'a Paths,
    turns: Vec<Turn>,
    /// Extra cost, and the last turn.
    waiting: BinaryHeap<Reverse<(i32, u32)>>,
    within: i32,
    /// Digests of the readings that were given.
    known: HashSet<u64>,
}

impl Readings<'_> {
    fn wait(&mut self, extra: i32, turn: Turn) {
        if extra > self.within {
            return;
        }
        self.turns.push(turn);
        self.waiting.push(Reverse((extra, self.turns.len() as u32 - 1)));
        if self.waiting.len() > 2 * WAITING {
            // The worse half is not needed: there are enough better ones.
            let mut all = std::mem::take(&mut self.waiting).into_vec();
            let (_, Reverse((worst, _)), _) = all.select_nth_unstable_by(WAITING, |a, b| b.cmp(a));
            self.within = self.within.min(*worst);
            all.truncate(WAITING);
            self.waiting = all.into();
        }
    }

    /// Finds the readings that leave the best one at the given turn before it.
    fn leave(&mut self, extra: i32, turn: u32) {
        let Some(&Turn { off, onto, .. }) = self.turns.get(turn as usize) else { return };
        let steps = &self.paths.steps;
        // The rivals of a rival were considered with the winner.
        let mut at = if off == NONE { onto } else { steps.get(onto as usize).map_or(NONE, |s| s.parent) };
        while let Some(step) = steps.get(at as usize) {
            let mut rival = step.rival;
            while let Some(other) = steps.get(rival as usize) {
                self.wait(extra + other.cost - step.cost, Turn { off: at, onto: rival, next: turn });
                rival = other.rival;
            }
            at = step.parent;
        }
    }

    fn bytes(&self, turn: u32) -> Vec<u8> {
        // The turns from the end of the reading to its beginning.
        let mut turns: Vec<Turn> =
            std::iter::successors(self.turns.get(turn as usize), |t| self.turns.get(t.next as usize))
                .copied()
                .collect();
        let mut at = turns.pop().map_or(NONE, |end| end.onto);
        let mut backwards = Vec::new();
        while at != NONE {
            if turns.last().is_some_and(|turn| turn.off == at) {
                at = turns.pop().map_or(NONE, |turn| turn.onto);
            }
            let Some(step) = self.paths.steps.get(at as usize) else { break };
            backwards.extend(step.bytes.iter().take(usize::from(step.count)).rev());
            at = step.parent;
        }
        backwards.reverse();
        backwards
    }
}

impl Iterator for Readings<'_> {
    /// By how many nats it is worse than the best, and its bytes.
    type Item = (f64, Vec<u8>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Reverse((extra, turn)) = self.waiting.pop()?;
            self.leave(extra, turn);
            let bytes = self.bytes(turn);
            // FNV-1a: two readings in a billion have the same.
            let digest = bytes.iter().fold(0xCBF2_9CE4_8422_2325u64, |digest, byte| {
                (digest ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
            });
            if self.known.insert(digest) {
                return Some((f64::from(extra) / f64::from(NAT), bytes));
            }
        }
    }
}

/// One of these, each with its weight.
fn choose(among: &[(u32, f64)], random: &mut Random) -> u32 {
    let all: f64 = among.iter().map(|(_, weight)| weight).sum();
    let mut left = random.unit() * all;
    for (one, weight) in among {
        left -= weight;
        if left < 0.0 {
            return *one;
        }
    }
    among.first().map_or(NONE, |(one, _)| *one)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(path: u32, cost: i32, byte: u8) -> Taken {
        Taken { path, cost, bytes: [byte, 0, 0, 0], count: 1 }
    }

    /// Characters of three readings each, at costs of 0, 16 and 40 more; also a state that nothing comes of.
    fn paths(length: usize) -> (Paths, u32) {
        let mut paths = Paths::new();
        let (mut end, mut cost) = (NONE, 0);
        for _ in 0..length {
            let from = end;
            end = paths.go_on(taken(from, cost, b'a'));
            paths.rival(end, taken(from, cost + 16, b'b'));
            paths.rival(end, taken(from, cost + 40, b'c'));
            let other = paths.go_on(taken(from, cost, b'x'));
            paths.rival(other, taken(from, cost, b'y'));
            cost += 1;
        }
        (paths, end)
    }

    fn listed(paths: &Paths, end: u32, within: f64) -> Vec<(f64, String)> {
        let readings = paths.readings([(end, 0)].into_iter(), within);
        readings.map(|(cost, bytes)| (cost, String::from_utf8(bytes).unwrap())).collect()
    }

    #[test]
    fn readings_come_in_the_order_of_their_costs_each_once() {
        let (paths, end) = paths(4);
        let readings = listed(&paths, end, 100.0);
        assert_eq!(readings.len(), 81);
        assert_eq!(readings[0], (0.0, "aaaa".to_owned()));
        for (cost, text) in &readings {
            let nats = text.chars().map(|c| [0.0, 1.0, 2.5]["abc".find(c).unwrap()]).sum::<f64>();
            assert_eq!(*cost, nats, "{text}");
        }
        assert!(readings.is_sorted_by(|a, b| a.0 <= b.0));
        let mut texts: Vec<&String> = readings.iter().map(|(_, text)| text).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), 81);
        assert_eq!(listed(&paths, end, 1.0).len(), 5);
    }

    #[test]
    fn what_is_forgotten_was_of_no_use() {
        let (mut paths, mut end) = paths(9);
        let before = listed(&paths, end, 10.0);
        let many = paths.steps.len();
        paths.forget([&mut end].into_iter());
        assert_eq!(paths.steps.len(), many - 2 * 9);
        let after = listed(&paths, end, 10.0);
        assert_eq!(before.len(), after.len());
        assert!(before.iter().all(|reading| after.contains(reading)));
        // Nothing lives: nothing is kept.
        paths.forget(std::iter::empty());
        assert_eq!(paths.steps.len(), 0);
    }

    #[test]
    fn draws_are_as_frequent_as_they_are_probable() {
        let (paths, end) = paths(1);
        let drawn = paths.draw(&[(end, 0)], 3000, &mut Random::new(1));
        let share = |byte: u8| drawn.iter().filter(|d| d[0] == byte).count() as f64 / 3000.0;
        // Weights 1, 1/e and e^-2.5.
        let all = 1.0 + (-1.0f64).exp() + (-2.5f64).exp();
        assert!((share(b'a') - 1.0 / all).abs() < 0.03);
        assert!((share(b'b') - (-1.0f64).exp() / all).abs() < 0.03);
    }
}
