//! KMP, the Kamstrup Meter Protocol, as heat, cooling, water and some electricity meters speak it at the
//! optical eye and to their modules.
//!
//! ```text
//! 80 | address  CID  data …  CRC CRC | 0D      to the meter
//! 40 | address  CID  data …  CRC CRC | 0D      from the meter
//! 06                                           from the meter: understood, nothing to report
//! ```
//! Between start and stop the bytes 06, 0D, 1B, 40 and 80 are stuffed: 1B, then the complement.  The
//! checksum is CRC-16/XMODEM over address, CID and data.  An answer has the CID of its request; the answer to
//! GetRegister has unit, scale and value of each register that the meter knows.
//!
//! Kamstrup's own description is not public; facts are from what the PyKMP projects quote of it, from recorded
//! sessions, and from the technical descriptions of the MULTICAL meters.

pub mod frame;
mod logger;
pub mod tables;
mod value;

use super::checksum;
use super::message::{ProblemCode, words};
use super::scan::{Scan, Trust};
use super::stream::{self, Outcome};
use super::trace::Trace;
use super::{Decimal, Direction, Id, Keys, Message, Protocol, Reading, Status, Timestamp, Value};
use frame::Fault;
use std::ops::Range;
use tables::{GET_REGISTER, GET_SERIAL, GET_TYPE, LOGGER};
use value::{Decoded, Format};

/// Register that holds date and time at once.
const DATE_AND_TIME: u16 = 348;
/// Register that holds the time of day.
const TIME: u16 = 1002;
/// Register that holds the date.
const DATE: u16 = 1003;

/// The most registers that one request may ask for.
pub const MAX_REGISTERS: usize = 8;

/// What KMP keeps between frames.
#[derive(Debug, Default)]
pub struct Reader {
    /// The frame at hand, unstuffed.
    content: Vec<u8>,
    /// A request ended here: an acknowledge byte directly behind it belongs to it.
    request_end: Option<u64>,
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Kmp];
    const STARTS: &'static [u8] = &[frame::FROM_METER, frame::TO_METER, frame::ACKNOWLEDGE];

    fn new(_: &Keys) -> Self {
        Reader::default()
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        match buffer.first() {
            // A lone 06 says nothing by itself.
            Some(&frame::ACKNOWLEDGE) if self.request_end.is_some() => {
                Scan::Frame { length: 1, trust: Trust::Structure }
            }
            _ => frame::scan(buffer, end),
        }
    }

    fn read<T: Trace>(&mut self, frame: &stream::Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        let asked = self.request_end.take();
        if frame.bytes == [frame::ACKNOWLEDGE] {
            if asked != Some(frame.offset) {
                return Outcome::Noise;
            }
            out.direction = Some(Direction::Response);
            trace.open("KMP acknowledge", frame.bytes);
            trace.note(0..1, "acknowledge", || "the meter has done what the request said".to_owned());
            trace.close();
            return Outcome::Complete;
        }
        let mut content = std::mem::take(&mut self.content);
        content.clear();
        read(frame, &mut content, out, trace);
        self.content = content;
        if out.direction == Some(Direction::Request) {
            self.request_end = Some(frame.end());
        }
        Outcome::Complete
    }
}

/// A frame's content while it is read: where things are, and where complaints go.
struct Content<'a, T> {
    frame: &'a stream::Frame<'a>,
    /// Everything between start and stop, unstuffed.
    all: &'a [u8],
    /// The end of the data in `all`.
    end: usize,
    /// The place in `all` of the next byte.
    at: usize,
    trace: &'a mut T,
}

impl<'a, T: Trace> Content<'a, T> {
    /// The next `length` bytes, and where they are.  None when the data end before.
    fn take(&mut self, length: usize) -> Option<(&'a [u8], Range<usize>)> {
        let range = self.at..self.at.checked_add(length)?;
        if range.end > self.end {
            return None;
        }
        let bytes = self.all.get(range.clone())?;
        self.at = range.end;
        Some((bytes, range))
    }

