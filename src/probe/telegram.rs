//! What was heard, as it stands: does it decode, and which format do its error flags show?

use crate::decode::{self, Message, ProblemCode, Protocol, Status, TagState};
use crate::line::{DataBits, Flag, Flags, Heard, LineSettings, Parity};
use std::ops::Range;

/// Characters heard between two silences, and how they were listened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// What the adapter was set to.
    pub settings: LineSettings,
    /// How it reports errors.
    pub flags: Flags,
    /// The characters, in order.
    pub heard: Vec<Heard>,
    /// It was listened to from its first character on.
    pub whole: bool,
}

/// A burst that decodes as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The messages whose checksum holds, or that have none.
    pub messages: Vec<Message>,
    /// The data bits they were read with.
    pub data_bits: DataBits,
    /// What the characters of these messages tell of the parity.
    pub parity: ParityView,
}

impl Decoded {
    /// A checksum vouches for at least one message, strongly enough to believe it at once.
    pub fn certain(&self) -> bool {
        self.messages.iter().any(certain)
    }
}

/// What characters and their flags tell of the parity bit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ParityView {
    /// This one; with the number of characters (packets) that would look otherwise under any other.
    Known(Parity, usize),
    /// There is a parity bit, even or odd.
    Some,
    /// Nothing.
    Unknown,
}

/// True when a checksum of 16 bits or more holds for `message`, and it says something: it is what was sent.
pub fn certain(message: &Message) -> bool {
    let strong = match message.protocol {
        // A sum of 8 bits.
        Protocol::Mbus | Protocol::Mbtr => false,
        // A ciphered P1 telegram has no checksum but its tag; a bare APDU has none at all.
        Protocol::Dsmr | Protocol::Dlms => {
            message.security.as_ref().is_none_or(|s| s.tag == TagState::Verified || !s.ciphered)
        }
        // Only its digest vouches for it, and that wants the key.
        Protocol::Mep => message.security.as_ref().is_some_and(|s| s.tag == TagState::Verified),
        _ => true,
    };
    strong && counts(message) && checked(message) && says_something(message)
}

/// True when it carries readings, or something ciphered: frames without content are so short that noise
/// makes them.
pub(super) fn says_something(message: &Message) -> bool {
    !message.readings.is_empty() || message.security.as_ref().is_some_and(|s| s.ciphered)
}

/// True when `message` is complete, and its checksum, if it has one, holds.
pub fn counts(message: &Message) -> bool {
    matches!(message.status, Status::Ok | Status::Encrypted | Status::DecryptFailed)
}

/// True when it has a checksum at all.
pub fn checked(message: &Message) -> bool {
    !message.problems.iter().any(|problem| problem.code == ProblemCode::NoChecksum)
}

/// True when two messages that only a weak checksum vouches for support each other: same protocol, same
/// meter, same shape.
pub fn agree(a: &Message, b: &Message) -> bool {
    let title = |m: &Message| m.security.as_ref().and_then(|s| s.system_title);
    a.protocol == b.protocol
        && says_something(a)
        && says_something(b)
        && title(a) == title(b)
        && a.meter.id == b.meter.id
        && a.meter.manufacturer == b.meter.manufacturer
        && a.readings.len() == b.readings.len()
        && a.readings.iter().zip(&b.readings).all(|(x, y)| x.id == y.id && x.unit == y.unit)
}

/// Decodes the bytes of a burst as they are, then without their eighth bit.
pub fn decode(burst: &Burst, options: &decode::Options) -> Option<Decoded> {
    let bytes: Vec<u8> = burst.heard.iter().map(|h| h.byte).collect();
    if let Some(found) = attempt(burst, &bytes, burst.settings.data_bits, options) {
        return Some(found);
    }
    // Seven data bits and a parity bit look like eight data bits; only text is sent so.
    if burst.settings.data_bits == DataBits::Eight && bytes.iter().any(|byte| byte & 0x80 != 0) {
        let text: Vec<u8> = bytes.iter().map(|byte| byte & 0x7F).collect();
        return attempt(burst, &text, DataBits::Seven, options);
    }
    None
}

fn attempt(burst: &Burst, bytes: &[u8], data_bits: DataBits, options: &decode::Options) -> Option<Decoded> {
    let mut messages = decode::decode_all(bytes, options);
    // Whatever else seems to decode without its eighth bit was not sent so.
    messages.retain(|m| counts(m) && (data_bits == DataBits::Eight || m.protocol == Protocol::Dsmr));
    let first = messages.first()?;
    let from = usize::try_from(first.offset).unwrap_or(usize::MAX);
    let to = messages
        .last()
        .map_or(from, |last| usize::try_from(last.offset.saturating_add(last.length)).unwrap_or(usize::MAX));
    Some(Decoded { messages, data_bits, parity: parity(burst, from..to, data_bits) })
}

