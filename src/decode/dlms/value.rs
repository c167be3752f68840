//! From an element of A-XDR data to the value of a reading.

use super::axdr::{Node, Tree, tag};
use super::date_time;
use crate::decode::{Decimal, Obis, Value};
use compact_str::CompactString;
use std::fmt::Write;

/// The bytes of a node's value.
#[inline]
pub fn bytes<'a>(data: &'a [u8], node: &Node) -> &'a [u8] {
    data.get(node.body as usize..node.end as usize).unwrap_or_default()
}

/// The OBIS code, when the node is an octet-string that holds one: media 0 to 15, and F says nothing
/// (255) or is a billing period (0–126).
pub fn obis(data: &[u8], node: &Node) -> Option<Obis> {
    if node.tag != tag::OCTET_STRING {
        return None;
    }
    match bytes(data, node) {
        &[a, b, c, d, e, f] if a <= 15 && (f == 255 || f <= 126) => Some(Obis([a, b, c, d, e, f])),
        _ => None,
    }
}

/// The whole number, when the node is one.
#[inline]
pub fn integer(data: &[u8], node: &Node) -> Option<i64> {
    let value = bytes(data, node);
    Some(match (node.tag, value) {
        (tag::UNSIGNED | tag::ENUM | tag::DELTA_UNSIGNED, &[b]) => i64::from(b),
        (tag::INTEGER | tag::DELTA_INTEGER, &[b]) => i64::from(b as i8),
        (tag::LONG_UNSIGNED | tag::DELTA_LONG_UNSIGNED, &[a, b]) => i64::from(u16::from_be_bytes([a, b])),
        (tag::LONG | tag::DELTA_LONG, &[a, b]) => i64::from(i16::from_be_bytes([a, b])),
        (tag::DOUBLE_LONG_UNSIGNED | tag::DELTA_DOUBLE_LONG_UNSIGNED, &[a, b, c, d]) => {
            i64::from(u32::from_be_bytes([a, b, c, d]))
        }
        (tag::DOUBLE_LONG | tag::DELTA_DOUBLE_LONG, &[a, b, c, d]) => {
            i64::from(i32::from_be_bytes([a, b, c, d]))
        }
        (tag::LONG64, v) => i64::from_be_bytes(v.try_into().ok()?),
        (tag::LONG64_UNSIGNED, v) => i64::try_from(u64::from_be_bytes(v.try_into().ok()?)).ok()?,
        _ => return None,
    })
}

