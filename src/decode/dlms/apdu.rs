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
use super::{date_time, explain};
use crate::decode::crypt::{GeneralGlo, Header, Length, Opener, ParsedGlo, TAG, length};
use crate::decode::stream::Outcome;
use crate::decode::trace::Trace;
use crate::decode::{Keys, Message, Obis, ProblemCode, Security, Status, TagState};

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
    fn offset(&self, at: usize) -> u64 {
        self.at.map_or(self.start, |base| base + at as u64)
    }
}

/// What one sender's messages have in common.
#[derive(Debug, Default)]
pub struct Channel {
    blocks: Transfer,
    answer: Transfer,
    title: Option<[u8; 8]>,
    asked: Vec<Object>,
}

impl Channel {
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
    opener: Option<Opener>,
    authentication_key: bool,
    tree: Tree,
    plain: Vec<u8>,
    /// The last invocation counter of each sender.
    counters: Vec<([u8; 8], u32)>,
}

/// Most senders that are told apart on one line.
const MOST_SENDERS: usize = 64;
/// APDUs within APDUs: block transfer, ciphering, and what it holds.
const MOST_LAYERS: u8 = 4;

/// What kind of ciphering an APDU has.
struct Ciphered<'a> {
    header: Header,
    titled: bool,
    body: &'a [u8],
    /// Where the content begins in the APDU.
    at: usize,
    /// Associated data behind the authentication key (general-ciphering).
    extra: &'a [u8],
}

