//! An inverted line put right by computation: readings of the trellis, and the checksum that decides.

use super::account::PutRight;
use super::checked::Checked;
use super::content::{Content, Prior};
use super::infer::{self, Candidate};
use super::lesson::{Lesson, TAUGHT, TOLD, taught};
use super::run::{Found, Session};
use super::telegram::{self, Decoded, ParityView};
use super::trellis::{Clock, Effort, Hypothesis, Sampled, Search, USUAL};
use super::{excerpt, frames, long_frames, p1, pieces};
use crate::decode::{self, Message, Protocol, Status};
use crate::line::random::Random;
use crate::line::uart::Model;
use crate::line::{LineSettings, StopBits};

/// Readings of random bytes that are tried one by one, and how improbable they may be (in nats behind the best).
const READINGS: usize = 200;
const IMPROBABLE: f64 = 8.0;

/// Ways of reading a piece of a telegram that are looked at, and of all pieces together; and how improbable they
/// may be.
const WAYS: usize = 200;
const ALL_WAYS: usize = 1500;
const WITHIN: f64 = 13.0;

/// Readings that are asked for among those whose checksums hold, and among those of text.
const CHECKED: usize = 64;
const CHECKED_TEXT: usize = 8;

/// How far such readings are believed at most, taken together: perhaps none of them is right.
const BELIEVED: f64 = 0.95;

/// A reading is believed at once if its [doubt](Checked::doubt) is less than this; up to the other, it wants a telegram
/// that agrees.  The doubt is a bound, and mostly a wide one; but telegrams that teach each other the same mistake make
/// it too narrow.  Of some 440 simulated telegrams below a doubt of 0.03 one was read wrongly, at 0.0175, and one of 36
/// between that and 0.3; of 82 others one, at 0.038, although another one agreed.  A sum of 8 bits always wants a
/// telegram that agrees; of 24 M-Bus telegrams between 0.02 and 0.05 two were read wrongly, of 101 below that one.
const SURE: f64 = 0.01;
const DOUBTFUL: f64 = 0.1;
const DOUBTFUL_SUM: f64 = 0.02;

/// The same of text, of which a telegram that agrees says little: most of what it shares with the others was read with
/// their help.  Of 46 simulated telegrams on lines that leave much open, none whose doubt was between 0.01 and 0.1 was
/// read wrongly.
const SURE_OF_TEXT: f64 = 0.1;

/// Up to this doubt a reading of M-Bus supports another one.
const SUPPORTS: f64 = 20.0;

/// Telegrams that teach what the next ones will say.
const LESSONS: usize = 5;

/// A clock error that fitted may prove wrong by this much when more is known.
const NEARLY: f64 = 0.006;

/// So often it is looked for in text: once, and when more is known.
const FITS: usize = 2;

/// A clock that is known so well, as a variance, is not looked for any more.
const WELL_KNOWN: f64 = 0.000_7 * 0.000_7;

/// A telegram whose best reading as text costs this much a character is not one.
const NO_TEXT: f64 = 6.0;

/// So much surprise in a character, in nats, is not readable content.
const MEANINGLESS: f64 = 4.5;

/// Ways that are looked at to read a telegram, and after each telegram for all that is read: readable content is read
/// with fewer, and more do not make random bytes readable.  Ten million take about a second.
const TO_READ: usize = 3_000_000;
const TO_STUDY: usize = 6_000_000;

/// No M-Bus telegram is heard as more characters: it has at most 261 bytes (EN 13757-2, 5.3), each of up to twelve bits,
/// which a receiver of model B hears as characters of ten.
pub(super) const MBUS: usize = 320;

/// Earlier telegrams that are read once more after each new one.
const REPEATED: usize = 2;

