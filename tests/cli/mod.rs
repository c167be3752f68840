//! One file a subcommand.

mod ansible;
mod apply;
mod config;
mod decode;
mod demo;
mod diff;
mod discover;
mod doctor;
mod fields;
mod fleet;
mod generated;
mod get;
#[cfg(unix)]
mod line;
mod probe;
mod probe_report;
mod remote;
mod replace;
mod scalers;
mod scripts;
mod secrets;
mod set;
mod simulate;
