//! DLMS APDUs (IEC 62056-53 / Green Book, "xDLMS APDUs") as meters send them to a customer port.
//!
//! ```text
//! 0F data-notification        = long-invoke-id (4) | date-time | data
//! C2 event-notification       = 00 or 01 date-time | class (2) OBIS (6) attribute | data
//! C4 get-response             = 01 normal: invoke-id | 00 data or 01 error
//!                               02 block: invoke-id | last | number (4) | 00 length content or 01 error
//!                               03 list: invoke-id | count | (00 data or 01 error) …
//! DB, DC general-glo/ded-ciphering = title | length | SC | IC (4) | content | tag (12)
//! C8…CF, D0…D7 glo-/ded- tagged    = length | SC | IC (4) | content | tag (12)
//! DD general-ciphering        = transaction | originator | recipient | date | other | key info | content
//! E0 general-block-transfer   = control | number (2) | acknowledged (2) | length content
//! ```
//! The date-time of a data-notification is a length of 0 or 12 without type tag; Kaifa in Norway and
//! Sweden and early Kamstrup firmware write `09 0C` before it all the same.

use super::axdr::{self, Fault, Tree, Why};
use super::payload::{self, Context, Object};
use super::transfer::{Block, Step, Transfer};
use super::{answer, date_time, explain};
use crate::decode::crypt::{Length, Opener, length};
use crate::decode::stream::Outcome;
use crate::decode::trace::Trace;
use crate::decode::{Keys, Message, Obis, ProblemCode, Status, TagState};

/// What the link layer says about an APDU.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Input offset of the message's first byte.
    pub start: u64,
    /// Input offset behind its last.
    pub end: u64,
    /// Input offset of the APDU, when it is in one piece there.
    pub at: Option<u64>,
    /// A checksum vouches for the APDU.
    pub checked: bool,
    /// A checksum does not hold.
    pub broken: bool,
}

impl Link {
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.at.map_or(self.start, |base| base + at as u64)
    }
}

/// What one sender's messages have in common.
#[derive(Debug, Default)]
pub struct Channel {
    blocks: Transfer,
    pub(super) answer: Transfer,
    pub(super) title: Option<[u8; 8]>,
    pub(super) request: Request,
}

/// What the last get-request asks for, so that its answer can be named.
#[derive(Debug, Default)]
pub struct Request {
    /// Number that the answer repeats, in the low half.
    pub(super) invoke: u8,
    /// The attributes, in the order of the answer.
    pub(super) objects: Vec<Object>,
    /// It was read on this channel, and not handed to it.
    pub(super) read_here: bool,
}

impl Channel {
    /// Takes out the request that was just read on this channel.  Links whose answers come on a channel
    /// of their own hand it to that one, with [`Channel::expect`].
    pub fn take_request(&mut self) -> Option<Request> {
        if !self.request.read_here {
            return None;
        }
        Some(Request { read_here: false, ..std::mem::take(&mut self.request) })
    }

    /// The next answer on this channel is to `request`.
    pub fn expect(&mut self, request: Request) {
        self.request = request;
    }

    /// Puts a block transfer that the input ends in into `out`.
    pub fn flush(&mut self, out: &mut Message) -> bool {
        for transfer in [&mut self.blocks, &mut self.answer] {
            if transfer.active() {
                transfer.give_up(out);
                return true;
            }
        }
        false
    }
}

/// Reads APDUs; shared by all protocols that carry them.
#[derive(Debug)]
pub struct Engine {
    pub(super) opener: Option<Opener>,
    tree: Tree,
    pub(super) plain: Vec<u8>,
    /// The last invocation counter of each sender.
    pub(super) counters: Vec<([u8; 8], u32)>,
}

/// APDUs within APDUs: block transfer, ciphering, and what it holds.
const MOST_LAYERS: u8 = 4;

impl Engine {
    /// With these keys.
    pub fn new(keys: &Keys) -> Self {
        Engine { opener: Opener::new(keys), tree: Tree::default(), plain: Vec::new(), counters: Vec::new() }
    }