impl Session<'_> {
    /// Decodes an inverted telegram by computation, or what is left of the one during which the baud rate was found;
    /// true when a checksum vouches for it.
    pub(super) fn put_right(
        &mut self,
        samples: &[Sampled],
        opening: bool,
        candidates: &[Candidate],
        baudrate: u32,
        effort: Effort,
    ) -> bool {
        let best = candidates.first().map_or(0.0, |c| c.cost);
        let times = samples.iter().any(|s| s.arrival.is_some());
        let mut likely: Vec<Hypothesis> = candidates
            .iter()
            .filter(|c| c.hypothesis.invert && c.cost < best + 10.0)
            .map(|c| c.hypothesis)
            .collect();
        // Behind the head of a ciphered frame anything may follow.
        if let Some(first) = candidates.first().filter(|c| times && c.surprise > MEANINGLESS) {
            likely.insert(likely.len().min(1), Hypothesis { content: Content::Flat, ..first.hypothesis });
        }
        let mut tried: Vec<Hypothesis> = Vec::new();
        let mut left = TO_STUDY;
        for mut hypothesis in likely {
            if tried.len() >= 3 || hypothesis.content == Content::Flat && !tried.is_empty() && !times {
                break;
            }
            // Without times the clock is looked into later.
            hypothesis.step = if times { hypothesis.step } else { hypothesis.nominal_step() };
            let step = hypothesis.step;
            if tried.iter().any(|other| Hypothesis { step, ..*other } == hypothesis) {
                continue;
            }
            tried.push(hypothesis);
            // Nothing but times tells how many bits were not sampled.  Of random bytes behind a receiver of model A not
            // even those tell enough: on simulated lines of 300 to 2400 baud whose times tell most, they leave 18 to 31
            // nats open in a frame of 160 to 320 characters, and its checksum settles 11, so that thousands of readings
            // pass for it.  No other telegram says the same again, as its counter is another one.
            if hypothesis.content == Content::Flat && hypothesis.model == Model::A && !times {
                continue;
            }
            // It is read with its beginning: without it, the same would teach twice.
            let with_beginning = opening && self.opening.is_some() && hypothesis.content != Content::Flat;
            let lesson = Lesson::new(hypothesis, samples.to_vec(), false);
            if !with_beginning && self.study(lesson, baudrate, effort, &mut left)
                || self.study_fast(hypothesis, baudrate, effort, &mut left)
                || self.study_opening(hypothesis, baudrate, effort, &mut left)
            {
                return true;
            }
        }
        false
    }

    /// Text that was heard at 115200, when its baud rate was not known yet, is read as what was heard later.
    fn study_fast(&mut self, like: Hypothesis, baudrate: u32, effort: Effort, left: &mut usize) -> bool {
        if like.content != Content::Text {
            return false;
        }
        let Some((settings, samples)) = self.fast.take() else { return false };
        let fitted =
            self.lessons.iter().rev().map(|lesson| &lesson.hypothesis).find(|h| h.content == like.content);
        let bit = fitted.unwrap_or(&like).step * f64::from(baudrate) / f64::from(settings.baudrate);
        self.study(Lesson::new(Hypothesis { step: bit, ..like }, samples, true), baudrate, effort, left)
    }

    /// Readable content whose beginning was heard at 115200 is read as if it had been heard from there on: what it begins
    /// with, later telegrams tell.
    fn study_opening(&mut self, like: Hypothesis, baudrate: u32, effort: Effort, left: &mut usize) -> bool {
        let Some(opening) = self.opening.as_ref().filter(|_| like.content != Content::Flat) else {
            return false;
        };
        let lesson = Lesson::opening(like, opening);
        let known = |other: &Lesson| !other.beginning.is_empty() && other.goes_with(&lesson);
        if self.lessons.iter().any(known) {
            return false;
        }
        self.study(lesson, baudrate, effort, left)
    }

    /// Reads a telegram in the light of those before it, and if that is no help, those before it in the light
    /// of this one, as far as `left` ways allow.
    fn study(&mut self, mut lesson: Lesson, baudrate: u32, effort: Effort, left: &mut usize) -> bool {
        let (mut lessons, others): (Vec<Lesson>, Vec<Lesson>) =
            std::mem::take(&mut self.lessons).into_iter().partition(|other| lesson.goes_with(other));
        self.lessons = others;
        if self.read(&mut lesson, &lessons, baudrate, effort) {
            return true;
        }
        lessons.iter_mut().for_each(|other| other.follow(&lesson));
        // Of random bytes nothing is to be learned.
        let mut repeated =
            if lesson.hypothesis.content == Content::Flat { 0 } else { lessons.len().min(REPEATED) };
        *left = left.saturating_sub(lesson.looked);
        if lesson.hypothesis.content == Content::Text {
            // Those next to being understood; without its beginning none can be.
            lessons.sort_by(|a, b| a.doubt.total_cmp(&b.doubt));
            let new = |other: &Lesson| {
                other.doubt.is_finite() || other.own.is_empty() || !other.beginning.is_empty()
            };
            repeated = lessons.iter().take(REPEATED).take_while(|other| new(other)).count();
        }
        lessons.push(lesson);
        // The latest ones were read in the light of the most already, and profit least.
        for _ in 0..repeated {
            // It takes about as much as it did before.
            let Some(rest) = lessons.first().and_then(|again| left.checked_sub(again.looked)) else { break };
            *left = rest;
            let mut again = lessons.remove(0);
            if self.read(&mut again, &lessons, baudrate, effort) {
                return true;
            }
            lessons.push(again);
        }
        if lessons.len() > LESSONS {
            let oldest = lessons.iter().position(|lesson| lesson.doubt.is_infinite());
            lessons.remove(oldest.unwrap_or(0));
        }
        self.lessons.append(&mut lessons);
        false
    }

    /// Tries the readings of a telegram in the light of others, and remembers the best.
    fn read(&mut self, lesson: &mut Lesson, others: &[Lesson], baudrate: u32, effort: Effort) -> bool {
        let taught = taught(&lesson.hypothesis, others.iter());
        let prior = taught.as_ref().unwrap_or_else(|| lesson.hypothesis.content.prior());
        lesson.looked = 0;
        if lesson.hypothesis.model == Model::B {
            self.fit(lesson, others, prior);
        }
        let hypothesis = lesson.hypothesis;
        let effort = Effort { pace: TO_READ / lesson.characters().max(1), ..effort };
        let first = lesson.first(baudrate);
        let mut random = Random::new(lesson.samples.len() as u64);
        let unread = hypothesis.content == Content::Text && lesson.own.is_empty();
        if unread && taught.is_some() {
            let usual = Effort { pace: effort.pace, ..USUAL };
            let alone = lesson.searched(|| Search::new(&first, usual), &hypothesis);
            lesson.own = alone.draw(TOLD, &mut random);
        }
        let search = lesson.searched(|| Search::expecting(prior, &first, effort), &hypothesis);
        // All of a telegram shows more than its beginning.
        lesson.clock = search.clock().or(lesson.clock);
        let hopeless = match hypothesis.content {
            Content::Text => search.cost() > NO_TEXT * lesson.characters() as f64,
            Content::Flat => search.cost().is_infinite(),
            Content::Dlms | Content::Mbus => false,
        };
        if hopeless {
            return false;
        }
        if unread && taught.is_none() {
            lesson.own = search.draw(TOLD, &mut random);
        }
        lesson.messages.clear();
        let pieces = search.pieces(WITHIN, WAYS);
        let excerpts = match hypothesis.content {
            Content::Text => excerpt::telegrams(pieces),
            Content::Dlms | Content::Flat => excerpt::pushes(pieces),
            Content::Mbus => vec![pieces],
        };
        let count = excerpts.len();
        let mut probable = Vec::new();
        lesson.doubt = f64::INFINITY;
        for pieces in excerpts {
            let pieces = pieces::thinned(pieces, ALL_WAYS);
            probable = match hypothesis.content {
                Content::Text => p1::checked(&pieces, CHECKED_TEXT),
                Content::Mbus => long_frames::checked(&pieces, CHECKED),
                Content::Dlms | Content::Flat => frames::checked(&pieces, CHECKED),
            };
            let all: f64 = probable.iter().map(|one| (-one.nats).exp()).sum();
            if let Some(best) = probable.first() {
                // Others that are consistent too make it doubtful as well.
                let doubt = best.doubt.max(1.0 - (-best.nats).exp() / all);
                lesson.doubt = lesson.doubt.min(best.doubt);
                let (sure, doubtful) = match hypothesis.content {
                    Content::Text => (SURE_OF_TEXT, SURE_OF_TEXT),
                    Content::Mbus => (SURE, DOUBTFUL_SUM),
                    Content::Dlms | Content::Flat => (SURE, DOUBTFUL),
                };
                // Of many that are doubtful two agree sooner.
                let doubtful = doubtful / count as f64;
                if doubt < doubtful && self.accept(&best.bytes, lesson, others, baudrate, doubt < sure) {
                    self.doubt = doubt;
                    return true;
                }
                // Codes and numbers of M-Bus are told apart sooner than values: enough to agree with another telegram.
                if hypothesis.content == Content::Mbus && lesson.messages.is_empty() && best.doubt < SUPPORTS
                {
                    lesson.messages = self.messages_in(&best.bytes, hypothesis.content);
                }
            }
        }
        match hypothesis.content {
            Content::Flat => {
                // Where nothing is more probable than anything else, frames may begin in too many places.
                for (_, bytes) in search.readings(IMPROBABLE).take(READINGS) {
                    if hdlc_checks(&bytes) && self.accept(&bytes, lesson, others, baudrate, true) {
                        return true;
                    }
                }
            }
            // A reading that was checked in the light of others is no evidence for them: what is wrong in it, and leaves
            // the checksum as it is, would do so in all of them.
            Content::Text => lesson.readings.clone_from(&lesson.own),
            Content::Dlms | Content::Mbus => {
                // The best readings would differ in a few places only, and agree in others that are as open.
                lesson.readings = search.draw(TAUGHT, &mut random);
                if count == 1 {
                    checked_instead(&mut lesson.readings, &probable, &mut random);
                }
            }
        }
        false
    }

    /// The messages in a reading whose checksum holds.
    fn messages_in(&self, bytes: &[u8], content: Content) -> Vec<Message> {
        let mut messages = decode::decode_all(bytes, &self.decoding);
        // What the content is taken for decides what is believed: hundreds of readings are tried.
        let fits = |m: &Message| match content {
            Content::Text => m.protocol == Protocol::Dsmr && m.status == Status::Ok,
            Content::Dlms | Content::Mbus | Content::Flat => {
                matches!(m.protocol, Protocol::Hdlc | Protocol::Mbus | Protocol::Mbtr)
            }
        };
        messages.retain(|m| fits(m) && telegram::counts(m) && telegram::checked(m));
        messages
    }

    /// Looks for the clock error that fits, here and in the others.
    fn fit(&self, lesson: &mut Lesson, others: &[Lesson], prior: &Prior) {
        // A receiver's clock may be another one at another baud rate.
        let alike = |other: &&Lesson| {
            other.hypothesis.model == Model::B
                && other.hypothesis.nominal_step() == lesson.hypothesis.nominal_step()
        };
        let elsewhere = Clock::together(others.iter().filter(alike).filter_map(|other| other.clock));
        let known = Clock::together(elsewhere.into_iter().chain(lesson.clock));
        let often = lesson.hypothesis.content != Content::Text || lesson.fits < FITS;
        if often && known.is_none_or(|known| known.variance > WELL_KNOWN) {
            lesson.fits += 1;
            let away = if lesson.fitted { NEARLY } else { f64::INFINITY };
            (lesson.clock, lesson.looked) = infer::clock(&lesson.samples, &lesson.hypothesis, prior, away);
            lesson.fitted = true;
        }
        if let Some(clock) = Clock::together(elsewhere.into_iter().chain(lesson.clock)) {
            lesson.hypothesis = clock.of(&lesson.hypothesis);
        }
    }

    /// Takes a reading whose checksum holds for what was sent, if `at_once`, or if another telegram agrees.
    fn accept(
        &mut self,
        bytes: &[u8],
        lesson: &mut Lesson,
        others: &[Lesson],
        baudrate: u32,
        at_once: bool,
    ) -> bool {
        let hypothesis = lesson.hypothesis;
        let mut messages = self.messages_in(bytes, hypothesis.content);
        let sure = at_once && messages.iter().any(telegram::certain);
        let agrees = |message: &Message| {
            let mut others = others.iter().flat_map(|other| &other.messages);
            others.any(|other| other != message && telegram::agree(other, message))
        };
        if !sure && !messages.iter().any(agrees) {
            lesson.messages.append(&mut messages);
            return false;
        }
        let settings = LineSettings {
            baudrate,
            data_bits: hypothesis.data_bits,
            parity: hypothesis.parity,
            stop_bits: StopBits::One,
        };
        self.keep(messages.iter().cloned());
        let at = self.adapter.now();
        self.account.put_right = Some(PutRight { at, hypothesis, settings, bytes: bytes.to_vec() });
        let parity = ParityView::Known(hypothesis.parity, 14);
        let decoded = Decoded { messages, data_bits: hypothesis.data_bits, parity };
        self.found = Some(Found { settings, decoded, invert: true });
        true
    }
}

