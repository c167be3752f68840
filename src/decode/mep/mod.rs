//! MEP, the Multipurpose Expansion Port of NES/Echelon meters (OSGP).
//!
//! ```text
//! length 2 | command …  sequence 4 | digest 8       request
//! length 2 | code, data …          | digest 8       answer
//! 00 00                                             alert: the meter wants to be asked
//! ```
//! The length counts what follows it.  There is neither a start byte nor a checksum: the digest, made with the meter's key,
//! vouches for a packet, and an answer's digest also covers its request.  An answer names neither table nor offset, so
//! it is understood through the request before it.  Both may be encrypted (RC4), or go through TLS.
//!
//! Without a key, a packet is recognised by its structure alone: a known command whose length is as it says, an answer that
//! fits the request before it.
//!
//! Source: OSGP Alliance, "OSGP Meter Customer Interface Development Guide (MEP Interface)", 078-0372-01, version 1.1.

mod content;
pub mod crypt;
pub mod packet;
pub mod tables;

use super::message::{ProblemCode, Security};
use super::scan::{Scan, Trust};
use super::stream::{self, Frame, Outcome};
use super::trace::Trace;
use super::{Direction, Key, Keys, Message, Protocol, Status, TagState};
use content::{Knowledge, Part};
use crypt::{DIGEST, Rc4, SessionKey};
use packet::{Answer, Command, MAX_PACKET};
use std::cell::RefCell;

pub use tables::{name, named};

/// Bytes of the length field.
const LENGTH: usize = 2;

/// What MEP keeps between packets.
#[derive(Debug)]
pub struct Reader {
    key: Option<Key>,
    session_key: Option<SessionKey>,
    /// The request that the next answer belongs to.
    pending: Option<Pending>,
    knowledge: Knowledge,
    /// Where the last packet ended: an alert is one only directly behind a packet.
    last_end: Option<u64>,
    /// A digest held under the key: a later one that does not, means damage.
    key_fits: bool,
    /// An encrypted body in the clear.
    clear: Vec<u8>,
    /// The digest counted last: it changes nothing but the time it takes.
    counted: RefCell<crypt::Memory>,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Pending {
    /// Command and sequence number, in the clear.
    body: Vec<u8>,
    /// Where the cipher stands behind the request, if it was encrypted.
    cipher: Option<Rc4>,
}

/// What a packet turns out to be.
#[derive(Debug)]
enum Kind {
    Request,
    Answer,
    /// An answer whose request was not heard.
    Orphan,
    /// A TLS record, to the meter or from it.
    Tls(Direction),
}

/// A packet that was recognised.
#[derive(Debug)]
struct Judged {
    kind: Kind,
    tag: TagState,
    /// Where the cipher stands behind it; its body in the clear went to the buffer given.
    cipher: Option<Rc4>,
}

impl Judged {
    fn trust(&self) -> Trust {
        match self.tag {
            TagState::Verified => Trust::Checked,
            TagState::Failed => Trust::Broken,
            TagState::Unverified | TagState::Absent => Trust::Structure,
        }
    }
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Mep];
    // The high byte of a length of at most 476.
    const STARTS: &'static [u8] = &[0, 1];

