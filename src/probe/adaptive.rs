//! The adaptive strategy: the baud rate from the first telegram, polarity and format from the next.
//!
//! Listening starts at 115200 8N1.  As soon as the baud rate is clear the adapter is set to it, while the
//! telegram still runs; what is left of it shows polarity and format.  8N1 is listened with as long as
//! nothing speaks for another format: a parity bit then shows as framing errors, and an inverted line can
//! be put right by computation.  What of such a line goes unseen through 8N1 is looked at through another
//! [`window`].

use super::arrival::timed;
use super::baud::LISTENING;
use super::content::Content;
use super::hunt::{LATER, Rate};
use super::infer::{self, Candidate};
use super::inverted::MBUS;
use super::partial;
use super::plan::{self, BAUDRATES};
use super::run::{Belief, Ended, Found, Session};
use super::telegram::{self, Burst, Decoded, ParityView};
use super::trellis::{Hypothesis, Sampled, THOROUGH, USUAL, Window, sampled};
use super::{upright, window};
use crate::decode::{self, Message};
use crate::error::Result;
use crate::line::{DataBits, Flag, Flags, LineSettings, Parity};
use std::time::Duration;

/// Telegrams that are listened to at a baud rate before it is given up.
const ATTEMPTS: u32 = 6;

/// The longest that a meter which pushes is silent, and a bit.
const PATIENCE: Duration = Duration::from_secs(65);

/// Fewer characters are no telegram.
pub(super) const FEW: usize = 8;

/// So many are as good as a whole telegram, even if its beginning is missing.
const AMPLE: usize = 300;

/// What is read of an inverted line that never falls silent, two telegrams of text or of anything else: more holds
/// nothing new, and costs as much.
pub(super) const READ_OF_TEXT: usize = 2400;
const READ: usize = 1200;

/// More surprising characters than random ones: the baud rate is wrong.
const NONSENSE: f64 = 7.0;

/// Something that was ruled out by an earlier telegram is taken up again if characters are less surprising by this, in
/// nats.
const BETTER: f64 = 0.1;

/// Characters that are less surprising than this, in nats, are read as text rightly.
const READABLE_TEXT: f64 = 2.5;

/// What it counts for that nothing else is left, in nats: there are protocols that nobody here knows.
const EXCLUDED: f64 = 2.0;

/// With less surprise in a character heard at a multiple of its baud rate, in nats, a line is not inverted: of 45
/// simulated ones that are not, five had more, and of 45 inverted ones taken for such none had less.
const PLAIN: f64 = 1.2;

/// So many characters show whether they are readable, and so much less surprising, in nats, they are if they are.
const ENOUGH_FOR_SENSE: usize = 24;
const SENSE: f64 = 1.0;

/// What is read of an inverted line heard at a multiple of its baud rate: two telegrams.
const READ_TOO_FAST: usize = 2400;

/// What came of a baud rate.
enum Outcome {
    /// The line is understood, or as well as it can be.
    Settled,
    /// It seems to be another one.
    Wrong,
    /// It is this one.
    Slower(u32),
}