    /// Reads an APDU into `out`, whose offset and length are those of the message that carries it.
    pub fn read<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        if link.broken {
            out.status = Status::BadChecksum;
        }
        self.layer(channel, apdu, link, None, 0, out, trace)
    }

    #[allow(clippy::too_many_arguments, reason = "each layer hands all of its surroundings to the next")]
    pub(super) fn layer<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        depth: u8,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let Some(&tag) = apdu.first() else {
            malformed(out, link.offset(0), "an APDU without any byte");
            return Outcome::Complete;
        };
        if depth >= MOST_LAYERS {
            malformed(out, link.offset(0), "APDUs nested deeper than any meter does");
            return Outcome::Complete;
        }
        trace.open(apdu_name(tag), apdu);
        let outcome = match tag {
            0x0F => {
                self.notification(apdu, link, title, out, trace);
                Outcome::Complete
            }
            0xC2 => {
                self.event(apdu, link, title, out, trace);
                Outcome::Complete
            }
            0xC4 => self.answer(channel, apdu, link, title, out, trace),
            0xC0 => {
                answer::request(channel, apdu, trace);
                Outcome::Pending
            }
            0xDB | 0xDC | 0xDD | 0xC8..=0xCF | 0xD0..=0xD7 => {
                self.ciphered(channel, apdu, link, depth, out, trace)
            }
            0xE0 => self.block(channel, apdu, link, title, depth, out, trace),
            0x60..=0x63 => {
                association_title(channel, apdu);
                unsupported(out, link, tag);
                Outcome::Complete
            }
            0xD8 | 0x0E => {
                out.problem(
                    ProblemCode::MeterError,
                    link.offset(0),
                    format!("the meter answers with {}", apdu_name(tag)),
                );
                Outcome::Complete
            }
            0xC1 | 0xC3 | 0xC5..=0xC7 | 0xD9..=0xDA | 0xDE..=0xDF => {
                unsupported(out, link, tag);
                Outcome::Complete
            }
            _ => {
                trace.fault(0..1, "tag", || format!("{tag:02X} is no APDU of DLMS"));
                malformed(out, link.offset(0), format!("{tag:02X} is no APDU of DLMS"));
                Outcome::Complete
            }
        };
        trace.close();
        outcome
    }

    // ----- data-notification and event-notification

    fn notification<T: Trace>(
        &mut self,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        out: &mut Message,
        trace: &mut T,
    ) {
        trace.note(0..1, "tag", || "data-notification".into());
        let Some(head) = NotificationHead::read(apdu) else {
            trace.fault(1..apdu.len(), "header", || "no valid long-invoke-id and date-time".into());
            return malformed(
                out,
                link.offset(1),
                "the data-notification has no valid invoke-id and date-time",
            );
        };
        trace.note(1..5, "long-invoke-id-and-priority", || explain::hex(apdu, 1..5));
        explain::head_time(apdu, &head, trace);
        set_time(out, apdu.get(head.time.clone()).unwrap_or_default(), link.offset(head.time.start));
        let end = self.body(apdu, head.body, link, title, None, out, trace);
        behind(apdu, end, link, out, trace);
    }

    fn event<T: Trace>(
        &mut self,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        out: &mut Message,
        trace: &mut T,
    ) {
        trace.note(0..1, "tag", || "event-notification".into());
        let time = match apdu.get(1..) {
            Some([0, ..]) => 2..2,
            Some([1, 12, ..]) => 3..15,
            Some([1, 9, 12, ..]) => 4..16,
            _ => return malformed(out, link.offset(1), "the event-notification has no valid time"),
        };
        let object = time.end..time.end + 9;
        let Some(&[c1, c0, a, b, c, d, e, f, attribute]) = apdu.get(object.clone()) else {
            return malformed(out, link.offset(time.end), "the event-notification ends before its attribute");
        };
        trace.note(1..time.end, "time", || {
            if time.is_empty() { "none".into() } else { explain::hex(apdu, time.clone()) }
        });
        let asked = Object {
            class: u16::from_be_bytes([c1, c0]),
            obis: Obis([a, b, c, d, e, f]),
            attribute: attribute as i8,
        };
        trace.note(object.clone(), "attribute", || {
            format!("class {}, {}, attribute {}", asked.class, asked.obis, asked.attribute)
        });
        set_time(out, apdu.get(time).unwrap_or_default(), link.offset(2));
        let end = self.body(apdu, object.end, link, title, Some(asked), out, trace);
        behind(apdu, end, link, out, trace);
    }

    /// Reads data from `at` to the end of the APDU.
    #[allow(clippy::too_many_arguments, reason = "each layer hands all of its surroundings to the next")]
    pub(super) fn body<T: Trace>(
        &mut self,
        apdu: &[u8],
        at: usize,
        link: Link,
        title: Option<[u8; 8]>,
        asked: Option<Object>,
        out: &mut Message,
        trace: &mut T,
    ) -> usize {
        let mut tree = std::mem::take(&mut self.tree);
        let result = tree.read(apdu, at);
        let end = *result.as_ref().unwrap_or(&apdu.len());
        if T::ON {
            explain::tree(apdu, &tree, trace);
        }
        let checked = (link.checked && !link.broken)
            || out.security.as_ref().is_some_and(|s| s.tag == TagState::Verified);
        // A message put together from segments may lack one that nobody misses.
        let one_piece = link.at.is_some();
        let context = Context {
            title,
            checked: checked && one_piece,
            complete: result.is_ok(),
            offset: link.offset(at),
            asked,
        };
        let usual = payload::read(apdu, &tree, context, out);
        if let Err(fault) = result {
            explain::fault(apdu, fault, trace);
            if !usual {
                self.incomplete(fault, checked, link, out);
            }
        }
        self.tree = tree;
        end
    }

    fn incomplete(&self, fault: Fault, checked: bool, link: Link, out: &mut Message) {
        let at = link.offset(fault.at);
        if out.status == Status::Ok {
            out.status =
                if fault.why == Why::Short && !checked { Status::Truncated } else { Status::Malformed };
        }
        let code = if fault.why == Why::Short { ProblemCode::Truncated } else { ProblemCode::Malformed };
        out.problem(code, at, format!("byte {} of the APDU: {fault}", fault.at));
    }

    // ----- general-block-transfer

    #[allow(clippy::too_many_arguments, reason = "each layer hands all of its surroundings to the next")]
    fn block<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        depth: u8,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let (Some(&[control, n1, n0, a1, a0]), Length::Is { value, size }) =
            (apdu.get(1..6), length(apdu.get(6..).unwrap_or_default()))
        else {
            malformed(out, link.offset(1), "the block transfer has no valid header");
            return Outcome::Complete;
        };
        let (number, acknowledged) = (u16::from_be_bytes([n1, n0]), u16::from_be_bytes([a1, a0]));
        let last = control & 0x80 != 0;
        trace.note(0..1, "tag", || "general-block-transfer".into());
        trace.note(1..2, "block control", || {
            format!(
                "{}{}window {}",
                if last { "last block, " } else { "" },
                if control & 0x40 != 0 { "streaming, " } else { "" },
                control & 0x3F
            )
        });
        trace.note(2..4, "block number", || number.to_string());
        trace.note(4..6, "acknowledged", || acknowledged.to_string());
        let at = 6 + size;
        trace.note(6..at, "length", || format!("{value} bytes"));
        let Some(data) = apdu.get(at..).and_then(|rest| rest.get(..value)) else {
            trace.fault(at..apdu.len(), "content", || "shorter than the length says".into());
            malformed(out, link.offset(6), "the block is shorter than it says");
            return Outcome::Complete;
        };
        trace.note(at..at + value, "content", || "a part of the APDU".into());
        let block = Block {
            number: u32::from(number),
            last,
            data,
            start: link.start,
            end: link.end,
            checked: link.checked,
            broken: link.broken,
        };
        match channel.blocks.add(block) {
            Step::Pending => return Outcome::Pending,
            Step::Restart => {
                channel.blocks.give_up(out);
                return Outcome::Again;
            }
            Step::Complete => {}
        }
        let mut outcome = Outcome::Complete;
        if !channel.blocks.judge(out) {
            let blocks = &mut channel.blocks;
            let link = Link {
                start: blocks.start,
                end: blocks.end,
                at: None,
                checked: blocks.checked,
                broken: blocks.broken,
            };
            let data = std::mem::take(&mut blocks.data);
            outcome = self.layer(channel, &data, link, title, depth + 1, out, trace);
            channel.blocks.data = data;
        }
        channel.blocks.clear();
        outcome
    }
}

