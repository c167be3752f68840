//! P1 text: remembers the line so far, with digits in brackets taken for equal, and the last three bytes.

use super::{LEVEL, LEVELS};

/// Before a telegram, as behind a line.
pub const START: u64 = b'\n' as u64;

/// Nothing is known of the line so far.
pub const ANYWHERE: u64 = 0xFFFF << HASH;

// bits 0..7 last byte, 7..11 class of the one before, 11..15 of the one before that, 15..31 line hash,
// bit 31 in brackets.
const HASH: u64 = 15;

fn class(byte: u8) -> u64 {
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

pub fn next(state: u64, byte: u8) -> u64 {
    let inside = match byte {
        b'(' => true,
        b')' | b'\n' => false,
        _ => state >> 31 == 1,
    };
    let last = (state & 0x7F) as u8;
    let canonical = if inside && byte.is_ascii_digit() { b'0' } else { byte };
    let hash = match byte {
        b'\n' => 0,
        _ => {
            (state >> HASH & 0xFFFF)
                .wrapping_mul(0x9E37_79B1)
                .wrapping_add(u64::from(canonical).wrapping_mul(0x85EB_CA77).wrapping_add(0x2545))
                .wrapping_mul(0x27D4_EB2F)
                >> 16
        }
    };
    u64::from(byte)
        | class(last) << 7
        | (state >> 7 & 15) << 11
        | (hash & 0xFFFF) << HASH
        | u64::from(inside) << 31
}

pub fn contexts(state: u64) -> [u64; LEVELS] {
    let last = state & 0x7F;
    // Which digit it is matters little, except in an OBIS code.
    let inside = state >> 31;
    let last = if inside == 1 && (last as u8).is_ascii_digit() { u64::from(b'0') } else { last };
    let general = state & 0x7F80 | last | inside << 15;
    [2 << LEVEL | (state >> HASH & 0xFFFF) << 7 | last, 1 << LEVEL | general, last]
}
