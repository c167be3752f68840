//! The baud rate of a line from what is heard of it at 115200 8N1, usually within its first telegram.
//!
//! Heard too fast, a line shows its falling edges: each starts a character.  Down to a sixth of the rate
//! heard with, few byte values can occur, and which ones tells the baud rate.  Below that every character
//! is a break, and how often one comes tells it.  Soonest of all does the beginning of a telegram: that of a
//! frame or of P1 text is nearly always the same, so the first edges come at known distances.  All of it is
//! counted over simulated lines, for each baud rate and polarity, into tables of quantised logarithms
//! (`cargo run --release --example probe-tables` writes them anew), and weighed up by naive Bayes.
//!
//! Which tables apply depends on what the adapter tells: flags per character or not, times to the
//! millisecond or coarser.

use super::corpus::Shape;
use super::plan::BAUDRATES;
use crate::line::chip::{Chip, Packets};
use crate::line::random::Random;
use crate::line::uart::{Model, Receiver, Transmitter, Wire};
use crate::line::{Capabilities, DataBits, Flag, Flags, Heard, LineSettings, Parity, StopBits};
use std::collections::VecDeque;
use std::time::Duration;

/// Listening for the baud rate is done with this.
pub const LISTENING: LineSettings = LineSettings {
    baudrate: 115_200,
    data_bits: DataBits::Eight,
    parity: Parity::None,
    stop_bits: StopBits::One,
};

/// What an adapter tells, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Flags per character, times to the millisecond.
    Flagged,
    /// No flags that can be trusted, times to the millisecond.
    Bare,
    /// No flags that can be trusted, coarse times.
    Coarse,
}

impl View {
    /// All of them, in the order of the tables.
    pub const ALL: [View; 3] = [View::Flagged, View::Bare, View::Coarse];

    /// That of an adapter.
    pub fn of(capabilities: &Capabilities) -> Self {
        match capabilities.flags {
            _ if capabilities.timestamp_quantum > Duration::from_millis(3) => View::Coarse,
            Flags::PerCharacter => View::Flagged,
            Flags::PerPacket | Flags::None => View::Bare,
        }
    }

    /// Adapters that give this view, for counting.
    const fn chips(self) -> &'static [(Chip, u64)] {
        match self {
            View::Flagged => &[(Chip::Cp210x, 1), (Chip::Ideal, 1)],
            View::Bare => &[(Chip::Ch340, 1), (Chip::Ftdi, 1)],
            View::Coarse => &[(Chip::Ftdi, 16)],
        }
    }
}

/// Byte values, with and without a flag.
const SYMBOLS: usize = 512;
/// Classes of the time since the packet before.
const GAPS: usize = 28;
/// Classes of the number of characters in a packet.
const SIZES: usize = 14;
/// Packets of the beginning of a telegram that are told apart, each with its own classes of the time since the
/// one before, and of its size.
const FIRST: usize = 8;
const FIRST_GAPS: usize = 24;
const FIRST_SIZES: usize = 5;
/// Bytes of the table of a class: costs of symbols, then of packets, then of the first packets.
const CLASS: usize = SYMBOLS + GAPS * SIZES + FIRST * FIRST_GAPS * FIRST_SIZES;
/// Shapes of telegrams, in both polarities.
const KINDS: usize = 2 * Shape::ALL.len();
/// A class is a baud rate, a shape and a polarity.
const CLASSES: usize = BAUDRATES.len() * KINDS;

/// Costs are negative logarithms of probabilities in units of this part of a nat.
const UNIT: f64 = 16.0;

/// Views × classes × [`CLASS`].
static TABLES: &[u8] = include_bytes!("baud.tables");

/// Successive characters depend on each other: each counts for less than one.
const SYMBOL_WEIGHT: f64 = 0.35;
/// So do successive packets.
const PACKET_WEIGHT: f64 = 0.6;
/// The first ones depend on each other by what the telegram begins with, which is among the classes.
const FIRST_WEIGHT: f64 = 0.8;

/// What has been heard of a telegram so far.
#[derive(Debug, Clone)]
pub struct Listener {
    view: View,
    /// Sums of costs, in units of the table.
    symbols: [u32; CLASSES],
    packets: [u32; CLASSES],
    first: [u32; CLASSES],
    characters: usize,
    /// Packets of the telegram; `None` when it was not heard from its beginning.
    nth: Option<usize>,
    /// The packet being collected: when it came, and its size.
    packet: Option<(Duration, usize)>,
    /// When the one before came.
    before: Option<Duration>,
}

impl Listener {
    /// Nothing heard yet.  What will be heard is the beginning of a telegram, or (not `whole`) may be any part.
    pub fn new(view: View, whole: bool) -> Self {
        Listener {
            view,
            symbols: [0; CLASSES],
            packets: [0; CLASSES],
            first: [0; CLASSES],
            characters: 0,
            // Coarse times tell nothing of single edges.
            nth: (whole && view != View::Coarse).then_some(0),
            packet: None,
            before: None,
        }
    }

