//! The HDLC frame (ISO/IEC 13239, IEC 62056-46), frame format type 3.
//!
//! ```text
//! 7E | format (2) | destination | source | control | HCS (2) | information | FCS (2) | 7E
//! format = 1010 | S | length (11 bits): all bytes between the flags
//! ```
//! S says that more segments of the message follow.  An address is 1, 2 or 4 bytes long; its last byte
//! is odd.  HCS covers format to control, FCS format to information; a frame without information has
//! no HCS.  Both are CRC-16/X-25, low byte first.
//!
//! No meter escapes bytes: 7E occurs within frames, so frames are measured, never split at flags.

use crate::decode::checksum::x25;
use crate::decode::scan::{Scan, Trust};
use std::ops::Range;

/// The flag in front of and behind a frame; one may serve two frames.
pub const FLAG: u8 = 0x7E;

/// LLC header of what a meter sends (destination and source LSAP, quality).
pub const LLC: [u8; 3] = [0xE6, 0xE7, 0x00];
/// LLC header of what a client sends.
pub const LLC_COMMAND: [u8; 3] = [0xE6, 0xE6, 0x00];

/// Parts of a frame, counted from its opening flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Bytes between the flags.
    pub length: usize,
    /// More segments follow.
    pub segmented: bool,
    /// Destination address.
    pub destination: Range<usize>,
    /// Source address.
    pub source: Range<usize>,
    /// Where the control byte is.
    pub control: usize,
    /// Where the HCS is; empty for a frame without information.
    pub hcs: Range<usize>,
    /// The HCS holds, or there is none.
    pub hcs_good: bool,
    /// The information field, as far as the length says.
    pub information: Range<usize>,
}

/// What the first bytes behind a flag are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParsedHead {
    /// No header of a frame.
    No,
    /// The buffer ends before that can be decided.
    More,
    /// A header.
    Head(Head),
}

impl Head {
    /// Reads the header of a frame that begins with a flag.
    pub fn read(bytes: &[u8]) -> ParsedHead {
        match bytes.get(1) {
            Some(format) if format & 0xF0 == 0xA0 => {}
            Some(_) => return ParsedHead::No,
            None => return ParsedHead::More,
        }
        let Some(&[f1, f0]) = bytes.get(1..3).and_then(|b| b.first_chunk::<2>()) else {
            return ParsedHead::More;
        };
        let format = u16::from_be_bytes([f1, f0]);
        let length = usize::from(format & 0x07FF);
        let (source_at, destination) = match address(bytes, 3) {
            Address::No => return ParsedHead::No,
            Address::More => return ParsedHead::More,
            Address::Is(range) => (range.end, range),
        };
        let (control, source) = match address(bytes, source_at) {
            Address::No => return ParsedHead::No,
            Address::More => return ParsedHead::More,
            Address::Is(range) => (range.end, range),
        };
        // Format, addresses and control, and the FCS.
        let bare = control + 2;
        let head = Head {
            length,
            segmented: format & 0x0800 != 0,
            destination,
            source,
            control,
            hcs: 0..0,
            hcs_good: true,
            information: 0..0,
        };
        if length == bare {
            if control >= bytes.len() {
                return ParsedHead::More;
            }
            return ParsedHead::Head(Head {
                hcs: control + 1..control + 1,
                information: control + 1..control + 1,
                ..head
            });
        }
        // With information there is an HCS, and at least a byte.
        if length < bare + 3 {
            return ParsedHead::No;
        }
        let hcs = control + 1..control + 3;
        let (Some(covered), Some(&[l, h])) =
            (bytes.get(1..hcs.start), bytes.get(hcs.clone()).and_then(|b| b.first_chunk::<2>()))
        else {
            return ParsedHead::More;
        };
        let hcs_good = x25(covered) == u16::from_le_bytes([l, h]);
        ParsedHead::Head(Head { hcs_good, information: hcs.end..length - 1, hcs, ..head })
    }

    /// The information field, as much of it as there is.
    pub fn information<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let end = self.information.end.min(bytes.len());
        bytes.get(self.information.start.min(end)..end).unwrap_or_default()
    }

    /// Where the FCS is.
    pub fn fcs(&self) -> Range<usize> {
        self.length - 1..self.length + 1
    }

    /// FCS as computed and as sent; `None` when the frame is not complete.
    pub fn fcs_values(&self, bytes: &[u8]) -> Option<(u16, u16)> {
        let &[l, h] = bytes.get(self.fcs())?.first_chunk::<2>()?;
        Some((x25(bytes.get(1..self.length - 1)?), u16::from_le_bytes([l, h])))
    }

    /// Both addresses as one number, to tell sessions apart.
    pub fn key(&self, bytes: &[u8]) -> u64 {
        session(bytes, [&self.destination, &self.source])
    }

    /// The [`Head::key`] of the frames that answer this one.
    pub fn answer_key(&self, bytes: &[u8]) -> u64 {
        session(bytes, [&self.source, &self.destination])
    }
}

fn session(bytes: &[u8], addresses: [&Range<usize>; 2]) -> u64 {
    let bytes = addresses.into_iter().flat_map(|range| bytes.get(range.clone()).unwrap_or_default());
    bytes.fold(1, |key, &b| key << 8 | u64::from(b))
}

enum Address {
    No,
    More,
    Is(Range<usize>),
}

