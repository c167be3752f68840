//! Lines that are not inverted, heard in another format, or at two or three times their baud rate: read
//! through what the receiver made of them, so that a telegram need not be waited for.
//!
//! A receiver of [model B](crate::line::uart::Model::B) that listens without parity takes a low parity bit for
//! the next start bit, and what follows is shifted; the trellis shifts it back.  Heard at twice or three times
//! its baud rate, a line shows five or three and a third bits behind each falling edge, and nothing of the ones
//! until the next: what content is like, and the checksum, decide how many those were.

use super::account::PutRight;
use super::content::Content;
use super::infer::{self, Candidate, SENSE};
use super::inverted::{frame_checks, text_checks};
use super::plan::BAUDRATES;
use super::run::{Found, Session};
use super::settled::{USUALLY, settled};
use super::telegram::{self, Burst, Decoded, ParityView};
use super::trellis::{Effort, Hypothesis, Sampled, Search};
use crate::decode::{self, Message, Protocol};
use crate::line::uart::Model;
use crate::line::{LineSettings, Parity, StopBits};

/// Enough where little is open.
const EFFORT: Effort = Effort { beam: 64, nats: 12, most: 600_000, pace: 800 };
/// Random bytes leave nothing to choose from.
const EFFORT_FLAT: Effort = Effort { beam: 24, nats: 8, ..EFFORT };

/// Candidates that are read.
const CANDIDATES: usize = 3;

/// Readings that are checked, and how improbable they may be, in nats behind the best.  A checksum of 16 bits
/// holds by chance for one in 65536.
const READINGS: usize = 200;
const IMPROBABLE: f64 = 9.0;
const HEADLESS_READINGS: usize = 40;

/// As much surprise there is where all bytes are equally probable, and a bit: with more, the line is not what it is
/// taken for, but inverted.
const RANDOM: f64 = 6.2;

/// The same of one that is heard too fast, for each character that is as long as what is heard of it.  Of 141 simulated
/// lines at 38400 and 57600 baud readable content had 3.0 at most, and what was taken for such 4.2 at least.
const SENSE_TOO_FAST: f64 = 3.6;

/// What a telegram adds to what later ones may agree with.
#[derive(Default)]
struct Gained {
    weak: Vec<(LineSettings, Message)>,
    parts: Vec<(u32, Vec<u8>)>,
}

/// So much of random bytes heard too fast is read.
const PART: usize = 200;

impl Session<'_> {
    /// Reads a telegram that does not decode as it stands, as one of a line of one of these `rates` that is not
    /// inverted.  Sets [`Session::found`] when a checksum vouches for it, and returns what comes into question.
    pub(super) fn read_upright(
        &mut self,
        burst: &Burst,
        samples: &[Sampled],
        rates: &[u32],
    ) -> Vec<Candidate> {
        let heard_at = burst.settings.baudrate;
        let steps: Vec<f64> = rates.iter().map(|&rate| f64::from(rate) / f64::from(heard_at)).collect();
        let candidates = infer::upright(samples, &steps, &self.options.narrow);
        self.account.weigh_formats(self.adapter.now(), samples.len(), false, &candidates);
        let Some(best) = candidates.first().map(|c| c.cost) else { return candidates };
        let mut read: Vec<Hypothesis> = Vec::new();
        // What one telegram gives must not support itself.
        let mut gained = Gained::default();
        for candidate in candidates.iter().filter(|c| c.cost < best + 8.0) {
            let hypothesis = candidate.hypothesis;
            let same = |h: &Hypothesis| {
                (h.data_bits, h.parity, h.model, h.content)
                    == (hypothesis.data_bits, hypothesis.parity, hypothesis.model, hypothesis.content)
                    && (h.step / hypothesis.step - 1.0).abs() < 0.1
            };
            if read.len() >= CANDIDATES {
                break;
            }
            if as_it_stands(&hypothesis) || read.iter().any(same) {
                continue;
            }
            read.push(hypothesis);
            let lead = lead_of_parity(&candidates, candidate);
            // Heard too fast, values leave more open than a checksum can settle; what little is needed to see
            // whether the next telegram is alike is at the beginning.
            let too_fast = infer::too_fast(&hypothesis);
            let readable =
                candidates.first().is_some_and(|c| c.hypothesis.content == Content::Dlms && makes_sense(c));
            let samples = match hypothesis.content {
                Content::Dlms if too_fast && !(readable && hypothesis.step > 0.4) => continue,
                Content::Text if too_fast && !makes_sense(candidate) => continue,
                Content::Flat if too_fast => samples.get(..samples.len().min(PART)).unwrap_or_default(),
                _ => samples,
            };
            // Without getting back into phase, clocks count.
            let chained = hypothesis.model == Model::B;
            let hypothesis = if chained { infer::nearer_clock(samples, &hypothesis) } else { hypothesis };
            if self.read_as(&hypothesis, burst, samples, lead, &mut gained) {
                break;
            }
        }
        self.weak.append(&mut gained.weak);
        for (baudrate, part) in gained.parts {
            self.remember_part(baudrate, part);
        }
        candidates
    }

    fn read_as(
        &mut self,
        hypothesis: &Hypothesis,
        burst: &Burst,
        samples: &[Sampled],
        lead: f64,
        gained: &mut Gained,
    ) -> bool {
        let settings = settings(hypothesis, burst.settings.baudrate);
        let effort = if hypothesis.content == Content::Flat { EFFORT_FLAT } else { EFFORT };
        let mut search = Search::new(hypothesis, effort);
        search.feed(samples);
        // Heard too fast, more is open than can be listed.
        if hypothesis.step < 0.9 && hypothesis.content != Content::Flat {
            if let Some(bytes) = settled(&search, USUALLY) {
                let messages = decode::decode_all(&bytes, &self.decoding);
                return self.accept_upright(messages, &bytes, hypothesis, settings, lead, gained);
            }
            if hypothesis.content == Content::Dlms {
                return false;
            }
        }
        // Random bytes leave nothing to choose from.
        let wanted = if hypothesis.content == Content::Flat { 4 } else { READINGS };
        let mut first = None;
        for (i, (_, bytes)) in search.readings(IMPROBABLE).take(wanted).enumerate() {
            let checks = match hypothesis.content {
                Content::Text => text_checks(&bytes),
                Content::Dlms | Content::Mbus | Content::Flat => frame_checks(&bytes),
            };
            // Without its header a frame has one checksum instead of two, so fewer may be tried.
            let partly = !burst.whole && i < HEADLESS_READINGS;
            let messages = if checks {
                Some(decode::decode_all(&bytes, &self.decoding))
            } else if partly {
                let found = match hypothesis.content {
                    Content::Text => self.text_without_start(&bytes),
                    Content::Dlms | Content::Mbus | Content::Flat => self.frame_without_start(&bytes),
                };
                found.map(|(_, messages)| messages)
            } else {
                None
            };
            if let Some(messages) = messages
                && self.accept_upright(messages, &bytes, hypothesis, settings, lead, gained)
            {
                return true;
            }
            first.get_or_insert(bytes);
        }
        if let Some(bytes) = first {
            gained.parts.push((settings.baudrate, bytes));
        }
        false
    }

    fn accept_upright(
        &mut self,
        mut messages: Vec<Message>,
        bytes: &[u8],
        hypothesis: &Hypothesis,
        settings: LineSettings,
        lead: f64,
        gained: &mut Gained,
    ) -> bool {
        let fits = |m: &Message| match hypothesis.content {
            Content::Text => m.protocol == Protocol::Dsmr,
            Content::Dlms | Content::Mbus | Content::Flat => {
                matches!(m.protocol, Protocol::Hdlc | Protocol::Mbus | Protocol::Mbtr)
            }
        };
        messages.retain(|m| fits(m) && telegram::counts(m) && telegram::checked(m));
        let mut sure = messages.iter().any(telegram::certain);
        for message in messages.iter().filter(|m| !telegram::certain(m)) {
            let from = usize::try_from(message.offset).unwrap_or(usize::MAX);
            let to = from.saturating_add(usize::try_from(message.length).unwrap_or(usize::MAX));
            sure |= self.supported(&settings, message, bytes.get(from..to).unwrap_or_default());
            gained.weak.push((settings, message.clone()));
        }
        if sure {
            self.keep(messages.iter().cloned());
            let at = self.adapter.now();
            self.account.put_right =
                Some(PutRight { at, hypothesis: *hypothesis, settings, bytes: bytes.to_vec() });
            let parity = ParityView::Known(settings.parity, (lead / std::f64::consts::LN_2) as usize);
            let decoded = Decoded { messages, data_bits: settings.data_bits, parity };
            self.found = Some(Found { settings, decoded, invert: false });
        }
        sure
    }
}

