//! Polarity and format from what is heard at the true baud rate, whether it decodes as it stands or not.
//!
//! All hypotheses are followed side by side over the first characters; those that fall too far behind the
//! best are dropped, so that the obvious costs little.

use super::content::{Content, Prior};
use super::options::Narrow;
use super::trellis::{Clock, Effort, Hypothesis, QUICK, Sampled, Search};
use crate::line::uart::Model;
use crate::line::{DataBits, Parity, StopBits};

/// A hypothesis and how well it explains what was heard.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The hypothesis.
    pub hypothesis: Hypothesis,
    /// Negative logarithm of its probability, in nats, up to a constant.
    pub cost: f64,
    /// The same for a character.
    pub surprise: f64,
}

/// Data bits, parity, two stop bits, and how rare they are among meters, in nats.
const FORMATS: [(DataBits, Parity, bool, f64); 6] = [
    (DataBits::Eight, Parity::None, false, 0.0),
    (DataBits::Eight, Parity::Even, false, 0.5),
    (DataBits::Seven, Parity::Even, false, 0.7),
    (DataBits::Eight, Parity::None, true, 2.0),
    (DataBits::Eight, Parity::Odd, false, 2.5),
    (DataBits::Seven, Parity::Odd, false, 2.5),
];

/// Relative clock errors that are told apart where a receiver does not get back into phase.
const COARSE: [f64; 5] = [0.0, -0.009, 0.009, -0.018, 0.018];
const FINE: [f64; 17] = [
    0.0, -0.0025, 0.0025, -0.005, 0.005, -0.0075, 0.0075, -0.01, 0.01, -0.0125, 0.0125, -0.015, 0.015,
    -0.0175, 0.0175, -0.02, 0.02,
];

/// Characters looked at in a round, and how many nats behind the best a hypothesis is dropped after it.
/// A good one may begin badly, with a character cut in two, so the first rounds are patient.
const ROUNDS: [(usize, f64); 5] = [(8, 30.0), (10, 24.0), (14, 18.0), (28, BEHIND), (60, BEHIND)];

/// Before the first round is over a hypothesis is dropped at the latest when it is so far behind.
const PATIENCE: f64 = 34.0;

/// No hypothesis that turned out to be right was ever so far behind in these cases, of 2000 simulated lines; where text
/// is heard from the beginning on, or too fast, it soon leads.
fn patience(h: &Hypothesis) -> f64 {
    match h.content {
        Content::Text if too_fast(h) => 10.0,
        _ if too_fast(h) => 16.0,
        Content::Text => 16.0,
        Content::Flat => 20.0,
        Content::Dlms | Content::Mbus => PATIENCE,
    }
}

/// Of so many characters the line never fell silent: they begin anywhere in a telegram, where the right hypothesis may be
/// behind at first.
const ENDLESS: usize = 1500;

/// At most so much surprise in a character, in nats, shows content that makes sense.
pub const SENSE: f64 = 4.2;

/// With more surprise in a character a hypothesis is of no use.
///
/// Heard too fast, content that makes no sense is not read.  But what makes some sense of the frames around ciphered
/// content shows their parity bit.
fn sense(h: &Hypothesis) -> f64 {
    match h.content {
        Content::Text | Content::Mbus if too_fast(h) => SENSE * h.step,
        Content::Dlms if too_fast(h) && h.invert => SENSE * h.step,
        _ => f64::INFINITY,
    }
}

/// Characters of a round behind these.
const ROUND: usize = 60;

/// A hypothesis that is this many nats behind in the end is out of the question.
pub const BEHIND: f64 = 14.0;

/// All that may be, within what the user knows.
fn hypotheses(narrow: &Narrow) -> Vec<(Hypothesis, f64)> {
    let mut all = Vec::new();
    for invert in [false, true] {
        if narrow.invert.is_some_and(|known| known != invert) {
            continue;
        }
        for (data_bits, parity, two_stop_bits, rarity) in FORMATS {
            let two = narrow.stop_bits == Some(StopBits::Two);
            if narrow.parity.is_some_and(|known| known != parity)
                || two_stop_bits && narrow.stop_bits.is_some() && !two
            {
                continue;
            }
            for content in Content::ALL {
                // Seven bits carry nothing but text.
                if data_bits == DataBits::Seven && content != Content::Text {
                    continue;
                }
                // What is not inverted is readable as it is, and M-Bus needs no inference.
                if content == Content::Mbus && !invert {
                    continue;
                }
                for model in [Model::A, Model::B] {
                    // Only a receiver that is not put in phase again drifts.
                    let drifts = model == Model::B
                        && (invert || parity != Parity::None && data_bits == DataBits::Eight);
                    let clocks = if drifts { &COARSE[..] } else { &COARSE[..1] };
                    for clock in clocks {
                        let step = 1.0 + clock;
                        let rarity = rarity + if invert { 0.7 } else { 0.0 } + clock.abs() * 30.0;
                        all.push((
                            Hypothesis { invert, data_bits, parity, two_stop_bits, model, step, content },
                            rarity,
                        ));
                    }
                }
            }
        }
    }
    all
}

