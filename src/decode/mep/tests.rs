use super::*;
use crate::decode::trace::Explanation;
use crate::decode::{Decoder, Options, Value, decode_all};
use proptest::prelude::*;

/// The key of the guide's examples.
const ONES: Key = Key::new([1; 16]);

fn hex(text: &str) -> Vec<u8> {
    hex::decode(text.replace([' ', '\n'], "")).unwrap()
}

fn with_key() -> Options {
    Options { keys: Keys { encryption: Some(ONES), authentication: None }, ..Options::default() }
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
            format!("{} {value} {}", r.id, r.unit.as_deref().unwrap_or("-"))
        })
        .collect()
}

fn tags(messages: &[Message]) -> Vec<Option<TagState>> {
    messages.iter().map(|m| m.security.as_ref().map(|s| s.tag)).collect()
}

/// Packets as the guide describes them, put together by hand.
fn exchange(key: &Key, command: &[u8], sequence: u32, answer: &[u8]) -> Vec<u8> {
    let mut request = command.to_vec();
    request.extend(sequence.to_be_bytes());
    let of_request = crypt::digest(key, &[&request]);
    let of_answer = crypt::digest(key, &[&request, answer]);
    let mut bytes = Vec::new();
    for (body, digest) in [(&request[..], of_request), (answer, of_answer)] {
        bytes.extend(((body.len() + 8) as u16).to_be_bytes());
        bytes.extend(body);
        bytes.extend(digest);
    }
    bytes
}

fn read_part(table: u16, offset: u32, data: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut command = vec![packet::READ_PART];
    command.extend(table.to_be_bytes());
    command.extend(&offset.to_be_bytes()[1..]);
    command.extend((data.len() as u16).to_be_bytes());
    let mut answer = vec![0];
    answer.extend((data.len() as u16).to_be_bytes());
    answer.extend(data);
    (command, answer)
}

