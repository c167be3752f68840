//! From what a line delivers to how it must be set.

pub mod ask;
