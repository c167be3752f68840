//! What meters say, as far as its shape matters: the source of the tables of [`super::baud`] and of the
//! priors of [`super::content`].
//!
//! Not frames that a decoder must like, but byte strings with the statistics of those that it does: header,
//! order of elements, digits, units, counters that fill their bytes from the right.  Several vendors'
//! shapes each, so that a meter that is not among them finds itself between them.

use crate::line::random::Random;

/// What a telegram consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// DSMR P1 text.
    Text,
    /// DLMS/COSEM in an HDLC frame, readable.
    Dlms,
    /// The same, ciphered.
    Ciphered,
    /// Wired M-Bus.
    Mbus,
}

impl Shape {
    /// All of them.
    pub const ALL: [Shape; 4] = [Shape::Text, Shape::Dlms, Shape::Ciphered, Shape::Mbus];

    /// A telegram of this shape.
    pub fn telegram(self, random: &mut Random) -> Vec<u8> {
        match self {
            Shape::Text => text(random),
            Shape::Dlms => dlms(random),
            Shape::Ciphered => ciphered(random),
            Shape::Mbus => mbus(random),
        }
    }
}

/// Manufacturer, `5` or `3`, and model, as the first line of a P1 telegram has them.
const IDENTIFICATIONS: [&str; 22] = [
    "ISK5\\2M550T-1012",
    "ISK5\\2MT382-1000",
    "ISk5\\2ME382-1003",
    "KFM5KAIFA-METER",
    "KMP5 KA6U001511209910",
    "Ene5\\T210-D ESMR5.0",
    "Ene5\\XS210 ESMR 5.0",
    "XMX5LGBBFG1009325446",
    "XMX5XMXABCE000046099",
    "FLU5\\253770234_A",
    "FLU5\\253769484_A",
    "SAG5SAG-METER",
    "LGF5E360",
    "LGF5E450",
    "ELL5\\253833635_A",
    "LUX5\\253663629_D",
    "EST5\\253710000_A",
    "AUX5UXXXXXXXXXXXX",
    "HAG5eHZ010C_EHZ1vA02",
    "ADN9 6534",
    "LGZ4ZMF120ACtFs2",
    "EMH4\\@01LZQJL0013E",
];

/// Lines of P1 telegrams.  `~` and `%` stand for any digit, `_` for one that is mostly 0, `^` for a time stamp,
/// `&` for two hexadecimal digits of a serial number, `#` for a channel.
const LINES: [&str; 67] = [
    "1-3:0.2.8(50)",
    "1-3:0.2.8(42)",
    "0-0:96.1.4(50217)",
    "0-0:1.0.0(^)",
    "0-0:96.1.1(&&&&&&&&&&&&&&&&&)",
    "0-0:96.1.0(~~~~~~~~)",
    "0-0:96.1.2(~~~~~~~~~~~~~~~~~~)",
    "0-0:42.0.0(&&&&&&&&&&&&&&&&)",
    "1-0:1.8.0(__~~~~.~~~*kWh)",
    "1-0:1.8.1(__~~~~.~~~*kWh)",
    "1-0:1.8.2(__~~~~.~~~*kWh)",
    "1-0:1.8.3(___~~~.~~~*kWh)",
    "1-0:1.8.4(___~~~.~~~*kWh)",
    "1-0:2.8.0(__~~~~.~~~*kWh)",
    "1-0:2.8.1(___~~~.~~~*kWh)",
    "1-0:2.8.2(______.___*kWh)",
    "1-0:3.8.0(__~~~~~~.~~~*kvarh)",
    "1-0:4.8.0(__~~~~~~.~~~*kvarh)",
    "1-0:3.8.1(___~~~.~~~*kVArh)",
    "1-0:5.8.0(___~~~.~~~*kvarh)",
    "1-0:6.8.0(___~~~.~~~*kvarh)",
    "1-0:7.8.0(___~~~.~~~*kvarh)",
    "1-0:8.8.0(___~~~.~~~*kvarh)",
    "0-0:96.14.0(___%)",
    "0-0:96.50.68(On)",
    "1-0:1.7.0(_~.~~~*kW)",
    "1-0:2.7.0(__.___*kW)",
    "1-0:3.7.0(___~.~~~*kvar)",
    "1-0:4.7.0(____.~~~*kvar)",
    "1-0:21.7.0(_~.~~~*kW)",
    "1-0:41.7.0(_~.~~~*kW)",
    "1-0:61.7.0(_~.~~~*kW)",
    "1-0:22.7.0(__.___*kW)",
    "1-0:42.7.0(__.___*kW)",
    "1-0:62.7.0(__.___*kW)",
    "1-0:23.7.0(____.~~~*kvar)",
    "1-0:43.7.0(____.~~~*kvar)",
    "1-0:63.7.0(____.~~~*kvar)",
    "1-0:32.7.0(23~.~*V)",
    "1-0:52.7.0(23~.~*V)",
    "1-0:72.7.0(23~.~*V)",
    "1-0:31.7.0(__%*A)",
    "1-0:51.7.0(__~.~*A)",
    "1-0:71.7.0(__~.~~*A)",
    "1-0:13.7.0(_.~~~)",
    "1-0:14.7.0(4~.~~*Hz)",
    "1-0:33.7.0(_.~~~)",
    "0-0:96.3.10(1)",
    "0-0:17.0.0(~~~.~*kW)",
    "1-0:31.4.0(~~~*A)",
    "0-0:96.7.21(___~~)",
    "0-0:96.7.9(____%)",
    "1-0:99.97.0(%)(0-0:96.7.19)(^)(____~~~~~~*s)(^)(____~~~~~~*s)",
    "1-0:99.97.0()",
    "1-0:32.32.0(____%)",
    "1-0:52.32.0(____%)",
    "1-0:32.36.0(____%)",
    "1-0:72.36.0(____%)",
    "0-0:96.13.0()",
    "0-0:96.13.1()",
    "0-#:24.1.0(00%)",
    "0-#:96.1.0(&&&&&&&&&&&&&&&&&)",
    "0-#:96.1.1(&&&&&&&&&&&&&&)",
    "0-#:24.2.1(^)(__~~~.~~~*m3)",
    "0-#:24.2.3(^)(__~~~.~~~*m3)",
    "0-#:24.3.0(~~~~~~~~~~~~)(00)(60)(#)(0-1:24.2.1)(m3)",
    "1-0:1.4.0(_%.~~~*kW)",
];

