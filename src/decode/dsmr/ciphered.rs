//! Ciphered P1: one general-glo-ciphering (or general-ded-ciphering) APDU around a telegram, with nothing outside to check it by.
//!
//! The telegram inside has its own CRC, so a wrong key is told from bad bytes by the tag (when the
//! authentication key is known) and by what the content looks like.

use super::codes::Codes;
use super::{judge, scan, telegram};
use crate::decode::Keys;
use crate::decode::crypt::{GeneralGlo, Header, Opener, ParsedGlo};
use crate::decode::dlms::apdu::{Channel, Engine, Link};
use crate::decode::dlms::cipher;
use crate::decode::message::{Message, ProblemCode, Protocol, Security, Status, TagState};
use crate::decode::scan::{Scan, Trust};
use crate::decode::stream::{self, Frame, Outcome};
use crate::decode::trace::Trace;

/// The security control bytes that occur: suite 0 or 1; encrypted, with or without a tag, or
/// authenticated only.
const CONTROLS: [u8; 6] = [0x10, 0x11, 0x20, 0x21, 0x30, 0x31];

/// Longer messages are not believed.
const LONGEST: usize = 16 * 1024;

/// Reads bare general-glo-ciphering and general-ded-ciphering APDUs.
#[derive(Debug)]
pub struct CipheredReader {
    opener: Option<Opener>,
    inside: Inside,
    /// System title and invocation counter of the message before.
    last: Option<([u8; 8], u32)>,
    /// For APDUs whose content is COSEM data instead of a telegram.
    engine: Engine,
    channel: Channel,
    /// Input offset behind the last message.
    end: u64,
}

impl stream::Reader for CipheredReader {
    const SERVES: &'static [Protocol] = &[Protocol::Dsmr, Protocol::Dlms];
    const STARTS: &'static [u8] = &[0xDB, 0xDC];

    fn new(keys: &Keys) -> Self {
        CipheredReader {
            opener: Opener::new(keys),
            inside: Inside::default(),
            last: None,
            engine: Engine::new(keys),
            channel: Channel::default(),
            end: 0,
        }
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        // An empty title would leave two bytes to recognise the message by.
        if buffer.get(1).is_some_and(|&length| length != 8) {
            return Scan::No;
        }
        let glo = match GeneralGlo::parse(buffer) {
            ParsedGlo::Header(glo) => glo,
            ParsedGlo::More if !end => return Scan::More,
            _ => return Scan::No,
        };
        // The shortest content worth sending is a telegram with one line.
        if !CONTROLS.contains(&glo.header.control) || glo.body.end > LONGEST || glo.body.len() < 32 {
            return Scan::No;
        }
        // The same title again before the end: this message was cut off, and another begins.
        let have = buffer.get(..glo.body.end).unwrap_or(buffer);
        if let (Some(start), Some(rest)) = (buffer.get(..10), have.get(glo.body.start..))
            && let Some(at) = memchr::memmem::find(rest, start)
        {
            return Scan::Frame { length: glo.body.start + at, trust: Trust::Truncated };
        }
        if have.len() == glo.body.end {
            match tail_begins(buffer, have.len()) {
                Tail::No => Scan::Frame { length: have.len(), trust: Trust::Structure },
                Tail::Perhaps if end => Scan::Frame { length: have.len(), trust: Trust::Structure },
                Tail::Perhaps => Scan::More,
                Tail::From(length) => Scan::Frame { length, trust: Trust::Truncated },
            }
        } else if end {
            Scan::Frame { length: have.len(), trust: Trust::Truncated }
        } else {
            Scan::More
        }
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let ParsedGlo::Header(glo) = GeneralGlo::parse(frame.bytes) else { return Outcome::Noise };
        let follows = frame.offset == self.end;
        self.end = frame.end();
        if self.holds_data(frame, &glo) {
            return self.data(frame, follows, out, trace);
        }
        let dedicated = frame.bytes.starts_with(&[0xDC]);
        let name = if dedicated { "general-ded-ciphering" } else { "general-glo-ciphering" };
        trace.open("ciphered APDU", frame.bytes);
        trace.note(0..1, "tag", || name.to_owned());
        note_header(&glo, 1, trace);
        let body = frame.bytes.get(glo.body.clone());
        security(&glo.header, out);
        match (body, &self.opener) {
            (Some(body), opener) if frame.trust != Trust::Truncated => {
                if let Some((title, counter)) = self.last
                    && title == glo.header.title
                    && counter >= glo.header.counter
                {
                    let now = glo.header.counter;
                    out.problem(
                        ProblemCode::Replay,
                        frame.offset,
                        format!(
                            "the invocation counter went from {counter} to {now}: the message is a repeat"
                        ),
                    );
                }
                self.last = Some((glo.header.title, glo.header.counter));
                note_body(&glo, trace);
                open(opener.as_ref(), &glo.header, body, frame.offset, &mut self.inside, out, trace);
            }
            _ => {
                out.status = Status::Truncated;
                let (said, have) = (glo.body.end, frame.bytes.len());
                out.problem(
                    ProblemCode::Truncated,
                    frame.end(),
                    format!("the APDU says it is {said} bytes long, and stops after {have}"),
                );
                trace.fault(glo.body.start.min(have)..have, "content", || "cut off".to_owned());
            }
        }
        trace.close();
        Outcome::Complete
    }
}

