//! Any bytes: no panic, and the same messages in any pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wwctl::decode::Protocol;

fuzz_target!(|data: &[u8]| wwctl_fuzz::check(data, Some(Protocol::Dlms)));