/// The hypotheses that remain, the most probable first.
pub fn infer(heard: &[Sampled], narrow: &Narrow) -> Vec<Candidate> {
    let mut all = hypotheses(narrow);
    if random(heard) {
        all.retain(|(h, _)| matches!(h.content, Content::Mbus | Content::Flat));
    }
    race_of_formats(heard, &all)
}

/// Fewer bytes than these may be random, or not.
const MANY: usize = 120;

/// Are these bytes as random as ciphered ones, so that they are nothing else?
///
/// Of random bytes one pair in 256 is alike.  Of any readable content, and of its opposite, whatever the receiver makes
/// of it, far more are: the same few codes, digits, zeros.
pub fn random(heard: &[Sampled]) -> bool {
    let mut times = [0usize; 256];
    for sample in heard {
        if let Some(times) = times.get_mut(usize::from(sample.byte)) {
            *times += 1;
        }
    }
    let alike: usize = times.iter().map(|times| times * times.saturating_sub(1)).sum();
    let pairs = heard.len() * heard.len().saturating_sub(1);
    heard.len() >= MANY && 2 * 256 * alike < 3 * pairs
}

/// The same for a line that is not inverted, each of whose bits is `1 / step` samples long for one of these
/// `steps`.  What is heard as it was sent is left out where `step` is 1: it needs no inference.
pub fn upright(heard: &[Sampled], steps: &[f64], narrow: &Narrow) -> Vec<Candidate> {
    let random = random(heard);
    let mut all = Vec::new();
    for &step in steps {
        let same_rate = (step - 1.0).abs() < 0.1;
        for (hypothesis, rarity) in hypotheses(&Narrow { invert: Some(false), ..*narrow }) {
            let h = Hypothesis { step: step * hypothesis.step, ..hypothesis };
            // At the same rate receivers differ by what they do with a low parity bit, and by nothing else.
            let parity_bit = h.parity != Parity::None && h.data_bits == DataBits::Eight;
            let alike = h.model == Model::B && !parity_bit || h.two_stop_bits;
            if same_rate && (alike || random && h.content != Content::Flat) {
                continue;
            }
            all.push((h, rarity));
            // Heard too fast, any format keeps a receiver of model B from getting back into phase.
            if !same_rate && h.model == Model::B && !parity_bit {
                for clock in &COARSE[1..] {
                    let h = Hypothesis { step: h.step * (1.0 + clock), ..h };
                    all.push((h, rarity + clock.abs() * 30.0));
                }
            }
        }
    }
    race_of_formats(heard, &all)
}

/// The same for an inverted line of this content.
///
/// They run against the best one of a line that is not inverted, `upright`, so that nothing is spent on them where they
/// are all behind it.
pub fn inverted(
    heard: &[Sampled],
    step: f64,
    contents: &[Content],
    upright: Option<&Candidate>,
    narrow: &Narrow,
) -> Vec<Candidate> {
    let mut all = hypotheses(&Narrow { invert: Some(true), ..*narrow });
    all.retain(|(hypothesis, _)| contents.contains(&hypothesis.content));
    all.iter_mut().for_each(|(hypothesis, _)| hypothesis.step *= step);
    all.extend(upright.map(|upright| (upright.hypothesis, 0.0)));
    let mut candidates = race_of_formats(heard, &all);
    candidates.retain(|candidate| candidate.hypothesis.invert);
    candidates
}

