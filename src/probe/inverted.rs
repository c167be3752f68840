//! An inverted line put right by computation: readings of the trellis, and the checksum that decides.

use super::account::PutRight;
use super::content::Content;
use super::infer::{self, Candidate};
use super::run::{Found, Session};
use super::telegram::{self, Decoded, ParityView};
use super::trellis::{Effort, Hypothesis, Sampled, Search};
use crate::decode::{self, Message, Protocol, Status};
use crate::line::uart::Model;
use crate::line::{LineSettings, StopBits};

/// Readings of an inverted telegram that are tried, and how improbable they may be (in nats behind the best):
/// a checksum of 16 bits holds by chance for one in 65536.
const READINGS: usize = 1000;
const IMPROBABLE: f64 = 8.0;

impl Session<'_> {
    /// Decodes an inverted telegram by computation; true when a checksum vouches for it.
    pub(super) fn put_right(
        &mut self,
        samples: &[Sampled],
        candidates: &[Candidate],
        baudrate: u32,
        effort: Effort,
    ) -> bool {
        let best = candidates.first().map_or(0.0, |c| c.cost);
        let mut tried: Vec<Hypothesis> = Vec::new();
        for candidate in candidates.iter().filter(|c| c.hypothesis.invert && c.cost < best + 10.0) {
            if tried.len() >= 3 || candidate.hypothesis.content == Content::Flat && !tried.is_empty() {
                break;
            }
            let mut hypothesis = candidate.hypothesis;
            if hypothesis.model == Model::B {
                let fits = infer::with_clocks(samples, &hypothesis);
                hypothesis = fits.first().map_or(hypothesis, |c| c.hypothesis);
            }
            if tried.contains(&hypothesis) {
                continue;
            }
            tried.push(hypothesis);
            let mut search = Search::new(&hypothesis, effort);
            search.feed(samples);
            if hypothesis.content == Content::Flat && hypothesis.model == Model::A {
                continue;
            }
            for (_, bytes) in search.readings(READINGS, IMPROBABLE) {
                if self.accept(&bytes, &hypothesis, baudrate) {
                    return true;
                }
            }
        }
        false
    }

    fn accept(&mut self, bytes: &[u8], hypothesis: &Hypothesis, baudrate: u32) -> bool {
        let checks = match hypothesis.content {
            Content::Text => text_checks(bytes),
            Content::Dlms | Content::Flat => frame_checks(bytes),
        };
        if !checks {
            return false;
        }
        let mut messages = decode::decode_all(bytes, &self.decoding);
        // What the content is taken for decides what is believed: hundreds of readings are tried.
        let fits = |m: &Message| match hypothesis.content {
            Content::Text => m.protocol == Protocol::Dsmr && m.status == Status::Ok,
            Content::Dlms | Content::Flat => {
                matches!(m.protocol, Protocol::Hdlc | Protocol::Mbus | Protocol::Mbtr)
            }
        };
        messages.retain(|m| fits(m) && telegram::counts(m) && telegram::checked(m));
        let settings = LineSettings {
            baudrate,
            data_bits: hypothesis.data_bits,
            parity: hypothesis.parity,
            stop_bits: StopBits::One,
        };
        let mut sure = messages.iter().any(telegram::certain);
        if !sure {
            for message in &messages {
                sure |= self
                    .weak
                    .iter()
                    .any(|(s, m)| *s == settings && m != message && telegram::agree(m, message));
                self.weak.push((settings, message.clone()));
            }
        }
        if sure {
            self.keep(messages.iter().cloned());
            let at = self.adapter.now();
            self.account.put_right =
                Some(PutRight { at, hypothesis: *hypothesis, settings, bytes: bytes.to_vec() });
            let parity = ParityView::Known(hypothesis.parity, 14);
            let decoded = Decoded { messages, data_bits: hypothesis.data_bits, parity };
            self.found = Some(Found { settings, decoded, invert: true });
        }
        sure
    }
}

/// Does a telegram with a CRC that holds end in these bytes?  Quicker than decoding them.
pub(super) fn text_checks(bytes: &[u8]) -> bool {
    let Some(end) = bytes.iter().rposition(|b| *b == b'!') else { return false };
    let Some(given) = bytes.get(end + 1..end + 5).and_then(|hex| std::str::from_utf8(hex).ok()) else {
        return false;
    };
    let Ok(given) = u16::from_str_radix(given, 16) else { return false };
    let Some(body) = bytes.get(..=end) else { return false };
    let starts = body.iter().enumerate().filter(|(_, b)| **b == b'/').map(|(i, _)| i);
    starts.take(4).any(|start| CRC.checksum(body.get(start..).unwrap_or_default()) == given)
}

/// Is there an HDLC frame with a checksum that holds, or an M-Bus frame?  Quicker than decoding them.
pub(super) fn frame_checks(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| match bytes.get(at..) {
        Some([0x7E, high, low, ..]) if high & 0xF0 == 0xA0 => {
            let length = usize::from(high & 7) << 8 | usize::from(*low);
            let frame = bytes.get(at + 1..at + 1 + length);
            frame.is_some_and(|frame| length > 8 && FCS.checksum(frame) == FCS_GOOD)
        }
        Some([0x68, a, b, 0x68, ..]) if a == b => {
            let user = bytes.get(at + 4..at + 4 + usize::from(*a));
            let sum = user.map(|user| user.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)));
            sum.is_some() && bytes.get(at + 4 + usize::from(*a)).copied() == sum
        }
        _ => false,
    })
}

/// Frame check sequence of HDLC (ISO/IEC 13239, 4.2.5.2), and what it gives over a frame with its own.
const FCS: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_IBM_SDLC);
const FCS_GOOD: u16 = 0x0F47;

/// CRC-16 of P1 telegrams (P1 companion standard 5.0.2, 6.2).
const CRC: crc::Crc<u16> = crc::Crc::<u16>::new(&crc::CRC_16_ARC);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quick_checks_know_good_frames() {
        // ISO/IEC 13239: residue 0xF0B8 of the register, which the finished checksum shows complemented.
        let mut frame = vec![0xA0, 0x0A, 0x03, 0x21, 0x93, 0x00, 0x11, 0x22];
        frame.extend(FCS.checksum(&frame).to_le_bytes());
        let mut bytes = vec![0x00, 0x7E];
        bytes.extend_from_slice(&frame);
        bytes.push(0x7E);
        assert!(frame_checks(&bytes));
        bytes[6] ^= 1;
        assert!(!frame_checks(&bytes));
        // CRC-16/ARC of "123456789" is BB3D (the check value of the algorithm's catalogue).
        assert_eq!(CRC.checksum(b"123456789"), 0xBB3D);
        assert!(frame_checks(&[0x68, 0x03, 0x03, 0x68, 0x08, 0x01, 0x72, 0x7B, 0x16]));
    }
}
