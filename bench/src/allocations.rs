//! How often decoding asks for memory.  A build of its own: counting costs something, and peers that
//! allocate much would pay for it.

use crate::inputs::KEYS;
use std::hint::black_box;
use wwctl::decode::{Options, decode_each};

/// Decodes the input once, and says what that allocated a message.
pub fn print(name: &str, input: &[u8]) {
    let (mut messages, mut readings) = (0u64, 0);
    let counted = allocation_counter::measure(|| {
        decode_each(input, &Options { keys: KEYS, ..Options::default() }, |message| {
            messages += 1;
            readings += black_box(message).readings.len();
        });
    });
    let each = |count: u64| count as f64 / messages.max(1) as f64;
    println!(
        "{name:28} {messages:7} messages {readings:8} readings {:8.3} allocations and {:8.1} bytes a message, {:7} bytes at most",
        each(counted.count_total),
        each(counted.bytes_total),
        counted.bytes_max,
    );
}