/// The best readable content on an inverted line, roughly, if it is not far behind this reading of a line that is not:
/// text by the same receiver, or, where not all errors are told, what begins as DLMS or M-Bus does.
pub fn inverted_readable(heard: &[Sampled], upright: &Candidate, narrow: &Narrow) -> Option<Candidate> {
    let mut all = hypotheses(&Narrow { invert: Some(true), ..*narrow });
    let told = heard.iter().all(|sample| sample.good.is_some());
    // In a few characters a receiver drifts little, and in fewer less.
    let likely = |h: &Hypothesis| match h.content {
        Content::Text => h.model == upright.hypothesis.model && (h.step - 1.0).abs() < 0.01,
        Content::Dlms | Content::Mbus => !told && (h.step - 1.0).abs() < 0.005,
        Content::Flat => false,
    };
    all.retain(|(h, _)| likely(h));
    all.push((upright.hypothesis, 0.0));
    race(heard, &all).into_iter().find(|candidate| candidate.hypothesis.invert)
}

/// After so many characters content that is not what it is taken for surprises.
const GLANCE: usize = 20;

/// The same for what is heard of a telegram of this content from somewhere in its middle on, at its baud rate: a
/// receiver of model B needs some characters until it is in phase, whatever the format.  None if characters are more
/// surprising than that.
pub fn midway(heard: &[Sampled], content: Content, surprise: f64, narrow: &Narrow) -> Vec<Candidate> {
    let upright = Narrow { invert: Some(false), ..*narrow };
    let mut all = hypotheses(&upright);
    all.retain(|(h, _)| h.content == content);
    // Whatever else it is shows soon.
    let beginning = race(heard.get(..GLANCE.min(heard.len())).unwrap_or_default(), &all);
    if beginning.first().is_none_or(|best| best.surprise > surprise + 1.0) {
        return Vec::new();
    }
    all.retain(|(h, _)| beginning.iter().any(|c| c.hypothesis == *h));
    let drifts = |h: &Hypothesis| h.parity != Parity::None && h.data_bits == DataBits::Eight;
    let chained = all.iter().filter(|(h, _)| h.model == Model::B && !drifts(h));
    let clocks = |(h, rarity): &(Hypothesis, f64)| {
        let (h, rarity) = (*h, *rarity);
        let other = move |clock: &f64| (Hypothesis { step: 1.0 + clock, ..h }, rarity + clock.abs() * 30.0);
        COARSE.iter().skip(1).map(other)
    };
    let more: Vec<(Hypothesis, f64)> = chained.flat_map(clocks).collect();
    all.extend(more);
    let mut candidates = race(heard, &all);
    candidates.retain(|c| c.surprise <= surprise);
    candidates
}

/// Of these hypotheses those that remain, the most probable first: for a telegram after the first.
pub fn again(heard: &[Sampled], among: &[Candidate]) -> Vec<Candidate> {
    let all: Vec<(Hypothesis, f64)> = among.iter().map(|c| (c.hypothesis, 0.0)).collect();
    race(heard, &all)
}

/// The same hypothesis with the clock error near its own that fits best.
pub fn nearer_clock(heard: &[Sampled], hypothesis: &Hypothesis) -> Hypothesis {
    let near = [0.0, -0.0025, 0.0025, -0.005, 0.005, -0.0075, 0.0075];
    let all: Vec<(Hypothesis, f64)> = near
        .iter()
        .map(|clock| (Hypothesis { step: hypothesis.step * (1.0 + clock), ..*hypothesis }, 0.0))
        .collect();
    race(heard, &all).first().map_or(*hypothesis, |c| c.hypothesis)
}

/// Characters after which times show the meter's clock.
const CLOCK: usize = 150;

/// The clock error that times show.
fn from_times(heard: &[Sampled], hypothesis: &Hypothesis) -> Option<Clock> {
    let beginning = heard.get(..CLOCK.min(heard.len()))?;
    let mut hypothesis = *hypothesis;
    let mut clock = None;
    // A receiver that drifts samples otherwise with the right clock.
    for _ in 0..2 {
        let mut search = Search::new(&hypothesis, QUICK);
        search.feed(beginning);
        let shown = search.clock()?;
        clock = Some(shown);
        hypothesis = shown.of(&hypothesis);
    }
    clock
}

