//! DLMS/COSEM on the M-Bus transport layer (EN 13757-3 CI 00–1F, EN 13757-1 annex; the customer
//! interfaces of Austria): what the gateway calls "M-Bus transparent".
//!
//! ```text
//! 68 | L | L | 68 | C | A | CI | STSAP | DTSAP | part of an APDU … | checksum | 16
//! CI = 000 | FIN | segment number (4 bits)          checksum = sum of C … APDU, modulo 256
//! ```
//! STSAP 01 (the meter) and DTSAP 67 (the customer port's client) tell these frames from an ordinary
//! M-Bus readout.  L counts from C to before the checksum and is one byte; Sagemcom T210-D sends
//! `68 01 01 68` before 257 bytes: L is then 256 too small, which no real frame could be.

use super::dlms::apdu::{Channel, Engine, Link};
use super::scan::{Scan, Trust};
use super::stream::{self, Frame, Outcome};
use super::trace::Trace;
use super::{Keys, Message, ProblemCode, Protocol, Status};

/// Bytes from the first 68 to before the APDU.
const HEAD: usize = 9;
/// Shortest L: C, A, CI, STSAP, DTSAP and a byte.
const SHORTEST: usize = 6;
/// Longest message that is put together from segments.
const LONGEST: usize = 1 << 14;
const MOST_SESSIONS: usize = 16;

/// The real length behind an L field: what is too short for its own header has overflowed.
pub const fn length_of(field: u8) -> usize {
    let length = field as usize;
    if length < SHORTEST { length + 256 } else { length }
}

/// Reads DLMS on the M-Bus transport layer.
#[derive(Debug)]
pub struct Reader {
    engine: Engine,
    sessions: Vec<Session>,
}

#[derive(Debug, Default)]
struct Session {
    key: [u8; 3],
    data: Vec<u8>,
    active: bool,
    next: u8,
    gap: Option<(u8, u8)>,
    start: u64,
    end: u64,
    checked: bool,
    broken: bool,
    channel: Channel,
}

impl Session {
    fn link(&self) -> Link {
        Link { start: self.start, end: self.end, at: None, checked: self.checked, broken: self.broken }
    }
}

/// The length of a frame with both frame bytes, when its header is this transport's.
fn frame_length(buffer: &[u8]) -> Option<usize> {
    match *buffer.first_chunk::<HEAD>()? {
        [0x68, l, again, 0x68, _, _, ci, 0x01, 0x67] if l == again && ci & 0xE0 == 0 => {
            Some(length_of(l) + 6)
        }
        _ => None,
    }
}

/// Looks for a frame at the first byte.
pub fn scan(buffer: &[u8], end: bool) -> Scan {
    let expected = [Some(0x68), None, None, Some(0x68), None, None, None, Some(0x01), Some(0x67)];
    for (byte, want) in buffer.iter().zip(expected) {
        if want.is_some_and(|want| want != *byte) {
            return Scan::No;
        }
    }
    if buffer.len() < HEAD {
        return if end { Scan::No } else { Scan::More };
    }
    let Some(length) = frame_length(buffer) else { return Scan::No };
    let Some(frame) = buffer.get(..length) else {
        return if end { Scan::Frame { length: buffer.len(), trust: Trust::Truncated } } else { Scan::More };
    };
    let good =
        matches!(sums(frame), Some((computed, sent)) if computed == sent) && frame.last() == Some(&0x16);
    Scan::Frame { length, trust: if good { Trust::Checked } else { Trust::Broken } }
}