/// Readings that were drawn make room for such as the checksum agrees with, each as often as it is probable.
fn checked_instead(readings: &mut [Vec<u8>], probable: &[Checked], random: &mut Random) {
    let weight = |one: &Checked| (-one.nats).exp();
    let all: f64 = probable.iter().map(weight).sum();
    // Of each, as many as its doubt says agree by chance and are as probable.
    let trust: f64 = probable.iter().map(|one| 1.0 / one.doubt).sum();
    let believed = BELIEVED * if trust.is_finite() { trust / (1.0 + trust) } else { 1.0 };
    let room = (readings.len() as f64 * believed).round() as usize;
    for slot in readings.iter_mut().take(room) {
        let mut left = random.unit() * all;
        let chosen = probable.iter().find(|one| {
            left -= weight(one);
            left < 0.0
        });
        if let Some(chosen) = chosen {
            slot.clone_from(&chosen.bytes);
        }
    }
}

/// Does a telegram with a CRC that holds end near the end of these bytes?  Quicker than decoding them.
pub(super) fn text_checks(bytes: &[u8]) -> bool {
    let all = |wanted: u8| (0..bytes.len()).rev().filter(move |at| bytes.get(*at) == Some(&wanted));
    all(b'!').take(4).any(|end| {
        let hex = bytes.get(end + 1..end + 5).and_then(|hex| std::str::from_utf8(hex).ok());
        let Some(given) = hex.and_then(|hex| u16::from_str_radix(hex, 16).ok()) else { return false };
        let mut starts = all(b'/').filter(|start| *start < end).take(4);
        starts.any(|start| CRC.checksum(bytes.get(start..=end).unwrap_or_default()) == given)
    })
}

