//! P1 text: remembers the line so far and the code of the line before it, with digits in values taken for equal, and
//! what kind of value it is in.

use super::{LEVEL, LEVELS};

// What the automaton remembers, in bits of its state: 0..7 last byte, 7..11 and 11..15 class of the two before
// it, 15 in a value, 16 all digits of it are zero so far, 17 odd number of them, 18..30 the code of the line
// before (in a value: of this line), 30..45 the value so far, 45..64 the line so far.  For the latter two, digits in
// values are all alike.
const INSIDE: u64 = 1 << 15;
const ZEROS: u64 = 1 << 16;
const ODD: u64 = 1 << 17;
const CODE: u32 = 18;
const VALUE: u32 = 30;
const LINE: u32 = 45;
// 66..68 groups of the line's code that were begun (behind the colon), 68..75 its third group (what is measured), 75..82
// its fourth (how), 82..86 digits of the value, 86..88 those of them behind the point, and the point.
const GROUP: u32 = 66;
const WHAT: u32 = 68;
const HOW: u32 = 75;
const DIGITS: u32 = 82;
const PLACES: u32 = 86;
// 88..91 what was read of the checksum, behind the exclamation mark: characters, counted from 1.
const CHECK: u32 = 88;

/// What of that is of the line.
const OF_LINE: u128 = (1 << (CHECK + 3)) - (1 << GROUP);
/// And of the value.
const OF_VALUE: u128 = (1 << (PLACES + 2)) - (1 << DIGITS);

/// Before a telegram.
pub const START: u128 = b'\n' as u128 | 0xABC << CODE;

/// Nothing is known of the line so far.
pub const ANYWHERE: u128 = 0x7_FFFF << LINE | 0xFFF << CODE | 0x7FFF << VALUE;

/// Kinds of characters.
const CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = kind(byte as u8);
        byte += 1;
    }
    classes
};

const fn class(byte: u64) -> u64 {
    CLASSES[(byte & 0xFF) as usize] as u64
}

const fn kind(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => 1,
        b'\r' => 2,
        b'\n' => 3,
        b'(' => 4,
        b')' => 5,
        b'*' => 6,
        b':' => 7,
        b'.' => 8,
        b'-' => 9,
        b'/' => 10,
        b'!' => 11,
        b'A'..=b'Z' => 12,
        b'a'..=b'z' => 13,
        b' ' => 14,
        b'\\' => 15,
        _ => 0,
    }
}

const fn mix(hash: u64, byte: u8) -> u64 {
    let mixed = (hash ^ (byte as u64) << 24).wrapping_add(0x51ED_270B).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed >> 29 ^ mixed >> 47
}

/// Up to `most`, in the bits from `at` on.
const fn with(state: u128, at: u32, most: u128, value: u128) -> u128 {
    state & !(most << at) | (if value > most { most } else { value }) << at
}

const fn field(state: u128, at: u32, most: u128) -> u128 {
    state >> at & most
}

/// The state after `byte`.
pub const fn next(state: u128, byte: u8) -> u128 {
    let byte = byte & 0x7F;
    structure(state, byte) | text(state as u64, byte) as u128
}

/// What is remembered of codes and values.
const fn structure(state: u128, byte: u8) -> u128 {
    let inside = state & INSIDE as u128 != 0;
    let group = field(state, GROUP, 3);
    let kept = state & !(u64::MAX as u128);
    let check = field(state, CHECK, 7);
    match byte {
        b'\n' => kept & !OF_LINE,
        b'!' if field(state, LINE, 0x7_FFFF) == 0 => with(kept, CHECK, 7, 1),
        _ if check > 0 => with(kept, CHECK, 7, check + 1),
        b'(' | b')' => kept & !OF_VALUE,
        b':' if !inside && group == 0 => with(kept, GROUP, 3, 1),
        b'.' if !inside && group > 0 => with(kept, GROUP, 3, group + 1),
        b'.' if inside => with(kept, PLACES, 3, 1),
        b'0'..=b'9' if inside => {
            let places = field(state, PLACES, 3);
            let kept = with(kept, PLACES, 3, if places > 0 { places + 1 } else { 0 });
            with(kept, DIGITS, 15, field(state, DIGITS, 15) + 1)
        }
        b'0'..=b'9' if group == 1 || group == 2 => {
            let at = if group == 1 { WHAT } else { HOW };
            with(kept, at, 127, 10 * field(state, at, 127) + (byte - b'0') as u128)
        }
        _ => kept,
    }
}