/// Checksum as computed and as sent, of a whole frame.
fn sums(frame: &[u8]) -> Option<(u8, u8)> {
    let end = frame.len().checked_sub(2)?;
    let sum = frame.get(4..end)?.iter().fold(0u8, |sum, &b| sum.wrapping_add(b));
    Some((sum, *frame.get(end)?))
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Mbtr];
    const STARTS: &'static [u8] = &[0x68];

    fn new(keys: &Keys) -> Self {
        Reader { engine: Engine::new(keys), sessions: Vec::new() }
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        scan(buffer, end)
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let Some(&[_, l, _, _, c, a, ci, stsap, dtsap]) = frame.bytes.first_chunk::<HEAD>() else {
            return Outcome::Noise;
        };
        let whole = frame.bytes.len() == length_of(l) + 6;
        let part = frame
            .bytes
            .get(HEAD..if whole { frame.bytes.len() - 2 } else { frame.bytes.len() })
            .unwrap_or_default();
        let (number, last) = (ci & 0x0F, ci & 0x10 != 0);
        trace.open("M-Bus long frame, DLMS transport", frame.bytes);
        trace.note(0..1, "start", || "long frame".into());
        trace.note(1..3, "length", || {
            let length = length_of(l);
            if usize::from(l) == length {
                format!("{length} bytes")
            } else {
                format!("{length} bytes: the field of one byte has overflowed")
            }
        });
        trace.note(3..4, "start", || "again".into());
        trace.note(4..5, "control", || format!("{c:02X}"));
        trace.note(5..6, "address", || if a == 0xFF { "broadcast".into() } else { a.to_string() });
        trace.note(6..7, "CI", || {
            format!("transport, segment {number}{}", if last { ", the last" } else { "" })
        });
        trace.note(7..9, "STSAP and DTSAP", || "from the meter to the customer port".into());
        trace.note(HEAD..HEAD + part.len(), "content", || "part of an APDU".into());
        if whole {
            let at = frame.bytes.len() - 2;
            match sums(frame.bytes) {
                Some((computed, sent)) if computed == sent => {
                    trace.note(at..at + 1, "checksum", || "holds".into())
                }
                _ => trace.fault(at..at + 1, "checksum", || "does not hold".into()),
            }
            trace.note(at + 1..at + 2, "stop", || "end of the frame".into());
        }
        let segment = Segment {
            key: [a, stsap, dtsap],
            number,
            last,
            part,
            whole,
            overflow: usize::from(l) != length_of(l),
        };
        let outcome = self.segment(frame, segment, out, trace);
        trace.close();
        outcome
    }

    fn flush<T: Trace>(&mut self, out: &mut Message, trace: &mut T) -> bool {
        let Reader { engine, sessions } = self;
        for session in sessions {
            if session.active {
                give_up(engine, session, out, trace);
                return true;
            }
            if session.channel.flush(out) {
                return true;
            }
        }
        false
    }
}

struct Segment<'a> {
    key: [u8; 3],
    number: u8,
    last: bool,
    part: &'a [u8],
    whole: bool,
    overflow: bool,
}

impl Reader {
    fn segment<T: Trace>(
        &mut self,
        frame: &Frame<'_>,
        segment: Segment<'_>,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let Segment { key, number, last, part, whole, overflow } = segment;
        let index = match self.sessions.iter().position(|s| s.key == key) {
            Some(index) => index,
            None => {
                if self.sessions.len() >= MOST_SESSIONS {
                    self.sessions.remove(0);
                }
                self.sessions.push(Session { key, ..Session::default() });
                self.sessions.len() - 1
            }
        };
        let Reader { engine, sessions } = self;
        let session = &mut sessions[index];
        if number == 0 && session.active && session.next != 0 {
            give_up(engine, session, out, trace);
            return Outcome::Again;
        }
        let checked = frame.trust == Trust::Checked;
        let broken = frame.trust == Trust::Broken;
        if !session.active {
            session.data.clear();
            (session.active, session.next, session.gap) = (true, 0, None);
            (session.start, session.checked, session.broken) = (frame.offset, true, false);
        }
        if number != session.next {
            session.gap.get_or_insert((session.next, number));
        }
        session.next = (number + 1) & 0x0F;
        if session.data.len() + part.len() <= LONGEST {
            session.data.extend_from_slice(part);
        }
        session.end = frame.end();
        session.checked &= checked;
        session.broken |= broken;
        if overflow && checked && last {
            note_overflow(frame, out);
        }
        if whole && !last {
            return Outcome::Pending;
        }
        let link = session.link();
        (out.offset, out.length) = (link.start, link.end - link.start);
        session.active = false;
        if broken || link.broken {
            out.status = Status::BadChecksum;
            let at = frame.end().saturating_sub(2);
            let message = match sums(frame.bytes) {
                Some((computed, sent)) if computed != sent => {
                    format!(
                        "the frame's checksum is {sent:02X}, its bytes give {computed:02X}: bytes were lost or altered"
                    )
                }
                _ => "a frame of this message is damaged".to_owned(),
            };
            out.problem(ProblemCode::BadChecksum, at, message);
        }
        if !whole {
            out.status = Status::Truncated;
            out.problem(ProblemCode::Truncated, frame.end(), "the frame stops before its length is reached");
        }
        if let Some((expected, got)) = session.gap {
            if out.status == Status::Ok {
                out.status = Status::Malformed;
            }
            out.problem(
                ProblemCode::Sequence,
                link.start,
                format!(
                    "segment {got} came where segment {expected} was due: the message is not put together"
                ),
            );
            return Outcome::Complete;
        }
        let data = std::mem::take(&mut session.data);
        let outcome = engine.read(&mut session.channel, &data, link, out, trace);
        session.data = data;
        outcome
    }
}

