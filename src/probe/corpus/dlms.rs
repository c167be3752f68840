//! DLMS/COSEM in HDLC frames, readable and ciphered.

use super::digit;
use crate::line::random::Random;

/// HDLC addresses and control byte, as pushes have them.
const ADDRESSES: [&[u8]; 10] = [
    &[0x41, 0x03, 0x13],
    &[0x41, 0x08, 0x83, 0x13],
    &[0x21, 0x13],
    &[0x2B, 0x21, 0x13],
    &[0x01, 0x00, 0x01, 0x10],
    &[0xCE, 0xFF, 0x03, 0x13],
    &[0xCF, 0x02, 0x23, 0x13],
    &[0xCF, 0x00, 0x02, 0x00, 0x23, 0x03, 0x13],
    &[0x41, 0x01, 0x02, 0x01, 0x13],
    &[0x09, 0x03, 0x13],
];

fn frame(random: &mut Random, information: &[u8]) -> Vec<u8> {
    let addresses = random.pick(&ADDRESSES).copied().unwrap_or_default();
    let length = 2 + addresses.len() + 2 + information.len() + 2;
    let mut out = vec![0x7E, 0xA0 | (length >> 8 & 7) as u8, length as u8];
    out.extend_from_slice(addresses);
    out.extend_from_slice(&[random.byte(), random.byte()]);
    out.extend_from_slice(information);
    out.extend_from_slice(&[random.byte(), random.byte(), 0x7E]);
    out
}

/// Registers of electricity: C of the OBIS code, D, and the largest value usual.
const REGISTERS: [(u8, u8, u32); 24] = [
    (1, 7, 9_000),
    (2, 7, 4_000),
    (3, 7, 900),
    (4, 7, 900),
    (31, 7, 2_000),
    (51, 7, 2_000),
    (71, 7, 2_000),
    (32, 7, 2_500),
    (52, 7, 2_500),
    (72, 7, 2_500),
    (21, 7, 4_000),
    (41, 7, 4_000),
    (61, 7, 4_000),
    (22, 7, 4_000),
    (42, 7, 4_000),
    (62, 7, 4_000),
    (13, 7, 1_000),
    (14, 7, 501),
    (1, 8, 40_000_000),
    (2, 8, 9_000_000),
    (3, 8, 2_000_000),
    (4, 8, 9_000_000),
    (5, 8, 900_000),
    (9, 7, 9_000),
];

fn time(random: &mut Random, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x07, 0xE0 + random.below(12) as u8, 1 + random.below(12) as u8]);
    out.extend_from_slice(&[1 + random.below(28) as u8, 1 + random.below(7) as u8]);
    out.extend_from_slice(&[random.below(24) as u8, random.below(60) as u8, random.below(60) as u8]);
    let tail: &[u8] = match random.below(4) {
        0 => &[0xFF, 0x80, 0x00, 0x00],
        1 => &[0x00, 0xFF, 0xC4, 0x00],
        2 => &[0x00, 0xFF, 0x88, 0x80],
        _ => &[0xFF, 0x80, 0x00, 0x80],
    };
    out.extend_from_slice(tail);
}

