//! DLMS/COSEM in HDLC frames, readable and ciphered.

use super::digit;
use crate::line::random::Random;

/// HDLC addresses and control byte, as pushes have them.
const ADDRESSES: [&[u8]; 14] = [
    &[0x41, 0x03, 0x13],
    &[0x41, 0x08, 0x83, 0x13],
    &[0x21, 0x13, 0x13],
    &[0x2B, 0x21, 0x13],
    &[0x01, 0x02, 0x01, 0x10],
    &[0xCE, 0xFF, 0x03, 0x13],
    &[0xCF, 0x02, 0x23, 0x13],
    &[0xCF, 0x00, 0x02, 0x00, 0x23, 0x13],
    &[0x41, 0x01, 0x02, 0x01, 0x13],
    &[0x09, 0x03, 0x13],
    &[0x03, 0x05, 0x00],
    &[0x03, 0x21, 0x13],
    &[0x02, 0x04, 0x06, 0x09, 0x41, 0x13],
    &[0x03, 0x73, 0x13],
];

fn frame(random: &mut Random, addresses: &[u8], more: bool, information: &[u8], out: &mut Vec<u8>) {
    let mut addresses = addresses.to_vec();
    if let Some(control) = addresses.last_mut().filter(|_| more && random.chance(0.5)) {
        // Some makers set the poll bit in the last segment only.
        *control &= !0x10;
    }
    let length = 2 + addresses.len() + 2 + information.len() + 2;
    out.extend_from_slice(&[0x7E, 0xA0 | u8::from(more) << 3 | (length >> 8 & 7) as u8, length as u8]);
    out.extend_from_slice(&addresses);
    out.extend_from_slice(&[random.byte(), random.byte()]);
    out.extend_from_slice(information);
    out.extend_from_slice(&[random.byte(), random.byte(), 0x7E]);
}

/// Registers in the orders that meters list them in, by groups: C and D of the OBIS code.
const REGISTERS: [&[(u8, u8)]; 13] = [
    &[(1, 7), (2, 7), (3, 7), (4, 7)],
    &[(31, 7), (51, 7), (71, 7)],
    &[(32, 7), (52, 7), (72, 7)],
    &[(21, 7), (41, 7), (61, 7), (22, 7), (42, 7), (62, 7)],
    &[
        (21, 7),
        (22, 7),
        (23, 7),
        (24, 7),
        (41, 7),
        (42, 7),
        (43, 7),
        (44, 7),
        (61, 7),
        (62, 7),
        (63, 7),
        (64, 7),
    ],
    &[(36, 7), (56, 7), (76, 7), (16, 7)],
    &[(9, 7), (10, 7), (15, 7)],
    &[(13, 7), (33, 7), (53, 7), (73, 7)],
    &[(14, 7)],
    &[(1, 6), (2, 6)],
    &[(1, 8), (2, 8), (3, 8), (4, 8)],
    &[(1, 8), (2, 8), (5, 8), (6, 8), (7, 8), (8, 8)],
    &[(15, 8), (16, 8), (9, 8), (10, 8)],
];

/// One of them, with its tariff.
#[derive(Clone, Copy)]
struct Register {
    c: u8,
    d: u8,
    e: u8,
}

impl Register {
    const fn is_current(self) -> bool {
        self.d == 7 && matches!(self.c, 11 | 31 | 51 | 71 | 91)
    }

    const fn is_voltage(self) -> bool {
        self.d == 7 && matches!(self.c, 12 | 32 | 52 | 72)
    }

    /// Measured with few digits.
    const fn is_small(self) -> bool {
        self.is_current() || self.is_voltage() || self.d == 7 && matches!(self.c, 13 | 33 | 53 | 73 | 14)
    }

    /// Active, against reactive or apparent.
    const fn is_active(self) -> bool {
        matches!(self.c, 1 | 2 | 15 | 16 | 21 | 22 | 36 | 41 | 42 | 56 | 61 | 62 | 76)
    }

    /// A number that it may show, of `digits` decimal places (the mains have 50 Hz).
    fn value(self, random: &mut Random, digits: u8) -> u32 {
        let one = 10f64.powi(digits.into());
        let zero = if self.is_voltage() || self.c == 14 { 0.05 } else { 0.2 };
        if random.chance(zero) {
            return 0;
        }
        // Of any size up to the largest.
        let mut up_to = |most: f64| most.max(2.0).powf(random.unit());
        (match (self.c, self.d) {
            (32 | 52 | 72 | 12, 7) => one * (230.0 + 4.0 * random.normal()),
            (31 | 51 | 71 | 11 | 91, 7) => up_to(25.0 * one),
            (14, 7) => one * (50.0 + 0.02 * random.normal()),
            (13 | 33 | 53 | 73, 7) => 1000.0 * (1.0 - 0.5 * random.unit() * random.unit()),
            (_, 7 | 6) => up_to(12_000.0),
            _ => 300_000.0 * up_to(4000.0) * random.unit(),
        }) as u32
    }
}

