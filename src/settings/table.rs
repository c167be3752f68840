//! The 18 fields of `/api/v1/meter/settings`, as data.
//!
//! Source: the gateway's public API document "Meter Communication Settings": names, types, defaults,
//! ranges and values are its own.  Its range for `time_offset` lost the superscripts: it is −2³¹ … 2³¹−1.
//! This table is the one source for validation, `wwctl fields`, completion, help and the manual pages.

use super::number;
use crate::decode::Decimal;

/// One value of a [`Kind::Choice`], and what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The value as the gateway writes it; one of them has a blank in it.
    pub value: &'static str,
    /// What it means, or empty where the value says it.
    pub meaning: &'static str,
}

const fn choice(value: &'static str, meaning: &'static str) -> Choice {
    Choice { value, meaning }
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number within these bounds, both included.
    Integer {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A decimal number within these bounds, both included.  Its digits are kept exactly.
    Decimal {
        /// The least, as text.
        min: &'static str,
        /// The greatest, as text.
        max: &'static str,
    },
    /// `true` or `false`.
    Boolean,
    /// One of these strings.
    Choice(&'static [Choice]),
    /// A 128-bit key as 32 hexadecimal digits; 32 zeros clear it.  The gateway never shows it.
    Key,
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in the API.
    pub name: &'static str,
    /// The type's name in the API document.
    pub api_type: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// The factory default as text; empty for a key that is not set.
    pub default: &'static str,
    /// The unit of a number, where it has one.
    pub unit: Option<&'static str>,
    /// What it is, in one line.
    pub meaning: &'static str,
    /// What one should know when setting it.
    pub notes: &'static [&'static str],
    /// Other words people use for it: only for suggestions, never accepted.
    pub also: &'static [&'static str],
}

impl Field {
    /// True for the two keys, which the gateway leaves out of its answers or masks.
    pub const fn is_hidden(&self) -> bool {
        matches!(self.kind, Kind::Key)
    }

    /// What is allowed, for people: `300..115200`, `none, odd, even`, `true, false`, `32 hex digits`.
    pub fn allowed(&self) -> String {
        match self.kind {
            Kind::Integer { min, max } => format!("{min}..{max}"),
            Kind::Decimal { min, max } => format!("{min}..{max}"),
            Kind::Boolean => "true, false".into(),
            Kind::Choice(choices) => choices.iter().map(|c| c.value).collect::<Vec<_>>().join(", "),
            Kind::Key => "32 hex digits; empty or 32 zeros clear it".into(),
        }
    }

    /// The values of a choice or of a boolean; empty for numbers and keys.
    pub fn values(&self) -> Vec<&'static str> {
        match self.kind {
            Kind::Choice(choices) => choices.iter().map(|c| c.value).collect(),
            Kind::Boolean => vec!["true", "false"],
            _ => Vec::new(),
        }
    }

    /// The bounds of a number.
    pub fn bounds(&self) -> Option<(Decimal, Decimal)> {
        match self.kind {
            Kind::Integer { min, max } => Some((Decimal::from(min), Decimal::from(max))),
            Kind::Decimal { min, max } => Some((number::parse(min)?, number::parse(max)?)),
            _ => None,
        }
    }
}

/// The field of this name.
pub fn field(name: &str) -> Option<&'static Field> {
    FIELDS.iter().find(|f| f.name == name)
}