/// What these characters of a burst, which were read with so many data bits, tell of the parity bit.
pub(super) fn parity(burst: &Burst, range: Range<usize>, data_bits: DataBits) -> ParityView {
    let (from, to) = (range.start, range.end.min(burst.heard.len()));
    let mut heard = burst.heard.get(from..to).unwrap_or_default();
    if burst.flags == Flags::PerPacket {
        // The flag of a packet may be due to those of its characters that are not among these.
        let time = |at: usize| burst.heard.get(at).map(|h| h.at);
        let before = from.checked_sub(1).and_then(time);
        while let [first, rest @ ..] = heard
            && before == Some(first.at)
        {
            heard = rest;
        }
        while let [rest @ .., last] = heard
            && time(to) == Some(last.at)
        {
            heard = rest;
        }
    }
    if data_bits == burst.settings.data_bits {
        parity_from_flags(heard, burst)
    } else {
        parity_from_eighth_bit(heard)
    }
}

/// Fewer characters than this say nothing about the parity.
const ENOUGH: usize = 20;

/// The eighth bit as parity of the other seven.
fn parity_from_eighth_bit(heard: &[Heard]) -> ParityView {
    let odd = heard.iter().filter(|h| h.byte.count_ones() % 2 == 1).count();
    if heard.len() < ENOUGH {
        ParityView::Unknown
    } else if odd == 0 {
        ParityView::Known(Parity::Even, heard.len())
    } else if odd == heard.len() {
        ParityView::Known(Parity::Odd, heard.len())
    } else {
        ParityView::Unknown
    }
}

/// What error flags say, given that the bytes are right.
///
/// Listening without parity, a parity bit stands where the stop bit is expected, so it is a framing error
/// exactly when it is low.  Listening with the right parity there is no error; with the other one every
/// character has one.
pub(super) fn parity_from_flags(heard: &[Heard], burst: &Burst) -> ParityView {
    if burst.flags == Flags::None {
        return ParityView::Unknown;
    }
    let listening = burst.settings.parity;
    let mut informative = 0usize;
    let mut fits = [true; 3];
    let mut all_flagged = true;
    let mut packet: &[Heard] = heard;
    while let Some(first) = packet.first() {
        let length = match burst.flags {
            Flags::PerPacket => packet.iter().take_while(|h| h.at == first.at).count(),
            _ => 1,
        };
        let (these, rest) = packet.split_at_checked(length).unwrap_or((packet, &[]));
        packet = rest;
        let flagged = these.iter().any(|h| h.flag != Flag::None);
        let expected = [Parity::None, Parity::Even, Parity::Odd]
            .map(|line| these.iter().any(|h| disagrees(h.byte, line, listening, burst.settings.data_bits)));
        all_flagged &= flagged;
        if expected.iter().any(|e| *e != flagged) {
            informative += 1;
        }
        for (fit, expected) in fits.iter_mut().zip(expected) {
            *fit &= expected == flagged;
        }
    }
    // Without a parity bit, and without a pause, a start bit stands where the stop bit is expected: a receiver
    // that takes it for what it is goes on in step, and flags every character.
    if listening != Parity::None && all_flagged {
        return ParityView::Unknown;
    }
    match fits {
        _ if heard.len() < ENOUGH => ParityView::Unknown,
        [true, false, false] => ParityView::Known(Parity::None, informative),
        [false, true, false] => ParityView::Known(Parity::Even, informative),
        [false, false, true] => ParityView::Known(Parity::Odd, informative),
        [false, true, true] => ParityView::Some,
        _ => ParityView::Unknown,
    }
}

/// Every character is flagged.
pub(super) fn all_flagged(burst: &Burst) -> bool {
    burst.heard.len() >= ENOUGH && burst.heard.iter().all(|h| h.flag != Flag::None)
}

