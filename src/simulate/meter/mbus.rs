//! A wired M-Bus meter: heat, water or electricity, or an old one with the fixed data structure.
//!
//! It answers as EN 13757-2 asks: SND_NKE and SND_UD with an acknowledge, REQ_UD2 with its data.  The
//! tables of codes are those of [`crate::decode::mbus`]; how they are put on the wire is written
//! here a second time, so that reader and writer check each other.

use crate::decode::mbus::header::Address;
use crate::decode::mbus::link::{ACK, LONG, SHORT, STOP};
use crate::decode::mbus::vif::{self, Vif};
use crate::decode::{Key, MbusFunction, Timestamp};
use crate::line::random::Random;
use crate::line::sim::{Speech, Talker};
use aes::Aes128;
use cbc::cipher::{BlockModeEncrypt, KeyIvInit};
use std::time::Duration;

/// From the end of a request to the start of its answer: within the 11 to 330 bit times of the standard
/// at every baud rate from 2400 on.
const DELAY: Duration = Duration::from_millis(20);
/// A request that pauses longer than this is given up.
const PATIENCE: Duration = Duration::from_millis(500);
/// The meter that was selected by its full address.
const SELECTED: u8 = 253;
/// Every meter, with and without answer.
const BROADCAST: [u8; 2] = [254, 255];

/// What is metered, and how it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A heat meter: energy, volume, power, flow, temperatures, yearly value.
    Heat,
    /// A water meter: volume, flow, monthly values.
    Water,
    /// An electricity meter: energies by tariff and direction, powers, voltages, currents.
    Electricity,
    /// An old water meter with the fixed data structure.
    Fixed,
}

/// The value of a record.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A binary integer in 1, 2, 3, 4, 6 or 8 bytes.
    Integer(usize, i64),
    /// BCD digits in 1, 2, 3, 4 or 6 bytes.
    Bcd(usize, i64),
    /// BCD digits that say "no valid value", in as many bytes.
    Invalid(usize),
    /// A 32-bit float.
    Float(f32),
    /// Letters.
    Text(String),
    /// A date (type G), or date and time (type F).
    Moment(Timestamp),
}

/// A record: what the tables of value information call it, and its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Quantity, as in the tables.
    pub quantity: &'static str,
    /// Base unit, as in the tables.
    pub unit: &'static str,
    /// The value is to be multiplied by 10 to this power.
    pub exponent: i8,
    /// Combinable VIFE codes, without extension bits.
    pub qualifiers: &'static [u8],
    /// Function field.
    pub function: MbusFunction,
    /// Storage number.
    pub storage: u64,
    /// Tariff.
    pub tariff: u32,
    /// Subunit.
    pub subunit: u16,
    /// Its value.
    pub content: Content,
}

impl Entry {
    /// A value of now, without qualifiers.
    pub const fn new(quantity: &'static str, unit: &'static str, exponent: i8, content: Content) -> Self {
        Entry {
            quantity,
            unit,
            exponent,
            qualifiers: &[],
            function: MbusFunction::Instantaneous,
            storage: 0,
            tariff: 0,
            subunit: 0,
            content,
        }
    }

    /// The code for it: VIF, and the code of the extension if it is in one.  `None` when no table has it.
    fn code(&self) -> Option<Vec<u8>> {
        let is_it = |vif: &Vif| {
            vif.quantity == self.quantity
                && vif.unit == self.unit
                && vif.exponent == self.exponent
                && vif.factor == 1
        };
        let find = |table: &[Vif; 128]| table.iter().position(is_it).map(|code| code as u8);
        find(&vif::PRIMARY)
            .map(|code| vec![code])
            .or_else(|| Some(vec![vif::EXTENSION_FD, find(&vif::FD)?]))
            .or_else(|| Some(vec![vif::EXTENSION_FB, find(&vif::FB)?]))
    }

