//! Data records (EN 13757-3, clause 6): DIF, DIFEs, VIF, VIFEs, data.
//!
//! A record says itself how long it is, so one that is damaged takes those behind it along; those
//! before it stand.

use super::known::Heads;
use super::meaning::{Information, Meaning};
use super::value::{self, Impossible, LENGTHS, Variable, field};
use super::vif::{self, Kind};
use crate::decode::{Id, MbusFunction, MbusRecord, Message, ProblemCode, Reading, Value, trace::Trace};

/// The most DIFEs, and the most VIFEs, that a record may have.
const MAX_EXTENSIONS: usize = 10;
const EXTENSION: u8 = 0x80;

/// DIF: the rest is the manufacturer's.
const DIF_MANUFACTURER: u8 = 0x0F;
/// DIF: likewise, and more telegrams follow.
const DIF_MORE: u8 = 0x1F;
/// DIF: one byte to skip.
const DIF_FILLER: u8 = 0x2F;
/// DIF: the reader asks for everything.
const DIF_READOUT: u8 = 0x7F;

/// In which order the bytes of a number come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Least significant first: all current meters ("mode 1").
    Lsb,
    /// Most significant first: CI fields 76 and 77 of the first edition ("mode 2").
    Msb,
}

/// What stands at one place of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Item<'a> {
    /// A byte to skip.
    Filler,
    /// A request for everything.
    ReadoutRequest,
    /// Bytes of the manufacturer up to the end.
    Manufacturer {
        /// More telegrams follow.
        more: bool,
        /// The bytes.
        data: &'a [u8],
    },
    /// A data record.
    Record(Record<'a>),
}

/// A data record, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// The DIF.
    pub dif: u8,
    /// The DIFEs.
    pub difes: &'a [u8],
    /// VIF, plain text, VIFEs.
    pub info: Information<'a>,
    /// The LVAR byte of variable data.
    pub lvar: Option<u8>,
    /// The data.
    pub data: &'a [u8],
    /// Storage number.
    pub storage: u64,
    /// Tariff.
    pub tariff: u32,
    /// Subunit.
    pub subunit: u16,
}

/// Where and how a record breaks the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Byte at which it shows, from the record's start.
    pub at: usize,
    /// What is wrong.
    pub what: Broken,
}

/// How a record breaks the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Ends within the DIFEs.
    #[error("the data end where a DIFE should be")]
    EndsAtDif,
    /// Ends where a VIF should be.
    #[error("the data end where the VIF should be")]
    EndsAtVif,
    /// Ends within the VIFEs.
    #[error("the data end where a VIFE should be")]
    EndsAtVife,
    /// Ends within a plain text unit.
    #[error("the plain text unit should have {needed} letters, {had} are there")]
    EndsAtText {
        /// Letters announced.
        needed: usize,
        /// Letters there.
        had: usize,
    },
    /// Ends within the value.
    #[error("the value should have {needed} bytes, {had} are there")]
    EndsAtData {
        /// Bytes announced.
        needed: usize,
        /// Bytes there.
        had: usize,
    },
    /// No LVAR byte.
    #[error("the data end where the length of the value should be")]
    EndsAtLvar,
    /// More than ten DIFEs.
    #[error("more than 10 DIFE")]
    TooManyDife,
    /// More than ten VIFEs.
    #[error("more than 10 VIFE")]
    TooManyVife,
    /// A reserved special function.
    #[error("DIF {0:02X} is reserved")]
    ReservedDif(u8),
    /// A reserved length code.
    #[error("length code {0:02X} is reserved")]
    ReservedLvar(u8),
}

/// Takes the first item apart; gives it and its length.  `data` is not empty.
#[inline]
pub fn first(data: &[u8]) -> Result<(Item<'_>, usize), Damage> {
    let Some((&dif, rest)) = data.split_first() else { return Ok((Item::Filler, 0)) };
    if dif & 0x0F == field::SPECIAL {
        return match dif {
            DIF_MANUFACTURER | DIF_MORE => {
                Ok((Item::Manufacturer { more: dif == DIF_MORE, data: rest }, data.len()))
            }
            DIF_FILLER => Ok((Item::Filler, 1)),
            DIF_READOUT => Ok((Item::ReadoutRequest, 1)),
            _ => Err(Damage { at: 0, what: Broken::ReservedDif(dif) }),
        };
    }
    record(data, dif)
}

