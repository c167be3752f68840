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

    fn value(self, raw: Option<i128>, exponent: i16) -> Value {
        raw.and_then(|raw| self.apply(raw, exponent)).map_or(Value::Null, Value::Number)
    }

    /// The power of ten that is all there is to it; factor 1 included.  `None` when there is more.
    pub fn power(self) -> Option<i8> {
        if self.add.is_some() { None } else { i8::try_from(self.exponent).ok().filter(|e| e.abs() <= 100) }
    }
}

/// The exact sum, with the digits of the finer of the two.
#[cold]
fn sum(a: Decimal, b: Decimal) -> Option<Decimal> {
    let exponent = a.exponent().min(b.exponent());
    let align = |d: Decimal| {
        let places = u32::try_from(d.exponent() - exponent).ok()?;
        d.coefficient().checked_mul(10i128.checked_pow(places)?)
    };
    Decimal::new(align(a)?.checked_add(align(b)?)?, exponent)
}

/// What the bytes of a record's data are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An integer of 1 to 8 bytes.
    Signed,
    /// An integer of 1 to 8 bytes that has no sign.
    Unsigned,
    /// One to six bytes of BCD digits.
    Bcd,
    /// A 32-bit float.
    Float,
    /// A point in time of 2, 3, 4 or 6 bytes.
    Moment,
    /// Nothing that is a value by itself.
    None,
}

impl Form {
    /// By the data field of the DIF and the kind of the quantity.
    #[inline]
    pub const fn of(dif: u8, kind: Kind) -> Self {
        match (dif & 0x0F, kind) {
            (0x2 | 0x3 | 0x4 | 0x6, Kind::Date) => Form::Moment,
            (0x1..=0x4 | 0x6 | 0x7, Kind::Unsigned) => Form::Unsigned,
            (0x1..=0x4 | 0x6 | 0x7, _) => Form::Signed,
            (field::FLOAT, _) => Form::Float,
            (0x9..=0xC | 0xE, _) => Form::Bcd,
            _ => Form::None,
        }
    }
}

/// Bytes that should be a point in time, and are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impossible;

/// The value of a record's data.
///
/// # Errors
/// When bytes that should be a point in time are none.
pub fn read(form: Form, bytes: &[u8], scale: Scale) -> Result<Value, Impossible> {
    Ok(match form {
        Form::Unsigned => scale.value(Some(i128::from(word(bytes))), 0),
        Form::Signed | Form::Bcd => scale.value(raw(form, bytes, bytes.len()).map(i128::from), 0),
        Form::Float => match bytes.try_into().ok().and_then(|b| Decimal::from_f32(f32::from_le_bytes(b))) {
            Some(number) => scale.value(Some(number.coefficient()), number.exponent()),
            None => Value::Null,
        },
        Form::Moment => match date::read(bytes) {
            Some(Moment::Impossible) => return Err(Impossible),
            Some(moment) => moment.into_value(),
            None => Value::Null,
        },
        Form::None => Value::Null,
    })
}

/// The number that `from` begins with, not scaled, if it is an integer or digits: nearly all are.  `None` also
/// for more than an `i64` can hold.  What follows its bytes may be looked at, which saves taking them one by
/// one.
#[inline]
pub fn raw(form: Form, from: &[u8], length: usize) -> Option<i64> {
    // What follows is shifted out, so the number stands in the upper end of a word.
    let unused = 64u32.wrapping_sub(8 * length as u32);
    let high = word(from).wrapping_shl(unused);
    match form {
        Form::Signed => Some((high as i64).wrapping_shr(unused)),
        Form::Unsigned => i64::try_from(high.wrapping_shr(unused)).ok(),
        Form::Bcd => signed_digits(high, unused),
        Form::Float | Form::Moment | Form::None => None,
    }
}

/// The first eight bytes, least significant first; zeros where there are fewer.
#[inline]
pub fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => short_word(bytes),
    }
}

/// Apart, because only the end of the data is so short, and the loop is long.
#[inline(never)]
fn short_word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// The value of variable data, without its LVAR byte.
pub fn read_variable(what: Variable, bytes: &[u8], kind: Kind, scale: Scale) -> Value {
    match what {
        Variable::Text => Value::Text(text(bytes)),
        Variable::Bcd => scale.value(bcd(bytes, false).map(i128::from), 0),
        Variable::NegativeBcd => scale.value(bcd(bytes, true).map(i128::from), 0),
        Variable::Binary => match bytes.len() {
            0 => Value::Null,
            1..=8 => {
                let form = if kind == Kind::Unsigned { Form::Unsigned } else { Form::Signed };
                read(form, bytes, scale).unwrap_or(Value::Null)
            }
            9..=15 => scale.value(Some(long_integer(bytes)), 0),
            _ => Value::Text(hex(bytes)),
        },
        Variable::Reserved => Value::Null,
    }
}

/// Little-endian signed integer of up to 15 bytes.
fn long_integer(bytes: &[u8]) -> i128 {
    let sign = if bytes.last().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().rev().fold(sign, |value, &b| value << 8 | i128::from(b))
}

