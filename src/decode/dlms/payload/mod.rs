//! What meters push, in all the shapes that they do: from a tree of A-XDR data to readings.
//!
//! | shape | meters |
//! |---|---|
//! | `{OBIS, value, {scaler, unit}}` in an array or structure | Aidon, Landis+Gyr NO, Kaifa AT (Salzburg), Iskra CH |
//! | the same without the inner structures: `OBIS, value, {scaler, unit}, OBIS, …` | Kaifa and Sagemcom AT (Netz NÖ) |
//! | `OBIS, value, OBIS, value, …`, behind a leading text or time | Kamstrup, Landis+Gyr E450 |
//! | `{class, OBIS, attribute, value}` | gateways, get-response with-list |
//! | array of object descriptors first, then their values in the same order | Landis+Gyr, Iskra, Energomera |
//! | `{class OBIS attribute (without tags), value}` | Czech customer ports |
//! | values in a fixed order, without OBIS codes | Kaifa NO/SE, Iskra SI/HR, Landis+Gyr E450 CH |
//!
//! Behind value and scaler, a status and the capture time may follow (extended registers).

mod named;
mod order;

use super::axdr::{Node, Tree, tag};
use super::date_time;
use super::lists::{Scales, UNKNOWN};
use super::{unit, value};
use crate::decode::message::words;
use crate::decode::{Decimal, Id, Message, Obis, ProblemCode, Reading, Status, Timestamp, Value};
use compact_str::CompactString;

/// What is known about the data besides the data.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// System title of the sender, from the ciphering header.
    pub title: Option<[u8; 8]>,
    /// A checksum or tag vouches for the data as one piece: what is odd about it is the meter's doing.
    pub checked: bool,
    /// The data was read to its end.
    pub complete: bool,
    /// Offset for problems.
    pub offset: u64,
    /// The object whose attribute this is, when a request named it.
    pub asked: Option<Object>,
}

/// An attribute of a COSEM object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Object {
    /// Interface class.
    pub class: u16,
    /// Logical name.
    pub obis: Obis,
    /// Attribute index.
    pub attribute: i8,
}

/// Reads the tree into `out`.  True when the incomplete data is what this meter always sends.
pub fn read(data: &[u8], tree: &Tree, context: Context, out: &mut Message) -> bool {
    let mut payload = Payload { data, tree, context, out, scales: Scales::None, meter_rank: u8::MAX };
    payload.start()
}

struct Payload<'a> {
    data: &'a [u8],
    tree: &'a Tree,
    context: Context,
    out: &'a mut Message,
    scales: Scales,
    /// How good the source of the meter's number is; less is better.
    meter_rank: u8,
}

