//! Telegrams as the companion standards print them, and what happens to them on the way.

use crate::decode::checksum::arc;
use crate::decode::{Message, Options, ProblemCode, Protocol, Status, decode_all};

/// A telegram with its CRC.
fn with_crc(text: &str) -> Vec<u8> {
    let text = format!("{}!", text.replace('\n', "\r\n"));
    format!("{text}{:04X}\r\n", arc(text.as_bytes())).into_bytes()
}

fn only(input: &[u8]) -> Message {
    let messages = decode_all(input, &Options::default());
    let [message] = &messages[..] else { panic!("{} messages: {messages:#?}", messages.len()) };
    assert_eq!(message.protocol, Protocol::Dsmr);
    message.clone()
}

fn codes(message: &Message) -> Vec<ProblemCode> {
    message.problems.iter().map(|problem| problem.code).collect()
}

/// `id value unit time` of each reading.
fn lines(message: &Message) -> Vec<String> {
    let line = |r: &crate::decode::Reading| {
        let unit = r.unit.as_ref().map_or(String::new(), |unit| format!(" {unit}"));
        let time = r.time.map_or(String::new(), |time| format!(" @{time}"));
        format!("{} {}{unit}{time}", r.id, crate::decode::text::value(&r.value))
    };
    message.readings.iter().map(line).collect()
}

const SHORT: &str =
    "/ISk5\\2MT382-1000\n\n1-3:0.2.8(50)\n0-0:1.0.0(101209113020W)\n1-0:1.8.1(123456.789*kWh)\n";

/// The example of P1 companion standard 5.0.2, section 6.13.
const STANDARD: &str = "\
/ISk5\\2MT382-1000

1-3:0.2.8(50)
0-0:1.0.0(101209113020W)
0-0:96.1.1(4B384547303034303436333935353037)
1-0:1.8.1(123456.789*kWh)
1-0:1.8.2(123456.789*kWh)
1-0:2.8.1(123456.789*kWh)
1-0:2.8.2(123456.789*kWh)
0-0:96.14.0(0002)
1-0:1.7.0(01.193*kW)
1-0:2.7.0(00.000*kW)
0-0:96.7.21(00004)
0-0:96.7.9(00002)
1-0:99.97.0(2)(0-0:96.7.19)(101208152415W)(0000000240*s)(101208151004W)(0000000301*s)
1-0:32.32.0(00002)
0-0:96.13.0(303132333435363738393A3B3C3D3E3F)
1-0:32.7.0(220.1*V)
1-0:31.7.0(001*A)
1-0:21.7.0(01.111*kW)
0-1:24.1.0(003)
0-1:96.1.0(3232323241424344313233343536373839)
0-1:24.2.1(101209112500W)(12785.123*m3)
";

#[test]
fn the_example_of_the_standard() {
    let message = only(&with_crc(STANDARD));
    assert_eq!((message.status, codes(&message)), (Status::Ok, vec![]));
    let meter = &message.meter;
    assert_eq!(meter.manufacturer.as_deref(), Some("ISK"));
    assert_eq!(meter.model.as_deref(), Some("MT382-1000"));
    assert_eq!(meter.id.as_deref(), Some("K8EG004046395507"));
    assert_eq!(meter.version.as_deref(), Some("50"));
    assert_eq!(message.time.map(|time| time.to_string()).as_deref(), Some("2010-12-09T11:30:20+01:00"));
    assert_eq!(
        lines(&message),
        [
            "1-3:0.2.8 50",
            "0-0:96.1.1 K8EG004046395507",
            "1-0:1.8.1 123456.789 kWh",
            "1-0:1.8.2 123456.789 kWh",
            "1-0:2.8.1 123456.789 kWh",
            "1-0:2.8.2 123456.789 kWh",
            "0-0:96.14.0 0002",
            "1-0:1.7.0 1.193 kW",
            "1-0:2.7.0 0.000 kW",
            "0-0:96.7.21 4",
            "0-0:96.7.9 2",
            "0-0:96.7.19 240 s @2010-12-08T15:24:15+01:00",
            "0-0:96.7.19 301 s @2010-12-08T15:10:04+01:00",
            "1-0:32.32.0 2",
            "0-0:96.13.0 0123456789:;<=>?",
            "1-0:32.7.0 220.1 V",
            "1-0:31.7.0 1 A",
            "1-0:21.7.0 1.111 kW",
            "0-1:24.1.0 3",
            "0-1:96.1.0 2222ABCD123456789",
            "0-1:24.2.1 12785.123 m3 @2010-12-09T11:25:00+01:00",
        ]
    );
}

