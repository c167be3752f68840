//! The beginning of a telegram that was heard at 115200 until the baud rate was clear, joined to what was heard of it
//! behind that.
//!
//! Heard much faster than it is sent, a line shows little but its falling edges; but the times of these tell, the
//! slower the line the better, and what telegrams begin with is not just anything.  One search goes through both
//! parts: it knows the receiver's clock in each, and that the edges nearest to the change were heard by nobody.  What
//! is left open the checksum decides, and how much that was bounds how often it does so by chance.

use super::adaptive::READ_OF_TEXT;
use super::arrival::{timed, timed_on};
use super::baud::LISTENING;
use super::content::Content;
use super::hunt::READABLE;
use super::infer::{self, Candidate};
use super::lesson::Opening;
use super::partial;
use super::run::{Found, Session};
use super::settled::{USUALLY, Ways, settled};
use super::telegram::{self, Burst, Decoded, ParityView};
use super::trellis::{Effort, Hypothesis, Sampled, Search, sampled};
use crate::decode;
use crate::line::uart::Model;
use crate::line::{Flag, Flags, Heard, LineSettings, StopBits};

/// What is unheard leaves many ways open.
const EFFORT: Effort = Effort { beam: 150, nats: 12, most: 1_500_000, pace: 2500 };

/// Behind what tells the format, little is open.
const EFFORT_BEHIND: Effort = Effort { beam: 64, nats: 12, ..EFFORT };

/// No other format is followed when so many ways were looked at; and none to the end when so many were, of all formats
/// together: what takes more is hardly ever settled by a checksum.
const NO_OTHER: usize = 250_000;
const LOOKED: usize = 450_000;

/// More characters heard too fast than these are more than can be read.
const MOST: usize = 140;

/// The same of frames, which leave more open: of 27 simulated lines that were read none had more than 31.
const MOST_OF_FRAMES: usize = 40;

/// Characters behind the change that tell the format.
const SOME: usize = 60;

/// Formats that are followed, and clocks of each: no more than these, and none that is so many nats behind.
const FORMATS: usize = 3;
const CLOCKS: usize = 2;
const NEAR: f64 = 5.0;

/// With more surprise in a character, in nats, it is not readable content, and its beginning is nothing to guess at.
const SENSE: f64 = 4.2;

/// Of text nothing is open but the beginning, in one piece.
const OF_TEXT: Ways = Ways { piece: 800, all: 1500 };

/// Two stop bits take as long as a parity bit and one, and a frame may hold either way: that is no more evidence of a
/// parity than so many characters whose flags show it.
const AT_MOST: usize = 4;

