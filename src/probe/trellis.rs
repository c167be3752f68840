//! From received characters back to what was sent, when the receiver sampled it wrongly: polarity, format
//! and bytes.
//!
//! A receiver that is set to the wrong polarity or format still samples the line.  Each character it
//! delivers says: here a falling edge, then these eight levels one bit apart, then this stop level (if the
//! adapter tells).  What it leaves out is the time between the stop bit and the next falling edge; at low baud
//! rates the time at which it arrives tells that ([`super::arrival`]).  The trellis follows, under a [`Hypothesis`] of what was sent and how the receiver behaves, all ways in which a
//! transmitter could have produced the samples, and keeps the cheapest: costs are those of
//! [`super::content`], of idle time, and of bits that no sample saw.
//!
//! Time is continuous, in 1/1024 bits of the transmitter.  A falling edge puts the receiver in phase; from
//! then on it drifts by the difference of the clocks, up to the next edge that it waits for.  A receiver of
//! model B does not wait for one after a low stop bit, and may drift for many characters: it then skips a
//! bit, or samples one twice.  The same mechanism decodes a line that is heard at a multiple of its baud
//! rate.

use super::arrival::{Arrival, Tracker};
use super::content::{Content, NAT, Place, Prior};
use crate::line::random::Random;
use crate::line::uart::Model;
use crate::line::{DataBits, Flag, Flags, Heard, Parity};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

/// A bit of the transmitter.
const BIT: i32 = 1024;

/// What was sent, and how it was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hypothesis {
    /// The line idles low.
    pub invert: bool,
    /// Data bits of the transmitter.
    pub data_bits: DataBits,
    /// Parity of the transmitter.
    pub parity: Parity,
    /// Two stop bits are sent.
    pub two_stop_bits: bool,
    /// The receiver after a framing error.
    pub model: Model,
    /// Bits of the transmitter between two samples: 1 at the same baud rate and with perfect clocks.
    pub step: f64,
    /// What is spoken.
    pub content: Content,
}

/// What a search may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Ways followed at a time.
    pub beam: usize,
    /// A way that is this many nats worse than the best is given up.
    pub nats: i32,
    /// Ways looked at before the search is given up.
    pub most: usize,
}

/// Enough to tell hypotheses apart.
pub const QUICK: Effort = Effort { beam: 40, nats: 10, most: 60_000 };
/// Enough for most telegrams.
pub const USUAL: Effort = Effort { beam: 200, nats: 13, most: 6_000_000 };
/// For the stubborn.
pub const THOROUGH: Effort = Effort { beam: 400, nats: 15, most: 12_000_000 };

/// A received character, as the trellis takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampled {
    /// The data bits.
    pub byte: u8,
    /// The level of the stop bit, if the adapter told.
    pub stop: Option<bool>,
    /// When it arrived, where that tells anything (see [`super::arrival::timed`]).
    pub arrival: Option<Arrival>,
}

/// Characters heard without parity, with what their flags tell about the stop bit.
///
/// A flagged packet of an FTDI has at least one low stop bit: which, it does not say, unless it holds a
/// single character.
pub fn sampled(heard: &[Heard], flags: Flags) -> Vec<Sampled> {
    let alone = |i: usize, h: &Heard| {
        let same = |other: Option<&Heard>| other.is_some_and(|o| o.at == h.at);
        !same(heard.get(i + 1)) && !same(i.checked_sub(1).and_then(|p| heard.get(p)))
    };
    let stop = |i: usize, h: &Heard| match (flags, h.flag) {
        (Flags::None, _) => None,
        (_, Flag::None) => Some(true),
        (Flags::PerCharacter, _) => Some(false),
        // A break marks the last character of its packet, whichever it was.
        (Flags::PerPacket, _) => alone(i, h).then_some(false),
    };
    heard.iter().enumerate().map(|(i, h)| Sampled { byte: h.byte, stop: stop(i, h), arrival: None }).collect()
}