#[inline]
fn record(data: &[u8], dif: u8) -> Result<(Item<'_>, usize), Damage> {
    let damage = |at, what| Damage { at, what };
    let mut at = 1;
    let mut storage = u64::from(dif >> 6 & 1);
    let (mut tariff, mut subunit) = (0, 0);
    let mut last = dif;
    while last & EXTENSION != 0 {
        let k = at - 1;
        if k == MAX_EXTENSIONS {
            return Err(damage(at, Broken::TooManyDife));
        }
        last = *data.get(at).ok_or(damage(at, Broken::EndsAtDif))?;
        storage |= u64::from(last & 0x0F) << (4 * k + 1);
        tariff |= u32::from(last >> 4 & 3) << (2 * k);
        subunit |= u16::from(last >> 6 & 1) << k;
        at += 1;
    }
    let difes = data.get(1..at).unwrap_or_default();

    let vif = *data.get(at).ok_or(damage(at, Broken::EndsAtVif))?;
    at += 1;
    let mut text = None;
    if vif & 0x7F == vif::TEXT {
        let needed = usize::from(*data.get(at).ok_or(damage(at, Broken::EndsAtText { needed: 1, had: 0 }))?);
        let rest = data.get(at + 1..).unwrap_or_default();
        let letters = rest.get(..needed).ok_or(damage(at, Broken::EndsAtText { needed, had: rest.len() }))?;
        text = Some(letters);
        at += 1 + needed;
    }
    let vifes_at = at;
    last = vif;
    while last & EXTENSION != 0 {
        if at - vifes_at == MAX_EXTENSIONS {
            return Err(damage(at, Broken::TooManyVife));
        }
        last = *data.get(at).ok_or(damage(at, Broken::EndsAtVife))?;
        at += 1;
    }
    let vifes = data.get(vifes_at..at).unwrap_or_default();

    let mut needed = usize::from(LENGTHS.get(usize::from(dif & 0x0F)).copied().unwrap_or(0));
    let mut lvar = None;
    if dif & 0x0F == field::VARIABLE {
        let code = *data.get(at).ok_or(damage(at, Broken::EndsAtLvar))?;
        let (what, length) = value::variable(code);
        if what == Variable::Reserved {
            return Err(damage(at, Broken::ReservedLvar(code)));
        }
        lvar = Some(code);
        needed = length;
        at += 1;
    }
    let rest = data.get(at..).unwrap_or_default();
    let value = rest.get(..needed).ok_or(damage(at, Broken::EndsAtData { needed, had: rest.len() }))?;
    let info = Information { vif, text, vifes };
    Ok((Item::Record(Record { dif, difes, info, lvar, data: value, storage, tariff, subunit }), at + needed))
}

