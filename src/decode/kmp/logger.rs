//! The logger command B8 of MULTICAL 303, 403 and 603, as recorded sessions show it.
//!
//! ```text
//! request  sub  logger                                         sub 05: how is this logger set up
//!               log id 4   entries 2   n   register 2 …        sub 06: entries from this one back
//!               offset 2   entries 2   n   register 2 …        sub 07: entries from the last one back
//! answer   sub  logger  entries 2  n  first id 4  last id in the meter 4  info 2
//!               row 0: register 2  unit  length  exponent  value, n times
//!               row 1 …: the values alone
//! ```

use super::value::Format;
use super::{Content, clock, numbered, register, register_list, tables, value};
use crate::decode::message::ProblemCode;
use crate::decode::trace::Trace;
use crate::decode::{Decimal, Id, Message, Reading, Status, Value};

const CONFIGURATION: u32 = 5;
const FROM_ENTRY: u32 = 6;
const FROM_LAST: u32 = 7;

/// Bits of an answer's info field.  Not all are known.
const INFO: &[(u32, &str)] = &[
    (0, "no entries in the log; the values stand for nothing"),
    (3, "a register is not in this log"),
    (4, "shortened: not all that was asked for fits"),
    (6, "the oldest entry is included"),
    (7, "the newest entry is included"),
];

/// The bits of [`INFO`] that qualify the values.
const WARNINGS: u32 = 1 << 0 | 1 << 3 | 1 << 4;

/// Sub-command and logger; None when they are not there or not known.
fn head<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) -> Option<u32> {
    let (Some((sub, at_sub)), Some((kind, at_kind))) = (c.number(1), c.number(1)) else {
        c.malformed(out, "a logger command begins with its sub-command and its logger");
        return None;
    };
    c.trace.note(at_sub.clone(), "sub-command", || match sub {
        CONFIGURATION => "05: the logger's set-up".to_owned(),
        FROM_ENTRY => "06: entries by number".to_owned(),
        FROM_LAST => "07: entries counted from the last".to_owned(),
        _ => format!("{sub:02X}: not known"),
    });
    c.trace.note(at_kind, "logger", || match tables::logger(kind as u8) {
        Some(name) => format!("{kind}: {name}"),
        None => format!("{kind}: not known"),
    });
    if !matches!(sub, CONFIGURATION | FROM_ENTRY | FROM_LAST) {
        let offset = c.offset(at_sub.start);
        out.problem(ProblemCode::Unsupported, offset, format!("logger sub-command {sub:02X} is not known"));
        super::worsen(out, Status::Unsupported);
        let rest = c.at..c.end;
        c.trace.note(rest, "data", || "layout not known".to_owned());
        c.at = c.end;
        return None;
    }
    Some(sub)
}

pub(super) fn request<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    let Some(sub) = head(c, out) else { return };
    if sub == CONFIGURATION {
        if c.left() > 0 {
            c.malformed(out, "this request has no further data");
        }
        return;
    }
    let width = if sub == FROM_ENTRY { 4 } else { 2 };
    let (Some((first, at_first)), Some((entries, at_entries))) = (c.number(width), c.number(2)) else {
        return c.malformed(out, "the request ends before it says which entries it wants");
    };
    if sub == FROM_ENTRY {
        c.trace.note(at_first, "entry", || format!("from entry {first} back"));
    } else {
        c.trace.note(at_first, "offset", || format!("{first} entries before the last"));
    }
    c.trace.note(at_entries, "entries", || format!("{entries} wanted"));
    register_list(c, out);
}

pub(super) fn answer<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    match head(c, out) {
        None => {}
        Some(CONFIGURATION) => {
            if configuration(c, out).is_none() {
                c.malformed(out, "the answer ends before the logger's set-up is complete");
            } else if c.left() > 0 {
                c.malformed(out, "the answer has more bytes than its registers");
            }
        }
        Some(_) => rows(c, out),
    }
}

/// A named whole number that describes a log rather than the meter.
fn fact(out: &mut Message, id: &'static str, number: u32) {
    out.readings.push(Reading::new(Id::Named(id), Value::Number(Decimal::integer(i128::from(number)))));
}

fn configuration<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) -> Option<()> {
    for (what, width) in [("date 1", 2), ("date 2", 2), ("most entries in an interval", 1), ("interval", 1)] {
        let (format, at_format) = c.number(1)?;
        c.trace.note(at_format, "format", || format!("{format}, of the next field"));
        let (number, at) = c.number(width)?;
        c.trace.note(at, what, || number.to_string());
    }
    let (depth, at) = c.number(2)?;
    c.trace.note(at, "depth", || format!("keeps {depth} entries"));
    fact(out, "kmp:log.depth", depth);
    let (count, at) = c.number(1)?;
    c.trace.note(at, "count", || format!("{count} registers in each entry"));
    for _ in 0..count {
        let (register, at) = c.number(2)?;
        c.trace.note(at, "register", || numbered(register as u16));
    }
    Some(())
}

fn rows<T: Trace>(c: &mut Content<'_, T>, out: &mut Message) {
    let (
        Some((entries, at_entries)),
        Some((count, at_count)),
        Some((first, at_first)),
        Some((last, at_last)),
        Some((info, at_info)),
    ) = (c.number(2), c.number(1), c.number(4), c.number(4), c.number(2))
    else {
        return c.malformed(out, "the answer ends before its first entry");
    };
    c.trace.note(at_entries, "entries", || format!("{entries} in this answer"));
    c.trace.note(at_count, "registers", || format!("{count} in each entry"));
    c.trace.note(at_first, "first entry", || format!("number {first}"));
    c.trace.note(at_last, "last entry", || format!("number {last} is the newest in the meter"));
    let says = |bits: u32| {
        let mut text = String::new();
        for (bit, what) in INFO {
            if bits & (1 << bit) != 0 {
                text.push_str(if text.is_empty() { "" } else { "; " });
                text.push_str(what);
            }
        }
        text
    };
    c.trace.note(at_info.clone(), "info", || format!("{info:04X}: {}", says(info)));
    if info & WARNINGS != 0 {
        let offset = c.offset(at_info.start);
        out.problem(ProblemCode::MeterError, offset, says(info & WARNINGS));
    }
    let mut formats: [Option<(u16, Format)>; 256] = [None; 256];
    let count = count as usize;
    for row in 0..entries {
        let begin = out.readings.len();
        for column in formats.iter_mut().take(count) {
            if row == 0 {
                *column = register(c, out);
                if column.is_none() {
                    return c.malformed(out, "the answer ends in the middle of its first entry");
                }
            } else if let Some((register, format)) = *column {
                let Some(mantissa) = c
                    .all
                    .get(c.at..c.at + usize::from(format.length))
                    .filter(|_| usize::from(format.length) <= c.left())
                else {
                    return c.malformed(out, "the answer ends in the middle of an entry");
                };
                value(c, register, format, mantissa, out);
            }
        }
        if row == 0
            && entries > 1
            && formats.iter().take(count).flatten().all(|(_, format)| format.length == 0)
        {
            return c.malformed(
                out,
                "the answer says that it has further entries, but they would be of no bytes",
            );
        }
        let entry = out.readings.get_mut(begin..).unwrap_or_default();
        let when = clock(entry);
        for reading in entry {
            reading.time = when;
        }
    }
    if c.left() > 0 {
        c.malformed(out, "the answer has more bytes than its entries");
    }
}
