//! What stands between CI field and records: who sends, how it is, how it is protected
//! (EN 13757-3, clause 5; tables of the transport layer in EN 13757-7).

use super::known::Meters;
use super::record::Order;
use super::value;
use crate::decode::{Meter, trace::Trace};
use compact_str::{CompactString, ToCompactString, format_compact};

/// A meter's full ("secondary") address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Identification number, eight BCD digits, in the order of the wire: last pair first.
    pub id: [u8; 4],
    /// Manufacturer, three letters of five bits.
    pub manufacturer: u16,
    /// Version (generation) of the meter.
    pub version: u8,
    /// Medium, also called device type.
    pub medium: u8,
}

/// A long or short header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Only long headers have it.
    pub address: Option<Address>,
    /// Counts the answers.
    pub access: u8,
    /// See [`status`].
    pub status: u8,
    /// How the records are protected.
    pub config: u16,
}

/// Which header a message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// None.
    None,
    /// Access number, status, configuration word.
    Short,
    /// Address before it.
    Long,
}

impl Form {
    /// Its bytes.
    pub const fn length(self) -> usize {
        match self {
            Form::None => 0,
            Form::Short => 4,
            Form::Long => 12,
        }
    }
}

impl Address {
    /// From its eight bytes.
    pub const fn read(bytes: [u8; 8], order: Order) -> Self {
        let [a, b, c, d, m0, m1, version, medium] = bytes;
        match order {
            Order::Lsb => {
                Address { id: [a, b, c, d], manufacturer: u16::from_le_bytes([m0, m1]), version, medium }
            }
            Order::Msb => {
                Address { id: [d, c, b, a], manufacturer: u16::from_be_bytes([m0, m1]), version, medium }
            }
        }
    }

    /// Tells the meter's part of a message.
    pub fn describe(&self, meter: &mut Meter) {
        meter.id = Some(identification(self.id));
        meter.manufacturer = Some(manufacturer(self.manufacturer));
        meter.version = Some(self.version.to_compact_string());
        meter.medium = Some(value::words(medium(self.medium)));
    }

    /// All of it as one number, to tell meters apart.
    pub const fn key(&self) -> u64 {
        let [a, b, c, d] = self.id;
        let [m0, m1] = self.manufacturer.to_le_bytes();
        u64::from_le_bytes([a, b, c, d, m0, m1, self.version, self.medium])
    }

    /// Whether it names one meter: no wildcard `F` in the number, no `FF` elsewhere.
    pub fn is_complete(&self) -> bool {
        let wild = |b: &u8| b & 0x0F == 0x0F || b >> 4 == 0x0F;
        !self.id.iter().any(wild)
            && self.manufacturer != 0xFFFF
            && self.version != 0xFF
            && self.medium != 0xFF
    }

    /// Explains its eight bytes at `at`.
    pub fn explain<T: Trace>(&self, at: usize, trace: &mut T) {
        trace.note(at..at + 4, "identification", || identification(self.id).to_string());
        trace.note(at + 4..at + 6, "manufacturer", || manufacturer(self.manufacturer).to_string());
        trace.note(at + 6..at + 7, "version", || self.version.to_string());
        trace.note(at + 7..at + 8, "medium", || medium(self.medium).to_owned());
    }
}

impl Header {
    /// From the start of the data; `None` when they are too short, or for [`Form::None`].
    pub fn read(form: Form, data: &[u8], order: Order) -> Option<Self> {
        let word = |a: u8, b: u8| match order {
            Order::Lsb => u16::from_le_bytes([a, b]),
            Order::Msb => u16::from_be_bytes([a, b]),
        };
        match (form, data) {
            (Form::Short, &[access, status, c0, c1, ..]) => {
                Some(Header { address: None, access, status, config: word(c0, c1) })
            }
            (Form::Long, &[a, b, c, d, e, f, g, h, access, status, c0, c1, ..]) => {
                let address = Some(Address::read([a, b, c, d, e, f, g, h], order));
                Some(Header { address, access, status, config: word(c0, c1) })
            }
            _ => None,
        }
    }

    /// Tells the meter's part of a message.
    pub fn describe(&self, meters: &mut Meters, meter: &mut Meter) {
        if let Some(address) = &self.address {
            meters.describe(address, meter);
        }
        meter.access_number = Some(self.access);
        meter.status = status(self.status);
    }

    /// Security mode: bits 12 to 8 of the configuration word.
    pub const fn mode(&self) -> u8 {
        (self.config >> 8 & 0x1F) as u8
    }

    /// Encrypted 16-byte blocks of modes 5 and 7: bits 7 to 4 of the configuration word.
    pub const fn blocks(&self) -> usize {
        (self.config >> 4 & 0x0F) as usize
    }

    /// Explains its bytes, which start at `at`; the configuration word is for the caller.
    pub fn explain<T: Trace>(&self, at: usize, trace: &mut T) {
        let mut at = at;
        if let Some(address) = &self.address {
            address.explain(at, trace);
            at += 8;
        }
        trace.note(at..at + 1, "access number", || self.access.to_string());
        trace.note(at + 1..at + 2, "status", || {
            status(self.status).map_or_else(|| "no error".to_owned(), |status| status.to_string())
        });
    }
}