impl Record<'_> {
    /// The function field of the DIF.
    pub const fn function(&self) -> MbusFunction {
        match self.dif >> 4 & 3 {
            0 => MbusFunction::Instantaneous,
            1 => MbusFunction::Maximum,
            2 => MbusFunction::Minimum,
            _ => MbusFunction::Error,
        }
    }

    /// Where its VIF stands, from its start.
    pub const fn vif_at(&self) -> usize {
        1 + self.difes.len()
    }

    /// Where its VIFEs start.
    pub const fn vifes_at(&self) -> usize {
        self.vif_at()
            + 1
            + match self.info.text {
                Some(letters) => 1 + letters.len(),
                None => 0,
            }
    }

    /// Where its LVAR, or else its data, starts.
    pub const fn data_at(&self) -> usize {
        self.vifes_at() + self.info.vifes.len()
    }

    /// Its value.
    ///
    /// # Errors
    /// When it should be a point in time, and is none.
    pub fn value(&self, meaning: &Meaning, order: Order) -> Result<Value, Impossible> {
        let turned: Vec<u8>;
        let data = match order {
            Order::Lsb => self.data,
            Order::Msb => {
                turned = self.data.iter().rev().copied().collect();
                &turned
            }
        };
        if meaning.error.is_some() {
            return Ok(Value::Null);
        }
        match self.lvar {
            Some(lvar) => {
                Ok(value::read_variable(value::variable(lvar).0, data, meaning.kind, meaning.scale))
            }
            None => value::read(value::Form::of(self.dif, meaning.kind), data, meaning.scale),
        }
    }

    /// Whether this is the meter's clock: date and time, now, without any qualifier.
    pub fn is_clock(&self, meaning: &Meaning) -> bool {
        self.info.vif == 0x6D
            && meaning.simple
            && self.storage == 0
            && self.tariff == 0
            && self.subunit == 0
            && self.function() == MbusFunction::Instantaneous
    }

    /// Explains the bytes before the value, but for the VIFEs, which [`Information::meaning`] explains.
    fn explain_head<T: Trace>(&self, number: u32, at: usize, trace: &mut T) {
        trace.note(at..at + 1, "DIF", || {
            let low = if self.dif & 0x40 != 0 && self.difes.is_empty() { ", storage 1" } else { "" };
            let function = match self.function() {
                MbusFunction::Instantaneous => "value now",
                MbusFunction::Maximum => "maximum",
                MbusFunction::Minimum => "minimum",
                MbusFunction::Error => "value during error",
            };
            format!("record {number}: {}, {function}{low}", value::field_name(self.dif))
        });
        if !self.difes.is_empty() {
            trace.note(at + 1..at + self.vif_at(), "DIFE", || {
                format!("storage {}, tariff {}, subunit {}", self.storage, self.tariff, self.subunit)
            });
        }
        let vif_at = at + self.vif_at();
        trace.note(vif_at..vif_at + 1, "VIF", || match self.info.vif {
            vif::EXTENSION_FB => "the next code is of the second extension".to_owned(),
            vif::EXTENSION_FD => "the next code is of the first extension".to_owned(),
            vif::EXTENSION_EF => "the next code is of the third extension".to_owned(),
            code => super::meaning::describe(vif::entry(&vif::PRIMARY, code)),
        });
        if let Some(letters) = self.info.text {
            trace.note(vif_at + 1..vif_at + 2, "length", || format!("{} letters", letters.len()));
            trace.note(vif_at + 2..vif_at + 2 + letters.len(), "unit", || {
                format!("\"{}\", last letter first", value::text(letters))
            });
        }
    }

    fn explain_value<T: Trace>(&self, at: usize, meaning: &Meaning, shown: &Value, trace: &mut T) {
        let mut data_at = at + self.data_at();
        if let Some(lvar) = self.lvar {
            trace.note(data_at..data_at + 1, "LVAR", || {
                let kind = match value::variable(lvar).0 {
                    Variable::Text => "letters, the last one first",
                    Variable::Bcd => "bytes of BCD digits",
                    Variable::NegativeBcd => "bytes of BCD digits, negative",
                    Variable::Binary => "bytes of a binary number",
                    Variable::Reserved => "reserved",
                };
                format!("{} {kind}", self.data.len())
            });
            data_at += 1;
        }
        if !self.data.is_empty() {
            trace.note(data_at..data_at + self.data.len(), "value", || in_words(shown, meaning));
        }
    }
}

/// A value with its unit.
fn in_words(value: &Value, meaning: &Meaning) -> String {
    let unit = meaning.unit.as_deref().unwrap_or_default();
    match value {
        Value::Number(number) if unit.is_empty() => number.to_string(),
        Value::Number(number) => format!("{number} {unit}"),
        Value::Text(text) => format!("\"{text}\""),
        Value::Time(time) => time.to_string(),
        Value::Bool(yes) => yes.to_string(),
        Value::Null => match meaning.error {
            Some(reason) => format!("no valid value: {reason}"),
            None => "no valid value".to_owned(),
        },
    }
}

