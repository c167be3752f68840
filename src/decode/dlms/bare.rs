//! APDUs back to back without any frame, as a converter or a log gives them.
//!
//! Nothing frames or vouches for them, so they are believed only where no link layer can have been:
//! from the first byte of the input on, one directly behind the other.  (Ciphered ones are found by
//! their header: see [`crate::decode::dsmr::CipheredReader`].)

use super::apdu::{Channel, Engine, Link, NotificationHead};
use super::axdr::{Tree, Why, tag};
use super::date_time;
use crate::decode::scan::{Scan, Trust};
use crate::decode::stream::{self, Frame, Outcome};
use crate::decode::trace::Trace;
use crate::decode::{Keys, Message, ProblemCode, Protocol, Status};

/// Longest APDU that is waited for.
const LONGEST: usize = 8 * 1024;

/// Reads bare data-notifications.
#[derive(Debug)]
pub struct Reader {
    engine: Engine,
    channel: Channel,
    /// Input offset behind the last APDU.
    end: u64,
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Dlms];
    const STARTS: &'static [u8] = &[0x0F];

    fn new(keys: &Keys) -> Self {
        Reader { engine: Engine::new(keys), channel: Channel::default(), end: 0 }
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        scan(buffer, end)
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        if frame.offset != self.end {
            return Outcome::Noise;
        }
        self.end = frame.end();
        match frame.trust {
            Trust::Truncated => out.status = Status::Truncated,
            Trust::Broken => {
                out.status = Status::Malformed;
                out.problem(
                    ProblemCode::Malformed,
                    frame.end(),
                    "other bytes follow directly: a part of a frame whose beginning is missing",
                );
            }
            _ => out.problem(
                ProblemCode::NoChecksum,
                frame.offset,
                "a bare APDU: no checksum vouches for its bytes",
            ),
        }
        let link = Link {
            start: frame.offset,
            end: frame.end(),
            at: Some(frame.offset),
            checked: false,
            broken: false,
        };
        self.engine.read(&mut self.channel, frame.bytes, link, out, trace)
    }
}

/// Looks for a data-notification at the first byte.
pub fn scan(buffer: &[u8], end: bool) -> Scan {
    let wait = |truncated: bool| match (end, truncated) {
        (false, _) => Scan::More,
        (true, true) => Scan::Frame { length: buffer.len(), trust: Trust::Truncated },
        (true, false) => Scan::No,
    };
    match buffer {
        [] => return wait(false),
        [0x0F, ..] => {}
        _ => return Scan::No,
    }
    let Some(head) = NotificationHead::read(buffer) else {
        return if buffer.len() < 7 { wait(false) } else { Scan::No };
    };
    let Some(time) = buffer.get(head.time.clone()) else { return wait(false) };
    if !time.is_empty() && date_time::date_time(time).is_none() {
        return Scan::No;
    }
    match buffer.get(head.body) {
        None => return wait(false),
        Some(&(tag::ARRAY | tag::STRUCTURE | tag::COMPACT_ARRAY)) => {}
        Some(_) => return Scan::No,
    }
    let window = buffer.get(..LONGEST.min(buffer.len())).unwrap_or(buffer);
    match Tree::default().read(window, head.body) {
        Ok(length) => match buffer.get(length) {
            None if !end => Scan::More,
            None | Some(0x0F | 0xDB | 0xDC) => Scan::Frame { length, trust: Trust::Structure },
            Some(_) => Scan::Frame { length, trust: Trust::Broken },
        },
        Err(fault) if fault.why == Why::Short && window.len() < LONGEST => wait(true),
        Err(_) => Scan::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Options, decode_all};

    const POWER: &str = "0F40000000 00 0101 0203 09060100010700FF 0600000462 0202 0F00 161B";

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex.replace(' ', "")).unwrap()
    }

    fn statuses(input: &[u8]) -> Vec<Status> {
        decode_all(input, &Options { protocol: Some(Protocol::Dlms), ..Options::default() })
            .iter()
            .map(|m| m.status)
            .collect()
    }

    #[test]
    fn back_to_back_from_the_first_byte() {
        let one = bytes(POWER);
        assert_eq!(scan(&one, true), Scan::Frame { length: one.len(), trust: Trust::Structure });
        assert_eq!(statuses(&[&one[..], &one].concat()), [Status::Ok, Status::Ok]);
    }

    #[test]
    fn not_amid_other_bytes() {
        let one = bytes(POWER);
        assert_eq!(statuses(&[&[0xE6, 0xE7, 0x00], &one[..]].concat()), []);
        assert_eq!(statuses(&[&one[..], &[0x12, 0x34, 0x7E]].concat()), [Status::Malformed]);
    }

    #[test]
    fn cut_anywhere_is_never_ok() {
        let one = bytes(POWER);
        for cut in 0..one.len() {
            assert!(!statuses(&one[..cut]).contains(&Status::Ok), "{cut}");
            assert_eq!(scan(&one[..cut], false), Scan::More, "{cut}");
        }
    }
}
