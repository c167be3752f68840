//! Numbers as people and JSON write them, read exactly.

use crate::decode::Decimal;
use std::cmp::Ordering;

/// Reads `-12`, `+3600`, `0.50`, `.5`, `1e3`, `2.5E-1` exactly.  `None` for anything else (also for
/// `NaN`, `inf`, blanks) and for what does not fit a [`Decimal`].
pub fn parse(text: &str) -> Option<Decimal> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if unsigned.len() < text.len() && unsigned.starts_with(['-', '+']) {
        return None;
    }
    let Some((digits, exponent)) = unsigned.split_once(['e', 'E']) else {
        return Decimal::parse(unsigned.as_bytes());
    };
    let magnitude = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if magnitude.is_empty() || !magnitude.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Decimal::parse(digits.as_bytes())?.scaled(exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?)
}

/// The number as a whole one, when it is one: `9600.0` is 9600.
pub fn whole(value: Decimal) -> Option<i64> {
    let value = value.normalised();
    let power = u32::try_from(value.exponent()).ok()?;
    i64::try_from(value.coefficient().checked_mul(10_i128.checked_pow(power)?)?).ok()
}

/// Whether the value lies within these bounds, both included.
pub fn within(value: Decimal, (min, max): (Decimal, Decimal)) -> bool {
    compare(min, value) != Ordering::Greater && compare(value, max) != Ordering::Greater
}

/// Orders by value, exactly and without overflow.
fn compare(a: Decimal, b: Decimal) -> Ordering {
    let sign = a.coefficient().signum();
    sign.cmp(&b.coefficient().signum()).then_with(|| match sign {
        0 => Ordering::Equal,
        1 => magnitude(a).cmp(&magnitude(b)),
        _ => magnitude(b).cmp(&magnitude(a)),
    })
}

/// Position of the leading digit, then the digits without trailing zeros: orders magnitudes.
fn magnitude(value: Decimal) -> (i64, Vec<u8>) {
    let digits = value.coefficient().unsigned_abs().to_string();
    let leading = i64::try_from(digits.len()).unwrap_or(i64::MAX).saturating_add(i64::from(value.exponent()));
    (leading, digits.trim_end_matches('0').as_bytes().to_vec())
}

/// Whether the text is a number as JSON writes it (RFC 8259 section 6).
pub fn is_json(text: &str) -> bool {
    text.parse::<serde_json::Number>().is_ok_and(|n| n.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exactly() {
        for (text, same) in [
            ("1e3", "1000"),
            ("2.5E-1", "0.25"),
            ("+3600", "3600"),
            (".5", "0.50"),
            ("-0", "0"),
            ("1e+2", "100"),
        ] {
            assert_eq!(parse(text), parse(same), "{text}");
            assert!(parse(text).is_some(), "{text}");
        }
        for text in
            ["", "NaN", "inf", "1e", "1e+-2", "+-1", "++1", " 1", "1_000", "0x10", "1e999", "e3", "fast"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn whole_numbers_only() {
        assert_eq!(parse("9600.0").and_then(whole), Some(9600));
        assert_eq!(parse("96e2").and_then(whole), Some(9600));
        assert_eq!(parse("-2147483649").and_then(whole), Some(-2_147_483_649));
        assert_eq!(parse("9600.5").and_then(whole), None);
        assert_eq!(parse("1e40").and_then(whole), None);
    }

    #[test]
    fn orders_by_value() {
        let d = |text: &str| parse(text).unwrap();
        let ordered = [
            "-1e90", "-10", "-9.99", "-0.001", "0", "1e-90", "0.0009", "0.001", "0.01", "2", "10", "10.01",
            "1e38", "1e90",
        ];
        for (i, a) in ordered.iter().enumerate() {
            for (j, b) in ordered.iter().enumerate() {
                assert_eq!(compare(d(a), d(b)), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(compare(d("1.50"), d("1.5")), Ordering::Equal);
        assert_eq!(compare(d("0.0"), d("0")), Ordering::Equal);
    }

    #[test]
    fn knows_what_json_takes() {
        for text in ["0.1234567890123", "-5", "1.50", "0"] {
            assert!(is_json(text), "{text}");
        }
        for text in [".5", "+1", "01", "1.", "", "NaN", "\"1\""] {
            assert!(!is_json(text), "{text}");
        }
    }
}
