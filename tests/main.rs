//! The real binary, run as its user runs it.

mod cli;
mod decode;
mod gateway;
mod support;