    /// The next bytes as a big-endian number.
    fn number(&mut self, length: usize) -> Option<(u32, Range<usize>)> {
        let (bytes, range) = self.take(length)?;
        Some((bytes.iter().fold(0, |n, b| n << 8 | u32::from(*b)), range))
    }

    fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Offset in the input of a place in the content.
    #[cold]
    fn offset(&self, at: usize) -> u64 {
        self.frame.offset + frame::wire_offset(self.frame.bytes, at) as u64
    }

    /// The data end in the middle of something, or have something left over.
    #[cold]
    fn malformed(&mut self, out: &mut Message, what: &str) {
        let rest = self.at..self.end;
        self.trace.fault(rest, "data", || what.to_owned());
        let offset = self.offset(self.at);
        out.problem(ProblemCode::Malformed, offset, what);
        worsen(out, Status::Malformed);
        self.at = self.end;
    }
}

/// Sets a status unless there is a worse one already.
fn worsen(out: &mut Message, status: Status) {
    if out.status == Status::Ok {
        out.status = status;
    }
}

/// Reads a frame; `content` is empty and only lends its memory.
fn read<T: Trace>(frame: &stream::Frame<'_>, content: &mut Vec<u8>, out: &mut Message, trace: &mut T) {
    let bytes = frame.bytes;
    let fault = if frame.trust == Trust::Checked {
        frame::unstuff_checked(bytes, content);
        None
    } else {
        frame::unstuff(bytes, content)
    };
    let to_meter = bytes.first() == Some(&frame::TO_METER);
    out.direction = Some(if to_meter { Direction::Request } else { Direction::Response });
    let stop = if fault == Some(Fault::NoStop) { bytes.len() } else { bytes.len().saturating_sub(1) };
    let whole = stop < bytes.len();
    let body = content.len().saturating_sub(2);
    let sent = match content.get(body..) {
        Some([high, low]) => Some(u16::from_be_bytes([*high, *low])),
        _ => None,
    };
    // The scan has already compared them where it found nothing amiss.
    let sum = match sent {
        Some(sent) if frame.trust == Trust::Checked => sent,
        _ => checksum::xmodem(content.get(..body).unwrap_or_default()),
    };
    trace.open("KMP frame", bytes);
    trace.note(0..1, "start", || {
        if to_meter { "80: a request to the meter" } else { "40: an answer of the meter" }.to_owned()
    });
    explain_stuffing(stop, content.len(), trace);
    complain(frame, fault, sum, sent, out, trace);

    trace.open("content, unstuffed", content);
    let end = if whole { body } else { content.len() };
    let mut c = Content { frame, all: content, end, at: 0, trace };
    read_content(&mut c, to_meter, out);
    if whole && let Some(sent) = sent {
        let note = || format!("CRC-16 {sent:04X}{}", if sent == sum { ", holds" } else { ", does not hold" });
        if sent == sum {
            c.trace.note(body..body + 2, "CRC", note)
        } else {
            c.trace.fault(body..body + 2, "CRC", note)
        }
    }
    trace.close();
    if whole {
        trace.note(stop..bytes.len(), "stop", || "0D: end of the frame".to_owned());
    }
    trace.close();
}

fn explain_stuffing<T: Trace>(stop: usize, plain: usize, trace: &mut T) {
    if stop <= 1 {
        return;
    }
    let stuffed = (stop - 1).saturating_sub(plain);
    trace.note(1..stop, "content", || match stuffed {
        0 => "address, command, data and checksum; nothing is stuffed".to_owned(),
        1 => "address, command, data and checksum; one byte is stuffed (1B, then its complement)".to_owned(),
        n => format!("address, command, data and checksum; {n} bytes are stuffed (1B, then the complement)"),
    });
}

