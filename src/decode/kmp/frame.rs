//! Where a KMP frame begins and ends, and what is in it once unstuffed.

use super::tables;
use crate::decode::checksum::xmodem_update;
use crate::decode::scan::{Scan, Trust};

/// Start of a frame to the meter.
pub const TO_METER: u8 = 0x80;
/// Start of a frame from the meter.
pub const FROM_METER: u8 = 0x40;
/// Last byte of a frame.
pub const STOP: u8 = 0x0D;
/// Announces a stuffed byte: the next one is its complement.
pub const ESCAPE: u8 = 0x1B;
/// A whole answer of one byte: understood, nothing to report.
pub const ACKNOWLEDGE: u8 = 0x06;

/// The longest frame that is waited for, stuffing included.  No document states a limit; the longest
/// answer on record has 114 bytes.
pub const MAX_FRAME: usize = 4096;

/// What a byte between start and stop is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Data,
    Stop,
    Escape,
    /// A start or acknowledge byte that should have been stuffed.
    Reserved,
}

static CLASS: [Class; 256] = {
    let mut table = [Class::Data; 256];
    table[STOP as usize] = Class::Stop;
    table[ESCAPE as usize] = Class::Escape;
    table[ACKNOWLEDGE as usize] = Class::Reserved;
    table[FROM_METER as usize] = Class::Reserved;
    table[TO_METER as usize] = Class::Reserved;
    table
};

fn class(byte: u8) -> Class {
    CLASS.get(usize::from(byte)).copied().unwrap_or(Class::Data)
}

/// The byte that an escape code stands for; none when nothing is stuffed so.
const fn unescape(code: u8) -> Option<u8> {
    match !code {
        byte @ (ACKNOWLEDGE | STOP | ESCAPE | FROM_METER | TO_METER) => Some(byte),
        _ => None,
    }
}

/// True when the buffer begins like a frame with a known address and command, which noise seldom does.
/// None when the buffer ends before that can be seen.
fn begins_like_a_frame(buffer: &[u8]) -> Option<bool> {
    let [TO_METER | FROM_METER, rest @ ..] = buffer else {
        return if buffer.is_empty() { None } else { Some(false) };
    };
    let [address, rest @ ..] = rest else { return None };
    // None of the three known addresses, but BF, the complement of a start byte, is a code, so none needs stuffing.
    if tables::address(*address).is_none() {
        return Some(false);
    }
    let command = match rest {
        [] | [ESCAPE] => return None,
        [ESCAPE, code, ..] => unescape(*code),
        [command, ..] => Some(*command),
    };
    Some(command.is_some_and(|c| tables::command(c).is_some()))
}

/// Looks for a frame at the first byte of `buffer`; see [`crate::decode::scan`].
pub fn scan(buffer: &[u8], end: bool) -> Scan {
    let Some(&(TO_METER | FROM_METER)) = buffer.first() else {
        return if buffer.is_empty() && !end { Scan::More } else { Scan::No };
    };
    let mut crc = 0;
    let mut at = 1;
    let mut run = 1;
    let mut content = 0;
    // Until something is wrong, runs of ordinary bytes go to the checksum as they are.
    let fault = loop {
        let window = buffer.get(at..buffer.len().min(MAX_FRAME + 1)).unwrap_or_default();
        let Some(ordinary) = window.iter().position(|byte| class(*byte) != Class::Data) else {
            if buffer.len() > MAX_FRAME {
                return Scan::No;
            }
            at = at.max(buffer.len());
            break None;
        };
        at += ordinary;
        match buffer.get(at).map_or(Class::Data, |byte| class(*byte)) {
            Class::Data => {}
            Class::Stop => {
                crc = xmodem_update(crc, buffer.get(run..at).unwrap_or_default());
                content += at - run;
                // Address, command and checksum are the least there can be.
                if content >= 4 && crc == 0 {
                    return Scan::Frame { length: at + 1, trust: Trust::Checked };
                }
                break Some(at);
            }
            Class::Escape => {
                let Some(&code) = buffer.get(at + 1) else { break None };
                let Some(plain) = unescape(code) else { break Some(at) };
                crc = xmodem_update(crc, buffer.get(run..at).unwrap_or_default());
                crc = xmodem_update(crc, &[plain]);
                content += at - run + 1;
                at += 2;
                run = at;
            }
            Class::Reserved => break Some(at),
        }
        if at > MAX_FRAME {
            return Scan::No;
        }
    };
    match (begins_like_a_frame(buffer), fault) {
        (Some(true), fault) => broken(buffer, fault.unwrap_or(at), end),
        (Some(false), None) if !end => Scan::More,
        (None, _) if !end => Scan::More,
        _ => Scan::No,
    }
}

