//! Characters as voltage over time, bit by bit: a transmitter, the wire, and the receiver at its end.
//!
//! A wire is a list of the instants at which its level changes.  A receiver samples it sixteen times a bit
//! and takes the majority of the three middle samples, as 16550-family receivers do, at *its* baud rate
//! and format, which need not be the transmitter's: that is the point.
//!
//! Times are seconds in `f64`: a day of line time still resolves better than 0.02 ns.

use super::random::Random;
use super::{LineSettings, Parity, StopBits};

/// Samples a bit.
const OVERSAMPLING: i64 = 16;

/// Longest idle gap that [`Transmitter::gaps`] puts behind a character, in bits.
const LONGEST_GAP: f64 = 6.0;

/// What a meter's UART does to bytes.
#[derive(Debug, Clone)]
pub struct Transmitter {
    /// Its format.
    pub settings: LineSettings,
    /// Relative clock error: 0.01 sends one percent too fast.
    pub clock: f64,
    /// Share of characters behind which the line idles for up to six bits (not a whole number of them).
    pub gaps: f64,
    /// Standard deviation of an edge's instant, in bits.
    pub jitter: f64,
    /// Probability that a bit arrives flipped.
    pub noise: f64,
}

impl Transmitter {
    /// A perfect transmitter.
    pub const fn new(settings: LineSettings) -> Self {
        Transmitter { settings, clock: 0.0, gaps: 0.0, jitter: 0.0, noise: 0.0 }
    }

    /// Duration of a bit in seconds.
    pub fn bit(&self) -> f64 {
        1.0 / (f64::from(self.settings.baudrate) * (1.0 + self.clock))
    }

    /// Sends `bytes` from `start` on: appends the instants of all level changes to `edges`, and returns when
    /// the line is free again.  The line is high before and after.
    pub fn send(&self, start: f64, bytes: &[u8], random: &mut Random, edges: &mut Vec<f64>) -> f64 {
        let bit = self.bit();
        let mut pen = Pen { edges, level: true, last: start };
        let mut at = start;
        let mut put = |level: bool, bits: f64, at: &mut f64, random: &mut Random| {
            let level = level ^ (self.noise > 0.0 && random.chance(self.noise));
            let shift = if self.jitter > 0.0 { random.normal() * self.jitter * bit } else { 0.0 };
            pen.go(level, *at + shift);
            *at += bits * bit;
        };
        for &byte in bytes {
            let data = self.settings.data_bits.count();
            put(false, 1.0, &mut at, random);
            for i in 0..data {
                put(byte >> i & 1 == 1, 1.0, &mut at, random);
            }
            if let Some(parity) = parity_bit(self.settings.parity, byte, data) {
                put(parity, 1.0, &mut at, random);
            }
            put(true, stop_length(self.settings.stop_bits), &mut at, random);
            if self.gaps > 0.0 && random.chance(self.gaps) {
                at += random.unit() * LONGEST_GAP * bit;
            }
        }
        pen.go(true, at);
        at
    }
}

/// Writes edges, in order of time even when jitter would swap two.
struct Pen<'a> {
    edges: &'a mut Vec<f64>,
    level: bool,
    last: f64,
}

impl Pen<'_> {
    fn go(&mut self, level: bool, at: f64) {
        if level != self.level {
            self.last = at.max(self.last);
            self.edges.push(self.last);
            self.level = level;
        }
    }
}

const fn stop_length(stop_bits: StopBits) -> f64 {
    match stop_bits {
        StopBits::One => 1.0,
        StopBits::OnePointFive => 1.5,
        StopBits::Two => 2.0,
    }
}

/// The parity bit behind the low `data` bits of `byte`, if there is one.
pub const fn parity_bit(parity: Parity, byte: u8, data: u8) -> Option<bool> {
    let odd = (byte & (0xFF >> (8 - data))).count_ones() % 2 == 1;
    match parity {
        Parity::None => None,
        Parity::Even => Some(odd),
        Parity::Odd => Some(!odd),
    }
}