fn digit(random: &mut Random) -> u8 {
    b'0' + random.below(10) as u8
}

fn text(random: &mut Random) -> Vec<u8> {
    let mut out = vec![b'/'];
    out.extend_from_slice(random.pick(&IDENTIFICATIONS).copied().unwrap_or_default().as_bytes());
    out.extend_from_slice(b"\r\n\r\n");
    // A vendor sends its lines in an order; leaving out some of a fixed order makes many vendors.
    let keep = 0.35 + 0.6 * random.unit();
    let channel = 1 + random.below(4) as u8;
    for line in LINES {
        if !random.chance(keep) {
            continue;
        }
        for symbol in line.bytes() {
            match symbol {
                b'~' | b'%' => out.push(digit(random)),
                b'_' => out.push(if random.chance(0.7) { b'0' } else { digit(random) }),
                b'&' => out.extend_from_slice(&[b'3', digit(random)]),
                b'^' => {
                    for most in [3, 10, 2, 10, 3, 10, 3, 10, 6, 10, 6, 10] {
                        out.push(b'0' + random.below(most) as u8);
                    }
                    out.push(if random.chance(0.5) { b'S' } else { b'W' });
                }
                b'#' => out.push(b'0' + channel),
                other => out.push(other),
            }
        }
        out.extend_from_slice(b"\r\n");
    }
    out.push(b'!');
    for _ in 0..4 {
        let nibble = random.below(16) as u8;
        out.push(if nibble < 10 { b'0' + nibble } else { b'A' + nibble - 10 });
    }
    out.extend_from_slice(b"\r\n");
    out
}

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

fn dlms(random: &mut Random) -> Vec<u8> {
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
fn ciphered(random: &mut Random) -> Vec<u8> {
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

/// Data information, value information, bytes of the value: records that meters send.
const RECORDS: [(&[u8], usize); 12] = [
    (&[0x0C, 0x78], 4),
    (&[0x04, 0x06], 4),
    (&[0x0C, 0x06], 4),
    (&[0x04, 0x13], 4),
    (&[0x0C, 0x14], 4),
    (&[0x02, 0x5A], 2),
    (&[0x0A, 0x5E], 2),
    (&[0x0B, 0x3B], 3),
    (&[0x04, 0x6D], 4),
    (&[0x44, 0x06], 4),
    (&[0x82, 0x40, 0xFD, 0x48], 2),
    (&[0x84, 0x10, 0x2B], 4),
];

fn mbus(random: &mut Random) -> Vec<u8> {
    let mut user = vec![0x08, 1 + random.below(5) as u8, 0x72];
    user.extend((0..4).map(|_| (random.below(10) as u8) << 4 | random.below(10) as u8));
    user.extend((0..4).map(|_| random.byte()));
    user.extend_from_slice(&[random.byte(), 0, 0, 0]);
    for _ in 0..4 + random.below(16) {
        let Some((header, size)) = random.pick(&RECORDS) else { continue };
        user.extend_from_slice(header);
        let filled = 1 + random.below(*size as u64) as usize;
        user.extend((0..*size).map(|i| if i < filled { random.byte() } else { 0 }));
    }
    let length = user.len() as u8;
    let sum = user.iter().fold(0u8, |a, b| a.wrapping_add(*b));
    let mut out = vec![0x68, length, length, 0x68];
    out.extend_from_slice(&user);
    out.extend_from_slice(&[sum, 0x16]);
    out
}