/// BCD digits, least significant byte first; a leading nibble F is a minus sign.  `None` when
/// any other digit is no digit: the meter has no valid value.
pub fn bcd(bytes: &[u8], negative: bool) -> Option<i64> {
    // At most nine bytes are announced (LVAR C9): what eight do not hold is at most one.
    let (low, high) = bytes.split_at_checked(8).unwrap_or((bytes, &[]));
    let value = match high {
        [] if low.is_empty() => return None,
        [] => {
            let unused = 64 - 8 * low.len() as u32;
            signed_digits(word(low) << unused, unused)?
        }
        [high] => {
            let low = i64::try_from(digits(word(low))?).ok()?;
            let high = signed_digits(u64::from(*high) << 56, 56)?;
            // A minus sign is the sign of all digits, also in front of a zero.
            let sign = if bytes.last().is_some_and(|top| top >> 4 == MINUS) { -1 } else { 1 };
            high.checked_mul(10i64.pow(16))?.checked_add(sign * low)?
        }
        _ => return None,
    };
    Some(if negative { -value.abs() } else { value })
}

/// The first nibble of a negative number in BCD.
const MINUS: u8 = 0xF;

/// A number in BCD digits, which stand in the upper end of the word; its lower `unused` bits are zero.
#[inline]
fn signed_digits(word: u64, unused: u32) -> Option<i64> {
    let negative = (word >> 60) as u8 == MINUS;
    let word = if negative { word << 4 >> 4 } else { word };
    let value = digits(word.wrapping_shr(unused))? as i64;
    Some(if negative { -value } else { value })
}

/// The number that sixteen BCD digits are; `None` when one of them is no digit.
///
/// All digits at once, in the manner of "SIMD within a register": neighbours are joined to pairs, pairs to
/// fours, and so on.
#[inline]
const fn digits(word: u64) -> Option<u64> {
    // A nibble is over 9 when its bit 3 is set, and bit 2 or bit 1.
    if word & (word << 1 | word << 2) & 0x8888_8888_8888_8888 != 0 {
        return None;
    }
    let pairs = word - 6 * (word >> 4 & 0x0F0F_0F0F_0F0F_0F0F);
    let fours = (pairs & 0x00FF_00FF_00FF_00FF) + 100 * (pairs >> 8 & 0x00FF_00FF_00FF_00FF);
    let eights = (fours & 0x0000_FFFF_0000_FFFF) + 10_000 * (fours >> 16 & 0x0000_FFFF_0000_FFFF);
    Some((eights & 0xFFFF_FFFF) + 100_000_000 * (eights >> 32))
}

/// Latin-1 letters, the last one first.
pub fn text(bytes: &[u8]) -> CompactString {
    // Nearly all are short and ASCII: turned round in one place, and copied at once.
    let mut turned = [0; 32];
    if let Some(place) = turned.get_mut(..bytes.len())
        && bytes.is_ascii()
    {
        for (letter, byte) in place.iter_mut().zip(bytes.iter().rev()) {
            *letter = *byte;
        }
        return CompactString::new(str::from_utf8(place).unwrap_or_default());
    }
    bytes.iter().rev().map(|&b| char::from(b)).collect()
}

/// Four bytes as upper-case hex digits.
///
/// All eight at once: the nibbles are spread over the bytes of a word, then made letters.
pub fn hex_digits(bytes: [u8; 4]) -> [u8; 8] {
    let word = u64::from(u32::from_be_bytes(bytes));
    let word = (word | word << 16) & 0x0000_FFFF_0000_FFFF;
    let word = (word | word << 8) & 0x00FF_00FF_00FF_00FF;
    let word = (word | word << 4) & 0x0F0F_0F0F_0F0F_0F0F;
    // 1 in each byte that is over 9: those are letters, which come 7 behind the digits.
    let letters = (word + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (word + 0x3030_3030_3030_3030 + 7 * letters).to_be_bytes()
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
        match read(Form::of(dif, kind), bytes, scale).unwrap() {
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
        assert_eq!(bcd(&[0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65], false), Some(6543210987654321));
        assert_eq!(bcd(&[0x12, 0, 0, 0, 0, 0, 0, 0x98, 0x76], false), Some(769800000000000012));
        assert_eq!(bcd(&[0x12, 0, 0, 0, 0, 0, 0, 0x98, 0xF6], false), Some(-69800000000000012));
        assert_eq!(bcd(&[0x12, 0, 0, 0, 0, 0, 0, 0, 0xF0], true), Some(-12));
        assert_eq!(bcd(&[0x12, 0, 0, 0, 0, 0, 0, 0, 0xA0], false), None);
        assert_eq!(bcd(&[], false), None);
    }

    /// Every pair of digits, and what is none, at every place, against arithmetic digit by digit.
    #[test]
    fn bcd_digits_at_every_place() {
        for byte in 0..=u8::MAX {
            let (high, low) = (i64::from(byte >> 4), i64::from(byte & 0x0F));
            for length in 1..=8 {
                for place in 0..length {
                    let mut bytes = vec![0; length];
                    bytes[place] = byte;
                    let weight = 100i64.pow(place as u32);
                    let want = match (high, low) {
                        (_, 10..) => None,
                        (0xF, low) if place + 1 == length => Some(-low * weight),
                        (10.., _) => None,
                        (high, low) => Some((10 * high + low) * weight),
                    };
                    assert_eq!(bcd(&bytes, false), want, "{bytes:02X?}");
                }
            }
        }
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
    fn hex_digits_are_those_of_formatting() {
        for n in 0..=u16::MAX {
            let [a, b] = n.to_be_bytes();
            assert_eq!(hex_digits([a, b, !b, !a]), *format!("{a:02X}{b:02X}{:02X}{:02X}", !b, !a).as_bytes());
        }
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
