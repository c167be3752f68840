//! The CI field: what a long frame carries (EN 13757-3 and EN 13757-7, clause 5.2).

use super::header::Form;
use super::record::Order;

/// What a long frame carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Records from the meter.
    Records(Form, Order),
    /// The fixed data structure of old meters.
    Fixed(Order),
    /// The meter could not do as told.
    ApplicationError(Form),
    /// An alarm.
    Alarm(Form),
    /// Data without their DIFs and VIFs, which a format frame has told before.
    Compact(Form),
    /// DIFs and VIFs without their data.
    Format(Form),
    /// The authentication and fragmentation layer; another CI field comes behind it.
    Authentication,
    /// Records to the meter.
    Write(Form, Order),
    /// A full address, to select a meter.
    Select(Order),
    /// Another command to the meter.
    Command(&'static str),
    /// The meter is to change its baud rate.
    BaudRate(u32),
    /// Valid, and not decoded here.
    Other(&'static str),
    /// Not assigned.
    Unknown,
}

/// The content that a CI field announces.
pub const fn content(ci: u8) -> Content {
    match ci {
        0x00..=0x1F => Content::Other("DLMS/COSEM on M-Bus transport"),
        0x50 | 0x53 => Content::Command("application reset or selection"),
        0x51 => Content::Write(Form::None, Order::Lsb),
        0x55 => Content::Write(Form::None, Order::Msb),
        0x5A => Content::Write(Form::Short, Order::Lsb),
        0x5B => Content::Write(Form::Long, Order::Lsb),
        0x52 => Content::Select(Order::Lsb),
        0x56 => Content::Select(Order::Msb),
        0x54 | 0x5C => Content::Command("synchronise or freeze"),
        0x5F => Content::Other("security management"),
        0x60 | 0x61 | 0x7C | 0x7D => Content::Other("DLMS/COSEM with M-Bus header"),
        0x64 | 0x65 | 0x7E | 0x7F => Content::Other("OBIS data with M-Bus header"),
        0x66..=0x68 => Content::Other("selected application"),
        0x69 => Content::Format(Form::None),
        0x6A => Content::Format(Form::Short),
        0x6B => Content::Format(Form::Long),
        0x6C | 0x6D => Content::Command("set the clock"),
        0x6E => Content::ApplicationError(Form::Short),
        0x6F => Content::ApplicationError(Form::Long),
        0x70 => Content::ApplicationError(Form::None),
        0x71 => Content::Alarm(Form::None),
        0x72 => Content::Records(Form::Long, Order::Lsb),
        0x73 => Content::Fixed(Order::Lsb),
        0x74 => Content::Alarm(Form::Short),
        0x75 => Content::Alarm(Form::Long),
        0x76 => Content::Records(Form::Long, Order::Msb),
        0x77 => Content::Fixed(Order::Msb),
        0x78 => Content::Records(Form::None, Order::Lsb),
        0x79 => Content::Compact(Form::None),
        0x7A => Content::Records(Form::Short, Order::Lsb),
        0x7B => Content::Compact(Form::Short),
        0x80..=0x8F => Content::Other("transport or link layer extension of wireless M-Bus"),
        0x90 => Content::Authentication,
        0xA0..=0xB7 => Content::Other("manufacturer specific"),
        0xB8 => Content::BaudRate(300),
        0xB9 => Content::BaudRate(600),
        0xBA => Content::BaudRate(1200),
        0xBB => Content::BaudRate(2400),
        0xBC => Content::BaudRate(4800),
        0xBD => Content::BaudRate(9600),
        0xBE => Content::BaudRate(19200),
        0xBF => Content::BaudRate(38400),
        _ => Content::Unknown,
    }
}

impl Content {
    /// Whether it goes to the meter.
    pub const fn to_meter(self) -> bool {
        matches!(self, Content::Write(..) | Content::Select(_) | Content::Command(_) | Content::BaudRate(_))
    }

    /// In words.
    pub fn describe(self) -> String {
        let header = |form: Form| match form {
            Form::None => "without header",
            Form::Short => "with short header",
            Form::Long => "with long header",
        };
        let order = |order: Order| match order {
            Order::Lsb => "",
            Order::Msb => ", most significant byte first",
        };
        match self {
            Content::Records(form, o) => format!("records {}{}", header(form), order(o)),
            Content::Fixed(o) => format!("fixed data structure{}", order(o)),
            Content::ApplicationError(form) => format!("application error {}", header(form)),
            Content::Alarm(form) => format!("alarm {}", header(form)),
            Content::Compact(form) => format!("compact frame {}", header(form)),
            Content::Format(form) => format!("format frame {}", header(form)),
            Content::Authentication => "authentication and fragmentation layer".to_owned(),
            Content::Write(form, o) => format!("records to the meter {}{}", header(form), order(o)),
            Content::Select(o) => format!("selection of a meter{}", order(o)),
            Content::Command(what) | Content::Other(what) => what.to_owned(),
            Content::BaudRate(baud) => format!("change to {baud} baud"),
            Content::Unknown => "not assigned".to_owned(),
        }
    }
}

/// The codes of an application error.
pub const fn application_error(code: u8) -> &'static str {
    match code {
        0 => "unspecified error",
        1 => "CI field not implemented",
        2 => "buffer too long, truncated",
        3 => "too many records",
        4 => "premature end of record",
        5 => "more than 10 DIFE",
        6 => "more than 10 VIFE",
        8 => "application too busy",
        9 => "too many readouts",
        0x10 => "access denied",
        0x11 => "application or command unknown",
        0x12 => "parameter is missing or wrong",
        0x13 => "unknown receiver address",
        0x14 => "decryption failed",
        0x15 => "encryption method not supported",
        0x16 => "signature not supported",
        0xF0 => "dynamic error of the manufacturer",
        _ => "reserved error code",
    }
}