/// Reads all records into the message; its readings so far stand.  The data start at `start` of
/// the layer being explained, whose first byte is `offset` of the input.  False when a record is
/// damaged.
pub fn read<T: Trace>(
    data: &[u8],
    start: usize,
    offset: u64,
    order: Order,
    heads: &mut Heads,
    message: &mut Message,
    trace: &mut T,
) -> bool {
    let mut at = 0;
    let mut number = 0;
    // An explanation needs every byte looked at.
    let swift = !T::ON && order == Order::Lsb;
    loop {
        if swift {
            at += heads.read(data.get(at..).unwrap_or_default(), &mut number, message);
        }
        let Some(rest) = data.get(at..).filter(|rest| !rest.is_empty()) else { return true };
        let here = start + at;
        let (item, length) = match first(rest) {
            Ok(found) => found,
            Err(damage) => {
                let place = offset.saturating_add((here + damage.at) as u64);
                message.problem(ProblemCode::Malformed, place, format!("record {number}: {}", damage.what));
                trace.fault(here..start + data.len(), "damaged record", || {
                    format!("record {number}: {}", damage.what)
                });
                return false;
            }
        };
        match item {
            Item::Filler => trace.note(here..here + 1, "filler", || "nothing".to_owned()),
            Item::ReadoutRequest => {
                trace.note(here..here + 1, "DIF", || "request for everything".to_owned());
            }
            Item::Manufacturer { more, data } => {
                manufacturer_data(more, data, number, here, message, trace);
                number += 1;
            }
            Item::Record(record) => {
                record.explain_head(number, here, trace);
                let meaning = record.info.meaning(here + record.vifes_at(), trace);
                let (value, impossible) = match record.value(&meaning, order) {
                    Ok(value) => (value, false),
                    Err(Impossible) => (Value::Null, true),
                };
                record.explain_value(here, &meaning, &value, trace);
                if impossible || meaning.error.is_some() {
                    let place = offset.saturating_add((here + record.data_at()) as u64);
                    report(message, number, &record, meaning.error, place);
                }
                if message.time.is_none()
                    && record.is_clock(&meaning)
                    && let Value::Time(time) = value
                {
                    message.time = Some(time);
                }
                let attributes = MbusRecord {
                    quantity: meaning.quantity.clone(),
                    function: record.function(),
                    storage: record.storage,
                    tariff: record.tariff,
                    subunit: record.subunit,
                };
                if swift {
                    heads.learn(rest, &record, &meaning, &attributes);
                }
                message.readings.push(Reading {
                    id: Id::Mbus(number),
                    unit: if matches!(value, Value::Number(_)) { meaning.unit } else { None },
                    value,
                    time: None,
                    scale_source: None,
                    record: Some(attributes),
                });
                number += 1;
            }
        }
        at += length;
    }
}

#[cold]
fn report(message: &mut Message, number: u32, record: &Record<'_>, error: Option<&str>, place: u64) {
    match error {
        Some(reason) => {
            message.problem(
                ProblemCode::MeterError,
                place,
                format!("record {number}: no valid value: {reason}"),
            );
        }
        None => {
            let bytes = value::hex(record.data);
            message.problem(
                ProblemCode::BadTime,
                place,
                format!("record {number}: {bytes} is no point in time"),
            );
        }
    }
}

fn manufacturer_data<T: Trace>(
    more: bool,
    data: &[u8],
    number: u32,
    at: usize,
    message: &mut Message,
    trace: &mut T,
) {
    trace.note(at..at + 1, "DIF", || {
        let more = if more { "; more telegrams follow" } else { "" };
        format!("record {number}: the rest is the manufacturer's{more}")
    });
    if !data.is_empty() {
        trace.note(at + 1..at + 1 + data.len(), "data", || "known to the manufacturer".to_owned());
    }
    let quantity =
        if more { "manufacturer specific, more telegrams follow" } else { "manufacturer specific" };
    let value = match (data, more) {
        ([], false) => return,
        ([], true) => Value::Null,
        (data, _) => Value::Text(value::hex(data)),
    };
    message.readings.push(Reading {
        record: Some(MbusRecord {
            quantity: value::words(quantity),
            function: MbusFunction::Instantaneous,
            storage: 0,
            tariff: 0,
            subunit: 0,
        }),
        ..Reading::new(Id::Mbus(number), value)
    });
}

