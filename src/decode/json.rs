//! A message as one line of JSON, schema `wwctl.message.v1`.
//!
//! Written straight into bytes: numbers keep the digits of the wire, and nothing is built in between.

use super::Timestamp;
use super::message::{Id, MbusRecord, MepId, Message, Reading, Security, Value};

/// Name and version of the format.
pub const SCHEMA: &str = "wwctl.message.v1";

/// Appends the message as a JSON object, without a line end.
pub fn write(message: &Message, into: &mut Vec<u8>) {
    into.extend_from_slice(b"{\"schema\":\"wwctl.message.v1\",\"index\":");
    integer(message.index, into);
    into.extend_from_slice(b",\"offset\":");
    integer(message.offset, into);
    into.extend_from_slice(b",\"length\":");
    integer(message.length, into);
    into.extend_from_slice(b",\"protocol\":\"");
    into.extend_from_slice(message.protocol.as_str().as_bytes());
    into.extend_from_slice(b"\",\"status\":\"");
    into.extend_from_slice(message.status.as_str().as_bytes());
    if let Some(direction) = message.direction {
        into.extend_from_slice(b"\",\"direction\":\"");
        into.extend_from_slice(direction.as_str().as_bytes());
    }
    into.push(b'"');
    meter(message, into);
    into.extend_from_slice(b",\"time\":");
    match &message.time {
        Some(stamp) => time(stamp, into),
        None => into.extend_from_slice(b"null"),
    }
    if let Some(security_of) = &message.security {
        security(security_of, into);
    }
    into.extend_from_slice(b",\"readings\":[");
    for (i, one) in message.readings.iter().enumerate() {
        if i > 0 {
            into.push(b',');
        }
        reading(one, into);
    }
    into.extend_from_slice(b"],\"problems\":[");
    for (i, problem) in message.problems.iter().enumerate() {
        if i > 0 {
            into.push(b',');
        }
        into.extend_from_slice(b"{\"code\":\"");
        into.extend_from_slice(problem.code.as_str().as_bytes());
        into.extend_from_slice(b"\",\"offset\":");
        integer(problem.offset, into);
        member("message", &problem.message, into);
        into.push(b'}');
    }
    into.extend_from_slice(b"]}");
}

/// The message as a JSON object.
pub fn to_string(message: &Message) -> String {
    let mut bytes = Vec::new();
    write(message, &mut bytes);
    String::from_utf8(bytes).unwrap_or_default()
}

fn meter(message: &Message, into: &mut Vec<u8>) {
    let meter = &message.meter;
    into.extend_from_slice(b",\"meter\":{");
    let start = into.len();
    for (name, value) in [
        ("id", &meter.id),
        ("manufacturer", &meter.manufacturer),
        ("model", &meter.model),
        ("version", &meter.version),
        ("medium", &meter.medium),
        ("status", &meter.status),
    ] {
        if let Some(value) = value {
            member(name, value, into);
        }
    }
    if let Some(number) = meter.access_number {
        into.extend_from_slice(b",\"access_number\":");
        integer(u64::from(number), into);
    }
    // The first member needs no comma before it.
    if into.len() > start {
        into.remove(start);
    }
    into.push(b'}');
}

fn security(security: &Security, into: &mut Vec<u8>) {
    into.extend_from_slice(b",\"security\":{\"ciphered\":");
    boolean(security.ciphered, into);
    into.extend_from_slice(b",\"decrypted\":");
    boolean(security.decrypted, into);
    if let Some(title) = security.system_title {
        into.extend_from_slice(b",\"system_title\":\"");
        for byte in title {
            hex(byte, into);
        }
        into.push(b'"');
    }
    if let Some(counter) = security.invocation_counter {
        into.extend_from_slice(b",\"invocation_counter\":");
        integer(u64::from(counter), into);
    }
    member("tag", security.tag.as_str(), into);
    into.push(b'}');
}

