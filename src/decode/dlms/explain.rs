//! What A-XDR data and its surroundings say, for people.

use super::apdu::NotificationHead;
use super::axdr::{Fault, Tree, tag, type_name};
use super::{date_time, unit, value};
use crate::decode::trace::Trace;
use crate::decode::{Obis, Value};
use std::ops::Range;

/// Bytes as hex digits with blanks.
pub fn hex(bytes: &[u8], range: Range<usize>) -> String {
    let digits: Vec<String> =
        bytes.get(range).unwrap_or_default().iter().map(|b| format!("{b:02X}")).collect();
    digits.join(" ")
}

/// A system title: its hex digits, and the maker's letters where it has them.
pub fn title(bytes: &[u8], range: Range<usize>) -> String {
    match bytes.get(range.clone()) {
        None | Some([]) => "empty".into(),
        Some(title) => {
            let maker =
                title.get(..3).filter(|m| m.iter().all(u8::is_ascii_uppercase)).map(String::from_utf8_lossy);
            let digits = hex(bytes, range);
            maker.map_or(digits.clone(), |maker| format!("{digits} ({maker})"))
        }
    }
}

/// What the security control byte says.
pub fn security_control(control: u8) -> String {
    let how = match control & 0x30 {
        0x30 => "encrypted and authenticated",
        0x20 => "encrypted",
        0x10 => "authenticated",
        _ => "neither encrypted nor authenticated",
    };
    let key = if control & 0x40 != 0 { ", broadcast key" } else { "" };
    let compressed = if control & 0x80 != 0 { ", compressed" } else { "" };
    format!("{how}{key}{compressed}, security suite {}", control & 0x0F)
}

/// The date-time of a data-notification.
pub fn head_time<T: Trace>(apdu: &[u8], head: &NotificationHead, trace: &mut T) {
    if head.time.end > apdu.len() {
        trace.fault(5..apdu.len(), "date-time", || "cut off".into());
    } else if head.time.is_empty() {
        trace.note(5..head.body, "date-time", || "none".into());
    } else {
        trace.note(5..head.body, "date-time", || stamp(apdu.get(head.time.clone()).unwrap_or_default()));
    }
}

fn stamp(raw: &[u8]) -> String {
    match date_time::date_time(raw) {
        Some(stamp) => {
            let time = stamp.time.map_or("not specified".into(), |t| t.to_string());
            format!("{time}, {}", date_time::status_words(stamp.status))
        }
        None => "no valid date-time".into(),
    }
}

/// Notes every element of the tree, indented by its depth.
pub fn tree<T: Trace>(data: &[u8], tree: &Tree, trace: &mut T) {
    let mut ends: Vec<usize> = Vec::new();
    let mut scaler = false;
    for (index, node) in tree.nodes.iter().enumerate() {
        while ends.last().is_some_and(|&end| index >= end) {
            ends.pop();
        }
        let what = format!("{}{}", "  ".repeat(ends.len()), type_name(node.tag));
        match node.tag {
            tag::ARRAY | tag::STRUCTURE => {
                ends.push(node.next as usize);
                trace.note(node.at as usize..node.body as usize, &what, || format!("of {}", node.items));
            }
            _ => {
                trace.note(node.at as usize..node.end as usize, &what, || meaning(data, tree, index, scaler))
            }
        }
        // An integer followed by an enum is a scaler, the enum its unit.
        scaler = node.tag == tag::INTEGER;
    }
}

fn meaning(data: &[u8], tree: &Tree, index: usize, after_integer: bool) -> String {
    let Some(node) = tree.get(index) else { return String::new() };
    let raw = value::bytes(data, node);
    match node.tag {
        tag::UNTAGGED_DESCRIPTOR => match raw {
            &[c1, c0, a, b, c, d, e, f, attribute] => {
                format!(
                    "class {}, {}, attribute {attribute}",
                    u16::from_be_bytes([c1, c0]),
                    Obis([a, b, c, d, e, f])
                )
            }
            _ => String::new(),
        },
        tag::ENUM if after_integer => {
            let code = raw.first().copied().unwrap_or(255);
            format!("unit {code}: {}", unit::describe(code))
        }
        tag::INTEGER if tree.get(index + 1).is_some_and(|n| n.tag == tag::ENUM) => {
            format!("scaler 10^{}", raw.first().map_or(0, |b| *b as i8))
        }
        tag::OCTET_STRING if raw.len() == 6 && value::obis(data, node).is_some_and(|o| o.0[5] == 255) => {
            value::obis(data, node).map(|o| format!("OBIS {o}")).unwrap_or_default()
        }
        tag::OCTET_STRING | tag::DATE_TIME if date_time::date_time(raw).is_some() => stamp(raw),
        _ => match value::value(data, tree, index, None) {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => format!("{text:?}"),
            Value::Time(time) => time.to_string(),
            Value::Bool(yes) => yes.to_string(),
            Value::Null => "no value".into(),
        },
    }
}

/// Marks what comes behind the place where the data stops making sense.
pub fn fault<T: Trace>(data: &[u8], fault: Fault, trace: &mut T) {
    let at = fault.at.min(data.len());
    trace.fault(at..data.len(), "data", || fault.to_string());
}
