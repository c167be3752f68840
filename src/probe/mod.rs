//! From what a line delivers to how it must be set.
//!
//! The inference is pure: it takes what an adapter heard (byte, error flag, time) and gives hypotheses
//! with margins.  [`run()`] drives an adapter with it, on the adapter's clock.
//!
//! | module | question |
//! |---|---|
//! | [`telegram`] | does what was heard decode as it stands, and which format do its error flags show? |
//! | [`plan`] | which settings are worth trying, in which order? |
//! | [`verdict`] | what is known, how well, and what follows for the gateway? |
//! | [`run`] | the loop over a line |

pub mod ask;
pub mod plan;
pub mod run;
pub mod telegram;
pub mod verdict;

pub use run::{Narrow, Options, Progress, Strategy, run};
pub use verdict::{Evidence, Mode, Verdict};
