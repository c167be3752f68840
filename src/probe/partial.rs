//! Telegrams without their start, which passed while the baud rate was found.

/// An end shorter than this supports nothing.
pub(super) const SHORTEST: usize = 16;

/// Is `tail` the end of a telegram like `frame`?
///
/// Counters of a meter change little between two pushes, and what says which counter it is does not change at
/// all.  So at least half of the bytes must be the same, and at least eight of them others than 00 and FF, which
/// lines in trouble are full of: by chance that happens to fewer than one in 2^64 tails.
pub(super) fn ends_alike(frame: &[u8], tail: &[u8]) -> bool {
    // A character cut in two may follow, where the line was listened to in another format.
    (0..3).any(|extra| {
        let tail = tail.get(..tail.len().saturating_sub(extra)).unwrap_or_default();
        let length = tail.len().min(frame.len());
        let pairs = || frame.iter().rev().zip(tail.iter().rev());
        let same = pairs().filter(|(a, b)| a == b).count();
        let telling = pairs().filter(|(a, b)| a == b && !matches!(a, 0 | 0xFF)).count();
        length >= SHORTEST && 2 * same >= length && telling >= 8
    })
}

/// An HDLC frame whose header is missing, with a header put in front; and where its information begins.
///
/// The information begins with an LLC header (`E6 E7 00`, IEC 62056-46) and ends with the frame's checksum.
pub(super) fn headless_hdlc(bytes: &[u8]) -> Option<(usize, Vec<u8>)> {
    // The state of the checksum behind a checksum that holds (ISO/IEC 13239, 4.2.5.2).
    const GOOD: u16 = 0xF0B8;
    let step = |crc: u16, byte: u8| {
        (0..8).fold(crc ^ u16::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x8408 } else { crc >> 1 })
    };
    for at in 0..bytes.len() {
        let rest = bytes.get(at..)?;
        if !rest.starts_with(&[0xE6, 0xE7, 0x00]) {
            continue;
        }
        let mut crc = GOOD;
        for (i, &byte) in rest.iter().take(2048).enumerate() {
            crc = step(crc, byte);
            if crc == GOOD && i > 8 && rest.get(i + 1) == Some(&0x7E) {
                let length = i + 1 + 7;
                let mut head = vec![0xA0 | (length >> 8 & 7) as u8, length as u8, 0x03, 0x21, 0x13];
                let check = !head.iter().fold(0xFFFF, |crc, byte| step(crc, *byte));
                head.extend_from_slice(&check.to_le_bytes());
                let mut frame = vec![0x7E];
                frame.append(&mut head);
                frame.extend_from_slice(rest.get(..=i)?);
                frame.push(0x7E);
                return Some((at, frame));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hdlc_frame_without_its_header() {
        // A frame made by hand: flag, format, addresses, control, HCS, LLC, information, FCS, flag.
        let information = [0xE6, 0xE7, 0x00, 0x0F, 0x40, 0, 0, 0, 0, 0x02, 0x01, 0x11, 0x2A];
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
        let (at, whole) = headless_hdlc(&heard).unwrap();
        assert_eq!(at, 3);
        assert_eq!(crate::decode::decode_all(&whole, &Default::default()).len(), 1);
        // One wrong bit, and it is nothing.
        heard[9] ^= 0x10;
        assert_eq!(headless_hdlc(&heard), None);
    }

    #[test]
    fn ends_of_successive_pushes() {
        let frame: Vec<u8> = (0..60).map(|i| (i * 37 + 11) as u8).collect();
        let mut tail = frame.get(20..).unwrap().to_vec();
        // A counter went on.
        tail[9..13].copy_from_slice(&[1, 2, 3, 4]);
        assert!(ends_alike(&frame, &tail));
        tail.push(0x80);
        assert!(ends_alike(&frame, &tail), "a character cut in two follows");
        assert!(!ends_alike(&frame, frame.get(50..).unwrap()), "too short");
        let other: Vec<u8> = (0..60).map(|i| (i * 29 + 5) as u8).collect();
        assert!(!ends_alike(&frame, &other));
        assert!(!ends_alike(&[0; 60], &[0; 60]), "silence agrees with everything");
    }
}