    /// Characters heard.
    pub const fn characters(&self) -> usize {
        self.characters
    }

    /// Hears a character.
    pub fn hear(&mut self, heard: &Heard) {
        self.characters += 1;
        let symbol = symbol(self.view, heard);
        self.add_symbol(symbol);
        match &mut self.packet {
            Some((at, size)) if *at == heard.at => *size += 1,
            _ => {
                self.close();
                self.packet = Some((heard.at, 1));
            }
        }
    }

    /// The packet that was being collected is complete.
    pub fn close(&mut self) {
        let Some((at, size)) = self.packet.take() else { return };
        let before = self.before.filter(|before| at.saturating_sub(*before) < super::run::SILENCE);
        let gap = before.map(|before| at.saturating_sub(before));
        let first = self.nth.and_then(|nth| first_cell(nth, gap.unwrap_or_default(), size));
        let (cell, sums) = match (first, gap) {
            (Some(cell), _) => (cell, &mut self.first),
            (None, Some(gap)) => (packet_cell(gap, size), &mut self.packets),
            (None, None) => (0, &mut [0; CLASSES]),
        };
        for (class, sum) in sums.iter_mut().enumerate() {
            *sum += cost(self.view, class, cell);
        }
        self.nth = self.nth.map(|nth| nth + 1);
        self.before = Some(at);
    }

    fn add_symbol(&mut self, symbol: usize) {
        for (class, sum) in self.symbols.iter_mut().enumerate() {
            *sum += cost(self.view, class, symbol);
        }
    }

    /// Probability of each baud rate of [`BAUDRATES`], in its order.
    pub fn chances(&self) -> [f64; BAUDRATES.len()] {
        let logs = self.logs();
        let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut out = logs.map(|l| (l - most).exp());
        let sum: f64 = out.iter().sum();
        for chance in &mut out {
            *chance /= sum;
        }
        out
    }

    fn logs(&self) -> [f64; BAUDRATES.len()] {
        // What came together came to its end, as far as anybody knows.
        let mut done = self.clone();
        done.close();
        let mut logs = [f64::NEG_INFINITY; BAUDRATES.len()];
        for (class, ((symbols, packets), first)) in
            done.symbols.iter().zip(&done.packets).zip(&done.first).enumerate()
        {
            let cost = SYMBOL_WEIGHT * f64::from(*symbols)
                + PACKET_WEIGHT * f64::from(*packets)
                + FIRST_WEIGHT * f64::from(*first);
            let log = -cost / UNIT;
            if let Some(best) = logs.get_mut(class / KINDS) {
                *best = best.max(log);
            }
        }
        logs
    }

    /// The most probable baud rate, and by how many nats it leads.
    pub fn best(&self) -> (u32, f64) {
        let logs = self.logs();
        let (mut first, mut second, mut rate) = (f64::NEG_INFINITY, f64::NEG_INFINITY, 115_200);
        for (log, baudrate) in logs.iter().zip(BAUDRATES) {
            if *log > first {
                second = first;
                first = *log;
                rate = baudrate;
            } else {
                second = second.max(*log);
            }
        }
        (rate, first - second)
    }
}

fn symbol(view: View, heard: &Heard) -> usize {
    usize::from(heard.byte) + if view == View::Flagged && heard.flag != Flag::None { 256 } else { 0 }
}

/// Thirds of octaves from a quarter of a millisecond on.
fn gap_class(gap: Duration) -> usize {
    let thirds = 3.0 * (gap.as_secs_f64() / 0.000_25).max(1.0).log2();
    (thirds.round() as usize).min(GAPS - 1)
}

fn size_class(size: usize) -> usize {
    const BOUNDS: [usize; SIZES - 1] = [1, 2, 3, 4, 5, 6, 8, 11, 15, 22, 31, 45, 61];
    BOUNDS.iter().position(|most| size <= *most).unwrap_or(SIZES - 1)
}

fn packet_cell(gap: Duration, size: usize) -> usize {
    SYMBOLS + gap_class(gap) * SIZES + size_class(size)
}

/// That of the `nth` packet of a telegram, if it is one of the first.
fn first_cell(nth: usize, gap: Duration, size: usize) -> Option<usize> {
    const BOUNDS: [u128; FIRST_GAPS - 17] = [17, 21, 26, 33, 41, 53, 81];
    let ms = (gap.as_micros() + 500) / 1000;
    let gap = if ms < 17 { ms as usize } else { 16 + BOUNDS.iter().filter(|least| ms >= **least).count() };
    let class = gap * FIRST_SIZES + size.clamp(1, FIRST_SIZES) - 1;
    (nth < FIRST).then_some(SYMBOLS + GAPS * SIZES + nth * FIRST_GAPS * FIRST_SIZES + class)
}

