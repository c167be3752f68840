//! The lines of a P1 telegram.

use super::codes::{Codes, Kind, Start, obis};
use super::value::{self, Time};
use crate::decode::message::{Id, Message, ProblemCode, Reading, Value};
use crate::decode::trace::Trace;
use crate::decode::{Obis, Timestamp};
use compact_str::CompactString;
use std::ops::Range;

/// The text of a telegram, and where it stands in the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text<'a> {
    pub bytes: &'a [u8],
    /// Offset of the first byte in the input; of the message, when the text was ciphered.
    pub offset: u64,
    /// The text was ciphered: its bytes are nowhere in the input.
    pub inner: bool,
}

impl Text<'_> {
    /// Where in the input the byte at `index` is.
    pub fn offset_of(&self, index: usize) -> u64 {
        if self.inner { self.offset } else { self.offset + index as u64 }
    }
}

/// What reading a telegram came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Found {
    /// A line is not as the format wants it.
    pub damaged: bool,
}

/// Where a number stands in the order of what names a meter best; 0 for what does not.
const fn names_meter(obis: [u8; 6]) -> u8 {
    match obis {
        [0, 0, 96, 1, 1, _] => 5,
        [0, 0, 96, 1, 0, _] => 4,
        [0, 0, 42, 0, 0, _] => 3,
        [1, _, 0, 0, 0, _] => 2,
        [0, 0, 96, 1, 255, _] => 1,
        _ => 0,
    }
}

/// Reads all lines into `out`.
pub(super) fn read<T: Trace>(text: Text<'_>, codes: &mut Codes, out: &mut Message, trace: &mut T) -> Found {
    codes.rewind();
    trace.open("P1 telegram", text.bytes);
    let body = identification(text.bytes, out);
    let start = body + line_ends(text.bytes, body);
    trace.note(0..start, "identification", || {
        let meter = [&out.meter.manufacturer, &out.meter.model].into_iter().flatten();
        meter.map(|part| part.as_str()).collect::<Vec<_>>().join(", ")
    });
    let mut lines = Lines { text, codes, out, waiting: 0..0, id_rank: 0, found: Found::default() };
    let mut at = start;
    while let Some(&byte) = text.bytes.get(at) {
        let (before, time) = (lines.out.readings.len(), lines.out.time);
        let filled = lines.waiting.start;
        let next = match byte {
            b'0'..=b'9' => lines.line(at),
            b'!' => break,
            b'(' if !lines.waiting.is_empty() => lines.values(at),
            _ => None,
        };
        let behind = match next {
            Some(behind) => behind,
            None => {
                let behind = lines.line_end(at);
                lines.malformed(at..behind);
                behind
            }
        };
        if T::ON {
            let new =
                if byte == b'(' { filled..lines.waiting.start } else { before..lines.out.readings.len() };
            let clock = lines.out.time.filter(|_| time.is_none());
            lines.explain(at..behind, next.is_some(), new, clock, trace);
        }
        at = behind + line_ends(text.bytes, behind);
    }
    if !lines.waiting.is_empty() {
        let offset = text.offset_of(at.min(text.bytes.len()));
        lines.out.problem(ProblemCode::BadValue, offset, "the line with the value is missing");
    }
    let found = lines.found;
    if T::ON
        && let Some(trailer) = super::trailer(text.bytes)
    {
        let (said, is) = (trailer.crc, super::computed(text.bytes, trailer.mark));
        let range = trailer.mark..text.bytes.len();
        match said {
            Some(said) if said == is => trace.note(range, "CRC", || format!("{said:04X} holds")),
            Some(said) => trace.fault(range, "CRC", || format!("{said:04X}; the bytes give {is:04X}")),
            None => trace.note(range, "end", || "no CRC".to_owned()),
        }
    }
    trace.close();
    found
}

