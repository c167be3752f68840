//! From the bytes of a table to readings.

use super::packet::{Answer, Command, table_name};
use super::tables::{self, Element, Layout};
use crate::decode::message::{MepId, ProblemCode, words};
use crate::decode::trace::Trace;
use crate::decode::{Decimal, Id, Message, Reading, Timestamp, Value};
use compact_str::CompactString;
use std::fmt::Write as _;
use std::ops::Range;

/// Scale and unit are the guide's; the meter's own BT21 says what is where.
const DOCUMENTED: &str = "OSGP MEP tables";
/// As [`DOCUMENTED`], but BT21 was not heard.
const ASSUMED: &str = "OSGP MEP tables, layout assumed";
/// No document states the scale.
const UNKNOWN: &str = "unknown";

/// What reading tables has taught about the meter.
#[derive(Debug, Default)]
pub struct Knowledge {
    /// From BT21.
    pub layout: Option<Layout>,
    /// The items of the last transaction that was written, as they were sent.
    pub transaction: Vec<u8>,
}

/// Bytes of a table that an answer brought.
pub struct Part<'a> {
    /// The table's number on the wire.
    pub table: u16,
    /// Where in the table the bytes begin.
    pub offset: u32,
    /// The bytes.
    pub data: &'a [u8],
    /// They are all that the table has.
    pub whole: bool,
    /// Where they begin in the layer that is being explained.
    pub base: usize,
    /// Where they begin in the input.
    pub input: u64,
}

impl<'a> Part<'a> {
    /// What an answer to `command` brought.
    pub fn new(command: &Command<'_>, data: &'a [u8], base: usize, input: u64) -> Self {
        let (offset, whole) = match *command {
            Command::Read { limit, .. } => (0, limit.is_none_or(|most| data.len() < usize::from(most))),
            Command::ReadPart { offset, .. } | Command::Write { offset, .. } => (offset, false),
        };
        Part { table: command.table(), offset, data, whole, base, input }
    }
}

/// The fields of a part, in ascending order; what lies between them is explained as not decoded.
struct Fields<'a, 'b, T> {
    part: &'a Part<'b>,
    trace: &'a mut T,
    next: usize,
}

impl<'b, T: Trace> Fields<'_, 'b, T> {
    /// The bytes `at` of the table, if the part holds all of them.
    fn get(&mut self, at: Range<usize>) -> Option<(&'b [u8], Range<usize>)> {
        let offset = self.part.offset as usize;
        let range = at.start.checked_sub(offset)?..at.end.checked_sub(offset)?;
        let bytes = self.part.data.get(range.clone())?;
        if range.start > self.next {
            self.skip(range.start);
        }
        self.next = range.end.max(self.next);
        Some((bytes, range.start + self.part.base..range.end + self.part.base))
    }

    fn skip(&mut self, to: usize) {
        let base = self.part.base;
        self.trace.note(base + self.next..base + to, "data", || "not decoded".to_owned());
    }

    fn finish(mut self) {
        let end = self.part.data.len();
        if self.next < end {
            self.skip(end);
        }
    }
}

/// Reads what an answer brought.
pub fn read<T: Trace>(part: &Part<'_>, knowledge: &mut Knowledge, out: &mut Message, trace: &mut T) {
    if part.table == tables::TRANSACTION_RESULT {
        return transaction_result(part, knowledge, out, trace);
    }
    let mut fields = Fields { part, trace, next: 0 };
    match part.table {
        tables::IDENTITY => identity(&mut fields, out),
        tables::SERIAL => serial(&mut fields, out),
        tables::DIMENSIONS => dimensions(&mut fields, knowledge, out),
        tables::CLOCK => clock(&mut fields, Some(0), "mep:BT52.time", out),
        tables::LOCAL_CLOCK => clock(&mut fields, None, "mep:BT55.time", out),
        tables::SELECTION => {
            let summations = knowledge.layout.map_or(11, |l| usize::from(l.summations));
            sources(&mut fields, 0, summations, out);
        }
        tables::PRESENT_SELECTION => {
            let (demands, values) = knowledge
                .layout
                .map_or((0, 0), |l| (usize::from(l.present_demands), usize::from(l.present_values)));
            if knowledge.layout.is_none() {
                say_assumed(
                    part,
                    "where in BT27 the values begin is stated by BT21, which was not heard",
                    out,
                );
            }
            sources(&mut fields, demands, values, out);
        }
        tables::ENERGIES => energies(&mut fields, knowledge.layout, out),
        tables::PRESENT => present(&mut fields, knowledge.layout, out),
        _ => {}
    }
    fields.finish();
}