/// The clock error that fits the whole telegram best, where `prior` is expected.
///
/// A receiver that is not put in phase again drifts for many characters, or for none, as it happens: the first
/// hundred characters may fit a wrong clock, and one of those behind them not at all.
///
/// Of all clock errors, or of those not further `away` than that from what the hypothesis says.  Says too how many ways
/// were looked at.
pub fn clock(heard: &[Sampled], hypothesis: &Hypothesis, prior: &Prior, away: f64) -> (Option<Clock>, usize) {
    if let Some(shown) = from_times(heard, hypothesis) {
        return (Some(shown), 0);
    }
    let nominal = hypothesis.nominal_step();
    let error = hypothesis.step / nominal - 1.0;
    let errors = FINE.iter().filter(|clock| (*clock - error).abs() < away);
    let all: Vec<Hypothesis> =
        errors.map(|clock| Hypothesis { step: nominal * (1.0 + clock), ..*hypothesis }).collect();
    let mut looked = 0;
    let mut run = |rounds: &mut dyn Iterator<Item = (usize, f64)>| {
        let mut race = Race::new(heard);
        race.running.extend(all.iter().map(|h| (Search::weighing(prior, h, EFFORT_MORE), 0.0)));
        let candidates = race.run(rounds, FOR_CLOCK);
        looked += race.looked();
        among(&candidates)
    };
    let best = run(&mut ROUNDS.into_iter().chain(std::iter::repeat((ROUND, BEHIND))));
    // Where none comes to the end, the beginning must do.
    let best = best.or_else(|| run(&mut ROUNDS.into_iter()));
    (best, looked)
}

/// The clock error of the best of these, which differ in nothing else, and how far others may be right.
fn among(candidates: &[Candidate]) -> Option<Clock> {
    let error = |c: &Candidate| c.hypothesis.step / c.hypothesis.nominal_step() - 1.0;
    let best = candidates.first()?;
    let weighed = |c: &Candidate| (((best.cost - c.cost) / TEMPER).exp(), (error(c) - error(best)).powi(2));
    let (sum, weights) = candidates.iter().map(weighed).fold((0.0, 0.0), |(s, w), (a, b)| (s + a * b, w + a));
    Some(Clock { error: error(best), variance: sum / weights + BETWEEN * BETWEEN })
}

/// Costs of clock errors differ less than they seem to: what is wrong with a reading is wrong in many places.
const TEMPER: f64 = 3.0;

/// Errors between those that are tried.
const BETWEEN: f64 = 0.0012;

/// Clock errors that are as good as each other after so many ways were looked at are so for the rest of the telegram.
const FOR_CLOCK: usize = 2_000_000;

/// It ends by itself: nobody is to be lost for being thorough.  A line that is not inverted leaves little open, and one
/// that is heard too fast is heard again.
const EFFORT: Effort = Effort { beam: 24, nats: 8, most: usize::MAX, pace: usize::MAX };
/// The same of an inverted one, and of text.
const EFFORT_MORE: Effort = Effort { most: usize::MAX, ..QUICK };
/// What is expected of text is so definite that the right reading may be far behind for a while, above all where its
/// beginning was missed; and an inverted line leaves much open.
const EFFORT_OF_TEXT: Effort = Effort { beam: 80, nats: 13, ..EFFORT_MORE };

fn effort(h: &Hypothesis) -> Effort {
    match h.content {
        _ if too_fast(h) => EFFORT,
        Content::Dlms | Content::Flat if !h.invert => EFFORT,
        Content::Text if h.invert => EFFORT_OF_TEXT,
        _ => EFFORT_MORE,
    }
}

/// Heard at a multiple of its baud rate.
pub fn too_fast(h: &Hypothesis) -> bool {
    h.step < 0.9
}

fn race(heard: &[Sampled], all: &[(Hypothesis, f64)]) -> Vec<Candidate> {
    let mut race = Race::new(heard);
    race.join(all.iter());
    race.run(&mut ROUNDS.into_iter(), usize::MAX)
}