    fn new(keys: &Keys) -> Self {
        Reader {
            key: keys.encryption,
            session_key: keys.encryption.as_ref().map(SessionKey::new),
            pending: None,
            knowledge: Knowledge::default(),
            last_end: None,
            key_fits: false,
            clear: Vec::new(),
            counted: RefCell::default(),
        }
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        let Some((length, rest)) = buffer.split_first_chunk::<LENGTH>() else {
            return if end { Scan::No } else { Scan::More };
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if length == 0 {
            let trust = Trust::Structure;
            return if self.last_end.is_some() { Scan::Frame { length: LENGTH, trust } } else { Scan::No };
        }
        if length > MAX_PACKET {
            return Scan::No;
        }
        match rest.split_at_checked(length) {
            Some((packet, after)) => match self.judge(packet, &mut Vec::new()) {
                Some(judged) => Scan::Frame { length: LENGTH + length, trust: judged.trust() },
                None => self.scan_orphan(packet, after, end),
            },
            None if !self.may_begin(length, rest) => Scan::No,
            None if !end => Scan::More,
            None if self.surely_begins(length, rest) => {
                Scan::Frame { length: buffer.len(), trust: Trust::Truncated }
            }
            None => Scan::No,
        }
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let Some((length, packet)) = frame.bytes.split_first_chunk::<LENGTH>() else { return Outcome::Noise };
        if packet.is_empty() {
            if self.last_end != Some(frame.offset) {
                return Outcome::Noise;
            }
            alert(frame, out, trace);
            self.last_end = Some(frame.end());
            return Outcome::Complete;
        }
        let length = usize::from(u16::from_be_bytes(*length));
        let mut clear = std::mem::take(&mut self.clear);
        let outcome = if packet.len() < length {
            self.truncated(frame, packet, length, out, trace);
            Outcome::Complete
        } else {
            match self.judge(packet, &mut clear) {
                // What follows the request by some way must have a digest that holds.
                Some(Judged { kind: Kind::Answer, tag, .. })
                    if tag != TagState::Verified && frame.gap > 0 && self.key.is_some() =>
                {
                    Outcome::Noise
                }
                Some(judged) => {
                    self.whole(frame, packet, &clear, judged, out, trace);
                    Outcome::Complete
                }
                None => {
                    let orphan = Judged { kind: Kind::Orphan, tag: TagState::Unverified, cipher: None };
                    self.whole(frame, packet, &clear, orphan, out, trace);
                    Outcome::Complete
                }
            }
        };
        self.clear = clear;
        if outcome == Outcome::Complete {
            self.last_end = Some(frame.end());
        }
        outcome
    }
}

/// Recognising packets.
impl Reader {
    /// What a packet (without its length) is; `clear` gets an encrypted body in the clear.
    fn judge(&self, packet: &[u8], clear: &mut Vec<u8>) -> Option<Judged> {
        self.judge_answer(packet, clear).or_else(|| self.judge_request(packet, clear)).or_else(|| {
            tls(packet).map(|d| Judged { kind: Kind::Tls(d), tag: TagState::Unverified, cipher: None })
        })
    }

    fn tag(&self, parts: &[&[u8]], sent: &[u8; DIGEST]) -> TagState {
        match &self.key {
            None => TagState::Unverified,
            Some(key) if self.counted.borrow_mut().digest(key, parts) == *sent => TagState::Verified,
            Some(_) => TagState::Failed,
        }
    }

    fn judge_answer(&self, packet: &[u8], clear: &mut Vec<u8>) -> Option<Judged> {
        let pending = self.pending.as_ref()?;
        let (command, _) = Command::request(&pending.body)?;
        let judged = |tag, cipher| Judged { kind: Kind::Answer, tag, cipher };
        let Some((body, sent)) = packet.split_last_chunk::<DIGEST>().filter(|(body, _)| !body.is_empty())
        else {
            // Whether a refusal always has a digest is not documented beyond doubt.
            let refused =
                matches!(Answer::parse(packet, &command)?, Answer::Refused(_) | Answer::Sequence(_));
            return refused.then(|| judged(TagState::Absent, None));
        };
        let plain =
            Answer::parse(body, &command).map(|_| judged(self.tag(&[&pending.body, body], sent), None));
        let Some(cipher) = &pending.cipher else { return plain };
        let mut cipher = cipher.clone();
        clear.clear();
        clear.extend_from_slice(body);
        cipher.apply(clear);
        let ciphered = Answer::parse(clear, &command)
            .map(|_| judged(self.tag(&[&pending.body, clear], sent), Some(cipher)));
        match (plain, ciphered) {
            // A meter that could not check the digest could not decrypt either, and answers in the clear.
            (Some(plain), _) if plain.tag == TagState::Verified || body == [0x0B] => Some(plain),
            (_, ciphered) => ciphered,
        }
    }

