//! From received characters back to what was sent, when the receiver sampled it wrongly: polarity, format
//! and bytes.
//!
//! A receiver that is set to the wrong polarity or format still samples the line.  Each character it
//! delivers says: here a falling edge, then the levels of its [`Window`] one bit apart: data bits, and, if the
//! adapter tells, a parity bit and the stop bit.  What it leaves out is the time between the stop bit and the next falling edge; at low baud
//! rates the time at which it arrives tells that ([`super::arrival`]).  The trellis follows, under a
//! [`Hypothesis`] of what was sent and how the receiver behaves, all ways in which a transmitter could have
//! produced the samples, and keeps the cheapest: costs are those of [`super::content`], of idle time, and of
//! bits that no sample saw.
//!
//! Time is continuous, in 1/1024 bits of the transmitter.  A falling edge puts the receiver in phase; from
//! then on it drifts by the difference of the clocks, up to the next edge that it waits for.  A receiver of
//! model B does not wait for one after a low stop bit, and may drift for many characters: it then skips a
//! bit, or samples one twice.  The same mechanism decodes a line that is heard at a multiple of its baud
//! rate.

mod clock;
mod least;
mod sampled;
mod search;
mod when;

use super::arrival::How;
use super::content::{Content, NAT, Place, Prior};
use super::paths::NONE;
use crate::line::uart::Model;
use crate::line::{DataBits, Parity};

pub use clock::Clock;
use least::Offer;
pub use sampled::{Sampled, Window, sampled};
pub use search::Search;
use search::Work;
use when::When;

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

impl Hypothesis {
    /// The step if both clocks were perfect: 1, or less where a line is heard at a multiple of its baud rate.
    pub fn nominal_step(&self) -> f64 {
        1.0 / (1.0 / self.step).round().max(1.0)
    }
}

/// What a search may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// Ways followed at a time.
    pub beam: usize,
    /// A way that is this many nats worse than the best is given up.
    pub nats: i32,
    /// Ways kept before the search is given up.
    pub most: usize,
    /// Ways looked at for each character, on average: where more would have to be, fewer are followed.
    pub pace: usize,
}

/// Enough to tell hypotheses apart.
pub const QUICK: Effort = Effort { beam: 40, nats: 10, most: 60_000, pace: usize::MAX };
/// Enough for most telegrams.
pub const USUAL: Effort = Effort { beam: 200, nats: 13, most: 6_000_000, pace: usize::MAX };
/// For the stubborn.
pub const THOROUGH: Effort = Effort { beam: 400, nats: 15, most: 12_000_000, pace: usize::MAX };

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

/// So much above the cost of what is kept, ways are looked at: what comes off worse may still be another reading of a
/// state that is kept.
const SPARE: i32 = 4 * NAT;

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
    /// Samples of the character that is being received.
    seen: u8,
    /// Its parity bit was seen to be high.
    parity_seen: bool,
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
    /// How this character began.
    how: How,
    /// The character arrived later than that explains.
    late: bool,
}

