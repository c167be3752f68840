//! Exact decimal numbers, as meters send them.

use std::fmt;

/// `coefficient × 10^exponent`, exactly, with the digits that the wire carried.
///
/// `1.50` (150 × 10⁻²) and `1.5` (15 × 10⁻¹) are equal in value but print differently: a reading is
/// shown with the digits its meter sent.
#[derive(Clone, Copy)]
pub struct Decimal {
    /// An `i128` as its bytes: aligned to 16, it would make every reading a quarter larger.
    coefficient: [u8; 16],
    exponent: i16,
}

/// Exponents beyond this are refused: printing would need absurdly many zeros, and no meter has them.
const MAX_EXPONENT: i16 = 100;

impl Decimal {
    /// `coefficient × 10^exponent`.  `None` when |exponent| is over 100.
    pub const fn new(coefficient: i128, exponent: i16) -> Option<Self> {
        if exponent > MAX_EXPONENT || exponent < -MAX_EXPONENT {
            return None;
        }
        Some(Decimal { coefficient: coefficient.to_ne_bytes(), exponent })
    }

    /// A whole number.
    pub const fn integer(value: i128) -> Self {
        Decimal { coefficient: value.to_ne_bytes(), exponent: 0 }
    }

    /// `coefficient × 10^exponent`, for an exponent that is known to be in range; the nearest in range
    /// for any other.
    #[inline]
    pub(super) const fn small(coefficient: i64, exponent: i8) -> Self {
        let exponent = if exponent > 100 {
            100
        } else if exponent < -100 {
            -100
        } else {
            exponent
        };
        Decimal { coefficient: (coefficient as i128).to_ne_bytes(), exponent: exponent as i16 }
    }

    /// The value × 10^`power`, exactly.  `None` when the exponent leaves its range.
    pub const fn scaled(self, power: i16) -> Option<Self> {
        match self.exponent.checked_add(power) {
            Some(exponent) if exponent <= MAX_EXPONENT && exponent >= -MAX_EXPONENT => {
                Some(Decimal { exponent, ..self })
            }
            _ => None,
        }
    }

    /// The exact product.  `None` on overflow.
    pub fn checked_mul(self, other: Decimal) -> Option<Self> {
        let coefficient = self.coefficient().checked_mul(other.coefficient())?;
        Decimal::new(coefficient, self.exponent.checked_add(other.exponent)?)
    }

    /// Digits with at most one decimal point and an optional leading `-`: `0004408.736`, `-12`, `.5`.
    /// No blanks, no exponent.  `None` for anything else, and for more than 38 significant digits.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', rest @ ..] => (true, rest),
            rest => (false, rest),
        };
        let mut coefficient: i128 = 0;
        let mut fraction: Option<i16> = None;
        let mut seen = false;
        for &c in digits {
            match c {
                b'0'..=b'9' => {
                    seen = true;
                    coefficient = coefficient.checked_mul(10)?.checked_add(i128::from(c - b'0'))?;
                    if let Some(f) = &mut fraction {
                        *f = f.checked_add(1)?;
                    }
                }
                b'.' if fraction.is_none() => fraction = Some(0),
                _ => return None,
            }
        }
        if !seen {
            return None;
        }
        Decimal::new(if negative { -coefficient } else { coefficient }, -fraction.unwrap_or(0))
    }

    /// The shortest decimal that reads back as this float.  `None` for NaN and infinities.
    pub fn from_f32(value: f32) -> Option<Self> {
        if value.is_finite() { Decimal::parse_float(zmij::Buffer::new().format_finite(value)) } else { None }
    }

    /// The shortest decimal that reads back as this float.  `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Self> {
        if value.is_finite() { Decimal::parse_float(zmij::Buffer::new().format_finite(value)) } else { None }
    }

    /// From `-12.5`, `100.0`, `1e21`, `1.5e-7`: at most 17 digits that count.  Zeros at the end are the
    /// notation's, not the number's, and go into the exponent.
    fn parse_float(text: &str) -> Option<Self> {
        let (digits, mut exponent) = match text.split_once('e') {
            Some((digits, exponent)) => (digits, exponent.parse().ok()?),
            None => (text, 0i16),
        };
        let (mut coefficient, mut fraction) = (0i64, false);
        for byte in digits.bytes() {
            match byte {
                b'0'..=b'9' => {
                    coefficient = coefficient.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
                    exponent -= i16::from(fraction);
                }
                b'.' => fraction = true,
                _ => {}
            }
        }
        if coefficient == 0 {
            return Some(Decimal::integer(0));
        }
        while coefficient % 10 == 0 {
            coefficient /= 10;
            exponent += 1;
        }
        let coefficient = if digits.starts_with('-') { -coefficient } else { coefficient };
        Decimal::new(i128::from(coefficient), exponent)
    }

    /// The coefficient of `coefficient × 10^exponent`.
    pub const fn coefficient(self) -> i128 {
        i128::from_ne_bytes(self.coefficient)
    }

    /// The exponent of `coefficient × 10^exponent`.
    pub const fn exponent(self) -> i16 {
        self.exponent
    }

    /// The nearest float, for drawing and comparing, not for reporting.
    pub fn to_f64(self) -> f64 {
        self.to_string().parse().unwrap_or(f64::NAN)
    }

    /// Without trailing zeros behind the decimal point, and with zero as plain `0`.
    #[must_use]
    pub fn normalised(self) -> Self {
        let (mut coefficient, mut exponent) = (self.coefficient(), self.exponent);
        if coefficient == 0 {
            return Decimal::integer(0);
        }
        while exponent < 0 && coefficient % 10 == 0 {
            coefficient /= 10;
            exponent += 1;
        }
        Decimal { coefficient: coefficient.to_ne_bytes(), exponent }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        let reduce = |d: &Decimal| {
            let (mut c, mut e) = (d.coefficient(), d.exponent);
            if c == 0 {
                return (0, 0);
            }
            while c % 10 == 0 {
                c /= 10;
                e += 1;
            }
            (c, e)
        };
        reduce(self) == reduce(other)
    }
}

