//! The first bytes of a telegram as levels over time: what was sent, what that makes of the line, and what
//! the adapter received from it.
//!
//! An adapter gives bytes and flags, not levels.  The line is reconstructed from what was sent, by the same
//! transmitter and receiver that the simulated lines use; what that receiver would deliver is then laid
//! beside what the adapter did deliver.

use super::stretch::Stretch;
use crate::line::random::Random;
use crate::line::uart::{Character, Model, Receiver, Transmitter, Wire};
use crate::line::{DataBits, Flag, Flags, Heard, LineSettings, Parity, StopBits};
use crate::probe::account::{Account, Formats, PutRight};
use crate::probe::telegram;
use crate::probe::trellis::{QUICK, Search, sampled};
use crate::probe::{Verdict, infer, trellis};

/// Bytes that are shown.
const SHOWN: usize = 16;

/// The first of them is at most so far into the telegram, where its beginning does not fit what was received;
/// it fits when so many characters do.
const LATEST: usize = 40;
const ENOUGH: usize = 8;

/// Idle time before the first of them, in bits: less than a character, so that no receiver takes it for a break.
const LEAD: f64 = 4.0;

/// What vouches for the bytes that were sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vouched {
    /// A message decoded from them.
    Decoded,
    /// Nothing: they are the most probable ones.
    Probable,
    /// They are not known; there are only samples.
    Unknown,
}

/// A part of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// The start bit.
    Start,
    /// A data bit, with its value.
    Data(bool),
    /// The parity bit.
    Parity,
    /// A stop bit.
    Stop,
}

/// A bit that was sent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bit {
    pub part: Part,
    pub from: f64,
    pub to: f64,
}

/// A character that was sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sent {
    pub byte: u8,
    pub bits: Vec<Bit>,
    pub from: f64,
    pub to: f64,
}

/// A level that the adapter reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub at: f64,
    /// None when the adapter does not say.
    pub high: Option<bool>,
}

/// A character that was received.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Received {
    pub heard: Heard,
    pub samples: Vec<Sample>,
    pub from: f64,
    pub to: f64,
    /// What would have been received from the reconstructed line: byte, and whether with an error.
    pub expected: Option<(u8, bool)>,
}

impl Received {
    /// True unless the reconstructed line gives something else.
    pub(super) fn agrees(&self, flags: Flags) -> bool {
        self.expected
            .is_none_or(|(byte, wrong)| byte == self.heard.byte && flag_fits(wrong, self.heard.flag, flags))
    }
}

/// The first bytes.  Times are in bits of the line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wave {
    pub vouched: Vouched,
    /// How it was sent; the settings of the adapter where that is not known.
    pub line: LineSettings,
    /// False where the line has a parity bit or none, and nobody knows.
    pub parity_known: bool,
    pub invert: bool,
    pub listening: LineSettings,
    pub flags: Flags,
    pub sent: Vec<Sent>,
    pub received: Vec<Received>,
    /// Where the level changes, beginning with the idle level.
    pub edges: Vec<f64>,
    /// Where the drawing ends.
    pub to: f64,
    /// How many characters had come before, in the same stretch.
    pub before: usize,
}

