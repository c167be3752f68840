//! Protocols that are recognised and named, and not decoded: the gateway does not speak them.
//!
//! | | by which it is recognised |
//! |---|---|
//! | SML (BSI TR-03109-1 annex IV) | `1B1B1B1B 01010101 … 1B1B1B1B 1A`, padding, CRC-16/X-25 |
//! | IEC 62056-21 | `/?…!` (sign-on), `/ABC5…` and an acknowledgement (identification), STX … ETX and block check (read-out) |
//! | Modbus RTU | a request for registers and its answer, each with its CRC |

use super::Keys;
use super::checksum;
use super::message::{Message, ProblemCode, Protocol, Status};
use super::scan::{Scan, Trust};
use super::stream::{self, Frame, Outcome};
use super::trace::Trace;

fn name<T: Trace>(frame: &Frame<'_>, what: &str, out: &mut Message, trace: &mut T) -> Outcome {
    out.status = if frame.trust == Trust::Truncated { Status::Truncated } else { Status::Unsupported };
    out.problem(ProblemCode::Unsupported, frame.offset, format!("{what} is recognised, and not decoded"));
    trace.open(what, frame.bytes);
    trace.note(0..frame.bytes.len(), "not decoded", || "the gateway does not speak it".to_owned());
    trace.close();
    Outcome::Complete
}

/// Smart Message Language.
#[derive(Debug)]
pub struct Sml;

/// Longest SML file that is waited for.
const LONGEST_SML: usize = 8 * 1024;

impl stream::Reader for Sml {
    const SERVES: &'static [Protocol] = &[Protocol::Sml];
    const STARTS: &'static [u8] = &[0x1B];
    const NAMED_ONLY: bool = true;

    fn new(_: &Keys) -> Self {
        Sml
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        const START: [u8; 8] = [0x1B, 0x1B, 0x1B, 0x1B, 1, 1, 1, 1];
        let have = buffer.len().min(8);
        if buffer.get(..have) != START.get(..have) {
            return Scan::No;
        }
        let more = |buffer: &[u8]| match (end, buffer.len()) {
            (false, 0..LONGEST_SML) => Scan::More,
            (_, 0..64) => Scan::No,
            _ => Scan::Frame { length: buffer.len().min(LONGEST_SML), trust: Trust::Truncated },
        };
        let mut at = 8;
        while let Some(found) = buffer.get(at..).and_then(|rest| memchr::memmem::find(rest, &START[..4])) {
            let escape = at + found;
            match buffer.get(escape + 4..escape + 8) {
                Some([0x1A, _, low, high]) => {
                    let sum = checksum::x25(buffer.get(..escape + 6).unwrap_or_default());
                    let good = sum == u16::from_le_bytes([*low, *high]);
                    let trust = if good { Trust::Checked } else { Trust::Broken };
                    return Scan::Frame { length: escape + 8, trust };
                }
                // Four escapes in the data are sent twice.
                Some(START_OF_ESCAPE) => at = escape + 8,
                Some([1, 1, 1, 1]) => return Scan::Frame { length: escape, trust: Trust::Truncated },
                Some(_) => at = escape + 4,
                None => return more(buffer),
            }
        }
        more(buffer)
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        name(frame, "SML", out, trace)
    }
}

const START_OF_ESCAPE: &[u8] = &[0x1B, 0x1B, 0x1B, 0x1B];

/// IEC 62056-21, modes A to E.
#[derive(Debug)]
pub struct Iec62056;

impl stream::Reader for Iec62056 {
    const SERVES: &'static [Protocol] = &[Protocol::Iec62056];
    // Slash and STX, also with the parity bit of a 7E1 line.
    const STARTS: &'static [u8] = &[b'/', 0xAF, 0x02, 0x82];
    const NAMED_ONLY: bool = true;