const fn text(state: u64, byte: u8) -> u64 {
    let last = state & 0x7F;
    let was_inside = state & INSIDE != 0;
    let hex = byte.is_ascii_digit()
        || byte >= b'A' && byte <= b'F' && (class(last) == 1 || last >= 0x41 && last <= 0x46 || last == 0x21);
    let digit = was_inside && hex;
    // What follows a time is the same in summer and in winter.
    let season = was_inside && class(last) == 1 && matches!(byte, b'S' | b'W');
    let canonical = if digit {
        b'0'
    } else if season {
        b'S'
    } else {
        byte
    };
    let mut code = state >> CODE & 0xFFF;
    let mut line = mix(state >> LINE, canonical) & 0x7_FFFF;
    let mut value = mix(state >> VALUE & 0x7FFF, canonical) & 0x7FFF;
    let mut flags = state & (INSIDE | ZEROS | ODD);
    match byte {
        b'(' | b'!' => {
            if !was_inside && last != b')' as u64 {
                code = line & 0xFFF;
            }
            flags = INSIDE | ZEROS;
            value = 0;
        }
        b')' => flags = 0,
        b'\n' => {
            flags = 0;
            line = 0;
        }
        b'/' if !was_inside => code = 0x123,
        _ if digit => {
            flags ^= ODD;
            if byte != b'0' {
                flags &= !ZEROS;
            }
        }
        _ => {}
    }
    if flags & INSIDE == 0 {
        value = 0;
    }
    byte as u64
        | class(last) << 7
        | (state >> 7 & 15) << 11
        | flags
        | code << CODE
        | value << VALUE
        | line << LINE
}

/// What the next byte depends on: how this very line goes on, how such a value does, and how text does at all.
pub const fn contexts(state: u128) -> [u64; LEVELS] {
    let check = field(state, CHECK, 7);
    if check >= 1 && check <= 4 {
        return [checksum_digit(check as u64); LEVELS];
    }
    let state = state as u64;
    let last = state & 0x7F;
    let line = state >> LINE;
    if state & INSIDE != 0 {
        let like = if class(last) == 1 { b'0' as u64 } else { last };
        let zeros = state & ZEROS;
        [
            2 << LEVEL | line << 20 | zeros | INSIDE | like,
            1 << LEVEL | (state >> VALUE & 0x7FFF) << 20 | zeros | INSIDE | like,
            state & (0x7F | 15 << 7 | INSIDE | ODD),
        ]
    } else {
        [
            2 << LEVEL | line << 20 | (state >> CODE & 0xFFF) << 40,
            1 << LEVEL | line << 20 | last,
            state & (0x7F | 15 << 7 | 15 << 11),
        ]
    }
}

/// The context of a digit of the checksum.
const fn checksum_digit(number: u64) -> u64 {
    2 << LEVEL | CHECKSUM | number
}

/// What marks those.
const CHECKSUM: u64 = 0xC5C << 40;

/// Those contexts.
pub fn checksum_digits() -> impl Iterator<Item = u64> {
    (1..=4).map(checksum_digit)
}

/// What may be in such a context: any hexadecimal digit, or the end of the line where telegrams have no checksum.
pub fn checksum_chances(context: u64) -> Option<[f64; 256]> {
    checksum_digits().any(|digit| digit == context).then(|| {
        let mut chances = [0.0; 256];
        for (byte, chance) in (0..=u8::MAX).zip(&mut chances) {
            *chance = match byte {
                b'0'..=b'9' => 0.97 / 16.0,
                b'A'..=b'F' => 0.95 / 16.0,
                b'a'..=b'f' => 0.02 / 16.0,
                b'\r' => 0.03,
                _ => 0.0,
            };
        }
        chances
    })
}

/// Is it a context within a value?
pub const fn in_value(context: u64) -> bool {
    context & INSIDE != 0
}

