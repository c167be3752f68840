//! The real binary, run as its user runs it.

mod cli;
mod gateway;
mod support;