/// Cost of idle time behind a character, and of none, after `gaps` in `sent` characters: a meter that paused so
/// far goes on to (the estimator of Krichevsky and Trofimov, with a prior of one gap in twenty).
#[inline]
fn pause(way: &Way, idle: bool) -> i32 {
    const WEIGHT: usize = 10;
    let all = log(2 * usize::from(way.sent) + WEIGHT);
    let gaps = 2 * usize::from(way.gaps);
    if idle { all - log(gaps + 1) } else { all - log(2 * usize::from(way.sent) + WEIGHT - gaps - 1) }
}

/// Natural logarithm in units of costs.
#[inline]
fn log(n: usize) -> i32 {
    static TABLE: std::sync::LazyLock<Vec<u8>> = std::sync::LazyLock::new(|| {
        (0..8192).map(|n| (f64::from(n.max(1)).ln() * f64::from(NAT)).round() as u8).collect()
    });
    TABLE.get(n).map_or(0, |l| i32::from(*l))
}
/// Idle time of unknown length ends in this quarter of a bit; or goes on for a whole one.
const GAP_ENDS: i32 = 3 * NAT;
const GAP_GOES_ON: i32 = 3;
/// A sample next to an edge falls on the other side of it.
const SLIP: i32 = NAT;
/// The transmitter was in the middle of a character when the receiver began to listen.
const MIDWAY: i32 = 3 * NAT;
/// A sample may be off by this much: half a tick of the receiver, jitter, the grid of clocks.
const BLUR: i32 = 70;
/// What idle time of unknown length adds to that: an eighth of a bit.
const GAP_BLUR: i32 = 128;

/// The receiver looks at the line sixteen times a bit.
const TICK: i32 = BIT / 16;

/// The meter's clock is off by so much (standard deviation): as meters' are, and when the errors in question were
/// tried.
const UNKNOWN: f32 = 0.012;
const SEARCHED: f32 = 0.005;

/// A reading that is this much worse than another of the same piece is not kept.
const HOPELESS: i32 = 8 * NAT;

/// Position of the transmitter: start bit 0, data bits from 1, parity, stop bits; or idle.
const IDLE: u8 = 31;

/// Where the receiver is after a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum After {
    /// The stop bit was high: it waits for a falling edge.
    High,
    /// It waits for high, then for a falling edge.
    Low,
    /// The low stop bit is the next start bit.
    Chained,
}

/// One way the transmitter may have gone.
#[derive(Debug, Clone, Copy)]
struct Way {
    cost: i32,
    /// Time since the current bit began, at the last sample.
    phase: i32,
    /// How far `phase` may be off.
    blur: i32,
    place: Place,
    position: u8,
    /// Data bits so far.
    bits: u8,
    /// Sum of them, modulo 2.
    odd: bool,
    /// The character began before the receiver listened: its bits are not all known.
    blind: bool,
    after: After,
    /// Bytes completed since the last pruning.
    fresh: [u8; 4],
    fresh_count: u8,
    /// The path so far.
    path: u32,
    /// Characters so far, and those with idle time behind them.
    sent: u16,
    gaps: u16,
    /// Tells readings apart.
    reading: u32,
    /// What it was before this character: number of its [`Tracker`].
    tracker: u16,
    /// Time since the last sample until this character's falling edge, without idle time of unknown length.
    waited: i16,
    /// There was such time.
    paused: bool,
    /// The character arrived later than that explains.
    late: bool,
}

/// A step of a path: the best way into a state, and the others, worse by a known amount.
#[derive(Debug, Clone, Copy)]
struct Step {
    parent: u32,
    bytes: [u8; 4],
    count: u8,
    cost: i32,
    /// The next worse step into the same state.
    rival: u32,
    reading: u32,
}

const NONE: u32 = u32::MAX;

struct Trellis<'a> {
    prior: &'a Prior,
    hypothesis: &'a Hypothesis,
    data: u8,
    parity_at: u8,
    last_stop: u8,
    step: i32,
}

impl<'a> Trellis<'a> {
    fn new(hypothesis: &'a Hypothesis, prior: &'a Prior) -> Self {
        let data = hypothesis.data_bits.count();
        let parity = u8::from(hypothesis.parity != Parity::None);
        Trellis {
            prior,
            hypothesis,
            data,
            parity_at: if parity == 1 { data + 1 } else { 0 },
            last_stop: data + parity + if hypothesis.two_stop_bits { 2 } else { 1 },
            step: (hypothesis.step * f64::from(BIT)).round() as i32,
        }
    }