pub(super) fn readable(random: &mut Random) -> Vec<u8> {
    let mut out = vec![0xE6, 0xE7, 0x00, 0x0F];
    let invoke = random.bits().to_be_bytes();
    match random.below(3) {
        0 => out.extend_from_slice(&[0x40, 0, 0, 0]),
        1 => out.extend_from_slice(&[0, 0, 0, 0]),
        _ => out.extend_from_slice(&[0, invoke[0] & 0x0F, invoke[1], invoke[2]]),
    }
    match random.below(4) {
        0 | 1 => out.push(0),
        2 => {
            out.push(0x0C);
            time(random, &mut out);
        }
        _ => {
            out.extend_from_slice(&[0x09, 0x0C]);
            time(random, &mut out);
        }
    }
    let style = random.below(5);
    let count = 6 + random.below(18) as usize;
    let medium_b = random.below(2) as u8;
    match style {
        // Pairs of OBIS code and value in one structure, with the meter's name first (as Kamstrup lists).
        0 => {
            out.extend_from_slice(&[0x02, (2 * count + 1) as u8, 0x0A, 0x0E]);
            out.extend_from_slice(b"Kamstrup_V0001");
            name(random, &mut out);
        }
        // An array of structures with scaler and unit (as Aidon lists).
        1 => {
            out.extend_from_slice(&[0x01, count as u8, 0x02, 0x02, 0x09, 0x06, 1, 1, 0, 2, 0x81, 0xFF]);
            out.extend_from_slice(&[0x0A, 0x0B]);
            out.extend_from_slice(b"AIDON_V0001");
        }
        // Values alone (as Kaifa and Landis+Gyr lists).
        2 => {
            out.extend_from_slice(&[0x02, count as u8, 0x09, 0x07]);
            out.extend_from_slice(b"KFM_001");
            name(random, &mut out);
        }
        // Objects described first (class, OBIS, attribute), values behind (as push lists of Iskra and L+G E450).
        3 => {
            out.extend_from_slice(&[0x02, count as u8, 0x01, count as u8]);
            for _ in 0..count {
                let (c, d, _) = register(random);
                out.extend_from_slice(&[0x02, 0x04, 0x12, 0x00, 0x03, 0x09, 0x06, 1, medium_b, c, d, 0, 255]);
                out.extend_from_slice(&[0x0F, 0x02, 0x12, 0x00, 0x00]);
            }
        }
        // OBIS codes and values, with scaler and unit, in one structure (as Austrian and Swiss pushes).
        _ => {
            out.extend_from_slice(&[0x02, (2 * count) as u8, 0x09, 0x06, 0, 0, 1, 0, 0, 255, 0x09, 0x0C]);
            time(random, &mut out);
            out.extend_from_slice(&[0x09, 0x06, 0, 0, 96, 1, 0, 255]);
            name(random, &mut out);
        }
    }
    for _ in 0..count {
        let (c, d, most) = register(random);
        let code = [0x09, 0x06, 1, medium_b, c, d, 0, 255];
        match style {
            0 => out.extend_from_slice(&code),
            1 => {
                out.extend_from_slice(&[0x02, 0x03]);
                out.extend_from_slice(&code);
            }
            4 => out.extend_from_slice(&code),
            _ => {}
        }
        let value = random.below(u64::from(most)) as u32;
        let bytes = value.to_be_bytes();
        match (most, style, random.below(3)) {
            (0..=2_500, 1 | 4, 0) => out.extend_from_slice(&[0x10, bytes[2], bytes[3]]),
            (0..=2_500, 0 | 1 | 4, _) => out.extend_from_slice(&[0x12, bytes[2], bytes[3]]),
            (_, _, 0) if style == 2 => out.extend_from_slice(&[0x05, bytes[0], bytes[1], bytes[2], bytes[3]]),
            _ => out.extend_from_slice(&[0x06, bytes[0], bytes[1], bytes[2], bytes[3]]),
        }
        if style == 1 || style == 4 {
            let scaler = random.pick(&[0x00, 0xFF, 0xFE, 0x03, 0xFD]).copied().unwrap_or(0);
            let unit = random.pick(&[0x1B, 0x1D, 0x1E, 0x20, 0x21, 0x23, 0x2C, 0xFF]).copied().unwrap_or(0);
            out.extend_from_slice(&[0x02, 0x02, 0x0F, scaler, 0x16, unit]);
        }
    }
    frame(random, &out)
}

fn register(random: &mut Random) -> (u8, u8, u32) {
    random.pick(&REGISTERS).copied().unwrap_or((1, 7, 9_000))
}

/// A serial number or a type, as text or octets.
fn name(random: &mut Random, out: &mut Vec<u8>) {
    for tag in [0x0A, 0x09] {
        let length = 8 + random.below(10) as u8;
        out.extend_from_slice(&[tag, length]);
        for _ in 0..length {
            out.push(if random.chance(0.8) { digit(random) } else { b'A' + random.below(26) as u8 });
        }
    }
}

/// Ciphered content is as good as random; what is in front of it is not (general-glo-ciphering).
pub(super) fn ciphered(random: &mut Random) -> Vec<u8> {
    let length = 90 + random.below(160) as usize;
    let mut out = vec![0xE6, 0xE7, 0x00, 0xDB, 0x08];
    out.extend_from_slice(
        random.pick(&[b"KFM", b"LGZ", b"SAG", b"ISK", b"KAM", b"NES"]).copied().unwrap_or(b"KFM"),
    );
    out.push(0x10 + random.below(0x60) as u8);
    out.extend((0..4).map(|_| random.byte()));
    if length > 0x7F {
        out.push(0x81);
    }
    out.extend_from_slice(&[length as u8, if random.chance(0.7) { 0x20 } else { 0x30 }, 0, 0]);
    out.extend((0..length).map(|_| random.byte()));
    frame(random, &out)
}