    /// Appends the record.  Nothing is written when no table has its quantity.
    pub fn put(&self, bytes: &mut Vec<u8>) {
        let Some(code) = self.code() else { return };
        let (field, data) = self.content.encode();
        let function = match self.function {
            MbusFunction::Instantaneous => 0,
            MbusFunction::Maximum => 0x10,
            MbusFunction::Minimum => 0x20,
            MbusFunction::Error => 0x30,
        };
        chain(bytes, field | function | if self.storage & 1 == 1 { 0x40 } else { 0 }, &self.extensions());
        let rest: Vec<u8> = code.iter().skip(1).chain(self.qualifiers).copied().collect();
        chain(bytes, code.first().copied().unwrap_or_default(), &rest);
        bytes.extend(data);
    }

    /// The DIFEs: four bits of the storage number, two of the tariff, one of the subunit in each.
    fn extensions(&self) -> Vec<u8> {
        let (mut storage, mut tariff, mut subunit) = (self.storage >> 1, self.tariff, self.subunit);
        let mut difes = Vec::new();
        while storage > 0 || tariff > 0 || subunit > 0 {
            difes.push((storage & 0x0F) as u8 | ((tariff & 3) as u8) << 4 | ((subunit & 1) as u8) << 6);
            (storage, tariff, subunit) = (storage >> 4, tariff >> 2, subunit >> 1);
        }
        difes
    }
}

/// A byte and its extensions, each but the last with the bit that says "more".
fn chain(bytes: &mut Vec<u8>, first: u8, rest: &[u8]) {
    bytes.push(first);
    for &byte in rest {
        if let Some(last) = bytes.last_mut() {
            *last |= 0x80;
        }
        bytes.push(byte);
    }
}

impl Content {
    /// Data field of the DIF, and the bytes.
    fn encode(&self) -> (u8, Vec<u8>) {
        match self {
            Content::Integer(size, value) => {
                let field = match size {
                    6 => 0x6,
                    8 => 0x7,
                    n => *n as u8,
                };
                (field, value.to_le_bytes().into_iter().take(*size).collect())
            }
            Content::Bcd(size, value) => {
                let mut digits = value.unsigned_abs();
                let mut bytes = Vec::new();
                for _ in 0..*size {
                    bytes.push((digits % 10) as u8 | ((digits / 10 % 10) as u8) << 4);
                    digits /= 100;
                }
                if *value < 0
                    && let Some(top) = bytes.last_mut()
                {
                    *top |= 0xF0;
                }
                (bcd_field(*size), bytes)
            }
            Content::Invalid(size) => (bcd_field(*size), vec![0xEE; *size]),
            Content::Float(value) => (0x5, value.to_le_bytes().to_vec()),
            Content::Text(text) => {
                let mut bytes = vec![text.chars().count() as u8];
                bytes.extend(text.chars().rev().map(|c| u8::try_from(c).unwrap_or(b'?')));
                (0xD, bytes)
            }
            Content::Moment(moment) => {
                let (year, month, day) = moment.ymd();
                let year = (year % 100) as u8;
                let date = [day | year << 5, month | (year << 1) & 0xF0];
                match moment.time_of_day() {
                    None => (0x2, date.to_vec()),
                    Some(time) => (0x4, [&[time.minute, time.hour][..], &date].concat()),
                }
            }
        }
    }
}

const fn bcd_field(size: usize) -> u8 {
    match size {
        6 => 0xE,
        n => 8 + n as u8,
    }
}

/// A short frame.
pub fn short_frame(c: u8, a: u8) -> Vec<u8> {
    vec![SHORT, c, a, c.wrapping_add(a), STOP]
}

/// A control or long frame round C, A, CI field and data; of at most 255 bytes, the rest is left out.
pub fn long_frame(content: &[u8]) -> Vec<u8> {
    let content = content.get(..content.len().min(255)).unwrap_or_default();
    let sum = content.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    let mut frame = vec![LONG, content.len() as u8, content.len() as u8, LONG];
    frame.extend(content);
    frame.extend([sum, STOP]);
    frame
}

/// Three letters as a manufacturer's code.
pub const fn manufacturer(letters: [u8; 3]) -> u16 {
    let [a, b, c] = letters;
    ((a as u16 - 64) << 10) | ((b as u16 - 64) << 5) | (c as u16 - 64)
}

