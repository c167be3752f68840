//! One file a subcommand.

mod diff;
mod discover;
mod doctor;
mod fields;
mod generated;
mod get;
mod replace;
mod scalers;
mod set;
