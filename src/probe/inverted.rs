//! An inverted line put right by computation: readings of the trellis, and the checksum that decides.

use super::account::PutRight;
use super::content::{Content, Prior};
use super::infer::{self, Candidate};
use super::run::{Found, Session};
use super::telegram::{self, Decoded, ParityView};
use super::trellis::{Effort, Hypothesis, Sampled, Search};
use crate::decode::{self, Message, Protocol, Status};
use crate::line::random::Random;
use crate::line::uart::Model;
use crate::line::{LineSettings, StopBits};

/// Readings of an inverted telegram that are tried, and how improbable they may be (in nats behind the best):
/// a checksum of 16 bits holds by chance for one in 65536.
const READINGS: usize = 1000;
const IMPROBABLE: f64 = 8.0;

/// Readings drawn from what is open in a telegram, to teach what the next ones will say, and telegrams that teach.
const TAUGHT: usize = 24;
const LESSONS: usize = 5;

/// Of so many readings the first whose checksum holds is believed at once; a later one wants a telegram that agrees.
const AT_ONCE: usize = 200;

/// Earlier telegrams that are read once more after each new one.
const REPEATED: usize = 2;

/// An inverted telegram that was not understood yet, and how it may read: the meter will say much of it again.
#[derive(Debug)]
pub(super) struct Lesson {
    hypothesis: Hypothesis,
    samples: Vec<Sampled>,
    /// Readings, each as often as it is probable.
    readings: Vec<Vec<u8>>,
}

impl Lesson {
    /// Two telegrams read on the same assumptions about the line.
    fn goes_with(&self, other: &Lesson) -> bool {
        let (a, b) = (&self.hypothesis, &other.hypothesis);
        (a.content, a.data_bits, a.parity) == (b.content, b.data_bits, b.parity)
    }
}