/// A meter on a bus.
#[derive(Debug, Clone)]
pub struct MbusMeter {
    /// What it is.
    pub kind: Kind,
    /// Its primary address.
    pub primary: u8,
    /// Its full address.
    pub address: Address,
    /// Answers with the short header, as meters do that are read by their full address anyway.
    pub short_header: bool,
    /// It encrypts with this key (security mode 5).
    pub key: Option<Key>,
    access: u8,
    random: Random,
    energy: i64,
    selected: bool,
    heard: Vec<u8>,
    heard_at: Duration,
}

impl MbusMeter {
    /// A meter of a kind, and with values, that follow from `seed`.
    pub fn new(seed: u64, key: Option<Key>) -> Self {
        let mut random = Random::part(seed, 5);
        let kinds: &[Kind] = match key {
            None => &[Kind::Heat, Kind::Water, Kind::Electricity, Kind::Fixed],
            Some(_) => &[Kind::Heat, Kind::Water, Kind::Electricity],
        };
        let kind = random.pick(kinds).copied().unwrap_or(Kind::Heat);
        MbusMeter::of_kind(kind, random, key)
    }

    /// A meter of this kind.
    pub fn of_kind(kind: Kind, mut random: Random, key: Option<Key>) -> Self {
        let id = std::array::from_fn(|_| {
            let two = random.below(100) as u8;
            ((two / 10) << 4) | (two % 10)
        });
        let makers = [*b"KAM", *b"LUG", *b"ELS", *b"ITW", *b"EMU", *b"ABB"];
        let maker = random.pick(&makers).copied().unwrap_or(*b"KAM");
        let medium = match kind {
            Kind::Heat => 0x04,
            Kind::Water | Kind::Fixed => 0x07,
            Kind::Electricity => 0x02,
        };
        let version = random.between(1, 60) as u8;
        MbusMeter {
            kind,
            primary: random.between(1, 250) as u8,
            address: Address { id, manufacturer: manufacturer(maker), version, medium },
            short_header: false,
            key,
            access: random.byte(),
            energy: random.between(1_000, 900_000) as i64,
            random,
            selected: false,
            heard: Vec::new(),
            heard_at: Duration::ZERO,
        }
    }