impl Engine {
    /// With these keys.
    pub fn new(keys: &Keys) -> Self {
        Engine {
            opener: Opener::new(keys),
            authentication_key: keys.authentication.is_some(),
            tree: Tree::default(),
            plain: Vec::new(),
            counters: Vec::new(),
        }
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
    fn layer<T: Trace>(
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
                request(channel, apdu, trace);
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
        self.body(apdu, head.body, link, title, None, out, trace);
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
        self.body(apdu, object.end, link, title, Some(asked), out, trace);
    }

    /// Reads data from `at` to the end of the APDU.
    #[allow(clippy::too_many_arguments, reason = "each layer hands all of its surroundings to the next")]
    fn body<T: Trace>(
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
        let context = Context { title, checked, complete: result.is_ok(), offset: link.offset(at), asked };
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

    // ----- get-response

    fn answer<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        trace.note(0..1, "tag", || "get-response".into());
        let asked = channel.asked.first().copied();
        match apdu.get(1..) {
            Some(&[1, _, 0, ..]) => {
                trace.note(1..4, "normal", || "invoke-id, and data follows".into());
                let end = self.body(apdu, 4, link, title, asked, out, trace);
                behind(apdu, end, link, out, trace);
            }
            Some(&[1, _, 1, error, ..]) => {
                trace.note(1..5, "error", || format!("data-access-result {error}"));
                access_error(out, link, error);
            }
            Some(&[3, _, ..]) => self.answers(channel, apdu, link, title, out, trace),
            Some(&[2, _, last, n3, n2, n1, n0, 0, ..]) => {
                let Length::Is { value, size } = length(apdu.get(9..).unwrap_or_default()) else {
                    malformed(out, link.offset(9), "the block of the get-response has no valid length");
                    return Outcome::Complete;
                };
                let at = 9 + size;
                let number = u32::from_be_bytes([n3, n2, n1, n0]);
                trace.note(1..at, "datablock", || {
                    format!("block {number}{}, {value} bytes", if last != 0 { ", the last" } else { "" })
                });
                let Some(data) = apdu.get(at..at + value) else {
                    malformed(out, link.offset(9), "the block of the get-response is shorter than it says");
                    return Outcome::Complete;
                };
                trace.note(at..at + value, "content", || "a part of the answer".into());
                let block = Block {
                    number,
                    last: last != 0,
                    data,
                    start: link.start,
                    end: link.end,
                    checked: link.checked,
                    broken: link.broken,
                };
                match channel.answer.add(block) {
                    Step::Pending => return Outcome::Pending,
                    Step::Restart => {
                        channel.answer.give_up(out);
                        return Outcome::Again;
                    }
                    Step::Complete => {}
                }
                if !channel.answer.judge(out) {
                    let link = Link {
                        start: channel.answer.start,
                        end: channel.answer.end,
                        at: None,
                        checked: channel.answer.checked,
                        broken: channel.answer.broken,
                    };
                    let data = std::mem::take(&mut channel.answer.data);
                    trace.open("answer put together", &data);
                    let end = self.body(&data, 0, link, title, asked, out, trace);
                    behind(&data, end, link, out, trace);
                    trace.close();
                    channel.answer.data = data;
                }
                channel.answer.clear();
            }
            Some(&[2, _, _, _, _, _, _, 1, error, ..]) => {
                trace.note(1..10, "error", || format!("data-access-result {error}"));
                channel.answer.clear();
                access_error(out, link, error);
            }
            _ => {
                trace.fault(1..apdu.len(), "choice", || "no valid get-response".into());
                malformed(out, link.offset(1), "this is no valid get-response");
            }
        }
        Outcome::Complete
    }

    /// get-response-with-list.
    fn answers<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        title: Option<[u8; 8]>,
        out: &mut Message,
        trace: &mut T,
    ) {
        let Length::Is { value: count, size } = length(apdu.get(3..).unwrap_or_default()) else {
            return malformed(out, link.offset(3), "the list of the get-response has no valid length");
        };
        let mut at = 3 + size;
        trace.note(1..at, "list", || format!("invoke-id, and {count} results"));
        for n in 0..count {
            let asked = channel.asked.get(n).copied();
            match apdu.get(at..) {
                Some([0, ..]) => {
                    trace.note(at..at + 1, "result", || "data follows".into());
                    let before = out.problems.len();
                    at = self.body(apdu, at + 1, link, title, asked, out, trace);
                    if out
                        .problems
                        .iter()
                        .skip(before)
                        .any(|p| matches!(p.code, ProblemCode::Truncated | ProblemCode::Malformed))
                    {
                        return;
                    }
                }
                Some([1, error, ..]) => {
                    trace.note(at..at + 2, "result", || format!("data-access-result {error}"));
                    access_error(out, link, *error);
                    at += 2;
                }
                _ => {
                    return malformed(
                        out,
                        link.offset(at),
                        format!("result {} of {count} is missing", n + 1),
                    );
                }
            }
        }
        behind(apdu, at, link, out, trace);
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

    // ----- ciphering

    fn ciphered<T: Trace>(
        &mut self,
        channel: &mut Channel,
        apdu: &[u8],
        link: Link,
        depth: u8,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let parts = match apdu.first() {
            Some(0xDB | 0xDC) => general(apdu, link, out, trace),
            Some(0xDD) => general_ciphering(apdu, link, out, trace),
            _ => tagged(channel, apdu, link, out, trace),
        };
        let Some(parts) = parts else { return Outcome::Complete };
        let Ciphered { header, titled, body, at, extra } = parts;
        if titled {
            channel.title = Some(header.title);
            self.maker(header.title, out);
        }
        out.security = Some(Security {
            ciphered: header.encrypted(),
            decrypted: false,
            system_title: titled.then_some(header.title),
            invocation_counter: Some(header.counter),
            tag: if header.authenticated() { TagState::Unverified } else { TagState::Absent },
        });
        if !link.broken {
            self.count(&header, link, out);
        }
        if header.control & 0x80 != 0 {
            out.problem(
                ProblemCode::Unsupported,
                link.offset(at),
                "the content is compressed (V.44), which is not decoded here",
            );
            out.status = if out.status == Status::Ok { Status::Unsupported } else { out.status };
            return Outcome::Complete;
        }
        if header.encrypted() && !titled && channel.title.is_none() {
            out.problem(
                ProblemCode::Unsupported,
                link.offset(at),
                "the ciphering names no system title, and none was seen before: the message cannot be opened",
            );
            out.status = if out.status == Status::Ok { Status::Encrypted } else { out.status };
            return Outcome::Complete;
        }
        let mut plain = std::mem::take(&mut self.plain);
        let state = match &self.opener {
            Some(opener) => opener.open_with(&header, extra, body, &mut plain),
            None if header.encrypted() => {
                self.plain = plain;
                out.status = if out.status == Status::Ok { Status::Encrypted } else { out.status };
                out.problem(
                    ProblemCode::KeyRequired,
                    link.offset(at),
                    "the message is ciphered and no encryption key was given",
                );
                return Outcome::Complete;
            }
            None => {
                plain.clear();
                let content =
                    if header.authenticated() { body.len().saturating_sub(TAG) } else { body.len() };
                plain.extend_from_slice(body.get(..content).unwrap_or_default());
                if header.authenticated() { TagState::Unverified } else { TagState::Absent }
            }
        };
        let outcome = self.opened(channel, &plain, &header, state, link, at, depth, out, trace);
        self.plain = plain;
        outcome
    }

    /// Judges what the key made of the content, and reads it.
    #[allow(clippy::too_many_arguments, reason = "each layer hands all of its surroundings to the next")]
    fn opened<T: Trace>(
        &mut self,
        channel: &mut Channel,
        plain: &[u8],
        header: &Header,
        state: TagState,
        link: Link,
        at: usize,
        depth: u8,
        out: &mut Message,
        trace: &mut T,
    ) -> Outcome {
        let sensible = plausible(plain);
        if let Some(security) = &mut out.security {
            security.tag = state;
            security.decrypted = header.encrypted() && (sensible || state == TagState::Verified);
        }
        let bytes_sure = link.checked && !link.broken;
        if !sensible && state != TagState::Verified && header.encrypted() {
            if out.status == Status::Ok {
                out.status = Status::DecryptFailed;
            }
            let message = if bytes_sure {
                "the bytes arrived intact, and make no sense when deciphered: this is not the meter's encryption key"
            } else {
                "the content makes no sense when deciphered: a wrong encryption key, or damaged bytes"
            };
            out.problem(ProblemCode::WrongKey, link.offset(at), message);
            return Outcome::Complete;
        }
        if state == TagState::Failed {
            if out.status == Status::Ok {
                out.status = Status::DecryptFailed;
            }
            let message = if bytes_sure {
                "the encryption key opens the message but its tag does not hold, and the bytes arrived intact: the authentication key is not the meter's"
            } else {
                "the encryption key opens the message but its tag does not hold: a wrong authentication key, or damaged bytes"
            };
            out.problem(ProblemCode::WrongAuthenticationKey, link.offset(at), message);
        }
        // Offsets in the plaintext are those of the ciphertext.
        let inner = Link { at: link.at.map(|base| base + at as u64), ..link };
        let title = out.security.as_ref().and_then(|s| s.system_title).or(channel.title);
        self.layer(channel, plain, inner, title, depth + 1, out, trace)
    }

    /// The maker's three letters begin a system title.
    fn maker(&self, title: [u8; 8], out: &mut Message) {
        if let Some(flag) = title.get(..3)
            && flag.iter().all(u8::is_ascii_uppercase)
            && let Ok(flag) = std::str::from_utf8(flag)
        {
            out.meter.manufacturer = Some(flag.into());
        }
    }

    /// A counter that does not grow: a message was repeated, by the meter or by somebody else.
    fn count(&mut self, header: &Header, link: Link, out: &mut Message) {
        let found = self.counters.iter_mut().find(|(title, _)| *title == header.title);
        let Some((_, last)) = found else {
            if self.counters.len() < MOST_SENDERS {
                self.counters.push((header.title, header.counter));
            }
            return;
        };
        if header.counter <= *last {
            let (now, last) = (header.counter, *last);
            out.problem(
                ProblemCode::Replay,
                link.offset(0),
                format!(
                    "the invocation counter {now} is not above {last}, which this sender has used already"
                ),
            );
        } else {
            *last = header.counter;
        }
    }

    /// True when tags can be checked.
    pub fn checks_tags(&self) -> bool {
        self.authentication_key && self.opener.is_some()
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

/// Does decrypted content begin as one of the APDUs that a meter sends?
pub fn plausible(plain: &[u8]) -> bool {
    match plain {
        [0x0F, ..] => NotificationHead::read(plain).is_some_and(|head| {
            let time = plain.get(head.time.clone()).unwrap_or_default();
            let data = plain.get(head.body).is_some_and(|tag| matches!(tag, 1 | 2 | 19));
            data && (time.is_empty() || date_time::date_time(time).is_some())
        }),
        [0xC2, 0, 0, ..] | [0xC2, 1, 9 | 12, ..] => true,
        [0xC4, 1 | 3, ..] => plain.len() > 4,
        [0xC4, 2, _, 0 | 1, 0, 0, _, _, 0 | 1, ..] => true,
        [0xC0, 1..=3, ..] => true,
        [0xE0, _, _, _, _, _, rest @ ..] => {
            matches!(length(rest), Length::Is { value, size } if value + size == rest.len())
        }
        [0xDB, 8, ..] => matches!(GeneralGlo::parse(plain), ParsedGlo::Header(_)),
        [0xD8, ..] => plain.len() <= 4,
        _ => false,
    }
}

fn general<'a, T: Trace>(
    apdu: &'a [u8],
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<Ciphered<'a>> {
    let ParsedGlo::Header(glo) = GeneralGlo::parse(apdu) else {
        trace.fault(1..apdu.len(), "header", || "no valid ciphering header".into());
        malformed(out, link.offset(1), "the ciphering header is not valid");
        return None;
    };
    trace.note(0..1, "tag", || apdu_name(apdu.first().copied().unwrap_or(0)).into());
    trace.note(1..glo.title.end, "system title", || explain::title(apdu, glo.title.clone()));
    trace.note(glo.length.clone(), "length", || format!("{} bytes", glo.body.end - glo.length.end));
    note_security(glo.length.end, &glo.header, trace);
    let content = content(apdu, glo.body.clone(), &glo.header, link, out, trace)?;
    behind(apdu, glo.body.end, link, out, trace);
    Some(Ciphered {
        header: glo.header,
        titled: glo.title.len() == 8,
        body: content,
        at: glo.body.start,
        extra: &[],
    })
}

/// The glo- and ded- APDUs of single services: the system title is known from elsewhere.
fn tagged<'a, T: Trace>(
    channel: &Channel,
    apdu: &'a [u8],
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<Ciphered<'a>> {
    trace.note(0..1, "tag", || apdu_name(apdu.first().copied().unwrap_or(0)).into());
    let parts = match length(apdu.get(1..).unwrap_or_default()) {
        Length::Is { value, size } => security_header(apdu, 1 + size)
            .filter(|_| value >= 5)
            .map(|(header, at)| (header, size, at, 1 + size + value)),
        _ => None,
    };
    let Some((mut header, size, at, end)) = parts else {
        trace.fault(1..apdu.len(), "header", || "no valid ciphering header".into());
        malformed(out, link.offset(1), "the ciphering header is not valid");
        return None;
    };
    header.title = channel.title.unwrap_or_default();
    trace.note(1..1 + size, "length", || format!("{} bytes", end - 1 - size));
    note_security(1 + size, &header, trace);
    let body = content(apdu, at..end, &header, link, out, trace)?;
    behind(apdu, end, link, out, trace);
    Some(Ciphered { header, titled: channel.title.is_some(), body, at, extra: &[] })
}

/// general-ciphering (Green Book, "general-ciphering APDU"): five strings, how the key was agreed, and
/// the content.  Only the global key, named by 00 or not at all, can be opened.
fn general_ciphering<'a, T: Trace>(
    apdu: &'a [u8],
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<Ciphered<'a>> {
    let bad = |out: &mut Message| {
        malformed(out, link.offset(1), "the header of the general-ciphering APDU is not valid");
        None
    };
    trace.note(0..1, "tag", || "general-ciphering".into());
    let mut at = 1;
    let mut title = [0; 8];
    for (n, what) in [
        "transaction-id",
        "originator system title",
        "recipient system title",
        "date-time",
        "other information",
    ]
    .into_iter()
    .enumerate()
    {
        let Length::Is { value, size } = length(apdu.get(at..).unwrap_or_default()) else { return bad(out) };
        let Some(text) = apdu.get(at + size..).and_then(|rest| rest.get(..value)) else { return bad(out) };
        if n == 1
            && let Ok(eight) = <[u8; 8]>::try_from(text)
        {
            title = eight;
        }
        trace.note(at..at + size + value, what, || explain::title(apdu, at + size..at + size + value));
        at += size + value;
    }
    let extra = apdu.get(1..at).unwrap_or_default();
    let key = at;
    let known = match apdu.get(at..) {
        Some([0, ..]) => {
            at += 1;
            true
        }
        Some([1, 0, id, ..]) => {
            at += 3;
            *id == 0
        }
        _ => false,
    };
    if !known {
        out.status = if out.status == Status::Ok { Status::Unsupported } else { out.status };
        out.problem(
            ProblemCode::Unsupported,
            link.offset(key),
            "a key that was agreed or wrapped (general-ciphering), which is not opened here",
        );
        return None;
    }
    trace.note(key..at, "key", || "the global unicast encryption key".into());
    let Length::Is { value, size } = length(apdu.get(at..).unwrap_or_default()) else { return bad(out) };
    trace.note(at..at + size, "length", || format!("{value} bytes"));
    let end = at + size + value;
    let Some((mut header, start)) = security_header(apdu, at + size).filter(|_| value >= 5) else {
        return bad(out);
    };
    header.title = title;
    note_security(at + size, &header, trace);
    let body = content(apdu, start..end, &header, link, out, trace)?;
    Some(Ciphered { header, titled: true, body, at: start, extra })
}

