//! When a character arrived, as far as that tells one way from another.

use super::{BIT, BLUR, Sampled, Way, Window};
use crate::probe::arrival::{Arrival, How, Passed, Tracker};
use crate::probe::content::NAT;

/// When a character arrived, for the ways that come from one.
pub(super) struct When<'a> {
    pub(super) arrival: Option<Arrival>,
    pub(super) tracker: &'a Tracker,
    /// Bits of the receiver from a character's falling edge to its end.
    pub(super) length: f32,
    /// Its falling edge is no later than this.
    pub(super) most: i16,
}

impl<'a> When<'a> {
    pub(super) fn new(c: Sampled, tracker: &'a Tracker, step: i32) -> Self {
        let (arrival, length) = (c.arrival, length(c.window));
        let most = |arrival: Arrival| tracker.most(&arrival, bits(step)) - bits(step) * length;
        let most = arrival.map_or(f32::INFINITY, most);
        When { arrival, tracker, length, most: (most * BIT as f32) as i16 }
    }

    /// Whenever it arrived.
    pub(super) fn untimed(tracker: &'a Tracker) -> Self {
        When { arrival: None, tracker, length: 0.0, most: i16::MAX }
    }

    /// Cost of the falling edge of `way` being there.
    #[inline]
    pub(super) fn cost(&self, way: &Way, step: i32) -> i32 {
        let Some(arrival) = &self.arrival else { return if way.how == How::Pause { NAT } else { 0 } };
        (self.tracker.cost(arrival, &self.passed(way, step)) * NAT as f32) as i32
    }

    /// It arrived too late for a falling edge there.
    #[inline]
    pub(super) fn late(&self, way: &Way, step: i32) -> bool {
        self.arrival.as_ref().is_some_and(|arrival| self.tracker.is_late(arrival, &self.passed(way, step)))
    }

    /// What is known of times after `way`.
    pub(super) fn after(&self, way: &Way, step: i32) -> Tracker {
        let blur = bits((way.blur - BLUR).max(0)) / 2.0;
        match &self.arrival {
            Some(arrival) => self.tracker.after(arrival, &self.passed(way, step)).blurred(blur),
            None => *self.tracker,
        }
    }

    /// Time that passed until `way` heard this character, since it heard the one before.
    #[inline]
    fn passed(&self, way: &Way, step: i32) -> Passed {
        let bits_of = bits(step) * self.length;
        Passed { bits: bits(i32::from(way.waited)) + bits_of, step: bits(step), how: way.how }
    }
}

#[inline]
fn bits(time: i32) -> f32 {
    time as f32 / BIT as f32
}

/// Bits of the receiver from a falling edge to the middle of the stop bit that belongs to it: half a tick until the
/// receiver notices.
#[inline]
pub(super) fn length(window: Window) -> f32 {
    window.length() as f32 + 1.0 / 32.0
}
