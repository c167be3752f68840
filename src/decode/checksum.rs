//! The CRCs of the field, eight to sixteen bytes at a time.
//!
//! | | polynomial | start | reflected | final xor | used by |
//! |---|---|---|---|---|---|
//! | [`arc`] | 8005 | 0000 | yes | 0000 | DSMR P1 |
//! | [`x25`] | 1021 | FFFF | yes | FFFF | HDLC (ISO/IEC 13239), SML |
//! | [`xmodem`] | 1021 | 0000 | no | 0000 | KMP |
//! | [`modbus`] | 8005 | FFFF | yes | 0000 | Modbus RTU |

/// CRC-16/ARC, the checksum of a P1 telegram from `/` through `!`.
pub fn arc(bytes: &[u8]) -> u16 {
    arc_update(0, bytes)
}

/// Goes on with a CRC-16/ARC that has come to `crc`.
pub fn arc_update(crc: u16, bytes: &[u8]) -> u16 {
    reflected(&ARC, crc, bytes)
}

/// CRC-16/IBM-SDLC, also called X-25: HCS and FCS of HDLC, little endian on the wire.
pub fn x25(bytes: &[u8]) -> u16 {
    !reflected(&X25, 0xFFFF, bytes)
}

/// CRC-16/XMODEM: big endian on the wire; over a message with its CRC it is 0.
pub fn xmodem(bytes: &[u8]) -> u16 {
    xmodem_update(0, bytes)
}

/// Goes on with a CRC-16/XMODEM that has come to `crc`.
pub fn xmodem_update(mut crc: u16, bytes: &[u8]) -> u16 {
    let at = |table: usize, byte: u8| XMODEM[table][usize::from(byte)];
    let (chunks, tail) = bytes.as_chunks::<16>();
    for &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] in chunks {
        // Written out as for the reflected ones.
        let [high, low] = crc.to_be_bytes();
        let last = at(3, m) ^ at(2, n) ^ at(1, o) ^ at(0, p);
        let third = at(7, i) ^ at(6, j) ^ at(5, k) ^ at(4, l);
        let second = at(11, e) ^ at(10, f) ^ at(9, g) ^ at(8, h);
        let first = at(13, c) ^ at(12, d);
        crc = last ^ third ^ second ^ first ^ at(15, a ^ high) ^ at(14, b ^ low);
    }
    let (chunks, tail) = tail.as_chunks::<4>();
    for &[a, b, c, d] in chunks {
        let [high, low] = crc.to_be_bytes();
        crc = at(1, c) ^ at(0, d) ^ at(3, a ^ high) ^ at(2, b ^ low);
    }
    tail.iter().fold(crc, |crc, &byte| crc << 8 ^ at(0, (crc >> 8) as u8 ^ byte))
}

/// CRC-16/MODBUS: little endian on the wire.
pub fn modbus(bytes: &[u8]) -> u16 {
    reflected(&ARC, 0xFFFF, bytes)
}

type Tables = [[u16; 256]; 16];

/// Table `n` gives what a byte does to the CRC `n` bytes later.
static ARC: Tables = reflected_tables(0xA001);
static X25: Tables = reflected_tables(0x8408);
static XMODEM: Tables = {
    let mut tables = [[0; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = (byte as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut n = 1;
    while n < 16 {
        let mut byte = 0;
        while byte < 256 {
            let before: u16 = tables[n - 1][byte];
            tables[n][byte] = before << 8 ^ tables[0][(before >> 8) as usize];
            byte += 1;
        }
        n += 1;
    }
    tables
};

const fn reflected_tables(polynomial: u16) -> Tables {
    let mut tables = [[0; 256]; 16];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u16;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 != 0 { crc >> 1 ^ polynomial } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut n = 1;
    while n < 16 {
        let mut byte = 0;
        while byte < 256 {
            let before: u16 = tables[n - 1][byte];
            tables[n][byte] = before >> 8 ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        n += 1;
    }
    tables
}

#[inline]
fn reflected(t: &'static Tables, mut crc: u16, bytes: &[u8]) -> u16 {
    let (chunks, tail) = bytes.as_chunks::<16>();
    for &[a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] in chunks {
        // Written out, in four sums that do not wait for each other: a loop over the tables takes
        // three times as long.
        let [low, high] = crc.to_le_bytes();
        let at = |table: usize, byte: u8| t[table][usize::from(byte)];
        let last = at(3, m) ^ at(2, n) ^ at(1, o) ^ at(0, p);
        let third = at(7, i) ^ at(6, j) ^ at(5, k) ^ at(4, l);
        let second = at(11, e) ^ at(10, f) ^ at(9, g) ^ at(8, h);
        let first = at(13, c) ^ at(12, d);
        crc = last ^ third ^ second ^ first ^ at(15, a ^ low) ^ at(14, b ^ high);
    }
    // What is left is up to 15 bytes, each of which would wait for the one before.
    let (chunks, tail) = tail.as_chunks::<4>();
    for &[a, b, c, d] in chunks {
        let [low, high] = crc.to_le_bytes();
        let at = |table: usize, byte: u8| t[table][usize::from(byte)];
        crc = at(1, c) ^ at(0, d) ^ at(3, a ^ low) ^ at(2, b ^ high);
    }
    tail.iter().fold(crc, |crc, &byte| crc >> 8 ^ t[0][usize::from(crc as u8 ^ byte)])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the published catalogue of CRCs, over "123456789".
    #[test]
    fn catalogue_check_values() {
        let check = b"123456789";
        assert_eq!(arc(check), 0xBB3D);
        assert_eq!(x25(check), 0x906E);
        assert_eq!(xmodem(check), 0x31C3);
        assert_eq!(modbus(check), 0x4B37);
    }

    /// Long input takes the sixteen-at-a-time way: compared with a separate implementation.
    #[test]
    fn any_length_agrees_with_the_crc_crate() {
        let bytes: Vec<u8> = (0..999u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let (a, x) = (crc::Crc::<u16>::new(&crc::CRC_16_ARC), crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC));
        let (k, m) = (crc::Crc::<u16>::new(&crc::CRC_16_XMODEM), crc::Crc::<u16>::new(&crc::CRC_16_MODBUS));
        for length in (0..70).chain([255, 256, 999]) {
            let part = &bytes[..length];
            assert_eq!(arc(part), a.checksum(part), "{length}");
            assert_eq!(x25(part), x.checksum(part), "{length}");
            assert_eq!(xmodem(part), k.checksum(part), "{length}");
            assert_eq!(modbus(part), m.checksum(part), "{length}");
        }
    }

    #[test]
    fn goes_on_where_it_stopped() {
        assert_eq!(arc_update(arc(b"1234"), b"56789"), 0xBB3D);
    }
}