fn reads(tables: &[(u16, u32, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (sequence, (table, offset, data)) in tables.iter().enumerate() {
        let (command, answer) = read_part(*table, *offset, data);
        bytes.extend(exchange(&ONES, &command, sequence as u32, &answer));
    }
    bytes
}

/// Guide 078-0372-01, RC4 example 1 (key 16 × 01): a refused sequence number, then 44 bytes of BT23.
const GUIDE_READ: &str = "00143F0017000000002C77635B9113DB85A135A0575E
    003700002C00000000000000000000000000000000080000000300000000000000000000000000000000000000060000 00ADDCB82C3D417F91";

#[test]
fn the_guides_read() {
    let messages = decode_all(&hex(GUIDE_READ), &with_key());
    assert_eq!(tags(&messages), [Some(TagState::Verified); 2]);
    assert!(messages.iter().all(|m| m.status == Status::Ok));
    assert_eq!(messages[0].direction, Some(Direction::Request));
    assert!(messages[0].readings.is_empty());
    let readings = show(&messages[1]);
    assert_eq!(readings.len(), 11);
    assert_eq!(readings[0], "mep:BT23.0 0 Wh");
    assert_eq!(&readings[4..6], ["mep:BT23.4 8 s", "mep:BT23.5 3 -"]);
    assert_eq!(readings[10], "mep:BT23.10 6 -");
    assert_eq!(messages[1].readings[0].scale_source, Some("OSGP MEP tables, layout assumed"));
    assert!(messages[1].problems.iter().any(|p| p.code == ProblemCode::Assumed));
}

#[test]
fn without_a_key_it_says_so() {
    let messages = decode_all(&hex(GUIDE_READ), &Options::default());
    assert_eq!(tags(&messages), [Some(TagState::Unverified); 2]);
    assert_eq!(messages[1].readings.len(), 11);
}

#[test]
fn another_key_does_not_vouch() {
    let keys = Keys { encryption: Some(Key::new([2; 16])), authentication: None };
    let messages = decode_all(&hex(GUIDE_READ), &Options { keys, ..Options::default() });
    assert_eq!(tags(&messages), [Some(TagState::Failed); 2]);
    assert!(messages.iter().all(|m| m.status == Status::DecryptFailed));
    assert!(messages[0].problems.iter().any(|p| p.code == ProblemCode::WrongKey));
}

#[test]
fn the_guides_refused_sequence_number() {
    let bytes = hex("00143F0017000000002C0102030474861F6D7658DD56 000D0C77635B9035863C1DF5B91482");
    let messages = decode_all(&bytes, &with_key());
    assert_eq!(tags(&messages), [Some(TagState::Verified); 2]);
    let problem = &messages[1].problems[0];
    assert_eq!(problem.code, ProblemCode::MeterError);
    assert!(problem.message.contains("77635B91"), "{}", problem.message);
}

#[test]
fn the_guides_writes() {
    for bytes in [
        "0017400007000611080700F8035B4E4309697AB201497E9CF7 000900697AB201497E9CF7",
        "00154F083200001E00010177636E2F86E50E2667D1E63C 00090086E50E2667D1E63C",
    ] {
        let messages = decode_all(&hex(bytes), &with_key());
        assert_eq!(tags(&messages), [Some(TagState::Verified); 2]);
        assert!(
            messages.iter().all(|m| m.status == Status::Ok && m.readings.is_empty() && m.problems.is_empty())
        );
    }
}

#[test]
fn the_guides_tls_packets_cannot_be_read() {
    let bytes = hex("00268017030300200000000000000001E7F9867E27321D43E70BF8F9BA302443F0F07271B4DE5AC1
        002200170303001C0000000000000001680FA05379BEB36ECB96CC66E2D1CEA965C728EA");
    let messages = decode_all(&bytes, &Options::default());
    assert_eq!(messages.iter().map(|m| m.status).collect::<Vec<_>>(), [Status::Encrypted; 2]);
    assert_eq!(messages[1].direction, Some(Direction::Response));
}

/// The guide's example transaction, with the meter's layout in its third item.
const GUIDE_TRANSACTION: &str = "
    00574F08340000000043 4300000100 08003F080B000000000A 08003F0014000000000A 08003F0015000000000A
    08003F08040000370001 08003F080E000000000C 08003F080F000000001F 0100 5B4E42E6ED6A9CEFF4CC0E39
    000900ED6A9CEFF4CC0E39
    00143F083500000000055B4E42E7489775DAD853E3A3 00100000056F00010100974B99CAA3314519
    00143F0835000000006F5B4E42E81B3204497445A87A
    007A00006F 6F00010100 0D0000000A054224050605020103F9 0D0000000A3F0EFD0F08100104081A
    0D0000000A3F0E0C0F08000104081A 0400000001 04 0F0000000C000000000011010001042F00
    220000001F004200010002014500010002014800010002010300F80302014B00010002010100BFD4EBF2B7E01F43";

#[test]
fn a_transaction_is_read_item_by_item() {
    let mut bytes = hex(GUIDE_TRANSACTION);
    // What the transaction said about the layout is used for the next read: 15 summations behind a reset counter.
    let mut table = vec![7];
    for n in 0..15i32 {
        table.extend((1000 + n).to_le_bytes());
    }
    bytes.extend(reads(&[(23, 0, &table)]));
    let messages = decode_all(&bytes, &with_key());
    assert_eq!(tags(&messages), [Some(TagState::Verified); 8]);
    assert!(messages.iter().all(|m| m.status == Status::Ok), "{messages:#?}");
    assert_eq!(show(&messages[5])[3], "mep:BT21.3 15 -");
    assert_eq!(show(&messages[5])[9], "mep:BT21.9 26 -");
    let readings = show(&messages[7]);
    assert_eq!((readings.len(), readings[14].as_str()), (15, "mep:BT23.14 1014 varh"));
    assert_eq!(messages[7].readings[0].scale_source, Some("OSGP MEP tables"));
    assert!(messages[7].problems.is_empty());
}

#[test]
fn tiers_and_present_values() {
    let layout = [0x00, 0, 0, 11, 0, 0, 0, 2, 1, 12];
    let mut energies = Vec::new();
    for n in 0..33i32 {
        energies.extend((n * 10 - 5).to_le_bytes());
    }
    let mut present = vec![0xEE; 4];
    for n in [1234, -5, 0, 7, 4321, 0, 0, 231_400, 0, 0, -998, 49_987i32] {
        present.extend(n.to_le_bytes());
    }
    let messages =
        decode_all(&reads(&[(21, 0, &layout), (23, 0, &energies), (28, 0, &present)]), &with_key());
    assert_eq!(messages.len(), 6);
    let readings = show(&messages[3]);
    assert_eq!(readings.len(), 33);
    assert_eq!((readings[0].as_str(), readings[12].as_str()), ("mep:BT23.0 -5 Wh", "mep:BT23.T0.1 115 Wh"));
    assert_eq!(readings[32], "mep:BT23.T1.10 315 -");
    let readings = show(&messages[5]);
    assert_eq!(readings.len(), 12);
    assert_eq!(readings[1], "mep:BT28.1 -5 W");
    assert_eq!(&readings[7], "mep:BT28.7 231400 mV");
    assert_eq!(&readings[10..], ["mep:BT28.10 -0.998 -", "mep:BT28.11 49987 mHz"]);
}

#[test]
fn parts_of_tables() {
    let part: Vec<u8> = [70_000i32, -1].iter().flat_map(|n| n.to_le_bytes()).collect();
    // Two summations behind a reset counter and two others, and half a value at each end.
    let messages = decode_all(
        &reads(&[(21, 0, &[4, 0, 0, 11, 0, 0, 0, 0, 0, 0]), (23, 9, &part), (23, 7, &part)]),
        &with_key(),
    );
    assert_eq!(show(&messages[3]), ["mep:BT23.2 70000 varh", "mep:BT23.3 -1 varh"]);
    assert_eq!(show(&messages[5]).len(), 1);
}

#[test]
fn who_and_when() {
    let mut identity = b"NES 83331-3I".to_vec();
    identity.extend([0, 0, 0x31, 0x55]);
    let mut serial = b"1234567890".to_vec();
    serial.resize(30, b' ');
    let clock = [24, 2, 29, 23, 59, 58, 0];
    let messages =
        decode_all(&reads(&[(1, 0, &identity), (0x0803, 0, &serial), (52, 0, &clock)]), &with_key());
    assert_eq!(messages[1].meter.manufacturer.as_deref(), Some("NES"));
    assert_eq!(messages[1].meter.model.as_deref(), Some("83331-3I"));
    assert_eq!(messages[1].meter.version.as_deref(), Some("3.10.21"));
    assert_eq!(messages[3].meter.id.as_deref(), Some("1234567890"));
    assert_eq!(messages[5].time.map(|t| t.to_string()).as_deref(), Some("2024-02-29T23:59:58Z"));
}

#[test]
fn refusals_name_the_reason() {
    for (code, word) in [(3, "permission"), (5, "table"), (0x0B, "digest")] {
        let bytes = exchange(&ONES, &hex("30001C"), 9, &[code]);
        let messages = decode_all(&bytes, &with_key());
        assert_eq!(messages[1].status, Status::Ok);
        assert!(messages[1].problems[0].message.contains(word), "{:?}", messages[1].problems);
    }
    // Without a digest of its own.
    let mut bytes = exchange(&ONES, &hex("30001C"), 9, &[0x0B]);
    bytes.truncate(bytes.len() - 11);
    bytes.extend([0, 1, 0x0B]);
    assert_eq!(tags(&decode_all(&bytes, &with_key())), [Some(TagState::Verified), Some(TagState::Absent)]);
}

#[test]
fn an_alert_is_one_only_behind_a_packet() {
    let mut bytes = vec![0, 0, 0, 0];
    bytes.extend(hex(GUIDE_READ));
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(hex(GUIDE_READ));
    let lengths: Vec<_> = decode_all(&bytes, &with_key()).iter().map(|m| m.length).collect();
    assert_eq!(lengths, [22, 57, 2, 2, 22, 57]);
}

#[test]
fn an_answer_without_its_request_is_not_understood() {
    let whole = hex(GUIDE_READ);
    let mut bytes = whole[22..].to_vec();
    bytes.extend(&whole);
    let messages = decode_all(&bytes, &with_key());
    assert_eq!(messages.len(), 3);
    assert_eq!((messages[0].status, messages[0].readings.len()), (Status::Truncated, 0));
    assert_eq!(messages[0].problems[0].code, ProblemCode::Sequence);
    assert_eq!(messages[2].readings.len(), 11);
    // Alone it is nothing that could be told from noise.
    assert_eq!(decode_all(&whole[22..], &Options::default()), []);
}

#[test]
fn noise_of_zeros_is_no_packet() {
    for bytes in [vec![0; 500], vec![1; 500], [0, 20, 0, 0].repeat(100), [0, 9, 0].repeat(100)] {
        assert_eq!(decode_all(&bytes, &Options::default()), []);
        assert_eq!(decode_all(&bytes, &with_key()), []);
    }
}

#[test]
fn explains_every_byte() {
    let mut bytes = hex(GUIDE_TRANSACTION);
    bytes.extend(hex(GUIDE_READ));
    bytes.extend([0, 0]);
    bytes.extend(reads(&[
        (1, 0, b"NES 83331-3I0012"),
        (28, 3, &[1; 33]),
        (52, 0, &[24, 2, 29, 23, 59, 58, 0]),
        (99, 0, &[1]),
    ]));
    bytes.extend(hex("00268017030300200000000000000001E7F9867E27321D43E70BF8F9BA302443F0F07271B4DE5AC1"));
    bytes.extend(&hex(GUIDE_READ)[..50]);
    for options in [with_key(), Options::default()] {
        let mut decoder = Decoder::with_trace(&options, Explanation::default());
        decoder.push(&bytes);
        decoder.finish();
        let mut total = 0;
        while let Some(message) = decoder.next() {
            total += message.length;
        }
        assert_eq!(total, bytes.len() as u64);
        for layer in &decoder.trace_mut().layers {
            layer.assert_every_byte_once();
        }
    }
}

/// Found by fuzzing: behind a request, nine bytes of which the first is 0C are no answer, whether they come at once or not.
#[test]
fn an_answer_about_the_sequence_tells_the_sequence() {
    let bytes = hex("001130001c02000000000318fc9b712257b65600090c22df298dc1d81156335d85b0");
    let whole = decode_all(&bytes, &with_key());
    assert_eq!(whole.len(), 1, "{whole:?}");
    let mut decoder = Decoder::new(&with_key());
    let mut pieces = 0;
    for byte in &bytes {
        decoder.push(&[*byte]);
        while decoder.next().is_some() {
            pieces += 1;
        }
    }
    assert_eq!(pieces, 1);
}

proptest! {
    #[test]
    fn chunks_do_not_matter(
        parts in prop::collection::vec(prop_oneof![
            Just(hex(GUIDE_READ)), Just(hex(GUIDE_TRANSACTION)), Just(vec![0, 0]), Just(vec![0]),
            prop::collection::vec(any::<u8>(), 0..12), prop::collection::vec(0u8..2, 0..12),
        ], 1..5),
        size in 1usize..40,
        key in any::<bool>(),
    ) {
        let bytes = parts.concat();
        let options = if key { with_key() } else { Options::default() };
        let whole = decode_all(&bytes, &options);
        let mut decoder = Decoder::new(&options);
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
    fn a_flipped_bit_never_gives_other_values_under_a_key(
        data in prop::collection::vec(any::<u8>(), 44..45),
        at in any::<prop::sample::Index>(),
        bit in 0u8..8,
    ) {
        let mut bytes = reads(&[(21, 0, &[0, 0, 0, 11, 0, 0, 0, 0, 0, 0]), (23, 0, &data)]);
        let good = decode_all(&bytes, &with_key());
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        for message in decode_all(&bytes, &with_key()) {
            if message.status == Status::Ok && !message.readings.is_empty() {
                // Where the layout was lost, another source is named; the values are the same.
                let values = |m: &Message| m.readings.iter().map(|r| (r.id.clone(), r.value.clone())).collect::<Vec<_>>();
                prop_assert!(good.iter().any(|g| values(g) == values(&message)));
            }
        }
    }

    #[test]
    fn cut_off_is_never_ok(cut in 23usize..79) {
        let messages = decode_all(&hex(GUIDE_READ)[..cut], &with_key());
        prop_assert!(messages.iter().skip(1).all(|m| m.status == Status::Truncated), "{messages:?}");
    }

    #[test]
    fn no_input_panics(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0x14), Just(0x3F), Just(1)], 0..300), key in any::<bool>()) {
        decode_all(&bytes, &if key { with_key() } else { Options::default() });
    }

    #[test]
    fn no_table_panics(table in 0u16..0x900, offset in 0u32..600, data in prop::collection::vec(any::<u8>(), 0..300)) {
        decode_all(&reads(&[(21, 0, data.get(..10).unwrap_or(&[])), (table, offset, &data)]), &with_key());
    }
}
