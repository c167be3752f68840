//! An embedded gateway and embedded meters: the counterparts of client and decoders.

pub mod gateway;
pub mod line;
pub mod meter;
pub mod recording;
