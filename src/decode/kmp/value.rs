//! Values of registers: unit byte, sign and exponent byte, mantissa.

use super::tables::{self, Form};
use crate::decode::message::ProblemCode;
use crate::decode::{Decimal, Timestamp, Value};
use compact_str::CompactString;
use std::fmt::Write as _;

/// How a register's value is written: what a logger states once for all its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The unit byte.
    pub unit: u8,
    /// Bytes of the mantissa.
    pub length: u8,
    /// Bit 7: the value is negative.  Bit 6: the exponent is negative.  Bits 5–0: the exponent.
    pub sign_and_exponent: u8,
}

/// A value, and what is odd about it.
pub struct Decoded {
    /// The value.
    pub value: Value,
    /// Its unit; none for plain numbers, text and points in time.
    pub unit: Option<&'static str>,
    /// Why it is not what its unit promises.
    pub problem: Option<(ProblemCode, &'static str)>,
}

impl Format {
    /// The power of ten of the value.
    pub const fn exponent(self) -> i16 {
        let magnitude = (self.sign_and_exponent & 0x3F) as i16;
        if self.sign_and_exponent & 0x40 != 0 { -magnitude } else { magnitude }
    }

    /// True for values below zero.
    pub const fn negative(self) -> bool {
        self.sign_and_exponent & 0x80 != 0
    }

    /// Coefficient, power of ten and unit of a number of four bytes, which nearly all registers are; `None`
    /// for what [`Format::decode`] is for.
    #[inline]
    pub fn plain(self, mantissa: &[u8]) -> Option<(i64, i8, &'static str)> {
        let unit = tables::unit(self.unit)?;
        let Form::Number(tens) = unit.form else { return None };
        let magnitude = i64::from(u32::from_be_bytes(*mantissa.as_array()?));
        // At most 63 and a few.
        let power = self.exponent() as i8 + tens as i8;
        Some((if self.negative() { -magnitude } else { magnitude }, power, unit.symbol))
    }

    /// The value that `mantissa` stands for.
    pub fn decode(self, mantissa: &[u8]) -> Decoded {
        let Some(unit) = tables::unit(self.unit) else {
            let value = self.number(mantissa, 0).map_or_else(|| as_hex(mantissa), Value::Number);
            return Decoded {
                value,
                unit: None,
                problem: Some((ProblemCode::BadValue, "the unit byte is not in the table of units")),
            };
        };
        let point_in_time = |value: Option<Value>| match value {
            Some(value) => Decoded { value, unit: None, problem: None },
            // The digits that the meter sent are all that is known.
            None => Decoded {
                value: self.number(mantissa, 0).map_or_else(|| as_hex(mantissa), Value::Number),
                unit: None,
                problem: Some((
                    ProblemCode::BadTime,
                    "no such date or time exists; the digits are given as a number",
                )),
            },
        };
        match unit.form {
            Form::Number(tens) => match self.number(mantissa, tens) {
                Some(number) => Decoded {
                    value: Value::Number(number),
                    unit: (!unit.symbol.is_empty()).then_some(unit.symbol),
                    problem: None,
                },
                None if mantissa.is_empty() => Decoded {
                    value: Value::Null,
                    unit: (!unit.symbol.is_empty()).then_some(unit.symbol),
                    problem: Some((ProblemCode::BadValue, "the value has no bytes")),
                },
                None => Decoded {
                    value: as_hex(mantissa),
                    unit: None,
                    problem: Some((ProblemCode::BadValue, "the number is too long; its bytes are given")),
                },
            },
            Form::Time => point_in_time(self.digits(mantissa).and_then(time)),
            Form::ShortDate => {
                point_in_time(self.digits(mantissa).filter(|d| *d < 1_000_000).and_then(|d| date(2_000, d)))
            }
            Form::Date => point_in_time(self.digits(mantissa).and_then(|d| date(0, d))),
            Form::MonthDay => point_in_time(self.digits(mantissa).and_then(month_day)),
            Form::DateTime => point_in_time(date_time(mantissa)),
            Form::Text => Decoded { value: text(mantissa), unit: None, problem: None },
        }
    }

    /// The mantissa as an unsigned number with sign, exponent and `tens` applied.
    fn number(self, mantissa: &[u8], tens: u8) -> Option<Decimal> {
        let magnitude = i128::try_from(unsigned(mantissa)?).ok()?;
        Decimal::new(
            if self.negative() { -magnitude } else { magnitude },
            self.exponent().checked_add(i16::from(tens))?,
        )
    }

    /// The mantissa as plain digits, for the units that put digits together.
    fn digits(self, mantissa: &[u8]) -> Option<u32> {
        if self.sign_and_exponent != 0 {
            return None;
        }
        unsigned(mantissa).and_then(|n| u32::try_from(n).ok())
    }
}

/// Big-endian.  None for no bytes, and for more than 16 significant ones.
fn unsigned(bytes: &[u8]) -> Option<u128> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(u128::from(u32::from_be_bytes(four)));
    }
    let leading = bytes.iter().take_while(|b| **b == 0).count();
    let significant = bytes.get(leading..)?;
    if bytes.is_empty() || significant.len() > 16 {
        return None;
    }
    Some(significant.iter().fold(0, |n, b| n << 8 | u128::from(*b)))
}

/// Two decimal digits of `digits`, from the given place on.
const fn pair(digits: u32, place: u32) -> u8 {
    (digits / place % 100) as u8
}