/// Whether the last bytes of a message are the first of the next: a byte or more was lost before them.
enum Tail {
    No,
    /// The buffer ends before that can be decided.
    Perhaps,
    /// The next message begins here.
    From(usize),
}

/// Looks for the start of the message in `buffer` across its end at `end`.
fn tail_begins(buffer: &[u8], end: usize) -> Tail {
    let Some(start) = buffer.get(..10) else { return Tail::No };
    for at in end.saturating_sub(start.len() - 1).max(start.len())..end {
        let Some(rest) = buffer.get(at..) else { break };
        if rest.starts_with(start) {
            return Tail::From(at);
        }
        if start.starts_with(rest) {
            return Tail::Perhaps;
        }
    }
    Tail::No
}

impl CipheredReader {
    /// True when the key opens the APDU and what it holds is COSEM data, not a telegram.
    fn holds_data(&mut self, frame: &Frame<'_>, glo: &GeneralGlo) -> bool {
        let (Some(opener), Some(body)) = (&self.opener, frame.bytes.get(glo.body.clone())) else {
            return false;
        };
        // The first blocks tell, and the cipher works block by block.
        let start = body.get(..body.len().min(48)).unwrap_or(body);
        let look = Header { control: 0x20, ..glo.header };
        if glo.header.encrypted() {
            opener.open(&look, start, &mut self.inside.plain);
        } else {
            self.inside.plain.clear();
            self.inside.plain.extend_from_slice(start);
        }
        cipher::plausible(&self.inside.plain)
    }

    /// Reads a bare APDU with COSEM data.
    fn data<T: Trace>(
        &mut self,
        frame: &Frame<'_>,
        follows: bool,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        out.protocol = Protocol::Dlms;
        let (start, end) = (frame.offset, frame.end());
        let link = Link { start, end, at: Some(start), checked: false, broken: false };
        let outcome = self.engine.read(&mut self.channel, frame.bytes, link, out, trace);
        let verified = out.security.as_ref().is_some_and(|s| s.tag == TagState::Verified);
        if !verified {
            out.problem(
                ProblemCode::NoChecksum,
                start,
                "a bare APDU whose tag is not checked: nothing vouches for its bytes",
            );
        }
        if out.status == Status::Ok && !follows {
            // Most likely what is left of a damaged frame.
            out.status = Status::Malformed;
            out.problem(
                ProblemCode::Malformed,
                start,
                "the bytes before it are no message: perhaps a frame around it is damaged",
            );
        }
        outcome
    }
}

/// What is kept from one ciphered telegram to the next.
#[derive(Debug, Default)]
struct Inside {
    /// The memory for the plaintext.
    plain: Vec<u8>,
    codes: Codes,
}

/// Reads what stands between the header and the CRC of a telegram whose body is ciphered.
#[derive(Debug)]
pub(super) struct Hybrid {
    opener: Option<Opener>,
    inside: Inside,
}

impl Hybrid {
    pub(super) fn new(keys: &Keys) -> Self {
        Hybrid { opener: Opener::new(keys), inside: Inside::default() }
    }

    /// False when the body is not ciphered.
    pub(super) fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> bool {
        let Some(body) = scan::ciphered_body(frame.bytes) else { return false };
        let rest = frame.bytes.get(body..).unwrap_or_default();
        let ParsedGlo::Header(glo) = GeneralGlo::parse_untagged(rest) else { return false };
        trace.open("P1 telegram with a ciphered body", frame.bytes);
        trace.note(0..body, "identification", || {
            telegram::printable(frame.bytes.get(..body).unwrap_or_default())
        });
        telegram::identification(frame.bytes, out);
        security(&glo.header, out);
        match rest.get(glo.body.clone()) {
            Some(content) if matches!(frame.trust, Trust::Checked) => {
                open(self.opener.as_ref(), &glo.header, content, frame.offset, &mut self.inside, out, trace);
            }
            Some(_) => {
                out.status = Status::BadChecksum;
                let at = frame.end().saturating_sub(4);
                out.problem(ProblemCode::BadChecksum, at, "the CRC around the ciphered body does not hold");
            }
            None => {
                out.status = Status::Truncated;
                out.problem(ProblemCode::Truncated, frame.end(), "the ciphered body is cut off");
            }
        }
        trace.close();
        true
    }
}