/// The extent of a frame that surely began but is damaged (at `from`) or not complete yet: it ends at its
/// stop byte, or where the next frame begins, or with the input.
fn broken(buffer: &[u8], from: usize, end: bool) -> Scan {
    for (at, &byte) in buffer.iter().enumerate().take(MAX_FRAME + 1).skip(from) {
        match byte {
            STOP => return Scan::Frame { length: at + 1, trust: Trust::Broken },
            TO_METER | FROM_METER => match begins_like_a_frame(buffer.get(at..).unwrap_or_default()) {
                Some(true) => return Scan::Frame { length: at, trust: Trust::Truncated },
                Some(false) => {}
                None if end => {}
                None => return Scan::More,
            },
            _ => {}
        }
    }
    if buffer.len() > MAX_FRAME {
        Scan::No
    } else if end {
        Scan::Frame { length: buffer.len(), trust: Trust::Truncated }
    } else {
        Scan::More
    }
}

/// What is wrong with the bytes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// A byte at this place of the frame should have been stuffed.
    NotStuffed(usize),
    /// The escape byte at this place is followed by a code that stands for nothing.
    BadEscape(usize),
    /// The escape byte at this place is the last before the stop byte.
    EscapeAtEnd(usize),
    /// There is no stop byte.
    NoStop,
}

/// Appends to `content` what is between start and stop of a frame in which [`scan`] found nothing wrong: the
/// bytes behind escape bytes are complements of what is meant, and all others mean themselves.
pub fn unstuff_checked(frame: &[u8], content: &mut Vec<u8>) {
    let mut rest = match frame {
        [_, body @ .., _] => body,
        _ => &[],
    };
    while let Some(at) = memchr::memchr(ESCAPE, rest)
        && let (run, [_, code, behind @ ..]) = rest.split_at(at)
    {
        content.extend_from_slice(run);
        content.push(!code);
        rest = behind;
    }
    content.extend_from_slice(rest);
}

/// Appends to `content` what is between start and stop, unstuffed in one pass, and gives the first fault.
/// A replacement pass for each stuffed byte in turn would read `1B E4 7F` (a stuffed 1B and a 7F) as 80.
pub fn unstuff(frame: &[u8], content: &mut Vec<u8>) -> Option<Fault> {
    let (body, mut fault) = match frame {
        [_, body @ .., STOP] => (body, None),
        [_, body @ ..] => (body, Some(Fault::NoStop)),
        [] => return Some(Fault::NoStop),
    };
    let mut note = |f: Fault| {
        if matches!(fault, None | Some(Fault::NoStop)) {
            fault = Some(f);
        }
    };
    let mut run = 0;
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        match class(byte) {
            Class::Data => {}
            Class::Stop | Class::Reserved => note(Fault::NotStuffed(at + 1)),
            Class::Escape => {
                content.extend_from_slice(body.get(run..at).unwrap_or_default());
                match body.get(at + 1) {
                    None => note(Fault::EscapeAtEnd(at + 1)),
                    Some(&code) => match unescape(code) {
                        Some(plain) => content.push(plain),
                        None => {
                            note(Fault::BadEscape(at + 1));
                            content.extend_from_slice(&[byte, code]);
                        }
                    },
                }
                at += 2;
                run = at;
                continue;
            }
        }
        at += 1;
    }
    content.extend_from_slice(body.get(run..).unwrap_or_default());
    fault
}