impl Session<'_> {
    /// Reads a telegram whose beginning, `before`, was heard at [`LISTENING`].  True, and [`Session::found`] is set,
    /// when a checksum vouches for it.
    pub(super) fn joined(&mut self, before: &[Heard], burst: &Burst) -> bool {
        let line = burst.settings.baudrate;
        let Some((beginning, new)) = self.parted(before, burst) else { return false };
        let samples = sampled(new, burst.settings, burst.flags);
        let Some((some, rest)) = samples.split_at_checked(SOME) else { return false };
        // A name may be anything, but what ends as a P1 telegram does is one.
        let text = is_text(new);
        if !text && (beginning.len() > MOST_OF_FRAMES || infer::random(&samples)) {
            return false;
        }
        let (content, sense) = if text { (Content::Text, f64::INFINITY) } else { (Content::Dlms, SENSE) };
        let candidates = infer::midway(some, content, sense, &self.options.narrow);
        if candidates.is_empty() {
            return false;
        }
        let mut ways: Vec<(f64, Search<'_>)> = Vec::new();
        let formats = formats(&candidates, f64::from(line) / f64::from(LISTENING.baudrate));
        let mut looked = 0;
        for format in &formats {
            if looked > NO_OTHER {
                break;
            }
            let mut search = Search::new(&format.fast, EFFORT);
            search.feed(&beginning);
            looked += search.looked();
            for slow in &format.slow {
                let mut search = search.fork();
                search.set_anew(slow);
                search.feed(some);
                looked += search.looked();
                ways.push((search.cost(), search));
            }
        }
        ways.sort_by(|a, b| a.0.total_cmp(&b.0));
        let lead = lead(&ways);
        let Some((_, search)) = ways.first_mut() else { return false };
        search.go_on_with(EFFORT_BEHIND);
        looked -= search.looked();
        for some in rest.chunks(SOME) {
            if looked + search.looked() > LOOKED {
                return false;
            }
            search.feed(some);
        }
        let Some(bytes) = settled(search, if text { OF_TEXT } else { USUALLY }) else { return false };
        let hypothesis = *search.hypothesis();
        self.accept_joined(&bytes, &hypothesis, line, lead)
    }

    /// What was heard at [`LISTENING`], in `before` and in this burst, and what behind that.
    fn parted<'b>(&self, before: &[Heard], burst: &'b Burst) -> Option<(Vec<Sampled>, &'b [Heard])> {
        let line = burst.settings.baudrate;
        let changed = burst.heard.iter().position(|h| !too_fast(h, burst)).unwrap_or(burst.heard.len());
        if before.is_empty() || before.len() + changed > MOST || READABLE.contains(&line) {
            return None;
        }
        let (old, new) = burst.heard.split_at(changed);
        let old: Vec<Heard> = before.iter().chain(old).copied().collect();
        let quantum = self.capabilities.timestamp_quantum;
        let samples = sampled(&old, LISTENING, burst.flags);
        Some((timed_on(samples, &old, LISTENING.baudrate, line, quantum), new))
    }

    /// The same as samples, for a line that may be inverted.
    pub(super) fn opening(&self, before: &[Heard], burst: &Burst) -> Option<Opening> {
        let (beginning, new) = self.parted(before, burst)?;
        let quantum = self.capabilities.timestamp_quantum;
        let samples = sampled(new, burst.settings, burst.flags);
        let mut rest = timed(samples, new, burst.settings.baudrate, quantum);
        rest.truncate(READ_OF_TEXT);
        Some(Opening { beginning, rest })
    }

    fn accept_joined(&mut self, bytes: &[u8], hypothesis: &Hypothesis, baudrate: u32, lead: f64) -> bool {
        let mut messages = decode::decode_all(bytes, &self.decoding);
        messages.retain(|m| telegram::counts(m) && telegram::checked(m));
        if !messages.iter().any(telegram::certain) {
            return false;
        }
        let Hypothesis { data_bits, parity, .. } = *hypothesis;
        let settings = LineSettings { baudrate, data_bits, parity, stop_bits: StopBits::One };
        self.keep(messages.iter().cloned());
        let parity = ParityView::Known(parity, ((lead / std::f64::consts::LN_2) as usize).min(AT_MOST));
        self.found =
            Some(Found { settings, decoded: Decoded { messages, data_bits, parity }, invert: false });
        true
    }
}

/// Could this character have been heard at [`LISTENING`], before the receiver was set to this burst's baud rate?
///
/// A slow line is low for longer than a character takes, or, at 19200, for six of its bits.
fn too_fast(heard: &Heard, burst: &Burst) -> bool {
    let told = burst.flags == Flags::PerCharacter;
    match heard.byte {
        0x00 => !told || heard.flag != Flag::None,
        0xE0 => 9 * burst.settings.baudrate > LISTENING.baudrate && (!told || heard.flag == Flag::None),
        _ => false,
    }
}

/// Does it end as a P1 telegram does?
fn is_text(heard: &[Heard]) -> bool {
    [0xFF, 0x7F].into_iter().any(|mask| {
        let bytes: Vec<u8> = heard.iter().map(|h| h.byte & mask).collect();
        partial::p1::end(&bytes).is_some()
    })
}

/// A format, as it is heard before the receiver is set to the baud rate, and in which ways behind that.
struct Format {
    fast: Hypothesis,
    slow: Vec<Hypothesis>,
}