struct Trellis<'a> {
    prior: &'a Prior,
    hypothesis: &'a Hypothesis,
    data: u8,
    parity_at: u8,
    last_stop: u8,
    step: i32,
    /// Readings are told apart.
    readable: bool,
    /// All bytes are, as they are equally probable: only their parity counts.
    alike: bool,
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
            readable: true,
            alike: false,
        }
    }

    /// What the level of the bit it is in, and what follows, depends on of the bits so far.
    #[inline]
    fn bits(&self, way: &Way) -> u64 {
        let (bits, odd) = if !self.alike {
            (way.bits, way.odd)
        } else if (1..=self.data).contains(&way.position) {
            (way.bits >> (way.position - 1) & 1, way.odd && self.parity_at > 0)
        } else {
            (0, way.odd && self.parity_at > 0)
        };
        u64::from(way.position) | u64::from(bits) << 5 | u64::from(odd) << 13 | u64::from(way.blind) << 14
    }

    /// The same for ways that go on equally within a character, and have read the same.
    #[inline]
    fn within(&self, way: &Way) -> u64 {
        let bits = u64::from(way.seen)
            | self.bits(way) << 4
            | ((way.phase >> 6) as u64 & 0x1F) << 19
            | (way.after as u64) << 24
            | u64::from(way.late) << 26
            | u64::from(way.blur > BLUR) << 27
            | u64::from(way.parity_seen) << 28;
        let read = u64::from(way.reading) | u64::from(way.tracker) << 32;
        let place = way.place.key().wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (place ^ read.wrapping_mul(0xD6E8_FEB8_6659_FD93)).rotate_left(29) ^ bits
    }

    /// Ways of equal states go on equally.
    fn state(&self, way: &Way, timed: bool) -> u64 {
        // Out of a chain the receiver gets back into phase, whatever the phase was, unless the edge is so near that
        // it may miss it.
        let phase = match way.after {
            After::Chained => (way.phase >> 7 & 15) as u64,
            After::High if way.phase + TICK + way.blur > BIT => 1 + u64::from(way.phase + TICK > BIT),
            _ => 0,
        };
        // Where idle time ended, the next character's time will tell.
        let ended = if timed && way.blur > BLUR { 1 + u64::from(way.phase as u32 >> 8 & 3) } else { 0 };
        way.place.key().wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(32)
            ^ (self.bits(way)
                | ((way.after as u64) << 15)
                | (phase << 17)
                | (ended << 22)
                | (u64::from(way.late) << 25))
    }

    /// The same under another hypothesis.
    fn anew(&self, hypothesis: &'a Hypothesis) -> Self {
        Trellis { readable: self.readable, alike: self.alike, ..Trellis::new(hypothesis, self.prior) }
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
            each(self.with(way, false));
            each(self.with(way, true));
        } else {
            each(self.onwards(way));
        }
    }

    /// It goes on to a data bit.
    #[inline]
    fn with(&self, way: &Way, bit: bool) -> Way {
        let mut next = *way;
        next.cost += if way.blind { 11 } else { self.prior.cost(way.place, way.position, way.bits, bit) };
        next.bits |= u8::from(bit) << way.position;
        next.odd ^= bit;
        next.position += 1;
        if next.position == self.data {
            self.complete(&mut next);
        }
        next
    }

    /// It goes on to a bit that is none of the data.
    #[inline]
    fn onwards(&self, way: &Way) -> Way {
        if way.position < self.last_stop {
            Way { position: way.position + 1, ..*way }
        } else {
            // Behind the last stop bit, or idle: a start bit.
            Way { position: 0, bits: 0, odd: false, blind: false, ..*way }
        }
    }

    fn complete(&self, way: &mut Way) {
        way.sent = (way.sent + 1).min(4000);
        if way.blind {
            way.place = self.prior.anywhere();
            return;
        }
        way.place = self.prior.next(way.place, way.bits);
        if !self.readable {
            return;
        }
        way.reading = (way.reading.rotate_left(5) ^ u32::from(way.bits)).wrapping_mul(0x9E37_79B1);
        if let Some(slot) = way.fresh.get_mut(usize::from(way.fresh_count)) {
            *slot = way.bits;
            way.fresh_count += 1;
        }
    }

    /// Lets the receiver wait for `level`, then (if that is high) for the falling edge, where its next
    /// character begins.
    fn hunt(&self, mut way: Way, mut level: bool, limit: i32, when: &When, out: &mut Vec<Way>) {
        // Falling: the edge is where the bit begins.
        let falls = |next: Way, out: &mut Vec<Way>| {
            let cost = next.cost + when.cost(&next, self.step);
            if cost <= limit {
                // The receiver notices at its next tick, half a tick later on average.
                let phase = self.step / 2 + BIT / 32;
                out.push(Way { phase, blur: BLUR, seen: 0, cost, late: when.late(&next, self.step), ..next });
            }
        };
        while way.cost <= limit && way.waited <= when.most {
            let waited = way.waited.saturating_add(BIT as i16);
            if way.position < self.data {
                let [low, high] = [self.hypothesis.invert, !self.hypothesis.invert]
                    .map(|bit| Way { waited, ..self.with(&way, bit) });
                if level {
                    falls(low, out);
                    way = high;
                } else {
                    self.hunt(high, true, limit, when, out);
                    way = low;
                }
                continue;
            }
            let mut next = self.onwards(&way);
            if way.position == IDLE {
                // However long it was.
                next.how = How::Pause;
            } else {
                next.waited = waited;
            }
            if way.position == self.last_stop {
                next.cost += pause(&way, false);
                let cost = way.cost + pause(&way, true);
                let idle = Way { position: IDLE, cost, gaps: way.gaps + 1, waited, ..way };
                match (level, self.level(&idle)) {
                    (true, false) => falls(idle, out),
                    (_, high) => self.hunt(idle, high, limit, when, out),
                }
            }
            let high = self.level(&next);
            if level && !high {
                falls(next, out);
                return;
            }
            (way, level) = (next, high);
        }
    }

    /// Lets a falling edge go by that nobody hears.
    fn miss(&self, way: &Way, limit: i32, when: &When, out: &mut Vec<Way>) {
        let from = out.len();
        let way = Way { waited: 0, how: How::Edge, ..*way };
        self.hunt(way, way.after == After::High, limit, when, out);
        out.iter_mut().skip(from).for_each(|way| way.after = After::Low);
    }

    /// One step of the receiver's clock later the line is at `level`.
    fn sample(&self, way: &Way, level: bool, limit: i32, out: &mut Vec<Way>) {
        if way.position == IDLE {
            self.sample_idle(way, self.step, level, limit, out);
            return;
        }
        let phase = way.phase + self.step;
        self.settle(Way { phase, ..*way }, level, limit, out);
    }

    /// `way.phase` may lie beyond the current bit: goes on until it does not.
    fn settle(&self, way: Way, level: bool, limit: i32, out: &mut Vec<Way>) {
        if way.cost > limit {
            return;
        }
        let over = way.phase - BIT;
        if over < 0 {
            if self.level(&way) == level {
                out.push(way);
            }
            if over >= -way.blur {
                // Just before the edge: perhaps it is behind it already.
                self.pass(&way, 0, SLIP, level, limit, out);
            }
            return;
        }
        if over < way.blur {
            // Just behind the edge: perhaps it is still before it.
            if self.level(&way) == level {
                out.push(Way { phase: BIT - 1, cost: way.cost + SLIP, ..way });
            }
        }
        self.pass(&way, over, 0, level, limit, out);
    }

    /// Into the next bit, `over` beyond the edge.
    fn pass(&self, way: &Way, over: i32, extra: i32, level: bool, limit: i32, out: &mut Vec<Way>) {
        let ends = way.position == self.last_stop;
        let cost = extra + if ends { pause(way, false) } else { 0 };
        let onwards = |next: Way, out: &mut Vec<Way>| {
            let next = Way { phase: over, cost: next.cost + cost, ..next };
            self.settle(next, level, limit, out);
        };
        if way.position < self.data {
            // Well within the bit there is no doubt which it is.
            let open = over >= BIT - way.blur;
            for bit in [false, true] {
                if open || (bit != self.hypothesis.invert) == level {
                    onwards(self.with(way, bit), out);
                }
            }
        } else {
            onwards(self.onwards(way), out);
        }
        if ends {
            let cost = way.cost + extra + pause(way, true);
            let idle = Way { position: IDLE, cost, gaps: way.gaps + 1, ..*way };
            self.sample_idle(&idle, over, level, limit, out);
        }
    }

    /// Idle for `time` so far since the last sample or edge: it goes on, or a start bit began meanwhile.
    fn sample_idle(&self, way: &Way, time: i32, level: bool, limit: i32, out: &mut Vec<Way>) {
        if way.cost > limit {
            return;
        }
        let on = Way { phase: 0, cost: way.cost + GAP_GOES_ON * time / BIT, ..*way };
        if self.level(&on) == level {
            out.push(on);
        }
        let mut since = BIT / 8;
        while since < time {
            self.advance(way, |next| {
                let next = Way { phase: since, blur: BLUR + GAP_BLUR, cost: next.cost + GAP_ENDS, ..next };
                self.settle(next, level, limit, out);
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
            seen: 0,
            parity_seen: false,
            after: if self.hypothesis.invert { After::Low } else { After::High },
            fresh: [0; 4],
            fresh_count: 0,
            path: NONE,
            sent: 0,
            gaps: 0,
            reading: 0,
            tracker: 0,
            waited: 0,
            how: How::Edge,
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

    /// All ways in which `way` may have produced one more character, unless they cost more than `limit`, which
    /// is at most `hopeless` above the best one.
    fn character(&self, way: &Way, c: Sampled, limit: &mut i32, hopeless: i32, when: &When, work: &mut Work) {
        let Work { open, out, passed, states, looked, spare, .. } = work;
        if self.readable {
            // What was read before tells all ways apart that come from different ones.
            passed.clear();
        }
        let waited = if way.position == IDLE { 0 } else { -way.phase as i16 };
        let way = &Way { seen: 0, parity_seen: false, waited, how: How::Edge, ..*way };
        match way.after {
            After::Chained => {
                // The bit that was sampled last is the start bit.
                let way = Way { waited: -(self.step / 2 + BIT / 32) as i16, how: How::Chained, ..*way };
                let (cost, late) = (way.cost + when.cost(&way, self.step), when.late(&way, self.step));
                open.push(Way { cost, late, ..way });
            }
            After::High => {
                let left = BIT - way.phase;
                let seen = if left < TICK { SLIP } else { 0 };
                self.hunt(Way { cost: way.cost + seen, ..*way }, true, *limit, when, open);
                if left < TICK + way.blur && way.position != IDLE {
                    // The level falls before the receiver looks for that: it waits for it to rise first.
                    let missed = way.cost + SLIP - seen;
                    self.advance(way, |next| {
                        if !self.level(&next) {
                            let waited = next.waited.saturating_add(BIT as i16);
                            let next = Way { cost: next.cost - way.cost + missed, waited, ..next };
                            self.hunt(next, false, *limit, when, open);
                        }
                    });
                }
            }
            After::Low => self.hunt(*way, false, *limit, when, open),
        }
        while let Some(way) = open.pop() {
            *looked += 1;
            // Many ways lead to the same bit, above all where it is open which side of an edge a sample is on.
            if passed.offer(self.within(&way), way.cost) == Offer::Not {
                continue;
            }
            if let Some(way) = self.receive(way, c, *limit, open) {
                *limit = way.cost.saturating_add(hopeless).min(*limit);
                if let Some(enough) = states.enough(self.state(&way, c.arrival.is_some()), way.cost) {
                    *limit = enough.saturating_add(*spare).min(*limit);
                }
                out.push(way);
            }
        }
    }

    /// Takes the samples of a character that are left, as long as nothing is open: what is goes to `open`.
    #[inline]
    fn receive(&self, mut way: Way, c: Sampled, limit: i32, open: &mut Vec<Way>) -> Option<Way> {
        let stop_at = c.window.stop();
        let after = |way: &Way, stop: bool| match (stop, self.hypothesis.model) {
            (true, _) => After::High,
            // Nothing but low is a break: both models wait for high then.
            (false, Model::B) if c.byte != 0 || way.parity_seen => After::Chained,
            (false, _) => After::Low,
        };
        while way.cost <= limit {
            let level = match way.seen {
                seen if seen < c.window.data_bits.count() => c.byte >> seen & 1 == 1,
                seen if seen < stop_at => {
                    let wanted = c.wanted();
                    if c.good != Some(true) {
                        let other = Way { seen: seen + 1, parity_seen: !wanted, ..way };
                        self.sample(&other, !wanted, limit, open);
                    }
                    way.parity_seen = wanted;
                    wanted
                }
                seen if seen == stop_at => {
                    // Where the parity bit was bad already, an error says nothing of the stop bit.
                    let parity_good = c.window.parity == Parity::None || way.parity_seen == c.wanted();
                    let good = if parity_good { c.good } else { None };
                    if good.is_none() {
                        let low = Way { seen: seen + 1, after: after(&way, false), ..way };
                        self.sample(&low, false, limit, open);
                    }
                    let stop = good.unwrap_or(true);
                    way.after = after(&way, stop);
                    stop
                }
                _ => {
                    // Uncertain clocks blur a chain more and more.
                    let more = if way.after == After::Chained { 12 } else { 0 };
                    return Some(Way { blur: (way.blur + more).min(BIT / 4), ..way });
                }
            };
            way.seen += 1;
            // Mostly the sample is well within the bit behind that of the one before.
            let over = way.phase + self.step - BIT;
            if over < way.blur || over >= BIT - way.blur || way.position >= self.last_stop {
                self.sample(&way, level, limit, open);
                return None;
            }
            if way.position < self.data {
                way = self.with(&way, level != self.hypothesis.invert);
            } else {
                way.position += 1;
                if self.level(&way) != level {
                    return None;
                }
            }
            way.phase = over;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_does_not_hide_what_the_step_would_be() {
        let nominal = |step: f64| {
            let hypothesis = Hypothesis {
                invert: true,
                data_bits: DataBits::Eight,
                parity: Parity::None,
                two_stop_bits: false,
                model: Model::B,
                step,
                content: Content::Dlms,
            };
            hypothesis.nominal_step()
        };
        for times in [1.0, 2.0, 3.0] {
            for clock in [0.98, 1.0, 1.02] {
                assert_eq!(nominal(clock / times), 1.0 / times);
            }
        }
    }
}