/// Where the parts of a data-notification's header are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationHead {
    /// The date-time, 0 or 12 bytes.
    pub time: std::ops::Range<usize>,
    /// Where the data begins.
    pub body: usize,
}

impl NotificationHead {
    /// Reads it; `None` when this is none, or ends too early.
    pub fn read(apdu: &[u8]) -> Option<Self> {
        match apdu.get(5..)? {
            [0, ..] => Some(NotificationHead { time: 6..6, body: 6 }),
            [12, ..] => Some(NotificationHead { time: 6..18, body: 18 }),
            [9, 12, ..] => Some(NotificationHead { time: 7..19, body: 19 }),
            [9, 0, ..] => Some(NotificationHead { time: 7..7, body: 7 }),
            [axdr::tag::DATE_TIME, ..] => Some(NotificationHead { time: 6..18, body: 18 }),
            _ => None,
        }
    }
}

fn set_time(out: &mut Message, raw: &[u8], offset: u64) {
    if raw.is_empty() {
        return;
    }
    match date_time::date_time(raw) {
        Some(stamp) => {
            out.time = stamp.time;
            if stamp.invalid() {
                out.problem(ProblemCode::BadTime, offset, "the meter marks its own time as invalid");
            }
        }
        None => out.problem(ProblemCode::BadTime, offset, "the time of the message is no valid date-time"),
    }
}

