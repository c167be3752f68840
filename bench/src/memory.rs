//! What a long stream costs in memory, and the program as a whole.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::Instant;
use wwctl::decode::{Decoder, Options};

/// Bytes of the long stream.
const STREAM: usize = 1 << 30;
/// Bytes for a whole program.
const PROGRAM: usize = 1 << 28;
/// Bytes at once, as the program reads them.
const PIECE: usize = 128 * 1024;

/// The most memory that a process ever had, in kB, as the kernel counts it.
fn peak(process: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

/// Decodes `input` over and over in one stream, and says how much the peak of memory grew.
pub fn stream(name: &str, input: &[u8]) {
    let before = peak("self");
    let start = Instant::now();
    let mut decoder = Decoder::new(&Options::default());
    let (mut bytes, mut readings) = (0, 0);
    while bytes < STREAM {
        for piece in input.chunks(PIECE) {
            decoder.push(piece);
            while let Some(message) = decoder.next() {
                readings += message.readings.len();
            }
            bytes += piece.len();
        }
    }
    let rate = bytes as f64 / start.elapsed().as_secs_f64() / 1e6;
    let grown =
        before.zip(peak("self")).map_or("unknown".to_owned(), |(before, now)| format!("{} kB", now - before));
    println!("memory: {name}: {bytes} bytes, {readings} readings, {rate:.0} MB/s: the peak grew by {grown}");
}

/// `PROGRAM decode --json` reading `input` over and over from its standard input.
pub fn program(path: &str, name: &str, input: &[u8]) {
    let start = Instant::now();
    let child = Command::new(path)
        .args(["decode", "--json", "--input", "raw"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return println!("{path}: {error}"),
    };
    let mut bytes = 0;
    if let Some(mut stdin) = child.stdin.take() {
        while bytes < PROGRAM && stdin.write_all(input).is_ok() {
            bytes += input.len();
        }
        let peak = peak(&child.id().to_string());
        drop(stdin);
        let done = child.wait().is_ok_and(|status| status.success());
        let rate = bytes as f64 / start.elapsed().as_secs_f64() / 1e6;
        let peak = peak.map_or("unknown".to_owned(), |peak| format!("{peak} kB"));
        println!(
            "decode --json: {name}: {bytes} bytes, {rate:.0} MB/s, peak {peak}, {}",
            if done { "good" } else { "FAILED" }
        );
    }
}
