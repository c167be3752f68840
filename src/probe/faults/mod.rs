//! What is wrong with a line, from what was counted while listening to it.
//!
//! A line that is at fault shows in few numbers: when characters came and when not, how many of them were
//! nothing but low, how long the runs of equal bits within them are, which messages were damaged and who
//! sent the others.  [`Record`] counts them as they come, in bounded memory; [`diagnose`] says what they
//! mean.  Where two causes look alike through the adapter at hand, both are named.

mod diagnose;
mod record;

pub use diagnose::{Known, diagnose};
pub use record::{Outcome, Record};

/// What can be wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Nobody speaks.
    Idle,
    /// The line is low all the time.
    Stuck,
    /// The line is held low for longer than a character, without a message in it.
    Break,
    /// Levels change without a meter behind it, or on top of what it says.
    Noise,
    /// The line rises too slowly for its baud rate.
    WeakPullup,
    /// More than one device speaks.
    TwoTalkers,
    /// The levels do not fit the adapter.
    WrongLevel,
}

impl Cause {
    /// Its name in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Cause::Idle => "idle",
            Cause::Stuck => "stuck",
            Cause::Break => "break",
            Cause::Noise => "noise",
            Cause::WeakPullup => "weak_pullup",
            Cause::TwoTalkers => "two_talkers",
            Cause::WrongLevel => "wrong_level",
        }
    }

    /// What that is, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Cause::Idle => "the line is idle",
            Cause::Stuck => "the line is stuck low",
            Cause::Break => "break conditions",
            Cause::Noise => "noise",
            Cause::WeakPullup => "the pull-up is too weak",
            Cause::TwoTalkers => "two talkers on one line",
            Cause::WrongLevel => "the voltage level does not fit",
        }
    }

    /// What to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Cause::Idle => {
                "check the wiring, that the meter's port is enabled, and its request line (DSMR: RTS, pin 2, high); M-Bus (24 to 36 V) needs a level converter"
            }
            Cause::Stuck => {
                "measure the line at rest: near 0 V it is shorted, swapped with ground or without its pull-up, or it is an inverted line whose meter is silent"
            }
            Cause::Break => {
                "look for a loose contact or a device that resets or holds the line low; breaks ahead of good messages do no harm"
            }
            Cause::Noise => {
                "connect the ground of meter and adapter, shorten or shield the cable, and check that the wire is not open: an open input picks up anything"
            }
            Cause::WeakPullup => {
                "use a stronger pull-up (1 to 2.2 kOhm in place of 10 kOhm) or a shorter cable, and check that the high level reaches what the adapter wants (3.3 V or 5 V)"
            }
            Cause::TwoTalkers => {
                "leave one meter on the line: look for a second meter, a second adapter that sends, or two wires joined"
            }
            Cause::WrongLevel => {
                "measure the levels: RS-232 (-12 to 12 V), M-Bus (24 to 36 V) and RS-485 want a converter of their own ahead of a TTL adapter"
            }
        }
    }
}

/// A cause, how sure it is, and what it was seen by.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The cause.
    pub cause: Cause,
    /// From 0 to 1.
    pub confidence: f64,
    /// What was counted, one sentence.
    pub why: String,
}

impl Fault {
    /// All of it in one line.
    pub fn advice(&self) -> String {
        format!("{}: {}; {}", self.cause.title(), self.why, self.cause.remedy())
    }
}
