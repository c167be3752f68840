//! A simulated line: what speaks on it, the wire with its faults, and an adapter that listens, in virtual time.
//!
//! Reading with a time-out lets virtual time pass, and nothing else does (setting the line and sending take
//! the time they take on a real adapter).  The same talkers and the same seed give the same characters.

use super::chip::{Chip, Packets, duration};
use super::random::Random;
use super::uart::{Model, Receiver, Transmitter, Wire};
use super::{Adapter, Capabilities, DataBits, Heard, LineSettings, Parity, StopBits};
use crate::error::Result;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Something a talker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Speech {
    /// When it starts, on the line's clock.
    pub at: Duration,
    /// The line is held low for this long first.
    pub low: Duration,
    /// The bytes, back to back.
    pub bytes: Vec<u8>,
}

impl Speech {
    /// Bytes, from `at` on.
    pub const fn new(at: Duration, bytes: Vec<u8>) -> Self {
        Speech { at, low: Duration::ZERO, bytes }
    }
}

/// What speaks on a line: a meter.  Knows time only as it is told.
pub trait Talker: Send {
    /// What it says next without being asked, not before `free` (when the line is free again after what it
    /// said last); `None` when it never will.
    fn push(&mut self, free: Duration) -> Option<Speech>;

    /// Its answer to `bytes`, the last of which ended at `at`; characters that its receiver found in error
    /// are left out.  A request may come in several pieces.
    fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
        let _ = (at, bytes);
        None
    }
}

/// A line and an adapter, all properties.
#[derive(Debug, Clone)]
pub struct SimOptions {
    /// How the talkers send.
    pub line: LineSettings,
    /// The line is inverted where it reaches the adapter (what the adapter sends is not).
    pub invert: bool,
    /// Relative clock error of the talkers.
    pub clock: f64,
    /// Share of characters with a gap of up to six bits behind them.
    pub gaps: f64,
    /// Standard deviation of edges, in bits.
    pub jitter: f64,
    /// Probability of a flipped bit.
    pub noise: f64,
    /// Rising edges come late by this many of the line's bits: a pull-up too weak.
    pub slow_rise: f64,
    /// The wire picks up edges of its own, this many a second on average.
    pub hum: f64,
    /// The line is low for ever.
    pub stuck: bool,
    /// What is sent is heard as well, as on an optical head.
    pub echo: bool,
    /// The adapter.
    pub chip: Chip,
    /// FTDI's latency timer: 16 ms as delivered, 1 ms as Linux users may set it.
    pub latency: Duration,
    /// The receiver's habit after a framing error.
    pub model: Model,
    /// How long setting the line takes.
    pub hop: Duration,
    /// The computer has other things to do: now and then it reads late, by up to so long.
    pub busy: Duration,
    /// Everything random follows from it.
    pub seed: u64,
    /// Let real time pass along with virtual time.
    pub realtime: bool,
}

impl SimOptions {
    /// A good line on an ideal adapter.
    pub const fn new(line: LineSettings) -> Self {
        SimOptions {
            line,
            invert: false,
            clock: 0.0,
            gaps: 0.0,
            jitter: 0.0,
            noise: 0.0,
            slow_rise: 0.0,
            hum: 0.0,
            stuck: false,
            echo: false,
            chip: Chip::Ideal,
            latency: Duration::from_millis(1),
            model: Model::A,
            hop: Duration::from_millis(30),
            busy: Duration::ZERO,
            seed: 0,
            realtime: false,
        }
    }
}

/// A talker and what it will say next.
struct Source {
    talker: Box<dyn Talker>,
    next: Option<Speech>,
    /// When it has ended its last speech, in seconds.
    free: f64,
    /// It has pushed something.
    pushed: bool,
}

impl Source {
    fn start(&self) -> f64 {
        self.next.as_ref().map_or(f64::INFINITY, |speech| speech.at.as_secs_f64().max(self.free))
    }
}

/// How long after the last stop bit a chip may keep characters back, in seconds.
const AFTERGLOW: f64 = 0.3;

/// Edges of [`SimOptions::hum`] are made for this long at a time, in seconds.
const HUM_SLICE: f64 = 0.25;