/// A wire: high, until its first edge.
///
/// Logical levels; an inverting wire turns them over where they are read.  Several transmitters may pull it
/// low (an open collector does, and a current loop likewise), so low wins where transmissions overlap.
#[derive(Debug, Clone, Default)]
pub struct Wire {
    edges: Vec<f64>,
    /// Edges dropped from the front because no receiver needs them any more.
    dropped: usize,
    /// Idle is low at the receiver.
    pub invert: bool,
}

impl Wire {
    /// A wire on which nothing happens.
    pub const fn new(invert: bool) -> Self {
        Wire { edges: Vec::new(), dropped: 0, invert }
    }

    /// Adds a transmission: edges in order of time, the first one falling.
    pub fn add(&mut self, edges: &[f64]) {
        let Some(&first) = edges.first() else { return };
        if self.edges.last().is_none_or(|&last| last < first) && self.count().is_multiple_of(2) {
            self.edges.extend_from_slice(edges);
            return;
        }
        // Overlap: from `first` on, low wherever either is low.
        let from = self.edges.partition_point(|&t| t < first);
        let old = self.edges.split_off(from);
        let (mut old, mut new) = (old.into_iter().peekable(), edges.iter().copied().peekable());
        let mut old_high = self.count().is_multiple_of(2);
        let mut new_high = true;
        let mut high = old_high;
        loop {
            let at = match (old.peek(), new.peek()) {
                (Some(&a), Some(&b)) => a.min(b),
                (Some(&a), None) => a,
                (None, Some(&b)) => b,
                (None, None) => break,
            };
            if old.next_if(|&t| t <= at).is_some() {
                old_high = !old_high;
            }
            if new.next_if(|&t| t <= at).is_some() {
                new_high = !new_high;
            }
            if (old_high && new_high) != high {
                high = !high;
                self.edges.push(at);
            }
        }
    }

    /// Lets every electrically rising edge arrive `delay` seconds late, as a pull-up too weak for the cable
    /// does; pulses shorter than that vanish.  For the edges of one transmission, before [`Wire::add`].
    pub fn slow_rise(&self, edges: &mut Vec<f64>, delay: f64) {
        let mut slow: Vec<f64> = Vec::with_capacity(edges.len());
        for (i, &at) in edges.iter().enumerate() {
            // Even edges fall logically, so on an inverting wire they are the ones that rise.
            let rises = i.is_multiple_of(2) == self.invert;
            match slow.last() {
                Some(&last) if !rises && at <= last => {
                    slow.pop();
                }
                _ => slow.push(if rises { at + delay } else { at }),
            }
        }
        *edges = slow;
    }

    fn count(&self) -> usize {
        self.dropped + self.edges.len()
    }

    /// Instant of edge number `index`, counted from the wire's first ever.
    fn edge(&self, index: usize) -> Option<f64> {
        self.edges.get(index.checked_sub(self.dropped)?).copied()
    }

    /// Level at the receiver before edge number `index`.
    fn level(&self, index: usize) -> bool {
        index.is_multiple_of(2) != self.invert
    }

    /// Drops what `receiver` has passed.
    pub fn forget(&mut self, receiver: &Receiver) {
        let passed = receiver.cursor.saturating_sub(self.dropped).min(self.edges.len());
        if passed > 4096 {
            self.edges.drain(..passed);
            self.dropped += passed;
        }
    }
}

/// How a receiver goes on after a character whose stop bit was low.  No adapter's manual says which it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Model {
    /// It waits for the line to go high, then for the next falling edge.
    A,
    /// It takes the low stop bit for the next start bit (16550 family: "assumes that the framing error was
    /// due to the next start bit").  Opened on a low line it reports one break.
    B,
}

/// A character as the receiver's shift register delivered it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Character {
    /// Its data bits.
    pub byte: u8,
    /// The stop bit was low.
    pub framing: bool,
    /// The parity bit was wrong.
    pub parity: bool,
    /// Everything was low, stop bit included.
    pub broke: bool,
    /// The middle of its stop bit.
    pub at: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum State {
    /// Just switched on.
    Opening,
    /// Waits for high, then for a falling edge.
    Hunting,
    /// A low stop bit is the next start bit, which began at this tick.
    Started(i64),
}

/// A UART's receiver.
#[derive(Debug, Clone)]
pub struct Receiver {
    data: u8,
    parity: Parity,
    model: Model,
    /// When it was switched on: its tick 0.
    since: f64,
    /// Seconds between samples.
    step: f64,
    state: State,
    tick: i64,
    /// Number of the next edge that it has not passed.
    cursor: usize,
}

