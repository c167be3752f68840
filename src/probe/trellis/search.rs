//! The beam search: which ways are followed, and what was read on them.

use super::least::{Least, Offer};
use super::when::{self, When};
use super::{BIT, Clock, Effort, Hypothesis, SPARE, Sampled, Trellis, Way};
use crate::line::random::Random;
use crate::line::uart::Model;
use crate::probe::arrival::Tracker;
use crate::probe::content::{ByContext, Content, NAT, Prior};
use crate::probe::paths::{NONE, Paths, Readings, Taken};
use crate::probe::pieces::{self, Alternative};

/// The meter's clock is off by so much (standard deviation): as meters' are, and when the errors in question were
/// tried.
const UNKNOWN: f32 = 0.012;
const SEARCHED: f32 = 0.005;
/// Better known than this, it need not be searched for.
const KNOWN: f32 = 0.001_5;

/// No clock is known better, as a variance: it depends on the temperature, if on nothing else.
const LEAST: f64 = 0.000_3 * 0.000_3;

/// So many falling edges at most go unheard while the receiver is set, and each costs so much.
const UNHEARD: usize = 2;
const MISSED: i32 = NAT;

/// A way that is no worse than this keeps a say in times.
const ALSO: i32 = 3 * NAT;

/// A reading that is this much worse than another of the same piece is not kept.
const HOPELESS: i32 = 8 * NAT;

/// The states that a character ends in, as far as they are found, and the least cost of each.
#[derive(Default)]
pub(super) struct States {
    best: Least,
    /// How many there are of each cost above that of the best way before.
    histogram: Vec<u32>,
    from: i32,
    /// So many are kept.
    beam: usize,
    found: u32,
}

impl States {
    /// Looks for the states of another character, after ways of which the best cost `from`.
    pub(super) fn clear(&mut self, from: i32, beam: usize) {
        self.best.clear();
        self.histogram.clear();
        self.histogram.resize(1024, 0);
        (self.from, self.beam, self.found) = (from, beam, 0);
    }

    /// Adds one that a way of this cost ends in; now and then says above which cost none will be kept.
    #[inline]
    pub(super) fn enough(&mut self, state: u64, cost: i32) -> Option<i32> {
        let bin = |cost: i32| (cost - self.from).clamp(0, 1023) as usize;
        let known = match self.best.offer(state, cost) {
            Offer::First => None,
            Offer::Less(before) => Some(bin(before)),
            Offer::Not => return None,
        };
        let now = bin(cost);
        if let Some(count) = known.and_then(|bin| self.histogram.get_mut(bin)) {
            *count -= 1;
        }
        if let Some(count) = self.histogram.get_mut(now) {
            *count += 1;
        }
        self.found += 1;
        if !self.found.is_multiple_of(16) || self.best.len() < self.beam {
            return None;
        }
        let mut sum = 0;
        let enough = self.histogram.iter().position(|count| {
            sum += *count as usize;
            sum >= self.beam
        });
        enough.filter(|bin| *bin < 1023).map(|bin| self.from + bin as i32)
    }
}

/// Scratch space of a search.
#[derive(Default)]
pub(super) struct Work {
    /// Within the character.
    pub(super) open: Vec<Way>,
    /// Behind it.
    pub(super) out: Vec<Way>,
    /// How many were looked at, within all characters.
    pub(super) looked: usize,
    /// So much above the cost of what is kept they are looked at.
    pub(super) spare: i32,
    pub(super) states: States,
    /// The least cost at which a way was at each bit within the character.
    pub(super) passed: Least,
    /// Numbers of those, with their costs in the upper half.
    pub(super) order: Vec<u64>,
    /// The best way of each state.
    pub(super) best: ByContext<usize>,
    /// What was read on the way to each state.
    pub(super) read: ByContext<()>,
}

/// A search that can be fed piece by piece.
pub struct Search<'a> {
    trellis: Trellis<'a>,
    ways: Vec<Way>,
    /// What each of them says of times.
    trackers: Vec<Tracker>,
    paths: Paths,
    /// Other ways into the state of a kept one, which may be as right about times.
    also: Vec<(usize, Way)>,
    explained: usize,
    dead: bool,
    /// Ways looked at.
    spent: usize,
    effort: Effort,
    work: Work,
}

impl<'a> Search<'a> {
    /// A search that has heard nothing yet.
    pub fn new(hypothesis: &'a Hypothesis, effort: Effort) -> Self {
        Search::expecting(hypothesis.content.prior(), hypothesis, effort)
    }

    /// A search that is asked for nothing but its cost: it does not tell readings apart.
    pub fn weighing(prior: &'a Prior, hypothesis: &'a Hypothesis, effort: Effort) -> Self {
        let mut search = Search::expecting(prior, hypothesis, effort);
        search.trellis.readable = false;
        search.trellis.alike = hypothesis.content == Content::Flat;
        search
    }