/// An adapter on a simulated line.
pub struct SimAdapter {
    options: SimOptions,
    transmitter: Transmitter,
    sources: Vec<Source>,
    wire: Wire,
    receiver: Receiver,
    listening: LineSettings,
    packets: Packets,
    ready: VecDeque<Heard>,
    random: Random,
    /// When the computer turns to other things next, and what decides that.
    distracted: f64,
    distractions: Random,
    /// Up to when hum is on the wire.
    hummed: f64,
    now: f64,
    opened: Instant,
    scratch: Vec<f64>,
}

/// What an adapter listens at until it is told otherwise.
const AT_OPENING: LineSettings = LineSettings {
    baudrate: 9600,
    data_bits: DataBits::Eight,
    parity: Parity::None,
    stop_bits: StopBits::One,
};

impl SimAdapter {
    /// An adapter on a line with these talkers, at time zero.  Several talkers disturb each other.
    pub fn new(options: SimOptions, talkers: Vec<Box<dyn Talker>>) -> Self {
        let mut wire = Wire::new(options.invert);
        if options.stuck {
            // Electrically low: on an inverted line that is its idle level, and then nothing to see at all.
            wire.invert = false;
            wire.add(&[0.0]);
        }
        let sources = talkers
            .into_iter()
            .map(|mut talker| Source { next: talker.push(Duration::ZERO), talker, free: 0.0, pushed: false })
            .collect();
        SimAdapter {
            transmitter: Transmitter {
                settings: options.line,
                clock: options.clock,
                gaps: options.gaps,
                jitter: options.jitter,
                noise: options.noise,
            },
            sources,
            receiver: Receiver::new(&AT_OPENING, options.model, &wire, 0.0),
            listening: AT_OPENING,
            packets: Packets::new(options.chip, options.latency),
            ready: VecDeque::new(),
            random: Random::part(options.seed, 1),
            distracted: 0.0,
            distractions: Random::part(options.seed, 9),
            hummed: 0.0,
            now: 0.0,
            opened: Instant::now(),
            scratch: Vec::new(),
            wire,
            options,
        }
    }

    /// Up to when (exclusively) everything is on the wire.
    fn known(&self) -> f64 {
        let hum = if self.options.hum > 0.0 { self.hummed } else { f64::INFINITY };
        self.sources.iter().map(Source::start).fold(hum, f64::min)
    }

    /// Puts on the wire whatever comes first after [`SimAdapter::known`].
    fn extend(&mut self) {
        let known = self.known();
        if self.options.hum > 0.0 && self.hummed <= known {
            self.hum();
            return;
        }
        let Some(source) = self.sources.iter_mut().find(|s| s.start() <= known) else { return };
        let start = source.start();
        let Some(speech) = source.next.take() else { return };
        source.free = speak(
            &speech,
            start,
            &self.transmitter,
            &self.options,
            &mut self.random,
            &mut self.scratch,
            &mut self.wire,
        );
        source.pushed = true;
        source.next = source.talker.push(duration(source.free));
    }

    fn hum(&mut self) {
        self.scratch.clear();
        let mut at = self.hummed;
        let end = self.hummed + HUM_SLICE;
        loop {
            at += -(1.0 - self.random.unit()).ln() / self.options.hum;
            if at >= end {
                break;
            }
            self.scratch.push(at);
        }
        if self.scratch.len() % 2 == 1 {
            self.scratch.push(end);
        }
        self.wire.add(&self.scratch);
        self.hummed = end;
    }

    /// Lets the receiver work until something is ready for the host, or until `until`.
    fn run(&mut self, until: f64) {
        loop {
            let due = self.packets.due().unwrap_or(f64::INFINITY);
            let limit = until.min(due);
            let known = self.known();
            let heard = if known > limit {
                self.receiver.next(&self.wire, limit)
            } else {
                // Exclusively: at `known` itself an edge may still appear.
                self.receiver.next(&self.wire, known.next_down())
            };
            if let Some(character) = heard {
                self.packets.take(character, &mut self.ready);
            } else if known <= limit {
                self.wire.forget(&self.receiver);
                self.extend();
            } else if due <= until {
                self.packets.send(due, &mut self.ready);
            } else {
                return;
            }
            if !self.ready.is_empty() {
                return;
            }
        }
    }