#[test]
fn version_2_has_gas_on_the_next_line_and_no_crc() {
    let text = "/KMP5 KA6U001660297912\r\n\r\n1-0:1.8.1(00185.000*kWh)\r\n0-1:24.3.0(121030140000)(00)(60)(1)(0-1:24.2.1)(m3)\r\n\
        (00124.477)\r\n0-2:24.3.0(121030140000)(00)(60)(2)(0-2:24.2.1)(m3)(0-2:24.2.2)(GJ)\r\n(00001.000)(00002.000)\r\n!\r\n";
    let message = only(text.as_bytes());
    assert_eq!((message.status, codes(&message)), (Status::Ok, vec![ProblemCode::NoChecksum]));
    assert_eq!(
        lines(&message),
        [
            "1-0:1.8.1 185.000 kWh",
            "0-1:24.3.0 124.477 m3 @2012-10-30T14:00:00",
            "0-2:24.3.0 1.000 m3 @2012-10-30T14:00:00",
            "0-2:24.3.0 2.000 GJ @2012-10-30T14:00:00",
        ]
    );
    // The value is missing: said, and not taken from somewhere else.
    let cut = only(text.replace("(00124.477)\r\n", "").as_bytes());
    assert!(
        codes(&cut).contains(&ProblemCode::BadValue)
            || lines(&cut).iter().any(|l| l.starts_with("0-1:24.3.0 - m3"))
    );
}

#[test]
fn belgian_and_hungarian_history() {
    let message = only(&with_crc(
        "/FLU5\\253769484_A\n\n0-0:1.0.0(200512135409S)\n1-0:1.6.0(200509134558S)(02.589*kW)\n\
        0-0:98.1.0(2)(1-0:1.6.0)(1-0:1.6.0)(200501000000S)(200423192538S)(03.695*kW)(632525252525W)(632525252525W)(00.000*kW)\n",
    ));
    assert_eq!((message.status, codes(&message)), (Status::Ok, vec![ProblemCode::BadTime]));
    assert_eq!(
        lines(&message),
        [
            "1-0:1.6.0 2.589 kW @2020-05-09T13:45:58+02:00",
            "0-0:98.1.0 3.695 kW @2020-04-23T19:25:38+02:00",
            "0-0:98.1.0 0.000 kW",
        ]
    );
    let message = only(&with_crc(
        "/AUX59902759006\n\n0-0:1.0.0(250101000010W)\n0-0:98.1.0(250101000000W)(000179.115*kWh)(000000.001*kWh)\n",
    ));
    assert_eq!(
        lines(&message),
        [
            "0-0:98.1.0 179.115 kWh @2025-01-01T00:00:00+01:00",
            "0-0:98.1.0 0.001 kWh @2025-01-01T00:00:00+01:00"
        ]
    );
}

#[test]
fn what_meters_send_that_no_standard_has() {
    let message = only(&with_crc(
        "/KAM5\n\n0-0:1.0.0(250000000000W)\n1-0:1.8.0(00000123.321*kWh)\n1-0:4:24.7.0(1*kW)\n0-2:96.1.0()\n\
        0-1:24.2.1(700101010000W)(00000000)\n1-0:2.8.0(*kWh)\n1-0:3.8.0()\n1-0:99.97.0()\n",
    ));
    assert_eq!(message.status, Status::Ok);
    assert_eq!(message.time, None);
    let want = vec![ProblemCode::BadTime, ProblemCode::Malformed, ProblemCode::BadValue];
    assert_eq!(codes(&message), want, "{:#?}", message.problems);
    assert_eq!(
        lines(&message),
        [
            "1-0:1.8.0 123.321 kWh",
            "0-2:96.1.0 ",
            "0-1:24.2.1 0 @2070-01-01T01:00:00+01:00",
            "1-0:2.8.0 -",
            "1-0:3.8.0 -",
        ]
    );
}

