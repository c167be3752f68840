//! Lists that name their values: by an OBIS code, or by class, OBIS code and attribute.

use super::super::axdr::tag;
use super::super::lists::Scales;
use super::super::{unit, value};
use super::{Object, Payload};
use crate::decode::Obis;

/// Number, power of ten and unit code of a register.
struct Register {
    number: i64,
    power: i8,
    unit: u8,
}

impl Payload<'_> {
    /// Reads the elements of a container.
    pub(super) fn list(&mut self, container: usize, depth: u32) {
        let Some(outer) = self.node(container) else { return };
        let end = outer.next as usize;
        let mut index = container + 1;
        let mut named = 0;
        while index < end {
            let Some(node) = self.node(index) else { return };
            let next = node.next as usize;
            match node.tag {
                tag::STRUCTURE if self.first_obis(index).is_some() && node.items >= 2 => {
                    self.object(index + 1, next, true);
                    named += 1;
                }
                tag::STRUCTURE if node.items >= 4 && self.descriptor(index).is_some() => {
                    self.described(index, next);
                    named += 1;
                }
                tag::STRUCTURE if self.node(index + 1).is_some_and(|n| n.tag == tag::UNTAGGED_DESCRIPTOR) => {
                    self.untagged(index + 1, next);
                    named += 1;
                }
                tag::ARRAY | tag::STRUCTURE if depth < 8 => self.list(index, depth + 1),
                tag::OCTET_STRING if next < end && value::obis(self.data, &node).is_some() => {
                    index = self.object(index, end, false);
                    named += 1;
                    continue;
                }
                tag::OCTET_STRING | tag::VISIBLE_STRING | tag::DATE_TIME => {
                    self.loose(index, named, next >= end);
                }
                _ => {}
            }
            index = next;
        }
    }

    fn first_obis(&self, structure: usize) -> Option<Obis> {
        value::obis(self.data, &self.node(structure + 1)?)
    }

    /// A text or time that no OBIS code names.
    fn loose(&mut self, index: usize, named: usize, last: bool) {
        if let Some(stamp) = self.stamp(index) {
            if self.out.time.is_none() {
                self.out.time = Some(stamp);
            }
            return;
        }
        let Some(node) = self.node(index) else { return };
        let raw = value::bytes(self.data, &node);
        if index == 1 && value::text(raw).is_some() {
            if raw.starts_with(b"Kamstrup_V") {
                self.scales = Scales::Kamstrup;
            }
            // The list version in front (HAN-NVE: 1-1:0.2.129).
            self.emit(Obis::new(1, 1, 0, 2, 129), index, None);
        } else if last && named > 0 && value::text(raw).is_some_and(|t| !t.is_empty()) {
            // The meter number closes the lists of Netz NÖ ("Kundenschnittstelle", P1 list).
            self.emit(Obis::new(0, 0, 96, 1, 0), index, None);
        }
    }

    /// An OBIS code at `index`, its value, and what belongs to it, and in a flat list those that follow in the
    /// same way; returns where what is left begins.
    fn object(&mut self, mut index: usize, end: usize, whole_structure: bool) -> usize {
        let Some(name) = self.tree.get(index) else { return end };
        let Some(mut obis) = value::obis(self.data, name) else { return name.next as usize };
        if index + 1 >= end {
            return end;
        }
        let mut at;
        loop {
            let Some(Register { number, power, unit }) = self.register(index + 1, end) else {
                at = self.valued(obis, index + 1, end);
                break;
            };
            self.out.number(obis, number, power, unit::ready(unit));
            at = index + 5;
            // In a flat list the next follows at once, and more often than not it is another register.
            let next = self.tree.get(at).filter(|_| !whole_structure && at + 1 < end);
            let Some(next) = next.and_then(|name| value::obis(self.data, name)) else { break };
            (obis, index) = (next, at);
        }
        // A capture time follows directly in a flat list, anywhere behind in a structure of its own.
        while at < end {
            let Some(node) = self.node(at) else { break };
            if let Some(time) = self.stamp(at) {
                if let Some(reading) = self.last_mut(obis) {
                    reading.time = Some(time);
                }
                at = node.next as usize;
                break;
            }
            if !whole_structure {
                break;
            }
            at = node.next as usize;
        }
        if whole_structure { end } else { at }
    }

    /// What nearly every list consists of: a whole number at `index`, then its scaler and unit.
    #[inline]
    fn register(&self, index: usize, end: usize) -> Option<Register> {
        let [number, pair, power, unit, ..] = self.tree.nodes.get(index..end)? else { return None };
        if (pair.tag, pair.items) != (tag::STRUCTURE, 2) || (power.tag, unit.tag) != (tag::INTEGER, tag::ENUM)
        {
            return None;
        }
        let (power, unit) = (*self.data.get(power.body as usize)?, *self.data.get(unit.body as usize)?);
        let power = i8::from_ne_bytes([power]);
        let number = value::integer(self.data, number)?;
        matches!(power, -100..=100).then_some(Register { number, power, unit })
    }

    /// The value at `index` with the scaler that may follow it or be in it; returns where that ends.
    fn valued(&mut self, obis: Obis, index: usize, end: usize) -> usize {
        let Some(node) = self.node(index) else { return end };
        let at = node.next as usize;
        if at < end
            && let Some((scaler, next)) = self.scaler_at(at)
        {
            self.emit(obis, index, scaler);
            return next;
        }
        let (target, scaler) = self.scaler_inside(index).unwrap_or((index, None));
        self.emit(obis, target, scaler);
        at
    }

    /// `{class, OBIS, attribute, value, …}` with type tags.
    fn described(&mut self, index: usize, end: usize) {
        let Some(object) = self.descriptor(index) else { return };
        let mut at = index + 4;
        // A data index may stand between attribute and value.
        if let (Some(here), Some(node)) = (self.node(at), self.node(index))
            && here.tag == tag::LONG_UNSIGNED
            && node.items >= 5
            && here.next as usize != end
            && self.scaler_at(here.next as usize).is_none()
        {
            at = here.next as usize;
        }
        if at >= end {
            return;
        }
        let behind = self.node(at).map_or(end, |n| n.next as usize);
        match self.scaler_at(behind).filter(|_| behind < end) {
            Some((scaler, _)) => self.emit(object.obis, at, scaler),
            None => self.attribute(object, at),
        }
    }

    /// A Czech descriptor without tags, and its value.
    fn untagged(&mut self, index: usize, end: usize) {
        let Some(node) = self.node(index) else { return };
        let &[c1, c0, a, b, c, d, e, f, attribute] = value::bytes(self.data, &node) else { return };
        let object = Object {
            class: u16::from_be_bytes([c1, c0]),
            obis: Obis([a, b, c, d, e, f]),
            attribute: attribute as i8,
        };
        if index + 1 < end {
            self.attribute(object, index + 1);
        }
    }
}