    /// Lets the receiver work until `until`, however much becomes ready.
    fn run_all(&mut self, until: f64) {
        let mut all = std::mem::take(&mut self.ready);
        loop {
            self.run(until);
            if self.ready.is_empty() {
                break;
            }
            all.append(&mut self.ready);
        }
        self.ready = all;
    }

    /// When what arrives at `at` is read: later, if the computer is busy then.
    fn noticed(&mut self, at: f64) -> f64 {
        let most = self.options.busy.as_secs_f64();
        let mut awake = 0.0;
        while most > 0.0 && at >= self.distracted {
            awake = self.distracted + most * self.distractions.unit();
            // As much time passes between two such things as they take.
            self.distracted = awake - most / 2.0 * (1.0 - self.distractions.unit()).ln();
        }
        at.max(awake)
    }

    /// Virtual time goes on to `to`.
    fn pass(&mut self, to: f64) {
        self.now = self.now.max(to);
        if self.options.realtime
            && let Some(ahead) = duration(self.now).checked_sub(self.opened.elapsed())
        {
            std::thread::sleep(ahead);
        }
    }
}

/// Puts a speech on the wire, and returns when its last stop bit has ended.
fn speak(
    speech: &Speech,
    start: f64,
    transmitter: &Transmitter,
    options: &SimOptions,
    random: &mut Random,
    edges: &mut Vec<f64>,
    wire: &mut Wire,
) -> f64 {
    edges.clear();
    let mut at = start;
    if !speech.low.is_zero() {
        edges.push(at);
        at += speech.low.as_secs_f64();
        edges.push(at);
        at += 2.0 * transmitter.bit();
    }
    let end = transmitter.send(at, &speech.bytes, random, edges);
    if options.slow_rise > 0.0 {
        wire.slow_rise(edges, options.slow_rise * transmitter.bit());
    }
    wire.add(edges);
    end
}

