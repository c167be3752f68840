//! The gateway's 18 meter-communication settings: what they are, whether a value is allowed, what differs.
//!
//! [`FIELDS`] is the one table; [`Input`] checks what a user gives against it and reports all problems
//! together; [`changes`] and [`replacement`] say what a write will do; [`readback`] whether it did;
//! [`advice`] which settings contradict each other.  Pure: no I/O, no clock, no terminal.
//!
//! Keys are secrets: nothing here but [`Value::to_wire`], [`partial_document`] and [`replacement`] gives
//! them away, and those are for a request's body only.

mod advice;
mod difference;
mod input;
mod nearest;
mod number;
mod scalers;
mod table;
mod value;

pub use advice::advice;
pub use difference::{
    Change, KeyState, Readback, To, changes, equal, key_state, masked, partial_document, readback,
    replacement,
};
pub use input::{Input, Problem, Problems, Wanted, names};
pub use scalers::{
    Code, ScalerChanges, Scalers, scaler_assignments, scaler_document, scalers_of, scalers_to_json,
};
pub use table::{Choice, FIELDS, Field, Kind, field};
pub use value::{CLEARED_KEY, FromJson, Refusal, Value, looks_secret, shown};

/// A settings object as the gateway sends it: its order and its number texts are kept.
pub type Object = serde_json::Map<String, serde_json::Value>;

/// The `schema` of a backup that `set` and `replace` write.
pub const BACKUP_SCHEMA: &str = "wwctl.backup.v1";