/// The same where first a single clock error of each format runs, and the others only where that one is not out of the
/// question: they differ little at first.
fn race_of_formats(heard: &[Sampled], all: &[(Hypothesis, f64)]) -> Vec<Candidate> {
    let error = |h: &Hypothesis| (h.step / h.nominal_step() - 1.0).abs();
    let alike = |a: &Hypothesis, b: &Hypothesis| {
        *b == Hypothesis { step: b.step, ..*a } && (a.nominal_step() / b.nominal_step() - 1.0).abs() < 0.01
    };
    let (first, others): (Vec<_>, Vec<_>) = all.iter().partition(|(h, _)| {
        // Heard too fast a receiver that drifts is a bit off after a few characters, and text is too definite for that
        // where it is inverted, or a parity bit makes one character begin with the other's end.
        let drifts = h.invert || h.parity != Parity::None && h.model == Model::B;
        too_fast(h)
            || drifts && h.content == Content::Text
            || !all.iter().any(|(other, _)| alike(h, other) && error(other) < error(h))
    });
    let mut race = Race::new(heard);
    race.join(first.into_iter());
    let (glance, rest) = ROUNDS.split_at(CLOCKLESS);
    let left = race.run(&mut glance.iter().copied(), usize::MAX);
    let best = left.first().map_or(0.0, |c| c.cost);
    let endless = heard.len() >= ENDLESS;
    let near = |c: &&Candidate| endless || c.cost < best + NEAR * patience(&c.hypothesis);
    let left = |h: &Hypothesis| left.iter().filter(near).any(|c| alike(&c.hypothesis, h));
    race.join(others.into_iter().filter(|(h, _)| left(h)));
    race.patience = PATIENCE;
    let behind = glance.last().map_or(PATIENCE, |round| round.1);
    race.run(&mut std::iter::once((0, behind)).chain(rest.iter().copied()), usize::MAX)
}

/// Other clock errors are tried if with the first one a hypothesis is not this share of what is out of the question behind.
const NEAR: f64 = 0.6;

/// Rounds of a race with a single clock error.
const CLOCKLESS: usize = 1;

/// Searches that run side by side.
struct Race<'a> {
    heard: &'a [Sampled],
    /// How much of it they heard.
    far: usize,
    running: Vec<(Search<'a>, f64)>,
    /// What the best one cost at each character.
    course: Vec<f64>,
    /// How far behind that another one may be.
    patience: f64,
}

impl<'a> Race<'a> {
    fn new(heard: &'a [Sampled]) -> Self {
        let course = vec![f64::INFINITY; heard.len()];
        Race { heard, far: 0, running: Vec::new(), course, patience: PATIENCE }
    }

    fn join(&mut self, all: impl Iterator<Item = &'a (Hypothesis, f64)>) {
        let search = |h: &'a Hypothesis| Search::weighing(h.content.prior(), h, effort(h));
        self.running.extend(all.map(|(h, rarity)| (search(h), *rarity)));
    }