/// The identification number: eight digits, hex digits included, as some meters have them.
pub fn identification(wire: [u8; 4]) -> CompactString {
    let [a, b, c, d] = wire;
    CompactString::new(str::from_utf8(&value::hex_digits([d, c, b, a])).unwrap_or_default())
}

/// The letters of a manufacturer; as a hex number when they are none.
pub fn manufacturer(code: u16) -> CompactString {
    match letters(code) {
        Some(letters) => CompactString::new(str::from_utf8(&letters).unwrap_or_default()),
        None => format_compact!("0x{code:04X}"),
    }
}

/// Three letters of five bits each, the first one highest (the FLAG association's ids).
pub const fn letters(code: u16) -> Option<[u8; 3]> {
    let a = (code >> 10 & 0x1F) as u8;
    let b = (code >> 5 & 0x1F) as u8;
    let c = (code & 0x1F) as u8;
    if code & 0x8000 != 0 || a == 0 || a > 26 || b == 0 || b > 26 || c == 0 || c > 26 {
        return None;
    }
    Some([a + 64, b + 64, c + 64])
}

/// What is metered.
pub const fn medium(code: u8) -> &'static str {
    match code {
        0x00 => "other",
        0x01 => "oil",
        0x02 => "electricity",
        0x03 => "gas",
        0x04 => "heat (outlet)",
        0x05 => "steam",
        0x06 => "warm water",
        0x07 => "water",
        0x08 => "heat cost allocator",
        0x09 => "compressed air",
        0x0A => "cooling (outlet)",
        0x0B => "cooling (inlet)",
        0x0C => "heat (inlet)",
        0x0D => "heat and cooling",
        0x0E => "bus or system",
        0x0F => "unknown",
        0x10 => "irrigation water",
        0x11 => "water logger",
        0x12 => "gas logger",
        0x13 => "gas converter",
        0x14 => "calorific value",
        0x15 => "hot water",
        0x16 => "cold water",
        0x17 => "hot and cold water",
        0x18 => "pressure",
        0x19 => "A/D converter",
        0x1A => "smoke detector",
        0x1B => "room sensor",
        0x1C => "gas detector",
        0x20 => "breaker (electricity)",
        0x21 => "valve (gas or water)",
        0x25 => "customer unit",
        0x28 => "waste water",
        0x29 => "garbage",
        0x2A => "carbon dioxide",
        0x30 => "service tool",
        0x31 => "communication controller",
        0x32 => "unidirectional repeater",
        0x33 => "bidirectional repeater",
        0x36 => "radio converter (system side)",
        0x37 => "radio converter (meter side)",
        0x38 => "wired adapter",
        _ => "reserved",
    }
}

/// The status byte in words; `None` when all is well.
pub fn status(code: u8) -> Option<CompactString> {
    if code == 0 {
        return None;
    }
    let mut text = CompactString::default();
    let mut say = |what: &str| {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(what);
    };
    match code & 3 {
        1 => say("busy"),
        2 => say("application error"),
        3 => say("abnormal condition"),
        _ => {}
    }
    if code & 0x04 != 0 {
        say("power low");
    }
    if code & 0x08 != 0 {
        say("permanent error");
    }
    if code & 0x10 != 0 {
        say("temporary error");
    }
    if code & 0xE0 != 0 {
        say(&format_compact!("manufacturer's bits {:03b}", code >> 5));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header of the M-Bus documentation's example frame: PAD, id 12345678.
    #[test]
    fn long_header() {
        let data = [0x78, 0x56, 0x34, 0x12, 0x24, 0x40, 0x01, 0x07, 0x55, 0x14, 0x00, 0x25];
        let header = Header::read(Form::Long, &data, Order::Lsb).unwrap();
        let mut meter = Meter::default();
        header.describe(&mut Meters::default(), &mut meter);
        assert_eq!(meter.id.as_deref(), Some("12345678"));
        assert_eq!(meter.manufacturer.as_deref(), Some("PAD"));
        assert_eq!(meter.version.as_deref(), Some("1"));
        assert_eq!(meter.medium.as_deref(), Some("water"));
        assert_eq!(meter.access_number, Some(0x55));
        assert_eq!(meter.status.as_deref(), Some("power low, temporary error"));
        assert_eq!((header.mode(), header.blocks()), (5, 0));
        assert_eq!(Header::read(Form::Long, &data[..11], Order::Lsb), None);
    }

    #[test]
    fn manufacturers() {
        assert_eq!(manufacturer(0x2C2D), "KAM");
        assert_eq!(manufacturer(0x0477), "ACW");
        assert_eq!(manufacturer(0), "0x0000");
        assert_eq!(manufacturer(0xFFFF), "0xFFFF");
    }

    #[test]
    fn identification_with_hex_digits() {
        assert_eq!(identification([0xEF, 0xCD, 0x34, 0x01]), "0134CDEF");
    }

    #[test]
    fn an_address_with_wildcards_names_no_meter() {
        let exact = Address { id: [0x78, 0x56, 0x34, 0x12], manufacturer: 0x4024, version: 1, medium: 7 };
        assert!(exact.is_complete());
        assert!(!Address { id: [0xFF, 0x56, 0x34, 0x12], ..exact }.is_complete());
        assert!(!Address { manufacturer: 0xFFFF, ..exact }.is_complete());
    }
}
