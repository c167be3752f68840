use super::*;
use crate::decode::trace::Explanation;
use crate::decode::{Decoder, Options, Status, decode_all};
use proptest::prelude::*;

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace([' ', '\n'], "")).unwrap()
}

fn only() -> Options {
    Options { protocol: Some(Protocol::Kmp), ..Options::default() }
}

/// A frame round `content` (address, command, data), checksum and stuffing done here by hand.
fn frame(start: u8, content: &[u8]) -> Vec<u8> {
    let mut crc = 0u16;
    for &byte in content {
        crc ^= u16::from(byte) << 8;
        for _ in 0..8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
        }
    }
    let mut bytes = vec![start];
    for byte in content.iter().copied().chain(crc.to_be_bytes()) {
        match byte {
            0x06 | 0x0D | 0x1B | 0x40 | 0x80 => bytes.extend([0x1B, byte ^ 0xFF]),
            _ => bytes.push(byte),
        }
    }
    bytes.push(0x0D);
    bytes
}

fn show(message: &Message) -> Vec<String> {
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
            let unit = r.unit.as_deref().unwrap_or("-");
            let time = r.time.map(|t| format!(" at {t}")).unwrap_or_default();
            format!("{} {value} {unit}{time}", r.id)
        })
        .collect()
}

/// Examples of Kamstrup's protocol description, sections 6.2.1, 6.2.2 and 6.2.4, as quoted by PyKMP.
#[test]
fn the_documents_sessions() {
    let messages = decode_all(&hex("803F01058A0D 403F0100041BF90126990D"), &Options::default());
    let [request, answer] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(
        (request.direction, request.status, request.length),
        (Some(Direction::Request), Status::Ok, 6)
    );
    assert!(request.readings.is_empty());
    assert_eq!((answer.direction, answer.status, answer.offset), (Some(Direction::Response), Status::Ok, 6));
    assert_eq!(answer.meter.model.as_deref(), Some("0004"));
    assert_eq!(answer.meter.version.as_deref(), Some("F1"));

    let messages = decode_all(&hex("803F0235E90D 403F0201234567E9560D"), &Options::default());
    assert_eq!(messages[1].meter.id.as_deref(), Some("19088743"));

    let messages =
        decode_all(&hex("803F1001001B7FD4080D 403F10001B7F160411012AF02463030D"), &Options::default());
    assert_eq!(show(&messages[1]), [format!("kmp:128 19591204{} kW", "0".repeat(17))]);
}

/// Eight registers of a MULTICAL 601 in one answer; values worked out by hand.
#[test]
fn many_registers_in_one_answer() {
    let answer = frame(
        0x40,
        &hex(
            "3F10 003C 08 04 43 0005C4A6  0056 25 02 42 18C8  004A 29 04 00 00000123  03EB 30 04 00 0003AE4F
             03EA 2F 04 00 00030E33  00FE 36 0C 00 30324B35324143314137435A",
        ),
    );
    let messages = decode_all(&answer, &Options::default());
    assert_eq!(messages.len(), 1);
    assert_eq!(
        show(&messages[0]),
        [
            "kmp:60 378.022 GJ",
            "kmp:86 63.44 °C",
            "kmp:74 291 l/h",
            "kmp:1003 2024-12-31 -",
            "kmp:1002 20:02:43 -",
            "kmp:254 02K52AC1A7CZ -"
        ]
    );
    assert_eq!(messages[0].time.map(|t| t.to_string()).as_deref(), Some("2024-12-31T20:02:43"));
}

