//! One file a subcommand.

mod diff;
mod discover;
mod doctor;
mod fields;
mod generated;
mod get;
mod probe;
mod replace;
mod scalers;
mod set;
