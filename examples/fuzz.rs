//! Random and damaged input for every decoder, on a stable toolchain.
//!
//! ```text
//! cargo run --release --example fuzz -- [INPUTS] [PROTOCOL] [SEED]
//! ```
//! Each input is random bytes, or frames of the simulated meters that were cut, spliced, repeated or had bytes changed.  It
//! must not panic, its messages must lie within it, and every 16th is decoded in pieces as well, which must give the same.
//! Prints a line a protocol; the first input that fails is printed in hex.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use wwctl::decode::{Decoder, Keys, Message, Options, Protocol, Status, stream::decode_each};
use wwctl::line::random::Random;
use wwctl::line::sim::Talker;
use wwctl::probe::ask;
use wwctl::simulate::line::TRIAL_KEY;
use wwctl::simulate::meter::{self, MeterOptions};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let inputs: u64 = arguments.first().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let only = arguments.get(1).filter(|name| *name != "all");
    let seed: u64 = arguments.get(2).and_then(|n| n.parse().ok()).unwrap_or(1);
    let mut chosen: Vec<Option<Protocol>> = Protocol::DECODED.into_iter().map(Some).collect();
    chosen.push(None);
    let mut failed = false;
    for protocol in chosen {
        let name = protocol.map_or("mixed", Protocol::as_str);
        if only.is_some_and(|only| only != name) {
            continue;
        }
        failed |= !run(name, protocol, inputs, seed);
    }
    ExitCode::from(u8::from(failed))
}

fn run(name: &str, protocol: Option<Protocol>, inputs: u64, seed: u64) -> bool {
    let corpus = corpus(protocol);
    let mut random = Random::part(seed, 77);
    let keys = Keys { encryption: Some(TRIAL_KEY), authentication: Some(TRIAL_KEY) };
    let started = Instant::now();
    let (mut bytes, mut messages, mut good) = (0u64, 0u64, 0u64);
    let mut input = Vec::new();
    for n in 0..inputs {
        mutate(&corpus, &mut random, &mut input);
        let options = Options { protocol, keys: if n % 2 == 0 { keys } else { Keys::default() } };
        bytes += input.len() as u64;
        let result = catch_unwind(AssertUnwindSafe(|| {
            let mut whole: Vec<Message> = Vec::new();
            decode_each(&input, &options, |message| {
                assert!(message.offset + message.length <= input.len() as u64, "a message beyond the input");
                messages += 1;
                good += u64::from(message.status == Status::Ok);
                if n % 16 == 0 {
                    whole.push(message.clone());
                }
            });
            if n % 16 == 0 {
                assert!(
                    whole == in_pieces(&input, 1 + n as usize / 16 % 13, &options),
                    "other messages in pieces"
                );
            }
        }));
        if result.is_err() {
            eprintln!("{name}: input {n} of seed {seed}: {}", hex::encode(&input));
            return false;
        }
    }
    println!(
        "{name:<6} {inputs} inputs, {} MB, {messages} messages, {good} of them ok, in {:.1} s",
        bytes / 1_000_000,
        started.elapsed().as_secs_f64()
    );
    true
}

fn in_pieces(input: &[u8], size: usize, options: &Options) -> Vec<Message> {
    let mut decoder = Decoder::new(options);
    let mut messages = Vec::new();
    for piece in input.chunks(size) {
        decoder.push(piece);
        while let Some(message) = decoder.next() {
            messages.push(message.clone());
        }
    }
    decoder.finish();
    while let Some(message) = decoder.next() {
        messages.push(message.clone());
    }
    messages
}

/// Frames of the simulated meters, plain and ciphered, with the requests where a meter only answers.
fn corpus(protocol: Option<Protocol>) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for one in Protocol::DECODED.into_iter().filter(|p| protocol.is_none_or(|wanted| wanted == *p)) {
        for seed in 0..24 {
            let mut options = MeterOptions::new(one);
            options.seed = seed;
            options.encrypt = seed % 3 == 2;
            options.keys.encryption = options.encrypt.then_some(TRIAL_KEY);
            let mut meter = meter::talker(&options);
            match one {
                Protocol::Kmp => {
                    for request in
                        [ask::kmp::get_type(), ask::kmp::get_serial(), ask::kmp::get_register(&[60, 80, 68])]
                    {
                        frames.push(exchange(&mut *meter, request));
                    }
                }
                Protocol::Mep => {
                    let mut client = ask::mep::Client::new(Some(TRIAL_KEY), options.encrypt);
                    for table in [1, 21, 23, 28, 0x0803] {
                        let request = client.read(table);
                        frames.push(exchange(&mut *meter, request));
                    }
                }
                _ => {
                    if let Some(speech) = meter.push(Duration::ZERO) {
                        frames.push(speech.bytes);
                    }
                }
            }
        }
    }
    if frames.is_empty() {
        frames.push(vec![0; 64]);
    }
    frames
}

fn exchange(meter: &mut dyn Talker, request: Vec<u8>) -> Vec<u8> {
    let answer = meter.hear(Duration::ZERO, &request).map(|speech| speech.bytes).unwrap_or_default();
    [request, answer].concat()
}

fn mutate(corpus: &[Vec<u8>], random: &mut Random, input: &mut Vec<u8>) {
    input.clear();
    if random.chance(0.15) {
        let length = random.below(96);
        input.extend((0..length).map(|_| random.byte()));
        return;
    }
    for _ in 0..=random.below(3) {
        let Some(frame) = random.pick(corpus) else { continue };
        let (mut from, mut to) = (0, frame.len());
        if random.chance(0.3) {
            from = random.below(frame.len() as u64) as usize;
        }
        if random.chance(0.3) {
            to = from + random.below((frame.len() - from) as u64 + 1) as usize;
        }
        input.extend_from_slice(frame.get(from..to).unwrap_or_default());
    }
    for _ in 0..random.below(5) {
        let Some(last) = input.len().checked_sub(1) else { return };
        let at = random.below(last as u64 + 1) as usize;
        match random.below(4) {
            0 => input[at] ^= 1 << random.below(8),
            1 => input[at] = random.byte(),
            2 => {
                input.remove(at);
            }
            _ => input.insert(at, random.byte()),
        }
    }
}