/// What is heard under this hypothesis is what was sent.
fn as_it_stands(hypothesis: &Hypothesis) -> bool {
    (hypothesis.step - 1.0).abs() < 0.1 && (hypothesis.model == Model::A || hypothesis.parity == Parity::None)
}

/// Its characters surprise so little that it is not random bytes.
fn makes_sense(candidate: &Candidate) -> bool {
    let Hypothesis { step, .. } = candidate.hypothesis;
    let most = if infer::too_fast(&candidate.hypothesis) { SENSE_TOO_FAST * step } else { SENSE };
    candidate.hypothesis.content != Content::Flat && candidate.surprise < most
}

/// By how many nats a candidate leads all those with another parity; negative when it does not.
fn lead_of_parity(candidates: &[Candidate], of: &Candidate) -> f64 {
    let format = |c: &Candidate| (c.hypothesis.data_bits, c.hypothesis.parity);
    let other = candidates.iter().find(|c| format(c) != format(of));
    other.map_or(infer::BEHIND, |c| c.cost - of.cost).min(infer::BEHIND)
}

fn settings(hypothesis: &Hypothesis, heard_at: u32) -> LineSettings {
    let rate = hypothesis.step * f64::from(heard_at);
    let far = |baudrate: u32| (f64::from(baudrate) / rate).ln().abs();
    let known = BAUDRATES.iter().copied().filter(|&b| far(b) < 0.1);
    LineSettings {
        baudrate: known.min_by(|a, b| far(*a).total_cmp(&far(*b))).unwrap_or(heard_at),
        data_bits: hypothesis.data_bits,
        parity: hypothesis.parity,
        stop_bits: StopBits::One,
    }
}

/// The settings to listen with next, when what was heard makes sense on a line that is not inverted, or shows a
/// parity bit that holds throughout.
pub(super) fn convincing(candidates: &[Candidate], heard_at: u32) -> Option<LineSettings> {
    let best = candidates.first()?;
    let random = candidates.iter().find(|c| c.hypothesis.content == Content::Flat);
    let ahead = random.map_or(infer::BEHIND, |c| c.cost - best.cost) >= 0.8 * infer::BEHIND;
    let sense = makes_sense(best) && ahead;
    let chained = best.hypothesis.parity != Parity::None && best.hypothesis.model == Model::B;
    let without = |c: &&Candidate| c.hypothesis.parity == Parity::None || c.hypothesis.model == Model::A;
    let lead = candidates.iter().find(without).map_or(infer::BEHIND, |c| c.cost - best.cost);
    let chained = chained && lead >= 0.8 * infer::BEHIND && best.surprise < RANDOM;
    (sense || chained).then(|| settings(&best.hypothesis, heard_at))
}
