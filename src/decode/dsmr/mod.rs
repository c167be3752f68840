//! DSMR P1: the telegrams that meters push to their customer port, in all national variants.
//!
//! ```text
//! /ISK5\2M550T-1012 CR LF          identification: FLAG id, baud rate character, type
//! CR LF
//! 1-3:0.2.8(50) CR LF              a line a value: OBIS code, then groups in parentheses
//! 1-0:1.8.1(000051.775*kWh) CR LF
//! 0-1:24.2.1(200426223325S)(00246.138*m3) CR LF
//! !BA6F CR LF                      CRC-16/ARC from `/` through `!`; absent before version 4
//! ```
//! Sources: DSMR P1 companion standard 2.2, 3.0, 4.2.2, 5.0.2 (Netbeheer Nederland), e-MUCS-P1 1.7.1
//! and 2.1.1 (Fluvius, Belgium), SweDen's "Branschrekommendation för lokalt kundgränssnitt" 2.0,
//! Luxembourg's and Austria's ciphered P1 (one general-glo-ciphering APDU around a telegram).

mod ciphered;
mod codes;
mod scan;
mod telegram;
#[cfg(test)]
mod tests;
mod value;

pub use ciphered::CipheredReader;
pub use scan::{Cause, Trailer, cause, computed, trailer};

use super::Keys;
use super::message::{Message, ProblemCode, Protocol, Status};
use super::scan::{Scan, Trust};
use super::stream::{self, Frame, Outcome};
use super::trace::Trace;

/// Reads telegrams that are not ciphered, or ciphered between header and CRC.
#[derive(Debug)]
pub struct Reader {
    hybrid: ciphered::Hybrid,
    codes: codes::Codes,
}

impl stream::Reader for Reader {
    const SERVES: &'static [Protocol] = &[Protocol::Dsmr];
    // The second is `/` with the parity bit of a 7E1 line.
    const STARTS: &'static [u8] = &[b'/', 0xAF];

    fn new(keys: &Keys) -> Self {
        Reader { hybrid: ciphered::Hybrid::new(keys), codes: codes::Codes::default() }
    }

    fn scan(&self, buffer: &[u8], end: bool) -> Scan {
        scan::scan(buffer, end)
    }

    fn read<T: Trace>(&mut self, frame: &Frame<'_>, out: &mut Message, trace: &mut T) -> Outcome {
        if frame.bytes.first() == Some(&0xAF) {
            let plain: Vec<u8> = frame.bytes.iter().map(|byte| byte & 0x7F).collect();
            trace.open("P1 telegram with parity bits in bit 7", frame.bytes);
            read_plain(&Frame { bytes: &plain, ..*frame }, &mut self.codes, out, trace);
            trace.close();
            if out.status == Status::Ok {
                out.status = Status::Malformed;
            }
            out.problem(
                ProblemCode::Altered,
                frame.offset,
                "every byte carries an even parity bit in bit 7: the line is 7E1 and was heard as 8N1; \
                 set 7 data bits and even parity",
            );
            return Outcome::Complete;
        }
        if self.hybrid.read(frame, out, trace) {
            return Outcome::Complete;
        }
        read_plain(frame, &mut self.codes, out, trace);
        Outcome::Complete
    }
}

/// Reads a telegram in the clear and judges it.
fn read_plain<T: Trace>(frame: &Frame<'_>, codes: &mut codes::Codes, out: &mut Message, trace: &mut T) {
    let text = telegram::Text { bytes: frame.bytes, offset: frame.offset, inner: false };
    let found = telegram::read(text, codes, out, trace);
    judge(&text, frame.trust, found.damaged, out);
}

/// Sets the status of a telegram that was read, and says what is wrong with it.
fn judge(text: &telegram::Text<'_>, trust: Trust, damaged: bool, out: &mut Message) {
    let Some(trailer) = trailer(text.bytes) else {
        out.status = Status::Truncated;
        out.problem(
            ProblemCode::Truncated,
            text.offset_of(text.bytes.len()),
            "the telegram stops before its last line, which begins with `!`",
        );
        return;
    };
    let at = text.offset_of(trailer.mark + 1);
    match (trailer.crc, trust) {
        (_, Trust::Truncated) => {
            out.status = Status::Truncated;
            out.problem(ProblemCode::Truncated, at, "the input ends before the checksum is complete");
        }
        (Some(_), Trust::Checked) => {}
        (Some(said), _) => {
            out.status = Status::BadChecksum;
            let computed = computed(text.bytes, trailer.mark);
            out.problem(
                ProblemCode::BadChecksum,
                at,
                format!("the telegram says CRC {said:04X}, its bytes give {computed:04X}"),
            );
            if let Some(cause) = cause(text.bytes, &trailer) {
                out.problem(ProblemCode::Altered, text.offset, cause.remedy());
            }
        }
        (None, Trust::Broken) => {
            out.status = Status::BadChecksum;
            out.problem(ProblemCode::BadChecksum, at, "the last line is neither `!` nor `!` with a CRC");
        }
        (None, _) => {
            if damaged {
                out.status = Status::Malformed;
            }
            out.problem(
                ProblemCode::NoChecksum,
                at,
                "the telegram carries no CRC: nothing vouches for its bytes",
            );
        }
    }
}
