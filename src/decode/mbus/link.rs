//! The M-Bus link layer (EN 13757-2): acknowledge, short, control and long frames.
//!
//! ```text
//! ACK      E5
//! short    10 C A CS 16
//! long     68 L L 68 C A CI data… CS 16      L counts C to the last data byte; 3 is the control frame
//! ```
//! CS is the sum of the bytes from C on, modulo 256.  An 8-bit sum sees every single flipped bit, but
//! it is weak against chance; the doubled `68` and `L` and the stop byte carry most of the proof.

use crate::decode::{
    scan::{Scan, Trust},
    trace::Trace,
};

/// The single byte that acknowledges.
pub const ACK: u8 = 0xE5;
/// First byte of a short frame.
pub const SHORT: u8 = 0x10;
/// First and fourth byte of control and long frames.
pub const LONG: u8 = 0x68;
/// Last byte of short, control and long frames.
pub const STOP: u8 = 0x16;
/// Bytes of a short frame.
pub const SHORT_LENGTH: usize = 5;
/// Bytes of a long frame that L does not count: two `68`, two `L`, checksum, stop.
pub const OVERHEAD: usize = 6;

/// A link frame, taken apart.  Whether its check bytes hold is for [`Long::fault`] to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link<'a> {
    /// `E5`
    Ack,
    /// A short frame: C and A field.
    Short {
        /// C field.
        c: u8,
        /// A field.
        a: u8,
    },
    /// A control or long frame.
    Long(Long<'a>),
}

/// A control frame (no data) or a long frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Long<'a> {
    /// C field: direction and function, see [`function`].
    pub c: u8,
    /// A field, see [`address`].
    pub a: u8,
    /// CI field: what the data is.
    pub ci: u8,
    /// The bytes between CI field and checksum; they start at [`DATA`] of the frame.
    pub data: &'a [u8],
    /// What is wrong with the frame's own structure.
    pub fault: Option<Fault>,
}

/// Where the data of a long frame starts.
pub const DATA: usize = 7;

/// What can be wrong with a long frame as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The sum of the bytes is not the checksum.
    Checksum {
        /// As counted.
        counted: u8,
        /// As on the wire.
        found: u8,
    },
    /// The two length bytes differ; the frame holds with one of them.
    Lengths,
    /// The last byte is not `16`.
    Stop(u8),
    /// The bytes end before the frame does.
    Short {
        /// How many bytes the frame should have.
        expected: usize,
    },
}

/// Sum modulo 256.
pub fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, &b| sum.wrapping_add(b))
}

/// Looks for a link frame at the buffer's first byte.
///
/// A lone acknowledge is one byte without any check: it counts only where a frame of either kind
/// follows at once, or where nothing follows at all.
pub fn scan(buffer: &[u8], end: bool) -> Scan {
    match buffer {
        [] if end => Scan::No,
        [] => Scan::More,
        [LONG, rest @ ..] => scan_long(buffer, rest, end),
        [SHORT, ..] => match scan_short(buffer) {
            Some(true) => Scan::Frame { length: SHORT_LENGTH, trust: Trust::Checked },
            None if !end => Scan::More,
            _ => Scan::No,
        },
        [ACK, rest @ ..] => scan_ack(rest, end),
        _ => Scan::No,
    }
}

/// Whether a short frame of a master starts here; `None` when more bytes are needed.
fn scan_short(buffer: &[u8]) -> Option<bool> {
    match buffer {
        [SHORT, c, a, sum, STOP, ..] => Some(master_function(*c).is_some() && c.wrapping_add(*a) == *sum),
        [SHORT, c, a, sum] => {
            if master_function(*c).is_some() && c.wrapping_add(*a) == *sum {
                None
            } else {
                Some(false)
            }
        }
        [SHORT, c] | [SHORT, c, _] => {
            if master_function(*c).is_some() {
                None
            } else {
                Some(false)
            }
        }
        [SHORT] => None,
        _ => Some(false),
    }
}

