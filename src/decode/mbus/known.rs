//! What was seen before: heads of records, and meters.
//!
//! A meter sends the same records in every answer; only their data differ.  What a head (DIF, DIFEs, VIF,
//! VIFEs) says is therefore worked out once a stream and kept: reading a record is then finding its head
//! and converting its data.  It is a memory of work, not of content: with it and without it the same comes
//! out.

use super::header::Address;
use super::meaning::Meaning;
use super::record::Record;
use super::value::{self, Form, Scale};
use crate::decode::{Decimal, Id, MbusRecord, Message, Meter, Reading, Value};
use compact_str::CompactString;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hash, Hasher};

/// Heads that are remembered.  A bus of many meters has some hundred; a stream that has more is noise or
/// made to have them, and starts anew.  As many meters.
const MOST: usize = 1024;

/// The bits of eight bytes that say "an extension follows".
const EXTENSIONS: u64 = 0x8080_8080_8080_8080;

/// The bytes of a head of up to eight bytes, the first one lowest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Head {
    bytes: u64,
    length: u8,
}

/// Only the bytes: they say where they end.
impl Hash for Head {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.bytes);
    }
}

impl Head {
    /// The head at the start of the data.  `None` when it is longer than eight bytes.
    ///
    /// Where fewer bytes are left, the data seem to go on with zeros: a record that ends in them is found
    /// to be too short when its data are taken.
    #[inline]
    fn first(data: &[u8]) -> Option<Self> {
        let word = value::word(data);
        // A chain ends with the first byte without extension bit: DIF and DIFEs with the first of those,
        // VIF and VIFEs with the second.
        let ends = !word & EXTENSIONS;
        let second = ends & ends.wrapping_sub(1);
        if second == 0 {
            return None;
        }
        let bits = second.trailing_zeros() + 1;
        Some(Head { bytes: word & (u64::MAX >> (64 - bits)), length: (bits / 8) as u8 })
    }

    const fn length(self) -> usize {
        self.length as usize
    }
}

/// What a head says.
#[derive(Debug)]
struct Known {
    head: Head,
    /// Bytes of the data.
    length: usize,
    /// What they are.
    form: Form,
    /// How they become a number of the unit.
    scale: Scale,
    /// The power of ten in it.
    power: i8,
    /// The record is the meter's clock.
    clock: bool,
    /// The unit of a number.
    unit: Option<CompactString>,
    /// The attributes of the record.
    record: MbusRecord,
}

impl Known {
    /// The coefficient of the number that `from` begins with, if it is an integer or digits.
    #[inline]
    fn coefficient(&self, from: &[u8]) -> Option<i64> {
        value::raw(self.form, from, self.length)?.checked_mul(i64::from(self.scale.factor))
    }

    /// Adds what most readings are: a number and its unit.
    ///
    /// Nothing of it comes through memory but what is known, so the reading is written once, and where it
    /// stays: copied there from where it was put together, it would cost twice as much.
    #[inline(never)]
    fn number(&self, number: u32, coefficient: i64, message: &mut Message) {
        message.readings.extend(std::iter::once_with(|| Reading {
            id: Id::Mbus(number),
            value: Value::Number(Decimal::small(coefficient, self.power)),
            unit: self.unit.clone(),
            time: None,
            scale_source: None,
            record: Some(self.record.clone()),
        }));
    }

    /// Adds any other reading; false when its bytes should be a point in time and are none.
    fn other(&self, number: u32, from: &[u8], message: &mut Message) -> bool {
        let bytes = from.get(..self.length).unwrap_or(from);
        let Ok(value) = value::read(self.form, bytes, self.scale) else { return false };
        if self.clock
            && let Value::Time(time) = value
        {
            message.time.get_or_insert(time);
        }
        message.readings.push(Reading {
            id: Id::Mbus(number),
            unit: if matches!(value, Value::Number(_)) { self.unit.clone() } else { None },
            value,
            time: None,
            scale_source: None,
            record: Some(self.record.clone()),
        });
        true
    }
}

/// The heads of a stream.
#[derive(Debug, Default)]
pub struct Heads {
    /// In the order in which they came first, which is mostly the order in which they come again.
    known: Vec<Known>,
    places: HashMap<Head, usize, BuildHasherDefault<Multiply>>,
}

impl Heads {
    /// Reads records as long as their heads are known, and gives the bytes of those read.  The first record
    /// behind them, if there is one, is to be taken apart, be it that its head is new or that something is
    /// wrong with it.
    pub fn read(&self, data: &[u8], number: &mut u32, message: &mut Message) -> usize {
        let (mut at, mut expected) = (0, 0);
        while let Some((known, start, from)) = self.first(data, at, &mut expected) {
            match known.coefficient(from) {
                Some(coefficient) => known.number(*number, coefficient, message),
                None if known.other(*number, from, message) => {}
                None => break,
            }
            *number += 1;
            at = start + known.length;
        }
        at
    }