fn say_assumed(part: &Part<'_>, what: &str, out: &mut Message) {
    out.problem(ProblemCode::Assumed, part.input, what);
}

/// Characters without the padding behind them; as hex digits when they are not printable.
fn text(bytes: &[u8]) -> CompactString {
    let end = bytes.iter().rposition(|b| !matches!(b, 0 | b' ' | 0xFF)).map_or(0, |last| last + 1);
    let bytes = bytes.get(..end).unwrap_or_default();
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.iter().all(|b| (0x20..0x7F).contains(b)) => CompactString::from(text),
        _ => {
            let mut text = CompactString::default();
            for byte in bytes {
                // Writing to a string cannot fail.
                let _ = write!(text, "{byte:02X}");
            }
            text
        }
    }
}

/// A text field, as a reading too when it says something.
fn text_field<T: Trace>(
    fields: &mut Fields<'_, '_, T>,
    at: Range<usize>,
    id: &'static str,
    what: &str,
    out: &mut Message,
) -> Option<CompactString> {
    let (bytes, range) = fields.get(at)?;
    let text = text(bytes);
    fields.trace.note(range, what, || format!("`{text}`"));
    if text.is_empty() {
        return None;
    }
    out.readings.push(Reading::new(Id::Named(id), Value::Text(text.clone())));
    Some(text)
}

fn identity<T: Trace>(fields: &mut Fields<'_, '_, T>, out: &mut Message) {
    out.meter.manufacturer = text_field(fields, 0..4, "mep:BT01.manufacturer", "manufacturer", out);
    out.meter.model = text_field(fields, 4..12, "mep:BT01.model", "model", out);
    let Some((&[high, low], range)) =
        fields.get(14..16).map(|(b, r)| (b.first_chunk::<2>().unwrap_or(&[0, 0]), r))
    else {
        return;
    };
    let version = u16::from_be_bytes([high, low]);
    // x.yy.zz in 4, 7 and 5 bits: 3155 is 3.10.21.
    let version =
        compact_str::format_compact!("{}.{:02}.{:02}", version >> 12, version >> 5 & 0x7F, version & 0x1F);
    fields.trace.note(range, "firmware", || version.to_string());
    out.readings.push(Reading::new(Id::Named("mep:BT01.firmware"), Value::Text(version.clone())));
    out.meter.version = Some(version);
}

fn serial<T: Trace>(fields: &mut Fields<'_, '_, T>, out: &mut Message) {
    out.meter.id = text_field(fields, 0..30, "mep:ET03.serial", "utility serial number", out);
}

fn dimensions<T: Trace>(fields: &mut Fields<'_, '_, T>, knowledge: &mut Knowledge, out: &mut Message) {
    if fields.part.offset == 0
        && let Some(layout) = Layout::parse(fields.part.data)
    {
        knowledge.layout = Some(layout);
    }
    for element in 0..10u16 {
        let at = usize::from(element);
        let id = MepId { table: tables::DIMENSIONS, tier: None, element };
        if let Some((&[value], range)) =
            fields.get(at..at + 1).map(|(b, r)| (b.first_chunk::<1>().unwrap_or(&[0]), r))
        {
            let name = tables::name(&id).unwrap_or_default();
            fields.trace.note(range, "dimension", || match element {
                0 | 1 => format!("{name}: {value:08b}"),
                _ => format!("{name}: {value}"),
            });
            out.readings.push(Reading::new(Id::Mep(id), Value::Number(Decimal::integer(i128::from(value)))));
        }
    }
}