    /// The level on the wire while `way` is where it is.
    #[inline]
    fn level(&self, way: &Way) -> bool {
        let sent = if way.position == 0 {
            false
        } else if way.position <= self.data {
            way.bits >> (way.position - 1) & 1 == 1
        } else if way.position == self.parity_at {
            way.odd == (self.hypothesis.parity == Parity::Even)
        } else {
            true
        };
        sent != self.hypothesis.invert
    }

    /// The transmitter goes on to its next bit; the idle time behind a character is not one.
    #[inline]
    fn advance(&self, way: &Way, mut each: impl FnMut(Way)) {
        if way.position < self.data {
            for bit in [false, true] {
                let mut next = *way;
                if way.blind {
                    next.cost += 11;
                } else {
                    next.cost += self.prior.cost(way.place, way.position, way.bits, bit);
                }
                next.bits |= u8::from(bit) << way.position;
                next.odd ^= bit;
                next.position += 1;
                if next.position == self.data {
                    self.complete(&mut next);
                }
                each(next);
            }
        } else if way.position < self.last_stop {
            each(Way { position: way.position + 1, ..*way });
        } else {
            // Behind the last stop bit, or idle: a start bit.
            each(Way { position: 0, bits: 0, odd: false, blind: false, ..*way });
        }
    }

    fn complete(&self, way: &mut Way) {
        way.sent = (way.sent + 1).min(4000);
        if way.blind {
            way.place = self.prior.anywhere();
            return;
        }
        way.place = self.prior.next(way.place, way.bits);
        way.reading = (way.reading.rotate_left(5) ^ u32::from(way.bits)).wrapping_mul(0x9E37_79B1);
        if let Some(slot) = way.fresh.get_mut(usize::from(way.fresh_count)) {
            *slot = way.bits;
            way.fresh_count += 1;
        }
    }

    /// Lets the receiver wait for `level`, then (if that is high) for the falling edge, where its next
    /// character begins.
    fn hunt(&self, way: Way, level: bool, limit: i32, when: &When, out: &mut Vec<Way>) {
        if way.cost > limit || way.waited > when.most {
            return;
        }
        let go = |next: Way, out: &mut Vec<Way>| match (level, self.level(&next)) {
            // Falling: the edge is where the bit begins.
            (true, false) => {
                let cost = next.cost + when.cost(&next, self.step);
                if cost <= limit {
                    // The receiver notices at its next tick, half a tick later on average.
                    let phase = self.step / 2 + BIT / 32;
                    let late = when.late(&next, self.step);
                    out.push(Way { phase, blur: BLUR, cost, late, ..next });
                }
            }
            (true, true) => self.hunt(next, true, limit, when, out),
            (false, high) => self.hunt(next, high, limit, when, out),
        };
        if way.position == IDLE {
            // However long it was.
            self.advance(&way, |next| go(Way { paused: true, ..next }, out));
            return;
        }
        let ends = way.position == self.last_stop;
        let on = if ends { pause(&way, false) } else { 0 };
        let waited = way.waited.saturating_add(BIT as i16);
        self.advance(&way, |next| go(Way { cost: next.cost + on, waited, ..next }, out));
        if ends {
            let cost = way.cost + pause(&way, true);
            let idle = Way { position: IDLE, cost, gaps: way.gaps + 1, waited, ..way };
            if self.level(&idle) == level || !level {
                self.hunt(idle, self.level(&idle), limit, when, out);
            } else {
                go(idle, out);
            }
        }
    }

    /// One step of the receiver's clock later the line is at `level`.
    fn sample(&self, way: &Way, level: bool, out: &mut Vec<Way>) {
        if way.position == IDLE {
            self.sample_idle(way, self.step, level, out);
            return;
        }
        let phase = way.phase + self.step;
        self.settle(Way { phase, ..*way }, level, out);
    }

