//! What holds for every input: no panic, the same messages for any chunking, no good message from a damaged one.

use proptest::prelude::*;
use wwctl::decode::{Decoder, Key, Keys, Message, Options, Protocol, Status, decode_all};
use wwctl::line::sim::Talker;
use wwctl::simulate::meter::dsmr::{DsmrMeter, MODELS};
use wwctl::simulate::meter::{MeterOptions, PushMeter};

const KEYS: Keys =
    Keys { encryption: Some(Key::new([0x11; 16])), authentication: Some(Key::new([0x22; 16])) };

fn options() -> Options {
    Options { keys: KEYS, ..Options::default() }
}

/// Frames of our own simulated meters, of every protocol that pushes.
fn frames() -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    for model in MODELS {
        frames.extend(DsmrMeter::new(Some(model.name), 5).map(|mut meter| meter.telegram()));
    }
    frames.extend(
        DsmrMeter::new(Some("lu"), 6).map(|meter| meter.ciphered(&KEYS)).map(|mut meter| meter.telegram()),
    );
    for (protocol, encrypt) in
        [(Protocol::Hdlc, false), (Protocol::Hdlc, true), (Protocol::Mbus, false), (Protocol::Mbtr, false)]
    {
        let mut meter =
            PushMeter::new(MeterOptions { encrypt, keys: KEYS, seed: 3, ..MeterOptions::new(protocol) });
        frames.extend(meter.push(std::time::Duration::ZERO).map(|speech| speech.bytes));
    }
    frames
}

fn in_pieces(input: &[u8], pieces: &[usize]) -> Vec<Message> {
    let mut decoder = Decoder::new(&options());
    let mut messages = Vec::new();
    let mut rest = input;
    for piece in pieces.iter().copied().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(piece.clamp(1, rest.len()));
        rest = later;
        decoder.push(now);
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

/// A mixed stream: whole frames, frames with a damaged byte, cut frames, noise.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let frames = frames();
    let one = (
        0..frames.len(),
        0usize..4,
        any::<prop::sample::Index>(),
        any::<u8>(),
        prop::collection::vec(any::<u8>(), 0..40),
    );
    prop::collection::vec(one, 1..6).prop_map(move |parts| {
        let mut input = Vec::new();
        for (frame, damage, at, byte, noise) in parts {
            let mut frame = frames[frame].clone();
            let at = at.index(frame.len());
            match damage {
                0 => frame[at] = byte,
                1 => frame.truncate(at),
                2 => input.extend(noise),
                _ => {}
            }
            input.extend(frame);
        }
        input
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_chunking_gives_the_same_messages(input in streams(), pieces in prop::collection::vec(1usize..300, 1..8)) {
        prop_assert_eq!(in_pieces(&input, &pieces), decode_all(&input, &options()));
    }

    #[test]
    fn no_input_panics_and_messages_stay_inside_it(input in prop::collection::vec(any::<u8>(), 0..2000)) {
        for message in decode_all(&input, &options()) {
            prop_assert!(message.offset + message.length <= input.len() as u64);
        }
    }
}

#[test]
fn one_flipped_bit_never_changes_a_good_value() {
    for model in MODELS.iter().filter(|model| model.name != "nl22") {
        let telegram = DsmrMeter::new(Some(model.name), 9).unwrap().telegram();
        let sent = decode_all(&telegram, &options());
        for at in 0..telegram.len() {
            for bit in 0..8 {
                let mut damaged = telegram.clone();
                damaged[at] ^= 1 << bit;
                for message in decode_all(&damaged, &options()).iter().filter(|m| m.status == Status::Ok) {
                    assert_eq!(message.readings, sent[0].readings, "{}: byte {at}, bit {bit}", model.name);
                }
            }
        }
    }
}

#[test]
fn one_flipped_bit_of_a_ciphered_telegram_is_noticed() {
    let telegram = DsmrMeter::new(Some("lu"), 9).unwrap().ciphered(&KEYS).telegram();
    for at in 0..telegram.len() {
        let mut damaged = telegram.clone();
        damaged[at] ^= 1 << (at % 8);
        let messages = decode_all(&damaged, &options());
        assert!(messages.iter().all(|m| m.status != Status::Ok), "byte {at}: {messages:?}");
    }
}

/// Cut off anywhere before its checksum is complete, a message is never good.
#[test]
fn a_message_that_is_cut_off_is_never_good() {
    for model in MODELS {
        let telegram = DsmrMeter::new(Some(model.name), 9).unwrap().telegram();
        // The line end behind the last line, and without a CRC the mark itself, tell no more than is known.
        let whole = telegram.len() - if model.name == "nl22" { 3 } else { 2 };
        for length in 0..whole {
            let messages = decode_all(&telegram[..length], &options());
            assert!(
                messages.iter().all(|m| m.status != Status::Ok),
                "{} at {length}: {messages:?}",
                model.name
            );
        }
    }
    let ciphered = DsmrMeter::new(Some("lu"), 9).unwrap().ciphered(&KEYS).telegram();
    for length in 0..ciphered.len() {
        let messages = decode_all(&ciphered[..length], &options());
        assert!(messages.iter().all(|m| m.status != Status::Ok), "{length}: {messages:?}");
    }
}
