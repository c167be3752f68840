//! What happened while a line was probed, in order, for whoever wants to retrace it: what was listened with
//! and why, what was heard, and how the hypotheses stood when one was chosen.
//!
//! The probe decides nothing by it.

use super::infer::Candidate;
use super::plan::BAUDRATES;
use super::trellis::Hypothesis;
use crate::decode::Protocol;
use crate::line::{Capabilities, ErrorCounts, Heard, LineSettings};
use std::time::Duration;

/// Characters that are kept; what comes after them is only counted.
const KEPT: usize = 250_000;

/// Entries of each other kind that are kept.
const ENTRIES: usize = 2000;

/// What happened.  All times are those of the adapter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Account {
    /// What listened.
    pub capabilities: Option<Capabilities>,
    /// When listening began.
    pub began: Duration,
    /// When it ended.
    pub ended: Duration,
    /// What was listened with, in turn.
    pub steps: Vec<Step>,
    /// What was heard, from the beginning on.
    pub heard: Vec<Heard>,
    /// Characters that were heard after those, too many to keep.
    pub more: u64,
    /// How the baud rates stood whenever one was chosen from what was heard.
    pub rates: Vec<Rates>,
    /// How polarities and formats stood whenever they were weighed up.
    pub formats: Vec<Formats>,
    /// The telegram that was understood by computation, where it was heard otherwise than it was sent.
    pub put_right: Option<PutRight>,
    /// What the meter was asked, and when.
    pub asked: Vec<(Duration, Protocol)>,
    /// The driver's own count of errors, where it keeps one.
    pub counts: Option<ErrorCounts>,
}

/// A change of the adapter's settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Duration,
    /// What was listened with from then on.
    pub settings: LineSettings,
    /// What for.
    pub doing: &'static str,
}

/// Baud rates weighed up against each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// When.
    pub at: Duration,
    /// Characters that the weighing rests on.
    pub characters: usize,
    /// Probability of each of [`BAUDRATES`], in its order.
    pub chances: [f64; BAUDRATES.len()],
    /// The one that was listened with then.
    pub chosen: u32,
}

/// Polarities and formats weighed up against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Formats {
    /// When.
    pub at: Duration,
    /// Characters that the weighing rests on.
    pub characters: usize,
    /// Inverted lines were among those weighed up.
    pub inverted_too: bool,
    /// Those that were left, the most probable first.
    pub candidates: Vec<Candidate>,
}

/// A telegram that was sent otherwise than it was heard: inverted, in another format, or at another baud rate.
#[derive(Debug, Clone, PartialEq)]
pub struct PutRight {
    /// When it was complete.
    pub at: Duration,
    /// How it was sent and heard.
    pub hypothesis: Hypothesis,
    /// The line's settings.
    pub settings: LineSettings,
    /// What was sent.
    pub bytes: Vec<u8>,
}

impl Account {
    pub(super) fn hear(&mut self, heard: &[Heard]) {
        let room = KEPT.saturating_sub(self.heard.len()).min(heard.len());
        self.heard.extend(heard.iter().take(room));
        self.more += (heard.len() - room) as u64;
    }

    pub(super) fn step(&mut self, at: Duration, settings: LineSettings, doing: &'static str) {
        let same = self.steps.last().is_some_and(|last| last.settings == settings && last.doing == doing);
        if !same && self.steps.len() < ENTRIES {
            self.steps.push(Step { at, settings, doing });
        }
    }

    pub(super) fn weigh_rates(
        &mut self,
        at: Duration,
        characters: usize,
        chances: [f64; BAUDRATES.len()],
        chosen: u32,
    ) {
        if self.rates.len() < ENTRIES {
            self.rates.push(Rates { at, characters, chances, chosen });
        }
    }

    pub(super) fn weigh_formats(
        &mut self,
        at: Duration,
        characters: usize,
        inverted_too: bool,
        candidates: &[Candidate],
    ) {
        if self.formats.len() < ENTRIES {
            let candidates = candidates.to_vec();
            self.formats.push(Formats { at, characters, inverted_too, candidates });
        }
    }

    pub(super) fn ask(&mut self, at: Duration, protocol: Protocol) {
        let same = self.asked.last().is_some_and(|(_, last)| *last == protocol);
        if !same && self.asked.len() < ENTRIES {
            self.asked.push((at, protocol));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, run_retold};
    use crate::simulate::line::SimSpec;
    use std::ops::ControlFlow;

    #[test]
    fn a_search_is_retold_in_order() {
        let mut line = SimSpec::parse("sim:hdlc?baudrate=2400&parity=even&interval=5&seed=3").unwrap().open();
        let (verdict, account, outcome) =
            run_retold(&mut line, &Options::default(), &mut |_| ControlFlow::Continue(()));
        outcome.unwrap();
        assert!(verdict.found);
        let steps: Vec<String> = account.steps.iter().map(|s| s.settings.to_string()).collect();
        assert_eq!(steps.first().map(String::as_str), Some("115200 8N1"));
        assert!(steps.contains(&"2400 8N1".to_owned()), "{steps:?}");
        assert!(account.steps.is_sorted_by_key(|s| s.at));
        assert!(account.heard.is_sorted_by_key(|h| h.at));
        assert_eq!(account.more, 0);
        assert_eq!(account.rates.last().map(|r| r.chosen), Some(2400));
        let sum: f64 = account.rates[0].chances.iter().sum();
        assert!((sum - 1.0).abs() < 1e-9);
        assert!(account.heard.last().is_some_and(|last| last.at <= account.ended));
        assert!(account.put_right.is_none());
    }
}