fn reading(reading: &Reading, into: &mut Vec<u8>) {
    into.extend_from_slice(b"{\"id\":\"");
    id(&reading.id, into);
    into.push(b'"');
    if let Some(name) = reading.id.name() {
        // Names are ours: nothing in them needs an escape.
        into.extend_from_slice(b",\"name\":\"");
        into.extend_from_slice(name.as_bytes());
        into.push(b'"');
    }
    if let Some(MbusRecord { quantity, function, storage, tariff, subunit }) = &reading.record {
        into.extend_from_slice(b",\"quantity\":");
        string(quantity, into);
        into.extend_from_slice(b",\"function\":\"");
        into.extend_from_slice(function.as_str().as_bytes());
        if (*storage, *tariff, *subunit) == (0, 0, 0) {
            into.extend_from_slice(b"\",\"storage\":0,\"tariff\":0,\"subunit\":0");
        } else {
            into.extend_from_slice(b"\",\"storage\":");
            integer(*storage, into);
            into.extend_from_slice(b",\"tariff\":");
            integer(u64::from(*tariff), into);
            into.extend_from_slice(b",\"subunit\":");
            integer(u64::from(*subunit), into);
        }
    }
    into.extend_from_slice(b",\"value\":");
    match &reading.value {
        Value::Number(number) => number.write_to(into),
        Value::Text(text) => string(text, into),
        Value::Time(stamp) => time(stamp, into),
        Value::Bool(truth) => boolean(*truth, into),
        Value::Null => into.extend_from_slice(b"null"),
    }
    match &reading.unit {
        Some(unit) => {
            into.extend_from_slice(b",\"unit\":");
            string(unit, into);
        }
        None => into.extend_from_slice(b",\"unit\":null"),
    }
    if let Some(stamp) = &reading.time {
        into.extend_from_slice(b",\"time\":");
        time(stamp, into);
    }
    if let Some(source) = reading.scale_source {
        // Names are ours, as above.
        into.extend_from_slice(b",\"scale_source\":\"");
        into.extend_from_slice(source.as_bytes());
        into.push(b'"');
    }
    into.push(b'}');
}

fn id(id: &Id, into: &mut Vec<u8>) {
    let obis = match id {
        Id::Obis(obis) => obis,
        // These without the machinery of formatting: they are as frequent as OBIS codes.
        Id::Mbus(number) => {
            into.extend_from_slice(b"mbus:");
            return integer(u64::from(*number), into);
        }
        Id::Kmp(register) => {
            into.extend_from_slice(b"kmp:");
            return integer(u64::from(*register), into);
        }
        Id::Mep(MepId { table, tier, element }) => {
            let (kind, number) = if *table >= 0x0800 { (b"ET", table - 0x0800) } else { (b"BT", *table) };
            into.extend_from_slice(b"mep:");
            into.extend_from_slice(kind);
            if number < 10 {
                into.push(b'0');
            }
            integer(u64::from(number), into);
            into.push(b'.');
            if let Some(tier) = tier {
                into.push(b'T');
                integer(u64::from(*tier), into);
                into.push(b'.');
            }
            return integer(u64::from(*element), into);
        }
        Id::Named(name) => return into.extend_from_slice(name.as_bytes()),
    };
    let [a, b, c, d, e, f] = obis.0;
    for (value, separator) in [(a, b'-'), (b, b':'), (c, b'.'), (d, b'.')] {
        small(value, into);
        into.push(separator);
    }
    small(e, into);
    if f != 255 {
        into.push(b'*');
        small(f, into);
    }
}

/// `,"name":"value"`.
fn member(name: &str, value: &str, into: &mut Vec<u8>) {
    into.extend_from_slice(b",\"");
    into.extend_from_slice(name.as_bytes());
    into.extend_from_slice(b"\":");
    string(value, into);
}

fn time(time: &Timestamp, into: &mut Vec<u8>) {
    into.push(b'"');
    time.write_to(into);
    into.push(b'"');
}