/// How probable it is that a meter says the same here in all its telegrams.
pub const fn constancy(state: u128) -> f64 {
    if state & INSIDE as u128 == 0 {
        return 0.995;
    }
    let (what, how) = (field(state, WHAT, 127), field(state, HOW, 127));
    let (digits, places) = (field(state, DIGITS, 15), field(state, PLACES, 3));
    let in_number = class(state as u64 & 0x7F) == 1 || matches!(state as u8 & 0x7F, b'(' | b'.');
    match (what, how) {
        // The telegram's checksum.
        _ if field(state, GROUP, 3) == 0 => 0.0,
        _ if !in_number => 0.995,
        // The clock.
        (1, 0) => match digits {
            0..=5 => 0.99,
            6 | 7 => 0.95,
            8 => 0.5,
            9 => 0.2,
            10 | 11 => 0.1,
            _ => 0.99,
        },
        // Meter readings: slow.
        (_, 8) => match (digits, places) {
            (0..=5, 0) => 0.95,
            (6, 0) => 0.85,
            (7, 0) => 0.5,
            (8, 0) => 0.2,
            (_, 1) => 0.6,
            (_, 2) => 0.3,
            (_, 3) => 0.1,
            _ => 0.9,
        },
        // Values of the moment; zeros in front stay.
        (_, 7) | (1 | 2, 4) => {
            if state & ZEROS as u128 != 0 {
                0.4
            } else {
                0.1
            }
        }
        // Another meter's reading.
        (24, 2) => match places {
            3 => 0.5,
            2 => 0.8,
            _ => 0.95,
        },
        _ => 0.97,
    }
}

/// Where it does not, how probable it is that it says the same for a while.
pub const fn slowness(state: u128) -> f64 {
    match field(state, PLACES, 3) {
        0 => 0.5,
        1 | 2 => 0.35,
        _ => 0.15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_go_on_quicker_than_meter_readings() {
        let at = |text: &str| constancy(text.bytes().fold(START, next));
        assert!(at("0-0:1.0.0(2601050230") < 0.2);
        assert!(at("0-0:1.0.0(2601") > 0.9);
        assert!(at("1-0:1.8.1(0044") > 0.9);
        assert!(at("1-0:1.8.1(004411.26") < 0.2);
        assert!(at("1-0:1.7.0(1") < 0.2);
        assert!(at("1-0:1.7.0(01.318*k") > 0.9);
        assert!(at("0-0:96.1.1(4530303") > 0.9);
        assert!(at("1-0:1.7") > 0.9);
        assert_eq!(at("0-0:96.13.0()\r\n!4"), 0.0);
    }

    #[test]
    fn a_checksum_may_have_any_hexadecimal_digits() {
        let at =
            |text: &str| contexts(text.bytes().fold(START, next)).first().copied().and_then(checksum_chances);
        for text in ["0-0:96.13.0()\r\n!", "\r\n!A", "\r\n!7F", "\r\n!000"] {
            let chances = at(text).unwrap();
            let sum = |bytes: &[u8]| bytes.iter().map(|byte| chances[usize::from(*byte)]).sum::<f64>();
            assert!((sum(b"0123456789ABCDEF") / 16.0 - chances[usize::from(b'D')]).abs() < 0.002);
            assert!((sum(b"0123456789ABCDEFabcdef\r") - 1.0).abs() < 0.01);
        }
        for text in ["\r\n!7F00", "1-0:1.8.0(!", "!7F00\r\n", "/ABC!"] {
            assert_eq!(at(text), None, "{text}");
        }
    }

    #[test]
    fn what_follows_a_time_is_the_same_in_summer_and_in_winter() {
        let line = |text: &str| contexts(text.bytes().fold(START, next)).first().copied();
        assert_eq!(line("0-1:24.2.1(260105110500W)(15"), line("0-1:24.2.1(260105110500S)(27"));
        assert_ne!(line("0-0:96.50.68(ON"), line("0-0:96.50.68(OS"));
    }

    #[test]
    fn digits_of_values_do_not_matter_and_those_of_codes_do() {
        let line = |text: &str| contexts(text.bytes().fold(START, next)).first().copied();
        assert_eq!(line("1-0:1.8.0(012.3"), line("1-0:1.8.0(098.7"));
        assert_ne!(line("1-0:1.8.0(012.3"), line("1-0:2.8.0(012.3"));
        assert_ne!(line("1-0:1.8.0(012.3"), line("1-0:1.8.0(0123"));
        // The same beginning of a line behind two different ones.
        assert_ne!(line("1-0:1.8.0(0)\r\n0-0:"), line("1-0:2.8.0(0)\r\n0-0:"));
    }
}