    /// `way.phase` may lie beyond the current bit: goes on until it does not.
    fn settle(&self, way: Way, level: bool, out: &mut Vec<Way>) {
        let over = way.phase - BIT;
        if over < 0 {
            if self.level(&way) == level {
                out.push(way);
            }
            if over >= -way.blur {
                // Just before the edge: perhaps it is behind it already.
                self.pass(&way, 0, SLIP, level, out);
            }
            return;
        }
        if over < way.blur {
            // Just behind the edge: perhaps it is still before it.
            if self.level(&way) == level {
                out.push(Way { phase: BIT - 1, cost: way.cost + SLIP, ..way });
            }
        }
        self.pass(&way, over, 0, level, out);
    }

    /// Into the next bit, `over` beyond the edge.
    fn pass(&self, way: &Way, over: i32, extra: i32, level: bool, out: &mut Vec<Way>) {
        let ends = way.position == self.last_stop;
        let cost = extra + if ends { pause(way, false) } else { 0 };
        self.advance(way, |next| {
            let next = Way { phase: over, cost: next.cost + cost, ..next };
            self.settle(next, level, out);
        });
        if ends {
            let cost = way.cost + extra + pause(way, true);
            let idle = Way { position: IDLE, cost, gaps: way.gaps + 1, ..*way };
            self.sample_idle(&idle, over, level, out);
        }
    }

    /// Idle for `time` so far since the last sample or edge: it goes on, or a start bit began meanwhile.
    fn sample_idle(&self, way: &Way, time: i32, level: bool, out: &mut Vec<Way>) {
        let on = Way { phase: 0, cost: way.cost + GAP_GOES_ON * time / BIT, ..*way };
        if self.level(&on) == level {
            out.push(on);
        }
        let mut since = BIT / 8;
        while since < time {
            self.advance(way, |next| {
                let next = Way { phase: since, blur: BLUR + GAP_BLUR, cost: next.cost + GAP_ENDS, ..next };
                self.settle(next, level, out);
            });
            since += BIT / 4;
        }
    }

    fn begin(&self) -> Vec<Way> {
        let idle = Way {
            cost: 0,
            phase: 0,
            blur: BLUR,
            place: self.prior.start(),
            position: IDLE,
            bits: 0,
            odd: false,
            blind: false,
            after: if self.hypothesis.invert { After::Low } else { After::High },
            fresh: [0; 4],
            fresh_count: 0,
            path: NONE,
            sent: 0,
            gaps: 0,
            reading: 0,
            tracker: 0,
            waited: 0,
            paused: false,
            late: false,
        };
        let mut ways = vec![idle];
        // In the middle of a character that began unheard.
        for position in 0..=self.last_stop {
            let place = self.prior.anywhere();
            let midway = Way { position, place, blind: position <= self.data, cost: MIDWAY, ..idle };
            for bit in [0u8, 0xFF] {
                let way = Way { bits: bit & ((1u16 << position.min(8)) - 1) as u8, ..midway };
                let high = self.level(&way);
                ways.push(Way { after: if high { After::High } else { After::Low }, ..way });
                if position == 0 || position > self.data {
                    break;
                }
            }
        }
        ways
    }