/// Whether bytes read as plain records so well that they cannot be encrypted: every record whole,
/// of a known kind and with a possible value, and enough of them that chance is out of the question.
///
/// Random bytes pass one time in 30 000 or less often.
pub fn plausible(data: &[u8]) -> bool {
    // The longer the data, the more often chance finds something that looks like a record.
    evidence(data) >= 24 + (data.len() as u32 / 4).min(24)
}

/// How unlikely it is, in about bits, that random bytes read as records so well; 0 when they do not.
fn evidence(data: &[u8]) -> u32 {
    let mut rest = data;
    let mut evidence = 0;
    while !rest.is_empty() {
        let Ok((item, length)) = first(rest) else { return 0 };
        match item {
            Item::Filler => {}
            Item::ReadoutRequest => return 0,
            // Nothing in these bytes can be checked: what came before must carry the proof.
            Item::Manufacturer { .. } => return evidence,
            Item::Record(record) => {
                let Some(bits) = record.evidence() else { return 0 };
                evidence += bits;
            }
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    // One in eight or so of random bytes happens to end with a whole record.
    evidence + 3
}

impl Record<'_> {
    /// How unlikely such a record is by chance, in about bits; `None` when it is not plausible.
    fn evidence(&self) -> Option<u32> {
        if self.difes.len() > 4 || self.info.vifes.len() > 4 || self.storage > 0xFFFF {
            return None;
        }
        let meaning = self.info.meaning(0, &mut crate::decode::trace::NoTrace);
        if meaning.kind == Kind::Reserved {
            return None;
        }
        let value = self.value(&meaning, Order::Lsb).ok()?;
        let bcd = matches!(self.dif & 0x0F, 0x9..=0xC | 0xE);
        let known = 1
            + u32::from(self.difes.is_empty())
            + u32::from(self.info.vifes.is_empty() && meaning.kind != Kind::Manufacturer);
        Some(match value {
            // 10 of 16 patterns a digit: 1.35 bits a byte.
            Value::Number(_) if bcd => known + self.data.len() as u32 * 4 / 3,
            Value::Number(number) => {
                // High bytes that only repeat the sign.
                let used = (128 - number.coefficient().unsigned_abs().leading_zeros()).div_ceil(8);
                known + 8 * (self.data.len() as u32).saturating_sub(used.max(1)).min(4)
            }
            Value::Time(time) if (1990..2060).contains(&time.ymd().0) => known + 3,
            Value::Text(text)
                if text.len() == self.data.len() && text.chars().all(|c| (' '..='~').contains(&c)) =>
            {
                known + text.len() as u32 * 4 / 3
            }
            Value::Null if bcd || meaning.kind == Kind::Date => known,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Protocol, trace::NoTrace};

    fn decode(data: &[u8]) -> (bool, Message) {
        let mut message = Message::new(Protocol::Mbus);
        let ok = read(data, 0, 0, Order::Lsb, &mut Heads::default(), &mut message, &mut NoTrace);
        (ok, message)
    }

    fn line(reading: &Reading) -> String {
        let record = reading.record.as_ref().unwrap();
        let value = match &reading.value {
            Value::Number(n) => n.to_string(),
            Value::Time(t) => t.to_string(),
            Value::Text(t) => format!("'{t}'"),
            other => format!("{other:?}"),
        };
        let unit = reading.unit.as_deref().unwrap_or("-");
        format!(
            "{} {} {value} {unit} {} s{} t{} u{}",
            reading.id,
            record.quantity,
            record.function.as_str(),
            record.storage,
            record.tariff,
            record.subunit
        )
    }

    /// The application examples of the M-Bus documentation, 6.6: volume, operating hours, energy …
    #[test]
    fn worked_example() {
        let data = [
            0x03, 0x13, 0x15, 0x31, 0x00, // 12565 l
            0xDA, 0x02, 0x3B, 0x13, 0x01, // maximum flow, storage 5, 113 l/h in BCD
            0x8B, 0x60, 0x04, 0x37, 0x18, 0x02, // subunit 1, tariff 2: 218.37 kWh
        ];
        let (ok, message) = decode(&data);
        assert!(ok);
        assert_eq!(
            message.readings.iter().map(line).collect::<Vec<_>>(),
            [
                "mbus:0 volume 12.565 m³ instantaneous s0 t0 u0",
                "mbus:1 volume flow 0.113 m³/h maximum s5 t0 u0",
                "mbus:2 energy 218370 Wh instantaneous s0 t2 u1",
            ]
        );
    }

    #[test]
    fn text_filler_clock_and_manufacturer_data() {
        let data = [
            0x2F, // filler
            0x02, 0xFC, 0x03, b'H', b'R', b'%', 0x74, 0x22, 0x15, // 54.10 %RH
            0x0D, 0xFD, 0x11, 0x03, b'3', b'2', b'1', // customer "123"
            0x04, 0x6D, 0x32, 0x37, 0x1F, 0x15, // clock
            0x42, 0x6C, 0xBF, 0x1C, // due date 2013-12-31, storage 1
            0x0F, 0xAB, 0x01,
        ];
        let (ok, message) = decode(&data);
        assert!(ok);
        assert_eq!(
            message.readings.iter().map(line).collect::<Vec<_>>(),
            [
                "mbus:0 %RH 54.10 %RH instantaneous s0 t0 u0",
                "mbus:1 customer '123' - instantaneous s0 t0 u0",
                "mbus:2 date and time 2008-05-31T23:50 - instantaneous s0 t0 u0",
                "mbus:3 date 2013-12-31 - instantaneous s1 t0 u0",
                "mbus:4 manufacturer specific 'AB01' - instantaneous s0 t0 u0",
            ]
        );
        assert_eq!(message.time.map(|t| t.to_string()).as_deref(), Some("2008-05-31T23:50"));
    }

    #[test]
    fn more_telegrams_follow() {
        let (_, message) = decode(&[0x01, 0xFD, 0x08, 0x05, 0x1F]);
        let last = message.readings.last().unwrap();
        assert_eq!((&last.id, &last.value), (&Id::Mbus(1), &Value::Null));
        assert!(decode(&[0x0F]).1.readings.is_empty());
    }

    #[test]
    fn largest_storage_tariff_and_subunit() {
        let mut data = vec![0xC1];
        data.extend([0xFF; 9]);
        data.extend([0x7F, 0x78, 0x07]);
        let (ok, message) = decode(&data);
        assert!(ok);
        let record = message.readings[0].record.as_ref().unwrap();
        assert_eq!(
            (record.storage, record.tariff, record.subunit),
            ((1 << 41) - 1, (1 << 20) - 1, (1 << 10) - 1)
        );
    }

    #[test]
    fn damage_keeps_what_came_before() {
        let good = [0x01, 0xFD, 0x08, 0x05];
        for (tail, want) in [
            (&[0x8B][..], Broken::EndsAtDif),
            (&[0x04], Broken::EndsAtVif),
            (&[0x04, 0x86], Broken::EndsAtVife),
            (&[0x04, 0xFC], Broken::EndsAtText { needed: 1, had: 0 }),
            (&[0x04, 0x7C, 5, 1, 2], Broken::EndsAtText { needed: 5, had: 2 }),
            (&[0x04, 0x06, 1, 2, 3], Broken::EndsAtData { needed: 4, had: 3 }),
            (&[0x0D, 0x06], Broken::EndsAtLvar),
            (&[0x0D, 0x06, 0xFB, 1], Broken::ReservedLvar(0xFB)),
            (&[0x3F, 0x06], Broken::ReservedDif(0x3F)),
            (
                &[0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 6, 1],
                Broken::TooManyDife,
            ),
            (
                &[1, 0x86, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 1],
                Broken::TooManyVife,
            ),
        ] {
            let data = [&good[..], tail].concat();
            let (ok, message) = decode(&data);
            assert!(!ok && message.readings.len() == 1, "{tail:02X?}");
            assert_eq!(message.problems[0].message, format!("record 1: {want}"));
        }
    }

    #[test]
    fn a_value_that_the_meter_could_not_give() {
        let (ok, message) = decode(&[0x04, 0x86, 0x15, 0, 0, 0, 0]);
        assert!(ok);
        assert_eq!(message.readings[0].value, Value::Null);
        assert_eq!(message.problems[0].code, ProblemCode::MeterError);
    }
}
