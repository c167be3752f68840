//! What stands between the parentheses of a P1 line.

use crate::decode::{Decimal, Timestamp, Value};
use compact_str::CompactString;

/// A number at the start of `bytes`, and how many bytes it takes.
pub(super) fn number(bytes: &[u8]) -> Option<(Decimal, usize)> {
    if let Some(Digits { coefficient, places, length }) = digits(bytes) {
        return Some((Decimal::small(coefficient, -places), length));
    }
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let mut point = false;
    let length = bytes.iter().skip(sign).take_while(|byte| match byte {
        b'0'..=b'9' => true,
        b'.' => !std::mem::replace(&mut point, true),
        _ => false,
    });
    let length = sign + length.count();
    Some((Decimal::parse(bytes.get(..length)?)?, length))
}

/// A number of at most 18 digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Digits {
    /// The digits as a whole number.
    pub coefficient: i64,
    /// How many of them stand behind the point.
    pub places: i8,
    /// Bytes that it takes, with sign and point.
    pub length: usize,
}

/// The number at the start of `bytes`, if it is such a one.
#[inline(always)]
pub(super) fn digits(bytes: &[u8]) -> Option<Digits> {
    // The formats of the companion standard (5.0.2, section 6.4) for energy, power, voltage, current, volume
    // and counters: as many digits as are known beforehand need no look at where they end.
    let usual = match *bytes {
        [a, b, c, d, e, f, b'.', g, h, i, b'*', ..] => fixed([a, b, c, d, e, f, g, h, i], 3),
        [a, b, b'.', c, d, e, b'*', ..] => fixed([a, b, c, d, e], 3),
        [a, b, c, b'.', d, b'*', ..] => fixed([a, b, c, d], 1),
        [a, b, c, b'*' | b')', ..] => fixed([a, b, c], 0),
        [a, b, c, d, e, b'.', f, g, h, b'*', ..] => fixed([a, b, c, d, e, f, g, h], 3),
        [a, b, c, d, e, b')', ..] => fixed([a, b, c, d, e], 0),
        _ => None,
    };
    usual.or_else(|| any_digits(bytes))
}

/// The number of these digits, the last `places` of them behind a point.
#[inline(always)]
fn fixed<const N: usize>(digits: [u8; N], places: i8) -> Option<Digits> {
    let (mut coefficient, mut good) = (0, true);
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        good &= digit < 10;
        coefficient = 10 * coefficient + i64::from(digit);
    }
    good.then_some(Digits { coefficient, places, length: N + usize::from(places > 0) })
}

/// As [`digits`], for any number of them.
fn any_digits(bytes: &[u8]) -> Option<Digits> {
    let (negative, unsigned) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut coefficient = 0i64;
    let mut rest = unsigned;
    let mut more = |rest: &mut &[u8]| {
        while let [digit @ b'0'..=b'9', behind @ ..] = *rest {
            coefficient = coefficient.wrapping_mul(10).wrapping_add(i64::from(digit - b'0'));
            *rest = behind;
        }
    };
    more(&mut rest);
    let mut count = unsigned.len() - rest.len();
    let mut places = 0;
    if let [b'.', fraction @ ..] = rest {
        rest = fraction;
        more(&mut rest);
        places = fraction.len() - rest.len();
        count += places;
    }
    if count == 0 || count > 18 {
        return None;
    }
    let coefficient = if negative { -coefficient } else { coefficient };
    Some(Digits { coefficient, places: places as i8, length: bytes.len() - rest.len() })
}

/// What a group that should hold a point in time holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// It has not the form of one.
    No,
    /// It has the form, but there is no such time (some meters send these before their clock is set).
    Invalid,
    Is(Timestamp),
}