    fn judge_request(&self, packet: &[u8], clear: &mut Vec<u8>) -> Option<Judged> {
        let (body, sent) = packet.split_last_chunk::<DIGEST>()?;
        let judged = |tag, cipher| Judged { kind: Kind::Request, tag, cipher };
        let plain = Command::request(body).map(|_| judged(self.tag(&[body], sent), None));
        if plain.as_ref().is_some_and(|p| p.tag != TagState::Failed) || !self.may_be_ciphered(packet.len()) {
            return plain;
        }
        let Some(session_key) = &self.session_key else { return plain };
        let mut cipher = session_key.packet(sent);
        clear.clear();
        clear.extend_from_slice(body);
        cipher.apply(clear);
        let ciphered = Command::request(clear).map(|_| judged(self.tag(&[clear], sent), Some(cipher)));
        if ciphered.as_ref().is_some_and(|c| c.tag == TagState::Verified) {
            ciphered
        } else {
            plain.or(ciphered)
        }
    }

    /// A packet of this length may be an encrypted request: a read, or anything once MEP was heard.
    fn may_be_ciphered(&self, length: usize) -> bool {
        self.session_key.is_some()
            && (matches!(length, 15 | 17 | 20) || self.last_end.is_some() && length >= 15)
    }

    /// An answer without its request is taken for one only when MEP was heard before, or a request follows directly.
    fn scan_orphan(&self, packet: &[u8], after: &[u8], end: bool) -> Scan {
        if !orphan_may_begin(packet.len(), packet) || packet.len() < 3 {
            return Scan::No;
        }
        let frame = Scan::Frame { length: LENGTH + packet.len(), trust: Trust::Structure };
        if self.last_end.is_some() {
            return frame;
        }
        match after {
            [high, low, head @ ..] if head.len() >= 3 => {
                let length = usize::from(u16::from_be_bytes([*high, *low]));
                if length <= MAX_PACKET && packet::request_may_begin(length, head) { frame } else { Scan::No }
            }
            _ if end => Scan::No,
            _ => Scan::More,
        }
    }

    /// A packet of `length` bytes may begin like this.
    fn may_begin(&self, length: usize, head: &[u8]) -> bool {
        packet::request_may_begin(length, head)
            || self.answer_may_begin(length, head)
            || self.may_be_ciphered(length)
            || tls_may_begin(length, head)
            || orphan_may_begin(length, head)
    }

    /// As [`Reader::may_begin`], with so much agreement that it is no chance.
    fn surely_begins(&self, length: usize, head: &[u8]) -> bool {
        let ciphered = self.pending.as_ref().is_some_and(|p| p.cipher.is_some());
        match head {
            [packet::READ | packet::READ_PART, _, _, ..] => packet::request_may_begin(length, head),
            [packet::WRITE, _, _, _, _, ..] | [packet::WRITE_PART, _, _, _, _, _, _, _, ..] => {
                packet::request_may_begin(length, head)
            }
            [0, _, _, ..] => !ciphered && self.answer_may_begin(length, head),
            _ => false,
        }
    }