fn time(digits: u32) -> Option<Value> {
    let (hour, minute, second) = (digits / 10_000, pair(digits, 100), pair(digits, 1));
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut text = CompactString::with_capacity(8);
    for (at, two) in [hour as u8, minute, second].into_iter().enumerate() {
        if at > 0 {
            text.push(':');
        }
        text.push(char::from(b'0' + two / 10));
        text.push(char::from(b'0' + two % 10));
    }
    Some(Value::Text(text))
}

fn date(century: i16, digits: u32) -> Option<Value> {
    let year = i16::try_from(digits / 10_000).ok()?.checked_add(century)?;
    Timestamp::date(year, pair(digits, 100), pair(digits, 1)).map(Value::Time)
}

fn month_day(digits: u32) -> Option<Value> {
    if digits > 1231 {
        return None;
    }
    let (month, day) = (pair(digits, 100), pair(digits, 1));
    // A leap year, so that 29 February is a day.
    Timestamp::date(2000, month, day)?;
    let mut text = CompactString::default();
    write!(text, "{month:02}-{day:02}").ok()?;
    Some(Value::Text(text))
}

/// Standard time; the leading byte is the minutes of daylight saving that are to be added.  That is no offset from UTC, so
/// none is given.
fn date_time(mantissa: &[u8]) -> Option<Value> {
    let [_, year, month, day, hour, minute, second] = *mantissa else { return None };
    Timestamp::date(2000 + i16::from(year), month, day)?.hms(hour, minute, second).map(Value::Time)
}

/// Text as it is, without the padding at its end; as hex digits when it is not printable.
fn text(bytes: &[u8]) -> Value {
    let end = bytes.iter().rposition(|b| !matches!(b, 0 | b' ')).map_or(0, |last| last + 1);
    let bytes = bytes.get(..end).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(|b| (0x20..0x7F).contains(b)) => Value::Text(CompactString::from(text)),
        _ => as_hex(bytes),
    }
}

fn as_hex(bytes: &[u8]) -> Value {
    let mut text = CompactString::default();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02X}");
    }
    Value::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(unit: u8, sign_and_exponent: u8, mantissa: &str) -> String {
        let mantissa = hex::decode(mantissa).unwrap();
        let format = Format { unit, length: mantissa.len() as u8, sign_and_exponent };
        let Decoded { value, unit, problem } = format.decode(&mantissa);
        let value = match value {
            Value::Number(n) => n.to_string(),
            Value::Text(t) => t.to_string(),
            Value::Time(t) => t.to_string(),
            other => format!("{other:?}"),
        };
        format!("{value} {}{}", unit.unwrap_or("-"), if problem.is_some() { " !" } else { "" })
    }

    /// The worked examples of Kamstrup's protocol description, section 4.2, as quoted by PyKMP.
    #[test]
    fn numbers_of_the_document() {
        assert_eq!(show(2, 0xC2, "00003039"), "-123.45 kWh");
        assert_eq!(show(2, 0x03, "05397FB1"), "87654321000 kWh");
        assert_eq!(show(2, 0x03, "FF"), "255000 kWh");
        assert_eq!(show(22, 0x11, "012AF024"), format!("19591204{} kW", "0".repeat(17)));
        assert_eq!(show(8, 0x43, "000000FB"), "0.251 GJ");
        assert_eq!(show(37, 0x42, "18C8"), "63.44 °C");
    }

    #[test]
    fn tens_of_a_unit_are_applied() {
        assert_eq!(show(55, 0x41, "000007"), "7 m³");
        assert_eq!(show(57, 0x00, "07"), "70 GJ");
    }

    #[test]
    fn dates_and_times() {
        assert_eq!(show(47, 0, "00030E33"), "20:02:43 -");
        assert_eq!(show(48, 0, "0003AE4F"), "2024-12-31 -");
        assert_eq!(show(49, 0, "0134DB47"), "2024-12-23 -");
        assert_eq!(show(50, 0, "00000338"), "08-24 -");
        assert_eq!(show(50, 0, "000000E5"), "02-29 -");
        assert_eq!(show(79, 0, "00180C1F000004"), "2024-12-31T00:00:04 -");
        assert_eq!(show(79, 0, "3C10061E0E3037"), "2016-06-30T14:48:55 -");
    }

    #[test]
    fn no_day_is_invented() {
        assert_eq!(show(47, 0, "0003E8C7"), "256199 - !");
        assert_eq!(show(48, 0, "00000000"), "0 - !");
        assert_eq!(show(48, 0, "0003AEB4"), "241332 - !");
        assert_eq!(show(50, 0, "FFFF"), "65535 - !");
        assert_eq!(show(79, 0, "00180D1F000004"), "26444633735172 - !");
    }

    #[test]
    fn text_and_what_is_none() {
        assert_eq!(show(54, 0, "30324B35324143314137435A"), "02K52AC1A7CZ -");
        assert_eq!(show(54, 0, "414200"), "AB -");
        assert_eq!(show(54, 0, "4107"), "4107 -");
    }

    #[test]
    fn what_the_tables_do_not_know() {
        assert_eq!(show(200, 0x41, "7B"), "12.3 - !");
        assert_eq!(show(2, 0, ""), "Null kWh !");
        assert_eq!(show(2, 0, &"FF".repeat(17)), format!("{} - !", "FF".repeat(17)));
    }
}
