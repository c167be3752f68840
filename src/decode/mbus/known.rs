//! Records whose head was seen before.
//!
//! A meter sends the same records in every answer; only their data differ.  What a head (DIF, DIFEs, VIF,
//! VIFEs) says is therefore worked out once a stream and kept: reading a record is then finding its head
//! and converting its data.  It is a memory of work, not of content: with it and without it the same comes
//! out.

use super::meaning::Meaning;
use super::record::Record;
use super::value::{self, Form, Scale};
use crate::decode::{Id, MbusRecord, Message, Reading, Value};
use compact_str::CompactString;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Heads that are remembered.  A bus of many meters has some hundred; a stream that has more is noise or
/// made to have them, and starts anew.
const MOST: usize = 1024;

/// The bits of eight bytes that say "an extension follows".
const EXTENSIONS: u64 = 0x8080_8080_8080_8080;

/// The bytes of a head of up to eight bytes, the first one lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Head(u64);

impl Head {
    /// The head at the start of the data, and its length.  `None` when it is longer than eight bytes.
    ///
    /// Where fewer bytes are left, the data seem to go on with zeros: a record that ends in them is found
    /// to be too short when its data are taken.
    #[inline]
    fn first(data: &[u8]) -> Option<(Self, usize)> {
        let word = value::word(data);
        // A chain ends with the first byte without extension bit: DIF and DIFEs with the first of those,
        // VIF and VIFEs with the second.
        let ends = !word & EXTENSIONS;
        let second = ends & ends.wrapping_sub(1);
        if second == 0 {
            return None;
        }
        let bits = second.trailing_zeros() + 1;
        Some((Head(word & (u64::MAX >> (64 - bits))), bits as usize / 8))
    }
}

/// What a head says.
#[derive(Debug)]
struct Known {
    /// Bytes of the data.
    length: usize,
    /// What they are.
    form: Form,
    /// How they become a number of the unit.
    scale: Scale,
    /// The record is the meter's clock.
    clock: bool,
    /// The unit of a number.
    unit: Option<CompactString>,
    /// The attributes of the record.
    record: MbusRecord,
}

/// The heads of a stream.
#[derive(Debug, Default)]
pub struct Heads(HashMap<Head, Known, BuildHasherDefault<Multiply>>);

impl Heads {
    /// Reads the first record if its head is known: gives its length.  `None` when the record is to be
    /// taken apart, be it that its head is new or that something is wrong with it.
    #[inline]
    pub fn read(&self, data: &[u8], number: u32, message: &mut Message) -> Option<usize> {
        let (head, at) = Head::first(data)?;
        let known = self.0.get(&head)?;
        let end = at + known.length;
        if end > data.len() {
            return None;
        }
        let value = value::read_first(known.form, data.get(at..)?, known.length, known.scale).ok()?;
        if known.clock
            && let Value::Time(time) = value
        {
            message.time.get_or_insert(time);
        }
        let Known { unit, record, .. } = known;
        // Made when its place is there already, and so without a copy.
        message.readings.extend(std::iter::once_with(|| Reading {
            id: Id::Mbus(number),
            unit: if matches!(value, Value::Number(_)) { unit.clone() } else { None },
            value,
            time: None,
            scale_source: None,
            record: Some(record.clone()),
        }));
        Some(end)
    }

    /// Remembers what this record's head said.  `data` start with the record.
    pub fn learn(&mut self, data: &[u8], record: &Record<'_>, meaning: &Meaning, attributes: &MbusRecord) {
        let Some((head, length)) = Head::first(data) else { return };
        // A unit in letters is no part of the head as it is cut here; the length of variable data stands
        // behind it; and a value that the meter could not give is a problem to be told each time.
        let plain = length == record.data_at() && record.info.text.is_none() && record.lvar.is_none();
        if !plain || meaning.error.is_some() {
            return;
        }
        if self.0.len() >= MOST {
            self.0.clear();
        }
        let known = Known {
            length: record.data.len(),
            form: Form::of(record.dif, meaning.kind),
            scale: meaning.scale,
            clock: record.is_clock(meaning),
            unit: meaning.unit.clone(),
            record: attributes.clone(),
        };
        self.0.insert(head, known);
    }
}

/// Heads are told apart by a multiplication: they come from meters, and who makes up many of one hash
/// value only gets his own reading slowed down, by no more than [`MOST`] comparisons a record.
#[derive(Debug, Default)]
struct Multiply(u64);

impl Hasher for Multiply {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, word: u64) {
        // 2^64 divided by the golden ratio spreads neighbours; the map takes bits from both ends.
        let product = word.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ product >> 32;
    }
}