/// What telegrams teach; `None` if there are none.
fn taught<'a>(hypothesis: &Hypothesis, lessons: impl Iterator<Item = &'a Lesson>) -> Option<Prior> {
    if hypothesis.content == Content::Flat {
        return None;
    }
    let readings: Vec<(&[u8], f32)> = lessons
        .flat_map(|lesson| lesson.readings.iter().map(|bytes| (bytes.as_slice(), 1.0 / TAUGHT as f32)))
        .collect();
    (!readings.is_empty()).then(|| hypothesis.content.prior().taught(readings))
}

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
            // Nothing but times tells how many bits were not sampled.
            let times = samples.iter().any(|s| s.arrival.is_some());
            if hypothesis.content == Content::Flat && hypothesis.model == Model::A && !times {
                continue;
            }
            let lesson = Lesson { hypothesis, samples: samples.to_vec(), readings: Vec::new() };
            if self.study(lesson, baudrate, effort) {
                return true;
            }
        }
        false
    }

    /// Reads a telegram in the light of those before it, and if that is no help, those before it in the light
    /// of this one.
    fn study(&mut self, mut lesson: Lesson, baudrate: u32, effort: Effort) -> bool {
        let (mut lessons, others): (Vec<Lesson>, Vec<Lesson>) =
            std::mem::take(&mut self.lessons).into_iter().partition(|other| lesson.goes_with(other));
        self.lessons = others;
        let prior = taught(&lesson.hypothesis, lessons.iter());
        if self.read(&mut lesson, prior.as_ref(), baudrate, effort) {
            return true;
        }
        // The latest ones were read in the light of the most already, and profit least.
        for _ in 0..lessons.len().min(REPEATED) {
            let mut again = lessons.remove(0);
            let prior = taught(&again.hypothesis, lessons.iter().chain([&lesson]));
            if self.read(&mut again, prior.as_ref(), baudrate, effort) {
                return true;
            }
            lessons.push(again);
        }
        lessons.push(lesson);
        if lessons.len() > LESSONS {
            lessons.remove(0);
        }
        self.lessons.append(&mut lessons);
        false
    }

    /// Tries the readings of a telegram, and remembers the best.
    fn read(&mut self, lesson: &mut Lesson, prior: Option<&Prior>, baudrate: u32, effort: Effort) -> bool {
        let hypothesis = lesson.hypothesis;
        let prior = prior.unwrap_or_else(|| hypothesis.content.prior());
        let mut search = Search::expecting(prior, &hypothesis, effort);
        search.feed(&lesson.samples);
        let readings: Vec<(f64, Vec<u8>)> = search.readings(IMPROBABLE).take(READINGS).collect();
        for (rank, (_, bytes)) in readings.iter().enumerate() {
            if self.accept(bytes, &hypothesis, baudrate, rank < AT_ONCE) {
                return true;
            }
        }
        if hypothesis.content == Content::Dlms
            && let Some(bytes) = assembled(&readings)
            && self.accept(&bytes, &hypothesis, baudrate, true)
        {
            return true;
        }
        if hypothesis.content != Content::Flat {
            // The best readings would differ in a few places only, and agree in others that are as open.
            lesson.readings = search.draw(TAUGHT, &mut Random::new(lesson.samples.len() as u64));
        }
        false
    }

    fn accept(&mut self, bytes: &[u8], hypothesis: &Hypothesis, baudrate: u32, at_once: bool) -> bool {
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
        let mut sure = at_once && messages.iter().any(telegram::certain);
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

/// The frames of a telegram divided among several, each from a reading where its checksum holds: what is
/// doubtful in one of them is not multiplied by what is in the others.  `None` unless that gives all of them.
fn assembled(readings: &[(f64, Vec<u8>)]) -> Option<Vec<u8>> {
    let mut good: Vec<Option<&[u8]>> = Vec::new();
    let mut count = 0;
    for (n, (_, bytes)) in readings.iter().enumerate() {
        let frames = frames(bytes);
        if n == 0 {
            count = frames.len();
            good.resize(count, None);
        }
        // Another number of frames is another reading of where they begin.
        if frames.len() == count {
            for (slot, frame) in good.iter_mut().zip(frames) {
                if slot.is_none() && FCS.checksum(frame) == FCS_GOOD {
                    *slot = Some(frame);
                }
            }
        }
    }
    let good: Option<Vec<&[u8]>> = good.into_iter().collect();
    let good = good.filter(|good| good.len() > 1)?;
    let mut out = vec![0x7E];
    for frame in good {
        out.extend_from_slice(frame);
        out.push(0x7E);
    }
    Some(out)
}

/// What stands between flags in a telegram, by the lengths that the frames give.
fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    let mut frames = Vec::new();
    let mut rest = bytes;
    while let [first, more @ ..] = rest {
        rest = more;
        if let (0x7E, [high, low, ..]) = (first, more)
            && high & 0xF0 == 0xA0
        {
            let length = usize::from(high & 7) << 8 | usize::from(*low);
            if let Some((frame, behind)) = more.split_at_checked(length).filter(|_| length > 8) {
                frames.push(frame);
                rest = behind;
            }
        }
    }
    frames
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
    fn a_telegram_is_assembled_from_the_good_frames_of_its_readings() {
        let frame = |content: u8| {
            let mut frame = vec![0xA0, 0x0A, 0x03, 0x21, 0x93, content, 0x11, 0x22];
            frame.extend(FCS.checksum(&frame).to_le_bytes());
            frame
        };
        let (first, second) = (frame(1), frame(2));
        let spoil =
            |frame: &[u8]| frame.iter().enumerate().map(|(i, b)| if i == 5 { b ^ 4 } else { *b }).collect();
        let (bad_first, bad_second): (Vec<u8>, Vec<u8>) = (spoil(&first), spoil(&second));
        let telegram = |a: &[u8], b: &[u8]| [&[0x7E], a, &[0x7E], b, &[0x7E]].concat();
        let readings = vec![(0.0, telegram(&first, &bad_second)), (1.0, telegram(&bad_first, &second))];
        assert_eq!(assembled(&readings), Some(telegram(&first, &second)));
        assert_eq!(assembled(&readings[..1]), None);
        assert_eq!(assembled(&[]), None);
    }

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
