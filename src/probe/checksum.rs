//! The checksums of HDLC and P1, in both directions: who knows the end of a telegram can ask what its beginning must be.

/// A CRC of 16 bits whose least significant bit comes first: its register, byte by byte.
#[derive(Debug)]
pub(super) struct Checksum {
    polynomial: u16,
    table: [u16; 256],
}

impl Checksum {
    /// That of a polynomial, reversed; its highest bit is set.
    pub(super) const fn new(polynomial: u16) -> Self {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut state = byte as u16;
            let mut bit = 0;
            while bit < 8 {
                state = if state & 1 == 1 { state >> 1 ^ polynomial } else { state >> 1 };
                bit += 1;
            }
            table[byte] = state;
            byte += 1;
        }
        Checksum { polynomial, table }
    }

    /// Its state behind `byte`.
    pub(super) fn behind(&self, state: u16, byte: u8) -> u16 {
        let [low, high] = state.to_le_bytes();
        self.table.get(usize::from(low ^ byte)).map_or(0, |rest| rest ^ u16::from(high))
    }

    /// Its state before `byte`, given that behind it.
    pub(super) fn before(&self, state: u16, byte: u8) -> u16 {
        // The polynomial's highest bit shows whether it was added.
        let back = |s: u16| if s & 0x8000 != 0 { (s ^ self.polynomial) << 1 | 1 } else { s << 1 };
        (0..8).fold(state, |s, _| back(s)) ^ u16::from(byte)
    }

    /// Its states before each of the first `N` bytes, given that behind the last.
    pub(super) fn backwards<const N: usize>(&self, bytes: &[u8], last: u16) -> [u16; N] {
        let mut state = last;
        let mut out = [0; N];
        for (at, byte) in bytes.iter().enumerate().rev() {
            state = self.before(state, *byte);
            out.get_mut(at).into_iter().for_each(|s| *s = state);
        }
        out
    }
}

/// That of HDLC frames: x¹⁶ + x¹² + x⁵ + 1, from FFFF (ISO/IEC 13239, 4.2.5.2).
pub(super) static FCS: Checksum = Checksum::new(0x8408);

/// That of P1 telegrams: x¹⁶ + x¹⁵ + x² + 1, from zero (P1 companion standard 5.0.2, section 6.2).
pub(super) static P1: Checksum = Checksum::new(0xA001);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_runs_backwards_too() {
        for (state, byte) in [(0xFFFF, 0x00), (0x1234, 0x7E), (0xF0B8, 0xE6), (0x0001, 0xFF)] {
            for checksum in [&FCS, &P1] {
                assert_eq!(checksum.before(checksum.behind(state, byte), byte), state);
            }
        }
    }

    #[test]
    fn published_check_values() {
        // Of "123456789": CRC-16/IBM-SDLC 906E, which is complemented, and CRC-16/ARC BB3D.
        let over =
            |checksum: &Checksum, initial| b"123456789".iter().fold(initial, |s, b| checksum.behind(s, *b));
        assert_eq!(over(&FCS, 0xFFFF), !0x906E);
        assert_eq!(over(&P1, 0), 0xBB3D);
    }
}