/// Bytes at which [`string`] must look: those that may need an escape, or begin a character that does.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        stops[byte] = matches!(byte as u8, 0..0x20 | b'"' | b'\\' | 0x7F | 0xC2 | 0xE2);
        byte += 1;
    }
    stops
};

/// How many bytes from the first on are to be taken as they are.
fn plain(bytes: &[u8]) -> usize {
    let stops = |byte: &u8| STOPS.get(usize::from(*byte)).is_some_and(|stops| *stops);
    bytes.iter().position(stops).unwrap_or(bytes.len())
}

/// A JSON string (RFC 8259 section 7).
pub(crate) fn string(text: &str, into: &mut Vec<u8>) {
    into.push(b'"');
    let mut rest = text.as_bytes();
    while let Some((plain, behind)) = rest.split_at_checked(plain(rest))
        && !behind.is_empty()
    {
        into.extend_from_slice(plain);
        rest = match behind {
            [quoted @ (b'"' | b'\\'), behind @ ..] => {
                into.extend_from_slice(&[b'\\', *quoted]);
                behind
            }
            [b'\n', behind @ ..] => {
                into.extend_from_slice(b"\\n");
                behind
            }
            [b'\r', behind @ ..] => {
                into.extend_from_slice(b"\\r");
                behind
            }
            [b'\t', behind @ ..] => {
                into.extend_from_slice(b"\\t");
                behind
            }
            // U+0080 to U+009F are control characters too, and U+0085, U+2028 and U+2029 end a line for
            // many readers of lines.
            [0xC2, control @ 0x80..=0x9F, behind @ ..] | [control @ (0..=0x1F | 0x7F), behind @ ..] => {
                into.extend_from_slice(b"\\u00");
                hex(*control, into);
                behind
            }
            [0xE2, 0x80, separator @ (0xA8 | 0xA9), behind @ ..] => {
                into.extend_from_slice(if *separator == 0xA8 { b"\\u2028" } else { b"\\u2029" });
                behind
            }
            [lead, behind @ ..] => {
                into.push(*lead);
                behind
            }
            [] => &[],
        };
    }
    into.extend_from_slice(rest);
    into.push(b'"');
}

fn boolean(truth: bool, into: &mut Vec<u8>) {
    into.extend_from_slice(if truth { b"true" } else { b"false" });
}

fn hex(byte: u8, into: &mut Vec<u8>) {
    for nibble in [byte >> 4, byte & 0x0F] {
        into.push(nibble + if nibble < 10 { b'0' } else { b'A' - 10 });
    }
}

fn small(value: u8, into: &mut Vec<u8>) {
    if value >= 100 {
        into.push(b'0' + value / 100);
    }
    if value >= 10 {
        into.push(b'0' + value / 10 % 10);
    }
    into.push(b'0' + value % 10);
}

