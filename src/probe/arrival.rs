//! When characters arrived, and what that says about the time between them.
//!
//! A character that was sampled wrongly leaves out how long the line stayed as it was behind the stop bit.  The
//! times at which characters arrive tell just that, as well as the adapter knows them: a USB frame of 1 ms is a
//! third of a bit at 300 baud, and two and a half at 2400.
//!
//! An arrival is late, never early: by up to the adapter's quantum as a rule, by whatever the host takes now and
//! then.  So an [`Arrival`] is a span in which the character ended, with soft ends, and no single one rules
//! anything out.  A [`Tracker`] carries on, along one reading of the line, where within their spans the
//! characters should be: it learns how far behind the line the stamps are, and how far the meter's clock is off.

use super::trellis::{Sampled, Window};
use crate::line::Heard;
use std::time::Duration;

/// A bit of the receiver.
const BIT: f64 = 1024.0;

/// When a character ended: between two instants.  In 1/1024 bits of the receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// From the middle of the span of the character before to the middle of this one's.
    pub since: i32,
    /// Half of the span.
    pub within: i32,
    /// The span's ends are this uncertain.
    pub soft: i32,
}

/// Spans longer than this many bits say next to nothing.
const LONGEST: f64 = 25.0;

/// No span is shorter than this many bits: a receiver looks at the line sixteen times a bit.
const NARROWEST: f64 = 1.0 / 8.0;

/// A character may begin this many bits before the one before has ended: with the low stop bit of that.
const OVERLAP: f64 = 0.5;

/// A host may be late by this many seconds more than its adapter, without being busy.
const HOST: f64 = 0.000_1;

/// One character in so many may be much later than the adapter's quantum allows; with more, it collects characters,
/// and times tell nothing.
const LATE: usize = 12;

/// A gap longer than this many bits is silence: what is behind it begins anew.
const SILENCE: f64 = 1.0e6;

/// Adds to characters heard at `baudrate` when they arrived, where arrivals are at most `quantum` late as a rule and
/// that is short enough to tell anything.
pub fn timed(samples: Vec<Sampled>, heard: &[Heard], baudrate: u32, quantum: Duration) -> Vec<Sampled> {
    timed_on(samples, heard, baudrate, baudrate, quantum)
}

/// The same where a line of another baud rate is listened to: `line`.
pub fn timed_on(
    mut samples: Vec<Sampled>,
    heard: &[Heard],
    baudrate: u32,
    line: u32,
    quantum: Duration,
) -> Vec<Sampled> {
    let rate = f64::from(baudrate);
    let window = quantum.as_secs_f64() * rate;
    if quantum.as_secs_f64() * f64::from(line) > LONGEST {
        return samples;
    }
    let soft = HOST * rate + 1.0 / 32.0;
    // A character ends no sooner than this after the one before, however the receiver goes on.
    let shortest = samples.first().map_or(Window::EIGHT_N, |s| s.window).length() - OVERLAP;
    let ends = ends(heard, rate, window, shortest);
    // Known to have been later than that.
    let late = ends.iter().filter(|(from, to)| to - from < -soft).count();
    if late > heard.len() / LATE + 2 {
        return samples;
    }
    let mut before: Option<f64> = None;
    let mut earliest = f64::NEG_INFINITY;
    for (sample, (from, to)) in samples.iter_mut().zip(ends) {
        earliest = (earliest + shortest).max(if from > to { to - window } else { from }).min(to);
        let middle = (earliest + to) / 2.0;
        let since = middle - before.unwrap_or(middle);
        sample.arrival = Some(Arrival {
            since: (since.min(SILENCE) * BIT).round() as i32,
            within: ((to - earliest).max(NARROWEST) / 2.0 * BIT).round() as i32,
            soft: (soft * BIT).round() as i32,
        });
        before = Some(middle);
    }
    samples
}

/// From when to when each character may have ended, in bits since the first arrived: no later than allows
/// for those behind it, each `shortest` at least.  The other way round where it arrived later than `window` after that.
fn ends(heard: &[Heard], rate: f64, window: f64, shortest: f64) -> Vec<(f64, f64)> {
    let first = heard.first().map_or(Duration::ZERO, |h| h.at);
    let mut latest = f64::INFINITY;
    let mut ends: Vec<(f64, f64)> = heard
        .iter()
        .rev()
        .map(|h| {
            let at = h.at.saturating_sub(first).as_secs_f64() * rate;
            latest = (latest - shortest).min(at);
            (at - window, latest)
        })
        .collect();
    ends.reverse();
    ends
}