fn scan_ack(rest: &[u8], end: bool) -> Scan {
    let ack = Scan::Frame { length: 1, trust: Trust::Structure };
    match rest {
        [] if end => ack,
        [] => Scan::More,
        [LONG, a, b, LONG, ..] if a == b && *a >= 3 => ack,
        [LONG] | [LONG, _] if !end => Scan::More,
        [LONG, a, b] if a == b && !end => Scan::More,
        [SHORT, ..] => match scan_short(rest) {
            Some(true) => ack,
            None if !end => Scan::More,
            _ => Scan::No,
        },
        _ => Scan::No,
    }
}

fn scan_long(buffer: &[u8], rest: &[u8], end: bool) -> Scan {
    let (first, second) = match *rest {
        [a, b, LONG, ..] => (a, b),
        [] | [_] | [_, _] if !end => return Scan::More,
        _ => return Scan::No,
    };
    if first != second {
        return scan_lengths(buffer, first.max(second), end);
    }
    if first < 3 {
        return Scan::No;
    }
    let length = usize::from(first) + OVERHEAD;
    let Some(frame) = buffer.get(..length) else {
        if !end {
            return Scan::More;
        }
        return Scan::Frame { length: buffer.len(), trust: Trust::Truncated };
    };
    Scan::Frame { length, trust: if holds(frame) { Trust::Checked } else { Trust::Broken } }
}

/// The two length bytes differ: one was damaged on the way if the frame holds with the other.
fn scan_lengths(buffer: &[u8], longest: u8, end: bool) -> Scan {
    match true_length(buffer) {
        Some(l) => Scan::Frame { length: usize::from(l) + OVERHEAD, trust: Trust::Broken },
        None if end || buffer.len() >= usize::from(longest) + OVERHEAD => Scan::No,
        None => Scan::More,
    }
}

/// Which of two different length bytes makes the frame hold.
fn true_length(buffer: &[u8]) -> Option<u8> {
    let [_, first, second, ..] = *buffer else { return None };
    let fits = |l: u8| l >= 3 && buffer.get(..usize::from(l) + OVERHEAD).is_some_and(holds);
    [first.min(second), first.max(second)].into_iter().find(|&l| fits(l))
}

/// Whether checksum and stop byte of a whole long frame hold.
fn holds(frame: &[u8]) -> bool {
    match frame {
        [_, _, _, _, counted @ .., sum, STOP] => checksum(counted) == *sum,
        _ => false,
    }
}

impl<'a> Link<'a> {
    /// Takes a frame apart, also one that does not hold.  `None` when too little of it is there.
    pub fn parse(frame: &'a [u8], trust: Trust) -> Option<Self> {
        match *frame {
            // Nothing is left to check: this is every frame that arrives as it was sent.
            [LONG, _, _, LONG, c, a, ci, ref data @ .., _, _] if trust == Trust::Checked => {
                Some(Link::Long(Long { c, a, ci, data, fault: None }))
            }
            [ACK] => Some(Link::Ack),
            [SHORT, c, a, _, STOP] => Some(Link::Short { c, a }),
            [LONG, first, second, LONG, c, a, ci, ref rest @ ..] => {
                let l = if first == second { first } else { true_length(frame).unwrap_or(second) };
                if l < 3 {
                    return None;
                }
                let expected = usize::from(l) + OVERHEAD;
                let fault = if frame.len() < expected {
                    Some(Fault::Short { expected })
                } else if first != second {
                    Some(Fault::Lengths)
                } else {
                    None
                };
                let counted = usize::from(l) - 3;
                let Some((data, [sum, stop, ..])) = rest.split_at_checked(counted) else {
                    let data = rest.get(..counted).unwrap_or(rest);
                    return Some(Link::Long(Long { c, a, ci, data, fault: Some(Fault::Short { expected }) }));
                };
                let counted = checksum(data).wrapping_add(c).wrapping_add(a).wrapping_add(ci);
                let fault = if fault.is_some() {
                    fault
                } else if counted != *sum {
                    Some(Fault::Checksum { counted, found: *sum })
                } else if *stop != STOP {
                    Some(Fault::Stop(*stop))
                } else {
                    None
                };
                Some(Link::Long(Long { c, a, ci, data, fault }))
            }
            _ => None,
        }
    }
}

