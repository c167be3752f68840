//! The decoders of DLMS against the meters that [`crate::simulate`] writes: every shape, ciphering and
//! way to divide a message.

mod services;

use crate::decode::{
    Decoder, Id, Key, Keys, Message, Options, ProblemCode, Protocol, Status, TagState, Value, decode_all,
};
use crate::simulate::meter::dlms::{Division, DlmsMeter, Sent, Shape};

fn keys(authentication: bool) -> Keys {
    Keys {
        encryption: Some(Key::new(*b"the quick brown ")),
        authentication: authentication.then(|| Key::new(*b"fox jumps over a")),
    }
}

fn options(keys: Keys) -> Options {
    Options { keys, ..Options::default() }
}

/// Everything that was sent is there, with value and unit, and nothing else is called a quantity.
fn assert_says(message: &Message, sent: &[Sent]) {
    for want in sent {
        let found = message.readings.iter().find(|r| r.id == Id::Obis(want.obis));
        let found = found.unwrap_or_else(|| panic!("{} is missing", want.obis));
        assert_eq!(found.value, Value::Number(want.value), "{}", want.obis);
        assert_eq!(found.unit.as_deref(), want.unit, "{}", want.obis);
    }
    let quantities = message.readings.iter().filter(|r| matches!(r.value, Value::Number(_)));
    assert_eq!(quantities.count(), sent.len());
}

#[test]
fn every_shape_plain_and_ciphered_in_every_division() {
    for shape in Shape::ALL {
        for keys in [Keys::default(), keys(false), keys(true)] {
            for division in [Division::Whole, Division::Segments(90), Division::Blocks(77)] {
                let mut meter = DlmsMeter::new(shape, &keys, 5);
                let apdu = meter.apdu();
                let bytes = meter.hdlc(&apdu, division);
                let messages = decode_all(&bytes, &options(keys));
                let [message] = &messages[..] else { panic!("{shape:?} {division:?}: {messages:#?}") };
                assert_eq!((message.status, message.protocol), (Status::Ok, Protocol::Hdlc), "{message:#?}");
                assert_eq!((message.offset, message.length), (0, bytes.len() as u64));
                assert_says(message, &meter.sent);
                let ciphered = keys.encryption.is_some();
                assert_eq!(message.security.as_ref().is_some_and(|s| s.ciphered && s.decrypted), ciphered);
                let tag = message.security.as_ref().map_or(TagState::Absent, |s| s.tag);
                let want = if keys.authentication.is_some() { TagState::Verified } else { TagState::Absent };
                assert_eq!(tag, want);
            }
        }
    }
}

#[test]
fn the_m_bus_transport_and_bare_apdus() {
    for shape in Shape::ALL {
        for keys in [Keys::default(), keys(false), keys(true)] {
            for protocol in [Protocol::Mbtr, Protocol::Dlms] {
                let mut meter = DlmsMeter::new(shape, &keys, 6);
                let bytes = meter.push(protocol);
                let messages = decode_all(&bytes, &options(keys));
                let [message] = &messages[..] else { panic!("{shape:?}: {messages:#?}") };
                assert_eq!((message.status, message.protocol), (Status::Ok, protocol), "{message:#?}");
                assert_says(message, &meter.sent);
            }
        }
    }
}

