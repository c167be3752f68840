//! DLMS/COSEM in HDLC frames: one session for each pair of addresses, so that two meters on a line do
//! not mix their segments.

pub mod frame;

use super::dlms::apdu::{Channel, Engine, Link, NotificationHead, Request};
use super::scan::{Scan, Trust};
use super::stream::{self, Frame, Outcome};
use super::trace::Trace;
use super::{Keys, Message, ProblemCode, Protocol, Status};
use crate::decode::crypt::{GeneralGlo, ParsedGlo};
use crate::decode::dlms::date_time;
use frame::{FLAG, Head, LLC, LLC_COMMAND, ParsedHead};

/// Sessions that are kept; the one that was silent for longest makes room.
const MOST_SESSIONS: usize = 16;
/// Longest message that is put together from segments.
const LONGEST: usize = 1 << 16;

/// Reads HDLC frames.
#[derive(Debug)]
pub struct Reader {
    engine: Engine,
    sessions: Vec<Session>,
    /// Grows with each frame, to know which session was silent for longest.
    now: u64,
}

/// What one pair of addresses has under way.
#[derive(Debug, Default)]
struct Session {
    key: u64,
    used: u64,
    segments: Segments,
    channel: Channel,
}

/// Segments of a message that is not complete yet.
#[derive(Debug, Default)]
struct Segments {
    data: Vec<u8>,
    active: bool,
    /// Its first segment was not seen.
    headless: bool,
    start: u64,
    end: u64,
    checked: bool,
    broken: bool,
}

impl Segments {
    fn begin(&mut self, start: u64, headless: bool) {
        self.data.clear();
        (self.active, self.headless, self.start) = (true, headless, start);
        (self.checked, self.broken) = (true, false);
    }

    fn add(&mut self, information: &[u8], end: u64, checked: bool, broken: bool) {
        if self.data.len() + information.len() <= LONGEST {
            self.data.extend_from_slice(information);
        } else {
            self.broken = true;
        }
        self.end = end;
        self.checked &= checked;
        self.broken |= broken;
    }

