//! What a decoder gives: messages, their readings, and what is wrong with them.

use super::{Decimal, Obis, Timestamp};
use compact_str::CompactString;
use std::fmt;

/// The protocol of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// DSMR P1 telegrams and their national variants.
    Dsmr,
    /// DLMS/COSEM in HDLC frames.
    Hdlc,
    /// Kamstrup Meter Protocol.
    Kmp,
    /// NES/OSGP Multipurpose Expansion Port.
    Mep,
    /// Wired M-Bus (EN 13757-2/-3).
    Mbus,
    /// DLMS/COSEM on the M-Bus transport layer ("M-Bus transparent").
    Mbtr,
    /// A bare DLMS APDU.
    Dlms,
    /// Smart Message Language; recognised, not decoded: the gateway does not speak it.
    Sml,
    /// IEC 62056-21 sign-on or read-out; recognised, not decoded.
    Iec62056,
    /// Modbus RTU; recognised, not decoded.
    Modbus,
    /// Bytes of no known protocol.
    Unknown,
}

impl Protocol {
    /// The protocols that can be asked for by name, as the gateway and `--protocol` spell them.
    pub const DECODED: [Protocol; 7] = [
        Protocol::Dsmr,
        Protocol::Hdlc,
        Protocol::Kmp,
        Protocol::Mep,
        Protocol::Mbus,
        Protocol::Mbtr,
        Protocol::Dlms,
    ];

    /// Its name in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Protocol::Dsmr => "dsmr",
            Protocol::Hdlc => "hdlc",
            Protocol::Kmp => "kmp",
            Protocol::Mep => "mep",
            Protocol::Mbus => "mbus",
            Protocol::Mbtr => "mbtr",
            Protocol::Dlms => "dlms",
            Protocol::Sml => "sml",
            Protocol::Iec62056 => "iec62056-21",
            Protocol::Modbus => "modbus",
            Protocol::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far decoding came.  Only [`Status::Ok`] vouches for the readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Complete, every checksum good, and understood.
    Ok,
    /// Complete and good, but ciphered, and no key was given.
    Encrypted,
    /// Ciphered; the key given does not open it, or the tag does not hold.
    DecryptFailed,
    /// A checksum does not hold.  Readings, if any, are what could be read all the same.
    BadChecksum,
    /// The checksum holds but the content breaks the format.
    Malformed,
    /// The input, or the meter, stopped in the middle.
    Truncated,
    /// Recognised, and not something that is decoded here.
    Unsupported,
}

impl Status {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Encrypted => "encrypted",
            Status::DecryptFailed => "decrypt_failed",
            Status::BadChecksum => "bad_checksum",
            Status::Malformed => "malformed",
            Status::Truncated => "truncated",
            Status::Unsupported => "unsupported",
        }
    }
}

/// Which way a message of a request/response protocol goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the reader to the meter.
    Request,
    /// From the meter to the reader.
    Response,
}

impl Direction {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Direction::Request => "request",
            Direction::Response => "response",
        }
    }
}

/// Who sent a message, as far as it says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meter {
    /// Serial or identification number.
    pub id: Option<CompactString>,
    /// Manufacturer, usually its three-letter FLAG id.
    pub manufacturer: Option<CompactString>,
    /// Model, as the meter names itself or as its identification is known.
    pub model: Option<CompactString>,
    /// Protocol or firmware version that the message states (DSMR `0-0:96.1.4`/`1-3:0.2.8`, M-Bus version byte).
    pub version: Option<CompactString>,
    /// M-Bus medium, in words.
    pub medium: Option<CompactString>,
    /// M-Bus status byte, in words; absent when it says nothing.
    pub status: Option<CompactString>,
    /// M-Bus access number.
    pub access_number: Option<u8>,
}

/// What protects a message, and whether it could be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// The content is encrypted on the wire.
    pub ciphered: bool,
    /// The content was decrypted here.
    pub decrypted: bool,
    /// System title (DLMS), 8 bytes on the wire; empty for M-Bus and MEP.
    pub system_title: Option<[u8; 8]>,
    /// Invocation counter (frame counter).
    pub invocation_counter: Option<u32>,
    /// The state of the authentication tag or digest.
    pub tag: TagState,
}

/// The state of an authentication tag or digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagState {
    /// Present, and it holds under the key given.
    Verified,
    /// Present, but no key was given to check it with.
    Unverified,
    /// Present, and it does not hold.
    Failed,
    /// The message carries none.
    Absent,
}

impl TagState {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            TagState::Verified => "verified",
            TagState::Unverified => "unverified",
            TagState::Failed => "failed",
            TagState::Absent => "absent",
        }
    }
}

/// What a reading is, in the terms of its protocol.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// OBIS code (dsmr, hdlc, mbtr, dlms).
    Obis(Obis),
    /// M-Bus record number, from 0.
    Mbus(u32),
    /// KMP register number.
    Kmp(u16),
    /// MEP table and element: `BT23.0`, tier blocks `BT23.T1.0`.
    Mep(MepId),
    /// Anything else that a protocol names, such as `kmp:type` or `mep:BT01.manufacturer`; complete with prefix.
    Named(&'static str),
}