/// The formats that come into question, where a bit of the receiver is this `step` before.
fn formats(candidates: &[Candidate], step: f64) -> Vec<Format> {
    let least = candidates.first().map_or(0.0, |c| c.cost);
    let mut out: Vec<Format> = Vec::new();
    for slow in candidates.iter().filter(|c| c.cost < least + NEAR).map(|c| c.hypothesis) {
        let format = |h: &Hypothesis| (h.data_bits, h.parity, h.two_stop_bits);
        let known = out.iter().position(|other| format(&other.fast) == format(&slow));
        if let Some(other) = known.and_then(|at| out.get_mut(at)) {
            if other.slow.len() < CLOCKS {
                other.slow.push(slow);
            }
        } else if out.len() < FORMATS {
            // Heard that fast, receivers do not differ.
            out.push(Format { fast: Hypothesis { step, model: Model::A, ..slow }, slow: vec![slow] });
        }
    }
    out
}

/// By how many nats the best way leads all those with another parity.
fn lead(ways: &[(f64, Search<'_>)]) -> f64 {
    let format = |search: &Search<'_>| (search.hypothesis().data_bits, search.hypothesis().parity);
    let Some((best, first)) = ways.first() else { return 0.0 };
    let other = ways.iter().find(|(_, search)| format(search) != format(first));
    other.map_or(NEAR, |(cost, _)| cost - best).min(NEAR)
}

#[cfg(test)]
mod tests {
    use crate::decode::Protocol;
    use crate::line::chip::Chip;
    use crate::line::sim::{SimAdapter, SimOptions};
    use crate::line::uart::Model;
    use crate::line::{DataBits, LineSettings, Parity, StopBits};
    use crate::probe::checksum;
    use crate::probe::{Options, Verdict, run};
    use crate::simulate::meter::{MeterOptions, PushMeter};
    use std::ops::ControlFlow;
    use std::time::Duration;

    /// A telegram of a meter that nobody knows, with its checksum, or with another one.
    fn telegram(wrong: u16) -> Vec<u8> {
        let mut text = b"/ELS5\\70912534_A\r\n\r\n1-3:0.2.8(50)\r\n0-0:1.0.0(101209113020W)\r\n".to_vec();
        for line in 1..20 {
            text.extend(format!("1-0:{line}.8.1(1234{line:02}.789*kWh)\r\n").bytes());
        }
        text.push(b'!');
        let sum = text.iter().fold(0, |s, b| checksum::P1.behind(s, *b)) ^ wrong;
        text.extend(format!("{sum:04X}\r\n").bytes());
        text
    }

    fn probe(telegram: Vec<u8>, baudrate: u32, parity: Parity, model: Model, timeout: u64) -> Verdict {
        let line = LineSettings { baudrate, data_bits: DataBits::Eight, parity, stop_bits: StopBits::One };
        let mut sim = SimOptions::new(line);
        (sim.chip, sim.model) = (Chip::Cp210x, model);
        let mut meter = MeterOptions::new(Protocol::Dsmr);
        (meter.frames, meter.interval) = (vec![telegram], Duration::from_secs(60));
        let mut adapter = SimAdapter::new(sim, vec![Box::new(PushMeter::new(meter))]);
        let options = Options { timeout: Duration::from_secs(timeout), ..Options::default() };
        run(&mut adapter, &options, &mut |_| ControlFlow::Continue(())).unwrap()
    }

    #[test]
    fn the_name_of_an_unknown_meter_is_read_from_its_edges() {
        for (baudrate, parity, model) in [
            (300, Parity::None, Model::A),
            (600, Parity::Even, Model::A),
            (600, Parity::None, Model::B),
            (1200, Parity::None, Model::A),
        ] {
            let verdict = probe(telegram(0), baudrate, parity, model, 300);
            assert!(verdict.found, "{baudrate}");
            assert_eq!(verdict.telegrams, 1, "{baudrate}");
            assert_eq!(verdict.baudrate, Some(baudrate));
            assert_eq!(verdict.parity, Some(parity));
        }
    }

    #[test]
    fn a_telegram_whose_checksum_is_wrong_is_not_read() {
        for wrong in [0x0001, 0x1000, 0x0F0F] {
            assert!(!probe(telegram(wrong), 600, Parity::None, Model::A, 50).found, "{wrong:04X}");
        }
    }
}
