//! Where the tool's own settings and secrets come from.

pub mod file;
pub mod layers;