fn security_header(apdu: &[u8], at: usize) -> Option<(Header, usize)> {
    let &[control, c3, c2, c1, c0] = apdu.get(at..)?.first_chunk::<5>()?;
    Some((Header { control, title: [0; 8], counter: u32::from_be_bytes([c3, c2, c1, c0]) }, at + 5))
}

fn note_security<T: Trace>(at: usize, header: &Header, trace: &mut T) {
    trace.note(at..at + 1, "security control", || explain::security_control(header.control));
    trace.note(at + 1..at + 5, "invocation counter", || header.counter.to_string());
}

/// The content with its tag; notes both.
fn content<'a, T: Trace>(
    apdu: &'a [u8],
    body: std::ops::Range<usize>,
    header: &Header,
    link: Link,
    out: &mut Message,
    trace: &mut T,
) -> Option<&'a [u8]> {
    let tag = if header.authenticated() { TAG } else { 0 };
    match apdu.get(body.clone()) {
        Some(content) if content.len() >= tag => {
            trace.note(body.start..body.end - tag, "content", || {
                if header.encrypted() { "encrypted".into() } else { "not encrypted".into() }
            });
            if tag > 0 {
                trace.note(body.end - tag..body.end, "authentication tag", || {
                    explain::hex(apdu, body.end - tag..body.end)
                });
            }
            Some(content)
        }
        _ => {
            trace.fault(body.start.min(apdu.len())..apdu.len(), "content", || "cut off".into());
            if out.status == Status::Ok {
                out.status = if link.checked { Status::Malformed } else { Status::Truncated };
            }
            let (said, have) = (body.end, apdu.len());
            out.problem(
                ProblemCode::Truncated,
                link.offset(have),
                format!("the ciphered APDU says it is {said} bytes long, and stops after {have}"),
            );
            // Who sent it is known all the same.
            out.security = Some(Security {
                ciphered: header.encrypted(),
                decrypted: false,
                system_title: (header.title != [0; 8]).then_some(header.title),
                invocation_counter: Some(header.counter),
                tag: if header.authenticated() { TagState::Unverified } else { TagState::Absent },
            });
            None
        }
    }
}

