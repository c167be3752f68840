//! From bytes to messages: DSMR P1, DLMS/COSEM over HDLC, M-Bus (also as a transport), KMP, MEP.
//!
//! Pure: no I/O, no clock, no global state; no input panics.
//!
//! A protocol is code, a meter is data.  Each protocol is a module with two halves that the stream
//! decoder drives: `scan` finds a frame at the start of a buffer (structure and checksum only), and
//! `read` turns a frame into a [`Message`].  Every half reports what it sees to a [`trace::Trace`],
//! so that `--explain` shows exactly what the decoder did, and costs nothing when it is not asked for.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod checksum;
pub mod crypt;
pub mod decimal;
pub mod dlms;
pub mod dsmr;
pub mod explain;
mod gcm;
pub mod hdlc;
pub mod hex_text;
pub mod json;
pub mod key;
pub mod kmp;
pub mod mbtr;
pub mod mbus;
pub mod mep;
pub mod message;
pub mod obis;
pub mod report;
pub mod scan;
pub mod stream;
pub mod text;
pub mod timestamp;
pub mod trace;
pub mod unsupported;

pub use decimal::Decimal;
pub use key::{Key, Keys};
pub use message::{
    Direction, Id, MbusFunction, MbusRecord, Message, Meter, Problem, ProblemCode, Protocol, Reading,
    Security, Status, TagState, Value,
};
pub use obis::Obis;
pub use stream::{Decoder, Options, decode_all, decode_each};
pub use timestamp::Timestamp;