/// How a character began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With a falling edge that was waited for.
    Edge,
    /// The same, and behind the character before the line was idle for an unknown time.
    Pause,
    /// With the low stop bit of the character before.
    Chained,
}

/// Time from the end of one character to the end of the next, as one reading of the line has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Passed {
    /// Bits of the meter; with [`How::Pause`] at least so many.
    pub bits: f32,
    /// Bits of the meter in one of the receiver.
    pub step: f32,
    /// How the later one began.
    pub how: How,
}

/// How far a reading of the line is behind what arrived, and how well that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tracker {
    /// Characters were heard.
    started: bool,
    /// The span's middle is this many bits behind the end of the last character.
    behind: f32,
    /// The meter's bits are longer by this share than they were taken for.
    slow: f32,
    /// Variances of both, and what they share.
    spread: [f32; 3],
    /// Bits of the last characters, each of which began with the stop bit of the one before: on the receiver's
    /// clock, the meter's shows at the next falling edge that is waited for.
    owed: f32,
    /// The last character ended this many bits earlier or later than it is taken to.
    blur: f32,
}

/// Idle time behind a character is this many bits long on average, and one time in ten it may be as long as it
/// likes.
const PAUSE: f32 = 4.0;

/// Nothing is more improbable than this: hosts are late, in nats.
const WORST_LATE: f32 = 7.0;
/// Nor this: nothing arrives before it was sent, but who knows.
const WORST_EARLY: f32 = 10.0;

/// Variance that a character adds: sampling has a grid.
const GRID: f32 = 0.000_5;

impl Tracker {
    /// A tracker that has heard nothing yet, for a meter whose clock is known this well (standard deviation).
    pub const fn new(clock: f32) -> Self {
        Tracker {
            started: false,
            behind: 0.0,
            slow: 0.0,
            spread: [0.0, 0.0, clock * clock],
            owed: 0.0,
            blur: 0.0,
        }
    }

    /// The last character may have ended this many bits earlier or later (standard deviation).
    pub const fn blurred(self, blur: f32) -> Self {
        Tracker { blur, ..self }
    }

    /// Either this or, with the probability `share`, the other.
    pub fn blended(&self, other: &Self, share: f32) -> Self {
        let mean = |a: f32, b: f32| a + share * (b - a);
        let (behind, slow) = (other.behind - self.behind, other.slow - self.slow);
        let apart = share * (1.0 - share);
        let [own, shared, clock] = self.spread;
        let spread = [
            mean(own, other.spread[0]) + apart * behind * behind,
            mean(shared, other.spread[1]) - apart * behind * slow,
            mean(clock, other.spread[2]) + apart * slow * slow,
        ];
        let (behind, slow) = (mean(self.behind, other.behind), mean(self.slow, other.slow));
        Tracker { behind, slow, spread, blur: self.blur.max(other.blur), ..*self }
    }

    /// How much longer the meter's bits are than they were taken for, and how well that is known (standard
    /// deviation).
    pub fn slow(&self) -> (f32, f32) {
        (self.slow, self.spread[2].max(0.0).sqrt())
    }

    /// Bits since the last falling edge that was waited for: only then the meter's clock shows.
    fn metered(&self, passed: &Passed) -> f32 {
        if passed.how == How::Chained { 0.0 } else { passed.bits + self.owed }
    }

    /// The span and where it would be: bits behind its middle, half of it, and how uncertain its ends are.
    fn place(&self, arrival: &Arrival, passed: &Passed) -> (f32, f32, f32) {
        let scale = passed.step / BIT as f32;
        let metered = self.metered(passed);
        let behind = self.behind + arrival.since as f32 * scale - passed.bits - metered * self.slow;
        let [own, shared, slow] = self.spread;
        let variance = own + metered * (2.0 * shared + metered * slow) + self.blur * self.blur + GRID;
        let soft = arrival.soft as f32 * scale;
        (behind, arrival.within as f32 * scale, (variance + 0.3 * soft * soft).max(0.0).sqrt())
    }

    /// Cost in nats of a character after such a time.
    pub fn cost(&self, arrival: &Arrival, passed: &Passed) -> f32 {
        if !self.started {
            return if passed.how == How::Pause { 1.0 } else { 0.0 };
        }
        let (behind, within, soft) = self.place(arrival, passed);
        if passed.how == How::Pause {
            let inside = paused(behind + within, soft) - paused(behind - within, soft);
            return -(inside + (-WORST_EARLY).exp()).ln();
        }
        let outside = behind.abs() - within;
        if outside < -3.0 * soft && within > 3.0 * soft {
            return 0.0;
        }
        let worst = if behind > 0.0 { WORST_LATE } else { WORST_EARLY };
        if outside > 6.0 * soft {
            return worst;
        }
        let inside = below((behind + within) / soft) - below((behind - within) / soft);
        -(inside + (-worst).exp()).ln()
    }