fn cost(view: View, class: usize, cell: usize) -> u32 {
    let at = (view as usize * CLASSES + class) * CLASS + cell;
    TABLES.get(at).copied().unwrap_or(u8::MAX).into()
}

/// Telegrams that a class is counted over.
const TRAINING: u64 = 128;

/// Beginnings of telegrams that it is counted over, and how many bytes of them.
const BEGINNINGS: u64 = 400;
const BEGINNING: usize = 24;

/// So much weight has it that a telegram begins otherwise: as any part of it goes on.
const OTHERWISE: f64 = 0.1;

/// Counts the table of a class (number of the baud rate times `KINDS`, plus that of the shape times two, plus
/// one when inverted) anew.
pub fn train(view: View, class: usize) -> Vec<u8> {
    let mut symbols = vec![0.3; SYMBOLS];
    let mut packets = vec![0.05; GAPS * SIZES];
    let mut random = Random::part(1 + view as u64, class as u64);
    for round in 0..TRAINING {
        let chip = view.chips().get((round % view.chips().len() as u64) as usize).copied();
        let (chip, latency) = chip.unwrap_or((Chip::Ideal, 1));
        let baudrate = BAUDRATES.get(class / KINDS).copied().unwrap_or(115_200);
        let shape = Shape::ALL.get(class % KINDS / 2).copied().unwrap_or(Shape::Text);
        let heard = simulate(baudrate, class % 2 == 1, shape, chip, latency, &mut random);
        for h in &heard {
            if let Some(n) = symbols.get_mut(symbol(view, h)) {
                *n += 1.0;
            }
        }
        let mut before: Option<Duration> = None;
        for packet in heard.chunk_by(|a, b| a.at == b.at) {
            let Some(first) = packet.first() else { continue };
            if let Some(before) = before {
                let gap = gap_class(first.at.saturating_sub(before));
                // Real computers read late now and then: some weight goes to the neighbours.
                for (near, weight) in [(gap.saturating_sub(1), 0.15), (gap, 0.7), (gap + 1, 0.15)] {
                    if let Some(n) = packets.get_mut(near.min(GAPS - 1) * SIZES + size_class(packet.len())) {
                        *n += weight;
                    }
                }
            }
            before = Some(first.at);
        }
    }
    let mut out = Vec::with_capacity(CLASS);
    let first = train_beginning(view, class);
    for part in [&symbols[..], &packets[..]].into_iter().chain(first.chunks(FIRST_GAPS * FIRST_SIZES)) {
        let total: f64 = part.iter().sum();
        out.extend(part.iter().map(|n| (-(n / total).ln() * UNIT).round().clamp(0.0, 255.0) as u8));
    }
    out
}

/// Counts the first packets of a class.
fn train_beginning(view: View, class: usize) -> Vec<f64> {
    const CELLS: usize = FIRST_GAPS * FIRST_SIZES;
    let mut random = Random::part(11 + view as u64, class as u64);
    let mut counts = vec![0.0; FIRST * CELLS];
    let mut any = vec![0.02; CELLS];
    for round in 0..BEGINNINGS {
        let chip = view.chips().get((round % view.chips().len() as u64) as usize).copied();
        let (chip, latency) = chip.unwrap_or((Chip::Ideal, 1));
        let baudrate = BAUDRATES.get(class / KINDS).copied().unwrap_or(115_200);
        let shape = Shape::ALL.get(class % KINDS / 2).copied().unwrap_or(Shape::Text);
        let mut bytes = shape.telegram(&mut random);
        bytes.truncate(BEGINNING);
        let heard = listen(baudrate, class % 2 == 1, shape, &bytes, (chip, latency), &mut random);
        let mut before: Option<Duration> = None;
        for (nth, packet) in heard.chunk_by(|a, b| a.at == b.at).enumerate() {
            let Some(at) = packet.first().map(|h| h.at) else { continue };
            let gap = before.map_or(Duration::ZERO, |before| at.saturating_sub(before));
            if let Some(cell) = first_cell(0, gap, packet.len()) {
                let cell = cell - SYMBOLS - GAPS * SIZES;
                any.get_mut(cell).into_iter().for_each(|n| *n += 1.0);
                let own = (nth < FIRST).then(|| counts.get_mut(nth * CELLS + cell)).flatten();
                own.into_iter().for_each(|n| *n += 1.0);
            }
            before = Some(at);
        }
    }
    let total: f64 = any.iter().sum();
    for nth in counts.chunks_mut(CELLS) {
        let counted: f64 = nth.iter().sum();
        for (n, any) in nth.iter_mut().zip(&any) {
            *n += OTHERWISE * counted.max(1.0) * any / total;
        }
    }
    counts
}

