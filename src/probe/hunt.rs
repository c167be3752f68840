//! The hunt for the baud rate: listening at 115200 8N1 until what is heard leaves little doubt of it, mostly while the
//! first telegram still runs.

use super::adaptive::FEW;
use super::baud::{LISTENING, Listener, View};
use super::plan::BAUDRATES;
use super::run::{SILENCE, Session};
use super::telegram::Burst;
use crate::error::Result;
use crate::line::Heard;
use std::time::Duration;

/// A baud rate that leads by so many nats is listened with at once, while what was missed of the telegram may
/// still be known; a little more is wanted while it may still be read from what was heard too fast.  After so many
/// characters nothing is gained by haste.  At the telegram's end less is enough.
const HOP: f64 = 3.5;
const SOON: usize = 20;
const HOP_YET: f64 = 4.5;
const NOT_SO_SOON: usize = 60;
pub(super) const LATER: f64 = 6.0;
const END: f64 = 1.0;

/// What is heard so soon after listening began is hardly the beginning of a telegram: no pause within one is longer.
const AT_ONCE: Duration = Duration::from_millis(60);

/// So many characters are as good as a whole telegram where none is heard from its beginning.
const PLENTY: usize = 1000;

/// A baud rate so many nats behind another is out of the question.
const OUT: f64 = 12.0;

/// At these rates enough of a line is heard at 115200 to read it from that.
pub(super) const READABLE: [u32; 3] = [115_200, 57_600, 38_400];

/// The end of listening for the baud rate.
pub(super) struct Rate {
    pub(super) baudrate: u32,
    /// By how many nats it leads all others.
    pub(super) lead: f64,
    /// Nothing is left to doubt: the user said so, or it was listened for once more, without haste.
    pub(super) sure: bool,
    /// The telegram, when all of it was heard at 115200, and the rates at which it can be read from that.
    pub(super) burst: Option<Burst>,
    pub(super) among: Vec<u32>,
}

impl Session<'_> {
    /// Listens at 115200 8N1 until the baud rate is clear; for a whole telegram where haste was no help.
    pub(super) fn hunt(&mut self, whole_ones: bool) -> Result<Option<Rate>> {
        self.doing = "listening for the baud rate";
        self.set(LISTENING)?;
        loop {
            let view = View::of(&self.capabilities);
            let now = self.adapter.now();
            let mut whole = self.last_heard.is_none_or(|last| now.saturating_sub(last) >= SILENCE);
            let unknown = self.last_heard.is_none();
            let mut listener = Listener::new(view, whole);
            let mut heard: Vec<Heard> = Vec::new();
            loop {
                if self.over() && heard.is_empty() {
                    return Ok(None);
                }
                let from = heard.len();
                if self.take(&mut heard)? && !self.over() {
                    let at_once = |first: &Heard| first.at.saturating_sub(now) < AT_ONCE;
                    if unknown && from == 0 && heard.first().is_some_and(at_once) {
                        whole = false;
                        listener = Listener::new(view, whole);
                    }
                    heard.get(from..).unwrap_or_default().iter().for_each(|h| listener.hear(h));
                    let (baudrate, lead) = listener.best();
                    self.candidates = ranked(&listener);
                    let characters = listener.characters();
                    let haste = [(SOON, HOP), (NOT_SO_SOON, HOP_YET)];
                    let enough = haste.iter().find(|(most, _)| characters <= *most).map_or(LATER, |h| h.1);
                    // A line that never falls silent has no whole ones.
                    let plenty = whole_ones && !whole && characters >= PLENTY;
                    let clear = lead > enough && characters >= 4 && (!whole_ones || plenty);
                    if clear && !READABLE.contains(&baudrate) {
                        self.account.weigh_rates(
                            self.adapter.now(),
                            characters,
                            listener.chances(),
                            baudrate,
                        );
                        self.before = if whole { heard } else { Vec::new() };
                        let rate = Rate { baudrate, lead, sure: plenty, burst: None, among: Vec::new() };
                        return Ok(Some(rate));
                    }
                    continue;
                }
                let now = self.adapter.now();
                let silent = self.last_heard.is_none_or(|last| now.saturating_sub(last) >= SILENCE);
                if !heard.is_empty() && (silent || self.over()) {
                    break;
                }
            }
            listener.close();
            let (baudrate, lead) = listener.best();
            if heard.len() < FEW || lead < END || whole_ones && !whole {
                continue;
            }
            self.account.weigh_rates(self.adapter.now(), heard.len(), listener.chances(), baudrate);
            let burst = READABLE.contains(&baudrate).then_some(Burst {
                settings: LISTENING,
                flags: self.capabilities.flags,
                heard,
                whole,
            });
            // Which of those near it is, what is in the telegram tells best.
            let near = |rate: &u32, chance: f64| READABLE.contains(rate) && chance > (-OUT).exp();
            let rates = BAUDRATES.into_iter().zip(listener.chances());
            let among = rates.filter(|(rate, chance)| near(rate, *chance)).map(|(rate, _)| rate).collect();
            return Ok(Some(Rate { baudrate, lead, sure: whole_ones, burst, among }));
        }
    }
}

/// The baud rates in question, the most probable first.
fn ranked(listener: &Listener) -> Vec<(String, f64)> {
    let mut all: Vec<(String, f64)> =
        BAUDRATES.iter().zip(listener.chances()).map(|(b, chance)| (b.to_string(), chance)).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    all.truncate(4);
    all
}