impl Receiver {
    /// Switches a receiver on at `since`.
    pub fn new(settings: &LineSettings, model: Model, wire: &Wire, since: f64) -> Self {
        let mut receiver = Receiver {
            data: settings.data_bits.count(),
            parity: settings.parity,
            model,
            since,
            step: 1.0 / (f64::from(settings.baudrate) * OVERSAMPLING as f64),
            state: State::Opening,
            tick: 0,
            cursor: wire.dropped,
        };
        receiver.level(wire, 0);
        receiver
    }

    /// The next character that is complete at `until` or before; all edges up to then must be on the wire.
    /// `None` changes nothing, so asking again later is right.
    pub fn next(&mut self, wire: &Wire, until: f64) -> Option<Character> {
        let before = (self.state, self.tick, self.cursor);
        match self.character(wire, until) {
            Some(character) if character.at <= until => Some(character),
            _ => {
                (self.state, self.tick, self.cursor) = before;
                None
            }
        }
    }

    fn time(&self, tick: i64) -> f64 {
        self.since + tick as f64 * self.step
    }

    fn level(&mut self, wire: &Wire, tick: i64) -> bool {
        let at = self.time(tick);
        while wire.edge(self.cursor).is_some_and(|edge| edge <= at) {
            self.cursor += 1;
        }
        wire.level(self.cursor)
    }

    /// Majority of three samples around `tick`.
    fn sample(&mut self, wire: &Wire, tick: i64) -> bool {
        let a = self.level(wire, tick - 1);
        let b = self.level(wire, tick);
        let c = self.level(wire, tick + 1);
        if a == b { a } else { c }
    }

    /// Goes on to the first tick whose level is `level`.
    fn wait(&mut self, wire: &Wire, level: bool) -> Option<()> {
        while self.level(wire, self.tick) != level {
            let edge = wire.edge(self.cursor)?;
            let tick = ((edge - self.since) / self.step).ceil() as i64;
            self.tick = tick.max(self.tick + 1);
        }
        Some(())
    }

    fn bits_before_stop(&self) -> i64 {
        1 + i64::from(self.data) + i64::from(self.parity != Parity::None)
    }