    fn new(_: &Keys) -> Self {
        Iec62056
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        match buffer.first().map(|byte| byte & 0x7F) {
            Some(b'/') => sign_on(buffer, end),
            Some(0x02) => read_out(buffer, end),
            _ => Scan::No,
        }
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let parity = frame.bytes.first().is_some_and(|byte| byte & 0x80 != 0);
        let outcome = name(frame, "IEC 62056-21", out, trace);
        if parity {
            let cure = "bit 7 of every byte is an even parity bit: the line is 7E1 and was heard as 8N1";
            out.problem(ProblemCode::Altered, frame.offset, cure);
        }
        outcome
    }
}

/// `/?device!` CR LF, or `/ABC5identification` CR LF with an acknowledgement or data behind.
fn sign_on(buffer: &[u8], end: bool) -> Scan {
    let plain = |byte: &u8| byte & 0x7F;
    let line = buffer.get(..64).unwrap_or(buffer);
    let Some(stop) = line.iter().position(|byte| !(0x20..0x7F).contains(&plain(byte))) else {
        return if end || line.len() == 64 { Scan::No } else { Scan::More };
    };
    let start: Vec<u8> = line.iter().take(6).map(plain).collect();
    let request = start.get(1) == Some(&b'?') && line.get(stop - 1).map(plain) == Some(b'!');
    let answer = stop >= 6
        && start.get(1..4).is_some_and(|flag| flag.iter().all(u8::is_ascii_alphabetic))
        && matches!(start.get(4), Some(b'0'..=b'9' | b'A'..=b'I'));
    if !request && !answer {
        return Scan::No;
    }
    match (line.get(stop).map(plain), buffer.get(stop + 1).map(plain)) {
        (Some(b'\r'), Some(b'\n')) => match buffer.get(stop + 2).map(plain) {
            _ if request => Scan::Frame { length: stop + 2, trust: Trust::Structure },
            None if !end => Scan::More,
            // Acknowledge, or data.  Anything else, or nothing, may be the first line of a P1 telegram.
            Some(0x02 | 0x06 | 0x15) => Scan::Frame { length: stop + 2, trust: Trust::Structure },
            _ => Scan::No,
        },
        (Some(b'\r'), None) if !end => Scan::More,
        _ => Scan::No,
    }
}

/// STX, lines of `code(value)`, `!`, ETX, block check character (exclusive or of all after STX).
fn read_out(buffer: &[u8], end: bool) -> Scan {
    let plain = |byte: &u8| byte & 0x7F;
    let body = buffer.get(1..).unwrap_or_default();
    let text = |byte: &u8| matches!(plain(byte), 0x20..=0x7E | b'\r' | b'\n');
    let longest = body.get(..16 * 1024).unwrap_or(body);
    match longest.iter().position(|byte| !text(byte)) {
        Some(stop) if plain(longest.get(stop).unwrap_or(&0)) == 0x03 => {
            let Some(check) = body.get(stop + 1) else {
                return if end { Scan::No } else { Scan::More };
            };
            let sum = body.iter().take(stop + 1).fold(0, |sum, byte| sum ^ plain(byte));
            let shown = longest.get(..stop).is_some_and(|text| text.iter().any(|byte| plain(byte) == b'('));
            if sum == plain(check) && shown {
                Scan::Frame { length: stop + 3, trust: Trust::Checked }
            } else {
                Scan::No
            }
        }
        Some(_) => Scan::No,
        None if end || body.len() > longest.len() => Scan::No,
        None => Scan::More,
    }
}

/// Modbus RTU.
#[derive(Debug)]
pub struct Modbus;

const ADDRESSES: [u8; 247] = {
    let mut all = [0; 247];
    let mut i = 0;
    while i < 247 {
        all[i] = i as u8 + 1;
        i += 1;
    }
    all
};

impl stream::Reader for Modbus {
    const SERVES: &'static [Protocol] = &[Protocol::Modbus];
    const STARTS: &'static [u8] = &ADDRESSES;
    const NAMED_ONLY: bool = true;

    fn new(_: &Keys) -> Self {
        Modbus
    }