/// Bytes behind the end of an APDU.
pub(super) fn behind<T: Trace>(apdu: &[u8], end: usize, link: Link, out: &mut Message, trace: &mut T) {
    let extra = apdu.len().saturating_sub(end);
    if extra > 0 && out.status != Status::Truncated && out.status != Status::Malformed {
        trace.note(end..apdu.len(), "padding", || format!("{extra} bytes behind the end"));
        let message = format!("{extra} bytes follow behind the end of the APDU");
        if link.at.is_some() {
            out.problem(ProblemCode::Quirk, link.offset(end), message);
        } else {
            // Put together from parts: one of them came twice, or is of another message.
            malformed(out, link.offset(end), message);
        }
    }
}

pub(super) fn malformed(out: &mut Message, offset: u64, message: impl Into<String>) {
    if out.status == Status::Ok {
        out.status = Status::Malformed;
    }
    out.problem(ProblemCode::Malformed, offset, message);
}

fn unsupported(out: &mut Message, link: Link, tag: u8) {
    if out.status == Status::Ok {
        out.status = Status::Unsupported;
    }
    out.problem(
        ProblemCode::Unsupported,
        link.offset(0),
        format!("{}: nothing in it is a reading", apdu_name(tag)),
    );
}

/// The responding (or calling) AP title of an association is the system title of later APDUs.
fn association_title(channel: &mut Channel, apdu: &[u8]) {
    let wanted: &[u8] = if apdu.first() == Some(&0x61) { &[0xA4, 0x0A, 0x04, 0x08] } else { return };
    if let Some(at) = apdu.windows(4).position(|w| w == wanted)
        && let Some(title) = apdu.get(at + 4..).and_then(|r| r.first_chunk::<8>())
    {
        channel.title = Some(*title);
    }
}

/// The name of an APDU, as the standard writes it.
pub const fn apdu_name(tag: u8) -> &'static str {
    match tag {
        0x0E => "confirmed-service-error",
        0x0F => "data-notification",
        0x60 => "association request (AARQ)",
        0x61 => "association response (AARE)",
        0x62 => "release request (RLRQ)",
        0x63 => "release response (RLRE)",
        0xC0 => "get-request",
        0xC1 => "set-request",
        0xC2 => "event-notification",
        0xC3 => "action-request",
        0xC4 => "get-response",
        0xC5 => "set-response",
        0xC7 => "action-response",
        0xC8 => "glo-get-request",
        0xC9 => "glo-set-request",
        0xCA => "glo-event-notification",
        0xCB => "glo-action-request",
        0xCC => "glo-get-response",
        0xCD => "glo-set-response",
        0xCF => "glo-action-response",
        0xD0 => "ded-get-request",
        0xD1 => "ded-set-request",
        0xD2 => "ded-event-notification",
        0xD3 => "ded-action-request",
        0xD4 => "ded-get-response",
        0xD5 => "ded-set-response",
        0xD7 => "ded-action-response",
        0xD8 => "exception-response",
        0xD9 => "access-request",
        0xDA => "access-response",
        0xDB => "general-glo-ciphering",
        0xDC => "general-ded-ciphering",
        0xDD => "general-ciphering",
        0xDF => "general-signing",
        0xE0 => "general-block-transfer",
        _ => "unknown APDU",
    }
}