impl Adapter for SimAdapter {
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            driver: format!("simulated {}", self.options.chip.as_str()),
            flags: self.options.chip.flags(),
            timestamp_quantum: self.packets.quantum(),
            configurable: true,
            can_invert: false,
            doubtful: false,
        }
    }

    fn configure(&mut self, settings: &LineSettings) -> Result<()> {
        // The request takes half of the hop to reach the chip; until then it hears with the old settings.
        let hop = self.options.hop.as_secs_f64();
        let switch = self.now + hop / 2.0;
        self.run_all(switch);
        self.receiver = Receiver::new(settings, self.options.model, &self.wire, switch);
        self.listening = *settings;
        self.pass(self.now + hop);
        Ok(())
    }

    fn read(&mut self, into: &mut Vec<Heard>, timeout: Duration) -> Result<usize> {
        let deadline = self.now + timeout.as_secs_f64();
        if self.ready.is_empty() {
            self.run(deadline);
        }
        let arrival = self.ready.front().map(|heard| heard.at.as_secs_f64());
        let Some(arrival) = arrival.filter(|&at| at <= deadline) else {
            self.pass(deadline);
            return Ok(0);
        };
        let read = self.noticed(arrival);
        self.pass(read);
        self.run_all(self.now);
        let now = self.now();
        if read > arrival {
            self.ready.iter_mut().for_each(|heard| heard.at = now.max(heard.at));
        }
        let count = self.ready.iter().take_while(|heard| heard.at <= now).count().max(1);
        into.extend(self.ready.drain(..count));
        Ok(count)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut edges = Vec::new();
        let sender = Transmitter::new(self.listening);
        let end = sender.send(self.now, bytes, &mut self.random, &mut edges);
        if self.options.echo {
            self.wire.add(&edges);
        }
        let mut wire = Wire::new(false);
        wire.add(&edges);
        let mut meter = Receiver::new(&self.options.line, self.options.model, &wire, self.now - 1.0);
        let mut understood = Vec::new();
        // A slow meter may need until after our last bit to take the character for complete.
        let patience = end + 12.0 * self.transmitter.bit();
        while let Some(character) = meter.next(&wire, patience) {
            if !character.framing && !character.parity {
                understood.push(character.byte);
            }
        }
        self.pass(end);
        if understood.is_empty() {
            return Ok(());
        }
        for source in &mut self.sources {
            let Some(answer) = source.talker.hear(duration(end), &understood) else { continue };
            let start = answer.at.as_secs_f64().max(source.free).max(self.now);
            source.free = speak(
                &answer,
                start,
                &self.transmitter,
                &self.options,
                &mut self.random,
                &mut self.scratch,
                &mut self.wire,
            );
        }
        Ok(())
    }

    fn discard(&mut self) -> Result<()> {
        self.run_all(self.now);
        self.packets.clear();
        self.ready.clear();
        Ok(())
    }

    fn now(&self) -> Duration {
        duration(self.now)
    }

    fn settings(&self) -> Option<LineSettings> {
        Some(self.listening)
    }

    /// True when all talkers have pushed all they had to say, and that has arrived.
    fn exhausted(&self) -> bool {
        let done = |s: &Source| s.pushed && s.next.is_none() && self.now > s.free + AFTERGLOW;
        !self.sources.is_empty() && self.ready.is_empty() && self.sources.iter().all(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Flag;

    const LINE: LineSettings = LineSettings {
        baudrate: 9600,
        data_bits: DataBits::Eight,
        parity: Parity::None,
        stop_bits: StopBits::One,
    };

    /// Says the same every second, and `!` plus what it heard when it is spoken to.
    struct Parrot(&'static [u8], Duration);

    impl Talker for Parrot {
        fn push(&mut self, free: Duration) -> Option<Speech> {
            if self.0.is_empty() {
                return None;
            }
            self.1 = (self.1 + Duration::from_secs(1)).max(free);
            Some(Speech::new(self.1, self.0.to_vec()))
        }

        fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
            Some(Speech::new(at + Duration::from_millis(20), [b"!", bytes].concat()))
        }
    }

    fn parrot(text: &'static [u8]) -> Vec<Box<dyn Talker>> {
        vec![Box::new(Parrot(text, Duration::ZERO))]
    }

    fn listen(adapter: &mut SimAdapter, settings: LineSettings, seconds: u64) -> Vec<Heard> {
        adapter.configure(&settings).unwrap();
        let mut heard = Vec::new();
        let end = Duration::from_secs(seconds);
        while adapter.now() < end {
            adapter.read(&mut heard, end.saturating_sub(adapter.now())).unwrap();
        }
        heard
    }

    fn bytes(heard: &[Heard]) -> Vec<u8> {
        heard.iter().map(|h| h.byte).collect()
    }

    #[test]
    fn every_chip_delivers_in_order_and_in_time() {
        for chip in Chip::ALL {
            let options = SimOptions { chip, latency: Duration::from_millis(16), ..SimOptions::new(LINE) };
            let mut adapter = SimAdapter::new(options, parrot(b"hello, line"));
            let heard = listen(&mut adapter, LINE, 4);
            assert_eq!(bytes(&heard), b"hello, linehello, linehello, line", "{chip:?}");
            assert!(heard.is_sorted_by_key(|h| h.at));
            // 11 characters of 10 bits at 9600: 11.5 ms; the first is complete after 1 ms.
            let first = heard[0].at.as_secs_f64() - 1.0;
            let last = heard[10].at.as_secs_f64() - 1.0;
            assert!((0.000_9..0.018).contains(&first), "{chip:?} {first}");
            assert!((0.011..0.030).contains(&last), "{chip:?} {last}");
        }
    }

    #[test]
    fn time_passes_only_by_reading() {
        let mut adapter = SimAdapter::new(SimOptions::new(LINE), parrot(b"x"));
        assert_eq!(adapter.now(), Duration::ZERO);
        let mut heard = Vec::new();
        assert_eq!(adapter.read(&mut heard, Duration::from_millis(300)).unwrap(), 0);
        assert_eq!(adapter.now(), Duration::from_millis(300));
        assert_eq!(adapter.read(&mut heard, Duration::from_secs(60)).unwrap(), 1);
        assert!(adapter.now() < Duration::from_millis(1002));
    }

    #[test]
    fn the_timeout_does_not_change_what_is_heard() {
        let options = SimOptions {
            invert: true,
            gaps: 0.2,
            jitter: 0.03,
            noise: 0.001,
            chip: Chip::Ftdi,
            model: Model::B,
            seed: 3,
            ..SimOptions::new(LINE)
        };
        let once = listen(&mut SimAdapter::new(options.clone(), parrot(b"determinism")), LINE, 5);
        let mut adapter = SimAdapter::new(options, parrot(b"determinism"));
        adapter.configure(&LINE).unwrap();
        let mut often = Vec::new();
        while adapter.now() < Duration::from_secs(5) {
            adapter.read(&mut often, Duration::from_micros(713)).unwrap();
        }
        let often: Vec<_> = often.into_iter().filter(|h| h.at <= Duration::from_secs(5)).collect();
        assert_eq!(once, often);
        assert!(once.len() > 40);
    }

    #[test]
    fn ftdi_flags_the_whole_packet() {
        // 8E1 heard at 8N1: 'a' (three ones) and ' ' (one) have parity 1 and look good; 'c' (four) does not.
        let line = LineSettings { parity: Parity::Even, ..LINE };
        let hear = |chip| {
            let options = SimOptions { chip, latency: Duration::from_millis(16), ..SimOptions::new(line) };
            listen(&mut SimAdapter::new(options, parrot(b"a a c a")), LINE, 2)
        };
        let each: Vec<Flag> = hear(Chip::Cp210x).iter().map(|h| h.flag).collect();
        assert_eq!(each.iter().filter(|f| **f == Flag::Error).count(), 1);
        assert_eq!(each[4], Flag::Error);
        let packet = hear(Chip::Ftdi);
        for h in &packet {
            let shares = packet.iter().any(|o| o.at == h.at && o.byte == b'c');
            assert_eq!(h.flag == Flag::Error, shares);
        }
        assert!(hear(Chip::Ch340).iter().all(|h| h.flag == Flag::None));
    }

    #[test]
    fn hopping_loses_what_is_on_the_wire() {
        let mut adapter = SimAdapter::new(SimOptions::new(LINE), parrot(&[b'U'; 200]));
        let mut heard = Vec::new();
        adapter.configure(&LINE).unwrap();
        while heard.len() < 50 {
            adapter.read(&mut heard, Duration::from_secs(2)).unwrap();
        }
        let before = adapter.now();
        adapter.configure(&LINE).unwrap();
        assert_eq!(adapter.now() - before, Duration::from_millis(30));
        let end = adapter.now() + Duration::from_millis(500);
        while adapter.now() < end {
            adapter.read(&mut heard, Duration::from_millis(100)).unwrap();
        }
        // The character on the wire at the switch is cut; a row of U reads as U again after that.
        assert!((198..=200).contains(&heard.len()), "{}", heard.len());
        adapter.discard().unwrap();
        assert_eq!(adapter.read(&mut heard, Duration::ZERO).unwrap(), 0);
    }

    #[test]
    fn a_meter_answers_what_it_understands() {
        let mut adapter = SimAdapter::new(SimOptions { echo: true, ..SimOptions::new(LINE) }, parrot(b""));
        let mut heard = Vec::new();
        let mut ask = |adapter: &mut SimAdapter| {
            heard.clear();
            adapter.write(b"who").unwrap();
            while adapter.read(&mut heard, Duration::from_millis(200)).unwrap() > 0 {}
            bytes(&heard)
        };
        adapter.configure(&LINE).unwrap();
        assert_eq!(ask(&mut adapter), b"who!who");
        adapter.configure(&LineSettings { baudrate: 115_200, ..LINE }).unwrap();
        // Too fast for the meter: whatever it makes of that, it is not the question.
        let answer = ask(&mut adapter);
        assert!(answer.starts_with(b"who"));
        assert!(!answer.windows(4).any(|w| w == b"!who"));
    }

    #[test]
    fn a_stuck_line_is_silent_but_for_a_break_when_it_is_set() {
        for model in [Model::A, Model::B] {
            let options = SimOptions { stuck: true, model, ..SimOptions::new(LINE) };
            let heard = listen(&mut SimAdapter::new(options, Vec::new()), LINE, 60);
            // Opened, and set once: model B tells of the break each time.
            assert_eq!(heard.len(), if model == Model::B { 2 } else { 0 });
            assert!(heard.iter().all(|h| h.flag == Flag::Break));
        }
    }
}