/// The place in the frame of a place in its unstuffed content.
pub fn wire_offset(frame: &[u8], content_at: usize) -> usize {
    let mut at = 1;
    for _ in 0..content_at {
        at += match frame.get(at..at + 2) {
            Some([ESCAPE, code]) if *code != STOP => 2,
            _ => 1,
        };
    }
    at.min(frame.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        hex::decode(text.replace(' ', "")).unwrap()
    }

    #[test]
    fn checksum_of_the_documents_examples() {
        assert_eq!(xmodem_update(0, &hex("3F01")), 0x058A);
        assert_eq!(xmodem_update(0, &hex("3F02")), 0x35E9);
        assert_eq!(xmodem_update(0, &hex("3F10010080")), 0xD408);
        assert_eq!(xmodem_update(0, &hex("3F1001003C")), 0xB25F);
        assert_eq!(xmodem_update(0, &hex("3F10010044")), 0x4DC0);
    }

    #[test]
    fn stuffing_is_undone_in_one_pass() {
        let mut content = Vec::new();
        assert_eq!(unstuff(&hex("40 1BF9 1BF2 1BE4 1BBF 1B7F 1BE47F 0D"), &mut content), None);
        assert_eq!(content, hex("06 0D 1B 40 80 1B7F"));
        let mut again = Vec::new();
        unstuff_checked(&hex("40 1BF9 1BF2 1BE4 1BBF 1B7F 1BE47F 0D"), &mut again);
        assert_eq!(again, content);
        assert_eq!(wire_offset(&hex("40 1BF9 00 1BF2 01 0D"), 3), 6);
    }

    #[test]
    fn faults_of_stuffing() {
        for (frame, fault) in [
            ("403F1BFF0D", Fault::BadEscape(2)),
            ("403F1B0D", Fault::EscapeAtEnd(2)),
            ("4056", Fault::NoStop),
            ("403F10060D", Fault::NotStuffed(3)),
        ] {
            assert_eq!(unstuff(&hex(frame), &mut Vec::new()), Some(fault), "{frame}");
        }
    }

    #[test]
    fn finds_frames() {
        let whole = hex("403F0201234567E9560D");
        assert_eq!(scan(&whole, false), Scan::Frame { length: 10, trust: Trust::Checked });
        let mut followed = whole.clone();
        followed.extend(hex("803F"));
        assert_eq!(scan(&followed, false), Scan::Frame { length: 10, trust: Trust::Checked });
        for cut in 3..10 {
            assert_eq!(scan(&whole[..cut], false), Scan::More, "{cut}");
            assert_eq!(
                scan(&whole[..cut], true),
                Scan::Frame { length: cut, trust: Trust::Truncated },
                "{cut}"
            );
        }
        assert_eq!(
            scan(&hex("403F0201234567E9570D"), false),
            Scan::Frame { length: 10, trust: Trust::Broken }
        );
        // A frame without its end gives way to the next one.
        assert_eq!(
            scan(&hex("403F02012345 803F02"), false),
            Scan::Frame { length: 6, trust: Trust::Truncated }
        );
    }

    #[test]
    fn other_bytes_are_no_frame() {
        for bytes in ["00", "80560D", "405512345678900D", "4006"] {
            assert_eq!(scan(&hex(bytes), true), Scan::No, "{bytes}");
        }
        // An unknown command of an unknown address still has a checksum that holds.
        assert_eq!(scan(&hex("80FFFF1D0F0D"), false), Scan::Frame { length: 6, trust: Trust::Checked });
    }
}