    /// Such a character would be late for reasons of the host.
    pub fn is_late(&self, arrival: &Arrival, passed: &Passed) -> bool {
        let (behind, within, soft) = self.place(arrival, passed);
        self.started && passed.how != How::Pause && behind > within + 4.0 * soft
    }

    /// More bits than these cannot have passed since the character before.
    pub fn most(&self, arrival: &Arrival, step: f32) -> f32 {
        if !self.started {
            return f32::INFINITY;
        }
        let passed = Passed { bits: 10.0, step, how: How::Edge };
        let (behind, within, soft) = self.place(arrival, &passed);
        passed.bits + behind + within + 4.0 * soft + 0.5
    }

    /// After a character that ended so long after the one before it.
    pub fn after(&self, arrival: &Arrival, passed: &Passed) -> Self {
        let (behind, within, soft) = self.place(arrival, passed);
        let metered = self.metered(passed);
        let owed = if passed.how == How::Chained { self.owed + passed.bits } else { 0.0 };
        let [own, shared, slow] = self.spread;
        let noise = within * within / 3.0 + 0.001;
        if !self.started {
            return Tracker { started: true, behind: 0.0, spread: [noise, 0.0, slow], ..*self };
        }
        if passed.how == How::Pause {
            // The later it began, the longer it was.
            let to = behind.clamp(-within, within);
            let width = to + within;
            let spread = [width * width / 12.0 + 0.001, 0.0, slow];
            return Tracker { behind: (to - within) / 2.0, spread, owed, ..*self };
        }
        let own = own + metered * (2.0 * shared + metered * slow) + self.blur * self.blur + GRID;
        let shared = shared + metered * slow;
        if behind > within + 4.0 * soft {
            // Late for reasons of the host: that says nothing.
            let more = 0.1 * noise;
            return Tracker { behind, spread: [own + more, shared, slow], owed, ..*self };
        }
        let total = own + noise;
        let (by, clock) = (own / total, shared / total);
        Tracker {
            behind: behind - by * behind,
            slow: self.slow + clock * behind,
            spread: [own - by * own, shared - by * shared, slow - clock * shared],
            owed,
            ..*self
        }
    }
}

/// Share of a normal distribution below `z` standard deviations.
fn below(z: f32) -> f32 {
    1.0 / (1.0 + (-z * (1.595_77 + 0.070_56 * z * z)).clamp(-80.0, 80.0).exp())
}

