//! Inverted telegrams that were not understood yet, and what they teach of the next ones.

use super::baud::LISTENING;
use super::content::{Content, Prior};
use super::trellis::{Clock, Hypothesis, Sampled, Search};
use crate::decode::Message;
use crate::line::uart::Model;

/// Readings drawn from what is open in a telegram, to teach what the next ones will say.
pub(super) const TAUGHT: usize = 64;
/// The same of text.
pub(super) const TOLD: usize = 48;

/// What a telegram teaches that was heard at a multiple of its baud rate, compared to others: it leaves more open.
const TOO_FAST: f32 = 0.3;

/// Random bytes that take more are given up: those that can be read leave so little open that a third of this is enough.
const TO_READ_RANDOM: usize = 1_500_000;

/// Characters after which that is looked at.
const SOME: usize = 16;

/// An inverted telegram that was not understood yet, and how it may read: the meter will say much of it again.
#[derive(Debug)]
pub(super) struct Lesson {
    pub(super) hypothesis: Hypothesis,
    /// What was heard of it at [`LISTENING`], before the receiver was set to the baud rate.
    pub(super) beginning: Vec<Sampled>,
    pub(super) samples: Vec<Sampled>,
    /// The clock error in the hypothesis is one that fits.
    pub(super) fitted: bool,
    /// How often it was fitted.
    pub(super) fits: usize,
    /// What it shows of the clocks.
    pub(super) clock: Option<Clock>,
    /// Readings, each as often as it is probable.
    pub(super) readings: Vec<Vec<u8>>,
    /// Ways that were looked at to find them.
    pub(super) looked: usize,
    /// Readings of text in the light of nothing but itself, each as often as it is probable.
    pub(super) own: Vec<Vec<u8>>,
    /// What one of them says whose checksum holds, but not beyond doubt.
    pub(super) messages: Vec<Message>,
    /// How doubtful that is.
    pub(super) doubt: f64,
}

/// The telegram during which the baud rate was found: what was heard of it at [`LISTENING`], and what after that.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) beginning: Vec<Sampled>,
    pub(super) rest: Vec<Sampled>,
}

impl Lesson {
    pub(super) fn new(hypothesis: Hypothesis, samples: Vec<Sampled>, fitted: bool) -> Self {
        let (readings, own, messages) = (Vec::new(), Vec::new(), Vec::new());
        Lesson {
            hypothesis,
            beginning: Vec::new(),
            samples,
            fitted,
            fits: 0,
            clock: None,
            readings,
            own,
            messages,
            looked: 0,
            doubt: f64::INFINITY,
        }
    }

    /// The telegram during which the baud rate was found.
    pub(super) fn opening(hypothesis: Hypothesis, opening: &Opening) -> Self {
        let beginning = opening.beginning.clone();
        Lesson { beginning, ..Lesson::new(hypothesis, opening.rest.clone(), false) }
    }

    /// How its first character was heard: much too fast perhaps, where receivers do not differ.
    pub(super) fn first(&self, baudrate: u32) -> Hypothesis {
        if self.beginning.is_empty() {
            return self.hypothesis;
        }
        let step = self.hypothesis.step * f64::from(baudrate) / f64::from(LISTENING.baudrate);
        Hypothesis { step, model: Model::A, ..self.hypothesis }
    }

    /// Takes all of it, with its first character heard as the search says, and the rest as `behind`; gives up random bytes
    /// that leave too much open.
    fn heard<'a>(&self, mut search: Search<'a>, behind: &'a Hypothesis) -> Search<'a> {
        if !self.beginning.is_empty() {
            search.feed(&self.beginning);
            search.set_anew(behind);
        }
        let most = if behind.content == Content::Flat { TO_READ_RANDOM } else { usize::MAX };
        for some in self.samples.chunks(SOME) {
            if search.looked() > most {
                search.give_up();
            }
            search.feed(some);
        }
        search
    }

    pub(super) fn characters(&self) -> usize {
        self.beginning.len() + self.samples.len()
    }