    fn answer_may_begin(&self, length: usize, head: &[u8]) -> bool {
        let Some(pending) = &self.pending else { return false };
        let write = matches!(Command::request(&pending.body), Some((Command::Write { .. }, _)));
        match head {
            [] => true,
            _ if pending.cipher.is_some() => true,
            [0, ..] if write => length == 1 + DIGEST,
            [0, ..] => orphan_may_begin(length, head),
            [0x0C, ..] => length == 5 + DIGEST || length == 5,
            [code, ..] => packet::refusal(*code).is_some() && (length == 1 + DIGEST || length == 1),
        }
    }
}

/// The beginning of an answer with data: code 00 and a count that agrees with the length.
fn orphan_may_begin(length: usize, head: &[u8]) -> bool {
    let Some(count) = length.checked_sub(3 + DIGEST).filter(|count| *count > 0) else { return false };
    let [high, low] = (count as u16).to_be_bytes();
    let expected = [0, high, low];
    head.iter().zip(expected).all(|(have, want)| *have == want)
}

/// A packet of a TLS session: its code, then a TLS record (RFC 5246, section 6.2) as long as it says.
fn tls(packet: &[u8]) -> Option<Direction> {
    let direction = match packet.first()? {
        0x58 | 0x59 | 0x80 => Direction::Request,
        0x00 | 0x01 | 0x03 => Direction::Response,
        _ => return None,
    };
    (packet.len() >= 6 && tls_may_begin(packet.len(), packet)).then_some(direction)
}

fn tls_may_begin(length: usize, head: &[u8]) -> bool {
    let Some(record) = length.checked_sub(6) else { return false };
    let [high, low] = (record as u16).to_be_bytes();
    head.iter().enumerate().take(6).all(|(at, &byte)| match at {
        0 => matches!(byte, 0x00 | 0x01 | 0x03 | 0x58 | 0x59 | 0x80),
        1 => matches!(byte, 20..=23),
        2 => byte == 3,
        3 => matches!(byte, 1..=4),
        4 => byte == high,
        _ => byte == low,
    })
}

fn alert<T: Trace>(frame: &Frame<'_>, out: &mut Message, trace: &mut T) {
    out.direction = Some(Direction::Response);
    out.problem(ProblemCode::MeterError, frame.offset, "the meter signals an alert; its flags are in ET13");
    trace.open("MEP alert", frame.bytes);
    trace.note(0..LENGTH, "length", || "0: no packet, an alert of the meter".to_owned());
    trace.close();
}

/// Reading packets.
impl Reader {
    /// A packet of which the end is missing.
    fn truncated<T: Trace>(
        &mut self,
        frame: &Frame<'_>,
        packet: &[u8],
        length: usize,
        out: &mut Message,
        trace: &mut T,
    ) {
        out.status = Status::Truncated;
        out.problem(
            ProblemCode::Truncated,
            frame.end(),
            format!("the packet has {length} bytes behind its length, {} are there", packet.len()),
        );
        trace.open("MEP packet", frame.bytes);
        note_length(length, trace);
        let answers = packet.first() == Some(&0);
        out.direction = Some(if answers { Direction::Response } else { Direction::Request });
        let pending = self.pending.take();
        let command = pending.as_ref().and_then(|p| Command::request(&p.body)).map(|(c, _)| c);
        // What is there of the table is shown, under a status that does not vouch for it.
        let whole = length.saturating_sub(DIGEST).min(packet.len());
        match (command, packet.get(3..whole)) {
            (Some(command), Some(data)) if answers => {
                trace.note(LENGTH..LENGTH + 3, "answer", || format!("done: {}", content::describe(&command)));
                let at = LENGTH + 3;
                let part = Part::new(&command, data, at, frame.offset + at as u64);
                content::read(
                    &part,
                    &mut Knowledge { layout: self.knowledge.layout, ..Knowledge::default() },
                    out,
                    trace,
                );
                if packet.len() > whole {
                    trace.fault(LENGTH + whole..frame.bytes.len(), "digest", || "cut off".to_owned());
                }
            }
            _ if packet.is_empty() => {}
            _ => trace.fault(LENGTH..frame.bytes.len(), "content", || "cut off".to_owned()),
        }
        trace.close();
    }