    /// What is known of the record at `at`: where its data start, and all bytes from there on.
    #[inline]
    fn first<'a>(
        &self,
        data: &'a [u8],
        at: usize,
        expected: &mut usize,
    ) -> Option<(&Known, usize, &'a [u8])> {
        let head = Head::first(data.get(at..)?)?;
        // The head's place is mostly the one expected; the one behind it is expected next.
        let known = match self.known.get(*expected) {
            Some(known) if known.head == head => known,
            _ => {
                *expected = self.place(head)?;
                self.known.get(*expected)?
            }
        };
        *expected += 1;
        let start = at + head.length();
        let from = data.get(start..).filter(|from| known.length <= from.len())?;
        Some((known, start, from))
    }

    #[inline(never)]
    fn place(&self, head: Head) -> Option<usize> {
        self.places.get(&head).copied()
    }

    /// Remembers what this record's head said.  `data` start with the record.
    pub fn learn(&mut self, data: &[u8], record: &Record<'_>, meaning: &Meaning, attributes: &MbusRecord) {
        let Some(head) = Head::first(data) else { return };
        // A unit in letters is no part of the head as it is cut here; the length of variable data stands
        // behind it; and a value that the meter could not give is a problem to be told each time.
        let plain = head.length() == record.data_at() && record.info.text.is_none() && record.lvar.is_none();
        if !plain || meaning.error.is_some() || self.places.contains_key(&head) {
            return;
        }
        let Some(power) = meaning.scale.power() else { return };
        if self.known.len() >= MOST {
            self.known.clear();
            self.places.clear();
        }
        self.places.insert(head, self.known.len());
        self.known.push(Known {
            head,
            length: record.data.len(),
            form: Form::of(record.dif, meaning.kind),
            scale: meaning.scale,
            power,
            clock: record.is_clock(meaning),
            unit: meaning.unit.clone(),
            record: attributes.clone(),
        });
    }
}

/// The meters of a stream, by their address as on the wire, least significant byte first: who a meter is
/// does not change either.
#[derive(Debug, Default)]
pub struct Meters(HashMap<u64, Meter, BuildHasherDefault<Multiply>>);

impl Meters {
    /// Tells who the meter is; asks `address` if it is a new one.
    pub fn describe(&mut self, address: &Address, meter: &mut Meter) {
        let key = address.key();
        if let Some(known) = self.0.get(&key) {
            let Meter { id, manufacturer, version, medium, .. } = known;
            meter.id.clone_from(id);
            meter.manufacturer.clone_from(manufacturer);
            meter.version.clone_from(version);
            meter.medium.clone_from(medium);
            return;
        }
        address.describe(meter);
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(key, meter.clone());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::mbus::record::{self, Order};
    use crate::decode::{Protocol, trace::NoTrace};
    use proptest::prelude::*;

    fn read(data: &[u8], heads: &mut Heads) -> (bool, Message) {
        let mut message = Message::new(Protocol::Mbus);
        let whole = record::read(data, 0, 0, Order::Lsb, heads, &mut message, &mut NoTrace);
        (whole, message)
    }

    /// Bytes that often make records: usual DIFs and VIFs, digits, and anything.
    fn data() -> impl Strategy<Value = Vec<u8>> {
        let usual = prop::sample::select(
            &[
                0x01, 0x02, 0x04, 0x05, 0x07, 0x0A, 0x0C, 0x0D, 0x0F, 0x2F, 0x44, 0x84, 0x10, 0x8C, 0x40,
                0x06, 0x13, 0x22, 0x2B, 0x3B, 0x5A, 0x6C, 0x6D, 0x78, 0x7C, 0xFC, 0xFD, 0x48, 0x17, 0x93,
                0x3C, 0x86, 0x15, 0x7D, 0x00, 0xFF, 0x12, 0xF9,
            ][..],
        );
        prop::collection::vec(prop_oneof![3 => usual, 1 => any::<u8>()], 0..60)
    }

    proptest! {
        /// Whatever was read before, and however often: the same comes out as without any memory.
        #[test]
        fn what_is_remembered_changes_nothing(before in data(), data in data()) {
            let fresh = read(&data, &mut Heads::default());
            let mut heads = Heads::default();
            read(&before, &mut heads);
            for _ in 0..3 {
                prop_assert_eq!(&read(&data, &mut heads), &fresh);
            }
        }
    }

    #[test]
    fn a_head_ends_with_its_second_chain() {
        let head = |bytes: &[u8]| Head::first(bytes).map(|head| (head.bytes, head.length));
        assert_eq!(head(&[0x04, 0x13, 1, 2, 3, 4, 5, 6]), Some((0x1304, 2)));
        assert_eq!(head(&[0x84, 0x10, 0xFD, 0x48, 1, 2, 3, 4]), Some((0x48FD_1084, 4)));
        assert_eq!(head(&[0x84, 0x10, 0xFD, 0x48]), Some((0x48FD_1084, 4)), "nothing behind it");
        assert_eq!(head(&[0x84, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00, 0x13]), None, "too long");
    }

    #[test]
    fn known_heads_are_read_and_others_are_not() {
        let data = [0x04, 0x13, 1, 0, 0, 0, 0x0A, 0x5A, 0x12, 0x03];
        let mut heads = Heads::default();
        let mut message = Message::new(Protocol::Mbus);
        assert_eq!(heads.read(&data, &mut 0, &mut message), 0);
        read(&data, &mut heads);
        let mut number = 7;
        assert_eq!(heads.read(&data, &mut number, &mut message), data.len());
        assert_eq!((number, message.readings.len()), (9, 2));
        // Cut off in its data, and a day that does not exist: for those who tell what is wrong.
        assert_eq!(heads.read(&data[..9], &mut number, &mut message), 6);
        let date = [0x02, 0x6C, 0x1F, 0x1C];
        read(&date, &mut heads);
        assert_eq!(heads.read(&[0x02, 0x6C, 0x1E, 0x12], &mut number, &mut message), 0);
    }
}