/// Every field, in the order of the API document.
pub static FIELDS: [Field; 18] = [
    Field {
        name: "baudrate",
        api_type: "uint",
        kind: Kind::Integer { min: 300, max: 115_200 },
        default: "115200",
        unit: Some("baud"),
        meaning: "Speed of the serial line to the meter",
        notes: &[
            "Used when auto_baudrate is false.",
            "Common: 115200 (DSMR 4 and 5), 9600, 2400 (M-Bus, HAN), 1200 (KMP).",
        ],
        also: &["baud", "speed", "bitrate", "rate", "bps"],
    },
    Field {
        name: "parity",
        api_type: "string",
        kind: Kind::Choice(&[
            choice("none", "no parity bit"),
            choice("odd", "an odd number of ones"),
            choice("even", "an even number of ones"),
        ]),
        default: "none",
        unit: None,
        meaning: "Parity bit of each character on the serial line",
        notes: &["Used when auto_baudrate is false."],
        also: &["par"],
    },
    Field {
        name: "stop_bits",
        api_type: "string",
        kind: Kind::Choice(&[choice("1", ""), choice("1.5", ""), choice("2", "")]),
        default: "1",
        unit: None,
        meaning: "Number of stop bits of each character on the serial line",
        notes: &["A string in JSON: \"1\", not 1.", "Used when auto_baudrate is false."],
        also: &["stop", "stopbit", "bits"],
    },
    Field {
        name: "buffer_size",
        api_type: "uint8",
        kind: Kind::Integer { min: 1, max: 128 },
        default: "64",
        unit: Some("bytes"),
        meaning: "Size of the gateway's serial receive buffer",
        notes: &["A smaller buffer hands bytes on sooner; a larger one costs fewer interruptions."],
        also: &["buffer", "rx_buffer", "size"],
    },
    Field {
        name: "method",
        api_type: "string",
        kind: Kind::Choice(&[choice("Passive Push", "the meter sends on its own, the gateway listens")]),
        default: "Passive Push",
        unit: None,
        meaning: "How the gateway gets its data",
        notes: &["The only value has a blank in it: write method='Passive Push' in a shell."],
        also: &["acquisition"],
    },
    Field {
        name: "encryption",
        api_type: "boolean",
        kind: Kind::Boolean,
        default: "false",
        unit: None,
        meaning: "Whether the meter's messages are encrypted",
        notes: &["Needs encryption_key, and authentication_key where the operator issued one."],
        also: &["encrypted", "crypt", "enc"],
    },
    Field {
        name: "encryption_key",
        api_type: "string",
        kind: Kind::Key,
        default: "",
        unit: None,
        meaning: "Key that decrypts the meter's messages (128 bits)",
        notes: &[
            "The gateway never shows it: what it holds cannot be read or compared.",
            "Give it as encryption_key=@FILE or encryption_key=@-; on the command line others can see it.",
            "encryption_key= (empty) clears it: 32 zeros are sent.",
        ],
        also: &["key", "guek", "ek", "gpk60", "block_cipher_key"],
    },
    Field {
        name: "authentication_key",
        api_type: "string",
        kind: Kind::Key,
        default: "",
        unit: None,
        meaning: "Key that proves the meter's messages genuine (128 bits)",
        notes: &[
            "The gateway never shows it: what it holds cannot be read or compared.",
            "Give it as authentication_key=@FILE or authentication_key=@-; on the command line others can see it.",
            "authentication_key= (empty) clears it: 32 zeros are sent.",
        ],
        also: &["auth_key", "gak", "ak", "gpk61"],
    },
    Field {
        name: "tx_invert",
        api_type: "boolean",
        kind: Kind::Boolean,
        default: "false",
        unit: None,
        meaning: "Invert the polarity of the line the gateway sends on",
        notes: &[],
        also: &["invert_tx"],
    },
    Field {
        name: "rx_invert",
        api_type: "boolean",
        kind: Kind::Boolean,
        default: "false",
        unit: None,
        meaning: "Invert the polarity of the line the gateway receives on",
        notes: &["`wwctl probe` finds out whether a line is inverted."],
        also: &["invert", "inverted", "polarity", "invert_rx"],
    },
    Field {
        name: "auto_baudrate",
        api_type: "boolean",
        kind: Kind::Boolean,
        default: "true",
        unit: None,
        meaning: "Let the gateway find the serial line's settings itself",
        notes: &["Set it to false for baudrate, parity and stop_bits to count."],
        also: &["auto", "autobaud", "auto_detect"],
    },
    Field {
        name: "if_type",
        api_type: "string",
        kind: Kind::Choice(&[
            choice("auto", "the gateway finds it"),
            choice("p1", "P1 port (DSMR)"),
            choice("mbus", "M-Bus interface"),
            choice("ttl", "serial interface with TTL levels"),
            choice("mep", "MEP (Meter Exchange Protocol)"),
            choice("irda", "infrared optical interface"),
            choice("uart", "generic UART"),
            choice("p1_adapter", "external adapter from P1 to UART"),
            choice("ttl_push", "TTL interface, the meter's hardware drives the stream"),
        ]),
        default: "auto",
        unit: None,
        meaning: "Physical interface to the meter",
        notes: &[],
        also: &["interface", "iface", "interface_type", "type"],
    },
    Field {
        name: "protocol",
        api_type: "string",
        kind: Kind::Choice(&[
            choice("auto", "the gateway finds it"),
            choice("dsmr", "DSMR P1 telegrams"),
            choice("hdlc", "DLMS/COSEM in HDLC frames"),
            choice("kmp", "Kamstrup Meter Protocol"),
            choice("mep", "MEP (Meter Exchange Protocol)"),
            choice("mbus", "M-Bus"),
            choice("mbtr", "M-Bus transparent: DLMS/COSEM in M-Bus frames"),
        ]),
        default: "auto",
        unit: None,
        meaning: "Protocol spoken on the interface",
        notes: &["SML and IEC 62056-21 read-outs are not among them."],
        also: &["proto"],
    },
    Field {
        name: "if_mode",
        api_type: "string",
        kind: Kind::Choice(&[
            choice("auto", "follows from interface and protocol"),
            choice("push", "the meter sends on its own, the gateway listens"),
            choice("pull", "the gateway asks the meter"),
        ]),
        default: "auto",
        unit: None,
        meaning: "Who starts the conversation",
        notes: &[],
        also: &["mode", "interface_mode"],
    },
    Field {
        name: "conv_factor",
        api_type: "real",
        kind: Kind::Decimal { min: "0.001", max: "1000" },
        default: "1",
        unit: None,
        meaning: "Factor for the values of power, energy and current",
        notes: &[
            "For meters behind current transformers: their ratio.",
            "Acts on top of the scalers; the decimal digits are sent as written.",
        ],
        also: &["factor", "conversion_factor", "ratio"],
    },
    Field {
        name: "time_offset",
        api_type: "int",
        kind: Kind::Integer { min: -2_147_483_648, max: 2_147_483_647 },
        default: "0",
        unit: Some("s"),
        meaning: "Seconds added to the meter's time",
        notes: &[],
        also: &["offset", "time"],
    },
    Field {
        name: "sync_time_offset_with_ntp",
        api_type: "boolean",
        kind: Kind::Boolean,
        default: "false",
        unit: None,
        meaning: "Let the gateway adjust the time offset by NTP",
        notes: &[],
        also: &["ntp", "sync", "sync_time"],
    },
    Field {
        name: "scalers_set",
        api_type: "string",
        kind: Kind::Choice(&[
            choice("default", "what the gateway detects"),
            choice("custom", "your own, see `wwctl scalers`"),
            choice("lge570", "for the Landis+Gyr E570"),
        ]),
        default: "default",
        unit: None,
        meaning: "Which powers of ten scale the meter's values",
        notes: &["`wwctl scalers current` shows what is applied now."],
        also: &["scalers", "scaler", "scaling"],
    },
];