/// Is there an HDLC frame with a checksum that holds, or an M-Bus frame?  Quicker than decoding them.
pub(super) fn frame_checks(bytes: &[u8]) -> bool {
    hdlc_checks(bytes) || mbus_checks(bytes)
}

/// Is there an HDLC frame whose checksum holds?
fn hdlc_checks(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| match bytes.get(at..) {
        Some([0x7E, high, low, ..]) if high & 0xF0 == 0xA0 => {
            let length = usize::from(high & 7) << 8 | usize::from(*low);
            let frame = bytes.get(at + 1..at + 1 + length);
            frame.is_some_and(|frame| length > 8 && FCS.checksum(frame) == FCS_GOOD)
        }
        _ => false,
    })
}

/// Is there an M-Bus frame whose sum holds?
fn mbus_checks(bytes: &[u8]) -> bool {
    (0..bytes.len()).any(|at| match bytes.get(at..) {
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
    fn readings_that_the_checksum_agrees_with_teach_more_the_surer_they_are() {
        let checked = |nats: f64, doubt: f64, byte: u8| Checked { bytes: vec![byte], nats, doubt };
        let count = |probable: &[Checked], byte: u8| {
            let mut readings = vec![vec![0]; 24];
            checked_instead(&mut readings, probable, &mut Random::new(1));
            readings.iter().filter(|reading| reading[0] == byte).count()
        };
        assert_eq!(count(&[checked(1.0, 0.0, 1)], 1), 23);
        // A quarter: as probable as one of three by chance.
        assert_eq!(count(&[checked(11.0, 3.0, 1)], 1), 6);
        assert_eq!(count(&[], 0), 24);
        // The second is e^-10 as probable.
        assert_eq!(count(&[checked(1.0, 0.0, 1), checked(11.0, 0.0, 2)], 2), 0);
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