#[test]
fn a_crc_may_be_unpadded_or_lower_case() {
    // Text is varied until its CRC has a leading zero.
    let text = (0..10_000)
        .map(|n| format!("/NWA-WARMTELINK\r\n\r\n0-0:1.0.0(260215200523W)\r\n0-1:24.2.1(260215200523W)({n}.860*GJ)\r\n!"))
        .find(|text| (0x10..0x100).contains(&arc(text.as_bytes())))
        .unwrap();
    let crc = arc(text.as_bytes());
    for end in [format!("{crc:X}\r\n"), format!("{crc:x}\r\n"), format!("{crc:04x}\r\n"), format!("{crc:X}")]
    {
        let message = only(format!("{text}{end}").as_bytes());
        assert_eq!((message.status, codes(&message)), (Status::Ok, vec![]), "{end:?}");
    }
}

#[test]
fn altered_line_ends_are_named() {
    let good = String::from_utf8(with_crc(SHORT)).unwrap();
    for (altered, word) in [
        (good.replace("\r\n", "\n"), "carriage returns"),
        (good.replace('\r', "\n"), "ICRNL"),
        (good.replace('\n', ""), "line feeds"),
    ] {
        let message = only(altered.as_bytes());
        assert_eq!(message.status, Status::BadChecksum, "{word}");
        assert_eq!(codes(&message), [ProblemCode::BadChecksum, ProblemCode::Altered], "{word}");
        assert!(message.problems.last().is_some_and(|p| p.message.contains(word)), "{:?}", message.problems);
        assert!(lines(&message).contains(&"1-0:1.8.1 123456.789 kWh".to_owned()), "{word}");
    }
    // A wrong CRC with the right line ends has no such excuse.
    let message = only(good.replace("123456", "123457").as_bytes());
    assert_eq!((message.status, codes(&message)), (Status::BadChecksum, vec![ProblemCode::BadChecksum]));
}

#[test]
fn parity_bits_are_named() {
    let parity = |text: &[u8]| -> Vec<u8> {
        text.iter().map(|byte| byte | ((byte.count_ones() % 2) as u8) << 7).collect()
    };
    let old = "/ISk5\\2MT382-1003\r\n\r\n1-0:1.8.1(16722.627*kWh)\r\n!\r\n";
    for (text, status) in
        [(old.as_bytes().to_vec(), Status::Malformed), (with_crc(SHORT), Status::BadChecksum)]
    {
        let message = only(&parity(&text));
        assert_eq!(message.status, status);
        assert!(codes(&message).contains(&ProblemCode::Altered));
        assert!(message.problems.iter().any(|p| p.message.contains("7E1")));
        assert!(lines(&message).iter().any(|line| line.starts_with("1-0:1.8.1 ")));
    }
}

#[test]
fn a_bare_mark_at_the_very_end() {
    let old = "/ISk5\\2MT382-1003\r\n\r\n1-0:1.8.1(16722.627*kWh)\r\n!";
    assert_eq!(only(old.as_bytes()).status, Status::Ok);
    // With a clock, a CRC was to follow.
    let new = format!("{}!", SHORT.replace('\n', "\r\n"));
    assert_eq!(only(new.as_bytes()).status, Status::Truncated);
}

#[test]
fn header_and_crc_around_a_ciphered_body() {
    let mut frame = b"/EGM5G35\r\n\r\n\x00\x81\x45\x30\0\0\0\0".to_vec();
    frame.extend((0..64u8).map(|n| n.wrapping_mul(37) ^ 0x5A));
    frame.push(b'!');
    let crc = arc(&frame);
    frame.extend(format!("{crc:04X}\r\n").bytes());
    let message = only(&frame);
    assert_eq!(message.status, Status::Encrypted);
    assert_eq!(message.meter.manufacturer.as_deref(), Some("EGM"));
    assert_eq!(codes(&message), [ProblemCode::KeyRequired]);
    frame[40] ^= 1;
    assert_eq!(only(&frame).status, Status::BadChecksum);
}