fn note_overflow(frame: &Frame<'_>, out: &mut Message) {
    out.problem(
        ProblemCode::Quirk,
        frame.offset + 1,
        "the length field of one byte has overflowed (a habit of Sagemcom T210-D); read as 256 more",
    );
}

/// Gives out what there is of a message whose last segment did not come.
fn give_up<T: Trace>(engine: &mut Engine, session: &mut Session, out: &mut Message, trace: &mut T) {
    let link = session.link();
    (out.offset, out.length) = (link.start, link.end - link.start);
    out.status = Status::Truncated;
    out.problem(ProblemCode::Truncated, link.end, "the last segments of the message did not come");
    session.active = false;
    if session.gap.is_none() {
        let data = std::mem::take(&mut session.data);
        engine.read(&mut Channel::default(), &data, Link { checked: false, ..link }, out, trace);
        session.data = data;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(ci: u8, part: &[u8]) -> Vec<u8> {
        let l = (part.len() + 5) as u8;
        let mut out = vec![0x68, l, l, 0x68, 0x53, 0xFF, ci, 0x01, 0x67];
        out.extend(part);
        let sum = out[4..].iter().fold(0u8, |s, &b| s.wrapping_add(b));
        out.extend([sum, 0x16]);
        out
    }

    #[test]
    fn an_overflown_length() {
        let bytes = frame(0, &[0x5A; 252]);
        assert_eq!(bytes[1], 1, "257 bytes in a field of one byte");
        assert_eq!(scan(&bytes, false), Scan::Frame { length: bytes.len(), trust: Trust::Checked });
        assert_eq!(length_of(5), 261);
        assert_eq!(length_of(6), 6);
    }

    #[test]
    fn an_ordinary_readout_is_not_this() {
        // CI 72 with a long header; CI 00 without the two service access points.
        assert_eq!(scan(&[0x68, 0x1F, 0x1F, 0x68, 0x08, 0x02, 0x72, 0x58, 0x28], false), Scan::No);
        assert_eq!(scan(&[0x68, 0x1F, 0x1F, 0x68, 0x08, 0x02, 0x72, 0x01, 0x67], false), Scan::No);
        assert_eq!(scan(&[0x68, 0x1F, 0x1F, 0x68, 0x53, 0xFF, 0x00, 0x02, 0x67], false), Scan::No);
    }

    #[test]
    fn cut_anywhere_and_any_flipped_bit() {
        let bytes = frame(0x10, b"\x0F some content of a message");
        for cut in 0..bytes.len() {
            assert_eq!(scan(&bytes[..cut], false), Scan::More);
            assert!(!matches!(scan(&bytes[..cut], true), Scan::Frame { trust: Trust::Checked, .. }));
        }
        for bit in 0..bytes.len() * 8 {
            let mut bad = bytes.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(scan(&bad, true), Scan::Frame { trust: Trust::Checked, .. }), "bit {bit}");
        }
    }
}