/// The first bytes of the telegram that says most, if any were heard with known settings.
pub(super) fn of(verdict: &Verdict, account: &Account, stretches: &[Stretch<'_>]) -> Option<Wave> {
    let flags = account.capabilities.as_ref().map_or(Flags::None, |c| c.flags);
    let wave = if verdict.found {
        match &account.put_right {
            // A later telegram may have been heard as it was sent.
            Some(put) => put_right(put, Vouched::Decoded, flags, stretches)
                .or_else(|| as_heard(verdict, flags, stretches, false)),
            None => as_heard(verdict, flags, stretches, true),
        }
    } else {
        probable(account, flags, stretches)
    };
    wave.or_else(|| samples_only(flags, stretches))
}

/// A telegram that decodes as it was heard, or one of which that is known although its `beginning` passed unheard.
fn as_heard(verdict: &Verdict, flags: Flags, stretches: &[Stretch<'_>], beginning: bool) -> Option<Wave> {
    let options = crate::decode::Options::default();
    let at_rate = || stretches.iter().filter(|s| s.settings.map(|s| s.baudrate) == verdict.baudrate);
    // 8N1 shows the most: a parity bit is seen where the stop bit is expected.
    let plain = |s: &&Stretch<'_>| s.settings.is_some_and(|s| s.parity == Parity::None);
    let candidates = at_rate().filter(plain).chain(at_rate().filter(|s| !plain(s)));
    let decodes = candidates.take(12).find_map(|stretch| {
        let decoded = telegram::decode(&stretch.burst(flags)?, &options)?;
        let first = decoded.messages.iter().find(|m| Some(m.protocol) == verdict.protocol)?;
        let offset = usize::try_from(first.offset).ok()?;
        Some((stretch, offset, decoded.data_bits))
    });
    let headless = || {
        let stretch = at_rate().next_back().filter(|_| beginning)?;
        Some((stretch, 0, verdict.data_bits.unwrap_or(DataBits::Eight)))
    };
    let (stretch, offset, data_bits) = decodes.or_else(headless)?;
    let listening = stretch.settings?;
    let heard = stretch.heard.get(offset..)?;
    let mask = 0xFF >> (8 - data_bits.count());
    let bytes: Vec<u8> = heard.iter().take(SHOWN).map(|h| h.byte & mask).collect();
    let line = LineSettings {
        baudrate: listening.baudrate,
        data_bits,
        parity: verdict.parity.unwrap_or(listening.parity),
        stop_bits: if verdict.stop_bits == Some(StopBits::Two) { StopBits::Two } else { StopBits::One },
    };
    let play = Play { line, clock: 0.0, invert: false, listening, flags };
    let mut wave = play.fit(&bytes, &[Model::A], heard, Vouched::Decoded)?;
    wave.parity_known = verdict.parity.is_some();
    wave.before = offset;
    Some(wave)
}

/// The stretch in which a telegram that was put right was heard.
pub(super) fn stretch_of(put: &PutRight, stretches: &[Stretch<'_>]) -> Option<usize> {
    stretches.iter().rposition(|s| s.from() <= put.at)
}

/// A telegram that was sent otherwise than it was heard.
fn put_right(put: &PutRight, vouched: Vouched, flags: Flags, stretches: &[Stretch<'_>]) -> Option<Wave> {
    let stretch = stretches.get(stretch_of(put, stretches)?)?;
    let listening = stretch.settings?;
    let hypothesis = &put.hypothesis;
    let stop_bits = if hypothesis.two_stop_bits { StopBits::Two } else { StopBits::One };
    let line = LineSettings { stop_bits, ..put.settings };
    // A step is what a sample takes of the line's bits.
    let clock = hypothesis.step * f64::from(listening.baudrate) / f64::from(line.baudrate) - 1.0;
    if clock.abs() > 0.1 {
        return None;
    }
    let play = Play { line, clock, invert: hypothesis.invert, listening, flags };
    // Where the beginning passed unheard, the receiver may have been out of step with the first bytes.
    let mut best = (0, 0);
    for start in 0..put.bytes.len().saturating_sub(SHOWN).clamp(1, LATEST) {
        let bytes = put.bytes.get(start..put.bytes.len().min(start + SHOWN)).unwrap_or_default();
        let played = play.play(bytes, &[], hypothesis.model);
        let (count, _) = play.align(&played, stretch.heard);
        if count > best.0 {
            best = (count, start);
        }
        if best.0 >= ENOUGH {
            break;
        }
    }
    let bytes = put.bytes.get(best.1..put.bytes.len().min(best.1 + SHOWN))?;
    let mut wave = play.fit(bytes, &[hypothesis.model], stretch.heard, vouched)?;
    let good = wave.received.iter().take_while(|r| r.agrees(flags)).count();
    // Behind a place where the reconstruction goes wrong nothing lines up any more.
    wave.received.truncate(good + 1);
    (good >= 3).then_some(wave)
}

/// A telegram that did not decode, read in the most probable way.
fn probable(account: &Account, flags: Flags, stretches: &[Stretch<'_>]) -> Option<Wave> {
    let Formats { at, candidates, .. } = account.formats.last()?;
    let best = candidates.first()?;
    // The one that was weighed up is the last that had come by then.
    let stretch = stretches.iter().rev().find(|s| s.from() <= *at && s.heard.len() >= 8)?;
    let heard = stretch.heard.get(..stretch.heard.len().min(4 * SHOWN))?;
    let samples = sampled(heard, stretch.settings?, flags);
    let mut search = Search::new(&best.hypothesis, QUICK);
    search.feed(&samples);
    let (_, bytes) = search.readings(0.5).next()?;
    let h = best.hypothesis;
    let baudrate = stretch.settings?.baudrate;
    let settings =
        LineSettings { baudrate, data_bits: h.data_bits, parity: h.parity, stop_bits: StopBits::One };
    let put = PutRight { at: *at, hypothesis: h, settings, bytes };
    put_right(&put, Vouched::Probable, flags, std::slice::from_ref(stretch))
}

/// Samples without a line to lay them on.
fn samples_only(flags: Flags, stretches: &[Stretch<'_>]) -> Option<Wave> {
    let known = || stretches.iter().filter(|s| s.settings.is_some());
    let stretch = known().rfind(|s| s.heard.len() >= 4).or_else(|| known().next())?;
    let listening = stretch.settings?;
    let length = length(&listening);
    let received: Vec<Received> = stretch
        .heard
        .iter()
        .take(SHOWN)
        .enumerate()
        .map(|(i, heard)| {
            let from = LEAD + (length + 2.0) * i as f64;
            let samples = samples(heard, from, 1.0, &listening, flags);
            Received { heard: *heard, samples, from, to: from + length, expected: None }
        })
        .collect();
    let to = received.last().map_or(LEAD, |r| r.to) + 1.0;
    Some(Wave {
        vouched: Vouched::Unknown,
        line: listening,
        parity_known: false,
        invert: false,
        listening,
        flags,
        sent: Vec::new(),
        received,
        edges: Vec::new(),
        to,
        before: 0,
    })
}

/// Bits of a character, from start to stop.
fn length(settings: &LineSettings) -> f64 {
    2.0 + f64::from(settings.data_bits.count()) + if settings.parity == Parity::None { 0.0 } else { 1.0 }
}

/// Could a character with such an error, or without one, have come with this flag?
fn flag_fits(wrong: bool, flag: Flag, flags: Flags) -> bool {
    match flags {
        Flags::PerCharacter => wrong == (flag != Flag::None),
        // The flag is that of the packet: there is an error somewhere in it.
        Flags::PerPacket => flag != Flag::None || !wrong,
        Flags::None => true,
    }
}

/// The levels that a character tells of.
fn samples(heard: &Heard, from: f64, step: f64, listening: &LineSettings, flags: Flags) -> Vec<Sample> {
    let data = listening.data_bits.count();
    let good = match (flags, heard.flag) {
        (Flags::None, _) | (Flags::PerPacket, Flag::Error) => None,
        (_, Flag::None) => Some(true),
        (_, Flag::Error | Flag::Break) => Some(false),
    };
    let odd = heard.byte.count_ones() % 2 == 1;
    let mut levels = vec![Some(false)];
    levels.extend((0..data).map(|i| Some(heard.byte >> i & 1 == 1)));
    match listening.parity {
        Parity::None => levels.push(good),
        // With a parity bit an error may be of either kind; a break is low throughout.
        parity => {
            let sound = good == Some(true);
            let right = odd == (parity == Parity::Even);
            let broke = heard.flag == Flag::Break;
            levels.push(if sound { Some(right) } else { broke.then_some(false) });
            levels.push(if sound { Some(true) } else { broke.then_some(false) });
        }
    }
    let at = |i: usize| from + (i as f64 + 0.5) * step;
    levels.into_iter().enumerate().map(|(i, high)| Sample { at: at(i), high }).collect()
}

/// A line, and who listens to it.
struct Play {
    line: LineSettings,
    clock: f64,
    invert: bool,
    listening: LineSettings,
    flags: Flags,
}

/// What a line looks like, and what is received from it.
struct Played {
    /// Where each byte begins, and where the last one ends; in seconds.
    starts: Vec<f64>,
    edges: Vec<f64>,
    characters: Vec<Character>,
}

impl Play {
    fn transmitter(&self) -> Transmitter {
        Transmitter { clock: self.clock, ..Transmitter::new(self.line) }
    }

    fn play(&self, bytes: &[u8], gaps: &[f64], model: Model) -> Played {
        let transmitter = self.transmitter();
        let bit = transmitter.bit();
        let mut random = Random::new(0);
        let (mut edges, mut starts) = (Vec::new(), Vec::new());
        let mut at = LEAD * bit;
        for (i, byte) in bytes.iter().enumerate() {
            starts.push(at);
            at = transmitter.send(at, &[*byte], &mut random, &mut edges);
            at += gaps.get(i).copied().unwrap_or(0.0) * bit;
        }
        starts.push(at);
        let mut wire = Wire::new(self.invert);
        wire.add(&edges);
        let mut receiver = Receiver::new(&self.listening, model, &wire, 0.0);
        let characters = std::iter::from_fn(|| receiver.next(&wire, at)).collect();
        Played { starts, edges, characters }
    }

    /// How many of the characters that should have come did, behind the first `skip`.
    fn matching(&self, played: &Played, heard: &[Heard], skip: usize) -> usize {
        let heard = heard.get(skip..).unwrap_or_default();
        let fits = |(c, h): &(&Character, &Heard)| {
            let wrong = c.framing || c.parity || c.broke;
            c.byte == h.byte && flag_fits(wrong, h.flag, self.flags)
        };
        played.characters.iter().zip(heard).take_while(fits).count()
    }

    /// The most that match, and behind how many characters.
    fn align(&self, played: &Played, heard: &[Heard]) -> (usize, usize) {
        let mut best = (0, 0);
        for skip in 0..heard.len().min(2 * LATEST) {
            let count = self.matching(played, heard, skip);
            if count > best.0 {
                best = (count, skip);
            }
        }
        best
    }

    /// Lays what was received along what was sent: tries receiver models, where to begin, and the idle time
    /// between characters, which a receiver does not tell but which shifts an inverted line under it.
    fn fit(&self, bytes: &[u8], models: &[Model], heard: &[Heard], vouched: Vouched) -> Option<Wave> {
        let mut best: Option<(usize, usize, Model)> = None;
        for &model in models {
            let (count, skip) = self.align(&self.play(bytes, &[], model), heard);
            if best.is_none_or(|(most, ..)| count > most) {
                best = Some((count, skip, model));
            }
        }
        let (mut count, skip, model) = best?;
        let mut gaps = vec![0.0; bytes.len()];
        for i in 0..bytes.len().saturating_sub(1) {
            if count >= self.play(bytes, &gaps, model).characters.len() {
                break;
            }
            for quarters in 1..=24u8 {
                let mut trial = gaps.clone();
                if let Some(gap) = trial.get_mut(i) {
                    *gap = f64::from(quarters) / 4.0;
                }
                let better = self.matching(&self.play(bytes, &trial, model), heard, skip);
                if better > count {
                    (count, gaps) = (better, trial);
                }
            }
        }
        let played = self.play(bytes, &gaps, model);
        Some(self.wave(bytes, &played, heard.get(skip..).unwrap_or_default(), skip, vouched))
    }

    fn wave(&self, bytes: &[u8], played: &Played, heard: &[Heard], before: usize, vouched: Vouched) -> Wave {
        let bit = self.transmitter().bit();
        let parity = self.line.parity != Parity::None;
        let data = self.line.data_bits.count();
        let stop = if self.line.stop_bits == StopBits::Two { 2 } else { 1 };
        let sent = bytes.iter().zip(&played.starts).map(|(byte, start)| {
            let from = start / bit;
            let mut parts = vec![Part::Start];
            parts.extend((0..data).map(|i| Part::Data(byte >> i & 1 == 1)));
            parts.extend(parity.then_some(Part::Parity));
            parts.extend(std::iter::repeat_n(Part::Stop, stop));
            let bits: Vec<Bit> = parts
                .into_iter()
                .enumerate()
                .map(|(i, part)| Bit { part, from: from + i as f64, to: from + i as f64 + 1.0 })
                .collect();
            let to = from + bits.len() as f64;
            Sent { byte: *byte, bits, from, to }
        });
        let sample = 1.0 / (f64::from(self.listening.baudrate) * bit);
        let received = played.characters.iter().zip(heard).map(|(character, heard)| {
            // The receiver gives a character a sixteenth of a bit behind the middle of its stop bit.
            let length = length(&self.listening);
            let from = character.at / bit - (length - 0.5 + 1.0 / 16.0) * sample;
            let wrong = character.framing || character.parity || character.broke;
            Received {
                heard: *heard,
                samples: samples(heard, from, sample, &self.listening, self.flags),
                from,
                to: from + length * sample,
                expected: Some((character.byte, wrong)),
            }
        });
        Wave {
            vouched,
            line: self.line,
            parity_known: true,
            invert: self.invert,
            listening: self.listening,
            flags: self.flags,
            sent: sent.collect(),
            received: received.collect(),
            edges: played.edges.iter().map(|edge| edge / bit).collect(),
            to: played.starts.last().map_or(LEAD, |end| end / bit) + 1.0,
            before,
        }
    }
}

impl Wave {
    /// The level of the line at an instant.
    pub(super) fn level(&self, at: f64) -> bool {
        let passed = self.edges.iter().filter(|edge| **edge <= at).count();
        passed.is_multiple_of(2) != self.invert
    }
}

/// How a format stands when it is weighed up afterwards, by what was heard at 8N1: for lines that decoded
/// before anything had to be weighed up.
pub(super) fn weigh(verdict: &Verdict, account: &Account, stretches: &[Stretch<'_>]) -> Option<Formats> {
    const CHARACTERS: usize = 60;
    let flags = account.capabilities.as_ref()?.flags;
    let stretch = stretches.iter().rev().find(|s| {
        let eight_n_one = |l: LineSettings| l.data_bits == DataBits::Eight && l.parity == Parity::None;
        s.settings.is_some_and(|l| Some(l.baudrate) == verdict.baudrate && eight_n_one(l))
            && s.whole
            && s.heard.len() >= 20
    })?;
    let heard = stretch.heard.get(..stretch.heard.len().min(CHARACTERS))?;
    let samples: Vec<trellis::Sampled> = sampled(heard, stretch.settings?, flags);
    let candidates = infer::infer(&samples, &crate::probe::Narrow::default());
    let characters = samples.len();
    (!candidates.is_empty()).then_some(Formats {
        at: stretch.to(),
        characters,
        inverted_too: true,
        candidates,
    })
}
