//! DLMS data (A-XDR): remembers the element it is in, the bytes left of it, and the elements before.

use super::{LEVEL, LEVELS};

/// Nothing is known.
pub const START: u64 = pack(FREE, 0, 0, 0);

// bits 0..8 last byte, 8..16 bytes left (or position), 16..20 mode, 20..31 what came before.
const fn pack(mode: u64, left: u64, last: u8, before: u64) -> u64 {
    last as u64 | (left & 0xFF) << 8 | (mode & 15) << 16 | (before & 0x7FF) << 20
}

const FREE: u64 = 0;
const LLC: u64 = 1;
const LLC_2: u64 = 2;
const HEAD: u64 = 3;
const TAG: u64 = 4;
const NUMBER: u64 = 5;
const LENGTH: u64 = 6;
const COUNT: u64 = 7;
const OBIS: u64 = 8;
const TEXT: u64 = 9;
const TIME: u64 = 10;
const OCTETS: u64 = 11;

/// The tag of an element, small.
fn kind(tag: u8) -> u64 {
    u64::from(tag & 0x1F)
}

pub fn next(state: u64, byte: u8) -> u64 {
    let last = (state & 0xFF) as u8;
    let left = state >> 8 & 0xFF;
    let before = state >> 20 & 0x7FF;
    match state >> 16 & 15 {
        LLC if byte == 0xE7 || byte == 0xE6 => pack(LLC_2, 0, byte, 0),
        LLC_2 => pack(HEAD, 0, byte, 0),
        HEAD => match left {
            0 if byte == 0x0F => pack(HEAD, 1, byte, 0),
            1..=3 => pack(HEAD, left + 1, byte, 0),
            4 => pack(HEAD, 5, byte, 0),
            5 if byte == 0 => pack(TAG, 0, byte, 0),
            5 if byte == 0x0C => pack(TIME, 12, byte, 0),
            5 if byte == 0x09 => pack(HEAD, 6, byte, 0),
            6 if byte == 0x0C => pack(TIME, 12, byte, 0),
            _ => pack(FREE, 0, byte, 0),
        },
        TAG => {
            let before = (before << 5 | kind(byte)) & 0x3FF;
            match byte {
                0x00 => pack(TAG, 0, byte, before),
                0x01 | 0x02 => pack(COUNT, 0, byte, before),
                0x03 | 0x0F | 0x11 | 0x16 => pack(NUMBER, 1, byte, before),
                0x10 | 0x12 => pack(NUMBER, 2, byte, before),
                0x05 | 0x06 => pack(NUMBER, 4, byte, before),
                0x14 | 0x15 => pack(NUMBER, 8, byte, before),
                0x09 | 0x0A => pack(LENGTH, 0, byte, before),
                0x7E => pack(FREE, 0, byte, 0),
                _ => pack(FREE, 0, byte, 0),
            }
        }
        COUNT => pack(TAG, 0, byte, before & 0x3E0 | kind(byte)),
        NUMBER if left > 1 => pack(NUMBER, left - 1, byte, before),
        NUMBER => pack(TAG, 0, byte, before),
        LENGTH => match (last, byte) {
            (_, 0) => pack(TAG, 0, byte, before),
            (0x09, 6) => pack(OBIS, 6, byte, before),
            (0x09, 12) => pack(TIME, 12, byte, before),
            (_, 1..=64) => pack(if last == 0x0A { TEXT } else { OCTETS }, byte.into(), byte, before),
            _ => pack(FREE, 0, byte, 0),
        },
        mode @ (OBIS | TEXT | TIME | OCTETS) if left > 1 => pack(mode, left - 1, byte, before),
        // What follows an OBIS code is not what follows other octets.
        OBIS => pack(TAG, 0, byte, before | 0x1F),
        TEXT | TIME | OCTETS => pack(TAG, 0, byte, before),
        _ => match (last, byte) {
            (_, 0xE6) => pack(LLC, 0, byte, 0),
            (0x09, 0x06) => pack(OBIS, 6, byte, 0),
            _ => pack(FREE, 0, byte, 0),
        },
    }
}

pub fn contexts(state: u64) -> [u64; LEVELS] {
    let last = state & 0xFF;
    let left = state >> 8 & 0xFF;
    let mode = state >> 16 & 15;
    let before = state >> 20 & 0x7FF;
    let short = mode << 16;
    let text = if (0x30..0x3A).contains(&last) { 1 } else { u64::from(last < 0x80) * 2 };
    match mode {
        TAG => [1 << LEVEL | short << 4 | before, short | before & 0x1F],
        COUNT => [1 << LEVEL | short << 4 | before, short],
        NUMBER => [1 << LEVEL | short << 4 | left << 5 | before & 0x1F, short | left],
        OBIS if left == 3 || left == 2 => [1 << LEVEL | short << 4 | left << 8 | last, short | left],
        OBIS => [1 << LEVEL | short << 4 | left << 8, short | left],
        LENGTH => [1 << LEVEL | short << 4 | before, short | before & 0x1F],
        TEXT | OCTETS => [1 << LEVEL | short << 4 | text, short | text],
        TIME | HEAD => [1 << LEVEL | short << 4 | left, short | left],
        _ => [1 << LEVEL | short << 4 | last, short | last],
    }
}