    /// What it will tell next.
    pub fn entries(&mut self) -> Vec<Entry> {
        self.energy += self.random.between(0, 3) as i64;
        let energy = self.energy;
        let mut r = |low, high| self.random.between(low, high) as i64;
        let day = |r: &mut dyn FnMut(u64, u64) -> i64| {
            Timestamp::date(2000 + r(20, 29) as i16, r(1, 12) as u8, r(1, 28) as u8)
        };
        let number = |quantity, unit, exponent, content| Entry::new(quantity, unit, exponent, content);
        let mut entries = Vec::new();
        let digits = self
            .address
            .id
            .iter()
            .rev()
            .fold(0, |n, &b| n * 100 + i64::from(b >> 4) * 10 + i64::from(b & 15));
        entries.push(number("fabrication number", "", 0, Content::Bcd(4, digits)));
        let now = day(&mut r).and_then(|d| {
            d.at(crate::decode::timestamp::TimeOfDay {
                hour: r(0, 23) as u8,
                minute: r(0, 59) as u8,
                second: None,
                hundredths: None,
            })
        });
        if let Some(now) = now {
            entries.push(number("date and time", "", 0, Content::Moment(now)));
        }
        match self.kind {
            Kind::Heat => {
                let (flow, back) = (r(5000, 9500), r(2500, 4900));
                entries.push(number("energy", "Wh", 3, Content::Bcd(4, energy)));
                entries.push(number("volume", "m³", -2, Content::Bcd(4, energy * 3)));
                entries.push(number("power", "W", 2, Content::Bcd(3, r(0, 2500))));
                entries.push(number("volume flow", "m³/h", -3, Content::Float(r(0, 4000) as f32 + 0.25)));
                entries.push(number("flow temperature", "°C", -2, Content::Integer(2, flow)));
                entries.push(number("return temperature", "°C", -2, Content::Integer(2, back)));
                entries.push(number("temperature difference", "K", -2, Content::Integer(3, flow - back)));
                entries.push(Entry {
                    function: MbusFunction::Maximum,
                    ..number("power", "W", 2, Content::Integer(4, r(2500, 4000)))
                });
                entries.push(Entry {
                    function: MbusFunction::Error,
                    ..number("flow temperature", "°C", -1, Content::Invalid(2))
                });
                let storage = 1;
                entries.push(Entry {
                    storage,
                    ..number("energy", "Wh", 3, Content::Bcd(4, energy - r(1, 900)))
                });
                if let Some(date) = day(&mut r) {
                    entries.push(Entry { storage, ..number("date", "", 0, Content::Moment(date)) });
                }
                entries.push(number("error flags", "", 0, Content::Integer(2, r(0, 65535))));
            }
            Kind::Water => {
                entries.push(number("volume", "m³", -3, Content::Integer(4, energy)));
                entries.push(number("volume flow", "m³/h", -3, Content::Integer(2, r(0, 3000) - 100)));
                entries.push(number("external temperature", "°C", -1, Content::Integer(1, r(0, 200) - 100)));
                for month in 1..=6 {
                    let volume = (energy - month * r(100, 160)).max(0);
                    let storage = month as u64 + 1;
                    entries.push(Entry { storage, ..number("volume", "m³", -3, Content::Bcd(4, volume)) });
                }
                entries.push(number("customer location", "", 0, Content::Text(format!("Flat {}", r(1, 99)))));
            }
            Kind::Electricity => {
                for tariff in 0..=2 {
                    let content = Content::Integer(6, energy * 1000 / (i64::from(tariff) + 1));
                    entries.push(Entry { tariff, ..number("energy", "Wh", 0, content) });
                }
                let content = Content::Bcd(6, energy);
                entries.push(Entry { qualifiers: &[0x3C], ..number("energy", "Wh", 1, content) });
                for phase in 1..=3 {
                    let subunit = phase;
                    entries.push(Entry {
                        subunit,
                        ..number("power", "W", 0, Content::Bcd(3, r(0, 9000) - 4000))
                    });
                    entries.push(Entry {
                        subunit,
                        ..number("voltage", "V", -1, Content::Integer(2, r(2150, 2450)))
                    });
                    entries.push(Entry {
                        subunit,
                        ..number("current", "A", -3, Content::Integer(4, r(0, 60000)))
                    });
                }
                entries.push(number("frequency", "Hz", -2, Content::Integer(2, r(4990, 5010))));
                entries.push(number("reactive power", "var", 0, Content::Integer(4, r(0, 4000) - 2000)));
            }
            Kind::Fixed => {}
        }
        entries
    }

    /// Its next answer, with these records.
    pub fn answer(&mut self, entries: &[Entry]) -> Vec<u8> {
        self.access = self.access.wrapping_add(1);
        if self.kind == Kind::Fixed {
            return self.fixed();
        }
        let mut records = Vec::new();
        for entry in entries {
            entry.put(&mut records);
        }
        let mut config = 0u16;
        if let Some(key) = self.key {
            records.splice(0..0, [0x2F, 0x2F]);
            records.resize(records.len().next_multiple_of(16).min(240), 0x2F);
            config = 5 << 8 | ((records.len() / 16) << 4) as u16;
            self.encrypt(&key, &mut records);
        }
        let header = [&[self.access, 0][..], &config.to_le_bytes()].concat();
        let full = self.full_address();
        let content = match self.short_header {
            true => [&[0x08, self.primary, 0x7A][..], &header, &records].concat(),
            false => [&[0x08, self.primary, 0x72][..], &full, &header, &records].concat(),
        };
        long_frame(&content)
    }

    /// Its next answer.
    pub fn telegram(&mut self) -> Vec<u8> {
        let entries = self.entries();
        self.answer(&entries)
    }

    /// Two counters of an old water meter: litres now, litres at the due date.
    fn fixed(&mut self) -> Vec<u8> {
        let (_, now) = Content::Bcd(4, self.energy).encode();
        let (_, then) = Content::Bcd(4, self.energy / 2).encode();
        // Water is medium 7: its two bits lie in the first unit byte, the others in the second.
        let (litres, same_but_historic) = (0x29 | 0xC0, 0x3E | 0x40);
        let head = [0x08, self.primary, 0x73];
        let middle = [self.access, 0, litres, same_but_historic];
        long_frame(&[&head[..], &self.address.id, &middle, &now, &then].concat())
    }