    fn whole<T: Trace>(
        &mut self,
        frame: &Frame<'_>,
        packet: &[u8],
        clear: &[u8],
        judged: Judged,
        out: &mut Message,
        trace: &mut T,
    ) {
        let Judged { kind, tag, cipher } = judged;
        let ciphered = cipher.is_some() || matches!(kind, Kind::Tls(_));
        out.security = Some(Security {
            ciphered,
            decrypted: cipher.is_some(),
            system_title: None,
            invocation_counter: None,
            tag,
        });
        trace.open("MEP packet", frame.bytes);
        note_length(packet.len(), trace);
        if let Kind::Tls(direction) = kind {
            out.direction = Some(direction);
            tls_content(frame, packet, out, trace);
            trace.close();
            return;
        }
        let body = match (tag, packet.split_last_chunk::<DIGEST>()) {
            (TagState::Absent, _) | (_, None) => packet,
            (_, Some((body, _))) => body,
        };
        let end = LENGTH + body.len();
        self.judge_tag(frame, tag, end, out);
        // The content is explained in place, or in a layer of its own once it is in the clear.
        let (content, base) = if cipher.is_some() {
            trace.note(LENGTH..end, "encrypted", || "command or answer, encrypted with RC4".to_owned());
            trace.open("content in the clear", clear);
            (clear, 0)
        } else {
            (body, LENGTH)
        };
        let input = frame.offset + LENGTH as u64;
        match kind {
            Kind::Request => {
                out.direction = Some(Direction::Request);
                self.request(content, base, input, out, trace);
                self.pending = Some(Pending { body: content.to_vec(), cipher: cipher.clone() });
            }
            _ => {
                out.direction = Some(Direction::Response);
                let pending = self.pending.take().filter(|_| matches!(kind, Kind::Answer));
                self.answer(content, pending.as_ref(), base, input, out, trace);
            }
        }
        if cipher.is_some() {
            trace.close();
        }
        let bytes = end..frame.bytes.len();
        match tag {
            TagState::Absent => {}
            TagState::Failed => {
                trace.fault(bytes, "digest", || "does not hold under the key given".to_owned());
            }
            TagState::Verified => trace.note(bytes, "digest", || "holds under the key given".to_owned()),
            TagState::Unverified => {
                trace.note(bytes, "digest", || "not checked: no key was given".to_owned())
            }
        }
        trace.close();
    }

    /// What the digest says about the message as a whole.
    fn judge_tag(&mut self, frame: &Frame<'_>, tag: TagState, at: usize, out: &mut Message) {
        let offset = frame.offset + at as u64;
        match tag {
            TagState::Verified => self.key_fits = true,
            TagState::Failed if self.key_fits => {
                out.status = Status::BadChecksum;
                out.problem(
                    ProblemCode::BadChecksum,
                    offset,
                    "the digest does not hold, though the key fits other packets: bytes were altered on the way",
                );
            }
            TagState::Failed => {
                out.status = Status::DecryptFailed;
                out.problem(
                    ProblemCode::WrongKey,
                    offset,
                    "the digest does not hold under the key given: it is another meter's, or bytes were altered on the way",
                );
            }
            TagState::Unverified | TagState::Absent => {}
        }
    }

    fn request<T: Trace>(&mut self, body: &[u8], base: usize, input: u64, out: &mut Message, trace: &mut T) {
        let Some((command, sequence)) = Command::request(body) else { return };
        let table = || format!("{} ({:04X})", packet::table_name(command.table()), command.table());
        let code = body.first().copied().unwrap_or_default();
        trace.note(base..base + 1, "command", || {
            let what = match code {
                packet::READ => "read a table",
                packet::READ_PART => "read a part of a table",
                packet::WRITE => "write a table",
                _ => "write a part of a table",
            };
            format!("{code:02X}: {what}")
        });
        trace.note(base + 1..base + 3, "table", table);
        let header = match command {
            Command::Read { limit: None, .. } => 3,
            Command::Read { limit: Some(most), .. } => {
                trace.note(base + 3..base + 5, "limit", || format!("at most {most} bytes"));
                5
            }
            Command::ReadPart { offset, count, .. } => {
                trace.note(base + 3..base + 6, "offset", || offset.to_string());
                trace.note(base + 6..base + 8, "count", || format!("{count} bytes"));
                8
            }
            Command::Write { offset, data, header, .. } => {
                if header == 8 {
                    trace.note(base + 3..base + 6, "offset", || offset.to_string());
                }
                trace.note(base + header - 2..base + header, "count", || format!("{} bytes", data.len()));
                let at = base + header;
                content::write(&command, at, input + header as u64, &mut self.knowledge, out, trace);
                header + data.len()
            }
        };
        trace.note(base + header..base + header + packet::SEQUENCE, "sequence", || {
            format!("number {sequence:08X}")
        });
    }