impl Long<'_> {
    /// Explains start, length, C, A and CI field; what they mean comes before what the data means.
    pub fn explain_head<T: Trace>(&self, trace: &mut T, ci_meaning: &str) {
        trace.note(0..1, "start", || "long frame".to_owned());
        let l = self.data.len() + 3;
        if self.fault == Some(Fault::Lengths) {
            trace.fault(1..3, "length", || format!("the two length bytes differ; {l} bytes fit"));
        } else {
            trace
                .note(1..3, "length", || format!("{l} bytes from C field to the last data byte, sent twice"));
        }
        trace.note(3..4, "start", || "start repeated".to_owned());
        trace.note(4..5, "C field", || function(self.c));
        trace.note(5..6, "A field", || address(self.a));
        trace.note(6..7, "CI field", || ci_meaning.to_owned());
    }

    /// Explains checksum and stop byte.
    pub fn explain_tail<T: Trace>(&self, trace: &mut T) {
        let at = DATA + self.data.len();
        match self.fault {
            Some(Fault::Short { .. }) => {}
            Some(Fault::Checksum { counted, found }) => {
                trace.fault(at..at + 1, "checksum", || {
                    format!("{found:02X}, but the bytes sum up to {counted:02X}")
                });
                trace.note(at + 1..at + 2, "stop", || "end of frame".to_owned());
            }
            Some(Fault::Stop(stop)) => {
                trace
                    .note(at..at + 1, "checksum", || "sum of the bytes from the C field on, good".to_owned());
                trace.fault(at + 1..at + 2, "stop", || format!("{stop:02X} where 16 ends a frame"));
            }
            Some(Fault::Lengths) | None => {
                trace
                    .note(at..at + 1, "checksum", || "sum of the bytes from the C field on, good".to_owned());
                trace.note(at + 1..at + 2, "stop", || "end of frame".to_owned());
            }
        }
    }
}

/// The function that a master's C field asks for; `None` for what is no master's C field.
/// Bits: 6 = from the master, 5 = frame count bit, 4 = frame count valid (EN 13757-2 and
/// EN 60870-5-2).
pub const fn master_function(c: u8) -> Option<&'static str> {
    Some(match c {
        0x40 => "SND_NKE: reset the link",
        0x43 | 0x53 | 0x73 => "SND_UD: send data to the meter",
        0x44 => "SND_NR: push without request",
        0x46 => "SND_IR: installation request",
        0x49 => "REQ_SKE: ask for the link status",
        0x4A | 0x5A | 0x7A => "REQ_UD1: ask for alarms",
        0x4B | 0x5B | 0x7B => "REQ_UD2: ask for data",
        _ => return None,
    })
}

/// Whether the C field is that of a meter's answer (bit 6 is clear).
pub const fn from_meter(c: u8) -> bool {
    c & 0x40 == 0
}

/// The C field in words.
pub fn function(c: u8) -> String {
    if let Some(function) = master_function(c) {
        return match c & 0x30 {
            0x10 => format!("{function}, frame count bit 0"),
            0x30 => format!("{function}, frame count bit 1"),
            _ => function.to_owned(),
        };
    }
    let function = match c & 0x4F {
        0x00 => "ACK: done",
        0x01 => "NACK: not done",
        0x08 => "RSP_UD: the meter's answer",
        0x0B => "RSP_SKE: link status",
        _ => "unknown function",
    };
    let access = if c & 0x20 != 0 { ", alarm data waiting" } else { "" };
    let flow = if c & 0x10 != 0 { ", cannot take more data now" } else { "" };
    format!("{function}{access}{flow}")
}

