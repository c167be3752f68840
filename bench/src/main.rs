//! Throughput of the decoders, in MB/s of input on one core, next to peers on the same bytes.
//!
//! `cargo run --release [NAME]...`: all lines, or those whose name contains one of the words.
//!
//! Each line runs for about a second in ten slices; the best slice is printed, since everything that
//! disturbs a measurement makes it slower.  `readings` counts what came out, so that a decoder that does
//! less is seen to do so.

mod peers;

use std::hint::black_box;
use std::time::{Duration, Instant};
use wwctl::decode::{Key, Keys, Options, Protocol, checksum, decode_each};
use wwctl::line::sim::Talker;
use wwctl::simulate::meter::dsmr::DsmrMeter;
use wwctl::simulate::meter::{MeterOptions, PushMeter};

/// Bytes of input of each line: more than any cache close to a core holds.
const INPUT: usize = 4 << 20;

/// A decoder on an input: gives the number of readings.
type Run = fn(&[u8]) -> usize;

const KEYS: Keys =
    Keys { encryption: Some(Key::new([0x11; 16])), authentication: Some(Key::new([0x22; 16])) };

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let dsmr = dsmr("nl5", false);
    let ciphered = dsmr_ciphered();
    let hdlc = pushes(Protocol::Hdlc, false);
    let hdlc_ciphered = pushes(Protocol::Hdlc, true);
    let mbus = pushes(Protocol::Mbus, false);
    let lines: &[(&str, &[u8], Run)] = &[
        ("crc16 arc", &dsmr, |input| usize::from(checksum::arc(input))),
        ("dsmr wwctl", &dsmr, wwctl),
        ("dsmr dsmr5", &dsmr, peers::dsmr5),
        ("dsmr json wwctl", &dsmr, json),
        ("dsmr ciphered wwctl", &ciphered, wwctl),
        ("hdlc wwctl", &hdlc, wwctl),
        ("hdlc ciphered wwctl", &hdlc_ciphered, wwctl),
        ("mbus wwctl", &mbus, wwctl),
        ("noise wwctl", &noise(), wwctl),
    ];
    println!("{:24} {:>8} {:>10} {:>10}", "", "MB/s", "readings", "ns each");
    for (name, input, run) in lines {
        if words.is_empty() || words.iter().any(|word| name.contains(word.as_str())) {
            measure(name, input, *run);
        }
    }
}

fn measure(name: &str, input: &[u8], run: Run) {
    if input.is_empty() {
        println!("{name:24} no input");
        return;
    }
    let mut best = Duration::MAX;
    let mut readings = 0;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(1) {
        let start = Instant::now();
        readings = black_box(run(black_box(input)));
        best = best.min(start.elapsed());
    }
    let rate = input.len() as f64 / best.as_secs_f64() / 1e6;
    let each = best.as_secs_f64() * 1e9 / readings.max(1) as f64;
    println!("{name:24} {rate:8.0} {readings:10} {each:10.1}");
}

fn wwctl(input: &[u8]) -> usize {
    let mut readings = 0;
    decode_each(input, &Options { keys: KEYS, ..Options::default() }, |message| {
        readings += black_box(message).readings.len();
    });
    readings
}

fn json(input: &[u8]) -> usize {
    let (mut readings, mut text) = (0, Vec::new());
    decode_each(input, &Options::default(), |message| {
        readings += message.readings.len();
        text.clear();
        wwctl::decode::json::write(message, &mut text);
        black_box(&text);
    });
    readings
}

/// Telegrams of one model, as many as it takes.
fn dsmr(model: &str, ciphered: bool) -> Vec<u8> {
    let mut input = Vec::new();
    let Some(mut meter) = DsmrMeter::new(Some(model), 1) else { return input };
    if ciphered {
        meter = meter.ciphered(&KEYS);
    }
    while input.len() < INPUT {
        input.extend(meter.telegram());
    }
    input
}

fn dsmr_ciphered() -> Vec<u8> {
    dsmr("lu", true)
}

/// Pushes of a simulated meter.
fn pushes(protocol: Protocol, encrypt: bool) -> Vec<u8> {
    let mut meter =
        PushMeter::new(MeterOptions { encrypt, keys: KEYS, seed: 1, ..MeterOptions::new(protocol) });
    let mut input = Vec::new();
    while input.len() < INPUT {
        let Some(speech) = meter.push(Duration::ZERO) else { break };
        input.extend(speech.bytes);
    }
    input
}

/// Bytes without meaning.
fn noise() -> Vec<u8> {
    let mut state = 1u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as u8
    })
    .take(INPUT)
    .collect()
}