/// Share of pauses that are shorter than this, where that is uncertain by `soft`.
fn paused(bits: f32, soft: f32) -> f32 {
    let bits = if bits > 6.0 * soft { bits } else { soft * (bits / soft).exp().ln_1p() };
    0.9 * (1.0 - (-bits / PAUSE).exp()) + 0.1 * bits / (bits + 10.0 * PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::uart::Model;
    use crate::line::{DataBits, Flag, Flags, Parity};
    use crate::probe::baud::LISTENING;
    use crate::probe::content::Content;
    use crate::probe::trellis::{Hypothesis, QUICK, Search, sampled};
    use proptest::prelude::*;

    const MILLISECOND: Duration = Duration::from_millis(1);

    fn heard(bytes: &[u8], at: impl Fn(usize) -> Duration) -> Vec<Heard> {
        let one = |(i, byte): (usize, &u8)| Heard { byte: *byte, flag: Flag::None, at: at(i) };
        bytes.iter().enumerate().map(one).collect()
    }

    fn timed_at(baudrate: u32, heard: &[Heard], quantum: Duration) -> Vec<Option<Arrival>> {
        let samples = timed(sampled(heard, LISTENING, Flags::None), heard, baudrate, quantum);
        samples.iter().map(|s| s.arrival).collect()
    }

    #[test]
    fn times_that_are_too_coarse_or_plainly_wrong_are_left_out() {
        let steadily = heard(&[b'U'; 60], |i| Duration::from_millis(34 * i as u64));
        assert!(timed_at(300, &steadily, MILLISECOND).iter().all(Option::is_some));
        // 16 ms are 38 bits at 2400 baud.
        assert!(timed_at(2400, &steadily, 16 * MILLISECOND).iter().all(Option::is_none));
        // Eight at a time, as a 16550 with its FIFO on hands them over: seven of them were later than said.
        let together = heard(&[b'U'; 60], |i| Duration::from_millis(8 * 34 * (i as u64 / 8)));
        assert!(timed_at(300, &together, MILLISECOND).iter().all(Option::is_none));
        // Once is an accident.
        let once = heard(&[b'U'; 60], |i| Duration::from_millis(34 * i.max(4) as u64));
        assert!(timed_at(300, &once, MILLISECOND).iter().all(Option::is_some));
    }

    #[test]
    fn a_span_ends_before_the_next_character_could() {
        // At 9600 baud two characters fit into a millisecond: the first of them ended nine bits before that.
        let at = |i: usize| Duration::from_millis([0, 5, 5][i]);
        let arrivals = timed_at(9600, &heard(b"abc", at), MILLISECOND);
        // 9.6 bits wide before the 48th bit; then 9.6 - 9 bits wide before the 39th.
        let middle = |i: usize| arrivals[i].map(|a| (a.since, a.within));
        let bit = BIT as i32;
        assert_eq!(middle(0), Some((0, (4.8 * BIT).round() as i32)));
        assert_eq!(middle(1), Some(((43.5 * BIT) as i32, (0.3 * BIT).round() as i32)));
        // Its own earliest is nine bits after the earliest of the one before, at 47.4.
        assert_eq!(middle(2), Some((9 * bit, (0.3 * BIT).round() as i32)));
    }

    /// A character every ten bits, a third of a bit wide.
    fn arrival(bits: f64) -> Arrival {
        Arrival { since: (bits * BIT) as i32, within: 150, soft: 60 }
    }

    fn edge(bits: f32) -> Passed {
        Passed { bits, step: 1.0, how: How::Edge }
    }

    fn trained(count: usize, bits: f64) -> Tracker {
        (0..count).fold(Tracker::new(0.012), |t, _| t.after(&arrival(bits), &edge(10.0)))
    }

    #[test]
    fn a_bit_more_or_less_shows_at_once_where_it_is_long() {
        let tracker = trained(20, 10.0);
        assert!(tracker.cost(&arrival(10.0), &edge(10.0)) < 0.5);
        assert!(tracker.cost(&arrival(10.0), &edge(11.0)) > 5.0);
        assert!(tracker.cost(&arrival(11.0), &edge(10.0)) > 5.0);
        // Idle time explains a late one, and no early one.
        let late = tracker.cost(&arrival(12.5), &Passed { how: How::Pause, ..edge(10.0) });
        assert!((1.0..5.0).contains(&late), "{late}");
        assert!(tracker.cost(&arrival(8.0), &Passed { how: How::Pause, ..edge(10.0) }) > 5.0);
    }

    #[test]
    fn a_clock_that_is_off_is_learned() {
        let tracker = trained(40, 10.2);
        assert!((tracker.slow - 0.02).abs() < 0.002, "{tracker:?}");
        assert!(tracker.cost(&arrival(10.2), &edge(10.0)) < 0.5);
        assert!(tracker.cost(&arrival(20.4), &edge(20.0)) < 0.5);
    }

    #[test]
    fn a_host_that_was_busy_once_is_forgiven() {
        let tracker = trained(20, 10.0);
        assert!(tracker.is_late(&arrival(40.0), &edge(10.0)));
        let cost = tracker.cost(&arrival(40.0), &edge(10.0));
        assert!((cost - WORST_LATE).abs() < 0.1, "{cost}");
        let after = tracker.after(&arrival(40.0), &edge(10.0));
        // The next one is on time again.
        assert!(after.cost(&arrival(-20.0), &edge(10.0)) < 0.5);
        assert!(!after.is_late(&arrival(-20.0), &edge(10.0)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn no_times_panic(
            bytes in prop::collection::vec((any::<u8>(), prop::sample::select(vec![0, 1, 2_000, 30_000_000, u64::MAX])), 1..40),
            jump in any::<bool>(),
            model in prop::sample::select(vec![Model::A, Model::B]),
            invert in any::<bool>(),
        ) {
            let mut at = 0u64;
            let heard: Vec<Heard> = bytes
                .iter()
                .map(|(byte, after)| {
                    at = if jump { *after } else { at.saturating_add(*after) };
                    Heard { byte: *byte, flag: Flag::None, at: Duration::from_micros(at) }
                })
                .collect();
            let hypothesis = Hypothesis {
                invert,
                data_bits: DataBits::Eight,
                parity: Parity::Even,
                two_stop_bits: false,
                model,
                step: 1.0,
                content: Content::Flat,
            };
            for baudrate in [0, 300, 4800, u32::MAX] {
                let samples = timed(sampled(&heard, LISTENING, Flags::None), &heard, baudrate, MILLISECOND);
                let mut search = Search::new(&hypothesis, QUICK);
                search.feed(&samples);
                let _ = search.readings(4.0).take(3).count();
            }
        }
    }
}