    /// A search with a prior that was taught by what this meter said before.
    pub fn expecting(prior: &'a Prior, hypothesis: &'a Hypothesis, effort: Effort) -> Self {
        let trellis = Trellis::new(hypothesis, prior);
        let clock = if hypothesis.model == Model::B { SEARCHED } else { UNKNOWN };
        Search {
            ways: trellis.begin(),
            trackers: vec![Tracker::new(clock)],
            also: Vec::new(),
            trellis,
            paths: Paths::new(),
            explained: 0,
            dead: false,
            spent: 0,
            effort,
            work: Work::default(),
        }
    }

    /// Another search that has come as far, and goes on otherwise.
    pub fn fork(&self) -> Self {
        Search {
            trellis: self.trellis.anew(self.trellis.hypothesis),
            ways: self.ways.clone(),
            trackers: self.trackers.clone(),
            paths: self.paths.clone(),
            also: self.also.clone(),
            work: Work::default(),
            ..*self
        }
    }

    /// The receiver is set anew, and hears as this hypothesis has it from here on.  While it is, up to two falling
    /// edges may have gone unheard.
    pub fn set_anew(&mut self, hypothesis: &'a Hypothesis) {
        self.trellis = self.trellis.anew(hypothesis);
        if self.dead {
            return;
        }
        let best = self.ways.iter().map(|w| w.cost).min().unwrap_or(0);
        let limit = best + self.effort.nats * NAT;
        let unknown = Tracker::new(UNKNOWN);
        let when = When::untimed(&unknown);
        self.work.out.clear();
        let mut ways: Vec<Way> =
            self.ways.iter().map(|way| Way { tracker: 0, late: false, ..*way }).collect();
        for _ in 0..=UNHEARD {
            let mut next = Vec::new();
            for way in &ways {
                self.trellis.miss(&Way { cost: way.cost + MISSED, ..*way }, limit, &when, &mut next);
            }
            self.work.out.append(&mut ways);
            ways = next;
        }
        self.prune(limit, self.effort.beam, false);
        self.trackers = vec![unknown];
    }

    /// Spends this on what it hears from here on.
    pub fn go_on_with(&mut self, effort: Effort) {
        self.effort = effort;
    }

    /// Cost of the best way so far, in nats; infinite when there is none.
    pub fn cost(&self) -> f64 {
        if self.dead {
            return f64::INFINITY;
        }
        self.ways.first().map_or(f64::INFINITY, |w| f64::from(w.cost) / f64::from(NAT))
    }

