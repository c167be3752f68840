//! Telegrams without their start, which passed while the baud rate was found.

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

/// What the information of an HDLC frame that carries a push begins with (LLC header of IEC 62056-46; then a
/// data-notification, a message ciphered with a global key, or the first block of a transfer), as far as it is
/// the same with all meters or with many.
const BEGINNINGS: [&[u8]; 5] = [
    &[0xE6, 0xE7, 0x00, 0x0F, 0x40, 0x00, 0x00, 0x00],
    &[0xE6, 0xE7, 0x00, 0x0F, 0x00, 0x00, 0x00, 0x00],
    &[0xE6, 0xE7, 0x00, 0xDB, 0x08],
    &[0xE6, 0xE7, 0x00, 0xE0, 0x40, 0x00, 0x01, 0x00, 0x00],
    &[0xE6, 0xE7, 0x00, 0xE0, 0xC0, 0x00, 0x01, 0x00, 0x00],
];

/// The information is looked for in so many characters; the first were cut in two or heard at another rate.
const LOOK: usize = 64;

/// Frames that are looked at: an end may also be a byte of the information that equals it.
const ENDS: usize = 12;

/// A push whose first HDLC frame lacks its header and perhaps the first bytes of its information.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Headless {
    /// Where what was heard of it begins.
    pub at: usize,
    /// Bytes of the information that were not heard but known.
    pub supplied: usize,
    /// Bytes that were heard and known.
    pub confirmed: usize,
    /// The push with a header, and the bytes supplied, in front of what was heard.
    pub bytes: Vec<u8>,
}

/// Reads `bytes` as pushes without their header.
///
/// The header of an HDLC frame has a checksum of its own, behind which the state of the frame's checksum is the
/// same whatever the header was (ISO/IEC 13239, 4.2.5).  From the frame's end that state is computed backwards,
/// and compared with what it is behind the known beginnings of the information, of which as much may be lost.
pub(super) fn headless(bytes: &[u8]) -> Vec<Headless> {
    let mut out: Vec<Headless> = Vec::new();
    let ends = bytes.iter().enumerate().skip(12).filter(|(_, b)| **b == FLAG).map(|(i, _)| i);
    for end in ends.take(ENDS) {
        let mut state = GOOD;
        for at in (0..end).rev() {
            let Some(&byte) = bytes.get(at) else { break };
            state = before(state, byte);
            if at >= LOOK {
                continue;
            }
            for beginning in BEGINNINGS {
                let mut front = GOOD;
                for supplied in 0..=beginning.len() {
                    let (lost, rest) = beginning.split_at(supplied);
                    if supplied > 0 {
                        front = lost.last().map_or(front, |&byte| behind(front, byte));
                    }
                    let heard = bytes.get(at..).unwrap_or_default();
                    let confirmed = rest.iter().zip(heard).take_while(|(a, b)| a == b).count();
                    // Either something known is heard, or there is nothing more to be known.
                    if front != state || confirmed == 0 && !rest.is_empty() {
                        continue;
                    }
                    for segmented in [false, true] {
                        let bytes = with_header(lost, bytes, at, end, segmented);
                        // The same, as if less of it had been heard.
                        out.retain(|h| h.bytes != bytes);
                        out.push(Headless { at, supplied, confirmed, bytes });
                    }
                }
            }
        }
    }
    out
}

const FLAG: u8 = 0x7E;

/// The state of an HDLC checksum behind one that holds (ISO/IEC 13239, 4.2.5.2).
const GOOD: u16 = 0xF0B8;

/// The checksum's state behind `byte`.
fn behind(state: u16, byte: u8) -> u16 {
    (0..8).fold(state ^ u16::from(byte), |s, _| if s & 1 == 1 { s >> 1 ^ 0x8408 } else { s >> 1 })
}

/// The checksum's state before `byte`, given that behind it.
fn before(state: u16, byte: u8) -> u16 {
    // The polynomial's highest bit shows whether it was added.
    let back = |s: u16| if s & 0x8000 != 0 { (s ^ 0x8408) << 1 | 1 } else { s << 1 };
    (0..8).fold(state, |s, _| back(s)) ^ u16::from(byte)
}