    fn link(&self) -> Link {
        Link { start: self.start, end: self.end, at: None, checked: self.checked, broken: self.broken }
    }
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Hdlc];
    const STARTS: &'static [u8] = &[FLAG];

    fn new(keys: &Keys) -> Self {
        Reader { engine: Engine::new(keys), sessions: Vec::new(), now: 0 }
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        frame::scan(buffer, end)
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let ParsedHead::Head(head) = Head::read(frame.bytes) else { return Outcome::Pending };
        if frame.bytes.len() < 2 {
            return Outcome::Pending;
        }
        let whole = frame.bytes.len() == head.length + 1;
        // The closing flag was seen, though it is left for the next frame to begin with.
        let closed = frame.trust == Trust::Checked;
        let end = frame.end() + u64::from(closed);
        out.length = end - frame.offset;
        if T::ON {
            let mut bytes = frame.bytes.to_vec();
            if closed {
                bytes.push(FLAG);
            }
            trace.open("HDLC frame", &bytes);
            note(&head, &bytes, closed, trace);
        }
        let outcome = self.frame(frame, &head, whole, end, out, trace);
        if T::ON {
            trace.close();
        }
        outcome
    }

    fn flush<T: Trace>(&mut self, out: &mut Message, trace: &mut T) -> bool {
        let Reader { engine, sessions, .. } = self;
        for session in sessions {
            if session.segments.active {
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

impl Reader {
    fn frame<T: Trace>(
        &mut self,
        frame: &Frame<'_>,
        head: &Head,
        whole: bool,
        end: u64,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let control = frame.bytes.get(head.control).copied().unwrap_or(0);
        let information = head.information(frame.bytes);
        // I and UI frames carry messages; the others serve the connection.
        let carries = control & 1 == 0 || control & 0xEF == 0x03;
        if !carries || head.information.is_empty() {
            return Outcome::Pending;
        }
        let checked = frame.trust == Trust::Checked;
        let broken = frame.trust == Trust::Broken;
        let truncated = !checked && !broken;
        let (engine, session) = self.session(head.key(frame.bytes));
        let llc = usize::from(information.starts_with(&LLC) || information.starts_with(&LLC_COMMAND)) * 3;
        if llc > 0 && session.segments.active {
            give_up(engine, session, out, trace);
            return Outcome::Again;
        }
        if broken {
            damage(frame, head, whole, out);
        }
        if !head.hcs_good && checked {
            out.problem(
                ProblemCode::Quirk,
                frame.offset + head.hcs.start as u64,
                "the header checksum does not hold, though the one over the whole frame does",
            );
        }
        if truncated {
            out.status = Status::Truncated;
            let (said, have) = (head.length + 2, frame.bytes.len());
            out.problem(
                ProblemCode::Truncated,
                end,
                format!("the frame says it is {said} bytes long, and stops after {have}"),
            );
        }
        let content = information.get(llc..).unwrap_or_default();
        if !session.segments.active {
            let begins = llc > 0 || begins_apdu(content, head.segmented);
            if (head.segmented && !truncated) || !begins {
                session.segments.begin(frame.offset, !begins);
            } else {
                let link = Link {
                    start: frame.offset,
                    end,
                    at: Some(frame.offset + (head.information.start + llc) as u64),
                    checked,
                    broken,
                };
                let outcome = engine.read(&mut session.channel, content, link, out, trace);
                let request = session.channel.take_request().filter(|_| checked);
                self.hand_over(request, head, frame.bytes);
                return outcome;
            }
        }
        session.segments.add(content, end, checked, broken);
        if head.segmented && !truncated {
            return Outcome::Pending;
        }
        let link = session.segments.link();
        let data = std::mem::take(&mut session.segments.data);
        (out.offset, out.length) = (link.start, link.end - link.start);
        session.segments.active = false;
        let outcome = if session.segments.headless {
            headless(link, out);
            Outcome::Complete
        } else {
            engine.read(&mut session.channel, &data, link, out, trace)
        };
        session.segments.data = data;
        let request = session.channel.take_request().filter(|_| link.checked && !link.broken);
        self.hand_over(request, head, frame.bytes);
        outcome
    }

    /// What a client asks is answered with the addresses the other way round.
    fn hand_over(&mut self, request: Option<Request>, head: &Head, bytes: &[u8]) {
        if let Some(request) = request {
            self.session(head.answer_key(bytes)).1.channel.expect(request);
        }
    }

    fn session(&mut self, key: u64) -> (&mut Engine, &mut Session) {
        self.now += 1;
        let found = self.sessions.iter().position(|s| s.key == key);
        let index = match found {
            Some(index) => index,
            None if self.sessions.len() < MOST_SESSIONS => {
                self.sessions.push(Session::default());
                self.sessions.len() - 1
            }
            None => {
                let oldest = self.sessions.iter().enumerate().min_by_key(|(_, s)| s.used);
                let index = oldest.map_or(0, |(index, _)| index);
                if let Some(session) = self.sessions.get_mut(index) {
                    *session = Session::default();
                }
                index
            }
        };
        let session = &mut self.sessions[index];
        (session.key, session.used) = (key, self.now);
        (&mut self.engine, session)
    }
}

/// Gives out what there is of a message whose last segment did not come.
fn give_up<T: Trace>(engine: &mut Engine, session: &mut Session, out: &mut Message, trace: &mut T) {
    let link = session.segments.link();
    (out.offset, out.length) = (link.start, link.end - link.start);
    out.status = Status::Truncated;
    out.problem(ProblemCode::Truncated, link.end, "the last segments of the message did not come");
    session.segments.active = false;
    if !session.segments.headless {
        let data = std::mem::take(&mut session.segments.data);
        // A transfer of blocks is not touched by what is incomplete.
        engine.read(&mut Channel::default(), &data, Link { checked: false, ..link }, out, trace);
        session.segments.data = data;
    }
}

fn headless(link: Link, out: &mut Message) {
    if out.status == Status::Ok {
        out.status = if link.broken { Status::BadChecksum } else { Status::Truncated };
    }
    out.problem(ProblemCode::Sequence, link.start, "the message's first segment is missing");
}

fn damage(frame: &Frame<'_>, head: &Head, whole: bool, out: &mut Message) {
    out.status = Status::BadChecksum;
    let at = frame.offset + head.fcs().start as u64;
    match head.fcs_values(frame.bytes) {
        Some((computed, sent)) if computed != sent => {
            let header = if head.hcs_good { "" } else { ", and the header checksum does not hold either" };
            out.problem(
                ProblemCode::BadChecksum,
                at,
                format!("the frame's checksum is {sent:04X}, its bytes give {computed:04X}: bytes were lost or altered{header}"),
            );
        }
        _ if whole => out.problem(
            ProblemCode::BadChecksum,
            at,
            "the frame is not closed by a flag: a byte was lost or altered",
        ),
        _ => out.problem(ProblemCode::BadChecksum, at, "the frame is damaged"),
    }
}

/// Does this begin an APDU, though no LLC header is in front?  So do the later blocks of a transfer.
fn begins_apdu(content: &[u8], segmented: bool) -> bool {
    match content.first() {
        Some(0xE0) => content.get(2..4).is_some_and(|number| number != [0, 0]),
        Some(0xDB | 0xDC) => match GeneralGlo::parse(content) {
            ParsedGlo::Header(glo) => segmented || glo.body.end == content.len(),
            _ => false,
        },
        Some(0x0F) => NotificationHead::read(content).is_some_and(|head| {
            let time = content.get(head.time.clone()).unwrap_or_default();
            matches!(content.get(head.body), Some(1 | 2))
                && (time.is_empty() || date_time::date_time(time).is_some())
        }),
        _ => false,
    }
}

fn note<T: Trace>(head: &Head, bytes: &[u8], closed: bool, trace: &mut T) {
    let hex = |range: std::ops::Range<usize>| hex::encode_upper(bytes.get(range).unwrap_or_default());
    trace.note(0..1, "flag", || "a frame begins".into());
    trace.note(1..3, "format", || {
        format!("type 3, {} bytes{}", head.length, if head.segmented { ", more segments follow" } else { "" })
    });
    trace.note(head.destination.clone(), "destination", || hex(head.destination.clone()));
    trace.note(head.source.clone(), "source", || hex(head.source.clone()));
    trace.note(head.control..head.control + 1, "control", || {
        control_name(bytes.get(head.control).copied().unwrap_or(0))
    });
    if !head.hcs.is_empty() {
        if head.hcs_good {
            trace.note(head.hcs.clone(), "header checksum (HCS)", || "holds".into());
        } else {
            trace.fault(head.hcs.clone(), "header checksum (HCS)", || "does not hold".into());
        }
    }
    let information = head.information(bytes);
    let mut at = head.information.start;
    if information.starts_with(&LLC) || information.starts_with(&LLC_COMMAND) {
        trace.note(at..at + 3, "LLC", || {
            if information.starts_with(&LLC) { "from the meter".into() } else { "to the meter".into() }
        });
        at += 3;
    }
    let behind = head.information.end.min(bytes.len());
    if at < behind {
        trace.note(at..behind, "information", || {
            format!("{} bytes{}", behind - at, if head.segmented { ": a part of a message" } else { "" })
        });
    }
    match head.fcs_values(bytes) {
        Some((computed, sent)) if computed == sent => {
            trace.note(head.fcs(), "frame checksum (FCS)", || "holds".into())
        }
        Some((computed, _)) => trace.fault(head.fcs(), "frame checksum (FCS)", || {
            format!("does not hold: the bytes give {computed:04X}")
        }),
        None => trace.fault(bytes.len()..bytes.len(), "frame checksum (FCS)", || {
            "missing: the frame is cut off".into()
        }),
    }
    if closed {
        trace.note(bytes.len() - 1..bytes.len(), "flag", || "the frame ends".into());
    }
}

fn control_name(control: u8) -> String {
    match control {
        c if c & 1 == 0 => format!("information, number {}", c >> 1 & 7),
        c if c & 3 == 1 => "supervisory".into(),
        c => match c & 0xEF {
            0x03 => "unnumbered information (UI)",
            0x83 => "connect (SNRM)",
            0x63 => "acknowledge (UA)",
            0x43 => "disconnect (DISC)",
            0x0F => "disconnected (DM)",
            0x87 => "frame rejected (FRMR)",
            _ => "unnumbered",
        }
        .into(),
    }
}