    /// All ways in which `way` may have produced one more character.
    fn character(&self, way: &Way, c: Sampled, limit: i32, when: &When, work: &mut Work) {
        work.now.clear();
        let way =
            &Way { waited: if way.position == IDLE { 0 } else { -way.phase as i16 }, paused: false, ..*way };
        match way.after {
            After::Chained => {
                // The bit that was sampled last is the start bit.
                let way = Way { waited: -(self.step / 2 + BIT / 32) as i16, ..*way };
                let (cost, late) = (way.cost + when.cost(&way, self.step), when.late(&way, self.step));
                work.now.push(Way { cost, late, ..way });
            }
            After::High => {
                let left = BIT - way.phase;
                let seen = if left < TICK { SLIP } else { 0 };
                self.hunt(Way { cost: way.cost + seen, ..*way }, true, limit, when, &mut work.now);
                if left < TICK + way.blur && way.position != IDLE {
                    // The level falls before the receiver looks for that: it waits for it to rise first.
                    let missed = way.cost + SLIP - seen;
                    self.advance(way, |next| {
                        if !self.level(&next) {
                            let waited = next.waited.saturating_add(BIT as i16);
                            let next = Way { cost: next.cost - way.cost + missed, waited, ..next };
                            self.hunt(next, false, limit, when, &mut work.now);
                        }
                    });
                }
            }
            After::Low => self.hunt(*way, false, limit, when, &mut work.now),
        }
        for i in 0..8 {
            work.then.clear();
            for way in work.now.iter().filter(|w| w.cost <= limit) {
                self.sample(way, c.byte >> i & 1 == 1, &mut work.then);
            }
            std::mem::swap(&mut work.now, &mut work.then);
        }
        for stop in [true, false] {
            if c.stop.is_some_and(|told| told != stop) {
                continue;
            }
            work.then.clear();
            for way in work.now.iter().filter(|w| w.cost <= limit) {
                self.sample(way, stop, &mut work.then);
            }
            let after = match (stop, self.hypothesis.model) {
                (true, _) => After::High,
                // Nothing but low is a break: both models wait for high then.
                (false, Model::B) if c.byte != 0 => After::Chained,
                (false, _) => After::Low,
            };
            // Uncertain clocks blur a chain more and more.
            let more = if after == After::Chained { 12 } else { 0 };
            let ways = work.then.iter().filter(|w| w.cost <= limit);
            work.out.extend(ways.map(|w| Way { after, blur: (w.blur + more).min(BIT / 4), ..*w }));
        }
    }
}

/// When a character arrived, for the ways that come from one.
struct When<'a> {
    arrival: Option<Arrival>,
    tracker: &'a Tracker,
    /// Its falling edge is no later than this.
    most: i16,
}

impl<'a> When<'a> {
    fn new(arrival: Option<Arrival>, tracker: &'a Tracker, step: i32) -> Self {
        let most = arrival.map_or(f32::INFINITY, |arrival| tracker.most(&arrival, bits(step)) - length(step));
        When { arrival, tracker, most: (most * BIT as f32) as i16 }
    }

    /// Cost of the falling edge of `way` being there.
    #[inline]
    fn cost(&self, way: &Way, step: i32) -> i32 {
        let Some(arrival) = &self.arrival else { return if way.paused { NAT } else { 0 } };
        let passed = bits(i32::from(way.waited)) + length(step);
        let nats = if way.paused {
            self.tracker.cost_of_pause(arrival, bits(step), passed)
        } else {
            self.tracker.cost(arrival, bits(step), passed)
        };
        (nats * NAT as f32) as i32
    }

    /// It arrived too late for a falling edge there, unless there was idle time.
    #[inline]
    fn late(&self, way: &Way, step: i32) -> bool {
        let Some(arrival) = self.arrival.as_ref().filter(|_| !way.paused) else { return false };
        self.tracker.is_late(arrival, bits(step), bits(i32::from(way.waited)) + length(step))
    }

    /// What is known of times after `way`.
    fn after(&self, way: &Way, step: i32) -> Tracker {
        let blur = bits((way.blur - BLUR).max(0)) / 2.0;
        match &self.arrival {
            Some(arrival) => {
                let passed = bits(i32::from(way.waited)) + length(step);
                self.tracker.after(arrival, bits(step), passed, way.paused).blurred(blur)
            }
            None => *self.tracker,
        }
    }
}

#[inline]
fn bits(time: i32) -> f32 {
    time as f32 / BIT as f32
}

/// Bits of the transmitter from a falling edge to the middle of the stop bit that belongs to it: half a tick until
/// the receiver notices.
#[inline]
fn length(step: i32) -> f32 {
    bits(step) * (9.5 + 1.0 / 32.0)
}

/// Scratch space of a search.
#[derive(Default)]
struct Work {
    now: Vec<Way>,
    then: Vec<Way>,
    out: Vec<Way>,
}

/// A search that can be fed piece by piece.
pub struct Search<'a> {
    trellis: Trellis<'a>,
    ways: Vec<Way>,
    /// What each of them says of times.
    trackers: Vec<Tracker>,
    steps: Vec<Step>,
    explained: usize,
    dead: bool,
    /// Ways looked at.
    spent: usize,
    effort: Effort,
    work: Work,
    seen: HashMap<u64, usize>,
}