impl Eq for Decimal {}

impl From<i64> for Decimal {
    fn from(value: i64) -> Self {
        Decimal::integer(i128::from(value))
    }
}

impl From<u64> for Decimal {
    fn from(value: u64) -> Self {
        Decimal::integer(i128::from(value))
    }
}

/// Most characters of a number: sign, point, a leading zero, 39 digits and 100 zeros.
const LONGEST: usize = 144;

impl Decimal {
    /// Appends the text of [`fmt::Display`].
    pub fn write_to(&self, into: &mut Vec<u8>) {
        let mut buffer = [0; LONGEST];
        into.extend_from_slice(self.text(&mut buffer));
    }

    fn text<'a>(&self, buffer: &'a mut [u8; LONGEST]) -> &'a [u8] {
        let (coefficient, exponent) = (self.coefficient(), i32::from(self.exponent));
        let magnitude = coefficient.unsigned_abs();
        let mut digits = itoa::Buffer::new();
        // Division of 128 bits is slow, and hardly a meter needs it.
        let digits = match u64::try_from(magnitude) {
            Ok(narrow) => digits.format(narrow),
            Err(_) => digits.format(magnitude),
        };
        let digits = digits.as_bytes();
        let mut length = 0;
        let mut put = |bytes: &[u8]| {
            if let Some(place) = buffer.get_mut(length..length + bytes.len()) {
                place.copy_from_slice(bytes);
                length += bytes.len();
            }
        };
        const ZEROS: [u8; MAX_EXPONENT as usize] = [b'0'; MAX_EXPONENT as usize];
        let zeros = |n: i32| ZEROS.get(..usize::try_from(n).unwrap_or(0)).unwrap_or(&ZEROS);
        if coefficient < 0 {
            put(b"-");
        }
        // Where in the digits the point stands; before them when not above 0.
        let point = digits.len() as i32 + exponent;
        if exponent >= 0 {
            put(digits);
            if exponent > 0 && magnitude != 0 {
                put(zeros(exponent));
            }
        } else if let Some((whole, fraction)) =
            usize::try_from(point).ok().filter(|point| *point > 0).and_then(|at| digits.split_at_checked(at))
        {
            put(whole);
            put(b".");
            put(fraction);
        } else {
            put(b"0.");
            put(zeros(-point));
            put(digits);
        }
        buffer.get(..length).unwrap_or_default()
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}e{}", self.coefficient(), self.exponent)
    }
}