impl Id {
    /// The quantity in plain words, where a table of the protocol names it.
    pub fn name(&self) -> Option<&'static str> {
        match self {
            Id::Obis(obis) => obis.name(),
            Id::Kmp(register) => super::kmp::register_name(*register),
            Id::Mep(id) => super::mep::name(id),
            Id::Named(id) => super::kmp::named(id).or_else(|| super::mep::named(id)),
            Id::Mbus(_) => None,
        }
    }
}

/// An element of a MEP table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MepId {
    /// Basic tables are their number, extended tables 0x0800 + number, as on the wire.
    pub table: u16,
    /// Tier block, from 0; none for the block of totals.
    pub tier: Option<u8>,
    /// Element within the block.
    pub element: u16,
}

/// The identifier as in JSON.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Id::Obis(obis) => obis.fmt(f),
            Id::Mbus(number) => write!(f, "mbus:{number}"),
            Id::Kmp(register) => write!(f, "kmp:{register}"),
            Id::Mep(MepId { table, tier, element }) => {
                let (kind, number) = if *table >= 0x0800 { ("ET", table - 0x0800) } else { ("BT", *table) };
                write!(f, "mep:{kind}{number:02}.")?;
                if let Some(tier) = tier {
                    write!(f, "T{tier}.")?;
                }
                write!(f, "{element}")
            }
            Id::Named(name) => f.write_str(name),
        }
    }
}

/// The value of a reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A number with the wire's digits, scaler or VIF multiplier applied exactly.
    Number(Decimal),
    /// Text, or bytes that are not text as upper-case hex digits.
    Text(CompactString),
    /// A point in time.
    Time(Timestamp),
    /// True or false.
    Bool(bool),
    /// The meter says that it has no valid value.
    Null,
}

/// Words of a table as a compact string: short ones are copied in one go, long ones are not copied.
#[inline]
pub fn words(text: &'static str) -> CompactString {
    if text.len() <= size_of::<CompactString>() {
        CompactString::new(text)
    } else {
        CompactString::const_new(text)
    }
}

/// One quantity that a message reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it is.
    pub id: Id,
    /// Its value.
    pub value: Value,
    /// Its unit as on the wire; M-Bus in base units.
    pub unit: Option<CompactString>,
    /// When it was taken, where the meter says so (gas in DSMR, captured registers in DLMS).
    pub time: Option<Timestamp>,
    /// Where scale and unit come from when the wire does not carry them: the name of a documented
    /// list, or `unknown`.
    pub scale_source: Option<&'static str>,
    /// The M-Bus attributes of the record.
    pub record: Option<MbusRecord>,
}

impl Reading {
    /// A reading with nothing but id and value.
    pub fn new(id: Id, value: Value) -> Self {
        Reading { id, value, unit: None, time: None, scale_source: None, record: None }
    }
}

/// Attributes of an M-Bus record (EN 13757-3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MbusRecord {
    /// The quantity that VIF and VIFEs name, in plain words.
    pub quantity: CompactString,
    /// Instantaneous, minimum, maximum, or the value during an error.
    pub function: MbusFunction,
    /// Storage number.
    pub storage: u64,
    /// Tariff.
    pub tariff: u32,
    /// Subunit.
    pub subunit: u16,
}

/// The function field of an M-Bus DIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MbusFunction {
    /// The value now, or at the storage's time.
    Instantaneous,
    /// The largest value of a period.
    Maximum,
    /// The smallest value of a period.
    Minimum,
    /// The value while an error lasted.
    Error,
}

impl MbusFunction {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            MbusFunction::Instantaneous => "instantaneous",
            MbusFunction::Maximum => "maximum",
            MbusFunction::Minimum => "minimum",
            MbusFunction::Error => "error",
        }
    }
}

/// Something that is wrong with a message, or odd enough to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The stable word for it.
    pub code: ProblemCode,
    /// Where, counted from the start of the whole input.
    pub offset: u64,
    /// One sentence: what was found, what was expected, and what to do if that is known.
    pub message: String,
}

/// Stable words for problems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProblemCode {
    /// A checksum does not hold.
    BadChecksum,
    /// The message carries no checksum; nothing vouches for its bytes.
    NoChecksum,
    /// The input ends, or another message begins, before this one is complete.
    Truncated,
    /// The content breaks the format.
    Malformed,
    /// A value breaks the format; the reading is left out or null.
    BadValue,
    /// A point in time that does not exist.
    BadTime,
    /// Ciphered, and no key was given.
    KeyRequired,
    /// The encryption key does not open it.
    WrongKey,
    /// The content decrypts, but the tag does not hold under the authentication key given.
    WrongAuthenticationKey,
    /// The invocation counter went back: a repeated or replayed message.
    Replay,
    /// A block or segment is missing, repeated, or out of order.
    Sequence,
    /// A known fault of a meter's firmware, tolerated.
    Quirk,
    /// A line end or parity bit was altered on the way; the message says how to cure it.
    Altered,
    /// A valid report of the meter that something failed.
    MeterError,
    /// Something that decides how bytes are read was not heard and had to be assumed; the message says what.
    Assumed,
    /// Valid, but not decoded here.
    Unsupported,
}