    fn full_address(&self) -> [u8; 8] {
        let [a, b, c, d] = self.address.id;
        let [m, n] = self.address.manufacturer.to_le_bytes();
        [a, b, c, d, m, n, self.address.version, self.address.medium]
    }

    /// Security mode 5: AES-128-CBC, the vector made of manufacturer, identification, version, medium
    /// and the access number eight times.
    fn encrypt(&self, key: &Key, records: &mut [u8]) {
        let mut vector = [self.access; 16];
        let [a, b, c, d, m, n, version, medium] = self.full_address();
        vector[..8].copy_from_slice(&[m, n, a, b, c, d, version, medium]);
        let mut cipher = cbc::Encryptor::<Aes128>::new(&(*key.bytes()).into(), &vector.into());
        for block in records.as_chunks_mut::<16>().0 {
            cipher.encrypt_block(block.into());
        }
    }

    /// Whether a frame to this address is for it, and wants an answer.
    fn is_meant(&self, a: u8) -> bool {
        a == self.primary || a == BROADCAST[0] || (a == SELECTED && self.selected)
    }

    /// Its answer to a whole frame.
    fn react(&mut self, frame: &[u8]) -> Option<Vec<u8>> {
        match *frame {
            [SHORT, 0x40, a, ..] => {
                if a == SELECTED {
                    self.selected = false;
                }
                (self.is_meant(a) || a == SELECTED).then(|| vec![ACK])
            }
            [SHORT, 0x5B | 0x7B, a, ..] => self.is_meant(a).then(|| self.telegram()),
            [LONG, _, _, _, 0x53 | 0x73, SELECTED, 0x52, ref rest @ ..] if rest.len() >= 10 => {
                self.selected = self.matches(rest);
                self.selected.then(|| vec![ACK])
            }
            [LONG, _, _, _, 0x53 | 0x73, a, ..] => self.is_meant(a).then(|| vec![ACK]),
            _ => None,
        }
    }

    /// Whether a selection means it: `F` stands for any digit, `FF` for any byte.
    fn matches(&self, wanted: &[u8]) -> bool {
        let digit = |want: u8, have: u8| want == 0x0F || want == have;
        self.full_address().into_iter().zip(wanted).enumerate().all(|(n, (have, &want))| match n {
            0..4 => digit(want >> 4, have >> 4) && digit(want & 0x0F, have & 0x0F),
            _ => want == 0xFF || want == have,
        })
    }
}

/// The length of the frame that begins here; `None` when it is not whole yet, 0 for none.
fn whole(heard: &[u8]) -> Option<usize> {
    let length = match *heard {
        [SHORT, ..] => 5,
        [LONG, a, b, LONG, ..] if a == b && a >= 3 => usize::from(a) + 6,
        [LONG] | [LONG, _] | [LONG, _, _] => return None,
        _ => return Some(0),
    };
    let frame = heard.get(..length)?;
    let counted = if length == 5 { frame.get(1..3) } else { frame.get(4..length - 2) }.unwrap_or_default();
    let sum = counted.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
    if frame.ends_with(&[sum, STOP]) { Some(length) } else { Some(0) }
}

impl Talker for MbusMeter {
    /// A wired M-Bus meter never speaks first.
    fn push(&mut self, _free: Duration) -> Option<Speech> {
        None
    }