/// The number of a numeric element.
#[inline]
pub fn number(data: &[u8], node: &Node) -> Option<Decimal> {
    if let Some(value) = integer(data, node) {
        return Some(Decimal::from(value));
    }
    let value = bytes(data, node);
    match node.tag {
        tag::LONG64_UNSIGNED => Some(Decimal::from(u64::from_be_bytes(value.try_into().ok()?))),
        tag::FLOAT32 => Decimal::from_f32(f32::from_be_bytes(value.try_into().ok()?)),
        tag::FLOAT64 => Decimal::from_f64(f64::from_be_bytes(value.try_into().ok()?)),
        tag::BCD => match value {
            &[b] if b >> 4 < 10 && b & 15 < 10 => {
                Some(Decimal::from(i64::from(b >> 4) * 10 + i64::from(b & 15)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The value of a node; `obis` tells dates and times in octet-strings from text.
pub fn value(data: &[u8], tree: &Tree, index: usize, about: Option<Obis>) -> Value {
    let Some(node) = tree.get(index) else { return Value::Null };
    let raw = bytes(data, node);
    match node.tag {
        tag::NULL | tag::DONT_CARE => Value::Null,
        tag::BOOLEAN => Value::Bool(raw != [0]),
        tag::OCTET_STRING => octets(raw, about),
        tag::VISIBLE_STRING | tag::UTF8_STRING => Value::Text(text(raw).unwrap_or_else(|| hex(raw))),
        tag::BIT_STRING => {
            let bits = raw.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 != 0));
            Value::Text(bits.take(node.items as usize).map(|bit| if bit { '1' } else { '0' }).collect())
        }
        tag::DATE_TIME => match date_time::date_time(raw) {
            Some(stamp) => stamp.time.map_or(Value::Null, Value::Time),
            None => Value::Text(hex(raw)),
        },
        tag::DATE => date_time::date(raw).map_or(Value::Null, Value::Time),
        tag::TIME => date_time::time(raw).map_or(Value::Null, Value::Text),
        tag::ARRAY | tag::STRUCTURE => Value::Text(compound(data, tree, index)),
        // A float that is no number is the meter's way to say that it has none.
        tag::FLOAT32 | tag::FLOAT64 => number(data, node).map_or(Value::Null, Value::Number),
        _ => number(data, node).map_or_else(|| Value::Text(hex(raw)), Value::Number),
    }
}

/// An octet-string is text, a date-time, an OBIS code, or bytes.
fn octets(raw: &[u8], about: Option<Obis>) -> Value {
    match raw.len() {
        12 => {
            if let Some(stamp) = date_time::date_time(raw) {
                return stamp.time.map_or(Value::Null, Value::Time);
            }
        }
        // Local date and local time (IEC 62056-61: C = 0, D = 9, E = 2 and 1) are strings of five and four.
        5 => {
            if let (Some(Obis([_, _, 0, 9, 2, _])), Some(date)) = (about, date_time::date(raw)) {
                return Value::Time(date);
            }
        }
        4 => {
            if let (Some(Obis([_, _, 0, 9, 1, _])), Some(time)) = (about, date_time::time(raw)) {
                return Value::Text(time);
            }
        }
        _ => {}
    }
    // Bytes happen to be UTF-8 now and then; words in it are mostly ASCII.
    let ascii = raw.iter().filter(|b| b.is_ascii()).count();
    if let Some(text) = text(raw).filter(|_| ascii * 2 > raw.len() || raw.is_empty()) {
        return Value::Text(text);
    }
    match raw {
        &[a, b, c, d, e, 255] if a <= 15 => {
            let mut text = CompactString::default();
            let _ = write!(text, "{}", Obis([a, b, c, d, e, 255]));
            Value::Text(text)
        }
        _ => Value::Text(hex(raw)),
    }
}

/// Printable text; zeros that fill a field up to its size do not belong to it.
pub fn text(raw: &[u8]) -> Option<CompactString> {
    let end = raw.iter().rposition(|&b| b != 0).map_or(0, |last| last + 1);
    let used = raw.get(..end)?;
    if used.is_empty() && !raw.is_empty() {
        return None;
    }
    if used.iter().all(|b| (0x20..0x7F).contains(b)) {
        return std::str::from_utf8(used).ok().map(|s| CompactString::from(s.trim_end()));
    }
    let text = std::str::from_utf8(used).ok()?;
    (!text.chars().any(char::is_control) && !text.is_empty()).then(|| CompactString::from(text))
}

/// Upper-case hex digits.
pub fn hex(raw: &[u8]) -> CompactString {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    raw.iter()
        .flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]])
        .map(char::from)
        .collect()
}

/// A structure or array as text: `[0-0:99.98.4, 3]`.
fn compound(data: &[u8], tree: &Tree, index: usize) -> CompactString {
    /// Longer than this helps nobody.
    const MOST: usize = 400;
    let mut text = CompactString::default();
    let Some(node) = tree.get(index) else { return text };
    let mut ends = vec![node.next as usize];
    text.push('[');
    let mut i = index + 1;
    let mut first = true;
    while let Some(&end) = ends.last() {
        if i >= end || text.len() > MOST {
            ends.pop();
            text.push(']');
            first = false;
            continue;
        }
        let Some(node) = tree.get(i) else { break };
        if !first {
            text.push_str(", ");
        }
        first = false;
        if matches!(node.tag, tag::ARRAY | tag::STRUCTURE) {
            ends.push(node.next as usize);
            text.push('[');
            first = true;
            i += 1;
            continue;
        }
        let _ = match value(data, tree, i, None) {
            Value::Number(number) => write!(text, "{number}"),
            Value::Text(inner) => write!(text, "{inner}"),
            Value::Time(time) => write!(text, "{time}"),
            Value::Bool(yes) => write!(text, "{yes}"),
            Value::Null => write!(text, "null"),
        };
        i += 1;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(hex: &str) -> Value {
        let data = hex::decode(hex.replace(' ', "")).unwrap();
        let mut tree = Tree::default();
        tree.read(&data, 0).unwrap();
        value(&data, &tree, 0, None)
    }

    fn number_of(hex: &str) -> String {
        match of(hex) {
            Value::Number(n) => n.to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn numbers() {
        assert_eq!(number_of("05 FFFFFFFF"), "-1");
        assert_eq!(number_of("06 FFFFFFFF"), "4294967295");
        assert_eq!(number_of("0F 80"), "-128");
        assert_eq!(number_of("10 FFFE"), "-2");
        assert_eq!(number_of("14 FFFFFFFFFFFFFFFF"), "-1");
        assert_eq!(number_of("15 FFFFFFFFFFFFFFFF"), "18446744073709551615");
        assert_eq!(number_of("17 43664CCD"), "230.3");
        assert_eq!(number_of("18 4024000000000000"), "10");
        assert_eq!(number_of("0D 42"), "42");
        assert_eq!(number_of("16 05"), "5");
    }

    #[test]
    fn texts_and_bytes() {
        assert_eq!(of("09 04 36353135"), Value::Text("6515".into()));
        assert_eq!(of("0A 10 34303739393339300000000000000000"), Value::Text("40799390".into()));
        assert_eq!(of("09 02 0002"), Value::Text("0002".into()));
        assert_eq!(of("09 06 0000010000FF"), Value::Text("0-0:1.0.0".into()));
        assert_eq!(of("09 00"), Value::Text("".into()));
        assert_eq!(of("04 0A A5C0"), Value::Text("1010010111".into()));
        assert_eq!(of("0C 02 C3A9"), Value::Text("é".into()));
        assert_eq!(of("09 02 C3A9"), Value::Text("C3A9".into()), "two bytes that happen to be UTF-8");
        assert_eq!(of("09 07 5AC3A4686C6572"), Value::Text("Zähler".into()));
    }

    #[test]
    fn others() {
        assert_eq!(of("00"), Value::Null);
        assert_eq!(of("03 FF"), Value::Bool(true));
        assert_eq!(of("17 7FC00000"), Value::Null);
        assert_eq!(of("1B 0E372100"), Value::Text("14:55:33".into()));
        assert_eq!(
            of("0202 0906000063620 4FF 120003".replace(' ', "").as_str()),
            Value::Text("[0-0:99.98.4, 3]".into())
        );
    }
}