/// Takes manufacturer and model from the first line; gives where the body begins.
pub(super) fn identification(telegram: &[u8], out: &mut Message) -> usize {
    let end = telegram.iter().position(|byte| matches!(byte, b'\r' | b'\n')).unwrap_or(telegram.len());
    let line = telegram.get(..end).unwrap_or_default();
    if let Some(letters) = line.get(1..4).and_then(|letters| std::str::from_utf8(letters).ok()) {
        let mut manufacturer = CompactString::from(letters);
        manufacturer.make_ascii_uppercase();
        out.meter.manufacturer = Some(manufacturer);
    }
    // The baud rate character; then perhaps `\` and a mode character.
    let model = match line.get(4..) {
        Some([b'0'..=b'9', b'\\', b'0'..=b'9', rest @ ..] | [b'0'..=b'9' | b'-', rest @ ..] | rest) => rest,
        None => &[],
    };
    let model = model.trim_ascii();
    if !model.is_empty() {
        out.meter.model = Some(CompactString::from_utf8_lossy(model));
    }
    end
}

/// How many bytes of line ends there are at `at`.
#[inline]
fn line_ends(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at..) {
        Some([b'\r', b'\n', b'0'..=b'9', ..]) => 2,
        Some(rest) => rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count(),
        None => 0,
    }
}