/// Bytes behind the end of an APDU.
fn behind<T: Trace>(apdu: &[u8], end: usize, link: Link, out: &mut Message, trace: &mut T) {
    let extra = apdu.len().saturating_sub(end);
    if extra > 0 && out.status != Status::Truncated && out.status != Status::Malformed {
        trace.note(end..apdu.len(), "padding", || format!("{extra} bytes behind the end"));
        out.problem(
            ProblemCode::Quirk,
            link.offset(end),
            format!("{extra} bytes follow behind the end of the APDU"),
        );
    }
}

fn malformed(out: &mut Message, offset: u64, message: impl Into<String>) {
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

fn access_error(out: &mut Message, link: Link, code: u8) {
    let words = match code {
        1 => "hardware fault",
        2 => "temporary failure",
        3 => "read or write denied",
        4 => "object undefined",
        9 => "object class inconsistent",
        11 => "object unavailable",
        12 => "type unmatched",
        13 => "scope of access violated",
        14 => "data block unavailable",
        15 => "long get aborted",
        16 => "no long get in progress",
        19 => "data block number invalid",
        _ => "other reason",
    };
    out.problem(
        ProblemCode::MeterError,
        link.offset(0),
        format!("the meter refuses to answer: {words} ({code})"),
    );
}

/// Remembers which attributes a get-request asks for, so that the answer can be named.
fn request<T: Trace>(channel: &mut Channel, apdu: &[u8], trace: &mut T) {
    channel.asked.clear();
    let (count, mut at) = match apdu.get(1..) {
        Some(&[1, ..]) => (1, 3),
        Some(&[3, _, count @ 0..=0x7F, ..]) => (usize::from(count), 4),
        _ => return,
    };
    for _ in 0..count {
        let Some(&[c1, c0, a, b, c, d, e, f, attribute, selection]) =
            apdu.get(at..).and_then(|r| r.first_chunk::<10>())
        else {
            return;
        };
        let object = Object {
            class: u16::from_be_bytes([c1, c0]),
            obis: Obis([a, b, c, d, e, f]),
            attribute: attribute as i8,
        };
        trace.note(at..at + 10, "attribute", || {
            format!("class {}, {}, attribute {}", object.class, object.obis, object.attribute)
        });
        channel.asked.push(object);
        if selection != 0 {
            return;
        }
        at += 10;
    }
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