/// Plain notation, never an exponent: a valid JSON number.
impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut buffer = [0; LONGEST];
        let text = self.text(&mut buffer);
        f.write_str(std::str::from_utf8(text).map_err(|_| fmt::Error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> Option<String> {
        Decimal::parse(text.as_bytes()).map(|d| d.to_string())
    }

    #[test]
    fn keeps_the_digits_of_the_wire() {
        assert_eq!(show("004408.736").as_deref(), Some("4408.736"));
        assert_eq!(show("0000.500").as_deref(), Some("0.500"));
        assert_eq!(show("-12").as_deref(), Some("-12"));
        assert_eq!(show("-0.05").as_deref(), Some("-0.05"));
        assert_eq!(show("000").as_deref(), Some("0"));
        assert_eq!(show(".5").as_deref(), Some("0.5"));
    }

    #[test]
    fn refuses_what_is_no_plain_number() {
        for text in ["", "-", ".", "1.2.3", "1e5", " 1", "1 ", "+1", "--1", "1,5"] {
            assert_eq!(show(text), None, "{text:?}");
        }
        assert_eq!(show(&"9".repeat(40)), None);
    }

    #[test]
    fn scales_exactly() {
        assert_eq!(Decimal::integer(12345).scaled(-2).map(|d| d.to_string()).as_deref(), Some("123.45"));
        assert_eq!(Decimal::integer(255).scaled(3).map(|d| d.to_string()).as_deref(), Some("255000"));
        assert_eq!(Decimal::integer(0).scaled(3).map(|d| d.to_string()).as_deref(), Some("0"));
        assert_eq!(Decimal::integer(1).scaled(101), None);
    }

    #[test]
    fn floats_give_their_shortest_decimal() {
        assert_eq!(Decimal::from_f32(0.1).map(|d| d.to_string()).as_deref(), Some("0.1"));
        assert_eq!(Decimal::from_f32(f32::NAN), None);
        assert_eq!(
            Decimal::from_f64(1.0e21).map(|d| d.to_string()).as_deref(),
            Some("1000000000000000000000")
        );
        assert_eq!(Decimal::from_f32(-2.5e-3).map(|d| d.to_string()).as_deref(), Some("-0.0025"));
    }

    /// Reads back as the float, and is as short as what the standard library prints.  It need not be the
    /// same: where two such numbers are equally near, the standard library takes the larger one.
    #[test]
    fn floats_of_every_size_are_shortest_and_read_back() {
        let short = |text: String| {
            text.split_once('e').and_then(|(digits, exponent)| {
                let places = digits.split_once('.').map_or(0, |(_, places)| places.len() as i16);
                Some(exponent.parse::<i16>().ok()? - places)
            })
        };
        let narrow = |value: f32| {
            let decimal = Decimal::from_f32(value).unwrap();
            assert_eq!(decimal.to_string().parse(), Ok(value), "{value:e}");
            assert_eq!(Some(decimal.exponent()), short(format!("{value:e}")), "{value:e}");
        };
        let wide = |value: f64| {
            let Some(decimal) = Decimal::from_f64(value) else { return };
            assert_eq!(decimal.to_string().parse(), Ok(value), "{value:e}");
            assert_eq!(Some(decimal.exponent()), short(format!("{value:e}")), "{value:e}");
        };
        let mut bits = 1u64;
        for _ in 0..50_000 {
            // A linear congruential generator (Knuth): all exponents and signs occur.
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some(f32::from_bits((bits >> 32) as u32)).filter(|v| v.is_finite()).into_iter().for_each(narrow);
            narrow((bits >> 48) as f32 / 100.0);
            Some(f64::from_bits(bits)).filter(|v| v.is_finite()).into_iter().for_each(wide);
        }
        [0.0, -0.0, 1.0, 100.0, 16_777_216.0, 1e10, -3e38, f32::MIN_POSITIVE, 1e-45]
            .into_iter()
            .for_each(narrow);
        [1e15, 1e16, 1e17, 123_456_789_012_345_680.0, 9_007_199_254_740_992.0, 1e21, 5e-5, 1e-6]
            .into_iter()
            .for_each(wide);
        assert!([1e15, 1e17, 123_456_789_012_345_680.0].iter().all(|v| Decimal::from_f64(*v).is_some()));
    }

    #[test]
    fn prints_any_exponent() {
        let show = |coefficient, exponent| Decimal::new(coefficient, exponent).map(|d| d.to_string());
        assert_eq!(show(-5, -3).as_deref(), Some("-0.005"));
        assert_eq!(show(0, -2).as_deref(), Some("0.00"));
        assert_eq!(show(10, -1).as_deref(), Some("1.0"));
        assert_eq!(show(i128::MAX, -38).as_deref(), Some("1.70141183460469231731687303715884105727"));
        assert_eq!(show(i128::MIN, 100).map(|text| text.len()), Some(140));
        assert_eq!(show(7, -100).map(|text| text.len()), Some(102));
        assert_eq!(show(7, 2).as_deref(), Some("700"));
    }

    #[test]
    fn equal_in_value_whatever_the_digits() {
        assert_eq!(Decimal::parse(b"1.50"), Decimal::parse(b"1.5"));
        assert_ne!(Decimal::parse(b"1.50"), Decimal::parse(b"1.05"));
        assert_eq!(Decimal::parse(b"0.00"), Decimal::parse(b"0"));
    }
}