/// The scaler of a register: power of ten and unit.
type Scaler = Option<(i16, Option<&'static str>)>;

impl Payload<'_> {
    #[inline]
    fn node(&self, index: usize) -> Option<Node> {
        self.tree.get(index).copied()
    }

    fn start(&mut self) -> bool {
        let Some(root) = self.node(0) else { return false };
        if self.title_is(b"LGZ") {
            self.scales = Scales::LandisGyr;
        }
        if self.tree.untagged {
            self.scales = Scales::Czech;
        }
        if let Some(at) = self.tree.swapped {
            self.out.problem(
                ProblemCode::Quirk,
                self.context.offset,
                format!("byte {at} of the message: 06 09 in front of an OBIS code instead of 09 06, a fault of some Landis+Gyr meters; read as 09 06"),
            );
        }
        if let Some(object) = self.context.asked
            && !self.looks_self_describing(0)
        {
            self.attribute(object, 0);
            return false;
        }
        if !matches!(root.tag, tag::ARRAY | tag::STRUCTURE) {
            let value = value::value(self.data, self.tree, 0, None);
            self.out.readings.push(Reading::new(Id::Named("dlms:data"), value));
            return false;
        }
        if root.tag == tag::STRUCTURE {
            if let Some(list) = self.positional(root) {
                return self.fixed_order(list, root);
            }
            if let Some(usual) = self.zip(root) {
                return usual;
            }
        }
        let before = self.out.readings.len();
        self.list(0, 0);
        if self.out.readings.len() == before && self.context.complete && root.items > 0 {
            self.out.problem(
                ProblemCode::Unsupported,
                self.context.offset,
                format!("a list of {} values without OBIS codes, of no meter known here", root.items),
            );
            if self.out.status == Status::Ok {
                self.out.status = Status::Unsupported;
            }
        }
        false
    }

    fn title_is(&self, start: &[u8]) -> bool {
        self.context.title.is_some_and(|title| title.starts_with(start))
    }

    /// Some structure in it begins with an OBIS code or a descriptor.
    fn looks_self_describing(&self, index: usize) -> bool {
        let Some(node) = self.node(index) else { return false };
        if !matches!(node.tag, tag::ARRAY | tag::STRUCTURE) {
            return false;
        }
        let inside = index + 1..node.next as usize;
        inside.filter_map(|i| self.node(i)).any(|n| value::obis(self.data, &n).is_some())
    }

    // ----- objects and their attributes

    /// `{class, OBIS, attribute, data index, …}`.
    fn descriptor(&self, index: usize) -> Option<Object> {
        let node = self.node(index)?;
        if node.tag != tag::STRUCTURE || node.items < 3 {
            return None;
        }
        let class = value::integer(self.data, &self.node(index + 1)?)?;
        let obis = value::obis(self.data, &self.node(index + 2)?)?;
        let attribute = value::integer(self.data, &self.node(index + 3)?)?;
        Some(Object { class: u16::try_from(class).ok()?, obis, attribute: i8::try_from(attribute).ok()? })
    }

    /// The value at `index` is this attribute of an object.
    fn attribute(&mut self, object: Object, index: usize) {
        let Object { class, obis, attribute } = object;
        match (class, attribute) {
            // The logical name says again what is known.
            (_, 1) => {}
            (3 | 4, 3) | (5, 4) => match self.scaler_at(index) {
                Some((scaler, _)) => self.rescale(obis, scaler),
                None => self.emit(obis, index, None),
            },
            // The status of an extended or demand register has no meaning that all makers share.
            (4, 4) | (5, 5) if self.has(obis) => {}
            (4, 5) | (5, 6) => match (self.stamp(index), self.last_mut(obis)) {
                (Some(time), Some(reading)) => reading.time = Some(time),
                _ => self.emit(obis, index, None),
            },
            _ => {
                let scaler = self.scaler_inside(index);
                match scaler {
                    Some((at, scaler)) => self.emit(obis, at, scaler),
                    None => self.emit(obis, index, None),
                }
            }
        }
    }

    /// An attribute value that is itself `{value, {scaler, unit}}`.
    fn scaler_inside(&self, index: usize) -> Option<(usize, Scaler)> {
        let node = self.node(index)?;
        if node.tag != tag::STRUCTURE || node.items != 2 {
            return None;
        }
        let inner = self.node(index + 1)?;
        value::number(self.data, &inner)?;
        let (scaler, _) = self.scaler_at(inner.next as usize)?;
        Some((index + 1, scaler))
    }

    fn has(&self, obis: Obis) -> bool {
        self.out.readings.iter().any(|r| r.id == Id::Obis(obis))
    }

    fn last_mut(&mut self, obis: Obis) -> Option<&mut Reading> {
        self.out.readings.iter_mut().rfind(|r| r.id == Id::Obis(obis))
    }

    /// A scaler that came as an attribute of its own, behind its value.
    fn rescale(&mut self, obis: Obis, scaler: Scaler) {
        let Some((power, unit)) = scaler else { return };
        if let Some(reading) = self.last_mut(obis)
            && let Value::Number(number) = reading.value
            && (reading.scale_source.is_some() || reading.unit.is_none())
            && let Some(scaled) = number.scaled(power)
        {
            reading.value = Value::Number(scaled);
            reading.unit = unit.map(words);
            reading.scale_source = None;
        }
    }

    /// `{scaler, unit}`, or the two side by side; and where they end.
    fn scaler_at(&self, index: usize) -> Option<(Scaler, usize)> {
        let mut node = self.node(index)?;
        let mut at = index;
        let end;
        if node.tag == tag::STRUCTURE {
            if node.items != 2 {
                return None;
            }
            end = node.next as usize;
            at += 1;
            node = self.node(at)?;
        } else {
            end = at + 2;
        }
        let unit = self.node(at + 1)?;
        if node.tag != tag::INTEGER || unit.tag != tag::ENUM {
            return None;
        }
        let power = value::integer(self.data, &node)?;
        let code = *value::bytes(self.data, &unit).first()?;
        Some((Some((i16::try_from(power).ok()?, unit::symbol(code))), end))
    }

    /// The date-time at a node, also as an octet-string.
    fn stamp(&self, index: usize) -> Option<Timestamp> {
        let node = self.node(index)?;
        if node.end - node.body != 12 || !matches!(node.tag, tag::OCTET_STRING | tag::DATE_TIME) {
            return None;
        }
        date_time::date_time(value::bytes(self.data, &node))?.time
    }

    // ----- readings

    fn push_number(
        &mut self,
        obis: Obis,
        number: Decimal,
        power: i16,
        unit: Option<&'static str>,
        source: Option<&'static str>,
    ) {
        let Some(scaled) = number.scaled(power) else {
            self.out.problem(
                ProblemCode::BadValue,
                self.context.offset,
                format!("{obis}: a scaler of {power} is out of range"),
            );
            return;
        };
        // Made when its place is there already, and so without a copy.
        self.out.readings.extend(std::iter::once_with(|| Reading {
            id: Id::Obis(obis),
            value: Value::Number(scaled),
            unit: unit.map(words),
            time: None,
            scale_source: source,
            record: None,
        }));
    }

    /// The value at `index` as a reading.
    fn emit(&mut self, obis: Obis, index: usize, scaler: Scaler) {
        let Some(node) = self.node(index) else { return };
        if let Some(number) = value::number(self.data, &node) {
            match scaler {
                Some((power, unit)) => self.push_number(obis, number, power, unit, None),
                None if is_quantity(obis) => match self.scales.of(obis).filter(|s| self.in_range(s, &number))
                {
                    Some((power, unit)) => {
                        let unit = (!unit.is_empty()).then_some(unit);
                        self.push_number(obis, number, power, unit, Some(self.scales.name()));
                    }
                    None => self.push_number(obis, number, 0, None, Some(UNKNOWN)),
                },
                None => self.push_number(obis, number, 0, None, None),
            }
            return;
        }
        let value = value::value(self.data, self.tree, index, Some(obis));
        match (&value, obis.0) {
            (Value::Time(time), [_, _, 1, 0, 0, _]) => {
                if self.out.time.is_none() {
                    self.out.time = Some(*time);
                }
                let raw = value::bytes(self.data, &node);
                if date_time::date_time(raw).is_some_and(date_time::DateTime::invalid) {
                    let text = "the meter marks its own time as invalid";
                    self.out.problem(ProblemCode::BadTime, self.context.offset, text);
                }
            }
            (Value::Text(text), _) => {
                let text = text.clone();
                self.identify(obis, &text);
            }
            _ => {}
        }
        self.out.readings.push(Reading::new(Id::Obis(obis), value));
    }

    /// A voltage over 1000 V cannot be in whole volts: newer Kamstrup meters send another scale
    /// behind the same mark, and it is not documented.
    fn in_range(&self, scale: &(i16, &'static str), number: &Decimal) -> bool {
        scale.1 != "V" || number.coefficient() <= 1000
    }

    /// Texts that say which meter this is.
    fn identify(&mut self, Obis([_, _, c, d, e, _]): Obis, text: &CompactString) {
        if text.is_empty() {
            return;
        }
        let meter = &mut self.out.meter;
        let kamstrup = self.scales == Scales::Kamstrup;
        let rank = match (c, d, e) {
            (0, 2, 129) => {
                meter.version = Some(text.clone());
                return;
            }
            (96, 1, 7) => {
                meter.model = Some(text.clone());
                return;
            }
            (96, 1, 1) if kamstrup => {
                meter.model = Some(text.clone());
                return;
            }
            (96, 1, 0) => 0,
            (0, 0, 5) if kamstrup => 1,
            (96, 1, n @ 1..=3) => 1 + n,
            (42, 0, 0) => {
                if meter.manufacturer.is_none()
                    && let Some(flag) = text.get(..3)
                    && flag.bytes().all(|b| b.is_ascii_uppercase())
                {
                    meter.manufacturer = Some(flag.into());
                }
                8
            }
            _ => return,
        };
        if rank < self.meter_rank {
            meter.id = Some(text.clone());
            self.meter_rank = rank;
        }
    }
}

/// A measured quantity, for which a number without a scale is not complete: not a name, a counter, a
/// state or an error register (C = 0, 94 and above).  Of the abstract objects, those with the values of
/// M-Bus meters (C = 24, D = 2) are.
fn is_quantity(obis: Obis) -> bool {
    let Obis([medium, _, c, d, ..]) = obis;
    if medium == 0 { (c, d) == (24, 2) } else { (1..94).contains(&c) }
}
