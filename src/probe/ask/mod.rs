//! What a reader sends to meters that speak only when asked.  Reads only: nothing here changes a meter.

pub mod hdlc;
pub mod iec62056;
pub mod kmp;
pub mod mbus;
pub mod mep;