/// The A field in words.
pub fn address(a: u8) -> String {
    match a {
        0 => "address 0, as not yet configured".to_owned(),
        251 | 252 => format!("{a}, reserved"),
        253 => "253: the meter that was selected by its secondary address".to_owned(),
        254 => "254: every meter, with answer".to_owned(),
        255 => "255: every meter, no answer expected".to_owned(),
        _ => format!("primary address {a}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The worked example of EN 13757-2: slave 1 answers with three data bytes; sums by hand.
    const FRAME: [u8; 12] = [0x68, 0x06, 0x06, 0x68, 0x08, 0x01, 0x78, 0x01, 0x13, 0x05, 0x9A, 0x16];

    #[test]
    fn finds_each_kind() {
        let checked = |length| Scan::Frame { length, trust: Trust::Checked };
        assert_eq!(scan(&FRAME, false), checked(12));
        assert_eq!(scan(&[0x10, 0x5B, 0x01, 0x5C, 0x16], false), checked(5));
        assert_eq!(scan(&[0x10, 0x40, 0xFE, 0x3E, 0x16, 0xE5], false), checked(5));
        assert_eq!(scan(&[0x68, 3, 3, 0x68, 0x53, 0xFE, 0x50, 0xA1, 0x16], false), checked(9));
        assert_eq!(scan(&[0xE5], true), Scan::Frame { length: 1, trust: Trust::Structure });
    }

    #[test]
    fn an_acknowledge_needs_company() {
        assert_eq!(scan(&[0xE5], false), Scan::More);
        assert_eq!(scan(&[0xE5, 0x41], false), Scan::No);
        let ack = Scan::Frame { length: 1, trust: Trust::Structure };
        assert_eq!(scan(&[0xE5, 0x10, 0x5B, 0x01, 0x5C, 0x16], false), ack);
        assert_eq!(scan(&[0xE5, 0x10, 0x5B, 0x01, 0x5D, 0x16], false), Scan::No);
        assert_eq!(scan(&[0xE5, 0x68, 6, 6, 0x68], false), ack);
    }

    #[test]
    fn a_wrong_sum_is_a_broken_frame() {
        let mut frame = FRAME;
        frame[8] ^= 1;
        assert_eq!(scan(&frame, false), Scan::Frame { length: 12, trust: Trust::Broken });
        let Some(Link::Long(long)) = Link::parse(&frame, Trust::Broken) else { panic!("a long frame") };
        assert_eq!(long.fault, Some(Fault::Checksum { counted: 0x99, found: 0x9A }));
    }

    #[test]
    fn a_damaged_length_is_a_broken_frame() {
        for at in [1, 2] {
            let mut frame = FRAME;
            frame[at] ^= 4;
            assert_eq!(scan(&frame, false), Scan::Frame { length: 12, trust: Trust::Broken });
            let Some(Link::Long(long)) = Link::parse(&frame, Trust::Broken) else { panic!("a long frame") };
            assert_eq!((long.fault, long.data.len()), (Some(Fault::Lengths), 3));
        }
        assert_eq!(scan(&[0x68, 4, 3, 0x68, 0, 0, 0, 0, 0, 0], false), Scan::No);
    }

    #[test]
    fn a_frame_cut_off() {
        for n in 4..FRAME.len() {
            assert_eq!(scan(&FRAME[..n], false), Scan::More);
            assert_eq!(scan(&FRAME[..n], true), Scan::Frame { length: n, trust: Trust::Truncated });
        }
        assert_eq!(scan(&FRAME[..3], true), Scan::No);
    }

    #[test]
    fn no_frame() {
        for bytes in
            [&[0x68, 0, 0, 0x68][..], &[0x68, 0, 0, 0x68, 8], &[0x68, 6, 6, 0x67], &[0x10, 0x11], &[1]]
        {
            assert_eq!(scan(bytes, false), Scan::No, "{bytes:02X?}");
        }
    }

    #[test]
    fn the_c_field_in_words() {
        assert_eq!(function(0x7B), "REQ_UD2: ask for data, frame count bit 1");
        assert_eq!(function(0x08), "RSP_UD: the meter's answer");
        assert_eq!(function(0x28), "RSP_UD: the meter's answer, alarm data waiting");
        assert!(from_meter(0x18) && !from_meter(0x53));
    }

    proptest! {
        #[test]
        fn a_longer_buffer_never_changes_an_answer(bytes in prop::collection::vec(prop_oneof![
            Just(0x68u8), Just(0x03), Just(0x04), Just(0x16), Just(0x10), Just(0x5B), Just(0xE5), any::<u8>()
        ], 0..40)) {
            let mut last = Scan::More;
            for n in 0..=bytes.len() {
                let now = scan(&bytes[..n], false);
                if last != Scan::More {
                    prop_assert_eq!(now, last);
                }
                last = now;
            }
        }

        #[test]
        fn one_flipped_bit_is_never_checked_with_other_content(bit in 0usize..96) {
            let mut frame = FRAME;
            frame[bit / 8] ^= 1 << (bit % 8);
            let checked = Scan::Frame { length: 12, trust: Trust::Checked };
            prop_assert_ne!(scan(&frame, true), checked);
        }
    }
}