/// Notes what is wrong with a frame as such, worst first for the status.
fn complain<T: Trace>(
    frame: &stream::Frame<'_>,
    fault: Option<Fault>,
    sum: u16,
    sent: Option<u16>,
    out: &mut Message,
    trace: &mut T,
) {
    if frame.trust == Trust::Checked && fault.is_none() {
        return;
    }
    let at = match fault {
        Some(Fault::NotStuffed(at) | Fault::BadEscape(at) | Fault::EscapeAtEnd(at)) => Some(at),
        Some(Fault::NoStop) | None => None,
    };
    if frame.trust == Trust::Truncated || fault == Some(Fault::NoStop) {
        worsen(out, Status::Truncated);
        out.problem(ProblemCode::Truncated, frame.end(), "the frame ends without its stop byte 0D");
    } else if fault.is_some() {
        worsen(out, Status::Malformed);
    }
    if let Some(at) = at {
        let byte = |at: usize| frame.bytes.get(at).copied().unwrap_or_default();
        let why = match fault {
            Some(Fault::NotStuffed(_)) => {
                format!("{:02X} inside a frame must be stuffed (1B {:02X})", byte(at), !byte(at))
            }
            Some(Fault::BadEscape(_)) => format!("1B {:02X} stands for no stuffed byte", byte(at + 1)),
            _ => "the frame ends in the middle of a stuffed byte (1B 0D)".to_owned(),
        };
        trace.fault(at..at + 1, "stuffing", || why.clone());
        out.problem(ProblemCode::Malformed, frame.offset + at as u64, why);
    }
    if frame.trust == Trust::Broken && fault.is_none() {
        worsen(out, Status::BadChecksum);
        let why = match sent {
            Some(sent) if sent != sum => format!("the frame's CRC is {sent:04X}, its bytes give {sum:04X}"),
            _ => "the frame is too short for address, command and checksum".to_owned(),
        };
        out.problem(ProblemCode::BadChecksum, frame.end().saturating_sub(3), why);
    }
}

fn read_content<T: Trace>(c: &mut Content<'_, T>, to_meter: bool, out: &mut Message) {
    let Some((&[address, cid], range)) = c.take(2).map(|(b, r)| (b.first_chunk::<2>().unwrap_or(&[0, 0]), r))
    else {
        return;
    };
    c.trace.note(range.start..range.start + 1, "address", || match tables::address(address) {
        Some(name) => format!("{address:02X}: {name}"),
        None => format!("{address:02X}"),
    });
    let name = tables::command(cid);
    c.trace.note(range.start + 1..range.end, "CID", || format!("{cid:02X}: {}", name.unwrap_or("not known")));
    match (cid, to_meter) {
        (GET_TYPE | GET_SERIAL, true) => {
            if c.left() > 0 {
                c.malformed(out, "this request has no data");
            }
        }
        (GET_TYPE, false) => get_type(c, out),
        (GET_SERIAL, false) => get_serial(c, out),
        (GET_REGISTER, true) => register_list(c, out),
        (GET_REGISTER, false) => registers(c, out),
        (LOGGER, true) => logger::request(c, out),
        (LOGGER, false) => logger::answer(c, out),
        _ => other(c, cid, name, to_meter, out),
    }
}

/// Commands whose data have no published layout.
fn other<T: Trace>(
    c: &mut Content<'_, T>,
    cid: u8,
    name: Option<&'static str>,
    to_meter: bool,
    out: &mut Message,
) {
    let offset = c.offset(1);
    match name {
        None => {
            worsen(out, Status::Unsupported);
            out.problem(ProblemCode::Unsupported, offset, format!("command {cid:02X} is not known"));
        }
        // A request carries no readings, and its checksum vouches for the command.
        Some(name) if to_meter || c.left() == 0 => {
            if c.left() > 0 {
                out.problem(ProblemCode::Unsupported, offset, format!("the data of {name} are not decoded"));
            }
        }
        Some(name) => {
            worsen(out, Status::Unsupported);
            out.problem(
                ProblemCode::Unsupported,
                offset,
                format!("answers to {name} are not decoded: their layout is not published"),
            );
        }
    }
    let rest = c.at..c.end;
    if !rest.is_empty() {
        c.trace.note(rest, "data", || "layout not published".to_owned());
    }
    c.at = c.end;
}