/// The frame that ends with the flag at `end`, its header made up, and all that comes after it.
fn with_header(lost: &[u8], bytes: &[u8], at: usize, end: usize, segmented: bool) -> Vec<u8> {
    let heard = bytes.get(at..end).unwrap_or_default();
    let rest = bytes.get(end..).unwrap_or_default();
    // Frames of a push have the same addresses, which tell whose segments they are.
    let addresses = addresses(rest).unwrap_or(&[0x03, 0x21, 0x13]);
    let length = 2 + addresses.len() + 2 + lost.len() + heard.len();
    let kind = 0xA0 | if segmented { 0x08 } else { 0 };
    let mut head = vec![kind | (length >> 8 & 7) as u8, length as u8];
    head.extend_from_slice(addresses);
    let check = !head.iter().fold(0xFFFF, |state, byte| behind(state, *byte));
    let mut out = vec![FLAG];
    out.append(&mut head);
    out.extend_from_slice(&check.to_le_bytes());
    out.extend_from_slice(lost);
    out.extend_from_slice(heard);
    out.extend_from_slice(rest);
    out
}

/// Addresses and control byte of the frame that begins with the last of these flags.
fn addresses(flags: &[u8]) -> Option<&[u8]> {
    let from = flags.iter().position(|b| *b != FLAG)?;
    let frame = flags.get(from..)?;
    if frame.first()? & 0xF0 != 0xA0 {
        return None;
    }
    let rest = frame.get(2..12)?;
    // An address ends with its first odd byte.
    let destination = rest.iter().position(|b| b & 1 == 1)? + 1;
    let source = rest.get(destination..)?.iter().position(|b| b & 1 == 1)? + 1;
    rest.get(..destination + source + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hdlc_frame_without_its_header() {
        // A frame made by hand: flag, format, addresses, control, HCS, LLC, information, FCS, flag.
        let mut information = vec![0xE6, 0xE7, 0x00, 0x0F, 0x40, 0, 0, 0, 0, 0x02, 0x06];
        information
            .extend_from_slice(&[0x11, 0x2A, 0x11, 0x2B, 0x11, 0x2C, 0x11, 0x2D, 0x11, 0x2E, 0x11, 0x2F]);
        let fcs = |bytes: &[u8]| {
            let step = |crc: u16, byte: &u8| {
                (0..8).fold(crc ^ u16::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0x8408 } else { c >> 1 })
            };
            (!bytes.iter().fold(0xFFFF, step)).to_le_bytes()
        };
        let mut frame = vec![0xA0, 11 + information.len() as u8 - 1, 0xCE, 0xFF, 0x03, 0x13];
        let hcs = fcs(&frame);
        frame.extend_from_slice(&hcs);
        frame.extend_from_slice(&information);
        let check = fcs(&frame);
        frame.extend_from_slice(&check);
        let mut heard = vec![0x00, 0xE0, 0x13];
        heard.extend_from_slice(frame.get(8..).unwrap());
        heard.push(0x7E);
        let found = headless(&heard);
        assert!(found.iter().all(|h| h.at == 3 && h.supplied == 0), "{found:?}");
        assert_eq!(crate::decode::decode_all(&found[0].bytes, &Default::default()).len(), 1);
        // All that is the same with most meters may be missing.
        let found = headless(heard.get(3 + 8..).unwrap());
        assert!(found.iter().any(|h| h.at == 0 && h.supplied == 8), "{found:?}");
        assert_eq!(crate::decode::decode_all(&found[0].bytes, &Default::default()).len(), 1);
        // One wrong bit, and it is nothing.
        heard[12] ^= 0x10;
        assert_eq!(headless(&heard), []);
    }

    #[test]
    fn the_checksum_runs_backwards_too() {
        for (state, byte) in [(0xFFFF, 0x00), (0x1234, 0x7E), (0xF0B8, 0xE6), (0x0001, 0xFF)] {
            assert_eq!(before(behind(state, byte), byte), state);
        }
    }

    #[test]
    fn the_header_of_the_next_frame_tells_the_addresses() {
        let next = [0x7E, 0x7E, 0xA0, 0x40, 0xCE, 0xFF, 0x03, 0x13, 1, 2, 3, 4, 5, 6];
        assert_eq!(addresses(&next), Some(&[0xCE, 0xFF, 0x03, 0x13][..]));
        assert_eq!(addresses(&[0x7E]), None);
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