#[test]
fn a_repeated_counter_is_reported() {
    use crate::decode::{Key, Keys};
    use crate::simulate::meter::dsmr::DsmrMeter;
    let keys = Keys { encryption: Some(Key::new([1; 16])), authentication: None };
    let telegram = DsmrMeter::new(Some("lu"), 1).unwrap().ciphered(&keys).telegram();
    let messages = decode_all(&[&telegram[..], &telegram].concat(), &Options { keys, ..Options::default() });
    let codes: Vec<_> = messages.iter().map(codes).collect();
    assert_eq!(codes, [vec![], vec![ProblemCode::Replay]]);
}

#[test]
fn blanks_at_the_end_of_a_line_are_no_fault() {
    let message = only(&with_crc(
        "/ISk5\\2MT382-1000\n\n1-0:1.8.1(123456.789*kWh) \n0-1:24.2.1(101209110000W)(12785.123*m3) \t\n",
    ));
    assert_eq!(
        (lines(&message), message.problems.len()),
        (
            vec![
                "1-0:1.8.1 123456.789 kWh".into(),
                "0-1:24.2.1 12785.123 m3 @2010-12-09T11:00:00+01:00".into()
            ],
            0
        )
    );
}

#[test]
fn bytes_lost_from_a_ciphered_message_do_not_take_the_next_with_them() {
    use crate::decode::{Decoder, Key, Keys};
    use crate::simulate::meter::dsmr::DsmrMeter;
    let keys = Keys { encryption: Some(Key::new([1; 16])), authentication: Some(Key::new([2; 16])) };
    let mut meter = DsmrMeter::new(Some("lu"), 1).unwrap().ciphered(&keys);
    let (first, second) = (meter.telegram(), meter.telegram());
    for lost in 1..30 {
        let line = [&first[..100], &first[100 + lost..], &second].concat();
        let options = Options { keys, ..Options::default() };
        let found = decode_all(&line, &options);
        let statuses: Vec<_> = found.iter().map(|m| (m.status, m.offset)).collect();
        let at = (first.len() - lost) as u64;
        assert_eq!(statuses, [(Status::Truncated, 0), (Status::Ok, at)], "{lost}");
        let mut decoder = Decoder::new(&options);
        let mut pieces = Vec::new();
        for byte in line {
            decoder.push(&[byte]);
            while let Some(message) = decoder.next() {
                pieces.push((message.status, message.offset));
            }
        }
        decoder.finish();
        while let Some(message) = decoder.next() {
            pieces.push((message.status, message.offset));
        }
        assert_eq!(pieces, statuses, "{lost}");
    }
}

proptest::proptest! {
    /// What is remembered of the telegram before makes reading faster, and changes nothing of it.
    #[test]
    fn a_telegram_reads_the_same_behind_any_other(
        (first, second) in {
            let lines = || proptest::collection::vec(proptest::sample::select(STANDARD.lines().skip(2).collect::<Vec<_>>()), 0..12);
            (lines(), lines())
        },
        damage: (proptest::sample::Index, u8),
    ) {
        let telegram = |lines: &[&str]| with_crc(&format!("/ISk5\\2MT382-1000\n\n{}\n", lines.join("\n")));
        let (first, mut second) = (telegram(&first), telegram(&second));
        let at = damage.0.index(second.len());
        second[at] ^= damage.1 & 0x0F;
        let alone = decode_all(&second, &Options::default());
        let behind = decode_all(&[first, second].concat(), &Options::default());
        let content = |messages: &[Message]| messages.iter().map(|m| (m.status, m.readings.clone())).collect::<Vec<_>>();
        proptest::prop_assert_eq!(content(&alone), content(behind.get(1..).unwrap_or_default()));
    }
}
