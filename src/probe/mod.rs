//! From what a line delivers to how it must be set.
//!
//! The inference is pure: it takes what an adapter heard (byte, error flag, time) and gives hypotheses
//! with margins.  [`run()`] drives an adapter with it, on the adapter's clock.
//!
//! | module | question |
//! |---|---|
//! | [`telegram`] | does what was heard decode as it stands, and which format do its error flags show? |
//! | [`baud`] | which baud rate is it, from what is heard at 115200 8N1? |
//! | [`infer`] | which polarity and format explain what is heard at the true baud rate? |
//! | [`trellis`] | which bytes were sent, if a line is heard inverted or in another format? |
//! | [`arrival`] | what do the times at which characters arrived say about it? |
//! | [`content`], [`corpus`] | how probable is a byte after those before it? |
//! | [`plan`] | which settings are worth trying, in which order? |
//! | [`faults`] | what is wrong with the line? |
//! | [`verdict`] | what is known, how well, and what follows for the gateway? |
//! | [`account`] | what happened on the way there? |
//! | [`page`] | all of it as a page to read |
//! | [`mod@run`] | the loop over a line |

pub mod account;
mod adaptive;
pub mod arrival;
pub mod ask;
pub mod baud;
mod checked;
mod checksum;
mod conclude;
mod consistent;
pub mod content;
pub mod corpus;
mod excerpt;
pub mod faults;
mod frames;
mod hunt;
pub mod infer;
mod inverted;
mod joined;
mod lesson;
mod long_frames;
mod options;
mod p1;
pub mod page;
mod partial;
mod paths;
mod pieces;
pub mod plan;
mod pull;
pub mod run;
mod settled;
pub mod telegram;
pub mod trellis;
mod upright;
pub mod verdict;
mod window;

pub use account::Account;
pub use faults::Fault;
pub use options::{Narrow, Options, Progress, Strategy};
pub use run::{run, run_retold};
pub use verdict::{Evidence, Mode, Verdict};