impl Session<'_> {
    pub(super) fn adapt(&mut self) -> Result<()> {
        let mut doubted = false;
        let mut next = None;
        while !self.over() {
            let given = self.options.narrow.baudrate;
            let given = given.map(|baudrate| Rate {
                baudrate,
                lead: f64::INFINITY,
                sure: true,
                burst: None,
                among: Vec::new(),
            });
            let Some(mut rate) = (match next.take().or(given) {
                Some(rate) => Some(rate),
                None => self.hunt(doubted)?,
            }) else {
                return Ok(());
            };
            let outcome = loop {
                let baudrate = Some((rate.baudrate, rate.lead));
                // What was learned at the same rate stays true.
                let same = self.belief.baudrate.is_some_and(|(known, _)| known == rate.baudrate);
                self.belief = Belief { baudrate, ..if same { self.belief } else { Belief::default() } };
                let lead = rate.lead;
                match self.at_rate(rate)? {
                    Outcome::Slower(baudrate) => {
                        rate = Rate { baudrate, lead, sure: false, burst: None, among: Vec::new() };
                    }
                    outcome => break outcome,
                }
            };
            if let Some(given) = self.options.narrow.baudrate {
                return self.doubt_the_given(given);
            }
            match outcome {
                Outcome::Settled | Outcome::Slower(_) if doubted => return Ok(()),
                Outcome::Settled | Outcome::Slower(_) => {
                    doubted = true;
                    next = self.another_rate()?;
                    if next.is_none() {
                        return Ok(());
                    }
                }
                Outcome::Wrong if !doubted => doubted = true,
                // Inference went wrong twice, as with an adapter that does not tell errors although its kind
                // does: trying settings in turn needs nothing but checksums.
                Outcome::Wrong => {
                    let plan = plan::ordered(&self.options.narrow);
                    return self.sweep(&plan);
                }
            }
        }
        Ok(())
    }

    /// A line that was not understood: does a whole telegram sound like another baud rate than its beginning did?  A busy
    /// computer takes note of edges late, and then haste deceives.
    fn another_rate(&mut self) -> Result<Option<Rate>> {
        let known = self.belief.baudrate.filter(|_| self.found.is_none() && !self.over());
        let Some((baudrate, lead)) = known else { return Ok(None) };
        let rate = self.hunt(true)?;
        Ok(rate.filter(|rate| rate.baudrate != baudrate && rate.lead > LATER.max(lead)))
    }

    /// Nothing may have been decoded at the baud rate that was given: does the line sound like it?
    fn doubt_the_given(&mut self, given: u32) -> Result<()> {
        if self.found.is_some() || self.over() {
            return Ok(());
        }
        let Some(heard) = self.hunt(true)? else { return Ok(()) };
        self.otherwise =
            (heard.baudrate.abs_diff(given) > given / 4).then_some((given, heard.baudrate, heard.lead));
        let inverted = self.belief.invert.is_some_and(|(invert, _)| invert);
        if self.otherwise.is_some() || inverted {
            return Ok(());
        }
        self.sweep(&plan::ordered(&self.options.narrow))
    }

    /// Listens at a baud rate until the line is understood, or it proves wrong.
    fn at_rate(&mut self, mut rate: Rate) -> Result<Outcome> {
        let mut listening = LineSettings { baudrate: rate.baudrate, ..LISTENING };
        self.doing = "decoding";
        if let Some(burst) = rate.burst.take() {
            if self.understand(&burst) {
                self.confirm()?;
                return Ok(Outcome::Settled);
            }
            if burst.whole {
                let heard = burst.heard.iter().map(|h| h.byte).collect();
                if rate.baudrate != LISTENING.baudrate {
                    self.fast = Some((burst.settings, sampled(&burst.heard, burst.settings, burst.flags)));
                }
                self.too_fast = Some((burst.settings, heard));
            }
            if self.weak.is_empty() {
                let samples = sampled(&burst.heard, burst.settings, burst.flags);
                let candidates = self.read_upright(&burst, &samples, &rate.among);
                if self.found.is_some() {
                    self.confirm()?;
                    return Ok(Outcome::Settled);
                }
                let convincing = upright::convincing(&candidates, LISTENING.baudrate);
                if self.inverted_too_fast(&samples, &candidates, rate.baudrate, convincing.is_some()) {
                    if self.found.is_some() {
                        return Ok(Outcome::Settled);
                    }
                } else if let Some(settings) = self.convincing(&samples, &candidates, LISTENING.baudrate) {
                    self.believe(&candidates);
                    rate.baudrate = settings.baudrate;
                    listening = settings;
                } else if rate.baudrate == LISTENING.baudrate {
                    return self.from(rate.baudrate, rate.sure, listening, Some(burst));
                }
            }
        }
        self.set(listening)?;
        self.from(rate.baudrate, rate.sure, listening, None)
    }

    /// A telegram heard at a multiple of its baud rate makes more sense on an inverted line than as any of these.
    ///
    /// Reads it as that, unless it is text, which waits until more is known of the line.  It leaves too much open to be
    /// understood, mostly, but teaches what the next ones will say.
    ///
    /// What else it may be matters only where the line seemed `convincing` as one that is not.
    fn inverted_too_fast(
        &mut self,
        samples: &[Sampled],
        upright: &[Candidate],
        baudrate: u32,
        convincing: bool,
    ) -> bool {
        let plain = upright.first().is_some_and(|best| best.surprise < PLAIN);
        if plain || baudrate == LISTENING.baudrate || self.options.narrow.invert == Some(false) {
            return false;
        }
        let step = f64::from(baudrate) / f64::from(LISTENING.baudrate);
        let race = |contents: &[Content]| {
            infer::inverted(samples, step, contents, upright.first(), &self.options.narrow)
        };
        if !convincing && (self.record.edges_are_late() || race(&[Content::Dlms, Content::Mbus]).is_empty()) {
            return false;
        }
        let inverted = race(&Content::ALL);
        let Some(best) = inverted.first() else { return false };
        let two: Vec<Candidate> = [Some(best), upright.first()].into_iter().flatten().copied().collect();
        let inverts = infer::again(samples, &two).first().is_some_and(|best| best.hypothesis.invert);
        if inverts
            && matches!(best.hypothesis.content, Content::Dlms | Content::Mbus)
            && !self.record.edges_are_late()
        {
            let samples = samples.get(..READ_TOO_FAST).unwrap_or(samples);
            self.put_right(samples, false, &inverted, baudrate, USUAL);
        }
        inverts
    }

    /// The settings that convince, unless they make random bytes of what is readable on an inverted line: a parity bit
    /// that holds throughout may be one of its other bits.
    fn convincing(&self, samples: &[Sampled], upright: &[Candidate], baudrate: u32) -> Option<LineSettings> {
        let settings = upright::convincing(upright, baudrate)?;
        let best = upright.first().filter(|best| best.hypothesis.content == Content::Flat);
        let Some(random) = best.filter(|_| self.options.narrow.invert != Some(false)) else {
            return Some(settings);
        };
        // It would not look random, or makes no sense as too fast a line either.
        if infer::random(samples) || infer::too_fast(&random.hypothesis) {
            return Some(settings);
        }
        let beginning = samples.get(..ENOUGH_FOR_SENSE).unwrap_or(samples);
        let readable = infer::inverted_readable(beginning, random, &self.options.narrow);
        let sense = |readable: Candidate| readable.surprise + SENSE < random.surprise;
        (!readable.is_some_and(sense)).then_some(settings)
    }

    /// Listens at a baud rate, at first with these settings.
    fn from(
        &mut self,
        baudrate: u32,
        sure: bool,
        mut listening: LineSettings,
        mut next: Option<Burst>,
    ) -> Result<Outcome> {
        let plain = LineSettings { baudrate, ..LISTENING };
        let mut nonsense = 0;
        let mut known: Vec<Candidate> = Vec::new();
        let mut from_whole = false;
        let mut hopeless = 0;
        // What inference listens with: no guess at the line's own settings.
        let mut window = plain;
        // What convinced, but a whole telegram did not decode with it.
        let mut in_vain = None;
        let switched = self.adapter.now();
        let mut attempt = 0;
        // Lone characters.
        let mut strays = 0;
        // Telegrams that were read as inverted.
        let mut read_inverted = 0;
        while attempt < ATTEMPTS {
            let (burst, first) = match next.take() {
                Some(burst) => (burst, false),
                None => match self.listen(PATIENCE)? {
                    Ended::Telegram(burst) => (burst, true),
                    Ended::Nothing => continue,
                    Ended::Over => return Ok(Outcome::Settled),
                },
            };
            let waiting = self.weak.len();
            let before = std::mem::take(&mut self.before);
            if first && (self.understand(&burst) || self.headless(&burst) || self.joined(&before, &burst)) {
                self.confirm()?;
                return Ok(Outcome::Settled);
            }
            let opening = first && !before.is_empty();
            if opening {
                self.opening = self.opening(&before, &burst);
            }
            // To a receiver that is set anew an inverted line that is idle looks like a character.
            let alone = burst.heard.len() == 1 && strays < ATTEMPTS;
            strays += u32::from(alone);
            attempt += u32::from(burst.whole && !alone || burst.heard.len() >= FEW);
            // A message with a weak checksum waits for a second one: nothing is to be changed.
            if burst.heard.len() < FEW || self.weak.len() > waiting {
                continue;
            }
            // What was heard before the adapter changed over was heard at another rate.
            let from = burst.heard.iter().position(|h| h.at >= switched).unwrap_or(0);
            let from = from + from_an_edge(&burst, from);
            let heard = burst.heard.get(from..).unwrap_or_default();
            let as_heard: Vec<u8> = heard.iter().map(|h| h.byte).collect();
            if listening != window {
                self.remember_part(baudrate, as_heard);
                // That did not help: back to where inference works.
                if burst.whole {
                    in_vain = Some(listening);
                }
                listening = window;
                self.set(listening)?;
                continue;
            }
            let first = first && window == plain;
            // A receiver that is out of phase at first may need a while.
            let middle = usize::midpoint(from, burst.heard.len());
            let normal = || plainly_normal(&burst, from) || plainly_normal(&burst, middle);
            if window == plain && !burst.whole && normal() {
                self.remember_part(baudrate, as_heard);
                self.believe_normal(&burst);
                continue;
            }
            let quantum = self.capabilities.timestamp_quantum;
            let samples =
                timed(sampled(heard, burst.settings, burst.flags), heard, burst.settings.baudrate, quantum);
            if samples.len() < FEW {
                continue;
            }
            let slower =
                infer::times_too_fast(&samples).filter(|_| window == plain).map(|times| baudrate / times);
            let slower = slower.filter(|rate| BAUDRATES.contains(rate));
            if let Some(rate) = slower.filter(|_| self.options.narrow.baudrate.is_none()) {
                return Ok(Outcome::Slower(rate));
            }
            if first {
                let candidates = self.read_upright(&burst, &samples, &[baudrate]);
                if self.found.is_some() {
                    self.confirm()?;
                    return Ok(Outcome::Settled);
                }
                if self.weak.len() > waiting {
                    continue;
                }
                self.remember_part(baudrate, as_heard);
                // What read well as text on an inverted line is not normal by chance.
                let text = known.first().is_some_and(|best| {
                    best.hypothesis.invert
                        && best.hypothesis.content == Content::Text
                        && best.surprise < READABLE_TEXT
                });
                let convincing = self.convincing(&samples, &candidates, baudrate);
                if let Some(settings) = convincing.filter(|settings| !text && in_vain != Some(*settings)) {
                    self.believe(&candidates);
                    if !burst.whole || settings != plain {
                        listening = settings;
                        self.set(listening)?;
                        continue;
                    }
                }
            }
            // A line that never falls silent is never heard from a beginning on.
            let ample = burst.whole || samples.len() >= AMPLE;
            if !ample && (burst.flags == Flags::None || samples.len() < 2 * FEW) {
                continue;
            }
            // Nor does part of a ciphered one tell anything where errors are not told: the next is heard as a whole.
            if !burst.whole && attempt < 2 && burst.flags == Flags::None && infer::random(&samples) {
                continue;
            }
            // What part of a telegram left open must not decide about a whole one.
            if burst.whole && !from_whole {
                known.clear();
            }
            from_whole = burst.whole;
            let mut candidates = infer::again(&samples, &known);
            let text = candidates.first().is_some_and(|best| best.hypothesis.content == Content::Text);
            if candidates.first().is_none_or(|best| best.surprise > NONSENSE) {
                candidates = infer::infer(&samples, &self.options.narrow);
            } else if text {
                // With any of those that were left it would have been understood by now, mostly.
                let all = infer::infer(&samples, &self.options.narrow);
                let better = |best: &Candidate| {
                    candidates.first().is_some_and(|known| best.surprise + BETTER < known.surprise)
                };
                if all.first().is_some_and(better) {
                    candidates = all;
                }
            }
            self.account.weigh_formats(self.adapter.now(), samples.len(), true, &candidates);
            // Short pieces leave more open than whole telegrams do.
            known = if ample && samples.len() >= 60 { candidates.clone() } else { Vec::new() };
            if candidates.first().is_none_or(|best| best.surprise > NONSENSE) {
                nonsense += 1;
                if nonsense >= 2 && !sure {
                    return Ok(Outcome::Wrong);
                }
            }
            self.believe(&candidates);
            let Some(best) = candidates.first().copied() else { continue };
            if sure && self.cannot_be_normal(&candidates) {
                self.belief.invert = Some((true, EXCLUDED));
                self.belief.format = None;
                if self.belief.puzzles >= 4 {
                    return Ok(Outcome::Settled);
                }
            }
            if best.hypothesis.invert {
                if self.record.edges_are_late() || best.surprise > NONSENSE {
                    continue;
                }
                self.doing = "decoding an inverted line";
                read_inverted += usize::from(ample);
                // Only text has enough structure for more effort to pay.
                let text = best.hypothesis.content == Content::Text;
                let effort = if attempt >= 3 && text { THOROUGH } else { USUAL };
                let samples = samples.get(..if text { READ_OF_TEXT } else { READ }).unwrap_or(&samples);
                if self.put_right(samples, opening, &candidates, baudrate, effort) {
                    return Ok(Outcome::Settled);
                }
                // What looks like random bytes does not get better by repetition, unless times tell more, or it is
                // M-Bus, which is read from several telegrams or not at all.
                let times = samples.iter().any(|s| s.arrival.is_some());
                hopeless += u32::from(best.hypothesis.content == Content::Flat && !times);
                if hopeless >= 3 && samples.len() > MBUS {
                    return Ok(Outcome::Settled);
                }
                // Where no pause comes, changing over would cost a part of the next telegram.
                if burst.whole || opening {
                    let last = burst.settings.into();
                    let Window { data_bits, parity } =
                        window::for_next(&best.hypothesis, burst.flags, last, read_inverted);
                    window = LineSettings { data_bits, parity, ..plain };
                }
                // Where errors are not told, it may be a line with parity after all: that is soon tried, and another
                // window too.
                let told = burst.flags == Flags::PerCharacter || self.options.narrow.invert == Some(true);
                if let (1 | 2, false) = (hopeless, told) {
                    window.parity = if hopeless == 1 { Parity::Even } else { Parity::Odd };
                    window.data_bits = DataBits::Eight;
                }
                if listening != window {
                    listening = window;
                    self.set(listening)?;
                }
            } else if best.hypothesis.parity != Parity::None {
                listening = LineSettings {
                    data_bits: best.hypothesis.data_bits,
                    parity: best.hypothesis.parity,
                    ..plain
                };
                self.set(listening)?;
            } else if ample {
                // It should have decoded as it is.  Where errors are not told, a parity bit may be hidden in it.
                self.belief.puzzles += 1;
                let puzzles = self.belief.puzzles;
                if puzzles > 1 && !sure {
                    return Ok(Outcome::Wrong);
                }
                let parity = if puzzles % 2 == 1 { Parity::Even } else { Parity::Odd };
                listening = LineSettings { parity, ..plain };
                self.set(listening)?;
            }
        }
        // A line that is not inverted, heard at its baud rate, would have been understood by now.
        let inverted = self.belief.invert.is_some_and(|(invert, _)| invert);
        Ok(if inverted || self.options.narrow.baudrate.is_some() { Outcome::Settled } else { Outcome::Wrong })
    }

    /// A telegram without its first bytes, which passed while the baud rate was found.
    fn headless(&mut self, burst: &Burst) -> bool {
        if burst.whole {
            return false;
        }
        let bytes: Vec<u8> = burst.heard.iter().map(|h| h.byte).collect();
        let mut data_bits = burst.settings.data_bits;
        let mut found = self.frame_without_start(&bytes).or_else(|| self.text_without_start(&bytes));
        if found.is_none() && data_bits == DataBits::Eight {
            // Seven bits and a parity bit carry text only.
            let text: Vec<u8> = bytes.iter().map(|byte| byte & 0x7F).collect();
            found = self.text_without_start(&text);
            data_bits = DataBits::Seven;
        }
        let Some((at, messages)) = found else { return false };
        // The first characters may be right and flagged all the same, for what came before them.
        let [all, later] =
            [at, at + FEW].map(|from| telegram::parity(burst, from..burst.heard.len(), data_bits));
        let parity = if all == ParityView::Unknown { later } else { all };
        self.keep(messages.iter().cloned());
        let decoded = Decoded { messages, data_bits, parity };
        self.found = Some(Found { settings: burst.settings, decoded, invert: false });
        true
    }

    /// The messages of a push in frames without its start, if a checksum vouches for one, and where what was heard
    /// of it begins.
    pub(super) fn frame_without_start(&self, bytes: &[u8]) -> Option<(usize, Vec<Message>)> {
        partial::hdlc::headless(bytes).into_iter().find_map(|headless| {
            let mut messages = decode::decode_all(&headless.bytes, &self.decoding);
            messages.retain(telegram::counts);
            let vouched = |m: &Message| telegram::certain(m) && partial::hdlc::vouched(m, headless.confirmed);
            messages.iter().any(vouched).then_some((headless.at, messages))
        })
    }

    /// The same for P1 text.
    pub(super) fn text_without_start(&self, bytes: &[u8]) -> Option<(usize, Vec<Message>)> {
        let headless = partial::p1::headless(bytes)?;
        let mut messages = decode::decode_all(&headless.bytes, &self.decoding);
        messages.retain(telegram::counts);
        messages.iter().any(telegram::certain).then_some((headless.at, messages))
    }

    /// At the line's own baud rate whole telegrams were random bytes, with and without a parity bit: where errors
    /// are not told, an inverted line is all that is left.
    fn cannot_be_normal(&self, candidates: &[Candidate]) -> bool {
        let told = self.capabilities.flags == Flags::PerCharacter;
        let random = candidates.first().is_some_and(|c| c.hypothesis.content == Content::Flat);
        !told && random && self.belief.puzzles >= 2 && self.options.narrow.invert.is_none()
    }

    fn believe_normal(&mut self, burst: &Burst) {
        // Every character of an inverted line would have been flagged with a chance of a half.
        let lead = 0.5 * burst.heard.len() as f64;
        if self.belief.invert.is_none_or(|(invert, l)| invert || l < lead) {
            self.belief.invert = Some((false, lead));
        }
    }

    fn believe(&mut self, candidates: &[Candidate]) {
        let Some(best) = candidates.first() else { return };
        let lead = |differs: fn(&Hypothesis, &Hypothesis) -> bool| {
            infer::lead(candidates, differs).unwrap_or(infer::BEHIND)
        };
        let h = best.hypothesis;
        let polarity = lead(|a, b| a.invert != b.invert);
        let format = lead(|a, b| (a.data_bits, a.parity) != (b.data_bits, b.parity));
        let same = self.belief.invert.is_some_and(|(invert, _)| invert == h.invert);
        self.belief.telegrams = if same { self.belief.telegrams + 1 } else { 1 };
        self.belief.invert = Some((h.invert, polarity));
        self.belief.format = Some((h.data_bits, h.parity, format));
        self.belief.ciphered = h.content == Content::Flat;
    }
}