fn security(header: &Header, out: &mut Message) {
    out.security = Some(Security {
        ciphered: header.encrypted(),
        decrypted: false,
        system_title: Some(header.title),
        invocation_counter: Some(header.counter),
        tag: if header.authenticated() { TagState::Unverified } else { TagState::Absent },
    });
}

/// Opens the content, and reads it if the key fits.
fn open<T: Trace>(
    opener: Option<&Opener>,
    header: &Header,
    body: &[u8],
    offset: u64,
    inside: &mut Inside,
    out: &mut Message,
    trace: &mut T,
) {
    let Some(opener) = opener else {
        out.status = Status::Encrypted;
        out.problem(
            ProblemCode::KeyRequired,
            offset,
            "the message is ciphered and no encryption key was given",
        );
        return;
    };
    let Inside { plain, codes } = inside;
    let tag = opener.open(header, body, plain);
    let is_text = plain.first() == Some(&b'/') && plain.iter().take(200).all(u8::is_ascii);
    if let Some(security) = &mut out.security {
        security.tag = tag;
        security.decrypted = header.encrypted() && is_text;
    }
    if !is_text {
        out.status = Status::DecryptFailed;
        let (code, why) = match tag {
            TagState::Verified => {
                out.status = Status::Unsupported;
                if let Some(security) = &mut out.security {
                    security.decrypted = header.encrypted();
                }
                (ProblemCode::Unsupported, "the content is genuine, but no P1 telegram")
            }
            TagState::Failed => (
                ProblemCode::WrongKey,
                "neither content nor tag make sense: the encryption key is not this meter's, or bytes were lost or altered",
            ),
            _ => (
                ProblemCode::WrongKey,
                "the content makes no sense: the encryption key is not this meter's, or bytes were lost or altered",
            ),
        };
        out.problem(code, offset, why);
        return;
    }
    let text = telegram::Text { bytes: plain, offset, inner: true };
    let found = telegram::read(text, codes, out, trace);
    let trust = match scan::scan(plain, true) {
        Scan::Frame { trust, .. } => trust,
        _ => Trust::Truncated,
    };
    judge(&text, trust, found.damaged, out);
    if tag == TagState::Failed {
        // Genuine telegrams have a CRC inside: when it holds, it is the authentication key that is wrong.
        if out.status == Status::Ok {
            out.status = Status::DecryptFailed;
        }
        out.problem(
            ProblemCode::WrongAuthenticationKey,
            offset,
            "the content decrypts, but the tag does not hold: the authentication key is not this meter's, or bytes were altered",
        );
    }
}

fn note_header<T: Trace>(glo: &GeneralGlo, shift: usize, trace: &mut T) {
    let header = glo.header;
    trace.note(shift..glo.title.start, "length", || "of the system title".to_owned());
    trace.note(glo.title.clone(), "system title", || {
        let letters = header.title.get(..3).unwrap_or_default();
        format!("manufacturer {}", telegram::printable(letters))
    });
    trace.note(glo.length.clone(), "length", || format!("{} bytes follow", glo.body.end - glo.length.end));
    let control = glo.length.end;
    trace.note(control..control + 1, "security control", || {
        let what = match (header.encrypted(), header.authenticated()) {
            (true, true) => "encrypted and authenticated",
            (true, false) => "encrypted",
            (false, true) => "authenticated",
            (false, false) => "neither encrypted nor authenticated",
        };
        format!("{what}, suite {}", header.control & 0x0F)
    });
    trace.note(control + 1..control + 5, "invocation counter", || header.counter.to_string());
}

fn note_body<T: Trace>(glo: &GeneralGlo, trace: &mut T) {
    let tag = if glo.header.authenticated() { crate::decode::crypt::TAG } else { 0 };
    let tag_at = glo.body.end - tag;
    trace.note(glo.body.start..tag_at, "content", || format!("{} bytes", tag_at - glo.body.start));
    if tag > 0 {
        trace.note(tag_at..glo.body.end, "tag", || "96 bits".to_owned());
    }
}
