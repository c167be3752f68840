//! When a character arrived, as far as that tells one way from another.

use super::{BIT, BLUR, Way};
use crate::probe::arrival::{Arrival, How, Passed, Tracker};
use crate::probe::content::NAT;

/// When a character arrived, for the ways that come from one.
pub(super) struct When<'a> {
    pub(super) arrival: Option<Arrival>,
    pub(super) tracker: &'a Tracker,
    /// Its falling edge is no later than this.
    pub(super) most: i16,
}

impl<'a> When<'a> {
    pub(super) fn new(arrival: Option<Arrival>, tracker: &'a Tracker, step: i32) -> Self {
        let most = arrival.map_or(f32::INFINITY, |arrival| tracker.most(&arrival, bits(step)) - length(step));
        When { arrival, tracker, most: (most * BIT as f32) as i16 }
    }

    /// Cost of the falling edge of `way` being there.
    #[inline]
    pub(super) fn cost(&self, way: &Way, step: i32) -> i32 {
        let Some(arrival) = &self.arrival else { return if way.how == How::Pause { NAT } else { 0 } };
        (self.tracker.cost(arrival, &passed(way, step)) * NAT as f32) as i32
    }

    /// It arrived too late for a falling edge there.
    #[inline]
    pub(super) fn late(&self, way: &Way, step: i32) -> bool {
        self.arrival.as_ref().is_some_and(|arrival| self.tracker.is_late(arrival, &passed(way, step)))
    }

    /// What is known of times after `way`.
    pub(super) fn after(&self, way: &Way, step: i32) -> Tracker {
        let blur = bits((way.blur - BLUR).max(0)) / 2.0;
        match &self.arrival {
            Some(arrival) => self.tracker.after(arrival, &passed(way, step)).blurred(blur),
            None => *self.tracker,
        }
    }
}

/// Time that passed until `way` heard this character, since it heard the one before.
#[inline]
fn passed(way: &Way, step: i32) -> Passed {
    Passed { bits: bits(i32::from(way.waited)) + length(step), step: bits(step), how: way.how }
}

#[inline]
fn bits(time: i32) -> f32 {
    time as f32 / BIT as f32
}

/// Bits of the transmitter from a falling edge to the middle of the stop bit that belongs to it: half a tick until
/// the receiver notices.
#[inline]
fn length(step: i32) -> f32 {
    bits(step) * (9.5 + 1.0 / 32.0)
}
