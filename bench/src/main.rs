//! Throughput of the decoders in MB/s of input on one core, next to peers on the same bytes, and the
//! memory of a long stream.
//!
//! ```text
//! cargo run --release [WORD]...            all groups, or those whose name contains a word
//! cargo run --release -- --program FILE    `wwctl decode --json` as a whole program, too
//! cargo run --release --features allocation-counter -- allocations
//!                                          what each of our decoders allocates, and nothing else
//! cargo run --release -- --write FOLDER    the inputs, as files
//! cargo run --release -- --once NAME       our decoders on this group once, to count its instructions
//! ```
//!
//! All decoders of a group take turns, some milliseconds each, so that what disturbs one disturbs all.
//! The best turn and the median are printed.  `readings` counts what came out, so that a decoder that
//! does less is seen to do so.

#[cfg(feature = "allocation-counter")]
mod allocations;
mod inputs;
mod memory;
mod peers;

use inputs::KEYS;
use std::hint::black_box;
use std::time::{Duration, Instant};
use wwctl::decode::{Decoder, Options, checksum, decode_each, json};

/// A decoder on an input: gives the number of readings.
type Run = fn(&[u8]) -> usize;

/// How long the decoders of a group take turns, each.
const TIME: Duration = Duration::from_millis(600);
const LEAST_TURNS: usize = 3;

/// Decoders that are compared on one input.
type Group = (&'static str, fn() -> Vec<u8>, &'static [(&'static str, Run)]);

const GROUPS: &[Group] = &[
    ("dsmr", inputs::dsmr, &[("wwctl", wwctl), ("dsmr5", peers::dsmr5), ("wwctl to json", wwctl_json)]),
    ("dsmr ciphered", inputs::dsmr_ciphered, &[("wwctl", wwctl)]),
    ("hdlc", inputs::hdlc, &[("wwctl", wwctl), ("dlms_cosem", peers::dlms_cosem)]),
    ("hdlc ciphered", inputs::hdlc_ciphered, &[("wwctl", wwctl), ("dlms_cosem", peers::dlms_cosem)]),
    ("hdlc of six makers", inputs::hdlc_makers, &[("wwctl", wwctl), ("wwctl to json", wwctl_json)]),
    ("hdlc of six makers ciphered", inputs::hdlc_makers_ciphered, &[("wwctl", wwctl)]),
    (
        "mbus",
        inputs::mbus,
        &[("wwctl", wwctl), ("m-bus-parser", peers::m_bus_parser), ("wwctl to json", wwctl_json)],
    ),
    ("mbtr", inputs::mbtr, &[("wwctl", wwctl), ("wwctl to json", wwctl_json)]),
    ("mep", inputs::mep, &[("wwctl", wwctl), ("wwctl to json", wwctl_json)]),
    ("kmp", inputs::kmp, &[("wwctl", wwctl), ("wwctl to json", wwctl_json)]),
    ("noise", inputs::noise, &[("wwctl", wwctl)]),
    ("recorded dsmr", || inputs::captures("dsmr"), &[("wwctl", wwctl), ("dsmr5", peers::dsmr5)]),
    ("recorded hdlc", || inputs::captures("hdlc"), &[("wwctl", wwctl)]),
    (
        "recorded mbus",
        || inputs::captures("mbus"),
        &[("wwctl", wwctl), ("m-bus-parser", peers::m_bus_parser)],
    ),
    ("recorded mbtr", || inputs::captures("mbtr"), &[("wwctl", wwctl)]),
    ("recorded mep", || inputs::captures("mep"), &[("wwctl", wwctl)]),
    ("recorded kmp", || inputs::captures("kmp"), &[("wwctl", wwctl)]),
    ("limit: crc", inputs::dsmr, &[("crc16 arc", |input| usize::from(checksum::arc(input)))]),
];

/// Inputs made to be slow, read at once, in pieces of 64 KB, and byte by byte: bytes over and over, and
/// what stands in front of every 16 KB of them.
const HARD: &[(&str, &[u8], &[u8])] = &[
    ("only /", b"", b"/"),
    ("only 68", b"", b"\x68"),
    ("only 7E", b"", b"\x7E"),
    ("only 40", b"", b"\x40"),
    ("only E5", b"", b"\xE5"),
    ("only DB", b"", b"\xDB"),
    ("7E A7 FF", b"", b"\x7E\xA7\xFF"),
    ("7E A7 FF 03 03 13", b"", b"\x7E\xA7\xFF\x03\x03\x13"),
    ("hdlc heads", b"", b"\x7E\xA7\xFF\x41\x08\x83\x13\x12\x34\xE6\xE7\x00"),
    ("telegrams without end", b"", b"/ISK5\\2M550T\r\n\r\n1-0:1.8.1(000051.775*kWh)\r\n"),
    ("headers without body", b"", b"/ISK5abc\r\n"),
    ("DB with a long length", b"", b"\xDB\x08ISKitron\x82\x3F\xF0\x20\x00\x00\x00\x01"),
    ("mbus heads", b"", b"\x68\xFF\xFF\x68"),
    ("mbus heads of two lengths", b"", b"\x68\xFE\xFF\x68"),
    ("kmp heads", b"", b"\x40\x3F\x10\x00"),
    ("parity /", b"", b"\xAF"),
    (
        "hdlc heads in cut messages",
        b"\xDB\x08ISKitron\x82\x3F\xF0\x20\x00\x00\x00\x01",
        b"\x7E\xA0\xE2\x2B\x21\x13\x23\x9A",
    ),
    (
        "hdlc heads in hdlc frames",
        b"\x7E\xA7\xFF\x2B\x21\x13\x12\x34\xE6\xE7\x00",
        b"\x7E\xA0\xE2\x2B\x21\x13\x23\x9A",
    ),
];

fn main() {
    let mut program = None;
    let mut once = false;
    let mut folder = None;
    let mut words = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--program" => program = arguments.next(),
            "--once" => once = true,
            "--write" => folder = arguments.next(),
            _ => words.push(argument),
        }
    }
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));

    if let Some(folder) = folder {
        for (name, input, _) in GROUPS.iter().filter(|(name, ..)| wanted(name)) {
            let file = std::path::Path::new(&folder).join(name.replace(' ', "-"));
            if let Err(error) = std::fs::write(&file, input()) {
                println!("{}: {error}", file.display());
            }
        }
        return;
    }
    #[cfg(feature = "allocation-counter")]
    if words == ["allocations"] {
        for (name, input, _) in GROUPS.iter().filter(|(name, ..)| *name != "noise") {
            allocations::print(name, &input());
        }
        return;
    }
    if once {
        for (name, input, runs) in GROUPS.iter().filter(|(name, ..)| words.iter().any(|word| word == name)) {
            let input = input();
            for (who, run) in runs.iter().filter(|(who, _)| who.starts_with("wwctl")) {
                println!("{name}: {who}: {} readings in {} bytes", run(black_box(&input)), input.len());
            }
        }
        return;
    }
    println!("{:28} {:16} {:>8} {:>8} {:>10} {:>8}", "", "", "best", "median", "readings", "ns each");
    for (name, input, runs) in GROUPS.iter().filter(|(name, ..)| wanted(name)) {
        let input = input();
        if input.is_empty() {
            println!("{name:28} no input");
            continue;
        }
        compare(name, &input, runs);
    }
    if wanted("hard") {
        println!("\n{:28} {:>8} {:>8} {:>8}   MB/s", "hard", "at once", "64 KB", "1 byte");
        for (name, front, unit) in HARD {
            let block: Vec<u8> =
                front.iter().copied().chain(unit.iter().copied().cycle().take(16 * 1024)).collect();
            let input: Vec<u8> = block.into_iter().cycle().take(1 << 20).collect();
            let rates =
                [usize::MAX, 1 << 16, 1].map(|piece| rate(input.len(), time(|| pushed(&input, piece)).1));
            println!("{name:28} {:8.1} {:8.1} {:8.1}", rates[0], rates[1], rates[2]);
        }
    }
    if wanted("memory") {
        println!();
        memory::stream("dsmr", &inputs::dsmr());
        memory::stream("hdlc", &inputs::hdlc_makers());
        memory::stream("mbus", &inputs::mbus());
        memory::stream("kmp", &inputs::kmp());
    }
    if let Some(program) = program {
        println!();
        for (name, input) in [
            ("dsmr", inputs::dsmr as fn() -> Vec<u8>),
            ("hdlc of six makers", inputs::hdlc_makers),
            ("mbus", inputs::mbus),
            ("recorded mbus", || inputs::captures("mbus")),
            ("mbtr", inputs::mbtr),
            ("mep", inputs::mep),
            ("kmp", inputs::kmp),
        ] {
            memory::program(&program, name, &input());
        }
    }
}

