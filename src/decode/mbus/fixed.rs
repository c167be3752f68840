//! The fixed data structure of the first meters (EN 1434-3, later an annex of EN 13757-3):
//! identification, two counters, and a code for the unit of each.

use super::header;
use super::record::Order;
use super::value;
use crate::decode::{Decimal, Id, MbusFunction, MbusRecord, Message, Reading, Value, trace::Trace};
use compact_str::CompactString;

/// Its bytes.
pub const LENGTH: usize = 16;

/// Unit of a counter, by the low six bits of its code.
struct Unit {
    quantity: &'static str,
    unit: &'static str,
    exponent: i16,
}

/// Ladders of ten powers, nine rungs each: first code, quantity, base unit, power of the first rung.
const LADDERS: [(u8, &str, &str, i16); 6] = [
    (0x02, "energy", "Wh", 0),
    (0x0B, "energy", "J", 3),
    (0x14, "power", "W", 0),
    (0x1D, "power", "J/h", 3),
    (0x26, "volume", "m³", -6),
    (0x2F, "volume flow", "m³/h", -6),
];
const RUNGS: u8 = 9;

/// The code that says: unit of the other counter, but a stored value.
const SAME_BUT_HISTORIC: u8 = 0x3E;

fn unit(code: u8) -> Unit {
    for (first, quantity, unit, exponent) in LADDERS {
        if (first..first + RUNGS).contains(&code) {
            return Unit { quantity, unit, exponent: exponent + i16::from(code - first) };
        }
    }
    let plain = |quantity, unit, exponent| Unit { quantity, unit, exponent };
    match code {
        0x00 => plain("time (hours, minutes, seconds)", "", 0),
        0x01 => plain("date (day, month, year)", "", 0),
        0x38 => plain("temperature", "°C", -3),
        0x39 => plain("heat cost allocation", "HCA", 0),
        0x3F => plain("counter", "", 0),
        _ => plain("reserved unit", "", 0),
    }
}

/// What is metered: two bits of each unit byte, high ones from the second.
const fn medium(a: u8, b: u8) -> &'static str {
    match (b >> 6) << 2 | a >> 6 {
        0x0 => "other",
        0x1 => "oil",
        0x2 => "electricity",
        0x3 => "gas",
        0x4 => "heat",
        0x5 => "steam",
        0x6 => "hot water",
        0x7 => "water",
        0x8 => "heat cost allocator",
        0xA => "gas (mode 2)",
        0xB => "heat (mode 2)",
        0xC => "hot water (mode 2)",
        0xD => "water (mode 2)",
        0xE => "heat cost allocator (mode 2)",
        _ => "reserved",
    }
}

/// The status byte in words; the first two bits belong to the counters.
fn status(code: u8) -> Option<CompactString> {
    header::status(code & 0xFC)
}