/// The bytes as one line of text for people.
pub(super) fn printable(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

struct Lines<'a, 'b> {
    text: Text<'a>,
    codes: &'b mut Codes,
    out: &'b mut Message,
    /// Readings whose values are on the next line.
    waiting: Range<usize>,
    id_rank: u8,
    found: Found,
}

impl<'a> Lines<'a, '_> {
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text.bytes.get(at..).unwrap_or_default();
        at + memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len())
    }

    fn malformed(&mut self, at: Range<usize>) {
        self.found.damaged = true;
        let offset = self.text.offset_of(at.start);
        self.out.problem(
            ProblemCode::Malformed,
            offset,
            "this line is none that a telegram has; it is left out",
        );
    }

    fn bad_value(&mut self, at: usize, message: &str) {
        self.found.damaged = true;
        self.out.problem(ProblemCode::BadValue, self.text.offset_of(at), message);
    }

    /// A line that begins with an OBIS code at `at`: gives the index behind it.
    fn line(&mut self, at: usize) -> Option<usize> {
        let bytes = self.text.bytes;
        let &Start { code, kind, length } = self.codes.start(bytes.get(at..)?)?;
        self.waiting = 0..0;
        let (obis, open) = (Obis(code), at + length);
        if bytes.get(open) != Some(&b'(') {
            return None;
        }
        if kind == Kind::Number
            && let Some(digits) = value::digits(bytes.get(open + 1..)?)
        {
            // The usual line: one number, with a usual unit or none.
            let behind = bytes.get(open + 1 + digits.length..)?;
            let (unit, length) = usual_unit(behind);
            if let Some([b')', b'\r' | b'\n', ..]) = behind.get(length..) {
                self.out.number(obis, digits.coefficient, -digits.places, unit);
                return Some(open + digits.length + length + 2);
            }
        }
        self.groups(obis, kind, open)
    }

    // Inlined, and every field named, so that the reading is built where it stays.
    #[inline(always)]
    fn push(&mut self, obis: Obis, value: Value, unit: Option<CompactString>, time: Option<Timestamp>) {
        self.out.readings.push(Reading {
            id: Id::Obis(obis),
            value,
            unit,
            time,
            scale_source: None,
            record: None,
        });
    }

    /// The next group at `at`: its content, and the index behind it.
    fn group(&self, at: usize) -> Option<(&'a [u8], usize)> {
        let bytes = self.text.bytes;
        if bytes.get(at) != Some(&b'(') {
            return None;
        }
        let rest = bytes.get(at + 1..)?;
        let length = rest.iter().position(|byte| matches!(byte, b')' | b'(' | b'\r' | b'\n'))?;
        if rest.get(length) != Some(&b')') {
            return None;
        }
        Some((rest.get(..length)?, at + length + 2))
    }

    /// A line in full generality.
    fn groups(&mut self, obis: Obis, kind: Kind, open: usize) -> Option<usize> {
        let before = self.out.readings.len();
        let behind = match kind {
            Kind::Number => self.numbers(obis, open),
            Kind::Text | Kind::Octets => self.texts(obis, kind, open),
            Kind::Clock => self.clock(open),
            Kind::PowerFailures => self.power_failures(open),
            Kind::History => self.history(obis, open),
            Kind::Profile => self.profile(obis, open),
        };
        // Some meters leave blanks at the end of a line.
        let blanks = |at: usize| {
            let rest = self.text.bytes.get(at..).unwrap_or_default();
            at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
        };
        match behind.map(blanks) {
            Some(behind) if matches!(self.text.bytes.get(behind), Some(b'\r' | b'\n' | b'!') | None) => {
                Some(behind)
            }
            _ => {
                self.out.readings.truncate(before);
                None
            }
        }
    }

    /// `(time)(number*unit)`, or just the number.
    fn numbers(&mut self, obis: Obis, open: usize) -> Option<usize> {
        let (mut group, mut behind) = self.group(open)?;
        let mut at = open + 1;
        let mut taken = None;
        if let Some((next, after)) = self.group(behind) {
            match value::time(group) {
                Time::No => self.bad_value(at, "there is no such time as this"),
                Time::Invalid => {
                    self.bad_time(at);
                }
                Time::Is(time) => taken = Some(time),
            }
            at = behind + 1;
            (group, behind) = (next, after);
        }
        let (value, unit) = self.amount(group, at);
        self.push(obis, value, unit, taken);
        Some(self.surplus(behind))
    }

    /// `number*unit`; other text as it is.
    fn amount(&mut self, group: &[u8], at: usize) -> (Value, Option<CompactString>) {
        if group.is_empty() {
            return (Value::Null, None);
        }
        let parsed = value::number(group).and_then(|(value, length)| {
            Some((value, unit(group, length).filter(|(_, end)| *end == group.len())?.0))
        });
        match parsed {
            Some((value, unit)) => (Value::Number(value), unit),
            None if memchr::memchr(b'*', group).is_some() => {
                self.bad_value(at, "there should be a number before the `*`");
                (Value::Null, None)
            }
            None => (Value::Text(CompactString::from_utf8_lossy(group)), None),
        }
    }

    fn bad_time(&mut self, at: usize) {
        self.out.problem(ProblemCode::BadTime, self.text.offset_of(at), "there is no such time");
    }

    /// Groups behind those that are understood.
    fn surplus(&mut self, mut behind: usize) -> usize {
        let from = behind;
        while let Some((_, after)) = self.group(behind) {
            behind = after;
        }
        if behind > from {
            let offset = self.text.offset_of(from);
            self.out.problem(
                ProblemCode::Quirk,
                offset,
                "the line has more groups than this code is known to have",
            );
        }
        behind
    }

    fn texts(&mut self, obis: Obis, kind: Kind, open: usize) -> Option<usize> {
        let (group, behind) = self.group(open)?;
        let value = match kind {
            Kind::Octets => value::spelled(group),
            _ => Value::Text(CompactString::from_utf8_lossy(group)),
        };
        if let Value::Text(text) = &value
            && !text.is_empty()
        {
            let rank = names_meter(obis.0);
            if rank > self.id_rank {
                self.id_rank = rank;
                self.out.meter.id = Some(text.clone());
            }
            if matches!(obis.0, [1, 3, 0, 2, 8, _] | [0, 0, 96, 1, 4, _]) {
                self.out.meter.version = Some(text.clone());
            }
        }
        self.push(obis, value, None, None);
        Some(self.surplus(behind))
    }

    fn clock(&mut self, open: usize) -> Option<usize> {
        let (group, behind) = self.group(open)?;
        match value::time(group) {
            Time::Is(time) => self.out.time = Some(time),
            Time::Invalid => self.bad_time(open + 1),
            Time::No => self.bad_value(open + 1, "the meter's clock says no time"),
        }
        Some(self.surplus(behind))
    }

    /// `(count)(0-0:96.7.19)(time)(0000000324*s)…`
    fn power_failures(&mut self, open: usize) -> Option<usize> {
        let (count, mut behind) = self.group(open)?;
        let Some((code, after)) = self.group(behind) else { return Some(behind) };
        behind = after;
        let Some(of) = group_obis(code) else {
            self.bad_value(open, "the log does not say which OBIS code it is about");
            return Some(self.surplus(behind));
        };
        let mut entries = 0;
        while let Some((time, value_at)) = self.group(behind) {
            let Some((duration, after)) = self.group(value_at) else { break };
            let taken = self.taken(time, behind + 1);
            let (value, unit) = self.amount(duration, value_at + 1);
            self.push(of, value, unit, taken);
            entries += 1;
            behind = after;
        }
        self.counted(count, entries, open);
        Some(self.surplus(behind))
    }

    fn taken(&mut self, group: &[u8], at: usize) -> Option<Timestamp> {
        match value::time(group) {
            Time::Is(time) => Some(time),
            Time::Invalid => {
                self.bad_time(at);
                None
            }
            Time::No => {
                self.bad_value(at, "there should be a time");
                None
            }
        }
    }

    fn counted(&mut self, said: &[u8], entries: u64, at: usize) {
        let said = value::number(said).map(|(value, _)| value.coefficient());
        if said != Some(i128::from(entries)) {
            let offset = self.text.offset_of(at);
            let said = said.map_or_else(|| "no number".to_owned(), |said| said.to_string());
            let message = format!("the line announces {said} entries and has {entries}");
            self.out.problem(ProblemCode::BadValue, offset, message);
        }
    }

    /// `(3)(1-0:1.6.0)(1-0:1.6.0)(month)(time)(03.695*kW)…`, or `(time)(000179.115*kWh)…`
    fn history(&mut self, obis: Obis, open: usize) -> Option<usize> {
        let (first, mut behind) = self.group(open)?;
        if first.len() >= 12 {
            let taken = self.taken(first, open + 1);
            while let Some((group, after)) = self.group(behind) {
                let (value, unit) = self.amount(group, behind + 1);
                self.push(obis, value, unit, taken);
                behind = after;
            }
            return Some(behind);
        }
        let mut codes = 0;
        while let Some((group, after)) = self.group(behind) {
            if group_obis(group).is_none() {
                break;
            }
            codes += 1;
            behind = after;
        }
        let mut entries = 0;
        while let Some((_, time_at)) = self.group(behind) {
            let Some((time, value_at)) = self.group(time_at) else { break };
            let Some((group, after)) = self.group(value_at) else { break };
            let taken = self.taken(time, time_at + 1);
            let (value, unit) = self.amount(group, value_at + 1);
            self.push(obis, value, unit, taken);
            entries += 1;
            behind = after;
        }
        if codes > 0 {
            self.counted(first, entries, open);
        }
        Some(self.surplus(behind))
    }

    /// `(time)(status)(interval)(count)(0-1:24.2.1)(m3)`, values on the next line.
    fn profile(&mut self, obis: Obis, open: usize) -> Option<usize> {
        let (time, mut behind) = self.group(open)?;
        let taken = self.taken(time, open + 1);
        for _ in 0..3 {
            let Some((_, after)) = self.group(behind) else { break };
            behind = after;
        }
        let from = self.out.readings.len();
        while let Some((code, unit_at)) = self.group(behind) {
            let Some((unit, after)) = self.group(unit_at) else { break };
            if group_obis(code).is_none() {
                break;
            }
            let unit = (!unit.is_empty()).then(|| CompactString::from_utf8_lossy(unit));
            self.push(obis, Value::Null, unit, taken);
            behind = after;
        }
        self.waiting = from..self.out.readings.len();
        Some(self.surplus(behind))
    }

    /// The values of the line before.
    fn values(&mut self, at: usize) -> Option<usize> {
        let mut behind = at;
        while let Some((group, after)) = self.group(behind) {
            let (value, unit) = self.amount(group, behind + 1);
            let Some(index) = self.waiting.next() else { return Some(self.surplus(behind)) };
            if let Some(reading) = self.out.readings.get_mut(index) {
                reading.value = value;
                if unit.is_some() {
                    reading.unit = unit;
                }
            }
            behind = after;
        }
        if behind == at { None } else { Some(behind) }
    }

    /// Notes a line: its code, and the readings that came of it.
    fn explain<T: Trace>(
        &self,
        at: Range<usize>,
        good: bool,
        new: Range<usize>,
        clock: Option<Timestamp>,
        trace: &mut T,
    ) {
        let line = self.text.bytes.get(at.clone()).unwrap_or_default();
        // The line end belongs to the line.
        let rest = self.text.bytes.get(at.end..).unwrap_or_default();
        let end = at.end + rest.iter().take(2).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let at = at.start..end;
        if !good {
            trace.fault(at, "no line of a telegram", String::new);
            return;
        }
        let code = line.split(|byte| *byte == b'(').next().unwrap_or_default();
        let name = group_obis(code).and_then(Obis::name);
        let what = name.map_or_else(
            || if code.is_empty() { "values" } else { "unknown code" }.to_owned(),
            str::to_owned,
        );
        let readings = self.out.readings.get(new).unwrap_or_default();
        trace.note(at, &what, || {
            let value = |reading: &Reading| {
                let unit = reading.unit.as_ref().map_or(String::new(), |unit| format!(" {unit}"));
                let time = reading.time.map_or(String::new(), |time| format!(" ({time})"));
                format!("{}{unit}{time}", crate::decode::text::value(&reading.value))
            };
            let values: Vec<String> =
                clock.iter().map(Timestamp::to_string).chain(readings.iter().map(value)).collect();
            values.join("; ")
        });
    }
}