fn clock<T: Trace>(fields: &mut Fields<'_, '_, T>, offset: Option<i16>, id: &'static str, out: &mut Message) {
    let Some((bytes, range)) = fields.get(0..6) else { return };
    let &[year, month, day, hour, minute, second] = bytes.first_chunk::<6>().unwrap_or(&[0; 6]);
    let when = Timestamp::date(2000 + i16::from(year), month, day)
        .and_then(|t| t.hms(hour, minute, second))
        .and_then(|t| offset.map_or(Some(t), |minutes| t.offset(minutes)));
    match when {
        Some(when) => {
            fields.trace.note(range, "clock", || when.to_string());
            out.time = Some(when);
            out.readings.push(Reading::new(Id::Named(id), Value::Time(when)));
        }
        None => {
            fields.trace.fault(range, "clock", || "no such date or time".to_owned());
            out.problem(
                ProblemCode::BadTime,
                fields.part.input,
                "the meter's clock states a time that does not exist",
            );
            out.readings.push(Reading::new(Id::Named(id), Value::Null));
        }
    }
}

/// Bytes that name the source of each summation or present value.
fn sources<T: Trace>(fields: &mut Fields<'_, '_, T>, start: usize, count: usize, out: &mut Message) {
    for element in 0..count {
        let at = start + element;
        let Some((bytes, range)) = fields.get(at..at + 1) else { continue };
        let source = bytes.first().copied().unwrap_or_default();
        fields.trace.note(range, "source", || format!("of number {element}: {source}"));
        let id = MepId { table: fields.part.table, tier: None, element: element as u16 };
        out.readings.push(Reading::new(Id::Mep(id), Value::Number(Decimal::integer(i128::from(source)))));
    }
}

/// A 32-bit number of a register table.
fn element<T: Trace>(
    fields: &mut Fields<'_, '_, T>,
    at: usize,
    id: MepId,
    what: Option<&Element>,
    source: &'static str,
    out: &mut Message,
) {
    let Some((bytes, range)) = fields.get(at..at + 4) else { return };
    let number = i32::from_le_bytes(bytes.first_chunk::<4>().copied().unwrap_or_default());
    let power = what.and_then(|e| e.power);
    let value = Decimal::new(i128::from(number), power.map_or(0, i16::from)).unwrap_or(Decimal::integer(0));
    let unit = what.map(|e| e.unit).filter(|u| !u.is_empty());
    fields.trace.note(range, "value", || {
        format!(
            "{}{}: {value}{}{}",
            id.tier.map_or(String::new(), |t| format!("tier {t}, ")),
            what.map_or("not documented", |e| e.name),
            if unit.is_some() { " " } else { "" },
            unit.unwrap_or_default()
        )
    });
    out.readings.push(Reading {
        unit: unit.map(words),
        scale_source: Some(if power.is_some() { source } else { UNKNOWN }),
        ..Reading::new(Id::Mep(id), Value::Number(value))
    });
}