/// Reads it.  The data start at `start` of the layer being explained.  False when they are too
/// short or too long.
pub fn read<T: Trace>(data: &[u8], start: usize, order: Order, message: &mut Message, trace: &mut T) -> bool {
    let &[i0, i1, i2, i3, access, state, a, b, c0, c1, c2, c3, d0, d1, d2, d3] = data else {
        return false;
    };
    let (id, counters) = match order {
        Order::Lsb => ([i0, i1, i2, i3], [[c0, c1, c2, c3], [d0, d1, d2, d3]]),
        Order::Msb => ([i3, i2, i1, i0], [[c3, c2, c1, c0], [d3, d2, d1, d0]]),
    };
    message.meter.id = Some(header::identification(id));
    message.meter.medium = Some(value::words(medium(a, b)));
    message.meter.access_number = Some(access);
    message.meter.status = status(state);
    let binary = state & 1 != 0;
    let stored = u64::from(state >> 1 & 1);

    let note = |at: usize| start + at;
    trace.note(note(0)..note(4), "identification", || header::identification(id).to_string());
    trace.note(note(4)..note(5), "access number", || access.to_string());
    trace.note(note(5)..note(6), "status", || {
        let kind = if binary { "binary" } else { "BCD" };
        let when = if stored == 1 { "stored at a fixed date" } else { "actual" };
        let more = status(state).map(|s| format!(", {s}")).unwrap_or_default();
        format!("counters are {kind} and {when}{more}")
    });

    let codes = [a & 0x3F, b & 0x3F];
    let (mut number, mut at) = (0, 8);
    for (n, (code, counter)) in codes.into_iter().zip(counters).enumerate() {
        let other = codes.into_iter().rev().nth(n).unwrap_or(code);
        let historic = code == SAME_BUT_HISTORIC;
        let unit = unit(if historic { other } else { code });
        let raw =
            if binary { Some(i64::from(i32::from_le_bytes(counter))) } else { value::bcd(&counter, false) };
        let value = raw
            .and_then(|raw| Decimal::new(i128::from(raw), unit.exponent))
            .map_or(Value::Null, Value::Number);
        trace.note(note(6 + n)..note(7 + n), "unit", || {
            let medium = medium(a, b);
            let history = if historic { ", stored" } else { "" };
            format!(
                "counter {}: {}{history}, × 10^{} {} ({medium})",
                n + 1,
                unit.quantity,
                unit.exponent,
                unit.unit
            )
        });
        trace.note(note(at)..note(at + 4), "counter", || match &value {
            Value::Number(value) => format!("{value} {}", unit.unit),
            _ => "no valid value".to_owned(),
        });
        message.readings.push(Reading {
            unit: if unit.unit.is_empty() { None } else { Some(value::words(unit.unit)) },
            record: Some(MbusRecord {
                quantity: value::words(unit.quantity),
                function: MbusFunction::Instantaneous,
                storage: if historic { 1 } else { stored },
                tariff: 0,
                subunit: 0,
            }),
            ..Reading::new(Id::Mbus(number), value)
        });
        number += 1;
        at += 4;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Protocol, trace::NoTrace};

    fn decode(data: &[u8]) -> Message {
        let mut message = Message::new(Protocol::Mbus);
        assert!(read(data, 0, Order::Lsb, &mut message, &mut NoTrace));
        message
    }

    /// The example of the M-Bus documentation, 6.2: water meter 12345678 with 1 l and 135 l stored.
    #[test]
    fn worked_example() {
        let data =
            [0x78, 0x56, 0x34, 0x12, 0x0A, 0x00, 0xE9, 0x7E, 0x01, 0x00, 0x00, 0x00, 0x35, 0x01, 0x00, 0x00];
        let message = decode(&data);
        assert_eq!(message.meter.id.as_deref(), Some("12345678"));
        assert_eq!(message.meter.medium.as_deref(), Some("water"));
        let values: Vec<_> = message
            .readings
            .iter()
            .map(|r| (r.value.clone(), r.unit.as_deref(), r.record.as_ref().map(|r| r.storage)))
            .collect();
        let number = |text: &str| Value::Number(Decimal::parse(text.as_bytes()).unwrap());
        assert_eq!(values, [(number("0.001"), Some("m³"), Some(0)), (number("0.135"), Some("m³"), Some(1))]);
    }

    #[test]
    fn units() {
        let scale = |code| {
            let u = unit(code);
            (u.unit, u.exponent)
        };
        assert_eq!(scale(0x05), ("Wh", 3));
        assert_eq!(scale(0x0A), ("Wh", 8));
        assert_eq!(scale(0x13), ("J", 11), "100 GJ");
        assert_eq!(scale(0x1C), ("W", 8));
        assert_eq!(scale(0x26), ("m³", -6));
        assert_eq!(scale(0x2E), ("m³", 2));
        assert_eq!(scale(0x37), ("m³/h", 2));
        assert_eq!(scale(0x38), ("°C", -3));
    }

    #[test]
    fn wrong_length() {
        let mut message = Message::new(Protocol::Mbus);
        assert!(!read(&[0; 15], 0, Order::Lsb, &mut message, &mut NoTrace));
        assert!(!read(&[0; 17], 0, Order::Lsb, &mut message, &mut NoTrace));
    }
}