    fn answer<T: Trace>(
        &mut self,
        body: &[u8],
        pending: Option<&Pending>,
        base: usize,
        input: u64,
        out: &mut Message,
        trace: &mut T,
    ) {
        let command = pending.and_then(|p| Command::request(&p.body)).map(|(command, _)| command);
        let Some(command) = command else {
            out.status = Status::Truncated;
            out.problem(
                ProblemCode::Sequence,
                input,
                "an answer without its request: which table its bytes are from is not known",
            );
            trace.note(base..base + body.len(), "answer", || "to a request that was not heard".to_owned());
            return;
        };
        match Answer::parse(body, &command) {
            Some(Answer::Data(data)) => {
                trace.note(base..base + 1, "code", || format!("00: done: {}", content::describe(&command)));
                trace.note(base + 1..base + 3, "count", || format!("{} bytes", data.len()));
                let part = Part::new(&command, data, base + 3, input + 3);
                if out.status == Status::Ok {
                    content::read(&part, &mut self.knowledge, out, trace);
                } else {
                    // Nothing is learnt from bytes that nothing vouches for.
                    let mut knowledge = Knowledge { layout: self.knowledge.layout, ..Knowledge::default() };
                    content::read(&part, &mut knowledge, out, trace);
                }
            }
            Some(Answer::Written) => {
                trace.note(base..base + body.len(), "code", || {
                    format!("00: done: {}", content::describe(&command))
                });
            }
            Some(Answer::Refused(code)) => {
                let why = packet::refusal(code).unwrap_or_default();
                trace.note(base..base + body.len(), "code", || format!("{code:02X}: refused: {why}"));
                out.problem(
                    ProblemCode::MeterError,
                    input,
                    format!("the meter refused to {}: {why}", content::describe(&command)),
                );
            }
            Some(Answer::Sequence(present)) => {
                trace.note(base..base + 1, "code", || "0C: refused: wrong sequence number".to_owned());
                trace.note(base + 1..base + body.len(), "sequence", || {
                    format!("the present one is {present:08X}")
                });
                out.problem(
                    ProblemCode::MeterError,
                    input,
                    format!(
                        "the meter refused the sequence number; the next request needs {:08X}",
                        present.wrapping_add(1)
                    ),
                );
            }
            None => trace.fault(base..base + body.len(), "answer", || "not understood".to_owned()),
        }
    }
}

fn note_length<T: Trace>(length: usize, trace: &mut T) {
    trace.note(0..LENGTH, "length", || format!("{length} bytes follow"));
}

fn tls_content<T: Trace>(frame: &Frame<'_>, packet: &[u8], out: &mut Message, trace: &mut T) {
    out.status = Status::Encrypted;
    out.problem(
        ProblemCode::KeyRequired,
        frame.offset + LENGTH as u64,
        "a TLS session: its keys are agreed anew each time, so a recording cannot be decrypted",
    );
    trace.note(LENGTH..LENGTH + 1, "code", || match packet.first() {
        Some(0x58) => "58: TLS handshake begins".to_owned(),
        Some(0x59) => "59: TLS handshake goes on".to_owned(),
        Some(0x80) => "80: table request in TLS".to_owned(),
        Some(0x00) => "00: done".to_owned(),
        Some(0x01) => "01: TLS error".to_owned(),
        _ => "03: the meter does not accept the identity".to_owned(),
    });
    trace.note(LENGTH + 1..LENGTH + 6, "TLS record", || {
        format!("{} bytes, encrypted", packet.len().saturating_sub(6))
    });
    if packet.len() > 6 {
        trace.note(LENGTH + 6..frame.bytes.len(), "ciphertext", || {
            "cannot be decrypted from a recording".to_owned()
        });
    }
}

#[cfg(test)]
mod tests;