/// `YYMMDDhhmmssX`, X = S for summer time, W for winter time of central Europe; without X in DSMR 2.2.
pub(super) fn time(group: &[u8]) -> Time {
    let (digits, zone) = match group {
        [digits @ .., zone @ (b'S' | b'W')] => (digits, Some(*zone)),
        digits => (digits, None),
    };
    let Ok(digits) = <[u8; 12]>::try_from(digits) else { return Time::No };
    if !digits.iter().all(u8::is_ascii_digit) {
        return Time::No;
    }
    let [y, year, m, month, d, day, h, hour, i, minute, s, second] = digits.map(|digit| digit - b'0');
    let time = Timestamp::date(2000 + i16::from(y * 10 + year), m * 10 + month, d * 10 + day)
        .and_then(|date| date.hms(h * 10 + hour, i * 10 + minute, s * 10 + second));
    let time = match zone {
        None => time,
        Some(b'S') => time.and_then(|time| time.offset(120)),
        Some(_) => time.and_then(|time| time.offset(60)),
    };
    time.map_or(Time::Invalid, Time::Is)
}

/// An octet string in hex digits as the text that it spells; unchanged when it spells none.
pub(super) fn spelled(group: &[u8]) -> Value {
    let plain = || Value::Text(CompactString::from_utf8_lossy(group));
    // A short string of decimal digits is more likely to be what it looks like.
    let decimal = group.iter().all(u8::is_ascii_digit);
    if !group.len().is_multiple_of(2) || group.is_empty() || (decimal && group.len() < 16) {
        return plain();
    }
    let mut text = [0; 128];
    let Some(spelled) = text.get_mut(..group.len() / 2) else { return plain() };
    for (to, pair) in spelled.iter_mut().zip(group.chunks_exact(2)) {
        let digit =
            |at: usize| pair.get(at).and_then(|byte| HEX.get(usize::from(*byte))).copied().unwrap_or(0xFF);
        *to = digit(0) << 4 | digit(1);
        if digit(0) | digit(1) > 0x0F || !(b' '..=b'~').contains(to) {
            return plain();
        }
    }
    Value::Text(CompactString::from_utf8_lossy(spelled))
}

/// What each byte is as a hex digit; FF for none.
static HEX: [u8; 256] = {
    let mut table = [0xFF; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        table[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digit += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(bytes: &[u8]) -> Option<(String, usize)> {
        number(bytes).map(|(value, length)| (value.to_string(), length))
    }

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(shown(b"000051.775*kWh"), Some(("51.775".into(), 10)));
        assert_eq!(shown(b"-0.50)"), Some(("-0.50".into(), 5)));
        assert_eq!(shown(b"0002)"), Some(("2".into(), 4)));
        assert_eq!(shown(b"00052185.7825309*kWh"), Some(("52185.7825309".into(), 16)));
        assert_eq!(
            shown(b"123456789012345678901234567890.5)"),
            Some(("123456789012345678901234567890.5".into(), 32))
        );
        for bad in [&b""[..], b"*kWh", b"-", b".", b"ERROR"] {
            assert_eq!(shown(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn times_with_and_without_a_zone() {
        let shown = |group: &[u8]| match time(group) {
            Time::Is(time) => time.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(shown(b"200426223325S"), "2020-04-26T22:33:25+02:00");
        assert_eq!(shown(b"190324150519W"), "2019-03-24T15:05:19+01:00");
        assert_eq!(shown(b"090212160000"), "2009-02-12T16:00:00");
        assert_eq!(shown(b"632525252525W"), "Invalid");
        assert_eq!(shown(b"000000000000W"), "Invalid");
        assert_eq!(shown(b"0001"), "No");
        assert_eq!(shown(b"20042622332xS"), "No");
    }

    #[test]
    fn octet_strings_that_spell_text() {
        let text = |group: &[u8]| match spelled(group) {
            Value::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(text(b"4B384547303034303436333935353037"), "K8EG004046395507");
        assert_eq!(text(b"00000000000000"), "00000000000000");
        assert_eq!(text(b"ADC3100000158491"), "ADC3100000158491");
        assert_eq!(text(b"1ESY1313002565"), "1ESY1313002565");
        assert_eq!(text(b"50217"), "50217");
        assert_eq!(text(b""), "");
    }
}
