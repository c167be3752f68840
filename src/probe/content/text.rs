//! P1 text: remembers the line so far and the code of the line before it, with digits in values taken for equal.

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

/// Before a telegram.
pub const START: u64 = b'\n' as u64 | 0xABC << CODE;

/// Nothing is known of the line so far.
pub const ANYWHERE: u64 = 0x7_FFFF << LINE | 0xFFF << CODE | 0x7FFF << VALUE;

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

/// The state after `byte`.
pub const fn next(state: u64, byte: u8) -> u64 {
    let byte = byte & 0x7F;
    let last = state & 0x7F;
    let was_inside = state & INSIDE != 0;
    let hex = byte.is_ascii_digit()
        || byte >= b'A' && byte <= b'F' && (class(last) == 1 || last >= 0x41 && last <= 0x46 || last == 0x21);
    let digit = was_inside && hex;
    let canonical = if digit { b'0' } else { byte };
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
pub const fn contexts(state: u64) -> [u64; LEVELS] {
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

/// How far a meter that says `byte` here will say it again: digits of values change.
pub const fn constancy(state: u64, byte: u8) -> f32 {
    if state & INSIDE != 0 && byte.is_ascii_hexdigit() { 0.35 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

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