impl<'a> Search<'a> {
    /// A search that has heard nothing yet.
    pub fn new(hypothesis: &'a Hypothesis, effort: Effort) -> Self {
        Search::expecting(hypothesis.content.prior(), hypothesis, effort)
    }

    /// The same, with a prior that was taught by what this meter said before.
    pub fn expecting(prior: &'a Prior, hypothesis: &'a Hypothesis, effort: Effort) -> Self {
        let trellis = Trellis::new(hypothesis, prior);
        let clock = if hypothesis.model == Model::B { SEARCHED } else { UNKNOWN };
        Search {
            ways: trellis.begin(),
            trackers: vec![Tracker::new(clock)],
            trellis,
            steps: Vec::new(),
            explained: 0,
            dead: false,
            spent: 0,
            effort,
            work: Work::default(),
            seen: HashMap::new(),
        }
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

    /// Characters explained so far.
    pub fn explained(&self) -> usize {
        self.explained
    }

    /// Hears more.
    pub fn feed(&mut self, heard: &[Sampled]) {
        for &c in heard {
            if self.dead {
                return;
            }
            self.one(c);
        }
    }

    fn one(&mut self, c: Sampled) {
        self.work.out.clear();
        // Costs only grow: what is hopeless now stays so.
        let best = self.ways.iter().map(|w| w.cost).min().unwrap_or(0);
        let hopeless = self.effort.nats * NAT;
        let mut limit = best + hopeless + 8 * 11 * 2;
        for way in &self.ways {
            let from = self.work.out.len();
            let tracker = self.trackers.get(usize::from(way.tracker)).copied();
            let tracker = tracker.unwrap_or(const { Tracker::new(UNKNOWN) });
            let when = When::new(c.arrival, &tracker, self.trellis.step);
            self.trellis.character(way, c, limit, &when, &mut self.work);
            for way in self.work.out.get(from..).unwrap_or_default() {
                limit = limit.min(way.cost + hopeless);
            }
        }
        self.spent += self.work.out.len();
        if self.work.out.is_empty() || self.spent > self.effort.most {
            self.dead = true;
            return;
        }
        self.explained += 1;
        self.prune(limit, c.arrival.is_some());
        self.track(c.arrival);
    }

    /// Goes on to the next character's times.
    fn track(&mut self, arrival: Option<Arrival>) {
        if arrival.is_none() {
            self.trackers.truncate(1);
            self.ways.iter_mut().for_each(|way| way.tracker = 0);
            return;
        }
        let unknown = const { Tracker::new(UNKNOWN) };
        let step = self.trellis.step;
        let next = self.ways.iter_mut().enumerate().map(|(n, way)| {
            let tracker = self.trackers.get(usize::from(way.tracker)).unwrap_or(&unknown);
            let next = When { arrival, tracker, most: i16::MAX }.after(way, step);
            way.tracker = n as u16;
            next
        });
        self.trackers = next.collect();
    }

    /// Keeps the best ways, one a state; the others into the same state become its rivals.
    fn prune(&mut self, limit: i32, timed: bool) {
        let out = &mut self.work.out;
        out.retain(|w| w.cost <= limit);
        out.sort_unstable_by_key(|w| w.cost);
        self.seen.clear();
        self.ways.clear();
        for way in out.iter() {
            // Out of a chain the receiver gets back into phase, whatever the phase was.
            // unless the edge is so near that it may miss it.
            let phase = match way.after {
                After::Chained => (way.phase >> 7 & 15) as u64,
                After::High if way.phase + TICK + way.blur > BIT => 1 + u64::from(way.phase + TICK > BIT),
                _ => 0,
            };
            // Where idle time ended, the next character's time will tell.
            let ended = if timed && way.blur > BLUR { 1 + u64::from(way.phase as u32 >> 8 & 3) } else { 0 };
            let key = way.place.key().wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
                ^ (u64::from(way.position)
                    | (u64::from(way.bits) << 5)
                    | (u64::from(way.odd) << 13)
                    | (u64::from(way.blind) << 14)
                    | ((way.after as u64) << 15)
                    | (phase << 17)
                    | (ended << 22)
                    | (u64::from(way.late) << 25));
            let index = self.steps.len() as u32;
            let step = Step {
                parent: way.path,
                bytes: way.fresh,
                count: way.fresh_count,
                cost: way.cost,
                rival: NONE,
                reading: way.reading,
            };
            if let Some(&kept) = self.seen.get(&key) {
                // The same reading at a higher price is of no use, and neither is one that is out of the question.
                let winner = self.ways.get(kept);
                if winner.is_some_and(|w| way.cost - w.cost > HOPELESS) {
                    continue;
                }
                let best = winner.map_or(NONE, |w| w.path);
                let mut other = self.steps.get(best as usize);
                while other.is_some_and(|o| o.reading != way.reading) {
                    other = other.and_then(|o| self.steps.get(o.rival as usize));
                }
                if other.is_some() {
                    continue;
                }
                // Insert behind the best, in front of the others: order among rivals does not matter.
                if let Some(winner) = self.steps.get_mut(best as usize) {
                    let rival = winner.rival;
                    winner.rival = index;
                    self.steps.push(Step { rival, ..step });
                }
                continue;
            }
            if self.ways.len() >= self.effort.beam {
                continue;
            }
            self.seen.insert(key, self.ways.len());
            self.steps.push(step);
            self.ways.push(Way { path: index, fresh: [0; 4], fresh_count: 0, ..*way });
        }
    }

    /// Readings drawn at random, each as often as it is probable: what they agree on is certain.
    pub fn draw(&self, count: usize, random: &mut Random) -> Vec<Vec<u8>> {
        let chance = |cost: i32, best: i32| (-f64::from(cost - best) / f64::from(NAT)).exp();
        let best = self.ways.first().map_or(0, |w| w.cost);
        let ends: Vec<(u32, f64)> = self.ways.iter().map(|w| (w.path, chance(w.cost, best))).collect();
        let mut out = Vec::new();
        for _ in 0..count {
            let mut backwards: Vec<u8> = Vec::new();
            let mut at = choose(&ends, random);
            while let Some(step) = self.steps.get(at as usize) {
                let mut into = vec![(at, 1.0)];
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

    /// The most probable readings of what was heard.
    pub fn readings(&self, wanted: usize, within: f64) -> Vec<(f64, Vec<u8>)> {
        let within = (within * f64::from(NAT)) as i32;
        let Some(best) = self.ways.first().map(|w| w.cost) else { return Vec::new() };
        // A partial reading: extra cost, the step it goes on from (backwards), whether that step is a rival,
        // and what it has behind that.
        let mut heap: BinaryHeap<Reverse<(i32, u32, bool, u32)>> = BinaryHeap::new();
        let mut tails: Vec<(u32, [u8; 4], u8)> = Vec::new();
        for way in &self.ways {
            if way.cost - best <= within {
                heap.push(Reverse((way.cost - best, way.path, false, NONE)));
            }
        }
        let mut out: Vec<(f64, Vec<u8>)> = Vec::new();
        let mut tried = 0usize;
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        while let Some(Reverse((extra, mut at, mut is_rival, mut tail))) = heap.pop() {
            while let Some(step) = self.steps.get(at as usize) {
                // The rivals of a rival were considered with the winner.
                let mut rival = if is_rival { NONE } else { step.rival };
                while let Some(other) = self.steps.get(rival as usize) {
                    let more = extra + other.cost - step.cost;
                    if more <= within && heap.len() < 50_000 {
                        heap.push(Reverse((more, rival, true, tail)));
                    }
                    rival = other.rival;
                }
                is_rival = false;
                tails.push((tail, step.bytes, step.count));
                tail = tails.len() as u32 - 1;
                at = step.parent;
            }
            let mut bytes = Vec::new();
            while let Some((next, chunk, count)) = tails.get(tail as usize) {
                bytes.extend_from_slice(chunk.get(..usize::from(*count)).unwrap_or_default());
                tail = *next;
            }
            if known.insert(bytes.clone()) {
                out.push((f64::from(extra) / f64::from(NAT), bytes));
            }
            tried += 1;
            if out.len() >= wanted || tried >= 4 * wanted {
                break;
            }
        }
        out
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