fn energies<T: Trace>(fields: &mut Fields<'_, '_, T>, known: Option<Layout>, out: &mut Message) {
    let part = fields.part;
    let layout =
        known.unwrap_or_else(|| Layout::assumed(tables::ENERGIES, part.offset, part.data.len(), part.whole));
    let source = if known.is_some() { DOCUMENTED } else { ASSUMED };
    if known.is_none() {
        let what = format!(
            "the layout of BT23 is stated by BT21, which was not heard; assumed: {}{} summations, {} tiers, no demands",
            if layout.reset_counter { "a reset counter, " } else { "" },
            layout.summations,
            layout.tiers
        );
        say_assumed(part, &what, out);
    }
    if layout.reset_counter
        && let Some((bytes, range)) = fields.get(0..1)
    {
        let resets = bytes.first().copied().unwrap_or_default();
        fields.trace.note(range, "resets", || format!("{resets} demand resets"));
    }
    let block = layout.block(part.whole.then_some(part.data.len()));
    for tier in std::iter::once(None).chain((0..layout.tiers).map(Some)) {
        let start = usize::from(layout.reset_counter) + block * tier.map_or(0, |t| usize::from(t) + 1);
        for number in 0..u16::from(layout.summations) {
            let id = MepId { table: tables::ENERGIES, tier, element: number };
            let at = start + 4 * usize::from(number);
            element(fields, at, id, tables::BT23.get(usize::from(number)), source, out);
        }
    }
}

fn present<T: Trace>(fields: &mut Fields<'_, '_, T>, known: Option<Layout>, out: &mut Message) {
    let part = fields.part;
    let layout =
        known.unwrap_or_else(|| Layout::assumed(tables::PRESENT, part.offset, part.data.len(), part.whole));
    let source = if known.is_some() { DOCUMENTED } else { ASSUMED };
    if known.is_none() {
        say_assumed(
            part,
            "the layout of BT28 is stated by BT21, which was not heard; assumed: no demands before the values",
            out,
        );
    }
    let start = layout.present();
    for number in 0..u16::from(layout.present_values) {
        let id = MepId { table: tables::PRESENT, tier: None, element: number };
        let at = start + 4 * usize::from(number);
        element(fields, at, id, tables::BT28.get(usize::from(number)), source, out);
    }
}

/// Explains what a request writes; keeps a transaction for its results.
pub fn write<T: Trace>(
    command: &Command<'_>,
    base: usize,
    input: u64,
    knowledge: &mut Knowledge,
    out: &mut Message,
    trace: &mut T,
) {
    let Command::Write { table, offset, data, .. } = *command else { return };
    if table != tables::TRANSACTION || offset != 0 {
        if !data.is_empty() {
            trace.note(base..base + data.len(), "data", || format!("{} bytes to write", data.len()));
        }
        return;
    }
    knowledge.transaction.clear();
    match items(data) {
        Some(found) => {
            knowledge.transaction.extend_from_slice(found);
            explain_transaction(data, base, trace);
            let mut at = 5;
            for item in Items(found) {
                trace.note(base + at..base + at + 2, "length", || format!("item of {} bytes", item.len()));
                trace.note(base + at + 2..base + at + 2 + item.len(), "item", || {
                    match Command::parse(item) {
                        Some(command) => describe(&command),
                        None => "not a known command".to_owned(),
                    }
                });
                at += 2 + item.len();
            }
        }
        None => {
            trace.fault(base..base + data.len(), "transaction", || {
                "its length or numbers do not agree".to_owned()
            });
            out.problem(ProblemCode::Malformed, input, "the transaction's length or numbers do not agree");
        }
    }
}

/// `read BT23, 44 bytes from 0`.
pub fn describe(command: &Command<'_>) -> String {
    match *command {
        Command::Read { table, limit: None } => format!("read {}", table_name(table)),
        Command::Read { table, limit: Some(most) } => {
            format!("read {}, at most {most} bytes", table_name(table))
        }
        Command::ReadPart { table, offset, count } => {
            format!("read {}, {count} bytes from {offset}", table_name(table))
        }
        Command::Write { table, offset, data, .. } => {
            format!("write {}, {} bytes from {offset}", table_name(table), data.len())
        }
    }
}