#[test]
fn a_logger_states_its_columns_once() {
    // Two entries of two registers: the second entry has values alone.
    let answer = frame(
        0x40,
        &hex("3FB8 06 04 0002 02 00000009 0000000A 0040
              003C 02 04 41 0000007B  015C 4F 07 00 00180C1F000004
              00000078 00180C1E000004"),
    );
    let messages = decode_all(&answer, &Options::default());
    assert_eq!(messages[0].status, Status::Ok, "{:?}", messages[0].problems);
    assert_eq!(
        show(&messages[0]),
        [
            "kmp:60 12.3 kWh at 2024-12-31T00:00:04",
            "kmp:348 2024-12-31T00:00:04 - at 2024-12-31T00:00:04",
            "kmp:60 12.0 kWh at 2024-12-30T00:00:04",
            "kmp:348 2024-12-30T00:00:04 - at 2024-12-30T00:00:04"
        ]
    );
    assert_eq!(messages[0].time, None, "the time of an entry is not the meter's clock");
}

#[test]
fn a_logger_without_bytes_has_no_entries() {
    let answer = frame(0x40, &hex("3FB8 06 04 FFFF 01 00000009 0000000A 0000 003C 02 00 00"));
    let messages = decode_all(&answer, &Options::default());
    assert_eq!(messages[0].status, Status::Malformed);
    assert!(messages[0].readings.len() < 3);
}

#[test]
fn an_acknowledge_belongs_to_the_request_before_it() {
    let clock = frame(0x80, &hex("3F09 0003AE4F 00030E33"));
    let mut bytes = vec![0x06, 0x06];
    bytes.extend(&clock);
    bytes.extend([0x06, 0x06]);
    let messages = decode_all(&bytes, &Options::default());
    let lengths: Vec<_> = messages.iter().map(|m| (m.direction, m.offset, m.length)).collect();
    let end = clock.len() as u64;
    assert_eq!(lengths, [(Some(Direction::Request), 2, end), (Some(Direction::Response), end + 2, 1)]);
}

#[test]
fn damage_has_a_name() {
    for (bytes, status) in [
        ("403F0201234567E9570D", Status::BadChecksum),
        ("403F0201234567", Status::Truncated),
        ("403F021BFF0D", Status::Malformed),
        ("403F021B0D", Status::Malformed),
        ("80FFFF1D0F0D", Status::Unsupported),
        ("803F010D", Status::BadChecksum),
    ] {
        let messages = decode_all(&hex(bytes), &only());
        assert_eq!(messages.iter().map(|m| m.status).collect::<Vec<_>>(), [status], "{bytes}");
        assert!(!messages[0].problems.is_empty(), "{bytes}");
    }
    for content in ["3F01 0004", "3F02 012345", "3F10 003C 02 04 43 0005C4", "3FB8 06", "3FB8 05 02 01"] {
        let messages = decode_all(&frame(0x40, &hex(content)), &only());
        assert_eq!(messages[0].status, Status::Malformed, "{content}");
    }
    for content in ["3F01 00", "3F10", "3F10 02 003C", "3F10 01 003C 00", "3FB8 05 02 01", "3FB8 06 04 00"] {
        let messages = decode_all(&frame(0x80, &hex(content)), &only());
        assert_eq!(messages[0].status, Status::Malformed, "{content}");
    }
}

#[test]
fn what_can_be_read_of_a_broken_frame_is_shown_but_not_vouched_for() {
    let mut bytes = frame(0x40, &hex("3F10 003C 02 04 43 00000001 003F 02 04 43 00000002"));
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    let messages = decode_all(&bytes, &only());
    assert_eq!(messages[0].status, Status::BadChecksum);
    assert_eq!(show(&messages[0]), ["kmp:60 0.001 kWh", "kmp:63 0.002 kWh"]);
}

/// Every byte of every layer is explained, and none twice.
#[test]
fn explains_every_byte() {
    for bytes in [
        frame(0x80, &hex("3F01")),
        frame(0x40, &hex("3F01 0004 0601")),
        frame(0x40, &hex("3F02 01234567")),
        frame(0x80, &hex("3F10 02 003C 0080")),
        frame(0x40, &hex("3F10 003C 02 04 43 00000001 003F 02 04 43 00000002")),
        frame(0x80, &hex("3FB8 06 02 00000002 0002 01 03EB")),
        frame(0x40, &hex("3FB8 06 02 0002 01 00000002 00000002 00C0 03EB 30 04 00 0003F805 0003D0F5")),
        frame(0x40, &hex("3FB8 05 02 010101 010000 0100 0100 0014 02 003C 003F")),
        frame(0x80, &hex("3F09 0003AE4F 00030E33")),
        frame(0x80, &hex("FFFF 01")),
    ] {
        let mut decoder = Decoder::with_trace(&only(), Explanation::default());
        decoder.push(&bytes);
        decoder.finish();
        assert_eq!(decoder.next().map(|m| m.length), Some(bytes.len() as u64));
        let layers = &decoder.trace_mut().layers;
        assert_eq!(layers.len(), 1);
        layers[0].assert_every_byte_once();
    }
}

fn session() -> impl Strategy<Value = Vec<u8>> {
    let register = (any::<u16>(), 0u8..70, 0u8..=255, prop::collection::vec(any::<u8>(), 1..9));
    prop::collection::vec(
        prop_oneof![
            prop::collection::vec(register, 0..6).prop_map(|registers| {
                let mut content = hex("3F10");
                for (register, unit, exponent, mantissa) in registers {
                    content.extend(register.to_be_bytes());
                    content.extend([unit, mantissa.len() as u8, exponent]);
                    content.extend(mantissa);
                }
                frame(0x40, &content)
            }),
            prop::collection::vec(any::<u16>(), 1..8).prop_map(|ids| {
                let mut content = vec![0x3F, 0x10, ids.len() as u8];
                ids.iter().for_each(|id| content.extend(id.to_be_bytes()));
                let mut bytes = frame(0x80, &content);
                bytes.push(0x06);
                bytes
            }),
            prop::collection::vec(any::<u8>(), 0..20),
        ],
        1..5,
    )
    .prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn chunks_do_not_matter(bytes in session(), size in 1usize..9) {
        let whole = decode_all(&bytes, &only());
        let mut decoder = Decoder::new(&only());
        let mut pieces = Vec::new();
        for piece in bytes.chunks(size) {
            decoder.push(piece);
            while let Some(message) = decoder.next() {
                pieces.push(message.clone());
            }
        }
        decoder.finish();
        while let Some(message) = decoder.next() {
            pieces.push(message.clone());
        }
        prop_assert_eq!(whole, pieces);
    }

    #[test]
    fn a_flipped_bit_never_gives_other_values(
        registers in prop::collection::vec((any::<u16>(), 0u8..70, any::<u32>()), 1..6),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut content = hex("3F10");
        for (register, unit, mantissa) in registers {
            content.extend(register.to_be_bytes());
            content.extend([unit, 4, 0x42]);
            content.extend(mantissa.to_be_bytes());
        }
        let mut bytes = frame(0x40, &content);
        let good = decode_all(&bytes, &only());
        prop_assert_eq!(good[0].status, Status::Ok);
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        for message in decode_all(&bytes, &only()) {
            if message.status == Status::Ok {
                prop_assert!(message.readings.is_empty() || message.readings == good[0].readings);
            }
        }
    }

    #[test]
    fn cut_off_is_never_ok(cut in 1usize..30) {
        let bytes = frame(0x40, &hex("3F10 003C 02 04 43 00000001 003F 02 04 43 00000002"));
        let cut = cut.min(bytes.len() - 1);
        for message in decode_all(&bytes[..cut], &only()) {
            prop_assert_ne!(message.status, Status::Ok);
        }
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0x40), Just(0x80), Just(0x1B), Just(0x3F), Just(0x10), Just(0x0D)], 0..300)) {
        decode_all(&bytes, &only());
    }
}
