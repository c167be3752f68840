//! The services besides the data-notification, written by hand; what is ciphered was made with
//! another implementation of AES-GCM.

use crate::decode::dlms::apdu::{Channel, Engine, Link};
use crate::decode::stream::Outcome;
use crate::decode::trace::NoTrace;
use crate::decode::{
    Key, Keys, Message, Options, ProblemCode, Protocol, Status, TagState, Value, decode_all,
};

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex.replace(' ', "")).unwrap()
}

/// The messages that APDUs on one channel make, the last one's readings as `id value unit source`.
fn read(keys: &Keys, apdus: &[&str]) -> (Message, Vec<String>) {
    let mut engine = Engine::new(keys);
    let mut channel = Channel::default();
    let link = Link { start: 0, end: 0, at: Some(0), checked: true, broken: false };
    let mut last = Message::new(Protocol::Hdlc);
    for apdu in apdus {
        let mut message = Message::new(Protocol::Hdlc);
        if engine.read(&mut channel, &bytes(apdu), link, &mut message, &mut NoTrace) == Outcome::Complete {
            last = message;
        }
    }
    let lines = lines(&last);
    (last, lines)
}

fn lines(message: &Message) -> Vec<String> {
    message
        .readings
        .iter()
        .map(|r| {
            let value = match &r.value {
                Value::Number(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            let unit = r.unit.as_deref().unwrap_or("-");
            format!("{} {value} {unit} {}", r.id, r.scale_source.unwrap_or("-"))
        })
        .collect()
}

fn plain(apdus: &[&str]) -> (Status, Vec<String>) {
    let (message, lines) = read(&Keys::default(), apdus);
    (message.status, lines)
}

/// 1-0:1.7.0 = 123.4 W, as an array of one structure.
const POWER: &str = "0101 0203 0906 0100010700FF 06000004D2 0202 0FFF 161B";

#[test]
fn get_response_normal() {
    let answer = format!("C401C100 {POWER}");
    assert_eq!(plain(&[&answer]), (Status::Ok, vec!["1-0:1.7.0 123.4 W -".into()]));
    // A number alone: the request tells what it is, when it has the same invoke-id.
    let request = "C001C1 0003 0100010700FF 02 00";
    let number = "C401C100 06000004D2";
    assert_eq!(plain(&[request, number]), (Status::Ok, vec!["1-0:1.7.0 1234 - unknown".into()]));
    assert_eq!(plain(&[request, "C401C200 06000004D2"]), (Status::Ok, vec!["dlms:data 1234 - -".into()]));
    assert_eq!(plain(&[number]), (Status::Ok, vec!["dlms:data 1234 - -".into()]));
    let (refused, _) = read(&Keys::default(), &["C401C101 03"]);
    assert_eq!(refused.problems[0].code, ProblemCode::MeterError);
}

#[test]
fn get_response_with_list() {
    let request = "C003C1 04 0003 0100010800FF 02 00 0003 0100010800FF 03 00 \
                   0003 0001180201FF 02 00 0003 0001180201FF 03 00";
    let answer = "C403C1 04 00 06000F4240 00 0202 0F02 161E 00 0600001234 00 0202 0FFD 160D";
    let readings = ["1-0:1.8.0 100000000 Wh -", "0-1:24.2.1 4.660 m³ -"];
    assert_eq!(plain(&[request, answer]), (Status::Ok, readings.map(String::from).to_vec()));
}

#[test]
fn get_response_in_blocks() {
    let request = "C001C1 0007 0100630100FF 02 00";
    let blocks = [
        "C402C1 00 00000001 00 0A 01010203090601000107",
        "C402C1 00 00000002 00 06 00FF06000004",
        "C402C1 01 00000003 00 07 D202020FFF161B",
    ];
    let expected = (Status::Ok, vec!["1-0:1.7.0 123.4 W -".to_string()]);
    assert_eq!(plain(&blocks), expected);
    let next = ["C002C1 00000001", "C002C1 00000002"];
    assert_eq!(plain(&[request, blocks[0], next[0], blocks[1], next[1], blocks[2]]), expected);
    // The request for the next block does not forget what was asked.
    let halves = ["C402C1 00 00000001 00 02 0600", "C402C1 01 00000002 00 03 0004D2"];
    let request = "C001C1 0003 0100010700FF 02 00";
    let expected = (Status::Ok, vec!["1-0:1.7.0 1234 - unknown".to_string()]);
    assert_eq!(plain(&[request, halves[0], next[0], halves[1]]), expected);
    assert_eq!(plain(&[blocks[0], blocks[2]]).0, Status::Malformed);
}

#[test]
fn event_notification() {
    let event = "C2 00 0003 0100010700FF 02 12 0102";
    assert_eq!(plain(&[event]), (Status::Ok, vec!["1-0:1.7.0 258 - unknown".into()]));
    let (message, lines) = read(
        &Keys::default(),
        &["C2 01 0C 07E9 0B 12 FF 0B 11 28 FF FFC4 00 0001 0000600D00FF 02 0A 04 53544F50"],
    );
    assert_eq!(lines, ["0-0:96.13.0 Text(\"STOP\") - -"]);
    assert_eq!(message.time.map(|t| t.to_string()).as_deref(), Some("2025-11-18T11:17:40+01:00"));
}

#[test]
fn a_compact_array_of_registers() {
    // Elements of octet-string, double-long-unsigned and {integer, enum}, without tags.
    let apdu = "0F00000000 00 13 0203 0906 0202 0F16";
    let apdu = format!("{apdu} 1A 06 0100010800FF 000F4240 00 1E 06 0100200700FF 000008FC FF 23");
    let readings = ["1-0:1.8.0 1000000 Wh -", "1-0:32.7.0 230.0 V -"];
    assert_eq!(plain(&[&apdu]), (Status::Ok, readings.map(String::from).to_vec()));
}

fn keys() -> Keys {
    Keys {
        encryption: Some(Key::new(std::array::from_fn(|n| n as u8))),
        authentication: Some(Key::new(std::array::from_fn(|n| 0xD0 + n as u8))),
    }
}

/// System title KFM 10 20 00 00 01; the content is a data-notification with [`POWER`], counter 1.
const GLO: &str = "DB 08 4B464D1020000001 2E 30 00000001 99E086BC8782059B96C15649A84315D0CDF9DE669D34EE95B588175279FCCF8B00AF1FD22A8CDBEB3C";
/// The same, dedicated, counter 9.
const DED: &str = "DC 08 4B464D1020000001 2E 30 00000009 D366441FAFD53E0033050E8023CB1D6A2FAB8578AD90C047618F6CE8ED76A03D34D4588FFBFC215125";

#[test]
fn general_ciphering_and_dedicated_ciphering() {
    // Transaction-id 0102…08, recipient CLIENT01, no date and other information, counter 5.
    let general = "DD 08 0102030405060708 08 4B464D1020000001 08 434C49454E543031 00 00 00 \
                   2E 31 00000005 A1DA09276AC0F9255BC82DDDAF4A2BD7681F9FB4206BC553999E2054A53A7120FADED9BCFA45D90787";
    for (apdu, counter) in [(GLO, 1), (DED, 9), (general, 5)] {
        let (message, lines) = read(&keys(), &[apdu]);
        assert_eq!((message.status, lines), (Status::Ok, vec!["1-0:1.7.0 123.4 W -".into()]), "{apdu}");
        let security = message.security.unwrap();
        assert_eq!((security.tag, security.invocation_counter), (TagState::Verified, Some(counter)));
        assert_eq!(security.system_title, Some(*b"KFM\x10\x20\0\0\x01"));
    }
    // A key that was wrapped for this message.
    let wrapped = general.replace("434C49454E543031 00 00 00", "434C49454E543031 00 00 01 02 00");
    assert_eq!(read(&keys(), &[&wrapped]).0.status, Status::Unsupported);
}

#[test]
fn glo_and_ded_services_use_the_title_that_was_seen() {
    // get-response with {{1-0:2.8.0, 4321, {2, Wh}}}: glo, counter 2; ded, counter 3.
    let glo =
        "CC 2C 30 00000002 771D41873DF98B8C1262C3074138552AC06DC91EE2F55F14C62D1E0CD7C725F1EA39A027DAC005";
    let ded =
        "D4 2C 30 00000003 2312A62F9DD7DE55B53A9DFB0A1310717D4F1D6282C4BF074700156A54E9A10D25B18562F1725B";
    for apdu in [glo, ded] {
        let (message, lines) = read(&keys(), &[GLO, apdu]);
        assert_eq!((message.status, lines), (Status::Ok, vec!["1-0:2.8.0 432100 Wh -".into()]));
        assert_eq!(message.security.map(|s| s.tag), Some(TagState::Verified));
        let (message, _) = read(&keys(), &[apdu]);
        assert_eq!((message.status, message.readings.len()), (Status::Encrypted, 0));
    }
    // An event-notification: glo, counter 4.
    let event = "CA 1F 30 00000004 A99950C0E1A2B89C5063A15801D1A196BF759B1FD1675030A86A";
    let (message, lines) = read(&keys(), &[GLO, event]);
    assert_eq!((message.status, lines), (Status::Ok, vec!["1-0:1.7.0 258 - unknown".into()]));
}

#[test]
fn a_request_in_hdlc_names_the_answer_of_the_other_direction() {
    let line = bytes(
        "7E A019 03 21 10 7FDA E6E600 C001C1 0003 0100010700FF 02 00 CE02 \
         7E A015 21 03 30 49CA E6E700 C401C100 06000004D2 828A 7E",
    );
    let messages = decode_all(&line, &Options::default());
    assert_eq!(messages.len(), 1);
    assert_eq!(lines(&messages[0]), ["1-0:1.7.0 1234 - unknown"]);
}

#[test]
fn a_bare_dedicated_apdu_is_found() {
    let messages = decode_all(&bytes(DED), &Options { keys: keys(), ..Options::default() });
    assert_eq!(messages.len(), 1);
    assert_eq!((messages[0].protocol, messages[0].status), (Protocol::Dlms, Status::Ok));
    assert_eq!(lines(&messages[0]), ["1-0:1.7.0 123.4 W -"]);
}