/// Would a receiver that listens with `listening` flag this byte on a line with parity `line`?
fn disagrees(byte: u8, line: Parity, listening: Parity, data_bits: DataBits) -> bool {
    let mask = 0xFF >> (8 - data_bits.count());
    let odd = (byte & mask).count_ones() % 2 == 1;
    match (line, listening) {
        // The parity bit is where the stop bit should be.
        (Parity::Even, Parity::None) => !odd,
        (Parity::Odd, Parity::None) => odd,
        // The stop bit, which is high, is where the parity bit should be.
        (Parity::None, Parity::Even) => !odd,
        (Parity::None, Parity::Odd) => odd,
        (a, b) => a != b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::StopBits;
    use std::time::Duration;

    fn burst(parity: Parity, flags: Flags, heard: Vec<Heard>) -> Burst {
        let settings =
            LineSettings { baudrate: 9600, data_bits: DataBits::Eight, parity, stop_bits: StopBits::One };
        Burst { settings, flags, heard, whole: true }
    }

    fn character(i: usize, byte: u8, wrong: bool, packet: usize) -> Heard {
        let flag = if wrong { Flag::Error } else { Flag::None };
        Heard { byte, flag, at: Duration::from_millis((i / packet) as u64) }
    }

    #[test]
    fn only_text_is_read_without_the_eighth_bit() {
        // EN 13757-3: RSP_UD with the fixed header and one record, 12565 l.
        let mut frame =
            vec![0x68, 0x14, 0x14, 0x68, 0x08, 0x02, 0x72, 0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01, 0x07];
        frame.extend([0x55, 0x00, 0x00, 0x00, 0x03, 0x13, 0x15, 0x31, 0x00]);
        frame.extend([frame.iter().skip(4).fold(0u8, |sum, byte| sum.wrapping_add(*byte)), 0x16]);
        let decoded = |bytes: &[u8]| {
            let heard = bytes.iter().enumerate().map(|(i, byte)| character(i, *byte, false, 1)).collect();
            decode(&burst(Parity::None, Flags::None, heard), &decode::Options::default())
        };
        assert!(decoded(&frame).is_some_and(|found| found.data_bits == DataBits::Eight));
        frame[8] |= 0x80;
        assert_eq!(decoded(&frame), None);
        // P1 with even parity as its eighth bit is.
        let text = b"/XYZ5\\ABC\r\n\r\n1-0:1.8.0(000123.456*kWh)\r\n!";
        let mut text = text.to_vec();
        let sum = crc::Crc::<u16>::new(&crc::CRC_16_ARC).checksum(&text);
        text.extend(format!("{sum:04X}\r\n").bytes());
        let even: Vec<u8> = text.iter().map(|b| b | ((b.count_ones() % 2) as u8) << 7).collect();
        assert!(decoded(&even).is_some_and(|found| found.data_bits == DataBits::Seven));
    }

    #[test]
    fn parity_shows_as_framing_errors() {
        // 'A' has two ones: an even parity bit is low, which is a framing error at 8N1; 'C' has three.
        let text = b"ACACACACACACACACACACACAC";
        for (line, wrong) in
            [(Parity::Even, [true, false]), (Parity::Odd, [false, true]), (Parity::None, [false, false])]
        {
            let heard =
                text.iter().enumerate().map(|(i, &b)| character(i, b, wrong[i % 2], 1)).collect::<Vec<_>>();
            let b = burst(Parity::None, Flags::PerCharacter, heard);
            assert_eq!(parity_from_flags(&b.heard, &b), ParityView::Known(line, text.len()), "{line:?}");
        }
    }

    #[test]
    fn packets_that_are_all_flagged_tell_only_that_there_is_parity() {
        let heard: Vec<_> = (0..40).map(|i| character(i, b'A' + (i % 4) as u8, true, 4)).collect();
        let b = burst(Parity::None, Flags::PerPacket, heard);
        assert_eq!(parity_from_flags(&b.heard, &b), ParityView::Some);
    }

    #[test]
    fn a_packet_of_which_a_part_was_read_tells_nothing() {
        // Of the last packet, "AC" with odd parity, only the "A" was read: it would be wrong with even parity.
        let heard: Vec<_> =
            b"ACACACACACACACACACACACAC".iter().enumerate().map(|(i, &b)| character(i, b, true, 2)).collect();
        let b = burst(Parity::None, Flags::PerPacket, heard);
        assert_eq!(parity(&b, 0..23, DataBits::Eight), ParityView::Some);
        assert_eq!(parity(&b, 1..24, DataBits::Eight), ParityView::Some);
    }

    #[test]
    fn without_flags_nothing_is_known() {
        let heard: Vec<_> = (0..40).map(|i| character(i, b'A', false, 1)).collect();
        let b = burst(Parity::None, Flags::None, heard);
        assert_eq!(parity_from_flags(&b.heard, &b), ParityView::Unknown);
    }

    #[test]
    fn the_eighth_bit_is_the_parity_of_seven() {
        let even: Vec<_> = b"even parity in the eighth bit"
            .iter()
            .enumerate()
            .map(|(i, &b)| character(i, b | if b.count_ones() % 2 == 1 { 0x80 } else { 0 }, false, 1))
            .collect();
        assert_eq!(parity_from_eighth_bit(&even), ParityView::Known(Parity::Even, even.len()));
    }
}
