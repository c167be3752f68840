//! Telegrams without their start, which passed while the baud rate was found.

pub(super) mod hdlc;
pub(super) mod p1;
pub(super) mod reheard;

/// A part shorter than this supports nothing.
pub(super) const SHORTEST: usize = 16;

/// Is `part` a part of a telegram like `frame`, though perhaps with errors?
///
/// Counters of a meter change little between two pushes, and what says which counter it is does not change at
/// all.  So at least half of the bytes of the shorter one must be found in the other, in order, and at least
/// eight of them others than 00 and FF, which lines in trouble are full of, and twice as many as chance has in
/// common.  There are fewer than 4^n ways to
/// choose n/2 of n bytes on both sides, and each agrees by chance with 256^(-n/2): fewer than one part in 4^n
/// does.
pub(super) fn alike(frame: &[u8], part: &[u8]) -> bool {
    /// Longer ones are not needed.
    const LONGEST: usize = 400;
    let frame = frame.get(frame.len().saturating_sub(LONGEST)..).unwrap_or_default();
    let part = part.get(part.len().saturating_sub(LONGEST)..).unwrap_or_default();
    if frame.len().min(part.len()) < SHORTEST {
        return false;
    }
    // The longest common subsequence: how many bytes, and how many of them tell something.
    let mut row = vec![(0usize, 0usize); part.len() + 1];
    for a in frame {
        let mut diagonal = (0, 0);
        let mut left = (0, 0);
        for (b, above) in part.iter().zip(row.iter_mut().skip(1)) {
            let mut best = left.max(*above);
            if a == b {
                let telling = usize::from(!matches!(a, 0 | 0xFF));
                best = best.max((diagonal.0 + 1, diagonal.1 + telling));
            }
            diagonal = *above;
            *above = best;
            left = best;
        }
    }
    let (same, telling) = row.last().copied().unwrap_or_default();
    // Of n and m random bytes about 2 sqrt(nm/256) are common, in order: a short one is found in any long one.
    let by_chance = frame.len() * part.len() / 64;
    2 * same >= frame.len().min(part.len()) && telling >= 8 && same * same >= 4 * by_chance
}

/// A telegram that lacks its first bytes, which are known all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headless {
    /// Where what was heard of it begins.
    pub at: usize,
    /// Bytes that were not heard but known.
    pub supplied: usize,
    /// Bytes that were heard and known.
    pub confirmed: usize,
    /// The telegram with the bytes supplied in front of what was heard.
    pub bytes: Vec<u8>,
}

/// A checksum of 16 bits whose least significant bit comes first: its remainders, byte by byte.
#[derive(Debug)]
struct Checksum {
    polynomial: u16,
    table: [u16; 256],
}

impl Checksum {
    /// That of a polynomial, reversed.
    const fn new(polynomial: u16) -> Self {
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
    fn behind(&self, state: u16, byte: u8) -> u16 {
        let [low, high] = state.to_le_bytes();
        self.table.get(usize::from(low ^ byte)).map_or(0, |rest| rest ^ u16::from(high))
    }

    /// Its state before `byte`, given that behind it.
    fn before(&self, state: u16, byte: u8) -> u16 {
        // The polynomial's highest bit shows whether it was added.
        let back = |s: u16| if s & 0x8000 != 0 { (s ^ self.polynomial) << 1 | 1 } else { s << 1 };
        (0..8).fold(state, |s, _| back(s)) ^ u16::from(byte)
    }

    /// Its states before each of the first bytes, given that behind the last.
    fn backwards(&self, bytes: &[u8], last: u16) -> [u16; LOOK] {
        let mut state = last;
        let mut out = [0; LOOK];
        for (at, byte) in bytes.iter().enumerate().rev() {
            state = self.before(state, *byte);
            out.get_mut(at).into_iter().for_each(|s| *s = state);
        }
        out
    }
}

/// The telegram's first right character is looked for among so many; those before were cut in two or heard at
/// another rate.
const LOOK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_runs_backwards_too() {
        for (state, byte) in [(0xFFFF, 0x00), (0x1234, 0x7E), (0xF0B8, 0xE6), (0x0001, 0xFF)] {
            for checksum in [&hdlc::FCS, &p1::CRC] {
                assert_eq!(checksum.before(checksum.behind(state, byte), byte), state);
            }
        }
    }

    #[test]
    fn parts_of_successive_pushes() {
        let frame: Vec<u8> = (0..60).map(|i| (i * 37 + 11) as u8).collect();
        let mut tail = frame.get(20..).unwrap().to_vec();
        // A counter went on.
        tail[9..13].copy_from_slice(&[1, 2, 3, 4]);
        assert!(alike(&frame, &tail));
        tail.insert(5, 0x80);
        tail.push(0x80);
        assert!(alike(&frame, &tail), "a character too many, and one cut in two behind");
        assert!(!alike(&frame, frame.get(50..).unwrap()), "too short");
        let mut random = crate::line::random::Random::new(1);
        for length in [16, 40, 200, 600] {
            let other: Vec<u8> = (0..length).map(|_| random.byte()).collect();
            assert!(!alike(&frame, &other), "{length}");
        }
        assert!(!alike(&[0; 60], &[0; 60]), "silence agrees with everything");
    }
}