    /// The same with a new search; once more without times if no reading goes with them, as one of them is not what it
    /// is taken for then.
    pub(super) fn searched<'a>(
        &mut self,
        new: impl Fn() -> Search<'a>,
        behind: &'a Hypothesis,
    ) -> Search<'a> {
        let search = self.heard(new(), behind);
        self.looked += search.looked();
        // Random bytes were given up, perhaps.
        let hopeless = behind.content == Content::Flat;
        if search.cost().is_finite() || hopeless || !self.forget_times() {
            return search;
        }
        let search = self.heard(new(), behind);
        self.looked += search.looked();
        search
    }

    /// True if it had any.
    fn forget_times(&mut self) -> bool {
        let all = self.beginning.iter_mut().chain(&mut self.samples);
        all.map(|sample| sample.arrival.take()).fold(false, |any, arrival| any | arrival.is_some())
    }

    /// Takes over what a later telegram showed of the line.
    pub(super) fn follow(&mut self, later: &Lesson) {
        let new = later.hypothesis;
        let (model, two_stop_bits) = (new.model, new.two_stop_bits);
        if (self.hypothesis.model, self.hypothesis.two_stop_bits) != (model, two_stop_bits) {
            self.hypothesis = Hypothesis { model, two_stop_bits, ..self.hypothesis };
            self.own.clear();
            self.doubt = f64::INFINITY;
        }
    }

    /// Two telegrams read on the same assumptions about the line.
    pub(super) fn goes_with(&self, other: &Lesson) -> bool {
        let (a, b) = (&self.hypothesis, &other.hypothesis);
        (a.content, a.data_bits, a.parity) == (b.content, b.data_bits, b.parity)
    }
}

/// What telegrams teach; `None` if there are none.
pub(super) fn taught<'a>(
    hypothesis: &Hypothesis,
    lessons: impl Iterator<Item = &'a Lesson>,
) -> Option<Prior> {
    if hypothesis.content == Content::Text {
        let mut telegrams =
            lessons.map(|lesson| lesson.readings.as_slice()).filter(|r| !r.is_empty()).peekable();
        return telegrams.peek().is_some().then(|| hypothesis.content.prior().told(telegrams));
    }
    if hypothesis.content == Content::Flat {
        return None;
    }
    let readings: Vec<(&[u8], f32)> = lessons
        .flat_map(|lesson| {
            let too_fast = lesson.hypothesis.nominal_step() < 1.0;
            let share = if too_fast { TOO_FAST } else { 1.0 } / TAUGHT as f32;
            lesson.readings.iter().map(move |bytes| (bytes.as_slice(), share))
        })
        .collect();
    (!readings.is_empty()).then(|| hypothesis.content.prior().taught(readings))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::{DataBits, Parity};
    use crate::probe::arrival::Arrival;
    use crate::probe::trellis::{USUAL, Window};

    #[test]
    fn times_that_no_reading_goes_with_are_forgotten() {
        let hypothesis = Hypothesis {
            invert: false,
            data_bits: DataBits::Eight,
            parity: Parity::None,
            two_stop_bits: false,
            model: Model::A,
            step: 1.0,
            content: Content::Text,
        };
        // In 1/1024 bits: each character ten bits behind the one before, or each before it.
        for (since, kept) in [(10 * 1024, true), (-200 * 1024, false)] {
            let arrival = Some(Arrival { since, within: 512, soft: 64 });
            let sample =
                |byte: &u8| Sampled { byte: *byte, window: Window::EIGHT_N, good: Some(true), arrival };
            let samples =
                b"/ISK5\\2M550T-1012\r\n\r\n1-0:1.8.1(004411.268*kWh)\r\n".iter().map(sample).collect();
            let mut lesson = Lesson::new(hypothesis, samples, false);
            let search = lesson.searched(|| Search::new(&hypothesis, USUAL), &hypothesis);
            assert!(search.cost().is_finite(), "{since}");
            assert_eq!(lesson.samples.iter().all(|sample| sample.arrival == arrival), kept, "{since}");
        }
    }
}