    /// A CRC of 16 bits holds by chance too often to name a single frame by it: a request for registers
    /// and the answer that fits it, or an answer twice, are asked for.
    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        let short = if end { Scan::No } else { Scan::More };
        let (address, function) = match buffer {
            [address, function @ (3 | 4), ..] => (*address, *function),
            [_] => return short,
            _ => return Scan::No,
        };
        let Some(request) = buffer.get(..8) else { return short };
        let [_, _, _, _, many, few, low, high] = request else { return Scan::No };
        let count = u16::from_be_bytes([*many, *few]);
        if !(1..=125).contains(&count)
            || checksum::modbus(request.get(..6).unwrap_or_default()) != u16::from_le_bytes([*low, *high])
        {
            return Scan::No;
        }
        let Some(answer) = buffer.get(8..11) else { return short };
        let bytes = usize::from(count) * 2;
        if answer.get(..2) != Some(&[address, function][..])
            || answer.get(2).map(|n| usize::from(*n)) != Some(bytes)
        {
            return Scan::No;
        }
        let Some(answer) = buffer.get(8..13 + bytes) else { return short };
        let Some((said, sum)) =
            answer.split_last_chunk::<2>().map(|(said, sum)| (said, u16::from_le_bytes(*sum)))
        else {
            return Scan::No;
        };
        if checksum::modbus(said) == sum {
            Scan::Frame { length: 13 + bytes, trust: Trust::Checked }
        } else {
            Scan::No
        }
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        name(frame, "Modbus RTU", out, trace)
    }
}

#[cfg(test)]
mod tests {
    use crate::decode::{Options, Protocol, Status, checksum, decode_all};

    fn seen(bytes: &[u8]) -> Vec<(Protocol, Status, u64, u64)> {
        let messages = decode_all(bytes, &Options::default());
        messages.iter().map(|m| (m.protocol, m.status, m.offset, m.length)).collect()
    }

    #[test]
    fn sml_files() {
        let mut file = b"\x1b\x1b\x1b\x1b\x01\x01\x01\x01".to_vec();
        file.extend(b"\x76\x05\x00\x00\x00\x01\x62\x00\x62\x00\x72\x65\x00\x00\x01\x01");
        file.extend(b"\x1b\x1b\x1b\x1b\x1a\x00");
        let sum = checksum::x25(&file);
        file.extend(sum.to_le_bytes());
        let length = file.len() as u64;
        let input = [b"\x00\x00", &file[..], &file].concat();
        assert_eq!(
            seen(&input),
            [
                (Protocol::Sml, Status::Unsupported, 2, length),
                (Protocol::Sml, Status::Unsupported, 2 + length, length)
            ]
        );
    }

    #[test]
    fn iec_62056_21_sign_on_and_read_out() {
        let read_out = b"F.F(00)\r\nC.1.0(1234)\r\n1.8.0(000123.4*kWh)\r\n!\r\n\x03";
        let check = read_out.iter().fold(0, |sum, byte| sum ^ byte);
        let input =
            [b"/?!\r\n", &b"/ISK5MT174-0001\r\n"[..], b"\x06050\r\n\x02", read_out, &[check]].concat();
        let seen = seen(&input);
        let names: Vec<_> = seen.iter().filter(|m| m.0 == Protocol::Iec62056).map(|m| (m.1, m.2)).collect();
        assert_eq!(names, [(Status::Unsupported, 0), (Status::Unsupported, 5), (Status::Unsupported, 28)]);
        assert!(seen.iter().all(|m| m.1 != Status::Ok || m.3 == 1), "{seen:?}");
    }

    #[test]
    fn modbus_request_with_its_answer() {
        // The example of the Modbus specification: registers 108 to 110 of device 17.
        let request = [0x11, 0x03, 0x00, 0x6B, 0x00, 0x03, 0x76, 0x87];
        let mut answer = vec![0x11, 0x03, 0x06, 0xAE, 0x41, 0x56, 0x52, 0x43, 0x40];
        let sum = checksum::modbus(&answer);
        answer.extend(sum.to_le_bytes());
        let input = [&request[..], &answer].concat();
        assert_eq!(seen(&input), [(Protocol::Modbus, Status::Unsupported, 0, 19)]);
        assert_eq!(seen(&request), []);
    }
}
