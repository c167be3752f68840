//! Small frames of the usual shapes.

use crate::line::random::Random;

/// The frame check sequence of HDLC.
fn fcs16(data: &[u8]) -> u16 {
    crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC).checksum(data)
}

fn frame(destination: &[u8], source: &[u8], information: &[u8]) -> Vec<u8> {
    let length = 2 + destination.len() + source.len() + 1 + 2 + information.len() + 2;
    let mut body = vec![0xA0 | (length >> 8) as u8, length as u8];
    body.extend_from_slice(destination);
    body.extend_from_slice(source);
    body.push(0x13);
    body.extend_from_slice(&fcs16(&body).to_le_bytes());
    body.extend_from_slice(information);
    body.extend_from_slice(&fcs16(&body).to_le_bytes());
    let mut out = vec![0x7E];
    out.extend_from_slice(&body);
    out.push(0x7E);
    out
}

/// A list in a plain data-notification, in HDLC.
pub fn hdlc(random: &mut Random) -> Vec<u8> {
    let mut r = |low: u64, high: u64| random.between(low, high);
    let mut items: Vec<Vec<u8>> = vec![b"\x0a\x0eKamstrup_V0001".to_vec()];
    let digits =
        |r: &mut dyn FnMut(u64, u64) -> u64, n: usize| (0..n).map(|_| r(48, 57) as u8).collect::<Vec<u8>>();
    items.push(vec![9, 6, 1, 1, 0, 0, 5, 255]);
    items.push([&[10, 16][..], &digits(&mut r, 16)].concat());
    for code in [1, 2, 3, 4] {
        items.push(vec![9, 6, 1, 1, code, 7, 0, 255]);
        items.push([&[6][..], &(r(0, 9000) as u32).to_be_bytes()].concat());
    }
    for code in [31, 51, 71] {
        items.push(vec![9, 6, 1, 1, code, 7, 0, 255]);
        items.push([&[6][..], &(r(0, 2000) as u32).to_be_bytes()].concat());
    }
    for code in [32, 52, 72] {
        items.push(vec![9, 6, 1, 1, code, 7, 0, 255]);
        items.push([&[18][..], &(r(215, 245) as u16).to_be_bytes()].concat());
    }
    let mut apdu = vec![0xE6, 0xE7, 0x00, 0x0F, 0, 0, 0, 0, 0x0C, 0x07];
    apdu.extend([
        0xE9,
        r(1, 12) as u8,
        r(1, 28) as u8,
        r(1, 7) as u8,
        r(0, 23) as u8,
        r(0, 59) as u8,
        0,
        255,
        0x80,
        0,
        0,
    ]);
    apdu.extend([2, items.len() as u8]);
    apdu.extend(items.concat());
    frame(&[0x2B], &[0x21], &apdu)
}

/// The same shape as a ciphered data-notification: random content, no key opens it.
pub fn hdlc_ciphered(random: &mut Random) -> Vec<u8> {
    let length = random.between(100, 200);
    let mut apdu = vec![0xE6, 0xE7, 0x00, 0xDB, 0x08];
    apdu.extend(b"KFM\x65");
    apdu.extend((0..4).map(|_| random.byte()));
    let total = length + 5;
    if total > 127 {
        apdu.push(0x81);
    }
    apdu.extend([total as u8, 0x20, 0, 0]);
    apdu.extend((0..2 + length).map(|_| random.byte()));
    frame(&[0xCE, 0xFF], &[0x03], &apdu)
}
