//! The bytes of a value, by the data field of the DIF (EN 13757-3, clause 6.3 and annex A).

use super::date::{self, Moment};
use super::vif::Kind;
pub use crate::decode::message::words;
use crate::decode::{Decimal, Value};
use compact_str::CompactString;

/// Data field of a DIF: its low four bits.
pub mod field {
    /// No data.
    pub const NONE: u8 = 0x0;
    /// A 32-bit float.
    pub const FLOAT: u8 = 0x5;
    /// Selection for readout.
    pub const SELECT: u8 = 0x8;
    /// Variable length: an LVAR byte says how long and of what kind.
    pub const VARIABLE: u8 = 0xD;
    /// Special functions.
    pub const SPECIAL: u8 = 0xF;
}

/// Bytes that a data field takes; 0 for those that LVAR or the special function decides.
pub const LENGTHS: [u8; 16] = [0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0];

/// The data field in words.
pub const fn field_name(dif: u8) -> &'static str {
    match dif & 0x0F {
        0x0 => "no data",
        0x1 => "8-bit integer",
        0x2 => "16-bit integer",
        0x3 => "24-bit integer",
        0x4 => "32-bit integer",
        0x5 => "32-bit float",
        0x6 => "48-bit integer",
        0x7 => "64-bit integer",
        0x8 => "selection for readout",
        0x9 => "2 BCD digits",
        0xA => "4 BCD digits",
        0xB => "6 BCD digits",
        0xC => "8 BCD digits",
        0xD => "variable length",
        0xE => "12 BCD digits",
        _ => "special function",
    }
}

/// What an LVAR byte announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variable {
    /// Latin-1 letters, the last one first.
    Text,
    /// BCD digits, positive.
    Bcd,
    /// BCD digits, negative.
    NegativeBcd,
    /// A binary number.
    Binary,
    /// Reserved by the standard: nobody knows how long.
    Reserved,
}

/// Kind and length of variable data by its LVAR byte.
pub const fn variable(lvar: u8) -> (Variable, usize) {
    let n = lvar as usize;
    match lvar {
        0x00..=0xBF => (Variable::Text, n),
        0xC0..=0xC9 => (Variable::Bcd, n - 0xC0),
        0xD0..=0xD9 => (Variable::NegativeBcd, n - 0xD0),
        0xE0..=0xEF => (Variable::Binary, n - 0xE0),
        0xF0..=0xF4 => (Variable::Binary, 4 * (n - 0xEC)),
        0xF5 => (Variable::Binary, 48),
        0xF6 => (Variable::Binary, 64),
        _ => (Variable::Reserved, 0),
    }
}

/// How a raw number becomes a value in its base unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// × 10 to this power
    pub exponent: i16,
    /// × this
    pub factor: u32,
    /// + 10 to this power
    pub add: Option<i8>,
}

impl Scale {
    /// The value in its base unit.  `None` when it is out of all reason.
    fn apply(self, raw: i128, exponent: i16) -> Option<Decimal> {
        // Few units have a factor, and multiplying 128 bits is slow.
        let raw = if self.factor == 1 { raw } else { raw.checked_mul(i128::from(self.factor))? };
        let value = Decimal::new(raw, self.exponent.checked_add(exponent)?)?;
        match self.add {
            None => Some(value),
            Some(power) => sum(value, Decimal::new(1, i16::from(power))?),
        }
    }

    #[inline]
    fn value(self, raw: Option<i128>, exponent: i16) -> Value {
        raw.and_then(|raw| self.apply(raw, exponent)).map_or(Value::Null, Value::Number)
    }
}

/// The exact sum, with the digits of the finer of the two.
fn sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    let exponent = a.exponent().min(b.exponent());
    let align = |d: Decimal| {
        let places = u32::try_from(d.exponent() - exponent).ok()?;
        d.coefficient().checked_mul(10i128.checked_pow(places)?)
    };
    Decimal::new(align(a)?.checked_add(align(b)?)?, exponent)
}