fn integer(value: u64, into: &mut Vec<u8>) {
    match u8::try_from(value) {
        Ok(digit @ 0..10) => into.push(b'0' + digit),
        _ => into.extend_from_slice(itoa::Buffer::new().format(value).as_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::message::{Direction, MbusFunction, MepId, ProblemCode, Status, TagState};
    use crate::decode::{Decimal, Obis, Protocol, Timestamp};

    #[test]
    fn a_message_with_everything_is_the_json_of_the_contract() {
        let mut message = Message::new(Protocol::Dsmr);
        message.index = 12;
        message.offset = 1_000_000_007;
        message.length = 612;
        message.status = Status::BadChecksum;
        message.direction = Some(Direction::Response);
        message.meter.id = Some("E\"1\"\u{1}".into());
        message.meter.access_number = Some(7);
        let time = Timestamp::date(2025, 11, 18).and_then(|d| d.hms(11, 17, 40)).and_then(|t| t.offset(60));
        message.time = time;
        message.security = Some(Security {
            ciphered: true,
            decrypted: true,
            system_title: Some(*b"KFM\x01\x02\x03\x04\xFF"),
            invocation_counter: Some(9095),
            tag: TagState::Verified,
        });
        let number = Decimal::parse(b"004408.730").map_or(Value::Null, Value::Number);
        message.readings.push(Reading {
            unit: Some("kWh".into()),
            time,
            scale_source: Some("unknown"),
            ..Reading::new(Id::Obis(Obis([1, 0, 1, 8, 0, 101])), number)
        });
        message.readings.push(Reading {
            record: Some(MbusRecord {
                quantity: "Energy".into(),
                function: MbusFunction::Maximum,
                storage: 1,
                tariff: 2,
                subunit: 3,
            }),
            ..Reading::new(Id::Mbus(4), Value::Bool(true))
        });
        let tier = MepId { table: 23, tier: Some(1), element: 0 };
        message.readings.push(Reading::new(Id::Mep(tier), Value::Text("a\\b\r\n".into())));
        message.problem(ProblemCode::BadChecksum, 610, "said");
        let text = to_string(&message);
        let want = concat!(
            r#"{"schema":"wwctl.message.v1","index":12,"offset":1000000007,"length":612,"protocol":"dsmr","#,
            r#""status":"bad_checksum","direction":"response","meter":{"id":"E\"1\"\u0001","access_number":7},"#,
            r#""time":"2025-11-18T11:17:40+01:00","security":{"ciphered":true,"decrypted":true,"#,
            r#""system_title":"4B464D01020304FF","invocation_counter":9095,"tag":"verified"},"readings":["#,
            r#"{"id":"1-0:1.8.0*101","name":"Active energy import (A+)","value":4408.730,"unit":"kWh","#,
            r#""time":"2025-11-18T11:17:40+01:00","scale_source":"unknown"},"#,
            r#"{"id":"mbus:4","quantity":"Energy","function":"maximum","storage":1,"tariff":2,"subunit":3,"#,
            r#""value":true,"unit":null},{"id":"mep:BT23.T1.0","name":"Active energy import","value":"a\\b\r\n","unit":null}],"#,
            r#""problems":[{"code":"bad_checksum","offset":610,"message":"said"}]}"#
        );
        assert_eq!(text, want);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn an_empty_message_is_valid_json() {
        let text = to_string(&Message::new(Protocol::Mbus));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["meter"], serde_json::json!({}));
        assert_eq!(value["schema"], SCHEMA);
        assert!(value.get("security").is_none());
    }

    /// Identifiers are written here without formatting, and by `Display` for people: they must agree.
    #[test]
    fn identifiers_are_those_of_display() {
        let mep = [0, 9, 23, 100, 0x07FF, 0x0800, 0x0803, 0x0834, 0xFFFF].map(|table| {
            [None, Some(0), Some(12)]
                .map(|tier| [0, 7, 10, 65_535].map(|element| Id::Mep(MepId { table, tier, element })))
        });
        let others = [
            Id::Mbus(0),
            Id::Mbus(u32::MAX),
            Id::Kmp(1004),
            Id::Named("kmp:type"),
            Id::Obis(Obis([1, 0, 1, 8, 0, 255])),
            Id::Obis(Obis([1, 0, 1, 8, 10, 101])),
        ];
        for given in mep.as_flattened().as_flattened().iter().chain(&others) {
            let mut text = Vec::new();
            id(given, &mut text);
            assert_eq!(String::from_utf8(text).as_deref(), Ok(&*given.to_string()));
        }
    }

    #[test]
    fn no_character_of_a_text_breaks_the_line() {
        let mut json = Vec::new();
        string("a\u{85}b\u{2028}\u{2029}\u{9B}1m\u{7F}\u{1}\"\\\n°é€…", &mut json);
        let text = String::from_utf8(json).unwrap();
        assert_eq!(text, r#""a\u0085b\u2028\u2029\u009B1m\u007F\u0001\"\\\n°é€…""#);
    }
}