fn time(random: &mut Random, zone: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(&[0x07, 0xE3 + random.below(12) as u8, 1 + random.below(12) as u8]);
    out.extend_from_slice(&[1 + random.below(28) as u8, 1 + random.below(7) as u8]);
    let even = *random.pick(&[1, 1, 1, 10]).unwrap_or(&1);
    let second = random.below(60 / even) * even;
    out.extend_from_slice(&[random.below(24) as u8, random.below(60) as u8, second as u8]);
    let tails: [[u8; 4]; 9] = [
        [0xFF, 0x80, 0x00, 0x00],
        [0x00, 0xFF, 0xC4, 0x00],
        [0x00, 0xFF, 0x88, 0x80],
        [0xFF, 0x80, 0x00, 0x80],
        [0xFF, 0x80, 0x00, 0xFF],
        [0x00, 0x80, 0x00, 0xFF],
        [0xFF, 0xFF, 0xC4, 0x00],
        [0x00, 0x00, 0x3C, 0x00],
        [0x00, 0x80, 0x00, 0x00],
    ];
    out.extend_from_slice(tails.get(zone % tails.len()).unwrap_or(&[0; 4]));
}

/// How a maker arranges a list.
#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// OBIS code and value in turn, scales documented elsewhere (Kamstrup).
    Pairs,
    /// A structure for each: OBIS code, value, and a structure of scaler and unit (Aidon, Iskraemeco).
    Structures,
    /// OBIS code, value, structure of scaler and unit in turn, in one structure (Austria).
    Flat,
    /// Values alone (Kaifa, Iskraemeco).
    Values,
    /// The objects first, their values behind (push lists).
    Objects,
}

/// A readable push.
pub(super) fn readable(random: &mut Random) -> Vec<u8> {
    let mut out = vec![0x0F];
    let invoke = random.bits().to_be_bytes();
    match random.below(3) {
        0 => out.extend_from_slice(&[0x40, 0, 0, 0]),
        1 => out.extend_from_slice(&[0, 0, 0, 0]),
        _ => out.extend_from_slice(&[0, invoke[0] & 0x7F, invoke[1], invoke[2]]),
    }
    let zone = random.below(9) as usize;
    match random.below(4) {
        0 => out.push(0),
        1 => {
            out.extend_from_slice(&[9, 12]);
            time(random, zone, &mut out);
        }
        _ => {
            out.push(12);
            time(random, zone, &mut out);
        }
    }
    let style = *random
        .pick(&[Style::Pairs, Style::Structures, Style::Flat, Style::Values, Style::Objects])
        .unwrap_or(&Style::Pairs);
    let mut registers: Vec<Register> = Vec::new();
    let keep = 0.3 + 0.6 * random.unit();
    let tariffs = if random.chance(0.3) { 2 + 2 * random.below(2) as u8 } else { 0 };
    for group in REGISTERS {
        if random.chance(keep) {
            for &(c, d) in group.iter().filter(|_| random.chance(0.9)) {
                let tariffs = if d == 8 { tariffs } else { 0 };
                registers.extend((0..=tariffs).map(|e| Register { c, d, e }));
            }
        }
    }
    // A count has one byte, and not all of it.
    registers.truncate(36);
    if random.chance(0.3) {
        // Energies first.
        registers.sort_by_key(|register| (8 - register.d, register.c, register.e));
    }
    let style = if registers.is_empty() { Style::Pairs } else { style };
    list(random, style, &registers, zone, &mut out);
    framed(random, &out)
}