    /// What is searched under.
    pub const fn hypothesis(&self) -> &'a Hypothesis {
        self.trellis.hypothesis
    }

    /// The meter's clock as times show it, where they do.
    pub fn clock(&self) -> Option<Clock> {
        let (slow, deviation) = self.trackers.get(usize::from(self.ways.first()?.tracker))?.slow();
        let hypothesis = self.trellis.hypothesis;
        let error = hypothesis.step / hypothesis.nominal_step() / (1.0 + f64::from(slow)) - 1.0;
        let variance = f64::from(deviation).powi(2).max(LEAST);
        (deviation < KNOWN).then_some(Clock { error, variance })
    }

    /// Ways looked at so far: what the search costs.
    pub fn looked(&self) -> usize {
        self.work.looked
    }

    /// Characters explained so far.
    pub fn explained(&self) -> usize {
        self.explained
    }

    /// Follows no way any more.
    pub fn give_up(&mut self) {
        self.dead = true;
    }

    /// Hears more.
    pub fn feed(&mut self, heard: &[Sampled]) {
        for &c in heard {
            if self.dead {
                return;
            }
            self.one(c, i32::MAX);
        }
    }

    /// Hears one more character, if it does not cost more than this by then, in nats: no way that does is followed.
    pub fn feed_within(&mut self, c: Sampled, most: f64) {
        if !self.dead {
            self.one(c, (most * f64::from(NAT)) as i32);
        }
    }

    fn one(&mut self, c: Sampled, most: i32) {
        self.work.out.clear();
        self.work.passed.clear();
        // Costs only grow: what is hopeless now stays so.
        let best = self.ways.iter().map(|w| w.cost).min().unwrap_or(0);
        let hopeless = self.effort.nats * NAT;
        let beam = self.beam();
        self.work.states.clear(best, beam);
        let mut limit = most.min(best + hopeless + 8 * 11 * 2);
        for way in &self.ways {
            let tracker = self.trackers.get(usize::from(way.tracker)).copied();
            let tracker = tracker.unwrap_or(const { Tracker::new(UNKNOWN) });
            let when = When::new(c, &tracker, self.trellis.step);
            self.trellis.character(way, c, &mut limit, hopeless, &when, &mut self.work);
        }
        self.spent += self.work.out.len();
        if self.work.out.is_empty() || self.spent > self.effort.most {
            self.dead = true;
            return;
        }
        self.explained += 1;
        self.prune(limit, beam, c.arrival.is_some());
        self.track(c);
    }

    /// How many ways to follow through the next character.
    ///
    /// Where bytes are random nothing tells a few ways from very many, and looking at all of them finds nothing.
    fn beam(&mut self) -> usize {
        /// So many characters may be as dear as they like.
        const FREE: usize = 16;
        /// No fewer ways are followed than one in so many.
        const FEWEST: usize = 16;
        self.work.spare = if self.trellis.readable { SPARE } else { 0 };
        let (looked, fair) =
            (self.work.looked, self.effort.pace.saturating_mul(self.explained.saturating_add(FREE)));
        if looked <= fair {
            return self.effort.beam;
        }
        let share = (fair as f64 / looked as f64).max(1.0 / FEWEST as f64);
        self.work.spare = (f64::from(self.work.spare) * share) as i32;
        (self.effort.beam as f64 * share) as usize
    }

    /// Goes on to the next character's times.
    fn track(&mut self, c: Sampled) {
        let (arrival, length) = (c.arrival, when::length(c.window));
        if arrival.is_none() {
            self.trackers.truncate(1);
            self.ways.iter_mut().for_each(|way| way.tracker = 0);
            return;
        }
        let step = self.trellis.step;
        let after = |way: &Way| {
            let tracker = self.trackers.get(usize::from(way.tracker)).copied();
            let tracker = tracker.unwrap_or(const { Tracker::new(UNKNOWN) });
            When { arrival, tracker: &tracker, length, most: i16::MAX }.after(way, step)
        };
        let mut next: Vec<(Tracker, f32)> = self.ways.iter().map(|way| (after(way), 1.0)).collect();
        for (kept, way) in &self.also {
            if let (Some((tracker, all)), Some(winner)) = (next.get_mut(*kept), self.ways.get(*kept)) {
                let weight = (-((way.cost - winner.cost) as f32) / NAT as f32).exp();
                *all += weight;
                *tracker = tracker.blended(&after(way), weight / *all);
            }
        }
        self.trackers.clear();
        self.trackers.extend(next.into_iter().map(|(tracker, _)| tracker));
        self.ways.iter_mut().enumerate().for_each(|(n, way)| way.tracker = n as u16);
    }

    /// Keeps the best ways, one a state; the others into the same state become its rivals.
    fn prune(&mut self, limit: i32, beam: usize, timed: bool) {
        let Work { out, order, best, read, .. } = &mut self.work;
        order.clear();
        let numbered = out.iter().zip(0u64..).filter(|(way, _)| way.cost <= limit);
        order.extend(numbered.map(|(way, number)| (way.cost.max(0) as u64) << 32 | number));
        order.sort_unstable();
        best.clear();
        read.clear();
        self.ways.clear();
        self.also.clear();
        for way in order.iter().filter_map(|number| out.get(*number as u32 as usize)) {
            let key = self.trellis.state(way, timed);
            let taken = Taken { path: way.path, cost: way.cost, bytes: way.fresh, count: way.fresh_count };
            let reading = key.rotate_left(13) ^ u64::from(way.reading);
            if let Some(&kept) = best.get(&key) {
                // The same reading at a higher price is of no use, and neither is one that is out of the question.
                let Some(winner) = self.ways.get(kept) else { continue };
                // What the two say of times, nobody knows yet.
                let apart = winner.waited.abs_diff(way.waited) > BIT as u16 / 16 || winner.how != way.how;
                if timed && apart && way.cost - winner.cost < ALSO {
                    self.also.push((kept, *way));
                }
                if self.trellis.readable
                    && way.cost - winner.cost <= HOPELESS
                    && read.insert(reading, ()).is_none()
                {
                    self.paths.rival(winner.path, taken);
                }
            } else if self.ways.len() < beam {
                best.insert(key, self.ways.len());
                let path = if self.trellis.readable {
                    read.insert(reading, ());
                    self.paths.go_on(taken)
                } else {
                    NONE
                };
                self.ways.push(Way { path, fresh: [0; 4], fresh_count: 0, ..*way });
            }
        }
        if self.paths.are_many() {
            self.paths.forget(self.ways.iter_mut().map(|way| &mut way.path));
        }
    }

    /// Readings drawn at random, each as often as it is probable: what they agree on is certain.
    pub fn draw(&self, count: usize, random: &mut Random) -> Vec<Vec<u8>> {
        let ends: Vec<(u32, i32)> = self.ways.iter().map(|w| (w.path, w.cost)).collect();
        self.paths.draw(&ends, count, random)
    }

    /// The readings of what was heard, the most probable first; none that is more than `within` nats worse than that.
    pub fn readings(&self, within: f64) -> Readings<'_> {
        let best = self.ways.first().map_or(0, |w| w.cost);
        self.paths.readings(self.ways.iter().map(|w| (w.path, w.cost - best)), within)
    }

    /// What was heard, in pieces that can be read independently of each other: nothing that makes a reading
    /// worse than the best by more than `within` nats, and at most `most` ways of reading a piece.
    pub fn pieces(&self, within: f64, most: usize) -> Vec<Vec<Alternative>> {
        let ends: Vec<(u32, i32)> = self.ways.iter().map(|w| (w.path, w.cost)).collect();
        pieces::pieces(&ends, |at| self.paths.steps_into(at), (within * f64::from(NAT)) as i32, most)
    }
}