/// A group that is an OBIS code.
fn group_obis(group: &[u8]) -> Option<Obis> {
    obis(group).filter(|(_, end)| *end == group.len()).map(|(code, _)| Obis(code))
}

/// `*unit` at `at`, up to the end of the group: the unit, and the index of the group's end.
fn unit(bytes: &[u8], at: usize) -> Option<(Option<CompactString>, usize)> {
    let rest = match bytes.get(at..) {
        Some([b'*', rest @ ..]) => rest,
        _ => return Some((None, at)),
    };
    let length = memchr::memchr(b')', rest).unwrap_or(rest.len());
    let unit = std::str::from_utf8(rest.get(..length)?).ok()?;
    Some(((!unit.is_empty()).then(|| CompactString::from(unit)), at + 1 + length))
}

/// The unit that nearly every line has at its place, with its `*`: there already, and how many bytes it
/// takes.  None where the number has no unit, or an unusual one.
#[inline(always)]
fn usual_unit(bytes: &[u8]) -> (Option<&'static CompactString>, usize) {
    static KWH: CompactString = CompactString::const_new("kWh");
    static KW: CompactString = CompactString::const_new("kW");
    static V: CompactString = CompactString::const_new("V");
    static A: CompactString = CompactString::const_new("A");
    static M3: CompactString = CompactString::const_new("m3");
    static KVARH: CompactString = CompactString::const_new("kvarh");
    static KVAR: CompactString = CompactString::const_new("kvar");
    static WH: CompactString = CompactString::const_new("Wh");
    static W: CompactString = CompactString::const_new("W");
    static GJ: CompactString = CompactString::const_new("GJ");
    match bytes {
        [b'*', b'k', b'W', b'h', b')', ..] => (Some(&KWH), 4),
        [b'*', b'k', b'W', b')', ..] => (Some(&KW), 3),
        [b'*', b'V', b')', ..] => (Some(&V), 2),
        [b'*', b'A', b')', ..] => (Some(&A), 2),
        [b'*', b'm', b'3', b')', ..] => (Some(&M3), 3),
        [b'*', b'k', b'v', b'a', b'r', b'h', b')', ..] => (Some(&KVARH), 6),
        [b'*', b'k', b'v', b'a', b'r', b')', ..] => (Some(&KVAR), 5),
        [b'*', b'W', b'h', b')', ..] => (Some(&WH), 3),
        [b'*', b'W', b')', ..] => (Some(&W), 2),
        [b'*', b'G', b'J', b')', ..] => (Some(&GJ), 3),
        _ => (None, 0),
    }
}