impl ProblemCode {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProblemCode::BadChecksum => "bad_checksum",
            ProblemCode::NoChecksum => "no_checksum",
            ProblemCode::Truncated => "truncated",
            ProblemCode::Malformed => "malformed",
            ProblemCode::BadValue => "bad_value",
            ProblemCode::BadTime => "bad_time",
            ProblemCode::KeyRequired => "key_required",
            ProblemCode::WrongKey => "wrong_key",
            ProblemCode::WrongAuthenticationKey => "wrong_authentication_key",
            ProblemCode::Replay => "replay",
            ProblemCode::Sequence => "sequence",
            ProblemCode::Quirk => "quirk",
            ProblemCode::Altered => "altered",
            ProblemCode::MeterError => "meter_error",
            ProblemCode::Assumed => "assumed",
            ProblemCode::Unsupported => "unsupported",
        }
    }
}

/// A message: a telegram, a push, an answer; whatever one meter says in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Number in the input, from 0.
    pub index: u64,
    /// Offset of its first byte in the input.
    pub offset: u64,
    /// Bytes from its first to its last byte; of a message in several frames, the frames together
    /// with what lies between them.
    pub length: u64,
    /// Its protocol.
    pub protocol: Protocol,
    /// How far decoding came.
    pub status: Status,
    /// Request or response, for protocols that have both.
    pub direction: Option<Direction>,
    /// Who sent it.
    pub meter: Meter,
    /// The meter's clock.
    pub time: Option<Timestamp>,
    /// What protects it.
    pub security: Option<Security>,
    /// What it reports.
    pub readings: Vec<Reading>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

impl Message {
    /// An empty message of `protocol`, status ok.
    pub fn new(protocol: Protocol) -> Self {
        Message {
            index: 0,
            offset: 0,
            length: 0,
            protocol,
            status: Status::Ok,
            direction: None,
            meter: Meter::default(),
            time: None,
            security: None,
            readings: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Makes it an empty message of `protocol` again, keeping its memory.
    pub fn reset(&mut self, protocol: Protocol) {
        // Field by field: a new message would be written once beside this one, and once over it.
        let Message {
            index,
            offset,
            length,
            protocol: own,
            status,
            direction,
            meter,
            time,
            security,
            readings,
            problems,
        } = self;
        (*index, *offset, *length) = (0, 0, 0);
        (*own, *status, *direction) = (protocol, Status::Ok, None);
        let Meter { id, manufacturer, model, version, medium, status, access_number } = meter;
        for text in [id, manufacturer, model, version, medium, status] {
            *text = None;
        }
        *access_number = None;
        (*time, *security) = (None, None);
        readings.clear();
        problems.clear();
    }

    /// Adds what most readings are: a number and its unit.
    ///
    /// Nothing of it comes through memory, so the reading is written once, and where it stays: copied
    /// there from where it was put together, it would cost more than all of its line.
    #[inline(never)]
    pub(super) fn number(
        &mut self,
        obis: Obis,
        coefficient: i64,
        exponent: i8,
        unit: Option<&'static CompactString>,
    ) {
        self.readings.extend(std::iter::once_with(|| Reading {
            id: Id::Obis(obis),
            value: Value::Number(Decimal::small(coefficient, exponent)),
            unit: unit.cloned(),
            time: None,
            scale_source: None,
            record: None,
        }));
    }

    /// Notes a problem.
    pub fn problem(&mut self, code: ProblemCode, offset: u64, message: impl Into<String>) {
        self.problems.push(Problem { code, offset, message: message.into() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_stays_small() {
        // Decoders write hundreds of thousands a second; what grows here, all of them pay for.
        assert!(size_of::<Value>() <= 24, "{}", size_of::<Value>());
        assert!(size_of::<Reading>() <= 152, "{}", size_of::<Reading>());
    }

    #[test]
    fn a_reset_message_is_a_new_one() {
        let mut message = Message::new(Protocol::Mbus);
        (message.index, message.offset, message.length, message.status) = (1, 2, 3, Status::Malformed);
        message.direction = Some(Direction::Request);
        message.meter.id = Some("a number that is too long for its place".into());
        message.meter.access_number = Some(7);
        message.time = Timestamp::date(2025, 11, 18);
        message.readings.push(Reading::new(Id::Mbus(0), Value::Null));
        message.problem(ProblemCode::Quirk, 4, "odd");
        message.reset(Protocol::Kmp);
        assert_eq!(message, Message::new(Protocol::Kmp));
    }
}