/// Size, type and number before the items, and the number again behind them.
fn explain_transaction<T: Trace>(data: &[u8], base: usize, trace: &mut T) {
    let number = |at: usize| {
        u16::from_le_bytes(data.get(at..).and_then(|d| d.first_chunk::<2>()).copied().unwrap_or_default())
    };
    trace.note(base..base + 2, "size", || format!("transaction of {} bytes", number(0)));
    trace.note(base + 2..base + 3, "type", || match data.get(2) {
        Some(0) => "0: request".to_owned(),
        Some(1) => "1: results".to_owned(),
        other => format!("{}: not known", other.copied().unwrap_or_default()),
    });
    trace.note(base + 3..base + 5, "number", || format!("transaction {}", number(3)));
    let end = data.len();
    trace.note(base + end - 2..base + end, "number", || format!("transaction {} again", number(end - 2)));
}

/// The items of a complete transaction: everything between the numbers.
fn items(data: &[u8]) -> Option<&[u8]> {
    let [s1, s2, 0 | 1, n1, n2, items @ .., m1, m2] = data else { return None };
    if usize::from(u16::from_le_bytes([*s1, *s2])) != data.len() || [n1, n2] != [m1, m2] {
        return None;
    }
    let mut rest = items;
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    Some(items)
}

/// One item after the other.
struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, after) = self.0.split_first_chunk::<2>()?;
        let (item, rest) = after.split_at_checked(usize::from(u16::from_le_bytes(*length)))?;
        self.0 = rest;
        Some(item)
    }
}

/// The results of a transaction, item by item as they were asked for.
fn transaction_result<T: Trace>(
    part: &Part<'_>,
    knowledge: &mut Knowledge,
    out: &mut Message,
    trace: &mut T,
) {
    let data = part.data;
    if part.offset != 0 || items(data).is_none() {
        // The beginning alone is read first, for the size.
        if !data.is_empty() {
            trace.note(part.base..part.base + data.len(), "data", || match data.first_chunk::<2>() {
                Some(size) if part.offset == 0 => {
                    format!("beginning of a transaction's results of {} bytes", u16::from_le_bytes(*size))
                }
                _ => "a part of a transaction's results".to_owned(),
            });
        }
        return;
    }
    let asked = std::mem::take(&mut knowledge.transaction);
    let mut commands = Items(&asked);
    let mut at = 5;
    explain_transaction(data, part.base, trace);
    for item in Items(items(data).unwrap_or_default()) {
        let start = part.base + at + 2;
        trace.note(start - 2..start, "length", || format!("item of {} bytes", item.len()));
        let range = start..start + item.len();
        let input = part.input + at as u64 + 2;
        at += 2 + item.len();
        let Some(command) = commands.next().and_then(Command::parse) else {
            trace.note(range, "item", || "the answer to a command that was not heard".to_owned());
            out.problem(ProblemCode::Sequence, input, "an item answers a command that was not heard");
            continue;
        };
        match Answer::parse(item, &command) {
            Some(Answer::Data(bytes)) => {
                trace.note(start..start + 3, "item", || {
                    format!("done, {} bytes: {}", bytes.len(), describe(&command))
                });
                let inner = Part::new(&command, bytes, start + 3, input + 3);
                // Transactions do not nest: a transaction's results are not asked for in one.
                if inner.table == tables::TRANSACTION_RESULT {
                    trace.note(start + 3..range.end, "data", || "not decoded".to_owned());
                } else {
                    read(&inner, knowledge, out, trace);
                }
            }
            Some(Answer::Written) => trace.note(range, "item", || format!("done: {}", describe(&command))),
            Some(Answer::Refused(code)) => {
                let why = super::packet::refusal(code).unwrap_or_default();
                trace.note(range, "item", || format!("refused: {why}: {}", describe(&command)));
                out.problem(
                    ProblemCode::MeterError,
                    input,
                    format!("the meter refused to {}: {why}", describe(&command)),
                );
            }
            Some(Answer::Sequence(_)) | None => {
                trace.fault(range, "item", || format!("no answer to: {}", describe(&command)));
                out.problem(ProblemCode::Malformed, input, format!("no answer to: {}", describe(&command)));
            }
        }
    }
    knowledge.transaction = asked;
}