    fn character(&mut self, wire: &Wire, until: f64) -> Option<Character> {
        if self.state == State::Opening {
            self.state = State::Hunting;
            let whole = (self.bits_before_stop() + 1) * OVERSAMPLING;
            let end = self.time(whole);
            if self.model == Model::B
                && !self.level(wire, 0)
                && wire.edge(self.cursor).is_none_or(|edge| edge > end)
            {
                self.tick = whole;
                return Some(Character { byte: 0, framing: true, parity: false, broke: true, at: end });
            }
        }
        let start = match self.state {
            State::Started(tick) => tick,
            _ => loop {
                self.wait(wire, true)?;
                self.wait(wire, false)?;
                if self.time(self.tick) > until {
                    return None;
                }
                let start = self.tick;
                // A start bit must still be low in its middle, or it was a spike.
                if !self.sample(wire, start + OVERSAMPLING / 2) {
                    break start;
                }
                self.tick = start + OVERSAMPLING / 2 + 1;
            },
        };
        let middle = |bit: i64| start + OVERSAMPLING / 2 + OVERSAMPLING * bit;
        let mut byte = 0u8;
        let mut any_high = false;
        for i in 0..self.data {
            if self.sample(wire, middle(1 + i64::from(i))) {
                byte |= 1 << i;
                any_high = true;
            }
        }
        let mut parity = false;
        if let Some(expected) = parity_bit(self.parity, byte, self.data) {
            let bit = self.sample(wire, middle(1 + i64::from(self.data)));
            any_high |= bit;
            parity = bit != expected;
        }
        let stop = self.bits_before_stop();
        let good = self.sample(wire, middle(stop));
        self.tick = middle(stop) + 1;
        let broke = !good && !any_high;
        self.state = if !good && !broke && self.model == Model::B {
            State::Started(start + OVERSAMPLING * stop)
        } else {
            State::Hunting
        };
        // Nothing but low is a break, whatever parity is expected.
        Some(Character { byte, framing: !good, parity: parity && !broke, broke, at: self.time(self.tick) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::DataBits;

    fn settings(baudrate: u32, data_bits: DataBits, parity: Parity) -> LineSettings {
        LineSettings { baudrate, data_bits, parity, stop_bits: StopBits::One }
    }

    fn eight_n_one(baudrate: u32) -> LineSettings {
        settings(baudrate, DataBits::Eight, Parity::None)
    }

    /// What a receiver makes of `bytes`: they start 10 ms after it was switched on.
    fn hear(
        bytes: &[u8],
        transmitter: &Transmitter,
        listen: LineSettings,
        invert: bool,
        model: Model,
    ) -> Vec<Character> {
        let mut wire = Wire::new(invert);
        let mut edges = Vec::new();
        let end = transmitter.send(0.01, bytes, &mut Random::new(1), &mut edges);
        wire.add(&edges);
        let mut receiver = Receiver::new(&listen, model, &wire, 0.0);
        std::iter::from_fn(|| receiver.next(&wire, end + 1.0)).collect()
    }

    fn bytes(heard: &[Character]) -> Vec<u8> {
        heard.iter().map(|c| c.byte).collect()
    }

    #[test]
    fn the_same_settings_hear_every_byte() {
        let all: Vec<u8> = (0..=255).collect();
        for parity in [Parity::None, Parity::Even, Parity::Odd] {
            for model in [Model::A, Model::B] {
                for clock in [-0.02, 0.0, 0.02] {
                    let line = settings(9600, DataBits::Eight, parity);
                    let transmitter =
                        Transmitter { clock, gaps: 0.2, jitter: 0.02, ..Transmitter::new(line) };
                    let heard = hear(&all, &transmitter, line, false, model);
                    assert_eq!(bytes(&heard), all, "{parity:?} {model:?} {clock}");
                    assert!(heard.iter().all(|c| !c.framing && !c.parity && !c.broke));
                }
            }
        }
    }

    #[test]
    fn seven_bits_leave_the_eighth_out() {
        let line = settings(300, DataBits::Seven, Parity::Odd);
        let heard = hear(b"\x2F\xAF\x7F", &Transmitter::new(line), line, false, Model::A);
        assert_eq!(bytes(&heard), b"\x2F\x2F\x7F");
    }

    #[test]
    fn a_character_takes_its_time() {
        // 8N1: the middle of the stop bit is 9.5 bits after the falling edge; detected within a sample.
        let heard = hear(b"U", &Transmitter::new(eight_n_one(1000)), eight_n_one(1000), false, Model::A);
        let at = heard.first().map(|c| c.at);
        assert!(at.is_some_and(|at| (0.0195..0.0197).contains(&at)), "{at:?}");
    }

    /// `/` is 0 1111 0100 1 on the wire (start, bits from the lowest, stop).  Inverted: 1 0000 1011 0.  A
    /// receiver starts at the first falling edge, which is data bit 0, and reads 000 1011 0, lowest first:
    /// 0x68.  The next character's inverted start bit is its stop bit.
    #[test]
    fn an_inverted_slash_is_an_h() {
        for model in [Model::A, Model::B] {
            let heard = hear(
                b"/KFM5KAIFA-METER",
                &Transmitter::new(eight_n_one(115_200)),
                eight_n_one(115_200),
                true,
                model,
            );
            let heard: Vec<_> = heard.iter().skip_while(|c| c.broke).collect();
            // "hZ" is what the owner of such a meter saw (esphome/issues#2966).
            assert_eq!(heard.iter().map(|c| c.byte).take(2).collect::<Vec<_>>(), b"hZ", "{model:?}");
            assert!(!heard[0].framing);
        }
    }

    #[test]
    fn seven_even_heard_as_eight_none_has_parity_on_top() {
        let text = b"/ISK5\\2M550T-1012\r\n";
        let line = settings(9600, DataBits::Seven, Parity::Even);
        for model in [Model::A, Model::B] {
            let heard = hear(text, &Transmitter::new(line), eight_n_one(9600), false, model);
            let want: Vec<u8> = text.iter().map(|c| c | (((c.count_ones() % 2) as u8) << 7)).collect();
            assert_eq!(bytes(&heard), want);
            assert!(heard.iter().all(|c| !c.framing));
        }
    }

    #[test]
    fn eight_even_heard_as_eight_none_shows_parity_as_framing() {
        let all: Vec<u8> = (1..=255).collect();
        let line = settings(2400, DataBits::Eight, Parity::Even);
        let heard = hear(&all, &Transmitter::new(line), eight_n_one(2400), false, Model::A);
        assert_eq!(bytes(&heard), all);
        for character in heard {
            assert_eq!(character.framing, character.byte.count_ones() % 2 == 0, "{:#04x}", character.byte);
        }
    }

    /// Model B, 8E1 heard at 8N1: 0x03 is 0 1100 0000 0 1 on the wire.  The parity bit 0 stands where the
    /// stop bit should be, and begins a character for model B: its data bits are the true stop bit and what
    /// follows, here idle: 0xFF.
    #[test]
    fn model_b_takes_a_low_stop_bit_for_a_start_bit() {
        let line = settings(2400, DataBits::Eight, Parity::Even);
        let heard = hear(b"\x03", &Transmitter::new(line), eight_n_one(2400), false, Model::B);
        assert_eq!(bytes(&heard), [0x03, 0xFF]);
        assert_eq!(heard.iter().map(|c| c.framing).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_slow_line_heard_fast_is_one_break_per_falling_edge() {
        // 'U' = 0 1010 1010 1 has five falling edges.
        let heard = hear(b"UU", &Transmitter::new(eight_n_one(300)), eight_n_one(115_200), false, Model::A);
        assert_eq!(heard.len(), 10);
        assert!(heard.iter().all(|c| c.byte == 0 && c.broke && c.framing));
    }

    #[test]
    fn opened_on_a_low_line_only_model_b_reports_a_break() {
        let line = eight_n_one(9600);
        assert_eq!(hear(b"", &Transmitter::new(line), line, true, Model::A), []);
        let heard = hear(b"", &Transmitter::new(line), line, true, Model::B);
        assert_eq!(heard.len(), 1);
        assert!(heard[0].broke);
    }

    #[test]
    fn asking_in_small_steps_changes_nothing() {
        let transmitter = Transmitter { gaps: 0.3, jitter: 0.05, ..Transmitter::new(eight_n_one(38_400)) };
        let text: Vec<u8> = (0..=255).rev().collect();
        let once = hear(&text, &transmitter, eight_n_one(57_600), true, Model::B);
        let mut wire = Wire::new(true);
        let mut edges = Vec::new();
        let end = transmitter.send(0.01, &text, &mut Random::new(1), &mut edges);
        wire.add(&edges);
        let mut receiver = Receiver::new(&eight_n_one(57_600), Model::B, &wire, 0.0);
        let mut often = Vec::new();
        let mut until = 0.0;
        while until < end + 1.0 {
            until += 0.000_037;
            often.extend(std::iter::from_fn(|| receiver.next(&wire, until)));
            wire.forget(&receiver);
        }
        assert_eq!(once, often);
    }

    #[test]
    fn low_wins_where_two_speak() {
        let mut wire = Wire::new(false);
        wire.add(&[1.0, 2.0, 5.0, 6.0]);
        wire.add(&[1.5, 3.0, 5.2, 5.4, 7.0, 8.0]);
        assert_eq!(wire.edges, [1.0, 3.0, 5.0, 6.0, 7.0, 8.0]);
        wire.add(&[9.0, 10.0]);
        assert_eq!(wire.edges.len(), 8);
        wire.add(&[9.0, 10.0]);
        assert_eq!(wire.edges.len(), 8);
    }

    #[test]
    fn a_slow_rise_eats_short_pulses() {
        let wire = Wire::new(false);
        let mut edges = vec![0.0, 1.0, 1.4, 3.0];
        wire.slow_rise(&mut edges, 0.5);
        assert_eq!(edges, [0.0, 3.5]);
        let mut edges = vec![0.0, 1.0, 2.0, 3.0];
        Wire::new(true).slow_rise(&mut edges, 0.5);
        assert_eq!(edges, [0.5, 1.0, 2.5, 3.0]);
    }
}