/// How many characters it is from there to the first one that the receiver waited for: behind a good stop bit.
fn from_an_edge(burst: &Burst, from: usize) -> usize {
    /// What is heard of random bytes has a good one among so many.
    const SOON: usize = 12;
    let Some(before) = from.checked_sub(1).filter(|_| burst.flags != Flags::None) else { return 0 };
    let chained = burst.heard.iter().skip(before).take(SOON).take_while(|h| h.flag != Flag::None).count();
    if chained < SOON { chained } else { 0 }
}

/// So many characters without an error are no coincidence where a flag is for a packet: on an inverted line about every
/// other would have one.
const UNFLAGGED: usize = 24;

/// No errors, or just those of a parity bit where a stop bit is expected, where errors are told: the line
/// is not inverted.
fn plainly_normal(burst: &Burst, from: usize) -> bool {
    // The first characters may have been caught in their middle.
    let heard = burst.heard.get(from + 6..).unwrap_or_default();
    // Inverted text passes for text: its stop bit for a start bit, so that its start bit is the lowest bit of each
    // character, and its highest bit, or parity, the stop bit.
    if heard.iter().filter(|h| h.byte & 1 == 0).count() * 8 < heard.len() {
        return false;
    }
    if burst.flags != Flags::None && heard.len() >= UNFLAGGED && heard.iter().all(|h| h.flag == Flag::None) {
        return true;
    }
    match telegram::parity_from_flags(heard, burst) {
        ParityView::Known(_, evidence) => evidence >= 16,
        // Every packet flagged: so it is on an inverted line.
        ParityView::Some | ParityView::Unknown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::Protocol;
    use crate::line::Heard;
    use crate::line::chip::Chip;
    use crate::line::sim::{SimAdapter, SimOptions};
    use crate::line::uart::Model;
    use crate::probe::{Options, run};
    use crate::simulate::meter::{MeterOptions, PushMeter};
    use std::ops::ControlFlow;

    #[test]
    fn inverted_text_without_framing_errors_is_not_plainly_normal() {
        // What a receiver makes of `1-0:1.8.0` inverted, 8N1: a stop bit, then the start bit as the lowest bit.
        let text = b"1-0:1.8.0(000123.456*kWh)\r\n1-0:2.8.0(000000.000*kWh)\r\n";
        let burst = |bytes: Vec<u8>| {
            let heard = |(i, byte)| Heard { byte, flag: Flag::None, at: Duration::from_millis(i as u64) };
            let heard = bytes.into_iter().enumerate().map(heard).collect();
            Burst { settings: LISTENING, flags: Flags::PerCharacter, heard, whole: false }
        };
        assert!(plainly_normal(&burst(text.to_vec()), 0));
        let inverted = burst(text.iter().map(|byte| !byte << 1 | 1).collect());
        assert!(!plainly_normal(&inverted, 0));
    }

    #[test]
    fn a_receiver_that_a_parity_bit_keeps_out_of_phase_is_understood_with_clocks_far_apart() {
        for (parity, clock) in [(Parity::Even, 0.02), (Parity::Even, -0.02), (Parity::Odd, 0.02)] {
            let line = LineSettings { baudrate: 300, parity, ..LISTENING };
            let mut sim = SimOptions::new(line);
            (sim.chip, sim.model, sim.clock, sim.seed) = (Chip::Ftdi, Model::B, clock, 27474);
            let mut meter = MeterOptions::new(Protocol::Dsmr);
            (meter.seed, meter.interval) = (27474, Duration::from_secs(60));
            let mut adapter = SimAdapter::new(sim, vec![Box::new(PushMeter::new(meter))]);
            let options = Options { timeout: Duration::from_secs(400), ..Options::default() };
            let verdict = run(&mut adapter, &options, &mut |_| ControlFlow::Continue(())).unwrap();
            assert!(verdict.found, "{parity:?} {clock}");
            assert_eq!((verdict.parity, verdict.rx_invert), (Some(parity), Some(false)));
        }
    }
}
