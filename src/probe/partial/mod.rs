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
    let (same, telling) = in_order(frame, part, |byte| !matches!(byte, 0 | 0xFF));
    // Of n and m random bytes about 2 sqrt(nm/256) are common, in order: a short one is found in any long one.
    let by_chance = frame.len() * part.len() / 64;
    2 * same >= frame.len().min(part.len()) && telling >= 8 && same * same >= 4 * by_chance
}

/// How many bytes both have in common, in order (their longest common subsequence), and how many of those `tell`
/// something.
fn in_order(a: &[u8], b: &[u8], tells: impl Fn(u8) -> bool) -> (usize, usize) {
    let mut row = vec![(0usize, 0usize); b.len() + 1];
    for x in a {
        let telling = usize::from(tells(*x));
        let (mut diagonal, mut left) = ((0, 0), (0, 0));
        for (y, above) in b.iter().zip(row.iter_mut().skip(1)) {
            let mut best = left.max(*above);
            if x == y {
                best = best.max((diagonal.0 + 1, diagonal.1 + telling));
            }
            diagonal = *above;
            *above = best;
            left = best;
        }
    }
    row.last().copied().unwrap_or_default()
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

/// The telegram's first right character is looked for among so many; those before were cut in two or heard at
/// another rate.
const LOOK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

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