fn compare(name: &str, input: &[u8], runs: &[(&str, Run)]) {
    let mut turns = vec![Vec::new(); runs.len()];
    let mut readings = vec![0; runs.len()];
    let begun = Instant::now();
    while begun.elapsed() < TIME * runs.len() as u32 || turns.iter().any(|turns| turns.len() < LEAST_TURNS) {
        for (n, (_, run)) in runs.iter().enumerate() {
            let (count, time) = time(|| run(black_box(input)));
            readings[n] = count;
            turns[n].push(time);
        }
    }
    for (n, (who, _)) in runs.iter().enumerate() {
        turns[n].sort();
        let (best, median) = (turns[n][0], turns[n][turns[n].len() / 2]);
        let each = best.as_secs_f64() * 1e9 / readings[n].max(1) as f64;
        let (best, median) = (rate(input.len(), best), rate(input.len(), median));
        println!("{name:28} {who:16} {best:8.0} {median:8.0} {:10} {each:8.1}", readings[n]);
    }
}

fn time<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = black_box(run());
    (result, start.elapsed())
}

/// MB/s.
fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / time.as_secs_f64() / 1e6
}

fn wwctl(input: &[u8]) -> usize {
    let mut readings = 0;
    decode_each(input, &Options { keys: KEYS, ..Options::default() }, |message| {
        readings += black_box(message).readings.len();
    });
    readings
}

fn wwctl_json(input: &[u8]) -> usize {
    let (mut readings, mut text) = (0, Vec::new());
    decode_each(input, &Options { keys: KEYS, ..Options::default() }, |message| {
        readings += message.readings.len();
        text.clear();
        json::write(message, &mut text);
        black_box(&text);
    });
    readings
}

/// In pieces, as a line gives them.
fn pushed(input: &[u8], piece: usize) -> usize {
    let mut decoder = Decoder::new(&Options::default());
    let mut messages = 0;
    for piece in input.chunks(piece.min(input.len())) {
        decoder.push(piece);
        while decoder.next().is_some() {
            messages += 1;
        }
    }
    decoder.finish();
    while decoder.next().is_some() {
        messages += 1;
    }
    messages
}