/// The value of a record's data.  `fault` is called when bytes that should be a point in time are none.
#[inline]
pub fn read(dif: u8, bytes: &[u8], kind: Kind, scale: Scale, fault: impl FnOnce()) -> Value {
    match dif & 0x0F {
        0x1 | 0x2 | 0x3 | 0x4 | 0x6 | 0x7 => {
            if kind == Kind::Date
                && let Some(moment) = date::read(bytes)
            {
                if moment == Moment::Impossible {
                    fault();
                }
                return moment.into_value();
            }
            scale.value(integer(bytes, kind == Kind::Unsigned), 0)
        }
        field::FLOAT => float(bytes, scale),
        0x9..=0xC | 0xE => scale.value(bcd(bytes, false).map(i128::from), 0),
        _ => Value::Null,
    }
}

/// The value of variable data, without its LVAR byte.
pub fn read_variable(what: Variable, bytes: &[u8], kind: Kind, scale: Scale) -> Value {
    match what {
        Variable::Text => Value::Text(text(bytes)),
        Variable::Bcd => scale.value(bcd(bytes, false).map(i128::from), 0),
        Variable::NegativeBcd => scale.value(bcd(bytes, true).map(i128::from), 0),
        Variable::Binary => match bytes.len() {
            0 => Value::Null,
            1..=8 => scale.value(integer(bytes, kind == Kind::Unsigned), 0),
            9..=15 => scale.value(Some(long_integer(bytes)), 0),
            _ => Value::Text(hex(bytes)),
        },
        Variable::Reserved => Value::Null,
    }
}

/// Little-endian integer of up to 8 bytes.
#[inline]
fn integer(bytes: &[u8], unsigned: bool) -> Option<i128> {
    let padded = match *bytes {
        [a] => [a, 0, 0, 0, 0, 0, 0, 0],
        [a, b] => [a, b, 0, 0, 0, 0, 0, 0],
        [a, b, c] => [a, b, c, 0, 0, 0, 0, 0],
        [a, b, c, d] => [a, b, c, d, 0, 0, 0, 0],
        [a, b, c, d, e] => [a, b, c, d, e, 0, 0, 0],
        [a, b, c, d, e, f] => [a, b, c, d, e, f, 0, 0],
        [a, b, c, d, e, f, g] => [a, b, c, d, e, f, g, 0],
        [a, b, c, d, e, f, g, h] => [a, b, c, d, e, f, g, h],
        _ => return None,
    };
    if unsigned {
        return Some(i128::from(u64::from_le_bytes(padded)));
    }
    let unused = 64 - 8 * bytes.len() as u32;
    let shifted = i64::from_le_bytes(padded) << unused;
    Some(i128::from(shifted >> unused))
}

/// Little-endian signed integer of up to 15 bytes.
fn long_integer(bytes: &[u8]) -> i128 {
    let sign = if bytes.last().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().rev().fold(sign, |value, &b| value << 8 | i128::from(b))
}

/// BCD digits, least significant byte first; a leading nibble F is a minus sign.  `None` when
/// any other digit is no digit: the meter has no valid value.
#[inline]
pub fn bcd(bytes: &[u8], negative: bool) -> Option<i64> {
    let (&top, rest) = bytes.split_last()?;
    let (negative, top) = if top >> 4 == 0xF { (true, top & 0x0F) } else { (negative, top) };
    let mut value = two_digits(top)?;
    for &byte in rest.iter().rev() {
        value = value.checked_mul(100)?.checked_add(two_digits(byte)?)?;
    }
    Some(if negative { -value } else { value })
}

fn two_digits(byte: u8) -> Option<i64> {
    let (high, low) = (byte >> 4, byte & 0x0F);
    if high > 9 || low > 9 { None } else { Some(i64::from(high) * 10 + i64::from(low)) }
}

fn float(bytes: &[u8], scale: Scale) -> Value {
    let Ok(bytes) = bytes.try_into() else { return Value::Null };
    match Decimal::from_f32(f32::from_le_bytes(bytes)) {
        Some(number) => scale.value(Some(number.coefficient()), number.exponent()),
        None => Value::Null,
    }
}

/// Latin-1 letters, the last one first.
pub fn text(bytes: &[u8]) -> CompactString {
    bytes.iter().rev().map(|&b| char::from(b)).collect()
}