    /// Goes on with all of them to there, and drops those that are so far `behind` then.
    fn catch_up(&mut self, to: usize, behind: f64) {
        let to = to.min(self.heard.len());
        // The best so far first: it soon shows which of the others will be dropped.
        let mut order: Vec<&mut (Search<'_>, f64)> = self.running.iter_mut().collect();
        order.sort_by(|(a, rare), (b, rarer)| (a.cost() + rare).total_cmp(&(b.cost() + rarer)));
        for (search, rarity) in order {
            let from = search.explained();
            let now = self.heard.get(from..to).unwrap_or_default();
            let patience = match self.heard.len() {
                ENDLESS.. => self.patience,
                _ => self.patience.min(patience(search.hypothesis())),
            };
            let sense = sense(search.hypothesis());
            for ((c, best), number) in now.iter().zip(self.course.iter_mut().skip(from)).zip(from + 1..) {
                search.feed_within(*c, best.min(sense * number as f64) + patience - *rarity);
                let cost = search.cost() + *rarity;
                if cost.is_infinite() {
                    break;
                }
                *best = cost.min(*best);
            }
        }
        self.far = to;
        let best = self.best();
        self.running.retain(|(s, rarity)| s.cost() + rarity <= best + behind && s.cost().is_finite());
    }

    fn best(&self) -> f64 {
        self.running.iter().map(|(s, rarity)| s.cost() + rarity).fold(f64::INFINITY, f64::min)
    }

    /// What remains after these rounds, the best first, at the latest when `most` ways were looked at.
    fn run(&mut self, rounds: &mut dyn Iterator<Item = (usize, f64)>, most: usize) -> Vec<Candidate> {
        for (round, behind) in rounds {
            self.catch_up(self.far + round, behind);
            // Nobody is patient for longer within a round than at the end of the one before.
            self.patience = behind;
            if self.far == self.heard.len()
                || self.looked() > most
                || self.running.len() == 1 && self.far >= 60
                || self.running.is_empty()
            {
                break;
            }
        }
        let seen = self.far.max(1) as f64;
        let candidate = |(search, rarity): &(Search<'_>, f64)| Candidate {
            hypothesis: *search.hypothesis(),
            cost: search.cost() + rarity,
            surprise: search.cost() / seen,
        };
        let mut out: Vec<Candidate> = self.running.iter().map(candidate).collect();
        out.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        out
    }

    fn looked(&self) -> usize {
        self.running.iter().map(|(search, _)| search.looked()).sum()
    }
}

/// Fewer characters than this do not show that they are heard too fast.
const TELLING: usize = 60;

/// How many times too fast characters are heard: each level holds for two samples, three or four, or a multiple of that.
/// `None` if they are heard at the right rate, or too slowly, or nothing can be said.
pub fn times_too_fast(heard: &[Sampled]) -> Option<u32> {
    // Levels that hold for so many samples, as far as both of their edges are seen.
    let mut runs = [0usize; 10];
    let mut idle = false;
    for sample in heard {
        let bits = u32::from(sample.byte);
        // The first one begins with the start bit, or before it.
        let mut since = bits.trailing_zeros();
        // Behind a good stop bit it was the start bit; it is as long as four bits where little else is seen.
        if idle
            && since < 8
            && let Some(count) = runs.get_mut(since as usize + 1)
        {
            *count += 1;
        }
        idle = sample.good == Some(true);
        while since < 8 {
            let rest = bits >> since;
            let length = if rest & 1 == 1 { rest.trailing_ones() } else { rest.trailing_zeros() };
            since += length;
            if since < 8
                && let Some(count) = runs.get_mut(length as usize)
            {
                *count += 1;
            }
        }
    }
    let all: usize = runs.iter().sum();
    let others = |factor: usize| {
        runs.iter()
            .enumerate()
            .filter(|(length, _)| length % factor != 0)
            .map(|(_, count)| count)
            .sum::<usize>()
    };
    let rare = |count: usize| count * 20 < all;
    let enough = heard.len() >= TELLING && all >= heard.len() / 2;
    [4, 3, 2].into_iter().find(|factor| enough && rare(others(*factor))).map(|factor| factor as u32)
}

/// By how many nats the best candidate leads the best one for which `differs` holds; `None` when there is
/// none left.
pub fn lead(candidates: &[Candidate], differs: impl Fn(&Hypothesis, &Hypothesis) -> bool) -> Option<f64> {
    let first = candidates.first()?;
    let other = candidates.iter().find(|c| differs(&first.hypothesis, &c.hypothesis))?;
    Some(other.cost - first.cost)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::trellis::Window;

    fn heard(bytes: &[u8]) -> Vec<Sampled> {
        let one = |byte: &u8| Sampled { byte: *byte, window: Window::EIGHT_N, good: None, arrival: None };
        bytes.iter().cycle().take(120).map(one).collect()
    }

    #[test]
    fn levels_that_hold_for_two_samples_are_heard_too_fast() {
        // Behind a start bit that lasts two samples: levels of one bit, of two, and of three.
        let twice = [0b0110_0110, 0b1110_0110, 0b0111_1000, 0b1000_0110];
        assert_eq!(times_too_fast(&heard(&twice)), Some(2));
        let thrice = [0b0001_1100, 0b1110_0000, 0b0001_1100];
        assert_eq!(times_too_fast(&heard(&thrice)), Some(3));
        // As it was sent: text and its opposite.
        assert_eq!(times_too_fast(&heard(b"1-0:1.8.1(004411.268*kWh)\r\n")), None);
        let opposite: Vec<u8> = b"1-0:1.8.1(004411.268*kWh)\r\n".iter().map(|byte| !byte).collect();
        assert_eq!(times_too_fast(&heard(&opposite)), None);
        // So much slower that nothing is heard of it but that.
        assert_eq!(times_too_fast(&heard(&[0x00, 0x00, 0xF0])), None);
        assert_eq!(times_too_fast(&heard(&twice)[..40]), None);
        // Four times: hardly a level begins and ends within a character, but start bits show it, where errors are told.
        let told = [(0xF8, true), (0x78, false), (0x80, true), (0x00, false), (0xF8, true), (0x80, true)];
        let one = |(byte, good): (u8, bool)| Sampled {
            byte,
            window: Window::EIGHT_N,
            good: Some(good),
            arrival: None,
        };
        let four: Vec<Sampled> = told.into_iter().cycle().take(120).map(one).collect();
        assert_eq!(times_too_fast(&four), Some(4));
    }
}