fn list(random: &mut Random, style: Style, registers: &[Register], zone: usize, out: &mut Vec<u8>) {
    let count = registers.len() as u8;
    let b = u8::from(style == Style::Pairs || random.chance(0.2));
    // A maker writes all numbers of a kind alike.
    let (signed, small) = (random.chance(0.3), random.chance(0.8));
    let (current, voltage) = (random.below(4) as u8, *random.pick(&[0u8, 1, 1, 2]).unwrap_or(&0));
    let clock = random.chance(0.6);
    match style {
        Style::Pairs => {
            let text = random.chance(0.7);
            out.extend_from_slice(&[2, 2 * count + 5]);
            if text {
                out.extend_from_slice(&[0x0A, 14]);
                out.extend_from_slice(b"Kamstrup_V0001");
                out.extend_from_slice(&[9, 6, 1, 1, 0, 0, 5, 255, 0x0A]);
            } else {
                let device = random.pick(&[[0, 0, 96, 1, 0], [0, 0, 96, 1, 1], [0, 0, 42, 0, 0]]);
                out.extend_from_slice(&[9, 6]);
                out.extend_from_slice(device.unwrap_or(&[0; 5]));
                out.extend_from_slice(&[255, 9]);
            }
            serial(random, &[12, 16], b"", out);
            if random.chance(0.7) {
                out.extend_from_slice(&[9, 6, 1, 1, 96, 1, 1, 255, 0x0A]);
                serial(random, &[18], b"", out);
            }
        }
        Style::Structures if random.chance(0.6) => {
            out.extend_from_slice(&[1, count + 4]);
            if random.chance(0.5) {
                out.extend_from_slice(&[2, 2, 9, 6, 1, 1, 0, 2, 129, 255, 0x0A, 11]);
                out.extend_from_slice(b"AIDON_V0001");
                out.extend_from_slice(&[2, 2, 9, 6, 0, 0, 96, 1, 0, 255, 0x0A]);
                serial(random, &[12, 16], b"", out);
                out.extend_from_slice(&[2, 2, 9, 6, 0, 0, 96, 1, 7, 255, 0x0A, 4]);
                out.extend_from_slice(&[b'6', b'5', b'0' + random.below(6) as u8, digit(random)]);
            } else {
                out.extend_from_slice(&[2, 2, 9, 6, 0, 0, 1, 0, 0, 255, 9, 12]);
                time(random, zone, out);
            }
        }
        Style::Structures | Style::Flat => {
            out.extend_from_slice(&[2, count + 3]);
            if clock {
                out.extend_from_slice(&[9, 6, 0, 0, 1, 0, 0, 255]);
            }
            out.extend_from_slice(&[9, 12]);
            time(random, zone, out);
            for e in 0..random.below(3) as u8 {
                if style == Style::Structures || clock {
                    out.extend_from_slice(&[2, 2]);
                }
                out.extend_from_slice(&[9, 6, 0, 0, 96, 1, e, 255, 9]);
                let maker = random.pick(&[&b""[..], b"1KFM", b"LGZ", b"SAG"]).copied().unwrap_or(b"");
                serial(random, &SHORT, maker, out);
            }
        }
        Style::Values => {
            out.extend_from_slice(&[2, count + 4]);
            if random.chance(0.5) {
                out.extend_from_slice(&[9, 7]);
                out.extend_from_slice(b"KFM_001");
                out.push(9);
                serial(random, &[12, 16], b"", out);
                out.extend_from_slice(&[9, 8]);
                let model = random.pick(&[b"MA304H3E", b"MA304H4D", b"MA105H2E"]).copied();
                out.extend_from_slice(model.unwrap_or(b"MA304H3E"));
            } else {
                out.push(9);
                serial(random, &[16], b"ISK1030", out);
                out.push(9);
                serial(random, &[11], b"ISK", out);
            }
        }
        Style::Objects => {
            out.extend_from_slice(&[2, count + 3, 1, count + 3]);
            let setup = if random.chance(0.5) { 0 } else { 8 };
            let fixed =
                [(40, [0, setup, 25, 9, 0, 255]), (8, [0, 0, 1, 0, 0, 255]), (1, [0, 0, 42, 0, 0, 255])];
            let fixed = fixed.into_iter().filter(|_| random.chance(0.85)).collect::<Vec<_>>();
            let values = registers.iter().map(|r| (3, [1, b, r.c, r.d, r.e, 255]));
            for (class, code) in fixed.into_iter().chain(values) {
                out.extend_from_slice(&[2, 4, 0x12, 0, class, 9, 6]);
                out.extend_from_slice(&code);
                out.extend_from_slice(&[0x0F, 2, 0x12, 0, 0]);
            }
            out.extend_from_slice(&[9, 12]);
            time(random, zone, out);
            out.push(9);
            let maker = random.pick(&[&b""[..], b"LGZ", b"ISK", b"SAG"]).copied().unwrap_or(b"");
            serial(random, &SHORT, maker, out);
        }
    }
    let b = if style == Style::Pairs { 1 } else { b };
    let moment = random.below(20) as usize;
    let long = random.chance(0.15);
    for (n, &register) in registers.iter().enumerate() {
        let Register { c, d, e } = register;
        if style == Style::Values && n == moment {
            out.extend_from_slice(&[9, 12]);
            time(random, zone, out);
        }
        if style == Style::Structures {
            out.extend_from_slice(&[2, 3]);
        }
        if matches!(style, Style::Pairs | Style::Structures | Style::Flat) {
            out.extend_from_slice(&[9, 6, 1, b, c, d, e, 255]);
        }
        let digits = match c {
            _ if register.is_current() => current,
            _ if register.is_voltage() => voltage,
            14 => 2,
            _ => 0,
        };
        let number = register.value(random, digits);
        let bytes = number.to_be_bytes();
        match (register.is_small() && small && number < 32_768, signed) {
            (true, true) if register.is_current() => out.extend_from_slice(&[0x10, bytes[2], bytes[3]]),
            (true, _) => out.extend_from_slice(&[0x12, bytes[2], bytes[3]]),
            (false, true) if d == 7 && long => {
                let signed = if random.chance(0.4) { number.wrapping_neg() } else { number };
                out.push(5);
                out.extend_from_slice(&signed.to_be_bytes());
            }
            (false, _) if d == 8 && long => {
                out.push(0x15);
                out.extend_from_slice(&u64::from(number).to_be_bytes());
            }
            _ => {
                out.push(6);
                out.extend_from_slice(&bytes);
            }
        }
        if matches!(style, Style::Structures | Style::Flat) {
            let (scaler, unit) = match (c, d) {
                _ if register.is_current() => (0u8.wrapping_sub(current), 33),
                _ if register.is_voltage() => (0u8.wrapping_sub(voltage), 35),
                (14, _) => (0xFE, 44),
                (13 | 33 | 53 | 73, 7) => (0xFD, 255),
                (9 | 10, _) => (0, if d == 8 { 31 } else { 28 }),
                (_, 7 | 6) => (0, if register.is_active() { 27 } else { 29 }),
                _ => (0, if register.is_active() { 30 } else { 32 }),
            };
            out.extend_from_slice(&[2, 2, 0x0F, scaler, 0x16, unit]);
        }
    }
    if clock && style == Style::Pairs {
        out.extend_from_slice(&[9, 6, 0, 1, 1, 0, 0, 255, 9, 12]);
        time(random, zone, out);
    } else if clock && style == Style::Structures {
        out.extend_from_slice(&[2, 2, 9, 6, 0, 0, 1, 0, 0, 255, 9, 12]);
        time(random, zone, out);
    } else if style == Style::Flat && random.chance(0.5) {
        out.push(9);
        serial(random, &SHORT, b"", out);
    }
}