#[test]
fn a_wrong_key_and_wrong_bytes_are_told_apart() {
    let right = keys(true);
    let mut meter = DlmsMeter::new(Shape::Kamstrup, &right, 7);
    let apdu = meter.apdu();
    let bytes = meter.hdlc(&apdu, Division::Whole);
    let wrong = Some(Key::new([9; 16]));
    let first = |bytes: &[u8], keys: Keys| {
        let message = decode_all(bytes, &options(keys)).remove(0);
        (message.status, message.problems.first().map(|p| p.code), message.readings.len())
    };
    let (status, code, readings) = first(&bytes, Keys { encryption: wrong, ..right });
    assert_eq!((status, code, readings), (Status::DecryptFailed, Some(ProblemCode::WrongKey), 0));
    let (status, code, readings) = first(&bytes, Keys { authentication: wrong, ..right });
    assert_eq!((status, code), (Status::DecryptFailed, Some(ProblemCode::WrongAuthenticationKey)));
    assert!(readings > 10, "what the encryption key opens is shown");
    let (status, code, _) = first(&bytes, Keys::default());
    assert_eq!((status, code), (Status::Encrypted, Some(ProblemCode::KeyRequired)));
    let mut bad = bytes.clone();
    bad[60] ^= 0x10;
    let (status, code, _) = first(&bad, right);
    assert_eq!((status, code), (Status::BadChecksum, Some(ProblemCode::BadChecksum)));
}

#[test]
fn a_counter_that_goes_back_is_reported() {
    let keys = keys(false);
    let mut meter = DlmsMeter::new(Shape::Aidon, &keys, 8);
    let (first, second) = (meter.push(Protocol::Hdlc), meter.push(Protocol::Hdlc));
    let messages = decode_all(&[&first[..], &second, &first].concat(), &options(keys));
    let replays: Vec<bool> =
        messages.iter().map(|m| m.problems.iter().any(|p| p.code == ProblemCode::Replay)).collect();
    assert_eq!(replays, [false, false, true]);
}

#[test]
fn two_meters_interleaved_keep_their_segments() {
    let (mut a, mut b) = (
        DlmsMeter::new(Shape::Iskra, &Keys::default(), 1),
        DlmsMeter::new(Shape::Austria, &Keys::default(), 2),
    );
    let (a_apdu, b_apdu) = (a.apdu(), b.apdu());
    let frames = |bytes: Vec<u8>| {
        let mut frames = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let length = (usize::from(bytes[at + 1] & 7) << 8 | usize::from(bytes[at + 2])) + 2;
            frames.push(bytes[at..at + length].to_vec());
            at += length;
        }
        frames
    };
    let a_frames = frames(a.hdlc(&a_apdu, Division::Segments(60)));
    let b_frames = frames(b.hdlc(&b_apdu, Division::Segments(60)));
    let mut line = Vec::new();
    for n in 0..a_frames.len().max(b_frames.len()) {
        line.extend(a_frames.get(n).into_iter().chain(b_frames.get(n)).flatten());
    }
    let messages = decode_all(&line, &Options::default());
    assert_eq!(messages.len(), 2);
    for meter in [&a, &b] {
        let sent: Vec<_> = meter.sent.iter().map(|s| Id::Obis(s.obis)).collect();
        let found = messages.iter().find(|m| {
            m.readings.iter().filter(|r| sent.contains(&r.id)).count() == sent.len()
                && m.readings.iter().any(|r| r.value == Value::Number(meter.sent[0].value))
        });
        let found = found.unwrap_or_else(|| panic!("{messages:#?}"));
        assert_eq!(found.status, Status::Ok);
        assert_says(found, &meter.sent);
    }
}

#[test]
fn shared_and_doubled_flags_noise_and_a_cut_off_start() {
    let mut meter = DlmsMeter::new(Shape::Kaifa, &Keys::default(), 3);
    let one = meter.push(Protocol::Hdlc);
    let two = meter.push(Protocol::Hdlc);
    for between in [&b""[..], b"\x7E", b"\x7E\x7E\x7E", b"\x00\xFF\x7E\xA0\x13noise"] {
        let line = [&one[..], between, &two].concat();
        assert_eq!(ok_count(&line), 2, "{between:02X?}");
    }
    let shared = [&one[..], &two[1..]].concat();
    assert_eq!(ok_count(&shared), 2);
    let cut = [&one[30..], &two[..]].concat();
    assert_eq!(ok_count(&cut), 1);
    // A frame that stops in the middle does not swallow the next.
    let stopped = [&one[..40], &two[..]].concat();
    assert_eq!(ok_count(&stopped), 1);
}