    fn hear(&mut self, at: Duration, bytes: &[u8]) -> Option<Speech> {
        if at.saturating_sub(self.heard_at) > PATIENCE {
            self.heard.clear();
        }
        self.heard_at = at;
        self.heard.extend_from_slice(bytes);
        let mut answer = None;
        while !self.heard.is_empty() {
            match whole(&self.heard) {
                None => break,
                Some(0) => {
                    self.heard.remove(0);
                }
                Some(length) => {
                    let frame: Vec<u8> = self.heard.drain(..length).collect();
                    answer = self.react(&frame);
                }
            }
        }
        answer.map(|bytes| Speech::new(at + DELAY, bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Decimal, Keys, Message, Options, Reading, Status, Value, decode_all};
    use proptest::prelude::*;

    fn read(frame: &[u8], key: Option<Key>) -> Message {
        let keys = Keys { encryption: key, authentication: None };
        let mut messages = decode_all(frame, &Options { keys, ..Options::default() });
        assert_eq!(messages.len(), 1, "{frame:02X?}");
        messages.remove(0)
    }

    /// What a reader must give for an entry.
    fn expected(entry: &Entry) -> Value {
        let scale = i16::from(entry.exponent);
        let number = |n: i64| Decimal::new(i128::from(n), scale).map_or(Value::Null, Value::Number);
        match &entry.content {
            Content::Integer(_, n) | Content::Bcd(_, n) => number(*n),
            Content::Invalid(_) => Value::Null,
            Content::Float(f) => {
                Decimal::from_f32(*f).and_then(|d| d.scaled(scale)).map_or(Value::Null, Value::Number)
            }
            Content::Text(text) => Value::Text(text.as_str().into()),
            Content::Moment(moment) => Value::Time(*moment),
        }
    }

    fn check(reading: &Reading, entry: &Entry) {
        assert_eq!(reading.value, expected(entry), "{entry:?}");
        if matches!(reading.value, Value::Number(_)) {
            assert_eq!(reading.unit.as_deref().unwrap_or(""), entry.unit);
        }
        let record = reading.record.as_ref().unwrap();
        assert!(record.quantity.starts_with(entry.quantity));
        assert_eq!(
            (record.function, record.storage, record.tariff, record.subunit),
            (entry.function, entry.storage, entry.tariff, entry.subunit)
        );
    }

    #[test]
    fn each_kind_is_read_as_it_was_meant() {
        let key = Key::new(*b"one meter's key!");
        for kind in [Kind::Heat, Kind::Water, Kind::Electricity] {
            for (seed, key) in [(1, None), (2, Some(key)), (3, None), (4, Some(key))] {
                let mut meter = MbusMeter::of_kind(kind, Random::new(seed), key);
                let entries = meter.entries();
                let message = read(&meter.answer(&entries), key);
                assert_eq!(message.status, Status::Ok, "{kind:?} {:?}", message.problems);
                assert_eq!(message.security.map(|s| s.decrypted), key.map(|_| true));
                assert_eq!(message.readings.len(), entries.len());
                message.readings.iter().zip(&entries).for_each(|(reading, entry)| check(reading, entry));
                let id: String = meter.address.id.iter().rev().map(|b| format!("{b:02X}")).collect();
                assert_eq!(message.meter.id.as_deref(), Some(id.as_str()));
                assert_eq!(message.meter.access_number, Some(meter.access));
            }
        }
    }

    #[test]
    fn encrypted_without_and_with_a_wrong_key() {
        let key = Key::new(*b"one meter's key!");
        let mut meter = MbusMeter::new(9, Some(key));
        let frame = meter.telegram();
        assert_eq!(read(&frame, None).status, Status::Encrypted);
        assert_eq!(read(&frame, Some(Key::new([0; 16]))).status, Status::DecryptFailed);
    }

    #[test]
    fn a_fixed_structure() {
        let mut meter = MbusMeter::of_kind(Kind::Fixed, Random::new(1), None);
        let message = read(&meter.telegram(), None);
        assert_eq!((message.status, message.readings.len()), (Status::Ok, 2));
        assert_eq!(message.meter.medium.as_deref(), Some("water"));
        let litres = Decimal::new(i128::from(meter.energy), -3).map(Value::Number);
        assert_eq!(message.readings.first().map(|r| r.value.clone()), litres);
    }

    #[test]
    fn it_answers_only_when_it_is_meant() {
        let mut meter = MbusMeter::of_kind(Kind::Water, Random::new(5), None);
        let other = if meter.primary == 250 { 1 } else { meter.primary + 1 };
        let mut ask = |frame: &[u8]| meter.hear(Duration::from_secs(1), frame).map(|speech| speech.bytes);
        assert_eq!(ask(&short_frame(0x40, other)), None);
        assert_eq!(ask(&short_frame(0x40, 254)), Some(vec![ACK]));
        assert_eq!(ask(&short_frame(0x5B, other)), None);
        assert!(ask(&short_frame(0x5B, 254)).is_some_and(|answer| read(&answer, None).status == Status::Ok));
        assert_eq!(ask(&short_frame(0x7B, SELECTED)), None, "nobody is selected");
        assert_eq!(ask(&[0x10, 0x40, 254, 0, 0x16]), None, "a wrong checksum");
    }

    #[test]
    fn it_is_selected_by_its_full_address() {
        let mut meter = MbusMeter::of_kind(Kind::Heat, Random::new(6), None);
        let full = meter.full_address();
        let select = |address: &[u8]| long_frame(&[&[0x53, SELECTED, 0x52][..], address].concat());
        let wrong = [full[0] ^ 1, full[1], full[2], full[3], 0xFF, 0xFF, 0xFF, 0xFF];
        let wild = [full[0], 0xFF, full[2], full[3] | 0x0F, 0xFF, 0xFF, 0xFF, 0xFF];
        let mut ask = |frame: &[u8]| meter.hear(Duration::from_secs(1), frame).map(|speech| speech.bytes);
        assert_eq!(ask(&select(&wrong)), None);
        assert_eq!(ask(&select(&wild)), Some(vec![ACK]));
        assert!(ask(&short_frame(0x5B, SELECTED)).is_some());
        assert_eq!(ask(&short_frame(0x40, SELECTED)), Some(vec![ACK]));
        assert_eq!(ask(&short_frame(0x5B, SELECTED)), None);
    }

    #[test]
    fn a_short_header_is_opened_with_the_address_that_was_selected() {
        let key = Key::new(*b"one meter's key!");
        let mut meter = MbusMeter::of_kind(Kind::Water, Random::new(7), Some(key));
        meter.short_header = true;
        let select = long_frame(&[&[0x53, SELECTED, 0x52][..], &meter.full_address()].concat());
        let input = [select, vec![ACK], short_frame(0x5B, SELECTED), meter.telegram()].concat();
        let keys = Keys { encryption: Some(key), authentication: None };
        let messages = decode_all(&input, &Options { keys, ..Options::default() });
        assert_eq!(messages.len(), 4);
        assert!(messages.iter().all(|m| m.status == Status::Ok), "{messages:#?}");
    }

    fn content() -> impl Strategy<Value = Content> {
        let fits = |size: usize, n: i64| if size == 8 { n } else { n % (1 << (8 * size - 1)) };
        let digits = |size: usize, n: i64| n % 10i64.pow(2 * size as u32 - 1);
        prop_oneof![
            (prop::sample::select(vec![1usize, 2, 3, 4, 6, 8]), any::<i64>())
                .prop_map(move |(size, n)| Content::Integer(size, fits(size, n))),
            (prop::sample::select(vec![1usize, 2, 3, 4, 6]), any::<i64>())
                .prop_map(move |(size, n)| Content::Bcd(size, digits(size, n))),
            (-1e9f32..1e9).prop_map(Content::Float),
        ]
    }

    proptest! {
        #[test]
        fn any_entry_comes_back(
            content in content(),
            storage in 0u64..1 << 41,
            tariff in 0u32..1 << 20,
            subunit in 0u16..1 << 10,
            exponent in -3i8..=4,
        ) {
            let entry = Entry { storage, tariff, subunit, ..Entry::new("energy", "Wh", exponent, content) };
            let mut meter = MbusMeter::of_kind(Kind::Heat, Random::new(1), None);
            let message = read(&meter.answer(std::slice::from_ref(&entry)), None);
            prop_assert_eq!(message.status, Status::Ok);
            check(&message.readings[0], &entry);
        }

        #[test]
        fn a_flipped_bit_is_never_ok_with_other_values(seed in 0u64..50, bit in 0usize..4000) {
            let mut meter = MbusMeter::new(seed, None);
            let frame = meter.telegram();
            let good = read(&frame, None);
            let mut bad = frame.clone();
            let bit = bit % (8 * bad.len());
            bad[bit / 8] ^= 1 << (bit % 8);
            for message in decode_all(&bad, &Options::default()) {
                prop_assert!(message.status != Status::Ok || message.readings.is_empty() || message.readings == good.readings);
            }
        }
    }
}
