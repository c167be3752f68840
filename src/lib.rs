//! Configure whatwatt Go gateways, and find out what a smart meter really sends.
//!
//! The rooms, top to bottom; each imports only from those below it:
//!
//! | room | what it knows |
//! |---|---|
//! | `cli` (feature `cli`) | one file a subcommand: its arguments, its run |
//! | `ui`, `config` (feature `cli`) | streams, colour, tables; where settings of the tool and secrets come from |
//! | [`settings`] | the gateway's 18 meter-communication settings: table, values, validation, difference |
//! | [`gateway`] | the HTTP client, its authentication, discovery |
//! | [`probe`] | from what a line delivers to how it must be set |
//! | [`simulate`] | an embedded gateway and embedded meters, the counterparts of client and decoders |
//! | [`mod@line`] | a serial line and its adapters |
//! | [`decode`] | from bytes to messages; no I/O, no clock |
//!
//! [`decode`], [`settings`] and the inference of [`probe`] are pure: the same input gives the same
//! output, and no input panics.

mod base64;
pub mod decode;
pub mod error;
pub mod gateway;
pub mod line;
pub mod probe;
pub mod settings;
pub mod simulate;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod config;
#[cfg(feature = "cli")]
pub mod ui;

pub use error::{Error, Kind};