/// A part of a telegram on a line of this baud rate, as it is heard at [`LISTENING`].
pub(crate) fn simulate(
    baudrate: u32,
    invert: bool,
    shape: Shape,
    chip: Chip,
    latency: u64,
    random: &mut Random,
) -> Vec<Heard> {
    let mut bytes = shape.telegram(random);
    let from = if random.chance(0.6) { 0 } else { random.below(bytes.len() as u64) as usize };
    bytes.drain(..from);
    bytes.truncate(200);
    listen(baudrate, invert, shape, &bytes, (chip, latency), random)
}

/// These bytes on a line of this baud rate, as they are heard at [`LISTENING`].
fn listen(
    baudrate: u32,
    invert: bool,
    shape: Shape,
    bytes: &[u8],
    (chip, latency): (Chip, u64),
    random: &mut Random,
) -> Vec<Heard> {
    const FORMATS: [(DataBits, Parity, StopBits); 6] = [
        (DataBits::Eight, Parity::None, StopBits::One),
        (DataBits::Eight, Parity::Even, StopBits::One),
        (DataBits::Eight, Parity::Odd, StopBits::One),
        (DataBits::Eight, Parity::None, StopBits::Two),
        (DataBits::Seven, Parity::Even, StopBits::One),
        (DataBits::Seven, Parity::Odd, StopBits::One),
    ];
    let formats = if shape == Shape::Text { FORMATS.len() } else { 4 };
    let (data_bits, parity, stop_bits) =
        FORMATS.get(random.below(formats as u64) as usize).copied().unwrap_or(FORMATS[0]);
    let mut transmitter = Transmitter::new(LineSettings { baudrate, data_bits, parity, stop_bits });
    transmitter.clock = (random.unit() - 0.5) * 0.04;
    transmitter.gaps = if random.chance(0.5) { 0.0 } else { random.unit() * 0.2 };
    transmitter.jitter = random.unit() * 0.03;
    let mut edges = Vec::new();
    let end = transmitter.send(0.05 + random.unit() * 0.02, bytes, random, &mut edges);
    let mut wire = Wire::new(invert);
    wire.add(&edges);
    let model = if random.chance(0.5) { Model::A } else { Model::B };
    let mut receiver = Receiver::new(&LISTENING, model, &wire, random.unit() * 1e-5);
    let mut packets = Packets::new(chip, Duration::from_millis(latency));
    let mut ready = VecDeque::new();
    while let Some(character) = receiver.next(&wire, end + 0.1) {
        while let Some(due) = packets.due().filter(|due| *due < character.at) {
            packets.send(due, &mut ready);
        }
        packets.take(character, &mut ready);
    }
    if let Some(due) = packets.due() {
        packets.send(due, &mut ready);
    }
    ready.into()
}

/// All tables, as in `baud.tables`.
pub fn train_all() -> Vec<u8> {
    let mut out = Vec::with_capacity(View::ALL.len() * CLASSES * CLASS);
    for view in View::ALL {
        for class in 0..CLASSES {
            out.extend(train(view, class));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_what_the_program_counts() {
        assert_eq!(TABLES.len(), View::ALL.len() * CLASSES * CLASS);
        for (view, class) in [(View::Flagged, 75), (View::Bare, 30), (View::Coarse, 1)] {
            let at = (view as usize * CLASSES + class) * CLASS;
            let counted = train(view, class);
            for (i, (a, b)) in counted.iter().zip(TABLES.get(at..).unwrap_or_default()).enumerate() {
                // Logarithms may differ in the last digit between platforms.
                assert!(
                    a.abs_diff(*b) <= 1,
                    "{view:?} {class} at {i}: {a} {b}: run the program probe-tables"
                );
            }
        }
    }

    #[test]
    fn the_baud_rate_of_telegrams_that_were_not_counted() {
        let mut random = Random::new(77);
        let (mut right, mut all) = (0, 0);
        for (view, chip, latency) in
            [(View::Flagged, Chip::Cp210x, 1), (View::Bare, Chip::Ch340, 1), (View::Coarse, Chip::Ftdi, 16)]
        {
            for baudrate in BAUDRATES {
                for shape in Shape::ALL {
                    let heard = simulate(baudrate, random.chance(0.5), shape, chip, latency, &mut random);
                    if heard.len() < 40 {
                        continue;
                    }
                    let mut listener = Listener::new(view, false);
                    heard.iter().for_each(|h| listener.hear(h));
                    listener.close();
                    all += 1;
                    right += u32::from(listener.best().0 == baudrate);
                }
            }
        }
        assert!(all > 90 && right >= all - 1, "{right} of {all}");
    }
}