fn get_type<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    let (Some((kind, at_kind)), Some((revision, at_revision)), 0) = (c.number(2), c.number(2), c.left())
    else {
        c.at = 2;
        return c.malformed(out, "the answer to GetType has two bytes of type and two of software revision");
    };
    let kind = compact_str::format_compact!("{kind:04X}");
    c.trace.note(at_kind, "type", || format!("meter type {kind}"));
    let (letter, number) = (revision >> 8, revision & 0xFF);
    let revision = match (u8::try_from(letter), revision) {
        (_, 0) => None,
        (Ok(letter @ 1..=26), _) => {
            Some(compact_str::format_compact!("{}{number}", char::from(b'A' + (letter - 1))))
        }
        _ => {
            let offset = c.offset(at_revision.start);
            out.problem(
                ProblemCode::BadValue,
                offset,
                format!("a software revision begins with a letter from 1 = A to 26 = Z, not {letter}"),
            );
            None
        }
    };
    c.trace.note(at_revision, "revision", || match &revision {
        Some(revision) => format!("software {revision}"),
        None => "not available".to_owned(),
    });
    out.readings.push(Reading::new(Id::Named("kmp:type"), Value::Text(kind.clone())));
    out.meter.model = Some(kind);
    if let Some(revision) = revision {
        out.readings.push(Reading::new(Id::Named("kmp:software"), Value::Text(revision.clone())));
        out.meter.version = Some(revision);
    }
}

fn get_serial<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    let (Some((serial, at)), 0) = (c.number(4), c.left()) else {
        c.at = 2;
        return c.malformed(out, "the answer to GetSerialNo has four bytes");
    };
    c.trace.note(at, "serial", || format!("serial number {serial}"));
    let serial = compact_str::format_compact!("{serial}");
    out.readings.push(Reading::new(Id::Named("kmp:serial"), Value::Text(serial.clone())));
    out.meter.id = Some(serial);
}

/// The count and numbers of registers that a request asks for, to the end of its data.
fn register_list<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    let Some((count, at)) = c.number(1) else {
        return c.malformed(out, "the request does not say how many registers it wants");
    };
    c.trace.note(at, "count", || format!("{count} register{}", if count == 1 { "" } else { "s" }));
    for _ in 0..count {
        let Some((register, at)) = c.number(2) else {
            return c.malformed(out, "the request has fewer registers than it says");
        };
        c.trace.note(at, "register", || numbered(register as u16));
    }
    if c.left() > 0 {
        c.malformed(out, "the request has more bytes than its registers");
    }
}

/// `60: Heat energy E1`.
fn numbered(register: u16) -> String {
    match tables::register(register) {
        Some(name) => format!("{register}: {name}"),
        None => register.to_string(),
    }
}

/// The registers of an answer: there is no count, they go on to the checksum.
fn registers<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    if c.left() == 0 {
        let offset = c.offset(c.at);
        out.problem(
            ProblemCode::MeterError,
            offset,
            "the meter knows none of the registers it was asked for",
        );
    }
    while c.left() > 0 {
        if register(c, out).is_none() {
            return c.malformed(out, "the answer ends in the middle of a register");
        }
    }
    out.time = clock(&out.readings);
}