fn address(bytes: &[u8], from: usize) -> Address {
    for size in [1, 2, 4] {
        match bytes.get(from..from + size) {
            None => return Address::More,
            Some([before @ .., last]) => {
                // In an address of four, the third byte may be the first that is looked at.
                if before.iter().any(|b| b & 1 != 0) {
                    return Address::No;
                }
                if last & 1 != 0 {
                    return Address::Is(from..from + size);
                }
            }
            Some([]) => return Address::No,
        }
    }
    Address::No
}

/// A flag that frames nothing: the second of a pair, the closing one of the frame before, or fill.
const LONE_FLAG: Scan = Scan::Frame { length: 1, trust: Trust::Structure };

/// Looks for a frame whose opening flag is the first byte.
///
/// The frame ends before its closing flag, which must be there: it may be the opening flag of the next.
pub fn scan(buffer: &[u8], end: bool) -> Scan {
    if buffer.first() != Some(&FLAG) {
        return if buffer.is_empty() && !end { Scan::More } else { Scan::No };
    }
    let head = match Head::read(buffer) {
        ParsedHead::Head(head) => head,
        ParsedHead::More if !end => return Scan::More,
        ParsedHead::More | ParsedHead::No => return LONE_FLAG,
    };
    if !head.hcs_good {
        // The length is in doubt.  Only what goes on as a message does is taken for a damaged frame.
        match buffer.get(head.information.start..head.information.start + 3) {
            Some(llc) if llc == LLC => {}
            None if !end => return Scan::More,
            _ => return LONE_FLAG,
        }
    }
    let Some(closing) = buffer.get(head.length + 1) else {
        if !end {
            return Scan::More;
        }
        return Scan::Frame { length: buffer.len(), trust: Trust::Truncated };
    };
    let fcs_good = head.fcs_values(buffer).is_some_and(|(computed, sent)| computed == sent);
    let closed = *closing == FLAG;
    let trust = if fcs_good && closed { Trust::Checked } else { Trust::Broken };
    if trust == Trust::Broken && !head.hcs_good && !closed && !fcs_good {
        return LONE_FLAG;
    }
    Scan::Frame { length: head.length + 1, trust }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Kaifa list 1 of the Norwegian list information: 1-byte and 2-byte address, one value.
    fn frame(destination: &[u8], source: &[u8], segmented: bool, information: &[u8]) -> Vec<u8> {
        let length = 2
            + destination.len()
            + source.len()
            + 1
            + if information.is_empty() { 0 } else { 2 + information.len() }
            + 2;
        let format = 0xA000 | if segmented { 0x0800 } else { 0 } | length as u16;
        let mut out = vec![FLAG];
        out.extend(format.to_be_bytes());
        out.extend(destination);
        out.extend(source);
        out.push(0x13);
        let crc = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);
        if !information.is_empty() {
            out.extend(crc.checksum(&out[1..]).to_le_bytes());
            out.extend(information);
        }
        out.extend(crc.checksum(&out[1..]).to_le_bytes());
        out.push(FLAG);
        out
    }

    #[test]
    fn addresses_of_one_two_and_four_bytes() {
        for (destination, source) in [
            (&[0x01][..], &[0x02, 0x01][..]),
            (&[0x2B], &[0x21]),
            (&[0xCE, 0xFF], &[0x03]),
            (&[0x02, 0x04, 0x06, 0x09], &[0x41]),
        ] {
            let bytes = frame(destination, source, false, &[0xE6, 0xE7, 0x00, 0x7E, 0x7E]);
            assert_eq!(scan(&bytes, false), Scan::Frame { length: bytes.len() - 1, trust: Trust::Checked });
            let ParsedHead::Head(head) = Head::read(&bytes) else { panic!("no head") };
            assert_eq!(&bytes[head.destination.clone()], destination);
            assert_eq!(&bytes[head.source.clone()], source);
            assert_eq!(head.information(&bytes), [0xE6, 0xE7, 0x00, 0x7E, 0x7E], "flags inside are data");
        }
    }

    #[test]
    fn the_published_header_checksum_of_a_kamstrup_frame() {
        // 7E A0 E2 2B 21 13 239A: "HAN-NVE interface description", list 1.
        let head = [0x7E, 0xA0, 0xE2, 0x2B, 0x21, 0x13, 0x23, 0x9A];
        let ParsedHead::Head(head) = Head::read(&head) else { panic!("no head") };
        assert!(head.hcs_good);
        assert_eq!((head.length, head.segmented), (0xE2, false));
    }

    #[test]
    fn no_answer_changes_with_more_bytes() {
        let bytes = frame(&[0x41], &[0x08, 0x83], true, b"\xE6\xE7\x00 and some text that is long enough");
        for cut in 0..bytes.len() {
            assert_eq!(
                scan(&bytes[..cut], false),
                if cut < bytes.len() { Scan::More } else { Scan::No },
                "{cut}"
            );
            match scan(&bytes[..cut], true) {
                Scan::Frame { trust, length } => assert!(trust == Trust::Truncated || length == 1, "{cut}"),
                other => assert_eq!((other, cut), (Scan::No, 0)),
            }
        }
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let bytes = frame(&[0x01], &[0x02, 0x01], false, b"\xE6\xE7\x00\x0F some content");
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            let good = matches!(scan(&bad, true), Scan::Frame { trust: Trust::Checked, .. });
            assert!(!good, "bit {bit}");
        }
    }

    #[test]
    fn a_frame_without_information_has_no_hcs() {
        let bytes = frame(&[0x03], &[0x41], false, &[]);
        assert_eq!(bytes.len(), 9);
        assert_eq!(scan(&bytes, false), Scan::Frame { length: 8, trust: Trust::Checked });
    }
}