/// Lengths of serial numbers.
const SHORT: [u8; 8] = [8, 9, 10, 11, 12, 13, 14, 15];

/// A text of one of these lengths, which is in front: some letters, then digits.
fn serial(random: &mut Random, lengths: &[u8], letters: &[u8], out: &mut Vec<u8>) {
    let length = random.pick(lengths).copied().unwrap_or(8);
    out.push(length);
    out.extend_from_slice(letters);
    for _ in letters.len()..usize::from(length) {
        out.push(digit(random));
    }
}

/// In one frame, in several with the segmentation bit, or in blocks.
fn framed(random: &mut Random, apdu: &[u8]) -> Vec<u8> {
    let addresses = random.pick(&ADDRESSES).copied().unwrap_or_default();
    let most = 90 + random.below(160) as usize;
    let mut out = Vec::new();
    let llc: &[u8] = &[0xE6, 0xE7, 0x00];
    match random.below(4) {
        0 => {
            let all = [llc, apdu].concat();
            let count = all.len().div_ceil(most);
            for (n, part) in all.chunks(most).enumerate() {
                frame(random, addresses, n + 1 < count, part, &mut out);
            }
        }
        1 => {
            let count = apdu.len().div_ceil(most);
            for (n, part) in apdu.chunks(most).enumerate() {
                let mut block = if n == 0 { llc.to_vec() } else { Vec::new() };
                block.extend_from_slice(&[0xE0, if n + 1 == count { 0xC0 } else { 0x40 }]);
                block.extend_from_slice(&[0, n as u8 + 1, 0, 0]);
                if part.len() > 127 {
                    block.push(0x81);
                }
                block.push(part.len() as u8);
                block.extend_from_slice(part);
                frame(random, addresses, false, &block, &mut out);
            }
        }
        _ => frame(random, addresses, false, &[llc, apdu].concat(), &mut out),
    }
    out
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
    let addresses = random.pick(&ADDRESSES).copied().unwrap_or_default();
    let mut framed = Vec::new();
    frame(random, addresses, false, &out, &mut framed);
    framed
}
