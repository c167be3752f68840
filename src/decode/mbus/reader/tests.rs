use super::*;
use crate::decode::{Key, Options, decode_all, stream::Reader as _, trace::Explanation};
use proptest::prelude::*;

fn decode(bytes: &[u8], keys: &Keys) -> Vec<Message> {
    decode_all(bytes, &Options { protocol: Some(Protocol::Mbus), keys: *keys })
}

/// A message and its explanation.
fn explain(frame: &[u8], keys: &Keys) -> (Message, Explanation) {
    let mut trace = Explanation::default();
    let mut message = Message::new(Protocol::Mbus);
    let frame = Frame { bytes: frame, offset: 0, trust: Trust::Checked, gap: 0 };
    <Reader as stream::Reader>::new(keys).read(&frame, &mut message, &mut trace);
    (message, trace)
}

/// Wraps C, A, CI and data into a long frame.
fn long(content: &[u8]) -> Vec<u8> {
    let l = u8::try_from(content.len()).unwrap();
    let mut frame = vec![0x68, l, l, 0x68];
    frame.extend(content);
    frame.push(link::checksum(content));
    frame.push(0x16);
    frame
}

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace(' ', "")).unwrap()
}

fn one(bytes: &[u8]) -> Message {
    let mut messages = decode(bytes, &Keys::default());
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn values(message: &Message) -> Vec<String> {
    message
        .readings
        .iter()
        .map(|r| {
            let value = match &r.value {
                Value::Number(n) => n.to_string(),
                Value::Text(t) => t.to_string(),
                Value::Time(t) => t.to_string(),
                other => format!("{other:?}"),
            };
            format!("{} {value} {}", r.id, r.unit.as_deref().unwrap_or("-"))
        })
        .collect()
}

/// Header of meter 12345678, PAD, version 1, water, access number 85, no error, not encrypted.
const HEADER: &str = "78 56 34 12 24 40 01 07 55 00 00 00";

#[test]
fn records_with_each_header() {
    let records = "03 13 15 31 00";
    for (ci, header, id) in [("72", HEADER, Some("12345678")), ("7A", "55 00 00 00", None), ("78", "", None)]
    {
        let message = one(&long(&hex(&format!("08 01 {ci} {header} {records}"))));
        assert_eq!(message.status, Status::Ok, "{:?}", message.problems);
        assert_eq!(message.direction, Some(Direction::Response));
        assert_eq!(message.meter.id.as_deref(), id);
        assert_eq!(values(&message), ["mbus:0 12.565 m³"]);
    }
}

#[test]
fn what_the_master_says() {
    for frame in [
        hex("10 40 01 41 16"),
        hex("10 7B FD 78 16"),
        long(&hex("53 FE 50")),
        long(&hex("53 01 BB")),
        long(&hex("53 FE 51 01 7A 05")),
        long(&hex("73 FD 52 78 56 34 12 FF FF FF FF")),
    ] {
        let message = one(&frame);
        assert_eq!((message.status, message.direction), (Status::Ok, Some(Direction::Request)));
        assert!(message.readings.is_empty());
    }
}

#[test]
fn an_acknowledge_only_among_frames() {
    let request = hex("10 40 01 41 16");
    let both = decode(&[&request[..], &[0xE5], &request].concat(), &Keys::default());
    assert_eq!(
        both.iter().map(|m| m.direction).collect::<Vec<_>>(),
        [Some(Direction::Request), Some(Direction::Response), Some(Direction::Request)]
    );
    assert_eq!(decode(&[0x00, 0xE5], &Keys::default()), []);
    assert_eq!(decode(&[&[0x33, 0xE5][..], &request].concat(), &Keys::default()).len(), 1);
}

#[test]
fn application_error_and_alarm() {
    let message = one(&long(&hex("08 01 70 08")));
    assert_eq!(message.status, Status::Ok);
    assert_eq!(message.problems[0].code, ProblemCode::MeterError);
    assert!(message.problems[0].message.ends_with("application too busy"));
    let message = one(&long(&hex("08 01 71 04")));
    assert_eq!((message.status, values(&message)), (Status::Ok, vec!["mbus:0 4 -".to_owned()]));
    let message = one(&long(&hex("08 01 70")));
    assert!(message.problems[0].message.ends_with("unspecified error"));
}

#[test]
fn damage_keeps_earlier_records_and_is_not_ok() {
    let message = one(&long(&hex(&format!("08 01 72 {HEADER} 03 13 15 31 00 04 06 01"))));
    assert_eq!((message.status, values(&message)), (Status::Malformed, vec!["mbus:0 12.565 m³".to_owned()]));
    // Offset: 4 of the frame, 3 of C, A, CI, 12 of the header, 5 of the good record, 2 to the value.
    assert_eq!((message.problems[0].code, message.problems[0].offset), (ProblemCode::Malformed, 26));

    let mut frame = long(&hex(&format!("08 01 72 {HEADER} 03 13 15 31 00")));
    frame[22] ^= 0x10;
    let message = one(&frame);
    assert_eq!((message.status, message.readings.len()), (Status::BadChecksum, 1));

    let message = one(&long(&hex("08 01 72 78 56 34 12 24 40 01 07 55 00 00")));
    assert_eq!(message.status, Status::Malformed);
    let message = one(&long(&hex("08 01 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00")));
    assert_eq!(message.status, Status::Malformed);
}

#[test]
fn frames_that_are_only_recognised() {
    for content in
        ["08 01 79 12 34 56 78 01 02", "08 01 69 12", "08 01 8C 00", "08 01 E0 00", "53 FF 7C 00 00"]
    {
        let message = one(&long(&hex(content)));
        assert_eq!((message.status, message.readings.len()), (Status::Unsupported, 0), "{content}");
    }
}

#[test]
fn most_significant_byte_first() {
    // Identification, manufacturer and value turned round; 0x4024 backwards are no letters.
    let message = one(&long(&hex("08 01 76 12 34 56 78 40 24 01 07 55 00 00 00 04 13 00 00 31 15")));
    assert_eq!(message.meter.id.as_deref(), Some("12345678"));
    assert_eq!(values(&message), ["mbus:0 12.565 m³"]);
    // Apator ELF: CI 76 with least significant byte first; APA is 0x0601.
    let message = one(&long(&hex("08 01 76 78 56 34 12 01 06 01 07 55 00 00 00 04 13 15 31 00 00")));
    assert_eq!(
        (message.meter.id.as_deref(), message.meter.manufacturer.as_deref()),
        (Some("12345678"), Some("APA"))
    );
    assert_eq!(values(&message), ["mbus:0 12.565 m³"]);
    assert_eq!(message.problems[0].code, ProblemCode::Quirk);
}

/// OMS Specification Volume 2, annex N.2.1: gas meter, security mode 5 (published key and clear text).
#[test]
fn security_mode_5() {
    let key = Key::parse("0102030405060708090A0B0C0D0E0F11").unwrap();
    let frame = long(&hex("08 FD 72 78 56 34 12 93 15 33 03 2A 00 20 25 \
         59 23 C9 5A AA 26 D1 B2 E7 49 3B 01 3E C4 A6 F6 D3 52 9B 52 0E DF F0 EA 6D EF C9 9D 6D 69 EB F3"));
    let keys = Keys { encryption: Some(key), authentication: None };
    let message = decode(&frame, &keys).remove(0);
    assert_eq!(message.status, Status::Ok, "{:?}", message.problems);
    assert_eq!(values(&message), ["mbus:0 28504.27 m³", "mbus:1 2008-05-31T23:50 -", "mbus:2 0 -"]);
    assert!(message.security.is_some_and(|s| s.ciphered && s.decrypted));

    let message = one(&frame);
    assert_eq!((message.status, message.readings.len()), (Status::Encrypted, 0));
    assert_eq!(message.problems[0].code, ProblemCode::KeyRequired);
    assert_eq!(message.meter.id.as_deref(), Some("12345678"));

    let wrong = Keys { encryption: Some(Key::new([7; 16])), authentication: None };
    let message = decode(&frame, &wrong).remove(0);
    assert_eq!((message.status, message.readings.len()), (Status::DecryptFailed, 0));
    assert_eq!(message.problems[0].code, ProblemCode::WrongKey);
}

/// The configuration word of old meters holds anything.
#[test]
fn junk_in_the_configuration_word() {
    let records =
        "0C 78 78 56 34 12 03 06 F9 34 15 0C 13 27 04 85 02 02 5A 29 01 02 5E 05 01 04 6D 32 37 1F 15";
    for word in ["FF FF", "27 B6", "00 05", "20 05", "F0 05", "20 07", "00 02"] {
        let header = format!("78 56 34 12 24 40 01 07 55 00 {word}");
        let message = one(&long(&hex(&format!("08 01 72 {header} {records}"))));
        assert_eq!(
            (message.status, message.readings.len()),
            (Status::Ok, 6),
            "{word} {:?}",
            message.problems
        );
    }
}

#[test]
fn chance_is_not_taken_for_plain_records() {
    // A linear congruential generator: fixed bytes without any structure.
    let mut state = 1u64;
    let mut taken = 0;
    for _ in 0..100_000 {
        let bytes: Vec<u8> = (0..48)
            .map(|_| {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (state >> 56) as u8
            })
            .collect();
        taken += usize::from(record::plausible(&bytes));
    }
    assert!(taken <= 10, "{taken} of 100000");
}

#[test]
fn every_byte_is_explained() {
    let frame = long(&hex(&format!(
        "08 01 72 {HEADER} 2F 8C 10 04 27 04 85 02 02 FC 03 48 52 25 74 22 15 0D FD 11 02 41 42 0F AA"
    )));
    let (message, trace) = explain(&frame, &Keys::default());
    assert_eq!(message.status, Status::Ok);
    let mut covered = vec![0; frame.len()];
    for part in &trace.layers[0].parts {
        let crate::decode::trace::Part::Note(note) = part else { panic!("no inner layer here") };
        covered[note.at.clone()].iter_mut().for_each(|n| *n += 1);
    }
    assert!(covered.iter().all(|&n| n == 1), "{covered:?}");
}

proptest! {
    #[test]
    fn no_input_panics(content in prop::collection::vec(any::<u8>(), 3..250), ci in 0x50u8..0x7F) {
        let mut content = content;
        content[2] = ci;
        let keys = Keys { encryption: Some(Key::new([1; 16])), authentication: None };
        explain(&long(&content), &keys);
        decode(&content, &keys);
    }

    #[test]
    fn a_flipped_bit_never_gives_other_values(bit in 0usize..8 * 31) {
        let frame = long(&hex(&format!("08 01 72 {HEADER} 03 13 15 31 00 DA 02 3B 13 01")));
        let good = one(&frame);
        let mut bad = frame.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        for message in decode(&bad, &Keys::default()) {
            prop_assert!(message.status != Status::Ok || message.readings.is_empty() || message == good);
        }
    }

    #[test]
    fn a_cut_frame_is_never_ok(n in 1usize..31) {
        let frame = long(&hex(&format!("08 01 72 {HEADER} 03 13 15 31 00 DA 02 3B 13 01")));
        for message in decode(&frame[..n], &Keys::default()) {
            prop_assert_ne!(message.status, Status::Ok);
        }
    }
}