fn ok_count(line: &[u8]) -> usize {
    decode_all(line, &Options::default()).iter().filter(|m| m.status == Status::Ok).count()
}

#[test]
fn a_block_transfer_that_starts_again_gives_up_the_first() {
    let mut meter = DlmsMeter::new(Shape::LandisGyr, &Keys::default(), 4);
    let apdu = meter.apdu();
    let first = meter.hdlc(&apdu, Division::Blocks(100));
    let apdu = meter.apdu();
    let second = meter.hdlc(&apdu, Division::Blocks(100));
    let cut = first.len() / 2;
    let messages = decode_all(&[&first[..cut], &second].concat(), &Options::default());
    let statuses: Vec<Status> = messages.iter().map(|m| m.status).collect();
    assert!(statuses.contains(&Status::Truncated), "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == Status::Ok).count(), 1);
    assert_says(messages.iter().find(|m| m.status == Status::Ok).unwrap(), &meter.sent);
}

/// Every message of a meter, as bytes with the readings that belong to it.
fn lines() -> Vec<(Vec<u8>, Keys, Vec<Sent>)> {
    let mut lines = Vec::new();
    for shape in Shape::ALL {
        for keys in [Keys::default(), keys(false)] {
            for protocol in [Protocol::Hdlc, Protocol::Mbtr] {
                let mut meter = DlmsMeter::new(shape, &keys, 11);
                lines.push((meter.push(protocol), keys, meter.sent.clone()));
            }
        }
    }
    lines
}

#[test]
fn truncated_anywhere_is_never_ok() {
    for (bytes, keys, _) in lines() {
        for cut in 0..bytes.len() {
            let messages = decode_all(&bytes[..cut], &options(keys));
            assert!(messages.iter().all(|m| m.status != Status::Ok), "{cut}: {messages:#?}");
        }
    }
}

proptest::proptest! {
    #[test]
    fn a_flipped_bit_never_passes(line in 0usize..28, bit: proptest::sample::Index) {
        let (mut bytes, keys, _) = lines().swap_remove(line);
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let messages = decode_all(&bytes, &options(keys));
        proptest::prop_assert!(messages.iter().all(|m| m.status != Status::Ok), "{:#?}", messages);
    }

    #[test]
    fn any_pieces_give_the_same_messages(
        seed: u64,
        noise in proptest::collection::vec(proptest::num::u8::ANY, 0..40),
        sizes in proptest::collection::vec(1usize..60, 1..30),
    ) {
        let mut line = noise.clone();
        for (n, shape) in Shape::ALL.into_iter().enumerate() {
            let mut meter = DlmsMeter::new(shape, &keys(true), seed);
            line.extend(meter.push(if n % 2 == 0 { Protocol::Hdlc } else { Protocol::Mbtr }));
            line.extend(&noise);
        }
        let options = options(keys(true));
        let want = decode_all(&line, &options);
        let mut decoder = Decoder::new(&options);
        let mut got = Vec::new();
        let mut rest = &line[..];
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, behind) = rest.split_at(rest.len().min(*size));
            decoder.push(piece);
            rest = behind;
            while let Some(message) = decoder.next() {
                got.push(message.clone());
            }
        }
        decoder.finish();
        while let Some(message) = decoder.next() {
            got.push(message.clone());
        }
        proptest::prop_assert_eq!(got, want);
    }

    #[test]
    fn no_apdu_panics(apdu: Vec<u8>, tag in proptest::sample::select(vec![0x0Fu8, 0xC2, 0xC4, 0xC0, 0xDB, 0xDD, 0xE0, 0xCC])) {
        let meter = DlmsMeter::new(Shape::Aidon, &Keys::default(), 1);
        let bytes = meter.hdlc(&[&[tag][..], &apdu].concat(), Division::Whole);
        decode_all(&bytes, &options(keys(true)));
    }
}