/// Bytes as upper-case hex digits, in the order of the wire.
pub fn hex(bytes: &[u8]) -> CompactString {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |n: u8| DIGITS.get(usize::from(n)).copied().unwrap_or(b'0');
    let mut text = CompactString::with_capacity(2 * bytes.len());
    for piece in bytes.chunks(16) {
        let mut digits = [0; 32];
        for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(piece) {
            *pair = [digit(byte >> 4), digit(byte & 0x0F)];
        }
        let digits = digits.get(..2 * piece.len()).unwrap_or_default();
        text.push_str(std::str::from_utf8(digits).unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Scale = Scale { exponent: 0, factor: 1, add: None };

    fn show(dif: u8, bytes: &[u8], kind: Kind, scale: Scale) -> String {
        match read(dif, bytes, kind, scale, || ()) {
            Value::Number(number) => number.to_string(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn integers_have_a_sign_unless_they_are_bits() {
        assert_eq!(show(1, &[0xFF], Kind::Number, ONE), "-1");
        assert_eq!(show(1, &[0xFF], Kind::Unsigned, ONE), "255");
        assert_eq!(show(2, &[0x00, 0x80], Kind::Number, ONE), "-32768");
        assert_eq!(show(3, &[0xFF, 0xFF, 0x7F], Kind::Number, ONE), "8388607");
        assert_eq!(show(4, &[0xFE, 0xFF, 0xFF, 0xFF], Kind::Number, ONE), "-2");
        assert_eq!(show(6, &[1, 0, 0, 0, 0, 0x80], Kind::Number, ONE), "-140737488355327");
        assert_eq!(show(7, &[0, 0, 0, 0, 0, 0, 0, 0x80], Kind::Number, ONE), "-9223372036854775808");
    }

    #[test]
    fn bcd_digits() {
        assert_eq!(show(0xC, &[0x78, 0x56, 0x34, 0x12], Kind::Number, ONE), "12345678");
        assert_eq!(show(0xA, &[0x23, 0xF1], Kind::Number, ONE), "-123");
        assert_eq!(show(0x9, &[0x1A], Kind::Number, ONE), "Null");
        assert_eq!(show(0xC, &[0x78, 0x56, 0xE4, 0x12], Kind::Number, ONE), "Null");
        assert_eq!(show(0xE, &[0x99; 6], Kind::Number, ONE), "999999999999");
    }

    #[test]
    fn floats_are_scaled_too() {
        let scale = Scale { exponent: -2, factor: 1, add: None };
        assert_eq!(show(5, &230.5f32.to_le_bytes(), Kind::Number, scale), "2.305");
        assert_eq!(show(5, &f32::NAN.to_le_bytes(), Kind::Number, scale), "Null");
    }

    #[test]
    fn scales_and_offsets_are_exact() {
        let hours = Scale { exponent: 0, factor: 3600, add: None };
        assert_eq!(show(2, &[10, 0], Kind::Number, hours), "36000");
        let offset = Scale { exponent: -1, factor: 1, add: Some(-3) };
        assert_eq!(show(1, &[15], Kind::Number, offset), "1.501");
        assert_eq!(show(1, &[15], Kind::Number, Scale { exponent: 3, factor: 1, add: Some(0) }), "15001");
    }

    #[test]
    fn variable_data() {
        assert_eq!(variable(0x05), (Variable::Text, 5));
        assert_eq!(variable(0xC4), (Variable::Bcd, 4));
        assert_eq!(variable(0xD2), (Variable::NegativeBcd, 2));
        assert_eq!(variable(0xE8), (Variable::Binary, 8));
        assert_eq!(variable(0xF0), (Variable::Binary, 16));
        assert_eq!(variable(0xF4), (Variable::Binary, 32));
        let number = |what, bytes: &[u8]| match read_variable(what, bytes, Kind::Number, ONE) {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(number(Variable::Text, b"sserd-M"), "M-dress");
        assert_eq!(number(Variable::NegativeBcd, &[0x34, 0x12]), "-1234");
        assert_eq!(number(Variable::Bcd, &[0x21, 0x43, 0x65, 0x87, 0x09]), "987654321");
        assert_eq!(number(Variable::Binary, &[0, 0, 0, 0, 0, 0, 0, 0, 1]), "18446744073709551616");
        assert_eq!(number(Variable::Binary, &[0xAB; 16]), "ABABABABABABABABABABABABABABABAB");
        assert_eq!(number(Variable::Text, &[0xB0]), "°");
    }
}
