//! How lines begin: an OBIS code, and what its groups mean.
//!
//! A meter sends the same codes in the same order every time, so each line is first compared with the line
//! at its place in the telegram before; only one that begins otherwise is taken apart.

/// How the groups of a line are meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    /// A number, perhaps behind the time at which it was taken.
    Number,
    /// Text as it stands.
    Text,
    /// An octet string in hex digits that spells text.
    Octets,
    /// The meter's clock.
    Clock,
    /// Count, OBIS code, then time and duration of each power failure.
    PowerFailures,
    /// Count, two OBIS codes, then two times and a value for each month (Belgium); or a time and values
    /// of the billing period (Hungary).
    History,
    /// DSMR 2.2: time, status, interval, count, then OBIS code and unit of each value on the next line.
    Profile,
}

const fn kind(obis: [u8; 6]) -> Kind {
    let [_, _, c, d, e, _] = obis;
    match (c, d, e) {
        (1, 0, 0) => Kind::Clock,
        (99, 97, _) => Kind::PowerFailures,
        (98, 1, _) => Kind::History,
        (24, 3, _) => Kind::Profile,
        (96, 1 | 13, _) => Kind::Octets,
        // Version, status words, tariff indicator, device name, serial numbers.
        (0, 0 | 2, _) | (42, 0, 0) | (96, 4 | 5 | 14, _) => Kind::Text,
        _ => Kind::Number,
    }
}

/// How a line begins.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Start {
    /// Its OBIS code.
    pub code: [u8; 6],
    /// What the code says about the groups.
    pub kind: Kind,
    /// Bytes up to the first group.
    pub length: usize,
}

/// The bytes of a line that are compared at once; no code is longer in the usual form.
type Window = [u8; 16];

/// The starts of the lines of a telegram.
#[derive(Debug, Default)]
pub(super) struct Codes {
    lines: Vec<Line>,
    /// The place of the next line.
    next: usize,
    /// The start of a line that is not among `lines`.
    other: Start,
}

/// A line of the telegram before.
#[derive(Debug)]
struct Line {
    /// Its code and the `(` behind that.
    begins: u128,
    /// What of a window those are.
    mask: u128,
    start: Start,
}

/// Lines that are remembered: three times as many as the longest telegram seen has.
const MOST: usize = 128;

impl Codes {
    /// A telegram begins.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// The start of the line that is `line` and what follows.
    #[inline(always)]
    pub fn start(&mut self, line: &[u8]) -> Option<&Start> {
        let window = line.first_chunk().map(|window: &Window| u128::from_le_bytes(*window));
        let place = self.next;
        self.next += 1;
        let known =
            self.lines.get(place).zip(window).is_some_and(|(line, window)| window & line.mask == line.begins);
        if !known {
            return self.learn(line, window, place);
        }
        self.lines.get(place).map(|line| &line.start)
    }

    #[inline(never)]
    fn learn(&mut self, line: &[u8], window: Option<u128>, place: usize) -> Option<&Start> {
        let (code, length) = obis(line)?;
        self.other = Start { code, kind: kind(code), length };
        if let Some(window) = window
            && length < size_of::<Window>()
        {
            let mask = u128::MAX >> (8 * (size_of::<Window>() - 1 - length));
            let known = Line { begins: window & mask, mask, start: self.other };
            if let Some(line) = self.lines.get_mut(place) {
                *line = known;
            } else if place == self.lines.len() && place < MOST {
                self.lines.push(known);
            }
        }
        Some(&self.other)
    }
}

/// An OBIS code at the start of `bytes`, and how many bytes it takes.
#[inline]
pub(super) fn obis(bytes: &[u8]) -> Option<([u8; 6], usize)> {
    let mut at = 0;
    let mut code = [0, 0, 0, 0, 0, 255];
    for (part, separator) in code.iter_mut().zip([b'-', b':', b'.', b'.', b'*', 0]) {
        let mut value = bytes.get(at)?.wrapping_sub(b'0');
        if value > 9 {
            return None;
        }
        at += 1;
        for _ in 0..2 {
            let Some(digit @ b'0'..=b'9') = bytes.get(at) else { break };
            value = value.checked_mul(10)?.checked_add(digit - b'0')?;
            at += 1;
        }
        *part = value;
        if separator == 0 {
            break;
        }
        if bytes.get(at) != Some(&separator) {
            return if separator == b'*' { Some((code, at)) } else { None };
        }
        at += 1;
    }
    Some((code, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_all_their_forms() {
        assert_eq!(obis(b"1-0:1.8.0(000001.000*kWh)"), Some(([1, 0, 1, 8, 0, 255], 9)));
        assert_eq!(obis(b"0-0:96.7.21(00004)"), Some(([0, 0, 96, 7, 21, 255], 11)));
        assert_eq!(obis(b"0-0:96.1.0*101(1)"), Some(([0, 0, 96, 1, 0, 101], 14)));
        assert_eq!(obis(b"0-1:24.2.1"), Some(([0, 1, 24, 2, 1, 255], 10)));
        for bad in [&b""[..], b"1-0:1.8", b"1-0:1.8.", b"1-0:1.256.0(", b"1-0:4:24.7.0(", b"1-0:0001.8.0("] {
            assert_eq!(obis(bad), None, "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn a_line_that_begins_otherwise_is_read_anew() {
        let mut codes = Codes::default();
        let code = |codes: &mut Codes, line: &[u8]| codes.start(line).map(|start| start.code);
        for lines in [
            [&b"1-0:1.8.0(000001.000*kWh)"[..], b"1-0:2.8.0(000002.000*kWh)"],
            [b"1-0:1.8.0(000003.000*kWh)", b"1-0:2.8.0(000004.000*kWh)"],
            [b"1-0:2.8.0(000005.000*kWh)", b"1-0:2.8.01(00005.000*kWh)"],
            [b"1-0:1.8.0(000003.000*kWh)", b"1-0:2.8.0("],
        ] {
            codes.rewind();
            for line in lines {
                assert_eq!(
                    code(&mut codes, line),
                    obis(line).map(|(code, _)| code),
                    "{}",
                    line.escape_ascii()
                );
            }
        }
    }
}