/// One register with all it says about itself.
fn register<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) -> Option<(u16, Format)> {
    let start = c.at;
    let rest = c.all.get(c.at..c.end)?;
    let [high, low, unit, length, sign_and_exponent, after @ ..] = rest else { return None };
    let format = Format { unit: *unit, length: *length, sign_and_exponent: *sign_and_exponent };
    let mantissa = after.get(..usize::from(format.length))?;
    let register = u16::from_be_bytes([*high, *low]);
    c.at = start + 5;
    c.trace.note(start..start + 2, "register", || numbered(register));
    c.trace.note(start + 2..start + 3, "unit", || match tables::unit(format.unit) {
        Some(unit) => format!("{}: {}", format.unit, unit.words),
        None => format!("{}: not known", format.unit),
    });
    c.trace.note(start + 3..start + 4, "length", || format!("value of {} bytes", format.length));
    c.trace.note(start + 4..start + 5, "exponent", || {
        format!("× 10^{}{}", format.exponent(), if format.negative() { ", negative" } else { "" })
    });
    value(c, register, format, mantissa, out);
    Some((register, format))
}

/// A register's value, whose bytes are next.
fn value<T: Trace>(
    c: &mut Content<'_, T>,
    register: u16,
    format: Format,
    mantissa: &[u8],
    out: &mut Message,
) {
    let at = c.at..c.at + mantissa.len();
    if !T::ON
        && let Some((coefficient, power, symbol)) = format.plain(mantissa)
    {
        c.at = at.end;
        return number(register, coefficient, power, symbol, out);
    }
    let Decoded { value, unit, problem } = format.decode(mantissa);
    if let Some((code, why)) = problem {
        let offset = c.offset(at.start);
        out.problem(code, offset, format!("register {}: {why}", numbered(register)));
    }
    if T::ON && !at.is_empty() {
        let says = || {
            let shown = match &value {
                Value::Number(n) => n.to_string(),
                Value::Text(t) => t.to_string(),
                Value::Time(t) => t.to_string(),
                Value::Bool(b) => b.to_string(),
                Value::Null => "no value".to_owned(),
            };
            format!("{shown}{}{}", if unit.is_some() { " " } else { "" }, unit.unwrap_or_default())
        };
        if problem.is_some() {
            c.trace.fault(at.clone(), "value", says)
        } else {
            c.trace.note(at.clone(), "value", says)
        }
    }
    c.at = at.end;
    out.readings.push(Reading { unit: unit.map(words), ..Reading::new(Id::Kmp(register), value) });
}

/// Adds what most registers are: a number and its unit.
///
/// Nothing of it comes through memory, so the reading is written once, and where it stays: copied there from
/// where it was put together, it would cost more than the rest of its register.
#[inline(never)]
fn number(register: u16, coefficient: i64, power: i8, symbol: &'static str, out: &mut Message) {
    out.readings.extend(std::iter::once_with(|| Reading {
        id: Id::Kmp(register),
        value: Value::Number(Decimal::small(coefficient, power)),
        unit: if symbol.is_empty() { None } else { Some(words(symbol)) },
        time: None,
        scale_source: None,
        record: None,
    }));
}

/// The point in time that registers read together state: date and time in one, or in two.
fn clock(readings: &[Reading]) -> Option<Timestamp> {
    let mut date = None;
    let mut time = None;
    for reading in readings {
        match (&reading.id, &reading.value) {
            (Id::Kmp(DATE_AND_TIME), Value::Time(when)) => return Some(*when),
            (Id::Kmp(DATE), Value::Time(day)) => date = Some(*day),
            (Id::Kmp(TIME), Value::Text(text)) => time = Some(text),
            _ => {}
        }
    }
    let mut parts = time?.split(':').map(str::parse::<u8>);
    let (Some(Ok(hour)), Some(Ok(minute)), Some(Ok(second)), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    date?.hms(hour, minute, second)
}

/// What a reading stands for that is not a register, in plain words.
pub fn named(id: &str) -> Option<&'static str> {
    Some(match id {
        "kmp:type" => "Meter type",
        "kmp:software" => "Software revision",
        "kmp:serial" => "Serial number",
        "kmp:log.depth" => "Entries that the logger keeps",
        _ => return None,
    })
}

/// The quantity of a register, in plain words.
pub fn register_name(register: u16) -> Option<&'static str> {
    tables::register(register)
}

#[cfg(test)]
mod tests;
